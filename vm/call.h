// Calling things from C. Every call here may run script: borrowed references must be kept alive by the caller.
#ifndef AVM_VM_CALL_H
#define AVM_VM_CALL_H

#include "vm/thread.h"

// New reference or AVM_FAIL. args are borrowed (and stay the caller's).
AvmValue avm_call(AvmThread *t, AvmValue callee, const AvmValue *args, uint32_t n);
// n counts the values of kwnames too (they come last); kwnames NULL or a tuple of str.
AvmValue avm_call_kw(AvmThread *t, AvmValue callee, const AvmValue *args, uint32_t n, AvmTuple *kwnames);
// f(self, *args); self is borrowed as they are.
AvmValue avm_call_self(AvmThread *t, AvmValue f, AvmValue self, const AvmValue *args, uint32_t n, AvmTuple *kwnames);
// args a tuple or list, kwargs a dict or NULL.
AvmValue avm_call_ex(AvmThread *t, AvmValue callee, AvmValue args, AvmDict *kwargs);
static inline AvmValue avm_call0(AvmThread *t, AvmValue callee) { return avm_call(t, callee, NULL, 0); }
static inline AvmValue avm_call1(AvmThread *t, AvmValue callee, AvmValue a) { return avm_call(t, callee, &a, 1); }
// self.name(*args) by ordinary attribute look-up.
AvmValue avm_call_method(AvmThread *t, AvmValue self, AvmStr *name, const AvmValue *args, uint32_t n);
// type(self).name(self, *args): special methods. AVM_DONE when the type has none.
AvmValue avm_call_special(AvmThread *t, AvmValue self, AvmStr *name, const AvmValue *args, uint32_t n);
bool avm_is_callable(AvmThread *t, AvmValue v);

// Resumes a generator, coroutine, async-generator step or native coroutine; or any iterator (through __next__/send).
AvmSent avm_send(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out);
AvmSent avm_throw(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out);

// self and args in one row, all of them, while it is open. NULL: MemoryError, and nothing to close.
enum { AVM_ARGS_SMALL = 9 };
typedef struct AvmArgs {
    AvmValue *all;
    uint32_t n;
    AvmValue small[AVM_ARGS_SMALL];
} AvmArgs;
const AvmValue *avm_args_open(AvmThread *t, AvmArgs *a, AvmValue self, const AvmValue *args, uint32_t n);
void avm_args_close(AvmThread *t, AvmArgs *a);

#endif
