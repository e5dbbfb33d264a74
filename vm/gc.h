// The cycle collector: finds objects that only each other keep alive. Runs at check points, when gc.collect() asks,
// and at the end.
#ifndef AVM_VM_GC_H
#define AVM_VM_GC_H

#include "vm/object.h"
#include "vm/thread.h"

// How many objects were found unreachable. May run finalisers.
size_t avm_gc_collect(AvmThread *t);
// The same at the end of a program. names: n namespaces of its script, which its functions hold, borrowed; or NULL. Those
// that somebody else holds, too, come back as references; the others are NULL then.
void avm_gc_collect_last(AvmThread *t, AvmDict **names, uint32_t n);
// Not while a finaliser runs, or waits in another thread, and other objects are half gone: what they owned can't be told.
bool avm_gc_can_look(AvmThread *t);
// So many objects have come (t->gc_threshold) that it is time to ask: is there garbage enough, as far as a few samples tell?
// If not, the threshold rises.
bool avm_gc_is_due(AvmThread *t);
// All that o owns: what its type knows, its attributes, its slots, its class.
void avm_gc_visit(AvmThread *t, AvmObj *o, AvmVisit visit, void *arg);
// Is anything alive that would show when it dies: an object with a finaliser, a weak reference with a callback?
bool avm_gc_matters(AvmThread *t);

#endif
