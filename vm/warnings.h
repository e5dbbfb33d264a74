// Warnings: filters, registries and the display. The module `warnings` is script on top of `_warnings`.
#ifndef AVM_VM_WARNINGS_H
#define AVM_VM_WARNINGS_H

#include "vm/import.h"

extern const AvmModuleDef avm_warnings_module; // _warnings

// To be added to avm_warn's stack level when the warning is about an object (a coroutine, a file): CPython adds a line
// about tracemalloc then.
enum { AVM_WARN_OBJECT = 1 << 8 };

// Writes to sys.stderr, or to fd 2 when there is none. Errors are swallowed: there is nowhere to report them.
void avm_stderr_write(AvmThread *t, const char *p, size_t n);

#endif
