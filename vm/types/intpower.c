// Powers, roots, common divisors, rounding of ints of any size, by way of the arithmetic of intops.c.
#include <math.h>

#include "vm/error.h"
#include "vm/types/intbig.h"

// a op b; a is taken.
static AvmValue step(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (a == AVM_FAIL) return AVM_FAIL;
    AvmValue r = avm_int_binary(t, op, a, b);
    avm_decref(t, a);
    return r;
}

static bool is_odd(AvmValue v) {
    AvmBigView a;
    avm_big_view(v, &a);
    return a.n && (a.limbs[0] & 1);
}

static bool bit_at(const AvmBigView *v, size_t i) {
    return v->limbs[i / AVM_LIMB_BITS] >> i % AVM_LIMB_BITS & 1;
}

static AvmValue absolute(AvmThread *t, AvmValue v) {
    return avm_int_sign(v) < 0 ? avm_int_negate(t, v) : avm_int_plain(t, v);
}

// --- powers

static bool small_power(int64_t base, int64_t exponent, int64_t *out) {
    int64_t result = 1;
    for (;;) {
        if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return false;
        exponent >>= 1;
        if (!exponent) break;
        if (__builtin_mul_overflow(base, base, &base)) return false;
    }
    *out = result;
    return true;
}

// From the exponent's highest bit down, so that every multiplication but the squares is by `a` itself.
static AvmValue big_power(AvmThread *t, AvmValue a, uint64_t n) {
    AvmValue r = avm_incref(a);
    for (int i = 62 - __builtin_clzll(n); i >= 0 && r != AVM_FAIL; i--) {
        r = step(t, AVM_MUL, r, r);
        if (n >> i & 1) r = step(t, AVM_MUL, r, a);
    }
    return r;
}

// 2^k to the n: a 1 and zeros.
static AvmValue shifted_one(AvmThread *t, AvmValue a, int64_t n) {
    AvmValue zeros = avm_int_new(t, (int64_t)(avm_int_bits(a) - 1) * n);
    if (zeros == AVM_FAIL) return AVM_FAIL;
    AvmValue r = avm_int_binary(t, AVM_LSHIFT, avm_inline_int_value(1), zeros);
    avm_decref(t, zeros);
    return r;
}

AvmValue avm_int_power(AvmThread *t, AvmValue a, AvmValue b) {
    if (avm_int_sign(b) < 0) {
        double x, y;
        if (!avm_int_to_double(t, a, &x) || !avm_int_to_double(t, b, &y)) return AVM_FAIL;
        return avm_float_pow(t, x, y);
    }
    int64_t x, n, small;
    bool has_x = avm_int_get(a, &x), has_n = avm_int_get(b, &n);
    if (has_x && x >= -1 && x <= 1) {
        if (x == 1 || avm_int_sign(b) == 0) return avm_inline_int_value(1);
        return avm_inline_int_value(x == 0 ? 0 : is_odd(b) ? -1 : 1);
    }
    if (!has_n || n > AVM_BIG_MAX_BITS) return avm_raise_memory(t);
    if (has_x && small_power(x, n, &small)) return avm_int_new(t, small);
    uint64_t bits = (uint64_t)(avm_int_bits(a) - 1) * (uint64_t)n;
    if (!avm_big_room(t, bits, 0)) return AVM_FAIL;
    if (n == 0) return avm_inline_int_value(1);
    if (has_x && x > 0 && !(x & (x - 1))) return shifted_one(t, a, n);
    return big_power(t, a, (uint64_t)n);
}

// x^n mod m, all of 62 bits at most.
static int64_t small_powmod(int64_t x, int64_t n, int64_t m) {
    unsigned __int128 base = (unsigned __int128)x, result = 1;
    uint64_t modulus = (uint64_t)m;
    for (; n; n >>= 1) {
        if (n & 1) result = result * base % modulus;
        base = base * base % modulus;
    }
    return (int64_t)(result % modulus);
}

// The inverse of a modulo m > 1, 0 <= a < m, by Euclid's algorithm. AVM_DONE: there is none.
static AvmValue inverse(AvmThread *t, AvmValue a, AvmValue m) {
    AvmValue x = avm_inline_int_value(0), next_x = avm_inline_int_value(1); // times a they give r and next_r, modulo m
    AvmValue r = avm_incref(m), next_r = avm_incref(a);
    while (r != AVM_FAIL && x != AVM_FAIL && next_x != AVM_FAIL && avm_int_sign(next_r) != 0) {
        AvmValue rest = AVM_FAIL, q = avm_int_divmod(t, r, next_r, &rest);
        AvmValue product = q == AVM_FAIL ? AVM_FAIL : avm_int_binary(t, AVM_MUL, q, next_x);
        AvmValue difference = product == AVM_FAIL ? AVM_FAIL : avm_int_binary(t, AVM_SUB, x, product);
        avm_decref(t, q);
        avm_decref(t, product);
        avm_decref(t, x);
        avm_decref(t, r);
        x = next_x;
        next_x = difference;
        r = next_r;
        next_r = rest;
    }
    bool failed = x == AVM_FAIL || next_x == AVM_FAIL || r == AVM_FAIL;
    AvmValue result = failed ? AVM_FAIL : r != avm_inline_int_value(1) ? AVM_DONE : avm_int_binary(t, AVM_MOD, x, m);
    avm_decref(t, x);
    avm_decref(t, next_x);
    avm_decref(t, r);
    avm_decref(t, next_r);
    return result;
}

// base^|exponent| mod m, m > 1, 0 <= base < m.
static AvmValue power_modulo(AvmThread *t, AvmValue base, const AvmBigView *exponent, AvmValue m) {
    AvmValue r = avm_inline_int_value(1);
    for (size_t i = avm_big_bits(exponent); i-- > 0 && r != AVM_FAIL;) {
        r = step(t, AVM_MOD, step(t, AVM_MUL, r, r), m);
        if (bit_at(exponent, i)) r = step(t, AVM_MOD, step(t, AVM_MUL, r, base), m);
    }
    return r;
}

static AvmValue big_powmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue m) {
    AvmValue modulus = absolute(t, m), result = AVM_FAIL;
    if (modulus == AVM_FAIL) return AVM_FAIL;
    if (modulus == avm_inline_int_value(1)) return avm_inline_int_value(0);
    AvmValue base = avm_int_binary(t, AVM_MOD, a, modulus);
    if (base != AVM_FAIL && avm_int_sign(b) < 0) {
        AvmValue inverted = inverse(t, base, modulus);
        avm_decref(t, base);
        base = inverted;
        if (base == AVM_DONE)
            base = avm_raise_value(t, "base is not invertible for the given modulus");
    }
    AvmBigView exponent;
    avm_big_view(b, &exponent);
    if (base != AVM_FAIL) result = power_modulo(t, base, &exponent, modulus);
    if (result != AVM_FAIL && avm_int_sign(m) < 0 && avm_int_sign(result) != 0)
        result = step(t, AVM_SUB, result, modulus);
    avm_decref(t, base);
    avm_decref(t, modulus);
    return result;
}

AvmValue avm_int_powmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue m) {
    if (avm_int_sign(m) == 0) return avm_raise_value(t, "pow() 3rd argument cannot be 0");
    int64_t x, n, modulus;
    if (avm_int_get(a, &x) && avm_int_get(b, &n) && avm_int_get(m, &modulus) && n >= 0 && modulus > 0) {
        int64_t rest = x % modulus;
        return avm_int_new(t, small_powmod(rest < 0 ? rest + modulus : rest, n, modulus));
    }
    return big_powmod(t, a, b, m);
}

// --- number theory for math and fractions

static AvmValue small_gcd(AvmThread *t, AvmLimb u, AvmLimb v) {
    while (v) {
        AvmLimb rest = u % v;
        u = v;
        v = rest;
    }
    return avm_int_new_u64(t, u);
}

AvmValue avm_int_gcd(AvmThread *t, AvmValue a, AvmValue b) {
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    if (avm_limbs_compare(p.limbs, p.n, q.limbs, q.n) < 0) return avm_int_gcd(t, b, a);
    if (p.n < 2) return small_gcd(t, p.n ? p.limbs[0] : 0, q.n ? q.limbs[0] : 0);
    size_t n = p.n, room = 4 * n + 1, length;
    if (!avm_big_room(t, (uint64_t)room * AVM_LIMB_BITS, (uint64_t)n * n)) return AVM_FAIL;
    AvmLimb *x = avm_big_scratch(t, room);
    if (!x) return AVM_FAIL;
    AvmLimb *y = x + n;
    memcpy(x, p.limbs, n * sizeof *x);
    memset(y, 0, n * sizeof *y);
    memcpy(y, q.limbs, q.n * sizeof *y);
    const AvmLimb *r = avm_limbs_gcd(x, y, n, y + n, &length);
    AvmInt *o = avm_big_new(t, length);
    if (o) memcpy(o->limbs, r, length * sizeof *r);
    avm_big_scratch_free(t, x, room);
    return o ? avm_big_finish(t, o, length, false) : AVM_FAIL;
}

// v shifted right, or left by -n.
static AvmValue shift(AvmThread *t, AvmValue v, int64_t n) {
    return avm_int_binary(t, n < 0 ? AVM_LSHIFT : AVM_RSHIFT, v, avm_inline_int_value(n < 0 ? -n : n));
}

// Newton's method with a precision that doubles from step to step, so that each costs a division of its own size only. In
// each, root is within 1 of the square root of the upper bits.
static AvmValue big_sqrt(AvmThread *t, AvmValue a) {
    int64_t half = (int64_t)(avm_int_bits(a) - 1) / 2, known = 0; // bits of the root behind the first one
    AvmValue root = avm_inline_int_value(1);
    for (int s = half ? 63 - __builtin_clzll((uint64_t)half) : -1; s >= 0 && root != AVM_FAIL; s--) {
        int64_t before = known;
        known = half >> s;
        AvmValue upper = shift(t, a, 2 * half - before - known + 1);
        AvmValue quotient = upper == AVM_FAIL ? AVM_FAIL : avm_int_binary(t, AVM_FLOORDIV, upper, root);
        AvmValue grown = quotient == AVM_FAIL ? AVM_FAIL : shift(t, root, -(known - before - 1));
        avm_decref(t, root);
        root = grown == AVM_FAIL ? AVM_FAIL : step(t, AVM_ADD, grown, quotient);
        avm_decref(t, upper);
        avm_decref(t, quotient);
    }
    if (root == AVM_FAIL) return AVM_FAIL;
    AvmValue square = avm_int_binary(t, AVM_MUL, root, root);
    if (square != AVM_FAIL && avm_int_compare(square, a) > 0) root = step(t, AVM_SUB, root, avm_inline_int_value(1));
    avm_decref(t, square);
    if (square != AVM_FAIL) return root;
    avm_decref(t, root);
    return AVM_FAIL;
}

AvmValue avm_int_sqrt(AvmThread *t, AvmValue a) {
    int64_t i;
    if (avm_int_get(a, &i)) {
        uint64_t r = (uint64_t)sqrt((double)i);
        while (r && r * r > (uint64_t)i) r--;
        while ((r + 1) * (r + 1) <= (uint64_t)i) r++;
        return avm_int_new(t, (int64_t)r);
    }
    return big_sqrt(t, a);
}

// round(v, -n): the nearest multiple of 10^n, half to even.
AvmValue avm_int_round(AvmThread *t, AvmValue v, AvmValue ndigits) {
    int64_t n;
    if (avm_int_sign(ndigits) >= 0) return avm_int_plain(t, v);
    // Ten to a power of more than the value's bits is more than twice the value.
    if (!avm_int_get(ndigits, &n) || -(n + 1) > (int64_t)avm_int_bits(v)) return avm_inline_int_value(0);
    AvmValue unit = avm_int_power(t, avm_inline_int_value(10), avm_inline_int_value(-n)), rest, result = AVM_FAIL;
    if (unit == AVM_FAIL) return AVM_FAIL;
    AvmValue quotient = avm_int_divmod(t, v, unit, &rest);
    if (quotient == AVM_FAIL) goto done;
    AvmValue twice = avm_int_binary(t, AVM_ADD, rest, rest);
    if (twice != AVM_FAIL) {
        int order = avm_int_compare(twice, unit);
        bool up = order > 0 || (order == 0 && is_odd(quotient));
        AvmValue base = avm_int_binary(t, AVM_SUB, v, rest);
        result = base == AVM_FAIL || !up ? base : avm_int_binary(t, AVM_ADD, base, unit);
        if (up && base != AVM_FAIL) avm_decref(t, base);
        avm_decref(t, twice);
    }
    avm_decref(t, quotient);
    avm_decref(t, rest);
done:
    avm_decref(t, unit);
    return result;
}
