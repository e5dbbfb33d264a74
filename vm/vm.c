// A VM from nothing to its end.
#include "vm/vm.h"

#include <sys/random.h>

#include "base/siphash.h"
#include "vm/async/async.h"
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/heap.h"
#include "vm/hints.h"
#include "vm/libm.h"
#include "vm/shape.h"
#include "vm/threads.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/excs.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/weak.h"

// The built-in types in the order in which they are made: a base stands before its children.
static const AvmTypeDef *const types[] = {
    &avm_object_def,
    &avm_type_def,
    &avm_none_def,
    &avm_notimpl_def,
    &avm_ellipsis_def,
    &avm_int_def,
    &avm_bool_def,
    &avm_float_def,
    &avm_str_def,
    &avm_striter_def,
    &avm_strasciiiter_def,
    &avm_bytes_def,
    &avm_bytesiter_def,
    &avm_bytearray_def,
    &avm_bytearrayiter_def,
    &avm_list_def,
    &avm_listiter_def,
    &avm_listreviter_def,
    &avm_tuple_def,
    &avm_tupleiter_def,
    &avm_dict_def,
    &avm_dict_keys_def,
    &avm_dict_values_def,
    &avm_dict_items_def,
    &avm_dict_keyiter_def,
    &avm_dict_valueiter_def,
    &avm_dict_itemiter_def,
    &avm_dict_revkeyiter_def,
    &avm_dict_revvalueiter_def,
    &avm_dict_revitemiter_def,
    &avm_set_def,
    &avm_frozenset_def,
    &avm_setiter_def,
    &avm_range_def,
    &avm_rangeiter_def,
    &avm_longrangeiter_def,
    &avm_slice_def,
    &avm_seqiter_def,
    &avm_calliter_def,
    &avm_enumerate_def,
    &avm_reversed_def,
    &avm_zip_def,
    &avm_map_def,
    &avm_filter_def,
    &avm_mappingproxy_def,
    &avm_genericalias_def,
    &avm_union_def,
    &avm_future_def,
    &avm_task_def,
    &avm_gather_def,
    &avm_futureiter_def,
    &avm_taskstep_def,
    &avm_abstract_loop_def,
    &avm_loop_def,
    &avm_handle_def,
    &avm_timerhandle_def,
    &avm_callbacks_def,
    &avm_bound_def,
    &avm_context_def,
    &avm_contextvar_def,
    &avm_token_def,
    &avm_traceback_def,
    &avm_frame_def,
    &avm_code_def,
    &avm_function_def,
    &avm_method_def,
    &avm_cell_def,
    &avm_native_def,
    &avm_native_method_def,
    &avm_wrapper_def,
    &avm_method_wrapper_def,
    &avm_classmethod_descr_def,
    &avm_getset_def,
    &avm_member_def,
    &avm_property_def,
    &avm_classmethod_def,
    &avm_staticmethod_def,
    &avm_super_def,
    &avm_module_def,
    &avm_generator_def,
    &avm_coroutine_def,
    &avm_native_coroutine_def,
    &avm_coro_wrapper_def,
    &avm_asyncgen_def,
    &avm_asyncgen_send_def,
    &avm_asyncgen_throw_def,
    &avm_asyncgen_value_def,
    &avm_anext_def,
    &avm_finished_def,
    &avm_pack_def,
    &avm_weakref_def,
    &avm_namespace_def,
};

enum { DEFAULT_C_STACK = 4 << 20, MAIN_SLOTS = 1 << 27 };

static void choose_hash_key(AvmVm *vm, const AvmVmOptions *o) {
    if (!o->hash_random)
        avm_hash_key_from_seed(o->hash_seed, vm->hash_key);
    else if (getrandom(vm->hash_key, sizeof vm->hash_key, 0) != sizeof vm->hash_key)
        avm_hash_key_from_seed((uint64_t)(uintptr_t)vm, vm->hash_key);
}

// What every other step stands on: strings, tuples and dicts can be made without types.
static bool make_ground(AvmThread *t) {
    AvmVm *vm = t->vm;
    if (!(vm->modules = avm_dict_new(t)) || !(vm->empty_str = avm_str_intern(t, "", 0)) ||
        !(vm->empty_tuple = avm_tuple_new(t, 0)))
        return false;
    static const struct {
        const char *text;
        size_t len;
    } names[] = {
#define N(name) {#name, sizeof #name - 1},
#include "vm/names.def"
#undef N
    };
    for (int i = 0; i < AVM_NAME_COUNT; i++)
        if (!(vm->names[i] = avm_str_intern(t, names[i].text, names[i].len))) return false;
    avm_slots_mark_names(t);
    return true;
}

static bool make_types(AvmThread *t) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!avm_type_from_def(t, types[i])) return false;
    return avm_exc_boot(t);
}

static bool make_builtins(AvmThread *t) {
    AvmVm *vm = t->vm;
    AvmStr *name = AVM_NAME(t, builtins);
    AvmModuleObj *m = avm_module_new(t, name);
    if (!m || !avm_dict_set_str(t, vm->modules, name, avm_value(m)) || !avm_module_add(t, m, "__loader__", AVM_TRUE)) return false;
    vm->builtins = m->dict; // sys.modules keeps it
    vm->builtins->h.refs++;
    avm_drop(t, m);
    return true;
}

AvmThread *avm_vm_thread_new(AvmVm *vm, size_t slots) {
    AvmThread *t = avm_alloc_zero(&vm->alloc, sizeof *t);
    if (!t) return NULL;
    t->vm = vm;
    t->depth_limit = 1000;
    t->fuel = t->budget = UINT64_MAX;
    t->pause_depth = AVM_NO_PAUSE;
    avm_ticks_grant(t);
    t->gc_threshold = 50000;
    t->ident = 1;
    t->stack_slots = slots; // the first call reserves them
    return t;
}

void avm_vm_thread_free(AvmThread *t) {
    AvmAlloc *alloc = &t->vm->alloc;
    avm_frames_free(t);
    avm_release(alloc, t->dying, t->dying_cap * sizeof *t->dying);
    if (t->stack) avm_stack_release(t->stack, t->stack_slots);
    avm_release(alloc, t, sizeof *t);
}

AvmThread *avm_vm_new(const AvmVmOptions *o) {
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    if (o->alloc) alloc = *o->alloc;
    AvmVm *vm = avm_alloc_zero(&alloc, sizeof *vm);
    if (!vm) return NULL;
    vm->alloc = alloc;
    vm->host = o->host;
    vm->loop = o->port;
    vm->virtual_time = o->virtual_time;
    vm->seeded = o->seeded;
    vm->seed = o->seed;
    vm->hide_frozen = true;
    vm->c_stack = o->c_stack ? o->c_stack : DEFAULT_C_STACK;
    vm->types_cap = AVM_T_BUILTINS + AVM_EXC_COUNT + 64;
    vm->ntypes = vm->free_type = AVM_T_BUILTINS + AVM_EXC_COUNT - 1;
    choose_hash_key(vm, o);
    AvmThread *t = NULL;
    vm->heap = avm_heap_new(&vm->alloc);
    vm->types = avm_alloc_zero(&vm->alloc, vm->types_cap * sizeof *vm->types);
    if (vm->heap && vm->types) t = vm->main_thread = avm_vm_thread_new(vm, MAIN_SLOTS);
    if (t) {
        avm_vm_enter(t);
        bool ok = make_ground(t) && make_types(t) && avm_async_new(t) && avm_import_register(t, o->modules, o->frozen) &&
                  make_builtins(t);
        if (ok) return t;
    }
    // Out of memory while booting: nothing has run, the heap goes as a whole.
    avm_vm_discard(vm);
    return NULL;
}

// --- the end

static void release_tables(AvmVm *vm) {
    AvmAlloc *a = &vm->alloc;
    avm_weak_free(vm);
    avm_interned_free(vm);
    avm_libm_free(vm);
    avm_memory_spend(vm);
    avm_method_cache_free(vm);
    avm_import_free(vm);
    avm_hints_free(vm);
    if (vm->async) avm_async_free(vm);
    avm_release(a, vm->types, vm->types_cap * sizeof *vm->types);
}

// The objects' own buffers are given back by their types' `free`, while nothing dies (AVM_FREE_NOTHING): all but code
// first, since generators read theirs; then nested code, then the code that owns its unit; types at the end.
typedef struct Leaving {
    AvmThread *t;
    AvmCode *nested, *outermost; // chains of code, through `owner`
} Leaving;

static void free_parts(AvmObj *o, void *arg) {
    Leaving *l = arg;
    AvmThread *t = l->t;
    if (o->type == AVM_T_STR || o->type == AVM_T_TUPLE)
        return; // most of what there is; they have nothing of their own
    AvmType *type = t->vm->types[o->type];
    if (!type) {
        // There are dicts before there are types: making the VM may have failed early.
        if (o->type == AVM_T_DICT) avm_dict_def.slots.free(t, o);
    } else if (o->type == AVM_T_CODE) {
        AvmCode *code = (AvmCode *)o, **chain = code->release ? &l->outermost : &l->nested;
        code->owner = avm_value(*chain);
        *chain = code;
    } else if (!(type->flags & AVM_TYPE_SUB_TYPE)) {
        AvmAttrs *a = type->attrs_offset ? avm_object_attrs(t, o) : NULL;
        if (a) avm_attrs_clear(t, o, a);
        if (type->s.free) type->s.free(t, o);
    }
}

static void free_code(AvmThread *t, AvmCode *chain) {
    while (chain) {
        AvmCode *next = chain->owner ? (AvmCode *)avm_obj(chain->owner) : NULL;
        chain->owner = AVM_EMPTY;
        avm_code_def.slots.free(t, &chain->h);
        chain = next;
    }
}

static void free_objects(AvmThread *t) {
    Leaving l = {.t = t};
    t->free_depth = AVM_FREE_NOTHING;
    avm_heap_walk(t->vm->heap, free_parts, &l);
    free_code(t, l.nested);
    free_code(t, l.outermost);
}

static void free_types(AvmThread *t) {
    AvmVm *vm = t->vm;
    for (uint32_t i = 1; i < vm->ntypes; i++)
        if (vm->types[i]) {
            AvmType *type = vm->types[i];
            AvmAttrs *a = type->h.type == AVM_T_TYPE ? NULL : avm_object_attrs(t, &type->h);
            if (a) avm_attrs_clear(t, &type->h, a);
        }
    for (uint32_t i = vm->ntypes; i-- > 1;)
        if (vm->types[i]) avm_type_free_parts(t, vm->types[i]);
}

void avm_vm_discard(AvmVm *vm) {
    AvmThread *t = vm->main_thread;
    if (t) {
        if (vm->heap) free_objects(t);
        free_types(t);
        avm_threads_free(vm);
    }
    release_tables(vm);
    if (vm->heap) avm_heap_free(vm->heap);
    if (t) avm_vm_thread_free(t);
    AvmAlloc alloc = vm->alloc;
    avm_release(&alloc, vm, sizeof *vm);
}

void avm_vm_free(AvmThread *t) {
    if (!t->vm->finalizing) avm_vm_finish(t);
    avm_vm_discard(t->vm);
}

// --- running

AvmModuleObj *avm_vm_main(AvmThread *t, const char *file) {
    AvmStr *name = AVM_NAME(t, __main__);
    AvmModuleObj *m = avm_module_new(t, name);
    AvmStr *path = m && file ? avm_str_text(t, file) : NULL;
    AvmValue builtins = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, builtins));
    bool ok = m && (!file || path) && (!path || avm_dict_set_str(t, m->dict, AVM_NAME(t, __file__), avm_value(path))) &&
              (!builtins || avm_dict_set_str(t, m->dict, AVM_NAME(t, __builtins__), builtins)) &&
              avm_dict_set_str(t, t->vm->modules, name, avm_value(m));
    avm_drop(t, path);
    avm_drop(t, m); // sys.modules keeps it
    return ok ? m : NULL;
}

// The function whose body is the unit; what belongs to the unit is its own now, also on failure.
static AvmFunc *unit_function(AvmThread *t, const AvmUnit *unit, void (*release)(void *ctx, const AvmUnit *unit),
                              void *ctx, AvmDict *globals) {
    AvmCode *code = avm_code_new(t, unit, NULL);
    if (!code) {
        if (release) release(ctx, unit);
        return NULL;
    }
    code->release = release;
    code->release_ctx = ctx;
    code->frozen = !release;
    bool good = code->frozen || !t->vm->tracer || avm_code_trace(t, code);
    AvmFunc *f = good ? avm_func_new(t, code, globals) : NULL;
    avm_drop(t, code);
    return f;
}

AvmValue avm_vm_run(AvmThread *t, const AvmUnit *unit, void (*release)(void *ctx, const AvmUnit *unit), void *ctx,
                    AvmDict *globals, AvmValue locals) {
    AvmFunc *f = unit_function(t, unit, release, ctx, globals);
    bool namespaced = unit->flags & AVM_UNIT_NAMESPACE;
    AvmValue ns = locals ? locals : avm_value(globals);
    AvmValue r = f ? avm_run_call(t, f, &ns, namespaced ? 1 : 0, NULL) : AVM_FAIL;
    avm_drop(t, f);
    return r;
}

// --- running in steps

bool avm_vm_start(AvmThread *t, const AvmUnit *unit, void (*release)(void *ctx, const AvmUnit *unit), void *ctx,
                  AvmDict *globals) {
    AvmFunc *f = unit_function(t, unit, release, ctx, globals);
    bool namespaced = unit->flags & AVM_UNIT_NAMESPACE;
    if (f && avm_run_start(t, f, namespaced ? avm_value(globals) : AVM_EMPTY)) {
        t->stepped = f;
        return true;
    }
    avm_drop(t, f);
    return false;
}

// The loop that was driven in the program's place is no longer. What its end means for the program: an
// exception to be raised there, or empty.
static AvmValue end_driven(AvmThread *t, AvmDriven how) {
    AvmEventLoop *loop = t->driven;
    AvmValue exc = how == AVM_DRIVE_FAILED && !t->exhausted ? avm_exc_take(t) : AVM_EMPTY;
    t->driven = NULL;
    t->handing_over = false;
    avm_loop_end(t, loop);
    avm_drop(t, loop);
    return exc;
}

static AvmStep program_ended(AvmThread *t, AvmSent how) {
    avm_drop(t, t->stepped);
    t->stepped = NULL;
    return how == AVM_SENT_RETURN ? AVM_STEP_DONE : AVM_STEP_FAILED;
}

static AvmStep step(AvmThread *t, bool block, double *deadline, AvmValue *out) {
    for (;;) {
        AvmValue exc = AVM_EMPTY;
        if (t->driven) {
            AvmDriven how = avm_turns_drive(t, t->driven, block, deadline);
            if (how == AVM_DRIVE_PAUSED) return AVM_STEP_PAUSED;
            if (how == AVM_DRIVE_IDLE) return AVM_STEP_IDLE;
            exc = end_driven(t, how);
            if (!t->stepped) { // the host's own loop
                if (exc) avm_reraise(t, exc);
                return how == AVM_DRIVE_STOPPED ? AVM_STEP_DONE : AVM_STEP_FAILED;
            }
        }
        AvmSent how = avm_run_resume(t, exc, out);
        if (how != AVM_SENT_PAUSED) return program_ended(t, how);
        t->handing_over = false;
        t->handing_over = false;
        t->pausing = !t->budget || t->limit;
        if (t->pausing || !t->driven) return AVM_STEP_PAUSED;
    }
}

AvmStep avm_vm_step(AvmThread *t, uint64_t budget, bool block, double *deadline, AvmValue *out) {
    t->budget = budget;
    t->limit = AVM_LIMIT_NONE;
    avm_ticks_grant(t);
    AvmStep how = step(t, block, deadline, out);
    t->budget = UINT64_MAX;
    t->pausing = false;
    avm_ticks_grant(t);
    return how;
}

void avm_vm_let_go(AvmThread *t) { end_driven(t, AVM_DRIVE_STOPPED); }

void avm_vm_abandon(AvmThread *t) {
    AvmValue out = AVM_EMPTY;
    bool over = t->exhausted;
    t->exhausted = true;
    avm_turns_abandon(t);
    if (t->driven) end_driven(t, AVM_DRIVE_STOPPED);
    if (t->stepped) program_ended(t, avm_run_resume(t, AVM_EMPTY, &out));
    t->exhausted = over;
    avm_exc_clear(t);
}
