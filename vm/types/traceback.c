// The traceback object: a row for each frame an exception has passed through. Its display is
// vm/traceback.c's.
#include "vm/traceback.h"
#include "vm/types/int.h"

static AvmValue local_named(AvmFrame *frame, const char *name) {
    const AvmUnit *unit = frame->func->code->unit;
    size_t n = strlen(name);
    for (uint32_t i = 0; i < unit->nlocals; i++) {
        if (unit->locals[i].len != n || memcmp(unit->locals[i].text, name, n)) continue;
        AvmValue v = frame->regs[i];
        if (unit->local_cells[i] && avm_is(v, AVM_T_CELL)) v = ((AvmCell *)avm_obj(v))->value;
        return v;
    }
    return AVM_EMPTY;
}

// What "Did you mean" needs to know of the frame where a name was not found: later the frame is gone.
static bool note_names(AvmThread *t, AvmExc *exc, AvmTraceback *tb, AvmFrame *frame) {
    AvmValue v = avm_value(exc);
    if (avm_isinstance_exact(t, v, AVM_EXC(t, AttributeError))) {
        if (exc->extra[1] != AVM_EMPTY && local_named(frame, "self") == exc->extra[1])
            tb->h.flags |= AVM_TB_SELF;
        return true;
    }
    if (!(frame->func->code->unit->flags & (AVM_UNIT_OPTIMIZED | AVM_UNIT_NAMESPACE))) return true;
    if (!avm_isinstance_exact(t, v, AVM_EXC(t, NameError))) return true;
    AvmFrameObj *o = avm_object_new_id(t, AVM_T_FRAME, sizeof(AvmFrameObj));
    if (!o) return false;
    tb->frame = avm_value(o);
    o->code = avm_retain(frame->func->code);
    o->globals = avm_retain(frame->func->globals);
    o->pc = avm_frame_pc(frame);
    o->locals = avm_frame_locals(t, frame);
    return o->locals != NULL;
}

bool avm_traceback_here(AvmThread *t, AvmExc *exc, AvmFrame *frame) {
    AvmTraceback *tb = avm_object_new_id(t, AVM_T_TRACEBACK, sizeof(AvmTraceback));
    if (!tb) return false;
    tb->code = avm_retain(frame->func->code);
    tb->globals = avm_retain(frame->func->globals);
    tb->pc = avm_frame_pc(frame);
    bool first = exc->traceback == AVM_EMPTY;
    // The exception's reference to what was its first row so far goes to the new one.
    if (!first) tb->next = (AvmTraceback *)avm_obj(exc->traceback);
    exc->traceback = avm_value(tb);
    return !first || note_names(t, exc, tb, frame);
}

uint32_t avm_traceback_line(const AvmTraceback *tb) { return avm_unit_pos(tb->code->unit, tb->pc).line; }

static void tb_free(AvmThread *t, AvmObj *o) {
    AvmTraceback *tb = (AvmTraceback *)o;
    avm_drop(t, tb->next);
    avm_drop(t, tb->code);
    avm_drop(t, tb->globals);
    avm_decref(t, tb->frame);
}

static void tb_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTraceback *tb = (AvmTraceback *)o;
    visit(avm_value(tb->next), arg);
    visit(avm_value(tb->code), arg);
    visit(avm_value(tb->globals), arg);
    visit(tb->frame, arg);
}

static void tb_clear(AvmThread *t, AvmObj *o) {
    AvmTraceback *tb = (AvmTraceback *)o;
    AvmTraceback *next = tb->next;
    tb->next = NULL;
    avm_drop(t, next);
    avm_replace(t, &tb->frame, AVM_EMPTY);
}

static AvmValue get_frame(AvmThread *t, AvmValue self) {
    AvmTraceback *tb = (AvmTraceback *)avm_obj(self);
    if (tb->frame == AVM_EMPTY) {
        AvmFrameObj *o = avm_object_new_id(t, AVM_T_FRAME, sizeof(AvmFrameObj));
        if (!o) return AVM_FAIL;
        o->code = avm_retain(tb->code);
        o->globals = avm_retain(tb->globals);
        o->pc = tb->pc;
        tb->frame = avm_value(o);
    }
    return avm_incref(tb->frame);
}

static AvmValue get_next(AvmThread *t, AvmValue self) {
    (void)t;
    AvmTraceback *tb = (AvmTraceback *)avm_obj(self);
    return tb->next ? avm_incref(avm_value(tb->next)) : AVM_NONE;
}

static bool set_next(AvmThread *t, AvmValue self, AvmValue value) {
    AvmTraceback *tb = (AvmTraceback *)avm_obj(self), *next = NULL;
    if (value == AVM_EMPTY) return avm_raise_type(t, "can't delete tb_next attribute") != AVM_FAIL;
    if (value != AVM_NONE) {
        if (!avm_is(value, AVM_T_TRACEBACK))
            return avm_raise_type(t, "expected traceback object or None, got '%T'", value) != AVM_FAIL;
        next = (AvmTraceback *)avm_obj(value);
        for (AvmTraceback *p = next; p; p = p->next)
            if (p == tb) return avm_raise_value(t, "traceback loop detected") != AVM_FAIL;
        avm_incref(value);
    }
    AvmTraceback *old = tb->next;
    tb->next = next;
    avm_drop(t, old);
    return true;
}

static AvmValue get_line(AvmThread *t, AvmValue self) {
    return avm_int_new(t, avm_traceback_line((AvmTraceback *)avm_obj(self)));
}

static AvmValue get_lasti(AvmThread *t, AvmValue self) {
    return avm_int_new(t, (int64_t)((AvmTraceback *)avm_obj(self))->pc * 2);
}

static const AvmGetSetDef tb_getsets[] = {
    {"tb_frame", get_frame, NULL, "the frame"},
    {"tb_lasti", get_lasti, NULL, "how far its code had run"},
    {"tb_lineno", get_line, NULL, "the line it stood at"},
    {"tb_next", get_next, set_next, "the row of the frame called from there, or None"},
    {0},
};

const AvmTypeDef avm_traceback_def = {
    .name = "traceback",
    .id = AVM_T_TRACEBACK,
    .size = sizeof(AvmTraceback),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .doc = "Where an exception has passed through.",
    .slots = {.free = tb_free, .traverse = tb_traverse, .clear = tb_clear},
    .getsets = tb_getsets,
};
