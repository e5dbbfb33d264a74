// Interning: one copy of each name. The names are found in a table of their own, by a hash that is quicker
// than a str's and asks for no object: a VM that begins makes hundreds of them.
#include "base/copy.h"
#include "base/utf8.h"
#include "vm/error.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"

enum { SIZE_AT_FIRST = 1024 };

static uint64_t mixed(uint64_t h, uint64_t word) {
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

static uint64_t hash(const AvmVm *vm, const char *p, size_t n) {
    uint64_t h = vm->hash_key[0] ^ n, word = 0;
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        h = mixed(h, word);
    }
    word = 0;
    for (size_t i = 0; i < n; i++) word = word << 8 | (unsigned char)p[i];
    return mixed(h, word);
}

// Where the text stands, or the free place for it.
static AvmStr **find(const AvmVm *vm, const char *p, size_t n) {
    const AvmInterned *table = &vm->interned;
    uint32_t at = (uint32_t)hash(vm, p, n);
    for (;; at++) {
        AvmStr **place = &table->places[at & (table->size - 1)], *s = *place;
        if (!s || (s->len == n && !memcmp(s->data, p, n))) return place;
    }
}

static bool grow(AvmVm *vm) {
    AvmInterned before = vm->interned, *table = &vm->interned;
    uint32_t size = before.size ? before.size * 2 : SIZE_AT_FIRST;
    AvmStr **places = size ? avm_alloc_zero(&vm->alloc, size * sizeof *places) : NULL;
    if (!places) return before.used + 1 < before.size;
    *table = (AvmInterned){places, size, before.used};
    for (uint32_t i = 0; i < before.size; i++)
        if (before.places[i]) *find(vm, before.places[i]->data, before.places[i]->len) = before.places[i];
    avm_release(&vm->alloc, before.places, before.size * sizeof *before.places);
    return true;
}

// Room for one more. false: there is none, and no exception is set.
static inline bool make_room(AvmVm *vm) { return vm->interned.used < vm->interned.size / 2 || grow(vm); }

static void add(AvmVm *vm, AvmStr **place, AvmStr *s) {
    *place = avm_retain(s);
    vm->interned.used++;
    s->h.flags |= AVM_STR_INTERNED;
}

AvmStr *avm_str_intern_take(AvmThread *t, AvmStr *s) {
    if (!s || (s->h.flags & AVM_STR_INTERNED) || s->h.type != AVM_T_STR || !make_room(t->vm)) return s;
    AvmStr **place = find(t->vm, s->data, s->len);
    if (*place) {
        avm_drop(t, s);
        return avm_retain(*place);
    }
    add(t->vm, place, s);
    return s;
}

AvmStr *avm_str_intern(AvmThread *t, const char *p, size_t n) {
    if (!make_room(t->vm)) return avm_str_new(t, p, n);
    AvmStr **place = find(t->vm, p, n);
    if (*place) return avm_retain(*place);
    bool plain = n > 1 && avm_ascii_check(p, n); // short ones are shared otherwise
    AvmStr *s = plain ? avm_str_new_room(t, n, n) : avm_str_new(t, p, n);
    if (!s) return NULL;
    if (plain) avm_copy(s->data, p, n);
    add(t->vm, place, s);
    return s;
}

void avm_interned_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->interned.places, vm->interned.size * sizeof *vm->interned.places);
}
