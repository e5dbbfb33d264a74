// What is said of a module that lacks an attribute: it may be half made, or hide the module that was meant.
#include "vm/absent.h"

#include <unistd.h>

#include "vm/import.h"
#include "vm/suggest.h"
#include "vm/types/func.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// How long the path of the folder is in which an import would look to find this file.
static size_t folder_length(const AvmStr *file) {
    static const char init[] = "/__init__.py";
    const char *end = file->data + file->len;
    size_t n = sizeof init - 1;
    if (file->len > n && !memcmp(end - n, init, n)) end -= n;
    while (end > file->data && *--end != '/') continue;
    return (size_t)(end - file->data);
}

// Does the file stand in the folder of the script, where imports look first?
static bool stands_first(AvmThread *t, const AvmStr *file) {
    AvmList *path = t->vm->path;
    AvmStr *first = path && path->len ? avm_as_str(t, path->items[0]) : NULL;
    char here[4096];
    if (!first) return false;
    const char *folder = first->len ? first->data : getcwd(here, sizeof here) ? here : "";
    size_t n = folder_length(file);
    return n && strlen(folder) == n && !memcmp(folder, file->data, n);
}

// Is the sub-module of that name being imported now?
static bool is_half_made(AvmThread *t, AvmStr *package, AvmStr *name) {
    AvmStr *full = avm_str_format(t, "%S.%S", package, name);
    AvmValue sub = full ? avm_dict_get_str(t, t->vm->modules, full) : AVM_EMPTY;
    avm_drop(t, full);
    avm_exc_clear(t);
    return avm_is(sub, AVM_T_MODULE) && avm_obj(sub)->flags & AVM_MODULE_INITIALIZING;
}

static AvmStr *text_in(AvmThread *t, AvmDict *dict, AvmStr *name) {
    AvmValue v = avm_dict_get_str(t, dict, name);
    return v ? avm_as_str(t, v) : NULL;
}

AvmValue avm_module_raise_absent(AvmThread *t, AvmModuleObj *m, AvmStr *name) {
    AvmStr *own = text_in(t, m->dict, AVM_NAME(t, __name__)), *file = text_in(t, m->dict, AVM_NAME(t, __file__));
    AvmType *type = AVM_EXC(t, AttributeError);
    bool half = m->h.flags & AVM_MODULE_INITIALIZING, first = file && stands_first(t, file);
    if (!own)
        avm_raise(t, type, "module has no attribute '%S'", name);
    else if (first && avm_is_stdlib_name(own->data, own->len))
        avm_raise(t, type,
                  "module '%S' has no attribute '%S' (consider renaming '%S' since it has the same name as the standard "
                  "library module named '%S' and the import system gives it precedence)",
                  own, name, file, own);
    else if (half && first)
        avm_raise(t, type,
                  "module '%S' has no attribute '%S' (consider renaming '%S' if it has the same name as a third-party "
                  "module you intended to import)",
                  own, name, file);
    else if (half && file)
        avm_raise(t, type,
                  "partially initialized module '%S' from '%S' has no attribute '%S' (most likely due to a circular import)",
                  own, file, name);
    else if (half)
        avm_raise(t, type,
                  "partially initialized module '%S' has no attribute '%S' (most likely due to a circular import)", own,
                  name);
    else if (is_half_made(t, own, name))
        avm_raise(t, type, "cannot access submodule '%S' of module '%S' (most likely due to a circular import)", name, own);
    else
        avm_raise(t, type, "module '%S' has no attribute '%S'", own, name);
    return avm_attribute_of(t, avm_value(m), name);
}
