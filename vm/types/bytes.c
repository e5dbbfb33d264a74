// bytes: the type, and what it shares with bytearray: making, comparing, operators, repr.
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/types/bytesmore.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

_Static_assert(offsetof(AvmBytes, data) == sizeof(AvmBytes), "the bytes follow the fields at once");

// --- making

static AvmBytes *bytes_alloc(AvmThread *t, AvmType *type, size_t n) {
    if (n > AVM_STR_MAX) {
        avm_raise_memory(t);
        return NULL;
    }
    AvmBytes *b =
        type ? avm_object_new(t, type, n + 1) : avm_object_new_id(t, AVM_T_BYTES, sizeof(AvmBytes) + n + 1);
    if (b) b->len = (uint32_t)n;
    return b;
}

AvmBytes *avm_bytes_new(AvmThread *t, const char *p, size_t n) {
    AvmBytes *b = bytes_alloc(t, NULL, n);
    if (b && p && n) memcpy(b->data, p, n);
    return b;
}

AvmValue avm_bytes_from_buf(AvmThread *t, AvmBuf *b) {
    AvmValue v = b->failed ? avm_raise_memory(t) : avm_value(avm_bytes_new(t, b->data, b->len));
    avm_buf_free(b);
    return v;
}

AvmBytes *avm_as_bytes(AvmThread *t, AvmValue v) {
    if (avm_is(v, AVM_T_BYTES)) return (AvmBytes *)avm_obj(v);
    return avm_is_obj(v) && avm_is_sub(t, v, AVM_TYPE_SUB_BYTES) ? (AvmBytes *)avm_obj(v) : NULL;
}

bool avm_bytes_like(AvmThread *t, AvmValue v, const char **p, size_t *n) {
    AvmBytes *b = avm_as_bytes(t, v);
    AvmByteArray *a = b ? NULL : avm_as_bytearray(t, v);
    if (!b && !a) return avm_raise_type(t, "a bytes-like object is required, not '%T'", v);
    *p = b ? b->data : a->data ? a->data : "";
    *n = b ? b->len : a->len;
    return true;
}

bool avm_byte_value(AvmThread *t, AvmValue v, unsigned char *out, const char *range_text) {
    int64_t i;
    if (!avm_index(t, v, &i)) return false;
    if (i < 0 || i > 255) return avm_raise_value(t, "%s", range_text);
    *out = (unsigned char)i;
    return true;
}

static bool fill_iterable(AvmThread *t, AvmBuf *out, AvmValue x, const char *kind) {
    AvmValue it = avm_iter(t, x);
    if (!it) return false;
    const char *range = kind[5] ? "byte must be in range(0, 256)" : "bytes must be in range(0, 256)";
    bool ok = true;
    for (uint32_t i = 0; ok; i++) {
        AvmValue v = avm_next(t, it);
        if (v == AVM_DONE) break;
        unsigned char byte = 0;
        ok = v && avm_byte_value(t, v, &byte, range) && avm_buf_byte(out, (char)byte);
        avm_decref(t, v);
        if (ok && (i & 1023) == 1023) ok = avm_charge(t, 1024);
    }
    avm_decref(t, it);
    return ok;
}

bool avm_bytes_fill(AvmThread *t, AvmBuf *out, AvmValue x, const char *kind) {
    const char *p;
    size_t n;
    if (avm_as_bytes(t, x) || avm_as_bytearray(t, x)) {
        avm_bytes_like(t, x, &p, &n);
        return avm_buf_add(out, p, n) || avm_raise_memory(t);
    }
    if (avm_as_str(t, x)) return avm_raise_type(t, "string argument without an encoding");
    if (avm_has_index(t, x)) {
        int64_t count;
        if (!avm_index_exact(t, x, &count, "cannot fit 'int' into an index-sized integer")) return false;
        if (count < 0) return avm_raise_value(t, "negative count");
        if (count > AVM_STR_MAX || !avm_buf_fill(out, 0, (size_t)count)) return avm_raise_memory(t);
        return true;
    }
    AvmType *type = avm_type_of(t, x);
    if (!type->s.iter && !type->s.getitem)
        return avm_raise_type(t, "cannot convert '%T' object to %s", x, kind);
    return fill_iterable(t, out, x, kind);
}

bool avm_bytes_source(AvmThread *t, AvmBuf *out, AvmValue *args, const char *kind) {
    AvmStr *s = args[1] ? avm_as_str(t, args[1]) : NULL;
    const char *names[2] = {"utf-8", "strict"};
    for (int i = 0; i < 2; i++) {
        const char *what = i ? "errors" : "encoding";
        if (!args[i + 2]) continue;
        AvmStr *name = avm_as_str(t, args[i + 2]);
        if (!name)
            return avm_raise_type(t, "%s() argument '%s' must be str, not %s", kind, what, avm_arg_kind(t, args[i + 2]));
        if (!s) return avm_raise_type(t, "%s without a string argument", what);
        names[i] = name->data;
    }
    if (!args[1]) return true;
    if (s && args[2]) {
        AvmBytes *b = avm_encode(t, s, names[0], names[1]);
        if (!b) return false;
        bool ok = avm_buf_add(out, b->data, b->len) || avm_raise_memory(t);
        avm_drop(t, b);
        return ok;
    }
    if (s && args[3]) return avm_raise_type(t, "string argument without an encoding");
    return avm_bytes_fill(t, out, args[1], kind);
}

// What x.__bytes__() gives; AVM_DONE when there is none.
static AvmValue dunder_bytes(AvmThread *t, AvmValue x) {
    AvmValue v = avm_call_special(t, x, AVM_NAME(t, __bytes__), NULL, 0);
    if (!v || v == AVM_DONE || avm_as_bytes(t, v)) return v;
    avm_raise_type(t, "__bytes__ returned non-bytes (type %T)", v);
    avm_decref(t, v);
    return AVM_FAIL;
}

static AvmValue bytes_make(AvmThread *t, AvmType *type, const char *p, size_t n) {
    AvmBytes *b = bytes_alloc(t, type->id == AVM_T_BYTES ? NULL : type, n);
    if (b && n) memcpy(b->data, p, n);
    return avm_value(b);
}

static AvmValue bytes_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = (AvmType *)avm_obj(args[0]);
    if (args[1] && !args[2] && !args[3]) {
        if (type->id == AVM_T_BYTES && avm_is(args[1], AVM_T_BYTES)) return avm_incref(args[1]);
        AvmValue v = avm_is_obj(args[1]) ? dunder_bytes(t, args[1]) : AVM_DONE;
        if (!v) return AVM_FAIL;
        if (v != AVM_DONE) {
            if (type->id == AVM_T_BYTES) return v;
            AvmBytes *b = avm_as_bytes(t, v);
            AvmValue sub = bytes_make(t, type, b->data, b->len);
            avm_decref(t, v);
            return sub;
        }
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    AvmValue r = AVM_FAIL;
    if (avm_bytes_source(t, &b, args, "bytes")) r = bytes_make(t, type, b.data, b.len);
    avm_buf_free(&b);
    return r;
}

// --- showing and comparing

void avm_bytes_repr_to(AvmBuf *out, const char *p, size_t n) {
    char quote = n && memchr(p, '\'', n) && !memchr(p, '"', n) ? '"' : '\'';
    avm_buf_reserve(out, n + 3);
    avm_buf_byte(out, 'b');
    avm_buf_byte(out, quote);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == (unsigned char)quote || c == '\\') {
            avm_buf_byte(out, '\\');
            avm_buf_byte(out, (char)c);
        } else if (c == '\t')
            avm_buf_text(out, "\\t");
        else if (c == '\n')
            avm_buf_text(out, "\\n");
        else if (c == '\r')
            avm_buf_text(out, "\\r");
        else if (c < 32 || c >= 127)
            avm_buf_printf(out, "\\x%02x", c);
        else
            avm_buf_byte(out, (char)c);
    }
    avm_buf_byte(out, quote);
}

static AvmValue bytes_repr(AvmThread *t, AvmValue v) {
    AvmBytes *b = (AvmBytes *)avm_obj(v);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    avm_bytes_repr_to(&out, b->data, b->len);
    return avm_value(avm_str_from_buf(t, &out));
}

static bool bytes_hash(AvmThread *t, AvmValue v, int64_t *out) {
    AvmBytes *b = (AvmBytes *)avm_obj(v);
    if (!b->hash) b->hash = avm_hash_bytes(t->vm, b->data, b->len);
    *out = b->hash;
    return true;
}

AvmValue avm_bytes_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_as_bytes(t, b) && !avm_as_bytearray(t, b)) return AVM_NOTIMPL;
    AvmChars x = avm_chars(t, a), y = avm_chars(t, b);
    int r = 0;
    if (x.n && y.n) r = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    if (r == 0) r = x.n < y.n ? -1 : x.n > y.n;
    switch (op) {
    case AVM_EQ: return avm_bool(r == 0);
    case AVM_NE: return avm_bool(r != 0);
    case AVM_LT: return avm_bool(r < 0);
    case AVM_LE: return avm_bool(r <= 0);
    case AVM_GT: return avm_bool(r > 0);
    default: return avm_bool(r >= 0);
    }
}

// --- operators

static AvmValue concat(AvmThread *t, AvmValue a, AvmValue b) {
    bool ours = avm_as_bytes(t, a) || avm_as_bytearray(t, a);
    if (!ours) return AVM_NOTIMPL;
    if (!avm_as_bytes(t, b) && !avm_as_bytearray(t, b)) {
        // A script class may still know how to add itself.
        if (avm_type_of(t, b)->flags & AVM_TYPE_HEAP) return AVM_NOTIMPL;
        return avm_raise_type(t, "can't concat %T to %T", b, a);
    }
    AvmChars x = avm_chars(t, a), y = avm_chars(t, b);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_reserve(&out, x.n + y.n);
    avm_buf_add(&out, x.p, x.n);
    avm_buf_add(&out, y.p, y.n);
    return avm_chars_from_buf(t, x, &out);
}

static AvmValue repeat(AvmThread *t, AvmValue v, AvmValue times) {
    int64_t n;
    if (!avm_has_index(t, times)) return AVM_NOTIMPL;
    if (!avm_index_exact(t, times, &n, "cannot fit 'int' into an index-sized integer")) return AVM_FAIL;
    AvmChars c = avm_chars(t, v);
    if (n < 0) n = 0;
    if (c.n && n > (int64_t)(AVM_STR_MAX / c.n)) return avm_raise_memory(t);
    if (n == 1) return avm_chars_same(t, c);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_reserve(&out, c.n * (size_t)n);
    if (c.n == 1)
        avm_buf_fill(&out, c.p[0], (size_t)n);
    else
        while (c.n && n-- && avm_buf_add(&out, c.p, c.n)) {}
    return avm_chars_from_buf(t, c, &out);
}

AvmValue avm_bytes_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    bool left = avm_as_bytes(t, a) || avm_as_bytearray(t, a);
    switch (op) {
    case AVM_ADD: return concat(t, a, b);
    case AVM_MUL: return left ? repeat(t, a, b) : repeat(t, b, a);
    case AVM_MOD: return left ? avm_bytes_percent(t, avm_chars(t, a), b) : AVM_NOTIMPL;
    default: return AVM_NOTIMPL;
    }
}

AvmValue avm_bytes_slice(AvmThread *t, AvmChars c, AvmValue slice) {
    int64_t start, step, count;
    if (!avm_slice_indices(t, (AvmSlice *)avm_obj(slice), (int64_t)c.n, &start, &step, &count))
        return AVM_FAIL;
    c = avm_chars(t, c.owner); // __index__ may have changed it
    if (count <= 0) return avm_chars_new(t, c, "", 0);
    if (start + (count - 1) * step >= (int64_t)c.n || start >= (int64_t)c.n)
        return avm_raise(t, AVM_EXC(t, IndexError), "bytearray changed size while it was being sliced");
    if (count == (int64_t)c.n && step == 1) return avm_chars_same(t, c);
    if (step == 1) return avm_chars_new(t, c, c.p + start, (size_t)count);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    for (int64_t i = 0; i < count; i++) avm_buf_byte(&out, c.p[start + i * step]);
    return avm_chars_from_buf(t, c, &out);
}

bool avm_bytes_at(AvmThread *t, AvmValue self, AvmValue key, const char *text, const char *kind, size_t *at) {
    int64_t i;
    if (!avm_has_index(t, key))
        return avm_raise_type(t, "%s indices must be integers or slices, not %T", kind, key);
    if (!avm_item_index(t, key, &i)) return false;
    int64_t n = (int64_t)avm_chars(t, self).n;
    if (i < 0) i += n;
    if (i < 0 || i >= n) return avm_raise(t, AVM_EXC(t, IndexError), "%s", text);
    *at = (size_t)i;
    return true;
}

static AvmValue bytes_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    if (avm_is(key, AVM_T_SLICE)) return avm_bytes_slice(t, avm_chars(t, v), key);
    size_t at;
    if (!avm_bytes_at(t, v, key, "index out of range", "byte", &at)) return AVM_FAIL;
    return avm_inline_int_value((unsigned char)((AvmBytes *)avm_obj(v))->data[at]);
}

static int64_t bytes_len(AvmThread *t, AvmValue v) { return (int64_t)avm_chars(t, v).n; }
static int bytes_truth(AvmThread *t, AvmValue v) { return avm_chars(t, v).n > 0; }

// --- iterator

typedef struct BytesIter {
    AvmObj h;
    uint32_t at;
    AvmBytes *bytes; // NULL when exhausted
} BytesIter;

static AvmValue bytes_iter(AvmThread *t, AvmValue v) {
    BytesIter *it = avm_object_new_id(t, AVM_T_BYTESITER, sizeof *it);
    if (it) it->bytes = (AvmBytes *)avm_obj(avm_incref(v));
    return avm_value(it);
}

static void iter_free(AvmThread *t, AvmObj *o) {
    if (((BytesIter *)o)->bytes) avm_drop(t, ((BytesIter *)o)->bytes);
}

static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((BytesIter *)o)->bytes) visit(avm_value(((BytesIter *)o)->bytes), arg);
}

static AvmValue iter_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

static AvmValue iter_next(AvmThread *t, AvmValue v) {
    BytesIter *it = (BytesIter *)avm_obj(v);
    if (!it->bytes) return AVM_DONE;
    if (it->at < it->bytes->len) return avm_inline_int_value((unsigned char)it->bytes->data[it->at++]);
    avm_drop(t, it->bytes);
    it->bytes = NULL;
    return AVM_DONE;
}

const AvmTypeDef avm_bytesiter_def = {
    .name = "bytes_iterator",
    .id = AVM_T_BYTESITER,
    .size = sizeof(BytesIter),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.free = iter_free, .traverse = iter_traverse, .iter = iter_self, .next = iter_next},
};

// --- the type

static AvmValue bytes_dunder_bytes(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (avm_is(args[0], AVM_T_BYTES)) return avm_incref(args[0]);
    AvmBytes *b = avm_as_bytes(t, args[0]);
    return avm_value(avm_bytes_new(t, b->data, b->len));
}

static AvmValue bytes_getnewargs(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue b = bytes_dunder_bytes(t, args, n);
    if (!b) return AVM_FAIL;
    AvmTuple *r = avm_tuple_from(t, &b, 1);
    avm_decref(t, b);
    return avm_value(r);
}

static const AvmNativeDef bytes_methods[] = {
    {"__new__", bytes_new, "__new__(source=b'', encoding=None, errors=None)",
     "Makes bytes of ints, text or another's bytes."},
    {"__bytes__", bytes_dunder_bytes, "__bytes__()", "These bytes."},
    {"__getnewargs__", bytes_getnewargs, "__getnewargs__()", "What __new__ makes a copy from."},
#define M(name, fn, signature, doc, kind) {#name, fn, signature, doc, kind},
#include "vm/types/chars_methods.def"
#include "vm/types/bytes_methods.def"
#undef M
    {0},
};

const AvmTypeDef avm_bytes_def = {
    .name = "bytes",
    .id = AVM_T_BYTES,
    .size = sizeof(AvmBytes),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_BYTES | AVM_TYPE_VARSIZE,
    .doc =
        "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n"
        "bytes(bytes_or_buffer) -> bytes\nbytes(int) -> bytes of that size, all zero\nbytes() -> empty bytes",
    .slots = {.repr = bytes_repr,
              .hash = bytes_hash,
              .iter = bytes_iter,
              .len = bytes_len,
              .getitem = bytes_getitem,
              .contains = avm_chars_contains,
              .binary = avm_bytes_binary,
              .compare = avm_bytes_compare,
              .truth = bytes_truth},
    .methods = bytes_methods,
};
