// What float arithmetic means beyond C's: floor division, powers, rounding, hash, reading text. The type is
// float.c's.
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fmod.h"
#include "base/number.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/libm.h"
#include "vm/types/intbig.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"

double avm_float_floordiv(double a, double b, double *mod) {
    double rest = avm_fmod(a, b), quotient = (a - rest) / b;
    if (rest) {
        if ((b < 0) != (rest < 0)) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = copysign(0.0, b);
    }
    double whole;
    if (quotient) {
        // The difference above is off by less than one half.
        whole = floor(quotient);
        if (quotient - whole > 0.5) whole += 1.0;
    } else {
        whole = copysign(0.0, a / b);
    }
    *mod = rest;
    return whole;
}

double avm_float_mod(double a, double b) {
    double rest = avm_fmod(a, b);
    if (!rest) return copysign(0.0, b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
}

AvmValue avm_float_pow(AvmThread *t, double a, double b) {
    if (a == 0 && b < 0)
        return avm_raise(t, AVM_EXC(t, ZeroDivisionError), "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return avm_raise_value(t,
                               "negative number to a fractional power: aio does not support complex numbers");
    const AvmLibm *m = avm_libm(t);
    if (!m) return AVM_FAIL;
    double r = m->pow(a, b);
    if (!isinf(r) || isinf(a) || isinf(b)) return avm_float_value(r);
    AvmStr *text = avm_str_text(t, "Numerical result out of range");
    if (!text) return AVM_FAIL;
    AvmValue args[2] = {avm_inline_int_value(34), avm_value(text)};
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, OverflowError), args, 2);
    avm_drop(t, text);
    if (exc == AVM_FAIL) return AVM_FAIL;
    avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
    return AVM_FAIL;
}

int64_t avm_float_hash(double d) {
    const uint64_t modulus = (1ull << 61) - 1;
    if (d != d) return 0;
    if (isinf(d)) return d > 0 ? 314159 : -314159;
    int exponent;
    double part = frexp(fabs(d), &exponent);
    uint64_t h = 0;
    // 28 bits at a time, modulo 2^61 - 1.
    while (part) {
        h = (h << 28 & modulus) | h >> 33;
        part *= 268435456.0;
        exponent -= 28;
        uint64_t bits = (uint64_t)part;
        part -= (double)bits;
        h += bits;
        if (h >= modulus) h -= modulus;
    }
    exponent = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
    h = (h << exponent & modulus) | h >> (61 - exponent);
    int64_t result = d < 0 ? -(int64_t)h : (int64_t)h;
    return result == -1 ? -2 : result;
}

AvmValue avm_float_repr(AvmThread *t, double d) {
    char text[AVM_DOUBLE_REPR_MAX];
    size_t n = avm_double_repr(d, text);
    return avm_value(avm_str_new_counted(t, text, n, n));
}

// d rounded to tens, hundreds ...: all its digits, cut by hand.
static double round_to_tens(double d, int zeros) {
    char digits[400], out[420];
    double whole;
    double fraction = modf(fabs(d), &whole);
    int length = snprintf(digits, sizeof digits, "%.0f", whole), keep = length - zeros;
    if (keep < 0) return 0.0 * d;
    bool more = fraction != 0;
    for (int i = keep + 1; i < length; i++) more |= digits[i] != '0';
    bool odd = keep > 0 && ((digits[keep - 1] - '0') & 1);
    bool up = digits[keep] > '5' || (digits[keep] == '5' && (more || odd));
    out[0] = '0';
    memcpy(out + 1, digits, (size_t)keep);
    for (int i = keep; up; i--) {
        if (out[i] < '9') {
            out[i]++;
            break;
        }
        out[i] = '0';
    }
    snprintf(out + 1 + keep, sizeof out - 1 - (size_t)keep, "e%d", zeros);
    return copysign(strtod(out, NULL), d);
}

bool avm_float_round(AvmThread *t, double d, int64_t ndigits, double *out) {
    if (!isfinite(d) || d == 0 || ndigits > 323) {
        *out = d;
    } else if (ndigits < -308) {
        *out = 0.0 * d;
    } else if (ndigits < 0) {
        *out = round_to_tens(d, (int)-ndigits);
    } else {
        char text[700];
        AvmBuf b = {.alloc = &t->vm->alloc};
        if (!avm_double_format(&b, d, 'f', (int)ndigits, false) || b.len >= sizeof text) {
            avm_buf_free(&b);
            avm_raise_memory(t);
            return false;
        }
        memcpy(text, b.data, b.len);
        text[b.len] = 0;
        avm_double_parse(text, b.len, out);
        avm_buf_free(&b);
    }
    if (!isinf(*out) || isinf(d)) return true;
    avm_raise(t, AVM_EXC(t, OverflowError), "rounded value too large to represent");
    return false;
}

// "inf", "infinity", "nan" in any case, signed.
static bool parse_special(const char *p, size_t n, double *out) {
    bool negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+')) p++, n--;
    if ((n == 3 && strncasecmp(p, "inf", 3) == 0) || (n == 8 && strncasecmp(p, "infinity", 8) == 0))
        *out = negative ? -INFINITY : INFINITY;
    else if (n == 3 && strncasecmp(p, "nan", 3) == 0)
        *out = NAN;
    else
        return false;
    return true;
}

static bool ascii_space(char c) { return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F); }

bool avm_float_parse(AvmThread *t, const char *p, size_t n, double *out) {
    while (n && ascii_space(p[n - 1])) n--;
    while (n && ascii_space(*p)) p++, n--;
    if (parse_special(p, n, out)) return true;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    bool good = n > 0;
    for (size_t i = 0; i < n && good; i++) {
        if (p[i] != '_')
            good = p[i] != 0 && avm_buf_byte(&b, p[i]);
        else
            good = i > 0 && i + 1 < n && isdigit((unsigned char)p[i - 1]) && isdigit((unsigned char)p[i + 1]);
    }
    if (good) good = avm_double_parse(avm_buf_str(&b), b.len, out);
    if (b.failed) avm_raise_memory(t);
    avm_buf_free(&b);
    return good;
}

// v.__float__(), checked. 1: done, 0: none, -1: exception.
static int call_float(AvmThread *t, AvmValue v, double *out) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __float__), NULL, 0);
    if (r == AVM_DONE) return 0;
    if (r == AVM_FAIL) return -1;
    int result = 1;
    if (avm_is_float(r))
        *out = avm_float(r);
    else if (avm_is_sub(t, r, AVM_TYPE_SUB_FLOAT))
        *out = avm_float_object(r);
    else {
        avm_raise_type(t, "%T.__float__ returned non-float (type %T)", v, r);
        result = -1;
    }
    avm_decref(t, r);
    return result;
}

int avm_double_of(AvmThread *t, AvmValue v, double *out) {
    if (avm_is_float(v)) {
        *out = avm_float(v);
        return 1;
    }
    if (avm_is_inline_int(v)) {
        *out = (double)avm_inline_int(v);
        return 1;
    }
    if (avm_is_bool(v) || avm_is(v, AVM_T_INT)) return avm_int_to_double(t, v, out) ? 1 : -1;
    if (!avm_is_obj(v)) return 0;
    int r = call_float(t, v, out);
    if (r) return r;
    if (avm_is_int(t, v)) return avm_int_to_double(t, v, out) ? 1 : -1;
    AvmValue index = avm_special(t, v, AVM_NAME(t, __index__));
    if (index == AVM_FAIL) return -1;
    if (index == AVM_DONE) return 0;
    avm_decref(t, index);
    AvmValue i = avm_index_int(t, v);
    if (i == AVM_FAIL) return -1;
    r = avm_int_to_double(t, i, out) ? 1 : -1;
    avm_decref(t, i);
    return r;
}

bool avm_to_double(AvmThread *t, AvmValue v, double *out) {
    int r = avm_double_of(t, v, out);
    if (r == 0) avm_raise_type(t, "must be real number, not %T", v);
    return r > 0;
}
