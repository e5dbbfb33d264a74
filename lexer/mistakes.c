// What is wrong with a malformed number or string, in CPython's words. Reached only when a rule of the
// scanner failed.
#include "lexer/scanner.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool avm_scanner_fail(AvmScanner *s, const char *end, const char *format, ...) {
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (end > s->line_start) end--;
    while (end > s->line_start && ((unsigned char)*end & 0xC0) == 0x80) end--;
    uint32_t col = (uint32_t)(end - s->line_start);
    return avm_diag_set(s->diag, AVM_DIAG_SYNTAX, (AvmSpan){s->line, col, s->line, col}, "%s", message);
}

// ---- numbers ------------------------------------------------------------------------------------

static bool digit_of(int base, char c) {
    if (base == 16) return isxdigit((unsigned char)c);
    return c >= '0' && c < '0' + base;
}

static bool bad_based(AvmScanner *s, const char *p, int base, const char *name) {
    p += 2;
    do {
        if (*p == '_') p++;
        if (!digit_of(base, *p)) break;
        while (digit_of(base, *p)) p++;
    } while (*p == '_');
    if (base != 16 && digit_of(10, *p))
        return avm_scanner_fail(s, p + 1, "invalid digit '%c' in %s literal", *p, name);
    return avm_scanner_fail(s, p, "invalid %s literal", name);
}

// Behind digits and single underscores between them; *ok is false, and the position that of the fault,
// otherwise.
static const char *skip_digits(const char *p, bool *ok) {
    for (;;) {
        while (digit_of(10, *p)) p++;
        if (*p != '_') return p;
        if (!digit_of(10, *++p)) {
            *ok = false;
            return p;
        }
    }
}

static bool bad_fraction(AvmScanner *s, const char *p) {
    bool ok = true;
    if (*p == '.' && digit_of(10, *++p)) p = skip_digits(p, &ok);
    if (ok && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        if (*q == '+' || *q == '-') {
            p = ++q;
            ok = digit_of(10, *q);
        }
        if (ok && digit_of(10, *q)) p = skip_digits(q, &ok);
    }
    if (ok && (*p == 'j' || *p == 'J')) return avm_scanner_fail(s, p + 1, "invalid imaginary literal");
    return avm_scanner_fail(s, p, "invalid decimal literal");
}

bool avm_scanner_bad_number(AvmScanner *s, const char *start) {
    const char *p = start;
    bool ok = true;
    if (*p == '0') {
        switch (p[1]) {
        case 'x':
        case 'X': return bad_based(s, p, 16, "hexadecimal");
        case 'o':
        case 'O': return bad_based(s, p, 8, "octal");
        case 'b':
        case 'B': return bad_based(s, p, 2, "binary");
        }
        while (*p == '0' || (*p == '_' && digit_of(10, p[1]))) p++;
        if (digit_of(10, *p)) {
            uint32_t col = (uint32_t)(start - s->line_start), end = (uint32_t)(p - s->line_start);
            p = skip_digits(p, &ok);
            if (ok && !strchr(".eEjJ", *p))
                return avm_diag_set(s->diag, AVM_DIAG_SYNTAX, (AvmSpan){s->line, col, s->line, end},
                                    "leading zeros in decimal integer literals are not permitted; "
                                    "use an 0o prefix for octal integers");
        }
    }
    p = skip_digits(p, &ok);
    return ok ? bad_fraction(s, p) : avm_scanner_fail(s, p, "invalid decimal literal");
}

bool avm_scanner_number_ends(AvmScanner *s, const char *start) {
    const char *p = s->cursor;
    if (!isalnum((unsigned char)*p) && *p != '_') return true;
    // CPython still takes a keyword right behind a number; of those with i it reads no more than two letters.
    static const char *const allowed[] = {"and", "else", "for", "not", "or"};
    if (*p == 'i' && strchr("fns", p[1])) return true;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        size_t n = strlen(allowed[i]);
        if (!strncmp(p, allowed[i], n) && !isalnum((unsigned char)p[n]) && p[n] != '_' && !(p[n] & 0x80))
            return true;
    }
    return avm_scanner_bad_number(s, start);
}

// ---- strings ------------------------------------------------------------------------------------

bool avm_scanner_bad_string(AvmScanner *s, const char *start) {
    char quote = s->cursor[-1];
    bool triple = s->cursor - start >= 3 && s->cursor[-2] == quote;
    bool escaped_quote = false;
    uint32_t line = s->line;
    const char *p = s->cursor;
    for (; p < s->limit && (triple || *p != '\n'); p++) {
        if (*p == '\\' && p + 1 < s->limit) {
            p++;
            escaped_quote |= *p == quote;
        }
        line += *p == '\n';
    }
    if (p >= s->limit) line--; // the text's own last newline opens no line
    const AvmFString *f = s->fstring_count ? &s->fstrings[s->fstring_count - 1] : NULL;
    if (f && f->quote == quote && (f->size == 3) == triple)
        return avm_scanner_fail(s, start + 1, "f-string: expecting '}'");
    s->at_end = p >= s->limit && (triple || s->open_line);
    if (triple)
        return avm_scanner_fail(s, start + 1,
                                "unterminated triple-quoted string literal (detected at line %u)", line);
    return avm_scanner_fail(s, start + 1, "unterminated string literal (detected at line %u)%s", line,
                            escaped_quote ? "; perhaps you escaped the end quote?" : "");
}
