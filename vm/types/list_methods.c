// The methods of list. Its array and slots are in list.c.
#include "vm/error.h"
#include "vm/types/list_parts.h"

static inline AvmList *as_list(AvmValue v) { return (AvmList *)avm_obj(v); }

static AvmValue list_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

static AvmValue list_init(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    (void)n;
    if (list->cap) avm_list_clear(t, list);
    return !args[1] || avm_list_extend(t, list, args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue list_append(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_list_append(t, as_list(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue list_extend(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_list_extend(t, as_list(args[0]), args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue list_insert(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t at;
    (void)n;
    if (!avm_index_exact(t, args[1], &at, NULL)) return AVM_FAIL;
    return avm_list_insert(t, as_list(args[0]), at, args[2]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue list_pop(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    int64_t at = -1;
    (void)n;
    if (args[1] && !avm_index_exact(t, args[1], &at, NULL)) return AVM_FAIL;
    if (!list->len) return avm_raise(t, AVM_EXC(t, IndexError), "pop from empty list");
    if (at < 0) at += list->len;
    if (at < 0 || at >= list->len) return avm_raise(t, AVM_EXC(t, IndexError), "pop index out of range");
    return avm_list_take_at(t, list, (uint32_t)at);
}

// The position of x in [from, to), -1: not there, -2: exception.
static int64_t find(AvmThread *t, AvmList *list, AvmValue x, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to && i < list->len; i++) {
        AvmValue item = avm_incref(list->items[i]);
        int same = avm_compare_bool(t, AVM_EQ, item, x);
        avm_decref(t, item);
        if (same < 0) return -2;
        if (same) return i;
        if ((i & 4095) == 4095 && !avm_charge(t, 4096)) return -2;
    }
    return -1;
}

static AvmValue list_remove(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    (void)n;
    int64_t at = find(t, list, args[1], 0, UINT32_MAX);
    if (at == -2) return AVM_FAIL;
    if (at < 0) return avm_raise_value(t, "list.remove(x): x not in list");
    if (at < list->len) avm_decref(t, avm_list_take_at(t, list, (uint32_t)at));
    return AVM_NONE;
}

static AvmValue list_index(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    uint32_t from, to;
    (void)n;
    if (!avm_seq_bounds(t, args[2], args[3], list->len, &from, &to)) return AVM_FAIL;
    int64_t at = find(t, list, args[1], from, to);
    if (at == -2) return AVM_FAIL;
    return at < 0 ? avm_raise_value(t, "%R is not in list", args[1]) : avm_inline_int_value(at);
}

static AvmValue list_count(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    int64_t count = 0;
    (void)n;
    for (int64_t at = 0; (at = find(t, list, args[1], (uint32_t)at, UINT32_MAX)) >= 0; at++) count++;
    return avm_failed(t) || t->exhausted ? AVM_FAIL : avm_inline_int_value(count);
}

static AvmValue list_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_list_clear(t, as_list(args[0]));
    return AVM_NONE;
}

static AvmValue list_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_list_from(t, as_list(args[0])->items, as_list(args[0])->len));
}

static AvmValue list_reverse(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *list = as_list(args[0]);
    (void)t, (void)n;
    for (uint32_t i = 0, j = list->len; i + 1 < j; i++) {
        AvmValue v = list->items[i];
        list->items[i] = list->items[--j];
        list->items[j] = v;
    }
    return AVM_NONE;
}

static AvmValue list_sort(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int reverse = 0;
    if (args[2]) {
        reverse = avm_truth(t, args[2]);
        if (reverse < 0) return AVM_FAIL;
    }
    return avm_list_sort(t, as_list(args[0]), args[1], reverse) ? AVM_NONE : AVM_FAIL;
}

static AvmValue list_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmListIter *it = avm_object_new_id(t, AVM_T_LISTREVITER, sizeof *it);
    if (!it) return AVM_FAIL;
    it->list = as_list(avm_incref(args[0]));
    it->at = it->list->len;
    return avm_value(it);
}

static AvmValue list_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmList *list = as_list(args[0]);
    return avm_inline_int_value((int64_t)(avm_object_size(t, &list->h) + list->cap * sizeof(AvmValue)));
}

const AvmNativeDef avm_list_methods[] = {
    {"__new__", list_make, "__new__(*args, **kwargs)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__init__", list_init, "__init__(iterable=(), /)", "Initialize self.", AVM_DEF_METHOD},
    {"append", list_append, "append(object, /)", "Append object to the end of the list.", AVM_DEF_METHOD},
    {"extend", list_extend, "extend(iterable, /)", "Append the items of the iterable.", AVM_DEF_METHOD},
    {"insert", list_insert, "insert(index, object, /)", "Insert object before index.", AVM_DEF_METHOD},
    {"pop", list_pop, "pop(index=-1, /)", "Remove and return the item at index (the last one by default).",
     AVM_DEF_METHOD},
    {"remove", list_remove, "remove(value, /)", "Remove the first item equal to value; ValueError if none is.",
     AVM_DEF_METHOD},
    {"index", list_index, "index(value, start=0, stop=9223372036854775807, /)",
     "Position of the first item equal to value; ValueError if none is.", AVM_DEF_METHOD},
    {"count", list_count, "count(value, /)", "How many items equal value.", AVM_DEF_METHOD},
    {"clear", list_clear, "clear()", "Remove all items.", AVM_DEF_METHOD},
    {"copy", list_copy, "copy()", "A shallow copy.", AVM_DEF_METHOD},
    {"reverse", list_reverse, "reverse()", "Reverse the list in place.", AVM_DEF_METHOD},
    {"sort", list_sort, "sort(*, key=None, reverse=False)",
     "Sort the list in place, ascending, keeping the order of equal items.", AVM_DEF_METHOD},
    {"__reversed__", list_reversed, "__reversed__()", "An iterator from the end.", AVM_DEF_METHOD},
    {"__sizeof__", list_sizeof, "__sizeof__()", "Size in memory, in bytes.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
