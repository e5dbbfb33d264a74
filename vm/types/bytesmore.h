// Methods that bytes and bytearray share and str has not, or has otherwise.
#ifndef AVM_VM_TYPES_BYTESMORE_H
#define AVM_VM_TYPES_BYTESMORE_H

#include "vm/types/chars.h"

AvmValue avm_bytes_upper(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_lower(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_title(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_capitalize(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_swapcase(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isalpha(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isalnum(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isascii(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isdigit(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isspace(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_islower(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_isupper(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_istitle(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_translate(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_maketrans(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_hex(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_bytes_fromhex(AvmThread *t, AvmValue *args, uint32_t n); // args[0]: the class
AvmValue avm_bytes_decode(AvmThread *t, AvmValue *args, uint32_t n);

// The operators, for both: AVM_NOTIMPL where the other operand isn't ours to judge.
AvmValue avm_bytes_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b);
AvmValue avm_bytes_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);
AvmValue avm_bytes_slice(AvmThread *t, AvmChars c, AvmValue slice);
// An index into n items: false: exception. text: "index out of range"; kind: "byte"
bool avm_bytes_at(AvmThread *t, AvmValue self, AvmValue key, const char *text, const char *kind, size_t *at);
// The source, encoding and errors of bytes(...), bytearray(...) in args[1..3].
bool avm_bytes_source(AvmThread *t, AvmBuf *out, AvmValue *args, const char *kind);
// s % args for bytes: format_percent.c
AvmValue avm_bytes_percent(AvmThread *t, AvmChars c, AvmValue args);

#define AVM_BYTES_METHODS \
    {"replace", avm_chars_replace, "replace(old, new, count=-1, /)", "Every old, or the first count of them, becomes new."}, \
    {"strip", avm_chars_strip, "strip(bytes=None, /)", "Without white space (or these bytes) at both ends."}, \
    {"lstrip", avm_chars_lstrip, "lstrip(bytes=None, /)", "Without white space (or these bytes) at the start."}, \
    {"rstrip", avm_chars_rstrip, "rstrip(bytes=None, /)", "Without white space (or these bytes) at the end."}, \
    {"upper", avm_bytes_upper, "upper()", "ASCII letters as capitals."}, \
    {"lower", avm_bytes_lower, "lower()", "ASCII letters small."}, \
    {"title", avm_bytes_title, "title()", "Each ASCII word with a capital, the rest small."}, \
    {"capitalize", avm_bytes_capitalize, "capitalize()", "The first byte a capital, the rest small."}, \
    {"swapcase", avm_bytes_swapcase, "swapcase()", "Capitals small and small letters capital."}, \
    {"isalpha", avm_bytes_isalpha, "isalpha()", "Are all ASCII letters?"}, \
    {"isalnum", avm_bytes_isalnum, "isalnum()", "Are all ASCII letters or digits?"}, \
    {"isascii", avm_bytes_isascii, "isascii()", "Are all ASCII?"}, \
    {"isdigit", avm_bytes_isdigit, "isdigit()", "Are all ASCII digits?"}, \
    {"isspace", avm_bytes_isspace, "isspace()", "Is all ASCII white space?"}, \
    {"islower", avm_bytes_islower, "islower()", "Is every ASCII letter small?"}, \
    {"isupper", avm_bytes_isupper, "isupper()", "Is every ASCII letter a capital?"}, \
    {"istitle", avm_bytes_istitle, "istitle()", "Do exactly the words' first letters stand in capitals?"}, \
    {"translate", avm_bytes_translate, "translate(table, /, delete=b'')", "Each byte replaced by table's, some left out."}, \
    {"maketrans", avm_bytes_maketrans, "maketrans(frm, to, /)", "A table for translate.", AVM_DEF_STATIC}, \
    {"hex", avm_bytes_hex, "hex(sep=None, bytes_per_sep=1)", "Two hexadecimal digits a byte."}, \
    {"fromhex", avm_bytes_fromhex, "fromhex(string, /)", "From hexadecimal digits, white space between.", AVM_DEF_CLASS}, \
    {"decode", avm_bytes_decode, "decode(encoding='utf-8', errors='strict')", "The text in an encoding."}

#endif
