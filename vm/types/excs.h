// What the exception types' files share.
#ifndef AVM_VM_TYPES_EXCS_H
#define AVM_VM_TYPES_EXCS_H

#include "vm/error.h"

// Makes the types of vm/exceptions.def without which nothing works, and the reserve for when memory has run out.
bool avm_exc_boot(AvmThread *t);
// Makes the others.
bool avm_exc_complete(AvmThread *t);

// --- groups: vm/types/excgroup.c
extern const AvmNativeDef avm_excgroup_methods[];
extern const AvmGetSetDef avm_excgroup_getsets[];
// ExceptionGroup, which has two bases.
AvmType *avm_excgroup_boot(AvmThread *t, const AvmTypeDef *def);
// Checks args and fills message and exceptions.
bool avm_excgroup_fill(AvmThread *t, AvmExc *e);
AvmValue avm_excgroup_str(AvmThread *t, AvmExc *e);
AvmValue avm_excgroup_repr(AvmThread *t, AvmExc *e);

#endif
