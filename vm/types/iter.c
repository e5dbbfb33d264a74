// Iterators over the protocols: __getitem__ sequences, callables with a sentinel, enumerate and reversed.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"

typedef struct CallIter {
    AvmObj h;
    AvmValue callee, sentinel; // empty when exhausted
} CallIter;

typedef struct Enumerate {
    AvmObj h;
    int64_t next;   // the next number, while big is empty
    AvmValue big;   // the next number when it no longer fits an int64
    AvmValue source;
    AvmTuple *pair; // the last one given out: used again when nobody keeps it
} Enumerate;

typedef struct Reversed {
    AvmObj h;
    int64_t at; // the next position
    AvmValue sequence;
} Reversed;

AvmValue avm_pair_reuse(AvmThread *t, AvmTuple **slot, AvmValue a, AvmValue b) {
    AvmTuple *pair = *slot;
    if (pair && pair->h.refs == 1 && !(pair->h.flags & AVM_OBJ_WEAKREFS)) {
        AvmValue old_a = pair->items[0], old_b = pair->items[1];
        pair->items[0] = a;
        pair->items[1] = b;
        pair->hash = 0;
        pair->h.refs++;
        avm_decref(t, old_a);
        avm_decref(t, old_b);
        return avm_value(pair);
    }
    AvmTuple *fresh = avm_tuple_new(t, 2);
    if (!fresh) {
        avm_decref(t, a);
        avm_decref(t, b);
        return AVM_FAIL;
    }
    fresh->items[0] = a;
    fresh->items[1] = b;
    *slot = avm_retain(fresh);
    if (pair) avm_drop(t, pair);
    return avm_value(fresh);
}

// The end of a sequence shows as IndexError or StopIteration.
static bool swallow_end(AvmThread *t) {
    return avm_exc_swallow(t, AVM_EXC(t, IndexError)) || avm_exc_swallow(t, AVM_EXC(t, StopIteration));
}

// --- sequences

static void seqiter_free(AvmThread *t, AvmObj *o) { avm_replace(t, &((AvmSeqIter *)o)->sequence, AVM_EMPTY); }
static void seqiter_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmSeqIter *)o)->sequence, arg); }

static AvmValue seqiter_next(AvmThread *t, AvmValue v) {
    AvmSeqIter *it = (AvmSeqIter *)avm_obj(v);
    if (!it->sequence) return AVM_DONE;
    AvmValue sequence = avm_incref(it->sequence);
    AvmValue item = avm_getitem(t, sequence, avm_inline_int_value(it->at));
    avm_decref(t, sequence);
    if (item) {
        it->at++;
        return item;
    }
    if (!swallow_end(t)) return AVM_FAIL;
    seqiter_free(t, &it->h);
    return AVM_DONE;
}

static AvmValue seqiter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmSeqIter *it = (AvmSeqIter *)avm_obj(args[0]);
    (void)n;
    if (!it->sequence) return avm_inline_int_value(0);
    if (!avm_type_of(t, it->sequence)->s.len) return AVM_NOTIMPL;
    int64_t len = avm_len(t, it->sequence);
    if (len < 0) return AVM_FAIL;
    return avm_int_new(t, len > it->at ? len - it->at : 0);
}

// --- iter(callable, sentinel)

AvmValue avm_calliter_new(AvmThread *t, AvmValue callee, AvmValue sentinel) {
    CallIter *it = avm_object_new_id(t, AVM_T_CALLITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->callee = avm_incref(callee);
    it->sentinel = avm_incref(sentinel);
    return avm_value(it);
}

static void calliter_free(AvmThread *t, AvmObj *o) {
    avm_replace(t, &((CallIter *)o)->callee, AVM_EMPTY);
    avm_replace(t, &((CallIter *)o)->sentinel, AVM_EMPTY);
}

static void calliter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    visit(((CallIter *)o)->callee, arg);
    visit(((CallIter *)o)->sentinel, arg);
}

static AvmValue calliter_next(AvmThread *t, AvmValue v) {
    CallIter *it = (CallIter *)avm_obj(v);
    if (!it->callee) return AVM_DONE;
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue callee = avm_incref(it->callee), sentinel = avm_incref(it->sentinel);
    AvmValue item = avm_call0(t, callee);
    int end = -1;
    if (item)
        end = it->callee ? avm_compare_bool(t, AVM_EQ, sentinel, item) : 1;
    else if (avm_exc_swallow(t, AVM_EXC(t, StopIteration)))
        end = 1;
    avm_decref(t, callee);
    avm_decref(t, sentinel);
    avm_native_leave(t);
    if (end == 0) return item;
    avm_decref(t, item);
    if (end < 0) return AVM_FAIL;
    calliter_free(t, &it->h);
    return AVM_DONE;
}

// --- enumerate

static AvmValue enumerate_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!args[1]) return avm_raise_type(t, "enumerate() missing required argument 'iterable'");
    (void)n;
    AvmValue start = args[2] ? avm_unary(t, AVM_TO_INDEX, args[2]) : avm_inline_int_value(0);
    if (!start) return AVM_FAIL;
    Enumerate *e = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (e) {
        if (avm_int_get(start, &e->next)) {
            avm_decref(t, start);
        } else {
            e->big = start;
        }
        e->source = avm_iter(t, args[1]);
        if (e->source) return avm_value(e);
        avm_drop(t, e);
    } else {
        avm_decref(t, start);
    }
    return AVM_FAIL;
}

static void enumerate_free(AvmThread *t, AvmObj *o) {
    Enumerate *e = (Enumerate *)o;
    AvmTuple *pair = e->pair;
    e->pair = NULL;
    avm_replace(t, &e->source, AVM_EMPTY);
    avm_replace(t, &e->big, AVM_EMPTY);
    if (pair) avm_drop(t, pair);
}

static void enumerate_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Enumerate *e = (Enumerate *)o;
    visit(e->source, arg);
    if (e->pair) visit(avm_value(e->pair), arg);
}

static AvmValue take_number(AvmThread *t, Enumerate *e) {
    if (!e->big) {
        AvmValue number = avm_int_new(t, e->next);
        if (number && e->next < INT64_MAX) {
            e->next++;
            return number;
        }
        e->big = number;
    }
    if (!e->big) return AVM_FAIL;
    AvmValue number = e->big;
    e->big = avm_int_binary(t, AVM_ADD, number, avm_inline_int_value(1));
    if (e->big) return number;
    e->big = number;
    return AVM_FAIL;
}

static AvmValue enumerate_next(AvmThread *t, AvmValue v) {
    Enumerate *e = (Enumerate *)avm_obj(v);
    if (!e->source) return AVM_DONE;
    AvmValue item = avm_next(t, e->source);
    if (item == AVM_DONE || !item) return item;
    AvmValue number = take_number(t, e);
    if (!number) {
        avm_decref(t, item);
        return AVM_FAIL;
    }
    return avm_pair_reuse(t, &e->pair, number, item);
}

// --- reversed

static AvmValue reversed_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *cls = (AvmType *)avm_obj(args[0]), *type = avm_type_of(t, args[1]);
    (void)n;
    AvmValue method = avm_type_lookup(t, type, AVM_NAME(t, __reversed__));
    if (method != AVM_EMPTY && method != AVM_NONE)
        return avm_call_special(t, args[1], AVM_NAME(t, __reversed__), NULL, 0);
    if (method == AVM_NONE || !type->s.getitem || avm_has_flag(type, AVM_TYPE_SUB_DICT) ||
        avm_is(args[1], AVM_T_MAPPINGPROXY))
        return avm_raise_type(t, "'%T' object is not reversible", args[1]);
    int64_t len = avm_len(t, args[1]);
    Reversed *r = len >= 0 ? avm_object_new(t, cls, 0) : NULL;
    if (!r) return AVM_FAIL;
    r->at = len - 1;
    r->sequence = avm_incref(args[1]);
    return avm_value(r);
}

static void reversed_free(AvmThread *t, AvmObj *o) { avm_replace(t, &((Reversed *)o)->sequence, AVM_EMPTY); }
static void reversed_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((Reversed *)o)->sequence, arg); }

static AvmValue reversed_next(AvmThread *t, AvmValue v) {
    Reversed *r = (Reversed *)avm_obj(v);
    if (!r->sequence) return AVM_DONE;
    if (r->at >= 0) {
        AvmValue sequence = avm_incref(r->sequence);
        AvmValue index = avm_int_new(t, r->at);
        AvmValue item = index ? avm_getitem(t, sequence, index) : AVM_FAIL;
        avm_decref(t, index);
        avm_decref(t, sequence);
        if (item) {
            r->at--;
            return item;
        }
        if (!swallow_end(t)) return AVM_FAIL;
    }
    r->at = -1;
    reversed_free(t, &r->h);
    return AVM_DONE;
}

static AvmValue reversed_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    Reversed *r = (Reversed *)avm_obj(args[0]);
    (void)n;
    if (!r->sequence) return avm_inline_int_value(0);
    int64_t len = avm_len(t, r->sequence);
    if (len < 0) return AVM_FAIL;
    return avm_int_new(t, r->at + 1 > len ? 0 : r->at + 1);
}

static const AvmNativeDef seqiter_methods[] = {
    {"__length_hint__", seqiter_hint, "__length_hint__()", "About how many items are left.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef enumerate_methods[] = {
    {"__new__", enumerate_make, "__new__(iterable=..., start=0)", "Create and return a new object.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmNativeDef reversed_methods[] = {
    {"__new__", reversed_make, "__new__(sequence, /)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__length_hint__", reversed_hint, "__length_hint__()", "About how many items are left.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_seqiter_def = {
    .name = "iterator", .id = AVM_T_SEQITER, .size = sizeof(AvmSeqIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = seqiter_free, .traverse = seqiter_traverse, .clear = seqiter_free, .iter = avm_iter_self,
              .next = seqiter_next},
    .methods = seqiter_methods,
};
const AvmTypeDef avm_calliter_def = {
    .name = "callable_iterator", .id = AVM_T_CALLITER, .size = sizeof(CallIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = calliter_free, .traverse = calliter_traverse, .clear = calliter_free, .iter = avm_iter_self,
              .next = calliter_next},
};
const AvmTypeDef avm_enumerate_def = {
    .name = "enumerate", .id = AVM_T_ENUMERATE, .size = sizeof(Enumerate),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "enumerate(iterable, start=0): an iterator of pairs (number, item).",
    .slots = {.free = enumerate_free, .traverse = enumerate_traverse, .clear = enumerate_free,
              .iter = avm_iter_self, .next = enumerate_next},
    .methods = enumerate_methods,
};
const AvmTypeDef avm_reversed_def = {
    .name = "reversed", .id = AVM_T_REVERSED, .size = sizeof(Reversed),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "reversed(sequence): an iterator over the items from the last to the first.",
    .slots = {.free = reversed_free, .traverse = reversed_traverse, .clear = reversed_free, .iter = avm_iter_self,
              .next = reversed_next},
    .methods = reversed_methods,
};
