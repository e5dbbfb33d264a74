// Where objects live. Knows headers and sizes, not types. Two makes of it: heap_slab.c (size classes, fast) and
// heap_plain.c (an allocation an object, so that sanitizers see each); meson chooses.
#ifndef AVM_VM_HEAP_H
#define AVM_VM_HEAP_H

#include "base/alloc.h"
#include "vm/value.h"

typedef struct AvmHeap AvmHeap;

// How every heap begins: cells to take at once, in size classes of 16 bytes. heap_plain.c keeps none. The word after a
// free cell's header links to the next one.
enum { AVM_HEAP_GRAIN = 16, AVM_HEAP_CLASSES = 33, AVM_HEAP_SLAB = 8 * 1024 };
typedef struct AvmCell_ {
    AvmObj h;
    struct AvmCell_ *next;
} AvmHeapCell;
typedef struct AvmHeapFront {
    AvmHeapCell *free[AVM_HEAP_CLASSES];
} AvmHeapFront;

// How many cells of the slab that holds it are taken: a slab is aligned to its size, and begins with this number.
static inline uint32_t *avm_heap_taken(const void *cell) {
    return (uint32_t *)((uintptr_t)cell & ~(uintptr_t)(AVM_HEAP_SLAB - 1));
}

// A free cell for size bytes, not zeroed; or NULL: ask avm_heap_take. For sizes that the compiler knows.
static inline AvmHeapCell *avm_heap_pop(AvmHeap *h, size_t size) {
    if (size > (AVM_HEAP_CLASSES - 1) * AVM_HEAP_GRAIN) return NULL;
    AvmHeapCell **list = &((AvmHeapFront *)h)->free[(size + AVM_HEAP_GRAIN - 1) / AVM_HEAP_GRAIN], *c = *list;
    if (c) {
        *list = c->next;
        ++*avm_heap_taken(c);
    }
    return c;
}

AvmHeap *avm_heap_new(AvmAlloc *alloc);
// Gives all memory back, live objects' too.
void avm_heap_free(AvmHeap *h);
// A zeroed cell of at least size bytes, or NULL. The cell counts as live once its header has a type.
AvmObj *avm_heap_take(AvmHeap *h, size_t size);
void avm_heap_give(AvmHeap *h, AvmObj *o);
// Bytes of o's cell: what was asked for, rounded up.
size_t avm_heap_size(const AvmObj *o);
// Calls fn for every live object. fn may free the object it is given, and none other; it may not make any.
void avm_heap_walk(AvmHeap *h, void (*fn)(AvmObj *o, void *arg), void *arg);

// Calls fn for n live objects here and there, or somewhat fewer. fn may neither free nor make any.
void avm_heap_sample(AvmHeap *h, uint32_t n, void (*fn)(AvmObj *o, void *arg), void *arg);

// The collector's word for each object, between begin (which makes it 0; false: no memory) and end.
bool avm_heap_gc_begin(AvmHeap *h);
uint32_t *avm_heap_gc_word(const AvmObj *o);
void avm_heap_gc_end(AvmHeap *h);

#endif
