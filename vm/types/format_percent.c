// The % operator of str, bytes and bytearray.
#include "base/number.h"
#include "base/utf8.h"
#include "vm/call.h"
#include "vm/types/bytesmore.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

typedef struct Percent {
    AvmThread *t;
    AvmChars format;
    size_t at; // byte after the last one read
    AvmBuf out;
    AvmValue args; // what stands right of %
    bool is_tuple, is_mapping;
    bool single_used;
    bool keyed;           // a (key) has been seen
    uint32_t next;        // in the tuple
    AvmValue keyed_value; // owned: what the last (key) found, or empty
} Percent;

// One conversion.
typedef struct Conversion {
    bool left, plus, space, alternate, zero;
    int64_t width, precision; // -1: none
    uint32_t type;
    size_t type_at; // where it stands, in bytes
} Conversion;

static bool is_str(const Percent *p) { return p->format.kind == AVM_CHARS_STR; }

// --- arguments

// The next argument, borrowed, or AVM_FAIL.
static AvmValue next_arg(Percent *p) {
    if (p->keyed_value && !p->is_tuple) {
        if (!p->single_used) {
            p->single_used = true;
            return p->keyed_value;
        }
    } else if (p->is_tuple) {
        AvmTuple *tuple = (AvmTuple *)avm_obj(p->args);
        if (p->next < tuple->len) return tuple->items[p->next++];
    } else if (!p->single_used) {
        p->single_used = true;
        return p->args;
    }
    return avm_raise_type(p->t, "not enough arguments for format string");
}

static bool all_used(const Percent *p) {
    if (p->is_mapping || p->keyed) return true;
    return p->is_tuple ? p->next >= ((AvmTuple *)avm_obj(p->args))->len : p->single_used;
}

// --- reading a conversion

static uint32_t peek(const Percent *p) {
    if (p->at >= p->format.n) return 0;
    size_t width;
    if ((unsigned char)p->format.p[p->at] < 0x80) return (unsigned char)p->format.p[p->at];
    return is_str(p) ? avm_utf8_decode(p->format.p + p->at, &width) : (unsigned char)p->format.p[p->at];
}

static bool incomplete(const Percent *p) {
    if (p->at < p->format.n) return false;
    avm_raise_value(p->t, "incomplete format");
    return true;
}

static bool read_key(Percent *p) {
    AvmThread *t = p->t;
    if (!p->is_mapping) return avm_raise_type(t, "format requires a mapping");
    size_t from = ++p->at;
    for (int depth = 1; p->at < p->format.n; p->at++) {
        char c = p->format.p[p->at];
        if (c == ')' && --depth == 0) break;
        if (c == '(') depth++;
    }
    if (p->at >= p->format.n) return avm_raise_value(t, "incomplete format key");
    AvmChars like = {.kind = is_str(p) ? AVM_CHARS_STR : AVM_CHARS_BYTES};
    AvmValue key = avm_chars_new(t, like, p->format.p + from, p->at - from);
    if (!key) return false;
    AvmValue v = avm_getitem(t, p->args, key);
    avm_decref(t, key);
    if (!v) return false;
    avm_replace(t, &p->keyed_value, v);
    p->single_used = false;
    p->keyed = true;
    p->at++;
    return true;
}

static void read_flags(Percent *p, Conversion *c) {
    for (; p->at < p->format.n; p->at++) {
        switch (p->format.p[p->at]) {
        case '-': c->left = true; break;
        case '+': c->plus = true; break;
        case ' ': c->space = true; break;
        case '#': c->alternate = true; break;
        case '0': c->zero = true; break;
        default: return;
        }
    }
}

// A number or '*' into *out.
static bool read_number(Percent *p, int64_t *out, const char *too_big) {
    AvmThread *t = p->t;
    if (peek(p) == '*') {
        AvmValue v = next_arg(p);
        if (!v) return false;
        if (!avm_is_int(t, v)) return avm_raise_type(t, "* wants int");
        p->at++;
        if (!avm_int_get(v, out))
            return avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C ssize_t");
        return true;
    }
    for (; p->at < p->format.n && p->format.p[p->at] >= '0' && p->format.p[p->at] <= '9'; p->at++) {
        if (*out < 0) *out = 0;
        *out = *out * 10 + (p->format.p[p->at] - '0');
        if (*out > INT32_MAX) return avm_raise_value(t, "%s", too_big);
    }
    return true;
}

static bool read_conversion(Percent *p, Conversion *c) {
    *c = (Conversion){.width = -1, .precision = -1};
    if (peek(p) == '(' && !read_key(p)) return false;
    read_flags(p, c);
    bool star = peek(p) == '*';
    if (!read_number(p, &c->width, "width too big")) return false;
    if (star && c->width < 0) {
        c->left = true;
        c->width = -c->width;
    }
    if (incomplete(p)) return false;
    if (p->format.p[p->at] == '.') {
        p->at++;
        c->precision = 0;
        if (!read_number(p, &c->precision, "precision too big")) return false;
        if (c->precision < 0) c->precision = 0;
    }
    char length = p->at < p->format.n ? p->format.p[p->at] : 0;
    if (length == 'h' || length == 'l' || length == 'L') p->at++;
    if (incomplete(p)) return false;
    c->type = peek(p);
    c->type_at = p->at;
    p->at += is_str(p) ? avm_utf8_width((unsigned char)p->format.p[p->at]) : 1;
    if (c->width > AVM_STR_MAX) return avm_raise_memory(p->t);
    return true;
}

// --- writing

// n bytes of `count` characters; numbers (sign and prefix before the digits) may be filled with zeros.
static bool put(Percent *p, const Conversion *c, const char *text, size_t n, size_t count, size_t zeros_at,
                bool zeros) {
    int64_t missing = c->width - (int64_t)count;
    if (missing > 0 && !c->left && !zeros) avm_buf_fill(&p->out, ' ', (size_t)missing);
    avm_buf_add(&p->out, text, zeros_at);
    if (missing > 0 && !c->left && zeros) avm_buf_fill(&p->out, '0', (size_t)missing);
    avm_buf_add(&p->out, text + zeros_at, n - zeros_at);
    if (missing > 0 && c->left) avm_buf_fill(&p->out, ' ', (size_t)missing);
    if (p->out.len > AVM_STR_MAX) p->out.failed = true;
    return !p->out.failed || avm_raise_memory(p->t);
}

// Text cut to the precision; the value (taken) is a str.
static bool put_str(Percent *p, const Conversion *c, AvmValue v) {
    if (!v) return false;
    AvmStr *s = avm_as_str(p->t, v);
    uint32_t count = s->count;
    if (c->precision >= 0 && c->precision < count) count = (uint32_t)c->precision;
    bool ok = put(p, c, s->data, avm_str_offset(p->t, s, count), count, 0, false);
    avm_decref(p->t, v);
    return ok;
}

static bool put_bytes(Percent *p, const Conversion *c, AvmValue v) {
    AvmThread *t = p->t;
    AvmValue made = AVM_EMPTY;
    if (!avm_as_bytes(t, v) && !avm_as_bytearray(t, v)) {
        made = avm_is_obj(v) ? avm_call_special(t, v, AVM_NAME(t, __bytes__), NULL, 0) : AVM_DONE;
        if (!made) return false;
        if (made == AVM_DONE)
            return avm_raise_type(
                t, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%T'", v);
        if (!avm_as_bytes(t, made)) {
            avm_raise_type(t, "__bytes__ returned non-bytes (type %T)", made);
            avm_decref(t, made);
            return false;
        }
        v = made;
    }
    AvmChars b = avm_chars(t, v);
    if (c->precision >= 0 && (size_t)c->precision < b.n) b.n = (size_t)c->precision;
    bool ok = put(p, c, b.p, b.n, b.n, 0, false);
    avm_decref(t, made);
    return ok;
}

// The value as an int, new reference; AVM_DONE: it isn't a number that will do.
static AvmValue to_int(Percent *p, const Conversion *c, AvmValue v) {
    AvmThread *t = p->t;
    if (avm_is_int(t, v)) return avm_incref(v);
    bool index_only = c->type == 'o' || c->type == 'x' || c->type == 'X';
    if (index_only && !avm_has_index(t, v)) return AVM_DONE;
    AvmType *type = avm_type_of(t, v);
    bool number = avm_is_float(v) || avm_has_index(t, v) || avm_type_lookup(t, type, AVM_NAME(t, __int__)) ||
                  avm_type_lookup(t, type, AVM_NAME(t, __float__));
    if (!number) return AVM_DONE;
    AvmValue r = avm_unary(t, index_only ? AVM_TO_INDEX : AVM_TO_INT, v);
    if (!r && avm_exc_swallow(t, AVM_EXC(t, TypeError))) return AVM_DONE;
    return r;
}

// sign, prefix, zeros up to the precision, digits.
static bool put_digits(Percent *p, const Conversion *c, const AvmBuf *digits) {
    bool negative = digits->data[0] == '-';
    size_t n = digits->len - negative;
    AvmBuf b;
    avm_buf_init(&b, &p->t->vm->alloc);
    if (negative)
        avm_buf_byte(&b, '-');
    else if (c->plus)
        avm_buf_byte(&b, '+');
    else if (c->space)
        avm_buf_byte(&b, ' ');
    if (c->alternate && (c->type == 'x' || c->type == 'X' || c->type == 'o')) {
        avm_buf_byte(&b, '0');
        avm_buf_byte(&b, (char)c->type);
    }
    size_t zeros_at = b.len;
    if (c->precision > (int64_t)n && c->precision <= AVM_STR_MAX)
        avm_buf_fill(&b, '0', (size_t)c->precision - n);
    for (size_t i = 0; i < n; i++) {
        char x = digits->data[negative + i];
        avm_buf_byte(&b, c->type == 'X' && x >= 'a' ? (char)(x - 32) : x);
    }
    bool ok = b.failed ? avm_raise_memory(p->t) : put(p, c, b.data, b.len, b.len, zeros_at, c->zero);
    avm_buf_free(&b);
    return ok;
}

static bool is_plain(const Conversion *c) {
    return c->width < 0 && c->precision < 0 && !c->plus && !c->space && !c->alternate;
}

static bool put_int(Percent *p, const Conversion *c, AvmValue v) {
    AvmThread *t = p->t;
    if (avm_is_inline_int(v) && (c->type == 'd' || c->type == 'i') && is_plain(c))
        return avm_int_to_text(t, v, 10, &p->out);
    AvmValue i = to_int(p, c, v);
    if (i == AVM_DONE)
        return avm_raise_type(t,
                              c->type == 'o' || c->type == 'x' || c->type == 'X'
                                  ? "%%%c format: an integer is required, not %T"
                                  : "%%%c format: a real number is required, not %T",
                              c->type == 'i' && !is_str(p) ? 'd' : (int)c->type, v);
    if (!i) return false;
    AvmBuf digits;
    avm_buf_init(&digits, &t->vm->alloc);
    bool ok = avm_int_to_text(t, i,
                              c->type == 'o'                     ? 8
                              : c->type == 'x' || c->type == 'X' ? 16
                                                                 : 10,
                              &digits) &&
              put_digits(p, c, &digits);
    avm_buf_free(&digits);
    avm_decref(t, i);
    return ok;
}

static bool put_float(Percent *p, const Conversion *c, AvmValue v) {
    AvmThread *t = p->t;
    double d;
    if (!avm_to_double(t, v, &d)) {
        if (!is_str(p) && avm_exc_swallow(t, AVM_EXC(t, TypeError)))
            avm_raise_type(t, "float argument required, not %T", v);
        return false;
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (__builtin_signbit(d) == 0 || d != d) {
        if (c->plus)
            avm_buf_byte(&b, '+');
        else if (c->space)
            avm_buf_byte(&b, ' ');
    }
    int precision = c->precision < 0 ? 6 : (int)c->precision;
    bool ok = avm_double_format(&b, d, (char)c->type, precision, c->alternate) || avm_raise_memory(t);
    if (ok) {
        bool has_sign = b.len && (b.data[0] == '-' || b.data[0] == '+' || b.data[0] == ' ');
        ok = put(p, c, b.data, b.len, b.len, has_sign, c->zero);
    }
    avm_buf_free(&b);
    return ok;
}

static bool put_char(Percent *p, const Conversion *c, AvmValue v) {
    AvmThread *t = p->t;
    bool text = is_str(p);
    AvmStr *s = text ? avm_as_str(t, v) : NULL;
    if (s && s->count == 1) return put(p, c, s->data, s->len, 1, 0, false);
    if (!text && (avm_as_bytes(t, v) || avm_as_bytearray(t, v)) && avm_chars(t, v).n == 1)
        return put(p, c, avm_chars(t, v).p, 1, 1, 0, false);
    if (s || !avm_has_index(t, v))
        return avm_raise_type(t, text ? "%%c requires int or char"
                                      : "%%c requires an integer in range(256) or a single byte");
    int64_t i;
    if (!avm_index(t, v, &i)) return false;
    if (i < 0 || i > (text ? 0x10FFFF : 255))
        return avm_raise(t, AVM_EXC(t, OverflowError),
                         text ? "%%c arg not in range(0x110000)" : "%%c arg not in range(256)");
    char bytes[4] = {(char)i};
    return put(p, c, bytes, text ? avm_utf8_encode((uint32_t)i, bytes) : 1, 1, 0, false);
}

static bool put_arg(Percent *p, const Conversion *c) {
    AvmThread *t = p->t;
    AvmValue v = next_arg(p);
    if (!v) return false;
    avm_incref(v);
    bool ok;
    switch (c->type) {
    case 's': ok = is_str(p) ? put_str(p, c, avm_str(t, v)) : put_bytes(p, c, v); break;
    case 'r': ok = put_str(p, c, is_str(p) ? avm_repr(t, v) : avm_ascii(t, v)); break;
    case 'a': ok = put_str(p, c, avm_ascii(t, v)); break;
    case 'c': ok = put_char(p, c, v); break;
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': ok = put_int(p, c, v); break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': ok = put_float(p, c, v); break;
    default:
        if (c->type == 'b' && !is_str(p)) {
            ok = put_bytes(p, c, v);
            break;
        }
        ok = avm_raise_value(t, "unsupported format character '%c' (0x%x) at index %zu",
                             c->type > 31 && c->type < 127 ? (int)c->type : '?', c->type,
                             is_str(p) ? avm_utf8_count(p->format.p, c->type_at) : c->type_at);
    }
    avm_decref(t, v);
    return ok;
}

static bool run(Percent *p) {
    while (p->at < p->format.n) {
        const char *from = p->format.p + p->at;
        const char *percent = memchr(from, '%', p->format.n - p->at);
        size_t plain = percent ? (size_t)(percent - from) : p->format.n - p->at;
        avm_buf_add(&p->out, from, plain);
        p->at += plain;
        if (!percent) break;
        p->at++;
        if (peek(p) == '%') {
            avm_buf_byte(&p->out, '%');
            p->at++;
            continue;
        }
        Conversion c;
        if (!read_conversion(p, &c) || !put_arg(p, &c)) return false;
    }
    if (!all_used(p))
        return avm_raise_type(p->t, "not all arguments converted during %s formatting",
                              is_str(p) ? "string" : "bytes");
    return true;
}

static AvmValue percent(AvmThread *t, AvmChars format, AvmValue args) {
    Percent p = {.t = t, .format = format, .args = args};
    avm_buf_init(&p.out, &t->vm->alloc);
    p.is_tuple = avm_is_sub(t, args, AVM_TYPE_SUB_TUPLE);
    bool alike = avm_as_str(t, args) ||
                 (format.kind != AVM_CHARS_STR && (avm_as_bytes(t, args) || avm_as_bytearray(t, args)));
    p.is_mapping = !p.is_tuple && !alike && avm_type_of(t, args)->s.getitem;
    // A bytearray may change while its arguments are shown.
    AvmBytes *copy = NULL;
    if (format.kind == AVM_CHARS_BYTEARRAY) {
        copy = avm_bytes_new(t, format.p, format.n);
        if (!copy) return AVM_FAIL;
        p.format.p = copy->data;
    }
    AvmValue r = run(&p) ? avm_chars_from_buf(t, format, &p.out) : AVM_FAIL;
    avm_buf_free(&p.out);
    avm_decref(t, p.keyed_value);
    if (copy) avm_drop(t, copy);
    return r;
}

AvmValue avm_str_percent(AvmThread *t, AvmStr *s, AvmValue args) {
    return percent(t, (AvmChars){s->data, s->len, avm_value(s), AVM_CHARS_STR}, args);
}

AvmValue avm_bytes_percent(AvmThread *t, AvmChars c, AvmValue args) { return percent(t, c, args); }
