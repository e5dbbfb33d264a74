// _weakref: the type of weak references, for the module weakref.
#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/weak.h"

static bool weakref_init(AvmThread *t, AvmModuleObj *m) {
    AvmValue type = avm_value(avm_type_get(t, AVM_T_WEAKREF));
    return avm_module_add(t, m, "ref", type) && avm_module_add(t, m, "ReferenceType", type);
}

static AvmValue watchers(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_weak_watchers(t, args[0]));
}

static AvmValue count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmList *list = avm_weak_watchers(t, args[0]);
    if (!list) return AVM_FAIL;
    AvmValue r = avm_inline_int_value(list->len);
    avm_drop(t, list);
    return r;
}

static const AvmNativeDef functions[] = {
    {"watchers", watchers, "watchers(object, /)", "Pairs of weak references to an object and their callbacks."},
    {"getweakrefcount", count, "getweakrefcount(object, /)", "How many weak references to an object there are."},
    {0},
};

const AvmModuleDef avm_weakref_module = {
    .name = "_weakref",
    .doc = "The type of weak references.",
    .functions = functions,
    .init = weakref_init,
};
