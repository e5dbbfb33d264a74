// One event loop's world: timers, clock and backend put together.
#include "loop/loop.h"

#include <errno.h>

AvmLoop *avm_loop_open(AvmAlloc *alloc, AvmClock *clock, uint32_t place) {
    AvmLoop *loop = avm_alloc_zero(alloc, sizeof *loop);
    if (!loop) return NULL;
    loop->alloc = alloc;
    loop->clock = clock;
    avm_timers_init(&loop->timers, alloc, place);
    return loop;
}

void avm_loop_close(AvmLoop *loop) {
    if (loop->backend) loop->backend->ops->free(loop->backend);
    avm_timers_free(&loop->timers);
    avm_release(loop->alloc, loop, sizeof *loop);
}

bool avm_loop_timer_add(AvmLoop *loop, double when, void *item) {
    return avm_timers_add(&loop->timers, when, item);
}
void avm_loop_timer_remove(AvmLoop *loop, void *item) { avm_timers_remove(&loop->timers, item); }
void *avm_loop_timer_first(AvmLoop *loop, double *when) { return avm_timers_first(&loop->timers, when); }
void *avm_loop_timer_due(AvmLoop *loop, double before) { return avm_timers_due(&loop->timers, before); }

void avm_loop_timer_each(AvmLoop *loop, void (*fn)(void *item, void *arg), void *arg) {
    avm_timers_each(&loop->timers, fn, arg);
}

static bool open_backend(AvmLoop *loop) {
    if (loop->backend) return true;
    loop->backend = avm_backend_system(loop->alloc, loop->clock);
    if (!loop->backend) {
        errno = ENOMEM;
        return false;
    }
    avm_loop_on_ready(loop, loop->on_ready, loop->on_ready_arg);
    return true;
}

AvmLoopWaited avm_loop_wait(AvmLoop *loop, double deadline) {
    if (!open_backend(loop)) return AVM_LOOP_FAILED;
    if (loop->clock->is_virtual) return avm_backend_virtual_wait(loop->backend, deadline);
    return loop->backend->ops->wait(loop->backend, avm_clock_until(loop->clock, deadline));
}

void avm_loop_wake(AvmLoop *loop) { avm_clock_ring(loop->clock); }

bool avm_loop_watch(AvmLoop *loop, int fd, int events) {
    return open_backend(loop) && loop->backend->ops->watch(loop->backend, fd, events);
}

void avm_loop_on_ready(AvmLoop *loop, AvmReadyFn ready, void *arg) {
    loop->on_ready = ready;
    loop->on_ready_arg = arg;
    if (!loop->backend) return;
    loop->backend->on_ready = ready;
    loop->backend->on_ready_arg = arg;
}

int avm_loop_descriptor(AvmLoop *loop) {
    AvmBackend *b = loop->backend;
    return b && b->watched && b->ops->descriptor ? b->ops->descriptor(b) : -1;
}

uint32_t avm_loop_watched(AvmLoop *loop) { return loop->backend ? loop->backend->watched : 0; }
