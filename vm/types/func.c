// Functions, bound methods and cells.
#include "vm/types/func.h"

#include "vm/attr.h"
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

AvmFunc *avm_func_new(AvmThread *t, AvmCode *code, AvmDict *globals) {
    const AvmUnit *u = code->unit;
    AvmFunc *f = avm_object_new_id(t, AVM_T_FUNCTION, sizeof *f + u->nfree * sizeof *f->free);
    if (!f) return NULL;
    f->code = avm_retain(code);
    f->globals = avm_retain(globals);
    f->nfree = u->nfree;
    AvmValue module = avm_dict_get_str(t, globals, AVM_NAME(t, __name__));
    f->module = module ? avm_incref(module) : AVM_NONE;
    return f;
}

static void func_free(AvmThread *t, AvmObj *o) {
    AvmFunc *f = (AvmFunc *)o;
    for (uint32_t i = 0; i < f->nfree; i++) avm_drop(t, f->free[i]);
    avm_drop(t, f->code);
    avm_drop(t, f->globals);
    avm_decref(t, f->defaults);
    avm_decref(t, f->kwdefaults);
    avm_decref(t, f->annotations);
    avm_decref(t, f->name);
    avm_decref(t, f->qualname);
    avm_decref(t, f->module);
    avm_decref(t, f->doc);
    avm_drop(t, f->dict);
}

static void func_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmFunc *f = (AvmFunc *)o;
    for (uint32_t i = 0; i < f->nfree; i++) visit(avm_value(f->free[i]), arg);
    visit(avm_value(f->code), arg);
    visit(avm_value(f->globals), arg);
    visit(f->defaults, arg);
    visit(f->kwdefaults, arg);
    visit(f->annotations, arg);
    visit(f->module, arg);
    visit(f->doc, arg);
    visit(avm_value(f->dict), arg);
}

static void func_clear(AvmThread *t, AvmObj *o) {
    AvmFunc *f = (AvmFunc *)o;
    avm_replace(t, &f->defaults, AVM_EMPTY);
    avm_replace(t, &f->kwdefaults, AVM_EMPTY);
    avm_replace(t, &f->annotations, AVM_EMPTY);
    AvmDict *dict = f->dict;
    f->dict = NULL;
    avm_drop(t, dict);
    // Not the free variables: a running frame may still read them; clearing the cells breaks those cycles.
}

static AvmValue func_repr(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (!avm_code_ready(t, f->code)) return AVM_FAIL;
    return avm_value(avm_str_format(t, "<function %V at %p>", avm_func_qualname(f), (void *)f));
}

static AvmValue func_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)type;
    return obj ? avm_value(avm_method_new(t, descr, obj)) : avm_incref(descr);
}

static AvmValue func_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    return avm_run_call(t, (AvmFunc *)avm_obj(callee), args, nargs, kwnames);
}

// --- attributes

#define FIELD(field)                                                                                               \
    static AvmValue get_##field(AvmThread *t, AvmValue v) {                                                        \
        (void)t;                                                                                                   \
        AvmValue x = ((AvmFunc *)avm_obj(v))->field;                                                               \
        return x ? avm_incref(x) : AVM_NONE;                                                                       \
    }
#define FIELD_SET(field, test, what)                                                                               \
    static bool set_##field(AvmThread *t, AvmValue v, AvmValue x) {                                                \
        if (x && x != AVM_NONE && !(test)) return avm_raise_type(t, "%s", what);                                   \
        avm_replace(t, &((AvmFunc *)avm_obj(v))->field, x == AVM_NONE || !x ? AVM_EMPTY : avm_incref(x));          \
        return true;                                                                                               \
    }
FIELD(module)
FIELD(defaults)
FIELD(kwdefaults)
FIELD_SET(defaults, avm_is_tuple(x), "__defaults__ must be set to a tuple object")
FIELD_SET(kwdefaults, avm_is_dict(x), "__kwdefaults__ must be set to a dict object")
FIELD_SET(annotations, avm_is_dict(x), "__annotations__ must be set to a dict object")

static AvmValue get_name(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    return avm_code_ready(t, f->code) ? avm_incref(avm_func_name(f)) : AVM_FAIL;
}
static AvmValue get_qualname(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    return avm_code_ready(t, f->code) ? avm_incref(avm_func_qualname(f)) : AVM_FAIL;
}
static AvmValue get_doc(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (f->doc) return avm_incref(f->doc);
    if (!f->code->unit->has_doc) return AVM_NONE;
    return avm_code_ready(t, f->code) ? avm_incref(f->code->literals[0]) : AVM_FAIL;
}
static bool set_any(AvmThread *t, AvmValue *field, AvmValue x) {
    avm_replace(t, field, x ? avm_incref(x) : AVM_NONE);
    return true;
}
static bool set_module(AvmThread *t, AvmValue v, AvmValue x) { return set_any(t, &((AvmFunc *)avm_obj(v))->module, x); }
static bool set_doc(AvmThread *t, AvmValue v, AvmValue x) { return set_any(t, &((AvmFunc *)avm_obj(v))->doc, x); }
static bool set_text(AvmThread *t, AvmValue *field, AvmValue x, const char *what) {
    if (!x || !avm_as_str(t, x)) return avm_raise_type(t, "%s must be set to a string object", what);
    return set_any(t, field, x);
}
static bool set_name(AvmThread *t, AvmValue v, AvmValue x) {
    return set_text(t, &((AvmFunc *)avm_obj(v))->name, x, "__name__");
}
static bool set_qualname(AvmThread *t, AvmValue v, AvmValue x) {
    return set_text(t, &((AvmFunc *)avm_obj(v))->qualname, x, "__qualname__");
}
static AvmValue get_annotations(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (!f->annotations) f->annotations = avm_value(avm_dict_new(t));
    return avm_incref(f->annotations);
}
static AvmValue get_code(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(((AvmFunc *)avm_obj(v))->code));
}
static AvmValue get_globals(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_value(avm_retain(((AvmFunc *)avm_obj(v))->globals));
}
static AvmValue get_builtins(AvmThread *t, AvmValue v) {
    AvmValue given = avm_dict_get_str(t, ((AvmFunc *)avm_obj(v))->globals, AVM_NAME(t, __builtins__));
    if (avm_is(given, AVM_T_DICT)) return avm_incref(given);
    return avm_builtins_complete(t) ? avm_incref(avm_value(t->vm->builtins)) : AVM_FAIL;
}
// The language has no type parameters; what a decorator copies is kept with the function's own attributes.
static AvmValue get_type_params(AvmThread *t, AvmValue v) {
    AvmDict *own = ((AvmFunc *)avm_obj(v))->dict;
    AvmValue given = own ? avm_dict_get_str(t, own, AVM_NAME(t, __type_params__)) : AVM_EMPTY;
    return given ? avm_incref(given) : avm_value(avm_tuple_new(t, 0));
}
static bool set_type_params(AvmThread *t, AvmValue v, AvmValue x) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (!avm_is(x, AVM_T_TUPLE)) return avm_raise_type(t, "__type_params__ must be set to a tuple");
    if (((AvmTuple *)avm_obj(x))->len == 0)
        return !f->dict || avm_dict_del_str(t, f->dict, AVM_NAME(t, __type_params__)) || !t->exc;
    if (!f->dict && !(f->dict = avm_dict_new(t))) return false;
    return avm_dict_set_str(t, f->dict, AVM_NAME(t, __type_params__), x);
}
static AvmValue get_closure(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (!f->nfree) return AVM_NONE;
    AvmTuple *cells = avm_tuple_new(t, f->nfree);
    for (uint32_t i = 0; cells && i < f->nfree; i++) cells->items[i] = avm_value(avm_retain(f->free[i]));
    return avm_value(cells);
}
static AvmValue get_dict(AvmThread *t, AvmValue v) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (!f->dict) f->dict = avm_dict_new(t);
    return f->dict ? avm_value(avm_retain(f->dict)) : AVM_FAIL;
}

// Attributes that are not fields live in the function's dict.
static AvmValue func_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    if (f->dict) {
        AvmValue x = avm_dict_get_str(t, f->dict, avm_attr_name(t, name));
        if (x) return avm_incref(x);
    }
    return avm_attr_get_generic(t, v, name);
}

static bool func_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    AvmFunc *f = (AvmFunc *)avm_obj(v);
    name = avm_attr_name(t, name);
    AvmValue attr = avm_type_lookup(t, avm_type_of(t, v), name);
    if (attr && avm_is(attr, AVM_T_GETSET)) return avm_attr_set_generic(t, v, name, value);
    if (!value) {
        if (f->dict && avm_dict_del_str(t, f->dict, name)) return true;
        return avm_raise_attribute(t, v, name);
    }
    if (!f->dict && !(f->dict = avm_dict_new(t))) return false;
    return avm_dict_set_str(t, f->dict, name, value);
}

static const AvmGetSetDef getsets[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__defaults__", get_defaults, set_defaults, NULL},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__code__", get_code, NULL, NULL},
    {"__globals__", get_globals, NULL, NULL},
    {"__closure__", get_closure, NULL, NULL},
    {"__builtins__", get_builtins, NULL, NULL},
    {"__type_params__", get_type_params, set_type_params, NULL},
    {"__dict__", get_dict, NULL, NULL},
    {0},
};

const AvmTypeDef avm_function_def = {
    .name = "function",
    .id = AVM_T_FUNCTION,
    .size = sizeof(AvmFunc),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_VARSIZE,
    .slots = {.free = func_free, .traverse = func_traverse, .clear = func_clear, .repr = func_repr, .get = func_get,
              .call = func_call, .getattr = func_getattr, .setattr = func_setattr},
    .getsets = getsets,
};

// --- bound methods

AvmMethod *avm_method_new(AvmThread *t, AvmValue func, AvmValue self) {
    AvmMethod *m = avm_object_new_id(t, AVM_T_METHOD, sizeof *m);
    if (!m) return NULL;
    m->func = avm_incref(func);
    m->self = avm_incref(self);
    return m;
}

static void method_free(AvmThread *t, AvmObj *o) {
    avm_decref(t, ((AvmMethod *)o)->func);
    avm_decref(t, ((AvmMethod *)o)->self);
}
static void method_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    visit(((AvmMethod *)o)->func, arg);
    visit(((AvmMethod *)o)->self, arg);
}
static AvmValue method_repr(AvmThread *t, AvmValue v) {
    AvmMethod *m = (AvmMethod *)avm_obj(v);
    AvmValue name = avm_getattr_maybe(t, m->func, AVM_NAME(t, __qualname__));
    if (!name) return AVM_FAIL;
    AvmValue r = avm_value(avm_str_format(t, "<bound method %V of %R>", name == AVM_DONE ? avm_value(t->vm->empty_str) : name, m->self));
    if (name != AVM_DONE) avm_decref(t, name);
    return r;
}
static AvmValue method_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmMethod *m = (AvmMethod *)avm_obj(callee);
    return avm_call_self(t, m->func, m->self, args, nargs, kwnames);
}
static AvmValue method_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    (void)t;
    if (op > AVM_NE || !avm_is(b, AVM_T_METHOD)) return AVM_NOTIMPL;
    AvmMethod *x = (AvmMethod *)avm_obj(a), *y = (AvmMethod *)avm_obj(b);
    return avm_bool((x->func == y->func && x->self == y->self) == (op == AVM_EQ));
}
static bool method_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmMethod *m = (AvmMethod *)avm_obj(v);
    int64_t h;
    if (!avm_hash(t, m->func, &h)) return false;
    *out = h ^ (int64_t)(m->self >> 4);
    if (*out == -1) *out = -2;
    return true;
}
static AvmValue method_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmValue r = avm_attr_find(t, v, name);
    return r == AVM_DONE ? avm_getattr(t, ((AvmMethod *)avm_obj(v))->func, name) : r;
}
static AvmValue method_func(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(((AvmMethod *)avm_obj(v))->func);
}
static AvmValue method_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(((AvmMethod *)avm_obj(v))->self);
}
static AvmValue method_doc(AvmThread *t, AvmValue v) {
    return avm_getattr(t, ((AvmMethod *)avm_obj(v))->func, AVM_NAME(t, __doc__));
}
static AvmValue method_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_callable(t, args[1])) return avm_raise_type(t, "first argument must be callable");
    return avm_value(avm_method_new(t, args[1], args[2]));
}
static const AvmGetSetDef method_getsets[] = {
    {"__func__", method_func, NULL, NULL}, {"__self__", method_self, NULL, NULL}, {"__doc__", method_doc, NULL, NULL}, {0}};
static const AvmNativeDef method_methods[] = {
    {"__new__", method_new, "__new__(function, instance, /)", "Create a bound instance method object.", AVM_DEF_METHOD}, {0}};

const AvmTypeDef avm_method_def = {
    .name = "method",
    .id = AVM_T_METHOD,
    .size = sizeof(AvmMethod),
    .slots = {.free = method_free, .traverse = method_traverse, .repr = method_repr, .call = method_call,
              .compare = method_compare, .hash = method_hash, .getattr = method_getattr},
    .methods = method_methods,
    .getsets = method_getsets,
};

// --- cells

static void cell_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((AvmCell *)o)->value); }
static void cell_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmCell *)o)->value, arg); }
static void cell_clear(AvmThread *t, AvmObj *o) { avm_replace(t, &((AvmCell *)o)->value, AVM_EMPTY); }
static AvmValue cell_repr(AvmThread *t, AvmValue v) {
    AvmCell *c = (AvmCell *)avm_obj(v);
    if (!c->value) return avm_value(avm_str_format(t, "<cell at %p: empty>", (void *)c));
    return avm_value(avm_str_format(t, "<cell at %p: %T object at %p>", (void *)c, c->value, (void *)c->value));
}
static AvmValue cell_contents(AvmThread *t, AvmValue v) {
    AvmCell *c = (AvmCell *)avm_obj(v);
    return c->value ? avm_incref(c->value) : avm_raise_value(t, "cell is empty");
}
static bool cell_set_contents(AvmThread *t, AvmValue v, AvmValue x) {
    avm_replace(t, &((AvmCell *)avm_obj(v))->value, avm_incref(x));
    return true;
}
static const AvmGetSetDef cell_getsets[] = {{"cell_contents", cell_contents, cell_set_contents, NULL}, {0}};

const AvmTypeDef avm_cell_def = {
    .name = "cell",
    .id = AVM_T_CELL,
    .size = sizeof(AvmCell),
    .flags = AVM_TYPE_NO_NEW,
    .slots = {.free = cell_free, .traverse = cell_traverse, .clear = cell_clear, .repr = cell_repr},
    .getsets = cell_getsets,
};
