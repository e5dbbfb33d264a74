// sys.displayhook, sys.excepthook and sys.unraisablehook.
#include "stdlib/structseq.h"
#include "stdlib/sysparts.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"
#include "vm/warnings.h"

AvmValue avm_sys_displayhook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[0] == AVM_NONE) return AVM_NONE;
    AvmStr *name = AVM_NAME(t, _);
    if (!avm_dict_set_str(t, t->vm->builtins, name, AVM_NONE)) return AVM_FAIL;
    AvmValue text = avm_repr(t, args[0]);
    if (text == AVM_FAIL) return AVM_FAIL;
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    AvmValue out = sys == AVM_EMPTY ? AVM_FAIL : avm_getattr(t, sys, AVM_NAME(t, stdout));
    AvmStr *line = out == AVM_FAIL ? NULL : avm_str_format(t, "%S\n", (AvmStr *)avm_obj(text));
    AvmValue arg = avm_value(line),
             r = line ? avm_call_method(t, out, AVM_NAME(t, write), &arg, 1) : AVM_FAIL;
    bool good = r != AVM_FAIL && avm_dict_set_str(t, t->vm->builtins, name, args[0]);
    avm_decref(t, r);
    avm_drop(t, line);
    avm_decref(t, out);
    avm_decref(t, text);
    return good ? AVM_NONE : AVM_FAIL;
}

AvmValue avm_sys_excepthook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_isinstance_exact(t, args[1], AVM_EXC(t, BaseException)))
        return avm_raise_type(t, "print_exception(): Exception expected for value, %T found", args[1]);
    AvmExc *exc = (AvmExc *)avm_obj(args[1]);
    if (args[2] != AVM_NONE && avm_is(args[2], AVM_T_TRACEBACK) && exc->traceback == AVM_EMPTY)
        exc->traceback = avm_incref(args[2]);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_traceback_report(t, args[1], &b)) avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    return AVM_NONE;
}

// --- exceptions that nobody can catch

static AvmValue attribute(AvmThread *t, AvmValue v, const char *name) {
    AvmStr *key = avm_str_intern(t, name, strlen(name));
    AvmValue r = key ? avm_getattr(t, v, key) : AVM_FAIL;
    avm_drop(t, key);
    return r;
}

AvmValue avm_sys_unraisablehook(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue exc = attribute(t, args[0], "exc_value"),
             where = exc == AVM_FAIL ? AVM_FAIL : attribute(t, args[0], "object");
    AvmValue message = where == AVM_FAIL ? AVM_FAIL : attribute(t, args[0], "err_msg");
    if (message != AVM_FAIL && avm_isinstance_exact(t, exc, AVM_EXC(t, BaseException))) {
        AvmStr *text = avm_as_str(t, message);
        avm_reraise(t, avm_incref(exc));
        avm_exc_show_unraisable(t, text ? text->data : NULL, where == AVM_NONE ? AVM_EMPTY : where);
    }
    avm_decref(t, exc);
    avm_decref(t, where);
    avm_decref(t, message);
    return avm_failed(t) ? AVM_FAIL : AVM_NONE;
}

static const AvmGetSetDef args_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "exc_type", "Exception type"),
    AVM_STRUCTSEQ_FIELD(1, "exc_value", "Exception value"),
    AVM_STRUCTSEQ_FIELD(2, "exc_traceback", "Exception traceback"),
    AVM_STRUCTSEQ_FIELD(3, "err_msg", "Error message"),
    AVM_STRUCTSEQ_FIELD(4, "object", "Object causing the exception"),
    {0},
};
static const AvmTypeDef args_def = AVM_STRUCTSEQ_DEF("UnraisableHookArgs", args_fields, "What an unraisablehook is told.");

// The script's own hook, borrowed; or empty.
static AvmValue find_hook(AvmThread *t) {
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    if (!avm_is(sys, AVM_T_MODULE)) return AVM_EMPTY;
    AvmStr *name = avm_str_intern(t, "unraisablehook", 14);
    AvmValue hook = name ? avm_dict_get_str(t, ((AvmModuleObj *)avm_obj(sys))->dict, name) : AVM_EMPTY;
    avm_drop(t, name);
    avm_exc_clear(t);
    bool ours = avm_is(hook, AVM_T_NATIVE) && ((AvmNative *)avm_obj(hook))->def->fn == avm_sys_unraisablehook;
    return hook == AVM_NONE || ours ? AVM_EMPTY : hook;
}

bool avm_sys_tell_unraisable(AvmThread *t, AvmValue exc, const char *message, AvmValue where) {
    AvmValue hook = avm_incref(find_hook(t));
    if (!hook) return false;
    AvmValue tb = ((AvmExc *)avm_obj(exc))->traceback;
    AvmValue fields[] = {avm_incref(avm_value(avm_type_of(t, exc))), avm_incref(exc), avm_incref(tb ? tb : AVM_NONE),
                         message ? avm_value(avm_str_text(t, message)) : AVM_NONE,
                         avm_incref(where ? where : AVM_NONE)};
    AvmValue args = avm_structseq_new(t, &args_def, fields, sizeof fields / sizeof *fields);
    AvmValue r = args ? avm_call1(t, hook, args) : AVM_FAIL;
    avm_decref(t, args);
    avm_decref(t, r);
    if (!r) avm_exc_show_unraisable(t, "Exception ignored in sys.unraisablehook", hook);
    avm_decref(t, hook);
    return true;
}
