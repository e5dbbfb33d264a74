// Source text from expressions: what annotations become under `from __future__ import annotations`.
#include <string.h>

#include "compiler/internal.h"
#include "parser/dump.h"

// How tightly an expression binds; a looser one within a tighter one gets parentheses.
typedef enum Level {
    L_TUPLE,
    L_TEST,
    L_OR,
    L_AND,
    L_NOT,
    L_CMP,
    L_BOR,
    L_EXPR = L_BOR,
    L_BXOR,
    L_BAND,
    L_SHIFT,
    L_ARITH,
    L_TERM,
    L_FACTOR,
    L_POWER,
    L_AWAIT,
    L_ATOM
} Level;

static void expr(AvmBuf *out, const AvmExpr *e, int level);
static void fstring_body(AvmBuf *out, const AvmExpr *e, AvmAlloc *alloc);

static void open_if(AvmBuf *out, bool parens) {
    if (parens) avm_buf_byte(out, '(');
}

static void close_if(AvmBuf *out, bool parens) {
    if (parens) avm_buf_byte(out, ')');
}

static void name(AvmBuf *out, const AvmName *n) { avm_buf_add(out, n->text, n->length); }

static void boolop(AvmBuf *out, const AvmExpr *e, int level) {
    int own = e->boolop.op == AVM_TREE_AND ? L_AND : L_OR;
    open_if(out, level > own);
    for (uint32_t i = 0; i < e->boolop.values.count; i++) {
        if (i) avm_buf_text(out, e->boolop.op == AVM_TREE_AND ? " and " : " or ");
        expr(out, e->boolop.values.items[i], own + 1);
    }
    close_if(out, level > own);
}

static void binop(AvmBuf *out, const AvmExpr *e, int level) {
    static const struct {
        const char *text;
        uint8_t level;
    } ops[] = {
        [AVM_TREE_ADD] = {" + ", L_ARITH},      [AVM_TREE_SUB] = {" - ", L_ARITH},
        [AVM_TREE_MULT] = {" * ", L_TERM},      [AVM_TREE_MATMULT] = {" @ ", L_TERM},
        [AVM_TREE_DIV] = {" / ", L_TERM},       [AVM_TREE_MOD] = {" % ", L_TERM},
        [AVM_TREE_POW] = {" ** ", L_POWER},     [AVM_TREE_LSHIFT] = {" << ", L_SHIFT},
        [AVM_TREE_RSHIFT] = {" >> ", L_SHIFT},  [AVM_TREE_BITOR] = {" | ", L_BOR},
        [AVM_TREE_BITXOR] = {" ^ ", L_BXOR},    [AVM_TREE_BITAND] = {" & ", L_BAND},
        [AVM_TREE_FLOORDIV] = {" // ", L_TERM},
    };
    int own = ops[e->binop.op].level;
    bool right = e->binop.op == AVM_TREE_POW;
    open_if(out, level > own);
    expr(out, e->binop.left, own + right);
    avm_buf_text(out, ops[e->binop.op].text);
    expr(out, e->binop.right, own + !right);
    close_if(out, level > own);
}

static void unaryop(AvmBuf *out, const AvmExpr *e, int level) {
    static const char *const ops[] = {
        [AVM_TREE_INVERT] = "~", [AVM_TREE_NOT] = "not ", [AVM_TREE_UADD] = "+", [AVM_TREE_USUB] = "-"};
    int own = e->unaryop.op == AVM_TREE_NOT ? L_NOT : L_FACTOR;
    open_if(out, level > own);
    avm_buf_text(out, ops[e->unaryop.op]);
    expr(out, e->unaryop.operand, own);
    close_if(out, level > own);
}

static void compare(AvmBuf *out, const AvmExpr *e, int level) {
    static const char *const ops[] = {
        [AVM_TREE_EQ] = " == ",       [AVM_TREE_NOTEQ] = " != ",     [AVM_TREE_LT] = " < ",
        [AVM_TREE_LTE] = " <= ",      [AVM_TREE_GT] = " > ",         [AVM_TREE_GTE] = " >= ",
        [AVM_TREE_IS] = " is ",       [AVM_TREE_ISNOT] = " is not ", [AVM_TREE_IN] = " in ",
        [AVM_TREE_NOTIN] = " not in "};
    open_if(out, level > L_CMP);
    expr(out, e->compare.left, L_CMP + 1);
    for (uint32_t i = 0; i < e->compare.comparators.count; i++) {
        avm_buf_text(out, ops[e->compare.ops[i]]);
        expr(out, e->compare.comparators.items[i], L_CMP + 1);
    }
    close_if(out, level > L_CMP);
}

// ---- lambda

static void comma(AvmBuf *out, bool *first) {
    if (!*first) avm_buf_text(out, ", ");
    *first = false;
}

static void arguments(AvmBuf *out, const AvmArguments *a) {
    bool first = true;
    uint32_t n = a->posonlyargs.count + a->args.count;
    for (uint32_t i = 0; i < n; i++) {
        const AvmArg *arg =
            i < a->posonlyargs.count ? &a->posonlyargs.items[i] : &a->args.items[i - a->posonlyargs.count];
        comma(out, &first);
        name(out, arg->name);
        if (i + a->defaults.count >= n) {
            avm_buf_byte(out, '=');
            expr(out, a->defaults.items[i + a->defaults.count - n], L_TEST);
        }
        if (a->posonlyargs.count && i + 1 == a->posonlyargs.count) avm_buf_text(out, ", /");
    }
    if (a->vararg || a->kwonlyargs.count) {
        comma(out, &first);
        avm_buf_byte(out, '*');
        if (a->vararg) name(out, a->vararg->name);
    }
    for (uint32_t i = 0; i < a->kwonlyargs.count; i++) {
        comma(out, &first);
        name(out, a->kwonlyargs.items[i].name);
        if (!a->kw_defaults.items[i]) continue;
        avm_buf_byte(out, '=');
        expr(out, a->kw_defaults.items[i], L_TEST);
    }
    if (a->kwarg) {
        comma(out, &first);
        avm_buf_text(out, "**");
        name(out, a->kwarg->name);
    }
}

static void lambda(AvmBuf *out, const AvmExpr *e, int level) {
    const AvmArguments *a = e->lambda.args;
    bool any = a->posonlyargs.count + a->args.count + a->kwonlyargs.count || a->vararg || a->kwarg;
    open_if(out, level > L_TEST);
    avm_buf_text(out, any ? "lambda " : "lambda");
    arguments(out, a);
    avm_buf_text(out, ": ");
    expr(out, e->lambda.body, L_TEST);
    close_if(out, level > L_TEST);
}

// ---- displays, comprehensions, calls

static void items(AvmBuf *out, const AvmExprList *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) avm_buf_text(out, ", ");
        expr(out, list->items[i], L_TEST);
    }
}

static void generators(AvmBuf *out, const AvmComprehensionList *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        const AvmComprehension *g = &list->items[i];
        avm_buf_text(out, g->is_async ? " async for " : " for ");
        expr(out, g->target, L_TUPLE);
        avm_buf_text(out, " in ");
        expr(out, g->iter, L_TEST + 1);
        for (uint32_t j = 0; j < g->ifs.count; j++) {
            avm_buf_text(out, " if ");
            expr(out, g->ifs.items[j], L_TEST + 1);
        }
    }
}

static void comprehension(AvmBuf *out, const AvmExpr *e) {
    avm_buf_byte(out, e->kind == AVM_EXPR_LISTCOMP ? '[' : e->kind == AVM_EXPR_GENERATOREXP ? '(' : '{');
    if (e->kind == AVM_EXPR_DICTCOMP) {
        expr(out, e->dictcomp.key, L_TEST);
        avm_buf_text(out, ": ");
        expr(out, e->dictcomp.value, L_TEST);
        generators(out, &e->dictcomp.generators);
    } else {
        expr(out, e->comp.elt, L_TEST);
        generators(out, &e->comp.generators);
    }
    avm_buf_byte(out, e->kind == AVM_EXPR_LISTCOMP ? ']' : e->kind == AVM_EXPR_GENERATOREXP ? ')' : '}');
}

static void dict(AvmBuf *out, const AvmExpr *e) {
    avm_buf_byte(out, '{');
    for (uint32_t i = 0; i < e->dict.keys.count; i++) {
        if (i) avm_buf_text(out, ", ");
        if (e->dict.keys.items[i]) {
            expr(out, e->dict.keys.items[i], L_TEST);
            avm_buf_text(out, ": ");
            expr(out, e->dict.values.items[i], L_TEST);
        } else {
            avm_buf_text(out, "**");
            expr(out, e->dict.values.items[i], L_EXPR);
        }
    }
    avm_buf_byte(out, '}');
}

static void call(AvmBuf *out, const AvmExpr *e) {
    expr(out, e->call.func, L_ATOM);
    const AvmExprList *args = &e->call.args;
    const AvmKeywordList *keywords = &e->call.keywords;
    if (args->count == 1 && !keywords->count && args->items[0]->kind == AVM_EXPR_GENERATOREXP) {
        expr(out, args->items[0], L_TEST);
        return;
    }
    avm_buf_byte(out, '(');
    items(out, args);
    for (uint32_t i = 0; i < keywords->count; i++) {
        if (i || args->count) avm_buf_text(out, ", ");
        if (keywords->items[i].arg) {
            name(out, keywords->items[i].arg);
            avm_buf_byte(out, '=');
        } else {
            avm_buf_text(out, "**");
        }
        expr(out, keywords->items[i].value, L_TEST);
    }
    avm_buf_byte(out, ')');
}

// ---- f-strings

static void fstring_text(AvmBuf *out, const AvmConstant *k) {
    for (size_t i = 0; i < k->length; i++) {
        if (k->text[i] == '{' || k->text[i] == '}') avm_buf_byte(out, k->text[i]);
        avm_buf_byte(out, k->text[i]);
    }
}

static void formatted(AvmBuf *out, const AvmExpr *e, AvmAlloc *alloc) {
    AvmBuf value;
    avm_buf_init(&value, alloc);
    expr(&value, e->formattedvalue.value, L_TEST + 1);
    avm_buf_text(out, value.len && value.data[0] == '{' ? "{ " : "{");
    avm_buf_add(out, value.data, value.len);
    out->failed |= value.failed;
    avm_buf_free(&value);
    if (e->formattedvalue.conversion > 0) avm_buf_printf(out, "!%c", e->formattedvalue.conversion);
    if (e->formattedvalue.format_spec) {
        avm_buf_byte(out, ':');
        fstring_body(out, e->formattedvalue.format_spec, alloc);
    }
    avm_buf_byte(out, '}');
}

static void fstring_body(AvmBuf *out, const AvmExpr *e, AvmAlloc *alloc) {
    for (uint32_t i = 0; i < e->sequence.count; i++) {
        const AvmExpr *part = e->sequence.items[i];
        if (part->kind == AVM_EXPR_CONSTANT)
            fstring_text(out, &part->constant);
        else if (part->kind == AVM_EXPR_FORMATTEDVALUE)
            formatted(out, part, alloc);
        else
            fstring_body(out, part, alloc);
    }
}

static void fstring(AvmBuf *out, const AvmExpr *e) {
    AvmBuf body;
    avm_buf_init(&body, out->alloc);
    fstring_body(&body, e, out->alloc);
    avm_buf_byte(out, 'f');
    avm_dump_text(out, body.len ? body.data : "", body.len);
    out->failed |= body.failed;
    avm_buf_free(&body);
}

// ---- all of them

static void slice(AvmBuf *out, const AvmExpr *e) {
    if (e->slice.lower) expr(out, e->slice.lower, L_TEST);
    avm_buf_byte(out, ':');
    if (e->slice.upper) expr(out, e->slice.upper, L_TEST);
    if (e->slice.step) {
        avm_buf_byte(out, ':');
        expr(out, e->slice.step, L_TEST);
    }
}

static void constant(AvmBuf *out, const AvmConstant *k) {
    size_t start = out->len;
    if (k->kind == AVM_CONST_ELLIPSIS) {
        avm_buf_text(out, "...");
        return;
    }
    if (k->kind == AVM_CONST_STR && k->u_prefix) avm_buf_byte(out, 'u');
    avm_dump_constant(out, k);
    // An overflowing number has no repr that can be read back.
    if ((k->kind == AVM_CONST_FLOAT || k->kind == AVM_CONST_IMAG) && !out->failed && out->len >= start + 3 &&
        !memcmp(out->data + start, "inf", 3)) {
        bool imaginary = k->kind == AVM_CONST_IMAG;
        out->len = start;
        avm_buf_text(out, imaginary ? "1e309j" : "1e309");
    }
}

static void attribute(AvmBuf *out, const AvmExpr *e) {
    const AvmExpr *value = e->attribute.value;
    expr(out, value, L_ATOM);
    bool number = value->kind == AVM_EXPR_CONSTANT &&
                  (value->constant.kind == AVM_CONST_INT || value->constant.kind == AVM_CONST_BIGINT);
    avm_buf_text(out, number ? " ." : ".");
    name(out, e->attribute.attr);
}

static void tuple(AvmBuf *out, const AvmExpr *e, int level) {
    bool parens = level > L_TUPLE || !e->sequence.count;
    open_if(out, parens);
    items(out, &e->sequence);
    if (e->sequence.count == 1) avm_buf_byte(out, ',');
    close_if(out, parens);
}

static void expr(AvmBuf *out, const AvmExpr *e, int level) {
    if (out->failed) return;
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_BOOLOP: boolop(out, e, level); break;
    case AVM_EXPR_NAMEDEXPR:
        open_if(out, level > L_TUPLE);
        expr(out, e->namedexpr.target, L_ATOM);
        avm_buf_text(out, " := ");
        expr(out, e->namedexpr.value, L_ATOM);
        close_if(out, level > L_TUPLE);
        break;
    case AVM_EXPR_BINOP: binop(out, e, level); break;
    case AVM_EXPR_UNARYOP: unaryop(out, e, level); break;
    case AVM_EXPR_LAMBDA: lambda(out, e, level); break;
    case AVM_EXPR_IFEXP:
        open_if(out, level > L_TEST);
        expr(out, e->ifexp.body, L_TEST + 1);
        avm_buf_text(out, " if ");
        expr(out, e->ifexp.test, L_TEST + 1);
        avm_buf_text(out, " else ");
        expr(out, e->ifexp.orelse, L_TEST);
        close_if(out, level > L_TEST);
        break;
    case AVM_EXPR_DICT: dict(out, e); break;
    case AVM_EXPR_SET:
    case AVM_EXPR_LIST:
        avm_buf_byte(out, e->kind == AVM_EXPR_SET ? '{' : '[');
        items(out, &e->sequence);
        avm_buf_byte(out, e->kind == AVM_EXPR_SET ? '}' : ']');
        break;
    case AVM_EXPR_LISTCOMP:
    case AVM_EXPR_SETCOMP:
    case AVM_EXPR_DICTCOMP:
    case AVM_EXPR_GENERATOREXP: comprehension(out, e); break;
    case AVM_EXPR_AWAIT:
        open_if(out, level > L_AWAIT);
        avm_buf_text(out, "await ");
        expr(out, e->value, L_ATOM);
        close_if(out, level > L_AWAIT);
        break;
    case AVM_EXPR_YIELD:
    case AVM_EXPR_YIELDFROM:
        avm_buf_text(out, e->kind == AVM_EXPR_YIELD ? "(yield" : "(yield from");
        if (e->value) avm_buf_byte(out, ' ');
        if (e->value) expr(out, e->value, L_TEST);
        avm_buf_byte(out, ')');
        break;
    case AVM_EXPR_COMPARE: compare(out, e, level); break;
    case AVM_EXPR_CALL: call(out, e); break;
    case AVM_EXPR_FORMATTEDVALUE: formatted(out, e, out->alloc); break;
    case AVM_EXPR_JOINEDSTR: fstring(out, e); break;
    case AVM_EXPR_CONSTANT: constant(out, &e->constant); break;
    case AVM_EXPR_ATTRIBUTE: attribute(out, e); break;
    case AVM_EXPR_SUBSCRIPT:
        expr(out, e->subscript.value, L_ATOM);
        avm_buf_byte(out, '[');
        expr(out, e->subscript.slice, L_TUPLE);
        avm_buf_byte(out, ']');
        break;
    case AVM_EXPR_STARRED:
        avm_buf_byte(out, '*');
        expr(out, e->value, L_EXPR);
        break;
    case AVM_EXPR_NAME: name(out, e->name); break;
    case AVM_EXPR_TUPLE: tuple(out, e, level); break;
    case AVM_EXPR_SLICE: slice(out, e); break;
    }
}

AvmText avm_unparse(AvmCompiler *c, const AvmExpr *e) {
    AvmBuf out;
    avm_buf_init(&out, c->alloc);
    expr(&out, e, L_TEST);
    char *text = out.failed ? NULL : avm_arena_copy(&c->scratch, out.len ? out.data : "", out.len);
    uint32_t len = (uint32_t)out.len;
    avm_buf_free(&out);
    if (text) return (AvmText){text, len};
    avm_comp_nomem(c);
    return (AvmText){"", 0};
}
