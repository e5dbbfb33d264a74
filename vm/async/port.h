// The VM's view of time and waiting: a table of functions that embed fills from loop/ (vm must not include loop/).
// Used by vm/async, and by the time module. Knows no values.
#ifndef AVM_VM_ASYNC_PORT_H
#define AVM_VM_ASYNC_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

typedef struct AvmLoopPort AvmLoopPort;
typedef struct AvmLoop AvmLoop; // one event loop's timers and descriptors; loop/loop.h

typedef enum AvmWaited {
    AVM_WAITED,           // the deadline has come, a descriptor is ready, or somebody called wake
    AVM_WAIT_INTERRUPTED, // a signal: look at t->interrupt, then wait again
    AVM_WAIT_DEADLOCK,    // virtual time: no deadline and nobody left who could wake
    AVM_WAIT_FAILED,      // the system refused; errno tells
} AvmWaited;

enum { AVM_WATCH_READ = 1, AVM_WATCH_WRITE = 2 };

// Seconds are doubles; under virtual time now() is T of the specification, wall() is 1e9 + T, cpu() is 0.
struct AvmLoopPort {
    void *clock;      // first argument of the functions below
    AvmAlloc *alloc;
    bool is_virtual;
    bool (*held)(void *clock); // virtual time stands still: the host has work in hand that will wake somebody
    double (*now)(void *clock); // time.monotonic, time.perf_counter, loop.time
    double (*wall)(void *clock); // time.time
    double (*cpu)(void *clock); // time.process_time
    int64_t (*now_ns)(void *clock);
    int64_t (*wall_ns)(void *clock);
    int64_t (*cpu_ns)(void *clock);
    // Blocks the thread until now() >= deadline (virtual: T becomes deadline at once). WAITED or INTERRUPTED.
    AvmWaited (*sleep_until)(void *clock, double deadline);

    // An event loop's world. NULL: no memory.
    AvmLoop *(*open)(AvmLoopPort *port);
    void (*close)(AvmLoop *loop);
    // Timers: item holds its place in the heap in a uint32_t at AVM_TIMER_PLACE bytes from its start; 0: not in it.
    bool (*timer_add)(AvmLoop *loop, double when, void *item); // false: no memory
    void (*timer_remove)(AvmLoop *loop, void *item);
    void *(*timer_first)(AvmLoop *loop, double *when);         // NULL: none
    void *(*timer_due)(AvmLoop *loop, double before);          // takes out the first with when < before, or NULL
    void (*timer_each)(AvmLoop *loop, void (*fn)(void *item, void *arg), void *arg); // in no order; fn changes nothing
    // Waits until deadline (HUGE_VAL: for ever; 0 or less: only looks), then calls ready for each descriptor.
    AvmWaited (*wait)(AvmLoop *loop, double deadline);
    // Ends a wait from any thread or signal handler.
    void (*wake)(AvmLoop *loop);
    // ready(arg, fd, events) is called by wait. events 0: stop watching. false: errno tells.
    bool (*watch)(AvmLoop *loop, int fd, int events);
    void (*on_ready)(AvmLoop *loop, void (*ready)(void *arg, int fd, int events), void *arg);
    uint32_t (*watched)(AvmLoop *loop); // how many descriptors

    // The descriptor that can be read when a wait of the main thread is to end: opened at the first call; -1: errno tells.
    int (*alarm)(void *clock);
    // From now on `wait` calls begin(arg, &alarm) before it blocks (alarm may be replaced by another descriptor that ends
    // this wait), and end(what begin gave) afterwards.
    void (*around_waits)(void *clock, void *(*begin)(void *arg, int *alarm), void (*end)(void *token), void *arg);
    // A descriptor that can be read when one of the watched ones is ready; -1: none is watched, or there is no such thing.
    int (*descriptor)(AvmLoop *loop);
};

enum { AVM_TIMER_PLACE = 24 }; // in tasks and timer handles; see vm/async/async.h

#endif
