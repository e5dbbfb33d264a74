// Handle and TimerHandle: a call that is to be made, and may be cancelled before.
#include "vm/async/async.h"
#include "vm/async/context.h"

AvmHandle *avm_handle_new(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const AvmValue *args, uint32_t n,
                          AvmValue context) {
    AvmHandle *h = avm_object_new_id(t, AVM_T_HANDLE, sizeof *h);
    if (!h) return NULL;
    h->loop = avm_retain(loop);
    h->callback = avm_incref(callback);
    h->context = context && context != AVM_NONE ? avm_incref(context) : avm_context_share(t);
    if (n && !(h->args = avm_tuple_from(t, args, n))) {
        avm_drop(t, h);
        return NULL;
    }
    return h;
}

void avm_handle_cancel(AvmThread *t, AvmHandle *h) {
    if (h->cancelled) return;
    h->cancelled = true;
    h->h.refs++;
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

static AvmValue handle_get_context(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmContext *c = avm_context_object(t, &self_of(args)->context, false);
    return c ? avm_incref(avm_value(c)) : AVM_FAIL;
}

static AvmValue timer_when(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmHandle *h = self_of(args);
    return h->when_value ? avm_incref(h->when_value) : avm_float_value(h->when);
}

static AvmValue handle_repr(AvmThread *t, AvmValue v) {
    AvmHandle *h = (AvmHandle *)avm_obj(v);
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
    if (h->callback) {
        avm_buf_byte(&b, ' ');
        if (!avm_show_callback(t, h->callback, &b)) {
            avm_buf_free(&b);
            return AVM_FAIL;
        }
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
    if (h->args) avm_drop(t, h->args);
    if (h->loop) avm_drop(t, h->loop);
}

static void handle_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmHandle *h = (AvmHandle *)o;
    if (h->callback) visit(h->callback, arg);
    if (h->context) visit(h->context, arg);
    if (h->args) visit(avm_value(h->args), arg);
    if (h->loop) visit(avm_value(h->loop), arg);
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
    {"cancel", handle_cancel, "cancel()", "Cancels the call."},
    {"cancelled", handle_cancelled, "cancelled()", "True if the call was cancelled."},
    {"get_context", handle_get_context, "get_context()", "The context the call is made in."},
    {0},
};

static const AvmGetSetDef handle_getsets[] = {
    {"_callback", get_callback, NULL, NULL},
    {"_args", get_args, NULL, NULL},
    {"_cancelled", get_cancelled, NULL, NULL},
    {0},
};

const AvmTypeDef avm_handle_def = {
    .name = "asyncio.events.Handle",
    .id = AVM_T_HANDLE,
    .size = sizeof(AvmHandle),
    .flags = AVM_TYPE_NO_NEW,
    .doc = "Object returned by callback registration methods.",
    .slots = {.free = handle_free, .traverse = handle_traverse, .clear = handle_clear, .repr = handle_repr},
    .methods = handle_methods,
    .getsets = handle_getsets,
};

static const AvmNativeDef timer_methods[] = {
    {"when", timer_when, "when()", "The time of the call, in seconds of loop.time()."},
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
    .base = AVM_T_HANDLE,
    .size = sizeof(AvmHandle),
    .flags = AVM_TYPE_NO_NEW,
    .doc = "Object returned by timed callback registration methods.",
    .slots = {.compare = timer_compare, .hash = timer_hash},
    .methods = timer_methods,
    .getsets = timer_getsets,
};
