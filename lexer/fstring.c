// The literal parts of f-strings (PEP 701): a run of text, the braces around it, the closing quote.
// A replacement field's expression is scanned by the ordinary rules; doubled braces and escapes stay as
// written.
#include "lexer/scanner.h"

#include <string.h>

bool avm_scanner_fstring(AvmScanner *s, AvmToken *token, const char *start) {
    if (s->fstring_count == AVM_MAX_FSTRINGS)
        return avm_scanner_fail(s, s->cursor, "too many nested f-strings");
    const char *quote = start + 1;
    bool raw = (*start | 0x20) == 'r' || (*quote | 0x20) == 'r';
    if (*quote != '\'' && *quote != '"') quote++;
    s->fstrings[s->fstring_count++] = (AvmFString){.start = start,
                                                   .line_start = s->line_start,
                                                   .line = s->line,
                                                   .size = (uint8_t)(s->cursor - quote),
                                                   .quote = *quote,
                                                   .raw = raw,
                                                   .text = true};
    return avm_scanner_emit(s, token, AVM_TOK_FSTRING_START, start);
}

static bool ends_here(const AvmFString *f, const char *p) {
    return p[0] == f->quote && (f->size == 1 || (p[1] == f->quote && p[2] == f->quote));
}

static bool fail_unterminated(AvmScanner *s, const AvmFString *f, const char *end) {
    // The line of detection: that of the last newline before the end, as the text's own last newline counts.
    uint32_t line = s->line;
    for (const char *p = s->cursor; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) line++;
    if (end == s->limit) line--;
    s->at_end = f->size == 3;
    s->line = f->line;
    s->line_start = f->line_start;
    return avm_scanner_fail(s, f->start + 1, "unterminated %sf-string literal (detected at line %u)",
                            f->size == 3 ? "triple-quoted " : "", line);
}

// Behind the escape at p, which is not before the end of the text.
static const char *skip_escape(const AvmFString *f, const char *p) {
    if (p[1] == '{' || p[1] == '}') return p + 1; // the brace is a brace
    if (!f->raw && p[1] == 'N' && p[2] == '{') {
        const char *q = p + 3;
        while (*q && *q != '}' && *q != '\n' && *q != f->quote) q++;
        return *q == '}' ? q + 1 : p + 3;
    }
    return p[1] ? p + 2 : p + 1;
}

// Where the run of text at p ends: before a field, a closing brace, the quote, or what must not be there.
static const char *skip_text(const AvmScanner *s, const AvmFString *f, const char *p) {
    for (;;) {
        switch (*p) {
        case '{':
        case '}':
            if (f->fields || p[1] != *p) return p;
            p += 2;
            break;
        case '\\': p = skip_escape(f, p); break;
        case '\n':
            if (f->size == 1) return p;
            p++;
            break;
        case '\'':
        case '"':
            if (ends_here(f, p)) return p;
            p++;
            break;
        case 0:
            if (p == s->limit) return p;
            p++;
            break;
        default: p++;
        }
    }
}

bool avm_scanner_fstring_text(AvmScanner *s, AvmToken *token) {
    AvmFString *f = &s->fstrings[s->fstring_count - 1];
    const char *start = s->cursor, *p = skip_text(s, f, start);
    if (*p == '\n' && f->fields)
        f->text = false; // a format spec ends with its line; the field goes on
    else if (*p == '\n' || p == s->limit)
        return fail_unterminated(s, f, p);
    if (p != start) {
        s->cursor = p;
        avm_scanner_emit_lines(s, token, AVM_TOK_FSTRING_MIDDLE, start);
        token->raw = f->raw;
        return true;
    }
    if (*p == '\n') return avm_scanner_next(s, token); // once: f->text is false now
    if (*p == '{') {
        if (f->fields == AVM_MAX_FIELDS)
            return avm_scanner_fail(s, p, "f-string: expressions nested too deeply");
        f->fields++;
        f->text = false;
        s->cursor = p + 1;
        return avm_scanner_open(s, token, AVM_TOK_LBRACE, true);
    }
    if (*p == '}') {
        s->cursor = p + 1;
        if (!f->fields) return avm_scanner_fail(s, s->cursor, "f-string: single '}' is not allowed");
        return avm_scanner_close(s, token, AVM_TOK_RBRACE);
    }
    s->cursor = p + f->size;
    // Closed inside a format spec: the parser will refuse it, but whoever scans on must not find its braces
    // open.
    while (f->fields) f->fields -= s->brackets[--s->bracket_count].field;
    s->fstring_count--;
    return avm_scanner_emit(s, token, AVM_TOK_FSTRING_END, start);
}
