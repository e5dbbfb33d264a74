// The tasks of a running program, for people who watch it: SIGQUIT, the watchdog, the report of a deadlock.
#include <stdio.h>
#include <time.h>

#include "vm/async/async.h"
#include "vm/frame.h"
#include "vm/shape.h"
#include "vm/traceback.h"
#include "vm/warnings.h"

enum { MOST_TASKS = 1000, DEEPEST = 20 };

// --- places

static void add_place(AvmThread *t, const AvmUnit *unit, uint32_t line, int indent, AvmBuf *out) {
    avm_buf_printf(out, "%.*s, File \"%.*s\", line %u\n", (int)unit->qualname.len, unit->qualname.text,
                   (int)unit->file.len, unit->file.text, (unsigned)line);
    AvmBuf text;
    avm_buf_init(&text, out->alloc);
    if (avm_source_line(t, unit, line, &text)) {
        size_t from = 0;
        while (from < text.len && (text.data[from] == ' ' || text.data[from] == '\t')) from++;
        avm_buf_printf(out, "%*s%.*s\n", indent + 2, "", (int)(text.len - from), text.data + from);
    }
    avm_buf_free(&text);
}

static void add_frame(AvmThread *t, const AvmFrame *f, int indent, AvmBuf *out) {
    const AvmUnit *unit = f->func->code->unit;
    AvmPos pos = avm_unit_pos(unit, avm_frame_pc(f));
    bool begun = avm_frame_pc(f) > 0 && (!f->gen || f->gen->state != AVM_GEN_CREATED);
    add_place(t, unit, begun && pos.line ? pos.line : unit->first_line, indent, out);
}

// The innermost frame that is the user's own, or NULL.
static const AvmFrame *running_frame(const AvmThread *t) {
    const AvmFrame *f = t->frame;
    while (f && f->func->code->frozen) f = f->back;
    return f;
}

// The same for a chain of awaits.
static const AvmFrame *waiting_frame(AvmValue coro) {
    AvmGen *found = NULL;
    for (AvmValue v = coro; avm_is_gen(v); v = avm_gen_awaiting((AvmGen *)avm_obj(v))) {
        AvmGen *g = (AvmGen *)avm_obj(v);
        if (!g->frame.func->code->frozen || !found) found = g;
    }
    return found ? &found->frame : NULL;
}

static void add_name(AvmThread *t, AvmTask *task, AvmBuf *out) {
    AvmStr *name = avm_task_name(t, task);
    if (name) avm_buf_add(out, name->data, name->len);
    avm_drop(t, name);
}

void avm_tree_task(AvmThread *t, AvmTask *task, int indent, const char *state, AvmBuf *out) {
    avm_buf_printf(out, "%*s", indent, "");
    add_name(t, task, out);
    const AvmFrame *f = waiting_frame(task->coro);
    if (f) {
        avm_buf_printf(out, " %s in ", state);
        add_frame(t, f, indent, out);
    } else {
        avm_buf_byte(out, '\n');
    }
}

// --- the tree

typedef struct Tree {
    AvmThread *t;
    AvmBuf *out;
    uint32_t shown, more;
} Tree;

// The thread that runs a step of the task, or NULL.
static AvmThread *runner_of(AvmThread *t, const AvmTask *task) {
    for (AvmThread *r = t->vm->main_thread; r; r = r->next)
        if (r->current_task == avm_value(task)) return r;
    return NULL;
}

static const char *state_of(const AvmTask *task) {
    if (task->f.sleeping == AVM_SLEEP_TIMER) return "sleeps";
    if (avm_task_waits(task)) return "waits";
    if (avm_is_gen(task->coro) && ((AvmGen *)avm_obj(task->coro))->state == AVM_GEN_CREATED)
        return "has not begun";
    return "is ready";
}

// The tasks of a group (in script, with an attribute `_tasks`), borrowed, or NULL.
static AvmDict *tasks_of(AvmThread *t, AvmValue group) {
    AvmAttrs *attrs = avm_is_obj(group) ? avm_object_attrs(t, avm_obj(group)) : NULL;
    AvmStr *name = attrs ? avm_str_intern(t, "_tasks", 6) : NULL;
    AvmValue tasks = name ? avm_attrs_get(t, attrs, name) : AVM_EMPTY;
    avm_drop(t, name);
    avm_exc_clear(t);
    return avm_is(tasks, AVM_T_DICT) ? (AvmDict *)avm_obj(tasks) : NULL;
}

// Many at once are waited for by asyncio's own coroutines: the end of a TaskGroup, and wait(). Borrowed, or NULL.
static AvmDict *awaited_together(AvmThread *t, AvmValue coro) {
    for (AvmValue v = coro; avm_is_gen(v); v = avm_gen_awaiting((AvmGen *)avm_obj(v))) {
        const AvmFrame *f = &((AvmGen *)avm_obj(v))->frame;
        if (!f->func->code->frozen) continue;
        if (avm_code_is(f->func->code, "TaskGroup.__aexit__")) return tasks_of(t, f->regs[0]);
        if (avm_code_is(f->func->code, "_wait") && avm_is(f->regs[0], AVM_T_DICT)) return (AvmDict *)avm_obj(f->regs[0]);
    }
    return NULL;
}

// Calls fn for each pending task that task waits for.
static void each_awaited(AvmThread *t, AvmTask *task, void (*fn)(AvmTask *awaited, void *arg), void *arg) {
    AvmValue v = avm_task_waits(task) ? task->f.result : AVM_EMPTY, value;
    if (avm_is(v, AVM_T_TASK)) {
        fn((AvmTask *)avm_obj(v), arg);
    } else if (avm_is(v, AVM_T_GATHER)) {
        AvmList *children = ((AvmGather *)avm_obj(v))->children;
        for (uint32_t i = 0; children && i < children->len; i++)
            if (avm_is(children->items[i], AVM_T_TASK)) fn((AvmTask *)avm_obj(children->items[i]), arg);
    } else if (v) {
        AvmDict *together = awaited_together(t, task->coro);
        for (uint32_t pos = 0; together && avm_dict_next(together, &pos, &v, &value);)
            if (avm_is(v, AVM_T_TASK)) fn((AvmTask *)avm_obj(v), arg);
    }
}

static void add_awaited_name(AvmTask *awaited, void *arg) {
    Tree *tree = arg;
    if (awaited->f.state != AVM_FUTURE_PENDING || tree->more > 3) return;
    avm_buf_text(tree->out, tree->more++ ? ", " : " for ");
    if (tree->more > 3)
        avm_buf_text(tree->out, "...");
    else
        add_name(tree->t, awaited, tree->out);
}

static void add_one(Tree *tree, AvmTask *task, int depth);

typedef struct Below {
    Tree *tree;
    int depth;
} Below;

static void add_below(AvmTask *awaited, void *arg) {
    Below *b = arg;
    if (awaited->f.state == AVM_FUTURE_PENDING) add_one(b->tree, awaited, b->depth);
}

// The end of the line of a task that runs no script: Queue.get() and the like, which have no line.
static void add_native(AvmThread *t, AvmValue coro, AvmBuf *out) {
    AvmCoro *c = avm_is(coro, AVM_T_NATIVE_COROUTINE) ? (AvmCoro *)avm_obj(coro) : NULL;
    if (c && avm_coro_kind_id(c) != AVM_CORO_SLEEP) avm_buf_printf(out, " in %s()", avm_coro_kind(t, c)->qualname);
    avm_buf_byte(out, '\n');
}

static void add_one(Tree *tree, AvmTask *task, int depth) {
    if (tree->shown++ >= MOST_TASKS || depth > DEEPEST) return;
    AvmBuf *out = tree->out;
    AvmThread *runner = runner_of(tree->t, task);
    const AvmFrame *f = runner ? running_frame(runner) : waiting_frame(task->coro);
    int indent = 2 + 2 * depth;
    avm_buf_printf(out, "%*s", indent, "");
    add_name(tree->t, task, out);
    avm_buf_printf(out, " %s", runner ? "is running" : state_of(task));
    tree->more = 0;
    if (!runner) each_awaited(tree->t, task, add_awaited_name, tree);
    if (f) {
        avm_buf_text(out, runner ? " now: " : " in ");
        add_frame(tree->t, f, indent, out);
    } else {
        add_native(tree->t, task->coro, out);
    }
    each_awaited(tree->t, task, add_below, &(Below){tree, depth + 1});
}

static void mark(AvmTask *awaited, void *arg) {
    (void)arg;
    awaited->f.bits |= AVM_GATHER_SEEN;
}

static bool is_pending(const AvmTask *task) {
    return task->f.state == AVM_FUTURE_PENDING && task->f.h.refs > 0;
}

// Those that nobody waits for, each with what it waits for below it.
static void add_tasks(AvmThread *t, AvmBuf *out) {
    AvmAsync *a = t->vm->async;
    Tree tree = {.t = t, .out = out};
    uint32_t count = 0;
    for (AvmTask *task = a->first; task; task = task->next) {
        if (!is_pending(task)) continue;
        each_awaited(t, task, mark, NULL);
        count++;
    }
    avm_buf_printf(out, "aio: %u task%s\n", (unsigned)count, count == 1 ? "" : "s");
    for (AvmTask *task = a->first; task; task = task->next)
        if (is_pending(task) && !(task->f.bits & AVM_GATHER_SEEN)) add_one(&tree, task, 0);
    for (AvmTask *task = a->first; task; task = task->next) task->f.bits &= (uint8_t)~AVM_GATHER_SEEN;
    if (tree.shown > MOST_TASKS) avm_buf_printf(out, "  and %u more\n", (unsigned)(tree.shown - MOST_TASKS));
}

// Where each thread stands, but for those whose task says so.
static void add_threads(AvmThread *t, bool idle, AvmBuf *out) {
    for (AvmThread *r = t->vm->main_thread; r; r = r->next) {
        const AvmFrame *f = running_frame(r);
        if (!f || (r == t && idle) || avm_is(r->current_task, AVM_T_TASK)) continue;
        avm_buf_printf(out, "aio: thread %llu %s: ", (unsigned long long)r->ident,
                       r == t ? "is running now" : "stands");
        add_frame(t, f, 2, out);
    }
}

static void show(AvmThread *t, const char *heading, bool idle) {
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (heading) avm_buf_text(&b, heading);
    if (t->vm->async) add_tasks(t, &b);
    add_threads(t, idle, &b);
    avm_exc_clear(t);
    // Not through sys.stderr: no script runs for this.
    if (!b.failed && t->vm->host.write) t->vm->host.write(t->vm->host.ctx, 2, b.data, b.len);
    avm_buf_free(&b);
    t->exc = exc;
}

// --- the watchdog: the ring's head moves with every callback

static int64_t real_ns(void) {
    struct timespec ts = {0};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void watch(AvmThread *t, bool idle) {
    AvmWatchdog *w = &t->vm->watchdog;
    AvmEventLoop *loop = t->running_loop ? avm_loop_as(t, t->running_loop) : NULL;
    if (idle || !loop || w->loop != loop || w->head != loop->head) {
        *w = (AvmWatchdog){.limit_ns = w->limit_ns, .loop = idle ? NULL : loop, .since_ns = real_ns()};
        if (loop) w->head = loop->head;
    } else if (!w->told && real_ns() - w->since_ns >= w->limit_ns) {
        w->told = true;
        char heading[80];
        snprintf(heading, sizeof heading, "aio: a callback has held the loop for %.3g seconds\n",
                 (double)w->limit_ns / 1e9);
        show(t, heading, false);
    }
}

void avm_tree_look(AvmThread *t, uint32_t bits, bool idle) {
    if (bits & AVM_INTERRUPT_SHOW) show(t, NULL, idle);
    if (bits & AVM_INTERRUPT_TICK) watch(t, idle);
}
