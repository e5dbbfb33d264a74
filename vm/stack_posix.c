// The register stack on POSIX systems: a reserve of addresses that the system fills page by page.
#include <sys/mman.h>

#include "vm/frame.h"

AvmValue *avm_stack_reserve(size_t wanted, size_t *slots) {
    for (size_t n = wanted; n >= 1 << 16; n /= 4) {
        void *p = mmap(NULL, n * sizeof(AvmValue), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) continue;
        *slots = n;
        return p;
    }
    return NULL;
}

void avm_stack_release(AvmValue *stack, size_t slots) { munmap(stack, slots * sizeof(AvmValue)); }
