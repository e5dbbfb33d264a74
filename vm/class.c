// Classes made by script: the class statement, type(name, bases, dict), calling a class.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/shape.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/frame.h"
#include "vm/types/func.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmType *type_at(AvmTuple *bases, uint32_t i) { return (AvmType *)avm_obj(bases->items[i]); }

// --- bases

// The type that gave instances their layout: up from here nothing was added but attributes.
static AvmType *solid(AvmType *type) {
    for (AvmType *base; (base = type->base); type = base) {
        bool heap = type->flags & AVM_TYPE_HEAP;
        if (heap ? type->nslots != base->nslots : type->size != base->size || type->s.free != base->s.free) break;
    }
    return type;
}

static AvmType *best_base(AvmThread *t, AvmTuple *bases) {
    AvmType *winner = NULL, *best = NULL;
    for (uint32_t i = 0; i < bases->len; i++) {
        if (!avm_is_sub(t, bases->items[i], AVM_TYPE_SUB_TYPE)) {
            avm_raise_type(t, "bases must be types");
            return NULL;
        }
        AvmType *b = type_at(bases, i);
        if (!(b->flags & (AVM_TYPE_BASETYPE | AVM_TYPE_HEAP))) {
            avm_raise_type(t, "type '%K' is not an acceptable base type", b);
            return NULL;
        }
        for (uint32_t k = 0; k < i; k++)
            if (type_at(bases, k) == b) {
                avm_raise_type(t, "duplicate base class %N", b);
                return NULL;
            }
        AvmType *s = solid(b);
        if (!winner || avm_type_is_sub(s, winner)) {
            if (s != winner || !best) best = b;
            winner = s;
        } else if (!avm_type_is_sub(winner, s)) {
            avm_raise_type(t, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

static AvmType *best_metaclass(AvmThread *t, AvmType *meta, AvmTuple *bases) {
    for (uint32_t i = 0; i < bases->len; i++) {
        AvmType *m = avm_type_of(t, bases->items[i]);
        if (avm_type_is_sub(meta, m)) continue;
        if (avm_type_is_sub(m, meta)) {
            meta = m;
            continue;
        }
        avm_raise_type(t, "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the "
                          "metaclasses of all its bases");
        return NULL;
    }
    return meta;
}

// --- __slots__

static bool add_slot(AvmThread *t, AvmType *type, AvmStr *name, uint32_t at) {
    if (avm_dict_get_str(t, type->dict, name))
        return avm_raise_value(t, "'%S' in __slots__ conflicts with class variable", name);
    AvmMember *m = avm_object_new_id(t, AVM_T_MEMBER, sizeof *m);
    if (!m) return false;
    m->name = avm_retain(name);
    m->owner = type;
    m->offset = type->size;
    type->slot_offsets[at] = type->size;
    type->size += sizeof(AvmValue);
    bool ok = avm_dict_set_str(t, type->dict, name, avm_value(m));
    avm_drop(t, m);
    return ok;
}

static AvmStr *mangled(AvmThread *t, AvmType *type, AvmStr *name) {
    bool private = name->len > 2 && name->data[0] == '_' && name->data[1] == '_' && name->data[name->len - 1] != '_';
    const char *cls = type->name->data;
    while (*cls == '_') cls++;
    return private && *cls ? avm_str_format(t, "_%s%S", cls, name) : avm_str_format(t, "%S", name);
}

// Reads __slots__ into members. *dict_wanted: instances have attributes of their own as well;
// *weakref_wanted: they name
// __weakref__.
static bool read_slots(AvmThread *t, AvmType *type, AvmValue slots, bool *dict_wanted, bool *weakref_wanted) {
    AvmTuple *names = avm_as_str(t, slots) ? avm_tuple_from(t, &slots, 1) : avm_tuple_from_iter(t, slots);
    if (!names) return false;
    uint32_t inherited = type->nslots, added = 0;
    bool ok = true;
    *dict_wanted = *weakref_wanted = false;
    uint32_t *p = avm_realloc(&t->vm->alloc, type->slot_offsets, inherited * sizeof *p, (inherited + names->len) * sizeof *p);
    if (!p && names->len) ok = avm_raise_memory(t);
    if (p) type->slot_offsets = p;
    for (uint32_t i = 0; ok && i < names->len; i++) {
        AvmStr *s = avm_as_str(t, names->items[i]);
        if (!s) {
            ok = avm_raise_type(t, "__slots__ items must be strings, not '%T'", names->items[i]);
        } else if (avm_str_is(s, "__dict__")) {
            *dict_wanted = true;
        } else if (avm_str_is(s, "__weakref__")) {
            *weakref_wanted = true;
        } else {
            AvmStr *m = mangled(t, type, s);
            AvmStr *name = m ? avm_str_intern_take(t, m) : NULL;
            ok = name && add_slot(t, type, name, inherited + added);
            if (ok) added++;
            avm_drop(t, name);
        }
    }
    if (p && added < names->len)
        type->slot_offsets = avm_realloc(&t->vm->alloc, p, (inherited + names->len) * sizeof *p, (inherited + added) * sizeof *p);
    type->nslots = inherited + added;
    avm_drop(t, names);
    return ok;
}

static bool add_getset(AvmThread *t, AvmType *type, const AvmGetSetDef *def) {
    AvmGetSet *g = avm_object_new_id(t, AVM_T_GETSET, sizeof *g);
    if (!g) return false;
    g->def = def;
    g->owner = type;
    AvmStr *name = avm_str_intern(t, def->name, strlen(def->name));
    bool ok = name && avm_dict_set_str(t, type->dict, name, avm_value(g));
    avm_drop(t, name);
    avm_drop(t, g);
    return ok;
}

// __weakref__ stands in the first class of a line whose instances a weak reference may watch; never in those
// of numbers and tuples.
static bool shows_weakrefs(AvmThread *t, const AvmType *base) {
    const AvmType *native = base;
    for (; native->flags & AVM_TYPE_HEAP; native = native->base)
        if (avm_dict_get_str(t, native->dict, AVM_NAME(t, __weakref__))) return true;
    switch (native->id) {
    case AVM_T_INT:
    case AVM_T_TUPLE:
    case AVM_T_BYTES:
    case AVM_T_SET:
    case AVM_T_FROZENSET:
    case AVM_T_MODULE:
    case AVM_T_TYPE: return true;
    default: return native->s.finalize != NULL;
    }
}

static bool lay_out(AvmThread *t, AvmType *type) {
    AvmType *base = type->base;
    type->size = base->size;
    type->attrs_offset = base->attrs_offset;
    if (base->nslots) {
        type->slot_offsets = avm_alloc(&t->vm->alloc, base->nslots * sizeof *type->slot_offsets);
        if (!type->slot_offsets) return avm_raise_memory(t);
        memcpy(type->slot_offsets, base->slot_offsets, base->nslots * sizeof *type->slot_offsets);
        type->nslots = base->nslots;
    }
    AvmValue slots = avm_dict_get_str(t, type->dict, AVM_NAME(t, __slots__));
    bool dict_wanted = true, weakref_wanted = true;
    if (slots) {
        if (base->flags & AVM_TYPE_VARSIZE && avm_len(t, slots) > 0 && !avm_as_str(t, slots))
            return avm_raise_type(t, "nonempty __slots__ not supported for subtype of '%N'", base);
        avm_incref(slots);
        bool ok = read_slots(t, type, slots, &dict_wanted, &weakref_wanted);
        avm_decref(t, slots);
        if (!ok) return false;
        for (uint32_t i = 0; i < type->bases->len; i++) dict_wanted |= type_at(type->bases, i)->attrs_offset != 0;
    }
    // Classes made by a metaclass keep their attributes in the dict that every type has.
    if (dict_wanted && !type->attrs_offset && !(base->flags & AVM_TYPE_SUB_TYPE)) {
        type->attrs_offset = base->flags & AVM_TYPE_VARSIZE ? AVM_ATTRS_AT_END : type->size;
        if (type->attrs_offset != AVM_ATTRS_AT_END) type->size += sizeof(AvmAttrs);
        if (!add_getset(t, type, &avm_instance_dict_getset)) return false;
    }
    if (weakref_wanted && !shows_weakrefs(t, base) && !add_getset(t, type, &avm_weakref_getset)) return false;
    if (type->attrs_offset) {
        type->flags |= AVM_TYPE_ATTRS;
        type->shape = avm_shape_root(t, type);
        if (!type->shape) return false;
    }
    if (type->attrs_offset == sizeof(AvmObj) && type->size == sizeof(AvmInstance)) {
        type->flags |= AVM_TYPE_PLAIN_NEW;
        type->inline_attrs = base->inline_attrs > 4 ? base->inline_attrs : 4;
    }
    return true;
}

// --- making

static bool set_names(AvmThread *t, AvmType *type, AvmStr *name) {
    type->name = avm_retain(avm_attr_name(t, name));
    AvmValue q = avm_dict_get_str(t, type->dict, AVM_NAME(t, __qualname__));
    if (q && !avm_as_str(t, q)) return avm_raise_type(t, "type __qualname__ must be a str, not %T", q);
    type->qualname = avm_retain(q ? avm_as_str(t, q) : type->name);
    if (q) avm_dict_del_str(t, type->dict, AVM_NAME(t, __qualname__));
    if (!avm_dict_get_str(t, type->dict, AVM_NAME(t, __module__)) && t->frame) {
        AvmValue module = avm_dict_get_str(t, t->frame->func->globals, AVM_NAME(t, __name__));
        if (module && !avm_dict_set_str(t, type->dict, AVM_NAME(t, __module__), module)) return false;
    }
    if (!avm_dict_get_str(t, type->dict, AVM_NAME(t, __doc__)))
        return avm_dict_set_str(t, type->dict, AVM_NAME(t, __doc__), AVM_NONE);
    return true;
}

// __new__ is a static method, __init_subclass__ and __class_getitem__ class methods, even undecorated.
static bool wrap_special(AvmThread *t, AvmType *type) {
    struct {
        AvmStr *name;
        uint16_t wrapper;
    } rows[] = {{AVM_NAME(t, __new__), AVM_T_STATICMETHOD},
                {AVM_NAME(t, __init_subclass__), AVM_T_CLASSMETHOD},
                {AVM_NAME(t, __class_getitem__), AVM_T_CLASSMETHOD}};
    for (int i = 0; i < 3; i++) {
        AvmValue f = avm_dict_get_str(t, type->dict, rows[i].name);
        if (!avm_is(f, AVM_T_FUNCTION)) continue;
        AvmValue w = avm_call1(t, avm_value(t->vm->types[rows[i].wrapper]), f);
        bool ok = w && avm_dict_set_str(t, type->dict, rows[i].name, w);
        avm_decref(t, w);
        if (!ok) return false;
    }
    bool eq = avm_dict_get_str(t, type->dict, AVM_NAME(t, __eq__));
    if (eq && !avm_dict_get_str(t, type->dict, AVM_NAME(t, __hash__)))
        return avm_dict_set_str(t, type->dict, AVM_NAME(t, __hash__), AVM_NONE);
    return true;
}

static bool call_set_names(AvmThread *t, AvmType *type) {
    AvmDict *copy = avm_dict_copy(t, type->dict);
    if (!copy) return false;
    uint32_t pos = 0;
    AvmValue k, v;
    bool ok = true;
    while (ok && avm_dict_next(copy, &pos, &k, &v)) {
        AvmValue args[2] = {avm_value(type), k};
        AvmValue r = avm_is_obj(v) ? avm_call_special(t, v, AVM_NAME(t, __set_name__), args, 2) : AVM_DONE;
        ok = r != AVM_FAIL;
        if (!ok && t->exc) {
            AvmStr *note = avm_str_format(t, "Error calling __set_name__ on '%T' instance %R in '%N'", v, k, type);
            AvmValue exc = note ? avm_exc_take(t) : AVM_EMPTY, arg = avm_value(note);
            AvmStr *name = note ? avm_str_intern(t, "add_note", 8) : NULL;
            AvmValue done = name ? avm_call_method(t, exc, name, &arg, 1) : AVM_EMPTY;
            avm_decref(t, done);
            avm_drop(t, name);
            avm_drop(t, note);
            if (exc) avm_reraise(t, exc);
        } else if (r != AVM_DONE) {
            avm_decref(t, r);
        }
    }
    avm_drop(t, copy);
    return ok;
}

// super(type, type).__init_subclass__(**kwargs)
static bool call_init_subclass(AvmThread *t, AvmType *type, AvmDict *kwargs) {
    AvmValue f = AVM_EMPTY;
    for (uint32_t i = 1; i < type->mro->len && !f; i++)
        f = avm_dict_get_str(t, avm_type_dict(t, type_at(type->mro, i)), AVM_NAME(t, __init_subclass__));
    AvmValue bound = f ? avm_attr_bind(t, f, AVM_EMPTY, type) : AVM_FAIL;
    AvmTuple *none = bound ? avm_tuple_new(t, 0) : NULL;
    AvmValue r = none ? avm_call_ex(t, bound, avm_value(none), kwargs) : AVM_FAIL;
    avm_drop(t, none);
    avm_decref(t, bound);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

// `__full_name__ = True` in the body of a class of aio's own.
static void take_full_name(AvmThread *t, AvmType *type) {
    if (avm_dict_get_str(t, type->dict, AVM_NAME(t, __full_name__)) != AVM_TRUE) return;
    type->flags |= AVM_TYPE_FULL_NAME;
    avm_dict_del_str(t, type->dict, AVM_NAME(t, __full_name__));
}

AvmValue avm_class_new(AvmThread *t, AvmType *meta, AvmStr *name, AvmTuple *bases, AvmDict *ns, AvmDict *kwargs) {
    meta = best_metaclass(t, meta, bases);
    if (!meta) return AVM_FAIL;
    AvmValue object = avm_value(t->vm->types[AVM_T_OBJECT]);
    bases = bases->len ? avm_retain(bases) : avm_tuple_from(t, &object, 1);
    AvmType *base = bases ? best_base(t, bases) : NULL;
    AvmType *type = base ? avm_type_alloc(t, 0, AVM_T_TYPE) : NULL;
    if (!type) {
        avm_drop(t, bases);
        return AVM_FAIL;
    }
    if (meta->flags & AVM_TYPE_HEAP) { // instances of a script metaclass: its own size and attributes
        AvmType *plain = type;
        uint16_t id = plain->id;
        t->vm->types[id] = NULL;
        type = avm_object_new(t, meta, 0);
        if (type) {
            type->id = id;
            type->version = plain->version;
            t->vm->types[id] = type;
        }
        plain->id = 0;
        avm_drop(t, plain);
        if (!type) {
            avm_drop(t, bases);
            return AVM_FAIL;
        }
    }
    type->flags = AVM_TYPE_HEAP | AVM_TYPE_BASETYPE;
    type->bases = bases;
    type->base = base;
    uint32_t kept = ~(uint32_t)(AVM_TYPE_HEAP | AVM_TYPE_IMMUTABLE | AVM_TYPE_LAZY | AVM_TYPE_PLAIN_NEW |
                                AVM_TYPE_NO_NEW | AVM_TYPE_ATTRS | AVM_TYPE_PLAIN_FREE | AVM_TYPE_FULL_NAME |
                                AVM_TYPE_SHORT_NAME);
    for (uint32_t i = 0; i < bases->len; i++) type->flags |= type_at(bases, i)->flags & kept;
    type->dict = avm_dict_copy(t, ns);
    AvmValue cell = type->dict ? avm_dict_get_str(t, type->dict, AVM_NAME(t, __classcell__)) : AVM_EMPTY;
    if (cell) {
        avm_replace(t, &((AvmCell *)avm_obj(cell))->value, avm_value(avm_retain(type)));
        avm_dict_del_str(t, type->dict, AVM_NAME(t, __classcell__));
    }
    if (type->dict && t->frame && t->frame->func->code->frozen) take_full_name(t, type);
    bool ok = type->dict && set_names(t, type, name) && avm_type_set_mro(t, type) && lay_out(t, type) && wrap_special(t, type);
    for (uint32_t i = 0; ok && i < bases->len; i++) ok = avm_type_add_subclass(t, type_at(bases, i), type);
    if (ok) avm_type_inherit_slots(t, type);
    if (ok && call_set_names(t, type) && call_init_subclass(t, type, kwargs)) return avm_value(type);
    avm_drop(t, type);
    return AVM_FAIL;
}

// --- the class statement

// Bases that are no classes may name others by __mro_entries__.
static AvmTuple *resolve_bases(AvmThread *t, AvmTuple *bases) {
    AvmList *out = NULL;
    for (uint32_t i = 0; i < bases->len; i++) {
        AvmValue b = bases->items[i], f = AVM_DONE;
        if (!avm_is_sub(t, b, AVM_TYPE_SUB_TYPE)) f = avm_getattr_maybe(t, b, AVM_NAME(t, __mro_entries__));
        if (f == AVM_FAIL) goto fail;
        if (f == AVM_DONE) {
            if (out && !avm_list_append(t, out, b)) goto fail;
            continue;
        }
        if (!out && !(out = avm_list_from(t, bases->items, i))) goto fail;
        AvmValue r = avm_call1(t, f, avm_value(bases));
        avm_decref(t, f);
        bool ok = r && (avm_is_sub(t, r, AVM_TYPE_SUB_TUPLE) || avm_raise_type(t, "__mro_entries__ must return a tuple")) &&
                  avm_list_extend(t, out, r);
        avm_decref(t, r);
        if (!ok) goto fail;
    }
    AvmTuple *r = out ? avm_tuple_from_list(t, out) : avm_retain(bases);
    avm_drop(t, out);
    return r;
fail:
    avm_drop(t, out);
    return NULL;
}

static AvmValue prepare(AvmThread *t, AvmValue meta, AvmStr *name, AvmTuple *bases, AvmDict *kwargs) {
    AvmValue f = avm_getattr_maybe(t, meta, AVM_NAME(t, __prepare__));
    if (f == AVM_DONE) return avm_value(avm_dict_new(t));
    AvmValue pair[2] = {avm_value(name), avm_value(bases)};
    AvmTuple *args = f ? avm_tuple_from(t, pair, 2) : NULL;
    AvmValue ns = args ? avm_call_ex(t, f, avm_value(args), kwargs) : AVM_FAIL;
    avm_drop(t, args);
    avm_decref(t, f);
    if (ns && !avm_type_of(t, ns)->s.getitem) {
        avm_raise_type(t, "%V.__prepare__() must return a mapping, not %T", avm_value(((AvmType *)avm_obj(meta))->name), ns);
        avm_decref(t, ns);
        return AVM_FAIL;
    }
    return ns;
}

AvmValue avm_class_build(AvmThread *t, AvmValue body, AvmStr *name, AvmTuple *given, AvmDict *kwargs) {
    AvmValue r = AVM_FAIL, meta = AVM_EMPTY, ns = AVM_EMPTY, cell = AVM_EMPTY;
    AvmTuple *bases = resolve_bases(t, given);
    AvmDict *kw = kwargs ? avm_dict_copy(t, kwargs) : avm_dict_new(t);
    if (!bases || !kw) goto done;
    AvmValue named = avm_dict_get_str(t, kw, AVM_NAME(t, metaclass));
    if (named) {
        meta = avm_incref(named);
        avm_dict_del_str(t, kw, AVM_NAME(t, metaclass));
    } else {
        meta = avm_incref(avm_value(bases->len ? avm_type_of(t, bases->items[0]) : t->vm->types[AVM_T_TYPE]));
    }
    if (avm_is_sub(t, meta, AVM_TYPE_SUB_TYPE)) {
        AvmType *best = best_metaclass(t, (AvmType *)avm_obj(meta), bases);
        if (!best) goto done;
        avm_replace(t, &meta, avm_value(avm_retain(best)));
    }
    ns = prepare(t, meta, name, bases, kw);
    cell = ns ? avm_call1(t, body, ns) : AVM_FAIL;
    if (!cell) goto done;
    if (bases != given && !avm_setitem(t, ns, avm_value(avm_attr_name(t, avm_str_text(t, "__orig_bases__"))), avm_value(given)))
        goto done;
    AvmValue three[3] = {avm_value(name), avm_value(bases), ns};
    AvmTuple *args = avm_tuple_from(t, three, 3);
    r = args ? avm_call_ex(t, meta, avm_value(args), kw) : AVM_FAIL;
    avm_drop(t, args);
    if (r && avm_is(cell, AVM_T_CELL) && avm_is_sub(t, r, AVM_TYPE_SUB_TYPE) && !((AvmCell *)avm_obj(cell))->value)
        avm_replace(t, &((AvmCell *)avm_obj(cell))->value, avm_incref(r));
done:
    avm_drop(t, bases);
    avm_drop(t, kw);
    avm_decref(t, meta);
    avm_decref(t, ns);
    avm_decref(t, cell);
    return r;
}

// --- calling a class

void avm_type_find_makers(AvmThread *t, AvmType *type) {
    AvmType *object = t->vm->types[AVM_T_OBJECT];
    AvmValue new_fn = avm_type_lookup(t, type, AVM_NAME(t, __new__)), init = avm_type_lookup(t, type, AVM_NAME(t, __init__));
    AvmValue object_new = avm_dict_get_str(t, avm_type_dict(t, object), AVM_NAME(t, __new__));
    AvmValue object_init = avm_dict_get_str(t, object->dict, AVM_NAME(t, __init__));
    type->new_fn = new_fn == object_new ? AVM_EMPTY : new_fn;
    type->init_fn = init == object_init ? AVM_EMPTY : init;
    bool plain = type->flags & AVM_TYPE_PLAIN_NEW && !type->new_fn && avm_is(type->init_fn, AVM_T_FUNCTION) &&
                 !((AvmFunc *)avm_obj(type->init_fn))->code->gen_type;
    type->plain_init = plain ? (AvmFunc *)avm_obj(type->init_fn) : NULL;
    bool quick = avm_is(type->new_fn, AVM_T_NATIVE) && !type->init_fn && type->id != AVM_T_TYPE &&
                 !(type->flags & (AVM_TYPE_HEAP | AVM_TYPE_EXCEPTION));
    type->quick_new = quick ? (AvmNative *)avm_obj(type->new_fn) : NULL;
    type->made_version = type->version;
}

// "'a', 'b'": what is still missing, or NULL.
static AvmStr *quoted_names(AvmThread *t, const AvmList *names) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < names->len; i++) {
        AvmStr *name = avm_as_str(t, names->items[i]);
        if (!name) {
            avm_buf_free(&b);
            avm_raise_type(t, "sequence item %u: expected str instance, %T found", i, names->items[i]);
            return NULL;
        }
        avm_buf_printf(&b, "%s'%s'", i ? ", " : "", name->data);
    }
    AvmStr *text = avm_str_new(t, avm_buf_str(&b), (uint32_t)b.len);
    avm_buf_free(&b);
    return text;
}

bool avm_type_check_concrete(AvmThread *t, AvmType *type) {
    AvmStr *name = avm_str_intern(t, "__abstractmethods__", 19);
    AvmValue set = name ? avm_dict_get_str(t, type->dict, name) : AVM_EMPTY;
    avm_drop(t, name);
    int some = set ? avm_truth(t, set) : 0;
    if (some <= 0) return !some;
    AvmList *names = avm_list_from_iter(t, set);
    AvmStr *missing = names && avm_list_sort(t, names, AVM_EMPTY, false) ? quoted_names(t, names) : NULL;
    if (missing)
        avm_raise_type(
            t, "Can't instantiate abstract class %N without an implementation for abstract method%s %S", type,
            names->len == 1 ? "" : "s", missing);
    avm_drop(t, missing);
    avm_drop(t, names);
    return false;
}

// object.__new__: arguments are for __init__; without one of its own the class takes none.
static AvmValue plain_new(AvmThread *t, AvmType *type, uint32_t nargs) {
    if (type->flags & AVM_TYPE_NO_NEW)
        return avm_raise_type(t, "cannot create '%s' instances", type->def ? type->def->name : type->name->data);
    if (nargs && !type->init_fn) return avm_raise_type(t, "%N() takes no arguments", type);
    if (type->flags & AVM_TYPE_HEAP && !avm_type_check_concrete(t, type)) return AVM_FAIL;
    AvmType *native = type;
    while (native->flags & AVM_TYPE_HEAP) native = native->base;
    if (native->id != AVM_T_OBJECT && native->flags & AVM_TYPE_NO_NEW)
        return avm_raise_type(t, "cannot create '%N' instances", type);
    return avm_value(avm_object_new(t, type, 0));
}

AvmValue avm_type_call(AvmThread *t, AvmValue cls, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmType *type = (AvmType *)avm_obj(cls);
    if (type->id == AVM_T_TYPE && nargs == 1 && !kwnames) return avm_value(avm_retain(avm_class_of(t, args[0])));
    if (type->id == AVM_T_TYPE && nargs - (kwnames ? kwnames->len : 0) != 3) return avm_raise_type(t, "type() takes 1 or 3 arguments");
    if (type->made_version != type->version) avm_type_find_makers(t, type);
    AvmValue self;
    if (!type->new_fn) {
        self = plain_new(t, type, nargs);
    } else {
        AvmValue f = avm_attr_bind(t, type->new_fn, AVM_EMPTY, type);
        if (!f) return AVM_FAIL;
        self = AVM_FAIL;
        if (avm_native_enter(t)) {
            self = avm_call_self(t, f, cls, args, nargs, kwnames);
            avm_native_leave(t);
        }
        avm_decref(t, f);
    }
    if (!self) return AVM_FAIL;
    AvmType *made = avm_type_of(t, self);
    if (made != type && !avm_type_is_sub(made, type)) return self;
    if (made->made_version != made->version) avm_type_find_makers(t, made);
    if (!made->init_fn) return self;
    AvmValue init = avm_incref(made->init_fn), r;
    if (avm_is(init, AVM_T_FUNCTION) || avm_is(init, AVM_T_NATIVE_METHOD)) {
        r = avm_call_self(t, init, self, args, nargs, kwnames);
    } else {
        AvmValue f = avm_attr_bind(t, init, self, made);
        r = f ? avm_call_kw(t, f, args, nargs, kwnames) : AVM_FAIL;
        avm_decref(t, f);
    }
    avm_decref(t, init);
    if (r && r != AVM_NONE) avm_raise_type(t, "__init__() should return None, not '%T'", r);
    bool ok = r == AVM_NONE;
    avm_decref(t, r);
    if (ok) return self;
    avm_decref(t, self);
    return AVM_FAIL;
}
