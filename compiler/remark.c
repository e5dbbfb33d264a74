// What CPython's compiler warns of: code that is no error and can hardly be meant.
#include "base/remark.h"

#include <string.h>

#include "compiler/internal.h"

static bool wanted(const AvmCompiler *c) { return c->diag->remarks && !c->failed; }

// What became of a remark.
static void check(AvmCompiler *c, bool good) {
    if (!good) c->failed = true;
}

// Has e become a constant by the time CPython's compiler sees it?
static bool constant(AvmCompiler *c, const AvmExpr *e, AvmConst *out) {
    switch (e->kind) {
    case AVM_EXPR_CONSTANT:
    case AVM_EXPR_UNARYOP:
    case AVM_EXPR_BINOP:
    case AVM_EXPR_TUPLE:
    case AVM_EXPR_SUBSCRIPT: return avm_fold(c, e, out);
    default: return false;
    }
}

static const char *type_of_constant(AvmLitKind kind) {
    switch (kind) {
    case AVM_LIT_NONE: return "NoneType";
    case AVM_LIT_FALSE:
    case AVM_LIT_TRUE: return "bool";
    case AVM_LIT_ELLIPSIS: return "ellipsis";
    case AVM_LIT_INT:
    case AVM_LIT_BIGINT: return "int";
    case AVM_LIT_FLOAT: return "float";
    case AVM_LIT_IMAGINARY: return "complex";
    case AVM_LIT_STR: return "str";
    case AVM_LIT_BYTES: return "bytes";
    case AVM_LIT_TUPLE: return "tuple";
    case AVM_LIT_FROZENSET: return "frozenset";
    }
    return NULL;
}

// The type e's value is bound to have; NULL: who knows.
static const char *type_of(AvmCompiler *c, const AvmExpr *e) {
    AvmConst k;
    switch (e->kind) {
    case AVM_EXPR_TUPLE: return "tuple";
    case AVM_EXPR_LIST:
    case AVM_EXPR_LISTCOMP: return "list";
    case AVM_EXPR_DICT:
    case AVM_EXPR_DICTCOMP: return "dict";
    case AVM_EXPR_SET:
    case AVM_EXPR_SETCOMP: return "set";
    case AVM_EXPR_GENERATOREXP: return "generator";
    case AVM_EXPR_LAMBDA: return "function";
    case AVM_EXPR_JOINEDSTR: return "str";
    default: return constant(c, e, &k) ? type_of_constant(k.kind) : NULL;
    }
}

// ---- is

void avm_remark_not(AvmCompiler *c, const AvmExpr *e) {
    const AvmExpr *of = e->unaryop.operand;
    bool compare = of->kind == AVM_EXPR_COMPARE && of->compare.comparators.count == 1;
    bool again = of->kind == AVM_EXPR_UNARYOP && of->unaryop.op == AVM_TREE_NOT;
    c->negated = e->unaryop.op == AVM_TREE_NOT && (compare || again) && !c->negated;
}

// The type of a value that `is` makes no sense with, or NULL.
static const char *value_type(AvmCompiler *c, const AvmExpr *e) {
    AvmConst k;
    if (!constant(c, e, &k) || k.kind == AVM_LIT_NONE || k.kind == AVM_LIT_FALSE || k.kind == AVM_LIT_TRUE ||
        k.kind == AVM_LIT_ELLIPSIS)
        return NULL;
    return type_of_constant(k.kind);
}

void avm_remark_compare(AvmCompiler *c, const AvmExpr *e) {
    bool negated = c->negated;
    c->negated = false;
    if (!wanted(c)) return;
    const AvmExpr *left = e->compare.left;
    for (uint32_t i = 0; i < e->compare.comparators.count; i++) {
        const AvmExpr *right = e->compare.comparators.items[i];
        AvmCmpOp op = e->compare.ops[i];
        const char *type = NULL;
        if (op == AVM_TREE_IS || op == AVM_TREE_ISNOT) {
            type = value_type(c, left);
            if (!type) type = value_type(c, right);
        }
        if (type) {
            bool is = (op == AVM_TREE_IS) != negated;
            check(c, is ? avm_remark(c->diag, e->span, "\"is\" with '%s' literal. Did you mean \"==\"?", type)
                        : avm_remark(c->diag, e->span, "\"is not\" with '%s' literal. Did you mean \"!=\"?",
                                     type));
            return;
        }
        left = right;
    }
}

// ---- a comma that was forgotten

void avm_remark_call(AvmCompiler *c, const AvmExpr *func) {
    if (func->kind == AVM_EXPR_NAME || func->kind == AVM_EXPR_ATTRIBUTE || !wanted(c)) return;
    const char *type = func->kind == AVM_EXPR_LAMBDA ? NULL : type_of(c, func);
    if (!type) return;
    check(c,
          avm_remark(c->diag, func->span, "'%s' object is not callable; perhaps you missed a comma?", type));
}

typedef enum Items { UNKNOWN, NONE, BY_INDEX } Items;

// What can be had from e by [ ].
static Items items_of(AvmCompiler *c, const AvmExpr *e) {
    AvmConst k;
    if (constant(c, e, &k))
        return k.kind == AVM_LIT_STR || k.kind == AVM_LIT_BYTES || k.kind == AVM_LIT_TUPLE ? BY_INDEX : NONE;
    switch (e->kind) {
    case AVM_EXPR_SET:
    case AVM_EXPR_SETCOMP:
    case AVM_EXPR_GENERATOREXP:
    case AVM_EXPR_LAMBDA: return NONE;
    case AVM_EXPR_TUPLE:
    case AVM_EXPR_LIST:
    case AVM_EXPR_LISTCOMP:
    case AVM_EXPR_JOINEDSTR: return BY_INDEX;
    default: return UNKNOWN;
    }
}

static bool is_index(const char *type) { return !strcmp(type, "int") || !strcmp(type, "bool"); }

void avm_remark_subscript(AvmCompiler *c, const AvmExpr *e) {
    const AvmExpr *value = e->subscript.value;
    if (value->kind == AVM_EXPR_NAME || value->kind == AVM_EXPR_ATTRIBUTE || !wanted(c)) return;
    Items items = items_of(c, value);
    if (items == NONE)
        check(c,
              avm_remark(c->diag, value->span,
                         "'%s' object is not subscriptable; perhaps you missed a comma?", type_of(c, value)));
    const char *index = items == BY_INDEX ? type_of(c, e->subscript.slice) : NULL;
    if (index && !is_index(index))
        check(c, avm_remark(c->diag, value->span,
                            "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
                            type_of(c, value), index));
}

// ---- assert

void avm_remark_assert(AvmCompiler *c, const AvmStmt *s) {
    const AvmExpr *test = s->assertion.test;
    AvmConst k;
    if (!wanted(c) || test->kind == AVM_EXPR_NAME) return;
    bool full = test->kind == AVM_EXPR_TUPLE
                    ? test->sequence.count > 0
                    : constant(c, test, &k) && k.kind == AVM_LIT_TUPLE && k.items.count;
    if (full) check(c, avm_remark(c->diag, s->span, "assertion is always true, perhaps remove parentheses?"));
}

void avm_remark_twice(AvmCompiler *c, uint32_t first, uint32_t middle) {
    check(c, avm_remarks_repeat(c->diag, first, middle));
}
