// Doubles to text and back: the spelling. The digits come from digits.c, and from glibc's printf and strtod,
// which are exact, where that gives none.
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/digits.h"

// The host may have set a locale with a decimal comma: printf and strtod follow it, we don't.
static char decimal_point(void) {
    const struct lconv *conv = localeconv();
    return conv && conv->decimal_point && conv->decimal_point[0] ? conv->decimal_point[0] : '.';
}

// --- repr

static size_t put_exponent(char *out, int exponent, char letter) {
    unsigned size = (unsigned)abs(exponent);
    out[0] = letter;
    out[1] = exponent < 0 ? '-' : '+';
    if (size < 10) out[2] = '0';
    return 2 + (size < 10) + (size_t)avm_decimal_put(out + 2 + (size < 10), size);
}

// n digits with the point after the first `point` of them (which may lie before or behind them all).
static size_t put_positional(char *out, const char *digits, int n, int point, bool point_zero) {
    if (point <= 0) {
        memset(out, '0', (size_t)(2 - point));
        out[1] = '.';
        memcpy(out + 2 - point, digits, (size_t)n);
        return (size_t)(2 - point + n);
    }
    if (n > point) {
        memcpy(out, digits, (size_t)point);
        out[point] = '.';
        memcpy(out + point + 1, digits + point, (size_t)(n - point));
        return (size_t)n + 1;
    }
    memcpy(out, digits, (size_t)n);
    memset(out + n, '0', (size_t)(point - n));
    if (!point_zero) return (size_t)point;
    memcpy(out + point, ".0", 2);
    return (size_t)point + 2;
}

static size_t put_shortest(double d, char *out, bool point_zero) {
    char digits[AVM_DECIMAL_MAX];
    int exponent, n = avm_decimal_put(digits, avm_digits_shortest(d, &exponent)), point = n + exponent;
    if (point <= 16 && point >= -3) return put_positional(out, digits, n, point, point_zero);
    size_t at = 0;
    out[at++] = digits[0];
    if (n > 1) {
        out[at++] = '.';
        memcpy(out + at, digits + 1, (size_t)n - 1);
        at += (size_t)n - 1;
    }
    return at + put_exponent(out + at, point - 1, 'e');
}

static size_t repr(double d, char *out, bool point_zero) {
    size_t n = 0;
    if (signbit(d) && d == d) out[n++] = '-';
    d = fabs(d);
    if (!isfinite(d)) {
        memcpy(out + n, d != d ? "nan" : "inf", 3);
        n += 3;
    } else if (d < 1e15 && d == (double)(int64_t)d) {
        n += (size_t)avm_decimal_put(out + n, (uint64_t)d);
        if (point_zero) {
            memcpy(out + n, ".0", 2);
            n += 2;
        }
    } else {
        n += put_shortest(d, out + n, point_zero);
    }
    out[n] = 0;
    return n;
}

size_t avm_double_repr(double d, char out[AVM_DOUBLE_REPR_MAX]) { return repr(d, out, true); }

// --- with a given number of digits

static bool format_special(AvmBuf *out, double d, char kind) {
    bool upper = kind == 'E' || kind == 'F' || kind == 'G';
    if (d != d)
        avm_buf_text(out, upper ? "NAN" : "nan");
    else
        avm_buf_text(out, d < 0 ? (upper ? "-INF" : "-inf") : (upper ? "INF" : "inf"));
    if (kind == '%') avm_buf_byte(out, '%');
    return !out->failed;
}

// glibc's %#g forgets zeros when rounding adds a digit before the point (999999.5 becomes "1.e+06").
static bool restore_zeros(AvmBuf *out, size_t start, int precision) {
    size_t end = start, digits = 0;
    for (; end < out->len && (out->data[end] | 32) != 'e'; end++) {
        char c = out->data[end];
        if ((c > '0' && c <= '9') || (c == '0' && digits)) digits++;
    }
    size_t wanted = precision > 0 ? (size_t)precision : 1, exponent = out->len - end;
    if (digits >= wanted) return true;
    size_t missing = wanted - digits;
    if (!avm_buf_reserve(out, missing)) return false;
    memmove(out->data + end + missing, out->data + end, exponent);
    memset(out->data + end, '0', missing);
    out->len += missing;
    return true;
}

size_t avm_double_fixed(double d, int places, char out[AVM_DOUBLE_FIXED_MAX]) {
    uint64_t whole, fraction;
    if (!avm_digits_fixed(fabs(d), places, &whole, &fraction)) return 0;
    size_t n = 0;
    if (signbit(d)) out[n++] = '-';
    n += (size_t)avm_decimal_put(out + n, whole);
    if (!places) return n;
    out[n] = '.';
    avm_decimal_fixed(out + n + 1, fraction, places);
    return n + 1 + (size_t)places;
}

// d >= 0 as n digits (1 .. 17) and the power of ten of the first of them.
static void round_digits(double d, int n, char digits[20], int *first) {
    uint64_t value = 0;
    int exponent = 1 - n;
    if (d == 0 || avm_digits_rounded(d, n, &value, &exponent)) {
        avm_decimal_fixed(digits, value, n);
        *first = exponent + n - 1;
        return;
    }
    char text[48];
    snprintf(text, sizeof text, "%.*e", n - 1, d);
    const char *e = strchr(text, 'e');
    digits[0] = text[0];
    memcpy(digits + 1, e - (n - 1), (size_t)n - 1);
    *first = atoi(e + 1);
}

// %e and %g with up to 17 digits.
static size_t put_rounded(double d, char kind, int precision, bool alternate, char out[48]) {
    char digits[20];
    bool general = (kind | 32) == 'g';
    int n = general ? (precision ? precision : 1) : precision + 1, first;
    round_digits(fabs(d), n, digits, &first);
    bool positional = general && first >= -4 && first < n;
    if (general && !alternate)
        while (n > 1 && digits[n - 1] == '0') n--;
    size_t at = 0;
    if (signbit(d)) out[at++] = '-';
    if (positional) {
        at += put_positional(out + at, digits, n, first + 1, false);
        if (alternate && n <= first + 1) out[at++] = '.';
        return at;
    }
    out[at++] = digits[0];
    if (n > 1 || alternate) out[at++] = '.';
    memcpy(out + at, digits + 1, (size_t)n - 1);
    at += (size_t)n - 1;
    return at + put_exponent(out + at, first, kind == 'e' || kind == 'g' ? 'e' : 'E');
}

// Any precision, at the cost of the C library's exact arithmetic.
static bool format_long(AvmBuf *out, double d, char kind, int precision, bool alternate) {
    char format[8] = "%#.*f";
    format[4] = kind;
    if (!alternate) memmove(format + 1, format + 2, 4);
    size_t start = out->len;
    if (!avm_buf_printf(out, format, precision, d)) return false;
    char point = decimal_point();
    for (size_t i = start; point != '.' && i < out->len; i++)
        if (out->data[i] == point) out->data[i] = '.';
    return !alternate || (kind != 'g' && kind != 'G') || d == 0 || restore_zeros(out, start, precision);
}

static bool format_finite(AvmBuf *out, double d, char kind, int precision, bool alternate) {
    char text[AVM_DOUBLE_FIXED_MAX];
    if (kind == 'r') return avm_buf_add(out, text, repr(d, text, alternate));
    if ((kind | 32) == 'f') {
        size_t n = avm_double_fixed(d, precision, text);
        if (!n) return format_long(out, d, kind, precision, alternate);
        return avm_buf_add(out, text, n) && (precision || !alternate || avm_buf_byte(out, '.'));
    }
    if (precision > ((kind | 32) == 'e' ? 16 : 17)) return format_long(out, d, kind, precision, alternate);
    return avm_buf_add(out, text, put_rounded(d, kind, precision, alternate, text));
}

bool avm_double_format(AvmBuf *out, double d, char kind, int precision, bool alternate) {
    if (kind == '%') d *= 100.0;
    if (!isfinite(d)) return format_special(out, d, kind);
    if (kind != '%') return format_finite(out, d, kind, precision, alternate);
    return format_finite(out, d, 'f', precision, alternate) && avm_buf_byte(out, '%');
}

// --- reading

// A decimal number in text: digits * 10^exponent, and whether more digits followed than digits holds.
typedef struct Number {
    uint64_t digits;
    int64_t exponent;
    bool negative, more;
    const char *dot; // where the point stands, or NULL
} Number;

// Digits from p on, as many as there are; the first 19 that count go into n->digits. Returns where they end.
static const char *scan_digits(const char *p, const char *end, Number *n) {
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        if (n->digits < avm_tens[18]) {
            n->digits = n->digits * 10 + (uint64_t)(*p - '0');
        } else {
            n->more |= *p != '0';
            n->exponent++;
        }
    }
    return p;
}

static const char *scan_exponent(const char *p, const char *end, Number *n) {
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) p++;
    if (p == end) return NULL;
    int64_t e = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if (e < 1000000) e = e * 10 + (*p - '0');
    n->exponent += negative ? -e : e;
    return p;
}

static bool scan_number(const char *p, const char *end, Number *n) {
    *n = (Number){0};
    n->negative = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) p++;
    const char *start = p;
    p = scan_digits(p, end, n);
    int64_t count = p - start;
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        n->dot = p;
        p = scan_digits(fraction, end, n);
        n->exponent -= p - fraction;
        count += p - fraction;
    }
    if (!count) return false;
    if (p < end && (*p | 32) == 'e') p = scan_exponent(p + 1, end, n);
    return p == end;
}

// The C library's exact reading, of a copy that has a NUL and the locale's point.
static bool read_long(const char *text, size_t n, const char *dot, double *out) {
    char small[64], *copy = n < sizeof small ? small : malloc(n + 1);
    if (!copy) return false;
    memcpy(copy, text, n);
    copy[n] = 0;
    if (dot) copy[dot - text] = decimal_point();
    *out = strtod(copy, NULL);
    if (copy != small) free(copy);
    return true;
}

bool avm_double_parse(const char *text, size_t n, double *out) {
    Number number;
    if (!scan_number(text, text + n, &number)) return false;
    double d = 0;
    if (number.digits && !avm_digits_read(number.digits, number.exponent, number.more, &d))
        return read_long(text, n, number.dot, out);
    *out = number.negative ? -d : d;
    return true;
}
