// What characters are and become. Categories and simple case come from utf8proc, the rest from unicode.def.
#include "vm/types/unicode.h"

#include <utf8proc.h>

#include "base/utf8.h"

typedef struct Range {
    uint32_t first, last;
} Range;

#define NOTHING(...)
#define ROW(first, last) {first, last},

#define DIGIT ROW
#define NUMERIC NOTHING
#define LOWER NOTHING
#define UPPER NOTHING
#define IGNORABLE NOTHING
#define ID_START NOTHING
#define NOT_START NOTHING
#define ID_CONTINUE NOTHING
#define NOT_CONTINUE NOTHING
#define CASING NOTHING
static const Range digits[] = {
#include "vm/types/unicode.def"
};
#undef DIGIT
#define DIGIT NOTHING
#undef NUMERIC
#define NUMERIC ROW
static const Range numerics[] = {
#include "vm/types/unicode.def"
};
#undef NUMERIC
#define NUMERIC NOTHING
#undef LOWER
#define LOWER ROW
static const Range lowers[] = {
#include "vm/types/unicode.def"
};
#undef LOWER
#define LOWER NOTHING
#undef UPPER
#define UPPER ROW
static const Range uppers[] = {
#include "vm/types/unicode.def"
};
#undef UPPER
#define UPPER NOTHING
#undef IGNORABLE
#define IGNORABLE ROW
static const Range ignorables[] = {
#include "vm/types/unicode.def"
};
#undef IGNORABLE
#define IGNORABLE NOTHING
#undef ID_START
#define ID_START ROW
static const Range id_starts[] = {
#include "vm/types/unicode.def"
};
#undef ID_START
#define ID_START NOTHING
#undef NOT_START
#define NOT_START ROW
static const Range not_starts[] = {
#include "vm/types/unicode.def"
};
#undef NOT_START
#define NOT_START NOTHING
#undef ID_CONTINUE
#define ID_CONTINUE ROW
static const Range id_continues[] = {
#include "vm/types/unicode.def"
};
#undef ID_CONTINUE
#define ID_CONTINUE NOTHING
#undef NOT_CONTINUE
#define NOT_CONTINUE ROW
static const Range not_continues[] = {
#include "vm/types/unicode.def"
};
#undef NOT_CONTINUE
#define NOT_CONTINUE NOTHING
#undef CASING
#define CASING(c, upper, title) {c, upper, title},
typedef struct Casing {
    uint32_t c;
    char upper[8], title[8];
} Casing;
static const Casing casings[] = {
#include "vm/types/unicode.def"
};

static bool search(const Range *ranges, size_t n, uint32_t c) {
    size_t low = 0;
    while (low < n) {
        size_t middle = (low + n) / 2;
        if (ranges[middle].last < c)
            low = middle + 1;
        else if (ranges[middle].first > c)
            n = middle;
        else
            return true;
    }
    return false;
}
#define IN(table, c) search((table), sizeof(table) / sizeof *(table), (c))

// utf8proc knows Unicode 15.0; 15.1 added ideographs and their description characters.
static utf8proc_category_t category(uint32_t c) {
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    if (k != UTF8PROC_CATEGORY_CN) return k;
    if (c >= 0x2EBF0 && c <= 0x2EE5D) return UTF8PROC_CATEGORY_LO;
    if ((c >= 0x2FFC && c <= 0x2FFF) || c == 0x31EF) return UTF8PROC_CATEGORY_SO;
    return k;
}
#define BIT(name) (1u << UTF8PROC_CATEGORY_##name)
static bool of(uint32_t c, uint32_t categories) { return categories >> category(c) & 1; }

bool avm_uni_is_alpha(uint32_t c) {
    if (c < 128) return (c | 32) - 'a' < 26;
    return of(c, BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO));
}

bool avm_uni_is_decimal(uint32_t c) { return c < 128 ? c - '0' < 10 : of(c, BIT(ND)); }

bool avm_uni_is_digit(uint32_t c) { return avm_uni_is_decimal(c) || IN(digits, c); }

bool avm_uni_is_numeric(uint32_t c) {
    if (c < 128) return c - '0' < 10;
    return of(c, BIT(ND) | BIT(NL) | BIT(NO)) || IN(numerics, c);
}

bool avm_uni_is_lower(uint32_t c) {
    if (c < 128) return c - 'a' < 26;
    return of(c, BIT(LL)) || IN(lowers, c);
}

bool avm_uni_is_upper(uint32_t c) {
    if (c < 128) return c - 'A' < 26;
    return of(c, BIT(LU)) || IN(uppers, c);
}

bool avm_uni_is_title(uint32_t c) { return c >= 128 && of(c, BIT(LT)); }

bool avm_uni_is_cased(uint32_t c) {
    return avm_uni_is_lower(c) || avm_uni_is_upper(c) || avm_uni_is_title(c);
}

bool avm_uni_is_case_ignorable(uint32_t c) {
    return of(c, BIT(MN) | BIT(ME) | BIT(CF) | BIT(LM) | BIT(SK)) || IN(ignorables, c);
}

bool avm_uni_is_space(uint32_t c) {
    if (c < 128) return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    return c == 0x85 || of(c, BIT(ZS) | BIT(ZL) | BIT(ZP));
}

bool avm_uni_is_line_break(uint32_t c) {
    return (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool avm_uni_is_printable(uint32_t c) {
    if (c < 127) return c >= 32;
    return !of(c, BIT(CC) | BIT(CF) | BIT(CS) | BIT(CO) | BIT(CN) | BIT(ZL) | BIT(ZP) | BIT(ZS));
}

#define LETTERS (BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO) | BIT(NL))

bool avm_uni_is_id_start(uint32_t c) {
    if (c < 128) return (c | 32) - 'a' < 26 || c == '_';
    return of(c, LETTERS) ? !IN(not_starts, c) : IN(id_starts, c);
}

bool avm_uni_is_id_continue(uint32_t c) {
    if (c < 128) return (c | 32) - 'a' < 26 || c == '_' || c - '0' < 10;
    return of(c, LETTERS | BIT(MN) | BIT(MC) | BIT(ND) | BIT(PC)) ? !IN(not_continues, c)
                                                                  : IN(id_continues, c);
}

// Decimal digits stand in runs of tens, 0 to 9.
int avm_uni_decimal(uint32_t c) {
    if (c < 128) return c - '0' < 10 ? (int)(c - '0') : -1;
    if (!of(c, BIT(ND))) return -1;
    uint32_t first = c;
    while (of(first - 1, BIT(ND))) first--;
    return (int)(c - first) % 10;
}

static const Casing *casing(uint32_t c) {
    size_t low = 0, n = sizeof casings / sizeof *casings;
    while (low < n) {
        size_t middle = (low + n) / 2;
        if (casings[middle].c < c)
            low = middle + 1;
        else if (casings[middle].c > c)
            n = middle;
        else
            return &casings[middle];
    }
    return NULL;
}

static size_t decode(const char *s, uint32_t *out) {
    size_t n = 0, width;
    for (; *s; s += width) out[n++] = avm_utf8_decode(s, &width);
    return n;
}

size_t avm_uni_case(uint32_t c, AvmCasing how, uint32_t out[AVM_UNI_CASE_MAX]) {
    utf8proc_int32_t p = (utf8proc_int32_t)c;
    if (how == AVM_CASE_LOWER) {
        out[0] = (uint32_t)utf8proc_tolower(p);
        out[1] = 0x307;
        return c == 0x130 ? 2 : 1; // the dot of a Turkish capital I stays
    }
    if (how == AVM_CASE_FOLD) {
        utf8proc_int32_t folded[AVM_UNI_CASE_MAX];
        int last = 0;
        utf8proc_ssize_t n = utf8proc_decompose_char(p, folded, AVM_UNI_CASE_MAX, UTF8PROC_CASEFOLD, &last);
        if (n < 1 || n > AVM_UNI_CASE_MAX) {
            out[0] = c;
            return 1;
        }
        for (utf8proc_ssize_t i = 0; i < n; i++) out[i] = (uint32_t)folded[i];
        return (size_t)n;
    }
    const Casing *special = c < 128 ? NULL : casing(c);
    if (special) return decode(how == AVM_CASE_UPPER ? special->upper : special->title, out);
    out[0] = (uint32_t)(how == AVM_CASE_UPPER ? utf8proc_toupper(p) : utf8proc_totitle(p));
    return 1;
}
