// Calls from C into script without detours, for those who make many: the arguments are put where the callee's registers
// will be, and the frame stands in the caller's own code.
#ifndef AVM_VM_RUN_H
#define AVM_VM_RUN_H

#include "vm/frame.h"
#include "vm/thread.h"

// Where the next call's registers go: the stack above the innermost frame is free, and a few values may always be put
// there. NULL: the thread has no stack yet (avm_run_call makes it).
static inline AvmValue *avm_run_top(const AvmThread *t) { return t->frame ? t->frame->top : t->stack; }

// Makes fr, the next of the list, the innermost frame, for f. Its parameters stand at regs; what is above them is empty, as all
// of the free stack. (Frames of the list have neither a generator nor an object.)
__attribute__((always_inline)) static inline void avm_frame_begin(AvmThread *t, AvmFrame *fr, AvmFunc *f,
                                                                  AvmValue *regs, uint8_t returns) {
    AvmCode *code = f->code;
    t->depth++;
    fr->back = t->frame;
    fr->pc = code->words;
    fr->regs = regs;
    fr->top = regs + code->nregs;
    fr->func = f;
    fr->returns = returns;
    t->frame = fr;
}

// Calls f with n arguments (taken), which stand at regs, the top of the stack.
AvmValue avm_run_placed_slowly(AvmThread *t, AvmFunc *f, AvmValue *regs, uint32_t n);
__attribute__((always_inline)) static inline AvmValue avm_run_placed(AvmThread *t, AvmFunc *f, AvmValue *regs, uint32_t n) {
    AvmCode *code = f->code;
    AvmFrame *fr = t->frame ? t->frame->next : t->frames;
    bool usual = n == code->call_args && !code->gen_type;
    bool room = fr && t->depth < t->depth_limit && regs + code->nregs <= t->stack_end;
    if (__builtin_expect(!usual || !room || !avm_native_may_enter(t), 0)) return avm_run_placed_slowly(t, f, regs, n);
    AvmValue out = AVM_FAIL;
    f->h.refs++; // the caller's reference may end meanwhile
    t->native_depth++;
    avm_frame_begin(t, fr, f, regs, AVM_RET_C);
    avm_execute(t, AVM_EMPTY, &out);
    avm_native_leave(t);
    avm_drop(t, f);
    return out;
}

#endif
