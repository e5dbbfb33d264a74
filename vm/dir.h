// dir(): the names of an object's attributes.
#ifndef AVM_VM_DIR_H
#define AVM_VM_DIR_H

#include "vm/thread.h"

// A sorted list of str, as dir(v) gives; AVM_FAIL: exception.
AvmValue avm_dir(AvmThread *t, AvmValue v);
// What object.__dir__ and type.__dir__ give: not sorted.
AvmValue avm_dir_default(AvmThread *t, AvmValue v);
// The names of the innermost frame that runs script, sorted: dir() without argument.
AvmValue avm_dir_here(AvmThread *t);

#endif
