// The public API's VMs: options, making, ending, interrupting.
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "compiler/frozen.h"
#include "embed/embed.h"
#include "stdlib/io.h"
#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"

enum { STACK_MIN = 256 << 10, STACK_DEFAULT = 4 << 20 };

const char *aiovm_version(void) { return AIO_VERSION; }

void aiovm_options_init(aiovm_options *options, size_t size) {
    if (!options || size < sizeof options->size) return; // aiovm_new says so
    memset(options, 0, size);
    options->size = size;
}

// Options as this version knows them, from a host that may know fewer or more members.
static bool read_options(const aiovm_options *from, aiovm_options *o) {
    aiovm_options_init(o, sizeof *o);
    if (!from) return true;
    if (from->size < offsetof(aiovm_options, stack_size) + sizeof from->stack_size) return false;
    memcpy(o, from, from->size < sizeof *o ? from->size : sizeof *o);
    o->size = sizeof *o;
    return (o->clock == AIOVM_CLOCK_REAL || o->clock == AIOVM_CLOCK_VIRTUAL) &&
           (o->hashing == AIOVM_HASH_RANDOM || o->hashing == AIOVM_HASH_FIXED) && o->argc >= 0 &&
           (!o->argc || o->argv) && o->recursion_limit >= 0;
}

// --- the world outside: callbacks of the options

#define NOT_SEALED ((void *)2)

// No call may be made on the VM from them. (Where script has threads, others may run meanwhile: there it is only said.)
static void *seal(aiovm *vm) {
    bool alone = vm->holder == AVM_SEALED || !vm->main || !vm->main->vm->threads;
    return alone ? avm_embed_seal(vm) : NOT_SEALED;
}

static void unseal(aiovm *vm, void *holder) {
    if (holder != NOT_SEALED) avm_embed_unseal(vm, holder);
}

static bool write_all(int fd, const char *p, size_t n) {
    while (n) {
        ssize_t did = write(fd, p, n);
        if (did < 0 && errno == EINTR) continue;
        if (did < 0) return false;
        p += did;
        n -= (size_t)did;
    }
    return true;
}

static bool host_write(void *ctx, int fd, const char *p, size_t n) {
    aiovm *vm = ctx;
    if (!avm_limits_write(vm, n)) {
        errno = ENOSPC;
        return false;
    }
    if (!vm->options.write) return write_all(fd, p, n);
    void *holder = seal(vm);
    int failure = vm->options.write(vm->options.context, fd, p, n);
    unseal(vm, holder);
    if (failure) errno = failure;
    return !failure;
}

static int host_signal(void *ctx, int number, int action) {
    aiovm *vm = ctx;
    errno = ENOSYS;
    if (!vm->options.signal) return -1;
    void *holder = seal(vm);
    int before = vm->options.signal(vm->options.context, number, action);
    unseal(vm, holder);
    return before;
}

static int64_t host_now(void *ctx) {
    aiovm *vm = ctx;
    void *holder = seal(vm);
    int64_t now = vm->options.now(vm->options.context);
    unseal(vm, holder);
    return now;
}

static void *host_allocate(void *ctx, void *p, size_t old_size, size_t size) {
    aiovm *vm = ctx;
    void *holder = seal(vm);
    void *q = vm->options.allocate(vm->options.context, p, old_size, size);
    unseal(vm, holder);
    return q;
}

// The C stack the VM may use when the host doesn't say: within what the system lets it grow to.
static size_t stack_size(const aiovm_options *o) {
    if (o->stack_size) return o->stack_size < STACK_MIN ? STACK_MIN : o->stack_size;
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur / 2 >= STACK_DEFAULT)
        return STACK_DEFAULT;
    return limit.rlim_cur / 2 > STACK_MIN ? (size_t)limit.rlim_cur / 2 : STACK_MIN;
}

// --- making

// A list of one text or of argv. Texts that are no UTF-8 hold surrogates, as sys.argv does.
static AvmList *texts(AvmThread *t, const char *const *items, int n) {
    AvmList *list = avm_list_new(t, 0);
    for (int i = 0; list && i < n; i++) {
        AvmStr *s = avm_decode(t, items[i], strlen(items[i]), "utf-8", "surrogateescape");
        bool good = s && avm_list_append(t, list, avm_value(s));
        avm_drop(t, s);
        if (!good) {
            avm_drop(t, list);
            return NULL;
        }
    }
    return list;
}

// The folders joined in `paths` go to the end of the list; an empty one is the current folder.
static bool add_paths(AvmThread *t, AvmList *list, const char *paths) {
    for (const char *p = paths; p; p += *p == ':') {
        size_t n = strcspn(p, ":");
        AvmStr *s = avm_decode(t, p, n, "utf-8", "surrogateescape");
        bool good = s && avm_list_append(t, list, avm_value(s));
        avm_drop(t, s);
        p += n;
        if (!good || !*p) return good;
    }
    return true;
}

// The module sys is made when it is imported: most programs never ask for it.
static bool set_up(AvmThread *t, const aiovm_options *o) {
    t->vm->argv = texts(t, o->argv, o->argc);
    t->vm->path = texts(t, &o->module_path, o->module_path != NULL);
    return t->vm->argv && t->vm->path && add_paths(t, t->vm->path, o->more_paths) && avm_io_install(t);
}

// The host's memory, or the C library's: for what stands around the VM proper, and for all else.
static AvmAlloc outer_alloc(const aiovm_options *o) {
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    if (o->allocate) alloc.hook = o->allocate, alloc.ctx = o->context;
    return alloc;
}

static AvmAlloc alloc_of(aiovm *vm) {
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    if (vm->options.allocate) alloc.hook = host_allocate, alloc.ctx = vm;
    return alloc;
}

static AvmThread *make(aiovm *vm, const aiovm_options *o) {
    bool is_virtual = o->clock == AIOVM_CLOCK_VIRTUAL;
    AvmAlloc alloc = alloc_of(vm); // the VM takes a copy
    alloc.limit = o->memory_limit;
    avm_port_init(&vm->port, NULL, is_virtual);
    vm->port.clock.host_now = o->now ? host_now : NULL;
    vm->port.clock.host = vm;
    AvmVmOptions options = {
        .alloc = &alloc,
        .host = {.ctx = vm,
                 .write = host_write,
                 .compile = avm_embed_compile,
                 .release = avm_embed_release,
                 .deliver = avm_posts_deliver,
                 .cancelled = avm_pending_cancelled,
                 .allow = avm_caps_allow,
                 .over_time = avm_limits_over_time,
                 .signal = host_signal},
        .port = &vm->port.port,
        .modules = avm_stdlib_modules,
        .frozen = avm_frozen_modules,
        .virtual_time = is_virtual,
        .hash_random = o->hashing == AIOVM_HASH_RANDOM,
        .hash_seed = o->hash_seed,
        .seeded = is_virtual || o->has_seed,
        .seed = o->has_seed ? o->seed : 0,
        .c_stack = stack_size(o),
    };
    AvmThread *t = avm_vm_new(&options);
    if (t) vm->port.port.alloc = &t->vm->alloc;
    return t;
}

static void set_limits(aiovm *vm, const aiovm_options *o) {
    AvmThread *t = vm->t;
    if (o->fuel) t->fuel = o->fuel;
    if (o->recursion_limit) t->depth_limit = o->recursion_limit;
    vm->output_limit = o->output_limit;
    vm->deadline_ns = INT64_MAX;
    t->vm->limits_are_hard = true;
    avm_ticks_grant(t);
}

// Gives back what stands around the VM proper.
static void release(aiovm *vm) {
    AvmAlloc alloc = outer_alloc(&vm->options);
    avm_port_free(&vm->port);
    avm_release(&alloc, vm, sizeof *vm);
}

// Handles and operations of another VM, also of one that was here before, are not taken for this one's.
static uint32_t first_serial(const aiovm *vm) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t mixed = ((uint64_t)(uintptr_t)vm ^ (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec) * 0x9E3779B97F4A7C15ull;
    return (uint32_t)(mixed >> 32);
}

aiovm_status aiovm_new(aiovm **out, const aiovm_options *options) {
    aiovm_options o;
    if (!out) return AIOVM_MISUSE;
    *out = NULL;
    if (!read_options(options, &o)) return AIOVM_MISUSE;
    AvmAlloc alloc = outer_alloc(&o);
    aiovm *vm = avm_alloc_zero(&alloc, sizeof *vm);
    if (!vm) return AIOVM_MEMORY;
    vm->options = o;
    vm->alloc = alloc_of(vm);
    vm->serial = first_serial(vm);
    vm->poll_fd = vm->polled_fd = -1;
    vm->t = vm->main = make(vm, &o);
    if (!vm->t) {
        release(vm);
        return AIOVM_MEMORY;
    }
    avm_buf_init(&vm->dump, &vm->alloc);
    avm_buf_init(&vm->saved, &vm->alloc);
    if (set_up(vm->t, &o)) {
        set_limits(vm, &o);
        *out = vm;
        return AIOVM_OK;
    }
    aiovm_free(vm);
    return AIOVM_MEMORY;
}

// --- ending

// What calls have left in the VM's hands.
static void drop_holdings(aiovm *vm) {
    avm_posts_close(vm);
    avm_pending_end(vm);
    avm_embed_forget(vm);
    avm_handles_free(vm);
    avm_drive_end(vm);
}

aiovm_status aiovm_free(aiovm *vm) {
    if (!vm) return AIOVM_OK;
    if (!avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    avm_embed_run(vm);
    vm->over |= t->stepped != NULL; // it gets no chance to end by itself
    avm_vm_abandon(t);
    drop_holdings(vm);
    if (!vm->over) avm_stdlib_exit(t);
    // What was written is delivered before finalisers run, and what they write afterwards.
    bool delivered = avm_stdlib_finish(t);
    t->exhausted = vm->over;
    avm_vm_finish(t);
    t->exhausted = false;
    delivered &= avm_stdlib_finish(t);
    drop_holdings(vm); // finalisers may have made calls
    avm_stdlib_free(t->vm);
    avm_embed_seal(vm);
    atomic_store(&vm->gone, true);
    avm_vm_free(t);
    avm_hosttypes_free(vm);
    avm_hostfns_free(vm);
    avm_buf_free(&vm->dump);
    avm_buf_free(&vm->saved);
    release(vm);
    return delivered ? AIOVM_OK : AIOVM_ERROR;
}

// --- from anywhere

void avm_embed_ask(aiovm *vm, uint32_t what) {
    if (vm && !atomic_load(&vm->gone)) atomic_fetch_or_explicit(&vm->main->interrupt, what, memory_order_release);
}

void aiovm_interrupt(aiovm *vm) {
    avm_embed_ask(vm, AVM_INTERRUPT_SIGNAL);
    if (vm) avm_embed_ring(vm);
}

void aiovm_signal(aiovm *vm, int number) {
    bool heard = vm && number >= 1 && number <= 64 && !atomic_load(&vm->gone);
    if (!heard || !vm->main->vm->run_handlers) return; // nobody asked
    atomic_fetch_or_explicit(&vm->main->vm->signals, 1ull << (number - 1), memory_order_relaxed);
    avm_embed_ask(vm, AVM_INTERRUPT_HANDLERS);
    avm_embed_ring(vm);
}

double aiovm_now(const aiovm *vm) {
    bool asked = !vm || (vm->holder == AVM_SEALED && vm->options.now); // by `now` itself, maybe
    return asked ? 0 : vm->port.port.now(vm->port.port.clock);
}

int aiovm_system_error(const aiovm *vm) { return vm ? vm->system_error : 0; }
int aiovm_exit_status(const aiovm *vm) { return vm ? vm->exit_status : 0; }
