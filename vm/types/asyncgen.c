// Asynchronous generators: the generator object and the awaitables that asend(), athrow() and aclose() return.
#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/func.h"
#include "vm/types/gens.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"
#include "vm/warnings.h"

typedef enum StepState { STEP_NEW, STEP_RUNNING, STEP_CLOSED } StepState;

// One asend(), athrow() or aclose().
typedef struct Step {
    AvmObj h; // ASYNCGEN_SEND or ASYNCGEN_THROW
    AvmGen *gen;
    AvmValue
        value; // to send; or the arguments of athrow(), which are looked at when it begins; empty: aclose()
    uint8_t state;
} Step;

static AvmGen *gen_of(AvmValue v) { return (AvmGen *)avm_obj(v); }
static Step *step_of(AvmValue v) { return (Step *)avm_obj(v); }

AvmValue avm_asyncgen_running(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(gen_of(v)->async_running);
}

static AvmValue new_step(AvmThread *t, AvmGen *g, uint16_t type, AvmValue value) {
    if (!g->hooked) {
        g->hooked = AVM_GEN_HOOKED;
        if (!avm_async_gen_first(t, g)) return AVM_FAIL;
    }
    Step *s = avm_object_new_id(t, type, sizeof *s);
    if (!s) return AVM_FAIL;
    s->gen = avm_retain(g);
    s->value = avm_incref(value);
    return avm_value(s);
}

static void step_free(AvmThread *t, AvmObj *o) {
    avm_drop(t, ((Step *)o)->gen);
    avm_decref(t, ((Step *)o)->value);
}
static void step_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    visit(avm_value(((Step *)o)->gen), arg);
    visit(((Step *)o)->value, arg);
}

// --- what came out of the generator

// A value that the generator yielded ends the step; anything else it waits for passes through.
static AvmSent unwrap(AvmThread *t, Step *s, AvmSent how, AvmValue *out) {
    if (how == AVM_SENT_YIELD && avm_is(*out, AVM_T_ASYNCGEN_VALUE)) {
        AvmValue v = avm_incref(((AvmCell *)avm_obj(*out))->value);
        avm_decref(t, *out);
        *out = v;
        s->gen->async_running = false;
        s->state = STEP_CLOSED;
        return AVM_SENT_RETURN;
    }
    if (how == AVM_SENT_YIELD) return how;
    if (how == AVM_SENT_RETURN) {
        avm_decref(t, *out);
        avm_raise(t, AVM_EXC(t, StopAsyncIteration), NULL);
    }
    if (avm_exc_is(t, AVM_EXC(t, StopAsyncIteration)) || avm_exc_is(t, AVM_EXC(t, GeneratorExit))) s->gen->async_closed = true;
    s->gen->async_running = false;
    s->state = STEP_CLOSED;
    return AVM_SENT_FAIL;
}

// As unwrap, for aclose(): ends with None; a yielded value is an error.
static AvmSent unwrap_close(AvmThread *t, Step *s, AvmSent how, AvmValue *out) {
    if (how == AVM_SENT_YIELD && !avm_is(*out, AVM_T_ASYNCGEN_VALUE)) return how;
    s->gen->async_running = false;
    s->state = STEP_CLOSED;
    if (how == AVM_SENT_YIELD) {
        avm_decref(t, *out);
        avm_raise(t, AVM_EXC(t, RuntimeError), "async generator ignored GeneratorExit");
        return AVM_SENT_FAIL;
    }
    if (how == AVM_SENT_RETURN) avm_decref(t, *out);
    if (how == AVM_SENT_FAIL && !avm_exc_swallow(t, AVM_EXC(t, StopAsyncIteration)) &&
        !avm_exc_swallow(t, AVM_EXC(t, GeneratorExit)))
        return AVM_SENT_FAIL;
    *out = AVM_NONE;
    return AVM_SENT_RETURN;
}

static AvmSent fail(AvmThread *t, Step *s, const char *text) {
    s->state = STEP_CLOSED;
    avm_raise(t, AVM_EXC(t, RuntimeError), "%s", text);
    return AVM_SENT_FAIL;
}

// --- asend

static AvmSent asend_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    Step *s = step_of(v);
    if (s->state == STEP_CLOSED) return fail(t, s, "cannot reuse already awaited __anext__()/asend()");
    if (s->state == STEP_NEW) {
        if (s->gen->async_running) return fail(t, s, "anext(): asynchronous generator is already running");
        if (value == AVM_NONE) value = s->value;
        s->state = STEP_RUNNING;
        s->gen->async_running = true;
    }
    return unwrap(t, s, avm_gen_send(t, s->gen, value, out), out);
}

// What a throw does before the exception is looked at.
static bool asend_begin(AvmThread *t, Step *s) {
    if (s->state == STEP_CLOSED)
        return fail(t, s, "cannot reuse already awaited __anext__()/asend()") != AVM_SENT_FAIL;
    if (s->state == STEP_RUNNING) return true;
    if (s->gen->async_running)
        return fail(t, s, "anext(): asynchronous generator is already running") != AVM_SENT_FAIL;
    s->state = STEP_RUNNING;
    s->gen->async_running = true;
    return true;
}

static AvmSent asend_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    Step *s = step_of(v);
    return asend_begin(t, s) ? unwrap(t, s, avm_gen_throw(t, s->gen, exc, out), out) : AVM_SENT_FAIL;
}

// --- athrow and aclose

static AvmSent athrow_first(AvmThread *t, Step *s, AvmValue value, AvmValue *out) {
    bool close = !s->value;
    if (s->gen->async_running)
        return fail(t, s, close ? "aclose(): asynchronous generator is already running"
                                : "athrow(): asynchronous generator is already running");
    if (s->gen->async_closed) {
        s->state = STEP_CLOSED;
        avm_raise(t, AVM_EXC(t, StopAsyncIteration), NULL);
        return AVM_SENT_FAIL;
    }
    if (value != AVM_NONE) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "can't send non-None value to a just-started coroutine");
        return AVM_SENT_FAIL;
    }
    s->state = STEP_RUNNING;
    s->gen->async_running = true;
    if (close) s->gen->async_closed = true;
    AvmTuple *given = close ? NULL : (AvmTuple *)avm_obj(s->value);
    AvmValue exc = close ? avm_exc_new(t, AVM_EXC(t, GeneratorExit), NULL, 0)
                         : avm_throw_args(t, "athrow", given->items, given->len);
    if (given && (!given->len || given->len > 3)) return AVM_SENT_FAIL; // as in CPython it counts as begun
    AvmSent how = exc ? avm_gen_throw(t, s->gen, exc, out) : AVM_SENT_FAIL;
    avm_decref(t, exc);
    return close ? unwrap_close(t, s, how, out) : unwrap(t, s, how, out);
}

static AvmSent athrow_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    Step *s = step_of(v);
    if (s->state == STEP_CLOSED) return fail(t, s, "cannot reuse already awaited aclose()/athrow()");
    if (s->gen->state == AVM_GEN_DONE) {
        s->state = STEP_CLOSED;
        *out = AVM_NONE;
        return AVM_SENT_RETURN;
    }
    if (s->state == STEP_NEW) return athrow_first(t, s, value, out);
    AvmSent how = avm_gen_send(t, s->gen, value, out);
    return s->value ? unwrap(t, s, how, out) : unwrap_close(t, s, how, out);
}

static bool athrow_begin(AvmThread *t, Step *s) {
    if (s->state == STEP_CLOSED)
        return fail(t, s, "cannot reuse already awaited aclose()/athrow()") != AVM_SENT_FAIL;
    if (s->state == STEP_RUNNING) return true;
    if (s->gen->async_running)
        return fail(t, s,
                    s->value ? "athrow(): asynchronous generator is already running"
                             : "aclose(): asynchronous generator is already running") != AVM_SENT_FAIL;
    s->state = STEP_RUNNING;
    s->gen->async_running = true;
    return true;
}

static AvmSent athrow_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    Step *s = step_of(v);
    if (!athrow_begin(t, s)) return AVM_SENT_FAIL;
    AvmSent how = avm_gen_throw(t, s->gen, exc, out);
    return s->value ? unwrap(t, s, how, out) : unwrap_close(t, s, how, out);
}

// --- methods of the awaitables

static AvmValue self_iter(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}
static AvmValue step_next(AvmThread *t, AvmValue v) {
    AvmValue out = AVM_EMPTY;
    AvmSent how = avm_send(t, v, AVM_NONE, &out);
    if (how != AVM_SENT_RETURN) return how == AVM_SENT_YIELD ? out : AVM_FAIL;
    avm_replace(t, &t->stop_value, out);
    return AVM_DONE;
}
static AvmValue step_send(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue out = AVM_EMPTY;
    AvmSent how = avm_send(t, args[0], args[1], &out);
    return avm_sent_value(t, how, out);
}
static AvmValue step_throw(AvmThread *t, AvmValue *args, uint32_t n) {
    Step *s = step_of(args[0]);
    bool sends = s->h.type == AVM_T_ASYNCGEN_SEND;
    if (!(sends ? asend_begin(t, s) : athrow_begin(t, s))) return AVM_FAIL;
    AvmValue exc = avm_throw_warn(t, "throw", n - 1) ? avm_throw_args(t, "throw", args + 1, n - 1) : AVM_FAIL;
    AvmValue out = AVM_EMPTY;
    AvmSent how = exc ? avm_throw(t, args[0], exc, &out) : AVM_SENT_FAIL;
    if (!exc) how = sends || s->value ? unwrap(t, s, how, &out) : unwrap_close(t, s, how, &out);
    avm_decref(t, exc);
    return avm_sent_value(t, how, out);
}
static AvmValue step_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Step *s = step_of(args[0]);
    if (s->state == STEP_CLOSED) return AVM_NONE;
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, GeneratorExit), NULL, 0), out = AVM_EMPTY;
    if (!exc) return AVM_FAIL;
    AvmSent how = avm_throw(t, args[0], exc, &out);
    avm_decref(t, exc);
    if (how == AVM_SENT_FAIL)
        return avm_exc_swallow(t, AVM_EXC(t, StopIteration)) || avm_exc_swallow(t, AVM_EXC(t, StopAsyncIteration)) ||
                       avm_exc_swallow(t, AVM_EXC(t, GeneratorExit))
                   ? AVM_NONE
                   : AVM_FAIL;
    avm_decref(t, out);
    if (how == AVM_SENT_YIELD) return avm_raise(t, AVM_EXC(t, RuntimeError), "coroutine ignored GeneratorExit");
    return AVM_NONE;
}
// "coroutine method 'asend' of 'f' was never awaited"
static void step_finalize(AvmThread *t, AvmValue v) {
    Step *s = step_of(v);
    if (s->state != STEP_NEW) return;
    const char *what = s->h.type == AVM_T_ASYNCGEN_SEND ? "asend" : s->value ? "athrow" : "aclose";
    avm_warn(t, AVM_EXC(t, RuntimeWarning), 1 | AVM_WARN_OBJECT,
             "coroutine method '%s' of '%V' was never awaited", what, avm_gen_qualname(s->gen));
}

static const AvmNativeDef step_methods[] = {
    {"send", step_send, "send(arg, /)", NULL, AVM_DEF_METHOD},
    {"throw", step_throw, "throw(*args)", NULL, AVM_DEF_METHOD},
    {"close", step_close, "close()", NULL, AVM_DEF_METHOD},
    {0},
};
#define STEP_TYPE(var, type_name, type_id, sender, thrower)                                                        \
    const AvmTypeDef avm_##var##_def = {                                                                           \
        .name = type_name,                                                                                         \
        .id = type_id,                                                                                             \
        .size = sizeof(Step),                                                                                      \
        .flags = AVM_TYPE_NO_NEW,                                                                                  \
        .slots = {.finalize = step_finalize, .free = step_free, .traverse = step_traverse, .iter = self_iter,      \
                  .next = step_next, .await = self_iter, .send = sender, .throw = thrower},                        \
        .methods = step_methods,                                                                                   \
    }
STEP_TYPE(asyncgen_send, "async_generator_asend", AVM_T_ASYNCGEN_SEND, asend_send, asend_throw);
STEP_TYPE(asyncgen_throw, "async_generator_athrow", AVM_T_ASYNCGEN_THROW, athrow_send, athrow_throw);

static void value_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((AvmCell *)o)->value); }
static void value_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmCell *)o)->value, arg); }
const AvmTypeDef avm_asyncgen_value_def = {
    .name = "async_generator_wrapped_value",
    .id = AVM_T_ASYNCGEN_VALUE,
    .size = sizeof(AvmCell),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = value_free, .traverse = value_traverse},
};

// --- the generator

static AvmValue agen_anext(AvmThread *t, AvmValue v) { return new_step(t, gen_of(v), AVM_T_ASYNCGEN_SEND, AVM_NONE); }
static AvmValue agen_asend(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return new_step(t, gen_of(args[0]), AVM_T_ASYNCGEN_SEND, args[1]);
}
static AvmValue agen_athrow(AvmThread *t, AvmValue *args, uint32_t n) {
    // How many there are is looked at later, too.
    bool warned = avm_throw_warn(t, "athrow", n > 4 ? 3 : n - 1);
    AvmTuple *given = warned ? avm_tuple_from(t, args + 1, n - 1) : NULL;
    AvmValue r = given ? new_step(t, gen_of(args[0]), AVM_T_ASYNCGEN_THROW, avm_value(given)) : AVM_FAIL;
    avm_drop(t, given);
    return r;
}
static AvmValue agen_aclose(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return new_step(t, gen_of(args[0]), AVM_T_ASYNCGEN_THROW, AVM_EMPTY);
}
static void agen_finalize(AvmThread *t, AvmValue v) {
    AvmGen *g = gen_of(v);
    if (g->state == AVM_GEN_DONE || avm_gen_is_running(g)) return;
    if (g->hooked == AVM_GEN_HOOKED && !g->async_closed && avm_async_gen_drop(t, g)) return;
    if (g->state != AVM_GEN_CREATED) avm_gen_close(t, g);
    if (t->exc) avm_exc_unraisable(t, NULL, v);
}
static AvmValue agen_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<async_generator object %V at %p>", avm_gen_qualname(gen_of(v)), (void *)avm_obj(v)));
}
static const AvmNativeDef agen_methods[] = {
    AVM_CLASS_GETITEM_ROW,
    {"asend", agen_asend, "asend(value, /)", "Send a value into the generator.", AVM_DEF_METHOD},
    {"athrow", agen_athrow, "athrow(*args)", "Raise an exception in the generator.", AVM_DEF_METHOD},
    {"aclose", agen_aclose, "aclose()", "Raise GeneratorExit inside the generator.", AVM_DEF_METHOD},
    {0},
};
const AvmTypeDef avm_asyncgen_def = {
    .name = "async_generator",
    .id = AVM_T_ASYNCGEN,
    .size = sizeof(AvmGen),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_VARSIZE,
    .slots = {.finalize = agen_finalize, .free = avm_gen_free, .traverse = avm_gen_traverse, .clear = avm_gen_clear,
              .repr = agen_repr, .aiter = self_iter, .anext = agen_anext},
    .methods = agen_methods,
    .getsets = avm_asyncgen_getsets,
};

// --- anext(iterator, default)

typedef struct AnextDefault {
    AvmObj h;
    AvmValue wrapped, value; // what the iterator's __anext__ returned; the default
} AnextDefault;

// What drives it: asked for anew at each step, and not before the first one. A coroutine is its own, also when it is suspended.
static AvmValue anext_inner(AvmThread *t, AvmValue v) {
    AvmValue wrapped = ((AnextDefault *)avm_obj(v))->wrapped;
    bool coroutine = avm_is(wrapped, AVM_T_COROUTINE) || avm_is(wrapped, AVM_T_NATIVE_COROUTINE);
    return coroutine ? avm_incref(wrapped) : avm_get_awaitable(t, wrapped, 0);
}
static AvmSent anext_result(AvmThread *t, AvmValue v, AvmSent how, AvmValue *out) {
    if (how != AVM_SENT_FAIL || !avm_exc_swallow(t, AVM_EXC(t, StopAsyncIteration))) return how;
    *out = avm_incref(((AnextDefault *)avm_obj(v))->value);
    return AVM_SENT_RETURN;
}
static AvmSent anext_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    AvmValue inner = anext_inner(t, v);
    AvmSent how = inner ? avm_send(t, inner, value, out) : AVM_SENT_FAIL;
    avm_decref(t, inner);
    return anext_result(t, v, how, out);
}
static AvmSent anext_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    AvmValue inner = anext_inner(t, v);
    AvmSent how = inner ? avm_throw(t, inner, exc, out) : AVM_SENT_FAIL;
    avm_decref(t, inner);
    return anext_result(t, v, how, out);
}
static AvmValue anext_method(AvmThread *t, AvmStr *name, AvmValue *args, uint32_t n) {
    AvmValue inner = anext_inner(t, args[0]), out = AVM_EMPTY;
    uint32_t given = 0;
    while (given < n - 1 && args[given + 1]) given++;
    if (inner) out = avm_call_method(t, inner, name, args + 1, given);
    avm_decref(t, inner);
    if (out) return out;
    AvmSent how = anext_result(t, args[0], AVM_SENT_FAIL, &out);
    return avm_sent_value(t, how, out);
}
static AvmValue anext_method_send(AvmThread *t, AvmValue *args, uint32_t n) {
    return anext_method(t, AVM_NAME(t, send), args, n);
}
static AvmValue anext_method_throw(AvmThread *t, AvmValue *args, uint32_t n) {
    return anext_method(t, AVM_NAME(t, throw), args, n);
}
static AvmValue anext_method_close(AvmThread *t, AvmValue *args, uint32_t n) {
    return anext_method(t, AVM_NAME(t, close), args, n);
}
static void anext_free(AvmThread *t, AvmObj *o) {
    avm_decref(t, ((AnextDefault *)o)->wrapped);
    avm_decref(t, ((AnextDefault *)o)->value);
}
static void anext_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    visit(((AnextDefault *)o)->wrapped, arg);
    visit(((AnextDefault *)o)->value, arg);
}
static const AvmNativeDef anext_methods[] = {
    {"send", anext_method_send, "send(arg, /)", NULL, AVM_DEF_METHOD},
    {"throw", anext_method_throw, "throw(*args)", NULL, AVM_DEF_METHOD},
    {"close", anext_method_close, "close()", NULL, AVM_DEF_METHOD},
    {0},
};
const AvmTypeDef avm_anext_def = {
    .name = "anext_awaitable",
    .id = AVM_T_ANEXT,
    .size = sizeof(AnextDefault),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = anext_free,
              .traverse = anext_traverse,
              .iter = self_iter,
              .next = step_next,
              .await = self_iter,
              .send = anext_send,
              .throw = anext_throw},
    .methods = anext_methods,
};

static AvmValue builtin_anext(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = avm_type_of(t, args[0]);
    if (!type->s.anext) return avm_raise_type(t, "'%T' object is not an async iterator", args[0]);
    AvmValue next = type->s.anext(t, args[0]);
    if (!next || !args[1]) return next;
    AnextDefault *a = avm_object_new_id(t, AVM_T_ANEXT, sizeof *a);
    if (!a) {
        avm_decref(t, next);
        return AVM_FAIL;
    }
    a->wrapped = next;
    a->value = avm_incref(args[1]);
    return avm_value(a);
}
static AvmValue builtin_aiter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = avm_type_of(t, args[0]);
    if (!type->s.aiter) return avm_raise_type(t, "'%T' object is not an async iterable", args[0]);
    AvmValue it = type->s.aiter(t, args[0]);
    if (it && !avm_type_of(t, it)->s.anext) {
        avm_raise_type(t, "aiter() returned not an async iterator of type '%T'", it);
        avm_decref(t, it);
        return AVM_FAIL;
    }
    return it;
}
const AvmNativeDef avm_async_builtins[] = {
    {"anext", builtin_anext, "anext(async_iterator, default=<unrepresentable>, /)", "Return the next item from the async iterator.", AVM_DEF_METHOD},
    {"aiter", builtin_aiter, "aiter(async_iterable, /)", "Return an AsyncIterator for an AsyncIterable object.", AVM_DEF_METHOD},
    {0},
};
