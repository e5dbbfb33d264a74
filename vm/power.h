// What reaches out of the VM is asked for here: the host decides.
#ifndef AVM_VM_POWER_H
#define AVM_VM_POWER_H

#include "vm/thread.h"

typedef enum AvmPower {
    AVM_READ_FILE,
    AVM_WRITE_FILE,
    AVM_NETWORK,
    AVM_PROCESS,
    AVM_ENVIRONMENT,
    AVM_CLOCK,
    AVM_IMPORT_FILE,
    AVM_LOAD_UNIT,
} AvmPower;

// what: the path, "host:port", command or name; never NULL.
static inline bool avm_may(AvmThread *t, AvmPower power, const char *what) {
    return t->vm->host.allow && t->vm->host.allow(t->vm->host.ctx, power, what);
}
// The same; false: PermissionError about `shown` (or empty).
bool avm_allow(AvmThread *t, AvmPower power, const char *what, AvmValue shown);

#endif
