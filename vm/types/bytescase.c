// bytes' and bytearray's methods about ASCII characters, hexadecimal digits, tables and decoding.
#include "vm/call.h"
#include "vm/types/bytesmore.h"
#include "vm/types/codec.h"
#include "vm/types/int.h"

static bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static bool is_alpha(unsigned char c) { return is_lower(c | 32); }
static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static bool is_alnum(unsigned char c) { return is_alpha(c) || is_digit(c); }
static bool is_space(unsigned char c) { return c == ' ' || (c >= 9 && c <= 13); }

// --- questions

static AvmValue all(AvmThread *t, AvmValue *args, bool (*is)(unsigned char)) {
    AvmChars c = avm_chars(t, args[0]);
    for (size_t i = 0; i < c.n; i++)
        if (!is((unsigned char)c.p[i])) return AVM_FALSE;
    return avm_bool(c.n > 0);
}
AvmValue avm_bytes_isalpha(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(t, args, is_alpha);
}
AvmValue avm_bytes_isalnum(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(t, args, is_alnum);
}
AvmValue avm_bytes_isdigit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(t, args, is_digit);
}
AvmValue avm_bytes_isspace(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(t, args, is_space);
}
AvmValue avm_bytes_isascii(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars c = avm_chars(t, args[0]);
    for (size_t i = 0; i < c.n; i++)
        if ((unsigned char)c.p[i] >= 0x80) return AVM_FALSE;
    return AVM_TRUE;
}

static AvmValue one_case(AvmThread *t, AvmValue *args, bool (*wanted)(unsigned char),
                         bool (*unwanted)(unsigned char)) {
    AvmChars c = avm_chars(t, args[0]);
    bool found = false;
    for (size_t i = 0; i < c.n; i++) {
        if (unwanted((unsigned char)c.p[i])) return AVM_FALSE;
        found |= wanted((unsigned char)c.p[i]);
    }
    return avm_bool(found);
}
AvmValue avm_bytes_islower(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return one_case(t, args, is_lower, is_upper);
}
AvmValue avm_bytes_isupper(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return one_case(t, args, is_upper, is_lower);
}

AvmValue avm_bytes_istitle(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars c = avm_chars(t, args[0]);
    bool in_word = false, found = false;
    for (size_t i = 0; i < c.n; i++) {
        unsigned char x = (unsigned char)c.p[i];
        if ((is_upper(x) && in_word) || (is_lower(x) && !in_word)) return AVM_FALSE;
        in_word = is_alpha(x);
        found |= in_word;
    }
    return avm_bool(found);
}

// --- changes

typedef enum Pattern { UPPER, LOWER, CAPITALIZE, TITLE, SWAP } Pattern;

static AvmValue change(AvmThread *t, AvmValue *args, Pattern pattern) {
    AvmChars c = avm_chars(t, args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    bool in_word = false;
    if (avm_buf_reserve(&b, c.n)) {
        for (size_t i = 0; i < c.n; i++) {
            unsigned char x = (unsigned char)c.p[i];
            bool up = pattern == UPPER || (pattern == CAPITALIZE && i == 0) ||
                      (pattern == TITLE && !in_word) || (pattern == SWAP && is_lower(x));
            in_word = is_alpha(x);
            if (in_word) x = up ? x & ~32 : x | 32;
            b.data[i] = (char)x;
        }
        b.len = c.n;
    }
    return avm_chars_from_buf(t, c, &b);
}
AvmValue avm_bytes_upper(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, args, UPPER);
}
AvmValue avm_bytes_lower(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, args, LOWER);
}
AvmValue avm_bytes_title(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, args, TITLE);
}
AvmValue avm_bytes_capitalize(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, args, CAPITALIZE);
}
AvmValue avm_bytes_swapcase(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, args, SWAP);
}

// --- tables

AvmValue avm_bytes_translate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *table = NULL, *drop = "";
    size_t size = 256, ndrop = 0;
    if (args[1] != AVM_NONE && !avm_bytes_like(t, args[1], &table, &size)) return AVM_FAIL;
    if (size != 256) return avm_raise_value(t, "translation table must be 256 characters long");
    if (args[2] && !avm_bytes_like(t, args[2], &drop, &ndrop)) return AVM_FAIL;
    bool dropped[256] = {false};
    for (size_t i = 0; i < ndrop; i++) dropped[(unsigned char)drop[i]] = true;
    AvmChars c = avm_chars(t, args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (size_t i = 0; i < c.n; i++) {
        unsigned char x = (unsigned char)c.p[i];
        if (!dropped[x]) avm_buf_byte(&b, table ? table[x] : (char)x);
    }
    return avm_chars_from_buf(t, c, &b);
}

AvmValue avm_bytes_maketrans(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *from, *to;
    size_t nfrom, nto;
    if (!avm_bytes_like(t, args[0], &from, &nfrom) || !avm_bytes_like(t, args[1], &to, &nto)) return AVM_FAIL;
    if (nfrom != nto) return avm_raise_value(t, "maketrans arguments must have same length");
    char table[256];
    for (int i = 0; i < 256; i++) table[i] = (char)i;
    for (size_t i = 0; i < nfrom; i++) table[(unsigned char)from[i]] = to[i];
    return avm_value(avm_bytes_new(t, table, 256));
}

// --- hexadecimal

static bool hex_separator(AvmThread *t, AvmValue v, char *out) {
    AvmStr *s = avm_as_str(t, v);
    const char *p = s ? s->data : NULL;
    size_t n = s ? s->len : 0;
    if (!s) {
        int64_t len = avm_len(t, v);
        if (len < 0) return false;
        if (len != 1) return avm_raise_value(t, "sep must be length 1.");
        if (!avm_as_bytes(t, v) && !avm_as_bytearray(t, v))
            return avm_raise_type(t, "sep must be str or bytes.");
        avm_bytes_like(t, v, &p, &n);
    }
    if ((s ? s->count : n) != 1) return avm_raise_value(t, "sep must be length 1.");
    if ((unsigned char)p[0] >= 0x80) return avm_raise_value(t, "sep must be ASCII.");
    *out = p[0];
    return true;
}

AvmValue avm_bytes_hex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    char sep = 0;
    int64_t group;
    if (args[1] && !hex_separator(t, args[1], &sep)) return AVM_FAIL;
    if (!avm_arg_int(t, args[2], 1, &group)) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    uint64_t size = group < 0 ? (uint64_t)-group : (uint64_t)group;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_reserve(&b, c.n * 3);
    for (size_t i = 0; i < c.n; i++) {
        // Positive sizes count groups from the right, negative ones from the left.
        uint64_t place = group < 0 ? i : c.n - i;
        if (args[1] && size && i && place % size == 0) avm_buf_byte(&b, sep);
        avm_buf_byte(&b, "0123456789abcdef"[(unsigned char)c.p[i] >> 4]);
        avm_buf_byte(&b, "0123456789abcdef"[(unsigned char)c.p[i] & 15]);
    }
    return avm_value(avm_str_from_buf(t, &b));
}

static int hex_digit(char c) {
    if (is_digit((unsigned char)c)) return c - '0';
    char low = (char)(c | 32);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static AvmValue bad_hex(AvmThread *t, AvmBuf *b, size_t at) {
    avm_buf_free(b);
    return avm_raise_value(t, "non-hexadecimal number found in fromhex() arg at position %zu", at);
}

AvmValue avm_bytes_fromhex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = avm_as_str(t, args[1]);
    if (!s) return avm_raise_type(t, "fromhex() argument must be str, not %s", avm_arg_kind(t, args[1]));
    AvmType *type = (AvmType *)avm_obj(args[0]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < s->len; i++) {
        if (is_space((unsigned char)s->data[i])) continue;
        int high = hex_digit(s->data[i]);
        if (high < 0) return bad_hex(t, &b, i);
        int low = hex_digit(s->data[i + 1]); // the NUL is no digit
        if (low < 0) return bad_hex(t, &b, i + 1);
        avm_buf_byte(&b, (char)(high << 4 | low));
        i++;
    }
    bool array = avm_type_is_sub(type, avm_type_get(t, AVM_T_BYTEARRAY));
    AvmChars like = {.kind = array ? AVM_CHARS_BYTEARRAY : AVM_CHARS_BYTES};
    AvmValue v = avm_chars_from_buf(t, like, &b);
    if (!v || type->id == AVM_T_BYTES || type->id == AVM_T_BYTEARRAY) return v;
    AvmValue r = avm_call1(t, args[0], v);
    avm_decref(t, v);
    return r;
}

AvmValue avm_bytes_decode(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *names[2];
    if (!avm_codec_names(t, "decode", args + 1, names)) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    return avm_value(avm_decode(t, c.p, c.n, names[0], names[1]));
}
