// Waiting under virtual time: jumps the clock to the deadline. Real descriptors and work go before.
#include <math.h>

#include "loop/backend.h"

// While descriptors are watched: how long nothing may happen before the clock moves. Other processes need real time.
static const int64_t SILENCE_NS = 30 * 1000 * 1000;

AvmLoopWaited avm_backend_virtual_wait(AvmBackend *b, double deadline) {
    AvmClock *c = b->clock;
    bool endless = deadline == HUGE_VAL;
    bool quiet = b->watched == 0 && b->working == 0 && !c->holds;
    if (quiet && endless) return AVM_LOOP_DEADLOCK;
    if (!quiet) {
        // Work in progress always ends, and an endless wait has nothing else to wait for: time stands still.
        int64_t timeout = deadline <= c->t ? 0 : endless || b->working || c->holds ? INT64_MAX : SILENCE_NS;
        AvmLoopWaited how = b->ops->wait(b, timeout);
        if (how != AVM_LOOP_WAITED || timeout != SILENCE_NS || b->happened) return how;
    }
    if (deadline > c->t) c->t = deadline;
    return AVM_LOOP_WAITED;
}
