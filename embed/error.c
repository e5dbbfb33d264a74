// How calls end: the error kept for the host, its texts and frames, and the report that ends a program.
#include <string.h>

#include "embed/embed.h"
#include "stdlib/modules.h"
#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"
#include "vm/warnings.h"

// --- the outcome

void avm_embed_forget(aiovm *vm) {
    AvmThread *t = vm->t;
    avm_exc_clear(t);
    avm_replace(t, &vm->error, AVM_EMPTY);
    AvmBuf *bufs[] = {&vm->error_type, &vm->error_message, &vm->error_text, &vm->frames};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) avm_buf_free(bufs[i]);
    vm->has_frames = false;
}

// What SystemExit's code means for the process; *said: the code is a text to be printed.
static int exit_code(AvmThread *t, AvmValue exc, bool *said) {
    AvmValue code = ((AvmExc *)avm_obj(exc))->extra[0];
    int64_t n;
    *said = false;
    if (!code || code == AVM_NONE) return 0;
    if (avm_is_int(t, code)) return (int)((avm_int_get(code, &n) ? n : -1) & 0xFF);
    *said = true;
    return 1;
}

aiovm_status avm_embed_outcome(aiovm *vm) {
    AvmThread *t = vm->t;
    if (t->exhausted) {
        avm_exc_clear(t);
        t->exhausted = false;
        vm->over = true;
        return t->limit == AVM_LIMIT_DEADLOCK ? AIOVM_DEADLOCK : AIOVM_FUEL;
    }
    if (!avm_failed(t)) return AIOVM_OK;
    vm->error = avm_exc_take(t);
    if (avm_exc_matches(t, vm->error, AVM_EXC(t, SystemExit))) {
        bool said;
        vm->exit_status = exit_code(t, vm->error, &said);
        return AIOVM_EXIT;
    }
    return avm_exc_matches(t, vm->error, AVM_EXC(t, KeyboardInterrupt)) ? AIOVM_INTERRUPTED : AIOVM_ERROR;
}

// --- texts

const char *aiovm_error_type(aiovm *vm) {
    if (!vm->error) return "";
    if (!vm->error_type.len) {
        AvmStr *name = avm_type_of(vm->t, vm->error)->name;
        avm_buf_add(&vm->error_type, name->data, name->len);
    }
    return avm_buf_str(&vm->error_type);
}

const char *aiovm_error_message(aiovm *vm) {
    AvmThread *t = vm->t;
    if (!vm->error || vm->busy) return "";
    if (!vm->error_message.len) {
        avm_vm_enter(t);
        AvmValue s = avm_str(t, vm->error);
        AvmStr *text = s ? avm_as_str(t, s) : NULL;
        if (text) avm_buf_add(&vm->error_message, text->data, text->len);
        avm_decref(t, s);
        avm_exc_clear(t);
    }
    return avm_buf_str(&vm->error_message);
}

const char *aiovm_error_text(aiovm *vm) {
    AvmThread *t = vm->t;
    if (!vm->error || vm->busy) return "";
    if (!vm->error_text.len) {
        avm_vm_enter(t);
        if (!avm_traceback_format(t, vm->error, &vm->error_text)) vm->error_text.len = 0;
        avm_exc_clear(t);
    }
    return avm_buf_str(&vm->error_text);
}

// --- frames. Their texts belong to the code that the exception's traceback keeps.

static const char *text_of(AvmThread *t, AvmValue v) {
    AvmStr *s = v ? avm_as_str(t, v) : NULL;
    return s ? s->data : "";
}

static uint32_t number_of(AvmThread *t, AvmValue v) {
    int64_t n;
    return v && avm_is_int(t, v) && avm_int_get(v, &n) && n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

// Bytes before character `offset` (from 1) of a text.
static uint32_t column_of(AvmThread *t, AvmValue text, AvmValue offset) {
    uint32_t chars = number_of(t, offset);
    AvmStr *s = text ? avm_as_str(t, text) : NULL;
    if (!chars) return 0;
    return s && chars - 1 <= s->count ? avm_str_offset(t, s, chars - 1) : chars - 1;
}

static void add_syntax_place(aiovm *vm, AvmExc *exc) {
    AvmThread *t = vm->t;
    uint32_t line = number_of(t, exc->extra[2]);
    if (!line) return;
    uint32_t end = number_of(t, exc->extra[5]);
    aiovm_frame frame = {
        .file = text_of(t, exc->extra[1]),
        .function = "",
        .line = line,
        .end_line = end ? end : line,
        .column = column_of(t, exc->extra[4], exc->extra[3]),
        .end_column = column_of(t, end == line ? exc->extra[4] : AVM_EMPTY, exc->extra[6]),
    };
    avm_buf_add(&vm->frames, &frame, sizeof frame);
}

static void make_frames(aiovm *vm) {
    if (vm->has_frames || !vm->error) return;
    vm->has_frames = true;
    AvmExc *exc = (AvmExc *)avm_obj(vm->error);
    AvmTraceback *tb = exc->traceback ? (AvmTraceback *)avm_obj(exc->traceback) : NULL;
    for (; tb; tb = tb->next) {
        if (tb->code->frozen && vm->t->vm->hide_frozen) continue;
        const AvmUnit *unit = tb->code->unit;
        const AvmPos *pos = avm_unit_pos(unit, tb->pc);
        bool known = pos && pos->line;
        aiovm_frame frame = {.file = unit->file.text, .function = unit->qualname.text};
        if (known) {
            frame.line = pos->line;
            frame.end_line = pos->line + pos->lines;
            if (pos->col != 0xFFFF) {
                frame.column = pos->col;
                frame.end_column = pos->end_col;
            }
        }
        avm_buf_add(&vm->frames, &frame, sizeof frame);
    }
    if (avm_exc_matches(vm->t, vm->error, AVM_EXC(vm->t, SyntaxError))) add_syntax_place(vm, exc);
}

size_t aiovm_error_frames(aiovm *vm) {
    make_frames(vm);
    return vm->frames.len / sizeof(aiovm_frame);
}

aiovm_status aiovm_error_frame(aiovm *vm, size_t index, aiovm_frame *frame, size_t size) {
    aiovm_frame f;
    memset(frame, 0, size);
    if (index >= aiovm_error_frames(vm)) return AIOVM_MISUSE;
    memcpy(&f, vm->frames.data + index * sizeof f, sizeof f);
    memcpy(frame, &f, size < sizeof f ? size : sizeof f);
    return AIOVM_OK;
}

// --- the report

static void print_exception(AvmThread *t, AvmValue exc) {
    AvmBuf text;
    avm_buf_init(&text, &t->vm->alloc);
    if (avm_traceback_format(t, exc, &text))
        avm_stderr_write(t, text.data, text.len);
    else
        avm_stderr_write(t, "MemoryError\n", 12);
    avm_buf_free(&text);
    avm_exc_clear(t);
}

// sys.excepthook if somebody may have set it (new reference), or empty.
static AvmValue find_hook(AvmThread *t) {
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    AvmStr *name = sys ? avm_str_intern(t, "excepthook", 10) : NULL;
    AvmValue hook = name ? avm_getattr_maybe(t, sys, name) : AVM_EMPTY;
    avm_drop(t, name);
    avm_exc_clear(t);
    return hook == AVM_DONE ? AVM_EMPTY : hook;
}

static aiovm_status report_code(aiovm *vm, AvmValue exc, int *status) {
    bool said;
    AvmThread *t = vm->t;
    *status = exit_code(t, exc, &said);
    AvmValue text = said ? avm_str(t, ((AvmExc *)avm_obj(exc))->extra[0]) : AVM_EMPTY;
    AvmStr *s = text ? avm_as_str(t, text) : NULL;
    AvmStr *line = s ? avm_str_format(t, "%S\n", s) : NULL;
    if (line) avm_stderr_write(t, line->data, line->len);
    avm_drop(t, line);
    avm_decref(t, text);
    avm_exc_clear(t);
    return AIOVM_EXIT;
}

// Runs the hook for the kept error. The hook may end the program with a status of its own.
static void report_error(aiovm *vm, int *status) {
    AvmThread *t = vm->t;
    AvmValue exc = avm_incref(vm->error), hook = find_hook(t);
    if (!hook) {
        print_exception(t, exc);
    } else {
        AvmValue tb = ((AvmExc *)avm_obj(exc))->traceback;
        AvmValue args[3] = {avm_value(avm_type_of(t, exc)), exc, tb ? tb : AVM_NONE};
        vm->busy = true;
        AvmValue r = avm_call(t, hook, args, 3);
        vm->busy = false;
        avm_decref(t, r);
        if (!r && !t->exhausted) {
            AvmValue second = avm_exc_take(t);
            if (avm_exc_matches(t, second, AVM_EXC(t, SystemExit))) {
                report_code(vm, second, status);
            } else {
                avm_stderr_write(t, "Error in sys.excepthook:\n", 25);
                print_exception(t, second);
                avm_stderr_write(t, "\nOriginal exception was:\n", 25);
                print_exception(t, exc);
            }
            avm_decref(t, second);
        }
        t->exhausted = false;
    }
    avm_decref(t, hook);
    avm_decref(t, exc);
}

int aiovm_report(aiovm *vm, aiovm_status outcome) {
    AvmThread *t = vm->t;
    int status = 1;
    avm_vm_enter(t);
    switch (outcome) {
    case AIOVM_OK:
    case AIOVM_PAUSED: return 0;
    case AIOVM_EXIT:
        if (vm->error) report_code(vm, vm->error, &status);
        return status;
    case AIOVM_ERROR:
    case AIOVM_INTERRUPTED:
        if (vm->error) report_error(vm, &status);
        return status;
    case AIOVM_DEADLOCK: return 3; // reported where it was found
    case AIOVM_FUEL: avm_stderr_write(t, "aio: the fuel is used up\n", 25); return 1;
    case AIOVM_MEMORY: avm_stderr_write(t, "aio: out of memory\n", 19); return 1;
    case AIOVM_SYSTEM:
    case AIOVM_MISUSE: break;
    }
    return status;
}
