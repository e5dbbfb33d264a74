// What vm/threads.c (the lives of threads) and vm/threads_wait.c (the lock and waiting) share.
#ifndef AVM_VM_THREADS_PARTS_H
#define AVM_VM_THREADS_PARTS_H

#include <pthread.h>

#include "vm/threads.h"

// A thread's place. What stands above the line is guarded by the mutex, the rest by the VM lock.
typedef struct AvmSeat {
    pthread_cond_t turn; // the thread got the lock, or was woken
    AvmThread *next;     // behind it in the queue for the lock
    double deadline;     // of a parked thread
    uint64_t parked_at;  // number of the parking, so that equal deadlines come in order; 0: not parked
    bool woken;
    bool outside; // in a system call without the lock, which may become ready by itself
    bool reading; // there for a file, not on an event loop's behalf
    int alarm;    // a descriptor that ends such a call, or -1
    // ---
    bool in_loop;         // waits on an event loop's behalf
    AvmWaiters *waits_in; // the list it stands in, or NULL
    AvmThread *next_waiter;
    int64_t since_ns; // when it got the lock
    uint32_t slices;  // check points since then
    pthread_t os;
    void (*run)(AvmThread *t, void *arg);
    void *arg;
    size_t c_stack;
} AvmSeat;

typedef struct AvmThreads {
    AvmVm *vm;
    pthread_mutex_t mutex;
    AvmThread *holder;       // of the VM lock; NULL: nobody
    AvmThread *first, *last; // the queue for it
    _Atomic uint32_t queued; // how many stand there
    uint64_t parkings;
    bool nobody_can_wake; // virtual time: found out when the last thread parked
    // --- under the VM lock
    uint32_t alive; // besides the main thread
    uint64_t idents;
    AvmThread *ended; // whose system threads are still to be joined
    bool stopping;
    AvmLimit limit; // one that a thread has hit: it ends all of them
    uint64_t fuel;  // what is left; UINT64_MAX: no limit
    int64_t interval_ns;
} AvmThreads;

// The mutex is held. Gives the lock to the first in the queue.
void avm_threads_hand_over(AvmThreads *ts);
// The mutex is held. Puts t last in the queue.
void avm_threads_enqueue(AvmThreads *ts, AvmThread *t);
// The mutex is held, t stands in the queue or has the lock: waits until it has it.
void avm_threads_await_turn(AvmThreads *ts, AvmThread *t);
// Around what is done with the lock: fuel is the VM's, not the thread's.
void avm_threads_settle(AvmThreads *ts, AvmThread *t); // before it is given up
void avm_threads_resume(AvmThreads *ts, AvmThread *t); // after it was got
// Around waits of an event loop's backend; see AvmLoopPort.around_waits.
void *avm_threads_begin_wait(void *vm, int *alarm);
void avm_threads_end_wait(void *t);

#endif
