// What the files of lists, tuples and iterators share among themselves. Others include vm/types/list.h.
#ifndef AVM_VM_TYPES_LIST_PARTS_H
#define AVM_VM_TYPES_LIST_PARTS_H

#include "vm/types/list.h"

extern const AvmNativeDef avm_list_methods[];

// Sorts keys[0 .. n), n > 0, and values (or NULL) with them, if they are many small ints or floats in no
// order; the spare arrays are as long. False: they are not, and nothing has moved.
bool avm_list_sort_numbers(AvmValue *keys, AvmValue *values, AvmValue *spare_keys, AvmValue *spare_values,
                           uint32_t n);

// Takes the item out of the list: its reference is yours. at < len.
AvmValue avm_list_take_at(AvmThread *t, AvmList *list, uint32_t at);

// Can v serve as an index: an int, or an object with __index__?
bool avm_has_index(AvmThread *t, AvmValue v);
// An index of a sequence. refusal: the TypeError's text, with a %T for the key.
bool avm_seq_index(AvmThread *t, AvmValue key, const char *refusal, int64_t *out);
// slice.indices(len) for ints of any size: start, stop, step, all references you own. false: exception.
bool avm_slice_big(AvmThread *t, AvmSlice *s, AvmValue len, AvmValue out[3]);
// Has v an __iter__ or __getitem__?
bool avm_can_iterate(AvmThread *t, AvmValue v);
// iter of iterators: v itself.
AvmValue avm_iter_self(AvmThread *t, AvmValue v);
// iter(callee, sentinel).
AvmValue avm_calliter_new(AvmThread *t, AvmValue callee, AvmValue sentinel);
// A pair of a and b (both taken): the one in *slot again if nobody else holds it, else a new one, kept in *slot too.
AvmValue avm_pair_reuse(AvmThread *t, AvmTuple **slot, AvmValue a, AvmValue b);
// __class_getitem__ of containers: a types.GenericAlias of args[0] and args[1].
AvmValue avm_class_getitem(AvmThread *t, AvmValue *args, uint32_t n);
// The row for it in a table of methods.
#define AVM_CLASS_GETITEM_ROW \
    {"__class_getitem__", avm_class_getitem, "__class_getitem__(item, /)", "See PEP 585", AVM_DEF_CLASS}

#endif
