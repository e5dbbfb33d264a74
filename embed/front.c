// Source to units, by way of the lexer, parser and compiler. Knows no VM.
#include "embed/front.h"

#include "compiler/compile.h"
#include "include/aiovm.h"
#include "lexer/layout.h"

_Static_assert((int)AVM_COMPILE_EXEC == (int)AVM_PARSE_EXEC &&
                   (int)AVM_COMPILE_SINGLE == (int)AVM_PARSE_SINGLE &&
                   (int)AVM_COMPILE_EVAL == (int)AVM_PARSE_EVAL,
               "modes");
_Static_assert((int)AVM_COMPLETE == AIOVM_COMPLETE && (int)AVM_INCOMPLETE == AIOVM_INCOMPLETE &&
                   (int)AVM_COMPLETE_ERROR == AIOVM_INVALID,
               "kinds of completeness");

AvmUnit *avm_front_compile(AvmAlloc *alloc, const char *source, size_t len, const char *file,
                           AvmCompileMode mode, bool use_namespace, AvmDiag *diag, bool *parsed) {
    bool block = mode == AVM_COMPILE_BLOCK;
    AvmCompileOptions options = {
        .file = file, .mode = mode, .use_namespace = use_namespace, .top_level_await = block};
    AvmArena arena;
    avm_arena_init(&arena, alloc);
    AvmModule *tree = avm_parse(&arena, source, len, block ? AVM_PARSE_EXEC : (AvmParseMode)mode, diag);
    AvmUnit *unit = tree ? avm_compile(alloc, tree, &options, diag) : NULL;
    *parsed = tree != NULL;
    avm_arena_free(&arena);
    return unit;
}

void avm_front_free(AvmAlloc *alloc, AvmUnit *unit) { avm_unit_free(alloc, unit); }

AvmComplete avm_front_complete(AvmAlloc *alloc, const char *source, size_t len) {
    AvmDiag diag = {0};
    return avm_parse_complete(alloc, source, len, &diag);
}

void avm_front_show_op(const AvmUnit *unit, uint32_t pc, AvmBuf *out) { avm_unit_show_op(unit, pc, out); }

static void dump_bytecode(AvmAlloc *alloc, const char *source, size_t len, const char *file, AvmBuf *out,
                          AvmDiag *diag) {
    AvmUnit *unit = avm_compile_source(alloc, source, len, &(AvmCompileOptions){.file = file}, diag);
    if (unit) avm_unit_disassemble(unit, out);
    avm_unit_free(alloc, unit);
}

static void dump_tree(AvmArena *arena, const char *source, size_t len, AvmBuf *out, AvmDiag *diag) {
    AvmModule *tree = avm_parse(arena, source, len, AVM_PARSE_EXEC, diag);
    if (tree) avm_tree_dump(tree, out);
}

void avm_front_dump(AvmAlloc *alloc, int kind, const char *source, size_t len, const char *file, AvmBuf *out,
                    AvmDiag *diag) {
    AvmArena arena;
    avm_arena_init(&arena, alloc);
    switch ((aiovm_dump_kind)kind) {
    case AIOVM_DUMP_TOKENS: avm_tokens_dump(&arena, source, len, out, diag); break;
    case AIOVM_DUMP_AST: dump_tree(&arena, source, len, out, diag); break;
    case AIOVM_DUMP_BYTECODE: dump_bytecode(alloc, source, len, file, out, diag); break;
    }
    avm_arena_free(&arena);
}
