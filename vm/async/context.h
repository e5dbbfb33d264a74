// contextvars. Where a context is kept (t->context, tasks, handles) it is one of: empty (no variable is set), a dict
// that nobody changes any more (var -> value), or a Context that scripts have seen. So copying one costs nothing, and a
// Context object is made only when somebody asks for it.
#ifndef AVM_VM_ASYNC_CONTEXT_H
#define AVM_VM_ASYNC_CONTEXT_H

#include "vm/types/dict.h"

typedef struct AvmContext {
    AvmObj h;
    AvmDict *vars; // or NULL; shared: a change makes a new dict
    bool entered;
} AvmContext;

// What copy_context() would hold, in its cheapest form; new reference.
AvmValue avm_context_share(AvmThread *t);
// Makes *slot a Context (entered: it is somebody's current one). Borrowed. NULL: MemoryError.
AvmContext *avm_context_object(AvmThread *t, AvmValue *slot, bool entered);
// false: RuntimeError, it is entered.
bool avm_context_can_enter(AvmThread *t, AvmValue context);
// Makes `context` the current one (a reference is taken) and gives what was current. false: RuntimeError, it is entered.
bool avm_context_enter(AvmThread *t, AvmValue context, AvmValue *before);
// Ends it; returns what the current one has become (new reference), for tasks, whose context lives on.
AvmValue avm_context_leave(AvmThread *t, AvmValue before);
bool avm_is_context(AvmValue v);
// May scripts give this as `context=`: a Context, None or nothing? false: TypeError.
bool avm_context_check(AvmThread *t, AvmValue given);
bool avm_context_add_missing(AvmThread *t);                                  // gives Token its MISSING
AvmValue avm_context_copy_current(AvmThread *t, AvmValue *args, uint32_t n); // copy_context(), a native

#endif
