// Doubles to text and back. glibc's printf and strtod are exact; what is added is the choice of the number of
// digits.
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The host may have set a locale with a decimal comma: printf and strtod follow it, we don't.
static char decimal_point(void) {
    const struct lconv *conv = localeconv();
    return conv && conv->decimal_point && conv->decimal_point[0] ? conv->decimal_point[0] : '.';
}

// Reads n digits with the point before them.
static double read_digits(const char *digits, int n, int point) {
    char text[48];
    snprintf(text, sizeof text, "%.*se%d", n, digits, point - n);
    return strtod(text, NULL);
}

// The n digits nearest to d > 0.
static void nearest_digits(double d, int n, char digits[20], int *point) {
    char text[48];
    snprintf(text, sizeof text, "%.*e", n - 1, d);
    const char *e = strchr(text, 'e');
    digits[0] = text[0];
    memcpy(digits + 1, e - (n - 1), (size_t)n - 1);
    *point = atoi(e + 1) + 1;
}

// Adds `by` (1 or -1) to the last digit; false when that would change the number of digits.
static bool step_last(const char *digits, int n, int by, char *out) {
    memcpy(out, digits, (size_t)n);
    for (int i = n - 1; i >= 0; i--) {
        if (by > 0 ? out[i] < '9' : out[i] > '0') {
            out[i] = (char)(out[i] + by);
            return out[0] != '0';
        }
        out[i] = by > 0 ? '0' : '9';
    }
    return false;
}

// Below a power of two doubles lie twice as dense as above it, so the nearest n digits may read back as
// another double while their neighbour reads back as d.
static bool try_digits(double d, int n, char digits[20], int *point) {
    nearest_digits(d, n, digits, point);
    if (read_digits(digits, n, *point) == d) return true;
    int exponent;
    if (frexp(d, &exponent) != 0.5) return false;
    char other[20];
    for (int by = 1; by >= -1; by -= 2) {
        if (step_last(digits, n, by, other) && read_digits(other, n, *point) == d) {
            memcpy(digits, other, (size_t)n);
            return true;
        }
    }
    return false;
}

int avm_double_shortest(double d, char digits[20], int *point) {
    d = fabs(d);
    // A normal double has at most one decimal of up to 15 digits, so that one without its zeros is the
    // shortest.
    int n = d < 2.2250738585072014e-308 ? 1 : 15;
    while (n < 17 && !try_digits(d, n, digits, point)) n++;
    if (n == 17) nearest_digits(d, 17, digits, point);
    while (n > 1 && digits[n - 1] == '0') n--;
    return n;
}

static size_t small_integer(double d, char *out) {
    char text[24];
    size_t n = 0, at = 0;
    bool negative = signbit(d);
    uint64_t i = (uint64_t)(negative ? -d : d);
    do text[n++] = (char)('0' + i % 10);
    while (i /= 10);
    if (negative) out[at++] = '-';
    while (n) out[at++] = text[--n];
    return at;
}

static size_t put_digits(double d, char *out, bool point_zero) {
    char digits[20];
    int point, n = avm_double_shortest(d, digits, &point);
    size_t at = 0;
    if (d < 0) out[at++] = '-';
    if (point > 16 || point < -3) {
        out[at++] = digits[0];
        if (n > 1) {
            out[at++] = '.';
            memcpy(out + at, digits + 1, (size_t)n - 1);
            at += (size_t)n - 1;
        }
        return at + (size_t)sprintf(out + at, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
    }
    if (point <= 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = point; i < 0; i++) out[at++] = '0';
    }
    for (int i = 0; i < n || i < point; i++) {
        if (i == point && point > 0) out[at++] = '.';
        out[at++] = i < n ? digits[i] : '0';
    }
    if (n <= point && point_zero) {
        out[at++] = '.';
        out[at++] = '0';
    }
    return at;
}

static size_t repr(double d, char *out, bool point_zero) {
    size_t n;
    if (d != d) {
        n = (size_t)sprintf(out, "nan");
    } else if (isinf(d)) {
        n = (size_t)sprintf(out, d < 0 ? "-inf" : "inf");
    } else if (fabs(d) < 1e15 && d == trunc(d)) {
        n = small_integer(d, out);
        if (point_zero) {
            out[n++] = '.';
            out[n++] = '0';
        }
    } else {
        n = put_digits(d, out, point_zero);
    }
    out[n] = 0;
    return n;
}

size_t avm_double_repr(double d, char out[AVM_DOUBLE_REPR_MAX]) { return repr(d, out, true); }

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

bool avm_double_format(AvmBuf *out, double d, char kind, int precision, bool alternate) {
    if (kind == '%') d *= 100.0;
    if (!isfinite(d)) return format_special(out, d, kind);
    if (kind == 'r') {
        char text[AVM_DOUBLE_REPR_MAX];
        return avm_buf_add(out, text, repr(d, text, alternate));
    }
    char format[8] = "%#.*f";
    format[4] = kind == '%' ? 'f' : kind;
    if (!alternate) memmove(format + 1, format + 2, 4);
    size_t start = out->len;
    if (!avm_buf_printf(out, format, precision, d)) return false;
    char point = decimal_point();
    for (size_t i = start; point != '.' && i < out->len; i++)
        if (out->data[i] == point) out->data[i] = '.';
    if (alternate && (kind == 'g' || kind == 'G') && d != 0 && !restore_zeros(out, start, precision)) return false;
    return kind == '%' ? avm_buf_byte(out, '%') : true;
}

// Is text a decimal number? *dot: where its point is, or NULL.
static bool check_number(const char *p, const char *end, const char **dot) {
    size_t digits = 0;
    *dot = NULL;
    if (p < end && (*p == '+' || *p == '-')) p++;
    for (; p < end && (*p == '.' ? !*dot : *p >= '0' && *p <= '9'); p++) {
        if (*p == '.')
            *dot = p;
        else
            digits++;
    }
    if (!digits) return false;
    if (p < end && (*p | 32) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (p == end) return false;
        while (p < end && *p >= '0' && *p <= '9') p++;
    }
    return p == end && (p[-1] | 32) != 'e';
}

bool avm_double_parse(const char *text, size_t n, double *out) {
    const char *dot;
    if (!check_number(text, text + n, &dot)) return false;
    char point = decimal_point();
    if (!dot || point == '.') {
        *out = strtod(text, NULL);
        return true;
    }
    // The text is the caller's; a copy takes the locale's point.
    char *copy = malloc(n + 1);
    if (!copy) return false;
    memcpy(copy, text, n + 1);
    copy[dot - text] = point;
    *out = strtod(copy, NULL);
    free(copy);
    return true;
}
