// The thread state, which every internal function takes, and the VM that threads share.
#ifndef AVM_VM_THREAD_H
#define AVM_VM_THREAD_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "compiler/unit.h"
#include "vm/heap.h"
#include "vm/object.h"

typedef struct AvmFrame AvmFrame;
typedef struct AvmModule_ AvmModuleObj;
struct AvmUnit;

enum AvmNameId {
#define N(name) AVM_NAME_##name,
#include "vm/names.def"
#undef N
    AVM_NAME_COUNT
};
enum AvmExcId {
#define E(name, base, layout, doc) AVM_EXC_##name,
#include "vm/exceptions.def"
#undef E
    AVM_EXC_COUNT
};

enum { AVM_BUILTIN_FILTER_BITS = 1024 };

// An interned name, borrowed: AVM_NAME(t, __init__).
#define AVM_NAME(t, name) ((t)->vm->names[AVM_NAME_##name])
// An exception class, borrowed: AVM_EXC(t, ValueError). Most are made when they are first asked for. Without memory for
// that, what comes is a class that no exception is of, and MemoryError is what raising it raises.
#define AVM_EXC(t, name) avm_exc_type(t, AVM_EXC_##name)

// Where the world outside is reached: set by embed; all may be NULL (then the thing is refused).
typedef struct AvmHost {
    void *ctx;
    // fd 1 or 2; returns false when the write failed (errno tells).
    bool (*write)(void *ctx, int fd, const char *p, size_t n);
    // Compiles source: NULL with diag's fields filled in error_out (an exception is raised by the caller).
    // mode: AVM_SOURCE_...
    const struct AvmUnit *(*compile)(void *ctx, AvmThread *t, const char *source, size_t len, AvmStr *file,
                                     int mode);
    // Frees what compile gave, when its code object dies.
    void (*release)(void *ctx, const struct AvmUnit *unit);
    // AVM_INTERRUPT_POST was set and a loop is at the beginning of a turn. false: an exception that ends the
    // run.
    bool (*deliver)(void *ctx, AvmThread *t);
    // A future of the host's (AVM_FUTURE_HOST) was cancelled: the number in its note.
    void (*cancelled)(void *ctx, AvmThread *t, uint32_t number);
    // May script do this? power: aiovm_power; what: the path or the like. NULL: no.
    bool (*allow)(void *ctx, int power, const char *what);
    // Has the time come at which the host wants scripts to end, or will it within so many nanoseconds? Asked while t->timed.
    bool (*over_time)(void *ctx, uint64_t ns);
    // How a signal is handled from now on, AVM_SIGNAL_...; how it was before, or -1 (errno tells).
    int (*signal)(void *ctx, int number, int action);
} AvmHost;

enum { AVM_SIGNAL_ASK = -1, AVM_SIGNAL_DEFAULT, AVM_SIGNAL_IGNORE, AVM_SIGNAL_HANDLE, AVM_SIGNAL_INTERRUPT };

// How source is compiled: as AvmCompileMode, and whether its names go through a namespace of their own
// (R[0]). BLOCK: what is typed at a prompt, await outside of functions included.
enum { AVM_SOURCE_EXEC, AVM_SOURCE_SINGLE, AVM_SOURCE_EVAL, AVM_SOURCE_BLOCK, AVM_SOURCE_NAMESPACE = 16 };

// How long the callback that runs now has held its loop: looked at with each AVM_INTERRUPT_TICK.
typedef struct AvmWatchdog {
    int64_t limit_ns, since_ns;
    const void *loop; // whose ring's head stood at `head` the last time
    uint32_t head;
    bool told;
} AvmWatchdog;

// The names, each once; they live as long as the VM. vm/types/strintern.c
typedef struct AvmInterned {
    AvmStr **places;     // open addressing, never full
    uint32_t size, used; // a power of two, or 0
} AvmInterned;

// Who tells of instructions; set by the host's side, which knows how to show them.
typedef struct AvmTracer {
    void (*mark)(const AvmUnit *unit, uint32_t *words); // puts TRACED in the place of what is to be told of
    void (*tell)(AvmThread *t, const AvmUnit *unit, uint32_t pc);
} AvmTracer;

struct AvmVm {
    AvmAlloc alloc;
    AvmHeap *heap;
    AvmType **types;   // by number
    uint32_t ntypes, types_cap;
    uint32_t nclasses;  // of these, so many are there
    uint32_t free_type; // below this number none of a script's is free
    AvmStr *names[AVM_NAME_COUNT];
    AvmType *exceptions[AVM_EXC_COUNT]; // NULL: not made yet
    AvmValue memory_error; // an instance for when there is no memory for one
    AvmInterned interned;
    uint32_t held; // check points hand over to no other thread: the host runs within
    AvmDict *builtins; // the builtins module's namespace; see avm_builtins_get
    bool builtins_complete;
    bool builtins_known;                                   // the filter has been made
    uint64_t builtin_filter[AVM_BUILTIN_FILTER_BITS / 64]; // of their names
    AvmDict *modules;  // sys.modules
    AvmList *argv, *path; // what sys.argv and sys.path are to be when sys is imported; owned, or NULL
    AvmDict *sources;  // file name -> bytes: texts that are in no file, for displays; or NULL
    AvmStr *empty_str;
    AvmTuple *empty_tuple;
    AvmStr *latin1[256]; // one-character strings, made on demand
    uint64_t hash_key[2];
    size_t c_stack;     // bytes of C stack the VM may use
    uint64_t next_version; // of types, shapes and dict keys
    uint64_t next_serial;  // creation numbers for default hashes and ids
    AvmThread *main_thread; // the first of the list of all
    AvmWatchdog watchdog;
    bool colours;           // reports of errors are for a terminal that has them
    struct AvmHints *hints; // NULL unless hints are wanted; vm/hints.h
    struct AvmThreads *threads; // the VM lock; NULL until the script does something with threads (vm/threads.h)
    bool gc_disabled;
    uint32_t spare_gens; // cells that wait in AvmCode.spare
    AvmHost host;
    struct AvmWeakTable *weak;
    struct AvmLibm *libm; // vm/libm.h; NULL: not loaded yet
    void *reserve; // memory that is given back at a MemoryError, so that handlers can run; or NULL. vm/error.h
    struct AvmMethodCache *method_cache;
    struct AvmImports *imports; // built-in and frozen modules; vm/import.h
    struct AvmAsync *async;     // vm/async/async.h
    struct AvmCoro *bare_sleep; // see AVM_CORO_SHARED (vm/coro.h); owned; NULL: asyncio has not been imported
    struct AvmLoopPort *loop;   // clock and waiting; set by embed from loop/
    void *stdlib[32];           // state of stdlib modules, by AvmStdlibSlot (vm/import.h)
    bool virtual_time;
    bool hash_fixed;
    bool seeded; // random begins from seed
    int64_t seed;
    bool finalizing;
    bool limits_are_hard;       // script can't catch that the memory limit was reached
    const struct AvmTracer *tracer; // NULL unless instructions are told of
    bool trace_loop;                // the turns of event loops are told of
    bool hide_frozen;           // tracebacks leave frozen modules' frames out
    int32_t int_max_digits;     // sys.set_int_max_str_digits; 0: the default of 4300, -1: no limit
    _Atomic uint64_t signals;            // that have come and wait for their handlers: bit number - 1
    // Tells the script's own sys.unraisablehook, if there is one, and returns true. NULL: no module sys
    bool (*unraisable)(AvmThread *t, AvmValue exc, const char *message, AvmValue where);
    bool (*run_handlers)(AvmThread *t);  // calls the handlers of vm->signals; false: exception. NULL: no module signal
};

struct AvmThread {
    AvmVm *vm;
    AvmValue exc;          // the exception on its way, or AVM_EMPTY
    AvmValue stop_value;   // what the last iterator that ended without an exception returned, or AVM_EMPTY
    AvmFrame *frame;       // the innermost frame, or NULL
    AvmNative *native;     // the one being called, for the host's (def->host); borrowed
    int32_t ticks, slice;  // until the next check point does work; how many were given for that
    int32_t depth;         // script frames, awaits and generators in progress
    int32_t depth_limit;   // sys.setrecursionlimit
    int32_t origin_depth;  // entries of the stacks that new coroutines remember (sys.set_coroutine_origin_tracking_depth)
    int32_t native_depth;  // C re-entries in progress
    char *stack_floor;     // the C stack may not grow below this address
    _Atomic uint32_t interrupt; // AVM_INTERRUPT_* bits, set by anyone
    uint64_t fuel;         // check-point units left; UINT64_MAX: no limit
    bool making_memory_error;
    bool exhausted;        // a limit was hit: no script code runs any more in this run
    bool timed;            // host.over_time is asked at check points
    uint8_t limit;         // AvmLimit: which one was hit, also when the program only pauses
    uint64_t budget;       // check-point units until the program that is run in steps is to pause; UINT64_MAX: no limit
    bool pausing;          // the budget is used up
    int32_t pause_depth;   // native_depth at which it can pause; AVM_NO_PAUSE: nowhere
    struct AvmEventLoop *driven; // the loop that the steps drive in the program's place (owned), or NULL
    bool handing_over;     // the program waits for `driven`: it pauses at its next check point
    struct AvmFunc *stepped; // the program that is run in steps (owned), or NULL
    AvmValue *stack, *stack_end; // the register stack
    size_t stack_slots;
    AvmFrame *frames;      // first of the list of reusable frames of plain functions
    struct AvmGen *root;   // the innermost running root generator, or NULL
    uint32_t free_depth;   // nesting of avm_object_free; AVM_FREE_NOTHING: what comes to 0 stays (the VM's end)
    AvmObj **dying;        // objects waiting for their turn to be freed
    size_t ndying, dying_cap;
    uint32_t nexts;        // items that avm_next has asked for
    uint32_t free_base;    // free_depth and ndying when the finaliser that runs began
    size_t dying_base;
    size_t gc_debt;        // containers made since the last collection
    size_t gc_threshold;
    size_t gc_bytes;       // in use after it
    uint32_t gc_classes;   // left by it
    size_t gc_live;        // what the last collection met and left
    uint64_t checks;       // check points so far, in stress builds
    bool gc_running;
    bool colours;          // the traceback that is being written is for a terminal
    bool chains;           // ... and may say which tasks its parts belong to
    bool no_carets;        // tracebacks show no carets: those of exceptions that are ignored
    AvmValue running_loop; // asyncio's running loop, or AVM_EMPTY
    AvmValue gen_hooks[2]; // sys.set_asyncgen_hooks: firstiter, finalizer; AVM_EMPTY: the running loop's, if
                           // there is one
    AvmValue current_task;
    struct AvmTurn *turn;  // the innermost turn of a loop in progress, or NULL; vm/async/async.h
    AvmValue context;      // the current contextvars.Context, or AVM_EMPTY
    uint64_t ident;        // threading.get_ident(): threads are counted from 1
    AvmThread *next;       // in the list of all threads
    AvmModuleObj *awaits;  // the module that it waits for, while another thread loads it
    struct AvmSeat *seat;  // its place in the queue for the VM lock, once there are threads
    uint32_t repr_depth;   // nesting of container reprs (see avm_repr_enter)
    AvmValue repr_stack[64];
};

AvmType *avm_exc_make(AvmThread *t, int id); // vm/types/exc.c
static inline AvmType *avm_exc_type(AvmThread *t, int id) {
    AvmType *type = t->vm->exceptions[id];
    return __builtin_expect(type != NULL, 1) ? type : avm_exc_make(t, id);
}

enum { AVM_INTERRUPT_SIGNAL = 1, AVM_INTERRUPT_STOP = 2, AVM_INTERRUPT_GC = 4, AVM_INTERRUPT_POST = 8,
       AVM_INTERRUPT_SHOW = 32, AVM_INTERRUPT_TICK = 64, // see avm_tree_look
       AVM_INTERRUPT_HANDLERS = 16 }; // signals have come that the script handles: vm->signals
enum { AVM_NO_PAUSE = -1 };
typedef enum AvmLimit {
    AVM_LIMIT_NONE,
    AVM_LIMIT_FUEL,
    AVM_LIMIT_TIME,
    AVM_LIMIT_MEMORY,
    AVM_LIMIT_OUTPUT,
    AVM_LIMIT_STOP,
    AVM_LIMIT_DEADLOCK
} AvmLimit;
enum { AVM_FREE_NOTHING = UINT32_MAX };
enum { AVM_NATIVE_DEPTH = 10000 }; // C re-entries, where the C stack has room for them

// Guards a native function that calls back into script or recurses over user data. false: RecursionError is set.
// Every true is matched by avm_native_leave.
bool avm_native_refuse(AvmThread *t); // always false
static inline bool avm_native_may_enter(AvmThread *t) {
    bool deep = (char *)__builtin_frame_address(0) < t->stack_floor || t->native_depth >= AVM_NATIVE_DEPTH;
    return !deep && !t->exhausted;
}
static inline bool avm_native_enter(AvmThread *t) {
    if (__builtin_expect(!avm_native_may_enter(t), 0)) return avm_native_refuse(t);
    t->native_depth++;
    return true;
}
static inline void avm_native_leave(AvmThread *t) { t->native_depth--; }

// Guards repr of containers against cycles: 1: entered (leave it later), 0: v is being shown already, -1: failure.
int avm_repr_enter(AvmThread *t, AvmValue v);
void avm_repr_leave(AvmThread *t, AvmValue v);

// A new object of a type with a fixed number and no attributes, count 1, zeroed after the header. NULL: MemoryError is set.
void *avm_object_new_sized(AvmThread *t, uint16_t type, size_t size);
static inline void *avm_object_new_id(AvmThread *t, uint16_t type, size_t size) {
    if (!__builtin_constant_p(size)) return avm_object_new_sized(t, type, size);
    AvmHeapCell *c = avm_heap_pop(t->vm->heap, size);
    if (__builtin_expect(!c, 0)) return avm_object_new_sized(t, type, size);
    // Stores in a row: memset becomes `rep stos`, which takes longer to begin than this to end.
    typedef uint64_t Grain __attribute__((vector_size(AVM_HEAP_GRAIN), may_alias));
    Grain *grain = (Grain *)c;
#pragma GCC unroll 32
    for (size_t i = 0; i < (size + AVM_HEAP_GRAIN - 1) / AVM_HEAP_GRAIN; i++) {
        grain[i] = (Grain){0};
        __asm__ volatile("" ::: "memory");
    }
    c->h = (AvmObj){.refs = 1, .type = type};
    t->gc_debt++;
    return c;
}

// The type of a value that is no object; borrowed.
AvmType *avm_type_of_immediate(AvmThread *t, AvmValue v);
// type(v) as it is laid out; borrowed.
static inline AvmType *avm_type_of(AvmThread *t, AvmValue v) {
    return avm_is_obj(v) ? t->vm->types[avm_obj(v)->type] : avm_type_of_immediate(t, v);
}

// A number for what has changed, unique in the VM; its low three bits are 0 and belong to those who keep it.
static inline uint64_t avm_version_next(AvmThread *t) { return t->vm->next_version += 8; }

// Charges fuel for long native work (units of about one instruction), and looks at the time. false: exhausted, t->exhausted is set.
bool avm_charge(AvmThread *t, uint64_t units);
bool avm_pay(AvmThread *t, uint64_t units); // the fuel only
// No script code runs any more in this run: nothing of it sees why. Gives AVM_FAIL.
AvmValue avm_exhaust(AvmThread *t, AvmLimit limit);
// Sets the ticks until the next check point, after fuel or budget were changed.
void avm_ticks_grant(AvmThread *t);
// The next call or jump back is a check point.
void avm_ticks_force(AvmThread *t);

#endif
