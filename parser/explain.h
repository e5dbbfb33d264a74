// Why a program is wrong: what CPython says of it, found by looking at the tokens a second time.
#ifndef AVM_PARSER_EXPLAIN_H
#define AVM_PARSER_EXPLAIN_H

#include "parser/build.h"

// Sets *b->diag for b->wrong, the token no rule takes.
void avm_explain(AvmBuilder *b, const AvmSource *source, AvmParseMode mode);
// An error of the lexer further on, or a bracket that is never closed, is told rather than what the parser
// found.
void avm_explain_rest(AvmBuilder *b, AvmLayout *layout);
// A bracket was open where the source ended.
bool avm_explain_unclosed(AvmScanner *s, AvmDiag *diag);

#endif
