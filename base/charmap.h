// One-byte encodings whose lower half is ASCII.
#ifndef AVM_BASE_CHARMAP_H
#define AVM_BASE_CHARMAP_H

#include <stdint.h>

// The code points of bytes 0x80 .. 0xFF (0: the byte means nothing), by the encoding's name in small letters with '-'
// between the parts. NULL: no such encoding.
const uint16_t *avm_charmap_find(const char *name);

#endif
