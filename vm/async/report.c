// What goes wrong where nobody can catch it: the loop's exception handler, the deadlock report, Ctrl-C; and what the VM
// keeps of asyncio.
#include "vm/async/async.h"
#include "vm/import.h"
#include "vm/traceback.h"
#include "vm/warnings.h"

AvmAsync *avm_async_new(AvmThread *t) {
    if (t->vm->async) return t->vm->async;
    t->vm->async = avm_alloc_zero(&t->vm->alloc, sizeof *t->vm->async);
    if (!t->vm->async) {
        avm_raise_memory(t);
        return NULL;
    }
    avm_coro_register(t, AVM_CORO_SLEEP, &avm_sleep_kind);
    return t->vm->async;
}

void avm_async_finish(AvmThread *t) {
    AvmAsync *a = t->vm->async;
    if (!a) return;
    AvmList *ended = a->ended;
    AvmDict *entered = a->entered;
    a->ended = NULL;
    a->entered = NULL;
    avm_replace(t, &a->on_failure, AVM_EMPTY);
    avm_drop(t, ended);
    avm_drop(t, entered);
}

void avm_async_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->async, sizeof *vm->async);
    vm->async = NULL;
}

bool avm_async_interrupt(AvmThread *t) {
    AvmAsync *a = t->vm->async;
    if (!a || !a->main) return false;
    if (++a->interrupts > 1) return false;
    AvmValue main = avm_incref(a->main);
    bool done = false, asked = avm_future_is_done(t, main, &done) && !done;
    if (asked) avm_decref(t, avm_call_method(t, main, AVM_NAME(t, cancel), NULL, 0));
    avm_exc_clear(t);
    avm_decref(t, main);
    return asked;
}

static bool put(AvmThread *t, AvmDict *d, const char *key, AvmValue value) {
    if (!value) return true;
    AvmStr *k = avm_str_intern(t, key, strlen(key));
    bool ok = k && avm_dict_set_str(t, d, k, value);
    if (k) avm_drop(t, k);
    return ok;
}

// Where a future, task or handle was made, if that is known.
static AvmValue origin_of(AvmThread *t, const char *key, AvmValue v) {
    if (!key || !avm_is_obj(v)) return AVM_EMPTY;
    if (avm_is_future(t, v)) return avm_debug_origin(t, (AvmFuture *)avm_obj(v));
    return avm_is(v, AVM_T_HANDLE) || avm_is(v, AVM_T_TIMERHANDLE) ? ((AvmHandle *)avm_obj(v))->origin : AVM_EMPTY;
}

// Calls the loop's call_exception_handler. handling: while the exception in the context is being handled, which script has
// to do.
static AvmValue tell(AvmThread *t, AvmValue loop, AvmValue context, bool handling) {
    if (!handling) return avm_call_method(t, loop, AVM_NAME(t, call_exception_handler), &context, 1);
    AvmValue module = avm_import_text(t, "asyncio.base_events");
    AvmStr *name = module ? avm_str_text(t, "_report_handling") : NULL;
    AvmValue args[] = {loop, context};
    AvmValue r = name ? avm_call_method(t, module, name, args, 2) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, module);
    return r;
}

bool avm_loop_report(AvmThread *t, AvmEventLoop *loop, const char *message, const char *key, AvmValue value,
                     AvmValue exception) {
    return avm_loop_report_to(t, avm_loop_value(loop), message, key, value, exception);
}

bool avm_loop_report_to(AvmThread *t, AvmValue loop, const char *message, const char *key, AvmValue value,
                        AvmValue exception) {
    AvmDict *context = avm_dict_new(t);
    AvmStr *text = context ? avm_str_text(t, message) : NULL;
    bool ok = text && put(t, context, "message", avm_value(text)) && put(t, context, "exception", exception) &&
              (!key || put(t, context, key, value)) && put(t, context, "source_traceback", origin_of(t, key, value));
    AvmValue r = ok ? tell(t, loop, avm_value(context), key && strcmp(key, "handle") == 0) : AVM_FAIL;
    if (text) avm_drop(t, text);
    if (context) avm_drop(t, context);
    avm_decref(t, r);
    if (r) return true;
    if (t->exhausted || avm_exc_is(t, AVM_EXC(t, KeyboardInterrupt)) || avm_exc_is(t, AVM_EXC(t, SystemExit)) ||
        avm_exc_is(t, AVM_EXC(t, MemoryError)))
        return false;
    avm_exc_unraisable(t, NULL, loop);
    return true;
}

// --- nothing can ever wake

void avm_loop_deadlock(AvmThread *t, AvmEventLoop *loop) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, "aio: deadlock: no callback is ready, no timer is set, and nobody is left who could wake a task\n");
    for (AvmTask *task = t->vm->async->first; task; task = task->next)
        if (task->f.loop == loop && task->f.state == AVM_FUTURE_PENDING) avm_tree_task(t, task, 2, "waits", &b);
    avm_exc_clear(t);
    avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    // No script runs any more, `finally` neither: the run has its own status.
    avm_exhaust(t, AVM_LIMIT_DEADLOCK);
}
