// The inside of int objects, for the files that make up int (int*.c, float.c, stdlib/math). Others use vm/types/int.h.
#ifndef AVM_VM_TYPES_INTBIG_H
#define AVM_VM_TYPES_INTBIG_H

#include "base/limbs.h"
#include "vm/types/int.h"

// An int that is not inline. The limbs of a big one stand in the object: there is nothing to free, and the
// heap counts every byte.
typedef struct AvmInt {
    AvmObj h; // AVM_INT_BIG in flags: used, negative and limbs; else i
    union {
        int64_t i;
        struct {
            uint32_t used;
            uint32_t negative;
        };
    };
    AvmLimb limbs[];
} AvmInt;

// Larger results are refused with MemoryError.
enum { AVM_BIG_MAX_BITS = 0x7FFFFF00 };

// Any int as trimmed limbs and a sign; valid while the int lives and the view stays in place.
typedef struct AvmBigView {
    const AvmLimb *limbs;
    size_t n; // 0: the number is 0
    bool negative;
    AvmLimb small;
} AvmBigView;

void avm_big_view(AvmValue v, AvmBigView *view);
static inline size_t avm_big_bits(const AvmBigView *v) { return avm_limbs_bits(v->limbs, v->n); }
// A number to be written: n limbs, then avm_big_finish. NULL: MemoryError is set.
AvmInt *avm_big_new(AvmThread *t, size_t n);
// The int in its smallest form (o is taken), of the first n limbs.
AvmValue avm_big_finish(AvmThread *t, AvmInt *o, size_t n, bool negative);
// Is there room for a result of so many bits, and fuel for so many steps? false: an exception is set.
bool avm_big_room(AvmThread *t, uint64_t bits, uint64_t steps);
// Room for n limbs of work, given back by avm_big_scratch_free. NULL: MemoryError is set.
AvmLimb *avm_big_scratch(AvmThread *t, size_t n);
void avm_big_scratch_free(AvmThread *t, AvmLimb *p, size_t n);
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
AvmValue avm_int_power(AvmThread *t, AvmValue a, AvmValue b); // a ** b
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
