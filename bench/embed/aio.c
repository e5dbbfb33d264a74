/* What a host feels of aio: `aio ROW SIZE` prints seconds (or bytes), operations and a check. bench/embed/lua.c does the same. */
#include <aiovm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void ok(aiovm_status status) {
    if (status == AIOVM_OK) return;
    fprintf(stderr, "status %d\n", (int)status);
    exit(1);
}

static void print(double amount, long count, long check) { printf("%.9f %ld %ld\n", amount, count, check); }

static aiovm *vm_with(const char *source, const aiovm_def *functions) {
    aiovm *vm;
    ok(aiovm_new(&vm, NULL));
    ok(aiovm_add_module(vm, "host", NULL, functions, NULL, NULL));
    ok(aiovm_run_source(vm, source, strlen(source), "<bench>"));
    return vm;
}

/* A function of the script's called with an int, its result read. */
static void call(long n) {
    aiovm *vm = vm_with("def f(x): return x + 1\n", NULL);
    aiovm_value f, x, r;
    int64_t sum = 0, got;
    uint64_t scope;
    ok(aiovm_get_global(vm, "f", &f));
    double start = seconds();
    for (long i = 0; i < n; i++) {
        aiovm_open(vm, &scope);
        aiovm_make_int(vm, i, &x);
        ok(aiovm_call(vm, f, &x, 1, &r));
        aiovm_get_int(vm, r, &got);
        sum += got;
        aiovm_close(vm, scope);
    }
    print(seconds() - start, n, (long)sum);
    aiovm_free(vm);
}

static aiovm_status increase(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    int64_t n;
    (void)count, (void)data;
    if (aiovm_get_int(vm, args[0], &n) != AIOVM_OK) return aiovm_raise(vm, "TypeError", "an int, please");
    return aiovm_make_int(vm, n + 1, result);
}

/* A function of the host's called by a loop of the script's. */
static void host(long n) {
    static const aiovm_def functions[] = {{"inc", increase, "inc(n, /)", NULL}, {0}};
    aiovm *vm = vm_with("from host import inc\ndef f(n):\n    x = 0\n    while x < n: x = inc(x)\n    return x\n", functions);
    aiovm_value f, x, r;
    int64_t got;
    ok(aiovm_get_global(vm, "f", &f));
    ok(aiovm_make_int(vm, n, &x));
    double start = seconds();
    ok(aiovm_call(vm, f, &x, 1, &r));
    ok(aiovm_get_int(vm, r, &got));
    print(seconds() - start, n, (long)got);
    aiovm_free(vm);
}

/* A VM made and freed; what it takes. */
static void vm(long n) {
    aiovm *vm;
    double start = seconds();
    for (long i = 0; i < n; i++) {
        ok(aiovm_new(&vm, NULL));
        aiovm_free(vm);
    }
    print(seconds() - start, n, 0);
    ok(aiovm_new(&vm, NULL));
    print((double)aiovm_get_limit(vm, AIOVM_LIMIT_MEMORY), 1, 0);
    aiovm_free(vm);
}

static size_t resident(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %ld", &pages) != 1) exit(1);
    fclose(f);
    return (size_t)pages * 4096;
}

/* Many at once, each with a program of its own that has run. */
static void vms(long n) {
    static const char source[] = "def f(x): return x + 1\nprint('', end='')\n";
    aiovm **all = calloc((size_t)n, sizeof *all);
    size_t before = resident();
    double start = seconds();
    for (long i = 0; i < n; i++) {
        ok(aiovm_new(&all[i], NULL));
        ok(aiovm_run_source(all[i], source, sizeof source - 1, "<bench>"));
    }
    size_t taken = resident() - before;
    for (long i = 0; i < n; i++) aiovm_free(all[i]);
    print(seconds() - start, n, 0);
    print((double)taken, n, 0);
    free(all);
}

enum { TASKS = 100 };
static aiovm_pending waiting[2][TASKS];
static int count[2], now;

static aiovm_status later(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)args, (void)n, (void)data;
    return aiovm_pend(vm, NULL, NULL, &waiting[now][count[now]++], result);
}

static void tasks(aiovm *vm, const char *name, long rounds) {
    aiovm_value f, x, coroutine;
    ok(aiovm_get_global(vm, name, &f));
    ok(aiovm_make_int(vm, rounds, &x));
    for (int i = 0; i < TASKS; i++) {
        ok(aiovm_call(vm, f, &x, 1, &coroutine));
        ok(aiovm_spawn(vm, coroutine, NULL, NULL));
    }
}

/* Operations that finish later, awaited by a hundred tasks; and beside it as many awaits of sleep(0). */
static void pending(long n) {
    static const aiovm_def functions[] = {{"later", later, "later()", NULL}, {0}};
    aiovm *vm = vm_with("from host import later\nfrom asyncio import sleep\n"
                        "async def f(n):\n    for i in range(n): await later()\n"
                        "async def g(n):\n    for i in range(n): await sleep(0)\n", functions);
    long rounds = n / TASKS;
    aiovm_status status;
    tasks(vm, "f", rounds);
    double start = seconds();
    while ((status = aiovm_step(vm, 1000000)) == AIOVM_WAIT || status == AIOVM_PAUSED) {
        int before = now;
        now = !now;
        for (int i = 0; i < count[before]; i++) aiovm_resolve(vm, waiting[before][i], (aiovm_value){0});
        count[before] = 0;
    }
    ok(status);
    print(seconds() - start, rounds * TASKS, rounds);
    tasks(vm, "g", rounds);
    start = seconds();
    while ((status = aiovm_step(vm, 1000000)) == AIOVM_PAUSED) continue;
    ok(status);
    print(seconds() - start, rounds * TASKS, rounds);
    aiovm_free(vm);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(long n);
    } rows[] = {{"call", call}, {"host", host}, {"vm", vm}, {"vms", vms}, {"pending", pending}};
    for (size_t i = 0; argc == 3 && i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(argv[1], rows[i].name)) return rows[i].run(atol(argv[2])), 0;
    return 2;
}
