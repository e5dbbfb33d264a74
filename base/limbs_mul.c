// Products of natural numbers: the school method for small ones, Karatsuba's for others.
#include <string.h>

#include "base/limbs.h"

typedef unsigned __int128 Double;

enum { SCHOOL_MAX = 36 }; // limbs; measured

// r[0 .. n) += a * b; the carry.
static AvmLimb add_product(AvmLimb *r, const AvmLimb *a, size_t n, AvmLimb b) {
    AvmLimb carry = 0;
    for (size_t i = 0; i < n; i++) {
        Double product = (Double)a[i] * b + r[i] + carry;
        r[i] = (AvmLimb)product;
        carry = (AvmLimb)(product >> AVM_LIMB_BITS);
    }
    return carry;
}

static void school(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m) {
    r[n] = avm_limbs_mul1(r, a, n, b[0], 0);
    for (size_t i = 1; i < m; i++) r[n + i] = add_product(r + i, a, n, b[i]);
}

// r = |a - b|, a of n limbs and b of m <= n; true: a < b.
static bool difference(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m) {
    if (avm_limbs_compare(a, avm_limbs_trim(a, n), b, avm_limbs_trim(b, m)) >= 0) {
        avm_limbs_sub(r, a, n, b, m);
        return false;
    }
    avm_limbs_sub(r, b, m, a, m); // what a has beyond m is 0
    memset(r + m, 0, (n - m) * sizeof *r);
    return true;
}

// a = a1 B + a0 and b likewise: a b = a1 b1 B^2 + (a1 b1 + a0 b0 - (a0 - a1)(b0 - b1)) B + a0 b0.
static void karatsuba(AvmLimb *r, const AvmLimb *a, const AvmLimb *b, size_t n, AvmLimb *scratch) {
    if (n <= SCHOOL_MAX) {
        school(r, a, n, b, n);
        return;
    }
    size_t low = n - n / 2, high = n / 2;
    AvmLimb *middle = scratch, *product = scratch + 2 * low, *rest = scratch + 4 * low;
    bool negative = difference(middle, a, low, a + low, high) != difference(middle + low, b, low, b + low, high);
    karatsuba(product, middle, middle + low, low, rest);
    karatsuba(r, a, b, low, rest);
    karatsuba(r + 2 * low, a + low, b + low, high, rest);
    AvmLimb carry = avm_limbs_add(middle, r, 2 * low, r + 2 * low, 2 * high);
    if (negative)
        carry += avm_limbs_add(middle, middle, 2 * low, product, 2 * low);
    else
        carry -= avm_limbs_sub(middle, middle, 2 * low, product, 2 * low);
    carry += avm_limbs_add(r + low, r + low, 2 * low, middle, 2 * low);
    for (AvmLimb *p = r + 3 * low; carry; p++) {
        *p += carry;
        carry = *p < carry;
    }
}

// Karatsuba takes 4 ceil(m / 2) a level, less than 4 m + 512 altogether. A product of pieces adds 2 m to that or to what the
// last, shorter piece takes, and the one after that is shorter than m / 2.
size_t avm_limbs_mul_scratch(size_t m) { return m <= SCHOOL_MAX ? 0 : 8 * m + 512; }

void avm_limbs_mul(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m, AvmLimb *scratch) {
    if (m <= SCHOOL_MAX) {
        school(r, a, n, b, m);
        return;
    }
    karatsuba(r, a, b, m, scratch);
    // The rest of a longer number comes in pieces of m limbs, the last of them perhaps shorter.
    AvmLimb *piece = scratch, *inner = scratch + 2 * m;
    for (size_t at = m; at < n; at += m) {
        size_t some = n - at < m ? n - at : m;
        if (some == m)
            karatsuba(piece, a + at, b, m, inner);
        else
            avm_limbs_mul(piece, b, m, a + at, some, inner);
        memset(r + at + m, 0, some * sizeof *r);
        avm_limbs_add(r + at, r + at, m + some, piece, m + some);
    }
}
