// collections.deque: a ring of values, and its iterators.
#include "stdlib/collections.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

// Item i stands at ring[(start + i) & (cap - 1)].
typedef struct Deque {
    AvmObj h;
    uint32_t start, len, cap; // cap: a power of two, or 0
    uint32_t changes;         // of length or order: iterators look at it
    int64_t maxlen;           // -1: none
    AvmValue *ring;
} Deque;

typedef struct DequeIter {
    AvmObj h;
    uint32_t at, changes;
    AvmValue deque; // empty when exhausted
} DequeIter;

static inline Deque *as_deque(AvmValue v) { return (Deque *)avm_obj(v); }
static inline AvmValue *item_at(Deque *d, uint32_t i) { return &d->ring[(d->start + i) & (d->cap - 1)]; }
static AvmType *deque_type(AvmThread *t) { return t->vm->stdlib[AVM_STDLIB_DEQUE]; }
static bool is_deque(AvmThread *t, AvmValue v) {
    return avm_is_obj(v) && avm_type_is_sub(avm_type_of(t, v), deque_type(t));
}

// --- the ring

static bool grow(AvmThread *t, Deque *d) {
    if (d->len < d->cap) return true;
    uint64_t cap = d->cap ? (uint64_t)d->cap * 2 : 8;
    AvmValue *ring = cap <= AVM_SEQ_MAX ? avm_alloc(&t->vm->alloc, cap * sizeof *ring) : NULL;
    if (!ring) {
        avm_raise_memory(t);
        return false;
    }
    for (uint32_t i = 0; i < d->len; i++) ring[i] = *item_at(d, i);
    avm_release(&t->vm->alloc, d->ring, d->cap * sizeof *ring);
    d->ring = ring;
    d->cap = (uint32_t)cap;
    d->start = 0;
    return true;
}

static AvmValue take_first(Deque *d) {
    AvmValue v = *item_at(d, 0);
    d->start = (d->start + 1) & (d->cap - 1);
    d->len--;
    d->changes++;
    return v;
}

static AvmValue take_last(Deque *d) {
    d->changes++;
    return *item_at(d, --d->len);
}

// Adds v (a new reference); beyond maxlen the other end gives an item up.
static bool push_last(AvmThread *t, Deque *d, AvmValue v) {
    if (!grow(t, d)) return false;
    *item_at(d, d->len++) = avm_incref(v);
    d->changes++;
    if (d->maxlen >= 0 && d->len > d->maxlen) avm_decref(t, take_first(d));
    return true;
}

static bool push_first(AvmThread *t, Deque *d, AvmValue v) {
    if (!grow(t, d)) return false;
    d->start = (d->start + d->cap - 1) & (d->cap - 1);
    d->len++;
    d->changes++;
    *item_at(d, 0) = avm_incref(v);
    if (d->maxlen >= 0 && d->len > d->maxlen) avm_decref(t, take_last(d));
    return true;
}

static void empty(AvmThread *t, Deque *d) {
    Deque old = *d;
    d->ring = NULL;
    d->start = d->len = d->cap = 0;
    d->changes++;
    for (uint32_t i = 0; i < old.len; i++) avm_decref(t, *item_at(&old, i));
    avm_release(&t->vm->alloc, old.ring, old.cap * sizeof *old.ring);
}

static bool extend(AvmThread *t, Deque *d, AvmValue iterable, bool (*push)(AvmThread *, Deque *, AvmValue)) {
    AvmValue source = avm_value(d) == iterable ? avm_value(avm_list_from_iter(t, iterable)) : avm_incref(iterable);
    AvmValue it = source ? avm_iter(t, source) : AVM_FAIL;
    avm_decref(t, source);
    if (!it) return false;
    bool ok = true;
    for (uint32_t i = 1; ok; i++) {
        AvmValue v = avm_next(t, it);
        if (v == AVM_DONE) break;
        ok = v && push(t, d, v);
        avm_decref(t, v);
        if (ok && (i & 4095) == 0) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    return ok;
}

// Item i goes to the front: O(n) at most, in halves.
static void rotate(Deque *d, int64_t n) {
    if (d->len < 2) return;
    n %= d->len;
    if (n < 0) n += d->len;
    if (n == 0) return;
    d->changes++;
    if (n <= d->len / 2) {
        for (; n > 0; n--) {
            AvmValue v = *item_at(d, d->len - 1);
            d->start = (d->start + d->cap - 1) & (d->cap - 1);
            *item_at(d, 0) = v;
        }
    } else {
        for (n = d->len - n; n > 0; n--) {
            AvmValue v = *item_at(d, 0);
            d->start = (d->start + 1) & (d->cap - 1);
            *item_at(d, d->len - 1) = v;
        }
    }
}

// Takes item i out, keeping the order of the others.
static AvmValue take_at(Deque *d, uint32_t i) {
    AvmValue v = *item_at(d, i);
    for (; i + 1 < d->len; i++) *item_at(d, i) = *item_at(d, i + 1);
    d->len--;
    d->changes++;
    return v;
}

// --- slots

static void deque_free(AvmThread *t, AvmObj *o) { empty(t, (Deque *)o); }

static void deque_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Deque *d = (Deque *)o;
    for (uint32_t i = 0; i < d->len; i++) visit(*item_at(d, i), arg);
}

static AvmValue deque_repr(AvmThread *t, AvmValue v) {
    Deque *d = as_deque(v);
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_text(t, "[...]"));
    AvmList *list = avm_list_from_iter(t, v);
    AvmValue text = AVM_FAIL;
    if (list && d->maxlen >= 0)
        text = avm_value(avm_str_format(t, "%N(%R, maxlen=%lld)", avm_type_of(t, v), avm_value(list), (long long)d->maxlen));
    else if (list)
        text = avm_value(avm_str_format(t, "%N(%R)", avm_type_of(t, v), avm_value(list)));
    if (list) avm_drop(t, list);
    avm_repr_leave(t, v);
    return text;
}

static int64_t deque_len(AvmThread *t, AvmValue v) {
    (void)t;
    return as_deque(v)->len;
}

static bool position(AvmThread *t, Deque *d, AvmValue key, uint32_t *at) {
    int64_t i;
    if (!avm_seq_index(t, key, "sequence index must be integer, not '%T'", &i)) return false;
    if (i < 0) i += d->len;
    if (i < 0 || i >= d->len) {
        avm_raise(t, AVM_EXC(t, IndexError), "deque index out of range");
        return false;
    }
    *at = (uint32_t)i;
    return true;
}

static AvmValue deque_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    uint32_t at;
    return position(t, as_deque(v), key, &at) ? avm_incref(*item_at(as_deque(v), at)) : AVM_FAIL;
}

static bool deque_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    uint32_t at;
    if (!position(t, as_deque(v), key, &at)) return false;
    if (value)
        avm_replace(t, item_at(as_deque(v), at), avm_incref(value));
    else
        avm_decref(t, take_at(as_deque(v), at));
    return true;
}

// The position of x in [from, to), -1: none, -2: exception.
static int64_t find(AvmThread *t, Deque *d, AvmValue x, uint32_t from, uint32_t to) {
    uint32_t changes = d->changes;
    for (uint32_t i = from; i < to; i++) {
        AvmValue item = avm_incref(*item_at(d, i));
        int same = avm_compare_bool(t, AVM_EQ, item, x);
        avm_decref(t, item);
        if (same < 0) return -2;
        if (changes != d->changes) {
            avm_raise(t, AVM_EXC(t, RuntimeError), "deque mutated during iteration");
            return -2;
        }
        if (same) return i;
    }
    return -1;
}

static int deque_contains(AvmThread *t, AvmValue v, AvmValue x) {
    int64_t at = find(t, as_deque(v), x, 0, as_deque(v)->len);
    return at == -2 ? -1 : at >= 0;
}

static AvmValue deque_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!is_deque(t, b)) return AVM_NOTIMPL;
    AvmList *x = avm_list_from_iter(t, a), *y = x ? avm_list_from_iter(t, b) : NULL;
    AvmValue result = y ? avm_compare(t, op, avm_value(x), avm_value(y)) : AVM_FAIL;
    if (x) avm_drop(t, x);
    if (y) avm_drop(t, y);
    return result;
}

// A new deque of v's class with the same items and maxlen.
static AvmValue copy_of(AvmThread *t, AvmValue v) {
    Deque *d = as_deque(v);
    AvmType *type = avm_type_of(t, v);
    if (type != deque_type(t)) {
        AvmValue args[] = {v, avm_inline_int_value(d->maxlen)};
        return avm_call(t, avm_value(type), args, d->maxlen >= 0 ? 2 : 1);
    }
    Deque *copy = avm_object_new(t, type, 0);
    if (!copy) return AVM_FAIL;
    copy->maxlen = d->maxlen;
    if (extend(t, copy, v, push_last)) return avm_value(copy);
    avm_drop(t, copy);
    return AVM_FAIL;
}

// Makes d what `d * times` is.
static bool multiply(AvmThread *t, Deque *d, AvmValue count) {
    int64_t times = avm_seq_times(t, count);
    if (times < 0) return false;
    if (times == 0) {
        empty(t, d);
        return true;
    }
    uint32_t n = d->len;
    if (n && times > AVM_SEQ_MAX / n) {
        avm_raise_memory(t);
        return false;
    }
    if (n && d->maxlen >= 0 && times > d->maxlen / n + 1) times = d->maxlen / n + 1;
    AvmList *items = avm_list_from_iter(t, avm_value(d));
    bool ok = items && avm_charge(t, n * (uint64_t)times);
    for (int64_t i = 1; ok && i < times; i++)
        for (uint32_t k = 0; ok && k < n; k++) ok = push_last(t, d, items->items[k]);
    if (items) avm_drop(t, items);
    return ok;
}

static AvmValue deque_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op == AVM_MUL) {
        AvmValue d = is_deque(t, a) ? a : b, count = is_deque(t, a) ? b : a;
        if (!avm_has_index(t, count)) return AVM_NOTIMPL;
        AvmValue result = copy_of(t, d);
        if (result && multiply(t, as_deque(result), count)) return result;
        avm_decref(t, result);
        return AVM_FAIL;
    }
    if (op != AVM_ADD || !is_deque(t, a)) return AVM_NOTIMPL;
    if (!is_deque(t, b)) return avm_raise_type(t, "can only concatenate deque (not \"%T\") to deque", b);
    AvmValue result = copy_of(t, a);
    if (result && extend(t, as_deque(result), b, push_last)) return result;
    avm_decref(t, result);
    return AVM_FAIL;
}

static AvmValue deque_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    bool ok;
    if (op == AVM_ADD)
        ok = extend(t, as_deque(a), b, push_last);
    else if (op == AVM_MUL && avm_has_index(t, b))
        ok = multiply(t, as_deque(a), b);
    else
        return AVM_NOTIMPL;
    return ok ? avm_incref(a) : AVM_FAIL;
}

// --- iterators

static AvmValue iter_new(AvmThread *t, AvmValue v, int slot) {
    DequeIter *it = avm_object_new(t, t->vm->stdlib[slot], 0);
    if (!it) return AVM_FAIL;
    it->deque = avm_incref(v);
    it->changes = as_deque(v)->changes;
    return avm_value(it);
}

static AvmValue deque_iter(AvmThread *t, AvmValue v) { return iter_new(t, v, AVM_STDLIB_DEQUEITER); }

static void iter_free(AvmThread *t, AvmObj *o) { avm_replace(t, &((DequeIter *)o)->deque, AVM_EMPTY); }
static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((DequeIter *)o)->deque, arg); }

static AvmValue iter_step(AvmThread *t, DequeIter *it, bool reversed) {
    if (!it->deque) return AVM_DONE;
    Deque *d = as_deque(it->deque);
    if (it->changes != d->changes) {
        iter_free(t, &it->h);
        return avm_raise(t, AVM_EXC(t, RuntimeError), "deque mutated during iteration");
    }
    if (it->at < d->len) {
        uint32_t i = it->at++;
        return avm_incref(*item_at(d, reversed ? d->len - 1 - i : i));
    }
    iter_free(t, &it->h);
    return AVM_DONE;
}

static AvmValue iter_next(AvmThread *t, AvmValue v) { return iter_step(t, (DequeIter *)avm_obj(v), false); }
static AvmValue reviter_next(AvmThread *t, AvmValue v) { return iter_step(t, (DequeIter *)avm_obj(v), true); }

static AvmValue iter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    DequeIter *it = (DequeIter *)avm_obj(args[0]);
    (void)t, (void)n;
    return avm_inline_int_value(it->deque && it->at < as_deque(it->deque)->len ? as_deque(it->deque)->len - it->at : 0);
}

// --- methods

static AvmValue deque_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Deque *d = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (d) d->maxlen = -1;
    return avm_value(d);
}

static AvmValue deque_init(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    int64_t maxlen = -1;
    (void)n;
    if (args[2] && args[2] != AVM_NONE) {
        if (!avm_is_int(t, args[2])) return avm_raise_type(t, "an integer is required");
        if (!avm_index_exact(t, args[2], &maxlen, NULL)) return AVM_FAIL;
        if (maxlen < 0) return avm_raise_value(t, "maxlen must be non-negative");
    }
    d->maxlen = maxlen;
    empty(t, d);
    return !args[1] || extend(t, d, args[1], push_last) ? AVM_NONE : AVM_FAIL;
}

static AvmValue deque_append(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return push_last(t, as_deque(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}
static AvmValue deque_appendleft(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return push_first(t, as_deque(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}
static AvmValue deque_extend(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return extend(t, as_deque(args[0]), args[1], push_last) ? AVM_NONE : AVM_FAIL;
}
static AvmValue deque_extendleft(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return extend(t, as_deque(args[0]), args[1], push_first) ? AVM_NONE : AVM_FAIL;
}
static AvmValue deque_pop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Deque *d = as_deque(args[0]);
    return d->len ? take_last(d) : avm_raise(t, AVM_EXC(t, IndexError), "pop from an empty deque");
}
static AvmValue deque_popleft(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Deque *d = as_deque(args[0]);
    return d->len ? take_first(d) : avm_raise(t, AVM_EXC(t, IndexError), "pop from an empty deque");
}
static AvmValue deque_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    empty(t, as_deque(args[0]));
    return AVM_NONE;
}
static AvmValue deque_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return copy_of(t, args[0]);
}

static AvmValue deque_rotate(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t by = 1;
    (void)n;
    if (args[1] && !avm_index_exact(t, args[1], &by, NULL)) return AVM_FAIL;
    rotate(as_deque(args[0]), by);
    return AVM_NONE;
}

static AvmValue deque_reverse(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    (void)t, (void)n;
    for (uint32_t i = 0, j = d->len; i + 1 < j; i++) {
        AvmValue v = *item_at(d, i);
        *item_at(d, i) = *item_at(d, --j);
        *item_at(d, j) = v;
    }
    return AVM_NONE;
}

static AvmValue deque_count(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    int64_t count = 0, at = 0;
    (void)n;
    for (; (at = find(t, d, args[1], (uint32_t)at, d->len)) >= 0; at++) count++;
    return at == -2 ? AVM_FAIL : avm_inline_int_value(count);
}

static AvmValue deque_index(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    uint32_t from, to;
    (void)n;
    if (!avm_seq_bounds(t, args[2], args[3], d->len, &from, &to)) return AVM_FAIL;
    int64_t at = find(t, d, args[1], from, to);
    if (at == -2) return AVM_FAIL;
    return at < 0 ? avm_raise_value(t, "%R is not in deque", args[1]) : avm_inline_int_value(at);
}

static AvmValue deque_remove(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    (void)n;
    uint32_t changes = d->changes;
    int64_t at = find(t, d, args[1], 0, d->len);
    if (at == -2 && changes != d->changes && avm_exc_swallow(t, AVM_EXC(t, RuntimeError)))
        return avm_raise(t, AVM_EXC(t, IndexError), "deque mutated during remove().");
    if (at == -2) return AVM_FAIL;
    if (at < 0) return avm_raise_value(t, "%R is not in deque", args[1]);
    avm_decref(t, take_at(d, (uint32_t)at));
    return AVM_NONE;
}

static AvmValue deque_insert(AvmThread *t, AvmValue *args, uint32_t n) {
    Deque *d = as_deque(args[0]);
    int64_t at;
    (void)n;
    if (!avm_index_exact(t, args[1], &at, NULL)) return AVM_FAIL;
    if (d->len == d->maxlen) return avm_raise(t, AVM_EXC(t, IndexError), "deque already at its maximum size");
    if (at < 0) at += d->len;
    if (at < 0) at = 0;
    if (at > d->len) at = d->len;
    if (!push_last(t, d, args[2])) return AVM_FAIL;
    AvmValue v = *item_at(d, d->len - 1);
    for (uint32_t i = d->len - 1; i > at; i--) *item_at(d, i) = *item_at(d, i - 1);
    *item_at(d, (uint32_t)at) = v;
    return AVM_NONE;
}

static AvmValue deque_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return iter_new(t, args[0], AVM_STDLIB_DEQUEREVITER);
}

static AvmValue deque_maxlen(AvmThread *t, AvmValue v) {
    (void)t;
    return as_deque(v)->maxlen < 0 ? AVM_NONE : avm_inline_int_value(as_deque(v)->maxlen);
}

static const AvmNativeDef deque_methods[] = {
    {"__new__", deque_make, "__new__(*args, **kwargs)", "Create and return a new object."},
    {"__init__", deque_init, "__init__(iterable=(), maxlen=None)", "Initialize self."},
    {"append", deque_append, "append(item, /)", "Add an item at the right end."},
    {"appendleft", deque_appendleft, "appendleft(item, /)", "Add an item at the left end."},
    {"extend", deque_extend, "extend(iterable, /)", "Add the items of the iterable at the right end."},
    {"extendleft", deque_extendleft, "extendleft(iterable, /)",
     "Add the items of the iterable at the left end, one by one."},
    {"pop", deque_pop, "pop()", "Remove and return the item at the right end."},
    {"popleft", deque_popleft, "popleft()", "Remove and return the item at the left end."},
    {"clear", deque_clear, "clear()", "Remove all items."},
    {"copy", deque_copy, "copy()", "A shallow copy."},
    {"__copy__", deque_copy, "__copy__()", "A shallow copy."},
    {"rotate", deque_rotate, "rotate(n=1, /)", "Move every item n places to the right, round the end."},
    {"reverse", deque_reverse, "reverse()", "Reverse in place."},
    {"count", deque_count, "count(value, /)", "How many items equal value."},
    {"index", deque_index, "index(value, start=0, stop=..., /)", "Position of value; ValueError if it is not there."},
    {"remove", deque_remove, "remove(value, /)", "Remove the first item equal to value; ValueError if none is."},
    {"insert", deque_insert, "insert(index, value, /)", "Insert value before index."},
    {"__reversed__", deque_reversed, "__reversed__()", "An iterator from the right end."},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmGetSetDef deque_getsets[] = {
    {"maxlen", deque_maxlen, NULL, "The most items it holds, or None."},
    {0},
};
static const AvmNativeDef iter_methods[] = {
    {"__length_hint__", iter_hint, "__length_hint__()", "How many items are left."},
    {0},
};

const AvmTypeDef avm_deque_def = {
    .name = "collections.deque", .size = sizeof(Deque), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SEQUENCE,
    .doc = "deque(iterable=(), maxlen=None): a sequence with fast appends and pops at both ends.",
    .slots = {.free = deque_free, .traverse = deque_traverse, .clear = deque_free, .repr = deque_repr, .iter = deque_iter, .len = deque_len, .getitem = deque_getitem,
              .setitem = deque_setitem, .contains = deque_contains, .binary = deque_binary,
              .inplace = deque_inplace, .compare = deque_compare},
    .methods = deque_methods, .getsets = deque_getsets,
};
const AvmTypeDef avm_dequeiter_def = {
    .name = "_collections._deque_iterator", .size = sizeof(DequeIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = iter_free, .traverse = iter_traverse, .clear = iter_free, .iter = avm_iter_self,
              .next = iter_next},
    .methods = iter_methods,
};
const AvmTypeDef avm_dequereviter_def = {
    .name = "_collections._deque_reverse_iterator", .size = sizeof(DequeIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = iter_free, .traverse = iter_traverse, .clear = iter_free, .iter = avm_iter_self,
              .next = reviter_next},
    .methods = iter_methods,
};

// --- for other modules

uint16_t avm_deque_type_id(AvmThread *t) { return deque_type(t)->id; }

AvmValue avm_deque_new(AvmThread *t) {
    Deque *d = avm_object_new(t, deque_type(t), 0);
    if (d) d->maxlen = -1;
    return avm_value(d);
}

uint32_t avm_deque_len(AvmValue v) { return as_deque(v)->len; }
AvmValue avm_deque_at(AvmValue v, uint32_t i) { return *item_at(as_deque(v), i); }
bool avm_deque_append(AvmThread *t, AvmValue v, AvmValue item) { return push_last(t, as_deque(v), item); }
AvmValue avm_deque_take_first(AvmValue v) { return take_first(as_deque(v)); }

bool avm_deque_remove(AvmThread *t, AvmValue v, AvmValue item) {
    Deque *d = as_deque(v);
    for (uint32_t i = 0; i < d->len; i++) {
        if (*item_at(d, i) != item) continue;
        avm_decref(t, i == 0 ? take_first(d) : take_at(d, i));
        return true;
    }
    return false;
}
