// The clock, real and virtual, and the alarm (an eventfd) that ends waits. Knows no timers.
#include "loop/clock.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/seconds.h"

static const double VIRTUAL_EPOCH = 1e9; // what the virtual wall clock shows at the start

void avm_clock_init(AvmClock *c, bool is_virtual) { *c = (AvmClock){.is_virtual = is_virtual, .alarm = -1, .end_ns = INT64_MAX}; }

void avm_clock_free(AvmClock *c) {
    if (c->alarm >= 0) close(c->alarm);
    c->alarm = -1;
}

static int64_t read_ns(clockid_t id) {
    struct timespec ts = {0};
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

// Whole seconds and the rest apart, so that the result is the double nearest to the time.
static double read_seconds(clockid_t id) {
    struct timespec ts = {0};
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

double avm_clock_now(void *clock) {
    AvmClock *c = clock;
    if (c->is_virtual) return c->t;
    return c->host_now ? 1e-9 * (double)c->host_now(c->host) : read_seconds(CLOCK_MONOTONIC);
}

double avm_clock_wall(void *clock) {
    AvmClock *c = clock;
    return c->is_virtual ? VIRTUAL_EPOCH + c->t : read_seconds(CLOCK_REALTIME);
}

double avm_clock_cpu(void *clock) {
    AvmClock *c = clock;
    return c->is_virtual ? 0.0 : read_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t avm_clock_now_ns(void *clock) {
    AvmClock *c = clock;
    if (c->is_virtual) return (int64_t)(c->t * 1e9);
    return c->host_now ? c->host_now(c->host) : read_ns(CLOCK_MONOTONIC);
}

int64_t avm_clock_wall_ns(void *clock) {
    AvmClock *c = clock;
    return c->is_virtual ? (int64_t)((VIRTUAL_EPOCH + c->t) * 1e9) : read_ns(CLOCK_REALTIME);
}

int64_t avm_clock_cpu_ns(void *clock) {
    AvmClock *c = clock;
    return c->is_virtual ? 0 : read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

bool avm_clock_held(void *clock) { return ((AvmClock *)clock)->holds > 0; }

bool avm_clock_open_alarm(AvmClock *c) {
    if (c->alarm < 0) c->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return c->alarm >= 0;
}

void avm_clock_ring(void *clock) {
    AvmClock *c = clock;
    int saved = errno;
    if (c->alarm >= 0) {
        // A full counter is as loud as can be: nothing to do about a failed write.
        ssize_t n = write(c->alarm, &(uint64_t){1}, 8);
        (void)n;
    }
    errno = saved;
}

int avm_clock_poll(AvmClock *c, struct pollfd *fds, nfds_t nfds, int64_t timeout_ns) {
    int64_t left = c->end_ns == INT64_MAX ? INT64_MAX : c->end_ns - read_ns(CLOCK_MONOTONIC);
    if (timeout_ns > left) timeout_ns = left > 0 ? left : 0;
    bool shared = c->begin_wait && timeout_ns > 0;
    // Who only looks leaves the alarm to those who wait.
    fds[0] = (struct pollfd){.fd = timeout_ns > 0 ? c->alarm : -1, .events = POLLIN};
    void *token = shared ? c->begin_wait(c->wait_arg, &fds[0].fd) : NULL;
    struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    int n = ppoll(fds, nfds, timeout_ns == INT64_MAX ? NULL : &timeout, NULL);
    int saved = errno;
    if (shared) c->end_wait(token);
    if (n > 0 && fds[0].revents && fds[0].fd == c->alarm) avm_clock_quiet(c);
    errno = saved;
    return n;
}

void avm_clock_quiet(AvmClock *c) {
    uint64_t rung;
    ssize_t n = c->alarm >= 0 ? read(c->alarm, &rung, 8) : 0;
    (void)n;
}

int64_t avm_clock_until(AvmClock *c, double deadline) {
    return avm_seconds_ns(deadline - avm_clock_now(c));
}

AvmLoopWaited avm_clock_sleep_until(void *clock, double deadline) {
    AvmClock *c = clock;
    if (c->is_virtual) {
        if (deadline > c->t) c->t = deadline;
        return AVM_LOOP_WAITED;
    }
    if (!avm_clock_open_alarm(c)) return AVM_LOOP_FAILED;
    for (int64_t ns; (ns = avm_clock_until(c, deadline)) > 0;) {
        struct pollfd fd = {.fd = c->alarm, .events = POLLIN};
        struct timespec timeout = {ns / 1000000000, ns % 1000000000};
        int n = ppoll(&fd, 1, ns == INT64_MAX ? NULL : &timeout, NULL);
        if (n < 0) return errno == EINTR ? AVM_LOOP_INTERRUPTED : AVM_LOOP_FAILED;
        if (n > 0) {
            avm_clock_quiet(c);
            return AVM_LOOP_INTERRUPTED;
        }
    }
    return AVM_LOOP_WAITED;
}
