// Functions of the host's, and modules of them. Scripts see native functions; each has a definition of its own, whose C
// function is the same for all: it asks the thread state which native it was called for.
#include <string.h>

#include "embed/embed.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

struct AvmHostFn {
    AvmNativeDef def;
    aiovm_function function;
    void *data;
    AvmHostFn *next; // of all of the VM
    size_t size;
    char texts[]; // name, signature and doc
};

enum { FEW = 8 }; // arguments that need no allocation

// --- calling one

// What a host function has returned other than a value, in script's terms.
AVM_EMBED_SLOW static AvmValue failed(aiovm *vm, const AvmHostFn *f, aiovm_status status) {
    AvmThread *t = vm->t;
    if (t->exhausted) return AVM_FAIL;
    if (status == AIOVM_OK)
        return avm_raise(t, AVM_EXC(t, SystemError), "host function %s() returned a handle that has ended", f->def.name);
    if (vm->error && (status == AIOVM_ERROR || status == AIOVM_EXIT || status == AIOVM_INTERRUPTED)) {
        AvmValue exc = avm_incref(vm->error);
        avm_embed_forget(vm);
        return avm_reraise(t, exc);
    }
    if (status == AIOVM_MEMORY) return avm_raise_memory(t);
    return avm_raise(t, AVM_EXC(t, SystemError), "host function %s() returned status %d", f->def.name, (int)status);
}

// Handles to the arguments: no value where none was given. There is room for them. (One serial number does
// for places that are not the same.)
static inline void hand_over(aiovm *vm, const AvmValue *args, uint32_t n, aiovm_value *handles) {
    uint32_t place = vm->slots.count;
    uint64_t serial = ++vm->serial;
    for (AvmSlot *slot = vm->slots.at + place; n; n--, slot++) {
        AvmValue v = *args++;
        *slot = (AvmSlot){v, (uint32_t)serial};
        place++;
        handles++->id = v ? serial << 32 | place : 0;
    }
    vm->slots.count = place;
}

// A new reference to the value of a handle: that of the function's own handles, which end now. AVM_EMPTY: it has ended.
static inline AvmValue taken(aiovm *vm, uint32_t own, aiovm_value h) {
    AvmSlot *slot = avm_handle_scoped(vm, h);
    if (__builtin_expect(!slot || (uint32_t)h.id <= own, 0)) return avm_incref(avm_handle_get(vm, h));
    AvmValue v = slot->value;
    slot->value = AVM_EMPTY;
    if ((uint32_t)h.id == vm->slots.count) vm->slots.count--;
    return v;
}

// Its arguments' handles need no references of their own where they end in order: the caller's last as long.
__attribute__((always_inline)) static inline AvmValue invoke(AvmThread *t, const AvmHostFn *f,
                                                             const AvmValue *args, uint32_t n,
                                                             aiovm_value *handles, bool in_order) {
    aiovm *vm = t->vm->host.ctx;
    // Room for one more: most make a handle to their result.
    if (__builtin_expect(vm->slots.cap - vm->slots.count <= n, 0) && !avm_handles_grow(vm, n + 1))
        return avm_raise_memory(t);
    uint32_t first = vm->slots.count, before = vm->own_slots;
    aiovm_value result = {0};
    hand_over(vm, args, n, handles);
    for (uint32_t i = 0; !in_order && i < n; i++) avm_incref(args[i]);
    uint32_t own = in_order ? vm->slots.count : first; // what is to be let go of begins here
    vm->own_slots = own + 1;
    aiovm_status status = f->function(vm, handles, n, &result, f->data);
    AvmValue r = AVM_FAIL;
    if (__builtin_expect(status == AIOVM_OK && !t->exhausted, 1))
        r = result.id ? taken(vm, own, result) : AVM_NONE;
    if (__builtin_expect(!r, 0)) failed(vm, f, status);
    if (avm_handles_pop(vm, own) > own) avm_handles_end(vm, own);
    if (in_order) vm->slots.count = first;
    vm->own_slots = before;
    return r;
}

// With many arguments, or where there are threads: functions that wait may end in another order than they
// began.
AVM_EMBED_SLOW static AvmValue invoke_slowly(AvmThread *t, const AvmHostFn *f, const AvmValue *args,
                                             uint32_t n) {
    aiovm *vm = t->vm->host.ctx;
    AvmHostScope scope = avm_host_enter(vm, t);
    aiovm_value few[FEW], *handles = n <= FEW ? few : avm_alloc(&vm->alloc, n * sizeof *handles);
    AvmValue r = handles ? invoke(t, f, args, n, handles, false) : avm_raise_memory(t);
    if (handles != few) avm_release(&vm->alloc, handles, n * sizeof *handles);
    avm_host_leave(vm, scope);
    return r;
}

static AvmValue call_host(AvmThread *t, AvmValue *args, uint32_t n) {
    const AvmHostFn *f = t->native->def->host;
    aiovm_value few[FEW];
    if (__builtin_expect(t->exhausted, 0)) return AVM_FAIL;
    if (__builtin_expect(n > FEW || t->vm->threads, 0)) return invoke_slowly(t, f, args, n);
    return invoke(t, f, args, n, few, true);
}

// --- making one

static const char *copy(char **at, const char *text) {
    char *to = *at;
    size_t n = strlen(text) + 1;
    memcpy(to, text, n);
    *at += n;
    return to;
}

bool avm_hostfn_is_good(const aiovm_def *def) {
    return def->function && avm_embed_is_text(def->name) && avm_embed_may_be_text(def->doc) &&
           avm_embed_may_be_text(def->signature) && (!def->signature || avm_native_can_read(def->signature));
}

AvmHostFn *avm_hostfn_new(aiovm *vm, const aiovm_def *def, void *data) {
    const char *signature = def->signature ? def->signature : "(*args)";
    const char *doc = def->doc ? def->doc : "";
    size_t size = sizeof(AvmHostFn) + strlen(def->name) + strlen(signature) + strlen(doc) + 3;
    AvmHostFn *f = avm_alloc(&vm->alloc, size);
    if (!f) return NULL;
    char *at = f->texts;
    *f = (AvmHostFn){.function = def->function, .data = data, .next = vm->functions, .size = size};
    f->def = (AvmNativeDef){.name = copy(&at, def->name), .fn = call_host, .signature = copy(&at, signature), .host = f};
    f->def.doc = def->doc ? copy(&at, doc) : NULL;
    vm->functions = f;
    return f;
}

const AvmNativeDef *avm_hostfn_def(const AvmHostFn *f) { return &f->def; }

void avm_hostfns_free(aiovm *vm) {
    for (AvmHostFn *f = vm->functions, *next; f; f = next) {
        next = f->next;
        avm_release(&vm->alloc, f, f->size);
    }
    vm->functions = NULL;
}

static AvmNative *native_of(aiovm *vm, const aiovm_def *def, void *data, AvmStr *module) {
    AvmHostFn *f = avm_hostfn_new(vm, def, data);
    if (f) return avm_native_new(vm->t, &f->def, NULL, module);
    avm_raise_memory(vm->t);
    return NULL;
}

aiovm_status aiovm_make_function(aiovm *vm, const aiovm_def *def, void *data, aiovm_value *function) {
    if (function) *function = (aiovm_value){0};
    if (!function || !def || !avm_hostfn_is_good(def) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    return avm_handle_put(vm, avm_value(native_of(vm, def, data, NULL)), function);
}

// --- modules

static bool add_functions(aiovm *vm, AvmModuleObj *m, AvmStr *name, const aiovm_def *rows, void *data) {
    for (; rows && rows->name; rows++) {
        AvmNative *f = native_of(vm, rows, data, name);
        bool good = f && avm_module_add(vm->t, m, rows->name, avm_value(f));
        avm_drop(vm->t, f);
        if (!good) return false;
    }
    return true;
}

aiovm_status aiovm_add_module(aiovm *vm, const char *name, const char *doc, const aiovm_def *functions, void *data,
                              aiovm_value *module) {
    if (module) *module = (aiovm_value){0};
    if (!avm_embed_is_text(name) || !avm_embed_may_be_text(doc) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    for (const aiovm_def *row = functions; row && row->name; row++)
        if (!avm_hostfn_is_good(row)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    AvmModuleObj *m = s ? avm_module_new(t, s) : NULL;
    AvmStr *text = m && doc ? avm_str_text(t, doc) : NULL;
    bool good = m && (!doc || (text && avm_module_add(t, m, "__doc__", avm_value(text)))) &&
                add_functions(vm, m, s, functions, data) && avm_dict_set_str(t, t->vm->modules, s, avm_value(m));
    avm_drop(t, text);
    avm_drop(t, s);
    if (good && module) return avm_handle_put(vm, avm_value(m), module);
    avm_drop(t, m);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}
