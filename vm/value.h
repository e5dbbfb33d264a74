// The one value representation: 64 bits, NaN-boxed. Knows no object's inside but the header.
#ifndef AVM_VM_VALUE_H
#define AVM_VM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A value is one of
//   0 .. 15                      an immediate below
//   a pointer (top 16 bits 0)    an object; counted by its header
//   top 15 bits all ones         a 48-bit signed int in the low 48 bits
//   anything else                a double plus 2^49 (NaNs are canonical)
// Only pointers are counted. `is` compares the bits.
typedef uint64_t AvmValue;

#define AVM_EMPTY ((AvmValue)0)   // no value: an unset register, an absent optional argument
#define AVM_FAIL ((AvmValue)0)    // what a function returns when it has set t->exc
#define AVM_FALSE ((AvmValue)2)
#define AVM_TRUE ((AvmValue)3)
#define AVM_NONE ((AvmValue)4)
#define AVM_ELLIPSIS ((AvmValue)5)
#define AVM_NOTIMPL ((AvmValue)6) // NotImplemented
#define AVM_DONE ((AvmValue)7)    // "no more" from an iterator, "not there" from a look-up; never seen by scripts

// The first word of every object. refs counts owners; type indexes vm->types.
typedef struct AvmObj {
    uint32_t refs;
    uint16_t type;
    uint16_t flags; // AVM_OBJ_*; bits 0-7 belong to the type
} AvmObj;

enum {
    AVM_OBJ_WEAKREFS = 1 << 8,   // the VM's weak table has rows for it
    AVM_OBJ_FINALIZED = 1 << 9,  // its finaliser has run
    AVM_OBJ_DYING = 1 << 10,     // being freed
    AVM_OBJ_GARBAGE = 1 << 11,   // the collector holds it, while it runs finalisers
    AVM_OBJ_LARGE = 1 << 12,     // an allocation of its own
    AVM_OBJ_SHAPED = 1 << 13,    // AvmAttrs stand right after the header
};

#define AVM_INT_TAG 0xFFFE000000000000ull
#define AVM_DOUBLE_BIAS (1ull << 49)
#define AVM_INT_MIN (-(1ll << 47))
#define AVM_INT_MAX ((1ll << 47) - 1)

static inline bool avm_is_obj(AvmValue v) { return v - 16 < (1ull << 48) - 16; }
static inline bool avm_is_inline_int(AvmValue v) { return v >= AVM_INT_TAG; }
static inline bool avm_are_inline_ints(AvmValue v, AvmValue w) { return (v & w) >= AVM_INT_TAG; }
static inline bool avm_is_float(AvmValue v) { return v >= AVM_DOUBLE_BIAS && v < AVM_INT_TAG; }
static inline bool avm_is_bool(AvmValue v) { return (v | 1) == 3; }

// The inline int shifted up by 16: sums and comparisons work on it directly, and overflow shows.
static inline int64_t avm_int_shifted(AvmValue v) { return (int64_t)(v << 16); }
static inline AvmValue avm_int_unshifted(int64_t s) { return AVM_INT_TAG | (uint64_t)s >> 16; }
static inline int64_t avm_inline_int(AvmValue v) { return avm_int_shifted(v) >> 16; }
static inline bool avm_int_fits_inline(int64_t i) { return i >= AVM_INT_MIN && i <= AVM_INT_MAX; }
static inline AvmValue avm_inline_int_value(int64_t i) { return AVM_INT_TAG | ((uint64_t)i & 0xFFFFFFFFFFFFull); }

static inline double avm_float(AvmValue v) {
    v -= AVM_DOUBLE_BIAS;
    double d;
    memcpy(&d, &v, 8);
    return d;
}
static inline AvmValue avm_float_value(double d) {
    uint64_t v;
    memcpy(&v, &d, 8);
    if (__builtin_expect(d != d, 0)) v = 0x7FF8000000000000ull;
    return v + AVM_DOUBLE_BIAS;
}
// What arithmetic on such doubles gave: its NaNs are the processor's own, which leave room for the bias.
static inline AvmValue avm_float_result(double d) {
    uint64_t v;
    memcpy(&v, &d, 8);
    return v + AVM_DOUBLE_BIAS;
}
static inline AvmValue avm_bool(bool b) { return AVM_FALSE | (AvmValue)b; }
static inline AvmObj *avm_obj(AvmValue v) { return (AvmObj *)(uintptr_t)v; }
static inline AvmValue avm_value(const void *object) { return (AvmValue)(uintptr_t)object; }
static inline bool avm_is(AvmValue v, uint16_t type) { return avm_is_obj(v) && avm_obj(v)->type == type; }

#endif
