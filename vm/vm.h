// A VM's life: what embed builds the public API on.
#ifndef AVM_VM_VM_H
#define AVM_VM_VM_H

#include "vm/async/port.h"
#include "vm/import.h"
#include "vm/thread.h"

typedef struct AvmVmOptions {
    const AvmAlloc *alloc;  // copied; NULL: libc's without limit
    AvmHost host;
    AvmLoopPort *port;      // clock and waiting; must outlive the VM; NULL: time and asyncio are refused
    const AvmModuleDef *const *modules; // see avm_import_register
    const AvmFrozen *frozen;
    bool virtual_time;
    bool hash_random;       // PYTHONHASHSEED absent or "random"; else hash_seed counts
    uint64_t hash_seed;     // 0: no randomisation
    bool seeded;            // random begins from seed
    int64_t seed;
    size_t c_stack;         // bytes of C stack the VM may use below the caller of avm_vm_new; 0: 4 MiB
} AvmVmOptions;

// The main thread state of a new VM, or NULL when memory ran out.
AvmThread *avm_vm_new(const AvmVmOptions *options);
// Runs what is to be run at the end: finalisers, reports. Afterwards what was written may still be flushed.
void avm_vm_finish(AvmThread *t);
// Frees everything, after avm_vm_finish (which it calls if nobody did).
void avm_vm_free(AvmThread *t);
// A thread state with a register stack of at most `slots`, for vm/threads.h. NULL: no memory.
AvmThread *avm_vm_thread_new(AvmVm *vm, size_t slots);
void avm_vm_thread_free(AvmThread *t);
// Frees a VM whose making failed, or at the end of avm_vm_free: runs nothing.
void avm_vm_discard(AvmVm *vm);
// The C stack may be another one now (the host moved the VM to another thread): call at each entry from the host.
static inline void avm_vm_enter(AvmThread *t) { t->stack_floor = (char *)__builtin_frame_address(0) - t->vm->c_stack; }

// A new module object as __main__ (replacing the old one) with the given __file__ (NULL: none); borrowed.
AvmModuleObj *avm_vm_main(AvmThread *t, const char *file);
// Runs a unit as the code of a module whose namespace is globals (locals NULL, or the namespace that R[0] gets).
// release frees the unit with the code made of it. Result: new reference (for eval mode the value), AVM_FAIL.
AvmValue avm_vm_run(AvmThread *t, const struct AvmUnit *unit, void (*release)(void *ctx, const struct AvmUnit *unit),
                    void *ctx, AvmDict *globals, AvmValue locals);

// As avm_vm_run, in steps: nothing runs yet. One program at a time. false: exception.
bool avm_vm_start(AvmThread *t, const struct AvmUnit *unit,
                  void (*release)(void *ctx, const struct AvmUnit *unit), void *ctx, AvmDict *globals);
typedef enum AvmStep {
    AVM_STEP_FAILED, // the program's end: an exception, or t->exhausted
    AVM_STEP_DONE,   // the program's end; *out is a new reference
    AVM_STEP_PAUSED, // to be called again: the budget is used up, or t->limit says which limit was hit
    AVM_STEP_IDLE,   // without `block`: nothing to do before *deadline (HUGE_VAL: none)
} AvmStep;
// Goes on until about `budget` units are used. It pauses only where no C function stands between this call and the code
// that runs: an event loop that the program runs is driven from here. block: waits for what the loop waits for.
AvmStep avm_vm_step(AvmThread *t, uint64_t budget, bool block, double *deadline, AvmValue *out);
// Between two steps with no program: the host's own loop is no longer the running one.
void avm_vm_let_go(AvmThread *t);
// Drops a program that has paused, and a loop that was driven; no handler of theirs runs.
void avm_vm_abandon(AvmThread *t);

#endif
