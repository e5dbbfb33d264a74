// Comprehensions: lists, sets and dicts run in the frame of the function around them, generator expressions
// are units of their own (func.c opens them).
#include "compiler/internal.h"

typedef struct Comp {
    const AvmExpr *e;
    const AvmScope *scope;
    const AvmComprehensionList *list;
    uint32_t result; // the register of what is built
} Comp;

static void generators(AvmCompiler *c, const Comp *comp, uint32_t i, uint32_t iter);

static void element(AvmCompiler *c, const Comp *comp) {
    const AvmExpr *e = comp->e;
    uint32_t top = c->u->top;
    if (comp->scope->comp == AVM_COMP_DICT) {
        uint32_t k = avm_expr_any(c, e->dictcomp.key, avm_expr_quiet(e->dictcomp.value));
        uint32_t v = avm_expr_any(c, e->dictcomp.value, true);
        c->u->span = e->dictcomp.key->span;
        c->u->span.end_line = e->dictcomp.value->span.end_line;
        c->u->span.end_col = e->dictcomp.value->span.end_col;
        avm_emit(c, AVM_OP_DICTADD, comp->result, k, v);
    } else {
        uint32_t r = avm_expr_any(c, e->comp.elt, true);
        c->u->span = e->comp.elt->span;
        if (comp->scope->comp == AVM_COMP_LIST) {
            avm_emit(c, AVM_OP_LISTADD, comp->result, r, 0);
        } else if (comp->scope->comp == AVM_COMP_SET) {
            avm_emit(c, AVM_OP_SETADD, comp->result, r, 0);
        } else {
            uint32_t sent = avm_is_temp(c, r) ? r : avm_temp(c);
            avm_emit(c, comp->scope->coroutine ? AVM_OP_AYIELD : AVM_OP_YIELD, sent, r, 0);
            avm_emit(c, AVM_OP_CLEAR, sent, 1, 0);
        }
    }
    avm_temp_to(c, top);
}

// Conditions, then the next loop or the element.
static void inside(AvmCompiler *c, const Comp *comp, uint32_t i, uint32_t again) {
    const AvmComprehension *g = &comp->list->items[i];
    for (uint32_t j = 0; j < g->ifs.count; j++) avm_cond(c, g->ifs.items[j], again, false);
    if (i + 1 == comp->list->count) {
        element(c, comp);
        return;
    }
    const AvmComprehension *next = &comp->list->items[i + 1];
    uint32_t iter = avm_temp(c), from = avm_expr_in(c, next->iter, true, iter);
    c->u->span = next->iter->span;
    avm_emit(c, next->is_async ? AVM_OP_GETAITER : AVM_OP_GETITER, iter, from, 0);
    generators(c, comp, i + 1, iter);
    avm_temp_to(c, iter);
}

static void plain_loop(AvmCompiler *c, const Comp *comp, uint32_t i, uint32_t iter) {
    const AvmComprehension *g = &comp->list->items[i];
    uint32_t body = avm_emit_label(c), next = avm_emit_label(c), top = c->u->top;
    int reg = avm_store_register(c, g->target);
    AvmBoundSet entry = c->u->bound;
    bool reach = c->u->reach;
    c->u->span = g->iter->span;
    avm_emit_jump(c, next);
    avm_emit_head(c, body, &entry, reach);
    uint32_t item = reg >= 0 ? (uint32_t)reg : avm_temp(c);
    if (reg >= 0)
        avm_set_bound(c, item, true);
    else
        avm_store(c, g->target, item);
    avm_temp_to(c, top);
    inside(c, comp, i, next);
    avm_emit_place(c, next);
    c->u->span = g->iter->span;
    avm_emit_jump_cmp(c, AVM_OP_FORITER, iter, item, 0, body);
}

static void async_loop(AvmCompiler *c, const Comp *comp, uint32_t i, uint32_t iter) {
    const AvmComprehension *g = &comp->list->items[i];
    uint32_t next = avm_emit_label(c), stop = avm_emit_label(c), end = avm_emit_label(c), top = c->u->top;
    AvmBoundSet entry = c->u->bound;
    uint32_t item = avm_temp(c);
    avm_emit_head(c, next, &entry, c->u->reach);
    AvmBlock block = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_TRY, .row_label = stop, .row_reg = item};
    c->u->span = comp->e->span;
    avm_block_push(c, &block);
    avm_emit(c, AVM_OP_GETANEXT, item, iter, 0);
    avm_temps(c, 1);
    avm_emit(c, AVM_OP_DELEGATE, item, 0, 0);
    avm_block_pop(c, &block);
    avm_store(c, g->target, item);
    avm_temp_to(c, top);
    inside(c, comp, i, next);
    avm_emit_jump(c, next);
    avm_emit_place(c, stop);
    c->u->span = comp->e->span;
    avm_emit_jump_if(c, AVM_OP_ENDASYNCFOR, item, end);
    avm_emit_end(c);
    avm_emit_place(c, end);
    if (avm_is_temp(c, iter)) avm_emit(c, AVM_OP_CLEAR, iter, 1, 0);
}

static void generators(AvmCompiler *c, const Comp *comp, uint32_t i, uint32_t iter) {
    if (c->failed) return;
    if (comp->list->items[i].is_async)
        async_loop(c, comp, i, iter);
    else
        plain_loop(c, comp, i, iter);
}

// ---- the variables of a comprehension in its host's frame

static void open_variables(AvmCompiler *c, const AvmScope *scope) {
    for (uint32_t i = 0; i < scope->symbols.count; i++) {
        const AvmSymbol *symbol = scope->symbols.at[i];
        if (symbol->where == AVM_WHERE_CELL) avm_emit(c, AVM_OP_NEWCELL, symbol->reg, 0, 0);
        if (symbol->where == AVM_WHERE_LOCAL) avm_set_bound(c, symbol->reg, false);
    }
}

static void close_variables(AvmCompiler *c, const AvmScope *scope) {
    uint32_t first = 0, n = 0;
    for (uint32_t i = 0; i < scope->symbols.count; i++) {
        const AvmSymbol *symbol = scope->symbols.at[i];
        if (symbol->where != AVM_WHERE_CELL && symbol->where != AVM_WHERE_LOCAL) continue;
        avm_set_bound(c, symbol->reg, false);
        if (symbol->reg >= AVM_FAR_BASE) {
            uint32_t t = avm_temp(c);
            avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
            avm_emit_bx(c, AVM_OP_FARSET, t, symbol->reg);
            avm_temp_to(c, t);
        } else if (n && symbol->reg == first + n) {
            n++;
        } else {
            if (n) avm_emit(c, AVM_OP_CLEAR, first, n, 0);
            first = symbol->reg;
            n = 1;
        }
    }
    if (n) avm_emit(c, AVM_OP_CLEAR, first, n, 0);
}

static bool in_try(const AvmCompiler *c) {
    for (const AvmBlock *b = c->u->block; b; b = b->outer)
        if (b->row == AVM_ROW_TRY) return true;
    return false;
}

void avm_comp_body(AvmCompiler *c, const AvmExpr *e, const AvmScope *scope, uint32_t result, uint32_t iter) {
    const AvmComprehensionList *list =
        e->kind == AVM_EXPR_DICTCOMP ? &e->dictcomp.generators : &e->comp.generators;
    Comp comp = {.e = e, .scope = scope, .list = list, .result = result};
    generators(c, &comp, 0, iter);
}

void avm_expr_comp(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    AvmScope *scope = avm_scope_of(c, e);
    if (!scope->inlined) {
        avm_build_generator(c, e, dst);
        return;
    }
    const AvmScope *host = c->u->scope;
    bool may_wait = host->kind == AVM_SCOPE_FUNCTION
                        ? host->async_def || host->comp
                        : host->kind == AVM_SCOPE_MODULE && c->opts->top_level_await;
    if (scope->coroutine && !may_wait)
        avm_comp_error(c, e->span, "asynchronous comprehension outside of an asynchronous function");
    const AvmComprehension *first =
        e->kind == AVM_EXPR_DICTCOMP ? e->dictcomp.generators.items : e->comp.generators.items;
    uint32_t w = avm_work(c, dst), iter = avm_temp(c);
    uint32_t from = avm_expr_in(c, first->iter, true, iter);
    c->u->span = first->iter->span;
    avm_emit(c, first->is_async ? AVM_OP_GETAITER : AVM_OP_GETITER, iter, from, 0);
    AvmScope *outer = c->u->inner;
    c->u->inner = scope;
    // Where an exception can be caught, the variables must not outlive it.
    bool guard = in_try(c);
    uint32_t caught = avm_emit_label(c), end = avm_emit_label(c);
    AvmBlock block = {.kind = AVM_BLOCK_PLAIN, .row = AVM_ROW_TRY, .row_label = caught, .row_reg = w};
    c->u->span = e->span;
    if (guard) avm_block_push(c, &block);
    open_variables(c, scope);
    AvmOp op = scope->comp == AVM_COMP_LIST  ? AVM_OP_LIST
               : scope->comp == AVM_COMP_SET ? AVM_OP_SET
                                             : AVM_OP_DICT;
    avm_emit(c, op, w, 0, 0);
    avm_comp_body(c, e, scope, w, iter);
    c->u->span = e->span;
    if (guard) avm_block_pop(c, &block);
    close_variables(c, scope);
    if (guard && c->u->reach) {
        AvmBoundSet bound = c->u->bound;
        avm_emit_jump(c, end);
        avm_emit_place(c, caught);
        close_variables(c, scope);
        avm_emit(c, AVM_OP_RERAISE, w, 0, 0);
        avm_emit_end(c);
        avm_emit_place(c, end);
        c->u->bound = bound;
    }
    c->u->inner = outer;
    avm_work_done(c, w, dst);
}
