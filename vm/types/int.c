// int: the three forms (inline, boxed int64, big), getting values in and out, comparison and hash. Arithmetic
// is in intops.c, text in inttext.c, what scripts see in inttype.c.
#include <math.h>

#include "vm/error.h"
#include "vm/types/intbig.h"

#define HASH_MOD ((1ull << 61) - 1)

_Static_assert(MP_DIGIT_BIT * 3 >= 64, "AvmBigView.small holds an int64");
_Static_assert(sizeof(AvmInt) == 16, "digits follow the union");

static AvmInt *int_obj(AvmValue v) { return (AvmInt *)avm_obj(v); }

static bool is_big(AvmValue v) { return avm_is_obj(v) && (avm_obj(v)->flags & AVM_INT_BIG); }

AvmValue avm_int_new(AvmThread *t, int64_t i) {
    if (__builtin_expect(avm_int_fits_inline(i), 1)) return avm_inline_int_value(i);
    AvmInt *o = avm_object_new_id(t, AVM_T_INT, sizeof(AvmInt));
    if (!o) return AVM_FAIL;
    o->i = i;
    return avm_value(o);
}

AvmValue avm_int_new_u64(AvmThread *t, uint64_t i) {
    if (i <= INT64_MAX) return avm_int_new(t, (int64_t)i);
    mp_int m;
    mp_err err = mp_init_u64(&m, i);
    return err ? avm_big_error(t, err) : avm_big_take(t, &m);
}

AvmValue avm_int_from_double(AvmThread *t, double d) {
    if (d != d) return avm_raise_value(t, "cannot convert float NaN to integer");
    if (isinf(d)) return avm_raise(t, AVM_EXC(t, OverflowError), "cannot convert float infinity to integer");
    if (d > -9.2e18 && d < 9.2e18) return avm_int_new(t, (int64_t)d);
    int exponent;
    double part = frexp(fabs(d), &exponent);
    mp_int m;
    mp_err err = mp_init_u64(&m, (uint64_t)ldexp(part, 53));
    if (err) return avm_big_error(t, err);
    if ((err = mp_mul_2d(&m, exponent - 53, &m))) {
        mp_clear(&m);
        return avm_big_error(t, err);
    }
    m.sign = d < 0 ? MP_NEG : MP_ZPOS;
    return avm_big_take(t, &m);
}

bool avm_is_int(AvmThread *t, AvmValue v) {
    if (avm_is_inline_int(v) || avm_is_bool(v)) return true;
    if (!avm_is_obj(v)) return false;
    return avm_obj(v)->type == AVM_T_INT || avm_is_sub(t, v, AVM_TYPE_SUB_INT);
}

bool avm_int_get(AvmValue v, int64_t *out) {
    if (avm_is_inline_int(v)) {
        *out = avm_inline_int(v);
        return true;
    }
    if (avm_is_bool(v)) {
        *out = v == AVM_TRUE;
        return true;
    }
    if (is_big(v)) return false;
    *out = int_obj(v)->i;
    return true;
}

int avm_int_sign(AvmValue v) {
    int64_t i;
    if (!avm_int_get(v, &i)) return int_obj(v)->negative ? -1 : 1;
    return (i > 0) - (i < 0);
}

const mp_int *avm_big_view(AvmValue v, AvmBigView *view) {
    int64_t i;
    mp_int *m = &view->mp;
    if (!avm_int_get(v, &i)) {
        AvmInt *o = int_obj(v);
        *m = (mp_int){.used = (int)o->used,
                      .alloc = (int)o->used,
                      .sign = o->negative ? MP_NEG : MP_ZPOS,
                      .dp = o->digits};
        return m;
    }
    *m = (mp_int){.alloc = 3, .sign = i < 0 ? MP_NEG : MP_ZPOS, .dp = view->small};
    uint64_t left = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    while (left) {
        view->small[m->used++] = left & MP_MASK;
        left = MP_DIGIT_BIT < 64 ? left >> MP_DIGIT_BIT : 0;
    }
    return m;
}

AvmValue avm_big_take(AvmThread *t, mp_int *m) {
    mp_clamp(m);
    int bits = mp_count_bits(m);
    if (bits <= 63) {
        int64_t i = mp_get_i64(m);
        mp_clear(m);
        return avm_int_new(t, i);
    }
    if (bits == 64 && m->sign == MP_NEG && mp_cnt_lsb(m) == 63) {
        mp_clear(m);
        return avm_int_new(t, INT64_MIN);
    }
    size_t bytes = (size_t)m->used * sizeof(mp_digit);
    AvmInt *o = avm_object_new_id(t, AVM_T_INT, sizeof(AvmInt) + bytes);
    if (o) {
        o->h.flags |= AVM_INT_BIG;
        o->used = (uint32_t)m->used;
        o->negative = m->sign == MP_NEG;
        memcpy(o->digits, m->dp, bytes);
    }
    mp_clear(m);
    return avm_value(o);
}

bool avm_big_room(AvmThread *t, uint64_t bits, uint64_t steps) {
    AvmAlloc *alloc = &t->vm->alloc;
    // libtommath's own copies are not counted, so a limit must hold a result twice.
    uint64_t bytes = bits / MP_DIGIT_BIT * sizeof(mp_digit) * 2;
    if (bits > AVM_BIG_MAX_BITS ||
        (alloc->limit && (alloc->used >= alloc->limit || bytes > alloc->limit - alloc->used))) {
        avm_raise_memory(t);
        return false;
    }
    return steps < 64 || avm_charge(t, steps);
}

AvmValue avm_big_error(AvmThread *t, mp_err err) {
    if (err == MP_MEM) return avm_raise_memory(t);
    return avm_raise(t, AVM_EXC(t, SystemError), "integer arithmetic failed: %s", mp_error_to_string(err));
}

size_t avm_int_bits(AvmValue v) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        return u ? 64 - (size_t)__builtin_clzll(u) : 0;
    }
    AvmBigView a;
    return (size_t)mp_count_bits(avm_big_view(v, &a));
}

uint64_t avm_int_top_bits(AvmValue v, bool *sticky) {
    AvmBigView view;
    const mp_int *m = avm_big_view(v, &view);
    unsigned __int128 top = 0;
    int i = m->used - 1, have = 0;
    uint64_t result = 0;
    // The first digit may be short; three digits hold 64 bits in any case.
    for (; i >= 0 && have < 64; i--) {
        int width = have ? MP_DIGIT_BIT : 64 - __builtin_clzll(m->dp[i]);
        top = top << width | m->dp[i];
        have += width;
    }
    *sticky = false;
    if (have <= 64) {
        result = (uint64_t)top << (64 - have);
    } else {
        result = (uint64_t)(top >> (have - 64));
        *sticky = (top & (((unsigned __int128)1 << (have - 64)) - 1)) != 0;
    }
    for (; i >= 0 && !*sticky; i--) *sticky = m->dp[i] != 0;
    return result;
}

bool avm_big_scale(unsigned __int128 q, bool sticky, int64_t exponent, double *out) {
    if (!q) {
        *out = 0;
        return true;
    }
    uint64_t high = (uint64_t)(q >> 64);
    int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)q);
    int64_t top = bits + exponent; // q * 2^exponent lies in [2^(top-1), 2^top)
    if (top > 1024) return false;
    int64_t keep = top < -1021 ? 53 - (-1021 - top) : 53;
    if (keep < 0) {
        *out = 0;
        return true;
    }
    int64_t drop = bits - keep;
    if (drop > 0) {
        unsigned __int128 half = (unsigned __int128)1 << (drop - 1);
        unsigned __int128 rest = drop == 128 ? q : q & ((half << 1) - 1);
        q = drop == 128 ? 0 : q >> drop;
        exponent += drop;
        if (rest > half || (rest == half && (sticky || (q & 1)))) q++;
    }
    *out = ldexp((double)(uint64_t)q, (int)exponent);
    return !isinf(*out);
}

bool avm_int_to_double(AvmThread *t, AvmValue v, double *out) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        *out = (double)i;
        return true;
    }
    bool sticky;
    size_t bits = avm_int_bits(v);
    uint64_t top = avm_int_top_bits(v, &sticky);
    if (!avm_big_scale(top, sticky, (int64_t)bits - 64, out)) {
        avm_raise(t, AVM_EXC(t, OverflowError), "int too large to convert to float");
        return false;
    }
    if (int_obj(v)->negative) *out = -*out;
    return true;
}

int64_t avm_int_hash(AvmValue v) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        u = (u & HASH_MOD) + (u >> 61);
        if (u >= HASH_MOD) u -= HASH_MOD;
        int64_t h = i < 0 ? -(int64_t)u : (int64_t)u;
        return h == -1 ? -2 : h;
    }
    AvmInt *o = int_obj(v);
    uint64_t h = 0;
    for (uint32_t at = o->used; at-- > 0;)
        h = (uint64_t)((((unsigned __int128)h << MP_DIGIT_BIT) + o->digits[at]) % HASH_MOD);
    int64_t signed_hash = o->negative ? -(int64_t)h : (int64_t)h;
    return signed_hash == -1 ? -2 : signed_hash;
}

int avm_int_compare(AvmValue a, AvmValue b) {
    int64_t x, y;
    bool small_a = avm_int_get(a, &x), small_b = avm_int_get(b, &y);
    if (small_a && small_b) return (x > y) - (x < y);
    // A big one lies outside of int64, so its sign decides against a small one.
    if (small_a) return -avm_int_sign(b);
    if (small_b) return avm_int_sign(a);
    AvmBigView p, q;
    return mp_cmp(avm_big_view(a, &p), avm_big_view(b, &q));
}

int avm_int_compare_double(AvmValue v, double d) {
    int sign = avm_int_sign(v), dsign = (d > 0) - (d < 0);
    if (sign != dsign) return sign < dsign ? -1 : 1;
    if (sign == 0) return 0;
    if (isinf(d)) return -dsign;
    int exponent;
    double part = frexp(fabs(d), &exponent);
    int64_t bits = (int64_t)avm_int_bits(v);
    if (bits != exponent) return bits < exponent ? -sign : sign;
    bool sticky;
    uint64_t top = avm_int_top_bits(v, &sticky), dtop = (uint64_t)ldexp(part, 64);
    if (top != dtop) return top < dtop ? -sign : sign;
    return sticky ? sign : 0;
}

static void put_little_endian(const mp_int *m, unsigned char *out, size_t n) {
    unsigned __int128 bits = 0;
    int have = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        if (have < 8 && at < m->used) {
            bits |= (unsigned __int128)m->dp[at++] << have;
            have += MP_DIGIT_BIT;
        }
        out[i] = (unsigned char)bits;
        bits >>= 8;
        have = have > 8 ? have - 8 : 0;
    }
}

// -x is ~x + 1.
static void negate_bytes(unsigned char *p, size_t n) {
    unsigned carry = 1;
    for (size_t i = 0; i < n; i++) {
        carry += (unsigned char)~p[i];
        p[i] = (unsigned char)carry;
        carry >>= 8;
    }
}

bool avm_int_to_bytes(AvmThread *t, AvmValue v, unsigned char *out, size_t n, bool is_signed) {
    AvmBigView view;
    const mp_int *m = avm_big_view(v, &view);
    bool negative = avm_int_sign(v) < 0;
    if (negative && !is_signed) {
        avm_raise(t, AVM_EXC(t, OverflowError), "can't convert negative int to unsigned");
        return false;
    }
    size_t bits = avm_int_bits(v);
    bool fits = bits <= 8 * n;
    if (fits && is_signed && bits == 8 * n) fits = !bits || (negative && (size_t)mp_cnt_lsb(m) == bits - 1);
    if (!fits) {
        avm_raise(t, AVM_EXC(t, OverflowError), "int too big to convert");
        return false;
    }
    put_little_endian(m, out, n);
    if (negative) negate_bytes(out, n);
    return true;
}

AvmValue avm_int_from_bytes(AvmThread *t, const unsigned char *p, size_t n, bool is_signed) {
    bool negative = is_signed && n && (p[n - 1] & 0x80);
    if (n <= 8) {
        uint64_t u = negative ? UINT64_MAX : 0;
        for (size_t i = n; i-- > 0;) u = u << 8 | p[i];
        return is_signed ? avm_int_new(t, (int64_t)u) : avm_int_new_u64(t, u);
    }
    if (!avm_big_room(t, (uint64_t)n * 8, n / 4)) return AVM_FAIL;
    mp_int m;
    mp_err err = mp_init_size(&m, (int)(n * 8 / MP_DIGIT_BIT + 1));
    if (err) return avm_big_error(t, err);
    unsigned __int128 bits = 0;
    unsigned carry = 1; // of the two's complement
    int have = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = p[i];
        if (negative) {
            carry += (unsigned char)~byte;
            byte = (unsigned char)carry;
            carry >>= 8;
        }
        bits |= (unsigned __int128)byte << have;
        have += 8;
        if (have >= MP_DIGIT_BIT || i + 1 == n) {
            m.dp[m.used++] = (mp_digit)(bits & MP_MASK);
            bits >>= MP_DIGIT_BIT;
            have -= MP_DIGIT_BIT;
        }
    }
    // What is left over after the last byte, and the carry of a power of 256.
    if (bits) m.dp[m.used++] = (mp_digit)bits;
    m.sign = negative ? MP_NEG : MP_ZPOS;
    return avm_big_take(t, &m);
}
