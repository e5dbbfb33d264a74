// list: its array, and the protocol slots. The methods are in list_methods.c, the sorting in list_sort.c.
#include "vm/types/list.h"

#include "vm/error.h"
#include "vm/types/list_parts.h"

AvmList *avm_list_new(AvmThread *t, uint32_t cap) {
    AvmList *list = avm_object_new_id(t, AVM_T_LIST, sizeof *list);
    if (list && cap && !avm_list_reserve(t, list, cap)) {
        avm_drop(t, list);
        return NULL;
    }
    return list;
}

AvmList *avm_list_from(AvmThread *t, const AvmValue *items, uint32_t n) {
    AvmList *list = avm_list_new(t, n);
    if (!list) return NULL;
    for (uint32_t i = 0; i < n; i++) list->items[i] = avm_incref(items[i]);
    list->len = n;
    return list;
}

static bool set_cap(AvmThread *t, AvmList *list, uint64_t cap) {
    AvmValue *items = NULL;
    if (cap <= AVM_SEQ_MAX)
        items = avm_realloc(&t->vm->alloc, list->items, list->cap * sizeof *items, cap * sizeof *items);
    if (!items) {
        avm_raise_memory(t);
        return false;
    }
    list->items = items;
    list->cap = (uint32_t)cap;
    return true;
}

bool avm_list_reserve(AvmThread *t, AvmList *list, uint32_t n) {
    return n <= list->cap || set_cap(t, list, n);
}

// Room for n items, with some to spare: appends cost O(1) on average.
static bool grow(AvmThread *t, AvmList *list, uint64_t n) {
    if (n <= list->cap) return true;
    uint64_t cap = n + (n >> 2) + 4;
    if (cap > AVM_SEQ_MAX && n <= AVM_SEQ_MAX) cap = n;
    return set_cap(t, list, cap);
}

// Gives memory back when most of it is idle; never fails.
static void shrink(AvmThread *t, AvmList *list) {
    if (list->cap < 32 || list->len >= list->cap / 2) return;
    uint32_t cap = list->len + (list->len >> 3) + 4;
    AvmValue *items = avm_realloc(&t->vm->alloc, list->items, list->cap * sizeof *items, cap * sizeof *items);
    if (!items) return;
    list->items = items;
    list->cap = cap;
}

bool avm_list_append(AvmThread *t, AvmList *list, AvmValue v) {
    if (list->len == list->cap && !grow(t, list, (uint64_t)list->len + 1)) return false;
    list->items[list->len++] = avm_incref(v);
    return true;
}

bool avm_list_append_take(AvmThread *t, AvmList *list, AvmValue v) {
    if (list->len == list->cap && !grow(t, list, (uint64_t)list->len + 1)) {
        avm_decref(t, v);
        return false;
    }
    list->items[list->len++] = v;
    return true;
}

bool avm_list_insert(AvmThread *t, AvmList *list, int64_t at, AvmValue v) {
    if (!grow(t, list, (uint64_t)list->len + 1)) return false;
    if (at < 0) at += list->len;
    if (at < 0) at = 0;
    if (at > list->len) at = list->len;
    memmove(list->items + at + 1, list->items + at, (list->len - (size_t)at) * sizeof *list->items);
    list->items[at] = avm_incref(v);
    list->len++;
    return true;
}

bool avm_list_splice(AvmThread *t, AvmList *list, uint32_t start, uint32_t end, const AvmValue *items, uint32_t n) {
    uint32_t gone = end - start, kept = list->len - end;
    AvmAlloc *a = &t->vm->alloc;
    // The old items are dropped last, when the list is whole again: their finalisers may look at it. The new ones
    // may be the list's own.
    AvmValue *old = avm_alloc(a, ((size_t)gone + n + 1) * sizeof *old);
    if (!old) {
        avm_raise_memory(t);
        return false;
    }
    AvmValue *fresh = old + gone;
    for (uint32_t i = 0; i < n; i++) fresh[i] = avm_incref(items[i]);
    if (gone) memcpy(old, list->items + start, gone * sizeof *old);
    bool ok = n <= gone || grow(t, list, (uint64_t)list->len - gone + n);
    if (ok) {
        if (kept) memmove(list->items + start + n, list->items + end, kept * sizeof *old);
        if (n) memcpy(list->items + start, fresh, n * sizeof *old);
        list->len = start + n + kept;
        if (n < gone) shrink(t, list);
        for (uint32_t i = 0; i < gone; i++) avm_decref(t, old[i]);
    } else {
        for (uint32_t i = 0; i < n; i++) avm_decref(t, fresh[i]);
    }
    avm_release(a, old, ((size_t)gone + n + 1) * sizeof *old);
    return ok;
}

AvmValue avm_list_take_at(AvmThread *t, AvmList *list, uint32_t at) {
    AvmValue v = list->items[at];
    memmove(list->items + at, list->items + at + 1, (list->len - at - 1) * sizeof v);
    list->len--;
    shrink(t, list);
    return v;
}

void avm_list_clear(AvmThread *t, AvmList *list) {
    AvmValue *items = list->items;
    uint32_t n = list->len, cap = list->cap;
    list->items = NULL;
    list->len = list->cap = 0;
    while (n > 0) avm_decref(t, items[--n]);
    avm_release(&t->vm->alloc, items, cap * sizeof *items);
}

bool avm_list_extend(AvmThread *t, AvmList *list, AvmValue iterable) {
    AvmValue *items;
    uint32_t n;
    if (avm_is_list(iterable) || avm_is_tuple(iterable)) {
        avm_seq_items(t, iterable, &items, &n);
        if (!n) return true;
        if (!grow(t, list, (uint64_t)list->len + n)) return false;
        avm_seq_items(t, iterable, &items, &n); // list += list: they may have moved
        for (uint32_t i = 0; i < n; i++) list->items[list->len + i] = avm_incref(items[i]);
        list->len += n;
        return true;
    }
    AvmValue it = avm_iter(t, iterable);
    if (!it) return false;
    int64_t hint = avm_length_hint(t, iterable, 0);
    bool ok = hint >= 0;
    // A hint is a promise of nobody: memory is taken for a moderate one only. Beyond what a list holds CPython refuses too.
    if (hint > AVM_SEQ_MAX && hint <= INT64_MAX - list->len) {
        avm_raise_memory(t);
        ok = false;
    }
    if (ok && hint > 0 && hint < 1 << 20) ok = avm_list_reserve(t, list, (uint32_t)(list->len + hint));
    uint32_t steps = 0;
    while (ok) {
        AvmValue v = avm_next(t, it);
        if (v == AVM_DONE) break;
        ok = v && avm_list_append_take(t, list, v);
        if (ok && (++steps & 4095) == 0) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    return ok;
}

AvmList *avm_list_from_iter(AvmThread *t, AvmValue iterable) {
    AvmList *list = avm_list_new(t, 0);
    if (list && !avm_list_extend(t, list, iterable)) {
        avm_drop(t, list);
        return NULL;
    }
    return list;
}

// --- slots

static AvmList *self_list(AvmValue v) { return (AvmList *)avm_obj(v); }

static void list_free(AvmThread *t, AvmObj *o) { avm_list_clear(t, (AvmList *)o); }

static void list_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmList *list = (AvmList *)o;
    for (uint32_t i = list->len; i-- > 0;) visit(list->items[i], arg); // the last first, as CPython does
}

static AvmValue list_repr(AvmThread *t, AvmValue v) { return avm_seq_repr(t, v, "[", "]", false); }
static int64_t list_len(AvmThread *t, AvmValue v) {
    (void)t;
    return self_list(v)->len;
}
static AvmValue list_iter(AvmThread *t, AvmValue v) {
    AvmListIter *it = avm_object_new_id(t, AVM_T_LISTITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->list = (AvmList *)avm_obj(avm_incref(v));
    return avm_value(it);
}

static AvmValue get_slice(AvmThread *t, AvmList *list, AvmSlice *s) {
    int64_t start, stop, step;
    if (!avm_slice_unpack(t, s, &start, &stop, &step)) return AVM_FAIL;
    int64_t count = avm_slice_clip(list->len, &start, &stop, step);
    if (step == 1) return avm_value(avm_list_from(t, count ? list->items + start : NULL, (uint32_t)count));
    AvmList *part = avm_list_new(t, (uint32_t)count);
    if (!part) return AVM_FAIL;
    for (int64_t i = 0; i < count; i++) part->items[i] = avm_incref(list->items[start + i * step]);
    part->len = (uint32_t)count;
    return avm_value(part);
}

static AvmValue list_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmList *list = self_list(v);
    if (avm_is(key, AVM_T_SLICE)) return get_slice(t, list, (AvmSlice *)avm_obj(key));
    int64_t i;
    if (!avm_seq_index(t, key, "list indices must be integers or slices, not %T", &i)) return AVM_FAIL;
    if (i < 0) i += list->len;
    if (i < 0 || i >= list->len) return avm_raise(t, AVM_EXC(t, IndexError), "list index out of range");
    return avm_incref(list->items[i]);
}

// list[start::step] = seq: a list or tuple of as many items.
static bool set_extended(AvmThread *t, AvmList *list, AvmValue seq, int64_t start, int64_t step, int64_t count) {
    AvmValue *items;
    uint32_t n;
    avm_seq_items(t, seq, &items, &n);
    if (n != count) {
        avm_raise_value(t, "attempt to assign sequence of size %u to extended slice of size %lld", n,
                        (long long)count);
        return false;
    }
    // A copy: seq may be the list itself, and each replaced item may run script as it dies.
    AvmList *copy = avm_list_from(t, items, n);
    if (!copy) return false;
    for (uint32_t i = 0; i < n && start + i * step < list->len; i++)
        avm_replace(t, &list->items[start + i * step], avm_incref(copy->items[i]));
    avm_drop(t, copy);
    return true;
}

static bool del_extended(AvmThread *t, AvmList *list, int64_t start, int64_t step, int64_t count) {
    if (count <= 0) return true;
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    AvmAlloc *a = &t->vm->alloc;
    AvmValue *gone = avm_alloc(a, (size_t)count * sizeof *gone);
    if (!gone) {
        avm_raise_memory(t);
        return false;
    }
    int64_t to = start, next = start, n = 0;
    for (int64_t i = start; i < list->len; i++) {
        if (n < count && i == next) {
            gone[n++] = list->items[i];
            next = n < count ? next + step : -1; // the step may be as long as an int64
        } else {
            list->items[to++] = list->items[i];
        }
    }
    list->len = (uint32_t)to;
    shrink(t, list);
    for (int64_t i = 0; i < n; i++) avm_decref(t, gone[i]);
    avm_release(a, gone, (size_t)count * sizeof *gone);
    return true;
}

static bool set_slice(AvmThread *t, AvmList *list, AvmSlice *s, AvmValue value) {
    int64_t start, stop, step;
    if (!avm_slice_unpack(t, s, &start, &stop, &step)) return false;
    int64_t count = avm_slice_clip(list->len, &start, &stop, step);
    if (!value) {
        if (step == 1) return avm_list_splice(t, list, (uint32_t)start, (uint32_t)(start + count), NULL, 0);
        return del_extended(t, list, start, step, count);
    }
    if (!avm_can_iterate(t, value)) {
        avm_raise_type(t, "must assign iterable to extended slice");
        return false;
    }
    AvmValue seq = avm_seq_fast(t, value);
    if (!seq) return false;
    // Making the sequence may have changed the list.
    if (!avm_slice_unpack(t, s, &start, &stop, &step)) return false;
    count = avm_slice_clip(list->len, &start, &stop, step);
    bool ok;
    if (step == 1) {
        AvmValue *items;
        uint32_t n;
        avm_seq_items(t, seq, &items, &n);
        ok = avm_list_splice(t, list, (uint32_t)start, (uint32_t)(start + count), items, n);
    } else {
        ok = set_extended(t, list, seq, start, step, count);
    }
    avm_decref(t, seq);
    return ok;
}

static bool list_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    AvmList *list = self_list(v);
    if (avm_is(key, AVM_T_SLICE)) return set_slice(t, list, (AvmSlice *)avm_obj(key), value);
    int64_t i;
    if (!avm_seq_index(t, key, "list indices must be integers or slices, not %T", &i)) return false;
    if (i < 0) i += list->len;
    if (i < 0 || i >= list->len) {
        avm_raise(t, AVM_EXC(t, IndexError), "list assignment index out of range");
        return false;
    }
    if (value)
        avm_replace(t, &list->items[i], avm_incref(value));
    else
        avm_decref(t, avm_list_take_at(t, list, (uint32_t)i));
    return true;
}

static AvmValue list_concat(AvmThread *t, AvmValue a, AvmValue b) {
    if (!avm_is_sub(t, a, AVM_TYPE_SUB_LIST) || !avm_is_sub(t, b, AVM_TYPE_SUB_LIST)) return AVM_NOTIMPL;
    AvmList *x = self_list(a), *y = self_list(b);
    AvmList *sum = NULL;
    if ((uint64_t)x->len + y->len <= AVM_SEQ_MAX)
        sum = avm_list_new(t, x->len + y->len);
    else
        avm_raise_memory(t);
    if (!sum) return AVM_FAIL;
    for (uint32_t i = 0; i < x->len; i++) sum->items[i] = avm_incref(x->items[i]);
    for (uint32_t i = 0; i < y->len; i++) sum->items[x->len + i] = avm_incref(y->items[i]);
    sum->len = x->len + y->len;
    return avm_value(sum);
}

// items[0 .. n) repeated up to items[total), with their references.
static void repeat_items(AvmValue *items, uint32_t n, uint64_t total) {
    for (uint64_t i = n; i < total; i++) items[i] = avm_incref(items[i - n]);
}

static AvmValue list_repeat(AvmThread *t, AvmValue seq, AvmValue count) {
    int64_t times = avm_seq_times(t, count);
    if (times == -2) return AVM_NOTIMPL;
    if (times < 0) return AVM_FAIL;
    AvmList *list = self_list(seq);
    if (list->len && times > AVM_SEQ_MAX / list->len) return avm_raise_memory(t);
    uint64_t total = (uint64_t)list->len * (uint64_t)times;
    if (total > 4096 && !avm_charge(t, total)) return AVM_FAIL;
    AvmList *result = list->len ? avm_list_new(t, (uint32_t)total) : avm_list_new(t, 0);
    if (!result || !total) return avm_value(result);
    for (uint32_t i = 0; i < list->len; i++) result->items[i] = avm_incref(list->items[i]);
    repeat_items(result->items, list->len, total);
    result->len = (uint32_t)total;
    return avm_value(result);
}

static AvmValue list_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op == AVM_ADD) return list_concat(t, a, b);
    if (op != AVM_MUL) return AVM_NOTIMPL;
    return avm_is_sub(t, a, AVM_TYPE_SUB_LIST) ? list_repeat(t, a, b) : list_repeat(t, b, a);
}

static AvmValue list_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmList *list = self_list(a);
    if (op == AVM_ADD) return avm_list_extend(t, list, b) ? avm_incref(a) : AVM_FAIL;
    if (op != AVM_MUL) return AVM_NOTIMPL;
    int64_t times = avm_seq_times(t, b);
    if (times == -2) return AVM_NOTIMPL;
    if (times < 0) return AVM_FAIL;
    if (times == 0) avm_list_clear(t, list);
    if (!list->len) return avm_incref(a);
    if (times > AVM_SEQ_MAX / list->len) return avm_raise_memory(t);
    uint64_t total = (uint64_t)list->len * (uint64_t)times;
    if (total > 4096 && !avm_charge(t, total)) return AVM_FAIL;
    if (!avm_list_reserve(t, list, (uint32_t)total)) return AVM_FAIL;
    repeat_items(list->items, list->len, total);
    list->len = (uint32_t)total;
    return avm_incref(a);
}

// The iterators, forwards and backwards.
static AvmValue listiter_next(AvmThread *t, AvmValue v) {
    AvmListIter *it = (AvmListIter *)avm_obj(v);
    if (!it->list) return AVM_DONE;
    if (it->at < it->list->len) return avm_incref(it->list->items[it->at++]);
    AvmList *list = it->list;
    it->list = NULL;
    avm_drop(t, list);
    return AVM_DONE;
}

static AvmValue listreviter_next(AvmThread *t, AvmValue v) {
    AvmListIter *it = (AvmListIter *)avm_obj(v);
    if (!it->list) return AVM_DONE;
    if (it->at > 0 && it->at <= it->list->len) return avm_incref(it->list->items[--it->at]);
    AvmList *list = it->list;
    it->list = NULL;
    avm_drop(t, list);
    return AVM_DONE;
}

static void listiter_free(AvmThread *t, AvmObj *o) {
    AvmListIter *it = (AvmListIter *)o;
    AvmList *list = it->list;
    it->list = NULL;
    if (list) avm_drop(t, list);
}

static void listiter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmListIter *it = (AvmListIter *)o;
    if (it->list) visit(avm_value(it->list), arg);
}

static AvmValue listiter_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmListIter *it = (AvmListIter *)avm_obj(args[0]);
    if (!it->list || it->at > it->list->len) return avm_inline_int_value(0);
    return avm_inline_int_value(avm_is(args[0], AVM_T_LISTITER) ? it->list->len - it->at : it->at);
    (void)t;
}

static const AvmNativeDef listiter_methods[] = {
    {"__length_hint__", listiter_hint, "__length_hint__()", "About how many items are left.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_listiter_def = {
    .name = "list_iterator", .id = AVM_T_LISTITER, .size = sizeof(AvmListIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = listiter_free, .traverse = listiter_traverse, .clear = listiter_free, .iter = avm_iter_self,
              .next = listiter_next},
    .methods = listiter_methods,
};
const AvmTypeDef avm_listreviter_def = {
    .name = "list_reverseiterator", .id = AVM_T_LISTREVITER, .size = sizeof(AvmListIter), .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = listiter_free, .traverse = listiter_traverse, .clear = listiter_free, .iter = avm_iter_self,
              .next = listreviter_next},
    .methods = listiter_methods,
};

const AvmTypeDef avm_list_def = {
    .name = "list", .id = AVM_T_LIST, .size = sizeof(AvmList),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_LIST,
    .doc = "A mutable sequence. list(iterable) makes one of its items.",
    .slots = {.free = list_free, .traverse = list_traverse, .clear = list_free, .repr = list_repr, .iter = list_iter, .len = list_len, .getitem = list_getitem,
              .setitem = list_setitem, .contains = avm_seq_contains, .binary = list_binary,
              .inplace = list_inplace, .compare = avm_seq_compare},
    .methods = avm_list_methods,
};
