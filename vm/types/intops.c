// int arithmetic: int64 with overflow checks first, libtommath behind it. Knows nothing of text.
#include <math.h>

#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"

// About how many steps a product of so many digits takes (libtommath changes to Karatsuba and Toom-Cook).
static uint64_t product_steps(const mp_int *a, const mp_int *b) {
    uint64_t n = (uint64_t)a->used, m = (uint64_t)b->used, small = n < m ? n : m;
    if (small < 100) return n * m;
    return n * m / (small / 100) * (uint64_t)sqrt((double)small / 100);
}

static AvmValue big_result(AvmThread *t, mp_err err, mp_int *c) {
    if (!err) return avm_big_take(t, c);
    mp_clear(c);
    return avm_big_error(t, err);
}

static AvmValue big_add(AvmThread *t, AvmValue a, AvmValue b, bool subtract) {
    AvmBigView x, y;
    const mp_int *p = avm_big_view(a, &x), *q = avm_big_view(b, &y);
    int used = (p->used > q->used ? p->used : q->used) + 1;
    if (!avm_big_room(t, (uint64_t)used * MP_DIGIT_BIT, (uint64_t)used)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init_size(&c, used);
    if (err) return avm_big_error(t, err);
    return big_result(t, subtract ? mp_sub(p, q, &c) : mp_add(p, q, &c), &c);
}

static AvmValue big_mul(AvmThread *t, AvmValue a, AvmValue b) {
    AvmBigView x, y;
    const mp_int *p = avm_big_view(a, &x), *q = avm_big_view(b, &y);
    uint64_t used = (uint64_t)p->used + (uint64_t)q->used + 1;
    if (!avm_big_room(t, used * MP_DIGIT_BIT, product_steps(p, q))) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init_size(&c, (int)used);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_mul(p, a == b ? p : q, &c), &c);
}

AvmValue avm_int_negate(AvmThread *t, AvmValue a) {
    int64_t i;
    if (avm_int_get(a, &i) && i != INT64_MIN) return avm_int_new(t, -i);
    return big_add(t, avm_inline_int_value(0), a, true);
}

// --- division

// Floor division; quotient or rest may be NULL.
static bool big_divmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue *quotient, AvmValue *rest) {
    AvmBigView x, y;
    const mp_int *p = avm_big_view(a, &x), *q = avm_big_view(b, &y);
    uint64_t lengths =
        p->used > q->used ? (uint64_t)(p->used - q->used + 1) * (uint64_t)q->used : (uint64_t)q->used;
    if (!avm_big_room(t, (uint64_t)p->used * MP_DIGIT_BIT, lengths)) return false;
    mp_int c, d;
    mp_err err = mp_init_multi(&c, &d, NULL);
    if (err) {
        avm_big_error(t, err);
        return false;
    }
    err = mp_div(p, q, &c, &d);
    if (!err && !mp_iszero(&d) && d.sign != q->sign) {
        err = mp_add(&d, q, &d);
        if (!err) err = mp_decr(&c);
    }
    if (err) {
        mp_clear_multi(&c, &d, NULL);
        avm_big_error(t, err);
        return false;
    }
    AvmValue first = AVM_NONE;
    if (quotient)
        first = avm_big_take(t, &c);
    else
        mp_clear(&c);
    if (!rest || first == AVM_FAIL) {
        mp_clear(&d);
    } else {
        *rest = avm_big_take(t, &d);
        if (*rest == AVM_FAIL) {
            avm_decref(t, first);
            return false;
        }
    }
    if (quotient) *quotient = first;
    return first != AVM_FAIL;
}

static void small_divmod(int64_t a, int64_t b, int64_t *quotient, int64_t *rest) {
    int64_t q = a / b, r = a % b;
    if (r && (r ^ b) < 0) {
        q--;
        r += b;
    }
    *quotient = q;
    *rest = r;
}

static AvmValue zero_division(AvmThread *t, const char *what) {
    return avm_raise(t, AVM_EXC(t, ZeroDivisionError), what);
}

static AvmValue floordiv(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, y, q, r;
    if (avm_int_sign(b) == 0) return zero_division(t, "integer division or modulo by zero");
    if (avm_int_get(a, &x) && avm_int_get(b, &y) && !(x == INT64_MIN && y == -1)) {
        small_divmod(x, y, &q, &r);
        return avm_int_new(t, q);
    }
    AvmValue result;
    return big_divmod(t, a, b, &result, NULL) ? result : AVM_FAIL;
}

static AvmValue modulo(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, y, q, r;
    if (avm_int_sign(b) == 0) return zero_division(t, "integer modulo by zero");
    if (avm_int_get(a, &x) && avm_int_get(b, &y) && y != -1) {
        small_divmod(x, y, &q, &r);
        return avm_int_new(t, r);
    }
    AvmValue result;
    return big_divmod(t, a, b, NULL, &result) ? result : AVM_FAIL;
}

AvmValue avm_int_divmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue *rest) {
    int64_t x, y, q, r;
    if (avm_int_sign(b) == 0) return zero_division(t, "integer division or modulo by zero");
    AvmValue first, second;
    if (avm_int_get(a, &x) && avm_int_get(b, &y) && y != -1) {
        small_divmod(x, y, &q, &r);
        first = avm_int_new(t, q);
        second = first == AVM_FAIL ? AVM_FAIL : avm_int_new(t, r);
        if (second == AVM_FAIL) {
            if (first != AVM_FAIL) avm_decref(t, first);
            return AVM_FAIL;
        }
    } else if (!big_divmod(t, a, b, &first, &second)) {
        return AVM_FAIL;
    }
    *rest = second;
    return first;
}

static AvmValue divmod_tuple(AvmThread *t, AvmValue a, AvmValue b) {
    AvmValue pair[2];
    pair[0] = avm_int_divmod(t, a, b, &pair[1]);
    if (pair[0] == AVM_FAIL) return AVM_FAIL;
    AvmTuple *tuple = avm_tuple_from(t, pair, 2);
    avm_decref(t, pair[0]);
    avm_decref(t, pair[1]);
    return avm_value(tuple);
}

static unsigned __int128 low_128(const mp_int *m) {
    unsigned __int128 r = 0;
    for (int i = m->used - 1; i >= 0; i--) r = r << MP_DIGIT_BIT | m->dp[i];
    return r;
}

// The quotient's highest 66 bits and whether anything is left decide how it is rounded.
static bool big_truediv(AvmThread *t, AvmValue a, AvmValue b, double *out) {
    AvmBigView x, y;
    const mp_int *p = avm_big_view(a, &x), *q = avm_big_view(b, &y);
    int64_t shift = 66 - (int64_t)mp_count_bits(p) + mp_count_bits(q);
    uint64_t longest = (uint64_t)(p->used > q->used ? p->used : q->used) + 2;
    if (shift > AVM_BIG_MAX_BITS || shift < -AVM_BIG_MAX_BITS) {
        *out = 0; // the quotient underflows; overflow is found below for what fits
        if (shift > 0) return true;
        avm_raise(t, AVM_EXC(t, OverflowError), "integer division result too large for a float");
        return false;
    }
    if (!avm_big_room(t, longest * MP_DIGIT_BIT, longest * 4)) return false;
    mp_int n, d, c, r;
    mp_err err = mp_init_multi(&n, &d, &c, &r, NULL);
    if (err) {
        avm_big_error(t, err);
        return false;
    }
    err = mp_abs(p, &n);
    if (!err) err = mp_abs(q, &d);
    if (!err) err = shift >= 0 ? mp_mul_2d(&n, (int)shift, &n) : mp_mul_2d(&d, (int)-shift, &d);
    if (!err) err = mp_div(&n, &d, &c, &r);
    bool fits = !err && avm_big_scale(low_128(&c), !mp_iszero(&r), -shift, out);
    mp_clear_multi(&n, &d, &c, &r, NULL);
    if (err)
        avm_big_error(t, err);
    else if (!fits)
        avm_raise(t, AVM_EXC(t, OverflowError), "integer division result too large for a float");
    return fits;
}

AvmValue avm_int_truediv(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, y;
    if (avm_int_sign(b) == 0) return zero_division(t, "division by zero");
    const int64_t exact = 1ll << 53;
    if (avm_int_get(a, &x) && avm_int_get(b, &y) && x >= -exact && x <= exact && y >= -exact && y <= exact)
        return avm_float_value((double)x / (double)y);
    double d;
    if (avm_int_sign(a) == 0) return avm_float_value(avm_int_sign(b) < 0 ? -0.0 : 0.0);
    if (!big_truediv(t, a, b, &d)) return AVM_FAIL;
    return avm_float_value(avm_int_sign(a) == avm_int_sign(b) ? d : -d);
}

// --- shifts

static AvmValue shift_left(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, n;
    if (avm_int_sign(b) < 0) return avm_raise_value(t, "negative shift count");
    if (avm_int_sign(a) == 0) return avm_inline_int_value(0);
    if (!avm_int_get(b, &n)) return avm_raise(t, AVM_EXC(t, OverflowError), "too many digits in integer");
    if (avm_int_get(a, &x) && n < 63) {
        int64_t shifted = (int64_t)((uint64_t)x << n);
        if (shifted >> n == x) return avm_int_new(t, shifted);
    }
    AvmBigView v;
    const mp_int *p = avm_big_view(a, &v);
    uint64_t bits = (uint64_t)mp_count_bits(p) + (uint64_t)n;
    if (!avm_big_room(t, bits, bits / MP_DIGIT_BIT)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_mul_2d(p, (int)n, &c), &c);
}

static AvmValue shift_right(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, n;
    if (avm_int_sign(b) < 0) return avm_raise_value(t, "negative shift count");
    if (!avm_int_get(b, &n)) n = INT64_MAX;
    if (avm_int_get(a, &x)) return avm_int_new(t, x >> (n < 63 ? n : 63));
    AvmBigView v;
    const mp_int *p = avm_big_view(a, &v);
    if (n >= mp_count_bits(p)) return avm_inline_int_value(avm_int_sign(a) < 0 ? -1 : 0);
    if (!avm_big_room(t, 0, (uint64_t)p->used)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_signed_rsh(p, (int)n, &c), &c);
}

static AvmValue bitwise(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    int64_t x, y;
    if (avm_int_get(a, &x) && avm_int_get(b, &y))
        return avm_int_new(t, op == AVM_AND ? x & y : op == AVM_OR ? x | y : x ^ y);
    AvmBigView v, w;
    const mp_int *p = avm_big_view(a, &v), *q = avm_big_view(b, &w);
    int used = (p->used > q->used ? p->used : q->used) + 1;
    if (!avm_big_room(t, (uint64_t)used * MP_DIGIT_BIT, (uint64_t)used)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    err = op == AVM_AND ? mp_and(p, q, &c) : op == AVM_OR ? mp_or(p, q, &c) : mp_xor(p, q, &c);
    return big_result(t, err, &c);
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

static AvmValue power(AvmThread *t, AvmValue a, AvmValue b) {
    if (avm_int_sign(b) < 0) {
        double x, y;
        if (!avm_int_to_double(t, a, &x) || !avm_int_to_double(t, b, &y)) return AVM_FAIL;
        return avm_float_pow(t, x, y);
    }
    int64_t x, n, small;
    bool has_x = avm_int_get(a, &x), has_n = avm_int_get(b, &n);
    if (has_x && x >= -1 && x <= 1) {
        if (x == 1 || avm_int_sign(b) == 0) return avm_inline_int_value(1);
        if (x == 0) return avm_inline_int_value(0);
        AvmBigView v;
        return avm_inline_int_value(mp_isodd(avm_big_view(b, &v)) ? -1 : 1);
    }
    if (!has_n || n > AVM_BIG_MAX_BITS) return avm_raise_memory(t);
    if (has_x && small_power(x, n, &small)) return avm_int_new(t, small);
    AvmBigView v;
    const mp_int *p = avm_big_view(a, &v);
    uint64_t bits = (uint64_t)(mp_count_bits(p) - 1) * (uint64_t)n, digits = bits / MP_DIGIT_BIT + 1;
    uint64_t steps = digits < 100 ? digits * digits : digits * 100 * (uint64_t)sqrt((double)digits / 100);
    if (!avm_big_room(t, bits, steps)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_expt_u32(p, (uint32_t)n, &c), &c);
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

static mp_err powmod_steps(const mp_int *p, const mp_int *q, mp_int *m, mp_int *g, mp_int *e, mp_int *c,
                           bool *bad) {
    mp_err err = mp_mod(p, m, g);
    if (!err) err = mp_abs(q, e);
    if (!err && q->sign == MP_NEG) {
        err = mp_gcd(g, m, c);
        if (!err && mp_cmp_d(c, 1) != MP_EQ) *bad = true;
        if (err || *bad) return err;
        err = mp_invmod(g, m, g);
    }
    return err ? err : mp_exptmod(g, e, m, c);
}

static AvmValue big_powmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue m) {
    AvmBigView x, y, z;
    const mp_int *p = avm_big_view(a, &x), *q = avm_big_view(b, &y), *r = avm_big_view(m, &z);
    uint64_t square = (uint64_t)r->used * (uint64_t)r->used + (uint64_t)p->used;
    if (!avm_big_room(t, (uint64_t)r->used * 4 * MP_DIGIT_BIT, square * (uint64_t)(mp_count_bits(q) + 1)))
        return AVM_FAIL;
    mp_int modulus, g, e, c;
    mp_err err = mp_init_multi(&modulus, &g, &e, &c, NULL);
    if (err) return avm_big_error(t, err);
    bool bad = false;
    err = mp_abs(r, &modulus);
    bool unit = mp_cmp_d(&modulus, 1) == MP_EQ;
    if (!err && !unit) err = powmod_steps(p, q, &modulus, &g, &e, &c, &bad);
    if (!err && !bad && r->sign == MP_NEG && !mp_iszero(&c)) err = mp_sub(&c, &modulus, &c);
    mp_clear_multi(&modulus, &g, &e, NULL);
    if (!bad) return big_result(t, err, &c);
    mp_clear(&c);
    return avm_raise_value(t, "base is not invertible for the given modulus");
}

AvmValue avm_int_powmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue m) {
    if (avm_int_sign(m) == 0) return avm_raise_value(t, "pow() 3rd argument cannot be 0");
    int64_t x, n, modulus;
    if (avm_int_get(a, &x) && avm_int_get(b, &n) && avm_int_get(m, &modulus) && n >= 0 && modulus > 0) {
        int64_t q, r;
        small_divmod(x, modulus, &q, &r);
        return avm_int_new(t, small_powmod(r, n, modulus));
    }
    return big_powmod(t, a, b, m);
}

// --- number theory for math and fractions

AvmValue avm_int_gcd(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, y;
    if (avm_int_get(a, &x) && avm_int_get(b, &y)) {
        uint64_t u = x < 0 ? 0 - (uint64_t)x : (uint64_t)x, v = y < 0 ? 0 - (uint64_t)y : (uint64_t)y;
        while (v) {
            uint64_t rest = u % v;
            u = v;
            v = rest;
        }
        return avm_int_new_u64(t, u);
    }
    AvmBigView v, w;
    const mp_int *p = avm_big_view(a, &v), *q = avm_big_view(b, &w);
    uint64_t used = (uint64_t)(p->used > q->used ? p->used : q->used);
    if (!avm_big_room(t, used * MP_DIGIT_BIT, used * used * 4)) return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_gcd(p, q, &c), &c);
}

AvmValue avm_int_sqrt(AvmThread *t, AvmValue a) {
    int64_t i;
    if (avm_int_get(a, &i)) {
        uint64_t r = (uint64_t)sqrt((double)i);
        while (r && r * r > (uint64_t)i) r--;
        while ((r + 1) * (r + 1) <= (uint64_t)i) r++;
        return avm_int_new(t, (int64_t)r);
    }
    AvmBigView v;
    const mp_int *p = avm_big_view(a, &v);
    if (!avm_big_room(t, (uint64_t)p->used * MP_DIGIT_BIT, (uint64_t)p->used * (uint64_t)p->used))
        return AVM_FAIL;
    mp_int c;
    mp_err err = mp_init(&c);
    if (err) return avm_big_error(t, err);
    return big_result(t, mp_sqrt(p, &c), &c);
}

// round(v, -n): the nearest multiple of 10^n, half to even.
AvmValue avm_int_round(AvmThread *t, AvmValue v, AvmValue ndigits) {
    int64_t n;
    if (avm_int_sign(ndigits) >= 0) return avm_int_plain(t, v);
    // Ten to a power of more than the value's bits is more than twice the value.
    if (!avm_int_get(ndigits, &n) || -(n + 1) > (int64_t)avm_int_bits(v)) return avm_inline_int_value(0);
    AvmValue unit = power(t, avm_inline_int_value(10), avm_inline_int_value(-n)), rest, result = AVM_FAIL;
    if (unit == AVM_FAIL) return AVM_FAIL;
    AvmValue quotient = avm_int_divmod(t, v, unit, &rest);
    if (quotient == AVM_FAIL) goto done;
    AvmValue twice = avm_int_binary(t, AVM_ADD, rest, rest);
    if (twice != AVM_FAIL) {
        int order = avm_int_compare(twice, unit);
        AvmBigView view;
        bool up = order > 0 || (order == 0 && mp_isodd(avm_big_view(quotient, &view)));
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

AvmValue avm_int_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    int64_t x, y, r;
    switch (op) {
    case AVM_ADD:
        if (avm_int_get(a, &x) && avm_int_get(b, &y) && !__builtin_add_overflow(x, y, &r))
            return avm_int_new(t, r);
        return big_add(t, a, b, false);
    case AVM_SUB:
        if (avm_int_get(a, &x) && avm_int_get(b, &y) && !__builtin_sub_overflow(x, y, &r))
            return avm_int_new(t, r);
        return big_add(t, a, b, true);
    case AVM_MUL:
        if (avm_int_get(a, &x) && avm_int_get(b, &y) && !__builtin_mul_overflow(x, y, &r))
            return avm_int_new(t, r);
        return big_mul(t, a, b);
    case AVM_DIV: return avm_int_truediv(t, a, b);
    case AVM_FLOORDIV: return floordiv(t, a, b);
    case AVM_MOD: return modulo(t, a, b);
    case AVM_DIVMOD: return divmod_tuple(t, a, b);
    case AVM_POW: return power(t, a, b);
    case AVM_LSHIFT: return shift_left(t, a, b);
    case AVM_RSHIFT: return shift_right(t, a, b);
    case AVM_AND:
    case AVM_OR:
    case AVM_XOR: return bitwise(t, op, a, b);
    default: return AVM_NOTIMPL;
    }
}
