// Where the instances of asyncio's script classes keep their attributes, for native bodies; and the futures they wait for.
#include "stdlib/asyncio_parts.h"

#include "stdlib/collections.h"
#include "stdlib/modules.h"
#include "vm/types/dict.h"

enum { NOWHERE = UINT16_MAX };

static const AvmLayoutDef *const defs[AVM_LAYOUTS] = {&avm_lock_layout, &avm_semaphore_layout, &avm_event_layout,
                                                      &avm_queue_layout};

bool avm_async_parts_init(AvmThread *t) {
    void **slot = &t->vm->stdlib[AVM_STDLIB_ASYNCIO];
    if (!*slot && !(*slot = avm_alloc_zero(&t->vm->alloc, sizeof(AvmAsyncParts)))) {
        avm_raise_memory(t);
        return false;
    }
    avm_async_locks_register(t);
    avm_async_queues_register(t);
    return true;
}

void avm_async_parts_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->stdlib[AVM_STDLIB_ASYNCIO], sizeof(AvmAsyncParts));
    vm->stdlib[AVM_STDLIB_ASYNCIO] = NULL;
}

// full: "Lock.release"
static bool is_own(AvmThread *t, const AvmShape *shape, const char *full) {
    const char *name = strrchr(full, '.') + 1;
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    if (!s) {
        avm_exc_clear(t);
        return false;
    }
    AvmValue found = avm_type_lookup(t, shape->type, s);
    AvmCode *code = found && avm_is(found, AVM_T_FUNCTION) ? ((AvmFunc *)avm_obj(found))->code : NULL;
    bool own = code && code->frozen && avm_code_is(code, full) && avm_shape_find(shape, s) < 0;
    avm_drop(t, s);
    return own;
}

bool avm_layout_has(AvmThread *t, AvmValue self, const char *qualname) {
    return is_own(t, ((AvmInstance *)avm_obj(self))->attrs.shape, qualname);
}

static bool look(AvmThread *t, const AvmLayoutDef *def, const AvmShape *shape, AvmFieldLayout *l) {
    for (int i = 0; i < AVM_LAYOUT_FIELDS && def->fields[i]; i++) {
        AvmStr *s = avm_str_intern(t, def->fields[i], strlen(def->fields[i]));
        int at = s ? avm_shape_find(shape, s) : -1;
        if (!s) avm_exc_clear(t);
        avm_drop(t, s);
        if (at < 0 && i != AVM_LAYOUT_LOOP) return false;
        l->at[i] = at < 0 ? NOWHERE : (uint16_t)at;
    }
    for (int i = 0; def->methods[i]; i++)
        if (!is_own(t, shape, def->methods[i])) return false;
    return true;
}

const AvmFieldLayout *avm_layout_learn(AvmThread *t, AvmLayoutId id, const AvmShape *shape) {
    AvmAsyncParts *parts = t->vm->stdlib[AVM_STDLIB_ASYNCIO];
    AvmFieldLayout *l = &parts->layouts[id][parts->oldest[id]];
    parts->oldest[id] = (uint8_t)((parts->oldest[id] + 1) % AVM_LAYOUT_WAYS);
    l->version = shape->version;
    l->deque = avm_deque_type_id(t);
    l->plain = shape->version && look(t, defs[id], shape, l); // 0: the attributes are in a dict
    return l;
}

// A dict's values as cells.
enum {
    ENTRY_CELLS = sizeof(AvmDictEntry) / sizeof(AvmValue),
    VALUE_CELL = offsetof(AvmDictEntry, value) / sizeof(AvmValue)
};

static bool look_in_dict(AvmThread *t, const AvmLayoutDef *def, const AvmShape *shape, AvmDict *d,
                         AvmFieldLayout *l) {
    for (int i = 0; i < AVM_LAYOUT_FIELDS && def->fields[i]; i++) {
        AvmStr *s = avm_str_intern(t, def->fields[i], strlen(def->fields[i]));
        int32_t at = s ? avm_dict_find_str(t, d, s) : -1;
        if (!s) avm_exc_clear(t);
        avm_drop(t, s);
        if (at > (NOWHERE - VALUE_CELL) / ENTRY_CELLS || (at < 0 && i != AVM_LAYOUT_LOOP)) return false;
        l->at[i] = at < 0 ? NOWHERE : (uint16_t)(at * ENTRY_CELLS + VALUE_CELL);
    }
    for (int i = 0; def->methods[i]; i++) {
        const char *name = strrchr(def->methods[i], '.') + 1;
        AvmStr *s = avm_str_intern(t, name, strlen(name));
        bool hidden = !s || avm_dict_find_str(t, d, s) >= 0;
        if (!s) avm_exc_clear(t);
        avm_drop(t, s);
        if (hidden || !is_own(t, shape, def->methods[i])) return false;
    }
    return true;
}

bool avm_layout_in_dict(AvmThread *t, AvmLayoutId id, AvmValue self, AvmFields *out) {
    AvmAttrs *a = avm_is_obj(self) ? avm_object_attrs(t, avm_obj(self)) : NULL;
    if (!a || !avm_shape_is_dict(a->shape)) return false;
    AvmAsyncParts *parts = t->vm->stdlib[AVM_STDLIB_ASYNCIO];
    AvmDict *d = (AvmDict *)avm_obj(a->values[0]);
    if (!look_in_dict(t, defs[id], a->shape, d, &parts->in_dict)) return false;
    *out = (AvmFields){(AvmValue *)d->entries, parts->in_dict.at, avm_deque_type_id(t)};
    return true;
}

bool avm_layout_lost(AvmThread *t, AvmValue self) {
    avm_raise(t, AVM_EXC(t, RuntimeError), "attributes or methods of %R were changed while it was waited for", self);
    return false;
}

// --- waiting

AvmFuture *avm_waiter_new(AvmThread *t, AvmValue self, AvmFields f) {
    AvmEventLoop *loop = t->turn ? t->turn->loop : NULL;
    bool usual = loop && avm_value(loop) == t->running_loop && !(loop->overrides & AVM_LOOP_OWN_FUTURES);
    if (usual && f.at[AVM_LAYOUT_LOOP] != NOWHERE && *avm_field(f, AVM_LAYOUT_LOOP) == t->running_loop)
        return avm_future_new(t, loop);
    AvmStr *name = avm_str_intern(t, "_get_loop", 9);
    AvmValue its = name ? avm_call_method(t, self, name, NULL, 0) : AVM_FAIL;
    AvmEventLoop *own = its ? avm_loop_for(t, its) : NULL;
    AvmFuture *future = own ? avm_loop_create_future(t, own) : NULL;
    avm_drop(t, own);
    avm_decref(t, its);
    avm_drop(t, name);
    return future;
}
