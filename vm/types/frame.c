// The frame object: a frame as scripts see it, while it lives and afterwards.
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/gen.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

// How many registers are kept of a frame that ends. Local variables are the first ones, and if there are too
// many for a byte, stand among all; a generator that dies where it has yielded has temporaries, too.
static uint32_t kept(const AvmCode *code) {
    return code->unit->nfar || code->gen_type ? code->nregs : code->nlocals;
}

AvmFrameObj *avm_frame_object(AvmThread *t, AvmFrame *frame) {
    if (frame->object) return (AvmFrameObj *)avm_retain(frame->object);
    size_t size = sizeof(AvmFrameObj) + kept(frame->func->code) * sizeof(AvmValue);
    AvmFrameObj *o = (AvmFrameObj *)avm_heap_pop(t->vm->heap, size);
    if (o) {
        o->h = (AvmObj){.refs = 1, .type = AVM_T_FRAME};
        t->gc_debt++;
    } else if (!(o = avm_object_new_sized(t, AVM_T_FRAME, size))) {
        return NULL;
    }
    o->frame = frame;
    o->func = avm_retain(frame->func);
    o->back = NULL;        // regs are nobody's business before the frame ends
    frame->object = &o->h; // a borrowed link both ways: whoever ends first cuts it
    return o;
}

AvmFrameObj *avm_frame_object_for(AvmThread *t, AvmFunc *func) {
    AvmFrameObj *o = avm_object_new_sized(t, AVM_T_FRAME, sizeof(AvmFrameObj) + kept(func->code) * sizeof(AvmValue));
    if (o) o->func = avm_retain(func);
    return o;
}

// Of a frame that runs. NULL: nobody.
static AvmFrame *caller_of(const AvmFrame *frame) {
    const AvmGen *g = frame->gen;
    if (g && g->awaiter) return &g->awaiter->frame;
    return !g || g->state == AVM_GEN_RUNNING ? avm_frame_seen(frame->back) : NULL;
}

void avm_frame_object_detach(AvmThread *t, AvmFrame *frame) {
    AvmFrameObj *o = (AvmFrameObj *)frame->object;
    AvmFrame *caller = frame->gen ? NULL : avm_frame_seen(frame->back); // a generator may have had many
    frame->object = NULL;
    o->pc = avm_frame_pc(frame);
    o->frame = NULL;
    for (uint32_t i = 0, n = kept(o->func->code); i < n; i++) {
        o->regs[i] = frame->regs[i];
        frame->regs[i] = AVM_EMPTY;
    }
    if (!caller) return;
    AvmValue exc = avm_exc_take(t);
    o->back = avm_frame_object(t, caller);
    if (!o->back) avm_exc_clear(t); // without memory it has no caller
    t->exc = exc;
}

static bool set_local(AvmThread *t, AvmDict *d, AvmText name, AvmValue v) {
    if (v == AVM_EMPTY || (name.len && *name.text == '.')) return true;
    AvmStr *key = avm_str_intern(t, name.text, name.len);
    bool good = key && avm_dict_set_str(t, d, key, v);
    avm_drop(t, key);
    return good;
}

static AvmDict *locals_of(AvmThread *t, AvmFunc *func, const AvmValue *regs) {
    const AvmUnit *unit = func->code->unit;
    if (unit->flags & AVM_UNIT_NAMESPACE) {
        if (avm_is_obj(regs[0]) && avm_as_dict(t, regs[0])) return (AvmDict *)avm_obj(avm_incref(regs[0]));
    } else if (!(unit->flags & AVM_UNIT_OPTIMIZED)) {
        return (AvmDict *)avm_obj(avm_incref(avm_value(func->globals)));
    }
    AvmDict *d = avm_dict_new(t);
    bool good = d != NULL;
    uint32_t n = (uint32_t)unit->nlocals + unit->nfar;
    // As in CPython: parameters and plain locals, then those that inner functions use.
    for (int captured = 0; captured < 2; captured++) {
        for (uint32_t i = 0; i < n && good; i++) {
            if ((i >= unit->nparams && unit->local_cells[i]) != captured) continue;
            AvmValue v = regs[i < unit->nlocals ? i : 256 + i - unit->nlocals];
            if (unit->local_cells[i] && avm_is(v, AVM_T_CELL)) v = ((AvmCell *)avm_obj(v))->value;
            good = set_local(t, d, unit->locals[i], v);
        }
    }
    for (uint32_t i = 0; i < func->nfree && good; i++)
        good = set_local(t, d, unit->frees[i], func->free[i]->value);
    if (good) return d;
    avm_drop(t, d);
    return NULL;
}

AvmDict *avm_frame_locals(AvmThread *t, AvmFrame *frame) { return locals_of(t, frame->func, frame->regs); }

AvmDict *avm_frame_object_locals(AvmThread *t, AvmFrameObj *o) {
    return locals_of(t, o->func, o->frame ? o->frame->regs : o->regs);
}

static AvmFrameObj *self_frame(AvmValue v) { return (AvmFrameObj *)avm_obj(v); }

static uint32_t line_of(AvmFrameObj *o) {
    return avm_unit_pos(o->func->code->unit, o->frame ? avm_frame_pc(o->frame) : o->pc).line;
}

// What it keeps of a frame that has ended.
static void drop_kept(AvmThread *t, AvmFrameObj *o) {
    for (uint32_t i = 0, n = kept(o->func->code); i < n; i++) avm_replace(t, &o->regs[i], AVM_EMPTY);
}

static void frame_free(AvmThread *t, AvmObj *obj) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    if (o->frame)
        o->frame->object = NULL;
    else
        drop_kept(t, o);
    avm_drop(t, o->back);
    avm_drop(t, o->func);
}

static void frame_traverse(AvmObj *obj, AvmVisit visit, void *arg) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    visit(avm_value(o->func), arg);
    visit(avm_value(o->back), arg);
    if (o->frame) return;
    for (uint32_t i = 0, n = kept(o->func->code); i < n; i++) visit(o->regs[i], arg);
}

static void frame_clear_links(AvmThread *t, AvmObj *obj) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    AvmFrameObj *back = o->back;
    o->back = NULL;
    if (!o->frame) drop_kept(t, o);
    avm_drop(t, back);
}

static AvmValue frame_repr(AvmThread *t, AvmValue v) {
    AvmFrameObj *o = self_frame(v);
    const AvmUnit *unit = o->func->code->unit;
    AvmStr *file = avm_str_new(t, unit->file.text, unit->file.len);
    if (!file) return AVM_FAIL;
    AvmStr *text = avm_str_format(t, "<frame at %p, file %R, line %u, code %.*s>", (void *)o, avm_value(file),
                                  (unsigned)line_of(o), (int)unit->name.len, unit->name.text);
    avm_drop(t, file);
    return avm_value(text);
}

static AvmValue get_code(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(self_frame(self)->func->code));
}

static AvmValue get_globals(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(self_frame(self)->func->globals));
}

static AvmValue get_builtins(AvmThread *t, AvmValue self) {
    (void)self;
    return avm_builtins_complete(t) ? avm_incref(avm_value(t->vm->builtins)) : AVM_FAIL;
}

static AvmValue get_locals(AvmThread *t, AvmValue self) {
    return avm_value(avm_frame_object_locals(t, self_frame(self)));
}

static AvmValue get_lineno(AvmThread *t, AvmValue self) { return avm_int_new(t, line_of(self_frame(self))); }

static AvmValue get_lasti(AvmThread *t, AvmValue self) {
    AvmFrameObj *o = self_frame(self);
    return avm_int_new(t, (int64_t)(o->frame ? avm_frame_pc(o->frame) : o->pc) * 2);
}

static AvmValue get_back(AvmThread *t, AvmValue self) {
    AvmFrameObj *o = self_frame(self);
    bool stands = !o->frame || (o->frame->gen && !avm_gen_is_running(o->frame->gen));
    AvmFrame *caller = stands ? NULL : caller_of(o->frame);
    if (caller) return avm_value(avm_frame_object(t, caller));
    return o->back ? avm_incref(avm_value(o->back)) : AVM_NONE;
}

static AvmValue get_trace(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return AVM_NONE;
}

static AvmValue frame_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFrameObj *o = self_frame(args[0]);
    AvmGen *g = o->frame ? o->frame->gen : NULL;
    if (o->frame && (!g || avm_gen_is_running(g)))
        return avm_raise(t, AVM_EXC(t, RuntimeError), "cannot clear an executing frame");
    if (g && g->state != AVM_GEN_CREATED)
        return avm_raise(t, AVM_EXC(t, RuntimeError), "cannot clear a suspended frame");
    if (g && !avm_gen_give_up(t, g)) return AVM_FAIL;
    drop_kept(t, o);
    return AVM_NONE;
}

static const AvmNativeDef frame_methods[] = {
    {"clear", frame_clear, "clear()", "Drops what the frame still refers to.", AVM_DEF_METHOD},
    {0},
};

static const AvmGetSetDef frame_getsets[] = {
    {"f_back", get_back, NULL, "the caller's frame, or None"},
    {"f_builtins", get_builtins, NULL, "the built-in names"},
    {"f_code", get_code, NULL, "the code that runs in it"},
    {"f_globals", get_globals, NULL, "the global names"},
    {"f_lasti", get_lasti, NULL, "how far its code has run"},
    {"f_lineno", get_lineno, NULL, "the line it stands at"},
    {"f_locals", get_locals, NULL, "the local names"},
    {"f_trace", get_trace, NULL, "None: frames are not traced"},
    {0},
};

const AvmTypeDef avm_frame_def = {
    .name = "frame",
    .id = AVM_T_FRAME,
    .size = sizeof(AvmFrameObj),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .doc = "The activation of a function.",
    .slots = {.free = frame_free, .traverse = frame_traverse, .clear = frame_clear_links, .repr = frame_repr},
    .methods = frame_methods,
    .getsets = frame_getsets,
};
