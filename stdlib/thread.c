// _thread: starting threads and waiting for their end. What it rests on is vm/threads.c; locks are
// threadlock.c.
#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "stdlib/structseq.h"
#include "stdlib/threadparts.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/power.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

typedef enum State { NOT_STARTED, RUNNING, DONE } State;

// A thread as those see it that wait for its end.
typedef struct Handle {
    AvmObj h;
    State state;
    uint64_t ident;
    AvmWaiters joiners;
} Handle;

// What a new thread is to do.
typedef struct Boot {
    AvmValue func, args; // args: a tuple
    AvmDict *kwargs;     // or NULL
    Handle *handle;      // or NULL
} Boot;

// What the module keeps of a VM.
typedef struct ThreadState {
    AvmList *joinable;      // the handles of threads that the end of the program waits for
    size_t stack_size;      // of new threads; 0: the VM's
    AvmType *lock, *handle; // borrowed: the VM owns them
} ThreadState;

static ThreadState *state_of(AvmThread *t) { return t->vm->stdlib[AVM_STDLIB_THREAD]; }

// --- starting

static void drop_joinable(AvmThread *t, Handle *h) {
    AvmList *list = state_of(t)->joinable;
    for (uint32_t i = 0; i < list->len; i++)
        if (list->items[i] == avm_value(h)) {
            avm_list_splice(t, list, i, i + 1, NULL, 0);
            return;
        }
}

static void set_done(AvmThread *t, Handle *h) {
    h->state = DONE;
    while (avm_threads_notify(&h->joiners)) continue;
    drop_joinable(t, h);
}

static void free_boot(AvmThread *t, Boot *b) {
    avm_decref(t, b->func);
    avm_decref(t, b->args);
    avm_drop(t, b->kwargs);
    avm_drop(t, b->handle);
    avm_release(&t->vm->alloc, b, sizeof *b);
}

static void report(AvmThread *t, AvmValue func) {
    AvmValue exc = avm_exc_take(t);
    AvmStr *text = avm_str_format(t, "Exception ignored in thread started by %R", func);
    avm_replace(t, &t->exc, exc);
    avm_exc_unraisable(t, text ? text->data : "Exception ignored in thread", AVM_EMPTY);
    avm_drop(t, text);
}

// The whole life of a thread.
static void run(AvmThread *t, void *arg) {
    Boot *b = arg;
    AvmValue r = avm_call_ex(t, b->func, b->args, b->kwargs);
    avm_decref(t, r);
    if (!r && !t->exhausted && !avm_exc_swallow(t, AVM_EXC(t, SystemExit))) report(t, b->func);
    avm_exc_clear(t);
    avm_replace(t, &b->func, AVM_NONE);
    avm_replace(t, &b->args, AVM_NONE);
    avm_thread_forget_locals(t);
    if (b->handle) set_done(t, b->handle);
    free_boot(t, b);
}

// args, kwargs, handle: borrowed. The thread, or NULL.
static AvmThread *start(AvmThread *t, AvmValue func, AvmValue args, AvmDict *kwargs, Handle *handle) {
    if (t->vm->finalizing) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "can't create new thread at interpreter shutdown");
        return NULL;
    }
    if (!avm_allow(t, AVM_PROCESS, "thread", AVM_EMPTY)) return NULL;
    Boot *b = avm_alloc_zero(&t->vm->alloc, sizeof *b);
    if (!b) {
        avm_raise_memory(t);
        return NULL;
    }
    *b = (Boot){avm_incref(func), avm_incref(args), avm_retain(kwargs), avm_retain(handle)};
    AvmThread *new = avm_threads_start(t, run, b, state_of(t)->stack_size);
    if (!new) free_boot(t, b);
    return new;
}

// function, args, kwargs
static AvmValue start_new_thread(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_callable(t, args[0])) return avm_raise_type(t, "first arg must be callable");
    if (!avm_is_sub(t, args[1], AVM_TYPE_SUB_TUPLE)) return avm_raise_type(t, "2nd arg must be a tuple");
    if (args[2] && !avm_is_sub(t, args[2], AVM_TYPE_SUB_DICT))
        return avm_raise_type(t, "optional 3rd arg must be a dictionary");
    AvmThread *new = start(t, args[0], args[1], args[2] ? (AvmDict *)avm_obj(args[2]) : NULL, NULL);
    return new ? avm_int_new_u64(t, new->ident) : AVM_FAIL;
}

static AvmType *handle_type(AvmThread *t) { return state_of(t)->handle; }

// function, handle, daemon
static AvmValue start_joinable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_callable(t, args[0])) return avm_raise_type(t, "thread function must be callable");
    bool given = args[1] && args[1] != AVM_NONE;
    if (given && avm_type_of(t, args[1]) != handle_type(t))
        return avm_raise_type(t, "'handle' must be a _ThreadHandle");
    int daemon = args[2] ? avm_truth(t, args[2]) : 1;
    if (daemon < 0) return AVM_FAIL;
    AvmValue v = given ? avm_incref(args[1]) : avm_value(avm_object_new(t, handle_type(t), 0));
    if (!v) return AVM_FAIL;
    Handle *h = (Handle *)avm_obj(v);
    AvmThread *new = NULL;
    if (h->state != NOT_STARTED)
        avm_raise(t, AVM_EXC(t, RuntimeError), "thread already started");
    else if (daemon || avm_list_append(t, state_of(t)->joinable, v))
        new = start(t, args[0], avm_value(t->vm->empty_tuple), NULL, h);
    if (new) {
        h->state = RUNNING;
        h->ident = new->ident;
        return v;
    }
    AvmValue exc = avm_exc_take(t);
    if (h->state == NOT_STARTED && !daemon) drop_joinable(t, h);
    avm_decref(t, v);
    avm_replace(t, &t->exc, exc);
    return AVM_FAIL;
}

// --- handles

static Handle *self_of(AvmValue v) { return (Handle *)avm_obj(v); }

static AvmValue handle_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

// false: exception.
static bool join(AvmThread *t, Handle *h, double deadline) {
    if (h->state == NOT_STARTED) return avm_raise(t, AVM_EXC(t, RuntimeError), "thread not started");
    if (h->state == RUNNING && h->ident == t->ident)
        return avm_raise(t, AVM_EXC(t, RuntimeError), "Cannot join current thread");
    bool ok = true, late = false;
    avm_retain(h);
    while (ok && !late && h->state == RUNNING) {
        AvmWoken how = avm_threads_wait_fully(t, &h->joiners, deadline);
        ok = how != AVM_WOKEN_FAILED;
        late = how == AVM_WOKEN_LATE;
    }
    avm_drop(t, h);
    return ok;
}

static AvmValue handle_join(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double deadline = HUGE_VAL;
    AvmValue timeout = args[1] == AVM_NONE ? AVM_EMPTY : args[1];
    if (timeout && !avm_thread_deadline(t, timeout, true, &deadline)) return AVM_FAIL;
    return join(t, self_of(args[0]), deadline) ? AVM_NONE : AVM_FAIL;
}

static AvmValue handle_is_done(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args[0])->state == DONE);
}

static AvmValue handle_set_done(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (self_of(args[0])->state == NOT_STARTED)
        return avm_raise(t, AVM_EXC(t, RuntimeError), "thread not started");
    set_done(t, self_of(args[0]));
    return AVM_NONE;
}

static AvmValue handle_ident(AvmThread *t, AvmValue v) { return avm_int_new_u64(t, self_of(v)->ident); }

static AvmValue handle_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<%T object: ident=%llu>", v, (unsigned long long)self_of(v)->ident));
}

static const AvmNativeDef handle_methods[] = {
    {"__new__", handle_new, "__new__()", NULL},
    {"join", handle_join, "join(timeout=None)", "Waits until the thread has ended."},
    {"is_done", handle_is_done, "is_done()", "True once the thread has ended."},
    {"_set_done", handle_set_done, "_set_done()", NULL},
    {0},
};
static const AvmGetSetDef handle_getsets[] = {{"ident", handle_ident, NULL, "The thread's identifier."}, {0}};

static const AvmTypeDef handle_def = {
    .name = "_thread._ThreadHandle",
    .size = sizeof(Handle),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "A thread that can be waited for.",
    .slots = {.repr = handle_repr},
    .methods = handle_methods,
    .getsets = handle_getsets,
};

static AvmValue make_handle(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t ident;
    if (!avm_index(t, args[0], &ident)) return AVM_FAIL;
    Handle *h = avm_object_new(t, handle_type(t), 0);
    if (!h) return AVM_FAIL;
    h->state = RUNNING;
    h->ident = (uint64_t)ident;
    return avm_value(h);
}

// Waits for the threads that are no daemons, those included that start meanwhile.
static AvmValue shut_down(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmList *list = state_of(t)->joinable;
    while (list->len) {
        AvmValue h = avm_incref(list->items[0]);
        bool ok = join(t, self_of(h), HUGE_VAL);
        avm_decref(t, h);
        if (!ok) return AVM_FAIL;
    }
    return AVM_NONE;
}

// --- small things

static AvmValue get_ident(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_int_new_u64(t, t->ident);
}

static AvmValue get_native_id(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_int_new(t, t->vm->virtual_time ? (int64_t)t->ident : (int64_t)gettid());
}

static AvmValue main_ident(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_int_new_u64(t, t->vm->main_thread->ident);
}

static AvmValue count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_inline_int_value(avm_threads_count(t->vm));
}

static AvmValue always_true(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_TRUE;
}

static AvmValue exit_thread(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise(t, AVM_EXC(t, SystemExit), NULL);
}

// What the main thread has to look at when the signal comes; 0: nothing, it is ignored or the system's.
static uint32_t asks_main(AvmThread *t, int number) {
    const AvmHost *host = &t->vm->host;
    int action = host->signal ? host->signal(host->ctx, number, AVM_SIGNAL_ASK) : -1;
    if (action < 0) return number == SIGINT ? AVM_INTERRUPT_SIGNAL : 0; // signals are the host's
    if (action == AVM_SIGNAL_INTERRUPT) return AVM_INTERRUPT_SIGNAL;
    return action == AVM_SIGNAL_HANDLE && t->vm->run_handlers ? AVM_INTERRUPT_HANDLERS : 0;
}

static AvmValue interrupt_main(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t number = SIGINT;
    if (args[0] && !avm_index(t, args[0], &number)) return AVM_FAIL;
    if (number < 1 || number > 64) return avm_raise_value(t, "signal number out of range");
    uint32_t asked = asks_main(t, (int)number);
    if (!asked) return AVM_NONE;
    if (asked == AVM_INTERRUPT_HANDLERS) atomic_fetch_or(&t->vm->signals, 1ull << (number - 1));
    avm_threads_interrupt(t->vm->main_thread, asked);
    return avm_op_signalled(t) ? AVM_NONE : AVM_FAIL;
}

enum { STACK_MIN = 32 << 10 };

static AvmValue stack_size(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t size = 0;
    if (args[0] && !avm_index_exact(t, args[0], &size, NULL)) return AVM_FAIL;
    if (size < 0) return avm_raise_value(t, "size must be 0 or a positive value");
    if (size && size < STACK_MIN) return avm_raise_value(t, "size not valid: %lld bytes", (long long)size);
    AvmValue before = avm_int_new(t, (int64_t)state_of(t)->stack_size);
    if (args[0]) state_of(t)->stack_size = (size_t)size;
    return before;
}

static AvmValue new_lock(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(avm_object_new(t, state_of(t)->lock, 0));
}

static const AvmGetSetDef hook_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "exc_type", "Exception type"),
    AVM_STRUCTSEQ_FIELD(1, "exc_value", "Exception value"),
    AVM_STRUCTSEQ_FIELD(2, "exc_traceback", "Exception traceback"),
    AVM_STRUCTSEQ_FIELD(3, "thread", "Thread"),
    {0},
};

static AvmValue hook_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTuple *four = avm_tuple_from_iter(t, args[1]);
    AvmTuple *made = NULL;
    if (four && four->len != 4)
        avm_raise_type(t, "_thread._ExceptHookArgs() takes a 4-sequence (%u-sequence given)", four->len);
    else if (four)
        made = avm_object_new(t, (AvmType *)avm_obj(args[0]), 4 * sizeof(AvmValue));
    for (uint32_t i = 0; made && i < 4; i++) made->items[made->len++] = avm_incref(four->items[i]);
    avm_drop(t, four);
    return avm_value(made);
}

static const AvmNativeDef hook_methods[] = {{"__new__", hook_new, "__new__(iterable, /)", NULL}, {0}};
static const AvmTypeDef hook_def = {
    .name = "_thread._ExceptHookArgs",
    .base = AVM_T_TUPLE,
    .size = sizeof(AvmTuple),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_TUPLE | AVM_TYPE_VARSIZE,
    .doc = "What threading.excepthook() is called with.",
    .slots = {.repr = avm_structseq_repr},
    .methods = hook_methods,
    .getsets = hook_fields,
};

static const AvmNativeDef functions[] = {
    {"start_new_thread", start_new_thread, "start_new_thread(function, args, kwargs={}, /)",
     "Starts a thread that calls function(*args, **kwargs); its identifier."},
    {"start_new", start_new_thread, "start_new(function, args, kwargs={}, /)",
     "An obsolete synonym of start_new_thread()."},
    {"start_joinable_thread", start_joinable, "start_joinable_thread(function, handle=None, daemon=True)",
     "Starts a thread that calls function(); its handle."},
    {"allocate_lock", new_lock, "allocate_lock()", "A new lock."},
    {"allocate", new_lock, "allocate()", "An obsolete synonym of allocate_lock()."},
    {"get_ident", get_ident, "get_ident()",
     "The identifier of the thread that runs, a number that is not 0."},
    {"get_native_id", get_native_id, "get_native_id()", "The system's number for the thread that runs."},
    {"_get_main_thread_ident", main_ident, "_get_main_thread_ident()", NULL},
    {"_is_main_interpreter", always_true, "_is_main_interpreter()", NULL},
    {"daemon_threads_allowed", always_true, "daemon_threads_allowed()", "True: there may be daemon threads."},
    {"_count", count, "_count()", "How many threads run besides the main one."},
    {"exit", exit_thread, "exit()", "Raises SystemExit: a thread that does not catch it ends."},
    {"exit_thread", exit_thread, "exit_thread()", "An obsolete synonym of exit()."},
    {"interrupt_main", interrupt_main, "interrupt_main(signum=2, /)",
     "Does to the main thread what Ctrl-C does."},
    {"stack_size", stack_size, "stack_size(size=0, /)",
     "Sets the C stack of new threads, in bytes; the size until now."},
    {"_make_thread_handle", make_handle, "_make_thread_handle(ident, /)", NULL},
    {"_shutdown", shut_down, "_shutdown()", "Waits for the threads that are no daemons."},
    {0},
};

static bool init(AvmThread *t, AvmModuleObj *m) {
    ThreadState *s = state_of(t);
    if (!s) {
        s = t->vm->stdlib[AVM_STDLIB_THREAD] = avm_alloc_zero(&t->vm->alloc, sizeof *s);
        if (!s) return avm_raise_memory(t);
        if (!(s->joinable = avm_list_new(t, 0))) return false;
    }
    if (!s->handle && !(s->handle = avm_type_from_def(t, &handle_def))) return false;
    if (!s->lock && !(s->lock = avm_type_from_def(t, &avm_thread_lock_def))) return false;
    return avm_module_add(t, m, "lock", avm_value(s->lock)) &&
           avm_module_add_type(t, m, &avm_thread_rlock_def) &&
           avm_module_add_type(t, m, &avm_thread_local_def) &&
           avm_module_add(t, m, "_ThreadHandle", avm_value(s->handle)) &&
           avm_module_add_type(t, m, &hook_def) && avm_module_add(t, m, "LockType", avm_value(s->lock)) &&
           avm_module_add(t, m, "error", avm_value(AVM_EXC(t, RuntimeError))) &&
           avm_module_add(t, m, "TIMEOUT_MAX", avm_float_value(AVM_THREAD_TIMEOUT_MAX));
}

void avm_thread_free(AvmVm *vm) {
    avm_release(&vm->alloc, vm->stdlib[AVM_STDLIB_THREAD], sizeof(ThreadState));
    vm->stdlib[AVM_STDLIB_THREAD] = NULL;
}

const AvmModuleDef avm_thread_module = {"_thread", "Threads and locks.", functions, init};
