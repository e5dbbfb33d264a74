// The life of objects: making, freeing in any depth without deep C stacks, weak references' table.
#include "vm/object.h"

#include "vm/error.h"
#include "vm/heap.h"
#include "vm/shape.h"
#include "vm/weak.h"

enum { LARGE = 1 << 16 }; // bytes from which on an object costs fuel
enum { FREE_DEPTH = 40 }; // nested frees on the C stack; deeper ones wait in t->dying

void *avm_object_new_sized(AvmThread *t, uint16_t type, size_t size) {
    // What makes a long text or the like has gone through it, too.
    if (__builtin_expect(size >= LARGE, 0) && !avm_charge(t, size / 16)) return NULL;
    AvmObj *o = avm_heap_take(t->vm->heap, size);
    if (__builtin_expect(!o, 0)) {
        avm_raise_memory(t);
        return NULL;
    }
    o->refs = 1;
    o->type = type;
    t->gc_debt++;
    return o;
}

AvmAttrs *avm_object_attrs(AvmThread *t, AvmObj *o) {
    AvmType *type = t->vm->types[o->type];
    if (!type->attrs_offset) return NULL;
    if (type->attrs_offset == AVM_ATTRS_AT_END)
        return (AvmAttrs *)((char *)o + avm_heap_size(o) - sizeof(AvmAttrs));
    return (AvmAttrs *)((char *)o + type->attrs_offset);
}

void *avm_object_new(AvmThread *t, AvmType *type, size_t extra) {
    bool plain = type->flags & AVM_TYPE_PLAIN_NEW;
    if (plain) extra += type->inline_attrs * sizeof(AvmValue);
    if (type->attrs_offset == AVM_ATTRS_AT_END) extra += sizeof(AvmAttrs);
    AvmObj *o = avm_object_new_sized(t, type->id, type->size + extra);
    if (!o) return NULL;
    if (type->flags & AVM_TYPE_HEAP) type->h.refs++; // instances keep script classes alive
    AvmAttrs *a = avm_object_attrs(t, o);
    if (a) {
        a->shape = type->shape;
        if (type->attrs_offset == sizeof(AvmObj)) o->flags |= AVM_OBJ_SHAPED;
        if (plain && type->inline_attrs) a->values = (AvmValue *)(a + 1);
    }
    return o;
}

size_t avm_object_size(AvmThread *t, AvmObj *o) {
    (void)t;
    return avm_heap_size(o);
}

// What dies while a finaliser runs dies there, nested in its frame: a chain of finalisers that each make the next one ends
// with a RecursionError.
static bool survives_finalizer(AvmThread *t, AvmType *type, AvmObj *o) {
    o->flags |= AVM_OBJ_FINALIZED;
    o->refs = 1;
    AvmValue exc = t->exc;
    uint32_t depth = t->free_base;
    size_t waiting = t->dying_base;
    t->exc = AVM_EMPTY;
    t->free_base = t->free_depth;
    t->dying_base = t->ndying;
    type->s.finalize(t, avm_value(o));
    t->free_base = depth;
    t->dying_base = waiting;
    if (t->exc) avm_exc_unraisable(t, NULL, avm_value(o));
    t->exc = exc;
    return --o->refs > 0;
}

// Callbacks of weak references, too, may run a collection: it must not take the object for garbage.
static bool survives_weak(AvmThread *t, AvmObj *o) {
    o->refs = 1;
    avm_weak_clear(t, o);
    return --o->refs > 0;
}

// Attributes and __slots__.
static inline void drop_members(AvmThread *t, AvmType *type, AvmObj *o) {
    AvmAttrs *a = o->flags & AVM_OBJ_SHAPED ? &((AvmInstance *)o)->attrs : avm_object_attrs(t, o);
    if (a && !avm_attrs_are_none(a, type)) avm_attrs_clear(t, o, a);
    for (uint32_t i = 0; i < type->nslots; i++) avm_decref(t, *(AvmValue *)((char *)o + type->slot_offsets[i]));
}

static void free_now(AvmThread *t, AvmObj *o) {
    AvmType *type = t->vm->types[o->type];
    if (!type) { // a name that was looked up while the VM boots: strings own nothing
        avm_heap_give(t->vm->heap, o);
        return;
    }
    bool plain = type->flags & AVM_TYPE_PLAIN_FREE;
    if (!plain && type->s.finalize && !(o->flags & AVM_OBJ_FINALIZED) && survives_finalizer(t, type, o)) return;
    if (o->flags & AVM_OBJ_WEAKREFS && survives_weak(t, o)) return;
    o->flags |= AVM_OBJ_DYING;
    if (!plain) drop_members(t, type, o);
    if (type->s.free) type->s.free(t, o);
    if (t->gc_debt) t->gc_debt--;
    avm_heap_give(t->vm->heap, o);
    if (!plain && type->flags & AVM_TYPE_HEAP) avm_drop(t, type);
}

static bool postpone(AvmThread *t, AvmObj *o) {
    if (t->free_depth == AVM_FREE_NOTHING) return true;
    if (t->ndying == t->dying_cap) {
        size_t cap = t->dying_cap ? t->dying_cap * 2 : 256;
        AvmObj **p = avm_realloc(&t->vm->alloc, t->dying, t->dying_cap * sizeof *p, cap * sizeof *p);
        if (!p) return false; // then the C stack must do
        t->dying = p;
        t->dying_cap = cap;
    }
    t->dying[t->ndying++] = o;
    return true;
}

void avm_object_free(AvmThread *t, AvmObj *o) {
    if (o->type == AVM_T_STR &&
        t->free_depth != AVM_FREE_NOTHING) { // owns nothing, and nothing can watch it die
        if (t->gc_debt) t->gc_debt--;
        avm_heap_give(t->vm->heap, o);
        return;
    }
    if (t->free_depth - t->free_base >= FREE_DEPTH && postpone(t, o)) return;
    t->free_depth++;
    free_now(t, o);
    t->free_depth--;
    if (t->free_depth == t->free_base)
        while (t->ndying > t->dying_base) {
            AvmObj *next = t->dying[--t->ndying];
            t->free_depth++;
            free_now(t, next);
            t->free_depth--;
        }
}
