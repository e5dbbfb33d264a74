// Why a program is wrong: what CPython says of it, found by looking at the tokens a second time.
#ifndef AVM_PARSER_EXPLAIN_H
#define AVM_PARSER_EXPLAIN_H

#include "parser/match.h"

// One case of explaining: the line in which the wrong token stands, and what is known of it.
typedef struct AvmCase {
    AvmBuilder *b;
    const void *engine; // in the state in which it refused the token
    AvmTokenLine line;
    uint32_t at;   // the wrong token
    uint32_t open; // the innermost bracket open before it; UINT32_MAX: none
} AvmCase;

// Of token i of the line; beyond its end there is AVM_TOK_NOTHING.
static inline unsigned avm_case_kind(const AvmCase *c, uint32_t i) {
    return i < c->line.count ? c->line.items[i].kind : AVM_TOK_NOTHING;
}

static inline AvmSpan avm_case_span(const AvmCase *c, uint32_t i) { return c->line.items[i].span; }

// Sets *b->diag for b->wrong, the token that no rule takes.
void avm_explain(AvmBuilder *b, const void *engine);
// *b->diag says that an assignment's first target is none: perhaps `==` was meant.
void avm_explain_assign(AvmBuilder *b);
// An error of the lexer further on, or a bracket that is never closed, is told rather than what the parser
// found.
void avm_explain_rest(AvmBuilder *b, AvmLayout *layout);

// ---- shared by the explainer's files: true when an explanation was found ------------------------

bool avm_explain_say(AvmCase *c, AvmSpan span, const char *format, ...) __attribute__((format(printf, 3, 4)));
// explain_header.c: the first words of statements, imports, parameters.
bool avm_explain_indent(AvmBuilder *b, const void *engine);
bool avm_explain_header(AvmCase *c);
bool avm_explain_targets(AvmCase *c);
bool avm_explain_in_params(AvmCase *c); // no explanation: a question
// explain_expr.c: expressions, at all levels of brackets.
bool avm_explain_expr(AvmCase *c);
bool avm_explain_equal(AvmCase *c, uint32_t start); // the wrong token may be an `=`
bool avm_explain_loop_in(AvmCase *c);
bool avm_explain_field(AvmCase *c);
bool avm_explain_assigned(AvmCase *c);
bool avm_explain_outer(AvmCase *c); // as avm_explain_expr, for the brackets around

#endif
