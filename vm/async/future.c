// Futures: state, who waits, and how the news reaches them. What scripts see is in future_type.c.
#include "vm/async/async.h"
#include "vm/hints.h"

#include "vm/async/context.h"
#include "vm/object.h"

bool avm_is_future(AvmThread *t, AvmValue v) {
    return avm_is_plain_future(v) || (avm_is_obj(v) && avm_type_is_sub(avm_type_of(t, v), avm_type_get(t, AVM_T_FUTURE)));
}

AvmFuture *avm_future_new(AvmThread *t, AvmEventLoop *loop) {
    AvmFuture *f = avm_object_new_id(t, AVM_T_FUTURE, sizeof *f);
    if (!f) return NULL;
    f->h.flags |= AVM_OBJ_SHAPED;
    f->attrs.shape = avm_type_get(t, AVM_T_FUTURE)->shape;
    f->loop = avm_retain(loop);
    if (__builtin_expect(!loop->debug, 1) || avm_debug_mark(t, f)) return f;
    avm_drop(t, f);
    return NULL;
}

// --- who waits

static AvmCallbacks *callbacks_of(AvmFuture *f) {
    return f->waiters && !(f->waiters & AVM_WAITER_TAGS) ? (AvmCallbacks *)avm_obj(f->waiters) : NULL;
}

static bool callbacks_add(AvmThread *t, AvmCallbacks *c, AvmValue item) {
    if (c->len == c->cap) {
        uint32_t cap = c->cap ? c->cap * 2 : 4;
        AvmValue *items = avm_realloc(&t->vm->alloc, c->items, c->cap * sizeof *items, cap * sizeof *items);
        if (!items) {
            avm_raise_memory(t);
            return false;
        }
        c->items = items;
        c->cap = cap;
    }
    c->items[c->len++] = item;
    return true;
}

// Makes room for more than one waiter.
static AvmCallbacks *callbacks_make(AvmThread *t, AvmFuture *f) {
    AvmCallbacks *c = callbacks_of(f);
    if (c) return c;
    c = avm_object_new_id(t, AVM_T_CALLBACKS, sizeof *c);
    if (!c) return NULL;
    if ((f->waiters & AVM_WAITER_TAGS) == AVM_WAITER_GATHER) ((AvmGather *)AVM_UNTAGGED(f->waiters))->irregular = true;
    if (f->waiters && !callbacks_add(t, c, f->waiters)) {
        avm_drop(t, c);
        return NULL;
    }
    f->waiters = avm_value(c);
    return c;
}

bool avm_future_add_waiter(AvmThread *t, AvmFuture *f, AvmValue waiter) {
    if (f->waiters) {
        AvmCallbacks *c = callbacks_make(t, f);
        if (!c || !callbacks_add(t, c, waiter)) return false;
        if ((waiter & AVM_WAITER_TAGS) == AVM_WAITER_GATHER) ((AvmGather *)AVM_UNTAGGED(waiter))->irregular = true;
    } else {
        f->waiters = waiter;
    }
    ((AvmObj *)AVM_UNTAGGED(waiter))->refs++;
    return true;
}

static AvmBound *bound_new(AvmThread *t, AvmValue what, AvmValue with) {
    AvmBound *b = avm_object_new_id(t, AVM_T_BOUND, sizeof *b);
    if (!b) return NULL;
    b->what = avm_incref(what);
    b->with = avm_incref(with);
    return b;
}

// A callable with a context, as an item. New reference or AVM_FAIL.
static AvmValue callback_item(AvmThread *t, AvmValue callback, AvmValue context) {
    AvmValue ctx = context ? avm_incref(context) : avm_context_share(t);
    if (!ctx && avm_is_obj(callback)) return avm_incref(callback);
    AvmBound *b = bound_new(t, callback, ctx);
    avm_decref(t, ctx);
    return b ? avm_value(b) : AVM_FAIL;
}

static AvmValue make_deliver(AvmThread *t, AvmFuture *f, AvmCallbacks *c) {
    (void)t;
    c->owner = avm_retain(f);
    return AVM_TAGGED(c, AVM_READY_DELIVER);
}

bool avm_future_add_callback(AvmThread *t, AvmFuture *f, AvmValue callback, AvmValue context) {
    AvmValue item = callback_item(t, callback, context);
    if (!item) return false;
    if (f->state == AVM_FUTURE_PENDING) {
        AvmCallbacks *c = callbacks_make(t, f);
        if (c && callbacks_add(t, c, item)) return true;
        avm_decref(t, item);
        return false;
    }
    bool open = avm_loop_check(t, f->loop);
    if (!open || f->loop->overrides & AVM_LOOP_OWN_READY) {
        bool ok = open && avm_loop_tell(t, f, item);
        avm_decref(t, item);
        return ok;
    }
    AvmCallbacks *c = avm_object_new_id(t, AVM_T_CALLBACKS, sizeof *c);
    if (!c || !callbacks_add(t, c, item)) {
        avm_decref(t, item);
        if (c) avm_drop(t, c);
        return false;
    }
    return avm_ready_push(t, f->loop, make_deliver(t, f, c));
}

static void item_drop(AvmThread *t, AvmValue item) { avm_drop(t, AVM_UNTAGGED(item)); }

int64_t avm_future_remove_callback(AvmThread *t, AvmFuture *f, AvmValue callback) {
    AvmCallbacks *c = f->state == AVM_FUTURE_PENDING ? callbacks_of(f) : NULL;
    if (!c) return 0;
    int64_t removed = 0;
    c->h.refs++;
    for (uint32_t i = 0; i < c->len;) {
        AvmValue item = c->items[i];
        int same = 0;
        if (!(item & AVM_WAITER_TAGS)) {
            AvmValue what = avm_is(item, AVM_T_BOUND) ? ((AvmBound *)avm_obj(item))->what : item;
            avm_incref(what);
            same = avm_compare_bool(t, AVM_EQ, what, callback);
            avm_decref(t, what);
        }
        if (same < 0) {
            avm_drop(t, c);
            return -1;
        }
        // __eq__ may have changed the list: look again at what stands here.
        if (!same || i >= c->len || c->items[i] != item) {
            i++;
            continue;
        }
        memmove(&c->items[i], &c->items[i + 1], (--c->len - i) * sizeof *c->items);
        item_drop(t, item);
        removed++;
    }
    avm_drop(t, c);
    return removed;
}

uint32_t avm_future_ncallbacks(AvmFuture *f) {
    AvmCallbacks *c = callbacks_of(f);
    return c ? c->len : f->waiters != AVM_EMPTY;
}

AvmValue avm_future_callback(AvmThread *t, AvmFuture *f, uint32_t i, AvmValue *context) {
    AvmCallbacks *c = callbacks_of(f);
    AvmValue item = c ? c->items[i] : f->waiters;
    *context = AVM_EMPTY;
    if (item & AVM_WAITER_TAGS) return avm_future_waiter_callable(t, item);
    if (!avm_is(item, AVM_T_BOUND)) return avm_incref(item);
    AvmBound *b = (AvmBound *)avm_obj(item);
    *context = b->with;
    return avm_incref(b->what);
}

static AvmValue call_wakeup(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTask *task = (AvmTask *)avm_obj(args[0]);
    return avm_task_wake(t, task) ? AVM_NONE : AVM_FAIL;
}

static AvmValue call_countdown(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_future(t, args[1])) return avm_raise_type(t, "a future is required");
    return avm_gather_child_done(t, (AvmGather *)avm_obj(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}

static const AvmNativeDef wakeup_def = {"task_wakeup", call_wakeup, "task_wakeup(future, /)", "Wakes the task."};
static const AvmNativeDef countdown_def = {"_done_callback", call_countdown, "_done_callback(fut)",
                                           "Counts a child of a gather down."};

AvmValue avm_future_waiter_callable(AvmThread *t, AvmValue waiter) {
    bool task = (waiter & AVM_WAITER_TAGS) == AVM_WAITER_TASK;
    AvmNative **made = task ? &t->vm->async->wakeup : &t->vm->async->countdown;
    if (!*made) {
        AvmType *owner = avm_type_get(t, task ? AVM_T_TASK : AVM_T_GATHER);
        *made = avm_native_new(t, task ? &wakeup_def : &countdown_def, owner, NULL);
        if (!*made) return AVM_FAIL;
    }
    return avm_native_bind(t, *made, avm_value(AVM_UNTAGGED(waiter)));
}

// --- the news

// A child with a result, which is not the last, need not tell its gather in the next turn: nothing will come of it. But
// the last one must, in its place behind all others that do.
static inline bool counts_at_once(const AvmFuture *f, const AvmGather *g) {
    return f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f) && !g->due && !g->irregular &&
           g->finished + 1 < g->wanted;
}

// The loop is closed. In CPython the frame of call_soon stands in the traceback, and keeps the callback as long.
static void refuse(AvmThread *t, AvmFuture *f, AvmValue waiter) {
    avm_loop_check(t, f->loop);
    if (avm_is(t->exc, AVM_EXC(t, RuntimeError)->id) && (waiter & AVM_WAITER_TAGS) == AVM_WAITER_TASK)
        avm_replace(t, &((AvmExc *)avm_obj(t->exc))->extra[0], avm_value(AVM_UNTAGGED(waiter)));
    else
        item_drop(t, waiter);
}

// f is done: everybody who waits stands in the ring from now on, in the order in which they came.
static bool schedule(AvmThread *t, AvmFuture *f) {
    AvmValue w = f->waiters;
    if (!w) return true;
    if (__builtin_expect(f->loop->overrides & AVM_LOOP_OWN_READY && !f->loop->closed, 0)) {
        bool ok = avm_loop_tell(t, f, w);
        item_drop(t, w);
        return ok;
    }
    switch (w & AVM_WAITER_TAGS) {
    case AVM_WAITER_TASK: // it finds f in its `waiting`
        f->waiters = AVM_EMPTY;
        if (f->loop->closed) break;
        return avm_ready_push(t, f->loop, AVM_TAGGED(AVM_UNTAGGED(w), AVM_READY_STEP));
    case AVM_WAITER_GATHER:
        if (f->loop->closed) break;
        AvmGather *g = AVM_UNTAGGED(w);
        if (counts_at_once(f, g)) {
            f->waiters = AVM_EMPTY;
            g->finished++;
            avm_drop(t, g);
            return true;
        }
        g->due++;
        return avm_ready_push(t, f->loop, AVM_TAGGED(avm_retain(f), AVM_READY_GATHER));
    default:
        f->waiters = AVM_EMPTY;
        if (f->loop->closed) break;
        if (((AvmCallbacks *)avm_obj(w))->len == 0) {
            avm_decref(t, w);
            return true;
        }
        return avm_ready_push(t, f->loop, make_deliver(t, f, (AvmCallbacks *)avm_obj(w)));
    }
    f->waiters = AVM_EMPTY;
    refuse(t, f, w);
    return false;
}

static bool check_pending(AvmThread *t, AvmFuture *f) {
    if (f->state == AVM_FUTURE_PENDING) return true;
    avm_raise(t, AVM_EXC(t, InvalidStateError), "invalid state");
    return false;
}

bool avm_future_set_result(AvmThread *t, AvmFuture *f, AvmValue result) {
    if (!check_pending(t, f)) return false;
    f->result = avm_incref(result);
    f->state = AVM_FUTURE_FINISHED;
    if (f->h.type == AVM_T_FUTURE) f->h.flags |= AVM_OBJ_FINALIZED; // there will be nothing to report
    return schedule(t, f);
}

// "StopIteration interacts badly with generators": wrapped in a RuntimeError.
static AvmValue wrap_stop_iteration(AvmThread *t, AvmValue exc) {
    avm_raise(t, AVM_EXC(t, RuntimeError),
              "StopIteration interacts badly with generators and cannot be raised into a Future");
    AvmValue wrapped = avm_exc_take(t);
    AvmExc *e = (AvmExc *)avm_obj(wrapped);
    avm_replace(t, &e->cause, avm_incref(exc));
    avm_replace(t, &e->context, avm_incref(exc));
    e->suppress_context = true;
    return wrapped;
}

static bool is_exception(AvmThread *t, AvmValue v) {
    return avm_is_obj(v) && (avm_type_of(t, v)->flags & AVM_TYPE_EXCEPTION);
}

bool avm_future_set_exception(AvmThread *t, AvmFuture *f, AvmValue exc) {
    if (!check_pending(t, f)) return false;
    AvmValue made = avm_incref(exc);
    if (avm_is_obj(exc) && avm_is_sub(t, exc, AVM_TYPE_SUB_TYPE) &&
        (((AvmType *)avm_obj(exc))->flags & AVM_TYPE_EXCEPTION)) {
        avm_decref(t, made);
        made = avm_call0(t, exc);
        if (!made) return false;
    }
    if (!is_exception(t, made)) {
        avm_decref(t, made);
        avm_raise_type(t, "invalid exception object");
        return false;
    }
    if (avm_exc_matches(t, made, AVM_EXC(t, StopIteration))) {
        AvmValue wrapped = wrap_stop_iteration(t, made);
        avm_decref(t, made);
        made = wrapped;
    }
    avm_replace(t, &f->result, made);
    avm_replace(t, &f->note, avm_incref(((AvmExc *)avm_obj(made))->traceback));
    f->state = AVM_FUTURE_FINISHED;
    f->bits |= AVM_FUTURE_FAILED | AVM_FUTURE_LOG_TB;
    return schedule(t, f);
}

int avm_future_cancel(AvmThread *t, AvmFuture *f, AvmValue msg) {
    f->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    if (f->state != AVM_FUTURE_PENDING) return 0;
    f->state = AVM_FUTURE_CANCELLED;
    bool of_host = f->h.type == AVM_T_FUTURE && f->bits & AVM_FUTURE_HOST;
    uint32_t number = of_host ? (uint32_t)avm_inline_int(f->note) : 0;
    avm_replace(t, &f->note, msg == AVM_NONE ? AVM_EMPTY : avm_incref(msg));
    bool good = schedule(t, f);
    if (of_host) t->vm->host.cancelled(t->vm->host.ctx, t, number);
    return good ? 1 : -1;
}

int avm_future_cancel_any(AvmThread *t, AvmValue v, AvmValue msg) {
    if (avm_is(v, AVM_T_TASK) || avm_is(v, AVM_T_GATHER)) { // those may wait for one another in a ring
        if (!avm_native_enter(t)) return -1;
        int any = avm_is(v, AVM_T_TASK) ? avm_task_cancel(t, (AvmTask *)avm_obj(v), msg)
                                        : avm_gather_cancel(t, (AvmGather *)avm_obj(v), msg);
        avm_native_leave(t);
        return any;
    }
    if (avm_is(v, AVM_T_FUTURE)) return avm_future_cancel(t, (AvmFuture *)avm_obj(v), msg);
    AvmValue method = avm_getattr(t, v, AVM_NAME(t, cancel));
    if (!method) return -1;
    AvmValue name = avm_value(AVM_NAME(t, msg));
    AvmTuple *names = avm_tuple_from(t, &name, 1);
    AvmValue value = msg ? msg : AVM_NONE;
    AvmValue r = names ? avm_call_kw(t, method, &value, 1, names) : AVM_FAIL;
    if (names) avm_drop(t, names);
    avm_decref(t, method);
    if (!r) return -1;
    int yes = avm_truth(t, r);
    avm_decref(t, r);
    return yes;
}

bool avm_future_is_done(AvmThread *t, AvmValue f, bool *done) {
    if (avm_is_plain_future(f) || avm_is_future(t, f)) {
        *done = ((AvmFuture *)avm_obj(f))->state != AVM_FUTURE_PENDING;
        return true;
    }
    AvmStr *name = avm_str_text(t, "done");
    AvmValue r = name ? avm_call_method(t, f, name, NULL, 0) : AVM_FAIL;
    if (name) avm_drop(t, name);
    int yes = r ? avm_truth(t, r) : -1;
    avm_decref(t, r);
    *done = yes > 0;
    return yes >= 0;
}

AvmValue avm_future_cancelled_error(AvmThread *t, AvmFuture *f) {
    if (f->state == AVM_FUTURE_CANCELLED && f->result) {
        AvmValue kept = f->result;
        f->result = AVM_EMPTY;
        return kept;
    }
    AvmValue msg = f->bits & AVM_FUTURE_FAILED ? AVM_EMPTY : f->note;
    return avm_exc_new(t, AVM_EXC(t, CancelledError), &msg, msg != AVM_EMPTY);
}

AvmValue avm_future_error(AvmThread *t, AvmFuture *f) {
    if (f->state == AVM_FUTURE_CANCELLED) {
        AvmValue exc = avm_future_cancelled_error(t, f);
        return exc ? exc : avm_exc_take(t);
    }
    f->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    if (!avm_future_failed(f)) return AVM_EMPTY;
    // The traceback it came with is shown once: who waits later sees where the waiting was.
    AvmExc *e = (AvmExc *)avm_obj(f->result);
    AvmValue traceback = f->note;
    f->note = AVM_EMPTY;
    avm_replace(t, &e->traceback, traceback);
    return avm_incref(f->result);
}

AvmValue avm_future_result(AvmThread *t, AvmFuture *f) {
    if (f->state == AVM_FUTURE_PENDING) return avm_raise(t, AVM_EXC(t, InvalidStateError), "Result is not set.");
    AvmValue exc = avm_future_error(t, f);
    if (!exc) return avm_incref(f->result);
    avm_exc_chain(t, exc);
    return avm_reraise(t, exc);
}

// What `await future` does at each resumption.
AvmSent avm_future_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    (void)value;
    AvmFuture *f = (AvmFuture *)avm_obj(v);
    if (f->state == AVM_FUTURE_PENDING) {
        if (f->bits & AVM_FUTURE_BLOCKING) {
            avm_raise(t, AVM_EXC(t, RuntimeError), "await wasn't used with future");
            return AVM_SENT_FAIL;
        }
        f->bits |= AVM_FUTURE_BLOCKING;
        *out = avm_incref(v);
        return AVM_SENT_YIELD;
    }
    bool plain = f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f);
    *out = plain ? avm_incref(f->result) : avm_future_result(t, f);
    return *out ? AVM_SENT_RETURN : AVM_SENT_FAIL;
}

// --- the ends of a future's life

void avm_future_drop(AvmThread *t, AvmFuture *f) {
    AvmValue w = f->waiters;
    f->waiters = AVM_EMPTY;
    if (w) item_drop(t, w);
    avm_replace(t, &f->result, AVM_EMPTY);
    avm_replace(t, &f->note, AVM_EMPTY);
}

void avm_future_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmFuture *f = (AvmFuture *)o;
    if (f->waiters) visit(avm_value(AVM_UNTAGGED(f->waiters)), arg);
    if (f->result) visit(f->result, arg);
    if (f->note) visit(f->note, arg);
    if (f->loop) visit(avm_value(f->loop), arg);
}

void avm_future_finalize(AvmThread *t, AvmValue self) {
    AvmFuture *f = (AvmFuture *)avm_obj(self);
    if (!(f->bits & AVM_FUTURE_LOG_TB) || !avm_future_failed(f) || !f->loop) return;
    f->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    AvmStr *text = avm_str_format(t, "%N exception was never retrieved", avm_type_of(t, self));
    if (!text) return;
    avm_loop_report(t, f->loop, text->data, "future", self, f->result);
    avm_drop(t, text);
    if (!t->vm->hints || !avm_is(self, AVM_T_TASK)) return;
    AvmStr *name = avm_task_name(t, (AvmTask *)f);
    if (name) avm_hint(t, AVM_HINT_FAILED, name->data, ((AvmTask *)f)->site);
    avm_drop(t, name);
}

// --- AvmCallbacks and AvmBound

static void callbacks_free(AvmThread *t, AvmObj *o) {
    AvmCallbacks *c = (AvmCallbacks *)o;
    for (uint32_t i = c->from; i < c->len; i++) item_drop(t, c->items[i]);
    avm_release(&t->vm->alloc, c->items, c->cap * sizeof *c->items);
    if (c->owner) avm_drop(t, c->owner);
}

static void callbacks_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmCallbacks *c = (AvmCallbacks *)o;
    for (uint32_t i = c->from; i < c->len; i++) visit(avm_value(AVM_UNTAGGED(c->items[i])), arg);
    if (c->owner) visit(avm_value(c->owner), arg);
}

const AvmTypeDef avm_callbacks_def = {
    .name = "callbacks",
    .id = AVM_T_CALLBACKS,
    .size = sizeof(AvmCallbacks),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = callbacks_free, .traverse = callbacks_traverse},
};

static void bound_free(AvmThread *t, AvmObj *o) {
    AvmBound *b = (AvmBound *)o;
    avm_decref(t, b->what);
    avm_decref(t, b->with);
}

static void bound_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmBound *b = (AvmBound *)o;
    if (b->what) visit(b->what, arg);
    if (b->with) visit(b->with, arg);
}

const AvmTypeDef avm_bound_def = {
    .name = "bound",
    .id = AVM_T_BOUND,
    .size = sizeof(AvmBound),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = bound_free, .traverse = bound_traverse},
};
