// The object protocol: each function asks the type's slot and gives CPython's error when there is none.
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/type.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

bool avm_native_refuse(AvmThread *t) {
    if (!t->exhausted) avm_raise(t, AVM_EXC(t, RecursionError), "maximum recursion depth exceeded");
    return false;
}

int avm_repr_enter(AvmThread *t, AvmValue v) {
    for (uint32_t i = 0; i < t->repr_depth && i < 64; i++)
        if (t->repr_stack[i] == v) return 0;
    if (!avm_native_enter(t)) return -1;
    if (t->repr_depth < 64) t->repr_stack[t->repr_depth] = v;
    t->repr_depth++;
    return 1;
}

void avm_repr_leave(AvmThread *t, AvmValue v) {
    (void)v;
    t->repr_depth--;
    avm_native_leave(t);
}

// --- text

static AvmValue checked_str(AvmThread *t, AvmValue s, const char *method) {
    if (s && !avm_is_sub(t, s, AVM_TYPE_SUB_STR)) {
        avm_raise_type(t, "%s returned non-string (type %T)", method, s);
        avm_decref(t, s);
        return AVM_FAIL;
    }
    return s;
}

AvmValue avm_repr(AvmThread *t, AvmValue v) {
    if (!v) return avm_value(avm_str_text(t, "<NULL>"));
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue s = avm_type_of(t, v)->s.repr(t, v);
    avm_native_leave(t);
    return checked_str(t, s, "__repr__");
}

AvmValue avm_str(AvmThread *t, AvmValue v) {
    if (avm_is_str(v)) return avm_incref(v);
    if (avm_is_inline_int(v)) return avm_int_repr(t, v);
    if (avm_is_float(v)) return avm_float_repr(t, avm_float(v));
    AvmType *type = avm_type_of(t, v);
    if (!v) return avm_repr(t, v);
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue s = type->s.str ? type->s.str(t, v) : type->s.repr(t, v);
    avm_native_leave(t);
    return checked_str(t, s, "__str__");
}

AvmValue avm_format(AvmThread *t, AvmValue v, AvmValue spec) {
    AvmStr *s = spec ? avm_as_str(t, spec) : t->vm->empty_str;
    if (avm_is_str(v)) return s->len ? avm_format_str(t, (AvmStr *)avm_obj(v), s) : avm_incref(v);
    if (avm_is_inline_int(v)) return s->len ? avm_format_int(t, v, s) : avm_int_repr(t, v);
    if (avm_is_float(v))
        return s->len ? avm_format_float(t, avm_float(v), s) : avm_float_repr(t, avm_float(v));
    AvmValue arg = avm_value(s);
    AvmValue r = avm_call_special(t, v, AVM_NAME(t, __format__), &arg, 1);
    if (r == AVM_DONE) return avm_raise_type(t, "Type %T doesn't define __format__", v);
    if (r && !avm_is_sub(t, r, AVM_TYPE_SUB_STR)) {
        avm_raise_type(t, "__format__ must return a str, not %T", r);
        avm_decref(t, r);
        return AVM_FAIL;
    }
    return r;
}

// --- truth, hash, length

bool avm_hash(AvmThread *t, AvmValue v, int64_t *out) {
    if (avm_is_str(v)) {
        *out = avm_str_hash(t, (AvmStr *)avm_obj(v));
        return true;
    }
    AvmType *type = avm_type_of(t, v);
    if (!type->s.hash) return avm_raise_type(t, "unhashable type: '%T'", v);
    return type->s.hash(t, v, out);
}

int avm_truth(AvmThread *t, AvmValue v) {
    if (avm_is_bool(v)) return v == AVM_TRUE;
    if (v == AVM_NONE) return 0;
    if (avm_is_inline_int(v)) return avm_inline_int(v) != 0;
    if (avm_is_float(v)) return avm_float(v) != 0;
    AvmType *type = avm_type_of(t, v);
    if (type->s.truth) return type->s.truth(t, v);
    if (type->s.len) {
        int64_t n = type->s.len(t, v);
        return n < 0 ? -1 : n != 0;
    }
    return 1;
}

int64_t avm_len(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (!type->s.len) {
        avm_raise_type(t, "object of type '%T' has no len()", v);
        return -1;
    }
    return type->s.len(t, v);
}

// --- items

AvmValue avm_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmType *type = avm_type_of(t, v);
    if (type->s.getitem) return type->s.getitem(t, v, key);
    if (avm_is_sub(t, v, AVM_TYPE_SUB_TYPE)) {
        AvmValue f = avm_getattr_maybe(t, v, AVM_NAME(t, __class_getitem__));
        if (f && f != AVM_DONE) {
            AvmValue r = avm_call1(t, f, key);
            avm_decref(t, f);
            return r;
        }
        if (!f) return AVM_FAIL;
        return avm_raise_type(t, "type '%K' is not subscriptable", (AvmType *)avm_obj(v));
    }
    return avm_raise_type(t, "'%T' object is not subscriptable", v);
}

bool avm_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    AvmType *type = avm_type_of(t, v);
    if (type->s.setitem) return type->s.setitem(t, v, key, value);
    return avm_raise_setitem(t, v, key, value);
}

// CPython asks those that are sequences, too, for integers, and they have another word for it.
bool avm_raise_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    AvmType *type = avm_type_of(t, v);
    bool sequence = type->flags & AVM_TYPE_HEAP || type->s.len || type->s.getitem || type->s.contains;
    if (!value && sequence && avm_is_sub(t, key, AVM_TYPE_SUB_INT))
        return avm_raise_type(t, "'%T' object doesn't support item deletion", v);
    return avm_raise_type(t,
                          value ? "'%T' object does not support item assignment"
                                : "'%T' object does not support item deletion",
                          v);
}

bool avm_delitem(AvmThread *t, AvmValue v, AvmValue key) { return avm_setitem(t, v, key, AVM_EMPTY); }

static int search(AvmThread *t, AvmValue container, AvmValue x) {
    AvmValue it = avm_iter(t, container);
    if (!it) {
        if (avm_exc_is(t, AVM_EXC(t, TypeError))) {
            avm_exc_clear(t);
            avm_raise_type(t, "argument of type '%T' is not iterable", container);
        }
        return -1;
    }
    int found = 0;
    AvmValue v;
    while (found == 0 && (v = avm_next(t, it)) != AVM_DONE) {
        found = v ? avm_compare_bool(t, AVM_EQ, v, x) : -1;
        avm_decref(t, v);
    }
    avm_decref(t, it);
    return found;
}

int avm_contains(AvmThread *t, AvmValue container, AvmValue x) {
    AvmType *type = avm_type_of(t, container);
    return type->s.contains ? type->s.contains(t, container, x) : search(t, container, x);
}

// --- operators

static const char *const symbols[] = {"+", "-", "*", "@", "/", "//", "%", "** or pow()", "<<", ">>", "&", "|", "^", "divmod()"};
static const char *const inplace_symbols[] = {"+=", "-=", "*=", "@=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="};

static AvmValue unsupported(AvmThread *t, const char *symbol, AvmValue a, AvmValue b) {
    if (symbol[0] == '>' && symbol[1] == '>' && !symbol[2] && avm_is(a, AVM_T_NATIVE) &&
        strcmp(((AvmNative *)avm_obj(a))->def->name, "print") == 0)
        return avm_raise_type(t, "unsupported operand type(s) for %s: '%T' and '%T'. Did you mean \"print(<message>, file=<output_stream>)\"?", symbol, a, b);
    return avm_raise_type(t, "unsupported operand type(s) for %s: '%T' and '%T'", symbol, a, b);
}

// a's slot, then b's; b's first when its type is a proper sub-class of a's that brings its own.
static AvmValue binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmType *ta = avm_type_of(t, a), *tb = avm_type_of(t, b);
    AvmValue (*fa)(AvmThread *, AvmBinary, AvmValue, AvmValue) = ta->s.binary;
    AvmValue (*fb)(AvmThread *, AvmBinary, AvmValue, AvmValue) = tb->s.binary;
    if (fb == fa || ta == tb) fb = NULL;
    AvmValue r = AVM_NOTIMPL;
    if (fa && fb && avm_type_is_sub(tb, ta)) {
        r = fb(t, op, a, b);
        if (r != AVM_NOTIMPL) return r;
        fb = NULL;
    }
    if (fa) r = fa(t, op, a, b);
    if (r == AVM_NOTIMPL && fb) r = fb(t, op, a, b);
    return r;
}

static AvmValue sequence_fallback(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b, const char *symbol) {
    if (op == AVM_ADD && (avm_is_sub(t, a, AVM_TYPE_SUB_STR) || avm_is_sub(t, a, AVM_TYPE_SUB_LIST) ||
                          avm_is_sub(t, a, AVM_TYPE_SUB_TUPLE))) {
        AvmType *base = avm_type_of(t, a);
        while (base->flags & AVM_TYPE_HEAP) base = base->base;
        if (symbol[1] != '=' || base->id != AVM_T_LIST)
            return avm_raise_type(t, "can only concatenate %N (not \"%T\") to %N", base, b, base);
    }
    if (op == AVM_MUL) {
        uint32_t seq = AVM_TYPE_SUB_STR | AVM_TYPE_SUB_LIST | AVM_TYPE_SUB_TUPLE | AVM_TYPE_SUB_BYTES;
        if (avm_is_sub(t, a, seq)) return avm_raise_type(t, "can't multiply sequence by non-int of type '%T'", b);
        if (avm_is_sub(t, b, seq)) return avm_raise_type(t, "can't multiply sequence by non-int of type '%T'", a);
    }
    return unsupported(t, symbol, a, b);
}

AvmValue avm_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmValue r = binary(t, op, a, b);
    return r == AVM_NOTIMPL ? sequence_fallback(t, op, a, b, symbols[op]) : r;
}

AvmValue avm_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmType *type = avm_type_of(t, a);
    if (type->s.inplace) {
        AvmValue r = type->s.inplace(t, op, a, b);
        if (r != AVM_NOTIMPL) return r;
    }
    AvmValue r = binary(t, op, a, b);
    return r == AVM_NOTIMPL ? sequence_fallback(t, op, a, b, inplace_symbols[op]) : r;
}

AvmValue avm_unary(AvmThread *t, AvmUnary op, AvmValue a) {
    static const char *const texts[] = {"bad operand type for unary -: '%T'", "bad operand type for unary +: '%T'",
                                        "bad operand type for unary ~: '%T'", "bad operand type for abs(): '%T'",
                                        "int() argument must be a string, a bytes-like object or a real number, not '%T'",
                                        "must be real number, not %T",
                                        "'%T' object cannot be interpreted as an integer"};
    AvmType *type = avm_type_of(t, a);
    AvmValue r = type->s.unary ? type->s.unary(t, op, a) : AVM_NOTIMPL;
    return r == AVM_NOTIMPL ? avm_raise_type(t, texts[op], a) : r;
}

static const AvmCompare swapped[] = {AVM_EQ, AVM_NE, AVM_GT, AVM_GE, AVM_LT, AVM_LE};

AvmValue avm_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    AvmType *ta = avm_type_of(t, a), *tb = avm_type_of(t, b);
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue r = AVM_NOTIMPL;
    bool b_first = ta != tb && tb->s.compare && avm_type_is_sub(tb, ta);
    if (b_first) r = tb->s.compare(t, swapped[op], b, a);
    if (r == AVM_NOTIMPL && ta->s.compare) r = ta->s.compare(t, op, a, b);
    if (r == AVM_NOTIMPL && !b_first && tb->s.compare) r = tb->s.compare(t, swapped[op], b, a);
    avm_native_leave(t);
    if (r != AVM_NOTIMPL) return r;
    if (op == AVM_EQ) return avm_bool(a == b);
    if (op == AVM_NE) return avm_bool(a != b);
    return avm_raise_type(t, "'%s' not supported between instances of '%T' and '%T'", signs[op], a, b);
}

int avm_compare_bool(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (a == b) {
        if (op == AVM_EQ) return 1;
        if (op == AVM_NE) return 0;
    }
    AvmValue r = avm_compare(t, op, a, b);
    if (avm_is_bool(r)) return r == AVM_TRUE;
    if (!r) return -1;
    int truth = avm_truth(t, r);
    avm_decref(t, r);
    return truth;
}

// --- iteration

AvmValue avm_iter(AvmThread *t, AvmValue v) {
    AvmType *type = avm_type_of(t, v);
    if (type->s.iter) {
        AvmValue it = type->s.iter(t, v);
        if (it && !avm_type_of(t, it)->s.next) {
            avm_raise_type(t, "iter() returned non-iterator of type '%T'", it);
            avm_decref(t, it);
            return AVM_FAIL;
        }
        return it;
    }
    if (type->s.getitem && !(type->flags & AVM_TYPE_SUB_DICT)) {
        AvmSeqIter *it = avm_object_new_id(t, AVM_T_SEQITER, sizeof *it);
        if (it) it->sequence = avm_incref(v);
        return avm_value(it);
    }
    return avm_raise_type(t, "'%T' object is not iterable", v);
}

AvmValue avm_next(AvmThread *t, AvmValue it) {
    AvmType *type = avm_type_of(t, it);
    if (!type->s.next) return avm_raise_type(t, "'%T' object is not an iterator", it);
    // Iterators over iterators (map of map of ...) go down the C stack; only its end counts, not the depth.
    if (__builtin_expect((char *)__builtin_frame_address(0) < t->stack_floor, 0))
        return avm_raise(t, AVM_EXC(t, RecursionError), "maximum recursion depth exceeded");
    // Whoever takes items without end pays, even if no script runs.
    if (__builtin_expect((++t->nexts & 4095) == 0, 0) && !avm_charge(t, 4096)) return AVM_FAIL;
    return type->s.next(t, it);
}

// --- indexes

static bool index_value(AvmThread *t, AvmValue v, int64_t *out, bool *fits) {
    *fits = true;
    if (avm_is_inline_int(v)) {
        *out = avm_inline_int(v);
        return true;
    }
    AvmValue i = avm_is_sub(t, v, AVM_TYPE_SUB_INT) ? avm_incref(v) : avm_unary(t, AVM_TO_INDEX, v);
    if (!i) return false;
    if (!avm_int_get(i, out)) {
        *fits = false;
        *out = avm_int_sign(i) < 0 ? INT64_MIN : INT64_MAX;
    }
    avm_decref(t, i);
    return true;
}

bool avm_index(AvmThread *t, AvmValue v, int64_t *out) {
    bool fits;
    return index_value(t, v, out, &fits);
}

bool avm_index_exact(AvmThread *t, AvmValue v, int64_t *out, const char *what) {
    bool fits;
    if (!index_value(t, v, out, &fits)) return false;
    if (!fits) avm_raise(t, AVM_EXC(t, OverflowError), "%s", what ? what : "Python int too large to convert to C ssize_t");
    return fits;
}

AvmValue avm_exhaust(AvmThread *t, AvmLimit limit) {
    if (!t->exhausted) t->limit = limit;
    t->exhausted = true;
    avm_exc_clear(t);
    return AVM_FAIL;
}

enum { LEAST_TIMED = 1000, UNITS_A_NS = 2 }; // work that is worth a look at the clock; what no machine outdoes

// Is there time for that much? If it is over, the program is to stand still at the next check point; what is not there by the time
// it goes on ends.
static bool has_time(AvmThread *t, uint64_t units) {
    AvmHost *host = &t->vm->host;
    if (!host->over_time(host->ctx, units / UNITS_A_NS)) return true;
    if (t->ticks < 0 || !host->over_time(host->ctx, 0)) return avm_exhaust(t, AVM_LIMIT_TIME);
    avm_ticks_force(t);
    return true;
}

bool avm_charge(AvmThread *t, uint64_t units) {
    return avm_pay(t, units) && (!t->timed || units < LEAST_TIMED || has_time(t, units));
}

bool avm_pay(AvmThread *t, uint64_t units) {
    if (t->budget != UINT64_MAX) {
        t->budget -= units < t->budget ? units : t->budget;
        t->pausing = !t->budget;
    }
    if (t->fuel != UINT64_MAX) {
        if (t->fuel < units) {
            t->fuel = 0;
            return avm_exhaust(t, AVM_LIMIT_FUEL);
        }
        t->fuel -= units;
    }
    return true;
}
