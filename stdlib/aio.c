// aio: what this interpreter has beyond CPython's modules.
#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/heap.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

static void count(AvmObj *o, void *arg) {
    uint64_t *counts = arg; // by the type's number
    counts[o->type]++;
}

// Adds n to what the dict has for a type's name; several types may have one name.
static bool add(AvmThread *t, AvmDict *d, AvmStr *name, uint64_t n) {
    AvmValue before = avm_dict_get_str(t, d, name);
    int64_t sum = (int64_t)n;
    int64_t old = 0;
    if (before && avm_index(t, before, &old)) sum += old;
    AvmValue v = avm_int_new(t, sum);
    bool ok = v && avm_dict_set(t, d, avm_value(name), v);
    avm_decref(t, v);
    return ok;
}

static AvmValue aio_census(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmVm *vm = t->vm;
    uint32_t ntypes = vm->ntypes;
    uint64_t *counts = avm_alloc(&vm->alloc, ntypes * sizeof *counts);
    if (!counts) return avm_raise_memory(t);
    memset(counts, 0, ntypes * sizeof *counts);
    avm_heap_walk(vm->heap, count, counts);
    AvmDict *d = avm_dict_new(t);
    bool ok = d != NULL;
    for (uint32_t i = 0; ok && i < ntypes; i++)
        if (counts[i] && vm->types[i]) ok = add(t, d, vm->types[i]->name, counts[i]);
    avm_release(&vm->alloc, counts, ntypes * sizeof *counts);
    if (ok) return avm_value(d);
    if (d) avm_drop(t, d);
    return AVM_FAIL;
}

static const AvmNativeDef functions[] = {
    {"census", aio_census, "census()",
     "How many objects of each type are alive: a dict of numbers by the types' names, from a walk over the heap."},
    {0},
};

const AvmModuleDef avm_aio_module = {
    .name = "aio",
    .doc = "What aio has beyond Python's modules.",
    .functions = functions,
};
