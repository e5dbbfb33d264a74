// What the files of dict and set share among themselves. Others include vm/types/dict.h.
#ifndef AVM_VM_TYPES_DICT_PARTS_H
#define AVM_VM_TYPES_DICT_PARTS_H

#include "vm/types/dict.h"
#include "vm/types/list_parts.h"

enum { AVM_DICT_KEYS, AVM_DICT_VALUES, AVM_DICT_ITEMS };

// iter of dicts.
AvmValue avm_dict_iter(AvmThread *t, AvmValue v);
// dict[key]: 1, 0, -1 as get, but *out is a new reference.
int avm_dict_get_new(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out);
// Appends "key: value" for all, with commas. false: exception.
bool avm_dict_repr_items(AvmThread *t, AvmDict *d, AvmBuf *out);
// Appends repr(v).
bool avm_repr_append(AvmThread *t, AvmValue v, AvmBuf *out);

// Is v a set or frozenset, or an instance of a sub-class?
static inline bool avm_is_set(AvmThread *t, AvmValue v) {
    return avm_is(v, AVM_T_SET) || avm_is(v, AVM_T_FROZENSET) || avm_is_sub(t, v, AVM_TYPE_SUB_SET);
}
AvmSet *avm_set_from(AvmThread *t, uint16_t type, AvmValue iterable); // iterable empty: none
bool avm_set_add_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash);
int avm_set_contains_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash);
int avm_set_discard_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash);
bool avm_set_next_hashed(AvmSet *s, uint32_t *pos, AvmValue *v, int64_t *hash);
AvmValue avm_set_pop(AvmThread *t, AvmSet *s); // AVM_DONE: s is empty
void avm_set_clear(AvmThread *t, AvmSet *s);
// Gives the table to b and takes b's.
void avm_set_swap(AvmSet *a, AvmSet *b);
// Rebuilds the table without deleted entries when they are many.
bool avm_set_tidy(AvmThread *t, AvmSet *s);
// a.difference_update(b) and a.symmetric_difference_update(b).
bool avm_set_subtract(AvmThread *t, AvmSet *a, AvmValue b);
bool avm_set_toggle(AvmThread *t, AvmSet *a, AvmValue b);
// a & b: a new set of a's kind.
AvmSet *avm_set_intersect(AvmThread *t, AvmSet *a, AvmValue b);

#endif
