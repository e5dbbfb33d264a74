// Types from the inside: making them, and what of their slots comes from where. Scripts' view of a type is vm/types/type.c.
#ifndef AVM_VM_TYPE_H
#define AVM_VM_TYPE_H

#include "vm/error.h"

// A type object with nothing but a number; the caller fills it. NULL: exception.
AvmType *avm_type_alloc(AvmThread *t, uint16_t id, uint16_t metatype);
// The C3 linearisation of bases put after type; false: TypeError.
bool avm_type_set_mro(AvmThread *t, AvmType *type);
bool avm_type_add_subclass(AvmThread *t, AvmType *base, AvmType *sub);
// The type's dict or bases have changed: slots are chosen anew, caches dropped, sub-classes included.
void avm_type_changed(AvmThread *t, AvmType *type);
// Chooses every slot along the MRO: a script's dunder method or a native slot, whichever comes first. vm/slots.c
void avm_type_inherit_slots(AvmThread *t, AvmType *type);
// Marks those names by AVM_STR_OF_SLOT; once, when vm->names are there.
void avm_slots_mark_names(AvmThread *t);
// The dunder wrappers (`list.__len__`) of a native type's own slots. vm/wrappers.c
bool avm_type_add_wrappers(AvmThread *t, AvmType *type);
void avm_method_cache_free(AvmVm *vm);
void avm_type_free_parts(AvmThread *t, AvmType *type);

// The class statement and type(name, bases, dict): vm/class.c. kwargs a dict or NULL.
AvmValue avm_class_new(AvmThread *t, AvmType *meta, AvmStr *name, AvmTuple *bases, AvmDict *ns, AvmDict *kwargs);
AvmValue avm_class_build(AvmThread *t, AvmValue body, AvmStr *name, AvmTuple *bases, AvmDict *kwargs);
// An instance: what calling a class does. args as for AvmSlots.call.
AvmValue avm_type_call(AvmThread *t, AvmValue cls, AvmValue *args, uint32_t nargs, AvmTuple *kwnames);
// The `__dict__` of instances that have attributes of their own. vm/types/type.c
extern const AvmGetSetDef avm_instance_dict_getset;
extern const AvmGetSetDef avm_weakref_getset; // their `__weakref__`: vm/weak.c
// Methods of `object` that say what an instance is made of. vm/types/reduce.c
AvmValue avm_object_getstate(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_object_reduce(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_object_reduce_ex(AvmThread *t, AvmValue *args, uint32_t n);
// Fills new_fn, init_fn of the type for its version.
void avm_type_find_makers(AvmThread *t, AvmType *type);
// Whether the class lacks no abstract method. false: TypeError is set.
bool avm_type_check_concrete(AvmThread *t, AvmType *type);

#endif
