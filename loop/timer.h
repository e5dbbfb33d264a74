// Timer heap: which of many deadlines is the earliest. Knows deadlines and items, not clocks, tasks or handles.
#ifndef AVM_LOOP_TIMER_H
#define AVM_LOOP_TIMER_H

#include <stdint.h>

#include "base/alloc.h"

typedef struct AvmTimer {
    double when;
    uint64_t serial; // equal deadlines come in the order in which they were added
    void *item;
} AvmTimer;

// A heap of arity four. An item holds its own place in it, in a uint32_t at `place` bytes from its start, so that it
// can be taken out in O(log n): 0 while it is not in the heap. The heap owns no item.
typedef struct AvmTimers {
    AvmAlloc *alloc;
    AvmTimer *heap;
    uint32_t len, cap;
    uint32_t place;
    uint64_t serial;
} AvmTimers;

void avm_timers_init(AvmTimers *ts, AvmAlloc *alloc, uint32_t place);
void avm_timers_free(AvmTimers *ts);
// item must not be in the heap. false: no memory.
bool avm_timers_add(AvmTimers *ts, double when, void *item);
// Does nothing when item is not in the heap.
void avm_timers_remove(AvmTimers *ts, void *item);
// The earliest item, or NULL.
void *avm_timers_first(const AvmTimers *ts, double *when);
// Takes out the earliest item if its deadline is less than before; else NULL.
void *avm_timers_due(AvmTimers *ts, double before);
// Calls fn for every item, in no order.
void avm_timers_each(const AvmTimers *ts, void (*fn)(void *item, void *arg), void *arg);

#endif
