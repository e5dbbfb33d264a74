// Calls from C into script: frames, the entry to the interpreter, the avm_call family.
#include "vm/run.h"
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/coro.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/hints.h"
#include "vm/ops.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// --- frames of plain functions: a list that is walked up and down, so that a call allocates nothing

AvmFrame *avm_frame_next(AvmThread *t) {
    AvmFrame **link = t->frame ? &t->frame->next : &t->frames;
    if (*link) return *link;
    AvmFrame *f = avm_alloc_zero(&t->vm->alloc, sizeof *f);
    if (!f) avm_raise_memory(t);
    return *link = f;
}

void avm_frames_free(AvmThread *t) {
    for (AvmFrame *f = t->frames, *next; f; f = next) {
        next = f->next;
        avm_release(&t->vm->alloc, f, sizeof *f);
    }
    t->frames = NULL;
}

void avm_op_empty_far(AvmThread *t, AvmFrame *fr) {
    for (uint32_t r = 256; r < fr->func->code->nregs; r++) avm_replace(t, &fr->regs[r], AVM_EMPTY);
}

// The thread's first call: many VMs are made that never run anything.
static bool make_stack(AvmThread *t) {
    t->stack = avm_stack_reserve(t->stack_slots, &t->stack_slots);
    if (!t->stack) return avm_raise_memory(t);
    // The last slots are left free: calls put a few values above a frame's registers.
    t->stack_end = t->stack + t->stack_slots - 512;
    return true;
}

// NULL: MemoryError
static inline AvmValue *stack_top(AvmThread *t) {
    if (t->frame) return t->frame->top;
    return __builtin_expect(t->stack != NULL, 1) || make_stack(t) ? t->stack : NULL;
}

static bool too_deep(AvmThread *t) {
    avm_raise(t, AVM_EXC(t, RecursionError), "maximum recursion depth exceeded");
    return true;
}

// Empties the registers of a frame that never ran.
static void drop_registers(AvmThread *t, AvmValue *regs, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) avm_replace(t, &regs[i], AVM_EMPTY);
}

// Pushes a frame for f with its registers at nb, where its parameters stand already. NULL: exception, they
// are dropped.
__attribute__((always_inline)) static inline AvmFrame *push(AvmThread *t, AvmFunc *f, AvmValue *nb,
                                                            uint8_t returns) {
    AvmFrame *fr = t->frame ? t->frame->next : t->frames;
    if (__builtin_expect(!fr, 0)) fr = avm_frame_next(t);
    bool deep = t->depth >= t->depth_limit || nb + f->code->nregs > t->stack_end;
    if (__builtin_expect(!fr || deep, 0)) {
        if (fr) too_deep(t);
        drop_registers(t, nb, f->code->unit->nparams);
        return NULL;
    }
    avm_frame_begin(t, fr, f, nb, returns);
    return fr;
}

// Binds owned args into registers at nb. false: everything is dropped.
static bool bind_at(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t nargs, AvmTuple *kwnames, AvmValue *nb) {
    AvmCode *code = f->code;
    bool deep = nb + code->nregs > t->stack_end;
    if (deep || !avm_code_ready(t, code)) {
        if (deep) too_deep(t);
        drop_registers(t, args, nargs);
        return false;
    }
    if (!kwnames && nargs == code->call_args) {
        if (nargs) memcpy(nb, args, nargs * sizeof *nb);
        memset(args, 0, nargs * sizeof *args);
        return true;
    }
    memset(nb, 0, code->unit->nparams * sizeof *nb);
    return avm_bind(t, f, args, nargs, kwnames, nb);
}

// The object that a call of a generator function makes; its parameters are taken from regs.
static AvmValue make_generator(AvmThread *t, AvmFunc *f, AvmValue *regs) {
    AvmCoro *c = f->code->coro_kind ? avm_coro_call(t, f, regs, f->code->unit->nparams) : NULL;
    if (c || t->exc) return avm_value(c);
    AvmGen *g = avm_gen_new(t, f, regs);
    if (g && t->vm->hints && g->h.type == AVM_T_COROUTINE) g->site = avm_hints_site(t);
    return avm_value(g);
}

static AvmValue run_bound(AvmThread *t, AvmFunc *f, AvmValue *nb) {
    if (f->code->gen_type) return make_generator(t, f, nb);
    if (!avm_native_enter(t)) {
        drop_registers(t, nb, f->code->unit->nparams);
        return AVM_FAIL;
    }
    AvmValue out = AVM_FAIL;
    f->h.refs++;
    if (push(t, f, nb, AVM_RET_C)) avm_execute(t, AVM_EMPTY, &out);
    avm_drop(t, f);
    avm_native_leave(t);
    return out;
}

AvmValue avm_run_placed_slowly(AvmThread *t, AvmFunc *f, AvmValue *regs, uint32_t n) {
    return bind_at(t, f, regs, n, NULL, regs + n) ? run_bound(t, f, regs + n) : AVM_FAIL;
}

AvmValue avm_run_call(AvmThread *t, AvmFunc *f, const AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmValue *top = stack_top(t);
    if (__builtin_expect(!top, 0)) return AVM_FAIL;
    if (__builtin_expect(top + nargs > t->stack_end, 0)) {
        too_deep(t);
        return AVM_FAIL;
    }
    for (uint32_t i = 0; i < nargs; i++) top[i] = avm_incref(args[i]);
    if (__builtin_expect(!kwnames, 1)) return avm_run_placed(t, f, top, nargs);
    return bind_at(t, f, top, nargs, kwnames, top + nargs) ? run_bound(t, f, top + nargs) : AVM_FAIL;
}

bool avm_run_start(AvmThread *t, AvmFunc *f, AvmValue arg) {
    AvmValue *nb = stack_top(t);
    AvmTuple *none = NULL;
    if (!nb) return false;
    if (nb + 1 + f->code->nregs > t->stack_end) return too_deep(t), false;
    nb[0] = avm_incref(arg);
    return bind_at(t, f, nb, arg != AVM_EMPTY, none, nb + 1) && push(t, f, nb + 1, AVM_RET_C);
}

AvmSent avm_run_resume(AvmThread *t, AvmValue exc, AvmValue *out) {
    int32_t pause_depth = t->pause_depth;
    bool over = t->exhausted;
    if (over)
        avm_replace(t, &exc, avm_incref(t->vm->memory_error)); // any will do: nobody sees it
    else if (exc)
        avm_exc_chain(t, exc);
    t->native_depth++;
    t->pause_depth = over ? AVM_NO_PAUSE : t->native_depth;
    AvmSent how = avm_execute(t, exc, out);
    t->native_depth--;
    t->pause_depth = pause_depth;
    return how;
}

// --- the instruction CALL, when it is not the plain case

static AvmCalled value_or_fail(AvmThread *t, AvmValue *callee, AvmValue v) {
    if (!v) return AVM_CALLED_FAIL;
    avm_replace(t, callee, v);
    return AVM_CALLED_VALUE;
}

bool avm_op_has_defaults(const AvmFunc *f, uint32_t n) {
    uint32_t lacking = f->code->call_args - n;
    return f->code->call_args != AVM_CALL_BINDS && n < f->code->call_args && f->defaults && ((AvmTuple *)avm_obj(f->defaults))->len >= lacking;
}

uint32_t avm_op_add_defaults(const AvmFunc *f, AvmValue *regs, uint32_t n) {
    AvmTuple *defaults = (AvmTuple *)avm_obj(f->defaults);
    uint32_t all = f->code->call_args;
    for (uint32_t k = n, at = defaults->len - (all - n); k < all; k++, at++) regs[k] = avm_incref(defaults->items[at]);
    return all;
}

// A script function: a frame is pushed, its registers at nb (free stack), or a generator made. args are owned.
static AvmCalled call_function(AvmThread *t, AvmFrame *fr, AvmValue *callee, AvmFunc *f, AvmValue *args, uint32_t nargs,
                               AvmTuple *kwnames, uint8_t returns, AvmValue *nb) {
    if (!bind_at(t, f, args, nargs, kwnames, nb)) return AVM_CALLED_FAIL;
    if (f->code->gen_type) return value_or_fail(t, callee, make_generator(t, f, nb));
    AvmFrame *nf = push(t, f, nb, returns);
    if (!nf) return AVM_CALLED_FAIL;
    nf->ret = (uint8_t)(callee - fr->regs);
    return AVM_CALLED_FRAME;
}

static void drop_args(AvmThread *t, AvmValue *args, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) avm_replace(t, &args[i], AVM_EMPTY);
}

// Moves the arguments, with self before them, to the free stack at top. NULL: RecursionError.
static AvmValue *with_self(AvmThread *t, AvmValue *top, AvmValue self, AvmValue *args, uint32_t nargs) {
    if (top + nargs + 1 > t->stack_end) {
        too_deep(t);
        return NULL;
    }
    top[0] = avm_incref(self);
    if (nargs) memcpy(top + 1, args, nargs * sizeof *args);
    memset(args, 0, nargs * sizeof *args);
    return top;
}

// C() of a plain class with a script __init__: the instance is made at once, a frame pushed for __init__.
// VALUE: nothing was done, the call is to take the general way.
static AvmCalled call_class(AvmThread *t, AvmFrame *fr, AvmValue *callee, AvmValue *args, uint32_t nargs,
                            AvmTuple *kwnames) {
    AvmType *type = (AvmType *)avm_obj(*callee);
    if (type->made_version != type->version) avm_type_find_makers(t, type);
    AvmFunc *init = type->plain_init;
    if (!init) return AVM_CALLED_VALUE;
    AvmObj *self = avm_object_new(t, type, 0);
    if (!self) return AVM_CALLED_FAIL;
    AvmValue *all = with_self(t, fr->top, avm_value(self), args, nargs);
    avm_replace(t, callee, avm_value(self));
    if (!all) return AVM_CALLED_FAIL;
    init->h.refs++; // until the frame ends
    AvmCalled how = call_function(t, fr, callee, init, all, nargs + 1, kwnames, AVM_RET_INIT, all + nargs + 1);
    if (how != AVM_CALLED_FRAME) avm_drop(t, init);
    return how;
}

// C() of a class with a native __new__ and no script __init__, whose arguments stand right after it: the class, and then
// the instance in its place, is their first argument. VALUE: done; FRAME: nothing was done, it is not such a call.
static AvmCalled call_native_class(AvmThread *t, AvmValue *callee, uint32_t nargs, AvmTuple *kwnames) {
    AvmType *type = (AvmType *)avm_obj(*callee);
    bool native = avm_is(type->new_fn, AVM_T_NATIVE) && type->id != AVM_T_TYPE &&
                  (!type->init_fn || avm_is(type->init_fn, AVM_T_NATIVE_METHOD));
    if (!native) return AVM_CALLED_FRAME;
    AvmValue self = avm_native_call(t, (AvmNative *)avm_obj(type->new_fn), callee, nargs + 1, kwnames);
    if (!self) return AVM_CALLED_FAIL;
    AvmType *made = avm_type_of(t, self);
    AvmValue init = type->init_fn;
    if (made != type) { // as OSError(2, "") makes a FileNotFoundError
        if (made->made_version != made->version) avm_type_find_makers(t, made);
        init = avm_type_is_sub(made, type) ? made->init_fn : AVM_EMPTY;
    }
    avm_replace(t, callee, self);
    if (!init) return AVM_CALLED_VALUE;
    avm_incref(init);
    AvmValue r = avm_call_kw(t, init, callee, nargs + 1, kwnames);
    avm_decref(t, init);
    if (r && r != AVM_NONE) avm_raise_type(t, "__init__() should return None, not '%T'", r);
    bool ok = r == AVM_NONE;
    avm_decref(t, r);
    return ok ? AVM_CALLED_VALUE : AVM_CALLED_FAIL;
}

AvmCalled avm_op_call(AvmThread *t, AvmFrame *fr, AvmValue *callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    if (t->ticks < 0 && !avm_op_check(t)) return AVM_CALLED_FAIL;
    if (avm_is(*callee, AVM_T_FUNCTION))
        return call_function(t, fr, callee, (AvmFunc *)avm_obj(*callee), args, nargs, kwnames, AVM_RET_REG, fr->top);
    if (avm_is(*callee, AVM_T_METHOD) && avm_is(((AvmMethod *)avm_obj(*callee))->func, AVM_T_FUNCTION)) {
        AvmMethod *m = (AvmMethod *)avm_obj(*callee); // the register keeps it and its function alive
        AvmValue *all = with_self(t, fr->top, m->self, args, nargs);
        if (!all) return AVM_CALLED_FAIL;
        return call_function(t, fr, callee, (AvmFunc *)avm_obj(m->func), all, nargs + 1, kwnames, AVM_RET_REG,
                             all + nargs + 1);
    }
    if (avm_is(*callee, AVM_T_TYPE)) {
        AvmCalled how = call_class(t, fr, callee, args, nargs, kwnames);
        if (how != AVM_CALLED_VALUE) return how;
        if (args == callee + 1 && (how = call_native_class(t, callee, nargs, kwnames)) != AVM_CALLED_FRAME) {
            drop_args(t, args, nargs);
            return how;
        }
    }
    AvmValue r;
    if (avm_is(*callee, AVM_T_NATIVE_METHOD))
        r = avm_native_call(t, (AvmNative *)avm_obj(*callee), args, nargs, kwnames);
    else
        r = avm_call_kw(t, *callee, args, nargs, kwnames);
    drop_args(t, args, nargs);
    return value_or_fail(t, callee, r);
}

// Copies the items and the values of keywords to args. NULL in *names: there are none. false: exception, all dropped.
static bool spread(AvmThread *t, AvmValue *items, uint32_t npos, AvmDict *kw, AvmValue *args, AvmTuple **names) {
    *names = NULL;
    if (kw && kw->used && !(*names = avm_tuple_new(t, kw->used))) return false;
    for (uint32_t i = 0; i < npos; i++) args[i] = avm_incref(items[i]);
    uint32_t pos = 0, at = 0;
    AvmValue k, v;
    while (*names && avm_dict_next(kw, &pos, &k, &v)) {
        if (!avm_is_sub(t, k, AVM_TYPE_SUB_STR)) {
            avm_raise_type(t, "keywords must be strings");
            drop_args(t, args, npos + at);
            avm_drop(t, *names);
            return false;
        }
        (*names)->items[at] = avm_incref(k);
        args[npos + at++] = avm_incref(v);
    }
    return true;
}

// What stands after * becomes a list, unless it is a list or tuple already. false: TypeError in CPython's words.
static bool make_list(AvmThread *t, AvmValue callee, AvmValue *args) {
    if (avm_is_list(*args) || avm_is_tuple(*args)) return true;
    AvmType *type = avm_type_of(t, *args);
    if (!type->s.iter && !type->s.getitem) {
        AvmStr *name = avm_op_callee_name(t, callee);
        if (name) avm_raise_type(t, "%S argument after * must be an iterable, not %T", name, *args);
        avm_drop(t, name);
        return false;
    }
    AvmList *list = avm_list_from_iter(t, *args);
    if (list) avm_replace(t, args, avm_value(list));
    return list != NULL;
}

AvmCalled avm_op_call_ex(AvmThread *t, AvmFrame *fr, AvmValue *regs, bool keywords) {
    AvmValue *items;
    uint32_t npos;
    if (!make_list(t, regs[0], &regs[1])) return AVM_CALLED_FAIL;
    avm_seq_items(t, regs[1], &items, &npos);
    AvmDict *kw = keywords ? (AvmDict *)avm_obj(regs[2]) : NULL;
    uint32_t n = npos + (kw ? kw->used : 0);
    AvmValue *args = fr->top;
    AvmTuple *names;
    if ((size_t)(t->stack_end - args) < n) {
        too_deep(t);
        return AVM_CALLED_FAIL;
    }
    if (!spread(t, items, npos, kw, args, &names)) return AVM_CALLED_FAIL;
    fr->top = args + n; // whatever is called finds the stack free above the arguments only
    AvmCalled how = avm_op_call(t, fr, &regs[0], args, n, names);
    fr->top = args;
    avm_drop(t, names);
    avm_replace(t, &regs[1], AVM_EMPTY);
    if (keywords) avm_replace(t, &regs[2], AVM_EMPTY);
    return how;
}

// --- the avm_call family

AvmValue avm_call_kw(AvmThread *t, AvmValue callee, const AvmValue *args, uint32_t n, AvmTuple *kwnames) {
    if (kwnames && kwnames->len == 0) kwnames = NULL;
    if (avm_is(callee, AVM_T_FUNCTION)) return avm_run_call(t, (AvmFunc *)avm_obj(callee), args, n, kwnames);
    AvmType *type = avm_type_of(t, callee);
    if (!type->s.call) return avm_raise_type(t, "'%T' object is not callable", callee);
    avm_incref(callee);
    AvmValue r = type->s.call(t, callee, (AvmValue *)args, n, kwnames);
    avm_decref(t, callee);
    return r;
}

AvmValue avm_call(AvmThread *t, AvmValue callee, const AvmValue *args, uint32_t n) {
    return avm_call_kw(t, callee, args, n, NULL);
}

AvmValue avm_call_ex(AvmThread *t, AvmValue callee, AvmValue args, AvmDict *kwargs) {
    AvmValue *items;
    uint32_t npos;
    if (!avm_seq_items(t, args, &items, &npos)) return avm_raise_type(t, "argument after * must be an iterable, not %T", args);
    uint32_t n = npos + (kwargs ? kwargs->used : 0);
    AvmTuple *all = avm_tuple_new(t, n), *names;
    if (!all) return AVM_FAIL;
    AvmValue r = AVM_FAIL;
    if (spread(t, items, npos, kwargs, all->items, &names)) {
        r = avm_call_kw(t, callee, all->items, n, names);
        avm_drop(t, names);
    }
    avm_drop(t, all);
    return r;
}

const AvmValue *avm_args_open(AvmThread *t, AvmArgs *a, AvmValue self, const AvmValue *args, uint32_t n) {
    a->n = n + 1;
    a->all = a->n <= AVM_ARGS_SMALL ? a->small : avm_alloc(&t->vm->alloc, a->n * sizeof *a->all);
    if (!a->all) {
        avm_raise_memory(t);
        return NULL;
    }
    a->all[0] = self;
    if (n) memcpy(a->all + 1, args, n * sizeof *args);
    return a->all;
}

void avm_args_close(AvmThread *t, AvmArgs *a) {
    if (a->all != a->small) avm_release(&t->vm->alloc, a->all, a->n * sizeof *a->all);
}

AvmValue avm_call_self(AvmThread *t, AvmValue f, AvmValue self, const AvmValue *args, uint32_t n, AvmTuple *kwnames) {
    AvmArgs all;
    if (!avm_args_open(t, &all, self, args, n)) return AVM_FAIL;
    AvmValue r = avm_call_kw(t, f, all.all, all.n, kwnames);
    avm_args_close(t, &all);
    return r;
}

AvmValue avm_call_method(AvmThread *t, AvmValue self, AvmStr *name, const AvmValue *args, uint32_t n) {
    AvmValue func, bound;
    if (!avm_attr_method(t, self, name, &func, &bound)) return AVM_FAIL;
    AvmValue r = bound ? avm_call_self(t, func, self, args, n, NULL) : avm_call(t, func, args, n);
    avm_decref(t, func);
    avm_decref(t, bound);
    return r;
}

AvmValue avm_call_special(AvmThread *t, AvmValue self, AvmStr *name, const AvmValue *args, uint32_t n) {
    AvmType *type = avm_type_of(t, self);
    AvmValue attr = avm_type_lookup(t, type, name);
    if (!attr) return AVM_DONE;
    if (!avm_native_enter(t)) return AVM_FAIL;
    avm_incref(attr);
    AvmValue r;
    if (avm_is(attr, AVM_T_FUNCTION) || avm_is(attr, AVM_T_NATIVE_METHOD) || avm_is(attr, AVM_T_WRAPPER)) {
        r = avm_call_self(t, attr, self, args, n, NULL);
    } else {
        AvmValue f = avm_attr_bind(t, attr, self, type);
        r = f ? avm_call(t, f, args, n) : AVM_FAIL;
        avm_decref(t, f);
    }
    avm_decref(t, attr);
    avm_native_leave(t);
    return r;
}

bool avm_is_callable(AvmThread *t, AvmValue v) { return avm_type_of(t, v)->s.call != NULL; }

// --- resuming anything

// What a StopIteration that a method raised means.
static AvmSent ended(AvmThread *t, AvmValue *out) {
    if (!t->exc || !avm_exc_is(t, AVM_EXC(t, StopIteration))) return AVM_SENT_FAIL;
    *out = avm_stop_value(t);
    return AVM_SENT_RETURN;
}

AvmSent avm_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out) {
    AvmType *type = avm_type_of(t, v);
    if (type->s.send) return type->s.send(t, v, value, out);
    if (value != AVM_NONE || !type->s.next) {
        *out = avm_call_method(t, v, AVM_NAME(t, send), &value, 1);
        return *out ? AVM_SENT_YIELD : ended(t, out);
    }
    avm_replace(t, &t->stop_value, AVM_EMPTY);
    *out = type->s.next(t, v);
    if (!*out) return ended(t, out);
    if (*out != AVM_DONE) return AVM_SENT_YIELD;
    *out = t->stop_value ? t->stop_value : AVM_NONE;
    t->stop_value = AVM_EMPTY;
    return AVM_SENT_RETURN;
}

AvmSent avm_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out) {
    AvmType *type = avm_type_of(t, v);
    if (type->s.throw) return type->s.throw(t, v, exc, out);
    AvmValue f = avm_getattr_maybe(t, v, AVM_NAME(t, throw));
    if (f == AVM_DONE) {
        avm_reraise(t, avm_incref(exc));
        return AVM_SENT_FAIL;
    }
    if (!f) return AVM_SENT_FAIL;
    *out = avm_call1(t, f, exc);
    avm_decref(t, f);
    return *out ? AVM_SENT_YIELD : ended(t, out);
}
