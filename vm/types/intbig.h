// The inside of int objects, for the files that make up int (int*.c, float.c, stdlib/math). Others use vm/types/int.h.
#ifndef AVM_VM_TYPES_INTBIG_H
#define AVM_VM_TYPES_INTBIG_H

#include <tommath.h>

#include "vm/types/int.h"

// An int that is not inline. Digits of big ones stand in the object: libtommath sees them through a view, so there is
// nothing to free and the heap counts every byte.
typedef struct AvmInt {
    AvmObj h; // AVM_INT_BIG in flags: used, negative and digits; else i
    union {
        int64_t i;
        struct {
            uint32_t used;
            uint32_t negative;
        };
    };
    mp_digit digits[];
} AvmInt;

// Larger results are refused with MemoryError: libtommath counts bits in an int.
enum { AVM_BIG_MAX_BITS = 0x7FFFFF00 };

// Any int as an mp_int that must not be written to or cleared; valid while the int lives and the view stays in place.
typedef struct AvmBigView {
    mp_int mp;
    mp_digit small[3];
} AvmBigView;

const mp_int *avm_big_view(AvmValue v, AvmBigView *view);
// The int of m in its smallest form; m is cleared, also on failure.
AvmValue avm_big_take(AvmThread *t, mp_int *m);
// Is there room for a result of so many bits, and fuel for so many steps? false: an exception is set.
bool avm_big_room(AvmThread *t, uint64_t bits, uint64_t steps);
// Raises what an error of libtommath means.
AvmValue avm_big_error(AvmThread *t, mp_err err);
// q * 2^exponent (and a bit more, if sticky), correctly rounded. false: too large.
bool avm_big_scale(unsigned __int128 q, bool sticky, int64_t exponent, double *out);
// The highest 64 bits of v > 0 or < 0 (the first bit is 1), and whether any lower bit is 1.
uint64_t avm_int_top_bits(AvmValue v, bool *sticky);
int avm_int_compare_double(AvmValue v, double d); // -1, 0, 1; d not NaN
// What float sub-classes' instances hold; plain floats are immediate.
typedef struct AvmFloatObj {
    AvmObj h;
    double d;
} AvmFloatObj;
static inline double avm_float_object(AvmValue v) {
    return avm_is_float(v) ? avm_float(v) : ((AvmFloatObj *)avm_obj(v))->d;
}
// v as a double if it is a number in any way: 1; 0: it is not; -1: exception.
int avm_double_of(AvmThread *t, AvmValue v, double *out);
// pow(a, b, m) for ints.
AvmValue avm_int_powmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue m);
AvmValue avm_int_truediv(AvmThread *t, AvmValue a, AvmValue b);
AvmValue avm_int_divmod(AvmThread *t, AvmValue a, AvmValue b, AvmValue *rest); // floor; AVM_FAIL without touching rest
AvmValue avm_int_negate(AvmThread *t, AvmValue a);
AvmValue avm_int_gcd(AvmThread *t, AvmValue a, AvmValue b);
AvmValue avm_int_sqrt(AvmThread *t, AvmValue a); // floor; a >= 0
AvmValue avm_int_round(AvmThread *t, AvmValue v, AvmValue ndigits); // round(v, ndigits): half to even
// v as an int of exactly the type int; new reference.
AvmValue avm_int_plain(AvmThread *t, AvmValue v);
// What int(v) gives for one argument, and what int(text, base) gives.
AvmValue avm_int_convert(AvmThread *t, AvmValue v);
AvmValue avm_int_parse(AvmThread *t, AvmValue text, int base);
// v through __index__: a new reference to an int; TypeError "'x' object cannot be interpreted as an integer".
AvmValue avm_index_int(AvmThread *t, AvmValue v);
// s with spaces and decimal digits of all scripts replaced by ASCII ones, and other such characters by '?'.
bool avm_number_text(AvmThread *t, AvmStr *s, AvmBuf *out);
// float(text), spaces and underscores as Python allows them. false with no exception: not a number.
bool avm_float_parse(AvmThread *t, const char *p, size_t n, double *out);
// round(d, ndigits): exact. false: OverflowError is set.
bool avm_float_round(AvmThread *t, double d, int64_t ndigits, double *out);
double avm_float_floordiv(double a, double b, double *mod);
double avm_float_mod(double a, double b);
// a ** b with Python's errors; AVM_FAIL.
AvmValue avm_float_pow(AvmThread *t, double a, double b);

#endif
