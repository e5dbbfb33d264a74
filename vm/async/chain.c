// Chains of awaits across tasks, for tracebacks: with hints, the row of a failed task's coroutine says which task that is
// and who awaits it.
#include "vm/async/chain.h"

#include "vm/attr.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/hints.h"
#include "vm/traceback.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

static AvmTask *waiting_task(AvmThread *t, const AvmFuture *f);

// The task whose group the callback tells of the end of a child.
static AvmTask *group_parent(AvmThread *t, AvmValue callback) {
    if (!avm_is(callback, AVM_T_METHOD)) return NULL;
    AvmStr *name = avm_str_text(t, "_parent_task");
    AvmValue parent = name ? avm_getattr_maybe(t, ((AvmMethod *)avm_obj(callback))->self, name) : AVM_FAIL;
    avm_drop(t, name);
    avm_exc_clear(t);
    if (!avm_is(parent, AVM_T_TASK)) {
        if (parent != AVM_DONE) avm_decref(t, parent);
        return NULL;
    }
    avm_decref(t, parent); // its group, which is waited for, holds it
    return (AvmTask *)avm_obj(parent);
}

static AvmTask *behind(AvmThread *t, AvmValue waiter) {
    void *p = AVM_UNTAGGED(waiter);
    if ((waiter & AVM_WAITER_TAGS) == AVM_WAITER_TASK) return p;
    if ((waiter & AVM_WAITER_TAGS) == AVM_WAITER_GATHER) return waiting_task(t, &((AvmGather *)p)->f);
    return group_parent(t, avm_is(waiter, AVM_T_BOUND) ? ((AvmBound *)p)->what : waiter);
}

// Borrowed; NULL: none, or none that is known.
static AvmTask *waiting_task(AvmThread *t, const AvmFuture *f) {
    if (!f->waiters || f->waiters & AVM_WAITER_TAGS) return f->waiters ? behind(t, f->waiters) : NULL;
    const AvmCallbacks *c = (AvmCallbacks *)avm_obj(f->waiters);
    AvmTask *found = NULL;
    for (uint32_t i = c->from; i < c->len && !found; i++) found = behind(t, c->items[i]);
    return found;
}

static void add_task(AvmThread *t, AvmTask *task, AvmText file, AvmBuf *out) {
    AvmStr *name = avm_task_name(t, task);
    avm_buf_printf(out, "task '%s'", name ? name->data : "?");
    avm_drop(t, name);
    avm_exc_clear(t);
    if (task->site) avm_hints_add_place(t, task->site, file, out);
}

void avm_chain_note(AvmThread *t, AvmTask *task, AvmValue exc) {
    AvmValue v = ((AvmExc *)avm_obj(exc))->traceback;
    if (!v || !avm_is_gen(task->coro)) return;
    AvmTraceback *tb = (AvmTraceback *)avm_obj(v);
    AvmTask *waiting = waiting_task(t, &task->f);
    if (!waiting || avm_traceback_code(tb) != ((AvmGen *)avm_obj(task->coro))->frame.func->code) return;
    AvmText file = avm_traceback_code(tb)->unit->file;
    AvmBuf text;
    avm_buf_init(&text, &t->vm->alloc);
    avm_buf_text(&text, "in ");
    add_task(t, task, file, &text);
    avm_buf_text(&text, ", awaited by ");
    add_task(t, waiting, file, &text);
    tb->chain = avm_hints_keep(t, &text);
    avm_buf_free(&text);
}
