// Globals, modules, calls; exceptions that the host raises.
#include <string.h>

#include "embed/embed.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/import.h"
#include "vm/run.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"

// --- globals and modules

// The namespace of __main__, borrowed. NULL: exception.
static AvmDict *globals(aiovm *vm) {
    AvmThread *t = vm->t;
    AvmValue main = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, __main__));
    AvmModuleObj *m = avm_is(main, AVM_T_MODULE) ? (AvmModuleObj *)avm_obj(main) : avm_vm_main(t, NULL);
    return m ? m->dict : NULL;
}

aiovm_status aiovm_get_global(aiovm *vm, const char *name, aiovm_value *value) {
    if (value) *value = (aiovm_value){0};
    if (!avm_embed_is_text(name) || !value || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmDict *d = globals(vm);
    AvmStr *s = d ? avm_str_intern(vm->t, name, strlen(name)) : NULL;
    AvmValue v = s ? avm_incref(avm_dict_get_str(vm->t, d, s)) : AVM_EMPTY;
    avm_drop(vm->t, s);
    if (s && !v) return AIOVM_RANGE;
    return avm_handle_put(vm, v, value);
}

aiovm_status aiovm_set_global(aiovm *vm, const char *name, aiovm_value value) {
    if (!avm_embed_is_text(name) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmValue v = avm_handle_get(vm, value);
    if (!v) return AIOVM_MISUSE;
    AvmDict *d = globals(vm);
    AvmStr *s = d ? avm_str_intern(vm->t, name, strlen(name)) : NULL;
    bool began = avm_embed_run(vm); // what was there before may have a __del__
    bool good = s && avm_dict_set_str(vm->t, d, s, v);
    avm_drop(vm->t, s);
    avm_embed_rest(vm, began);
    return good ? AIOVM_OK : avm_embed_outcome(vm);
}

aiovm_status aiovm_import(aiovm *vm, const char *name, aiovm_value *module) {
    if (module) *module = (aiovm_value){0};
    if (!avm_embed_is_text(name) || !module || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    bool began = avm_embed_run(vm);
    AvmValue m = avm_import_text(vm->t, name);
    avm_embed_rest(vm, began);
    return avm_handle_put(vm, m, module);
}

// --- calls

enum { FEW = 8 }; // arguments that need no allocation

static AvmValue call_values(aiovm *vm, AvmValue f, const aiovm_value *args, size_t n, AvmTuple *names,
                            bool *given) {
    AvmValue few[FEW] = {AVM_EMPTY}, *values = few;
    AvmAlloc *alloc = &vm->alloc;
    if (n > FEW && !(values = avm_alloc(alloc, n * sizeof *values))) return avm_raise_memory(vm->t);
    *given = avm_handle_get_all(vm, args, n, values);
    AvmValue r = AVM_FAIL;
    if (*given) {
        // The handles' places may move, and their scopes end, while script runs.
        for (size_t i = 0; i < n; i++) avm_incref(values[i]);
        r = avm_call_kw(vm->t, f, values, (uint32_t)n, names);
        for (size_t i = 0; i < n; i++) avm_decref(vm->t, values[i]);
    }
    if (values != few) avm_release(alloc, values, n * sizeof *values);
    return r;
}

// result may be one of args: it is set last.
static inline aiovm_status finish_call(aiovm *vm, AvmValue r, bool began, aiovm_value *result) {
    if (!result) avm_decref(vm->t, r);
    avm_embed_rest(vm, began);
    if (!result) return r ? AIOVM_OK : avm_embed_outcome(vm);
    result->id = 0;
    return avm_handle_put(vm, r, result);
}

AVM_EMBED_SLOW static aiovm_status call_any(aiovm *vm, aiovm_value function, const aiovm_value *args,
                                            size_t n, AvmTuple *names, aiovm_value *result) {
    AvmValue f = avm_handle_get(vm, function);
    if (!f || n > UINT16_MAX) return avm_handle_misuse(result);
    avm_incref(f);
    bool given = true, began = avm_embed_run(vm);
    AvmValue r = call_values(vm, f, args, n, names, &given);
    avm_decref(vm->t, f);
    if (given) return finish_call(vm, r, began, result);
    avm_embed_rest(vm, began);
    return avm_handle_misuse(result);
}

// Puts arguments where a function finds them. false: one of the handles has ended, and nothing is there.
static inline bool place(aiovm *vm, const aiovm_value *args, size_t n, AvmValue *top) {
    if (n && !args) return false;
    for (size_t i = 0; i < n; i++) {
        AvmValue v = avm_handle_get(vm, args[i]);
        if (__builtin_expect(!v, 0)) {
            while (i) avm_replace(vm->t, &top[--i], AVM_EMPTY);
            return false;
        }
        top[i] = avm_incref(v);
    }
    return true;
}

aiovm_status aiovm_call(aiovm *vm, aiovm_value function, const aiovm_value *args, size_t count, aiovm_value *result) {
    if (!avm_embed_begin(vm)) return avm_handle_misuse(result);
    AvmValue f = avm_handle_get(vm, function), *top = avm_run_top(vm->t);
    bool usual = top && count <= FEW && avm_is(f, AVM_T_FUNCTION) && place(vm, args, count, top);
    if (__builtin_expect(!usual, 0)) return call_any(vm, function, args, count, NULL, result);
    bool began = avm_embed_run(vm);
    AvmValue r = avm_run_placed(vm->t, (AvmFunc *)avm_obj(f), top, (uint32_t)count);
    return finish_call(vm, r, began, result);
}

aiovm_status aiovm_call_named(aiovm *vm, aiovm_value function, const aiovm_value *args, size_t count,
                              const char *const *names, size_t named, aiovm_value *result) {
    if (!avm_embed_begin(vm) || named > count || (named && !names)) return avm_handle_misuse(result);
    AvmTuple *tuple = avm_tuple_new(vm->t, (uint32_t)named);
    for (size_t i = 0; tuple && i < named; i++) {
        bool good = avm_embed_is_text(names[i]);
        tuple->items[i] = good ? avm_value(avm_str_intern(vm->t, names[i], strlen(names[i]))) : AVM_EMPTY;
        if (tuple->items[i]) continue;
        avm_drop(vm->t, tuple);
        tuple = NULL;
    }
    if (!tuple) {
        avm_handle_misuse(result);
        return avm_failed(vm->t) ? avm_embed_outcome(vm) : AIOVM_MISUSE;
    }
    aiovm_status status = call_any(vm, function, args, count, tuple, result);
    avm_drop(vm->t, tuple);
    return status;
}

// --- exceptions of the host's

AvmValue avm_embed_exception_type(aiovm *vm, const char *name) {
    AvmThread *t = vm->t;
    const char *dot = strrchr(name, '.');
    AvmStr *s = avm_str_intern(t, dot ? dot + 1 : name, strlen(dot ? dot + 1 : name));
    AvmStr *module_name = !s ? NULL : dot ? avm_str_intern(t, name, (size_t)(dot - name)) : avm_str_text(t, "builtins");
    AvmValue module = module_name ? avm_import(t, module_name) : AVM_FAIL;
    AvmValue type = module ? avm_getattr(t, module, s) : AVM_FAIL;
    avm_decref(t, module);
    avm_drop(t, module_name);
    avm_drop(t, s);
    bool good = avm_is_obj(type) && avm_is_sub(t, type, AVM_TYPE_SUB_TYPE) &&
                ((AvmType *)avm_obj(type))->flags & AVM_TYPE_EXCEPTION;
    if (good) return type;
    avm_decref(t, type);
    if (!avm_failed(t)) avm_raise_type(t, "the host raises '%s', which is no exception", name);
    return AVM_FAIL;
}

AvmValue avm_embed_exception(aiovm *vm, const char *type, const char *message) {
    AvmThread *t = vm->t;
    AvmValue class = avm_embed_exception_type(vm, type);
    AvmStr *text = class ? avm_decode(t, message, strlen(message), "utf-8", "replace") : NULL;
    AvmValue exc = text ? avm_call1(t, class, avm_value(text)) : AVM_FAIL;
    avm_drop(t, text);
    avm_decref(t, class);
    return exc;
}

aiovm_status aiovm_raise(aiovm *vm, const char *type, const char *message) {
    if (!avm_embed_is_text(type) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    bool began = avm_embed_run(vm);
    AvmValue exc = avm_embed_exception(vm, type, message ? message : "");
    if (exc) avm_raise_object(vm->t, exc, AVM_EMPTY);
    avm_decref(vm->t, exc);
    avm_embed_rest(vm, began);
    aiovm_status status = avm_embed_outcome(vm);
    return status == AIOVM_OK ? AIOVM_ERROR : status;
}
