// The scanner: one token after another out of prepared source text. Knows brackets and f-strings (they decide
// what a character means), but neither indentation nor soft keywords: see lexer/layout.h.
#ifndef AVM_LEXER_SCANNER_H
#define AVM_LEXER_SCANNER_H

#include "lexer/token.h"

enum { AVM_MAX_BRACKETS = 200, AVM_MAX_FSTRINGS = 149, AVM_MAX_FIELDS = 3 };

typedef struct AvmBracket {
    char open;  // ( [ or {
    bool field; // the { of an f-string's replacement field
    uint32_t line, col;
} AvmBracket;

typedef struct AvmFString {
    const char *start, *line_start; // where it began
    uint32_t line;
    uint8_t fields; // replacement fields open now: nested ones stand in format specs
    uint8_t size;   // of the quote: 1 or 3
    char quote;
    bool raw, text; // text: the cursor is in literal text or in a format spec, not in an expression
} AvmFString;

typedef struct AvmScanner {
    const char *cursor, *line_start;
    const char *limit; // a NUL stands there, and a newline before it
    uint32_t line;
    bool open_line; // the newline at the end is not the source's own
    bool mild;      // the error is one that CPython does not look for ahead of another error
    bool at_end;    // an error came because the text ended: more text might mend it
    AvmDiag *diag;
    uint32_t bracket_count, fstring_count;
    AvmBracket brackets[AVM_MAX_BRACKETS];
    AvmFString fstrings[AVM_MAX_FSTRINGS];
} AvmScanner;

// text is as avm_source_prepare leaves it.
void avm_scanner_init(AvmScanner *s, const char *text, size_t len, AvmDiag *diag);
// The next token; NEWLINE only outside brackets, END for ever at the end. false: *diag is set.
bool avm_scanner_next(AvmScanner *s, AvmToken *token);

// ---- shared by the scanner's files --------------------------------------------------------------

// An error at the character before `end`, as CPython's tokenizer places its errors. Always false.
bool avm_scanner_fail(AvmScanner *s, const char *end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The text ended, but a bracket is open. Always false.
bool avm_scanner_unclosed(AvmScanner *s);
// The text ended behind a backslash, at `end` (NULL: no column is told). Always false.
bool avm_scanner_joins_nothing(AvmScanner *s, const char *end);
// Fills *token with kind and with the text from start to the cursor, which must be on the current line.
bool avm_scanner_emit(AvmScanner *s, AvmToken *token, unsigned kind, const char *start);
// As emit, but the text may hold newlines: the current line moves on.
bool avm_scanner_emit_lines(AvmScanner *s, AvmToken *token, unsigned kind, const char *start);
// brackets.c: '(' '[' '{' and their ends, f-strings' fields included.
bool avm_scanner_open(AvmScanner *s, AvmToken *token, unsigned kind, bool field);
bool avm_scanner_close(AvmScanner *s, AvmToken *token, unsigned kind);
// fstring.c: an f-string's beginning (the cursor is behind its quote) and its literal text.
bool avm_scanner_fstring(AvmScanner *s, AvmToken *token, const char *start);
bool avm_scanner_fstring_text(AvmScanner *s, AvmToken *token);
// The innermost f-string, if the cursor is in a replacement field and in no bracket of that; else NULL.
AvmFString *avm_scanner_field(AvmScanner *s);
// mistakes.c: what is wrong with the number or string that begins at start. Always false.
bool avm_scanner_bad_number(AvmScanner *s, const char *start);
bool avm_scanner_bad_string(AvmScanner *s, const char *start);
// Whether what follows a number may follow it; kind is "decimal", "hexadecimal" ...
bool avm_scanner_number_ends(AvmScanner *s, const char *start);
// identifier.c: checks a NAME with bytes beyond ASCII.
bool avm_scanner_check_name(AvmScanner *s, const char *start);

#endif
