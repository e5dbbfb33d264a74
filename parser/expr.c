// Building expressions: names, operators, and what hangs on a primary.
#include "parser/build.h"

static AvmNode node_of(AvmExpr *e) { return e ? (AvmNode){e, e->span} : avm_no_node; }

AvmNode avm_build_name(AvmBuilder *b, AvmToken t) {
    const AvmName *name = avm_build_identifier(b, t);
    AvmExpr *e = avm_build_new(b, AVM_EXPR_NAME, t.span);
    if (e) e->name = name;
    return node_of(e);
}

AvmNode avm_build_attribute(AvmBuilder *b, AvmNode value, AvmToken name) {
    const AvmName *attr = avm_build_identifier(b, name);
    AvmExpr *e = avm_build_new(b, AVM_EXPR_ATTRIBUTE, avm_span_join(value.span, name.span));
    if (!e) return avm_no_node;
    e->attribute.value = value.expr;
    e->attribute.attr = attr;
    avm_build_over(b, e, value.expr);
    return node_of(e);
}

AvmNode avm_build_binop(AvmBuilder *b, AvmOperator op, AvmNode left, AvmNode right) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_BINOP, avm_span_join(left.span, right.span));
    if (!e) return avm_no_node;
    e->binop.left = left.expr;
    e->binop.right = right.expr;
    e->binop.op = op;
    avm_build_over(b, e, left.expr);
    avm_build_over(b, e, right.expr);
    return node_of(e);
}

AvmNode avm_build_unary(AvmBuilder *b, AvmUnaryOp op, AvmToken t, AvmNode operand) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_UNARYOP, avm_span_join(t.span, operand.span));
    if (!e) return avm_no_node;
    e->unaryop.operand = operand.expr;
    e->unaryop.op = op;
    avm_build_over(b, e, operand.expr);
    return node_of(e);
}

AvmNode avm_build_boolop(AvmBuilder *b, AvmBoolOp op, AvmNodes values) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_BOOLOP, values.span);
    if (!e) return avm_no_node;
    e->boolop.values = (AvmExprList){values.items, values.count};
    e->boolop.op = op;
    avm_build_over_list(b, e, e->boolop.values);
    return node_of(e);
}

AvmNode avm_build_compare(AvmBuilder *b, AvmNode left, AvmCmpOp op, AvmNode right) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_COMPARE, left.span);
    if (!e) return avm_no_node;
    e->compare.left = left.expr;
    avm_build_over(b, e, left.expr);
    return avm_build_compare_add(b, node_of(e), op, right);
}

AvmNode avm_build_compare_add(AvmBuilder *b, AvmNode compare, AvmCmpOp op, AvmNode right) {
    if (b->failed) return avm_no_node;
    AvmExpr *e = compare.expr;
    AvmExprList *list = &e->compare.comparators;
    if (!avm_build_room(b, &e->compare.ops, list->count, sizeof *e->compare.ops)) return avm_no_node;
    if (!avm_build_room(b, &list->items, list->count, sizeof *list->items)) return avm_no_node;
    e->compare.ops[list->count] = (uint8_t)op;
    list->items[list->count++] = right.expr;
    e->span = avm_span_join(e->span, right.span);
    avm_build_over(b, e, right.expr);
    return node_of(e);
}

AvmNode avm_build_compare_end(AvmBuilder *b, AvmNode compare) { return b->failed ? avm_no_node : compare; }

AvmNode avm_build_ifexp(AvmBuilder *b, AvmNode body, AvmNode test, AvmNode orelse) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_IFEXP, avm_span_join(body.span, orelse.span));
    if (!e) return avm_no_node;
    e->ifexp.body = body.expr;
    e->ifexp.test = test.expr;
    e->ifexp.orelse = orelse.expr;
    avm_build_over(b, e, body.expr);
    avm_build_over(b, e, test.expr);
    avm_build_over(b, e, orelse.expr);
    return node_of(e);
}

AvmNode avm_build_lambda(AvmBuilder *b, AvmToken t, AvmParams *params, AvmNode body) {
    unsigned height = 0;
    AvmArguments *args = avm_build_arguments(b, params, &height);
    AvmExpr *e = avm_build_new(b, AVM_EXPR_LAMBDA, avm_span_join(t.span, body.span));
    if (!e) return avm_no_node;
    e->lambda.args = args;
    e->lambda.body = body.expr;
    avm_build_over_height(b, e, height);
    avm_build_over(b, e, body.expr);
    return node_of(e);
}

AvmNode avm_build_named(AvmBuilder *b, AvmNode target, AvmNode value) {
    if (b->failed) return avm_no_node;
    if (target.expr->kind != AVM_EXPR_NAME || target.expr->parens) {
        avm_build_fail(b, target.expr->span, "cannot use assignment expressions with %s",
                       avm_target_describe(target.expr));
        return avm_no_node;
    }
    AvmExpr *e = avm_build_new(b, AVM_EXPR_NAMEDEXPR, avm_span_join(target.span, value.span));
    if (!e) return avm_no_node;
    target.expr->ctx = AVM_TREE_STORE;
    e->namedexpr.target = target.expr;
    e->namedexpr.value = value.expr;
    avm_build_over(b, e, value.expr);
    avm_build_over(b, e, target.expr);
    return node_of(e);
}

// Await, yield, yield from, a star: a word and a value.
static AvmNode build_value(AvmBuilder *b, AvmExprKind kind, AvmToken t, AvmNode value) {
    AvmExpr *e = avm_build_new(b, kind, value.expr ? avm_span_join(t.span, value.span) : t.span);
    if (!e) return avm_no_node;
    e->value = value.expr;
    avm_build_over(b, e, value.expr);
    return node_of(e);
}

AvmNode avm_build_await(AvmBuilder *b, AvmToken t, AvmNode value) {
    return build_value(b, AVM_EXPR_AWAIT, t, value);
}

AvmNode avm_build_yield(AvmBuilder *b, AvmToken t, AvmNode value) {
    return build_value(b, AVM_EXPR_YIELD, t, value);
}

AvmNode avm_build_yield_from(AvmBuilder *b, AvmToken t, AvmNode value) {
    return build_value(b, AVM_EXPR_YIELDFROM, t, value);
}

AvmNode avm_build_starred(AvmBuilder *b, AvmToken t, AvmNode value) {
    return build_value(b, AVM_EXPR_STARRED, t, value);
}

AvmNode avm_build_subscript(AvmBuilder *b, AvmNode value, AvmNode slice, AvmToken close) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_SUBSCRIPT, avm_span_join(value.span, close.span));
    if (!e) return avm_no_node;
    e->subscript.value = value.expr;
    e->subscript.slice = slice.expr;
    avm_build_over(b, e, value.expr);
    avm_build_over(b, e, slice.expr);
    return node_of(e);
}

AvmNodes avm_build_subscripts(AvmBuilder *b, AvmNode first) {
    AvmNodes list = avm_build_nodes(b, first);
    // a[*b] is a[(*b,)]: a lone star is never alone.
    if (!b->failed && first.expr->kind == AVM_EXPR_STARRED) list.comma = true;
    return list;
}

AvmNode avm_build_slice(AvmBuilder *b, AvmNode lower, AvmToken colon, AvmNode upper, const AvmToken *second,
                        AvmNode step) {
    AvmSpan first = lower.expr ? lower.span : colon.span;
    AvmSpan last = step.expr ? step.span : second ? second->span : upper.expr ? upper.span : colon.span;
    AvmExpr *e = avm_build_new(b, AVM_EXPR_SLICE, avm_span_join(first, last));
    if (!e) return avm_no_node;
    e->slice.lower = lower.expr;
    e->slice.upper = upper.expr;
    e->slice.step = step.expr;
    avm_build_over(b, e, lower.expr);
    avm_build_over(b, e, upper.expr);
    avm_build_over(b, e, step.expr);
    return node_of(e);
}
