// The heap of release builds: slabs of equal cells, a free list a size class; big objects are allocations of their own.
#include "vm/heap.h"

enum {
    SLAB_SIZE = AVM_HEAP_SLAB, // also its alignment, so that a cell finds its slab
    CHUNK_SLABS = 32,
    FIRST_CHUNK_SLABS = 12, // a VM that has just been made needs 11
    GRAIN = AVM_HEAP_GRAIN,
    CLASSES = AVM_HEAP_CLASSES, // cells of 16, 32 .. 512 bytes
    SMALL_MAX = (CLASSES - 1) * GRAIN,
};

typedef struct Slab {
    uint32_t taken;    // cells; must come first. Nothing looks at a slab without any
    struct Slab *next; // all slabs of the heap
    uint32_t cell_size, ncells;
    uint64_t inverse; // of cell_size, times 2^32 and rounded up: exact for the offsets in a slab
    uint32_t *gc; // ncells words while a collection runs
    _Alignas(GRAIN) char cells[];
} Slab;

typedef struct Chunk {
    struct Chunk *next;
    size_t size;
} Chunk;

typedef AvmHeapCell Cell;

typedef struct Large {
    struct Large *next, *prev;
    size_t size; // of the object
    uint32_t gc;
    _Alignas(GRAIN) AvmObj object;
} Large;

struct AvmHeap {
    AvmHeapFront front;
    AvmAlloc *alloc;
    char *bump[CLASSES], *bump_end[CLASSES];
    Slab *slabs;
    Chunk *chunks;
    char *chunk_at, *chunk_end; // slabs not yet used
    Large *large;
};

static inline Slab *slab_of(const AvmObj *o) { return (Slab *)((uintptr_t)o & ~(uintptr_t)(SLAB_SIZE - 1)); }
static inline Large *large_of(const AvmObj *o) { return (Large *)((char *)o - offsetof(Large, object)); }

AvmHeap *avm_heap_new(AvmAlloc *alloc) {
    AvmHeap *h = avm_alloc_zero(alloc, sizeof *h);
    if (h) h->alloc = alloc;
    return h;
}

void avm_heap_free(AvmHeap *h) {
    AvmAlloc *alloc = h->alloc;
    for (Large *l = h->large, *next; l; l = next) {
        next = l->next;
        avm_release(alloc, l, sizeof *l + l->size);
    }
    for (Chunk *c = h->chunks, *next; c; c = next) {
        next = c->next;
        avm_release(alloc, c, c->size);
    }
    avm_release(alloc, h, sizeof *h);
}

static Slab *new_slab(AvmHeap *h, uint32_t cell_size) {
    if (h->chunk_at == h->chunk_end) {
        size_t slabs = h->chunks ? CHUNK_SLABS : FIRST_CHUNK_SLABS;
        size_t size = sizeof(Chunk) + (slabs + 1) * SLAB_SIZE;
        Chunk *c = avm_alloc(h->alloc, size);
        if (!c) return NULL;
        *c = (Chunk){.next = h->chunks, .size = size};
        h->chunks = c;
        uintptr_t at = ((uintptr_t)(c + 1) + SLAB_SIZE - 1) & ~(uintptr_t)(SLAB_SIZE - 1);
        h->chunk_at = (char *)at;
        h->chunk_end = h->chunk_at + slabs * SLAB_SIZE;
    }
    Slab *s = (Slab *)h->chunk_at;
    h->chunk_at += SLAB_SIZE;
    *s = (Slab){.next = h->slabs, .cell_size = cell_size, .inverse = (1ull << 32) / cell_size + 1};
    s->ncells = (uint32_t)((SLAB_SIZE - offsetof(Slab, cells)) / cell_size);
    h->slabs = s;
    return s;
}

static AvmObj *take_large(AvmHeap *h, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    Large *l = avm_alloc_zero(h->alloc, sizeof *l + size);
    if (!l) return NULL;
    l->size = size;
    l->next = h->large;
    if (l->next) l->next->prev = l;
    h->large = l;
    l->object.flags = AVM_OBJ_LARGE;
    return &l->object;
}

// A cell of a class that has no free ones: the next of its newest slab, or the first of another.
static __attribute__((noinline)) Cell *take_fresh(AvmHeap *h, size_t class) {
    if (h->bump[class] == h->bump_end[class]) {
        Slab *s = new_slab(h, (uint32_t)(class * GRAIN));
        if (!s) return NULL;
        h->bump[class] = s->cells;
        h->bump_end[class] = s->cells + (size_t)s->ncells * s->cell_size;
    }
    Cell *c = (Cell *)h->bump[class];
    h->bump[class] += class * GRAIN;
    return c;
}

AvmObj *avm_heap_take(AvmHeap *h, size_t size) {
    if (__builtin_expect(size > SMALL_MAX, 0)) return take_large(h, size);
    size_t class = (size + GRAIN - 1) / GRAIN;
    Cell *c = h->front.free[class];
    if (__builtin_expect(c != NULL, 1))
        h->front.free[class] = c->next;
    else if (!(c = take_fresh(h, class)))
        return NULL;
    ++*avm_heap_taken(c);
    // A loop of vectors: for these sizes it beats memset, which the barrier keeps the compiler from calling.
    typedef uint64_t Grain __attribute__((vector_size(GRAIN), may_alias));
    Grain *p = (Grain *)c, *end = p + (class & ~(size_t)1);
    if (class & 1) *end = (Grain){0};
    for (; p < end; p += 2) {
        p[0] = p[1] = (Grain){0};
        __asm__ volatile("" ::: "memory");
    }
    return &c->h;
}

void avm_heap_give(AvmHeap *h, AvmObj *o) {
    if (__builtin_expect(o->flags & AVM_OBJ_LARGE, 0)) {
        Large *l = large_of(o);
        if (l->prev)
            l->prev->next = l->next;
        else
            h->large = l->next;
        if (l->next) l->next->prev = l->prev;
        avm_release(h->alloc, l, sizeof *l + l->size);
        return;
    }
    Slab *s = slab_of(o);
    size_t class = s->cell_size / GRAIN;
    s->taken--;
    Cell *c = (Cell *)o;
    c->h = (AvmObj){0};
    c->next = h->front.free[class];
    h->front.free[class] = c;
}

size_t avm_heap_size(const AvmObj *o) {
    return o->flags & AVM_OBJ_LARGE ? large_of(o)->size : slab_of(o)->cell_size;
}

// Where the cells end that were handed out once. Those behind were never touched: a walk must not read them, and their
// pages cost nothing yet.
static char *used_end(const AvmHeap *h, Slab *s) {
    char *end = s->cells + (size_t)s->ncells * s->cell_size, *bump = h->bump[s->cell_size / GRAIN];
    return bump >= s->cells && bump < end ? bump : end;
}

void avm_heap_walk(AvmHeap *h, void (*fn)(AvmObj *o, void *arg), void *arg) {
    for (Slab *s = h->slabs; s; s = s->next) {
        if (!s->taken) continue;
        uint32_t size = s->cell_size;
        for (char *p = s->cells, *end = used_end(h, s); p < end; p += size)
            if (((AvmObj *)p)->type) fn((AvmObj *)p, arg);
    }
    for (Large *l = h->large, *next; l; l = next) {
        next = l->next;
        if (l->object.type) fn(&l->object, arg);
    }
}

// The first live object of a slab that stands behind cell number `from`.
static AvmObj *live_behind(const AvmHeap *h, Slab *s, uint32_t from) {
    char *end = s->taken ? used_end(h, s) : s->cells;
    for (char *p = s->cells + (size_t)from * s->cell_size; p < end; p += s->cell_size)
        if (((AvmObj *)p)->type) return (AvmObj *)p;
    return NULL;
}

void avm_heap_sample(AvmHeap *h, uint32_t n, void (*fn)(AvmObj *o, void *arg), void *arg) {
    uint32_t chunks = 0, at = 0, random = (uint32_t)h->alloc->used;
    for (Chunk *c = h->chunks; c; c = c->next) chunks++;
    if (!chunks) return;
    for (Chunk *c = h->chunks; c; c = c->next, at++) {
        uint64_t there = c->size / SLAB_SIZE - 1; // the rest is lost to alignment
        // Of each chunk its share of the samples.
        for (uint64_t i = (uint64_t)at * n / chunks; i < (uint64_t)(at + 1) * n / chunks; i++) {
            random = random * 1664525 + 1013904223;
            char *slabs = (char *)(((uintptr_t)(c + 1) + SLAB_SIZE - 1) & ~(uintptr_t)(SLAB_SIZE - 1));
            Slab *s = (Slab *)(slabs + (size_t)((random >> 16) * there >> 16) * SLAB_SIZE);
            if (c == h->chunks && (char *)s >= h->chunk_at) continue; // not yet used
            AvmObj *o = live_behind(h, s, (random >> 8 & 0xFFFF) % s->ncells);
            if (o) fn(o, arg);
        }
    }
}

bool avm_heap_gc_begin(AvmHeap *h) {
    for (Slab *s = h->slabs; s; s = s->next) {
        if (!s->taken) continue;
        s->gc = avm_alloc_zero(h->alloc, s->ncells * sizeof *s->gc);
        if (!s->gc) {
            avm_heap_gc_end(h);
            return false;
        }
    }
    for (Large *l = h->large; l; l = l->next) l->gc = 0;
    return true;
}

uint32_t *avm_heap_gc_word(const AvmObj *o) {
    if (o->flags & AVM_OBJ_LARGE) return &large_of(o)->gc;
    Slab *s = slab_of(o);
    return &s->gc[(uint64_t)((const char *)o - s->cells) * s->inverse >> 32];
}

void avm_heap_gc_end(AvmHeap *h) {
    for (Slab *s = h->slabs; s; s = s->next) {
        if (!s->gc) continue;
        avm_release(h->alloc, s->gc, s->ncells * sizeof *s->gc);
        s->gc = NULL;
    }
}
