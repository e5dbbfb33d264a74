// The import system: sys.modules, then modules in C, frozen ones, and files beside the script or on sys.path.
#include "vm/import.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/attr.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/ops.h"
#include "vm/power.h"
#include "vm/source.h"
#include "vm/threads.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"

struct AvmImports {
    const AvmModuleDef *const *builtins;
    const AvmFrozen *frozen;
    AvmWaiters waiters; // threads that wait until a module is loaded
};

bool avm_import_register(AvmThread *t, const AvmModuleDef *const *builtins, const AvmFrozen *frozen) {
    if (!t->vm->imports) t->vm->imports = avm_alloc_zero(&t->vm->alloc, sizeof *t->vm->imports);
    if (!t->vm->imports) return avm_raise_memory(t);
    *t->vm->imports = (struct AvmImports){.builtins = builtins, .frozen = frozen};
    return true;
}

AvmList *avm_import_names(AvmThread *t) {
    AvmList *names = avm_list_new(t, 0);
    const AvmModuleDef *const *def = t->vm->imports->builtins;
    const AvmFrozen *frozen = t->vm->imports->frozen;
    while (names && (*def || frozen->name)) {
        AvmStr *name = avm_str_text(t, *def ? (*def++)->name : (frozen++)->name);
        bool good = name && avm_list_append(t, names, avm_value(name));
        avm_drop(t, name);
        if (good) continue;
        avm_drop(t, names);
        names = NULL;
    }
    return names;
}

void avm_import_free(AvmVm *vm) { avm_release(&vm->alloc, vm->imports, sizeof *vm->imports); }

// A fresh module in sys.modules, with its package set.
static AvmModuleObj *enter(AvmThread *t, AvmStr *name, bool is_package) {
    AvmModuleObj *m = avm_module_new(t, name);
    if (!m) return NULL;
    const char *dot = strrchr(name->data, '.');
    size_t n = is_package ? name->len : dot ? (size_t)(dot - name->data) : 0;
    AvmStr *package = avm_str_intern(t, name->data, n);
    m->h.flags |= AVM_MODULE_INITIALIZING;
    m->loader = t;
    bool ok = package && avm_dict_set_str(t, m->dict, AVM_NAME(t, __package__), avm_value(package)) &&
              avm_dict_set_str(t, t->vm->modules, name, avm_value(m));
    avm_drop(t, package);
    if (ok) return m;
    avm_drop(t, m);
    return NULL;
}

// A module whose making failed leaves sys.modules.
static AvmValue leave(AvmThread *t, AvmStr *name, AvmModuleObj *m, bool ok) {
    m->h.flags &= (uint16_t)~AVM_MODULE_INITIALIZING;
    m->loader = NULL;
    while (avm_threads_notify(&t->vm->imports->waiters)) continue;
    if (ok) { // the module may have replaced itself
        AvmValue now = avm_dict_get_str(t, t->vm->modules, name);
        AvmValue r = now ? avm_incref(now) : avm_value(avm_retain(m));
        avm_drop(t, m);
        return r;
    }
    AvmValue exc = avm_exc_take(t);
    avm_dict_del_str(t, t->vm->modules, name);
    avm_drop(t, m);
    t->exc = exc;
    return AVM_FAIL;
}

static AvmValue load_builtin(AvmThread *t, AvmStr *name, const AvmModuleDef *def) {
    AvmModuleObj *m = enter(t, name, false);
    if (!m) return AVM_FAIL;
    bool ok = avm_module_add_functions(t, m, def->functions) && avm_module_add(t, m, "__loader__", AVM_TRUE);
    if (ok && def->doc) {
        AvmStr *doc = avm_str_text(t, def->doc);
        ok = doc && avm_dict_set_str(t, m->dict, AVM_NAME(t, __doc__), avm_value(doc));
        avm_drop(t, doc);
    }
    ok = ok && (!def->init || def->init(t, m));
    return leave(t, name, m, ok);
}

static AvmValue load_frozen(AvmThread *t, AvmStr *name, const AvmFrozen *frozen) {
    AvmModuleObj *m = enter(t, name, frozen->is_package);
    if (!m) return AVM_FAIL;
    bool ok = avm_module_add(t, m, "__loader__", AVM_TRUE);
    if (frozen->is_package) {
        AvmList *path = avm_list_new(t, 0);
        ok = ok && path && avm_dict_set_str(t, m->dict, AVM_NAME(t, __path__), avm_value(path));
        avm_drop(t, path);
    }
    AvmValue r = ok ? avm_vm_run(t, frozen->unit, NULL, NULL, m->dict, AVM_EMPTY) : AVM_FAIL;
    avm_decref(t, r);
    return leave(t, name, m, r != AVM_FAIL);
}

// --- files

static bool is_file(AvmThread *t, const char *path) {
    struct stat st;
    if (!avm_may(t, AVM_IMPORT_FILE, path)) return false;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

// dir/name.aio, dir/name.py, dir/name/__init__.aio, .py. true: path holds it.
static bool find_in(AvmThread *t, const char *dir, size_t dir_len, const char *name, AvmBuf *path, bool *is_package) {
    static const char *const forms[] = {"/__init__.aio", "/__init__.py", ".aio", ".py"};
    for (int i = 0; i < 4; i++) {
        path->len = 0;
        avm_buf_add(path, dir, dir_len);
        if (dir_len && dir[dir_len - 1] != '/') avm_buf_byte(path, '/');
        avm_buf_text(path, name);
        avm_buf_text(path, forms[i]);
        *is_package = i < 2;
        if (is_file(t, avm_buf_str(path))) return true;
    }
    return false;
}

static bool find_file(AvmThread *t, AvmValue dirs, const char *name, AvmBuf *path, bool *is_package) {
    if (!avm_is_list(dirs)) return false;
    AvmList *list = (AvmList *)avm_obj(dirs);
    for (uint32_t i = 0; i < list->len; i++) {
        AvmStr *dir = avm_as_str(t, list->items[i]);
        if (dir && find_in(t, dir->len ? dir->data : ".", dir->len ? dir->len : 1, name, path, is_package)) return true;
    }
    return false;
}

static bool read_file(AvmThread *t, const char *path, AvmBuf *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    while (fd >= 0 && avm_buf_reserve(out, 16384) && (n = read(fd, out->data + out->len, out->cap - out->len)) > 0)
        out->len += (size_t)n;
    int err = errno;
    if (fd >= 0) close(fd);
    if (fd >= 0 && n == 0 && !out->failed) return true;
    if (out->failed) return avm_raise_memory(t);
    AvmStr *name = avm_str_text(t, path);
    if (name) avm_raise_os(t, err, avm_value(name));
    avm_drop(t, name);
    return false;
}

static bool run_file(AvmThread *t, AvmModuleObj *m, AvmStr *file) {
    AvmBuf source;
    avm_buf_init(&source, &t->vm->alloc);
    AvmCode *code = NULL;
    if (read_file(t, file->data, &source)) code = avm_source_compile(t, avm_buf_str(&source), source.len, file, AVM_SOURCE_EXEC);
    avm_buf_free(&source);
    AvmFunc *f = code ? avm_func_new(t, code, m->dict) : NULL;
    AvmValue r = f ? avm_run_call(t, f, NULL, 0, NULL) : AVM_FAIL;
    avm_drop(t, code);
    avm_drop(t, f);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static AvmValue load_file(AvmThread *t, AvmStr *name, AvmBuf *path, bool is_package) {
    AvmModuleObj *m = enter(t, name, is_package);
    if (!m) return AVM_FAIL;
    AvmStr *file = avm_str_new(t, path->data, path->len);
    bool ok = file && avm_dict_set_str(t, m->dict, AVM_NAME(t, __file__), avm_value(file));
    if (ok && is_package) {
        const char *slash = strrchr(file->data, '/');
        AvmStr *dir = avm_str_new(t, file->data, (size_t)(slash - file->data));
        AvmValue item = avm_value(dir);
        AvmList *list = dir ? avm_list_from(t, &item, 1) : NULL;
        ok = list && avm_dict_set_str(t, m->dict, AVM_NAME(t, __path__), avm_value(list));
        avm_drop(t, dir);
        avm_drop(t, list);
    }
    ok = ok && run_file(t, m, file);
    avm_drop(t, file);
    return leave(t, name, m, ok);
}

// --- finding

static AvmValue not_found(AvmThread *t, AvmStr *name, AvmStr *parent) {
    if (parent)
        avm_raise(t, AVM_EXC(t, ModuleNotFoundError), "No module named '%S'; '%S' is not a package", name, parent);
    else
        avm_raise(t, AVM_EXC(t, ModuleNotFoundError), "No module named '%S'", name);
    if (avm_exc_is(t, AVM_EXC(t, ModuleNotFoundError)))
        avm_replace(t, &((AvmExc *)avm_obj(t->exc))->extra[0], avm_value(avm_retain(name)));
    return AVM_FAIL;
}

static AvmValue search_path(AvmThread *t) {
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    if (!sys && t->vm->path) return avm_value(avm_retain(t->vm->path));
    AvmValue path = sys ? avm_getattr_maybe(t, sys, AVM_NAME(t, path)) : AVM_DONE;
    return path == AVM_DONE ? AVM_EMPTY : path;
}

// The module `name`, whose parent (or NULL) is loaded already.
static AvmValue load(AvmThread *t, AvmStr *name, AvmValue parent, AvmStr *parent_name) {
    struct AvmImports *im = t->vm->imports;
    for (const AvmModuleDef *const *d = im ? im->builtins : NULL; d && *d; d++)
        if (avm_str_is(name, (*d)->name)) return load_builtin(t, name, *d);
    AvmValue dirs = AVM_EMPTY;
    const char *last = name->data;
    if (parent) {
        last = strrchr(name->data, '.') + 1;
        dirs = avm_getattr_maybe(t, parent, AVM_NAME(t, __path__));
        if (dirs == AVM_DONE) return not_found(t, name, parent_name);
    } else {
        dirs = search_path(t);
    }
    if (!dirs && t->exc) return AVM_FAIL;
    AvmBuf path;
    avm_buf_init(&path, &t->vm->alloc);
    bool is_package;
    // Files come first at the top level only where no frozen module has the name: CPython's stdlib can be shadowed too.
    AvmValue r = AVM_EMPTY;
    bool found = find_file(t, dirs, last, &path, &is_package);
    if (found) r = load_file(t, name, &path, is_package);
    avm_buf_free(&path);
    avm_decref(t, dirs);
    if (found) return r;
    for (const AvmFrozen *f = im ? im->frozen : NULL; f && f->name; f++)
        if (avm_str_is(name, f->name)) return load_frozen(t, name, f);
    return not_found(t, name, NULL);
}

// Would t, if it waited for the module, wait for itself?
static bool is_ring(const AvmThread *t, const AvmModuleObj *m) {
    for (; m; m = m->loader ? m->loader->awaits : NULL)
        if (m->loader == t) return true;
    return false;
}

// What sys.modules has (borrowed; or empty) once no other thread is loading it. false: exception.
static bool find_loaded(AvmThread *t, AvmStr *name, AvmValue *have) {
    for (;;) {
        *have = avm_dict_get_str(t, t->vm->modules, name);
        if (!t->vm->threads || !avm_is(*have, AVM_T_MODULE)) return true;
        AvmModuleObj *m = (AvmModuleObj *)avm_obj(*have);
        // In a ring of imports one of the threads has to be content with what is there already.
        if (!m->loader || is_ring(t, m)) return true;
        t->awaits = avm_retain(m);
        AvmWoken how = avm_threads_wait_fully(t, &t->vm->imports->waiters, HUGE_VAL);
        t->awaits = NULL;
        avm_drop(t, m);
        if (how == AVM_WOKEN_FAILED) return false;
    }
}

// The module `name` (interned), whose parent (or empty) is loaded.
static AvmValue import_one(AvmThread *t, AvmStr *name, AvmValue parent, AvmStr *parent_name) {
    AvmValue have;
    if (!find_loaded(t, name, &have)) return AVM_FAIL;
    if (have == AVM_NONE) {
        avm_raise(t, AVM_EXC(t, ModuleNotFoundError), "import of %S halted; None in sys.modules", name);
        return AVM_FAIL;
    }
    if (have) return avm_incref(have);
    AvmValue r = load(t, name, parent, parent_name);
    if (!r || !parent) return r;
    const char *last = strrchr(name->data, '.') + 1;
    AvmStr *attribute = avm_str_intern(t, last, strlen(last));
    if (!attribute || !avm_setattr(t, parent, attribute, r)) avm_replace(t, &r, AVM_FAIL);
    avm_drop(t, attribute);
    return r;
}

AvmValue avm_import(AvmThread *t, AvmStr *name) {
    AvmValue have;
    if (!find_loaded(t, name, &have)) return AVM_FAIL;
    if (have && have != AVM_NONE) return avm_incref(have);
    if (!avm_native_enter(t)) return AVM_FAIL;
    AvmValue module = AVM_EMPTY;
    AvmStr *known = NULL; // module's name
    // a, a.b, a.b.c: a very long name costs no more than its first part that is not there.
    for (const char *end = name->data;; end++) {
        end = strchr(end, '.');
        size_t n = end ? (size_t)(end - name->data) : name->len;
        AvmStr *part = avm_str_intern(t, name->data, n);
        avm_replace(t, &module, part ? import_one(t, part, module, known) : AVM_FAIL);
        avm_drop(t, known);
        known = part;
        if (!module || !end) break;
    }
    avm_drop(t, known);
    avm_native_leave(t);
    return module;
}

AvmValue avm_import_text(AvmThread *t, const char *name) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    AvmValue r = s ? avm_import(t, s) : AVM_FAIL;
    avm_drop(t, s);
    return r;
}

// --- aio -m

// What stands for a module's source: a file, or a frozen unit.
typedef struct Source {
    AvmBuf path;
    const AvmFrozen *frozen;
    bool is_package;
} Source;

// AVM_TRUE: found; AVM_FALSE: there is no such module.
static AvmValue find_source(AvmThread *t, AvmStr *name, Source *s) {
    const char *dot = strrchr(name->data, '.'), *last = dot ? dot + 1 : name->data;
    AvmValue dirs = AVM_EMPTY;
    if (dot) {
        AvmStr *above = avm_str_intern(t, name->data, (size_t)(dot - name->data));
        AvmValue parent = above ? avm_import(t, above) : AVM_FAIL;
        avm_drop(t, above);
        dirs = parent ? avm_getattr_maybe(t, parent, AVM_NAME(t, __path__)) : AVM_FAIL;
        avm_decref(t, parent);
        if (dirs == AVM_DONE) return AVM_FALSE;
    } else {
        dirs = search_path(t);
    }
    if (!dirs && t->exc) return AVM_FAIL;
    bool found = find_file(t, dirs, last, &s->path, &s->is_package);
    avm_decref(t, dirs);
    if (found) return AVM_TRUE;
    for (const AvmFrozen *f = t->vm->imports ? t->vm->imports->frozen : NULL; f && f->name; f++) {
        if (!avm_str_is(name, f->name)) continue;
        s->frozen = f;
        s->is_package = f->is_package;
        return AVM_TRUE;
    }
    return AVM_FALSE;
}

// sys.argv[0] is where the module comes from.
static bool set_program(AvmThread *t, AvmStr *file) {
    AvmList *given = t->vm->argv; // what sys will begin with
    if (given->len) avm_replace(t, &given->items[0], avm_value(avm_retain(file)));
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    if (!sys) return true;
    AvmStr *name = avm_str_text(t, "argv");
    AvmValue argv = name ? avm_getattr(t, sys, name) : AVM_FAIL;
    bool ok = argv && avm_setitem(t, argv, avm_inline_int_value(0), avm_value(file));
    avm_decref(t, argv);
    avm_drop(t, name);
    return ok;
}

static bool run_source(AvmThread *t, AvmStr *name, Source *s, AvmModuleObj *main) {
    if (s->frozen) {
        avm_buf_text(&s->path, name->data);
        for (size_t i = 0; i < s->path.len; i++)
            if (s->path.data[i] == '.') s->path.data[i] = '/';
        avm_buf_text(&s->path, ".aio");
    }
    const char *dot = strrchr(name->data, '.');
    AvmStr *package = avm_str_intern(t, name->data, dot ? (size_t)(dot - name->data) : 0);
    AvmStr *file = avm_str_new(t, s->path.data, s->path.len);
    bool ok = package && file && set_program(t, file) &&
              avm_dict_set_str(t, main->dict, AVM_NAME(t, __package__), avm_value(package));
    if (ok && s->frozen) {
        AvmValue r = avm_vm_run(t, s->frozen->unit, NULL, NULL, main->dict, AVM_EMPTY);
        avm_decref(t, r);
        ok = r != AVM_FAIL;
    } else if (ok) {
        ok = avm_dict_set_str(t, main->dict, AVM_NAME(t, __file__), avm_value(file)) && run_file(t, main, file);
    }
    avm_drop(t, package);
    avm_drop(t, file);
    return ok;
}

AvmValue avm_import_run(AvmThread *t, AvmStr *name, AvmModuleObj *main) {
    Source source = {0};
    avm_buf_init(&source.path, &t->vm->alloc);
    AvmValue r = find_source(t, name, &source);
    AvmStr *inner = r == AVM_TRUE && source.is_package ? avm_str_format(t, "%S.__main__", name) : NULL;
    if (inner) {
        r = avm_import_run(t, inner, main);
        if (r == AVM_FALSE) r = AVM_DONE;
    } else if (r == AVM_TRUE) {
        r = !source.is_package && run_source(t, name, &source, main) ? AVM_TRUE : AVM_FAIL;
    }
    avm_drop(t, inner);
    avm_buf_free(&source.path);
    return r;
}

// --- the import instructions

// `from ..a import b` seen from a module: the absolute name.
static AvmStr *absolute(AvmThread *t, AvmDict *globals, AvmStr *name, int level) {
    AvmValue v = avm_dict_get_str(t, globals, AVM_NAME(t, __package__));
    AvmStr *package = v ? avm_as_str(t, v) : NULL;
    if (!package || !package->len) {
        avm_raise(t, AVM_EXC(t, ImportError), "attempted relative import with no known parent package");
        return NULL;
    }
    size_t n = package->len;
    for (int i = 1; i < level; i++) {
        while (n && package->data[n - 1] != '.') n--;
        if (!n) {
            avm_raise(t, AVM_EXC(t, ImportError), "attempted relative import beyond top-level package");
            return NULL;
        }
        n--;
    }
    AvmStr *base = avm_str_new(t, package->data, n);
    AvmStr *full = base ? name->len ? avm_str_format(t, "%S.%S", base, name) : avm_retain(base) : NULL;
    avm_drop(t, base);
    return full;
}

// Names that `from package import a, b` wants may be submodules that nobody has imported yet.
static bool import_submodules(AvmThread *t, AvmValue module, AvmStr *full, AvmTuple *names) {
    AvmValue path = avm_getattr_maybe(t, module, AVM_NAME(t, __path__));
    if (!path) return false;
    if (path == AVM_DONE) return true;
    avm_decref(t, path);
    for (uint32_t i = 0; i < names->len; i++) {
        AvmStr *name = (AvmStr *)avm_obj(names->items[i]);
        if (avm_str_is(name, "*")) continue;
        AvmValue have = avm_getattr_maybe(t, module, name);
        if (!have) return false;
        if (have != AVM_DONE) {
            avm_decref(t, have);
            continue;
        }
        AvmStr *sub = avm_str_format(t, "%S.%S", full, name);
        AvmValue m = sub ? avm_import(t, sub) : AVM_FAIL;
        bool absent = !m && avm_exc_is(t, AVM_EXC(t, ModuleNotFoundError)) && ((AvmExc *)avm_obj(t->exc))->extra[0] &&
                      sub && avm_str_equal(avm_as_str(t, ((AvmExc *)avm_obj(t->exc))->extra[0]), sub);
        avm_drop(t, sub);
        avm_decref(t, m);
        if (absent)
            avm_exc_clear(t);
        else if (!m)
            return false;
    }
    return true;
}

AvmValue avm_op_import(AvmThread *t, AvmFrame *fr, AvmStr *name, AvmValue wanted, int level) {
    AvmStr *full = level ? absolute(t, fr->func->globals, name, level) : avm_retain(name);
    if (!full) return AVM_FAIL;
    AvmValue m = avm_import(t, full);
    if (m && avm_is_tuple(wanted)) {
        if (!import_submodules(t, m, full, (AvmTuple *)avm_obj(wanted))) avm_replace(t, &m, AVM_FAIL);
    } else if (m && !level) { // `import a.b` gives a
        const char *dot = memchr(full->data, '.', full->len);
        AvmStr *top = dot ? avm_str_new(t, full->data, (size_t)(dot - full->data)) : NULL;
        if (dot) avm_replace(t, &m, top ? avm_import(t, top) : AVM_FAIL);
        avm_drop(t, top);
    }
    avm_drop(t, full);
    return m;
}

AvmValue avm_op_import_from(AvmThread *t, AvmValue module, AvmStr *name) {
    AvmValue v = avm_getattr_maybe(t, module, name);
    if (v != AVM_DONE) return v;
    AvmValue own = avm_getattr_maybe(t, module, AVM_NAME(t, __name__));
    AvmStr *package = own && own != AVM_DONE ? avm_as_str(t, own) : NULL;
    AvmStr *full = package ? avm_str_format(t, "%S.%S", package, name) : NULL;
    AvmValue sub = full ? avm_dict_get_str(t, t->vm->modules, full) : AVM_EMPTY;
    avm_drop(t, full);
    AvmValue file = sub ? AVM_DONE : avm_getattr_maybe(t, module, AVM_NAME(t, __file__));
    if (!sub && !t->exc) {
        const char *shown = package ? package->data : "<unknown module name>";
        bool half = avm_is(module, AVM_T_MODULE) && avm_obj(module)->flags & AVM_MODULE_INITIALIZING;
        if (half)
            avm_raise(t, AVM_EXC(t, ImportError),
                      "cannot import name '%S' from partially initialized module '%s' (most likely due to a circular import) (%V)",
                      name, shown, file && file != AVM_DONE ? file : AVM_NONE);
        else if (file && file != AVM_DONE)
            avm_raise(t, AVM_EXC(t, ImportError), "cannot import name '%S' from '%s' (%V)", name, shown, file);
        else
            avm_raise(t, AVM_EXC(t, ImportError), "cannot import name '%S' from '%s' (unknown location)", name, shown);
        if (avm_exc_is(t, AVM_EXC(t, ImportError)) && package) {
            AvmExc *e = (AvmExc *)avm_obj(t->exc);
            avm_replace(t, &e->extra[0], avm_value(avm_retain(package)));
            avm_replace(t, &e->extra[3], avm_value(avm_retain(name)));
        }
    }
    if (file && file != AVM_DONE) avm_decref(t, file);
    if (own && own != AVM_DONE) avm_decref(t, own);
    return sub ? avm_incref(sub) : AVM_FAIL;
}

bool avm_op_import_star(AvmThread *t, AvmFrame *fr, AvmValue module) {
    AvmValue all = avm_getattr_maybe(t, module, AVM_NAME(t, __all__));
    bool listed = all && all != AVM_DONE;
    AvmValue dict = listed ? AVM_EMPTY : avm_getattr(t, module, AVM_NAME(t, __dict__));
    AvmList *names = all && (listed || dict) ? avm_list_from_iter(t, listed ? all : dict) : NULL;
    if (listed) avm_decref(t, all);
    avm_decref(t, dict);
    if (!names) return false;
    bool own = fr->func->code->unit->flags & AVM_UNIT_NAMESPACE, ok = true;
    AvmValue ns = own ? fr->regs[0] : avm_value(fr->func->globals);
    for (uint32_t i = 0; ok && i < names->len; i++) {
        AvmStr *name = avm_as_str(t, names->items[i]);
        if (!name) ok = avm_raise_type(t, "Item in __all__ must be str, not %T", names->items[i]);
        if (!ok || (!listed && name->len && name->data[0] == '_')) continue;
        AvmValue v = avm_getattr(t, module, name);
        ok = v && avm_setitem(t, ns, avm_value(avm_attr_name(t, name)), v);
        avm_decref(t, v);
    }
    avm_drop(t, names);
    return ok;
}
