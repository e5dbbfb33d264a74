// The public interface between host and script: values, handles, calls, host functions and types, pending operations, ports.
#include <criterion/criterion.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/aiovm.h"

static char complaints[1000];
static void complain(void *context, const char *line) {
    (void)context;
    strncat(complaints, line, sizeof complaints - strlen(complaints) - 1);
}

static aiovm *new_vm(void) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.complain = complain;
    complaints[0] = 0;
    aiovm *vm;
    cr_assert_eq(aiovm_new(&vm, &options), AIOVM_OK);
    return vm;
}

static void run(aiovm *vm, const char *source) {
    cr_assert_eq(aiovm_run_source(vm, source, strlen(source), "<test>"), AIOVM_OK, "%s", aiovm_error_text(vm));
}

static aiovm_value global(aiovm *vm, const char *name) {
    aiovm_value v;
    cr_assert_eq(aiovm_get_global(vm, name, &v), AIOVM_OK, "%s", name);
    return v;
}

static int64_t number(aiovm *vm, const char *name) {
    int64_t n;
    cr_assert_eq(aiovm_get_int(vm, global(vm, name), &n), AIOVM_OK);
    return n;
}

static const char *text(aiovm *vm, const char *name) {
    const char *s;
    cr_assert_eq(aiovm_get_str(vm, global(vm, name), &s, NULL), AIOVM_OK);
    return s;
}

// ---- values

Test(values, made_and_read) {
    aiovm *vm = new_vm();
    aiovm_value v, items[3], key;
    int truth;
    int64_t i;
    double d;
    const char *s = "";
    const void *b;
    size_t n;
    cr_expect(aiovm_make_none(vm, &v) == AIOVM_OK && aiovm_kind_of(vm, v) == AIOVM_NONE);
    cr_expect(aiovm_make_bool(vm, 7, &v) == AIOVM_OK && aiovm_get_bool(vm, v, &truth) == AIOVM_OK && truth == 1);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_BOOL);
    cr_expect(aiovm_make_int(vm, INT64_MIN, &v) == AIOVM_OK && aiovm_get_int(vm, v, &i) == AIOVM_OK && i == INT64_MIN);
    cr_expect_eq(aiovm_get_bool(vm, v, &truth), AIOVM_WRONG_TYPE);
    cr_expect_eq(aiovm_make_int_text(vm, "-123456789012345678901234567890", 31, 10, &v), AIOVM_OK);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_INT);
    cr_expect_eq(aiovm_get_int(vm, v, &i), AIOVM_RANGE);
    cr_expect(aiovm_get_float(vm, v, &d) == AIOVM_OK && d < -1.2e29);
    cr_expect(aiovm_int_digits(vm, v, 16, &v) == AIOVM_OK && aiovm_get_str(vm, v, &s, &n) == AIOVM_OK);
    cr_expect_str_eq(s, "-18ee90ff6c373e0ee4e3f0ad2");
    cr_expect_eq(aiovm_make_int_text(vm, "1x", 2, 10, &v), AIOVM_RANGE);
    cr_expect(aiovm_make_float(vm, 1.5, &v) == AIOVM_OK && aiovm_get_float(vm, v, &d) == AIOVM_OK && d == 1.5);
    cr_expect_eq(aiovm_get_int(vm, v, &i), AIOVM_WRONG_TYPE);
    cr_expect(aiovm_make_str(vm, "h\xc3\xa9\0y", 5, &v) == AIOVM_OK && aiovm_get_str(vm, v, &s, &n) == AIOVM_OK && n == 5);
    cr_expect(memcmp(s, "h\xc3\xa9\0y", 6) == 0);
    cr_expect_eq(aiovm_make_str(vm, "\xff", 1, &v), AIOVM_RANGE);
    cr_expect(aiovm_make_bytes(vm, "\xff\0", 2, &v) == AIOVM_OK && aiovm_get_bytes(vm, v, &b, &n) == AIOVM_OK && n == 2);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_BYTES);
    for (int k = 0; k < 3; k++) aiovm_make_int(vm, k, &items[k]);
    cr_expect_eq(aiovm_make_list(vm, items, 3, &v), AIOVM_OK);
    cr_expect_eq(aiovm_append(vm, v, items[0]), AIOVM_OK);
    cr_expect(aiovm_length(vm, v, &n) == AIOVM_OK && n == 4);
    cr_expect_eq(aiovm_get_at(vm, v, 4, &key), AIOVM_RANGE);
    cr_expect(aiovm_get_at(vm, v, 2, &key) == AIOVM_OK && aiovm_get_int(vm, key, &i) == AIOVM_OK && i == 2);
    cr_expect_eq(aiovm_make_tuple(vm, items, 2, &v), AIOVM_OK);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_TUPLE);
    cr_expect_eq(aiovm_append(vm, v, items[0]), AIOVM_WRONG_TYPE);
    cr_expect(aiovm_repr(vm, v, &v) == AIOVM_OK && aiovm_get_str(vm, v, &s, NULL) == AIOVM_OK);
    cr_expect_str_eq(s, "(0, 1)");
    aiovm_free(vm);
}

Test(values, dicts_and_attributes) {
    aiovm *vm = new_vm();
    aiovm_value d, k, v;
    cr_assert_eq(aiovm_make_dict(vm, &d), AIOVM_OK);
    for (int i = 0; i < 3; i++) {
        aiovm_make_int(vm, i * i, &v);
        aiovm_make_int(vm, i, &k);
        cr_expect_eq(aiovm_set_item(vm, d, k, v), AIOVM_OK);
    }
    size_t at = 0;
    int64_t sum = 0, i;
    while (aiovm_next_entry(vm, d, &at, &k, &v) == AIOVM_OK) sum += (aiovm_get_int(vm, v, &i), i);
    cr_expect_eq(sum, 5);
    cr_expect(aiovm_get_item(vm, d, k, &v) == AIOVM_MISUSE); // no value at the end
    aiovm_make_int(vm, 2, &k);
    cr_expect(aiovm_get_item(vm, d, k, &v) == AIOVM_OK && aiovm_get_int(vm, v, &i) == AIOVM_OK && i == 4);
    aiovm_make_str(vm, "no", 2, &k);
    cr_expect_eq(aiovm_get_item(vm, d, k, &v), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_type(vm), "KeyError");
    run(vm, "class C: pass\nc = C()\n");
    cr_expect_eq(aiovm_set_attr(vm, global(vm, "c"), "x", d), AIOVM_OK);
    cr_expect_eq(aiovm_get_attr(vm, global(vm, "c"), "x", &v), AIOVM_OK);
    int equal;
    cr_expect(aiovm_equal(vm, v, d, &equal) == AIOVM_OK && equal == 1);
    cr_expect_eq(aiovm_get_attr(vm, d, "nothing", &v), AIOVM_ERROR);
    int truth;
    cr_expect(aiovm_truth(vm, d, &truth) == AIOVM_OK && truth == 1);
    cr_expect_eq(aiovm_get_global(vm, "nothing", &v), AIOVM_RANGE);
    cr_expect_eq(aiovm_set_global(vm, "made", d), AIOVM_OK);
    cr_expect_eq(aiovm_import(vm, "math", &v), AIOVM_OK);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_OTHER);
    aiovm_free(vm);
}

Test(handles, end_with_their_scope) {
    aiovm *vm = new_vm();
    aiovm_value inner, outer, kept;
    uint64_t scope;
    int64_t i;
    aiovm_make_int(vm, 1, &outer);
    cr_assert_eq(aiovm_open(vm, &scope), AIOVM_OK);
    aiovm_make_int(vm, 2, &inner);
    cr_expect_eq(aiovm_keep(vm, inner, &kept), AIOVM_OK);
    cr_expect_eq(aiovm_close(vm, scope), AIOVM_OK);
    cr_expect_eq(aiovm_get_int(vm, inner, &i), AIOVM_MISUSE);
    aiovm_make_int(vm, 3, &outer); // takes the place of the one that has ended
    cr_expect_eq(aiovm_get_int(vm, inner, &i), AIOVM_MISUSE);
    cr_expect(aiovm_get_int(vm, kept, &i) == AIOVM_OK && i == 2);
    cr_expect_eq(aiovm_drop(vm, outer), AIOVM_MISUSE);
    cr_expect_eq(aiovm_drop(vm, kept), AIOVM_OK);
    cr_expect_eq(aiovm_drop(vm, kept), AIOVM_MISUSE);
    cr_expect_eq(aiovm_close(vm, 1000), AIOVM_MISUSE);
    aiovm_free(vm);
    cr_expect_str_eq(complaints, "");
}

Test(handles, one_that_is_left_is_complained_of) {
    aiovm *vm = new_vm();
    aiovm_value v, kept;
    aiovm_make_list(vm, NULL, 0, &v);
    cr_assert_eq(aiovm_keep(vm, v, &kept), AIOVM_OK);
    aiovm_free(vm);
    cr_expect(strstr(complaints, "a handle to a list was never dropped, kept at "), "%s", complaints);
}

// ---- calls and host functions

static aiovm_status add(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    int64_t sum = *(int64_t *)data, i;
    for (size_t k = 0; k < n; k++) {
        if (!args[k].id) continue;
        if (aiovm_get_int(vm, args[k], &i) != AIOVM_OK) return aiovm_raise(vm, "TypeError", "ints only");
        sum += i;
    }
    return aiovm_make_int(vm, sum, result);
}

static aiovm_status call_back(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)n, (void)data;
    cr_expect_eq(aiovm_run_source(vm, "pass", 4, "x"), AIOVM_MISUSE);
    cr_expect_eq(aiovm_free(vm), AIOVM_MISUSE);
    return aiovm_call(vm, args[0], NULL, 0, result);
}

static aiovm_status fail(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)vm, (void)args, (void)n, (void)result, (void)data;
    return AIOVM_CLOSED;
}

static const aiovm_def functions[] = {{"add", add, "add(a, b=0, /, *, c=0)", "Adds."},
                                      {"call_back", call_back, "call_back(f)", NULL},
                                      {"fail", fail, "fail()", NULL},
                                      {0}};

Test(calls, both_ways) {
    aiovm *vm = new_vm();
    int64_t base = 100;
    aiovm_value module, f, args[3], r;
    cr_assert_eq(aiovm_add_module(vm, "host", "For tests.", functions, &base, &module), AIOVM_OK);
    run(vm, "import host\n"
            "r1 = host.add(1, 2, c=3)\nr2 = host.add(1)\nr3 = host.call_back(lambda: host.add(5))\n"
            "def tell(f):\n    try: f()\n    except Exception as e: return f'{type(e).__name__}: {e}'\n"
            "e1 = tell(lambda: host.add('x'))\ne2 = tell(host.add)\ne3 = tell(lambda: host.call_back(lambda: 1 / 0))\n"
            "e4 = tell(host.fail)\nshown = repr(host.add) + host.add.__doc__ + host.__doc__\n"
            "def f(a, b, *, c): return a - b + c\n");
    cr_expect_eq(number(vm, "r1"), 106);
    cr_expect_eq(number(vm, "r2"), 101);
    cr_expect_eq(number(vm, "r3"), 105);
    cr_expect_str_eq(text(vm, "e1"), "TypeError: ints only");
    cr_expect_str_eq(text(vm, "e2"), "TypeError: add() takes at least 1 positional argument (0 given)");
    cr_expect_str_eq(text(vm, "e3"), "ZeroDivisionError: division by zero");
    cr_expect_str_eq(text(vm, "e4"), "SystemError: host function fail() returned status 14");
    cr_expect_str_eq(text(vm, "shown"), "<built-in function add>Adds.For tests.");
    f = global(vm, "f");
    for (int i = 0; i < 3; i++) aiovm_make_int(vm, 10 * (3 - i), &args[i]);
    const char *names[] = {"c"};
    int64_t i;
    cr_expect(aiovm_call_named(vm, f, args, 3, names, 1, &r) == AIOVM_OK && aiovm_get_int(vm, r, &i) == AIOVM_OK && i == 20);
    cr_expect_eq(aiovm_call(vm, f, args, 2, &r), AIOVM_ERROR);
    cr_expect_str_eq(aiovm_error_message(vm), "f() missing 1 required keyword-only argument: 'c'");
    cr_expect_eq(aiovm_get_exception(vm, &r), AIOVM_OK);
    cr_assert_eq(aiovm_make_function(vm, &functions[0], &base, &f), AIOVM_OK);
    cr_expect(aiovm_call(vm, f, args, 1, &r) == AIOVM_OK && aiovm_get_int(vm, r, &i) == AIOVM_OK && i == 130);
    cr_expect_eq(aiovm_kind_of(vm, f), AIOVM_FUNCTION);
    aiovm_free(vm);
}

Test(calls, errors_have_causes_and_members) {
    aiovm *vm = new_vm();
    run(vm, "async def g(): raise ExceptionGroup('eg', [ValueError('a'), KeyError('b')])\n"
            "async def h():\n    try: await g()\n    except Exception as e: raise OSError('o') from e\n"
            "def f():\n    import asyncio\n    asyncio.run(h())\n");
    cr_assert_eq(aiovm_call(vm, global(vm, "f"), NULL, 0, NULL), AIOVM_ERROR);
    const aiovm_error *e;
    cr_assert_eq(aiovm_get_error(vm, &e), AIOVM_OK);
    cr_expect_str_eq(e->type, "OSError");
    cr_expect(strstr(e->text, "direct cause"));
    cr_assert_eq(e->frame_count, 2);
    cr_expect(!e->frames[0].awaits && e->frames[1].awaits && e->frames[1].line == 4);
    cr_assert(e->cause && !e->context);
    cr_expect_str_eq(e->cause->message, "eg (2 sub-exceptions)");
    cr_assert_eq(e->cause->member_count, 2);
    cr_expect_str_eq(e->cause->members[1]->type, "KeyError");
    aiovm_free(vm);
}

// ---- host types

typedef struct Counter {
    int64_t n;
    int ended;
} Counter;

static aiovm_type *counter_type;

static aiovm_status counter_add(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)n, (void)data;
    void *object;
    int64_t more;
    aiovm_status status = aiovm_get_object(vm, args[0], counter_type, &object);
    if (status == AIOVM_OK) status = aiovm_get_int(vm, args[1], &more);
    if (status != AIOVM_OK) return aiovm_raise(vm, "TypeError", "no");
    ((Counter *)object)->n += more;
    return aiovm_make_int(vm, ((Counter *)object)->n, result);
}

static void counter_end(void *object, void *data) {
    ((Counter *)object)->ended++;
    aiovm_value v;
    cr_expect_eq(aiovm_make_int(data, 1, &v), AIOVM_MISUSE); // a finaliser makes no calls
}

Test(types, objects_of_the_hosts) {
    static const aiovm_def methods[] = {{"add", counter_add, "add(n, /)", "Adds n."}, {0}};
    aiovm *vm = new_vm();
    Counter c = {0}, left = {0};
    aiovm_value v, class;
    void *object;
    cr_assert_eq(aiovm_make_type(vm, "game.Counter", "Counts.", methods, counter_end, vm, &counter_type, &class), AIOVM_OK);
    cr_assert_eq(aiovm_make_object(vm, counter_type, &left, &v), AIOVM_OK);
    uint64_t scope;
    aiovm_open(vm, &scope);
    cr_assert_eq(aiovm_make_object(vm, counter_type, &c, &v), AIOVM_OK);
    cr_expect_eq(aiovm_kind_of(vm, v), AIOVM_HOST_OBJECT);
    cr_expect(aiovm_get_object(vm, v, counter_type, &object) == AIOVM_OK && object == &c);
    cr_expect_eq(aiovm_get_object(vm, class, counter_type, &object), AIOVM_WRONG_TYPE);
    aiovm_set_global(vm, "c", v);
    aiovm_set_global(vm, "Counter", class);
    aiovm_close(vm, scope);
    aiovm_run_line(vm, "_ = c.add(2)\n", 13, "<test>");
    aiovm_run_line(vm, "n = c.add(3)\n", 13, "<test>");
    aiovm_run_line(vm, "s = repr(Counter)\n", 18, "<test>");
    cr_expect_eq(number(vm, "n"), 5);
    cr_expect_str_eq(text(vm, "s"), "<class 'game.Counter'>");
    cr_expect_eq(aiovm_run_line(vm, "Counter()\n", 10, "<test>"), AIOVM_ERROR);
    cr_expect_eq(aiovm_run_line(vm, "Counter.add(1, 2)\n", 18, "<test>"), AIOVM_ERROR);
    cr_expect_eq(c.ended, 0);
    cr_expect_eq(aiovm_run_line(vm, "del c\n", 6, "<test>"), AIOVM_OK);
    cr_expect_eq(c.ended, 1);
    aiovm_free(vm);
    cr_expect_eq(left.ended, 1);
}

// ---- what finishes later

typedef struct Later {
    aiovm_pending pending[10];
    int begun, cancelled, gone, woken, done;
    aiovm_status status;
    int64_t result;
    aiovm_port *port;
    pthread_t thread;
} Later;

static void on_cancel(aiovm *vm, aiovm_pending pending, void *data) {
    Later *l = data;
    if (vm) cr_expect_eq(aiovm_resolve(vm, pending, (aiovm_value){0}), AIOVM_CLOSED);
    l->cancelled++;
    if (!vm) l->gone++;
}

static aiovm_status later(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    (void)args, (void)n;
    Later *l = data;
    return aiovm_pend(vm, on_cancel, l, &l->pending[l->begun++], result);
}

static const aiovm_def later_functions[] = {{"later", later, "later()", NULL}, {0}};

static void on_done(aiovm *vm, aiovm_status status, aiovm_value result, void *data) {
    Later *l = data;
    l->done++;
    l->status = status;
    if (status == AIOVM_OK) aiovm_get_int(vm, result, &l->result);
}

static aiovm *later_vm(Later *l, const char *source) {
    aiovm *vm = new_vm();
    cr_assert_eq(aiovm_add_module(vm, "host", NULL, later_functions, l, NULL), AIOVM_OK);
    run(vm, source);
    return vm;
}

static void spawn(aiovm *vm, Later *l, const char *name) {
    aiovm_value coroutine;
    cr_assert_eq(aiovm_call(vm, global(vm, name), NULL, 0, &coroutine), AIOVM_OK);
    cr_expect_eq(aiovm_kind_of(vm, coroutine), AIOVM_COROUTINE);
    cr_assert_eq(aiovm_spawn(vm, coroutine, on_done, l), AIOVM_OK, "%s", aiovm_error_text(vm));
}

Test(pending, resolved_and_rejected) {
    Later l = {0};
    aiovm *vm = later_vm(&l, "import host\n"
                             "async def f():\n    a = await host.later()\n"
                             "    try: await host.later()\n    except TimeoutError as e: return a + len(str(e))\n");
    spawn(vm, &l, "f");
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_expect_eq(aiovm_wait_ns(vm), -1);
    cr_assert_eq(l.begun, 1);
    aiovm_value v;
    aiovm_make_int(vm, 40, &v);
    cr_expect_eq(aiovm_resolve(vm, l.pending[0], v), AIOVM_OK);
    cr_expect_eq(aiovm_resolve(vm, l.pending[0], v), AIOVM_CLOSED);
    cr_expect_eq(aiovm_reject(vm, l.pending[0], "ValueError", ""), AIOVM_CLOSED);
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_assert_eq(l.begun, 2);
    cr_expect_eq(aiovm_reject(vm, l.pending[1], "asyncio.NoSuchThing", ""), AIOVM_ERROR);
    cr_expect_eq(aiovm_reject(vm, l.pending[1], "asyncio.TimeoutError", "ab"), AIOVM_OK);
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_OK);
    cr_expect(l.done == 1 && l.status == AIOVM_OK && l.result == 42 && !l.cancelled);
    aiovm_free(vm);
}

Test(pending, cancelled_by_script_and_by_the_end) {
    Later l = {0};
    aiovm *vm = later_vm(&l, "import host, asyncio\n"
                             "async def f():\n    t = asyncio.create_task(g())\n    await asyncio.sleep(0)\n    t.cancel()\n"
                             "    await asyncio.wait([t])\n    await host.later()\n"
                             "async def g(): await host.later()\n");
    spawn(vm, &l, "f");
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_expect(l.begun == 2 && l.cancelled == 1 && !l.done);
    aiovm_free(vm);
    cr_expect(l.cancelled == 2 && l.gone == 1 && !l.done);
}

static void deliver(aiovm *vm, void *data) {
    Later *l = data;
    aiovm_value v;
    if (!vm) {
        l->gone++;
        return;
    }
    cr_expect_eq(aiovm_make_int(vm, 7, &v), AIOVM_OK);
    cr_expect_eq(aiovm_resolve(vm, l->pending[0], v), AIOVM_OK);
}

static void *post_soon(void *arg) {
    Later *l = arg;
    poll(NULL, 0, 20);
    cr_expect_eq(aiovm_post(l->port, deliver, l), AIOVM_OK);
    return NULL;
}

Test(port, another_thread_ends_a_wait) {
    Later l = {0};
    aiovm *vm = later_vm(&l, "import host\nasync def f(): return await host.later()\n");
    spawn(vm, &l, "f");
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_assert_eq(aiovm_port_open(vm, &l.port), AIOVM_OK);
    struct pollfd fd = {.fd = aiovm_fd(vm), .events = POLLIN};
    cr_assert(fd.fd >= 0 && poll(&fd, 1, 0) == 0);
    pthread_create(&l.thread, NULL, post_soon, &l);
    cr_expect_eq(poll(&fd, 1, 10000), 1);
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_OK);
    cr_expect(l.done == 1 && l.result == 7);
    cr_expect_eq(poll(&fd, 1, 0), 0);
    pthread_join(l.thread, NULL);
    cr_expect_eq(aiovm_post(l.port, deliver, &l), AIOVM_OK);
    aiovm_free(vm);
    cr_expect_eq(l.gone, 1);
    cr_expect_eq(aiovm_post(l.port, deliver, &l), AIOVM_CLOSED);
    aiovm_port_close(l.port);
}

Test(port, a_program_waits_for_it) {
    Later l = {0};
    aiovm *vm = new_vm();
    cr_assert_eq(aiovm_add_module(vm, "host", NULL, later_functions, &l, NULL), AIOVM_OK);
    cr_assert_eq(aiovm_port_open(vm, &l.port), AIOVM_OK);
    pthread_create(&l.thread, NULL, post_soon, &l);
    run(vm, "import host, asyncio\nasync def f(): return await host.later()\nr = asyncio.run(f())\n");
    cr_expect_eq(number(vm, "r"), 7);
    pthread_join(l.thread, NULL);
    aiovm_port_close(l.port);
    aiovm_free(vm);
}

Test(spawn, sleeps_have_deadlines) {
    Later l = {0};
    aiovm *vm = later_vm(&l, "import asyncio\nasync def f():\n    await asyncio.sleep(0.05)\n    return 1\nasync def bad(): 1 / 0\n");
    spawn(vm, &l, "f");
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_WAIT);
    cr_expect(aiovm_wait_ns(vm) > 10000000 && aiovm_wait_ns(vm) <= 50000000);
    cr_expect_eq(aiovm_finish(vm), AIOVM_OK);
    cr_expect_eq(l.result, 1);
    spawn(vm, &l, "bad");
    cr_expect_eq(aiovm_step(vm, 10000), AIOVM_OK);
    cr_expect(l.done == 2 && l.status == AIOVM_ERROR);
    aiovm_value v;
    aiovm_make_int(vm, 1, &v);
    cr_expect_eq(aiovm_spawn(vm, v, NULL, NULL), AIOVM_WRONG_TYPE);
    aiovm_free(vm);
}
