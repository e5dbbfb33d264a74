// Signals. The one place with mutable static state: a handler must find the VM.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

static _Atomic(aiovm *) interrupt_vm;
static _Atomic(uint32_t) came; // CLI_CAME_...

static void on_interrupt(int signal) {
    (void)signal;
    came |= CLI_CAME_INTERRUPT;
    aiovm *vm = interrupt_vm;
    if (vm) aiovm_interrupt(vm);
}

static void on_quit(int signal) {
    (void)signal;
    aiovm *vm = interrupt_vm;
    if (vm) aiovm_show_tasks(vm);
}

static void on_alarm(int signal) {
    (void)signal;
    aiovm *vm = interrupt_vm;
    if (vm) aiovm_tick(vm);
}

static void on_signal(int signal) {
    if (signal == SIGINT) came |= CLI_CAME_INTERRUPT;
    aiovm *vm = interrupt_vm;
    if (vm) aiovm_signal(vm, signal);
}

int cli_handle_signal(void *context, int number, int action) {
    static void (*const handlers[])(int) = {SIG_DFL, SIG_IGN, on_signal, on_interrupt};
    struct sigaction old, wanted = {.sa_handler = action < 0 ? SIG_DFL : handlers[action]};
    (void)context;
    if (sigaction(number, action < 0 ? NULL : &wanted, &old)) return -1;
    for (int i = 0; i < 4; i++)
        if (old.sa_handler == handlers[i]) return i;
    return AIOVM_SIGNAL_DEFAULT;
}

void cli_signals(aiovm *vm) {
    interrupt_vm = vm;
    if (!vm) return;
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &action, NULL); // a closed pipe is an OSError
    // No SA_RESTART: a read that waits must look whether it is to go on. A program started with SIGINT
    // ignored keeps so.
    struct sigaction old;
    action.sa_handler = on_interrupt;
    if (!sigaction(SIGINT, NULL, &old) && old.sa_handler != SIG_IGN) sigaction(SIGINT, &action, NULL);
    action.sa_handler = on_quit;
    sigaction(SIGQUIT, &action, NULL);
}

void cli_watchdog(aiovm *vm, double seconds) {
    aiovm_watchdog(vm, seconds);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    double quarter = seconds / 4 < 1e-3 ? 1e-3 : seconds / 4;
    struct timeval span = {(time_t)quarter, (suseconds_t)((quarter - (double)(time_t)quarter) * 1e6)};
    setitimer(ITIMER_REAL, &(struct itimerval){span, span}, NULL);
}

// --- a dialogue

static void on_resize(int signal) {
    (void)signal;
    came |= CLI_CAME_RESIZE;
}

static void on_stop(int signal) {
    (void)signal;
    came |= CLI_CAME_STOP;
}

void cli_signals_watch(void) {
    struct sigaction action = {.sa_handler = on_resize};
    sigaction(SIGWINCH, &action, NULL);
}

uint32_t cli_signals_came(void) { return came ? atomic_exchange(&came, 0) : 0; }

bool cli_signals_hold(sigset_t *before) {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGWINCH);
    sigaddset(&ours, SIGTSTP);
    sigprocmask(SIG_BLOCK, &ours, before);
    return came;
}

void cli_signals_typing(bool typing) {
    struct sigaction old, action = {.sa_handler = typing ? on_stop : SIG_DFL};
    // A shell without job control has its children ignore it.
    if (!sigaction(SIGTSTP, NULL, &old) && old.sa_handler != SIG_IGN) sigaction(SIGTSTP, &action, NULL);
}

void cli_signals_stop(void) {
    cli_signals_typing(false);
    raise(SIGTSTP);
    cli_signals_typing(true);
}

int cli_run_shell(const char *command, const char *arg) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t child = fork();
    if (!child) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        static const int ours[] = {SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGWINCH};
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) sigaction(ours[i], &action, NULL);
        execl("/bin/sh", "sh", "-c", command, "sh", arg, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return status;
}

void cli_die_of_interrupt(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGINT, &action, NULL);
    raise(SIGINT);
}
