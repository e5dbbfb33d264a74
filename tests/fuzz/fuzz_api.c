// Any bytes are calls of the public interface, in any order, with arguments good and bad, from the host and from its
// callbacks: each returns, and at the end nothing is left.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "include/aiovm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUES = 16, OPERATIONS = 8, SCOPES = 4, DEPTH = 6, PROGRAMS = 4, NEVER = 1 << 30 };

typedef struct World {
    const uint8_t *at, *end; // what is still to be done
    aiovm *vm;
    aiovm_value values[VALUES], kept[VALUES];
    aiovm_pending pending[OPERATIONS];
    uint64_t scopes[SCOPES];
    aiovm_program *programs[PROGRAMS];
    aiovm_type *type;
    aiovm_port *port;
    int depth;     // calls of ours within calls of the VM's
    int until;     // allocations until one fails
    long blocks;
    int64_t clock;
    int objects; // that the VM holds
    const char *told;
    bool threads; // of the script's may have been started: they run while one of them is in a callback of options
} World;

static uint8_t byte(World *w) { return w->at < w->end ? *w->at++ : 0; }
static aiovm_value *value(World *w) { return &w->values[byte(w) % VALUES]; }
static aiovm_value *place(World *w) { // for a result; NULL at times
    uint8_t b = byte(w);
    return b == 255 ? NULL : &w->values[b % VALUES];
}
static aiovm *vm_of(World *w) { return byte(w) == 255 ? NULL : w->vm; }

static const char *const texts[] = {
    "", "x", "f", "host", "host.later", "asyncio", "ValueError", "asyncio.TimeoutError", "nothing", "1", "-12345678901234567890",
    "\xff", "__main__", "/dev/null", "/nowhere", "json", "en", "\xc3\xa9", "SystemExit", "KeyboardInterrupt",
    "x = 1\n",
    "import host\nasync def f():\n    try: return await host.later()\n    finally: host.act()\n",
    "import asyncio, host\nasync def f():\n    async with asyncio.timeout(1): await asyncio.gather(host.later(), asyncio.sleep(3))\n",
    "import asyncio, host\nasync def m():\n    t = asyncio.create_task(g())\n    await asyncio.sleep(0)\n    t.cancel()\n    await host.later()\nasync def g(): await host.later()\nasyncio.run(m())\n",
    "import host\ndef f(*a, **k): return host.act(*a)\n",
    "import host\nclass C:\n    def __del__(self): host.act()\nx = C()\ndel x\nf = C\n",
    "import host\nx = sorted([3, 1, 2], key=host.act)\n",
    "import host\nfor i in range(20): host.act(i)\n",
    "def f(n=0): return f(n + 1)\n", "while True: pass\n", "x = [1, 'a', {2: 3}]\nraise ExceptionGroup('g', [ValueError(x)])\n",
    "import sys\nsys.exit(3)\n", "1 / 0", "def", "x = 'a' * 10 ** 7\n", "import threading, host\nthreading.Thread(target=host.act).start()\n",
};
static const char *text(World *w) {
    uint8_t b = byte(w);
    return b == 255 ? NULL : texts[b % (sizeof texts / sizeof *texts)];
}
static size_t length(const char *s) { return s ? strlen(s) : 0; }

static void act(World *w, int most);

// --- callbacks: most make calls of their own

// From the callbacks of options none goes through.
static void none_may_be_made(World *w) {
    aiovm_value v;
    if (w->vm && (aiovm_make_int(w->vm, 1, &v) != AIOVM_MISUSE || aiovm_step(w->vm, 1) != AIOVM_MISUSE)) __builtin_trap();
}

static int write_nowhere(void *context, int fd, const char *p, size_t n) {
    World *w = context;
    (void)fd, (void)p, (void)n;
    if (!w->threads) none_may_be_made(w);
    return byte(w) == 7 ? 5 : 0;
}

static int set_signal(void *context, int number, int action) {
    (void)number, (void)action;
    none_may_be_made(context);
    return 0;
}

static void wake(void *context) { // with no byte of its own: it may come from another thread
    World *w = context;
    if (w->vm && (aiovm_step(w->vm, 1) != AIOVM_MISUSE || aiovm_free(w->vm) != AIOVM_MISUSE)) __builtin_trap();
    aiovm_interrupt(w->vm);
}

static int allow(void *context, aiovm_power power, const char *what) {
    World *w = context;
    (void)what;
    none_may_be_made(w);
    return power != AIOVM_READ_FILE && power != AIOVM_WRITE_FILE && power != AIOVM_NETWORK && power != AIOVM_PROCESS &&
           byte(w) & 1;
}

static int64_t now(void *context) { return ((World *)context)->clock += 1000; }

static void complain(void *context, const char *line) { (void)context, (void)line; }

static void *allocate(void *context, void *p, size_t old_size, size_t size) {
    World *w = context;
    (void)old_size;
    if (!size) {
        w->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if (!w->threads) none_may_be_made(w);
    if (w->until < NEVER && w->until-- <= 0) return NULL;
    void *q = realloc(p, size);
    w->blocks += q && !p;
    return q;
}

static aiovm_status host_act(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    World *w = data;
    (void)vm;
    if (n && args[0].id) *value(w) = args[0];
    act(w, 4);
    if (byte(w) & 1) *result = *value(w);
    uint8_t b = byte(w);
    if (b < 16) return (aiovm_status)b;
    return b & 1 ? AIOVM_OK : aiovm_raise(w->vm, text(w), text(w));
}

static void cancelled(aiovm *vm, aiovm_pending pending, void *data) {
    World *w = data;
    if (vm) {
        if (aiovm_resolve(vm, pending, (aiovm_value){0}) == AIOVM_OK) __builtin_trap();
        act(w, 2);
    } else {
        aiovm_value v;
        if (aiovm_make_int(w->vm, 1, &v) != AIOVM_MISUSE) __builtin_trap();
    }
}

static aiovm_status host_later(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    World *w = data;
    (void)args, (void)n;
    return aiovm_pend(vm, byte(w) & 1 ? cancelled : NULL, w, &w->pending[byte(w) % OPERATIONS], result);
}

static void done(aiovm *vm, aiovm_status status, aiovm_value result, void *data) {
    World *w = data;
    (void)vm, (void)status;
    *value(w) = result;
    act(w, 2);
}

static void delivered(aiovm *vm, void *data) {
    if (vm) act(data, 2);
}

static void finalised(void *object, void *data) {
    World *w = data;
    aiovm_value v;
    (void)object;
    if (aiovm_make_int(w->vm, 1, &v) != AIOVM_MISUSE || aiovm_free(w->vm) != AIOVM_MISUSE) __builtin_trap();
    w->objects--;
}

static const aiovm_def functions[] = {{"act", host_act, "act(a=None, *rest)", "Makes calls."},
                                      {"later", host_later, "later()", NULL}, {0}};

// --- the calls

static void make(World *w, aiovm *vm) {
    const char *s;
    uint8_t items[3] = {byte(w), byte(w), byte(w)};
    aiovm_value some[3];
    for (int i = 0; i < 3; i++) some[i] = w->values[items[i] % VALUES];
    switch (byte(w) % 14) {
    case 0: aiovm_make_none(vm, place(w)); break;
    case 1: aiovm_make_bool(vm, byte(w), place(w)); break;
    case 2: aiovm_make_int(vm, (int64_t)((uint64_t)byte(w) << byte(w) % 64), place(w)); break;
    case 3: s = text(w), aiovm_make_int_text(vm, s, length(s), byte(w) % 40, place(w)); break;
    case 4: aiovm_make_float(vm, byte(w) / 3.0, place(w)); break;
    case 5: s = text(w), aiovm_make_str(vm, s, length(s), place(w)); break;
    case 6: s = text(w), aiovm_make_bytes(vm, s, length(s), place(w)); break;
    case 7: aiovm_make_list(vm, some, byte(w) % 4, place(w)); break;
    case 8: aiovm_make_tuple(vm, byte(w) == 255 ? NULL : some, byte(w) % 4, place(w)); break;
    case 9: aiovm_make_dict(vm, place(w)); break;
    case 10: aiovm_make_function(vm, byte(w) == 255 ? NULL : &functions[byte(w) % 3], w, place(w)); break;
    case 11: aiovm_add_module(vm, text(w), text(w), byte(w) & 1 ? functions : NULL, w, place(w)); break;
    case 12:
        if (!w->type) aiovm_make_type(vm, text(w), text(w), byte(w) & 1 ? functions : NULL, finalised, w, &w->type, place(w));
        break;
    default:
        if (aiovm_make_object(vm, w->type, w, place(w)) == AIOVM_OK) w->objects++;
    }
}

static void read(World *w, aiovm *vm) {
    int truth;
    int64_t i;
    double d;
    const char *s;
    const void *b;
    size_t n = byte(w);
    void *object;
    aiovm_value v = *value(w);
    switch (byte(w) % 17) {
    case 0: aiovm_get_bool(vm, v, &truth); break;
    case 1: aiovm_get_int(vm, v, byte(w) == 255 ? NULL : &i); break;
    case 2: aiovm_get_float(vm, v, &d); break;
    case 3: if (aiovm_get_str(vm, v, &s, &n) == AIOVM_OK && strlen(s) > n) __builtin_trap(); break;
    case 4: aiovm_get_bytes(vm, v, &b, NULL); break;
    case 5: aiovm_int_digits(vm, v, byte(w) % 40, place(w)); break;
    case 6: aiovm_truth(vm, v, &truth); break;
    case 7: aiovm_length(vm, v, &n); break;
    case 8: aiovm_str(vm, v, place(w)); break;
    case 9: aiovm_repr(vm, v, place(w)); break;
    case 10: aiovm_equal(vm, v, *value(w), &truth); break;
    case 11: aiovm_get_attr(vm, v, text(w), place(w)); break;
    case 12: aiovm_get_item(vm, v, *value(w), place(w)); break;
    case 13: aiovm_get_at(vm, v, n, place(w)); break;
    case 14: aiovm_next_entry(vm, v, &n, place(w), place(w)); break;
    case 15: aiovm_get_object(vm, v, w->type, &object); break;
    default: aiovm_kind_of(vm, v);
    }
}

static void change(World *w, aiovm *vm) {
    aiovm_value v = *value(w), args[3] = {*value(w), *value(w), *value(w)};
    const char *names[] = {"a", "b"};
    switch (byte(w) % 11) {
    case 0: aiovm_set_attr(vm, v, text(w), args[0]); break;
    case 1: aiovm_set_item(vm, v, args[0], args[1]); break;
    case 2: aiovm_append(vm, v, args[0]); break;
    case 3: aiovm_get_global(vm, text(w), place(w)); break;
    case 4: aiovm_set_global(vm, text(w), v); break;
    case 5: aiovm_import(vm, text(w), place(w)); break;
    case 6: aiovm_call(vm, v, args, byte(w) % 4, place(w)); break;
    case 7: aiovm_call_named(vm, v, args, byte(w) % 4, byte(w) == 255 ? NULL : names, byte(w) % 3, place(w)); break;
    case 8: aiovm_keep(vm, v, byte(w) == 255 ? NULL : &w->kept[byte(w) % VALUES]); break;
    case 9: aiovm_drop(vm, w->kept[byte(w) % VALUES]); break;
    default: *value(w) = w->kept[byte(w) % VALUES];
    }
}

static const char **place_of_text(World *w) { return byte(w) == 255 ? NULL : &w->told; }

static void run(World *w, aiovm *vm) {
    aiovm_program **p = &w->programs[byte(w) % PROGRAMS];
    const char *s = text(w);
    const void *bytes;
    size_t n;
    size_t length_of;
    w->threads |= s && strstr(s, "threading");
    switch (byte(w) % 18) {
    case 0:
    case 1:
        if (!*p) (byte(w) & 1 ? aiovm_compile : aiovm_compile_block)(vm, s, length(s), text(w), p);
        break;
    case 2: aiovm_run(vm, *p); break;
    case 3: aiovm_start(vm, *p); break;
    case 4: aiovm_enter(vm, *p, place(w)); break;
    case 5: aiovm_run_source(vm, s, length(s), text(w)); break;
    case 6: aiovm_run_line(vm, s, length(s), "<line>"); break;
    case 7: aiovm_step(vm, (uint64_t)byte(w) * 16); break;
    case 8: aiovm_finish(vm); break;
    case 9: aiovm_stop(vm); break;
    case 10: aiovm_spawn(vm, *value(w), byte(w) & 1 ? done : NULL, w); break;
    case 11: aiovm_call_soon(vm, *value(w), w->values, byte(w) % 3); break;
    case 12:
        if (*p && aiovm_save(vm, *p, &bytes, &n) == AIOVM_OK) {
            char *copy = malloc(n);
            memcpy(copy, bytes, n);
            aiovm_program_free(*p);
            *p = NULL;
            aiovm_load(vm, copy, byte(w) & 1 ? n : n / 2, text(w), p);
            free(copy);
        }
        break;
    case 13: aiovm_dump(vm, (aiovm_dump_kind)(byte(w) % 4), s, length(s), text(w), place_of_text(w), &length_of); break;
    case 14: aiovm_dump_file(vm, AIOVM_DUMP_AST, s, place_of_text(w), NULL); break;
    case 15: aiovm_run_file(vm, s); break;
    case 16: aiovm_run_module(vm, s); break;
    default: aiovm_is_complete(vm, s, length(s));
    }
}

static void drive(World *w, aiovm *vm) {
    static const aiovm_limit limits[] = {AIOVM_LIMIT_FUEL, AIOVM_LIMIT_OUTPUT, AIOVM_LIMIT_NONE, AIOVM_LIMIT_TIME};
    aiovm_pending p = w->pending[byte(w) % OPERATIONS];
    switch (byte(w) % 22) {
    case 0: aiovm_resolve(vm, p, *value(w)); break;
    case 1: aiovm_reject(vm, p, text(w), text(w)); break;
    case 2: aiovm_pend(vm, cancelled, w, &w->pending[byte(w) % OPERATIONS], place(w)); break;
    case 3: aiovm_open(vm, &w->scopes[byte(w) % SCOPES]); break;
    case 4: aiovm_close(vm, w->scopes[byte(w) % SCOPES]); break;
    case 5: aiovm_interrupt(w->vm); break;
    case 6: aiovm_set_limit(vm, limits[byte(w) % 3], (uint64_t)byte(w) * 100 + 1); break;
    case 7: aiovm_get_limit(vm, limits[byte(w) % 4]); break;
    case 8: aiovm_wait_ns(vm), aiovm_limit_hit(w->vm), aiovm_exit_status(w->vm), aiovm_system_error(w->vm), aiovm_now(w->vm); break;
    case 9: aiovm_fd(vm); break;
    case 10:
        if (!w->port) aiovm_port_open(vm, &w->port);
        break;
    case 11: aiovm_post(w->port, delivered, w); break;
    case 12: aiovm_raise(vm, text(w), text(w)); break;
    case 13: aiovm_signal(w->vm, byte(w)); break;
    case 14: aiovm_show_tasks(w->vm), aiovm_watchdog(w->vm, 0.001), aiovm_tick(w->vm); break;
    case 15: aiovm_report(w->vm, (aiovm_status)(byte(w) % 16)); break;
    case 16: aiovm_hold(vm, byte(w) & 1); break;
    case 17: aiovm_join(vm); break;
    case 18: aiovm_hints(vm, text(w)); break;
    case 19: aiovm_colours(vm, byte(w) & 1), aiovm_trace(vm, byte(w) % 4); break;
    case 20: aiovm_set_limit(vm, AIOVM_LIMIT_MEMORY, (uint64_t)(byte(w) + 1) << 18); break;
    default: w->until = w->until == NEVER ? byte(w) * 4 : NEVER; // memory runs out, or comes back
    }
}

static void look(World *w, aiovm *vm) {
    const aiovm_error *error;
    if (aiovm_get_error(vm, &error) == AIOVM_OK && (!error->type || !error->text)) __builtin_trap();
    (void)aiovm_error_type(w->vm), (void)aiovm_error_message(w->vm), (void)aiovm_error_text(w->vm);
    aiovm_get_exception(vm, place(w));
}

static void act(World *w, int most) {
    if (w->depth >= DEPTH) return;
    w->depth++;
    for (int i = 0; i < most && w->at < w->end; i++) {
        uint8_t what = byte(w);
        aiovm *vm = vm_of(w);
        switch (what % 8) {
        case 0: make(w, vm); break;
        case 1: read(w, vm); break;
        case 2:
        case 3: change(w, vm); break;
        case 4:
        case 5: run(w, vm); break;
        case 6: drive(w, vm); break;
        default: look(w, vm);
        }
    }
    w->depth--;
}

static void begin(World *w) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = write_nowhere;
    options.context = w;
    options.allow = allow;
    options.complain = complain;
    options.allocate = allocate;
    options.signal = set_signal;
    options.wake = wake;
    uint8_t b = byte(w);
    options.clock = b & 1 ? AIOVM_CLOCK_VIRTUAL : AIOVM_CLOCK_REAL;
    options.now = b & 3 ? NULL : now;
    options.hashing = AIOVM_HASH_FIXED;
    options.memory_limit = b & 8 ? 4 << 20 : 32 << 20;
    options.fuel = b & 16 ? 2000 : 100000;
    options.recursion_limit = b & 32 ? 50 : 0;
    if (aiovm_new(&w->vm, &options) != AIOVM_OK) w->vm = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 8) return -1;
    World w = {.at = data, .end = data + size, .until = NEVER};
    begin(&w);
    if (!w.vm) __builtin_trap(); // there was memory
    aiovm_add_module(w.vm, "host", NULL, functions, &w, NULL);
    // Waits end: nobody else would resolve what is awaited.
    aiovm_set_limit(w.vm, AIOVM_LIMIT_TIME, 50 * 1000 * 1000);
    act(&w, 200);
    w.until = NEVER;
    w.end = w.at;
    for (int i = 0; i < PROGRAMS; i++) aiovm_program_free(w.programs[i]);
    if (aiovm_free(w.vm) == AIOVM_MISUSE) __builtin_trap();
    w.vm = NULL;
    if (aiovm_post(w.port, delivered, &w) == AIOVM_OK) __builtin_trap();
    aiovm_port_close(w.port);
    if (w.blocks || w.objects) __builtin_trap();
    return 0;
}
