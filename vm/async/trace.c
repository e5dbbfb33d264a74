// What an event loop does, a line each on fd 2: --trace=loop.
#include "vm/async/async.h"
#include "vm/gen.h"

// Not through sys.stderr: no script runs for this.
static void put(AvmThread *t, AvmBuf *b) {
    if (!b->failed && t->vm->host.write) t->vm->host.write(t->vm->host.ctx, 2, b->data, b->len);
    avm_buf_free(b);
    avm_exc_clear(t);
}

void avm_trace_turn(AvmThread *t, AvmEventLoop *loop, uint32_t ready) {
    AvmLoopPort *port = t->vm->loop;
    AvmBuf b;
    if (!ready) return;
    if (!loop->turns++) loop->traced_from = port->now(port->clock);
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_printf(&b, "aio: turn %llu at %.6f: %u ready\n", (unsigned long long)loop->turns,
                   port->now(port->clock) - loop->traced_from, (unsigned)ready);
    put(t, &b);
}

void avm_trace_wait(AvmThread *t, double deadline) {
    AvmLoopPort *port = t->vm->loop;
    double now = port->now(port->clock);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (deadline < 1e300)
        avm_buf_printf(&b, "aio: waits for %.6f s\n", deadline > now ? deadline - now : 0);
    else
        avm_buf_text(&b, "aio: waits until something happens\n");
    put(t, &b);
}

static const char *step_of(const AvmTask *task) {
    bool begins = avm_is_gen(task->coro) && ((AvmGen *)avm_obj(task->coro))->state == AVM_GEN_CREATED;
    return begins ? "begins" : "goes on";
}

static void add_items(AvmThread *t, const AvmCallbacks *c, AvmBuf *out) {
    for (uint32_t i = c->from; i < c->len; i++) {
        AvmValue item = c->items[i];
        AvmObj *o = AVM_UNTAGGED(item);
        switch (item & AVM_WAITER_TAGS) {
        case AVM_WAITER_TASK: avm_tree_task(t, (AvmTask *)o, 2, "is woken", out); break;
        case AVM_WAITER_GATHER: avm_buf_text(out, "  a gather is told\n"); break;
        default:
            avm_buf_text(out, "  calls ");
            avm_show_callback(t, o->type == AVM_T_BOUND ? ((AvmBound *)o)->what : item, out);
            avm_buf_byte(out, '\n');
        }
    }
}

void avm_trace_entry(AvmThread *t, AvmValue entry) {
    AvmObj *o = AVM_UNTAGGED(entry);
    AvmHandle *h = (AvmHandle *)o;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    switch (entry & AVM_READY_TAGS) {
    case AVM_READY_STEP: avm_tree_task(t, (AvmTask *)o, 2, step_of((AvmTask *)o), &b); break;
    case AVM_READY_TIMER: avm_tree_task(t, (AvmTask *)o, 2, "has slept", &b); break;
    case AVM_READY_GATHER: avm_buf_text(&b, "  a gather is told\n"); break;
    case AVM_READY_RAISE: avm_buf_text(&b, "  a task is given an exception\n"); break;
    case AVM_READY_DELIVER: add_items(t, (AvmCallbacks *)o, &b); break;
    case AVM_READY_HANDLE:
        avm_buf_text(&b, h->cancelled ? "  a call that was cancelled" : "  calls ");
        if (!h->cancelled) avm_show_callback(t, h->callback, &b);
        avm_buf_byte(&b, '\n');
        break;
    }
    put(t, &b);
}
