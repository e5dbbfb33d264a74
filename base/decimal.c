// Unsigned integers in decimal.
#include "base/decimal.h"

#include <string.h>

const uint64_t avm_tens[AVM_DECIMAL_MAX] = {1ull,
                                            10ull,
                                            100ull,
                                            1000ull,
                                            10000ull,
                                            100000ull,
                                            1000000ull,
                                            10000000ull,
                                            100000000ull,
                                            1000000000ull,
                                            10000000000ull,
                                            100000000000ull,
                                            1000000000000ull,
                                            10000000000000ull,
                                            100000000000000ull,
                                            1000000000000000ull,
                                            10000000000000000ull,
                                            100000000000000000ull,
                                            1000000000000000000ull,
                                            10000000000000000000ull};

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

int avm_decimal_width(uint64_t u) {
    if (u < 10) return 1;
    int n = (64 - __builtin_clzll(u)) * 1233 >> 12; // log10 from log2, one too few at times
    return n + (u >= avm_tens[n]);
}

void avm_decimal_fixed(char *out, uint64_t u, int n) {
    // Divisions by a constant of 32 bits are cheaper, so the long ones are cut first.
    while (n > 8) {
        uint32_t low = (uint32_t)(u % 100000000);
        u /= 100000000;
        n -= 8;
        avm_decimal_fixed(out + n, low, 8);
    }
    uint32_t w = (uint32_t)u;
    for (; n >= 2; n -= 2) {
        memcpy(out + n - 2, pairs + w % 100 * 2, 2);
        w /= 100;
    }
    if (n) *out = (char)('0' + w % 10);
}
