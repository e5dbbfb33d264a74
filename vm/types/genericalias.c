// types.GenericAlias: what `list[int]` is. Behaves as its origin, and remembers the arguments.
#include "vm/call.h"
#include "vm/attr.h"
#include "vm/error.h"
#include "vm/types/alias.h"
#include "vm/types/dict.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

typedef struct Alias {
    AvmObj h;
    AvmValue origin;
    AvmTuple *args;
    AvmTuple *parameters; // the args that are type variables; NULL: not asked for yet
} Alias;

static inline Alias *as_alias(AvmValue v) { return (Alias *)avm_obj(v); }

AvmValue avm_alias_new(AvmThread *t, AvmValue origin, AvmValue args) {
    Alias *a = avm_object_new_id(t, AVM_T_GENERICALIAS, sizeof *a);
    if (!a) return AVM_FAIL;
    a->origin = avm_incref(origin);
    a->args = avm_is_tuple(args) ? (AvmTuple *)avm_obj(avm_incref(args)) : avm_tuple_from(t, &args, 1);
    if (a->args) return avm_value(a);
    avm_drop(t, a);
    return AVM_FAIL;
}

AvmValue avm_class_getitem(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_alias_new(t, args[0], args[1]);
}

static AvmValue alias_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_alias_new(t, args[1], args[2]);
}

static void alias_free(AvmThread *t, AvmObj *o) {
    Alias *a = (Alias *)o;
    avm_decref(t, a->origin);
    if (a->args) avm_drop(t, a->args);
    if (a->parameters) avm_drop(t, a->parameters);
}

static void alias_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Alias *a = (Alias *)o;
    visit(a->origin, arg);
    if (a->args) visit(avm_value(a->args), arg);
    if (a->parameters) visit(avm_value(a->parameters), arg);
}

// --- repr

// The attribute as a str, or NULL (with or without an exception).
static AvmStr *text_attr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmValue s = avm_getattr_maybe(t, v, name);
    if (!s || s == AVM_DONE) return NULL;
    AvmStr *text = avm_as_str(t, s);
    if (!text) avm_decref(t, s);
    return text;
}

bool avm_alias_repr_arg(AvmThread *t, AvmValue v, AvmBuf *out) {
    if (v == AVM_ELLIPSIS) return avm_buf_text(out, "...");
    if (v == avm_value(avm_type_get(t, AVM_T_NONE))) return avm_buf_text(out, "None");
    if (avm_is_list(v)) {
        AvmList *list = (AvmList *)avm_obj(v);
        avm_buf_byte(out, '[');
        for (uint32_t i = 0; i < list->len; i++) {
            if (i) avm_buf_text(out, ", ");
            if (!avm_alias_repr_arg(t, list->items[i], out)) return false;
        }
        return avm_buf_byte(out, ']');
    }
    AvmStr *qualname = avm_is_sub(t, v, AVM_TYPE_SUB_TYPE) || !avm_is(v, AVM_T_GENERICALIAS)
                           ? text_attr(t, v, AVM_NAME(t, __qualname__))
                           : NULL;
    AvmStr *module = qualname ? text_attr(t, v, AVM_NAME(t, __module__)) : NULL;
    bool ok = !avm_failed(t);
    if (ok && qualname && module) {
        if (!avm_str_is(module, "builtins")) {
            avm_buf_add(out, module->data, module->len);
            avm_buf_byte(out, '.');
        }
        avm_buf_add(out, qualname->data, qualname->len);
    } else if (ok) {
        AvmValue text = avm_repr(t, v);
        AvmStr *s = text ? avm_as_str(t, text) : NULL;
        ok = s && avm_buf_add(out, s->data, s->len);
        avm_decref(t, text);
    }
    if (qualname) avm_drop(t, qualname);
    if (module) avm_drop(t, module);
    return ok;
}

static AvmValue alias_repr(AvmThread *t, AvmValue v) {
    Alias *a = as_alias(v);
    AvmBuf out;
    int entered = avm_repr_enter(t, v);
    if (entered < 0) return AVM_FAIL;
    if (!entered) return avm_value(avm_str_text(t, "..."));
    avm_buf_init(&out, &t->vm->alloc);
    bool ok = avm_alias_repr_arg(t, a->origin, &out);
    avm_buf_byte(&out, '[');
    for (uint32_t i = 0; ok && i < a->args->len; i++) {
        if (i) avm_buf_text(&out, ", ");
        ok = avm_alias_repr_arg(t, a->args->items[i], &out);
    }
    if (!a->args->len) avm_buf_text(&out, "()");
    avm_buf_byte(&out, ']');
    avm_repr_leave(t, v);
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

// --- behaviour

static AvmValue alias_call(AvmThread *t, AvmValue v, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmValue made = avm_call_kw(t, as_alias(v)->origin, args, nargs, kwnames);
    if (!made || !avm_has_flag(avm_type_of(t, made), AVM_TYPE_HEAP)) return made;
    AvmStr *name = avm_str_intern(t, "__orig_class__", 14);
    bool ok = name && avm_setattr(t, made, name, v);
    if (name) avm_drop(t, name);
    if (!ok && (avm_exc_swallow(t, AVM_EXC(t, AttributeError)) || avm_exc_swallow(t, AVM_EXC(t, TypeError)))) ok = true;
    if (ok) return made;
    avm_decref(t, made);
    return AVM_FAIL;
}

static bool is_own_attribute(AvmStr *name) {
    static const char *const own[] = {"__class__", "__origin__", "__args__", "__parameters__", "__mro_entries__",
                                      "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (avm_str_is(name, own[i])) return true;
    return false;
}

static AvmValue alias_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    if (is_own_attribute(name)) return avm_attr_get_generic(t, v, name);
    return avm_getattr(t, as_alias(v)->origin, name);
}

static bool alias_hash(AvmThread *t, AvmValue v, int64_t *out) {
    int64_t origin, args;
    if (!avm_hash(t, as_alias(v)->origin, &origin) || !avm_hash(t, avm_value(as_alias(v)->args), &args)) return false;
    *out = origin ^ args;
    if (*out == -1) *out = -2;
    return true;
}

static AvmValue alias_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (op > AVM_NE || !avm_is(b, AVM_T_GENERICALIAS)) return AVM_NOTIMPL;
    int same = avm_compare_bool(t, AVM_EQ, as_alias(a)->origin, as_alias(b)->origin);
    if (same == 1)
        same = avm_compare_bool(t, AVM_EQ, avm_value(as_alias(a)->args), avm_value(as_alias(b)->args));
    return same < 0 ? AVM_FAIL : avm_bool(same == (op == AVM_EQ));
}

static AvmValue alias_instancecheck(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise_type(t, "isinstance() argument 2 cannot be a parameterized generic");
}

static AvmValue alias_subclasscheck(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise_type(t, "issubclass() argument 2 cannot be a parameterized generic");
}

static AvmValue alias_mro_entries(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_tuple_from(t, &as_alias(args[0])->origin, 1));
}

static AvmValue alias_origin(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_alias(v)->origin);
}

static AvmValue alias_args(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(as_alias(v)->args));
}

// --- type variables: arguments with a __typing_subst__ method stand for what [] gives later

static int is_variable(AvmThread *t, AvmValue v) {
    if (avm_is_sub(t, v, AVM_TYPE_SUB_TYPE)) return 0;
    AvmStr *name = avm_str_intern(t, "__typing_subst__", 16);
    if (!name) return -1;
    AvmValue found = avm_type_lookup(t, avm_type_of(t, v), name);
    avm_drop(t, name);
    return found != AVM_EMPTY;
}

static bool add_once(AvmThread *t, AvmList *list, AvmValue v) {
    for (uint32_t i = 0; i < list->len; i++)
        if (list->items[i] == v) return true;
    return avm_list_append(t, list, v);
}

static bool collect(AvmThread *t, AvmTuple *args, AvmList *out) {
    for (uint32_t i = 0; i < args->len; i++) {
        AvmValue v = args->items[i];
        int variable = is_variable(t, v);
        if (variable < 0 || (variable && !add_once(t, out, v))) return false;
        if (avm_is(v, AVM_T_GENERICALIAS) && !collect(t, as_alias(v)->args, out)) return false;
    }
    return true;
}

static AvmTuple *parameters_of(AvmThread *t, Alias *a) {
    if (!a->parameters) {
        AvmList *list = avm_list_new(t, 0);
        if (list && collect(t, a->args, list)) a->parameters = avm_tuple_from_list(t, list);
        if (list) avm_drop(t, list);
    }
    return a->parameters;
}

static AvmValue alias_parameters(AvmThread *t, AvmValue v) {
    AvmTuple *p = parameters_of(t, as_alias(v));
    return p ? avm_incref(avm_value(p)) : AVM_FAIL;
}

// args with each of from replaced by the value at the same place of to.
static AvmTuple *substitute(AvmThread *t, AvmTuple *args, AvmTuple *from, AvmValue *to) {
    AvmTuple *result = avm_tuple_new(t, args->len);
    for (uint32_t i = 0; result && i < args->len; i++) {
        AvmValue v = args->items[i], fresh = AVM_EMPTY;
        for (uint32_t k = 0; k < from->len && !fresh; k++)
            if (from->items[k] == v) fresh = avm_incref(to[k]);
        if (!fresh && avm_is(v, AVM_T_GENERICALIAS)) {
            AvmTuple *inner = substitute(t, as_alias(v)->args, from, to);
            fresh = inner ? avm_alias_new(t, as_alias(v)->origin, avm_value(inner)) : AVM_FAIL;
            if (inner) avm_drop(t, inner);
            if (!fresh) {
                avm_drop(t, result);
                return NULL;
            }
        }
        result->items[i] = fresh ? fresh : avm_incref(v);
    }
    return result;
}

static AvmValue alias_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    Alias *a = as_alias(v);
    AvmTuple *parameters = parameters_of(t, a);
    if (!parameters) return AVM_FAIL;
    if (!parameters->len) return avm_raise_type(t, "%R is not a generic class", v);
    AvmValue *to = avm_is_tuple(key) ? ((AvmTuple *)avm_obj(key))->items : &key;
    uint32_t n = avm_is_tuple(key) ? ((AvmTuple *)avm_obj(key))->len : 1;
    if (n != parameters->len)
        return avm_raise_type(t, "Too %s arguments for %R; actual %u, expected %u", n > parameters->len ? "many" : "few",
                              v, n, parameters->len);
    AvmTuple *args = substitute(t, a->args, parameters, to);
    if (!args) return AVM_FAIL;
    AvmValue result = avm_alias_new(t, a->origin, avm_value(args));
    avm_drop(t, args);
    return result;
}

static const AvmNativeDef alias_methods[] = {
    {"__new__", alias_make, "__new__(origin, args, /)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__instancecheck__", alias_instancecheck, "__instancecheck__(instance, /)", "Refused.", AVM_DEF_METHOD},
    {"__subclasscheck__", alias_subclasscheck, "__subclasscheck__(cls, /)", "Refused.", AVM_DEF_METHOD},
    {"__mro_entries__", alias_mro_entries, "__mro_entries__(bases, /)", "What stands in for it among bases.",
     AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef alias_getsets[] = {
    {"__origin__", alias_origin, NULL, "The class."},
    {"__args__", alias_args, NULL, "The arguments, a tuple."},
    {"__parameters__", alias_parameters, NULL, "The arguments that are type variables."},
    {0},
};

const AvmTypeDef avm_genericalias_def = {
    .name = "types.GenericAlias", .id = AVM_T_GENERICALIAS, .size = sizeof(Alias), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "A class with type arguments, as list[int].",
    .slots = {.free = alias_free, .traverse = alias_traverse, .repr = alias_repr, .hash = alias_hash,
              .call = alias_call, .getattr = alias_getattr, .getitem = alias_getitem, .binary = avm_union_binary,
              .compare = alias_compare},
    .methods = alias_methods, .getsets = alias_getsets,
};
