// Building match statements and their patterns.
#include "parser/build.h"

#include <string.h>

// A pattern as it is allocated: the parentheses around it count for the spans of what it is part of.
typedef struct Boxed {
    AvmPattern pattern;
    AvmSpan outer;
} Boxed;

static AvmSpan outer_of(const AvmPattern *p) { return ((const Boxed *)p)->outer; }

static AvmPattern *new_pattern(AvmBuilder *b, AvmPatternKind kind, AvmSpan span) {
    Boxed *box = avm_build_alloc(b, sizeof *box);
    if (!box) return NULL;
    AvmPattern *p = &box->pattern;
    box->outer = span;
    p->kind = (uint8_t)kind;
    p->height = 1;
    p->span = span;
    return p;
}

// Patterns nest in brackets only, of which 200 may be open: their height needs no limit of its own, but it
// counts.
static void over(AvmPattern *p, unsigned height) {
    if (height >= p->height) p->height = (uint16_t)(height + 1);
}

static void over_list(AvmPattern *p, AvmPatternList list) {
    for (uint32_t i = 0; i < list.count; i++) over(p, list.items[i]->height);
}

static bool is_wildcard(const AvmName *name) { return name->length == 1 && name->text[0] == '_'; }

// ---- statement ----------------------------------------------------------------------------------

AvmMatchCase *avm_build_case(AvmBuilder *b, AvmPattern *p, AvmNode guard, AvmStmts body) {
    AvmMatchCase *c = avm_build_alloc(b, sizeof *c);
    if (c) *c = (AvmMatchCase){p, guard.expr, {body.items, body.count}};
    return c;
}

AvmCases *avm_build_cases(AvmBuilder *b, AvmCases *l, AvmMatchCase *c) {
    if (!l) l = avm_build_alloc(b, sizeof *l);
    if (b->failed || !avm_build_room(b, &l->list.items, l->list.count, sizeof *c)) return NULL;
    l->list.items[l->list.count++] = *c;
    return l;
}

AvmStmt *avm_build_match(AvmBuilder *b, AvmToken t, AvmNode subject, AvmCases *cases) {
    AvmStmt *s = avm_build_new_stmt(b, AVM_STMT_MATCH, t.span);
    if (!s) return NULL;
    s->match.subject = subject.expr;
    s->match.cases = cases->list;
    avm_build_stmt_over(b, s, subject.expr->height);
    for (uint32_t i = 0; i < cases->list.count; i++) {
        AvmMatchCase *c = &cases->list.items[i];
        avm_build_stmt_over(b, s, c->pattern->height);
        avm_build_stmt_over(b, s, avm_height_of(c->guard));
        avm_build_stmt_over_block(b, s, (AvmStmts){c->body.items, c->body.count, 0, 0});
        AvmSpan last = c->body.items[c->body.count - 1]->span;
        s->span = avm_span_join(t.span, last);
    }
    return s;
}

// ---- patterns -----------------------------------------------------------------------------------

AvmPatternRun avm_build_pattern_run(AvmBuilder *b, AvmPatternRun list, AvmPattern *p) {
    if (!avm_build_room(b, &list.items, list.count, sizeof *list.items)) return list;
    list.items[list.count++] = p;
    return list;
}

AvmPattern *avm_build_sequence_pattern(AvmBuilder *b, AvmPatternRun list, const AvmToken *open,
                                       const AvmToken *last) {
    if (b->failed) return NULL;
    AvmSpan first = open ? open->span : outer_of(list.items[0]);
    AvmSpan end = last ? last->span : outer_of(list.items[list.count - 1]);
    AvmPattern *p = new_pattern(b, AVM_PATTERN_SEQUENCE, avm_span_join(first, end));
    if (!p) return NULL;
    p->patterns = (AvmPatternList){list.items, list.count};
    over_list(p, p->patterns);
    return p;
}

AvmPattern *avm_build_star_pattern(AvmBuilder *b, AvmToken star, AvmToken name) {
    const AvmName *n = avm_build_identifier(b, name);
    AvmPattern *p = new_pattern(b, AVM_PATTERN_STAR, avm_span_join(star.span, name.span));
    if (p) p->name = is_wildcard(n) ? NULL : n;
    return p;
}

AvmPattern *avm_build_or_pattern(AvmBuilder *b, AvmPatternRun list) {
    if (b->failed) return NULL;
    if (list.count == 1) return list.items[0];
    AvmSpan span = avm_span_join(outer_of(list.items[0]), outer_of(list.items[list.count - 1]));
    AvmPattern *p = new_pattern(b, AVM_PATTERN_OR, span);
    if (!p) return NULL;
    p->patterns = (AvmPatternList){list.items, list.count};
    over_list(p, p->patterns);
    return p;
}

// A target that begins with a name, but goes on: *behind is the place where it does.
static bool follows_name(const AvmExpr *e, AvmSpan *behind) {
    const AvmExpr *first = e;
    for (;;) {
        if (first->kind == AVM_EXPR_ATTRIBUTE)
            first = first->attribute.value;
        else if (first->kind == AVM_EXPR_SUBSCRIPT)
            first = first->subscript.value;
        else if (first->kind == AVM_EXPR_CALL)
            first = first->call.func;
        else
            break;
    }
    *behind =
        (AvmSpan){first->span.end_line, first->span.end_col, first->span.end_line, first->span.end_col + 1};
    return first != e && first->kind == AVM_EXPR_NAME && !first->parens;
}

AvmPattern *avm_build_as_pattern(AvmBuilder *b, AvmPattern *inner, AvmNode target) {
    if (b->failed) return NULL;
    AvmSpan behind;
    if (follows_name(target.expr, &behind)) {
        avm_build_fail(b, behind, "invalid syntax");
        return NULL;
    }
    if (target.expr->kind != AVM_EXPR_NAME || target.expr->parens) {
        avm_build_fail(b, target.expr->span, "invalid pattern target");
        return NULL;
    }
    if (is_wildcard(target.expr->name)) {
        avm_build_fail(b, target.expr->span, "cannot use '_' as a target");
        return NULL;
    }
    AvmPattern *p = new_pattern(b, AVM_PATTERN_AS, avm_span_join(outer_of(inner), target.span));
    if (!p) return NULL;
    p->as.pattern = inner;
    p->as.name = target.expr->name;
    over(p, inner->height);
    return p;
}

AvmPattern *avm_build_value_pattern(AvmBuilder *b, AvmNode value) {
    if (b->failed) return NULL;
    const AvmExpr *e = value.expr;
    if (e->kind == AVM_EXPR_JOINEDSTR) {
        avm_build_fail(b, e->span, "patterns may only match literals and attribute lookups");
        return NULL;
    }
    bool word = e->kind == AVM_EXPR_CONSTANT && e->constant.kind <= AVM_CONST_FALSE;
    AvmPattern *p = new_pattern(b, word ? AVM_PATTERN_SINGLETON : AVM_PATTERN_VALUE, value.span);
    if (!p) return NULL;
    p->value = value.expr;
    over(p, value.expr->height);
    return p;
}

AvmPattern *avm_build_capture_pattern(AvmBuilder *b, AvmToken name) {
    const AvmName *n = avm_build_identifier(b, name);
    AvmPattern *p = new_pattern(b, AVM_PATTERN_AS, name.span);
    if (p) p->as.name = is_wildcard(n) ? NULL : n;
    return p;
}

AvmPattern *avm_build_paren_pattern(AvmBuilder *b, AvmToken open, AvmPattern *p, AvmToken close) {
    if (b->failed) return NULL;
    ((Boxed *)p)->outer = avm_span_join(open.span, close.span);
    return p;
}

AvmNode avm_build_complex(AvmBuilder *b, AvmOperator op, AvmNode real, AvmToken imaginary) {
    AvmNode n = avm_build_number(b, imaginary);
    if (b->failed) return avm_no_node;
    const AvmExpr *r = real.expr->kind == AVM_EXPR_UNARYOP ? real.expr->unaryop.operand : real.expr;
    if (r->constant.kind == AVM_CONST_IMAG) {
        avm_build_fail(b, real.span, "real number required in complex literal");
        return avm_no_node;
    }
    if (n.expr->constant.kind != AVM_CONST_IMAG) {
        avm_build_fail(b, n.span, "imaginary number required in complex literal");
        return avm_no_node;
    }
    return avm_build_binop(b, op, real, n);
}

// ---- mappings and classes -----------------------------------------------------------------------

static AvmPatternItem *new_item(AvmBuilder *b, AvmPatternItem item) {
    AvmPatternItem *p = avm_build_alloc(b, sizeof *p);
    if (p) *p = item;
    return p;
}

AvmPatternItem *avm_build_pattern_item(AvmBuilder *b, AvmNode key, AvmPattern *p) {
    return new_item(b, (AvmPatternItem){.key = key.expr, .pattern = p, .span = key.span});
}

AvmPatternItem *avm_build_pattern_rest(AvmBuilder *b, AvmToken t, AvmToken name) {
    const AvmName *n = avm_build_identifier(b, name);
    if (n && is_wildcard(n)) avm_build_fail(b, name.span, "invalid syntax");
    return new_item(b, (AvmPatternItem){.name = n, .span = avm_span_join(t.span, name.span)});
}

AvmPatternItem *avm_build_pattern_arg(AvmBuilder *b, const AvmToken *name, AvmPattern *p) {
    const AvmName *n = name ? avm_build_identifier(b, *name) : NULL;
    if (b->failed) return NULL;
    return new_item(b, (AvmPatternItem){.name = n, .pattern = p, .span = p->span});
}

AvmPatternItems *avm_build_pattern_items(AvmBuilder *b, AvmPatternItems *l, AvmPatternItem *item) {
    if (!l) l = avm_build_alloc(b, sizeof *l);
    if (b->failed || !avm_build_room(b, &l->items, l->count, sizeof *l->items)) return NULL;
    l->items[l->count++] = *item;
    return l;
}

static bool add_pattern(AvmBuilder *b, AvmPatternList *list, AvmPattern *p) {
    if (!avm_build_room(b, &list->items, list->count, sizeof *list->items)) return false;
    list->items[list->count++] = p;
    return true;
}

AvmPattern *avm_build_mapping_pattern(AvmBuilder *b, AvmToken open, AvmPatternItems *items, AvmToken close) {
    AvmPattern *p = new_pattern(b, AVM_PATTERN_MAPPING, avm_span_join(open.span, close.span));
    for (uint32_t i = 0; p && items && i < items->count; i++) {
        AvmPatternItem *item = &items->items[i];
        AvmExprList *keys = &p->mapping.keys;
        if (p->mapping.rest) { // it must be the last
            avm_build_fail(b, item->span, "invalid syntax");
            return NULL;
        }
        if (!item->pattern) {
            p->mapping.rest = item->name;
            continue;
        }
        if (!avm_build_room(b, &keys->items, keys->count, sizeof *keys->items)) return NULL;
        keys->items[keys->count++] = item->key;
        over(p, item->key->height);
        over(p, item->pattern->height);
        if (!add_pattern(b, &p->mapping.patterns, item->pattern)) return NULL;
    }
    return p;
}

AvmPattern *avm_build_class_pattern(AvmBuilder *b, AvmNode cls, AvmPatternItems *items, AvmToken close) {
    AvmPattern *p = new_pattern(b, AVM_PATTERN_CLASS, avm_span_join(cls.span, close.span));
    if (!p) return NULL;
    p->cls.cls = cls.expr;
    over(p, cls.expr->height);
    for (uint32_t i = 0; items && i < items->count; i++) {
        AvmPatternItem *item = &items->items[i];
        AvmNameList *names = &p->cls.kwd_attrs;
        over(p, item->pattern->height);
        if (!item->name) {
            if (names->count) {
                avm_build_fail(b, item->span, "positional patterns follow keyword patterns");
                return NULL;
            }
            if (!add_pattern(b, &p->cls.patterns, item->pattern)) return NULL;
            continue;
        }
        if (!avm_build_room(b, &names->items, names->count, sizeof *names->items)) return NULL;
        names->items[names->count++] = item->name;
        if (!add_pattern(b, &p->cls.kwd_patterns, item->pattern)) return NULL;
    }
    return p;
}
