// math: the functions of C's library with Python's errors, and those over ints of any size.
#include <errno.h>
#include <float.h>
#include <math.h>

#include "base/fmod.h"
#include "stdlib/mathparts.h"
#include "stdlib/modules.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/libm.h"
#include "vm/types/list.h"

AvmValue avm_math_domain_error(AvmThread *t) { return avm_raise_value(t, "math domain error"); }

AvmValue avm_math_range_error(AvmThread *t) {
    return avm_raise(t, AVM_EXC(t, OverflowError), "math range error");
}

// r = f(x), where a NaN from a number means "outside of the domain" and an infinity from a finite one an overflow, or,
// for functions that have poles, the domain again.
static AvmValue judge(AvmThread *t, double x, double r, bool can_overflow) {
    if (isnan(r) && !isnan(x)) return avm_math_domain_error(t);
    if (isinf(r) && isfinite(x)) return can_overflow ? avm_math_range_error(t) : avm_math_domain_error(t);
    return avm_float_value(r);
}

#define FUNCTION(name, can_overflow)                                                                         \
    static AvmValue math_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                  \
        (void)n;                                                                                             \
        const AvmLibm *m = avm_libm(t);                                                                      \
        double x;                                                                                            \
        if (!m || !avm_to_double(t, args[0], &x)) return AVM_FAIL;                                           \
        return judge(t, x, m->name(x), can_overflow);                                                        \
    }
FUNCTION(acos, false)
FUNCTION(acosh, false)
FUNCTION(asin, false)
FUNCTION(asinh, false)
FUNCTION(atan, false)
FUNCTION(atanh, false)
FUNCTION(cbrt, false)
FUNCTION(cos, false)
FUNCTION(cosh, true)
FUNCTION(erf, false)
FUNCTION(erfc, false)
FUNCTION(exp, true)
FUNCTION(exp2, true)
FUNCTION(expm1, true)
FUNCTION(log1p, false)
FUNCTION(sin, false)
FUNCTION(sinh, true)
FUNCTION(tan, false)
FUNCTION(tanh, false)
#undef FUNCTION

static AvmValue math_fabs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_float_value(fabs(x)) : AVM_FAIL;
}

static AvmValue math_sqrt(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? judge(t, x, sqrt(x), false) : AVM_FAIL;
}

// --- functions of two numbers

static bool two_doubles(AvmThread *t, AvmValue *args, double *x, double *y) {
    return avm_to_double(t, args[0], x) && avm_to_double(t, args[1], y);
}

static AvmValue math_atan2(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double y, x;
    const AvmLibm *m = avm_libm(t);
    return m && two_doubles(t, args, &y, &x) ? avm_float_value(m->atan2(y, x)) : AVM_FAIL;
}

static AvmValue math_copysign(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y;
    return two_doubles(t, args, &x, &y) ? avm_float_value(copysign(x, y)) : AVM_FAIL;
}

static AvmValue math_fmod(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y;
    if (!two_doubles(t, args, &x, &y)) return AVM_FAIL;
    double r = avm_fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? avm_math_domain_error(t) : avm_float_value(r);
}

static AvmValue math_remainder(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y;
    const AvmLibm *m = avm_libm(t);
    if (!m || !two_doubles(t, args, &x, &y)) return AVM_FAIL;
    double r = m->remainder(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? avm_math_domain_error(t) : avm_float_value(r);
}

static AvmValue math_pow(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y;
    const AvmLibm *m = avm_libm(t);
    if (!m || !two_doubles(t, args, &x, &y)) return AVM_FAIL;
    double r = m->pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(r)) return avm_math_domain_error(t);
        if (isinf(r)) return x == 0 ? avm_math_domain_error(t) : avm_math_range_error(t);
    }
    return avm_float_value(r);
}

static AvmValue math_fma(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y, z;
    const AvmLibm *m = avm_libm(t);
    if (!m || !two_doubles(t, args, &x, &y) || !avm_to_double(t, args[2], &z)) return AVM_FAIL;
    double r = m->fma(x, y, z);
    if (isnan(r) && !isnan(x) && !isnan(y) && !isnan(z))
        return avm_raise_value(t, "invalid operation in fma");
    if (isinf(r) && isfinite(x) && isfinite(y) && isfinite(z))
        return avm_raise(t, AVM_EXC(t, OverflowError), "overflow in fma");
    return avm_float_value(r);
}

static AvmValue math_ldexp(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    int64_t e;
    if (!avm_to_double(t, args[0], &x)) return AVM_FAIL;
    if (!avm_is_int(t, args[1])) return avm_raise_type(t, "Expected an int as second argument to ldexp.");
    if (!avm_index(t, args[1], &e)) return AVM_FAIL;
    if (x == 0 || !isfinite(x)) return avm_float_value(x);
    double r = ldexp(x, e > 100000 ? 100000 : e < -100000 ? -100000 : (int)e);
    return isinf(r) ? avm_math_range_error(t) : avm_float_value(r);
}

static AvmValue pair_of(AvmThread *t, AvmValue a, AvmValue b) {
    AvmValue pair[2] = {a, b};
    return avm_value(avm_tuple_from(t, pair, 2));
}

static AvmValue math_frexp(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    int e = 0;
    if (!avm_to_double(t, args[0], &x)) return AVM_FAIL;
    double part = isfinite(x) ? frexp(x, &e) : x;
    return pair_of(t, avm_float_value(part), avm_inline_int_value(e));
}

static AvmValue math_modf(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, whole;
    if (!avm_to_double(t, args[0], &x)) return AVM_FAIL;
    double part = modf(x, &whole);
    return pair_of(t, avm_float_value(part), avm_float_value(whole));
}

static AvmValue math_nextafter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, y;
    int64_t steps = 1;
    const AvmLibm *m = avm_libm(t);
    if (!m || !two_doubles(t, args, &x, &y)) return AVM_FAIL;
    if (args[2] != AVM_EMPTY && args[2] != AVM_NONE) {
        if (!avm_index(t, args[2], &steps)) return AVM_FAIL;
        if (steps < 0) return avm_raise_value(t, "steps must be a non-negative integer");
    }
    if (isnan(x) || isnan(y)) return avm_float_value(NAN);
    for (; steps > 0 && x != y; steps--) {
        if ((steps & 0xFFF) == 0 && !avm_charge(t, 0x1000)) return AVM_FAIL;
        x = m->nextafter(x, y);
    }
    return avm_float_value(x == y ? y : x);
}

static AvmValue math_ulp(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    const AvmLibm *m = avm_libm(t);
    if (!m || !avm_to_double(t, args[0], &x)) return AVM_FAIL;
    x = fabs(x);
    if (!isfinite(x)) return avm_float_value(x);
    double next = m->nextafter(x, INFINITY);
    return avm_float_value(isinf(next) ? x - m->nextafter(x, -INFINITY) : next - x);
}

// --- rounding to ints

static AvmValue by_method(AvmThread *t, AvmValue v, AvmStr *name, bool up) {
    if (!avm_is_float(v)) {
        AvmValue r = avm_call_special(t, v, name, NULL, 0);
        if (r != AVM_DONE) return r;
    }
    double x;
    return avm_to_double(t, v, &x) ? avm_int_from_double(t, up ? ceil(x) : floor(x)) : AVM_FAIL;
}

static AvmValue math_ceil(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return by_method(t, args[0], AVM_NAME(t, __ceil__), true);
}

static AvmValue math_floor(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return by_method(t, args[0], AVM_NAME(t, __floor__), false);
}

static AvmValue math_trunc(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (avm_is_float(args[0])) return avm_int_from_double(t, avm_float(args[0]));
    AvmValue r = avm_call_special(t, args[0], AVM_NAME(t, __trunc__), NULL, 0);
    return r == AVM_DONE ? avm_raise_type(t, "type %T doesn't define __trunc__ method", args[0]) : r;
}

// --- logarithms, of ints that are too large for a double as well

static bool log_of(AvmThread *t, AvmValue v, double (*f)(double), double *out) {
    if (avm_is_int(t, v)) {
        if (avm_int_sign(v) <= 0) return avm_math_domain_error(t) != AVM_FAIL;
        size_t bits = avm_int_bits(v);
        if (bits > 1023) {
            bool sticky;
            double top = ldexp((double)avm_int_top_bits(v, &sticky), -64);
            *out = f(top) + f(2.0) * (double)bits;
            return true;
        }
    }
    double x;
    if (!avm_to_double(t, v, &x)) return false;
    if (x <= 0) return avm_math_domain_error(t) != AVM_FAIL;
    *out = f(x);
    return true;
}

static AvmValue log_with(AvmThread *t, AvmValue v, double (*f)(double)) {
    double r;
    return log_of(t, v, f, &r) ? avm_float_value(r) : AVM_FAIL;
}

static AvmValue math_log(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x, base;
    const AvmLibm *m = avm_libm(t);
    if (!m || !log_of(t, args[0], m->log, &x)) return AVM_FAIL;
    if (args[1] == AVM_EMPTY) return avm_float_value(x);
    if (!log_of(t, args[1], m->log, &base)) return AVM_FAIL;
    if (base == 0) return avm_raise(t, AVM_EXC(t, ZeroDivisionError), "float division by zero");
    return avm_float_value(x / base);
}

static AvmValue math_log2(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const AvmLibm *m = avm_libm(t);
    return m ? log_with(t, args[0], m->log2) : AVM_FAIL;
}

static AvmValue math_log10(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const AvmLibm *m = avm_libm(t);
    return m ? log_with(t, args[0], m->log10) : AVM_FAIL;
}

// --- tests

static AvmValue math_isfinite(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_bool(isfinite(x)) : AVM_FAIL;
}

static AvmValue math_isinf(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_bool(isinf(x)) : AVM_FAIL;
}

static AvmValue math_isnan(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_bool(isnan(x)) : AVM_FAIL;
}

static AvmValue math_isclose(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double a, b, relative = 1e-9, absolute = 0;
    if (!two_doubles(t, args, &a, &b)) return AVM_FAIL;
    if (args[2] != AVM_EMPTY && !avm_to_double(t, args[2], &relative)) return AVM_FAIL;
    if (args[3] != AVM_EMPTY && !avm_to_double(t, args[3], &absolute)) return AVM_FAIL;
    if (relative < 0 || absolute < 0) return avm_raise_value(t, "tolerances must be non-negative");
    if (a == b) return AVM_TRUE;
    if (isinf(a) || isinf(b)) return AVM_FALSE;
    double difference = fabs(b - a);
    return avm_bool(difference <= fabs(relative * b) || difference <= fabs(relative * a) ||
                    difference <= absolute);
}

static AvmValue math_degrees(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_float_value(x * (180.0 / M_PI)) : AVM_FAIL;
}

static AvmValue math_radians(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    return avm_to_double(t, args[0], &x) ? avm_float_value(x * (M_PI / 180.0)) : AVM_FAIL;
}

static bool math_init(AvmThread *t, AvmModuleObj *m) {
    return avm_module_add(t, m, "pi", avm_float_value(M_PI)) &&
           avm_module_add(t, m, "e", avm_float_value(M_E)) &&
           avm_module_add(t, m, "tau", avm_float_value(2 * M_PI)) &&
           avm_module_add(t, m, "inf", avm_float_value(INFINITY)) &&
           avm_module_add(t, m, "nan", avm_float_value(NAN)) &&
           avm_module_add_functions(t, m, avm_math_integer_functions) &&
           avm_module_add_functions(t, m, avm_math_sum_functions) &&
           avm_module_add_functions(t, m, avm_math_gamma_functions);
}

#define ROW(name, args, doc)                                                                                 \
    { #name, math_##name, #name "(" args ")", doc }
static const AvmNativeDef math_functions[] = {
    ROW(acos, "x, /", "The arc cosine, in radians."),
    ROW(acosh, "x, /", "The inverse hyperbolic cosine."),
    ROW(asin, "x, /", "The arc sine, in radians."),
    ROW(asinh, "x, /", "The inverse hyperbolic sine."),
    ROW(atan, "x, /", "The arc tangent, in radians."),
    ROW(atan2, "y, x, /", "The angle of the point (x, y), in radians."),
    ROW(atanh, "x, /", "The inverse hyperbolic tangent."),
    ROW(cbrt, "x, /", "The cube root."),
    ROW(ceil, "x, /", "The smallest int that is not less than x."),
    ROW(copysign, "x, y, /", "x with the sign of y."),
    ROW(cos, "x, /", "The cosine of x radians."),
    ROW(cosh, "x, /", "The hyperbolic cosine."),
    ROW(degrees, "x, /", "An angle in radians as degrees."),
    ROW(erf, "x, /", "The error function."),
    ROW(erfc, "x, /", "The complementary error function."),
    ROW(exp, "x, /", "e to the power of x."),
    ROW(exp2, "x, /", "2 to the power of x."),
    ROW(expm1, "x, /", "exp(x) - 1, exact for small x."),
    ROW(fabs, "x, /", "The absolute value, as a float."),
    ROW(floor, "x, /", "The largest int that is not greater than x."),
    ROW(fma, "x, y, z, /", "x * y + z, rounded once."),
    ROW(fmod, "x, y, /", "The remainder as C's fmod gives it."),
    ROW(frexp, "x, /", "The pair (m, e) with x = m * 2 ** e and 0.5 <= abs(m) < 1."),
    ROW(isclose, "a, b, *, rel_tol=1e-09, abs_tol=0.0", "Are two floats about equal?"),
    ROW(isfinite, "x, /", "Is x neither infinite nor NaN?"),
    ROW(isinf, "x, /", "Is x infinite?"),
    ROW(isnan, "x, /", "Is x NaN?"),
    ROW(ldexp, "x, i, /", "x * 2 ** i."),
    ROW(log, "x, base=e, /", "The natural logarithm, or that to a base."),
    ROW(log10, "x, /", "The logarithm to base 10."),
    ROW(log1p, "x, /", "log(1 + x), exact for small x."),
    ROW(log2, "x, /", "The logarithm to base 2."),
    ROW(modf, "x, /", "The fraction and the whole part, both floats with the sign of x."),
    ROW(nextafter, "x, y, /, *, steps=None", "The float after x towards y."),
    ROW(pow, "x, y, /", "x to the power of y, as floats."),
    ROW(radians, "x, /", "An angle in degrees as radians."),
    ROW(remainder, "x, y, /", "The difference between x and the nearest multiple of y."),
    ROW(sin, "x, /", "The sine of x radians."),
    ROW(sinh, "x, /", "The hyperbolic sine."),
    ROW(sqrt, "x, /", "The square root."),
    ROW(tan, "x, /", "The tangent of x radians."),
    ROW(tanh, "x, /", "The hyperbolic tangent."),
    ROW(trunc, "x, /", "x without its fraction, as an int."),
    ROW(ulp, "x, /", "What the last bit of x is worth."),
    {0},
};
#undef ROW

const AvmModuleDef avm_math_module = {
    .name = "math",
    .doc = "Mathematical functions.",
    .functions = math_functions,
    .init = math_init,
};
