// gather() and ensure_future(): one future for many, counted down natively.
#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/gen.h"
#include "vm/import.h"

AvmEventLoop *avm_loop_as(AvmThread *t, AvmValue v) {
    if (!avm_is_obj(v)) return NULL;
    if (avm_obj(v)->type == AVM_T_LOOP || avm_type_is_sub(avm_type_of(t, v), avm_type_get(t, AVM_T_LOOP)))
        return (AvmEventLoop *)avm_obj(v);
    return NULL;
}

static bool is_coroutine(AvmValue v) { return avm_is(v, AVM_T_COROUTINE) || avm_is(v, AVM_T_NATIVE_COROUTINE); }

static int is_future_like(AvmThread *t, AvmValue v) {
    if (is_coroutine(v)) return 0;
    if (avm_is_future(t, v)) return 1;
    if (!avm_is_obj(v) || !(avm_type_of(t, v)->flags & AVM_TYPE_HEAP)) return 0;
    AvmStr *name = avm_str_intern(t, "_asyncio_future_blocking", 24);
    if (!name) return -1;
    AvmValue of_class = avm_type_lookup(t, avm_type_of(t, v), name);
    AvmValue blocking = of_class ? avm_getattr_maybe(t, v, name) : AVM_DONE;
    avm_drop(t, name);
    if (!blocking) return -1;
    bool is = blocking != AVM_DONE && blocking != AVM_NONE;
    if (blocking != AVM_DONE) avm_decref(t, blocking);
    return is;
}

static AvmValue loop_of(AvmThread *t, AvmValue f) {
    if (avm_is_future(t, f) && ((AvmFuture *)avm_obj(f))->loop)
        return avm_incref(avm_loop_value(((AvmFuture *)avm_obj(f))->loop));
    return avm_call_method(t, f, AVM_NAME(t, get_loop), NULL, 0);
}

// The .aio side wraps awaitables that are no coroutines: asyncio.tasks._wrap_awaitable.
static AvmValue wrap_awaitable(AvmThread *t, AvmValue v) {
    AvmValue tasks = avm_import_text(t, "asyncio.tasks");
    if (!tasks) return AVM_FAIL;
    AvmStr *name = avm_str_text(t, "_wrap_awaitable");
    AvmValue r = name ? avm_call_method(t, tasks, name, &v, 1) : AVM_FAIL;
    if (name) avm_drop(t, name);
    avm_decref(t, tasks);
    return r;
}

static void close_after_failure(AvmThread *t, AvmValue coro) {
    AvmValue exc = avm_exc_take(t);
    AvmValue r = avm_call_method(t, coro, AVM_NAME(t, close), NULL, 0);
    if (!r) avm_exc_clear(t);
    avm_decref(t, r);
    avm_reraise(t, exc);
}

AvmValue avm_ensure_future(AvmThread *t, AvmValue v, AvmValue loop) {
    int future = is_future_like(t, v);
    if (future < 0) return AVM_FAIL;
    if (future) {
        if (!loop || loop == AVM_NONE) return avm_incref(v);
        AvmValue its = loop_of(t, v);
        avm_decref(t, its); // v keeps it
        if (!its || its == loop) return its ? avm_incref(v) : AVM_FAIL;
        return avm_raise_value(t, "The future belongs to a different loop than the one specified as the loop argument");
    }
    AvmValue coro = avm_incref(v);
    bool should_close = true;
    int is = avm_is_coroutine(t, v);
    if (is < 0) return AVM_FAIL;
    if (!is) {
        avm_decref(t, coro);
        bool marked = avm_is(v, AVM_T_GENERATOR) && avm_obj(v)->flags & AVM_GEN_ITERABLE_CORO;
        if (!marked && !avm_type_of(t, v)->s.await &&
            !avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, __await__)))
            return avm_raise_type(t, "An asyncio.Future, a coroutine or an awaitable is required");
        coro = wrap_awaitable(t, v);
        should_close = false;
        if (!coro) return AVM_FAIL;
    }
    AvmValue in = loop && loop != AVM_NONE ? avm_incref(loop) : avm_loop_current(t);
    AvmValue task = in ? avm_loop_create_task(t, in, coro, AVM_EMPTY, AVM_EMPTY) : AVM_FAIL;
    if (!task && in && should_close && avm_exc_is(t, AVM_EXC(t, RuntimeError))) close_after_failure(t, coro);
    avm_decref(t, in);
    avm_decref(t, coro);
    return task;
}

// --- counting down

// The exception of a child that is done: *cancelled, or a borrowed exception, or empty with a result.
static bool outcome(AvmThread *t, AvmValue child, bool *cancelled, AvmValue *exc, AvmValue *result) {
    *exc = *result = AVM_EMPTY;
    if (avm_is_future(t, child)) {
        AvmFuture *f = (AvmFuture *)avm_obj(child);
        *cancelled = f->state == AVM_FUTURE_CANCELLED;
        if (*cancelled) return true;
        f->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
        *(avm_future_failed(f) ? exc : result) = avm_incref(f->result);
        return true;
    }
    AvmStr *names[3] = {avm_str_text(t, "cancelled"), avm_str_text(t, "exception"), avm_str_text(t, "result")};
    AvmValue c = names[0] ? avm_call_method(t, child, names[0], NULL, 0) : AVM_FAIL;
    int yes = c ? avm_truth(t, c) : -1;
    *cancelled = yes > 0;
    if (yes == 0 && names[1] && (*exc = avm_call_method(t, child, names[1], NULL, 0)) == AVM_NONE) {
        *exc = AVM_EMPTY;
        *result = names[2] ? avm_call_method(t, child, names[2], NULL, 0) : AVM_FAIL;
    }
    avm_decref(t, c);
    for (int i = 0; i < 3; i++)
        if (names[i]) avm_drop(t, names[i]);
    return yes > 0 || *exc || *result;
}

static inline bool has_result(const AvmFuture *f) { return f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f); }

static AvmValue cancelled_error(AvmThread *t, AvmValue child) {
    if (avm_is_future(t, child)) return avm_future_cancelled_error(t, (AvmFuture *)avm_obj(child));
    return avm_exc_new(t, AVM_EXC(t, CancelledError), NULL, 0);
}

// What stands in the list of results for a cancelled child.
static AvmValue cancelled_result(AvmThread *t, AvmValue child) {
    AvmValue msg = avm_is_future(t, child) ? ((AvmFuture *)avm_obj(child))->note : AVM_EMPTY;
    if (!msg) msg = avm_value(t->vm->empty_str);
    return avm_exc_new(t, AVM_EXC(t, CancelledError), &msg, 1);
}

// Somebody has looked at the exceptions of all.
static bool look_at_all(AvmThread *t, AvmGather *g) {
    for (uint32_t i = 0; i < g->children->len; i++) {
        AvmValue exc, result;
        bool cancelled;
        if (!outcome(t, g->children->items[i], &cancelled, &exc, &result)) return false;
        avm_decref(t, exc);
        avm_decref(t, result);
    }
    return true;
}

static bool finish(AvmThread *t, AvmGather *g) {
    if (g->f.bits & AVM_GATHER_CANCEL) {
        if (!look_at_all(t, g)) return false;
        AvmValue exc = cancelled_error(t, g->children->items[g->children->len - 1]);
        bool ok = exc && avm_future_set_exception(t, &g->f, exc);
        avm_decref(t, exc);
        return ok;
    }
    uint32_t n = g->children->len;
    AvmList *results = avm_list_new(t, n);
    if (!results) return false;
    for (uint32_t i = 0; i < n; i++) {
        AvmValue child = g->children->items[i], exc, result;
        bool cancelled;
        if (avm_is_plain_future(child) && has_result((AvmFuture *)avm_obj(child))) {
            results->items[results->len++] = avm_incref(((AvmFuture *)avm_obj(child))->result);
            continue;
        }
        if (!outcome(t, child, &cancelled, &exc, &result)) break;
        AvmValue v = cancelled ? cancelled_result(t, child) : exc ? exc : result;
        if (!v || !avm_list_append_take(t, results, v)) break;
    }
    bool ok = results->len == n && avm_future_set_result(t, &g->f, avm_value(results));
    avm_drop(t, results);
    return ok;
}

bool avm_gather_child_done(AvmThread *t, AvmGather *g, AvmValue child) {
    g->finished++;
    if (avm_is_plain_future(child) && has_result((AvmFuture *)avm_obj(child)))
        return g->f.state != AVM_FUTURE_PENDING || g->finished != g->wanted || finish(t, g);
    bool pending = g->f.state == AVM_FUTURE_PENDING;
    if (pending && g->f.bits & AVM_GATHER_EXCEPTIONS) return g->finished != g->wanted || finish(t, g);
    bool cancelled;
    AvmValue exc = AVM_EMPTY, result = AVM_EMPTY;
    if (!outcome(t, child, &cancelled, &exc, &result)) return false;
    avm_decref(t, result);
    bool ok = true;
    if (!pending) {
        // Looking at the exception was all there was to do.
    } else if (cancelled || exc) {
        AvmValue e = cancelled ? cancelled_error(t, child) : avm_incref(exc);
        ok = e && avm_future_set_exception(t, &g->f, e);
        avm_decref(t, e);
    } else if (g->finished == g->wanted) {
        ok = finish(t, g);
    }
    avm_decref(t, exc);
    return ok;
}

int avm_gather_cancel(AvmThread *t, AvmGather *g, AvmValue msg) {
    if (g->f.state != AVM_FUTURE_PENDING) return 0;
    int any = 0;
    for (uint32_t i = 0; i < g->children->len; i++) {
        int r = avm_future_cancel_any(t, g->children->items[i], msg);
        if (r < 0) return -1;
        any |= r;
    }
    if (any) g->f.bits |= AVM_GATHER_CANCEL;
    return any;
}

// --- putting one together

// A bit of a plain future or of a coroutine says that it has been seen among the arguments.
static uint16_t *seen_bit(AvmValue arg, uint16_t *bit) {
    AvmObj *o = avm_obj(arg);
    *bit = o->type == AVM_T_COROUTINE ? AVM_GEN_GATHERED : AVM_CORO_GATHERED;
    return &o->flags;
}

// A new child for a coroutine; the same one given twice is one child. at: its number among the arguments.
static AvmValue child_of_coroutine(AvmThread *t, AvmGather *g, AvmValue *args, uint32_t at, AvmValue loop, bool *is_new) {
    uint16_t bit, *flags = seen_bit(args[at], &bit);
    if (*flags & bit) {
        *is_new = false;
        for (uint32_t i = 0; i < at; i++)
            if (args[i] == args[at]) return avm_incref(g->children->items[i]);
    }
    *flags |= bit;
    AvmValue child = avm_ensure_future(t, args[at], loop);
    if (child && avm_is_future(t, child)) ((AvmFuture *)avm_obj(child))->bits &= (uint8_t)~AVM_TASK_LOG_DESTROY;
    return child;
}

// What has been seen among the arguments is marked on them where no script runs before all are, and else
// stands in a dict: a task that begins at once may gather the same.
static bool is_quiet(AvmThread *t) {
    AvmEventLoop *l = t->turn && avm_value(t->turn->loop) == t->running_loop ? t->turn->loop : NULL;
    return l && !l->task_factory && !(l->overrides & (AVM_LOOP_OWN_TASKS | AVM_LOOP_OWN_READY));
}

// The child for argument number `at`.
static AvmValue child_for(AvmThread *t, AvmGather *g, AvmDict **seen, bool quiet, AvmValue *args, uint32_t at,
                          AvmValue loop, bool *is_new) {
    AvmValue arg = args[at];
    *is_new = true;
    if (quiet && avm_is_plain_future(arg)) {
        AvmFuture *f = (AvmFuture *)avm_obj(arg);
        *is_new = !(f->bits & AVM_GATHER_SEEN);
        f->bits |= AVM_GATHER_SEEN;
        if (*is_new && loop && avm_loop_value(f->loop) != loop) return avm_ensure_future(t, arg, loop);
        return avm_incref(arg);
    }
    if (quiet && is_coroutine(arg)) return child_of_coroutine(t, g, args, at, loop, is_new);
    if (!*seen && !(*seen = avm_dict_new(t))) return AVM_FAIL;
    AvmValue known;
    int found = avm_dict_get(t, *seen, arg, &known);
    if (found < 0) return AVM_FAIL;
    if (found) {
        *is_new = false;
        return avm_incref(known);
    }
    AvmValue child = avm_ensure_future(t, arg, loop);
    if (!child) return AVM_FAIL;
    if (child != arg && avm_is_future(t, child)) ((AvmFuture *)avm_obj(child))->bits &= (uint8_t)~AVM_TASK_LOG_DESTROY;
    if (avm_dict_set(t, *seen, arg, child)) return child;
    avm_decref(t, child);
    return AVM_FAIL;
}

static void forget_seen(AvmValue *args, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (avm_is_plain_future(args[i])) {
            ((AvmFuture *)avm_obj(args[i]))->bits &= (uint8_t)~AVM_GATHER_SEEN;
        } else if (is_coroutine(args[i])) {
            uint16_t bit, *flags = seen_bit(args[i], &bit);
            *flags &= (uint16_t)~bit;
        }
}

static bool listen_to(AvmThread *t, AvmGather *g, AvmValue child) {
    if (avm_is_plain_future(child))
        return avm_future_add_waiter(t, (AvmFuture *)avm_obj(child), AVM_TAGGED(g, AVM_WAITER_GATHER));
    AvmValue fn = avm_future_waiter_callable(t, AVM_TAGGED(g, AVM_WAITER_GATHER));
    g->irregular = true;
    if (!fn) return false;
    AvmValue r = avm_call_method(t, child, AVM_NAME(t, add_done_callback), &fn, 1);
    avm_decref(t, r);
    avm_decref(t, fn);
    return r != AVM_FAIL;
}

static bool add_child(AvmThread *t, AvmGather *g, AvmDict **seen, bool quiet, AvmValue *args, uint32_t at,
                      AvmValue *loop, AvmList *done) {
    bool is_new, is = false;
    AvmValue child = child_for(t, g, seen, quiet, args, at, *loop, &is_new);
    if (!child) return false;
    if (!avm_list_append_take(t, g->children, child)) return false;
    if (!*loop && !(*loop = loop_of(t, child))) return false;
    if (!is_new) return true;
    g->wanted++;
    if (!avm_future_is_done(t, child, &is)) return false;
    return is ? avm_list_append(t, done, child) : listen_to(t, g, child);
}

static AvmValue gather_nothing(AvmThread *t) {
    AvmValue loop = avm_loop_current(t);
    AvmEventLoop *l = loop ? avm_loop_for(t, loop) : NULL;
    AvmFuture *f = l ? avm_loop_create_future(t, l) : NULL;
    AvmList *none = f ? avm_list_new(t, 0) : NULL;
    avm_drop(t, l);
    avm_decref(t, loop);
    bool ok = none && avm_future_set_result(t, f, avm_value(none));
    if (none) avm_drop(t, none);
    if (ok) return avm_value(f);
    if (f) avm_drop(t, f);
    return AVM_FAIL;
}

AvmValue avm_gather(AvmThread *t, AvmValue *args, uint32_t n, bool return_exceptions) {
    if (n == 0) return gather_nothing(t);
    AvmGather *g = avm_object_new(t, avm_type_get(t, AVM_T_GATHER), 0);
    if (!g) return AVM_FAIL;
    AvmDict *seen = NULL;
    AvmValue loop = AVM_EMPTY;
    AvmList *done = avm_list_new(t, 0);
    g->children = avm_list_new(t, n);
    if (return_exceptions) g->f.bits |= AVM_GATHER_EXCEPTIONS;
    bool ok = done && g->children, quiet = is_quiet(t);
    for (uint32_t i = 0; ok && i < n; i++) ok = add_child(t, g, &seen, quiet, args, i, &loop, done);
    if (quiet) forget_seen(args, n);
    g->f.loop = ok ? avm_loop_for(t, loop) : NULL;
    ok = g->f.loop && (__builtin_expect(!g->f.loop->debug, 1) || avm_debug_mark(t, &g->f));
    for (uint32_t i = 0; ok && i < done->len; i++) ok = avm_gather_child_done(t, g, done->items[i]);
    avm_decref(t, loop);
    if (seen) avm_drop(t, seen);
    if (done) avm_drop(t, done);
    if (ok) return avm_value(g);
    // Children that have been listened to keep g until they are done; it must not wait for more.
    if (g->f.state == AVM_FUTURE_PENDING) g->f.state = AVM_FUTURE_CANCELLED;
    avm_drop(t, g);
    return AVM_FAIL;
}
