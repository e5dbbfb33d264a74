// str as scripts see it: the type, its operators, its iterators and its table of methods.
#include "base/utf8.h"
#include "vm/builtins.h"
#include "vm/types/chars.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/strcase.h"

static AvmStr *str_of(AvmValue v) { return (AvmStr *)avm_obj(v); }

// --- slots

static AvmValue str_repr(AvmThread *t, AvmValue v) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_str_repr_to(t, str_of(v), &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

static AvmValue str_str(AvmThread *t, AvmValue v) { return avm_value(avm_str_exact(t, str_of(v))); }

static bool str_hash(AvmThread *t, AvmValue v, int64_t *out) {
    *out = avm_str_hash(t, str_of(v));
    return true;
}

static int64_t str_len(AvmThread *t, AvmValue v) {
    (void)t;
    return str_of(v)->count;
}

static int str_truth(AvmThread *t, AvmValue v) {
    (void)t;
    return str_of(v)->len > 0;
}

static AvmValue str_slice(AvmThread *t, AvmStr *s, AvmSlice *slice) {
    int64_t start, step, count;
    if (!avm_slice_indices(t, slice, s->count, &start, &step, &count)) return AVM_FAIL;
    if (count <= 0) return avm_incref(avm_value(t->vm->empty_str));
    if (step == 1) return avm_value(avm_str_slice(t, s, (uint32_t)start, (uint32_t)(start + count)));
    if (!avm_charge(t, (uint64_t)count / 4)) return AVM_FAIL;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_reserve(&b, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        const char *p = s->data + avm_str_offset(t, s, (uint32_t)(start + i * step));
        avm_buf_add(&b, p, avm_utf8_width((unsigned char)*p));
    }
    return avm_value(avm_str_from_buf(t, &b));
}

static AvmValue str_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    AvmStr *s = str_of(v);
    int64_t i;
    if (avm_is_inline_int(key))
        i = avm_inline_int(key);
    else if (avm_is(key, AVM_T_SLICE))
        return str_slice(t, s, (AvmSlice *)avm_obj(key));
    else if (!avm_has_index(t, key))
        return avm_raise_type(t, "string indices must be integers, not '%T'", key);
    else if (!avm_item_index(t, key, &i))
        return AVM_FAIL;
    if (i < 0) i += s->count;
    if (i < 0 || i >= s->count) return avm_raise(t, AVM_EXC(t, IndexError), "string index out of range");
    size_t width;
    return avm_value(avm_str_char(t, avm_utf8_decode(s->data + avm_str_offset(t, s, (uint32_t)i), &width)));
}

static AvmValue repeat(AvmThread *t, AvmValue s, AvmValue times) {
    int64_t n;
    if (!avm_has_index(t, times)) return AVM_NOTIMPL;
    if (!avm_index_exact(t, times, &n, "cannot fit 'int' into an index-sized integer")) return AVM_FAIL;
    return avm_value(avm_str_repeat(t, str_of(s), n));
}

static AvmValue str_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    AvmStr *x = avm_as_str(t, a), *y = avm_as_str(t, b);
    switch (op) {
    case AVM_ADD: return x && y ? avm_value(avm_str_concat(t, x, y)) : AVM_NOTIMPL;
    case AVM_MUL: return x ? repeat(t, a, b) : repeat(t, b, a);
    case AVM_MOD: return x ? avm_str_percent(t, x, b) : AVM_NOTIMPL;
    default: return AVM_NOTIMPL;
    }
}

static AvmValue str_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    AvmStr *x = str_of(a), *y = avm_as_str(t, b);
    if (!y) return AVM_NOTIMPL;
    switch (op) {
    case AVM_EQ: return avm_bool(avm_str_equal(x, y));
    case AVM_NE: return avm_bool(!avm_str_equal(x, y));
    case AVM_LT: return avm_bool(avm_str_compare(x, y) < 0);
    case AVM_LE: return avm_bool(avm_str_compare(x, y) <= 0);
    case AVM_GT: return avm_bool(avm_str_compare(x, y) > 0);
    default: return avm_bool(avm_str_compare(x, y) >= 0);
    }
}

// --- iterators

typedef struct StrIter {
    AvmObj h;
    uint32_t at; // byte
    AvmStr *str; // NULL when exhausted
} StrIter;

static AvmValue str_iter(AvmThread *t, AvmValue v) {
    bool ascii = str_of(v)->h.flags & AVM_STR_ASCII;
    StrIter *it = avm_object_new_id(t, ascii ? AVM_T_STRASCIIITER : AVM_T_STRITER, sizeof *it);
    if (it) it->str = str_of(avm_incref(v));
    return avm_value(it);
}

static void striter_free(AvmThread *t, AvmObj *o) {
    if (((StrIter *)o)->str) avm_drop(t, ((StrIter *)o)->str);
}

static void striter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((StrIter *)o)->str) visit(avm_value(((StrIter *)o)->str), arg);
}

static AvmValue striter_self(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(v);
}

static AvmValue striter_next(AvmThread *t, AvmValue v) {
    StrIter *it = (StrIter *)avm_obj(v);
    AvmStr *s = it->str;
    if (!s) return AVM_DONE;
    if (it->at >= s->len) {
        it->str = NULL;
        avm_drop(t, s);
        return AVM_DONE;
    }
    size_t width;
    uint32_t c = avm_utf8_decode(s->data + it->at, &width);
    it->at += (uint32_t)width;
    return avm_value(avm_str_char(t, c));
}

static AvmValue striter_length_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    StrIter *it = (StrIter *)avm_obj(args[0]);
    if (!it->str) return avm_inline_int_value(0);
    return avm_inline_int_value((int64_t)avm_utf8_count(it->str->data + it->at, it->str->len - it->at));
}

static const AvmNativeDef striter_methods[] = {
    {"__length_hint__", striter_length_hint, "__length_hint__()", "How many are still to come."},
    {0},
};

#define STRITER_SLOTS                                                                                        \
    { .free = striter_free, .traverse = striter_traverse, .iter = striter_self, .next = striter_next }

const AvmTypeDef avm_striter_def = {
    .name = "str_iterator",
    .id = AVM_T_STRITER,
    .size = sizeof(StrIter),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = STRITER_SLOTS,
    .methods = striter_methods,
};
const AvmTypeDef avm_strasciiiter_def = {
    .name = "str_ascii_iterator",
    .id = AVM_T_STRASCIIITER,
    .size = sizeof(StrIter),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = STRITER_SLOTS,
    .methods = striter_methods,
};

// --- making

static bool name_arg(AvmThread *t, AvmValue v, const char *what, const char **out) {
    if (!v) return true;
    AvmStr *s = avm_as_str(t, v);
    if (!s) return avm_raise_type(t, "str() argument '%s' must be str, not %s", what, avm_arg_kind(t, v));
    *out = s->data;
    return true;
}

static AvmValue decoded(AvmThread *t, AvmValue *args) {
    const char *encoding = "utf-8", *errors = "strict", *p;
    size_t n;
    if (!name_arg(t, args[2], "encoding", &encoding) || !name_arg(t, args[3], "errors", &errors))
        return AVM_FAIL;
    if (!args[1]) return avm_incref(avm_value(t->vm->empty_str));
    if (avm_as_str(t, args[1])) return avm_raise_type(t, "decoding str is not supported");
    if (!avm_as_bytes(t, args[1]) && !avm_as_bytearray(t, args[1]))
        return avm_raise_type(t, "decoding to str: need a bytes-like object, %T found", args[1]);
    avm_bytes_like(t, args[1], &p, &n);
    return avm_value(avm_decode(t, p, n, encoding, errors));
}

static AvmValue str_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmType *type = (AvmType *)avm_obj(args[0]);
    AvmValue v;
    if (args[2] || args[3])
        v = decoded(t, args);
    else
        v = args[1] ? avm_str(t, args[1]) : avm_incref(avm_value(t->vm->empty_str));
    if (!v || type->id == AVM_T_STR) return v;
    AvmValue sub = avm_str_new_sub(t, type, str_of(v));
    avm_decref(t, v);
    return sub;
}

static AvmValue str_getnewargs(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *self = str_of(args[0]), *copy = avm_str_new_room(t, self->len, self->count);
    if (!copy) return AVM_FAIL;
    memcpy(copy->data, self->data, self->len);
    AvmValue s = avm_value(copy);
    AvmTuple *r = avm_tuple_from(t, &s, 1);
    avm_decref(t, s);
    return avm_value(r);
}

static AvmValue str_format_dunder(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *spec = avm_as_str(t, args[1]);
    if (!spec) return avm_raise_type(t, "__format__() argument must be str, not %s", avm_arg_kind(t, args[1]));
    if (!spec->len) return avm_str(t, args[0]);
    return avm_format_str(t, str_of(args[0]), spec);
}

static AvmValue str_sizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_new(t, (int64_t)avm_object_size(t, avm_obj(args[0])));
}

static const AvmNativeDef str_methods[] = {
    {"__new__", str_new, "__new__(object=None, encoding=None, errors=None)",
     "Makes the text of an object, or decodes bytes."},
    {"__format__", str_format_dunder, "__format__(format_spec, /)", "format(self, format_spec)."},
    {"__getnewargs__", str_getnewargs, "__getnewargs__()", "What __new__ makes a copy from."},
    {"__sizeof__", str_sizeof, "__sizeof__()", "Bytes in memory."},
#define M(name, fn, signature, doc, kind) {#name, fn, signature, doc, kind},
#include "vm/types/chars_methods.def"
#undef M
    {"replace", avm_chars_replace, "replace(old, new, /, count=-1)",
     "Every old, or the first count of them, becomes new."},
    {"strip", avm_chars_strip, "strip(chars=None, /)", "Without white space (or chars) at both ends."},
    {"lstrip", avm_chars_lstrip, "lstrip(chars=None, /)", "Without white space (or chars) at the start."},
    {"rstrip", avm_chars_rstrip, "rstrip(chars=None, /)", "Without white space (or chars) at the end."},
    {"upper", avm_str_upper, "upper()", "In capitals."},
    {"lower", avm_str_lower, "lower()", "In small letters."},
    {"title", avm_str_title, "title()", "Each word with a capital, the rest small."},
    {"capitalize", avm_str_capitalize, "capitalize()", "The first character a capital, the rest small."},
    {"swapcase", avm_str_swapcase, "swapcase()", "Capitals small and small letters capital."},
    {"casefold", avm_str_casefold, "casefold()", "For comparing without regard to case."},
    {"isalpha", avm_str_isalpha, "isalpha()", "Are all letters (and is there one)?"},
    {"isalnum", avm_str_isalnum, "isalnum()", "Are all letters or numbers?"},
    {"isascii", avm_str_isascii, "isascii()", "Are all ASCII?"},
    {"isdecimal", avm_str_isdecimal, "isdecimal()", "Are all decimal digits?"},
    {"isdigit", avm_str_isdigit, "isdigit()", "Are all digits?"},
    {"isnumeric", avm_str_isnumeric, "isnumeric()", "Are all numeric?"},
    {"isspace", avm_str_isspace, "isspace()", "Is all white space?"},
    {"isprintable", avm_str_isprintable, "isprintable()", "Would repr show all as they are?"},
    {"isidentifier", avm_str_isidentifier, "isidentifier()", "Is it a valid name?"},
    {"islower", avm_str_islower, "islower()", "Is every cased character small?"},
    {"isupper", avm_str_isupper, "isupper()", "Is every cased character a capital?"},
    {"istitle", avm_str_istitle, "istitle()", "Do exactly the words' first letters stand in capitals?"},
    {"translate", avm_str_translate, "translate(table, /)",
     "Each character replaced by what table has for its code."},
    {"maketrans", avm_str_maketrans, "maketrans(x, y=None, z=None, /)", "A table for translate.",
     AVM_DEF_STATIC},
    {"encode", avm_str_encode, "encode(encoding='utf-8', errors='strict')", "The bytes in an encoding."},
    {"format", avm_str_format_method, "format(*args, **kwargs)",
     "The fields in braces replaced by arguments."},
    {"format_map", avm_str_format_map, "format_map(mapping, /)", "As format(**mapping), without copying it."},
    {0},
};

const AvmTypeDef avm_str_def = {
    .name = "str",
    .id = AVM_T_STR,
    .size = sizeof(AvmStr),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_STR | AVM_TYPE_VARSIZE,
    .doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
           "Text: the object's own way of showing itself, or bytes decoded.",
    .slots = {.repr = str_repr,
              .str = str_str,
              .hash = str_hash,
              .iter = str_iter,
              .len = str_len,
              .getitem = str_getitem,
              .contains = avm_chars_contains,
              .binary = str_binary,
              .compare = str_compare,
              .truth = str_truth},
    .methods = str_methods,
};
