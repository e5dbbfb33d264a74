// Native coroutines: small C state machines behind the same resume slot as coroutines of `async def`, which scripts can't
// tell from those. sleep() is one (vm/async/sleep.c); others wait for futures, one after the other.
#ifndef AVM_VM_CORO_H
#define AVM_VM_CORO_H

#include "vm/gen.h"
#include "vm/types/list.h"

typedef enum AvmCoroState {
    AVM_CORO_CREATED,
    AVM_CORO_RUNNING, // C code of its kind runs, and perhaps script called from there
    AVM_CORO_WAITING, // for the future in `waiting`
    AVM_CORO_ENDED,
    AVM_CORO_BARE,  // of sleep: it has yielded None
    AVM_CORO_TIMER, // of sleep: the task itself stands in the timer heap; `self` is the task, borrowed
    AVM_CORO_SHARED, // of sleep: stands for every `await sleep(0)` that nobody has looked at, see avm_coro_own
} AvmCoroState;

typedef struct AvmCoro {
    AvmObj h;         // in flags: bits 0-2 AvmCoroState, bits 3-6 AvmCoroKindId, AVM_CORO_GATHERED
    AvmValue self;    // the first argument of its call, owned; or the kind's own
    AvmValue item;    // the second
    AvmValue waiting; // the future while WAITING, owned; while CREATED the stack that made it, if that is
                      // remembered
} AvmCoro;

typedef enum AvmCoroKindId { // AvmCode.coro_kind
    AVM_CORO_NONE,
    AVM_CORO_SLEEP,
    AVM_CORO_QUEUE_PUT,
    AVM_CORO_QUEUE_GET,
    AVM_CORO_LOCK_ACQUIRE,
    AVM_CORO_LOCK_ENTER,
    AVM_CORO_LOCK_EXIT,
    AVM_CORO_SEMAPHORE_ACQUIRE,
    AVM_CORO_SEMAPHORE_ENTER,
    AVM_CORO_SEMAPHORE_EXIT,
    AVM_CORO_EVENT_WAIT,
    AVM_CORO_KINDS
} AvmCoroKindId;
_Static_assert(AVM_CORO_KINDS <= 16, "a kind has four bits");
enum { AVM_CORO_GATHERED = 1 << 7 }; // in h.flags: as AVM_GEN_GATHERED

// What a kind does. Results are as those of the slot `send`; YIELD: the state has been set to what it waits for, by
// avm_coro_wait as a rule.
typedef struct AvmCoroKind {
    const char *qualname; // of the script function whose body it is
    // What a call with this first argument makes: itself, another kind or (NONE) a coroutine of script. NULL: itself.
    AvmCoroKindId (*choose)(AvmThread *t, AvmValue self);
    // The first run. by_hand: a script's send() drives it.
    AvmSent (*begin)(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out);
    // What it waited for is over. failed: with an exception, which is set; it may have been thrown in.
    AvmSent (*go_on)(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out);
} AvmCoroKind;

static inline AvmCoroState avm_coro_state(const AvmCoro *c) { return (AvmCoroState)(c->h.flags & 7); }
static inline void avm_coro_set_state(AvmCoro *c, AvmCoroState state) {
    c->h.flags = (uint16_t)((c->h.flags & ~7u) | state);
}
// Has it yielded, and not come back yet?
static inline bool avm_coro_is_suspended(const AvmCoro *c) {
    AvmCoroState state = avm_coro_state(c);
    return state == AVM_CORO_WAITING || state >= AVM_CORO_BARE;
}
// A coroutine of either sort that nobody has begun to await.
static inline bool avm_is_fresh_coroutine(AvmValue v) {
    if (!avm_is_obj(v)) return false;
    if (avm_obj(v)->type == AVM_T_COROUTINE) return ((AvmGen *)avm_obj(v))->state == AVM_GEN_CREATED;
    return avm_obj(v)->type == AVM_T_NATIVE_COROUTINE && avm_coro_state((AvmCoro *)avm_obj(v)) == AVM_CORO_CREATED;
}
static inline AvmCoroKindId avm_coro_kind_id(const AvmCoro *c) { return (AvmCoroKindId)(c->h.flags >> 3 & 15); }
const AvmCoroKind *avm_coro_kind(AvmThread *t, const AvmCoro *c);
// The script function whose native body c is; borrowed.
AvmFunc *avm_coro_func(AvmThread *t, const AvmCoro *c);
void avm_coro_register(AvmThread *t, AvmCoroKindId id, const AvmCoroKind *kind);
// From now on calls of f, an async function with the qualified name of a registered kind, make native coroutines. Other
// functions stay as they are.
void avm_coro_bind(AvmThread *t, AvmFunc *f);
// A call of such a function with nargs positional arguments: takes them, and the first two parameters become self and
// item. NULL: MemoryError, or (with no exception set) nothing was done: the call is script's.
AvmCoro *avm_coro_call(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t nargs);
// Waits for future (taken), and is WAITING: for a kind to return. What *out was is overwritten.
AvmSent avm_coro_wait(AvmThread *t, AvmCoro *c, AvmValue future, AvmValue *out);
// Resumes, as the slots; by_hand: for a script's send().
AvmSent avm_coro_send(AvmThread *t, AvmCoro *c, AvmValue value, bool by_hand, AvmValue *out);
// avm_coro_send of None by an awaiter, with the short way for sleep(0).
static inline AvmSent avm_coro_step(AvmThread *t, AvmCoro *c, AvmValue *out) {
    switch (c->h.flags & 127) {
    case AVM_CORO_SLEEP << 3 | AVM_CORO_SHARED:
        *out = AVM_NONE;
        return AVM_SENT_RETURN;
    case AVM_CORO_SLEEP << 3 | AVM_CORO_CREATED:
        if (!avm_is_inline_int(c->self) || avm_inline_int(c->self) > 0 || c->waiting) break;
        c->self = AVM_EMPTY;
        avm_coro_set_state(c, AVM_CORO_BARE);
        *out = AVM_NONE;
        return AVM_SENT_YIELD;
    case AVM_CORO_SLEEP << 3 | AVM_CORO_BARE:
        *out = c->item;
        c->item = AVM_EMPTY;
        avm_coro_set_state(c, AVM_CORO_ENDED);
        return AVM_SENT_RETURN;
    }
    return avm_coro_send(t, c, AVM_NONE, false, out);
}
AvmSent avm_coro_throw(AvmThread *t, AvmCoro *c, AvmValue exc, AvmValue *out);
bool avm_coro_close(AvmThread *t, AvmCoro *c); // false: exception
// The last reference has gone: as avm_object_free, with the short way for one that has ended.
void avm_coro_free(AvmThread *t, AvmCoro *c);
static inline void avm_coro_drop(AvmThread *t, AvmCoro *c) {
    if (--c->h.refs == 0) avm_coro_free(t, c);
}
// Is this a call of sleep() for which the shared coroutine can stand, once it is awaited? (A coroutine of its own would
// have yielded None by then.)
static inline bool avm_coro_is_bare(const AvmFunc *f, const AvmValue *args, uint32_t nargs) {
    if (!f->code->filled || nargs != 1 || !avm_is_inline_int(args[0]) || avm_inline_int(args[0]) > 0) return false;
    const AvmTuple *defaults = (AvmTuple *)avm_obj(f->defaults);
    return defaults && defaults->len == 1 && defaults->items[0] == AVM_NONE;
}
// Somebody looks at the coroutine in *slot: if it is the shared one, it becomes one of its own. false: MemoryError.
bool avm_coro_own(AvmThread *t, AvmValue *slot);

#endif
