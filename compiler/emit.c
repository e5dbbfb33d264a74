// Words, labels, positions, table rows and registers of the unit that is being built. Knows no tree.
#include <string.h>

#include "compiler/internal.h"

// ---- words

static void note_position(AvmCompiler *c) {
    AvmBuild *u = c->u;
    AvmSpan s = u->span;
    uint32_t lines = s.end_line > s.line ? s.end_line - s.line : 0;
    AvmPos pos = {.pc = u->code.count, .line = s.line, .col = 0xFFFF, .end_col = 0xFFFF};
    if (s.line && lines < 0xFFFF && s.col < 0xFFFF && s.end_col < 0xFFFF) {
        pos.lines = (uint16_t)lines;
        pos.col = (uint16_t)s.col;
        pos.end_col = (uint16_t)s.end_col;
    }
    if (u->positions.count) {
        AvmPos *last = &u->positions.at[u->positions.count - 1];
        if (last->line == pos.line && last->lines == pos.lines && last->col == pos.col &&
            last->end_col == pos.end_col)
            return;
        if (last->pc == pos.pc) {
            *last = pos;
            return;
        }
    }
    AVM_PUSH(c, u->positions, pos);
}

static bool put(AvmCompiler *c, uint32_t word) {
    AvmBuild *u = c->u;
    if (c->failed || !u->reach) return false;
    note_position(c);
    AVM_PUSH(c, u->code, word);
    if (u->code.count > AVM_MAX_WORDS || ++c->total_words > AVM_MAX_ALL_WORDS)
        avm_comp_error(c, u->span, "the code is too large for aio");
    return !c->failed;
}

void avm_emit(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d) { put(c, AVM_WORD(op, a, b, d)); }

void avm_emit_bx(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t bx) {
    put(c, (uint32_t)op | (a & 0xFF) << 8 | bx << 16);
}

void avm_emit_x(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d, uint32_t x) {
    if (put(c, AVM_WORD(op, a, b, d))) AVM_PUSH(c, c->u->code, x);
}

void avm_emit_end(AvmCompiler *c) {
    c->u->reach = false;
    memset(&c->u->bound, 0xFF, sizeof c->u->bound);
}

// ---- labels

uint32_t avm_emit_label(AvmCompiler *c) {
    AVM_PUSH(c, c->u->labels, (AvmLabel){0});
    return c->u->labels.count ? c->u->labels.count - 1 : 0;
}

static void meet(AvmBoundSet *into, const AvmBoundSet *other) {
    for (int i = 0; i < 4; i++) into->bits[i] &= other->bits[i];
}

static void note_jump(AvmCompiler *c, uint32_t label) {
    AvmBuild *u = c->u;
    if (c->failed || !u->reach) return;
    AvmLabel *l = &u->labels.at[label];
    if (!l->used)
        l->bound = u->bound;
    else
        meet(&l->bound, &u->bound);
    l->used = true;
    AVM_PUSH(c, u->jumps, (AvmJump){.pc = u->code.count, .label = label});
}

void avm_emit_place(AvmCompiler *c, uint32_t label) {
    AvmBuild *u = c->u;
    if (c->failed) return;
    AvmLabel *l = &u->labels.at[label];
    // A jump to what comes next anyway is taken back.
    if (u->reach == false && u->jumps.count && u->code.count && u->barrier < u->code.count) {
        const AvmJump *last = &u->jumps.at[u->jumps.count - 1];
        if (last->pc == u->code.count - 1 && last->label == label &&
            AVM_OP(u->code.at[last->pc]) == AVM_OP_JMP) {
            u->code.count--;
            u->jumps.count--;
            u->reach = true;
            u->bound = l->bound;
        }
    }
    if (l->used) {
        if (u->reach)
            meet(&u->bound, &l->bound);
        else
            u->bound = l->bound;
        u->reach = true;
    }
    l->placed = true;
    l->pc = u->code.count;
    u->barrier = u->code.count;
}

void avm_emit_head(AvmCompiler *c, uint32_t label, const AvmBoundSet *entry, bool reach) {
    AvmBuild *u = c->u;
    if (c->failed) return;
    u->reach = reach;
    u->bound = *entry;
    if (reach)
        for (int i = 0; i < 4; i++) u->bound.bits[i] &= ~u->deleted.bits[i];
    AvmLabel *l = &u->labels.at[label];
    l->placed = true;
    l->pc = u->code.count;
    u->barrier = u->code.count;
}

void avm_emit_jump(AvmCompiler *c, uint32_t label) {
    note_jump(c, label);
    put(c, AVM_OP_JMP);
    avm_emit_end(c);
}

void avm_emit_jump_if(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t label) {
    note_jump(c, label);
    avm_emit_bx(c, op, a, 0);
}

void avm_emit_jump_cmp(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d, uint32_t label) {
    note_jump(c, label);
    avm_emit_x(c, op, a, b, d, 0);
}

// ---- names

static uint32_t table_add(AvmCompiler *c, AvmNameTable *t, const AvmName *name) {
    if (t->list.count * 2 >= t->slot_count) {
        uint32_t size = t->slot_count ? t->slot_count * 2 : 32;
        uint32_t *slots = avm_comp_alloc(c, size * sizeof *slots);
        if (!slots) return 0;
        for (uint32_t i = 0; i < t->list.count; i++) {
            uint32_t h = avm_hash_pointer(t->list.at[i]) & (size - 1);
            while (slots[h]) h = (h + 1) & (size - 1);
            slots[h] = i + 1;
        }
        t->slots = slots;
        t->slot_count = size;
    }
    uint32_t h = avm_hash_pointer(name) & (t->slot_count - 1);
    for (; t->slots[h]; h = (h + 1) & (t->slot_count - 1))
        if (t->list.at[t->slots[h] - 1] == name) return t->slots[h] - 1;
    AVM_PUSH(c, t->list, name);
    if (c->failed) return 0;
    t->slots[h] = t->list.count;
    if (c->u->globals.list.count + c->u->names.list.count > 0xFFFF)
        avm_comp_error(c, c->u->span, "too many names");
    return t->list.count - 1;
}

uint32_t avm_emit_global(AvmCompiler *c, const AvmName *name) {
    return c->u->reach ? table_add(c, &c->u->globals, name) : 0;
}

uint32_t avm_emit_name(AvmCompiler *c, const AvmName *name) {
    return c->u->reach ? table_add(c, &c->u->names, name) : 0;
}

void avm_emit_site(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, const AvmName *name) {
    if (c->failed || !c->u->reach) return;
    uint32_t number = avm_emit_name(c, avm_comp_mangle(c, c->u->inner, name));
    AVM_PUSH(c, c->u->sites, number);
    if (!c->failed) avm_emit_x(c, op, a, b, 0, c->u->sites.count - 1);
}

// ---- blocks and rows

void avm_block_resume(AvmCompiler *c, AvmBlock *b) {
    b->row_start = c->u->code.count;
    c->u->barrier = c->u->code.count;
}

void avm_block_push(AvmCompiler *c, AvmBlock *b) {
    AvmBuild *u = c->u;
    b->outer = u->block;
    b->depth = b->outer ? b->outer->depth + 1 : 1;
    b->span = u->span;
    u->block = b;
    avm_block_resume(c, b);
    if (b->row == AVM_ROW_TRY && !c->failed) {
        // The handler may be entered from anywhere in the block: what is bound now and never deleted still
        // is.
        AvmBoundSet *bound = &u->labels.at[b->row_label].bound;
        for (int i = 0; i < 4; i++) bound->bits[i] = u->bound.bits[i] & ~u->deleted.bits[i];
    }
    if (b->kind != AVM_BLOCK_PLAIN && ++u->blocks > AVM_MAX_BLOCKS)
        avm_comp_error(c, u->span, "too many statically nested blocks");
}

void avm_block_suspend(AvmCompiler *c, AvmBlock *b) {
    AvmBuild *u = c->u;
    u->barrier = u->code.count;
    if (c->failed || b->row == AVM_ROW_NONE || b->row_start >= u->code.count) return;
    AvmRow row = {b->row_start, u->code.count, b->row_label, b->row_reg, b->depth, b->row};
    AVM_PUSH(c, u->rows, row);
    if (b->row == AVM_ROW_TRY) u->labels.at[b->row_label].used = true;
}

void avm_block_pop(AvmCompiler *c, AvmBlock *b) {
    avm_block_suspend(c, b);
    if (b->kind != AVM_BLOCK_PLAIN) c->u->blocks--;
    c->u->block = b->outer;
}

// ---- registers

bool avm_is_temp(const AvmCompiler *c, uint32_t reg) { return reg >= c->u->scope->near.count; }

void avm_temps(AvmCompiler *c, uint32_t n) {
    AvmBuild *u = c->u;
    if (u->top + n > u->max) u->max = u->top + n;
    if (u->max > 255) avm_comp_error(c, u->span, "the expression is too complex for aio");
}

uint32_t avm_temp(AvmCompiler *c) {
    avm_temps(c, 1);
    return c->u->top++;
}

void avm_temp_to(AvmCompiler *c, uint32_t top) { c->u->top = top; }

bool avm_is_bound(const AvmCompiler *c, uint32_t reg) {
    return reg < 256 && (c->u->bound.bits[reg >> 6] >> (reg & 63) & 1);
}

void avm_set_bound(AvmCompiler *c, uint32_t reg, bool bound) {
    if (reg >= 256 || !c->u->reach) return;
    uint64_t bit = (uint64_t)1 << (reg & 63);
    if (bound)
        c->u->bound.bits[reg >> 6] |= bit;
    else
        c->u->bound.bits[reg >> 6] &= ~bit;
}
