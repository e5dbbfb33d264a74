// Widths of str, bytes and bytearray: center, ljust, rjust, zfill, expandtabs.
#include "base/utf8.h"
#include "vm/types/chars.h"

// left and right copies of the fill character round c.
static AvmValue pad(AvmThread *t, AvmChars c, int64_t left, int64_t right, const char *fill, size_t width) {
    if (left + right > (int64_t)(AVM_STR_MAX - c.n) / (int64_t)width) return avm_raise_memory(t);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_reserve(&b, c.n + (size_t)(left + right) * width);
    for (int side = 0; side < 2; side++) {
        int64_t n = side ? right : left;
        if (width == 1)
            avm_buf_fill(&b, fill[0], (size_t)n);
        else
            while (n-- && avm_buf_add(&b, fill, width)) {}
        if (!side) avm_buf_add(&b, c.p, c.n);
    }
    return avm_chars_from_buf(t, c, &b);
}

static bool fill_char(AvmThread *t, AvmChars c, AvmValue v, const char *method, const char **p,
                      size_t *width) {
    *p = " ";
    *width = 1;
    if (!v) return true;
    if (c.kind == AVM_CHARS_STR) {
        AvmStr *s = avm_as_str(t, v);
        if (!s) return avm_raise_type(t, "The fill character must be a unicode character, not %T", v);
        if (s->count != 1) return avm_raise_type(t, "The fill character must be exactly one character long");
        *p = s->data;
        *width = s->len;
        return true;
    }
    size_t n = 0;
    if (!avm_as_bytes(t, v) && !avm_as_bytearray(t, v))
        return avm_raise_type(t, "%s() argument 2 must be a byte string of length 1, not %s", method, avm_arg_kind(t, v));
    avm_bytes_like(t, v, p, &n);
    if (n != 1) return avm_raise_type(t, "%s() argument 2 must be a byte string of length 1, not %s", method, avm_arg_kind(t, v));
    return true;
}

static AvmValue justify(AvmThread *t, AvmValue *args, const char *method, int where) {
    int64_t width;
    const char *fill;
    size_t fill_width;
    if (!avm_index_exact(t, args[1], &width, NULL)) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    if (!fill_char(t, c, args[2], method, &fill, &fill_width)) return AVM_FAIL;
    int64_t missing = width - (int64_t)avm_chars_count(c);
    if (missing <= 0) return avm_chars_same(t, c);
    int64_t left = where < 0 ? 0 : where > 0 ? missing : missing / 2 + (missing & width & 1);
    return pad(t, c, left, missing - left, fill, fill_width);
}

AvmValue avm_chars_center(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return justify(t, args, "center", 0);
}
AvmValue avm_chars_ljust(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return justify(t, args, "ljust", -1);
}
AvmValue avm_chars_rjust(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return justify(t, args, "rjust", 1);
}

AvmValue avm_chars_zfill(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t width;
    if (!avm_index_exact(t, args[1], &width, NULL)) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    int64_t missing = width - (int64_t)avm_chars_count(c);
    if (missing <= 0) return avm_chars_same(t, c);
    if (missing > (int64_t)(AVM_STR_MAX - c.n)) return avm_raise_memory(t);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    size_t sign = c.n && (c.p[0] == '+' || c.p[0] == '-');
    avm_buf_add(&b, c.p, sign);
    avm_buf_fill(&b, '0', (size_t)missing);
    avm_buf_add(&b, c.p + sign, c.n - sign);
    return avm_chars_from_buf(t, c, &b);
}

AvmValue avm_chars_expandtabs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t size;
    if (!avm_arg_int(t, args[1], 8, &size)) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    int64_t column = 0;
    size_t width;
    for (size_t i = 0; i < c.n && b.len <= AVM_STR_MAX; i += width) {
        width = c.kind == AVM_CHARS_STR ? avm_utf8_width((unsigned char)c.p[i]) : 1;
        if (c.p[i] == '\t') {
            if (size > 0) {
                int64_t spaces = size - column % size;
                column += spaces;
                avm_buf_fill(&b, ' ', (size_t)spaces);
            }
            continue;
        }
        column = c.p[i] == '\n' || c.p[i] == '\r' ? 0 : column + 1;
        avm_buf_add(&b, c.p + i, width);
    }
    if (b.len > AVM_STR_MAX) {
        avm_buf_free(&b);
        return avm_raise(t, AVM_EXC(t, OverflowError), "new string is too long");
    }
    return avm_chars_from_buf(t, c, &b);
}
