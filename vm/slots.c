// Slots of script classes: functions that call the class's dunder methods, and the choice between them and native ones.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/shape.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// --- calls of dunder methods

static AvmValue call_or(AvmThread *t, AvmValue v, AvmStr *name, const AvmValue *args, uint32_t n, AvmValue missing) {
    AvmValue r = avm_call_special(t, v, name, args, n);
    return r == AVM_DONE ? missing : r;
}

static AvmValue script_repr(AvmThread *t, AvmValue v) { return avm_call_special(t, v, AVM_NAME(t, __repr__), NULL, 0); }
static AvmValue script_str(AvmThread *t, AvmValue v) { return avm_call_special(t, v, AVM_NAME(t, __str__), NULL, 0); }

static bool script_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmValue f = avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, __hash__));
    if (!f || f == AVM_NONE) return avm_raise_type(t, "unhashable type: '%T'", v);
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __hash__), NULL, 0);
    if (!r) return false;
    if (!avm_is_int(t, r)) {
        avm_decref(t, r);
        return avm_raise_type(t, "__hash__ method should return an integer");
    }
    if (!avm_int_get(r, out)) *out = avm_int_hash(r);
    if (*out == -1) *out = -2;
    avm_decref(t, r);
    return true;
}

static AvmValue script_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmValue f = avm_special(t, callee, AVM_NAME(t, __call__));
    if (f == AVM_DONE) return avm_raise_type(t, "'%T' object is not callable", callee);
    if (!f) return AVM_FAIL;
    AvmValue r = AVM_FAIL;
    if (avm_native_enter(t)) {
        r = avm_call_kw(t, f, args, nargs, kwnames);
        avm_native_leave(t);
    }
    avm_decref(t, f);
    return r;
}

static AvmValue script_getattr(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmType *type = avm_type_of(t, v);
    AvmValue arg = avm_value(name), r;
    AvmValue f = avm_type_lookup(t, type, AVM_NAME(t, __getattribute__));
    if (f && avm_obj(f)->type == AVM_T_FUNCTION) {
        r = avm_call_special(t, v, AVM_NAME(t, __getattribute__), &arg, 1);
    } else {
        AvmType *native = type->base;
        while (native && native->flags & AVM_TYPE_HEAP) native = native->base;
        r = native && native->s.getattr ? native->s.getattr(t, v, name) : avm_attr_find(t, v, name);
    }
    if (r && r != AVM_DONE) return r;
    if (!r && !avm_exc_is(t, AVM_EXC(t, AttributeError))) return AVM_FAIL;
    if (!avm_type_lookup(t, type, AVM_NAME(t, __getattr__)))
        return r ? avm_raise_attribute(t, v, name) : AVM_FAIL;
    avm_exc_clear(t);
    return avm_call_special(t, v, AVM_NAME(t, __getattr__), &arg, 1);
}

static bool script_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value) {
    AvmValue args[2] = {avm_value(name), value};
    AvmValue r = value ? avm_call_special(t, v, AVM_NAME(t, __setattr__), args, 2)
                       : avm_call_special(t, v, AVM_NAME(t, __delattr__), args, 1);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static AvmValue script_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    AvmValue args[2] = {obj ? obj : AVM_NONE, avm_value(type)};
    AvmValue r = avm_call_special(t, descr, AVM_NAME(t, __get__), args, 2);
    return r == AVM_DONE ? avm_incref(descr) : r;
}

static bool script_set(AvmThread *t, AvmValue descr, AvmValue obj, AvmValue value) {
    AvmValue args[2] = {obj, value};
    AvmValue r = value ? avm_call_special(t, descr, AVM_NAME(t, __set__), args, 2)
                       : avm_call_special(t, descr, AVM_NAME(t, __delete__), args, 1);
    if (r == AVM_DONE)
        return avm_raise(t, AVM_EXC(t, AttributeError), value ? "__set__" : "__delete__");
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static AvmValue script_iter(AvmThread *t, AvmValue v) {
    AvmValue f = avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, __iter__));
    if (!f || f == AVM_NONE) return avm_raise_type(t, "'%T' object is not iterable", v);
    return avm_call_special(t, v, AVM_NAME(t, __iter__), NULL, 0);
}

static AvmValue script_next(AvmThread *t, AvmValue v) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __next__), NULL, 0);
    if (r == AVM_DONE) return avm_raise_type(t, "'%T' object is not an iterator", v);
    if (!r && avm_exc_is(t, AVM_EXC(t, StopIteration))) {
        avm_replace(t, &t->stop_value, avm_stop_value(t));
        return AVM_DONE;
    }
    return r;
}

static int64_t script_len(AvmThread *t, AvmValue v) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __len__), NULL, 0);
    if (!r) return -1;
    int64_t n = -1;
    if (avm_index_exact(t, r, &n, "cannot fit 'int' into an index-sized integer") && n < 0) {
        avm_raise_value(t, "__len__() should return >= 0");
        n = -1;
    }
    if (t->exc) n = -1;
    avm_decref(t, r);
    return n;
}

static AvmValue script_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __getitem__), &key, 1);
    return r == AVM_DONE ? avm_raise_type(t, "'%T' object is not subscriptable", v) : r;
}

static bool script_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    AvmValue args[2] = {key, value};
    AvmValue r = value ? avm_call_special(t, v, AVM_NAME(t, __setitem__), args, 2)
                       : avm_call_special(t, v, AVM_NAME(t, __delitem__), args, 1);
    if (r == AVM_DONE) return avm_raise_setitem(t, v, key, value);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static int script_contains(AvmThread *t, AvmValue v, AvmValue x) {
    AvmValue f = avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, __contains__));
    if (f == AVM_NONE) {
        avm_raise_type(t, "'%T' object is not a container", v);
        return -1;
    }
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __contains__), &x, 1);
    if (!r) return -1;
    int truth = avm_truth(t, r);
    avm_decref(t, r);
    return truth;
}

// --- operators

#define OPERATOR_NAMES(t, op)                                                                                      \
    ((AvmStr *const[AVM_BINARY_COUNT][3]){                                                                         \
        {AVM_NAME(t, __add__), AVM_NAME(t, __radd__), AVM_NAME(t, __iadd__)},                                      \
        {AVM_NAME(t, __sub__), AVM_NAME(t, __rsub__), AVM_NAME(t, __isub__)},                                      \
        {AVM_NAME(t, __mul__), AVM_NAME(t, __rmul__), AVM_NAME(t, __imul__)},                                      \
        {AVM_NAME(t, __matmul__), AVM_NAME(t, __rmatmul__), AVM_NAME(t, __imatmul__)},                             \
        {AVM_NAME(t, __truediv__), AVM_NAME(t, __rtruediv__), AVM_NAME(t, __itruediv__)},                          \
        {AVM_NAME(t, __floordiv__), AVM_NAME(t, __rfloordiv__), AVM_NAME(t, __ifloordiv__)},                       \
        {AVM_NAME(t, __mod__), AVM_NAME(t, __rmod__), AVM_NAME(t, __imod__)},                                      \
        {AVM_NAME(t, __pow__), AVM_NAME(t, __rpow__), AVM_NAME(t, __ipow__)},                                      \
        {AVM_NAME(t, __lshift__), AVM_NAME(t, __rlshift__), AVM_NAME(t, __ilshift__)},                             \
        {AVM_NAME(t, __rshift__), AVM_NAME(t, __rrshift__), AVM_NAME(t, __irshift__)},                             \
        {AVM_NAME(t, __and__), AVM_NAME(t, __rand__), AVM_NAME(t, __iand__)},                                      \
        {AVM_NAME(t, __or__), AVM_NAME(t, __ror__), AVM_NAME(t, __ior__)},                                         \
        {AVM_NAME(t, __xor__), AVM_NAME(t, __rxor__), AVM_NAME(t, __ixor__)},                                      \
        {AVM_NAME(t, __divmod__), AVM_NAME(t, __rdivmod__), NULL},                                                 \
    }[op])

static AvmValue script_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmStr *const *names = OPERATOR_NAMES(t, op);
    AvmType *ta = avm_type_of(t, a), *tb = avm_type_of(t, b);
    bool a_is_script = ta->s.binary == script_binary;
    // Both operands: the right one first when its class refines the left one's method.
    bool b_first = false;
    if (a_is_script && tb->s.binary == script_binary && ta != tb && avm_type_is_sub(tb, ta)) {
        AvmValue rb = avm_type_lookup(t, tb, names[1]);
        b_first = rb && rb != avm_type_lookup(t, ta, names[1]);
    }
    AvmValue r = AVM_NOTIMPL;
    if (b_first) {
        r = call_or(t, b, names[1], &a, 1, AVM_NOTIMPL);
        if (r != AVM_NOTIMPL) return r;
    }
    if (a_is_script) r = call_or(t, a, names[0], &b, 1, AVM_NOTIMPL);
    if (r == AVM_NOTIMPL && !b_first && tb->s.binary == script_binary && (ta != tb || !a_is_script))
        r = call_or(t, b, names[1], &a, 1, AVM_NOTIMPL);
    return r;
}

static AvmValue script_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmStr *name = OPERATOR_NAMES(t, op)[2];
    return name ? call_or(t, a, name, &b, 1, AVM_NOTIMPL) : AVM_NOTIMPL;
}

static AvmValue script_unary(AvmThread *t, AvmUnary op, AvmValue a) {
    AvmStr *const names[] = {AVM_NAME(t, __neg__), AVM_NAME(t, __pos__),   AVM_NAME(t, __invert__), AVM_NAME(t, __abs__),
                             AVM_NAME(t, __int__), AVM_NAME(t, __float__), AVM_NAME(t, __index__)};
    AvmValue r = call_or(t, a, names[op], NULL, 0, AVM_NOTIMPL);
    if (r == AVM_NOTIMPL && (op == AVM_TO_INT || op == AVM_TO_FLOAT))
        r = call_or(t, a, AVM_NAME(t, __index__), NULL, 0, AVM_NOTIMPL);
    if (!r || r == AVM_NOTIMPL || op < AVM_TO_INT) return r;
    if (op == AVM_TO_FLOAT ? !avm_is_sub(t, r, AVM_TYPE_SUB_FLOAT | AVM_TYPE_SUB_INT) : !avm_is_sub(t, r, AVM_TYPE_SUB_INT)) {
        if (op == AVM_TO_FLOAT)
            avm_raise_type(t, "%T.__float__ returned non-float (type %T)", a, r);
        else
            avm_raise_type(t, op == AVM_TO_INT ? "__int__ returned non-int (type %T)" : "__index__ returned non-int (type %T)", r);
        avm_decref(t, r);
        return AVM_FAIL;
    }
    return r;
}

static AvmValue script_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    AvmStr *const names[] = {AVM_NAME(t, __eq__), AVM_NAME(t, __ne__), AVM_NAME(t, __lt__),
                             AVM_NAME(t, __le__), AVM_NAME(t, __gt__), AVM_NAME(t, __ge__)};
    return call_or(t, a, names[op], &b, 1, AVM_NOTIMPL);
}

static int script_truth(AvmThread *t, AvmValue v) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __bool__), NULL, 0);
    if (r == AVM_DONE) {
        int64_t n = avm_len(t, v);
        return n < 0 ? -1 : n != 0;
    }
    if (r && !avm_is_bool(r)) {
        avm_raise_type(t, "__bool__ should return bool, returned %T", r);
        avm_decref(t, r);
        return -1;
    }
    return r ? r == AVM_TRUE : -1;
}

static AvmValue script_await(AvmThread *t, AvmValue v) { return avm_call_special(t, v, AVM_NAME(t, __await__), NULL, 0); }
static AvmValue script_aiter(AvmThread *t, AvmValue v) { return avm_call_special(t, v, AVM_NAME(t, __aiter__), NULL, 0); }
static AvmValue script_anext(AvmThread *t, AvmValue v) { return avm_call_special(t, v, AVM_NAME(t, __anext__), NULL, 0); }

static AvmValue script_instancecheck(AvmThread *t, AvmValue cls, AvmValue v) {
    return avm_call_special(t, cls, AVM_NAME(t, __instancecheck__), &v, 1);
}

static void script_finalize(AvmThread *t, AvmValue v) {
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __del__), NULL, 0);
    if (r == AVM_FAIL) {
        AvmValue f = avm_type_lookup(t, avm_type_of(t, v), AVM_NAME(t, __del__));
        avm_exc_unraisable(t, NULL, f);
    } else if (r != AVM_DONE) {
        avm_decref(t, r);
    }
    // A native base may have a finaliser of its own.
    AvmType *base = avm_type_of(t, v)->base;
    while (base && base->flags & AVM_TYPE_HEAP) base = base->base;
    if (base && base->s.finalize) base->s.finalize(t, v);
}

// --- the choice

// For a slot: the dunder names that stand for it. A NULL name ends the row.
typedef struct SlotRow {
    uint32_t offset; // in AvmSlots
    void *script;
    uint16_t names[5]; // AvmNameId + 1
} SlotRow;

#define ID(name) (AVM_NAME_##name + 1)
#define ROW(slot, ...) {offsetof(AvmSlots, slot), (void *)script_##slot, {__VA_ARGS__}}

static const SlotRow rows[] = {
    ROW(repr, ID(__repr__)),
    ROW(str, ID(__str__)),
    ROW(hash, ID(__hash__)),
    ROW(call, ID(__call__)),
    ROW(getattr, ID(__getattribute__), ID(__getattr__)),
    ROW(setattr, ID(__setattr__), ID(__delattr__)),
    ROW(get, ID(__get__)),
    ROW(set, ID(__set__), ID(__delete__)),
    ROW(iter, ID(__iter__)),
    ROW(next, ID(__next__)),
    ROW(len, ID(__len__)),
    ROW(getitem, ID(__getitem__)),
    ROW(setitem, ID(__setitem__), ID(__delitem__)),
    ROW(contains, ID(__contains__)),
    ROW(unary, ID(__neg__), ID(__pos__), ID(__invert__), ID(__abs__), ID(__int__)),
    ROW(unary, ID(__float__), ID(__index__)),
    ROW(compare, ID(__eq__), ID(__ne__), ID(__lt__), ID(__le__), ID(__gt__)),
    ROW(compare, ID(__ge__)),
    ROW(truth, ID(__bool__)),
    ROW(await, ID(__await__)),
    ROW(aiter, ID(__aiter__)),
    ROW(anext, ID(__anext__)),
    ROW(instancecheck, ID(__instancecheck__)),
    ROW(finalize, ID(__del__)),
};
enum { ROWS = sizeof rows / sizeof *rows };

static void **slot_at(AvmSlots *s, uint32_t offset) { return (void **)((char *)s + offset); }

static bool defines(AvmThread *t, AvmType *cls, const SlotRow *row) {
    for (uint32_t i = 0; i < 5 && row->names[i]; i++)
        if (avm_dict_get_str(t, cls->dict, t->vm->names[row->names[i] - 1])) return true;
    return false;
}

void avm_slots_mark_names(AvmThread *t) {
    for (size_t r = 0; r < ROWS; r++)
        for (uint32_t i = 0; i < 5 && rows[r].names[i]; i++) t->vm->names[rows[r].names[i] - 1]->h.flags |= AVM_STR_OF_SLOT;
    for (int op = 0; op < AVM_BINARY_COUNT; op++)
        for (int i = 0; i < 3; i++)
            if (OPERATOR_NAMES(t, op)[i]) OPERATOR_NAMES(t, op)[i]->h.flags |= AVM_STR_OF_SLOT;
}

// Has the class any name that stands for a slot? Most have none, and need not be asked for each.
static bool defines_any(AvmType *cls) {
    AvmValue key, value;
    for (uint32_t at = 0; avm_dict_next(cls->dict, &at, &key, &value);)
        if (!avm_is(key, AVM_T_STR) || (avm_obj(key)->flags & (AVM_STR_OF_SLOT | AVM_STR_INTERNED)) != AVM_STR_INTERNED)
            return true;
    return false;
}

static bool defines_operator(AvmThread *t, AvmType *cls, bool inplace) {
    for (int op = 0; op < AVM_BINARY_COUNT; op++) {
        AvmStr *const *names = OPERATOR_NAMES(t, op);
        for (int i = inplace ? 2 : 0; i < (inplace ? 3 : 2); i++)
            if (names[i] && avm_dict_get_str(t, cls->dict, names[i])) return true;
    }
    return false;
}

// Native types: what the description has, else what the layout's base has (its slots are complete already).
static void inherit_native(AvmType *type) {
    type->s = type->def->slots;
    void **own = (void **)&type->s, **base = type->base ? (void **)&type->base->s : NULL;
    for (size_t i = 0; base && i < sizeof(AvmSlots) / sizeof(void *); i++)
        if (!own[i]) own[i] = base[i];
    // A type that compares by value and has no hash of its own can't be hashed.
    if (type->def->slots.compare && !type->def->slots.hash) type->s.hash = NULL;
}

void avm_type_inherit_slots(AvmThread *t, AvmType *type) {
    if (type->def) {
        inherit_native(type);
        return;
    }
    AvmSlots s = {0};
    bool binary_done = false, inplace_done = false;
    bool done[ROWS] = {false};
    for (uint32_t m = 0; m < type->mro->len; m++) {
        AvmType *cls = (AvmType *)avm_obj(type->mro->items[m]);
        bool heap = cls->flags & AVM_TYPE_HEAP;
        if (heap && !defines_any(cls)) continue;
        for (size_t r = 0; r < ROWS; r++) {
            void **slot = slot_at(&s, rows[r].offset);
            void *native = heap ? NULL : *slot_at((AvmSlots *)&cls->def->slots, rows[r].offset);
            if (done[r] || *slot) continue;
            // What compares by value and has no hash of its own hides those of its bases.
            if (!heap && rows[r].offset == offsetof(AvmSlots, hash) && cls->def->slots.compare && !native) done[r] = true;
            if (heap ? defines(t, cls, &rows[r]) : native != NULL) {
                *slot = heap ? rows[r].script : native;
                done[r] = true;
            }
        }
        if (!binary_done && (heap ? defines_operator(t, cls, false) : cls->def->slots.binary != NULL)) {
            s.binary = heap ? script_binary : cls->def->slots.binary;
            binary_done = true;
        }
        if (!inplace_done && (heap ? defines_operator(t, cls, true) : cls->def->slots.inplace != NULL)) {
            s.inplace = heap ? script_inplace : cls->def->slots.inplace;
            inplace_done = true;
        }
    }
    AvmType *native = type->base;
    while (native->flags & AVM_TYPE_HEAP) native = native->base;
    s.free = native->s.free;
    s.traverse = native->s.traverse;
    s.clear = native->s.clear;
    s.send = native->s.send;
    s.throw = native->s.throw;
    if (!s.finalize) s.finalize = native->s.finalize;
    type->s = s;
}
