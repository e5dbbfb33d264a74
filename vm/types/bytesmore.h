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

#endif
