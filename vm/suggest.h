// Known names that are near to a wrong one.
#ifndef AVM_VM_SUGGEST_H
#define AVM_VM_SUGGEST_H

#include "vm/error.h"

// TypeError: `function`() got a keyword argument that is none of the names (n of them, each a text). Always false.
bool avm_suggest_keyword(AvmThread *t, const char *function, AvmStr *const *names, uint32_t n, AvmValue wrong);
// "Did you mean ..." for a NameError, AttributeError or ImportError: appended to out. Leaves no exception set.
void avm_suggest(AvmThread *t, AvmExc *exc, AvmBuf *out);
// Is name a module of Python's standard library?
bool avm_is_stdlib_name(const char *name, size_t n);

#endif
