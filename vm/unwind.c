// Exceptions inside frames: handlers, what is being handled, except clauses, the check point.
#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/gc.h"
#include "vm/gen.h"
#include "vm/ops.h"
#include "vm/pace.h"
#include "vm/threads.h"
#include "vm/traceback.h"
#include "vm/types/list.h"

static uint32_t running_word(const AvmFrame *fr) {
    uint32_t pc = avm_frame_pc(fr);
    return pc ? pc - 1 : UINT32_MAX;
}

// Empties the temporaries from that one on, the last first: the innermost loop's iterator dies before the outer one's.
static void empty_from(AvmThread *t, AvmFrame *fr, uint32_t from) {
    const AvmUnit *u = fr->func->code->unit;
    uint32_t end = u->nfar && from < 256 ? 256 : u->nregs; // far locals stand above the temporaries
    for (uint32_t r = end; r > from; r--) avm_replace(t, &fr->regs[r - 1], AVM_EMPTY);
}

// exc leaves the frame. Its locals live on with the traceback, unless memory is what there is too little of.
static void leave_frame(AvmThread *t, AvmFrame *fr, AvmValue exc) {
    const AvmCode *code = fr->func->code;
    empty_from(t, fr, code->nlocals);
    bool starved = exc && avm_type_of(t, exc) == AVM_EXC(t, MemoryError);
    if (!starved && fr->gen) return; // a generator's are dealt with when it is done
    if (!starved && fr->object) avm_frame_object_detach(t, fr);
    for (uint32_t r = 0; r < code->nregs; r++) avm_replace(t, &fr->regs[r], AVM_EMPTY);
}

bool avm_op_handle(AvmThread *t, AvmFrame *fr) {
    const AvmUnit *u = fr->func->code->unit;
    uint32_t at = running_word(fr);
    for (uint32_t i = 0; i < u->ntries && !t->exhausted; i++) {
        const AvmTry *row = &u->tries[i];
        if (at < row->start || at >= row->end) continue;
        AvmValue exc = avm_exc_take(t);
        empty_from(t, fr, row->reg);
        fr->regs[row->reg] = exc;
        fr->pc = fr->func->code->words + row->target;
        return true;
    }
    AvmValue exc = avm_exc_take(t); // dropping registers may run script
    leave_frame(t, fr, exc);
    t->exc = exc;
    return false;
}

bool avm_op_in_try(const AvmFrame *fr) {
    const AvmUnit *u = fr->func->code->unit;
    uint32_t at = running_word(fr);
    for (uint32_t i = 0; i < u->ntries; i++)
        if (at >= u->tries[i].start && at < u->tries[i].end) return true;
    return false;
}

AvmValue avm_op_handled_in(AvmFrame *fr) {
    const AvmUnit *u = fr->func->code->unit;
    if (!u->nhandlings) return AVM_EMPTY;
    uint32_t at = running_word(fr);
    for (uint32_t i = 0; i < u->nhandlings; i++)
        if (at >= u->handlings[i].start && at < u->handlings[i].end) return fr->regs[u->handlings[i].reg];
    return AVM_EMPTY;
}

AvmValue avm_exc_handled(AvmThread *t) {
    for (AvmFrame *f = t->frame; f; f = f->back) {
        AvmValue exc = avm_op_handled_in(f);
        if (exc && avm_is_obj(exc)) return exc;
        // What was thrown into a chain has been raised below those that wait there: they are not handling
        // anything yet.
        if (f->gen && f->gen->h.flags & AVM_GEN_THROWN) f = &avm_gen_root(f->gen)->frame;
    }
    return AVM_EMPTY;
}

// --- except

static bool is_exception_class(AvmThread *t, AvmValue v) {
    return avm_is_sub(t, v, AVM_TYPE_SUB_TYPE) && ((AvmType *)avm_obj(v))->flags & AVM_TYPE_EXCEPTION;
}

static bool check_classes(AvmThread *t, AvmValue classes, bool star) {
    AvmValue *items = &classes;
    uint32_t n = 1;
    if (avm_is_sub(t, classes, AVM_TYPE_SUB_TUPLE)) avm_seq_items(t, classes, &items, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!is_exception_class(t, items[i]))
            return avm_raise_type(t, "catching classes that do not inherit from BaseException is not allowed");
        if (star && avm_type_is_sub((AvmType *)avm_obj(items[i]), AVM_EXC(t, BaseExceptionGroup)))
            return avm_raise_type(t, "catching ExceptionGroup with except* is not allowed. Use except instead.");
    }
    return true;
}

static bool matches(AvmThread *t, AvmValue exc, AvmValue classes) {
    AvmValue *items = &classes;
    uint32_t n = 1;
    if (avm_is_sub(t, classes, AVM_TYPE_SUB_TUPLE)) avm_seq_items(t, classes, &items, &n);
    for (uint32_t i = 0; i < n; i++)
        if (avm_exc_matches(t, exc, (AvmType *)avm_obj(items[i]))) return true;
    return false;
}

int avm_op_exc_match(AvmThread *t, AvmValue exc, AvmValue classes) {
    return check_classes(t, classes, false) ? matches(t, exc, classes) : -1;
}

// *group: the exception (consumed), becomes the rest; *classes becomes the matching part.
bool avm_op_star_match(AvmThread *t, AvmValue *group, AvmValue *classes) {
    if (!check_classes(t, *classes, true)) return false;
    AvmValue exc = *group, match = AVM_NONE, rest = AVM_NONE;
    if (exc == AVM_NONE) {
    } else if (matches(t, exc, *classes)) {
        if (avm_exc_matches(t, exc, AVM_EXC(t, BaseExceptionGroup))) {
            match = avm_incref(exc);
        } else { // a naked exception is wrapped
            AvmTuple *one = avm_tuple_from(t, &exc, 1);
            AvmValue args[2] = {avm_value(t->vm->empty_str), avm_value(one)};
            match = one ? avm_call(t, avm_value(AVM_EXC(t, BaseExceptionGroup)), args, 2) : AVM_FAIL;
            avm_drop(t, one);
            if (match && !avm_traceback_here(t, (AvmExc *)avm_obj(match), t->frame)) {
                avm_decref(t, match);
                return false;
            }
        }
    } else if (avm_exc_matches(t, exc, AVM_EXC(t, BaseExceptionGroup))) {
        if (!avm_exc_split(t, exc, *classes, &match, &rest)) return false;
    } else {
        rest = avm_incref(exc);
    }
    if (!match) return false;
    avm_replace(t, group, rest);
    avm_replace(t, classes, match);
    return true;
}

// --- the check point

void avm_ticks_grant(AvmThread *t) {
    uint64_t most = t->fuel < t->budget ? t->fuel : t->budget;
    int32_t ticks = avm_pace_ticks(t);
    t->ticks = t->slice = most < (uint64_t)ticks ? (int32_t)most : ticks;
}

void avm_ticks_force(AvmThread *t) {
    if (t->ticks < 0) return;
    t->slice -= t->ticks + 1; // those that were used are charged
    t->ticks = -1;
}

// What the ticks have cost is paid. false: a limit was hit that the program can't be paused at.
static bool pay(AvmThread *t) {
    uint64_t units = (uint64_t)t->slice + 1;
    bool can_pause = t->native_depth == t->pause_depth;
    if (can_pause && t->fuel < units) {
        t->fuel = 0;
        t->limit = AVM_LIMIT_FUEL;
        t->pausing = true;
        return true;
    }
    if (!avm_pay(t, units)) return false;
    if (t->handing_over) t->pausing = true;
    if (!t->timed || !t->vm->host.over_time(t->vm->host.ctx, 0)) return true;
    if (!can_pause) return avm_exhaust(t, AVM_LIMIT_TIME);
    t->limit = AVM_LIMIT_TIME;
    return t->pausing = true;
}

bool avm_op_check(AvmThread *t) {
    bool left = pay(t);
    avm_ticks_grant(t);
    if (!left) return false;
    // A loop's turn deals with posts.
    uint32_t flags = atomic_fetch_and_explicit(&t->interrupt, AVM_INTERRUPT_POST, memory_order_acquire);
    if (flags & AVM_INTERRUPT_STOP) {
        return avm_exhaust(t, AVM_LIMIT_STOP);
    }
    if (flags & (AVM_INTERRUPT_SHOW | AVM_INTERRUPT_TICK)) avm_tree_look(t, flags, false);
    if (flags & AVM_INTERRUPT_SIGNAL && !avm_async_interrupt(t)) return avm_raise(t, AVM_EXC(t, KeyboardInterrupt), NULL);
    if (flags & AVM_INTERRUPT_HANDLERS && !t->vm->run_handlers(t)) return false;
    if (!t->vm->gc_disabled && avm_pace_collects(t)) avm_gc_collect(t);
    avm_memory_reserve(t->vm);
    if (t->vm->threads && !t->vm->held) avm_threads_check(t);
    return !t->exc && !t->exhausted;
}

bool avm_op_signalled(AvmThread *t) {
    AvmThread *main = t->vm->main_thread;
    uint32_t flags = atomic_load_explicit(&main->interrupt, memory_order_relaxed);
    if (t == main && flags & (AVM_INTERRUPT_SIGNAL | AVM_INTERRUPT_HANDLERS)) return avm_op_check(t);
    avm_ticks_force(main);
    return true;
}
