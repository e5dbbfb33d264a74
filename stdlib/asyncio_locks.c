// The native bodies of the coroutine methods of asyncio's Lock, Semaphore and Event: what stdlib/asyncio/locks.aio says.
#include "stdlib/asyncio_parts.h"
#include "stdlib/collections.h"

// --- Lock

enum { LOCK_WAITERS = 1, LOCK_LOCKED };
const AvmLayoutDef avm_lock_layout = {
    {"_loop", "_waiters", "_locked"},
    {"Lock.acquire", "Lock.release", "Lock._wake_up_first", "_LoopBoundMixin._get_loop"},
};

static bool is_waiters(AvmFields f, int field) { return *avm_field(f, field) == AVM_NONE || avm_field_is_deque(f, field); }

static bool is_lock(AvmFields f) {
    return is_waiters(f, LOCK_WAITERS) && avm_is_bool(*avm_field(f, LOCK_LOCKED));
}

static bool find_lock(AvmThread *t, AvmValue self, AvmFields *f) {
    return avm_layout_find(t, AVM_LAYOUT_LOCK, self, f) && is_lock(*f);
}

static bool get_lock(AvmThread *t, AvmValue self, AvmFields *f) {
    return (avm_layout_again(t, AVM_LAYOUT_LOCK, self, f) && is_lock(*f)) || avm_layout_lost(t, self);
}

// Does anybody wait who has not been cancelled?
static bool anybody(AvmThread *t, AvmValue waiters) {
    if (waiters == AVM_NONE) return false;
    for (uint32_t i = 0, n = avm_deque_len(waiters); i < n; i++) {
        AvmValue w = avm_deque_at(waiters, i);
        if (!avm_is_future(t, w) || ((AvmFuture *)avm_obj(w))->state != AVM_FUTURE_CANCELLED) return true;
    }
    return false;
}

// Waits at the end of the deque in a field, which is made if it is None.
static AvmSent queue_up(AvmThread *t, AvmCoro *c, AvmLayoutId id, AvmFields f, int field, AvmValue *out) {
    if (*avm_field(f, field) == AVM_NONE) {
        AvmValue made = avm_deque_new(t);
        if (!made) return AVM_SENT_FAIL;
        *avm_field(f, field) = made;
    }
    AvmFuture *w = avm_waiter_new(t, c->self, f);
    if (!w) return AVM_SENT_FAIL;
    bool same = avm_layout_again(t, id, c->self, &f) && avm_field_is_deque(f, field);
    if (same ? avm_deque_append(t, *avm_field(f, field), avm_value(w)) : avm_layout_lost(t, c->self))
        return avm_coro_wait(t, c, avm_value(w), out);
    avm_drop(t, w);
    return AVM_SENT_FAIL;
}

// The future that c waited for leaves the deque: `finally: self._waiters.remove(fut)`.
static void leave(AvmThread *t, AvmCoro *c, AvmValue waiters) {
    if (waiters != AVM_NONE) avm_deque_remove(t, waiters, c->waiting);
}

// What acquire() returns is True, what `async with` does with it nothing.
static AvmSent got(AvmCoro *c, AvmValue *out) {
    AvmCoroKindId id = avm_coro_kind_id(c);
    *out = id == AVM_CORO_LOCK_ENTER || id == AVM_CORO_SEMAPHORE_ENTER ? AVM_NONE : AVM_TRUE;
    return AVM_SENT_RETURN;
}

// Only the first is woken, and only if it is not done.
static bool wake_first(AvmThread *t, AvmValue waiters) {
    if (waiters == AVM_NONE || avm_deque_len(waiters) == 0) return true;
    AvmValue w = avm_deque_at(waiters, 0);
    if (!avm_waiter_waits(t, w)) return true;
    return avm_future_set_result(t, (AvmFuture *)avm_obj(w), AVM_TRUE);
}

static AvmSent lock_begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    AvmFields f;
    if (!get_lock(t, c->self, &f)) return AVM_SENT_FAIL;
    AvmValue *locked = avm_field(f, LOCK_LOCKED);
    if (*locked == AVM_TRUE || anybody(t, *avm_field(f, LOCK_WAITERS)))
        return queue_up(t, c, AVM_LAYOUT_LOCK, f, LOCK_WAITERS, out);
    *locked = AVM_TRUE;
    return got(c, out);
}

static AvmSent lock_go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    AvmFields f;
    AvmValue exc = failed ? avm_exc_take(t) : AVM_EMPTY;
    if (!get_lock(t, c->self, &f)) {
        avm_decref(t, exc);
        return AVM_SENT_FAIL;
    }
    AvmValue waiters = *avm_field(f, LOCK_WAITERS), *locked = avm_field(f, LOCK_LOCKED);
    leave(t, c, waiters);
    if (!failed) {
        *locked = AVM_TRUE;
        return got(c, out);
    }
    avm_reraise(t, exc);
    // Cancelled with the lock in hand: it goes to the next.
    if (avm_waiter_cancelled(t) && *locked == AVM_FALSE) {
        exc = avm_exc_take(t);
        if (wake_first(t, waiters))
            avm_reraise(t, exc);
        else
            avm_decref(t, exc);
    }
    return AVM_SENT_FAIL;
}

static AvmSent lock_exit(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    AvmFields f;
    if (!get_lock(t, c->self, &f)) return AVM_SENT_FAIL;
    AvmValue *locked = avm_field(f, LOCK_LOCKED);
    if (*locked == AVM_FALSE) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "Lock is not acquired.");
        return AVM_SENT_FAIL;
    }
    *locked = AVM_FALSE;
    *out = AVM_NONE;
    return wake_first(t, *avm_field(f, LOCK_WAITERS)) ? AVM_SENT_RETURN : AVM_SENT_FAIL;
}

// --- Semaphore

enum { SEMAPHORE_WAITERS = 1, SEMAPHORE_VALUE };
const AvmLayoutDef avm_semaphore_layout = {
    {"_loop", "_waiters", "_value"},
    {"Semaphore.acquire", "Semaphore.locked", "Semaphore._wake_up_next", "_LoopBoundMixin._get_loop"},
};

static bool is_semaphore(AvmFields f) {
    return is_waiters(f, SEMAPHORE_WAITERS) && avm_is_inline_int(*avm_field(f, SEMAPHORE_VALUE));
}

static bool find_semaphore(AvmThread *t, AvmValue self, AvmFields *f) {
    return avm_layout_find(t, AVM_LAYOUT_SEMAPHORE, self, f) && is_semaphore(*f);
}

static bool get_semaphore(AvmThread *t, AvmValue self, AvmFields *f) {
    return (avm_layout_again(t, AVM_LAYOUT_SEMAPHORE, self, f) && is_semaphore(*f)) ||
           avm_layout_lost(t, self);
}

static void add(AvmValue *value, int n) { *value = avm_inline_int_value(avm_inline_int(*value) + n); }

// 1: somebody was woken, and has one of the semaphore's; 0, -1.
static int wake_next(AvmThread *t, AvmFields f) {
    AvmValue waiters = *avm_field(f, SEMAPHORE_WAITERS);
    if (waiters == AVM_NONE) return 0;
    for (uint32_t i = 0; i < avm_deque_len(waiters); i++) {
        AvmValue w = avm_deque_at(waiters, i);
        if (!avm_waiter_waits(t, w)) continue;
        add(avm_field(f, SEMAPHORE_VALUE), -1);
        return avm_future_set_result(t, (AvmFuture *)avm_obj(w), AVM_TRUE) ? 1 : -1;
    }
    return 0;
}

static AvmSent semaphore_begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    AvmFields f;
    if (!get_semaphore(t, c->self, &f)) return AVM_SENT_FAIL;
    AvmValue *value = avm_field(f, SEMAPHORE_VALUE);
    if (avm_inline_int(*value) == 0 || anybody(t, *avm_field(f, SEMAPHORE_WAITERS)))
        return queue_up(t, c, AVM_LAYOUT_SEMAPHORE, f, SEMAPHORE_WAITERS, out);
    add(value, -1);
    return got(c, out);
}

static AvmSent semaphore_go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    AvmFields f;
    AvmValue exc = failed ? avm_exc_take(t) : AVM_EMPTY;
    if (!get_semaphore(t, c->self, &f)) {
        avm_decref(t, exc);
        return AVM_SENT_FAIL;
    }
    leave(t, c, *avm_field(f, SEMAPHORE_WAITERS));
    AvmFuture *w = (AvmFuture *)avm_obj(c->waiting);
    // Cancelled with one of the semaphore's in hand: it is given back.
    bool held = w->state == AVM_FUTURE_FINISHED && failed && avm_exc_matches(t, exc, AVM_EXC(t, CancelledError));
    if (held) add(avm_field(f, SEMAPHORE_VALUE), 1);
    int woken = 1;
    while (woken > 0 && avm_inline_int(*avm_field(f, SEMAPHORE_VALUE)) > 0) woken = wake_next(t, f);
    if (woken < 0) {
        avm_decref(t, exc);
        return AVM_SENT_FAIL;
    }
    if (!failed) return got(c, out);
    avm_reraise(t, exc);
    return AVM_SENT_FAIL;
}

static AvmSent semaphore_exit(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    AvmFields f;
    if (!get_semaphore(t, c->self, &f)) return AVM_SENT_FAIL;
    add(avm_field(f, SEMAPHORE_VALUE), 1);
    *out = AVM_NONE;
    return wake_next(t, f) < 0 ? AVM_SENT_FAIL : AVM_SENT_RETURN;
}

// --- Event

enum { EVENT_WAITERS = 1, EVENT_VALUE };
const AvmLayoutDef avm_event_layout = {{"_loop", "_waiters", "_value"}, {"Event.wait", "Event.clear", "_LoopBoundMixin._get_loop"}};

static bool is_event(AvmFields f) {
    return avm_field_is_deque(f, EVENT_WAITERS) && avm_is_bool(*avm_field(f, EVENT_VALUE));
}

static bool find_event(AvmThread *t, AvmValue self, AvmFields *f) {
    return avm_layout_find(t, AVM_LAYOUT_EVENT, self, f) && is_event(*f);
}

static bool get_event(AvmThread *t, AvmValue self, AvmFields *f) {
    return (avm_layout_again(t, AVM_LAYOUT_EVENT, self, f) && is_event(*f)) || avm_layout_lost(t, self);
}

static AvmSent event_begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    AvmFields f;
    if (!get_event(t, c->self, &f)) return AVM_SENT_FAIL;
    if (*avm_field(f, EVENT_VALUE) == AVM_FALSE) return queue_up(t, c, AVM_LAYOUT_EVENT, f, EVENT_WAITERS, out);
    *out = AVM_TRUE;
    return AVM_SENT_RETURN;
}

static AvmSent event_go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    AvmFields f;
    AvmValue exc = failed ? avm_exc_take(t) : AVM_EMPTY;
    bool ok = get_event(t, c->self, &f);
    if (ok) leave(t, c, *avm_field(f, EVENT_WAITERS));
    if (ok && failed) avm_reraise(t, exc);
    if (!ok) avm_decref(t, exc);
    *out = AVM_TRUE;
    return ok && !failed ? AVM_SENT_RETURN : AVM_SENT_FAIL;
}

bool avm_event_clear(AvmThread *t, AvmValue event) {
    AvmFields f;
    if (!find_event(t, event, &f)) return false;
    *avm_field(f, EVENT_VALUE) = AVM_FALSE;
    return true;
}

// --- which body a call gets

static AvmCoroKindId choose_lock(AvmThread *t, AvmValue self) {
    AvmFields f;
    return find_lock(t, self, &f) ? AVM_CORO_LOCK_ACQUIRE : AVM_CORO_NONE;
}
static AvmCoroKindId choose_semaphore(AvmThread *t, AvmValue self) {
    AvmFields f;
    return find_semaphore(t, self, &f) ? AVM_CORO_SEMAPHORE_ACQUIRE : AVM_CORO_NONE;
}
static AvmCoroKindId choose_event(AvmThread *t, AvmValue self) {
    AvmFields f;
    return find_event(t, self, &f) ? AVM_CORO_EVENT_WAIT : AVM_CORO_NONE;
}

// __aenter__ and __aexit__ are one function for all of them.
static AvmCoroKindId choose_enter(AvmThread *t, AvmValue self) {
    AvmFields f;
    if (find_lock(t, self, &f)) return AVM_CORO_LOCK_ENTER;
    return find_semaphore(t, self, &f) ? AVM_CORO_SEMAPHORE_ENTER : AVM_CORO_NONE;
}

static AvmCoroKindId choose_exit(AvmThread *t, AvmValue self) {
    AvmFields f;
    if (find_lock(t, self, &f)) return AVM_CORO_LOCK_EXIT;
    return find_semaphore(t, self, &f) && avm_layout_has(t, self, "Semaphore.release") ? AVM_CORO_SEMAPHORE_EXIT : AVM_CORO_NONE;
}

static const struct {
    AvmCoroKindId id;
    AvmCoroKind kind;
} kinds[] = {
    {AVM_CORO_LOCK_ACQUIRE, {"Lock.acquire", choose_lock, lock_begin, lock_go_on}},
    {AVM_CORO_LOCK_ENTER, {"_ContextManagerMixin.__aenter__", choose_enter, lock_begin, lock_go_on}},
    {AVM_CORO_LOCK_EXIT, {"_ContextManagerMixin.__aexit__", choose_exit, lock_exit, NULL}},
    {AVM_CORO_SEMAPHORE_ACQUIRE, {"Semaphore.acquire", choose_semaphore, semaphore_begin, semaphore_go_on}},
    {AVM_CORO_SEMAPHORE_ENTER, {"_ContextManagerMixin.__aenter__", choose_enter, semaphore_begin, semaphore_go_on}},
    {AVM_CORO_SEMAPHORE_EXIT, {"_ContextManagerMixin.__aexit__", choose_exit, semaphore_exit, NULL}},
    {AVM_CORO_EVENT_WAIT, {"Event.wait", choose_event, event_begin, event_go_on}},
};

void avm_async_locks_register(AvmThread *t) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) avm_coro_register(t, kinds[i].id, &kinds[i].kind);
}
