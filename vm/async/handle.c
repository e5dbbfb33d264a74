// Handle and TimerHandle: a call that is to be made, and may be cancelled before.
#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/import.h"

AvmHandle *avm_handle_new(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const AvmValue *args, uint32_t n,
                          AvmValue context) {
    AvmHandle *h = avm_object_new_id(t, AVM_T_HANDLE, sizeof *h);
    if (!h) return NULL;
    h->loop = avm_retain(loop);
    h->callback = avm_incref(callback);
    h->context = context && context != AVM_NONE ? avm_incref(context) : avm_context_share(t);
    bool ok = !n || (h->args = avm_tuple_from(t, args, n));
    if (ok && __builtin_expect(loop->debug, 0)) ok = (h->origin = avm_debug_stack(t)) != AVM_FAIL;
    if (ok) return h;
    avm_drop(t, h);
    return NULL;
}

// What is called is forgotten now; in debug mode it is still to be seen.
static void keep_repr(AvmThread *t, AvmHandle *h) {
    AvmValue exc = avm_exc_take(t);
    if (avm_loop_look(t, h->loop) && h->loop->debug) h->shown = avm_repr(t, avm_value(h));
    avm_exc_clear(t);
    t->exc = exc;
}

// Loops of script keep their timers themselves, and want to know.
static void tell_loop(AvmThread *t, AvmHandle *h) {
    AvmStr *name = avm_str_text(t, "_timer_handle_cancelled");
    AvmValue self = avm_value(h), r = name ? avm_call_method(t, h->loop->script, name, &self, 1) : AVM_FAIL;
    avm_decref(t, r);
    avm_drop(t, name);
    if (!r) avm_exc_unraisable(t, NULL, h->loop->script);
}

void avm_handle_cancel(AvmThread *t, AvmHandle *h) {
    if (h->cancelled) return;
    h->h.refs++;
    if (h->loop->script && h->timer) tell_loop(t, h); // as in CPython, before
    h->cancelled = true;
    if (h->loop->script || __builtin_expect(h->loop->debug, 0)) keep_repr(t, h);
    if (h->place) {
        t->vm->loop->timer_remove(h->loop->world, h);
        avm_drop(t, h);
    }
    AvmTuple *args = h->args;
    h->args = NULL;
    avm_replace(t, &h->callback, AVM_EMPTY);
    if (args) avm_drop(t, args);
    avm_drop(t, h);
}

// --- methods

static AvmHandle *self_of(AvmValue *args) { return (AvmHandle *)avm_obj(args[0]); }

static AvmValue handle_cancel(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_handle_cancel(t, self_of(args));
    return AVM_NONE;
}

static AvmValue handle_cancelled(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args)->cancelled);
}

// Handle(callback, args, loop, context=None), and with `when` before these TimerHandle: made by script, for loops of its own.
static AvmValue make(AvmThread *t, AvmValue callback, AvmValue args, AvmValue loop, AvmValue context, AvmValue when) {
    AvmTuple *tuple = avm_context_check(t, context) ? avm_tuple_from_iter(t, args) : NULL;
    AvmEventLoop *l = tuple ? avm_loop_for(t, loop) : NULL;
    AvmHandle *h = l && avm_loop_look(t, l) ? avm_handle_new(t, l, callback, NULL, 0, context) : NULL;
    avm_drop(t, l);
    if (!h) {
        avm_drop(t, tuple);
        return AVM_FAIL;
    }
    h->args = tuple;
    bool good = true;
    if (when) {
        h->h.type = AVM_T_TIMERHANDLE;
        h->timer = true;
        good = avm_to_double(t, when, &h->when);
        h->when_value = avm_incref(when);
    }
    if (good) return avm_value(h);
    avm_drop(t, h);
    return AVM_FAIL;
}

static AvmValue handle_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n; // class, callback, args, loop, context
    return make(t, args[1], args[2], args[3], args[4], AVM_EMPTY);
}

static AvmValue timer_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n; // class, when, callback, args, loop, context
    return make(t, args[2], args[3], args[4], args[5], args[1]);
}

static AvmValue handle_run(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_handle_run(t, self_of(args)) ? AVM_NONE : AVM_FAIL;
}

static AvmValue get_context(AvmThread *t, AvmValue v) {
    AvmContext *c = avm_context_object(t, &((AvmHandle *)avm_obj(v))->context, false);
    return c ? avm_incref(avm_value(c)) : AVM_FAIL;
}
static AvmValue handle_get_context(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return get_context(t, args[0]);
}

static AvmValue timer_when(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmHandle *h = self_of(args);
    return h->when_value ? avm_incref(h->when_value) : avm_float_value(h->when);
}

// In debug mode the arguments are shown, too.
static bool show_with_args(AvmThread *t, AvmHandle *h, AvmBuf *out) {
    AvmValue module = avm_import_text(t, "asyncio.format_helpers");
    AvmStr *name = module ? avm_str_text(t, "_show_call") : NULL;
    AvmValue args[] = {h->callback, avm_value(h->args ? h->args : t->vm->empty_tuple)};
    AvmValue text = name ? avm_call_method(t, module, name, args, 2) : AVM_FAIL;
    AvmStr *s = text ? avm_as_str(t, text) : NULL;
    if (s) avm_buf_add(out, s->data, s->len);
    avm_decref(t, text);
    avm_drop(t, name);
    avm_decref(t, module);
    return s != NULL;
}

static AvmValue handle_repr(AvmThread *t, AvmValue v) {
    AvmHandle *h = (AvmHandle *)avm_obj(v);
    if (h->shown) return avm_incref(h->shown);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, h->timer ? "<TimerHandle" : "<Handle");
    if (h->cancelled) avm_buf_text(&b, " cancelled");
    if (h->timer) {
        AvmValue when = timer_when(t, &v, 1), text = when ? avm_repr(t, when) : AVM_FAIL;
        avm_decref(t, when);
        if (!text) {
            avm_buf_free(&b);
            return AVM_FAIL;
        }
        AvmStr *s = (AvmStr *)avm_obj(text);
        avm_buf_text(&b, " when=");
        avm_buf_add(&b, s->data, s->len);
        avm_decref(t, text);
    }
    bool ok = avm_loop_look(t, h->loop);
    if (ok && h->callback && h->callback != AVM_NONE) {
        avm_buf_byte(&b, ' ');
        ok = h->loop->debug ? show_with_args(t, h, &b) : avm_show_callback(t, h->callback, &b);
    }
    if (!ok || !avm_debug_show_origin(t, h->origin, &b)) {
        avm_buf_free(&b);
        return AVM_FAIL;
    }
    avm_buf_byte(&b, '>');
    return avm_value(avm_str_from_buf(t, &b));
}

static AvmValue timer_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_is(b, AVM_T_TIMERHANDLE)) return AVM_NOTIMPL;
    AvmHandle *x = (AvmHandle *)avm_obj(a), *y = (AvmHandle *)avm_obj(b);
    bool equal = x == y;
    if (!equal && x->when == y->when && x->cancelled == y->cancelled && op != AVM_LT && op != AVM_GT) {
        int same = x->callback && y->callback ? avm_compare_bool(t, AVM_EQ, x->callback, y->callback)
                                              : x->callback == y->callback;
        if (same > 0 && x->args && y->args)
            same = avm_compare_bool(t, AVM_EQ, avm_value(x->args), avm_value(y->args));
        if (same < 0) return AVM_FAIL;
        equal = same && !x->args == !y->args;
    }
    switch (op) {
    case AVM_EQ: return avm_bool(equal);
    case AVM_NE: return avm_bool(!equal);
    case AVM_LT: return avm_bool(x->when < y->when);
    case AVM_LE: return avm_bool(x->when < y->when || equal);
    case AVM_GT: return avm_bool(x->when > y->when);
    default: return avm_bool(x->when > y->when || equal);
    }
}

static bool timer_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmValue when = timer_when(t, &v, 1);
    bool ok = avm_hash(t, when, out);
    avm_decref(t, when);
    return ok;
}

static AvmValue get_callback(AvmThread *t, AvmValue v) {
    (void)t;
    AvmHandle *h = (AvmHandle *)avm_obj(v);
    return h->callback ? avm_incref(h->callback) : AVM_NONE;
}

static AvmValue get_args(AvmThread *t, AvmValue v) {
    AvmHandle *h = (AvmHandle *)avm_obj(v);
    if (h->cancelled) return AVM_NONE;
    return avm_incref(avm_value(h->args ? h->args : t->vm->empty_tuple));
}

static AvmValue get_cancelled(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(((AvmHandle *)avm_obj(v))->cancelled);
}

static AvmValue get_loop(AvmThread *t, AvmValue v) {
    (void)t;
    AvmHandle *h = (AvmHandle *)avm_obj(v);
    return avm_incref(avm_loop_value(h->loop));
}

static AvmValue get_source_traceback(AvmThread *t, AvmValue v) {
    (void)t;
    AvmHandle *h = (AvmHandle *)avm_obj(v);
    return h->origin ? avm_incref(h->origin) : AVM_NONE;
}

static AvmValue get_scheduled(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(((AvmHandle *)avm_obj(v))->place != 0);
}

static AvmValue get_when(AvmThread *t, AvmValue v) { return timer_when(t, &v, 1); }

static void handle_free(AvmThread *t, AvmObj *o) {
    AvmHandle *h = (AvmHandle *)o;
    avm_decref(t, h->callback);
    avm_decref(t, h->context);
    avm_decref(t, h->when_value);
    avm_decref(t, h->origin);
    avm_decref(t, h->shown);
    if (h->args) avm_drop(t, h->args);
    if (h->loop) avm_drop(t, h->loop);
}

static void handle_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmHandle *h = (AvmHandle *)o;
    if (h->callback) visit(h->callback, arg);
    if (h->context) visit(h->context, arg);
    if (h->args) visit(avm_value(h->args), arg);
    if (h->loop) visit(avm_value(h->loop), arg);
    if (h->origin) visit(h->origin, arg);
}

static void handle_clear(AvmThread *t, AvmObj *o) {
    AvmHandle *h = (AvmHandle *)o;
    AvmTuple *args = h->args;
    h->args = NULL;
    avm_replace(t, &h->callback, AVM_EMPTY);
    avm_replace(t, &h->context, AVM_EMPTY);
    if (args) avm_drop(t, args);
}

static const AvmNativeDef handle_methods[] = {
    {"__new__", handle_make, "def Handle.__init__(callback, args, loop, context=None)", NULL},
    {"_run", handle_run, "def Handle._run()", "Makes the call; what it raises is reported."},
    {"cancel", handle_cancel, "def Handle.cancel()", "Cancels the call."},
    {"cancelled", handle_cancelled, "def Handle.cancelled()", "True if the call was cancelled."},
    {"get_context", handle_get_context, "def Handle.get_context()", "The context the call is made in."},
    {0},
};

static const AvmGetSetDef handle_getsets[] = {
    {"_callback", get_callback, NULL, NULL},
    {"_args", get_args, NULL, NULL},
    {"_cancelled", get_cancelled, NULL, NULL},
    {"_loop", get_loop, NULL, NULL},
    {"_context", get_context, NULL, NULL},
    {"_source_traceback", get_source_traceback, NULL, NULL},
    {0},
};

const AvmTypeDef avm_handle_def = {
    .name = "asyncio.events.Handle",
    .id = AVM_T_HANDLE,
    .flags = AVM_TYPE_SHORT_NAME,
    .size = sizeof(AvmHandle),
    .doc = "Object returned by callback registration methods.",
    .slots = {.free = handle_free, .traverse = handle_traverse, .clear = handle_clear, .repr = handle_repr},
    .methods = handle_methods,
    .getsets = handle_getsets,
};

static const AvmNativeDef timer_methods[] = {
    {"__new__", timer_make, "def TimerHandle.__init__(when, callback, args, loop, context=None)", NULL},
    {"cancel", handle_cancel, "def TimerHandle.cancel()", "Cancels the call."},
    {"when", timer_when, "def TimerHandle.when()", "The time of the call, in seconds of loop.time()."},
    {0},
};

static const AvmGetSetDef timer_getsets[] = {
    {"_when", get_when, NULL, NULL},
    {"_scheduled", get_scheduled, NULL, NULL},
    {0},
};

const AvmTypeDef avm_timerhandle_def = {
    .name = "asyncio.events.TimerHandle",
    .id = AVM_T_TIMERHANDLE,
    .flags = AVM_TYPE_SHORT_NAME,
    .base = AVM_T_HANDLE,
    .size = sizeof(AvmHandle),
    .doc = "Object returned by timed callback registration methods.",
    .slots = {.compare = timer_compare, .hash = timer_hash},
    .methods = timer_methods,
    .getsets = timer_getsets,
};
