// The allocator every byte of a VM or a compile goes through.
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_hook(void *ctx, void *p, size_t old_size, size_t size) {
    (void)ctx;
    (void)old_size;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

void avm_alloc_init(AvmAlloc *a) { *a = (AvmAlloc){.hook = libc_hook}; }

void *avm_realloc(AvmAlloc *a, void *p, size_t old_size, size_t size) {
    if (size > old_size && a->limit && (size - old_size > a->limit || a->used > a->limit - (size - old_size))) {
        a->refused = true;
        return NULL;
    }
    void *q = a->hook(a->ctx, p, old_size, size);
    if (!q && size) return NULL;
    a->used += size - old_size;
    if (a->used > a->peak) a->peak = a->used;
    return q;
}

void *avm_alloc(AvmAlloc *a, size_t size) { return avm_realloc(a, NULL, 0, size ? size : 1); }

void *avm_alloc_zero(AvmAlloc *a, size_t size) {
    void *p = avm_alloc(a, size);
    if (p) memset(p, 0, size);
    return p;
}

void avm_release(AvmAlloc *a, void *p, size_t size) {
    if (p) avm_realloc(a, p, size ? size : 1, 0);
}
