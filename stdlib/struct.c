// _struct: values to bytes and back, as a format says. A format is read into items once, and kept by Struct.
#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/chars.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

// What a letter stands for. align: in native mode, a power of two.
typedef struct Kind {
    char letter;
    uint8_t size, native, align;
} Kind;

static const Kind kinds[] = {
    {'x', 1, 1, 1}, {'b', 1, 1, 1}, {'B', 1, 1, 1}, {'c', 1, 1, 1}, {'s', 1, 1, 1}, {'p', 1, 1, 1},
    {'?', 1, 1, 1}, {'h', 2, 2, 2}, {'H', 2, 2, 2}, {'i', 4, 4, 4}, {'I', 4, 4, 4}, {'l', 4, 8, 8},
    {'L', 4, 8, 8}, {'q', 8, 8, 8}, {'Q', 8, 8, 8}, {'n', 0, 8, 8}, {'N', 0, 8, 8}, {'P', 0, 8, 8},
    {'e', 2, 2, 2}, {'f', 4, 4, 4}, {'d', 8, 8, 8},
};

// A run of equal letters, or for s and p a text of so many bytes.
typedef struct Item {
    char letter;
    uint8_t size;
    int64_t count, offset;
} Item;

typedef struct Struct {
    AvmObj h;
    AvmStr *format;
    Item *items;
    uint32_t nitems;
    int64_t size, nvalues;
    bool big, native;
} Struct;

static inline Struct *as_struct(AvmValue v) { return (Struct *)avm_obj(v); }

static bool wrong(AvmThread *t, const char *text, ...) __attribute__((format(printf, 2, 3)));

// Raises struct.error.
static bool wrong(AvmThread *t, const char *text, ...) {
    AvmBuf b;
    va_list args;
    avm_buf_init(&b, &t->vm->alloc);
    va_start(args, text);
    avm_buf_vprintf(&b, text, args);
    va_end(args);
    AvmValue module = avm_import_text(t, "struct");
    AvmStr *name = module ? avm_str_intern(t, "error", 5) : NULL;
    AvmValue type = name ? avm_getattr(t, module, name) : AVM_FAIL;
    if (type) avm_raise(t, (AvmType *)avm_obj(type), "%s", avm_buf_str(&b));
    avm_decref(t, type);
    if (name) avm_drop(t, name);
    avm_decref(t, module);
    avm_buf_free(&b);
    return false;
}

// --- formats

static const Kind *kind_of(char letter) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter) return &kinds[i];
    return NULL;
}

static bool add_item(AvmThread *t, Struct *s, const Kind *kind, bool native, int64_t count) {
    uint8_t size = native ? kind->native : kind->size;
    if (!size) return wrong(t, "bad char in struct format");
    if (native) s->size = (s->size + kind->align - 1) / kind->align * kind->align;
    if (count > (INT64_MAX - s->size) / size) return wrong(t, "total struct size too long");
    bool text = kind->letter == 's' || kind->letter == 'p';
    if (count || text) {
        Item *items =
            avm_realloc(&t->vm->alloc, s->items, s->nitems * sizeof *items, (s->nitems + 1) * sizeof *items);
        if (!items) return avm_raise_memory(t);
        s->items = items;
        items[s->nitems++] = (Item){kind->letter, size, count, s->size};
    }
    s->size += count * size;
    s->nvalues += kind->letter == 'x' ? 0 : text ? 1 : count;
    return true;
}

static bool read_format(AvmThread *t, Struct *s) {
    const char *p = s->format->data, *end = p + s->format->len;
    s->native = true;
    if (p < end && strchr("@=<>!", *p)) {
        s->native = *p == '@';
        s->big = *p == '>' || *p == '!';
        p++;
    }
    while (p < end) {
        if (strchr(" \t\n\r\f\v", *p) && *p) {
            p++;
            continue;
        }
        int64_t count = 1;
        if (*p >= '0' && *p <= '9') {
            for (count = 0; p < end && *p >= '0' && *p <= '9'; p++) {
                if (count > (INT64_MAX - 9) / 10) return wrong(t, "total struct size too long");
                count = count * 10 + *p - '0';
            }
            if (p == end) return wrong(t, "repeat count given without format specifier");
        }
        const Kind *kind = kind_of(*p++);
        if (!kind) return wrong(t, "bad char in struct format");
        if (!add_item(t, s, kind, s->native, count)) return false;
    }
    return true;
}

// --- numbers

static void put_bytes(unsigned char *out, uint64_t v, uint8_t size, bool big) {
    for (uint8_t i = 0; i < size; i++) out[big ? size - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

static uint64_t get_bytes(const unsigned char *p, uint8_t size, bool big) {
    uint64_t v = 0;
    for (uint8_t i = 0; i < size; i++) v |= (uint64_t)p[big ? size - 1 - i : i] << 8 * i;
    return v;
}

static bool out_of_range(AvmThread *t, const Item *item, bool is_signed) {
    uint64_t most = item->size == 8 ? UINT64_MAX : (1ull << 8 * item->size) - 1;
    if (item->size == 8) return wrong(t, "int too large to convert");
    if (is_signed)
        return wrong(t, "'%c' format requires %lld <= number <= %lld", item->letter,
                     -(long long)(most / 2) - 1, (long long)(most / 2));
    return wrong(t, "'%c' format requires 0 <= number <= %llu", item->letter, (unsigned long long)most);
}

static bool pack_int(AvmThread *t, const Item *item, AvmValue v, unsigned char *out, bool big) {
    bool is_signed = item->letter >= 'a' && item->letter != 'P';
    unsigned char bytes[8];
    if (!avm_is_int(t, v)) {
        if (!avm_has_index(t, v)) return wrong(t, "required argument is not an integer");
        AvmValue i = avm_unary(t, AVM_TO_INDEX, v);
        bool ok = i && pack_int(t, item, i, out, big);
        avm_decref(t, i);
        return ok;
    }
    if (!avm_int_to_bytes(t, v, bytes, item->size, is_signed)) {
        if (!avm_exc_swallow(t, AVM_EXC(t, OverflowError))) return false;
        if (item->size == 8 && !is_signed && avm_int_sign(v) < 0) return wrong(t, "argument out of range");
        return out_of_range(t, item, is_signed);
    }
    for (uint8_t i = 0; i < item->size; i++) out[big ? item->size - 1 - i : i] = bytes[i];
    return true;
}

// Half precision, rounded to even. false: too large.
static bool half_of(double d, uint16_t *out) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    uint16_t sign = (uint16_t)(bits >> 63 << 15);
    double a = d < 0 ? -d : d;
    if (d != d) return *out = sign | 0x7E00, true;
    if (a > 1.7976931348623157e308) return *out = sign | 0x7C00, true;
    int exponent = (int)(bits >> 52 & 0x7FF) - 1023;
    if (exponent < -14) exponent = -14;
    // In units of the last place: exact, since powers of two are.
    double units = a;
    for (int i = exponent - 10; i < 0; i++) units *= 2;
    for (int i = exponent - 10; i > 0; i--) units /= 2;
    uint64_t whole = (uint64_t)units;
    double rest = units - (double)whole;
    if (rest > 0.5 || (rest == 0.5 && whole & 1)) whole++;
    uint64_t value = whole < 1024 && exponent == -14 ? whole : ((uint64_t)(exponent + 14) << 10) + whole;
    if (value >= 0x7C00) return false;
    *out = (uint16_t)(sign | value);
    return true;
}

static double from_half(uint16_t h) {
    int exponent = h >> 10 & 31;
    double d = h & 1023;
    if (exponent == 31)
        d = d ? __builtin_nan("") : __builtin_inf();
    else if (exponent)
        d += 1024;
    for (int i = exponent ? exponent - 25 : -24; exponent != 31 && i < 0; i++) d /= 2;
    for (int i = exponent ? exponent - 25 : -24; exponent != 31 && i > 0; i--) d *= 2;
    return h >> 15 ? -d : d;
}

static bool pack_float(AvmThread *t, const Struct *s, const Item *item, AvmValue v, unsigned char *out) {
    double d;
    uint64_t bits = 0;
    if (!avm_to_double(t, v, &d))
        return avm_exc_swallow(t, AVM_EXC(t, TypeError)) ? wrong(t, "required argument is not a float")
                                                         : false;
    if (item->letter == 'd') {
        memcpy(&bits, &d, 8);
    } else if (item->letter == 'f') {
        float f = (float)d;
        uint32_t narrow;
        if (__builtin_isinf(f) && !__builtin_isinf(d) && !s->native)
            return avm_raise(t, AVM_EXC(t, OverflowError), "float too large to pack with f format");
        memcpy(&narrow, &f, 4);
        bits = narrow;
    } else {
        uint16_t h;
        if (!half_of(d, &h))
            return avm_raise(t, AVM_EXC(t, OverflowError), "float too large to pack with e format");
        bits = h;
    }
    put_bytes(out, bits, item->size, s->big);
    return true;
}

// --- packing

static bool pack_text(AvmThread *t, const Item *item, AvmValue v, unsigned char *out) {
    const char *p;
    size_t n;
    if (!avm_as_bytes(t, v) && !avm_as_bytearray(t, v))
        return wrong(t, "argument for '%c' must be a bytes object", item->letter);
    if (!avm_bytes_like(t, v, &p, &n)) return false;
    size_t room = (size_t)item->count;
    if (item->letter == 'p') {
        if (!room) return true;
        room--;
        if (n > room) n = room;
        *out++ = n > 255 ? 255 : (unsigned char)n;
    }
    memcpy(out, p, n < room ? n : room);
    return true;
}

static bool pack_one(AvmThread *t, const Struct *s, const Item *item, AvmValue v, unsigned char *out) {
    switch (item->letter) {
    case 'c': {
        AvmBytes *b = avm_as_bytes(t, v);
        if (!b || b->len != 1) return wrong(t, "char format requires a bytes object of length 1");
        *out = (unsigned char)b->data[0];
        return true;
    }
    case '?': {
        int truth = avm_truth(t, v);
        *out = truth > 0;
        return truth >= 0;
    }
    case 'e':
    case 'f':
    case 'd': return pack_float(t, s, item, v, out);
    default: return pack_int(t, item, v, out, s->big);
    }
}

// The values into s->size zeroed bytes.
static bool pack(AvmThread *t, const Struct *s, const AvmValue *values, unsigned char *out) {
    for (uint32_t i = 0; i < s->nitems; i++) {
        const Item *item = &s->items[i];
        if (item->letter == 'x') continue;
        if (item->letter == 's' || item->letter == 'p') {
            if (!pack_text(t, item, *values++, out + item->offset)) return false;
            continue;
        }
        for (int64_t k = 0; k < item->count; k++)
            if (!pack_one(t, s, item, *values++, out + item->offset + k * item->size)) return false;
    }
    return true;
}

// --- unpacking

static AvmValue unpack_one(AvmThread *t, const Struct *s, const Item *item, const unsigned char *p) {
    uint64_t v = get_bytes(p, item->size, s->big);
    switch (item->letter) {
    case 'c': return avm_value(avm_bytes_new(t, (const char *)p, 1));
    case '?': return avm_bool(*p);
    case 'e': return avm_float_value(from_half((uint16_t)v));
    case 'f': {
        uint32_t narrow = (uint32_t)v;
        float f;
        memcpy(&f, &narrow, 4);
        return avm_float_value(f);
    }
    case 'd': {
        double d;
        memcpy(&d, &v, 8);
        return avm_float_value(d);
    }
    default:
        if (item->letter < 'a' || item->letter == 'P') return avm_int_new_u64(t, v);
        return avm_int_new(t, (int64_t)(v << (64 - 8 * item->size)) >> (64 - 8 * item->size));
    }
}

static AvmValue unpack_text(AvmThread *t, const Item *item, const unsigned char *p) {
    size_t n = (size_t)item->count;
    if (item->letter == 's') return avm_value(avm_bytes_new(t, (const char *)p, n));
    size_t len = n ? *p : 0;
    if (n && len > n - 1) len = n - 1;
    return avm_value(avm_bytes_new(t, n ? (const char *)p + 1 : "", len));
}

static AvmValue unpack(AvmThread *t, const Struct *s, const char *data) {
    AvmTuple *result = avm_tuple_new(t, (uint32_t)s->nvalues);
    const unsigned char *p = (const unsigned char *)data;
    uint32_t at = 0;
    for (uint32_t i = 0; result && i < s->nitems; i++) {
        const Item *item = &s->items[i];
        if (item->letter == 'x') continue;
        bool text = item->letter == 's' || item->letter == 'p';
        for (int64_t k = 0; k < (text ? 1 : item->count); k++) {
            const unsigned char *from = p + item->offset + k * item->size;
            if ((result->items[at++] = text ? unpack_text(t, item, from) : unpack_one(t, s, item, from)))
                continue;
            avm_drop(t, result);
            return AVM_FAIL;
        }
    }
    return avm_value(result);
}

// --- the type Struct

static AvmValue struct_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *format = avm_as_str(t, args[1]);
    AvmBytes *bytes = avm_as_bytes(t, args[1]);
    if (!format && !bytes)
        return avm_raise_type(t, "Struct() argument 1 must be a str or bytes object, not %T", args[1]);
    Struct *s = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (!s) return AVM_FAIL;
    s->format =
        format ? avm_str_exact(t, format) : avm_decode(t, bytes->data, bytes->len, "latin-1", "strict");
    if (s->format && read_format(t, s)) return avm_value(s);
    avm_drop(t, s);
    return AVM_FAIL;
}

static void struct_free(AvmThread *t, AvmObj *o) {
    Struct *s = (Struct *)o;
    avm_release(&t->vm->alloc, s->items, s->nitems * sizeof *s->items);
    if (s->format) avm_drop(t, s->format);
}

static bool enough(AvmThread *t, const Struct *s, const char *what, uint32_t given) {
    if (given == s->nvalues) return true;
    return wrong(t, "%s expected %lld items for packing (got %u)", what, (long long)s->nvalues, given);
}

static AvmValue struct_pack(AvmThread *t, AvmValue *args, uint32_t n) {
    Struct *s = as_struct(args[0]);
    if (!enough(t, s, "pack", n - 1)) return AVM_FAIL;
    AvmBytes *b = s->size > AVM_STR_MAX ? NULL : avm_bytes_new(t, NULL, (size_t)s->size);
    if (!b) return avm_failed(t) ? AVM_FAIL : avm_raise_memory(t);
    if (pack(t, s, args + 1, (unsigned char *)b->data)) return avm_value(b);
    avm_drop(t, b);
    return AVM_FAIL;
}

// Where in n bytes the struct stands; false: there is no room.
static bool place(AvmThread *t, const Struct *s, AvmValue offset, size_t n, const char *what,
                  const char *doing, size_t *out) {
    int64_t at = 0, len = (int64_t)n;
    if (offset && !avm_index_exact(t, offset, &at, NULL)) return false;
    if (at < 0 && at + len < 0)
        return wrong(t, "offset %lld out of range for %lld-byte buffer", (long long)at, (long long)len);
    if (at < 0 && at + s->size > 0)
        return wrong(t, "not enough data to %s %lld bytes at offset %lld", doing, (long long)s->size,
                     (long long)at);
    if (at < 0) at += len;
    if (len - at < s->size)
        return wrong(t,
                     "%s requires a buffer of at least %llu bytes for %s %lld bytes at offset %lld (actual "
                     "buffer size is %lld)",
                     what, (unsigned long long)(s->size + at), doing[0] == 'u' ? "unpacking" : "packing",
                     (long long)s->size, (long long)at, (long long)len);
    *out = (size_t)at;
    return true;
}

static AvmValue struct_pack_into(AvmThread *t, AvmValue *args, uint32_t n) {
    Struct *s = as_struct(args[0]);
    AvmByteArray *a = avm_as_bytearray(t, args[1]);
    size_t at;
    if (!a) return avm_raise_type(t, "argument must be read-write bytes-like object, not %T", args[1]);
    if (!enough(t, s, "pack_into", n - 3) || !place(t, s, args[2], a->len, "pack_into", "pack", &at))
        return AVM_FAIL;
    unsigned char *out = avm_alloc_zero(&t->vm->alloc, (size_t)s->size + 1);
    if (!out) return avm_raise_memory(t);
    bool ok = pack(t, s, args + 3, out); // __index__ and the like may change the bytearray
    if (ok && at + (size_t)s->size <= a->len) memcpy(a->data + at, out, (size_t)s->size);
    avm_release(&t->vm->alloc, out, (size_t)s->size + 1);
    return ok ? AVM_NONE : AVM_FAIL;
}

static AvmValue struct_unpack(AvmThread *t, AvmValue *args, uint32_t n) {
    Struct *s = as_struct(args[0]);
    const char *p;
    size_t len;
    (void)n;
    if (!avm_bytes_like(t, args[1], &p, &len)) return AVM_FAIL;
    if ((int64_t)len == s->size) return unpack(t, s, p);
    return wrong(t, "unpack requires a buffer of %lld bytes", (long long)s->size);
}

static AvmValue struct_unpack_from(AvmThread *t, AvmValue *args, uint32_t n) {
    Struct *s = as_struct(args[0]);
    const char *p;
    size_t len, at;
    (void)n;
    if (!avm_bytes_like(t, args[1], &p, &len) || !place(t, s, args[2], len, "unpack_from", "unpack", &at))
        return AVM_FAIL;
    return unpack(t, s, p + at);
}

static AvmValue struct_iter_unpack(AvmThread *t, AvmValue *args, uint32_t n) {
    Struct *s = as_struct(args[0]);
    const char *p;
    size_t len;
    (void)n;
    if (!s->size) return wrong(t, "cannot iteratively unpack with a struct of length 0");
    if (!avm_bytes_like(t, args[1], &p, &len)) return AVM_FAIL;
    if (len % (size_t)s->size)
        return wrong(t, "iterative unpacking requires a buffer of a multiple of %lld bytes",
                     (long long)s->size);
    AvmList *list = avm_list_new(t, (uint32_t)(len / (size_t)s->size));
    for (size_t at = 0; list && at < len; at += (size_t)s->size) {
        AvmValue v = unpack(t, s, p + at);
        if (v && avm_list_append_take(t, list, v)) continue;
        avm_drop(t, list);
        return AVM_FAIL;
    }
    AvmValue it = list ? avm_iter(t, avm_value(list)) : AVM_FAIL;
    if (list) avm_drop(t, list);
    return it;
}

static AvmValue struct_format(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(as_struct(v)->format));
}
static AvmValue struct_size(AvmThread *t, AvmValue v) { return avm_int_new(t, as_struct(v)->size); }

static AvmValue struct_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "%N(%R)", avm_type_of(t, v), avm_value(as_struct(v)->format)));
}

static const AvmNativeDef methods[] = {
    {"__new__", struct_make, "__new__(format)", "Create and return a new object."},
    {"pack", struct_pack, "pack(*args)", "The values as bytes."},
    {"pack_into", struct_pack_into, "pack_into(buffer, offset, /, *args)",
     "Write the values into a bytearray."},
    {"unpack", struct_unpack, "unpack(buffer, /)", "The values of bytes, as a tuple."},
    {"unpack_from", struct_unpack_from, "unpack_from(buffer, offset=0)",
     "The values of bytes from an offset on."},
    {"iter_unpack", struct_iter_unpack, "iter_unpack(buffer, /)", "An iterator over tuples of values."},
    {0},
};
static const AvmGetSetDef getsets[] = {
    {"format", struct_format, NULL, "The format, a str."},
    {"size", struct_size, NULL, "How many bytes it describes."},
    {0},
};
static const AvmTypeDef struct_def = {
    .name = "_struct.Struct",
    .size = sizeof(Struct),
    .flags = AVM_TYPE_BASETYPE,
    .doc = "Struct(format): a format, read once.",
    .slots = {.free = struct_free, .repr = struct_repr},
    .methods = methods,
    .getsets = getsets,
};

static bool init(AvmThread *t, AvmModuleObj *m) { return avm_module_add_type(t, m, &struct_def); }

const AvmModuleDef avm_struct_module = {"_struct", "Values to bytes and back.", NULL, init};
