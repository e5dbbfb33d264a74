// What goes wrong where nobody can catch it: the loop's exception handler, the deadlock report, Ctrl-C; and what the VM
// keeps of asyncio.
#include "vm/async/async.h"
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
    AvmList *ended = t->vm->async ? t->vm->async->ended : NULL;
    if (!ended) return;
    t->vm->async->ended = NULL;
    avm_drop(t, ended);
}

void avm_async_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->async, sizeof *vm->async);
    vm->async = NULL;
}

bool avm_async_interrupt(AvmThread *t) {
    AvmAsync *a = t->vm->async;
    if (!a || !a->main) return false;
    if (++a->interrupts > 1 || a->main->f.state != AVM_FUTURE_PENDING) return false;
    if (avm_task_cancel(t, a->main, AVM_EMPTY) < 0) avm_exc_clear(t);
    return true;
}

static bool put(AvmThread *t, AvmDict *d, const char *key, AvmValue value) {
    if (!value) return true;
    AvmStr *k = avm_str_intern(t, key, strlen(key));
    bool ok = k && avm_dict_set_str(t, d, k, value);
    if (k) avm_drop(t, k);
    return ok;
}

bool avm_loop_report(AvmThread *t, AvmEventLoop *loop, const char *message, const char *key, AvmValue value,
                     AvmValue exception) {
    AvmDict *context = avm_dict_new(t);
    AvmStr *text = context ? avm_str_text(t, message) : NULL;
    bool ok = text && put(t, context, "message", avm_value(text)) && put(t, context, "exception", exception) &&
              (!key || put(t, context, key, value));
    AvmValue arg = avm_value(context);
    AvmValue r = ok ? avm_call_method(t, avm_value(loop), AVM_NAME(t, call_exception_handler), &arg, 1) : AVM_FAIL;
    if (text) avm_drop(t, text);
    if (context) avm_drop(t, context);
    avm_decref(t, r);
    if (r) return true;
    if (t->exhausted || avm_exc_is(t, AVM_EXC(t, KeyboardInterrupt)) || avm_exc_is(t, AVM_EXC(t, SystemExit)) ||
        avm_exc_is(t, AVM_EXC(t, MemoryError)))
        return false;
    avm_exc_unraisable(t, "Exception ignored in: ", avm_value(loop));
    return true;
}

// --- nothing can ever wake

// The innermost script frame of a chain of awaits that is the user's own, or NULL.
static AvmGen *where(AvmValue coro) {
    AvmGen *found = NULL;
    for (AvmValue v = coro; avm_is_gen(v); v = avm_gen_awaiting((AvmGen *)avm_obj(v))) {
        AvmGen *g = (AvmGen *)avm_obj(v);
        if (!g->frame.func->code->frozen || !found) found = g;
    }
    return found;
}

static void add_task(AvmThread *t, AvmTask *task, AvmBuf *out) {
    AvmStr *name = avm_task_name(t, task);
    if (!name) return;
    AvmGen *g = where(task->coro);
    avm_buf_printf(out, "  %.*s", (int)name->len, name->data);
    avm_drop(t, name);
    if (!g) {
        avm_buf_byte(out, '\n');
        return;
    }
    const AvmUnit *unit = g->frame.func->code->unit;
    const AvmPos *pos = avm_unit_pos(unit, avm_frame_pc(&g->frame));
    uint32_t line = g->state != AVM_GEN_CREATED && pos && pos->line ? pos->line : unit->first_line;
    avm_buf_printf(out, " waits in %.*s, File \"%.*s\", line %u\n", (int)unit->qualname.len, unit->qualname.text,
                   (int)unit->file.len, unit->file.text, (unsigned)line);
    AvmBuf text;
    avm_buf_init(&text, out->alloc);
    if (avm_source_line(t, unit, line, &text)) {
        size_t from = 0;
        while (from < text.len && (text.data[from] == ' ' || text.data[from] == '\t')) from++;
        avm_buf_printf(out, "    %.*s\n", (int)(text.len - from), text.data + from);
    }
    avm_buf_free(&text);
}

void avm_loop_deadlock(AvmThread *t, AvmEventLoop *loop) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, "aio: deadlock: no callback is ready, no timer is set, and nobody is left who could wake a task\n");
    for (AvmTask *task = t->vm->async->first; task; task = task->next)
        if (task->f.loop == loop && task->f.state == AVM_FUTURE_PENDING) add_task(t, task, &b);
    avm_exc_clear(t);
    avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    // No script runs any more, `finally` neither: the run has its own status.
    avm_exhaust(t, AVM_LIMIT_DEADLOCK);
}
