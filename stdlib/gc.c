// gc: the switches of the cycle collector.
#include "vm/gc.h"

#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

static AvmValue gc_collect(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t generation = 2;
    if (args[0] != AVM_EMPTY && !avm_index(t, args[0], &generation)) return AVM_FAIL;
    if (generation < 0 || generation > 2) return avm_raise_value(t, "invalid generation");
    return avm_int_new(t, (int64_t)avm_gc_collect(t));
}

static AvmValue gc_enable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    t->vm->gc_disabled = false;
    return AVM_NONE;
}

static AvmValue gc_disable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    t->vm->gc_disabled = true;
    return AVM_NONE;
}

static AvmValue gc_isenabled(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_bool(!t->vm->gc_disabled);
}

static AvmValue triple(AvmThread *t, int64_t first) {
    AvmValue v[3] = {avm_int_new(t, first), avm_inline_int_value(0), avm_inline_int_value(0)};
    return avm_value(avm_tuple_from(t, v, 3));
}

static AvmValue gc_get_count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return triple(t, (int64_t)t->gc_debt);
}

static AvmValue gc_get_threshold(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return triple(t, (int64_t)t->gc_threshold);
}

static AvmValue gc_set_threshold(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t threshold;
    if (!avm_index_exact(t, args[0], &threshold, NULL)) return AVM_FAIL;
    t->vm->gc_disabled = threshold <= 0;
    if (threshold > 0) t->gc_threshold = (size_t)threshold;
    return AVM_NONE;
}

static AvmValue gc_freeze(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_NONE;
}

static bool gc_init(AvmThread *t, AvmModuleObj *m) {
    AvmList *garbage = avm_list_new(t, 0), *callbacks = avm_list_new(t, 0);
    bool good = garbage && callbacks && avm_module_add(t, m, "garbage", avm_value(garbage)) &&
                avm_module_add(t, m, "callbacks", avm_value(callbacks));
    avm_drop(t, garbage);
    avm_drop(t, callbacks);
    return good;
}

static const AvmNativeDef functions[] = {
    {"collect", gc_collect, "collect(generation=2)", "Frees what only cycles keep; tells how many objects."},
    {"disable", gc_disable, "disable()", "No automatic collection from now on."},
    {"enable", gc_enable, "enable()", "Automatic collection again."},
    {"freeze", gc_freeze, "freeze()", "Does nothing: there are no generations."},
    {"get_count", gc_get_count, "get_count()", "How many objects have been made since the last collection."},
    {"get_threshold", gc_get_threshold, "get_threshold()", "After how many objects a collection begins."},
    {"isenabled", gc_isenabled, "isenabled()", "Are there automatic collections?"},
    {"set_threshold", gc_set_threshold, "set_threshold(threshold0, threshold1=None, threshold2=None, /)",
     "Sets after how many objects a collection begins; 0: never."},
    {"unfreeze", gc_freeze, "unfreeze()", "Does nothing: there are no generations."},
    {0},
};

const AvmModuleDef avm_gc_module = {
    .name = "gc",
    .doc = "The cycle collector.",
    .functions = functions,
    .init = gc_init,
};
