// Generalised UTF-8.
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t avm_utf8_encode(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t avm_utf8_width(unsigned char first) {
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

uint32_t avm_utf8_decode(const char *s, size_t *n) {
    const unsigned char *u = (const unsigned char *)s;
    *n = avm_utf8_width(u[0]);
    switch (*n) {
    case 1: return u[0];
    case 2: return (uint32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
    case 3: return (uint32_t)(u[0] & 0x0F) << 12 | (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
    default:
        return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3F) << 12 | (uint32_t)(u[2] & 0x3F) << 6 |
               (u[3] & 0x3F);
    }
}

size_t avm_utf8_count(const char *s, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) n += ((unsigned char)s[i] & 0xC0) != 0x80;
    return n;
}

size_t avm_utf8_check(const char *s, size_t len) {
    size_t i = 0;
    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        size_t w = avm_utf8_width(c);
        if (w == 1 || c > 0xF4 || len - i < w) return i;
        for (size_t k = 1; k < w; k++)
            if (((unsigned char)s[i + k] & 0xC0) != 0x80) return i;
        size_t n;
        uint32_t p = avm_utf8_decode(s + i, &n);
        uint32_t least = w == 2 ? 0x80 : w == 3 ? 0x800 : 0x10000;
        if (p < least || p > 0x10FFFF || (p >= 0xD800 && p < 0xE000)) return i;
        i += w;
    }
    return len;
}

bool avm_ascii_check(const char *s, size_t len) {
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t w;
        memcpy(&w, s + i, 8);
        if (w & 0x8080808080808080ull) return false;
    }
    if (len - i >= 4) {
        uint32_t w;
        memcpy(&w, s + i, 4);
        if (w & 0x80808080u) return false;
        i += 4;
    }
    unsigned char bits = 0;
    for (; i < len; i++) bits |= (unsigned char)s[i];
    return bits < 0x80;
}

bool avm_utf8_is_printable(uint32_t c) {
    if (c < 0x80) return c >= ' ' && c < 0x7F;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS: return false;
    default: return true;
    }
}
