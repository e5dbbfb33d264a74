// Weak references: a table of the VM's from objects to the references that watch them, so that objects need no field.
#ifndef AVM_VM_WEAK_H
#define AVM_VM_WEAK_H

#include "vm/thread.h"

typedef struct AvmWeakRef {
    AvmObj h;
    AvmValue target;   // borrowed; AVM_EMPTY when it is gone
    AvmValue callback; // or AVM_EMPTY
    struct AvmWeakRef *next; // of the same target
    int64_t hash;
    bool hashed;
} AvmWeakRef;

// A new reference to a weak reference; one without callback is shared. AVM_FAIL: exception.
AvmValue avm_weak_new(AvmThread *t, AvmValue target, AvmValue callback);
// The target (borrowed), or empty: also when it has no references left and only waits until it is freed.
static inline AvmValue avm_weak_target(const AvmWeakRef *w) {
    return w->target && avm_obj(w->target)->refs ? w->target : AVM_EMPTY;
}
// The target (new reference) or AVM_NONE.
static inline AvmValue avm_weak_get(const AvmWeakRef *w) {
    AvmValue target = avm_weak_target(w);
    return target ? avm_incref(target) : AVM_NONE;
}
// o dies: empties its weak references, then calls their callbacks.
void avm_weak_clear(AvmThread *t, AvmObj *o);
// Tuples (reference, callback or None): one without callback first, then the newest first. NULL: exception.
AvmList *avm_weak_watchers(AvmThread *t, AvmValue target);
void avm_weak_free(AvmVm *vm);

#endif
