// Explains what is wrong with the frame of a statement: its block, its colon, its names, its parameters.
#include "parser/explain.h"

// ---- blocks -------------------------------------------------------------------------------------

// What CPython calls the statement a header begins; *line is that of its word.
static const char *describe_header(AvmBuilder *b, AvmToken head) {
    AvmTokenLine line;
    unsigned kind = head.kind, next = AVM_TOK_NOTHING;
    b->failed = false;
    if (avm_match_read(b, head, &line) && line.count > 1) next = line.items[1].kind;
    b->failed = true;
    if (kind == AVM_TOK_ASYNC) kind = next;
    switch (kind) {
    case AVM_TOK_DEF: return "function definition";
    case AVM_TOK_CLASS: return "class definition";
    case AVM_TOK_IF: return "'if' statement";
    case AVM_TOK_ELIF: return "'elif' statement";
    case AVM_TOK_ELSE: return "'else' statement";
    case AVM_TOK_FOR: return "'for' statement";
    case AVM_TOK_WHILE: return "'while' statement";
    case AVM_TOK_WITH: return "'with' statement";
    case AVM_TOK_TRY: return "'try' statement";
    case AVM_TOK_EXCEPT: return next == AVM_TOK_STAR ? "'except*' statement" : "'except' statement";
    case AVM_TOK_FINALLY: return "'finally' statement";
    case AVM_TOK_MATCH: return "'match' statement";
    case AVM_TOK_CASE: return "'case' statement";
    default: return NULL;
    }
}

// The end of a file has no column, but the line before it; a shorter line's beginning is one column further
// left.
static AvmSpan place_of(AvmBuilder *b, AvmToken t) {
    uint32_t col = t.span.col ? t.span.col - 1 : AVM_LEFT_OF_LINE;
    if (t.kind == AVM_TOK_DEDENT && t.text < b->limit) return (AvmSpan){t.span.line, col, t.span.line, col};
    if ((t.kind != AVM_TOK_END && t.kind != AVM_TOK_DEDENT) || t.text == b->text) return t.span;
    return (AvmSpan){t.span.line - 1, AVM_NO_COLUMN, t.span.line - 1, AVM_NO_COLUMN};
}

bool avm_explain_indent(AvmBuilder *b, const void *engine) {
    AvmToken t = b->wrong;
    if (t.kind != AVM_TOK_INDENT && avm_grammar_accepts(engine, AVM_TOK_INDENT)) {
        AvmToken head = t.opens_line ? b->head_before : b->head;
        const char *what = describe_header(b, head);
        if (what)
            avm_diag_set(b->diag, AVM_DIAG_INDENT, place_of(b, t),
                         "expected an indented block after %s on line %u", what, head.span.line);
        else
            avm_diag_set(b->diag, AVM_DIAG_INDENT, place_of(b, t), "expected an indented block");
        return true;
    }
    if (t.kind == AVM_TOK_INDENT) {
        uint32_t col = t.span.end_col - 1;
        AvmSpan span = {t.span.line, col, t.span.line, col};
        avm_diag_set(b->diag, AVM_DIAG_INDENT, span, "unexpected indent");
        return true;
    }
    if (avm_grammar_accepts(engine, AVM_TOK_EXCEPT) && avm_grammar_accepts(engine, AVM_TOK_FINALLY) &&
        !avm_grammar_accepts(engine, AVM_TOK_PASS)) {
        avm_diag_set(b->diag, AVM_DIAG_SYNTAX, place_of(b, t), "expected 'except' or 'finally' block");
        return true;
    }
    if (t.kind == AVM_TOK_DEDENT) {
        avm_diag_set(b->diag, AVM_DIAG_INDENT, place_of(b, t), "unexpected unindent");
        return true;
    }
    return false;
}

// ---- headers ------------------------------------------------------------------------------------

static bool accepts(AvmCase *c, unsigned kind) { return avm_grammar_accepts(c->engine, kind); }

static bool explain_colon(AvmCase *c, unsigned head) {
    if (c->open != UINT32_MAX || !accepts(c, AVM_TOK_COLON)) return false;
    bool newline = avm_case_kind(c, c->at) == AVM_TOK_NEWLINE, wanted = false;
    switch (head) {
    case AVM_TOK_DEF:
    case AVM_TOK_ELSE:
    case AVM_TOK_FINALLY:
    case AVM_TOK_TRY: wanted = true; break;
    case AVM_TOK_IF:
    case AVM_TOK_ELIF:
    case AVM_TOK_WHILE:
    case AVM_TOK_FOR:
    case AVM_TOK_WITH:
    case AVM_TOK_CLASS:
    case AVM_TOK_EXCEPT:
    case AVM_TOK_MATCH:
    case AVM_TOK_CASE: wanted = newline; break;
    }
    return wanted && avm_explain_say(c, avm_case_span(c, c->at), "expected ':'");
}

// From the first token to one character before the end of the last: so CPython counts where it looked ahead.
static AvmSpan span_through(AvmCase *c, uint32_t first, uint32_t last) {
    AvmSpan span = avm_span_join(avm_case_span(c, first), avm_case_span(c, last));
    span.end_col--;
    return span;
}

static bool explain_except(AvmCase *c) {
    unsigned before = avm_case_kind(c, c->at - 1), at = avm_case_kind(c, c->at);
    if (before == AVM_TOK_STAR && (at == AVM_TOK_NEWLINE || at == AVM_TOK_COLON))
        return avm_explain_say(c, avm_case_span(c, c->at), "expected one or more exception types");
    if (at != AVM_TOK_COMMA || c->open != UINT32_MAX) return false;
    AvmMatch rest = avm_match(c->b, &c->line, AVM_TOK_START_STAR_EXPRS, c->at + 1);
    if (!rest.expr) return false;
    uint32_t end = rest.end;
    if (avm_case_kind(c, end) == AVM_TOK_AS && avm_case_kind(c, end + 1) == AVM_TOK_NAME) end += 2;
    if (avm_case_kind(c, end) != AVM_TOK_COLON) return false;
    uint32_t first = avm_case_kind(c, 1) == AVM_TOK_STAR ? 2 : 1;
    return avm_explain_say(c, span_through(c, first, end), "multiple exception types must be parenthesized");
}

// `import a from b`.
static bool explain_import_from(AvmCase *c) {
    if (avm_case_kind(c, 0) != AVM_TOK_IMPORT || avm_case_kind(c, c->at) != AVM_TOK_FROM) return false;
    for (uint32_t i = 1; i < c->at; i++)
        if (avm_case_kind(c, i) == AVM_TOK_AS) return false;
    uint32_t i = c->at + 1;
    if (avm_case_kind(c, i++) != AVM_TOK_NAME || avm_case_kind(c, c->at - 1) != AVM_TOK_NAME) return false;
    while (avm_case_kind(c, i) == AVM_TOK_DOT && avm_case_kind(c, i + 1) == AVM_TOK_NAME) i += 2;
    if (i == c->line.count) i--;
    return avm_explain_say(c, span_through(c, 0, i), "Did you mean to use 'from ... import ...' instead?");
}

static bool explain_import(AvmCase *c) {
    if (explain_import_from(c)) return true;
    AvmSpan at = avm_case_span(c, c->at), start = {at.line, at.col, at.line, at.end_col - 1};
    if (avm_case_kind(c, c->at) != AVM_TOK_NEWLINE) return false;
    if (avm_case_kind(c, c->at - 1) == AVM_TOK_IMPORT)
        return avm_explain_say(c, start, "Expected one or more names after 'import'");
    if (avm_case_kind(c, 0) == AVM_TOK_FROM && avm_case_kind(c, c->at - 1) == AVM_TOK_COMMA)
        return avm_explain_say(c, at, "trailing comma not allowed without surrounding parentheses");
    return false;
}

// ---- parameters ---------------------------------------------------------------------------------

// Behind the names in the parentheses that open at i; 0: they hold something else.
static uint32_t skip_parenthesised_names(AvmCase *c, uint32_t i, bool tuples) {
    for (i++;;) {
        if (avm_case_kind(c, i) != AVM_TOK_NAME) return 0;
        i++;
        if (avm_case_kind(c, i) == AVM_TOK_COMMA)
            i++;
        else if (!tuples && avm_case_kind(c, i) == AVM_TOK_NAME)
            continue;
        if (avm_case_kind(c, i) == AVM_TOK_RPAR) return i;
    }
}

// `*args=,` and `**kwargs=)`.
static bool explain_star_default(AvmCase *c) {
    uint32_t i = c->at - 1;
    uint16_t level = c->line.level[i];
    for (; i > 0; i--) {
        if (c->line.level[i - 1] > level) continue;
        unsigned before = avm_case_kind(c, i - 1);
        if (i - 1 == c->open || before == AVM_TOK_COMMA || before == AVM_TOK_LAMBDA) break;
    }
    unsigned kind = avm_case_kind(c, i);
    if (kind != AVM_TOK_STAR && kind != AVM_TOK_DOUBLESTAR) return false;
    return avm_explain_say(c, avm_case_span(c, c->at - 1), "var-%s argument cannot have default value",
                           kind == AVM_TOK_STAR ? "positional" : "keyword");
}

static bool explain_params(AvmCase *c, bool lambda) {
    unsigned at = avm_case_kind(c, c->at), before = c->at ? avm_case_kind(c, c->at - 1) : AVM_TOK_NOTHING;
    AvmSpan span = avm_case_span(c, c->at);
    bool starts = c->at - 1 == c->open || before == AVM_TOK_COMMA || before == AVM_TOK_LAMBDA;
    if (at == AVM_TOK_LPAR && starts) {
        for (uint32_t i = c->at - 1; !lambda && i > c->open; i--)
            if (avm_case_kind(c, i) != AVM_TOK_NAME && avm_case_kind(c, i) != AVM_TOK_COMMA) return false;
        uint32_t end = skip_parenthesised_names(c, c->at, true);
        if (!end) return false;
        return avm_explain_say(c, avm_span_join(span, avm_case_span(c, end)),
                               "%s parameters cannot be parenthesized",
                               lambda ? "Lambda expression" : "Function");
    }
    bool ends = at == AVM_TOK_RPAR || at == AVM_TOK_COMMA;
    if (before == AVM_TOK_ASSIGN && ends && explain_star_default(c)) return true;
    if (before == AVM_TOK_ASSIGN && (at == AVM_TOK_COMMA || (ends && !lambda)))
        return avm_explain_say(c, avm_case_span(c, c->at - 1), "expected default value expression");
    if (before == AVM_TOK_SLASH && at == AVM_TOK_STAR)
        return avm_explain_say(c, span, "expected comma between / and *");
    return false;
}

// Whether the innermost bracket is that of a function's parameters.
bool avm_explain_in_params(AvmCase *c) {
    uint32_t i = avm_case_kind(c, 0) == AVM_TOK_ASYNC ? 1 : 0;
    if (c->open == UINT32_MAX || avm_case_kind(c, i) != AVM_TOK_DEF) return false;
    while (i < c->open && !(avm_case_kind(c, i) == AVM_TOK_LPAR && c->line.level[i] == 1)) i++;
    return i == c->open;
}

// Whether the wrong token stands between `lambda` and its colon.
static bool in_lambda(AvmCase *c) {
    uint16_t level = c->at ? c->line.level[c->at - 1] : 0;
    for (uint32_t i = c->at; i-- > 0;) {
        if (c->line.level[i] < level) return false;
        if (c->line.level[i] > level) continue;
        if (avm_case_kind(c, i) == AVM_TOK_COLON) return false;
        if (avm_case_kind(c, i) == AVM_TOK_LAMBDA) return true;
    }
    return false;
}

// `def f[]()`.
static bool explain_type_params(AvmCase *c, unsigned head) {
    bool takes = head == AVM_TOK_DEF || head == AVM_TOK_CLASS || head == AVM_TOK_TYPE;
    if (!takes || avm_case_kind(c, c->at) != AVM_TOK_RSQB || c->open != c->at - 1 || c->open > 3)
        return false;
    AvmSpan at = avm_case_span(c, c->at);
    at.end_col = at.col;
    return avm_explain_say(c, at, "Type parameter list cannot be empty");
}

bool avm_explain_header(AvmCase *c) {
    uint32_t first = avm_case_kind(c, 0) == AVM_TOK_ASYNC ? 1 : 0;
    unsigned head = avm_case_kind(c, first);
    bool named = c->at == first + 2 ||
                 (avm_case_kind(c, first + 2) == AVM_TOK_LSQB && avm_case_kind(c, c->at - 1) == AVM_TOK_RSQB);
    if (head == AVM_TOK_DEF && c->at >= first + 2 && named && accepts(c, AVM_TOK_LPAR))
        return avm_explain_say(c, avm_case_span(c, c->at), "expected '('");
    if (explain_colon(c, head)) return true;
    if (!c->at) return false;
    if (head == AVM_TOK_DEF && avm_case_kind(c, c->at - 1) == AVM_TOK_ARROW)
        return avm_explain_say(c, avm_case_span(c, c->at - 1), "expected ':'");
    if (head == AVM_TOK_EXCEPT && explain_except(c)) return true;
    if ((head == AVM_TOK_IMPORT || head == AVM_TOK_FROM) && explain_import(c)) return true;
    if (explain_type_params(c, head)) return true;
    bool lambda = in_lambda(c);
    return (lambda || avm_explain_in_params(c)) && explain_params(c, lambda);
}

// ---- targets ------------------------------------------------------------------------------------

static bool say_target(AvmCase *c, const AvmExpr *wrong, const char *verb) {
    return wrong && avm_explain_say(c, wrong->span, "cannot %s %s", verb, avm_target_describe(wrong));
}

// `for` takes a comparison's left side when the operator is `in`: that is the loop's own.
static const AvmExpr *wrong_loop_target(const AvmExpr *e) {
    if (e->kind == AVM_EXPR_COMPARE)
        return e->compare.ops[0] == AVM_TREE_IN ? avm_target_wrong(e->compare.left, AVM_TARGET_FOR) : NULL;
    return avm_target_wrong(e, AVM_TARGET_FOR);
}

bool avm_explain_targets(AvmCase *c) {
    for (uint32_t i = c->at; i-- > 0;) {
        unsigned kind = avm_case_kind(c, i);
        if (kind == AVM_TOK_IN && c->line.level[i] == c->line.level[c->at - 1]) return false;
        if (kind != AVM_TOK_FOR && kind != AVM_TOK_DEL) continue;
        if (i + 1 == c->at && kind == AVM_TOK_DEL) return false;
        AvmMatch m = avm_match(c->b, &c->line, AVM_TOK_START_STAR_EXPRS, i + 1);
        if (!m.expr || m.end < c->at) return false;
        if (kind == AVM_TOK_FOR) return say_target(c, wrong_loop_target(m.expr), "assign to");
        return say_target(c, avm_target_wrong(m.expr, AVM_TARGET_DEL), "delete");
    }
    return false;
}
