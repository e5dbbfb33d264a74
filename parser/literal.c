// Numbers and the named constants.
#include "parser/build.h"

#include <string.h>

#include "base/number.h"

enum { MAX_DECIMAL_DIGITS = 4300 }; // CPython's guard against quadratic conversions

static AvmNode node_of(AvmExpr *e) { return e ? (AvmNode){e, e->span} : avm_no_node; }

AvmNode avm_build_word(AvmBuilder *b, AvmConstantKind kind, AvmToken t) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_CONSTANT, t.span);
    if (e) e->constant.kind = kind;
    return node_of(e);
}

static int digit_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// text: digits only. false: it does not fit.
static bool to_int64(const char *text, size_t n, int base, int64_t *out) {
    int64_t value = 0;
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(value, (int64_t)base, &value) ||
            __builtin_add_overflow(value, (int64_t)digit_value(text[i]), &value))
            return false;
    *out = value;
    return true;
}

static void build_integer(AvmBuilder *b, AvmExpr *e, const char *text, size_t n) {
    int base = 10;
    if (n > 1 && text[0] == '0') {
        char c = text[1] | 0x20;
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
        if (base != 10) {
            text += 2;
            n -= 2;
        }
    }
    while (n > 1 && *text == '0') {
        text++;
        n--;
    }
    e->constant.kind = AVM_CONST_INT;
    if (to_int64(text, n, base, &e->constant.integer)) return;
    if (base == 10 && n > MAX_DECIMAL_DIGITS) {
        AvmSpan at = {e->span.line, e->span.col, e->span.line, e->span.col};
        avm_build_fail(
            b, at,
            "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; use "
            "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer "
            "literals to avoid decimal conversion limits.",
            MAX_DECIMAL_DIGITS, n);
        return;
    }
    e->constant.kind = AVM_CONST_BIGINT;
    e->constant.base = (uint8_t)base;
    e->constant.text = text;
    e->constant.length = n;
}

// A keyword right behind a number: CPython's lexer still takes it.
static void remark_end(AvmBuilder *b, AvmToken t) {
    char after = t.text[t.length] | 0x20, last = t.text[t.length - 1] | 0x20, base = t.text[1] | 0x20;
    if (t.text + t.length >= b->limit || after < 'a' || after > 'z') return;
    bool based = *t.text == '0' && t.length > 2;
    const char *kind = based && base == 'x'   ? "hexadecimal"
                       : based && base == 'o' ? "octal"
                       : based && base == 'b' ? "binary"
                       : last == 'j'          ? "imaginary"
                                              : "decimal";
    AvmSpan at = {t.span.end_line, t.span.end_col - 1, t.span.end_line, t.span.end_col};
    if (!avm_remark(b->diag, at, "invalid %s literal", kind)) b->failed = true;
}

AvmNode avm_build_number(AvmBuilder *b, AvmToken t) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_CONSTANT, t.span);
    char *text = avm_build_alloc(b, (size_t)t.length + 1);
    if (!e || !text) return avm_no_node;
    remark_end(b, t);
    size_t n = 0;
    for (uint32_t i = 0; i < t.length; i++)
        if (t.text[i] != '_') text[n++] = t.text[i];
    text[n] = 0;
    bool hex = n > 1 && (text[1] | 0x20) == 'x';
    bool imaginary = !hex && (text[n - 1] | 0x20) == 'j';
    if (imaginary) text[--n] = 0;
    if (!imaginary && (hex || !strpbrk(text, ".eE"))) {
        build_integer(b, e, text, n);
        return node_of(e);
    }
    e->constant.kind = imaginary ? AVM_CONST_IMAG : AVM_CONST_FLOAT;
    if (!avm_double_parse(text, n, &e->constant.number)) avm_build_no_memory(b);
    return node_of(e);
}
