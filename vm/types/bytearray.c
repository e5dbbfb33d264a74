// bytearray: bytes that can change.
#include "vm/builtins.h"
#include "vm/types/bytesmore.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"

static AvmByteArray *array_of(AvmValue v) { return (AvmByteArray *)avm_obj(v); }

// --- memory

static bool reserve(AvmThread *t, AvmByteArray *a, size_t n) {
    if (n <= a->cap) return true;
    size_t cap = n + n / 8 + 16;
    if (n > AVM_STR_MAX) return avm_raise_memory(t);
    char *p = avm_realloc(&t->vm->alloc, a->data, a->cap, cap);
    if (!p) return avm_raise_memory(t);
    a->data = p;
    a->cap = (uint32_t)cap;
    return true;
}

AvmByteArray *avm_bytearray_new(AvmThread *t, const char *p, size_t n) {
    AvmByteArray *a = avm_object_new_id(t, AVM_T_BYTEARRAY, sizeof *a);
    if (!a) return NULL;
    if (n && !reserve(t, a, n)) {
        avm_drop(t, a);
        return NULL;
    }
    if (n && p)
        memcpy(a->data, p, n);
    else if (n)
        memset(a->data, 0, n);
    a->len = (uint32_t)n;
    return a;
}

AvmByteArray *avm_as_bytearray(AvmThread *t, AvmValue v) {
    if (avm_is(v, AVM_T_BYTEARRAY)) return array_of(v);
    if (!avm_is_obj(v)) return NULL;
    return avm_type_is_sub(avm_type_of(t, v), avm_type_get(t, AVM_T_BYTEARRAY)) ? array_of(v) : NULL;
}

static void array_free(AvmThread *t, AvmObj *o) {
    AvmByteArray *a = (AvmByteArray *)o;
    avm_release(&t->vm->alloc, a->data, a->cap);
}

// Replaces `old` bytes at `at` by n bytes of p, which is no part of a.
static bool splice(AvmThread *t, AvmByteArray *a, size_t at, size_t old, const char *p, size_t n) {
    size_t len = a->len - old + n;
    if (!reserve(t, a, len)) return false;
    if (a->len > at + old) memmove(a->data + at + n, a->data + at + old, a->len - at - old);
    if (n) memcpy(a->data + at, p, n);
    a->len = (uint32_t)len;
    return true;
}

// --- making

static AvmValue array_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

static AvmValue array_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmByteArray *a = array_of(args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    bool ok = avm_bytes_source(t, &b, args, "bytearray") && splice(t, a, 0, a->len, b.data, b.len);
    avm_buf_free(&b);
    return ok ? AVM_NONE : AVM_FAIL;
}

static AvmValue array_repr(AvmThread *t, AvmValue v) {
    AvmByteArray *a = array_of(v);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_text(&out, avm_type_name(t, v));
    avm_buf_byte(&out, '(');
    avm_bytes_repr_to(&out, a->data, a->len);
    avm_buf_byte(&out, ')');
    return avm_value(avm_str_from_buf(t, &out));
}

// --- items

static int64_t array_len(AvmThread *t, AvmValue v) {
    (void)t;
    return array_of(v)->len;
}
static int array_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return array_of(v)->len > 0;
}

static AvmValue array_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    if (avm_is(key, AVM_T_SLICE)) return avm_bytes_slice(t, avm_chars(t, v), key);
    size_t at;
    if (!avm_bytes_at(t, v, key, "bytearray index out of range", "bytearray", &at)) return AVM_FAIL;
    return avm_inline_int_value((unsigned char)array_of(v)->data[at]);
}

static bool set_extended(AvmThread *t, AvmByteArray *a, int64_t start, int64_t step, int64_t count,
                         const AvmBuf *b, bool deletes) {
    if (!deletes) {
        if ((int64_t)b->len != count)
            return avm_raise_value(t, "attempt to assign bytes of size %zu to extended slice of size %lld",
                                   b->len, (long long)count);
        for (int64_t i = 0; i < count; i++) a->data[start + i * step] = b->data[i];
        return true;
    }
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    for (int64_t i = count - 1; i >= 0; i--)
        if (!splice(t, a, (size_t)(start + i * step), 1, NULL, 0)) return false;
    return true;
}

static bool set_slice(AvmThread *t, AvmByteArray *a, AvmSlice *slice, AvmValue value) {
    int64_t start, step, count;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (value && (avm_has_index(t, value) || avm_as_str(t, value)))
        return avm_raise_type(t, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    bool ok = (!value || avm_bytes_fill(t, &b, value, "bytearray")) &&
              avm_slice_indices(t, slice, a->len, &start, &step, &count);
    if (ok && start > a->len) start = a->len;
    if (ok && step == 1) {
        if (count < 0) count = 0;
        if (count > a->len - start) count = a->len - start;
        ok = splice(t, a, (size_t)start, (size_t)count, b.data, b.len);
    } else if (ok && (count > 0 || b.len)) {
        ok = set_extended(t, a, start, step, count < 0 ? 0 : count, &b, !value);
    }
    avm_buf_free(&b);
    return ok;
}

static bool array_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value) {
    AvmByteArray *a = array_of(v);
    if (avm_is(key, AVM_T_SLICE)) return set_slice(t, a, (AvmSlice *)avm_obj(key), value);
    size_t at;
    unsigned char byte = 0;
    if (value && !avm_byte_value(t, value, &byte, "byte must be in range(0, 256)")) return false;
    if (!avm_bytes_at(t, v, key, "bytearray index out of range", "bytearray", &at)) return false;
    if (!value) return splice(t, a, at, 1, NULL, 0);
    a->data[at] = (char)byte;
    return true;
}

static AvmValue array_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmByteArray *self = array_of(a);
    if (op == AVM_ADD) {
        if (!avm_as_bytes(t, b) && !avm_as_bytearray(t, b)) {
            if (avm_type_of(t, b)->flags & AVM_TYPE_HEAP) return AVM_NOTIMPL;
            return avm_raise_type(t, "can't concat %T to %T", b, a);
        }
        AvmChars c = avm_chars(t, b);
        if (!reserve(t, self, (size_t)self->len + c.n)) return AVM_FAIL;
        c = avm_chars(t, b); // it may be a itself
        memmove(self->data + self->len, c.p, c.n);
        self->len += (uint32_t)c.n;
        return avm_incref(a);
    }
    if (op != AVM_MUL) return AVM_NOTIMPL;
    AvmValue r = avm_bytes_binary(t, op, a, b);
    if (!r || r == AVM_NOTIMPL) return r;
    AvmChars c = avm_chars(t, r);
    bool ok = splice(t, self, 0, self->len, c.p, c.n);
    avm_decref(t, r);
    return ok ? avm_incref(a) : AVM_FAIL;
}

// --- methods that change it

static AvmValue array_append(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    unsigned char byte = 0;
    if (!avm_byte_value(t, args[1], &byte, "byte must be in range(0, 256)")) return AVM_FAIL;
    char c = (char)byte;
    AvmByteArray *a = array_of(args[0]);
    return splice(t, a, a->len, 0, &c, 1) ? AVM_NONE : AVM_FAIL;
}

static AvmValue array_extend(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = avm_type_of(t, args[1]);
    if (avm_as_str(t, args[1])) return avm_raise_type(t, "expected iterable of integers; got: 'str'");
    if (!type->s.iter && !type->s.getitem)
        return avm_raise_type(t, "can't extend bytearray with %T", args[1]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    AvmByteArray *a = array_of(args[0]);
    bool ok = avm_bytes_fill(t, &b, args[1], "bytearray") && splice(t, a, a->len, 0, b.data, b.len);
    avm_buf_free(&b);
    return ok ? AVM_NONE : AVM_FAIL;
}

static AvmValue array_insert(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t at;
    unsigned char byte = 0;
    if (!avm_index_exact(t, args[1], &at, NULL)) return AVM_FAIL;
    if (!avm_byte_value(t, args[2], &byte, "byte must be in range(0, 256)")) return AVM_FAIL;
    AvmByteArray *a = array_of(args[0]);
    if (at < 0) at = at + a->len < 0 ? 0 : at + a->len;
    if (at > a->len) at = a->len;
    char c = (char)byte;
    return splice(t, a, (size_t)at, 0, &c, 1) ? AVM_NONE : AVM_FAIL;
}

static AvmValue array_pop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t at;
    if (!avm_arg_index(t, args[1], -1, &at)) return AVM_FAIL;
    AvmByteArray *a = array_of(args[0]);
    if (!a->len) return avm_raise(t, AVM_EXC(t, IndexError), "pop from empty bytearray");
    if (at < 0) at += a->len;
    if (at < 0 || at >= a->len) return avm_raise(t, AVM_EXC(t, IndexError), "pop index out of range");
    unsigned char byte = (unsigned char)a->data[at];
    return splice(t, a, (size_t)at, 1, NULL, 0) ? avm_inline_int_value(byte) : AVM_FAIL;
}

static AvmValue array_remove(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    unsigned char byte = 0;
    if (!avm_byte_value(t, args[1], &byte, "byte must be in range(0, 256)")) return AVM_FAIL;
    AvmByteArray *a = array_of(args[0]);
    char *p = a->len ? memchr(a->data, byte, a->len) : NULL;
    if (!p) return avm_raise_value(t, "value not found in bytearray");
    return splice(t, a, (size_t)(p - a->data), 1, NULL, 0) ? AVM_NONE : AVM_FAIL;
}

static AvmValue array_reverse(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmByteArray *a = array_of(args[0]);
    for (uint32_t i = 0, k = a->len; i + 1 < k; i++) {
        char c = a->data[i];
        a->data[i] = a->data[--k];
        a->data[k] = c;
    }
    return AVM_NONE;
}

static AvmValue array_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmByteArray *a = array_of(args[0]);
    avm_release(&t->vm->alloc, a->data, a->cap);
    a->data = NULL;
    a->len = a->cap = 0;
    return AVM_NONE;
}

static AvmValue array_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmByteArray *a = array_of(args[0]);
    return avm_value(avm_bytearray_new(t, a->data, a->len));
}

// --- iterator

typedef struct ArrayIter {
    AvmObj h;
    uint32_t at;
    AvmByteArray *array; // NULL when exhausted
} ArrayIter;

static AvmValue array_iter(AvmThread *t, AvmValue v) {
    ArrayIter *it = avm_object_new_id(t, AVM_T_BYTEARRAYITER, sizeof *it);
    if (it) it->array = array_of(avm_incref(v));
    return avm_value(it);
}

static void iter_free(AvmThread *t, AvmObj *o) {
    if (((ArrayIter *)o)->array) avm_drop(t, ((ArrayIter *)o)->array);
}

static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((ArrayIter *)o)->array) visit(avm_value(((ArrayIter *)o)->array), arg);
}

static AvmValue iter_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

static AvmValue iter_next(AvmThread *t, AvmValue v) {
    ArrayIter *it = (ArrayIter *)avm_obj(v);
    if (!it->array) return AVM_DONE;
    if (it->at < it->array->len) return avm_inline_int_value((unsigned char)it->array->data[it->at++]);
    avm_drop(t, it->array);
    it->array = NULL;
    return AVM_DONE;
}

const AvmTypeDef avm_bytearrayiter_def = {
    .name = "bytearray_iterator",
    .id = AVM_T_BYTEARRAYITER,
    .size = sizeof(ArrayIter),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.free = iter_free, .traverse = iter_traverse, .iter = iter_self, .next = iter_next},
};

// --- the type

static const AvmNativeDef array_methods[] = {
    {"__new__", array_new, "__new__(*args, **kwargs)", "An empty bytearray."},
    {"__init__", array_init, "__init__(source=b'', encoding=None, errors=None)",
     "Takes the bytes of source."},
    {"append", array_append, "append(item, /)", "Adds a byte at the end."},
    {"extend", array_extend, "extend(iterable_of_ints, /)", "Adds bytes at the end."},
    {"insert", array_insert, "insert(index, item, /)", "Puts a byte before index."},
    {"pop", array_pop, "pop(index=-1, /)", "Takes the byte at index out."},
    {"remove", array_remove, "remove(value, /)", "Takes the first such byte out."},
    {"reverse", array_reverse, "reverse()", "Turns the order round."},
    {"clear", array_clear, "clear()", "Takes all bytes out."},
    {"copy", array_copy, "copy()", "Another one with the same bytes."},
#define M(name, fn, signature, doc, kind) {#name, fn, signature, doc, kind},
#include "vm/types/chars_methods.def"
#include "vm/types/bytes_methods.def"
#undef M
    {0},
};

const AvmTypeDef avm_bytearray_def = {
    .name = "bytearray",
    .id = AVM_T_BYTEARRAY,
    .size = sizeof(AvmByteArray),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n"
           "bytearray(bytes_or_buffer) -> bytearray\nbytearray(int) -> bytearray of that size, all zero\n"
           "bytearray() -> empty bytearray",
    .slots = {.free = array_free,

              .repr = array_repr,
              .iter = array_iter,
              .len = array_len,
              .getitem = array_getitem,
              .setitem = array_setitem,
              .contains = avm_chars_contains,
              .binary = avm_bytes_binary,
              .inplace = array_inplace,
              .compare = avm_bytes_compare,
              .truth = array_truth},
    .methods = array_methods,
};
