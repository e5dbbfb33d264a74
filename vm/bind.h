// What a function of script says of arguments that do not fit. Natives that are functions of script in CPython say the same.
#ifndef AVM_VM_BIND_H
#define AVM_VM_BIND_H

#include "compiler/unit.h"
#include "vm/error.h"

// TypeErrors, the function's qualified name first. All return false.
// Parameters that were not given: n names; kind is "positional" or "keyword-only".
bool avm_bind_missing(AvmThread *t, AvmValue function, const AvmText *names, uint32_t n, const char *kind);
// `given` arguments by position where `most` fit, of which the last `defaults` may be left out; and kwonly ones by name.
bool avm_bind_too_many(AvmThread *t, AvmValue function, uint32_t most, uint32_t defaults, uint32_t given, uint32_t kwonly);
bool avm_bind_twice(AvmThread *t, AvmValue function, AvmValue name);

#endif
