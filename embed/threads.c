// The threads that scripts have started, seen from the host.
#include "embed/embed.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"
#include "vm/vm.h"

aiovm_status aiovm_join(aiovm *vm) {
    AvmThread *t = vm->t;
    if (vm->busy || t->stepped) return AIOVM_MISUSE;
    if (vm->over || !t->vm->threads) return AIOVM_OK;
    avm_vm_enter(t);
    AvmStr *name = avm_str_text(t, "threading"), *method = avm_str_text(t, "_shutdown");
    AvmValue threading = name ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    vm->busy = true;
    if (threading && method) {
        avm_incref(threading);
        avm_decref(t, avm_call_method(t, threading, method, NULL, 0));
        if (!t->exhausted) avm_exc_unraisable(t, "Exception ignored in: ", threading);
        avm_decref(t, threading);
    }
    avm_exc_clear(t);
    avm_drop(t, name);
    avm_drop(t, method);
    vm->busy = false;
    return t->exhausted ? avm_embed_outcome(vm) : AIOVM_OK;
}
