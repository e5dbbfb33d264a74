// compile, eval and exec.
#include "vm/builtins.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/source.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

// The text of a str or bytes. false: it is neither (no exception).
static bool source_text(AvmThread *t, AvmValue v, const char **p, size_t *n) {
    AvmStr *s = avm_as_str(t, v);
    if (s) {
        *p = s->data;
        *n = s->len;
        return true;
    }
    return (avm_as_bytes(t, v) || avm_is(v, AVM_T_BYTEARRAY)) && avm_bytes_like(t, v, p, n);
}

static AvmValue builtin_compile(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *source;
    size_t len;
    AvmStr *mode = avm_as_str(t, args[2]), *file = avm_as_str(t, args[1]);
    if (!mode) return avm_raise_type(t, "compile() argument 'mode' must be str, not %A", args[2]);
    int kind = avm_str_is(mode, "exec")   ? AVM_SOURCE_EXEC
               : avm_str_is(mode, "eval") ? AVM_SOURCE_EVAL
                                          : AVM_SOURCE_SINGLE;
    if (kind == AVM_SOURCE_SINGLE && !avm_str_is(mode, "single"))
        return avm_raise_value(t, "compile() mode must be 'exec', 'eval' or 'single'");
    if (!file) return avm_raise_type(t, "expected str, bytes or os.PathLike object, not %T", args[1]);
    if (!source_text(t, args[0], &source, &len))
        return avm_failed(t) ? AVM_FAIL
                             : avm_raise_type(t, "compile() arg 1 must be a string, bytes or AST object");
    return avm_value(avm_source_compile(t, source, len, file, kind | AVM_SOURCE_NAMESPACE));
}

// Finds the namespaces that code is to run in; *locals is a new reference. false: exception.
static bool find_scopes(AvmThread *t, AvmValue *args, const char *what, AvmDict **globals, AvmValue *locals) {
    AvmValue g = args[1] == AVM_NONE ? AVM_EMPTY : args[1], l = args[2] == AVM_NONE ? AVM_EMPTY : args[2];
    bool is_eval = *what == 'e' && what[1] == 'v';
    if (g != AVM_EMPTY && !avm_as_dict(t, g)) {
        if (is_eval)
            avm_raise_type(t, "globals must be a dict");
        else
            avm_raise_type(t, "exec() globals must be a dict, not %T", g);
        return false;
    }
    if (l != AVM_EMPTY && !avm_type_of(t, l)->s.getitem) {
        if (is_eval)
            avm_raise_type(t, "locals must be a mapping");
        else
            avm_raise_type(t, "locals must be a mapping or None, not %T", l);
        return false;
    }
    if (g == AVM_EMPTY && !t->frame) {
        avm_raise(t, AVM_EXC(t, SystemError), "%s(): no frame is running", what);
        return false;
    }
    *globals = g == AVM_EMPTY ? t->frame->func->globals : avm_as_dict(t, g);
    if (l != AVM_EMPTY)
        *locals = avm_incref(l);
    else if (g != AVM_EMPTY)
        *locals = avm_incref(g);
    else
        *locals = avm_value(avm_frame_locals(t, t->frame));
    if (*locals == AVM_FAIL) return false;
    AvmStr *name = AVM_NAME(t, __builtins__);
    if (avm_dict_get_str(t, *globals, name) != AVM_EMPTY) return true;
    AvmValue builtins = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, builtins));
    if (avm_dict_set_str(t, *globals, name, builtins == AVM_EMPTY ? avm_value(t->vm->builtins) : builtins))
        return true;
    avm_decref(t, *locals);
    return false;
}

static AvmValue run_code(AvmThread *t, AvmCode *code, AvmDict *globals, AvmValue locals, const char *what) {
    if (code->unit->nfree)
        return avm_raise_type(t, "code object passed to %s may not contain free variables", what);
    AvmFunc *f = avm_func_new(t, code, globals);
    if (!f) return AVM_FAIL;
    bool scoped = code->unit->flags & AVM_UNIT_NAMESPACE;
    AvmValue r = avm_call(t, avm_value(f), &locals, scoped ? 1 : 0);
    avm_drop(t, f);
    return r;
}

static AvmCode *code_of(AvmThread *t, AvmValue v, const char *what, int mode) {
    const char *p;
    size_t n;
    if (avm_is(v, AVM_T_CODE)) return (AvmCode *)avm_obj(avm_incref(v));
    if (!source_text(t, v, &p, &n)) {
        if (!avm_failed(t)) avm_raise_type(t, "%s arg 1 must be a string, bytes or code object", what);
        return NULL;
    }
    while (mode == AVM_SOURCE_EVAL && n && (*p == ' ' || *p == '\t')) p++, n--;
    AvmStr *file = avm_str_text(t, "<string>");
    AvmCode *code = file ? avm_source_compile(t, p, n, file, mode | AVM_SOURCE_NAMESPACE) : NULL;
    avm_drop(t, file);
    return code;
}

static AvmValue run_source(AvmThread *t, AvmValue *args, const char *what, int mode) {
    AvmDict *globals;
    AvmValue locals, r = AVM_FAIL;
    if (!find_scopes(t, args, what, &globals, &locals)) return AVM_FAIL;
    avm_incref(avm_value(globals));
    AvmCode *code = code_of(t, args[0], what, mode);
    if (code) r = run_code(t, code, globals, locals, what);
    avm_drop(t, code);
    avm_decref(t, locals);
    avm_drop(t, globals);
    return r;
}

static AvmValue builtin_eval(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return run_source(t, args, "eval()", AVM_SOURCE_EVAL);
}

static AvmValue builtin_exec(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue r = run_source(t, args, "exec()", AVM_SOURCE_EXEC);
    if (r == AVM_FAIL) return AVM_FAIL;
    avm_decref(t, r);
    return AVM_NONE;
}

const AvmNativeDef avm_builtins_eval[] = {
    {"compile", builtin_compile, "compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1)",
     "Compiles source text into a code object that exec() or eval() runs."},
    {"eval", builtin_eval, "eval(source, /, globals=None, locals=None)",
     "The value of an expression given as text or code."},
    {"exec", builtin_exec, "exec(source, /, globals=None, locals=None, *, closure=None)",
     "Runs statements given as text or code."},
    {0},
};
