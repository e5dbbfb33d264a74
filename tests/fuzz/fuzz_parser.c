// Any bytes either parse to a tree that can be dumped, or give a diagnostic that can be shown; and nothing
// leaks, under a limit on memory too. Tokens and the question whether the text is complete go the same way.
#include <stdint.h>
#include <string.h>

#include "lexer/layout.h"
#include "parser/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const AvmDiag *diag, const char *text, size_t size, AvmBuf *out) {
    if (diag->kind == AVM_DIAG_NONE) __builtin_trap();
    avm_diag_format(diag, "fuzz", text, size, out);
}

// The first byte chooses the mode and the memory.
static void parse(const char *text, size_t size, uint8_t how) {
    static const size_t limits[] = {0, 0, 1u << 20, 300000};
    AvmAlloc alloc, other;
    avm_alloc_init(&alloc);
    avm_alloc_init(&other);
    alloc.limit = limits[how >> 4 & 3];
    AvmArena arena;
    AvmBuf out;
    avm_arena_init(&arena, &alloc);
    avm_buf_init(&out, &other);
    AvmDiag diag = {0}, second = {0};
    AvmModule *module = avm_parse(&arena, text, size, (AvmParseMode)((how & 3) % 3), &diag);
    if (module)
        avm_tree_dump(module, &out);
    else
        show(&diag, text, size, &out);
    if (how & 4) {
        if (!avm_tokens_dump(&arena, text, size, &out, &second)) show(&second, text, size, &out);
    }
    avm_arena_free(&arena);
    AvmDiag third = {0};
    if (how & 8 && avm_parse_complete(&alloc, text, size, &third) == AVM_COMPLETE_ERROR)
        show(&third, text, size, &out);
    avm_buf_free(&out);
    if (alloc.used || other.used) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size) parse((const char *)data + 1, size - 1, data[0]);
    return 0;
}
