// The ready ring, and what its entries do. The turns are in turn.c.
#include "vm/async/async.h"
#include "vm/async/context.h"

enum { FIRST_RING = 64 };

bool avm_ready_grow(AvmThread *t, AvmEventLoop *loop) {
    uint32_t size = loop->ring ? loop->mask + 1 : 0, wanted = size ? size * 2 : FIRST_RING;
    AvmValue *ring = wanted > size ? avm_alloc(&t->vm->alloc, wanted * sizeof *ring) : NULL;
    if (!ring) return false;
    for (uint32_t i = 0; i < size; i++) ring[i] = loop->ring[(loop->head + i) & loop->mask];
    avm_release(&t->vm->alloc, loop->ring, size * sizeof *ring);
    loop->ring = ring;
    loop->mask = wanted - 1;
    loop->room = loop->overrides & AVM_LOOP_OWN_READY ? 0 : wanted;
    loop->head = 0;
    loop->tail = size;
    return true;
}

bool avm_ready_append(AvmThread *t, AvmEventLoop *loop, AvmValue tagged) {
    if ((!loop->ring || loop->tail - loop->head > loop->mask) && !avm_ready_grow(t, loop)) {
        avm_drop(t, AVM_UNTAGGED(tagged));
        avm_raise_memory(t);
        return false;
    }
    loop->ring[loop->tail++ & loop->mask] = tagged;
    return true;
}

bool avm_ready_push_slowly(AvmThread *t, AvmEventLoop *loop, AvmValue tagged) {
    return loop->overrides & AVM_LOOP_OWN_READY ? avm_ready_ask(t, loop, tagged)
                                                : avm_ready_append(t, loop, tagged);
}

void avm_ready_clear(AvmThread *t, AvmEventLoop *loop) {
    while (loop->head != loop->tail) {
        AvmValue entry = loop->ring[loop->head++ & loop->mask];
        avm_drop(t, AVM_UNTAGGED(entry));
    }
    if (loop->ring) avm_release(&t->vm->alloc, loop->ring, (loop->mask + 1) * sizeof *loop->ring);
    loop->ring = NULL;
    loop->head = loop->tail = loop->mask = loop->room = 0;
}

// --- running one entry. false: an exception that ends the run.

// What a callback raised is reported, but for what ends the run.
static bool callback_failed(AvmThread *t, AvmValue loop, AvmValue callback, AvmHandle *handle) {
    if (t->exhausted || avm_exc_is(t, AVM_EXC(t, KeyboardInterrupt)) || avm_exc_is(t, AVM_EXC(t, SystemExit)))
        return false;
    AvmValue exc = avm_exc_take(t);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, "Exception in callback ");
    avm_show_callback(t, callback, &b);
    avm_exc_clear(t);
    AvmStr *text = avm_str_from_buf(t, &b);
    // Without memory for the report the run ends: what the callback was to do (stop the loop, say) would be lost in silence.
    bool ok = text && avm_loop_report_to(t, loop, text->data, "handle", avm_value(handle), exc);
    if (text) avm_drop(t, text);
    avm_decref(t, exc);
    return ok;
}

static bool call_in(AvmThread *t, AvmValue callback, const AvmValue *args, uint32_t n, AvmValue *context) {
    AvmValue before;
    if (!avm_context_enter(t, *context, &before)) return false;
    AvmValue r = avm_call(t, callback, args, n);
    avm_replace(t, context, avm_context_leave(t, before));
    avm_decref(t, r);
    return r != AVM_FAIL;
}

bool avm_handle_run(AvmThread *t, AvmHandle *h) {
    if (h->cancelled) return true;
    AvmValue callback = avm_incref(h->callback);
    AvmTuple *args = avm_retain(h->args);
    bool ok = call_in(t, callback, args ? args->items : NULL, args ? args->len : 0, &h->context) ||
              callback_failed(t, avm_loop_value(h->loop), callback, h);
    if (args) avm_drop(t, args);
    avm_decref(t, callback);
    return ok;
}

bool avm_loop_run_callback(AvmThread *t, AvmEventLoop *loop, AvmValue callback, AvmValue arg, AvmValue context) {
    AvmValue ctx = avm_incref(context);
    bool ok = call_in(t, callback, &arg, 1, &ctx);
    if (!ok && !t->exhausted) {
        AvmValue exc = avm_exc_take(t);
        AvmHandle *h = avm_handle_new(t, loop, callback, &arg, 1, ctx);
        if (h) {
            avm_reraise(t, exc);
            ok = callback_failed(t, avm_value(loop), callback, h);
            avm_drop(t, h);
        } else {
            avm_decref(t, exc);
        }
    }
    avm_decref(t, ctx);
    return ok;
}

// Items that have not run when the run ends stay for the next one.
static bool deliver(AvmThread *t, AvmEventLoop *loop, AvmCallbacks *c) {
    AvmValue f = avm_value(c->owner);
    while (c->from < c->len) {
        AvmValue item = c->items[c->from++];
        AvmObj *o = AVM_UNTAGGED(item);
        bool ok;
        switch (item & AVM_WAITER_TAGS) {
        case AVM_WAITER_TASK: ok = avm_task_wake(t, (AvmTask *)o); break;
        case AVM_WAITER_GATHER: ok = avm_gather_child_done(t, (AvmGather *)o, f); break;
        default: {
            bool bound = o->type == AVM_T_BOUND;
            AvmValue callback = bound ? ((AvmBound *)o)->what : item;
            ok = avm_loop_run_callback(t, loop, callback, f, bound ? ((AvmBound *)o)->with : AVM_EMPTY);
        }
        }
        avm_drop(t, o);
        if (!ok && c->from < c->len && (loop->tail - loop->head <= loop->mask || avm_ready_grow(t, loop)))
            loop->ring[--loop->head & loop->mask] = AVM_TAGGED(avm_retain(c), AVM_READY_DELIVER);
        if (!ok) return false;
    }
    return true;
}

static bool gather_child(AvmThread *t, AvmFuture *f) {
    AvmGather *g = AVM_UNTAGGED(f->waiters);
    f->waiters = AVM_EMPTY;
    g->due--;
    bool ok = true, result = f->state == AVM_FUTURE_FINISHED && !avm_future_failed(f);
    if (result && g->finished + 1 < g->wanted)
        g->finished++;
    else
        ok = avm_gather_child_done(t, g, avm_value(f));
    avm_drop(t, g);
    return ok;
}

static bool run_entry(AvmThread *t, AvmEventLoop *loop, AvmValue entry) {
    AvmObj *o = AVM_UNTAGGED(entry);
    bool ok;
    switch (entry & AVM_READY_TAGS) {
    case AVM_READY_STEP: ok = avm_task_wake(t, (AvmTask *)o); break;
    case AVM_READY_HANDLE: ok = avm_handle_run(t, (AvmHandle *)o); break;
    case AVM_READY_TIMER: return avm_sleep_fire(t, (AvmTask *)o); // hands the reference on
    case AVM_READY_DELIVER: ok = deliver(t, loop, (AvmCallbacks *)o); break;
    case AVM_READY_GATHER: ok = gather_child(t, (AvmFuture *)o); break;
    default: {
        AvmBound *b = (AvmBound *)o;
        ok = avm_task_step(t, (AvmTask *)avm_obj(b->what), b->with);
    }
    }
    avm_drop(t, o);
    return ok;
}

// Debug mode: what takes long is logged.
static bool timed_entry(AvmThread *t, AvmEventLoop *loop, AvmValue entry) {
    AvmObj *o = AVM_UNTAGGED(entry);
    int tag = entry & AVM_READY_TAGS;
    double began;
    bool shown = tag == AVM_READY_STEP || tag == AVM_READY_HANDLE;
    if (!avm_loop_now(t, loop, &began)) return false;
    avm_retain(o);
    bool ok = run_entry(t, loop, entry) && (!shown || avm_debug_ended(t, loop, avm_value(o), began));
    avm_drop(t, o);
    return ok;
}

bool avm_ready_entry(AvmThread *t, AvmEventLoop *loop, AvmValue entry) {
    return loop->debug ? timed_entry(t, loop, entry) : run_entry(t, loop, entry);
}
