// Stores: assignment in all its forms, unpacking, del.
#include "compiler/internal.h"

int avm_store_register(AvmCompiler *c, const AvmExpr *target) {
    return target->kind == AVM_EXPR_NAME ? avm_name_register(c, target->name) : -1;
}

// ---- unpacking

// The index of the starred target, or the count.
static uint32_t find_star(AvmCompiler *c, const AvmExpr *e) {
    uint32_t n = e->sequence.count, star = n;
    for (uint32_t i = 0; i < n; i++) {
        if (e->sequence.items[i]->kind != AVM_EXPR_STARRED) continue;
        if (star < n) avm_comp_error(c, e->span, "multiple starred expressions in assignment");
        star = i;
    }
    return star;
}

// Do the targets live in registers that follow each other? The first one, or -1.
static int consecutive(AvmCompiler *c, const AvmExprList *list) {
    int first = list->count ? avm_store_register(c, list->items[0]) : -1;
    for (uint32_t i = 1; i < list->count && first >= 0; i++)
        if (avm_store_register(c, list->items[i]) != first + (int)i) return -1;
    return first;
}

static void unpack(AvmCompiler *c, const AvmExpr *e, uint32_t src) {
    const AvmExprList *list = &e->sequence;
    uint32_t n = list->count, star = find_star(c, e), top = c->u->top;
    if (n > avm_room(c)) {
        avm_comp_error(c, e->span, "too many expressions in star-unpacking assignment");
        return;
    }
    int first = star == n ? consecutive(c, list) : -1;
    c->u->span = e->span;
    if (first >= 0) {
        avm_emit(c, AVM_OP_UNPACK, src, (uint32_t)first, n);
        for (uint32_t i = 0; i < n; i++) avm_set_bound(c, (uint32_t)first + i, true);
        return;
    }
    avm_temps(c, n + 1);
    if (star == n)
        avm_emit(c, AVM_OP_UNPACK, src, top, n);
    else
        avm_emit_x(c, AVM_OP_UNPACKEX, src, top, star, n - star - 1);
    avm_temp_to(c, top + n);
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        const AvmExpr *item = list->items[i];
        avm_store(c, item->kind == AVM_EXPR_STARRED ? item->value : item, top + i);
    }
    avm_temp_to(c, top);
}

// ---- one target

void avm_store(AvmCompiler *c, const AvmExpr *target, uint32_t src) {
    if (c->failed) return;
    uint32_t top = c->u->top, object, index;
    switch (target->kind) {
    case AVM_EXPR_NAME:
        c->u->span = target->span;
        avm_name_store(c, target->name, src);
        break;
    case AVM_EXPR_ATTRIBUTE: {
        object = avm_expr_any(c, target->attribute.value, true);
        c->u->span = avm_attribute_span(target->span, target);
        avm_emit_site(c, AVM_OP_SETATTR, object, src, target->attribute.attr);
        // Classes tell which attributes their functions set on self.
        const AvmExpr *self = target->attribute.value;
        if (self->kind != AVM_EXPR_NAME || self->name->length != 4 || self->name->text[0] != 's') break;
        if (self->name != avm_comp_name(c, "self", 4) || c->u->scope->kind != AVM_SCOPE_FUNCTION) break;
        AvmBuild *u = c->u;
        while (u && u->scope->kind != AVM_SCOPE_CLASS) u = u->outer;
        for (uint32_t i = 0; u && i < u->static_attributes.count; i++)
            if (u->static_attributes.at[i] == target->attribute.attr) u = NULL;
        if (u) AVM_PUSH(c, u->static_attributes, target->attribute.attr);
        break;
    }
    case AVM_EXPR_SUBSCRIPT:
        avm_expr_subscript_parts(c, target, &object, &index);
        c->u->span = target->span;
        avm_emit(c, AVM_OP_SETITEM, object, index, src);
        break;
    case AVM_EXPR_TUPLE:
    case AVM_EXPR_LIST: unpack(c, target, src); break;
    case AVM_EXPR_STARRED:
        avm_comp_error(c, target->span, "starred assignment target must be in a list or tuple");
        break;
    default: break;
    }
    avm_temp_to(c, top);
}

// ---- assignment statements

static bool any_starred(const AvmExprList *list) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->kind == AVM_EXPR_STARRED) return true;
    return false;
}

static bool is_display(const AvmExpr *e) { return e->kind == AVM_EXPR_TUPLE || e->kind == AVM_EXPR_LIST; }

// a, b = x, y: no tuple is made. All values are there before the first is stored.
static bool parallel(AvmCompiler *c, const AvmExpr *target, const AvmExpr *value) {
    if (!is_display(target) || !is_display(value)) return false;
    const AvmExprList *to = &target->sequence, *from = &value->sequence;
    uint32_t n = to->count, top = c->u->top;
    if (!n || n != from->count || n > 40 || n > avm_room(c) || any_starred(to) || any_starred(from))
        return false;
    bool locals = true;
    for (uint32_t i = 0; i < n; i++) locals &= avm_store_register(c, to->items[i]) >= 0;
    for (uint32_t i = 0; i + 1 < n; i++) avm_expr_push(c, from->items[i]);
    if (locals) {
        // Nothing can run between these stores, so the last value may go to its place first.
        uint32_t reg = (uint32_t)avm_store_register(c, to->items[n - 1]);
        avm_expr_to(c, from->items[n - 1], reg);
        avm_set_bound(c, reg, true);
    } else {
        avm_expr_push(c, from->items[n - 1]);
    }
    for (uint32_t i = 0; i < n && !c->failed; i++)
        if (i + 1 < n || !locals) avm_store(c, to->items[i], top + i);
    avm_temp_to(c, top);
    return true;
}

// Distinct registers, so that a store cannot undo the one before it.
static bool distinct(AvmCompiler *c, const AvmExpr *target) {
    if (!is_display(target)) return true;
    const AvmExprList *to = &target->sequence;
    for (uint32_t i = 0; i < to->count; i++)
        for (uint32_t j = i + 1; j < to->count && i < 40; j++) {
            int reg = avm_store_register(c, to->items[i]);
            if (reg >= 0 && reg == avm_store_register(c, to->items[j])) return false;
        }
    return true;
}

void avm_stmt_assign(AvmCompiler *c, const AvmStmt *s) {
    const AvmExprList *targets = &s->assign.targets;
    const AvmExpr *value = s->assign.value, *target = targets->items[0];
    uint32_t top = c->u->top;
    if (targets->count == 1) {
        int reg = avm_store_register(c, target);
        if (reg >= 0) {
            avm_expr_to(c, value, (uint32_t)reg);
            avm_set_bound(c, (uint32_t)reg, true);
        } else if (!distinct(c, target) || !parallel(c, target, value)) {
            avm_store(c, target, avm_expr_any(c, value, target->kind == AVM_EXPR_NAME));
        }
    } else {
        uint32_t r = avm_expr_push(c, value);
        for (uint32_t i = 0; i < targets->count && !c->failed; i++) {
            uint32_t from = r;
            if (i + 1 < targets->count) {
                from = avm_temp(c);
                c->u->span = s->span;
                avm_emit(c, AVM_OP_MOVE, from, r, 0);
            }
            avm_store(c, targets->items[i], from);
            avm_temp_to(c, r + 1);
        }
    }
    avm_temp_to(c, top);
}

// ---- augmented assignment

// A copy of a register that is needed again; a local's stays where it is.
static uint32_t again(AvmCompiler *c, uint32_t reg) {
    if (!avm_is_temp(c, reg)) return reg;
    uint32_t copy = avm_temp(c);
    avm_emit(c, AVM_OP_MOVE, copy, reg, 0);
    return copy;
}

static void aug_name(AvmCompiler *c, const AvmStmt *s) {
    const AvmExpr *target = s->augassign.target, *value = s->augassign.value;
    c->u->span = target->span;
    int reg = avm_name_readable(c, target->name, avm_expr_quiet(value));
    if (reg >= 0) {
        avm_expr_aug(c, s->augassign.op, (uint32_t)reg, value, (uint32_t)reg, s->span);
        return;
    }
    uint32_t t = avm_temp(c);
    avm_name_load(c, target->name, t);
    avm_expr_aug(c, s->augassign.op, t, value, t, s->span);
    c->u->span = target->span;
    avm_name_store(c, target->name, t);
}

void avm_stmt_augassign(AvmCompiler *c, const AvmStmt *s) {
    const AvmExpr *target = s->augassign.target, *value = s->augassign.value;
    uint32_t top = c->u->top, object, index, t;
    bool quiet = avm_expr_quiet(value);
    if (target->kind == AVM_EXPR_NAME) {
        aug_name(c, s);
    } else if (target->kind == AVM_EXPR_ATTRIBUTE) {
        object = avm_expr_any(c, target->attribute.value, quiet);
        c->u->span = avm_attribute_span(target->span, target);
        uint32_t copy = again(c, object);
        t = avm_is_temp(c, copy) ? copy : avm_temp(c);
        avm_emit_site(c, AVM_OP_GETATTR, t, copy, target->attribute.attr);
        avm_expr_aug(c, s->augassign.op, t, value, t, s->span);
        c->u->span = avm_attribute_span(target->span, target);
        avm_emit_site(c, AVM_OP_SETATTR, object, t, target->attribute.attr);
    } else if (target->kind == AVM_EXPR_SUBSCRIPT) {
        object = avm_expr_any(c, target->subscript.value, quiet && avm_expr_quiet(target->subscript.slice));
        index = avm_expr_any(c, target->subscript.slice, quiet);
        c->u->span = target->span;
        t = avm_temp(c);
        uint32_t o = again(c, object), i = again(c, index);
        avm_emit(c, AVM_OP_GETITEM, t, o, i);
        avm_temp_to(c, t + 1);
        avm_expr_aug(c, s->augassign.op, t, value, t, s->span);
        c->u->span = target->span;
        avm_emit(c, AVM_OP_SETITEM, object, index, t);
    }
    avm_temp_to(c, top);
}

// ---- annotations

static void store_annotation(AvmCompiler *c, const AvmStmt *s) {
    const AvmName *name = s->annassign.target->name;
    const AvmExpr *annotation = s->annassign.annotation;
    uint32_t v = avm_temp(c);
    c->u->span = s->span;
    if (c->future_annotations) {
        AvmConst k = {.kind = AVM_LIT_STR, .text = avm_unparse(c, annotation)};
        avm_load_const(c, &k, v);
    } else {
        avm_expr_to(c, annotation, v);
    }
    uint32_t object = avm_temp(c), index = avm_temp(c);
    c->u->span = s->span;
    avm_name_load(c, c->name_annotations, object);
    avm_load_text(c, avm_comp_mangle(c, c->u->inner, name), index);
    avm_emit(c, AVM_OP_SETITEM, object, index, v);
}

void avm_stmt_annassign(AvmCompiler *c, const AvmStmt *s) {
    const AvmExpr *target = s->annassign.target;
    uint32_t top = c->u->top;
    bool kept = c->u->scope->kind != AVM_SCOPE_FUNCTION;
    if (s->annassign.value) {
        int reg = avm_store_register(c, target);
        uint32_t r = reg >= 0 ? (uint32_t)reg : avm_temp(c);
        avm_expr_to(c, s->annassign.value, r);
        if (reg >= 0)
            avm_set_bound(c, r, true);
        else
            avm_store(c, target, r);
        avm_temp_to(c, top);
    } else if (target->kind == AVM_EXPR_ATTRIBUTE) {
        avm_expr_drop(c, target->attribute.value);
    } else if (target->kind == AVM_EXPR_SUBSCRIPT) {
        avm_expr_drop(c, target->subscript.value);
        avm_expr_drop(c, target->subscript.slice);
    }
    if (kept && s->annassign.simple && target->kind == AVM_EXPR_NAME)
        store_annotation(c, s);
    else if (kept && !c->future_annotations && !s->annassign.simple)
        avm_expr_drop(c, s->annassign.annotation);
    avm_temp_to(c, top);
}

// ---- del

void avm_stmt_delete(AvmCompiler *c, const AvmExpr *target) {
    uint32_t top = c->u->top, object, index;
    if (c->failed) return;
    switch (target->kind) {
    case AVM_EXPR_NAME:
        c->u->span = target->span;
        avm_name_delete(c, target->name);
        break;
    case AVM_EXPR_ATTRIBUTE:
        object = avm_expr_any(c, target->attribute.value, true);
        c->u->span = avm_attribute_span(target->span, target);
        avm_emit_site(c, AVM_OP_DELATTR, object, 0, target->attribute.attr);
        break;
    case AVM_EXPR_SUBSCRIPT:
        avm_expr_subscript_parts(c, target, &object, &index);
        c->u->span = target->span;
        avm_emit(c, AVM_OP_DELITEM, object, index, 0);
        break;
    case AVM_EXPR_TUPLE:
    case AVM_EXPR_LIST:
        for (uint32_t i = 0; i < target->sequence.count; i++) avm_stmt_delete(c, target->sequence.items[i]);
        break;
    default: break;
    }
    avm_temp_to(c, top);
}
