// Making values and reading them: nothing here runs script.
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "embed/embed.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// The opening of every call that makes a value: *value is none until it succeeds.
static bool begin(aiovm *vm, aiovm_value *value) {
    if (!value) return false;
    value->id = 0;
    return avm_embed_begin(vm);
}

// --- making

aiovm_status aiovm_make_none(aiovm *vm, aiovm_value *value) {
    return begin(vm, value) ? avm_handle_put(vm, AVM_NONE, value) : AIOVM_MISUSE;
}

aiovm_status aiovm_make_bool(aiovm *vm, int truth, aiovm_value *value) {
    return begin(vm, value) ? avm_handle_put(vm, avm_bool(truth != 0), value) : AIOVM_MISUSE;
}

AVM_EMBED_SLOW static aiovm_status make_int(aiovm *vm, int64_t number, aiovm_value *value) {
    return begin(vm, value) ? avm_handle_put(vm, avm_int_new(vm->t, number), value) : AIOVM_MISUSE;
}

aiovm_status aiovm_make_int(aiovm *vm, int64_t number, aiovm_value *value) {
    bool quick = value && avm_embed_at_hand(vm) && !vm->error && vm->slots.count < vm->slots.cap;
    if (__builtin_expect(!quick || !avm_int_fits_inline(number), 0)) return make_int(vm, number, value);
    avm_handle_push(vm, avm_inline_int_value(number), value);
    return AIOVM_OK;
}

aiovm_status aiovm_make_int_text(aiovm *vm, const char *digits, size_t length, int base, aiovm_value *value) {
    if (!begin(vm, value) || !digits || base < 2 || base > 36) return AIOVM_MISUSE;
    AvmValue v = length ? avm_int_from_text(vm->t, digits, length, base) : AVM_FAIL;
    if (v || avm_exc_is(vm->t, AVM_EXC(vm->t, MemoryError)) || vm->t->exhausted) return avm_handle_put(vm, v, value);
    avm_exc_clear(vm->t);
    return AIOVM_RANGE;
}

aiovm_status aiovm_make_float(aiovm *vm, double number, aiovm_value *value) {
    return begin(vm, value) ? avm_handle_put(vm, avm_float_value(number), value) : AIOVM_MISUSE;
}

aiovm_status aiovm_make_str(aiovm *vm, const char *text, size_t length, aiovm_value *value) {
    if (!begin(vm, value) || (length && !text)) return AIOVM_MISUSE;
    if (length && avm_utf8_check(text, length) != length) return AIOVM_RANGE;
    return avm_handle_put(vm, avm_value(avm_str_new(vm->t, length ? text : "", length)), value);
}

aiovm_status aiovm_make_bytes(aiovm *vm, const void *bytes, size_t length, aiovm_value *value) {
    if (!begin(vm, value) || (length && !bytes)) return AIOVM_MISUSE;
    return avm_handle_put(vm, avm_value(avm_bytes_new(vm->t, length ? bytes : "", length)), value);
}

aiovm_status aiovm_make_list(aiovm *vm, const aiovm_value *items, size_t count, aiovm_value *value) {
    if (!value || !avm_embed_begin(vm) || (count && !items) || count > UINT32_MAX) return avm_handle_misuse(value);
    AvmList *list = avm_list_new(vm->t, (uint32_t)count);
    for (size_t i = 0; list && i < count; i++) {
        AvmValue v = avm_handle_get(vm, items[i]);
        if (v && avm_list_append(vm->t, list, v)) continue;
        avm_drop(vm->t, list);
        if (!v) return avm_handle_misuse(value);
        list = NULL;
    }
    return avm_handle_put(vm, avm_value(list), value);
}

aiovm_status aiovm_make_tuple(aiovm *vm, const aiovm_value *items, size_t count, aiovm_value *value) {
    if (!value || !avm_embed_begin(vm) || (count && !items) || count > UINT32_MAX) return avm_handle_misuse(value);
    for (size_t i = 0; i < count; i++)
        if (!avm_handle_get(vm, items[i])) return avm_handle_misuse(value);
    AvmTuple *tuple = avm_tuple_new(vm->t, (uint32_t)count);
    for (size_t i = 0; tuple && i < count; i++) tuple->items[i] = avm_incref(avm_handle_get(vm, items[i]));
    return avm_handle_put(vm, avm_value(tuple), value);
}

aiovm_status aiovm_make_dict(aiovm *vm, aiovm_value *value) {
    return begin(vm, value) ? avm_handle_put(vm, avm_value(avm_dict_new(vm->t)), value) : AIOVM_MISUSE;
}

// --- reading

// The value of a handle, for a call with a place for its result. AVM_EMPTY: misuse.
static AvmValue given(aiovm *vm, aiovm_value value, const void *result) {
    return result && avm_embed_enter(vm) ? avm_handle_get(vm, value) : AVM_EMPTY;
}

aiovm_kind aiovm_kind_of(aiovm *vm, aiovm_value value) {
    AvmValue v = given(vm, value, vm);
    if (!v) return AIOVM_INVALID_VALUE;
    if (v == AVM_NONE) return AIOVM_NONE;
    if (avm_is_bool(v)) return AIOVM_BOOL;
    if (avm_is_int(vm->t, v)) return AIOVM_INT;
    AvmType *type = avm_type_of(vm->t, v);
    static const struct {
        uint32_t flag;
        aiovm_kind kind;
    } subs[] = {{AVM_TYPE_SUB_FLOAT, AIOVM_FLOAT}, {AVM_TYPE_SUB_STR, AIOVM_STR},     {AVM_TYPE_SUB_BYTES, AIOVM_BYTES},
                {AVM_TYPE_SUB_LIST, AIOVM_LIST},   {AVM_TYPE_SUB_TUPLE, AIOVM_TUPLE}, {AVM_TYPE_SUB_DICT, AIOVM_DICT}};
    for (size_t i = 0; i < sizeof subs / sizeof *subs; i++)
        if (type->flags & subs[i].flag) return subs[i].kind;
    if (avm_embed_type_of(vm, type)) return AIOVM_HOST_OBJECT;
    switch (type->id) {
    case AVM_T_FUNCTION:
    case AVM_T_METHOD:
    case AVM_T_NATIVE: return AIOVM_FUNCTION;
    case AVM_T_COROUTINE:
    case AVM_T_NATIVE_COROUTINE: return AIOVM_COROUTINE;
    default: return AIOVM_OTHER;
    }
}

aiovm_status aiovm_get_bool(aiovm *vm, aiovm_value value, int *truth) {
    AvmValue v = given(vm, value, truth);
    if (truth) *truth = 0;
    if (!v) return AIOVM_MISUSE;
    if (!avm_is_bool(v)) return AIOVM_WRONG_TYPE;
    *truth = v == AVM_TRUE;
    return AIOVM_OK;
}

AVM_EMBED_SLOW static aiovm_status get_int(aiovm *vm, aiovm_value value, int64_t *number) {
    AvmValue v = given(vm, value, number);
    if (number) *number = 0;
    if (!v) return AIOVM_MISUSE;
    if (!avm_is_int(vm->t, v)) return AIOVM_WRONG_TYPE;
    return avm_int_get(v, number) ? AIOVM_OK : AIOVM_RANGE;
}

aiovm_status aiovm_get_int(aiovm *vm, aiovm_value value, int64_t *number) {
    AvmSlot *slot = number && avm_embed_at_hand(vm) ? avm_handle_scoped(vm, value) : NULL;
    if (__builtin_expect(!slot || !avm_is_inline_int(slot->value), 0)) return get_int(vm, value, number);
    *number = avm_inline_int(slot->value);
    return AIOVM_OK;
}

aiovm_status aiovm_get_float(aiovm *vm, aiovm_value value, double *number) {
    AvmValue v = given(vm, value, number);
    AvmThread *t = v ? vm->t : NULL;
    if (number) *number = 0;
    if (!v) return AIOVM_MISUSE;
    bool is_float = avm_is_float(v) || avm_has_flag(avm_type_of(t, v), AVM_TYPE_SUB_FLOAT);
    if (!is_float && !avm_is_int(t, v)) return AIOVM_WRONG_TYPE;
    if (is_float ? avm_to_double(t, v, number) : avm_int_to_double(t, v, number)) return AIOVM_OK;
    avm_exc_clear(t);
    *number = 0;
    return AIOVM_RANGE;
}

aiovm_status aiovm_get_str(aiovm *vm, aiovm_value value, const char **text, size_t *length) {
    AvmValue v = given(vm, value, text);
    if (text) *text = "";
    if (length) *length = 0;
    if (!v) return AIOVM_MISUSE;
    AvmStr *s = avm_as_str(vm->t, v);
    if (!s) return AIOVM_WRONG_TYPE;
    *text = s->data;
    if (length) *length = s->len;
    return AIOVM_OK;
}

aiovm_status aiovm_get_bytes(aiovm *vm, aiovm_value value, const void **bytes, size_t *length) {
    AvmValue v = given(vm, value, bytes);
    if (bytes) *bytes = "";
    if (length) *length = 0;
    if (!v) return AIOVM_MISUSE;
    AvmBytes *b = avm_as_bytes(vm->t, v);
    if (!b) return AIOVM_WRONG_TYPE;
    *bytes = b->data;
    if (length) *length = b->len;
    return AIOVM_OK;
}

aiovm_status aiovm_int_digits(aiovm *vm, aiovm_value value, int base, aiovm_value *text) {
    if (!begin(vm, text) || base < 2 || base > 36) return AIOVM_MISUSE;
    AvmValue v = avm_handle_get(vm, value);
    if (!v) return AIOVM_MISUSE;
    if (!avm_is_int(vm->t, v)) return AIOVM_WRONG_TYPE;
    AvmBuf digits;
    avm_buf_init(&digits, &vm->t->vm->alloc);
    AvmStr *s = avm_int_to_text(vm->t, v, base, &digits) ? avm_str_from_buf(vm->t, &digits) : NULL;
    avm_buf_free(&digits);
    return avm_handle_put(vm, avm_value(s), text);
}

// --- containers

aiovm_status aiovm_get_at(aiovm *vm, aiovm_value sequence, size_t index, aiovm_value *item) {
    AvmValue *items;
    uint32_t n;
    AvmValue v = begin(vm, item) ? avm_handle_get(vm, sequence) : AVM_EMPTY;
    if (!v) return AIOVM_MISUSE;
    if (!avm_seq_items(vm->t, v, &items, &n)) return AIOVM_WRONG_TYPE;
    return index < n ? avm_handle_put(vm, avm_incref(items[index]), item) : AIOVM_RANGE;
}

aiovm_status aiovm_append(aiovm *vm, aiovm_value list, aiovm_value item) {
    if (!avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmValue l = avm_handle_get(vm, list), v = avm_handle_get(vm, item);
    if (!l || !v) return AIOVM_MISUSE;
    if (!avm_is_list(l)) return AIOVM_WRONG_TYPE;
    return avm_list_append(vm->t, (AvmList *)avm_obj(l), v) ? AIOVM_OK : avm_embed_outcome(vm);
}

aiovm_status aiovm_next_entry(aiovm *vm, aiovm_value dict, size_t *position, aiovm_value *key, aiovm_value *value) {
    avm_handle_misuse(key);
    avm_handle_misuse(value);
    if (!position || !key || !value || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmValue v = avm_handle_get(vm, dict), k, item;
    if (!v) return AIOVM_MISUSE;
    AvmDict *d = avm_as_dict(vm->t, v);
    if (!d) return AIOVM_WRONG_TYPE;
    uint32_t at = *position < UINT32_MAX ? (uint32_t)*position : UINT32_MAX;
    if (!avm_dict_next(d, &at, &k, &item)) return AIOVM_RANGE;
    if (!avm_handles_grow(vm, 2)) return AIOVM_MEMORY;
    *position = at;
    avm_handle_push(vm, avm_incref(k), key);
    avm_handle_push(vm, avm_incref(item), value);
    return AIOVM_OK;
}
