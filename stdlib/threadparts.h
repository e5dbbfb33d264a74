// What the files of the module _thread share: thread.c, threadlock.c, threadlocal.c.
#ifndef AVM_STDLIB_THREADPARTS_H
#define AVM_STDLIB_THREADPARTS_H

#include "stdlib/modules.h"
#include "vm/threads.h"

extern const AvmTypeDef avm_thread_lock_def, avm_thread_rlock_def, avm_thread_local_def;

#define AVM_THREAD_TIMEOUT_MAX 9223372036.0 // seconds

// The deadline of a timeout in seconds; -1 (or none): HUGE_VAL. false: exception.
bool avm_thread_deadline(AvmThread *t, AvmValue timeout, bool blocking, double *deadline);
// t ends: its values in all _thread._local objects go.
void avm_thread_forget_locals(AvmThread *t);

// Frees what the module keeps of a VM.
void avm_thread_free(AvmVm *vm);

#endif
