// The hooks of sys: what shows values and exceptions, until a script puts something else in their place.
#ifndef AVM_STDLIB_SYSPARTS_H
#define AVM_STDLIB_SYSPARTS_H

#include "vm/import.h"

AvmValue avm_sys_displayhook(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_sys_excepthook(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_sys_unraisablehook(AvmThread *t, AvmValue *args, uint32_t n);

// Has the script put something else in the place of sys.unraisablehook? Then that is told of an exception that nobody can
// catch (AvmVm.unraisable), and it was true.
bool avm_sys_tell_unraisable(AvmThread *t, AvmValue exc, const char *message, AvmValue where);

#endif
