// Handles: scoped ones are a stack, kept ones a table.
#include <stdio.h>
#include <string.h>

#include "embed/embed.h"

// In the low half of an id, beside the place: it is a kept one's. So the place is past the end of any stack.
enum { KEPT = 1u << 31 };

uint32_t avm_embed_place(aiovm *vm, void **at, size_t size, uint32_t *count, uint32_t *cap) {
    if (*count == *cap) {
        uint32_t wanted = *cap ? *cap * 2 : 32;
        void *grown = wanted < KEPT ? avm_realloc(&vm->alloc, *at, *cap * size, wanted * size) : NULL;
        if (!grown) return AVM_NO_PLACE;
        *at = grown;
        *cap = wanted;
    }
    return (*count)++;
}

static AvmSlot *kept_slot(aiovm *vm, aiovm_value h) {
    uint32_t low = (uint32_t)h.id, place = (low & ~(uint32_t)KEPT) - 1;
    AvmSlot *slot = low & KEPT && place < vm->kept.count ? &vm->kept.at[place].slot : NULL;
    return slot && slot->serial == h.id >> 32 ? slot : NULL;
}

AvmValue avm_handle_kept_value(aiovm *vm, aiovm_value h) {
    AvmSlot *slot = kept_slot(vm, h);
    return slot ? slot->value : AVM_EMPTY;
}

bool avm_handles_grow(aiovm *vm, uint32_t n) {
    uint32_t before = vm->slots.count;
    while (vm->slots.cap - before < n) {
        vm->slots.count = vm->slots.cap;
        if (AVM_EMBED_PLACE(vm, slots) == AVM_NO_PLACE) break;
    }
    vm->slots.count = before;
    return vm->slots.cap - before >= n;
}

aiovm_status avm_handle_put_slowly(aiovm *vm, AvmValue v, aiovm_value *out) {
    if (v && avm_handles_grow(vm, 1)) return avm_handle_put(vm, v, out);
    out->id = 0;
    if (!v) return avm_embed_outcome(vm);
    avm_decref(vm->t, v);
    return AIOVM_MEMORY;
}

aiovm_status avm_handle_misuse(aiovm_value *out) {
    if (out) out->id = 0;
    return AIOVM_MISUSE;
}

// --- scopes

aiovm_status aiovm_open(aiovm *vm, uint64_t *scope) {
    if (scope) *scope = 0;
    if (!scope || !avm_embed_at_hand(vm)) return AIOVM_MISUSE;
    *scope = vm->slots.count;
    return AIOVM_OK;
}

void avm_host_begin_shared(aiovm *vm, AvmThread *t, AvmHostScope *scope) {
    scope->holds = true;
    scope->t = vm->t;
    scope->holder = vm->holder;
    t->vm->held++;
    vm->t = t;
    vm->holder = avm_embed_thread();
}

void avm_host_end_shared(aiovm *vm, const AvmHostScope *scope) {
    // The last to leave makes all as it was: those that waited within may leave in another order.
    bool last = --vm->main->vm->held == 0;
    vm->t = last ? vm->main : scope->t;
    vm->holder = last ? vm->home : scope->holder;
}

void avm_handles_end(aiovm *vm, uint32_t from) {
    AvmThread *t = vm->t;
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    while (vm->slots.count > from) {
        AvmValue v = vm->slots.at[--vm->slots.count].value;
        avm_decref(t, v);
    }
    avm_replace(t, &t->exc, exc);
}

AVM_EMBED_SLOW static aiovm_status close_scope(aiovm *vm, uint64_t scope) {
    if (!avm_embed_enter(vm) || scope + 1 < vm->own_slots || scope > vm->slots.count) return AIOVM_MISUSE;
    bool began = avm_embed_run(vm); // __del__ may run
    avm_handles_end(vm, (uint32_t)scope);
    avm_embed_rest(vm, began);
    return AIOVM_OK;
}

aiovm_status aiovm_close(aiovm *vm, uint64_t scope) {
    bool good = avm_embed_at_hand(vm) && scope + 1 >= vm->own_slots && scope <= vm->slots.count;
    return good && avm_handles_pop(vm, (uint32_t)scope) == scope ? AIOVM_OK : close_scope(vm, scope);
}

// --- kept ones

aiovm_status aiovm_keep_at(aiovm *vm, aiovm_value value, aiovm_value *kept, const char *where) {
    if (!kept) return AIOVM_MISUSE;
    kept->id = 0;
    AvmValue v = avm_embed_enter(vm) ? avm_handle_get(vm, value) : AVM_EMPTY;
    if (!v) return AIOVM_MISUSE;
    uint32_t place = vm->kept.used ? vm->kept.first_free : AVM_EMBED_PLACE(vm, kept);
    if (place == AVM_NO_PLACE) return AIOVM_MEMORY;
    AvmKept *k = &vm->kept.at[place];
    if (vm->kept.used) {
        vm->kept.first_free = k->next_free;
        vm->kept.used--;
    }
    *k = (AvmKept){.slot = {avm_incref(v), avm_handle_serial(vm)}, .where = where};
    kept->id = (uint64_t)k->slot.serial << 32 | KEPT | (place + 1);
    return AIOVM_OK;
}

aiovm_status aiovm_drop(aiovm *vm, aiovm_value kept) {
    AvmSlot *slot = avm_embed_enter(vm) ? kept_slot(vm, kept) : NULL;
    if (!slot || !slot->value) return AIOVM_MISUSE;
    AvmKept *k = (AvmKept *)slot;
    AvmValue v = k->slot.value;
    *k = (AvmKept){.next_free = vm->kept.first_free};
    vm->kept.first_free = (uint32_t)(k - vm->kept.at);
    vm->kept.used++;
    bool began = avm_embed_run(vm);
    avm_decref(vm->t, v);
    avm_embed_rest(vm, began);
    return AIOVM_OK;
}

static void complain(aiovm *vm, const AvmKept *k) {
    char line[300];
    const char *type = avm_type_name(vm->t, k->slot.value);
    int n = snprintf(line, sizeof line, "aiovm_free: a handle to a %.100s was never dropped%s%.150s", type,
                     k->where ? ", kept at " : "", k->where ? k->where : "");
    if (vm->options.complain) {
        vm->options.complain(vm->options.context, line);
        return;
    }
    n = n < (int)sizeof line - 1 ? n : (int)sizeof line - 2;
    line[n] = '\n';
    vm->t->vm->host.write(vm, 2, line, (size_t)n + 1);
}

void avm_handles_free(aiovm *vm) {
    void *holder = avm_embed_seal(vm);
    for (uint32_t i = 0; i < vm->kept.count; i++)
        if (vm->kept.at[i].slot.serial) complain(vm, &vm->kept.at[i]);
    avm_embed_unseal(vm, holder);
    avm_handles_end(vm, 0);
    for (uint32_t i = 0; i < vm->kept.count; i++) avm_replace(vm->t, &vm->kept.at[i].slot.value, AVM_EMPTY);
    AVM_EMBED_FREE_TABLE(vm, slots);
    AVM_EMBED_FREE_TABLE(vm, kept);
    vm->slots.at = NULL, vm->kept.at = NULL;
    vm->slots.count = vm->slots.cap = vm->kept.count = vm->kept.cap = vm->kept.used = 0;
}
