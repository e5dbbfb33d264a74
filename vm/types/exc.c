// The exception types: one layout for all, their extra attributes by a table. ExceptionGroup's methods are excgroup.c.
#include <errno.h>

#include "vm/call.h"
#include "vm/error.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/excs.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

static AvmExc *exc_of(AvmValue v) { return (AvmExc *)avm_obj(v); }

static void exc_free(AvmThread *t, AvmObj *o) {
    AvmExc *e = (AvmExc *)o;
    avm_decref(t, e->args);
    avm_decref(t, e->traceback);
    avm_decref(t, e->cause);
    avm_decref(t, e->context);
    avm_decref(t, e->notes);
    for (int i = 0; i < 7; i++) avm_decref(t, e->extra[i]);
}

static void exc_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmExc *e = (AvmExc *)o;
    visit(e->args, arg);
    visit(e->traceback, arg);
    visit(e->cause, arg);
    visit(e->context, arg);
    visit(e->notes, arg);
    for (int i = 0; i < 7; i++) visit(e->extra[i], arg);
}

static void exc_clear(AvmThread *t, AvmObj *o) {
    AvmExc *e = (AvmExc *)o;
    avm_replace(t, &e->traceback, AVM_EMPTY);
    avm_replace(t, &e->cause, AVM_EMPTY);
    avm_replace(t, &e->context, AVM_EMPTY);
    avm_replace(t, &e->notes, AVM_EMPTY);
    for (int i = 0; i < 7; i++) avm_replace(t, &e->extra[i], AVM_EMPTY);
}

static AvmTuple *args_of(AvmExc *e) { return (AvmTuple *)avm_obj(e->args); }

static AvmExcLayout layout_of(AvmThread *t, AvmType *type) {
    static const uint8_t layouts[] = {
#define E(name, base, layout, doc) AVM_LAYOUT_##layout,
#include "vm/exceptions.def"
#undef E
    };
    (void)t;
    while (type->flags & AVM_TYPE_HEAP) type = type->base;
    return type->id == AVM_T_EXCEPTION ? AVM_LAYOUT_PLAIN : layouts[type->id - AVM_T_BUILTINS + 1];
}

// --- making

static bool fill_os(AvmThread *t, AvmExc *e) {
    AvmTuple *a = args_of(e);
    if (a->len < 2 || a->len > 5) return true;
    e->extra[0] = avm_incref(a->items[0]);
    e->extra[1] = avm_incref(a->items[1]);
    if (a->len < 3) return true;
    if (a->items[2] == AVM_NONE) return true; // no file's name: all of them stay
    e->extra[2] = avm_incref(a->items[2]);
    if (a->len == 5 && a->items[4] != AVM_NONE) e->extra[3] = avm_incref(a->items[4]);
    AvmTuple *two = avm_tuple_from(t, a->items, 2);
    if (!two) return false;
    avm_replace(t, &e->args, avm_value(two));
    return true;
}

static bool fill_syntax(AvmThread *t, AvmExc *e) {
    AvmTuple *a = args_of(e);
    if (a->len) e->extra[0] = avm_incref(a->items[0]);
    if (a->len < 2) return true;
    AvmTuple *info = avm_tuple_from_iter(t, a->items[1]);
    if (!info) return false;
    for (uint32_t i = 0; i < info->len && i < 6; i++) e->extra[1 + i] = avm_incref(info->items[i]);
    avm_drop(t, info);
    return true;
}

// The attributes that follow from args.
static bool fill(AvmThread *t, AvmExc *e, AvmExcLayout layout) {
    AvmTuple *a = args_of(e);
    switch (layout) {
    case AVM_LAYOUT_VALUE:
        if (a->len == 1) e->extra[0] = avm_incref(a->items[0]);
        if (a->len > 1) e->extra[0] = avm_value(avm_retain(a));
        return true;
    case AVM_LAYOUT_IMPORT:
        if (a->len == 1) e->extra[2] = avm_incref(a->items[0]);
        return true;
    case AVM_LAYOUT_OS: return fill_os(t, e);
    case AVM_LAYOUT_SYNTAX: return fill_syntax(t, e);
    case AVM_LAYOUT_UNICODE:
        if (a->len != 5) return avm_raise_type(t, "function takes exactly 5 arguments (%u given)", a->len);
        for (uint32_t i = 0; i < 5; i++) e->extra[i] = avm_incref(a->items[i]);
        return true;
    case AVM_LAYOUT_GROUP: return avm_excgroup_fill(t, e);
    default: return true;
    }
}

static AvmType *os_subclass(AvmThread *t, AvmType *type, const AvmValue *args, uint32_t n) {
    static const struct {
        int err, exc;
    } map[] = {{EAGAIN, AVM_EXC_BlockingIOError}, {EALREADY, AVM_EXC_BlockingIOError}, {EINPROGRESS, AVM_EXC_BlockingIOError},
               {ECHILD, AVM_EXC_ChildProcessError}, {EPIPE, AVM_EXC_BrokenPipeError}, {ESHUTDOWN, AVM_EXC_BrokenPipeError},
               {ECONNABORTED, AVM_EXC_ConnectionAbortedError}, {ECONNREFUSED, AVM_EXC_ConnectionRefusedError},
               {ECONNRESET, AVM_EXC_ConnectionResetError}, {EEXIST, AVM_EXC_FileExistsError},
               {ENOENT, AVM_EXC_FileNotFoundError}, {EINTR, AVM_EXC_InterruptedError}, {EISDIR, AVM_EXC_IsADirectoryError},
               {ENOTDIR, AVM_EXC_NotADirectoryError}, {EACCES, AVM_EXC_PermissionError}, {EPERM, AVM_EXC_PermissionError},
               {ESRCH, AVM_EXC_ProcessLookupError}, {ETIMEDOUT, AVM_EXC_TimeoutError}};
    if (type != AVM_EXC(t, OSError) || n < 2 || n > 5 || !avm_is_inline_int(args[0])) return type;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].err == avm_inline_int(args[0])) return avm_exc_type(t, map[i].exc);
    return type;
}

AvmValue avm_exc_new(AvmThread *t, AvmType *type, AvmValue *args, uint32_t n) {
    if (!(type->flags & AVM_TYPE_EXCEPTION)) return avm_raise_memory(t);
    type = os_subclass(t, type, args, n);
    AvmExc *e = avm_object_new(t, type, 0);
    if (!e) return AVM_FAIL;
    AvmTuple *tuple = avm_tuple_from(t, args, n);
    e->args = avm_value(tuple);
    if (tuple && fill(t, e, layout_of(t, type))) return avm_value(e);
    avm_drop(t, e);
    return AVM_FAIL;
}

// Keywords that some constructors take.
static bool take_keywords(AvmThread *t, AvmExc *e, AvmValue kwargs, AvmExcLayout layout) {
    AvmDict *kw = (AvmDict *)avm_obj(kwargs);
    static const char *const import_names[] = {"name", "path", NULL}, *const name_names[] = {"name", "obj", NULL},
                            *const none[] = {NULL};
    const char *const *names = layout == AVM_LAYOUT_IMPORT ? import_names : layout == AVM_LAYOUT_NAME ? name_names : none;
    uint32_t pos = 0;
    AvmValue k, v;
    while (avm_dict_next(kw, &pos, &k, &v)) {
        int at = 0;
        while (names[at] && !avm_str_is((AvmStr *)avm_obj(k), names[at])) at++;
        if (!names[at])
            return *names ? avm_raise_type(t, "%T() got an unexpected keyword argument '%V'", avm_value(e), k)
                          : avm_raise_type(t, "%T() takes no keyword arguments", avm_value(e));
        avm_replace(t, &e->extra[at], avm_incref(v));
    }
    return true;
}

static AvmValue exc_py_new(AvmThread *t, AvmValue *args, uint32_t n) {
    // args[0] the class, args[1] keywords or empty (checked by __init__), then positional ones
    return avm_exc_new(t, (AvmType *)avm_obj(args[0]), args + 2, n - 2);
}

static AvmValue exc_init(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmExc *e = exc_of(args[0]);
    AvmExcLayout layout = layout_of(t, avm_type_of(t, args[0]));
    if (layout != AVM_LAYOUT_OS) {
        AvmTuple *tuple = avm_tuple_from(t, args + 2, n - 2);
        if (!tuple) return AVM_FAIL;
        avm_replace(t, &e->args, avm_value(tuple));
    }
    if (layout != AVM_LAYOUT_OS &&
        layout != AVM_LAYOUT_GROUP) { // these are filled once and for all by __new__
        for (int i = 0; i < 7; i++) avm_replace(t, &e->extra[i], AVM_EMPTY);
        if (!fill(t, e, layout)) return AVM_FAIL;
    }
    if (args[1] && !take_keywords(t, e, args[1], layout)) return AVM_FAIL;
    return AVM_NONE;
}

// --- text

static AvmValue os_str(AvmThread *t, AvmExc *e) {
    if (e->extra[2] && e->extra[3])
        return avm_value(avm_str_format(t, "[Errno %V] %V: %R -> %R", e->extra[0], e->extra[1], e->extra[2], e->extra[3]));
    if (e->extra[2]) return avm_value(avm_str_format(t, "[Errno %V] %V: %R", e->extra[0], e->extra[1], e->extra[2]));
    return avm_value(avm_str_format(t, "[Errno %V] %V", e->extra[0], e->extra[1]));
}

static AvmValue syntax_str(AvmThread *t, AvmExc *e) {
    if (!e->extra[0]) return avm_value(avm_str_text(t, "None"));
    bool file = e->extra[1] && e->extra[1] != AVM_NONE, line = e->extra[2] && e->extra[2] != AVM_NONE;
    const char *base = "";
    if (file) {
        AvmStr *s = avm_as_str(t, e->extra[1]);
        const char *slash = s ? strrchr(s->data, '/') : NULL;
        base = slash ? slash + 1 : s ? s->data : "";
    }
    if (file && line) return avm_value(avm_str_format(t, "%V (%s, line %V)", e->extra[0], base, e->extra[2]));
    if (file) return avm_value(avm_str_format(t, "%V (%s)", e->extra[0], base));
    if (line) return avm_value(avm_str_format(t, "%V (line %V)", e->extra[0], e->extra[2]));
    return avm_str(t, e->extra[0]);
}

static AvmValue unicode_str(AvmThread *t, AvmExc *e) {
    if (!e->extra[4]) return avm_value(avm_retain(t->vm->empty_str));
    int64_t start = 0, end = 0;
    avm_int_get(e->extra[2], &start);
    avm_int_get(e->extra[3], &end);
    bool decode = avm_exc_matches(t, avm_value(e), AVM_EXC(t, UnicodeDecodeError));
    if (end == start + 1) {
        const char *p;
        size_t n;
        if (decode && avm_bytes_like(t, e->extra[1], &p, &n) && (size_t)start < n)
            return avm_value(avm_str_format(t, "'%V' codec can't decode byte 0x%02x in position %ld: %V", e->extra[0],
                                            (unsigned char)p[start], (long)start, e->extra[4]));
        AvmStr *s = avm_as_str(t, e->extra[1]);
        if (!decode && s && start < s->count) {
            AvmStr *c = avm_str_slice(t, s, (uint32_t)start, (uint32_t)start + 1);
            AvmValue shown = c ? avm_ascii(t, avm_value(c)) : AVM_FAIL;
            AvmStr *r = shown ? avm_str_format(t, "'%V' codec can't encode character %V in position %ld: %V", e->extra[0],
                                               shown, (long)start, e->extra[4])
                              : NULL;
            avm_drop(t, c);
            avm_decref(t, shown);
            return avm_value(r);
        }
    }
    return avm_value(avm_str_format(t, "'%V' codec can't %s %s in position %ld-%ld: %V", e->extra[0],
                                    decode ? "decode" : "encode", decode ? "bytes" : "characters", (long)start,
                                    (long)end - 1, e->extra[4]));
}

static AvmValue exc_str(AvmThread *t, AvmValue v) {
    AvmExc *e = exc_of(v);
    AvmTuple *a = args_of(e);
    switch (layout_of(t, avm_type_of(t, v))) {
    case AVM_LAYOUT_OS:
        if (e->extra[0] && e->extra[1]) return os_str(t, e);
        break;
    case AVM_LAYOUT_SYNTAX: return syntax_str(t, e);
    case AVM_LAYOUT_UNICODE: return unicode_str(t, e);
    case AVM_LAYOUT_GROUP: return avm_excgroup_str(t, e);
    case AVM_LAYOUT_IMPORT:
        if (e->extra[2]) return avm_str(t, e->extra[2]);
        break;
    default: break;
    }
    if (a->len == 1 && avm_exc_matches(t, v, AVM_EXC(t, KeyError))) return avm_repr(t, a->items[0]);
    if (a->len == 0) return avm_value(avm_retain(t->vm->empty_str));
    return a->len == 1 ? avm_str(t, a->items[0]) : avm_repr(t, e->args);
}

static AvmValue exc_repr(AvmThread *t, AvmValue v) {
    if (layout_of(t, avm_type_of(t, v)) == AVM_LAYOUT_GROUP) return avm_excgroup_repr(t, exc_of(v));
    AvmTuple *a = args_of(exc_of(v));
    if (a->len == 1) return avm_value(avm_str_format(t, "%N(%R)", avm_type_of(t, v), a->items[0]));
    return avm_value(avm_str_format(t, "%N%R", avm_type_of(t, v), exc_of(v)->args));
}

// --- attributes

static AvmValue or_none(AvmValue v) { return v ? avm_incref(v) : AVM_NONE; }

static AvmValue get_args(AvmThread *t, AvmValue v) { (void)t; return avm_incref(exc_of(v)->args); }
static bool set_args(AvmThread *t, AvmValue v, AvmValue x) {
    AvmTuple *tuple = x ? avm_tuple_from_iter(t, x) : NULL;
    if (!x) return avm_raise_type(t, "args may not be deleted");
    if (tuple) avm_replace(t, &exc_of(v)->args, avm_value(tuple));
    return tuple != NULL;
}
static AvmValue get_traceback(AvmThread *t, AvmValue v) { (void)t; return or_none(exc_of(v)->traceback); }
static bool set_traceback(AvmThread *t, AvmValue v, AvmValue x) {
    if (!x) return avm_raise_type(t, "__traceback__ may not be deleted");
    if (x != AVM_NONE && !avm_is(x, AVM_T_TRACEBACK)) return avm_raise_type(t, "__traceback__ must be a traceback or None");
    avm_replace(t, &exc_of(v)->traceback, x == AVM_NONE ? AVM_EMPTY : avm_incref(x));
    return true;
}
static bool set_exception(AvmThread *t, AvmValue *field, AvmValue x, const char *what) {
    if (!x) return avm_raise_type(t, "__%s__ may not be deleted", what);
    if (x != AVM_NONE && !(avm_type_of(t, x)->flags & AVM_TYPE_EXCEPTION))
        return avm_raise_type(t, "exception %s must be None or derive from BaseException", what);
    avm_replace(t, field, x == AVM_NONE ? AVM_EMPTY : avm_incref(x));
    return true;
}
static AvmValue get_cause(AvmThread *t, AvmValue v) { (void)t; return or_none(exc_of(v)->cause); }
static bool set_cause(AvmThread *t, AvmValue v, AvmValue x) {
    exc_of(v)->suppress_context = true;
    return set_exception(t, &exc_of(v)->cause, x, "cause");
}
static AvmValue get_context(AvmThread *t, AvmValue v) { (void)t; return or_none(exc_of(v)->context); }
static bool set_context(AvmThread *t, AvmValue v, AvmValue x) { return set_exception(t, &exc_of(v)->context, x, "context"); }
static AvmValue get_suppress(AvmThread *t, AvmValue v) { (void)t; return avm_bool(exc_of(v)->suppress_context); }
static bool set_suppress(AvmThread *t, AvmValue v, AvmValue x) {
    int truth = x ? avm_truth(t, x) : 0;
    exc_of(v)->suppress_context = truth > 0;
    return truth >= 0;
}

static AvmValue with_traceback(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return set_traceback(t, args[0], args[1]) ? avm_incref(args[0]) : AVM_FAIL;
}

static AvmValue add_note(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_as_str(t, args[1])) return avm_raise_type(t, "note must be a str, not '%T'", args[1]);
    AvmValue notes = avm_getattr_maybe(t, args[0], AVM_NAME(t, __notes__));
    if (notes == AVM_DONE) {
        notes = avm_value(avm_list_new(t, 1));
        if (notes && !avm_setattr(t, args[0], AVM_NAME(t, __notes__), notes)) avm_replace(t, &notes, AVM_EMPTY);
    }
    if (!notes) return AVM_FAIL;
    bool ok = avm_is_list(notes) ? avm_list_append(t, (AvmList *)avm_obj(notes), args[1])
                                 : avm_raise_type(t, "Cannot add note: __notes__ is not a list");
    avm_decref(t, notes);
    return ok ? AVM_NONE : AVM_FAIL;
}

static AvmValue set_state(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (args[1] == AVM_NONE) return AVM_NONE;
    AvmDict *d = avm_as_dict(t, args[1]);
    if (!d) return avm_raise_type(t, "state is not a dictionary");
    uint32_t pos = 0;
    AvmValue k, v;
    while (avm_dict_next(d, &pos, &k, &v))
        if (!avm_setattr(t, args[0], (AvmStr *)avm_obj(k), v)) return AVM_FAIL;
    return AVM_NONE;
}

static const AvmNativeDef methods[] = {
    {"__new__", exc_py_new, "__new__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"__init__", exc_init, "__init__(*args, **kwargs)", NULL, AVM_DEF_METHOD},
    {"with_traceback", with_traceback, "with_traceback(tb, /)", "Set self.__traceback__ to tb and return self.", AVM_DEF_METHOD},
    {"add_note", add_note, "add_note(note, /)", "Add a note to the exception", AVM_DEF_METHOD},
    {"__setstate__", set_state, "__setstate__(state, /)", NULL, AVM_DEF_METHOD},
    {0},
};
static const AvmGetSetDef getsets[] = {
    {"args", get_args, set_args, NULL},
    {"__traceback__", get_traceback, set_traceback, NULL},
    {"__cause__", get_cause, set_cause, "exception cause"},
    {"__context__", get_context, set_context, "exception context"},
    {"__suppress_context__", get_suppress, set_suppress, NULL},
    {0},
};

// extra[i] as an attribute.
#define EXTRA(i)                                                                                                   \
    static AvmValue get_extra##i(AvmThread *t, AvmValue v) { (void)t; return or_none(exc_of(v)->extra[i]); }       \
    static bool set_extra##i(AvmThread *t, AvmValue v, AvmValue x) {                                               \
        avm_replace(t, &exc_of(v)->extra[i], avm_incref(x));                                                       \
        return true;                                                                                               \
    }
EXTRA(0) EXTRA(1) EXTRA(2) EXTRA(3) EXTRA(4) EXTRA(5) EXTRA(6)
#define ATTR(name, i) {name, get_extra##i, set_extra##i, NULL}

static const AvmGetSetDef value_attrs[] = {ATTR("value", 0), {0}};
static const AvmGetSetDef code_attrs[] = {ATTR("code", 0), {0}};
static const AvmGetSetDef name_attrs[] = {ATTR("name", 0), {0}};
static const AvmGetSetDef attribute_attrs[] = {ATTR("name", 0), ATTR("obj", 1), {0}};
static const AvmGetSetDef import_attrs[] = {ATTR("name", 0), ATTR("path", 1), ATTR("msg", 2), ATTR("name_from", 3), {0}};
static const AvmGetSetDef os_attrs[] = {ATTR("errno", 0), ATTR("strerror", 1), ATTR("filename", 2), ATTR("filename2", 3), {0}};
static const AvmGetSetDef syntax_attrs[] = {ATTR("msg", 0), ATTR("filename", 1), ATTR("lineno", 2), ATTR("offset", 3),
                                            ATTR("text", 4), ATTR("end_lineno", 5), ATTR("end_offset", 6), {0}};
static const AvmGetSetDef unicode_attrs[] = {ATTR("encoding", 0), ATTR("object", 1), ATTR("start", 2), ATTR("end", 3),
                                             ATTR("reason", 4), {0}};

// --- the tree

// A number is fixed for each: BaseException's own, then one after the other.
#define ID(exc) ((exc) > 0 ? AVM_T_BUILTINS + (exc) - 1 : AVM_T_EXCEPTION)
enum { AVM_EXC_ = AVM_EXC_BaseException }; // where the column of bases is empty

#define ASYNCIO(exc) ((exc) == AVM_EXC_CancelledError || (exc) == AVM_EXC_InvalidStateError)
static const AvmTypeDef defs[AVM_EXC_COUNT] = {
#define E(exc, parent, layout, text)                                                                               \
    [AVM_EXC_##exc] = {.name = ASYNCIO(AVM_EXC_##exc) ? "asyncio.exceptions." #exc : #exc,                         \
                       .id = ID(AVM_EXC_##exc),                                                                    \
                       .base = AVM_EXC_##exc ? ID(AVM_EXC_##parent) : 0,                                           \
                       .size = sizeof(AvmExc),                                                                     \
                       .flags = AVM_TYPE_BASETYPE | AVM_TYPE_EXCEPTION | AVM_TYPE_ATTRS,                           \
                       .doc = text,                                                                                \
                       .slots = {.free = exc_free, .traverse = exc_traverse, .clear = exc_clear, .repr = exc_repr, \
                                 .str = exc_str}},
#include "vm/exceptions.def"
#undef E
    [AVM_EXC_BaseException].methods = methods,
    [AVM_EXC_BaseException].getsets = getsets,
    [AVM_EXC_BaseExceptionGroup].methods = avm_excgroup_methods,
    [AVM_EXC_BaseExceptionGroup].getsets = avm_excgroup_getsets,
    [AVM_EXC_StopIteration].getsets = value_attrs,
    [AVM_EXC_SystemExit].getsets = code_attrs,
    [AVM_EXC_NameError].getsets = name_attrs,
    [AVM_EXC_AttributeError].getsets = attribute_attrs,
    [AVM_EXC_ImportError].getsets = import_attrs,
    [AVM_EXC_OSError].getsets = os_attrs,
    [AVM_EXC_SyntaxError].getsets = syntax_attrs,
    [AVM_EXC_UnicodeDecodeError].getsets = unicode_attrs,
    [AVM_EXC_UnicodeEncodeError].getsets = unicode_attrs,
    [AVM_EXC_UnicodeTranslateError].getsets = unicode_attrs,
};

static AvmType *make(AvmThread *t, int id) {
    AvmVm *vm = t->vm;
    bool group = id == AVM_EXC_ExceptionGroup;
    int base = defs[id].base == AVM_T_EXCEPTION ? 0 : defs[id].base - AVM_T_BUILTINS + 1;
    if (id && !vm->exceptions[base] && !make(t, base)) return NULL;
    if (group && !vm->exceptions[AVM_EXC_Exception] && !make(t, AVM_EXC_Exception)) return NULL;
    AvmType *type = group ? avm_excgroup_boot(t, &defs[id]) : avm_type_from_def(t, &defs[id]);
    AvmType *half = type || !id ? NULL : vm->types[defs[id].id];
    if (half) { // what there is of it goes at once: later it would take its successor's place away
        AvmTuple *mro = half->mro;
        half->mro = NULL;
        avm_drop(t, mro);
        avm_drop(t, half);
    }
    return vm->exceptions[id] = type;
}

AvmType *avm_exc_make(AvmThread *t, int id) {
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    AvmType *type = make(t, id);
    avm_exc_clear(t);
    t->exc = exc;
    return type ? type : t->vm->types[AVM_T_NONE];
}

bool avm_exc_complete(AvmThread *t) {
    for (int i = 0; i < AVM_EXC_COUNT; i++)
        if (!t->vm->exceptions[i] && !make(t, i)) return false;
    return true;
}

bool avm_exc_boot(AvmThread *t) {
    if (!make(t, AVM_EXC_BaseException) || !make(t, AVM_EXC_MemoryError)) return false;
    t->vm->memory_error = avm_exc_new(t, AVM_EXC(t, MemoryError), NULL, 0);
    return t->vm->memory_error != AVM_FAIL;
}
