// The public API's VMs: options, making, ending, interrupting.
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
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

#define BUFFERS(vm)                                                                                          \
    { &(vm)->error_type, &(vm)->error_message, &(vm)->error_text, &(vm)->frames, &(vm)->dump }

const char *aiovm_version(void) { return AIO_VERSION; }

void aiovm_options_init(aiovm_options *options, size_t size) {
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
           (!o->argc || o->argv);
}

// --- the world outside

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
    if (!vm->write) return write_all(fd, p, n);
    int failure = vm->write(vm->context, fd, p, n);
    if (failure) errno = failure;
    return !failure;
}

static int host_signal(void *ctx, int number, int action) {
    aiovm *vm = ctx;
    if (vm->signal) return vm->signal(vm->context, number, action);
    errno = ENOSYS;
    return -1;
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

// The module sys is made when it is imported: most programs never ask for it.
static bool set_up(AvmThread *t, const aiovm_options *o) {
    t->vm->argv = texts(t, o->argv, o->argc);
    t->vm->path = texts(t, &o->module_path, o->module_path != NULL);
    return t->vm->argv && t->vm->path && avm_io_install(t);
}

static AvmThread *make(aiovm *vm, const aiovm_options *o) {
    bool is_virtual = o->clock == AIOVM_CLOCK_VIRTUAL;
    AvmAlloc alloc; // the VM takes a copy
    avm_alloc_init(&alloc);
    alloc.limit = o->memory_limit;
    avm_port_init(&vm->port, NULL, is_virtual);
    AvmVmOptions options = {
        .alloc = &alloc,
        .host = {.ctx = vm, .write = host_write, .compile = avm_embed_compile, .release = avm_embed_release, .signal = host_signal},
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

aiovm_status aiovm_new(aiovm **out, const aiovm_options *options) {
    *out = NULL;
    aiovm_options o;
    if (!read_options(options, &o)) return AIOVM_MISUSE;
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    aiovm *vm = avm_alloc_zero(&alloc, sizeof *vm);
    if (!vm) return AIOVM_MEMORY;
    avm_alloc_init(&vm->alloc);
    vm->write = o.write;
    vm->signal = o.signal;
    vm->context = o.context;
    vm->t = make(vm, &o);
    if (vm->t) {
        AvmBuf *bufs[] = BUFFERS(vm);
        for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) avm_buf_init(bufs[i], &vm->alloc);
        *out = vm;
        if (set_up(vm->t, &o)) {
            if (o.fuel) {
                vm->t->fuel = o.fuel;
                avm_ticks_grant(vm->t);
            }
            return AIOVM_OK;
        }
    } else {
        avm_port_free(&vm->port);
        avm_release(&alloc, vm, sizeof *vm);
    }
    aiovm_free(*out);
    *out = NULL;
    return AIOVM_MEMORY;
}

// --- ending

aiovm_status aiovm_free(aiovm *vm) {
    if (!vm) return AIOVM_OK;
    AvmThread *t = vm->t;
    avm_vm_enter(t);
    avm_vm_abandon(t);
    avm_embed_forget(vm);
    if (!vm->over) avm_stdlib_exit(t);
    // What was written is delivered before finalisers run, and what they write afterwards.
    bool delivered = avm_stdlib_finish(t);
    t->exhausted = vm->over;
    avm_vm_finish(t);
    t->exhausted = false;
    delivered &= avm_stdlib_finish(t);
    avm_stdlib_free(t->vm);
    avm_vm_free(t);
    avm_port_free(&vm->port);
    AvmBuf *bufs[] = BUFFERS(vm);
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) avm_buf_free(bufs[i]);
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    avm_release(&alloc, vm, sizeof *vm);
    return delivered ? AIOVM_OK : AIOVM_ERROR;
}

// --- from anywhere

void aiovm_interrupt(aiovm *vm) {
    atomic_fetch_or_explicit(&vm->t->interrupt, AVM_INTERRUPT_SIGNAL, memory_order_release);
    avm_port_interrupt(&vm->port);
}

void aiovm_signal(aiovm *vm, int number) {
    if (number < 1 || number > 64) return;
    atomic_fetch_or_explicit(&vm->t->vm->signals, 1ull << (number - 1), memory_order_relaxed);
    atomic_fetch_or_explicit(&vm->t->interrupt, AVM_INTERRUPT_HANDLERS, memory_order_release);
    avm_port_interrupt(&vm->port);
}

double aiovm_now(const aiovm *vm) { return vm->port.port.now(vm->port.port.clock); }

int aiovm_system_error(const aiovm *vm) { return vm->system_error; }
int aiovm_exit_status(const aiovm *vm) { return vm->exit_status; }
