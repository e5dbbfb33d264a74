// Powers of ten in 128 bits, for turning doubles into text and back. The table is made in the build by
// powers.py.
#ifndef AVM_BASE_POWERS_H
#define AVM_BASE_POWERS_H

#include <stdint.h>

enum { AVM_POWER_FIRST = -292, AVM_POWER_LAST = 324, AVM_POWER_EXACT = 55 };

// 10^e = (high * 2^64 + low) * 2^(floor(log2(10^e)) - 127), rounded up; exact for 0 <= e <= AVM_POWER_EXACT.
typedef struct AvmPowerOfTen {
    uint64_t high, low;
} AvmPowerOfTen;

extern const AvmPowerOfTen avm_powers[AVM_POWER_LAST - AVM_POWER_FIRST + 1];

// Logarithms by multiplication, rounded down; right far beyond the exponents of doubles.
static inline int avm_log10_of_power2(int e) { return e * 1262611 >> 22; }
static inline int avm_log2_of_power10(int e) { return e * 1741647 >> 19; }

#endif
