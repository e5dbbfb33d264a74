// The way into a VM from other threads: a mailbox that outlives it. Only what is in here is locked.
#include <stdlib.h>

#include "embed/embed.h"

typedef struct Letter {
    struct Letter *next;
    void (*deliver)(aiovm *vm, void *data);
    void *data;
} Letter;

// From the C library's memory: it may be freed by any thread, when no VM is left.
struct aiovm_port {
    pthread_mutex_t lock; // a second time by one thread: it is within `wake`
    uint32_t refs; // the VM's, and one for each aiovm_port_open
    aiovm *vm;     // NULL: it is gone
    Letter *first, **last;
};

static void unlock_and_drop(aiovm_port *port, bool drop) {
    bool gone = drop && --port->refs == 0;
    pthread_mutex_unlock(&port->lock);
    if (!gone) return;
    pthread_mutex_destroy(&port->lock);
    free(port);
}

static aiovm_port *port_new(aiovm *vm) {
    aiovm_port *port = calloc(1, sizeof *port);
    pthread_mutexattr_t checked;
    if (!port || pthread_mutexattr_init(&checked)) {
        free(port);
        return NULL;
    }
    pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
    bool good = !pthread_mutex_init(&port->lock, &checked);
    pthread_mutexattr_destroy(&checked);
    if (!good) {
        free(port);
        return NULL;
    }
    port->refs = 1;
    port->vm = vm;
    port->last = &port->first;
    return port;
}

aiovm_status aiovm_port_open(aiovm *vm, aiovm_port **port) {
    if (port) *port = NULL;
    if (!port || !avm_embed_enter(vm)) return AIOVM_MISUSE;
    if (!avm_clock_open_alarm(&vm->port.clock)) return AIOVM_MEMORY; // what ends waits must be there beforehand
    if (!vm->mailbox && !(vm->mailbox = port_new(vm))) return AIOVM_MEMORY;
    if (pthread_mutex_lock(&vm->mailbox->lock)) return AIOVM_MISUSE;
    vm->mailbox->refs++;
    pthread_mutex_unlock(&vm->mailbox->lock);
    *port = vm->mailbox;
    return AIOVM_OK;
}

void aiovm_port_close(aiovm_port *port) {
    if (!port) return;
    if (pthread_mutex_lock(&port->lock)) port->refs--; // the VM has it still
    else unlock_and_drop(port, true);
}

void avm_embed_ring(aiovm *vm) {
    atomic_store_explicit(&vm->rung, true, memory_order_release);
    avm_port_interrupt(&vm->port);
    if (!vm->options.wake) return;
    void *self = avm_embed_thread(), *before = atomic_exchange(&vm->waking, self);
    if (before != self) vm->options.wake(vm->options.context);
    atomic_store(&vm->waking, before);
}

bool avm_embed_enter_idle(aiovm *vm) {
    void *waking = vm ? atomic_load_explicit(&vm->waking, memory_order_relaxed) : NULL;
    return (!waking || waking != avm_embed_thread()) && avm_embed_enter_first(vm);
}

aiovm_status aiovm_post(aiovm_port *port, void (*deliver)(aiovm *vm, void *data), void *data) {
    if (!port || !deliver) return AIOVM_MISUSE;
    Letter *letter = malloc(sizeof *letter);
    if (!letter) return AIOVM_MEMORY;
    *letter = (Letter){NULL, deliver, data};
    if (pthread_mutex_lock(&port->lock)) {
        free(letter);
        return AIOVM_MISUSE;
    }
    aiovm *vm = port->vm;
    if (vm) {
        *port->last = letter;
        port->last = &letter->next;
        avm_embed_ask(vm, AVM_INTERRUPT_POST);
        avm_embed_ring(vm); // under the lock, so that the VM is there
    }
    unlock_and_drop(port, false);
    if (!vm) free(letter);
    return vm ? AIOVM_OK : AIOVM_CLOSED;
}

// Takes all letters out.
static Letter *empty(aiovm_port *port, bool closes) {
    pthread_mutex_lock(&port->lock);
    Letter *all = port->first;
    port->first = NULL;
    port->last = &port->first;
    if (closes) port->vm = NULL;
    unlock_and_drop(port, closes);
    return all;
}

bool avm_posts_deliver(void *ctx, AvmThread *t) {
    aiovm *vm = ctx;
    for (Letter *l = empty(vm->mailbox, false), *next; l; l = next) {
        next = l->next;
        AvmHostScope scope = avm_host_enter(vm, t);
        l->deliver(vm, l->data);
        avm_host_leave(vm, scope);
        free(l);
    }
    return !t->exhausted && !t->exc;
}

void avm_posts_close(aiovm *vm) {
    if (!vm->mailbox) return;
    void *holder = avm_embed_seal(vm);
    for (Letter *l = empty(vm->mailbox, true), *next; l; l = next) {
        next = l->next;
        l->deliver(NULL, l->data);
        free(l);
    }
    avm_embed_unseal(vm, holder);
    vm->mailbox = NULL;
}
