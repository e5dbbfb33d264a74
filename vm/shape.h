// Shapes (hidden classes): which attribute lives in which cell. A type owns the tree of shapes of its instances.
#ifndef AVM_VM_SHAPE_H
#define AVM_VM_SHAPE_H

#include "vm/object.h"

enum { AVM_SHAPE_MAX = 64 }; // attributes; an instance with more keeps them in a dict

struct AvmShape {
    uint64_t version; // unique in the VM; renewed when the type changes; 0: the dict shape, no cache may hold it
    AvmType *type;
    AvmStr **keys;    // count interned names, in order of creation
    uint32_t count;
    AvmShape **next;  // shapes with one key more
    uint32_t nnext, next_cap;
    AvmShape *dict_shape; // of the root: the shape of instances whose attributes are in a dict
};

AvmShape *avm_shape_root(AvmThread *t, AvmType *type); // NULL: MemoryError
void avm_shape_free(AvmThread *t, AvmShape *root);
// Gives every shape of the tree a new version: cached look-ups through the type no longer hold.
void avm_shape_renew(AvmThread *t, AvmShape *root);
// The cell of an interned name, or -1.
int avm_shape_find(const AvmShape *s, const AvmStr *name);
// The shape with one key more; NULL: MemoryError.
AvmShape *avm_shape_add(AvmThread *t, AvmShape *s, AvmStr *name);
static inline bool avm_shape_is_dict(const AvmShape *s) { return s == s->type->shape->dict_shape; }

// --- the attributes themselves; names are interned
// Borrowed or AVM_EMPTY.
AvmValue avm_attrs_get(AvmThread *t, AvmAttrs *a, AvmStr *name);
// o owns a. Takes a new reference to value.
bool avm_attrs_set(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmStr *name, AvmValue value);
// Room for one more cell, the shape's next; false: MemoryError.
bool avm_attrs_grow(AvmThread *t, AvmObj *o, AvmAttrs *a);
// 1: gone, 0: it was not there, -1: exception
int avm_attrs_del(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmStr *name);
// The attributes as a dict, from now on kept in that dict; borrowed. NULL: exception.
AvmDict *avm_attrs_dict(AvmThread *t, AvmObj *o, AvmAttrs *a);
bool avm_attrs_set_dict(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmDict *d);
void avm_attrs_visit(AvmAttrs *a, AvmVisit visit, void *arg);
// No attribute is set, and nothing is allocated for any.
static inline bool avm_attrs_are_none(const AvmAttrs *a, const AvmType *type) {
    return a->shape == type->shape && (!a->values || a->values == (const AvmValue *)(a + 1));
}
// Drops all and the cells' allocation; a is empty afterwards.
void avm_attrs_clear(AvmThread *t, AvmObj *o, AvmAttrs *a);

#endif
