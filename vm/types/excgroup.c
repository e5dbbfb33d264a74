// BaseExceptionGroup and ExceptionGroup: making, splitting, deriving; the end of except*.
#include <stdlib.h>

#include "vm/call.h"
#include "vm/ops.h"
#include "vm/type.h"
#include "vm/types/excs.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

static AvmExc *exc_of(AvmValue v) { return (AvmExc *)avm_obj(v); }
static AvmTuple *members(AvmExc *e) { return (AvmTuple *)avm_obj(e->extra[1]); }

static bool is_sequence(AvmType *type) { return type->s.getitem && !(type->flags & AVM_TYPE_SUB_DICT); }

bool avm_excgroup_fill(AvmThread *t, AvmExc *e) {
    AvmTuple *a = (AvmTuple *)avm_obj(e->args);
    if (a->len != 2)
        return avm_raise_type(t, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%u given)", a->len);
    if (!avm_as_str(t, a->items[0]))
        return avm_raise_type(t, "BaseExceptionGroup.__new__() argument 1 must be str, not %A", a->items[0]);
    if (!is_sequence(avm_type_of(t, a->items[1])))
        return avm_raise_type(t, "second argument (exceptions) must be a sequence");
    AvmTuple *list = avm_tuple_from_iter(t, a->items[1]);
    if (!list) return false;
    e->extra[0] = avm_incref(a->items[0]);
    e->extra[1] = avm_value(list);
    if (!avm_is_sub(t, a->items[1], AVM_TYPE_SUB_LIST) && !avm_is_sub(t, a->items[1], AVM_TYPE_SUB_TUPLE)) {
        e->extra[2] = avm_repr(t, a->items[1]);
        if (!e->extra[2]) return false;
    }
    if (list->len == 0) return avm_raise_value(t, "second argument (exceptions) must be a non-empty sequence");
    bool only_exceptions = true;
    for (uint32_t i = 0; i < list->len; i++) {
        if (!(avm_type_of(t, list->items[i])->flags & AVM_TYPE_EXCEPTION))
            return avm_raise_value(t, "Item %u of second argument (exceptions) is not an exception", i);
        only_exceptions &= avm_exc_matches(t, list->items[i], AVM_EXC(t, Exception));
    }
    AvmType *type = avm_type_of(t, avm_value(e));
    if (type == AVM_EXC(t, BaseExceptionGroup) && only_exceptions) {
        AvmType *group = AVM_EXC(t, ExceptionGroup);
        if (!(group->flags & AVM_TYPE_EXCEPTION)) return avm_raise_memory(t);
        e->h.type = group->id;
        e->attrs.shape = group->shape;
    } else if (!only_exceptions && type == AVM_EXC(t, ExceptionGroup)) {
        return avm_raise_type(t, "Cannot nest BaseExceptions in an ExceptionGroup");
    } else if (!only_exceptions && avm_type_is_sub(type, AVM_EXC(t, Exception))) {
        return avm_raise_type(t, "Cannot nest BaseExceptions in '%N'", type);
    }
    return true;
}

AvmValue avm_excgroup_str(AvmThread *t, AvmExc *e) {
    uint32_t n = members(e)->len;
    return avm_value(avm_str_format(t, "%V (%u sub-exception%s)", e->extra[0], n, n == 1 ? "" : "s"));
}

// The members are the group's own, whatever has become of the sequence they were given in; they show as that
// did.
AvmValue avm_excgroup_repr(AvmThread *t, AvmExc *e) {
    AvmType *type = avm_type_of(t, avm_value(e));
    if (e->extra[2]) return avm_value(avm_str_format(t, "%N(%R, %V)", type, e->extra[0], e->extra[2]));
    AvmTuple *args = (AvmTuple *)avm_obj(e->args);
    bool as_list = args->len > 1 && avm_is_sub(t, args->items[1], AVM_TYPE_SUB_LIST);
    AvmValue shown = as_list ? avm_value(avm_list_from_iter(t, e->extra[1])) : avm_incref(e->extra[1]);
    if (!shown) return AVM_FAIL;
    AvmStr *s = avm_str_format(t, "%N(%R, %R)", type, e->extra[0], shown);
    avm_decref(t, shown);
    return s ? avm_value(s) : AVM_FAIL;
}

AvmType *avm_excgroup_boot(AvmThread *t, const AvmTypeDef *def) {
    AvmType *type = avm_type_from_def(t, def);
    if (!type) return NULL;
    AvmValue bases[2] = {avm_value(AVM_EXC(t, BaseExceptionGroup)), avm_value(AVM_EXC(t, Exception))};
    avm_drop(t, type->bases);
    type->bases = avm_tuple_from(t, bases, 2);
    if (!type->bases || !avm_type_add_subclass(t, AVM_EXC(t, Exception), type) || !avm_type_set_mro(t, type)) return NULL;
    return type;
}

// --- deriving and splitting

static bool is_group(AvmThread *t, AvmValue v) { return avm_exc_matches(t, v, AVM_EXC(t, BaseExceptionGroup)); }

static bool copy_notes(AvmThread *t, AvmValue from, AvmValue to) {
    AvmValue notes = avm_getattr_maybe(t, from, AVM_NAME(t, __notes__));
    if (!notes) return false;
    if (notes == AVM_DONE) return true;
    // What is no sequence is not copied: to split is not the place to tell of it.
    bool ok = true;
    if (is_sequence(avm_type_of(t, notes))) {
        AvmList *copy = avm_list_from_iter(t, notes);
        ok = copy && avm_setattr(t, to, AVM_NAME(t, __notes__), avm_value(copy));
        avm_drop(t, copy);
    }
    avm_decref(t, notes);
    return ok;
}

// The group's kin with other members: self.derive(members), which carries traceback, cause, context and notes over;
// AVM_NONE without members.
static AvmValue derive(AvmThread *t, AvmValue group, AvmList *list) {
    if (list->len == 0) return AVM_NONE;
    AvmStr *name = avm_str_intern(t, "derive", 6);
    if (!name) return AVM_FAIL;
    AvmValue arg = avm_value(list);
    AvmValue r = avm_call_method(t, group, name, &arg, 1);
    avm_drop(t, name);
    if (!r) return AVM_FAIL;
    if (!is_group(t, r)) {
        avm_raise_type(t, "derive must return an instance of BaseExceptionGroup");
        avm_decref(t, r);
        return AVM_FAIL;
    }
    AvmExc *from = exc_of(group), *to = exc_of(r);
    avm_replace(t, &to->traceback, avm_incref(from->traceback));
    avm_replace(t, &to->cause, avm_incref(from->cause));
    avm_replace(t, &to->context, avm_incref(from->context));
    to->suppress_context = from->suppress_context;
    if (!copy_notes(t, group, r)) {
        avm_decref(t, r);
        return AVM_FAIL;
    }
    return r;
}

// What a group is split by: exception classes, a predicate, or (for the end of except*) leaves, sorted.
typedef struct Criterion {
    AvmValue classes, predicate;
    AvmList *leaves;
} Criterion;

static int by_address(const void *a, const void *b) {
    AvmValue x = *(const AvmValue *)a, y = *(const AvmValue *)b;
    return (x > y) - (x < y);
}

static int fits(AvmThread *t, AvmValue exc, const Criterion *c) {
    if (c->classes) return avm_op_exc_match(t, exc, c->classes);
    if (c->leaves) return bsearch(&exc, c->leaves->items, c->leaves->len, sizeof exc, by_address) != NULL;
    AvmValue r = avm_call1(t, c->predicate, exc);
    int truth = r ? avm_truth(t, r) : -1;
    avm_decref(t, r);
    return truth;
}

static bool split(AvmThread *t, AvmValue exc, const Criterion *c, AvmValue *match, AvmValue *rest);

// no is NULL when nobody asks for the rest.
static bool split_members(AvmThread *t, AvmValue group, const Criterion *c, AvmList *yes, AvmList *no) {
    AvmTuple *list = members(exc_of(group));
    for (uint32_t i = 0; i < list->len; i++) {
        AvmValue m = AVM_NONE, r = AVM_NONE;
        if (!split(t, list->items[i], c, &m, no ? &r : NULL)) return false;
        bool ok = (m == AVM_NONE || avm_list_append(t, yes, m)) && (r == AVM_NONE || avm_list_append(t, no, r));
        avm_decref(t, m);
        avm_decref(t, r);
        if (!ok) return false;
    }
    return true;
}

// *match and *rest: the two parts, AVM_NONE where there is nothing; rest may be NULL. A group that does not fit itself
// is derived anew, with its groups, even when all of its leaves go to one side.
static bool split(AvmThread *t, AvmValue exc, const Criterion *c, AvmValue *match, AvmValue *rest) {
    *match = AVM_NONE;
    if (rest) *rest = AVM_NONE;
    int all = fits(t, exc, c);
    if (all < 0) return false;
    if (all) {
        *match = avm_incref(exc);
        return true;
    }
    if (!is_group(t, exc)) {
        if (rest) *rest = avm_incref(exc);
        return true;
    }
    if (!avm_native_enter(t)) return false;
    AvmList *yes = avm_list_new(t, 4), *no = rest ? avm_list_new(t, 4) : NULL;
    bool ok = yes && (no || !rest) && split_members(t, exc, c, yes, no);
    if (ok) ok = (*match = derive(t, exc, yes)) != AVM_FAIL;
    if (ok && rest && !(*rest = derive(t, exc, no))) {
        avm_decref(t, *match);
        ok = false;
    }
    avm_drop(t, yes);
    avm_drop(t, no);
    avm_native_leave(t);
    return ok;
}

static bool is_exception_or_none(AvmThread *t, AvmValue v) {
    return v == AVM_NONE || avm_type_of(t, v)->flags & AVM_TYPE_EXCEPTION;
}

// What the group's split() has given, which may be script's own.
static bool take_parts(AvmThread *t, AvmType *type, AvmValue pair, AvmValue *match, AvmValue *rest) {
    if (!avm_is(pair, AVM_T_TUPLE))
        return avm_raise_type(t, "%N.split must return a tuple, not %T", type, pair);
    AvmTuple *parts = (AvmTuple *)avm_obj(pair);
    if (parts->len < 2)
        return avm_raise_type(t, "%N.split must return a 2-tuple, got tuple of size %u", type, parts->len);
    for (int i = 0; i < 2; i++)
        if (!is_exception_or_none(t, parts->items[i]))
            return avm_raise_type(t, "%N.split must return exceptions or None, not %T", type,
                                  parts->items[i]);
    *match = avm_incref(parts->items[0]);
    *rest = avm_incref(parts->items[1]);
    return true;
}

bool avm_exc_split(AvmThread *t, AvmValue group, AvmValue classes, AvmValue *match, AvmValue *rest) {
    AvmStr *name = avm_str_intern(t, "split", 5);
    if (!name) return false;
    AvmValue pair = avm_call_method(t, group, name, &classes, 1);
    avm_drop(t, name);
    bool ok = pair && take_parts(t, avm_type_of(t, group), pair, match, rest);
    avm_decref(t, pair);
    return ok;
}

// split() and subgroup() take classes or a predicate.
static bool criterion(AvmThread *t, AvmValue v, Criterion *c) {
    *c = (Criterion){0};
    bool is_class = avm_is_sub(t, v, AVM_TYPE_SUB_TYPE) && ((AvmType *)avm_obj(v))->flags & AVM_TYPE_EXCEPTION;
    if (is_class || avm_is_sub(t, v, AVM_TYPE_SUB_TUPLE))
        c->classes = v;
    else if (!avm_is_sub(t, v, AVM_TYPE_SUB_TYPE) && avm_is_callable(t, v))
        c->predicate = v;
    else
        return avm_raise_type(t, "expected an exception type, a tuple of exception types, or a callable (other than a class)");
    return true;
}

static AvmValue group_split(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Criterion c;
    AvmValue parts[2];
    if (!criterion(t, args[1], &c) || !split(t, args[0], &c, &parts[0], &parts[1])) return AVM_FAIL;
    AvmValue r = avm_value(avm_tuple_from(t, parts, 2));
    avm_decref(t, parts[0]);
    avm_decref(t, parts[1]);
    return r;
}

static AvmValue group_subgroup(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Criterion c;
    AvmValue match;
    return criterion(t, args[1], &c) && split(t, args[0], &c, &match, NULL) ? match : AVM_FAIL;
}

static AvmValue group_derive(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue two[2] = {exc_of(args[0])->extra[0], args[1]};
    return avm_call(t, avm_value(AVM_EXC(t, BaseExceptionGroup)), two, 2);
}

static AvmValue get_message(AvmThread *t, AvmValue v) { (void)t; return avm_incref(exc_of(v)->extra[0]); }
static AvmValue get_exceptions(AvmThread *t, AvmValue v) { (void)t; return avm_incref(exc_of(v)->extra[1]); }

const AvmNativeDef avm_excgroup_methods[] = {
    AVM_CLASS_GETITEM_ROW,
    {"split", group_split, "split(matcher_value, /)", NULL, AVM_DEF_METHOD},
    {"subgroup", group_subgroup, "subgroup(matcher_value, /)", NULL, AVM_DEF_METHOD},
    {"derive", group_derive, "derive(excs, /)", NULL, AVM_DEF_METHOD},
    {0},
};
const AvmGetSetDef avm_excgroup_getsets[] = {
    {"message", get_message, NULL, "exception message"}, {"exceptions", get_exceptions, NULL, "nested exceptions"}, {0}};

// --- the end of except*

static bool collect_leaves(AvmThread *t, AvmValue exc, AvmList *out) {
    if (!is_group(t, exc)) return avm_list_append(t, out, exc);
    if (!avm_native_enter(t)) return false;
    bool ok = true;
    AvmTuple *list = members(exc_of(exc));
    for (uint32_t i = 0; ok && i < list->len; i++) ok = collect_leaves(t, list->items[i], out);
    avm_native_leave(t);
    return ok;
}

// Is exc a part of caught that a clause let go on (raise without argument, or never matched)?
static bool is_part_of(AvmThread *t, AvmValue caught, AvmValue exc) {
    AvmExc *a = exc_of(caught), *b = exc_of(exc);
    return is_group(t, exc) && a->traceback == b->traceback && a->cause == b->cause && a->context == b->context;
}

// Sorts what is to be raised: a part of caught gives its leaves, what is new goes as it is.
static bool sort_out(AvmThread *t, AvmValue caught, AvmValue exc, AvmList *leaves, AvmList *fresh) {
    return is_part_of(t, caught, exc) ? collect_leaves(t, exc, leaves) : avm_list_append(t, fresh, exc);
}

AvmValue avm_op_star_raise(AvmThread *t, AvmValue caught, AvmValue raised, AvmValue rest) {
    AvmList *list = (AvmList *)avm_obj(raised);
    // A naked exception: what the clause raised, or the exception itself when no clause took it.
    if (!is_group(t, caught)) return avm_incref(list->len ? list->items[0] : rest);
    AvmList *fresh = avm_list_new(t, 4), *leaves = avm_list_new(t, 4);
    AvmValue again = AVM_NONE, r = AVM_FAIL;
    if (!fresh || !leaves) goto done;
    for (uint32_t i = 0; i < list->len; i++)
        if (!sort_out(t, caught, list->items[i], leaves, fresh)) goto done;
    if (rest != AVM_NONE && !sort_out(t, caught, rest, leaves, fresh)) goto done;
    if (leaves->len) {
        qsort(leaves->items, leaves->len, sizeof *leaves->items, by_address);
        Criterion c = {.leaves = leaves};
        if (!split(t, caught, &c, &again, NULL)) goto done;
    }
    if (fresh->len == 0) {
        r = avm_incref(again);
    } else if (fresh->len == 1 && again == AVM_NONE) {
        r = avm_incref(fresh->items[0]);
    } else {
        if (again != AVM_NONE && !avm_list_append(t, fresh, again)) goto done;
        AvmValue args[2] = {avm_value(t->vm->empty_str), avm_value(fresh)};
        r = avm_call(t, avm_value(AVM_EXC(t, BaseExceptionGroup)), args, 2);
    }
done:
    avm_drop(t, fresh);
    avm_drop(t, leaves);
    avm_decref(t, again);
    return r;
}
