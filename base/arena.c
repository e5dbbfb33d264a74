// Bump allocation for things that die together.
#include "base/arena.h"

#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

typedef struct AvmArenaBlock {
    struct AvmArenaBlock *next;
    size_t size; // of data
    size_t used;
    _Alignas(8) char data[];
} AvmArenaBlock;

void avm_arena_init(AvmArena *a, AvmAlloc *alloc) { *a = (AvmArena){.alloc = alloc}; }

void avm_arena_free(AvmArena *a) {
    for (AvmArenaBlock *b = a->block, *next; b; b = next) {
        next = b->next;
        avm_release(a->alloc, b, sizeof *b + b->size);
    }
    a->block = NULL;
}

void *avm_arena_alloc(AvmArena *a, size_t size) {
    size = (size + 7) & ~(size_t)7;
    AvmArenaBlock *b = a->block;
    if (!b || b->size - b->used < size) {
        size_t want = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        b = avm_alloc(a->alloc, sizeof *b + want);
        if (!b) {
            a->failed = true;
            return NULL;
        }
        *b = (AvmArenaBlock){.next = a->block, .size = want};
        a->block = b;
    }
    void *p = b->data + b->used;
    b->used += size;
    return memset(p, 0, size);
}

char *avm_arena_copy(AvmArena *a, const char *s, size_t n) {
    char *p = avm_arena_alloc(a, n + 1);
    if (p && n) memcpy(p, s, n);
    return p;
}
