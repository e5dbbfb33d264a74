// SimpleNamespace: an object with attributes and nothing else.
#include "vm/attr.h"
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/shape.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

typedef struct Namespace {
    AvmObj h;
    AvmAttrs attrs;
} Namespace;

static AvmValue namespace_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

static bool set_all(AvmThread *t, AvmValue self, AvmDict *d) {
    uint32_t pos = 0;
    AvmValue key, value;
    while (avm_dict_next(d, &pos, &key, &value)) {
        AvmStr *name = avm_as_str(t, key);
        if (!name) return avm_raise_type(t, "keywords must be strings") != AVM_FAIL;
        if (!avm_attr_set_generic(t, self, avm_attr_name(t, name), value)) return false;
    }
    return true;
}

static AvmValue namespace_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] != AVM_EMPTY) {
        AvmDict *d = avm_dict_new(t);
        bool good = d && avm_dict_update(t, d, args[1]) && set_all(t, args[0], d);
        avm_drop(t, d);
        if (!good) return AVM_FAIL;
    }
    AvmDict *kwargs = args[2] == AVM_EMPTY ? NULL : avm_as_dict(t, args[2]);
    return !kwargs || set_all(t, args[0], kwargs) ? AVM_NONE : AVM_FAIL;
}

static bool add_item(AvmThread *t, AvmBuf *b, AvmValue key, AvmValue value, bool first) {
    AvmStr *name = avm_as_str(t, key);
    AvmValue text = name ? avm_repr(t, value) : AVM_FAIL;
    if (text == AVM_FAIL) return !name;
    AvmStr *s = (AvmStr *)avm_obj(text);
    avm_buf_printf(b, "%s%.*s=", first ? "" : ", ", (int)name->len, name->data);
    avm_buf_add(b, s->data, s->len);
    avm_decref(t, text);
    return true;
}

// The attributes in order; a copy, because showing them runs script.
static AvmDict *attributes(AvmThread *t, AvmValue v) {
    AvmDict *d = avm_attr_dict(t, v);
    return d ? avm_dict_copy(t, d) : NULL;
}

static AvmValue namespace_repr(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    const char *name = type->id == AVM_T_NAMESPACE ? "namespace" : type->name->data;
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_format(t, "%s(...)", name));
    AvmDict *d = attributes(t, v);
    bool good = d != NULL;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_printf(&b, "%s(", name);
    uint32_t pos = 0;
    AvmValue key, value;
    for (bool first = true; good && avm_dict_next(d, &pos, &key, &value); first = false)
        good = add_item(t, &b, key, value, first);
    avm_buf_byte(&b, ')');
    AvmValue result = good ? avm_value(avm_str_from_buf(t, &b)) : AVM_FAIL;
    avm_buf_free(&b);
    avm_drop(t, d);
    avm_repr_leave(t, v);
    return result;
}

static AvmValue namespace_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if ((op != AVM_EQ && op != AVM_NE) || !avm_isinstance_exact(t, b, avm_type_get(t, AVM_T_NAMESPACE)))
        return AVM_NOTIMPL;
    AvmDict *x = attributes(t, a), *y = x ? attributes(t, b) : NULL;
    AvmValue r = y ? avm_compare(t, op, avm_value(x), avm_value(y)) : AVM_FAIL;
    avm_drop(t, x);
    avm_drop(t, y);
    return r;
}

static const AvmNativeDef namespace_methods[] = {
    {"__new__", namespace_new, "__new__(*args, **kwargs)", "Create and return a new object.", AVM_DEF_STATIC},
    {"__init__", namespace_init, "__init__(mapping_or_iterable=None, /, **kwargs)", "Sets the attributes.",
     AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_namespace_def = {
    .name = "types.SimpleNamespace",
    .id = AVM_T_NAMESPACE,
    .size = sizeof(Namespace),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "An object with the attributes it is made with.",
    .slots = {.repr = namespace_repr, .compare = namespace_compare},
    .methods = namespace_methods,
};
