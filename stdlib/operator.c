// The module operator: the operators as functions, and getters as callables.
#include <stdio.h>

#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

// --- functions

#define BINARY(name, op)                                                                                          \
    static AvmValue fn_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                         \
        (void)n;                                                                                                  \
        return avm_binary(t, op, args[0], args[1]);                                                               \
    }                                                                                                             \
    static AvmValue fn_i##name(AvmThread *t, AvmValue *args, uint32_t n) {                                        \
        (void)n;                                                                                                  \
        return avm_inplace(t, op, args[0], args[1]);                                                              \
    }
BINARY(add, AVM_ADD)
BINARY(sub, AVM_SUB)
BINARY(mul, AVM_MUL)
BINARY(matmul, AVM_MATMUL)
BINARY(truediv, AVM_DIV)
BINARY(floordiv, AVM_FLOORDIV)
BINARY(mod, AVM_MOD)
BINARY(pow, AVM_POW)
BINARY(lshift, AVM_LSHIFT)
BINARY(rshift, AVM_RSHIFT)
BINARY(and, AVM_AND)
BINARY(or, AVM_OR)
BINARY(xor, AVM_XOR)

#define COMPARE(name, op)                                                                                         \
    static AvmValue fn_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                         \
        (void)n;                                                                                                  \
        return avm_compare(t, op, args[0], args[1]);                                                              \
    }
COMPARE(eq, AVM_EQ)
COMPARE(ne, AVM_NE)
COMPARE(lt, AVM_LT)
COMPARE(le, AVM_LE)
COMPARE(gt, AVM_GT)
COMPARE(ge, AVM_GE)

#define UNARY(name, op)                                                                                           \
    static AvmValue fn_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                         \
        (void)n;                                                                                                  \
        return avm_unary(t, op, args[0]);                                                                         \
    }
UNARY(neg, AVM_NEG)
UNARY(pos, AVM_POS)
UNARY(invert, AVM_INVERT)
UNARY(abs, AVM_ABS)
UNARY(index, AVM_TO_INDEX)

// Sequences only: mappings have [] as well, but nothing to put behind each other.
static bool is_sequence(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    return type->s.getitem && !avm_has_flag(type, AVM_TYPE_SUB_DICT) && !avm_has_flag(type, AVM_TYPE_SUB_TYPE);
}
static AvmValue concat(AvmThread *t, AvmValue *args, bool inplace) {
    if (!is_sequence(t, args[0]) || !is_sequence(t, args[1]))
        return avm_raise_type(t, "'%T' object can't be concatenated", args[0]);
    return inplace ? avm_inplace(t, AVM_ADD, args[0], args[1]) : avm_binary(t, AVM_ADD, args[0], args[1]);
}
static AvmValue fn_concat(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return concat(t, args, false);
}
static AvmValue fn_iconcat(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return concat(t, args, true);
}

static AvmValue fn_truth(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int truth = avm_truth(t, args[0]);
    return truth < 0 ? AVM_FAIL : avm_bool(truth);
}
static AvmValue fn_not(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int truth = avm_truth(t, args[0]);
    return truth < 0 ? AVM_FAIL : avm_bool(!truth);
}
static AvmValue fn_is(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(args[0] == args[1]);
}
static AvmValue fn_is_not(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(args[0] != args[1]);
}
static AvmValue fn_contains(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int in = avm_contains(t, args[0], args[1]);
    return in < 0 ? AVM_FAIL : avm_bool(in);
}
static AvmValue fn_getitem(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_getitem(t, args[0], args[1]);
}
static AvmValue fn_setitem(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_setitem(t, args[0], args[1], args[2]) ? AVM_NONE : AVM_FAIL;
}
static AvmValue fn_delitem(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_delitem(t, args[0], args[1]) ? AVM_NONE : AVM_FAIL;
}
static AvmValue fn_length_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t fallback = 0;
    (void)n;
    if (args[1] && !avm_index_exact(t, args[1], &fallback, NULL)) return AVM_FAIL;
    int64_t hint = avm_length_hint(t, args[0], fallback);
    return hint < 0 ? AVM_FAIL : avm_int_new(t, hint);
}

// countOf and indexOf: all: how many; else the first position.
static AvmValue search(AvmThread *t, AvmValue *args, bool all) {
    AvmValue it = avm_iter(t, args[0]), v;
    int64_t i = 0, count = 0;
    if (!it) return AVM_FAIL;
    int same = 0;
    for (; (v = avm_next(t, it)) != AVM_DONE; i++) {
        same = v ? avm_compare_bool(t, AVM_EQ, v, args[1]) : -1;
        avm_decref(t, v);
        if (same < 0 || (same && !all)) break;
        count += same;
    }
    avm_decref(t, it);
    if (same < 0) return AVM_FAIL;
    if (all) return avm_inline_int_value(count);
    return same ? avm_inline_int_value(i) : avm_raise_value(t, "sequence.index(x): x not in sequence");
}
static AvmValue fn_count_of(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return search(t, args, true);
}
static AvmValue fn_index_of(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return search(t, args, false);
}
static AvmValue fn_call(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTuple *rest = avm_tuple_from(t, args + 2, n - 2);
    if (!rest) return AVM_FAIL;
    AvmValue result = avm_call_ex(t, args[0], avm_value(rest), args[1] ? (AvmDict *)avm_obj(args[1]) : NULL);
    avm_drop(t, rest);
    return result;
}

// --- getters

// itemgetter: what the keys; attrgetter: the dotted names, `paths` their parts (a tuple of str each);
// methodcaller: the name, then the arguments; kwargs a dict or empty.
typedef struct Getter {
    AvmObj h;
    AvmTuple *what;
    AvmTuple *paths;
    AvmValue kwargs;
} Getter;

static inline Getter *as_getter(AvmValue v) { return (Getter *)avm_obj(v); }

static void getter_free(AvmThread *t, AvmObj *o) {
    Getter *g = (Getter *)o;
    if (g->what) avm_drop(t, g->what);
    if (g->paths) avm_drop(t, g->paths);
    avm_decref(t, g->kwargs);
}

static void getter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Getter *g = (Getter *)o;
    if (g->what) visit(avm_value(g->what), arg);
    if (g->paths) visit(avm_value(g->paths), arg);
    visit(g->kwargs, arg);
}

static Getter *getter_new(AvmThread *t, AvmValue cls, const AvmValue *what, uint32_t n) {
    Getter *g = avm_object_new(t, (AvmType *)avm_obj(cls), 0);
    if (!g) return NULL;
    g->what = avm_tuple_from(t, what, n);
    if (g->what) return g;
    avm_drop(t, g);
    return NULL;
}

static bool one_argument(AvmThread *t, AvmValue callee, uint32_t nargs, AvmTuple *kwnames) {
    if (kwnames && kwnames->len)
        avm_raise_type(t, "%N() takes no keyword arguments", avm_type_of(t, callee));
    else if (nargs != 1)
        avm_raise_type(t, "%N expected 1 argument, got %u", avm_type_of(t, callee), nargs);
    else
        return true;
    return false;
}

// get(object, i) for all i: alone, or in a tuple.
static AvmValue collect(AvmThread *t, Getter *g, AvmValue v, AvmValue (*get)(AvmThread *, Getter *, AvmValue, uint32_t)) {
    if (g->what->len == 1) return get(t, g, v, 0);
    AvmTuple *all = avm_tuple_new(t, g->what->len);
    for (uint32_t i = 0; all && i < g->what->len; i++) {
        if ((all->items[i] = get(t, g, v, i))) continue;
        avm_drop(t, all);
        return AVM_FAIL;
    }
    return avm_value(all);
}

static AvmValue get_item(AvmThread *t, Getter *g, AvmValue v, uint32_t i) {
    return avm_getitem(t, v, g->what->items[i]);
}

static AvmValue get_path(AvmThread *t, Getter *g, AvmValue v, uint32_t i) {
    AvmTuple *path = (AvmTuple *)avm_obj(g->paths->items[i]);
    avm_incref(v);
    for (uint32_t k = 0; v && k < path->len; k++) {
        AvmValue next = avm_getattr(t, v, (AvmStr *)avm_obj(path->items[k]));
        avm_decref(t, v);
        v = next;
    }
    return v;
}

static AvmValue itemgetter_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n < 2) return avm_raise_type(t, "itemgetter expected 1 argument, got 0");
    return avm_value(getter_new(t, args[0], args + 1, n - 1));
}

static AvmValue itemgetter_call(AvmThread *t, AvmValue v, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    return one_argument(t, v, nargs, kwnames) ? collect(t, as_getter(v), args[0], get_item) : AVM_FAIL;
}

// The parts of a dotted name, interned.
static AvmValue split_path(AvmThread *t, AvmStr *name) {
    AvmList *parts = avm_list_new(t, 1);
    const char *p = name->data, *end = p + name->len;
    while (parts) {
        const char *dot = memchr(p, '.', (size_t)(end - p));
        AvmStr *part = avm_str_intern(t, p, (size_t)((dot ? dot : end) - p));
        if (!part || !avm_list_append_take(t, parts, avm_value(part))) {
            avm_drop(t, parts);
            return AVM_FAIL;
        }
        if (!dot) break;
        p = dot + 1;
    }
    AvmTuple *path = parts ? avm_tuple_from_list(t, parts) : NULL;
    if (parts) avm_drop(t, parts);
    return avm_value(path);
}

static AvmValue attrgetter_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n < 2) return avm_raise_type(t, "attrgetter expected 1 argument, got 0");
    for (uint32_t i = 1; i < n; i++)
        if (!avm_as_str(t, args[i])) return avm_raise_type(t, "attribute name must be a string");
    Getter *g = getter_new(t, args[0], args + 1, n - 1);
    bool ok = g && (g->paths = avm_tuple_new(t, n - 1));
    for (uint32_t i = 1; ok && i < n; i++) {
        g->paths->items[i - 1] = split_path(t, avm_as_str(t, args[i]));
        ok = g->paths->items[i - 1];
    }
    if (ok) return avm_value(g);
    if (g) avm_drop(t, g);
    return AVM_FAIL;
}

static AvmValue attrgetter_call(AvmThread *t, AvmValue v, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    return one_argument(t, v, nargs, kwnames) ? collect(t, as_getter(v), args[0], get_path) : AVM_FAIL;
}

static AvmValue methodcaller_make(AvmThread *t, AvmValue *args, uint32_t n) {
    // args: the class, **kwargs, the name, the arguments.
    if (n < 3) return avm_raise_type(t, "methodcaller needs at least one argument, the method name");
    if (!avm_as_str(t, args[2])) return avm_raise_type(t, "method name must be a string");
    Getter *g = getter_new(t, args[0], args + 2, n - 2);
    if (g && args[1]) g->kwargs = avm_incref(args[1]);
    return avm_value(g);
}

static AvmValue methodcaller_call(AvmThread *t, AvmValue v, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    Getter *g = as_getter(v);
    if (!one_argument(t, v, nargs, kwnames)) return AVM_FAIL;
    AvmValue method = avm_getattr(t, args[0], avm_attr_name(t, avm_as_str(t, g->what->items[0])));
    AvmTuple *rest = method ? avm_tuple_from(t, g->what->items + 1, g->what->len - 1) : NULL;
    AvmValue result = AVM_FAIL;
    if (rest) result = avm_call_ex(t, method, avm_value(rest), g->kwargs ? (AvmDict *)avm_obj(g->kwargs) : NULL);
    if (rest) avm_drop(t, rest);
    avm_decref(t, method);
    return result;
}

static AvmValue getter_repr(AvmThread *t, AvmValue v) {
    Getter *g = as_getter(v);
    AvmBuf out;
    AvmValue key, value;
    avm_buf_init(&out, &t->vm->alloc);
    AvmStr *part = avm_str_format(t, "operator.%N(", avm_type_of(t, v));
    bool ok = part;
    for (uint32_t i = 0; ok && i < g->what->len; i++) {
        avm_buf_add(&out, part->data, part->len);
        avm_drop(t, part);
        part = avm_str_format(t, i ? ", %R" : "%R", g->what->items[i]);
        ok = part;
    }
    for (uint32_t pos = 0; ok && g->kwargs && avm_dict_next((AvmDict *)avm_obj(g->kwargs), &pos, &key, &value);) {
        avm_buf_add(&out, part->data, part->len);
        avm_drop(t, part);
        part = avm_str_format(t, ", %V=%R", key, value);
        ok = part;
    }
    if (ok) avm_buf_add(&out, part->data, part->len);
    if (part) avm_drop(t, part);
    avm_buf_byte(&out, ')');
    if (ok) return avm_value(avm_str_from_buf(t, &out));
    avm_buf_free(&out);
    return AVM_FAIL;
}

static const AvmNativeDef itemgetter_methods[] = {
    {"__new__", itemgetter_make, "__new__(*items)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef attrgetter_methods[] = {
    {"__new__", attrgetter_make, "__new__(*attrs)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef methodcaller_methods[] = {
    {"__new__", methodcaller_make, "__new__(*args, **kwargs)", "Create and return a new object."},
    {0},
};

#define GETTER_SLOTS(call_fn) {.free = getter_free, .traverse = getter_traverse, .repr = getter_repr, .call = call_fn}
static const AvmTypeDef itemgetter_def = {
    .name = "operator.itemgetter", .size = sizeof(Getter), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "itemgetter(*items): a callable f with f(x) == x[item], or the tuple of several.",
    .slots = GETTER_SLOTS(itemgetter_call), .methods = itemgetter_methods,
};
static const AvmTypeDef attrgetter_def = {
    .name = "operator.attrgetter", .size = sizeof(Getter), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "attrgetter(*attrs): a callable f with f(x) == x.attr, or the tuple of several; dots are followed.",
    .slots = GETTER_SLOTS(attrgetter_call), .methods = attrgetter_methods,
};
static const AvmTypeDef methodcaller_def = {
    .name = "operator.methodcaller", .size = sizeof(Getter), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "methodcaller(name, *args, **kwargs): a callable f with f(x) == x.name(*args, **kwargs).",
    .slots = GETTER_SLOTS(methodcaller_call), .methods = methodcaller_methods,
};

#define ROW(name, fn, params, text) {name, fn, name params, text}
#define ROW_(name, fn, params, text) {name "_", fn, name "_" params, text}

// Up to `call` each is there under its dunder name too: operator.__add__ is operator.add.
static const AvmNativeDef functions[] = {
    ROW("add", fn_add, "(a, b, /)", "a + b"),
    ROW("sub", fn_sub, "(a, b, /)", "a - b"),
    ROW("mul", fn_mul, "(a, b, /)", "a * b"),
    ROW("matmul", fn_matmul, "(a, b, /)", "a @ b"),
    ROW("truediv", fn_truediv, "(a, b, /)", "a / b"),
    ROW("floordiv", fn_floordiv, "(a, b, /)", "a // b"),
    ROW("mod", fn_mod, "(a, b, /)", "a % b"),
    ROW("pow", fn_pow, "(a, b, /)", "a ** b"),
    ROW("lshift", fn_lshift, "(a, b, /)", "a << b"),
    ROW("rshift", fn_rshift, "(a, b, /)", "a >> b"),
    ROW_("and", fn_and, "(a, b, /)", "a & b"),
    ROW_("or", fn_or, "(a, b, /)", "a | b"),
    ROW("xor", fn_xor, "(a, b, /)", "a ^ b"),
    ROW("iadd", fn_iadd, "(a, b, /)", "a += b"),
    ROW("isub", fn_isub, "(a, b, /)", "a -= b"),
    ROW("imul", fn_imul, "(a, b, /)", "a *= b"),
    ROW("imatmul", fn_imatmul, "(a, b, /)", "a @= b"),
    ROW("itruediv", fn_itruediv, "(a, b, /)", "a /= b"),
    ROW("ifloordiv", fn_ifloordiv, "(a, b, /)", "a //= b"),
    ROW("imod", fn_imod, "(a, b, /)", "a %= b"),
    ROW("ipow", fn_ipow, "(a, b, /)", "a **= b"),
    ROW("ilshift", fn_ilshift, "(a, b, /)", "a <<= b"),
    ROW("irshift", fn_irshift, "(a, b, /)", "a >>= b"),
    ROW("iand", fn_iand, "(a, b, /)", "a &= b"),
    ROW("ior", fn_ior, "(a, b, /)", "a |= b"),
    ROW("ixor", fn_ixor, "(a, b, /)", "a ^= b"),
    ROW("concat", fn_concat, "(a, b, /)", "a + b, of sequences"),
    ROW("iconcat", fn_iconcat, "(a, b, /)", "a += b, of sequences"),
    ROW("eq", fn_eq, "(a, b, /)", "a == b"),
    ROW("ne", fn_ne, "(a, b, /)", "a != b"),
    ROW("lt", fn_lt, "(a, b, /)", "a < b"),
    ROW("le", fn_le, "(a, b, /)", "a <= b"),
    ROW("gt", fn_gt, "(a, b, /)", "a > b"),
    ROW("ge", fn_ge, "(a, b, /)", "a >= b"),
    ROW("neg", fn_neg, "(a, /)", "-a"),
    ROW("pos", fn_pos, "(a, /)", "+a"),
    ROW("invert", fn_invert, "(a, /)", "~a"),
    ROW("inv", fn_invert, "(a, /)", "~a"),
    ROW("abs", fn_abs, "(a, /)", "abs(a)"),
    ROW("index", fn_index, "(a, /)", "a as an int, by __index__"),
    ROW_("not", fn_not, "(a, /)", "not a"),
    ROW("contains", fn_contains, "(a, b, /)", "b in a"),
    ROW("getitem", fn_getitem, "(a, b, /)", "a[b]"),
    ROW("setitem", fn_setitem, "(a, b, c, /)", "a[b] = c"),
    ROW("delitem", fn_delitem, "(a, b, /)", "del a[b]"),
    ROW("call", fn_call, "(obj, /, *args, **kwargs)", "obj(*args, **kwargs)"),
    {"truth", fn_truth, "truth(a, /)", "bool(a)"},
    {"is_", fn_is, "is_(a, b, /)", "a is b"},
    {"is_not", fn_is_not, "is_not(a, b, /)", "a is not b"},
    {"countOf", fn_count_of, "countOf(a, b, /)", "How many items of a equal b."},
    {"indexOf", fn_index_of, "indexOf(a, b, /)", "The position of the first item of a that equals b."},
    {"length_hint", fn_length_hint, "length_hint(obj, default=0, /)", "len(obj), or an estimate of it."},
    {0},
};

static bool add_dunders(AvmThread *t, AvmModuleObj *m) {
    for (const AvmNativeDef *row = functions; row->fn != fn_truth; row++) {
        char dunder[32];
        int n = (int)strcspn(row->name, "_");
        snprintf(dunder, sizeof dunder, "__%.*s__", n, row->name);
        AvmStr *name = avm_str_intern(t, row->name, strlen(row->name));
        bool ok = name && avm_module_add(t, m, dunder, avm_dict_get_str(t, m->dict, name));
        if (name) avm_drop(t, name);
        if (!ok) return false;
    }
    return true;
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    return add_dunders(t, m) && avm_module_add_type(t, m, &itemgetter_def) && avm_module_add_type(t, m, &attrgetter_def) &&
           avm_module_add_type(t, m, &methodcaller_def);
}

const AvmModuleDef avm_operator_module = {"operator", "The operators as functions.", functions, init};
