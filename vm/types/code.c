// code: a unit as one VM sees it, with its literals as values, its names interned and its caches.
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// CPython's compiler makes each constant set anew from the items of the first one, in that one's order: which the
// order of the items shows where hashes collide.
static AvmValue frozenset_value(AvmThread *t, const AvmCode *c, const AvmLiteral *l) {
    AvmSet *first = avm_set_new(t, AVM_T_FROZENSET), *set = avm_set_new(t, AVM_T_FROZENSET);
    bool ok = first && set;
    for (uint32_t i = 0; ok && i < l->items.count; i++) ok = avm_set_add(t, first, c->literals[l->items.at[i]]);
    AvmValue item;
    uint32_t pos = 0;
    while (ok && avm_set_next(first, &pos, &item)) ok = avm_set_add(t, set, item);
    if (first) avm_drop(t, first);
    if (!ok && set) avm_drop(t, set);
    return ok ? avm_value(set) : AVM_FAIL;
}

static AvmValue literal_value(AvmThread *t, AvmCode *c, const AvmLiteral *l) {
    switch (l->kind) {
    case AVM_LIT_NONE: return AVM_NONE;
    case AVM_LIT_FALSE: return AVM_FALSE;
    case AVM_LIT_TRUE: return AVM_TRUE;
    case AVM_LIT_ELLIPSIS: return AVM_ELLIPSIS;
    case AVM_LIT_INT: return avm_int_new(t, l->i);
    case AVM_LIT_BIGINT: return avm_int_from_text(t, l->text.text, l->text.len, 16);
    case AVM_LIT_FLOAT: return avm_float_value(l->f);
    case AVM_LIT_STR: return avm_value(avm_str_intern(t, l->text.text, l->text.len));
    case AVM_LIT_BYTES: return avm_value(avm_bytes_new(t, l->text.text, l->text.len));
    case AVM_LIT_TUPLE: {
        AvmTuple *tuple = avm_tuple_new(t, l->items.count);
        for (uint32_t i = 0; tuple && i < l->items.count; i++)
            tuple->items[i] = avm_incref(c->literals[l->items.at[i]]);
        return avm_value(tuple);
    }
    case AVM_LIT_FROZENSET: return frozenset_value(t, c, l);
    default: return avm_raise(t, AVM_EXC(t, SystemError), "aio does not support complex numbers");
    }
}

static bool fill(AvmThread *t, AvmCode *c) {
    const AvmUnit *u = c->unit;
    AvmAlloc *a = &t->vm->alloc;
    if (!(c->name = avm_str_intern(t, u->name.text, u->name.len))) return false;
    if (!(c->qualname = avm_str_intern(t, u->qualname.text, u->qualname.len))) return false;
    if (u->nliterals && !(c->literals = avm_alloc_zero(a, u->nliterals * sizeof *c->literals))) goto memory;
    if (u->nnames && !(c->names = avm_alloc_zero(a, u->nnames * sizeof *c->names))) goto memory;
    if (u->nglobals && !(c->globals = avm_alloc_zero(a, u->nglobals * sizeof *c->globals))) goto memory;
    if (u->nsites && !(c->sites = avm_alloc_zero(a, u->nsites * sizeof *c->sites))) goto memory;
    if (u->nunits && !(c->codes = avm_alloc_zero(a, u->nunits * sizeof *c->codes))) goto memory;
    for (uint32_t i = 0; i < u->nliterals; i++)
        if (!(c->literals[i] = literal_value(t, c, &u->literals[i]))) return false;
    for (uint32_t i = 0; i < u->nnames; i++)
        if (!(c->names[i] = avm_str_intern(t, u->names[i].text, u->names[i].len))) return false;
    for (uint32_t i = 0; i < u->nglobals; i++) {
        c->globals[i].version = AVM_GLOBAL_UNSEEN;
        // The builtins that a script names are there when it runs, even if it leaves no memory.
        if (!c->frozen && !avm_builtins_get(t, c->names[i]) && t->exc) return false;
    }
    for (uint32_t i = 0; i < u->nsites; i++) {
        c->sites[i].seen.key = AVM_SITE_UNSEEN;
        c->sites[i].name = c->names[u->sites[i]];
    }
    return true;
memory:
    avm_raise_memory(t);
    return false;
}

// What positional calls of it need no binding for.
static uint16_t call_args(const AvmUnit *u) {
    bool binds = u->flags & (AVM_UNIT_VARARGS | AVM_UNIT_KWARGS) || u->nkeyword_only;
    return binds ? AVM_CALL_BINDS : u->npositional;
}

static void release_parts(AvmThread *t, AvmCode *c) {
    const AvmUnit *u = c->unit;
    AvmAlloc *a = &t->vm->alloc;
    for (uint32_t i = 0; c->literals && i < u->nliterals; i++) avm_decref(t, c->literals[i]);
    for (uint32_t i = 0; c->names && i < u->nnames; i++) avm_drop(t, c->names[i]);
    for (uint32_t i = 0; c->codes && i < u->nunits; i++) avm_drop(t, c->codes[i]);
    if (c->literals) avm_release(a, c->literals, u->nliterals * sizeof *c->literals);
    if (c->names) avm_release(a, c->names, u->nnames * sizeof *c->names);
    if (c->globals) avm_release(a, c->globals, u->nglobals * sizeof *c->globals);
    for (uint32_t i = 0; c->sites && i < u->nsites; i++) avm_release(a, c->sites[i].more, sizeof *c->sites[i].more);
    if (c->sites) avm_release(a, c->sites, u->nsites * sizeof *c->sites);
    if (c->codes) avm_release(a, c->codes, u->nunits * sizeof *c->codes);
    avm_drop(t, c->name);
    avm_drop(t, c->qualname);
    c->literals = NULL;
    c->names = NULL;
    c->globals = NULL;
    c->sites = NULL;
    c->codes = NULL;
    c->name = c->qualname = NULL;
}

bool avm_code_fill(AvmThread *t, AvmCode *c) {
    if (!fill(t, c)) {
        release_parts(t, c);
        return false;
    }
    c->call_args = call_args(c->unit);
    return c->filled = true;
}

bool avm_code_trace(AvmThread *t, AvmCode *c) {
    size_t size = c->unit->ncode * sizeof(uint32_t);
    uint32_t *copy = avm_alloc(&t->vm->alloc, size);
    if (!copy) return avm_raise_memory(t) != AVM_FAIL;
    memcpy(copy, c->unit->code, size);
    t->vm->tracer->mark(c->unit, copy);
    c->words = copy;
    return true;
}

AvmCode *avm_code_new(AvmThread *t, const AvmUnit *unit, AvmCode *owner) {
    AvmCode *c = avm_object_new_id(t, AVM_T_CODE, sizeof *c);
    if (!c) return NULL;
    c->unit = unit;
    c->words = unit->code;
    c->nregs = unit->nregs;
    c->nlocals = unit->nlocals;
    c->frozen = owner && owner->frozen;
    if (owner) c->owner = owner->owner ? avm_incref(owner->owner) : avm_value(avm_retain(owner));
    c->gen_type = unit->flags & AVM_UNIT_COROUTINE   ? AVM_T_COROUTINE
                  : unit->flags & AVM_UNIT_ASYNCGEN  ? AVM_T_ASYNCGEN
                  : unit->flags & AVM_UNIT_GENERATOR ? AVM_T_GENERATOR
                                                     : 0;
    // Most functions of a frozen module are never called: the first call binds, and fills.
    c->call_args = AVM_CALL_BINDS;
    bool traced = t->vm->tracer && owner && !c->frozen;
    if (c->frozen || (avm_code_fill(t, c) && (!traced || avm_code_trace(t, c)))) return c;
    avm_drop(t, c);
    return NULL;
}

static void code_free(AvmThread *t, AvmObj *o) {
    AvmCode *c = (AvmCode *)o;
    release_parts(t, c);
    avm_gen_release_spares(t, c);
    if (c->words != c->unit->code)
        avm_release(&t->vm->alloc, (uint32_t *)c->words, c->unit->ncode * sizeof(uint32_t));
    if (c->release) c->release(c->release_ctx, c->unit);
    avm_decref(t, c->owner);
}

// The outermost code is not among its children's visible owners for the collector: nested codes are dropped with their
// maker, and code that functions still use keeps the outermost alive by a plain count.
static void code_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmCode *c = (AvmCode *)o;
    visit(c->owner, arg);
    for (uint32_t i = 0; c->codes && i < c->unit->nunits; i++) visit(avm_value(c->codes[i]), arg);
}

static void code_clear(AvmThread *t, AvmObj *o) {
    AvmCode *c = (AvmCode *)o;
    for (uint32_t i = 0; c->codes && i < c->unit->nunits; i++) {
        AvmCode *nested = c->codes[i];
        c->codes[i] = NULL;
        avm_drop(t, nested);
    }
}

AvmPos avm_unit_pos(const AvmUnit *u, uint32_t pc) {
    if (!u->npositions || !pc) return (AvmPos){.line = u->first_line, .col = 0xFFFF};
    uint32_t low = 0, high = u->npositions, at = pc - 1;
    while (high - low > 1) {
        uint32_t mid = (low + high) / 2;
        if (u->positions[mid].pc <= at)
            low = mid;
        else
            high = mid;
    }
    return u->positions[low];
}

// --- scripts' view

static AvmStr *text(AvmThread *t, AvmText x) { return avm_str_new(t, x.text, x.len); }
static const AvmUnit *unit_of(AvmValue v) { return ((AvmCode *)avm_obj(v))->unit; }

static AvmValue code_repr(AvmThread *t, AvmValue v) {
    const AvmUnit *u = unit_of(v);
    return avm_value(avm_str_format(t, "<code object %s at %p, file \"%s\", line %u>", u->name.text, (void *)avm_obj(v),
                                    u->file.text, u->first_line));
}
static AvmValue get_name(AvmThread *t, AvmValue v) { return avm_value(text(t, unit_of(v)->name)); }
static AvmValue get_qualname(AvmThread *t, AvmValue v) { return avm_value(text(t, unit_of(v)->qualname)); }
static AvmValue get_file(AvmThread *t, AvmValue v) { return avm_value(text(t, unit_of(v)->file)); }
static AvmValue get_line(AvmThread *t, AvmValue v) { return avm_int_new(t, unit_of(v)->first_line); }
static AvmValue get_argcount(AvmThread *t, AvmValue v) { return avm_int_new(t, unit_of(v)->npositional); }
static AvmValue get_posonly(AvmThread *t, AvmValue v) { return avm_int_new(t, unit_of(v)->npositional_only); }
static AvmValue get_kwonly(AvmThread *t, AvmValue v) { return avm_int_new(t, unit_of(v)->nkeyword_only); }

static AvmValue get_flags(AvmThread *t, AvmValue v) {
    static const struct {
        uint32_t ours, cpython;
    } map[] = {{AVM_UNIT_OPTIMIZED, 3}, {AVM_UNIT_VARARGS, 4}, {AVM_UNIT_KWARGS, 8}, {AVM_UNIT_NESTED, 0x10},
               {AVM_UNIT_GENERATOR, 0x20}, {AVM_UNIT_COROUTINE, 0x80}, {AVM_UNIT_ASYNCGEN, 0x200}};
    int64_t flags = 0;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (unit_of(v)->flags & map[i].ours) flags |= map[i].cpython;
    return avm_int_new(t, flags);
}

static AvmValue names_tuple(AvmThread *t, const AvmText *names, uint32_t n) {
    AvmTuple *tuple = avm_tuple_new(t, n);
    for (uint32_t i = 0; tuple && i < n; i++) {
        AvmStr *s = text(t, names[i]);
        if (!s) {
            avm_drop(t, tuple);
            return AVM_FAIL;
        }
        tuple->items[i] = avm_value(s);
    }
    return avm_value(tuple);
}
// The names of the locals, each of them once. Those of comprehensions begin with a dot; what inner functions
// use is in co_cellvars, and of these only parameters are locals as well.
static AvmValue locals_tuple(AvmThread *t, const AvmUnit *u, bool cells) {
    AvmDict *names = avm_dict_new(t);
    bool ok = names != NULL;
    for (uint32_t i = 0; ok && i < (uint32_t)u->nlocals + u->nfar; i++) {
        if (cells ? !u->local_cells[i] : u->local_cells[i] && i >= u->nparams) continue;
        AvmText name = u->locals[i];
        if (name.len > 1 && name.text[0] == '.' && !(name.text[1] >= '0' && name.text[1] <= '9'))
            name.text++, name.len--;
        AvmStr *s = text(t, name);
        ok = s && avm_dict_set_str(t, names, s, AVM_NONE);
        avm_drop(t, s);
    }
    AvmTuple *tuple = ok ? avm_tuple_from_iter(t, avm_value(names)) : NULL;
    avm_drop(t, names);
    return avm_value(tuple);
}
static AvmValue get_varnames(AvmThread *t, AvmValue v) { return locals_tuple(t, unit_of(v), false); }
static AvmValue get_cellvars(AvmThread *t, AvmValue v) { return locals_tuple(t, unit_of(v), true); }
static AvmValue get_nlocals(AvmThread *t, AvmValue v) {
    AvmValue names = get_varnames(t, v);
    AvmValue n = names ? avm_int_new(t, ((AvmTuple *)avm_obj(names))->len) : AVM_FAIL;
    avm_decref(t, names);
    return n;
}
static AvmValue get_freevars(AvmThread *t, AvmValue v) { return names_tuple(t, unit_of(v)->frees, unit_of(v)->nfree); }
static AvmValue get_names(AvmThread *t, AvmValue v) { return names_tuple(t, unit_of(v)->names, unit_of(v)->nnames); }

static const AvmGetSetDef getsets[] = {
    {"co_name", get_name, NULL, NULL},
    {"co_qualname", get_qualname, NULL, NULL},
    {"co_filename", get_file, NULL, NULL},
    {"co_firstlineno", get_line, NULL, NULL},
    {"co_argcount", get_argcount, NULL, NULL},
    {"co_posonlyargcount", get_posonly, NULL, NULL},
    {"co_kwonlyargcount", get_kwonly, NULL, NULL},
    {"co_nlocals", get_nlocals, NULL, NULL},
    {"co_flags", get_flags, NULL, NULL},
    {"co_varnames", get_varnames, NULL, NULL},
    {"co_cellvars", get_cellvars, NULL, NULL},
    {"co_freevars", get_freevars, NULL, NULL},
    {"co_names", get_names, NULL, NULL},
    {0},
};

const AvmTypeDef avm_code_def = {
    .name = "code",
    .id = AVM_T_CODE,
    .size = sizeof(AvmCode),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = code_free, .traverse = code_traverse, .clear = code_clear, .repr = code_repr},
    .getsets = getsets,
};
