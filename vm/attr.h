// Attribute access by descriptors, dictionaries and shapes: what object.__getattribute__ and its kin do.
#ifndef AVM_VM_ATTR_H
#define AVM_VM_ATTR_H

#include "vm/object.h"

// object.__getattribute__ without raising: AVM_DONE when there is no such attribute.
AvmValue avm_attr_find(AvmThread *t, AvmValue v, AvmStr *name);
// object.__getattribute__: AttributeError at the end.
AvmValue avm_attr_get_generic(AvmThread *t, AvmValue v, AvmStr *name);
// object.__setattr__ and __delattr__ (value empty).
bool avm_attr_set_generic(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value);
// A method look-up for a call. Gives *func (new reference) and *self: v (new reference) when func is to be called with v
// first, or AVM_EMPTY. false: exception.
bool avm_attr_method(AvmThread *t, AvmValue v, AvmStr *name, AvmValue *func, AvmValue *self);
// The value of a class attribute seen from obj (empty: from the class itself): runs __get__. attr borrowed.
AvmValue avm_attr_bind(AvmThread *t, AvmValue attr, AvmValue obj, AvmType *type);
// The instance's own __dict__ (borrowed), or NULL with an AttributeError.
AvmDict *avm_attr_dict(AvmThread *t, AvmValue v);
// The interned twin of an attribute name, borrowed for as long as the VM lives.
AvmStr *avm_attr_name(AvmThread *t, AvmStr *name);

#endif
