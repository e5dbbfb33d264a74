// The public interface's limits and powers: what stands still, what ends, what is refused.
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/aiovm.h"

typedef struct Seen {
    char text[1000], asked[1000];
    int allowed; // a set of powers
} Seen;

static int show(void *context, int fd, const char *data, size_t n) {
    Seen *s = context;
    size_t at = strlen(s->text);
    (void)fd;
    if (at + n < sizeof s->text) memcpy(s->text + at, data, n);
    return 0;
}

static int allow(void *context, aiovm_power power, const char *what) {
    Seen *s = context;
    size_t at = strlen(s->asked);
    snprintf(s->asked + at, sizeof s->asked - at, "%d %s\n", (int)power, what);
    return s->allowed >> power & 1;
}

static aiovm *new_vm(Seen *seen, uint64_t fuel) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = show;
    options.allow = allow;
    options.context = seen;
    options.fuel = fuel;
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    return vm;
}

static aiovm_status run(aiovm *vm, const char *source) { return aiovm_run_source(vm, source, strlen(source), "<test>"); }

Test(fuel, more_of_it_and_the_run_goes_on) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 20000);
    cr_expect_eq(run(vm, "n = 0\ntry:\n    while n < 50000: n += 1\nfinally: print('finally')\n"), AIOVM_LIMIT);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_FUEL);
    cr_expect_eq(aiovm_get_limit(vm, AIOVM_LIMIT_FUEL), 0);
    cr_expect_eq(run(vm, "pass"), AIOVM_MISUSE); // the first one stands still
    cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_FUEL, 10000), AIOVM_OK);
    cr_expect_eq(aiovm_step(vm, UINT64_MAX), AIOVM_LIMIT);
    cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_FUEL, 0), AIOVM_OK);
    cr_expect_eq(aiovm_finish(vm), AIOVM_OK);
    cr_expect_eq(aiovm_get_limit(vm, AIOVM_LIMIT_FUEL), UINT64_MAX);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "finally\n");
}

Test(fuel, in_tasks_too) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 200000);
    cr_expect_eq(run(vm, "import asyncio\nasync def f():\n    try:\n        while True: pass\n    finally: print('finally')\n"
                         "asyncio.run(f())"),
                 AIOVM_LIMIT, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_stop(vm), AIOVM_OK);
    aiovm_set_limit(vm, AIOVM_LIMIT_FUEL, 0);
    cr_expect_eq(run(vm, "print('next')"), AIOVM_OK);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "next\n");
}

Test(fuel, within_a_native_the_run_is_over) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 20000);
    cr_expect_eq(run(vm, "try: sorted([1, 2], key=lambda x: [0 for i in range(10**6)])\nexcept BaseException: print('except')"),
                 AIOVM_ENDED);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_FUEL);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "");
}

Test(time, ends_what_runs_and_what_waits) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 0);
    cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_TIME, 20000000), AIOVM_OK);
    cr_expect_eq(run(vm, "while True: pass"), AIOVM_LIMIT);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_TIME);
    aiovm_stop(vm);
    aiovm_set_limit(vm, AIOVM_LIMIT_TIME, 200000000);
    cr_expect_eq(run(vm, "import asyncio\nasyncio.run(asyncio.sleep(100))"), AIOVM_LIMIT, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_TIME);
    aiovm_free(vm);
}

// A limit that is reached within long work of C code: nothing of the script sees it.
Test(time, ends_long_work) {
    static const char *const sources[] = {
        "x = 7\nwhile True: x = x * x", "any(iter(lambda: 0, 1))",
        "import itertools\nnext(itertools.chain.from_iterable(itertools.repeat([])))",
        "def f(n):\n    try: return f(n + 1)\n    finally: f(n + 1)\nf(0)", // each error with the ones before it
        "class D:\n    def __del__(self): D()\nwhile True: D()"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        Seen seen = {0};
        aiovm *vm = new_vm(&seen, 0);
        cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_TIME, 100000000), AIOVM_OK);
        aiovm_status status = run(vm, sources[i]);
        cr_expect(status == AIOVM_LIMIT || status == AIOVM_ENDED, "%s: %d", sources[i], (int)status);
        cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_TIME);
        aiovm_free(vm);
    }
}

Test(memory, of_big_ints_is_not_caught_either) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 0);
    cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_MEMORY, 8 << 20), AIOVM_OK);
    cr_expect_eq(run(vm, "try: x = 1 << 10 ** 9\nexcept MemoryError: print('caught')"), AIOVM_ENDED);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_MEMORY);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "");
}

static aiovm_status never(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    aiovm_pending p;
    (void)args, (void)n, (void)data;
    return aiovm_pend(vm, NULL, NULL, &p, result);
}

Test(time, ends_a_wait_that_a_call_is_in) {
    static const aiovm_def functions[] = {{"never", never, "never()", NULL}, {0}};
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 0);
    aiovm_value f;
    cr_assert_eq(aiovm_add_module(vm, "host", NULL, functions, NULL, NULL), AIOVM_OK);
    cr_assert_eq(run(vm, "import asyncio, host\nasync def g():\n    try: await host.never()\n    finally: print('finally')\n"
                         "def f(): asyncio.run(g())"), AIOVM_OK);
    cr_assert_eq(aiovm_get_global(vm, "f", &f), AIOVM_OK);
    aiovm_set_limit(vm, AIOVM_LIMIT_TIME, 20000000);
    cr_expect_eq(aiovm_call(vm, f, NULL, 0, NULL), AIOVM_ENDED);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_TIME);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "");
}

Test(output, has_an_end) {
    Seen seen = {0};
    aiovm *vm = new_vm(&seen, 0);
    cr_expect_eq(aiovm_set_limit(vm, AIOVM_LIMIT_OUTPUT, 10), AIOVM_OK);
    cr_expect_eq(run(vm, "try:\n    while True: print('abc', flush=True)\nexcept OSError: print('caught')"), AIOVM_ENDED);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_OUTPUT);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "abc\nabc\n");
    cr_expect_eq(aiovm_set_limit(NULL, AIOVM_LIMIT_OUTPUT, 1), AIOVM_MISUSE);
}

Test(powers, the_host_sees_what_is_asked_for) {
    Seen seen = {.allowed = 1 << AIOVM_READ_FILE};
    aiovm *vm = new_vm(&seen, 0);
    cr_expect_eq(run(vm, "def tell(f):\n    try: f()\n    except PermissionError as e: print(e)\n"
                         "import os, time, threading\nopen('/dev/null').close()\ntell(lambda: open('/tmp/nothing', 'w'))\n"
                         "tell(lambda: os.rmdir('/nothing'))\ntell(time.time)\ntell(os.getpid)\nprint(dict(os.environ))\n"
                         "tell(lambda: threading.Thread(target=print).start())\n"),
                 AIOVM_OK, "%s", aiovm_error_text(vm));
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "[Errno 1] Operation not permitted: '/tmp/nothing'\n"
                                "[Errno 1] Operation not permitted: '/nothing'\n[Errno 1] Operation not permitted\n"
                                "[Errno 1] Operation not permitted\n{}\n[Errno 1] Operation not permitted\n");
    cr_expect(strstr(seen.asked, "0 /dev/null\n1 /tmp/nothing\n1 /nothing\n5 \n4 getpid\n"), "%s", seen.asked);
}

// ---- precompiled units

Test(units, saved_and_loaded) {
    Seen seen = {.allowed = 1 << AIOVM_LOAD_UNIT}, none = {0};
    aiovm *vm = new_vm(&seen, 0), *other = new_vm(&none, 0);
    static const char source[] = "'''doc'''\nimport asyncio\nclass C:\n    x = (1, 2.5, 'é', b'\\0', 10**40, frozenset({1, 2, 3}))\n"
                                 "    async def f(self, a, /, b=2, *c, d, **e):\n        try: return [i + a for i in self.x[:2]]\n"
                                 "        finally: print(__doc__, [x for x in {1, 2, 3}])\n"
                                 "print(asyncio.run(C().f(1, d=4)))\n1 / 0\n";
    aiovm_program *p, *again;
    const void *bytes;
    size_t n;
    cr_assert_eq(aiovm_compile(vm, source, strlen(source), "file.aio", &p), AIOVM_OK);
    cr_assert_eq(aiovm_save(vm, p, &bytes, &n), AIOVM_OK);
    char *copy = malloc(n);
    memcpy(copy, bytes, n);
    aiovm_program_free(p);
    cr_expect_eq(aiovm_load(other, copy, n, "u", &again), AIOVM_DENIED);
    cr_assert_eq(aiovm_load(vm, copy, n, "u", &again), AIOVM_OK);
    cr_expect_eq(aiovm_run(vm, again), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_type(vm), "ZeroDivisionError", "%s", aiovm_error_text(vm));
    aiovm_program_free(again);
    for (size_t at = 0; at < n; at += n / 100 + 1) {
        copy[at] ^= 0x55;
        cr_expect_eq(aiovm_load(vm, copy, n, "u", &again), AIOVM_RANGE);
        copy[at] ^= 0x55;
        cr_expect_eq(aiovm_load(vm, copy, at, "u", &again), AIOVM_RANGE);
    }
    free(copy);
    aiovm_free(other);
    aiovm_free(vm);
    cr_expect_str_eq(seen.text, "doc [1, 2, 3]\n[2, 3.5]\n");
}
