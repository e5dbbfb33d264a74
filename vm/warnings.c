// Warnings: which are shown, once per place, and how. State lives in the module _warnings' namespace.
#include "vm/warnings.h"

#include <ctype.h>

#include "base/utf8.h"
#include "vm/call.h"
#include "vm/message.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// What a warning is about and where it happened.
typedef struct Warning {
    AvmType *category;
    AvmValue message; // the instance, or empty
    AvmStr *text;
    AvmStr *file;
    AvmStr *module;
    int64_t line;
    AvmDict *registry; // borrowed, or NULL
    bool object;
} Warning;

// To fd 2; surrogates, which are no text outside, are escaped as sys.stderr escapes them.
static void write_direct(AvmThread *t, const char *p, size_t n) {
    if (!t->vm->host.write) return;
    if (avm_utf8_check(p, n) == n) {
        t->vm->host.write(t->vm->host.ctx, 2, p, n);
        return;
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (size_t i = 0, step; i < n; i += step) {
        uint32_t c = avm_utf8_decode(p + i, &step);
        if (c >= 0xD800 && c < 0xE000)
            avm_buf_printf(&b, "\\u%04x", (unsigned)c);
        else
            avm_buf_add(&b, p + i, step);
    }
    if (!b.failed) t->vm->host.write(t->vm->host.ctx, 2, b.data, b.len);
    avm_buf_free(&b);
}

void avm_stderr_write(AvmThread *t, const char *p, size_t n) {
    AvmValue pending = t->exc;
    t->exc = AVM_EMPTY;
    AvmValue sys = t->vm->modules ? avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys)) : AVM_EMPTY;
    AvmValue file = avm_is(sys, AVM_T_MODULE)
                        ? avm_dict_get_str(t, ((AvmModuleObj *)avm_obj(sys))->dict, AVM_NAME(t, stderr))
                        : AVM_EMPTY;
    if (file == AVM_EMPTY) {
        write_direct(t, p, n);
    } else if (file != AVM_NONE) {
        AvmStr *s = avm_str_new(t, p, n);
        AvmValue arg = avm_value(s);
        avm_incref(file);
        AvmValue r = s ? avm_call_method(t, file, AVM_NAME(t, write), &arg, 1) : AVM_FAIL;
        avm_decref(t, r);
        avm_drop(t, s);
        r = t->exc ? AVM_FAIL : avm_call_method(t, file, AVM_NAME(t, flush), NULL, 0);
        avm_decref(t, r);
        avm_decref(t, file);
    }
    avm_exc_clear(t);
    t->exc = pending;
}

// --- state

static AvmDict *state(AvmThread *t) {
    AvmValue m = avm_import_text(t, "_warnings");
    if (m == AVM_FAIL) return NULL;
    AvmDict *d = ((AvmModuleObj *)avm_obj(m))->dict;
    avm_decref(t, m); // sys.modules holds it
    return d;
}

static AvmValue state_get(AvmThread *t, AvmDict *d, const char *name) {
    AvmStr *key = avm_str_text(t, name);
    AvmValue v = key ? avm_dict_get_str(t, d, key) : AVM_EMPTY;
    avm_drop(t, key);
    return v;
}

static bool state_set(AvmThread *t, AvmDict *d, const char *name, AvmValue v) {
    AvmStr *key = avm_str_intern(t, name, strlen(name));
    bool good = key && avm_dict_set_str(t, d, key, v);
    avm_drop(t, key);
    return good;
}

// --- filters: (action, message, category, module, line)

static bool is_special(char c) { return strchr(".^$*+?{}[]\\|()", c) != NULL; }

// Does text begin with what the pattern says? Patterns are plain text, with '\' before special characters,
// that may end in ".*", "\Z" or "$": what filterwarnings is given in practice. Anything else is refused by
// the script part.
static bool matches(AvmStr *pattern, AvmStr *text, bool fold) {
    const char *p = pattern->data, *end = p + pattern->len;
    size_t at = 0;
    for (; p < end; p++, at++) {
        if (p + 2 == end && p[0] == '.' && p[1] == '*') return true;
        if (p + 1 == end && p[0] == '$') return at == text->len;
        if (p + 2 == end && p[0] == '\\' && p[1] == 'Z') return at == text->len;
        bool any = *p == '.';
        if (*p == '\\' && p + 1 < end && is_special(p[1])) p++;
        if (at >= text->len) return false;
        char a = *p, b = text->data[at];
        if (any || a == b) continue;
        if (!fold || tolower((unsigned char)a) != tolower((unsigned char)b)) return false;
    }
    return true;
}

static bool is_open(AvmStr *pattern) {
    return pattern->len > 1 && !memcmp(pattern->data + pattern->len - 2, ".*", 2);
}

static bool filter_matches(AvmThread *t, AvmTuple *f, const Warning *w) {
    AvmStr *message = avm_as_str(t, f->items[1]), *module = avm_as_str(t, f->items[3]);
    int64_t line = 0;
    if (message && !matches(message, w->text, true)) return false;
    // A module's name is matched whole.
    if (module && !(matches(module, w->module, false) && (module->len >= w->module->len || is_open(module))))
        return false;
    if (avm_is_sub(t, f->items[2], AVM_TYPE_SUB_TYPE) &&
        !avm_type_is_sub(w->category, (AvmType *)avm_obj(f->items[2])))
        return false;
    if (avm_is_int(t, f->items[4])) avm_int_get(f->items[4], &line);
    return line == 0 || line == w->line;
}

// The action of the first filter that matches: borrowed text.
static AvmStr *find_action(AvmThread *t, AvmDict *d, const Warning *w) {
    AvmValue filters = state_get(t, d, "filters"), *items;
    uint32_t n;
    if (filters != AVM_EMPTY && avm_seq_items(t, filters, &items, &n)) {
        for (uint32_t i = 0; i < n; i++) {
            if (!avm_is_tuple(items[i])) continue;
            AvmTuple *f = (AvmTuple *)avm_obj(items[i]);
            if (f->len == 5 && filter_matches(t, f, w)) return avm_as_str(t, f->items[0]);
        }
    }
    AvmValue action = state_get(t, d, "_defaultaction");
    return action == AVM_EMPTY ? NULL : avm_as_str(t, action);
}

// Has key been shown already? Marks it. 1: it had been; 0: not; -1: exception.
static int shown(AvmThread *t, AvmDict *d, AvmDict *registry, AvmValue key) {
    AvmValue version = state_get(t, d, "_version"), have = state_get(t, registry, "version"), found;
    if (version != have) {
        avm_dict_clear(t, registry);
        if (!state_set(t, registry, "version", version)) return -1;
    }
    int r = avm_dict_get(t, registry, key, &found);
    if (r) return r;
    return avm_dict_set(t, registry, key, AVM_TRUE) ? 0 : -1;
}

static int shown_before(AvmThread *t, AvmDict *d, const Warning *w, AvmStr *action) {
    bool once = avm_str_is(action, "once"), module = avm_str_is(action, "module");
    if (avm_str_is(action, "always") || avm_str_is(action, "all")) return 0;
    AvmDict *registry = w->registry;
    if (once) {
        AvmValue v = state_get(t, d, "_onceregistry");
        registry = v == AVM_EMPTY ? NULL : avm_as_dict(t, v);
    }
    if (!registry) return 0;
    AvmValue parts[3] = {avm_value(w->text), avm_value(w->category),
                         avm_inline_int_value(module || once ? 0 : w->line)};
    AvmTuple *key = avm_tuple_from(t, parts, once ? 2 : 3);
    int r = key ? shown(t, d, registry, avm_value(key)) : -1;
    avm_drop(t, key);
    return r;
}

// --- display

static bool add_source(AvmThread *t, const Warning *w, AvmBuf *out) {
    AvmUnit unit = {.file = {w->file->data, w->file->len}};
    AvmBuf line;
    avm_buf_init(&line, &t->vm->alloc);
    if (w->line > 0 && avm_source_line(t, &unit, (uint32_t)w->line, &line)) {
        size_t skip = 0;
        while (skip < line.len && strchr(" \t\f", line.data[skip])) skip++;
        if (skip < line.len) avm_buf_printf(out, "  %.*s\n", (int)(line.len - skip), line.data + skip);
    }
    avm_buf_free(&line);
    return !out->failed;
}

// warnings._showwarnmsg, if that module is there: scripts may have replaced what it calls. AVM_DONE: it is
// not.
static AvmValue show_by_script(AvmThread *t, const Warning *w) {
    AvmStr *name = avm_str_text(t, "warnings");
    AvmValue m = name ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    avm_drop(t, name);
    if (!avm_is(m, AVM_T_MODULE)) return AVM_DONE;
    AvmValue fn = state_get(t, ((AvmModuleObj *)avm_obj(m))->dict, "_show");
    if (fn == AVM_EMPTY) return AVM_DONE;
    AvmValue args[] = {w->message, avm_value(w->category), avm_value(w->file), avm_inline_int_value(w->line),
                       avm_bool(w->object)};
    avm_incref(fn);
    AvmValue r = avm_call(t, fn, args, 5);
    avm_decref(t, fn);
    return r;
}

static bool show(AvmThread *t, const Warning *w) {
    AvmValue r = show_by_script(t, w);
    if (r != AVM_DONE) {
        avm_decref(t, r);
        return r != AVM_FAIL;
    }
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    AvmStr *name = w->category->name;
    avm_buf_printf(&b, "%s:%lld: %s: %s\n", w->file->data, (long long)w->line, name->data, w->text->data);
    add_source(t, w, &b);
    if (w->object && w->line > 0)
        avm_buf_printf(&b, "%s: Enable tracemalloc to get the object allocation traceback\n", name->data);
    if (!b.failed) avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    return true;
}

// Filters and shows; w->message is made if there is none yet.
static bool issue(AvmThread *t, Warning *w) {
    AvmDict *d = state(t);
    AvmStr *action = d ? find_action(t, d, w) : NULL;
    if (!action) return d != NULL;
    if (avm_str_is(action, "ignore")) return true;
    bool made = w->message == AVM_EMPTY, good = true;
    if (made) {
        AvmValue text = avm_value(w->text);
        w->message = avm_exc_new(t, w->category, &text, 1);
        if (w->message == AVM_FAIL) return false;
    }
    if (avm_str_is(action, "error")) {
        avm_raise_object(t, w->message, AVM_EMPTY);
        good = false;
    } else {
        int before = shown_before(t, d, w, action);
        good = before >= 0 && (before || show(t, w));
    }
    if (made) avm_decref(t, w->message);
    return good;
}

// --- where: the frame `level` steps up

static AvmDict *registry_of(AvmThread *t, AvmDict *globals) {
    AvmStr *key = avm_str_intern(t, "__warningregistry__", 19);
    if (!key) return NULL;
    AvmValue v = avm_dict_get_str(t, globals, key);
    AvmDict *d = v == AVM_EMPTY ? avm_dict_new(t) : avm_as_dict(t, v);
    if (v == AVM_EMPTY && d) {
        if (!avm_dict_set_str(t, globals, key, avm_value(d))) avm_exc_clear(t);
        avm_drop(t, d); // globals hold it
    }
    avm_drop(t, key);
    return d;
}

// Fills file, module, line and registry; file and module are new references.
static bool locate(AvmThread *t, Warning *w, int64_t level) {
    AvmFrame *f = avm_frame_seen(t->frame);
    while (f && level-- > 1) f = avm_frame_seen(f->back);
    // What becomes of an object concerns the script, whose modules of aio's own let go of it.
    while (w->object && f && f->func->code->frozen && t->vm->hide_frozen) f = f->back;
    if (!f) {
        w->file = avm_str_text(t, "<sys>");
        w->module = avm_str_text(t, "sys");
        return w->file && w->module;
    }
    const AvmUnit *unit = f->func->code->unit;
    w->line = avm_unit_pos(unit, avm_frame_pc(f)).line;
    w->file = avm_str_new(t, unit->file.text, unit->file.len);
    AvmDict *globals = f->func->globals;
    AvmValue name = avm_dict_get_str(t, globals, AVM_NAME(t, __name__));
    w->module = name != AVM_EMPTY && avm_as_str(t, name) ? (AvmStr *)avm_obj(avm_incref(name))
                                                         : avm_str_text(t, "<string>");
    w->registry = registry_of(t, globals);
    return w->file && w->module && w->registry;
}

bool avm_warn(AvmThread *t, AvmType *category, int stack_level, const char *format, ...) {
    AvmBuf b;
    va_list args;
    avm_buf_init(&b, &t->vm->alloc);
    va_start(args, format);
    bool good = avm_message_add(t, &b, format, args);
    va_end(args);
    Warning w = {.category = category, .object = (stack_level & AVM_WARN_OBJECT) != 0};
    w.text = good ? avm_str_from_buf(t, &b) : NULL;
    avm_buf_free(&b);
    good = w.text && locate(t, &w, stack_level & ~AVM_WARN_OBJECT) && issue(t, &w);
    avm_drop(t, w.text);
    avm_drop(t, w.file);
    avm_drop(t, w.module);
    return good;
}

bool avm_warn_explicit(AvmThread *t, AvmType *category, AvmStr *text, AvmStr *file, uint32_t line,
                       AvmStr *module) {
    Warning w = {.category = category, .text = text, .file = file, .module = module, .line = line};
    return issue(t, &w);
}

// --- the module _warnings

// category (or the message's own class) and text of a warning.
static bool take_message(AvmThread *t, AvmValue message, AvmValue category, Warning *w) {
    AvmType *base = AVM_EXC(t, Warning);
    if (avm_isinstance_exact(t, message, base)) {
        w->message = message;
        w->category = avm_type_of(t, message);
    } else {
        w->category = AVM_EXC(t, UserWarning);
        if (category != AVM_EMPTY && category != AVM_NONE) {
            if (!avm_is_sub(t, category, AVM_TYPE_SUB_TYPE) ||
                !avm_type_is_sub((AvmType *)avm_obj(category), base))
                return avm_raise_type(t, "category must be a Warning subclass, not '%T'", category) !=
                       AVM_FAIL;
            w->category = (AvmType *)avm_obj(category);
        }
    }
    AvmValue text = avm_str(t, message);
    w->text = text == AVM_FAIL ? NULL : avm_as_str(t, text);
    if (w->text && w->message == AVM_EMPTY) {
        w->message = avm_call1(t, avm_value(w->category), message);
        return w->message != AVM_FAIL;
    }
    avm_incref(w->message);
    return w->text != NULL;
}

static AvmValue finish(AvmThread *t, Warning *w, bool good) {
    avm_decref(t, w->message);
    avm_drop(t, w->text);
    avm_drop(t, w->file);
    avm_drop(t, w->module);
    return good ? AVM_NONE : AVM_FAIL;
}

static AvmValue warnings_warn(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Warning w = {0};
    int64_t level = 1;
    if (args[2] != AVM_EMPTY && !avm_index(t, args[2], &level)) return AVM_FAIL;
    w.object = args[3] != AVM_EMPTY && args[3] != AVM_NONE;
    bool good = take_message(t, args[0], args[1], &w) && locate(t, &w, level) && issue(t, &w);
    return finish(t, &w, good);
}

static AvmValue warnings_warn_explicit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Warning w = {0};
    AvmStr *file = avm_as_str(t, args[2]), *module = args[4] == AVM_EMPTY ? NULL : avm_as_str(t, args[4]);
    if (!file) return avm_raise_type(t, "warn_explicit() argument 'filename' must be str, not %A", args[2]);
    if (!avm_index(t, args[3], &w.line)) return AVM_FAIL;
    w.file = avm_retain(file);
    w.module = avm_retain(module ? module : file);
    if (args[5] != AVM_EMPTY && args[5] != AVM_NONE) w.registry = avm_as_dict(t, args[5]);
    bool good = take_message(t, args[0], args[1], &w) && issue(t, &w);
    return finish(t, &w, good);
}

// The text of a line, for displays by script: '' when it is not known.
static AvmValue warnings_source_line(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *file = avm_as_str(t, args[0]);
    int64_t number;
    if (!file) return avm_raise_type(t, "the file's name must be str, not %T", args[0]);
    if (!avm_index(t, args[1], &number)) return AVM_FAIL;
    AvmUnit unit = {.file = {file->data, file->len}};
    AvmBuf line;
    avm_buf_init(&line, &t->vm->alloc);
    if (number < 1 || number > UINT32_MAX || !avm_source_line(t, &unit, (uint32_t)number, &line))
        line.len = 0;
    return avm_value(avm_str_from_buf(t, &line));
}

static AvmValue warnings_mutated(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmDict *d = state(t);
    AvmValue version = d ? state_get(t, d, "_version") : AVM_EMPTY;
    if (!d) return AVM_FAIL;
    int64_t next = version == AVM_EMPTY ? 1 : avm_inline_int(version) + 1;
    return state_set(t, d, "_version", avm_inline_int_value(next)) ? AVM_NONE : AVM_FAIL;
}

static bool add_filter(AvmThread *t, AvmList *filters, const char *action, AvmType *category,
                       const char *module) {
    AvmStr *a = avm_str_intern(t, action, strlen(action)), *m = module ? avm_str_text(t, module) : NULL;
    bool good = a && (!module || m);
    AvmValue parts[5] = {avm_value(a), AVM_NONE, avm_value(category), module ? avm_value(m) : AVM_NONE,
                         avm_inline_int_value(0)};
    AvmTuple *tuple = good ? avm_tuple_from(t, parts, 5) : NULL;
    avm_drop(t, a);
    avm_drop(t, m);
    return tuple && avm_list_append_take(t, filters, avm_value(tuple));
}

static bool add_default_filters(AvmThread *t, AvmList *filters) {
    return add_filter(t, filters, "default", AVM_EXC(t, DeprecationWarning), "__main__") &&
           add_filter(t, filters, "ignore", AVM_EXC(t, DeprecationWarning), NULL) &&
           add_filter(t, filters, "ignore", AVM_EXC(t, PendingDeprecationWarning), NULL) &&
           add_filter(t, filters, "ignore", AVM_EXC(t, ImportWarning), NULL) &&
           add_filter(t, filters, "ignore", AVM_EXC(t, ResourceWarning), NULL);
}

static bool warnings_init(AvmThread *t, AvmModuleObj *m) {
    AvmList *filters = avm_list_new(t, 8);
    AvmDict *once = avm_dict_new(t);
    AvmStr *action = avm_str_text(t, "default");
    bool good = filters && once && action && add_default_filters(t, filters) &&
                avm_module_add(t, m, "filters", avm_value(filters)) &&
                avm_module_add(t, m, "_onceregistry", avm_value(once)) &&
                avm_module_add(t, m, "_defaultaction", avm_value(action)) &&
                avm_module_add(t, m, "_version", avm_inline_int_value(0));
    avm_drop(t, filters);
    avm_drop(t, once);
    avm_drop(t, action);
    return good;
}

static const AvmNativeDef warnings_functions[] = {
    {"warn", warnings_warn,
     "warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
     "Issues a warning, or maybe ignores it or raises an exception."},
    {"warn_explicit", warnings_warn_explicit,
     "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, "
     "source=None)",
     "Issues a warning about a place that is given."},
    {"_source_line", warnings_source_line, "_source_line(filename, lineno, /)", "The text of a line, or ''."},
    {"_filters_mutated", warnings_mutated, "_filters_mutated()", "Forgets which warnings have been shown."},
    {0},
};

const AvmModuleDef avm_warnings_module = {
    .name = "_warnings",
    .doc = "The part of warnings that is C: filters and registries.",
    .functions = warnings_functions,
    .init = warnings_init,
};
