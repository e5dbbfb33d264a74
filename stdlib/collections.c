// The module _collections: deque, defaultdict and what the script half of collections wants from C.
#include "stdlib/collections.h"

#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

typedef struct DefaultDict {
    AvmDict d;
    AvmValue factory; // AVM_NONE, or empty: none
} DefaultDict;

static inline DefaultDict *as_default(AvmValue v) { return (DefaultDict *)avm_obj(v); }
static inline AvmValue factory_of(AvmValue v) { return as_default(v)->factory ? as_default(v)->factory : AVM_NONE; }

static void default_free(AvmThread *t, AvmObj *o) {
    avm_dict_clear(t, (AvmDict *)o);
    avm_replace(t, &((DefaultDict *)o)->factory, AVM_EMPTY);
}

static void default_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    avm_dict_def.slots.traverse(o, visit, arg);
    visit(((DefaultDict *)o)->factory, arg);
}

static AvmValue default_init(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue factory = args[1] ? args[1] : AVM_NONE;
    if (factory != AVM_NONE && !avm_is_callable(t, factory))
        return avm_raise_type(t, "first argument must be callable or None");
    if (n > 4) return avm_raise_type(t, "dict expected at most 1 argument, got %u", n - 3);
    avm_replace(t, &as_default(args[0])->factory, avm_incref(factory));
    if (n > 3 && !avm_dict_update(t, &as_default(args[0])->d, args[3])) return AVM_FAIL;
    if (args[2] && !avm_dict_update(t, &as_default(args[0])->d, args[2])) return AVM_FAIL;
    return AVM_NONE;
}

static AvmValue default_missing(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue factory = avm_incref(factory_of(args[0]));
    (void)n;
    if (factory == AVM_NONE) return avm_raise_key(t, args[1]);
    AvmValue value = avm_call0(t, factory);
    avm_decref(t, factory);
    if (value && avm_setitem(t, args[0], args[1], value)) return value;
    avm_decref(t, value);
    return AVM_FAIL;
}

static AvmValue default_repr(AvmThread *t, AvmValue v) {
    AvmValue base = avm_dict_def.slots.repr(t, v), factory = AVM_FAIL;
    if (!base) return AVM_FAIL;
    // A factory that is a method of this very dict would be shown for ever.
    int entered = avm_repr_enter(t, factory_of(v));
    if (entered > 0) {
        factory = avm_repr(t, factory_of(v));
        avm_repr_leave(t, factory_of(v));
    } else if (entered == 0) {
        factory = avm_value(avm_str_text(t, "..."));
    }
    AvmValue text = AVM_FAIL;
    if (factory) text = avm_value(avm_str_format(t, "%N(%V, %V)", avm_type_of(t, v), factory, base));
    avm_decref(t, base);
    avm_decref(t, factory);
    return text;
}

static AvmValue default_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue parts[] = {factory_of(args[0]), args[0]};
    (void)n;
    return avm_call(t, avm_value(avm_type_of(t, args[0])), parts, 2);
}

static AvmValue default_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op != AVM_OR || !avm_as_dict(t, a) || !avm_as_dict(t, b)) return AVM_NOTIMPL;
    AvmType *type = t->vm->stdlib[AVM_STDLIB_DEFAULTDICT];
    AvmValue self = avm_type_is_sub(avm_type_of(t, a), type) ? a : b;
    AvmValue parts[] = {factory_of(self), a};
    AvmValue result = avm_call(t, avm_value(avm_type_of(t, self)), parts, 2);
    if (!result || avm_dict_update(t, (AvmDict *)avm_obj(result), b)) return result;
    avm_decref(t, result);
    return AVM_FAIL;
}

static AvmValue get_factory(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(factory_of(v));
}

static bool set_factory(AvmThread *t, AvmValue v, AvmValue value) {
    avm_replace(t, &as_default(v)->factory, value ? avm_incref(value) : AVM_NONE);
    return true;
}

static const AvmNativeDef default_methods[] = {
    {"__init__", default_init, "__init__(default_factory=None, /, *args, **kwargs)", "Initialize self."},
    {"__missing__", default_missing, "__missing__(key, /)", "Set self[key] to what the factory makes, and return it."},
    {"copy", default_copy, "copy()", "A shallow copy."},
    {"__copy__", default_copy, "__copy__()", "A shallow copy."},
    {0},
};
static const AvmGetSetDef default_getsets[] = {
    {"default_factory", get_factory, set_factory, "What makes the values of missing keys, or None."},
    {0},
};

static const AvmTypeDef default_def = {
    .name = "collections.defaultdict", .base = AVM_T_DICT, .size = sizeof(DefaultDict),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_DICT,
    .doc = "defaultdict(default_factory=None, /, ...): a dict that makes the values of missing keys.",
    .slots = {.free = default_free, .traverse = default_traverse, .clear = default_free, .repr = default_repr,
              .binary = default_binary},
    .methods = default_methods, .getsets = default_getsets,
};

// Adds 1 to mapping[item] for each item: the loop of Counter.
static AvmValue count_elements(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmDict *d = avm_as_dict(t, args[0]);
    AvmValue one = avm_inline_int_value(1);
    (void)n;
    if (!d) return avm_raise_type(t, "_count_elements() argument 1 must be a dict, not %T", args[0]);
    AvmValue it = avm_iter(t, args[1]);
    bool ok = it;
    for (uint32_t i = 1; ok; i++) {
        AvmValue key = avm_next(t, it), old;
        int64_t hash;
        if (key == AVM_DONE) break;
        ok = key && avm_key_hash(t, key, &hash);
        int found = ok ? avm_dict_get_hashed(t, d, key, hash, &old) : -1;
        AvmValue sum = AVM_EMPTY;
        if (found == 1) {
            avm_incref(old);
            sum = avm_binary(t, AVM_ADD, old, one);
            avm_decref(t, old);
        } else if (found == 0) {
            sum = one;
        }
        ok = sum && avm_dict_set_hashed(t, d, key, hash, sum);
        avm_decref(t, sum);
        avm_decref(t, key);
        if (ok && (i & 4095) == 0) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    return ok ? AVM_NONE : AVM_FAIL;
}

// Moves key to the front of an OrderedDict's pairs: the only change of order that takes time.
static AvmValue move_first(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmDict *d = avm_as_dict(t, args[0]);
    AvmValue value;
    (void)n;
    if (!d) return avm_raise_type(t, "_move_first() argument 1 must be a dict, not %T", args[0]);
    int found = avm_dict_get_new(t, d, args[1], &value);
    if (found < 1) return found ? AVM_FAIL : avm_raise_key(t, args[1]);
    AvmDict *all = avm_dict_copy(t, d);
    bool ok = all;
    if (ok) {
        avm_dict_clear(t, d);
        ok = avm_dict_set(t, d, args[1], value);
        for (uint32_t i = all->first; ok && i < all->nentries; i++) {
            AvmDictEntry *e = &all->entries[i];
            if (e->key != AVM_EMPTY) ok = avm_dict_set_hashed(t, d, e->key, e->hash, e->value);
        }
        avm_drop(t, all);
    }
    avm_decref(t, value);
    return ok ? AVM_NONE : AVM_FAIL;
}

// --- the fields of named tuples

typedef struct TupleGetter {
    AvmObj h;
    int64_t at;
    AvmValue doc;
} TupleGetter;

static inline TupleGetter *as_getter(AvmValue v) { return (TupleGetter *)avm_obj(v); }

static AvmValue getter_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t at;
    (void)n;
    if (!avm_index_exact(t, args[1], &at, NULL)) return AVM_FAIL;
    TupleGetter *g = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (!g) return AVM_FAIL;
    g->at = at;
    g->doc = avm_incref(args[2]);
    return avm_value(g);
}

static void getter_free(AvmThread *t, AvmObj *o) { avm_replace(t, &((TupleGetter *)o)->doc, AVM_NONE); }
static void getter_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((TupleGetter *)o)->doc, arg); }

static AvmValue getter_get(AvmThread *t, AvmValue v, AvmValue obj, AvmType *type) {
    TupleGetter *g = as_getter(v);
    (void)type;
    if (!obj) return avm_incref(v);
    if (!avm_is_sub(t, obj, AVM_TYPE_SUB_TUPLE)) {
        if (obj == AVM_NONE) return avm_incref(v);
        return avm_raise_type(t, "descriptor for index '%lld' for tuple subclasses doesn't apply to '%T' object",
                              (long long)g->at, obj);
    }
    AvmTuple *tuple = (AvmTuple *)avm_obj(obj);
    if (g->at < 0 || g->at >= tuple->len) return avm_raise(t, AVM_EXC(t, IndexError), "tuple index out of range");
    return avm_incref(tuple->items[g->at]);
}

static bool getter_set(AvmThread *t, AvmValue v, AvmValue obj, AvmValue value) {
    (void)v, (void)obj;
    avm_raise(t, AVM_EXC(t, AttributeError), value ? "can't set attribute" : "can't delete attribute");
    return false;
}

static AvmValue getter_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "_tuplegetter(%lld, %R)", (long long)as_getter(v)->at, as_getter(v)->doc));
}

static AvmValue getter_doc(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_getter(v)->doc);
}

static bool getter_set_doc(AvmThread *t, AvmValue v, AvmValue value) {
    avm_replace(t, &as_getter(v)->doc, value ? avm_incref(value) : AVM_NONE);
    return true;
}

static const AvmNativeDef getter_methods[] = {
    {"__new__", getter_make, "__new__(index, doc, /)", "Create and return a new object."},
    {0},
};
static const AvmGetSetDef getter_getsets[] = {
    {"__doc__", getter_doc, getter_set_doc, "What the field is."},
    {0},
};
static const AvmTypeDef getter_def = {
    .name = "_collections._tuplegetter", .size = sizeof(TupleGetter), .flags = AVM_TYPE_IMMUTABLE,
    .slots = {.free = getter_free, .traverse = getter_traverse, .clear = getter_free, .repr = getter_repr,
              .get = getter_get, .set = getter_set},
    .methods = getter_methods, .getsets = getter_getsets,
};

static const AvmNativeDef functions[] = {
    {"_count_elements", count_elements, "_count_elements(mapping, iterable, /)", "Count the items of iterable."},
    {"_move_first", move_first, "_move_first(mapping, key, /)", "Make key the first one."},
    {0},
};

static bool add_type(AvmThread *t, AvmModuleObj *m, const AvmTypeDef *def, int slot, const char *name) {
    AvmType *type = avm_type_from_def(t, def);
    if (!type) return false;
    t->vm->stdlib[slot] = type;
    return !name || avm_module_add(t, m, name, avm_value(type));
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    return add_type(t, m, &avm_deque_def, AVM_STDLIB_DEQUE, "deque") &&
           add_type(t, m, &avm_dequeiter_def, AVM_STDLIB_DEQUEITER, NULL) &&
           add_type(t, m, &avm_dequereviter_def, AVM_STDLIB_DEQUEREVITER, NULL) &&
           add_type(t, m, &default_def, AVM_STDLIB_DEFAULTDICT, "defaultdict") &&
           avm_module_add_type(t, m, &getter_def);
}

const AvmModuleDef avm_collections_module = {"_collections", "Containers: the half in C.", functions, init};
