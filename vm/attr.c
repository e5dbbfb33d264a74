// Attribute access by descriptors, dictionaries and shapes.
#include "vm/attr.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/shape.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

AvmStr *avm_attr_name(AvmThread *t, AvmStr *name) {
    if (name->h.flags & AVM_STR_INTERNED) return name;
    AvmStr *s = avm_str_intern(t, name->data, name->len);
    if (!s) {
        avm_exc_clear(t);
        return name;
    }
    avm_drop(t, s); // vm->interned keeps it
    return s;
}

static bool is_data_descriptor(AvmThread *t, AvmValue attr) {
    return avm_is_obj(attr) && t->vm->types[avm_obj(attr)->type]->s.set != NULL;
}

AvmValue avm_attr_bind(AvmThread *t, AvmValue attr, AvmValue obj, AvmType *type) {
    if (!avm_is_obj(attr)) return attr;
    AvmType *at = t->vm->types[avm_obj(attr)->type];
    if (!at->s.get) return avm_incref(attr);
    avm_incref(attr); // __get__ may drop the class attribute
    AvmValue v = at->s.get(t, attr, obj, type);
    avm_decref(t, attr);
    return v;
}

static AvmValue own_attribute(AvmThread *t, AvmValue v, AvmStr *name) {
    if (!avm_is_obj(v)) return AVM_EMPTY;
    AvmAttrs *a = avm_object_attrs(t, avm_obj(v));
    return a ? avm_attrs_get(t, a, name) : AVM_EMPTY;
}

AvmValue avm_attr_find(AvmThread *t, AvmValue v, AvmStr *name) {
    name = avm_attr_name(t, name);
    AvmType *type = avm_type_of(t, v);
    AvmValue attr = avm_type_lookup(t, type, name);
    if (attr && is_data_descriptor(t, attr) && t->vm->types[avm_obj(attr)->type]->s.get)
        return avm_attr_bind(t, attr, v, type);
    AvmValue own = own_attribute(t, v, name);
    if (own) return avm_incref(own);
    return attr ? avm_attr_bind(t, attr, v, type) : AVM_DONE;
}

AvmValue avm_attr_get_generic(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmValue r = avm_attr_find(t, v, name);
    return r == AVM_DONE ? avm_raise_attribute(t, v, name) : r;
}

bool avm_attr_set_generic(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    name = avm_attr_name(t, name);
    AvmType *type = avm_type_of(t, v);
    AvmValue attr = avm_type_lookup(t, type, name);
    if (attr && is_data_descriptor(t, attr)) {
        avm_incref(attr);
        bool ok = t->vm->types[avm_obj(attr)->type]->s.set(t, attr, v, value);
        avm_decref(t, attr);
        return ok;
    }
    AvmAttrs *a = avm_is_obj(v) ? avm_object_attrs(t, avm_obj(v)) : NULL;
    if (a) {
        if (value) return avm_attrs_set(t, avm_obj(v), a, name, value);
        int gone = avm_attrs_del(t, avm_obj(v), a, name);
        if (gone == 0) avm_raise_attribute(t, v, name);
        return gone > 0;
    }
    if (attr)
        return avm_raise(t, AVM_EXC(t, AttributeError), "'%T' object attribute '%S' is read-only", v, name);
    avm_raise(t, AVM_EXC(t, AttributeError),
              "'%T' object has no attribute '%S' and no __dict__ for setting new attributes", v, name);
    return avm_attribute_of(t, v, name);
}

bool avm_readonly(AvmThread *t, AvmValue self, AvmValue value) {
    (void)self, (void)value;
    return avm_raise(t, AVM_EXC(t, AttributeError), "readonly attribute");
}

AvmDict *avm_attr_dict(AvmThread *t, AvmValue v) {
    AvmAttrs *a = avm_is_obj(v) ? avm_object_attrs(t, avm_obj(v)) : NULL;
    if (a) return avm_attrs_dict(t, avm_obj(v), a);
    avm_raise_attribute(t, v, AVM_NAME(t, __dict__));
    return NULL;
}

bool avm_attr_method(AvmThread *t, AvmValue v, AvmStr *name, AvmValue *func, AvmValue *self) {
    *self = AVM_EMPTY;
    AvmType *type = avm_type_of(t, v);
    if (!type->s.getattr) {
        AvmValue attr = avm_type_lookup(t, type, name);
        bool callable_as_method =
            attr && avm_is_obj(attr) && (avm_obj(attr)->type == AVM_T_FUNCTION || avm_obj(attr)->type == AVM_T_NATIVE_METHOD);
        if (callable_as_method && !own_attribute(t, v, name)) {
            *func = avm_incref(attr);
            *self = avm_incref(v);
            return true;
        }
    }
    *func = avm_getattr(t, v, name);
    return *func != AVM_FAIL;
}

AvmValue avm_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmType *type = avm_type_of(t, v);
    return type->s.getattr ? type->s.getattr(t, v, name) : avm_attr_get_generic(t, v, name);
}

AvmValue avm_getattr_maybe(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmType *type = avm_type_of(t, v);
    AvmValue r = type->s.getattr ? type->s.getattr(t, v, name) : avm_attr_find(t, v, name);
    if (!r && avm_exc_swallow(t, AVM_EXC(t, AttributeError))) return AVM_DONE;
    return r;
}

bool avm_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    AvmType *type = avm_type_of(t, v);
    return type->s.setattr ? type->s.setattr(t, v, name, value) : avm_attr_set_generic(t, v, name, value);
}

AvmValue avm_special(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmType *type = avm_type_of(t, v);
    AvmValue attr = avm_type_lookup(t, type, name);
    return attr ? avm_attr_bind(t, attr, v, type) : AVM_DONE;
}
