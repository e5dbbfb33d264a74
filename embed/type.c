// Types of the host's: classes whose instances hold a pointer of its own.
#include <string.h>

#include "embed/embed.h"
#include "vm/error.h"
#include "vm/type.h"
#include "vm/types/str.h"

typedef struct Object {
    AvmObj h;
    aiovm_type *type;
    void *object;
} Object;

struct aiovm_type {
    AvmTypeDef def;
    AvmType *class; // the VM owns it
    aiovm *vm;
    aiovm_finaliser finalise;
    void *data;
    aiovm_type *next;
    size_t size;
    uint32_t nmethods;
    char *texts; // in `methods`' allocation, after the rows
    AvmNativeDef methods[];
};

static void object_free(AvmThread *t, AvmObj *o) {
    Object *object = (Object *)o;
    (void)t;
    if (!object->type || !object->type->finalise) return;
    aiovm *vm = object->type->vm;
    void *holder = avm_embed_seal(vm);
    object->type->finalise(object->object, object->type->data);
    avm_embed_unseal(vm, holder);
}

aiovm_type *avm_embed_type_of(aiovm *vm, const AvmType *type) {
    for (aiovm_type *own = vm->types; own; own = own->next)
        if (own->class == type) return own;
    return NULL;
}

static aiovm_type *type_new(aiovm *vm, const char *name, const char *doc, const aiovm_def *methods) {
    uint32_t n = 0;
    while (methods && methods[n].name) n++;
    size_t texts = strlen(name) + 1 + (doc ? strlen(doc) + 1 : 0);
    size_t size = sizeof(aiovm_type) + (n + 1) * sizeof(AvmNativeDef) + texts;
    aiovm_type *type = avm_alloc_zero(&vm->alloc, size);
    if (!type) return NULL;
    type->size = size;
    type->nmethods = n;
    type->texts = (char *)&type->methods[n + 1];
    memcpy(type->texts, name, strlen(name) + 1);
    if (doc) memcpy(type->texts + strlen(name) + 1, doc, strlen(doc) + 1);
    type->def = (AvmTypeDef){
        .name = type->texts,
        .doc = doc ? type->texts + strlen(name) + 1 : NULL,
        .size = sizeof(Object),
        .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
        .slots = {.free = object_free},
        .methods = type->methods,
    };
    return type;
}

static bool add_methods(aiovm *vm, aiovm_type *type, const aiovm_def *methods, void *data) {
    for (uint32_t i = 0; i < type->nmethods; i++) {
        AvmHostFn *f = avm_hostfn_new(vm, &methods[i], data);
        if (!f) return avm_raise_memory(vm->t);
        type->methods[i] = *avm_hostfn_def(f);
    }
    return true;
}

aiovm_status aiovm_make_type(aiovm *vm, const char *name, const char *doc, const aiovm_def *methods,
                             aiovm_finaliser finalise, void *data, aiovm_type **out, aiovm_value *class_) {
    if (out) *out = NULL;
    if (class_) *class_ = (aiovm_value){0};
    if (!out || !avm_embed_is_text(name) || !avm_embed_may_be_text(doc) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    for (const aiovm_def *row = methods; row && row->name; row++)
        if (!avm_hostfn_is_good(row)) return AIOVM_MISUSE;
    aiovm_type *type = type_new(vm, name, doc, methods);
    if (!type) return AIOVM_MEMORY;
    type->vm = vm;
    type->finalise = finalise;
    type->data = data;
    type->next = vm->types;
    vm->types = type; // freed with the VM from now on
    if (add_methods(vm, type, methods, data)) type->class = avm_type_from_def(vm->t, &type->def);
    if (!type->class) return avm_embed_outcome(vm);
    *out = type;
    return class_ ? avm_handle_put(vm, avm_incref(avm_value(type->class)), class_) : AIOVM_OK;
}

void avm_hosttypes_free(aiovm *vm) {
    for (aiovm_type *type = vm->types, *next; type; type = next) {
        next = type->next;
        avm_release(&vm->alloc, type, type->size);
    }
    vm->types = NULL;
}

aiovm_status aiovm_make_object(aiovm *vm, aiovm_type *type, void *object, aiovm_value *value) {
    if (value) *value = (aiovm_value){0};
    if (!value || !avm_embed_begin(vm) || !type || type->vm != vm || !type->class) return AIOVM_MISUSE;
    Object *o = avm_object_new(vm->t, type->class, 0);
    if (!o) return avm_embed_outcome(vm);
    o->object = object;
    aiovm_status status = avm_handle_put(vm, avm_value(o), value);
    if (status == AIOVM_OK) o->type = type; // the caller keeps the object when the call has failed
    return status;
}

aiovm_status aiovm_get_object(aiovm *vm, aiovm_value value, const aiovm_type *type, void **object) {
    if (object) *object = NULL;
    if (!object || !type || !avm_embed_enter(vm)) return AIOVM_MISUSE;
    AvmValue v = avm_handle_get(vm, value);
    if (!v) return AIOVM_MISUSE;
    if (!avm_is_obj(v) || avm_type_of(vm->t, v) != type->class) return AIOVM_WRONG_TYPE;
    *object = ((Object *)avm_obj(v))->object;
    return AIOVM_OK;
}
