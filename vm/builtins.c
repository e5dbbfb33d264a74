// Functions of the module builtins: attributes, identity, classes, namespaces. Numbers and eval have files of
// their own.
#include "vm/builtins.h"

#include "base/utf8.h"
#include "vm/attr.h"
#include "vm/call.h"
#include "vm/dir.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// --- texts

static AvmValue builtin_repr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_repr(t, args[0]);
}

static AvmValue builtin_ascii(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_ascii(t, args[0]);
}

static AvmValue builtin_format(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] != AVM_EMPTY && !avm_as_str(t, args[1]))
        return avm_raise_type(t, "format() argument 2 must be str, not %A", args[1]);
    return avm_format(t, args[0], args[1]);
}

static AvmValue builtin_chr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t code;
    if (!avm_index(t, args[0], &code)) return AVM_FAIL;
    if (code < 0 || code > 0x10FFFF) return avm_raise_value(t, "chr() arg not in range(0x110000)");
    return avm_value(avm_str_char(t, (uint32_t)code));
}

static AvmValue builtin_ord(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = avm_as_str(t, args[0]);
    size_t count, step;
    if (s) {
        if (s->count == 1) return avm_inline_int_value(avm_utf8_decode(s->data, &step));
        count = s->count;
    } else if (avm_as_bytes(t, args[0]) || avm_is(args[0], AVM_T_BYTEARRAY)) {
        const char *p;
        if (!avm_bytes_like(t, args[0], &p, &count)) return AVM_FAIL;
        if (count == 1) return avm_inline_int_value((unsigned char)*p);
    } else {
        return avm_raise_type(t, "ord() expected string of length 1, but %T found", args[0]);
    }
    return avm_raise_type(t, "ord() expected a character, but string of length %zu found", count);
}

// --- identity

static AvmValue builtin_id(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_int_new_u64(t, args[0]);
}

static AvmValue builtin_hash(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t h;
    return avm_hash(t, args[0], &h) ? avm_int_new(t, h) : AVM_FAIL;
}

static AvmValue builtin_callable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_bool(avm_is_callable(t, args[0]));
}

static AvmValue builtin_isinstance(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int r = avm_isinstance(t, args[0], args[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}

static AvmValue builtin_issubclass(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int r = avm_issubclass(t, args[0], args[1]);
    return r < 0 ? AVM_FAIL : avm_bool(r);
}

// --- attributes

// The interned name, borrowed; NULL: TypeError.
static AvmStr *attribute_name(AvmThread *t, AvmValue v) {
    AvmStr *s = avm_as_str(t, v);
    if (s) return avm_attr_name(t, s);
    avm_raise_type(t, "attribute name must be string, not '%T'", v);
    return NULL;
}

static AvmValue builtin_getattr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = attribute_name(t, args[1]);
    if (!name) return AVM_FAIL;
    if (args[2] == AVM_EMPTY) return avm_getattr(t, args[0], name);
    AvmValue v = avm_getattr_maybe(t, args[0], name);
    return v == AVM_DONE ? avm_incref(args[2]) : v;
}

static AvmValue builtin_hasattr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = attribute_name(t, args[1]);
    AvmValue v = name ? avm_getattr_maybe(t, args[0], name) : AVM_FAIL;
    if (v == AVM_FAIL || v == AVM_DONE) return v == AVM_FAIL ? AVM_FAIL : AVM_FALSE;
    avm_decref(t, v);
    return AVM_TRUE;
}

static AvmValue builtin_setattr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = attribute_name(t, args[1]);
    return name && avm_setattr(t, args[0], name, args[2]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue builtin_delattr(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = attribute_name(t, args[1]);
    return name && avm_setattr(t, args[0], name, AVM_EMPTY) ? AVM_NONE : AVM_FAIL;
}

// --- namespaces

static AvmValue builtin_globals(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    if (!t->frame) return avm_value(avm_dict_new(t));
    return avm_incref(avm_value(t->frame->func->globals));
}

static AvmValue builtin_locals(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(t->frame ? avm_frame_locals(t, t->frame) : avm_dict_new(t));
}

static AvmValue builtin_vars(AvmThread *t, AvmValue *args, uint32_t n) {
    if (args[0] == AVM_EMPTY) return builtin_locals(t, args, n);
    AvmValue d = avm_getattr_maybe(t, args[0], AVM_NAME(t, __dict__));
    return d == AVM_DONE ? avm_raise_type(t, "vars() argument must have __dict__ attribute") : d;
}

static AvmValue builtin_dir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return args[0] == AVM_EMPTY ? avm_dir_here(t) : avm_dir(t, args[0]);
}

// --- imports

// The package that `level` dots mean, joined with name: what __import__ is asked for. New reference.
static AvmStr *absolute_name(AvmThread *t, AvmStr *name, AvmDict *globals, int64_t level) {
    AvmValue v = globals ? avm_dict_get_str(t, globals, AVM_NAME(t, __package__)) : AVM_EMPTY;
    AvmStr *package = v == AVM_EMPTY ? NULL : avm_as_str(t, v);
    if (!package || !package->len) {
        avm_raise(t, AVM_EXC(t, ImportError), "attempted relative import with no known parent package");
        return NULL;
    }
    size_t n = package->len;
    while (--level > 0) {
        while (n && package->data[n - 1] != '.') n--;
        if (!n) {
            avm_raise(t, AVM_EXC(t, ImportError), "attempted relative import beyond top-level package");
            return NULL;
        }
        n--;
    }
    if (!name->len) return avm_str_new(t, package->data, n);
    return avm_str_format(t, "%.*s.%S", (int)n, package->data, name);
}

static AvmValue builtin_import(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = avm_as_str(t, args[0]);
    int64_t level = 0;
    if (!name) return avm_raise_type(t, "module name must be a string");
    if (args[4] != AVM_EMPTY && !avm_index(t, args[4], &level)) return AVM_FAIL;
    if (level < 0) return avm_raise_value(t, "level must be >= 0");
    if (!name->len && !level) return avm_raise_value(t, "Empty module name");
    AvmDict *globals = args[1] == AVM_EMPTY || args[1] == AVM_NONE ? NULL : avm_as_dict(t, args[1]);
    int from = args[3] == AVM_EMPTY ? 0 : avm_truth(t, args[3]);
    if (from < 0) return AVM_FAIL;
    AvmStr *full = level ? absolute_name(t, name, globals, level) : avm_retain(name);
    if (!full) return AVM_FAIL;
    AvmValue module = avm_import(t, full);
    const char *dot = memchr(full->data, '.', full->len);
    if (module != AVM_FAIL && !from && !level && dot) {
        // `import a.b` binds a.
        avm_decref(t, module);
        AvmStr *top = avm_str_new(t, full->data, (size_t)(dot - full->data));
        module = top ? avm_import(t, top) : AVM_FAIL;
        avm_drop(t, top);
    }
    avm_drop(t, full);
    return module;
}

static AvmValue builtin_exit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_raise_with(t, AVM_EXC(t, SystemExit), args[0] == AVM_EMPTY ? AVM_NONE : args[0]);
}

const AvmNativeDef avm_builtins_basic[] = {
    {"__import__", builtin_import, "__import__(name, globals=None, locals=None, fromlist=(), level=0)",
     "Imports a module: what the import statement calls."},
    {"ascii", builtin_ascii, "ascii(obj, /)", "repr() with non-ASCII characters escaped."},
    {"callable", builtin_callable, "callable(obj, /)", "Can the object be called?"},
    {"chr", builtin_chr, "chr(i, /)", "The character with this code point."},
    {"delattr", builtin_delattr, "delattr(obj, name, /)",
     "Deletes an attribute: delattr(x, 'y') is del x.y."},
    {"dir", builtin_dir, "dir(object=None, /)",
     "The names of an object's attributes, or of the current scope, sorted."},
    {"exit", builtin_exit, "exit(code=None)", "Raises SystemExit."},
    {"format", builtin_format, "format(value, format_spec='', /)",
     "type(value).__format__(value, format_spec)"},
    {"getattr", builtin_getattr, "getattr(object, name, default=None, /)",
     "An attribute by name: getattr(x, 'y') is x.y. A default is given back when there is none."},
    {"globals", builtin_globals, "globals()", "The current module's namespace."},
    {"hasattr", builtin_hasattr, "hasattr(obj, name, /)", "Has the object an attribute of this name?"},
    {"hash", builtin_hash, "hash(obj, /)", "The hash value of an object."},
    {"id", builtin_id, "id(obj, /)", "The identity of an object: unique while it lives."},
    {"isinstance", builtin_isinstance, "isinstance(obj, class_or_tuple, /)",
     "Is the object an instance of a class, of a sub-class of it, or of one of several?"},
    {"issubclass", builtin_issubclass, "issubclass(cls, class_or_tuple, /)",
     "Is a class a sub-class of another, or of one of several?"},
    {"locals", builtin_locals, "locals()", "The names of the current scope and their values."},
    {"ord", builtin_ord, "ord(c, /)", "The code point of a one-character string."},
    {"quit", builtin_exit, "quit(code=None)", "Raises SystemExit."},
    {"repr", builtin_repr, "repr(obj, /)", "The object's canonical text."},
    {"setattr", builtin_setattr, "setattr(obj, name, value, /)",
     "Sets an attribute: setattr(x, 'y', v) is x.y = v."},
    {"vars", builtin_vars, "vars(object=None, /)", "The object's __dict__, or locals()."},
    {0},
};
