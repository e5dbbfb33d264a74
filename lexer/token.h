// A token: its kind, its text in the source, and where it stands.
#ifndef AVM_LEXER_TOKEN_H
#define AVM_LEXER_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

typedef enum AvmTokenKind {
    AVM_TOK_NOTHING, // 0 means the end of input to the grammar's engine, so no token has it
#define TOKEN(name, shown, text) AVM_TOK_##name,
#include "lexer/tokens.def"
#undef TOKEN
    AVM_TOK_COUNT
} AvmTokenKind;

typedef struct AvmToken {
    const char *text; // within the source; prefixes and quotes included
    uint32_t length;  // bytes
    uint8_t kind;     // AvmTokenKind
    bool opens_line;  // the first token of a logical line
    bool field;       // of LBRACE: it opens a replacement field of an f-string
    bool raw;         // of FSTRING_MIDDLE: backslashes are backslashes
    AvmSpan span;
} AvmToken;

static inline bool avm_token_is_keyword(unsigned kind) {
    return kind >= AVM_TOK_FALSE && kind <= AVM_TOK_YIELD;
}

// CPython's name of the kind ("NAME", "LPAR" ...), and the text of those kinds that have but one ("" of the
// rest).
const char *avm_token_name(unsigned kind);
const char *avm_token_text(unsigned kind);

#endif
