// range: int64 arithmetic in the common case, ints of any size otherwise.
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

// A range iterator whose numbers do not fit an int64.
typedef struct LongIter {
    AvmObj h;
    AvmValue next, step, left; // ints
} LongIter;

static inline AvmRange *as_range(AvmValue v) { return (AvmRange *)avm_obj(v); }
static inline bool is_small(const AvmRange *r) { return r->h.flags & AVM_RANGE_SMALL; }

// --- making

// Fills in the int64 side if everything fits.
static bool fill_small(AvmThread *t, AvmRange *r) {
    int64_t start, stop, step, after;
    if (!avm_int_get(r->start, &start) || !avm_int_get(r->stop, &stop) || !avm_int_get(r->step, &step)) return false;
    uint64_t count = 0;
    if (step > 0 && start < stop) count = ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1;
    if (step < 0 && start > stop) count = ((uint64_t)start - (uint64_t)stop - 1) / (0 - (uint64_t)step) + 1;
    if (count > INT64_MAX || __builtin_mul_overflow((int64_t)count, step, &after) ||
        __builtin_add_overflow(after, start, &after))
        return false;
    r->first = start;
    r->by = step;
    r->count = (int64_t)count;
    r->length = avm_int_new(t, r->count);
    if (r->length) r->h.flags |= AVM_RANGE_SMALL;
    return true;
}

// How many items, in big ints: 0 or (distance - 1) / |step| + 1.
static AvmValue big_length(AvmThread *t, AvmRange *r) {
    const AvmValue one = avm_inline_int_value(1);
    bool up = avm_int_sign(r->step) > 0;
    AvmValue low = up ? r->start : r->stop, high = up ? r->stop : r->start;
    if (avm_int_compare(low, high) >= 0) return avm_inline_int_value(0);
    AvmValue step = up ? avm_incref(r->step) : avm_unary(t, AVM_NEG, r->step);
    AvmValue a = step ? avm_int_binary(t, AVM_SUB, high, low) : AVM_FAIL;
    AvmValue b = a ? avm_int_binary(t, AVM_SUB, a, one) : AVM_FAIL;
    AvmValue c = b ? avm_int_binary(t, AVM_FLOORDIV, b, step) : AVM_FAIL;
    AvmValue n = c ? avm_int_binary(t, AVM_ADD, c, one) : AVM_FAIL;
    avm_decref(t, step);
    avm_decref(t, a);
    avm_decref(t, b);
    avm_decref(t, c);
    return n;
}

// Takes the three ints; AVM_FAIL when one of them is empty.
static AvmValue range_new(AvmThread *t, AvmValue start, AvmValue stop, AvmValue step) {
    AvmRange *r = start && stop && step ? avm_object_new_id(t, AVM_T_RANGE, sizeof *r) : NULL;
    if (!r) {
        avm_decref(t, start);
        avm_decref(t, stop);
        avm_decref(t, step);
        return AVM_FAIL;
    }
    r->start = start;
    r->stop = stop;
    r->step = step;
    if (avm_int_sign(step) == 0)
        avm_raise_value(t, "range() arg 3 must not be zero");
    else if (!fill_small(t, r))
        r->length = big_length(t, r);
    if (r->length) return avm_value(r);
    avm_drop(t, r);
    return AVM_FAIL;
}

static AvmValue to_int(AvmThread *t, AvmValue v) {
    return avm_is_inline_int(v) ? v : avm_unary(t, AVM_TO_INDEX, v);
}

static AvmValue range_make(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t given = n - 1;
    if (given < 1) return avm_raise_type(t, "range expected at least 1 argument, got 0");
    if (given > 3) return avm_raise_type(t, "range expected at most 3 arguments, got %u", given);
    AvmValue start = given == 1 ? avm_inline_int_value(0) : to_int(t, args[1]);
    AvmValue stop = start ? to_int(t, args[given == 1 ? 1 : 2]) : AVM_EMPTY;
    AvmValue step = stop ? given == 3 ? to_int(t, args[3]) : avm_inline_int_value(1) : AVM_EMPTY;
    return range_new(t, start, stop, step);
}

// --- items

// start + i * step; i an int.
static AvmValue big_item(AvmThread *t, AvmRange *r, AvmValue i) {
    AvmValue way = avm_int_binary(t, AVM_MUL, i, r->step);
    AvmValue item = way ? avm_int_binary(t, AVM_ADD, r->start, way) : AVM_FAIL;
    avm_decref(t, way);
    return item;
}

static AvmValue get_slice(AvmThread *t, AvmRange *r, AvmSlice *s) {
    AvmValue part[3];
    if (!avm_slice_big(t, s, r->length, part)) return AVM_FAIL;
    AvmValue start = big_item(t, r, part[0]), stop = start ? big_item(t, r, part[1]) : AVM_FAIL;
    AvmValue step = stop ? avm_int_binary(t, AVM_MUL, r->step, part[2]) : AVM_FAIL;
    for (int i = 0; i < 3; i++) avm_decref(t, part[i]);
    return range_new(t, start, stop, step);
}

static AvmValue range_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmRange *r = as_range(v);
    if (is_small(r) && avm_is_inline_int(key)) {
        int64_t i = avm_inline_int(key);
        if (i < 0) i += r->count;
        if (i >= 0 && i < r->count) return avm_int_new(t, r->first + i * r->by);
    } else if (avm_is(key, AVM_T_SLICE)) {
        return get_slice(t, r, (AvmSlice *)avm_obj(key));
    }
    if (!avm_has_index(t, key))
        return avm_raise_type(t, "range indices must be integers or slices, not %T", key);
    AvmValue i = avm_unary(t, AVM_TO_INDEX, key), item = AVM_FAIL;
    if (i && avm_int_sign(i) < 0) {
        AvmValue sum = avm_int_binary(t, AVM_ADD, i, r->length);
        avm_decref(t, i);
        i = sum;
    }
    if (!i) return AVM_FAIL;
    if (avm_int_sign(i) < 0 || avm_int_compare(i, r->length) >= 0)
        avm_raise(t, AVM_EXC(t, IndexError), "range object index out of range");
    else
        item = big_item(t, r, i);
    avm_decref(t, i);
    return item;
}

// The position of the int x, or AVM_DONE.
static AvmValue position(AvmThread *t, AvmRange *r, AvmValue x) {
    int64_t i;
    if (is_small(r) && avm_int_get(x, &i)) {
        if (!r->count) return AVM_DONE;
        int64_t last = r->first + (r->count - 1) * r->by;
        if (r->by > 0 ? i < r->first || i > last : i > r->first || i < last) return AVM_DONE;
        __int128 way = (__int128)i - r->first;
        return way % r->by ? AVM_DONE : avm_int_new(t, (int64_t)(way / r->by));
    }
    bool up = avm_int_sign(r->step) > 0;
    if (up ? avm_int_compare(x, r->start) < 0 || avm_int_compare(x, r->stop) >= 0
           : avm_int_compare(x, r->start) > 0 || avm_int_compare(x, r->stop) <= 0)
        return AVM_DONE;
    AvmValue way = avm_int_binary(t, AVM_SUB, x, r->start);
    AvmValue rest = way ? avm_int_binary(t, AVM_MOD, way, r->step) : AVM_FAIL;
    AvmValue at = !rest ? AVM_FAIL : avm_int_sign(rest) ? AVM_DONE : avm_int_binary(t, AVM_FLOORDIV, way, r->step);
    avm_decref(t, way);
    avm_decref(t, rest);
    return at;
}

static inline bool plain_int(AvmValue v) {
    return avm_is_inline_int(v) || avm_is(v, AVM_T_INT) || avm_is_bool(v);
}

// The position of something equal to x, searched item by item: -1 none, -2 exception. all: counts them instead.
static int64_t search(AvmThread *t, AvmValue range, AvmValue x, bool all) {
    AvmValue it = avm_iter(t, range), v;
    if (!it) return -2;
    int64_t i = 0, found = 0;
    int same = 0;
    for (; (v = avm_next(t, it)) != AVM_DONE; i++) {
        same = v ? avm_compare_bool(t, AVM_EQ, v, x) : -1;
        avm_decref(t, v);
        if ((i & 4095) == 4095 && !avm_charge(t, 4096)) same = -1;
        if (same < 0 || (same && !all)) break;
        found += same;
    }
    avm_decref(t, it);
    if (same < 0) return -2;
    if (all) return found;
    return same ? i : -1;
}

static int range_contains(AvmThread *t, AvmValue v, AvmValue x) {
    if (!plain_int(x)) {
        int64_t at = search(t, v, x, false);
        return at == -2 ? -1 : at >= 0;
    }
    AvmValue at = position(t, as_range(v), x);
    avm_decref(t, at);
    return at == AVM_DONE ? 0 : at ? 1 : -1;
}

static AvmValue range_index(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (plain_int(args[1])) {
        AvmValue at = position(t, as_range(args[0]), args[1]);
        if (at != AVM_DONE) return at;
        return avm_raise_value(t, "%R is not in range", args[1]);
    }
    int64_t at = search(t, args[0], args[1], false);
    if (at == -2) return AVM_FAIL;
    return at < 0 ? avm_raise_value(t, "sequence.index(x): x not in sequence") : avm_int_new(t, at);
}

static AvmValue range_count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t count = plain_int(args[1]) ? range_contains(t, args[0], args[1]) : search(t, args[0], args[1], true);
    return count < 0 ? AVM_FAIL : avm_int_new(t, count);
}

// --- slots

static void range_free(AvmThread *t, AvmObj *o) {
    AvmRange *r = (AvmRange *)o;
    avm_decref(t, r->start);
    avm_decref(t, r->stop);
    avm_decref(t, r->step);
    avm_decref(t, r->length);
}

static AvmValue range_repr(AvmThread *t, AvmValue v) {
    AvmRange *r = as_range(v);
    if (r->step == avm_inline_int_value(1)) return avm_value(avm_str_format(t, "range(%R, %R)", r->start, r->stop));
    return avm_value(avm_str_format(t, "range(%R, %R, %R)", r->start, r->stop, r->step));
}

static int64_t range_len(AvmThread *t, AvmValue v) {
    int64_t n;
    if (avm_int_get(as_range(v)->length, &n)) return n;
    avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C ssize_t");
    return -1;
}

static int range_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_int_sign(as_range(v)->length) != 0;
}

// Ranges are equal when their items are: length, first item if there is one, step if there are two.
static void essence(AvmRange *r, AvmValue out[3]) {
    bool any = avm_int_sign(r->length) != 0, many = any && r->length != avm_inline_int_value(1);
    out[0] = r->length;
    out[1] = any ? r->start : AVM_NONE;
    out[2] = many ? r->step : AVM_NONE;
}

static bool range_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmValue parts[3];
    essence(as_range(v), parts);
    AvmTuple *tuple = avm_tuple_from(t, parts, 3);
    bool ok = tuple && avm_hash(t, avm_value(tuple), out);
    if (tuple) avm_drop(t, tuple);
    return ok;
}

static AvmValue range_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    AvmValue x[3], y[3];
    (void)t;
    if (!avm_is(b, AVM_T_RANGE) || op > AVM_NE) return AVM_NOTIMPL;
    essence(as_range(a), x);
    essence(as_range(b), y);
    bool same = true;
    for (int i = 0; same && i < 3; i++)
        same = x[i] == y[i] || (x[i] != AVM_NONE && y[i] != AVM_NONE && avm_int_compare(x[i], y[i]) == 0);
    return avm_bool(same == (op == AVM_EQ));
}

// --- iteration

// An iterator of count items from start on by step (ints of any size, borrowed).
static AvmValue iter_new(AvmThread *t, AvmValue start, AvmValue step, AvmValue count) {
    int64_t first, by, left, after;
    if (avm_int_get(start, &first) && avm_int_get(step, &by) && avm_int_get(count, &left) &&
        !__builtin_mul_overflow(left, by, &after) && !__builtin_add_overflow(first, after, &after)) {
        AvmRangeIter *it = avm_object_new_id(t, AVM_T_RANGEITER, sizeof *it);
        if (!it) return AVM_FAIL;
        it->next = first;
        it->step = by;
        it->left = (uint64_t)left;
        return avm_value(it);
    }
    LongIter *it = avm_object_new_id(t, AVM_T_LONGRANGEITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->next = avm_incref(start);
    it->step = avm_incref(step);
    it->left = avm_incref(count);
    return avm_value(it);
}

AvmValue avm_range_loop(AvmThread *t, const AvmValue *args, uint32_t n) {
    int64_t start = n == 2 ? avm_inline_int(args[0]) : 0, stop = avm_inline_int(args[n - 1]);
    AvmRangeIter *it = avm_object_new_id(t, AVM_T_RANGEITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->next = start;
    it->step = 1;
    it->left = start < stop ? (uint64_t)(stop - start) : 0;
    return avm_value(it);
}

static AvmValue range_iter(AvmThread *t, AvmValue v) {
    AvmRange *r = as_range(v);
    if (!is_small(r)) return iter_new(t, r->start, r->step, r->length);
    AvmRangeIter *it = avm_object_new_id(t, AVM_T_RANGEITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->next = r->first;
    it->step = r->by;
    it->left = (uint64_t)r->count;
    return avm_value(it);
}

static AvmValue range_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmRange *r = as_range(args[0]);
    (void)n;
    AvmValue at = avm_int_binary(t, AVM_SUB, r->length, avm_inline_int_value(1));
    AvmValue last = at ? big_item(t, r, at) : AVM_FAIL;
    AvmValue step = last ? avm_unary(t, AVM_NEG, r->step) : AVM_FAIL;
    AvmValue it = step ? iter_new(t, last, step, r->length) : AVM_FAIL;
    avm_decref(t, at);
    avm_decref(t, last);
    avm_decref(t, step);
    return it;
}

static AvmValue rangeiter_next(AvmThread *t, AvmValue v) {
    AvmRangeIter *it = (AvmRangeIter *)avm_obj(v);
    if (!it->left) return AVM_DONE;
    int64_t i = it->next;
    it->left--;
    it->next += it->step;
    return avm_int_fits_inline(i) ? avm_inline_int_value(i) : avm_int_new(t, i);
}

static AvmValue rangeiter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_new_u64(t, ((AvmRangeIter *)avm_obj(args[0]))->left);
}

static void longiter_free(AvmThread *t, AvmObj *o) {
    LongIter *it = (LongIter *)o;
    avm_decref(t, it->next);
    avm_decref(t, it->step);
    avm_decref(t, it->left);
}

static AvmValue longiter_next(AvmThread *t, AvmValue v) {
    LongIter *it = (LongIter *)avm_obj(v);
    if (avm_int_sign(it->left) <= 0) return AVM_DONE;
    AvmValue left = avm_int_binary(t, AVM_SUB, it->left, avm_inline_int_value(1));
    AvmValue next = left ? avm_int_binary(t, AVM_ADD, it->next, it->step) : AVM_FAIL;
    if (!next) {
        avm_decref(t, left);
        return AVM_FAIL;
    }
    AvmValue item = it->next;
    it->next = next;
    avm_replace(t, &it->left, left);
    return item;
}

static AvmValue longiter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_incref(((LongIter *)avm_obj(args[0]))->left);
}

static AvmValue range_start(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_range(v)->start);
}
static AvmValue range_stop(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_range(v)->stop);
}
static AvmValue range_step(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_range(v)->step);
}

static const AvmNativeDef range_methods[] = {
    {"__new__", range_make, "__new__(*args)", "Create and return a new object.", AVM_DEF_METHOD},
    {"index", range_index, "index(value, /)", "Position of value; ValueError if it is not there.", AVM_DEF_METHOD},
    {"count", range_count, "count(value, /)", "How many items equal value.", AVM_DEF_METHOD},
    {"__reversed__", range_reversed, "__reversed__()", "An iterator from the end.", AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef range_getsets[] = {
    {"start", range_start, NULL, "The first number."},
    {"stop", range_stop, NULL, "The number to stop before."},
    {"step", range_step, NULL, "The distance of two numbers."},
    {0},
};
static const AvmNativeDef rangeiter_methods[] = {
    {"__length_hint__", rangeiter_hint, "__length_hint__()", "How many items are left.", AVM_DEF_METHOD},
    {0},
};
static const AvmNativeDef longiter_methods[] = {
    {"__length_hint__", longiter_hint, "__length_hint__()", "How many items are left.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_range_def = {
    .name = "range", .id = AVM_T_RANGE, .size = sizeof(AvmRange), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "range(stop), range(start, stop[, step]): the numbers from start up to, but not including, stop.",
    .slots = {.free = range_free, .repr = range_repr, .hash = range_hash, .iter = range_iter, .len = range_len,
              .getitem = range_getitem, .contains = range_contains, .compare = range_compare,
              .truth = range_truth},
    .methods = range_methods, .getsets = range_getsets,
};
const AvmTypeDef avm_rangeiter_def = {
    .name = "range_iterator", .id = AVM_T_RANGEITER, .size = sizeof(AvmRangeIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.iter = avm_iter_self, .next = rangeiter_next},
    .methods = rangeiter_methods,
};
const AvmTypeDef avm_longrangeiter_def = {
    .name = "longrange_iterator", .id = AVM_T_LONGRANGEITER, .size = sizeof(LongIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = longiter_free, .iter = avm_iter_self, .next = longiter_next},
    .methods = longiter_methods,
};
