// Timer heap: a four-ary heap ordered by (deadline, serial). Knows deadlines, not tasks.
#include "loop/timer.h"

#include <string.h>

enum { ARITY = 4, FIRST_CAP = 16 };

void avm_timers_init(AvmTimers *ts, AvmAlloc *alloc, uint32_t place) {
    *ts = (AvmTimers){.alloc = alloc, .place = place};
}

void avm_timers_free(AvmTimers *ts) {
    avm_release(ts->alloc, ts->heap, ts->cap * sizeof *ts->heap);
    ts->heap = NULL;
    ts->len = ts->cap = 0;
}

static bool earlier(const AvmTimer *a, const AvmTimer *b) {
    return a->when < b->when || (a->when == b->when && a->serial < b->serial);
}

// An item's place: its index in the heap plus 1.
static uint32_t get_place(const AvmTimers *ts, const void *item) {
    uint32_t at;
    memcpy(&at, (const char *)item + ts->place, sizeof at);
    return at;
}

static void set_place(const AvmTimers *ts, void *item, uint32_t at) {
    memcpy((char *)item + ts->place, &at, sizeof at);
}

static void put(AvmTimers *ts, uint32_t at, AvmTimer timer) {
    ts->heap[at] = timer;
    set_place(ts, timer.item, at + 1);
}

static void sift_up(AvmTimers *ts, uint32_t at, AvmTimer timer) {
    while (at > 0) {
        uint32_t up = (at - 1) / ARITY;
        if (!earlier(&timer, &ts->heap[up])) break;
        put(ts, at, ts->heap[up]);
        at = up;
    }
    put(ts, at, timer);
}

static void sift_down(AvmTimers *ts, uint32_t at, AvmTimer timer) {
    for (;;) {
        uint64_t child = (uint64_t)at * ARITY + 1;
        if (child >= ts->len) break;
        uint32_t end = child + ARITY < ts->len ? (uint32_t)child + ARITY : ts->len;
        uint32_t best = (uint32_t)child;
        for (uint32_t i = best + 1; i < end; i++)
            if (earlier(&ts->heap[i], &ts->heap[best])) best = i;
        if (!earlier(&ts->heap[best], &timer)) break;
        put(ts, at, ts->heap[best]);
        at = best;
    }
    put(ts, at, timer);
}

bool avm_timers_add(AvmTimers *ts, double when, void *item) {
    if (ts->len == ts->cap) {
        if (ts->cap > UINT32_MAX / 2) return false;
        uint32_t cap = ts->cap ? ts->cap + ts->cap / 2 : FIRST_CAP;
        AvmTimer *heap = avm_realloc(ts->alloc, ts->heap, ts->cap * sizeof *heap, cap * sizeof *heap);
        if (!heap) return false;
        ts->heap = heap;
        ts->cap = cap;
    }
    sift_up(ts, ts->len++, (AvmTimer){when, ++ts->serial, item});
    return true;
}

static void remove_at(AvmTimers *ts, uint32_t at) {
    set_place(ts, ts->heap[at].item, 0);
    AvmTimer last = ts->heap[--ts->len];
    if (at == ts->len) return;
    if (at > 0 && earlier(&last, &ts->heap[(at - 1) / ARITY]))
        sift_up(ts, at, last);
    else
        sift_down(ts, at, last);
}

void avm_timers_remove(AvmTimers *ts, void *item) {
    uint32_t at = get_place(ts, item);
    if (at) remove_at(ts, at - 1);
}

void *avm_timers_first(const AvmTimers *ts, double *when) {
    if (ts->len == 0) return NULL;
    *when = ts->heap[0].when;
    return ts->heap[0].item;
}

void *avm_timers_due(AvmTimers *ts, double before) {
    if (ts->len == 0 || !(ts->heap[0].when < before)) return NULL;
    void *item = ts->heap[0].item;
    remove_at(ts, 0);
    return item;
}

void avm_timers_each(const AvmTimers *ts, void (*fn)(void *item, void *arg), void *arg) {
    for (uint32_t i = 0; i < ts->len; i++) fn(ts->heap[i].item, arg);
}
