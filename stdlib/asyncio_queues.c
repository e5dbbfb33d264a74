// The native bodies of Queue.put and Queue.get: what stdlib/asyncio/queues.aio says.
#include "stdlib/asyncio_parts.h"
#include "stdlib/collections.h"

enum { MAXSIZE = 1, GETTERS, PUTTERS, UNFINISHED, FINISHED, ITEMS, SHUT_DOWN };
const AvmLayoutDef avm_queue_layout = {
    {"_loop", "_maxsize", "_getters", "_putters", "_unfinished_tasks", "_finished", "_queue", "_is_shutdown"},
    {"Queue.put", "Queue.get", "Queue.full", "Queue.empty", "Queue.qsize", "Queue.put_nowait", "Queue.get_nowait",
     "Queue._put", "Queue._get", "Queue._wakeup_next", "_LoopBoundMixin._get_loop"},
};

static bool is_queue(AvmFields f) {
    return avm_is_inline_int(*avm_field(f, MAXSIZE)) && avm_field_is_deque(f, GETTERS) &&
           avm_field_is_deque(f, PUTTERS) && avm_field_is_deque(f, ITEMS) &&
           avm_is_inline_int(*avm_field(f, UNFINISHED)) && avm_is_bool(*avm_field(f, SHUT_DOWN));
}

static bool find(AvmThread *t, AvmValue self, AvmFields *f) {
    return avm_layout_find(t, AVM_LAYOUT_QUEUE, self, f) && is_queue(*f);
}

static bool get(AvmThread *t, AvmValue self, AvmFields *f) {
    return (avm_layout_again(t, AVM_LAYOUT_QUEUE, self, f) && is_queue(*f)) || avm_layout_lost(t, self);
}

static bool is_empty(AvmFields f) { return avm_deque_len(*avm_field(f, ITEMS)) == 0; }

static bool is_full(AvmFields f) {
    int64_t max = avm_inline_int(*avm_field(f, MAXSIZE));
    return max > 0 && avm_deque_len(*avm_field(f, ITEMS)) >= max;
}

static bool is_shut_down(AvmThread *t, AvmFields f) {
    if (*avm_field(f, SHUT_DOWN) == AVM_FALSE) return false;
    AvmValue queues = avm_import_text(t, "asyncio.queues");
    AvmStr *name = queues ? avm_str_text(t, "QueueShutDown") : NULL;
    AvmValue exc = name ? avm_getattr(t, queues, name) : AVM_FAIL;
    if (exc) avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
    avm_drop(t, name);
    avm_decref(t, queues);
    return true;
}

// `self._wakeup_next(waiters)`: the first that still waits; those before it have given up.
static bool wake_next(AvmThread *t, AvmValue waiters) {
    bool ok = true, woken = false;
    while (!woken && avm_deque_len(waiters)) {
        AvmValue w = avm_deque_take_first(waiters);
        woken = avm_waiter_waits(t, w);
        if (woken) ok = avm_future_set_result(t, (AvmFuture *)avm_obj(w), AVM_NONE);
        avm_decref(t, w);
    }
    return ok;
}

static AvmSent queue_up(AvmThread *t, AvmCoro *c, AvmFields f, int field, AvmValue *out) {
    AvmFuture *w = avm_waiter_new(t, c->self, f);
    if (!w) return AVM_SENT_FAIL;
    if (get(t, c->self, &f) && avm_deque_append(t, *avm_field(f, field), avm_value(w)))
        return avm_coro_wait(t, c, avm_value(w), out);
    avm_drop(t, w);
    return AVM_SENT_FAIL;
}

// `self._finished.clear()`
static bool not_finished(AvmThread *t, AvmValue event) {
    if (avm_event_clear(t, event)) return true;
    AvmStr *name = avm_str_text(t, "clear");
    AvmValue r = name ? avm_call_method(t, event, name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static AvmSent try_put(AvmThread *t, AvmCoro *c, AvmValue *out) {
    AvmFields f;
    if (!get(t, c->self, &f) || is_shut_down(t, f)) return AVM_SENT_FAIL;
    if (is_full(f)) return queue_up(t, c, f, PUTTERS, out);
    if (!avm_deque_append(t, *avm_field(f, ITEMS), c->item)) return AVM_SENT_FAIL;
    AvmValue *unfinished = avm_field(f, UNFINISHED);
    *unfinished = avm_inline_int_value(avm_inline_int(*unfinished) + 1);
    AvmValue getters = *avm_field(f, GETTERS);
    *out = AVM_NONE;
    return not_finished(t, *avm_field(f, FINISHED)) && wake_next(t, getters) ? AVM_SENT_RETURN : AVM_SENT_FAIL;
}

static AvmSent try_get(AvmThread *t, AvmCoro *c, AvmValue *out) {
    AvmFields f;
    if (!get(t, c->self, &f)) return AVM_SENT_FAIL;
    if (is_empty(f)) return is_shut_down(t, f) ? AVM_SENT_FAIL : queue_up(t, c, f, GETTERS, out);
    AvmValue item = avm_deque_take_first(*avm_field(f, ITEMS));
    if (!wake_next(t, *avm_field(f, PUTTERS))) {
        avm_decref(t, item);
        return AVM_SENT_FAIL;
    }
    *out = item;
    return AVM_SENT_RETURN;
}

// The wait has failed: the exception goes on, but whoever was woken for nothing hands the place or the item on.
static AvmSent gave_up(AvmThread *t, AvmCoro *c, int field, bool (*none_left)(AvmFields f)) {
    AvmFields f;
    AvmValue exc = avm_exc_take(t);
    AvmFuture *w = (AvmFuture *)avm_obj(c->waiting);
    bool ok = avm_future_cancel_any(t, c->waiting, AVM_EMPTY) >= 0; // in case it was not the wait that was cancelled
    ok = ok && get(t, c->self, &f);
    if (ok) {
        AvmValue waiters = *avm_field(f, field);
        avm_deque_remove(t, waiters, c->waiting);
        ok = none_left(f) || w->state == AVM_FUTURE_CANCELLED || wake_next(t, waiters);
    }
    if (ok)
        avm_reraise(t, exc);
    else
        avm_decref(t, exc);
    return AVM_SENT_FAIL;
}

static AvmSent put_begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    return try_put(t, c, out);
}
static AvmSent put_go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    return failed ? gave_up(t, c, PUTTERS, is_full) : try_put(t, c, out);
}
static AvmSent get_begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    (void)by_hand;
    return try_get(t, c, out);
}
static AvmSent get_go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    return failed ? gave_up(t, c, GETTERS, is_empty) : try_get(t, c, out);
}

static AvmCoroKindId choose_put(AvmThread *t, AvmValue self) {
    AvmFields f;
    return find(t, self, &f) ? AVM_CORO_QUEUE_PUT : AVM_CORO_NONE;
}
static AvmCoroKindId choose_get(AvmThread *t, AvmValue self) {
    AvmFields f;
    return find(t, self, &f) ? AVM_CORO_QUEUE_GET : AVM_CORO_NONE;
}

static const AvmCoroKind put_kind = {"Queue.put", choose_put, put_begin, put_go_on};
static const AvmCoroKind get_kind = {"Queue.get", choose_get, get_begin, get_go_on};

void avm_async_queues_register(AvmThread *t) {
    avm_coro_register(t, AVM_CORO_QUEUE_PUT, &put_kind);
    avm_coro_register(t, AVM_CORO_QUEUE_GET, &get_kind);
}
