// `type` and `object` as scripts see them; isinstance and issubclass; super.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/gen.h"
#include "vm/shape.h"
#include "vm/type.h"
#include "vm/types/alias.h"
#include "vm/types/dict.h"
#include "vm/types/excs.h"
#include "vm/types/func.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmType *type_of_value(AvmValue v) { return (AvmType *)avm_obj(v); }

// --- type: life

static void type_free(AvmThread *t, AvmObj *o) {
    AvmType *type = (AvmType *)o;
    if (type->id) avm_type_free_parts(t, type);
}
static void type_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmType *type = (AvmType *)o;
    visit(avm_value(type->dict), arg);
    visit(avm_value(type->bases), arg);
    visit(avm_value(type->mro), arg);
}
static void type_clear(AvmThread *t, AvmObj *o) {
    AvmType *type = (AvmType *)o;
    // Instances may still be looked at while they die: names, shape and base stay until the end.
    if (type->dict) avm_dict_clear(t, type->dict);
    AvmTuple *empty = avm_tuple_new(t, 0), *mro = type->mro;
    if (!empty) return avm_exc_clear(t);
    type->mro = empty;
    type->version = avm_version_next(t);
    avm_drop(t, mro);
}

// --- type: attributes

static AvmValue type_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    name = avm_attr_name(t, name);
    AvmType *type = type_of_value(v), *meta = avm_type_of(t, v);
    AvmValue of_meta = avm_type_lookup(t, meta, name);
    bool data = of_meta && avm_is_obj(of_meta) && t->vm->types[avm_obj(of_meta)->type]->s.set;
    if (data) return avm_attr_bind(t, of_meta, v, meta);
    AvmValue own = avm_type_lookup(t, type, name);
    if (own) return avm_attr_bind(t, own, AVM_EMPTY, type);
    if (of_meta) return avm_attr_bind(t, of_meta, v, meta);
    return avm_raise_attribute(t, v, name);
}

static bool type_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    name = avm_attr_name(t, name);
    AvmType *type = type_of_value(v), *meta = avm_type_of(t, v);
    if (type->flags & AVM_TYPE_IMMUTABLE)
        return avm_raise_type(t, "cannot set '%S' attribute of immutable type '%N'", name, type);
    AvmValue of_meta = avm_type_lookup(t, meta, name);
    if (of_meta && avm_is_obj(of_meta) && t->vm->types[avm_obj(of_meta)->type]->s.set)
        return t->vm->types[avm_obj(of_meta)->type]->s.set(t, of_meta, v, value);
    if (value ? !avm_dict_set_str(t, type->dict, name, value) : !avm_dict_del_str(t, type->dict, name))
        return value ? false : avm_raise_attribute(t, v, name) != AVM_FAIL;
    avm_type_changed(t, type);
    return true;
}

static AvmValue type_repr(AvmThread *t, AvmValue v) {
    AvmType *type = type_of_value(v);
    AvmValue module = avm_dict_get_str(t, avm_type_dict(t, type), AVM_NAME(t, __module__));
    AvmStr *m = module ? avm_as_str(t, module) : NULL;
    if (m && !avm_str_is(m, "builtins")) return avm_value(avm_str_format(t, "<class '%S.%S'>", m, type->qualname));
    return avm_value(avm_str_format(t, "<class '%S'>", type->qualname));
}

static AvmValue get_name(AvmThread *t, AvmValue v) { (void)t; return avm_value(avm_retain(type_of_value(v)->name)); }
static AvmValue get_qualname(AvmThread *t, AvmValue v) { (void)t; return avm_value(avm_retain(type_of_value(v)->qualname)); }
static bool set_text(AvmThread *t, AvmType *type, AvmStr **field, AvmValue x, const char *what) {
    AvmStr *s = x ? avm_as_str(t, x) : NULL;
    if (type->flags & AVM_TYPE_IMMUTABLE) return avm_raise_type(t, "cannot set '%s' attribute of immutable type '%N'", what, type);
    if (!s) return avm_raise_type(t, "can only assign string to %N.%s, not '%T'", type, what, x);
    AvmStr *old = *field;
    *field = avm_retain(s);
    avm_drop(t, old);
    return true;
}
static bool set_name(AvmThread *t, AvmValue v, AvmValue x) { return set_text(t, type_of_value(v), &type_of_value(v)->name, x, "__name__"); }
static bool set_qualname(AvmThread *t, AvmValue v, AvmValue x) { return set_text(t, type_of_value(v), &type_of_value(v)->qualname, x, "__qualname__"); }
static AvmValue get_bases(AvmThread *t, AvmValue v) { (void)t; return avm_value(avm_retain(type_of_value(v)->bases)); }
static AvmValue get_base(AvmThread *t, AvmValue v) {
    (void)t;
    AvmType *base = type_of_value(v)->base;
    return base ? avm_value(avm_retain(base)) : AVM_NONE;
}
static AvmValue get_mro(AvmThread *t, AvmValue v) { (void)t; return avm_value(avm_retain(type_of_value(v)->mro)); }
static AvmValue get_module(AvmThread *t, AvmValue v) {
    // Types of the builtins have no entry, or one for what their instances have.
    AvmValue m = avm_dict_get_str(t, avm_type_dict(t, type_of_value(v)), AVM_NAME(t, __module__));
    return avm_value(avm_retain(m && !avm_is(m, AVM_T_GETSET) ? avm_obj(m) : &AVM_NAME(t, builtins)->h));
}
static bool set_in_dict(AvmThread *t, AvmValue v, AvmStr *name, AvmValue x) {
    AvmType *type = type_of_value(v);
    if (type->flags & AVM_TYPE_IMMUTABLE) return avm_raise_type(t, "cannot set '%S' attribute of immutable type '%N'", name, type);
    return avm_dict_set_str(t, type->dict, name, x ? x : AVM_NONE);
}
static bool set_module(AvmThread *t, AvmValue v, AvmValue x) { return set_in_dict(t, v, AVM_NAME(t, __module__), x); }
static AvmValue get_doc(AvmThread *t, AvmValue v) {
    AvmValue d = avm_dict_get_str(t, avm_type_dict(t, type_of_value(v)), AVM_NAME(t, __doc__));
    return d ? avm_attr_bind(t, d, AVM_EMPTY, type_of_value(v)) : AVM_NONE;
}
static bool set_doc(AvmThread *t, AvmValue v, AvmValue x) { return set_in_dict(t, v, AVM_NAME(t, __doc__), x); }
static AvmValue get_dict(AvmThread *t, AvmValue v) {
    return avm_call1(t, avm_value(t->vm->types[AVM_T_MAPPINGPROXY]), avm_value(avm_type_dict(t, type_of_value(v))));
}
static AvmValue get_annotations(AvmThread *t, AvmValue v) {
    AvmType *type = type_of_value(v);
    AvmValue a = avm_dict_get_str(t, avm_type_dict(t, type), AVM_NAME(t, __annotations__));
    if (a) return avm_incref(a);
    if (type->flags & AVM_TYPE_IMMUTABLE)
        return avm_raise(t, AVM_EXC(t, AttributeError), "type object '%N' has no attribute '__annotations__'", type);
    AvmDict *d = avm_dict_new(t);
    if (d && !avm_dict_set_str(t, type->dict, AVM_NAME(t, __annotations__), avm_value(d))) {
        avm_drop(t, d);
        return AVM_FAIL;
    }
    return avm_value(d);
}
static bool set_annotations(AvmThread *t, AvmValue v, AvmValue x) { return set_in_dict(t, v, AVM_NAME(t, __annotations__), x); }

static const AvmGetSetDef type_getsets[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__bases__", get_bases, NULL, NULL},
    {"__base__", get_base, NULL, NULL},
    {"__mro__", get_mro, NULL, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__dict__", get_dict, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {0},
};

static AvmValue type_new(AvmThread *t, AvmValue *args, uint32_t n) {
    // args: metaclass, keywords, then name, bases, dict
    if (n - 2 != 3) return avm_raise_type(t, "type.__new__() takes exactly 3 arguments (%u given)", n - 2);
    AvmStr *name = avm_as_str(t, args[2]);
    if (!name) return avm_raise_type(t, "type.__new__() argument 1 must be str, not %A", args[2]);
    if (!avm_is_sub(t, args[3], AVM_TYPE_SUB_TUPLE))
        return avm_raise_type(t, "type.__new__() argument 2 must be tuple, not %A", args[3]);
    AvmDict *ns = avm_as_dict(t, args[4]);
    if (!ns) return avm_raise_type(t, "type.__new__() argument 3 must be dict, not %A", args[4]);
    return avm_class_new(t, type_of_value(args[0]), name, (AvmTuple *)avm_obj(args[3]), ns, args[1] ? (AvmDict *)avm_obj(args[1]) : NULL);
}
static AvmValue type_init(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n - 2 != 1 && n - 2 != 3) return avm_raise_type(t, "type.__init__() takes 1 or 3 arguments");
    (void)args;
    return AVM_NONE;
}
static AvmValue type_mro(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_list_from(t, type_of_value(args[0])->mro->items, type_of_value(args[0])->mro->len));
}
static AvmValue type_subclasses(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = type_of_value(args[0]);
    if (!avm_exc_complete(t)) return AVM_FAIL;
    AvmList *list = avm_list_new(t, type->nsubclasses);
    for (uint32_t i = 0; list && i < type->nsubclasses; i++)
        if (!(type->subclasses[i]->flags & AVM_TYPE_HIDDEN)) avm_list_append(t, list, avm_value(type->subclasses[i]));
    return avm_value(list);
}
static AvmValue type_prepare(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(avm_dict_new(t));
}
static AvmValue type_instancecheck(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_bool(avm_isinstance_exact(t, args[1], type_of_value(args[0])));
}
static AvmValue type_subclasscheck(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_sub(t, args[1], AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "issubclass() arg 1 must be a class");
    return avm_bool(avm_type_is_sub(type_of_value(args[1]), type_of_value(args[0])));
}
static AvmValue type_or(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    return avm_union_binary(t, op, a, b);
}
static void collect_names(AvmThread *t, AvmSet *set, AvmDict *d) {
    uint32_t pos = 0;
    AvmValue k, v;
    while (avm_dict_next(d, &pos, &k, &v)) avm_set_add(t, set, k);
}
// The names dir() shows of a class.
static AvmValue type_dir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmSet *set = avm_set_new(t, AVM_T_SET);
    AvmTuple *mro = type_of_value(args[0])->mro;
    for (uint32_t i = 0; set && i < mro->len; i++) collect_names(t, set, avm_type_dict(t, type_of_value(mro->items[i])));
    AvmList *list = set ? avm_list_from_iter(t, avm_value(set)) : NULL;
    avm_drop(t, set);
    return avm_value(list);
}

static const AvmNativeDef type_methods[] = {
    {"__new__", type_new, "__new__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"__init__", type_init, "__init__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"mro", type_mro, "mro()", "Return a type's method resolution order.", AVM_DEF_METHOD},
    {"__subclasses__", type_subclasses, "__subclasses__()", "Return a list of immediate subclasses.", AVM_DEF_METHOD},
    {"__prepare__", type_prepare, "__prepare__(*args, **kwargs)", "Create the namespace for the class statement", AVM_DEF_CLASS},
    {"__instancecheck__", type_instancecheck, "__instancecheck__(instance, /)", "Check if an object is an instance.", AVM_DEF_METHOD},
    {"__subclasscheck__", type_subclasscheck, "__subclasscheck__(subclass, /)", "Check if a class is a subclass.", AVM_DEF_METHOD},
    {"__dir__", type_dir, "__dir__()", "Specialized __dir__ implementation for types.", AVM_DEF_METHOD},
    {0},
};

const AvmTypeDef avm_type_def = {
    .name = "type",
    .id = AVM_T_TYPE,
    .size = sizeof(AvmType),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_SUB_TYPE,
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .slots = {.free = type_free, .traverse = type_traverse, .clear = type_clear, .repr = type_repr, .call = avm_type_call,
              .getattr = type_getattr, .setattr = type_setattr, .binary = type_or},
    .methods = type_methods,
    .getsets = type_getsets,
};

// --- isinstance, issubclass

// __instancecheck__ or __subclasscheck__ of a metaclass other than type; AVM_DONE: there is none.
static AvmValue ask_class(AvmThread *t, AvmValue cls, AvmStr *name, AvmValue v) {
    AvmType *meta = avm_type_of(t, cls);
    if (meta->id == AVM_T_TYPE) return AVM_DONE;
    if (name == AVM_NAME(t, __instancecheck__) && meta->s.instancecheck) return meta->s.instancecheck(t, cls, v);
    AvmValue f = avm_type_lookup(t, meta, name);
    if (!f || f == avm_dict_get_str(t, avm_type_dict(t, t->vm->types[AVM_T_TYPE]), name)) return AVM_DONE;
    return avm_call_special(t, cls, name, &v, 1);
}

static int truth_of(AvmThread *t, AvmValue r) {
    int truth = r ? avm_truth(t, r) : -1;
    avm_decref(t, r);
    return truth;
}

static int in_tuple(AvmThread *t, AvmValue v, AvmTuple *classes, int (*test)(AvmThread *, AvmValue, AvmValue)) {
    if (!avm_native_enter(t)) return -1;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < classes->len; i++) r = test(t, v, classes->items[i]);
    avm_native_leave(t);
    return r;
}

// An object may say that it is of another class than it is: by a __class__ of its own (mocks do).
static int claims_class(AvmThread *t, AvmValue v, AvmType *cls) {
    if (avm_isinstance_exact(t, v, cls)) return 1;
    AvmType *type = avm_type_of(t, v);
    AvmStr *name = AVM_NAME(t, __class__);
    bool own = type->s.getattr ||
               avm_type_lookup(t, type, name) != avm_type_lookup(t, avm_type_get(t, AVM_T_OBJECT), name);
    if (!(type->flags & AVM_TYPE_HEAP) || !own) return 0;
    AvmValue claimed = avm_getattr_maybe(t, v, name);
    if (!claimed || claimed == AVM_DONE) return claimed ? 0 : -1;
    bool is = avm_is_sub(t, claimed, AVM_TYPE_SUB_TYPE) && avm_type_is_sub(type_of_value(claimed), cls);
    avm_decref(t, claimed);
    return is;
}

int avm_isinstance(AvmThread *t, AvmValue v, AvmValue cls) {
    if (avm_is(cls, AVM_T_TYPE)) return claims_class(t, v, type_of_value(cls));
    if (avm_is_sub(t, cls, AVM_TYPE_SUB_TUPLE)) return in_tuple(t, v, (AvmTuple *)avm_obj(cls), avm_isinstance);
    if (avm_value(avm_type_of(t, v)) == cls) return 1;
    AvmValue r = ask_class(t, cls, AVM_NAME(t, __instancecheck__), v);
    if (r != AVM_DONE) return truth_of(t, r);
    if (avm_is_sub(t, cls, AVM_TYPE_SUB_TYPE)) return claims_class(t, v, type_of_value(cls));
    avm_raise_type(t, "isinstance() arg 2 must be a type, a tuple of types, or a union");
    return -1;
}

int avm_issubclass(AvmThread *t, AvmValue sub, AvmValue cls) {
    if (avm_is_sub(t, cls, AVM_TYPE_SUB_TUPLE)) return in_tuple(t, sub, (AvmTuple *)avm_obj(cls), avm_issubclass);
    AvmValue r = ask_class(t, cls, AVM_NAME(t, __subclasscheck__), sub);
    if (r != AVM_DONE) return truth_of(t, r);
    if (!avm_is_sub(t, sub, AVM_TYPE_SUB_TYPE)) {
        avm_raise_type(t, "issubclass() arg 1 must be a class");
        return -1;
    }
    if (avm_is_sub(t, cls, AVM_TYPE_SUB_TYPE)) return avm_type_is_sub(type_of_value(sub), type_of_value(cls));
    avm_raise_type(t, "issubclass() arg 2 must be a class, a tuple of classes, or a union");
    return -1;
}

// --- object

static AvmValue object_repr(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    AvmValue module = avm_dict_get_str(t, avm_type_dict(t, type), AVM_NAME(t, __module__));
    AvmStr *m = module ? avm_as_str(t, module) : NULL;
    if (m && !avm_str_is(m, "builtins"))
        return avm_value(avm_str_format(t, "<%S.%S object at %p>", m, type->qualname, (void *)(uintptr_t)v));
    return avm_value(avm_str_format(t, "<%S object at %p>", type->qualname, (void *)(uintptr_t)v));
}
static bool object_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t;
    *out = (int64_t)(v >> 4 | v << 60);
    if (*out == -1) *out = -2;
    return true;
}
static AvmValue object_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (op == AVM_EQ) return a == b ? AVM_TRUE : AVM_NOTIMPL;
    if (op != AVM_NE) return AVM_NOTIMPL;
    AvmType *type = avm_type_of(t, a);
    AvmValue r = type->s.compare ? type->s.compare(t, AVM_EQ, a, b) : AVM_NOTIMPL;
    if (r == AVM_NOTIMPL || !r) return r;
    int truth = truth_of(t, r);
    return truth < 0 ? AVM_FAIL : avm_bool(!truth);
}
// Objects of a native type are made by its own __new__, if at all: only that one knows what they hold.
static bool object_is_safe(AvmThread *t, AvmType *native) {
    if (native->id == AVM_T_OBJECT) return true;
    if (native->flags & AVM_TYPE_NO_NEW) return false;
    return avm_type_lookup(t, native, AVM_NAME(t, __new__)) ==
           avm_dict_get_str(t, t->vm->types[AVM_T_OBJECT]->dict, AVM_NAME(t, __new__));
}
static AvmValue object_new(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!avm_is_sub(t, args[0], AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "object.__new__(X): X is not a type object (%T)", args[0]);
    AvmType *type = type_of_value(args[0]), *native = type;
    while (native->flags & AVM_TYPE_HEAP) native = native->base;
    if (!object_is_safe(t, native)) {
        const char *name = native->def ? native->def->name : native->name->data;
        return avm_raise_type(t, "object.__new__(%s) is not safe, use %s.__new__()",
                              type == native ? name : type->name->data, name);
    }
    bool extra = n > 2 || args[1];
    if (type->made_version != type->version) avm_type_find_makers(t, type);
    if (extra && type->new_fn) return avm_raise_type(t, "object.__new__() takes exactly one argument (the type to instantiate)");
    if (extra && !type->init_fn) return avm_raise_type(t, "%N() takes no arguments", type);
    if (type->flags & AVM_TYPE_HEAP && !avm_type_check_concrete(t, type)) return AVM_FAIL;
    return avm_value(avm_object_new(t, type, 0));
}
static AvmValue object_init(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *type = avm_type_of(t, args[0]);
    if (type->made_version != type->version) avm_type_find_makers(t, type);
    if ((n > 2 || args[1]) && (type->init_fn || (!type->new_fn && !(type->flags & AVM_TYPE_NO_NEW))))
        return avm_raise_type(t, type->init_fn ? "object.__init__() takes exactly one argument (the instance to initialize)"
                                               : "%N.__init__() takes exactly one argument (the instance to initialize)", type);
    return AVM_NONE;
}
static AvmValue object_getattribute(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = avm_as_str(t, args[1]);
    if (!name) return avm_raise_type(t, "attribute name must be string, not '%T'", args[1]);
    return avm_attr_get_generic(t, args[0], name);
}
static AvmValue object_setattr(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmStr *name = avm_as_str(t, args[1]);
    if (!name) return avm_raise_type(t, "attribute name must be string, not '%T'", args[1]);
    if (avm_is_sub(t, args[0], AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "can't apply this __setattr__ to %T object", args[0]);
    return avm_attr_set_generic(t, args[0], name, n > 2 ? args[2] : AVM_EMPTY) ? AVM_NONE : AVM_FAIL;
}
static AvmValue object_str(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_repr(t, args[0]);
}
static AvmValue object_format(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *spec = avm_as_str(t, args[1]);
    if (!spec) return avm_raise_type(t, "__format__() argument must be str, not %A", args[1]);
    if (spec->len) return avm_raise_type(t, "unsupported format string passed to %T.__format__", args[0]);
    return avm_str(t, args[0]);
}
static AvmValue object_init_subclass(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n, (void)t;
    return AVM_NONE;
}
static AvmValue object_subclasshook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_NOTIMPL;
}
static AvmValue object_dir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmSet *set = avm_set_new(t, AVM_T_SET);
    if (!set) return AVM_FAIL;
    // Only what `__dict__` would show.
    AvmAttrs *a = avm_is_obj(args[0]) ? avm_object_attrs(t, avm_obj(args[0])) : NULL;
    if (a && !avm_type_lookup(t, avm_type_of(t, args[0]), AVM_NAME(t, __dict__))) a = NULL;
    if (a && avm_shape_is_dict(a->shape)) collect_names(t, set, (AvmDict *)avm_obj(a->values[0]));
    for (uint32_t i = 0; a && !avm_shape_is_dict(a->shape) && i < a->shape->count; i++) avm_set_add(t, set, avm_value(a->shape->keys[i]));
    AvmTuple *mro = avm_type_of(t, args[0])->mro;
    for (uint32_t i = 0; i < mro->len; i++) collect_names(t, set, avm_type_dict(t, type_of_value(mro->items[i])));
    AvmList *list = avm_list_from_iter(t, avm_value(set));
    avm_drop(t, set);
    return avm_value(list);
}
static AvmValue object_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_new(t, avm_is_obj(args[0]) ? (int64_t)avm_object_size(t, avm_obj(args[0])) : 8);
}
static AvmValue get_class(AvmThread *t, AvmValue v) { return avm_value(avm_retain(avm_class_of(t, v))); }
static bool set_class(AvmThread *t, AvmValue v, AvmValue x) {
    AvmType *now = avm_type_of(t, v);
    if (!x || !avm_is_sub(t, x, AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "__class__ must be set to a class, not '%T' object", x);
    AvmType *to = type_of_value(x);
    if (!(now->flags & AVM_TYPE_HEAP) || !(to->flags & AVM_TYPE_HEAP))
        return avm_raise_type(t, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    if (now->size != to->size || now->attrs_offset != to->attrs_offset || now->nslots != to->nslots)
        return avm_raise_type(t, "__class__ assignment: '%N' object layout differs from '%N'", to, now);
    AvmAttrs *a = avm_object_attrs(t, avm_obj(v));
    if (a) { // the attributes move by way of a dict to the new class's shapes
        if (!avm_attrs_dict(t, avm_obj(v), a)) return false;
        a->shape = to->shape->dict_shape;
    }
    avm_obj(v)->type = to->id;
    to->h.refs++;
    avm_drop(t, now);
    return true;
}
static AvmValue get_instance_dict(AvmThread *t, AvmValue v) {
    AvmDict *d = avm_attr_dict(t, v);
    return d ? avm_value(avm_retain(d)) : AVM_FAIL;
}
static bool set_instance_dict(AvmThread *t, AvmValue v, AvmValue x) {
    AvmAttrs *a = avm_is_obj(v) ? avm_object_attrs(t, avm_obj(v)) : NULL;
    if (!a) return avm_raise_attribute(t, v, AVM_NAME(t, __dict__)) != AVM_FAIL;
    AvmDict *d = x ? avm_as_dict(t, x) : avm_dict_new(t);
    if (!d) return avm_raise_type(t, "__dict__ must be set to a dictionary, not a '%T'", x);
    return avm_attrs_set_dict(t, avm_obj(v), a, d);
}

static const AvmNativeDef object_methods[] = {
    {"__new__", object_new, "__new__(*args, **kwargs)", "Create and return a new object.", AVM_DEF_METHOD},
    {"__init__", object_init, "__init__(*args, **kwargs)", "Initialize self.", AVM_DEF_METHOD},
    {"__getattribute__", object_getattribute, "__getattribute__(name, /)", "Return getattr(self, name).",
     AVM_DEF_METHOD},
    {"__setattr__", object_setattr, "__setattr__(name, value, /)", "Implement setattr(self, name, value).",
     AVM_DEF_METHOD},
    {"__delattr__", object_setattr, "__delattr__(name, /)", "Implement delattr(self, name).", AVM_DEF_METHOD},
    {"__str__", object_str, "__str__()", "Return str(self).", AVM_DEF_METHOD},
    {"__format__", object_format, "__format__(format_spec, /)", "Default object formatter.", AVM_DEF_METHOD},
    {"__dir__", object_dir, "__dir__()", "Default dir() implementation.", AVM_DEF_METHOD},
    {"__getstate__", avm_object_getstate, "__getstate__()", "What copies of the object are given.",
     AVM_DEF_METHOD},
    {"__reduce__", avm_object_reduce, "__reduce__()", "How to make another of its kind.", AVM_DEF_METHOD},
    {"__reduce_ex__", avm_object_reduce_ex, "__reduce_ex__(protocol, /)", "The same, for a protocol.",
     AVM_DEF_METHOD},
    {"__sizeof__", object_sizeof, "__sizeof__()", "Size of object in memory, in bytes.", AVM_DEF_METHOD},
    {"__init_subclass__", object_init_subclass, "__init_subclass__()",
     "This method is called when a class is subclassed.", AVM_DEF_CLASS},
    {"__subclasshook__", object_subclasshook, "__subclasshook__(subclass, /)", NULL, AVM_DEF_CLASS},
    {0},
};
static const AvmGetSetDef object_getsets[] = {
    {"__class__", get_class, set_class, "the object's class"},
    {0},
};
const AvmGetSetDef avm_instance_dict_getset = {"__dict__", get_instance_dict, set_instance_dict, NULL};

const AvmTypeDef avm_object_def = {
    .name = "object",
    .id = AVM_T_OBJECT,
    .size = sizeof(AvmObj),
    .flags = AVM_TYPE_BASETYPE,
    .doc = "The base class of the class hierarchy.",
    .slots = {.repr = object_repr, .hash = object_hash, .compare = object_compare},
    .methods = object_methods,
    .getsets = object_getsets,
};

// --- super

typedef struct Super {
    AvmObj h;
    AvmType *type;
    AvmValue obj;     // or empty
    AvmType *obj_type; // where the look-up starts; NULL when unbound
} Super;

static void super_free(AvmThread *t, AvmObj *o) {
    Super *s = (Super *)o;
    avm_drop(t, s->type);
    avm_decref(t, s->obj);
    avm_drop(t, s->obj_type);
}
static void super_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Super *s = (Super *)o;
    visit(avm_value(s->type), arg);
    visit(s->obj, arg);
    visit(avm_value(s->obj_type), arg);
}
static AvmValue super_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    Super *s = (Super *)avm_obj(v);
    name = avm_attr_name(t, name);
    if (s->obj_type && name != AVM_NAME(t, __class__)) {
        AvmTuple *mro = s->obj_type->mro;
        uint32_t i = 0;
        while (i < mro->len && mro->items[i] != avm_value(s->type)) i++;
        for (i++; i < mro->len; i++) {
            AvmValue attr = avm_dict_get_str(t, avm_type_dict(t, type_of_value(mro->items[i])), name);
            if (attr) return avm_attr_bind(t, attr, s->obj == avm_value(s->obj_type) ? AVM_EMPTY : s->obj, s->obj_type);
        }
    }
    AvmValue r = avm_attr_find(t, v, name);
    return r == AVM_DONE ? avm_raise(t, AVM_EXC(t, AttributeError), "'super' object has no attribute '%S'", name) : r;
}
// The class and first argument of the function that calls super() with none.
static bool from_frame(AvmThread *t, AvmValue *type, AvmValue *obj) {
    AvmFrame *f = t->frame;
    const AvmUnit *u = f ? f->func->code->unit : NULL;
    if (!u || u->npositional == 0 || u->flags & AVM_UNIT_NAMESPACE) return avm_raise(t, AVM_EXC(t, RuntimeError), "super(): no arguments");
    *obj = f->regs[0];
    if (*obj && u->local_cells[0]) *obj = ((AvmCell *)avm_obj(*obj))->value;
    if (!*obj) return avm_raise(t, AVM_EXC(t, RuntimeError), "super(): arg[0] deleted");
    if (u->class_free < 0) return avm_raise(t, AVM_EXC(t, RuntimeError), "super(): __class__ cell not found");
    *type = f->func->free[u->class_free]->value;
    if (!*type) return avm_raise(t, AVM_EXC(t, RuntimeError), "super(): empty __class__ cell");
    return true;
}
static AvmValue super_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue type = args[1], obj = args[2] == AVM_NONE ? AVM_EMPTY : args[2];
    if (!type && !from_frame(t, &type, &obj)) return AVM_FAIL;
    if (!avm_is_sub(t, type, AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "super() argument 1 must be a type, not %T", type);
    AvmType *start = NULL;
    if (obj) {
        AvmType *cls = type_of_value(type);
        if (avm_is_sub(t, obj, AVM_TYPE_SUB_TYPE) && avm_type_is_sub(type_of_value(obj), cls))
            start = type_of_value(obj);
        else if (avm_type_is_sub(avm_type_of(t, obj), cls))
            start = avm_type_of(t, obj);
        else
            return avm_raise_type(t, "super(type, obj): obj (%s %T) is not an instance or subtype of type (%N).", "instance of", obj, cls);
    }
    Super *s = avm_object_new(t, type_of_value(args[0]), 0);
    if (!s) return AVM_FAIL;
    s->type = avm_retain(type_of_value(type));
    s->obj = avm_incref(obj);
    s->obj_type = avm_retain(start);
    return avm_value(s);
}
static AvmValue super_repr(AvmThread *t, AvmValue v) {
    Super *s = (Super *)avm_obj(v);
    if (!s->obj_type) return avm_value(avm_str_format(t, "<super: <class '%N'>, NULL>", s->type));
    return avm_value(avm_str_format(t, "<super: <class '%N'>, <%N object>>", s->type, s->obj_type));
}
static const AvmNativeDef super_methods[] = {
    {"__new__", super_new, "__new__(type=None, obj=None, /)", NULL, AVM_DEF_METHOD}, {0}};
const AvmTypeDef avm_super_def = {
    .name = "super",
    .id = AVM_T_SUPER,
    .size = sizeof(Super),
    .flags = AVM_TYPE_BASETYPE,
    .slots = {.free = super_free, .traverse = super_traverse, .getattr = super_getattr, .repr = super_repr},
    .methods = super_methods,
};
