// _json.encode: values to JSON text. Options and the classes of the module are script (json.aio).
#include <endian.h>
#include <math.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stdlib/jsonparts.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

typedef struct Encoder {
    AvmThread *t;
    AvmBuf out;
    bool ascii, allow_nan, sort_keys, skip_keys, check_circular;
    AvmStr *indent; // or NULL
    AvmStr *item_separator, *key_separator;
    AvmValue fallback; // default(), or None
    uint32_t level;
    size_t charged; // of out, in bytes, as fuel
    AvmBuf open; // the containers being encoded: a cycle shows there
} Encoder;

static bool encode(Encoder *e, AvmValue v);

static void add_escape(AvmBuf *out, uint32_t unit) { avm_buf_printf(out, "\\u%04x", unit); }

// Of eight bytes: the highest bit of each that needs a look; with `ascii` what lies beyond '~' too.
static uint64_t special_bytes(uint64_t w, bool ascii) {
    const uint64_t ones = 0x0101010101010101u, high = ones * 0x80;
    return avm_json_special(w) | (ascii ? (w | ((w & ~high) + ones)) & high : 0);
}

// How many bytes from p on stand for themselves.
static size_t plain_run(const char *p, size_t n, bool ascii) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        uint64_t found = special_bytes(le64toh(w), ascii);
        if (found) return i + (size_t)__builtin_ctzll(found) / 8;
    }
    for (; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 0x20 || c == '"' || c == '\\' || (ascii && c >= 0x7F)) break;
    }
    return i;
}

// The character at p escaped; returns its length in bytes.
static size_t add_special(AvmBuf *out, const char *p) {
    static const char special[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
    unsigned char c = (unsigned char)*p;
    const char *at = c ? strchr(special, c) : NULL;
    size_t n = 1;
    if (at) {
        avm_buf_byte(out, '\\');
        avm_buf_byte(out, letters[at - special]);
        return 1;
    }
    uint32_t code = avm_utf8_decode(p, &n);
    if (code > 0xFFFF) {
        add_escape(out, 0xD800 + ((code - 0x10000) >> 10));
        add_escape(out, 0xDC00 + (code & 0x3FF));
    } else {
        add_escape(out, code);
    }
    return n;
}

static void add_string(Encoder *e, AvmStr *s) {
    AvmBuf *out = &e->out;
    if (!avm_buf_reserve(out, (size_t)s->len + 2)) return;
    avm_buf_byte(out, '"');
    for (size_t i = 0; i < s->len;) {
        size_t n = plain_run(s->data + i, s->len - i, e->ascii);
        avm_buf_add(out, s->data + i, n);
        i += n;
        if (i < s->len) i += add_special(out, s->data + i);
    }
    avm_buf_byte(out, '"');
}

static bool add_float(Encoder *e, double d) {
    char text[AVM_DOUBLE_REPR_MAX];
    if (isfinite(d)) return avm_buf_add(&e->out, text, avm_double_repr(d, text));
    if (!e->allow_nan) {
        avm_raise_value(e->t, "Out of range float values are not JSON compliant: %R", avm_float_value(d));
        return false;
    }
    return avm_buf_text(&e->out, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}

static void add_line(Encoder *e) {
    if (!e->indent) return;
    avm_buf_byte(&e->out, '\n');
    for (uint32_t i = 0; i < e->level; i++) avm_buf_add(&e->out, e->indent->data, e->indent->len);
}

// Is it a simple value? 1: written, 0: no, -1: exception.
static int add_scalar(Encoder *e, AvmValue v) {
    AvmThread *t = e->t;
    AvmStr *s;
    if (avm_is_str(v))
        add_string(e, (AvmStr *)avm_obj(v));
    else if (avm_is_inline_int(v))
        return avm_int_to_text(t, v, 10, &e->out) ? 1 : -1;
    else if (avm_is_float(v))
        return add_float(e, avm_float(v)) ? 1 : -1;
    else if (v == AVM_NONE)
        avm_buf_add(&e->out, "null", 4);
    else if (avm_is_bool(v))
        avm_buf_add(&e->out, v == AVM_TRUE ? "true" : "false", v == AVM_TRUE ? 4 : 5);
    else if (avm_is_list(v) || avm_is_dict(v))
        return 0;
    else if ((s = avm_as_str(t, v)))
        add_string(e, s);
    else if (avm_is_int(t, v))
        return avm_int_to_text(t, v, 10, &e->out) ? 1 : -1;
    else if (avm_is_sub(t, v, AVM_TYPE_SUB_FLOAT))
        return add_float(e, avm_float_object(v)) ? 1 : -1;
    else
        return 0;
    return 1;
}

// Enters a container; false: it is being encoded already.
static bool enter(Encoder *e, AvmValue v) {
    for (size_t i = 0; e->check_circular && i < e->open.len; i += sizeof v)
        if (!memcmp(e->open.data + i, &v, sizeof v))
            return avm_raise_value(e->t, "Circular reference detected") != AVM_FAIL;
    if (!avm_buf_add(&e->open, &v, sizeof v)) return avm_raise_memory(e->t) != AVM_FAIL;
    return avm_native_enter(e->t);
}

static void leave(Encoder *e) {
    e->open.len -= sizeof(AvmValue);
    avm_native_leave(e->t);
}

// Items are asked for one by one: default() may change the list.
static bool add_array(Encoder *e, AvmValue v) {
    AvmThread *t = e->t;
    AvmValue *items,
        held = avm_is_list(v) || avm_is_tuple(v) ? avm_incref(v) : avm_value(avm_tuple_from_iter(t, v));
    uint32_t n, i;
    if (held == AVM_FAIL) return false;
    bool good = true;
    avm_buf_byte(&e->out, '[');
    e->level++;
    for (i = 0; good && (avm_seq_items(t, held, &items, &n), i < n); i++) {
        AvmValue item = avm_incref(items[i]);
        if (i) avm_buf_add(&e->out, e->item_separator->data, e->item_separator->len);
        add_line(e);
        good = encode(e, item);
        avm_decref(t, item);
    }
    e->level--;
    if (i) add_line(e);
    avm_buf_byte(&e->out, ']');
    avm_decref(t, held);
    return good;
}

// The key as a string: 1; 0: to be left out; -1: exception.
static int add_key(Encoder *e, AvmValue key) {
    AvmThread *t = e->t;
    AvmStr *s = avm_as_str(t, key);
    if (s) {
        add_string(e, s);
        return 1;
    }
    bool simple =
        key == AVM_NONE || avm_is_int(t, key) || avm_is_float(key) || avm_is_sub(t, key, AVM_TYPE_SUB_FLOAT);
    if (!simple) {
        if (e->skip_keys) return 0;
        avm_raise_type(t, "keys must be str, int, float, bool or None, not %T", key);
        return -1;
    }
    avm_buf_byte(&e->out, '"');
    if (add_scalar(e, key) < 0) return -1;
    avm_buf_byte(&e->out, '"');
    return 1;
}

// The (key, value) pairs of a dict, sorted.
static AvmList *pairs_of(Encoder *e, AvmDict *d) {
    AvmThread *t = e->t;
    AvmList *list = avm_list_new(t, d->used);
    uint32_t pos = 0;
    AvmValue pair[2];
    while (list && avm_dict_next(d, &pos, &pair[0], &pair[1])) {
        AvmTuple *tuple = avm_tuple_from(t, pair, 2);
        if (!tuple || !avm_list_append_take(t, list, avm_value(tuple))) {
            avm_drop(t, list);
            return NULL;
        }
    }
    if (list && !avm_list_sort(t, list, AVM_NONE, false)) {
        avm_drop(t, list);
        return NULL;
    }
    return list;
}

// One pair, with what stands before it. *any: others came before; false: exception.
static bool add_pair(Encoder *e, AvmValue key, AvmValue value, bool *any) {
    size_t start = e->out.len;
    if (*any) avm_buf_add(&e->out, e->item_separator->data, e->item_separator->len);
    add_line(e);
    int written = add_key(e, key);
    if (written <= 0) {
        e->out.len = start;
        return written == 0;
    }
    avm_buf_add(&e->out, e->key_separator->data, e->key_separator->len);
    *any = true;
    return encode(e, value);
}

static bool add_sorted(Encoder *e, AvmDict *d, bool *any) {
    AvmList *pairs = pairs_of(e, d);
    bool good = pairs != NULL;
    for (uint32_t i = 0; good && i < pairs->len; i++) {
        AvmTuple *pair = (AvmTuple *)avm_obj(pairs->items[i]);
        good = add_pair(e, pair->items[0], pair->items[1], any);
    }
    avm_drop(e->t, pairs);
    return good;
}

static bool add_object(Encoder *e, AvmDict *d) {
    bool good = true, any = false;
    avm_buf_byte(&e->out, '{');
    e->level++;
    if (e->sort_keys) {
        good = add_sorted(e, d, &any);
    } else {
        uint32_t pos = 0;
        AvmValue key, value;
        while (good && avm_dict_next(d, &pos, &key, &value)) {
            avm_incref(key);
            avm_incref(value);
            good = add_pair(e, key, value, &any);
            avm_decref(e->t, key);
            avm_decref(e->t, value);
        }
    }
    e->level--;
    if (any) add_line(e);
    avm_buf_byte(&e->out, '}');
    return good;
}

static bool encode(Encoder *e, AvmValue v) {
    AvmThread *t = e->t;
    int simple = add_scalar(e, v);
    if (simple) return simple > 0 && !e->out.failed;
    if (e->out.len - e->charged >= 0x1000) {
        if (!avm_charge(t, e->out.len - e->charged)) return false;
        e->charged = e->out.len;
    }
    if (!enter(e, v)) return false;
    bool good;
    AvmDict *d = avm_as_dict(t, v);
    if (d) {
        good = add_object(e, d);
    } else if (avm_is_sub(t, v, AVM_TYPE_SUB_LIST | AVM_TYPE_SUB_TUPLE)) {
        good = add_array(e, v);
    } else if (e->fallback == AVM_NONE) {
        good = avm_raise_type(t, "Object of type %T is not JSON serializable", v) != AVM_FAIL;
    } else {
        AvmValue other = avm_call1(t, e->fallback, v);
        good = other != AVM_FAIL && encode(e, other);
        avm_decref(t, other);
    }
    leave(e);
    return good && !e->out.failed;
}

// encode(obj, ensure_ascii, allow_nan, sort_keys, skipkeys, check_circular, indent, item_separator,
// key_separator, default)
AvmValue avm_json_encode(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    bool flags[5];
    for (int i = 0; i < 5; i++) {
        int truth = avm_truth(t, args[1 + i]);
        if (truth < 0) return AVM_FAIL;
        flags[i] = truth;
    }
    Encoder e = {.t = t,
                 .ascii = flags[0],
                 .allow_nan = flags[1],
                 .sort_keys = flags[2],
                 .skip_keys = flags[3],
                 .check_circular = flags[4],
                 .indent = avm_as_str(t, args[6]),
                 .item_separator = avm_as_str(t, args[7]),
                 .key_separator = avm_as_str(t, args[8]),
                 .fallback = args[9]};
    if (!e.item_separator || !e.key_separator) return avm_raise_type(t, "separators must be str");
    avm_buf_init(&e.out, &t->vm->alloc);
    avm_buf_init(&e.open, &t->vm->alloc);
    bool good = encode(&e, args[0]);
    if (!good && !avm_failed(t) && !t->exhausted) avm_raise_memory(t);
    AvmValue text = good ? avm_value(avm_str_from_buf(t, &e.out)) : AVM_FAIL;
    avm_buf_free(&e.out);
    avm_buf_free(&e.open);
    return text;
}
