// Source bytes made ready for the scanner: decoded, checked, lines ended by '\n'.
#ifndef AVM_LEXER_SOURCE_H
#define AVM_LEXER_SOURCE_H

#include "base/arena.h"
#include "base/diag.h"

typedef struct AvmLexSource {
    const char
        *text; // valid UTF-8 without NUL bytes; a newline, which may be added, and a NUL stand at its end
    size_t length;
    bool newline_added;
} AvmLexSource;

// Copies src into the arena: skips a byte-order mark, heeds a coding cookie, turns "\r\n" and "\r" into "\n".
bool avm_source_prepare(AvmArena *arena, const char *src, size_t len, AvmLexSource *out, AvmDiag *diag);

#endif
