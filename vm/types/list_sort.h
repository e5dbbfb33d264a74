// What the files of list.sort share: the keys in work and how they are compared.
#ifndef AVM_VM_TYPES_LIST_SORT_H
#define AVM_VM_TYPES_LIST_SORT_H

#include "vm/types/list_parts.h"
#include "vm/types/str.h"

enum { AVM_SORT_GALLOP = 7 }; // wins in a row that make a merge gallop, at first
enum { AVM_SORT_MAX_RUNS = 64 };

// What all keys are; the plain kinds compare without running script.
typedef enum AvmSortKind {
    AVM_SORT_INT = 1,
    AVM_SORT_FLOAT = 2,
    AVM_SORT_STR = 4,
    AVM_SORT_FIRST = 8, // times one of these: tuples whose first items are
} AvmSortKind;

// keys are sorted; values (NULL: there is no key function) go where their keys go. The spare arrays are as long.
typedef struct AvmSort AvmSort;
struct AvmSort {
    AvmThread *t;
    AvmValue *keys, *values;
    AvmValue *spare_keys, *spare_values;
    uint32_t n;
    uint32_t work; // comparisons since fuel was charged
    unsigned kinds;
    int (*less)(AvmSort *s, AvmValue a, AvmValue b); // for other kinds than the plain ones: 1, 0, -1
    uint32_t gallop_after;
    uint32_t nruns;
    struct {
        uint32_t start, len;
        int power; // of the boundary to the next run: how deep it lies in the tree of merges
    } runs[AVM_SORT_MAX_RUNS];
};

int avm_sort_less_counted(AvmSort *s, AvmValue a, AvmValue b);
// a < b: 1, 0, -1.
static inline int avm_sort_less(AvmSort *s, AvmValue a, AvmValue b) {
    if (s->kinds == AVM_SORT_INT) return avm_int_shifted(a) < avm_int_shifted(b);
    if (s->kinds == AVM_SORT_STR) return avm_str_compare((AvmStr *)avm_obj(a), (AvmStr *)avm_obj(b)) < 0;
    if (s->kinds == AVM_SORT_FLOAT) return avm_float(a) < avm_float(b);
    return avm_sort_less_counted(s, a, b);
}

// Merges run i and the one after it. false: exception; no item is lost.
bool avm_sort_merge(AvmSort *s, uint32_t i);

#endif
