// Threads of a VM. One of them runs at a time, who holds the VM lock: the others stand in a queue for it or
// wait for something. The lock is handed over where a thread waits, and at the check point once its time is
// up. While the host is outside the VM, the main thread keeps the lock. Nothing here knows what scripts see
// of threads.
//
// Under virtual time a thread runs until it waits (or, when it spins, for a fixed number of check points),
// and when all wait the clock jumps to the next deadline: the order in which threads run is the same in each
// run.
#ifndef AVM_VM_THREADS_H
#define AVM_VM_THREADS_H

#include "vm/async/port.h"
#include "vm/thread.h"

// How a wait ended.
typedef enum AvmWoken {
    AVM_WOKEN,           // by avm_threads_wake or notify
    AVM_WOKEN_LATE,      // the deadline has come
    AVM_WOKEN_INTERRUPT, // t->interrupt wants to be looked at
    AVM_WOKEN_FAILED,    // an exception is set, or the run is over: virtual time knows that nobody could ever
                         // wake
} AvmWoken;

// Who waits for one thing, in the order in which they came. Zeros: nobody.
typedef struct AvmWaiters {
    AvmThread *first, *last;
} AvmWaiters;

// Makes the VM lock, held by t, unless it is there. false: exception.
bool avm_threads_begin(AvmThread *t);
// A new thread, last in the queue for the lock: once it is its turn it calls run(thread, arg), and ends when
// that returns. c_stack: bytes; 0: as much as the main thread may use. NULL: RuntimeError or MemoryError.
AvmThread *avm_threads_start(AvmThread *t, void (*run)(AvmThread *t, void *arg), void *arg, size_t c_stack);
// How many run besides the main thread.
uint32_t avm_threads_count(AvmVm *vm);
// Who holds the lock: on whose behalf a call from outside happens.
AvmThread *avm_threads_current(AvmVm *vm);
// The end of all other threads: none of them runs script any more, not even `finally`. t is the main thread.
void avm_threads_stop(AvmThread *t);
void avm_threads_free(AvmVm *vm); // after avm_threads_stop, or without threads

// At the check point: hands the lock over if t had it for an interval and somebody waits for it.
void avm_threads_check(AvmThread *t);
int64_t avm_threads_interval_ns(AvmVm *vm);
void avm_threads_set_interval(AvmVm *vm, int64_t ns);

// --- waiting: the lock is given up meanwhile; whatever a thread can change may have changed afterwards

// Until avm_threads_wake(t) (one that came before counts), the deadline (of the port's clock; HUGE_VAL: none)
// or an interrupt.
AvmWoken avm_threads_park(AvmThread *t, double deadline);
void avm_threads_wake(AvmThread *t);
// Has the main thread look at AVM_INTERRUPT_... soon, also where it waits.
void avm_threads_interrupt(AvmThread *main, uint32_t what);
// The same for a thing that several may wait for: until avm_threads_notify takes t out of the list.
AvmWoken avm_threads_wait(AvmThread *t, AvmWaiters *waiters, double deadline);
// As avm_threads_wait, but an interrupt is dealt with and does not end it: WOKEN, LATE or FAILED.
AvmWoken avm_threads_wait_fully(AvmThread *t, AvmWaiters *waiters, double deadline);
// Wakes the first who waits; false: nobody does.
bool avm_threads_notify(AvmWaiters *waiters);
// Until fd can be read (or written): WOKEN or INTERRUPT. At once while there are no threads.
AvmWoken avm_threads_await_fd(AvmThread *t, int fd, bool write);
// An event loop waits on behalf of t.
AvmWaited avm_threads_loop_wait(AvmThread *t, AvmLoop *world, double deadline);

#endif
