// Bump allocation for things that die together: tokens and trees of one compile.
#ifndef AVM_BASE_ARENA_H
#define AVM_BASE_ARENA_H

#include "base/alloc.h"

typedef struct AvmArena {
    AvmAlloc *alloc;
    struct AvmArenaBlock *block; // newest first
    bool failed;                 // sticky: some request could not be met
} AvmArena;

void avm_arena_init(AvmArena *a, AvmAlloc *alloc);
void avm_arena_free(AvmArena *a);
// 8-byte aligned, zeroed. NULL (and a->failed) when out of memory.
void *avm_arena_alloc(AvmArena *a, size_t size);
// A NUL-terminated copy of n bytes.
char *avm_arena_copy(AvmArena *a, const char *s, size_t n);

#endif
