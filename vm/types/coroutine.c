// What scripts see of coroutines, those of `async def` and native ones alike.
#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/coro.h"
#include "vm/error.h"
#include "vm/traceback.h"
#include "vm/types/gens.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

static bool is_native(AvmValue v) { return avm_obj(v)->type == AVM_T_NATIVE_COROUTINE; }
static AvmCoro *native(AvmValue v) { return (AvmCoro *)avm_obj(v); }
static AvmGen *gen_of(AvmValue v) { return (AvmGen *)avm_obj(v); }

static AvmValue coro_send(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue out = AVM_EMPTY;
    AvmSent how = is_native(args[0]) ? avm_coro_send(t, native(args[0]), args[1], true, &out)
                                     : avm_gen_send(t, gen_of(args[0]), args[1], &out);
    return avm_sent_value(t, how, out);
}

static AvmValue coro_throw(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!avm_throw_warn(t, "throw", n - 1)) return AVM_FAIL;
    AvmValue exc = avm_throw_args(t, "throw", args + 1, n - 1), out = AVM_EMPTY;
    if (!exc) return AVM_FAIL;
    AvmSent how = is_native(args[0]) ? avm_coro_throw(t, native(args[0]), exc, &out)
                                     : avm_gen_throw(t, gen_of(args[0]), exc, &out);
    avm_decref(t, exc);
    return avm_sent_value(t, how, out);
}

static AvmValue coro_close(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!is_native(args[0])) return avm_gen_method_close(t, args, n);
    return avm_coro_close(t, native(args[0])) ? AVM_NONE : AVM_FAIL;
}

const AvmNativeDef avm_coroutine_methods[] = {
    {"send", coro_send, "send(arg, /)", "Resume with a value.", AVM_DEF_METHOD},
    {"throw", coro_throw, "throw(*args)", "Raise an exception inside.", AVM_DEF_METHOD},
    {"close", coro_close, "close()", "Raise GeneratorExit inside.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};

AvmValue avm_coroutine_repr(AvmThread *t, AvmValue v) {
    if (!is_native(v)) return avm_gen_repr(t, v);
    AvmValue name = avm_func_qualname(avm_coro_func(t, native(v)));
    return avm_value(avm_str_format(t, "<coroutine object %V at %p>", name, (void *)avm_obj(v)));
}

// --- attributes

static AvmValue get_name(AvmThread *t, AvmValue v) {
    return is_native(v) ? avm_incref(avm_func_name(avm_coro_func(t, native(v)))) : avm_gen_get_name(t, v);
}
static AvmValue get_qualname(AvmThread *t, AvmValue v) {
    return is_native(v) ? avm_incref(avm_func_qualname(avm_coro_func(t, native(v)))) : avm_gen_get_qualname(t, v);
}
static bool refuse_name(AvmThread *t, AvmValue v) {
    AvmValue name = avm_func_qualname(avm_coro_func(t, native(v)));
    avm_raise(t, AVM_EXC(t, AttributeError), "the name of the native coroutine '%V' can't be changed", name);
    return false;
}
static bool set_name(AvmThread *t, AvmValue v, AvmValue x) {
    return is_native(v) ? refuse_name(t, v) : avm_gen_set_name(t, v, x);
}
static bool set_qualname(AvmThread *t, AvmValue v, AvmValue x) {
    return is_native(v) ? refuse_name(t, v) : avm_gen_set_qualname(t, v, x);
}
static AvmValue get_running(AvmThread *t, AvmValue v) {
    if (!is_native(v)) return avm_gen_get_running(t, v);
    return avm_bool(avm_coro_state(native(v)) == AVM_CORO_RUNNING);
}
static AvmValue get_suspended(AvmThread *t, AvmValue v) {
    return is_native(v) ? avm_bool(avm_coro_is_suspended(native(v))) : avm_gen_get_suspended(t, v);
}
static AvmValue get_await(AvmThread *t, AvmValue v) {
    if (!is_native(v)) return avm_gen_get_await(t, v);
    AvmCoro *c = native(v);
    if (avm_coro_state(c) == AVM_CORO_WAITING) return avm_future_iter(t, c->waiting);
    if (avm_coro_state(c) != AVM_CORO_TIMER) return AVM_NONE;
    // A sleep() without a future: scripts that look get one that tells the same.
    AvmFuture *f = avm_future_new(t, ((AvmTask *)avm_obj(c->self))->f.loop);
    AvmValue it = f ? avm_future_iter(t, avm_value(f)) : AVM_FAIL;
    avm_drop(t, f);
    return it;
}
static AvmValue get_code(AvmThread *t, AvmValue v) {
    return is_native(v) ? avm_value(avm_retain(avm_coro_func(t, native(v))->code)) : avm_gen_get_code(t, v);
}
// A frame as its script would have, which stands at its first line, with the arguments that the coroutine still has.
static AvmValue native_frame(AvmThread *t, AvmCoro *c) {
    AvmCoroState state = avm_coro_state(c);
    if (state == AVM_CORO_ENDED) return AVM_NONE;
    AvmFunc *f = avm_coro_func(t, c);
    AvmFrameObj *o = avm_frame_object_for(t, f);
    bool has_arguments = state == AVM_CORO_CREATED || avm_coro_kind_id(c) != AVM_CORO_SLEEP;
    AvmValue given[] = {c->self, c->item};
    for (uint32_t i = 0; o && has_arguments && i < 2 && i < f->code->unit->nparams; i++) o->regs[i] = avm_incref(given[i]);
    return avm_value(o);
}

static AvmValue get_frame(AvmThread *t, AvmValue v) {
    return is_native(v) ? native_frame(t, native(v)) : avm_gen_get_frame(t, v);
}
static AvmValue get_origin(AvmThread *t, AvmValue v) {
    if (!is_native(v)) return avm_gen_get_origin(t, v);
    AvmCoro *c = native(v);
    return avm_coro_state(c) == AVM_CORO_CREATED && c->waiting ? avm_incref(c->waiting) : AVM_NONE;
}

const AvmGetSetDef avm_coroutine_getsets[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"cr_running", get_running, NULL, NULL},
    {"cr_suspended", get_suspended, NULL, NULL},
    {"cr_await", get_await, NULL, NULL},
    {"cr_code", get_code, NULL, NULL},
    {"cr_frame", get_frame, NULL, NULL},
    {"cr_origin", get_origin, avm_readonly, NULL},
    {0},
};
