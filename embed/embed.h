// What the files of the public API share: the VM and the program behind the opaque types.
#ifndef AVM_EMBED_EMBED_H
#define AVM_EMBED_EMBED_H

#include "base/buf.h"
#include "embed/port.h"
#include "include/aiovm.h"
#include "vm/thread.h"

struct aiovm {
    AvmThread *t;
    AvmPort port;
    AvmAlloc alloc; // of the buffers below; the VM has its own
    int (*write)(void *context, int fd, const char *data, size_t length);
    int (*signal)(void *context, int number, int action);
    void *context;
    bool busy;        // script runs
    bool over;        // a run ended without its handlers (FUEL, DEADLOCK): no script runs at the end either
    int exit_status;  // of the last EXIT
    int system_error; // of the last SYSTEM
    AvmValue error;   // the exception the last call ended with, or empty
    AvmBuf error_type, error_message, error_text; // of the error, made when they are asked for
    AvmBuf dump;
    AvmBuf frames; // aiovm_frame each; of the error, made when they are asked for
    bool has_frames;
};

struct aiovm_program {
    aiovm *vm;
    struct AvmUnit *unit;
    AvmStr *file;
    uint32_t refs; // the host's, and one for each run whose code lives on
};

// --- compile.c
const struct AvmUnit *avm_embed_compile(void *vm, AvmThread *t, const char *source, size_t len, AvmStr *file,
                                        int mode);
void avm_embed_release(void *vm, const struct AvmUnit *unit);
// mode: AVM_SOURCE_...
aiovm_status avm_program_compile(aiovm *vm, const char *source, size_t len, const char *file, int mode,
                                 aiovm_program **program);
// Lets go of a program when its code dies.
void avm_program_release(void *program, const struct AvmUnit *unit);

// --- error.c
// Keeps t->exc, if there is one, as the error of this call, and says what it means.
aiovm_status avm_embed_outcome(aiovm *vm);
void avm_embed_forget(aiovm *vm); // no error any more

#endif
