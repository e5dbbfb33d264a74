// Types: numbers, method resolution order, look-up with a cache, built-in types from their descriptions.
#include "vm/type.h"

#include "vm/shape.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { METHOD_CACHE_SIZE = 1024 };

struct AvmMethodCache {
    struct {
        uint64_t version;
        AvmStr *name;   // borrowed: interned names live as long as the VM
        AvmValue value; // borrowed from the type's dict; AVM_EMPTY: not there
    } rows[METHOD_CACHE_SIZE];
};

void avm_method_cache_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->method_cache, sizeof *vm->method_cache);
    vm->method_cache = NULL;
}

// --- values to types

static uint16_t immediate_type(AvmValue v) {
    if (avm_is_inline_int(v)) return AVM_T_INT;
    if (avm_is_float(v)) return AVM_T_FLOAT;
    switch (v) {
    case AVM_FALSE:
    case AVM_TRUE: return AVM_T_BOOL;
    case AVM_NONE: return AVM_T_NONE;
    case AVM_ELLIPSIS: return AVM_T_ELLIPSIS;
    default: return AVM_T_NOTIMPL;
    }
}

AvmType *avm_type_of_immediate(AvmThread *t, AvmValue v) { return t->vm->types[immediate_type(v)]; }
AvmType *avm_class_of(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    return type->flags & AVM_TYPE_HIDDEN ? type->base : type;
}
AvmType *avm_type_get(AvmThread *t, uint16_t id) { return t->vm->types[id]; }
const char *avm_type_name(AvmThread *t, AvmValue v) { return avm_type_of(t, v)->name->data; }
bool avm_is_sub(AvmThread *t, AvmValue v, uint32_t flag) { return (avm_type_of(t, v)->flags & flag) != 0; }

// --- making

static uint16_t free_number(AvmThread *t) {
    AvmVm *vm = t->vm;
    for (uint32_t i = vm->free_type; i < vm->ntypes; i++)
        if (!vm->types[i]) return (uint16_t)(vm->free_type = i);
    vm->free_type = vm->ntypes;
    if (vm->ntypes == vm->types_cap) {
        uint32_t cap = vm->types_cap * 2;
        if (cap > UINT16_MAX) cap = UINT16_MAX;
        AvmType **p = cap > vm->types_cap ? avm_realloc(&vm->alloc, vm->types, vm->types_cap * sizeof *p, cap * sizeof *p)
                                          : NULL;
        if (!p) return 0;
        memset(p + vm->types_cap, 0, (cap - vm->types_cap) * sizeof *p);
        vm->types = p;
        vm->types_cap = cap;
    }
    return (uint16_t)vm->ntypes++;
}

AvmType *avm_type_alloc(AvmThread *t, uint16_t id, uint16_t metatype) {
    if (!id) id = free_number(t);
    AvmType *type = id ? avm_object_new_id(t, metatype, sizeof *type) : NULL;
    if (!type) {
        if (!t->exc) avm_raise_memory(t);
        return NULL;
    }
    type->id = id;
    type->version = avm_version_next(t);
    t->vm->types[id] = type;
    t->vm->nclasses++;
    return type;
}

bool avm_type_add_subclass(AvmThread *t, AvmType *base, AvmType *sub) {
    if (base->nsubclasses == base->subclasses_cap) {
        uint32_t cap = base->subclasses_cap ? base->subclasses_cap * 2 : 4;
        AvmType **p = avm_realloc(&t->vm->alloc, base->subclasses, base->subclasses_cap * sizeof *p, cap * sizeof *p);
        if (!p) {
            avm_raise_memory(t);
            return false;
        }
        base->subclasses = p;
        base->subclasses_cap = cap;
    }
    // Exceptions are made late, and stand in the order of their table even so.
    uint32_t at = base->nsubclasses++;
    for (; at && sub->id < AVM_T_BUILTINS + AVM_EXC_COUNT && base->subclasses[at - 1]->id > sub->id; at--)
        base->subclasses[at] = base->subclasses[at - 1];
    base->subclasses[at] = sub;
    return true;
}

static void remove_subclass(AvmType *base, AvmType *sub) {
    for (uint32_t i = 0; i < base->nsubclasses; i++)
        if (base->subclasses[i] == sub) {
            memmove(base->subclasses + i, base->subclasses + i + 1,
                    (base->nsubclasses - i - 1) * sizeof *base->subclasses);
            base->nsubclasses--;
            return;
        }
}

void avm_type_free_parts(AvmThread *t, AvmType *type) {
    AvmAlloc *a = &t->vm->alloc;
    bool alone = t->free_depth != AVM_FREE_NOTHING; // else everything goes, bases before their sub-types too
    for (uint32_t i = 0; alone && type->bases && i < type->bases->len; i++)
        remove_subclass((AvmType *)avm_obj(type->bases->items[i]), type);
    if (type->shape) avm_shape_free(t, type->shape);
    type->shape = NULL;
    avm_release(a, type->slot_offsets, type->nslots * sizeof *type->slot_offsets);
    avm_release(a, type->subclasses, type->subclasses_cap * sizeof *type->subclasses);
    type->subclasses = NULL;
    type->nsubclasses = type->subclasses_cap = 0;
    if (alone) {
        avm_drop(t, type->name);
        avm_drop(t, type->qualname);
        avm_drop(t, type->dict);
        avm_drop(t, type->bases);
        avm_drop(t, type->mro);
    }
    if (!type->id) return; // another object has taken its number
    t->vm->types[type->id] = NULL;
    t->vm->nclasses--;
    if (type->id < t->vm->free_type && type->id >= AVM_T_BUILTINS + AVM_EXC_COUNT - 1) t->vm->free_type = type->id;
}

// --- method resolution order (C3)

typedef struct Merge {
    AvmTuple **lists; // each base's MRO, then the bases themselves
    uint32_t *at;
    uint32_t n;
} Merge;

static bool in_a_tail(const Merge *m, AvmValue candidate) {
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = m->at[i] + 1; k < m->lists[i]->len; k++)
            if (m->lists[i]->items[k] == candidate) return true;
    return false;
}

static bool mro_conflict(AvmThread *t, const Merge *m) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < m->n; i++) {
        if (m->at[i] >= m->lists[i]->len) continue;
        AvmValue head = m->lists[i]->items[m->at[i]];
        bool seen = false;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = m->at[k] < m->lists[k]->len && m->lists[k]->items[m->at[k]] == head;
        if (!seen) avm_buf_printf(&b, "%s%s", b.len ? ", " : "", ((AvmType *)avm_obj(head))->name->data);
    }
    avm_raise_type(t, "Cannot create a consistent method resolution order (MRO) for bases %s", avm_buf_str(&b));
    avm_buf_free(&b);
    return false;
}

// out has room for all. false: TypeError.
static bool merge(AvmThread *t, AvmValue *out, uint32_t *len, Merge *m) {
    for (;;) {
        bool left = false;
        AvmValue next = AVM_EMPTY;
        for (uint32_t i = 0; i < m->n && !next; i++) {
            if (m->at[i] >= m->lists[i]->len) continue;
            left = true;
            if (!in_a_tail(m, m->lists[i]->items[m->at[i]])) next = m->lists[i]->items[m->at[i]];
        }
        if (!left) return true;
        if (!next) return mro_conflict(t, m);
        out[(*len)++] = next;
        for (uint32_t i = 0; i < m->n; i++)
            if (m->at[i] < m->lists[i]->len && m->lists[i]->items[m->at[i]] == next) m->at[i]++;
    }
}

// With one base there is nothing to merge.
static AvmTuple *line_of(AvmThread *t, AvmType *type, const AvmTuple *base) {
    AvmTuple *mro = avm_tuple_new(t, base->len + 1);
    if (!mro) return NULL;
    mro->items[0] = avm_value(avm_retain(type));
    for (uint32_t i = 0; i < base->len; i++) mro->items[i + 1] = avm_incref(base->items[i]);
    return mro;
}

static AvmTuple *merged_line(AvmThread *t, AvmType *type) {
    AvmAlloc *a = &t->vm->alloc;
    uint32_t n = type->bases->len + 1, room = 1 + type->bases->len, len = 0;
    for (uint32_t i = 0; i + 1 < n; i++) room += ((AvmType *)avm_obj(type->bases->items[i]))->mro->len;
    AvmTuple **lists = avm_alloc(a, n * sizeof *lists), *mro = NULL;
    uint32_t *at = avm_alloc_zero(a, n * sizeof *at);
    AvmValue *out = avm_alloc(a, room * sizeof *out);
    if (lists && at && out) {
        for (uint32_t i = 0; i + 1 < n; i++) lists[i] = ((AvmType *)avm_obj(type->bases->items[i]))->mro;
        lists[n - 1] = type->bases;
        Merge m = {lists, at, n};
        out[len++] = avm_value(type);
        if (merge(t, out, &len, &m)) mro = avm_tuple_from(t, out, len);
    } else {
        avm_raise_memory(t);
    }
    avm_release(a, lists, n * sizeof *lists);
    avm_release(a, at, n * sizeof *at);
    avm_release(a, out, room * sizeof *out);
    return mro;
}

bool avm_type_set_mro(AvmThread *t, AvmType *type) {
    bool single = type->bases->len == 1;
    AvmTuple *mro = single ? line_of(t, type, ((AvmType *)avm_obj(type->bases->items[0]))->mro) : merged_line(t, type);
    if (!mro) return false;
    avm_drop(t, type->mro);
    type->mro = mro;
    return true;
}

bool avm_type_is_sub(const AvmType *type, const AvmType *base) {
    if (type == base) return true;
    if (!type->mro) return false;
    for (uint32_t i = 0; i < type->mro->len; i++)
        if (type->mro->items[i] == avm_value(base)) return true;
    return false;
}

bool avm_isinstance_exact(AvmThread *t, AvmValue v, AvmType *type) {
    return avm_type_is_sub(avm_type_of(t, v), type);
}

// --- look-up

static bool add_getset(AvmThread *t, AvmType *type, const AvmGetSetDef *def) {
    AvmStr *name = avm_str_intern(t, def->name, strlen(def->name));
    AvmGetSet *g = name ? avm_object_new_id(t, AVM_T_GETSET, sizeof *g) : NULL;
    bool ok = false;
    if (g) {
        g->def = def;
        g->owner = type;
        AvmValue have = avm_dict_get_str(t, type->dict, name);
        ok = (avm_is(have, AVM_T_GETSET) && ((AvmGetSet *)avm_obj(have))->def == def) ||
             avm_dict_set_str(t, type->dict, name, avm_value(g));
    }
    avm_drop(t, g);
    avm_drop(t, name);
    return ok;
}

// "asyncio.Future": __module__ is what stands before the last dot. Types of the builtins have none.
static bool add_module(AvmThread *t, AvmType *type) {
    const char *full = type->def->name, *dot = strrchr(full, '.');
    if (!dot || avm_is(avm_dict_get_str(t, type->dict, AVM_NAME(t, __module__)), AVM_T_GETSET)) return true;
    AvmStr *module = avm_str_intern(t, full, (size_t)(dot - full));
    bool ok = module && avm_dict_set_str(t, type->dict, AVM_NAME(t, __module__), avm_value(module));
    avm_drop(t, module);
    return ok;
}

// What an attempt before has left (it had no memory for the rest) is kept: somebody may be looking at it.
static bool fill(AvmThread *t, AvmType *type) {
    const AvmTypeDef *def = type->def;
    type->flags &= ~(uint32_t)AVM_TYPE_LAZY;
    if (!add_module(t, type) || !avm_type_add_wrappers(t, type)) return false;
    for (const AvmNativeDef *d = def->methods; d && d->name; d++) {
        AvmNative *f = avm_native_new(t, d, type, NULL);
        AvmStr *name = f ? avm_str_intern(t, d->name, strlen(d->name)) : NULL;
        AvmValue have = name ? avm_dict_get_str(t, type->dict, name) : AVM_EMPTY;
        bool ok = name && ((avm_is(have, f->h.type) && ((AvmNative *)avm_obj(have))->def == d) ||
                           avm_dict_set_str(t, type->dict, name, avm_value(f)));
        avm_drop(t, f);
        avm_drop(t, name);
        if (!ok) return false;
    }
    for (const AvmGetSetDef *d = def->getsets; d && d->name; d++)
        if (!add_getset(t, type, d)) return false;
    // The first type of a line whose instances have attributes of their own shows them. Futures keep theirs
    // to themselves.
    if (type->flags & AVM_TYPE_ATTRS && type->id != AVM_T_FUTURE &&
        !(type->base && type->base->flags & AVM_TYPE_ATTRS) &&
        !add_getset(t, type, &avm_instance_dict_getset))
        return false;
    if (avm_dict_get_str(t, type->dict, AVM_NAME(t, __doc__))) return true; // instances have one of their own
    AvmValue doc = def->doc ? avm_value(avm_str_text(t, def->doc)) : AVM_NONE;
    bool ok = doc && avm_dict_set_str(t, type->dict, AVM_NAME(t, __doc__), doc);
    avm_decref(t, doc);
    return ok;
}

AvmDict *avm_type_dict(AvmThread *t, AvmType *type) {
    if (type->flags & AVM_TYPE_LAZY) {
        AvmValue exc = t->exc;
        t->exc = AVM_EMPTY;
        bool again = type->dict->used > 0, whole = fill(t, type);
        if (!whole) { // out of memory: what is missing comes at the next look
            avm_exc_clear(t);
            type->flags |= AVM_TYPE_LAZY;
        }
        if (again || !whole) avm_type_changed(t, type); // caches may hold what was found elsewhere
        t->exc = exc;
    }
    return type->dict;
}

AvmValue avm_type_lookup(AvmThread *t, AvmType *type, AvmStr *name) {
    struct AvmMethodCache *cache = t->vm->method_cache;
    size_t at = ((uintptr_t)name >> 4 ^ type->version * 0x9E37) % METHOD_CACHE_SIZE;
    bool interned = name->h.flags & AVM_STR_INTERNED;
    if (interned && cache && cache->rows[at].version == type->version && cache->rows[at].name == name)
        return cache->rows[at].value;
    AvmValue found = AVM_EMPTY;
    bool whole = true; // without memory for a type's methods, what is found elsewhere is not remembered
    for (uint32_t i = 0; i < type->mro->len && !found; i++) {
        AvmType *in = (AvmType *)avm_obj(type->mro->items[i]);
        found = avm_dict_get_str(t, avm_type_dict(t, in), name);
        whole &= !(in->flags & AVM_TYPE_LAZY);
    }
    if (!cache) cache = t->vm->method_cache = avm_alloc_zero(&t->vm->alloc, sizeof *cache);
    if (interned && cache && whole) {
        cache->rows[at].version = type->version;
        cache->rows[at].name = name;
        cache->rows[at].value = found;
    }
    return found;
}

void avm_type_changed(AvmThread *t, AvmType *type) {
    type->version = avm_version_next(t);
    if (type->shape) avm_shape_renew(t, type->shape);
    if (type->flags & AVM_TYPE_HEAP) avm_type_inherit_slots(t, type);
    for (uint32_t i = 0; i < type->nsubclasses; i++) avm_type_changed(t, type->subclasses[i]);
}

// --- built-in types

static bool set_names(AvmThread *t, AvmType *type, const char *full) {
    const char *dot = strrchr(full, '.');
    const char *name = dot ? dot + 1 : full;
    type->name = avm_str_intern(t, name, strlen(name));
    type->qualname = avm_retain(type->name);
    return type->name;
}

static bool derive(AvmThread *t, AvmType *type, AvmType *base) {
    AvmValue b = avm_value(base);
    type->bases = avm_tuple_from(t, &b, base ? 1 : 0);
    if (!type->bases) return false;
    type->base = base;
    if (base) {
        uint32_t inherited = base->flags & ~(uint32_t)(AVM_TYPE_HEAP | AVM_TYPE_LAZY | AVM_TYPE_PLAIN_NEW |
                                                       AVM_TYPE_BASETYPE | AVM_TYPE_NO_NEW | AVM_TYPE_PLAIN_FREE);
        type->flags |= inherited;
        if (!type->size) type->size = base->size;
        if (!avm_type_add_subclass(t, base, type)) return false;
    }
    return avm_type_set_mro(t, type);
}

AvmType *avm_type_of_def(AvmThread *t, const AvmTypeDef *def) {
    for (uint32_t i = t->vm->ntypes; i-- > 1;)
        if (t->vm->types[i] && t->vm->types[i]->def == def) return t->vm->types[i];
    return avm_type_from_def(t, def);
}

AvmType *avm_type_from_def(AvmThread *t, const AvmTypeDef *def) {
    AvmType *type = avm_type_alloc(t, def->id, AVM_T_TYPE);
    if (!type) return NULL;
    type->flags = def->flags | AVM_TYPE_IMMUTABLE | AVM_TYPE_LAZY;
    type->size = def->size;
    type->def = def;
    type->dict = avm_dict_new(t);
    if (!type->dict || !set_names(t, type, def->name)) return NULL;
    AvmType *base = def->id == AVM_T_OBJECT ? NULL : t->vm->types[def->base ? def->base : AVM_T_OBJECT];
    if (!derive(t, type, base)) return NULL;
    if (type->flags & AVM_TYPE_ATTRS) {
        type->attrs_offset = sizeof(AvmObj);
        type->shape = avm_shape_root(t, type);
        if (!type->shape) return NULL;
    }
    avm_type_inherit_slots(t, type);
    if (!type->s.finalize && !type->attrs_offset) type->flags |= AVM_TYPE_PLAIN_FREE;
    return type;
}
