// What the files of json share.
#ifndef AVM_STDLIB_JSONPARTS_H
#define AVM_STDLIB_JSONPARTS_H

#include "vm/import.h"

// Of eight bytes: the highest bit of each that is a control character, a quote or a backslash.
static inline uint64_t avm_json_special(uint64_t w) {
    const uint64_t ones = 0x0101010101010101u, high = ones * 0x80, low = ~high;
    uint64_t seven = w & low;
    uint64_t quote = ~((seven ^ ones * '"') + low), slash = ~((seven ^ ones * '\\') + low);
    return (quote | slash | ~(seven + ones * (0x80 - 0x20))) & ~w & high;
}

AvmValue avm_json_encode(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_json_decode(AvmThread *t, AvmValue *args, uint32_t n);

#endif
