// _json.decode: JSON text to values; and the module _json. The rest is script (json.aio).
#include <endian.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stdlib/jsonparts.h"
#include "stdlib/modules.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"

enum { KEYS = 32 };

// Hooks are AVM_NONE when not given. Keys come again and again: each is made and hashed once as long as its
// place in `keys` is not taken by another.
typedef struct Decoder {
    AvmThread *t;
    AvmStr *text;
    const char *p; // the text
    size_t at, len;
    AvmValue error; // error(msg, doc, pos): the exception
    AvmValue object_hook, pairs_hook, parse_float, parse_int, parse_constant;
    bool strict;
    size_t charged; // of the text, as fuel
    uint32_t likely; // how many members an object has: as many as the one before
    AvmStr *keys[KEYS];
} Decoder;

static AvmValue decode(Decoder *d);

static AvmValue fail(Decoder *d, const char *message, size_t at) {
    AvmThread *t = d->t;
    AvmStr *text = avm_str_text(t, message);
    if (!text) return AVM_FAIL;
    size_t position = avm_utf8_count(d->p, at < d->len ? at : d->len);
    AvmValue args[3] = {avm_value(text), avm_value(d->text), avm_inline_int_value((int64_t)position)};
    AvmValue exc = avm_call(t, d->error, args, 3);
    avm_drop(t, text);
    if (exc == AVM_FAIL) return AVM_FAIL;
    avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
    return AVM_FAIL;
}

static inline void skip_space(Decoder *d) {
    // The text ends with a NUL, which is none of these.
    while ((unsigned char)d->p[d->at] <= ' ' &&
           (d->p[d->at] == ' ' || d->p[d->at] == '\n' || d->p[d->at] == '\r' || d->p[d->at] == '\t'))
        d->at++;
}

// 0 at the end: the NUL that stands behind every text.
static inline char peek(const Decoder *d) { return d->p[d->at]; }

// --- strings

static int hex4(const Decoder *d, size_t at) {
    int value = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < d->len ? d->p[i] : 0;
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

// After "\u": one code point, of a surrogate pair if there is one.
static bool unicode_escape(Decoder *d, AvmBuf *b) {
    int code = hex4(d, d->at);
    // Something has to follow, if only the closing quote: CPython looks there before it looks for that.
    if (code < 0 || d->at + 4 >= d->len) return fail(d, "Invalid \\uXXXX escape", d->at - 1) != AVM_FAIL;
    d->at += 4;
    if (code >= 0xD800 && code < 0xDC00 && d->at + 6 < d->len && d->p[d->at] == '\\' &&
        d->p[d->at + 1] == 'u') {
        int low = hex4(d, d->at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            d->at += 6;
        }
    }
    return avm_buf_utf8(b, (uint32_t)code) || avm_raise_memory(d->t) != AVM_FAIL;
}

static bool escape(Decoder *d, AvmBuf *b, size_t begin) {
    if (d->at >= d->len) return fail(d, "Unterminated string starting at", begin) != AVM_FAIL;
    char c = d->p[d->at++];
    if (c == 'u') return unicode_escape(d, b);
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(letters, c) : NULL;
    if (!found) return fail(d, "Invalid \\escape", d->at - 2) != AVM_FAIL;
    return avm_buf_byte(b, meanings[found - letters]) || avm_raise_memory(d->t) != AVM_FAIL;
}

// Moves on to the first control character, quote or backslash, or the end. False: there were others than
// ASCII on the way.
static bool skip_plain(Decoder *d) {
    const char *p = d->p;
    size_t at = d->at, len = d->len;
    uint64_t all = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t w;
        memcpy(&w, p + at, 8);
        w = le64toh(w);
        uint64_t found = avm_json_special(w);
        if (found) {
            all |= w & (found ^ (found - 1)) >> 8; // of the bytes before it
            d->at = at + (size_t)__builtin_ctzll(found) / 8;
            return !(all & 0x8080808080808080u);
        }
        all |= w;
    }
    for (; at < len && p[at] != '"' && p[at] != '\\' && (unsigned char)p[at] >= 0x20; at++)
        all |= (unsigned char)p[at];
    d->at = at;
    return !(all & 0x8080808080808080u);
}

static AvmValue decode_escaped(Decoder *d, size_t begin) {
    AvmBuf b;
    avm_buf_init(&b, &d->t->vm->alloc);
    avm_buf_add(&b, d->p + begin + 1, d->at - begin - 1);
    for (;;) {
        if (d->at >= d->len) {
            fail(d, "Unterminated string starting at", begin);
            break;
        }
        char c = d->p[d->at];
        if (c == '"') {
            d->at++;
            AvmValue v = avm_value(avm_str_from_buf(d->t, &b));
            avm_buf_free(&b);
            return v;
        }
        if (c == '\\') {
            d->at++;
            if (!escape(d, &b, begin)) break;
        } else if ((unsigned char)c < 0x20) {
            if (d->strict) {
                fail(d, "Invalid control character at", d->at);
                break;
            }
            avm_buf_byte(&b, c);
            d->at++;
        }
        size_t start = d->at;
        skip_plain(d);
        avm_buf_add(&b, d->p + start, d->at - start);
    }
    avm_buf_free(&b);
    return AVM_FAIL;
}

static AvmValue decode_string(Decoder *d) {
    size_t begin = d->at++;
    bool ascii = skip_plain(d);
    if (d->at >= d->len || d->p[d->at] != '"') return decode_escaped(d, begin);
    const char *p = d->p + begin + 1;
    size_t n = d->at++ - begin - 1;
    return avm_value(avm_str_new_counted(d->t, p, n, ascii ? n : avm_utf8_count(p, n)));
}

static AvmStr **key_place(Decoder *d, const char *p, size_t n) {
    size_t mixed = n * 31 + (unsigned char)p[0] * 7 + (unsigned char)p[n / 2] * 3 + (unsigned char)p[n - 1];
    return &d->keys[(mixed ^ mixed >> 5) % KEYS];
}

// As decode_string, for what is likely to come again.
static AvmValue decode_key(Decoder *d) {
    size_t begin = d->at++;
    bool ascii = skip_plain(d);
    const char *p = d->p + begin + 1;
    size_t n = d->at - begin - 1;
    if (!ascii || n < 2 || n > 64 || d->at >= d->len || d->p[d->at] != '"') {
        d->at = begin;
        return decode_string(d);
    }
    d->at++;
    AvmStr **place = key_place(d, p, n);
    if (*place && (*place)->len == n && !memcmp((*place)->data, p, n)) return avm_incref(avm_value(*place));
    AvmStr *key = avm_str_new_counted(d->t, p, n, n);
    if (!key) return AVM_FAIL;
    avm_drop(d->t, *place);
    *place = avm_retain(key);
    return avm_value(key);
}

static void forget_keys(Decoder *d) {
    for (int i = 0; i < KEYS; i++) avm_drop(d->t, d->keys[i]);
}

// --- numbers and words

static AvmValue by_hook(Decoder *d, AvmValue hook, const char *p, size_t n) {
    AvmStr *text = avm_str_new(d->t, p, n);
    AvmValue v = text ? avm_call1(d->t, hook, avm_value(text)) : AVM_FAIL;
    avm_drop(d->t, text);
    return v;
}

static size_t skip_digits(const char *p, size_t at) {
    while (p[at] >= '0' && p[at] <= '9') at++;
    return at;
}

// The NUL behind the text ends every search here.
static AvmValue decode_number(Decoder *d, size_t start) {
    const char *p = d->p;
    size_t at = start + (p[start] == '-'), first = at;
    if (p[at] < '0' || p[at] > '9') return AVM_DONE;
    at = p[at] == '0' ? at + 1 : skip_digits(p, at + 1);
    bool is_float = p[at] == '.' && p[at + 1] >= '0' && p[at + 1] <= '9';
    size_t whole = at - first;
    if (is_float) at = skip_digits(p, at + 1);
    if ((p[at] | 32) == 'e') {
        size_t e = at + 1;
        if (p[e] == '+' || p[e] == '-') e++;
        if (p[e] >= '0' && p[e] <= '9') {
            is_float = true;
            at = skip_digits(p, e);
        }
    }
    d->at = at;
    size_t n = at - start;
    AvmValue hook = is_float ? d->parse_float : d->parse_int;
    if (hook != AVM_NONE) return by_hook(d, hook, p + start, n);
    if (is_float) {
        double value;
        return avm_double_parse(p + start, n, &value) ? avm_float_value(value) : avm_raise_memory(d->t);
    }
    if (whole > 14) return avm_int_from_text(d->t, p + start, n, 10);
    int64_t value = 0;
    for (size_t i = first; i < at; i++) value = value * 10 + (p[i] - '0');
    return avm_inline_int_value(first > start ? -value : value);
}

static bool word(Decoder *d, const char *w) {
    size_t n = strlen(w);
    if (d->len - d->at < n || memcmp(d->p + d->at, w, n)) return false;
    d->at += n;
    return true;
}

static AvmValue constant(Decoder *d, const char *name, double value) {
    if (d->parse_constant != AVM_NONE) return by_hook(d, d->parse_constant, name, strlen(name));
    return avm_float_value(value);
}

static AvmValue decode_word(Decoder *d) {
    size_t start = d->at;
    char c = peek(d);
    if (c >= '0' && c <= '9') return decode_number(d, start);
    if (word(d, "null")) return AVM_NONE;
    if (word(d, "true")) return AVM_TRUE;
    if (word(d, "false")) return AVM_FALSE;
    if (word(d, "NaN")) return constant(d, "NaN", __builtin_nan(""));
    if (word(d, "Infinity")) return constant(d, "Infinity", __builtin_inf());
    if (word(d, "-Infinity")) return constant(d, "-Infinity", -__builtin_inf());
    AvmValue v = decode_number(d, start);
    return v == AVM_DONE ? fail(d, "Expecting value", start) : v;
}

// --- containers

static AvmValue decode_array(Decoder *d) {
    AvmThread *t = d->t;
    AvmList *list = avm_list_new(t, 4);
    d->at++;
    skip_space(d);
    if (list && peek(d) == ']') {
        d->at++;
        return avm_value(list);
    }
    while (list) {
        AvmValue v = decode(d);
        if (v == AVM_FAIL || !avm_list_append_take(t, list, v)) break;
        skip_space(d);
        char c = peek(d);
        if (c == ']') {
            d->at++;
            return avm_value(list);
        }
        if (c != ',') {
            fail(d, "Expecting ',' delimiter", d->at);
            break;
        }
        size_t comma = d->at++;
        skip_space(d);
        if (peek(d) == ']') {
            fail(d, "Illegal trailing comma before end of array", comma);
            break;
        }
    }
    avm_drop(t, list);
    return AVM_FAIL;
}

// The next "key": value; new references. false: exception.
static bool decode_pair(Decoder *d, AvmValue pair[2]) {
    if (peek(d) != '"')
        return fail(d, "Expecting property name enclosed in double quotes", d->at) != AVM_FAIL;
    pair[0] = decode_key(d);
    if (pair[0] == AVM_FAIL) return false;
    skip_space(d);
    if (peek(d) == ':') {
        d->at++;
        skip_space(d);
        pair[1] = decode(d);
        if (pair[1] != AVM_FAIL) return true;
    } else {
        fail(d, "Expecting ':' delimiter", d->at);
    }
    avm_decref(d->t, pair[0]);
    return false;
}

static bool add_pair(Decoder *d, AvmDict *dict, AvmList *list, AvmValue pair[2]) {
    bool good;
    if (list) {
        AvmTuple *tuple = avm_tuple_from(d->t, pair, 2);
        good = tuple && avm_list_append_take(d->t, list, avm_value(tuple));
    } else {
        good = avm_dict_set(d->t, dict, pair[0], pair[1]);
    }
    avm_decref(d->t, pair[0]);
    avm_decref(d->t, pair[1]);
    return good;
}

static bool decode_members(Decoder *d, AvmDict *dict, AvmList *list) {
    d->at++;
    skip_space(d);
    if (peek(d) == '}') {
        d->at++;
        return true;
    }
    for (;;) {
        AvmValue pair[2];
        if (!decode_pair(d, pair) || !add_pair(d, dict, list, pair)) return false;
        skip_space(d);
        char c = peek(d);
        if (c == '}') {
            d->at++;
            return true;
        }
        if (c != ',') return fail(d, "Expecting ',' delimiter", d->at) != AVM_FAIL;
        size_t comma = d->at++;
        skip_space(d);
        if (peek(d) == '}') return fail(d, "Illegal trailing comma before end of object", comma) != AVM_FAIL;
    }
}

static AvmValue decode_object(Decoder *d) {
    AvmThread *t = d->t;
    bool pairs = d->pairs_hook != AVM_NONE;
    AvmDict *dict = pairs ? NULL : avm_dict_new(t);
    AvmList *list = pairs ? avm_list_new(t, 4) : NULL;
    AvmValue made = pairs ? avm_value(list) : avm_value(dict);
    if (made == AVM_FAIL) return AVM_FAIL;
    bool room = !dict || d->likely < 2 || d->p[d->at + 1] == '}' || avm_dict_reserve(t, dict, d->likely);
    if (!room || !decode_members(d, dict, list)) {
        avm_decref(t, made);
        return AVM_FAIL;
    }
    if (dict) d->likely = dict->used < 16 ? dict->used : 16;
    AvmValue hook = pairs ? d->pairs_hook : d->object_hook;
    if (hook == AVM_NONE) return made;
    AvmValue v = avm_call1(t, hook, made);
    avm_decref(t, made);
    return v;
}

static AvmValue decode(Decoder *d) {
    char c = peek(d);
    if (c == '"') return decode_string(d);
    if (c != '{' && c != '[') return decode_word(d);
    if (d->at - d->charged >= 0x1000) {
        if (!avm_charge(d->t, d->at - d->charged)) return AVM_FAIL;
        d->charged = d->at;
    }
    if (!avm_native_enter(d->t)) return AVM_FAIL;
    AvmValue v = c == '{' ? decode_object(d) : decode_array(d);
    avm_native_leave(d->t);
    return v;
}

// decode(text, start, whole, error, strict, object_hook, object_pairs_hook, parse_float, parse_int,
// parse_constant): the value if whole, else (value, end).
AvmValue avm_json_decode(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *text = avm_as_str(t, args[0]);
    int64_t start;
    if (!text) return avm_raise_type(t, "the text must be str, not %T", args[0]);
    if (!avm_index(t, args[1], &start)) return AVM_FAIL;
    int whole = avm_truth(t, args[2]), strict = avm_truth(t, args[4]);
    if (whole < 0 || strict < 0) return AVM_FAIL;
    Decoder d = {.t = t,
                 .text = text,
                 .p = text->data,
                 .len = text->len,
                 .error = args[3],
                 .strict = strict,
                 .object_hook = args[5],
                 .pairs_hook = args[6],
                 .parse_float = args[7],
                 .parse_int = args[8],
                 .parse_constant = args[9]};
    d.at = start <= 0 ? 0 : start > text->count ? text->len : avm_str_offset(t, text, (uint32_t)start);
    d.charged = d.at;
    if (whole) skip_space(&d);
    AvmValue v = decode(&d);
    forget_keys(&d);
    if (v == AVM_FAIL) return AVM_FAIL;
    if (whole) {
        skip_space(&d);
        if (d.at == d.len) return v;
        avm_decref(t, v);
        return fail(&d, "Extra data", d.at);
    }
    AvmValue pair[2] = {v, avm_inline_int_value((int64_t)avm_utf8_count(d.p, d.at))};
    AvmTuple *result = avm_tuple_from(t, pair, 2);
    avm_decref(t, v);
    return avm_value(result);
}

static const AvmNativeDef functions[] = {
    {"decode", avm_json_decode,
     "decode(text, start, whole, error, strict, object_hook, object_pairs_hook, parse_float, parse_int, "
     "parse_constant, /)",
     "The value of JSON text."},
    {"encode", avm_json_encode,
     "encode(obj, ensure_ascii, allow_nan, sort_keys, skipkeys, check_circular, indent, item_separator, "
     "key_separator, default, /)",
     "The JSON text of a value."},
    {0},
};

const AvmModuleDef avm_json_module = {
    .name = "_json",
    .doc = "The part of json that is C.",
    .functions = functions,
};
