// with and async with.
#include "compiler/internal.h"

static void await_method(AvmCompiler *c, uint32_t reg, bool async, uint32_t context) {
    if (async) avm_await(c, reg, context);
}

void avm_with_exit(AvmCompiler *c, const AvmBlock *b) {
    AvmBuild *u = c->u;
    uint32_t top = u->top, at = b->reg;
    u->span = b->span;
    if (top != at + 2) {
        // Something is on its way out above the exit method, which is called from there then.
        at = top;
        avm_temps(c, 6);
        avm_emit(c, AVM_OP_TAKE, at, b->reg, 0);
        avm_emit(c, AVM_OP_TAKE, at + 1, b->reg + 1, 0);
    }
    avm_temp_to(c, at + 2);
    avm_temps(c, 4);
    for (uint32_t i = 0; i < 3; i++) avm_load_none(c, at + 2 + i);
    avm_emit(c, AVM_OP_CALLM, at, 3, 0);
    await_method(c, at, b->kind == AVM_BLOCK_ASYNCWITH, 2);
    avm_emit(c, AVM_OP_CLEAR, at, 1, 0);
    avm_temp_to(c, top);
}

// The exception that left the block is in register t, the exit method below it.
static void exit_on_exception(AvmCompiler *c, const AvmBlock *b, uint32_t t) {
    uint32_t done = avm_emit_label(c);
    avm_temp_to(c, t + 1);
    avm_temps(c, 6);
    AvmBlock handling = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_HANDLING, .row_reg = t};
    c->u->span = b->span;
    avm_block_push(c, &handling);
    avm_emit(c, AVM_OP_TAKE, t + 1, b->reg, 0);
    avm_emit(c, AVM_OP_TAKE, t + 2, b->reg + 1, 0);
    avm_emit(c, AVM_OP_EXITARGS, t + 3, t, 0);
    avm_emit(c, AVM_OP_CALLM, t + 1, 3, 0);
    await_method(c, t + 1, b->kind == AVM_BLOCK_ASYNCWITH, 2);
    avm_emit_jump_if(c, AVM_OP_JTRUE, t + 1, done);
    avm_emit(c, AVM_OP_RERAISE, t, 0, 0);
    avm_emit_end(c);
    avm_block_pop(c, &handling);
    avm_emit_place(c, done);
    avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
}

// The items from i on, and the body. R[e], R[e+1]: the exit method; then the enter method, or its result.
static void with_item(AvmCompiler *c, const AvmStmt *s, uint32_t i) {
    AvmBuild *u = c->u;
    if (c->failed) return;
    if (i == s->with.items.count) {
        avm_stmts(c, &s->with.body);
        return;
    }
    const AvmWithItem *item = &s->with.items.items[i];
    bool async = s->kind == AVM_STMT_ASYNCWITH;
    uint32_t caught = avm_emit_label(c), end = avm_emit_label(c), e = u->top;
    u->base = u->top;
    avm_temp_to(c, e + 4);
    avm_temps(c, 2);
    uint32_t manager = avm_expr_any(c, item->context_expr, true);
    u->span = item->context_expr->span;
    avm_emit(c, AVM_OP_SPECIAL, e + 2, manager, async ? 2 : 0);
    avm_emit(c, AVM_OP_SPECIAL, e, manager, async ? 3 : 1);
    if (avm_is_temp(c, manager)) avm_emit(c, AVM_OP_CLEAR, manager, 1, 0);
    avm_emit(c, AVM_OP_CALLM, e + 2, 0, 0);
    await_method(c, e + 2, async, 1);
    avm_temp_to(c, e + 3);
    AvmBlock block = {.kind = async ? AVM_BLOCK_ASYNCWITH : AVM_BLOCK_WITH, .row = AVM_ROW_TRY, .reg = e};
    block.row_label = caught;
    block.row_reg = e + 2;
    avm_block_push(c, &block);
    if (item->optional_vars)
        avm_store(c, item->optional_vars, e + 2);
    else
        avm_emit(c, AVM_OP_CLEAR, e + 2, 1, 0);
    avm_temp_to(c, e + 2);
    with_item(c, s, i + 1);
    avm_block_pop(c, &block);
    avm_with_exit(c, &block);
    avm_emit_jump(c, end);
    avm_emit_place(c, caught);
    exit_on_exception(c, &block, e + 2);
    avm_emit_place(c, end);
    avm_temp_to(c, e);
}

void avm_stmt_with(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    if (s->kind == AVM_STMT_ASYNCWITH && !u->scope->async_def &&
        !(c->opts->top_level_await && u->scope->kind == AVM_SCOPE_MODULE))
        avm_comp_error(c, s->span, "'async with' outside async function");
    uint32_t base = u->base;
    with_item(c, s, 0);
    u->base = base;
}
