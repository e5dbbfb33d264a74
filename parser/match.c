// Tries the grammar on a run of tokens.
#include "parser/match.h"

enum { MAX_TOKENS = 1 << 20 };

static bool add_token(AvmBuilder *b, AvmTokenLine *line, AvmToken token, uint32_t level) {
    uint32_t n = line->count;
    if (n == MAX_TOKENS) return false;
    if (!avm_build_room(b, &line->items, n, sizeof token)) return false;
    if (!avm_build_room(b, &line->level, n, sizeof *line->level)) return false;
    line->items[n] = token;
    line->level[n] = (uint16_t)level;
    line->count++;
    return true;
}

bool avm_match_read(AvmBuilder *b, AvmToken head, AvmTokenLine *line) {
    AvmDiag ignored = {0};
    AvmScanner *s = avm_arena_alloc(b->arena, sizeof *s);
    if (!s) return false;
    *line = (AvmTokenLine){0};
    avm_scanner_init(s, head.text, (size_t)(b->limit - head.text), &ignored);
    s->line = head.span.line;
    s->line_start = head.text - head.span.col;
    AvmToken token;
    do {
        if (!avm_scanner_next(s, &token)) return line->count > 0;
        if (token.kind == AVM_TOK_END && s->bracket_count) return line->count > 0;
        if (!line->count) token = head;
        if (!add_token(b, line, token, s->bracket_count)) return false;
    } while (token.kind != AVM_TOK_NEWLINE && token.kind != AVM_TOK_END);
    line->whole = true;
    return true;
}

static void begin(void *engine, AvmBuilder *b, unsigned start_kind) {
    avm_grammar_begin(engine, b);
    avm_grammar_push(engine, (AvmToken){.kind = (uint8_t)start_kind});
}

// How far the engine gets, and the last place before that where it could have ended.
static uint32_t find_end(void *engine, AvmBuilder *b, const AvmTokenLine *line, uint32_t first,
                         bool *ran_out) {
    uint32_t end = first, level = first ? line->level[first - 1] : 0;
    for (uint32_t i = first; i < line->count && !b->failed; i++) {
        bool here = (i ? line->level[i - 1] : 0) == level;
        if (here && i > first && avm_grammar_accepts(engine, AVM_TOK_END)) end = i;
        if (line->items[i].span.line > b->reach) b->reach = line->items[i].span.line;
        if (!avm_grammar_accepts(engine, line->items[i].kind)) break;
        b->last = line->items[i];
        avm_grammar_push(engine, line->items[i]);
        if (line->level[i] < level) break;
        *ran_out = i + 1 == line->count && !line->whole;
    }
    return end;
}

AvmMatch avm_match(AvmBuilder *b, const AvmTokenLine *line, unsigned start_kind, uint32_t first) {
    AvmMatch match = {NULL, first, false};
    void *engine = avm_alloc(b->arena->alloc, avm_grammar_size);
    if (!engine) return match;
    AvmDiag ignored = {0};
    AvmModule module = {0};
    AvmBuilder trial = {.arena = b->arena, .names = b->names, .diag = &ignored, .module = &module};
    begin(engine, &trial, start_kind);
    bool ran_out = false;
    uint32_t end = find_end(engine, &trial, line, first, &ran_out);
    if (end > first) {
        trial.failed = trial.is_wrong = false;
        begin(engine, &trial, start_kind);
        for (uint32_t i = first; i < end && !trial.failed; i++) {
            trial.last = line->items[i];
            avm_grammar_push(engine, line->items[i]);
        }
        if (!trial.failed) avm_grammar_push(engine, (AvmToken){.kind = AVM_TOK_END});
        if (!trial.failed) avm_grammar_push(engine, (AvmToken){.kind = AVM_TOK_NOTHING});
        if (!trial.failed) match = (AvmMatch){module.expression, end, false};
    }
    avm_release(b->arena->alloc, engine, avm_grammar_size);
    match.ran_out = ran_out;
    if (trial.reach > b->reach) b->reach = trial.reach;
    return match;
}
