// int: the three forms (inline, boxed int64, big), getting values in and out, comparison and hash. Arithmetic
// is in intops.c, text in inttext.c, what scripts see in inttype.c.
#include <math.h>

#include "vm/error.h"
#include "vm/heap.h"
#include "vm/types/intbig.h"

#define HASH_MOD ((1ull << 61) - 1)

_Static_assert(sizeof(AvmInt) == 16, "limbs follow the union");

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
    AvmInt *o = avm_big_new(t, 1);
    if (!o) return AVM_FAIL;
    o->limbs[0] = i;
    return avm_value(o);
}

AvmValue avm_int_from_double(AvmThread *t, double d) {
    if (d != d) return avm_raise_value(t, "cannot convert float NaN to integer");
    if (isinf(d)) return avm_raise(t, AVM_EXC(t, OverflowError), "cannot convert float infinity to integer");
    if (d > -9.2e18 && d < 9.2e18) return avm_int_new(t, (int64_t)d);
    int exponent;
    double part = frexp(fabs(d), &exponent);
    size_t zeros = (size_t)(exponent - 53), at = zeros / AVM_LIMB_BITS;
    AvmInt *o = avm_big_new(t, at + 2);
    if (!o) return AVM_FAIL;
    memset(o->limbs, 0, at * sizeof(AvmLimb));
    o->limbs[at] = (AvmLimb)ldexp(part, 53);
    o->limbs[at + 1] = avm_limbs_shl(o->limbs + at, o->limbs + at, 1, zeros % AVM_LIMB_BITS);
    return avm_big_finish(t, o, at + 2, d < 0);
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

void avm_big_view(AvmValue v, AvmBigView *view) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        view->small = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        view->limbs = &view->small;
        view->n = i != 0;
        view->negative = i < 0;
    } else {
        AvmInt *o = int_obj(v);
        view->limbs = o->limbs;
        view->n = o->used;
        view->negative = o->negative;
    }
}

AvmInt *avm_big_new(AvmThread *t, size_t n) {
    size_t size = sizeof(AvmInt) + n * sizeof(AvmLimb);
    AvmInt *o = (AvmInt *)avm_heap_pop(t->vm->heap, size);
    if (o) {
        // All limbs will be written, so a used cell need not be cleared.
        o->h = (AvmObj){.refs = 1, .type = AVM_T_INT, .flags = AVM_INT_BIG};
        o->negative = false;
        t->gc_debt++;
    } else {
        o = avm_object_new_id(t, AVM_T_INT, size);
        if (!o) return NULL;
        o->h.flags |= AVM_INT_BIG;
    }
    o->used = (uint32_t)n;
    return o;
}

// Is it an int64 after all?
static bool fits_int64(const AvmInt *o, size_t n, bool negative, int64_t *out) {
    AvmLimb low = n ? o->limbs[0] : 0;
    if (n > 1 || low > (AvmLimb)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? 0 - low : low);
    return true;
}

AvmValue avm_big_finish(AvmThread *t, AvmInt *o, size_t n, bool negative) {
    size_t room = o->used;
    int64_t i;
    n = avm_limbs_trim(o->limbs, n);
    if (fits_int64(o, n, negative, &i)) {
        avm_drop(t, o);
        return avm_int_new(t, i);
    }
    if (room > 2 * n + 16) {
        // Most of the room is idle: a copy of the right size.
        AvmInt *copy = avm_big_new(t, n);
        if (copy) memcpy(copy->limbs, o->limbs, n * sizeof(AvmLimb));
        avm_drop(t, o);
        if (!copy) return AVM_FAIL;
        o = copy;
    }
    o->used = (uint32_t)n;
    o->negative = negative;
    return avm_value(o);
}

bool avm_big_room(AvmThread *t, uint64_t bits, uint64_t steps) {
    AvmAlloc *alloc = &t->vm->alloc;
    uint64_t bytes = bits / 8;
    bool refused = alloc->limit && (alloc->used >= alloc->limit || bytes > alloc->limit - alloc->used);
    if (bits > AVM_BIG_MAX_BITS || refused) {
        alloc->refused |= refused; // as the allocation would be
        avm_raise_memory(t);
        return false;
    }
    return steps < 64 || avm_charge(t, steps);
}

AvmLimb *avm_big_scratch(AvmThread *t, size_t n) {
    AvmLimb *p = avm_alloc(&t->vm->alloc, n * sizeof *p);
    if (!p) avm_raise_memory(t);
    return p;
}

void avm_big_scratch_free(AvmThread *t, AvmLimb *p, size_t n) {
    avm_release(&t->vm->alloc, p, n * sizeof *p);
}

size_t avm_int_bits(AvmValue v) {
    AvmBigView a;
    avm_big_view(v, &a);
    return avm_big_bits(&a);
}

uint64_t avm_int_top_bits(AvmValue v, bool *sticky) {
    AvmBigView a;
    avm_big_view(v, &a);
    size_t i = a.n - 1;
    int zeros = __builtin_clzll(a.limbs[i]);
    uint64_t top = a.limbs[i] << zeros;
    *sticky = false;
    if (zeros && i) {
        i--;
        top |= a.limbs[i] >> (AVM_LIMB_BITS - zeros);
        *sticky = a.limbs[i] << zeros != 0;
    }
    while (i-- > 0 && !*sticky) *sticky = a.limbs[i] != 0;
    return top;
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
    for (uint32_t at = o->used; at-- > 0;) {
        // 2^61 is 1 here, so that the parts of 61 bits are added up.
        unsigned __int128 w = (unsigned __int128)h << AVM_LIMB_BITS | o->limbs[at];
        h = ((uint64_t)w & HASH_MOD) + (uint64_t)(w >> 61 & HASH_MOD) + (uint64_t)(w >> 122);
        h = (h & HASH_MOD) + (h >> 61);
        if (h >= HASH_MOD) h -= HASH_MOD;
    }
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
    avm_big_view(a, &p);
    avm_big_view(b, &q);
    if (p.negative != q.negative) return p.negative ? -1 : 1;
    int order = avm_limbs_compare(p.limbs, p.n, q.limbs, q.n);
    return p.negative ? -order : order;
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

static void put_little_endian(const AvmBigView *m, unsigned char *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t at = i / sizeof(AvmLimb);
        out[i] = at < m->n ? (unsigned char)(m->limbs[at] >> i % sizeof(AvmLimb) * 8) : 0;
    }
}

static bool is_power_of_two(const AvmBigView *m) {
    for (size_t i = 0; i + 1 < m->n; i++)
        if (m->limbs[i]) return false;
    return m->n && !(m->limbs[m->n - 1] & (m->limbs[m->n - 1] - 1));
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
    AvmBigView m;
    avm_big_view(v, &m);
    bool negative = m.negative;
    if (negative && !is_signed) {
        avm_raise(t, AVM_EXC(t, OverflowError), "can't convert negative int to unsigned");
        return false;
    }
    size_t bits = avm_big_bits(&m);
    bool fits = bits <= 8 * n;
    if (fits && is_signed && bits == 8 * n) fits = !bits || (negative && is_power_of_two(&m));
    if (!fits) {
        avm_raise(t, AVM_EXC(t, OverflowError), "int too big to convert");
        return false;
    }
    put_little_endian(&m, out, n);
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
    size_t used = n / sizeof(AvmLimb) + 1; // a power of 256 that is negative needs one more
    AvmInt *o = avm_big_new(t, used);
    if (!o) return AVM_FAIL;
    unsigned carry = 1; // of the two's complement
    memset(o->limbs, 0, used * sizeof(AvmLimb));
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = p[i];
        if (negative) {
            carry += (unsigned char)~byte;
            byte = (unsigned char)carry;
            carry >>= 8;
        }
        o->limbs[i / sizeof(AvmLimb)] |= (AvmLimb)byte << i % sizeof(AvmLimb) * 8;
    }
    return avm_big_finish(t, o, used, negative);
}
