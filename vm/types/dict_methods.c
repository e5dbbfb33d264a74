// dict: slots and methods. The table is in dict.c, iterators and views are in dict_view.c.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/str.h"

static inline AvmDict *as_dict(AvmValue v) { return (AvmDict *)avm_obj(v); }

int avm_dict_get_new(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out) {
    int found = avm_dict_get(t, d, key, out);
    if (found == 1) avm_incref(*out);
    return found;
}

// --- update

static bool update_from_dict(AvmThread *t, AvmDict *d, AvmDict *other) {
    if (d == other || !other->used) return true;
    if (!d->used && !avm_dict_reserve(t, d, other->used)) return false;
    uint32_t changes = other->changes, pos = other->first;
    other->h.refs++;
    bool ok = true;
    for (; ok && pos < other->nentries; pos++) {
        AvmDictEntry e = other->entries[pos];
        if (e.key == AVM_EMPTY) continue;
        avm_incref(e.key);
        avm_incref(e.value);
        ok = avm_dict_set_hashed(t, d, e.key, e.hash, e.value);
        avm_decref(t, e.key);
        avm_decref(t, e.value);
        if (ok && changes != other->changes) {
            avm_raise(t, AVM_EXC(t, RuntimeError), "dict mutated during update");
            ok = false;
        }
        if (ok && (pos & 4095) == 4095) ok = avm_charge(t, 4096);
    }
    avm_drop(t, other);
    return ok;
}

// By keys() and []; keys is the bound method.
static bool update_from_mapping(AvmThread *t, AvmDict *d, AvmValue other, AvmValue keys) {
    AvmValue list = avm_call0(t, keys);
    AvmValue it = list ? avm_iter(t, list) : AVM_FAIL;
    avm_decref(t, list);
    if (!it) return false;
    bool ok = true;
    while (ok) {
        AvmValue key = avm_next(t, it);
        if (key == AVM_DONE) break;
        AvmValue value = key ? avm_getitem(t, other, key) : AVM_FAIL;
        ok = value && avm_dict_set(t, d, key, value);
        avm_decref(t, key);
        avm_decref(t, value);
    }
    avm_decref(t, it);
    return ok;
}

static bool set_pair(AvmThread *t, AvmDict *d, AvmValue pair, uint32_t number) {
    AvmValue seq = avm_seq_fast(t, pair), *items;
    uint32_t n;
    if (!seq) {
        if (avm_exc_swallow(t, AVM_EXC(t, TypeError)))
            avm_raise_type(t, "cannot convert dictionary update sequence element #%u to a sequence", number);
        return false;
    }
    avm_seq_items(t, seq, &items, &n);
    bool ok = false;
    if (n != 2) {
        avm_raise_value(t, "dictionary update sequence element #%u has length %u; 2 is required", number, n);
    } else {
        AvmValue key = avm_incref(items[0]), value = avm_incref(items[1]);
        ok = avm_dict_set(t, d, key, value);
        avm_decref(t, key);
        avm_decref(t, value);
    }
    avm_decref(t, seq);
    return ok;
}

static bool update_from_pairs(AvmThread *t, AvmDict *d, AvmValue other) {
    AvmValue it = avm_iter(t, other);
    if (!it) return false;
    bool ok = true;
    for (uint32_t i = 0; ok; i++) {
        AvmValue pair = avm_next(t, it);
        if (pair == AVM_DONE) break;
        ok = pair && set_pair(t, d, pair, i);
        avm_decref(t, pair);
        if (ok && (i & 4095) == 4095) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    return ok;
}

bool avm_dict_update(AvmThread *t, AvmDict *d, AvmValue other) {
    AvmDict *dict = avm_as_dict(t, other);
    // Sub-classes that iterate in their own way are asked, as any mapping is.
    if (dict && avm_type_of(t, other)->s.iter == avm_dict_iter) return update_from_dict(t, d, dict);
    AvmValue keys = avm_getattr_maybe(t, other, AVM_NAME(t, keys));
    if (keys == AVM_DONE) return update_from_pairs(t, d, other);
    if (!keys) return false;
    bool ok = update_from_mapping(t, d, other, keys);
    avm_decref(t, keys);
    return ok;
}

static AvmValue dict_update(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmDict *d = as_dict(args[0]);
    (void)n;
    if (args[1] && !avm_dict_update(t, d, args[1])) return AVM_FAIL;
    if (args[2] && !update_from_dict(t, d, as_dict(args[2]))) return AVM_FAIL;
    return AVM_NONE;
}

// --- slots

static void dict_free(AvmThread *t, AvmObj *o) { avm_dict_clear(t, (AvmDict *)o); }

static void dict_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmDict *d = (AvmDict *)o;
    for (uint32_t i = d->first; i < d->nentries; i++) {
        if (d->entries[i].key == AVM_EMPTY) continue;
        visit(d->entries[i].key, arg);
        visit(d->entries[i].value, arg);
    }
}

bool avm_repr_append(AvmThread *t, AvmValue v, AvmBuf *out) {
    avm_incref(v);
    AvmValue text = avm_repr(t, v);
    avm_decref(t, v);
    if (!text) return false;
    AvmStr *s = avm_as_str(t, text);
    avm_buf_add(out, s->data, s->len);
    avm_decref(t, text);
    return true;
}

bool avm_dict_repr_items(AvmThread *t, AvmDict *d, AvmBuf *out) {
    bool first = true;
    for (uint32_t i = d->first; i < d->nentries; i++) {
        AvmValue key = d->entries[i].key;
        if (key == AVM_EMPTY) continue;
        if (!first) avm_buf_text(out, ", ");
        first = false;
        AvmValue value = avm_incref(d->entries[i].value);
        bool ok = avm_repr_append(t, key, out) && avm_buf_text(out, ": ") && avm_repr_append(t, value, out);
        avm_decref(t, value);
        if (!ok) {
            if (!avm_failed(t) && !t->exhausted) avm_raise_memory(t);
            return false;
        }
        if ((i & 1023) == 1023 && !avm_charge(t, 1024)) return false;
    }
    return true;
}

static AvmValue dict_repr(AvmThread *t, AvmValue v) {
    AvmBuf out;
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_text(t, "{...}"));
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_byte(&out, '{');
    bool ok = avm_dict_repr_items(t, as_dict(v), &out);
    avm_buf_byte(&out, '}');
    avm_repr_leave(t, v);
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

static int64_t dict_len(AvmThread *t, AvmValue v) {
    (void)t;
    return as_dict(v)->used;
}

static AvmValue dict_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmValue value;
    int found = avm_dict_get(t, as_dict(v), key, &value);
    if (found == 1) return avm_incref(value);
    if (found < 0) return AVM_FAIL;
    if (!avm_is_dict(v)) {
        value = avm_call_special(t, v, AVM_NAME(t, __missing__), &key, 1);
        if (value != AVM_DONE) return value;
    }
    return avm_raise_key(t, key);
}

static bool dict_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    if (value) return avm_dict_set(t, as_dict(v), key, value);
    int found = avm_dict_del(t, as_dict(v), key);
    if (found == 0) avm_raise_key(t, key);
    return found == 1;
}

static int dict_contains(AvmThread *t, AvmValue v, AvmValue key) {
    AvmValue value;
    return avm_dict_get(t, as_dict(v), key, &value);
}

static AvmValue dict_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmDict *x = avm_as_dict(t, a), *y = avm_as_dict(t, b);
    if (op != AVM_OR || !x || !y) return AVM_NOTIMPL;
    AvmDict *result = avm_dict_copy(t, x);
    if (result && !avm_dict_update(t, result, b)) {
        avm_drop(t, result);
        return AVM_FAIL;
    }
    return avm_value(result);
}

static AvmValue dict_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op != AVM_OR) return AVM_NOTIMPL;
    return avm_dict_update(t, as_dict(a), b) ? avm_incref(a) : AVM_FAIL;
}

static int equal_items(AvmThread *t, AvmDict *a, AvmDict *b) {
    for (uint32_t i = a->first; i < a->nentries; i++) {
        AvmDictEntry e = a->entries[i];
        if (e.key == AVM_EMPTY) continue;
        avm_incref(e.key);
        avm_incref(e.value);
        AvmValue other;
        int same = avm_dict_get_hashed(t, b, e.key, e.hash, &other);
        if (same == 1) {
            avm_incref(other);
            same = avm_compare_bool(t, AVM_EQ, e.value, other);
            avm_decref(t, other);
        }
        avm_decref(t, e.key);
        avm_decref(t, e.value);
        if (same != 1) return same;
        if ((i & 4095) == 4095 && !avm_charge(t, 4096)) return -1;
    }
    return 1;
}

int avm_dict_equal(AvmThread *t, AvmDict *a, AvmDict *b) {
    if (a->used != b->used) return 0;
    if (!avm_native_enter(t)) return -1;
    int same = equal_items(t, a, b);
    avm_native_leave(t);
    return same;
}

static AvmValue dict_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    AvmDict *other = avm_as_dict(t, b);
    if (!other || op > AVM_NE) return AVM_NOTIMPL;
    int same = avm_dict_equal(t, as_dict(a), other);
    return same < 0 ? AVM_FAIL : avm_bool(same == (op == AVM_EQ));
}

// --- methods

static AvmValue dict_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

static AvmValue dict_get(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue value;
    (void)n;
    int found = avm_dict_get(t, as_dict(args[0]), args[1], &value);
    if (found < 0) return AVM_FAIL;
    return found ? avm_incref(value) : args[2] ? avm_incref(args[2]) : AVM_NONE;
}

static AvmValue dict_pop(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue value;
    (void)n;
    int found = avm_dict_pop(t, as_dict(args[0]), args[1], &value);
    if (found == 1) return value;
    if (found < 0) return AVM_FAIL;
    return args[2] ? avm_incref(args[2]) : avm_raise_key(t, args[1]);
}

static AvmValue dict_popitem(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmDict *d = as_dict(args[0]);
    (void)n;
    if (!d->used) {
        AvmStr *text = avm_str_text(t, "popitem(): dictionary is empty");
        if (text) avm_raise_key(t, avm_value(text));
        if (text) avm_drop(t, text);
        return AVM_FAIL;
    }
    AvmTuple *pair = avm_tuple_new(t, 2);
    if (pair) avm_dict_pop_last(t, d, &pair->items[0], &pair->items[1]);
    return avm_value(pair);
}

static AvmValue dict_setdefault(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_setdefault(t, as_dict(args[0]), args[1], args[2] ? args[2] : AVM_NONE);
}

static AvmValue dict_keys(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_view_new(t, as_dict(args[0]), AVM_DICT_KEYS);
}
static AvmValue dict_values(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_view_new(t, as_dict(args[0]), AVM_DICT_VALUES);
}
static AvmValue dict_items(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_view_new(t, as_dict(args[0]), AVM_DICT_ITEMS);
}
static AvmValue dict_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_dict_iter_new(t, as_dict(args[0]), AVM_DICT_KEYS, true);
}

static AvmValue dict_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_dict_clear(t, as_dict(args[0]));
    return AVM_NONE;
}

static AvmValue dict_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_dict_copy(t, as_dict(args[0])));
}

// The next key of a set or dict, with its hash; borrowed.
static bool next_known(AvmValue from, uint32_t *pos, AvmValue *key, int64_t *hash) {
    if (!avm_is_dict(from)) return avm_set_next_hashed((AvmSet *)avm_obj(from), pos, key, hash);
    AvmDict *d = as_dict(from);
    while (*pos < d->nentries) {
        const AvmDictEntry *e = &d->entries[(*pos)++];
        if (e->key == AVM_EMPTY) continue;
        *key = e->key;
        *hash = e->hash;
        return true;
    }
    return false;
}

// All keys of a set or dict, whose hashes are known. false: exception.
static bool add_known_keys(AvmThread *t, AvmDict *d, AvmValue from, AvmValue value) {
    AvmValue key;
    int64_t hash;
    bool ok = true;
    for (uint32_t pos = 0; ok && next_known(from, &pos, &key, &hash);) {
        avm_incref(key);
        ok = avm_dict_set_hashed(t, d, key, hash, value);
        avm_decref(t, key);
    }
    return ok;
}

static AvmValue dict_fromkeys(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue value = args[2] ? args[2] : AVM_NONE;
    (void)n;
    AvmValue d = avm_call0(t, args[0]);
    bool known = avm_is_dict(args[1]) || avm_is(args[1], AVM_T_SET) || avm_is(args[1], AVM_T_FROZENSET);
    if (d && avm_is_dict(d) && !as_dict(d)->used && known) {
        if (add_known_keys(t, as_dict(d), args[1], value)) return d;
        avm_decref(t, d);
        return AVM_FAIL;
    }
    AvmValue it = d ? avm_iter(t, args[1]) : AVM_FAIL;
    bool ok = it;
    for (uint32_t i = 1; ok; i++) {
        AvmValue key = avm_next(t, it);
        if (key == AVM_DONE) break;
        ok = key && (avm_is_dict(d) ? avm_dict_set(t, as_dict(d), key, value) : avm_setitem(t, d, key, value));
        avm_decref(t, key);
        if (ok && (i & 4095) == 0) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    if (ok) return d;
    avm_decref(t, d);
    return AVM_FAIL;
}

static AvmValue dict_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmDict *d = as_dict(args[0]);
    (void)n;
    uint64_t width = d->index_size <= 256 ? 1 : d->index_size <= 65536 ? 2 : 4;
    return avm_inline_int_value(
        (int64_t)(avm_object_size(t, &d->h) + d->cap * sizeof *d->entries + d->index_size * width));
}

static const AvmNativeDef dict_methods[] = {
    {"__new__", dict_make, "__new__(*args, **kwargs)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__init__", dict_update, "__init__(iterable=(), /, **kwargs)", "Initialize self.", AVM_DEF_METHOD},
    {"update", dict_update, "update(iterable=(), /, **kwargs)",
     "Add the pairs of a mapping, or of an iterable of pairs, and of the keywords.", AVM_DEF_METHOD},
    {"get", dict_get, "get(key, default=None, /)", "The value of key if it is there, else default.", AVM_DEF_METHOD},
    {"pop", dict_pop, "pop(key, default=..., /)", "Remove key and return its value; default or KeyError without it.",
     AVM_DEF_METHOD},
    {"popitem", dict_popitem, "popitem()", "Remove and return the last pair (key, value).", AVM_DEF_METHOD},
    {"setdefault", dict_setdefault, "setdefault(key, default=None, /)",
     "The value of key, which is inserted with default if it is not there.", AVM_DEF_METHOD},
    {"keys", dict_keys, "keys()", "A view of the keys.", AVM_DEF_METHOD},
    {"values", dict_values, "values()", "A view of the values.", AVM_DEF_METHOD},
    {"items", dict_items, "items()", "A view of the pairs (key, value).", AVM_DEF_METHOD},
    {"clear", dict_clear, "clear()", "Remove all pairs.", AVM_DEF_METHOD},
    {"copy", dict_copy, "copy()", "A shallow copy.", AVM_DEF_METHOD},
    {"fromkeys", dict_fromkeys, "fromkeys(iterable, value=None, /)",
     "A new dictionary of the keys in iterable, all with the same value.", AVM_DEF_CLASS},
    {"__reversed__", dict_reversed, "__reversed__()", "An iterator over the keys from the last.", AVM_DEF_METHOD},
    {"__sizeof__", dict_sizeof, "__sizeof__()", "Size in memory, in bytes.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};

const AvmTypeDef avm_dict_def = {
    .name = "dict", .id = AVM_T_DICT, .size = sizeof(AvmDict),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_DICT,
    .doc = "A mapping that keeps the order of insertion. dict(mapping), dict(pairs), dict(name=value, ...).",
    .slots = {.free = dict_free, .traverse = dict_traverse, .clear = dict_free, .repr = dict_repr, .iter = avm_dict_iter, .len = dict_len, .getitem = dict_getitem,
              .setitem = dict_setitem, .contains = dict_contains, .binary = dict_binary, .inplace = dict_inplace,
              .compare = dict_compare},
    .methods = dict_methods,
};
