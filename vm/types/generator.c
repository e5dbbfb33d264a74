// Generators as scripts see them, the life of coroutines, and coroutine_wrapper. What scripts see of coroutines is in
// coroutine.c.
#include "vm/async/async.h"
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/coro.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/hints.h"
#include "vm/traceback.h"
#include "vm/types/func.h"
#include "vm/types/gens.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"
#include "vm/warnings.h"

static AvmGen *gen_of(AvmValue v) { return (AvmGen *)avm_obj(v); }

// --- life

void avm_gen_free(AvmThread *t, AvmObj *o) {
    AvmGen *g = (AvmGen *)o;
    // A linked child may outlive its awaiter: it is then a root of its own.
    AvmGen *child = avm_gen_child(g);
    if (child) {
        child->awaiter = NULL;
        child->leaf = NULL;
    }
    if (g->state != AVM_GEN_DONE) avm_gen_finish(t, g);
    avm_drop(t, g->frame.func);
    if (g->extra) {
        avm_decref(t, g->extra->name);
        avm_decref(t, g->extra->qualname);
        avm_decref(t, g->extra->origin);
        avm_decref(t, g->extra->finalizer);
        avm_release(&t->vm->alloc, g->extra, sizeof *g->extra);
    }
}

void avm_gen_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmGen *g = (AvmGen *)o;
    visit(avm_value(g->frame.func), arg);
    if (g->extra) {
        visit(g->extra->origin, arg);
        visit(g->extra->finalizer, arg);
    }
    for (uint32_t i = 0, n = g->state != AVM_GEN_DONE ? g->frame.func->code->nregs : 0; i < n; i++)
        visit(g->regs[i], arg);
}

void avm_gen_clear(AvmThread *t, AvmObj *o) {
    AvmGen *g = (AvmGen *)o;
    if (avm_gen_is_running(g)) return;
    AvmGen *child = avm_gen_child(g);
    if (child) {
        child->awaiter = NULL;
        child->leaf = NULL;
    }
    if (g->state != AVM_GEN_DONE) avm_gen_finish(t, g);
}

AvmValue avm_gen_qualname(AvmGen *g) {
    return g->extra && g->extra->qualname ? g->extra->qualname : avm_func_qualname(g->frame.func);
}

// Where a coroutine was made, as its warning shows it.
static void add_origin(AvmThread *t, AvmTuple *origin, AvmBuf *out) {
    avm_buf_text(out, "\nCoroutine created at (most recent call last)");
    for (uint32_t i = origin->len; i-- > 0;) {
        AvmTuple *entry = (AvmTuple *)avm_obj(origin->items[i]);
        AvmStr *file = (AvmStr *)avm_obj(entry->items[0]), *name = (AvmStr *)avm_obj(entry->items[2]);
        uint32_t number = (uint32_t)avm_inline_int(entry->items[1]);
        AvmUnit unit = {.file = {file->data, file->len}};
        AvmBuf line;
        avm_buf_init(&line, &t->vm->alloc);
        avm_buf_printf(out, "\n  File \"%.*s\", line %u, in %.*s", (int)file->len, file->data, (unsigned)number,
                       (int)name->len, name->data);
        if (avm_source_line(t, &unit, number, &line)) {
            size_t from = 0;
            while (from < line.len && (line.data[from] == ' ' || line.data[from] == '\t')) from++;
            avm_buf_printf(out, "\n    %.*s", (int)(line.len - from), line.data + from);
        }
        avm_buf_free(&line);
    }
}

void avm_gen_warn_unawaited(AvmThread *t, AvmValue qualname, AvmValue origin, uint32_t site) {
    AvmBuf text;
    avm_buf_init(&text, &t->vm->alloc);
    if (origin) add_origin(t, (AvmTuple *)avm_obj(origin), &text);
    avm_warn(t, AVM_EXC(t, RuntimeWarning), 1 | AVM_WARN_OBJECT, "coroutine '%V' was never awaited%s",
             qualname, text.len ? avm_buf_str(&text) : "");
    avm_buf_free(&text);
    AvmStr *name = avm_as_str(t, qualname);
    if (t->vm->hints && name) avm_hint(t, AVM_HINT_NEVER_AWAITED, name->data, site);
}

// A coroutine that has not begun is reported.
static bool warns(AvmThread *t, AvmGen *g) {
    if (g->h.type != AVM_T_COROUTINE || g->state != AVM_GEN_CREATED || g->awaiter) return false;
    avm_gen_warn_unawaited(t, avm_gen_qualname(g), g->extra ? g->extra->origin : AVM_EMPTY, g->site);
    return true;
}

bool avm_gen_give_up(AvmThread *t, AvmGen *g) {
    avm_retain(g);
    if (warns(t, g) && t->exc) avm_exc_unraisable(t, NULL, avm_value(g));
    bool ok = avm_gen_close(t, g);
    avm_drop(t, g);
    return ok;
}

static void gen_finalize(AvmThread *t, AvmValue v) {
    AvmGen *g = gen_of(v);
    if (g->state == AVM_GEN_DONE) return;
    if (!warns(t, g) && g->state != AVM_GEN_CREATED && !avm_gen_is_running(g)) avm_gen_close(t, g);
    if (t->exc) avm_exc_unraisable(t, NULL, v);
}

// --- resuming

static AvmSent gen_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    return avm_gen_send(t, gen_of(v), value, out);
}
static AvmSent gen_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    return avm_gen_throw(t, gen_of(v), exc, out);
}

AvmValue avm_sent_value(AvmThread *t, AvmSent how, AvmValue out) {
    if (how == AVM_SENT_FAIL) return AVM_FAIL;
    if (how == AVM_SENT_YIELD) return out;
    avm_raise_stop(t, out);
    avm_decref(t, out);
    return AVM_FAIL;
}

static AvmValue gen_next(AvmThread *t, AvmValue v) {
    AvmValue out = AVM_EMPTY;
    AvmSent how = avm_gen_send(t, gen_of(v), AVM_NONE, &out);
    if (how == AVM_SENT_FAIL) return AVM_FAIL;
    if (how == AVM_SENT_YIELD) return out;
    avm_replace(t, &t->stop_value, out == AVM_NONE ? AVM_EMPTY : out);
    return AVM_DONE;
}

static AvmValue method_send(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue out = AVM_EMPTY;
    AvmSent how = avm_gen_send(t, gen_of(args[0]), args[1], &out);
    return avm_sent_value(t, how, out);
}

// What calling the class comes to; that fails inside the generator, too.
static AvmValue instantiate(AvmThread *t, AvmValue cls, AvmValue value) {
    AvmValue exc = avm_call(t, cls, &value, value ? 1 : 0);
    if (exc && !(avm_type_of(t, exc)->flags & AVM_TYPE_EXCEPTION)) {
        avm_raise_type(t, "calling %R should have returned an instance of BaseException, not %T", cls, exc);
        avm_decref(t, exc);
        exc = AVM_FAIL;
    }
    return exc ? exc : avm_exc_take(t);
}

bool avm_throw_warn(AvmThread *t, const char *method, uint32_t n) {
    return n < 2 || n > 3 ||
           avm_warn(
               t, AVM_EXC(t, DeprecationWarning), 1,
               "the (type, exc, tb) signature of %s() is deprecated, use the single-arg signature instead.",
               method);
}

AvmValue avm_throw_args(AvmThread *t, const char *method, const AvmValue *args, uint32_t n) {
    if (n < 1 || n > 3)
        return avm_raise_type(t, "%s expected at %s %u argument%s, got %u", method, n ? "most" : "least",
                              n ? 3 : 1, n ? "s" : "", n);
    AvmValue type = args[0], value = n > 1 && args[1] != AVM_NONE ? args[1] : AVM_EMPTY;
    AvmValue tb = n > 2 && args[2] != AVM_NONE ? args[2] : AVM_EMPTY;
    bool is_class =
        avm_is_sub(t, type, AVM_TYPE_SUB_TYPE) && ((AvmType *)avm_obj(type))->flags & AVM_TYPE_EXCEPTION;
    if (tb && !avm_is(tb, AVM_T_TRACEBACK)) return avm_raise_type(t, "throw() third argument must be a traceback object");
    AvmValue exc;
    if (is_class && value && avm_isinstance_exact(t, value, (AvmType *)avm_obj(type))) {
        exc = avm_incref(value);
    } else if (is_class) {
        exc = instantiate(t, type, value);
    } else if (avm_is_obj(type) && avm_type_of(t, type)->flags & AVM_TYPE_EXCEPTION) {
        if (value) return avm_raise_type(t, "instance exception may not have a separate value");
        exc = avm_incref(type);
    } else {
        return avm_raise_type(t, "exceptions must be classes or instances deriving from BaseException, not %T", type);
    }
    if (tb) avm_replace(t, &((AvmExc *)avm_obj(exc))->traceback, avm_incref(tb));
    return exc;
}

static AvmValue method_throw(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!avm_throw_warn(t, "throw", n - 1)) return AVM_FAIL;
    AvmValue exc = avm_throw_args(t, "throw", args + 1, n - 1), out = AVM_EMPTY;
    if (!exc) return AVM_FAIL;
    AvmSent how = avm_gen_throw(t, gen_of(args[0]), exc, &out);
    avm_decref(t, exc);
    return avm_sent_value(t, how, out);
}

AvmValue avm_gen_method_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_replace(t, &t->stop_value, AVM_EMPTY);
    if (!avm_gen_close(t, gen_of(args[0]))) return AVM_FAIL;
    AvmValue v = t->stop_value ? t->stop_value : AVM_NONE;
    t->stop_value = AVM_EMPTY;
    return v;
}

static AvmValue self_iter(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

// --- coroutine_wrapper: what coroutine.__await__() returns

static AvmValue coro_await(AvmThread *t, AvmValue v) {
    AvmCell *w = avm_object_new_id(t, AVM_T_CORO_WRAPPER, sizeof *w);
    if (w) w->value = avm_incref(v);
    return avm_value(w);
}
static AvmValue wrapped(AvmValue v) { return ((AvmCell *)avm_obj(v))->value; }
static void wrapper_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((AvmCell *)o)->value); }
static void wrapper_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmCell *)o)->value, arg); }
// What it wraps may be a native coroutine: only slots and methods are used.
static AvmSent wrapper_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    return avm_send(t, wrapped(v), value, out);
}
static AvmSent wrapper_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    return avm_throw(t, wrapped(v), exc, out);
}
static AvmValue wrapper_next(AvmThread *t, AvmValue v) {
    AvmValue out = AVM_EMPTY;
    AvmSent how = avm_send(t, wrapped(v), AVM_NONE, &out);
    if (how == AVM_SENT_FAIL) return AVM_FAIL;
    if (how == AVM_SENT_YIELD) return out;
    avm_replace(t, &t->stop_value, out == AVM_NONE ? AVM_EMPTY : out);
    return AVM_DONE;
}
static AvmValue wrapper_method_send(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_call_method(t, wrapped(args[0]), AVM_NAME(t, send), args + 1, 1);
}
static AvmValue wrapper_method_throw(AvmThread *t, AvmValue *args, uint32_t n) {
    return avm_call_method(t, wrapped(args[0]), AVM_NAME(t, throw), args + 1, n - 1);
}
static AvmValue wrapper_method_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_call_method(t, wrapped(args[0]), AVM_NAME(t, close), NULL, 0);
}

// --- attributes

AvmValue avm_gen_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<%T object %V at %p>", v, avm_gen_qualname(gen_of(v)), (void *)avm_obj(v)));
}
AvmValue avm_gen_get_name(AvmThread *t, AvmValue v) {
    (void)t;
    AvmGen *g = gen_of(v);
    return avm_incref(g->extra && g->extra->name ? g->extra->name : avm_func_name(g->frame.func));
}
AvmValue avm_gen_get_qualname(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_gen_qualname(gen_of(v)));
}
AvmGenExtra *avm_gen_extra(AvmThread *t, AvmGen *g) {
    if (!g->extra && !(g->extra = avm_alloc_zero(&t->vm->alloc, sizeof *g->extra))) avm_raise_memory(t);
    return g->extra;
}

static bool set_text(AvmThread *t, AvmValue v, size_t field, AvmValue x, const char *what) {
    if (!x || !avm_as_str(t, x)) return avm_raise_type(t, "%s must be set to a string object", what);
    AvmGen *g = gen_of(v);
    if (!avm_gen_extra(t, g)) return false;
    avm_replace(t, (AvmValue *)((char *)g->extra + field), avm_incref(x));
    return true;
}
bool avm_gen_set_name(AvmThread *t, AvmValue v, AvmValue x) {
    return set_text(t, v, offsetof(AvmGenExtra, name), x, "__name__");
}
bool avm_gen_set_qualname(AvmThread *t, AvmValue v, AvmValue x) {
    return set_text(t, v, offsetof(AvmGenExtra, qualname), x, "__qualname__");
}
AvmValue avm_gen_get_running(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(avm_gen_is_running(gen_of(v)));
}
AvmValue avm_gen_get_suspended(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(gen_of(v)->state == AVM_GEN_SUSPENDED && !avm_gen_is_running(gen_of(v)));
}
AvmValue avm_gen_get_await(AvmThread *t, AvmValue v) {
    AvmGen *g = gen_of(v);
    AvmValue *slot = avm_gen_is_running(g) ? NULL : avm_gen_delegated(g);
    if (!slot) return AVM_NONE;
    if (avm_is_future(t, *slot)) return avm_future_iter(t, *slot);
    return avm_coro_own(t, slot) ? avm_incref(*slot) : AVM_FAIL;
}
AvmValue avm_gen_get_code(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(gen_of(v)->frame.func->code));
}
AvmValue avm_gen_get_frame(AvmThread *t, AvmValue v) {
    AvmGen *g = gen_of(v);
    if (g->state == AVM_GEN_DONE) return AVM_NONE;
    return avm_value(avm_frame_object(t, &g->frame));
}
AvmValue avm_gen_get_origin(AvmThread *t, AvmValue v) {
    (void)t;
    AvmGenExtra *x = gen_of(v)->extra;
    return x && x->origin ? avm_incref(x->origin) : AVM_NONE;
}

static const AvmGetSetDef generator_getsets[] = {
    {"__name__", avm_gen_get_name, avm_gen_set_name, NULL},       {"__qualname__", avm_gen_get_qualname, avm_gen_set_qualname, NULL},
    {"gi_running", avm_gen_get_running, NULL, NULL},      {"gi_suspended", avm_gen_get_suspended, NULL, NULL},
    {"gi_yieldfrom", avm_gen_get_await, NULL, NULL},      {"gi_code", avm_gen_get_code, NULL, NULL},
    {"gi_frame", avm_gen_get_frame, NULL, NULL},          {0},
};
const AvmGetSetDef avm_asyncgen_getsets[] = {
    {"__name__", avm_gen_get_name, avm_gen_set_name, NULL},
    {"__qualname__", avm_gen_get_qualname, avm_gen_set_qualname, NULL},
    {"ag_suspended", avm_gen_get_suspended, NULL, NULL},
    {"ag_await", avm_gen_get_await, NULL, NULL},
    {"ag_code", avm_gen_get_code, NULL, NULL},
    {"ag_frame", avm_gen_get_frame, NULL, NULL},
    {"ag_running", avm_asyncgen_running, avm_readonly, NULL},
    {0},
};

#define RESUMING                                                                                             \
    {"send", method_send, "send(arg, /)", "Resume with a value.", AVM_DEF_METHOD},                           \
        {"throw", method_throw, "throw(*args)", "Raise an exception inside.", AVM_DEF_METHOD}, {             \
        "close", avm_gen_method_close, "close()", "Raise GeneratorExit inside.", AVM_DEF_METHOD              \
    }
static const AvmNativeDef generator_methods[] = {RESUMING, AVM_CLASS_GETITEM_ROW, {0}};

const AvmTypeDef avm_generator_def = {
    .name = "generator",
    .id = AVM_T_GENERATOR,
    .size = sizeof(AvmGen),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_VARSIZE,
    .slots = {.finalize = gen_finalize, .free = avm_gen_free, .traverse = avm_gen_traverse, .clear = avm_gen_clear,
              .repr = avm_gen_repr, .iter = self_iter, .next = gen_next, .send = gen_send, .throw = gen_throw},
    .methods = generator_methods,
    .getsets = generator_getsets,
};
const AvmTypeDef avm_coroutine_def = {
    .name = "coroutine",
    .id = AVM_T_COROUTINE,
    .size = sizeof(AvmGen),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_VARSIZE,
    .slots = {.finalize = gen_finalize, .free = avm_gen_free, .traverse = avm_gen_traverse, .clear = avm_gen_clear,
              .repr = avm_coroutine_repr, .await = coro_await, .send = gen_send, .throw = gen_throw},
    .methods = avm_coroutine_methods,
    .getsets = avm_coroutine_getsets,
};

static const AvmNativeDef wrapper_methods[] = {
    {"send", wrapper_method_send, "send(arg, /)", "Resume with a value.", AVM_DEF_METHOD},
    {"throw", wrapper_method_throw, "throw(*args)", "Raise an exception inside.", AVM_DEF_METHOD},
    {"close", wrapper_method_close, "close()", "Raise GeneratorExit inside.", AVM_DEF_METHOD},
    {0},
};
const AvmTypeDef avm_coro_wrapper_def = {
    .name = "coroutine_wrapper",
    .id = AVM_T_CORO_WRAPPER,
    .size = sizeof(AvmCell),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = wrapper_free, .traverse = wrapper_traverse, .iter = self_iter, .next = wrapper_next,
              .send = wrapper_send, .throw = wrapper_throw},
    .methods = wrapper_methods,
};

// --- an await that is over

AvmFinished *avm_finished_new(AvmThread *t, AvmValue result) {
    AvmFinished *f = avm_object_new_id(t, AVM_T_FINISHED, sizeof *f);
    if (f) f->result = avm_incref(result);
    return f;
}
static AvmSent finished_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    (void)t, (void)value;
    *out = avm_incref(((AvmFinished *)avm_obj(v))->result);
    return AVM_SENT_RETURN;
}
static void finished_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((AvmFinished *)o)->result); }
const AvmTypeDef avm_finished_def = {
    .name = "finished", .id = AVM_T_FINISHED, .size = sizeof(AvmFinished), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = finished_free, .send = finished_send}};
