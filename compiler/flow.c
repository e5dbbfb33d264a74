// if, while, for, async for.
#include "base/remark.h"
#include "compiler/internal.h"

// Compiles what control never reaches: nothing is emitted, but errors are found.
static void dead(AvmCompiler *c, const AvmStmtList *list) {
    AvmBuild *u = c->u;
    AvmBoundSet bound = u->bound;
    bool reach = u->reach;
    avm_emit_end(c);
    avm_stmts(c, list);
    u->reach = reach;
    u->bound = bound;
}

// Is the body but a jump, with nothing to undo on the way?
static bool jumps_only(const AvmCompiler *c, const AvmStmtList *body, uint32_t *target) {
    const AvmBlock *loop = c->u->block;
    const AvmStmt *s = body->items[0];
    if (body->count != 1 || !loop || (s->kind != AVM_STMT_BREAK && s->kind != AVM_STMT_CONTINUE))
        return false;
    bool again = s->kind == AVM_STMT_CONTINUE;
    *target = again ? loop->again : loop->leave;
    return loop->kind == AVM_BLOCK_WHILE || (again && loop->kind == AVM_BLOCK_FOR);
}

void avm_stmt_if(AvmCompiler *c, const AvmStmt *s) {
    uint32_t target;
    int known = avm_cond_known(c, s->branch.test);
    if (known >= 0) {
        if (known)
            avm_stmts(c, &s->branch.body);
        else
            dead(c, &s->branch.body);
        if (known)
            dead(c, &s->branch.orelse);
        else
            avm_stmts(c, &s->branch.orelse);
        return;
    }
    if (jumps_only(c, &s->branch.body, &target)) {
        // if test: continue
        avm_cond(c, s->branch.test, target, true);
        avm_stmts(c, &s->branch.orelse);
        return;
    }
    uint32_t other = avm_emit_label(c), end = avm_emit_label(c);
    avm_cond(c, s->branch.test, other, false);
    avm_stmts(c, &s->branch.body);
    if (s->branch.orelse.count) {
        avm_emit_jump(c, end);
        avm_emit_place(c, other);
        avm_stmts(c, &s->branch.orelse);
        avm_emit_place(c, end);
    } else {
        avm_emit_place(c, other);
    }
}

// ---- while

// Marks the names that assignment expressions have bound for sure once e was found true.
static void bind_walrus(AvmCompiler *c, const AvmExpr *e) {
    int reg;
    switch (e->kind) {
    case AVM_EXPR_NAMEDEXPR:
        bind_walrus(c, e->namedexpr.value);
        reg = avm_name_register(c, e->namedexpr.target->name);
        if (reg >= 0) avm_set_bound(c, (uint32_t)reg, true);
        break;
    case AVM_EXPR_COMPARE:
        bind_walrus(c, e->compare.left);
        bind_walrus(c, e->compare.comparators.items[0]);
        break;
    case AVM_EXPR_BOOLOP:
        bind_walrus(c, e->boolop.values.items[0]);
        for (uint32_t i = 1; i < e->boolop.values.count && e->boolop.op == AVM_TREE_AND; i++)
            bind_walrus(c, e->boolop.values.items[i]);
        break;
    case AVM_EXPR_UNARYOP:
        if (e->unaryop.op != AVM_TREE_NOT) bind_walrus(c, e->unaryop.operand);
        break;
    case AVM_EXPR_BINOP:
        bind_walrus(c, e->binop.left);
        bind_walrus(c, e->binop.right);
        break;
    case AVM_EXPR_CALL:
        bind_walrus(c, e->call.func);
        for (uint32_t i = 0; i < e->call.args.count; i++) bind_walrus(c, e->call.args.items[i]);
        break;
    case AVM_EXPR_ATTRIBUTE: bind_walrus(c, e->attribute.value); break;
    case AVM_EXPR_AWAIT: bind_walrus(c, e->value); break;
    default: break;
    }
}

void avm_stmt_while(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    int known = avm_cond_known(c, s->branch.test);
    uint32_t body = avm_emit_label(c), test = avm_emit_label(c), end = avm_emit_label(c);
    AvmBlock loop = {.kind = AVM_BLOCK_WHILE, .leave = end, .again = test};
    if (known == 0) {
        avm_block_push(c, &loop);
        dead(c, &s->branch.body);
        avm_block_pop(c, &loop);
        avm_stmts(c, &s->branch.orelse);
        avm_emit_place(c, end);
        return;
    }
    AvmBoundSet entry = u->bound;
    bool reach = u->reach;
    if (known < 0) {
        avm_emit_jump(c, test);
    } else {
        // Without a test, the loop begins again where it began.
        avm_emit_head(c, test, &entry, reach);
        entry = u->bound;
    }
    avm_emit_head(c, body, &entry, reach);
    if (known < 0) bind_walrus(c, s->branch.test);
    u->span = s->span;
    uint32_t before = avm_remarks_count(c->diag);
    avm_block_push(c, &loop);
    avm_stmts(c, &s->branch.body);
    avm_block_pop(c, &loop);
    if (known < 0) {
        uint32_t within = avm_remarks_count(c->diag);
        avm_emit_place(c, test);
        avm_cond(c, s->branch.test, body, true);
        avm_remark_twice(c, before, within);
    } else {
        u->span = s->branch.test->span;
        avm_emit_jump(c, test);
    }
    avm_stmts(c, &s->branch.orelse);
    avm_emit_place(c, end);
}

// ---- for

void avm_stmt_for(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    const AvmExpr *target = s->forloop.target, *iterable = s->forloop.iter;
    uint32_t body = avm_emit_label(c), next = avm_emit_label(c), end = avm_emit_label(c);
    uint32_t iter = avm_temp(c);
    uint32_t r = avm_expr_in(c, iterable, true, iter);
    u->span = iterable->span;
    avm_emit(c, AVM_OP_GETITER, iter, r, 0);
    AvmBlock loop = {.kind = AVM_BLOCK_FOR, .reg = iter, .leave = end, .again = next};
    u->span = s->span;
    avm_block_push(c, &loop);
    AvmBoundSet entry = u->bound;
    bool reach = u->reach;
    u->span = iterable->span;
    avm_emit_jump(c, next);
    avm_emit_head(c, body, &entry, reach);
    int reg = avm_store_register(c, target);
    uint32_t item = reg >= 0 ? (uint32_t)reg : avm_temp(c);
    if (reg >= 0)
        avm_set_bound(c, item, true);
    else
        avm_store(c, target, item);
    avm_temp_to(c, iter + 1);
    avm_stmts(c, &s->forloop.body);
    avm_block_pop(c, &loop);
    avm_emit_place(c, next);
    u->span = iterable->span;
    avm_emit_jump_cmp(c, AVM_OP_FORITER, iter, item, 0, body);
    avm_temp_to(c, iter);
    avm_stmts(c, &s->forloop.orelse);
    avm_emit_place(c, end);
}

void avm_stmt_async_for(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    if (!u->scope->async_def && !(c->opts->top_level_await && u->scope->kind == AVM_SCOPE_MODULE))
        avm_comp_error(c, s->span, "'async for' outside async function");
    const AvmExpr *target = s->forloop.target, *iterable = s->forloop.iter;
    uint32_t next = avm_emit_label(c), stop = avm_emit_label(c), done = avm_emit_label(c),
             end = avm_emit_label(c);
    uint32_t iter = avm_temp(c);
    uint32_t r = avm_expr_in(c, iterable, true, iter);
    u->span = iterable->span;
    avm_emit(c, AVM_OP_GETAITER, iter, r, 0);
    AvmBlock loop = {.kind = AVM_BLOCK_FOR, .reg = iter, .leave = end, .again = next};
    u->span = s->span;
    avm_block_push(c, &loop);
    AvmBoundSet entry = u->bound;
    avm_emit_head(c, next, &entry, u->reach);
    uint32_t item = avm_temp(c);
    AvmBlock block = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_TRY, .row_label = stop, .row_reg = item};
    u->span = s->span;
    avm_block_push(c, &block);
    avm_emit(c, AVM_OP_GETANEXT, item, iter, 0);
    avm_temps(c, 1);
    avm_emit(c, AVM_OP_DELEGATE, item, 0, 0);
    avm_block_pop(c, &block);
    avm_store(c, target, item);
    avm_temp_to(c, iter + 1);
    avm_stmts(c, &s->forloop.body);
    avm_block_pop(c, &loop);
    u->span = iterable->span;
    avm_emit_jump(c, next);
    avm_emit_place(c, stop);
    u->span = iterable->span;
    avm_emit_jump_if(c, AVM_OP_ENDASYNCFOR, item, done);
    avm_emit_end(c);
    avm_emit_place(c, done);
    avm_emit(c, AVM_OP_CLEAR, iter, 1, 0);
    avm_temp_to(c, iter);
    avm_stmts(c, &s->forloop.orelse);
    avm_emit_place(c, end);
}
