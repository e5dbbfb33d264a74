// What the match statement asks of its subject.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static bool has_sequence(const AvmType *type) {
    for (; type; type = type->base)
        if (avm_has_flag(type, AVM_TYPE_SEQUENCE)) return true;
    return false;
}

static bool is_sequence(AvmThread *t, AvmValue v) {
    return avm_is_sub(t, v, AVM_TYPE_SUB_LIST) || avm_is_sub(t, v, AVM_TYPE_SUB_TUPLE) ||
           avm_is(v, AVM_T_RANGE) || has_sequence(avm_type_of(t, v));
}

static bool is_mapping(AvmThread *t, AvmValue v) {
    return avm_is_sub(t, v, AVM_TYPE_SUB_DICT) || avm_is(v, AVM_T_MAPPINGPROXY);
}

AvmValue avm_op_match_kind(AvmThread *t, AvmValue subject, int kind) {
    if (kind == 0) return avm_bool(is_sequence(t, subject));
    if (kind == 1) return avm_bool(is_mapping(t, subject));
    int64_t n = avm_len(t, subject);
    return n < 0 ? AVM_FAIL : avm_int_new(t, n);
}

// --- keys

// subject.get(key): AVM_DONE when it is not there.
static AvmValue get_item(AvmThread *t, AvmValue mapping, AvmValue key, AvmValue absent) {
    AvmValue args[2] = {key, absent};
    AvmValue v = avm_call_method(t, mapping, AVM_NAME(t, get), args, 2);
    if (v != absent) return v;
    avm_decref(t, v);
    return AVM_DONE;
}

static bool repeated(AvmThread *t, AvmTuple *keys) {
    for (uint32_t i = 0; i < keys->len; i++)
        for (uint32_t j = 0; j < i; j++) {
            int same = avm_compare_bool(t, AVM_EQ, keys->items[i], keys->items[j]);
            if (same < 0) return true;
            if (!same) continue;
            avm_raise_value(t, "mapping pattern checks duplicate key (%R)", keys->items[i]);
            return true;
        }
    return false;
}

AvmValue avm_op_match_keys(AvmThread *t, AvmValue mapping, AvmTuple *keys) {
    if (repeated(t, keys)) return AVM_FAIL;
    AvmObj *absent = avm_object_new(t, avm_type_get(t, AVM_T_OBJECT), 0);
    AvmTuple *values = absent ? avm_tuple_new(t, keys->len) : NULL;
    AvmValue v = values ? AVM_NONE : AVM_FAIL;
    for (uint32_t i = 0; v == AVM_NONE && i < keys->len; i++) {
        v = get_item(t, mapping, keys->items[i], avm_value(absent));
        if (v == AVM_FAIL || v == AVM_DONE) break;
        values->items[i] = v;
        v = AVM_NONE;
    }
    if (absent) avm_drop(t, absent);
    if (values && v == AVM_NONE) return avm_value(values);
    if (values) avm_drop(t, values);
    return v == AVM_DONE ? AVM_NONE : AVM_FAIL;
}

// --- classes

// May an instance stand for its only positional pattern, as in case int(x)?
static bool matches_itself(const AvmType *type) {
    return avm_has_flag(type, AVM_TYPE_SUB_INT | AVM_TYPE_SUB_STR | AVM_TYPE_SUB_BYTES | AVM_TYPE_SUB_LIST |
                                  AVM_TYPE_SUB_TUPLE | AVM_TYPE_SUB_DICT | AVM_TYPE_SUB_SET |
                                  AVM_TYPE_SUB_FLOAT) ||
           type->id == AVM_T_BYTEARRAY;
}

typedef struct Want {
    AvmValue subject;
    AvmType *type;
    AvmTuple *values;
    AvmTuple *seen; // the names asked for so far
    uint32_t have;
} Want;

// Takes the attribute; AVM_DONE: there is none.
static AvmValue want(AvmThread *t, Want *w, AvmValue name) {
    if (!avm_is(name, AVM_T_STR))
        return avm_raise_type(t, "__match_args__ elements must be strings (got %T)", name);
    for (uint32_t i = 0; i < w->have; i++)
        if (w->seen->items[i] && avm_compare_bool(t, AVM_EQ, w->seen->items[i], name) == 1)
            return avm_raise_type(t, "%N() got multiple sub-patterns for attribute %R", w->type, name);
    AvmValue v = avm_getattr_maybe(t, w->subject, (AvmStr *)avm_obj(name));
    if (v == AVM_FAIL || v == AVM_DONE) return v;
    w->seen->items[w->have] = avm_incref(name);
    w->values->items[w->have++] = v;
    return AVM_NONE;
}

static AvmValue positional(AvmThread *t, Want *w, uint32_t n) {
    AvmValue args = avm_getattr_maybe(t, avm_value(w->type), AVM_NAME(t, __match_args__));
    if (args == AVM_FAIL) return AVM_FAIL;
    bool itself = args == AVM_DONE && matches_itself(w->type);
    AvmValue v = AVM_NONE;
    if (args != AVM_DONE && !avm_is_tuple(args)) {
        v = avm_raise_type(t, "%N.__match_args__ must be a tuple (got %T)", w->type, args);
    } else {
        AvmTuple *names = args == AVM_DONE ? NULL : (AvmTuple *)avm_obj(args);
        uint32_t allowed = itself ? 1 : names ? names->len : 0;
        if (allowed < n) {
            v = avm_raise_type(t, "%N() accepts %u positional sub-pattern%s (%u given)", w->type, allowed,
                               allowed == 1 ? "" : "s", n);
        } else if (itself) {
            w->values->items[w->have++] = avm_incref(w->subject);
        } else {
            for (uint32_t i = 0; i < n && v == AVM_NONE; i++) v = want(t, w, names->items[i]);
        }
    }
    if (args != AVM_DONE) avm_decref(t, args);
    return v;
}

AvmValue avm_op_match_class(AvmThread *t, AvmValue subject, AvmValue cls, AvmTuple *names) {
    if (!avm_is_sub(t, cls, AVM_TYPE_SUB_TYPE))
        return avm_raise_type(t, "called match pattern must be a class");
    int is = avm_isinstance(t, subject, cls);
    if (is <= 0) return is ? AVM_FAIL : AVM_NONE;
    int64_t n = 0;
    if (!avm_index(t, names->items[0], &n)) return AVM_FAIL;
    uint32_t count = (uint32_t)n + names->len - 1;
    Want w = {.subject = subject, .type = (AvmType *)avm_obj(cls)};
    w.values = avm_tuple_new(t, count);
    w.seen = w.values ? avm_tuple_new(t, count) : NULL;
    AvmValue v = w.seen ? AVM_NONE : AVM_FAIL;
    if (n && v == AVM_NONE) v = positional(t, &w, (uint32_t)n);
    for (uint32_t i = 1; i < names->len && v == AVM_NONE; i++) v = want(t, &w, names->items[i]);
    if (w.seen) avm_drop(t, w.seen);
    if (w.values && v == AVM_NONE) return avm_value(w.values);
    if (w.values) avm_drop(t, w.values);
    return v == AVM_DONE ? AVM_NONE : AVM_FAIL;
}
