// The modules that aio-freeze compiled into the program.
#ifndef AVM_COMPILER_FROZEN_H
#define AVM_COMPILER_FROZEN_H

#include "compiler/unit.h"

// In the order in which aio-freeze got them; the last has no name.
extern const AvmFrozen avm_frozen_modules[];

#endif
