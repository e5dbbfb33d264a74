// The match statement.
//
// The subject is in one temporary; what patterns capture is collected in the temporaries above it and stored
// to the names once the whole pattern has matched. A pattern that fails jumps to a label where all
// temporaries above the subject are emptied, whichever of them were in use.
#include <stdio.h>

#include "compiler/internal.h"

typedef struct Match {
    AVM_VEC(const AvmName *) names; // captured by the case so far
    uint32_t first;                 // the register of the first name
} Match;

static void pattern(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail);

static bool is_wildcard(const AvmPattern *p) {
    return p->kind == AVM_PATTERN_AS && !p->as.pattern && !p->as.name;
}

static bool is_wild_star(const AvmPattern *p) { return p->kind == AVM_PATTERN_STAR && !p->name; }

// How many names a pattern captures at most.
static uint32_t count_names(const AvmPattern *p) {
    uint32_t n = 0;
    if (!p) return 0;
    switch ((AvmPatternKind)p->kind) {
    case AVM_PATTERN_VALUE:
    case AVM_PATTERN_SINGLETON: return 0;
    case AVM_PATTERN_STAR: return p->name != NULL;
    case AVM_PATTERN_AS: return (p->as.name != NULL) + count_names(p->as.pattern);
    case AVM_PATTERN_SEQUENCE:
    case AVM_PATTERN_OR:
        for (uint32_t i = 0; i < p->patterns.count; i++) n += count_names(p->patterns.items[i]);
        return n;
    case AVM_PATTERN_MAPPING:
        for (uint32_t i = 0; i < p->mapping.patterns.count; i++)
            n += count_names(p->mapping.patterns.items[i]);
        return n + (p->mapping.rest != NULL);
    case AVM_PATTERN_CLASS:
        for (uint32_t i = 0; i < p->cls.patterns.count; i++) n += count_names(p->cls.patterns.items[i]);
        for (uint32_t i = 0; i < p->cls.kwd_patterns.count; i++)
            n += count_names(p->cls.kwd_patterns.items[i]);
        return n;
    }
    return n;
}

static int find_name(const Match *m, const AvmName *name) {
    for (uint32_t i = 0; i < m->names.count; i++)
        if (m->names.at[i] == name) return (int)i;
    return -1;
}

// Keeps a copy of register r for the name.
static void capture(AvmCompiler *c, Match *m, const AvmName *name, uint32_t r, AvmSpan span) {
    if (!name || c->failed) return;
    if (find_name(m, name) >= 0) {
        avm_comp_error(c, span, "multiple assignments to name '%s' in pattern", name->text);
        return;
    }
    c->u->span = span;
    avm_emit(c, AVM_OP_MOVE, m->first + m->names.count, r, 0);
    AVM_PUSH(c, m->names, name);
}

// Goes to fail unless what was just asked (in the topmost temporary t) is true.
static void require(AvmCompiler *c, uint32_t t, uint32_t fail) {
    avm_emit_jump_if(c, AVM_OP_JFALSE, t, fail);
    avm_temp_to(c, t);
}

static void ask(AvmCompiler *c, uint32_t r, uint32_t kind, uint32_t fail) {
    uint32_t t = avm_temp(c);
    avm_emit(c, AVM_OP_MATCHKIND, t, r, kind);
    require(c, t, fail);
}

// The length must be n, or (least) at least n.
static void ask_length(AvmCompiler *c, uint32_t r, uint32_t n, bool least, uint32_t fail) {
    uint32_t t = avm_temp(c), k = avm_temp(c);
    avm_emit(c, AVM_OP_MATCHKIND, t, r, 2);
    avm_load_int(c, n, k);
    avm_emit_jump_cmp(c, least ? AVM_OP_JGE : AVM_OP_JEQ, t, k, 0, fail);
    avm_temp_to(c, t);
}

static void equal(AvmCompiler *c, const AvmPattern *p, uint32_t r, uint32_t fail) {
    uint32_t t = avm_temp(c);
    c->u->span = p->span;
    avm_emit(c, AVM_OP_MOVE, t, r, 0);
    uint32_t value = avm_temp(c);
    avm_expr_to(c, p->value, value);
    c->u->span = p->span;
    avm_emit_jump_cmp(c, p->kind == AVM_PATTERN_SINGLETON ? AVM_OP_JIS : AVM_OP_JEQ, t, value, 0, fail);
    avm_temp_to(c, t);
}

// ---- sequences

// Matches the items that are in registers from `first` on, and empties these.
static void items(AvmCompiler *c, Match *m, const AvmPatternList *list, uint32_t first, uint32_t fail) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) {
        const AvmPattern *p = list->items[i];
        if (p->kind == AVM_PATTERN_STAR)
            capture(c, m, p->name, first + i, p->span);
        else
            pattern(c, m, p, first + i, fail);
    }
}

// Gets only the items that are looked at: [_, x, *_, y].
static void by_index(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t star,
                     uint32_t fail) {
    uint32_t n = p->patterns.count;
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        const AvmPattern *item = p->patterns.items[i];
        if (is_wildcard(item) || i == star) continue;
        uint32_t t = avm_temp(c), index = avm_temp(c);
        c->u->span = p->span;
        avm_emit(c, AVM_OP_MOVE, t, r, 0);
        if (i < star) {
            avm_load_int(c, i, index);
        } else {
            uint32_t back = avm_temp(c);
            avm_emit(c, AVM_OP_MATCHKIND, index, r, 2);
            avm_load_int(c, n - i, back);
            avm_emit(c, AVM_OP_SUB, index, index, back);
        }
        avm_emit(c, AVM_OP_GETITEM, t, t, index);
        avm_temp_to(c, t + 1);
        pattern(c, m, item, t, fail);
        avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
        avm_temp_to(c, t);
    }
}

static void sequence(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail) {
    uint32_t n = p->patterns.count, star = n, top = c->u->top;
    bool wild = true;
    for (uint32_t i = 0; i < n; i++) {
        const AvmPattern *item = p->patterns.items[i];
        if (item->kind == AVM_PATTERN_STAR) {
            if (star < n) avm_comp_error(c, p->span, "multiple starred names in sequence pattern");
            star = i;
        }
        wild &= is_wildcard(item) || is_wild_star(item);
    }
    if (n > avm_room(c)) avm_comp_error(c, p->span, "too many expressions in a sequence pattern");
    ask(c, r, 0, fail);
    if (star == n)
        ask_length(c, r, n, false, fail);
    else if (n > 1)
        ask_length(c, r, n - 1, true, fail);
    if (wild) return;
    if (star < n && is_wild_star(p->patterns.items[star])) {
        by_index(c, m, p, r, star, fail);
        return;
    }
    avm_temp_to(c, top + n);
    uint32_t copy = avm_temp(c);
    avm_emit(c, AVM_OP_MOVE, copy, r, 0);
    if (star == n)
        avm_emit(c, AVM_OP_UNPACK, copy, top, n);
    else
        avm_emit_x(c, AVM_OP_UNPACKEX, copy, top, star, n - star - 1);
    avm_temp_to(c, top + n);
    items(c, m, &p->patterns, top, fail);
    avm_emit(c, AVM_OP_CLEAR, top, n, 0);
    avm_temp_to(c, top);
}

// ---- mappings and classes

// Truth values, ints and floats are equal across kinds. false: it is none of them.
static bool number_of(const AvmConst *k, double *out) {
    bool truth = k->kind == AVM_LIT_FALSE || k->kind == AVM_LIT_TRUE;
    *out = truth ? k->kind == AVM_LIT_TRUE : k->kind == AVM_LIT_INT ? (double)k->i : k->f;
    return truth || k->kind == AVM_LIT_INT || k->kind == AVM_LIT_FLOAT;
}

static bool same_key(AvmCompiler *c, const AvmConst *a, const AvmConst *b) {
    double x, y;
    if (a->kind == b->kind && a->kind != AVM_LIT_FLOAT) return avm_literal(c, a) == avm_literal(c, b);
    return number_of(a, &x) && number_of(b, &y) && x == y;
}

static void duplicate_key(AvmCompiler *c, const AvmPattern *p, const AvmExpr *e, const AvmConst *key) {
    char number[24];
    snprintf(number, sizeof number, "%lld", key->kind == AVM_LIT_INT ? (long long)key->i : 0);
    avm_comp_error(c, p->span, "mapping pattern checks duplicate key (%s)",
                   key->kind == AVM_LIT_INT ? number : avm_unparse(c, e).text);
}

static void check_keys(AvmCompiler *c, const AvmPattern *p) {
    const AvmExprList *keys = &p->mapping.keys;
    for (uint32_t i = 0; i < keys->count && !c->failed; i++) {
        AvmConst a, b;
        if (keys->items[i]->kind == AVM_EXPR_JOINEDSTR)
            avm_comp_error(c, p->span, "mapping pattern keys may only match literals and attribute lookups");
        if (!avm_fold(c, keys->items[i], &a)) continue;
        for (uint32_t j = 0; j < i && !c->failed; j++)
            if (avm_fold(c, keys->items[j], &b) && same_key(c, &a, &b))
                duplicate_key(c, p, keys->items[i], &a);
    }
}

// What the mapping holds beside the keys (in the tuple in register keys).
static void rest(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t keys) {
    uint32_t dict = avm_temp(c), t = avm_temp(c), n = p->mapping.keys.count;
    c->u->span = p->span;
    avm_emit(c, AVM_OP_DICT, dict, 0, 0);
    avm_emit(c, AVM_OP_MOVE, t, r, 0);
    avm_emit(c, AVM_OP_DICTEXT, dict, t, 0);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t object = t, key = t + 1;
        avm_temps(c, 2);
        avm_emit(c, AVM_OP_MOVE, object, dict, 0);
        avm_emit(c, AVM_OP_MOVE, key, keys, 0);
        uint32_t index = t + 2;
        avm_load_int(c, i, index);
        avm_emit(c, AVM_OP_GETITEM, key, key, index);
        avm_emit(c, AVM_OP_DELITEM, object, key, 0);
    }
    capture(c, m, p->mapping.rest, dict, p->span);
    avm_emit(c, AVM_OP_CLEAR, dict, 1, 0);
    avm_temp_to(c, dict);
}

// Unpacks the tuple in `tuple`, or goes to fail if it is None. Returns the first register of the values.
static uint32_t values(AvmCompiler *c, uint32_t tuple, uint32_t n, uint32_t fail) {
    uint32_t copy = avm_temp(c);
    avm_emit(c, AVM_OP_MOVE, copy, tuple, 0);
    avm_emit_jump_cmp(c, AVM_OP_JNONE, copy, 0, 1, fail);
    avm_temp_to(c, copy);
    avm_temps(c, n + 1);
    avm_emit(c, AVM_OP_UNPACK, tuple, copy, n);
    avm_temp_to(c, copy + n);
    return copy;
}

static void mapping(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail) {
    uint32_t n = p->mapping.keys.count, top = c->u->top;
    check_keys(c, p);
    ask(c, r, 1, fail);
    if (n) ask_length(c, r, n, true, fail);
    if (!n && !p->mapping.rest) return;
    if (n > avm_room(c)) avm_comp_error(c, p->span, "too many sub-patterns in mapping pattern");
    uint32_t keys = avm_temp(c), tuple = avm_temp(c);
    for (uint32_t i = 0; i < n; i++) avm_expr_to(c, p->mapping.keys.items[i], i ? avm_temp(c) : tuple);
    c->u->span = p->span;
    avm_emit(c, AVM_OP_TUPLE, keys, n ? tuple : 0, n);
    avm_temp_to(c, tuple + 1);
    if (n) {
        avm_emit(c, AVM_OP_MATCHKEYS, tuple, r, keys);
        uint32_t first = values(c, tuple, n, fail);
        items(c, m, &p->mapping.patterns, first, fail);
        avm_emit(c, AVM_OP_CLEAR, first, n, 0);
        avm_temp_to(c, tuple + 1);
    }
    if (p->mapping.rest) rest(c, m, p, r, keys);
    avm_emit(c, AVM_OP_CLEAR, keys, 1, 0);
    avm_temp_to(c, top);
}

static void class_pattern(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail) {
    uint32_t n = p->cls.patterns.count, kw = p->cls.kwd_attrs.count, t = avm_temp(c);
    if (n + kw > avm_room(c)) avm_comp_error(c, p->span, "too many sub-patterns in class pattern");
    AvmConst *at = avm_comp_alloc(c, (kw + 1) * sizeof *at);
    if (!at) return;
    at[0] = (AvmConst){.kind = AVM_LIT_INT, .i = n};
    for (uint32_t i = 0; i < kw; i++) {
        at[i + 1] = avm_const_str(p->cls.kwd_attrs.items[i]);
        for (uint32_t j = 0; j < i; j++)
            if (p->cls.kwd_attrs.items[i] == p->cls.kwd_attrs.items[j])
                avm_comp_error(c, p->cls.kwd_patterns.items[i]->span,
                               "attribute name repeated in class pattern: %s",
                               p->cls.kwd_attrs.items[i]->text);
    }
    avm_expr_to(c, p->cls.cls, t);
    c->u->span = p->span;
    uint32_t names = avm_literal(c, &(AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, kw + 1}});
    avm_emit_x(c, AVM_OP_MATCHCLASS, t, r, t, names);
    uint32_t first = values(c, t, n + kw, fail);
    items(c, m, &p->cls.patterns, first, fail);
    items(c, m, &p->cls.kwd_patterns, first + n, fail);
    avm_emit(c, AVM_OP_CLEAR, first, n + kw, 0);
    avm_temp_to(c, t);
}

// ---- alternatives

// What others follow may not match everything, nor may any of its alternatives.
static void unreachable(AvmCompiler *c, const AvmPattern *p) {
    if (p->kind == AVM_PATTERN_OR)
        for (uint32_t i = 0; i < p->patterns.count && !c->failed; i++) unreachable(c, p->patterns.items[i]);
    if (p->kind != AVM_PATTERN_AS) return;
    if (p->as.pattern)
        unreachable(c, p->as.pattern);
    else if (p->as.name)
        avm_comp_error(c, p->span, "name capture '%s' makes remaining patterns unreachable",
                       p->as.name->text);
    else
        avm_comp_error(c, p->span, "wildcard makes remaining patterns unreachable");
}

// All alternatives bind the same names; those of the first say where each is kept.
static void alternatives(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail) {
    uint32_t n = p->patterns.count, before = m->names.count, after = 0, end = avm_emit_label(c),
             top = c->u->top;
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        uint32_t next = avm_emit_label(c);
        // Names are collected in registers of the alternative's own first: their order may differ from the
        // first's.
        Match own = {.first = top};
        avm_temp_to(c, top + count_names(p->patterns.items[i]));
        avm_temps(c, 1);
        if (i + 1 < n) unreachable(c, p->patterns.items[i]);
        uint32_t saved = c->u->max;
        c->u->max = c->u->top;
        pattern(c, &own, p->patterns.items[i], r, next);
        uint32_t high = c->u->max;
        if (saved > high) c->u->max = saved;
        if (i == 0) {
            for (uint32_t j = 0; j < own.names.count && !c->failed; j++) {
                if (find_name(m, own.names.at[j]) >= 0)
                    avm_comp_error(c, p->span, "multiple assignments to name '%s' in pattern",
                                   own.names.at[j]->text);
                AVM_PUSH(c, m->names, own.names.at[j]);
            }
            after = m->names.count;
        }
        bool same = own.names.count == after - before;
        for (uint32_t j = 0; j < own.names.count && same && !c->failed; j++) {
            int at = find_name(m, own.names.at[j]);
            same = at >= (int)before;
            if (same) avm_emit(c, AVM_OP_TAKE, m->first + (uint32_t)at, own.first + j, 0);
        }
        if (!same) avm_comp_error(c, p->span, "alternative patterns bind different names");
        avm_emit_jump(c, end);
        avm_emit_place(c, next);
        c->u->span = p->span;
        if (high > top && c->u->reach) avm_emit(c, AVM_OP_CLEAR, top, high - top, 0);
        avm_temp_to(c, top);
    }
    avm_emit_jump(c, fail);
    avm_emit_place(c, end);
}

static void pattern(AvmCompiler *c, Match *m, const AvmPattern *p, uint32_t r, uint32_t fail) {
    if (c->failed) return;
    c->u->span = p->span;
    switch ((AvmPatternKind)p->kind) {
    case AVM_PATTERN_VALUE:
    case AVM_PATTERN_SINGLETON: equal(c, p, r, fail); break;
    case AVM_PATTERN_SEQUENCE: sequence(c, m, p, r, fail); break;
    case AVM_PATTERN_MAPPING: mapping(c, m, p, r, fail); break;
    case AVM_PATTERN_CLASS: class_pattern(c, m, p, r, fail); break;
    case AVM_PATTERN_STAR: break; // its sequence has dealt with it
    case AVM_PATTERN_AS:
        if (p->as.pattern) pattern(c, m, p->as.pattern, r, fail);
        capture(c, m, p->as.name, r, p->span);
        break;
    case AVM_PATTERN_OR: alternatives(c, m, p, r, fail); break;
    }
}

// ---- the statement

static void one_case(AvmCompiler *c, const AvmMatchCase *mc, uint32_t subject, uint32_t end) {
    AvmBuild *u = c->u;
    Match m = {.first = subject + 1};
    uint32_t fail = avm_emit_label(c), n = count_names(mc->pattern), saved = u->max;
    u->base = subject + 1;
    avm_temps(c, n + 1);
    u->max = subject + 1 + n;
    avm_temp_to(c, subject + 1 + n);
    u->base = u->top;
    pattern(c, &m, mc->pattern, subject, fail);
    uint32_t high = u->max;
    if (saved > high) u->max = saved;
    for (uint32_t i = 0; i < m.names.count && !c->failed; i++) {
        u->span = mc->pattern->span;
        avm_name_store(c, m.names.at[i], m.first + i);
    }
    avm_temp_to(c, subject + 1);
    if (mc->guard) avm_cond(c, mc->guard, fail, false);
    avm_emit(c, AVM_OP_CLEAR, subject, 1, 0);
    avm_temp_to(c, subject);
    avm_stmts(c, &mc->body);
    avm_emit_jump(c, end);
    avm_emit_place(c, fail);
    u->span = mc->pattern->span;
    if (high > subject + 1) avm_emit(c, AVM_OP_CLEAR, subject + 1, high - subject - 1, 0);
    avm_temp_to(c, subject + 1);
}

void avm_stmt_match(AvmCompiler *c, const AvmStmt *s) {
    const AvmMatchCaseList *cases = &s->match.cases;
    uint32_t end = avm_emit_label(c), base = c->u->base, subject = avm_expr_push(c, s->match.subject);
    for (uint32_t i = 0; i < cases->count && !c->failed; i++) {
        const AvmMatchCase *mc = &cases->items[i];
        if (i + 1 < cases->count && !mc->guard) unreachable(c, mc->pattern);
        one_case(c, mc, subject, end);
    }
    c->u->span = s->span;
    avm_emit(c, AVM_OP_CLEAR, subject, 1, 0);
    avm_temp_to(c, subject);
    avm_emit_place(c, end);
    c->u->base = base;
}
