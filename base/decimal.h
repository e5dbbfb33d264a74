// Unsigned integers in decimal, two digits a step.
#ifndef AVM_BASE_DECIMAL_H
#define AVM_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { AVM_DECIMAL_MAX = 20 }; // digits of a uint64_t

extern const uint64_t avm_tens[AVM_DECIMAL_MAX]; // 10^0 .. 10^19

// How many digits u has; 1 for 0.
int avm_decimal_width(uint64_t u);
// Writes exactly n digits, with leading zeros; u has no more.
void avm_decimal_fixed(char *out, uint64_t u, int n);
// Writes u's digits; returns how many.
static inline int avm_decimal_put(char *out, uint64_t u) {
    int n = avm_decimal_width(u);
    avm_decimal_fixed(out, u, n);
    return n;
}

#endif
