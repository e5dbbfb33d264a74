// The layout pass: indentation becomes INDENT and DEDENT, and the soft keywords (match, case, type) are told
// from names by looking along the logical line, which is buffered for as long as that takes.
#ifndef AVM_LEXER_LAYOUT_H
#define AVM_LEXER_LAYOUT_H

#include "base/arena.h"
#include "lexer/scanner.h"
#include "lexer/source.h"

enum { AVM_MAX_INDENTS = 100, AVM_MAX_AHEAD = 1 << 22 };

typedef struct AvmIndent {
    uint32_t col;     // with tabs to every eighth column
    uint32_t alt_col; // with tabs as one column: both must agree, or the line depends on the width of tabs
    bool match;       // the block of a match statement: its lines begin with `case`
} AvmIndent;

typedef struct AvmLayout {
    AvmScanner scanner;
    AvmArena *arena;
    AvmDiag *diag;
    AvmDiag error; // of the scanner, which may be ahead of the reader
    bool line_begins, opens_line, match_line, failed;
    int pending; // INDENTs (more than 0) or DEDENTs (less) to come
    uint32_t indent_count;
    uint8_t last; // kind of the token given last
    AvmToken *ahead;
    uint32_t ahead_first, ahead_end, ahead_cap;
    AvmIndent indents[AVM_MAX_INDENTS];
} AvmLayout;

void avm_layout_init(AvmLayout *l, AvmArena *arena, const AvmLexSource *source, AvmDiag *diag);
// The next token; END for ever at the end. false: *diag is set.
bool avm_layout_next(AvmLayout *l, AvmToken *token);
// The token that is `ahead` tokens behind the one given last, 0 being the next. NULL: an error stands before
// it.
const AvmToken *avm_layout_peek(AvmLayout *l, uint32_t ahead);

// dump.c: a line a token: position, kind, text. What could be read before an error is dumped; false: *diag is
// set.
bool avm_tokens_dump(AvmArena *arena, const char *src, size_t len, AvmBuf *out, AvmDiag *diag);

#endif
