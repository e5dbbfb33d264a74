// _json.encode: values to JSON text. Options and the classes of the module are script (json.aio).
#include <math.h>

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
    AvmBuf open; // the containers being encoded: a cycle shows there
} Encoder;

static bool encode(Encoder *e, AvmValue v);

static void add_escape(AvmBuf *out, uint32_t unit) { avm_buf_printf(out, "\\u%04x", unit); }

static void add_string(Encoder *e, AvmStr *s) {
    AvmBuf *out = &e->out;
    avm_buf_byte(out, '"');
    size_t plain = 0;
    for (size_t i = 0, n; i < s->len; i += n) {
        unsigned char c = (unsigned char)s->data[i];
        n = 1;
        if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7F) continue;
        if (c >= 0x7F && !e->ascii) continue;
        avm_buf_add(out, s->data + plain, i - plain);
        static const char special[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
        const char *at = c ? strchr(special, c) : NULL;
        if (c >= 0x80) {
            uint32_t code = avm_utf8_decode(s->data + i, &n);
            if (code > 0xFFFF) {
                add_escape(out, 0xD800 + ((code - 0x10000) >> 10));
                add_escape(out, 0xDC00 + (code & 0x3FF));
            } else {
                add_escape(out, code);
            }
        } else if (at) {
            avm_buf_byte(out, '\\');
            avm_buf_byte(out, letters[at - special]);
        } else {
            add_escape(out, c);
        }
        plain = i + n;
    }
    avm_buf_add(out, s->data + plain, s->len - plain);
    avm_buf_byte(out, '"');
}

static bool add_text(Encoder *e, AvmValue text) {
    AvmStr *s = text ? avm_as_str(e->t, text) : NULL;
    if (s) avm_buf_add(&e->out, s->data, s->len);
    avm_decref(e->t, text);
    return s != NULL;
}

static bool add_float(Encoder *e, double d) {
    if (isfinite(d)) return add_text(e, avm_float_repr(e->t, d));
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
    AvmStr *s = avm_as_str(t, v);
    if (s)
        add_string(e, s);
    else if (v == AVM_NONE)
        avm_buf_text(&e->out, "null");
    else if (avm_is_bool(v))
        avm_buf_text(&e->out, v == AVM_TRUE ? "true" : "false");
    else if (avm_is_int(t, v))
        return avm_int_to_text(t, v, 10, &e->out) ? 1 : -1;
    else if (avm_is_float(v) || avm_is_sub(t, v, AVM_TYPE_SUB_FLOAT))
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

static bool add_array(Encoder *e, AvmValue v) {
    AvmTuple *items = avm_tuple_from_iter(e->t, v);
    if (!items) return false;
    bool good = true;
    avm_buf_byte(&e->out, '[');
    e->level++;
    for (uint32_t i = 0; i < items->len && good; i++) {
        if (i) avm_buf_add(&e->out, e->item_separator->data, e->item_separator->len);
        add_line(e);
        good = encode(e, items->items[i]);
    }
    e->level--;
    if (items->len) add_line(e);
    avm_buf_byte(&e->out, ']');
    avm_drop(e->t, items);
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

// (key, value) pairs of a dict, sorted if that is wanted.
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
    if (list && e->sort_keys && !avm_list_sort(t, list, AVM_NONE, false)) {
        avm_drop(t, list);
        return NULL;
    }
    return list;
}

static bool add_object(Encoder *e, AvmDict *d) {
    AvmList *pairs = pairs_of(e, d);
    if (!pairs) return false;
    bool good = true, any = false;
    avm_buf_byte(&e->out, '{');
    e->level++;
    for (uint32_t i = 0; i < pairs->len && good; i++) {
        AvmTuple *pair = (AvmTuple *)avm_obj(pairs->items[i]);
        size_t start = e->out.len;
        if (any) avm_buf_add(&e->out, e->item_separator->data, e->item_separator->len);
        add_line(e);
        int key = add_key(e, pair->items[0]);
        if (key == 0) {
            e->out.len = start;
            continue;
        }
        avm_buf_add(&e->out, e->key_separator->data, e->key_separator->len);
        good = key > 0 && encode(e, pair->items[1]);
        any = true;
    }
    e->level--;
    if (any) add_line(e);
    avm_buf_byte(&e->out, '}');
    avm_drop(e->t, pairs);
    return good;
}

static bool encode(Encoder *e, AvmValue v) {
    AvmThread *t = e->t;
    int simple = add_scalar(e, v);
    if (simple) return simple > 0 && !e->out.failed;
    if ((e->out.len & 0xFFF) == 0 && !avm_charge(t, 0x1000)) return false;
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
