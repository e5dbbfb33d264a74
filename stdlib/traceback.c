// _traceback: texts of exceptions and stack entries for the module traceback.
#include "vm/traceback.h"

#include "stdlib/modules.h"
#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmValue text_of(AvmThread *t, AvmBuf *b, bool good) {
    if (good) return avm_value(avm_str_from_buf(t, b));
    avm_buf_free(b);
    return avm_failed(t) ? AVM_FAIL : avm_raise_memory(t);
}

static bool check(AvmThread *t, AvmValue exc) {
    if (avm_isinstance_exact(t, exc, AVM_EXC(t, BaseException))) return true;
    return avm_raise_type(t, "Exception expected for value, %T found", exc) != AVM_FAIL;
}

static AvmValue format(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check(t, args[0])) return AVM_FAIL;
    int chain = avm_truth(t, args[1]);
    if (chain < 0) return AVM_FAIL;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    return text_of(t, &b, avm_traceback_format_chain(t, args[0], chain, &b));
}

static AvmValue format_only(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check(t, args[0])) return AVM_FAIL;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    return text_of(t, &b, avm_traceback_only(t, args[0], &b));
}

// (file name, line number, name, line, text, last line, column, last column) of where code stands.
static AvmValue entry(AvmThread *t, AvmCode *code, AvmDict *globals, uint32_t pc) {
    const AvmUnit *unit = code->unit;
    AvmPos pos = avm_unit_pos(unit, pc);
    uint32_t number = pos.line;
    AvmBuf line, text;
    avm_buf_init(&line, &t->vm->alloc);
    avm_buf_init(&text, &t->vm->alloc);
    if (!avm_source_line(t, unit, number, &line)) line.len = 0;
    size_t skip = 0;
    while (skip < line.len && strchr(" \t\f", line.data[skip])) skip++;
    bool has_columns = pos.end_col > 0;
    AvmValue parts[] = {avm_value(avm_str_new(t, unit->file.text, unit->file.len)),
                        avm_inline_int_value(number),
                        avm_value(avm_str_new(t, unit->name.text, unit->name.len)),
                        avm_value(avm_str_new(t, line.len ? line.data + skip : "", line.len - skip)),
                        AVM_FAIL,
                        avm_inline_int_value(number + (pos.lines)),
                        has_columns ? avm_inline_int_value(pos.col) : AVM_NONE,
                        has_columns ? avm_inline_int_value(pos.end_col) : AVM_NONE};
    enum { PARTS = sizeof parts / sizeof *parts };
    parts[4] = text_of(t, &text, avm_traceback_entry(t, code, globals, pc, &text));
    avm_buf_free(&line);
    bool good = true;
    for (int i = 0; i < PARTS; i++) good &= parts[i] != AVM_FAIL;
    AvmTuple *tuple = good ? avm_tuple_from(t, parts, PARTS) : NULL;
    for (int i = 0; i < PARTS; i++) avm_decref(t, parts[i]);
    return avm_value(tuple);
}

static AvmValue entries(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmList *list = avm_list_new(t, 8);
    if (!list || args[0] == AVM_NONE) return avm_value(list);
    if (!avm_is(args[0], AVM_T_TRACEBACK)) {
        avm_drop(t, list);
        return avm_raise_type(t, "a traceback was expected, not %T", args[0]);
    }
    for (AvmTraceback *tb = (AvmTraceback *)avm_obj(args[0]); tb; tb = tb->next) {
        AvmFunc *f = tb->frame->func;
        if (f->code->frozen && t->vm->hide_frozen) continue;
        AvmValue e = entry(t, f->code, f->globals, tb->pc);
        if (e == AVM_FAIL || !avm_list_append_take(t, list, e)) {
            avm_drop(t, list);
            return AVM_FAIL;
        }
    }
    return avm_value(list);
}

static AvmValue frame_entry(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[0], AVM_T_FRAME)) return avm_raise_type(t, "a frame was expected, not %T", args[0]);
    AvmFrameObj *f = (AvmFrameObj *)avm_obj(args[0]);
    return entry(t, f->func->code, f->func->globals, f->frame ? avm_frame_pc(f->frame) : f->pc);
}

static const AvmNativeDef functions[] = {
    {"entries", entries, "entries(tb, /)", "The entries of a traceback."},
    {"format", format, "format(exc, chain, /)", "The whole display of an exception."},
    {"format_only", format_only, "format_only(exc, /)", "The lines after the stack."},
    {"frame_entry", frame_entry, "frame_entry(frame, /)", "The entry of a frame."},
    {0},
};

const AvmModuleDef avm_traceback_module = {
    .name = "_traceback",
    .doc = "The part of traceback that is C.",
    .functions = functions,
};
