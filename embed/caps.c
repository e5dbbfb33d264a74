// What scripts may do: the host is asked.
#include "embed/embed.h"
#include "vm/power.h"

_Static_assert((int)AVM_READ_FILE == AIOVM_READ_FILE && (int)AVM_WRITE_FILE == AIOVM_WRITE_FILE &&
                   (int)AVM_NETWORK == AIOVM_NETWORK && (int)AVM_PROCESS == AIOVM_PROCESS &&
                   (int)AVM_ENVIRONMENT == AIOVM_ENVIRONMENT && (int)AVM_CLOCK == AIOVM_CLOCK &&
                   (int)AVM_IMPORT_FILE == AIOVM_IMPORT && (int)AVM_LOAD_UNIT == AIOVM_LOAD_UNIT,
               "powers");

bool avm_caps_allow(void *ctx, int power, const char *what) {
    aiovm *vm = ctx;
    if (!vm->options.allow) return false;
    if (vm->options.allow == aiovm_allow_all) return true;
    void *holder = avm_embed_seal(vm);
    bool allowed = vm->options.allow(vm->options.context, (aiovm_power)power, what) != 0;
    avm_embed_unseal(vm, holder);
    return allowed;
}

int aiovm_allow_all(void *context, aiovm_power power, const char *what) {
    (void)context, (void)power, (void)what;
    return 1;
}
