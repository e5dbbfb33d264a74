// Identifiers of one compile: NFKC-normalised text, interned, so that equal names are equal pointers.
#ifndef AVM_LEXER_NAME_H
#define AVM_LEXER_NAME_H

#include <stdint.h>

#include "base/arena.h"

typedef struct AvmName {
    const char *text; // UTF-8, NUL-terminated
    uint32_t length;  // bytes
    uint32_t hash;
    struct AvmName *chain; // the table's own
} AvmName;

// The table lives in the arena and dies with it; nothing needs to be freed.
typedef struct AvmNames {
    AvmArena *arena;
    AvmName **slots;
    uint32_t slot_count; // a power of two, or 0
    uint32_t count;
} AvmNames;

void avm_names_init(AvmNames *names, AvmArena *arena);
// The one name with this text (taken as it is). NULL: out of memory (arena->failed is set).
const AvmName *avm_names_intern(AvmNames *names, const char *text, size_t length);
// As intern, after NFKC normalisation of valid UTF-8.
const AvmName *avm_names_normalise(AvmNames *names, const char *text, size_t length);

#endif
