// _signal: which script function handles which signal. How signals reach the VM is the host's business
// (AvmHost.signal); handlers run at check points, in the main thread.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "stdlib/modules.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { SIGNALS = 64 };
enum { HOW_DEFAULT, HOW_IGNORE }; // as scripts see them

static const struct {
    const char *name;
    int number;
} names[] = {
#define S(name) {#name, name},
    S(SIGHUP) S(SIGINT) S(SIGQUIT) S(SIGILL) S(SIGTRAP) S(SIGABRT) S(SIGBUS) S(SIGFPE) S(SIGKILL) S(SIGUSR1)
        S(SIGSEGV) S(SIGUSR2) S(SIGPIPE) S(SIGALRM) S(SIGTERM) S(SIGSTKFLT) S(SIGCHLD) S(SIGCONT) S(SIGSTOP)
            S(SIGTSTP) S(SIGTTIN) S(SIGTTOU) S(SIGURG) S(SIGXCPU) S(SIGXFSZ) S(SIGVTALRM) S(SIGPROF)
                S(SIGWINCH) S(SIGIO) S(SIGPWR) S(SIGSYS)
#undef S
};

// number -> what signal() was given last
static AvmDict *handlers_of(AvmThread *t) { return t->vm->stdlib[AVM_STDLIB_SIGNAL]; }

static AvmValue module_attribute(AvmThread *t, const char *name) {
    AvmValue module = avm_import_text(t, "_signal");
    AvmStr *key = module ? avm_str_intern(t, name, strlen(name)) : NULL;
    AvmValue v = key ? avm_getattr(t, module, key) : AVM_FAIL;
    if (key) avm_drop(t, key);
    avm_decref(t, module);
    return v;
}

// The number of a signal; false: ValueError.
static bool number_of(AvmThread *t, AvmValue v, int *out) {
    int64_t i;
    if (!avm_index_exact(t, v, &i, NULL)) return false;
    if (i < 1 || i > SIGNALS) return avm_raise_value(t, "signal number out of range");
    *out = (int)i;
    return true;
}

// --- handlers

static bool run_one(AvmThread *t, int number) {
    AvmDict *handlers = handlers_of(t);
    AvmValue handler = AVM_EMPTY, args[2] = {avm_inline_int_value(number), AVM_NONE};
    if (!handlers || avm_dict_get(t, handlers, args[0], &handler) <= 0) return !avm_failed(t);
    if (handler == AVM_NONE || avm_is_inline_int(handler)) return true; // changed meanwhile
    AvmFrame *seen = avm_frame_seen(t->frame);
    if (seen && !(args[1] = avm_value(avm_frame_object(t, seen)))) return false;
    avm_incref(handler);
    AvmValue r = avm_call(t, handler, args, 2);
    avm_decref(t, handler);
    avm_decref(t, args[1]);
    avm_decref(t, r);
    return r;
}

static bool run_handlers(AvmThread *t) {
    uint64_t signals = atomic_exchange(&t->vm->signals, 0);
    for (int number = 1; signals; number++, signals >>= 1) {
        if (!(signals & 1) || run_one(t, number)) continue;
        // The others wait until this exception has been dealt with.
        atomic_fetch_or(&t->vm->signals, signals >> 1 << number);
        if (signals >> 1) atomic_fetch_or(&t->interrupt, AVM_INTERRUPT_HANDLERS);
        return false;
    }
    return true;
}

// What handles the signal as things stand: a new reference.
static AvmValue current(AvmThread *t, int number, int action) {
    AvmValue handler;
    int found = avm_dict_get(t, handlers_of(t), avm_inline_int_value(number), &handler);
    if (found) return found < 0 ? AVM_FAIL : avm_incref(handler);
    if (action == AVM_SIGNAL_INTERRUPT) return module_attribute(t, "default_int_handler");
    return avm_inline_int_value(action == AVM_SIGNAL_IGNORE ? HOW_IGNORE : HOW_DEFAULT);
}

static AvmValue refuse(AvmThread *t) {
    if (errno == ENOSYS) return avm_raise_value(t, "signals belong to the host of this interpreter");
    return avm_raise_os(t, errno, AVM_EMPTY);
}

static int ask(AvmThread *t, int number, int action) {
    errno = ENOSYS;
    return t->vm->host.signal ? t->vm->host.signal(t->vm->host.ctx, number, action) : -1;
}

// The action that a handler asks for; -1: TypeError.
static int action_for(AvmThread *t, int number, AvmValue handler) {
    int64_t how;
    if (!avm_is_callable(t, handler)) {
        if (avm_is_int(t, handler) && avm_int_get(handler, &how) && (how == HOW_DEFAULT || how == HOW_IGNORE))
            return how == HOW_DEFAULT ? AVM_SIGNAL_DEFAULT : AVM_SIGNAL_IGNORE;
        avm_raise_type(t, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
        return -1;
    }
    if (number != SIGINT) return AVM_SIGNAL_HANDLE;
    AvmValue standard = module_attribute(t, "default_int_handler");
    avm_decref(t, standard);
    return !standard ? -1 : standard == handler ? AVM_SIGNAL_INTERRUPT : AVM_SIGNAL_HANDLE;
}

static AvmValue signal_signal(AvmThread *t, AvmValue *args, uint32_t n) {
    int number;
    (void)n;
    if (t != t->vm->main_thread)
        return avm_raise_value(t, "signal only works in main thread of the main interpreter");
    if (!number_of(t, args[0], &number)) return AVM_FAIL;
    int action = action_for(t, number, args[1]);
    if (action < 0) return AVM_FAIL;
    int before = ask(t, number, AVM_SIGNAL_ASK);
    if (before < 0) return refuse(t);
    AvmValue old = current(t, number, before);
    if (!old) return AVM_FAIL;
    if (ask(t, number, action) >= 0) {
        if (avm_dict_set(t, handlers_of(t), avm_inline_int_value(number), args[1])) return old;
    } else {
        refuse(t);
    }
    avm_decref(t, old);
    return AVM_FAIL;
}

static AvmValue signal_getsignal(AvmThread *t, AvmValue *args, uint32_t n) {
    int number;
    (void)n;
    if (!number_of(t, args[0], &number)) return AVM_FAIL;
    int action = ask(t, number, AVM_SIGNAL_ASK);
    return current(t, number, action < 0 ? AVM_SIGNAL_DEFAULT : action);
}

static AvmValue default_int_handler(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise(t, AVM_EXC(t, KeyboardInterrupt), NULL);
}

static AvmValue raise_signal(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t number;
    (void)n;
    if (!avm_index_exact(t, args[0], &number, NULL)) return AVM_FAIL;
    if (ask(t, SIGINT, AVM_SIGNAL_ASK) < 0) return refuse(t);
    // Other threads get no signals: the main thread has it soon.
    bool here = t == t->vm->main_thread;
    if (here ? raise((int)number) : kill(getpid(), (int)number)) return avm_raise_os(t, errno, AVM_EMPTY);
    return avm_op_signalled(t) ? AVM_NONE : AVM_FAIL;
}

static AvmValue signal_strsignal(AvmThread *t, AvmValue *args, uint32_t n) {
    int number;
    (void)n;
    if (!number_of(t, args[0], &number)) return AVM_FAIL;
    const char *text = sigdescr_np(number);
    if (text) return avm_value(avm_str_text(t, text));
    if (number >= SIGRTMIN && number <= SIGRTMAX)
        return avm_value(avm_str_format(t, "Real-time signal %d", number - SIGRTMIN));
    return AVM_NONE;
}

static AvmValue valid_signals(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmSet *set = avm_set_new(t, AVM_T_SET);
    for (int i = 1; set && i <= SIGNALS; i++)
        if ((i < 32 || (i >= SIGRTMIN && i <= SIGRTMAX)) && !avm_set_add(t, set, avm_inline_int_value(i))) {
            avm_drop(t, set);
            return AVM_FAIL;
        }
    return avm_value(set);
}

// --- timers

static AvmValue signal_alarm(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t seconds;
    (void)n;
    if (!avm_index_exact(t, args[0], &seconds, NULL)) return AVM_FAIL;
    if (ask(t, SIGALRM, AVM_SIGNAL_ASK) < 0) return refuse(t);
    return avm_inline_int_value(alarm((unsigned)seconds));
}

static struct timeval time_of(double seconds) {
    struct timeval tv = {.tv_sec = (time_t)seconds};
    tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
    if (seconds > 0 && !tv.tv_sec && !tv.tv_usec) tv.tv_usec = 1;
    return tv;
}

static AvmValue shown_timer(AvmThread *t, const struct itimerval *timer) {
    AvmTuple *pair = avm_tuple_new(t, 2);
    if (!pair) return AVM_FAIL;
    pair->items[0] = avm_float_value((double)timer->it_value.tv_sec + (double)timer->it_value.tv_usec / 1e6);
    pair->items[1] =
        avm_float_value((double)timer->it_interval.tv_sec + (double)timer->it_interval.tv_usec / 1e6);
    return avm_value(pair);
}

static AvmValue signal_setitimer(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t which;
    double seconds, interval = 0;
    struct itimerval old;
    (void)n;
    if (!avm_index_exact(t, args[0], &which, NULL) || !avm_to_double(t, args[1], &seconds) ||
        (args[2] && !avm_to_double(t, args[2], &interval)))
        return AVM_FAIL;
    if (ask(t, SIGALRM, AVM_SIGNAL_ASK) < 0) return refuse(t);
    struct itimerval timer = {.it_interval = time_of(interval), .it_value = time_of(seconds)};
    if (setitimer((int)which, &timer, &old)) return avm_raise_os(t, errno, AVM_EMPTY);
    return shown_timer(t, &old);
}

static AvmValue signal_getitimer(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t which;
    struct itimerval timer;
    (void)n;
    if (!avm_index_exact(t, args[0], &which, NULL)) return AVM_FAIL;
    if (getitimer((int)which, &timer)) return avm_raise_os(t, errno, AVM_EMPTY);
    return shown_timer(t, &timer);
}

// --- the module

static const AvmNativeDef functions[] = {
    {"signal", signal_signal, "signal(signalnum, handler, /)",
     "Have a signal handled by handler(signalnum, frame)."},
    {"getsignal", signal_getsignal, "getsignal(signalnum, /)", "What handles a signal."},
    {"default_int_handler", default_int_handler, "default_int_handler(signalnum, frame, /)",
     "Raises KeyboardInterrupt."},
    {"raise_signal", raise_signal, "raise_signal(signalnum, /)", "Send a signal to this process."},
    {"strsignal", signal_strsignal, "strsignal(signalnum, /)", "What the system calls a signal."},
    {"valid_signals", valid_signals, "valid_signals()", "The numbers of all signals."},
    {"alarm", signal_alarm, "alarm(seconds, /)",
     "Have SIGALRM sent after some seconds; what was left of the last alarm."},
    {"setitimer", signal_setitimer, "setitimer(which, seconds, interval=0.0, /)",
     "Have a signal sent again and again."},
    {"getitimer", signal_getitimer, "getitimer(which, /)", "What is left of a timer, and its interval."},
    {0},
};

static bool add_number(AvmThread *t, AvmModuleObj *m, const char *name, int number) {
    return avm_module_add(t, m, name, avm_inline_int_value(number));
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!add_number(t, m, names[i].name, names[i].number)) return false;
    if (!t->vm->stdlib[AVM_STDLIB_SIGNAL] && !(t->vm->stdlib[AVM_STDLIB_SIGNAL] = avm_dict_new(t)))
        return false;
    t->vm->run_handlers = run_handlers;
    return add_number(t, m, "SIGRTMIN", SIGRTMIN) && add_number(t, m, "SIGRTMAX", SIGRTMAX) &&
           add_number(t, m, "NSIG", SIGNALS + 1) && add_number(t, m, "SIG_DFL", HOW_DEFAULT) &&
           add_number(t, m, "SIG_IGN", HOW_IGNORE) && add_number(t, m, "ITIMER_REAL", ITIMER_REAL) &&
           add_number(t, m, "ITIMER_VIRTUAL", ITIMER_VIRTUAL) && add_number(t, m, "ITIMER_PROF", ITIMER_PROF);
}

void avm_signal_finish(AvmThread *t) {
    AvmDict *handlers = handlers_of(t);
    t->vm->stdlib[AVM_STDLIB_SIGNAL] = NULL;
    if (handlers) avm_drop(t, handlers);
}

const AvmModuleDef avm_signal_module = {"_signal", "Signals.", functions, init};
