// try, except, except*, finally.
#include "compiler/internal.h"

// The clause's test: goes to next if the exception in t does not match.
static void match(AvmCompiler *c, const AvmHandler *h, uint32_t t, uint32_t next) {
    uint32_t r = avm_expr_any(c, h->type, true);
    uint32_t m = avm_is_temp(c, r) ? r : avm_temp(c);
    c->u->span = h->span;
    avm_emit(c, AVM_OP_EXCMATCH, m, t, r);
    avm_emit_jump_if(c, AVM_OP_JFALSE, m, next);
    avm_temp_to(c, t + 1);
}

// One except clause. `around` is the block of all clauses, in which t is the exception being handled.
static void handler(AvmCompiler *c, const AvmHandler *h, uint32_t t, AvmBlock *around, uint32_t end) {
    uint32_t next = avm_emit_label(c), cleanup = avm_emit_label(c);
    c->u->span = h->span;
    c->u->base = c->u->top;
    if (h->type) match(c, h, t, next);
    AvmBlock body = {.kind = AVM_BLOCK_HANDLER, .reg = t, .name = h->name};
    if (h->name) {
        uint32_t v = avm_temp(c);
        c->u->span = h->span;
        avm_emit(c, AVM_OP_MOVE, v, t, 0);
        avm_name_store(c, h->name, v);
        avm_temp_to(c, v);
        body.row = AVM_ROW_TRY;
        body.row_label = cleanup;
        body.row_reg = t + 1;
    }
    avm_block_push(c, &body);
    avm_stmts(c, &h->body);
    avm_block_pop(c, &body);
    avm_block_suspend(c, around);
    avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
    if (h->name) avm_name_forget(c, h->name);
    avm_emit_jump(c, end);
    avm_block_resume(c, around);
    avm_emit_place(c, cleanup);
    if (h->name && c->u->reach) {
        // Whatever ends the clause unbinds the name.
        uint32_t raised = avm_temp(c);
        avm_name_forget(c, h->name);
        avm_emit(c, AVM_OP_RERAISE, raised, 0, 0);
        avm_emit_end(c);
        avm_temp_to(c, t + 1);
    }
    avm_emit_place(c, next);
}

static void try_except(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    uint32_t caught = avm_emit_label(c), end = avm_emit_label(c), t = u->top, base = u->base;
    AvmBlock body = {.kind = AVM_BLOCK_TRY, .row = AVM_ROW_TRY, .row_label = caught, .row_reg = t};
    avm_block_push(c, &body);
    avm_stmts(c, &s->tried.body);
    avm_block_pop(c, &body);
    avm_stmts(c, &s->tried.orelse);
    avm_emit_jump(c, end);
    avm_emit_place(c, caught);
    avm_temp(c);
    AvmBlock around = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_HANDLING, .row_reg = t};
    avm_block_push(c, &around);
    for (uint32_t i = 0; i < s->tried.handlers.count && !c->failed; i++) {
        const AvmHandler *h = &s->tried.handlers.items[i];
        if (!h->type && i + 1 < s->tried.handlers.count)
            avm_comp_error(c, h->span, "default 'except:' must be last");
        handler(c, h, t, &around, end);
    }
    avm_emit(c, AVM_OP_RERAISE, t, 0, 0);
    avm_emit_end(c);
    avm_block_pop(c, &around);
    avm_temp_to(c, t);
    avm_emit_place(c, end);
    u->base = base;
}

// ---- finally

static void try_finally(AvmCompiler *c, const AvmStmt *s, void (*inner)(AvmCompiler *, const AvmStmt *)) {
    AvmBuild *u = c->u;
    uint32_t caught = avm_emit_label(c), end = avm_emit_label(c), t = u->top;
    AvmBlock body = {.kind = AVM_BLOCK_FINALLY, .row = AVM_ROW_TRY, .row_label = caught, .row_reg = t};
    body.finally = &s->tried.finalbody;
    avm_block_push(c, &body);
    if (inner)
        inner(c, s);
    else
        avm_stmts(c, &s->tried.body);
    avm_block_pop(c, &body);
    avm_stmts(c, &s->tried.finalbody);
    avm_emit_jump(c, end);
    avm_emit_place(c, caught);
    if (u->reach) {
        avm_temp(c);
        AvmBlock around = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_HANDLING, .row_reg = t};
        AvmBlock handling = {.kind = AVM_BLOCK_HANDLER, .reg = t};
        avm_block_push(c, &around);
        avm_block_push(c, &handling);
        avm_stmts(c, &s->tried.finalbody);
        avm_block_pop(c, &handling);
        avm_emit(c, AVM_OP_RERAISE, t, 0, 0);
        avm_emit_end(c);
        avm_block_pop(c, &around);
        avm_temp_to(c, t);
    }
    avm_emit_place(c, end);
}

void avm_stmt_try(AvmCompiler *c, const AvmStmt *s) {
    if (s->tried.finalbody.count)
        try_finally(c, s, s->tried.handlers.count ? try_except : NULL);
    else
        try_except(c, s);
}

// ---- except*: R[t] the exception caught, R[t+1] what no clause took yet, R[t+2] the list of what clauses
// raised, R[t+3] a clause's part

static void star_handler(AvmCompiler *c, const AvmHandler *h, uint32_t t) {
    AvmBuild *u = c->u;
    uint32_t next = avm_emit_label(c), raised = avm_emit_label(c), part = t + 3;
    u->base = u->top;
    avm_expr_push(c, h->type);
    u->span = h->span;
    avm_emit(c, AVM_OP_STARMATCH, t + 1, part, 0);
    uint32_t copy = avm_temp(c);
    avm_emit(c, AVM_OP_MOVE, copy, part, 0);
    avm_emit_jump_cmp(c, AVM_OP_JNONE, copy, 0, 1, next);
    if (h->name) {
        u->span = h->span;
        avm_emit(c, AVM_OP_MOVE, copy, part, 0);
        avm_name_store(c, h->name, copy);
    }
    avm_temp_to(c, part + 1);
    AvmBlock handling = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_HANDLING, .row_reg = part};
    AvmBlock body = {.kind = AVM_BLOCK_STAR, .row = AVM_ROW_TRY, .row_label = raised, .row_reg = part + 1};
    avm_block_push(c, &handling);
    avm_block_push(c, &body);
    avm_stmts(c, &h->body);
    avm_block_pop(c, &body);
    avm_block_pop(c, &handling);
    avm_emit(c, AVM_OP_CLEAR, part, 1, 0);
    if (h->name) avm_name_forget(c, h->name);
    avm_emit_jump(c, next);
    avm_emit_place(c, raised);
    if (u->reach) {
        uint32_t r = avm_temp(c);
        if (h->name) avm_name_forget(c, h->name);
        avm_emit(c, AVM_OP_LISTADD, t + 2, r, 0);
        avm_emit(c, AVM_OP_CLEAR, part, 1, 0);
    }
    avm_emit_place(c, next);
    avm_temp_to(c, part);
}

static void try_star(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    uint32_t caught = avm_emit_label(c), end = avm_emit_label(c), none = avm_emit_label(c);
    uint32_t t = u->top, base = u->base;
    AvmBlock body = {.kind = AVM_BLOCK_TRY, .row = AVM_ROW_TRY, .row_label = caught, .row_reg = t};
    avm_block_push(c, &body);
    avm_stmts(c, &s->tried.body);
    avm_block_pop(c, &body);
    avm_stmts(c, &s->tried.orelse);
    avm_emit_jump(c, end);
    avm_emit_place(c, caught);
    avm_temp_to(c, t + 3);
    avm_temps(c, 2);
    AvmBlock around = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_HANDLING, .row_reg = t};
    avm_block_push(c, &around);
    u->span = s->span;
    avm_emit(c, AVM_OP_MOVE, t + 1, t, 0);
    avm_emit(c, AVM_OP_LIST, t + 2, 0, 0);
    for (uint32_t i = 0; i < s->tried.handlers.count && !c->failed; i++)
        star_handler(c, &s->tried.handlers.items[i], t);
    avm_emit(c, AVM_OP_STARRAISE, t, t + 2, t + 1);
    avm_block_pop(c, &around);
    avm_emit(c, AVM_OP_MOVE, t + 1, t, 0);
    avm_emit_jump_cmp(c, AVM_OP_JNONE, t + 1, 0, 1, none);
    avm_emit(c, AVM_OP_RERAISE, t, 0, 0);
    avm_emit_end(c);
    avm_emit_place(c, none);
    avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
    avm_temp_to(c, t);
    avm_emit_place(c, end);
    u->base = base;
}

void avm_stmt_try_star(AvmCompiler *c, const AvmStmt *s) {
    if (s->tried.finalbody.count)
        try_finally(c, s, try_star);
    else
        try_star(c, s);
}
