// Functions of the module builtins that are about numbers.
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/str.h"

static AvmValue builtin_abs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_unary(t, AVM_ABS, args[0]);
}

static AvmValue builtin_divmod(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_binary(t, AVM_DIVMOD, args[0], args[1]);
}

// "0x1f" with the sign before the prefix.
static AvmValue in_base(AvmThread *t, AvmValue v, int base, const char *prefix) {
    AvmValue i = avm_index_int(t, v);
    if (i == AVM_FAIL) return AVM_FAIL;
    AvmBuf digits, text;
    avm_buf_init(&digits, &t->vm->alloc);
    avm_buf_init(&text, &t->vm->alloc);
    AvmValue result = AVM_FAIL;
    if (avm_int_to_text(t, i, base, &digits)) {
        bool negative = *digits.data == '-';
        if (negative) avm_buf_byte(&text, '-');
        avm_buf_text(&text, prefix);
        avm_buf_add(&text, digits.data + negative, digits.len - negative);
        result = avm_value(avm_str_from_buf(t, &text));
    }
    avm_buf_free(&digits);
    avm_buf_free(&text);
    avm_decref(t, i);
    return result;
}

static AvmValue builtin_bin(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return in_base(t, args[0], 2, "0b");
}

static AvmValue builtin_oct(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return in_base(t, args[0], 8, "0o");
}

static AvmValue builtin_hex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return in_base(t, args[0], 16, "0x");
}

static bool is_number(AvmThread *t, AvmValue v) {
    return avm_is_float(v) || avm_is_int(t, v) || avm_is_sub(t, v, AVM_TYPE_SUB_FLOAT);
}

static AvmValue builtin_pow(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue base = args[0], exp = args[1], mod = args[2];
    if (mod == AVM_EMPTY || mod == AVM_NONE) return avm_binary(t, AVM_POW, base, exp);
    if (avm_is_int(t, base) && avm_is_int(t, exp) && avm_is_int(t, mod))
        return avm_int_powmod(t, base, exp, mod);
    if (is_number(t, base) && is_number(t, exp) && is_number(t, mod))
        return avm_raise_type(t, "pow() 3rd argument not allowed unless all arguments are integers");
    AvmValue rest[2] = {exp, mod};
    AvmValue r = is_number(t, base) ? AVM_DONE : avm_call_special(t, base, AVM_NAME(t, __pow__), rest, 2);
    if (r != AVM_DONE && r != AVM_NOTIMPL) return r;
    return avm_raise_type(t, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", base, exp, mod);
}

static AvmValue builtin_round(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = args[0], digits = args[1] == AVM_NONE ? AVM_EMPTY : args[1];
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __round__), &digits, digits != AVM_EMPTY);
    return r == AVM_DONE ? avm_raise_type(t, "type %T doesn't define __round__ method", v) : r;
}

const AvmNativeDef avm_builtins_number[] = {
    {"abs", builtin_abs, "abs(x, /)", "The absolute value."},
    {"bin", builtin_bin, "bin(number, /)", "An int in binary: bin(5) is '0b101'."},
    {"divmod", builtin_divmod, "divmod(x, y, /)", "The pair (x // y, x % y)."},
    {"hex", builtin_hex, "hex(number, /)", "An int in hexadecimal: hex(255) is '0xff'."},
    {"oct", builtin_oct, "oct(number, /)", "An int in octal: oct(8) is '0o10'."},
    {"pow", builtin_pow, "pow(base, exp, mod=None)", "base ** exp, or base ** exp % mod."},
    {"round", builtin_round, "round(number, ndigits=None)",
     "The number with so many decimals; an int without."},
    {0},
};
