// Calls.
#include <stdlib.h>

#include "compiler/internal.h"

// A keyword and its place in the call.
typedef struct Placed {
    const AvmName *name;
    uint32_t at;
} Placed;

static int by_name(const void *a, const void *b) {
    const Placed *x = a, *y = b;
    if (x->name != y->name) return (uintptr_t)x->name < (uintptr_t)y->name ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

// The same for very many keywords, which would take too long in pairs.
static void check_many(AvmCompiler *c, const AvmKeywordList *keywords) {
    Placed *all = avm_comp_alloc(c, keywords->count * sizeof *all);
    if (!all) return;
    for (uint32_t i = 0; i < keywords->count; i++) all[i] = (Placed){keywords->items[i].arg, i};
    qsort(all, keywords->count, sizeof *all, by_name);
    const Placed *first = NULL;
    for (uint32_t i = 0; i + 1 < keywords->count; i++)
        if (all[i].name && all[i].name == all[i + 1].name && (!first || all[i].at < first->at)) first = &all[i];
    if (first) avm_comp_error(c, keywords->items[first[1].at].span, "keyword argument repeated: %s", first->name->text);
}

void avm_call_check(AvmCompiler *c, const AvmKeywordList *keywords) {
    if (keywords->count > 64) {
        check_many(c, keywords);
        return;
    }
    for (uint32_t i = 0; i < keywords->count; i++) {
        const AvmName *name = keywords->items[i].arg;
        for (uint32_t j = i + 1; name && j < keywords->count; j++)
            if (keywords->items[j].arg == name)
                avm_comp_error(c, keywords->items[j].span, "keyword argument repeated: %s", name->text);
    }
}

static bool is_simple(AvmCompiler *c, const AvmExprList *args, const AvmKeywordList *keywords) {
    if (args->count + keywords->count > avm_room(c)) return false;
    for (uint32_t i = 0; i < args->count; i++)
        if (args->items[i]->kind == AVM_EXPR_STARRED) return false;
    for (uint32_t i = 0; i < keywords->count; i++)
        if (!keywords->items[i].arg) return false;
    return true;
}

// The tuple of the names of n keywords.
static uint32_t names_literal(AvmCompiler *c, const AvmKeyword *keywords, uint32_t n) {
    AvmConst *at = avm_comp_alloc(c, (n + 1) * sizeof *at);
    if (!at) return 0;
    for (uint32_t i = 0; i < n; i++) at[i] = avm_const_str(keywords[i].arg);
    return avm_literal(c, &(AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, n}});
}

// Evaluates the arguments to registers from the top on; returns how many.
static uint32_t push_args(AvmCompiler *c, const AvmExprList *args, const AvmKeywordList *keywords) {
    for (uint32_t i = 0; i < args->count && !c->failed; i++) avm_expr_push(c, args->items[i]);
    for (uint32_t i = 0; i < keywords->count && !c->failed; i++) avm_expr_push(c, keywords->items[i].value);
    return args->count + keywords->count;
}

// ---- the general call: f(*list, **dict)

void avm_call_keywords(AvmCompiler *c, const AvmKeywordList *keywords, uint32_t dst, uint32_t func) {
    AvmSpan span = c->u->span;
    bool merging = false;
    avm_emit(c, AVM_OP_DICT, dst, 0, 0);
    for (uint32_t i = 0; i < keywords->count && !c->failed; i++) {
        const AvmKeyword *k = &keywords->items[i];
        uint32_t r = avm_temp(c);
        if (!k->arg) {
            avm_expr_to(c, k->value, r);
            c->u->span = span;
            avm_emit(c, AVM_OP_DICTMERGE, dst, r, func);
            merging = true;
        } else {
            c->u->span = span;
            avm_load_text(c, k->arg, r);
            uint32_t v = avm_expr_push(c, k->value);
            c->u->span = span;
            if (merging) {
                // The name may have come already.
                avm_emit(c, AVM_OP_DICT, r, r, 1);
                avm_emit(c, AVM_OP_DICTMERGE, dst, r, func);
            } else {
                avm_emit(c, AVM_OP_DICTADD, dst, r, v);
            }
        }
        avm_temp_to(c, dst + 1);
    }
    c->u->span = span;
}

static void call_general(AvmCompiler *c, const AvmExpr *e, uint32_t w, AvmSpan span) {
    const AvmExprList *args = &e->call.args;
    avm_expr_to(c, e->call.func, w);
    uint32_t list = avm_temp(c);
    c->u->span = span;
    if (args->count == 1 && args->items[0]->kind == AVM_EXPR_STARRED)
        avm_expr_to(c, args->items[0]->value, list);
    else
        avm_expr_list(c, args->items, args->count, list);
    c->u->span = span;
    if (e->call.keywords.count) avm_call_keywords(c, &e->call.keywords, avm_temp(c), w);
    c->u->span = span;
    avm_emit(c, AVM_OP_CALLEX, w, e->call.keywords.count != 0, 0);
}

// ---- calls with arguments in registers

// One word was all to get the object of the METHOD that comes now: was it a global name, as in `asyncio.sleep()`?
static void foretell_method(AvmCompiler *c, uint32_t w) {
    uint32_t *last = &c->u->code.at[c->u->code.count - 1];
    if (AVM_OP(*last) == AVM_OP_GETGLOBAL && AVM_A(*last) == w) *last += AVM_OP_GETGLOBALM - AVM_OP_GETGLOBAL;
}

static void call_method(AvmCompiler *c, const AvmExpr *e, uint32_t w) {
    const AvmExpr *func = e->call.func;
    uint32_t before = c->u->code.count, object = avm_expr_in(c, func->attribute.value, true, w);
    avm_temp_to(c, w + 1);
    avm_temp(c);
    c->u->span = avm_attribute_span(func->span, func);
    if (c->u->code.count == before + 1) foretell_method(c, w);
    avm_emit_site(c, AVM_OP_METHOD, w, object, func->attribute.attr);
    uint32_t n = push_args(c, &e->call.args, &e->call.keywords), kw = e->call.keywords.count;
    c->u->span = avm_attribute_span(e->span, func);
    if (kw)
        avm_emit_x(c, AVM_OP_CALLMKW, w, n, 0, names_literal(c, e->call.keywords.items, kw));
    else
        avm_emit(c, AVM_OP_CALLM, w, n, 0);
}

static void call_plain(AvmCompiler *c, const AvmExpr *e, uint32_t w) {
    avm_expr_to(c, e->call.func, w);
    uint32_t n = push_args(c, &e->call.args, &e->call.keywords), kw = e->call.keywords.count;
    c->u->span = e->span;
    if (kw)
        avm_emit_x(c, AVM_OP_CALLKW, w, n, 0, names_literal(c, e->call.keywords.items, kw));
    else
        avm_emit(c, AVM_OP_CALL, w, n, 0);
}

void avm_expr_call(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    avm_call_check(c, &e->call.keywords);
    avm_remark_call(c, e->call.func);
    uint32_t w = avm_work(c, dst);
    if (!is_simple(c, &e->call.args, &e->call.keywords))
        call_general(c, e, w, e->span);
    else if (e->call.func->kind == AVM_EXPR_ATTRIBUTE)
        call_method(c, e, w);
    else
        call_plain(c, e, w);
    avm_work_done(c, w, dst);
}
