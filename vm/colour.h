// Colours of tracebacks on a terminal: CPython's. Nothing is added where t->colours is not set.
#ifndef AVM_VM_COLOUR_H
#define AVM_VM_COLOUR_H

#include "vm/thread.h"

#define AVM_COLOUR_END "\033[0m"
#define AVM_COLOUR_PLACE "\033[35m"       // file, line, function; the message
#define AVM_COLOUR_TYPE "\033[1;35m"
#define AVM_COLOUR_PART "\033[31m"        // what has a ~ under it
#define AVM_COLOUR_POINT "\033[1;31m"     // what has a ^ under it

static inline void avm_colour(const AvmThread *t, AvmBuf *out, const char *colour) {
    if (t->colours) avm_buf_text(out, colour);
}

#endif
