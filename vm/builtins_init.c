// The module builtins: types, exceptions, functions and constants of all rooms in one namespace. Each is made when its name
// is first looked up, all when somebody sees the namespace as a whole.
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/excs.h"
#include "vm/types/str.h"

// --- what there is

typedef struct Builtin {
    const char *name;
    const AvmNativeDef *def; // of a function; else NULL
    int exception;           // AVM_EXC_..., or -1
    uint16_t type;           // AVM_T_..., or 0
    AvmValue value;          // of a constant
} Builtin;

static const Builtin constants[] = {
#define CONSTANT(n, v) {.name = n, .exception = -1, .value = v}
    CONSTANT("None", AVM_NONE),         CONSTANT("True", AVM_TRUE),
    CONSTANT("False", AVM_FALSE),       CONSTANT("Ellipsis", AVM_ELLIPSIS),
    CONSTANT("__debug__", AVM_TRUE),    CONSTANT("NotImplemented", AVM_NOTIMPL),
#undef CONSTANT
#define TYPE(n, id) {.name = n, .exception = -1, .type = AVM_T_##id}
    TYPE("type", TYPE),                 TYPE("object", OBJECT),
    TYPE("int", INT),                   TYPE("bool", BOOL),
    TYPE("float", FLOAT),               TYPE("str", STR),
    TYPE("bytes", BYTES),               TYPE("list", LIST),
    TYPE("tuple", TUPLE),               TYPE("bytearray", BYTEARRAY),
    TYPE("dict", DICT),                 TYPE("set", SET),
    TYPE("frozenset", FROZENSET),       TYPE("range", RANGE),
    TYPE("zip", ZIP),                   TYPE("map", MAP),
    TYPE("slice", SLICE),               TYPE("property", PROPERTY),
    TYPE("classmethod", CLASSMETHOD),   TYPE("staticmethod", STATICMETHOD),
    TYPE("super", SUPER),               TYPE("filter", FILTER),
    TYPE("enumerate", ENUMERATE),       TYPE("reversed", REVERSED),
#undef TYPE
// asyncio's own exceptions stand beside Python's in the table.
#define E(n, base, layout, doc)                                                                                    \
    {.name = AVM_EXC_##n == AVM_EXC_CancelledError || AVM_EXC_##n == AVM_EXC_InvalidStateError ? "" : #n,          \
     .exception = AVM_EXC_##n},
#include "vm/exceptions.def"
#undef E
    {.name = "EnvironmentError", .exception = AVM_EXC_OSError},
    {.name = "IOError", .exception = AVM_EXC_OSError},
};
enum { CONSTANTS = sizeof constants / sizeof *constants };

static const AvmNativeDef *const functions[] = {avm_builtins_basic, avm_builtins_number, avm_builtins_eval,
                                                avm_iter_builtins, avm_async_builtins, NULL};

// A walk over all of them.
typedef struct Walk {
    uint32_t constant, table, row;
} Walk;

static bool next(Walk *w, Builtin *out) {
    if (w->constant < CONSTANTS) {
        *out = constants[w->constant++];
        return true;
    }
    while (functions[w->table]) {
        const AvmNativeDef *def = &functions[w->table][w->row++];
        *out = (Builtin){.name = def->name, .def = def, .exception = -1};
        if (def->name) return true;
        w->table++;
        w->row = 0;
    }
    return false;
}

// --- names that may be there: a filter, so that the others cost nothing

static uint32_t filter_bit(const char *name, size_t n) {
    return (uint32_t)((unsigned char)name[0] * 37u + (unsigned char)name[n - 1] * 11u + n * 101u) % AVM_BUILTIN_FILTER_BITS;
}

static void make_filter(AvmVm *vm) {
    Builtin b;
    for (Walk w = {0}; next(&w, &b);) {
        size_t n = strlen(b.name);
        if (!n) continue;
        uint32_t bit = filter_bit(b.name, n);
        vm->builtin_filter[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    vm->builtins_known = true;
}

static bool may_be(AvmVm *vm, const AvmStr *name) {
    if (!name->len) return false;
    if (!vm->builtins_known) make_filter(vm);
    uint32_t bit = filter_bit(name->data, name->len);
    return vm->builtin_filter[bit / 64] >> bit % 64 & 1;
}

// --- making them

// Borrowed from the dict, or AVM_FAIL.
static AvmValue add(AvmThread *t, AvmStr *key, const Builtin *b) {
    AvmValue v = b->value;
    if (b->def)
        v = avm_value(avm_native_new(t, b->def, NULL, AVM_NAME(t, builtins)));
    else if (b->exception >= 0)
        v = avm_value(avm_retain(avm_exc_type(t, b->exception)));
    else if (b->type)
        v = avm_value(avm_retain(avm_type_get(t, b->type)));
    if (b->exception >= 0 && avm_type_get(t, AVM_T_NONE) == (AvmType *)avm_obj(v)) {
        avm_decref(t, v);
        v = avm_raise_memory(t);
    }
    bool good = v && avm_dict_set_str(t, t->vm->builtins, key, v);
    avm_decref(t, v);
    return good ? v : AVM_FAIL;
}

AvmValue avm_builtins_get(AvmThread *t, AvmStr *name) {
    AvmValue have = avm_dict_get_str(t, t->vm->builtins, name);
    if (have || t->vm->builtins_complete || !may_be(t->vm, name)) return have;
    Builtin b;
    for (Walk w = {0}; next(&w, &b);)
        if (avm_str_is(name, b.name)) return add(t, name, &b);
    return AVM_EMPTY;
}

// The dict is made anew, in the table's order; what else was in it comes last.
bool avm_builtins_complete(AvmThread *t) {
    AvmVm *vm = t->vm;
    if (vm->builtins_complete) return true;
    AvmDict *before = avm_dict_copy(t, vm->builtins);
    if (!before) return false;
    vm->builtins_complete = true;
    avm_dict_clear(t, vm->builtins);
    bool good = true;
    Builtin b;
    for (Walk w = {0}; good && next(&w, &b);) {
        if (!*b.name) continue;
        AvmStr *key = avm_str_intern(t, b.name, strlen(b.name));
        AvmValue have = key ? avm_dict_get_str(t, before, key) : AVM_EMPTY;
        good = have ? avm_dict_set_str(t, vm->builtins, key, have) : key && add(t, key, &b);
        avm_drop(t, key);
    }
    uint32_t pos = 0;
    AvmValue key, value;
    while (avm_dict_next(before, &pos, &key, &value)) // all, so that nothing is lost when memory has run out
        if (!avm_dict_set_str(t, vm->builtins, (AvmStr *)avm_obj(key), value)) good = false;
    avm_drop(t, before);
    vm->builtins_complete = good;
    return good;
}
