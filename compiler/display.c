// Displays: lists, tuples, sets, dicts; and f-strings.
#include "compiler/internal.h"

static bool any_starred(const AvmExprList *list) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->kind == AVM_EXPR_STARRED) return true;
    return false;
}

// Are all items constants? They become one tuple.
static bool all_const(AvmCompiler *c, const AvmExprList *list, AvmLitKind kind, AvmConst *out) {
    AvmConst first;
    if (!list->count || !avm_fold(c, list->items[0], &first)) return false;
    AvmConst *at = avm_comp_alloc(c, list->count * sizeof *at);
    if (!at) return false;
    for (uint32_t i = 0; i < list->count; i++)
        if (!avm_fold(c, list->items[i], &at[i])) return false;
    *out = (AvmConst){.kind = kind, .items = {at, list->count}};
    return true;
}

// Adds items one by one to the list or set in w.
static void add_items(AvmCompiler *c, AvmExpr *const *items, uint32_t n, uint32_t w, AvmSpan span, bool set) {
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        bool star = items[i]->kind == AVM_EXPR_STARRED;
        uint32_t r = avm_expr_any(c, star ? items[i]->value : items[i], true);
        c->u->span = span;
        avm_emit(c,
                 star  ? (set ? AVM_OP_SETEXT : AVM_OP_LISTEXT)
                 : set ? AVM_OP_SETADD
                       : AVM_OP_LISTADD,
                 w, r, 0);
        avm_temp_to(c, w + 1);
    }
}

void avm_expr_list(AvmCompiler *c, AvmExpr *const *items, uint32_t n, uint32_t dst) {
    AvmSpan span = c->u->span;
    avm_emit(c, AVM_OP_LIST, dst, 0, 0);
    add_items(c, items, n, dst, span, false);
    c->u->span = span;
}

// Evaluates all items to registers from dst (a temporary) or the top on; returns the first.
static uint32_t push_all(AvmCompiler *c, const AvmExprList *list, uint32_t dst) {
    uint32_t first = avm_is_temp(c, dst) ? dst : c->u->top;
    for (uint32_t i = 0; i < list->count; i++)
        avm_expr_to(c, list->items[i], i == 0 && avm_is_temp(c, dst) ? dst : avm_temp(c));
    return first;
}

void avm_expr_display(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    const AvmExprList *list = &e->sequence;
    bool set = e->kind == AVM_EXPR_SET;
    AvmOp op = set ? AVM_OP_SET : e->kind == AVM_EXPR_LIST ? AVM_OP_LIST : AVM_OP_TUPLE;
    uint32_t top = c->u->top;
    AvmConst k;
    if (op != AVM_OP_TUPLE && list->count > 2 &&
        all_const(c, list, set ? AVM_LIT_FROZENSET : AVM_LIT_TUPLE, &k)) {
        uint32_t w = avm_work(c, dst), t = avm_temp(c);
        c->u->span = e->span;
        avm_emit(c, op, w, 0, 0);
        avm_load_const(c, &k, t);
        avm_emit(c, set ? AVM_OP_SETEXT : AVM_OP_LISTEXT, w, t, 0);
        avm_work_done(c, w, dst);
        return;
    }
    if (!any_starred(list) && list->count <= 40 && list->count <= avm_room(c)) {
        uint32_t first = push_all(c, list, dst);
        c->u->span = e->span;
        avm_emit(c, op, dst, list->count ? first : 0, list->count);
        avm_temp_to(c, top);
        return;
    }
    uint32_t w = avm_work(c, dst);
    c->u->span = e->span;
    avm_emit(c, set ? AVM_OP_SET : AVM_OP_LIST, w, 0, 0);
    add_items(c, list->items, list->count, w, e->span, set);
    c->u->span = e->span;
    if (op == AVM_OP_TUPLE) avm_emit(c, AVM_OP_LISTTUPLE, w, w, 0);
    avm_work_done(c, w, dst);
}

// ---- dicts

void avm_expr_dict(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t n = e->dict.keys.count, top = c->u->top;
    bool stars = false;
    for (uint32_t i = 0; i < n; i++) stars |= !e->dict.keys.items[i];
    if (!stars && n <= 15 && 2 * n <= avm_room(c)) {
        uint32_t first = avm_is_temp(c, dst) && n ? dst : top;
        for (uint32_t i = 0; i < n; i++) {
            avm_expr_to(c, e->dict.keys.items[i], i == 0 && first == dst ? dst : avm_temp(c));
            avm_expr_push(c, e->dict.values.items[i]);
        }
        c->u->span = e->span;
        avm_emit(c, AVM_OP_DICT, dst, n ? first : 0, n);
        avm_temp_to(c, top);
        return;
    }
    uint32_t w = avm_work(c, dst);
    c->u->span = e->span;
    avm_emit(c, AVM_OP_DICT, w, 0, 0);
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        const AvmExpr *key = e->dict.keys.items[i], *value = e->dict.values.items[i];
        uint32_t k = key ? avm_expr_any(c, key, avm_expr_quiet(value)) : 0;
        uint32_t v = avm_expr_any(c, value, true);
        c->u->span = e->span;
        if (key)
            avm_emit(c, AVM_OP_DICTADD, w, k, v);
        else
            avm_emit(c, AVM_OP_DICTEXT, w, v, 0);
        avm_temp_to(c, w + 1);
    }
    avm_work_done(c, w, dst);
}

// ---- f-strings

static void formatted(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    int conversion = e->formattedvalue.conversion;
    uint32_t how = conversion == 's' ? 1 : conversion == 'r' ? 2 : conversion == 'a' ? 3 : 0;
    const AvmExpr *spec = e->formattedvalue.format_spec;
    uint32_t top = c->u->top, w;
    if (spec) {
        // Value and specification stand side by side.
        w = avm_is_temp(c, dst) ? dst : avm_temp(c);
        avm_expr_to(c, e->formattedvalue.value, w);
        avm_expr_push(c, spec);
        how |= 4;
    } else {
        w = avm_expr_in(c, e->formattedvalue.value, true, dst);
    }
    c->u->span = e->span;
    avm_emit(c, AVM_OP_FORMAT, dst, w, how);
    avm_temp_to(c, top);
}

static void part(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    if (e->kind == AVM_EXPR_FORMATTEDVALUE)
        formatted(c, e, dst);
    else
        avm_expr_to(c, e, dst);
}

void avm_expr_fstring(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    AvmConst k;
    if (e->kind == AVM_EXPR_FORMATTEDVALUE) {
        formatted(c, e, dst);
        return;
    }
    if (avm_fold(c, e, &k)) {
        avm_load_const(c, &k, dst);
        return;
    }
    const AvmExprList *list = &e->sequence;
    if (list->count == 1) {
        part(c, list->items[0], dst);
        return;
    }
    uint32_t w = avm_work(c, dst), room = avm_room(c) < 2 ? 2 : avm_room(c), have = 0;
    for (uint32_t i = 0; i < list->count && !c->failed; i++) {
        part(c, list->items[i], have ? avm_temp(c) : w);
        have++;
        if (have < room && i + 1 < list->count) continue;
        bool last = i + 1 == list->count;
        c->u->span = e->span;
        avm_emit(c, AVM_OP_STRJOIN, last ? dst : w, w, have);
        avm_temp_to(c, w + 1);
        have = 1;
    }
    avm_temp_to(c, w == dst ? w + 1 : w);
}
