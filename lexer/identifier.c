// Which characters beyond ASCII make an identifier: Unicode's XID_Start and XID_Continue, from utf8proc's
// categories and the few characters that Unicode lists by name.
#include "lexer/scanner.h"

#include <utf8proc.h>

#include "base/utf8.h"

// Categories do not say these: Other_ID_Start and Other_ID_Continue of PropList.txt.
static bool listed_start(uint32_t c) {
    return c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212E ||
           (c >= 0x2EBF0 && c <= 0x2EE5D); // CJK Extension I: letters of Unicode 15.1, which CPython 3.13 has
}

static bool listed_continue(uint32_t c) {
    return c == 0xB7 || c == 0x387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19DA || c == 0x200C ||
           c == 0x200D || c == 0x30FB || c == 0xFF65;
}

// Letters whose NFKC form is no identifier.
static bool unstable(uint32_t c) {
    return c == 0x37A || (c >= 0xFC5E && c <= 0xFC63) || c == 0xFDFA || c == 0xFDFB ||
           (c >= 0xFE70 && c <= 0xFE7E && c % 2 == 0) || c == 0x2E2F;
}

static bool is_start(uint32_t c) {
    if (c < 0x80) return (c | 0x20) - 'a' < 26 || c == '_';
    if (unstable(c) || c == 0xE33 || c == 0xEB3 || c == 0xFF9E || c == 0xFF9F) return false;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL: return true;
    default: return listed_start(c);
    }
}

static bool is_continue(uint32_t c) {
    if (is_start(c)) return true;
    if (c < 0x80) return c - '0' < 10;
    if (unstable(c)) return false;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC: return true;
    default: return listed_continue(c) || c == 0xE33 || c == 0xEB3 || c == 0xFF9E || c == 0xFF9F;
    }
}

bool avm_scanner_check_name(AvmScanner *s, const char *start) {
    for (const char *p = start; p < s->cursor;) {
        size_t n;
        uint32_t c = avm_utf8_decode(p, &n);
        if (p == start ? !is_start(c) : !is_continue(c)) {
            if (!avm_utf8_is_printable(c))
                return avm_scanner_fail(s, p + n, "invalid non-printable character U+%04X", c);
            return avm_scanner_fail(s, p + n, "invalid character '%.*s' (U+%04X)", (int)n, p, c);
        }
        p += n;
    }
    return true;
}
