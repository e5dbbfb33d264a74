// Limits: what is left of them, and what happens when they are reached.
#include <time.h>

#include "embed/embed.h"

static int64_t real_now_ns(void) {
    struct timespec ts = {0};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

bool avm_limits_over_time(void *ctx, uint64_t ns) {
    int64_t left = ((aiovm *)ctx)->deadline_ns - real_now_ns();
    return left <= 0 || (uint64_t)left < ns;
}

bool avm_limits_write(aiovm *vm, size_t n) {
    vm->written += n;
    if (!vm->output_limit || vm->written <= vm->output_limit) return true;
    avm_exhaust(vm->t, AVM_LIMIT_OUTPUT);
    return false;
}

static void set_time(aiovm *vm, uint64_t ns) {
    int64_t now = real_now_ns();
    bool endless = !ns || ns > (uint64_t)(INT64_MAX - now);
    vm->deadline_ns = endless ? INT64_MAX : now + (int64_t)ns;
    vm->t->timed = !endless;
    vm->port.clock.end_ns = vm->deadline_ns;
}

aiovm_status aiovm_set_limit(aiovm *vm, aiovm_limit which, uint64_t value) {
    if (!avm_embed_enter(vm)) return AIOVM_MISUSE;
    switch (which) {
    case AIOVM_LIMIT_FUEL:
        vm->t->fuel = value ? value : UINT64_MAX;
        avm_ticks_grant(vm->t);
        return AIOVM_OK;
    case AIOVM_LIMIT_TIME: set_time(vm, value); return AIOVM_OK;
    case AIOVM_LIMIT_MEMORY: vm->t->vm->alloc.limit = value <= SIZE_MAX ? (size_t)value : 0; return AIOVM_OK;
    case AIOVM_LIMIT_OUTPUT: vm->output_limit = value; return AIOVM_OK;
    case AIOVM_LIMIT_NONE: break;
    }
    return AIOVM_MISUSE;
}

uint64_t aiovm_get_limit(aiovm *vm, aiovm_limit which) {
    if (!avm_embed_enter(vm)) return 0;
    switch (which) {
    case AIOVM_LIMIT_FUEL: return vm->t->fuel;
    case AIOVM_LIMIT_TIME: {
        int64_t left = vm->deadline_ns == INT64_MAX ? INT64_MAX : vm->deadline_ns - real_now_ns();
        return left > 0 ? (uint64_t)left : 0;
    }
    case AIOVM_LIMIT_MEMORY: return vm->t->vm->alloc.used;
    case AIOVM_LIMIT_OUTPUT: return vm->written;
    case AIOVM_LIMIT_NONE: break;
    }
    return 0;
}

aiovm_limit aiovm_limit_hit(const aiovm *vm) { return vm ? vm->limit_hit : AIOVM_LIMIT_NONE; }
