// Reading, writing and deleting names, wherever they live.
#include "compiler/internal.h"

typedef enum RefKind {
    REF_LOCAL,     // register
    REF_FAR,       // far register
    REF_CELL,      // cell in a register
    REF_FREE,      // captured
    REF_GLOBAL,    //
    REF_NAME,      // of the namespace, else global
    REF_NAME_FREE, // of the namespace, else captured
} RefKind;

typedef struct Ref {
    RefKind kind;
    uint32_t at;
    const AvmName *name; // mangled
    bool walrus;
} Ref;

static Ref local_ref(const AvmSymbol *symbol, bool walrus) {
    bool far = symbol->reg >= AVM_FAR_BASE, cell = symbol->where == AVM_WHERE_CELL;
    RefKind kind = cell ? REF_CELL : far ? REF_FAR : REF_LOCAL;
    return (Ref){kind, symbol->reg, symbol->name, walrus || (symbol->flags & AVM_SYM_WALRUS)};
}

// A name of the namespace that the unit itself runs in.
static Ref outer_ref(AvmCompiler *c, const AvmName *name) {
    AvmBuild *u = c->u;
    bool own = u->inner == u->scope; // a comprehension does not see the names of the class around it
    bool space = u->scope->kind == AVM_SCOPE_CLASS
                     ? own
                     : u->scope->kind == AVM_SCOPE_MODULE && c->opts->use_namespace;
    return (Ref){.kind = space ? REF_NAME : REF_GLOBAL, .name = name};
}

static Ref free_ref(AvmCompiler *c, const AvmName *name) {
    AvmBuild *u = c->u;
    int at = avm_scope_free(u->scope, name);
    if (at < 0) return outer_ref(c, name);
    bool space = u->scope->kind == AVM_SCOPE_CLASS && u->inner == u->scope;
    return (Ref){.kind = space ? REF_NAME_FREE : REF_FREE, .at = (uint32_t)at, .name = name};
}

static Ref resolve(AvmCompiler *c, const AvmName *plain) {
    AvmBuild *u = c->u;
    const AvmName *name = avm_comp_mangle(c, u->inner, plain);
    for (AvmScope *s = u->inner;; s = s->parent) {
        const AvmSymbol *symbol = avm_scope_find(s, name);
        if (s != u->inner && s->kind != AVM_SCOPE_FUNCTION) return free_ref(c, name);
        if (symbol) {
            switch ((AvmWhere)symbol->where) {
            case AVM_WHERE_LOCAL:
            case AVM_WHERE_CELL:
                if (s->kind != AVM_SCOPE_FUNCTION) return outer_ref(c, name);
                return local_ref(symbol, false);
            case AVM_WHERE_GLOBAL: return (Ref){.kind = REF_GLOBAL, .name = name};
            case AVM_WHERE_IMPLICIT: return outer_ref(c, name);
            case AVM_WHERE_FREE: break;
            case AVM_WHERE_UNKNOWN: break;
            }
        }
        if (s == u->scope) return free_ref(c, name);
    }
}

void avm_name_load(AvmCompiler *c, const AvmName *name, uint32_t dst) {
    Ref r = resolve(c, name);
    if (c->failed) return;
    switch (r.kind) {
    case REF_LOCAL:
        if (!avm_is_bound(c, r.at)) avm_emit(c, AVM_OP_CHECK, r.at, 0, 0);
        avm_set_bound(c, r.at, true);
        if (r.at != dst) avm_emit(c, AVM_OP_MOVE, dst, r.at, 0);
        break;
    case REF_FAR:
        avm_emit_bx(c, AVM_OP_FARCHECK, 0, r.at);
        avm_emit_bx(c, AVM_OP_FARGET, dst, r.at);
        break;
    case REF_CELL: avm_emit(c, AVM_OP_GETCELL, dst, r.at, 0); break;
    case REF_FREE: avm_emit_bx(c, AVM_OP_GETFREE, dst, r.at); break;
    case REF_GLOBAL: avm_emit_bx(c, AVM_OP_GETGLOBAL, dst, avm_emit_global(c, r.name)); break;
    case REF_NAME: avm_emit_bx(c, AVM_OP_GETNAME, dst, avm_emit_name(c, r.name)); break;
    case REF_NAME_FREE: {
        uint32_t number = avm_emit_name(c, r.name);
        avm_emit_x(c, AVM_OP_GETNAMEFREE, dst, number & 0xFF, number >> 8, r.at);
        break;
    }
    }
}

void avm_name_store(AvmCompiler *c, const AvmName *name, uint32_t src) {
    Ref r = resolve(c, name);
    if (c->failed) return;
    switch (r.kind) {
    case REF_LOCAL:
        if (src != r.at) avm_emit(c, avm_is_temp(c, src) ? AVM_OP_TAKE : AVM_OP_MOVE, r.at, src, 0);
        avm_set_bound(c, r.at, true);
        break;
    case REF_FAR: avm_emit_bx(c, AVM_OP_FARSET, src, r.at); break;
    case REF_CELL: avm_emit(c, AVM_OP_SETCELL, r.at, src, 0); break;
    case REF_FREE: avm_emit_bx(c, AVM_OP_SETFREE, src, r.at); break;
    case REF_GLOBAL: avm_emit_bx(c, AVM_OP_SETGLOBAL, src, avm_emit_global(c, r.name)); break;
    case REF_NAME: avm_emit_bx(c, AVM_OP_SETNAME, src, avm_emit_name(c, r.name)); break;
    case REF_NAME_FREE: avm_emit_bx(c, AVM_OP_SETFREE, src, r.at); break;
    }
}

static void clear_far(AvmCompiler *c, uint32_t at) {
    uint32_t t = avm_temp(c);
    avm_emit(c, AVM_OP_CLEAR, t, 1, 0);
    avm_emit_bx(c, AVM_OP_FARSET, t, at);
    avm_temp_to(c, t);
}

static void delete_ref(AvmCompiler *c, Ref r) {
    switch (r.kind) {
    case REF_LOCAL:
        avm_emit(c, AVM_OP_DELLOCAL, r.at, 0, 0);
        avm_set_bound(c, r.at, false);
        break;
    case REF_FAR:
        avm_emit_bx(c, AVM_OP_FARCHECK, 0, r.at);
        clear_far(c, r.at);
        break;
    case REF_CELL: avm_emit(c, AVM_OP_DELCELL, r.at, 0, 0); break;
    case REF_FREE:
    case REF_NAME_FREE: avm_emit_bx(c, AVM_OP_DELFREE, 0, r.at); break;
    case REF_GLOBAL: avm_emit_bx(c, AVM_OP_DELGLOBAL, 0, avm_emit_global(c, r.name)); break;
    case REF_NAME: avm_emit_bx(c, AVM_OP_DELNAME, 0, avm_emit_name(c, r.name)); break;
    }
}

void avm_name_delete(AvmCompiler *c, const AvmName *name) {
    Ref r = resolve(c, name);
    if (!c->failed) delete_ref(c, r);
}

void avm_name_forget(AvmCompiler *c, const AvmName *name) {
    Ref r = resolve(c, name);
    if (c->failed) return;
    if (r.kind == REF_LOCAL) {
        avm_emit(c, AVM_OP_CLEAR, r.at, 1, 0);
        avm_set_bound(c, r.at, false);
    } else if (r.kind == REF_FAR) {
        clear_far(c, r.at);
    } else {
        // It may be deleted already: bound once more, its deletion cannot fail.
        uint32_t t = avm_temp(c);
        avm_load_none(c, t);
        avm_name_store(c, name, t);
        avm_temp_to(c, t);
        delete_ref(c, r);
    }
}

int avm_name_register(AvmCompiler *c, const AvmName *name) {
    Ref r = resolve(c, name);
    return r.kind == REF_LOCAL ? (int)r.at : -1;
}

int avm_name_readable(AvmCompiler *c, const AvmName *name, bool steady) {
    if (name == c->name_debug) return -1;
    Ref r = resolve(c, name);
    if (c->failed || r.kind != REF_LOCAL || (r.walrus && !steady)) return -1;
    if (!avm_is_bound(c, r.at)) avm_emit(c, AVM_OP_CHECK, r.at, 0, 0);
    avm_set_bound(c, r.at, true);
    return (int)r.at;
}

static AvmCapture find_capture(AvmCompiler *c, const AvmName *name) {
    AvmBuild *u = c->u;
    for (AvmScope *s = u->inner;; s = s->parent) {
        if (s->kind == AVM_SCOPE_CLASS && s->needs_class && name == c->name_class)
            return (AvmCapture){.index = 1};
        const AvmSymbol *symbol = s->kind == AVM_SCOPE_FUNCTION ? avm_scope_find(s, name) : NULL;
        if (symbol && symbol->where == AVM_WHERE_CELL) return (AvmCapture){.index = (uint16_t)symbol->reg};
        if (s == u->scope) break;
    }
    int at = avm_scope_free(u->scope, name);
    return (AvmCapture){.from_free = 1, .index = (uint16_t)(at < 0 ? 0 : at)};
}

void avm_name_capture(AvmCompiler *c, AvmScope *inner, AvmUnit *unit) {
    uint32_t n = inner->frees.count;
    AvmCapture *captures = avm_arena_alloc(c->out, (n + 1) * sizeof *captures);
    if (!captures) {
        avm_comp_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < n; i++) captures[i] = find_capture(c, inner->frees.at[i]);
    unit->captures = captures;
}
