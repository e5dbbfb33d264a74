// What time it is: the system's clocks, or a virtual one that only waiting moves. Also the alarm that ends any wait.
#ifndef AVM_LOOP_CLOCK_H
#define AVM_LOOP_CLOCK_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum AvmLoopWaited {
    AVM_LOOP_WAITED,      // the time has come, a descriptor is ready, or the alarm rang
    AVM_LOOP_INTERRUPTED, // by a signal
    AVM_LOOP_DEADLOCK,    // virtual time: there is nothing to wait for
    AVM_LOOP_FAILED,      // errno tells
} AvmLoopWaited;

// Virtual time: one double, T, 0.0 at the start. Computing costs no time; sleeping adds to T at once.
typedef struct AvmClock {
    bool is_virtual;
    double t;       // T
    int alarm;      // an eventfd; -1 until something waits
    int64_t end_ns; // of the system's monotonic clock: polls end then as if the alarm had rung; INT64_MAX: none
    uint32_t holds; // reasons for virtual time to stand still: whoever has them rings the alarm in the end
    // Around a wait in the poller, once there are threads that may run meanwhile: begin may name another alarm.
    void *(*begin_wait)(void *arg, int *alarm);
    void (*end_wait)(void *token);
    void *wait_arg;
    int64_t (*host_now)(void *host); // in place of the system's monotonic clock, or NULL
    void *host;
} AvmClock;

void avm_clock_init(AvmClock *c, bool is_virtual);
void avm_clock_free(AvmClock *c);
double avm_clock_now(void *clock);  // seconds of a clock that never goes back; virtual: T
double avm_clock_wall(void *clock); // seconds since 1970; virtual: 1e9 + T
double avm_clock_cpu(void *clock);  // seconds of processor time; virtual: 0
int64_t avm_clock_now_ns(void *clock);
int64_t avm_clock_wall_ns(void *clock);
int64_t avm_clock_cpu_ns(void *clock);
// Blocks until avm_clock_now() >= deadline. WAITED, INTERRUPTED (a signal, or the alarm) or FAILED.
AvmLoopWaited avm_clock_sleep_until(void *clock, double deadline);
bool avm_clock_held(void *clock);
// Opens the alarm unless it is open. false: errno tells.
bool avm_clock_open_alarm(AvmClock *c);
// Ends the wait in progress, or the next one. Safe in signal handlers and from any thread.
void avm_clock_ring(void *clock);
// As ppoll, for a wait that the alarm ends: fds[0] is the alarm's, filled in here. Other threads may run meanwhile.
int avm_clock_poll(AvmClock *c, struct pollfd *fds, nfds_t nfds, int64_t timeout_ns);
// Makes the alarm silent again.
void avm_clock_quiet(AvmClock *c);
// From now to deadline in nanoseconds, rounded up; 0 when it is past; INT64_MAX for HUGE_VAL.
int64_t avm_clock_until(AvmClock *c, double deadline);

#endif
