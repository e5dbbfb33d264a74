// The libuv backend. Its uv_loop_t is made when a descriptor is first watched or work submitted: until then a wait is
// one ppoll of the alarm. No uv_* type leaves this file.
#include <errno.h>
#include <uv.h>

#include "loop/backend.h"

typedef struct UvBackend UvBackend;

typedef struct Watch {
    uv_poll_t poll;
    UvBackend *owner;
    struct Watch *next;
    int fd;
} Watch;

typedef struct Work {
    uv_work_t req;
    UvBackend *owner;
    void (*work)(void *arg);
    void (*after)(void *arg);
    void *arg;
} Work;

struct UvBackend {
    AvmBackend base;
    uv_loop_t loop;
    bool open; // loop is
    Watch *watches;
};

static bool open_loop(UvBackend *u) {
    if (u->open) return true;
    int err = uv_loop_init(&u->loop);
    if (err) errno = -err;
    u->open = !err;
    return u->open;
}

static AvmLoopWaited wait_for(AvmBackend *b, int64_t timeout_ns) {
    UvBackend *u = (UvBackend *)b;
    b->happened = 0;
    if (!avm_clock_open_alarm(b->clock)) return AVM_LOOP_FAILED;
    struct pollfd fds[2];
    nfds_t nfds = 1;
    if (u->open) {
        // libuv tells the poller of new watches only in here; callbacks that are due run too.
        uv_run(&u->loop, UV_RUN_NOWAIT);
        if (b->happened) return AVM_LOOP_WAITED;
        fds[nfds++] = (struct pollfd){.fd = uv_backend_fd(&u->loop), .events = POLLIN};
    }
    int n = avm_clock_poll(b->clock, fds, nfds, timeout_ns);
    if (n < 0) return errno == EINTR ? AVM_LOOP_INTERRUPTED : AVM_LOOP_FAILED;
    if (nfds > 1 && fds[1].revents) uv_run(&u->loop, UV_RUN_NOWAIT);
    return AVM_LOOP_WAITED;
}

static void poll_ready(uv_poll_t *poll, int status, int events) {
    Watch *w = poll->data;
    AvmBackend *b = &w->owner->base;
    int out = (events & UV_READABLE ? AVM_LOOP_READ : 0) | (events & UV_WRITABLE ? AVM_LOOP_WRITE : 0);
    if (status < 0) out = AVM_LOOP_READ | AVM_LOOP_WRITE; // whoever reads or writes will find the error
    b->happened++;
    if (out && b->on_ready) b->on_ready(b->on_ready_arg, w->fd, out);
}

static void free_watch(uv_handle_t *handle) {
    Watch *w = handle->data;
    avm_release(w->owner->base.alloc, w, sizeof *w);
}

static void unwatch(UvBackend *u, Watch **at) {
    Watch *w = *at;
    *at = w->next;
    u->base.watched--;
    uv_close((uv_handle_t *)&w->poll, free_watch);
}

static bool watch(AvmBackend *b, int fd, int events) {
    UvBackend *u = (UvBackend *)b;
    Watch **at = &u->watches;
    while (*at && (*at)->fd != fd) at = &(*at)->next;
    if (!events) {
        if (*at) unwatch(u, at);
        return true;
    }
    if (!*at) {
        if (!open_loop(u)) return false;
        Watch *w = avm_alloc_zero(b->alloc, sizeof *w);
        if (!w) {
            errno = ENOMEM;
            return false;
        }
        int err = uv_poll_init(&u->loop, &w->poll, fd);
        if (err) {
            avm_release(b->alloc, w, sizeof *w);
            errno = -err;
            return false;
        }
        *w = (Watch){.poll = w->poll, .owner = u, .fd = fd};
        w->poll.data = w;
        *at = w;
        b->watched++;
    }
    int wanted = (events & AVM_LOOP_READ ? UV_READABLE : 0) | (events & AVM_LOOP_WRITE ? UV_WRITABLE : 0);
    int err = uv_poll_start(&(*at)->poll, wanted, poll_ready);
    if (err) errno = -err;
    return !err;
}

static void do_work(uv_work_t *req) {
    Work *w = req->data;
    w->work(w->arg);
}

static void work_done(uv_work_t *req, int status) {
    (void)status; // nothing is ever cancelled
    Work *w = req->data;
    AvmBackend *b = &w->owner->base;
    void (*after)(void *) = w->after;
    void *arg = w->arg;
    avm_release(b->alloc, w, sizeof *w);
    b->working--;
    b->happened++;
    after(arg);
}

static bool submit(AvmBackend *b, void (*work)(void *arg), void (*after)(void *arg), void *arg) {
    UvBackend *u = (UvBackend *)b;
    if (!open_loop(u)) return false;
    Work *w = avm_alloc(b->alloc, sizeof *w);
    if (!w) {
        errno = ENOMEM;
        return false;
    }
    *w = (Work){.owner = u, .work = work, .after = after, .arg = arg};
    w->req.data = w;
    int err = uv_queue_work(&u->loop, &w->req, do_work, work_done);
    if (err) {
        avm_release(b->alloc, w, sizeof *w);
        errno = -err;
        return false;
    }
    b->working++;
    return true;
}

static void free_backend(AvmBackend *b) {
    UvBackend *u = (UvBackend *)b;
    while (u->watches) unwatch(u, &u->watches);
    if (u->open) {
        uv_run(&u->loop, UV_RUN_DEFAULT); // runs the close callbacks, and waits for work in progress
        uv_loop_close(&u->loop);
    }
    avm_release(b->alloc, u, sizeof *u);
}

static int descriptor(AvmBackend *b) {
    UvBackend *u = (UvBackend *)b;
    return u->open ? uv_backend_fd(&u->loop) : -1;
}

static const AvmBackendOps ops = {
    .wait = wait_for, .watch = watch, .submit = submit, .descriptor = descriptor, .free = free_backend};

AvmBackend *avm_backend_system(AvmAlloc *alloc, AvmClock *clock) {
    UvBackend *u = avm_alloc_zero(alloc, sizeof *u);
    if (!u) return NULL;
    u->base.ops = &ops;
    u->base.alloc = alloc;
    u->base.clock = clock;
    return &u->base;
}
