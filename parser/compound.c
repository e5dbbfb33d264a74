// Building compound statements.
#include "parser/build.h"

#include <stdlib.h>

static AvmStmtList list_of(AvmStmts block) { return (AvmStmtList){block.items, block.count}; }

// From the word to the end of the last block that is there.
static AvmSpan span_to(AvmToken t, AvmStmts last) {
    return (AvmSpan){t.span.line, t.span.col, last.end_line, last.end_col};
}

static void over(AvmBuilder *b, AvmStmt *s, const AvmExpr *e) { avm_build_stmt_over(b, s, avm_height_of(e)); }

// ---- if, while, for -----------------------------------------------------------------------------

AvmStmt *avm_build_branch(AvmBuilder *b, AvmStmtKind kind, AvmToken t, AvmNode test, AvmStmts body,
                          AvmStmts orelse) {
    AvmStmt *s = avm_build_new_stmt(b, kind, span_to(t, orelse.count ? orelse : body));
    if (!s) return NULL;
    s->branch.test = test.expr;
    s->branch.body = list_of(body);
    s->branch.orelse = list_of(orelse);
    over(b, s, test.expr);
    avm_build_stmt_over_block(b, s, body);
    avm_build_stmt_over_block(b, s, orelse);
    return s;
}

AvmStmts avm_build_elif(AvmBuilder *b, AvmStmts elifs, AvmToken t, AvmNode test, AvmStmts body) {
    AvmStmt *s = avm_build_branch(b, AVM_STMT_IF, t, test, body, (AvmStmts){0});
    return s ? avm_build_block(b, elifs, s) : elifs;
}

// The chain is linked from its end: each `elif` is the whole `else` of the one before.
AvmStmt *avm_build_if(AvmBuilder *b, AvmToken t, AvmNode test, AvmStmts body, AvmStmts elifs,
                      AvmStmts orelse) {
    for (uint32_t i = elifs.count; i-- > 0 && !b->failed;) {
        AvmStmt *s = elifs.items[i];
        if (orelse.count) {
            s->branch.orelse = list_of(orelse);
            s->span.end_line = orelse.end_line;
            s->span.end_col = orelse.end_col;
            avm_build_stmt_over_block(b, s, orelse);
        }
        orelse = avm_build_block(b, (AvmStmts){0}, s);
    }
    return avm_build_branch(b, AVM_STMT_IF, t, test, body, orelse);
}

AvmStmt *avm_build_for(AvmBuilder *b, AvmToken t, AvmNodes targets, AvmNode iter, AvmStmts body,
                       AvmStmts orelse) {
    AvmExpr *target = avm_target_of_list(b, targets, AVM_TARGET_FOR);
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_FOR, span_to(t, orelse.count ? orelse : body));
    if (!s) return NULL;
    s->forloop.target = target;
    s->forloop.iter = iter.expr;
    s->forloop.body = list_of(body);
    s->forloop.orelse = list_of(orelse);
    over(b, s, target);
    over(b, s, iter.expr);
    avm_build_stmt_over_block(b, s, body);
    avm_build_stmt_over_block(b, s, orelse);
    return s;
}

AvmStmt *avm_build_async(AvmBuilder *b, AvmToken t, AvmStmt *s) {
    if (b->failed) return NULL;
    s->kind = s->kind == AVM_STMT_FOR    ? AVM_STMT_ASYNCFOR
              : s->kind == AVM_STMT_WITH ? AVM_STMT_ASYNCWITH
                                         : AVM_STMT_ASYNCFUNCTIONDEF;
    s->span = avm_span_join(t.span, s->span);
    return s;
}

// ---- with ---------------------------------------------------------------------------------------

AvmWithParts avm_build_with_item(AvmBuilder *b, AvmNode context, AvmNode vars) {
    if (b->failed || !avm_target_convert(b, vars.expr, AVM_TARGET_WITH)) return (AvmWithParts){0};
    return (AvmWithParts){context, vars.expr};
}

AvmWithItems *avm_build_with_items(AvmBuilder *b, AvmWithItems *l, AvmWithParts item) {
    if (!l) l = avm_build_alloc(b, sizeof *l);
    if (b->failed || !avm_build_room(b, &l->list.items, l->list.count, sizeof *l->list.items)) return NULL;
    if (!l->list.count) l->first = item.context;
    l->list.items[l->list.count++] = (AvmWithItem){item.context.expr, item.vars};
    return l;
}

// An item of parentheses that are the statement's own.
static AvmWithItem take_item(AvmBuilder *b, AvmExpr *e) {
    if ((int)e->kind != AVM_EXPR_ASITEM) return (AvmWithItem){e, NULL};
    b->as_count--;
    avm_target_convert(b, e->namedexpr.target, AVM_TARGET_WITH);
    return (AvmWithItem){e->namedexpr.value, e->namedexpr.target};
}

// Whether the items of a tuple in parentheses are items of the statement: none is starred or a bare `:=`.
static bool holds_items(const AvmExpr *e) {
    for (uint32_t i = 0; i < e->sequence.count; i++) {
        const AvmExpr *item = e->sequence.items[i];
        if (item->kind == AVM_EXPR_STARRED || (item->kind == AVM_EXPR_NAMEDEXPR && !item->parens))
            return false;
    }
    return e->sequence.count > 0;
}

AvmWithItems *avm_build_with_head(AvmBuilder *b, AvmToken t, AvmWithItems *l) {
    if (b->failed) return NULL;
    l->token = t;
    AvmExpr *e = l->list.items[0].context_expr;
    bool own =
        l->first.span.line == e->span.line && l->first.span.col == e->span.col; // no further parentheses
    if (l->list.count != 1 || l->list.items[0].optional_vars || !own) return l;
    if ((int)e->kind == AVM_EXPR_ASITEM) l->list.items[0] = take_item(b, e);
    if (e->kind != AVM_EXPR_TUPLE || !holds_items(e)) return l;
    l->list = (AvmWithItemList){0};
    for (uint32_t i = 0; i < e->sequence.count; i++) {
        if (!avm_build_room(b, &l->list.items, i, sizeof *l->list.items)) return NULL;
        l->list.items[l->list.count++] = take_item(b, e->sequence.items[i]);
    }
    return b->failed ? NULL : l;
}

AvmStmt *avm_build_with(AvmBuilder *b, AvmWithItems *head, AvmStmts body) {
    if (b->failed) return NULL;
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_WITH, span_to(head->token, body));
    if (!s) return NULL;
    s->with.items = head->list;
    s->with.body = list_of(body);
    for (uint32_t i = 0; i < head->list.count; i++) {
        over(b, s, head->list.items[i].context_expr);
        over(b, s, head->list.items[i].optional_vars);
    }
    avm_build_stmt_over_block(b, s, body);
    return s;
}

// ---- def, class ---------------------------------------------------------------------------------

static AvmTypeParamList add_type_params(AvmBuilder *b, AvmStmt *s, AvmTypeParams *params) {
    if (!params) return (AvmTypeParamList){0};
    for (uint32_t i = 0; i < params->list.count; i++) {
        over(b, s, params->list.items[i].bound);
        over(b, s, params->list.items[i].default_value);
    }
    return params->list;
}

AvmStmt *avm_build_def(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *type_params,
                       AvmParams *params, AvmNode returns, AvmStmts body) {
    unsigned height = 0;
    const AvmName *n = avm_build_identifier(b, name);
    AvmArguments *args = avm_build_arguments(b, params, &height);
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_FUNCTIONDEF, span_to(t, body));
    if (!s) return NULL;
    s->functiondef.name = n;
    s->functiondef.args = args;
    s->functiondef.body = list_of(body);
    s->functiondef.returns = returns.expr;
    s->functiondef.type_params = add_type_params(b, s, type_params);
    avm_build_stmt_over(b, s, height);
    over(b, s, returns.expr);
    avm_build_stmt_over_block(b, s, body);
    return s;
}

AvmStmt *avm_build_class(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *type_params, AvmCallArgs *args,
                         AvmStmts body) {
    const AvmName *n = avm_build_identifier(b, name);
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_CLASSDEF, span_to(t, body));
    if (!s) return NULL;
    s->classdef.name = n;
    s->classdef.body = list_of(body);
    s->classdef.type_params = add_type_params(b, s, type_params);
    avm_build_stmt_over_block(b, s, body);
    if (!args) return s;
    if (args->generator) {
        avm_build_fail(b, args->generator_for, "invalid syntax");
        return NULL;
    }
    s->classdef.bases = args->args;
    s->classdef.keywords = args->keywords;
    avm_build_stmt_over_list(b, s, args->args);
    for (uint32_t i = 0; i < args->keywords.count; i++) over(b, s, args->keywords.items[i].value);
    return s;
}

AvmStmt *avm_build_decorated(AvmBuilder *b, AvmNodes decorators, AvmStmt *s) {
    if (b->failed) return NULL;
    AvmExprList list = {decorators.items, decorators.count};
    if (s->kind == AVM_STMT_CLASSDEF)
        s->classdef.decorator_list = list;
    else
        s->functiondef.decorator_list = list;
    avm_build_stmt_over_list(b, s, list);
    return s;
}

// ---- try ----------------------------------------------------------------------------------------

AvmHandlerParts *avm_build_handler(AvmBuilder *b, AvmToken t, const AvmToken *star, AvmNode type,
                                   const AvmToken *name, AvmStmts body) {
    AvmHandlerParts *h = avm_build_alloc(b, sizeof *h);
    if (!h) return NULL;
    h->star = star != NULL;
    h->word = star ? avm_span_join(t.span, star->span) : t.span;
    h->handler = (AvmHandler){.type = type.expr, .body = list_of(body), .span = span_to(t, body)};
    if (name) h->handler.name = avm_build_identifier(b, *name);
    return h;
}

AvmHandlers *avm_build_handlers(AvmBuilder *b, AvmHandlers *l, AvmHandlerParts *h) {
    if (b->failed) return NULL;
    if (!l) {
        l = avm_build_alloc(b, sizeof *l);
        if (l) l->star = h->star;
    }
    if (b->failed || !avm_build_room(b, &l->list.items, l->list.count, sizeof *l->list.items)) return NULL;
    if (l->star != h->star)
        avm_build_fail(b, h->word, "cannot have both 'except' and 'except*' on the same 'try'");
    l->list.items[l->list.count++] = h->handler;
    return l;
}

static AvmStmts block_of(AvmHandler h) {
    return (AvmStmts){h.body.items, h.body.count, h.span.end_line, h.span.end_col};
}

AvmStmt *avm_build_try(AvmBuilder *b, AvmToken t, AvmStmts body, AvmHandlers *handlers, AvmStmts orelse,
                       AvmStmts finalbody) {
    if (b->failed) return NULL;
    AvmStmts last = finalbody.count ? finalbody : orelse;
    if (!last.count && handlers) last = block_of(handlers->list.items[handlers->list.count - 1]);
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_TRY, span_to(t, last));
    if (!s) return NULL;
    s->tried.body = list_of(body);
    s->tried.orelse = list_of(orelse);
    s->tried.finalbody = list_of(finalbody);
    avm_build_stmt_over_block(b, s, body);
    avm_build_stmt_over_block(b, s, orelse);
    avm_build_stmt_over_block(b, s, finalbody);
    if (!handlers) return s;
    if (handlers->star) s->kind = AVM_STMT_TRYSTAR;
    s->tried.handlers = handlers->list;
    for (uint32_t i = 0; i < handlers->list.count; i++) {
        over(b, s, handlers->list.items[i].type);
        avm_build_stmt_over_block(b, s, block_of(handlers->list.items[i]));
    }
    return s;
}
