// The frame object: a frame as scripts see it, while it lives and afterwards.
#include "vm/builtins.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

AvmFrameObj *avm_frame_object(AvmThread *t, AvmFrame *frame) {
    if (frame->object) return (AvmFrameObj *)avm_retain(frame->object);
    AvmFrameObj *o = avm_object_new_id(t, AVM_T_FRAME, sizeof(AvmFrameObj));
    if (!o) return NULL;
    o->frame = frame;
    o->code = avm_retain(frame->func->code);
    o->globals = avm_retain(frame->func->globals);
    frame->object = &o->h; // a borrowed link both ways: whoever ends first cuts it
    return o;
}

void avm_frame_object_detach(AvmThread *t, AvmFrame *frame) {
    AvmFrameObj *o = (AvmFrameObj *)frame->object;
    if (!o) return;
    frame->object = NULL;
    o->pc = avm_frame_pc(frame);
    o->frame = NULL;
    // A caller that is known as an object stays known.
    if (frame->back && frame->back->object) {
        o->back = (AvmFrameObj *)frame->back->object;
        avm_incref(avm_value(o->back));
    }
    (void)t;
}

static bool set_local(AvmThread *t, AvmDict *d, AvmText name, AvmValue v) {
    if (v == AVM_EMPTY || (name.len && *name.text == '.')) return true;
    AvmStr *key = avm_str_intern(t, name.text, name.len);
    bool good = key && avm_dict_set_str(t, d, key, v);
    avm_drop(t, key);
    return good;
}

AvmDict *avm_frame_locals(AvmThread *t, AvmFrame *frame) {
    AvmFunc *func = frame->func;
    const AvmUnit *unit = func->code->unit;
    if (unit->flags & AVM_UNIT_NAMESPACE) {
        if (avm_is_obj(frame->regs[0]) && avm_as_dict(t, frame->regs[0]))
            return (AvmDict *)avm_obj(avm_incref(frame->regs[0]));
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
            AvmValue v = frame->regs[i < unit->nlocals ? i : 256 + i - unit->nlocals];
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

static AvmFrameObj *self_frame(AvmValue v) { return (AvmFrameObj *)avm_obj(v); }

static uint32_t line_of(AvmFrameObj *o) {
    return avm_unit_pos(o->code->unit, o->frame ? avm_frame_pc(o->frame) : o->pc).line;
}

static void frame_free(AvmThread *t, AvmObj *obj) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    if (o->frame) o->frame->object = NULL;
    avm_drop(t, o->code);
    avm_drop(t, o->globals);
    avm_drop(t, o->back);
    avm_drop(t, o->locals);
}

static void frame_traverse(AvmObj *obj, AvmVisit visit, void *arg) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    visit(avm_value(o->code), arg);
    visit(avm_value(o->globals), arg);
    visit(avm_value(o->back), arg);
    visit(avm_value(o->locals), arg);
}

static void frame_clear_links(AvmThread *t, AvmObj *obj) {
    AvmFrameObj *o = (AvmFrameObj *)obj;
    AvmFrameObj *back = o->back;
    AvmDict *locals = o->locals;
    o->back = NULL;
    o->locals = NULL;
    avm_drop(t, back);
    avm_drop(t, locals);
}

static AvmValue frame_repr(AvmThread *t, AvmValue v) {
    AvmFrameObj *o = self_frame(v);
    const AvmUnit *unit = o->code->unit;
    AvmStr *file = avm_str_new(t, unit->file.text, unit->file.len);
    if (!file) return AVM_FAIL;
    AvmStr *text = avm_str_format(t, "<frame at %p, file %R, line %u, code %.*s>", (void *)o, avm_value(file),
                                  (unsigned)line_of(o), (int)unit->name.len, unit->name.text);
    avm_drop(t, file);
    return avm_value(text);
}

static AvmValue get_code(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(self_frame(self)->code));
}

static AvmValue get_globals(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(self_frame(self)->globals));
}

static AvmValue get_builtins(AvmThread *t, AvmValue self) {
    (void)self;
    return avm_builtins_complete(t) ? avm_incref(avm_value(t->vm->builtins)) : AVM_FAIL;
}

static AvmValue get_locals(AvmThread *t, AvmValue self) {
    AvmFrameObj *o = self_frame(self);
    if (o->frame) return avm_value(avm_frame_locals(t, o->frame));
    if (!o->locals && !(o->code->unit->flags & (AVM_UNIT_OPTIMIZED | AVM_UNIT_NAMESPACE)))
        return avm_incref(avm_value(o->globals));
    if (!o->locals) return avm_value(avm_dict_new(t));
    return avm_incref(avm_value(o->locals));
}

static AvmValue get_lineno(AvmThread *t, AvmValue self) { return avm_int_new(t, line_of(self_frame(self))); }

static AvmValue get_lasti(AvmThread *t, AvmValue self) {
    AvmFrameObj *o = self_frame(self);
    return avm_int_new(t, (int64_t)(o->frame ? avm_frame_pc(o->frame) : o->pc) * 2);
}

static AvmValue get_back(AvmThread *t, AvmValue self) {
    AvmFrameObj *o = self_frame(self);
    if (o->frame && o->frame->back) return avm_value(avm_frame_object(t, o->frame->back));
    return o->back ? avm_incref(avm_value(o->back)) : AVM_NONE;
}

static AvmValue get_trace(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return AVM_NONE;
}

static AvmValue frame_clear(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFrameObj *o = self_frame(args[0]);
    if (o->frame) return avm_raise(t, AVM_EXC(t, RuntimeError), "cannot clear an executing frame");
    AvmDict *locals = o->locals;
    o->locals = NULL;
    avm_drop(t, locals);
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
