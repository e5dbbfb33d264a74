// Chains of awaits across tasks, for tracebacks. Only with hints.
#ifndef AVM_VM_ASYNC_CHAIN_H
#define AVM_VM_ASYNC_CHAIN_H

#include "vm/async/async.h"

// The task fails with exc and tells those who wait for it: its row in the traceback says who that is.
void avm_chain_note(AvmThread *t, AvmTask *task, AvmValue exc);

#endif
