// Weak references' table: open addressing by the object's address.
#include "vm/weak.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/list.h"

typedef struct Row {
    AvmObj *target;
    AvmWeakRef *first;
} Row;

struct AvmWeakTable {
    Row *rows;
    size_t size, used; // size a power of two
};

static size_t start_of(struct AvmWeakTable *w, const AvmObj *o) {
    return (size_t)((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15ull >> 20 & (w->size - 1);
}

static Row *find(struct AvmWeakTable *w, const AvmObj *o) {
    if (!w || !w->size) return NULL;
    size_t i = start_of(w, o);
    while (w->rows[i].target && w->rows[i].target != o) i = (i + 1) & (w->size - 1);
    return &w->rows[i];
}

static bool grow(AvmThread *t, struct AvmWeakTable *w) {
    size_t size = w->size ? w->size * 2 : 64;
    Row *rows = avm_alloc_zero(&t->vm->alloc, size * sizeof *rows);
    if (!rows) return false;
    struct AvmWeakTable old = *w;
    *w = (struct AvmWeakTable){.rows = rows, .size = size, .used = old.used};
    for (size_t i = 0; i < old.size; i++)
        if (old.rows[i].target) *find(w, old.rows[i].target) = old.rows[i];
    avm_release(&t->vm->alloc, old.rows, old.size * sizeof *rows);
    return true;
}

// Empties a row and moves up what stood after it, so that probes need no tombstones.
static void erase(struct AvmWeakTable *w, Row *row) {
    size_t hole = (size_t)(row - w->rows), i = hole;
    w->used--;
    for (;;) {
        w->rows[hole] = (Row){0};
        do {
            i = (i + 1) & (w->size - 1);
            if (!w->rows[i].target) return;
        } while (((i - start_of(w, w->rows[i].target)) & (w->size - 1)) < ((i - hole) & (w->size - 1)));
        w->rows[hole] = w->rows[i];
        hole = i;
    }
}

static AvmValue get_first(AvmThread *t, AvmValue v) {
    Row *row = find(t->vm->weak, avm_obj(v));
    if (!row || !row->target) return AVM_NONE;
    AvmWeakRef *r = row->first;
    while (r && !r->h.refs) r = r->next;
    return r ? avm_incref(avm_value(r)) : AVM_NONE;
}
const AvmGetSetDef avm_weakref_getset = {"__weakref__", get_first, NULL,
                                         "a weak reference to the object, or None"};

AvmValue avm_weak_new(AvmThread *t, AvmValue target, AvmValue callback) {
    AvmType *type = avm_type_of(t, target);
    if (!avm_is_obj(target) || !(type->flags & (AVM_TYPE_HEAP | AVM_TYPE_ATTRS | AVM_TYPE_WEAK)))
        if (!avm_is_obj(target) ||
            !((type->s.finalize && type->id != AVM_T_ASYNCGEN_SEND && type->id != AVM_T_ASYNCGEN_THROW) ||
              type->id == AVM_T_FUNCTION || type->id == AVM_T_SET || type->id == AVM_T_FROZENSET ||
              type->id == AVM_T_TYPE || type->id == AVM_T_METHOD || type->id == AVM_T_MODULE ||
              type->id == AVM_T_HANDLE || type->id == AVM_T_TIMERHANDLE))
            return avm_raise_type(t, "cannot create weak reference to '%T' object", target);
    if (callback == AVM_NONE) callback = AVM_EMPTY;
    struct AvmWeakTable *w = t->vm->weak;
    if (!w) {
        w = t->vm->weak = avm_alloc_zero(&t->vm->alloc, sizeof *w);
        if (!w) return avm_raise_memory(t);
    }
    Row *row = find(w, avm_obj(target));
    if (row && row->target && !callback)
        for (AvmWeakRef *r = row->first; r; r = r->next)
            if (!r->callback && r->h.refs) return avm_incref(avm_value(r));
    if ((w->used + 1) * 2 > w->size && !grow(t, w)) return avm_raise_memory(t);
    AvmWeakRef *r = avm_object_new_id(t, AVM_T_WEAKREF, sizeof *r);
    if (!r) return AVM_FAIL;
    row = find(w, avm_obj(target));
    if (!row->target) {
        w->used++;
        *row = (Row){.target = avm_obj(target)};
        avm_obj(target)->flags |= AVM_OBJ_WEAKREFS;
    }
    r->target = target;
    r->callback = avm_incref(callback);
    r->next = row->first;
    row->first = r;
    return avm_value(r);
}

void avm_weak_clear(AvmThread *t, AvmObj *o) {
    Row *row = find(t->vm->weak, o);
    if (!row || !row->target) return;
    AvmWeakRef *first = row->first;
    erase(t->vm->weak, row);
    o->flags &= (uint16_t)~AVM_OBJ_WEAKREFS;
    AvmWeakRef *told = NULL, **end = &told; // those that only wait until they are freed call nothing
    for (AvmWeakRef *r = first, *next; r; r = next) {
        next = r->next;
        r->target = AVM_EMPTY;
        r->next = NULL;
        if (!r->h.refs) continue;
        r->h.refs++;
        *end = r;
        end = &r->next;
    }
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    for (AvmWeakRef *r = told, *next; r; r = next) {
        next = r->next;
        r->next = NULL;
        if (r->callback) {
            AvmValue result = avm_call1(t, r->callback, avm_value(r));
            if (!result) avm_exc_unraisable(t, NULL, r->callback);
            avm_decref(t, result);
        }
        avm_drop(t, r);
    }
    t->exc = exc;
}

static bool add_watchers(AvmThread *t, AvmList *list, AvmWeakRef *r, bool calling) {
    for (bool ok = true; r; r = r->next) {
        if (!r->h.refs || (r->callback != AVM_EMPTY) != calling) continue;
        AvmValue pair[2] = {avm_value(r), r->callback ? r->callback : AVM_NONE};
        AvmTuple *tuple = avm_tuple_from(t, pair, 2);
        ok = tuple && avm_list_append(t, list, avm_value(tuple));
        avm_drop(t, tuple);
        if (!ok) return false;
    }
    return true;
}

AvmList *avm_weak_watchers(AvmThread *t, AvmValue target) {
    AvmList *list = avm_list_new(t, 0);
    Row *row = avm_is_obj(target) ? find(t->vm->weak, avm_obj(target)) : NULL;
    if (!list || !row || !row->target) return list;
    if (add_watchers(t, list, row->first, false) && add_watchers(t, list, row->first, true)) return list;
    avm_drop(t, list);
    return NULL;
}

void avm_weak_free(AvmVm *vm) {
    if (!vm->weak) return;
    avm_release(&vm->alloc, vm->weak->rows, vm->weak->size * sizeof(Row));
    avm_release(&vm->alloc, vm->weak, sizeof *vm->weak);
    vm->weak = NULL;
}

// --- the type `weakref.ReferenceType`

static void weakref_free(AvmThread *t, AvmObj *o) {
    AvmWeakRef *r = (AvmWeakRef *)o;
    if (r->target) {
        Row *row = find(t->vm->weak, avm_obj(r->target));
        AvmWeakRef **link = &row->first;
        while (*link != r) link = &(*link)->next;
        *link = r->next;
        if (!row->first) {
            avm_obj(r->target)->flags &= (uint16_t)~AVM_OBJ_WEAKREFS;
            erase(t->vm->weak, row);
        }
    }
    avm_decref(t, r->callback);
}

static void weakref_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmWeakRef *)o)->callback, arg); }

static AvmValue weakref_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    (void)args;
    if (nargs || kwnames) return avm_raise_type(t, "ReferenceType.__call__() takes no arguments (%u given)", nargs);
    return avm_weak_get((AvmWeakRef *)avm_obj(callee));
}

static bool weakref_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmWeakRef *r = (AvmWeakRef *)avm_obj(v);
    if (!r->hashed) {
        AvmValue target = avm_weak_target(r);
        if (!target) return avm_raise_type(t, "weak object has gone away");
        if (!avm_hash(t, target, &r->hash)) return false;
        r->hashed = true;
    }
    *out = r->hash;
    return true;
}

static AvmValue weakref_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (op > AVM_NE || !avm_is(b, AVM_T_WEAKREF)) return AVM_NOTIMPL;
    AvmValue x = avm_weak_target((AvmWeakRef *)avm_obj(a)), y = avm_weak_target((AvmWeakRef *)avm_obj(b));
    if (!x || !y) return avm_bool((a == b) == (op == AVM_EQ));
    avm_incref(x); // __eq__ may drop them
    avm_incref(y);
    AvmValue r = avm_compare(t, op, x, y);
    avm_decref(t, x);
    avm_decref(t, y);
    return r;
}

static AvmValue weakref_repr(AvmThread *t, AvmValue v) {
    AvmWeakRef *r = (AvmWeakRef *)avm_obj(v);
    AvmValue target = avm_weak_target(r);
    if (!target) return avm_value(avm_str_format(t, "<weakref at %p; dead>", (void *)r));
    return avm_value(avm_str_format(t, "<weakref at %p; to '%T' at %p>", (void *)r, target, (void *)target));
}

static AvmValue weakref_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_weak_new(t, args[1], args[2]);
}

static const AvmNativeDef weakref_methods[] = {
    {"__new__", weakref_new, "__new__(object, callback=None, /)", "A weak reference to object.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_weakref_def = {
    .name = "weakref.ReferenceType",
    .id = AVM_T_WEAKREF,
    .size = sizeof(AvmWeakRef),
    .slots = {.free = weakref_free, .traverse = weakref_traverse, .call = weakref_call, .hash = weakref_hash,
              .compare = weakref_compare, .repr = weakref_repr},
    .methods = weakref_methods,
};
