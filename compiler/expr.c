// Expressions: values into registers. Conditions are cond.c's, calls call.c's, displays display.c's.
#include "compiler/internal.h"

uint32_t avm_work(AvmCompiler *c, uint32_t dst) { return avm_is_temp(c, dst) ? dst : avm_temp(c); }

void avm_work_done(AvmCompiler *c, uint32_t work, uint32_t dst) {
    avm_temp_to(c, work + 1);
    if (work == dst) return;
    avm_emit(c, AVM_OP_TAKE, dst, work, 0);
    avm_temp_to(c, work);
}

bool avm_expr_quiet(const AvmExpr *e) { return e->kind == AVM_EXPR_CONSTANT || e->kind == AVM_EXPR_NAME; }

uint32_t avm_room(const AvmCompiler *c) {
    uint32_t used = c->u->top + 40;
    return used >= AVM_MAX_REG ? 0 : AVM_MAX_REG - used < 100 ? AVM_MAX_REG - used : 100;
}

// ---- operators

static const uint8_t operators[] = {
    [AVM_TREE_ADD] = AVM_OP_ADD,           [AVM_TREE_SUB] = AVM_OP_SUB,
    [AVM_TREE_MULT] = AVM_OP_MUL,          [AVM_TREE_MATMULT] = AVM_OP_MATMUL,
    [AVM_TREE_DIV] = AVM_OP_DIV,           [AVM_TREE_MOD] = AVM_OP_MOD,
    [AVM_TREE_POW] = AVM_OP_POW,           [AVM_TREE_LSHIFT] = AVM_OP_LSHIFT,
    [AVM_TREE_RSHIFT] = AVM_OP_RSHIFT,     [AVM_TREE_BITOR] = AVM_OP_OR,
    [AVM_TREE_BITXOR] = AVM_OP_XOR,        [AVM_TREE_BITAND] = AVM_OP_AND,
    [AVM_TREE_FLOORDIV] = AVM_OP_FLOORDIV,
};
_Static_assert(AVM_OP_IADD - AVM_OP_ADD == AVM_OP_IXOR - AVM_OP_XOR,
               "in-place operators stand in the same order");
_Static_assert(AVM_OP_IADDI - AVM_OP_ADDI == AVM_OP_ISUBI - AVM_OP_SUBI, "so do those with numbers");

// The same with a literal on the right, and on the left.
static const uint8_t with_literal[] = {
    [AVM_TREE_ADD] = AVM_OP_ADDK, [AVM_TREE_SUB] = AVM_OP_SUBK,           [AVM_TREE_MULT] = AVM_OP_MULK,
    [AVM_TREE_DIV] = AVM_OP_DIVK, [AVM_TREE_FLOORDIV] = AVM_OP_FLOORDIVK, [AVM_TREE_MOD] = AVM_OP_MODK,
    [AVM_TREE_BITAND] = AVM_OP_ANDK,
};
static const uint8_t of_literal[] = {
    [AVM_TREE_SUB] = AVM_OP_KSUB, [AVM_TREE_MULT] = AVM_OP_KMUL, [AVM_TREE_DIV] = AVM_OP_KDIV};
_Static_assert(AVM_OP_IADDK - AVM_OP_ADDK == AVM_OP_IANDK - AVM_OP_ANDK, "as above");

// The instruction that table has for op with the constant e, and the constant's number; AVM_OP_NOP: none.
static AvmOp literal_operator(AvmCompiler *c, const uint8_t *table, size_t size, AvmOperator op, const AvmExpr *e,
                              uint32_t *number) {
    AvmConst k;
    if (op >= size || !table[op] || !avm_fold(c, e, &k)) return AVM_OP_NOP;
    if (k.kind != AVM_LIT_INT && k.kind != AVM_LIT_FLOAT && k.kind != AVM_LIT_STR) return AVM_OP_NOP;
    *number = avm_literal(c, &k);
    return *number < 256 ? (AvmOp)table[op] : AVM_OP_NOP;
}

// left op right, where left is evaluated already. inplace: 0, or the distance to the in-place operators.
static void operate(AvmCompiler *c, AvmOperator op, bool inplace, uint32_t left, const AvmExpr *right,
                    uint32_t dst, AvmSpan span) {
    AvmConst k;
    if ((op == AVM_TREE_ADD || op == AVM_TREE_SUB) && avm_fold(c, right, &k) && k.kind == AVM_LIT_INT &&
        k.i >= -128 && k.i <= 127) {
        uint32_t number =
            (op == AVM_TREE_ADD ? AVM_OP_ADDI : AVM_OP_SUBI) + (inplace ? AVM_OP_IADDI - AVM_OP_ADDI : 0);
        c->u->span = span;
        avm_emit(c, (AvmOp)number, dst, left, (uint32_t)k.i & 0xFF);
        return;
    }
    uint32_t number;
    AvmOp with = literal_operator(c, with_literal, sizeof with_literal, op, right, &number);
    if (with != AVM_OP_NOP) {
        c->u->span = span;
        avm_emit(c, (AvmOp)(with + (inplace ? AVM_OP_IADDK - AVM_OP_ADDK : 0)), dst, left, number);
        return;
    }
    uint32_t r = avm_expr_in(c, right, true, left == dst ? AVM_NO_REG : dst);
    c->u->span = span;
    avm_emit(c, (AvmOp)(operators[op] + (inplace ? AVM_OP_IADD - AVM_OP_ADD : 0)), dst, left, r);
}

void avm_expr_binop(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t top = c->u->top;
    uint32_t number;
    AvmOp of = literal_operator(c, of_literal, sizeof of_literal, e->binop.op, e->binop.left, &number);
    if (of != AVM_OP_NOP) {
        uint32_t right = avm_expr_in(c, e->binop.right, true, dst);
        c->u->span = e->span;
        avm_emit(c, of, dst, right, number);
        avm_temp_to(c, top);
        return;
    }
    uint32_t left = avm_expr_in(c, e->binop.left, avm_expr_quiet(e->binop.right), dst);
    operate(c, e->binop.op, false, left, e->binop.right, dst, e->span);
    avm_temp_to(c, top);
}

void avm_expr_aug(AvmCompiler *c, AvmOperator op, uint32_t left, const AvmExpr *right, uint32_t dst,
                  AvmSpan span) {
    operate(c, op, true, left, right, dst, span);
}

static void unary(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    static const uint8_t ops[] = {[AVM_TREE_INVERT] = AVM_OP_INVERT,
                                  [AVM_TREE_NOT] = AVM_OP_NOT,
                                  [AVM_TREE_UADD] = AVM_OP_POS,
                                  [AVM_TREE_USUB] = AVM_OP_NEG};
    avm_remark_not(c, e);
    uint32_t top = c->u->top;
    uint32_t r = avm_expr_in(c, e->unaryop.operand, true, dst);
    c->u->span = e->span;
    avm_emit(c, (AvmOp)ops[e->unaryop.op], dst, r, 0);
    avm_temp_to(c, top);
}

// ---- attributes and items

AvmSpan avm_attribute_span(AvmSpan span, const AvmExpr *attribute) {
    if (span.line == attribute->span.end_line) return span;
    span.line = attribute->span.end_line;
    uint32_t len = attribute->attribute.attr->length;
    if (len <= attribute->span.end_col) span.col = attribute->span.end_col - len;
    return span;
}

static void attribute(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t top = c->u->top;
    uint32_t r = avm_expr_in(c, e->attribute.value, true, dst);
    c->u->span = avm_attribute_span(e->span, e);
    avm_emit_site(c, avm_is_temp(c, r) ? AVM_OP_GETATTR : AVM_OP_GETATTRL, dst, r, e->attribute.attr);
    avm_temp_to(c, top);
}

void avm_expr_slice(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t w = avm_work(c, dst);
    const AvmExpr *parts[3] = {e->slice.lower, e->slice.upper, e->slice.step};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t r = i ? avm_temp(c) : w;
        c->u->span = e->span;
        if (parts[i])
            avm_expr_to(c, parts[i], r);
        else
            avm_load_none(c, r);
    }
    c->u->span = e->span;
    avm_emit(c, AVM_OP_SLICE, dst, w, 0);
    avm_temp_to(c, w == dst ? w + 1 : w);
}

void avm_expr_subscript_parts(AvmCompiler *c, const AvmExpr *e, uint32_t *object, uint32_t *index) {
    *object = avm_expr_any(c, e->subscript.value, avm_expr_quiet(e->subscript.slice));
    *index = avm_expr_any(c, e->subscript.slice, true);
}

static void subscript(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    avm_remark_subscript(c, e);
    uint32_t top = c->u->top;
    uint32_t r = avm_expr_in(c, e->subscript.value, avm_expr_quiet(e->subscript.slice), dst);
    uint32_t i = avm_expr_in(c, e->subscript.slice, true, r == dst ? AVM_NO_REG : dst);
    c->u->span = e->span;
    avm_emit(c, AVM_OP_GETITEM, dst, r, i);
    avm_temp_to(c, top);
}

// ---- waiting

void avm_await(AvmCompiler *c, uint32_t reg, uint32_t context) {
    avm_emit(c, AVM_OP_GETAWAIT, reg, reg, context);
    avm_temps(c, 1);
    avm_emit(c, AVM_OP_DELEGATE, reg, 0, 0);
}

static bool in_function(AvmCompiler *c) { return c->u->scope->kind == AVM_SCOPE_FUNCTION; }

static void await(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    const AvmScope *s = c->u->scope;
    if (!c->opts->top_level_await || s->kind != AVM_SCOPE_MODULE) {
        if (!in_function(c))
            avm_comp_error(c, e->span, "'await' outside function");
        else if (!s->async_def && !s->comp)
            avm_comp_error(c, e->span, "'await' outside async function");
    }
    uint32_t w = avm_work(c, dst);
    avm_expr_to(c, e->value, w);
    c->u->span = e->span;
    avm_await(c, w, 0);
    avm_work_done(c, w, dst);
}

static void yield(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    if (!in_function(c)) avm_comp_error(c, e->span, "'yield' outside function");
    uint32_t top = c->u->top;
    uint32_t r;
    if (e->value) {
        r = avm_expr_in(c, e->value, true, dst);
    } else {
        r = avm_is_temp(c, dst) ? dst : avm_temp(c);
        c->u->span = e->span;
        avm_load_none(c, r);
    }
    c->u->span = e->span;
    avm_emit(c, c->u->scope->async_def ? AVM_OP_AYIELD : AVM_OP_YIELD, dst, r, 0);
    avm_temp_to(c, top);
}

static void yield_from(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    if (!in_function(c)) avm_comp_error(c, e->span, "'yield from' outside function");
    if (c->u->scope->async_def) avm_comp_error(c, e->span, "'yield from' inside async function");
    uint32_t w = avm_work(c, dst);
    avm_expr_to(c, e->value, w);
    c->u->span = e->span;
    avm_emit(c, AVM_OP_GETYIELDFROM, w, w, 0);
    avm_temps(c, 1);
    avm_emit(c, AVM_OP_DELEGATE, w, 0, 0);
    avm_work_done(c, w, dst);
}

// ---- choice and naming

static void choice(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t other = avm_emit_label(c), end = avm_emit_label(c);
    avm_cond(c, e->ifexp.test, other, false);
    avm_expr_to(c, e->ifexp.body, dst);
    avm_emit_jump(c, end);
    avm_emit_place(c, other);
    avm_expr_to(c, e->ifexp.orelse, dst);
    avm_emit_place(c, end);
}

static void walrus(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    const AvmName *name = e->namedexpr.target->name;
    int reg = avm_name_register(c, name);
    if (reg >= 0) {
        avm_expr_to(c, e->namedexpr.value, (uint32_t)reg);
        avm_set_bound(c, (uint32_t)reg, true);
        c->u->span = e->span;
        if ((uint32_t)reg != dst) avm_emit(c, AVM_OP_MOVE, dst, (uint32_t)reg, 0);
        return;
    }
    uint32_t w = avm_work(c, dst);
    avm_expr_to(c, e->namedexpr.value, w);
    uint32_t copy = avm_temp(c);
    c->u->span = e->namedexpr.target->span;
    avm_emit(c, AVM_OP_MOVE, copy, w, 0);
    avm_name_store(c, name, copy);
    avm_work_done(c, w, dst);
}

// ---- all of them

static void value_to(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    AvmConst k;
    c->u->span = e->span;
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_CONSTANT:
        if (avm_fold(c, e, &k)) avm_load_const(c, &k, dst);
        break;
    case AVM_EXPR_NAME:
        if (avm_fold(c, e, &k))
            avm_load_const(c, &k, dst);
        else
            avm_name_load(c, e->name, dst);
        break;
    case AVM_EXPR_UNARYOP:
    case AVM_EXPR_BINOP:
    case AVM_EXPR_SUBSCRIPT:
    case AVM_EXPR_TUPLE:
        if (avm_fold(c, e, &k))
            avm_load_const(c, &k, dst);
        else if (e->kind == AVM_EXPR_UNARYOP)
            unary(c, e, dst);
        else if (e->kind == AVM_EXPR_BINOP)
            avm_expr_binop(c, e, dst);
        else if (e->kind == AVM_EXPR_SUBSCRIPT)
            subscript(c, e, dst);
        else
            avm_expr_display(c, e, dst);
        break;
    case AVM_EXPR_BOOLOP: avm_expr_boolop(c, e, dst); break;
    case AVM_EXPR_NAMEDEXPR: walrus(c, e, dst); break;
    case AVM_EXPR_LAMBDA: avm_expr_lambda(c, e, dst); break;
    case AVM_EXPR_IFEXP: choice(c, e, dst); break;
    case AVM_EXPR_DICT: avm_expr_dict(c, e, dst); break;
    case AVM_EXPR_LISTCOMP:
    case AVM_EXPR_SETCOMP:
    case AVM_EXPR_DICTCOMP:
    case AVM_EXPR_GENERATOREXP: avm_expr_comp(c, e, dst); break;
    case AVM_EXPR_AWAIT: await(c, e, dst); break;
    case AVM_EXPR_YIELD: yield(c, e, dst); break;
    case AVM_EXPR_YIELDFROM: yield_from(c, e, dst); break;
    case AVM_EXPR_COMPARE: avm_expr_compare(c, e, dst); break;
    case AVM_EXPR_CALL: avm_expr_call(c, e, dst); break;
    case AVM_EXPR_FORMATTEDVALUE:
    case AVM_EXPR_JOINEDSTR: avm_expr_fstring(c, e, dst); break;
    case AVM_EXPR_ATTRIBUTE: attribute(c, e, dst); break;
    case AVM_EXPR_STARRED: avm_comp_error(c, e->span, "can't use starred expression here"); break;
    case AVM_EXPR_SET:
    case AVM_EXPR_LIST: avm_expr_display(c, e, dst); break;
    case AVM_EXPR_SLICE: avm_expr_slice(c, e, dst); break;
    }
}

void avm_expr_to(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    if (c->failed) return;
    AvmBuild *u = c->u;
    uint32_t limit = u->base + 20 > 150 ? u->base + 20 : 150;
    if (!avm_is_temp(c, dst) || dst < limit || avm_expr_quiet(e)) {
        value_to(c, e, dst);
        return;
    }
    // Registers run short: the temporaries in use are put aside for a while.
    uint32_t base = u->base, live = dst - base;
    u->span = e->span;
    avm_emit(c, AVM_OP_SPILL, base, live, 0);
    avm_temp_to(c, base + 1);
    uint32_t r = avm_temp(c);
    value_to(c, e, r);
    avm_emit(c, AVM_OP_UNSPILL, base, live, r);
    avm_temp_to(c, dst + 1);
}

uint32_t avm_expr_in(AvmCompiler *c, const AvmExpr *e, bool steady, uint32_t hint) {
    if (c->failed) return c->u->top;
    int reg = -1;
    if (e->kind == AVM_EXPR_NAME) {
        c->u->span = e->span;
        reg = avm_name_readable(c, e->name, steady);
    } else if (e->kind == AVM_EXPR_NAMEDEXPR && steady) {
        reg = avm_name_register(c, e->namedexpr.target->name);
        if (reg >= 0) walrus(c, e, (uint32_t)reg);
    }
    if (reg >= 0) return (uint32_t)reg;
    uint32_t r = hint != AVM_NO_REG && avm_is_temp(c, hint) ? hint : avm_temp(c);
    avm_expr_to(c, e, r);
    return r;
}

uint32_t avm_expr_any(AvmCompiler *c, const AvmExpr *e, bool steady) {
    return avm_expr_in(c, e, steady, AVM_NO_REG);
}

uint32_t avm_expr_push(AvmCompiler *c, const AvmExpr *e) {
    uint32_t r = avm_temp(c);
    avm_expr_to(c, e, r);
    return r;
}

void avm_expr_drop(AvmCompiler *c, const AvmExpr *e) {
    AvmConst k;
    if (avm_fold(c, e, &k)) return;
    uint32_t r = avm_expr_any(c, e, true);
    if (!avm_is_temp(c, r)) return;
    avm_emit(c, AVM_OP_CLEAR, r, 1, 0);
    avm_temp_to(c, r);
}
