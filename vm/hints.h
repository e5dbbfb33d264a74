// Hints in plain words after the classic mistakes, on fd 2; only where the host wants them (vm->hints).
#ifndef AVM_VM_HINTS_H
#define AVM_VM_HINTS_H

#include "compiler/unit.h"
#include "vm/async/async.h"

typedef enum AvmHint {
#define H(name, english, russian) AVM_HINT_##name,
#include "vm/hints.def"
#undef H
} AvmHint;

// From now on hints are given. false: MemoryError.
bool avm_hints_begin(AvmThread *t, bool russian);
void avm_hints_free(AvmVm *vm);
// A number for the place where the user's own code stands now; 0: none. Only with vm->hints.
uint16_t avm_hints_site(AvmThread *t);
// Appends ", created at line N": the place of a site, with the file if that is another one.
void avm_hints_add_place(AvmThread *t, uint16_t site, AvmText file, AvmBuf *out);
// Keeps a line for tracebacks; its number, 0: there is no room or no memory.
uint32_t avm_hints_keep(AvmThread *t, const AvmBuf *text);
const char *avm_hints_kept(const AvmVm *vm, uint32_t number);
// A coroutine of func is about to be awaited by the innermost frame: the third in a row at one place, where nothing else runs
// while each waits, is worth a hint.
void avm_hints_await(AvmThread *t, const AvmFunc *func);
// A task has run for so many seconds without an await.
void avm_hints_held(AvmThread *t, AvmTask *task, double seconds);
// Says so, once for each site. site: where the thing was made (0: not known).
void avm_hint(AvmThread *t, AvmHint which, const char *what, uint16_t site);

#endif
