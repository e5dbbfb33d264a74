// slice objects, and what a slice means for a sequence of a given length.
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

static inline AvmSlice *as_slice(AvmValue v) { return (AvmSlice *)avm_obj(v); }

AvmValue avm_slice_new(AvmThread *t, AvmValue start, AvmValue stop, AvmValue step) {
    AvmSlice *s = avm_object_new_id(t, AVM_T_SLICE, sizeof *s);
    if (!s) return AVM_FAIL;
    s->start = avm_incref(start);
    s->stop = avm_incref(stop);
    s->step = avm_incref(step);
    return avm_value(s);
}

static bool unpack_one(AvmThread *t, AvmValue v, int64_t *out) {
    if (avm_is_inline_int(v)) {
        *out = avm_inline_int(v);
        return true;
    }
    if (!avm_has_index(t, v)) {
        avm_raise_type(t, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    return avm_index(t, v, out);
}

bool avm_slice_unpack(AvmThread *t, AvmSlice *s, int64_t *start, int64_t *stop, int64_t *step) {
    *step = 1;
    if (s->step != AVM_NONE) {
        if (!unpack_one(t, s->step, step)) return false;
        if (*step == 0) {
            avm_raise_value(t, "slice step cannot be zero");
            return false;
        }
        if (*step == INT64_MIN) *step = -INT64_MAX; // so that it can be negated
    }
    *start = *step < 0 ? INT64_MAX : 0;
    *stop = *step < 0 ? INT64_MIN : INT64_MAX;
    return (s->start == AVM_NONE || unpack_one(t, s->start, start)) &&
           (s->stop == AVM_NONE || unpack_one(t, s->stop, stop));
}

int64_t avm_slice_clip(int64_t len, int64_t *start, int64_t *stop, int64_t step) {
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? len - 1 : len;
    for (int i = 0; i < 2; i++) {
        int64_t *end = i ? stop : start;
        if (*end < 0) {
            *end += len;
            if (*end < 0) *end = low;
        } else if (*end >= len) {
            *end = high;
        }
    }
    if (step < 0) return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

bool avm_slice_indices(AvmThread *t, AvmSlice *s, int64_t len, int64_t *start, int64_t *step, int64_t *count) {
    int64_t stop;
    if (!avm_slice_unpack(t, s, start, &stop, step)) return false;
    *count = avm_slice_clip(len, start, &stop, *step);
    return true;
}

// --- slots

static void slice_free(AvmThread *t, AvmObj *o) {
    AvmSlice *s = (AvmSlice *)o;
    avm_replace(t, &s->start, AVM_NONE);
    avm_replace(t, &s->stop, AVM_NONE);
    avm_replace(t, &s->step, AVM_NONE);
}

static void slice_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmSlice *s = (AvmSlice *)o;
    visit(s->start, arg);
    visit(s->stop, arg);
    visit(s->step, arg);
}

static AvmValue slice_repr(AvmThread *t, AvmValue v) {
    AvmSlice *s = as_slice(v);
    return avm_value(avm_str_format(t, "slice(%R, %R, %R)", s->start, s->stop, s->step));
}

// As the hash of a tuple of the three, without the length at the end.
static bool slice_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmSlice *s = as_slice(v);
    AvmValue parts[] = {s->start, s->stop, s->step};
    uint64_t h = 2870177450012600261u;
    for (int i = 0; i < 3; i++) {
        int64_t part;
        if (!avm_key_hash(t, parts[i], &part)) return false;
        h += (uint64_t)part * 14029467366897019727u;
        h = (h << 31 | h >> 33) * 11400714785074694791u;
    }
    *out = h == UINT64_MAX ? 1546275796 : (int64_t)h;
    return true;
}

static AvmValue as_tuple(AvmThread *t, AvmSlice *s) {
    AvmValue parts[] = {s->start, s->stop, s->step};
    return avm_value(avm_tuple_from(t, parts, 3));
}

static AvmValue slice_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_is(b, AVM_T_SLICE)) return AVM_NOTIMPL;
    AvmValue x = as_tuple(t, as_slice(a)), y = x ? as_tuple(t, as_slice(b)) : AVM_FAIL;
    AvmValue result = y ? avm_compare(t, op, x, y) : AVM_FAIL;
    avm_decref(t, x);
    avm_decref(t, y);
    return result;
}

static AvmValue slice_make(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t given = n - 1;
    if (given < 1) return avm_raise_type(t, "slice expected at least 1 argument, got 0");
    if (given > 3) return avm_raise_type(t, "slice expected at most 3 arguments, got %u", given);
    if (given == 1) return avm_slice_new(t, AVM_NONE, args[1], AVM_NONE);
    return avm_slice_new(t, args[1], args[2], given == 3 ? args[3] : AVM_NONE);
}

// --- indices(): ints of any size

// Clips one end to a length; v is an int or None. New reference.
static AvmValue clip_big(AvmThread *t, AvmValue v, AvmValue len, AvmValue low, AvmValue high, AvmValue absent) {
    if (v == AVM_NONE) return avm_incref(absent);
    AvmValue i = avm_unary(t, AVM_TO_INDEX, v);
    if (!i) return AVM_FAIL;
    if (avm_int_sign(i) < 0) {
        AvmValue sum = avm_int_binary(t, AVM_ADD, i, len);
        avm_decref(t, i);
        i = sum;
        if (!i) return AVM_FAIL;
        if (avm_int_compare(i, low) >= 0) return i;
        avm_decref(t, i);
        return avm_incref(low);
    }
    if (avm_int_compare(i, high) <= 0) return i;
    avm_decref(t, i);
    return avm_incref(high);
}

bool avm_slice_big(AvmThread *t, AvmSlice *s, AvmValue len, AvmValue out[3]) {
    const AvmValue one = avm_inline_int_value(1), zero = avm_inline_int_value(0);
    out[0] = out[1] = out[2] = AVM_EMPTY;
    AvmValue ends[] = {s->step, s->start, s->stop};
    for (int i = 0; i < 3; i++) {
        if (ends[i] != AVM_NONE && !avm_has_index(t, ends[i])) {
            avm_raise_type(t, "slice indices must be integers or None or have an __index__ method");
            return false;
        }
    }
    out[2] = s->step == AVM_NONE ? one : avm_unary(t, AVM_TO_INDEX, s->step);
    if (!out[2]) return false;
    int sign = avm_int_sign(out[2]);
    AvmValue low = sign < 0 ? avm_inline_int_value(-1) : zero, high = AVM_EMPTY;
    if (sign == 0)
        avm_raise_value(t, "slice step cannot be zero");
    else
        high = sign < 0 ? avm_int_binary(t, AVM_SUB, len, one) : avm_incref(len);
    if (high) out[0] = clip_big(t, s->start, len, low, high, sign < 0 ? high : low);
    if (out[0]) out[1] = clip_big(t, s->stop, len, low, high, sign < 0 ? low : high);
    avm_decref(t, high);
    if (out[1]) return true;
    avm_decref(t, out[0]);
    avm_decref(t, out[2]);
    return false;
}

static AvmValue slice_indices(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue parts[3];
    (void)n;
    AvmValue len = avm_unary(t, AVM_TO_INDEX, args[1]);
    if (!len) return AVM_FAIL;
    AvmValue result = AVM_FAIL;
    if (avm_int_sign(len) < 0) {
        avm_raise_value(t, "length should not be negative");
    } else if (avm_slice_big(t, as_slice(args[0]), len, parts)) {
        result = avm_value(avm_tuple_from(t, parts, 3));
        for (int i = 0; i < 3; i++) avm_decref(t, parts[i]);
    }
    avm_decref(t, len);
    return result;
}

static AvmValue slice_start(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_slice(v)->start);
}
static AvmValue slice_stop(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_slice(v)->stop);
}
static AvmValue slice_step(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_slice(v)->step);
}

static const AvmNativeDef slice_methods[] = {
    {"__new__", slice_make, "__new__(*args)", "Create and return a new object.", AVM_DEF_METHOD},
    {"indices", slice_indices, "indices(len, /)", "(start, stop, step) for a sequence of length len.",
     AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef slice_getsets[] = {
    {"start", slice_start, NULL, "The first index."},
    {"stop", slice_stop, NULL, "The index to stop before."},
    {"step", slice_step, NULL, "The distance of two indices."},
    {0},
};

const AvmTypeDef avm_slice_def = {
    .name = "slice", .id = AVM_T_SLICE, .size = sizeof(AvmSlice), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "slice(stop), slice(start, stop[, step]): what a[start:stop:step] hands to __getitem__.",
    .slots = {.free = slice_free, .traverse = slice_traverse, .repr = slice_repr, .hash = slice_hash,
              .compare = slice_compare},
    .methods = slice_methods, .getsets = slice_getsets,
};
