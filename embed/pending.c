// Operations that host functions have begun: futures that the host ends.
#include "embed/embed.h"
#include "vm/async/async.h"
#include "vm/error.h"

enum { FIRST = 1 }; // the low half of an id is the place from 1

static aiovm_pending id_of(aiovm *vm, uint32_t place) {
    return (aiovm_pending){(uint64_t)vm->operations.at[place].serial << 32 | (place + FIRST)};
}

static AvmOperation *find(aiovm *vm, aiovm_pending p) {
    uint32_t place = (uint32_t)p.id - FIRST;
    AvmOperation *op = place < vm->operations.count ? &vm->operations.at[place] : NULL;
    return op && op->future && op->serial == p.id >> 32 ? op : NULL;
}

// The operation is over; its future comes back, owned.
static AvmFuture *take(aiovm *vm, AvmOperation *op) {
    AvmFuture *f = op->future;
    *op = (AvmOperation){.serial = op->serial, .next_free = vm->operations.first_free};
    vm->operations.first_free = (uint32_t)(op - vm->operations.at);
    vm->operations.used++;
    vm->port.clock.holds--;
    return f;
}

static uint32_t take_place(aiovm *vm) {
    if (!vm->operations.used) return AVM_EMBED_PLACE(vm, operations);
    uint32_t place = vm->operations.first_free;
    vm->operations.first_free = vm->operations.at[place].next_free;
    vm->operations.used--;
    return place;
}

aiovm_status aiovm_pend(aiovm *vm, aiovm_cancel cancel, void *data, aiovm_pending *pending, aiovm_value *awaitable) {
    if (pending) pending->id = 0;
    if (awaitable) awaitable->id = 0;
    if (!pending || !awaitable || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    AvmEventLoop *loop = avm_embed_loop(vm);
    AvmFuture *f = loop ? avm_future_new(t, loop) : NULL;
    if (!f) return avm_embed_outcome(vm);
    aiovm_status status = avm_handle_put(vm, avm_incref(avm_value(f)), awaitable);
    uint32_t place = status == AIOVM_OK ? take_place(vm) : AVM_NO_PLACE;
    if (place == AVM_NO_PLACE) {
        awaitable->id = 0;
        avm_drop(t, f);
        return status == AIOVM_OK ? AIOVM_MEMORY : status;
    }
    AvmOperation *op = &vm->operations.at[place];
    *op = (AvmOperation){.future = f, .cancel = cancel, .data = data, .serial = avm_handle_serial(vm)};
    f->bits |= AVM_FUTURE_HOST;
    f->note = avm_inline_int_value(place);
    vm->port.clock.holds++;
    *pending = id_of(vm, place);
    return AIOVM_OK;
}

// The future of an operation, which is over now. NULL: it was over before.
static AvmFuture *settle(aiovm *vm, aiovm_pending pending) {
    AvmOperation *op = find(vm, pending);
    if (!op) return NULL;
    AvmFuture *f = take(vm, op);
    f->bits &= (uint8_t)~AVM_FUTURE_HOST;
    if (f->state == AVM_FUTURE_PENDING && !f->loop->closed) {
        f->note = AVM_EMPTY;
        return f;
    }
    avm_drop(vm->t, f); // script has ended it by itself
    return NULL;
}

aiovm_status aiovm_resolve(aiovm *vm, aiovm_pending pending, aiovm_value value) {
    if (!avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmValue v = value.id ? avm_handle_get(vm, value) : AVM_NONE;
    if (!v) return AIOVM_MISUSE;
    AvmFuture *f = settle(vm, pending);
    if (!f) return AIOVM_CLOSED;
    bool good = avm_future_set_result(vm->t, f, v);
    avm_drop(vm->t, f);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}

aiovm_status aiovm_reject(aiovm *vm, aiovm_pending pending, const char *type, const char *message) {
    if (!avm_embed_is_text(type) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    if (!find(vm, pending)) return AIOVM_CLOSED;
    bool began = avm_embed_run(vm);
    AvmValue exc = avm_embed_exception(vm, type, message ? message : "");
    avm_embed_rest(vm, began);
    if (!exc) return avm_embed_outcome(vm);
    AvmFuture *f = settle(vm, pending);
    bool good = !f || avm_future_set_exception(vm->t, f, exc);
    avm_decref(vm->t, exc);
    avm_drop(vm->t, f);
    return !f ? AIOVM_CLOSED : good ? AIOVM_OK : avm_embed_outcome(vm);
}

void avm_pending_cancelled(void *ctx, AvmThread *t, uint32_t number) {
    aiovm *vm = ctx;
    AvmOperation op = vm->operations.at[number];
    aiovm_pending pending = id_of(vm, number);
    AvmFuture *f = take(vm, &vm->operations.at[number]);
    f->bits &= (uint8_t)~AVM_FUTURE_HOST;
    AvmValue exc = t->exc; // the host may make calls
    t->exc = AVM_EMPTY;
    AvmHostScope scope = avm_host_enter(vm, t);
    if (op.cancel) op.cancel(vm, pending, op.data);
    avm_host_leave(vm, scope);
    avm_replace(t, &t->exc, exc);
    avm_drop(t, f);
}

void avm_pending_end(aiovm *vm) {
    void *holder = avm_embed_seal(vm);
    for (uint32_t i = 0; i < vm->operations.count; i++) {
        AvmOperation *op = &vm->operations.at[i];
        if (!op->future) continue;
        aiovm_cancel cancel = op->cancel;
        void *data = op->data;
        aiovm_pending pending = id_of(vm, i);
        AvmFuture *f = take(vm, op);
        f->bits &= (uint8_t)~AVM_FUTURE_HOST;
        f->note = f->state == AVM_FUTURE_PENDING ? AVM_EMPTY : f->note;
        avm_drop(vm->t, f);
        if (cancel) cancel(NULL, pending, data);
    }
    avm_embed_unseal(vm, holder);
    AVM_EMBED_FREE_TABLE(vm, operations);
    vm->operations.at = NULL;
    vm->operations.count = vm->operations.cap = vm->operations.used = 0;
}
