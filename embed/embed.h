// What the files of the public API share: the VM and the program behind the opaque types, and how a call begins and ends.
#ifndef AVM_EMBED_EMBED_H
#define AVM_EMBED_EMBED_H

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "embed/port.h"
#include "include/aiovm.h"
#include "vm/thread.h"
#include "vm/vm.h"

typedef struct AvmHostFn AvmHostFn; // host.c

// A value that a handle stands for. The serial number tells it from those that had the place before.
typedef struct AvmSlot {
    AvmValue value;
    uint32_t serial;
} AvmSlot;

// A value that aiovm_keep holds; free places are chained.
typedef struct AvmKept {
    AvmSlot slot; // empty: free
    uint32_t next_free;
    const char *where;
} AvmKept;

// An operation of the host's; free places are chained.
typedef struct AvmOperation {
    struct AvmFuture *future; // owned; NULL: free
    aiovm_cancel cancel;
    void *data;
    uint32_t serial, next_free;
} AvmOperation;

// A table whose items have an allocation of their own: count of them are or were in use.
#define AVM_EMBED_TABLE(type)                                                                                      \
    struct {                                                                                                       \
        type *at;                                                                                                  \
        uint32_t count, cap, first_free, used;                                                                     \
    }
enum { AVM_NO_PLACE = UINT32_MAX };

// A way that is not the usual one: kept apart, so that the usual one needs no frame of its own.
#define AVM_EMBED_SLOW __attribute__((noinline, cold))

struct aiovm {
    AvmThread *t;    // who runs script for the host now
    AvmThread *main; // the host's own
    AvmPort port;
    AvmAlloc alloc; // of the buffers below; the VM has its own
    aiovm_options options; // what the callbacks are
    void *holder; // who may make calls: NULL: any thread; one (avm_embed_thread), while script runs, or may;
                  // or AVM_SEALED
    void *home;   // while script runs: the thread that called
    bool over;          // a run ended without its handlers: no script runs at the end either

    int exit_status;    // of the last EXIT
    int system_error;   // of the last SYSTEM
    uint64_t written, output_limit;
    int64_t deadline_ns; // of the time limit, in the system's monotonic time; INT64_MAX: none
    aiovm_limit limit_hit;
    int64_t wait_ns; // see aiovm_wait_ns
    int poll_fd, polled_fd; // the epoll descriptor (-1: not made), and the backend's in it
    _Atomic bool rung;   // the alarm was rung since the last step
    _Atomic bool gone;   // aiovm_free takes it apart: nothing reaches it from outside
    void *_Atomic waking; // the thread that is within `wake`, or NULL
    AVM_EMBED_TABLE(AvmSlot) slots;     // scoped handles, a stack
    AVM_EMBED_TABLE(AvmKept) kept;
    AVM_EMBED_TABLE(AvmOperation) operations;
    uint32_t serial;     // of the last handle or operation
    uint32_t own_slots;  // from 1: where the handles of the host's function that runs begin; 0: none runs
    AvmHostFn *functions; // all that were made
    aiovm_type *types;
    AvmType *done_type;   // drive.c
    AvmValue loop;        // the loop of spawned tasks, or empty
    bool held;            // see aiovm_hold
    aiovm_port *mailbox;  // or NULL
    AvmValue error;       // the exception the last call ended with, or empty
    struct AvmErrorTree *tree; // of the error, made when it is asked for
    AvmBuf dump, saved;
    const struct AvmUnit *traced_unit; // where the last instruction that was told of stands
    uint32_t traced_line;
};

struct aiovm_program {
    aiovm *vm;
    struct AvmUnit *unit;
    AvmStr *file;
    uint32_t refs; // the host's, and one for each run whose code lives on
    void (*release)(AvmAlloc *alloc, struct AvmUnit *unit);
};

// --- how a call begins and ends (vm.c). false: AIOVM_MISUSE. These, and the handles, are in the way of every call: they
// stand here, so that the compiler sees through them.
void avm_embed_forget(aiovm *vm); // no error any more
// What tells the threads that are there now from one another; pthread_self() is a call.
static inline void *avm_embed_thread(void) {
#if defined(__has_builtin) && __has_builtin(__builtin_thread_pointer)
    return __builtin_thread_pointer();
#else
    return (void *)(uintptr_t)pthread_self();
#endif
}
#define AVM_SEALED ((void *)1)
// Before and after callbacks from which no call may be made.
static inline void *avm_embed_seal(aiovm *vm) {
    void *before = vm->holder;
    vm->holder = AVM_SEALED;
    return before;
}
static inline void avm_embed_unseal(aiovm *vm, void *before) { vm->holder = before; }
// For the quick way through calls that neither run script nor go deep: nothing needs to be prepared.
static inline bool avm_embed_at_hand(const aiovm *vm) {
    return __builtin_expect(vm && (!vm->holder || vm->holder == avm_embed_thread()), 1);
}
// No script runs: the call is the outermost one.
static inline bool avm_embed_enter_first(aiovm *vm) {
    if (__builtin_expect(!vm || vm->holder, 0)) return false;
    avm_vm_enter(vm->t);
    return true;
}
// May come from a host function, too.
static inline bool avm_embed_enter(aiovm *vm) {
    return vm && vm->holder ? vm->holder == avm_embed_thread() : avm_embed_enter_first(vm);
}
// As avm_embed_enter, for calls that may leave an error: the last one is forgotten.
static inline bool avm_embed_begin(aiovm *vm) {
    if (!avm_embed_enter(vm)) return false;
    if (__builtin_expect(vm->error != AVM_EMPTY, 0)) avm_embed_forget(vm);
    return true;
}
// Script may run now; true: it did not before (hand that to the other).
static inline bool avm_embed_run(aiovm *vm) {
    if (vm->holder) return false;
    vm->holder = vm->home = avm_embed_thread();
    return true;
}
static inline void avm_embed_rest(aiovm *vm, bool began) {
    if (began) vm->holder = NULL;
}
// A text that the host gives is there, and is UTF-8. (It may stand where none is needed.)
static inline bool avm_embed_is_text(const char *s) {
    size_t n = s ? strlen(s) : 0;
    return s && avm_utf8_check(s, n) == n;
}
static inline bool avm_embed_may_be_text(const char *s) { return !s || avm_embed_is_text(s); }
// Keeps t->exc, if there is one, as the error of this call, and says what it means.
aiovm_status avm_embed_outcome(aiovm *vm);

// Grows a table by an item: its number, or AVM_NO_PLACE.
#define AVM_EMBED_PLACE(vm, table)                                                                                 \
    avm_embed_place((vm), (void **)&(vm)->table.at, sizeof *(vm)->table.at, &(vm)->table.count, &(vm)->table.cap)
uint32_t avm_embed_place(aiovm *vm, void **at, size_t size, uint32_t *count, uint32_t *cap);
#define AVM_EMBED_FREE_TABLE(vm, table)                                                                            \
    avm_release(&(vm)->alloc, (vm)->table.at, (vm)->table.cap * sizeof *(vm)->table.at)

// --- handle.c. A handle is the number of its place, from 1, and the serial number of its value, so that one which has ended
// is known as such.
AvmValue avm_handle_kept_value(aiovm *vm, aiovm_value h); // AVM_EMPTY: aiovm_keep has not made it
bool avm_handles_grow(aiovm *vm, uint32_t n);             // room for n more; false: no memory
// As avm_handle_put, when v is AVM_FAIL or room is to be made.
aiovm_status avm_handle_put_slowly(aiovm *vm, AvmValue v, aiovm_value *out);
// The end of a call that makes no sense: no result.
aiovm_status avm_handle_misuse(aiovm_value *out);
static inline uint32_t avm_handle_serial(aiovm *vm) { // never 0, which stands for free places
    if (__builtin_expect(!++vm->serial, 0)) vm->serial = 1;
    return vm->serial;
}
// Where a scoped one stands; NULL: it is none, or has ended.
static inline AvmSlot *avm_handle_scoped(aiovm *vm, aiovm_value h) {
    uint32_t place = (uint32_t)h.id - 1;
    if (__builtin_expect(place >= vm->slots.count, 0)) return NULL;
    AvmSlot *slot = &vm->slots.at[place];
    return __builtin_expect(slot->serial == h.id >> 32, 1) ? slot : NULL;
}
// Borrowed; AVM_EMPTY: no value, or a handle that has ended.
static inline AvmValue avm_handle_get(aiovm *vm, aiovm_value h) {
    AvmSlot *slot = avm_handle_scoped(vm, h);
    return __builtin_expect(slot != NULL, 1) ? slot->value : avm_handle_kept_value(vm, h);
}
// A handle in the innermost scope for v (taken), which there is room for.
static inline void avm_handle_push(aiovm *vm, AvmValue v, aiovm_value *out) {
    uint32_t serial = ++vm->serial, place = vm->slots.count++;
    vm->slots.at[place] = (AvmSlot){v, serial};
    out->id = (uint64_t)serial << 32 | (place + 1);
}
// A handle in the innermost scope for v (taken). AVM_FAIL: what went wrong is the outcome.
static inline aiovm_status avm_handle_put(aiovm *vm, AvmValue v, aiovm_value *out) {
    if (__builtin_expect(!v || vm->slots.count == vm->slots.cap, 0)) return avm_handle_put_slowly(vm, v, out);
    avm_handle_push(vm, v, out);
    return AIOVM_OK;
}
// Values of handles, borrowed. false: one of them has ended.
static inline bool avm_handle_get_all(aiovm *vm, const aiovm_value *handles, size_t n, AvmValue *out) {
    if (n && !handles) return false;
    for (size_t i = 0; i < n; i++)
        if (__builtin_expect(!(out[i] = avm_handle_get(vm, handles[i])), 0)) return false;
    return true;
}
// Ends scoped handles down to a place; what dies may run script.
void avm_handles_end(aiovm *vm, uint32_t from);
// As much of it as takes no care; -> how many are left.
static inline uint32_t avm_handles_pop(aiovm *vm, uint32_t from) {
    if (vm->slots.count <= from) return vm->slots.count;
    const AvmSlot *first = vm->slots.at + from, *end = vm->slots.at + vm->slots.count;
    while (end > first && !avm_is_obj(end[-1].value)) end--;
    return vm->slots.count = (uint32_t)(end - vm->slots.at);
}
// Before and after a function of the host's runs, on a thread of the script's maybe: its handles end with it. Where there are
// threads, none is handed over to meanwhile but by what waits: handles are one stack.
typedef struct AvmHostScope {
    uint32_t first, before;
    bool holds;   // there are threads, and:
    AvmThread *t; // who ran script before
    void *holder;
} AvmHostScope;
void avm_host_begin_shared(aiovm *vm, AvmThread *t, AvmHostScope *scope);
void avm_host_end_shared(aiovm *vm, const AvmHostScope *scope);
static inline AvmHostScope avm_host_enter(aiovm *vm, AvmThread *t) {
    AvmHostScope scope;
    scope.first = vm->slots.count;
    scope.before = vm->own_slots;
    scope.holds = false;
    vm->own_slots = scope.first + 1;
    if (__builtin_expect(t->vm->threads != NULL, 0)) avm_host_begin_shared(vm, t, &scope);
    return scope;
}
// What dies with the handles does not take away the exception that is on its way.
static inline void avm_host_leave(aiovm *vm, AvmHostScope scope) {
    if (avm_handles_pop(vm, scope.first) > scope.first) avm_handles_end(vm, scope.first);
    vm->own_slots = scope.before;
    if (__builtin_expect(scope.holds, 0)) avm_host_end_shared(vm, &scope);
}
void avm_handles_free(aiovm *vm); // complains of kept ones

// --- call.c
// An exception type by its name, new reference; AVM_FAIL: exception.
AvmValue avm_embed_exception_type(aiovm *vm, const char *name);
// An instance of it; AVM_FAIL: exception.
AvmValue avm_embed_exception(aiovm *vm, const char *type, const char *message);

// --- host.c
bool avm_hostfn_is_good(const aiovm_def *def); // false: misuse
AvmHostFn *avm_hostfn_new(aiovm *vm, const aiovm_def *def, void *data);
const AvmNativeDef *avm_hostfn_def(const AvmHostFn *f);
void avm_hostfns_free(aiovm *vm);
// --- type.c
aiovm_type *avm_embed_type_of(aiovm *vm, const AvmType *type); // NULL: not the host's
void avm_hosttypes_free(aiovm *vm);
// --- pending.c
void avm_pending_cancelled(void *vm, AvmThread *t, uint32_t number);
void avm_pending_end(aiovm *vm);
// --- post.c
bool avm_posts_deliver(void *vm, AvmThread *t);
void avm_posts_close(aiovm *vm);
// Has the VM see to an AVM_INTERRUPT_..., from any thread and from signal handlers.
void avm_embed_ask(aiovm *vm, uint32_t what);
// Ends waits of the VM, from any thread.
void avm_embed_ring(aiovm *vm);
// For calls that run the VM or end it: no script runs, and this is not `wake`.
bool avm_embed_enter_idle(aiovm *vm);
// --- drive.c
struct AvmEventLoop *avm_embed_loop(aiovm *vm); // the running one, else the VM's own. NULL: exception
// Goes on with what was begun. wait: to the end.
aiovm_status avm_embed_go_on(aiovm *vm, uint64_t budget, bool wait);
void avm_drive_end(aiovm *vm); // the VM is freed soon
// --- limits.c
bool avm_limits_over_time(void *vm, uint64_t ns);
bool avm_limits_write(aiovm *vm, size_t n); // false: the limit is reached
// --- caps.c
bool avm_caps_allow(void *vm, int power, const char *what);

// --- compile.c
const struct AvmUnit *avm_embed_compile(void *vm, AvmThread *t, const char *source, size_t len, AvmStr *file, int mode);
void avm_embed_release(void *vm, const struct AvmUnit *unit);
// mode: AVM_SOURCE_...
aiovm_status avm_program_compile(aiovm *vm, const char *source, size_t len, const char *file, int mode,
                                 aiovm_program **program);
// The program of a unit (taken, also on failure). NULL: MemoryError
aiovm_program *avm_program_new(aiovm *vm, struct AvmUnit *unit, AvmStr *file,
                               void (*release)(AvmAlloc *alloc, struct AvmUnit *unit));
// Lets go of a program when its code dies.
void avm_program_release(void *program, const struct AvmUnit *unit);

// --- unit.c
bool avm_unit_is(const char *p, size_t n); // precompiled, by its first bytes

// --- error.c
void avm_error_tree_free(aiovm *vm);

#endif
