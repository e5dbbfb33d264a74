// Shared by the dumper's files.
#ifndef AVM_PARSER_DUMP_H
#define AVM_PARSER_DUMP_H

#include "parser/parser.h"

// As Python's repr of a str.
void avm_dump_text(AvmBuf *out, const char *text, size_t length);
// As Python's repr of a constant.
void avm_dump_constant(AvmBuf *out, const AvmConstant *c);
// With attributes: positions too, as ast.dump(tree, include_attributes=True, indent=2).
void avm_tree_dump_spans(const AvmModule *module, bool attributes, AvmBuf *out);

#endif
