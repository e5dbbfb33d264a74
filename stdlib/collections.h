// The types of the module _collections.
#ifndef AVM_STDLIB_COLLECTIONS_H
#define AVM_STDLIB_COLLECTIONS_H

#include "vm/import.h"

extern const AvmTypeDef avm_deque_def, avm_dequeiter_def, avm_dequereviter_def;

// Deques for other modules: v is one itself, of no sub-class.
uint16_t avm_deque_type_id(AvmThread *t);
AvmValue avm_deque_new(AvmThread *t);
uint32_t avm_deque_len(AvmValue v);
AvmValue avm_deque_at(AvmValue v, uint32_t i); // borrowed
bool avm_deque_append(AvmThread *t, AvmValue v, AvmValue item);
AvmValue avm_deque_take_first(AvmValue v); // v is not empty
bool avm_deque_remove(AvmThread *t, AvmValue v, AvmValue item); // by identity; false: it is not there

#endif
