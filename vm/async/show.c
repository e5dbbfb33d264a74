// What futures, tasks and handles show in repr: state, name, coroutine and its line, callbacks.
#include "vm/async/async.h"

static bool add_value(AvmThread *t, AvmValue v, AvmBuf *out) { // takes v, a str
    if (!v) return false;
    AvmStr *s = (AvmStr *)avm_obj(v);
    avm_buf_add(out, s->data, s->len);
    avm_decref(t, v);
    return true;
}

// " at x.py:3", or nothing for what has no file of the user's.
static void add_place(const AvmCode *code, const char *words, uint32_t line, AvmBuf *out) {
    const AvmText *file = &code->unit->file;
    if (!code->frozen) avm_buf_printf(out, "%s%.*s:%u", words, (int)file->len, file->text, (unsigned)line);
}

static AvmValue attr_maybe(AvmThread *t, AvmValue v, const char *name) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    if (!s) return AVM_FAIL;
    AvmValue r = avm_getattr_maybe(t, v, s);
    avm_drop(t, s);
    return r;
}

static bool is_partial(AvmThread *t, AvmValue v) {
    return avm_is_obj(v) && strcmp(avm_type_name(t, v), "partial") == 0;
}

// The function whose file and line are shown (borrowed through *owner, a new reference), or NULL.
static AvmFunc *source_of(AvmThread *t, AvmValue v, AvmValue *owner) {
    *owner = avm_incref(v);
    for (int depth = 0; depth < 100; depth++) {
        AvmValue inner = is_partial(t, *owner) ? attr_maybe(t, *owner, "func")
                         : avm_is(*owner, AVM_T_FUNCTION) ? avm_getattr_maybe(t, *owner, AVM_NAME(t, __wrapped__))
                                                          : AVM_DONE;
        if (!inner) {
            avm_exc_clear(t);
            inner = AVM_DONE;
        }
        if (inner == AVM_DONE) break;
        avm_replace(t, owner, inner);
    }
    return avm_is(*owner, AVM_T_FUNCTION) ? (AvmFunc *)avm_obj(*owner) : NULL;
}

// Its __qualname__, else its __name__: 1; 0: it has none, -1: exception.
static int add_own_name(AvmThread *t, AvmValue v, AvmBuf *out) {
    if (avm_is(v, AVM_T_NATIVE)) {
        AvmNative *n = (AvmNative *)avm_obj(v);
        if (n->owner && n->owner->id == AVM_T_GATHER && n->def->name[0] == '_')
            return avm_buf_text(out, "gather.<locals>._done_callback") ? 1 : -1;
    }
    AvmStr *names[] = {AVM_NAME(t, __qualname__), AVM_NAME(t, __name__)};
    for (int i = 0; i < 2; i++) {
        AvmValue name = avm_getattr_maybe(t, v, names[i]);
        if (!name) return -1;
        if (name == AVM_DONE) continue;
        int yes = avm_truth(t, name);
        if (yes > 0 && avm_is_str(name)) return add_value(t, name, out) ? 1 : -1;
        avm_decref(t, name);
        if (yes < 0) return -1;
    }
    return 0;
}

static bool show_name(AvmThread *t, AvmValue v, AvmBuf *out) {
    int named = add_own_name(t, v, out);
    return named ? named > 0 : add_value(t, avm_repr(t, v), out);
}

bool avm_show_callback(AvmThread *t, AvmValue callback, AvmBuf *out) {
    AvmValue v = avm_incref(callback);
    uint32_t calls = 1;
    for (; is_partial(t, v) && calls < 100; calls++) {
        AvmValue inner = attr_maybe(t, v, "func");
        if (!inner || inner == AVM_DONE) break;
        avm_replace(t, &v, inner);
    }
    bool ok = show_name(t, v, out);
    avm_decref(t, v);
    while (ok && calls--) avm_buf_text(out, "()");
    if (!ok) return false;
    AvmValue owner;
    AvmFunc *f = source_of(t, callback, &owner);
    if (f) add_place(f->code, " at ", f->code->unit->first_line, out);
    avm_decref(t, owner);
    return true;
}

// f() running at x.py:3
static bool show_coroutine(AvmThread *t, AvmValue coro, AvmBuf *out) {
    if (avm_is(coro, AVM_T_NATIVE_COROUTINE)) {
        AvmCoro *c = (AvmCoro *)avm_obj(coro);
        bool done = avm_coro_state(c) == AVM_CORO_ENDED;
        return show_name(t, coro, out) && avm_buf_text(out, done ? "() done" : "() running");
    }
    if (!avm_is_gen(coro)) {
        int named = add_own_name(t, coro, out);
        if (!named) avm_buf_printf(out, "<%s without __name__>", avm_type_name(t, coro));
        return named >= 0 && avm_buf_text(out, "()");
    }
    AvmGen *g = (AvmGen *)avm_obj(coro);
    if (!show_name(t, coro, out)) return false;
    const AvmCode *code = g->frame.func->code;
    uint32_t line = code->unit->first_line;
    if (g->state == AVM_GEN_DONE) {
        avm_buf_text(out, "() done, defined");
        add_place(code, " at ", line, out);
        return true;
    }
    if (g->state != AVM_GEN_CREATED) {
        AvmPos pos = avm_unit_pos(code->unit, avm_frame_pc(&g->frame));
        if (pos.line) line = pos.line;
    }
    avm_buf_text(out, "() running");
    add_place(code, " at ", line, out);
    return true;
}

static bool show_callbacks(AvmThread *t, AvmFuture *f, AvmBuf *out) {
    // Of a future that is done they have been handed to the loop, even if they have not left it yet here.
    bool told = f->state != AVM_FUTURE_PENDING && !(f->loop && f->loop->overrides & AVM_LOOP_OWN_READY);
    uint32_t n = told ? 0 : avm_future_ncallbacks(f);
    if (!n) return true;
    avm_buf_text(out, " cb=[");
    for (uint32_t i = 0; i < n && i < avm_future_ncallbacks(f); i++) {
        if (i > 0 && i < n - 1) {
            if (i == 1) avm_buf_printf(out, ", <%u more>", n - 2);
            continue;
        }
        if (i) avm_buf_text(out, ", ");
        AvmValue context, callback = avm_future_callback(t, f, i, &context);
        bool ok = callback && avm_show_callback(t, callback, out);
        avm_decref(t, callback);
        if (!ok) return false;
    }
    return avm_buf_byte(out, ']');
}

// The future that a task in a plain sleep() would wait for.
static bool show_sleep(AvmThread *t, AvmTask *task, AvmBuf *out) {
    if (task->f.sleeping == AVM_SLEEP_CANCELLED) return avm_buf_text(out, " wait_for=<Future cancelled>");
    if (task->f.sleeping != AVM_SLEEP_OVER)
        return avm_buf_text(out, " wait_for=<Future pending cb=[Task.task_wakeup()]>");
    avm_buf_text(out, " wait_for=<Future finished result=");
    AvmValue leaf = task->coro;
    while (avm_is_gen(leaf)) leaf = avm_gen_awaiting((AvmGen *)avm_obj(leaf));
    bool known = avm_is(leaf, AVM_T_NATIVE_COROUTINE);
    return avm_show_short(t, known ? ((AvmCoro *)avm_obj(leaf))->item : AVM_NONE, out) && avm_buf_byte(out, '>');
}

static bool show_task(AvmThread *t, AvmTask *task, AvmBuf *out) {
    AvmStr *name = avm_task_name(t, task);
    if (!name) return false;
    avm_buf_text(out, " name=");
    bool ok = add_value(t, avm_repr(t, avm_value(name)), out);
    avm_drop(t, name);
    if (!ok) return false;
    if (task->coro) {
        avm_buf_text(out, " coro=<");
        if (!show_coroutine(t, task->coro, out)) return false;
        avm_buf_byte(out, '>');
    }
    if (avm_task_waits(task)) {
        avm_buf_text(out, " wait_for=");
        return add_value(t, avm_repr(t, task->f.result), out);
    }
    return !task->f.sleeping || show_sleep(t, task, out);
}

bool avm_show_future(AvmThread *t, AvmFuture *f, AvmBuf *out) {
    static const char *const states[] = {"pending", "cancelled", "finished"};
    AvmValue v = avm_value(f);
    AvmTask *task = f->h.type == AVM_T_TASK || avm_type_is_sub(avm_type_of(t, v), avm_type_get(t, AVM_T_TASK))
                        ? (AvmTask *)f
                        : NULL;
    bool cancelling = task && task->cancels && f->state == AVM_FUTURE_PENDING;
    avm_buf_printf(out, "%s %s", avm_type_name(t, v), cancelling ? "cancelling" : states[f->state]);
    if (task && !show_task(t, task, out)) return false;
    if (f->state == AVM_FUTURE_FINISHED && avm_future_failed(f)) {
        avm_buf_text(out, " exception=");
        if (!add_value(t, avm_repr(t, f->result), out)) return false;
    } else if (f->state == AVM_FUTURE_FINISHED) {
        avm_buf_text(out, " result=");
        if (!avm_show_short(t, f->result, out)) return false;
    }
    return show_callbacks(t, f, out) && avm_debug_show_origin(t, avm_debug_origin(t, f), out);
}

AvmValue avm_future_repr(AvmThread *t, AvmValue v) {
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_text(t, "..."));
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_byte(&b, '<');
    bool ok = avm_show_future(t, (AvmFuture *)avm_obj(v), &b);
    avm_buf_byte(&b, '>');
    avm_repr_leave(t, v);
    if (ok) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}
