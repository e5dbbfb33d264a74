// str.translate, str.maketrans and str.encode.
#include "base/utf8.h"
#include "vm/error.h"
#include "vm/types/chars.h"
#include "vm/types/codec.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"
#include "vm/types/strcase.h"
#include "vm/types/strindex.h"

// --- translate

// Appends what the table says about c. false: exception.
static bool translate_char(AvmThread *t, AvmBuf *b, AvmValue table, uint32_t c) {
    AvmValue r = avm_getitem(t, table, avm_inline_int_value(c));
    if (!r) {
        if (!avm_exc_swallow(t, AVM_EXC(t, LookupError))) return false;
        avm_buf_utf8(b, c);
        return true;
    }
    bool ok = true;
    int64_t i = 0;
    AvmStr *s = avm_as_str(t, r);
    if (s)
        avm_buf_add(b, s->data, s->len);
    else if (avm_is_int(t, r)) {
        ok = avm_int_get(r, &i) && i >= 0 && i <= 0x10FFFF;
        if (ok)
            avm_buf_utf8(b, (uint32_t)i);
        else
            avm_raise_value(t, "character mapping must be in range(0x110000)");
    } else if (r != AVM_NONE) {
        ok = avm_raise_type(t, "character mapping must return integer, None or str");
    }
    avm_decref(t, r);
    return ok;
}

AvmValue avm_str_translate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = avm_as_str(t, args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        if (!translate_char(t, &b, args[1], avm_utf8_decode(s->data + i, &width))) {
            avm_buf_free(&b);
            return AVM_FAIL;
        }
    }
    return avm_value(avm_str_from_buf(t, &b));
}

// --- maketrans

static bool set_code(AvmThread *t, AvmDict *d, uint32_t c, AvmValue v) {
    return avm_dict_set(t, d, avm_inline_int_value(c), v);
}

// A dict whose one-character keys become their codes.
static bool from_dict(AvmThread *t, AvmDict *d, AvmValue x) {
    AvmDict *from = avm_is_dict(x) ? avm_as_dict(t, x) : NULL;
    if (!from) return avm_raise_type(t, "if you give only one argument to maketrans it must be a dict");
    uint32_t pos = 0;
    AvmValue key, value;
    size_t width;
    while (avm_dict_next(from, &pos, &key, &value)) {
        AvmStr *s = avm_as_str(t, key);
        if (s && s->count != 1)
            return avm_raise_value(t, "string keys in translate table must be of length 1");
        if (!s && !avm_is_int(t, key))
            return avm_raise_type(t, "keys in translate table must be strings or integers");
        if (!(s ? set_code(t, d, avm_utf8_decode(s->data, &width), value) : avm_dict_set(t, d, key, value)))
            return false;
    }
    return true;
}

static bool from_strings(AvmThread *t, AvmDict *d, AvmValue *args) {
    AvmStr *x = avm_as_str(t, args[0]), *y = avm_as_str(t, args[1]);
    if (!x)
        return avm_raise_type(t, "first maketrans argument must be a string if there is a second argument");
    if (!y) return avm_raise_type(t, "maketrans() argument 2 must be str, not %s", avm_arg_kind(t, args[1]));
    if (x->count != y->count)
        return avm_raise_value(t, "the first two maketrans arguments must have equal length");
    size_t width, other;
    for (uint32_t i = 0, k = 0; i < x->len; i += (uint32_t)width, k += (uint32_t)other) {
        uint32_t c = avm_utf8_decode(x->data + i, &width), to = avm_utf8_decode(y->data + k, &other);
        if (!set_code(t, d, c, avm_inline_int_value(to))) return false;
    }
    if (!args[2]) return true;
    AvmStr *z = avm_as_str(t, args[2]);
    if (!z) return avm_raise_type(t, "maketrans() argument 3 must be str, not %s", avm_arg_kind(t, args[2]));
    for (uint32_t i = 0; i < z->len; i += (uint32_t)width)
        if (!set_code(t, d, avm_utf8_decode(z->data + i, &width), AVM_NONE)) return false;
    return true;
}

AvmValue avm_str_maketrans(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmDict *d = avm_dict_new(t);
    if (!d) return AVM_FAIL;
    if (args[1] ? from_strings(t, d, args) : from_dict(t, d, args[0])) return avm_value(d);
    avm_drop(t, d);
    return AVM_FAIL;
}

AvmValue avm_str_encode(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *names[2];
    if (!avm_codec_names(t, "encode", args + 1, names)) return AVM_FAIL;
    return avm_value(avm_encode(t, avm_as_str(t, args[0]), names[0], names[1]));
}
