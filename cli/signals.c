// Signals. The one place with mutable static state: a handler must find the VM.
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/time.h>

#include "cli/cli.h"

static _Atomic(aiovm *) interrupt_vm;

static void on_interrupt(int signal) {
    (void)signal;
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

void cli_die_of_interrupt(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGINT, &action, NULL);
    raise(SIGINT);
}
