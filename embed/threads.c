// The threads that scripts have started, and watching what runs, from the host.
#include <string.h>

#include "embed/embed.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/hints.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"
#include "vm/vm.h"

aiovm_status aiovm_join(aiovm *vm) {
    if (!avm_embed_enter_idle(vm) || vm->t->stepped) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    if (vm->over || !t->vm->threads) return AIOVM_OK;
    AvmStr *name = avm_str_text(t, "threading"), *method = avm_str_text(t, "_shutdown");
    AvmValue threading = name ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    bool began = avm_embed_run(vm);
    if (threading && method) {
        avm_incref(threading);
        avm_decref(t, avm_call_method(t, threading, method, NULL, 0));
        if (!t->exhausted) avm_exc_unraisable(t, NULL, threading);
        avm_decref(t, threading);
    }
    avm_exc_clear(t);
    avm_drop(t, name);
    avm_drop(t, method);
    avm_embed_rest(vm, began);
    return t->exhausted ? avm_embed_outcome(vm) : AIOVM_OK;
}

// --- watching

void aiovm_show_tasks(aiovm *vm) {
    avm_embed_ask(vm, AVM_INTERRUPT_SHOW);
    if (vm) avm_embed_ring(vm);
}

void aiovm_watchdog(aiovm *vm, double seconds) {
    bool sane = seconds > 0 && seconds < 9e9;
    if (vm) vm->t->vm->watchdog.limit_ns = sane ? (int64_t)(seconds * 1e9) : 0;
}

void aiovm_tick(aiovm *vm) { avm_embed_ask(vm, AVM_INTERRUPT_TICK); }

void aiovm_colours(aiovm *vm, int wanted) {
    if (vm) vm->t->vm->colours = wanted != 0;
}

aiovm_status aiovm_hints(aiovm *vm, const char *language) {
    if (!language || !avm_embed_enter(vm)) return AIOVM_MISUSE;
    if (avm_hints_begin(vm->t, !strncmp(language, "ru", 2))) return AIOVM_OK;
    avm_exc_clear(vm->t);
    return AIOVM_MEMORY;
}
