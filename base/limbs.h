// Arithmetic on natural numbers of any size: arrays of 64-bit limbs, the lowest first. Knows no memory (the caller brings
// the room), no signs and no values. Lengths count limbs.
#ifndef AVM_BASE_LIMBS_H
#define AVM_BASE_LIMBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t AvmLimb;
enum { AVM_LIMB_BITS = 64 };

// n without the zeros at the top.
static inline size_t avm_limbs_trim(const AvmLimb *a, size_t n) {
    while (n && !a[n - 1]) n--;
    return n;
}
// Bits of a trimmed number.
static inline size_t avm_limbs_bits(const AvmLimb *a, size_t n) {
    return n ? n * AVM_LIMB_BITS - (size_t)__builtin_clzll(a[n - 1]) : 0;
}
int avm_limbs_compare(const AvmLimb *a, size_t n, const AvmLimb *b, size_t m); // of trimmed numbers: -1, 0, 1

// r[0 .. n) = a + b and a - b, where n >= m; r may be a or b. The carry, or borrow, out of it.
AvmLimb avm_limbs_add(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m);
AvmLimb avm_limbs_sub(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m);
// r[0 .. n) = a * b + carry; r may be a. What is left over.
AvmLimb avm_limbs_mul1(AvmLimb *r, const AvmLimb *a, size_t n, AvmLimb b, AvmLimb carry);
// r[0 .. n) = a shifted by 0 .. 63 bits, r may be a: the bits that leave at the top (left), or at the bottom, as the top
// bits of a limb (right).
AvmLimb avm_limbs_shl(AvmLimb *r, const AvmLimb *a, size_t n, unsigned bits);
AvmLimb avm_limbs_shr(AvmLimb *r, const AvmLimb *a, size_t n, unsigned bits);
// q[0 .. n) = a / d, q may be a: the rest.
AvmLimb avm_limbs_div1(AvmLimb *q, const AvmLimb *a, size_t n, AvmLimb d);
// q[0 .. n - m] = u / v and the rest in u[0 .. m), where u has n + 1 limbs, the last below v's; n >= m >= 2, and the highest
// bit of v is 1. q may be NULL.
void avm_limbs_divide(AvmLimb *q, AvmLimb *u, size_t n, const AvmLimb *v, size_t m);
// r[0 .. n + m) = a * b, r apart from both; n >= m >= 1. scratch: as many limbs as avm_limbs_mul_scratch says.
void avm_limbs_mul(AvmLimb *r, const AvmLimb *a, size_t n, const AvmLimb *b, size_t m, AvmLimb *scratch);
size_t avm_limbs_mul_scratch(size_t m); // 0: none, scratch may be NULL
// The greatest common divisor of x >= y, two arrays of n limbs whose contents are lost; x is trimmed and has two or more.
// scratch: 2 n + 1 limbs. Where the result stands (in x or y); *length: its limbs.
AvmLimb *avm_limbs_gcd(AvmLimb *x, AvmLimb *y, size_t n, AvmLimb *scratch, size_t *length);

#endif
