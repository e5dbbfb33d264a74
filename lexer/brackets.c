// Brackets: they nest, they match, and in an f-string they tell where a replacement field ends.
#include "lexer/scanner.h"

AvmFString *avm_scanner_field(AvmScanner *s) {
    if (!s->fstring_count || !s->bracket_count || !s->brackets[s->bracket_count - 1].field) return NULL;
    return &s->fstrings[s->fstring_count - 1];
}

bool avm_scanner_open(AvmScanner *s, AvmToken *token, unsigned kind, bool field) {
    const char *start = s->cursor - 1;
    if (s->bracket_count == AVM_MAX_BRACKETS)
        return avm_scanner_fail(s, s->cursor, "too many nested parentheses");
    s->brackets[s->bracket_count++] = (AvmBracket){*start, field, s->line, (uint32_t)(start - s->line_start)};
    avm_scanner_emit(s, token, kind, start);
    token->field = field;
    return true;
}

static char partner(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }

bool avm_scanner_close(AvmScanner *s, AvmToken *token, unsigned kind) {
    const char *start = s->cursor - 1;
    char c = *start;
    if (!s->bracket_count) return avm_scanner_fail(s, s->cursor, "unmatched '%c'", c);
    AvmBracket open = s->brackets[--s->bracket_count];
    if (c != partner(open.open)) {
        if (open.field) return avm_scanner_fail(s, s->cursor, "f-string: unmatched '%c'", c);
        const char *message = "closing parenthesis '%c' does not match opening parenthesis '%c'";
        if (open.line == s->line) return avm_scanner_fail(s, s->cursor, message, c, open.open);
        return avm_scanner_fail(s, s->cursor,
                                "closing parenthesis '%c' does not match opening parenthesis '%c' on line %u",
                                c, open.open, open.line);
    }
    if (open.field) {
        AvmFString *f = &s->fstrings[s->fstring_count - 1];
        f->fields--;
        f->text = true;
    }
    return avm_scanner_emit(s, token, kind, start);
}

bool avm_scanner_joins_nothing(AvmScanner *s, const char *end) {
    s->mild = true;
    s->at_end = s->open_line;
    if (s->bracket_count) return avm_scanner_unclosed(s);
    // The text's own last newline counts, though it may have been added.
    if (end) return avm_scanner_fail(s, end, "unexpected EOF while parsing");
    AvmSpan span = {s->line, AVM_NO_COLUMN, s->line, AVM_NO_COLUMN};
    return avm_diag_set(s->diag, AVM_DIAG_SYNTAX, span, "unexpected EOF while parsing");
}

bool avm_scanner_unclosed(AvmScanner *s) {
    const AvmBracket *open = &s->brackets[s->bracket_count - 1];
    AvmSpan span = {open->line, open->col, open->line, open->col};
    return avm_diag_set(s->diag, AVM_DIAG_SYNTAX, span, "'%c' was never closed", open->open);
}
