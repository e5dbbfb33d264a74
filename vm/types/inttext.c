// int to text and back. Knows nothing of format specs: that is format.c's.
#include <utf8proc.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/intbig.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"

static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static int digit_value(unsigned char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

// The number of base's digits that make up one step of conversion, and base to that power.
static int chunk_of(int base, uint64_t *unit) {
    int n = 0;
    *unit = 1;
    while (*unit <= UINT64_MAX / (uint64_t)base) {
        *unit *= (uint64_t)base;
        n++;
    }
    return n;
}

static bool is_power_of_two(int base) { return (base & (base - 1)) == 0; }

static int64_t digit_limit(AvmThread *t) {
    int32_t limit = t->vm->int_max_digits;
    return limit == 0 ? 4300 : limit < 0 ? INT64_MAX : limit;
}

static bool limit_error(AvmThread *t, size_t digits) {
    if (digits)
        avm_raise_value(t,
                        "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
                        "use sys.set_int_max_str_digits() to increase the limit",
                        (int)digit_limit(t), digits);
    else
        avm_raise_value(t,
                        "Exceeds the limit (%d digits) for integer string conversion; "
                        "use sys.set_int_max_str_digits() to increase the limit",
                        (int)digit_limit(t));
    return false;
}

// The digits with their sign. Returns how many characters.
static size_t decimal(int64_t i, char text[AVM_DECIMAL_MAX + 1]) {
    if (i >= 0) return (size_t)avm_decimal_put(text, (uint64_t)i);
    text[0] = '-';
    return 1 + (size_t)avm_decimal_put(text + 1, 0 - (uint64_t)i);
}

static bool small_to_text(int64_t i, int base, AvmBuf *out) {
    char text[66];
    if (base == 10) return avm_buf_add(out, text, decimal(i, text));
    size_t at = sizeof text;
    uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do text[--at] = digit_chars[u % (unsigned)base];
    while (u /= (unsigned)base);
    if (i < 0) text[--at] = '-';
    return avm_buf_add(out, text + at, sizeof text - at);
}

static bool bits_to_text(const AvmBigView *m, unsigned shift, AvmBuf *out) {
    for (size_t places = (avm_big_bits(m) - 1) / shift + 1; places-- > 0;) {
        size_t at = places * shift / AVM_LIMB_BITS;
        unsigned bit = places * shift % AVM_LIMB_BITS;
        unsigned d = (unsigned)(m->limbs[at] >> bit);
        if (bit + shift > AVM_LIMB_BITS && at + 1 < m->n)
            d |= (unsigned)(m->limbs[at + 1] << (AVM_LIMB_BITS - bit));
        if (!avm_buf_byte(out, digit_chars[d & ((1u << shift) - 1)])) return false;
    }
    return true;
}

// Writes n digits of u, the last one before `end`.
static void put_before(char *end, uint64_t u, int n, int base) {
    if (base == 10) {
        avm_decimal_fixed(end - n, u, n);
        return;
    }
    for (; n > 0; n--, u /= (unsigned)base) *--end = digit_chars[u % (unsigned)base];
}

// Divides again and again by the largest power of the base that fits in a limb.
static bool digits_to_text(AvmThread *t, const AvmBigView *m, int base, AvmBuf *out) {
    uint64_t unit;
    int per = chunk_of(base, &unit);
    size_t n = m->n, unit_bits = 63 - (size_t)__builtin_clzll(unit),
           most = (avm_big_bits(m) / unit_bits + 1) * (size_t)per;
    if (!avm_charge(t, (uint64_t)n * n)) return false;
    AvmLimb *limbs = avm_big_scratch(t, n);
    if (!limbs) return false;
    memcpy(limbs, m->limbs, n * sizeof *limbs);
    if (avm_buf_reserve(out, most)) {
        char *start = out->data + out->len, *end = start + most, *at = end;
        while (n) {
            AvmLimb rest = avm_limbs_div1(limbs, limbs, n, unit);
            n = avm_limbs_trim(limbs, n);
            put_before(at, rest, per, base);
            at -= per;
        }
        while (*at == '0') at++;
        memmove(start, at, (size_t)(end - at));
        out->len += (size_t)(end - at);
    }
    avm_big_scratch_free(t, limbs, m->n);
    return !out->failed || avm_raise_memory(t) != AVM_FAIL;
}

bool avm_int_to_text(AvmThread *t, AvmValue v, int base, AvmBuf *out) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        if (small_to_text(i, base, out)) return true;
        avm_raise_memory(t);
        return false;
    }
    AvmBigView m;
    avm_big_view(v, &m);
    if (m.negative) avm_buf_byte(out, '-');
    if (is_power_of_two(base)) {
        if (avm_charge(t, m.n) && bits_to_text(&m, (unsigned)__builtin_ctz((unsigned)base), out)) return true;
        if (out->failed) avm_raise_memory(t);
        return false;
    }
    // A digit of base 36 is worth less than 5.17 bits, one of base 10 more than 3.32.
    int64_t limit = digit_limit(t);
    if (limit != INT64_MAX && base == 10 && (double)avm_big_bits(&m) > (double)limit * 3.33 + 4)
        return limit_error(t, 0);
    size_t start = out->len;
    if (!digits_to_text(t, &m, base, out)) return false;
    return (int64_t)(out->len - start) <= limit || limit_error(t, 0);
}

AvmValue avm_int_repr(AvmThread *t, AvmValue v) {
    int64_t i;
    if (avm_int_get(v, &i)) {
        char text[AVM_DECIMAL_MAX + 1];
        size_t n = decimal(i, text);
        return avm_value(avm_str_new_counted(t, text, n, n));
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_int_to_text(t, v, 10, &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

// The limbs of n digits in a base that is a power of two; returns how many.
static size_t read_bits(AvmLimb *limbs, const char *p, size_t n, int base) {
    int shift = __builtin_ctz((unsigned)base), have = 0;
    unsigned __int128 word = 0;
    size_t used = 0;
    for (size_t i = n; i-- > 0;) {
        word |= (unsigned __int128)digit_value((unsigned char)p[i]) << have;
        have += shift;
        if (have >= AVM_LIMB_BITS || i == 0) {
            limbs[used++] = (AvmLimb)word;
            word >>= AVM_LIMB_BITS;
            have -= AVM_LIMB_BITS;
        }
    }
    if (word) limbs[used++] = (AvmLimb)word;
    return used;
}

// The same in any base: as many digits at a time as fit in a limb.
static size_t read_digits(AvmLimb *limbs, const char *p, size_t n, int base, int per) {
    size_t used = 0;
    for (size_t i = 0; i < n;) {
        uint64_t chunk = 0, scale = 1;
        for (int k = 0; k < per && i < n; k++, i++, scale *= (unsigned)base)
            chunk = chunk * (unsigned)base + (unsigned)digit_value((unsigned char)p[i]);
        limbs[used] = avm_limbs_mul1(limbs, limbs, used, scale, chunk);
        used += limbs[used] != 0;
    }
    return used;
}

// n digits, checked, most significant first.
static AvmValue text_to_big(AvmThread *t, const char *p, size_t n, int base, bool negative) {
    uint64_t unit, bits = n * (uint64_t)(32 - __builtin_clz((unsigned)base - 1));
    int per = chunk_of(base, &unit);
    uint64_t steps = n / (unsigned)per + 1;
    if (!avm_big_room(t, bits, is_power_of_two(base) ? steps : steps * steps / 2)) return AVM_FAIL;
    AvmInt *o = avm_big_new(t, bits / AVM_LIMB_BITS + 2);
    if (!o) return AVM_FAIL;
    size_t used =
        is_power_of_two(base) ? read_bits(o->limbs, p, n, base) : read_digits(o->limbs, p, n, base, per);
    return avm_big_finish(t, o, used, negative);
}

AvmValue avm_int_from_text(AvmThread *t, const char *p, size_t n, int base) {
    bool negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+')) p++, n--;
    if (!n) return AVM_FAIL;
    for (size_t i = 0; i < n; i++)
        if (digit_value((unsigned char)p[i]) >= base) return AVM_FAIL;
    size_t all = n;
    while (n > 1 && *p == '0') p++, n--;
    if (!is_power_of_two(base) && (int64_t)all > digit_limit(t)) {
        limit_error(t, all);
        return AVM_FAIL;
    }
    if (n > 12) return text_to_big(t, p, n, base, negative);
    int64_t i = 0;
    for (size_t k = 0; k < n; k++) i = i * base + digit_value((unsigned char)p[k]);
    return avm_int_new(t, negative ? -i : i);
}

// --- what scripts may write in int(text, base)

static bool is_decimal(uint32_t c) { return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ND; }

// Decimal digits stand in runs of ten, so the value is the distance from the first of the run.
static int decimal_value(uint32_t c) {
    uint32_t first = c;
    while (is_decimal(first - 1)) first--;
    return (int)((c - first) % 10);
}

static bool is_space(uint32_t c) {
    if (c < 128) return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F);
    if (c == 0x85) return true;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

bool avm_number_text(AvmThread *t, AvmStr *s, AvmBuf *out) {
    for (size_t i = 0, n; i < s->len; i += n) {
        uint32_t c = avm_utf8_decode(s->data + i, &n);
        if (is_space(c))
            avm_buf_byte(out, ' ');
        else if (c < 128)
            avm_buf_byte(out, (char)c);
        else
            avm_buf_byte(out, is_decimal(c) ? (char)('0' + decimal_value(c)) : '?');
    }
    if (!out->failed) return true;
    avm_raise_memory(t);
    return false;
}

// Drops the prefix and underscores of text in place; false: not an int of this base. *base is found if it is
// 0.
static bool clean_literal(char *p, size_t *n, int *base) {
    char *end = p + *n, *from = p, *to = p;
    if (from < end && (*from == '+' || *from == '-')) *to++ = *from++;
    int prefix = 0;
    if (end - from > 1 && *from == '0') {
        char c = from[1] | 32;
        prefix = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
    }
    bool any_zeros = *base == 0 && !prefix && from < end && *from == '0';
    if (*base == 0) *base = prefix ? prefix : 10;
    if (prefix && prefix == *base) {
        from += 2;
        if (from < end && *from == '_') from++;
    }
    bool digit = false;
    for (; from < end; from++) {
        if (*from == '_') {
            if (!digit || from + 1 == end) return false;
            digit = false;
        } else {
            if (digit_value((unsigned char)*from) >= *base) return false;
            if (any_zeros && *from != '0') return false;
            *to++ = *from;
            digit = true;
        }
    }
    *n = (size_t)(to - p);
    return digit;
}

static AvmValue invalid_literal(AvmThread *t, AvmValue text, int base) {
    AvmValue r = avm_repr(t, text);
    if (r == AVM_FAIL) return AVM_FAIL;
    AvmStr *s = (AvmStr *)avm_obj(r);
    uint32_t end = s->count < 200 ? s->len : avm_str_offset(t, s, 200);
    avm_raise_value(t, "invalid literal for int() with base %d: %.*s", base, (int)end, s->data);
    avm_decref(t, r);
    return AVM_FAIL;
}

// An optional sign and up to 18 digits between spaces, which is what most texts hold.
static bool parse_plain(const char *p, size_t n, int64_t *out) {
    while (n && (*p == ' ' || *p == '\n')) p++, n--;
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\n')) n--;
    bool negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+')) p++, n--;
    if (!n || n > 18) return false;
    int64_t i = 0;
    for (; n; p++, n--) {
        if (*p < '0' || *p > '9') return false;
        i = i * 10 + (*p - '0');
    }
    *out = negative ? -i : i;
    return true;
}

AvmValue avm_int_parse(AvmThread *t, AvmValue text, int base) {
    int64_t plain;
    if (base == 10 && avm_is_str(text)) {
        const AvmStr *exact = (const AvmStr *)avm_obj(text);
        if (parse_plain(exact->data, exact->len, &plain)) return avm_int_new(t, plain);
    }
    AvmBuf b;
    AvmStr *s = avm_as_str(t, text);
    AvmValue result = AVM_FAIL;
    int used_base = base;
    avm_buf_init(&b, &t->vm->alloc);
    if (s) {
        if (!avm_number_text(t, s, &b)) goto done;
    } else {
        const char *p;
        size_t n;
        if (!avm_bytes_like(t, text, &p, &n)) goto done;
        if (!avm_buf_add(&b, p, n)) {
            avm_raise_memory(t);
            goto done;
        }
    }
    char *p = b.data;
    size_t n = b.len;
    while (n && is_space((unsigned char)p[n - 1]) && p[n - 1] > 0) n--;
    while (n && is_space((unsigned char)*p) && *p > 0) p++, n--;
    if (n && clean_literal(p, &n, &used_base)) result = avm_int_from_text(t, p, n, used_base);
    if (result == AVM_FAIL && !avm_failed(t)) invalid_literal(t, text, base);
done:
    avm_buf_free(&b);
    return result;
}

// Calls a special method that has to give an int. AVM_DONE: there is none.
static AvmValue convert_by(AvmThread *t, AvmValue v, AvmStr *name) {
    AvmValue r = avm_call_special(t, v, name, NULL, 0);
    if (r == AVM_FAIL || r == AVM_DONE) return r;
    if (!avm_is_int(t, r)) {
        avm_raise_type(t, "%S returned non-int (type %T)", name, r);
        avm_decref(t, r);
        return AVM_FAIL;
    }
    AvmValue plain = avm_int_plain(t, r);
    avm_decref(t, r);
    return plain;
}

AvmValue avm_index_int(AvmThread *t, AvmValue v) {
    if (avm_is_int(t, v)) return avm_int_plain(t, v);
    AvmValue r = avm_is_obj(v) ? convert_by(t, v, AVM_NAME(t, __index__)) : AVM_DONE;
    if (r != AVM_DONE) return r;
    return avm_raise_type(t, "'%T' object cannot be interpreted as an integer", v);
}

AvmValue avm_int_convert(AvmThread *t, AvmValue v) {
    if (avm_is_inline_int(v)) return v;
    if (avm_is_float(v)) return avm_int_from_double(t, avm_float(v));
    if (avm_is_bool(v) || avm_is(v, AVM_T_INT)) return avm_int_plain(t, v);
    if (avm_is_obj(v)) {
        if (avm_is_str(v)) return avm_int_parse(t, v, 10);
        AvmValue r = convert_by(t, v, AVM_NAME(t, __int__));
        if (r == AVM_DONE) r = convert_by(t, v, AVM_NAME(t, __index__));
        if (r != AVM_DONE) return r;
        if (avm_as_str(t, v) || avm_as_bytes(t, v) || avm_is(v, AVM_T_BYTEARRAY))
            return avm_int_parse(t, v, 10);
    }
    return avm_raise_type(
        t, "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
}
