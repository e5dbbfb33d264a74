// The module _asyncio: the natives that the asyncio package (stdlib/asyncio/*.aio) is built on.
#include <stdlib.h>

#include "stdlib/asyncio_parts.h"
#include "stdlib/modules.h"
#include "vm/async/async.h"
#include "vm/async/context.h"
#include "vm/builtins.h"
#include "vm/hints.h"
#include "vm/types/gens.h"
#include "vm/traceback.h"

static AvmValue no_running_loop(AvmThread *t) {
    return avm_raise(t, AVM_EXC(t, RuntimeError), "no running event loop");
}

static AvmValue get_running_loop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return t->running_loop ? avm_incref(t->running_loop) : no_running_loop(t);
}

static AvmValue get_running_loop_or_none(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return t->running_loop ? avm_incref(t->running_loop) : AVM_NONE;
}

static AvmValue set_running_loop(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_replace(t, &t->running_loop, args[0] == AVM_NONE ? AVM_EMPTY : avm_incref(args[0]));
    return AVM_NONE;
}

static void hint_pending(AvmThread *t, const AvmList *tasks) {
    AvmBuf names;
    avm_buf_init(&names, &t->vm->alloc);
    for (uint32_t i = 0; i < tasks->len && i < 10; i++) {
        AvmStr *name = avm_task_name(t, (AvmTask *)avm_obj(tasks->items[i]));
        avm_buf_text(&names, i ? ", " : "");
        if (name) avm_buf_add(&names, name->data, name->len);
        avm_drop(t, name);
    }
    if (tasks->len > 10) avm_buf_text(&names, " ...");
    avm_hint(t, AVM_HINT_PENDING, avm_buf_str(&names), 0);
    avm_buf_free(&names);
    avm_exc_clear(t);
}

// The pending tasks of a loop, in order of creation.
// ending: the run is over, and the user may want to know.
static AvmValue all_tasks(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n; // loop, ending
    bool any = !args[0] || args[0] == AVM_NONE;
    if (any && !t->running_loop) return no_running_loop(t);
    AvmValue loop = any ? t->running_loop : args[0];
    AvmList *list = avm_list_new(t, 0);
    for (AvmTask *task = t->vm->async->first; list && task; task = task->next) {
        if (avm_loop_value(task->f.loop) != loop || task->f.state != AVM_FUTURE_PENDING) continue;
        if (task->f.h.refs == 0 || avm_list_append(t, list, avm_value(task))) continue;
        avm_drop(t, list);
        return AVM_FAIL;
    }
    bool ending = args[1] == AVM_TRUE && t->vm->hints && !t->vm->async->interrupts;
    if (list && list->len && ending) hint_pending(t, list);
    return avm_value(list);
}

static AvmValue create_task(AvmThread *t, AvmValue *args, uint32_t n) {
    if (!t->running_loop) return no_running_loop(t);
    AvmValue name = n > 1 && args[1] ? args[1] : AVM_NONE, context = n > 2 ? args[2] : AVM_EMPTY;
    return avm_loop_create_task(t, t->running_loop, args[0], name, context);
}

// `loop.create_task(coro, name=name)`, with the context where there is one.
static AvmValue create_task_in(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_loop_create_task(t, args[0], args[1], args[2], args[3]);
}

static AvmValue ensure_future(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_ensure_future(t, args[0], args[1]);
}

// A decorator: calls make native coroutines, where there is a kind for the function.
static AvmValue native(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[0], AVM_T_FUNCTION)) return avm_raise_type(t, "a function was expected, got %R", args[0]);
    avm_coro_bind(t, (AvmFunc *)avm_obj(args[0]));
    return avm_incref(args[0]);
}

// return_exceptions, then the children.
static AvmValue gather(AvmThread *t, AvmValue *args, uint32_t n) {
    int yes = args[0] ? avm_truth(t, args[0]) : 0;
    return yes < 0 ? AVM_FAIL : avm_gather(t, args + 1, n - 1, yes);
}

static AvmValue isfuture(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (avm_is_future(t, args[0])) return AVM_TRUE;
    if (!avm_is_obj(args[0])) return AVM_FALSE;
    AvmStr *name = avm_str_text(t, "_asyncio_future_blocking");
    if (!name) return AVM_FAIL;
    // The class that it says it has: a mock of a future is one.
    AvmValue r = AVM_DONE, cls = avm_getattr_maybe(t, args[0], AVM_NAME(t, __class__));
    if (cls && avm_is_sub(t, cls, AVM_TYPE_SUB_TYPE) && avm_type_lookup(t, (AvmType *)avm_obj(cls), name))
        r = avm_getattr_maybe(t, args[0], name);
    if (cls != AVM_DONE) avm_decref(t, cls);
    avm_drop(t, name);
    if (!r || !cls) return AVM_FAIL;
    bool is = r != AVM_DONE && r != AVM_NONE;
    if (r != AVM_DONE) avm_decref(t, r);
    return avm_bool(is);
}

static AvmValue iscoroutine(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int is = avm_is_coroutine(t, args[0]);
    return is < 0 ? AVM_FAIL : avm_bool(is);
}

static AvmValue set_main_task(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmAsync *a = t->vm->async;
    if (t != t->vm->main_thread) return AVM_NONE; // Ctrl-C is the main thread's
    a->main = args[0] == AVM_NONE ? AVM_EMPTY : args[0];
    a->interrupts = 0;
    return AVM_NONE;
}

// A hint about a run within a run.
static AvmValue hint_run(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!t->vm->hints) return AVM_NONE;
    AvmStr *name = avm_is(args[0], AVM_T_COROUTINE) ? avm_as_str(t, avm_gen_qualname((AvmGen *)avm_obj(args[0]))) : NULL;
    AvmStr *text = avm_str_format(t, "%s()", name ? name->data : "main");
    if (text) avm_hint(t, AVM_HINT_RUN_IN_LOOP, text->data, 0);
    avm_drop(t, text);
    return AVM_NONE;
}

static AvmValue interrupts(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_inline_int_value(t->vm->async->interrupts);
}

// --- for the parts of the package that are written in script

// The script function that v is, or that a bound method or a functools.partial calls; or NULL.
static AvmFunc *function_of(AvmThread *t, AvmValue v, AvmValue *owner) {
    *owner = avm_incref(v);
    for (int depth = 0; depth < 100; depth++) {
        AvmValue inner = AVM_DONE;
        if (avm_is(*owner, AVM_T_METHOD)) {
            inner = avm_incref(((AvmMethod *)avm_obj(*owner))->func);
        } else if (avm_is_obj(*owner) && strcmp(avm_type_name(t, *owner), "partial") == 0) {
            AvmStr *name = avm_str_text(t, "func");
            inner = name ? avm_getattr_maybe(t, *owner, name) : AVM_FAIL;
            avm_drop(t, name);
        }
        if (!inner) avm_exc_clear(t);
        if (!inner || inner == AVM_DONE) break;
        avm_replace(t, owner, inner);
    }
    return avm_is(*owner, AVM_T_FUNCTION) ? (AvmFunc *)avm_obj(*owner) : NULL;
}

static AvmValue has_flag(AvmThread *t, AvmValue v, uint32_t flag) {
    AvmValue owner;
    AvmFunc *f = function_of(t, v, &owner);
    bool has = f && f->code->unit->flags & flag;
    avm_decref(t, owner);
    return avm_bool(has);
}

static AvmValue is_coroutine_function(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return has_flag(t, args[0], AVM_UNIT_COROUTINE);
}

static AvmValue is_generator_function(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return has_flag(t, args[0], AVM_UNIT_GENERATOR);
}

// Was the generator made by a function marked as a coroutine?
static AvmValue is_awaitable_generator(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(avm_is(args[0], AVM_T_GENERATOR) && avm_obj(args[0])->flags & AVM_GEN_ITERABLE_CORO);
}

static AvmValue is_generator(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_bool(avm_is(args[0], AVM_T_GENERATOR));
}

// Generators that the function makes from now on can be awaited; with `tasks` they can be made tasks, too.
static AvmValue mark_coroutine(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[0], AVM_T_FUNCTION)) return avm_raise_type(t, "a function was expected, got %R", args[0]);
    ((AvmFunc *)avm_obj(args[0]))->coroutine_mark = AVM_GEN_ITERABLE_CORO | (args[1] == AVM_TRUE ? AVM_GEN_ASYNCIO_CORO : 0);
    return avm_incref(args[0]);
}

static AvmValue format(AvmThread *t, AvmValue exc, bool (*add)(AvmThread *t, AvmValue exc, AvmBuf *out)) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (add(t, exc, &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

static AvmValue format_exception(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return format(t, args[0], avm_traceback_format);
}

static AvmValue format_exception_only(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return format(t, args[0], avm_traceback_only);
}

static AvmValue source_line(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[0], AVM_T_FRAME)) return avm_raise_type(t, "a frame was expected, got %R", args[0]);
    AvmFrameObj *f = (AvmFrameObj *)avm_obj(args[0]);
    AvmCode *code = f->func->code;
    uint32_t line = avm_unit_pos(code->unit, f->frame ? avm_frame_pc(f->frame) : f->pc).line;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (line && avm_source_line(t, code->unit, line, &b)) return avm_value(avm_str_from_buf(t, &b));
    avm_buf_free(&b);
    return AVM_NONE;
}

// A warning at the innermost line that is not the library's own.
static AvmValue warn_outside(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int level = 1;
    for (AvmFrame *f = t->frame; f && f->func->code->frozen; f = f->back) level++;
    AvmStr *text = avm_as_str(t, args[0]);
    if (!text || !avm_is_sub(t, args[1], AVM_TYPE_SUB_TYPE)) return avm_raise_type(t, "a text and a category were expected");
    return avm_warn(t, (AvmType *)avm_obj(args[1]), level, "%s", text->data) ? AVM_NONE : AVM_FAIL;
}

// --- the package's names

static AvmValue defer(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = avm_as_str(t, args[0]);
    AvmValue m = name ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    if (!avm_is(m, AVM_T_MODULE)) return avm_raise_type(t, "the name of a module was expected");
    ((AvmModuleObj *)avm_obj(m))->deferred = avm_asyncio_names;
    return AVM_NONE;
}

// Does PYTHONASYNCIODEBUG ask for the debug mode?
static AvmValue debug_wanted(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    const char *text = getenv("PYTHONASYNCIODEBUG");
    return avm_bool(text && *text);
}

static AvmValue is_library_frame(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[0], AVM_T_FRAME)) return avm_raise_type(t, "a frame was expected, got %R", args[0]);
    return avm_bool(((AvmFrameObj *)avm_obj(args[0]))->func->code->frozen);
}

static AvmValue on_failure(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    avm_replace(t, &t->vm->async->on_failure, args[0] == AVM_NONE ? AVM_EMPTY : avm_incref(args[0]));
    return AVM_NONE;
}

static const AvmNativeDef functions[] = {
    {"_debug_wanted", debug_wanted, "_debug_wanted()", NULL},
    {"_is_library_frame", is_library_frame, "_is_library_frame(frame, /)", NULL},
    {"_defer", defer, "_defer(package, /)",
     "Gives the package its names: each is imported when it is asked for."},
    {"get_running_loop", get_running_loop, "get_running_loop()",
     "The loop that runs; RuntimeError if none does."},
    {"_get_running_loop", get_running_loop_or_none, "_get_running_loop()", "The loop that runs, or None."},
    {"_set_running_loop", set_running_loop, "_set_running_loop(loop, /)", NULL},
    {"_all_tasks", all_tasks, "_all_tasks(loop=None, ending=False)",
     "The tasks that are not done, in order of creation."},
    {"create_task", create_task, "def asyncio.tasks:create_task(coro, *, name=None, context=None)",
     "A new task that runs coro in the loop that runs.", .as_given = true},
    {"_create_task", create_task_in, "_create_task(loop, coro, name, context)", NULL},
    {"ensure_future", ensure_future, "def asyncio.tasks:ensure_future(coro_or_future, *, loop=None)",
     "A future itself, or a new task of an awaitable."},
    {"_on_failure", on_failure, "_on_failure(callback, /)",
     "From now on callback(task) is called soon after an exception has ended a task. None: no longer."},
    {"_native", native, "_native(func, /)",
     "A decorator: calls of func make native coroutines, if there is a kind for it."},
    {"gather", gather, "def asyncio.tasks:gather(*coros_or_futures, return_exceptions=False)",
     "A future of the list of all results."},
    {"isfuture", isfuture, "def asyncio.base_futures:isfuture(obj)",
     "True for futures and for what declares itself to be one."},
    {"iscoroutine", iscoroutine, "def asyncio.coroutines:iscoroutine(obj)", "True for coroutine objects."},
    {"_set_main_task", set_main_task, "_set_main_task(task, /)", "The task that the first Ctrl-C cancels."},
    {"_hint_run", hint_run, "_hint_run(coro, /)", NULL},
    {"_interrupts", interrupts, "_interrupts()", "How often Ctrl-C has come since."},
    {"_is_coroutine_function", is_coroutine_function, "_is_coroutine_function(func, /)", NULL},
    {"_is_generator_function", is_generator_function, "_is_generator_function(func, /)", NULL},
    {"_is_awaitable_generator", is_awaitable_generator, "_is_awaitable_generator(obj, /)", NULL},
    {"_is_generator", is_generator, "_is_generator(obj, /)", NULL},
    {"_mark_coroutine", mark_coroutine, "_mark_coroutine(func, tasks=False, /)", NULL},
    {"_format_exception", format_exception, "_format_exception(exc, /)",
     "CPython's display of an exception."},
    {"_format_exception_only", format_exception_only, "_format_exception_only(exc, /)", NULL},
    {"_source_line", source_line, "_source_line(frame, /)",
     "The text of the line where a frame stands, or None."},
    {"_warn_outside", warn_outside, "_warn_outside(message, category, /)", NULL},
    {0},
};

static bool init(AvmThread *t, AvmModuleObj *m) {
    return avm_async_new(t) && avm_async_parts_init(t) && avm_module_add_functions(t, m, avm_asyncio_tasks_functions) &&
           avm_module_add_type(t, m, &avm_future_def) &&
           avm_module_add_type(t, m, &avm_task_def) && avm_module_add_type(t, m, &avm_handle_def) &&
           avm_module_add_type(t, m, &avm_timerhandle_def) && avm_module_add_type(t, m, &avm_abstract_loop_def) && avm_module_add_type(t, m, &avm_loop_def) &&
           avm_module_add_type(t, m, &avm_gather_def) &&
           avm_module_add(t, m, "CancelledError", avm_value(AVM_EXC(t, CancelledError))) &&
           avm_module_add(t, m, "InvalidStateError", avm_value(AVM_EXC(t, InvalidStateError)));
}

const AvmModuleDef avm_asyncio_module = {"_asyncio", "Natives of asyncio.", functions, init};
