// The inside of string literals: escapes become characters or bytes.
#include "parser/build.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

typedef struct Decoder {
    AvmArena *arena;
    const char *p, *end;
    char *out;
    AvmStringForm form;
    size_t position; // as CPython's decoders count: it sees non-ASCII characters as \Uxxxxxxxx
    const char *odd; // the first escape that is none
    const char *error;
} Decoder;

static bool fail(Decoder *d, const char *format, size_t from, size_t to) {
    char message[160];
    snprintf(message, sizeof message, format, from, to);
    d->error = avm_arena_copy(d->arena, message, strlen(message));
    return false;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool put(Decoder *d, uint32_t c, size_t taken) {
    if (d->form.bytes)
        *d->out++ = (char)c;
    else
        d->out += avm_utf8_encode(c, d->out);
    d->p += taken;
    d->position += taken;
    return true;
}

// \xHH, \uHHHH, \UHHHHHHHH at d->p.
static bool put_hex(Decoder *d, size_t digits) {
    uint32_t value = 0;
    size_t n = 0;
    const char *p = d->p + 2;
    while (n < digits && p + n < d->end && hex_digit(p[n]) >= 0)
        value = value << 4 | (uint32_t)hex_digit(p[n++]);
    if (n == digits && value <= 0x10FFFF) return put(d, value, n + 2);
    if (d->form.bytes) return fail(d, "(value error) invalid \\x escape at position %zu", d->position, 0);
    const char *format =
        "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: illegal "
        "Unicode character";
    if (n < digits)
        format =
            digits == 2   ? "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: "
                            "truncated \\xXX escape"
            : digits == 4 ? "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: "
                            "truncated \\uXXXX escape"
                          : "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: "
                            "truncated \\UXXXXXXXX escape";
    return fail(d, format, d->position, d->position + 1 + n);
}

static bool put_octal(Decoder *d) {
    uint32_t value = 0;
    size_t n = 1;
    while (n < 4 && d->p + n < d->end && d->p[n] >= '0' && d->p[n] < '8')
        value = value << 3 | (uint32_t)(d->p[n++] - '0');
    if (value > 0xFF && !d->odd) d->odd = d->p + 1;
    return put(d, value, n);
}

// \N{...}: the names are not on board.
static bool refuse_name(Decoder *d) {
    const char *p = d->p + 2;
    if (p < d->end && *p == '{') {
        const char *start = ++p;
        while (p < d->end && *p != '}') p++;
        if (p > start && p < d->end) return fail(d, "aio does not know \\N{...} names", 0, 0);
    }
    return fail(d,
                "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: malformed \\N "
                "character escape",
                d->position, d->position + (size_t)(p - d->p) - 1);
}

static bool put_escape(Decoder *d) {
    char c = d->p + 1 < d->end ? d->p[1] : 0;
    switch (c) {
    case '\n':
        d->p += 2;
        d->position += 2;
        return true;
    case '\\':
    case '\'':
    case '"': return put(d, (unsigned char)c, 2);
    case 'a': return put(d, 7, 2);
    case 'b': return put(d, 8, 2);
    case 'f': return put(d, 12, 2);
    case 'n': return put(d, 10, 2);
    case 'r': return put(d, 13, 2);
    case 't': return put(d, 9, 2);
    case 'v': return put(d, 11, 2);
    case 'x': return put_hex(d, 2);
    case 'u':
        if (!d->form.bytes) return put_hex(d, 4);
        break;
    case 'U':
        if (!d->form.bytes) return put_hex(d, 8);
        break;
    case 'N':
        if (!d->form.bytes) return refuse_name(d);
        break;
    default:
        if (c >= '0' && c < '8') return put_octal(d);
        if ((unsigned char)c >= 0x80) { // CPython's decoder sees \u005c
            d->position += 5;
            return put(d, '\\', 1);
        }
    }
    if (!d->odd) d->odd = d->p + 1;
    return put(d, '\\', 1); // no escape: the backslash stays
}

// Everything but the backslashes, as far as it goes.
static void put_plain(Decoder *d) {
    const char *start = d->p;
    while (d->p < d->end && (*d->p != '\\' || d->form.raw)) {
        if (d->form.field && (*d->p == '{' || *d->p == '}') && d->p + 1 < d->end && d->p[1] == *d->p) {
            d->p++; // the first of two
            memcpy(d->out, start, (size_t)(d->p - start));
            d->out += d->p - start;
            start = ++d->p;
            d->position++;
            continue;
        }
        if ((unsigned char)*d->p < 0x80)
            d->position++;
        else if (((unsigned char)*d->p & 0xC0) == 0xC0)
            d->position += 10;
        d->p++;
    }
    memcpy(d->out, start, (size_t)(d->p - start));
    d->out += d->p - start;
}

bool avm_escape_decode(AvmArena *arena, const char *text, size_t length, AvmStringForm form, AvmLiteralText *out,
                       const char **odd, const char **error) {
    // No escape is shorter than what it stands for: at most \xHH becomes two bytes, \uHHHH three.
    char *room = avm_arena_alloc(arena, length + 1);
    *odd = *error = NULL;
    if (!room) return false;
    Decoder d = {.arena = arena, .p = text, .end = text + length, .out = room, .form = form};
    while (d.p < d.end) {
        if (*d.p != '\\' || form.raw)
            put_plain(&d);
        else if (!put_escape(&d)) {
            *error = d.error;
            return false;
        }
    }
    *d.out = 0;
    *odd = d.odd;
    *out = (AvmLiteralText){room, (size_t)(d.out - room)};
    return true;
}
