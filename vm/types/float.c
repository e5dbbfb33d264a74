// The type float as scripts see it. Plain floats are immediate; only instances of sub-classes are objects.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// A float or an int as a double: 1; 0: neither; -1: OverflowError.
static int operand(AvmThread *t, AvmValue v, double *out) {
    if (avm_is_float(v)) {
        *out = avm_float(v);
        return 1;
    }
    if (avm_is_int(t, v)) return avm_int_to_double(t, v, out) ? 1 : -1;
    if (!avm_is_sub(t, v, AVM_TYPE_SUB_FLOAT)) return 0;
    *out = ((AvmFloatObj *)avm_obj(v))->d;
    return 1;
}

static double self_double(AvmValue v) { return avm_float_object(v); }

static AvmValue could_not_convert(AvmThread *t, AvmValue v) {
    return avm_raise_value(t, "could not convert string to float: %R", v);
}

static bool convert(AvmThread *t, AvmValue v, double *out) {
    AvmStr *s = avm_as_str(t, v);
    if (s && avm_is_str(v)) {
        if (avm_double_parse(s->data, s->len, out)) return true; // anything else takes longer
        AvmBuf b;
        avm_buf_init(&b, &t->vm->alloc);
        bool good = avm_number_text(t, s, &b) && avm_float_parse(t, b.data, b.len, out);
        avm_buf_free(&b);
        if (!good && !avm_failed(t)) could_not_convert(t, v);
        return good;
    }
    int r = avm_double_of(t, v, out);
    if (r) return r > 0;
    const char *p;
    size_t n;
    if (s) {
        p = s->data;
        n = s->len;
    } else if (!avm_as_bytes(t, v) && !avm_is(v, AVM_T_BYTEARRAY)) {
        avm_raise_type(t, "float() argument must be a string or a real number, not '%T'", v);
        return false;
    } else if (!avm_bytes_like(t, v, &p, &n)) {
        return false;
    }
    if (avm_float_parse(t, p, n, out)) return true;
    if (!avm_failed(t)) could_not_convert(t, v);
    return false;
}

static AvmValue float_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    double d = 0;
    if (args[1] != AVM_EMPTY && !convert(t, args[1], &d)) return AVM_FAIL;
    if (cls->id == AVM_T_FLOAT) return avm_float_value(d);
    AvmFloatObj *o = avm_object_new(t, cls, 0);
    if (!o) return AVM_FAIL;
    o->d = d;
    return avm_value(o);
}

static AvmValue float_repr(AvmThread *t, AvmValue v) { return avm_float_repr(t, self_double(v)); }

static bool float_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t;
    *out = avm_float_hash(self_double(v));
    return true;
}

static AvmValue zero_division(AvmThread *t, const char *what) {
    return avm_raise(t, AVM_EXC(t, ZeroDivisionError), what);
}

static AvmValue float_divmod(AvmThread *t, double a, double b) {
    double rest, whole;
    if (b == 0) return zero_division(t, "float divmod()");
    whole = avm_float_floordiv(a, b, &rest);
    AvmValue pair[2] = {avm_float_value(whole), avm_float_value(rest)};
    return avm_value(avm_tuple_from(t, pair, 2));
}

static AvmValue float_binary(AvmThread *t, AvmBinary op, AvmValue va, AvmValue vb) {
    double a, b, rest;
    int good = operand(t, va, &a);
    if (good > 0) good = operand(t, vb, &b);
    if (good <= 0) return good ? AVM_FAIL : AVM_NOTIMPL;
    switch (op) {
    case AVM_ADD: return avm_float_value(a + b);
    case AVM_SUB: return avm_float_value(a - b);
    case AVM_MUL: return avm_float_value(a * b);
    case AVM_DIV: return b == 0 ? zero_division(t, "float division by zero") : avm_float_value(a / b);
    case AVM_FLOORDIV:
        if (b == 0) return zero_division(t, "float floor division by zero");
        return avm_float_value(avm_float_floordiv(a, b, &rest));
    case AVM_MOD:
        return b == 0 ? zero_division(t, "float modulo by zero") : avm_float_value(avm_float_mod(a, b));
    case AVM_DIVMOD: return float_divmod(t, a, b);
    case AVM_POW: return avm_float_pow(t, a, b);
    default: return AVM_NOTIMPL;
    }
}

static AvmValue float_unary(AvmThread *t, AvmUnary op, AvmValue a) {
    double d = self_double(a);
    switch (op) {
    case AVM_NEG: return avm_float_value(-d);
    case AVM_POS:
    case AVM_TO_FLOAT: return avm_float_value(d);
    case AVM_ABS: return avm_float_value(fabs(d));
    case AVM_TO_INT: return avm_int_from_double(t, d);
    default: return AVM_NOTIMPL;
    }
}

static AvmValue float_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    double x = self_double(a), y;
    if (avm_is_int(t, b)) {
        if (x != x) return avm_bool(op == AVM_NE);
        y = avm_int_compare_double(b, x);
        x = 0; // x against b is 0 against how b compares with x
    } else if (operand(t, b, &y) <= 0) {
        return AVM_NOTIMPL;
    }
    switch (op) {
    case AVM_EQ: return avm_bool(x == y);
    case AVM_NE: return avm_bool(x != y);
    case AVM_LT: return avm_bool(x < y);
    case AVM_LE: return avm_bool(x <= y);
    case AVM_GT: return avm_bool(x > y);
    default: return avm_bool(x >= y);
    }
}

static int float_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return self_double(v) != 0;
}

// --- methods

static AvmValue float_self(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_float_value(self_double(args[0]));
}

static AvmValue float_is_integer(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    double d = self_double(args[0]);
    return avm_bool(isfinite(d) && floor(d) == d);
}

static AvmValue float_trunc(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_from_double(t, self_double(args[0]));
}

static AvmValue float_floor(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_from_double(t, floor(self_double(args[0])));
}

static AvmValue float_ceil(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_from_double(t, ceil(self_double(args[0])));
}

static AvmValue float_round(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double d = self_double(args[0]), r;
    if (args[1] == AVM_EMPTY || args[1] == AVM_NONE) return avm_int_from_double(t, rint(d));
    int64_t digits;
    if (!avm_index(t, args[1], &digits)) return AVM_FAIL;
    return avm_float_round(t, d, digits, &r) ? avm_float_value(r) : AVM_FAIL;
}

static AvmValue float_ratio(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double d = self_double(args[0]);
    if (isinf(d)) return avm_raise(t, AVM_EXC(t, OverflowError), "cannot convert Infinity to integer ratio");
    if (d != d) return avm_raise_value(t, "cannot convert NaN to integer ratio");
    int exponent;
    double part = frexp(d, &exponent);
    for (int i = 0; i < 300 && part != floor(part); i++) {
        part *= 2.0;
        exponent--;
    }
    AvmValue pair[2] = {avm_int_from_double(t, part), AVM_FAIL};
    if (pair[0] == AVM_FAIL) return AVM_FAIL;
    AvmValue shift = avm_inline_int_value(abs(exponent));
    if (exponent > 0) {
        AvmValue shifted = avm_int_binary(t, AVM_LSHIFT, pair[0], shift);
        avm_decref(t, pair[0]);
        pair[0] = shifted;
        pair[1] = avm_inline_int_value(1);
    } else {
        pair[1] = avm_int_binary(t, AVM_LSHIFT, avm_inline_int_value(1), shift);
    }
    AvmTuple *tuple = pair[0] == AVM_FAIL || pair[1] == AVM_FAIL ? NULL : avm_tuple_from(t, pair, 2);
    avm_decref(t, pair[0]);
    avm_decref(t, pair[1]);
    return avm_value(tuple);
}

static AvmValue float_hex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double d = self_double(args[0]);
    if (!isfinite(d)) return avm_float_repr(t, d);
    const char *sign = signbit(d) ? "-" : "";
    if (d == 0) return avm_value(avm_str_format(t, "%s0x0.0p+0", sign));
    uint64_t bits;
    memcpy(&bits, &d, 8);
    uint64_t fraction = bits & ((1ull << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF), normal = exponent != 0;
    char text[48];
    int length = snprintf(text, sizeof text, "%s0x%d.%013llxp%+d", sign, normal, (unsigned long long)fraction,
                          normal ? exponent - 1023 : -1022);
    return avm_value(avm_str_new(t, text, (size_t)length));
}

// Reads [sign] [0x] digits [. digits] [p exponent]; the digits go to b, in strtod's spelling and without a
// point.
static bool hex_literal(const char *p, const char *end, AvmBuf *b) {
    if (p < end && (*p == '+' || *p == '-')) avm_buf_byte(b, *p++);
    if (end - p > 1 && p[0] == '0' && (p[1] | 32) == 'x') p += 2;
    avm_buf_text(b, "0x");
    long digits = 0, after = 0, exponent = 0;
    bool point = false;
    for (; p < end; p++) {
        if (*p == '.' && !point) {
            point = true;
        } else if ((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'f')) {
            avm_buf_byte(b, *p);
            digits++;
            after += point;
        } else {
            break;
        }
    }
    if (!digits) return false;
    if (p < end && (*p | 32) == 'p') {
        p++;
        bool negative = p < end && *p == '-';
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (p == end) return false;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            if (exponent < 1000000000) exponent = exponent * 10 + (*p - '0');
        if (negative) exponent = -exponent;
        if (p[-1] < '0' || p[-1] > '9') return false;
    }
    avm_buf_printf(b, "p%ld", exponent - 4 * after);
    return p == end;
}

static AvmValue float_fromhex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    AvmStr *s = avm_as_str(t, args[1]);
    if (!s) return avm_raise_type(t, "bad argument type for built-in operation");
    const char *p = s->data, *end = p + s->len;
    while (p < end && (*p == ' ' || (*p >= 9 && *p <= 13))) p++;
    while (end > p && (end[-1] == ' ' || (end[-1] >= 9 && end[-1] <= 13))) end--;
    double d = 0;
    const char *word = p < end && (*p == '-' || *p == '+') ? p + 1 : p;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    // Words are float()'s own.
    bool good = word < end && ((*word | 32) == 'i' || (*word | 32) == 'n')
                    ? avm_float_parse(t, p, (size_t)(end - p), &d)
                    : hex_literal(p, end, &b);
    bool parsed = good && b.len;
    if (parsed) d = strtod(avm_buf_str(&b), NULL);
    bool failed = b.failed;
    avm_buf_free(&b);
    if (failed) return avm_raise_memory(t);
    if (!good)
        return avm_failed(t) ? AVM_FAIL : avm_raise_value(t, "invalid hexadecimal floating-point string");
    if (parsed && isinf(d))
        return avm_raise(t, AVM_EXC(t, OverflowError), "hexadecimal value too large to represent as a float");
    return cls->id == AVM_T_FLOAT ? avm_float_value(d) : avm_call1(t, args[0], avm_float_value(d));
}

static AvmValue float_format(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *spec = avm_as_str(t, args[1]);
    if (!spec) return avm_raise_type(t, "__format__() argument must be str, not %A", args[1]);
    return avm_format_float(t, self_double(args[0]), spec);
}

static AvmValue float_getnewargs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = avm_float_value(self_double(args[0]));
    return avm_value(avm_tuple_from(t, &v, 1));
}

static AvmValue float_getformat(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *kind = avm_as_str(t, args[1]);
    if (!kind || (!avm_str_is(kind, "double") && !avm_str_is(kind, "float")))
        return avm_raise_value(t, "__getformat__() argument 1 must be 'double' or 'float'");
    return avm_value(avm_str_text(t, "IEEE, little-endian"));
}

static AvmValue float_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return avm_inline_int_value(24); // CPython's
}

static AvmValue get_real(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_float_value(self_double(self));
}

static AvmValue get_imag(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return avm_float_value(0.0);
}

static const AvmNativeDef float_methods[] = {
    {"__new__", float_new, "__new__(x=0, /)", "Create and return a new object.", AVM_DEF_STATIC},
    {"as_integer_ratio", float_ratio, "as_integer_ratio()",
     "A pair of ints whose ratio is exactly the float.", AVM_DEF_METHOD},
    {"conjugate", float_self, "conjugate()", "The float itself.", AVM_DEF_METHOD},
    {"fromhex", float_fromhex, "fromhex(string, /)", "The float that a hexadecimal string stands for.",
     AVM_DEF_CLASS},
    {"hex", float_hex, "hex()", "The float in hexadecimal, exactly.", AVM_DEF_METHOD},
    {"is_integer", float_is_integer, "is_integer()", "Has the float no fraction?", AVM_DEF_METHOD},
    {"__ceil__", float_ceil, "__ceil__()", "The smallest int that is not less.", AVM_DEF_METHOD},
    {"__floor__", float_floor, "__floor__()", "The largest int that is not greater.", AVM_DEF_METHOD},
    {"__trunc__", float_trunc, "__trunc__()", "The int without the fraction.", AVM_DEF_METHOD},
    {"__round__", float_round, "__round__(ndigits=None, /)",
     "The nearest int, or float with so many decimals.", AVM_DEF_METHOD},
    {"__format__", float_format, "__format__(format_spec, /)", "The float as text.", AVM_DEF_METHOD},
    {"__getnewargs__", float_getnewargs, "__getnewargs__()", "What makes a copy.", AVM_DEF_METHOD},
    {"__getformat__", float_getformat, "__getformat__(typestr, /)", "How floats are stored.", AVM_DEF_CLASS},
    {"__sizeof__", float_sizeof, "__sizeof__()", "Size in memory, in bytes.", AVM_DEF_METHOD},
    {0},
};

static const AvmGetSetDef float_getsets[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {0},
};

const AvmTypeDef avm_float_def = {
    .name = "float",
    .id = AVM_T_FLOAT,
    .size = sizeof(AvmFloatObj),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_FLOAT,
    .doc = "Convert a string or number to a floating-point number, if possible.",
    .slots = {.repr = float_repr,
              .hash = float_hash,
              .binary = float_binary,
              .unary = float_unary,
              .compare = float_compare,
              .truth = float_truth},
    .methods = float_methods,
    .getsets = float_getsets,
};
