// Tries the grammar on a run of tokens: does an expression stand here, and where does it end?
#ifndef AVM_PARSER_MATCH_H
#define AVM_PARSER_MATCH_H

#include "parser/build.h"

// The tokens of one logical line, up to the first that cannot be read.
typedef struct AvmTokenLine {
    AvmToken *items;
    uint16_t *level; // brackets open behind the token
    uint32_t count;
    bool whole; // the NEWLINE or END is there
} AvmTokenLine;

typedef struct AvmMatch {
    AvmExpr *expr; // NULL: nothing stands there
    uint32_t end;  // the token behind it
    bool ran_out;  // it might have gone on behind the last token
} AvmMatch;

// Reads the logical line that begins with head. false: out of memory, or far too long to be looked at again.
bool avm_match_read(AvmBuilder *b, AvmToken head, AvmTokenLine *line);
// The longest run from token `first` on that start_kind (AVM_TOK_START_TEST ...) takes.
AvmMatch avm_match(AvmBuilder *b, const AvmTokenLine *line, unsigned start_kind, uint32_t first);

#endif
