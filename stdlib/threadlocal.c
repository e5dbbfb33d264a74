// _thread._local: an object with other attributes in each thread.
#include "stdlib/threadparts.h"
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/dir.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

typedef struct Local {
    AvmObj h;
    AvmDict *dicts; // a thread's ident -> its attributes
    AvmTuple *args; // of the constructor, for __init__ in other threads
    AvmDict *kwargs;
    struct Local *next, *prev; // all of the VM: a thread that ends leaves nothing behind
} Local;

static Local **all(AvmVm *vm) { return (Local **)&vm->stdlib[AVM_STDLIB_LOCALS]; }
static AvmValue key_of(AvmThread *t) { return avm_inline_int_value((int64_t)t->ident); }

static AvmDict *add_dict(AvmThread *t, Local *l) {
    AvmDict *d = avm_dict_new(t);
    if (d && !avm_dict_set(t, l->dicts, key_of(t), avm_value(d))) {
        avm_drop(t, d);
        return NULL;
    }
    avm_drop(t, d); // l->dicts keeps it
    return d;
}

// The thread's attributes, borrowed; at a thread's first look __init__ runs in it. NULL: exception.
static AvmDict *own_dict(AvmThread *t, Local *l) {
    AvmValue found;
    int have = avm_dict_get(t, l->dicts, key_of(t), &found);
    if (have) return have < 0 ? NULL : (AvmDict *)avm_obj(found);
    AvmDict *d = add_dict(t, l);
    if (!d) return NULL;
    AvmValue init = avm_special(t, avm_value(l), AVM_NAME(t, __init__));
    AvmValue r = init && init != AVM_DONE ? avm_call_ex(t, init, avm_value(l->args), l->kwargs) : AVM_FAIL;
    if (init != AVM_DONE) avm_decref(t, init);
    avm_decref(t, r);
    if (r) return d;
    AvmValue exc = avm_exc_take(t);
    avm_dict_del(t, l->dicts, key_of(t));
    avm_replace(t, &t->exc, exc);
    return NULL;
}

// --- life

static bool has_init(AvmThread *t, AvmType *type) {
    AvmType *object = avm_type_get(t, AVM_T_OBJECT);
    AvmStr *name = AVM_NAME(t, __init__);
    return avm_type_lookup(t, type, name) != avm_type_lookup(t, object, name);
}

// cls, keywords, then the arguments.
static AvmValue local_new(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *type = (AvmType *)avm_obj(args[0]);
    AvmDict *kwargs = args[1] ? (AvmDict *)avm_obj(args[1]) : NULL;
    if ((n > 2 || (kwargs && kwargs->used)) && !has_init(t, type))
        return avm_raise_type(t, "Initialization arguments are not supported");
    Local *l = avm_object_new(t, type, 0);
    if (!l) return AVM_FAIL;
    l->next = *all(t->vm);
    if (l->next) l->next->prev = l;
    *all(t->vm) = l;
    l->dicts = avm_dict_new(t);
    l->args = l->dicts ? avm_tuple_from(t, args + 2, n - 2) : NULL;
    l->kwargs = avm_retain(kwargs);
    if (l->args && add_dict(t, l)) return avm_value(l);
    avm_drop(t, l);
    return AVM_FAIL;
}

static void local_free(AvmThread *t, AvmObj *o) {
    Local *l = (Local *)o;
    if (l->prev)
        l->prev->next = l->next;
    else
        *all(t->vm) = l->next;
    if (l->next) l->next->prev = l->prev;
    avm_drop(t, l->dicts);
    avm_drop(t, l->args);
    avm_drop(t, l->kwargs);
}

static void local_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Local *l = (Local *)o;
    if (l->dicts) visit(avm_value(l->dicts), arg);
    if (l->args) visit(avm_value(l->args), arg);
    if (l->kwargs) visit(avm_value(l->kwargs), arg);
}

static void local_clear(AvmThread *t, AvmObj *o) { avm_dict_clear(t, ((Local *)o)->dicts); }

void avm_thread_forget_locals(AvmThread *t) {
    // What goes may run script, which may drop other such objects: each time from the start.
    for (Local *l = *all(t->vm); l;) {
        AvmValue found;
        if (avm_dict_get(t, l->dicts, key_of(t), &found) <= 0) {
            l = l->next;
            continue;
        }
        avm_incref(found);
        avm_dict_del(t, l->dicts, key_of(t));
        avm_decref(t, found);
        l = *all(t->vm);
    }
}

// --- attributes

static AvmValue local_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmDict *d = own_dict(t, (Local *)avm_obj(v));
    if (!d) return AVM_FAIL;
    name = avm_attr_name(t, name);
    if (name == AVM_NAME(t, __dict__)) return avm_incref(avm_value(d));
    AvmType *type = avm_type_of(t, v);
    AvmValue attr = avm_type_lookup(t, type, name);
    bool first = avm_is_obj(attr) && avm_type_of(t, attr)->s.set; // a data descriptor
    AvmValue own = first ? AVM_EMPTY : avm_dict_get_str(t, d, name);
    if (own) return avm_incref(own);
    return attr ? avm_attr_bind(t, attr, v, type) : avm_raise_attribute(t, v, name);
}

static bool local_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    AvmDict *d = own_dict(t, (Local *)avm_obj(v));
    if (!d) return false;
    name = avm_attr_name(t, name);
    if (name == AVM_NAME(t, __dict__))
        return avm_raise(t, AVM_EXC(t, AttributeError), "'%T' object attribute '__dict__' is read-only", v);
    AvmValue attr = avm_type_lookup(t, avm_type_of(t, v), name);
    if (avm_is_obj(attr) && avm_type_of(t, attr)->s.set) return avm_attr_set_generic(t, v, name, value);
    if (value) return avm_dict_set_str(t, d, name, value);
    return avm_dict_del_str(t, d, name) || avm_raise_attribute(t, v, name);
}

static AvmValue local_dir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmDict *d = own_dict(t, (Local *)avm_obj(args[0]));
    AvmValue names = d ? avm_dir_default(t, args[0]) : AVM_FAIL;
    AvmList *own = names ? avm_list_from_iter(t, avm_value(d)) : NULL;
    AvmList *list = (AvmList *)avm_obj(names);
    bool ok = own && avm_list_splice(t, list, list->len, list->len, own->items, own->len);
    avm_drop(t, own);
    if (ok) return names;
    avm_decref(t, names);
    return AVM_FAIL;
}

static const AvmNativeDef local_methods[] = {
    {"__new__", local_new, "__new__(*args, **kwargs)", NULL},
    {"__dir__", local_dir, "__dir__()", NULL},
    {0},
};

const AvmTypeDef avm_thread_local_def = {
    .name = "_thread._local",
    .size = sizeof(Local),
    .flags = AVM_TYPE_BASETYPE,
    .doc = "Thread-local data",
    .slots = {.free = local_free,
              .traverse = local_traverse,
              .clear = local_clear,
              .getattr = local_getattr,
              .setattr = local_setattr},
    .methods = local_methods,
};
