// What is said of a module that lacks an attribute.
#ifndef AVM_VM_ABSENT_H
#define AVM_VM_ABSENT_H

#include "vm/types/func.h"

// AttributeError, with a reason where one can be seen. AVM_FAIL.
AvmValue avm_module_raise_absent(AvmThread *t, AvmModuleObj *m, AvmStr *name);

#endif
