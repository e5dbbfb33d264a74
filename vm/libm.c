// Loads the C library's mathematics.
#include "vm/libm.h"

#include <dlfcn.h>

#include "vm/error.h"

// In the order of AvmLibm's members.
static const char *const names[] = {
#define F(name) #name,
    AVM_LIBM_OF_ONE(F) AVM_LIBM_OF_TWO(F)
#undef F
        "fma"};
enum { COUNT = sizeof names / sizeof *names };
_Static_assert(offsetof(AvmLibm, library) == COUNT * sizeof(void *), "a name for each function");

static bool find_all(void *library, void **found) {
    for (int i = 0; i < COUNT; i++)
        if (!(found[i] = dlsym(library, names[i]))) return false;
    return true;
}

const AvmLibm *avm_libm_load(AvmThread *t) {
    static const char *const files[] = {"libm.so.6", "libm.so"};
    void *found[COUNT], *library = NULL;
    bool ok = find_all(RTLD_DEFAULT, found);
    for (int i = 0; !ok && i < 2; i++) {
        library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
        ok = library && find_all(library, found);
        if (library && !ok) dlclose(library);
    }
    if (!ok) return avm_raise(t, AVM_EXC(t, ImportError), "the C library's mathematics (libm) cannot be loaded"), NULL;
    AvmLibm *m = avm_alloc(&t->vm->alloc, sizeof *m);
    if (!m) {
        if (library) dlclose(library);
        return avm_raise_memory(t), NULL;
    }
    memcpy(m, found, sizeof found);
    m->library = library;
    return t->vm->libm = m;
}

void avm_libm_free(AvmVm *vm) {
    if (!vm->libm) return;
    if (vm->libm->library) dlclose(vm->libm->library);
    avm_release(&vm->alloc, vm->libm, sizeof *vm->libm);
    vm->libm = NULL;
}
