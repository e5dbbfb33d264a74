// The modules written in C: one row each here and in modules.c.
#ifndef AVM_STDLIB_MODULES_H
#define AVM_STDLIB_MODULES_H

#include "vm/import.h"

extern const AvmModuleDef avm_asyncio_module, avm_contextvars_module, avm_errno_module, avm_thread_module;
extern const AvmModuleDef avm_io_module, avm_math_module, avm_random_module, avm_re_module, avm_signal_module, avm_struct_module, avm_sys_module, avm_time_module;
extern const AvmNativeDef avm_asyncio_tasks_functions[]; // asyncio_tasks.c
extern const AvmDeferred avm_asyncio_names[];            // asyncio_names.c
extern const AvmModuleDef avm_aio_module, avm_gc_module, avm_json_module, avm_os_module, avm_weakref_module, avm_traceback_module;
extern const AvmModuleDef avm_bisect_module, avm_collections_module, avm_heapq_module, avm_itertools_module, avm_operator_module;

// All of them, for avm_import_register; NULL ends it.
extern const AvmModuleDef *const avm_stdlib_modules[];

// The program ends: calls what atexit.register() was given.
void avm_stdlib_exit(AvmThread *t);
// Signals find no script any more.
void avm_signal_finish(AvmThread *t);
// The program ends: flushes what modules keep. false: sys.stdout could not be written; it has been reported.
bool avm_stdlib_finish(AvmThread *t);
// Frees what modules keep beside objects (vm->stdlib), before the heap goes.
void avm_stdlib_free(AvmVm *vm);

#endif
