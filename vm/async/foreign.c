// Loops whose call_soon is script's: in a sub-class, on the loop itself, or because script has written all of the loop. What
// the natives would put in the ring is handed to that call_soon, as CPython's tasks and futures do it.
#include "vm/async/async.h"
#include "vm/async/context.h"

// --- loops of which nothing is native: a loop of ours stands for each, as long as futures or tasks belong to it

AvmEventLoop *avm_loop_for(AvmThread *t, AvmValue v) {
    AvmEventLoop *loop = avm_loop_as(t, v);
    if (loop) return avm_retain(loop);
    AvmAsync *a = t->vm->async;
    for (loop = a->stand_ins; loop; loop = loop->next)
        if (loop->script == v) return avm_retain(loop);
    loop = avm_object_new(t, avm_type_get(t, AVM_T_LOOP), 0);
    if (!loop) return NULL;
    loop->script = avm_incref(v);
    loop->overrides = AVM_LOOP_OWN_TIME | AVM_LOOP_OWN_TIMERS | AVM_LOOP_OWN_TASKS | AVM_LOOP_OWN_FUTURES | AVM_LOOP_OWN_READY;
    loop->next = a->stand_ins;
    a->stand_ins = loop;
    return loop;
}

void avm_loop_unlist(AvmThread *t, AvmEventLoop *loop) {
    if (!loop->script || !t->vm->async) return;
    AvmEventLoop **link = &t->vm->async->stand_ins;
    while (*link && *link != loop) link = &(*link)->next;
    if (*link) *link = loop->next;
}

// The answer of one of the script's methods without arguments: 1, 0, -1.
static int ask_truth(AvmThread *t, AvmEventLoop *loop, const char *method) {
    AvmStr *name = avm_str_text(t, method);
    AvmValue r = name ? avm_call_method(t, loop->script, name, NULL, 0) : AVM_FAIL;
    int yes = r ? avm_truth(t, r) : -1;
    avm_drop(t, name);
    avm_decref(t, r);
    return yes;
}

bool avm_loop_look(AvmThread *t, AvmEventLoop *loop) {
    if (!loop->script) {
        avm_loop_find_own(t, loop);
        return true;
    }
    int debug = ask_truth(t, loop, "get_debug");
    loop->debug = debug > 0;
    return debug >= 0;
}

int avm_loop_runs(AvmThread *t, AvmEventLoop *loop) {
    return loop->script ? ask_truth(t, loop, "is_running") : loop->running;
}

AvmFuture *avm_loop_create_future(AvmThread *t, AvmEventLoop *loop) {
    if (!(loop->overrides & AVM_LOOP_OWN_FUTURES)) return avm_future_new(t, loop);
    AvmStr *name = avm_str_text(t, "create_future");
    AvmValue f = name ? avm_call_method(t, avm_loop_value(loop), name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    if (!f || avm_is_future(t, f)) return (AvmFuture *)avm_obj(f);
    avm_raise_type(t, "create_future() of the event loop returned '%T'", f);
    avm_decref(t, f);
    return NULL;
}

// --- a task's step as a callable

typedef struct TaskStep {
    AvmObj h;
    AvmTask *task;
    AvmValue exc; // raised in the task, or empty
} TaskStep;

static AvmValue step_new(AvmThread *t, AvmTask *task, AvmValue exc) {
    TaskStep *step = avm_object_new_id(t, AVM_T_TASKSTEP, sizeof *step);
    if (!step) return AVM_FAIL;
    step->task = avm_retain(task);
    step->exc = avm_incref(exc);
    return avm_value(step);
}

static AvmValue step_call(AvmThread *t, AvmValue v, AvmValue *args, uint32_t n, AvmTuple *kwnames) {
    (void)args;
    TaskStep *step = (TaskStep *)avm_obj(v);
    if (kwnames && kwnames->len) return avm_raise_type(t, "function takes no keyword arguments");
    if (n) return avm_raise_type(t, "function takes no positional arguments");
    if (!avm_native_enter(t)) return AVM_FAIL;
    bool ok = step->exc ? avm_task_step(t, step->task, step->exc) : avm_task_wake(t, step->task);
    avm_native_leave(t);
    return ok ? AVM_NONE : AVM_FAIL;
}

static void step_free(AvmThread *t, AvmObj *o) {
    TaskStep *step = (TaskStep *)o;
    avm_drop(t, step->task);
    avm_decref(t, step->exc);
}

static void step_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    TaskStep *step = (TaskStep *)o;
    visit(avm_value(step->task), arg);
    if (step->exc) visit(step->exc, arg);
}

static AvmValue step_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(((TaskStep *)avm_obj(v))->task));
}

static AvmValue step_qualname(AvmThread *t, AvmValue v) {
    AvmValue coro = ((TaskStep *)avm_obj(v))->task->coro;
    return coro ? avm_getattr(t, coro, AVM_NAME(t, __qualname__)) : AVM_NONE;
}

static const AvmGetSetDef step_getsets[] = {
    {"__self__", step_self, NULL, NULL},
    {"__qualname__", step_qualname, NULL, NULL},
    {0},
};

const AvmTypeDef avm_taskstep_def = {
    .name = "TaskStepMethWrapper",
    .id = AVM_T_TASKSTEP,
    .size = sizeof(TaskStep),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = step_free, .traverse = step_traverse, .call = step_call},
    .getsets = step_getsets,
};

// --- calls in the ring's place

// call_soon(callback, arg, context=...) of the loop. callback is taken, also on failure; arg: or empty; context: as one is
// kept (vm/async/context.h).
static bool call_soon(AvmThread *t, AvmEventLoop *loop, AvmValue callback, AvmValue arg, AvmValue *context) {
    AvmContext *ctx = callback ? avm_context_object(t, context, false) : NULL;
    AvmStr *name = ctx ? avm_str_intern(t, "call_soon", 9) : NULL;
    AvmValue key = avm_value(AVM_NAME(t, context));
    AvmTuple *names = name ? avm_tuple_from(t, &key, 1) : NULL;
    AvmValue fn = names ? avm_getattr(t, avm_loop_value(loop), name) : AVM_FAIL;
    AvmValue args[] = {callback, arg ? arg : avm_value(ctx), avm_value(ctx)};
    AvmValue r = fn ? avm_call_kw(t, fn, args, arg ? 3 : 2, names) : AVM_FAIL;
    avm_decref(t, r);
    avm_decref(t, fn);
    avm_drop(t, names);
    avm_drop(t, name);
    avm_decref(t, callback);
    return r != AVM_FAIL;
}

bool avm_ready_ask(AvmThread *t, AvmEventLoop *loop, AvmValue entry) {
    AvmObj *o = AVM_UNTAGGED(entry);
    bool raises = (entry & AVM_READY_TAGS) == AVM_READY_RAISE;
    AvmTask *task = raises ? (AvmTask *)avm_obj(((AvmBound *)o)->what) : (AvmTask *)o;
    AvmValue step = step_new(t, task, raises ? ((AvmBound *)o)->with : AVM_EMPTY);
    bool ok = call_soon(t, loop, step, AVM_EMPTY, &task->context);
    avm_drop(t, o);
    return ok;
}

// Of one that waits for f.
static bool tell(AvmThread *t, AvmFuture *f, AvmValue waiter) {
    AvmValue v = avm_value(f), context = AVM_EMPTY;
    if ((waiter & AVM_WAITER_TAGS) == AVM_WAITER_TASK) {
        AvmTask *task = AVM_UNTAGGED(waiter);
        return call_soon(t, f->loop, avm_future_waiter_callable(t, waiter), v, &task->context);
    }
    AvmValue callback;
    if (waiter & AVM_WAITER_TAGS) {
        context = avm_context_share(t);
        callback = avm_future_waiter_callable(t, waiter);
    } else {
        AvmBound *b = avm_is(waiter, AVM_T_BOUND) ? (AvmBound *)avm_obj(waiter) : NULL;
        context = b ? avm_incref(b->with) : AVM_EMPTY;
        callback = avm_incref(b ? b->what : waiter);
    }
    bool ok = call_soon(t, f->loop, callback, v, &context);
    avm_decref(t, context);
    return ok;
}

bool avm_loop_tell(AvmThread *t, AvmFuture *f, AvmValue waiters) {
    bool many = !(waiters & AVM_WAITER_TAGS) && avm_obj(waiters)->type == AVM_T_CALLBACKS;
    const AvmCallbacks *c = many ? (AvmCallbacks *)avm_obj(waiters) : NULL;
    bool ok = true;
    for (uint32_t i = 0, n = many ? c->len : 1; ok && i < n; i++) {
        ok = tell(t, f, many ? c->items[i] : waiters);
        f->waiters = AVM_EMPTY; // the first still sees them, as in CPython
    }
    return ok;
}
