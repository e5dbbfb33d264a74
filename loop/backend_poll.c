// The backend of builds without libuv: ppoll over an array of descriptors. Has no threads for blocking work.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "loop/backend.h"

typedef struct PollBackend {
    AvmBackend base;
    struct pollfd *fds;  // fds[0] is the alarm
    struct pollfd *seen; // a copy that a wait looks at: other threads may watch meanwhile
    uint32_t len, cap, seen_cap;
} PollBackend;

static bool grow(PollBackend *p) {
    if (p->len < p->cap) return true;
    uint32_t cap = p->cap ? p->cap * 2 : 4;
    struct pollfd *fds = avm_realloc(p->base.alloc, p->fds, p->cap * sizeof *fds, cap * sizeof *fds);
    if (!fds) return false;
    p->fds = fds;
    p->cap = cap;
    return true;
}

static bool add(PollBackend *p, int fd, short events) {
    if (!grow(p)) {
        errno = ENOMEM;
        return false;
    }
    p->fds[p->len++] = (struct pollfd){.fd = fd, .events = events};
    return true;
}

static bool open_alarm(PollBackend *p) {
    if (p->len > 0) return true;
    return avm_clock_open_alarm(p->base.clock) && add(p, p->base.clock->alarm, POLLIN);
}

static bool copy(PollBackend *p) {
    if (p->seen_cap < p->cap) {
        struct pollfd *seen = avm_realloc(p->base.alloc, p->seen, p->seen_cap * sizeof *seen, p->cap * sizeof *seen);
        if (!seen) {
            errno = ENOMEM;
            return false;
        }
        p->seen = seen;
        p->seen_cap = p->cap;
    }
    memcpy(p->seen, p->fds, p->len * sizeof *p->fds);
    return true;
}

// on_ready, and other threads during the wait, may have unwatched it.
static bool is_watched(const PollBackend *p, int fd) {
    for (uint32_t i = 1; i < p->len; i++)
        if (p->fds[i].fd == fd) return true;
    return false;
}

static AvmLoopWaited wait_for(AvmBackend *b, int64_t timeout_ns) {
    PollBackend *p = (PollBackend *)b;
    b->happened = 0;
    if (!open_alarm(p)) return AVM_LOOP_FAILED;
    if (!copy(p)) return AVM_LOOP_FAILED;
    uint32_t len = p->len;
    int n = avm_clock_poll(b->clock, p->seen, len, timeout_ns);
    if (n < 0) return errno == EINTR ? AVM_LOOP_INTERRUPTED : AVM_LOOP_FAILED;
    for (uint32_t i = 1; i < len; i++) {
        short got = p->seen[i].revents;
        if (!got || !is_watched(p, p->seen[i].fd)) continue;
        int events = (got & ~POLLOUT ? AVM_LOOP_READ : 0) | (got & ~POLLIN ? AVM_LOOP_WRITE : 0);
        b->happened++;
        if (b->on_ready) b->on_ready(b->on_ready_arg, p->seen[i].fd, events);
    }
    return AVM_LOOP_WAITED;
}

static bool watch(AvmBackend *b, int fd, int events) {
    PollBackend *p = (PollBackend *)b;
    if (!open_alarm(p)) return false;
    short wanted = (short)((events & AVM_LOOP_READ ? POLLIN : 0) | (events & AVM_LOOP_WRITE ? POLLOUT : 0));
    for (uint32_t i = 1; i < p->len; i++) {
        if (p->fds[i].fd != fd) continue;
        if (events) {
            p->fds[i].events = wanted;
        } else {
            memmove(&p->fds[i], &p->fds[i + 1], (--p->len - i) * sizeof *p->fds);
            b->watched--;
        }
        return true;
    }
    if (!events) return true;
    if (fcntl(fd, F_GETFD) < 0 || !add(p, fd, wanted)) return false;
    b->watched++;
    return true;
}

static bool submit(AvmBackend *b, void (*work)(void *arg), void (*after)(void *arg), void *arg) {
    (void)b, (void)work, (void)after, (void)arg;
    errno = ENOTSUP;
    return false;
}

static void free_backend(AvmBackend *b) {
    PollBackend *p = (PollBackend *)b;
    avm_release(b->alloc, p->fds, p->cap * sizeof *p->fds);
    avm_release(b->alloc, p->seen, p->seen_cap * sizeof *p->seen);
    avm_release(b->alloc, p, sizeof *p);
}

static const AvmBackendOps ops = {.wait = wait_for, .watch = watch, .submit = submit, .free = free_backend};

AvmBackend *avm_backend_system(AvmAlloc *alloc, AvmClock *clock) {
    PollBackend *p = avm_alloc_zero(alloc, sizeof *p);
    if (!p) return NULL;
    p->base.ops = &ops;
    p->base.alloc = alloc;
    p->base.clock = clock;
    return &p->base;
}
