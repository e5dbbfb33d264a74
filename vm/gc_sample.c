// Is a collection worth its while? A look at the whole heap costs as much as all that lives in it, which in a growing
// program is nearly all of it. So before one, a few objects are tried: is this one held by nothing but what it holds
// itself? Only nearby objects are looked at, but who is found to be garbage is garbage: an owner that was not looked at
// shows, as a reference too many.
#include "vm/gc.h"
#include "vm/heap.h"

enum {
    SAMPLES = 32,
    NEARBY = 128,         // objects looked at around one, the nearest first
    SLOTS = 4 * NEARBY,   // of the hash table; a power of two
};

typedef struct Nearby {
    AvmThread *t;
    AvmObj *at[NEARBY];
    uint32_t inner[NEARBY]; // references to it from the others
    bool live[NEARBY];
    uint8_t slots[SLOTS]; // 1 + place in `at`, or 0
    uint32_t n;
    bool found; // garbage
} Nearby;
_Static_assert(NEARBY < 256, "a place and one fit into a slot");

// Only what can be part of a cycle counts; built-in classes and modules are as good as immortal, and know too many.
static bool counts(const Nearby *s, const AvmObj *o) {
    const AvmType *type = s->t->vm->types[o->type];
    if (type->flags & AVM_TYPE_SUB_TYPE) return ((const AvmType *)o)->flags & AVM_TYPE_HEAP;
    return (type->s.traverse || type->attrs_offset || type->nslots) && o->type != AVM_T_MODULE;
}

// What owns more than would ever be looked at is not asked.
static bool is_wide(const Nearby *s, AvmObj *o) {
    const AvmType *type = s->t->vm->types[o->type];
    while (type->flags & AVM_TYPE_HEAP) type = type->base; // whose len() is not script
    if (type->id == AVM_T_LOOP || type->id == AVM_T_CALLBACKS) return true;
    return type->s.len && type->s.len(s->t, avm_value(o)) > NEARBY;
}

// Its place, or NEARBY; add: it gets one, if there is any left.
static uint32_t place_of(Nearby *s, AvmObj *o, bool add) {
    uint32_t i = (uint32_t)(((uintptr_t)o >> 4) * 0x9E3779B1u) / (UINT32_MAX / SLOTS + 1);
    for (; s->slots[i]; i = (i + 1) % SLOTS)
        if (s->at[s->slots[i] - 1] == o) return s->slots[i] - 1u;
    if (!add || s->n == NEARBY) return NEARBY;
    s->at[s->n] = o;
    s->slots[i] = (uint8_t)(s->n + 1);
    return s->n++;
}

static void note(AvmValue v, void *arg) {
    Nearby *s = arg;
    if (!avm_is_obj(v) || !counts(s, avm_obj(v))) return;
    uint32_t i = place_of(s, avm_obj(v), true);
    if (i < NEARBY) s->inner[i]++;
}

static void keep_alive(AvmValue v, void *arg) {
    Nearby *s = arg;
    uint32_t i = avm_is_obj(v) ? place_of(s, avm_obj(v), false) : NEARBY;
    if (i == NEARBY || s->live[i]) return;
    s->live[i] = true;
    if (!is_wide(s, s->at[i])) avm_gc_visit(s->t, s->at[i], keep_alive, s);
}

static void try(AvmObj *o, void *arg) {
    Nearby *s = arg;
    if (s->found || !counts(s, o)) return;
    memset(s->slots, 0, sizeof s->slots);
    memset(s->inner, 0, sizeof s->inner);
    memset(s->live, 0, sizeof s->live);
    s->n = 0;
    place_of(s, o, true);
    for (uint32_t i = 0; i < s->n; i++)
        if (!is_wide(s, s->at[i])) avm_gc_visit(s->t, s->at[i], note, s);
    for (uint32_t i = 0; i < s->n && !s->live[0]; i++)
        if (s->at[i]->refs != s->inner[i]) keep_alive(avm_value(s->at[i]), s);
    s->found = !s->live[0];
}

static bool has_garbage(AvmThread *t) {
    Nearby s = {.t = t};
    avm_heap_sample(t->vm->heap, SAMPLES, try, &s);
    return s.found;
}

// Whatever samples say, the heap may not double without a look, nor fill half of the room that the host has given, nor
// classes take many of the 65,000 numbers that there are for them.
static bool has_grown(const AvmThread *t) {
    static const size_t MUCH = (size_t)512 << 20, MANY = 8192;
    if (t->vm->nclasses > t->gc_classes + MANY) return true;
    const AvmAlloc *alloc = &t->vm->alloc;
    size_t before = t->gc_bytes, room = before > MUCH ? before : MUCH;
    if (alloc->limit && (alloc->limit - before) / 2 < room) room = (alloc->limit - before) / 2;
    return alloc->used > before && alloc->used - before >= room;
}

bool avm_gc_is_due(AvmThread *t) {
    if (!avm_gc_can_look(t)) return false;
    if (has_grown(t) || has_garbage(t)) return true;
    t->gc_threshold = t->gc_debt + t->gc_debt / 2;
    return false;
}
