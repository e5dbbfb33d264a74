// Building what stands in brackets: groups, tuples, lists, sets, dicts, comprehensions.
#include "parser/build.h"

static AvmNode node_of(AvmExpr *e) { return e ? (AvmNode){e, e->span} : avm_no_node; }

static AvmNode build_sequence(AvmBuilder *b, AvmExprKind kind, AvmSpan span, AvmNodes items) {
    AvmExpr *e = avm_build_new(b, kind, span);
    if (!e) return avm_no_node;
    e->sequence = (AvmExprList){items.items, items.count};
    avm_build_over_list(b, e, e->sequence);
    return node_of(e);
}

AvmNode avm_build_tuple(AvmBuilder *b, AvmNodes items) {
    return build_sequence(b, AVM_EXPR_TUPLE, items.span, items);
}

AvmNode avm_build_one_or_tuple(AvmBuilder *b, AvmNodes items) {
    if (b->failed) return avm_no_node;
    if (items.count == 1 && !items.comma) return (AvmNode){items.items[0], items.span};
    return avm_build_tuple(b, items);
}

// ---- parentheses --------------------------------------------------------------------------------

AvmNode avm_build_group(AvmBuilder *b, AvmToken open, AvmNode e, AvmToken close) {
    if (b->failed) return avm_no_node;
    e.expr->parens = true;
    return (AvmNode){e.expr, avm_span_join(open.span, close.span)};
}

AvmNode avm_build_parens(AvmBuilder *b, AvmToken open, AvmNodes items, AvmToken close) {
    if (b->failed) return avm_no_node;
    AvmSpan span = avm_span_join(open.span, close.span);
    if (items.count > 1 || items.comma) return build_sequence(b, AVM_EXPR_TUPLE, span, items);
    AvmExpr *e = items.items[0];
    if (e->kind == AVM_EXPR_STARRED) {
        avm_build_fail(b, e->span, "cannot use starred expression here");
        return avm_no_node;
    }
    // So that `with` can tell the parentheses of its own from further ones.
    if (e->kind == AVM_EXPR_ASITEM) e->span = span;
    return avm_build_group(b, open, (AvmNode){e, items.span}, close);
}

AvmNode avm_build_as_item(AvmBuilder *b, AvmNode value, AvmToken as, AvmNode target) {
    AvmExpr *e = avm_build_new(b, (AvmExprKind)AVM_EXPR_ASITEM, avm_span_join(value.span, target.span));
    if (!e) return avm_no_node;
    e->namedexpr.target = target.expr;
    e->namedexpr.value = value.expr;
    avm_build_over(b, e, value.expr);
    avm_build_over(b, e, target.expr);
    if (!b->as_count++) b->as_span = as.span;
    return node_of(e);
}

AvmNode avm_build_display(AvmBuilder *b, AvmExprKind kind, AvmToken open, AvmNodes items, AvmToken close) {
    return build_sequence(b, kind, avm_span_join(open.span, close.span), items);
}

// ---- dicts --------------------------------------------------------------------------------------

AvmDictItem *avm_build_dict_item(AvmBuilder *b, AvmNode key, AvmNode value) {
    AvmDictItem *item = avm_build_alloc(b, sizeof *item);
    if (item) *item = (AvmDictItem){key.expr, value.expr, avm_span_join(key.span, value.span)};
    return item;
}

AvmDictItem *avm_build_dict_unpacked(AvmBuilder *b, AvmToken t, AvmNode value) {
    AvmDictItem *item = avm_build_alloc(b, sizeof *item);
    if (item) *item = (AvmDictItem){NULL, value.expr, t.span};
    return item;
}

AvmDictItems *avm_build_dict_items(AvmBuilder *b, AvmDictItems *list, AvmDictItem *item) {
    if (!list) list = avm_build_alloc(b, sizeof *list);
    if (b->failed) return NULL;
    if (!avm_build_room(b, &list->keys.items, list->keys.count, sizeof *list->keys.items)) return NULL;
    if (!avm_build_room(b, &list->values.items, list->values.count, sizeof *list->values.items)) return NULL;
    list->keys.items[list->keys.count++] = item->key;
    list->values.items[list->values.count++] = item->value;
    return list;
}

AvmNode avm_build_dict(AvmBuilder *b, AvmToken open, AvmDictItems *items, AvmToken close) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_DICT, avm_span_join(open.span, close.span));
    if (!e) return avm_no_node;
    if (items) {
        e->dict.keys = items->keys;
        e->dict.values = items->values;
        avm_build_over_list(b, e, items->keys);
        avm_build_over_list(b, e, items->values);
    }
    return node_of(e);
}

// ---- comprehensions -----------------------------------------------------------------------------

AvmCompClause *avm_build_comp_clause(AvmBuilder *b, AvmToken t, bool is_async, AvmNodes targets,
                                     AvmNode iter) {
    AvmExpr *target = avm_target_of_list(b, targets, AVM_TARGET_FOR);
    AvmCompClause *c = avm_build_alloc(b, sizeof *c);
    if (!c) return NULL;
    c->comp = (AvmComprehension){.target = target, .iter = iter.expr, .is_async = is_async};
    c->start = t.span;
    c->end = iter.span;
    return c;
}

AvmCompClause *avm_build_comp_if(AvmBuilder *b, AvmCompClause *c, AvmNode test) {
    if (b->failed) return NULL;
    AvmExprList *ifs = &c->comp.ifs;
    if (!avm_build_room(b, &ifs->items, ifs->count, sizeof *ifs->items)) return NULL;
    ifs->items[ifs->count++] = test.expr;
    c->end = test.span;
    return c;
}

static unsigned higher(unsigned height, const AvmExpr *e) {
    return e && e->height > height ? e->height : height;
}

AvmComps *avm_build_comps(AvmBuilder *b, AvmComps *list, AvmCompClause *c) {
    if (!list) list = avm_build_alloc(b, sizeof *list);
    if (b->failed) return NULL;
    if (!avm_build_room(b, &list->list.items, list->list.count, sizeof *list->list.items)) return NULL;
    list->list.items[list->list.count++] = c->comp;
    if (list->list.count == 1) list->start = c->start;
    list->end = c->end;
    unsigned height = higher(higher(list->height, c->comp.target), c->comp.iter);
    for (uint32_t i = 0; i < c->comp.ifs.count; i++) height = higher(height, c->comp.ifs.items[i]);
    list->height = (uint16_t)height;
    return list;
}

AvmNode avm_build_comp(AvmBuilder *b, AvmExprKind kind, AvmToken open, AvmNode elt, AvmComps *comps,
                       AvmToken close) {
    if (b->failed) return avm_no_node;
    if (elt.expr->kind == AVM_EXPR_STARRED) {
        avm_build_fail(b, elt.expr->span, "iterable unpacking cannot be used in comprehension");
        return avm_no_node;
    }
    AvmExpr *e = avm_build_new(b, kind, avm_span_join(open.span, close.span));
    if (!e) return avm_no_node;
    e->comp.elt = elt.expr;
    e->comp.generators = comps->list;
    avm_build_over(b, e, elt.expr);
    avm_build_over_height(b, e, comps->height);
    return node_of(e);
}

AvmNode avm_build_dictcomp(AvmBuilder *b, AvmToken open, AvmDictItem *item, AvmComps *comps, AvmToken close) {
    if (b->failed) return avm_no_node;
    if (!item->key) {
        avm_build_fail(b, item->span, "dict unpacking cannot be used in dict comprehension");
        return avm_no_node;
    }
    AvmExpr *e = avm_build_new(b, AVM_EXPR_DICTCOMP, avm_span_join(open.span, close.span));
    if (!e) return avm_no_node;
    e->dictcomp.key = item->key;
    e->dictcomp.value = item->value;
    e->dictcomp.generators = comps->list;
    avm_build_over(b, e, item->key);
    avm_build_over(b, e, item->value);
    avm_build_over_height(b, e, comps->height);
    return node_of(e);
}
