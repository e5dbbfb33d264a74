// Drives the engine: pulls tokens from the layout pass and pushes them, and says what the end was.
#include "parser/parser.h"

#include <string.h>

#include "base/remark.h"
#include "parser/explain.h"

// How a parse ended, besides the diagnostic.
typedef struct Outcome {
    AvmModule *module; // NULL: failed
    bool at_end;       // the fault is that the text ended
    bool open_line;    // the text does not end in a newline
} Outcome;

static bool no_memory(AvmDiag *diag) {
    return avm_diag_set(diag, AVM_DIAG_MEMORY, (AvmSpan){0, 0, 0, 0}, "out of memory");
}

static void push_start(void *engine, AvmBuilder *b, AvmParseMode mode) {
    unsigned kind = mode == AVM_PARSE_EXEC     ? AVM_TOK_START_EXEC
                    : mode == AVM_PARSE_SINGLE ? AVM_TOK_START_SINGLE
                                               : AVM_TOK_START_EVAL;
    avm_grammar_begin(engine, b);
    avm_grammar_push(engine, (AvmToken){.kind = (uint8_t)kind, .text = b->text});
}

// Reads to the end or to the first fault. false: the lexer found the fault, and *b->diag is set.
static bool push_all(void *engine, AvmBuilder *b, AvmLayout *layout) {
    AvmToken token;
    do {
        if (!avm_layout_next(layout, &token)) return false;
        if (token.kind == AVM_TOK_END && layout->scanner.bracket_count) {
            layout->scanner.at_end = true;
            layout->scanner.diag = b->diag;
            return avm_scanner_unclosed(&layout->scanner);
        }
        b->last = token;
        if (token.opens_line) {
            b->head_before = b->head;
            b->head = token;
        }
        avm_grammar_push(engine, token);
    } while (token.kind != AVM_TOK_END && !b->failed);
    if (!b->failed) avm_grammar_push(engine, (AvmToken){.kind = AVM_TOK_NOTHING});
    return true;
}

static void run(AvmBuilder *b, AvmLayout *layout, AvmParseMode mode, Outcome *outcome) {
    AvmArena *arena = b->arena;
    void *engine = avm_alloc(arena->alloc, avm_grammar_size);
    if (!engine) {
        no_memory(b->diag);
        return;
    }
    push_start(engine, b, mode);
    bool read = push_all(engine, b, layout);
    bool ended =
        b->wrong.kind == AVM_TOK_END || (b->wrong.kind == AVM_TOK_DEDENT && b->wrong.text == b->limit);
    outcome->at_end = layout->scanner.at_end || (b->is_wrong && ended);
    if (read && !b->failed)
        outcome->module = b->module;
    else if (read && b->diag->kind != AVM_DIAG_MEMORY) {
        bool indent = b->is_wrong && (b->wrong.kind == AVM_TOK_INDENT || b->wrong.kind == AVM_TOK_DEDENT);
        // CPython does not look ahead out of an f-string.
        bool within = layout->scanner.fstring_count > 0;
        if (b->is_wrong)
            avm_explain(b, engine);
        else if (b->bad_target)
            avm_explain_assign(b);
        if (!within && (!indent || b->diag->kind != AVM_DIAG_INDENT)) avm_explain_rest(b, layout);
    }
    avm_release(arena->alloc, engine, avm_grammar_size);
}

static Outcome parse(AvmArena *arena, const char *src, size_t len, AvmParseMode mode, AvmDiag *diag) {
    Outcome outcome = {0};
    AvmRemarks *remarks = diag->remarks;
    AvmLexSource source;
    if (!avm_source_prepare(arena, src, len, &source, diag)) return outcome;
    outcome.open_line = source.newline_added;
    AvmLayout *layout = avm_arena_alloc(arena, sizeof *layout);
    AvmNames *names = avm_arena_alloc(arena, sizeof *names);
    AvmModule *module = avm_arena_alloc(arena, sizeof *module);
    if (!layout || !names || !module) {
        no_memory(diag);
        return outcome;
    }
    avm_layout_init(layout, arena, &source, diag);
    avm_names_init(names, arena);
    module->mode = mode;
    module->names = names;
    AvmBuilder b = {.arena = arena,
                    .names = names,
                    .diag = diag,
                    .module = module,
                    .text = source.text,
                    .limit = source.text + source.length};
    run(&b, layout, mode, &outcome);
    diag->remarks = remarks; // what explains a fault puts the diagnostic aside
    if (remarks) avm_remarks_parsed(remarks);
    if (!outcome.module && !diag->kind) no_memory(diag);
    return outcome;
}

AvmModule *avm_parse(AvmArena *arena, const char *src, size_t len, AvmParseMode mode, AvmDiag *diag) {
    return parse(arena, src, len, mode, diag).module;
}

// ---- is it complete? ----------------------------------------------------------------------------

static bool is_blank(const char *src, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (src[i] == '#') {
            while (i < len && src[i] != '\n') i++;
        } else if (!strchr(" \t\f\v\r\n", src[i]) || !src[i]) {
            return false;
        }
    }
    return true;
}

static bool is_compound(const AvmStmt *s) {
    switch ((AvmStmtKind)s->kind) {
    case AVM_STMT_FUNCTIONDEF:
    case AVM_STMT_ASYNCFUNCTIONDEF:
    case AVM_STMT_CLASSDEF:
    case AVM_STMT_FOR:
    case AVM_STMT_ASYNCFOR:
    case AVM_STMT_WHILE:
    case AVM_STMT_IF:
    case AVM_STMT_WITH:
    case AVM_STMT_ASYNCWITH:
    case AVM_STMT_MATCH:
    case AVM_STMT_TRY:
    case AVM_STMT_TRYSTAR: return true;
    default: return false;
    }
}

AvmComplete avm_parse_complete(AvmAlloc *alloc, const char *src, size_t len, AvmDiag *diag) {
    if (is_blank(src, len)) return AVM_COMPLETE;
    AvmArena arena;
    AvmDiag found = {0};
    avm_arena_init(&arena, alloc);
    Outcome outcome = parse(&arena, src, len, AVM_PARSE_EXEC, &found);
    AvmComplete answer = AVM_COMPLETE;
    const AvmStmtList *body = outcome.module ? &outcome.module->body : NULL;
    // A block goes on until an empty line ends it.
    if (body)
        answer = body->count && outcome.open_line && is_compound(body->items[body->count - 1])
                     ? AVM_INCOMPLETE
                     : answer;
    else
        answer = outcome.at_end && found.kind != AVM_DIAG_MEMORY ? AVM_INCOMPLETE : AVM_COMPLETE_ERROR;
    if (answer == AVM_COMPLETE_ERROR) *diag = found;
    avm_arena_free(&arena);
    return answer;
}
