// Clock, backends and loop: real waits, the alarm, descriptors, work on other threads, and virtual time.
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "loop/loop.h"

typedef struct Item {
    uint32_t place;
} Item;

static AvmAlloc alloc;
static AvmClock real_clock, virtual_clock;
static AvmLoop *real, *virt;
static int reported_fd, reported_events;

static void report(void *arg, int fd, int events) {
    (void)arg;
    reported_fd = fd;
    reported_events = events;
}

static void setup(void) {
    avm_alloc_init(&alloc);
    avm_clock_init(&real_clock, false);
    avm_clock_init(&virtual_clock, true);
    real = avm_loop_open(&alloc, &real_clock, 0);
    virt = avm_loop_open(&alloc, &virtual_clock, 0);
    avm_loop_on_ready(real, report, NULL);
    avm_loop_on_ready(virt, report, NULL);
    reported_fd = -1;
}

static void teardown(void) {
    avm_loop_close(real);
    avm_loop_close(virt);
    avm_clock_free(&real_clock);
    avm_clock_free(&virtual_clock);
    cr_assert_eq(alloc.used, 0);
}

TestSuite(loop_wait, .init = setup, .fini = teardown);

Test(loop_wait, real_time_passes) {
    double start = avm_clock_now(&real_clock);
    cr_assert_eq(avm_loop_wait(real, start + 0.02), AVM_LOOP_WAITED);
    double spent = avm_clock_now(&real_clock) - start;
    cr_assert(spent >= 0.02 && spent < 2, "%f", spent);
    cr_assert_eq(avm_clock_sleep_until(&real_clock, start + 0.04), AVM_LOOP_WAITED);
    cr_assert_geq(avm_clock_now(&real_clock), start + 0.04);
}

Test(loop_wait, a_past_deadline_only_looks) {
    cr_assert_eq(avm_loop_wait(real, 0), AVM_LOOP_WAITED);
}

Test(loop_wait, the_alarm_ends_the_next_wait) {
    cr_assert_eq(avm_loop_wait(real, 0), AVM_LOOP_WAITED);
    avm_loop_wake(real);
    cr_assert_eq(avm_loop_wait(real, HUGE_VAL), AVM_LOOP_WAITED);
    avm_loop_wake(real);
    cr_assert_eq(avm_clock_sleep_until(&real_clock, HUGE_VAL), AVM_LOOP_INTERRUPTED);
}

static void *ring_later(void *clock) {
    usleep(20000);
    avm_clock_ring(clock);
    return NULL;
}

Test(loop_wait, the_alarm_rings_from_another_thread) {
    pthread_t thread;
    cr_assert(avm_clock_open_alarm(&real_clock));
    pthread_create(&thread, NULL, ring_later, &real_clock);
    cr_assert_eq(avm_loop_wait(real, HUGE_VAL), AVM_LOOP_WAITED);
    pthread_join(thread, NULL);
}

static void on_signal(int sig) { (void)sig; }

Test(loop_wait, a_signal_interrupts) {
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGALRM, &act, NULL);
    ualarm(20000, 0);
    cr_assert_eq(avm_loop_wait(real, HUGE_VAL), AVM_LOOP_INTERRUPTED);
}

Test(loop_wait, descriptors_are_reported_until_read) {
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    cr_assert(avm_loop_watch(real, fds[0], AVM_LOOP_READ));
    cr_assert_eq(avm_loop_watched(real), 1);
    cr_assert_eq(avm_loop_wait(real, 0), AVM_LOOP_WAITED);
    cr_assert_eq(reported_fd, -1);
    cr_assert_eq(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 2; i++) {
        reported_fd = -1;
        cr_assert_eq(avm_loop_wait(real, HUGE_VAL), AVM_LOOP_WAITED);
        cr_assert_eq(reported_fd, fds[0]);
        cr_assert_eq(reported_events, AVM_LOOP_READ);
    }
    cr_assert(avm_loop_watch(real, fds[0], 0));
    cr_assert_eq(avm_loop_watched(real), 0);
    reported_fd = -1;
    cr_assert_eq(avm_loop_wait(real, 0), AVM_LOOP_WAITED);
    cr_assert_eq(reported_fd, -1);
    cr_assert(avm_loop_watch(real, fds[1], AVM_LOOP_WRITE)); // left for close
    cr_assert_eq(avm_loop_wait(real, HUGE_VAL), AVM_LOOP_WAITED);
    cr_assert_eq(reported_events, AVM_LOOP_WRITE);
    close(fds[0]);
}

Test(loop_wait, a_bad_descriptor_is_refused) {
    cr_assert_not(avm_loop_watch(real, 987, AVM_LOOP_READ));
    cr_assert_eq(avm_loop_watched(real), 0);
}

Test(loop_wait, virtual_time_jumps_to_the_deadline) {
    Item a = {0};
    cr_assert_eq(avm_clock_now(&virtual_clock), 0.0);
    cr_assert(avm_loop_timer_add(virt, 3600.1, &a));
    double when;
    cr_assert_eq(avm_loop_timer_first(virt, &when), &a);
    cr_assert_eq(avm_loop_wait(virt, when), AVM_LOOP_WAITED);
    cr_assert_eq(avm_clock_now(&virtual_clock), 3600.1);
    cr_assert_eq(avm_clock_wall(&virtual_clock), 1e9 + 3600.1);
    cr_assert_eq(avm_clock_cpu(&virtual_clock), 0.0);
    cr_assert_eq(avm_loop_timer_due(virt, when + 1e-9), &a);
    cr_assert_eq(avm_clock_sleep_until(&virtual_clock, 4000), AVM_LOOP_WAITED);
    cr_assert_eq(avm_clock_now(&virtual_clock), 4000.0);
    cr_assert_eq(avm_loop_wait(virt, 1.0), AVM_LOOP_WAITED);
    cr_assert_eq(avm_clock_now(&virtual_clock), 4000.0);
}

Test(loop_wait, virtual_time_finds_deadlocks) {
    cr_assert_eq(avm_loop_wait(virt, HUGE_VAL), AVM_LOOP_DEADLOCK);
}

Test(loop_wait, virtual_time_waits_for_descriptors) {
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    cr_assert(avm_loop_watch(virt, fds[0], AVM_LOOP_READ));
    cr_assert_eq(write(fds[1], "x", 1), 1);
    cr_assert_eq(avm_loop_wait(virt, 5.0), AVM_LOOP_WAITED);
    cr_assert_eq(reported_fd, fds[0]);
    cr_assert_eq(avm_clock_now(&virtual_clock), 0.0);
    char c;
    cr_assert_eq(read(fds[0], &c, 1), 1);
    cr_assert_eq(avm_loop_wait(virt, 5.0), AVM_LOOP_WAITED);
    cr_assert_eq(avm_clock_now(&virtual_clock), 5.0);
}

#ifdef AIO_LIBUV
static void work(void *arg) {
    usleep(10000);
    *(int *)arg += 1;
}
static void after(void *arg) { *(int *)arg += 10; }

Test(loop_wait, work_runs_elsewhere_and_ends_here) {
    int done = 0;
    cr_assert_eq(avm_loop_wait(virt, 0), AVM_LOOP_WAITED);
    AvmBackend *b = virt->backend ? virt->backend : (avm_loop_watch(virt, 0, 0), virt->backend);
    cr_assert(b->ops->submit(b, work, after, &done));
    while (b->working) cr_assert_eq(avm_loop_wait(virt, 100.0), AVM_LOOP_WAITED);
    cr_assert_eq(done, 11);
    cr_assert_eq(avm_clock_now(&virtual_clock), 0.0);
}
#endif
