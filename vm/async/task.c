// Tasks: a step drives the coroutine until it yields; what it yields says what the task waits for.
#include "vm/async/async.h"

#include "vm/async/chain.h"
#include "vm/async/context.h"
#include "vm/hints.h"

// --- making one

static void list_task(AvmThread *t, AvmTask *task) {
    AvmAsync *a = t->vm->async;
    task->prev = a->last;
    task->next = NULL;
    *(a->last ? &a->last->next : &a->first) = task;
    a->last = task;
    task->listed = true;
}

void avm_task_unlist(AvmThread *t, AvmTask *task) {
    AvmAsync *a = t->vm->async;
    if (!task->listed || !a) return;
    *(task->prev ? &task->prev->next : &a->first) = task->next;
    *(task->next ? &task->next->prev : &a->last) = task->prev;
    task->listed = false;
}

int avm_is_coroutine(AvmThread *t, AvmValue v) {
    if (!avm_is_obj(v)) return 0;
    uint16_t type = avm_obj(v)->type;
    if (type == AVM_T_COROUTINE || type == AVM_T_NATIVE_COROUTINE) return 1;
    if (type == AVM_T_GENERATOR) return (avm_obj(v)->flags & AVM_GEN_ASYNCIO_CORO) != 0;
    // collections.abc.Coroutine, by structure: types that have all of its methods.
    AvmType *cls = avm_type_of(t, v);
    AvmStr *names[] = {AVM_NAME(t, __await__), AVM_NAME(t, send), AVM_NAME(t, throw), AVM_NAME(t, close)};
    for (int i = 0; i < 4; i++)
        if (!avm_type_lookup(t, cls, names[i])) return 0;
    return 1;
}

bool avm_task_start(AvmThread *t, AvmTask *task, AvmEventLoop *loop, AvmValue coro, AvmValue name, AvmValue context,
                    bool eager) {
    task->f.loop = avm_retain(loop);
    int is = avm_is_coroutine(t, coro);
    if (is == 0) avm_raise_type(t, "a coroutine was expected, got %R", coro);
    if (is <= 0 || !avm_context_check(t, context)) return false;
    AvmValue ctx = context && context != AVM_NONE ? avm_incref(context) : avm_context_share(t);
    avm_replace(t, &task->context, ctx);
    int at_once = eager ? avm_loop_runs(t, loop) : 0;
    if (at_once < 0 || (at_once && !avm_context_can_enter(t, ctx))) return false;
    if (!name || name == AVM_NONE) {
        avm_replace(t, &task->name, avm_inline_int_value((int64_t)++t->vm->async->task_names));
    } else {
        AvmValue text = avm_str(t, name);
        if (!text) return false;
        avm_replace(t, &task->name, text);
    }
    avm_replace(t, &task->coro, avm_incref(coro));
    if (!avm_loop_check(t, loop)) return false;
    if (__builtin_expect(loop->debug, 0) && !avm_debug_mark(t, &task->f)) return false;
    task->f.bits |= AVM_TASK_LOG_DESTROY;
    if (!task->listed) list_task(t, task);
    if (!at_once) return avm_ready_push(t, loop, AVM_TAGGED(avm_retain(task), AVM_READY_STEP));
    if (!avm_native_enter(t)) return false;
    avm_retain(task);
    bool ok = avm_task_step(t, task, AVM_EMPTY);
    if (task->f.state != AVM_FUTURE_PENDING) {
        avm_replace(t, &task->coro, AVM_EMPTY);
    } else if (task->listed) { // in the order in which they came to wait
        avm_task_unlist(t, task);
        list_task(t, task);
    }
    avm_drop(t, task);
    avm_native_leave(t);
    return ok;
}

// The commonest task of all: of a coroutine, without a name or context given.
static AvmTask *new_plain(AvmThread *t, AvmEventLoop *loop, AvmValue coro) {
    AvmTask *task = avm_object_new_id(t, AVM_T_TASK, sizeof *task);
    if (!task) return NULL;
    task->f.h.flags |= AVM_OBJ_SHAPED;
    task->f.attrs.shape = avm_type_get(t, AVM_T_TASK)->shape;
    task->f.loop = avm_retain(loop);
    task->f.bits = AVM_TASK_LOG_DESTROY;
    task->context = avm_context_share(t);
    task->name = avm_inline_int_value((int64_t)++t->vm->async->task_names);
    task->coro = avm_incref(coro);
    list_task(t, task);
    task->f.h.refs = 2; // the caller's and the ring's
    if (avm_ready_push(t, loop, AVM_TAGGED(task, AVM_READY_STEP))) return task;
    avm_drop(t, task);
    return NULL;
}

static inline AvmTask *with_site(AvmThread *t, AvmTask *task) {
    if (__builtin_expect(t->vm->hints && task, 0)) task->site = avm_hints_site(t);
    return task;
}

AvmTask *avm_task_new(AvmThread *t, AvmEventLoop *loop, AvmValue coro, AvmValue name, AvmValue context) {
    bool plain = (name == AVM_EMPTY || name == AVM_NONE) && (context == AVM_EMPTY || context == AVM_NONE);
    if (plain && !loop->closed && !loop->debug && (avm_is(coro, AVM_T_COROUTINE) || avm_is(coro, AVM_T_NATIVE_COROUTINE)))
        return with_site(t, new_plain(t, loop, coro));
    AvmTask *task = avm_object_new(t, avm_type_get(t, AVM_T_TASK), 0);
    if (!task) return NULL;
    if (avm_task_start(t, task, loop, coro, name, context, false)) return with_site(t, task);
    avm_drop(t, task);
    return NULL;
}

AvmStr *avm_task_name(AvmThread *t, AvmTask *task) {
    if (avm_is_inline_int(task->name)) {
        AvmStr *s = avm_str_format(t, "Task-%lld", (long long)avm_inline_int(task->name));
        if (!s) return NULL;
        task->name = avm_value(s);
    }
    if (!task->name) return (AvmStr *)avm_obj(avm_incref(avm_value(t->vm->empty_str)));
    return (AvmStr *)avm_obj(avm_incref(task->name));
}

int avm_task_cancel(AvmThread *t, AvmTask *task, AvmValue msg) {
    task->f.bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    if (task->f.state != AVM_FUTURE_PENDING) return 0;
    task->cancels++;
    if (task->f.sleeping == AVM_SLEEP_TIMER || task->f.sleeping == AVM_SLEEP_DUE)
        return avm_sleep_cancel(t, task, msg) ? 1 : -1;
    if (avm_task_waits(task)) {
        AvmValue waiting = avm_incref(task->f.result);
        int done = avm_future_cancel_any(t, waiting, msg);
        avm_decref(t, waiting);
        if (done) return done;
    }
    task->f.bits |= AVM_TASK_MUST_CANCEL;
    avm_replace(t, &task->f.note, msg == AVM_NONE ? AVM_EMPTY : avm_incref(msg));
    return 1;
}

// --- a step

// The coroutine is over.
static void retire(AvmThread *t, AvmTask *task) {
    avm_task_unlist(t, task);
    avm_replace(t, &task->f.result, AVM_EMPTY);
}

static bool finished(AvmThread *t, AvmTask *task, AvmValue result) {
    retire(t, task);
    if (task->f.bits & AVM_TASK_MUST_CANCEL) { // cancelled right before it returned
        task->f.bits &= (uint8_t)~AVM_TASK_MUST_CANCEL;
        AvmValue msg = avm_incref(task->f.note);
        int r = avm_future_cancel(t, &task->f, msg);
        avm_decref(t, msg);
        return r >= 0;
    }
    if (task->f.h.type == AVM_T_TASK) task->f.h.flags |= AVM_OBJ_FINALIZED; // there will be nothing to report
    return avm_future_set_result(t, &task->f, result);
}

// Its waiters are in the ring already: whoever looks for its exception has done so before on_failure is
// called.
static bool tell_failure(AvmThread *t, AvmTask *task) {
    AvmValue v = avm_value(task), on_failure = t->vm->async->on_failure;
    AvmHandle *h = on_failure ? avm_loop_call_soon(t, task->f.loop, on_failure, &v, 1, AVM_EMPTY) : NULL;
    avm_drop(t, h);
    return h || !on_failure;
}

static bool failed(AvmThread *t, AvmTask *task) {
    if (t->exhausted) return false;
    retire(t, task);
    AvmValue exc = avm_exc_take(t);
    bool ok;
    if (avm_exc_matches(t, exc, AVM_EXC(t, CancelledError))) {
        avm_replace(t, &task->f.result, avm_incref(exc)); // the original one is raised by await task
        ok = avm_future_cancel(t, &task->f, AVM_EMPTY) >= 0;
    } else {
        if (t->vm->hints) avm_chain_note(t, task, exc);
        ok = avm_future_set_exception(t, &task->f, exc);
        if (ok && (avm_exc_matches(t, exc, AVM_EXC(t, KeyboardInterrupt)) ||
                   avm_exc_matches(t, exc, AVM_EXC(t, SystemExit)))) {
            AvmAsync *a = t->vm->async;
            if (!a->ended) a->ended = avm_list_new(t, 1);
            if (!a->ended || !avm_list_append(t, a->ended, avm_value(task))) avm_exc_clear(t);
            avm_reraise(t, exc);
            return false;
        }
        ok = ok && tell_failure(t, task);
    }
    avm_decref(t, exc);
    return ok;
}

// The next step raises the exception that is on its way (t->exc).
static bool raise_next(AvmThread *t, AvmTask *task) {
    AvmValue exc = avm_exc_take(t);
    AvmBound *b = avm_object_new_id(t, AVM_T_BOUND, sizeof *b);
    if (!b) {
        avm_decref(t, exc);
        return false;
    }
    b->what = avm_incref(avm_value(task));
    b->with = exc;
    return avm_ready_push(t, task->f.loop, AVM_TAGGED(b, AVM_READY_RAISE));
}

// The same of an exception that was made here, and not raised: it has no context yet.
static bool refuse_next(AvmThread *t, AvmTask *task) {
    if (t->exc) avm_replace(t, &((AvmExc *)avm_obj(t->exc))->context, AVM_EMPTY);
    return raise_next(t, task);
}

static bool must_cancel_waiting(AvmThread *t, AvmTask *task) {
    if (!(task->f.bits & AVM_TASK_MUST_CANCEL)) return true;
    AvmValue msg = avm_incref(task->f.note);
    AvmValue waiting = avm_incref(task->f.result);
    int done = avm_future_cancel_any(t, waiting, msg);
    avm_decref(t, waiting);
    avm_decref(t, msg);
    if (done > 0) task->f.bits &= (uint8_t)~AVM_TASK_MUST_CANCEL;
    if (done >= 0 || t->exhausted || avm_exc_is(t, AVM_EXC(t, KeyboardInterrupt)) ||
        avm_exc_is(t, AVM_EXC(t, SystemExit)))
        return done >= 0;
    AvmValue exc = avm_exc_take(t); // tasks that wait for one another in a ring: the task goes on waiting
    bool ok = avm_loop_report(t, task->f.loop, "Exception in callback Task.task_wakeup()", "handle",
                              avm_value(task), exc);
    avm_decref(t, exc);
    return ok;
}

// The coroutine awaits one of our futures.
static bool wait_for_future(AvmThread *t, AvmTask *task, AvmFuture *f) {
    AvmValue v = avm_value(f);
    if (f->loop != task->f.loop) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "Task %R got Future %R attached to a different loop",
                  avm_value(task), v);
        return refuse_next(t, task);
    }
    if (!(f->bits & AVM_FUTURE_BLOCKING)) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "yield was used instead of yield from in task %R with %R",
                  avm_value(task), v);
        return refuse_next(t, task);
    }
    if (f == &task->f) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "Task cannot await on itself: %R", v);
        return refuse_next(t, task);
    }
    f->bits &= (uint8_t)~AVM_FUTURE_BLOCKING;
    if (f->state != AVM_FUTURE_PENDING) { // done between await and here: only by hand-made awaitables
        if (!avm_ready_push(t, task->f.loop, AVM_TAGGED(avm_retain(task), AVM_READY_STEP))) return false;
    } else if (!avm_future_add_waiter(t, f, AVM_TAGGED(task, AVM_WAITER_TASK))) {
        return false;
    }
    avm_replace(t, &task->f.result, avm_incref(v));
    return must_cancel_waiting(t, task);
}

static AvmValue text_attr(AvmThread *t, AvmValue v, const char *name) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    if (!s) return AVM_FAIL;
    AvmValue r = avm_getattr_maybe(t, v, s);
    avm_drop(t, s);
    return r;
}

static AvmValue loop_of_duck(AvmThread *t, AvmValue v) {
    AvmValue get = avm_getattr_maybe(t, v, AVM_NAME(t, get_loop));
    if (get != AVM_DONE) {
        AvmValue loop = get ? avm_call0(t, get) : AVM_FAIL;
        avm_decref(t, get);
        return loop;
    }
    AvmValue loop = text_attr(t, v, "_loop");
    return loop == AVM_DONE ? AVM_NONE : loop;
}

// The same for sub-classes of Future and for whatever looks like one: by its methods.
static bool wait_for_duck(AvmThread *t, AvmTask *task, AvmValue v, bool blocking) {
    AvmValue loop = loop_of_duck(t, v);
    if (!loop) return raise_next(t, task);
    bool same = loop == avm_loop_value(task->f.loop);
    avm_decref(t, loop);
    if (!same || !blocking || v == avm_value(task)) {
        const char *text = !same       ? "Task %R got Future %R attached to a different loop"
                           : !blocking ? "yield was used instead of yield from in task %R with %R"
                                       : "Task cannot await on itself: %R";
        avm_raise(t, AVM_EXC(t, RuntimeError), text, avm_value(task), v);
        return refuse_next(t, task);
    }
    AvmStr *name = avm_str_text(t, "_asyncio_future_blocking");
    if (!name || !avm_setattr(t, v, name, AVM_FALSE)) return raise_next(t, task);
    avm_drop(t, name);
    AvmValue wakeup = avm_future_waiter_callable(t, AVM_TAGGED(task, AVM_WAITER_TASK));
    if (!wakeup) return raise_next(t, task);
    AvmValue add = avm_getattr(t, v, AVM_NAME(t, add_done_callback));
    AvmContext *ctx = add ? avm_context_object(t, &task->context, false) : NULL;
    AvmValue r = AVM_FAIL;
    if (ctx) {
        AvmValue key = avm_value(AVM_NAME(t, context));
        AvmTuple *names = avm_tuple_from(t, &key, 1);
        AvmValue args[] = {wakeup, avm_value(ctx)};
        r = names ? avm_call_kw(t, add, args, 2, names) : AVM_FAIL;
        if (names) avm_drop(t, names);
    }
    avm_decref(t, add);
    avm_decref(t, wakeup);
    if (!r) return raise_next(t, task);
    avm_decref(t, r);
    avm_replace(t, &task->f.result, avm_incref(v));
    return must_cancel_waiting(t, task);
}

static bool yielded_other(AvmThread *t, AvmTask *task, AvmValue v) {
    if (avm_is_obj(v)) {
        AvmValue blocking = text_attr(t, v, "_asyncio_future_blocking");
        if (!blocking) return raise_next(t, task);
        if (blocking != AVM_DONE && blocking != AVM_NONE) {
            int yes = avm_truth(t, blocking);
            avm_decref(t, blocking);
            return yes < 0 ? raise_next(t, task) : wait_for_duck(t, task, v, yes);
        }
    }
    if (avm_is(v, AVM_T_GENERATOR))
        avm_raise(t, AVM_EXC(t, RuntimeError),
                  "yield was used instead of yield from for generator in task %R with %R", avm_value(task), v);
    else
        avm_raise(t, AVM_EXC(t, RuntimeError), "Task got bad yield: %R", v);
    return refuse_next(t, task);
}

// The task stands in the timer heap: nothing else to wait for.
static bool is_own_sleep(AvmTask *task, AvmValue v) {
    AvmCoro *c = avm_is(v, AVM_T_NATIVE_COROUTINE) ? (AvmCoro *)avm_obj(v) : NULL;
    return c && avm_coro_state(c) == AVM_CORO_TIMER && c->self == avm_value(task) && task->f.sleeping;
}

static bool yielded(AvmThread *t, AvmTask *task, AvmValue v) {
    if (v == AVM_NONE) // a bare yield: on with it in the next turn
        return avm_ready_push(t, task->f.loop, AVM_TAGGED(avm_retain(task), AVM_READY_STEP));
    bool ok;
    if (is_own_sleep(task, v)) {
        ok = true;
        if (task->f.bits & AVM_TASK_MUST_CANCEL) {
            task->f.bits &= (uint8_t)~AVM_TASK_MUST_CANCEL;
            AvmValue msg = avm_incref(task->f.note);
            ok = avm_sleep_cancel(t, task, msg);
            avm_decref(t, msg);
        }
    } else if (avm_is_plain_future(v)) {
        ok = wait_for_future(t, task, (AvmFuture *)avm_obj(v));
    } else {
        ok = yielded_other(t, task, v);
    }
    avm_decref(t, v);
    return ok;
}

static AvmSent drive(AvmThread *t, AvmValue coro, AvmValue exc, AvmValue *out) {
    bool gen = avm_is_gen(coro);
    if (!exc) return gen ? avm_gen_send(t, (AvmGen *)avm_obj(coro), AVM_NONE, out) : avm_send(t, coro, AVM_NONE, out);
    return gen ? avm_gen_throw(t, (AvmGen *)avm_obj(coro), exc, out) : avm_throw(t, coro, exc, out);
}

static bool report_step(AvmThread *t, AvmTask *task, AvmValue exc) {
    avm_raise(t, AVM_EXC(t, InvalidStateError), "__step(): already done: %R %R", avm_value(task),
              exc ? exc : AVM_NONE);
    AvmValue e = avm_exc_take(t);
    bool ok = avm_loop_report(t, task->f.loop, "Exception in callback Task.__step()", NULL, AVM_EMPTY, e);
    avm_decref(t, e);
    return ok;
}

bool avm_task_back(AvmThread *t, AvmTask *task, AvmSent how, AvmValue v) {
    if (how == AVM_SENT_YIELD) return yielded(t, task, v);
    if (how == AVM_SENT_FAIL) return failed(t, task);
    bool ok = finished(t, task, v);
    avm_decref(t, v);
    return ok;
}

bool avm_task_step(AvmThread *t, AvmTask *task, AvmValue exc) {
    if (__builtin_expect(task->f.state != AVM_FUTURE_PENDING, 0)) return report_step(t, task, exc);
    AvmValue made = AVM_EMPTY;
    if (__builtin_expect(task->f.bits & AVM_TASK_MUST_CANCEL, 0)) {
        if (!exc || !avm_exc_matches(t, exc, AVM_EXC(t, CancelledError))) {
            made = exc = avm_future_cancelled_error(t, &task->f);
            if (!made) return false;
        }
        task->f.bits &= (uint8_t)~AVM_TASK_MUST_CANCEL;
    }
    if (task->f.result) avm_replace(t, &task->f.result, AVM_EMPTY);
    AvmValue context = t->context;
    t->context = task->context; // moved there and back
    task->context = AVM_EMPTY;
    if (avm_is_context(t->context)) ((AvmContext *)avm_obj(t->context))->entered = true;
    AvmValue before = t->current_task;
    t->current_task = avm_value(task);
    AvmValue coro = avm_incref(task->coro), out = AVM_EMPTY;
    AvmSent how = drive(t, coro, exc, &out);
    t->current_task = before;
    task->context = avm_context_leave(t, context);
    if (made) avm_decref(t, made);
    bool ok = avm_task_back(t, task, how, out);
    avm_decref(t, coro);
    return ok;
}

// The exception that the news of a future brings, or empty. A cancellation is raised here, outside of the task, and so comes
// from what is handled here, if anything is.
static AvmValue future_news(AvmThread *t, AvmFuture *f) {
    AvmValue exc = avm_future_error(t, f);
    if (exc && (f->state == AVM_FUTURE_CANCELLED || f->h.type == AVM_T_GATHER)) avm_exc_chain(t, exc);
    return exc;
}

// The exception that the news of a sub-class or duck brings, or empty.
static AvmValue duck_error(AvmThread *t, AvmValue v) {
    AvmStr *name = avm_str_text(t, "result");
    AvmValue r = name ? avm_call_method(t, v, name, NULL, 0) : AVM_FAIL;
    if (name) avm_drop(t, name);
    if (!r) return avm_exc_take(t);
    avm_decref(t, r);
    return AVM_EMPTY;
}

bool avm_task_wake(AvmThread *t, AvmTask *task) {
    AvmValue exc = AVM_EMPTY;
    if (avm_task_waits(task)) {
        exc = avm_is_plain_future(task->f.result) ? future_news(t, (AvmFuture *)avm_obj(task->f.result))
                                                 : duck_error(t, task->f.result);
    } else if (task->f.sleeping) {
        if (task->f.sleeping == AVM_SLEEP_CANCELLED) {
            exc = task->f.result;
            task->f.result = AVM_EMPTY;
            avm_exc_chain(t, exc);
        }
        task->f.sleeping = AVM_SLEEP_NOT;
    }
    if (__builtin_expect(!exc, 1)) return avm_task_step(t, task, AVM_EMPTY);
    bool ok = avm_task_step(t, task, exc);
    avm_decref(t, exc);
    return ok;
}
