// The cycle collector: finds objects that only each other keep alive. Runs at check points, when gc.collect() asks,
// and at the end.
#ifndef AVM_VM_GC_H
#define AVM_VM_GC_H

#include "vm/thread.h"

// How many objects were found unreachable. May run finalisers.
size_t avm_gc_collect(AvmThread *t);

#endif
