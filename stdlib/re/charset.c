// Sets of characters as the matcher asks for them, and what is the same when case is ignored.
#include <utf8proc.h>

#include "stdlib/re/re.h"
#include "vm/types/unicode.h"

bool avm_re_is_word(uint32_t c, bool ascii) {
    if (c < 128) return (c | 32) - 'a' < 26 || c - '0' < 10 || c == '_';
    return !ascii && (avm_uni_is_alpha(c) || avm_uni_is_numeric(c) || avm_uni_is_digit(c));
}

static bool is_ascii_space(uint32_t c) { return c == ' ' || c - 9 < 5; }

static bool of_class(int klass, uint32_t c, bool ascii) {
    switch (klass) {
    case AVM_RE_DIGIT: return ascii ? c - '0' < 10 : avm_uni_is_decimal(c);
    case AVM_RE_NOT_DIGIT: return !of_class(AVM_RE_DIGIT, c, ascii);
    case AVM_RE_SPACE: return ascii ? is_ascii_space(c) : avm_uni_is_space(c);
    case AVM_RE_NOT_SPACE: return !of_class(AVM_RE_SPACE, c, ascii);
    case AVM_RE_WORD: return avm_re_is_word(c, ascii);
    default: return !avm_re_is_word(c, ascii);
    }
}

// --- case

static const uint32_t classes[][AVM_RE_CASES] = {
#define CASES(a, b, c, d) {a, b, c, d},
#include "stdlib/re/cases.def"
};

uint32_t avm_re_lower(uint32_t c, bool ascii) {
    if (c < 128) return c - 'A' < 26 ? c + 32 : c;
    return ascii ? c : (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

uint32_t avm_re_cases(uint32_t c, bool ascii, uint32_t out[AVM_RE_CASES]) {
    out[0] = c;
    if (ascii) {
        if (c >= 128 || (c | 32) - 'a' >= 26) return 1;
        out[1] = c ^ 32;
        return 2;
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        for (uint32_t k = 0; k < AVM_RE_CASES && classes[i][k]; k++)
            if (classes[i][k] == c) {
                uint32_t n = 0;
                while (n < AVM_RE_CASES && classes[i][n]) out[n] = classes[i][n], n++;
                return n;
            }
    uint32_t lower = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    uint32_t upper = (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
    if (lower == c) lower = upper;
    out[1] = lower;
    return lower == c ? 1 : 2;
}

// --- sets

static bool holds(const AvmReSet *set, uint32_t c) {
    for (uint32_t i = 0; i < set->nitems; i++) {
        const AvmReItem *item = &set->items[i];
        if (item->klass >= 0 ? of_class(item->klass, c, set->ascii) : c >= item->lo && c <= item->hi)
            return true;
    }
    return false;
}

// Characters are looked for in every case, classes are asked about the small letter.
static bool holds_folded(const AvmReSet *set, uint32_t c) {
    uint32_t cases[AVM_RE_CASES], n = avm_re_cases(c, set->ascii, cases), lower = avm_re_lower(c, set->ascii);
    for (uint32_t i = 0; i < set->nitems; i++) {
        const AvmReItem *item = &set->items[i];
        if (item->klass >= 0) {
            if (of_class(item->klass, lower, set->ascii)) return true;
            continue;
        }
        for (uint32_t k = 0; k < n; k++)
            if (cases[k] >= item->lo && cases[k] <= item->hi) return true;
    }
    return false;
}

bool avm_re_set_has(const AvmReSet *set, uint32_t c) {
    return (set->fold ? holds_folded(set, c) : holds(set, c)) != set->negated;
}

// Does any character of the set have another case? Else case need not be ignored (and classes see what is
// there).
static bool is_cased(const AvmReSet *set) {
    enum { LONG = 1000 }; // so long a range has some
    uint32_t cases[AVM_RE_CASES];
    for (uint32_t i = 0; i < set->nitems; i++) {
        const AvmReItem *item = &set->items[i];
        if (item->klass >= 0) continue;
        if (item->hi - item->lo > LONG) return true;
        for (uint32_t c = item->lo; c <= item->hi; c++)
            if (avm_re_cases(c, set->ascii, cases) > 1) return true;
    }
    return false;
}

void avm_re_set_init(AvmReSet *set, const AvmReNode *node, bool is_text) {
    *set = (AvmReSet){.negated = node->negated,
                      .ascii = !is_text || node->flags & AVM_RE_ASCII,
                      .items = node->items,
                      .nitems = node->nitems};
    set->fold = node->flags & AVM_RE_IGNORECASE && is_cased(set);
}

// May a character above 255 be in it?
static bool is_wide(const AvmReSet *set) {
    if (set->negated || (set->fold && !set->ascii)) return true;
    for (uint32_t i = 0; i < set->nitems; i++) {
        int klass = set->items[i].klass;
        if (klass < 0 ? set->items[i].hi > 255 : !set->ascii || klass & 1) return true;
    }
    return false;
}

bool avm_re_set_fill(AvmThread *t, AvmReSet *set, const AvmReNode *node, bool is_text) {
    AvmReItem alone[AVM_RE_CASES];
    AvmReNode cases = *node;
    if (node->op == AVM_RE_LITERAL) {
        uint32_t characters[AVM_RE_CASES] = {node->c}, n = 1;
        if (node->flags & AVM_RE_IGNORECASE)
            n = avm_re_cases(node->c, !is_text || node->flags & AVM_RE_ASCII, characters);
        for (uint32_t i = 0; i < n; i++) alone[i] = (AvmReItem){characters[i], characters[i], -1};
        cases.items = alone;
        cases.nitems = n;
        cases.flags &= (uint16_t)~AVM_RE_IGNORECASE;
    }
    avm_re_set_init(set, &cases, is_text);
    size_t size = set->nitems * sizeof *set->items;
    set->items = avm_alloc(&t->vm->alloc, size);
    if (!set->items) return avm_raise_memory(t);
    memcpy(set->items, cases.items, size);
    set->wide = is_text && is_wide(set);
    for (uint32_t c = 0; c < 256; c++) set->table[c] = avm_re_set_has(set, c);
    return true;
}
