// int arithmetic: int64 with overflow checks first, limbs behind it. Powers and number theory are in
// intpower.c, text in inttext.c.
#include <math.h>

#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"

// About how many steps a product takes: the school method for small ones, Karatsuba's for others.
static uint64_t product_steps(size_t n, size_t m) {
    uint64_t steps = (uint64_t)n * m;
    for (size_t small = n < m ? n : m; small > 64; small /= 2) steps -= steps / 4;
    return steps;
}

// --- sums

static AvmValue add_sizes(AvmThread *t, const AvmBigView *p, const AvmBigView *q, bool negative) {
    if (p->n < q->n) return add_sizes(t, q, p, negative);
    AvmInt *o = avm_big_new(t, p->n + 1);
    if (!o) return AVM_FAIL;
    o->limbs[p->n] = avm_limbs_add(o->limbs, p->limbs, p->n, q->limbs, q->n);
    return avm_big_finish(t, o, p->n + 1, negative);
}

static AvmValue subtract_sizes(AvmThread *t, const AvmBigView *p, const AvmBigView *q, bool negative) {
    if (avm_limbs_compare(p->limbs, p->n, q->limbs, q->n) < 0) return subtract_sizes(t, q, p, !negative);
    AvmInt *o = avm_big_new(t, p->n);
    if (!o) return AVM_FAIL;
    avm_limbs_sub(o->limbs, p->limbs, p->n, q->limbs, q->n);
    return avm_big_finish(t, o, p->n, negative);
}

static AvmValue big_add(AvmThread *t, AvmValue a, AvmValue b, bool subtract) {
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    size_t used = (p.n > q.n ? p.n : q.n) + 1;
    if (!avm_big_room(t, (uint64_t)used * AVM_LIMB_BITS, used)) return AVM_FAIL;
    bool same = p.negative == (q.negative != subtract);
    return same ? add_sizes(t, &p, &q, p.negative) : subtract_sizes(t, &p, &q, p.negative);
}

static AvmValue big_mul(AvmThread *t, AvmValue a, AvmValue b) {
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    if (!p.n || !q.n) return avm_inline_int_value(0);
    AvmBigView *x = p.n < q.n ? &q : &p, *y = p.n < q.n ? &p : &q; // the longer and the shorter one
    size_t used = x->n + y->n, room = avm_limbs_mul_scratch(y->n);
    if (!avm_big_room(t, (uint64_t)used * AVM_LIMB_BITS, product_steps(x->n, y->n))) return AVM_FAIL;
    AvmInt *o = avm_big_new(t, used);
    if (!o) return AVM_FAIL;
    AvmLimb *scratch = NULL;
    if (room && !(scratch = avm_big_scratch(t, room))) {
        avm_drop(t, o);
        return AVM_FAIL;
    }
    avm_limbs_mul(o->limbs, x->limbs, x->n, y->limbs, y->n, scratch);
    avm_big_scratch_free(t, scratch, room);
    return avm_big_finish(t, o, used, p.negative != q.negative);
}

AvmValue avm_int_negate(AvmThread *t, AvmValue a) {
    int64_t i;
    if (avm_int_get(a, &i) && i != INT64_MIN) return avm_int_new(t, -i);
    return big_add(t, avm_inline_int_value(0), a, true);
}

// --- division

// |p| / |q| where both have as many limbs: the leading bits of both often tell the quotient. UINT64_MAX: they
// don't.
static AvmLimb leading_quotient(const AvmBigView *p, const AvmBigView *q) {
    size_t n = p->n;
    int shift = __builtin_clzll(q->limbs[n - 1]);
    unsigned __int128 u = (unsigned __int128)p->limbs[n - 1] << 64 | p->limbs[n - 2];
    unsigned __int128 v = (unsigned __int128)q->limbs[n - 1] << 64 | q->limbs[n - 2];
    // Both are cut off at the same place, so p lies in [top, top + 1) and q in [divisor, divisor + 1).
    unsigned __int128 top = u >> (64 - shift), divisor = v >> (64 - shift);
    AvmLimb d = (AvmLimb)divisor;
    if (d == UINT64_MAX || top >> 64 >= d) return UINT64_MAX;
    AvmLimb least = (AvmLimb)(top / (d + 1)), most = (AvmLimb)(top / d);
    return least == most ? most : UINT64_MAX;
}

// quotient = |p| / |q| and rest (either may be NULL), where p has as many limbs as q, or more, and q two or
// more.
static bool long_divide(AvmThread *t, const AvmBigView *p, const AvmBigView *q, AvmLimb *quotient,
                        AvmLimb *rest) {
    size_t n = p->n, m = q->n, room = n + 1 + m;
    AvmLimb *u = avm_big_scratch(t, room);
    if (!u) return false;
    AvmLimb *v = u + n + 1;
    unsigned shift = (unsigned)__builtin_clzll(q->limbs[m - 1]);
    avm_limbs_shl(v, q->limbs, m, shift);
    u[n] = avm_limbs_shl(u, p->limbs, n, shift);
    avm_limbs_divide(quotient, u, n, v, m);
    if (rest) avm_limbs_shr(rest, u, m, shift);
    avm_big_scratch_free(t, u, room);
    return true;
}

// |p| / |q| into objects with room for it: n - m + 1 and m limbs.
static bool divide_into(AvmThread *t, const AvmBigView *p, const AvmBigView *q, AvmInt *quotient,
                        AvmInt *rest) {
    if (q->n > 1) return long_divide(t, p, q, quotient->limbs, rest->limbs);
    rest->limbs[0] = avm_limbs_div1(quotient->limbs, p->limbs, p->n, q->limbs[0]);
    return true;
}

// From the quotient and the rest of the sizes to Python's: the rest has q's sign.
static void make_floor(const AvmBigView *p, const AvmBigView *q, AvmInt *quotient, AvmInt *rest) {
    if (p->negative == q->negative || !avm_limbs_trim(rest->limbs, q->n)) return;
    const AvmLimb one = 1;
    avm_limbs_add(quotient->limbs, quotient->limbs, quotient->used, &one, 1);
    avm_limbs_sub(rest->limbs, q->limbs, q->n, rest->limbs, q->n);
}

// The results of a division by something longer.
static bool divide_shorter(AvmThread *t, AvmValue a, AvmValue b, bool same_sign, AvmValue *quotient,
                           AvmValue *rest) {
    bool floored = !same_sign && avm_int_sign(a) != 0;
    AvmValue r = AVM_NONE;
    if (rest && (r = floored ? big_add(t, a, b, false) : avm_int_plain(t, a)) == AVM_FAIL) return false;
    if (rest) *rest = r;
    if (quotient) *quotient = avm_inline_int_value(floored ? -1 : 0);
    return true;
}

// Floor division; quotient or rest may be NULL.
static bool big_divmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue *quotient, AvmValue *rest) {
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    bool same_sign = p.negative == q.negative;
    if (avm_limbs_compare(p.limbs, p.n, q.limbs, q.n) < 0)
        return divide_shorter(t, a, b, same_sign, quotient, rest);
    if (!rest && same_sign && p.n == q.n && q.n > 1) {
        AvmLimb known = leading_quotient(&p, &q);
        if (known != UINT64_MAX) return (*quotient = avm_int_new_u64(t, known)) != AVM_FAIL;
    }
    size_t places = p.n - q.n + 1;
    if (!avm_big_room(t, (uint64_t)p.n * AVM_LIMB_BITS, (uint64_t)places * q.n)) return false;
    AvmInt *c = avm_big_new(t, places + 1), *d = c ? avm_big_new(t, q.n) : NULL;
    if (!d || !divide_into(t, &p, &q, c, d)) {
        avm_drop(t, c);
        avm_drop(t, d);
        return false;
    }
    c->limbs[places] = 0;
    make_floor(&p, &q, c, d);
    AvmValue first = avm_big_finish(t, c, places + 1, !same_sign);
    AvmValue second = avm_big_finish(t, d, q.n, q.negative);
    bool good = first != AVM_FAIL && second != AVM_FAIL;
    if (good && quotient) *quotient = first;
    if (good && rest) *rest = second;
    if (!good || !quotient) avm_decref(t, first);
    if (!good || !rest) avm_decref(t, second);
    return good;
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

static unsigned __int128 low_128(const AvmLimb *p, size_t n) {
    return (n > 1 ? (unsigned __int128)p[1] << 64 : 0) | (n ? p[0] : 0);
}

// The quotient of |p| and |q|, shifted so that it has 66 or 67 bits, and whether anything is left decide how
// it is rounded.
static bool scaled_quotient(AvmThread *t, const AvmBigView *p, const AvmBigView *q, int64_t shift,
                            unsigned __int128 *out, bool *sticky) {
    size_t left = shift > 0 ? (size_t)shift : 0, right = shift < 0 ? (size_t)-shift : 0;
    size_t n = p->n + left / AVM_LIMB_BITS + 1, m = q->n + right / AVM_LIMB_BITS + 1, room = n + m + 4 + m;
    AvmLimb *numerator = avm_big_scratch(t, room);
    if (!numerator) return false;
    AvmLimb *divisor = numerator + n, *quotient = divisor + m, *rest = quotient + 4;
    memset(numerator, 0, room * sizeof *numerator);
    size_t at = left / AVM_LIMB_BITS, to = right / AVM_LIMB_BITS;
    numerator[at + p->n] = avm_limbs_shl(numerator + at, p->limbs, p->n, left % AVM_LIMB_BITS);
    divisor[to + q->n] = avm_limbs_shl(divisor + to, q->limbs, q->n, right % AVM_LIMB_BITS);
    AvmBigView x = {.limbs = numerator, .n = avm_limbs_trim(numerator, n)};
    AvmBigView y = {.limbs = divisor, .n = avm_limbs_trim(divisor, m)};
    bool ok = true;
    if (y.n == 1)
        rest[0] = avm_limbs_div1(quotient, x.limbs, x.n, y.limbs[0]);
    else
        ok = long_divide(t, &x, &y, quotient, rest);
    *out = low_128(quotient, 2);
    *sticky = avm_limbs_trim(rest, m) != 0;
    avm_big_scratch_free(t, numerator, room);
    return ok;
}

static bool big_truediv(AvmThread *t, AvmValue a, AvmValue b, double *out) {
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    int64_t shift = 66 - (int64_t)avm_big_bits(&p) + (int64_t)avm_big_bits(&q);
    uint64_t longest = (uint64_t)(p.n > q.n ? p.n : q.n) + 2;
    if (shift > AVM_BIG_MAX_BITS || shift < -AVM_BIG_MAX_BITS) {
        *out = 0; // the quotient underflows; overflow is found below for what fits
        if (shift > 0) return true;
        avm_raise(t, AVM_EXC(t, OverflowError), "integer division result too large for a float");
        return false;
    }
    if (!avm_big_room(t, longest * AVM_LIMB_BITS, longest * 4)) return false;
    unsigned __int128 quotient;
    bool sticky;
    if (!scaled_quotient(t, &p, &q, shift, &quotient, &sticky)) return false;
    if (avm_big_scale(quotient, sticky, -shift, out)) return true;
    avm_raise(t, AVM_EXC(t, OverflowError), "integer division result too large for a float");
    return false;
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
    AvmBigView p;
    avm_big_view(a, &p);
    uint64_t bits = (uint64_t)avm_big_bits(&p) + (uint64_t)n;
    if (!avm_big_room(t, bits, bits / AVM_LIMB_BITS)) return AVM_FAIL;
    size_t zeros = (size_t)n / AVM_LIMB_BITS;
    AvmInt *o = avm_big_new(t, zeros + p.n + 1);
    if (!o) return AVM_FAIL;
    memset(o->limbs, 0, zeros * sizeof(AvmLimb));
    o->limbs[zeros + p.n] = avm_limbs_shl(o->limbs + zeros, p.limbs, p.n, (unsigned)(n % AVM_LIMB_BITS));
    return avm_big_finish(t, o, zeros + p.n + 1, p.negative);
}

static AvmValue shift_right(AvmThread *t, AvmValue a, AvmValue b) {
    int64_t x, n;
    if (avm_int_sign(b) < 0) return avm_raise_value(t, "negative shift count");
    if (!avm_int_get(b, &n)) n = INT64_MAX;
    if (avm_int_get(a, &x)) return avm_int_new(t, x >> (n < 63 ? n : 63));
    AvmBigView p;
    avm_big_view(a, &p);
    if ((uint64_t)n >= avm_big_bits(&p)) return avm_inline_int_value(p.negative ? -1 : 0);
    size_t gone = (size_t)n / AVM_LIMB_BITS, left = p.n - gone;
    if (!avm_big_room(t, 0, left)) return AVM_FAIL;
    AvmInt *o = avm_big_new(t, left + 1);
    if (!o) return AVM_FAIL;
    AvmLimb lost = avm_limbs_shr(o->limbs, p.limbs + gone, left, (unsigned)(n % AVM_LIMB_BITS));
    o->limbs[left] = 0;
    const AvmLimb one = 1;
    // A negative number is rounded down, away from 0.
    if (p.negative && (lost || avm_limbs_trim(p.limbs, gone)))
        avm_limbs_add(o->limbs, o->limbs, left + 1, &one, 1);
    return avm_big_finish(t, o, left + 1, p.negative);
}

// The limbs of a number in two's complement, one after the other; beyond the last one come those of its sign.
typedef struct Complement {
    const AvmBigView *v;
    size_t at;
    bool carry;
} Complement;

static inline AvmLimb next_limb(Complement *c) {
    AvmLimb limb = c->at < c->v->n ? c->v->limbs[c->at] : 0;
    c->at++;
    if (!c->v->negative) return limb;
    limb = ~limb + c->carry;
    c->carry = c->carry && !limb;
    return limb;
}

static inline AvmLimb combine(AvmBinary op, AvmLimb x, AvmLimb y) {
    return op == AVM_AND ? x & y : op == AVM_OR ? x | y : x ^ y;
}

static AvmValue bitwise(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    int64_t x, y;
    if (avm_int_get(a, &x) && avm_int_get(b, &y))
        return avm_int_new(t, op == AVM_AND ? x & y : op == AVM_OR ? x | y : x ^ y);
    AvmBigView p, q;
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    size_t used = (p.n > q.n ? p.n : q.n) + 1;
    if (!avm_big_room(t, (uint64_t)used * AVM_LIMB_BITS, used)) return AVM_FAIL;
    AvmInt *o = avm_big_new(t, used);
    if (!o) return AVM_FAIL;
    if (!p.negative && !q.negative) {
        for (size_t i = 0; i < used; i++)
            o->limbs[i] = combine(op, i < p.n ? p.limbs[i] : 0, i < q.n ? q.limbs[i] : 0);
        return avm_big_finish(t, o, used, false);
    }
    bool negative = combine(op, p.negative, q.negative);
    Complement c = {&p, 0, true}, d = {&q, 0, true};
    AvmLimb carry = 1;
    for (size_t i = 0; i < used; i++) {
        AvmLimb limb = combine(op, next_limb(&c), next_limb(&d));
        if (negative) {
            limb = ~limb + carry;
            carry = carry && !limb;
        }
        o->limbs[i] = limb;
    }
    return avm_big_finish(t, o, used, negative);
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
    case AVM_POW: return avm_int_power(t, a, b);
    case AVM_LSHIFT: return shift_left(t, a, b);
    case AVM_RSHIFT: return shift_right(t, a, b);
    case AVM_AND:
    case AVM_OR:
    case AVM_XOR: return bitwise(t, op, a, b);
    default: return AVM_NOTIMPL;
    }
}
