// The remainder of doubles by division of their significands.
#include "base/fmod.h"

#include <stdint.h>
#include <string.h>

enum { FRACTION = 52, EXPONENT_MAX = 0x7FF };

static inline uint64_t bits_of(double d) {
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    return u;
}

// |u| = significand * 2^(exponent - 1075), the significand's top bit at FRACTION.
static inline uint64_t take_apart(uint64_t u, int *exponent) {
    uint64_t fraction = u & ((UINT64_C(1) << FRACTION) - 1);
    *exponent = (int)(u >> FRACTION & EXPONENT_MAX);
    if (*exponent) return fraction | UINT64_C(1) << FRACTION;
    int shift = __builtin_clzll(fraction) - (63 - FRACTION);
    *exponent = 1 - shift;
    return fraction << shift;
}

static inline double put_together(uint64_t significand, int exponent, uint64_t sign) {
    double d;
    if (significand) {
        int shift = __builtin_clzll(significand) - (63 - FRACTION);
        significand <<= shift;
        exponent -= shift;
        if (exponent > 0)
            significand = (significand & ((UINT64_C(1) << FRACTION) - 1)) | (uint64_t)exponent << FRACTION;
        else
            significand >>= 1 - exponent; // loses nothing: a remainder is a multiple of the smaller unit
    }
    significand |= sign;
    memcpy(&d, &significand, sizeof d);
    return d;
}

double avm_fmod(double x, double y) {
    const uint64_t sign_bit = UINT64_C(1) << 63, infinity = (uint64_t)EXPONENT_MAX << FRACTION;
    uint64_t sign = bits_of(x) & sign_bit, ux = bits_of(x) & ~sign_bit, uy = bits_of(y) & ~sign_bit;
    if (ux >= infinity || uy > infinity || !uy) return x * y / (x * y); // NaN
    if (ux < uy) return x;
    int ex, ey;
    uint64_t top = take_apart(ux, &ex), by = take_apart(uy, &ey);
    top %= by;
    // As many bits at a time as a word has room for.
    while (ex > ey && top) {
        int n = ex - ey < 63 - FRACTION ? ex - ey : 63 - FRACTION;
        top = (top << n) % by;
        ex -= n;
    }
    return put_together(top, ey, sign);
}
