// Frames: the activation of one script function. Frames of plain functions are taken from the thread's list and their
// registers from its stack; those of generators and coroutines are part of an AvmGen.
#ifndef AVM_VM_FRAME_H
#define AVM_VM_FRAME_H

#include "vm/types/func.h"

typedef struct AvmGen AvmGen;

// What becomes of a frame's result.
typedef enum AvmReturn {
    AVM_RET_REG,  // stored in register `ret` of the caller
    AVM_RET_INIT, // __init__: must be None; register `ret` holds the instance already
    AVM_RET_FOR,  // a generator driven by FORITER: a yielded value goes to `ret`, and the loop goes on at its body
    AVM_RET_NEXT, // a generator driven by a call of next(), send() or __next__: StopIteration at its end
    AVM_RET_C,    // handed to the C function that ran the frame
    AVM_RET_TASK, // a task's step: the event loop's next task goes on without leaving the interpreter
} AvmReturn;

struct AvmFrame {
    AvmFrame *back;     // the frame that runs again when this one ends or suspends
    AvmFrame *next;     // the list of reusable frames (plain); the frame to use for calls (generators, while running)
    const uint32_t *pc; // the next word; kept only while another frame or C code runs
    AvmValue *regs;
    AvmValue *top;      // first free register of the stack for calls made from here
    AvmFunc *func;      // borrowed: the caller's register or the AvmGen owns it
    AvmGen *gen;        // whose frame it is, or NULL
    AvmObj *object;     // the frame object that tracebacks and scripts have asked for, or NULL
    uint8_t returns;    // AvmReturn
    uint8_t ret;
};

// Words before this one have run or are running.
static inline uint32_t avm_frame_pc(const AvmFrame *f) { return (uint32_t)(f->pc - f->func->code->words); }

// Whom scripts see running that ask at f, f or one of its callers: a frame that drops its locals because it
// returns is gone for those who run meanwhile. Its pc has been set back.
static inline AvmFrame *avm_frame_seen(AvmFrame *f) {
    while (f && f->pc == f->func->code->words) f = f->back;
    return f;
}

// Runs a call of a script function from C. args are borrowed; nargs counts the values of kwnames. vm/run.c
// Pushes f's frame without running it; arg: its only argument, or empty. avm_execute then runs it. false: exception.
bool avm_run_start(AvmThread *t, AvmFunc *f, AvmValue arg);
AvmValue avm_run_call(AvmThread *t, AvmFunc *f, const AvmValue *args, uint32_t nargs, AvmTuple *kwnames);
// Goes on with the frames that stand there: those of avm_run_start, or those that PAUSED left. exc (taken, or
// empty) is raised first. They may pause (again). After t->exhausted they are only unwound.
AvmSent avm_run_resume(AvmThread *t, AvmValue exc, AvmValue *out);

// The interpreter: runs t->frame until a frame with AVM_RET_C ends (RETURN, *out), yields (YIELD) or fails. vm/dispatch.c
// exc: an exception to raise (taken) where the frame stands before anything runs, or AVM_EMPTY.
AvmSent avm_execute(AvmThread *t, AvmValue exc, AvmValue *out);

// The same for a chain that avm_gen_enter has entered: value (borrowed) is sent to its leaf.
AvmSent avm_execute_resumed(AvmThread *t, AvmValue value, AvmValue *out);

// Room for the registers of a plain frame: the stack is one reserve, committed page by page. vm/stack_posix.c
AvmValue *avm_stack_reserve(size_t wanted, size_t *slots);
void avm_stack_release(AvmValue *stack, size_t slots);
// The frame to use for a call from t->frame; NULL: MemoryError.
AvmFrame *avm_frame_next(AvmThread *t);
void avm_frames_free(AvmThread *t);

#endif
