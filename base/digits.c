// Doubles to digits and back by 128-bit arithmetic: the shortest digits by Giulietti's Schubfach, reading by
// Lemire's method. What 128 bits cannot decide is left to the caller.
#include "base/digits.h"

#include <float.h>
#include <string.h>

#include "base/decimal.h"
#include "base/powers.h"

enum { MANTISSA_BITS = 52, BIAS = 1075 };
#define HIDDEN_BIT (1ull << MANTISSA_BITS)

// d = mantissa * 2^exponent. *edge: the doubles below d lie twice as dense as those above.
static uint64_t take_apart(double d, int *exponent, bool *edge) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (HIDDEN_BIT - 1);
    int e = (int)(bits >> MANTISSA_BITS & 0x7FF);
    *edge = !fraction && e > 1;
    *exponent = e ? e - BIAS : 1 - BIAS;
    return e ? fraction | HIDDEN_BIT : fraction;
}

static double put_together(uint64_t fraction, int biased) {
    uint64_t bits = (uint64_t)biased << MANTISSA_BITS | fraction;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static const AvmPowerOfTen *power(int e) { return &avm_powers[e - AVM_POWER_FIRST]; }

// g * c / 2^128, rounded to odd: the last bit is 1 if anything was cut off, so that comparisons stay right.
static uint64_t scale(const AvmPowerOfTen *g, uint64_t c) {
    unsigned __int128 low = (unsigned __int128)g->low * c,
                      high = (unsigned __int128)g->high * c + (low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

// Of the decimals in the interval that reads back as d, the one with the fewest digits: first among the
// multiples of 10^(k+1), of which at most two are near, then among those of 10^k.
static uint64_t shortest(double d, int *exponent) {
    int q;
    bool edge;
    uint64_t c = take_apart(d, &q, &edge), open = c & 1; // an even mantissa has the ends of its interval
    int k = edge ? (q * 1262611 - 524031) >> 22 : avm_log10_of_power2(q);
    int shift = q + avm_log2_of_power10(-k) + 1;
    const AvmPowerOfTen *g = power(-k);
    uint64_t lower = scale(g, (4 * c - 2 + edge) << shift) + open;
    uint64_t value = scale(g, 4 * c << shift);
    uint64_t upper = scale(g, (4 * c + 2) << shift) - open;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tenth = s / 10;
        bool below = lower <= 40 * tenth, above = 40 * tenth + 40 <= upper;
        if (below != above) {
            *exponent = k + 1;
            return tenth + above;
        }
    }
    *exponent = k;
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above) return s + above;
    uint64_t middle = 4 * s + 2;
    return s + (value > middle || (value == middle && (s & 1)));
}

uint64_t avm_digits_shortest(double d, int *exponent) {
    uint64_t n = shortest(d, exponent);
    while (n % 100 == 0) {
        n /= 100;
        *exponent += 2;
    }
    if (n % 10 == 0) {
        n /= 10;
        ++*exponent;
    }
    return n;
}

// floor(m * 2^e * 10^k) and, in *up, whether rounding adds one; m has its highest bit. False: too near to a
// tie.
static bool scale_rounded(uint64_t m, int e, int k, uint64_t *out, bool *up) {
    if (k < AVM_POWER_FIRST || k > AVM_POWER_LAST) return false;
    const AvmPowerOfTen *g = power(k);
    unsigned __int128 low = (unsigned __int128)g->low * m,
                      high = (unsigned __int128)g->high * m + (low >> 64);
    int cut = -(e + avm_log2_of_power10(k) - 127) - 128; // of the upper 64 bits: what stands behind the point
    uint64_t top = (uint64_t)(high >> 64), half = 1ull << (cut - 1), rest = top & (2 * half - 1);
    // The power is rounded up by less than one in its last bit, so the product is right down to its second
    // word.
    if (rest == half && !(uint64_t)high) return false;
    *out = top >> cut;
    *up = rest >= half;
    return true;
}

bool avm_digits_rounded(double d, int n, uint64_t *digits, int *exponent) {
    int q;
    bool edge, up;
    uint64_t c = take_apart(d, &q, &edge);
    int zeros = __builtin_clzll(c);
    c <<= zeros;
    q -= zeros;
    int k = n - 1 - avm_log10_of_power2(q + 63); // one too large at times
    if (!scale_rounded(c, q, k, digits, &up)) return false;
    if (*digits >= avm_tens[n] && !scale_rounded(c, q, --k, digits, &up)) return false;
    *digits += up;
    *exponent = -k;
    if (*digits == avm_tens[n]) {
        *digits /= 10;
        ++*exponent;
    }
    return true;
}

bool avm_digits_fixed(double d, int places, uint64_t *whole, uint64_t *fraction) {
    int q;
    bool edge;
    if (d >= 9223372036854775808.0 || places > 19) return false;
    uint64_t c = take_apart(d, &q, &edge);
    *fraction = 0;
    if (q >= 0) {
        *whole = c << q;
        return true;
    }
    int behind = -q; // bits behind the point
    *whole = behind < 64 ? c >> behind : 0;
    if (behind > 127) return true; // c * 10^19 is less than a half
    uint64_t rest = behind < 64 ? c & ((1ull << behind) - 1) : c;
    unsigned __int128 scaled = (unsigned __int128)rest * avm_tens[places];
    unsigned __int128 half = (unsigned __int128)1 << (behind - 1), cut = scaled & (half - 1 + half);
    uint64_t value = (uint64_t)(scaled >> behind);
    uint64_t last = places ? value : *whole; // half goes to even
    value += cut > half || (cut == half && (last & 1));
    if (value == avm_tens[places]) {
        value = 0;
        ++*whole;
    }
    *fraction = value;
    return true;
}

// digits * 10^exponent to the nearest normal double. False: not certain, or not normal.
static bool nearest(uint64_t digits, int exponent, double *out) {
    if (exponent < AVM_POWER_FIRST || exponent > 308) return false;
    AvmPowerOfTen g = *power(exponent);
    if (exponent > AVM_POWER_EXACT || exponent < -27)
        g.high -= g.low-- == 0; // what follows wants it rounded down
    int zeros = __builtin_clzll(digits);
    digits <<= zeros;
    unsigned __int128 product = (unsigned __int128)digits * g.high;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1FF) == 0x1FF) {
        // A carry out of the rest could still go through to the bits that count.
        uint64_t more = (uint64_t)((unsigned __int128)digits * g.low >> 64);
        low += more;
        high += low < more;
        if (low == UINT64_MAX) return false;
    }
    int top = (int)(high >> 63), drop = top + 64 - MANTISSA_BITS - 3;
    uint64_t mantissa = high >> drop; // one bit more than there is room for
    int biased = avm_log2_of_power10(exponent) + 63 + top - zeros + 1023;
    if (biased <= 0 || biased >= 0x7FE) return false;
    bool tie = low <= 1 && mantissa << drop == high && (mantissa & 1);
    if (tie && (exponent < -4 || exponent > 23))
        tie = false; // the power is not exact: it only looks like one
    mantissa = tie && !(mantissa & 2) ? mantissa >> 1 : (mantissa + 1) >> 1;
    if (mantissa >> (MANTISSA_BITS + 1)) {
        mantissa >>= 1;
        biased++;
    }
    *out = put_together(mantissa & (HIDDEN_BIT - 1), biased);
    return true;
}

bool avm_digits_read(uint64_t digits, int64_t exponent, bool more, double *out) {
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (exponent < -400 || exponent > 400) return false;
    if (!more && digits <= 2 * HIDDEN_BIT && exponent >= -22 && exponent <= 22) {
        // Both are doubles themselves, so one operation rounds once.
        *out = exponent < 0 ? (double)digits / tens[-exponent] : (double)digits * tens[exponent];
        return FLT_EVAL_METHOD == 0;
    }
    double above;
    if (!nearest(digits, (int)exponent, out)) return false;
    return !more || (digits < UINT64_MAX && nearest(digits + 1, (int)exponent, &above) && above == *out);
}
