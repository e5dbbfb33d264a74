// Text to bytes.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/types/codec.h"

static bool is_surrogate(uint32_t c) { return c >= 0xD800 && c < 0xE000; }

static int charmap_byte(const AvmCodec *c, uint32_t x) {
    if (x < 0x80) return (int)x;
    for (int i = 0; i < 128; i++)
        if (c->map[i] == x) return 128 + i;
    return -1;
}

static bool can_encode(const AvmCodec *c, uint32_t x) {
    switch (c->encoding) {
    case AVM_ENC_ASCII: return x < 0x80;
    case AVM_ENC_LATIN1: return x < 0x100;
    case AVM_ENC_CHARMAP: return charmap_byte(c, x) >= 0;
    default: return !is_surrogate(x);
    }
}

static bool is_utf(const AvmCodec *c) {
    return c->encoding != AVM_ENC_ASCII && c->encoding != AVM_ENC_LATIN1 && c->encoding != AVM_ENC_CHARMAP;
}

static void put_unit(AvmBuf *b, uint32_t x, int size, bool big) {
    for (int i = 0; i < size; i++) avm_buf_byte(b, (char)(x >> 8 * (big ? size - 1 - i : i)));
}

// x as the encoding has it; surrogates go through as they are.
static void put(AvmCodec *c, uint32_t x) {
    bool big = c->encoding == AVM_ENC_UTF16_BE || c->encoding == AVM_ENC_UTF32_BE;
    switch (c->encoding) {
    case AVM_ENC_UTF8:
    case AVM_ENC_UTF8_SIG: avm_buf_utf8(&c->out, x); break;
    case AVM_ENC_ASCII:
    case AVM_ENC_LATIN1: avm_buf_byte(&c->out, (char)x); break;
    case AVM_ENC_CHARMAP: avm_buf_byte(&c->out, (char)charmap_byte(c, x)); break;
    case AVM_ENC_UTF16:
    case AVM_ENC_UTF16_LE:
    case AVM_ENC_UTF16_BE:
        if (x >= 0x10000) {
            put_unit(&c->out, 0xD800 | (x - 0x10000) >> 10, 2, big);
            x = 0xDC00 | (x & 0x3FF);
        }
        put_unit(&c->out, x, 2, big);
        break;
    default: put_unit(&c->out, x, 4, big);
    }
}

static void put_text(AvmCodec *c, const char *s) {
    while (*s) put(c, (unsigned char)*s++);
}

static const char *reason(const AvmCodec *c) {
    switch (c->encoding) {
    case AVM_ENC_ASCII: return "ordinal not in range(128)";
    case AVM_ENC_LATIN1: return "ordinal not in range(256)";
    case AVM_ENC_CHARMAP: return "character maps to <undefined>";
    default: return "surrogates not allowed";
    }
}

// What the handler makes of one character. false: it refuses.
static bool handle(AvmCodec *c, uint32_t x) {
    char text[16];
    switch (c->errors) {
    case AVM_ERRORS_IGNORE: return true;
    case AVM_ERRORS_REPLACE: put(c, '?'); return true;
    case AVM_ERRORS_BACKSLASH:
        snprintf(text, sizeof text, x < 0x100 ? "\\x%02x" : x < 0x10000 ? "\\u%04x" : "\\U%08x", x);
        put_text(c, text);
        return true;
    case AVM_ERRORS_XML:
        snprintf(text, sizeof text, "&#%u;", x);
        put_text(c, text);
        return true;
    case AVM_ERRORS_ESCAPE:
        // Only encodings with bytes for units can give a byte back.
        if (x < 0xDC80 || x > 0xDCFF ||
            (is_utf(c) && c->encoding != AVM_ENC_UTF8 && c->encoding != AVM_ENC_UTF8_SIG))
            return false;
        avm_buf_byte(&c->out, (char)(x - 0xDC00));
        return true;
    case AVM_ERRORS_PASS:
        if (!is_surrogate(x) || !is_utf(c)) return false;
        put(c, x);
        return true;
    default: return false;
    }
}

// The run of characters from byte i, character at, that can't be encoded.
static bool handle_run(AvmCodec *c, uint32_t *i, uint32_t *at) {
    const AvmStr *s = c->str;
    uint32_t end = *at, k = *i;
    size_t width;
    while (k < s->len && !can_encode(c, avm_utf8_decode(s->data + k, &width))) {
        k += (uint32_t)width;
        end++;
    }
    while (*at < end) {
        uint32_t x = avm_utf8_decode(s->data + *i, &width);
        if (!handle(c, x)) return avm_codec_fail(c, *at, end, reason(c));
        *i += (uint32_t)width;
        ++*at;
    }
    return true;
}

static bool has_surrogates(const AvmStr *s) {
    const char *p = s->data, *end = s->data + s->len;
    while ((p = memchr(p, 0xED, (size_t)(end - p)))) {
        if ((unsigned char)p[1] >= 0xA0) return true;
        p += 3;
    }
    return false;
}

static bool encode_chars(AvmCodec *c) {
    AvmStr *s = c->str;
    size_t width;
    for (uint32_t i = 0, at = 0; i < s->len;) {
        uint32_t x = avm_utf8_decode(s->data + i, &width);
        if (can_encode(c, x)) {
            put(c, x);
            i += (uint32_t)width;
            at++;
        } else if (!handle_run(c, &i, &at)) {
            return false;
        }
    }
    return true;
}

AvmBytes *avm_encode(AvmThread *t, AvmStr *s, const char *encoding, const char *errors) {
    if (avm_codec_is_utf8(encoding) && ((s->h.flags & AVM_STR_ASCII) || !has_surrogates(s)))
        return avm_bytes_new(t, s->data, s->len);
    AvmCodec c;
    if (!avm_codec_init(t, &c, encoding, errors)) return NULL;
    c.str = s;
    bool ascii = s->h.flags & AVM_STR_ASCII;
    bool bytewise = c.encoding == AVM_ENC_UTF8 || c.encoding == AVM_ENC_ASCII ||
                    c.encoding == AVM_ENC_LATIN1 || c.encoding == AVM_ENC_CHARMAP;
    if ((ascii && bytewise) || (c.encoding == AVM_ENC_UTF8 && !has_surrogates(s)))
        return avm_bytes_new(t, s->data, s->len);
    if (c.encoding == AVM_ENC_UTF16 || c.encoding == AVM_ENC_UTF32 || c.encoding == AVM_ENC_UTF8_SIG)
        put(&c, 0xFEFF);
    bool ok = encode_chars(&c);
    if (ok && c.out.failed) ok = avm_raise_memory(t);
    AvmBytes *b = ok ? avm_bytes_new(t, c.out.data ? c.out.data : "", c.out.len) : NULL;
    avm_buf_free(&c.out);
    return b;
}
