// The last step of a unit: jumps are resolved, rows sorted, names numbered, and all is copied to its own
// memory.
#include <stdlib.h>
#include <string.h>

#include "compiler/internal.h"

static uint32_t words_at(const AvmBuild *u, uint32_t pc) { return avm_op_info[AVM_OP(u->code.at[pc])].words; }

static bool is_short(AvmOp op) { return avm_op_info[op].format == AVM_FORMAT_ASBX; }

static const void *keep(AvmCompiler *c, const void *p, uint32_t count, size_t size) {
    if (!count || c->failed) return NULL;
    void *copy = avm_arena_alloc(c->out, count * size);
    if (!copy)
        avm_comp_nomem(c);
    else
        memcpy(copy, p, count * size);
    return copy;
}

static AvmText keep_text(AvmCompiler *c, AvmText text) {
    if (c->failed) return (AvmText){"", 0};
    char *copy = avm_arena_copy(c->out, text.text, text.len);
    if (!copy) avm_comp_nomem(c);
    return (AvmText){copy, text.len};
}

// ---- jumps

// A jump to an unconditional jump goes where that one goes.
static void thread_jumps(AvmCompiler *c, AvmBuild *u) {
    uint32_t *by_pc = avm_comp_alloc(c, (u->code.count + 1) * sizeof *by_pc); // JMP's label + 1
    if (!by_pc) return;
    for (uint32_t i = 0; i < u->jumps.count; i++)
        if (AVM_OP(u->code.at[u->jumps.at[i].pc]) == AVM_OP_JMP)
            by_pc[u->jumps.at[i].pc] = u->jumps.at[i].label + 1;
    for (uint32_t i = 0; i < u->jumps.count; i++) {
        uint32_t label = u->jumps.at[i].label;
        for (int hops = 0; hops < 8; hops++) {
            uint32_t next = by_pc[u->labels.at[label].pc];
            // Only forwards: a jump backwards is a check point that must not be lost.
            if (!next || u->labels.at[next - 1].pc <= u->labels.at[label].pc) break;
            label = next - 1;
        }
        u->jumps.at[i].label = label;
    }
}

static int64_t distance(const AvmBuild *u, const AvmJump *j) {
    return (int64_t)u->labels.at[j->label].pc - (int64_t)(j->pc + words_at(u, j->pc));
}

// Gives jumps with 16 bits that reach too far two words more: Jxx +1; JMP +1; JMP far.
static bool stretch(AvmCompiler *c, AvmBuild *u) {
    uint32_t n = u->code.count;
    bool any = false;
    for (uint32_t i = 0; i < u->jumps.count; i++) {
        int64_t d = distance(u, &u->jumps.at[i]);
        any |= is_short(AVM_OP(u->code.at[u->jumps.at[i].pc])) && (d > INT16_MAX || d < INT16_MIN);
    }
    if (!any) return true;
    // One round is enough if all jumps that could come to reach too far are stretched with the others.
    uint32_t *moved = avm_comp_alloc(c, (n + 1) * sizeof *moved), shift = 0;
    uint32_t *code = avm_comp_alloc(c, (n + 2 * (size_t)u->jumps.count) * sizeof *code);
    uint8_t *wide = avm_comp_alloc(c, n + 1);
    if (!moved || !code || !wide) return false;
    for (uint32_t i = 0; i < u->jumps.count; i++) {
        int64_t d = distance(u, &u->jumps.at[i]);
        wide[u->jumps.at[i].pc] = is_short(AVM_OP(u->code.at[u->jumps.at[i].pc])) && (d > 8000 || d < -8000);
    }
    for (uint32_t pc = 0; pc < n; pc++) {
        moved[pc] = pc + shift;
        code[pc + shift] = u->code.at[pc];
        if (!wide[pc]) continue;
        code[pc + shift] = (code[pc + shift] & 0xFFFF) | 1u << 16;
        code[pc + shift + 1] = AVM_OP_JMP | 1u << 8;
        code[pc + shift + 2] = AVM_OP_JMP;
        shift += 2;
    }
    moved[n] = n + shift;
    for (uint32_t i = 0; i < u->labels.count; i++)
        if (u->labels.at[i].placed) u->labels.at[i].pc = moved[u->labels.at[i].pc];
    for (uint32_t i = 0; i < u->jumps.count; i++)
        u->jumps.at[i].pc = moved[u->jumps.at[i].pc] + (wide[u->jumps.at[i].pc] ? 2 : 0);
    for (uint32_t i = 0; i < u->rows.count; i++) {
        u->rows.at[i].start = moved[u->rows.at[i].start];
        u->rows.at[i].end = moved[u->rows.at[i].end];
    }
    for (uint32_t i = 0; i < u->positions.count; i++) u->positions.at[i].pc = moved[u->positions.at[i].pc];
    u->code.at = code;
    u->code.count = n + shift;
    u->code.cap = n + 2 * u->jumps.count;
    return true;
}

static void patch_jumps(AvmCompiler *c, AvmBuild *u) {
    thread_jumps(c, u);
    if (c->failed || !stretch(c, u)) return;
    for (uint32_t i = 0; i < u->jumps.count; i++) {
        uint32_t pc = u->jumps.at[i].pc, *word = &u->code.at[pc];
        int64_t d = distance(u, &u->jumps.at[i]);
        uint8_t format = avm_op_info[AVM_OP(*word)].format;
        if (format == AVM_FORMAT_SJ)
            *word = (*word & 0xFF) | (uint32_t)d << 8;
        else if (format == AVM_FORMAT_ASBX && (d > INT16_MAX || d < INT16_MIN))
            avm_comp_error(c, u->span, "the code is too large for aio");
        else if (format == AVM_FORMAT_ASBX)
            *word = (*word & 0xFFFF) | (uint32_t)d << 16;
        else
            u->code.at[pc + 1] = (uint32_t)d;
    }
}

// ---- names

// Globals come first, so the numbers of all other names move up.
static void number_names(AvmCompiler *c, AvmBuild *u) {
    uint32_t shift = u->globals.list.count, total = shift + u->names.list.count;
    for (uint32_t pc = 0; pc < u->code.count; pc += words_at(u, pc)) {
        uint32_t *word = &u->code.at[pc];
        switch (AVM_OP(*word)) {
        case AVM_OP_GETNAME:
        case AVM_OP_SETNAME:
        case AVM_OP_DELNAME:
        case AVM_OP_GETNAMEFREE: *word += shift << 16; break;
        case AVM_OP_IMPORT:
        case AVM_OP_IMPORTFROM: u->code.at[pc + 1] += shift; break;
        }
    }
    for (uint32_t i = 0; i < u->sites.count; i++) u->sites.at[i] += shift;
    AvmText *names = avm_arena_alloc(c->out, (total + 1) * sizeof *names);
    if (!names) {
        avm_comp_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < total; i++) {
        const AvmName *name = i < shift ? u->globals.list.at[i] : u->names.list.at[i - shift];
        names[i] = keep_text(c, (AvmText){name->text, name->length});
    }
    u->unit->names = names;
    u->unit->nnames = total;
    u->unit->nglobals = shift;
    u->unit->sites = keep(c, u->sites.at, u->sites.count, sizeof *u->sites.at);
    u->unit->nsites = u->sites.count;
}

// ---- tables

static int by_depth(const void *a, const void *b) {
    const AvmRow *x = a, *y = b;
    if (x->depth != y->depth) return x->depth > y->depth ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static void keep_rows(AvmCompiler *c, AvmBuild *u) {
    uint32_t n = u->rows.count;
    AvmTry *tries = avm_arena_alloc(c->out, (n + 1) * sizeof *tries);
    AvmHandling *handlings = avm_arena_alloc(c->out, (n + 1) * sizeof *handlings);
    if (!tries || !handlings) {
        avm_comp_nomem(c);
        return;
    }
    if (n) qsort(u->rows.at, n, sizeof *u->rows.at, by_depth);
    for (uint32_t i = 0; i < n; i++) {
        const AvmRow *row = &u->rows.at[i];
        if (row->kind == AVM_ROW_TRY)
            tries[u->unit->ntries++] = (AvmTry){row->start, row->end, u->labels.at[row->label].pc, row->reg};
        else
            handlings[u->unit->nhandlings++] = (AvmHandling){row->start, row->end, row->reg};
    }
    u->unit->tries = tries;
    u->unit->handlings = handlings;
}

static void keep_literals(AvmCompiler *c, AvmBuild *u) {
    AvmLiteral *literals = avm_arena_alloc(c->out, (u->literals.count + 1) * sizeof *literals);
    if (!literals) {
        avm_comp_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < u->literals.count; i++) {
        AvmLiteral *l = &literals[i];
        *l = u->literals.at[i];
        if (l->kind == AVM_LIT_STR || l->kind == AVM_LIT_BYTES || l->kind == AVM_LIT_BIGINT)
            l->text = keep_text(c, l->text);
        if (l->kind == AVM_LIT_TUPLE || l->kind == AVM_LIT_FROZENSET)
            l->items.at = keep(c, l->items.at, l->items.count, sizeof *l->items.at);
    }
    u->unit->literals = literals;
    u->unit->nliterals = u->literals.count;
}

static void keep_locals(AvmCompiler *c, AvmBuild *u) {
    const AvmScope *s = u->scope;
    uint32_t n = s->near.count + s->far.count;
    AvmText *locals = avm_arena_alloc(c->out, (n + 1) * sizeof *locals);
    uint8_t *cells = avm_arena_alloc(c->out, n + 1);
    AvmText *frees = avm_arena_alloc(c->out, (s->frees.count + 1) * sizeof *frees);
    if (!locals || !cells || !frees) {
        avm_comp_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        const AvmLocal *local = i < s->near.count ? &s->near.at[i] : &s->far.at[i - s->near.count];
        char *name = avm_comp_alloc(c, local->name->length + 2);
        if (!name) return;
        name[0] = '.';
        memcpy(name + 1, local->name->text, local->name->length);
        AvmText text = {name + !local->hidden, local->name->length + local->hidden};
        locals[i] = keep_text(c, text);
        cells[i] = local->cell;
    }
    for (uint32_t i = 0; i < s->frees.count; i++)
        frees[i] = keep_text(c, (AvmText){s->frees.at[i]->text, s->frees.at[i]->length});
    u->unit->locals = locals;
    u->unit->local_cells = cells;
    u->unit->frees = frees;
    u->unit->nlocals = (uint16_t)s->near.count;
    u->unit->nfar = (uint16_t)s->far.count;
    u->unit->nfree = (uint16_t)s->frees.count;
}

void avm_finish(AvmCompiler *c, AvmBuild *u) {
    AvmUnit *unit = u->unit;
    patch_jumps(c, u);
    if (c->failed) return;
    number_names(c, u);
    keep_rows(c, u);
    keep_literals(c, u);
    keep_locals(c, u);
    unit->nregs = (uint16_t)u->max;
    unit->code = keep(c, u->code.at, u->code.count, sizeof *u->code.at);
    unit->ncode = u->code.count;
    unit->positions = keep(c, u->positions.at, u->positions.count, sizeof *u->positions.at);
    unit->npositions = u->positions.count;
    unit->units = keep(c, u->units.at, u->units.count, sizeof *u->units.at);
    unit->nunits = u->units.count;
}
