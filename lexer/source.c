// Source bytes made ready for the scanner.
#include "lexer/source.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/charmap.h"
#include "base/utf8.h"

// ---- encoding -----------------------------------------------------------------------------------

typedef enum EncodingKind { UTF_8, LATIN_1, ASCII, CHARMAP, UNKNOWN } EncodingKind;

typedef struct Encoding {
    EncodingKind kind;
    const uint16_t *map; // of CHARMAP
} Encoding;

static const AvmSpan nowhere = {0, 0, 0, 0};

static bool is_name_char(char c) { return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.'; }

// Finds `coding: NAME` or `coding=NAME` in a comment line. *blank: the line is a comment or empty.
static bool find_cookie(const char *line, const char *end, char name[64], bool *blank) {
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\f')) line++;
    *blank = line == end || *line == '#';
    if (line == end || *line != '#') return false;
    for (const char *p = line; end - p > 7; p++) {
        if (memcmp(p, "coding", 6) || (p[6] != ':' && p[6] != '=')) continue;
        p += 7;
        while (p < end && (*p == ' ' || *p == '\t')) p++;
        size_t n = 0;
        while (p < end && is_name_char(*p) && n < 63) name[n++] = *p++;
        name[n] = 0;
        if (n) return true;
    }
    return false;
}

static bool is_family(const char *name, const char *family) {
    size_t n = strlen(family);
    return !strncmp(name, family, n) && (!name[n] || name[n] == '-');
}

static Encoding encoding_of(const char *cookie) {
    char name[64];
    size_t n = 0;
    for (; cookie[n]; n++) name[n] = cookie[n] == '_' ? '-' : (char)tolower((unsigned char)cookie[n]);
    name[n] = 0;
    Encoding charmap = {CHARMAP, avm_charmap_find(name)};
    if (charmap.map) return charmap;
    if (is_family(name, "utf-8") || !strcmp(name, "utf8") || !strcmp(name, "u8"))
        return (Encoding){.kind = UTF_8};
    if (is_family(name, "latin-1") || is_family(name, "iso-8859-1") || is_family(name, "iso-latin-1") ||
        !strcmp(name, "latin1") || !strcmp(name, "l1") || !strcmp(name, "iso8859-1"))
        return (Encoding){.kind = LATIN_1};
    if (!strcmp(name, "ascii") || !strcmp(name, "us-ascii")) return (Encoding){.kind = ASCII};
    return (Encoding){.kind = UNKNOWN};
}

// The cookie stands in the first line, or in the second when the first has no code.
static bool find_encoding(const char *src, size_t len, bool marked, Encoding *out, AvmDiag *diag) {
    const char *p = src, *limit = src + len;
    *out = (Encoding){.kind = UTF_8};
    for (int i = 0; i < 2 && p < limit; i++) {
        const char *end = p;
        while (end < limit && *end != '\n' && *end != '\r') end++;
        char name[64];
        bool blank;
        if (find_cookie(p, end, name, &blank)) {
            *out = encoding_of(name);
            if (out->kind == UNKNOWN)
                return avm_diag_set(diag, AVM_DIAG_DECODE, nowhere, "unknown encoding: %s", name);
            if (marked && out->kind != UTF_8)
                return avm_diag_set(diag, AVM_DIAG_DECODE, nowhere, "encoding problem: %s with BOM",
                                    out->kind == LATIN_1 ? "iso-8859-1" : name);
            return true;
        }
        if (!blank) return true;
        p = end < limit && *end == '\r' && end + 1 < limit && end[1] == '\n' ? end + 2 : end + 1;
    }
    return true;
}

// Says of the byte at `at` in a line what CPython's decoder would.
static bool fail_decoding(const char *line, size_t at, uint32_t number, AvmDiag *diag) {
    const unsigned char *p = (const unsigned char *)line + at;
    AvmSpan span = {number, (uint32_t)at, number, (uint32_t)at};
    size_t width = avm_utf8_width(p[0]), good = 1;
    bool starts = p[0] >= 0xC2 && p[0] <= 0xF4;
    unsigned least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (starts && p[1] >= least && p[1] <= most)
        for (good = 2; good < width && (p[good] & 0xC0) == 0x80;) good++;
    const char *reason = starts ? "invalid continuation byte" : "invalid start byte";
    if (good == 1)
        return avm_diag_set(diag, AVM_DIAG_DECODE, span,
                            "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
                            p[0], at, reason);
    return avm_diag_set(diag, AVM_DIAG_DECODE, span,
                        "(unicode error) 'utf-8' codec can't decode bytes in position %zu-%zu: %s", at,
                        at + good - 1, reason);
}

static bool check_text(const char *text, size_t len, AvmDiag *diag) {
    if (avm_ascii_check(text, len)) return true;
    size_t at = avm_utf8_check(text, len);
    if (at == len) return true;
    uint32_t number = 1;
    size_t start = 0;
    for (size_t i = 0; i < at; i++)
        if (text[i] == '\n') {
            number++;
            start = i + 1;
        }
    return fail_decoding(text + start, at - start, number, diag);
}

// ---- copying ------------------------------------------------------------------------------------

static size_t copy_lines(char *to, const char *src, size_t len) {
    if (!memchr(src, '\r', len)) {
        memmove(to, src, len);
        return len;
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (src[i] != '\r')
            to[n++] = src[i];
        else if (i + 1 == len || src[i + 1] != '\n')
            to[n++] = '\n';
    }
    return n;
}

// The text of bytes of which each is a character. false: *diag is set.
static bool copy_bytes(char *to, size_t *length, const char *src, size_t len, Encoding encoding,
                       AvmDiag *diag) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)src[i];
        uint32_t point = c < 0x80 || encoding.kind == LATIN_1 ? c : encoding.map ? encoding.map[c - 0x80] : 0;
        if (!point)
            return avm_diag_set(diag, AVM_DIAG_DECODE, nowhere,
                                "'%s' codec can't decode byte 0x%02x in position %zu: %s",
                                encoding.map ? "charmap" : "ascii", c, i,
                                encoding.map ? "character maps to <undefined>" : "ordinal not in range(128)");
        n += avm_utf8_encode(point, to + n);
    }
    *length = n;
    return true;
}

bool avm_source_prepare(AvmArena *arena, const char *src, size_t len, AvmLexSource *out, AvmDiag *diag) {
    bool marked = len >= 3 && !memcmp(src, "\xEF\xBB\xBF", 3);
    if (marked) {
        src += 3;
        len -= 3;
    }
    if (len >= UINT32_MAX / 2 - 2)
        return avm_diag_set(diag, AVM_DIAG_SYNTAX, nowhere, "source code is too large");
    const char *nul = len ? memchr(src, 0, len) : NULL;
    if (nul)
        return avm_diag_set(diag, AVM_DIAG_SYNTAX, nowhere, "source code string cannot contain null bytes");
    Encoding encoding;
    if (!find_encoding(src, len, marked, &encoding, diag)) return false;
    bool plain = encoding.kind == UTF_8;
    size_t room = plain ? len : 3 * len;
    char *text = avm_arena_alloc(arena, room + 2);
    if (!text) return avm_diag_set(diag, AVM_DIAG_MEMORY, nowhere, "out of memory");
    size_t n = 0;
    if (!plain && !copy_bytes(text, &n, src, len, encoding, diag)) return false;
    if (len) n = copy_lines(text, plain ? src : text, plain ? len : n);
    out->newline_added = n && text[n - 1] != '\n';
    if (out->newline_added) text[n++] = '\n';
    text[n] = 0;
    out->text = text;
    out->length = n;
    return check_text(text, n, diag);
}
