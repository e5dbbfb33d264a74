// What scripts see of Future, of its iterator, and of gather's future.
#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/types/gens.h"
#include "vm/types/list_parts.h"

static AvmFuture *self_of(AvmValue *args) { return (AvmFuture *)avm_obj(args[0]); }

// A future that __init__ has not seen yet.
static bool check_ready(AvmThread *t, AvmFuture *f) {
    if (f->loop) return true;
    avm_raise(t, AVM_EXC(t, RuntimeError), "Future object is not initialized.");
    return false;
}

// The loop argument, or the current one; new reference.
AvmEventLoop *avm_async_loop_arg(AvmThread *t, AvmValue loop) {
    AvmValue v = loop && loop != AVM_NONE ? avm_incref(loop) : avm_loop_current(t);
    if (!v) return NULL;
    AvmEventLoop *l = avm_loop_for(t, v);
    avm_decref(t, v);
    if (!l || avm_loop_look(t, l)) return l;
    avm_drop(t, l);
    return NULL;
}

static AvmValue future_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

bool avm_future_is_new(AvmThread *t, AvmFuture *f) {
    if (!f->loop) return true;
    return avm_raise(t, AVM_EXC(t, RuntimeError), "%T object is already initialized", avm_value(f));
}

static AvmValue future_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFuture *f = self_of(args);
    if (!avm_future_is_new(t, f)) return AVM_FAIL;
    AvmEventLoop *loop = avm_async_loop_arg(t, args[1]);
    if (!loop) return AVM_FAIL;
    f->loop = loop;
    return !loop->debug || avm_debug_mark(t, f) ? AVM_NONE : AVM_FAIL;
}

AvmValue avm_future_method_result(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_future_result(t, self_of(args));
}

AvmValue avm_future_method_exception(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFuture *f = self_of(args);
    if (f->state == AVM_FUTURE_PENDING) return avm_raise(t, AVM_EXC(t, InvalidStateError), "Exception is not set.");
    if (f->state == AVM_FUTURE_CANCELLED) {
        AvmValue exc = avm_future_cancelled_error(t, f);
        if (!exc) return AVM_FAIL;
        avm_exc_chain(t, exc);
        return avm_reraise(t, exc);
    }
    f->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    return avm_future_failed(f) ? avm_incref(f->result) : AVM_NONE;
}

static AvmValue future_set_result(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args))) return AVM_FAIL;
    return avm_future_set_result(t, self_of(args), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue future_set_exception(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args))) return AVM_FAIL;
    return avm_future_set_exception(t, self_of(args), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue future_cancel(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args))) return AVM_FAIL;
    int r = avm_future_cancel(t, self_of(args), args[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}

AvmValue avm_future_method_cancelled(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args)->state == AVM_FUTURE_CANCELLED);
}

AvmValue avm_future_method_done(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args)->state != AVM_FUTURE_PENDING);
}

AvmValue avm_future_method_add_callback(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args)) || !avm_context_check(t, args[2])) return AVM_FAIL;
    AvmValue context = args[2] == AVM_NONE ? AVM_EMPTY : args[2];
    return avm_future_add_callback(t, self_of(args), args[1], context) ? AVM_NONE : AVM_FAIL;
}

AvmValue avm_future_method_remove_callback(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args))) return AVM_FAIL;
    int64_t removed = avm_future_remove_callback(t, self_of(args), args[1]);
    return removed < 0 ? AVM_FAIL : avm_inline_int_value(removed);
}

static AvmValue future_get_loop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_ready(t, self_of(args))) return AVM_FAIL;
    return avm_incref(avm_loop_value(self_of(args)->loop));
}

AvmValue avm_future_method_cancelled_error(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_future_cancelled_error(t, self_of(args));
}

// --- what CPython's C futures show as attributes

static AvmFuture *of(AvmValue v) { return (AvmFuture *)avm_obj(v); }

static AvmValue get_state(AvmThread *t, AvmValue v) {
    static const char *const names[] = {"PENDING", "CANCELLED", "FINISHED"};
    return avm_value(avm_str_text(t, names[of(v)->state]));
}

static AvmValue get_blocking(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(of(v)->bits & AVM_FUTURE_BLOCKING);
}

static bool set_blocking(AvmThread *t, AvmValue v, AvmValue value) {
    if (!value) {
        avm_raise(t, AVM_EXC(t, AttributeError), "cannot delete attribute");
        return false;
    }
    int yes = avm_truth(t, value);
    if (yes < 0) return false;
    of(v)->bits = (uint8_t)((of(v)->bits & ~AVM_FUTURE_BLOCKING) | (yes ? AVM_FUTURE_BLOCKING : 0));
    return true;
}

static AvmValue get_loop(AvmThread *t, AvmValue v) {
    (void)t;
    return of(v)->loop ? avm_incref(avm_loop_value(of(v)->loop)) : AVM_NONE;
}

static AvmValue get_callbacks(AvmThread *t, AvmValue v) {
    uint32_t n = of(v)->state == AVM_FUTURE_PENDING ? avm_future_ncallbacks(of(v)) : 0;
    if (!n) return AVM_NONE;
    AvmList *list = avm_list_new(t, n);
    for (uint32_t i = 0; list && i < n; i++) {
        AvmValue context, callback = avm_future_callback(t, of(v), i, &context);
        AvmValue copy = avm_incref(context);
        AvmContext *c = callback ? avm_context_object(t, &copy, false) : NULL;
        AvmValue pair[] = {callback, avm_value(c)};
        AvmTuple *tuple = c ? avm_tuple_from(t, pair, 2) : NULL;
        avm_decref(t, callback);
        avm_decref(t, copy);
        if (tuple && avm_list_append_take(t, list, avm_value(tuple))) continue;
        avm_drop(t, list);
        return AVM_FAIL;
    }
    return avm_value(list);
}

static AvmValue get_result(AvmThread *t, AvmValue v) {
    (void)t;
    AvmFuture *f = of(v);
    return f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f) ? avm_incref(f->result) : AVM_NONE;
}

static AvmValue get_exception(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_future_failed(of(v)) ? avm_incref(of(v)->result) : AVM_NONE;
}

static AvmValue get_log_traceback(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(of(v)->bits & AVM_FUTURE_LOG_TB);
}

static bool set_log_traceback(AvmThread *t, AvmValue v, AvmValue value) {
    if (!value) {
        avm_raise(t, AVM_EXC(t, AttributeError), "cannot delete attribute");
        return false;
    }
    int yes = avm_truth(t, value);
    if (yes < 0) return false;
    if (yes) {
        avm_raise_value(t, "_log_traceback can only be set to False");
        return false;
    }
    of(v)->bits &= (uint8_t)~AVM_FUTURE_LOG_TB;
    return true;
}

static AvmValue get_message(AvmThread *t, AvmValue v) {
    (void)t;
    AvmFuture *f = of(v);
    return f->note && !avm_future_failed(f) ? avm_incref(f->note) : AVM_NONE;
}

static bool set_message(AvmThread *t, AvmValue v, AvmValue value) {
    if (!value) return avm_raise(t, AVM_EXC(t, AttributeError), "cannot delete attribute");
    if (!avm_future_failed(of(v))) avm_replace(t, &of(v)->note, value == AVM_NONE ? AVM_EMPTY : avm_incref(value));
    return true;
}

static AvmValue get_source_traceback(AvmThread *t, AvmValue v) {
    AvmValue stack = avm_debug_origin(t, of(v));
    return stack ? avm_incref(stack) : AVM_NONE;
}

// --- slots

static AvmValue future_await(AvmThread *t, AvmValue v) { return check_ready(t, of(v)) ? avm_incref(v) : AVM_FAIL; }

static AvmSent future_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    (void)v, (void)out;
    avm_reraise(t, avm_incref(exc));
    return AVM_SENT_FAIL;
}

static void future_free(AvmThread *t, AvmObj *o) {
    AvmFuture *f = (AvmFuture *)o;
    if (f->waiters || f->note || avm_is_obj(f->result)) avm_future_drop(t, f);
    if (f->loop) avm_drop(t, f->loop);
}

static void future_clear(AvmThread *t, AvmObj *o) { avm_future_drop(t, (AvmFuture *)o); }

// FutureIter: what __await__() and iter() return to those who ask by name.
typedef struct FutureIter {
    AvmObj h;
    AvmFuture *future; // NULL at the end
} FutureIter;

AvmValue avm_future_iter(AvmThread *t, AvmValue v) {
    if (!check_ready(t, of(v))) return AVM_FAIL;
    FutureIter *it = avm_object_new_id(t, AVM_T_FUTUREITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->future = avm_retain(of(v));
    return avm_value(it);
}

static const AvmNativeDef future_methods[] = {
    {"__new__", future_make, "__new__(*args, **kwargs)", NULL},
    {"__init__", future_init, "__init__(*, loop=None)", NULL},
    {"set_result", future_set_result, "set_result(result, /, *)", "Ends the future with a result."},
    {"set_exception", future_set_exception, "set_exception(exception, /, *)",
     "Ends the future with an exception."},
    {"cancel", future_cancel, "cancel(msg=None)", "Cancels the future. False if it is done already."},
    {"get_loop", future_get_loop, "get_loop(*)", "The event loop it belongs to."},
    AVM_FUTURE_ROWS,
    {0},
};

static const AvmGetSetDef future_getsets[] = {
    {"_state", get_state, NULL, NULL},
    {"_asyncio_future_blocking", get_blocking, set_blocking, NULL},
    {"_loop", get_loop, NULL, NULL},
    {"_callbacks", get_callbacks, NULL, NULL},
    {"_result", get_result, NULL, NULL},
    {"_exception", get_exception, NULL, NULL},
    {"_log_traceback", get_log_traceback, set_log_traceback, NULL},
    {"_source_traceback", get_source_traceback, NULL, NULL},
    {"_cancel_message", get_message, set_message, NULL},
    {0},
};

const AvmTypeDef avm_future_def = {
    .name = "_asyncio.Future",
    .id = AVM_T_FUTURE,
    .size = sizeof(AvmFuture),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "A result that is not there yet.",
    .slots = {.free = future_free,
              .finalize = avm_future_finalize,
              .traverse = avm_future_traverse,
              .clear = future_clear,
              .repr = avm_future_repr,
              .iter = avm_future_iter,
              .await = future_await,
              .send = avm_future_send,
              .throw = future_throw},
    .methods = future_methods,
    .getsets = future_getsets,
};

// --- FutureIter

static AvmSent iter_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    FutureIter *it = (FutureIter *)avm_obj(v);
    if (!it->future) {
        *out = AVM_NONE;
        return AVM_SENT_RETURN;
    }
    AvmSent how = avm_future_send(t, avm_value(it->future), value, out);
    if (how != AVM_SENT_YIELD) {
        AvmFuture *f = it->future;
        it->future = NULL;
        avm_drop(t, f);
    }
    return how;
}

static AvmSent iter_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    (void)out;
    FutureIter *it = (FutureIter *)avm_obj(v);
    AvmFuture *f = it->future;
    it->future = NULL;
    if (f) avm_drop(t, f);
    avm_reraise(t, avm_incref(exc));
    return AVM_SENT_FAIL;
}

static AvmValue iter_next(AvmThread *t, AvmValue v) {
    AvmValue out = AVM_EMPTY;
    AvmSent how = iter_send(t, v, AVM_NONE, &out);
    if (how == AVM_SENT_YIELD) return out;
    if (how == AVM_SENT_FAIL) return AVM_FAIL;
    if (out == AVM_NONE) return AVM_DONE;
    avm_raise_stop(t, out);
    avm_decref(t, out);
    return AVM_FAIL;
}

static AvmValue iter_send_method(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue out = iter_next(t, args[0]);
    return out == AVM_DONE ? avm_raise_stop(t, AVM_NONE) : out;
}

static AvmValue iter_throw_method(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!avm_throw_warn(t, "throw", n - 1)) return AVM_FAIL;
    AvmValue exc = avm_throw_args(t, "throw", args + 1, n - 1), out = AVM_EMPTY;
    if (exc) iter_throw(t, args[0], exc, &out);
    avm_decref(t, exc);
    return AVM_FAIL;
}

static AvmValue iter_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    FutureIter *it = (FutureIter *)avm_obj(args[0]);
    AvmFuture *f = it->future;
    it->future = NULL;
    if (f) avm_drop(t, f);
    return AVM_NONE;
}

static AvmValue iter_iter(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

static void iter_free(AvmThread *t, AvmObj *o) {
    if (((FutureIter *)o)->future) avm_drop(t, ((FutureIter *)o)->future);
}

static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((FutureIter *)o)->future) visit(avm_value(((FutureIter *)o)->future), arg);
}

static const AvmNativeDef iter_methods[] = {
    {"send", iter_send_method, "send(arg, /)", NULL},
    {"throw", iter_throw_method, "throw(*args)", NULL},
    {"close", iter_close, "close()", NULL},
    {0},
};

const AvmTypeDef avm_futureiter_def = {
    .name = "_asyncio.FutureIter",
    .id = AVM_T_FUTUREITER,
    .size = sizeof(FutureIter),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = iter_free,
              .traverse = iter_traverse,
              .iter = iter_iter,
              .next = iter_next,
              .send = iter_send,
              .throw = iter_throw},
    .methods = iter_methods,
};

// --- _GatheringFuture

static AvmValue gather_cancel(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int r = avm_gather_cancel(t, (AvmGather *)avm_obj(args[0]), args[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}

static AvmValue get_children(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(((AvmGather *)avm_obj(v))->children));
}

static AvmValue get_cancel_requested(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(of(v)->bits & AVM_GATHER_CANCEL);
}

static void gather_free(AvmThread *t, AvmObj *o) {
    AvmGather *g = (AvmGather *)o;
    if (g->children) avm_drop(t, g->children);
    future_free(t, o);
}

static void gather_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((AvmGather *)o)->children) visit(avm_value(((AvmGather *)o)->children), arg);
    avm_future_traverse(o, visit, arg);
}

static const AvmNativeDef gather_methods[] = {
    {"cancel", gather_cancel, "def _GatheringFuture.cancel(msg=None)",
     "Cancels all children that are not done."},
    {0},
};
static const AvmGetSetDef gather_getsets[] = {
    {"_children", get_children, NULL, NULL},
    {"_cancel_requested", get_cancel_requested, NULL, NULL},
    {0},
};

const AvmTypeDef avm_gather_def = {
    .name = "asyncio.tasks._GatheringFuture",
    .id = AVM_T_GATHER,
    .base = AVM_T_FUTURE,
    .size = sizeof(AvmGather),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_ATTRS | AVM_TYPE_SHORT_NAME,
    .doc = "What gather() returns.",
    .slots = {.free = gather_free, .traverse = gather_traverse},
    .methods = gather_methods,
    .getsets = gather_getsets,
};
