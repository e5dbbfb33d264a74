// Frames: the activation of one script function. Frames of plain functions are taken from the thread's list and their
// registers from its stack; those of generators and coroutines are part of an AvmGen.
#ifndef AVM_VM_FRAME_H
#define AVM_VM_FRAME_H

#include "vm/types/func.h"

typedef enum AvmFrameKind {
    AVM_FRAME_PLAIN,
    AVM_FRAME_GEN, // part of an AvmGen
} AvmFrameKind;

// What becomes of a frame's result.
typedef enum AvmReturn {
    AVM_RET_REG,   // stored in register `ret` of the caller
    AVM_RET_C,     // handed to the C function that ran the frame
    AVM_RET_INIT,  // __init__: must be None; register `ret` holds the instance already
    AVM_RET_FOR,   // a generator driven by FORITER: a yielded value goes to `ret`
    AVM_RET_SEND,  // a generator driven by DELEGATE
    AVM_RET_NEXT,  // a generator driven by next(), send() or throw() called by script: StopIteration at its end
} AvmReturn;

struct AvmFrame {
    AvmFrame *back;      // the frame that runs again when this one ends or suspends; NULL while suspended
    AvmFrame *next;      // the list of reusable frames (plain); the frame to use for calls (generators, while running)
    const uint32_t *pc;  // the next word, while not the innermost one
    AvmValue *regs;
    AvmValue *top;       // first free register of the stack for calls made from here
    AvmFunc *func;       // borrowed: the caller's register or the AvmGen owns it
    AvmObj *object;      // the frame object scripts have asked for, or NULL
    uint8_t kind;        // AvmFrameKind
    uint8_t returns;     // AvmReturn
    uint8_t ret;
    uint8_t hidden;
};

// The code unit position of a frame: words before it have run or are running.
static inline uint32_t avm_frame_pc(const AvmFrame *f) { return (uint32_t)(f->pc - f->func->code->unit->code); }

// Runs func's code as a plain frame with the registers args (n of them, borrowed) and returns its result.
AvmValue avm_run_func(AvmThread *t, AvmFunc *func, const AvmValue *args, uint32_t n);

#endif
