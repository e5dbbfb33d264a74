// How an object says what it is made of: __getstate__, __reduce__ and __reduce_ex__ of `object`. What they return is put
// together in script, stdlib/copyreg.aio.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/type.h"
#include "vm/types/str.h"

static AvmValue ask(AvmThread *t, const char *function, const AvmValue *args, uint32_t n) {
    AvmValue module = avm_import_text(t, "copyreg");
    AvmStr *name = module ? avm_str_text(t, function) : NULL;
    AvmValue r = name ? avm_call_method(t, module, name, args, n) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, module);
    return r;
}

AvmValue avm_object_getstate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return ask(t, "_state_of", args, 1);
}

// The class of C that an object's class comes from tells what else it holds.
static AvmValue reduce(AvmThread *t, AvmValue obj, AvmValue protocol) {
    AvmType *native = avm_type_of(t, obj);
    while (native->flags & AVM_TYPE_HEAP) native = native->base;
    AvmValue args[] = {obj, protocol, avm_value(native)};
    return ask(t, "_reduce", args, 3);
}

AvmValue avm_object_reduce(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return reduce(t, args[0], avm_inline_int_value(0));
}

AvmValue avm_object_reduce_ex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = avm_str_intern(t, "__reduce__", 10);
    if (!name) return AVM_FAIL;
    AvmValue of_object = avm_type_lookup(t, avm_type_get(t, AVM_T_OBJECT), name);
    bool own = avm_type_lookup(t, avm_type_of(t, args[0]), name) != of_object;
    AvmValue r = own ? avm_call_method(t, args[0], name, NULL, 0) : reduce(t, args[0], args[1]);
    avm_drop(t, name);
    return r;
}
