// The types of the module _collections.
#ifndef AVM_STDLIB_COLLECTIONS_H
#define AVM_STDLIB_COLLECTIONS_H

#include "vm/import.h"

extern const AvmTypeDef avm_deque_def, avm_dequeiter_def, avm_dequereviter_def;

#endif
