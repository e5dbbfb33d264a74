// The digits of doubles, without their spelling: number.c writes those out.
#ifndef AVM_BASE_DIGITS_H
#define AVM_BASE_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

// The shortest decimal that reads back as d (finite, > 0), nearest to it: returned * 10^*exponent, no zeros
// at the end.
uint64_t avm_digits_shortest(double d, int *exponent);
// d (finite, > 0) rounded to n digits (1 .. 17): returned * 10^*exponent. False: too near to a tie (or too
// small) to be sure, so that somebody has to do it at length.
bool avm_digits_rounded(double d, int n, uint64_t *digits, int *exponent);
// Exactly d (finite, >= 0) rounded to `places` after the point: *whole before it, *fraction / 10^places
// behind it. False: d is 2^63 or more, or there are more than 19 places.
bool avm_digits_fixed(double d, int places, uint64_t *whole, uint64_t *fraction);
// The double nearest to digits * 10^exponent, digits not 0; `more`: other digits followed, so that the value
// is above that and below (digits + 1) * 10^exponent. False: not certain.
bool avm_digits_read(uint64_t digits, int64_t exponent, bool more, double *out);

#endif
