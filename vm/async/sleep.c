// asyncio.sleep(): a native coroutine. Driven by a task it needs no future: the task itself stands in the timer heap.
// Any other driver gets a future, as from CPython's.
#include <math.h>

#include "vm/async/async.h"
#include "vm/types/gens.h"

static void set_state(AvmSleep *s, AvmSleepState state) { s->h.flags = (uint16_t)((s->h.flags & ~7u) | state); }

AvmValue avm_sleep_new(AvmThread *t, AvmValue delay, AvmValue result) {
    AvmSleep *s = avm_object_new_id(t, AVM_T_SLEEP, sizeof *s);
    if (!s) return AVM_FAIL;
    s->delay = avm_incref(delay);
    s->result = avm_incref(result);
    return avm_value(s);
}

// Is s awaited, directly or through coroutines, by the task that makes a step just now? A frame of a generator that
// calls is in the chain of the innermost running root.
static bool driven_by(AvmThread *t, AvmSleep *s, AvmTask *task) {
    if (task->coro == avm_value(s)) return true;
    return t->frame && t->frame->gen && avm_value(t->root) == task->coro;
}

// delay <= 0, for whatever number it is: 1, 0, -1.
static int is_past(AvmThread *t, AvmValue delay) {
    if (avm_is_inline_int(delay)) return avm_inline_int(delay) <= 0;
    if (avm_is_float(delay)) return avm_float(delay) <= 0;
    return avm_compare_bool(t, AVM_LE, delay, avm_inline_int_value(0));
}

// loop.time() + delay.
static bool deadline_of(AvmThread *t, AvmValue delay, double *when) {
    double now = avm_loop_time(t);
    if (avm_is_inline_int(delay) || avm_is_float(delay)) {
        double d = avm_is_float(delay) ? avm_float(delay) : (double)avm_inline_int(delay);
        if (d != d) {
            avm_raise_value(t, "Invalid delay: NaN (not a number)");
            return false;
        }
        *when = now + d;
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

// Nothing is left to wait for: what the state has held is dropped.
static void leave(AvmThread *t, AvmSleep *s) {
    AvmSleepState state = avm_sleep_state(s);
    if (state == AVM_SLEEP_ENDED) return;
    set_state(s, AVM_SLEEP_ENDED);
    AvmValue held = state == AVM_SLEEP_CREATED ? s->delay : state == AVM_SLEEP_FUTURE ? avm_value(s->future) : AVM_EMPTY;
    s->delay = AVM_EMPTY;
    AvmHandle *handle = s->handle;
    s->handle = NULL;
    if (handle) avm_handle_cancel(t, handle);
    avm_drop(t, handle);
    avm_decref(t, held);
}

static AvmSent fail(AvmThread *t, AvmSleep *s) {
    leave(t, s);
    return AVM_SENT_FAIL;
}

static AvmSent start_future(AvmThread *t, AvmSleep *s, AvmEventLoop *loop, double when, AvmValue *out) {
    AvmNative *fn = avm_native_new(t, &set_def, NULL, NULL);
    AvmFuture *f = fn ? avm_future_new(t, loop) : NULL;
    AvmHandle *handle = NULL;
    if (f) {
        AvmValue args[] = {avm_value(f), s->result};
        handle = avm_loop_call_at(t, loop, when, avm_value(fn), args, 2, AVM_EMPTY);
    }
    avm_drop(t, fn);
    if (!handle) {
        avm_drop(t, f);
        return fail(t, s);
    }
    avm_decref(t, s->delay);
    s->future = f;
    s->handle = handle;
    set_state(s, AVM_SLEEP_FUTURE);
    return avm_future_send(t, avm_value(f), AVM_NONE, out);
}

// In a loop whose timers are its own: its call_later is called.
static AvmSent start_asking(AvmThread *t, AvmSleep *s, AvmEventLoop *loop, AvmValue *out) {
    AvmNative *fn = avm_native_new(t, &set_def, NULL, NULL);
    AvmFuture *f = fn ? avm_future_new(t, loop) : NULL;
    AvmValue args[] = {avm_value(f), s->result};
    AvmValue handle = f ? avm_loop_ask_timer(t, loop, "call_later", s->delay, avm_value(fn), args, 2, AVM_EMPTY) : AVM_FAIL;
    avm_drop(t, fn);
    if (!handle) {
        avm_drop(t, f);
        return fail(t, s);
    }
    avm_decref(t, s->delay);
    s->future = f;
    s->handle = avm_is(handle, AVM_T_TIMERHANDLE) ? (AvmHandle *)avm_obj(handle) : NULL;
    if (!s->handle) avm_decref(t, handle);
    set_state(s, AVM_SLEEP_FUTURE);
    return avm_future_send(t, avm_value(f), AVM_NONE, out);
}

static AvmSent start(AvmThread *t, AvmSleep *s, bool by_hand, AvmValue *out) {
    int past = is_past(t, s->delay);
    if (past < 0) return fail(t, s);
    if (past) {
        if (avm_is_obj(s->delay)) leave(t, s);
        s->delay = AVM_EMPTY;
        set_state(s, AVM_SLEEP_BARE);
        *out = AVM_NONE;
        return AVM_SENT_YIELD;
    }
    if (!t->running_loop) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "no running event loop");
        return fail(t, s);
    }
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(t->running_loop);
    double when;
    if (loop->overrides & (AVM_LOOP_OWN_TIME | AVM_LOOP_OWN_TIMERS)) return start_asking(t, s, loop, out);
    if (!deadline_of(t, s->delay, &when) || !avm_loop_check(t, loop)) return fail(t, s);
    AvmTask *task = avm_is(t->current_task, AVM_T_TASK) ? (AvmTask *)avm_obj(t->current_task) : NULL;
    if (by_hand || !task || task->f.place || !driven_by(t, s, task)) return start_future(t, s, loop, when, out);
    if (!t->vm->loop->timer_add(loop->world, when, task)) {
        avm_raise_memory(t);
        return fail(t, s);
    }
    task->f.h.refs++; // the timer's
    task->f.sleeping = AVM_SLEEP_TIMER;
    leave(t, s);
    s->task = task;
    set_state(s, AVM_SLEEP_PLAIN);
    *out = avm_incref(avm_value(s));
    return AVM_SENT_YIELD;
}

static AvmSent end(AvmThread *t, AvmSleep *s, AvmValue *out) {
    leave(t, s);
    *out = s->result;
    s->result = AVM_EMPTY;
    return AVM_SENT_RETURN;
}

static AvmSent resume(AvmThread *t, AvmValue v, AvmValue value, bool by_hand, AvmValue *out) {
    AvmSleep *s = (AvmSleep *)avm_obj(v);
    switch (avm_sleep_state(s)) {
    case AVM_SLEEP_CREATED:
        if (value != AVM_NONE) {
            avm_raise_type(t, "can't send non-None value to a just-started coroutine");
            return AVM_SENT_FAIL;
        }
        return start(t, s, by_hand, out);
    case AVM_SLEEP_BARE: return end(t, s, out);
    case AVM_SLEEP_PLAIN:
        if (s->task->f.sleeping != AVM_SLEEP_NOT) {
            avm_raise(t, AVM_EXC(t, RuntimeError), "await wasn't used with future");
            return AVM_SENT_FAIL;
        }
        return end(t, s, out);
    case AVM_SLEEP_FUTURE: {
        AvmSent how = avm_future_send(t, avm_value(s->future), value, out);
        if (how != AVM_SENT_YIELD) leave(t, s);
        return how;
    }
    default:
        avm_raise(t, AVM_EXC(t, RuntimeError), "cannot reuse already awaited coroutine");
        return AVM_SENT_FAIL;
    }
}

AvmSent avm_sleep_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    return resume(t, v, value, false, out);
}

// The task no longer stands in the timer heap.
static void leave_timer(AvmThread *t, AvmTask *task) {
    if (task->f.place) {
        t->vm->loop->timer_remove(task->f.loop->world, task);
        avm_drop(t, task);
    }
    task->f.sleeping = AVM_SLEEP_NOT;
}

static AvmSent sleep_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    (void)out;
    AvmSleep *s = (AvmSleep *)avm_obj(v);
    if (avm_sleep_state(s) == AVM_SLEEP_ENDED) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "cannot reuse already awaited coroutine");
        return AVM_SENT_FAIL;
    }
    if (avm_sleep_state(s) == AVM_SLEEP_PLAIN && s->task->f.sleeping != AVM_SLEEP_NOT) leave_timer(t, s->task);
    leave(t, s);
    avm_raise_object(t, exc, AVM_EMPTY);
    return AVM_SENT_FAIL;
}

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
    if (task->f.sleeping == AVM_SLEEP_TIMER) leave_timer(t, task);
    task->f.sleeping = AVM_SLEEP_CANCELLED;
    return avm_ready_push(t, task->f.loop, AVM_TAGGED(task, AVM_READY_STEP));
}

// --- what a coroutine object can do

static AvmValue sleep_send_method(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue out = AVM_EMPTY;
    AvmSent how = resume(t, args[0], args[1], true, &out);
    if (how == AVM_SENT_YIELD) return out;
    if (how == AVM_SENT_RETURN) {
        avm_raise_stop(t, out);
        avm_decref(t, out);
    }
    return AVM_FAIL;
}

static AvmValue sleep_throw_method(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue exc = avm_throw_args(t, args[1], args[2], args[3]), out = AVM_EMPTY;
    if (exc) sleep_throw(t, args[0], exc, &out);
    avm_decref(t, exc);
    return AVM_FAIL;
}

static AvmValue sleep_dunder_await(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_coro_wrapper_new(t, args[0]);
}

static AvmValue sleep_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmSleep *s = (AvmSleep *)avm_obj(args[0]);
    if (avm_sleep_state(s) == AVM_SLEEP_ENDED) return AVM_NONE;
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, GeneratorExit), NULL, 0), out = AVM_EMPTY;
    if (!exc) return AVM_FAIL;
    sleep_throw(t, args[0], exc, &out);
    avm_decref(t, exc);
    avm_exc_clear(t);
    return AVM_NONE;
}

static AvmValue sleep_await(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

static AvmValue sleep_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<coroutine object sleep at 0x%llx>", (unsigned long long)v));
}

static void sleep_free(AvmThread *t, AvmObj *o) {
    AvmSleep *s = (AvmSleep *)o;
    leave(t, s);
    avm_decref(t, s->result);
}

// The commonest mistake of all: `asyncio.sleep(1)` without await.
static void sleep_finalize(AvmThread *t, AvmValue v) {
    AvmSleep *s = (AvmSleep *)avm_obj(v);
    if (avm_sleep_state(s) != AVM_SLEEP_CREATED) return;
    leave(t, s);
    avm_async_never_awaited(t, v, "sleep");
}

static void sleep_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmSleep *s = (AvmSleep *)o;
    AvmSleepState state = avm_sleep_state(s);
    if (state == AVM_SLEEP_CREATED) visit(s->delay, arg);
    if (state == AVM_SLEEP_FUTURE) visit(avm_value(s->future), arg);
    if (s->result) visit(s->result, arg);
    if (s->handle) visit(avm_value(s->handle), arg);
}

static AvmValue get_name(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_value(avm_str_text(t, "sleep"));
}
static AvmValue get_none(AvmThread *t, AvmValue v) {
    (void)t, (void)v;
    return AVM_NONE;
}
static AvmValue get_false(AvmThread *t, AvmValue v) {
    (void)t, (void)v;
    return AVM_FALSE;
}
static AvmValue get_suspended(AvmThread *t, AvmValue v) {
    (void)t;
    AvmSleepState state = avm_sleep_state((AvmSleep *)avm_obj(v));
    return avm_bool(state != AVM_SLEEP_CREATED && state != AVM_SLEEP_ENDED);
}
static AvmValue get_awaiting(AvmThread *t, AvmValue v) {
    (void)t;
    AvmSleep *s = (AvmSleep *)avm_obj(v);
    return avm_sleep_state(s) == AVM_SLEEP_FUTURE ? avm_incref(avm_value(s->future)) : AVM_NONE;
}

static const AvmNativeDef sleep_methods[] = {
    {"__await__", sleep_dunder_await, "__await__()", "The iterator that await drives."},
    {"send", sleep_send_method, "send(arg, /)", "Resumes the coroutine."},
    {"throw", sleep_throw_method, "throw(type, value=None, traceback=None, /)", "Raises inside the coroutine."},
    {"close", sleep_close, "close()", "Ends the coroutine."},
    {0},
};

static const AvmGetSetDef sleep_getsets[] = {
    {"__name__", get_name, NULL, "name of the coroutine"},
    {"__qualname__", get_name, NULL, "qualified name of the coroutine"},
    {"cr_await", get_awaiting, NULL, "object being awaited on, or None"},
    {"cr_code", get_none, NULL, "None: it has no code of its own"},
    {"cr_frame", get_none, NULL, "None: it has no frame of its own"},
    {"cr_origin", get_none, NULL, "None"},
    {"cr_running", get_false, NULL, "False: it never runs script"},
    {"cr_suspended", get_suspended, NULL, "whether it waits"},
    {0},
};

const AvmTypeDef avm_sleep_def = {
    .name = "coroutine",
    .id = AVM_T_SLEEP,
    .size = sizeof(AvmSleep),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .doc = "What asyncio.sleep() returns.",
    .slots = {.free = sleep_free,
              .finalize = sleep_finalize,
              .traverse = sleep_traverse,
              .repr = sleep_repr,
              .await = sleep_await,
              .send = avm_sleep_send,
              .throw = sleep_throw},
    .methods = sleep_methods,
    .getsets = sleep_getsets,
};
