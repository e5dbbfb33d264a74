// Why a program is wrong: the order in which the explanations are tried.
#include "parser/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool avm_explain_say(AvmCase *c, AvmSpan span, const char *format, ...) {
    char message[160];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    avm_diag_set(c->b->diag, AVM_DIAG_SYNTAX, span, "%s", message);
    return true;
}

// Finds the wrong token in its line, and the bracket around it.
static bool find_wrong(AvmCase *c) {
    uint32_t open[AVM_MAX_BRACKETS + 1], depth = 0;
    for (uint32_t i = 0; i < c->line.count; i++) {
        if (c->line.items[i].text == c->b->wrong.text && c->line.items[i].kind == c->b->wrong.kind) {
            c->at = i;
            c->open = depth ? open[depth - 1] : UINT32_MAX;
            return true;
        }
        uint32_t level = c->line.level[i];
        if (level > depth) open[depth] = i;
        depth = level;
    }
    return false;
}

// `as` in parentheses is taken for the sake of `with`: elsewhere it is what is wrong.
static void find_as(AvmCase *c) {
    unsigned head = c->line.items[0].kind;
    if (head == AVM_TOK_WITH || head == AVM_TOK_ASYNC || head == AVM_TOK_FROM || head == AVM_TOK_CASE) return;
    if (c->open == UINT32_MAX || c->line.items[c->open].kind != AVM_TOK_LPAR) return;
    for (uint32_t i = c->open + 1; i < c->at; i++)
        if (c->line.items[i].kind == AVM_TOK_AS && c->line.level[i] == c->line.level[c->open]) c->at = i;
}

// The end of a file has no column, but the line before it.
static AvmSpan place_of(const AvmBuilder *b, AvmToken t) {
    if (t.kind != AVM_TOK_END || t.text == b->text) return t.span;
    return (AvmSpan){t.span.line - 1, AVM_NO_COLUMN, t.span.line - 1, 0};
}

static bool explain_line(AvmBuilder *b, const void *engine) {
    AvmCase c = {.b = b, .engine = engine};
    if (!b->head.kind) return false;
    b->failed = false; // the helpers allocate by way of the builder
    if (!avm_match_read(b, b->head, &c.line) || !find_wrong(&c)) {
        b->failed = true;
        return false;
    }
    find_as(&c);
    bool said = avm_explain_header(&c) || avm_explain_field(&c) || avm_explain_loop_in(&c) ||
                avm_explain_targets(&c) || avm_explain_expr(&c) || avm_explain_outer(&c) ||
                avm_explain_assigned(&c);
    if (!said && !b->ran_out) said = avm_explain_say(&c, place_of(b, c.line.items[c.at]), "invalid syntax");
    b->failed = true;
    return said;
}

void avm_explain(AvmBuilder *b, const void *engine) {
    AvmSpan span = place_of(b, b->wrong);
    if (avm_explain_indent(b, engine) || explain_line(b, engine) || b->diag->kind) return;
    avm_diag_set(b->diag, AVM_DIAG_SYNTAX, span, "invalid syntax");
}

// The assignment's first `=` that stands in no bracket; *start: the target before it, the last one of
// several.
static bool find_equal(AvmCase *c, uint32_t *start) {
    AvmSpan span = c->b->target_span;
    uint32_t i = 0;
    while (i < c->line.count &&
           (c->line.items[i].span.line != span.line || c->line.items[i].span.col != span.col))
        i++;
    *start = i;
    for (; i < c->line.count; i++) {
        if (c->line.level[i]) continue;
        if (c->line.items[i].kind == AVM_TOK_ASSIGN) break;
        if (c->line.items[i].kind == AVM_TOK_COMMA) *start = i + 1;
    }
    c->at = i;
    c->open = UINT32_MAX;
    return i < c->line.count;
}

void avm_explain_assign(AvmBuilder *b) {
    AvmCase c = {.b = b};
    AvmDiag first = *b->diag;
    uint32_t start;
    *b->diag = (AvmDiag){0};
    b->failed = false;
    bool said = avm_match_read(b, b->head, &c.line) && find_equal(&c, &start) && avm_explain_equal(&c, start);
    b->failed = true;
    if (!said) *b->diag = first;
}

void avm_explain_rest(AvmBuilder *b, AvmLayout *layout) {
    AvmDiag found = {0};
    AvmToken token;
    uint32_t line = b->last.span.line > b->reach ? b->last.span.line : b->reach;
    layout->diag = &found;
    do {
        if (avm_layout_next(layout, &token)) continue;
        if (!layout->scanner.mild) {
            *b->diag = found;
            return;
        }
        break;
    } while (token.kind != AVM_TOK_END);
    found = (AvmDiag){0};
    AvmScanner *s = &layout->scanner;
    if (s->bracket_count && (b->ran_out || line > s->brackets[s->bracket_count - 1].line)) {
        s->diag = &found;
        avm_scanner_unclosed(s);
        *b->diag = found;
    }
}
