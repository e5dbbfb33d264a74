// What the native bodies of asyncio's locks and queues share. The classes are script (stdlib/asyncio/*.aio); their
// coroutine methods have native bodies for instances that are as the class makes them: the attributes stand in known
// cells, and no method that the body stands for has been replaced. For all others the script runs.
#ifndef AVM_STDLIB_ASYNCIO_PARTS_H
#define AVM_STDLIB_ASYNCIO_PARTS_H

#include "vm/async/async.h"
#include "vm/import.h"
#include "vm/shape.h"

enum { AVM_LAYOUT_FIELDS = 8, AVM_LAYOUT_LOOP = 0 }; // field 0 is always `_loop`, which may be missing

typedef enum AvmLayoutId { AVM_LAYOUT_LOCK, AVM_LAYOUT_SEMAPHORE, AVM_LAYOUT_EVENT, AVM_LAYOUT_QUEUE, AVM_LAYOUTS } AvmLayoutId;

// A class as script wrote it.
typedef struct AvmLayoutDef {
    const char *fields[AVM_LAYOUT_FIELDS + 1];
    const char *methods[12]; // qualified names
} AvmLayoutDef;

// An instance of it: its cells. Valid while no script runs.
typedef struct AvmFields {
    AvmValue *cells;
    const uint16_t *at;
    uint16_t deque; // the number of the type
} AvmFields;
static inline AvmValue *avm_field(AvmFields f, int field) { return &f.cells[f.at[field]]; }

// What is known of one shape.
typedef struct AvmFieldLayout {
    uint64_t version; // of the shape; renewed when its class changes
    bool plain;
    uint16_t deque;
    uint16_t at[AVM_LAYOUT_FIELDS];
} AvmFieldLayout;
enum { AVM_LAYOUT_WAYS = 2 }; // with and without `_loop`

typedef struct AvmAsyncParts {
    AvmFieldLayout layouts[AVM_LAYOUTS][AVM_LAYOUT_WAYS];
    uint8_t oldest[AVM_LAYOUTS];
    AvmFieldLayout in_dict; // of the instance that avm_layout_in_dict found last
} AvmAsyncParts;

const AvmFieldLayout *avm_layout_learn(AvmThread *t, AvmLayoutId id, const AvmShape *shape);

// false: it is not as the class makes them, by its shape. No exception.
static inline bool avm_layout_find(AvmThread *t, AvmLayoutId id, AvmValue self, AvmFields *out) {
    if (!avm_is_obj(self) || !(avm_obj(self)->flags & AVM_OBJ_SHAPED)) return false;
    const AvmAttrs *a = &((AvmInstance *)avm_obj(self))->attrs;
    const AvmAsyncParts *parts = t->vm->stdlib[AVM_STDLIB_ASYNCIO];
    const AvmFieldLayout *l = parts->layouts[id];
    if (l->version != a->shape->version && (++l)->version != a->shape->version) l = avm_layout_learn(t, id, a->shape);
    *out = (AvmFields){a->values, l->at, l->deque};
    return l->plain;
}
// The same where the instance has its attributes in a dict.
bool avm_layout_in_dict(AvmThread *t, AvmLayoutId id, AvmValue self, AvmFields *out);
// For a body that has begun: somebody may have looked at the instance's __dict__ meanwhile.
static inline bool avm_layout_again(AvmThread *t, AvmLayoutId id, AvmValue self, AvmFields *out) {
    return __builtin_expect(avm_layout_find(t, id, self, out), 1) || avm_layout_in_dict(t, id, self, out);
}
static inline bool avm_field_is_deque(AvmFields f, int field) { return avm_is(*avm_field(f, field), f.deque); }
// RuntimeError, false: a body that has begun finds its instance changed.
bool avm_layout_lost(AvmThread *t, AvmValue self);
// Is the method of that name that self finds the frozen one with this qualified name?
bool avm_layout_has(AvmThread *t, AvmValue self, const char *qualname);

// `self._get_loop().create_future()`. NULL: exception. The cells may have moved.
AvmFuture *avm_waiter_new(AvmThread *t, AvmValue self, AvmFields f);
// Is it one of ours, and pending?
static inline bool avm_waiter_waits(AvmThread *t, AvmValue w) {
    return avm_is_future(t, w) && ((AvmFuture *)avm_obj(w))->state == AVM_FUTURE_PENDING;
}
// The exception that is set is a CancelledError.
static inline bool avm_waiter_cancelled(AvmThread *t) {
    return t->exc && avm_exc_is(t, AVM_EXC(t, CancelledError));
}

// Clears a plain Event. false: it is not plain. No exception.
bool avm_event_clear(AvmThread *t, AvmValue event);

bool avm_async_parts_init(AvmThread *t); // once; false: MemoryError
void avm_async_parts_free(AvmVm *vm);
extern const AvmLayoutDef avm_lock_layout, avm_semaphore_layout, avm_event_layout, avm_queue_layout;
void avm_async_locks_register(AvmThread *t);
void avm_async_queues_register(AvmThread *t);

#endif
