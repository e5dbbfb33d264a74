// The public interface in wrong hands: NULL, wrong types, handles and operations that are over, calls from the wrong place and from
// the wrong thread. Each costs a status.
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/aiovm.h"

static aiovm *vm_with(const aiovm_def *functions, void *data, const char *source) {
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, NULL), AIOVM_OK);
    cr_assert_eq(aiovm_add_module(vm, "host", NULL, functions, data, NULL), AIOVM_OK);
    cr_assert_eq(aiovm_run_source(vm, source, strlen(source), "<test>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    return vm;
}

static aiovm_value global(aiovm *vm, const char *name) {
    aiovm_value v;
    cr_assert_eq(aiovm_get_global(vm, name, &v), AIOVM_OK, "%s", name);
    return v;
}

Test(misuse, no_vm) {
    aiovm_value v, none = {0};
    aiovm_program *p;
    const aiovm_error *e;
    const char *text;
    const void *bytes;
    aiovm_port *port;
    uint64_t scope;
    cr_expect_eq(aiovm_new(NULL, NULL), AIOVM_MISUSE);
    cr_expect_eq(aiovm_free(NULL), AIOVM_OK);
    cr_expect_eq(aiovm_compile(NULL, "x", 1, "f", &p), AIOVM_MISUSE);
    cr_expect_eq(aiovm_compile_block(NULL, "x", 1, "f", &p), AIOVM_MISUSE);
    cr_expect_eq(aiovm_is_complete(NULL, "x", 1), AIOVM_INVALID);
    cr_expect_eq(aiovm_dump(NULL, AIOVM_DUMP_AST, "x", 1, "f", &text, NULL), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run(NULL, NULL), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run_source(NULL, "x", 1, "f"), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run_file(NULL, "f"), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run_module(NULL, "f"), AIOVM_MISUSE);
    cr_expect_eq(aiovm_run_line(NULL, "x", 1, "f"), AIOVM_MISUSE);
    cr_expect_eq(aiovm_enter(NULL, NULL, &v), AIOVM_MISUSE);
    cr_expect(aiovm_start(NULL, NULL) == AIOVM_MISUSE && aiovm_step(NULL, 1) == AIOVM_MISUSE);
    cr_expect(aiovm_finish(NULL) == AIOVM_MISUSE && aiovm_stop(NULL) == AIOVM_MISUSE && aiovm_join(NULL) == AIOVM_MISUSE);
    cr_expect(aiovm_wait_ns(NULL) == -1 && aiovm_fd(NULL) == -1);
    cr_expect(aiovm_spawn(NULL, none, NULL, NULL) == AIOVM_MISUSE && aiovm_call_soon(NULL, none, NULL, 0) == AIOVM_MISUSE);
    cr_expect(aiovm_open(NULL, &scope) == AIOVM_MISUSE && aiovm_close(NULL, 0) == AIOVM_MISUSE);
    cr_expect(aiovm_keep_at(NULL, none, &v, "here") == AIOVM_MISUSE && aiovm_drop(NULL, none) == AIOVM_MISUSE);
    cr_expect(aiovm_make_int(NULL, 1, &v) == AIOVM_MISUSE && aiovm_kind_of(NULL, v) == AIOVM_INVALID_VALUE);
    cr_expect(aiovm_call(NULL, none, NULL, 0, &v) == AIOVM_MISUSE && aiovm_raise(NULL, "ValueError", "") == AIOVM_MISUSE);
    cr_expect(aiovm_resolve(NULL, (aiovm_pending){0}, none) == AIOVM_MISUSE && aiovm_port_open(NULL, &port) == AIOVM_MISUSE);
    cr_expect(aiovm_post(NULL, NULL, NULL) == AIOVM_MISUSE && aiovm_hints(NULL, "en") == AIOVM_MISUSE);
    cr_expect(aiovm_save(NULL, NULL, &bytes, &(size_t){0}) == AIOVM_MISUSE && aiovm_load(NULL, "", 0, "u", &p) == AIOVM_MISUSE);
    cr_expect(aiovm_get_error(NULL, &e) == AIOVM_MISUSE && aiovm_get_exception(NULL, &v) == AIOVM_MISUSE);
    cr_expect(!*aiovm_error_type(NULL) && !*aiovm_error_message(NULL) && !*aiovm_error_text(NULL));
    cr_expect(aiovm_report(NULL, AIOVM_ERROR) == 1 && aiovm_exit_status(NULL) == 0 && aiovm_system_error(NULL) == 0);
    cr_expect(aiovm_limit_hit(NULL) == AIOVM_LIMIT_NONE && aiovm_get_limit(NULL, AIOVM_LIMIT_FUEL) == 0);
    aiovm_interrupt(NULL), aiovm_signal(NULL, 2), aiovm_show_tasks(NULL), aiovm_watchdog(NULL, 1), aiovm_tick(NULL);
    aiovm_colours(NULL, 1), aiovm_trace(NULL, AIOVM_TRACE_LOOP), aiovm_program_free(NULL), aiovm_port_close(NULL);
    cr_expect(aiovm_now(NULL) >= 0 && aiovm_allow_all(NULL, AIOVM_NETWORK, "") == 1);
    cr_expect_str_eq(aiovm_version(), AIO_VERSION);
}

Test(misuse, nothing_where_something_is_needed) {
    aiovm *vm = vm_with(NULL, NULL, "x = 'a'\n");
    aiovm_value v, x = global(vm, "x"), none = {0};
    aiovm_program *p;
    cr_expect(aiovm_make_none(vm, NULL) == AIOVM_MISUSE && aiovm_make_str(vm, NULL, 3, &v) == AIOVM_MISUSE);
    cr_expect(aiovm_make_list(vm, NULL, 2, &v) == AIOVM_MISUSE && aiovm_make_tuple(vm, &none, 1, &v) == AIOVM_MISUSE);
    cr_expect(aiovm_get_str(vm, x, NULL, NULL) == AIOVM_MISUSE && aiovm_get_int(vm, x, NULL) == AIOVM_MISUSE);
    cr_expect(aiovm_get_attr(vm, x, NULL, &v) == AIOVM_MISUSE && aiovm_get_attr(vm, none, "y", &v) == AIOVM_MISUSE);
    cr_expect(aiovm_get_global(vm, NULL, &v) == AIOVM_MISUSE && aiovm_set_global(vm, "y", none) == AIOVM_MISUSE);
    cr_expect(aiovm_call(vm, none, NULL, 0, &v) == AIOVM_MISUSE && aiovm_call(vm, x, NULL, 1, &v) == AIOVM_MISUSE);
    cr_expect(aiovm_call_named(vm, x, &x, 1, NULL, 1, &v) == AIOVM_MISUSE);
    cr_expect(aiovm_compile(vm, NULL, 1, "f", &p) == AIOVM_MISUSE && aiovm_compile(vm, "", 0, NULL, &p) == AIOVM_MISUSE);
    cr_expect(aiovm_run_source(vm, NULL, 0, "f") == AIOVM_OK && aiovm_run_file(vm, NULL) == AIOVM_MISUSE);
    cr_expect(aiovm_make_object(vm, NULL, NULL, &v) == AIOVM_MISUSE && aiovm_spawn(vm, none, NULL, NULL) == AIOVM_MISUSE);
    cr_expect(aiovm_raise(vm, NULL, "") == AIOVM_MISUSE && aiovm_set_limit(vm, AIOVM_LIMIT_NONE, 1) == AIOVM_MISUSE);
    cr_expect_eq(aiovm_get_global(vm, "\xff", &v), AIOVM_MISUSE); // no UTF-8
    cr_expect(aiovm_import(vm, "\xc3", &v) == AIOVM_MISUSE && aiovm_hints(vm, NULL) == AIOVM_MISUSE);
    aiovm_free(vm);
}

// What a call would have found is none when it fails.
#define NONE(call)                                                                                                    \
    do {                                                                                                              \
        v.id = text.id = 77;                                                                                          \
        cr_expect_neq(call, AIOVM_OK);                                                                                \
        cr_expect(v.id == 0, #call);                                                                                  \
    } while (0)
#define ZERO(call, result)                                                                                            \
    do {                                                                                                              \
        result = 77;                                                                                                  \
        cr_expect_neq(call, AIOVM_OK);                                                                                \
        cr_expect(result == 0, #call);                                                                                \
    } while (0)

Test(misuse, results_are_none_on_failure) {
    aiovm *vm = vm_with(NULL, NULL, "def f(): raise KeyError(1)\nx = 'a'\n"), *none[] = {NULL, vm};
    aiovm_value v, text, stale = {99}, f = global(vm, "f"), x = global(vm, "x");
    int i;
    size_t n;
    uint64_t scope;
    const char *told;
    for (int k = 0; k < 2; k++) {
        aiovm *w = none[k];
        aiovm_value bad = k ? stale : x;
        NONE(aiovm_call(w, bad, NULL, 0, &v));
        NONE(aiovm_call_named(w, bad, NULL, 0, NULL, 0, &v));
        NONE(aiovm_str(w, bad, &v));
        NONE(aiovm_repr(w, bad, &v));
        NONE(aiovm_get_attr(w, bad, "y", &v));
        NONE(aiovm_get_item(w, bad, bad, &v));
        NONE(aiovm_make_list(w, &bad, 1, &v));
        NONE(aiovm_make_tuple(w, &bad, 1, &v));
        NONE(aiovm_next_entry(w, bad, &n, &text, &v));
        ZERO(aiovm_truth(w, bad, &i), i);
        ZERO(aiovm_length(w, bad, &n), n);
        ZERO(aiovm_equal(w, bad, bad, &i), i);
        ZERO(aiovm_dump(w, AIOVM_DUMP_AST, "x", 1, NULL, &told, &n), n);
        ZERO(aiovm_dump_file(w, AIOVM_DUMP_AST, NULL, &told, &n), n);
    }
    ZERO(aiovm_open(NULL, &scope), scope);
    ZERO(aiovm_dump(vm, (aiovm_dump_kind)99, "x", 1, "f", &told, &n), n);
    NONE(aiovm_call(vm, f, NULL, 0, &v));
    NONE(aiovm_call(vm, f, &stale, 1, &v));
    NONE(aiovm_call_named(vm, f, &x, 1, (const char *const[]){"\xff"}, 1, &v));
    NONE(aiovm_repr(vm, stale, &v));
    aiovm_options_init(NULL, sizeof(aiovm_options));
    aiovm_free(vm);
}

Test(misuse, what_belongs_to_another_vm) {
    aiovm *a = vm_with(NULL, NULL, ""), *b = vm_with(NULL, NULL, "");
    aiovm_value x, y, kept;
    aiovm_make_int(a, 1, &x);
    aiovm_make_int(b, 2, &y);
    aiovm_keep(a, x, &kept);
    cr_expect(aiovm_kind_of(b, x) == AIOVM_INVALID_VALUE && aiovm_kind_of(a, y) == AIOVM_INVALID_VALUE);
    cr_expect(aiovm_drop(b, kept) == AIOVM_MISUSE && aiovm_drop(a, kept) == AIOVM_OK);
    aiovm_free(a);
    a = vm_with(NULL, NULL, "");
    aiovm_make_int(a, 1, &y);
    cr_expect_eq(aiovm_kind_of(a, x), AIOVM_INVALID_VALUE); // of one that is gone
    aiovm_free(a);
    aiovm_free(b);
}

// ---- callbacks of options

typedef struct Called {
    aiovm *vm;
    aiovm_port *port;
    int times[7], wrong;
} Called;
enum { WRITE, ALLOW, NOW, COMPLAIN, ALLOCATE, SIGNAL, WAKE };

static void nobody(aiovm *vm, void *data) { (void)vm, (void)data; }

static void called(Called *c, int which) {
    aiovm_value v;
    if (!c->vm) return;
    c->times[which]++;
    c->wrong += which != WAKE && aiovm_make_int(c->vm, 1, &v) != AIOVM_MISUSE;
    c->wrong += aiovm_step(c->vm, 1) != AIOVM_MISUSE || aiovm_free(c->vm) != AIOVM_MISUSE;
    if (which == WAKE && c->port) aiovm_post(c->port, nobody, NULL); // within another it is refused
    if (which == WAKE) aiovm_show_tasks(c->vm);
    (void)aiovm_now(c->vm);
}

static int call_write(void *c, int fd, const char *data, size_t n) { return (void)fd, (void)data, (void)n, called(c, WRITE), 0; }
static int call_allow(void *c, aiovm_power power, const char *what) { return (void)power, (void)what, called(c, ALLOW), 1; }
static int64_t call_now(void *c) { return called(c, NOW), 5; }
static void call_complain(void *c, const char *line) { (void)line, called(c, COMPLAIN); }
static int call_signal(void *c, int number, int action) { return (void)number, (void)action, called(c, SIGNAL), 0; }
static void call_wake(void *c) { called(c, WAKE); }
static void *call_allocate(void *c, void *p, size_t old_size, size_t size) {
    (void)old_size;
    called(c, ALLOCATE);
    if (size) return realloc(p, size);
    free(p);
    return NULL;
}

Test(misuse, calls_from_the_callbacks_of_options) {
    Called c = {0};
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = call_write, options.allow = call_allow, options.now = call_now, options.complain = call_complain;
    options.allocate = call_allocate, options.signal = call_signal, options.wake = call_wake;
    options.context = &c;
    aiovm *vm;
    aiovm_value v;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    cr_assert_eq(aiovm_port_open(vm, &c.port), AIOVM_OK);
    c.vm = vm;
    static const char source[] = "import signal, time\nprint('x', flush=True)\ntime.monotonic()\nsignal.signal(10, lambda *a: 0)\n";
    cr_expect_eq(aiovm_run_source(vm, source, sizeof source - 1, "<test>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect(aiovm_post(c.port, nobody, NULL) == AIOVM_OK && aiovm_step(vm, 100) == AIOVM_OK);
    aiovm_signal(vm, 10);
    cr_expect_eq(aiovm_step(vm, 100), AIOVM_OK);
    aiovm_make_int(vm, 1, &v);
    aiovm_keep(vm, v, &v);
    cr_expect_neq(aiovm_free(vm), AIOVM_MISUSE);
    c.vm = NULL;
    aiovm_port_close(c.port);
    for (int i = 0; i < 7; i++) cr_expect(c.times[i] > 0, "callback %d", i);
    cr_expect_eq(c.wrong, 0);
}

static aiovm_status nothing(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)vm, (void)args, (void)n, (void)result, (void)data;
    return AIOVM_OK;
}

Test(misuse, definitions_that_are_none) {
    aiovm *vm = vm_with(NULL, NULL, "");
    aiovm_value v;
    char many[1000] = "f(a";
    for (int i = 0; i < 80; i++) sprintf(many + strlen(many), ", a%d", i);
    strcat(many, ")");
    const char *const bad[] = {"f(a: int)", "f(", "f", "f(a))", "f(a) -> int", "\xff()", many};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        aiovm_def def = {"f", nothing, bad[i], NULL}, table[] = {def, {0}};
        cr_expect_eq(aiovm_make_function(vm, &def, NULL, &v), AIOVM_MISUSE, "%s", bad[i]);
        cr_expect_eq(aiovm_add_module(vm, "m", NULL, table, NULL, NULL), AIOVM_MISUSE, "%s", bad[i]);
    }
    cr_expect_eq(aiovm_make_function(vm, &(aiovm_def){"f", NULL, "f()", NULL}, NULL, &v), AIOVM_MISUSE);
    cr_expect_eq(aiovm_make_function(vm, &(aiovm_def){"f", nothing, NULL, NULL}, NULL, &v), AIOVM_OK);
    cr_expect_eq(aiovm_make_function(vm, &(aiovm_def){"f", nothing, "f(a, /, b=',)', *c, d=(1, 2), **e)", NULL}, NULL, &v), AIOVM_OK);
    aiovm_free(vm);
}

// A call of each kind from where none may be made.
static aiovm_status from_outside(aiovm *vm) {
    aiovm_value v;
    uint64_t scope;
    if (aiovm_make_int(vm, 1, &v) != AIOVM_MISUSE || aiovm_open(vm, &scope) != AIOVM_MISUSE) return AIOVM_OK;
    if (aiovm_get_global(vm, "x", &v) != AIOVM_MISUSE || aiovm_step(vm, 1) != AIOVM_MISUSE) return AIOVM_OK;
    return aiovm_free(vm);
}

static void *another_thread(void *vm) { return (void *)(intptr_t)from_outside(vm); }

static aiovm_status in_another_thread(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    pthread_t thread;
    void *status;
    (void)args, (void)n, (void)result;
    cr_assert_eq(pthread_create(&thread, NULL, another_thread, vm), 0);
    pthread_join(thread, &status);
    *(aiovm_status *)data = (aiovm_status)(intptr_t)status;
    return AIOVM_OK;
}

Test(misuse, the_wrong_thread) {
    static const aiovm_def functions[] = {{"go", in_another_thread, "go()", NULL}, {0}};
    aiovm_status status = AIOVM_OK;
    aiovm *vm = vm_with(functions, &status, "import host\nhost.go()\n");
    cr_expect_eq(status, AIOVM_MISUSE);
    aiovm_free(vm);
}

static void *use_it(void *arg) {
    aiovm *vm = arg;
    aiovm_value v;
    int64_t n = 0;
    if (aiovm_run_line(vm, "x = x + 1\n", 10, "<test>") == AIOVM_OK && aiovm_get_global(vm, "x", &v) == AIOVM_OK)
        aiovm_get_int(vm, v, &n);
    return (void *)(intptr_t)n;
}

Test(threads, a_vm_moves_between_them) {
    aiovm *vm = vm_with(NULL, NULL, "x = 0\n");
    for (intptr_t i = 1; i < 4; i++) {
        pthread_t thread;
        void *n;
        cr_assert_eq(pthread_create(&thread, NULL, use_it, vm), 0);
        pthread_join(thread, &n);
        cr_expect_eq((intptr_t)n, i);
    }
    aiovm_free(vm);
}

// Host functions that a thread of the script's calls: the VM is at hand there.
static aiovm_status twice(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    int64_t i;
    (void)n, (void)data;
    if (aiovm_get_int(vm, args[0], &i) != AIOVM_OK) return aiovm_raise(vm, "TypeError", "an int, please");
    return aiovm_make_int(vm, 2 * i, result);
}

Test(threads, of_the_script_call_host_functions) {
    static const aiovm_def functions[] = {{"twice", twice, "twice(n)", NULL}, {0}};
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.allow = aiovm_allow_all;
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    cr_assert_eq(aiovm_add_module(vm, "host", NULL, functions, NULL, NULL), AIOVM_OK);
    static const char source[] = "import threading, host\nr = []\n"
                                 "def f(n):\n    for i in range(200): x = host.twice(n)\n    r.append(x)\n"
                                 "t = [threading.Thread(target=f, args=(n,)) for n in range(4)]\n"
                                 "for x in t: x.start()\nfor x in t: x.join()\nr = str(sorted(r))\n";
    cr_assert_eq(aiovm_run_source(vm, source, sizeof source - 1, "<test>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    const char *text = "";
    aiovm_get_str(vm, global(vm, "r"), &text, NULL);
    cr_expect_str_eq(text, "[0, 2, 4, 6]");
    cr_expect_eq(aiovm_join(vm), AIOVM_OK);
    aiovm_free(vm);
}

// ---- what is over

static aiovm_pending left;
static aiovm_status later(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)args, (void)n, (void)data;
    return aiovm_pend(vm, NULL, NULL, &left, result);
}

Test(misuse, what_is_over) {
    static const aiovm_def functions[] = {{"later", later, "later()", NULL}, {0}};
    aiovm *vm = vm_with(functions, NULL, "import host\nasync def f(): return await host.later()\ndef g(): return [1]\n");
    aiovm_value coroutine, stale, v;
    uint64_t scope;
    aiovm_open(vm, &scope);
    cr_assert_eq(aiovm_call(vm, global(vm, "g"), NULL, 0, &stale), AIOVM_OK);
    aiovm_close(vm, scope);
    cr_expect(aiovm_kind_of(vm, stale) == AIOVM_INVALID_VALUE && aiovm_length(vm, stale, &(size_t){0}) == AIOVM_MISUSE);
    cr_expect(aiovm_append(vm, stale, stale) == AIOVM_MISUSE && aiovm_close(vm, scope + 100) == AIOVM_MISUSE);
    cr_assert_eq(aiovm_call(vm, global(vm, "f"), NULL, 0, &coroutine), AIOVM_OK);
    cr_assert_eq(aiovm_spawn(vm, coroutine, NULL, NULL), AIOVM_OK);
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_expect_eq(aiovm_resolve(vm, left, stale), AIOVM_MISUSE);
    cr_expect_eq(aiovm_resolve(vm, left, (aiovm_value){0}), AIOVM_OK);
    cr_expect_eq(aiovm_resolve(vm, left, (aiovm_value){0}), AIOVM_CLOSED);
    cr_expect_eq(aiovm_reject(vm, left, "ValueError", ""), AIOVM_CLOSED);
    cr_expect_eq(aiovm_make_str(vm, "s", 1, &v), AIOVM_OK);
    cr_expect_eq(aiovm_str(vm, v, &v), AIOVM_OK);
    aiovm_free(vm);
}

// ---- telling what goes on

static char told[20000];
static int tell(void *context, int fd, const char *data, size_t n) {
    (void)context;
    if (fd == 2 && strlen(told) + n < sizeof told) strncat(told, data, n);
    return 0;
}

Test(watching, tasks_traces_hints_and_colours) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = tell;
    options.clock = AIOVM_CLOCK_VIRTUAL;
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    cr_expect_eq(aiovm_hints(vm, "en"), AIOVM_OK);
    aiovm_trace(vm, AIOVM_TRACE_LOOP);
    aiovm_show_tasks(vm);
    aiovm_watchdog(vm, 10);
    aiovm_tick(vm);
    aiovm_signal(vm, 10); // nobody handles it
    static const char source[] = "import asyncio\nasync def main(): await asyncio.sleep(1)\nasyncio.run(main())\n";
    cr_expect_eq(aiovm_run_source(vm, source, sizeof source - 1, "<test>"), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect(strstr(told, "aio: "), "%s", told);
    aiovm_trace(vm, 0);
    aiovm_colours(vm, 1);
    cr_expect_eq(aiovm_run_source(vm, "1 / 0\n", 6, "<test>"), AIOVM_ERROR);
    told[0] = 0;
    cr_expect_eq(aiovm_report(vm, AIOVM_ERROR), 1);
    cr_expect(strstr(told, "\033["), "%s", told);
    aiovm_free(vm);
}

Test(blocks, are_compiled_and_entered) {
    aiovm *vm = vm_with(NULL, NULL, "import asyncio\nseen = []\n");
    aiovm_program *p;
    aiovm_value r, f, one;
    static const char source[] = "await asyncio.sleep(0)\nseen.append(2)";
    cr_assert_eq(aiovm_compile_block(vm, source, strlen(source), "<stdin>", &p), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_assert_eq(aiovm_enter(vm, p, &r), AIOVM_OK, "%s", aiovm_error_text(vm));
    cr_expect_eq(aiovm_kind_of(vm, r), AIOVM_COROUTINE);
    cr_expect_eq(aiovm_spawn(vm, r, NULL, NULL), AIOVM_OK);
    cr_assert_eq(aiovm_get_attr(vm, global(vm, "seen"), "append", &f), AIOVM_OK);
    aiovm_make_int(vm, 1, &one);
    cr_expect_eq(aiovm_call_soon(vm, f, &one, 1), AIOVM_OK);
    cr_expect_eq(aiovm_finish(vm), AIOVM_OK);
    size_t n = 0;
    cr_expect(aiovm_length(vm, global(vm, "seen"), &n) == AIOVM_OK && n == 2);
    aiovm_program_free(p);
    aiovm_free(vm);
}

Test(modules, are_run_by_name) {
    aiovm *vm = vm_with(NULL, NULL, "");
    cr_expect_eq(aiovm_run_module(vm, "no.such.module"), AIOVM_ERROR);
    cr_expect_eq(aiovm_run_module(vm, "this_is_none"), AIOVM_SYSTEM);
    aiovm_free(vm);
}
