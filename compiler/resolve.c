// Scopes, second pass: where each name lives (register, cell, free variable, global), and the registers of
// locals.
#include <stdlib.h>
#include <string.h>

#include "compiler/internal.h"

AvmScope *avm_scope_host(AvmScope *scope) {
    while (scope->inlined) scope = scope->parent;
    return scope;
}

int avm_scope_free(const AvmScope *unit, const AvmName *name) {
    for (uint32_t i = 0; i < unit->frees.count; i++)
        if (unit->frees.at[i] == name) return (int)i;
    return -1;
}

// The scope around s whose variable `name` is meant; NULL: a global.
static AvmScope *find_owner(AvmCompiler *c, const AvmScope *s, const AvmName *name) {
    for (AvmScope *up = s->parent; up; up = up->parent) {
        if (up->kind == AVM_SCOPE_MODULE) return NULL;
        if (up->kind == AVM_SCOPE_CLASS) {
            // Functions do not see the names of classes around them, but for this one.
            if (name == c->name_class) return up;
            continue;
        }
        const AvmSymbol *symbol = avm_scope_find(up, name);
        if (!symbol) continue;
        if (symbol->flags & AVM_SYM_GLOBAL) return NULL;
        if (symbol->flags & AVM_SYM_NONLOCAL) continue;
        if (symbol->flags & AVM_SYM_BOUND) return up;
    }
    return NULL;
}

// All units from that of s outwards, up to the owner's, hand the cell on.
static void capture(AvmCompiler *c, AvmScope *s, AvmScope *owner, const AvmName *name) {
    AvmScope *stop = avm_scope_host(owner);
    for (AvmScope *unit = avm_scope_host(s); unit != stop; unit = avm_scope_host(unit->parent))
        if (avm_scope_free(unit, name) < 0) AVM_PUSH(c, unit->frees, name);
}

static void resolve_symbol(AvmCompiler *c, AvmScope *s, AvmSymbol *symbol) {
    uint16_t flags = symbol->flags;
    if (flags & AVM_SYM_GLOBAL) {
        if (flags & AVM_SYM_NONLOCAL)
            avm_comp_error(c, symbol->span, "name '%s' is nonlocal and global", symbol->name->text);
        symbol->where = AVM_WHERE_GLOBAL;
        return;
    }
    if ((flags & AVM_SYM_NONLOCAL) && s->kind == AVM_SCOPE_MODULE) {
        avm_comp_error(c, symbol->span, "nonlocal declaration not allowed at module level");
        return;
    }
    if ((flags & AVM_SYM_BOUND) && !(flags & AVM_SYM_NONLOCAL)) {
        symbol->where = AVM_WHERE_LOCAL;
        return;
    }
    AvmScope *owner = find_owner(c, s, symbol->name);
    if (!owner) {
        if (flags & AVM_SYM_NONLOCAL)
            avm_comp_error(c, symbol->span, "no binding for nonlocal '%s' found", symbol->name->text);
        symbol->where = AVM_WHERE_IMPLICIT;
        return;
    }
    bool same_frame = avm_scope_host(s) == avm_scope_host(owner);
    symbol->where = same_frame && owner->kind == AVM_SCOPE_CLASS ? AVM_WHERE_IMPLICIT : AVM_WHERE_FREE;
    if (same_frame) return;
    if (owner->kind == AVM_SCOPE_CLASS)
        owner->needs_class = true;
    else
        avm_scope_find(owner, symbol->name)->where = AVM_WHERE_CELL;
    capture(c, s, owner, symbol->name);
}

static void resolve_scope(AvmCompiler *c, AvmScope *s) {
    for (uint32_t i = 0; i < s->symbols.count && !c->failed; i++) resolve_symbol(c, s, s->symbols.at[i]);
    for (AvmScope *child = s->first_child; child && !c->failed; child = child->next) resolve_scope(c, child);
}

// ---- registers

static uint32_t add_local(AvmCompiler *c, AvmScope *unit, const AvmName *name, bool cell, bool hidden) {
    AvmLocal local = {.name = name, .cell = cell, .hidden = hidden, .busy = hidden};
    bool must = cell || unit->near.count < unit->params.count;
    if (unit->near.count < (must ? AVM_MAX_PARAMS + 10 : AVM_NEAR_LOCALS)) {
        AVM_PUSH(c, unit->near, local);
        return unit->near.count - 1;
    }
    if (cell) avm_comp_error(c, (AvmSpan){1, 0, 1, 0}, "too many captured variables ('%s')", name->text);
    AVM_PUSH(c, unit->far, local);
    if (unit->far.count > 60000)
        avm_comp_error(c, (AvmSpan){1, 0, 1, 0}, "too many local variables in '%s'", name->text);
    return AVM_FAR_BASE + unit->far.count - 1;
}

// Comprehensions that never run at the same time share the registers of variables of the same name.
static uint32_t hidden_register(AvmCompiler *c, AvmScope *unit, const AvmSymbol *symbol) {
    bool cell = symbol->where == AVM_WHERE_CELL;
    for (uint32_t i = 0; i < unit->near.count; i++) {
        AvmLocal *local = &unit->near.at[i];
        if (!local->hidden || local->busy || local->name != symbol->name || local->cell != cell) continue;
        local->busy = true;
        return i;
    }
    return add_local(c, unit, symbol->name, cell, true);
}

static void place_hidden(AvmCompiler *c, AvmScope *unit, AvmScope *comp) {
    for (uint32_t i = 0; i < comp->symbols.count && !c->failed; i++) {
        AvmSymbol *symbol = comp->symbols.at[i];
        if (symbol->where == AVM_WHERE_LOCAL || symbol->where == AVM_WHERE_CELL)
            symbol->reg = hidden_register(c, unit, symbol);
    }
    for (AvmScope *child = comp->first_child; child && !c->failed; child = child->next)
        if (child->inlined) place_hidden(c, unit, child);
    for (uint32_t i = 0; i < comp->symbols.count && !c->failed; i++) {
        AvmSymbol *symbol = comp->symbols.at[i];
        bool mine = symbol->where == AVM_WHERE_LOCAL || symbol->where == AVM_WHERE_CELL;
        if (mine && symbol->reg < AVM_FAR_BASE) unit->near.at[symbol->reg].busy = false;
    }
}

static int compare_names(const void *a, const void *b) {
    const AvmName *x = *(const AvmName *const *)a, *y = *(const AvmName *const *)b;
    uint32_t n = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, n);
    return order ? order : x->length < y->length ? -1 : x->length > y->length;
}

static void place_all(AvmCompiler *c, AvmScope *unit, AvmWhere where) {
    for (uint32_t i = 0; i < unit->symbols.count && !c->failed; i++) {
        AvmSymbol *symbol = unit->symbols.at[i];
        if (symbol->where == where && !(symbol->flags & AVM_SYM_PARAM))
            symbol->reg = add_local(c, unit, symbol->name, where == AVM_WHERE_CELL, false);
    }
}

static void place_locals(AvmCompiler *c, AvmScope *unit) {
    if (unit->kind == AVM_SCOPE_FUNCTION) {
        for (uint32_t i = 0; i < unit->params.count; i++) {
            AvmSymbol *symbol = avm_scope_find(unit, unit->params.at[i]);
            symbol->reg = add_local(c, unit, symbol->name, symbol->where == AVM_WHERE_CELL, false);
        }
        place_all(c, unit, AVM_WHERE_CELL);
        place_all(c, unit, AVM_WHERE_LOCAL);
    } else {
        if (unit->kind == AVM_SCOPE_CLASS || c->opts->use_namespace)
            add_local(c, unit, c->name_iter, false, false);
        if (unit->needs_class) add_local(c, unit, c->name_class, true, false);
    }
    if (unit->frees.count) qsort(unit->frees.at, unit->frees.count, sizeof *unit->frees.at, compare_names);
}

static void place_scope(AvmCompiler *c, AvmScope *s) {
    if (c->failed) return;
    if (!s->inlined) {
        place_locals(c, s);
        for (AvmScope *child = s->first_child; child && !c->failed; child = child->next)
            if (child->inlined) place_hidden(c, s, child);
    }
    for (AvmScope *child = s->first_child; child; child = child->next) place_scope(c, child);
}

void avm_scope_resolve(AvmCompiler *c) {
    resolve_scope(c, c->root);
    place_scope(c, c->root);
}
