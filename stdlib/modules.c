// The table of modules written in C.
#include "stdlib/modules.h"

#include "stdlib/io.h"
#include "vm/warnings.h"

const AvmModuleDef *const avm_stdlib_modules[] = {
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
    &avm_sys_module,
    &avm_time_module,
    &avm_traceback_module,
    &avm_warnings_module,
    &avm_weakref_module,
    NULL,
};

bool avm_stdlib_finish(AvmThread *t) { return avm_io_finish(t); }

void avm_stdlib_free(AvmVm *vm) { avm_io_free(vm); }
