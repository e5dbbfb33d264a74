// _thread.lock and _thread.RLock.
#include <math.h>

#include "stdlib/threadparts.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// Both kinds: a lock's owner is 1 while it is locked, an RLock's is its thread's ident.
typedef struct Lock {
    AvmObj h;
    uint64_t owner; // 0: unlocked
    uint64_t count; // RLock: how often
    AvmWaiters waiters;
} Lock;

static Lock *self_of(AvmValue v) { return (Lock *)avm_obj(v); }

bool avm_thread_deadline(AvmThread *t, AvmValue timeout, bool blocking, double *deadline) {
    double seconds = -1;
    if (timeout && avm_is_float(timeout)) {
        seconds = avm_float(timeout);
        if (isnan(seconds)) return avm_raise_value(t, "Invalid value NaN (not a number)");
    } else if (timeout) {
        AvmValue i = avm_index_int(t, timeout);
        bool good = i && avm_int_to_double(t, i, &seconds);
        avm_decref(t, i);
        if (!good) return false;
    }
    if (!blocking && seconds != -1)
        return avm_raise_value(t, "can't specify a timeout for a non-blocking call");
    if (seconds < 0 && seconds != -1)
        return avm_raise_value(t, "timeout value must be a non-negative number");
    if (seconds > 9.2e9)
        return avm_raise(t, AVM_EXC(t, OverflowError), "timestamp out of range for platform time_t");
    AvmLoopPort *port = t->vm->loop;
    *deadline = seconds == -1 || !port ? HUGE_VAL : port->now(port->clock) + seconds;
    return true;
}

// 1: got it, 0: not in time, -1: exception. me: what owner becomes.
static int lock(AvmThread *t, Lock *l, bool blocking, double deadline, uint64_t me) {
    bool late = !blocking;
    avm_retain(l);
    while (l->owner && !late) {
        AvmWoken how = avm_threads_wait_fully(t, &l->waiters, deadline);
        if (how == AVM_WOKEN_FAILED) {
            avm_drop(t, l);
            return -1;
        }
        late = how == AVM_WOKEN_LATE;
    }
    bool got = !l->owner;
    if (got) l->owner = me;
    avm_drop(t, l);
    return got;
}

static void unlock(Lock *l) {
    l->owner = 0;
    avm_threads_notify(&l->waiters);
}

// self, blocking, timeout
static bool arguments(AvmThread *t, AvmValue *args, bool *blocking, double *deadline) {
    int yes = args[1] ? avm_truth(t, args[1]) : 1;
    *blocking = yes;
    return yes >= 0 && avm_thread_deadline(t, args[2], yes, deadline);
}

// --- lock

static AvmValue lock_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_object_new(t, (AvmType *)avm_obj(args[0]), 0));
}

// What acquire() comes to. An interrupt that came while it waited is seen here: what follows may be a
// `finally`, which must not be disturbed.
static AvmValue acquired(AvmThread *t, int got) {
    bool asked = t->ticks < 0 || atomic_load_explicit(&t->interrupt, memory_order_relaxed);
    if (got < 0 || (asked && !avm_op_check(t))) return AVM_FAIL;
    return avm_bool(got);
}

static AvmValue lock_acquire(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    bool blocking;
    double deadline;
    if (!arguments(t, args, &blocking, &deadline)) return AVM_FAIL;
    return acquired(t, lock(t, self_of(args[0]), blocking, deadline, 1));
}

static AvmValue lock_release(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Lock *l = self_of(args[0]);
    if (!l->owner) return avm_raise(t, AVM_EXC(t, RuntimeError), "release unlocked lock");
    unlock(l);
    return AVM_NONE;
}

static AvmValue lock_enter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return lock(t, self_of(args[0]), true, HUGE_VAL, 1) < 0 ? AVM_FAIL : AVM_TRUE;
}

static AvmValue lock_locked(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args[0])->owner != 0);
}

static AvmValue lock_reinit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    self_of(args[0])->owner = self_of(args[0])->count = 0;
    return AVM_NONE;
}

static AvmValue lock_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "<%s %T object at %p>", self_of(v)->owner ? "locked" : "unlocked", v,
                                    (void *)avm_obj(v)));
}

#define AS_LOCK "acquire(blocking=True, timeout=-1)"
static const AvmNativeDef lock_methods[] = {
    {"__new__", lock_new, "__new__()", NULL},
    {"acquire", lock_acquire, AS_LOCK, "Locks it; True, or False if it was not free in time."},
    {"acquire_lock", lock_acquire, "acquire_lock(blocking=True, timeout=-1)",
     "An obsolete synonym of acquire()."},
    {"release", lock_release, "release()", "Unlocks it; one thread that waits for it goes on."},
    {"release_lock", lock_release, "release_lock()", "An obsolete synonym of release()."},
    {"locked", lock_locked, "locked()", "True while it is locked."},
    {"locked_lock", lock_locked, "locked_lock()", "An obsolete synonym of locked()."},
    {"__enter__", lock_enter, "__enter__()", "Locks it."},
    {"__exit__", lock_release, "__exit__(*exc_info)", "Unlocks it."},
    {"_at_fork_reinit", lock_reinit, "_at_fork_reinit()", NULL},
    {0},
};

const AvmTypeDef avm_thread_lock_def = {
    .name = "_thread.lock",
    .size = sizeof(Lock),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_WEAK,
    .doc = "A lock: while one thread has it, others that acquire() it wait.",
    .slots = {.repr = lock_repr},
    .methods = lock_methods,
};

// --- RLock

static int lock_again(AvmThread *t, Lock *l, bool blocking, double deadline) {
    int got = l->owner == t->ident ? 1 : lock(t, l, blocking, deadline, t->ident);
    if (got > 0) l->count++;
    return got;
}

static AvmValue rlock_acquire(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    bool blocking;
    double deadline;
    if (!arguments(t, args, &blocking, &deadline)) return AVM_FAIL;
    return acquired(t, lock_again(t, self_of(args[0]), blocking, deadline));
}

static AvmValue rlock_enter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return lock_again(t, self_of(args[0]), true, HUGE_VAL) < 0 ? AVM_FAIL : AVM_TRUE;
}

static bool check_owner(AvmThread *t, Lock *l) {
    return l->owner == t->ident || avm_raise(t, AVM_EXC(t, RuntimeError), "cannot release un-acquired lock");
}

static AvmValue rlock_release(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Lock *l = self_of(args[0]);
    if (!check_owner(t, l)) return AVM_FAIL;
    if (--l->count == 0) unlock(l);
    return AVM_NONE;
}

static AvmValue rlock_is_owned(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_bool(self_of(args[0])->owner == t->ident);
}

static AvmValue rlock_recursion_count(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Lock *l = self_of(args[0]);
    return avm_int_new(t, l->owner == t->ident ? (int64_t)l->count : 0);
}

static AvmValue rlock_release_save(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Lock *l = self_of(args[0]);
    if (!check_owner(t, l)) return AVM_FAIL;
    AvmValue state[] = {avm_int_new(t, (int64_t)l->count), avm_int_new(t, (int64_t)l->owner)};
    l->count = 0;
    unlock(l);
    return avm_value(avm_tuple_from(t, state, 2));
}

static AvmValue rlock_acquire_restore(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Lock *l = self_of(args[0]);
    AvmValue *items;
    uint32_t len;
    int64_t count, owner;
    if (!avm_is_tuple(args[1]) || !avm_seq_items(t, args[1], &items, &len) || len != 2)
        return avm_raise_type(t, "_acquire_restore() takes what _release_save() gave");
    if (!avm_index(t, items[0], &count) || !avm_index(t, items[1], &owner)) return AVM_FAIL;
    if (lock(t, l, true, HUGE_VAL, (uint64_t)owner) < 0) return AVM_FAIL;
    l->count = (uint64_t)count;
    return AVM_NONE;
}

static AvmValue rlock_repr(AvmThread *t, AvmValue v) {
    Lock *l = self_of(v);
    return avm_value(avm_str_format(t, "<%s %T object owner=%llu count=%llu at %p>",
                                    l->owner ? "locked" : "unlocked", v, (unsigned long long)l->owner,
                                    (unsigned long long)l->count, (void *)l));
}

static const AvmNativeDef rlock_methods[] = {
    {"__new__", lock_new, "__new__()", NULL},
    {"acquire", rlock_acquire, AS_LOCK,
     "Locks it, once more if the thread has it; True, or False if it was not free in time."},
    {"release", rlock_release, "release()", "Takes one acquire() back."},
    {"__enter__", rlock_enter, "__enter__()", "Locks it."},
    {"__exit__", rlock_release, "__exit__(*exc_info)", "Takes one acquire() back."},
    {"_is_owned", rlock_is_owned, "_is_owned()", NULL},
    {"_recursion_count", rlock_recursion_count, "_recursion_count()", NULL},
    {"_release_save", rlock_release_save, "_release_save()", NULL},
    {"_acquire_restore", rlock_acquire_restore, "_acquire_restore(state, /)", NULL},
    {"_at_fork_reinit", lock_reinit, "_at_fork_reinit()", NULL},
    {0},
};

const AvmTypeDef avm_thread_rlock_def = {
    .name = "_thread.RLock",
    .size = sizeof(Lock),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_WEAK,
    .doc = "A lock that the thread which has it may acquire again.",
    .slots = {.repr = rlock_repr},
    .methods = rlock_methods,
};
