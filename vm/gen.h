// Generators, coroutines and asynchronous generators: a frame in a heap object that can be left and entered again.
#ifndef AVM_VM_GEN_H
#define AVM_VM_GEN_H

#include "vm/frame.h"

typedef enum AvmGenState { AVM_GEN_CREATED, AVM_GEN_SUSPENDED, AVM_GEN_RUNNING, AVM_GEN_DONE } AvmGenState;

enum { AVM_GEN_ITERABLE_CORO = 1 }; // in h.flags: a generator made by a types.coroutine function: awaitable

typedef struct AvmGen AvmGen;
struct AvmGen {
    AvmObj h; // GENERATOR, COROUTINE or ASYNCGEN
    AvmFrame frame;
    AvmGen *awaiter; // who delegates to this one (borrowed), or NULL: a root, or suspended by hand
    AvmGen *leaf;    // of a root: the innermost suspended one of its chain (borrowed), or NULL: itself
    AvmValue name;   // the function's unless set: AVM_EMPTY
    AvmValue qualname;
    AvmValue origin; // cr_origin, or empty
    uint8_t state;   // AvmGenState
    uint8_t closing; // async generators: being closed
    uint8_t started; // async generators: hooks have been called
    uint8_t running_async;
    AvmValue regs[];
};

// Takes the arguments already bound in args[0 .. nparams).
AvmGen *avm_gen_new(AvmThread *t, AvmFunc *func, AvmValue *args);
// Resumes; as AvmSlots.send and throw.
AvmSent avm_gen_send(AvmThread *t, AvmGen *g, AvmValue value, AvmValue *out);
AvmSent avm_gen_throw(AvmThread *t, AvmGen *g, AvmValue exc, AvmValue *out);
// close(): false: an exception is set (RuntimeError "generator ignored GeneratorExit" among them).
bool avm_gen_close(AvmThread *t, AvmGen *g);
// What `await v` drives: v itself for coroutines and awaitable generators, Futures and native coroutines, else
// v.__await__(), checked. New reference.
AvmValue avm_get_awaitable(AvmThread *t, AvmValue v, int context);
static inline bool avm_is_gen(AvmValue v) {
    return avm_is_obj(v) && avm_obj(v)->type >= AVM_T_GENERATOR && avm_obj(v)->type <= AVM_T_ASYNCGEN;
}
// The innermost generator that g waits for through DELEGATE, for cr_await, repr of tasks and stack displays; borrowed.
AvmValue avm_gen_awaiting(AvmGen *g);

#endif
