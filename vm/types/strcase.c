// str's questions about characters and its changes of case. What characters are is unicode.c's business.
#include "vm/types/strcase.h"

#include "base/utf8.h"
#include "vm/error.h"
#include "vm/types/str.h"
#include "vm/types/strindex.h"
#include "vm/types/unicode.h"

static AvmStr *self(AvmThread *t, AvmValue *args) { return avm_as_str(t, args[0]); }

// --- questions

// Non-empty, and all characters have the property.
static AvmValue all(AvmStr *s, bool (*is)(uint32_t)) {
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width)
        if (!is(avm_utf8_decode(s->data + i, &width))) return AVM_FALSE;
    return avm_bool(s->len > 0);
}

static bool is_alnum(uint32_t c) { return avm_uni_is_alpha(c) || avm_uni_is_numeric(c); }

AvmValue avm_str_isalpha(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), avm_uni_is_alpha);
}
AvmValue avm_str_isalnum(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), is_alnum);
}
AvmValue avm_str_isdecimal(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), avm_uni_is_decimal);
}
AvmValue avm_str_isdigit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), avm_uni_is_digit);
}
AvmValue avm_str_isnumeric(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), avm_uni_is_numeric);
}
AvmValue avm_str_isspace(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return all(self(t, args), avm_uni_is_space);
}
AvmValue avm_str_isprintable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = self(t, args);
    return avm_bool(!s->len || all(s, avm_uni_is_printable) == AVM_TRUE);
}
AvmValue avm_str_isascii(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_bool(self(t, args)->h.flags & AVM_STR_ASCII);
}

AvmValue avm_str_isidentifier(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = self(t, args);
    size_t width;
    if (!s->len || !avm_uni_is_id_start(avm_utf8_decode(s->data, &width))) return AVM_FALSE;
    return all(s, avm_uni_is_id_continue);
}

// At least one cased character, and none of the case that `unwanted` tells.
static AvmValue one_case(AvmStr *s, bool (*wanted)(uint32_t), bool (*unwanted)(uint32_t)) {
    bool found = false;
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        if (unwanted(c) || avm_uni_is_title(c)) return AVM_FALSE;
        found |= wanted(c);
    }
    return avm_bool(found);
}
AvmValue avm_str_islower(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return one_case(self(t, args), avm_uni_is_lower, avm_uni_is_upper);
}
AvmValue avm_str_isupper(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return one_case(self(t, args), avm_uni_is_upper, avm_uni_is_lower);
}

AvmValue avm_str_istitle(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = self(t, args);
    bool found = false, in_word = false;
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        bool starts = avm_uni_is_upper(c) || avm_uni_is_title(c), goes_on = !starts && avm_uni_is_lower(c);
        if ((starts && in_word) || (goes_on && !in_word)) return AVM_FALSE;
        in_word = starts || goes_on;
        found |= in_word;
    }
    return avm_bool(found);
}

// --- changes

// Is the capital sigma at byte i the last letter of a word (and becomes ς)?
static bool is_final_sigma(const AvmStr *s, uint32_t i) {
    size_t width;
    uint32_t c = 0, k = i;
    bool cased_before = false;
    while (k) {
        do k--;
        while (((unsigned char)s->data[k] & 0xC0) == 0x80);
        c = avm_utf8_decode(s->data + k, &width);
        if (avm_uni_is_case_ignorable(c)) continue;
        cased_before = avm_uni_is_cased(c);
        break;
    }
    if (!cased_before) return false;
    for (k = i + 2; k < s->len; k += (uint32_t)width) {
        c = avm_utf8_decode(s->data + k, &width);
        if (!avm_uni_is_case_ignorable(c)) return !avm_uni_is_cased(c);
    }
    return true;
}

static void add_cased(AvmBuf *b, const AvmStr *s, uint32_t i, uint32_t c, AvmCasing how) {
    if (c == 0x3A3 && how == AVM_CASE_LOWER) {
        avm_buf_utf8(b, is_final_sigma(s, i) ? 0x3C2 : 0x3C3);
        return;
    }
    uint32_t out[AVM_UNI_CASE_MAX];
    size_t n = avm_uni_case(c, how, out);
    for (size_t k = 0; k < n; k++) avm_buf_utf8(b, out[k]);
}

static char ascii_case(char c, AvmCasing how) {
    if (how == AVM_CASE_UPPER || how == AVM_CASE_TITLE) return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static AvmValue change_all(AvmThread *t, AvmStr *s, AvmCasing how) {
    if (s->h.flags & AVM_STR_ASCII) {
        if (!s->len) return avm_value(avm_str_exact(t, s));
        if (s->len == 1) return avm_value(avm_str_char(t, (unsigned char)ascii_case(s->data[0], how)));
        AvmStr *r = avm_str_new_room(t, s->len, s->count);
        for (uint32_t i = 0; r && i < s->len; i++) r->data[i] = ascii_case(s->data[i], how);
        return avm_value(r);
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_reserve(&b, s->len);
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        add_cased(&b, s, i, c, how);
    }
    return avm_value(avm_str_from_buf(t, &b));
}

AvmValue avm_str_upper(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change_all(t, self(t, args), AVM_CASE_UPPER);
}
AvmValue avm_str_lower(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change_all(t, self(t, args), AVM_CASE_LOWER);
}
AvmValue avm_str_casefold(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change_all(t, self(t, args), AVM_CASE_FOLD);
}

typedef enum Pattern { CAPITALIZE, TITLE, SWAP } Pattern;

static AvmValue change(AvmThread *t, AvmStr *s, Pattern pattern) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_reserve(&b, s->len);
    bool in_word = false;
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        AvmCasing how = AVM_CASE_LOWER;
        if (pattern == CAPITALIZE)
            how = i ? AVM_CASE_LOWER : AVM_CASE_TITLE;
        else if (pattern == TITLE)
            how = in_word ? AVM_CASE_LOWER : AVM_CASE_TITLE;
        else if (avm_uni_is_lower(c))
            how = AVM_CASE_UPPER;
        else if (!avm_uni_is_upper(c)) {
            avm_buf_add(&b, s->data + i, width);
            continue;
        }
        add_cased(&b, s, i, c, how);
        if (pattern == TITLE) in_word = avm_uni_is_cased(c);
    }
    return avm_value(avm_str_from_buf(t, &b));
}

AvmValue avm_str_title(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, self(t, args), TITLE);
}
AvmValue avm_str_capitalize(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, self(t, args), CAPITALIZE);
}
AvmValue avm_str_swapcase(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return change(t, self(t, args), SWAP);
}
