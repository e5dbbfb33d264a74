// Tokens' names and texts.
#include "lexer/token.h"

static const char *const names[] = {
    "",
#define TOKEN(name, shown, text) shown,
#include "lexer/tokens.def"
#undef TOKEN
};

static const char *const texts[] = {
    "",
#define TOKEN(name, shown, text) text,
#include "lexer/tokens.def"
#undef TOKEN
};

const char *avm_token_name(unsigned kind) { return kind < AVM_TOK_COUNT ? names[kind] : ""; }

const char *avm_token_text(unsigned kind) { return kind < AVM_TOK_COUNT ? texts[kind] : ""; }
