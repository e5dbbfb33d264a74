// The event loop object: its natives. The rest of its methods (exception handlers, run_until_complete ...) is written
// in script, in a sub-class of this type: asyncio.base_events.
#include "vm/async/async.h"

#include <errno.h>
#include <math.h>

#include "vm/async/context.h"
#include "vm/import.h"
#include "vm/threads.h"
#include "vm/weak.h"

enum { DEBUG_STACK_DEPTH = 10 }; // as asyncio.constants has it

static AvmEventLoop *self_of(AvmValue *args) { return (AvmEventLoop *)avm_obj(args[0]); }

double avm_loop_time(AvmThread *t) { return t->vm->loop->now(t->vm->loop->clock); }

bool avm_loop_check(AvmThread *t, AvmEventLoop *loop) {
    if (!loop->closed) return true;
    avm_raise(t, AVM_EXC(t, RuntimeError), "Event loop is closed");
    return false;
}

AvmValue avm_loop_current(AvmThread *t) {
    if (t->running_loop) return avm_incref(t->running_loop);
    AvmValue events = avm_import_text(t, "asyncio.events");
    AvmStr *name = events ? avm_str_text(t, "get_event_loop") : NULL;
    AvmValue loop = name ? avm_call_method(t, events, name, NULL, 0) : AVM_FAIL;
    if (name) avm_drop(t, name);
    avm_decref(t, events);
    return loop;
}

AvmHandle *avm_loop_call_soon(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const AvmValue *args, uint32_t n,
                              AvmValue context) {
    if (!avm_loop_check(t, loop)) return NULL;
    AvmHandle *h = avm_handle_new(t, loop, callback, args, n, context);
    if (h && avm_ready_append(t, loop, AVM_TAGGED(avm_retain(h), AVM_READY_HANDLE))) return h;
    if (h) avm_drop(t, h);
    return NULL;
}

AvmHandle *avm_loop_call_at(AvmThread *t, AvmEventLoop *loop, double when, AvmValue callback, const AvmValue *args,
                            uint32_t n, AvmValue context) {
    if (!avm_loop_check(t, loop)) return NULL;
    AvmHandle *h = avm_handle_new(t, loop, callback, args, n, context);
    if (!h) return NULL;
    h->h.type = AVM_T_TIMERHANDLE;
    h->timer = true;
    h->when = when;
    if (t->vm->loop->timer_add(loop->world, when, h)) {
        h->h.refs++; // the heap's
        return h;
    }
    avm_raise_memory(t);
    avm_drop(t, h);
    return NULL;
}

// --- life

static AvmValue loop_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!t->vm->loop) return avm_raise(t, AVM_EXC(t, RuntimeError), "the host gives this VM no event loop");
    AvmEventLoop *loop = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (!loop) return AVM_FAIL;
    loop->asyncgens = avm_list_new(t, 0);
    loop->port = t->vm->loop;
    loop->world = loop->port->open(loop->port);
    if (!loop->world && loop->asyncgens) avm_raise_memory(t);
    if (loop->world && loop->asyncgens && avm_loop_find_overrides(t, loop)) return avm_value(loop);
    avm_drop(t, loop);
    return AVM_FAIL;
}

// dies: the loop itself is being freed, so that tasks that it knows can't wait for futures of it.
static void drop_timers(AvmThread *t, AvmEventLoop *loop, bool dies) {
    for (AvmObj *item; loop->world && (item = loop->port->timer_due(loop->world, HUGE_VAL));) {
        if (!dies && item->type != AVM_T_TIMERHANDLE) avm_sleep_strand(t, (AvmTask *)item);
        avm_drop(t, item);
    }
}

static void close_world(AvmThread *t, AvmEventLoop *loop, bool dies) {
    loop->closed = true;
    avm_ready_clear(t, loop);
    drop_timers(t, loop, dies);
    AvmLoop *world = loop->world;
    loop->world = NULL;
    if (world) loop->port->close(world);
}

static AvmValue loop_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmEventLoop *loop = self_of(args);
    if (loop->running) return avm_raise(t, AVM_EXC(t, RuntimeError), "Cannot close a running event loop");
    close_world(t, loop, false);
    return AVM_NONE;
}

static void loop_free(AvmThread *t, AvmObj *o) {
    AvmEventLoop *loop = (AvmEventLoop *)o;
    avm_loop_unlist(t, loop);
    avm_decref(t, loop->script);
    close_world(t, loop, true);
    avm_decref(t, loop->task_factory);
    avm_decref(t, loop->selector);
    avm_decref(t, loop->debug_given);
    if (loop->asyncgens) avm_drop(t, loop->asyncgens);
    for (int i = 0; i < 2; i++) avm_decref(t, loop->saved_hooks[i]);
    if (loop->readers) avm_drop(t, loop->readers);
    if (loop->writers) avm_drop(t, loop->writers);
}

typedef struct Visitor {
    AvmVisit visit;
    void *arg;
} Visitor;

static void visit_timer(void *item, void *arg) {
    Visitor *v = arg;
    v->visit(avm_value(item), v->arg);
}

static void loop_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmEventLoop *loop = (AvmEventLoop *)o;
    for (uint32_t i = loop->head; i != loop->tail; i++) visit(avm_value(AVM_UNTAGGED(loop->ring[i & loop->mask])), arg);
    if (loop->script) visit(loop->script, arg);
    if (loop->task_factory) visit(loop->task_factory, arg);
    if (loop->selector) visit(loop->selector, arg);
    if (loop->debug_given) visit(loop->debug_given, arg);
    if (loop->asyncgens) visit(avm_value(loop->asyncgens), arg);
    for (int i = 0; i < 2; i++) visit(loop->saved_hooks[i], arg);
    if (loop->readers) visit(avm_value(loop->readers), arg);
    if (loop->writers) visit(avm_value(loop->writers), arg);
    if (loop->world) loop->port->timer_each(loop->world, visit_timer, &(Visitor){visit, arg});
}

static void loop_clear(AvmThread *t, AvmObj *o) {
    AvmEventLoop *loop = (AvmEventLoop *)o;
    avm_ready_clear(t, loop);
    drop_timers(t, loop, true);
    avm_replace(t, &loop->task_factory, AVM_EMPTY);
    avm_replace(t, &loop->selector, AVM_EMPTY);
    avm_replace(t, &loop->debug_given, AVM_EMPTY);
}

// --- running

static void push_io(AvmEventLoop *loop, AvmDict *handles, int fd) {
    AvmThread *t = loop->thread;
    AvmValue h;
    if (!handles || avm_dict_get(t, handles, avm_inline_int_value(fd), &h) <= 0) return;
    if (!avm_ready_append(t, loop, AVM_TAGGED(avm_obj(avm_incref(h)), AVM_READY_HANDLE))) avm_exc_clear(t);
}

static void on_ready(void *arg, int fd, int events) {
    AvmEventLoop *loop = arg;
    if (events & AVM_WATCH_READ) push_io(loop, loop->readers, fd);
    if (events & AVM_WATCH_WRITE) push_io(loop, loop->writers, fd);
}

// In debug mode coroutines remember where they were made.
static void track_origins(AvmThread *t, AvmEventLoop *loop, bool on) {
    if (on == loop->tracks_origins) return;
    if (on) {
        loop->saved_depth = t->origin_depth;
        t->origin_depth = DEBUG_STACK_DEPTH;
    } else {
        t->origin_depth = loop->saved_depth;
    }
    loop->tracks_origins = on;
}

void avm_loop_begin(AvmThread *t, AvmEventLoop *loop) {
    t->vm->loop->on_ready(loop->world, on_ready, loop);
    loop->thread = t;
    loop->running = true;
    avm_loop_find_own(t, loop);
    track_origins(t, loop, loop->debug);
    avm_replace(t, &t->running_loop, avm_value(avm_retain(loop)));
    memcpy(loop->saved_hooks, t->gen_hooks, sizeof t->gen_hooks);
    memset(t->gen_hooks, 0, sizeof t->gen_hooks);
}

void avm_loop_end(AvmThread *t, AvmEventLoop *loop) {
    avm_replace(t, &t->running_loop, AVM_EMPTY);
    for (int i = 0; i < 2; i++) {
        avm_replace(t, &t->gen_hooks[i], loop->saved_hooks[i]);
        loop->saved_hooks[i] = AVM_EMPTY;
    }
    track_origins(t, loop, false);
    loop->running = loop->stopping = false;
    if (loop->world) t->vm->loop->on_ready(loop->world, NULL, NULL);
}

static bool check_begin(AvmThread *t, AvmEventLoop *loop) {
    if (!avm_loop_check(t, loop)) return false;
    if (!loop->running && !t->running_loop) return true;
    avm_raise(t, AVM_EXC(t, RuntimeError), loop->running ? "This event loop is already running"
                                                         : "Cannot run the event loop while another loop is running");
    return false;
}

// Before and after the turns that script makes itself.
static AvmValue loop_setup(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_begin(t, self_of(args))) return AVM_FAIL;
    avm_loop_begin(t, self_of(args));
    return AVM_NONE;
}

static AvmValue loop_cleanup(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (self_of(args)->running && self_of(args)->thread == t) avm_loop_end(t, self_of(args));
    return AVM_NONE;
}

static AvmValue loop_run_forever(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmEventLoop *loop = self_of(args);
    if (!check_begin(t, loop)) return AVM_FAIL;
    if (t->stepped && t->native_depth == t->pause_depth && !(loop->overrides & AVM_LOOP_OWN_TURN)) {
        // Only script stands between the host and here: the host drives the loop, and the program waits.
        avm_loop_begin(t, loop);
        t->driven = avm_retain(loop);
        return AVM_NONE;
    }
    if (!avm_native_enter(t)) return AVM_FAIL;
    avm_loop_begin(t, loop);
    bool ok = avm_turns_run(t, loop);
    avm_loop_end(t, loop);
    avm_native_leave(t);
    return ok ? AVM_NONE : AVM_FAIL;
}

// Script may make the turns itself; `wait` false: without waiting until something is ready.
static AvmValue loop_run_once(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmEventLoop *loop = self_of(args);
    int may_wait = args[1] ? avm_truth(t, args[1]) : 1;
    if (may_wait < 0 || !avm_loop_check(t, loop) || !avm_native_enter(t)) return AVM_FAIL;
    bool ok = avm_turn_make(t, loop, may_wait);
    avm_native_leave(t);
    return ok ? AVM_NONE : AVM_FAIL;
}

// True while the host drives the loop: the program that asks pauses at its next check point.
static AvmValue loop_is_driven(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    t->handing_over = t->driven == self_of(args);
    if (t->handing_over) avm_ticks_force(t);
    return avm_bool(t->handing_over);
}

static AvmValue loop_stop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    self_of(args)->stopping = true;
    return AVM_NONE;
}

static AvmValue loop_is_running(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args)->running);
}

static AvmValue loop_is_closed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(self_of(args)->closed);
}

static AvmValue loop_time(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_float_value(avm_loop_time(t));
}

static AvmValue get_debug(AvmThread *t, AvmValue v) {
    (void)t;
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(v);
    return loop->debug_given ? avm_incref(loop->debug_given) : avm_bool(loop->debug);
}

static AvmValue loop_get_debug(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return get_debug(t, args[0]);
}

static AvmValue loop_set_debug(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int yes = avm_truth(t, args[1]);
    if (yes < 0) return AVM_FAIL;
    self_of(args)->debug = yes;
    avm_replace(t, &self_of(args)->debug_given, avm_incref(args[1]));
    if (self_of(args)->running && self_of(args)->thread == t) track_origins(t, self_of(args), yes);
    return AVM_NONE;
}

// --- calls

// In debug mode what can't be called is refused at once.
static bool check_callback(AvmThread *t, AvmEventLoop *loop, AvmValue callback, const char *method) {
    if (!loop->debug) return true;
    if (strcmp(method, "call_soon_threadsafe") && !avm_debug_check_thread(t, loop)) return false;
    if (avm_is(callback, AVM_T_COROUTINE) || avm_is(callback, AVM_T_NATIVE_COROUTINE) ||
        (avm_is(callback, AVM_T_FUNCTION) &&
         (((AvmFunc *)avm_obj(callback))->code->unit->flags & AVM_UNIT_COROUTINE))) {
        avm_raise_type(t, "coroutines cannot be used with %s()", method);
        return false;
    }
    if (avm_is_callable(t, callback)) return true;
    avm_raise_type(t, "a callable object was expected by %s(), got %R", method, callback);
    return false;
}

// self, callback, context, then the arguments.
static AvmValue call_soon(AvmThread *t, AvmValue *args, uint32_t n, const char *method) {
    AvmEventLoop *loop = self_of(args);
    if (!avm_loop_check(t, loop) || !check_callback(t, loop, args[1], method)) return AVM_FAIL;
    if (!avm_context_check(t, args[2])) return AVM_FAIL;
    return avm_value(avm_loop_call_soon(t, loop, args[1], args + 3, n - 3, args[2]));
}

static AvmValue loop_call_soon(AvmThread *t, AvmValue *args, uint32_t n) {
    return call_soon(t, args, n, "call_soon");
}

static AvmValue loop_call_soon_threadsafe(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue h = call_soon(t, args, n, "call_soon_threadsafe");
    if (h && self_of(args)->waiter) avm_threads_wake(self_of(args)->waiter);
    return h;
}

// self, when or delay, callback, context, then the arguments.
static AvmValue call_at(AvmThread *t, AvmValue *args, uint32_t n, AvmValue when) {
    AvmEventLoop *loop = self_of(args);
    double seconds;
    if (!avm_loop_check(t, loop) || !check_callback(t, loop, args[2], "call_at")) return AVM_FAIL;
    if (!avm_context_check(t, args[3])) return AVM_FAIL;
    if (!avm_to_double(t, when, &seconds)) return AVM_FAIL;
    if (seconds != seconds) return avm_raise_value(t, "when cannot be NaN");
    AvmHandle *h = avm_loop_call_at(t, loop, seconds, args[2], args + 4, n - 4, args[3]);
    if (h && !avm_is_float(when)) h->when_value = avm_incref(when);
    return avm_value(h);
}

static AvmValue loop_call_at(AvmThread *t, AvmValue *args, uint32_t n) {
    if (args[1] == AVM_NONE) return avm_raise_type(t, "when cannot be None");
    return call_at(t, args, n, args[1]);
}

static AvmValue loop_call_later(AvmThread *t, AvmValue *args, uint32_t n) {
    if (args[1] == AVM_NONE) return avm_raise_type(t, "delay must not be None");
    AvmEventLoop *loop = self_of(args);
    double now;
    if (!avm_loop_now(t, loop, &now)) return AVM_FAIL;
    AvmValue when = avm_binary(t, AVM_ADD, avm_float_value(now), args[1]), h = AVM_FAIL;
    if (when && loop->overrides & AVM_LOOP_OWN_TIMERS)
        h = avm_loop_ask_timer(t, loop, "call_at", when, args[2], args + 4, n - 4, args[3]);
    else if (when)
        h = call_at(t, args, n, when);
    avm_decref(t, when);
    return h;
}

// --- futures and tasks

static AvmValue loop_create_future(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_future_new(t, self_of(args)));
}

// Is it what create_eager_task_factory() has made?
static bool is_eager_factory(AvmValue factory) {
    if (!avm_is(factory, AVM_T_FUNCTION)) return false;
    const AvmCode *code = ((AvmFunc *)avm_obj(factory))->code;
    return code->frozen && avm_code_is(code, "create_eager_task_factory.<locals>.factory");
}

// A task made by the factory the script has set. Script's own gets no name, as in CPython 3.13: the task gets
// it afterwards.
static AvmValue task_of_factory(AvmThread *t, AvmValue *args) {
    AvmValue name = args[2] ? args[2] : AVM_NONE, context = args[3] ? args[3] : AVM_NONE;
    AvmValue factory = avm_incref(self_of(args)->task_factory);
    bool with_name = name != AVM_NONE && is_eager_factory(factory);
    AvmValue given[4] = {args[0], args[1]}, keys[2];
    uint32_t n = 0;
    if (with_name) given[2 + n] = name, keys[n++] = avm_value(AVM_NAME(t, name));
    if (context != AVM_NONE) given[2 + n] = context, keys[n++] = avm_value(AVM_NAME(t, context));
    AvmTuple *names = avm_tuple_from(t, keys, n);
    AvmValue task = names ? avm_call_kw(t, factory, given, 2 + n, names) : AVM_FAIL;
    avm_decref(t, factory);
    avm_drop(t, names);
    if (!task || name == AVM_NONE || with_name) return task;
    AvmStr *set_name = avm_str_text(t, "set_name");
    AvmValue r = set_name ? avm_call_method(t, task, set_name, &name, 1) : AVM_FAIL;
    if (set_name) avm_drop(t, set_name);
    avm_decref(t, r);
    if (r) return task;
    avm_decref(t, task);
    return AVM_FAIL;
}

AvmValue avm_loop_create_task(AvmThread *t, AvmValue loop, AvmValue coro, AvmValue name, AvmValue context) {
    AvmTurn *turn = t->turn;
    AvmEventLoop *l = turn && avm_value(turn->loop) == loop ? turn->loop : avm_loop_as(t, loop);
    AvmStr *method = AVM_NAME(t, create_task);
    if (l && !l->task_factory && !(l->overrides & AVM_LOOP_OWN_TASKS))
        return avm_loop_check(t, l) ? avm_value(avm_task_new(t, l, coro, name, context)) : AVM_FAIL;
    AvmValue args[] = {coro, name, context}, keys[] = {avm_value(AVM_NAME(t, name)), avm_value(AVM_NAME(t, context))};
    uint32_t given = context && context != AVM_NONE ? 2 : name ? 1 : 0; // ensure_future gives no name
    if (given == 2 && !name) args[1] = AVM_NONE;
    AvmTuple *names = avm_tuple_from(t, keys, given);
    AvmValue fn = names ? avm_getattr(t, loop, method) : AVM_FAIL;
    AvmValue task = fn ? avm_call_kw(t, fn, args, given + 1, names) : AVM_FAIL;
    avm_decref(t, fn);
    if (names) avm_drop(t, names);
    return task;
}

static AvmValue loop_create_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n; // self, coro, name, context
    AvmEventLoop *loop = self_of(args);
    if (!avm_loop_check(t, loop) || !avm_loop_look(t, loop)) return AVM_FAIL;
    if (loop->task_factory) return task_of_factory(t, args);
    return avm_value(avm_task_new(t, loop, args[1], args[2], args[3]));
}

static AvmValue loop_set_task_factory(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] != AVM_NONE && !avm_is_callable(t, args[1]))
        return avm_raise_type(t, "task factory must be a callable or None");
    avm_replace(t, &self_of(args)->task_factory, args[1] == AVM_NONE ? AVM_EMPTY : avm_incref(args[1]));
    return AVM_NONE;
}

static AvmValue loop_get_task_factory(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    AvmValue f = self_of(args)->task_factory;
    return f ? avm_incref(f) : AVM_NONE;
}

// --- asynchronous generators

static bool list_generator(AvmThread *t, AvmEventLoop *loop, AvmGen *g) {
    if (loop->closed_asyncgens &&
        !avm_warn(t, AVM_EXC(t, ResourceWarning), 1,
                  "asynchronous generator %R was scheduled after loop.shutdown_asyncgens() call", avm_value(g)))
        return false;
    AvmList *list = loop->asyncgens;
    uint32_t kept = 0; // those that are gone give way first
    if (list->len == list->cap) {
        for (uint32_t i = 0; i < list->len; i++) {
            AvmValue w = list->items[i];
            if (avm_weak_target((AvmWeakRef *)avm_obj(w)))
                list->items[kept++] = w;
            else
                avm_decref(t, w);
        }
        list->len = kept;
    }
    AvmValue w = avm_weak_new(t, avm_value(g), AVM_EMPTY);
    return w && avm_list_append_take(t, list, w);
}

static AvmEventLoop *loop_that_runs(AvmThread *t) {
    return t->running_loop ? avm_loop_as(t, t->running_loop) : NULL;
}

bool avm_async_gen_first(AvmThread *t, AvmGen *g) {
    AvmValue first = t->gen_hooks[0], final = t->gen_hooks[1];
    AvmEventLoop *loop = loop_that_runs(t);
    if (final == AVM_NONE || (!final && !loop)) {
        g->hooked = AVM_GEN_UNHOOKED;
    } else if (final) {
        AvmGenExtra *extra = avm_gen_extra(t, g);
        if (!extra) return false;
        avm_replace(t, &extra->finalizer, avm_incref(final));
    }
    if (!first) return !loop || list_generator(t, loop, g);
    AvmValue r = first == AVM_NONE ? AVM_NONE : avm_call1(t, first, avm_value(g));
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static AvmValue bound_method(AvmThread *t, AvmValue v, const char *name) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    AvmValue m = s ? avm_getattr(t, v, s) : AVM_FAIL;
    if (s) avm_drop(t, s);
    return m;
}

// A task that closes it.
static bool close_generator(AvmThread *t, AvmEventLoop *loop, AvmGen *g) {
    if (loop->closed) return false;
    g->hooked = AVM_GEN_DROPPED; // shutdown_asyncgens() need not close it too
    AvmValue aclose = bound_method(t, avm_value(g), "aclose");
    AvmValue closing = aclose ? avm_call0(t, aclose) : AVM_FAIL;
    AvmValue create = closing ? bound_method(t, avm_value(loop), "create_task") : AVM_FAIL;
    AvmHandle *h = create ? avm_loop_call_soon(t, loop, create, &closing, 1, AVM_EMPTY) : NULL;
    avm_decref(t, aclose);
    avm_decref(t, closing);
    avm_decref(t, create);
    if (!h) return false;
    avm_drop(t, h);
    return true;
}

bool avm_async_gen_drop(AvmThread *t, AvmGen *g) {
    AvmValue final = g->extra ? g->extra->finalizer : AVM_EMPTY;
    AvmEventLoop *loop = loop_that_runs(t);
    if (!final) return loop && close_generator(t, loop, g);
    avm_incref(final);
    AvmValue r = avm_call1(t, final, avm_value(g));
    if (!r) avm_exc_unraisable(t, NULL, final);
    avm_decref(t, r);
    avm_decref(t, final);
    return true;
}

// What sys.get_asyncgen_hooks() shows while the loop runs.
static AvmValue loop_first_hook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[1], AVM_T_ASYNCGEN))
        return avm_raise_type(t, "an asynchronous generator is expected, not %T", args[1]);
    return list_generator(t, self_of(args), (AvmGen *)avm_obj(args[1])) ? AVM_NONE : AVM_FAIL;
}
static AvmValue loop_final_hook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[1], AVM_T_ASYNCGEN))
        return avm_raise_type(t, "an asynchronous generator is expected, not %T", args[1]);
    close_generator(t, self_of(args), (AvmGen *)avm_obj(args[1]));
    return avm_failed(t) ? AVM_FAIL : AVM_NONE;
}

// For shutdown_asyncgens: those that are alive, in order.
static AvmValue loop_take_asyncgens(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmEventLoop *loop = self_of(args);
    loop->closed_asyncgens = true;
    AvmList *alive = avm_list_new(t, 0);
    for (uint32_t i = 0; alive && i < loop->asyncgens->len; i++) {
        AvmValue g = avm_weak_get((AvmWeakRef *)avm_obj(loop->asyncgens->items[i]));
        // One that is over is closed all the same, which takes a task, too.
        bool gone = g == AVM_NONE || ((AvmGen *)avm_obj(g))->hooked == AVM_GEN_DROPPED;
        bool ok = gone || avm_list_append(t, alive, g);
        avm_decref(t, g);
        if (ok) continue;
        avm_drop(t, alive);
        alive = NULL;
    }
    avm_list_clear(t, loop->asyncgens);
    return avm_value(alive);
}

// --- descriptors

// An int, or what its fileno() gives: new reference.
static AvmValue number_of(AvmThread *t, AvmValue v) {
    if (avm_is_int(t, v)) return avm_incref(v);
    AvmStr *name = avm_str_text(t, "fileno");
    AvmValue n = name ? avm_call_method(t, v, name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    if (n || t->exhausted ||
        !(avm_exc_is(t, AVM_EXC(t, AttributeError)) || avm_exc_is(t, AVM_EXC(t, TypeError)) ||
          avm_exc_is(t, AVM_EXC(t, ValueError))))
        return n;
    AvmValue why = avm_exc_take(t);
    avm_raise_value(t, "Invalid file object: %R", v);
    if (avm_exc_is(t, AVM_EXC(t, ValueError))) {
        avm_exc_chain_to(t, t->exc, why);
        ((AvmExc *)avm_obj(t->exc))->suppress_context = true;
    }
    avm_decref(t, why);
    return AVM_FAIL;
}

// The loop is looked at in between, as CPython does. false: exception.
static bool fd_of(AvmThread *t, AvmEventLoop *loop, AvmValue v, bool open, int *fd) {
    int64_t i = 0;
    AvmValue n = number_of(t, v);
    if (!n) return false;
    bool ok = !open || avm_loop_check(t, loop);
    if (ok && !(avm_is_int(t, n) && avm_int_get(n, &i) && i >= 0 && i <= INT32_MAX))
        ok = avm_raise_value(t, "Invalid file descriptor: %R", n);
    *fd = (int)i;
    avm_decref(t, n);
    return ok;
}

static int events_of(AvmThread *t, AvmEventLoop *loop, int fd) {
    AvmValue v, key = avm_inline_int_value(fd);
    return (loop->readers && avm_dict_get(t, loop->readers, key, &v) > 0 ? AVM_WATCH_READ : 0) |
           (loop->writers && avm_dict_get(t, loop->writers, key, &v) > 0 ? AVM_WATCH_WRITE : 0);
}

static AvmValue add_io(AvmThread *t, AvmValue *args, uint32_t n, AvmDict **handles) {
    AvmEventLoop *loop = self_of(args); // self, fd, callback, then the arguments
    int fd;
    if (!fd_of(t, loop, args[1], true, &fd)) return AVM_FAIL;
    if (!*handles && !(*handles = avm_dict_new(t))) return AVM_FAIL;
    AvmHandle *h = avm_handle_new(t, loop, args[2], args + 3, n - 3, AVM_EMPTY);
    AvmValue key = avm_inline_int_value(fd), old;
    if (!h) return AVM_FAIL;
    if (avm_dict_get(t, *handles, key, &old) > 0) avm_handle_cancel(t, (AvmHandle *)avm_obj(old));
    bool ok = avm_dict_set(t, *handles, key, avm_value(h));
    if (ok && !t->vm->loop->watch(loop->world, fd, events_of(t, loop, fd))) {
        int err = errno;
        avm_dict_del(t, *handles, key);
        avm_raise_os(t, err, AVM_EMPTY);
        ok = false;
    }
    if (ok) return avm_value(h);
    avm_drop(t, h);
    return AVM_FAIL;
}

static AvmValue remove_io(AvmThread *t, AvmValue *args, AvmDict *handles) {
    AvmEventLoop *loop = self_of(args);
    int fd;
    AvmValue old;
    if (!fd_of(t, loop, args[1], false, &fd)) return AVM_FAIL;
    AvmValue key = avm_inline_int_value(fd);
    if (loop->closed || !handles || avm_dict_get(t, handles, key, &old) <= 0) return AVM_FALSE;
    avm_incref(old);
    avm_dict_del(t, handles, key);
    avm_handle_cancel(t, (AvmHandle *)avm_obj(old));
    avm_decref(t, old);
    t->vm->loop->watch(loop->world, fd, events_of(t, loop, fd));
    return AVM_TRUE;
}

static AvmValue add_none(AvmThread *t, AvmValue h) {
    avm_decref(t, h);
    return h ? AVM_NONE : AVM_FAIL;
}

static AvmValue loop_add_reader(AvmThread *t, AvmValue *args, uint32_t n) {
    return add_none(t, add_io(t, args, n, &self_of(args)->readers));
}
static AvmValue loop_add_writer(AvmThread *t, AvmValue *args, uint32_t n) {
    return add_none(t, add_io(t, args, n, &self_of(args)->writers));
}
static AvmValue loop_remove_reader(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return remove_io(t, args, self_of(args)->readers);
}
static AvmValue loop_remove_writer(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return remove_io(t, args, self_of(args)->writers);
}

static AvmValue loop_repr(AvmThread *t, AvmValue v) {
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(v);
    AvmValue debug = get_debug(t, v);
    AvmStr *text = avm_str_format(t, "<%s running=%s closed=%s debug=%V>", avm_type_name(t, v),
                                  loop->running ? "True" : "False", loop->closed ? "True" : "False", debug);
    avm_decref(t, debug);
    return avm_value(text);
}

// What is ready, in order: handles, and what else stands in the ring (tasks that are to make a step).
static AvmValue get_ready(AvmThread *t, AvmValue v) {
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(v);
    AvmList *list = avm_list_new(t, 0);
    for (uint32_t i = loop->head; list && i != loop->tail; i++) {
        AvmObj *o = AVM_UNTAGGED(loop->ring[i & loop->mask]);
        AvmValue item = o->type == AVM_T_CALLBACKS || o->type == AVM_T_BOUND ? AVM_NONE : avm_value(o);
        if (avm_list_append(t, list, item)) continue;
        avm_drop(t, list);
        list = NULL;
    }
    return avm_value(list);
}

// The timers, in order of their deadlines: they are taken out and put back.
static AvmValue get_scheduled(AvmThread *t, AvmValue v) {
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(v);
    AvmLoopPort *port = t->vm->loop;
    AvmList *list = avm_list_new(t, 0);
    double when;
    bool ok = list != NULL;
    while (ok && loop->world && port->timer_first(loop->world, &when)) {
        void *item = port->timer_due(loop->world, HUGE_VAL);
        ok = avm_list_append_take(t, list, avm_value(item));
        if (!ok) break;
        ok = avm_list_append(t, list, avm_float_value(when));
    }
    AvmList *found = ok ? avm_list_new(t, 0) : NULL;
    for (uint32_t i = 0; list && i + 1 < list->len; i += 2) {
        AvmObj *o = avm_obj(list->items[i]);
        if (!port->timer_add(loop->world, avm_float(list->items[i + 1]), o))
            ok = false;
        else
            o->refs++;
        if (found && ok) ok = avm_list_append(t, found, list->items[i]);
    }
    avm_drop(t, list);
    if (ok && found) return avm_value(found);
    avm_drop(t, found);
    if (!t->exc) avm_raise_memory(t);
    return AVM_FAIL;
}

static AvmValue get_selector(AvmThread *t, AvmValue v) {
    (void)t;
    AvmValue s = ((AvmEventLoop *)avm_obj(v))->selector;
    return s ? avm_incref(s) : AVM_NONE;
}

static bool set_selector(AvmThread *t, AvmValue v, AvmValue value) {
    AvmEventLoop *loop = (AvmEventLoop *)avm_obj(v);
    bool own = value && value != AVM_NONE;
    loop->overrides =
        (uint8_t)((loop->overrides & ~AVM_LOOP_OWN_SELECTOR) | (own ? AVM_LOOP_OWN_SELECTOR : 0));
    avm_replace(t, &loop->selector, own ? avm_incref(value) : AVM_EMPTY);
    return true;
}

// Puts a handle at the end of what is ready.
static AvmValue loop_add_callback(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmHandle *h = avm_is(args[1], AVM_T_HANDLE) || avm_is(args[1], AVM_T_TIMERHANDLE)
                       ? (AvmHandle *)avm_obj(args[1])
                       : NULL;
    if (!h) return avm_raise_type(t, "A Handle is required here");
    if (h->cancelled) return AVM_NONE;
    return avm_ready_append(t, self_of(args), AVM_TAGGED(avm_retain(h), AVM_READY_HANDLE)) ? AVM_NONE
                                                                                           : AVM_FAIL;
}

static const AvmGetSetDef loop_getsets[] = {
    {"_debug", get_debug, NULL, NULL},
    {"_ready", get_ready, NULL, NULL},
    {"_scheduled", get_scheduled, NULL, NULL},
    {"_selector", get_selector, set_selector, NULL},
    {0},
};

static const AvmNativeDef loop_methods[] = {
    {"__new__", loop_make, "__new__(*args, **kwargs)", NULL},
    {"run_forever", loop_run_forever, "def BaseEventLoop.run_forever()", "Runs until stop() is called."},
    {"_run_forever_setup", loop_setup, "def BaseEventLoop._run_forever_setup()",
     "What run_forever() does before its turns."},
    {"_run_forever_cleanup", loop_cleanup, "def BaseEventLoop._run_forever_cleanup()",
     "What it does after them."},
    {"_add_callback", loop_add_callback, "def BaseEventLoop._add_callback(handle)",
     "Has a handle called in the next turn."},
    {"_run_once", loop_run_once, "def BaseEventLoop._run_once(wait=True, /)", "One turn."},
    {"_is_driven", loop_is_driven, "_is_driven()",
     "Whether the host runs the loop in run_forever()'s place."},
    {"stop", loop_stop, "def BaseEventLoop.stop()", "Ends run_forever() after this turn."},
    {"close", loop_close, "close()", "Closes the loop: whatever is scheduled is dropped."},
    {"is_running", loop_is_running, "def BaseEventLoop.is_running()", "True while it runs."},
    {"is_closed", loop_is_closed, "def BaseEventLoop.is_closed()", "True after close()."},
    {"time", loop_time, "def BaseEventLoop.time()", "The loop's clock, in seconds."},
    {"get_debug", loop_get_debug, "def BaseEventLoop.get_debug()", "The debug mode."},
    {"set_debug", loop_set_debug, "def BaseEventLoop.set_debug(enabled)", "Sets the debug mode."},
    {"call_soon", loop_call_soon, "def BaseEventLoop.call_soon(callback, *args, context=None)",
     "Has callback(*args) called in the next turn."},
    {"call_soon_threadsafe", loop_call_soon_threadsafe,
     "def BaseEventLoop.call_soon_threadsafe(callback, *args, context=None)",
     "call_soon() that wakes the loop."},
    {"call_at", loop_call_at, "def BaseEventLoop.call_at(when, callback, *args, context=None)",
     "Has callback(*args) called at a time."},
    {"call_later", loop_call_later, "def BaseEventLoop.call_later(delay, callback, *args, context=None)",
     "Has callback(*args) called after delay seconds."},
    {"create_future", loop_create_future, "def BaseEventLoop.create_future()", "A new future of this loop."},
    {"create_task", loop_create_task, "def BaseEventLoop.create_task(coro, *, name=None, context=None)",
     "A new task of this loop."},
    {"set_task_factory", loop_set_task_factory, "def BaseEventLoop.set_task_factory(factory)",
     "Sets what create_task() calls."},
    {"get_task_factory", loop_get_task_factory, "def BaseEventLoop.get_task_factory()",
     "What create_task() calls, or None."},
    {"add_reader", loop_add_reader, "def BaseSelectorEventLoop.add_reader(fd, callback, *args)",
     "Has callback called while fd can be read."},
    {"add_writer", loop_add_writer, "def BaseSelectorEventLoop.add_writer(fd, callback, *args)",
     "Has callback called while fd can be written."},
    {"remove_reader", loop_remove_reader, "def BaseSelectorEventLoop.remove_reader(fd)",
     "Ends add_reader()."},
    {"remove_writer", loop_remove_writer, "def BaseSelectorEventLoop.remove_writer(fd)",
     "Ends add_writer()."},
    {"_asyncgen_firstiter_hook", loop_first_hook, "def BaseEventLoop._asyncgen_firstiter_hook(agen)",
     "For sys.set_asyncgen_hooks()."},
    {"_asyncgen_finalizer_hook", loop_final_hook, "def BaseEventLoop._asyncgen_finalizer_hook(agen)",
     "For sys.set_asyncgen_hooks()."},
    {"_take_asyncgens", loop_take_asyncgens, "_take_asyncgens()",
     "The asynchronous generators to be closed."},
    {0},
};

const AvmTypeDef avm_loop_def = {
    .name = "_asyncio.EventLoop",
    .id = AVM_T_LOOP,
    .base = AVM_T_ABSTRACT_LOOP,
    .size = sizeof(AvmEventLoop),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "The part of an event loop that is native.",
    .slots = {.free = loop_free, .traverse = loop_traverse, .clear = loop_clear, .repr = loop_repr},
    .methods = loop_methods,
    .getsets = loop_getsets,
};
