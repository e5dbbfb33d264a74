// The token stream as text, for --dump=tokens: a line a token, in the manner of `python3 -m tokenize -e`.
#include "lexer/layout.h"

#include <stdio.h>

static bool is_soft(unsigned kind) {
    return kind == AVM_TOK_MATCH || kind == AVM_TOK_CASE || kind == AVM_TOK_TYPE;
}

static void dump_text(const AvmToken *t, AvmBuf *out) {
    avm_buf_byte(out, '\'');
    for (uint32_t i = 0; i < t->length; i++) {
        char c = t->text[i];
        if (c == '\n')
            avm_buf_text(out, "\\n");
        else if (c == '\t')
            avm_buf_text(out, "\\t");
        else if (c == '\\' || c == '\'')
            avm_buf_printf(out, "\\%c", c);
        else if ((unsigned char)c < ' ' || c == 0x7F)
            avm_buf_printf(out, "\\x%02x", (unsigned char)c);
        else
            avm_buf_byte(out, c);
    }
    avm_buf_byte(out, '\'');
}

static void dump_token(const AvmToken *t, AvmBuf *out) {
    char where[64];
    snprintf(where, sizeof where, "%u,%u-%u,%u:", t->span.line, t->span.col, t->span.end_line,
             t->span.end_col);
    const char *name =
        avm_token_is_keyword(t->kind) || is_soft(t->kind) ? "KEYWORD" : avm_token_name(t->kind);
    avm_buf_printf(out, "%-19s %-16s ", where, name);
    dump_text(t, out);
    avm_buf_byte(out, '\n');
}

bool avm_tokens_dump(AvmArena *arena, const char *src, size_t len, AvmBuf *out, AvmDiag *diag) {
    AvmLexSource source;
    if (!avm_source_prepare(arena, src, len, &source, diag)) return false;
    AvmLayout *l = avm_arena_alloc(arena, sizeof *l);
    if (!l) return avm_diag_set(diag, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
    avm_layout_init(l, arena, &source, diag);
    AvmToken t;
    do {
        if (!avm_layout_next(l, &t)) return false;
        dump_token(&t, out);
    } while (t.kind != AVM_TOK_END);
    if (l->scanner.bracket_count) {
        l->scanner.diag = diag;
        return avm_scanner_unclosed(&l->scanner);
    }
    if (!out->failed) return true;
    return avm_diag_set(diag, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
}
