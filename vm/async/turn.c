// The turns of a loop: due timers move to the ring, then exactly what is ready at that moment runs. Steps of tasks that
// follow one another are made inside the interpreter, without coming back here between two.
#include <errno.h>
#include <float.h>
#include <math.h>

#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/frame.h"
#include "vm/hints.h"
#include "vm/shape.h"
#include "vm/threads.h"

static const double CLOCK_RESOLUTION = 1e-9; // seconds: what is due so soon is due now

// --- steps of tasks

// Has what the task waited for (if anything) come without an exception?
static inline bool wakes_plainly(const AvmTask *task) {
    if (!task->f.result) return true;
    if (task->f.sleeping || !avm_is_plain_future(task->f.result)) return false;
    AvmFuture *f = (AvmFuture *)avm_obj(task->f.result);
    return f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f);
}

// Can the step be made by resuming the leaf of a coroutine with None? The unusual ones go the general way, avm_task_wake.
static inline bool is_plain_step(const AvmThread *t, const AvmTask *task) {
    if (task->f.state != AVM_FUTURE_PENDING || task->f.bits & AVM_TASK_MUST_CANCEL || !wakes_plainly(task)) return false;
    if (!avm_is(task->coro, AVM_T_COROUTINE)) return false;
    const AvmGen *g = (AvmGen *)avm_obj(task->coro);
    return g->state <= AVM_GEN_SUSPENDED && !g->awaiter && g->leaf && t->depth + (int32_t)g->links < t->depth_limit;
}

// The task is the current one, in its context.
static inline void enter_task(AvmThread *t, AvmTurn *turn, AvmTask *task) {
    turn->task = task;
    t->current_task = avm_value(task);
    turn->context = t->context;
    if (task->context) {
        t->context = task->context; // moved there and back
        task->context = AVM_EMPTY;
        if (avm_is_context(t->context)) ((AvmContext *)avm_obj(t->context))->entered = true;
    } else {
        t->context = AVM_EMPTY;
    }
}

static inline void leave_task(AvmThread *t, AvmTurn *turn) {
    t->current_task = turn->outer;
    if (__builtin_expect(t->context != AVM_EMPTY, 0)) {
        turn->task->context = avm_context_leave(t, turn->context);
    } else {
        t->context = turn->context;
    }
}

// Makes the leaf of the task's coroutine the running frame: avm_gen_enter, for a known place.
static inline void enter(AvmThread *t, AvmTurn *turn, AvmTask *task) {
    AvmGen *root = (AvmGen *)avm_obj(task->coro), *leaf = root->leaf;
    enter_task(t, turn, task);
    t->depth += (int32_t)root->links + 1;
    root->prev_root = t->root;
    t->root = root;
    root->state = AVM_GEN_RUNNING;
    root->frame.returns = AVM_RET_TASK;
    root->frame.back = t->frame;
    leaf->frame.next = turn->next;
    leaf->frame.top = turn->top;
    t->frame = &leaf->frame;
    root->h.refs++; // while it runs
}

// Enters the task whose step is next in the ring. false: something else is next, or the step needs the general way (in debug
// mode all do).
static inline bool enter_next(AvmThread *t, AvmTurn *turn) {
    AvmEventLoop *loop = turn->loop;
    if (turn->left == 0 || !loop->ring || loop->debug || turn->traced || (turn->can_pause && t->pausing))
        return false;
    AvmValue entry = loop->ring[loop->head & loop->mask];
    AvmTask *task = AVM_UNTAGGED(entry);
    if ((entry & AVM_READY_TAGS) != AVM_READY_STEP || !is_plain_step(t, task)) return false;
    loop->head++;
    turn->left--;
    task->f.sleeping = AVM_SLEEP_NOT;
    AvmValue waited = task->f.result;
    task->f.result = AVM_EMPTY;
    if (__builtin_expect(turn->timed, 0)) turn->entered = avm_loop_time(t);
    enter(t, turn, task);
    avm_decref(t, waited);
    return true;
}

// For hints: has the step taken long?
static void look_at_time(AvmThread *t, const AvmTurn *turn) {
    static const double LONG = 0.5; // seconds
    double taken = avm_loop_time(t) - turn->entered;
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    if (taken >= LONG) avm_hints_held(t, turn->task, taken);
    avm_exc_clear(t);
    t->exc = exc;
}

bool avm_turn_next(AvmThread *t, AvmSent how, AvmValue v) {
    AvmTurn *turn = t->turn;
    AvmTask *task = turn->task;
    leave_task(t, turn);
    if (__builtin_expect(turn->timed, 0)) look_at_time(t, turn);
    if (how == AVM_SENT_YIELD && v == AVM_NONE) { // the ring's reference goes back there
        turn->ok = avm_ready_push(t, task->f.loop, AVM_TAGGED(task, AVM_READY_STEP));
    } else {
        turn->ok = avm_task_back(t, task, how, v);
        avm_drop(t, task);
    }
    return turn->ok && enter_next(t, turn);
}

static bool run_tasks(AvmThread *t, AvmTurn *turn) {
    AvmValue out;
    AvmSent how;
    int32_t pause_depth = t->pause_depth;
    if (turn->can_pause) t->pause_depth = t->native_depth;
    if (turn->paused) {
        AvmValue exc = t->exhausted ? avm_incref(t->vm->memory_error) : AVM_EMPTY; // unwinds: nobody sees which
        enter_task(t, turn, turn->task);
        how = avm_execute(t, exc, &out);
    } else {
        how = avm_execute_resumed(t, AVM_NONE, &out);
    }
    t->pause_depth = pause_depth;
    turn->paused = how == AVM_SENT_PAUSED;
    if (turn->paused) leave_task(t, turn);
    return turn->ok;
}

// --- turns

static bool move_due(AvmThread *t, AvmEventLoop *loop) {
    AvmLoopPort *port = t->vm->loop;
    double when;
    if (!port->timer_first(loop->world, &when)) return true;
    double now;
    if (!avm_loop_now(t, loop, &now)) return false;
    double end = now + CLOCK_RESOLUTION;
    if (end == now) end += fabs(now) * (0.75 * DBL_EPSILON); // half a year on: to the next double
    for (void *item; (item = port->timer_due(loop->world, end));) {
        AvmObj *o = item;
        AvmValue entry = AVM_TAGGED(o, AVM_READY_HANDLE);
        if (o->type != AVM_T_TIMERHANDLE) {
            ((AvmFuture *)o)->sleeping = AVM_SLEEP_DUE;
            entry = AVM_TAGGED(o, AVM_READY_TIMER);
        }
        if (!avm_ready_append(t, loop, entry)) return false;
    }
    return true;
}

// A deadline of a clock of the loop's own, in the time of the world's.
static bool convert(AvmThread *t, AvmEventLoop *loop, double *deadline) {
    double now;
    if (!(loop->overrides & AVM_LOOP_OWN_TIME) || *deadline == HUGE_VAL) return true;
    if (!avm_loop_now(t, loop, &now)) return false;
    *deadline += avm_loop_time(t) - now;
    return true;
}

// Waits until something is or may be ready.
static bool wait(AvmThread *t, AvmEventLoop *loop, bool may_wait) {
    AvmLoopPort *port = t->vm->loop;
    double deadline = HUGE_VAL;
    bool blocks = false;
    if (__builtin_expect(loop->overrides & AVM_LOOP_OWN_SELECTOR, 0)) {
        bool at_once = loop->head != loop->tail || loop->stopping || !may_wait;
        if (at_once)
            deadline = -HUGE_VAL;
        else
            port->timer_first(loop->world, &deadline);
        return avm_loop_ask_selector(t, loop, deadline);
    }
    if (loop->head != loop->tail || loop->stopping || !may_wait) {
        if (!port->watched(loop->world)) return true;
        deadline = 0;
    } else {
        blocks = true;
        port->timer_first(loop->world, &deadline);
        if (!convert(t, loop, &deadline)) return false;
        if (deadline != HUGE_VAL && !port->is_virtual && !port->watched(loop->world) &&
            deadline <= port->now(port->clock))
            return true;
    }
    if (t->vm->trace_loop && deadline > 0) avm_trace_wait(t, deadline);
    loop->waiter = t;
    AvmWaited how = t->vm->threads ? avm_threads_loop_wait(t, loop->world, deadline) : port->wait(loop->world, deadline);
    loop->waiter = NULL;
    // Where the host does not drive the loop, nobody else sees that the time is over.
    if (blocks && t->timed && t->vm->host.over_time(t->vm->host.ctx, 0)) return avm_exhaust(t, AVM_LIMIT_TIME);
    switch (how) {
    case AVM_WAIT_DEADLOCK: avm_loop_deadlock(t, loop); return false;
    case AVM_WAIT_FAILED: avm_raise_os(t, errno, AVM_EMPTY); return false;
    default: return true;
    }
}

// Posts are delivered. A Ctrl-C that no script has been there to see: the main task is cancelled, or KeyboardInterrupt
// ends the run.
static bool interrupted(AvmThread *t) {
    uint32_t bits = atomic_fetch_and(&t->interrupt, AVM_INTERRUPT_STOP);
    if (bits & AVM_INTERRUPT_POST && !t->vm->host.deliver(t->vm->host.ctx, t)) return false;
    if (bits & (AVM_INTERRUPT_SHOW | AVM_INTERRUPT_TICK)) avm_tree_look(t, bits, true);
    if (bits & AVM_INTERRUPT_STOP) return avm_exhaust(t, AVM_LIMIT_STOP);
    if (bits & AVM_INTERRUPT_HANDLERS && !t->vm->run_handlers(t)) return false;
    if (!(bits & AVM_INTERRUPT_SIGNAL) || avm_async_interrupt(t)) return true;
    avm_raise_object(t, avm_value(AVM_EXC(t, KeyboardInterrupt)), AVM_EMPTY);
    return false;
}

static bool begin(AvmThread *t, AvmTurn *turn, AvmEventLoop *loop, bool may_wait) {
    if (__builtin_expect(loop->attrs.shape->version != loop->known_shape, 0)) avm_loop_find_own(t, loop);
    if (!wait(t, loop, may_wait) || !move_due(t, loop)) return false;
    if (__builtin_expect(atomic_load_explicit(&t->interrupt, memory_order_relaxed), 0) && !interrupted(t))
        return false;
    AvmFrame *next = avm_frame_next(t);
    if (!next) return false;
    // The end is fixed now: what becomes ready meanwhile runs in the next turn. (A deliver that was broken off may
    // put itself back at the head.)
    *turn = (AvmTurn){.loop = loop,
                      .left = loop->tail - loop->head,
                      .ok = true,
                      .outer = t->current_task,
                      .next = next,
                      .top = t->frame ? t->frame->top : t->stack,
                      .traced = t->vm->trace_loop,
                      .timed = t->vm->hints != NULL};
    if (turn->traced) avm_trace_turn(t, loop, turn->left);
    return true;
}

static bool go_on(AvmThread *t, AvmTurn *turn) {
    AvmEventLoop *loop = turn->loop;
    AvmTurn *before = t->turn;
    t->turn = turn;
    bool ok = !turn->paused || run_tasks(t, turn);
    while (ok && turn->left > 0 && loop->ring && !(turn->can_pause && t->pausing)) {
        if (enter_next(t, turn)) {
            ok = run_tasks(t, turn);
        } else {
            turn->left--;
            if (turn->traced) avm_trace_entry(t, loop->ring[loop->head & loop->mask]);
            ok = avm_ready_entry(t, loop, loop->ring[loop->head++ & loop->mask]);
        }
    }
    t->turn = before;
    return ok;
}

bool avm_turn_make(AvmThread *t, AvmEventLoop *loop, bool may_wait) {
    AvmTurn turn;
    return begin(t, &turn, loop, may_wait) && go_on(t, &turn);
}

bool avm_turns_run(AvmThread *t, AvmEventLoop *loop) {
    for (;;) {
        if (!(loop->overrides & AVM_LOOP_OWN_TURN ? avm_loop_ask_turn(t, loop) : avm_turn_make(t, loop, true)))
            return false;
        if (loop->stopping) return true;
    }
}

// --- turns in the hands of the host

// Nothing is ready: may the thread wait until the deadline?
static bool is_idle(AvmThread *t, AvmEventLoop *loop, double *deadline) {
    AvmLoopPort *port = t->vm->loop;
    *deadline = HUGE_VAL;
    if (loop->head != loop->tail || loop->stopping) return false;
    port->timer_first(loop->world, deadline);
    if (!convert(t, loop, deadline)) return false;
    if (atomic_load_explicit(&t->interrupt, memory_order_relaxed)) return false;
    bool jumps = port->is_virtual && !port->held(port->clock);
    if (jumps && (*deadline != HUGE_VAL || !loop->held)) return false;
    if (*deadline <= port->now(port->clock)) return false;
    if (port->watched(loop->world)) port->wait(loop->world, 0);
    // Other threads run only in here: they get a moment, and the host is to come back at once.
    if (avm_threads_count(t->vm)) {
        double now = port->now(port->clock), moment = now + 1e-9 * (double)avm_threads_interval_ns(t->vm);
        loop->waiter = t;
        avm_threads_park(t, moment < *deadline ? moment : *deadline);
        loop->waiter = NULL;
        *deadline = now;
    }
    return loop->head == loop->tail && !atomic_load_explicit(&t->interrupt, memory_order_relaxed);
}

static bool has_task(AvmThread *t, AvmEventLoop *loop) {
    for (AvmTask *task = t->vm->async->first; task; task = task->next)
        if (task->f.loop == loop && task->f.state == AVM_FUTURE_PENDING) return true;
    return false;
}

static bool nothing_left(AvmThread *t, AvmEventLoop *loop) {
    AvmLoopPort *port = t->vm->loop;
    double when;
    return loop->head == loop->tail && !atomic_load_explicit(&t->interrupt, memory_order_relaxed) &&
           !port->timer_first(loop->world, &when) && !port->watched(loop->world) &&
           !port->held(port->clock) && !has_task(t, loop) && !(loop->held && avm_threads_count(t->vm));
}

static AvmDriven drive(AvmThread *t, AvmEventLoop *loop, bool block, double *deadline) {
    AvmTurn *turn = &t->vm->async->driven;
    for (;;) {
        if (!turn->left && !turn->paused) {
            if (loop->ends && nothing_left(t, loop)) return AVM_DRIVE_STOPPED;
            if (!block && is_idle(t, loop, deadline)) return AVM_DRIVE_IDLE;
            // What came from outside is looked at before anybody finds that nothing can come any more.
            bool came = atomic_load_explicit(&t->interrupt, memory_order_relaxed);
            if (!begin(t, turn, loop, !came)) return AVM_DRIVE_FAILED;
            turn->can_pause = true;
        }
        if (!go_on(t, turn)) return AVM_DRIVE_FAILED;
        bool over = !turn->left && !turn->paused;
        if (over && loop->stopping) return AVM_DRIVE_STOPPED;
        if (t->pausing) return AVM_DRIVE_PAUSED;
        if (!loop->ring) turn->left = 0;
    }
}

AvmDriven avm_turns_drive(AvmThread *t, AvmEventLoop *loop, bool block, double *deadline) {
    AvmTurn *turn = &t->vm->async->driven;
    if (!avm_native_enter(t)) return AVM_DRIVE_FAILED;
    AvmDriven how = drive(t, loop, block, deadline);
    if (how == AVM_DRIVE_FAILED || how == AVM_DRIVE_STOPPED) *turn = (AvmTurn){0};
    avm_native_leave(t);
    return how;
}

void avm_turns_abandon(AvmThread *t) {
    AvmTurn *turn = &t->vm->async->driven;
    if (turn->paused) {
        turn->can_pause = false;
        turn->left = 0;
        go_on(t, turn);
    }
    *turn = (AvmTurn){0};
}
