// Classes.
#include "compiler/internal.h"

static void store_const(AvmCompiler *c, const char *name, size_t len, const AvmConst *k) {
    const AvmName *n = avm_comp_name(c, name, len);
    if (!n) return;
    uint32_t t = avm_temp(c);
    avm_load_const(c, k, t);
    avm_name_store(c, n, t);
    avm_temp_to(c, t);
}

static void store_module(AvmCompiler *c) {
    const AvmName *from = avm_comp_name(c, "__name__", 8), *to = avm_comp_name(c, "__module__", 10);
    if (!from || !to) return;
    uint32_t t = avm_temp(c);
    avm_name_load(c, from, t);
    avm_name_store(c, to, t);
    avm_temp_to(c, t);
}

static void store_attributes(AvmCompiler *c) {
    AvmBuild *u = c->u;
    uint32_t n = u->static_attributes.count;
    AvmConst *at = avm_comp_alloc(c, (n + 1) * sizeof *at);
    if (!at) return;
    for (uint32_t i = 0; i < n; i++) at[i] = avm_const_str(u->static_attributes.at[i]);
    store_const(c, "__static_attributes__", 21, &(AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, n}});
}

static uint32_t body_unit(AvmCompiler *c, const AvmStmt *s, AvmSpan span) {
    AvmScope *scope = avm_scope_of(c, s);
    AvmBuild *u = avm_build_open(c, scope, s->classdef.name, span);
    if (!u) return 0;
    u->unit->npositional = u->unit->nparams = 1;
    u->span = (AvmSpan){span.line, 0, span.line, 0};
    avm_build_prologue(c);
    store_module(c);
    store_const(c, "__qualname__", 12, &(AvmConst){.kind = AVM_LIT_STR, .text = u->unit->qualname});
    store_const(c, "__firstlineno__", 15, &(AvmConst){.kind = AVM_LIT_INT, .i = span.line});
    if (scope->annotated) avm_emit(c, AVM_OP_ANNOTATIONS, 0, 0, 0);
    const AvmExpr *doc = avm_docstring(&s->classdef.body);
    if (doc) {
        u->span = doc->span;
        store_const(c, "__doc__", 7, &(AvmConst){.kind = AVM_LIT_STR, .text = avm_clean_doc(c, doc)});
    }
    avm_stmts(c, &s->classdef.body);
    store_attributes(c);
    const AvmName *cell = scope->needs_class ? avm_comp_name(c, "__classcell__", 13) : NULL;
    if (cell) {
        uint32_t t = avm_temp(c);
        avm_emit(c, AVM_OP_MOVE, t, 1, 0);
        avm_name_store(c, cell, t);
        avm_temp_to(c, t);
        avm_emit(c, AVM_OP_RETURN, 1, 0, 0);
    } else {
        avm_emit(c, AVM_OP_RETNONE, 0, 0, 0);
    }
    uint32_t number = avm_build_close(c);
    avm_name_capture(c, scope, u->unit);
    return number;
}

static void bases(AvmCompiler *c, const AvmExprList *list, uint32_t dst, AvmSpan span) {
    bool plain = list->count <= avm_room(c);
    for (uint32_t i = 0; i < list->count; i++) plain &= list->items[i]->kind != AVM_EXPR_STARRED;
    c->u->span = span;
    if (!plain) {
        avm_expr_list(c, list->items, list->count, dst);
        avm_emit(c, AVM_OP_LISTTUPLE, dst, dst, 0);
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) avm_expr_to(c, list->items[i], i ? avm_temp(c) : dst);
    c->u->span = span;
    avm_emit(c, AVM_OP_TUPLE, dst, list->count ? dst : 0, list->count);
    avm_temp_to(c, dst + 1);
}

void avm_stmt_class(AvmCompiler *c, const AvmStmt *s) {
    const AvmExprList *decorators = &s->classdef.decorator_list;
    AvmSpan span = s->span;
    uint32_t top = c->u->top;
    if (decorators->count) span.line = decorators->items[0]->span.line;
    avm_call_check(c, &s->classdef.keywords);
    uint32_t first = avm_decorators(c, decorators);
    uint32_t number = body_unit(c, s, span);
    uint32_t w = avm_temp(c), name = avm_temp(c), tuple = avm_temp(c);
    c->u->span = s->span;
    avm_func_make(c, w, 0, 0, number);
    avm_load_text(c, s->classdef.name, name);
    bases(c, &s->classdef.bases, tuple, s->span);
    uint32_t keywords = avm_temp(c);
    if (s->classdef.keywords.count)
        avm_call_keywords(c, &s->classdef.keywords, keywords, w);
    else
        avm_emit(c, AVM_OP_CLEAR, keywords, 1, 0);
    c->u->span = s->span;
    avm_emit(c, AVM_OP_CLASS, w, 0, 0);
    avm_temp_to(c, w + 1);
    avm_decorate(c, decorators, first, s->classdef.name, w, s->span);
    avm_temp_to(c, top);
}
