// What scripts see of Task.
#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/import.h"
#include "vm/traceback.h"
#include "vm/types/list_parts.h"

static AvmTask *self_of(AvmValue *args) { return (AvmTask *)avm_obj(args[0]); }
static AvmTask *of(AvmValue v) { return (AvmTask *)avm_obj(v); }

static AvmValue task_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n; // self, coro, loop, name, context, eager_start
    if (!avm_future_is_new(t, &self_of(args)->f)) return AVM_FAIL;
    int eager = args[5] ? avm_truth(t, args[5]) : 0;
    if (eager < 0) return AVM_FAIL;
    AvmEventLoop *loop = avm_async_loop_arg(t, args[2]);
    if (!loop) return AVM_FAIL;
    bool ok = avm_task_start(t, self_of(args), loop, args[1], args[3], args[4], eager);
    avm_drop(t, loop);
    return ok ? AVM_NONE : AVM_FAIL;
}

static AvmValue task_cancel(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int r = avm_task_cancel(t, self_of(args), args[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}

static AvmValue task_cancelling(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_inline_int_value(self_of(args)->cancels);
}

static AvmValue task_uncancel(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmTask *task = self_of(args);
    if (task->cancels && --task->cancels == 0) task->f.bits &= (uint8_t)~AVM_TASK_MUST_CANCEL;
    return avm_inline_int_value(task->cancels);
}

static AvmValue refuse_result(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise(t, AVM_EXC(t, RuntimeError), "Task does not support set_result operation");
}

static AvmValue refuse_exception(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise(t, AVM_EXC(t, RuntimeError), "Task does not support set_exception operation");
}

static AvmValue task_get_name(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return self_of(args)->name ? avm_value(avm_task_name(t, self_of(args))) : AVM_NONE;
}

static AvmValue task_set_name(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue text = avm_str(t, args[1]);
    if (!text) return AVM_FAIL;
    avm_replace(t, &self_of(args)->name, text);
    return AVM_NONE;
}

static AvmValue task_get_coro(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmTask *task = self_of(args);
    return task->coro ? avm_incref(task->coro) : AVM_NONE;
}

static AvmValue task_get_context(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!self_of(args)->f.loop) return AVM_NONE; // __init__() has not been called
    bool current = t->current_task == args[0]; // then its context is the thread's
    AvmContext *c = avm_context_object(t, current ? &t->context : &self_of(args)->context, current);
    return c ? avm_incref(avm_value(c)) : AVM_FAIL;
}

// get_stack and print_stack are written in script: asyncio.base_tasks.
static AvmValue call_base(AvmThread *t, const char *name, AvmValue *args, uint32_t n) {
    AvmValue module = avm_import_text(t, "asyncio.base_tasks");
    AvmStr *s = module ? avm_str_text(t, name) : NULL;
    AvmValue r = s ? avm_call_method(t, module, s, args, n) : AVM_FAIL;
    if (s) avm_drop(t, s);
    avm_decref(t, module);
    return r;
}

static AvmValue task_get_stack(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue given[] = {args[0], args[1] ? args[1] : AVM_NONE};
    return call_base(t, "_task_get_stack", given, 2);
}

static AvmValue task_print_stack(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue given[] = {args[0], args[1] ? args[1] : AVM_NONE, args[2] ? args[2] : AVM_NONE};
    return call_base(t, "_task_print_stack", given, 3);
}

static AvmValue get_waiting(AvmThread *t, AvmValue v) {
    AvmTask *task = of(v);
    if (avm_task_waits(task)) return avm_incref(task->f.result);
    if (!task->f.sleeping || !task->f.loop) return AVM_NONE;
    // A sleep() without a future: scripts that look get one that tells the same.
    AvmFuture *f = avm_future_new(t, task->f.loop);
    return f ? avm_value(f) : AVM_FAIL;
}

static AvmValue get_coro(AvmThread *t, AvmValue v) {
    (void)t;
    return of(v)->coro ? avm_incref(of(v)->coro) : AVM_NONE;
}

static AvmValue get_must_cancel(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(of(v)->f.bits & AVM_TASK_MUST_CANCEL);
}

static AvmValue get_log_destroy(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_bool(of(v)->f.bits & AVM_TASK_LOG_DESTROY);
}

static bool set_log_destroy(AvmThread *t, AvmValue v, AvmValue value) {
    if (!value) {
        avm_raise(t, AVM_EXC(t, AttributeError), "cannot delete attribute");
        return false;
    }
    int yes = avm_truth(t, value);
    if (yes < 0) return false;
    of(v)->f.bits = (uint8_t)((of(v)->f.bits & ~AVM_TASK_LOG_DESTROY) | (yes ? AVM_TASK_LOG_DESTROY : 0));
    return true;
}

// A task that waits dies, in CPython, of the collector, which closes the coroutine first: it is older. Not so at the end of
// a program, when what is held comes after what holds it.
static void close_waiting(AvmThread *t, AvmTask *task) {
    uint8_t sleeping = task->f.sleeping;
    if (!sleeping && !avm_task_waits(task)) return;
    if (avm_is_gen(task->coro) && !avm_gen_close(t, (AvmGen *)avm_obj(task->coro)))
        avm_exc_unraisable(t, NULL, task->coro);
    task->f.sleeping = sleeping; // for its repr
}

static void task_finalize(AvmThread *t, AvmValue v) {
    AvmTask *task = of(v);
    if (task->f.state == AVM_FUTURE_PENDING && !t->vm->finalizing) close_waiting(t, task);
    // Whoever keeps it now, a handler say, keeps a task that nobody will drive any more: weak sets do not
    // hold it.
    avm_task_unlist(t, task);
    if (task->f.state == AVM_FUTURE_PENDING && (task->f.bits & AVM_TASK_LOG_DESTROY) && task->f.loop)
        avm_loop_report(t, task->f.loop, "Task was destroyed but it is pending!", "task", v, AVM_EMPTY);
    avm_future_finalize(t, v);
}

// A coroutine that is over dies with its task as a rule: the short way for that.
static void drop_coroutine(AvmThread *t, AvmValue coro) {
    AvmGen *g = (AvmGen *)avm_obj(coro);
    if (avm_is(coro, AVM_T_COROUTINE) && g->h.refs == 1 && avm_gen_is_bare(g)) {
        g->h.refs = 0;
        avm_gen_retire(t, g);
    } else {
        avm_decref(t, coro);
    }
}

static void task_free(AvmThread *t, AvmObj *o) {
    AvmTask *task = (AvmTask *)o;
    if (task->listed) avm_task_unlist(t, task);
    if (task->f.waiters || task->f.note) avm_future_drop(t, &task->f);
    avm_replace(t, &task->f.result, AVM_EMPTY);
    drop_coroutine(t, task->coro);
    avm_decref(t, task->name);
    avm_decref(t, task->context);
    if (task->f.loop) avm_drop(t, task->f.loop);
}

static void task_clear(AvmThread *t, AvmObj *o) {
    AvmTask *task = (AvmTask *)o;
    avm_future_drop(t, &task->f);
    avm_replace(t, &task->coro, AVM_EMPTY);
}

static void task_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTask *task = (AvmTask *)o;
    avm_future_traverse(o, visit, arg);
    if (task->coro) visit(task->coro, arg);
    if (task->name) visit(task->name, arg);
    if (task->context) visit(task->context, arg);
}

static const AvmNativeDef task_methods[] = {
    AVM_FUTURE_ROWS,
    {"__init__", task_init, "__init__(coro, *, loop=None, name=None, context=None, eager_start=False)", NULL},
    {"cancel", task_cancel, "cancel(msg=None)",
     "Asks the task to cancel itself: CancelledError is raised in it."},
    {"cancelling", task_cancelling, "cancelling()", "How many cancellation requests are open."},
    {"uncancel", task_uncancel, "uncancel()", "Takes one cancellation request back; how many are left."},
    {"set_result", refuse_result, "set_result(result, /)", NULL},
    {"set_exception", refuse_exception, "set_exception(exception, /)", NULL},
    {"get_name", task_get_name, "get_name()", "The task's name."},
    {"set_name", task_set_name, "set_name(value, /)", "Sets the task's name."},
    {"get_coro", task_get_coro, "get_coro()", "The coroutine."},
    {"get_context", task_get_context, "get_context()", "The context the task runs in."},
    {"get_stack", task_get_stack, "get_stack(*, limit=None)", "The frames where the task stands."},
    {"print_stack", task_print_stack, "print_stack(*, limit=None, file=None)",
     "Prints where the task stands."},
    {0},
};

static const AvmGetSetDef task_getsets[] = {
    {"_fut_waiter", get_waiting, NULL, NULL},
    {"_coro", get_coro, NULL, NULL},
    {"_must_cancel", get_must_cancel, NULL, NULL},
    {"_log_destroy_pending", get_log_destroy, set_log_destroy, NULL},
    {0},
};

const AvmTypeDef avm_task_def = {
    .name = "_asyncio.Task",
    .id = AVM_T_TASK,
    .base = AVM_T_FUTURE,
    .size = sizeof(AvmTask),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "A coroutine that the event loop runs.",
    .slots = {.free = task_free, .finalize = task_finalize, .traverse = task_traverse, .clear = task_clear},
    .methods = task_methods,
    .getsets = task_getsets,
};
