// What the types of generators, coroutines and asynchronous generators share.
#ifndef AVM_VM_TYPES_GENS_H
#define AVM_VM_TYPES_GENS_H

#include "vm/gen.h"

void avm_gen_free(AvmThread *t, AvmObj *o);
void avm_gen_traverse(AvmObj *o, AvmVisit visit, void *arg);
void avm_gen_clear(AvmThread *t, AvmObj *o);
AvmValue avm_gen_qualname(AvmGen *g); // borrowed
// What a method like send() returns: a yielded value, or StopIteration with the result.
AvmValue avm_sent_value(AvmThread *t, AvmSent how, AvmValue out);
// The exception that throw(type, value, tb) means; new reference. More than the first argument is warned
// about.
AvmValue avm_throw_args(AvmThread *t, const char *method, AvmValue type, AvmValue value, AvmValue tb);

// Attributes and methods that several of these types have.
AvmValue avm_gen_repr(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_name(AvmThread *t, AvmValue v);
bool avm_gen_set_name(AvmThread *t, AvmValue v, AvmValue x);
AvmValue avm_gen_get_qualname(AvmThread *t, AvmValue v);
bool avm_gen_set_qualname(AvmThread *t, AvmValue v, AvmValue x);
AvmValue avm_gen_get_running(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_suspended(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_await(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_code(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_frame(AvmThread *t, AvmValue v);
AvmValue avm_gen_get_origin(AvmThread *t, AvmValue v);
AvmValue avm_gen_method_close(AvmThread *t, AvmValue *args, uint32_t n);

// Coroutines, native ones too (coroutine.c).
extern const AvmNativeDef avm_coroutine_methods[];
extern const AvmGetSetDef avm_coroutine_getsets[];
AvmValue avm_coroutine_repr(AvmThread *t, AvmValue v);

extern const AvmGetSetDef avm_asyncgen_getsets[];
AvmValue avm_asyncgen_running(AvmThread *t, AvmValue v);

#endif
