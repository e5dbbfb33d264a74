// The builtin functions about containers and iteration: len, iter, next, sorted, min, max, sum, any, all.
#include <math.h>

#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"

static AvmValue fn_len(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t len = avm_len(t, args[0]);
    return len < 0 ? AVM_FAIL : avm_int_new(t, len);
}

static AvmValue fn_iter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!args[1]) return avm_iter(t, args[0]);
    if (!avm_is_callable(t, args[0])) return avm_raise_type(t, "iter(v, w): v must be callable");
    return avm_calliter_new(t, args[0], args[1]);
}

// The end of an iterator: the default, or StopIteration with what the iterator returned.
static AvmValue next_end(AvmThread *t, AvmValue fallback, AvmValue returned) {
    return fallback ? avm_incref(fallback) : avm_raise_stop(t, returned);
}

static AvmValue fn_next(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue it = args[0], item;
    AvmType *type = avm_type_of(t, it);
    (void)n;
    if (!type->s.next) return avm_raise_type(t, "'%T' object is not an iterator", it);
    if (avm_is(it, AVM_T_GENERATOR) || avm_is(it, AVM_T_CORO_WRAPPER)) {
        AvmSent sent = avm_send(t, it, AVM_NONE, &item);
        if (sent == AVM_SENT_YIELD) return item;
        AvmValue result = sent == AVM_SENT_RETURN ? next_end(t, args[1], item) : AVM_FAIL;
        if (sent == AVM_SENT_RETURN) avm_decref(t, item);
        if (sent == AVM_SENT_FAIL && args[1] && avm_exc_swallow(t, AVM_EXC(t, StopIteration)))
            return avm_incref(args[1]);
        return result;
    }
    if (avm_has_flag(type, AVM_TYPE_HEAP)) {
        // By the method itself: its StopIteration may carry a value.
        item = avm_call_special(t, it, AVM_NAME(t, __next__), NULL, 0);
        if (!item && args[1] && avm_exc_swallow(t, AVM_EXC(t, StopIteration))) return avm_incref(args[1]);
        if (item != AVM_DONE) return item;
    }
    item = avm_next(t, it);
    return item == AVM_DONE ? next_end(t, args[1], AVM_NONE) : item;
}

static AvmValue fn_sorted(AvmThread *t, AvmValue *args, uint32_t n) {
    // args: key, reverse, the iterable.
    if (n != 3) return avm_raise_type(t, "sorted expected 1 argument, got %u", n - 2);
    AvmList *list = avm_list_from_iter(t, args[2]);
    if (!list) return AVM_FAIL;
    int reverse = args[1] ? avm_truth(t, args[1]) : 0;
    if (reverse >= 0 && avm_list_sort(t, list, args[0], reverse)) return avm_value(list);
    avm_drop(t, list);
    return AVM_FAIL;
}

// --- min and max

// Of the best so far and another: keeps the better one. All references are taken. false: exception.
static bool keep_better(AvmThread *t, AvmCompare op, AvmValue key, AvmValue *best, AvmValue *best_rank, AvmValue v) {
    AvmValue rank = key ? avm_call1(t, key, v) : avm_incref(v);
    int better = !rank ? -1 : *best ? avm_compare_bool(t, op, rank, *best_rank) : 1;
    if (better == 1) {
        avm_replace(t, best, v);
        avm_replace(t, best_rank, rank);
        return true;
    }
    avm_decref(t, v);
    avm_decref(t, rank);
    return better == 0;
}

static AvmValue extreme(AvmThread *t, AvmValue *args, uint32_t n, AvmCompare op, const char *name) {
    AvmValue key = args[0] == AVM_NONE ? AVM_EMPTY : args[0], fallback = args[1];
    AvmValue best = AVM_EMPTY, rank = AVM_EMPTY;
    uint32_t given = n - 2;
    if (given == 0) return avm_raise_type(t, "%s expected at least 1 argument, got 0", name);
    if (given > 1 && fallback)
        return avm_raise_type(t, "Cannot specify a default for %s() with multiple positional arguments", name);
    bool ok = true;
    if (given > 1) {
        for (uint32_t i = 2; ok && i < n; i++) ok = keep_better(t, op, key, &best, &rank, avm_incref(args[i]));
    } else {
        AvmValue it = avm_iter(t, args[2]);
        ok = it;
        for (uint32_t i = 1; ok; i++) {
            AvmValue v = avm_next(t, it);
            if (v == AVM_DONE) break;
            ok = v && keep_better(t, op, key, &best, &rank, v);
            if (ok && (i & 4095) == 0) ok = avm_charge(t, 4096);
        }
        avm_decref(t, it);
    }
    avm_decref(t, rank);
    if (ok && best) return best;
    avm_decref(t, best);
    if (!ok) return AVM_FAIL;
    return fallback ? avm_incref(fallback) : avm_raise_value(t, "%s() iterable argument is empty", name);
}

static AvmValue fn_min(AvmThread *t, AvmValue *args, uint32_t n) { return extreme(t, args, n, AVM_LT, "min"); }
static AvmValue fn_max(AvmThread *t, AvmValue *args, uint32_t n) { return extreme(t, args, n, AVM_GT, "max"); }

// --- sum: ints as int64 while they fit, floats with Neumaier's compensation, everything else by +

typedef struct Sum {
    AvmThread *t;
    AvmValue it;
    AvmValue total; // a reference of ours
    AvmValue item;  // the one that stopped a fast phase (ours), or AVM_DONE
} Sum;

// The next item, from a list at once.
static inline void next_item(Sum *s) {
    AvmListIter *at = (AvmListIter *)avm_obj(s->it);
    if (at->h.type == AVM_T_LISTITER && at->list && at->at < at->list->len)
        s->item = avm_incref(at->list->items[at->at++]);
    else
        s->item = avm_next(s->t, s->it);
}

// Takes ints. Ends with the total in s->total and what came next in s->item. false: exception.
static bool sum_ints(Sum *s) {
    int64_t total, i;
    if (!avm_int_get(s->total, &total)) return true;
    for (uint32_t steps = 1;; steps++) {
        AvmValue v = s->item;
        if (v == AVM_DONE) break;
        if (avm_is_inline_int(v))
            i = avm_inline_int(v);
        else if (avm_is_bool(v))
            i = v == AVM_TRUE;
        else if (!avm_is(v, AVM_T_INT) || !avm_int_get(v, &i))
            break;
        if (__builtin_add_overflow(total, i, &i)) break;
        total = i;
        avm_decref(s->t, v);
        next_item(s);
        if (!s->item || ((steps & 4095) == 0 && !avm_charge(s->t, 4096))) return false;
    }
    AvmValue v = avm_int_new(s->t, total);
    if (v) avm_replace(s->t, &s->total, v);
    return v;
}

static bool sum_floats(Sum *s) {
    double total = avm_float(s->total), lost = 0;
    for (uint32_t steps = 1;; steps++) {
        AvmValue v = s->item;
        int64_t i;
        if (v == AVM_DONE) break;
        if (avm_is_float(v)) {
            double x = avm_float(v), sum = total + x;
            lost += fabs(total) >= fabs(x) ? total - sum + x : x - sum + total;
            total = sum;
        } else if (avm_is_int(s->t, v) && avm_int_get(v, &i)) {
            total += (double)i;
        } else {
            break;
        }
        avm_decref(s->t, v);
        next_item(s);
        if (!s->item || ((steps & 4095) == 0 && !avm_charge(s->t, 4096))) return false;
    }
    // Not when it would turn an infinite sum into a NaN, or lose the sign of a zero.
    if (lost != 0 && isfinite(lost)) total += lost;
    s->total = avm_float_value(total);
    return true;
}

static bool add_item(Sum *s) {
    AvmValue v = avm_binary(s->t, AVM_ADD, s->total, s->item);
    avm_decref(s->t, s->item);
    s->item = AVM_EMPTY;
    if (!v) return false;
    avm_replace(s->t, &s->total, v);
    next_item(s);
    return s->item;
}

static bool sum_all(Sum *s) {
    next_item(s);
    if (!s->item) return false;
    if (avm_is_inline_int(s->total) || avm_is(s->total, AVM_T_INT)) {
        if (!sum_ints(s)) return false;
        if (s->item != AVM_DONE && !add_item(s)) return false;
    }
    if (avm_is_float(s->total)) {
        if (!sum_floats(s)) return false;
        if (s->item != AVM_DONE && !add_item(s)) return false;
    }
    for (uint32_t steps = 1; s->item != AVM_DONE; steps++)
        if (!add_item(s) || ((steps & 4095) == 0 && !avm_charge(s->t, 4096))) return false;
    return true;
}

static AvmValue fn_sum(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue start = args[1] ? args[1] : avm_inline_int_value(0);
    (void)n;
    AvmValue it = avm_iter(t, args[0]);
    if (!it) return AVM_FAIL;
    Sum s = {t, it, avm_incref(start), AVM_EMPTY};
    bool ok = false;
    if (avm_is_sub(t, start, AVM_TYPE_SUB_STR))
        avm_raise_type(t, "sum() can't sum strings [use ''.join(seq) instead]");
    else if (avm_is_sub(t, start, AVM_TYPE_SUB_BYTES))
        avm_raise_type(t, "sum() can't sum bytes [use b''.join(seq) instead]");
    else if (avm_is(start, AVM_T_BYTEARRAY))
        avm_raise_type(t, "sum() can't sum bytearray [use b''.join(seq) instead]");
    else
        ok = sum_all(&s);
    avm_decref(t, it);
    if (ok) return s.total;
    avm_decref(t, s.item);
    avm_decref(t, s.total);
    return AVM_FAIL;
}

// Is there an item whose truth is `wanted`? 1, 0, -1.
static int some(AvmThread *t, AvmValue iterable, int wanted) {
    AvmValue it = avm_iter(t, iterable);
    if (!it) return -1;
    int found = 0;
    for (uint32_t i = 1; !found; i++) {
        AvmValue v = avm_next(t, it);
        if (v == AVM_DONE) break;
        int truth = v ? avm_truth(t, v) : -1;
        avm_decref(t, v);
        if (truth >= 0 && (i & 4095) == 0 && !avm_charge(t, 4096)) truth = -1;
        found = truth < 0 ? -1 : truth == wanted;
    }
    avm_decref(t, it);
    return found;
}

static AvmValue fn_any(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int found = some(t, args[0], 1);
    return found < 0 ? AVM_FAIL : avm_bool(found);
}

static AvmValue fn_all(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int found = some(t, args[0], 0);
    return found < 0 ? AVM_FAIL : avm_bool(!found);
}

const AvmNativeDef avm_iter_builtins[] = {
    {"len", fn_len, "len(obj, /)", "The number of items in a container."},
    {"iter", fn_iter, "iter(object, sentinel=..., /)",
     "An iterator over object; with a sentinel, over what calling object returns until that is the sentinel."},
    {"next", fn_next, "next(iterator, default=..., /)",
     "The iterator's next item; at the end the default, or StopIteration."},
    {"sorted", fn_sorted, "sorted(*args, key=None, reverse=False)",
     "A new list of the items in ascending order."},
    {"min", fn_min, "min(*args, key=None, default=...)", "The smallest item of an iterable, or of the arguments."},
    {"max", fn_max, "max(*args, key=None, default=...)", "The largest item of an iterable, or of the arguments."},
    {"sum", fn_sum, "sum(iterable, /, start=0)", "start plus all items of the iterable."},
    {"any", fn_any, "any(iterable, /)", "Is some item true?"},
    {"all", fn_all, "all(iterable, /)", "Are all items true?"},
    {0},
};
