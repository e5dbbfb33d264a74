// asyncio.sleep(): a native coroutine. Driven by a task it needs no future: the task itself stands in the timer heap.
// Any other driver gets a future, as from CPython's.
#include <math.h>

#include "vm/async/async.h"

// Is c awaited, directly or through coroutines, by the task that makes a step just now? A frame of a generator that
// calls is in the chain of the innermost running root.
static bool driven_by(AvmThread *t, AvmCoro *c, AvmTask *task) {
    if (task->coro == avm_value(c)) return true;
    return t->frame && t->frame->gen && avm_value(t->root) == task->coro;
}

// delay <= 0, for whatever number it is: 1, 0, -1 (ValueError: it is none).
static int is_past(AvmThread *t, AvmValue delay) {
    if (avm_is_inline_int(delay)) return avm_inline_int(delay) <= 0;
    double d = avm_is_float(delay) ? avm_float(delay) : NAN;
    if (__builtin_expect(d == d, 1)) return d <= 0;
    int past = avm_compare_bool(t, AVM_LE, delay, avm_inline_int_value(0));
    if (past) return past;
    if (!avm_to_double(t, delay, &d)) return -1;
    if (d == d) return 0;
    avm_raise_value(t, "Invalid delay: NaN (not a number)");
    return -1;
}

// loop.time() + delay.
static bool deadline_of(AvmThread *t, AvmValue delay, double *when) {
    double now = avm_loop_time(t);
    if (avm_is_inline_int(delay) || avm_is_float(delay)) {
        *when = now + (avm_is_float(delay) ? avm_float(delay) : (double)avm_inline_int(delay));
        return true;
    }
    AvmValue sum = avm_binary(t, AVM_ADD, avm_float_value(now), delay);
    bool ok = sum && avm_to_double(t, sum, when);
    avm_decref(t, sum);
    return ok;
}

static AvmValue set_unless_cancelled(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFuture *f = (AvmFuture *)avm_obj(args[0]);
    if (f->state == AVM_FUTURE_CANCELLED) return AVM_NONE;
    return avm_future_set_result(t, f, args[1]) ? AVM_NONE : AVM_FAIL;
}

static const AvmNativeDef set_def = {"_set_result_unless_cancelled", set_unless_cancelled,
                                     "_set_result_unless_cancelled(fut, result)", "The timer's callback."};

// Any other driver than the task itself waits for a future, as in CPython.
static AvmSent start_future(AvmThread *t, AvmCoro *c, AvmEventLoop *loop, double when, AvmValue *out) {
    AvmNative *fn = avm_native_new(t, &set_def, NULL, NULL);
    AvmFuture *f = fn ? avm_future_new(t, loop) : NULL;
    AvmHandle *handle = NULL;
    if (f) {
        AvmValue args[] = {avm_value(f), c->item};
        handle = avm_loop_call_at(t, loop, when, avm_value(fn), args, 2, AVM_EMPTY);
    }
    avm_drop(t, fn);
    if (!handle) {
        avm_drop(t, f);
        return AVM_SENT_FAIL;
    }
    avm_replace(t, &c->self, avm_value(handle));
    return avm_coro_wait(t, c, avm_value(f), out);
}

// In a loop that is script's, or parts of which are: it is asked for a future, and its call_later is called.
enum { ASKED = AVM_LOOP_OWN_TIME | AVM_LOOP_OWN_TIMERS | AVM_LOOP_OWN_FUTURES | AVM_LOOP_OWN_READY };
static AvmSent start_asking(AvmThread *t, AvmCoro *c, AvmValue *out) {
    AvmEventLoop *loop = avm_loop_for(t, t->running_loop);
    AvmNative *fn = loop ? avm_native_new(t, &set_def, NULL, NULL) : NULL;
    AvmFuture *f = fn ? avm_loop_create_future(t, loop) : NULL;
    AvmValue args[] = {avm_value(f), c->item};
    AvmValue handle = f ? avm_loop_ask_timer(t, loop, "call_later", c->self, avm_value(fn), args, 2, AVM_EMPTY) : AVM_FAIL;
    avm_drop(t, fn);
    avm_drop(t, loop);
    if (!handle) {
        avm_drop(t, f);
        return AVM_SENT_FAIL;
    }
    avm_replace(t, &c->self, avm_is(handle, AVM_T_TIMERHANDLE) ? avm_incref(handle) : AVM_EMPTY);
    avm_decref(t, handle);
    return avm_coro_wait(t, c, avm_value(f), out);
}

static AvmSent begin(AvmThread *t, AvmCoro *c, bool by_hand, AvmValue *out) {
    AvmValue delay = c->self;
    int past = is_past(t, delay);
    if (past < 0) return AVM_SENT_FAIL;
    if (past) {
        avm_replace(t, &c->self, AVM_EMPTY);
        avm_coro_set_state(c, AVM_CORO_BARE);
        *out = AVM_NONE;
        return AVM_SENT_YIELD;
    }
    if (!t->running_loop) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "no running event loop");
        return AVM_SENT_FAIL;
    }
    AvmEventLoop *loop = t->turn && avm_value(t->turn->loop) == t->running_loop ? t->turn->loop : NULL;
    double when;
    if (!loop || loop->overrides & ASKED) return start_asking(t, c, out);
    if (!deadline_of(t, delay, &when) || !avm_loop_check(t, loop)) return AVM_SENT_FAIL;
    AvmTask *task = avm_is(t->current_task, AVM_T_TASK) ? (AvmTask *)avm_obj(t->current_task) : NULL;
    if (by_hand || !task || task->f.place || !driven_by(t, c, task)) return start_future(t, c, loop, when, out);
    if (!t->vm->loop->timer_add(loop->world, when, task)) {
        avm_raise_memory(t);
        return AVM_SENT_FAIL;
    }
    task->f.h.refs++; // the timer's
    task->f.sleeping = AVM_SLEEP_TIMER;
    avm_replace(t, &c->self, AVM_EMPTY);
    c->self = avm_value(task); // borrowed
    avm_coro_set_state(c, AVM_CORO_TIMER);
    *out = avm_incref(avm_value(c));
    return AVM_SENT_YIELD;
}

// The task no longer stands in the timer heap.
static void leave_timer(AvmThread *t, AvmTask *task) {
    if (!task->f.place) return;
    t->vm->loop->timer_remove(task->f.loop->world, task);
    avm_drop(t, task);
}

static AvmSent go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    if (avm_is(c->self, AVM_T_TIMERHANDLE)) {
        avm_handle_cancel(t, (AvmHandle *)avm_obj(c->self));
    } else if (c->self) {
        AvmTask *task = (AvmTask *)avm_obj(c->self);
        c->self = AVM_EMPTY; // it was borrowed
        if (task->f.sleeping != AVM_SLEEP_NOT) leave_timer(t, task);
        if (failed) {
            task->f.sleeping = AVM_SLEEP_NOT;
        } else if (task->f.sleeping != AVM_SLEEP_NOT) { // resumed by hand: the task has nothing left to wake it
            avm_raise(t, AVM_EXC(t, RuntimeError), "await wasn't used with future");
            return AVM_SENT_FAIL;
        }
    }
    if (failed) return AVM_SENT_FAIL;
    *out = c->item;
    c->item = AVM_EMPTY;
    return AVM_SENT_RETURN;
}

const AvmCoroKind avm_sleep_kind = {"sleep", NULL, begin, go_on};

bool avm_sleep_fire(AvmThread *t, AvmTask *task) {
    if (task->f.sleeping != AVM_SLEEP_DUE) {
        avm_drop(t, task);
        return true;
    }
    task->f.sleeping = AVM_SLEEP_OVER;
    return avm_ready_push(t, task->f.loop, AVM_TAGGED(task, AVM_READY_STEP));
}

bool avm_sleep_cancel(AvmThread *t, AvmTask *task, AvmValue msg) {
    if (!avm_loop_check(t, task->f.loop)) return false;
    // The exception of the future that is not there; the message of the task itself is another matter.
    bool with = msg && msg != AVM_NONE;
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, CancelledError), &msg, with);
    if (!exc) return false;
    avm_replace(t, &task->f.result, exc);
    task->f.h.refs++;
    leave_timer(t, task);
    task->f.sleeping = AVM_SLEEP_CANCELLED;
    return avm_ready_push(t, task->f.loop, AVM_TAGGED(task, AVM_READY_STEP));
}

void avm_sleep_strand(AvmThread *t, AvmTask *task) {
    AvmValue leaf = task->coro;
    while (avm_is_gen(leaf)) leaf = avm_gen_awaiting((AvmGen *)avm_obj(leaf));
    AvmCoro *c = avm_is(leaf, AVM_T_NATIVE_COROUTINE) ? (AvmCoro *)avm_obj(leaf) : NULL;
    if (!c || avm_coro_state(c) != AVM_CORO_TIMER || c->self != avm_value(task)) return;
    AvmFuture *f = avm_future_new(t, task->f.loop);
    if (!f || !avm_future_add_waiter(t, f, AVM_TAGGED(task, AVM_WAITER_TASK))) {
        avm_drop(t, f);
        avm_exc_clear(t); // without memory it dies when nobody knows it
        return;
    }
    c->self = AVM_EMPTY; // it was borrowed
    avm_replace(t, &c->waiting, avm_value(f));
    avm_coro_set_state(c, AVM_CORO_WAITING);
    task->f.sleeping = AVM_SLEEP_NOT;
    avm_replace(t, &task->f.result, avm_incref(avm_value(f)));
}
