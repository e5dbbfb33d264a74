// The slow halves of instructions: names, attributes with their caches, functions, imports, data.
#include "vm/ops.h"

#include "vm/attr.h"
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/import.h"
#include "vm/shape.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmCode *code_of(AvmFrame *fr) { return fr->func->code; }

// --- names

static AvmValue name_error(AvmThread *t, AvmStr *name) {
    return avm_raise_name(t, AVM_EXC(t, NameError), name, "name '%S' is not defined");
}

// The builtins that code with these globals sees: exec's caller may give others.
static AvmDict *builtins_of(AvmThread *t, AvmDict *globals) {
    AvmValue v = avm_dict_get_str(t, globals, AVM_NAME(t, __builtins__));
    if (avm_is(v, AVM_T_MODULE)) return ((AvmModuleObj *)avm_obj(v))->dict;
    AvmDict *d = v ? avm_as_dict(t, v) : NULL;
    return d ? d : t->vm->builtins;
}

AvmValue avm_op_global(AvmThread *t, AvmFrame *fr, uint32_t at) {
    AvmCode *code = code_of(fr);
    AvmStr *name = code->names[at];
    AvmGlobal *cache = &code->globals[at];
    AvmDict *globals = fr->func->globals, *builtins = builtins_of(t, globals);
    int32_t where = avm_dict_find_str(t, globals, name);
    if (where >= 0) {
        *cache = (AvmGlobal){avm_dict_watch(t, globals), 0, &globals->entries[where].value};
        return avm_incref(globals->entries[where].value);
    }
    if (builtins == t->vm->builtins) avm_builtins_get(t, name);
    where = avm_dict_find_str(t, builtins, name);
    if (where < 0) return t->exc ? AVM_FAIL : name_error(t, name);
    if (builtins != t->vm->builtins) return avm_incref(builtins->entries[where].value);
    *cache =
        (AvmGlobal){avm_dict_watch(t, globals), avm_dict_watch(t, builtins), &builtins->entries[where].value};
    return avm_incref(builtins->entries[where].value);
}

bool avm_op_set_global(AvmThread *t, AvmFrame *fr, uint32_t at, AvmValue v) {
    AvmStr *name = code_of(fr)->names[at];
    if (v) return avm_dict_set_str(t, fr->func->globals, name, v);
    return avm_dict_del_str(t, fr->func->globals, name) || name_error(t, name);
}

// The namespace R[0]: a dict, or a mapping that a metaclass's __prepare__ or exec's caller gave.
static int namespace_get(AvmThread *t, AvmFrame *fr, AvmStr *name, AvmValue *out) {
    AvmValue ns = fr->regs[0];
    if (avm_is_dict(ns)) {
        *out = avm_incref(avm_dict_get_str(t, (AvmDict *)avm_obj(ns), name));
        return *out != AVM_EMPTY;
    }
    *out = avm_getitem(t, ns, avm_value(name));
    if (*out) return 1;
    return avm_exc_swallow(t, AVM_EXC(t, KeyError)) ? 0 : -1;
}

AvmValue avm_op_name(AvmThread *t, AvmFrame *fr, uint32_t at) {
    AvmStr *name = code_of(fr)->names[at];
    AvmValue v;
    int found = namespace_get(t, fr, name, &v);
    if (found) return found > 0 ? v : AVM_FAIL;
    v = avm_dict_get_str(t, fr->func->globals, name);
    if (v) return avm_incref(v);
    AvmDict *builtins = builtins_of(t, fr->func->globals);
    v = builtins == t->vm->builtins ? avm_builtins_get(t, name) : avm_dict_get_str(t, builtins, name);
    return v ? avm_incref(v) : t->exc ? AVM_FAIL : name_error(t, name);
}

bool avm_op_set_name(AvmThread *t, AvmFrame *fr, uint32_t at, AvmValue v) {
    AvmStr *name = code_of(fr)->names[at];
    AvmValue ns = fr->regs[0];
    if (!avm_is_dict(ns)) {
        if (avm_setitem(t, ns, avm_value(name), v)) return true;
        return !v && avm_exc_swallow(t, AVM_EXC(t, KeyError)) ? name_error(t, name) : false;
    }
    if (v) return avm_dict_set_str(t, (AvmDict *)avm_obj(ns), name, v);
    return avm_dict_del_str(t, (AvmDict *)avm_obj(ns), name) || name_error(t, name);
}

AvmValue avm_op_name_or_free(AvmThread *t, AvmFrame *fr, uint32_t at, uint32_t free) {
    AvmValue v;
    int found = namespace_get(t, fr, code_of(fr)->names[at], &v);
    if (found) return found > 0 ? v : AVM_FAIL;
    v = fr->func->free[free]->value;
    return v ? avm_incref(v) : avm_op_unbound_free(t, fr, free);
}

static AvmValue unbound(AvmThread *t, AvmType *type, AvmText text, const char *format) {
    AvmStr *name = avm_str_intern(t, text.text, text.len);
    if (name) avm_raise_name(t, type, name, format);
    avm_drop(t, name);
    return AVM_FAIL;
}

AvmValue avm_op_unbound_local(AvmThread *t, AvmFrame *fr, uint32_t local) {
    const AvmUnit *u = code_of(fr)->unit;
    if (local >= 256) local = u->nlocals + (local - 256);
    return unbound(t, AVM_EXC(t, UnboundLocalError), u->locals[local],
                   "cannot access local variable '%S' where it is not associated with a value");
}

AvmValue avm_op_unbound_free(AvmThread *t, AvmFrame *fr, uint32_t free) {
    return unbound(t, AVM_EXC(t, NameError), code_of(fr)->unit->frees[free],
                   "cannot access free variable '%S' where it is not associated with a value in enclosing scope");
}

// --- attributes

static bool has_set(AvmThread *t, AvmValue attr) { return avm_is_obj(attr) && t->vm->types[avm_obj(attr)->type]->s.set; }
static bool has_get(AvmThread *t, AvmValue attr) { return avm_is_obj(attr) && t->vm->types[avm_obj(attr)->type]->s.get; }

static AvmAttrs *shaped(AvmValue v) {
    return avm_is_obj(v) && avm_obj(v)->flags & AVM_OBJ_SHAPED ? &((AvmInstance *)avm_obj(v))->attrs : NULL;
}

// A name in a module's dict, found by the entry's place while no key comes or goes; borrowed or AVM_EMPTY.
static AvmValue module_name(AvmThread *t, AvmValue v, AvmSite *site) {
    AvmDict *d = ((AvmModuleObj *)avm_obj(v))->dict;
    if (d->keys_version && site->seen.key == (d->keys_version | AVM_SITE_MODULE)) return d->entries[site->seen.offset].value;
    int32_t at = avm_dict_find_str(t, d, site->name);
    if (at < 0) return AVM_EMPTY;
    site->seen = (AvmSiteEntry){avm_dict_watch(t, d) | AVM_SITE_MODULE, AVM_EMPTY, (uint32_t)at};
    return d->entries[at].value;
}

// What the site knows by this key, or NULL.
static const AvmSiteEntry *known(const AvmSite *site, uint64_t key) {
    if (site->seen.key == key) return &site->seen;
    for (int i = 0; site->more && i < 4; i++)
        if (site->more->entries[i].key == key) return &site->more->entries[i];
    return NULL;
}

// Fills the inline cache; what it held is kept aside if there is memory for it.
static void learn(AvmThread *t, AvmSite *site, uint64_t key, uint32_t offset, AvmValue value) {
    if (site->seen.key != AVM_SITE_UNSEEN) {
        if (!site->more) site->more = avm_alloc_zero(&t->vm->alloc, sizeof *site->more);
        if (site->more) site->more->entries[site->more->next++ % 4] = site->seen;
    }
    site->seen = (AvmSiteEntry){key, value, offset};
}

// A name in a class's own view that is neither the metaclass's nor bound when it is looked up; borrowed or AVM_EMPTY.
static AvmValue class_name(AvmThread *t, AvmType *type, AvmSite *site) {
    const AvmSiteEntry *e = known(site, type->version | AVM_SITE_VALUE);
    if (e) return e->value;
    AvmValue attr = avm_type_lookup(t, type, site->name);
    if (!attr || (has_get(t, attr) && !avm_is(attr, AVM_T_FUNCTION)) ||
        avm_type_lookup(t, t->vm->types[AVM_T_TYPE], site->name))
        return AVM_EMPTY;
    learn(t, site, type->version | AVM_SITE_VALUE, 0, attr);
    return attr;
}

AvmValue avm_op_getattr(AvmThread *t, AvmValue v, AvmSite *site) {
    if (avm_is(v, AVM_T_MODULE)) {
        AvmValue x = module_name(t, v, site);
        if (x) return avm_incref(x);
    } else if (avm_is(v, AVM_T_TYPE)) {
        AvmValue x = class_name(t, (AvmType *)avm_obj(v), site);
        if (x) return avm_incref(x);
    }
    AvmType *type = avm_type_of(t, v);
    AvmAttrs *a = shaped(v);
    if (type->s.getattr || !a || avm_shape_is_dict(a->shape)) return avm_getattr(t, v, site->name);
    uint64_t version = a->shape->version;
    const AvmSiteEntry *e = known(site, version | AVM_SITE_CELL);
    if (e) return avm_incref(a->values[e->offset]);
    if ((e = known(site, version | AVM_SITE_VALUE))) return avm_incref(e->value);
    if ((e = known(site, version | AVM_SITE_SHAPE))) return avm_value(avm_method_new(t, e->value, v));
    AvmValue attr = avm_type_lookup(t, type, site->name);
    int at = avm_shape_find(a->shape, site->name);
    if (at >= 0 && !(attr && has_set(t, attr))) {
        learn(t, site, version | AVM_SITE_CELL, (uint32_t)at, AVM_EMPTY);
        return avm_incref(a->values[at]);
    }
    if (attr && at < 0 && !has_get(t, attr)) {
        learn(t, site, version | AVM_SITE_VALUE, 0, attr);
        return avm_incref(attr);
    }
    if (at < 0 && avm_is(attr, AVM_T_FUNCTION)) {
        learn(t, site, version | AVM_SITE_SHAPE, 0, attr);
        return avm_value(avm_method_new(t, attr, v));
    }
    return avm_attr_get_generic(t, v, site->name);
}

bool avm_op_setattr(AvmThread *t, AvmValue v, AvmSite *site, AvmValue value) {
    AvmType *type = avm_type_of(t, v);
    AvmAttrs *a = shaped(v);
    if (type->s.setattr || !a || avm_shape_is_dict(a->shape)) return avm_setattr(t, v, site->name, value);
    AvmValue attr = avm_type_lookup(t, type, site->name);
    if (attr && has_set(t, attr)) return avm_setattr(t, v, site->name, value);
    AvmShape *before = a->shape;
    if (!avm_attrs_set(t, avm_obj(v), a, site->name, value)) return false;
    int at = avm_shape_find(a->shape, site->name);
    if (at < 0) return true; // it has moved to a dict
    uint64_t version = before->version ? before->version : AVM_SITE_UNSEEN;
    site->seen = (AvmSiteEntry){version | (before == a->shape ? AVM_SITE_CELL : AVM_SITE_ADD), AVM_EMPTY, (uint32_t)at};
    site->next = a->shape;
    return true;
}

bool avm_op_method(AvmThread *t, AvmValue v, AvmSite *site, AvmValue *regs) {
    if (avm_is(v, AVM_T_MODULE) && (regs[0] = avm_incref(module_name(t, v, site)))) {
        regs[1] = AVM_EMPTY;
        return true;
    }
    if (avm_is(v, AVM_T_TYPE) && (regs[0] = avm_incref(class_name(t, (AvmType *)avm_obj(v), site)))) {
        regs[1] = AVM_EMPTY;
        return true;
    }
    AvmType *type = avm_type_of(t, v);
    AvmAttrs *a = shaped(v);
    bool cached = a ? !avm_shape_is_dict(a->shape)
                    : !type->attrs_offset; // attributes somewhere else: no cheap test that there is none of this name
    uint64_t key = a ? a->shape->version | AVM_SITE_SHAPE : type->version | AVM_SITE_TYPE;
    const AvmSiteEntry *e = cached ? known(site, key) : NULL;
    if (e) {
        regs[0] = avm_incref(e->value);
        regs[1] = avm_incref(v);
        return true;
    }
    if (!avm_attr_method(t, v, site->name, &regs[0], &regs[1])) return false;
    // The look-up may have changed the class.
    bool same = key == (a ? a->shape->version | AVM_SITE_SHAPE : type->version | AVM_SITE_TYPE);
    if (regs[1] && cached && same) learn(t, site, key, 0, regs[0]);
    return true;
}

bool avm_op_special(AvmThread *t, AvmValue v, int which, AvmValue *regs) {
    AvmStr *const names[] = {AVM_NAME(t, __enter__), AVM_NAME(t, __exit__), AVM_NAME(t, __aenter__), AVM_NAME(t, __aexit__)};
    AvmType *type = avm_type_of(t, v);
    AvmValue attr = avm_type_lookup(t, type, names[which]);
    if (!attr) {
        static const char *const missed[] = {"", " (missed __exit__ method)", "", " (missed __aexit__ method)"};
        return avm_raise_type(t, "'%T' object does not support the %scontext manager protocol%s", v,
                              which >= 2 ? "asynchronous " : "", missed[which]);
    }
    if (avm_is(attr, AVM_T_FUNCTION) || avm_is(attr, AVM_T_NATIVE_METHOD)) {
        regs[0] = avm_incref(attr);
        regs[1] = avm_incref(v);
        return true;
    }
    regs[0] = avm_attr_bind(t, attr, v, type);
    regs[1] = AVM_EMPTY;
    return regs[0] != AVM_FAIL;
}

// --- functions, classes, modules

AvmValue avm_op_function(AvmThread *t, AvmFrame *fr, uint32_t unit, AvmValue *parts, int which) {
    AvmCode *outer = code_of(fr);
    if (!outer->codes[unit]) outer->codes[unit] = avm_code_new(t, outer->unit->units[unit], outer);
    AvmCode *code = outer->codes[unit];
    AvmFunc *f = code ? avm_func_new(t, code, fr->func->globals) : NULL;
    if (!f) return AVM_FAIL;
    AvmValue *fields[] = {&f->defaults, &f->kwdefaults, &f->annotations};
    for (int i = 0; i < 3; i++) {
        if (!(which >> i & 1)) continue;
        *fields[i] = parts[i];
        parts[i] = AVM_EMPTY;
    }
    for (uint32_t i = 0; i < f->nfree; i++) {
        AvmCapture c = code->unit->captures[i];
        f->free[i] = avm_retain(c.from_free ? fr->func->free[c.index] : (AvmCell *)avm_obj(fr->regs[c.index]));
    }
    return avm_value(f);
}

AvmValue avm_op_class(AvmThread *t, AvmValue *parts) {
    return avm_class_build(t, parts[0], (AvmStr *)avm_obj(parts[1]), (AvmTuple *)avm_obj(parts[2]),
                           parts[3] ? (AvmDict *)avm_obj(parts[3]) : NULL);
}

bool avm_op_annotations(AvmThread *t, AvmFrame *fr) {
    AvmStr *name = AVM_NAME(t, __annotations__);
    bool own = code_of(fr)->unit->flags & AVM_UNIT_NAMESPACE;
    AvmValue ns = own ? fr->regs[0] : avm_value(fr->func->globals);
    if (avm_is_dict(ns) && avm_dict_get_str(t, (AvmDict *)avm_obj(ns), name)) return true;
    AvmDict *d = avm_dict_new(t);
    bool ok = d && avm_setitem(t, ns, avm_value(name), avm_value(d));
    avm_drop(t, d);
    return ok;
}

bool avm_op_print(AvmThread *t, AvmValue v) {
    AvmStr *name = avm_str_intern(t, "displayhook", 11);
    AvmValue sys = name ? avm_import_text(t, "sys") : AVM_FAIL;
    AvmValue r = sys ? avm_call_method(t, sys, name, &v, 1) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, sys);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

// --- data

static bool unpack_items(AvmThread *t, AvmValue v, AvmValue *regs, AvmValue *items, uint32_t have, uint32_t n) {
    if (have != n)
        return have < n ? avm_raise_value(t, "not enough values to unpack (expected %u, got %u)", n, have)
                        : avm_raise_value(t, "too many values to unpack (expected %u)", n);
    // v may stand in one of the registers: it lives until all are filled.
    avm_incref(v);
    for (uint32_t i = 0; i < n; i++) avm_incref(items[i]);
    for (uint32_t i = 0; i < n; i++) avm_replace(t, &regs[i], items[i]);
    avm_decref(t, v);
    return true;
}

static AvmValue unpack_iter(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (!type->s.iter && !type->s.getitem) return avm_raise_type(t, "cannot unpack non-iterable %T object", v);
    return avm_iter(t, v);
}

bool avm_op_unpack(AvmThread *t, AvmValue v, AvmValue *regs, uint32_t n) {
    AvmValue *items;
    uint32_t have;
    if ((avm_is_tuple(v) || avm_is_list(v)) && avm_seq_items(t, v, &items, &have))
        return unpack_items(t, v, regs, items, have, n);
    AvmValue it = unpack_iter(t, v);
    AvmTuple *got = it ? avm_tuple_new(t, n) : NULL;
    if (!got) {
        avm_decref(t, it);
        return false;
    }
    bool ok = false;
    for (uint32_t i = 0; i <= n; i++) {
        AvmValue x = avm_next(t, it);
        if (!x) goto done;
        if (i == n && x != AVM_DONE) {
            avm_decref(t, x);
            avm_raise_value(t, "too many values to unpack (expected %u)", n);
            goto done;
        }
        if (i < n && x == AVM_DONE) {
            avm_raise_value(t, "not enough values to unpack (expected %u, got %u)", n, i);
            goto done;
        }
        if (i < n) got->items[i] = x;
    }
    ok = unpack_items(t, v, regs, got->items, n, n);
done:
    avm_drop(t, got);
    avm_decref(t, it);
    return ok;
}

bool avm_op_unpack_rest(AvmThread *t, AvmValue v, AvmValue *regs, uint32_t before, uint32_t after) {
    AvmValue it = unpack_iter(t, v);
    if (!it) return false;
    AvmList *all = avm_list_from_iter(t, it);
    avm_decref(t, it);
    if (!all) return false;
    bool ok = false;
    if (all->len < before + after) {
        avm_raise_value(t, "not enough values to unpack (expected at least %u, got %u)", before + after, all->len);
        goto done;
    }
    AvmList *rest = avm_list_from(t, all->len ? all->items + before : NULL, all->len - before - after);
    if (!rest) goto done;
    avm_incref(v);
    for (uint32_t i = 0; i < before; i++) avm_replace(t, &regs[i], avm_incref(all->items[i]));
    avm_replace(t, &regs[before], avm_value(rest));
    for (uint32_t i = 0; i < after; i++)
        avm_replace(t, &regs[before + 1 + i], avm_incref(all->items[all->len - after + i]));
    avm_decref(t, v);
    ok = true;
done:
    avm_drop(t, all);
    return ok;
}

AvmValue avm_op_dict(AvmThread *t, AvmValue *pairs, uint32_t n) {
    AvmDict *d = avm_dict_new(t);
    for (uint32_t i = 0; d && i < n; i++)
        if (!avm_dict_set(t, d, pairs[2 * i], pairs[2 * i + 1])) {
            avm_drop(t, d);
            return AVM_FAIL;
        }
    return avm_value(d);
}

AvmValue avm_op_set(AvmThread *t, AvmValue *items, uint32_t n) {
    AvmSet *s = avm_set_new(t, AVM_T_SET);
    for (uint32_t i = 0; s && i < n; i++)
        if (!avm_set_add(t, s, items[i])) {
            avm_drop(t, s);
            return AVM_FAIL;
        }
    return avm_value(s);
}

bool avm_op_list_extend(AvmThread *t, AvmList *list, AvmValue iterable) {
    AvmType *type = avm_type_of(t, iterable);
    if (!type->s.iter && !type->s.getitem)
        return avm_raise_type(t, "Value after * must be an iterable, not %T", iterable);
    return avm_list_extend(t, list, iterable);
}

static bool is_mapping(AvmThread *t, AvmValue v) {
    return avm_as_dict(t, v) || avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, keys));
}

bool avm_op_dict_update(AvmThread *t, AvmDict *d, AvmValue mapping) {
    if (!is_mapping(t, mapping)) return avm_raise_type(t, "'%T' object is not a mapping", mapping);
    return avm_dict_update(t, d, mapping);
}

AvmStr *avm_op_callee_name(AvmThread *t, AvmValue callee) {
    AvmValue q = avm_getattr_maybe(t, callee, AVM_NAME(t, __qualname__));
    AvmValue m = q ? avm_getattr_maybe(t, callee, AVM_NAME(t, __module__)) : AVM_FAIL;
    AvmStr *module = m && m != AVM_DONE ? avm_as_str(t, m) : NULL, *s = NULL;
    if (q == AVM_DONE || (q && !avm_is_str(q)))
        s = avm_str_format(t, "%V", callee);
    else if (m && module && !avm_str_is(module, "builtins"))
        s = avm_str_format(t, "%S.%V()", module, q);
    else if (m)
        s = avm_str_format(t, "%V()", q);
    if (q && q != AVM_DONE) avm_decref(t, q);
    if (m && m != AVM_DONE) avm_decref(t, m);
    return s;
}

bool avm_op_dict_merge(AvmThread *t, AvmDict *d, AvmValue mapping, AvmValue callee) {
    if (!is_mapping(t, mapping)) {
        AvmStr *name = avm_op_callee_name(t, callee);
        if (name) avm_raise_type(t, "%S argument after ** must be a mapping, not %T", name, mapping);
        avm_drop(t, name);
        return false;
    }
    AvmDict *from = avm_dict_new(t);
    bool ok = from && avm_dict_update(t, from, mapping);
    uint32_t pos = 0;
    AvmValue k, v, old;
    while (ok && avm_dict_next(from, &pos, &k, &v)) {
        int there = avm_dict_get(t, d, k, &old);
        if (there > 0) {
            AvmStr *name = avm_op_callee_name(t, callee);
            if (name) avm_raise_type(t, "%S got multiple values for keyword argument '%V'", name, k);
            avm_drop(t, name);
        }
        ok = there == 0 && avm_dict_set(t, d, k, v);
    }
    avm_drop(t, from);
    return ok;
}

AvmValue avm_op_format(AvmThread *t, AvmValue v, AvmValue spec, int conversion) {
    AvmValue text = conversion == 1   ? avm_str(t, v)
                    : conversion == 2 ? avm_repr(t, v)
                    : conversion == 3 ? avm_ascii(t, v)
                                      : avm_incref(v);
    if (!text) return AVM_FAIL;
    AvmValue r = avm_format(t, text, spec);
    avm_decref(t, text);
    return r;
}

// --- spilled temporaries: a tuple under a type of its own, whose items may be empty

AvmValue avm_op_pack(AvmThread *t, AvmValue *regs, uint32_t n) {
    AvmTuple *pack = avm_object_new_id(t, AVM_T_PACK, sizeof *pack + n * sizeof *regs);
    if (!pack) return AVM_FAIL;
    pack->len = n;
    memcpy(pack->items, regs, n * sizeof *regs);
    memset(regs, 0, n * sizeof *regs);
    return avm_value(pack);
}

void avm_op_unpack_pack(AvmThread *t, AvmValue v, AvmValue *regs) {
    AvmTuple *pack = (AvmTuple *)avm_obj(v);
    memcpy(regs, pack->items, pack->len * sizeof *regs);
    pack->len = 0;
    avm_decref(t, v);
}

static void pack_free(AvmThread *t, AvmObj *o) {
    AvmTuple *pack = (AvmTuple *)o;
    for (uint32_t i = 0; i < pack->len; i++) avm_decref(t, pack->items[i]);
}
static void pack_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTuple *pack = (AvmTuple *)o;
    for (uint32_t i = 0; i < pack->len; i++) visit(pack->items[i], arg);
}
const AvmTypeDef avm_pack_def = {
    .name = "pack", .id = AVM_T_PACK, .size = sizeof(AvmTuple), .flags = AVM_TYPE_NO_NEW | AVM_TYPE_VARSIZE,
    .slots = {.free = pack_free, .traverse = pack_traverse}};

// --- asynchronous iteration, yield from

AvmValue avm_op_aiter(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (!type->s.aiter)
        return avm_raise_type(t, "'async for' requires an object with __aiter__ method, got %T", v);
    AvmValue it = type->s.aiter(t, v);
    if (it && !avm_type_of(t, it)->s.anext) {
        avm_raise_type(t, "'async for' received an object from __aiter__ that does not implement __anext__: %T", it);
        avm_decref(t, it);
        return AVM_FAIL;
    }
    return it;
}

AvmValue avm_op_anext(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (!type->s.anext) return avm_raise_type(t, "'async for' requires an iterator with __anext__ method, got %T", v);
    AvmValue next = type->s.anext(t, v);
    if (!next) return AVM_FAIL;
    AvmValue it = avm_get_awaitable(t, next, 0);
    if (!it) {
        AvmValue cause = avm_exc_take(t);
        avm_raise_type(t, "'async for' received an invalid object from __anext__: %T", next);
        AvmExc *e = (AvmExc *)avm_obj(t->exc);
        avm_replace(t, &e->cause, avm_incref(cause));
        avm_replace(t, &e->context, cause);
        e->suppress_context = true;
    }
    avm_decref(t, next);
    return it;
}

AvmValue avm_op_yield_from(AvmThread *t, AvmFrame *fr, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (type->id == AVM_T_GENERATOR) return avm_incref(v);
    if (type->id == AVM_T_COROUTINE || type->id == AVM_T_NATIVE_COROUTINE) {
        if (!(fr->gen->h.type == AVM_T_COROUTINE || fr->gen->h.flags & AVM_GEN_ITERABLE_CORO))
            return avm_raise_type(t, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        return avm_incref(v);
    }
    return avm_iter(t, v);
}
