// The module contextvars. The types are the VM's (vm/async/context.c): every task has a context.
#include "stdlib/modules.h"
#include "vm/async/context.h"
#include "vm/builtins.h"
#include "vm/types/str.h"

static const AvmNativeDef functions[] = {
    {"copy_context", avm_context_copy_current, "copy_context()", "A copy of the current context."},
    {0},
};

static bool init(AvmThread *t, AvmModuleObj *m) {
    return avm_module_add_type(t, m, &avm_context_def) && avm_module_add_type(t, m, &avm_contextvar_def) &&
           avm_module_add_type(t, m, &avm_token_def);
}

const AvmModuleDef avm_contextvars_module = {"contextvars", "Context variables.", functions, init};
