// The literals of a unit, each once, and their loading.
#include <string.h>

#include "compiler/internal.h"

static uint32_t mix(uint32_t h, const void *p, size_t n) {
    const unsigned char *s = p;
    for (size_t i = 0; i < n; i++) h = (h ^ s[i]) * 16777619u;
    return h;
}

static bool has_text(AvmLitKind kind) {
    return kind == AVM_LIT_STR || kind == AVM_LIT_BYTES || kind == AVM_LIT_BIGINT;
}

static bool has_items(AvmLitKind kind) { return kind == AVM_LIT_TUPLE || kind == AVM_LIT_FROZENSET; }

static bool has_number(AvmLitKind kind) {
    return kind == AVM_LIT_INT || kind == AVM_LIT_FLOAT || kind == AVM_LIT_IMAGINARY;
}

static uint32_t hash_literal(const AvmLiteral *l) {
    uint32_t h = mix(2166136261u, &l->kind, sizeof l->kind);
    if (has_text(l->kind)) h = mix(h, l->text.text, l->text.len);
    if (has_items(l->kind)) h = mix(h, l->items.at, l->items.count * sizeof *l->items.at);
    if (has_number(l->kind)) h = mix(h, &l->i, sizeof l->i);
    return h ^ h >> 15;
}

static bool same_literal(const AvmLiteral *a, const AvmLiteral *b) {
    if (a->kind != b->kind) return false;
    if (has_text(a->kind))
        return a->text.len == b->text.len && !memcmp(a->text.text, b->text.text, a->text.len);
    if (has_items(a->kind))
        return a->items.count == b->items.count &&
               (!a->items.count || !memcmp(a->items.at, b->items.at, a->items.count * sizeof *a->items.at));
    // Numbers by their bits: 0.0 is not -0.0.
    return !has_number(a->kind) || a->i == b->i;
}

static bool grow_slots(AvmCompiler *c) {
    AvmBuild *u = c->u;
    if (u->literals.count * 2 < u->literal_slot_count) return true;
    uint32_t size = u->literal_slot_count ? u->literal_slot_count * 2 : 32;
    uint32_t *slots = avm_comp_alloc(c, size * sizeof *slots);
    if (!slots) return false;
    for (uint32_t i = 0; i < u->literals.count; i++) {
        uint32_t h = hash_literal(&u->literals.at[i]) & (size - 1);
        while (slots[h]) h = (h + 1) & (size - 1);
        slots[h] = i + 1;
    }
    u->literal_slots = slots;
    u->literal_slot_count = size;
    return true;
}

// A literal whose parts are numbers of literals already.
static uint32_t intern(AvmCompiler *c, AvmLiteral l) {
    AvmBuild *u = c->u;
    if (!grow_slots(c)) return 0;
    uint32_t h = hash_literal(&l) & (u->literal_slot_count - 1);
    for (; u->literal_slots[h]; h = (h + 1) & (u->literal_slot_count - 1))
        if (same_literal(&u->literals.at[u->literal_slots[h] - 1], &l)) return u->literal_slots[h] - 1;
    AVM_PUSH(c, u->literals, l);
    if (c->failed) return 0;
    u->literal_slots[h] = u->literals.count;
    return u->literals.count - 1;
}

uint32_t avm_literal(AvmCompiler *c, const AvmConst *k) {
    if (c->failed || !c->u->reach) return 0;
    AvmLiteral l = {.kind = k->kind};
    if (has_items(k->kind)) {
        uint32_t *at = avm_comp_alloc(c, (k->items.count + 1) * sizeof *at);
        if (!at) return 0;
        for (uint32_t i = 0; i < k->items.count; i++) at[i] = avm_literal(c, &k->items.at[i]);
        l.items.at = at;
        l.items.count = k->items.count;
    } else if (has_text(k->kind)) {
        l.text = k->text;
    } else if (has_number(k->kind)) {
        l.i = k->i;
    }
    return intern(c, l);
}

void avm_load_const(AvmCompiler *c, const AvmConst *k, uint32_t dst) {
    switch (k->kind) {
    case AVM_LIT_NONE: avm_emit(c, AVM_OP_LOADP, dst, 0, 0); return;
    case AVM_LIT_FALSE: avm_emit(c, AVM_OP_LOADP, dst, 1, 0); return;
    case AVM_LIT_TRUE: avm_emit(c, AVM_OP_LOADP, dst, 2, 0); return;
    case AVM_LIT_ELLIPSIS: avm_emit(c, AVM_OP_LOADP, dst, 3, 0); return;
    case AVM_LIT_INT:
        if (k->i >= INT16_MIN && k->i <= INT16_MAX) {
            avm_emit_bx(c, AVM_OP_LOADI, dst, (uint16_t)k->i);
            return;
        }
        break;
    default: break;
    }
    uint32_t number = avm_literal(c, k);
    if (number <= 0xFFFF)
        avm_emit_bx(c, AVM_OP_LOADK, dst, number);
    else
        avm_emit_x(c, AVM_OP_LOADKX, dst, 0, 0, number);
}

void avm_load_none(AvmCompiler *c, uint32_t dst) { avm_emit(c, AVM_OP_LOADP, dst, 0, 0); }

void avm_load_text(AvmCompiler *c, const AvmName *name, uint32_t dst) {
    AvmConst k = avm_const_str(name);
    avm_load_const(c, &k, dst);
}

void avm_load_int(AvmCompiler *c, int64_t i, uint32_t dst) {
    avm_load_const(c, &(AvmConst){.kind = AVM_LIT_INT, .i = i}, dst);
}
