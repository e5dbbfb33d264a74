// The one place where expressions become targets: of assignments, loops, `with` and `del`.
#include "parser/build.h"

const char *avm_target_describe(const AvmExpr *e) {
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_ATTRIBUTE: return "attribute";
    case AVM_EXPR_SUBSCRIPT: return "subscript";
    case AVM_EXPR_STARRED: return "starred";
    case AVM_EXPR_NAME: return "name";
    case AVM_EXPR_LIST: return "list";
    case AVM_EXPR_TUPLE: return "tuple";
    case AVM_EXPR_LAMBDA: return "lambda";
    case AVM_EXPR_CALL: return "function call";
    case AVM_EXPR_BOOLOP:
    case AVM_EXPR_BINOP:
    case AVM_EXPR_UNARYOP: return "expression";
    case AVM_EXPR_GENERATOREXP: return "generator expression";
    case AVM_EXPR_YIELD:
    case AVM_EXPR_YIELDFROM: return "yield expression";
    case AVM_EXPR_AWAIT: return "await expression";
    case AVM_EXPR_LISTCOMP: return "list comprehension";
    case AVM_EXPR_SETCOMP: return "set comprehension";
    case AVM_EXPR_DICTCOMP: return "dict comprehension";
    case AVM_EXPR_DICT: return "dict literal";
    case AVM_EXPR_SET: return "set display";
    case AVM_EXPR_JOINEDSTR:
    case AVM_EXPR_FORMATTEDVALUE: return "f-string expression";
    case AVM_EXPR_COMPARE: return "comparison";
    case AVM_EXPR_IFEXP: return "conditional expression";
    case AVM_EXPR_NAMEDEXPR: return "named expression";
    case AVM_EXPR_SLICE: return "slice";
    case AVM_EXPR_CONSTANT: break;
    }
    switch (e->constant.kind) {
    case AVM_CONST_NONE: return "None";
    case AVM_CONST_TRUE: return "True";
    case AVM_CONST_FALSE: return "False";
    case AVM_CONST_ELLIPSIS: return "ellipsis";
    default: return "literal";
    }
}

// Recursion here and below is bounded: each level of tuples and lists needs brackets, of which 200 may be
// open.
const AvmExpr *avm_target_wrong(const AvmExpr *e, AvmTargetUse use) {
    switch (e->kind) {
    case AVM_EXPR_NAME:
    case AVM_EXPR_ATTRIBUTE:
    case AVM_EXPR_SUBSCRIPT: return NULL;
    case AVM_EXPR_STARRED: return use == AVM_TARGET_DEL ? e : avm_target_wrong(e->value, use);
    case AVM_EXPR_TUPLE:
    case AVM_EXPR_LIST:
        for (uint32_t i = 0; i < e->sequence.count; i++) {
            const AvmExpr *wrong = avm_target_wrong(e->sequence.items[i], use);
            if (wrong) return wrong;
        }
        return NULL;
    default: return e;
    }
}

static void set_context(AvmExpr *e, AvmExprContext ctx) {
    e->ctx = (uint8_t)ctx;
    if (e->kind == AVM_EXPR_STARRED) set_context(e->value, ctx);
    if (e->kind == AVM_EXPR_TUPLE || e->kind == AVM_EXPR_LIST)
        for (uint32_t i = 0; i < e->sequence.count; i++) set_context(e->sequence.items[i], ctx);
}

bool avm_target_convert(AvmBuilder *b, AvmExpr *e, AvmTargetUse use) {
    if (b->failed) return false;
    const AvmExpr *wrong = avm_target_wrong(e, use);
    if (wrong && (int)wrong->kind == AVM_EXPR_ASITEM) return avm_build_fail(b, b->as_span, "invalid syntax");
    const char *verb = use == AVM_TARGET_DEL ? "delete" : "assign to";
    if (wrong) return avm_build_fail(b, wrong->span, "cannot %s %s", verb, avm_target_describe(wrong));
    set_context(e, use == AVM_TARGET_DEL ? AVM_TREE_DEL : AVM_TREE_STORE);
    return true;
}

AvmExpr *avm_target_of_list(AvmBuilder *b, AvmNodes list, AvmTargetUse use) {
    AvmNode e = avm_build_one_or_tuple(b, list);
    return !b->failed && avm_target_convert(b, e.expr, use) ? e.expr : NULL;
}
