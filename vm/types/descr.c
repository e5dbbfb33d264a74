// Descriptors: property, classmethod, staticmethod, computed attributes of native types, values of __slots__.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

// --- property

typedef struct Property {
    AvmObj h;
    AvmValue get, set, del, doc; // functions, or empty
    AvmValue name;               // str or empty
} Property;

static void property_free(AvmThread *t, AvmObj *o) {
    Property *p = (Property *)o;
    avm_decref(t, p->get);
    avm_decref(t, p->set);
    avm_decref(t, p->del);
    avm_decref(t, p->doc);
    avm_decref(t, p->name);
}

static void property_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Property *p = (Property *)o;
    visit(p->get, arg);
    visit(p->set, arg);
    visit(p->del, arg);
    visit(p->doc, arg);
}

static AvmValue none_to_empty(AvmValue v) { return v == AVM_NONE ? AVM_EMPTY : avm_incref(v); }

static AvmValue property_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Property *p = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    return avm_value(p);
}

static AvmValue property_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Property *p = (Property *)avm_obj(args[0]);
    avm_replace(t, &p->get, none_to_empty(args[1]));
    avm_replace(t, &p->set, none_to_empty(args[2]));
    avm_replace(t, &p->del, none_to_empty(args[3]));
    AvmValue doc = none_to_empty(args[4]);
    if (!doc && p->get) {
        doc = avm_getattr_maybe(t, p->get, AVM_NAME(t, __doc__));
        if (!doc) return AVM_FAIL;
        if (doc == AVM_DONE || doc == AVM_NONE) doc = AVM_EMPTY;
    }
    avm_replace(t, &p->doc, doc);
    return AVM_NONE;
}

// What it is called in its class, or else its function: new reference, AVM_DONE if it has no name, AVM_FAIL:
// exception.
static AvmValue name_of(AvmThread *t, Property *p) {
    if (p->name) return avm_incref(p->name);
    return p->get ? avm_getattr_maybe(t, p->get, AVM_NAME(t, __name__)) : AVM_DONE;
}

static AvmValue no_accessor(AvmThread *t, Property *p, AvmValue obj, const char *what) {
    AvmType *type = avm_type_of(t, obj);
    AvmValue name = name_of(t, p);
    if (!name) return AVM_FAIL;
    if (name != AVM_DONE) {
        avm_raise(t, AVM_EXC(t, AttributeError), "property %R of %R object has no %s", name,
                  avm_value(type->qualname), what);
        avm_decref(t, name);
        return AVM_FAIL;
    }
    return avm_raise(t, AVM_EXC(t, AttributeError), "property of %R object has no %s", avm_value(type->qualname), what);
}

static AvmValue property_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)type;
    Property *p = (Property *)avm_obj(descr);
    if (!obj) return avm_incref(descr);
    return p->get ? avm_call1(t, p->get, obj) : no_accessor(t, p, obj, "getter");
}

static bool property_set(AvmThread *t, AvmValue descr, AvmValue obj, AvmValue value) {
    Property *p = (Property *)avm_obj(descr);
    AvmValue f = value ? p->set : p->del;
    if (!f) return no_accessor(t, p, obj, value ? "setter" : "deleter");
    AvmValue args[2] = {obj, value};
    AvmValue r = avm_call(t, f, args, value ? 2 : 1);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

// A property like p with one function replaced.
static AvmValue with(AvmThread *t, AvmValue *args, int which) {
    Property *p = (Property *)avm_obj(args[0]);
    AvmValue four[4] = {p->get, p->set, p->del, which == 0 ? AVM_EMPTY : p->doc};
    four[which] = args[1];
    for (int i = 0; i < 4; i++)
        if (!four[i]) four[i] = AVM_NONE;
    AvmValue q = avm_call(t, avm_value(avm_type_of(t, args[0])), four, 4);
    if (q) avm_replace(t, &((Property *)avm_obj(q))->name, avm_incref(p->name));
    return q;
}
static AvmValue property_getter(AvmThread *t, AvmValue *args, uint32_t n) { (void)n; return with(t, args, 0); }
static AvmValue property_setter(AvmThread *t, AvmValue *args, uint32_t n) { (void)n; return with(t, args, 1); }
static AvmValue property_deleter(AvmThread *t, AvmValue *args, uint32_t n) { (void)n; return with(t, args, 2); }
static AvmValue property_set_name(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_replace(t, &((Property *)avm_obj(args[0]))->name, avm_incref(args[2]));
    return AVM_NONE;
}

static AvmValue or_none(AvmValue v) { return v ? avm_incref(v) : AVM_NONE; }
static AvmValue property_fget(AvmThread *t, AvmValue v) { (void)t; return or_none(((Property *)avm_obj(v))->get); }
static AvmValue property_fset(AvmThread *t, AvmValue v) { (void)t; return or_none(((Property *)avm_obj(v))->set); }
static AvmValue property_fdel(AvmThread *t, AvmValue v) { (void)t; return or_none(((Property *)avm_obj(v))->del); }
static AvmValue property_doc(AvmThread *t, AvmValue v) { (void)t; return or_none(((Property *)avm_obj(v))->doc); }
static bool property_set_doc(AvmThread *t, AvmValue v, AvmValue x) {
    avm_replace(t, &((Property *)avm_obj(v))->doc, avm_incref(x));
    return true;
}
static AvmValue property_name(AvmThread *t, AvmValue v) {
    AvmValue name = name_of(t, (Property *)avm_obj(v));
    if (name != AVM_DONE) return name;
    return avm_raise(t, AVM_EXC(t, AttributeError), "'property' object has no attribute '__name__'");
}
static bool property_rename(AvmThread *t, AvmValue v, AvmValue x) {
    avm_replace(t, &((Property *)avm_obj(v))->name, avm_incref(x));
    return true;
}
static AvmValue property_abstract(AvmThread *t, AvmValue v) {
    Property *p = (Property *)avm_obj(v);
    AvmStr *name = avm_str_intern(t, "__isabstractmethod__", 20);
    if (!name) return AVM_FAIL;
    AvmValue fs[3] = {p->get, p->set, p->del};
    int yes = 0;
    for (int i = 0; i < 3 && yes == 0; i++) {
        AvmValue x = fs[i] ? avm_getattr_maybe(t, fs[i], name) : AVM_DONE;
        yes = !x ? -1 : x == AVM_DONE ? 0 : avm_truth(t, x);
        if (x && x != AVM_DONE) avm_decref(t, x);
    }
    avm_drop(t, name);
    return yes < 0 ? AVM_FAIL : avm_bool(yes);
}

static const AvmNativeDef property_methods[] = {
    {"__new__", property_new, "__new__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"__init__", property_init, "__init__(fget=None, fset=None, fdel=None, doc=None)", NULL, AVM_DEF_METHOD},
    {"getter", property_getter, "getter(fget, /)", "Descriptor to obtain a copy of the property with a different getter.", AVM_DEF_METHOD},
    {"setter", property_setter, "setter(fset, /)", "Descriptor to obtain a copy of the property with a different setter.", AVM_DEF_METHOD},
    {"deleter", property_deleter, "deleter(fdel, /)", "Descriptor to obtain a copy of the property with a different deleter.", AVM_DEF_METHOD},
    {"__set_name__", property_set_name, "__set_name__(owner, name, /)", "Method to set name of a property.", AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef property_getsets[] = {
    {"fget", property_fget, NULL, NULL},
    {"fset", property_fset, NULL, NULL},
    {"fdel", property_fdel, NULL, NULL},
    {"__name__", property_name, property_rename, NULL},
    {"__doc__", property_doc, property_set_doc, NULL},
    {"__isabstractmethod__", property_abstract, NULL, NULL},
    {0},
};

const AvmTypeDef avm_property_def = {
    .name = "property",
    .id = AVM_T_PROPERTY,
    .size = sizeof(Property),
    .flags = AVM_TYPE_BASETYPE,
    .slots = {.free = property_free, .traverse = property_traverse, .get = property_get, .set = property_set},
    .methods = property_methods,
    .getsets = property_getsets,
};

// --- classmethod, staticmethod

typedef struct Wrapped {
    AvmObj h;
    AvmValue func;
} Wrapped;

static void wrapped_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((Wrapped *)o)->func); }
static void wrapped_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((Wrapped *)o)->func, arg); }

static AvmValue wrapped_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Wrapped *w = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (w) w->func = avm_incref(args[1]);
    return avm_value(w);
}
static AvmValue classmethod_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    if (!type) type = avm_type_of(t, obj);
    return avm_value(avm_method_new(t, ((Wrapped *)avm_obj(descr))->func, avm_value(type)));
}
static AvmValue staticmethod_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)t, (void)obj, (void)type;
    return avm_incref(((Wrapped *)avm_obj(descr))->func);
}
static AvmValue staticmethod_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    return avm_call_kw(t, ((Wrapped *)avm_obj(callee))->func, args, nargs, kwnames);
}
static AvmValue wrapped_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<%T(%R)>", v, ((Wrapped *)avm_obj(v))->func));
}
static AvmValue wrapped_func(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(((Wrapped *)avm_obj(v))->func);
}
// __name__, __doc__, __isabstractmethod__ and the like are the function's.
static AvmValue wrapped_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    bool of_func = avm_str_is(name, "__name__") || avm_str_is(name, "__qualname__") || avm_str_is(name, "__doc__") ||
                   avm_str_is(name, "__module__") || avm_str_is(name, "__isabstractmethod__") || avm_str_is(name, "__annotations__");
    if (!of_func) return avm_attr_get_generic(t, v, name);
    AvmValue r = avm_getattr_maybe(t, ((Wrapped *)avm_obj(v))->func, name);
    if (r == AVM_DONE) return avm_str_is(name, "__isabstractmethod__") ? AVM_FALSE : avm_raise_attribute(t, v, name);
    return r;
}
static const AvmNativeDef wrapped_methods[] = {
    {"__new__", wrapped_new, "__new__(function, /)", NULL, AVM_DEF_METHOD}, {0}};
static const AvmGetSetDef wrapped_getsets[] = {{"__func__", wrapped_func, NULL, NULL}, {"__wrapped__", wrapped_func, NULL, NULL}, {0}};

const AvmTypeDef avm_classmethod_def = {
    .name = "classmethod",
    .id = AVM_T_CLASSMETHOD,
    .size = sizeof(Wrapped),
    .flags = AVM_TYPE_BASETYPE,
    .slots = {.free = wrapped_free, .traverse = wrapped_traverse, .get = classmethod_get, .repr = wrapped_repr,
              .getattr = wrapped_getattr},
    .methods = wrapped_methods,
    .getsets = wrapped_getsets,
};
const AvmTypeDef avm_staticmethod_def = {
    .name = "staticmethod",
    .id = AVM_T_STATICMETHOD,
    .size = sizeof(Wrapped),
    .flags = AVM_TYPE_BASETYPE,
    .slots = {.free = wrapped_free, .traverse = wrapped_traverse, .get = staticmethod_get, .call = staticmethod_call,
              .repr = wrapped_repr, .getattr = wrapped_getattr},
    .methods = wrapped_methods,
    .getsets = wrapped_getsets,
};

// --- computed attributes of native types

static bool wrong_object(AvmThread *t, const char *name, AvmType *owner, AvmValue obj) {
    if (avm_type_is_sub(avm_type_of(t, obj), owner)) return false;
    avm_raise_type(t, "descriptor '%s' for '%K' objects doesn't apply to a '%T' object", name, owner, obj);
    return true;
}
static AvmValue getset_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)type;
    AvmGetSet *g = (AvmGetSet *)avm_obj(descr);
    if (!obj) return avm_incref(descr);
    return wrong_object(t, g->def->name, g->owner, obj) ? AVM_FAIL : g->def->get(t, obj);
}
static bool getset_set(AvmThread *t, AvmValue descr, AvmValue obj, AvmValue value) {
    AvmGetSet *g = (AvmGetSet *)avm_obj(descr);
    if (wrong_object(t, g->def->name, g->owner, obj)) return false;
    if (!g->def->set)
        return avm_raise(t, AVM_EXC(t, AttributeError), "attribute '%s' of '%K' objects is not writable", g->def->name, g->owner);
    return g->def->set(t, obj, value);
}
static AvmValue getset_repr(AvmThread *t, AvmValue v) {
    AvmGetSet *g = (AvmGetSet *)avm_obj(v);
    return avm_value(avm_str_format(t, "<attribute '%s' of '%K' objects>", g->def->name, g->owner));
}
static AvmValue getset_name(AvmThread *t, AvmValue v) { return avm_value(avm_str_text(t, ((AvmGetSet *)avm_obj(v))->def->name)); }
static AvmValue getset_doc(AvmThread *t, AvmValue v) {
    const char *doc = ((AvmGetSet *)avm_obj(v))->def->doc;
    return doc ? avm_value(avm_str_text(t, doc)) : AVM_NONE;
}
static AvmValue getset_qualname(AvmThread *t, AvmValue v) {
    AvmGetSet *g = (AvmGetSet *)avm_obj(v);
    return avm_value(avm_str_format(t, "%S.%s", g->owner->qualname, g->def->name));
}
static AvmValue getset_objclass(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(((AvmGetSet *)avm_obj(v))->owner));
}
static const AvmGetSetDef getset_getsets[] = {{"__name__", getset_name, NULL, NULL},
                                              {"__qualname__", getset_qualname, NULL, NULL},
                                              {"__objclass__", getset_objclass, NULL, NULL},
                                              {"__doc__", getset_doc, NULL, NULL},
                                              {0}};

const AvmTypeDef avm_getset_def = {
    .name = "getset_descriptor",
    .id = AVM_T_GETSET,
    .size = sizeof(AvmGetSet),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.get = getset_get, .set = getset_set, .repr = getset_repr},
    .getsets = getset_getsets,
};

// --- values of __slots__

static AvmValue *member_place(AvmMember *m, AvmValue obj) { return (AvmValue *)((char *)avm_obj(obj) + m->offset); }
static void member_free(AvmThread *t, AvmObj *o) { avm_drop(t, ((AvmMember *)o)->name); }
static AvmValue member_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)type;
    AvmMember *m = (AvmMember *)avm_obj(descr);
    if (!obj) return avm_incref(descr);
    if (wrong_object(t, m->name->data, m->owner, obj)) return AVM_FAIL;
    AvmValue v = *member_place(m, obj);
    return v ? avm_incref(v) : avm_raise_attribute(t, obj, m->name);
}
static bool member_set(AvmThread *t, AvmValue descr, AvmValue obj, AvmValue value) {
    AvmMember *m = (AvmMember *)avm_obj(descr);
    if (wrong_object(t, m->name->data, m->owner, obj)) return false;
    if (!value && !*member_place(m, obj)) return avm_raise(t, AVM_EXC(t, AttributeError), "%S", m->name);
    avm_replace(t, member_place(m, obj), avm_incref(value));
    return true;
}
static AvmValue member_repr(AvmThread *t, AvmValue v) {
    AvmMember *m = (AvmMember *)avm_obj(v);
    return avm_value(avm_str_format(t, "<member '%S' of '%N' objects>", m->name, m->owner));
}
static AvmValue member_name(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(((AvmMember *)avm_obj(v))->name));
}
static AvmValue member_qualname(AvmThread *t, AvmValue v) {
    AvmMember *m = (AvmMember *)avm_obj(v);
    return avm_value(avm_str_format(t, "%S.%S", m->owner->qualname, m->name));
}
static AvmValue member_objclass(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(((AvmMember *)avm_obj(v))->owner));
}
static const AvmGetSetDef member_getsets[] = {{"__name__", member_name, NULL, NULL},
                                              {"__qualname__", member_qualname, NULL, NULL},
                                              {"__objclass__", member_objclass, NULL, NULL},
                                              {0}};

const AvmTypeDef avm_member_def = {
    .name = "member_descriptor",
    .id = AVM_T_MEMBER,
    .size = sizeof(AvmMember),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = member_free, .get = member_get, .set = member_set, .repr = member_repr},
    .getsets = member_getsets,
};
