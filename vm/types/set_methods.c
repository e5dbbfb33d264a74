// set and frozenset: slots, methods and the iterator. The table is in set.c.
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/str.h"

typedef struct SetIter {
    AvmObj h;
    uint32_t used; // the set's size when iteration began; UINT32_MAX after an error
    uint32_t at, left;
    AvmSet *set; // NULL when exhausted
} SetIter;

static inline AvmSet *as_set(AvmValue v) { return (AvmSet *)avm_obj(v); }

static bool is_frozen(AvmThread *t, AvmValue v) {
    if (avm_is(v, AVM_T_SET)) return false;
    return avm_is(v, AVM_T_FROZENSET) || avm_type_is_sub(avm_type_of(t, v), avm_type_get(t, AVM_T_FROZENSET));
}

// What operations on v make: set or frozenset, sub-classes forgotten.
static uint16_t kind_of(AvmThread *t, AvmValue v) { return is_frozen(t, v) ? AVM_T_FROZENSET : AVM_T_SET; }

static AvmSet *copy_of(AvmThread *t, AvmValue v) { return avm_set_from(t, kind_of(t, v), v); }

static AvmValue finish(AvmThread *t, AvmSet *result, bool ok) {
    if (ok) return avm_value(result);
    if (result) avm_drop(t, result);
    return AVM_FAIL;
}

// --- slots

static void set_free(AvmThread *t, AvmObj *o) { avm_set_clear(t, (AvmSet *)o); }

static void set_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmValue v;
    for (uint32_t pos = 0; avm_set_next((AvmSet *)o, &pos, &v);) visit(v, arg);
}

static bool repr_items(AvmThread *t, AvmSet *s, AvmBuf *out) {
    AvmValue v;
    bool first = true;
    for (uint32_t pos = 0; avm_set_next(s, &pos, &v); first = false) {
        if (!first) avm_buf_text(out, ", ");
        if (!avm_repr_append(t, v, out)) return false;
    }
    return true;
}

static AvmValue set_repr(AvmThread *t, AvmValue v) {
    AvmBuf out;
    bool plain = avm_is(v, AVM_T_SET);
    if (!as_set(v)->used) return avm_value(avm_str_format(t, "%T()", v));
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_format(t, "%T(...)", v));
    avm_buf_init(&out, &t->vm->alloc);
    if (!plain) avm_buf_text(&out, avm_type_name(t, v));
    avm_buf_text(&out, plain ? "{" : "({");
    bool ok = repr_items(t, as_set(v), &out);
    avm_buf_text(&out, plain ? "}" : "})");
    avm_repr_leave(t, v);
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

static inline uint64_t shuffle(uint64_t h) { return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u; }

// CPython's, which does not depend on the order of the items.
static bool frozenset_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmSet *s = as_set(v);
    (void)t;
    if (!(s->h.flags & AVM_SET_HASHED)) {
        AvmValue item;
        int64_t hash;
        uint64_t h = 0;
        for (uint32_t pos = 0; avm_set_next_hashed(s, &pos, &item, &hash);) h ^= shuffle((uint64_t)hash);
        h ^= ((uint64_t)s->used + 1) * 1927868237u;
        h ^= (h >> 11) ^ (h >> 25);
        h = h * 69069u + 907133923u;
        s->hash = h == UINT64_MAX ? 590923713 : (int64_t)h;
        s->h.flags |= AVM_SET_HASHED;
    }
    *out = s->hash;
    return true;
}

static int64_t set_len(AvmThread *t, AvmValue v) {
    (void)t;
    return as_set(v)->used;
}

// Sets can't be keys, but `{1} in {frozenset({1})}` is true: a failed look-up of a set is tried with a frozen copy.
static int with_frozen(AvmThread *t, AvmSet *s, AvmValue key, int (*fn)(AvmThread *, AvmSet *, AvmValue), int result) {
    if (result >= 0 || !avm_is_set(t, key) || !avm_exc_swallow(t, AVM_EXC(t, TypeError))) return result;
    AvmSet *frozen = avm_set_from(t, AVM_T_FROZENSET, key);
    if (!frozen) return -1;
    result = fn(t, s, avm_value(frozen));
    avm_drop(t, frozen);
    return result;
}

static int set_contains(AvmThread *t, AvmValue v, AvmValue x) {
    return with_frozen(t, as_set(v), x, avm_set_contains, avm_set_contains(t, as_set(v), x));
}

// Is every item of a in b? 1, 0, -1.
static int subset(AvmThread *t, AvmSet *a, AvmSet *b) {
    AvmValue v;
    int64_t hash;
    int in = 1;
    if (a->used > b->used) return 0;
    for (uint32_t pos = 0; in == 1 && avm_set_next_hashed(a, &pos, &v, &hash);) {
        avm_incref(v);
        in = avm_set_contains_hashed(t, b, v, hash);
        avm_decref(t, v);
    }
    return in;
}

static AvmValue set_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_is_set(t, b)) return AVM_NOTIMPL;
    AvmSet *x = as_set(a), *y = as_set(b);
    int yes = 0;
    switch (op) {
    case AVM_EQ:
    case AVM_NE: yes = x->used == y->used ? subset(t, x, y) : 0; break;
    case AVM_LE: yes = subset(t, x, y); break;
    case AVM_GE: yes = subset(t, y, x); break;
    case AVM_LT: yes = x->used < y->used ? subset(t, x, y) : 0; break;
    case AVM_GT: yes = x->used > y->used ? subset(t, y, x) : 0; break;
    }
    return yes < 0 ? AVM_FAIL : avm_bool(yes == (op != AVM_NE));
}

static AvmValue difference(AvmThread *t, AvmValue a, AvmValue b) {
    AvmSet *x = as_set(a);
    bool set = avm_is_set(t, b), dict = avm_is_dict(b);
    uint32_t size = set ? as_set(b)->used : dict ? ((AvmDict *)avm_obj(b))->used : 0;
    if ((!set && !dict) || x->used >> 2 > size) {
        AvmSet *copy = copy_of(t, a);
        return finish(t, copy, copy && avm_set_subtract(t, copy, b));
    }
    AvmSet *result = avm_set_new(t, kind_of(t, a));
    AvmValue v, value;
    int64_t hash;
    bool ok = result;
    for (uint32_t pos = 0; ok && avm_set_next_hashed(x, &pos, &v, &hash);) {
        avm_incref(v);
        int in = set ? avm_set_contains_hashed(t, as_set(b), v, hash)
                     : avm_dict_get_hashed(t, (AvmDict *)avm_obj(b), v, hash, &value);
        ok = in >= 0 && (in || avm_set_add_hashed(t, result, v, hash));
        avm_decref(t, v);
    }
    return finish(t, result, ok);
}

static AvmValue symmetric(AvmThread *t, AvmValue a, AvmValue b) {
    AvmSet *result = avm_set_from(t, kind_of(t, a), b);
    return finish(t, result, result && avm_set_toggle(t, result, a));
}

static AvmValue set_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (!avm_is_set(t, a) || !avm_is_set(t, b)) return AVM_NOTIMPL;
    if (op == AVM_AND) return avm_value(avm_set_intersect(t, as_set(a), b));
    if (op == AVM_SUB) return difference(t, a, b);
    if (op == AVM_XOR) return symmetric(t, a, b);
    if (op != AVM_OR) return AVM_NOTIMPL;
    AvmSet *result = copy_of(t, a);
    return finish(t, result, result && avm_set_update(t, result, b));
}

// Makes a what `a & b` would be.
static bool intersect_update(AvmThread *t, AvmSet *a, AvmValue b) {
    AvmSet *both = avm_set_intersect(t, a, b);
    if (!both) return false;
    avm_set_swap(a, both);
    avm_drop(t, both);
    return true;
}

static AvmValue set_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (!avm_is_set(t, b)) return AVM_NOTIMPL;
    bool ok;
    switch (op) {
    case AVM_OR: ok = avm_set_update(t, as_set(a), b); break;
    case AVM_AND: ok = intersect_update(t, as_set(a), b); break;
    case AVM_SUB: ok = avm_set_subtract(t, as_set(a), b); break;
    case AVM_XOR: ok = avm_set_toggle(t, as_set(a), b); break;
    default: return AVM_NOTIMPL;
    }
    return ok ? avm_incref(a) : AVM_FAIL;
}

// --- the iterator

static AvmValue set_iter(AvmThread *t, AvmValue v) {
    SetIter *it = avm_object_new_id(t, AVM_T_SETITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->set = as_set(avm_incref(v));
    it->used = it->left = it->set->used;
    return avm_value(it);
}

static void iter_free(AvmThread *t, AvmObj *o) {
    AvmSet *s = ((SetIter *)o)->set;
    ((SetIter *)o)->set = NULL;
    if (s) avm_drop(t, s);
}

static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((SetIter *)o)->set) visit(avm_value(((SetIter *)o)->set), arg);
}

static AvmValue iter_next(AvmThread *t, AvmValue v) {
    SetIter *it = (SetIter *)avm_obj(v);
    AvmValue item;
    if (!it->set) return AVM_DONE;
    if (it->used != it->set->used) {
        it->used = UINT32_MAX; // so it stays
        return avm_raise(t, AVM_EXC(t, RuntimeError), "Set changed size during iteration");
    }
    if (avm_set_next(it->set, &it->at, &item)) {
        it->left--;
        return avm_incref(item);
    }
    iter_free(t, &it->h);
    return AVM_DONE;
}

static AvmValue iter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    SetIter *it = (SetIter *)avm_obj(args[0]);
    (void)t, (void)n;
    return avm_inline_int_value(it->set && it->used == it->set->used ? it->left : 0);
}

static const AvmNativeDef iter_methods[] = {
    {"__length_hint__", iter_hint, "__length_hint__()", "How many items are left.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_setiter_def = {
    .name = "set_iterator", .id = AVM_T_SETITER, .size = sizeof(SetIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = iter_free, .traverse = iter_traverse, .clear = iter_free, .iter = avm_iter_self,
              .next = iter_next},
    .methods = iter_methods,
};

// --- methods

static AvmValue set_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

static AvmValue set_init(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *s = as_set(args[0]);
    (void)n;
    avm_set_clear(t, s);
    return !args[1] || avm_set_update(t, s, args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue frozenset_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    (void)n;
    if (cls->id == AVM_T_FROZENSET && args[1] && avm_is(args[1], AVM_T_FROZENSET)) return avm_incref(args[1]);
    AvmSet *s = avm_object_new(t, cls, 0);
    return finish(t, s, s && (!args[1] || avm_set_update(t, s, args[1])));
}

static AvmValue set_add(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_set_add(t, as_set(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue set_discard(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *s = as_set(args[0]);
    (void)n;
    int was = with_frozen(t, s, args[1], avm_set_discard, avm_set_discard(t, s, args[1]));
    return was < 0 ? AVM_FAIL : AVM_NONE;
}

static AvmValue set_remove(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *s = as_set(args[0]);
    (void)n;
    int was = with_frozen(t, s, args[1], avm_set_discard, avm_set_discard(t, s, args[1]));
    return was < 0 ? AVM_FAIL : was ? AVM_NONE : avm_raise_key(t, args[1]);
}

static AvmValue set_pop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v = avm_set_pop(t, as_set(args[0]));
    if (v != AVM_DONE) return v;
    AvmStr *text = avm_str_text(t, "pop from an empty set");
    if (text) avm_raise_key(t, avm_value(text));
    if (text) avm_drop(t, text);
    return AVM_FAIL;
}

static AvmValue set_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_set_clear(t, as_set(args[0]));
    return AVM_NONE;
}

static AvmValue set_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (avm_is(args[0], AVM_T_FROZENSET)) return avm_incref(args[0]);
    return avm_value(copy_of(t, args[0]));
}

static AvmValue set_union(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *result = copy_of(t, args[0]);
    bool ok = result;
    for (uint32_t i = 1; ok && i < n; i++)
        if (args[i] != args[0]) ok = avm_set_update(t, result, args[i]);
    return finish(t, result, ok);
}

static AvmValue set_update(AvmThread *t, AvmValue *args, uint32_t n) {
    for (uint32_t i = 1; i < n; i++)
        if (!avm_set_update(t, as_set(args[0]), args[i])) return AVM_FAIL;
    return AVM_NONE;
}

static AvmSet *intersection(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n == 1) return copy_of(t, args[0]);
    AvmSet *result = as_set(avm_incref(args[0]));
    for (uint32_t i = 1; result && i < n; i++) {
        AvmSet *next = avm_set_intersect(t, result, args[i]);
        avm_drop(t, result);
        result = next;
    }
    return result;
}

static AvmValue set_intersection(AvmThread *t, AvmValue *args, uint32_t n) {
    return avm_value(intersection(t, args, n));
}

static AvmValue set_intersection_update(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *both = intersection(t, args, n);
    if (!both) return AVM_FAIL;
    avm_set_swap(as_set(args[0]), both);
    avm_drop(t, both);
    return AVM_NONE;
}

static AvmValue set_difference(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n == 1) return avm_value(copy_of(t, args[0]));
    AvmValue result = difference(t, args[0], args[1]);
    for (uint32_t i = 2; result && i < n; i++)
        if (!avm_set_subtract(t, as_set(result), args[i])) return finish(t, as_set(result), false);
    return result;
}

static AvmValue set_difference_update(AvmThread *t, AvmValue *args, uint32_t n) {
    for (uint32_t i = 1; i < n; i++)
        if (!avm_set_subtract(t, as_set(args[0]), args[i])) return AVM_FAIL;
    return AVM_NONE;
}

static AvmValue set_symmetric(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return symmetric(t, args[0], args[1]);
}

static AvmValue set_symmetric_update(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_set_toggle(t, as_set(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue set_isdisjoint(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *s = as_set(args[0]);
    AvmValue v;
    int64_t hash;
    int in = 0;
    (void)n;
    if (avm_is_set(t, args[1])) {
        AvmSet *walk = as_set(args[1]), *other = s;
        if (walk->used > other->used) {
            walk = s;
            other = as_set(args[1]);
        }
        for (uint32_t pos = 0; in == 0 && avm_set_next_hashed(walk, &pos, &v, &hash);) {
            avm_incref(v);
            in = avm_set_contains_hashed(t, other, v, hash);
            avm_decref(t, v);
        }
        return in < 0 ? AVM_FAIL : avm_bool(!in);
    }
    AvmValue it = avm_iter(t, args[1]);
    if (!it) return AVM_FAIL;
    while (in == 0 && (v = avm_next(t, it)) != AVM_DONE) {
        in = v ? avm_set_contains(t, s, v) : -1;
        avm_decref(t, v);
    }
    avm_decref(t, it);
    return in < 0 ? AVM_FAIL : avm_bool(!in);
}

static AvmValue set_issubset(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (avm_is_set(t, args[1])) {
        int yes = subset(t, as_set(args[0]), as_set(args[1]));
        return yes < 0 ? AVM_FAIL : avm_bool(yes);
    }
    AvmSet *both = avm_set_intersect(t, as_set(args[0]), args[1]);
    if (!both) return AVM_FAIL;
    bool yes = both->used == as_set(args[0])->used;
    avm_drop(t, both);
    return avm_bool(yes);
}

static AvmValue set_issuperset(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue v;
    int in = 1;
    (void)n;
    if (avm_is_set(t, args[1])) {
        in = subset(t, as_set(args[1]), as_set(args[0]));
        return in < 0 ? AVM_FAIL : avm_bool(in);
    }
    AvmValue it = avm_iter(t, args[1]);
    if (!it) return AVM_FAIL;
    while (in == 1 && (v = avm_next(t, it)) != AVM_DONE) {
        in = v ? avm_set_contains(t, as_set(args[0]), v) : -1;
        avm_decref(t, v);
    }
    avm_decref(t, it);
    return in < 0 ? AVM_FAIL : avm_bool(in);
}

static AvmValue set_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSet *s = as_set(args[0]);
    (void)n;
    size_t table = s->table ? ((size_t)s->mask + 1) * sizeof *s->table : 0;
    return avm_inline_int_value((int64_t)(avm_object_size(t, &s->h) + table));
}

// What set and frozenset have in common.
#define COMMON_METHODS                                                                                            \
    {"copy", set_copy, "copy()", "A shallow copy.", AVM_DEF_METHOD},                                              \
        {"union", set_union, "union(*others)", "A new set of the items of all.", AVM_DEF_METHOD},                 \
        {"intersection", set_intersection, "intersection(*others)", "A new set of the items common to all.",      \
         AVM_DEF_METHOD},                                                                                         \
        {"difference", set_difference, "difference(*others)", "A new set of the items that are in no other.",     \
         AVM_DEF_METHOD},                                                                                         \
        {"symmetric_difference", set_symmetric, "symmetric_difference(other, /)",                                 \
         "A new set of the items that are in exactly one of the two.", AVM_DEF_METHOD},                           \
        {"isdisjoint", set_isdisjoint, "isdisjoint(other, /)", "Have the two nothing in common?",                 \
         AVM_DEF_METHOD},                                                                                         \
        {"issubset", set_issubset, "issubset(other, /)", "Does other have all items of this set?",                \
         AVM_DEF_METHOD},                                                                                         \
        {"issuperset", set_issuperset, "issuperset(other, /)", "Has this set all items of other?",                \
         AVM_DEF_METHOD},                                                                                         \
        {"__sizeof__", set_sizeof, "__sizeof__()", "Size in memory, in bytes.", AVM_DEF_METHOD},                  \
        AVM_CLASS_GETITEM_ROW

static const AvmNativeDef set_methods[] = {
    {"__new__", set_make, "__new__(*args, **kwargs)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__init__", set_init, "__init__(iterable=(), /)", "Initialize self.", AVM_DEF_METHOD},
    COMMON_METHODS,
    {"add", set_add, "add(item, /)", "Add an item.", AVM_DEF_METHOD},
    {"discard", set_discard, "discard(item, /)", "Remove an item if it is there.", AVM_DEF_METHOD},
    {"remove", set_remove, "remove(item, /)", "Remove an item; KeyError if it is not there.", AVM_DEF_METHOD},
    {"pop", set_pop, "pop()", "Remove and return some item; KeyError if there is none.", AVM_DEF_METHOD},
    {"clear", set_clear, "clear()", "Remove all items.", AVM_DEF_METHOD},
    {"update", set_update, "update(*others)", "Add the items of all others.", AVM_DEF_METHOD},
    {"intersection_update", set_intersection_update, "intersection_update(*others)",
     "Keep only the items that are in all others too.", AVM_DEF_METHOD},
    {"difference_update", set_difference_update, "difference_update(*others)", "Remove the items of all others.",
     AVM_DEF_METHOD},
    {"symmetric_difference_update", set_symmetric_update, "symmetric_difference_update(other, /)",
     "Keep the items that are in exactly one of the two.", AVM_DEF_METHOD},
    {0},
};

static const AvmNativeDef frozenset_methods[] = {
    {"__new__", frozenset_make, "__new__(iterable=(), /)", "Create and return a new object.", AVM_DEF_METHOD},
    COMMON_METHODS,
    {0},
};

const AvmTypeDef avm_set_def = {
    .name = "set", .id = AVM_T_SET, .size = sizeof(AvmSet),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_SET,
    .doc = "A collection of distinct items. set(iterable) makes one of its items.",
    .slots = {.free = set_free, .traverse = set_traverse, .clear = set_free, .repr = set_repr, .iter = set_iter, .len = set_len, .contains = set_contains,
              .binary = set_binary, .inplace = set_inplace, .compare = set_compare},
    .methods = set_methods,
};

const AvmTypeDef avm_frozenset_def = {
    .name = "frozenset", .id = AVM_T_FROZENSET, .size = sizeof(AvmSet),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_SET,
    .doc = "A set that can't be changed. frozenset(iterable) makes one of its items.",
    .slots = {.free = set_free, .traverse = set_traverse, .repr = set_repr, .hash = frozenset_hash,
              .iter = set_iter, .len = set_len, .contains = set_contains, .binary = set_binary,
              .compare = set_compare},
    .methods = frozenset_methods,
};
