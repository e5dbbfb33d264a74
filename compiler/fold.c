// Constants, and constant expressions folded as CPython folds them (never one that would raise).
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "compiler/internal.h"

enum { FOLD_TEXT = 4096, FOLD_ITEMS = 256 };

AvmConst avm_const_str(const AvmName *name) {
    return (AvmConst){.kind = AVM_LIT_STR, .text = {name->text, name->length}};
}

bool avm_const_true(const AvmConst *k) {
    switch (k->kind) {
    case AVM_LIT_NONE:
    case AVM_LIT_FALSE: return false;
    case AVM_LIT_TRUE:
    case AVM_LIT_ELLIPSIS:
    case AVM_LIT_BIGINT: return true;
    case AVM_LIT_INT: return k->i != 0;
    case AVM_LIT_FLOAT:
    case AVM_LIT_IMAGINARY: return k->f != 0;
    case AVM_LIT_STR:
    case AVM_LIT_BYTES: return k->text.len != 0;
    case AVM_LIT_TUPLE:
    case AVM_LIT_FROZENSET: return k->items.count != 0;
    }
    return true;
}

// ---- integers

// An int of up to 128 bits as a constant. false: a negative one has no literal.
static bool from_wide(AvmCompiler *c, __int128 v, AvmConst *out) {
    if (v >= INT64_MIN && v <= INT64_MAX) {
        *out = (AvmConst){.kind = AVM_LIT_INT, .i = (int64_t)v};
        return true;
    }
    if (v < 0) return false;
    char *hex = avm_comp_alloc(c, 33);
    if (!hex) return false;
    int n = 0;
    for (int shift = 124; shift >= 0; shift -= 4) {
        unsigned digit = (unsigned)(v >> shift) & 15;
        if (digit || n) hex[n++] = "0123456789abcdef"[digit];
    }
    *out = (AvmConst){.kind = AVM_LIT_BIGINT, .text = {hex, (uint32_t)n}};
    return true;
}

// Decimal, octal or binary digits to hexadecimal ones: hex holds the number so far, lowest digit first.
static bool to_hex(AvmCompiler *c, const AvmConstant *k, AvmConst *out) {
    size_t max = k->length + 1, n = 0;
    // A million decimal digits would take minutes; CPython refuses far fewer.
    unsigned char *digits = avm_comp_alloc(c, max);
    char *hex = avm_comp_alloc(c, max + 1);
    if (!digits || !hex) return false;
    if (k->base == 16) {
        for (size_t i = 0; i < k->length; i++) {
            char ch = k->text[i];
            digits[k->length - 1 - i] = (unsigned char)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
        }
        n = k->length;
    } else if (k->base == 10) {
        uint32_t *limbs = avm_comp_alloc(c, (k->length / 9 + 2) * sizeof *limbs);
        size_t count = 0;
        if (!limbs) return false;
        for (size_t i = 0; i < k->length; i++) {
            uint64_t carry = (uint64_t)(k->text[i] - '0');
            for (size_t j = 0; j < count; j++) {
                carry += (uint64_t)limbs[j] * 10;
                limbs[j] = (uint32_t)carry;
                carry >>= 32;
            }
            if (carry) limbs[count++] = (uint32_t)carry;
        }
        for (size_t j = 0; j < count; j++)
            for (int shift = 0; shift < 32 && n < max; shift += 4) digits[n++] = limbs[j] >> shift & 15;
    } else {
        int width = k->base == 8 ? 3 : 1, have = 0;
        unsigned bits = 0;
        for (size_t i = k->length; i-- > 0;) {
            bits |= (unsigned)(k->text[i] - '0') << have;
            have += width;
            if (have < 4) continue;
            digits[n++] = bits & 15;
            bits >>= 4;
            have -= 4;
        }
        digits[n++] = bits & 15;
    }
    while (n > 1 && !digits[n - 1]) n--;
    for (size_t i = 0; i < n; i++) hex[i] = "0123456789abcdef"[digits[n - 1 - i]];
    *out = (AvmConst){.kind = AVM_LIT_BIGINT, .text = {hex, (uint32_t)n}};
    return true;
}

static bool as_int(const AvmConst *k, int64_t *i) {
    if (k->kind == AVM_LIT_FALSE || k->kind == AVM_LIT_TRUE) {
        *i = k->kind == AVM_LIT_TRUE;
        return true;
    }
    *i = k->i;
    return k->kind == AVM_LIT_INT;
}

static bool int_power(AvmCompiler *c, int64_t a, int64_t b, AvmConst *out) {
    if (b < 0) return false;
    uint64_t size = a < 0 ? -(uint64_t)a : (uint64_t)a;
    int bits = size ? 64 - __builtin_clzll(size) : 0;
    if (bits > 1 && b > 126 / bits) return false;
    __int128 v = 1;
    if (bits <= 1)
        v = a == 0 ? b == 0 : a < 0 && (b & 1) ? -1 : 1;
    else
        for (int64_t i = 0; i < b; i++) v *= a;
    return from_wide(c, v, out);
}

static bool fold_ints(AvmCompiler *c, AvmOperator op, int64_t a, int64_t b, AvmConst *out) {
    __int128 x = a, y = b;
    switch (op) {
    case AVM_TREE_ADD: return from_wide(c, x + y, out);
    case AVM_TREE_SUB: return from_wide(c, x - y, out);
    case AVM_TREE_MULT: return from_wide(c, x * y, out);
    case AVM_TREE_DIV: {
        const int64_t exact = (int64_t)1 << 53;
        if (!b || a > exact || a < -exact || b > exact || b < -exact) return false;
        *out = (AvmConst){.kind = AVM_LIT_FLOAT, .f = (double)a / (double)b};
        return true;
    }
    case AVM_TREE_FLOORDIV:
        if (!b) return false;
        return from_wide(c, x / y - (x % y != 0 && (x % y < 0) != (y < 0)), out);
    case AVM_TREE_MOD:
        if (!b) return false;
        return from_wide(c, x % y + (x % y != 0 && (x % y < 0) != (y < 0) ? y : 0), out);
    case AVM_TREE_POW: return int_power(c, a, b, out);
    case AVM_TREE_LSHIFT:
        if (b < 0 || b > 62) return b == 63 && a == 1 ? from_wide(c, x << 63, out) : false;
        return from_wide(c, x * ((__int128)1 << b), out);
    case AVM_TREE_RSHIFT: return b < 0 ? false : from_wide(c, b > 63 ? (a < 0 ? -1 : 0) : a >> b, out);
    case AVM_TREE_BITOR: return from_wide(c, a | b, out);
    case AVM_TREE_BITXOR: return from_wide(c, a ^ b, out);
    case AVM_TREE_BITAND: return from_wide(c, a & b, out);
    case AVM_TREE_MATMULT: return false;
    }
    return false;
}

static bool as_double(const AvmConst *k, double *f) {
    int64_t i;
    if (k->kind == AVM_LIT_FLOAT) {
        *f = k->f;
        return true;
    }
    const int64_t exact = (int64_t)1 << 53;
    if (!as_int(k, &i) || i > exact || i < -exact) return false;
    *f = (double)i;
    return true;
}

static bool fold_floats(AvmOperator op, double a, double b, AvmConst *out) {
    double r;
    switch (op) {
    case AVM_TREE_ADD: r = a + b; break;
    case AVM_TREE_SUB: r = a - b; break;
    case AVM_TREE_MULT: r = a * b; break;
    case AVM_TREE_DIV:
        if (b == 0) return false;
        r = a / b;
        break;
    default: return false; // the VM's own functions decide
    }
    *out = (AvmConst){.kind = AVM_LIT_FLOAT, .f = r};
    return true;
}

// ---- texts and tuples

static bool fold_texts(AvmCompiler *c, const AvmConst *a, const AvmConst *b, uint64_t times, AvmConst *out) {
    uint64_t len = a->text.len * times + (b ? b->text.len : 0);
    if (len > FOLD_TEXT) return false;
    char *text = avm_comp_alloc(c, len + 1);
    if (!text) return false;
    for (uint64_t i = 0; i < times; i++) memcpy(text + i * a->text.len, a->text.text, a->text.len);
    if (b) memcpy(text + a->text.len, b->text.text, b->text.len);
    *out = (AvmConst){.kind = a->kind, .text = {text, (uint32_t)len}};
    return true;
}

static bool fold_tuples(AvmCompiler *c, const AvmConst *a, const AvmConst *b, uint64_t times, AvmConst *out) {
    uint64_t count = a->items.count * times + (b ? b->items.count : 0);
    if (count > FOLD_ITEMS) return false;
    AvmConst *at = avm_comp_alloc(c, (count + 1) * sizeof *at);
    if (!at) return false;
    for (uint64_t i = 0; i < times; i++)
        memcpy(at + i * a->items.count, a->items.at, a->items.count * sizeof *at);
    if (b) memcpy(at + a->items.count, b->items.at, b->items.count * sizeof *at);
    *out = (AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, (uint32_t)count}};
    return true;
}

// Does the concatenation join two halves of a surrogate pair? Generalised UTF-8 keeps them apart, so this is
// never a problem: joined halves stay two code points.
static bool fold_sequences(AvmCompiler *c, AvmOperator op, const AvmConst *a, const AvmConst *b,
                           AvmConst *out) {
    bool text = a->kind == AVM_LIT_STR || a->kind == AVM_LIT_BYTES, tuple = a->kind == AVM_LIT_TUPLE;
    int64_t n;
    if (op == AVM_TREE_ADD && a->kind == b->kind)
        return text ? fold_texts(c, a, b, 1, out) : tuple ? fold_tuples(c, a, b, 1, out) : false;
    if (op != AVM_TREE_MULT) return false;
    if (as_int(a, &n)) return as_int(b, &n) ? false : fold_sequences(c, op, b, a, out);
    if (!as_int(b, &n) || n > FOLD_TEXT) return false;
    if (n < 0) n = 0;
    return text    ? fold_texts(c, a, NULL, (uint64_t)n, out)
           : tuple ? fold_tuples(c, a, NULL, (uint64_t)n, out)
                   : false;
}

// ---- expressions

static bool fold_binary(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    AvmConst a, b;
    int64_t i, j;
    double f, g;
    if (!avm_fold(c, e->binop.left, &a) || !avm_fold(c, e->binop.right, &b)) return false;
    // bool with bool may stay bool, so only real ints are combined bit by bit.
    bool bits =
        e->binop.op == AVM_TREE_BITOR || e->binop.op == AVM_TREE_BITAND || e->binop.op == AVM_TREE_BITXOR;
    if (bits && (a.kind != AVM_LIT_INT || b.kind != AVM_LIT_INT)) return false;
    if (as_int(&a, &i) && as_int(&b, &j)) return fold_ints(c, e->binop.op, i, j, out);
    if (as_double(&a, &f) && as_double(&b, &g)) return fold_floats(e->binop.op, f, g, out);
    return fold_sequences(c, e->binop.op, &a, &b, out);
}

static bool fold_unary(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    AvmConst a;
    int64_t i;
    if (!avm_fold(c, e->unaryop.operand, &a)) return false;
    if (e->unaryop.op == AVM_TREE_NOT) {
        *out = (AvmConst){.kind = avm_const_true(&a) ? AVM_LIT_FALSE : AVM_LIT_TRUE};
        return true;
    }
    if (a.kind == AVM_LIT_FLOAT && e->unaryop.op != AVM_TREE_INVERT) {
        *out = a;
        if (e->unaryop.op == AVM_TREE_USUB) out->f = -a.f;
        return true;
    }
    if (!as_int(&a, &i)) return false;
    if (e->unaryop.op == AVM_TREE_INVERT && a.kind != AVM_LIT_INT) return false; // deprecated: warns
    return from_wide(c,
                     e->unaryop.op == AVM_TREE_USUB     ? -(__int128)i
                     : e->unaryop.op == AVM_TREE_INVERT ? ~i
                                                        : i,
                     out);
}

static bool fold_tuple(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    uint32_t n = e->sequence.count;
    for (uint32_t i = 0; i < n; i++) {
        AvmExprKind kind = e->sequence.items[i]->kind;
        if (kind != AVM_EXPR_CONSTANT && kind != AVM_EXPR_TUPLE && kind != AVM_EXPR_UNARYOP &&
            kind != AVM_EXPR_BINOP && kind != AVM_EXPR_NAME && kind != AVM_EXPR_SUBSCRIPT)
            return false;
    }
    AvmConst first;
    if (n && !avm_fold(c, e->sequence.items[0], &first)) return false;
    AvmConst *at = avm_comp_alloc(c, (n + 1) * sizeof *at);
    if (!at) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!avm_fold(c, e->sequence.items[i], &at[i])) return false;
    *out = (AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, n}};
    return true;
}

static bool fold_subscript(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    AvmConst a, k;
    if (e->subscript.slice->kind == AVM_EXPR_SLICE) return false;
    if (!avm_fold(c, e->subscript.slice, &k) || k.kind != AVM_LIT_INT || !avm_fold(c, e->subscript.value, &a))
        return false;
    bool text = a.kind == AVM_LIT_STR || a.kind == AVM_LIT_BYTES;
    int64_t n = a.kind == AVM_LIT_TUPLE ? a.items.count : text ? a.text.len : 0;
    if (a.kind == AVM_LIT_STR && !avm_ascii_check(a.text.text, a.text.len)) return false;
    int64_t i = k.i < 0 ? k.i + n : k.i;
    if (i < 0 || i >= n) return false;
    if (a.kind == AVM_LIT_TUPLE)
        *out = a.items.at[i];
    else if (a.kind == AVM_LIT_BYTES)
        *out = (AvmConst){.kind = AVM_LIT_INT, .i = (unsigned char)a.text.text[i]};
    else
        *out = (AvmConst){.kind = AVM_LIT_STR, .text = {a.text.text + i, 1}};
    return true;
}

static bool fold_constant(AvmCompiler *c, const AvmConstant *k, AvmConst *out) {
    switch (k->kind) {
    case AVM_CONST_NONE: *out = (AvmConst){.kind = AVM_LIT_NONE}; return true;
    case AVM_CONST_TRUE: *out = (AvmConst){.kind = AVM_LIT_TRUE}; return true;
    case AVM_CONST_FALSE: *out = (AvmConst){.kind = AVM_LIT_FALSE}; return true;
    case AVM_CONST_ELLIPSIS: *out = (AvmConst){.kind = AVM_LIT_ELLIPSIS}; return true;
    case AVM_CONST_INT: *out = (AvmConst){.kind = AVM_LIT_INT, .i = k->integer}; return true;
    case AVM_CONST_BIGINT: return to_hex(c, k, out);
    case AVM_CONST_FLOAT: *out = (AvmConst){.kind = AVM_LIT_FLOAT, .f = k->number}; return true;
    case AVM_CONST_IMAG: *out = (AvmConst){.kind = AVM_LIT_IMAGINARY, .f = k->number}; return true;
    case AVM_CONST_STR:
        *out = (AvmConst){.kind = AVM_LIT_STR, .text = {k->text, (uint32_t)k->length}};
        return true;
    case AVM_CONST_BYTES:
        *out = (AvmConst){.kind = AVM_LIT_BYTES, .text = {k->text, (uint32_t)k->length}};
        return true;
    }
    return false;
}

bool avm_fold(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    if (c->failed) return false;
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_CONSTANT: return fold_constant(c, &e->constant, out);
    case AVM_EXPR_UNARYOP: return fold_unary(c, e, out);
    case AVM_EXPR_BINOP: return fold_binary(c, e, out);
    case AVM_EXPR_TUPLE: return e->ctx == AVM_TREE_LOAD && fold_tuple(c, e, out);
    case AVM_EXPR_SUBSCRIPT: return e->ctx == AVM_TREE_LOAD && fold_subscript(c, e, out);
    case AVM_EXPR_NAME:
        if (e->ctx != AVM_TREE_LOAD || e->name != c->name_debug) return false;
        *out = (AvmConst){.kind = c->opts->optimize ? AVM_LIT_FALSE : AVM_LIT_TRUE};
        return true;
    case AVM_EXPR_JOINEDSTR:
        if (e->sequence.count == 0) {
            *out = (AvmConst){.kind = AVM_LIT_STR, .text = {"", 0}};
            return true;
        }
        if (e->sequence.count == 1 && e->sequence.items[0]->kind == AVM_EXPR_CONSTANT)
            return avm_fold(c, e->sequence.items[0], out);
        return false;
    default: return false;
    }
}
