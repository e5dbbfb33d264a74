// Constants as Python's repr shows them; for the dumper.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "parser/dump.h"

// ---- text ---------------------------------------------------------------------------------------

static char quote_for(const char *text, size_t length) {
    bool single = length && memchr(text, '\'', length), twice = length && memchr(text, '"', length);
    return single && !twice ? '"' : '\'';
}

static void add_char(AvmBuf *out, uint32_t c, char quote, bool bytes) {
    if (c == (unsigned char)quote || c == '\\')
        avm_buf_printf(out, "\\%c", (char)c);
    else if (c == '\n')
        avm_buf_text(out, "\\n");
    else if (c == '\r')
        avm_buf_text(out, "\\r");
    else if (c == '\t')
        avm_buf_text(out, "\\t");
    else if (bytes ? c >= ' ' && c < 0x7F : avm_utf8_is_printable(c))
        avm_buf_utf8(out, c);
    else if (c < 0x100)
        avm_buf_printf(out, "\\x%02x", c);
    else if (c < 0x10000)
        avm_buf_printf(out, "\\u%04x", c);
    else
        avm_buf_printf(out, "\\U%08x", c);
}

void avm_dump_text(AvmBuf *out, const char *text, size_t length) {
    char quote = quote_for(text, length);
    avm_buf_byte(out, quote);
    for (size_t i = 0, n; i < length; i += n) add_char(out, avm_utf8_decode(text + i, &n), quote, false);
    avm_buf_byte(out, quote);
}

static void dump_bytes(AvmBuf *out, const char *text, size_t length) {
    char quote = quote_for(text, length);
    avm_buf_byte(out, 'b');
    avm_buf_byte(out, quote);
    for (size_t i = 0; i < length; i++) add_char(out, (unsigned char)text[i], quote, true);
    avm_buf_byte(out, quote);
}

// ---- numbers ------------------------------------------------------------------------------------

enum { LONGEST = 4300, WORD = 1000000000 };

static int digit_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// Digits of another base in decimal; those too long for CPython's repr as they are.
static void dump_bigint(AvmBuf *out, const AvmConstant *c) {
    uint32_t words[LONGEST / 9 + 1], count = 0;
    if (c->base == 10) {
        avm_buf_add(out, c->text, c->length);
        return;
    }
    for (size_t i = 0; i < c->length; i++) {
        uint64_t carry = (uint64_t)digit_value(c->text[i]);
        for (uint32_t k = 0; k < count; k++) {
            carry += (uint64_t)words[k] * c->base;
            words[k] = (uint32_t)(carry % WORD);
            carry /= WORD;
        }
        if (!carry) continue;
        if (count == sizeof words / sizeof *words) {
            avm_buf_text(out, c->base == 16 ? "0x" : c->base == 8 ? "0o" : "0b");
            avm_buf_add(out, c->text, c->length);
            return;
        }
        words[count++] = (uint32_t)carry;
    }
    avm_buf_printf(out, "%" PRIu32, count ? words[count - 1] : 0);
    for (uint32_t k = count; k > 1; k--) avm_buf_printf(out, "%09" PRIu32, words[k - 2]);
}

static void dump_float(AvmBuf *out, double number) {
    char text[AVM_DOUBLE_REPR_MAX];
    avm_buf_add(out, text, avm_double_repr(number, text));
}

void avm_dump_constant(AvmBuf *out, const AvmConstant *c) {
    switch (c->kind) {
    case AVM_CONST_NONE: avm_buf_text(out, "None"); break;
    case AVM_CONST_TRUE: avm_buf_text(out, "True"); break;
    case AVM_CONST_FALSE: avm_buf_text(out, "False"); break;
    case AVM_CONST_ELLIPSIS: avm_buf_text(out, "Ellipsis"); break;
    case AVM_CONST_INT: avm_buf_printf(out, "%" PRId64, c->integer); break;
    case AVM_CONST_BIGINT: dump_bigint(out, c); break;
    case AVM_CONST_FLOAT: dump_float(out, c->number); break;
    case AVM_CONST_IMAG:
        if (isinf(c->number))
            dump_float(out, c->number);
        else
            avm_double_format(out, c->number, 'r', 0, false);
        avm_buf_byte(out, 'j');
        break;
    case AVM_CONST_STR: avm_dump_text(out, c->text, c->length); break;
    case AVM_CONST_BYTES: dump_bytes(out, c->text, c->length); break;
    }
}
