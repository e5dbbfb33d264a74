// dir(): the names of an object's attributes.
#include "vm/dir.h"

#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/shape.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static bool add_name(AvmThread *t, AvmDict *names, AvmValue name) {
    return !avm_as_str(t, name) || avm_dict_set(t, names, name, AVM_NONE);
}

static bool add_keys(AvmThread *t, AvmDict *names, AvmDict *d) {
    uint32_t pos = 0;
    AvmValue key, value;
    while (d && avm_dict_next(d, &pos, &key, &value))
        if (!add_name(t, names, key)) return false;
    return true;
}

static bool add_class(AvmThread *t, AvmDict *names, AvmType *type) {
    if (!type->mro) return add_keys(t, names, type->dict);
    for (uint32_t i = 0; i < type->mro->len; i++)
        if (!add_keys(t, names, ((AvmType *)avm_obj(type->mro->items[i]))->dict)) return false;
    return true;
}

static bool add_own(AvmThread *t, AvmDict *names, AvmValue v) {
    if (!avm_is_obj(v)) return true;
    if (avm_is(v, AVM_T_FUNCTION)) return add_keys(t, names, ((AvmFunc *)avm_obj(v))->dict);
    AvmAttrs *a = avm_object_attrs(t, avm_obj(v));
    if (!a || !a->shape) return true;
    if (avm_shape_is_dict(a->shape)) return add_keys(t, names, (AvmDict *)avm_obj(a->values[0]));
    for (uint32_t i = 0; i < a->shape->count; i++)
        if (a->values[i] != AVM_EMPTY && !add_name(t, names, avm_value(a->shape->keys[i]))) return false;
    return true;
}

AvmValue avm_dir_default(AvmThread *t, AvmValue v) {
    AvmDict *names = avm_dict_new(t);
    if (!names) return AVM_FAIL;
    bool good;
    if (avm_is(v, AVM_T_MODULE))
        good = avm_module_complete(t, (AvmModuleObj *)avm_obj(v)) &&
               add_keys(t, names, ((AvmModuleObj *)avm_obj(v))->dict);
    else if (avm_is_sub(t, v, AVM_TYPE_SUB_TYPE))
        good = add_class(t, names, (AvmType *)avm_obj(v));
    else
        good = add_own(t, names, v) && add_class(t, names, avm_type_of(t, v));
    AvmList *list = good ? avm_list_from_iter(t, avm_value(names)) : NULL;
    avm_drop(t, names);
    return avm_value(list);
}

static AvmValue sorted(AvmThread *t, AvmValue names) {
    if (names == AVM_FAIL) return AVM_FAIL;
    AvmList *list = avm_list_from_iter(t, names);
    avm_decref(t, names);
    if (list && avm_list_sort(t, list, AVM_EMPTY, false)) return avm_value(list);
    avm_drop(t, list);
    return AVM_FAIL;
}

AvmValue avm_dir(AvmThread *t, AvmValue v) {
    AvmStr *name = AVM_NAME(t, __dir__);
    AvmValue names = AVM_DONE;
    if (avm_is(v, AVM_T_MODULE)) {
        AvmValue fn = avm_dict_get_str(t, ((AvmModuleObj *)avm_obj(v))->dict, name);
        if (fn != AVM_EMPTY) names = avm_call0(t, fn);
    } else {
        names = avm_call_special(t, v, name, NULL, 0);
    }
    return sorted(t, names == AVM_DONE ? avm_dir_default(t, v) : names);
}

AvmValue avm_dir_here(AvmThread *t) {
    if (!t->frame) return avm_value(avm_list_new(t, 0));
    AvmDict *locals = avm_frame_locals(t, t->frame);
    return sorted(t, avm_value(locals));
}
