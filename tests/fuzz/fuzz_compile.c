// Any bytes either compile to a unit that the verifier accepts, or give a diagnostic with a place that exists; and
// nothing leaks, under a limit on memory too.
#include <stdint.h>
#include <string.h>

#include "compiler/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The first byte chooses the mode and the memory.
static void compile(const uint8_t *data, size_t size, uint8_t how) {
    static const size_t limits[] = {64u << 20, 64u << 20, 1u << 20, 100000};
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    alloc.limit = limits[how >> 4 & 3];
    AvmCompileOptions options = {
        .file = "fuzz",
        .mode = (AvmCompileMode)((how & 3) % 3),
        .use_namespace = how >> 2 & 1,
        .top_level_await = how >> 3 & 1,
    };
    AvmDiag diag = {0};
    AvmUnit *unit = avm_compile_source(&alloc, (const char *)data, size, &options, &diag);
    char why[200];
    AvmAlloc other;
    avm_alloc_init(&other);
    AvmBuf out;
    avm_buf_init(&out, &other);
    if (unit) {
        if (!avm_unit_verify(&other, unit, why, sizeof why)) __builtin_trap();
        avm_unit_disassemble(unit, &out);
    } else {
        if (diag.kind == AVM_DIAG_NONE) __builtin_trap();
        avm_diag_format(&diag, "fuzz", (const char *)data, size, &out);
    }
    avm_buf_free(&out);
    avm_unit_free(&alloc, unit);
    if (alloc.used || other.used) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size) compile(data + 1, size - 1, data[0]);
    return 0;
}
