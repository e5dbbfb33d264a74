// Syntax tree -> code unit: the compiler's public face. Knows no VM.
#ifndef AVM_COMPILER_COMPILE_H
#define AVM_COMPILER_COMPILE_H

#include "compiler/unit.h"
#include "parser/parser.h"

typedef enum AvmCompileMode {
    AVM_COMPILE_EXEC,   // returns None
    AVM_COMPILE_SINGLE, // expression statements are shown by PRINTEXPR; returns None
    AVM_COMPILE_EVAL,   // returns the expression's value
    AVM_COMPILE_BLOCK // any number of statements; the expressions of the last are shown by PRINTEXPR; returns
                      // None
} AvmCompileMode;

typedef struct AvmCompileOptions {
    const char *file;        // as tracebacks show it
    AvmCompileMode mode;     // must agree with the tree's
    bool use_namespace;      // exec(), eval(): the unit's names go through R[0], its parameter 0
    bool top_level_await;    // await outside of functions makes the unit a coroutine's
    bool optimize;           // leaves assert statements out; __debug__ is False
    bool future_annotations; // as if the source began with `from __future__ import annotations`
} AvmCompileOptions;

// Compiles a tree. The unit and all it holds (nothing points into the tree) belong to the caller, until
// avm_unit_free. NULL: *diag (set to {0} by the caller) says why; AVM_DIAG_MEMORY when memory ran out.
// The tree is not changed, but its table of names may grow.
AvmUnit *avm_compile(AvmAlloc *alloc, const AvmModule *tree, const AvmCompileOptions *opts, AvmDiag *diag);
// Parses and compiles.
AvmUnit *avm_compile_source(AvmAlloc *alloc, const char *src, size_t len, const AvmCompileOptions *opts,
                            AvmDiag *diag);
// Frees a unit that avm_compile returned (never a nested or frozen one). unit may be NULL.
void avm_unit_free(AvmAlloc *alloc, AvmUnit *unit);

// Appends a listing of the unit and its nested units.
void avm_unit_disassemble(const AvmUnit *unit, AvmBuf *out);
// Its line for the instruction at pc.
void avm_unit_show_op(const AvmUnit *unit, uint32_t pc, AvmBuf *out);

// Is the unit well formed, its nested units too: a VM that runs it never leaves its registers, literals,
// names, units or code. false: why[n] says what is wrong.
bool avm_unit_verify(AvmAlloc *alloc, const AvmUnit *unit, char *why, size_t n);

#endif
