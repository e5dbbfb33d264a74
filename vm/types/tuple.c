// tuple: its array, slots and methods.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/list_parts.h"

static inline AvmTuple *as_tuple(AvmValue v) { return (AvmTuple *)avm_obj(v); }

AvmTuple *avm_tuple_new(AvmThread *t, uint32_t n) {
    if (n == 0 && t->vm->empty_tuple) return avm_retain(t->vm->empty_tuple);
    if (n > AVM_SEQ_MAX) {
        avm_raise_memory(t);
        return NULL;
    }
    AvmTuple *tuple = avm_object_new_id(t, AVM_T_TUPLE, sizeof *tuple + n * sizeof(AvmValue));
    if (tuple) tuple->len = n;
    return tuple;
}

AvmTuple *avm_tuple_from(AvmThread *t, const AvmValue *items, uint32_t n) {
    AvmTuple *tuple = avm_tuple_new(t, n);
    if (!tuple) return NULL;
    for (uint32_t i = 0; i < n; i++) tuple->items[i] = avm_incref(items[i]);
    return tuple;
}

AvmTuple *avm_tuple_from_list(AvmThread *t, AvmList *list) { return avm_tuple_from(t, list->items, list->len); }

AvmTuple *avm_tuple_from_iter(AvmThread *t, AvmValue iterable) {
    if (avm_is_tuple(iterable)) return (AvmTuple *)avm_obj(avm_incref(iterable));
    if (avm_is_list(iterable)) return avm_tuple_from_list(t, (AvmList *)avm_obj(iterable));
    AvmList *list = avm_list_from_iter(t, iterable);
    if (!list) return NULL;
    AvmTuple *tuple = avm_tuple_new(t, list->len);
    if (tuple && list->len) {
        memcpy(tuple->items, list->items, list->len * sizeof *list->items);
        list->len = 0; // its references have moved
    }
    avm_drop(t, list);
    return tuple;
}

// --- slots

static void tuple_free(AvmThread *t, AvmObj *o) {
    AvmTuple *tuple = (AvmTuple *)o;
    uint32_t n = tuple->len;
    tuple->len = 0;
    while (n > 0) avm_decref(t, tuple->items[--n]);
}

static void tuple_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTuple *tuple = (AvmTuple *)o;
    for (uint32_t i = tuple->len; i-- > 0;) visit(tuple->items[i], arg); // the last first, as CPython does
}

static AvmValue tuple_repr(AvmThread *t, AvmValue v) { return avm_seq_repr(t, v, "(", ")", true); }

// xxHash's mixing of the items' hashes, as CPython's tuples have it.
static bool tuple_hash(AvmThread *t, AvmValue v, int64_t *out) {
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u, prime5 = 2870177450012600261u;
    AvmTuple *tuple = as_tuple(v);
    if (tuple->hash) {
        *out = tuple->hash;
        return true;
    }
    if (!avm_native_enter(t)) return false;
    uint64_t h = prime5;
    bool ok = true;
    for (uint32_t i = 0; ok && i < tuple->len; i++) {
        int64_t item = 0;
        ok = avm_key_hash(t, tuple->items[i], &item);
        h += (uint64_t)item * prime2;
        h = (h << 31 | h >> 33) * prime1;
    }
    avm_native_leave(t);
    if (!ok) return false;
    h += tuple->len ^ (prime5 ^ 3527539u);
    if (h == UINT64_MAX) h = 1546275796;
    *out = tuple->hash = (int64_t)h;
    return true;
}

static int64_t tuple_len(AvmThread *t, AvmValue v) {
    (void)t;
    return as_tuple(v)->len;
}

static AvmValue tuple_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmTuple *tuple = as_tuple(v);
    int64_t i, start, step, count;
    if (avm_is(key, AVM_T_SLICE)) {
        if (!avm_slice_indices(t, (AvmSlice *)avm_obj(key), tuple->len, &start, &step, &count)) return AVM_FAIL;
        if (step == 1 && count == tuple->len && avm_is_tuple(v)) return avm_incref(v);
        if (step == 1) return avm_value(avm_tuple_from(t, tuple->items + start, (uint32_t)count));
        AvmTuple *part = avm_tuple_new(t, (uint32_t)count);
        for (i = 0; part && i < count; i++) part->items[i] = avm_incref(tuple->items[start + i * step]);
        return avm_value(part);
    }
    if (!avm_seq_index(t, key, "tuple indices must be integers or slices, not %T", &i)) return AVM_FAIL;
    if (i < 0) i += tuple->len;
    if (i < 0 || i >= tuple->len) return avm_raise(t, AVM_EXC(t, IndexError), "tuple index out of range");
    return avm_incref(tuple->items[i]);
}

static AvmValue tuple_concat(AvmThread *t, AvmValue a, AvmValue b) {
    if (!avm_is_sub(t, a, AVM_TYPE_SUB_TUPLE) || !avm_is_sub(t, b, AVM_TYPE_SUB_TUPLE)) return AVM_NOTIMPL;
    AvmTuple *x = as_tuple(a), *y = as_tuple(b);
    if (!y->len && avm_is_tuple(a)) return avm_incref(a);
    if (!x->len && avm_is_tuple(b)) return avm_incref(b);
    if ((uint64_t)x->len + y->len > AVM_SEQ_MAX) return avm_raise_memory(t);
    AvmTuple *sum = avm_tuple_new(t, x->len + y->len);
    if (!sum) return AVM_FAIL;
    for (uint32_t i = 0; i < x->len; i++) sum->items[i] = avm_incref(x->items[i]);
    for (uint32_t i = 0; i < y->len; i++) sum->items[x->len + i] = avm_incref(y->items[i]);
    return avm_value(sum);
}

static AvmValue tuple_repeat(AvmThread *t, AvmValue v, AvmValue count) {
    int64_t times = avm_seq_times(t, count);
    if (times == -2) return AVM_NOTIMPL;
    if (times < 0) return AVM_FAIL;
    AvmTuple *tuple = as_tuple(v);
    if ((times == 1 || !tuple->len) && avm_is_tuple(v)) return avm_incref(v);
    if (tuple->len && times > AVM_SEQ_MAX / tuple->len) return avm_raise_memory(t);
    uint64_t total = (uint64_t)tuple->len * (uint64_t)times;
    if (total > 4096 && !avm_charge(t, total)) return AVM_FAIL;
    AvmTuple *result = avm_tuple_new(t, tuple->len ? (uint32_t)total : 0);
    for (uint64_t i = 0; result && tuple->len && i < total; i++) {
        AvmValue item = i < tuple->len ? tuple->items[i] : result->items[i - tuple->len];
        result->items[i] = avm_incref(item);
    }
    return avm_value(result);
}

static AvmValue tuple_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op == AVM_ADD) return tuple_concat(t, a, b);
    if (op != AVM_MUL) return AVM_NOTIMPL;
    return avm_is_sub(t, a, AVM_TYPE_SUB_TUPLE) ? tuple_repeat(t, a, b) : tuple_repeat(t, b, a);
}

// --- methods

static AvmValue tuple_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *cls = (AvmType *)avm_obj(args[0]);
    (void)n;
    AvmTuple *items = args[1] ? avm_tuple_from_iter(t, args[1]) : avm_tuple_new(t, 0);
    if (!items || cls->id == AVM_T_TUPLE) return avm_value(items);
    AvmTuple *tuple = avm_object_new(t, cls, items->len * sizeof(AvmValue));
    if (tuple) {
        tuple->len = items->len;
        for (uint32_t i = 0; i < items->len; i++) tuple->items[i] = avm_incref(items->items[i]);
    }
    avm_drop(t, items);
    return avm_value(tuple);
}

static AvmValue tuple_count(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTuple *tuple = as_tuple(args[0]);
    uint32_t count = 0;
    (void)n;
    for (uint32_t i = 0; i < tuple->len; i++) {
        int same = avm_compare_bool(t, AVM_EQ, tuple->items[i], args[1]);
        if (same < 0) return AVM_FAIL;
        count += (uint32_t)same;
    }
    return avm_inline_int_value(count);
}

static AvmValue tuple_index(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTuple *tuple = as_tuple(args[0]);
    uint32_t from, to;
    (void)n;
    if (!avm_seq_bounds(t, args[2], args[3], tuple->len, &from, &to)) return AVM_FAIL;
    for (uint32_t i = from; i < to; i++) {
        int same = avm_compare_bool(t, AVM_EQ, tuple->items[i], args[1]);
        if (same < 0) return AVM_FAIL;
        if (same) return avm_inline_int_value(i);
    }
    return avm_raise_value(t, "tuple.index(x): x not in tuple");
}

static AvmValue tuple_getnewargs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTuple *plain = avm_tuple_from(t, as_tuple(args[0])->items, as_tuple(args[0])->len);
    if (!plain) return AVM_FAIL;
    AvmValue inner = avm_value(plain);
    AvmTuple *outer = avm_tuple_from(t, &inner, 1);
    avm_decref(t, inner);
    return avm_value(outer);
}

static const AvmNativeDef tuple_methods[] = {
    {"__new__", tuple_make, "__new__(iterable=(), /)", "Create and return a new object.", AVM_DEF_METHOD},
    {"count", tuple_count, "count(value, /)", "How many items equal value.", AVM_DEF_METHOD},
    {"index", tuple_index, "index(value, start=0, stop=9223372036854775807, /)",
     "Position of the first item equal to value; ValueError if there is none.", AVM_DEF_METHOD},
    {"__getnewargs__", tuple_getnewargs, "__getnewargs__()", "What __new__ needs to make a copy.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};

// --- the iterator

typedef struct TupleIter {
    AvmObj h;
    uint32_t at;
    AvmTuple *tuple; // NULL when exhausted
} TupleIter;

static AvmValue tuple_iter(AvmThread *t, AvmValue v) {
    TupleIter *it = avm_object_new_id(t, AVM_T_TUPLEITER, sizeof *it);
    if (it) it->tuple = (AvmTuple *)avm_obj(avm_incref(v));
    return avm_value(it);
}

static void tupleiter_free(AvmThread *t, AvmObj *o) {
    TupleIter *it = (TupleIter *)o;
    AvmTuple *tuple = it->tuple;
    it->tuple = NULL;
    if (tuple) avm_drop(t, tuple);
}

static void tupleiter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((TupleIter *)o)->tuple) visit(avm_value(((TupleIter *)o)->tuple), arg);
}

static AvmValue tupleiter_next(AvmThread *t, AvmValue v) {
    TupleIter *it = (TupleIter *)avm_obj(v);
    if (!it->tuple) return AVM_DONE;
    if (it->at < it->tuple->len) return avm_incref(it->tuple->items[it->at++]);
    tupleiter_free(t, &it->h);
    return AVM_DONE;
}

static AvmValue tupleiter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    TupleIter *it = (TupleIter *)avm_obj(args[0]);
    (void)t, (void)n;
    return avm_inline_int_value(it->tuple ? it->tuple->len - it->at : 0);
}

static const AvmNativeDef tupleiter_methods[] = {
    {"__length_hint__", tupleiter_hint, "__length_hint__()", "About how many items are left.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_tupleiter_def = {
    .name = "tuple_iterator", .id = AVM_T_TUPLEITER, .size = sizeof(TupleIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = tupleiter_free, .traverse = tupleiter_traverse, .clear = tupleiter_free,
              .iter = avm_iter_self, .next = tupleiter_next},
    .methods = tupleiter_methods,
};

const AvmTypeDef avm_tuple_def = {
    .name = "tuple", .id = AVM_T_TUPLE, .size = sizeof(AvmTuple),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_TUPLE | AVM_TYPE_VARSIZE,
    .doc = "An immutable sequence. tuple(iterable) makes one of its items.",
    .slots = {.free = tuple_free, .traverse = tuple_traverse, .repr = tuple_repr, .hash = tuple_hash,
              .iter = tuple_iter, .len = tuple_len, .getitem = tuple_getitem, .contains = avm_seq_contains,
              .binary = tuple_binary, .compare = avm_seq_compare},
    .methods = tuple_methods,
};
