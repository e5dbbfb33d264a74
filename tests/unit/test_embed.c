// The public interface: what each call promises in include/aiovm.h.
#include <criterion/criterion.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/aiovm.h"

typedef struct Output {
    char text[2][4096];
    size_t length[2];
    int failure; // errno for every write
} Output;

static int collect(void *context, int fd, const char *data, size_t n) {
    Output *o = context;
    if (o->failure) return o->failure;
    size_t *length = &o->length[fd - 1];
    if (*length + n >= sizeof o->text[0]) n = sizeof o->text[0] - 1 - *length;
    memcpy(o->text[fd - 1] + *length, data, n);
    *length += n;
    o->text[fd - 1][*length] = 0;
    return 0;
}

static aiovm *new_vm(Output *out, void (*change)(aiovm_options *)) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = collect;
    options.context = out;
    options.allow = aiovm_allow_all;
    if (change) change(&options);
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    return vm;
}

static aiovm_status run(aiovm *vm, const char *source) {
    return aiovm_run_source(vm, source, strlen(source), "<test>");
}

static aiovm_program *compiled(aiovm *vm, const char *source) {
    aiovm_program *p;
    cr_assert_eq(aiovm_compile(vm, source, strlen(source), "<test>", &p), AIOVM_OK);
    return p;
}

// Runs in a VM of its own and compares stdout.
static void prints(const char *source, const char *wanted, void (*change)(aiovm_options *)) {
    Output out = {0};
    aiovm *vm = new_vm(&out, change);
    cr_expect_eq(run(vm, source), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_assert_eq(aiovm_free(vm), AIOVM_OK);
    cr_expect_str_eq(out.text[0], wanted);
}

// ---- options

static void small_virtual(aiovm_options *o) {
    o->clock = AIOVM_CLOCK_VIRTUAL;
    o->memory_limit = 16 << 20;
}
static void some_arguments(aiovm_options *o) {
    static const char *const argv[] = {"name", "a b", "\xff"};
    o->argc = 3;
    o->argv = argv;
}
static void seed_7(aiovm_options *o) {
    o->has_seed = 1;
    o->seed = 7;
}
static void hash_0(aiovm_options *o) { o->hashing = AIOVM_HASH_FIXED; }

Test(options, arguments) {
    prints("import sys; print(ascii(sys.argv))", "['name', 'a b', '\\udcff']\n", some_arguments);
    prints("import sys; print(sys.argv, sys.path)", "[] []\n", NULL);
}

Test(options, a_virtual_clock_waits_for_nothing) {
    prints("import time; time.sleep(3600); print(time.monotonic())", "3600.0\n", small_virtual);
}

Test(options, a_seed_fixes_random_numbers) {
    prints("import random; print(random.randrange(10**6))", "339563\n", seed_7);
}

Test(options, fixed_hashes) {
    prints("print(hash('a'))", "4644417185603328019\n", hash_0);
}

Test(options, what_can_not_be_is_refused) {
    aiovm_options o;
    aiovm *vm;
    aiovm_options_init(&o, sizeof o);
    o.clock = 7;
    cr_expect_eq(aiovm_new(&vm, &o), AIOVM_MISUSE);
    aiovm_options_init(&o, sizeof o);
    o.argc = 2;
    cr_expect_eq(aiovm_new(&vm, &o), AIOVM_MISUSE);
    cr_expect_null(vm);
}

Test(options, a_host_of_the_future_may_know_more) {
    struct {
        aiovm_options known;
        int more[8];
    } o;
    aiovm_options_init(&o.known, sizeof o);
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &o.known), AIOVM_OK);
    aiovm_free(vm);
}

// ---- limits

Test(limits, memory) {
    Output out = {0};
    aiovm *vm = new_vm(&out, small_virtual);
    cr_expect_eq(run(vm, "def f():\n    x = []\n    while True:\n        try: x.append('x' * 100000)\n"
                         "        except BaseException: print('caught')\nf()"),
                 AIOVM_ENDED);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_MEMORY);
    cr_expect_eq(run(vm, "print('goes on')"), AIOVM_OK, "%s", aiovm_error_text(vm));
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "goes on\n");
}

Test(limits, a_vm_needs_some_memory) {
    for (size_t limit = 1; limit < 3 << 20; limit = limit * 3 / 2 + 1) {
        aiovm_options o;
        aiovm_options_init(&o, sizeof o);
        o.memory_limit = limit;
        aiovm *vm;
        aiovm_status status = aiovm_new(&vm, &o);
        cr_assert(status == AIOVM_MEMORY || status == AIOVM_OK, "%zu: %d", limit, (int)status);
        cr_assert_eq(status == AIOVM_MEMORY, vm == NULL);
        aiovm_free(vm);
    }
}

static void little_fuel(aiovm_options *o) { o->fuel = 10000; }

Test(limits, fuel_ends_a_run_without_handlers) {
    Output out = {0};
    aiovm *vm = new_vm(&out, little_fuel);
    cr_expect_eq(run(vm, "class C:\n    def __del__(self): print('del')\nc = C()\n"
                         "try:\n    while True: pass\nexcept BaseException: print('except')\nfinally: print('finally')"),
                 AIOVM_LIMIT);
    cr_expect_eq(aiovm_limit_hit(vm), AIOVM_LIMIT_FUEL);
    cr_expect_str_eq(aiovm_error_type(vm), "");
    cr_expect_eq(aiovm_report(vm, AIOVM_LIMIT), 1);
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "");
    cr_expect_str_eq(out.text[1], "aio: the fuel is used up\n");
}

Test(limits, recursion_on_a_small_stack) {
    prints("import sys\nsys.setrecursionlimit(10**6)\ndef f(x): return sorted([1, 2], key=f)\n"
           "try: f(1)\nexcept RecursionError: print('deep')",
           "deep\n", NULL);
}

// ---- compiling

Test(compile, a_program_runs_any_number_of_times) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    aiovm_program *p = compiled(vm, "try: n += 1\nexcept NameError: n = 1\nprint(n, __name__)\ndef f(): pass\n");
    for (int i = 0; i < 3; i++) cr_expect_eq(aiovm_run(vm, p), AIOVM_OK);
    aiovm_program_free(p);
    aiovm_program_free(NULL);
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "1 __main__\n1 __main__\n1 __main__\n");
}

Test(compile, a_syntax_error_has_its_place) {
    aiovm *vm = new_vm(NULL, NULL);
    aiovm_program *p;
    cr_expect_eq(aiovm_compile(vm, "x = 1\ny = )\n", 12, "name.aio", &p), AIOVM_ERROR);
    cr_expect_null(p);
    cr_expect_str_eq(aiovm_error_type(vm), "SyntaxError");
    cr_expect_str_eq(aiovm_error_message(vm), "unmatched ')' (name.aio, line 2)");
    cr_expect_str_eq(aiovm_error_text(vm), "  File \"name.aio\", line 2\n    y = )\n        ^\nSyntaxError: unmatched ')'\n");
    const aiovm_error *error;
    cr_assert_eq(aiovm_get_error(vm, &error), AIOVM_OK);
    cr_assert_eq(error->frame_count, 1);
    cr_expect_str_eq(error->frames[0].file, "name.aio");
    cr_expect_str_eq(error->frames[0].function, "");
    cr_expect(error->frames[0].line == 2 && error->frames[0].column == 4);
    aiovm_free(vm);
}

Test(compile, is_complete) {
    static const struct {
        const char *text;
        aiovm_complete wanted;
    } rows[] = {
        {"", AIOVM_COMPLETE},
        {"x = 1", AIOVM_COMPLETE},
        {"x = (1,", AIOVM_INCOMPLETE},
        {"if x:", AIOVM_INCOMPLETE},
        {"if x:\n    y", AIOVM_INCOMPLETE},
        {"if x:\n    y\n", AIOVM_COMPLETE},
        {"x = )", AIOVM_INVALID},
        {"'''a", AIOVM_INCOMPLETE},
        {"async def f():", AIOVM_INCOMPLETE},
        {"x = 1\ny", AIOVM_COMPLETE},
        {"if x:\n    y\nz", AIOVM_COMPLETE},
    };
    aiovm *vm = new_vm(NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(aiovm_is_complete(vm, rows[i].text, strlen(rows[i].text)), rows[i].wanted, "%s", rows[i].text);
    aiovm_free(vm);
}

Test(compile, dump) {
    aiovm *vm = new_vm(NULL, NULL);
    const char *text;
    size_t n;
    cr_expect_eq(aiovm_dump(vm, AIOVM_DUMP_TOKENS, "x = 1", 5, "f", &text, &n), AIOVM_OK);
    cr_expect(strstr(text, "NAME") && strlen(text) == n);
    cr_expect_eq(aiovm_dump(vm, AIOVM_DUMP_AST, "x = 1", 5, "f", &text, NULL), AIOVM_OK);
    cr_expect(strstr(text, "Assign("));
    cr_expect_eq(aiovm_dump(vm, AIOVM_DUMP_BYTECODE, "x = 1", 5, "f", &text, NULL), AIOVM_OK);
    cr_expect(strstr(text, "RETNONE"));
    cr_expect_eq(aiovm_dump(vm, AIOVM_DUMP_AST, "x = = 1", 7, "f", &text, &n), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_type(vm), "SyntaxError");
    cr_expect_eq(aiovm_dump_file(vm, AIOVM_DUMP_AST, "/nowhere", &text, &n), AIOVM_SYSTEM);
    aiovm_free(vm);
}

// ---- running

Test(run, an_error_has_frames) {
    aiovm *vm = new_vm(NULL, NULL);
    cr_expect_eq(run(vm, "def f(x):\n    return 'é' + x\nf(1)\n"), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_message(vm), "can only concatenate str (not \"int\") to str");
    const aiovm_error *error;
    cr_assert_eq(aiovm_get_error(vm, &error), AIOVM_OK);
    cr_assert_eq(error->frame_count, 2);
    const aiovm_frame *frame = error->frames;
    cr_expect_str_eq(frame[0].function, "<module>");
    cr_expect(frame[0].line == 3 && frame[0].column == 0 && frame[0].end_column == 4);
    cr_expect_str_eq(frame[1].function, "f");
    cr_expect(frame[1].line == 2 && frame[1].column == 11 && frame[1].end_column == 19);
    cr_expect_eq(run(vm, "pass"), AIOVM_OK);
    cr_expect_str_eq(aiovm_error_type(vm), "");
    cr_expect_str_eq(aiovm_error_text(vm), "");
    cr_expect_eq(aiovm_get_error(vm, &error), AIOVM_RANGE);
    aiovm_free(vm);
}

Test(run, exit_statuses) {
    static const struct {
        const char *code;
        int wanted;
        const char *said;
    } rows[] = {{"", 0, ""}, {"None", 0, ""}, {"3", 3, ""}, {"-1", 255, ""}, {"True", 1, ""}, {"'why'", 1, "why\n"}, {"10**30", 255, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char source[64];
        Output out = {0};
        aiovm *vm = new_vm(&out, NULL);
        snprintf(source, sizeof source, "raise SystemExit(%s)", rows[i].code);
        cr_expect_eq(run(vm, source), AIOVM_EXIT);
        cr_expect_eq(aiovm_exit_status(vm), rows[i].wanted, "%s", rows[i].code);
        cr_expect_str_eq(aiovm_error_type(vm), "SystemExit");
        cr_expect_eq(aiovm_report(vm, AIOVM_EXIT), rows[i].wanted);
        aiovm_free(vm);
        cr_expect_str_eq(out.text[1], rows[i].said);
    }
}

Test(run, the_report_asks_the_hook) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    cr_expect_eq(run(vm, "import sys\nsys.excepthook = lambda t, e, tb: print('hook', t.__name__, e)\n1/0"), AIOVM_ERROR);
    cr_expect_eq(aiovm_report(vm, AIOVM_ERROR), 1);
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "hook ZeroDivisionError division by zero\n");
    cr_expect_str_eq(out.text[1], "");
}

Test(run, files) {
    aiovm *vm = new_vm(NULL, NULL);
    cr_expect_eq(aiovm_run_file(vm, "/nowhere/at/all.aio"), AIOVM_SYSTEM);
    cr_expect_eq(aiovm_system_error(vm), ENOENT);
    cr_expect_eq(aiovm_run_file(vm, "/"), AIOVM_SYSTEM);
    cr_expect_eq(aiovm_system_error(vm), EISDIR);
    cr_expect_eq(aiovm_run_file(vm, "/dev/null"), AIOVM_OK);
    aiovm_free(vm);
}

Test(run, lines_share_their_names) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    cr_expect_eq(aiovm_run_line(vm, "x = 20", 6, "<stdin>"), AIOVM_OK);
    cr_expect_eq(aiovm_run_line(vm, "x + 1", 5, "<stdin>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_run_line(vm, "1 / 0", 5, "<stdin>"), AIOVM_ERROR);
    cr_expect_eq(aiovm_run_line(vm, "_", 1, "<stdin>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "21\n21\n");
}

Test(run, blocks_show_the_last_value_and_may_await) {
    static const char sync[] = "x = 20\nx\nx + 1",
                      async[] = "import asyncio\nawait asyncio.sleep(0, 'slept')";
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    uint64_t scope;
    aiovm_value result;
    aiovm_program *program;
    cr_expect_eq(aiovm_open(vm, &scope), AIOVM_OK);
    cr_expect_eq(aiovm_compile_block(vm, sync, strlen(sync), "<block>", &program), AIOVM_OK, "%s",
                 aiovm_error_text(vm));
    cr_expect_eq(aiovm_enter(vm, program, &result), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_kind_of(vm, result), AIOVM_NONE);
    aiovm_program_free(program);
    cr_expect_eq(aiovm_compile_block(vm, async, strlen(async), "<block>", &program), AIOVM_OK, "%s",
                 aiovm_error_text(vm));
    cr_expect_eq(aiovm_enter(vm, program, &result), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_kind_of(vm, result), AIOVM_COROUTINE);
    cr_expect_eq(aiovm_spawn(vm, result, NULL, NULL), AIOVM_OK);
    cr_expect_eq(aiovm_finish(vm), AIOVM_OK, "%s", aiovm_error_text(vm));
    aiovm_program_free(program);
    cr_expect_eq(aiovm_compile_block(vm, "x = (", 5, "<block>", &program), AIOVM_ERROR);
    cr_expect_null(program);
    aiovm_close(vm, scope);
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "21\n'slept'\n");
}

Test(run, the_loop_calls_soon) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    uint64_t scope;
    aiovm_value function, arg, results;
    cr_expect_eq(aiovm_run_line(vm, "results = []", 12, "<stdin>"), AIOVM_OK);
    cr_expect_eq(aiovm_open(vm, &scope), AIOVM_OK);
    cr_expect_eq(aiovm_get_global(vm, "results", &results), AIOVM_OK);
    cr_expect_eq(aiovm_get_attr(vm, results, "append", &function), AIOVM_OK);
    cr_expect_eq(aiovm_make_int(vm, 7, &arg), AIOVM_OK);
    cr_expect_eq(aiovm_call_soon(vm, function, &arg, 1), AIOVM_OK, "%s", aiovm_error_text(vm));
    size_t n = 1;
    cr_expect_eq(aiovm_length(vm, results, &n), AIOVM_OK);
    cr_expect_eq(n, 0);
    cr_expect_eq(aiovm_finish(vm), AIOVM_OK);
    cr_expect_eq(aiovm_length(vm, results, &n), AIOVM_OK);
    cr_expect_eq(n, 1);
    cr_expect_eq(aiovm_call_soon(vm, (aiovm_value){0}, NULL, 0), AIOVM_MISUSE);
    cr_expect_eq(aiovm_call_soon(vm, function, &(aiovm_value){99999}, 1), AIOVM_MISUSE);
    aiovm_close(vm, scope);
    aiovm_free(vm);
}

Test(run, a_held_vm_waits_for_its_host) {
    static const char script[] = "import asyncio\nawait asyncio.Event().wait()";
    for (int held = 0; held < 2; held++) {
        Output out = {0};
        aiovm *vm = new_vm(&out, small_virtual);
        uint64_t scope;
        aiovm_value coroutine;
        aiovm_program *program;
        cr_expect_eq(aiovm_hold(vm, held), AIOVM_OK);
        cr_expect_eq(aiovm_open(vm, &scope), AIOVM_OK);
        cr_expect_eq(aiovm_compile_block(vm, script, strlen(script), "<block>", &program), AIOVM_OK);
        cr_expect_eq(aiovm_enter(vm, program, &coroutine), AIOVM_OK);
        cr_expect_eq(aiovm_spawn(vm, coroutine, NULL, NULL), AIOVM_OK);
        cr_expect_eq(aiovm_step(vm, 1000000), held ? AIOVM_WAIT : AIOVM_DEADLOCK);
        if (held) cr_expect_eq(aiovm_wait_ns(vm), -1);
        aiovm_program_free(program);
        aiovm_close(vm, scope);
        aiovm_free(vm);
    }
}

Test(run, a_failing_write_is_an_error) {
    Output out = {.failure = EPIPE};
    aiovm *vm = new_vm(&out, NULL);
    cr_expect_eq(run(vm, "print('x', flush=True)"), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_type(vm), "BrokenPipeError");
    cr_expect_eq(run(vm, "print('y')"), AIOVM_OK);
    cr_expect_eq(aiovm_free(vm), AIOVM_ERROR);
}

Test(run, a_deadlock_has_its_status) {
    Output out = {0};
    aiovm *vm = new_vm(&out, small_virtual);
    cr_expect_eq(run(vm, "import asyncio\nasync def f(): await asyncio.Event().wait()\n"
                         "try: asyncio.run(f())\nfinally: print('no')"),
                 AIOVM_DEADLOCK);
    cr_expect_eq(aiovm_report(vm, AIOVM_DEADLOCK), 3);
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "");
    cr_expect(strstr(out.text[1], "Task-1"));
    cr_expect_null(strstr(out.text[1], "destroyed"));
}

// ---- pieces

Test(step, goes_on_where_it_was) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    aiovm_program *p = compiled(vm, "def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)\n"
                                    "def g():\n    for i in range(50): yield fib(5)\n"
                                    "try:\n    print(sum([x for x in g()]), sorted([3, 1, 2], key=fib))\n"
                                    "    while True: x = 1 // (fib(3) - 2)\nexcept ZeroDivisionError: print('caught')\n");
    cr_expect_eq(aiovm_step(vm, 10), AIOVM_OK); // there is nothing to do
    cr_assert_eq(aiovm_start(vm, p), AIOVM_OK);
    cr_expect_eq(aiovm_start(vm, p), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run(vm, p), AIOVM_MISUSE);
    aiovm_program_free(p);
    int pieces = 1;
    aiovm_status status;
    while ((status = aiovm_step(vm, 20)) == AIOVM_PAUSED) pieces++;
    cr_expect_eq(status, AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect_gt(pieces, 20);
    cr_expect_eq(aiovm_step(vm, 20), AIOVM_OK); // nothing is left
    aiovm_free(vm);
    cr_expect_str_eq(out.text[0], "250 [1, 2, 3]\ncaught\n");
}

Test(step, a_paused_program_can_be_dropped) {
    Output out = {0};
    aiovm *vm = new_vm(&out, NULL);
    aiovm_program *p = compiled(vm, "def g():\n    try:\n        while True: yield [1.5]\n    finally: print('finally')\n"
                                    "for x in g(): y = [x]\n");
    cr_assert_eq(aiovm_start(vm, p), AIOVM_OK);
    for (int i = 0; i < 5; i++) cr_expect_eq(aiovm_step(vm, 50), AIOVM_PAUSED);
    aiovm_program_free(p);
    aiovm_free(vm);
}

Test(step, an_error_ends_it) {
    aiovm *vm = new_vm(NULL, NULL);
    aiovm_program *p = compiled(vm, "for i in range(100): pass\n1/0");
    cr_assert_eq(aiovm_start(vm, p), AIOVM_OK);
    aiovm_program_free(p);
    aiovm_status status;
    while ((status = aiovm_step(vm, 10)) == AIOVM_PAUSED) continue;
    cr_expect_eq(status, AIOVM_ERROR);
    const aiovm_error *error;
    cr_assert_eq(aiovm_get_error(vm, &error), AIOVM_OK);
    cr_expect_eq(error->frame_count, 1);
    aiovm_free(vm);
}

// ---- from anywhere

typedef struct Running {
    aiovm *vm;
    atomic_int on; // the script has written something
} Running;

static int note(void *context, int fd, const char *data, size_t n) {
    (void)fd, (void)data, (void)n;
    atomic_store(&((Running *)context)->on, 1);
    return 0;
}

static void *interrupt_soon(void *arg) {
    Running *r = arg;
    while (!atomic_load(&r->on)) usleep(1000);
    usleep(10000);
    aiovm_interrupt(r->vm);
    return NULL;
}

// The script prints something when it is ready; its traceback shows what is wanted.
static void interrupted(const char *source, const char *wanted) {
    Running r = {0};
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.allow = aiovm_allow_all;
    options.write = note;
    options.context = &r;
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    r.vm = vm;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, interrupt_soon, &r), 0);
    cr_expect_eq(run(vm, source), AIOVM_INTERRUPTED, "%s", aiovm_error_text(vm));
    pthread_join(thread, NULL);
    cr_expect(strstr(aiovm_error_text(vm), wanted));
    aiovm_free(vm);
}

Test(interrupt, a_loop) {
    interrupted("print('on', flush=True)\nwhile True: pass", "while True: pass");
}

Test(interrupt, a_sleep) { interrupted("import time\nprint('on', flush=True)\ntime.sleep(60)", "time.sleep(60)"); }

Test(interrupt, the_main_task) {
    interrupted("import asyncio\nasync def main():\n    print('on', flush=True)\n    try: await asyncio.sleep(60)\n"
                "    except asyncio.CancelledError as e: e.add_note('seen'); raise\nasyncio.run(main())",
                "seen");
}

Test(vms, know_nothing_of_each_other) {
    Output one = {0}, two = {0};
    aiovm *a = new_vm(&one, NULL), *b = new_vm(&two, small_virtual);
    run(a, "import sys\nsys.mark = 1\nprint('a')");
    run(b, "import sys\nprint(hasattr(sys, 'mark'))");
    cr_expect(aiovm_now(b) == 0.0 && aiovm_now(a) > 0.0);
    aiovm_free(a);
    aiovm_free(b);
    cr_expect_str_eq(one.text[0], "a\n");
    cr_expect_str_eq(two.text[0], "False\n");
}
