// Dunder methods of native types: each slot a built-in type fills is also a method that scripts can look up and call.
#include "vm/async/async.h"
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// The slots of the native type that the wrapper was looked up in: the sub-class may have put others over them.
static const AvmSlots *native_slots(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    while (type->flags & AVM_TYPE_HEAP) type = type->base;
    return &type->s;
}
#define NATIVE(v) native_slots(t, v)

static AvmValue none_or_fail(bool ok) { return ok ? AVM_NONE : AVM_FAIL; }

#define W(name) static AvmValue wrap_##name(AvmThread *t, AvmValue *a, uint32_t n)
#define UNUSED (void)n

W(repr) { UNUSED; return NATIVE(a[0])->repr(t, a[0]); }
W(str) {
    UNUSED;
    const AvmSlots *s = NATIVE(a[0]);
    return s->str ? s->str(t, a[0]) : avm_repr(t, a[0]);
}
W(hash) {
    UNUSED;
    int64_t h;
    return NATIVE(a[0])->hash(t, a[0], &h) ? avm_int_new(t, h) : AVM_FAIL;
}
W(getattribute) {
    UNUSED;
    AvmStr *name = avm_as_str(t, a[1]);
    if (!name) return avm_raise_type(t, "attribute name must be string, not '%T'", a[1]);
    const AvmSlots *s = NATIVE(a[0]);
    return s->getattr ? s->getattr(t, a[0], name) : avm_attr_get_generic(t, a[0], name);
}
static AvmValue set_attribute(AvmThread *t, AvmValue v, AvmValue name, AvmValue value) {
    AvmStr *s = avm_as_str(t, name);
    if (!s) return avm_raise_type(t, "attribute name must be string, not '%T'", name);
    const AvmSlots *slots = NATIVE(v);
    return none_or_fail(slots->setattr ? slots->setattr(t, v, s, value) : avm_attr_set_generic(t, v, s, value));
}
W(setattr) { UNUSED; return set_attribute(t, a[0], a[1], a[2]); }
W(delattr) { UNUSED; return set_attribute(t, a[0], a[1], AVM_EMPTY); }
W(get) {
    UNUSED;
    AvmValue obj = a[1] == AVM_NONE ? AVM_EMPTY : a[1];
    AvmType *type = a[2] && a[2] != AVM_NONE ? (AvmType *)avm_obj(a[2]) : obj ? avm_type_of(t, obj) : NULL;
    return NATIVE(a[0])->get(t, a[0], obj, type);
}
W(set) { UNUSED; return none_or_fail(NATIVE(a[0])->set(t, a[0], a[1], a[2])); }
W(delete) { UNUSED; return none_or_fail(NATIVE(a[0])->set(t, a[0], a[1], AVM_EMPTY)); }
W(iter) { UNUSED; return NATIVE(a[0])->iter(t, a[0]); }
W(next) {
    UNUSED;
    avm_replace(t, &t->stop_value, AVM_EMPTY);
    AvmValue v = NATIVE(a[0])->next(t, a[0]);
    if (v != AVM_DONE) return v;
    AvmValue returned = t->stop_value;
    t->stop_value = AVM_EMPTY;
    avm_raise_stop(t, returned ? returned : AVM_NONE);
    avm_decref(t, returned);
    return AVM_FAIL;
}
W(len) {
    UNUSED;
    int64_t len = NATIVE(a[0])->len(t, a[0]);
    return len < 0 ? AVM_FAIL : avm_int_new(t, len);
}
W(getitem) { UNUSED; return NATIVE(a[0])->getitem(t, a[0], a[1]); }
W(setitem) { UNUSED; return none_or_fail(NATIVE(a[0])->setitem(t, a[0], a[1], a[2])); }
W(delitem) { UNUSED; return none_or_fail(NATIVE(a[0])->setitem(t, a[0], a[1], AVM_EMPTY)); }
W(contains) {
    UNUSED;
    int r = NATIVE(a[0])->contains(t, a[0], a[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}
W(bool) {
    UNUSED;
    int r = NATIVE(a[0])->truth(t, a[0]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}
W(del) {
    UNUSED;
    NATIVE(a[0])->finalize(t, a[0]);
    return t->exc ? AVM_FAIL : AVM_NONE;
}
W(await) {
    UNUSED;
    return avm_is_future(t, a[0]) ? avm_future_iter(t, a[0]) : NATIVE(a[0])->await(t, a[0]);
}
W(aiter) { UNUSED; return NATIVE(a[0])->aiter(t, a[0]); }
W(anext) { UNUSED; return NATIVE(a[0])->anext(t, a[0]); }

#define COMPARE(name, op)                                                                                          \
    W(name) {                                                                                                      \
        UNUSED;                                                                                                    \
        return NATIVE(a[0])->compare(t, op, a[0], a[1]);                                                           \
    }
COMPARE(eq, AVM_EQ) COMPARE(ne, AVM_NE) COMPARE(lt, AVM_LT) COMPARE(le, AVM_LE) COMPARE(gt, AVM_GT) COMPARE(ge, AVM_GE)

#define BINARY(name, op)                                                                                           \
    W(name) {                                                                                                      \
        UNUSED;                                                                                                    \
        return NATIVE(a[0])->binary(t, op, a[0], a[1]);                                                            \
    }                                                                                                              \
    W(r##name) {                                                                                                   \
        UNUSED;                                                                                                    \
        return NATIVE(a[0])->binary(t, op, a[1], a[0]);                                                            \
    }                                                                                                              \
    W(i##name) {                                                                                                   \
        UNUSED;                                                                                                    \
        return NATIVE(a[0])->inplace(t, op, a[0], a[1]);                                                           \
    }
BINARY(add, AVM_ADD) BINARY(sub, AVM_SUB) BINARY(mul, AVM_MUL) BINARY(matmul, AVM_MATMUL) BINARY(truediv, AVM_DIV)
BINARY(floordiv, AVM_FLOORDIV) BINARY(mod, AVM_MOD) BINARY(pow, AVM_POW) BINARY(lshift, AVM_LSHIFT)
BINARY(rshift, AVM_RSHIFT) BINARY(and, AVM_AND) BINARY(or, AVM_OR) BINARY(xor, AVM_XOR) BINARY(divmod, AVM_DIVMOD)

#define UNARY(name, op)                                                                                            \
    W(name) {                                                                                                      \
        UNUSED;                                                                                                    \
        return NATIVE(a[0])->unary(t, op, a[0]);                                                                   \
    }
UNARY(neg, AVM_NEG) UNARY(pos, AVM_POS) UNARY(invert, AVM_INVERT) UNARY(abs, AVM_ABS) UNARY(int, AVM_TO_INT)
UNARY(float, AVM_TO_FLOAT) UNARY(index, AVM_TO_INDEX)

// a[1] is the dict of keywords or empty, then come the arguments.
static AvmValue wrap_call(AvmThread *t, AvmValue *a, uint32_t n) {
    AvmDict *kw = a[1] ? (AvmDict *)avm_obj(a[1]) : NULL;
    if (!kw) return NATIVE(a[0])->call(t, a[0], a + 2, n - 2, NULL);
    AvmTuple *names = avm_tuple_new(t, kw->used), *all = avm_tuple_new(t, n - 2 + kw->used);
    AvmValue r = AVM_FAIL, k, v;
    if (names && all) {
        for (uint32_t i = 2; i < n; i++) all->items[i - 2] = avm_incref(a[i]);
        for (uint32_t pos = 0, at = 0; avm_dict_next(kw, &pos, &k, &v); at++) {
            names->items[at] = avm_incref(k);
            all->items[n - 2 + at] = avm_incref(v);
        }
        r = NATIVE(a[0])->call(t, a[0], all->items, all->len, names);
    }
    avm_drop(t, names);
    avm_drop(t, all);
    return r;
}

// One row a wrapper; the slot's offset says whether a type has it.
typedef struct Wrapper {
    uint32_t offset;
    AvmNativeDef def;
} Wrapper;

#define ROW(slot, name, fn, sig, doc) {offsetof(AvmSlots, slot), {"__" #name "__", wrap_##fn, "__" #name "__" sig, doc, AVM_DEF_METHOD}}
static const Wrapper wrappers[] = {
    ROW(repr, repr, repr, "()", "Return repr(self)."),
    ROW(str, str, str, "()", "Return str(self)."),
    ROW(hash, hash, hash, "()", "Return hash(self)."),
    ROW(call, call, call, "(*args, **kwargs)", "Call self as a function."),
    ROW(getattr, getattribute, getattribute, "(name, /)", "Return getattr(self, name)."),
    ROW(setattr, setattr, setattr, "(name, value, /)", "Implement setattr(self, name, value)."),
    ROW(setattr, delattr, delattr, "(name, /)", "Implement delattr(self, name)."),
    ROW(get, get, get, "(instance, owner=None, /)",
        "Return an attribute of instance, which is of type owner."),
    ROW(set, set, set, "(instance, value, /)", "Set an attribute of instance to value."),
    ROW(set, delete, delete, "(instance, /)", "Delete an attribute of instance."),
    ROW(iter, iter, iter, "()", "Implement iter(self)."),
    ROW(next, next, next, "()", "Implement next(self)."),
    ROW(len, len, len, "()", "Return len(self)."),
    ROW(getitem, getitem, getitem, "(key, /)", "Return self[key]."),
    ROW(setitem, setitem, setitem, "(key, value, /)", "Set self[key] to value."),
    ROW(setitem, delitem, delitem, "(key, /)", "Delete self[key]."),
    ROW(contains, contains, contains, "(key, /)", "Return bool(key in self)."),
    ROW(truth, bool, bool, "()", "True if self else False"),
    ROW(finalize, del, del, "()", "Called when the object is about to go."),
    ROW(await, await, await, "()", "Return an iterator to be used in await expression."),
    ROW(aiter, aiter, aiter, "()", "Return an awaitable, that resolves in asynchronous iterator."),
    ROW(anext, anext, anext, "()", "Return a value or raise StopAsyncIteration."),
    ROW(compare, eq, eq, "(value, /)", "Return self==value."),
    ROW(compare, ne, ne, "(value, /)", "Return self!=value."),
    ROW(compare, lt, lt, "(value, /)", "Return self<value."),
    ROW(compare, le, le, "(value, /)", "Return self<=value."),
    ROW(compare, gt, gt, "(value, /)", "Return self>value."),
    ROW(compare, ge, ge, "(value, /)", "Return self>=value."),
};

#define OPS(name) {"__" #name "__", wrap_##name, "__" #name "__(value, /)", NULL, AVM_DEF_METHOD},                 \
                  {"__r" #name "__", wrap_r##name, "__r" #name "__(value, /)", NULL, AVM_DEF_METHOD},              \
                  {"__i" #name "__", wrap_i##name, "__i" #name "__(value, /)", NULL, AVM_DEF_METHOD}
static const AvmNativeDef operators[AVM_BINARY_COUNT][3] = {
    {OPS(add)}, {OPS(sub)}, {OPS(mul)}, {OPS(matmul)}, {OPS(truediv)}, {OPS(floordiv)}, {OPS(mod)},
    {OPS(pow)}, {OPS(lshift)}, {OPS(rshift)}, {OPS(and)}, {OPS(or)}, {OPS(xor)}, {OPS(divmod)},
};
#define UNARY_ROW(name, doc) {"__" #name "__", wrap_##name, "__" #name "__()", doc, AVM_DEF_METHOD}
static const AvmNativeDef unaries[] = {
    UNARY_ROW(neg, "-self"), UNARY_ROW(pos, "+self"), UNARY_ROW(invert, "~self"), UNARY_ROW(abs, "abs(self)"),
    UNARY_ROW(int, "int(self)"), UNARY_ROW(float, "float(self)"), UNARY_ROW(index, "Return self converted to an integer, if self is suitable for use as an index into a list."),
};

// Which operators a native type means: its slot function alone does not tell.
typedef struct Operators {
    uint16_t type;
    uint16_t binary, reflected, inplace; // bits by AvmBinary
    uint8_t unary;                       // bits by AvmUnary
} Operators;
#define BIT(op) (1u << (op))
#define NUMERIC (BIT(AVM_ADD) | BIT(AVM_SUB) | BIT(AVM_MUL) | BIT(AVM_DIV) | BIT(AVM_FLOORDIV) | BIT(AVM_MOD) | BIT(AVM_POW) | BIT(AVM_DIVMOD))
#define BITWISE (BIT(AVM_AND) | BIT(AVM_OR) | BIT(AVM_XOR))
#define SETWISE (BITWISE | BIT(AVM_SUB))
static const Operators meanings[] = {
    {AVM_T_INT, NUMERIC | BITWISE | BIT(AVM_LSHIFT) | BIT(AVM_RSHIFT), NUMERIC | BITWISE | BIT(AVM_LSHIFT) | BIT(AVM_RSHIFT), 0, 0x7F},
    {AVM_T_BOOL, BITWISE, BITWISE, 0, BIT(AVM_INVERT)},
    {AVM_T_FLOAT, NUMERIC, NUMERIC, 0, 0x7F & ~(BIT(AVM_INVERT) | BIT(AVM_TO_INDEX))},
    {AVM_T_STR, BIT(AVM_ADD) | BIT(AVM_MUL) | BIT(AVM_MOD), BIT(AVM_MUL) | BIT(AVM_MOD), 0, 0},
    {AVM_T_BYTES, BIT(AVM_ADD) | BIT(AVM_MUL) | BIT(AVM_MOD), BIT(AVM_MUL) | BIT(AVM_MOD), 0, 0},
    {AVM_T_BYTEARRAY, BIT(AVM_ADD) | BIT(AVM_MUL) | BIT(AVM_MOD), BIT(AVM_MUL) | BIT(AVM_MOD), BIT(AVM_ADD) | BIT(AVM_MUL), 0},
    {AVM_T_LIST, BIT(AVM_ADD) | BIT(AVM_MUL), BIT(AVM_MUL), BIT(AVM_ADD) | BIT(AVM_MUL), 0},
    {AVM_T_TUPLE, BIT(AVM_ADD) | BIT(AVM_MUL), BIT(AVM_MUL), 0, 0},
    {AVM_T_DICT, BIT(AVM_OR), BIT(AVM_OR), BIT(AVM_OR), 0},
    {AVM_T_MAPPINGPROXY, BIT(AVM_OR), BIT(AVM_OR), 0, 0},
    {AVM_T_SET, SETWISE, SETWISE, SETWISE, 0},
    {AVM_T_FROZENSET, SETWISE, SETWISE, 0, 0},
    {AVM_T_DICT_KEYS, SETWISE, SETWISE, 0, 0},
    {AVM_T_DICT_ITEMS, SETWISE, SETWISE, 0, 0},
    {AVM_T_TYPE, BIT(AVM_OR), BIT(AVM_OR), 0, 0},
    {AVM_T_GENERICALIAS, BIT(AVM_OR), BIT(AVM_OR), 0, 0},
    {AVM_T_UNION, BIT(AVM_OR), BIT(AVM_OR), 0, 0},
};

static bool add(AvmThread *t, AvmType *type, const AvmNativeDef *def) {
    AvmNative *f = avm_native_new(t, def, type, NULL);
    if (!f) return false;
    f->h.type = AVM_T_WRAPPER;
    AvmStr *name = avm_str_intern(t, def->name, strlen(def->name));
    bool ok = name && avm_dict_set_str(t, type->dict, name, avm_value(f));
    avm_drop(t, f);
    avm_drop(t, name);
    return ok;
}

// What is true because it has a length has no __bool__.
static bool is_shown(const AvmType *type, const Wrapper *w) {
    bool text = type->id == AVM_T_STR || type->id == AVM_T_BYTES || type->id == AVM_T_BYTEARRAY;
    return !text || w->offset != offsetof(AvmSlots, truth);
}

bool avm_type_add_wrappers(AvmThread *t, AvmType *type) {
    const AvmSlots *s = &type->def->slots;
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (*(void **)((char *)s + wrappers[i].offset) && is_shown(type, &wrappers[i]) &&
            !add(t, type, &wrappers[i].def))
            return false;
    if (s->compare && !s->hash && type->id != AVM_T_OBJECT &&
        !avm_dict_set_str(t, type->dict, AVM_NAME(t, __hash__), AVM_NONE))
        return false;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const Operators *m = &meanings[i];
        if (m->type != type->id) continue;
        for (int op = 0; op < AVM_BINARY_COUNT; op++)
            if ((m->binary & BIT(op) && !add(t, type, &operators[op][0])) ||
                (m->reflected & BIT(op) && !add(t, type, &operators[op][1])) ||
                (m->inplace & BIT(op) && !add(t, type, &operators[op][2])))
                return false;
        for (int op = 0; op < 7; op++)
            if (m->unary & BIT(op) && !add(t, type, &unaries[op])) return false;
    }
    return true;
}
