// What all native coroutines have in common: states, resuming, throwing, closing. What scripts see of them is in
// vm/types/coroutine.c, what they do in the files of their kinds.
#include "vm/coro.h"

#include "vm/async/async.h"
#include "vm/heap.h"
#include "vm/hints.h"
#include "vm/warnings.h"

const AvmCoroKind *avm_coro_kind(AvmThread *t, const AvmCoro *c) {
    return t->vm->async->coros[avm_coro_kind_id(c)].kind;
}

AvmFunc *avm_coro_func(AvmThread *t, const AvmCoro *c) { return t->vm->async->coros[avm_coro_kind_id(c)].func; }

void avm_coro_register(AvmThread *t, AvmCoroKindId id, const AvmCoroKind *kind) { t->vm->async->coros[id].kind = kind; }

static AvmCoro *new_coro(AvmThread *t, AvmCoroKindId id, AvmCoroState state) {
    AvmCoro *c = avm_object_new_id(t, AVM_T_NATIVE_COROUTINE, sizeof *c);
    if (c) c->h.flags |= (uint16_t)(id << 3 | state);
    return c;
}

bool avm_coro_own(AvmThread *t, AvmValue *slot) {
    if (!t->vm->bare_sleep || *slot != avm_value(t->vm->bare_sleep)) return true;
    AvmCoro *c = new_coro(t, AVM_CORO_SLEEP, AVM_CORO_BARE);
    if (!c) return false;
    c->item = AVM_NONE;
    avm_replace(t, slot, avm_value(c));
    return true;
}

void avm_coro_bind(AvmThread *t, AvmFunc *f) {
    for (uint16_t id = AVM_CORO_KINDS - 1; id > AVM_CORO_NONE; id--) { // the first of a name is asked to choose
        const AvmCoroKind *kind = t->vm->async->coros[id].kind;
        if (!kind || !avm_code_is(f->code, kind->qualname)) continue;
        f->code->coro_kind = id;
        avm_replace(t, (AvmValue *)&t->vm->async->coros[id].func, avm_value(avm_retain(f)));
        if (id == AVM_CORO_SLEEP && !t->vm->bare_sleep) t->vm->bare_sleep = new_coro(t, id, AVM_CORO_SHARED);
        avm_exc_clear(t); // without memory each sleep(0) has its own
    }
}

AvmCoro *avm_coro_call(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t nargs) {
    uint32_t n = f->code->call_args;
    AvmTuple *defaults = (AvmTuple *)avm_obj(f->defaults);
    if (nargs == 0 || nargs > n || (nargs < n && !(nargs == 1 && defaults && defaults->len == n - 1))) return NULL;
    AvmCoroKindId id = (AvmCoroKindId)f->code->coro_kind;
    const AvmCoroKind *kind = t->vm->async->coros[id].kind;
    if (kind->choose && (id = kind->choose(t, args[0])) == AVM_CORO_NONE) return NULL;
    AvmCoro *c = new_coro(t, id, AVM_CORO_CREATED);
    if (!c) return NULL;
    c->self = args[0];
    args[0] = AVM_EMPTY;
    if (nargs > 1) {
        c->item = args[1];
        args[1] = AVM_EMPTY;
        for (uint32_t i = 2; i < nargs; i++) avm_replace(t, &args[i], AVM_EMPTY);
    } else if (n > 1) {
        c->item = avm_incref(defaults->items[0]);
    }
    if (__builtin_expect(t->origin_depth != 0, 0)) c->waiting = avm_value(avm_gen_origin(t));
    return c;
}

// It is over: drops what it holds.
static void end(AvmThread *t, AvmCoro *c) {
    avm_coro_set_state(c, AVM_CORO_ENDED);
    avm_replace(t, &c->waiting, AVM_EMPTY);
    avm_replace(t, &c->self, AVM_EMPTY);
    avm_replace(t, &c->item, AVM_EMPTY);
}

static inline AvmSent settle(AvmThread *t, AvmCoro *c, AvmSent how) {
    if (how != AVM_SENT_YIELD) end(t, c);
    return how;
}

AvmSent avm_coro_wait(AvmThread *t, AvmCoro *c, AvmValue future, AvmValue *out) {
    avm_replace(t, &c->waiting, future);
    avm_coro_set_state(c, AVM_CORO_WAITING);
    return avm_future_send(t, future, AVM_NONE, out);
}

static AvmSent refuse(AvmThread *t, AvmCoro *c) {
    if (avm_coro_state(c) == AVM_CORO_RUNNING)
        avm_raise_value(t, "coroutine already executing");
    else
        avm_raise(t, AVM_EXC(t, RuntimeError), "cannot reuse already awaited coroutine");
    return AVM_SENT_FAIL;
}

static AvmSent go_on(AvmThread *t, AvmCoro *c, bool failed, AvmValue *out) {
    avm_coro_set_state(c, AVM_CORO_RUNNING);
    c->h.refs++; // script that runs meanwhile may drop it
    AvmValue came = failed ? avm_incref(t->exc) : AVM_EMPTY;
    AvmSent how = settle(t, c, avm_coro_kind(t, c)->go_on(t, c, failed, out));
    // What fails while it deals with an exception knows that one.
    if (how == AVM_SENT_FAIL && came && t->exc && t->exc != came) avm_exc_chain_to(t, t->exc, came);
    avm_decref(t, came);
    c->h.refs--;
    return how;
}

AvmSent avm_coro_send(AvmThread *t, AvmCoro *c, AvmValue value, bool by_hand, AvmValue *out) {
    switch (avm_coro_state(c)) {
    case AVM_CORO_CREATED: {
        if (value != AVM_NONE) {
            avm_raise_type(t, "can't send non-None value to a just-started coroutine");
            return AVM_SENT_FAIL;
        }
        avm_coro_set_state(c, AVM_CORO_RUNNING);
        avm_replace(t, &c->waiting, AVM_EMPTY);
        return settle(t, c, avm_coro_kind(t, c)->begin(t, c, by_hand, out));
    }
    case AVM_CORO_BARE:
    case AVM_CORO_SHARED: return avm_coro_step(t, c, out);
    case AVM_CORO_WAITING: {
        AvmSent how = avm_future_send(t, c->waiting, value, out);
        if (how == AVM_SENT_YIELD) return how;
        if (how == AVM_SENT_RETURN) avm_decref(t, *out);
        return go_on(t, c, how == AVM_SENT_FAIL, out);
    }
    case AVM_CORO_TIMER: return go_on(t, c, false, out);
    default: return refuse(t, c);
    }
}

AvmSent avm_coro_throw(AvmThread *t, AvmCoro *c, AvmValue exc, AvmValue *out) {
    AvmCoroState state = avm_coro_state(c);
    if (state == AVM_CORO_ENDED || state == AVM_CORO_RUNNING) return refuse(t, c);
    if (state == AVM_CORO_CREATED) end(t, c);
    avm_reraise(t, avm_incref(exc));
    return state == AVM_CORO_CREATED || state == AVM_CORO_SHARED ? AVM_SENT_FAIL : go_on(t, c, true, out);
}

bool avm_coro_close(AvmThread *t, AvmCoro *c) {
    if (avm_coro_state(c) == AVM_CORO_ENDED) return true;
    if (avm_coro_state(c) == AVM_CORO_CREATED) {
        end(t, c);
        return true;
    }
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, GeneratorExit), NULL, 0), out = AVM_EMPTY;
    if (!exc) return false;
    AvmSent how = avm_coro_throw(t, c, exc, &out);
    avm_decref(t, exc);
    if (how == AVM_SENT_FAIL) return avm_exc_swallow(t, AVM_EXC(t, GeneratorExit));
    avm_decref(t, out);
    if (how == AVM_SENT_YIELD) return avm_raise(t, AVM_EXC(t, RuntimeError), "coroutine ignored GeneratorExit");
    return true;
}

void avm_coro_free(AvmThread *t, AvmCoro *c) {
    if (avm_coro_state(c) != AVM_CORO_ENDED || c->h.flags & AVM_OBJ_WEAKREFS) {
        avm_object_free(t, &c->h);
        return;
    }
    if (t->gc_debt) t->gc_debt--;
    avm_heap_give(t->vm->heap, &c->h);
}

// --- the type, which calls itself its base: see AVM_TYPE_HIDDEN

static AvmCoro *of(AvmValue v) { return (AvmCoro *)avm_obj(v); }

static AvmSent coro_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    return avm_coro_send(t, of(v), value, false, out);
}
static AvmSent coro_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    return avm_coro_throw(t, of(v), exc, out);
}

static void coro_free(AvmThread *t, AvmObj *o) {
    AvmCoro *c = (AvmCoro *)o;
    if (avm_coro_state(c) == AVM_CORO_TIMER) c->self = AVM_EMPTY;
    end(t, c);
}

static void coro_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmCoro *c = (AvmCoro *)o;
    if (avm_coro_state(c) != AVM_CORO_TIMER) visit(c->self, arg);
    visit(c->item, arg);
    visit(c->waiting, arg);
}

static void coro_clear(AvmThread *t, AvmObj *o) {
    AvmCoro *c = (AvmCoro *)o;
    if (avm_coro_state(c) != AVM_CORO_RUNNING) coro_free(t, o);
}

static void coro_finalize(AvmThread *t, AvmValue v) {
    AvmCoro *c = of(v);
    switch (avm_coro_state(c)) {
    case AVM_CORO_CREATED: { // the commonest mistake of all: `asyncio.sleep(1)` without await
        AvmValue origin = avm_incref(c->waiting);
        end(t, c);
        avm_gen_warn_unawaited(t, avm_func_qualname(avm_coro_func(t, c)), origin, 0);
        avm_decref(t, origin);
        if (t->exc) avm_exc_unraisable(t, NULL, v);
        break;
    }
    case AVM_CORO_WAITING:
        if (!avm_coro_close(t, c)) avm_exc_unraisable(t, NULL, v);
        break;
    default: break;
    }
}

const AvmTypeDef avm_native_coroutine_def = {
    .name = "coroutine",
    .id = AVM_T_NATIVE_COROUTINE,
    .base = AVM_T_COROUTINE,
    .size = sizeof(AvmCoro),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE | AVM_TYPE_HIDDEN,
    .slots = {.free = coro_free,
              .finalize = coro_finalize,
              .traverse = coro_traverse,
              .clear = coro_clear,
              .send = coro_send,
              .throw = coro_throw},
};
