// Bytes to text.
#include "base/utf8.h"
#include "vm/types/codec.h"

static bool is_surrogate(uint32_t c) { return c >= 0xD800 && c < 0xE000; }

// What the handler makes of bytes start .. end; decoding goes on at *next (end, unless the handler says
// otherwise).
static bool handle(AvmCodec *c, size_t start, size_t end, size_t *next, const char *reason) {
    *next = end;
    switch (c->errors) {
    case AVM_ERRORS_IGNORE: return true;
    case AVM_ERRORS_REPLACE: avm_buf_utf8(&c->out, 0xFFFD); return true;
    case AVM_ERRORS_BACKSLASH:
        for (size_t i = start; i < end; i++) avm_buf_printf(&c->out, "\\x%02x", (unsigned char)c->p[i]);
        return true;
    case AVM_ERRORS_ESCAPE: {
        size_t i = start;
        for (; i < end && (unsigned char)c->p[i] >= 0x80; i++)
            avm_buf_utf8(&c->out, 0xDC00 + (unsigned char)c->p[i]);
        *next = i;
        return i > start || avm_codec_fail(c, start, end, reason);
    }
    case AVM_ERRORS_PASS: {
        const unsigned char *u = (const unsigned char *)c->p + start;
        if ((c->encoding == AVM_ENC_UTF8 || c->encoding == AVM_ENC_UTF8_SIG) && c->n - start >= 3 &&
            u[0] == 0xED && u[1] >= 0xA0 && u[1] < 0xC0 && (u[2] & 0xC0) == 0x80) {
            avm_buf_add(&c->out, u, 3);
            *next = start + 3;
            return true;
        }
        return avm_codec_fail(c, start, end, reason);
    }
    default: return avm_codec_fail(c, start, end, reason);
    }
}

// How many of the bytes at i begin a well-formed sequence that then breaks, and why.
static size_t broken_utf8(const AvmCodec *c, size_t i, const char **reason) {
    const unsigned char *u = (const unsigned char *)c->p + i;
    size_t left = c->n - i, width = avm_utf8_width(u[0]);
    *reason = "invalid start byte";
    if (u[0] < 0xC2 || u[0] > 0xF4) return 1;
    // The second byte's range is narrower after some leads: no overlong forms, surrogates or codes too high.
    unsigned low = u[0] == 0xE0 ? 0xA0 : u[0] == 0xF0 ? 0x90 : 0x80;
    unsigned high = u[0] == 0xED ? 0x9F : u[0] == 0xF4 ? 0x8F : 0xBF;
    *reason = "invalid continuation byte";
    for (size_t k = 1; k < width; k++) {
        if (k >= left) {
            *reason = "unexpected end of data";
            return k;
        }
        if (k == 1 ? u[k] < low || u[k] > high : (u[k] & 0xC0) != 0x80) return k;
    }
    return width;
}

static bool decode_utf8(AvmCodec *c, size_t i) {
    while (i < c->n) {
        size_t good = avm_utf8_check(c->p + i, c->n - i);
        avm_buf_add(&c->out, c->p + i, good);
        i += good;
        if (i >= c->n) break;
        const char *reason;
        size_t bad = broken_utf8(c, i, &reason);
        if (!handle(c, i, i + bad, &i, reason)) return false;
    }
    return true;
}

static bool decode_bytes(AvmCodec *c) {
    for (size_t i = 0; i < c->n;) {
        unsigned char byte = (unsigned char)c->p[i];
        uint32_t x = byte;
        bool ok = byte < 0x80 || c->encoding == AVM_ENC_LATIN1;
        if (!ok && c->encoding == AVM_ENC_CHARMAP) {
            x = c->map[byte - 128];
            ok = x != 0;
        }
        if (ok) {
            avm_buf_utf8(&c->out, x);
            i++;
        } else if (!handle(c, i, i + 1, &i,
                           c->map ? "character maps to <undefined>" : "ordinal not in range(128)")) {
            return false;
        }
    }
    return true;
}

static uint32_t unit(const AvmCodec *c, size_t i, int size, bool big) {
    uint32_t x = 0;
    for (int k = 0; k < size; k++)
        x |= (uint32_t)(unsigned char)c->p[i + (size_t)k] << 8 * (big ? size - 1 - k : k);
    return x;
}

// One character of UTF-16 at i: its size in bytes, or the size of what is wrong with a reason.
static size_t utf16_char(const AvmCodec *c, size_t i, bool big, uint32_t *x, const char **reason) {
    size_t left = c->n - i;
    *reason = "truncated data";
    if (left < 2) return left;
    *reason = NULL;
    *x = unit(c, i, 2, big);
    if (!is_surrogate(*x)) return 2;
    if (c->errors == AVM_ERRORS_PASS && (*x >= 0xDC00 || left < 4)) return 2;
    if (*x >= 0xDC00)
        *reason = "illegal encoding";
    else if (left < 4)
        *reason = "unexpected end of data";
    if (*reason) return *x < 0xDC00 ? left : 2;
    uint32_t low = unit(c, i + 2, 2, big);
    if (low >= 0xDC00 && low < 0xE000) {
        *x = 0x10000 + ((*x & 0x3FF) << 10 | (low & 0x3FF));
        return 4;
    }
    if (c->errors != AVM_ERRORS_PASS) *reason = "illegal UTF-16 surrogate";
    return 2;
}

static size_t utf32_char(const AvmCodec *c, size_t i, bool big, uint32_t *x, const char **reason) {
    *reason = "truncated data";
    if (c->n - i < 4) return c->n - i;
    *x = unit(c, i, 4, big);
    *reason = NULL;
    if (*x > 0x10FFFF)
        *reason = "code point not in range(0x110000)";
    else if (is_surrogate(*x) && c->errors != AVM_ERRORS_PASS)
        *reason = "code point in surrogate code point range(0xd800, 0xe000)";
    return 4;
}

static bool decode_units(AvmCodec *c, bool wide) {
    size_t i = 0, size = wide ? 4 : 2;
    bool big = c->encoding == AVM_ENC_UTF16_BE || c->encoding == AVM_ENC_UTF32_BE;
    if ((c->encoding == AVM_ENC_UTF16 || c->encoding == AVM_ENC_UTF32) && c->n >= size) {
        uint32_t mark = unit(c, 0, (int)size, false);
        big = mark == (wide ? 0xFFFE0000 : 0xFFFE);
        if (big || mark == 0xFEFF) i = size;
    }
    c->name = wide ? (big ? "utf-32-be" : "utf-32-le") : big ? "utf-16-be" : "utf-16-le";
    while (i < c->n) {
        uint32_t x = 0;
        const char *reason;
        size_t n = wide ? utf32_char(c, i, big, &x, &reason) : utf16_char(c, i, big, &x, &reason);
        if (reason) {
            if (!handle(c, i, i + n, &i, reason)) return false;
        } else {
            avm_buf_utf8(&c->out, x);
            i += n;
        }
    }
    return true;
}

static bool decode(AvmCodec *c) {
    switch (c->encoding) {
    case AVM_ENC_UTF8: return decode_utf8(c, 0);
    case AVM_ENC_UTF8_SIG: return decode_utf8(c, c->n >= 3 && memcmp(c->p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
    case AVM_ENC_UTF16:
    case AVM_ENC_UTF16_LE:
    case AVM_ENC_UTF16_BE: return decode_units(c, false);
    case AVM_ENC_UTF32:
    case AVM_ENC_UTF32_LE:
    case AVM_ENC_UTF32_BE: return decode_units(c, true);
    default: return decode_bytes(c);
    }
}

AvmStr *avm_decode(AvmThread *t, const char *p, size_t n, const char *encoding, const char *errors) {
    if (avm_codec_is_utf8(encoding) && avm_utf8_check(p, n) == n) return avm_str_new(t, p, n);
    AvmCodec c;
    if (!avm_codec_init(t, &c, encoding, errors)) return NULL;
    c.p = p;
    c.n = n;
    if (c.encoding == AVM_ENC_UTF8 && avm_utf8_check(p, n) == n) return avm_str_new(t, p, n);
    if (decode(&c)) return avm_str_from_buf(t, &c.out);
    avm_buf_free(&c.out);
    return NULL;
}
