// Strings, f-strings and what comes of their neighbourhood: literals side by side are one.
#include "parser/build.h"

#include <string.h>

#include "base/utf8.h"

static AvmNode node_of(AvmExpr *e) { return e ? (AvmNode){e, e->span} : avm_no_node; }

static AvmExpr *new_text(AvmBuilder *b, AvmSpan span, AvmConstantKind kind, AvmLiteralText text) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_CONSTANT, span);
    if (!e) return NULL;
    e->constant.kind = kind;
    e->constant.text = text.text;
    e->constant.length = text.length;
    return e;
}

// ---- escapes that are none ----------------------------------------------------------------------

// odd: behind the backslash; NULL: nothing is odd. late: CPython says it when it has read the whole f-string.
static void remark_escape(AvmBuilder *b, AvmSpan span, const char *odd, bool late) {
    if (!odd) return;
    bool octal = *odd >= '4' && *odd <= '7', good;
    const char *kind = octal ? "octal " : "";
    if (late)
        good = avm_remark_late(b->diag, span, "invalid %sescape sequence '\\%.*s'", kind, octal ? 3 : 1, odd);
    else
        good = avm_remark(b->diag, span, "invalid %sescape sequence '\\%.*s'", kind, octal ? 3 : 1, odd);
    if (!good) b->failed = true;
}

// Is what stands behind a backslash no escape of a string? Non-ASCII characters are never said to be odd.
static bool is_odd(const char *p) {
    if (*p >= '0' && *p <= '7') return *p >= '4' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
    return (unsigned char)*p < 0x80 && !strchr("\n\\'\"abfnrtvxuUN", *p);
}

// An f-string's text in which something is odd. CPython's lexer says so of each backslash before a brace, and
// ends the text behind a doubled brace; of each part its parser then names the first odd escape, unless that is
// such a brace.
static void remark_text(AvmBuilder *b, AvmToken t) {
    uint32_t line = t.span.line;
    AvmSpan part = t.span;
    const char *start = t.text - t.span.col, *odd = NULL; // start of the line
    for (const char *p = t.text, *end = p + t.length; p < end; p++) {
        bool doubled = (*p == '{' || *p == '}') && p + 1 < end && p[1] == *p;
        AvmSpan at = {line, (uint32_t)(p - start), line, (uint32_t)(p - start) + 1};
        if (*p == '\\' && is_odd(p + 1)) {
            if (!odd) odd = p + 1;
            // The brace that begins a field stands behind the text.
            if (p[1] == '{' || p[1] == '}') remark_escape(b, at, p + 1, false);
        }
        if (*p == '\\' && p[1] != '{' && p[1] != '}') p++;
        if (*p == '\n') line++, start = p + 1;
        if (!doubled && p + 1 < end) continue;
        if (odd && *odd != '{' && *odd != '}') remark_escape(b, part, odd, true);
        odd = NULL;
        if (doubled) p++;
        part.line = line;
        part.col = (uint32_t)(p + 1 - start);
    }
}

// ---- plain strings ------------------------------------------------------------------------------

AvmNode avm_build_string(AvmBuilder *b, AvmToken t) {
    if (b->failed) return avm_no_node;
    AvmStringForm form = {0};
    bool u_prefix = false;
    const char *p = t.text, *end = t.text + t.length;
    for (; *p != '\'' && *p != '"'; p++) {
        char c = *p | 0x20;
        form.raw |= c == 'r';
        form.bytes |= c == 'b';
        u_prefix |= *p == 'u'; // as CPython: not of U
    }
    size_t quotes = end - p >= 6 && p[1] == *p && p[2] == *p ? 3 : 1;
    size_t length = (size_t)(end - p) - 2 * quotes;
    p += quotes;
    if (form.bytes && !avm_ascii_check(p, length)) {
        avm_build_fail(b, t.span, "bytes can only contain ASCII literal characters");
        return avm_no_node;
    }
    AvmLiteralText text;
    const char *odd, *error;
    if (!avm_escape_decode(b->arena, p, length, form, &text, &odd, &error)) {
        if (error)
            avm_build_fail(b, t.span, "%s", error);
        else
            avm_build_no_memory(b);
        return avm_no_node;
    }
    remark_escape(b, t.span, odd, false);
    AvmExpr *e = new_text(b, t.span, form.bytes ? AVM_CONST_BYTES : AVM_CONST_STR, text);
    if (e) e->constant.u_prefix = u_prefix;
    return node_of(e);
}

// ---- joining ------------------------------------------------------------------------------------

static bool is_constant(const AvmExpr *e) { return e->kind == AVM_EXPR_CONSTANT; }

// One constant of count constants; the first one's prefix counts.
static AvmExpr *join_texts(AvmBuilder *b, AvmExpr **items, uint32_t count) {
    if (count == 1) return items[0];
    size_t length = 0, n = 0;
    for (uint32_t i = 0; i < count; i++) length += items[i]->constant.length;
    char *text = avm_build_alloc(b, length + 1);
    AvmSpan span = avm_span_join(items[0]->span, items[count - 1]->span);
    AvmExpr *e = new_text(b, span, items[0]->constant.kind, (AvmLiteralText){text, length});
    if (!e || !text) return NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i]->constant.length) memcpy(text + n, items[i]->constant.text, items[i]->constant.length);
        n += items[i]->constant.length;
    }
    e->constant.u_prefix = items[0]->constant.u_prefix;
    return e;
}

// An f-string of parts: runs of constants become one, empty ones vanish.
static AvmExpr *join_parts(AvmBuilder *b, AvmNodes parts, AvmSpan span) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_JOINEDSTR, span);
    AvmNodes out = {0};
    for (uint32_t i = 0; i < parts.count && !b->failed;) {
        uint32_t run = 1;
        AvmExpr *part = parts.items[i];
        if (is_constant(part)) {
            while (i + run < parts.count && is_constant(parts.items[i + run])) run++;
            part = join_texts(b, parts.items + i, run);
        }
        i += run;
        if (part && (!is_constant(part) || part->constant.length))
            out = avm_build_nodes_add(b, out, node_of(part));
    }
    if (b->failed) return NULL;
    e->sequence = (AvmExprList){out.items, out.count};
    avm_build_over_list(b, e, e->sequence);
    return e;
}

AvmNode avm_build_strings(AvmBuilder *b, AvmNodes strings) {
    if (b->failed) return avm_no_node;
    uint32_t bytes = 0, joined = 0;
    for (uint32_t i = 0; i < strings.count; i++) {
        const AvmExpr *e = strings.items[i];
        joined += !is_constant(e);
        bytes += is_constant(e) && e->constant.kind == AVM_CONST_BYTES;
    }
    if (bytes && bytes != strings.count) {
        avm_build_fail(b, b->last.span, "cannot mix bytes and nonbytes literals");
        return avm_no_node;
    }
    AvmNode node = {NULL, strings.span};
    if (!joined || strings.count == 1) {
        node.expr = join_texts(b, strings.items, strings.count);
        return node;
    }
    AvmNodes parts = {0};
    for (uint32_t i = 0; i < strings.count; i++) {
        AvmExpr *e = strings.items[i];
        if (is_constant(e)) parts = avm_build_nodes_add(b, parts, node_of(e));
        for (uint32_t k = 0; !is_constant(e) && k < e->sequence.count; k++)
            parts = avm_build_nodes_add(b, parts, node_of(e->sequence.items[k]));
    }
    node.expr = join_parts(b, parts, strings.span);
    return node;
}

// ---- f-strings ----------------------------------------------------------------------------------

AvmNodes avm_build_fstring_text(AvmBuilder *b, AvmNodes parts, AvmToken t) {
    if (b->failed) return parts;
    AvmLiteralText text;
    const char *odd, *error;
    AvmStringForm form = {.raw = t.raw, .field = true};
    if (!avm_escape_decode(b->arena, t.text, t.length, form, &text, &odd, &error)) {
        if (!error)
            avm_build_no_memory(b);
        else if (!b->string_error)
            b->string_error = error;
        return parts;
    }
    if (odd) remark_text(b, t);
    return avm_build_nodes_add(b, parts, node_of(new_text(b, t.span, AVM_CONST_STR, text)));
}

AvmNode avm_build_fstring(AvmBuilder *b, AvmToken start, AvmNodes parts, AvmToken end) {
    if (!b->failed) avm_remarks_say(b->diag, start.span, &end.span);
    if (b->string_error) avm_build_fail(b, end.span, "%s", b->string_error);
    AvmExpr *e = b->failed ? NULL : join_parts(b, parts, avm_span_join(start.span, end.span));
    return node_of(e);
}

AvmConversion avm_build_conversion(AvmBuilder *b, AvmToken bang, AvmToken name) {
    if (bang.text + 1 != name.text)
        avm_build_fail(b, avm_span_join(bang.span, name.span),
                       "f-string: conversion type must come right after the exclamanation mark");
    if (name.length != 1 || !strchr("sra", *name.text))
        avm_build_fail(b, name.span,
                       "f-string: invalid conversion character '%.*s': expected 's', 'r', or 'a'",
                       (int)(name.length < 100 ? name.length : 100), name.text);
    return (AvmConversion){(unsigned char)*name.text, bang.text, bang.span.line, bang.span.col};
}

// Behind the string literal at p, as far as a glance can tell.
static const char *skip_literal(const char *p, const char *end) {
    char quote = *p;
    size_t n = end - p >= 3 && p[1] == quote && p[2] == quote ? 3 : 1;
    for (p += n; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == quote && (n == 1 || (end - p >= 3 && p[1] == quote && p[2] == quote)))
            return p + n;
    }
    return end;
}

// The text of `{expr=}` from the brace to what follows the `=`, without comments.
static AvmExpr *build_debug_text(AvmBuilder *b, AvmToken open, AvmConversion stop) {
    const char *p = open.text + 1, *end = stop.text;
    char *text = avm_build_alloc(b, (size_t)(end - p) + 1);
    size_t n = 0;
    while (text && p < end) {
        const char *next = p + 1;
        if (*p == '\'' || *p == '"') next = skip_literal(p, end);
        if (*p == '#') {
            while (p < end && *p != '\n') p++;
            continue;
        }
        memcpy(text + n, p, (size_t)(next - p));
        n += (size_t)(next - p);
        p = next;
    }
    AvmSpan span = {open.span.end_line, open.span.end_col, stop.line, stop.col};
    return text ? new_text(b, span, AVM_CONST_STR, (AvmLiteralText){text, n}) : NULL;
}

AvmNodes avm_build_field(AvmBuilder *b, AvmNodes parts, AvmToken open, AvmNode value, AvmToken debug,
                         AvmConversion conversion, const AvmToken *colon, AvmNodes spec, AvmToken close) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_FORMATTEDVALUE, avm_span_join(open.span, close.span));
    if (!e) return parts;
    e->formattedvalue.value = value.expr;
    e->formattedvalue.conversion = conversion.conversion;
    avm_build_over(b, e, value.expr);
    if (colon) {
        avm_remarks_say(b->diag, colon->span, NULL);
        AvmSpan span = {colon->span.line, colon->span.col, close.span.line, close.span.col};
        e->formattedvalue.format_spec = join_parts(b, spec, span);
        avm_build_over(b, e, e->formattedvalue.format_spec);
    }
    if (debug.kind) {
        const AvmToken *next = colon ? colon : &close;
        AvmConversion stop = {0, next->text, next->span.line, next->span.col};
        if (!conversion.text && !colon) e->formattedvalue.conversion = 'r';
        AvmExpr *text = build_debug_text(b, open, conversion.text ? conversion : stop);
        parts = avm_build_nodes_add(b, parts, node_of(text));
    }
    return b->failed ? parts : avm_build_nodes_add(b, parts, node_of(e));
}
