// int, bool and float. Ints are inline (48 bits), boxed int64, or limbs of any number; scripts see one type.
#ifndef AVM_VM_TYPES_INT_H
#define AVM_VM_TYPES_INT_H

#include "vm/thread.h"

enum { AVM_INT_BIG = 1 }; // in h.flags: holds limbs, not an int64

// The layout is vm/types/int.c's business: others use the functions. A result is always in the smallest form,
// so equal ints of different forms do not exist.
AvmValue avm_int_new(AvmThread *t, int64_t i);
AvmValue avm_int_new_u64(AvmThread *t, uint64_t i);
AvmValue avm_int_from_double(AvmThread *t, double d); // truncates; OverflowError/ValueError for inf/nan
// Digits in base 2..36, optional sign, no spaces or underscores, checked. AVM_FAIL: ValueError text is the caller's.
AvmValue avm_int_from_text(AvmThread *t, const char *p, size_t n, int base);
// Is v an int (bool and sub-classes included)?
bool avm_is_int(AvmThread *t, AvmValue v);
// The value as int64; false (no exception) when v does not fit. v is an int.
bool avm_int_get(AvmValue v, int64_t *out);
// -1, 0, 1
int avm_int_sign(AvmValue v);
bool avm_int_to_double(AvmThread *t, AvmValue v, double *out); // correctly rounded; OverflowError
// Appends the digits in base (2..36, lower case), with '-' if negative.
bool avm_int_to_text(AvmThread *t, AvmValue v, int base, AvmBuf *out);
AvmValue avm_int_repr(AvmThread *t, AvmValue v); // in decimal
int64_t avm_int_hash(AvmValue v);
size_t avm_int_bits(AvmValue v); // bit_length
AvmValue avm_int_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b); // both ints
int avm_int_compare(AvmValue a, AvmValue b);                                 // -1, 0, 1
// Little-endian two's complement bytes and back (random, struct, int.to_bytes): n bytes.
bool avm_int_to_bytes(AvmThread *t, AvmValue v, unsigned char *out, size_t n, bool is_signed); // OverflowError
AvmValue avm_int_from_bytes(AvmThread *t, const unsigned char *p, size_t n, bool is_signed);

// Any number as a double: float, int, bool, __float__, __index__. false: TypeError is set.
bool avm_to_double(AvmThread *t, AvmValue v, double *out);
int64_t avm_float_hash(double d);
AvmValue avm_float_repr(AvmThread *t, double d);

#endif
