// Generalised UTF-8: as UTF-8, but lone surrogates may be encoded (Python's strings hold them).
#ifndef AVM_BASE_UTF8_H
#define AVM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Writes 1..4 bytes; returns how many.
size_t avm_utf8_encode(uint32_t codepoint, char out[4]);
// Decodes one code point of a valid string at s; *n is set to its length in bytes.
uint32_t avm_utf8_decode(const char *s, size_t *n);
// Length in bytes of the sequence that starts with this byte (1 for a stray continuation byte).
size_t avm_utf8_width(unsigned char first);
// Code points in a valid string.
size_t avm_utf8_count(const char *s, size_t len);
// Offset of the first byte that breaks strict UTF-8 (surrogates are errors), or len when all is well.
size_t avm_utf8_check(const char *s, size_t len);
bool avm_ascii_check(const char *s, size_t len);
// Does Python's repr() show the code point as it is?
bool avm_utf8_is_printable(uint32_t codepoint);

#endif
