// The lives of threads: the first, the others, their end.
#include "vm/threads.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "vm/error.h"
#include "vm/threads_parts.h"
#include "vm/vm.h"

enum {
    SLOTS = 1 << 20,            // of a thread's register stack: a reserve of addresses
    C_STACK_MIN = 256 << 10,    // bytes
    C_STACK_MARGIN = 128 << 10, // below the floor: for what does not look at it
};
static const int64_t INTERVAL_NS = 5 * 1000 * 1000;

static AvmSeat *new_seat(AvmVm *vm) {
    AvmSeat *s = avm_alloc_zero(&vm->alloc, sizeof *s);
    if (!s) return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->turn, &attr);
    pthread_condattr_destroy(&attr);
    s->alarm = -1;
    return s;
}

static void free_seat(AvmVm *vm, AvmThread *t) {
    if (!t->seat) return;
    if (t->seat->alarm >= 0 && t != vm->main_thread) close(t->seat->alarm); // the main thread's is the port's
    pthread_cond_destroy(&t->seat->turn);
    avm_release(&vm->alloc, t->seat, sizeof *t->seat);
    t->seat = NULL;
}

// --- the first

bool avm_threads_begin(AvmThread *t) {
    AvmVm *vm = t->vm;
    if (vm->threads) return true;
    if (!vm->loop) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "the host gives this VM no clock, and so no threads");
        return false;
    }
    AvmThreads *ts = avm_alloc_zero(&vm->alloc, sizeof *ts);
    t->seat = ts ? new_seat(vm) : NULL;
    if (t->seat) t->seat->alarm = vm->loop->alarm(vm->loop->clock);
    if (!t->seat || t->seat->alarm < 0) {
        t->seat ? (void)avm_raise_os(t, errno, AVM_EMPTY) : (void)avm_raise_memory(t);
        free_seat(vm, t);
        avm_release(&vm->alloc, ts, sizeof *ts);
        return false;
    }
    *ts =
        (AvmThreads){.vm = vm, .holder = t, .idents = t->ident, .interval_ns = INTERVAL_NS, .fuel = t->fuel};
    pthread_mutex_init(&ts->mutex, NULL);
    vm->threads = ts;
    vm->loop->around_waits(vm->loop->clock, avm_threads_begin_wait, avm_threads_end_wait, vm);
    return true;
}

uint32_t avm_threads_count(AvmVm *vm) { return vm->threads ? vm->threads->alive : 0; }
AvmThread *avm_threads_current(AvmVm *vm) { return vm->threads ? vm->threads->holder : vm->main_thread; }
int64_t avm_threads_interval_ns(AvmVm *vm) { return vm->threads ? vm->threads->interval_ns : INTERVAL_NS; }
void avm_threads_set_interval(AvmVm *vm, int64_t ns) {
    if (vm->threads) vm->threads->interval_ns = ns;
}

// --- the others

static void unlink_thread(AvmVm *vm, AvmThread *t) {
    AvmThread **link = &vm->main_thread;
    while (*link != t) link = &(*link)->next;
    *link = t->next;
}

static void free_thread(AvmVm *vm, AvmThread *t) {
    free_seat(vm, t);
    avm_vm_thread_free(t);
}

// Joins the system's threads of those that have ended.
static void reap(AvmThreads *ts) {
    for (AvmThread *t; (t = ts->ended);) {
        ts->ended = t->next;
        pthread_join(t->seat->os, NULL);
        free_thread(ts->vm, t);
    }
}

static void stop_others(AvmThreads *ts, AvmThread *t) {
    for (AvmThread *other = ts->vm->main_thread; other; other = other->next) {
        if (other == t) continue;
        atomic_fetch_or_explicit(&other->interrupt, AVM_INTERRUPT_STOP, memory_order_release);
        avm_threads_wake(other);
    }
}

// The last that a thread does: afterwards it is nobody's, until it is joined.
static void end_thread(AvmThreads *ts, AvmThread *t) {
    AvmValue *own[] = {&t->exc,     &t->stop_value,   &t->running_loop,
                       &t->context, &t->gen_hooks[0], &t->gen_hooks[1]};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) avm_replace(t, own[i], AVM_EMPTY);
    avm_threads_settle(ts, t);
    // What ends a run (no fuel, a deadlock) ends it in all threads.
    if (ts->limit && !ts->stopping) stop_others(ts, t);
    if (ts->stopping) avm_threads_wake(ts->vm->main_thread);
    unlink_thread(ts->vm, t);
    ts->alive--;
    t->next = ts->ended;
    ts->ended = t;
    pthread_mutex_lock(&ts->mutex);
    avm_threads_hand_over(ts);
    pthread_mutex_unlock(&ts->mutex);
}

static void *thread_main(void *arg) {
    AvmThread *t = arg;
    AvmThreads *ts = t->vm->threads;
    AvmSeat *seat = t->seat;
    pthread_mutex_lock(&ts->mutex);
    avm_threads_await_turn(ts, t);
    pthread_mutex_unlock(&ts->mutex);
    avm_threads_resume(ts, t);
    t->stack_floor = (char *)__builtin_frame_address(0) - seat->c_stack;
    seat->run(t, seat->arg);
    end_thread(ts, t);
    return NULL;
}

// The mutex is held. Takes a thread that could not be started out of the queue, where it is the last.
static void withdraw(AvmThreads *ts, AvmThread *t) {
    AvmThread *before = NULL;
    for (AvmThread *q = ts->first; q != t; q = q->seat->next) before = q;
    if (before)
        before->seat->next = NULL;
    else
        ts->first = NULL;
    ts->last = before;
    atomic_fetch_sub_explicit(&ts->queued, 1, memory_order_relaxed);
}

// 0, or an error number. Signals are the main thread's.
static int launch(AvmThread *t) {
    pthread_attr_t attr;
    int err = pthread_attr_init(&attr);
    if (err) return err;
    err = pthread_attr_setstacksize(&attr, t->seat->c_stack + C_STACK_MARGIN +
                                               (size_t)sysconf(_SC_THREAD_STACK_MIN));
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!err) err = pthread_create(&t->seat->os, &attr, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return err;
}

AvmThread *avm_threads_start(AvmThread *t, void (*run)(AvmThread *t, void *arg), void *arg, size_t c_stack) {
    if (!avm_threads_begin(t)) return NULL;
    AvmVm *vm = t->vm;
    AvmThreads *ts = vm->threads;
    reap(ts);
    AvmThread *n = avm_vm_thread_new(vm, SLOTS);
    if (n) n->seat = new_seat(vm);
    if (!n || !n->seat) {
        if (n) avm_vm_thread_free(n);
        avm_raise_memory(t);
        return NULL;
    }
    n->ident = ++ts->idents;
    n->depth_limit = t->depth_limit;
    n->seat->run = run;
    n->seat->arg = arg;
    n->seat->c_stack = c_stack ? c_stack : vm->c_stack;
    if (n->seat->c_stack < C_STACK_MIN) n->seat->c_stack = C_STACK_MIN;
    AvmThread **end = &vm->main_thread;
    while (*end) end = &(*end)->next;
    pthread_mutex_lock(&ts->mutex);
    *end = n;
    avm_threads_enqueue(ts, n);
    int err = launch(n);
    if (err) withdraw(ts, n);
    pthread_mutex_unlock(&ts->mutex);
    if (!err) {
        ts->alive++;
        avm_ticks_grant(t);
        return n;
    }
    unlink_thread(vm, n);
    free_thread(vm, n);
    avm_raise(t, AVM_EXC(t, RuntimeError), "can't start new thread");
    return NULL;
}

// --- the end

void avm_threads_stop(AvmThread *t) {
    AvmThreads *ts = t->vm->threads;
    if (!ts) return;
    ts->stopping = true;
    stop_others(ts, t);
    while (ts->alive) {
        atomic_store_explicit(&t->interrupt, 0, memory_order_relaxed); // nothing interrupts this
        avm_threads_park(t, HUGE_VAL);
    }
    reap(ts);
}

void avm_threads_free(AvmVm *vm) {
    AvmThreads *ts = vm->threads;
    if (!ts) return;
    vm->loop->around_waits(vm->loop->clock, NULL, NULL, NULL);
    free_seat(vm, vm->main_thread);
    pthread_mutex_destroy(&ts->mutex);
    avm_release(&vm->alloc, ts, sizeof *ts);
    vm->threads = NULL;
}
