// bool: the two immediates. An int in all that is not said here.
#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/str.h"

static AvmValue bool_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] == AVM_EMPTY) return AVM_FALSE;
    int truth = avm_truth(t, args[1]);
    return truth < 0 ? AVM_FAIL : avm_bool(truth);
}

static AvmValue bool_repr(AvmThread *t, AvmValue v) {
    return v == AVM_TRUE ? avm_value(avm_str_intern(t, "True", 4)) : avm_value(avm_str_intern(t, "False", 5));
}

static AvmValue bool_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (avm_is_bool(a) && avm_is_bool(b)) {
        bool x = a == AVM_TRUE, y = b == AVM_TRUE;
        if (op == AVM_AND) return avm_bool(x && y);
        if (op == AVM_OR) return avm_bool(x || y);
        if (op == AVM_XOR) return avm_bool(x != y);
    }
    return avm_is_int(t, a) && avm_is_int(t, b) ? avm_int_binary(t, op, a, b) : AVM_NOTIMPL;
}

static AvmValue bool_unary(AvmThread *t, AvmUnary op, AvmValue a) {
    int64_t i = a == AVM_TRUE;
    switch (op) {
    case AVM_NEG: return avm_inline_int_value(-i);
    case AVM_TO_FLOAT: return avm_float_value((double)i);
    case AVM_INVERT:
        if (!avm_warn(
                t, AVM_EXC(t, DeprecationWarning), 1,
                "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This "
                "returns "
                "the bitwise inversion of the underlying int object and is usually not what you expect from "
                "negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really want "
                "the bitwise inversion of the underlying int."))
            return AVM_FAIL;
        return avm_inline_int_value(~i);
    default: return avm_inline_int_value(i);
    }
}

static int bool_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return v == AVM_TRUE;
}

static const AvmNativeDef bool_methods[] = {
    {"__new__", bool_new, "__new__(object=False, /)", "Create and return a new object.", AVM_DEF_STATIC},
    {0},
};

const AvmTypeDef avm_bool_def = {
    .name = "bool",
    .id = AVM_T_BOOL,
    .base = AVM_T_INT,
    .size = sizeof(AvmInt),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_INT,
    .doc = "The truth value of an object. True and False are its only instances; it can't be inherited from.",
    .slots = {.repr = bool_repr, .binary = bool_binary, .unary = bool_unary, .truth = bool_truth},
    .methods = bool_methods,
};
