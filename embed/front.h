// The way to the lexer, parser and compiler. Builds without the compiler have nofront.c in front.c's place.
#ifndef AVM_EMBED_FRONT_H
#define AVM_EMBED_FRONT_H

#include "compiler/compile.h"

// NULL: *diag (set to {0} by the caller) says why; *parsed: the fault is none of syntax in the narrow sense.
// To be freed by avm_front_free.
AvmUnit *avm_front_compile(AvmAlloc *alloc, const char *source, size_t len, const char *file,
                           AvmCompileMode mode, bool use_namespace, AvmDiag *diag, bool *parsed);
void avm_front_free(AvmAlloc *alloc, AvmUnit *unit);
AvmComplete avm_front_complete(AvmAlloc *alloc, const char *source, size_t len);
// kind: as aiovm_dump_kind. What could be shown before an error is shown.
void avm_front_dump(AvmAlloc *alloc, int kind, const char *source, size_t len, const char *file, AvmBuf *out,
                    AvmDiag *diag);
// Appends the line of --dump=bytecode for an instruction.
void avm_front_show_op(const AvmUnit *unit, uint32_t pc, AvmBuf *out);

#endif
