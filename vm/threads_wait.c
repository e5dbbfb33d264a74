// The VM lock, and waiting without it.
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/seconds.h"
#include "vm/async/async.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/threads_parts.h"
#include "vm/traceback.h"
#include "vm/warnings.h"

enum { SPIN_SLICES = 64 };                       // virtual time: check points after which a thread gives way
static const int64_t LOOK_NS = 50 * 1000 * 1000; // virtual time: how often the main thread looks for a Ctrl-C
static const double LONGEST = 1e9;               // seconds: longer waits are cut into pieces

// --- the queue. The mutex is held.

void avm_threads_enqueue(AvmThreads *ts, AvmThread *t) {
    t->seat->next = NULL;
    if (ts->last)
        ts->last->seat->next = t;
    else
        ts->first = t;
    ts->last = t;
    atomic_fetch_add_explicit(&ts->queued, 1, memory_order_relaxed);
}

static AvmThread *dequeue(AvmThreads *ts) {
    AvmThread *t = ts->first;
    if (!t) return NULL;
    ts->first = t->seat->next;
    if (!ts->first) ts->last = NULL;
    atomic_fetch_sub_explicit(&ts->queued, 1, memory_order_relaxed);
    return t;
}

// Virtual time, and nobody is in the queue: the parked thread whose deadline comes first, with the clock put
// forward.
static AvmThread *first_in_time(AvmThreads *ts) {
    AvmThread *best = NULL;
    bool outside = false, reading = false;
    for (AvmThread *t = ts->vm->main_thread; t; t = t->next) {
        AvmSeat *s = t->seat;
        outside |= s->outside;
        reading |= s->reading;
        if (!s->parked_at) continue;
        if (!best || s->deadline < best->seat->deadline ||
            (s->deadline == best->seat->deadline && s->parked_at < best->seat->parked_at))
            best = t;
    }
    // Time stands still while somebody reads a file, and whoever is outside may come back.
    AvmLoopPort *port = ts->vm->loop;
    if (!best || reading || port->held(port->clock) || (outside && best->seat->deadline == HUGE_VAL))
        return NULL;
    if (best->seat->deadline == HUGE_VAL) {
        ts->nobody_can_wake = true;
        best = ts->vm->main_thread;
    } else {
        port->sleep_until(port->clock, best->seat->deadline);
    }
    best->seat->parked_at = 0;
    return best;
}

void avm_threads_hand_over(AvmThreads *ts) {
    AvmThread *next = dequeue(ts);
    if (!next && ts->vm->virtual_time) next = first_in_time(ts);
    ts->holder = next;
    if (next) pthread_cond_signal(&next->seat->turn);
}

void avm_threads_await_turn(AvmThreads *ts, AvmThread *t) {
    while (ts->holder != t) pthread_cond_wait(&t->seat->turn, &ts->mutex);
}

static void take(AvmThreads *ts, AvmThread *t) {
    if (ts->holder == t) return;
    if (!ts->holder && !ts->first) {
        ts->holder = t;
        return;
    }
    avm_threads_enqueue(ts, t);
    if (!ts->holder) avm_threads_hand_over(ts);
    avm_threads_await_turn(ts, t);
}

// --- what goes with the lock

void avm_threads_settle(AvmThreads *ts, AvmThread *t) {
    if (t->exhausted && !ts->stopping && !ts->limit) ts->limit = t->limit;
    if (t->fuel == UINT64_MAX) return;
    uint64_t used = (uint64_t)(t->slice - t->ticks);
    t->fuel -= used < t->fuel ? used : t->fuel;
    t->slice = t->ticks;
    ts->fuel = t->fuel;
}

void avm_threads_resume(AvmThreads *ts, AvmThread *t) {
    AvmLoopPort *port = ts->vm->loop;
    AvmThread *main = ts->vm->main_thread;
    if (ts->limit) avm_exhaust(t, ts->limit);
    t->timed = main->timed;
    t->seat->since_ns = port->is_virtual ? 0 : port->now_ns(port->clock);
    t->seat->slices = 0;
    if (ts->fuel == UINT64_MAX) return;
    t->fuel = ts->fuel;
    avm_ticks_grant(t);
}

void avm_threads_check(AvmThread *t) {
    AvmThreads *ts = t->vm->threads;
    if (!atomic_load_explicit(&ts->queued, memory_order_relaxed)) return;
    AvmLoopPort *port = t->vm->loop;
    t->seat->slices++;
    bool over = port->is_virtual ? t->seat->slices >= SPIN_SLICES
                                 : port->now_ns(port->clock) - t->seat->since_ns >= ts->interval_ns;
    if (!over) return;
    avm_threads_settle(ts, t);
    pthread_mutex_lock(&ts->mutex);
    avm_threads_enqueue(ts, t);
    avm_threads_hand_over(ts);
    avm_threads_await_turn(ts, t);
    pthread_mutex_unlock(&ts->mutex);
    avm_threads_resume(ts, t);
}

// --- descriptors that end a wait

// Other threads than the main one get theirs when they first wait for a descriptor. -1: errno tells.
static int alarm_of(AvmThread *t) {
    AvmLoopPort *port = t->vm->loop;
    if (t->seat->alarm < 0)
        t->seat->alarm =
            t == t->vm->main_thread ? port->alarm(port->clock) : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return t->seat->alarm;
}

static void ring(int alarm) {
    ssize_t n = write(alarm, &(uint64_t){1}, 8); // a full counter is as loud as can be
    (void)n;
}

static void quiet(int alarm) {
    uint64_t rung;
    ssize_t n = read(alarm, &rung, 8);
    (void)n;
}

static struct timespec moment(int64_t ns) { return (struct timespec){ns / 1000000000, ns % 1000000000}; }

// ppoll for at most the time until the deadline. What is ready, 0 or -1.
static int poll_until(AvmThread *t, struct pollfd *fds, nfds_t n, double deadline) {
    AvmLoopPort *port = t->vm->loop;
    double left = deadline == HUGE_VAL ? LONGEST : deadline - port->now(port->clock);
    struct timespec timeout = moment(avm_seconds_ns(left < LONGEST ? left : LONGEST));
    return ppoll(fds, n, &timeout, NULL);
}

// --- parking

// Posts are for loops.
static bool interrupted(AvmThread *t) {
    uint32_t bits = atomic_load_explicit(&t->interrupt, memory_order_relaxed);
    return (bits & ~(t->seat->in_loop ? 0 : AVM_INTERRUPT_POST)) != 0;
}

static int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// The main thread sleeps on the alarm, which signal handlers can ring. The mutex is held.
static void sleep_main(AvmThreads *ts, AvmThread *t, double deadline) {
    struct pollfd fd = {.fd = t->seat->alarm, .events = POLLIN};
    pthread_mutex_unlock(&ts->mutex);
    if (!interrupted(t) && poll_until(t, &fd, 1, deadline) > 0) quiet(fd.fd);
    pthread_mutex_lock(&ts->mutex);
}

static void sleep_other(AvmThreads *ts, AvmThread *t, double deadline) {
    if (deadline == HUGE_VAL) {
        pthread_cond_wait(&t->seat->turn, &ts->mutex);
        return;
    }
    struct timespec until = moment(avm_seconds_ns(deadline));
    pthread_cond_timedwait(&t->seat->turn, &ts->mutex, &until);
}

static bool is_late(AvmThread *t, double deadline) {
    AvmLoopPort *port = t->vm->loop;
    return deadline != HUGE_VAL && port->now(port->clock) >= deadline;
}

static void park_really(AvmThreads *ts, AvmThread *t, double deadline) {
    bool is_main = t == t->vm->main_thread;
    avm_threads_hand_over(ts);
    while (!t->seat->woken && !interrupted(t) && !is_late(t, deadline))
        is_main ? sleep_main(ts, t, deadline) : sleep_other(ts, t, deadline);
    t->seat->parked_at = 0;
    take(ts, t);
}

// Virtual time: whoever parks last puts the clock forward; so the thread waits for the lock itself.
static void park_virtually(AvmThreads *ts, AvmThread *t) {
    bool is_main = t == t->vm->main_thread;
    avm_threads_hand_over(ts);
    while (ts->holder != t) {
        if (!is_main) {
            pthread_cond_wait(&t->seat->turn, &ts->mutex);
            continue;
        }
        struct timespec until = moment(monotonic_ns() + LOOK_NS);
        pthread_cond_timedwait(&t->seat->turn, &ts->mutex, &until);
        if (t->seat->parked_at && interrupted(t)) {
            t->seat->parked_at = 0;
            take(ts, t);
        }
    }
}

AvmWoken avm_threads_park(AvmThread *t, double deadline) {
    if (!avm_threads_begin(t)) return AVM_WOKEN_FAILED;
    AvmThreads *ts = t->vm->threads;
    AvmSeat *seat = t->seat;
    avm_threads_settle(ts, t);
    pthread_mutex_lock(&ts->mutex);
    ts->nobody_can_wake = false;
    if (!seat->woken && !interrupted(t)) {
        seat->deadline = deadline;
        seat->parked_at = ++ts->parkings;
        ts->vm->virtual_time ? park_virtually(ts, t) : park_really(ts, t, deadline);
    }
    bool woken = seat->woken;
    seat->woken = false;
    bool never = ts->nobody_can_wake && t == ts->vm->main_thread;
    pthread_mutex_unlock(&ts->mutex);
    avm_threads_resume(ts, t);
    if (woken) return AVM_WOKEN;
    if (interrupted(t)) return AVM_WOKEN_INTERRUPT;
    return never ? AVM_WOKEN_FAILED : AVM_WOKEN_LATE;
}

void avm_threads_wake(AvmThread *t) {
    AvmThreads *ts = t->vm->threads;
    if (!ts) return;
    pthread_mutex_lock(&ts->mutex);
    AvmSeat *seat = t->seat;
    bool first = !seat->woken;
    seat->woken = true;
    if (first && seat->parked_at) {
        if (ts->vm->virtual_time) {
            seat->parked_at = 0;
            avm_threads_enqueue(ts, t);
            if (!ts->holder) avm_threads_hand_over(ts);
        } else if (t == t->vm->main_thread) {
            ring(seat->alarm);
        } else {
            pthread_cond_signal(&seat->turn);
        }
    } else if (first && seat->outside) {
        ring(seat->alarm);
    }
    pthread_mutex_unlock(&ts->mutex);
}

void avm_threads_interrupt(AvmThread *main, uint32_t what) {
    atomic_fetch_or_explicit(&main->interrupt, what, memory_order_release);
    avm_ticks_force(main);
    if (main->vm->threads) ring(main->seat->alarm);
}

// --- lists of waiters

static void leave(AvmWaiters *w, AvmThread *t) {
    AvmThread **link = &w->first, *before = NULL;
    while (*link != t) {
        before = *link;
        link = &before->seat->next_waiter;
    }
    *link = t->seat->next_waiter;
    if (w->last == t) w->last = before;
    t->seat->waits_in = NULL;
}

// A place where a thread stands, for people.
static void add_place(AvmThread *t, AvmBuf *out) {
    AvmFrame *f = t->frame;
    while (f && f->func->code->frozen && f->back) f = f->back;
    avm_buf_printf(out, "  thread %llu", (unsigned long long)t->ident);
    if (f) {
        const AvmUnit *unit = f->func->code->unit;
        avm_buf_printf(out, " waits in %.*s, File \"%.*s\", line %u", (int)unit->qualname.len,
                       unit->qualname.text, (int)unit->file.len, unit->file.text,
                       (unsigned)avm_unit_pos(unit, avm_frame_pc(f)).line);
    }
    avm_buf_byte(out, '\n');
}

// Virtual time: all threads wait for each other. The run ends with a status of its own.
static void deadlock(AvmThread *t) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, "aio: deadlock: every thread waits, and nobody is left who could wake one\n");
    for (AvmThread *other = t->vm->main_thread; other; other = other->next) add_place(other, &b);
    avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    avm_exhaust(t, AVM_LIMIT_DEADLOCK);
}

AvmWoken avm_threads_wait(AvmThread *t, AvmWaiters *w, double deadline) {
    if (!avm_threads_begin(t)) return AVM_WOKEN_FAILED;
    if (w->last)
        w->last->seat->next_waiter = t;
    else
        w->first = t;
    w->last = t;
    t->seat->waits_in = w;
    t->seat->next_waiter = NULL;
    AvmWoken how;
    do how = avm_threads_park(t, deadline);
    while (how == AVM_WOKEN && t->seat->waits_in);
    if (!t->seat->waits_in) return AVM_WOKEN;
    leave(w, t);
    if (how == AVM_WOKEN_FAILED && !avm_failed(t)) deadlock(t);
    return how;
}

AvmWoken avm_threads_wait_fully(AvmThread *t, AvmWaiters *w, double deadline) {
    for (;;) {
        AvmWoken how = avm_threads_wait(t, w, deadline);
        if (how != AVM_WOKEN_INTERRUPT) return how;
        if (!avm_op_check(t)) return AVM_WOKEN_FAILED;
    }
}

bool avm_threads_notify(AvmWaiters *w) {
    AvmThread *t = w->first;
    if (!t) return false;
    leave(w, t);
    avm_threads_wake(t);
    return true;
}

// --- system calls without the lock

static void go_outside(AvmThreads *ts, AvmThread *t) {
    avm_threads_settle(ts, t);
    pthread_mutex_lock(&ts->mutex);
    t->seat->outside = true;
    avm_threads_hand_over(ts);
    pthread_mutex_unlock(&ts->mutex);
}

static void come_back(AvmThreads *ts, AvmThread *t) {
    pthread_mutex_lock(&ts->mutex);
    take(ts, t);
    t->seat->outside = false;
    t->seat->woken = false;
    pthread_mutex_unlock(&ts->mutex);
    avm_threads_resume(ts, t);
}

AvmWoken avm_threads_await_fd(AvmThread *t, int fd, bool writing) {
    AvmThreads *ts = t->vm->threads;
    if (!ts || !ts->alive) return AVM_WOKEN;
    struct pollfd fds[2] = {{.fd = fd, .events = writing ? POLLOUT : POLLIN},
                            {.fd = alarm_of(t), .events = POLLIN}};
    t->seat->reading = true;
    go_outside(ts, t);
    int n = interrupted(t) ? 0 : poll_until(t, fds, 2, HUGE_VAL);
    come_back(ts, t);
    t->seat->reading = false;
    if (n > 0 && fds[1].revents) quiet(fds[1].fd);
    if (interrupted(t)) return AVM_WOKEN_INTERRUPT;
    return n > 0 && fds[0].revents ? AVM_WOKEN : AVM_WOKEN_LATE;
}

void *avm_threads_begin_wait(void *arg, int *alarm) {
    AvmVm *vm = arg;
    AvmThread *t = vm->threads->holder;
    *alarm = alarm_of(t);
    go_outside(vm->threads, t);
    return t;
}

void avm_threads_end_wait(void *token) {
    AvmThread *t = token;
    come_back(t->vm->threads, t);
    if (t != t->vm->main_thread) quiet(t->seat->alarm); // the main thread's is the clock's
}

AvmWaited avm_threads_loop_wait(AvmThread *t, AvmLoop *world, double deadline) {
    AvmLoopPort *port = t->vm->loop;
    if (port->watched(world) || !t->vm->threads->alive) return port->wait(world, deadline);
    t->seat->in_loop = true;
    AvmWoken how = avm_threads_park(t, deadline);
    t->seat->in_loop = false;
    switch (how) {
    case AVM_WOKEN_INTERRUPT: return AVM_WAIT_INTERRUPTED;
    case AVM_WOKEN_FAILED: return AVM_WAIT_DEADLOCK;
    default: return AVM_WAITED;
    }
}
