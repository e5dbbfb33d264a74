// One event loop's world: its timers and what it waits with. Knows items, not callbacks or tasks.
#ifndef AVM_LOOP_LOOP_H
#define AVM_LOOP_LOOP_H

#include "loop/backend.h"
#include "loop/timer.h"

typedef struct AvmLoop {
    AvmAlloc *alloc;
    AvmClock *clock;
    AvmTimers timers;
    AvmBackend *backend; // made at the first wait or watch
    AvmReadyFn on_ready;
    void *on_ready_arg;
} AvmLoop;

// place: where items hold their place in the timer heap (loop/timer.h). NULL: no memory.
AvmLoop *avm_loop_open(AvmAlloc *alloc, AvmClock *clock, uint32_t place);
void avm_loop_close(AvmLoop *loop);
bool avm_loop_timer_add(AvmLoop *loop, double when, void *item);
void avm_loop_timer_remove(AvmLoop *loop, void *item);
void *avm_loop_timer_first(AvmLoop *loop, double *when);
void *avm_loop_timer_due(AvmLoop *loop, double before);
void avm_loop_timer_each(AvmLoop *loop, void (*fn)(void *item, void *arg), void *arg);
// Waits until the clock shows deadline (HUGE_VAL: for ever; past: only looks), then reports ready descriptors.
AvmLoopWaited avm_loop_wait(AvmLoop *loop, double deadline);
void avm_loop_wake(AvmLoop *loop);
bool avm_loop_watch(AvmLoop *loop, int fd, int events); // false: errno tells
void avm_loop_on_ready(AvmLoop *loop, AvmReadyFn ready, void *arg);
uint32_t avm_loop_watched(AvmLoop *loop);
// A descriptor that can be read when one of the watched ones is ready; -1: none is watched, or there is no such thing.
int avm_loop_descriptor(AvmLoop *loop);

#endif
