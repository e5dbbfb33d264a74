// types.UnionType: what `int | None` is.
#include "vm/error.h"
#include "vm/types/alias.h"
#include "vm/types/dict.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

typedef struct Union {
    AvmObj h;
    AvmTuple *args; // no two of them equal, none of them a union
} Union;

static inline Union *as_union(AvmValue v) { return (Union *)avm_obj(v); }

static bool can_join(AvmThread *t, AvmValue v) {
    return v == AVM_NONE || avm_is(v, AVM_T_UNION) || avm_is(v, AVM_T_GENERICALIAS) ||
           avm_is_sub(t, v, AVM_TYPE_SUB_TYPE);
}

static bool add(AvmThread *t, AvmList *list, AvmValue v) {
    if (avm_is(v, AVM_T_UNION)) {
        AvmTuple *args = as_union(v)->args;
        for (uint32_t i = 0; i < args->len; i++)
            if (!add(t, list, args->items[i])) return false;
        return true;
    }
    if (v == AVM_NONE) v = avm_value(avm_type_get(t, AVM_T_NONE));
    int in = avm_seq_contains(t, avm_value(list), v);
    return in > 0 || (in == 0 && avm_list_append(t, list, v));
}

AvmValue avm_union_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op != AVM_OR || !can_join(t, a) || !can_join(t, b)) return AVM_NOTIMPL;
    AvmList *list = avm_list_new(t, 0);
    AvmValue result = AVM_FAIL;
    if (list && add(t, list, a) && add(t, list, b)) {
        if (list->len == 1) {
            result = avm_incref(list->items[0]);
        } else {
            AvmTuple *args = avm_tuple_from_list(t, list);
            Union *u = args ? avm_object_new_id(t, AVM_T_UNION, sizeof *u) : NULL;
            if (u)
                u->args = args;
            else if (args)
                avm_drop(t, args);
            result = avm_value(u);
        }
    }
    if (list) avm_drop(t, list);
    return result;
}

static void union_free(AvmThread *t, AvmObj *o) {
    if (((Union *)o)->args) avm_drop(t, ((Union *)o)->args);
}

static void union_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(avm_value(((Union *)o)->args), arg); }

static AvmValue union_repr(AvmThread *t, AvmValue v) {
    AvmTuple *args = as_union(v)->args;
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    bool ok = true;
    for (uint32_t i = 0; ok && i < args->len; i++) {
        if (i) avm_buf_text(&out, " | ");
        ok = avm_alias_repr_arg(t, args->items[i], &out);
    }
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

static bool union_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmSet *set = avm_set_new(t, AVM_T_FROZENSET);
    bool ok = set && avm_set_update(t, set, avm_value(as_union(v)->args)) && avm_hash(t, avm_value(set), out);
    if (set) avm_drop(t, set);
    return ok;
}

// The order of the members does not matter.
static AvmValue union_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (op > AVM_NE || !avm_is(b, AVM_T_UNION)) return AVM_NOTIMPL;
    AvmTuple *x = as_union(a)->args, *y = as_union(b)->args;
    int same = x->len == y->len;
    for (uint32_t i = 0; same == 1 && i < x->len; i++) same = avm_seq_contains(t, avm_value(y), x->items[i]);
    return same < 0 ? AVM_FAIL : avm_bool(same == (op == AVM_EQ));
}

static AvmValue union_instancecheck(AvmThread *t, AvmValue *v, uint32_t n) {
    AvmTuple *args = as_union(v[0])->args;
    (void)n;
    for (uint32_t i = 0; i < args->len; i++) {
        if (avm_is(args->items[i], AVM_T_GENERICALIAS))
            return avm_raise_type(t, "isinstance() argument 2 cannot be a parameterized generic");
    }
    int yes = 0;
    for (uint32_t i = 0; yes == 0 && i < args->len; i++) yes = avm_isinstance(t, v[1], args->items[i]);
    return yes < 0 ? AVM_FAIL : avm_bool(yes);
}

static AvmValue union_subclasscheck(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTuple *members = as_union(args[0])->args;
    (void)n;
    for (uint32_t i = 0; i < members->len; i++) {
        if (avm_is(members->items[i], AVM_T_GENERICALIAS))
            return avm_raise_type(t, "issubclass() argument 2 cannot be a parameterized generic");
    }
    int yes = 0;
    for (uint32_t i = 0; yes == 0 && i < members->len; i++) yes = avm_issubclass(t, args[1], members->items[i]);
    return yes < 0 ? AVM_FAIL : avm_bool(yes);
}

static AvmValue union_args(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(as_union(v)->args));
}

static const AvmNativeDef union_methods[] = {
    {"__instancecheck__", union_instancecheck, "__instancecheck__(instance, /)", "isinstance(instance, self)",
     AVM_DEF_METHOD},
    {"__subclasscheck__", union_subclasscheck, "__subclasscheck__(cls, /)", "issubclass(cls, self)", AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef union_getsets[] = {
    {"__args__", union_args, NULL, "The members, a tuple."},
    {0},
};

const AvmTypeDef avm_union_def = {
    .name = "types.UnionType", .id = AVM_T_UNION, .size = sizeof(Union),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_NO_NEW,
    .doc = "A union of types, as int | str.",
    .slots = {.free = union_free, .traverse = union_traverse, .repr = union_repr, .hash = union_hash,
              .binary = avm_union_binary, .compare = union_compare},
    .methods = union_methods, .getsets = union_getsets,
};
