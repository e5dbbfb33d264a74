// The module builtins: types, exceptions, functions and constants of all rooms in one namespace.
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"

static bool set(AvmThread *t, const char *name, AvmValue v) {
    AvmStr *key = avm_str_intern(t, name, strlen(name));
    bool good = key && avm_dict_set_str(t, t->vm->builtins, key, v);
    avm_drop(t, key);
    return good;
}

static bool add_types(AvmThread *t) {
    static const uint16_t ids[] = {
        AVM_T_TYPE,        AVM_T_OBJECT,       AVM_T_INT,   AVM_T_BOOL,      AVM_T_FLOAT,     AVM_T_STR,
        AVM_T_BYTES,       AVM_T_LIST,         AVM_T_TUPLE, AVM_T_BYTEARRAY, AVM_T_DICT,      AVM_T_SET,
        AVM_T_FROZENSET,   AVM_T_RANGE,        AVM_T_ZIP,   AVM_T_MAP,       AVM_T_SLICE,     AVM_T_PROPERTY,
        AVM_T_CLASSMETHOD, AVM_T_STATICMETHOD, AVM_T_SUPER, AVM_T_FILTER,    AVM_T_ENUMERATE, AVM_T_REVERSED};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        AvmType *type = avm_type_get(t, ids[i]);
        if (!set(t, type->name->data, avm_value(type))) return false;
    }
    return true;
}

static bool add_exceptions(AvmThread *t) {
    for (int i = 0; i < AVM_EXC_COUNT; i++) {
        // asyncio's own stand beside Python's in the table.
        if (i == AVM_EXC_CancelledError || i == AVM_EXC_InvalidStateError) continue;
        AvmType *type = t->vm->exceptions[i];
        if (!set(t, type->name->data, avm_value(type))) return false;
    }
    AvmValue os = avm_value(AVM_EXC(t, OSError));
    return set(t, "EnvironmentError", os) && set(t, "IOError", os);
}

static bool add_functions(AvmThread *t, const AvmNativeDef *rows) {
    for (; rows->name; rows++) {
        AvmNative *f = avm_native_new(t, rows, NULL, AVM_NAME(t, builtins));
        bool good = f && set(t, rows->name, avm_value(f));
        avm_drop(t, f);
        if (!good) return false;
    }
    return true;
}

static bool add_constants(AvmThread *t) {
    return set(t, "None", AVM_NONE) && set(t, "True", AVM_TRUE) && set(t, "False", AVM_FALSE) &&
           set(t, "Ellipsis", AVM_ELLIPSIS) && set(t, "NotImplemented", AVM_NOTIMPL) &&
           set(t, "__debug__", AVM_TRUE);
}

bool avm_builtins_init(AvmThread *t) {
    return add_constants(t) && add_types(t) && add_exceptions(t) && add_functions(t, avm_builtins_basic) &&
           add_functions(t, avm_builtins_number) && add_functions(t, avm_builtins_eval) &&
           add_functions(t, avm_iter_builtins) && add_functions(t, avm_async_builtins);
}
