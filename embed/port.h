// Connects loop/ to the VM's port (vm/async/port.h).
#ifndef AVM_EMBED_PORT_H
#define AVM_EMBED_PORT_H

#include "loop/clock.h"
#include "vm/async/port.h"

typedef struct AvmPort {
    AvmLoopPort port; // what vm->loop points to
    AvmClock clock;
} AvmPort;

void avm_port_init(AvmPort *p, AvmAlloc *alloc, bool is_virtual);
// Every loop opened through it must be closed before.
void avm_port_free(AvmPort *p);
// Ends a wait or sleep in progress, or the next one. Safe in signal handlers.
void avm_port_interrupt(AvmPort *p);

#endif
