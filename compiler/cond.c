// Truth: conditions as jumps, comparisons, `and` and `or`.
#include "compiler/internal.h"

typedef struct Test {
    // Instructions: as value, as jump, as jump with a small number and with a literal (0: none).
    uint8_t value, jump, number, literal;
    uint8_t negate; // the jump is the opposite
} Test;

static const Test tests[] = {
    [AVM_TREE_EQ] = {AVM_OP_EQ, AVM_OP_JEQ, AVM_OP_JEQI, AVM_OP_JEQK, 0},
    [AVM_TREE_NOTEQ] = {AVM_OP_NE, AVM_OP_JNE, AVM_OP_JNEI, AVM_OP_JNEK, 0},
    [AVM_TREE_LT] = {AVM_OP_LT, AVM_OP_JLT, AVM_OP_JLTI, AVM_OP_JLTK, 0},
    [AVM_TREE_LTE] = {AVM_OP_LE, AVM_OP_JLE, AVM_OP_JLEI, AVM_OP_JLEK, 0},
    [AVM_TREE_GT] = {AVM_OP_GT, AVM_OP_JGT, AVM_OP_JGTI, AVM_OP_JGTK, 0},
    [AVM_TREE_GTE] = {AVM_OP_GE, AVM_OP_JGE, AVM_OP_JGEI, AVM_OP_JGEK, 0},
    [AVM_TREE_IS] = {AVM_OP_IS, AVM_OP_JIS, 0, 0, 0},
    [AVM_TREE_ISNOT] = {AVM_OP_ISNOT, AVM_OP_JIS, 0, 0, 1},
    [AVM_TREE_IN] = {AVM_OP_IN, AVM_OP_JIN, 0, 0, 0},
    [AVM_TREE_NOTIN] = {AVM_OP_NOTIN, AVM_OP_JIN, 0, 0, 1},
};

// The right side of `in`: a display of constants needs not be built.
static bool member_const(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    if (e->kind != AVM_EXPR_LIST && e->kind != AVM_EXPR_SET) return false;
    uint32_t n = e->sequence.count;
    AvmConst *at = avm_comp_alloc(c, (n + 1) * sizeof *at);
    if (!at) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!avm_fold(c, e->sequence.items[i], &at[i])) return false;
    *out = (AvmConst){.kind = e->kind == AVM_EXPR_SET ? AVM_LIT_FROZENSET : AVM_LIT_TUPLE, .items = {at, n}};
    return true;
}

static uint32_t right_operand(AvmCompiler *c, AvmCmpOp op, const AvmExpr *e, uint32_t hint) {
    AvmConst k;
    if ((op != AVM_TREE_IN && op != AVM_TREE_NOTIN) || !member_const(c, e, &k))
        return avm_expr_in(c, e, true, hint);
    uint32_t r = hint != AVM_NO_REG && avm_is_temp(c, hint) ? hint : avm_temp(c);
    c->u->span = e->span;
    avm_load_const(c, &k, r);
    return r;
}

static bool is_none(const AvmExpr *e) {
    return e->kind == AVM_EXPR_CONSTANT && e->constant.kind == AVM_CONST_NONE;
}

// Jumps if (left op right) is sense; left is evaluated already.
static void jump_compare(AvmCompiler *c, uint32_t left, AvmCmpOp op, const AvmExpr *right, AvmSpan span,
                         uint32_t label, bool sense) {
    const Test *t = &tests[op];
    AvmConst k;
    uint32_t truth = sense ^ t->negate, number;
    if (t->jump == AVM_OP_JIS && is_none(right)) {
        c->u->span = span;
        avm_emit_jump_cmp(c, AVM_OP_JNONE, left, 0, truth, label);
    } else if (t->number && avm_fold(c, right, &k) && k.kind == AVM_LIT_INT && k.i >= -128 && k.i <= 127) {
        c->u->span = span;
        avm_emit_jump_cmp(c, (AvmOp)t->number, left, (uint32_t)k.i & 0xFF, truth, label);
    } else if (t->literal && avm_fold(c, right, &k) &&
               (k.kind == AVM_LIT_INT || k.kind == AVM_LIT_FLOAT || k.kind == AVM_LIT_STR) &&
               (number = avm_literal(c, &k)) < 256) {
        c->u->span = span;
        avm_emit_jump_cmp(c, (AvmOp)t->literal, left, number, truth, label);
    } else {
        uint32_t r = right_operand(c, op, right, AVM_NO_REG);
        c->u->span = span;
        avm_emit_jump_cmp(c, (AvmOp)t->jump, left, r, truth, label);
    }
}

// ---- chains: a < b < c. The value in the middle is needed twice.

typedef struct Chain {
    uint32_t slot;  // where the left value of each comparison is, unless it is a local's register
    uint32_t clean; // label: the comparison failed, R[slot+1] must be emptied
    bool unclean;   // clean is used
} Chain;

// Evaluates the i-th comparator as a right operand. *kept: where it stays for the next comparison, or
// AVM_NO_REG: it can be evaluated again.
static uint32_t middle(AvmCompiler *c, const Chain *chain, const AvmExpr *e, uint32_t *kept) {
    AvmConst k;
    *kept = AVM_NO_REG;
    avm_temp_to(c, chain->slot + 1);
    if (avm_fold(c, e, &k)) return avm_expr_push(c, e);
    uint32_t r = avm_expr_any(c, e, false);
    if (!avm_is_temp(c, r)) return r;
    *kept = r;
    uint32_t copy = avm_temp(c);
    avm_emit(c, AVM_OP_MOVE, copy, r, 0);
    return copy;
}

// After a comparison that held: the middle value becomes the left one.
static uint32_t advance(AvmCompiler *c, const Chain *chain, const AvmExpr *e, uint32_t used, uint32_t kept) {
    avm_temp_to(c, chain->slot + 1);
    if (kept != AVM_NO_REG) {
        avm_emit(c, AVM_OP_TAKE, chain->slot, kept, 0);
        return chain->slot;
    }
    if (!avm_is_temp(c, used)) return used;
    avm_expr_to(c, e, chain->slot);
    return chain->slot;
}

static void cond_chain(AvmCompiler *c, const AvmExpr *e, uint32_t label, bool sense) {
    uint32_t n = e->compare.comparators.count, fail = avm_emit_label(c);
    Chain chain = {.clean = avm_emit_label(c), .slot = avm_temp(c)};
    uint32_t left = avm_expr_in(c, e->compare.left, false, chain.slot), kept;
    for (uint32_t i = 0; i + 1 < n && !c->failed; i++) {
        const AvmExpr *m = e->compare.comparators.items[i];
        const Test *t = &tests[e->compare.ops[i]];
        uint32_t r = middle(c, &chain, m, &kept);
        c->u->span = e->span;
        chain.unclean |= kept != AVM_NO_REG;
        avm_emit_jump_cmp(c, (AvmOp)t->jump, left, r, t->negate, kept != AVM_NO_REG ? chain.clean : fail);
        left = advance(c, &chain, m, r, kept);
    }
    jump_compare(c, left, e->compare.ops[n - 1], e->compare.comparators.items[n - 1], e->span,
                 sense ? label : fail, sense);
    avm_temp_to(c, chain.slot);
    uint32_t held = avm_emit_label(c);
    avm_emit_jump(c, sense ? fail : held);
    if (chain.unclean) {
        avm_emit_place(c, chain.clean);
        avm_emit(c, AVM_OP_CLEAR, chain.slot + 1, 1, 0);
        if (!sense) avm_emit_jump(c, label);
    }
    avm_emit_place(c, fail);
    if (!sense) avm_emit_jump(c, label);
    avm_emit_place(c, held);
}

static void value_chain(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t n = e->compare.comparators.count, end = avm_emit_label(c), w = avm_work(c, dst);
    Chain chain = {.clean = avm_emit_label(c), .slot = avm_temp(c)};
    uint32_t left = avm_expr_in(c, e->compare.left, false, chain.slot), kept;
    for (uint32_t i = 0; i + 1 < n && !c->failed; i++) {
        const AvmExpr *m = e->compare.comparators.items[i];
        uint32_t r = middle(c, &chain, m, &kept);
        c->u->span = e->span;
        chain.unclean |= kept != AVM_NO_REG;
        avm_emit(c, (AvmOp)tests[e->compare.ops[i]].value, w, left, r);
        avm_emit_jump_if(c, AVM_OP_JFALSEKEEP, w, kept != AVM_NO_REG ? chain.clean : end);
        left = advance(c, &chain, m, r, kept);
    }
    AvmCmpOp op = e->compare.ops[n - 1];
    uint32_t r = right_operand(c, op, e->compare.comparators.items[n - 1], AVM_NO_REG);
    c->u->span = e->span;
    avm_emit(c, (AvmOp)tests[op].value, w, left, r);
    if (chain.unclean) {
        avm_emit_jump(c, end);
        avm_emit_place(c, chain.clean);
        avm_emit(c, AVM_OP_CLEAR, chain.slot + 1, 1, 0);
    }
    avm_emit_place(c, end);
    avm_work_done(c, w, dst);
}

void avm_expr_compare(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    avm_remark_compare(c, e);
    if (e->compare.comparators.count > 1) {
        value_chain(c, e, dst);
        return;
    }
    uint32_t top = c->u->top;
    const AvmExpr *right = e->compare.comparators.items[0];
    uint32_t left = avm_expr_in(c, e->compare.left, avm_expr_quiet(right), dst);
    uint32_t r = right_operand(c, e->compare.ops[0], right, left == dst ? AVM_NO_REG : dst);
    c->u->span = e->span;
    avm_emit(c, (AvmOp)tests[e->compare.ops[0]].value, dst, left, r);
    avm_temp_to(c, top);
}

// ---- and, or

void avm_expr_boolop(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t end = avm_emit_label(c), w = avm_work(c, dst), n = e->boolop.values.count;
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        avm_expr_to(c, e->boolop.values.items[i], w);
        if (i + 1 == n) break;
        c->u->span = e->span;
        avm_emit_jump_if(c, e->boolop.op == AVM_TREE_AND ? AVM_OP_JFALSEKEEP : AVM_OP_JTRUEKEEP, w, end);
    }
    avm_emit_place(c, end);
    avm_work_done(c, w, dst);
}

static void cond_boolop(AvmCompiler *c, const AvmExpr *e, uint32_t label, bool sense) {
    uint32_t n = e->boolop.values.count;
    bool stop = e->boolop.op == AVM_TREE_OR; // the truth that ends the evaluation
    uint32_t skip = avm_emit_label(c);
    for (uint32_t i = 0; i + 1 < n; i++)
        avm_cond(c, e->boolop.values.items[i], stop == sense ? label : skip, stop);
    avm_cond(c, e->boolop.values.items[n - 1], label, sense);
    avm_emit_place(c, skip);
}

int avm_cond_known(AvmCompiler *c, const AvmExpr *e) {
    AvmConst k;
    if (!avm_fold(c, e, &k)) return -1;
    return avm_const_true(&k);
}

void avm_cond(AvmCompiler *c, const AvmExpr *e, uint32_t label, bool sense) {
    if (c->failed) return;
    uint32_t top = c->u->top;
    int known = avm_cond_known(c, e);
    if (known >= 0) {
        c->u->span = e->span;
        if (known == sense) avm_emit_jump(c, label);
    } else if (e->kind == AVM_EXPR_UNARYOP && e->unaryop.op == AVM_TREE_NOT) {
        avm_remark_not(c, e);
        avm_cond(c, e->unaryop.operand, label, !sense);
    } else if (e->kind == AVM_EXPR_BOOLOP) {
        cond_boolop(c, e, label, sense);
    } else if (e->kind == AVM_EXPR_COMPARE && e->compare.comparators.count > 1) {
        avm_remark_compare(c, e);
        cond_chain(c, e, label, sense);
    } else if (e->kind == AVM_EXPR_COMPARE) {
        avm_remark_compare(c, e);
        const AvmExpr *right = e->compare.comparators.items[0];
        uint32_t left = avm_expr_any(c, e->compare.left, avm_expr_quiet(right));
        jump_compare(c, left, e->compare.ops[0], right, e->span, label, sense);
    } else if (e->kind == AVM_EXPR_IFEXP) {
        uint32_t other = avm_emit_label(c), end = avm_emit_label(c);
        avm_cond(c, e->ifexp.test, other, false);
        avm_cond(c, e->ifexp.body, label, sense);
        avm_emit_jump(c, end);
        avm_emit_place(c, other);
        avm_cond(c, e->ifexp.orelse, label, sense);
        avm_emit_place(c, end);
    } else {
        uint32_t r = avm_expr_any(c, e, true);
        c->u->span = e->span;
        avm_emit_jump_if(c, sense ? AVM_OP_JTRUE : AVM_OP_JFALSE, r, label);
    }
    avm_temp_to(c, top);
}
