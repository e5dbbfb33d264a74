// What lists, tuples and other sequences have in common: indices, bounds, repr, comparison, length hints.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

bool avm_seq_items(AvmThread *t, AvmValue v, AvmValue **items, uint32_t *n) {
    if (avm_is_list(v) || avm_is_sub(t, v, AVM_TYPE_SUB_LIST)) {
        AvmList *list = (AvmList *)avm_obj(v);
        *items = list->items;
        *n = list->len;
        return true;
    }
    if (avm_is_tuple(v) || avm_is_sub(t, v, AVM_TYPE_SUB_TUPLE)) {
        AvmTuple *tuple = (AvmTuple *)avm_obj(v);
        *items = tuple->items;
        *n = tuple->len;
        return true;
    }
    return false;
}

AvmValue avm_seq_fast(AvmThread *t, AvmValue iterable) {
    AvmValue *items;
    uint32_t n;
    if (avm_seq_items(t, iterable, &items, &n)) return avm_incref(iterable);
    return avm_value(avm_list_from_iter(t, iterable));
}

bool avm_can_iterate(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    return type->s.iter || type->s.getitem;
}

AvmValue avm_iter_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

// Does a script class define the special method itself (or inherit it from one that does)?
static bool script_defines(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmType *type = avm_type_of(t, v);
    if (!avm_has_flag(type, AVM_TYPE_HEAP)) return false;
    AvmValue found = avm_type_lookup(t, type, name);
    return found != AVM_EMPTY && !avm_is(found, AVM_T_WRAPPER);
}

bool avm_has_index(AvmThread *t, AvmValue v) {
    return avm_is_inline_int(v) || avm_is_int(t, v) || script_defines(t, v, AVM_NAME(t, __index__));
}

bool avm_seq_index(AvmThread *t, AvmValue key, const char *refusal, int64_t *out) {
    if (avm_is_inline_int(key)) {
        *out = avm_inline_int(key);
        return true;
    }
    if (!avm_has_index(t, key)) {
        avm_raise_type(t, refusal, key);
        return false;
    }
    AvmValue i = avm_unary(t, AVM_TO_INDEX, key);
    if (!i) return false;
    bool fits = avm_int_get(i, out);
    avm_decref(t, i);
    if (!fits) avm_raise(t, AVM_EXC(t, IndexError), "cannot fit '%T' into an index-sized integer", key);
    return fits;
}

bool avm_seq_bounds(AvmThread *t, AvmValue start, AvmValue stop, uint32_t len, uint32_t *from, uint32_t *to) {
    int64_t ends[2] = {0, len};
    AvmValue given[2] = {start, stop};
    for (int i = 0; i < 2; i++) {
        if (!given[i]) continue;
        if (!avm_has_index(t, given[i])) {
            avm_raise_type(t, "slice indices must be integers or have an __index__ method");
            return false;
        }
        if (!avm_index(t, given[i], &ends[i])) return false;
        if (ends[i] < 0) ends[i] += len;
        if (ends[i] < 0) ends[i] = 0;
        if (ends[i] > len) ends[i] = len;
    }
    *from = (uint32_t)ends[0];
    *to = (uint32_t)ends[1];
    return true;
}

int64_t avm_seq_times(AvmThread *t, AvmValue v) {
    int64_t times;
    if (avm_is_inline_int(v)) {
        times = avm_inline_int(v);
        return times < 0 ? 0 : times;
    }
    if (!avm_has_index(t, v)) return -2;
    AvmValue i = avm_unary(t, AVM_TO_INDEX, v);
    if (!i) return -1;
    bool fits = avm_int_get(i, &times);
    avm_decref(t, i);
    if (!fits) {
        avm_raise(t, AVM_EXC(t, OverflowError), "cannot fit '%T' into an index-sized integer", v);
        return -1;
    }
    return times < 0 ? 0 : times;
}

int64_t avm_length_hint(AvmThread *t, AvmValue v, int64_t fallback) {
    if (avm_type_of(t, v)->s.len) {
        int64_t n = avm_len(t, v);
        if (n >= 0 || !avm_exc_swallow(t, AVM_EXC(t, TypeError))) return n;
    }
    AvmValue hint = avm_call_special(t, v, AVM_NAME(t, __length_hint__), NULL, 0);
    if (hint == AVM_DONE || hint == AVM_NOTIMPL) return fallback;
    if (!hint) return avm_exc_swallow(t, AVM_EXC(t, TypeError)) ? fallback : -1;
    int64_t n;
    if (!avm_is_int(t, hint)) {
        avm_raise_type(t, "__length_hint__ must be an integer, not %T", hint);
        n = -1;
    } else if (!avm_int_get(hint, &n)) {
        avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C ssize_t");
        n = -1;
    } else if (n < 0) {
        avm_raise_value(t, "__length_hint__() should return >= 0");
        n = -1;
    }
    avm_decref(t, hint);
    return n;
}

static bool repr_items(AvmThread *t, AvmValue v, AvmBuf *out) {
    AvmValue *items;
    uint32_t n;
    for (uint32_t i = 0; avm_seq_items(t, v, &items, &n) && i < n; i++) {
        if (i) avm_buf_text(out, ", ");
        AvmValue item = avm_incref(items[i]);
        AvmValue text = avm_repr(t, item);
        avm_decref(t, item);
        if (!text) return false;
        AvmStr *s = (AvmStr *)avm_obj(text);
        avm_buf_add(out, s->data, s->len);
        avm_decref(t, text);
        if ((i & 1023) == 1023 && !avm_charge(t, 1024)) return false;
    }
    return true;
}

AvmValue avm_seq_repr(AvmThread *t, AvmValue v, const char *open, const char *close, bool comma) {
    AvmBuf out;
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_text(&out, open);
    bool ok = true;
    if (entered)
        ok = repr_items(t, v, &out);
    else
        avm_buf_text(&out, "...");
    AvmValue *items;
    uint32_t n;
    if (comma && entered && avm_seq_items(t, v, &items, &n) && n == 1) avm_buf_byte(&out, ',');
    avm_buf_text(&out, close);
    if (entered) avm_repr_leave(t, v);
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

// Items compare as identical or by ==. 1, 0, -1.
static inline int equal_items(AvmThread *t, AvmValue a, AvmValue b) {
    if (a == b) return 1;
    if (avm_is_inline_int(a) && avm_is_inline_int(b)) return 0;
    if (avm_is_str(a) && avm_is_str(b)) return avm_str_equal((AvmStr *)avm_obj(a), (AvmStr *)avm_obj(b));
    avm_incref(a);
    avm_incref(b);
    int same = avm_compare_bool(t, AVM_EQ, a, b);
    avm_decref(t, a);
    avm_decref(t, b);
    return same;
}

int avm_seq_contains(AvmThread *t, AvmValue seq, AvmValue x) {
    AvmValue *items;
    uint32_t n;
    for (uint32_t i = 0; avm_seq_items(t, seq, &items, &n) && i < n; i++) {
        int same = equal_items(t, items[i], x);
        if (same) return same;
        if ((i & 4095) == 4095 && !avm_charge(t, 4096)) return -1;
    }
    return 0;
}

static AvmValue compare_lengths(AvmCompare op, uint32_t a, uint32_t b) {
    switch (op) {
    case AVM_EQ: return avm_bool(a == b);
    case AVM_NE: return avm_bool(a != b);
    case AVM_LT: return avm_bool(a < b);
    case AVM_LE: return avm_bool(a <= b);
    case AVM_GT: return avm_bool(a > b);
    default: return avm_bool(a >= b);
    }
}

static AvmValue compare_items(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    AvmValue *x = NULL, *y = NULL;
    uint32_t nx = 0, ny = 0;
    for (uint32_t i = 0;; i++) {
        // Comparing may change the lists.
        avm_seq_items(t, a, &x, &nx);
        avm_seq_items(t, b, &y, &ny);
        if (i >= nx || i >= ny) return compare_lengths(op, nx, ny);
        int same = equal_items(t, x[i], y[i]);
        if (same < 0) return AVM_FAIL;
        if (same) {
            if ((i & 4095) == 4095 && !avm_charge(t, 4096)) return AVM_FAIL;
            continue;
        }
        avm_seq_items(t, a, &x, &nx);
        avm_seq_items(t, b, &y, &ny);
        if (i >= nx || i >= ny) return compare_lengths(op, nx, ny);
        if (op == AVM_EQ) return AVM_FALSE;
        if (op == AVM_NE) return AVM_TRUE;
        AvmValue p = avm_incref(x[i]), q = avm_incref(y[i]);
        AvmValue result = avm_compare(t, op, p, q);
        avm_decref(t, p);
        avm_decref(t, q);
        return result;
    }
}

AvmValue avm_seq_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    uint32_t kind = avm_is_list(a) || avm_is_sub(t, a, AVM_TYPE_SUB_LIST) ? AVM_TYPE_SUB_LIST : AVM_TYPE_SUB_TUPLE;
    if (!avm_is_sub(t, b, kind)) return AVM_NOTIMPL;
    AvmValue *x, *y;
    uint32_t nx = 0, ny = 0;
    avm_seq_items(t, a, &x, &nx);
    avm_seq_items(t, b, &y, &ny);
    if (kind == AVM_TYPE_SUB_LIST && nx != ny && op <= AVM_NE) return avm_bool(op == AVM_NE);
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue result = compare_items(t, op, a, b);
    avm_native_leave(t);
    return result;
}
