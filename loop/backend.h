// How an event loop waits: descriptors, the alarm, blocking work on other threads. Knows no timers and no values.
#ifndef AVM_LOOP_BACKEND_H
#define AVM_LOOP_BACKEND_H

#include "base/alloc.h"
#include "loop/clock.h"

enum { AVM_LOOP_READ = 1, AVM_LOOP_WRITE = 2 };

typedef struct AvmBackend AvmBackend;
typedef void (*AvmReadyFn)(void *arg, int fd, int events);

typedef struct AvmBackendOps {
    // Waits up to timeout_ns (0: only looks; INT64_MAX: for ever), then calls on_ready for each ready descriptor and
    // the `after` of each finished piece of work.
    AvmLoopWaited (*wait)(AvmBackend *b, int64_t timeout_ns);
    // Watches fd for events from now on, level-triggered; 0: no longer. false: errno tells.
    bool (*watch)(AvmBackend *b, int fd, int events);
    // Runs work(arg) on another thread, then after(arg) in a wait of this one. false: errno tells.
    bool (*submit)(AvmBackend *b, void (*work)(void *arg), void (*after)(void *arg), void *arg);
    // Readable when a watched descriptor is ready; may be NULL.
    int (*descriptor)(AvmBackend *b);
    // Work in progress must have ended.
    void (*free)(AvmBackend *b);
} AvmBackendOps;

struct AvmBackend {
    const AvmBackendOps *ops;
    AvmAlloc *alloc;
    AvmClock *clock;     // its alarm ends every wait
    uint32_t watched;    // descriptors
    uint32_t working;    // pieces of work in progress
    uint32_t happened;   // descriptors reported and work ended in the last wait
    AvmReadyFn on_ready; // set by the owner
    void *on_ready_arg;
};

// The system's backend: libuv's, or ppoll's in builds without it. NULL: no memory.
AvmBackend *avm_backend_system(AvmAlloc *alloc, AvmClock *clock);

// Waiting under virtual time, over the system's backend. T becomes deadline (HUGE_VAL: none) once nothing real can
// happen: at once while no descriptor is watched and no work is in progress, else after a moment of silence.
AvmLoopWaited avm_backend_virtual_wait(AvmBackend *b, double deadline);

#endif
