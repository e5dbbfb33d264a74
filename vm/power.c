// What reaches out of the VM is asked for here: the host decides.
#include "vm/power.h"

#include <errno.h>

#include "vm/error.h"

bool avm_allow(AvmThread *t, AvmPower power, const char *what, AvmValue shown) {
    if (avm_may(t, power, what)) return true;
    return avm_raise_os(t, EPERM, shown);
}
