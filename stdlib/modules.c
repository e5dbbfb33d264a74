// The table of modules written in C.
#include "stdlib/modules.h"

#include "stdlib/asyncio_parts.h"
#include "stdlib/io.h"
#include "stdlib/threadparts.h"
#include "vm/call.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"
#include "vm/warnings.h"

const AvmModuleDef *const avm_stdlib_modules[] = {
    &avm_aio_module,
    &avm_asyncio_module,
    &avm_bisect_module,
    &avm_collections_module,
    &avm_contextvars_module,
    &avm_errno_module,
    &avm_gc_module,
    &avm_heapq_module,
    &avm_io_module,
    &avm_itertools_module,
    &avm_json_module,
    &avm_math_module,
    &avm_operator_module,
    &avm_os_module,
    &avm_random_module,
    &avm_re_module,
    &avm_signal_module,
    &avm_struct_module,
    &avm_sys_module,
    &avm_thread_module,
    &avm_time_module,
    &avm_traceback_module,
    &avm_warnings_module,
    &avm_weakref_module,
    NULL,
};

void avm_stdlib_exit(AvmThread *t) {
    AvmStr *name = avm_str_intern(t, "atexit", 6), *run = avm_str_intern(t, "_run_exitfuncs", 14);
    AvmValue module = name && run ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    if (module) avm_decref(t, avm_call_method(t, module, run, NULL, 0));
    avm_exc_clear(t); // it reports what goes wrong itself
    if (name) avm_drop(t, name);
    if (run) avm_drop(t, run);
}

bool avm_stdlib_finish(AvmThread *t) {
    avm_signal_finish(t);
    return avm_io_finish(t);
}

void avm_stdlib_free(AvmVm *vm) {
    avm_io_free(vm);
    avm_thread_free(vm);
    avm_async_parts_free(vm);
}
