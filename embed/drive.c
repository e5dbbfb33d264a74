// Driving: programs and tasks in steps, in the hands of the host's own loop or of ours.
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/seconds.h"
#include "embed/embed.h"
#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/type.h"
#include "vm/vm.h"

// --- the VM's own loop

static AvmEventLoop *make_loop(aiovm *vm) {
    AvmThread *t = vm->t;
    AvmValue asyncio = avm_import_text(t, "asyncio");
    AvmStr *name = asyncio ? avm_str_text(t, "new_event_loop") : NULL;
    AvmValue loop = name ? avm_call_method(t, asyncio, name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, asyncio);
    AvmEventLoop *l = loop ? avm_loop_as(t, loop) : NULL;
    if (!l) {
        avm_decref(t, loop);
        return NULL;
    }
    l->ends = true;
    vm->loop = loop;
    return l;
}

AvmEventLoop *avm_embed_loop(aiovm *vm) {
    AvmThread *t = vm->t;
    if (vm->loop && t->running_loop == vm->loop) return (AvmEventLoop *)avm_obj(vm->loop);
    AvmEventLoop *running = t->running_loop ? avm_loop_as(t, t->running_loop) : NULL;
    if (running) return running;
    if (vm->loop) return (AvmEventLoop *)avm_obj(vm->loop);
    bool began = avm_embed_run(vm);
    running = make_loop(vm);
    avm_embed_rest(vm, began);
    return running;
}

void avm_drive_end(aiovm *vm) {
    AvmThread *t = vm->t;
    // The host lets go of them: nobody is to be told.
    for (AvmTask *task = t->vm->async->first; task && vm->loop; task = task->next)
        if (avm_value(task->f.loop) == vm->loop) task->f.bits &= (uint8_t)~AVM_TASK_LOG_DESTROY;
    avm_replace(t, &vm->loop, AVM_EMPTY);
    if (vm->poll_fd >= 0) close(vm->poll_fd);
    vm->poll_fd = -1;
}

// --- tasks

// Called with the task when it is over.
typedef struct Done {
    AvmObj h;
    aiovm *vm;
    aiovm_on_done done;
    void *data;
} Done;

static AvmValue done_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t n, AvmTuple *names) {
    Done *d = (Done *)avm_obj(callee);
    aiovm *vm = d->vm;
    (void)n, (void)names;
    AvmFuture *f = (AvmFuture *)avm_obj(args[0]);
    AvmHostScope scope = avm_host_enter(vm, t);
    aiovm_value result = {0};
    avm_embed_forget(vm);
    AvmValue exc = avm_future_error(t, f);
    aiovm_status status;
    if (exc) {
        avm_reraise(t, exc);
        status = avm_embed_outcome(vm);
    } else {
        status = avm_handle_put(vm, avm_incref(f->result), &result);
    }
    d->done(vm, status, result, d->data);
    avm_host_leave(vm, scope);
    return t->exhausted ? AVM_FAIL : AVM_NONE;
}

static const AvmTypeDef done_def = {
    .name = "aiovm.done",
    .size = sizeof(Done),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.call = done_call},
};

static bool tell(aiovm *vm, AvmTask *task, aiovm_on_done done, void *data) {
    AvmThread *t = vm->t;
    if (!vm->done_type && !(vm->done_type = avm_type_from_def(t, &done_def))) return false;
    Done *d = avm_object_new(t, vm->done_type, 0);
    if (!d) return false;
    d->vm = vm;
    d->done = done;
    d->data = data;
    bool good = avm_future_add_callback(t, &task->f, avm_value(d), AVM_EMPTY);
    avm_drop(t, d);
    return good;
}

aiovm_status aiovm_spawn(aiovm *vm, aiovm_value coroutine, aiovm_on_done done, void *data) {
    if (!avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    AvmValue coro = avm_handle_get(vm, coroutine);
    if (!coro) return AIOVM_MISUSE;
    if (avm_is_coroutine(t, coro) <= 0) return AIOVM_WRONG_TYPE;
    avm_incref(coro);
    bool began = avm_embed_run(vm);
    AvmEventLoop *loop = avm_embed_loop(vm);
    AvmTask *task = loop ? avm_task_new(t, loop, coro, AVM_EMPTY, AVM_EMPTY) : NULL;
    bool good = task && (!done || tell(vm, task, done, data));
    avm_drop(t, task);
    avm_decref(t, coro);
    avm_embed_rest(vm, began);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}

aiovm_status aiovm_call_soon(aiovm *vm, aiovm_value function, const aiovm_value *args, size_t count) {
    if (!avm_embed_begin(vm) || count > UINT16_MAX) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    AvmValue f = avm_handle_get(vm, function);
    AvmTuple *values = f ? avm_tuple_new(t, (uint32_t)count) : NULL;
    if (!values) return f ? avm_embed_outcome(vm) : AIOVM_MISUSE;
    if (!avm_handle_get_all(vm, args, count, values->items)) {
        memset(values->items, 0, count * sizeof *values->items);
        avm_drop(t, values);
        return AIOVM_MISUSE;
    }
    for (size_t i = 0; i < count; i++) avm_incref(values->items[i]);
    avm_incref(f);
    bool began = avm_embed_run(vm);
    AvmEventLoop *loop = avm_embed_loop(vm);
    AvmHandle *h = loop ? avm_loop_call_soon(t, loop, f, values->items, values->len, AVM_EMPTY) : NULL;
    bool good = h != NULL;
    avm_drop(t, h);
    avm_decref(t, f);
    avm_drop(t, values);
    avm_embed_rest(vm, began);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}

// --- steps

// What came from outside since the last step.
static bool look_outside(aiovm *vm) {
    AvmThread *t = vm->t;
    if (atomic_exchange_explicit(&vm->rung, false, memory_order_acquire)) avm_clock_quiet(&vm->port.clock);
    if (!(atomic_load_explicit(&t->interrupt, memory_order_relaxed) & AVM_INTERRUPT_POST)) return true;
    atomic_fetch_and(&t->interrupt, ~(uint32_t)AVM_INTERRUPT_POST);
    return avm_posts_deliver(vm, t);
}

static void note_deadline(aiovm *vm, double deadline) {
    double left = deadline - vm->port.port.now(vm->port.port.clock);
    vm->wait_ns = deadline == HUGE_VAL ? -1 : avm_seconds_ns(left);
    if (!vm->t->timed) return;
    uint64_t limit = aiovm_get_limit(vm, AIOVM_LIMIT_TIME);
    if (vm->wait_ns < 0 || (uint64_t)vm->wait_ns > limit) vm->wait_ns = (int64_t)limit;
}

// The backend's descriptor is part of the host's, as long as it is there.
static void follow_backend(aiovm *vm, AvmLoop *world) {
    int fd = vm->poll_fd >= 0 && world ? vm->port.port.descriptor(world) : -1;
    if (fd < 0 || fd == vm->polled_fd) return;
    struct epoll_event event = {.events = EPOLLIN};
    if (!epoll_ctl(vm->poll_fd, EPOLL_CTL_ADD, fd, &event) || errno == EEXIST) vm->polled_fd = fd;
}

static aiovm_status stands_at(aiovm *vm) {
    vm->limit_hit = (aiovm_limit)vm->t->limit;
    return AIOVM_LIMIT;
}

// One step; deadline: of an idle one.
static aiovm_status step(aiovm *vm, uint64_t budget, bool block) {
    AvmThread *t = vm->t;
    AvmValue out = AVM_EMPTY;
    double deadline = HUGE_VAL;
    if (!look_outside(vm)) return avm_embed_outcome(vm);
    if (!t->stepped && !t->driven) {
        if (!vm->loop) return AIOVM_OK;
        AvmEventLoop *loop = (AvmEventLoop *)avm_obj(vm->loop);
        loop->held = vm->held;
        avm_loop_begin(t, loop);
        t->driven = avm_retain(loop);
    }
    if (t->timed && avm_limits_over_time(vm, 0)) {
        t->limit = AVM_LIMIT_TIME;
        return stands_at(vm);
    }
    AvmStep how = avm_vm_step(t, budget, block, &deadline, &out);
    avm_decref(t, out);
    if (how == AVM_STEP_PAUSED) return t->limit ? stands_at(vm) : AIOVM_PAUSED;
    if (how != AVM_STEP_IDLE) return avm_embed_outcome(vm);
    note_deadline(vm, deadline);
    follow_backend(vm, t->driven->world);
    if (!t->stepped) avm_vm_let_go(t);
    return AIOVM_WAIT;
}

static void wait_for_news(aiovm *vm) {
    struct pollfd fd = {.fd = aiovm_fd(vm), .events = POLLIN};
    struct timespec timeout = {vm->wait_ns / 1000000000, vm->wait_ns % 1000000000};
    ppoll(&fd, fd.fd >= 0, vm->wait_ns < 0 ? NULL : &timeout, NULL);
}

aiovm_status avm_embed_go_on(aiovm *vm, uint64_t budget, bool wait) {
    AvmThread *t = vm->t;
    for (;;) {
        bool began = avm_embed_run(vm);
        aiovm_status status = step(vm, budget, wait && t->stepped && !t->timed);
        avm_embed_rest(vm, began);
        if (!wait || status != AIOVM_WAIT) return status;
        wait_for_news(vm);
    }
}

aiovm_status aiovm_step(aiovm *vm, uint64_t budget) {
    if (!avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    avm_embed_forget(vm);
    return avm_embed_go_on(vm, budget, false);
}

aiovm_status aiovm_finish(aiovm *vm) {
    if (!avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    avm_embed_forget(vm);
    return avm_embed_go_on(vm, UINT64_MAX, true);
}

aiovm_status aiovm_hold(aiovm *vm, int held) {
    if (!avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    vm->held = held;
    return AIOVM_OK;
}

aiovm_status aiovm_stop(aiovm *vm) {
    if (!avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    avm_embed_forget(vm);
    bool began = avm_embed_run(vm);
    avm_vm_abandon(vm->t);
    avm_embed_rest(vm, began);
    return AIOVM_OK;
}

int64_t aiovm_wait_ns(aiovm *vm) { return vm ? vm->wait_ns : -1; }

int aiovm_fd(aiovm *vm) {
    if (!avm_embed_enter(vm)) return -1;
    if (vm->poll_fd >= 0) return vm->poll_fd;
    struct epoll_event event = {.events = EPOLLIN};
    int fd = avm_clock_open_alarm(&vm->port.clock) ? epoll_create1(EPOLL_CLOEXEC) : -1;
    if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, vm->port.clock.alarm, &event)) {
        vm->system_error = errno;
        if (fd >= 0) close(fd);
        return -1;
    }
    vm->poll_fd = fd;
    if (vm->t->driven) follow_backend(vm, vm->t->driven->world);
    return fd;
}
