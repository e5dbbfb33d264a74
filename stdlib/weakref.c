// _weakref: the type of weak references, for the module weakref.
#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/weak.h"

static bool weakref_init(AvmThread *t, AvmModuleObj *m) {
    AvmValue type = avm_value(avm_type_get(t, AVM_T_WEAKREF));
    return avm_module_add(t, m, "ref", type) && avm_module_add(t, m, "ReferenceType", type);
}

static const AvmNativeDef functions[] = {{0}};

const AvmModuleDef avm_weakref_module = {
    .name = "_weakref",
    .doc = "The type of weak references.",
    .functions = functions,
    .init = weakref_init,
};
