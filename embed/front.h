// The way to the lexer, parser and compiler for files that know the VM: names of both sides would clash in one file.
#ifndef AVM_EMBED_FRONT_H
#define AVM_EMBED_FRONT_H

#include "base/diag.h"
#include "compiler/unit.h"

typedef enum AvmFrontMode { AVM_FRONT_EXEC, AVM_FRONT_SINGLE, AVM_FRONT_EVAL } AvmFrontMode;

// NULL: *diag (set to {0} by the caller) says why; *parsed: the fault is none of syntax in the narrow sense. To be freed by
// avm_front_free.
AvmUnit *avm_front_compile(AvmAlloc *alloc, const char *source, size_t len, const char *file, AvmFrontMode mode,
                           bool use_namespace, AvmDiag *diag, bool *parsed);
void avm_front_free(AvmAlloc *alloc, AvmUnit *unit);
// 0: complete, 1: more lines may make it whole, 2: an error.
int avm_front_complete(AvmAlloc *alloc, const char *source, size_t len);
// kind: as aiovm_dump_kind. What could be shown before an error is shown.
void avm_front_dump(AvmAlloc *alloc, int kind, const char *source, size_t len, const char *file, AvmBuf *out,
                    AvmDiag *diag);

#endif
