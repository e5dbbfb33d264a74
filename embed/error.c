// How calls end: the error kept for the host, and the report that ends a program. What the error holds is in errortree.c.
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
    avm_exc_clear(vm->t);
    avm_error_tree_free(vm);
    avm_replace(vm->t, &vm->error, AVM_EMPTY);
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

// A limit was reached, or nothing can go on. The status; within host functions everything unwinds further.
static aiovm_status exhausted(aiovm *vm) {
    AvmThread *t = vm->t;
    vm->limit_hit = t->limit <= AVM_LIMIT_OUTPUT ? (aiovm_limit)t->limit : AIOVM_LIMIT_NONE;
    avm_exc_clear(t);
    vm->over = true;
    if (!vm->own_slots) t->exhausted = false;
    return t->limit == AVM_LIMIT_DEADLOCK ? AIOVM_DEADLOCK : AIOVM_ENDED;
}

aiovm_status avm_embed_outcome(aiovm *vm) {
    AvmThread *t = vm->t;
    if (t->exhausted) return exhausted(vm);
    if (!avm_failed(t)) return AIOVM_OK;
    avm_error_tree_free(vm);
    AvmValue before = vm->error;
    vm->error = avm_exc_take(t);
    avm_decref(t, before);
    if (avm_exc_matches(t, vm->error, AVM_EXC(t, SystemExit))) {
        bool said;
        vm->exit_status = exit_code(t, vm->error, &said);
        return AIOVM_EXIT;
    }
    return avm_exc_matches(t, vm->error, AVM_EXC(t, KeyboardInterrupt)) ? AIOVM_INTERRUPTED : AIOVM_ERROR;
}

// --- the report

static void print_exception(AvmThread *t, AvmValue exc) {
    AvmBuf text;
    avm_buf_init(&text, &t->vm->alloc);
    if (avm_traceback_report(t, exc, &text))
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

// sys.last_exc and its kin, which a hook or what runs at the exit may look at.
static void keep_last(AvmThread *t, AvmValue exc) {
    static const char *const names[] = {"last_exc", "last_value", "last_type", "last_traceback"};
    AvmValue tb = ((AvmExc *)avm_obj(exc))->traceback, sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    AvmValue values[] = {exc, exc, avm_value(avm_type_of(t, exc)), tb ? tb : AVM_NONE};
    for (int i = 0; sys && avm_is(sys, AVM_T_MODULE) && i < 4; i++) {
        AvmStr *name = avm_str_intern(t, names[i], strlen(names[i]));
        if (name) avm_dict_set_str(t, ((AvmModuleObj *)avm_obj(sys))->dict, name, values[i]);
        avm_drop(t, name);
        avm_exc_clear(t);
    }
}

// Runs the hook for the kept error. The hook may end the program with a status of its own.
static void report_error(aiovm *vm, int *status) {
    AvmThread *t = vm->t;
    AvmValue exc = avm_incref(vm->error), hook = find_hook(t);
    keep_last(t, exc);
    if (!hook) {
        print_exception(t, exc);
    } else {
        AvmValue tb = ((AvmExc *)avm_obj(exc))->traceback;
        AvmValue args[3] = {avm_value(avm_type_of(t, exc)), exc, tb ? tb : AVM_NONE};
        bool began = avm_embed_run(vm);
        AvmValue r = avm_call(t, hook, args, 3);
        avm_embed_rest(vm, began);
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

static void report_limit(aiovm *vm) {
    static const char *const what[] = {"a limit is reached", "the fuel is used up", "the time is over", "the memory is used up",
                                       "there was too much output"};
    uint64_t limit = vm->output_limit;
    vm->output_limit = 0; // what is said here comes on top
    avm_stderr_write(vm->t, "aio: ", 5);
    avm_stderr_write(vm->t, what[vm->limit_hit], strlen(what[vm->limit_hit]));
    avm_stderr_write(vm->t, "\n", 1);
    vm->output_limit = limit;
}

int aiovm_report(aiovm *vm, aiovm_status outcome) {
    int status = 1;
    if (!avm_embed_enter(vm)) return status;
    AvmThread *t = vm->t;
    switch (outcome) {
    case AIOVM_OK:
    case AIOVM_PAUSED:
    case AIOVM_WAIT: return 0;
    case AIOVM_EXIT:
        if (vm->error) report_code(vm, vm->error, &status);
        return status;
    case AIOVM_ERROR:
    case AIOVM_INTERRUPTED:
        if (vm->error) report_error(vm, &status);
        return status;
    case AIOVM_DEADLOCK: return 3; // reported where it was found
    case AIOVM_LIMIT:
    case AIOVM_ENDED: report_limit(vm); return status;
    case AIOVM_MEMORY: avm_stderr_write(t, "aio: out of memory\n", 19); return 1;
    case AIOVM_RANGE: avm_stderr_write(t, "aio: the unit is damaged, or was compiled by another version\n", 61); return status;
    default: break;
    }
    return status;
}
