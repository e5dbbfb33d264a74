// The module _heapq: a list kept as a binary heap. The order in which equal items come out is CPython's, so the
// items move just as there: down to a leaf first, then up to where they belong.
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/list.h"

// a before b in the heap's order: 1, 0, -1; the list may have changed size meanwhile, which is an error.
static int before(AvmThread *t, AvmList *heap, uint32_t a, uint32_t b, bool max) {
    uint32_t len = heap->len;
    AvmValue x = avm_incref(heap->items[max ? b : a]), y = avm_incref(heap->items[max ? a : b]);
    int less = avm_compare_bool(t, AVM_LT, x, y);
    avm_decref(t, x);
    avm_decref(t, y);
    if (less >= 0 && heap->len != len) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "list changed size during iteration");
        return -1;
    }
    return less;
}

static void swap(AvmList *heap, uint32_t a, uint32_t b) {
    AvmValue v = heap->items[a];
    heap->items[a] = heap->items[b];
    heap->items[b] = v;
}

// The item at `at` rises towards start.
static bool rise(AvmThread *t, AvmList *heap, uint32_t start, uint32_t at, bool max) {
    while (at > start) {
        uint32_t parent = (at - 1) / 2;
        int less = before(t, heap, at, parent, max);
        if (less < 0) return false;
        if (!less) break;
        swap(heap, at, parent);
        at = parent;
    }
    return true;
}

// The item at `at` sinks to a leaf by way of the better children, then rises.
static bool sink(AvmThread *t, AvmList *heap, uint32_t at, bool max) {
    uint32_t start = at, end = heap->len;
    while (2 * (uint64_t)at + 1 < end) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < end) {
            int less = before(t, heap, child, child + 1, max);
            if (less < 0) return false;
            if (!less) child++;
        }
        swap(heap, at, child);
        at = child;
    }
    return rise(t, heap, start, at, max);
}

static AvmList *heap_of(AvmThread *t, AvmValue v, const char *function) {
    if (avm_is_list(v) || avm_is_sub(t, v, AVM_TYPE_SUB_LIST)) return (AvmList *)avm_obj(v);
    avm_raise_type(t, "%s() argument 1 must be list, not %T", function, v);
    return NULL;
}

static AvmValue fn_heappush(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *heap = heap_of(t, args[0], "heappush");
    (void)n;
    if (!heap || !avm_list_append(t, heap, args[1])) return AVM_FAIL;
    return rise(t, heap, 0, heap->len - 1, false) ? AVM_NONE : AVM_FAIL;
}

static AvmValue pop(AvmThread *t, AvmValue list, bool max) {
    AvmList *heap = heap_of(t, list, max ? "_heappop_max" : "heappop");
    if (!heap) return AVM_FAIL;
    if (!heap->len) return avm_raise(t, AVM_EXC(t, IndexError), "index out of range");
    AvmValue last = heap->items[--heap->len];
    if (!heap->len) return last;
    AvmValue top = heap->items[0];
    heap->items[0] = last;
    if (sink(t, heap, 0, max)) return top;
    avm_decref(t, top);
    return AVM_FAIL;
}

static AvmValue replace(AvmThread *t, AvmValue list, AvmValue item, bool max) {
    AvmList *heap = heap_of(t, list, max ? "_heapreplace_max" : "heapreplace");
    if (!heap) return AVM_FAIL;
    if (!heap->len) return avm_raise(t, AVM_EXC(t, IndexError), "index out of range");
    AvmValue top = heap->items[0];
    heap->items[0] = avm_incref(item);
    if (sink(t, heap, 0, max)) return top;
    avm_decref(t, top);
    return AVM_FAIL;
}

static AvmValue heapify(AvmThread *t, AvmValue list, bool max) {
    AvmList *heap = heap_of(t, list, max ? "_heapify_max" : "heapify");
    if (!heap || !avm_charge(t, heap->len)) return AVM_FAIL;
    for (uint32_t i = heap->len / 2; i-- > 0;)
        if (!sink(t, heap, i, max)) return AVM_FAIL;
    return AVM_NONE;
}

static AvmValue fn_heappop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return pop(t, args[0], false);
}
static AvmValue fn_heappop_max(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return pop(t, args[0], true);
}
static AvmValue fn_heapreplace(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return replace(t, args[0], args[1], false);
}
static AvmValue fn_heapreplace_max(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return replace(t, args[0], args[1], true);
}
static AvmValue fn_heapify(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return heapify(t, args[0], false);
}
static AvmValue fn_heapify_max(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return heapify(t, args[0], true);
}

static AvmValue fn_heappushpop(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmList *heap = heap_of(t, args[0], "heappushpop");
    (void)n;
    if (!heap) return AVM_FAIL;
    if (!heap->len) return avm_incref(args[1]);
    AvmValue top = avm_incref(heap->items[0]);
    int less = avm_compare_bool(t, AVM_LT, top, args[1]);
    avm_decref(t, top);
    if (less < 0) return AVM_FAIL;
    if (!less) return avm_incref(args[1]);
    if (!heap->len) return avm_raise(t, AVM_EXC(t, IndexError), "index out of range");
    return replace(t, args[0], args[1], false);
}

static const AvmNativeDef functions[] = {
    {"heappush", fn_heappush, "heappush(heap, item, /)", "Push item onto the heap."},
    {"heappop", fn_heappop, "heappop(heap, /)", "Pop the smallest item."},
    {"heapify", fn_heapify, "heapify(heap, /)", "Make a heap of the list, in place."},
    {"heapreplace", fn_heapreplace, "heapreplace(heap, item, /)", "Pop the smallest item, then push item."},
    {"heappushpop", fn_heappushpop, "heappushpop(heap, item, /)", "Push item, then pop the smallest one."},
    {"_heappop_max", fn_heappop_max, "_heappop_max(heap, /)", "heappop for a heap of the largest."},
    {"_heapify_max", fn_heapify_max, "_heapify_max(heap, /)", "heapify for a heap of the largest."},
    {"_heapreplace_max", fn_heapreplace_max, "_heapreplace_max(heap, item, /)", "heapreplace for a heap of the largest."},
    {0},
};

const AvmModuleDef avm_heapq_module = {"_heapq", "Heaps: the half in C.", functions, NULL};
