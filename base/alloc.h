// The allocator every byte of a VM or a compile goes through. Knows sizes and a limit, not objects.
#ifndef AVM_BASE_ALLOC_H
#define AVM_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

// One per VM (and one per stand-alone compile). Not thread-safe.
typedef struct AvmAlloc {
    // Host hook: resizes p from old_size to size bytes; size 0 frees; p NULL allocates. NULL: no memory.
    void *(*hook)(void *ctx, void *p, size_t old_size, size_t size);
    void *ctx;
    size_t used;  // bytes handed out now
    size_t peak;  // most ever handed out
    size_t limit; // 0: none; a request past it fails
    bool refused; // one has failed since the owner looked
} AvmAlloc;

// Sets up a with malloc/realloc/free and no limit.
void avm_alloc_init(AvmAlloc *a);

// All return NULL when memory or the limit is exhausted; nothing is changed then. Sizes are in bytes.
void *avm_alloc(AvmAlloc *a, size_t size);
void *avm_alloc_zero(AvmAlloc *a, size_t size);
void *avm_realloc(AvmAlloc *a, void *p, size_t old_size, size_t size);
// p may be NULL.
void avm_release(AvmAlloc *a, void *p, size_t size);

#endif
