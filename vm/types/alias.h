// Types with arguments and unions of types: `list[int]`, `int | None`.
#ifndef AVM_VM_TYPES_ALIAS_H
#define AVM_VM_TYPES_ALIAS_H

#include "vm/thread.h"

// origin[args]; args a tuple of arguments, or the only one. New reference.
AvmValue avm_alias_new(AvmThread *t, AvmValue origin, AvmValue args);
// Appends v as it looks in the repr of an alias or a union.
bool avm_alias_repr_arg(AvmThread *t, AvmValue v, AvmBuf *out);
// The binary slot of types, aliases and unions: `|` makes a union of types, None and aliases.
AvmValue avm_union_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);

#endif
