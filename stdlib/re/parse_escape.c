// Escapes in regular expressions, and the names of groups.
#include "stdlib/re/re.h"
#include "vm/types/strcase.h"

static bool is_octal(int32_t c) { return c >= '0' && c <= '7'; }
static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_letter(int32_t c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static int hex_value(int32_t c) {
    if (is_digit(c)) return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Says what is wrong with the escape that began at `at` and has been read up to here.
static bool wrong(AvmReParser *p, uint32_t at, const char *format) {
    AvmStr *text = p->failed ? NULL : avm_re_text(p, at, p->at);
    if (text) {
        avm_re_error(p, at, format, text);
        avm_drop(p->t, text);
    }
    return false;
}

// Exactly n digits.
static bool hexadecimal(AvmReParser *p, uint32_t at, int n, AvmReEscape *out) {
    out->c = 0;
    for (int i = 0; i < n; i++) {
        int digit = p->escaped ? -1 : hex_value(p->next);
        if (digit < 0) return wrong(p, at, "incomplete escape %S");
        out->c = out->c << 4 | (uint32_t)digit;
        avm_re_advance(p);
    }
    return (out->c <= 0x10FFFF && !p->failed) || wrong(p, at, "bad escape %S");
}

// The rest of an octal number that began with c, at most n digits more.
static void octal(AvmReParser *p, int32_t c, int n, AvmReEscape *out) {
    out->c = (uint32_t)(c - '0');
    for (; n > 0 && !p->escaped && is_octal(p->next); n--) {
        out->c = out->c * 8 + (uint32_t)(p->next - '0');
        avm_re_advance(p);
    }
}

static bool too_large(AvmReParser *p, uint32_t at, const AvmReEscape *e) {
    if (e->c <= 0377) return false;
    wrong(p, at, "octal escape value %S outside of range 0-0o377");
    return true;
}

static bool reference(AvmReParser *p, uint32_t at, int64_t group, AvmReEscape *out) {
    group += p->base;
    out->group = group;
    if (group >= p->ngroups) {
        avm_re_error(p, at + 1, "invalid group reference %lld", (long long)(group - p->base));
    } else if (!p->groups[group].closed) {
        avm_re_error(p, at, "cannot refer to an open group");
    } else if (p->lookbehind && group >= p->lookbehind) {
        avm_re_error(p, p->at, "cannot refer to group defined in the same lookbehind subpattern");
    }
    return !p->failed;
}

// Outside sets: \0 and three octal digits are numbers of characters, others those of groups.
static bool number(AvmReParser *p, uint32_t at, int32_t c, AvmReEscape *out) {
    if (c == '0') {
        octal(p, c, 2, out);
        return !p->failed;
    }
    int64_t group = c - '0';
    if (!p->escaped && is_digit(p->next)) {
        int32_t second = p->next;
        group = group * 10 + second - '0';
        avm_re_advance(p);
        if (is_octal(c) && is_octal(second) && !p->escaped && is_octal(p->next)) {
            out->c = (uint32_t)((c - '0') * 64 + (second - '0') * 8 + p->next - '0');
            avm_re_advance(p);
            return !too_large(p, at, out) && !p->failed;
        }
    }
    return !p->failed && reference(p, at, group, out);
}

static bool simple(int32_t c, bool in_set, AvmReEscape *out) {
    static const char controls[] = "a\ab\bf\fn\nr\rt\tv\v\\\\", classes[] = "dDsSwW";
    const char *at = strchr(classes, c);
    if (at) {
        out->klass = (int)(at - classes);
        return true;
    }
    if (!in_set) {
        static const char places[] = "AZbB";
        static const AvmReAt where[] = {AVM_RE_BEGIN_TEXT, AVM_RE_END_TEXT, AVM_RE_BOUNDARY,
                                        AVM_RE_NO_BOUNDARY};
        if ((at = strchr(places, c))) {
            out->where = where[at - places];
            return true;
        }
    }
    for (at = controls; *at; at += 2)
        if (*at == c) {
            out->c = (unsigned char)at[1];
            return true;
        }
    return false;
}

bool avm_re_parse_escape(AvmReParser *p, uint32_t at, bool in_set, AvmReEscape *out) {
    int32_t c = (int32_t)p->text[at + 1];
    *out = (AvmReEscape){.klass = -1, .where = -1, .group = -1, .c = (uint32_t)c};
    if (p->failed) return false;
    if (c && c < 128 && simple(c, in_set, out)) return true;
    if (c == 'x') return hexadecimal(p, at, 2, out);
    if (c == 'u' && p->is_text) return hexadecimal(p, at, 4, out);
    if (c == 'U' && p->is_text) return hexadecimal(p, at, 8, out);
    if (c == 'N' && p->is_text) {
        avm_re_error(p, at, "names of characters (\\N{...}) are not supported");
        return false;
    }
    if (in_set && is_octal(c)) {
        octal(p, c, 2, out);
        return !too_large(p, at, out) && !p->failed;
    }
    if (is_digit(c)) return in_set ? wrong(p, at, "bad escape %S") : number(p, at, c, out);
    return !is_letter(c) || wrong(p, at, "bad escape %S");
}

// --- names of groups

AvmStr *avm_re_parse_name(AvmReParser *p, char terminator, const char *what) {
    uint32_t from = p->at;
    while (p->next >= 0 && (p->next != terminator || p->escaped)) avm_re_advance(p);
    uint32_t to = p->at;
    if (p->next < 0) {
        if (from == to) avm_re_error(p, to, "missing %s", what);
        avm_re_error(p, from, "missing %c, unterminated name", terminator);
        return NULL;
    }
    avm_re_advance(p);
    if (from == to) avm_re_error(p, (int64_t)p->at - 1, "missing %s", what);
    return p->failed ? NULL : avm_re_text(p, from, to);
}

bool avm_re_check_name(AvmReParser *p, AvmStr *name, uint32_t offset) {
    AvmValue self[] = {avm_value(name)};
    int64_t at = (int64_t)p->at - name->count - offset;
    if (!p->is_text && !(name->h.flags & AVM_STR_ASCII)) {
        AvmValue shown = avm_ascii(p->t, self[0]);
        if (shown) avm_re_error(p, at, "bad character in group name %V", shown);
        avm_decref(p->t, shown);
    } else if (avm_str_isidentifier(p->t, self, 1) != AVM_TRUE) {
        avm_re_error(p, at, "bad character in group name %R", self[0]);
    }
    return !p->failed;
}

bool avm_re_number(const AvmStr *name, uint64_t *out) {
    *out = 0;
    for (uint32_t i = 0; i < name->len; i++) {
        if (!is_digit(name->data[i])) return false;
        *out = *out > UINT64_MAX / 16 ? *out : *out * 10 + (uint64_t)(name->data[i] - '0');
    }
    return name->len > 0;
}
