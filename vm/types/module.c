// Module objects.
#include "vm/absent.h"
#include "vm/attr.h"
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmModuleObj *module_of(AvmValue v) { return (AvmModuleObj *)avm_obj(v); }

AvmModuleObj *avm_module_new(AvmThread *t, AvmStr *name) {
    AvmModuleObj *m = avm_object_new(t, t->vm->types[AVM_T_MODULE], 0);
    if (!m) return NULL;
    m->dict = avm_dict_new(t);
    AvmStr *const none[] = {AVM_NAME(t, __doc__), AVM_NAME(t, __package__), AVM_NAME(t, __loader__), AVM_NAME(t, __spec__)};
    bool ok = m->dict && avm_dict_set_str(t, m->dict, AVM_NAME(t, __name__), avm_value(name));
    for (int i = 0; ok && i < 4; i++) ok = avm_dict_set_str(t, m->dict, none[i], AVM_NONE);
    if (ok) return m;
    avm_drop(t, m);
    return NULL;
}

static void module_free(AvmThread *t, AvmObj *o) { avm_drop(t, ((AvmModuleObj *)o)->dict); }
static void module_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(avm_value(((AvmModuleObj *)o)->dict), arg); }

// --- deferred names

static AvmValue import_deferred(AvmThread *t, AvmModuleObj *m, AvmStr *name, const AvmDeferred *row) {
    AvmValue from = avm_import_text(t, row->module);
    if (!from) return AVM_FAIL;
    AvmValue x = avm_dict_get_str(t, m->dict, name); // a sub-module has entered itself
    if (x)
        avm_incref(x);
    else if ((x = avm_getattr(t, from, name)) && !avm_dict_set_str(t, m->dict, name, x))
        avm_replace(t, &x, AVM_FAIL);
    avm_decref(t, from);
    return x;
}

// A new reference; AVM_DONE: there is no such name.
static AvmValue find_deferred(AvmThread *t, AvmModuleObj *m, AvmStr *name) {
    if (m->dict == t->vm->builtins) {
        AvmValue x = avm_builtins_get(t, name);
        return x || t->exc ? avm_incref(x) : AVM_DONE;
    }
    for (const AvmDeferred *row = m->deferred; row && row->name; row++)
        if (avm_str_is(name, row->name)) return import_deferred(t, m, name, row);
    return AVM_DONE;
}

bool avm_module_complete(AvmThread *t, AvmModuleObj *m) {
    if (m->dict == t->vm->builtins && !avm_builtins_complete(t)) return false;
    for (const AvmDeferred *row = m->deferred; row && row->name; row++) {
        AvmStr *name = avm_str_intern(t, row->name, strlen(row->name));
        bool there = name && avm_dict_get_str(t, m->dict, name);
        AvmValue x = there ? AVM_NONE : name ? import_deferred(t, m, name, row) : AVM_FAIL;
        avm_drop(t, name);
        avm_decref(t, x);
        if (!x) return false;
    }
    m->deferred = NULL;
    return true;
}

static AvmValue module_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmDict *d = module_of(v)->dict;
    name = avm_attr_name(t, name);
    AvmValue x = avm_dict_get_str(t, d, name);
    if (x) return avm_incref(x);
    x = avm_attr_find(t, v, name);
    if (x == AVM_DONE) x = find_deferred(t, module_of(v), name);
    if (x != AVM_DONE) return x;
    AvmValue hook = avm_dict_get_str(t, d, AVM_NAME(t, __getattr__));
    if (hook) return avm_call1(t, hook, avm_value(name));
    return avm_module_raise_absent(t, module_of(v), name);
}

static bool module_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    AvmDict *d = module_of(v)->dict;
    name = avm_attr_name(t, name);
    if (value) return avm_dict_set_str(t, d, name, value);
    if (!avm_module_complete(t, module_of(v))) return false; // else the name would come back
    return avm_dict_del_str(t, d, name) || avm_raise_attribute(t, v, name);
}

static AvmValue module_repr(AvmThread *t, AvmValue v) {
    AvmDict *d = module_of(v)->dict;
    AvmValue name = avm_dict_get_str(t, d, AVM_NAME(t, __name__)), file = avm_dict_get_str(t, d, AVM_NAME(t, __file__));
    if (file) return avm_value(avm_str_format(t, "<module %R from %R>", name ? name : AVM_NONE, file));
    bool builtin = name && avm_dict_get_str(t, d, AVM_NAME(t, __loader__)) != AVM_NONE;
    return avm_value(avm_str_format(t, builtin ? "<module %R (built-in)>" : "<module %R>", name ? name : AVM_NONE));
}

static AvmValue module_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmModuleObj *m = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (m && !(m->dict = avm_dict_new(t))) {
        avm_drop(t, m);
        return AVM_FAIL;
    }
    return avm_value(m);
}
static AvmValue module_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmDict *d = module_of(args[0])->dict;
    if (!avm_as_str(t, args[1]))
        return avm_raise_type(t, "module() argument 'name' must be str, not %A", args[1]);
    bool ok = avm_dict_set_str(t, d, AVM_NAME(t, __name__), args[1]) &&
              avm_dict_set_str(t, d, AVM_NAME(t, __doc__), args[2] ? args[2] : AVM_NONE) &&
              avm_dict_set_str(t, d, AVM_NAME(t, __package__), AVM_NONE);
    return ok ? AVM_NONE : AVM_FAIL;
}
static AvmValue module_dict(AvmThread *t, AvmValue v) {
    return avm_module_complete(t, module_of(v)) ? avm_value(avm_retain(module_of(v)->dict)) : AVM_FAIL;
}
static AvmValue module_dir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmDict *d = module_of(args[0])->dict;
    if (!avm_module_complete(t, module_of(args[0]))) return AVM_FAIL;
    AvmStr *name = avm_str_intern(t, "__dir__", 7);
    AvmValue hook = name ? avm_dict_get_str(t, d, name) : AVM_EMPTY;
    avm_drop(t, name);
    if (hook) return avm_call0(t, hook);
    return avm_value(avm_list_from_iter(t, avm_value(d)));
}

static const AvmNativeDef methods[] = {
    {"__new__", module_new, "__new__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"__init__", module_init, "__init__(name, doc=None)", NULL, AVM_DEF_METHOD},
    {"__dir__", module_dir, "__dir__()", "__dir__() -> list", AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef getsets[] = {{"__dict__", module_dict, NULL, NULL}, {0}};

const AvmTypeDef avm_module_def = {
    .name = "module",
    .id = AVM_T_MODULE,
    .size = sizeof(AvmModuleObj),
    .flags = AVM_TYPE_BASETYPE,
    .slots = {.free = module_free, .traverse = module_traverse, .repr = module_repr, .getattr = module_getattr,
              .setattr = module_setattr},
    .methods = methods,
    .getsets = getsets,
};

// --- filling

bool avm_module_add(AvmThread *t, AvmModuleObj *m, const char *name, AvmValue value) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    bool ok = s && avm_dict_set_str(t, m->dict, s, value);
    avm_drop(t, s);
    return ok;
}

bool avm_module_add_type(AvmThread *t, AvmModuleObj *m, const AvmTypeDef *def) {
    AvmType *type = def->id && t->vm->types[def->id] ? t->vm->types[def->id] : avm_type_from_def(t, def);
    return type && avm_module_add(t, m, type->name->data, avm_value(type));
}

bool avm_module_add_functions(AvmThread *t, AvmModuleObj *m, const AvmNativeDef *rows) {
    AvmValue module = avm_dict_get_str(t, m->dict, AVM_NAME(t, __name__));
    for (const AvmNativeDef *d = rows; d && d->name; d++) {
        AvmNative *f = avm_native_new(t, d, NULL, module ? avm_as_str(t, module) : NULL);
        bool ok = f && avm_module_add(t, m, d->name, avm_value(f));
        avm_drop(t, f);
        if (!ok) return false;
    }
    return true;
}
