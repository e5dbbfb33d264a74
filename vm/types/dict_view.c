// The views of a dict (keys, values, items) and all its iterators.
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/str.h"

typedef struct View {
    AvmObj h;
    AvmDict *dict;
} View;

typedef struct DictIter {
    AvmObj h;
    uint32_t used;  // the dict's size when iteration began; UINT32_MAX after an error
    uint32_t at;    // the next entry; backwards: one above it
    uint32_t left;  // how many are to come
    AvmDict *dict;  // NULL when exhausted
    AvmTuple *pair; // the last one given out by an iterator of items: used again when nobody keeps it
} DictIter;

static inline View *as_view(AvmValue v) { return (View *)avm_obj(v); }
static inline int view_kind(AvmValue v) { return avm_obj(v)->type - AVM_T_DICT_KEYS; }
static inline bool is_set_view(AvmValue v) { return avm_is(v, AVM_T_DICT_KEYS) || avm_is(v, AVM_T_DICT_ITEMS); }

_Static_assert(AVM_T_DICT_VALUES == AVM_T_DICT_KEYS + 1 && AVM_T_DICT_ITEMS == AVM_T_DICT_KEYS + 2, "kinds");
_Static_assert(AVM_T_DICT_VALUEITER == AVM_T_DICT_KEYITER + 1 && AVM_T_DICT_ITEMITER == AVM_T_DICT_KEYITER + 2, "");
_Static_assert(AVM_T_DICT_REVKEYITER == AVM_T_DICT_KEYITER + 3 && AVM_T_DICT_REVITEMITER == AVM_T_DICT_KEYITER + 5,
               "");

// --- iterators

AvmValue avm_dict_iter_new(AvmThread *t, AvmDict *d, int kind, bool reversed) {
    DictIter *it = avm_object_new_id(t, (uint16_t)(AVM_T_DICT_KEYITER + kind + (reversed ? 3 : 0)), sizeof *it);
    if (!it) return AVM_FAIL;
    it->dict = avm_retain(d);
    it->used = it->left = d->used;
    it->at = reversed ? d->nentries : d->first;
    return avm_value(it);
}

AvmValue avm_dict_iter(AvmThread *t, AvmValue v) {
    return avm_dict_iter_new(t, (AvmDict *)avm_obj(v), AVM_DICT_KEYS, false);
}

static void iter_end(AvmThread *t, DictIter *it) {
    AvmDict *d = it->dict;
    AvmTuple *pair = it->pair;
    it->dict = NULL;
    it->pair = NULL;
    if (d) avm_drop(t, d);
    if (pair) avm_drop(t, pair);
}

static void iter_free(AvmThread *t, AvmObj *o) { iter_end(t, (DictIter *)o); }

static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    DictIter *it = (DictIter *)o;
    if (it->dict) visit(avm_value(it->dict), arg);
    if (it->pair) visit(avm_value(it->pair), arg);
}

// The next entry, or NULL: the end, or an exception.
static AvmDictEntry *iter_step(AvmThread *t, DictIter *it, bool reversed) {
    AvmDict *d = it->dict;
    if (!d) return NULL;
    if (it->used != d->used) {
        it->used = UINT32_MAX; // so it stays
        avm_raise(t, AVM_EXC(t, RuntimeError), "dictionary changed size during iteration");
        return NULL;
    }
    AvmDictEntry *e = NULL;
    if (reversed) {
        if (it->at > d->nentries) it->at = d->nentries;
        while (it->at > d->first && !e) {
            e = &d->entries[--it->at];
            if (e->key == AVM_EMPTY) e = NULL;
        }
    } else {
        if (it->at < d->first) it->at = d->first;
        while (it->at < d->nentries && !e) {
            e = &d->entries[it->at++];
            if (e->key == AVM_EMPTY) e = NULL;
        }
    }
    if (e && it->left == 0) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "dictionary keys changed during iteration");
        e = NULL;
    }
    if (!e)
        iter_end(t, it);
    else
        it->left--;
    return e;
}

static AvmValue iter_next(AvmThread *t, AvmValue v) {
    DictIter *it = (DictIter *)avm_obj(v);
    int kind = it->h.type - AVM_T_DICT_KEYITER;
    AvmDictEntry *e = iter_step(t, it, kind >= 3);
    if (!e) return avm_failed(t) ? AVM_FAIL : AVM_DONE;
    switch (kind % 3) {
    case AVM_DICT_KEYS: return avm_incref(e->key);
    case AVM_DICT_VALUES: return avm_incref(e->value);
    default: return avm_pair_reuse(t, &it->pair, avm_incref(e->key), avm_incref(e->value));
    }
}

static AvmValue iter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    DictIter *it = (DictIter *)avm_obj(args[0]);
    (void)t, (void)n;
    return avm_inline_int_value(it->dict && it->used == it->dict->used ? it->left : 0);
}

// --- views

AvmValue avm_dict_view_new(AvmThread *t, AvmDict *d, int kind) {
    View *view = avm_object_new_id(t, (uint16_t)(AVM_T_DICT_KEYS + kind), sizeof *view);
    if (view) view->dict = avm_retain(d);
    return avm_value(view);
}

static void view_free(AvmThread *t, AvmObj *o) {
    if (((View *)o)->dict) avm_drop(t, ((View *)o)->dict);
}

static void view_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(avm_value(((View *)o)->dict), arg); }

static AvmValue view_repr(AvmThread *t, AvmValue v) {
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_text(t, "..."));
    AvmList *list = avm_list_from_iter(t, v);
    AvmValue text = AVM_FAIL;
    if (list) text = avm_value(avm_str_format(t, "%T(%R)", v, avm_value(list)));
    if (list) avm_drop(t, list);
    avm_repr_leave(t, v);
    return text;
}

static int64_t view_len(AvmThread *t, AvmValue v) {
    (void)t;
    return as_view(v)->dict->used;
}

static AvmValue view_iter(AvmThread *t, AvmValue v) {
    return avm_dict_iter_new(t, as_view(v)->dict, view_kind(v), false);
}

static AvmValue view_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_iter_new(t, as_view(args[0])->dict, view_kind(args[0]), true);
}

static int keys_contains(AvmThread *t, AvmValue v, AvmValue x) {
    AvmValue value;
    return avm_dict_get(t, as_view(v)->dict, x, &value);
}

static int items_contains(AvmThread *t, AvmValue v, AvmValue x) {
    AvmValue value, *items;
    uint32_t n;
    if (!avm_is(x, AVM_T_TUPLE) && !avm_is_sub(t, x, AVM_TYPE_SUB_TUPLE)) return 0;
    if (!avm_seq_items(t, x, &items, &n) || n != 2) return 0;
    int found = avm_dict_get_new(t, as_view(v)->dict, items[0], &value);
    if (found != 1) return found;
    found = avm_compare_bool(t, AVM_EQ, value, items[1]);
    avm_decref(t, value);
    return found;
}

// Is every item of a in b? 1, 0, -1.
static int all_in(AvmThread *t, AvmValue a, AvmValue b) {
    AvmValue it = avm_iter(t, a), v;
    if (!it) return -1;
    int in = 1;
    while (in == 1 && (v = avm_next(t, it)) != AVM_DONE) {
        in = v ? avm_contains(t, b, v) : -1;
        avm_decref(t, v);
    }
    avm_decref(t, it);
    return in;
}

static AvmValue view_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!is_set_view(b) && !avm_is_set(t, b)) return AVM_NOTIMPL;
    int64_t x = avm_len(t, a), y = avm_len(t, b);
    if (x < 0 || y < 0) return AVM_FAIL;
    int yes = 0;
    switch (op) {
    case AVM_EQ: yes = x == y ? all_in(t, a, b) : 0; break;
    case AVM_NE: yes = x == y ? all_in(t, a, b) : 0; break;
    case AVM_LT: yes = x < y ? all_in(t, a, b) : 0; break;
    case AVM_LE: yes = x <= y ? all_in(t, a, b) : 0; break;
    case AVM_GT: yes = x > y ? all_in(t, b, a) : 0; break;
    case AVM_GE: yes = x >= y ? all_in(t, b, a) : 0; break;
    }
    return yes < 0 ? AVM_FAIL : avm_bool(yes == (op != AVM_NE));
}

// The set of a view's items; keys come straight from their dict, which decides the table's first size.
static AvmSet *view_to_set(AvmThread *t, AvmValue v) {
    if (avm_is(v, AVM_T_DICT_KEYS) && avm_is_dict(avm_value(as_view(v)->dict)))
        v = avm_value(as_view(v)->dict);
    return avm_set_from(t, AVM_T_SET, v);
}

static AvmValue view_and(AvmThread *t, AvmValue a, AvmValue b) {
    if (!is_set_view(a)) {
        AvmValue v = a;
        a = b;
        b = v;
    }
    uint32_t len = as_view(a)->dict->used;
    if (avm_is(b, AVM_T_SET)) {
        AvmSet *other = (AvmSet *)avm_obj(b);
        if (len <= other->used) return avm_value(avm_set_intersect(t, other, a));
    }
    if (is_set_view(b) && as_view(b)->dict->used > len) {
        AvmValue v = a;
        a = b;
        b = v;
    }
    AvmSet *result = avm_set_new(t, AVM_T_SET);
    AvmValue it = result ? avm_iter(t, b) : AVM_FAIL, v;
    bool ok = it;
    while (ok && (v = avm_next(t, it)) != AVM_DONE) {
        int in = v ? avm_contains(t, a, v) : -1;
        ok = in >= 0 && (!in || avm_set_add(t, result, v));
        avm_decref(t, v);
    }
    avm_decref(t, it);
    if (ok) return avm_value(result);
    if (result) avm_drop(t, result);
    return AVM_FAIL;
}

// items ^ items compares values without hashing those that are equal.
static AvmSet *items_xor(AvmThread *t, AvmDict *a, AvmDict *b) {
    if (a->used > b->used) {
        AvmDict *d = a;
        a = b;
        b = d;
    }
    AvmDict *rest = avm_dict_copy(t, a);
    AvmSet *result = rest ? avm_set_new(t, AVM_T_SET) : NULL;
    bool ok = result;
    for (uint32_t i = b->first; ok && i < b->nentries; i++) {
        AvmDictEntry e = b->entries[i];
        AvmValue other;
        if (e.key == AVM_EMPTY) continue;
        AvmValue items[] = {e.key, e.value};
        AvmTuple *pair = avm_tuple_from(t, items, 2);
        int same = pair ? avm_dict_get_hashed(t, rest, e.key, e.hash, &other) : -1;
        if (same == 1) {
            avm_incref(other);
            same = avm_compare_bool(t, AVM_EQ, other, e.value);
            avm_decref(t, other);
        }
        if (same == 1)
            ok = avm_dict_del(t, rest, e.key) >= 0;
        else
            ok = same == 0 && avm_set_add(t, result, avm_value(pair));
        if (pair) avm_drop(t, pair);
    }
    AvmValue view = ok ? avm_dict_view_new(t, rest, AVM_DICT_ITEMS) : AVM_FAIL;
    ok = view && avm_set_update(t, result, view);
    avm_decref(t, view);
    if (rest) avm_drop(t, rest);
    if (ok) return result;
    if (result) avm_drop(t, result);
    return NULL;
}

static AvmValue view_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op == AVM_AND) return view_and(t, a, b);
    if (op != AVM_OR && op != AVM_XOR && op != AVM_SUB) return AVM_NOTIMPL;
    if (op == AVM_XOR && avm_is(a, AVM_T_DICT_ITEMS) && avm_is(b, AVM_T_DICT_ITEMS))
        return avm_value(items_xor(t, as_view(a)->dict, as_view(b)->dict));
    AvmSet *result = view_to_set(t, a);
    if (!result) return AVM_FAIL;
    bool ok = op == AVM_OR    ? avm_set_update(t, result, b)
              : op == AVM_SUB ? avm_set_subtract(t, result, b)
                              : avm_set_toggle(t, result, b);
    if (ok) return avm_value(result);
    avm_drop(t, result);
    return AVM_FAIL;
}

static AvmValue view_isdisjoint(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue a = args[0], b = args[1], v;
    (void)n;
    if (a == b) return avm_bool(as_view(a)->dict->used == 0);
    if (is_set_view(b) || avm_is_set(t, b)) {
        int64_t len = avm_len(t, b);
        if (len < 0) return AVM_FAIL;
        if (len > as_view(a)->dict->used) {
            a = args[1];
            b = args[0];
        }
    }
    AvmValue it = avm_iter(t, b);
    if (!it) return AVM_FAIL;
    int in = 0;
    while (in == 0 && (v = avm_next(t, it)) != AVM_DONE) {
        in = v ? avm_contains(t, a, v) : -1;
        avm_decref(t, v);
    }
    avm_decref(t, it);
    return in < 0 ? AVM_FAIL : avm_bool(!in);
}

static AvmValue view_mapping(AvmThread *t, AvmValue v) {
    return avm_mappingproxy_new(t, avm_value(as_view(v)->dict));
}

static const AvmNativeDef set_view_methods[] = {
    {"isdisjoint", view_isdisjoint, "isdisjoint(other, /)", "Have the view and the iterable nothing in common?",
     AVM_DEF_METHOD},
    {"__reversed__", view_reversed, "__reversed__()", "An iterator from the end.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef view_methods[] = {
    {"__reversed__", view_reversed, "__reversed__()", "An iterator from the end.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef iter_methods[] = {
    {"__length_hint__", iter_hint, "__length_hint__()", "How many items are left.", AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef view_getsets[] = {
    {"mapping", view_mapping, NULL, "The dictionary, read-only."},
    {0},
};

const AvmTypeDef avm_dict_keys_def = {
    .name = "dict_keys", .id = AVM_T_DICT_KEYS, .size = sizeof(View), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = view_free, .traverse = view_traverse, .repr = view_repr,
              .iter = view_iter, .len = view_len, .contains = keys_contains, .compare = view_compare,
              .binary = view_binary},
    .methods = set_view_methods, .getsets = view_getsets,
};
const AvmTypeDef avm_dict_values_def = {
    .name = "dict_values", .id = AVM_T_DICT_VALUES, .size = sizeof(View), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = view_free, .traverse = view_traverse, .repr = view_repr, .iter = view_iter, .len = view_len},
    .methods = view_methods, .getsets = view_getsets,
};
const AvmTypeDef avm_dict_items_def = {
    .name = "dict_items", .id = AVM_T_DICT_ITEMS, .size = sizeof(View), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = view_free, .traverse = view_traverse, .repr = view_repr,
              .iter = view_iter, .len = view_len, .contains = items_contains, .compare = view_compare,
              .binary = view_binary},
    .methods = set_view_methods, .getsets = view_getsets,
};

#define ITER_DEF(variable, script_name, number)                                                                   \
    const AvmTypeDef variable = {                                                                                 \
        .name = script_name, .id = number, .size = sizeof(DictIter), .flags = AVM_TYPE_NO_NEW,                    \
        .slots = {.free = iter_free, .traverse = iter_traverse, .clear = iter_free, .iter = avm_iter_self,        \
                  .next = iter_next},                                                                             \
        .methods = iter_methods,                                                                                  \
    }
ITER_DEF(avm_dict_keyiter_def, "dict_keyiterator", AVM_T_DICT_KEYITER);
ITER_DEF(avm_dict_valueiter_def, "dict_valueiterator", AVM_T_DICT_VALUEITER);
ITER_DEF(avm_dict_itemiter_def, "dict_itemiterator", AVM_T_DICT_ITEMITER);
ITER_DEF(avm_dict_revkeyiter_def, "dict_reversekeyiterator", AVM_T_DICT_REVKEYITER);
ITER_DEF(avm_dict_revvalueiter_def, "dict_reversevalueiterator", AVM_T_DICT_REVVALUEITER);
ITER_DEF(avm_dict_revitemiter_def, "dict_reverseitemiterator", AVM_T_DICT_REVITEMITER);
