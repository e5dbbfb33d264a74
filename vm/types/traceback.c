// The traceback object: a row for each frame an exception has passed through. Its display is
// vm/traceback.c's.
#include "vm/traceback.h"
#include "vm/types/int.h"

bool avm_traceback_here(AvmThread *t, AvmExc *exc, AvmFrame *frame) {
    AvmFrameObj *o = avm_frame_object(t, frame);
    AvmTraceback *tb = o ? avm_object_new_id(t, AVM_T_TRACEBACK, sizeof(AvmTraceback)) : NULL;
    if (!tb) {
        avm_drop(t, o);
        return false;
    }
    tb->frame = o;
    tb->pc = avm_frame_pc(frame);
    // The exception's reference to what was its first row so far goes to the new one.
    if (exc->traceback) tb->next = (AvmTraceback *)avm_obj(exc->traceback);
    exc->traceback = avm_value(tb);
    return true;
}

uint32_t avm_traceback_line(const AvmTraceback *tb) {
    return avm_unit_pos(avm_traceback_code(tb)->unit, tb->pc).line;
}

static void tb_free(AvmThread *t, AvmObj *o) {
    AvmTraceback *tb = (AvmTraceback *)o;
    avm_drop(t, tb->next);
    avm_drop(t, tb->frame);
}

static void tb_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTraceback *tb = (AvmTraceback *)o;
    visit(avm_value(tb->next), arg);
    visit(avm_value(tb->frame), arg);
}

static void tb_clear(AvmThread *t, AvmObj *o) { // what the frame holds is the frame object's to clear
    AvmTraceback *tb = (AvmTraceback *)o;
    AvmTraceback *next = tb->next;
    tb->next = NULL;
    avm_drop(t, next);
}

static AvmValue get_frame(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(((AvmTraceback *)avm_obj(self))->frame));
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
