// Natural numbers of any size: sums, shifts, division by the school method. Products are in limbs_mul.c.
#include "base/limbs.h"

typedef unsigned __int128 Double;

int avm_limbs_compare(const AvmLimb *a, size_t n, const AvmLimb *b, size_t m) {
    if (n != m) return n < m ? -1 : 1;
    while (n-- > 0)
        if (a[n] != b[n]) return a[n] < b[n] ? -1 : 1;
    return 0;
}

AvmLimb avm_limbs_add(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m) {
    AvmLimb carry = 0;
    size_t i = 0;
    for (; i < m; i++) {
        Double sum = (Double)a[i] + b[i] + carry;
        r[i] = (AvmLimb)sum;
        carry = (AvmLimb)(sum >> AVM_LIMB_BITS);
    }
    for (; i < n; i++) {
        r[i] = a[i] + carry;
        carry = r[i] < carry;
    }
    return carry;
}

AvmLimb avm_limbs_sub(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m) {
    AvmLimb borrow = 0;
    size_t i = 0;
    for (; i < m; i++) {
        Double difference = (Double)a[i] - b[i] - borrow;
        r[i] = (AvmLimb)difference;
        borrow = (AvmLimb)(difference >> AVM_LIMB_BITS) & 1;
    }
    for (; i < n; i++) {
        AvmLimb x = a[i];
        r[i] = x - borrow;
        borrow = x < borrow;
    }
    return borrow;
}

AvmLimb avm_limbs_mul1(AvmLimb *r, const AvmLimb *a, size_t n, AvmLimb b, AvmLimb carry) {
    for (size_t i = 0; i < n; i++) {
        Double product = (Double)a[i] * b + carry;
        r[i] = (AvmLimb)product;
        carry = (AvmLimb)(product >> AVM_LIMB_BITS);
    }
    return carry;
}

AvmLimb avm_limbs_shl(AvmLimb *r, const AvmLimb *a, size_t n, unsigned bits) {
    AvmLimb out = 0;
    if (!bits) {
        while (n-- > 0) r[n] = a[n];
        return 0;
    }
    if (n) out = a[n - 1] >> (AVM_LIMB_BITS - bits);
    for (size_t i = n; i-- > 0;) r[i] = a[i] << bits | (i ? a[i - 1] >> (AVM_LIMB_BITS - bits) : 0);
    return out;
}

AvmLimb avm_limbs_shr(AvmLimb *r, const AvmLimb *a, size_t n, unsigned bits) {
    if (!bits) {
        for (size_t i = 0; i < n; i++) r[i] = a[i];
        return 0;
    }
    AvmLimb out = n ? a[0] << (AVM_LIMB_BITS - bits) : 0;
    for (size_t i = 0; i < n; i++) r[i] = a[i] >> bits | (i + 1 < n ? a[i + 1] << (AVM_LIMB_BITS - bits) : 0);
    return out;
}

// --- division: two multiplications by an inverse of the divisor instead of a division (Möller and Granlund)

// (2^128 - 1) / d - 2^64; d's highest bit is 1.
static AvmLimb inverse_of(AvmLimb d) { return (AvmLimb)(~(Double)0 / d); }

// (high, low) / d, where high < d.
static inline AvmLimb divide_step(AvmLimb high, AvmLimb low, AvmLimb d, AvmLimb inverse, AvmLimb *rest) {
    Double q = (Double)high * inverse + ((Double)high << AVM_LIMB_BITS | low);
    AvmLimb quotient = (AvmLimb)(q >> AVM_LIMB_BITS) + 1, r = low - quotient * d;
    if (r > (AvmLimb)q) {
        quotient--;
        r += d;
    }
    if (__builtin_expect(r >= d, 0)) {
        quotient++;
        r -= d;
    }
    *rest = r;
    return quotient;
}

AvmLimb avm_limbs_div1(AvmLimb *q, const AvmLimb *a, size_t n, AvmLimb d) {
    unsigned shift = (unsigned)__builtin_clzll(d);
    d <<= shift;
    AvmLimb inverse = inverse_of(d), rest = 0;
    if (!shift) {
        for (size_t i = n; i-- > 0;) q[i] = divide_step(rest, a[i], d, inverse, &rest);
        return rest;
    }
    if (n) rest = a[n - 1] >> (AVM_LIMB_BITS - shift);
    for (size_t i = n; i-- > 0;) {
        AvmLimb low = a[i] << shift | (i ? a[i - 1] >> (AVM_LIMB_BITS - shift) : 0);
        q[i] = divide_step(rest, low, d, inverse, &rest);
    }
    return rest >> shift;
}

// u[0 .. m] -= q * v; the borrow out of it.
static AvmLimb subtract_product(AvmLimb *u, const AvmLimb *v, size_t m, AvmLimb q) {
    AvmLimb carry = 0;
    for (size_t i = 0; i < m; i++) {
        Double product = (Double)v[i] * q + carry;
        AvmLimb low = (AvmLimb)product;
        carry = (AvmLimb)(product >> AVM_LIMB_BITS) + (u[i] < low);
        u[i] -= low;
    }
    AvmLimb borrow = u[m] < carry;
    u[m] -= carry;
    return borrow;
}

void avm_limbs_divide(AvmLimb *q, AvmLimb *u, size_t n, const AvmLimb *v, size_t m) {
    AvmLimb top = v[m - 1], second = v[m - 2], inverse = inverse_of(top);
    for (size_t j = n - m + 1; j-- > 0;) {
        AvmLimb *w = u + j, digit = UINT64_MAX, rest;
        if (w[m] < top) {
            digit = divide_step(w[m], w[m - 1], top, inverse, &rest);
            // The second limb makes it right, or one too large at times.
            while ((Double)digit * second > ((Double)rest << AVM_LIMB_BITS | w[m - 2])) {
                digit--;
                rest += top;
                if (rest < top) break;
            }
        }
        if (subtract_product(w, v, m, digit)) {
            digit--;
            w[m] += avm_limbs_add(w, w, m, v, m);
        }
        if (q) q[j] = digit;
    }
}
