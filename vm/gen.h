// Generators, coroutines and asynchronous generators: a frame in a heap object that can be left and entered again.
#ifndef AVM_VM_GEN_H
#define AVM_VM_GEN_H

#include <assert.h>

#include "vm/frame.h"

enum { AVM_GEN_HOOKED = 1, AVM_GEN_UNHOOKED, AVM_GEN_DROPPED }; // the others: no finaliser to ask; it has been asked

typedef enum AvmGenState { AVM_GEN_CREATED, AVM_GEN_SUSPENDED, AVM_GEN_RUNNING, AVM_GEN_DONE } AvmGenState;

enum {                         // in h.flags of generators; AvmFunc.coroutine_mark sets them
    AVM_GEN_ITERABLE_CORO = 1, // made by a types.coroutine function: awaitable
    AVM_GEN_ASYNCIO_CORO = 2,  // made by an asyncio.coroutine function: may be a task's
    AVM_GEN_GATHERED = 4,      // while a gather is put together: an argument of it already
    AVM_GEN_THROWN = 8, // something was thrown into the chain and this one waits, until the chain is left
};

// A chain of generators that delegate to each other has a root, which somebody resumes, and a leaf, which runs.
// The root points at the leaf, so resuming costs the same at any depth; each one points at its awaiter. Only a sole
// delegator is linked; any other drives by avm_gen_send. state is kept for roots: see avm_gen_is_running.
struct AvmGen {
    AvmObj h; // GENERATOR, COROUTINE or ASYNCGEN
    AvmFrame frame;
    AvmGen *awaiter;   // who is linked above, or NULL
    AvmGen *leaf;      // of a suspended root: the innermost one; NULL: to be found by walking down
    AvmGen *prev_root; // of a running root: the root that ran before it
    uint32_t links;    // of a root: generators below it
    uint8_t state;     // AvmGenState
    union {
        struct {
            uint8_t async_running; // async generators: an asend() or athrow() is in progress
            uint8_t async_closed;
        };
        uint16_t site;     // coroutines: where it was made, for hints; 0: not known
    };
    uint8_t hooked; // async generators: AVM_GEN_HOOKED ... once the first-iteration hook has been called
    struct AvmGenExtra *extra; // or NULL
    AvmValue regs[];           // frame.func is owned
};

// What few generators have.
typedef struct AvmGenExtra {
    AvmValue name, qualname; // if set by script; else empty: the function's
    AvmValue origin;         // cr_origin, or empty
    AvmValue finalizer; // the finaliser hook that an async generator found at its first iteration; empty: the
                        // loop's
} AvmGenExtra;

// An awaitable that is over: DELEGATE takes its result at once.
typedef struct AvmFinished {
    AvmObj h; // FINISHED
    AvmValue result;
} AvmFinished;
AvmFinished *avm_finished_new(AvmThread *t, AvmValue result);

bool avm_gen_is_running(const AvmGen *g);
// The root of the chain that g is in.
AvmGen *avm_gen_root(AvmGen *g);
// The generator that g delegates to by a link, or NULL.
AvmGen *avm_gen_child(AvmGen *g);
// Links a suspended or new child below the running leaf g: what DELEGATE does. The child's leaf comes back.
AvmGen *avm_gen_link(AvmThread *t, AvmGen *g, AvmGen *child);
void avm_gen_unlink(AvmThread *t, AvmGen *child);
// Drops its locals and temporaries: the generator is done.
void avm_gen_finish(AvmThread *t, AvmGen *g);
// The last reference to a generator that is done has gone, and nothing but its cell is left to free: no weak
// reference sees it, nobody holds its frame. The cell waits in its code for a later call, which finds
// registers, links and frame as a new generator has them.
static inline bool avm_gen_is_bare(const AvmGen *g) {
    return g->state == AVM_GEN_DONE && !g->extra && !(g->h.flags & AVM_OBJ_WEAKREFS) &&
           g->h.type != AVM_T_ASYNCGEN;
}
enum { AVM_SPARE_GENS = 16384 }; // how many cells may wait altogether; a code without any may keep one all the same
static inline void avm_gen_retire(AvmThread *t, AvmGen *g) {
    AvmFunc *f = g->frame.func;
    AvmCode *code = f->code;
    bool keep = (!code->spare || t->vm->spare_gens < AVM_SPARE_GENS) && !code->coro_kind && !(g->h.flags & AVM_OBJ_LARGE);
    if (__builtin_expect(keep, 1)) { // it stays in the count of what was made
        for (uint32_t i = 0; i < code->nregs; i++) assert(i < code->nlocals ? !g->regs[i] : !avm_is_obj(g->regs[i]));
        g->h = (AvmObj){0}; // as a free cell to those who walk the heap
        g->awaiter = code->spare;
        code->spare = g;
        t->vm->spare_gens++;
    } else {
        if (t->gc_debt) t->gc_debt--;
        avm_heap_give(t->vm->heap, &g->h);
    }
    avm_drop(t, f);
}
// A coroutine or generator of f, whose reference it takes, or NULL: there is no spare. regs: to be filled.
static inline AvmGen *avm_gen_reuse(AvmThread *t, AvmFunc *f) {
    AvmCode *code = f->code;
    AvmGen *g = code->spare;
    if (!g) return NULL;
    code->spare = g->awaiter;
    t->vm->spare_gens--;
    g->awaiter = NULL;
    g->h = (AvmObj){.refs = 1, .type = code->gen_type, .flags = (uint16_t)f->coroutine_mark};
    g->frame.func = f;
    g->frame.pc = code->words;
    g->leaf = g;
    g->links = 0;
    g->state = AVM_GEN_CREATED;
    g->async_running = g->async_closed = g->hooked = 0;
    return g;
}
void avm_gen_release_spares(AvmThread *t, AvmCode *code);
// Makes root the running root on top of the innermost frame, so that its leaf can be executed; false: RecursionError.
// The leaf's frame becomes t->frame.
bool avm_gen_enter(AvmThread *t, AvmGen *root, uint8_t returns, uint8_t ret);
// The running root suspends at its leaf, or is done: t->frame is its resumer's again.
void avm_gen_leave(AvmThread *t, AvmGen *root, AvmGen *leaf);

// Takes the arguments already bound in args[0 .. nparams); NULL: the caller fills regs.
AvmGen *avm_gen_new(AvmThread *t, AvmFunc *func, AvmValue *args);
// A new coroutine remembers the stack that has made it (t->origin_depth entries).
void avm_gen_mark_origin(AvmThread *t, AvmGen *g);
AvmTuple *avm_gen_origin(AvmThread *t); // that stack, a new reference; NULL: no memory, no exception
// Warns of a coroutine that nobody has awaited; origin: what it remembers, or empty; site: for the hint, or
// 0.
void avm_gen_warn_unawaited(AvmThread *t, AvmValue qualname, AvmValue origin, uint32_t site);
struct AvmGenExtra *avm_gen_extra(AvmThread *t, AvmGen *g); // made if need be; NULL: MemoryError
// Resumes; as AvmSlots.send and throw.
AvmSent avm_gen_send(AvmThread *t, AvmGen *g, AvmValue value, AvmValue *out);
AvmSent avm_gen_throw(AvmThread *t, AvmGen *g, AvmValue exc, AvmValue *out);
// close(): false: an exception is set (RuntimeError "generator ignored GeneratorExit" among them).
// What was thrown into a chain, or came of it, leaves a generator towards this one: it knows what that one is handling.
void avm_gen_throw_on(AvmThread *t, AvmGen *above);
bool avm_gen_close(AvmThread *t, AvmGen *g);
// Closes one that has not begun; a coroutine is reported as never awaited. false: exception.
bool avm_gen_give_up(AvmThread *t, AvmGen *g);
// What `await v` drives: v itself for coroutines and awaitable generators, Futures and native coroutines, else
// v.__await__(), checked. New reference.
AvmValue avm_get_awaitable(AvmThread *t, AvmValue v, int context);
static inline bool avm_is_gen(AvmValue v) {
    return avm_is_obj(v) && avm_obj(v)->type >= AVM_T_GENERATOR && avm_obj(v)->type <= AVM_T_ASYNCGEN;
}
// A task's step (AVM_RET_TASK) has come back with v (taken). true: another task of this turn has been entered, and is
// to be resumed with None; false: the loop's C code goes on. vm/async/ready.c
bool avm_turn_next(AvmThread *t, AvmSent how, AvmValue v);
// The register that holds what a generator drives that stands at a DELEGATE, or NULL.
AvmValue *avm_gen_delegated(AvmGen *g);
// What a suspended g waits for through DELEGATE, or AVM_EMPTY: for displays; borrowed. What scripts get to see is to be
// their own, see avm_coro_own.
AvmValue avm_gen_awaiting(AvmGen *g);

#endif
