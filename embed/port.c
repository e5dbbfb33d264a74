// Connects loop/ to the VM's port: one row a function. The two sides name the outcomes of a wait each for
// itself.
#include "embed/port.h"

#include "loop/loop.h"

_Static_assert((int)AVM_WAITED == (int)AVM_LOOP_WAITED, "outcomes of a wait");
_Static_assert((int)AVM_WAIT_INTERRUPTED == (int)AVM_LOOP_INTERRUPTED, "outcomes of a wait");
_Static_assert((int)AVM_WAIT_DEADLOCK == (int)AVM_LOOP_DEADLOCK, "outcomes of a wait");
_Static_assert((int)AVM_WAIT_FAILED == (int)AVM_LOOP_FAILED, "outcomes of a wait");
_Static_assert((int)AVM_WATCH_READ == (int)AVM_LOOP_READ && (int)AVM_WATCH_WRITE == (int)AVM_LOOP_WRITE,
               "events");

static AvmLoop *open_loop(AvmLoopPort *port) {
    return avm_loop_open(port->alloc, port->clock, AVM_TIMER_PLACE);
}
static AvmWaited sleep_until(void *clock, double deadline) {
    return (AvmWaited)avm_clock_sleep_until(clock, deadline);
}
static AvmWaited wait_until(AvmLoop *loop, double deadline) {
    return (AvmWaited)avm_loop_wait(loop, deadline);
}
static int alarm_of(void *clock) {
    AvmClock *c = clock;
    return avm_clock_open_alarm(c) ? c->alarm : -1;
}
static void around_waits(void *clock, void *(*begin)(void *arg, int *alarm), void (*end)(void *token), void *arg) {
    AvmClock *c = clock;
    c->begin_wait = begin;
    c->end_wait = end;
    c->wait_arg = arg;
}

void avm_port_init(AvmPort *p, AvmAlloc *alloc, bool is_virtual) {
    avm_clock_init(&p->clock, is_virtual);
    p->port = (AvmLoopPort){
        .clock = &p->clock,
        .alloc = alloc,
        .is_virtual = is_virtual,
        .held = avm_clock_held,
        .now = avm_clock_now,
        .wall = avm_clock_wall,
        .cpu = avm_clock_cpu,
        .now_ns = avm_clock_now_ns,
        .wall_ns = avm_clock_wall_ns,
        .cpu_ns = avm_clock_cpu_ns,
        .sleep_until = sleep_until,
        .open = open_loop,
        .close = avm_loop_close,
        .timer_add = avm_loop_timer_add,
        .timer_remove = avm_loop_timer_remove,
        .timer_first = avm_loop_timer_first,
        .timer_due = avm_loop_timer_due,
        .timer_each = avm_loop_timer_each,
        .wait = wait_until,
        .wake = avm_loop_wake,
        .watch = avm_loop_watch,
        .on_ready = avm_loop_on_ready,
        .watched = avm_loop_watched,
        .alarm = alarm_of,
        .around_waits = around_waits,
        .descriptor = avm_loop_descriptor,
    };
}

void avm_port_free(AvmPort *p) { avm_clock_free(&p->clock); }

void avm_port_interrupt(AvmPort *p) { avm_clock_ring(&p->clock); }
