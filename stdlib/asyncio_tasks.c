// The rest of the module _asyncio: whose turn it is (current tasks of loops), threads, texts.
#include "stdlib/modules.h"
#include "vm/async/async.h"

// --- current tasks. That of the loop that runs is the thread's; others are only ever entered by script.

static AvmValue current_of(AvmThread *t, AvmValue loop) {
    AvmValue task;
    if (loop == t->running_loop) return t->current_task;
    AvmDict *entered = t->vm->async->entered;
    return entered && avm_dict_get(t, entered, loop, &task) > 0 ? task : AVM_EMPTY;
}

static bool set_current(AvmThread *t, AvmValue loop, AvmValue task) {
    AvmAsync *a = t->vm->async;
    if (!a->entered && !(a->entered = avm_dict_new(t))) return false;
    // The thread only borrows its current task: what script has entered is kept here.
    if (loop == t->running_loop) t->current_task = task;
    return task ? avm_dict_set(t, a->entered, loop, task) : avm_dict_del(t, a->entered, loop) >= 0;
}

static AvmValue enter_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue current = current_of(t, args[0]);
    if (current)
        return avm_raise(t, AVM_EXC(t, RuntimeError), "Cannot enter into task %R while another task %R is being executed.",
                         args[1], current);
    if (t->exc) return AVM_FAIL;
    return set_current(t, args[0], args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue leave_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue current = current_of(t, args[0]);
    if (t->exc) return AVM_FAIL;
    if (current != args[1])
        return avm_raise(t, AVM_EXC(t, RuntimeError), "Leaving task %R does not match the current task %R.", args[1],
                         current ? current : AVM_NONE);
    return set_current(t, args[0], AVM_EMPTY) ? AVM_NONE : AVM_FAIL;
}

static AvmValue swap_current_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue current = current_of(t, args[0]);
    if (t->exc) return AVM_FAIL;
    AvmValue before = current ? avm_incref(current) : AVM_NONE;
    if (args[1] == AVM_NONE && !current) return before;
    if (set_current(t, args[0], args[1] == AVM_NONE ? AVM_EMPTY : args[1])) return before;
    avm_decref(t, before);
    return AVM_FAIL;
}

static AvmValue current_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    bool any = !args[0] || args[0] == AVM_NONE;
    if (any && !t->running_loop) return avm_raise(t, AVM_EXC(t, RuntimeError), "no running event loop");
    AvmValue task = current_of(t, any ? t->running_loop : args[0]);
    if (t->exc) return AVM_FAIL;
    return task ? avm_incref(task) : AVM_NONE;
}

// --- threads

static AvmValue thread_id(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_int_new(t, (int64_t)((uintptr_t)t >> 4));
}

static AvmValue is_main_thread(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_bool(t == t->vm->main_thread);
}

// --- texts

static AvmValue short_repr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_show_short(t, args[0], &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

const AvmNativeDef avm_asyncio_tasks_functions[] = {
    {"current_task", current_task, "current_task(loop=None)", "The task that runs, or None."},
    {"_enter_task", enter_task, "_enter_task(loop, task)", "From now on the task is the loop's current one."},
    {"_leave_task", leave_task, "_leave_task(loop, task)", "It is not any more."},
    {"_swap_current_task", swap_current_task, "_swap_current_task(loop, task)", "Another current task, or None; the former one."},
    {"_thread_id", thread_id, "_thread_id()", "A number that no other thread has."},
    {"_is_main_thread", is_main_thread, "_is_main_thread()", NULL},
    {"_short_repr", short_repr, "_short_repr(obj, /)", "reprlib.repr."},
    {0},
};
