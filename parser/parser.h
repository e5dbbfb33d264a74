// From source text to syntax tree: the front half's public face.
#ifndef AVM_PARSER_PARSER_H
#define AVM_PARSER_PARSER_H

#include "parser/tree.h"

// Parses len bytes of source (UTF-8, or what a coding cookie says; a byte-order mark is skipped; no NUL is
// needed at the end). The tree lives in the arena. NULL: *diag (which the caller set to {0}) holds the error;
// the kind is AVM_DIAG_MEMORY when memory ran out. What the arena holds after an error is of no use but to be
// freed.
AvmModule *avm_parse(AvmArena *arena, const char *src, size_t len, AvmParseMode mode, AvmDiag *diag);

typedef enum AvmComplete { AVM_COMPLETE, AVM_INCOMPLETE, AVM_COMPLETE_ERROR } AvmComplete;

// For a REPL: is the text typed so far (lines joined by '\n', none after the last, as with Python's codeop) a
// block of statements, the beginning of one, or beyond rescue? A compound statement at its end is whole when
// an empty line was typed after it (so the text ends in '\n'). Blank lines and comments alone are complete.
// *diag is set on error.
AvmComplete avm_parse_complete(AvmAlloc *alloc, const char *src, size_t len, AvmDiag *diag);

// Appends what `ast.dump(ast.parse(...), indent=2)` of CPython 3.13 prints, and a newline.
void avm_tree_dump(const AvmModule *module, AvmBuf *out);

#endif
