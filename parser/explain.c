// Why a program is wrong.
#include "parser/explain.h"

bool avm_explain_unclosed(AvmScanner *s, AvmDiag *diag) {
    const AvmBracket *open = &s->brackets[s->bracket_count - 1];
    AvmSpan span = {open->line, open->col, open->line, open->col};
    return avm_diag_set(diag, AVM_DIAG_SYNTAX, span, "'%c' was never closed", open->open);
}

void avm_explain(AvmBuilder *b, const AvmSource *source, AvmParseMode mode) {
    (void)source;
    (void)mode;
    avm_diag_set(b->diag, AVM_DIAG_SYNTAX, b->wrong.span, "invalid syntax");
}

void avm_explain_rest(AvmBuilder *b, AvmLayout *layout) {
    AvmDiag found = {0};
    AvmToken token;
    uint32_t line = b->last.span.line;
    layout->diag = &found;
    do {
        if (!avm_layout_next(layout, &token)) {
            *b->diag = found;
            return;
        }
    } while (token.kind != AVM_TOK_END);
    AvmScanner *s = &layout->scanner;
    if (s->bracket_count && line > s->brackets[s->bracket_count - 1].line) {
        avm_explain_unclosed(s, &found);
        *b->diag = found;
    }
}
