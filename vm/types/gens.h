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
// The exception that throw(type, value, tb) means, of n arguments; new reference. AVM_FAIL: they are no
// exception, or not from one to three.
AvmValue avm_throw_args(AvmThread *t, const char *method, const AvmValue *args, uint32_t n);
// More than one argument is deprecated. false: the warning is an exception.
bool avm_throw_warn(AvmThread *t, const char *method, uint32_t n);

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
