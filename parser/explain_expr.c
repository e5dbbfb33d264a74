// Explains what is wrong with an expression: a missing comma, `=` for `==`, half an `if ... else`, f-strings'
// fields.
#include <string.h>

#include "parser/explain.h"

static bool is_word(AvmCase *c, uint32_t i, const char *word) {
    const AvmToken *t = &c->line.items[i];
    return avm_case_kind(c, i) == AVM_TOK_NAME && t->length == strlen(word) &&
           !memcmp(t->text, word, t->length);
}

static bool is_soft_keyword(AvmCase *c, uint32_t i) {
    return is_word(c, i, "match") || is_word(c, i, "case") || is_word(c, i, "type") || is_word(c, i, "_");
}

static bool is_legacy(AvmCase *c, uint32_t i) { return is_word(c, i, "print") || is_word(c, i, "exec"); }

static AvmMatch match(AvmCase *c, unsigned start, uint32_t first) {
    return avm_match(c->b, &c->line, start, first);
}

// ---- where the expression begins ----------------------------------------------------------------

// Whether an expression may begin behind this token, which stands in the same brackets as what follows.
static bool begins_expression(unsigned kind) {
    switch (kind) {
    case AVM_TOK_COMMA:
    case AVM_TOK_ASSIGN:
    case AVM_TOK_COLON:
    case AVM_TOK_WALRUS:
    case AVM_TOK_SEMI:
    case AVM_TOK_ARROW:
    case AVM_TOK_RETURN:
    case AVM_TOK_YIELD:
    case AVM_TOK_RAISE:
    case AVM_TOK_ASSERT:
    case AVM_TOK_DEL:
    case AVM_TOK_WHILE:
    case AVM_TOK_WITH:
    case AVM_TOK_ELIF:
    case AVM_TOK_EXCEPT: return true;
    default: return kind >= AVM_TOK_PLUSEQUAL && kind <= AVM_TOK_DOUBLESTAREQUAL;
    }
}

// The element of the bracket (or the part of the statement) in which the wrong token stands.
// Whether the comma stands among the targets of a comprehension's `for`.
static bool is_in_targets(AvmCase *c, uint32_t comma) {
    for (uint32_t i = comma; i-- > 0 && c->line.level[i] >= c->line.level[comma];) {
        if (c->line.level[i] > c->line.level[comma]) continue;
        if (avm_case_kind(c, i) == AVM_TOK_FOR) return true;
        if (avm_case_kind(c, i) == AVM_TOK_IN || i == c->open) return false;
    }
    return false;
}

static uint32_t find_start(AvmCase *c) {
    uint32_t low = c->open == UINT32_MAX ? 0 : c->open + 1, i = c->at;
    uint16_t level = c->open == UINT32_MAX ? 0 : c->line.level[c->open];
    while (i > low) {
        // Brackets within are passed over: inside them the level is higher.
        unsigned kind = avm_case_kind(c, i - 1);
        bool same = c->line.level[i - 1] == level && begins_expression(kind);
        if (same && (kind != AVM_TOK_COMMA || !is_in_targets(c, i - 1))) break;
        i--;
    }
    return i;
}

// ---- rules --------------------------------------------------------------------------------------

static bool explain_legacy(AvmCase *c, uint32_t start) {
    if (!is_legacy(c, start) || avm_case_kind(c, start + 1) == AVM_TOK_LPAR) return false;
    AvmMatch rest = match(c, AVM_TOK_START_STAR_EXPRS, start + 1);
    if (!rest.expr) return false;
    const AvmToken *t = &c->line.items[start];
    AvmSpan span = avm_span_join(t->span, rest.expr->span);
    return avm_explain_say(c, span, "Missing parentheses in call to '%.*s'. Did you mean %.*s(...)?",
                           (int)t->length, t->text, (int)t->length, t->text);
}

static bool explain_comma(AvmCase *c, uint32_t start) {
    bool prefixed =
        avm_case_kind(c, start) == AVM_TOK_NAME && (avm_case_kind(c, start + 1) == AVM_TOK_STRING ||
                                                    avm_case_kind(c, start + 1) == AVM_TOK_FSTRING_START);
    if (prefixed || is_soft_keyword(c, start)) return false;
    AvmMatch a = match(c, AVM_TOK_START_DISJUNCTION, start);
    if (!a.expr) return false;
    AvmMatch next = match(c, AVM_TOK_START_TEST, a.end);
    c->b->ran_out |= next.ran_out;
    if (next.ran_out) return false;
    if (next.expr && c->line.level[next.end - 1] > 0 && !is_legacy(c, start))
        return avm_explain_say(c, avm_span_join(a.expr->span, next.expr->span),
                               "invalid syntax. Perhaps you forgot a comma?");
    if (avm_case_kind(c, a.end) != AVM_TOK_IF) return false;
    AvmMatch test = match(c, AVM_TOK_START_DISJUNCTION, a.end + 1);
    unsigned after = test.expr ? avm_case_kind(c, test.end) : AVM_TOK_ELSE;
    if (after == AVM_TOK_ELSE || after == AVM_TOK_COLON) return false;
    return avm_explain_say(c, avm_span_join(a.expr->span, test.expr->span),
                           "expected 'else' after 'if' expression");
}

static bool is_bare_display(AvmCase *c, uint32_t start, const AvmExpr *e) {
    AvmSpan at = avm_case_span(c, start);
    bool first = e->span.line == at.line && e->span.col == at.col;
    return first &&
           (e->kind == AVM_EXPR_LIST || e->kind == AVM_EXPR_TUPLE || e->kind == AVM_EXPR_GENERATOREXP);
}

static bool explain_equal(AvmCase *c, uint32_t start) {
    if (avm_case_kind(c, c->at) != AVM_TOK_ASSIGN) return false;
    AvmMatch a = match(c, AVM_TOK_START_ARITH, start);
    if (!a.expr || a.end != c->at) return false;
    AvmMatch value = match(c, AVM_TOK_START_ARITH, c->at + 1);
    c->b->ran_out |= value.ran_out;
    if (value.ran_out) return false;
    unsigned after = value.expr ? avm_case_kind(c, value.end) : AVM_TOK_ASSIGN;
    if (after == AVM_TOK_ASSIGN || after == AVM_TOK_WALRUS) return false;
    if (a.expr->kind == AVM_EXPR_NAME && !a.expr->parens)
        return avm_explain_say(c, avm_span_join(a.expr->span, value.expr->span),
                               "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    unsigned first = avm_case_kind(c, start);
    if (first == AVM_TOK_TRUE || first == AVM_TOK_FALSE || first == AVM_TOK_NONE) return false;
    if (is_bare_display(c, start, a.expr)) return false;
    return avm_explain_say(c, a.expr->span, "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                           avm_target_describe(a.expr));
}

bool avm_explain_equal(AvmCase *c, uint32_t start) { return explain_equal(c, start); }

// ---- brackets -----------------------------------------------------------------------------------

// The statement's first token, if it stands in no bracket: behind a semicolon, or the line's first.
static uint32_t find_statement(AvmCase *c) {
    uint32_t i = c->at;
    while (i > 0 && (c->line.level[i - 1] || avm_case_kind(c, i - 1) != AVM_TOK_SEMI)) i--;
    return i;
}

// Targets of an assignment that does not end well.
bool avm_explain_assigned(AvmCase *c) {
    uint32_t start = find_statement(c), i = start;
    for (;;) {
        AvmMatch m = match(c, AVM_TOK_START_STAR_EXPRS, i);
        if (!m.expr || m.end > c->at) return false;
        if (m.end + 1 == c->at && avm_case_kind(c, m.end) == AVM_TOK_COLON && i == start) {
            // Only a name, an attribute or a subscript takes an annotation: else the colon is wrong already.
            const AvmExpr *e = m.expr;
            bool single =
                e->kind == AVM_EXPR_NAME || e->kind == AVM_EXPR_ATTRIBUTE || e->kind == AVM_EXPR_SUBSCRIPT;
            return !single && avm_explain_say(c, avm_case_span(c, m.end), "invalid syntax");
        }
        if (avm_case_kind(c, m.end) != AVM_TOK_ASSIGN) return false;
        const AvmExpr *wrong = avm_target_wrong(m.expr, AVM_TARGET_ASSIGN);
        if (wrong && i == start) {
            AvmCase first = *c;
            first.at = m.end;
            for (uint32_t k = start; k < m.end; k++)
                if (!c->line.level[k] && avm_case_kind(c, k) == AVM_TOK_COMMA) i = k + 1;
            if (explain_equal(&first, i)) return true;
        }
        if (wrong) return avm_explain_say(c, wrong->span, "cannot assign to %s", avm_target_describe(wrong));
        i = m.end + 1;
    }
}

// Whether the braces hold pairs so far: a colon or a `**` stood among the elements.
static bool is_dict(AvmCase *c) {
    if (avm_case_kind(c, c->open + 1) == AVM_TOK_DOUBLESTAR) return true;
    bool lambda = false;
    for (uint32_t i = c->open + 1; i < c->at; i++) {
        if (c->line.level[i] != c->line.level[c->open]) continue;
        if (avm_case_kind(c, i) == AVM_TOK_LAMBDA)
            lambda = true;
        else if (avm_case_kind(c, i) == AVM_TOK_COLON && lambda)
            lambda = false;
        else if (avm_case_kind(c, i) == AVM_TOK_COLON)
            return true;
    }
    return false;
}

static bool explain_dict(AvmCase *c, uint32_t start) {
    if (avm_case_kind(c, c->open) != AVM_TOK_LBRACE || !is_dict(c)) return false;
    unsigned before = avm_case_kind(c, start - 1), at = avm_case_kind(c, c->at);
    if (before == AVM_TOK_COLON && start == c->at) {
        if (at == AVM_TOK_STAR) {
            AvmMatch m = match(c, AVM_TOK_START_ARITH, c->at + 1);
            if (!m.expr || m.end == c->line.count) return false;
            AvmSpan span = avm_span_join(avm_case_span(c, c->at), avm_case_span(c, m.end));
            span.end_col--; // CPython looks one token ahead
            return avm_explain_say(c, span, "cannot use a starred expression in a dictionary value");
        }
        if (at == AVM_TOK_RBRACE || at == AVM_TOK_COMMA)
            return avm_explain_say(c, avm_case_span(c, start - 1),
                                   "expression expected after dictionary key and ':'");
    }
    for (uint32_t i = c->open; i < c->at; i++)
        if (c->line.level[i] == c->line.level[c->open] && avm_case_kind(c, i) == AVM_TOK_FOR) return false;
    if (before != AVM_TOK_COMMA || start == c->at || avm_case_kind(c, start) == AVM_TOK_DOUBLESTAR)
        return false;
    AvmMatch key = match(c, AVM_TOK_START_TEST, start);
    if (!key.expr || key.end != c->at || at == AVM_TOK_COLON) return false;
    AvmSpan end = {key.expr->span.line, key.expr->span.end_col - 1, key.expr->span.end_line,
                   key.expr->span.end_col - 1};
    return avm_explain_say(c, end, "':' expected after dictionary key");
}

static bool explain_comprehension(AvmCase *c) {
    unsigned open = avm_case_kind(c, c->open), at = avm_case_kind(c, c->at);
    if (at != AVM_TOK_FOR && at != AVM_TOK_ASYNC) return false;
    if (open != AVM_TOK_LSQB && open != AVM_TOK_LBRACE) return false;
    if (c->at == c->open + 1 || is_dict(c)) return false;
    unsigned last = avm_case_kind(c, c->at - 1);
    uint32_t first = c->open + 1;
    AvmMatch items = match(c, AVM_TOK_START_STAR_EXPRS, first);
    if (!items.expr || items.expr->kind != AVM_EXPR_TUPLE || items.end != c->at) return false;
    if (last == AVM_TOK_COMMA && items.expr->sequence.count > 1) return false;
    AvmExpr *e = items.expr->sequence.items[items.expr->sequence.count - 1];
    AvmSpan end = last == AVM_TOK_COMMA ? avm_case_span(c, c->at - 1) : e->span;
    return avm_explain_say(c, avm_span_join(items.expr->sequence.items[0]->span, end),
                           "did you forget parentheses around the comprehension target?");
}

// `for x y`: only comprehensions say so.
bool avm_explain_loop_in(AvmCase *c) {
    if (c->open == UINT32_MAX) return false;
    uint16_t level = c->line.level[c->open];
    for (uint32_t i = c->at; i-- > c->open + 1;) {
        if (c->line.level[i] != level) continue;
        unsigned kind = avm_case_kind(c, i);
        if (kind == AVM_TOK_IN || begins_expression(kind)) {
            if (kind != AVM_TOK_COMMA) return false;
        }
        if (kind == AVM_TOK_FOR && i + 1 < c->at)
            return avm_explain_say(c, avm_case_span(c, c->at), "'in' expected after for-loop variables");
        if (kind == AVM_TOK_FOR) return false;
    }
    return false;
}

// Whether the innermost bracket is that of a call (or a class's arguments) or, with '[', of a subscript.
static bool hangs_on_primary(AvmCase *c, unsigned open) {
    if (c->open == UINT32_MAX || !c->open || avm_case_kind(c, c->open) != open || avm_explain_in_params(c))
        return false;
    unsigned before = avm_case_kind(c, c->open - 1);
    return before == AVM_TOK_NAME || before == AVM_TOK_RPAR || before == AVM_TOK_RSQB ||
           before == AVM_TOK_STRING || before == AVM_TOK_FSTRING_END;
}

// `f(x=)`.
static bool explain_keyword(AvmCase *c) {
    unsigned at = avm_case_kind(c, c->at);
    if (avm_case_kind(c, c->at - 1) != AVM_TOK_ASSIGN || (at != AVM_TOK_COMMA && at != AVM_TOK_RPAR))
        return false;
    if (!hangs_on_primary(c, AVM_TOK_LPAR) || avm_case_kind(c, c->at - 2) != AVM_TOK_NAME) return false;
    if (c->at - 3 != c->open && avm_case_kind(c, c->at - 3) != AVM_TOK_COMMA) return false;
    return avm_explain_say(c, avm_span_join(avm_case_span(c, c->at - 2), avm_case_span(c, c->at - 1)),
                           "expected argument value expression");
}

// Stars of arguments and subscripts: without a value, or with a default's `=`.
static bool explain_star(AvmCase *c, uint32_t start) {
    unsigned kind = avm_case_kind(c, start);
    bool call = hangs_on_primary(c, AVM_TOK_LPAR), subscript = hangs_on_primary(c, AVM_TOK_LSQB);
    if (kind == AVM_TOK_STAR && start + 1 == c->at && (call || subscript))
        return avm_explain_say(c, avm_case_span(c, c->at), "Invalid star expression");
    if (!call || avm_case_kind(c, c->at) != AVM_TOK_ASSIGN) return false;
    if (kind != AVM_TOK_STAR && kind != AVM_TOK_DOUBLESTAR) return false;
    AvmMatch value = match(c, AVM_TOK_START_TEST, c->at + 1);
    AvmMatch name = match(c, AVM_TOK_START_TEST, start + 1);
    if (!value.expr || !name.expr || name.end != c->at) return false;
    return avm_explain_say(c, avm_span_join(avm_case_span(c, start), value.expr->span),
                           "cannot assign to %s argument unpacking",
                           kind == AVM_TOK_STAR ? "iterable" : "keyword");
}

static bool explain_bracket(AvmCase *c, uint32_t start) {
    if (explain_keyword(c)) return true;
    if (avm_case_kind(c, c->at) == AVM_TOK_DOUBLESTAR && c->at == c->open + 1 &&
        avm_case_kind(c, c->open) == AVM_TOK_LPAR) {
        AvmMatch m = match(c, AVM_TOK_START_TEST, c->at + 1);
        if (m.expr && avm_case_kind(c, m.end) == AVM_TOK_RPAR)
            return avm_explain_say(c, avm_case_span(c, c->at), "cannot use double starred expression here");
    }
    return explain_star(c, start) || explain_dict(c, start) || explain_comprehension(c);
}

// `1 + not x`.
static bool explain_not(AvmCase *c) {
    if (avm_case_kind(c, c->at) != AVM_TOK_NOT || !c->at) return false;
    switch (avm_case_kind(c, c->at - 1)) {
    case AVM_TOK_PLUS:
    case AVM_TOK_MINUS:
    case AVM_TOK_STAR:
    case AVM_TOK_SLASH:
    case AVM_TOK_DOUBLESLASH:
    case AVM_TOK_PERCENT:
    case AVM_TOK_AT:
    case AVM_TOK_TILDE: break;
    default: return false;
    }
    AvmMatch m = match(c, AVM_TOK_START_DISJUNCTION, c->at);
    if (!m.expr) return false;
    const AvmExpr *e = m.expr;
    while (e->kind == AVM_EXPR_BOOLOP && !e->parens) e = e->boolop.values.items[0];
    AvmSpan span = avm_span_join(avm_case_span(c, c->at), e->span);
    return avm_explain_say(c, span, "'not' after an operator must be parenthesized");
}

// Behind `:=` or a keyword's `=`: CPython has not come so far when what stands before it is no name.
static bool explain_left(AvmCase *c, uint32_t start) {
    unsigned before = c->at ? avm_case_kind(c, c->at - 1) : AVM_TOK_NOTHING;
    if (start != c->at || (before != AVM_TOK_WALRUS && before != AVM_TOK_ASSIGN)) return false;
    AvmCase left = *c;
    left.at = c->at - 1;
    uint32_t first = find_start(&left);
    AvmMatch m = match(c, AVM_TOK_START_TEST, first);
    if (!m.expr || m.end != left.at || (m.expr->kind == AVM_EXPR_NAME && !m.expr->parens)) return false;
    if (before == AVM_TOK_WALRUS) return avm_explain_say(c, avm_case_span(c, left.at), "invalid syntax");
    if (!hangs_on_primary(c, AVM_TOK_LPAR)) return false;
    return avm_explain_say(c, avm_span_join(m.expr->span, avm_case_span(c, left.at)),
                           "expression cannot contain assignment, perhaps you meant \"==\"?");
}

// Whether the line is one of names only, as far as brackets do not matter.
static bool holds_no_expression(AvmCase *c) {
    if (c->open != UINT32_MAX) return false;
    switch (avm_case_kind(c, 0)) {
    case AVM_TOK_FROM:
    case AVM_TOK_IMPORT:
    case AVM_TOK_GLOBAL:
    case AVM_TOK_NONLOCAL: return true;
    default: return false;
    }
}

// Where the expression itself begins: behind the stars that CPython takes apart, and behind a statement's
// word.
static uint32_t skip_prefix(AvmCase *c, uint32_t start) {
    unsigned kind = avm_case_kind(c, start);
    bool first = c->open != UINT32_MAX && start == c->open + 1;
    bool call = hangs_on_primary(c, AVM_TOK_LPAR);
    if (kind == AVM_TOK_STAR && (first || call)) return start + 1;
    if (kind == AVM_TOK_DOUBLESTAR && call) return start + 1;
    if (start > 0) return start;
    if (kind == AVM_TOK_MATCH || kind == AVM_TOK_CASE || kind == AVM_TOK_AT) return 1;
    bool word = avm_token_is_keyword(kind) && kind != AVM_TOK_NOT && kind != AVM_TOK_AWAIT &&
                kind != AVM_TOK_LAMBDA && kind > AVM_TOK_TRUE;
    return word ? 1 : 0;
}

// Whether the grammar has a named expression there, of which an `=` may be meant as `==` or `:=`.
static bool takes_named(AvmCase *c, uint32_t start) {
    if (c->open != UINT32_MAX)
        return start == c->open + 1 || avm_case_kind(c, start - 1) == AVM_TOK_COMMA ||
               avm_case_kind(c, start - 1) == AVM_TOK_IF;
    unsigned head = avm_case_kind(c, 0);
    return start <= 1 && (head == AVM_TOK_IF || head == AVM_TOK_ELIF || head == AVM_TOK_WHILE ||
                          head == AVM_TOK_MATCH || head == AVM_TOK_AT);
}

bool avm_explain_expr(AvmCase *c) {
    uint32_t start = find_start(c);
    if (holds_no_expression(c)) return false;
    if (explain_not(c) || explain_left(c, start)) return true;
    if (c->open != UINT32_MAX && explain_bracket(c, start)) return true;
    bool first = start == 0 || start == c->open + 1 || avm_case_kind(c, start - 1) == AVM_TOK_COMMA;
    if (first && avm_explain_in_params(c)) return false;
    bool named = takes_named(c, start);
    start = skip_prefix(c, start);
    return explain_legacy(c, start) || explain_comma(c, start) || (named && explain_equal(c, start));
}

// ---- f-strings ----------------------------------------------------------------------------------

static bool is_field(AvmCase *c) { return c->open != UINT32_MAX && c->line.items[c->open].field; }

static bool explain_field_start(AvmCase *c) {
    unsigned at = avm_case_kind(c, c->at);
    const char *before = at == AVM_TOK_ASSIGN   ? "="
                         : at == AVM_TOK_BANG   ? "!"
                         : at == AVM_TOK_COLON  ? ":"
                         : at == AVM_TOK_RBRACE ? "}"
                                                : NULL;
    AvmSpan span = avm_case_span(c, c->at);
    if (before) return avm_explain_say(c, span, "f-string: valid expression required before '%s'", before);
    return avm_explain_say(c, span, "f-string: expecting a valid expression after '{'");
}

// What is not an expression, or the token behind the part that is one.
static bool explain_field_value(AvmCase *c) {
    AvmMatch m = match(c, AVM_TOK_START_STAR_EXPRS, c->open + 1);
    if (m.expr && m.end < c->line.count)
        return avm_explain_say(c, avm_case_span(c, m.end), "f-string: expecting '=', or '!', or ':', or '}'");
    return avm_explain_say(c, avm_case_span(c, c->open + 1),
                           "f-string: expecting a valid expression after '{'");
}

bool avm_explain_field(AvmCase *c) {
    if (!is_field(c)) return false;
    if (c->at == c->open + 1) return explain_field_start(c);
    unsigned at = avm_case_kind(c, c->at), before = avm_case_kind(c, c->at - 1);
    AvmSpan span = avm_case_span(c, c->at);
    if (before == AVM_TOK_BANG) {
        if (at == AVM_TOK_COLON || at == AVM_TOK_RBRACE)
            return avm_explain_say(c, span, "f-string: missing conversion character");
        return avm_explain_say(c, span, "f-string: invalid conversion character");
    }
    if (at == AVM_TOK_FSTRING_MIDDLE || at == AVM_TOK_LBRACE || at == AVM_TOK_RBRACE) {
        for (uint32_t i = c->open + 1; i < c->at; i++)
            if (avm_case_kind(c, i) == AVM_TOK_LAMBDA && before == AVM_TOK_COLON)
                return avm_explain_say(c, avm_span_join(avm_case_span(c, i), avm_case_span(c, c->at - 1)),
                                       "f-string: lambda expressions are not allowed without parentheses");
    }
    if (avm_grammar_accepts(c->engine, AVM_TOK_FSTRING_MIDDLE))
        return avm_explain_say(c, span, "f-string: expecting '}', or format specs");
    if (!avm_grammar_accepts(c->engine, AVM_TOK_RBRACE)) return avm_explain_expr(c) || explain_field_value(c);
    bool conversion = c->at >= 2 && avm_case_kind(c, c->at - 2) == AVM_TOK_BANG;
    if (conversion) return avm_explain_say(c, span, "f-string: expecting ':' or '}'");
    if (before == AVM_TOK_ASSIGN) return avm_explain_say(c, span, "f-string: expecting '!', or ':', or '}'");
    if (avm_explain_expr(c)) return true;
    return avm_explain_say(c, span, "f-string: expecting '=', or '!', or ':', or '}'");
}

// `a.b := 1` as a statement.
static bool explain_walrus(AvmCase *c) {
    if (avm_case_kind(c, c->at) != AVM_TOK_WALRUS) return false;
    uint32_t start = find_statement(c);
    for (uint32_t i = start; i < c->at; i++)
        if (!c->line.level[i] && avm_case_kind(c, i) == AVM_TOK_COMMA) start = i + 1;
    AvmMatch m = match(c, AVM_TOK_START_TEST, start);
    if (!m.expr || m.end != c->at || m.expr->kind == AVM_EXPR_NAME) return false;
    if (!match(c, AVM_TOK_START_TEST, c->at + 1).expr) return false;
    return avm_explain_say(c, m.expr->span, "cannot use assignment expressions with %s",
                           avm_target_describe(m.expr));
}

// ---- around the innermost bracket ---------------------------------------------------------------

static uint32_t find_outer(AvmCase *c, uint32_t open) {
    uint16_t level = (uint16_t)(c->line.level[open] - 1);
    for (uint32_t i = open; level && i-- > 0;)
        if (c->line.level[i] == level && (i ? c->line.level[i - 1] : 0) < level) return i;
    return UINT32_MAX;
}

bool avm_explain_outer(AvmCase *c) {
    AvmCase outer = *c;
    for (unsigned i = 0; i < AVM_MAX_BRACKETS && outer.open != UINT32_MAX && !c->b->ran_out; i++) {
        outer.at = outer.open;
        outer.open = find_outer(&outer, outer.open);
        uint32_t start = find_start(&outer);
        if (is_field(&outer) && explain_field_value(&outer)) return true;
        if (start == outer.at || avm_explain_in_params(&outer)) continue;
        start = skip_prefix(&outer, start);
        if (explain_legacy(&outer, start) || explain_comma(&outer, start)) return true;
    }
    if (c->open != UINT32_MAX) return false;
    return explain_walrus(c) || (!holds_no_expression(c) && explain_legacy(c, c->at));
}
