// list and tuple, and the sequences' common ground.
#ifndef AVM_VM_TYPES_LIST_H
#define AVM_VM_TYPES_LIST_H

#include "vm/thread.h"

struct AvmList {
    AvmObj h;
    uint32_t len, cap;
    AvmValue *items;
};

struct AvmTuple {
    AvmObj h;
    uint32_t len;
    int64_t hash; // 0: not known
    AvmValue items[];
};

enum { AVM_SEQ_MAX = 0x7FFFFFFF };

AvmList *avm_list_new(AvmThread *t, uint32_t cap);                       // empty
AvmList *avm_list_from(AvmThread *t, const AvmValue *items, uint32_t n); // new references to items
AvmList *avm_list_from_iter(AvmThread *t, AvmValue iterable);
bool avm_list_append(AvmThread *t, AvmList *list, AvmValue v);           // takes a new reference
bool avm_list_append_take(AvmThread *t, AvmList *list, AvmValue v);      // takes v, also on failure
bool avm_list_insert(AvmThread *t, AvmList *list, int64_t at, AvmValue v);
bool avm_list_extend(AvmThread *t, AvmList *list, AvmValue iterable);
bool avm_list_sort(AvmThread *t, AvmList *list, AvmValue key, bool reverse); // key: callable, AVM_NONE or empty
void avm_list_clear(AvmThread *t, AvmList *list);
// Room for n items altogether. false: MemoryError.
bool avm_list_reserve(AvmThread *t, AvmList *list, uint32_t n);
// Replaces items [start, end) by copies of n others. The bounds are right.
bool avm_list_splice(AvmThread *t, AvmList *list, uint32_t start, uint32_t end, const AvmValue *items, uint32_t n);

AvmTuple *avm_tuple_new(AvmThread *t, uint32_t n);                         // items empty: to be filled at once
AvmTuple *avm_tuple_from(AvmThread *t, const AvmValue *items, uint32_t n); // new references to items
AvmTuple *avm_tuple_from_iter(AvmThread *t, AvmValue iterable);
AvmTuple *avm_tuple_from_list(AvmThread *t, AvmList *list);

static inline bool avm_is_list(AvmValue v) { return avm_is(v, AVM_T_LIST); }
static inline bool avm_is_tuple(AvmValue v) { return avm_is(v, AVM_T_TUPLE); }
// Lists, tuples and their sub-classes: the items now (valid until script runs); false otherwise.
bool avm_seq_items(AvmThread *t, AvmValue v, AvmValue **items, uint32_t *n);

// A list that the iterable is, or a new one of its items; a new reference. For natives that walk twice or backwards.
// A tuple or list stays as it is (sub-classes too).
AvmValue avm_seq_fast(AvmThread *t, AvmValue iterable);
// What sequences share. repr: open and close are the brackets; comma: a lone item is followed by one.
AvmValue avm_seq_repr(AvmThread *t, AvmValue v, const char *open, const char *close, bool comma);
// Comparison of two lists or of two tuples.
AvmValue avm_seq_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b);
// 1, 0, -1: does the list or tuple hold something equal to x?
int avm_seq_contains(AvmThread *t, AvmValue seq, AvmValue x);
// The positions of `index(x, start, stop)`: clipped as slices do. Absent ones are AVM_EMPTY.
bool avm_seq_bounds(AvmThread *t, AvmValue start, AvmValue stop, uint32_t len, uint32_t *from, uint32_t *to);
// len(v) if it has one, else its __length_hint__, else fallback. -1: exception.
int64_t avm_length_hint(AvmThread *t, AvmValue v, int64_t fallback);
// The count of `seq * v`: clipped to 0 from below. -1: exception; -2: v is no integer.
int64_t avm_seq_times(AvmThread *t, AvmValue v);

// range(): ints of any size. With AVM_RANGE_SMALL in h.flags everything fits an int64, the item after the last one too.
enum { AVM_RANGE_SMALL = 1 };
typedef struct AvmRange {
    AvmObj h;
    AvmValue start, stop, step, length; // ints
    int64_t first, by, count;           // the same, when small
} AvmRange;

typedef struct AvmRangeIter {
    AvmObj h;
    int64_t next, step;
    uint64_t left; // how many are still to come
} AvmRangeIter;
// iter(range(*args)) for one or two inline ints.
AvmValue avm_range_loop(AvmThread *t, const AvmValue *args, uint32_t n);

typedef struct AvmListIter {
    AvmObj h;
    uint32_t at;
    AvmList *list; // NULL when exhausted
} AvmListIter;

// iter() of what has only __getitem__. vm/types/iter.c
typedef struct AvmSeqIter {
    AvmObj h;
    int64_t at;
    AvmValue sequence; // AVM_EMPTY when exhausted
} AvmSeqIter;

// slice(start, stop, step) clipped to a length: start, step, and how many items. false: exception.
typedef struct AvmSlice {
    AvmObj h;
    AvmValue start, stop, step;
} AvmSlice;
AvmValue avm_slice_new(AvmThread *t, AvmValue start, AvmValue stop, AvmValue step);
bool avm_slice_indices(AvmThread *t, AvmSlice *s, int64_t len, int64_t *start, int64_t *step, int64_t *count);
// The same in two parts, for sequences whose length the first part may change (it may run script). Before clipping
// start and stop are what the slice says, INT64_MIN and INT64_MAX standing for what lies beyond.
bool avm_slice_unpack(AvmThread *t, AvmSlice *s, int64_t *start, int64_t *stop, int64_t *step);
int64_t avm_slice_clip(int64_t len, int64_t *start, int64_t *stop, int64_t step); // the count

#endif
