// The heap of sanitizer builds: every object is an allocation of its own.
#include "vm/heap.h"

typedef struct Cell {
    struct Cell *next, *prev;
    size_t size; // of the object
    uint32_t gc;
    _Alignas(16) AvmObj object;
} Cell;

struct AvmHeap {
    AvmHeapFront front; // empty
    AvmAlloc *alloc;
    Cell *first, *last; // in order of creation, in which CPython's collector meets garbage, too
};

static inline Cell *cell_of(const AvmObj *o) { return (Cell *)((char *)o - offsetof(Cell, object)); }
static size_t cell_bytes(size_t size) { return offsetof(Cell, object) + size; }

AvmHeap *avm_heap_new(AvmAlloc *alloc) {
    AvmHeap *h = avm_alloc_zero(alloc, sizeof *h);
    if (h) h->alloc = alloc;
    return h;
}

void avm_heap_free(AvmHeap *h) {
    AvmAlloc *alloc = h->alloc;
    for (Cell *c = h->first, *next; c; c = next) {
        next = c->next;
        avm_release(alloc, c, cell_bytes(c->size));
    }
    avm_release(alloc, h, sizeof *h);
}

AvmObj *avm_heap_take(AvmHeap *h, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + 15) & ~(size_t)15;
    Cell *c = avm_alloc_zero(h->alloc, cell_bytes(size));
    if (!c) return NULL;
    c->size = size;
    c->prev = h->last;
    *(c->prev ? &c->prev->next : &h->first) = c;
    h->last = c;
    return &c->object;
}

void avm_heap_give(AvmHeap *h, AvmObj *o) {
    Cell *c = cell_of(o);
    *(c->prev ? &c->prev->next : &h->first) = c->next;
    *(c->next ? &c->next->prev : &h->last) = c->prev;
    avm_release(h->alloc, c, cell_bytes(c->size));
}

size_t avm_heap_size(const AvmObj *o) { return cell_of(o)->size; }

void avm_heap_walk(AvmHeap *h, void (*fn)(AvmObj *o, void *arg), void *arg) {
    for (Cell *c = h->first, *next; c; c = next) {
        next = c->next;
        if (c->object.type) fn(&c->object, arg);
    }
}

void avm_heap_sample(AvmHeap *h, uint32_t n, void (*fn)(AvmObj *o, void *arg), void *arg) {
    uint32_t all = 0, at = 0;
    for (Cell *c = h->first; c; c = c->next) all++;
    for (Cell *c = h->first; c; c = c->next, at++)
        if ((uint64_t)at * n / all != (uint64_t)(at + 1) * n / all && c->object.type) fn(&c->object, arg);
}

bool avm_heap_gc_begin(AvmHeap *h) {
    for (Cell *c = h->first; c; c = c->next) c->gc = 0;
    return true;
}

uint32_t *avm_heap_gc_word(const AvmObj *o) { return &cell_of(o)->gc; }
void avm_heap_gc_end(AvmHeap *h) { (void)h; }
