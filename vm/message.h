// Texts of messages: printf with a few conversions for values.
#ifndef AVM_VM_MESSAGE_H
#define AVM_VM_MESSAGE_H

#include <stdarg.h>

#include "vm/thread.h"

// Appends a text formatted as vm/error.h says of avm_raise: printf's conversions plus %S %R %V %T %A %K %N.
// false: an exception is set (no memory, or a repr failed).
bool avm_message_add(AvmThread *t, AvmBuf *out, const char *format, va_list args);

#endif
