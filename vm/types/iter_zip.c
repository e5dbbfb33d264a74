// zip, map and filter: iterators over other iterators.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/list_parts.h"

// zip: func is empty. map: calls func with an item of each source. filter: one source.
typedef struct Lazy {
    AvmObj h;
    AvmValue func;
    AvmTuple *sources; // iterators
    AvmTuple *result;  // zip: the last one given out, used again when nobody keeps it
    bool strict;
} Lazy;

static void lazy_free(AvmThread *t, AvmObj *o) {
    Lazy *z = (Lazy *)o;
    AvmTuple *sources = z->sources, *result = z->result;
    z->sources = z->result = NULL;
    avm_replace(t, &z->func, AVM_EMPTY);
    if (sources) avm_drop(t, sources);
    if (result) avm_drop(t, result);
}

static void lazy_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Lazy *z = (Lazy *)o;
    visit(z->func, arg);
    if (z->sources) visit(avm_value(z->sources), arg);
    if (z->result) visit(avm_value(z->result), arg);
}

static AvmValue lazy_new(AvmThread *t, AvmValue cls, AvmValue func, const AvmValue *iterables, uint32_t n) {
    AvmTuple *sources = avm_tuple_new(t, n);
    if (!sources) return AVM_FAIL;
    Lazy *z = NULL;
    uint32_t i = 0;
    while (i < n && (sources->items[i] = avm_iter(t, iterables[i]))) i++;
    if (i == n) z = avm_object_new(t, (AvmType *)avm_obj(cls), 0);
    if (!z) {
        avm_drop(t, sources);
        return AVM_FAIL;
    }
    z->func = avm_incref(func);
    z->sources = sources;
    return avm_value(z);
}

// --- zip

static AvmValue zip_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int strict = args[1] ? avm_truth(t, args[1]) : 0;
    if (strict < 0) return AVM_FAIL;
    AvmValue z = lazy_new(t, args[0], AVM_EMPTY, args + 2, n - 2);
    if (z) ((Lazy *)avm_obj(z))->strict = strict;
    return z;
}

static AvmValue uneven(AvmThread *t, uint32_t number, const char *how) {
    return avm_raise_value(t, "zip() argument %u is %s than argument%s%u", number + 1, how,
                           number == 1 ? " " : "s 1-", number);
}

// Source `ended` had nothing more: are the others at their end too?
static AvmValue zip_end(AvmThread *t, Lazy *z, uint32_t ended) {
    if (!z->strict) return AVM_DONE;
    if (ended) return uneven(t, ended, "shorter");
    for (uint32_t i = 1; i < z->sources->len; i++) {
        AvmValue item = avm_next(t, z->sources->items[i]);
        if (!item) return AVM_FAIL;
        if (item != AVM_DONE) {
            avm_decref(t, item);
            return uneven(t, i, "longer");
        }
    }
    return AVM_DONE;
}

static AvmValue zip_next(AvmThread *t, AvmValue v) {
    Lazy *z = (Lazy *)avm_obj(v);
    uint32_t n = z->sources ? z->sources->len : 0;
    if (!n) return AVM_DONE;
    AvmTuple *result = z->result;
    bool again = result && result->h.refs == 1 && !(result->h.flags & AVM_OBJ_WEAKREFS);
    if (again)
        result->h.refs++;
    else if (!(result = avm_tuple_new(t, n)))
        return AVM_FAIL;
    for (uint32_t i = 0; i < n; i++) {
        AvmValue item = avm_next(t, z->sources->items[i]);
        if (item == AVM_DONE || !item) {
            avm_drop(t, result);
            return item ? zip_end(t, z, i) : AVM_FAIL;
        }
        avm_replace(t, &result->items[i], item);
    }
    result->hash = 0;
    if (!again) {
        AvmTuple *old = z->result;
        z->result = avm_retain(result);
        if (old) avm_drop(t, old);
    }
    return avm_value(result);
}

// --- map

static AvmValue map_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n < 3) return avm_raise_type(t, "map() must have at least two arguments.");
    return lazy_new(t, args[0], args[1], args + 2, n - 2);
}

static AvmValue map_next(AvmThread *t, AvmValue v) {
    Lazy *z = (Lazy *)avm_obj(v);
    AvmValue few[8], *items = few, result = AVM_FAIL;
    if (!z->sources) return AVM_DONE;
    uint32_t n = z->sources->len, got = 0;
    if (n > 8 && !(items = avm_alloc(&t->vm->alloc, n * sizeof *items))) return avm_raise_memory(t);
    for (; got < n; got++) {
        items[got] = avm_next(t, z->sources->items[got]);
        if (items[got] == AVM_DONE || !items[got]) {
            result = items[got];
            break;
        }
    }
    if (got == n && avm_native_enter(t)) {
        result = avm_call(t, z->func, items, n);
        avm_native_leave(t);
    }
    while (got > 0) avm_decref(t, items[--got]);
    if (items != few) avm_release(&t->vm->alloc, items, n * sizeof *items);
    return result;
}

// --- filter

static AvmValue filter_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return lazy_new(t, args[0], args[1], args + 2, 1);
}

// Is func(item) true? 1, 0, -1.
static int accepts(AvmThread *t, AvmValue func, AvmValue item) {
    if (!avm_native_enter(t)) return -1;
    AvmValue answer = avm_call1(t, func, item);
    int good = answer ? avm_truth(t, answer) : -1;
    avm_decref(t, answer);
    avm_native_leave(t);
    return good;
}

static AvmValue filter_next(AvmThread *t, AvmValue v) {
    Lazy *z = (Lazy *)avm_obj(v);
    if (!z->sources) return AVM_DONE;
    bool by_truth = z->func == AVM_NONE || z->func == avm_value(avm_type_get(t, AVM_T_BOOL));
    for (uint32_t steps = 1;; steps++) {
        AvmValue item = avm_next(t, z->sources->items[0]);
        if (item == AVM_DONE || !item) return item;
        int good = by_truth ? avm_truth(t, item) : accepts(t, z->func, item);
        if (good == 1) return item;
        avm_decref(t, item);
        if (good < 0) return AVM_FAIL;
        if ((steps & 1023) == 0 && !avm_charge(t, 1024)) return AVM_FAIL;
    }
}

static const AvmNativeDef zip_methods[] = {
    {"__new__", zip_make, "__new__(*iterables, strict=False)", "Create and return a new object.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef map_methods[] = {
    {"__new__", map_make, "__new__(*args)", "Create and return a new object.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef filter_methods[] = {
    {"__new__", filter_make, "__new__(function, iterable, /)", "Create and return a new object.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_zip_def = {
    .name = "zip", .id = AVM_T_ZIP, .size = sizeof(Lazy), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "zip(*iterables, strict=False): an iterator of tuples with an item of each iterable.",
    .slots = {.free = lazy_free, .traverse = lazy_traverse, .clear = lazy_free, .iter = avm_iter_self,
              .next = zip_next},
    .methods = zip_methods,
};
const AvmTypeDef avm_map_def = {
    .name = "map", .id = AVM_T_MAP, .size = sizeof(Lazy), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "map(function, *iterables): an iterator of what function returns for an item of each iterable.",
    .slots = {.free = lazy_free, .traverse = lazy_traverse, .clear = lazy_free, .iter = avm_iter_self,
              .next = map_next},
    .methods = map_methods,
};
const AvmTypeDef avm_filter_def = {
    .name = "filter", .id = AVM_T_FILTER, .size = sizeof(Lazy), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "filter(function, iterable): an iterator of the items for which function returns something true.",
    .slots = {.free = lazy_free, .traverse = lazy_traverse, .clear = lazy_free, .iter = avm_iter_self,
              .next = filter_next},
    .methods = filter_methods,
};
