// A growable byte buffer.
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/copy.h"
#include "base/utf8.h"

void avm_buf_init(AvmBuf *b, AvmAlloc *alloc) { *b = (AvmBuf){.alloc = alloc}; }

void avm_buf_free(AvmBuf *b) {
    avm_release(b->alloc, b->data, b->cap);
    *b = (AvmBuf){.alloc = b->alloc};
}

bool avm_buf_reserve(AvmBuf *b, size_t more) {
    if (b->cap - b->len >= more) return true;
    size_t want = b->cap + b->cap / 2;
    if (want < b->len + more) want = b->len + more;
    if (want < 64) want = 64;
    char *p = avm_realloc(b->alloc, b->data, b->cap, want);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->data = p;
    b->cap = want;
    return true;
}

bool avm_buf_add(AvmBuf *b, const void *p, size_t n) {
    if (b->cap - b->len < n && !avm_buf_reserve(b, n)) return false;
    if (n) avm_copy(b->data + b->len, p, n);
    b->len += n;
    return true;
}

bool avm_buf_text(AvmBuf *b, const char *s) { return avm_buf_add(b, s, strlen(s)); }

bool avm_buf_fill(AvmBuf *b, char c, size_t n) {
    if (!avm_buf_reserve(b, n)) return false;
    if (n) memset(b->data + b->len, c, n);
    b->len += n;
    return true;
}

bool avm_buf_utf8(AvmBuf *b, uint32_t codepoint) {
    char bytes[4];
    size_t n = avm_utf8_encode(codepoint, bytes);
    if (n > sizeof bytes) __builtin_unreachable();
    return avm_buf_add(b, bytes, n);
}

// Most texts are short: room for one is made first, and only a longer one is formatted twice.
bool avm_buf_vprintf(AvmBuf *b, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    bool ok = avm_buf_reserve(b, 48);
    size_t room = b->cap - b->len;
    int n = ok ? vsnprintf(b->data + b->len, room, format, args) : -1;
    ok = n >= 0;
    if (ok && (size_t)n >= room) {
        ok = avm_buf_reserve(b, (size_t)n + 1);
        if (ok) vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
    }
    if (ok) b->len += (size_t)n;
    va_end(again);
    return ok;
}

bool avm_buf_printf(AvmBuf *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool ok = avm_buf_vprintf(b, format, args);
    va_end(args);
    return ok;
}

const char *avm_buf_str(AvmBuf *b) {
    if (!avm_buf_reserve(b, 1)) return "";
    b->data[b->len] = 0;
    return b->data;
}
