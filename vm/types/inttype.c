// The type int as scripts see it: its constructor, methods and slots. Knows nothing of digits.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

AvmValue avm_int_plain(AvmThread *t, AvmValue v) {
    if (avm_is_inline_int(v)) return v;
    if (avm_is(v, AVM_T_INT)) return avm_incref(v);
    int64_t i;
    if (avm_int_get(v, &i)) return avm_int_new(t, i);
    // A big int of a sub-class: the limbs are the same.
    AvmInt *from = (AvmInt *)avm_obj(v);
    AvmInt *o = avm_big_new(t, from->used);
    if (!o) return AVM_FAIL;
    memcpy(o->limbs, from->limbs, from->used * sizeof(AvmLimb));
    return avm_big_finish(t, o, from->used, from->negative);
}

// An instance of a sub-class with the value of v (taken).
static AvmValue as_class(AvmThread *t, AvmType *cls, AvmValue v) {
    if (v == AVM_FAIL || cls->id == AVM_T_INT) return v;
    int64_t i = 0;
    bool small = avm_int_get(v, &i);
    AvmInt *from = small ? NULL : (AvmInt *)avm_obj(v);
    size_t bytes = small ? 0 : from->used * sizeof(AvmLimb);
    AvmInt *o = avm_object_new(t, cls, bytes);
    if (o && small) {
        o->i = i;
    } else if (o) {
        o->h.flags |= AVM_INT_BIG;
        o->used = from->used;
        o->negative = from->negative;
        memcpy(o->limbs, from->limbs, bytes);
    }
    avm_decref(t, v);
    return avm_value(o);
}

static AvmValue int_new(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n > 3) return avm_raise_type(t, "int expected at most 2 arguments, got %u", n - 1);
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    if (args[2] == AVM_EMPTY) {
        if (args[1] == AVM_EMPTY) return as_class(t, cls, avm_inline_int_value(0));
        return as_class(t, cls, avm_int_convert(t, args[1]));
    }
    if (args[1] == AVM_EMPTY) return avm_raise_type(t, "int() missing string argument");
    int64_t base;
    if (!avm_index(t, args[2], &base)) return AVM_FAIL;
    if (base != 0 && (base < 2 || base > 36))
        return avm_raise_value(t, "int() base must be >= 2 and <= 36, or 0");
    if (!avm_as_str(t, args[1]) && !avm_as_bytes(t, args[1]) && !avm_is(args[1], AVM_T_BYTEARRAY))
        return avm_raise_type(t, "int() can't convert non-string with explicit base");
    return as_class(t, cls, avm_int_parse(t, args[1], (int)base));
}

static bool int_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t;
    *out = avm_int_hash(v);
    return true;
}

static AvmValue int_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    return avm_is_int(t, a) && avm_is_int(t, b) ? avm_int_binary(t, op, a, b) : AVM_NOTIMPL;
}

static AvmValue int_unary(AvmThread *t, AvmUnary op, AvmValue a) {
    double d;
    switch (op) {
    case AVM_NEG: return avm_int_negate(t, a);
    case AVM_ABS: return avm_int_sign(a) < 0 ? avm_int_negate(t, a) : avm_int_plain(t, a);
    case AVM_TO_FLOAT: return avm_int_to_double(t, a, &d) ? avm_float_value(d) : AVM_FAIL;
    case AVM_INVERT: {
        AvmValue negative = avm_int_negate(t, a);
        if (negative == AVM_FAIL) return AVM_FAIL;
        AvmValue r = avm_int_binary(t, AVM_SUB, negative, avm_inline_int_value(1));
        avm_decref(t, negative);
        return r;
    }
    default: return avm_int_plain(t, a);
    }
}

static AvmValue int_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_is_int(t, b)) return AVM_NOTIMPL;
    int order = avm_int_compare(a, b);
    switch (op) {
    case AVM_EQ: return avm_bool(order == 0);
    case AVM_NE: return avm_bool(order != 0);
    case AVM_LT: return avm_bool(order < 0);
    case AVM_LE: return avm_bool(order <= 0);
    case AVM_GT: return avm_bool(order > 0);
    default: return avm_bool(order >= 0);
    }
}

static int int_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_int_sign(v) != 0;
}

// --- methods

static AvmValue int_self(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_plain(t, args[0]);
}

static AvmValue int_bit_length(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_new(t, (int64_t)avm_int_bits(args[0]));
}

static AvmValue int_bit_count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmBigView view;
    avm_big_view(args[0], &view);
    int64_t count = 0;
    for (size_t i = 0; i < view.n; i++) count += __builtin_popcountll(view.limbs[i]);
    return avm_int_new(t, count);
}

static AvmValue int_as_integer_ratio(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue pair[2] = {avm_int_plain(t, args[0]), avm_inline_int_value(1)};
    if (pair[0] == AVM_FAIL) return AVM_FAIL;
    AvmTuple *tuple = avm_tuple_from(t, pair, 2);
    avm_decref(t, pair[0]);
    return avm_value(tuple);
}

static AvmValue int_is_integer(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_TRUE;
}

// "little" or "big" in *little; absent: big.
static bool byte_order(AvmThread *t, AvmValue v, bool *little, const char *function) {
    *little = false;
    if (v == AVM_EMPTY) return true;
    AvmStr *s = avm_as_str(t, v);
    if (!s) {
        avm_raise_type(t, "%s() argument 'byteorder' must be str, not %A", function, v);
        return false;
    }
    *little = avm_str_is(s, "little");
    if (*little || avm_str_is(s, "big")) return true;
    avm_raise_value(t, "byteorder must be either 'little' or 'big'");
    return false;
}

static void reverse_bytes(char *p, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        char c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

static AvmValue int_to_bytes(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t length = 1;
    bool little;
    if (args[1] != AVM_EMPTY && !avm_index_exact(t, args[1], &length, NULL)) return AVM_FAIL;
    if (!byte_order(t, args[2], &little, "to_bytes")) return AVM_FAIL;
    int is_signed = args[3] == AVM_EMPTY ? 0 : avm_truth(t, args[3]);
    if (is_signed < 0) return AVM_FAIL;
    if (length < 0) return avm_raise_value(t, "length argument must be non-negative");
    AvmBytes *b = avm_bytes_new(t, NULL, (size_t)length);
    if (!b) return AVM_FAIL;
    if (!avm_int_to_bytes(t, args[0], (unsigned char *)b->data, (size_t)length, is_signed)) {
        avm_drop(t, b);
        return AVM_FAIL;
    }
    if (!little) reverse_bytes(b->data, (size_t)length);
    return avm_value(b);
}

// bytes(v) for from_bytes.
static AvmValue to_bytes_object(AvmThread *t, AvmValue v) {
    if (avm_as_bytes(t, v)) return avm_incref(v);
    if (avm_as_str(t, v)) return avm_raise_type(t, "cannot convert '%T' object to bytes", v);
    if (avm_is_int(t, v) || avm_is_float(v))
        return avm_raise_type(t, "cannot convert '%T' object to bytes", v);
    return avm_call1(t, avm_value(avm_type_get(t, AVM_T_BYTES)), v);
}

static AvmValue int_from_bytes(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    bool little;
    if (!byte_order(t, args[2], &little, "from_bytes")) return AVM_FAIL;
    int is_signed = args[3] == AVM_EMPTY ? 0 : avm_truth(t, args[3]);
    if (is_signed < 0) return AVM_FAIL;
    AvmValue source = to_bytes_object(t, args[1]);
    if (source == AVM_FAIL) return AVM_FAIL;
    AvmBytes *b = avm_as_bytes(t, source), *copy = NULL;
    AvmValue result = AVM_FAIL;
    if (b && !little) {
        copy = avm_bytes_new(t, b->data, b->len);
        if (copy) reverse_bytes(copy->data, copy->len);
    }
    AvmBytes *use = little ? b : copy;
    if (use) result = avm_int_from_bytes(t, (const unsigned char *)use->data, use->len, is_signed);
    avm_decref(t, avm_value(copy));
    avm_decref(t, source);
    if (result == AVM_FAIL || cls->id == AVM_T_INT) return result;
    AvmValue made = avm_call1(t, args[0], result);
    avm_decref(t, result);
    return made;
}

static AvmValue int_round(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] == AVM_EMPTY) return avm_int_plain(t, args[0]);
    AvmValue digits = avm_index_int(t, args[1]);
    if (digits == AVM_FAIL) return AVM_FAIL;
    AvmValue r = avm_int_round(t, args[0], digits);
    avm_decref(t, digits);
    return r;
}

static AvmValue int_format(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *spec = avm_as_str(t, args[1]);
    if (!spec) return avm_raise_type(t, "__format__() argument must be str, not %A", args[1]);
    return avm_format_int(t, args[0], spec);
}

static AvmValue int_getnewargs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = avm_int_plain(t, args[0]);
    if (v == AVM_FAIL) return AVM_FAIL;
    AvmTuple *tuple = avm_tuple_from(t, &v, 1);
    avm_decref(t, v);
    return avm_value(tuple);
}

static AvmValue int_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    // CPython's digits have 30 bits.
    size_t digits = (avm_int_bits(args[0]) + 29) / 30;
    return avm_int_new(t, (int64_t)(24 + 4 * (digits ? digits : 1)));
}

static AvmValue get_self(AvmThread *t, AvmValue self) { return avm_int_plain(t, self); }

static AvmValue get_zero(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return avm_inline_int_value(0);
}

static AvmValue get_one(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return avm_inline_int_value(1);
}

static const AvmNativeDef int_methods[] = {
    {"__new__", int_new, "__new__(x=0, /, base=10, *surplus)", "Create and return a new object.",
     AVM_DEF_STATIC},
    {"as_integer_ratio", int_as_integer_ratio, "as_integer_ratio()",
     "A pair of ints whose ratio is the int: (self, 1).", AVM_DEF_METHOD},
    {"bit_count", int_bit_count, "bit_count()", "How many ones the absolute value has in binary.",
     AVM_DEF_METHOD},
    {"bit_length", int_bit_length, "bit_length()", "How many bits the absolute value has in binary.",
     AVM_DEF_METHOD},
    {"conjugate", int_self, "conjugate()", "The int itself.", AVM_DEF_METHOD},
    {"from_bytes", int_from_bytes, "from_bytes(bytes, byteorder='big', *, signed=False)",
     "The int that an array of bytes stands for.", AVM_DEF_CLASS},
    {"is_integer", int_is_integer, "is_integer()", "True, as for floats without a fraction.", AVM_DEF_METHOD},
    {"to_bytes", int_to_bytes, "to_bytes(length=1, byteorder='big', *, signed=False)",
     "The array of bytes that stands for the int.", AVM_DEF_METHOD},
    {"__ceil__", int_self, "__ceil__()", "The int itself.", AVM_DEF_METHOD},
    {"__floor__", int_self, "__floor__()", "The int itself.", AVM_DEF_METHOD},
    {"__trunc__", int_self, "__trunc__()", "The int itself.", AVM_DEF_METHOD},
    {"__round__", int_round, "__round__(ndigits=None, /)", "The nearest multiple of 10 ** -ndigits.",
     AVM_DEF_METHOD},
    {"__format__", int_format, "__format__(format_spec, /)", "The int as text.", AVM_DEF_METHOD},
    {"__getnewargs__", int_getnewargs, "__getnewargs__()", "What makes a copy.", AVM_DEF_METHOD},
    {"__sizeof__", int_sizeof, "__sizeof__()", "Size in memory, in bytes.", AVM_DEF_METHOD},
    {0},
};

static const AvmGetSetDef int_getsets[] = {
    {"real", get_self, NULL, "the real part of a complex number"},
    {"imag", get_zero, NULL, "the imaginary part of a complex number"},
    {"numerator", get_self, NULL, "the numerator of a rational number in lowest terms"},
    {"denominator", get_one, NULL, "the denominator of a rational number in lowest terms"},
    {0},
};

const AvmTypeDef avm_int_def = {
    .name = "int",
    .id = AVM_T_INT,
    .size = sizeof(AvmInt),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_INT | AVM_TYPE_VARSIZE,
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\n"
           "Makes an int of a number or of text. Without arguments: 0.",
    .slots = {.repr = avm_int_repr,
              .hash = int_hash,
              .binary = int_binary,
              .unary = int_unary,
              .compare = int_compare,
              .truth = int_truth},
    .methods = int_methods,
    .getsets = int_getsets,
};
