// The end of a program: what its modules name is finalised while all names are still there, as in CPython.
#include "vm/async/async.h"
#include "vm/builtins.h"
#include "vm/gc.h"
#include "vm/threads.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/list.h"
#include "vm/vm.h"

// The names of the script's modules, those of __main__ last.
typedef struct Names {
    AvmThread *t;
    AvmDict **at; // references, or borrowed: see let_go; NULL: gone
    uint32_t n;
} Names;

static AvmDict *dict_of(AvmValue module) { return ((AvmModuleObj *)avm_obj(module))->dict; }
static AvmValue module_of(AvmThread *t, AvmStr *name) {
    AvmValue v = avm_dict_get_str(t, t->vm->modules, name);
    return v && avm_is(v, AVM_T_MODULE) ? v : AVM_EMPTY;
}

// Is it __main__, or a module from a file?
static bool is_scripts(AvmThread *t, AvmStr *name, AvmValue module) {
    if (!avm_is(module, AVM_T_MODULE)) return false;
    return name == AVM_NAME(t, __main__) || avm_dict_get_str(t, dict_of(module), AVM_NAME(t, __file__));
}

// Calls fn for what a namespace holds now: fn may change it, what comes meanwhile is not looked at.
static void each(AvmThread *t, AvmDict *d, void (*fn)(AvmThread *t, AvmDict *d, AvmStr *name, AvmValue v)) {
    AvmList *keys = avm_list_from_iter(t, avm_value(d));
    for (uint32_t i = 0; keys && i < keys->len; i++) {
        AvmStr *name = avm_as_str(t, keys->items[i]);
        AvmValue v = name ? avm_dict_get_str(t, d, name) : AVM_EMPTY;
        if (v) fn(t, d, name, v);
    }
    avm_drop(t, keys);
    avm_exc_clear(t);
}

static void forget_if_scripts(AvmThread *t, AvmDict *modules, AvmStr *name, AvmValue module) {
    if (is_scripts(t, name, module)) avm_dict_del_str(t, modules, name);
}

// The end of a program needs sys and builtins only.
static void forget_if_useless(AvmThread *t, AvmDict *modules, AvmStr *name, AvmValue module) {
    (void)module;
    if (name != AVM_NAME(t, sys) && name != AVM_NAME(t, builtins)) avm_dict_del_str(t, modules, name);
}

static void find_names(Names *names) {
    AvmThread *t = names->t;
    AvmValue name, module, main = module_of(t, AVM_NAME(t, __main__));
    names->at = avm_alloc_zero(&t->vm->alloc, t->vm->modules->used * sizeof *names->at);
    if (!names->at) return;
    for (uint32_t pos = 0; avm_dict_next(t->vm->modules, &pos, &name, &module);) {
        AvmStr *s = avm_as_str(t, name);
        if (s && module != main && is_scripts(t, s, module)) names->at[names->n++] = avm_retain(dict_of(module));
    }
    if (main) names->at[names->n++] = avm_retain(dict_of(main));
}

// Names that nobody else holds die at once. From now on they are borrowed from those who hold them.
static void let_go(Names *names) {
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = 0; i < names->n; i++) {
            if (!names->at[i] || names->at[i]->h.refs > 1) continue;
            avm_drop(names->t, names->at[i]);
            names->at[i] = NULL;
            again = true;
        }
    }
    for (uint32_t i = 0; i < names->n; i++)
        if (names->at[i]) names->at[i]->h.refs--;
}

// True if there are names left that somebody holds who is no part of them.
static bool collect(Names *names) {
    bool held = false;
    let_go(names);
    avm_gc_collect_last(names->t, names->at, names->n);
    for (uint32_t i = 0; i < names->n; i++) held |= names->at[i] != NULL;
    return held;
}

// What script has put into a module that stays: a hook, say, or an object of a class of its own.
static void empty_if_scripts(AvmThread *t, AvmDict *d, AvmStr *name, AvmValue v) {
    if (!avm_is_obj(v) || avm_is(v, AVM_T_MODULE)) return;
    bool scripts = avm_is(v, AVM_T_FUNCTION) || avm_is(v, AVM_T_METHOD) || avm_type_of(t, v)->flags & AVM_TYPE_HEAP;
    if (scripts && !avm_dict_set_str(t, d, name, AVM_NONE)) avm_exc_clear(t);
}

// Who holds names, in ways that a program has of it: contexts, hooks, modules of the library.
static void drop_holders(AvmThread *t) {
    AvmStr *stay[] = {AVM_NAME(t, sys), AVM_NAME(t, builtins)};
    avm_replace(t, &t->context, AVM_EMPTY);
    for (int i = 0; i < 2; i++) {
        AvmValue m = module_of(t, stay[i]);
        if (m) each(t, dict_of(m), empty_if_scripts);
    }
    each(t, t->vm->modules, forget_if_useless);
}

// The exception that ended the program goes before the program's names do.
static void forget_last_error(AvmThread *t) {
    static const char *const names[] = {"last_type", "last_value", "last_exc", "last_traceback"};
    AvmValue sys = module_of(t, AVM_NAME(t, sys));
    for (int i = 0; sys && i < 4; i++) {
        AvmStr *name = avm_str_text(t, names[i]);
        if (name && avm_dict_get_str(t, dict_of(sys), name)) avm_dict_set_str(t, dict_of(sys), name, AVM_NONE);
        avm_drop(t, name);
        avm_exc_clear(t);
    }
}

static void empty_names(Names *names) {
    for (uint32_t i = 0; i < names->n; i++) {
        if (!names->at[i]) continue;
        avm_dict_clear(names->t, names->at[i]);
        avm_drop(names->t, names->at[i]);
    }
}

// The script's modules go, if somebody would notice; then, if they are held, who holds them. Names that are held even so are
// emptied.
static void drop_modules(AvmThread *t) {
    Names names = {.t = t};
    if (!avm_gc_matters(t)) return;
    forget_last_error(t);
    size_t size = t->vm->modules->used * sizeof *names.at;
    find_names(&names);
    each(t, t->vm->modules, forget_if_scripts);
    bool held = collect(&names);
    if (held) {
        drop_holders(t);
        held = collect(&names);
    }
    if (held) {
        empty_names(&names);
        if (avm_gc_matters(t)) avm_gc_collect(t);
    }
    avm_release(&t->vm->alloc, names.at, size);
}

void avm_vm_finish(AvmThread *t) {
    avm_threads_stop(t);
    t->vm->finalizing = true;
    avm_exc_clear(t);
    avm_async_finish(t);
    drop_modules(t);
}
