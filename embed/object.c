// What the builtins do, for any value: str, repr, len, attributes, items. Script may run.
#include <string.h>

#include "embed/embed.h"
#include "vm/error.h"
#include "vm/types/str.h"

// The opening of a call about one value, and its end.
typedef struct Call {
    AvmValue v;
    bool began;
} Call;

static bool begin(aiovm *vm, aiovm_value value, const void *result, Call *c) {
    c->v = result && avm_embed_begin(vm) ? avm_incref(avm_handle_get(vm, value)) : AVM_EMPTY;
    if (c->v) c->began = avm_embed_run(vm);
    return c->v != AVM_EMPTY;
}

static void end(aiovm *vm, Call *c) {
    avm_decref(vm->t, c->v);
    avm_embed_rest(vm, c->began);
}

// v: the result (taken), or AVM_FAIL.
static aiovm_status put(aiovm *vm, Call *c, AvmValue v, aiovm_value *out) {
    end(vm, c);
    return avm_handle_put(vm, v, out);
}

static aiovm_status done(aiovm *vm, Call *c, bool good) {
    end(vm, c);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}

aiovm_status aiovm_truth(aiovm *vm, aiovm_value value, int *truth) {
    Call c;
    if (truth) *truth = 0;
    if (!begin(vm, value, truth, &c)) return AIOVM_MISUSE;
    int yes = avm_truth(vm->t, c.v);
    *truth = yes > 0;
    return done(vm, &c, yes >= 0);
}

aiovm_status aiovm_length(aiovm *vm, aiovm_value value, size_t *length) {
    Call c;
    if (length) *length = 0;
    if (!begin(vm, value, length, &c)) return AIOVM_MISUSE;
    int64_t n = avm_len(vm->t, c.v);
    *length = n < 0 ? 0 : (size_t)n;
    return done(vm, &c, n >= 0);
}

// text may be the place of the handle.
static aiovm_status convert(aiovm *vm, aiovm_value value, AvmValue (*how)(AvmThread *t, AvmValue v), aiovm_value *text) {
    Call c;
    if (text) *text = (aiovm_value){0};
    if (!begin(vm, value, text, &c)) return AIOVM_MISUSE;
    return put(vm, &c, how(vm->t, c.v), text);
}

aiovm_status aiovm_str(aiovm *vm, aiovm_value value, aiovm_value *text) {
    return convert(vm, value, avm_str, text);
}

aiovm_status aiovm_repr(aiovm *vm, aiovm_value value, aiovm_value *text) {
    return convert(vm, value, avm_repr, text);
}

aiovm_status aiovm_equal(aiovm *vm, aiovm_value a, aiovm_value b, int *equal) {
    Call c;
    if (equal) *equal = 0;
    if (!begin(vm, a, equal, &c)) return AIOVM_MISUSE;
    AvmValue other = avm_incref(avm_handle_get(vm, b));
    int yes = other ? avm_compare_bool(vm->t, AVM_EQ, c.v, other) : 0;
    avm_decref(vm->t, other);
    *equal = yes > 0;
    aiovm_status status = done(vm, &c, yes >= 0);
    return other ? status : AIOVM_MISUSE;
}

aiovm_status aiovm_get_attr(aiovm *vm, aiovm_value object, const char *name, aiovm_value *value) {
    Call c;
    if (value) *value = (aiovm_value){0};
    if (!avm_embed_is_text(name) || !begin(vm, object, value, &c)) return AIOVM_MISUSE;
    AvmStr *s = avm_str_intern(vm->t, name, strlen(name));
    AvmValue v = s ? avm_getattr(vm->t, c.v, s) : AVM_FAIL;
    avm_drop(vm->t, s);
    return put(vm, &c, v, value);
}

aiovm_status aiovm_set_attr(aiovm *vm, aiovm_value object, const char *name, aiovm_value value) {
    Call c;
    if (!avm_embed_is_text(name) || !begin(vm, object, name, &c)) return AIOVM_MISUSE;
    AvmValue v = avm_incref(avm_handle_get(vm, value));
    AvmStr *s = v ? avm_str_intern(vm->t, name, strlen(name)) : NULL;
    bool good = s && avm_setattr(vm->t, c.v, s, v);
    avm_drop(vm->t, s);
    avm_decref(vm->t, v);
    aiovm_status status = done(vm, &c, good || !v);
    return v ? status : AIOVM_MISUSE;
}

aiovm_status aiovm_get_item(aiovm *vm, aiovm_value container, aiovm_value key, aiovm_value *value) {
    Call c;
    if (value) *value = (aiovm_value){0};
    if (!begin(vm, container, value, &c)) return AIOVM_MISUSE;
    AvmValue k = avm_incref(avm_handle_get(vm, key));
    AvmValue v = k ? avm_getitem(vm->t, c.v, k) : AVM_FAIL;
    avm_decref(vm->t, k);
    if (k) return put(vm, &c, v, value);
    end(vm, &c);
    return AIOVM_MISUSE;
}

aiovm_status aiovm_set_item(aiovm *vm, aiovm_value container, aiovm_value key, aiovm_value value) {
    Call c;
    if (!begin(vm, container, vm, &c)) return AIOVM_MISUSE;
    AvmValue k = avm_incref(avm_handle_get(vm, key)), v = avm_incref(avm_handle_get(vm, value));
    bool given = k && v, good = given && avm_setitem(vm->t, c.v, k, v);
    avm_decref(vm->t, k);
    avm_decref(vm->t, v);
    aiovm_status status = done(vm, &c, good || !given);
    return given ? status : AIOVM_MISUSE;
}
