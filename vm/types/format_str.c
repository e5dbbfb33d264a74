// str.format and str.format_map: fields in braces, with attributes, items, conversions and nested
// specifications.
#include "base/utf8.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"
#include "vm/types/strcase.h"
#include "vm/types/unicode.h"

typedef enum Numbering { UNDECIDED, AUTOMATIC, MANUAL } Numbering;

typedef struct Formatter {
    AvmThread *t;
    const AvmValue *args; // positional ones; NULL for format_map
    uint32_t nargs;
    AvmValue names; // the dict of keywords, format_map's mapping, or empty
    Numbering numbering;
    uint32_t next; // automatic index
} Formatter;

// A piece of the format text.
typedef struct Piece {
    const char *p, *end;
} Piece;

typedef struct Field {
    Piece name, spec;
    uint32_t conversion; // a character, or 0
    bool nested;         // the specification has fields itself
} Field;

// --- parsing

// The conversion after '!': 1: goes on with a specification, 2: the field is complete, 0: exception.
static int parse_conversion(Formatter *f, Piece *in, Field *field) {
    if (in->p >= in->end)
        return (int)avm_raise_value(f->t, "end of string while looking for conversion specifier");
    size_t width;
    field->conversion = avm_utf8_decode(in->p, &width);
    in->p += width;
    if (in->p >= in->end) return 1;
    char c = *in->p;
    in->p += avm_utf8_width((unsigned char)c);
    if (c == '}') return 2;
    return c == ':' ? 1 : (int)avm_raise_value(f->t, "expected ':' after conversion specifier");
}

// Up to the brace that closes the field; in->p stands after the one that opened it.
static bool parse_field(Formatter *f, Piece *in, Field *field) {
    *field = (Field){.name = {in->p, in->p}};
    char c = 0;
    while (in->p < in->end) {
        c = *in->p++;
        if (c == '{') return avm_raise_value(f->t, "unexpected '{' in field name");
        if (c == '[')
            while (in->p < in->end && *in->p != ']') in->p++;
        else if (c == '}' || c == ':' || c == '!')
            break;
        c = 0;
    }
    if (!c) return avm_raise_value(f->t, "expected '}' before end of string");
    field->name.end = in->p - 1;
    if (c == '}') return true;
    if (c == '!') {
        int more = parse_conversion(f, in, field);
        if (more != 1) return more == 2;
    }
    field->spec = (Piece){in->p, in->p};
    for (int depth = 1; in->p < in->end; in->p++) {
        if (*in->p == '{') {
            field->nested = true;
            depth++;
        } else if (*in->p == '}' && --depth == 0) {
            field->spec.end = in->p++;
            return true;
        }
    }
    return avm_raise_value(f->t, "unmatched '{' in format spec");
}

// A run of digits as an index: -1: it is none; -2: exception.
static int64_t parse_index(Formatter *f, Piece text) {
    if (text.p >= text.end) return -1;
    int64_t n = 0;
    size_t width;
    for (; text.p < text.end; text.p += width) {
        int digit = avm_uni_decimal(avm_utf8_decode(text.p, &width));
        if (digit < 0) return -1;
        if (n > (INT64_MAX - digit) / 10) {
            avm_raise_value(f->t, "Too many decimal digits in format string");
            return -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

// --- values

static bool choose_numbering(Formatter *f, Numbering how) {
    if (f->numbering == UNDECIDED) f->numbering = how;
    if (f->numbering == how) return true;
    return avm_raise_value(
        f->t, how == MANUAL ? "cannot switch from automatic field numbering to manual field specification"
                            : "cannot switch from manual field specification to automatic field numbering");
}

static AvmValue named(Formatter *f, Piece name) {
    AvmThread *t = f->t;
    AvmStr *key = avm_str_new(t, name.p, (size_t)(name.end - name.p));
    if (!key) return AVM_FAIL;
    AvmValue v = f->names ? avm_getitem(t, f->names, avm_value(key)) : avm_raise_key(t, avm_value(key));
    avm_drop(t, key);
    return v;
}

// What the part of the name before the first '.' or '[' stands for.
static AvmValue first_value(Formatter *f, Piece name) {
    int64_t index = parse_index(f, name);
    if (index == -2) return AVM_FAIL;
    bool automatic = name.p == name.end;
    if (!automatic && index < 0) return named(f, name);
    if (!choose_numbering(f, automatic ? AUTOMATIC : MANUAL)) return AVM_FAIL;
    if (automatic) index = f->next++;
    if (!f->args) return avm_raise_value(f->t, "Format string contains positional fields");
    if (index >= f->nargs)
        return avm_raise(f->t, AVM_EXC(f->t, IndexError),
                         "Replacement index %lld out of range for positional args tuple", (long long)index);
    return avm_incref(f->args[index]);
}

static AvmValue item_of(Formatter *f, AvmValue v, Piece key) {
    AvmThread *t = f->t;
    int64_t index = parse_index(f, key);
    if (index == -2) return AVM_FAIL;
    AvmValue k =
        index >= 0 ? avm_int_new(t, index) : avm_value(avm_str_new(t, key.p, (size_t)(key.end - key.p)));
    if (!k) return AVM_FAIL;
    AvmValue r = avm_getitem(t, v, k);
    avm_decref(t, k);
    return r;
}

static AvmValue attribute_of(Formatter *f, AvmValue v, Piece name) {
    AvmStr *s = avm_str_new(f->t, name.p, (size_t)(name.end - name.p));
    if (!s) return AVM_FAIL;
    AvmValue r = avm_getattr(f->t, v, s);
    avm_drop(f->t, s);
    return r;
}

// One step of `.name` or `[key]` on v (taken); p is moved on.
static AvmValue step(Formatter *f, AvmValue v, Piece *rest) {
    AvmThread *t = f->t;
    AvmValue r = AVM_FAIL;
    char kind = *rest->p++;
    Piece part = {rest->p, rest->p};
    if (kind == '.') {
        while (part.end < rest->end && *part.end != '.' && *part.end != '[') part.end++;
        rest->p = part.end;
        if (part.p == part.end)
            avm_raise_value(t, "Empty attribute in format string");
        else
            r = attribute_of(f, v, part);
    } else if (kind == '[') {
        while (part.end < rest->end && *part.end != ']') part.end++;
        rest->p = part.end + 1;
        if (part.end >= rest->end)
            avm_raise_value(t, "Missing ']' in format string");
        else if (part.p == part.end)
            avm_raise_value(t, "Empty attribute in format string");
        else
            r = item_of(f, v, part);
    } else {
        avm_raise_value(t, "Only '.' or '[' may follow ']' in format field specifier");
    }
    avm_decref(t, v);
    return r;
}

static AvmValue field_value(Formatter *f, Piece name) {
    Piece first = {name.p, name.p};
    while (first.end < name.end && *first.end != '.' && *first.end != '[') first.end++;
    Piece rest = {first.end, name.end};
    AvmValue v = first_value(f, first);
    while (v && rest.p < rest.end) v = step(f, v, &rest);
    return v;
}

static AvmValue convert(Formatter *f, AvmValue v, uint32_t conversion) {
    AvmThread *t = f->t;
    if (!conversion) return v;
    AvmValue r;
    switch (conversion) {
    case 'r': r = avm_repr(t, v); break;
    case 's': r = avm_str(t, v); break;
    case 'a': r = avm_ascii(t, v); break;
    default:
        r = avm_raise_value(t,
                            conversion > 32 && conversion < 127 ? "Unknown conversion specifier %c"
                                                                : "Unknown conversion specifier \\x%x",
                            conversion);
    }
    avm_decref(t, v);
    return r;
}

// --- putting together

static bool build(Formatter *f, Piece in, int depth, AvmBuf *out);

static AvmValue spec_value(Formatter *f, const Field *field, int depth) {
    AvmThread *t = f->t;
    if (!field->nested)
        return avm_value(avm_str_new(t, field->spec.p, (size_t)(field->spec.end - field->spec.p)));
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (build(f, field->spec, depth - 1, &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

static bool add_field(Formatter *f, const Field *field, int depth, AvmBuf *out) {
    AvmThread *t = f->t;
    AvmValue v = field_value(f, field->name);
    if (v) v = convert(f, v, field->conversion);
    if (!v) return false;
    AvmValue spec = field->spec.p ? spec_value(f, field, depth) : AVM_EMPTY;
    bool ok = !field->spec.p || spec;
    AvmValue text = ok ? avm_format(t, v, spec) : AVM_FAIL;
    avm_decref(t, v);
    avm_decref(t, spec);
    if (!text) return false;
    AvmStr *s = avm_as_str(t, text);
    ok = avm_buf_add(out, s->data, s->len) || avm_raise_memory(t);
    avm_decref(t, text);
    return ok;
}

// The literal text up to the next field, or the end; *field: a '{' follows that opens one.
static bool literal(Formatter *f, Piece *in, AvmBuf *out, bool *field) {
    const char *from = in->p;
    *field = false;
    while (in->p < in->end && *in->p != '{' && *in->p != '}') in->p++;
    avm_buf_add(out, from, (size_t)(in->p - from));
    if (in->p >= in->end) return true;
    char c = *in->p++;
    bool doubled = in->p < in->end && *in->p == c;
    if (c == '}' && !doubled) return avm_raise_value(f->t, "Single '}' encountered in format string");
    if (in->p >= in->end) return avm_raise_value(f->t, "Single '{' encountered in format string");
    *field = !doubled;
    if (doubled) {
        avm_buf_byte(out, c);
        in->p++;
    }
    return true;
}

static bool build(Formatter *f, Piece in, int depth, AvmBuf *out) {
    if (depth <= 0) return avm_raise_value(f->t, "Max string recursion exceeded");
    while (in.p < in.end) {
        bool has_field;
        Field field;
        if (!literal(f, &in, out, &has_field)) return false;
        if (has_field && (!parse_field(f, &in, &field) || !add_field(f, &field, depth, out))) return false;
    }
    return !out->failed || avm_raise_memory(f->t);
}

static AvmValue run(Formatter *f, AvmStr *s) {
    AvmBuf b;
    avm_buf_init(&b, &f->t->vm->alloc);
    if (build(f, (Piece){s->data, s->data + s->len}, 2, &b)) return avm_value(avm_str_from_buf(f->t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

// args: self, the keywords' dict or empty, the positional ones.
AvmValue avm_str_format_method(AvmThread *t, AvmValue *args, uint32_t n) {
    Formatter f = {.t = t, .args = args + 2, .nargs = n - 2, .names = args[1]};
    return run(&f, avm_as_str(t, args[0]));
}

AvmValue avm_str_format_map(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Formatter f = {.t = t, .names = args[1]};
    return run(&f, avm_as_str(t, args[0]));
}
