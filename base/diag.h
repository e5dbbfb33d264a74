// A compile-time diagnostic: what, where, and how it is shown. Knows text, not tokens.
#ifndef AVM_BASE_DIAG_H
#define AVM_BASE_DIAG_H

#include <stdint.h>

#include "base/buf.h"

// Lines count from 1; columns are byte offsets in the line, from 0 (shown as characters from 1).
// A column one before the first is possible: then no caret is shown.
#define AVM_NO_COLUMN UINT32_MAX
#define AVM_LEFT_OF_LINE (UINT32_MAX - 1) // the column before the first

typedef struct AvmSpan {
    uint32_t line, col, end_line, end_col;
} AvmSpan;

typedef enum AvmDiagKind {
    AVM_DIAG_NONE,
    AVM_DIAG_SYNTAX,
    AVM_DIAG_DECODE, // a SyntaxError too: the bytes are no text
    AVM_DIAG_INDENT,
    AVM_DIAG_TAB,
    AVM_DIAG_MEMORY
} AvmDiagKind;

typedef struct AvmRemarks AvmRemarks; // base/remark.h

// The first error wins: later ones are consequences.
typedef struct AvmDiag {
    AvmDiagKind kind; // SyntaxError, IndentationError, TabError, MemoryError
    AvmSpan span;
    char message[256];
    AvmRemarks *remarks; // where what is no error goes, or NULL: nobody wants to know
} AvmDiag;

// Records an error if none is recorded yet. Always returns false, so that `return avm_diag_set(...)` reads well.
bool avm_diag_set(AvmDiag *d, AvmDiagKind kind, AvmSpan span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const char *avm_diag_kind_name(AvmDiagKind kind);
// Line `number` of the source, without its end and without a byte-order mark. false: there is no such line.
bool avm_diag_line(const char *source, size_t len, uint32_t number, const char **line, size_t *n_line);
// Appends CPython's display: `  File "x", line 3`, the source line, carets, `SyntaxError: ...`.
void avm_diag_format(const AvmDiag *d, const char *file, const char *source, size_t len, AvmBuf *out);

#endif
