// Generators, coroutines and asynchronous generators: chains, resuming, throwing, closing. Scripts' view of them is
// vm/types/generator.c and vm/types/asyncgen.c.
#include "vm/gen.h"

#include "vm/call.h"
#include "vm/coro.h"
#include "vm/error.h"
#include "vm/heap.h"
#include "vm/ops.h"
#include "vm/traceback.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmGen *make(AvmThread *t, AvmFunc *f) {
    AvmCode *code = f->code;
    AvmGen *g = avm_object_new_id(t, code->gen_type, sizeof *g + code->nregs * sizeof *g->regs);
    if (!g) return NULL;
    g->frame.func = f;
    g->frame.regs = g->regs;
    g->frame.pc = code->words;
    g->frame.gen = g;
    g->leaf = g;
    g->h.flags |= (uint16_t)f->coroutine_mark;
    return g;
}

AvmGen *avm_gen_new(AvmThread *t, AvmFunc *f, AvmValue *args) {
    uint32_t n = args ? f->code->unit->nparams : 0;
    AvmGen *g = avm_gen_reuse(t, f);
    if (!g) g = make(t, f);
    if (!g) {
        for (uint32_t i = 0; i < n; i++) avm_replace(t, &args[i], AVM_EMPTY);
        return NULL;
    }
    f->h.refs++;
    for (uint32_t i = 0; i < n; i++) {
        g->regs[i] = args[i];
        args[i] = AVM_EMPTY;
    }
    if (__builtin_expect(t->origin_depth != 0, 0)) avm_gen_mark_origin(t, g);
    return g;
}

static AvmValue origin_entry(AvmThread *t, AvmFrame *f) {
    const AvmUnit *unit = f->func->code->unit;
    uint32_t line = avm_unit_pos(unit, avm_frame_pc(f)).line;
    AvmStr *file = avm_str_new(t, unit->file.text, unit->file.len);
    AvmStr *name = file ? avm_str_new(t, unit->name.text, unit->name.len) : NULL;
    AvmValue items[] = {avm_value(file), avm_inline_int_value(line), avm_value(name)};
    AvmTuple *entry = name ? avm_tuple_from(t, items, 3) : NULL;
    avm_drop(t, file);
    avm_drop(t, name);
    return avm_value(entry);
}

AvmTuple *avm_gen_origin(AvmThread *t) {
    AvmList *stack = avm_list_new(t, 0);
    AvmFrame *f = t->frame;
    bool ok = stack != NULL;
    for (int32_t left = t->origin_depth; ok && f && left > 0; f = f->back) {
        if (f->func->code->frozen) continue; // the library's own
        AvmValue entry = origin_entry(t, f);
        ok = entry && avm_list_append_take(t, stack, entry);
        left--;
    }
    AvmTuple *origin = ok ? avm_tuple_from(t, stack->items, stack->len) : NULL;
    avm_drop(t, stack);
    avm_exc_clear(t);
    return origin;
}

void avm_gen_mark_origin(AvmThread *t, AvmGen *g) {
    if (g->h.type != AVM_T_COROUTINE) return;
    AvmTuple *origin = avm_gen_origin(t);
    AvmGenExtra *extra = origin ? avm_gen_extra(t, g) : NULL;
    if (extra)
        extra->origin = avm_value(origin);
    else
        avm_drop(t, origin);
    avm_exc_clear(t); // without memory there is no origin
}

void avm_gen_release_spares(AvmThread *t, AvmCode *code) {
    while (code->spare) {
        AvmGen *g = code->spare;
        code->spare = g->awaiter;
        t->vm->spare_gens--;
        if (t->gc_debt) t->gc_debt--;
        avm_heap_give(t->vm->heap, &g->h);
    }
}

// --- chains

bool avm_gen_is_running(const AvmGen *g) {
    for (; g; g = g->awaiter)
        if (g->state == AVM_GEN_RUNNING) return true;
    return false;
}

AvmGen *avm_gen_root(AvmGen *g) {
    while (g->awaiter) g = g->awaiter;
    return g;
}

AvmValue *avm_gen_delegated(AvmGen *g) {
    const uint32_t *words = g->frame.func->code->words;
    if (g->state == AVM_GEN_DONE || g->frame.pc == words || AVM_OP(g->frame.pc[-1]) != AVM_OP_DELEGATE) return NULL;
    return &g->regs[AVM_A(g->frame.pc[-1])];
}
static AvmValue delegated(AvmGen *g) {
    AvmValue *slot = avm_gen_delegated(g);
    return slot ? *slot : AVM_EMPTY;
}

AvmGen *avm_gen_child(AvmGen *g) {
    AvmValue v = delegated(g);
    if (!avm_is_obj(v) || (avm_obj(v)->type != AVM_T_COROUTINE && avm_obj(v)->type != AVM_T_GENERATOR)) return NULL;
    AvmGen *child = (AvmGen *)avm_obj(v);
    return child->awaiter == g ? child : NULL;
}

AvmValue avm_gen_awaiting(AvmGen *g) { return avm_gen_is_running(g) ? AVM_EMPTY : delegated(g); }

// Finds the leaf of a root again, and counts the links.
static void find_leaf(AvmGen *root) {
    AvmGen *leaf = root;
    uint32_t links = 0;
    for (AvmGen *child; (child = avm_gen_child(leaf)); links++) leaf = child;
    root->leaf = leaf;
    root->links = links;
}

// Resumed by hand in the middle of somebody's chain: it leaves that chain, whose leaf is no longer known, and what it comes to
// is not the awaiter's. The awaiter links it again when it goes on.
static void detach(AvmGen *g) {
    if (!g->awaiter) return;
    avm_gen_root(g)->leaf = NULL;
    g->awaiter = NULL;
    g->leaf = NULL;
}

// What a generator's frame needs while it runs: whose stack it calls on, and who is next.
static void borrow_stack(AvmFrame *frame, AvmFrame *below) {
    frame->top = below->top;
    frame->next = below->next;
}

AvmGen *avm_gen_link(AvmThread *t, AvmGen *g, AvmGen *child) {
    if (!child->leaf) find_leaf(child);
    int32_t more = (int32_t)child->links + 1;
    if (t->depth + more > t->depth_limit) {
        if (child->state == AVM_GEN_CREATED) avm_gen_finish(t, child); // it counts as awaited
        avm_raise(t, AVM_EXC(t, RecursionError), "maximum recursion depth exceeded");
        return NULL;
    }
    t->depth += more;
    t->root->links += (uint32_t)more;
    child->awaiter = g;
    child->state = AVM_GEN_SUSPENDED;
    child->frame.back = &g->frame;
    AvmGen *leaf = child->leaf;
    borrow_stack(&leaf->frame, &g->frame);
    return leaf;
}

void avm_gen_unlink(AvmThread *t, AvmGen *child) {
    AvmGen *above = child->awaiter;
    child->awaiter = NULL;
    child->leaf = child;
    child->links = 0;
    t->root->links--;
    t->depth--;
    borrow_stack(&above->frame, &child->frame);
}

static void drop_registers(AvmThread *t, AvmGen *g) {
    uint32_t n = g->frame.func->code->nregs;
    for (uint32_t i = 0; i < n; i++) avm_replace(t, &g->regs[i], AVM_EMPTY);
}

void avm_gen_finish(AvmThread *t, AvmGen *g) {
    if (g->frame.object) avm_frame_object_detach(t, &g->frame);
    g->state = AVM_GEN_DONE;
    drop_registers(t, g);
}

bool avm_gen_enter(AvmThread *t, AvmGen *root, uint8_t returns, uint8_t ret) {
    detach(root);
    if (!root->leaf) find_leaf(root);
    int32_t more = (int32_t)root->links + 1;
    AvmFrame *next = avm_frame_next(t);
    if (!next) return false;
    if (t->depth + more > t->depth_limit) {
        avm_raise(t, AVM_EXC(t, RecursionError), "maximum recursion depth exceeded");
        return false;
    }
    t->depth += more;
    AvmGen *leaf = root->leaf;
    root->prev_root = t->root;
    t->root = root;
    root->state = AVM_GEN_RUNNING;
    root->frame.returns = returns;
    root->frame.ret = ret;
    root->frame.back = t->frame;
    leaf->frame.next = next;
    leaf->frame.top = t->frame ? t->frame->top : t->stack;
    t->frame = &leaf->frame;
    root->h.refs++; // while it runs
    return true;
}

void avm_gen_leave(AvmThread *t, AvmGen *root, AvmGen *leaf) {
    root->leaf = leaf;
    t->depth -= (int32_t)root->links + 1;
    t->root = root->prev_root;
    root->prev_root = NULL;
    t->frame = root->frame.back;
    root->frame.back = NULL;
    avm_drop(t, root);
}

// --- resuming from C

static AvmSent already_running(AvmThread *t, AvmGen *g) {
    static const char *const texts[] = {"generator already executing", "coroutine already executing",
                                        "async generator already executing"};
    avm_raise_value(t, "%s", texts[g->h.type - AVM_T_GENERATOR]);
    return AVM_SENT_FAIL;
}

AvmSent avm_gen_send(AvmThread *t, AvmGen *g, AvmValue value, AvmValue *out) {
    if (avm_gen_is_running(g)) return already_running(t, g);
    if (g->state == AVM_GEN_DONE) {
        if (g->h.type == AVM_T_COROUTINE) {
            avm_raise(t, AVM_EXC(t, RuntimeError), "cannot reuse already awaited coroutine");
            return AVM_SENT_FAIL;
        }
        *out = AVM_NONE;
        return AVM_SENT_RETURN;
    }
    if (g->state == AVM_GEN_CREATED && value != AVM_NONE) {
        static const char *const names[] = {"generator", "coroutine", "async generator"};
        avm_raise_type(t, "can't send non-None value to a just-started %s", names[g->h.type - AVM_T_GENERATOR]);
        return AVM_SENT_FAIL;
    }
    if (!avm_native_enter(t)) return AVM_SENT_FAIL;
    AvmSent how = AVM_SENT_FAIL;
    if (avm_gen_enter(t, g, AVM_RET_C, 0)) how = avm_execute_resumed(t, value, out);
    avm_native_leave(t);
    return how;
}

void avm_gen_throw_on(AvmThread *t, AvmGen *above) {
    if (t->exc) avm_exc_chain_to(t, t->exc, avm_op_handled_in(&above->frame));
}

static void mark_thrown(AvmGen *root, AvmGen *leaf) {
    for (AvmGen *g = leaf; g != root; g = g->awaiter) g->h.flags |= AVM_GEN_THROWN;
}
static void unmark_thrown(AvmGen *root) {
    find_leaf(root);
    for (AvmGen *g = root->leaf; g != root; g = g->awaiter) g->h.flags &= (uint16_t)~AVM_GEN_THROWN;
}

// Raises exc in g alone: what stands below it has been dealt with. exc is taken: it may die while g runs on.
static AvmSent throw_here(AvmThread *t, AvmGen *g, AvmValue exc, AvmValue *out) {
    if (!avm_native_enter(t)) {
        avm_decref(t, exc);
        return AVM_SENT_FAIL;
    }
    AvmSent how = AVM_SENT_FAIL;
    if (avm_gen_enter(t, g, AVM_RET_C, 0)) {
        // What is thrown knows what the generator itself is handling, and nothing of who throws.
        avm_exc_chain_to(t, exc, avm_op_handled_in(t->frame));
        if (g->leaf != g) mark_thrown(g, g->leaf);
        how = avm_execute(t, exc, out);
        if (how == AVM_SENT_YIELD && g->state != AVM_GEN_DONE) unmark_thrown(g);
    } else {
        avm_decref(t, exc);
    }
    avm_native_leave(t);
    return how;
}

static AvmSent throw_at_leaf(AvmThread *t, AvmGen *g, AvmGen *leaf, AvmValue exc, AvmValue *out) {
    AvmValue inner = delegated(leaf);
    if (!inner) return throw_here(t, g, avm_incref(exc), out);
    // The leaf waits for something that is not linked: that gets the exception first. g counts as running meanwhile.
    avm_incref(inner);
    g->state = AVM_GEN_RUNNING;
    AvmSent how = avm_throw(t, inner, exc, out);
    g->state = AVM_GEN_SUSPENDED;
    avm_decref(t, inner);
    if (how == AVM_SENT_YIELD) return how;
    if (how == AVM_SENT_FAIL) return throw_here(t, g, avm_exc_take(t), out);
    // It has returned: the await is over, with this result.
    AvmValue result = *out;
    avm_replace(t, &leaf->regs[AVM_A(leaf->frame.pc[-1])], avm_value(avm_finished_new(t, result)));
    avm_decref(t, result);
    return avm_gen_send(t, g, AVM_NONE, out);
}

// What close() comes to once all below g is closed. error: what came of that, to be thrown instead of
// GeneratorExit (taken), or empty.
static bool close_here(AvmThread *t, AvmGen *g, AvmValue error) {
    if (!error && !avm_op_in_try(&g->frame)) { // nobody sees it, and no frame object gets to keep the locals
        g->state = AVM_GEN_DONE;
        drop_registers(t, g);
        avm_gen_finish(t, g);
        return true;
    }
    AvmValue exc = error ? error : avm_exc_new(t, AVM_EXC(t, GeneratorExit), NULL, 0), out = AVM_EMPTY;
    if (!exc) return false;
    if (!error) avm_exc_chain(t, exc);
    AvmSent how = throw_here(t, g, exc, &out);
    if (how == AVM_SENT_FAIL)
        return avm_exc_swallow(t, AVM_EXC(t, GeneratorExit)) || avm_exc_swallow(t, AVM_EXC(t, StopIteration));
    if (how == AVM_SENT_YIELD) {
        static const char *const names[] = {"generator", "coroutine", "async generator"};
        avm_decref(t, out);
        return avm_raise(t, AVM_EXC(t, RuntimeError), "%s ignored GeneratorExit",
                         names[g->h.type - AVM_T_GENERATOR]);
    }
    avm_replace(t, &t->stop_value, out); // 3.13: close() returns it
    return true;
}

// Closes what is below g, from the leaf up: each gets what came of the one below it. *error is owned, or
// empty.
static void close_below(AvmThread *t, AvmGen *g, AvmValue *error) {
    find_leaf(g);
    while (g->leaf != g) {
        AvmGen *leaf = g->leaf, *above = leaf->awaiter;
        leaf->awaiter = NULL;
        leaf->leaf = leaf;
        leaf->links = 0;
        avm_retain(leaf);
        AvmValue thrown = *error;
        *error = AVM_EMPTY;
        if (!close_here(t, leaf, thrown)) *error = avm_exc_take(t);
        avm_replace(t, &t->stop_value, AVM_EMPTY);
        avm_drop(t, leaf);
        g->leaf = above;
        g->links--;
    }
}

// close() of what a generator drives without a link, if it can be closed. What comes of looking for it is
// nobody's.
static bool close_driven(AvmThread *t, AvmValue driven) {
    AvmValue close = avm_getattr_maybe(t, driven, AVM_NAME(t, close));
    if (!close) avm_exc_unraisable(t, NULL, driven);
    if (!close || close == AVM_DONE) return true;
    AvmValue r = avm_call0(t, close);
    avm_decref(t, close);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

// The same, and what the innermost drives without a link. g counts as running meanwhile, and so does who is
// above the one that is being closed.
static void close_inner(AvmThread *t, AvmGen *g, AvmValue *error) {
    find_leaf(g);
    AvmValue inner = delegated(g->leaf);
    g->state = AVM_GEN_RUNNING;
    if (inner) {
        avm_incref(inner);
        if (!close_driven(t, inner)) avm_replace(t, error, avm_exc_take(t));
        avm_decref(t, inner);
    }
    close_below(t, g, error);
    g->state = AVM_GEN_SUSPENDED;
}

AvmSent avm_gen_throw(AvmThread *t, AvmGen *g, AvmValue exc, AvmValue *out) {
    if (avm_gen_is_running(g)) return already_running(t, g);
    if (g->state == AVM_GEN_DONE && g->h.type == AVM_T_COROUTINE) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "cannot reuse already awaited coroutine");
        return AVM_SENT_FAIL;
    }
    if (g->state == AVM_GEN_DONE) {
        avm_reraise(t, avm_incref(exc));
        return AVM_SENT_FAIL;
    }
    detach(g);
    if (g->state == AVM_GEN_CREATED) return throw_here(t, g, avm_incref(exc), out);
    if (g->h.type == AVM_T_ASYNCGEN || !avm_exc_matches(t, exc, AVM_EXC(t, GeneratorExit))) {
        find_leaf(g);
        return throw_at_leaf(t, g, g->leaf, exc, out);
    }
    AvmValue error = AVM_EMPTY;
    close_inner(t, g, &error);
    return throw_here(t, g, error ? error : avm_incref(exc), out);
}

bool avm_gen_close(AvmThread *t, AvmGen *g) {
    if (g->state == AVM_GEN_DONE) return true;
    if (avm_gen_is_running(g)) return already_running(t, g);
    if (g->state == AVM_GEN_CREATED) {
        detach(g);
        avm_gen_finish(t, g);
        return true;
    }
    AvmValue error = AVM_EMPTY;
    detach(g);
    close_inner(t, g, &error);
    return close_here(t, g, error);
}

void avm_op_no_stop(AvmThread *t, AvmGen *g) {
    if (g->frame.pc == g->frame.func->code->words) return; // thrown before it had begun
    bool stop = avm_exc_is(t, AVM_EXC(t, StopIteration));
    bool astop = g->h.type == AVM_T_ASYNCGEN && avm_exc_is(t, AVM_EXC(t, StopAsyncIteration));
    if (!stop && !astop) return;
    static const char *const names[] = {"generator", "coroutine", "async generator"};
    AvmValue cause = avm_exc_take(t);
    avm_raise(t, AVM_EXC(t, RuntimeError), "%s raised %s", names[g->h.type - AVM_T_GENERATOR],
              astop ? "StopAsyncIteration" : "StopIteration");
    AvmExc *e = (AvmExc *)avm_obj(t->exc);
    avm_replace(t, &e->cause, avm_incref(cause));
    avm_replace(t, &e->context, cause);
    e->suppress_context = true;
}

// --- what can be awaited

AvmValue avm_get_awaitable(AvmThread *t, AvmValue v, int context) {
    AvmType *type = avm_type_of(t, v);
    if (type->id == AVM_T_COROUTINE) {
        AvmGen *g = (AvmGen *)avm_obj(v);
        if (!avm_gen_is_running(g) && delegated(g))
            return avm_raise(t, AVM_EXC(t, RuntimeError), "coroutine is being awaited already");
        return avm_incref(v);
    }
    if (type->id == AVM_T_NATIVE_COROUTINE) {
        if (!avm_coro_is_suspended((AvmCoro *)avm_obj(v))) return avm_incref(v);
        return avm_raise(t, AVM_EXC(t, RuntimeError), "coroutine is being awaited already");
    }
    if (type->id == AVM_T_GENERATOR && avm_obj(v)->flags & AVM_GEN_ITERABLE_CORO) return avm_incref(v);
    if (type->s.await) {
        AvmValue it = type->s.await(t, v);
        if (!it) return AVM_FAIL;
        AvmType *it_type = avm_type_of(t, it);
        bool coroutine = it_type->id == AVM_T_COROUTINE || it_type->id == AVM_T_NATIVE_COROUTINE ||
                         (it_type->id == AVM_T_GENERATOR && avm_obj(it)->flags & AVM_GEN_ITERABLE_CORO);
        if (coroutine) {
            avm_decref(t, it);
            return avm_raise_type(t, "__await__() returned a coroutine");
        }
        if (!it_type->s.next && !it_type->s.send) {
            avm_raise_type(t, "__await__() returned non-iterator of type '%T'", it);
            avm_decref(t, it);
            return AVM_FAIL;
        }
        return it;
    }
    static const char *const texts[] = {
        "object %T can't be used in 'await' expression",
        "'async with' received an object from __aenter__ that does not implement __await__: %T",
        "'async with' received an object from __aexit__ that does not implement __await__: %T",
    };
    return avm_raise_type(t, texts[context], v);
}
