// asyncio's core in C: futures, tasks, handles, the ready ring. Shapes and the calls between this folder's files, and
// for the stdlib's asyncio module. What scripts see of them is in the *_type.c files.
#ifndef AVM_VM_ASYNC_ASYNC_H
#define AVM_VM_ASYNC_ASYNC_H

#include "vm/async/port.h"
#include "vm/call.h"
#include "vm/coro.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

typedef struct AvmEventLoop AvmEventLoop;
typedef struct AvmTask AvmTask;

typedef enum AvmFutureState { AVM_FUTURE_PENDING, AVM_FUTURE_CANCELLED, AVM_FUTURE_FINISHED } AvmFutureState;

enum { // AvmFuture.bits
    AVM_FUTURE_BLOCKING = 1 << 0,    // `await` has just yielded it to a task (_asyncio_future_blocking)
    AVM_FUTURE_LOG_TB = 1 << 1,      // nobody has looked at its exception yet
    AVM_FUTURE_FAILED = 1 << 2,      // finished, and result is an exception
    AVM_TASK_MUST_CANCEL = 1 << 3,   // the next step raises CancelledError
    AVM_TASK_LOG_DESTROY = 1 << 4,   // "Task was destroyed but it is pending!"
    AVM_FUTURE_HOST = 1 << 3,        // (plain futures) the host will end it; pending: `note` is its number there
    AVM_GATHER_CANCEL = 1 << 5,      // cancel() was asked for
    AVM_GATHER_EXCEPTIONS = 1 << 6,  // return_exceptions
    AVM_GATHER_SEEN = 1 << 7,        // while a gather is put together: an argument of it already
};

// How a task sleeps in `await sleep(d)` without a future of its own.
typedef enum AvmSleeping {
    AVM_SLEEP_NOT,
    AVM_SLEEP_TIMER,    // in the timer heap
    AVM_SLEEP_DUE,      // in the ring: the "future" gets its result in this turn
    AVM_SLEEP_OVER,     // the "future" is done, the task is in the ring
    AVM_SLEEP_CANCELLED // the "future" is cancelled, the task is in the ring
} AvmSleeping;

// Future, and the first part of Task and _GatheringFuture.
typedef struct AvmFuture {
    AvmObj h;
    AvmAttrs attrs;
    uint32_t place;   // in the timer heap (tasks)
    uint8_t state;    // AvmFutureState
    uint8_t bits;
    uint8_t sleeping; // AvmSleeping (tasks)
    AvmValue result;  // finished: result or exception; cancelled: the CancelledError kept to be raised, or empty; of
                      // pending tasks: see avm_task_waits
    AvmValue note;    // pending, cancelled: the message for CancelledError; failed: the exception's traceback
                      // until it is raised
    AvmValue waiters; // who waits: empty; one of ours, tagged; or an AvmCallbacks
    AvmEventLoop *loop;
} AvmFuture;

struct AvmTask {
    AvmFuture f;
    AvmValue coro;       // empty when done
    AvmTask *next, *prev; // all pending tasks in order of creation; weak
    AvmValue name;       // a str, or the int N of "Task-N"
    AvmValue context;    // see vm/async/context.h
    uint32_t cancels;    // cancel() minus uncancel()
    bool listed;
    uint16_t site;       // where it was made, for hints; 0: not known
};

// A task that is pending waits for something: for the future in f.result (_fut_waiter). In a sleep() without a future there
// is none; the exception of one that was cancelled stands there, to be raised by the next step.
static inline bool avm_task_waits(const AvmTask *task) {
    return task->f.result && task->f.state == AVM_FUTURE_PENDING && !task->f.sleeping;
}

typedef struct AvmGather {
    AvmFuture f;
    AvmList *children;
    uint32_t finished, wanted;
    uint32_t due;   // children whose entries stand in the ring
    bool irregular; // there may be other news on their way: of children that others wait for, too
} AvmGather;

// A call in the ring or in the timer heap. The place has the same offset as a task's.
typedef struct AvmHandle {
    AvmObj h;
    AvmValue callback; // empty once cancelled
    AvmTuple *args;    // or NULL
    uint32_t place;
    bool cancelled;
    bool timer;        // a TimerHandle
    AvmValue context;
    double when;
    AvmValue when_value; // as the script gave it
    AvmEventLoop *loop;
    AvmValue origin;     // in debug mode the stack it was made in, or empty
    AvmValue shown;      // in debug mode its repr when it was cancelled, or empty
} AvmHandle;

_Static_assert(offsetof(AvmFuture, place) == AVM_TIMER_PLACE, "timers are found at one offset");
_Static_assert(offsetof(AvmHandle, place) == AVM_TIMER_PLACE, "timers are found at one offset");

// A callback that is to be run in a context, or a step that is to raise (task and exception). Never seen by scripts.
typedef struct AvmBound {
    AvmObj h;
    AvmValue what, with;
} AvmBound;

// The callbacks of a future, in order. Items are tagged waiters, callables (context: the empty one), or AvmBounds.
typedef struct AvmCallbacks {
    AvmObj h;
    AvmFuture *owner; // while it stands in the ring: the future that is done
    AvmValue *items;
    uint32_t len, cap, from; // items before `from` have been called
} AvmCallbacks;

// Tags in the low bits of the values in the ring (what to do) and among waiters (what it is).
enum {
    AVM_READY_STEP = 0,    // AvmTask: make a step
    AVM_READY_HANDLE = 1,  // AvmHandle: call it
    AVM_READY_TIMER = 2,   // AvmTask whose sleep is due
    AVM_READY_DELIVER = 3, // AvmCallbacks: call them
    AVM_READY_GATHER = 4,  // AvmFuture whose one waiter is a gather
    AVM_READY_RAISE = 5,   // AvmBound: a step that raises
    AVM_READY_TAGS = 7,
    AVM_WAITER_OBJECT = 0,
    AVM_WAITER_TASK = 1,
    AVM_WAITER_GATHER = 2,
    AVM_WAITER_TAGS = 7,
};
#define AVM_TAGGED(p, tag) (avm_value(p) | (AvmValue)(tag))
#define AVM_UNTAGGED(v) ((void *)(uintptr_t)((v) & ~(AvmValue)7))

// Natives that a sub-class in script has replaced.
typedef enum AvmLoopOverride {
    AVM_LOOP_OWN_TIME = 1,
    AVM_LOOP_OWN_TIMERS = 2,   // call_at, call_later
    AVM_LOOP_OWN_TURN = 4,     // _run_once
    AVM_LOOP_OWN_SELECTOR = 8, // script has set _selector: it is asked instead of waiting
    AVM_LOOP_OWN_TASKS = 16,   // create_task
    AVM_LOOP_OWN_FUTURES = 32, // create_future
    AVM_LOOP_OWN_READY = 64,   // call_soon
} AvmLoopOverride;

struct AvmEventLoop {
    AvmObj h;
    AvmAttrs attrs;
    AvmThread *waiter; // who waits in this loop: call_soon_threadsafe() wakes it
    AvmValue *ring; // mask + 1 of them; tagged, counted
    uint32_t head, tail, mask;
    uint32_t room;  // as many entries may stand there as long as nobody looks: all of them, or none where
                    // call_soon is script's
    AvmLoopPort *port;
    AvmLoop *world; // timers and descriptors; NULL when closed
    AvmValue script;    // the loop for which this one stands (see avm_loop_for), or empty
    AvmEventLoop *next; // in the list of those
    bool running, stopping, closed, debug, closed_asyncgens;
    uint8_t overrides;     // AvmLoopOverride
    uint64_t known_shape;  // the version of the shape whose names were looked at for them
    bool ends;             // in the hands of the host: it stops when nothing is left to do
    bool held; // the host may give it more to do at any time: no deadlock, no end while threads run
    bool tracks_origins;   // while it runs in debug mode
    int32_t saved_depth;   // the thread's origin_depth before
    AvmValue saved_hooks[2];    // the thread's gen_hooks before, while it runs
    AvmThread *thread;          // while it runs
    AvmValue task_factory; // or empty
    AvmList *asyncgens;    // weak references, in order of the first iteration
    AvmValue selector;     // or empty
    AvmValue debug_given;  // what set_debug() was given, or empty
    AvmDict *readers, *writers; // fd -> handle
    uint64_t turns;             // that were told of, and when the first of them was
    double traced_from;
};

// A turn in progress. Steps of tasks follow one another inside the interpreter, which asks avm_turn_next in between.
typedef struct AvmTurn {
    AvmEventLoop *loop;
    uint32_t left;    // entries of the ring that still belong to this turn
    bool ok;          // false: an exception ends the run
    bool can_pause;   // it is the host's: it ends early when t->pausing
    bool traced;      // every entry of the ring goes the general way, which tells of it
    bool timed;       // hints are wanted: how long does each step take?
    bool paused;      // in the midst of a step, whose frames stand on t->frame
    AvmTask *task;    // whose step is in progress (owned: the ring's reference)
    AvmValue context; // the thread's outside of the steps: context and task
    AvmValue outer;
    AvmFrame *next;   // what the frames of the steps stand on: the next frame and the top of the stack
    AvmValue *top;
    double entered;   // timed: loop.time() when the step began
} AvmTurn;

// What the VM keeps of asyncio: vm->async.
typedef struct AvmAsync {
    AvmTask *first, *last; // of all pending tasks
    uint64_t task_names;   // numbers given
    AvmTurn driven;        // the host's, with `left` and `paused` between two of its steps
    struct {
        const AvmCoroKind *kind;
        AvmFunc *func; // owned
    } coros[AVM_CORO_KINDS];
    AvmValue
        main; // the task that Ctrl-C cancels, of whatever kind, or empty (borrowed while Runner.run lasts)
    uint32_t interrupts;   // Ctrl-C since then
    AvmList *ended;        // tasks whose SystemExit or KeyboardInterrupt ended a run: see avm_async_finish
    AvmValue on_failure;   // called soon with each task that an exception ended; owned, or empty
    AvmEventLoop *stand_ins; // for loops that script has written
    AvmDict *entered;      // loop -> task, of loops that do not run (tests enter them); or NULL
    AvmNative *wakeup, *countdown; // what scripts see of a waiting task or gather; made when somebody looks
} AvmAsync;

AvmAsync *avm_async_new(AvmThread *t); // sets vm->async; NULL: MemoryError
// The end of the VM is near, script can still run. An exception that ended a run is reported by its task only now: in
// CPython its traceback keeps the frames, and they the task.
void avm_async_finish(AvmThread *t);
void avm_async_free(AvmVm *vm);

// A Ctrl-C has come and the VM is at a check point. true: the main task of asyncio.run was asked to cancel itself;
// false: KeyboardInterrupt is to be raised.
bool avm_async_interrupt(AvmThread *t);
// Hooks of asynchronous generators, for their first iteration and for when they are dropped unfinished. first: false:
// exception. drop: true: the loop will close g (it took a reference).
bool avm_async_gen_first(AvmThread *t, AvmGen *g);
bool avm_async_gen_drop(AvmThread *t, AvmGen *g);

// --- futures (future.c)
bool avm_is_future(AvmThread *t, AvmValue v); // Future and sub-classes
// Future, Task or _GatheringFuture itself: nothing of it can be overridden.
static inline bool avm_is_plain_future(AvmValue v) {
    return avm_is_obj(v) && (avm_obj(v)->type == AVM_T_TASK || avm_obj(v)->type == AVM_T_FUTURE ||
                             avm_obj(v)->type == AVM_T_GATHER);
}
static inline bool avm_future_failed(const AvmFuture *f) { return f->bits & AVM_FUTURE_FAILED; }
AvmFuture *avm_future_new(AvmThread *t, AvmEventLoop *loop);
// May it be initialised, which is done once? false: RuntimeError.
bool avm_future_is_new(AvmThread *t, AvmFuture *f);
AvmValue avm_future_iter(AvmThread *t, AvmValue v); // iter(future): what scripts see that waits for it
bool avm_future_set_result(AvmThread *t, AvmFuture *f, AvmValue result); // borrowed; InvalidStateError
// exc: an exception instance or class, borrowed.
bool avm_future_set_exception(AvmThread *t, AvmFuture *f, AvmValue exc);
// As Future.cancel (not Task's): 1, 0, -1. msg borrowed, or empty.
int avm_future_cancel(AvmThread *t, AvmFuture *f, AvmValue msg);
// cancel() of any of ours or a duck: 1, 0, -1.
int avm_future_cancel_any(AvmThread *t, AvmValue f, AvmValue msg);
bool avm_future_is_done(AvmThread *t, AvmValue f, bool *done); // of the same. false: exception
// The exception that `result()` raises, as an object: CancelledError or the exception with its traceback put back.
// Empty when there is a result. The future is done. New reference.
AvmValue avm_future_error(AvmThread *t, AvmFuture *f);
AvmValue avm_future_cancelled_error(AvmThread *t, AvmFuture *f); // _make_cancelled_error(); AVM_FAIL: MemoryError
AvmValue avm_future_result(AvmThread *t, AvmFuture *f);
// waiter: tagged (the object is borrowed). f is pending. false: MemoryError.
bool avm_future_add_waiter(AvmThread *t, AvmFuture *f, AvmValue waiter);
// context empty: a copy of the current one.
bool avm_future_add_callback(AvmThread *t, AvmFuture *f, AvmValue callback, AvmValue context);
int64_t avm_future_remove_callback(AvmThread *t, AvmFuture *f, AvmValue callback); // how many; -1
// The callbacks as scripts see them: number, and the callable of number i (new reference).
AvmValue avm_future_waiter_callable(AvmThread *t, AvmValue waiter); // of a tagged waiter; new reference
uint32_t avm_future_ncallbacks(AvmFuture *f);
AvmValue avm_future_callback(AvmThread *t, AvmFuture *f, uint32_t i, AvmValue *context);
// Drops what f owns; for sub-types' free and clear slots.
void avm_future_drop(AvmThread *t, AvmFuture *f);
void avm_future_traverse(AvmObj *o, AvmVisit visit, void *arg);
void avm_future_finalize(AvmThread *t, AvmValue self);
AvmSent avm_future_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out);
// Methods that Task has rows of its own for, as CPython's has: errors name the class.
AvmValue avm_future_method_result(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_exception(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_add_callback(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_remove_callback(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_cancelled(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_done(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_future_method_cancelled_error(AvmThread *t, AvmValue *args, uint32_t n);
#define AVM_FUTURE_ROWS                                                                                      \
    {"result", avm_future_method_result, "result()",                                                         \
     "The result; raises the exception there is instead of one."},                                           \
        {"add_done_callback", avm_future_method_add_callback, "add_done_callback(fn, /, *, context=None)",   \
         "Has fn called with the future once it is done."},                                                  \
        {"remove_done_callback", avm_future_method_remove_callback, "remove_done_callback(fn, /, *)",        \
         "Removes fn from the callbacks; how often it was there."},                                          \
        {"cancelled", avm_future_method_cancelled, "cancelled()", "True if it was cancelled."},              \
        {"done", avm_future_method_done, "done()",                                                           \
         "True if it has a result or exception, or was cancelled."},                                         \
        {"_make_cancelled_error", avm_future_method_cancelled_error, "_make_cancelled_error()",              \
         "The CancelledError to raise."},                                                                    \
        {"exception", avm_future_method_exception, "exception(*)",                                           \
         "The exception, or None if there is a result."},                                                    \
        AVM_CLASS_GETITEM_ROW

// The loop argument of Future() and Task(), or the current loop: new reference. NULL: exception.
AvmEventLoop *avm_async_loop_arg(AvmThread *t, AvmValue loop);

// --- tasks (task.c)
// coro is borrowed; name: a str or empty; context: a Context or empty. loop borrowed. NULL: exception.
AvmTask *avm_task_new(AvmThread *t, AvmEventLoop *loop, AvmValue coro, AvmValue name, AvmValue context);
// eager: the first step is made at once, if the loop runs.
bool avm_task_start(AvmThread *t, AvmTask *task, AvmEventLoop *loop, AvmValue coro, AvmValue name, AvmValue context,
                    bool eager);
int avm_task_cancel(AvmThread *t, AvmTask *task, AvmValue msg); // 1, 0, -1
// One step; exc: raised inside, or empty (borrowed). false: an exception that ends the loop's run.
bool avm_task_step(AvmThread *t, AvmTask *task, AvmValue exc);
// What a step has come back with (v is taken): the task waits for something, or is done. false: an exception that ends
// the loop's run.
bool avm_task_back(AvmThread *t, AvmTask *task, AvmSent how, AvmValue v);
// The step that an entry of the ring asks for: after what the task waited for.
bool avm_task_wake(AvmThread *t, AvmTask *task);
AvmStr *avm_task_name(AvmThread *t, AvmTask *task); // new reference
void avm_task_unlist(AvmThread *t, AvmTask *task);
// The coroutine that may be a task's: coroutines, awaitable generators, sleep(), and classes with send, throw, close.
int avm_is_coroutine(AvmThread *t, AvmValue v); // 1, 0, -1

// --- sleep (sleep.c)
extern const AvmCoroKind avm_sleep_kind;
// The timer that woke a task is due: its entry in the ring runs.
bool avm_sleep_fire(AvmThread *t, AvmTask *task);
bool avm_sleep_cancel(AvmThread *t, AvmTask *task, AvmValue msg);
// The loop is closed, and its timers are gone. As in CPython the task waits for a future that only its
// coroutine knows, and which knows the task: so it lives until cycles are collected.
void avm_sleep_strand(AvmThread *t, AvmTask *task);

// --- gather (gather.c)
AvmValue avm_gather(AvmThread *t, AvmValue *args, uint32_t n, bool return_exceptions);
bool avm_gather_child_done(AvmThread *t, AvmGather *g, AvmValue child);
int avm_gather_cancel(AvmThread *t, AvmGather *g, AvmValue msg);
// asyncio.ensure_future: new reference. loop: an event loop or empty.
AvmValue avm_ensure_future(AvmThread *t, AvmValue v, AvmValue loop);

// --- the event loop (ready.c, loop.c)
bool avm_ready_grow(AvmThread *t,
                    AvmEventLoop *loop); // makes room in the ring. false: no memory, no exception set
// Puts a tagged entry at the end of the ring; takes the reference, also on failure (MemoryError).
bool avm_ready_append(AvmThread *t, AvmEventLoop *loop, AvmValue tagged);
// What a task or future does to be called soon: the same, or the loop's own call_soon.
bool avm_ready_push_slowly(AvmThread *t, AvmEventLoop *loop, AvmValue tagged);
static inline bool avm_ready_push(AvmThread *t, AvmEventLoop *loop, AvmValue tagged) {
    if (__builtin_expect(loop->tail - loop->head >= loop->room, 0))
        return avm_ready_push_slowly(t, loop, tagged);
    loop->ring[loop->tail++ & loop->mask] = tagged;
    return true;
}
bool avm_ready_entry(AvmThread *t, AvmEventLoop *loop, AvmValue entry); // runs one. false: an exception ends the run
bool avm_turns_run(AvmThread *t, AvmEventLoop *loop); // run_forever's turns. false: exception (turn.c)
// One turn; may_wait: until something is ready. false: exception.
bool avm_turn_make(AvmThread *t, AvmEventLoop *loop, bool may_wait);
// The same in the hands of the host, who wants it back when the budget is used up and when there is nothing to do.
typedef enum AvmDriven {
    AVM_DRIVE_FAILED,  // an exception (or t->exhausted)
    AVM_DRIVE_STOPPED, // stop() was called
    AVM_DRIVE_PAUSED,  // t->pausing; to be called again
    AVM_DRIVE_IDLE,    // only without `block`: nothing to do before *deadline (HUGE_VAL: none); to be called again
} AvmDriven;
AvmDriven avm_turns_drive(AvmThread *t, AvmEventLoop *loop, bool block, double *deadline);
void avm_turns_abandon(AvmThread *t); // unwinds the task that has paused in it, if one has
// run_forever(): what stands around its turns.
void avm_loop_begin(AvmThread *t, AvmEventLoop *loop);
void avm_loop_end(AvmThread *t, AvmEventLoop *loop);
void avm_ready_clear(AvmThread *t, AvmEventLoop *loop);
bool avm_loop_check(AvmThread *t, AvmEventLoop *loop); // false: RuntimeError "Event loop is closed"
AvmEventLoop *avm_loop_as(AvmThread *t, AvmValue v);   // or NULL, no exception
// The loop of get_running_loop(), or of get_event_loop() when none runs: asks the asyncio package. New reference.
AvmValue avm_loop_current(AvmThread *t);
AvmHandle *avm_handle_new(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const AvmValue *args, uint32_t n,
                          AvmValue context);
AvmHandle *avm_loop_call_soon(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const AvmValue *args, uint32_t n,
                              AvmValue context);
AvmHandle *avm_loop_call_at(AvmThread *t, AvmEventLoop *loop, double when, AvmValue callback, const AvmValue *args,
                            uint32_t n, AvmValue context);
bool avm_handle_run(AvmThread *t, AvmHandle *h); // calls it; failures are reported. false: an exception that ends the run
void avm_handle_cancel(AvmThread *t, AvmHandle *h);
// loop.create_task(coro, name=, context=), natively unless a factory or an override is in the way. name, context: or empty.
AvmValue avm_loop_create_task(AvmThread *t, AvmValue loop, AvmValue coro, AvmValue name, AvmValue context);
double avm_loop_time(AvmThread *t);
// --- loops whose call_soon is script's (foreign.c)
// Loops as scripts see them.
static inline AvmValue avm_loop_value(const AvmEventLoop *loop) {
    return loop->script ? loop->script : avm_value(loop);
}
// The loop of ours that v is, or one that stands for it; new reference. NULL: MemoryError.
AvmEventLoop *avm_loop_for(AvmThread *t, AvmValue v);
void avm_loop_unlist(AvmThread *t, AvmEventLoop *loop);
bool avm_loop_look(AvmThread *t,
                   AvmEventLoop *loop); // what of it is script's, its debug mode. false: exception
int avm_loop_runs(AvmThread *t, AvmEventLoop *loop);                 // is_running(): 1, 0, -1
AvmFuture *avm_loop_create_future(AvmThread *t, AvmEventLoop *loop); // whoever makes them. NULL: exception
// call_soon() with what a STEP or RAISE entry (taken) says. false: exception.
bool avm_ready_ask(AvmThread *t, AvmEventLoop *loop, AvmValue entry);
// The same for each who waits for f, which is done and forgets them: waiters (borrowed), a callback's item or
// f->waiters.
bool avm_loop_tell(AvmThread *t, AvmFuture *f, AvmValue waiters);
// --- loops of which script has replaced methods (override.c)
bool avm_loop_find_overrides(AvmThread *t, AvmEventLoop *loop); // of a new loop. false: MemoryError
void avm_loop_find_own(AvmThread *t, AvmEventLoop *loop);
bool avm_loop_now(AvmThread *t, AvmEventLoop *loop, double *now); // loop.time(). false: exception
// What the script's call_at or call_later returns.
AvmValue avm_loop_ask_timer(AvmThread *t, AvmEventLoop *loop, const char *method, AvmValue when, AvmValue callback,
                            const AvmValue *args, uint32_t n, AvmValue context);
// _selector.select(timeout) and _process_events() of what it returns; deadline HUGE_VAL: no timeout. false:
// exception
bool avm_loop_ask_selector(AvmThread *t, AvmEventLoop *loop, double deadline);
bool avm_loop_ask_turn(AvmThread *t, AvmEventLoop *loop); // the script's _run_once(). false: exception
// loop.call_exception_handler({...}) with the pairs given; values may be empty (left out). Takes no reference. An
// exception of the handler is reported; false: one that ends the run (KeyboardInterrupt, SystemExit).
bool avm_loop_report(AvmThread *t, AvmEventLoop *loop, const char *message, const char *key, AvmValue value,
                     AvmValue exception);
bool avm_loop_report_to(AvmThread *t, AvmValue loop, const char *message, const char *key, AvmValue value,
                        AvmValue exception); // of whatever kind the loop is
// --- for those who watch (trace.c): what a loop does, on fd 2. Only where vm->trace_loop.
void avm_trace_turn(AvmThread *t, AvmEventLoop *loop, uint32_t ready);
void avm_trace_wait(AvmThread *t, double deadline);
void avm_trace_entry(AvmThread *t, AvmValue entry); // of the ring, before it runs
// --- for those who watch (tree.c)
// "NAME STATE in FUNCTION, File ..., line N" and the line, of a task that waits.
void avm_tree_task(AvmThread *t, AvmTask *task, int indent, const char *state, AvmBuf *out);
// AVM_INTERRUPT_SHOW: shows all tasks. AVM_INTERRUPT_TICK: so, if a callback has held the loop too long. idle: between
// two turns of the thread's loop.
void avm_tree_look(AvmThread *t, uint32_t bits, bool idle);

// Ends the run when nothing can ever wake.
void avm_loop_deadlock(AvmThread *t, AvmEventLoop *loop);
// Runs callback(arg) for a done future; what goes wrong is reported. false: the run ends.
bool avm_loop_run_callback(AvmThread *t, AvmEventLoop *loop, AvmValue callback, AvmValue arg, AvmValue context);

// --- debug mode (debug.c)
// The stack of script, to be kept in _source_traceback; new reference. Empty: exception.
AvmValue avm_debug_stack(AvmThread *t);
bool avm_debug_mark(AvmThread *t, AvmFuture *f); // keeps it in a new future or task. false: exception
AvmValue avm_debug_origin(AvmThread *t, AvmFuture *f); // what is kept, borrowed; or empty
bool avm_debug_show_origin(AvmThread *t, AvmValue stack, AvmBuf *out); // " created at x.py:3"; nothing for an empty one
bool avm_debug_check_thread(AvmThread *t, AvmEventLoop *loop); // false: RuntimeError, the loop runs in another thread
// A callback or step (handle or task) that began at `began` has ended: is it to be logged? false: an exception ends the run.
bool avm_debug_ended(AvmThread *t, AvmEventLoop *loop, AvmValue what, double began);

// --- what repr shows (show.c). false: exception.
bool avm_show_future(AvmThread *t, AvmFuture *f, AvmBuf *out);      // what stands between < and >, class name included
bool avm_show_callback(AvmThread *t, AvmValue callback, AvmBuf *out); // "f() at x.py:3"
bool avm_show_short(AvmThread *t, AvmValue v, AvmBuf *out);         // reprlib.repr
AvmValue avm_future_repr(AvmThread *t, AvmValue v);

#endif
