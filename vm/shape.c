// Shapes, and the attributes of instances that they describe.
#include "vm/shape.h"

#include "vm/error.h"
#include "vm/heap.h"
#include "vm/types/dict.h"

static AvmShape *shape_new(AvmThread *t, AvmType *type, uint32_t count) {
    AvmShape *s = avm_alloc_zero(&t->vm->alloc, sizeof *s);
    if (!s) {
        avm_raise_memory(t);
        return NULL;
    }
    s->type = type;
    s->version = avm_version_next(t);
    s->count = count;
    if (count) {
        s->keys = avm_alloc(&t->vm->alloc, count * sizeof *s->keys);
        if (!s->keys) {
            avm_release(&t->vm->alloc, s, sizeof *s);
            avm_raise_memory(t);
            return NULL;
        }
    }
    return s;
}

// A root and its dict shape are one allocation.
AvmShape *avm_shape_root(AvmThread *t, AvmType *type) {
    AvmShape *root = avm_alloc_zero(&t->vm->alloc, 2 * sizeof *root);
    if (!root) {
        avm_raise_memory(t);
        return NULL;
    }
    root->type = root[1].type = type;
    root->version = avm_version_next(t);
    root->dict_shape = root + 1;
    return root;
}

// The tree is at most AVM_SHAPE_MAX deep, so recursion is bounded.
void avm_shape_free(AvmThread *t, AvmShape *s) {
    AvmAlloc *a = &t->vm->alloc;
    for (uint32_t i = 0; i < s->nnext; i++) avm_shape_free(t, s->next[i]);
    avm_release(a, s->next, s->next_cap * sizeof *s->next);
    for (uint32_t i = 0; i < s->count; i++) avm_drop(t, s->keys[i]);
    avm_release(a, s->keys, s->count * sizeof *s->keys);
    avm_release(a, s, (s->dict_shape ? 2 : 1) * sizeof *s);
}

void avm_shape_renew(AvmThread *t, AvmShape *s) {
    s->version = avm_version_next(t);
    for (uint32_t i = 0; i < s->nnext; i++) avm_shape_renew(t, s->next[i]);
}

int avm_shape_find(const AvmShape *s, const AvmStr *name) {
    for (uint32_t i = 0; i < s->count; i++)
        if (s->keys[i] == name) return (int)i;
    return -1;
}

AvmShape *avm_shape_add(AvmThread *t, AvmShape *s, AvmStr *name) {
    for (uint32_t i = 0; i < s->nnext; i++)
        if (s->next[i]->keys[s->count] == name) return s->next[i];
    if (s->nnext == s->next_cap) {
        uint32_t cap = s->next_cap ? s->next_cap * 2 : 1;
        AvmShape **next =
            avm_realloc(&t->vm->alloc, s->next, s->next_cap * sizeof *next, cap * sizeof *next);
        if (!next) {
            avm_raise_memory(t);
            return NULL;
        }
        s->next = next;
        s->next_cap = cap;
    }
    AvmShape *child = shape_new(t, s->type, s->count + 1);
    if (!child) return NULL;
    for (uint32_t i = 0; i < s->count; i++) child->keys[i] = avm_retain(s->keys[i]);
    child->keys[s->count] = avm_retain(name);
    return s->next[s->nnext++] = child;
}

// --- attributes

// The cells that follow the attributes inside the object, when the values are there.
static AvmValue *inline_cells(AvmAttrs *a) { return (AvmValue *)(a + 1); }

static uint32_t inline_room(AvmObj *o, AvmAttrs *a) {
    return (uint32_t)((avm_heap_size(o) - (size_t)((char *)inline_cells(a) - (char *)o)) / sizeof(AvmValue));
}

// Cells of an allocation that holds count of them.
static uint32_t outer_room(uint32_t count) {
    uint32_t room = 8;
    while (room < count) room *= 2;
    return room;
}

static bool is_inline(AvmAttrs *a) { return a->values == inline_cells(a) || !a->values; }

static AvmDict *dict_of(AvmAttrs *a) { return (AvmDict *)avm_obj(a->values[0]); }

AvmValue avm_attrs_get(AvmThread *t, AvmAttrs *a, AvmStr *name) {
    if (avm_shape_is_dict(a->shape)) return avm_dict_get_str(t, dict_of(a), name);
    int at = avm_shape_find(a->shape, name);
    return at < 0 ? AVM_EMPTY : a->values[at];
}

bool avm_attrs_grow(AvmThread *t, AvmObj *o, AvmAttrs *a) {
    uint32_t n = a->shape->count;
    uint32_t room = !a->values ? 0 : is_inline(a) ? inline_room(o, a) : outer_room(n);
    if (n < room) return true;
    uint32_t want = outer_room(n + 1);
    bool was_inline = is_inline(a);
    AvmValue *p = avm_realloc(&t->vm->alloc, was_inline ? NULL : a->values,
                              was_inline ? 0 : room * sizeof *p, want * sizeof *p);
    if (!p) {
        avm_raise_memory(t);
        return false;
    }
    if (was_inline && n) memcpy(p, a->values, n * sizeof *p);
    a->values = p;
    return true;
}

bool avm_attrs_set(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmStr *name, AvmValue value) {
    if (avm_shape_is_dict(a->shape)) return avm_dict_set_str(t, dict_of(a), name, value);
    int at = avm_shape_find(a->shape, name);
    if (at >= 0) {
        avm_replace(t, &a->values[at], avm_incref(value));
        return true;
    }
    if (a->shape->count == AVM_SHAPE_MAX) {
        AvmDict *d = avm_attrs_dict(t, o, a);
        return d && avm_dict_set_str(t, d, name, value);
    }
    AvmShape *next = avm_shape_add(t, a->shape, name);
    if (!next || !avm_attrs_grow(t, o, a)) return false;
    a->values[a->shape->count] = avm_incref(value);
    a->shape = next;
    // Later instances get room for what this one needed.
    if (next->count > next->type->inline_attrs && next->count <= 16) next->type->inline_attrs = (uint16_t)next->count;
    return true;
}

int avm_attrs_del(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmStr *name) {
    if (!avm_shape_is_dict(a->shape)) {
        if (avm_shape_find(a->shape, name) < 0) return 0;
        if (!avm_attrs_dict(t, o, a)) return -1;
    }
    return avm_dict_del_str(t, dict_of(a), name);
}

AvmDict *avm_attrs_dict(AvmThread *t, AvmObj *o, AvmAttrs *a) {
    if (avm_shape_is_dict(a->shape)) return dict_of(a);
    AvmDict *d = avm_dict_new(t);
    if (!d) return NULL;
    for (uint32_t i = 0; i < a->shape->count; i++)
        if (!avm_dict_set_str(t, d, a->shape->keys[i], a->values[i])) {
            avm_drop(t, d);
            return NULL;
        }
    bool ok = avm_attrs_set_dict(t, o, a, d);
    avm_drop(t, d);
    return ok ? d : NULL;
}

bool avm_attrs_set_dict(AvmThread *t, AvmObj *o, AvmAttrs *a, AvmDict *d) {
    AvmShape *dict_shape = a->shape->type->shape->dict_shape;
    if (avm_shape_is_dict(a->shape)) {
        avm_replace(t, &a->values[0], avm_value(avm_retain(d)));
        return true;
    }
    if (a->shape->count == 0 && !avm_attrs_grow(t, o, a)) return false;
    // One cell is kept for the dict; the others' values are dropped after the switch.
    AvmValue old[AVM_SHAPE_MAX];
    uint32_t n = a->shape->count;
    if (n) memcpy(old, a->values, n * sizeof *old);
    if (!is_inline(a)) {
        AvmValue *p = avm_realloc(&t->vm->alloc, a->values, outer_room(n) * sizeof *p, outer_room(1) * sizeof *p);
        if (!p) {
            avm_raise_memory(t);
            return false;
        }
        a->values = p;
    }
    a->values[0] = avm_value(avm_retain(d));
    a->shape = dict_shape;
    for (uint32_t i = 0; i < n; i++) avm_decref(t, old[i]);
    return true;
}

void avm_attrs_visit(AvmAttrs *a, AvmVisit visit, void *arg) {
    if (!a->shape) return;
    uint32_t n = avm_shape_is_dict(a->shape) ? 1 : a->shape->count;
    for (uint32_t i = 0; i < n; i++) visit(a->values[i], arg);
}

void avm_attrs_clear(AvmThread *t, AvmObj *o, AvmAttrs *a) {
    if (!a->shape) return;
    if (o->flags & AVM_OBJ_DYING && is_inline(a) && !avm_shape_is_dict(a->shape)) {
        // Nobody can set attributes again: the cells are dropped where they are.
        uint32_t count = a->shape->count;
        a->shape = a->shape->type->shape;
        for (uint32_t i = 0; i < count; i++) avm_replace(t, &a->values[i], AVM_EMPTY);
        return;
    }
    bool is_dict = avm_shape_is_dict(a->shape);
    uint32_t n = is_dict ? 1 : a->shape->count;
    AvmValue *values = a->values;
    bool outer = !is_inline(a);
    AvmValue old[AVM_SHAPE_MAX];
    if (n) memcpy(old, values, n * sizeof *old);
    uint32_t room = outer_room(n ? n : 1);
    a->shape = a->shape->type->shape;
    a->values = outer ? NULL : a->values;
    if (outer) avm_release(&t->vm->alloc, values, room * sizeof *values);
    for (uint32_t i = 0; i < n; i++) avm_decref(t, old[i]);
}
