// A growable byte buffer; also the way text is put together everywhere.
#ifndef AVM_BASE_BUF_H
#define AVM_BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "base/alloc.h"

typedef struct AvmBuf {
    AvmAlloc *alloc;
    char *data; // not NUL-terminated; see avm_buf_str
    size_t len, cap;
    bool failed; // sticky: an append found no memory; data is what came before
} AvmBuf;

void avm_buf_init(AvmBuf *b, AvmAlloc *alloc);
void avm_buf_free(AvmBuf *b);
bool avm_buf_reserve(AvmBuf *b, size_t more);
// All appends return false when memory runs out (also kept in b->failed, so a run of appends is checked once).
bool avm_buf_add(AvmBuf *b, const void *p, size_t n);
static inline bool avm_buf_byte(AvmBuf *b, char c) {
    if (b->len == b->cap && !avm_buf_reserve(b, 1)) return false;
    b->data[b->len++] = c;
    return true;
}
bool avm_buf_text(AvmBuf *b, const char *s);
bool avm_buf_fill(AvmBuf *b, char c, size_t n);
bool avm_buf_utf8(AvmBuf *b, uint32_t codepoint); // surrogates are encoded too (generalised UTF-8)
bool avm_buf_printf(AvmBuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool avm_buf_vprintf(AvmBuf *b, const char *format, va_list args);
// data with a NUL after it (not counted); "" when out of memory.
const char *avm_buf_str(AvmBuf *b);

#endif
