// The module contextvars. The types are the VM's (vm/async/context.c): every task has a context.
#include "stdlib/modules.h"
#include "vm/async/context.h"
#include "vm/builtins.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

static const AvmNativeDef copy_context = {"copy_context", avm_context_copy_current, "copy_context()",
                                          "A copy of the current context."};

// CPython's is the function of a module in C.
static bool add_copy_context(AvmThread *t, AvmModuleObj *m) {
    AvmStr *module = avm_str_text(t, "_contextvars");
    AvmNative *f = module ? avm_native_new(t, &copy_context, NULL, module) : NULL;
    bool ok = f && avm_module_add(t, m, copy_context.name, avm_value(f));
    avm_drop(t, f);
    avm_drop(t, module);
    return ok;
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    return avm_module_add_type(t, m, &avm_context_def) && avm_module_add_type(t, m, &avm_contextvar_def) &&
           avm_module_add_type(t, m, &avm_token_def) && avm_context_add_missing(t) && add_copy_context(t, m);
}

const AvmModuleDef avm_contextvars_module = {"contextvars", "Context variables.", NULL, init};
