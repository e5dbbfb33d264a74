// The greatest common divisor of natural numbers by Lehmer's method: Euclid's algorithm runs on the leading bits as long as
// they tell the quotients for certain, and what it did is then done to the whole numbers at once.
#include <string.h>

#include "base/limbs.h"

typedef struct Steps {
    int64_t a, b, c, d; // x, y become a x - b y, d y - c x; after an odd number of steps a y - b x, d x - c y
    bool odd;
} Steps;

// The 62 bits of v from bit `from` on.
static int64_t bits_from(const AvmLimb *v, size_t n, size_t from) {
    size_t at = from / AVM_LIMB_BITS;
    unsigned shift = from % AVM_LIMB_BITS;
    AvmLimb low = at < n ? v[at] >> shift : 0, high = shift && at + 1 < n ? v[at + 1] << (AVM_LIMB_BITS - shift) : 0;
    return (int64_t)((low | high) & (((AvmLimb)1 << 62) - 1));
}

// False: not even the first quotient is certain. No product here exceeds x, which has 62 bits.
static bool find_steps(int64_t x, int64_t y, Steps *s) {
    int64_t a = 1, b = 0, c = 0, d = 1;
    int count = 0;
    for (; y != c; count++) {
        int64_t q = (x + (a - 1)) / (y - c), next = b + q * d, rest = x - q * y;
        if (next > rest) break;
        x = y;
        y = rest;
        rest = a + q * c;
        a = d;
        b = c;
        c = next;
        d = rest;
    }
    *s = (Steps){a, b, c, d, count & 1};
    return count > 0;
}

// Both results are positive, so that the carries end at 0.
static void combine(AvmLimb *x, AvmLimb *y, size_t n, const Steps *s) {
    __int128 first = 0, second = 0;
    for (size_t i = 0; i < n; i++) {
        AvmLimb u = s->odd ? y[i] : x[i], v = s->odd ? x[i] : y[i];
        first += (__int128)s->a * u - (__int128)s->b * v;
        second += (__int128)s->d * v - (__int128)s->c * u;
        x[i] = (AvmLimb)first;
        y[i] = (AvmLimb)second;
        first >>= AVM_LIMB_BITS;
        second >>= AVM_LIMB_BITS;
    }
}

// x becomes x mod y; y has two limbs or more.
static void reduce(AvmLimb *x, size_t n, const AvmLimb *y, size_t m, AvmLimb *scratch) {
    AvmLimb *u = scratch, *v = scratch + n + 1;
    unsigned shift = (unsigned)__builtin_clzll(y[m - 1]);
    avm_limbs_shl(v, y, m, shift);
    u[n] = avm_limbs_shl(u, x, n, shift);
    avm_limbs_divide(NULL, u, n, v, m);
    avm_limbs_shr(x, u, m, shift);
    memset(x + m, 0, (n - m) * sizeof *x);
}

static AvmLimb small_gcd(AvmLimb a, AvmLimb b) {
    while (b) {
        AvmLimb rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

AvmLimb *avm_limbs_gcd(AvmLimb *x, AvmLimb *y, size_t n, AvmLimb *scratch, size_t *length) {
    size_t m = avm_limbs_trim(y, n);
    while (m > 1) {
        Steps s;
        size_t from = avm_limbs_bits(x, n) - 62;
        if (find_steps(bits_from(x, n, from), bits_from(y, m, from), &s)) {
            combine(x, y, n, &s);
        } else {
            reduce(x, n, y, m, scratch);
            AvmLimb *rest = x;
            x = y;
            y = rest;
        }
        n = avm_limbs_trim(x, n);
        m = avm_limbs_trim(y, m);
    }
    if (m) {
        AvmLimb rest = avm_limbs_div1(scratch, x, n, y[0]);
        x[0] = small_gcd(y[0], rest);
        n = 1;
    }
    *length = n;
    return x;
}
