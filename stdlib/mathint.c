// math's functions over ints of any size.
#include "stdlib/mathparts.h"
#include "vm/error.h"

// a op b; a is taken.
static AvmValue step(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmValue r = avm_int_binary(t, op, a, b);
    avm_decref(t, a);
    return r;
}

// from * (from + 1) * ... * (from + n - 1), halved again and again so that the factors are of like size.
static AvmValue product(AvmThread *t, int64_t from, int64_t n) {
    if (n <= 8) {
        AvmValue r = avm_inline_int_value(1);
        for (int64_t i = 0; i < n && r != AVM_FAIL; i++) {
            AvmValue factor = avm_int_new(t, from + i);
            r = factor == AVM_FAIL ? AVM_FAIL : step(t, AVM_MUL, r, factor);
            avm_decref(t, factor);
        }
        return r;
    }
    AvmValue low = product(t, from, n / 2),
             high = low == AVM_FAIL ? AVM_FAIL : product(t, from + n / 2, n - n / 2);
    AvmValue r = high == AVM_FAIL ? AVM_FAIL : avm_int_binary(t, AVM_MUL, low, high);
    avm_decref(t, low);
    avm_decref(t, high);
    return r;
}

static AvmValue math_factorial(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = avm_index_int(t, args[0]);
    if (v == AVM_FAIL) return AVM_FAIL;
    int64_t i;
    bool fits = avm_int_get(v, &i);
    int sign = avm_int_sign(v);
    avm_decref(t, v);
    if (sign < 0) return avm_raise_value(t, "factorial() not defined for negative values");
    if (!fits)
        return avm_raise(t, AVM_EXC(t, OverflowError),
                         "factorial() argument should not exceed 9223372036854775807");
    // The bits of n! are less than n log2 n: refuse what can't be held before the work begins.
    if (i > 1 &&
        !avm_big_room(
            t, (uint64_t)i > (1u << 27) ? UINT64_MAX : (uint64_t)i * (64 - __builtin_clzll((uint64_t)i)), 0))
        return AVM_FAIL;
    return product(t, 1, i);
}

// n and k of comb and perm as ints; *k is n when absent. false: exception.
static bool take_pair(AvmThread *t, AvmValue *args, AvmValue *n, AvmValue *k) {
    *n = avm_index_int(t, args[0]);
    if (*n == AVM_FAIL) return false;
    *k = args[1] == AVM_EMPTY || args[1] == AVM_NONE ? avm_incref(*n) : avm_index_int(t, args[1]);
    const char *error = NULL;
    if (*k == AVM_FAIL)
        error = "";
    else if (avm_int_sign(*n) < 0)
        error = "n must be a non-negative integer";
    else if (avm_int_sign(*k) < 0)
        error = "k must be a non-negative integer";
    if (!error) return true;
    if (*error) avm_raise_value(t, "%s", error);
    avm_decref(t, *n);
    avm_decref(t, *k);
    return false;
}

// n * (n - 1) * ... of k factors, divided by k! when comb.
static AvmValue falling(AvmThread *t, AvmValue n, int64_t k, bool comb) {
    int64_t small;
    if (!comb && avm_int_get(n, &small)) return product(t, small - k + 1, k);
    AvmValue r = avm_inline_int_value(1);
    for (int64_t i = 0; i < k && r != AVM_FAIL; i++) {
        AvmValue factor = avm_int_binary(t, AVM_SUB, n, avm_inline_int_value(i));
        r = factor == AVM_FAIL ? AVM_FAIL : step(t, AVM_MUL, r, factor);
        avm_decref(t, factor);
        // The product of i + 1 neighbours is a multiple of (i + 1)!.
        if (comb && r != AVM_FAIL) r = step(t, AVM_FLOORDIV, r, avm_inline_int_value(i + 1));
        if ((i & 63) == 63 && !avm_charge(t, 640)) {
            avm_decref(t, r);
            return AVM_FAIL;
        }
    }
    return r;
}

static AvmValue math_perm(AvmThread *t, AvmValue *args, uint32_t count) {
    (void)count;
    AvmValue n, k, r = AVM_FAIL;
    int64_t factors;
    if (!take_pair(t, args, &n, &k)) return AVM_FAIL;
    if (avm_int_compare(n, k) < 0)
        r = avm_inline_int_value(0);
    else if (!avm_int_get(k, &factors) || factors > AVM_BIG_MAX_BITS)
        avm_raise(t, AVM_EXC(t, OverflowError), "k must not exceed 9223372036854775807");
    else
        r = falling(t, n, factors, false);
    avm_decref(t, n);
    avm_decref(t, k);
    return r;
}

static AvmValue math_comb(AvmThread *t, AvmValue *args, uint32_t count) {
    (void)count;
    AvmValue n, k, r = AVM_FAIL;
    int64_t factors;
    if (!take_pair(t, args, &n, &k)) return AVM_FAIL;
    AvmValue other = avm_int_binary(t, AVM_SUB, n, k);
    if (other != AVM_FAIL) {
        AvmValue least = avm_int_compare(other, k) < 0 ? other : k;
        if (avm_int_sign(other) < 0)
            r = avm_inline_int_value(0);
        else if (!avm_int_get(least, &factors) || factors > AVM_BIG_MAX_BITS)
            avm_raise(t, AVM_EXC(t, OverflowError), "min(n - k, k) must not exceed 9223372036854775807");
        else
            r = falling(t, n, factors, true);
    }
    avm_decref(t, other);
    avm_decref(t, n);
    avm_decref(t, k);
    return r;
}

// Folds all arguments; r is taken.
static AvmValue fold(AvmThread *t, AvmValue *args, uint32_t n, AvmValue r,
                     AvmValue (*f)(AvmThread *, AvmValue, AvmValue)) {
    for (uint32_t i = 0; i < n && r != AVM_FAIL; i++) {
        AvmValue v = avm_index_int(t, args[i]), next = v == AVM_FAIL ? AVM_FAIL : f(t, r, v);
        avm_decref(t, v);
        avm_decref(t, r);
        r = next;
    }
    return r;
}

static AvmValue math_gcd(AvmThread *t, AvmValue *args, uint32_t n) {
    return fold(t, args, n, avm_inline_int_value(0), avm_int_gcd);
}

static AvmValue lcm_of(AvmThread *t, AvmValue a, AvmValue b) {
    if (!avm_int_sign(a) || !avm_int_sign(b)) return avm_inline_int_value(0);
    AvmValue g = avm_int_gcd(t, a, b);
    if (g == AVM_FAIL) return AVM_FAIL;
    AvmValue r = avm_int_binary(t, AVM_FLOORDIV, a, g);
    avm_decref(t, g);
    if (r != AVM_FAIL) r = step(t, AVM_MUL, r, b);
    if (r == AVM_FAIL || avm_int_sign(r) >= 0) return r;
    AvmValue positive = avm_int_negate(t, r);
    avm_decref(t, r);
    return positive;
}

static AvmValue math_lcm(AvmThread *t, AvmValue *args, uint32_t n) {
    return fold(t, args, n, avm_inline_int_value(1), lcm_of);
}

static AvmValue math_isqrt(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = avm_index_int(t, args[0]);
    if (v == AVM_FAIL) return AVM_FAIL;
    AvmValue r =
        avm_int_sign(v) < 0 ? avm_raise_value(t, "isqrt() argument must be nonnegative") : avm_int_sqrt(t, v);
    avm_decref(t, v);
    return r;
}

const AvmNativeDef avm_math_integer_functions[] = {
    {"comb", math_comb, "comb(n, k, /)", "In how many ways k of n things can be chosen."},
    {"factorial", math_factorial, "factorial(n, /)", "1 * 2 * ... * n."},
    {"gcd", math_gcd, "gcd(*integers)", "The greatest common divisor."},
    {"isqrt", math_isqrt, "isqrt(n, /)", "The whole part of the square root."},
    {"lcm", math_lcm, "lcm(*integers)", "The least common multiple."},
    {"perm", math_perm, "perm(n, k=None, /)", "In how many ways k of n things can be put in order."},
    {0},
};
