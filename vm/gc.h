// The cycle collector: finds objects that only each other keep alive. Runs at check points, when gc.collect() asks,
// and at the end.
#ifndef AVM_VM_GC_H
#define AVM_VM_GC_H

#include "vm/thread.h"

// How many objects were found unreachable. May run finalisers.
size_t avm_gc_collect(AvmThread *t);
// Is anything alive that would show when it dies: an object with a finaliser, a weak reference with a callback?
bool avm_gc_matters(AvmThread *t);

#endif
