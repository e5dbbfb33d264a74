// Building simple statements.
#include "parser/build.h"

#include <string.h>

AvmStmt *avm_build_expr_stmt(AvmBuilder *b, AvmNode value) {
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_EXPR, value.span);
    if (!s) return NULL;
    s->value = value.expr;
    avm_build_stmt_over(b, s, avm_height_of(value.expr));
    return s;
}

// ---- assignments --------------------------------------------------------------------------------

AvmStmt *avm_build_assign(AvmBuilder *b, AvmNodes values) {
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_ASSIGN, values.span);
    if (!s) return NULL;
    for (uint32_t i = 0; i + 1 < values.count; i++) {
        AvmExpr *e = values.items[i];
        if ((e->kind == AVM_EXPR_YIELD || e->kind == AVM_EXPR_YIELDFROM) && !e->parens)
            return avm_build_fail(b, e->span, "assignment to yield expression not possible"), NULL;
        if (avm_target_convert(b, e, AVM_TARGET_ASSIGN)) continue;
        b->bad_target = true;
        b->target_span = values.span;
        return NULL;
    }
    s->assign.value = values.items[values.count - 1];
    s->assign.targets = (AvmExprList){values.items, values.count - 1};
    avm_build_stmt_over_list(b, s, s->assign.targets);
    avm_build_stmt_over(b, s, s->assign.value->height);
    return s;
}

static bool is_single_target(const AvmExpr *e) {
    return e->kind == AVM_EXPR_NAME || e->kind == AVM_EXPR_ATTRIBUTE || e->kind == AVM_EXPR_SUBSCRIPT;
}

AvmStmt *avm_build_augassign(AvmBuilder *b, AvmNode target, AvmOperator op, AvmNode value) {
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_AUGASSIGN, avm_span_join(target.span, value.span));
    if (!s) return NULL;
    if (!is_single_target(target.expr)) {
        avm_build_fail(b, target.expr->span, "'%s' is an illegal expression for augmented assignment",
                       avm_target_describe(target.expr));
        return NULL;
    }
    target.expr->ctx = AVM_TREE_STORE;
    s->augassign.target = target.expr;
    s->augassign.op = op;
    s->augassign.value = value.expr;
    avm_build_stmt_over(b, s, target.expr->height);
    avm_build_stmt_over(b, s, value.expr->height);
    return s;
}

static bool check_annotated(AvmBuilder *b, AvmNode target) {
    AvmExpr *e = target.expr;
    if (is_single_target(e)) return true;
    if (e->kind == AVM_EXPR_LIST)
        return avm_build_fail(b, e->span, "only single target (not list) can be annotated");
    if (e->kind == AVM_EXPR_TUPLE) {
        // Without parentheses the first item is blamed.
        bool bare = e->sequence.count && e->sequence.items[0]->span.line == e->span.line &&
                    e->sequence.items[0]->span.col == e->span.col;
        AvmSpan span = bare ? e->sequence.items[0]->span : e->span;
        return avm_build_fail(b, span, "only single target (not tuple) can be annotated");
    }
    return avm_build_fail(b, e->span, "illegal target for annotation");
}

AvmStmt *avm_build_annassign(AvmBuilder *b, AvmNode target, AvmNode annotation, AvmNode value) {
    AvmSpan last = value.expr ? value.span : annotation.span;
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_ANNASSIGN, avm_span_join(target.span, last));
    if (!s || !check_annotated(b, target)) return NULL;
    target.expr->ctx = AVM_TREE_STORE;
    s->annassign.target = target.expr;
    s->annassign.annotation = annotation.expr;
    s->annassign.value = value.expr;
    s->annassign.simple = target.expr->kind == AVM_EXPR_NAME && !target.expr->parens;
    avm_build_stmt_over(b, s, target.expr->height);
    avm_build_stmt_over(b, s, annotation.expr->height);
    avm_build_stmt_over(b, s, avm_height_of(value.expr));
    return s;
}

AvmStmt *avm_build_del(AvmBuilder *b, AvmToken t, AvmNodes targets) {
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_DELETE, avm_span_join(t.span, targets.span));
    if (!s) return NULL;
    s->targets = (AvmExprList){targets.items, targets.count};
    for (uint32_t i = 0; i < targets.count; i++)
        if (!avm_target_convert(b, targets.items[i], AVM_TARGET_DEL)) return NULL;
    avm_build_stmt_over_list(b, s, s->targets);
    return s;
}

AvmStmt *avm_build_typealias(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *params, AvmNode value) {
    AvmNode n = avm_build_name(b, name);
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_TYPEALIAS, avm_span_join(t.span, value.span));
    if (!s) return NULL;
    n.expr->ctx = AVM_TREE_STORE;
    s->typealias.name = n.expr;
    s->typealias.value = value.expr;
    avm_build_stmt_over(b, s, value.expr->height);
    if (params) {
        s->typealias.type_params = params->list;
        for (uint32_t i = 0; i < params->list.count; i++) {
            avm_build_stmt_over(b, s, avm_height_of(params->list.items[i].bound));
            avm_build_stmt_over(b, s, avm_height_of(params->list.items[i].default_value));
        }
    }
    return s;
}

// ---- words --------------------------------------------------------------------------------------

AvmStmt *avm_build_word_stmt(AvmBuilder *b, AvmStmtKind kind, AvmToken t) {
    return avm_build_new_stmt(b, kind, t.span);
}

AvmStmt *avm_build_return(AvmBuilder *b, AvmToken t, AvmNode value) {
    AvmStmt *s =
        avm_build_new_stmt(b, AVM_STMT_RETURN, value.expr ? avm_span_join(t.span, value.span) : t.span);
    if (!s) return NULL;
    s->value = value.expr;
    avm_build_stmt_over(b, s, avm_height_of(value.expr));
    return s;
}

AvmStmt *avm_build_raise(AvmBuilder *b, AvmToken t, AvmNode exc, AvmNode cause) {
    AvmSpan last = cause.expr ? cause.span : exc.expr ? exc.span : t.span;
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_RAISE, avm_span_join(t.span, last));
    if (!s) return NULL;
    s->raise.exc = exc.expr;
    s->raise.cause = cause.expr;
    avm_build_stmt_over(b, s, avm_height_of(exc.expr));
    avm_build_stmt_over(b, s, avm_height_of(cause.expr));
    return s;
}

AvmStmt *avm_build_assert(AvmBuilder *b, AvmToken t, AvmNode test, AvmNode msg) {
    AvmStmt *s =
        avm_build_new_stmt(b, AVM_STMT_ASSERT, avm_span_join(t.span, msg.expr ? msg.span : test.span));
    if (!s) return NULL;
    s->assertion.test = test.expr;
    s->assertion.msg = msg.expr;
    avm_build_stmt_over(b, s, test.expr->height);
    avm_build_stmt_over(b, s, avm_height_of(msg.expr));
    return s;
}

AvmNameRun avm_build_names(AvmBuilder *b, AvmNameRun list, AvmToken name) {
    if (!avm_build_room(b, &list.items, list.count, sizeof *list.items)) return list;
    list.items[list.count++] = avm_build_identifier(b, name);
    list.end_line = name.span.end_line;
    list.end_col = name.span.end_col;
    return list;
}

AvmStmt *avm_build_names_stmt(AvmBuilder *b, AvmStmtKind kind, AvmToken t, AvmNameRun names) {
    AvmStmt *s =
        avm_build_new_stmt(b, kind, (AvmSpan){t.span.line, t.span.col, names.end_line, names.end_col});
    if (s) s->names = (AvmNameList){names.items, names.count};
    return s;
}

// ---- imports ------------------------------------------------------------------------------------

AvmDotted avm_build_dotted(AvmBuilder *b, AvmDotted d, AvmToken name) {
    if (!avm_build_room(b, &d.items, d.count, sizeof *d.items)) return d;
    d.items[d.count++] = avm_build_identifier(b, name);
    d.span = d.count == 1 ? name.span : avm_span_join(d.span, name.span);
    return d;
}

const AvmName *avm_build_dotted_name(AvmBuilder *b, AvmDotted d) {
    if (b->failed) return NULL;
    if (d.count == 1) return d.items[0];
    size_t length = d.count - 1, n = 0;
    for (uint32_t i = 0; i < d.count; i++) length += d.items[i]->length;
    char *text = avm_build_alloc(b, length);
    if (!text) return NULL;
    for (uint32_t i = 0; i < d.count; i++) {
        if (i) text[n++] = '.';
        memcpy(text + n, d.items[i]->text, d.items[i]->length);
        n += d.items[i]->length;
    }
    const AvmName *name = avm_names_intern(b->names, text, length);
    if (!name) avm_build_no_memory(b);
    return name;
}

AvmAlias *avm_build_alias(AvmBuilder *b, AvmDotted name, const AvmToken *asname) {
    const AvmName *n = avm_build_dotted_name(b, name);
    AvmAlias *a = avm_build_alloc(b, sizeof *a);
    if (!a) return NULL;
    *a = (AvmAlias){.name = n, .span = name.span};
    if (asname) {
        a->asname = avm_build_identifier(b, *asname);
        a->span = avm_span_join(name.span, asname->span);
    }
    return a;
}

AvmAliases avm_build_aliases(AvmBuilder *b, AvmAliases list, AvmAlias *alias) {
    if (!avm_build_room(b, &list.items, list.count, sizeof *list.items)) return list;
    list.items[list.count++] = *alias;
    return list;
}

AvmStmt *avm_build_import(AvmBuilder *b, AvmToken t, AvmAliases list) {
    if (b->failed) return NULL;
    AvmStmt *s =
        avm_build_new_stmt(b, AVM_STMT_IMPORT, avm_span_join(t.span, list.items[list.count - 1].span));
    if (s) s->import = (AvmAliasList){list.items, list.count};
    return s;
}

AvmStmt *avm_build_import_from(AvmBuilder *b, AvmToken t, AvmOrigin origin, AvmAliases list,
                               const AvmToken *close) {
    if (b->failed) return NULL;
    AvmSpan last = close ? close->span : list.items[list.count - 1].span;
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_IMPORTFROM, avm_span_join(t.span, last));
    if (!s) return NULL;
    s->importfrom.module = origin.module;
    s->importfrom.level = origin.level;
    s->importfrom.names = (AvmAliasList){list.items, list.count};
    return s;
}

AvmStmt *avm_build_import_star(AvmBuilder *b, AvmToken t, AvmOrigin origin, AvmToken star) {
    AvmAlias *a = avm_build_alloc(b, sizeof *a);
    if (!a) return NULL;
    *a = (AvmAlias){.name = avm_build_identifier(b, star), .span = star.span};
    return avm_build_import_from(b, t, origin, (AvmAliases){a, 1}, NULL);
}
