// The format mini-language: [[fill]align][sign][z][#][0][width][grouping][.precision][type] for str, int and
// float.
#include <stdlib.h>

#include "base/decimal.h"
#include "base/number.h"
#include "base/utf8.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"
#include "vm/types/unicode.h"

typedef struct Spec {
    uint32_t fill;
    char align;    // < > = ^
    char sign;     // + - space, or 0
    char grouping; // , or _ or 0
    uint8_t group; // digits in a group: 3, or 4 for _ in binary, octal and hexadecimal
    bool align_given, positive_zero, alternate;
    int64_t width, precision; // -1: not given
    uint32_t type;
} Spec;

// A number on its way out: sign, prefix, digits that may be grouped, and the rest (point, fraction,
// exponent).
typedef struct Parts {
    char sign; // 0: none
    const char *prefix;
    size_t nprefix;
    const char *digits;
    size_t ndigits;
    const char *rest;
    size_t nrest;
    size_t rest_count; // characters in rest
} Parts;

// --- reading the specification

typedef struct Reader {
    AvmThread *t;
    AvmStr *spec;
    uint32_t at;
} Reader;

// The character `ahead` places on, or 0 at the end (*width is 0 then).
static inline uint32_t peek(const Reader *r, uint32_t ahead, size_t *width) {
    uint32_t at = r->at;
    const AvmStr *s = r->spec;
    if (s->h.flags & AVM_STR_ASCII) {
        at += ahead;
        *width = at < s->len;
        return at < s->len ? (unsigned char)s->data[at] : 0;
    }
    while (ahead-- && at < s->len) at += (uint32_t)avm_utf8_width((unsigned char)s->data[at]);
    *width = 0;
    return at < s->len ? avm_utf8_decode(s->data + at, width) : 0;
}

static inline bool take(Reader *r, char c) {
    if (r->at >= r->spec->len || r->spec->data[r->at] != c) return false;
    r->at++;
    return true;
}

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

// Digits, if any; *out stays when there are none.
static bool number(Reader *r, int64_t *out) {
    int64_t n = -1;
    size_t width;
    for (;;) {
        uint32_t c = peek(r, 0, &width);
        int digit = c - '0' < 10 ? (int)(c - '0') : c < 128 ? -1 : avm_uni_decimal(c);
        if (!width || digit < 0) break;
        if (n > (INT64_MAX - digit) / 10)
            return avm_raise_value(r->t, "Too many decimal digits in format string");
        n = (n < 0 ? 0 : n * 10) + digit;
        r->at += (uint32_t)width;
    }
    if (n >= 0) *out = n;
    return true;
}

static void read_align(Reader *r, Spec *s, char default_align, bool *fill_given) {
    size_t width, second_width;
    uint32_t first = peek(r, 0, &width), second = peek(r, 1, &second_width);
    s->align = default_align;
    if (second_width && is_align(second)) {
        s->fill = first;
        s->align = (char)second;
        *fill_given = s->align_given = true;
        r->at += (uint32_t)(width + 1);
    } else if (width && is_align(first)) {
        s->align = (char)first;
        s->align_given = true;
        r->at++;
    }
}

static bool read_grouping(Reader *r, Spec *s) {
    if (take(r, ',')) s->grouping = ',';
    if (take(r, '_')) {
        if (s->grouping) return avm_raise_value(r->t, "Cannot specify both ',' and '_'.");
        s->grouping = '_';
    }
    if (s->grouping == '_' && r->at < r->spec->len && r->spec->data[r->at] == ',')
        return avm_raise_value(r->t, "Cannot specify both ',' and '_'.");
    s->group = 3;
    return true;
}

static bool check_grouping(AvmThread *t, Spec *s) {
    if (!s->grouping || (s->type && s->type < 128 && strchr("defgEG%F", (int)s->type)) || !s->type)
        return true;
    if (s->grouping == '_' && s->type < 128 && strchr("boxX", (int)s->type)) {
        s->group = 4;
        return true;
    }
    return avm_raise_value(t,
                           s->type > 32 && s->type < 128 ? "Cannot specify '%c' with '%c'."
                                                         : "Cannot specify '%c' with '\\x%x'.",
                           s->grouping, s->type);
}

static bool read_spec(AvmThread *t, AvmStr *text, Spec *s, uint32_t default_type, char default_align,
                      const char *type_name) {
    *s = (Spec){.fill = ' ', .width = -1, .precision = -1, .type = default_type};
    Reader r = {t, text, 0};
    bool fill_given = false;
    read_align(&r, s, default_align, &fill_given);
    if (take(&r, '+'))
        s->sign = '+';
    else if (take(&r, '-'))
        s->sign = '-';
    else if (take(&r, ' '))
        s->sign = ' ';
    s->positive_zero = take(&r, 'z');
    s->alternate = take(&r, '#');
    if (!fill_given && take(&r, '0')) {
        s->fill = '0';
        if (!s->align_given && default_align == '>') s->align = '=';
    }
    if (!number(&r, &s->width) || !read_grouping(&r, s)) return false;
    if (take(&r, '.')) {
        if (!number(&r, &s->precision)) return false;
        if (s->precision < 0) return avm_raise_value(t, "Format specifier missing precision");
    }
    size_t width, more;
    uint32_t type = peek(&r, 0, &width);
    peek(&r, 1, &more);
    if (more)
        return avm_raise_value(t, "Invalid format specifier '%S' for object of type '%s'", text, type_name);
    if (width) s->type = type;
    if (width && !type) s->type = 0x110000; // a NUL is given, which is not the same as nothing
    if (s->width > AVM_STR_MAX) return avm_raise_memory(t);
    return check_grouping(t, s);
}

static AvmValue unknown_type(AvmThread *t, uint32_t type, const char *type_name) {
    if (type == 0x110000) type = 0;
    return avm_raise_value(t,
                           type > 32 && type < 128 ? "Unknown format code '%c' for object of type '%s'"
                                                   : "Unknown format code '\\x%x' for object of type '%s'",
                           type, type_name);
}

// --- writing

static char *fill(char *p, uint32_t c, int64_t n) {
    if (c < 128) {
        memset(p, (int)c, (size_t)n);
        return p + n;
    }
    while (n-- > 0) p += avm_utf8_encode(c, p);
    return p;
}

static size_t fill_bytes(uint32_t c, int64_t n) {
    char bytes[4];
    return (size_t)n * (c < 128 ? 1 : avm_utf8_encode(c, bytes));
}

static char *put(char *p, const char *from, size_t n) {
    memcpy(p, from, n);
    return p + n;
}

// How many places n digits take with zeros before them to fill min_width, separators not counted; one never
// stands first.
static int64_t digit_places(const Spec *s, size_t n, int64_t min_width) {
    int64_t places = (int64_t)n;
    if (!n || places >= min_width) return places;
    if (!s->grouping) return min_width;
    int64_t group = s->group, enough = min_width / (group + 1) * group;
    if (places < enough) places = enough;
    while (places + (places - 1) / group < min_width) places++;
    return places;
}

static char *put_digits(char *p, const Spec *s, const char *digits, size_t n, int64_t places) {
    if (!s->grouping) {
        p = fill(p, '0', places - (int64_t)n);
        return put(p, digits, n);
    }
    for (int64_t left = places; left > 0; left--) {
        *p++ = left > (int64_t)n ? '0' : digits[(int64_t)n - left];
        if (left > 1 && (left - 1) % s->group == 0) *p++ = s->grouping;
    }
    return p;
}

static AvmValue put_number(AvmThread *t, const Spec *s, Parts *p) {
    if ((s->sign == '+' || s->sign == ' ') && p->sign != '-') p->sign = s->sign;
    int64_t others = (p->sign != 0) + (int64_t)p->nprefix + (int64_t)p->rest_count;
    bool zeros = s->fill == '0' && s->align == '=';
    int64_t places = digit_places(s, p->ndigits, zeros ? s->width - others : 0);
    int64_t digits = places && s->grouping ? places + (places - 1) / s->group : places;
    int64_t missing = s->width - others - digits;
    if (missing < 0) missing = 0;
    int64_t left = s->align == '>' ? missing : s->align == '^' ? missing / 2 : 0;
    size_t count = (size_t)(others + digits + missing);
    size_t bytes = (size_t)(others + digits) - p->rest_count + p->nrest + fill_bytes(s->fill, missing);
    char small[64];
    AvmStr *text = NULL;
    if (bytes > sizeof small && !(text = avm_str_new_room(t, bytes, count))) return AVM_FAIL;
    char *at = fill(text ? text->data : small, s->fill, left);
    if (p->sign) *at++ = p->sign;
    at = put(at, p->prefix, p->nprefix);
    if (s->align == '=') at = fill(at, s->fill, missing);
    at = put_digits(at, s, p->digits, p->ndigits, places);
    at = put(at, p->rest, p->nrest);
    if (s->align == '<' || s->align == '^') fill(at, s->fill, missing - left);
    return avm_value(text ? text : avm_str_new_counted(t, small, bytes, count));
}

// --- str

static const char *string_refuses(const Spec *s) {
    if (s->sign == ' ') return "Space not allowed in string format specifier";
    if (s->sign) return "Sign not allowed in string format specifier";
    if (s->positive_zero) return "Negative zero coercion (z) not allowed in string format specifier";
    if (s->alternate) return "Alternate form (#) not allowed in string format specifier";
    if (s->align == '=') return "'=' alignment not allowed in string format specifier";
    return NULL;
}

AvmValue avm_format_str(AvmThread *t, AvmStr *text, AvmStr *spec) {
    if (!spec->len) return avm_value(avm_str_exact(t, text));
    Spec s;
    const char *type_name = avm_type_name(t, avm_value(text));
    if (!read_spec(t, spec, &s, 's', '<', type_name)) return AVM_FAIL;
    if (s.type != 's') return unknown_type(t, s.type, type_name);
    const char *trouble = string_refuses(&s);
    if (trouble) return avm_raise_value(t, "%s", trouble);
    int64_t count = text->count;
    if (s.precision >= 0 && s.precision < count) count = s.precision;
    if (s.width <= count) return avm_value(avm_str_slice(t, text, 0, (uint32_t)count));
    int64_t missing = s.width - count, left = s.align == '>' ? missing : s.align == '^' ? missing / 2 : 0;
    size_t n = avm_str_offset(t, text, (uint32_t)count);
    AvmStr *r = avm_str_new_room(t, n + fill_bytes(s.fill, missing), (size_t)s.width);
    if (!r) return AVM_FAIL;
    fill(put(fill(r->data, s.fill, left), text->data, n), s.fill, missing - left);
    return avm_value(r);
}

// --- float

// repr's digits, or %g's with at least one digit after the point: what a missing type means.
static bool plain_float(AvmBuf *b, double d, const Spec *s) {
    if (s->precision < 0 || d != d || d - d != 0) {
        char text[AVM_DOUBLE_REPR_MAX];
        size_t n = avm_double_repr(d, text);
        const char *e = memchr(text, 'e', n);
        if (!e || !s->alternate || memchr(text, '.', n)) return avm_buf_add(b, text, n);
        avm_buf_add(b, text, (size_t)(e - text));
        avm_buf_byte(b, '.');
        return avm_buf_add(b, e, n - (size_t)(e - text));
    }
    int precision = s->precision ? (int)s->precision : 1;
    if (!avm_double_format(b, d, 'e', precision - 1, s->alternate)) return false;
    size_t e = b->len;
    while (b->data[e - 1] != 'e') e--;
    int exponent = atoi(avm_buf_str(b) + e);
    if (exponent < -4 || exponent >= precision - 1) {
        size_t end = e - 1; // of the mantissa, whose trailing zeros go
        if (!s->alternate && memchr(b->data, '.', end)) {
            while (b->data[end - 1] == '0') end--;
            if (b->data[end - 1] == '.') end--;
        }
        memmove(b->data + end, b->data + e - 1, b->len - (e - 1));
        b->len -= e - 1 - end;
        return true;
    }
    b->len = 0;
    if (!avm_double_format(b, d, 'f', precision - 1 - exponent, true)) return false;
    while (!s->alternate && b->data[b->len - 1] == '0' && b->data[b->len - 2] != '.') b->len--;
    return true;
}

static bool is_zero_text(const char *p, size_t n) {
    for (size_t i = 0; i < n && (p[i] | 32) != 'e'; i++)
        if (p[i] >= '1' && p[i] <= '9') return false;
    return n && p[0] >= '0' && p[0] <= '9';
}

// Puts the text of a number, as C writes it, into shape.
static AvmValue put_float_text(AvmThread *t, const Spec *s, const char *text, size_t n) {
    Parts p = {.prefix = ""};
    if (text[0] == '-') {
        text++;
        n--;
        p.sign = s->positive_zero && is_zero_text(text, n) ? 0 : '-';
    }
    p.digits = text;
    while (p.ndigits < n && text[p.ndigits] >= '0' && text[p.ndigits] <= '9') p.ndigits++;
    p.rest = text + p.ndigits;
    p.nrest = p.rest_count = n - p.ndigits;
    return put_number(t, s, &p);
}

static AvmValue format_double(AvmThread *t, double d, Spec *s) {
    if (s->precision > INT32_MAX) return avm_raise_value(t, "precision too big");
    int precision = s->precision < 0 ? 6 : (int)s->precision;
    if (s->type == 'f' && !s->alternate && d - d == 0) {
        char text[AVM_DOUBLE_FIXED_MAX];
        size_t n = avm_double_fixed(d, precision, text);
        if (n) return put_float_text(t, s, text, n);
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    bool ok = s->type
                  ? avm_double_format(&b, d, s->type == 'n' ? 'g' : (char)s->type, precision, s->alternate)
                  : plain_float(&b, d, s);
    AvmValue r = !ok || b.len > AVM_STR_MAX ? avm_raise_memory(t) : put_float_text(t, s, b.data, b.len);
    avm_buf_free(&b);
    return r;
}

// ".2f", which is what most specifications of floats are. 0: another one, or one that takes longer.
static size_t plain_places(double d, const AvmStr *spec, char text[AVM_DOUBLE_FIXED_MAX]) {
    const char *p = spec->data;
    if (spec->len != 3 || p[0] != '.' || p[1] < '0' || p[1] > '9' || p[2] != 'f' || d - d != 0) return 0;
    return avm_double_fixed(d, p[1] - '0', text);
}

static bool is_float_type(uint32_t type) { return type < 128 && type && strchr("eEfFgGn%", (int)type); }

AvmValue avm_format_float(AvmThread *t, double d, AvmStr *spec) {
    if (!spec->len) return avm_float_repr(t, d);
    char text[AVM_DOUBLE_FIXED_MAX];
    size_t n = plain_places(d, spec, text);
    if (n) return avm_value(avm_str_new_counted(t, text, n, n));
    Spec s;
    if (!read_spec(t, spec, &s, 0, '>', "float")) return AVM_FAIL;
    if (s.type && !is_float_type(s.type)) return unknown_type(t, s.type, "float");
    return format_double(t, d, &s);
}

// --- int

static const char *int_refuses(const Spec *s) {
    if (s->precision >= 0) return "Precision not allowed in integer format specifier";
    if (s->positive_zero) return "Negative zero coercion (z) not allowed in integer format specifier";
    if (s->type != 'c') return NULL;
    if (s->sign) return "Sign not allowed with integer format specifier 'c'";
    if (s->alternate) return "Alternate form (#) not allowed with integer format specifier 'c'";
    return NULL;
}

static AvmValue format_char(AvmThread *t, AvmValue v, Spec *s) {
    int64_t i;
    if (!avm_int_get(v, &i))
        return avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C long");
    if (i < 0 || i > 0x10FFFF)
        return avm_raise(t, AVM_EXC(t, OverflowError), "%%c arg not in range(0x110000)");
    char bytes[4];
    Parts p = {.prefix = "",
               .digits = "",
               .rest = bytes,
               .nrest = avm_utf8_encode((uint32_t)i, bytes),
               .rest_count = 1};
    return put_number(t, s, &p);
}

static AvmValue format_decimal(AvmThread *t, int64_t i, const Spec *s) {
    char text[AVM_DECIMAL_MAX];
    size_t n = (size_t)avm_decimal_put(text, i < 0 ? 0 - (uint64_t)i : (uint64_t)i);
    Parts p = {.sign = i < 0 ? '-' : 0, .prefix = "", .digits = text, .ndigits = n, .rest = ""};
    return put_number(t, s, &p);
}

static AvmValue format_digits(AvmThread *t, AvmValue v, Spec *s) {
    int base = s->type == 'b' ? 2 : s->type == 'o' ? 8 : s->type == 'x' || s->type == 'X' ? 16 : 10;
    int64_t i;
    if (base == 10 && avm_int_get(v, &i)) return format_decimal(t, i, s);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (!avm_int_to_text(t, v, base, &b)) {
        avm_buf_free(&b);
        return AVM_FAIL;
    }
    if (s->type == 'X')
        for (size_t i = 0; i < b.len; i++)
            if (b.data[i] >= 'a') b.data[i] = (char)(b.data[i] - 32);
    char prefix[2] = {'0', (char)s->type};
    bool negative = b.data[0] == '-';
    Parts p = {.sign = negative ? '-' : 0,
               .prefix = prefix,
               .nprefix = s->alternate && base != 10 ? 2 : 0,
               .digits = b.data + negative,
               .ndigits = b.len - negative,
               .rest = ""};
    AvmValue r = put_number(t, s, &p);
    avm_buf_free(&b);
    return r;
}

AvmValue avm_format_int(AvmThread *t, AvmValue v, AvmStr *spec) {
    if (!spec->len) return avm_is_inline_int(v) ? avm_int_repr(t, v) : avm_str(t, v);
    Spec s;
    const char *type_name = avm_type_name(t, v);
    if (!read_spec(t, spec, &s, 'd', '>', type_name)) return AVM_FAIL;
    if (s.type < 128 && strchr("bcdoxXn", (int)s.type)) {
        const char *trouble = int_refuses(&s);
        if (trouble) return avm_raise_value(t, "%s", trouble);
        return s.type == 'c' ? format_char(t, v, &s) : format_digits(t, v, &s);
    }
    if (!is_float_type(s.type)) return unknown_type(t, s.type, type_name);
    double d;
    if (!avm_int_to_double(t, v, &d)) return AVM_FAIL;
    return format_double(t, d, &s);
}
