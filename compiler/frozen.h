// The modules that aio-freeze compiled into the program.
#ifndef AVM_COMPILER_FROZEN_H
#define AVM_COMPILER_FROZEN_H

#include <stdbool.h>

#include "compiler/unit.h"

typedef struct AvmFrozen {
    const char *name; // dotted; a package's own name, without __init__
    const AvmUnit *unit; // never freed
    bool is_package;
} AvmFrozen;

// In the order in which aio-freeze got them; the last has no name.
extern const AvmFrozen avm_frozen_modules[];

#endif
