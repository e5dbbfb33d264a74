// The module io, the process's own streams, print and input.
#include "stdlib/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "vm/call.h"
#include "vm/type.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

// --- state

static AvmType *make_unsupported(AvmThread *t) {
    AvmValue bases[2] = {avm_value(AVM_EXC(t, OSError)), avm_value(AVM_EXC(t, ValueError))};
    AvmTuple *tuple = avm_tuple_from(t, bases, 2);
    AvmDict *ns = avm_dict_new(t);
    AvmStr *name = avm_str_text(t, "UnsupportedOperation"), *module = avm_str_text(t, "io");
    AvmValue type = AVM_FAIL;
    if (tuple && ns && name && module && avm_dict_set_str(t, ns, AVM_NAME(t, __module__), avm_value(module)))
        type = avm_class_new(t, avm_type_get(t, AVM_T_TYPE), name, tuple, ns, NULL);
    if (tuple) avm_drop(t, tuple);
    if (ns) avm_drop(t, ns);
    if (name) avm_drop(t, name);
    if (module) avm_drop(t, module);
    return type ? (AvmType *)avm_obj(type) : NULL;
}

AvmIo *avm_io_state(AvmThread *t) {
    AvmIo *io = t->vm->stdlib[AVM_STDLIB_IO];
    if (io) return io;
    io = avm_alloc_zero(&t->vm->alloc, sizeof *io);
    if (!io) return avm_raise_memory(t), NULL;
    bool fixed = avm_type_from_def(t, &avm_io_reader_def) && avm_type_from_def(t, &avm_io_text_def);
    io->writer = fixed ? avm_type_from_def(t, &avm_io_writer_def) : NULL;
    if (!io->writer) {
        avm_release(&t->vm->alloc, io, sizeof *io);
        return NULL;
    }
    t->vm->stdlib[AVM_STDLIB_IO] = io;
    return io;
}

// Makes a type of the module that is not there yet.
static bool need(AvmThread *t, AvmType **type, const AvmTypeDef *def) {
    if (!*type) *type = avm_type_from_def(t, def);
    return *type;
}

AvmIo *avm_io_types(AvmThread *t) {
    AvmIo *io = avm_io_state(t);
    if (!io || io->unsupported) return io;
    bool ok = need(t, &io->random, &avm_io_random_def) && need(t, &io->raw, &avm_io_raw_def) &&
              need(t, &io->string, &avm_io_string_def) && need(t, &io->bytes, &avm_io_bytes_def) &&
              (io->unsupported = make_unsupported(t));
    return ok ? io : NULL;
}

void avm_io_free(AvmVm *vm) {
    AvmIo *io = vm->stdlib[AVM_STDLIB_IO];
    if (!io) return;
    AvmThread *t = vm->main_thread;
    for (int i = 0; i < 3; i++)
        if (io->std[i]) avm_drop(t, io->std[i]);
    avm_drop(t, io->unsupported);
    avm_release(&vm->alloc, io, sizeof *io);
    vm->stdlib[AVM_STDLIB_IO] = NULL;
}

// --- the process's streams

// Without a locale of its own a system may hold any bytes: they go through as they are.
static const char *std_errors(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    static const char *const plain[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"};
    const char *locale = "";
    for (int i = 0; i < 3 && !*locale; i++) locale = getenv(names[i]) ? getenv(names[i]) : "";
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!*locale || strcmp(locale, plain[i]) == 0) return "surrogateescape";
    return "strict";
}

static AvmTextFile *make_std(AvmThread *t, AvmIo *io, int fd) {
    static const char *const names[] = {"<stdin>", "<stdout>", "<stderr>"};
    AvmStr *name = avm_str_text(t, names[fd]);
    if (!name) return NULL;
    AvmFile *file = avm_file_new(t, fd ? io->writer : avm_type_get(t, AVM_T_BUFFERIO), fd, avm_value(name));
    avm_drop(t, name);
    if (!file) return NULL;
    file->closefd = false;
    file->std = true;
    file->readable = fd == 0;
    file->writable = fd != 0;
    AvmNewline newline = AVM_NEWLINE_LF;
    AvmTextFile *f = avm_text_new(t, avm_type_get(t, AVM_T_TEXTIO), file, "utf-8",
                                  fd == 2 ? "backslashreplace" : std_errors(), &newline, fd == 2 || isatty(fd));
    avm_drop(t, file);
    return f;
}

AvmValue avm_io_std(AvmThread *t, int fd) {
    AvmIo *io = avm_io_state(t);
    if (!io) return AVM_FAIL;
    if (!io->std[fd] && fd == 0 && fcntl(fd, F_GETFD) < 0) return AVM_NONE; // closed: there is none
    if (!io->std[fd]) io->std[fd] = make_std(t, io, fd);
    return io->std[fd] ? avm_incref(avm_value(io->std[fd])) : AVM_FAIL;
}

static bool flush_text(AvmThread *t, AvmTextFile *f) {
    if (!f->file || f->file->fd < 0) return true;
    return avm_text_flush(t, f) && avm_file_flush(t, f->file);
}

// sys.name as it is now, borrowed; AVM_DONE: sys has none.
static AvmValue sys_stream(AvmThread *t, AvmStr *name) {
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    if (!avm_is(sys, AVM_T_MODULE)) {
        AvmIo *io = avm_io_state(t);
        int fd = name == AVM_NAME(t, stdin) ? 0 : name == AVM_NAME(t, stdout) ? 1 : 2;
        AvmValue v = io ? avm_io_std(t, fd) : AVM_FAIL;
        avm_decref(t, v); // the state holds it
        return v;
    }
    AvmValue v = avm_dict_get_str(t, ((AvmModuleObj *)avm_obj(sys))->dict, name);
    return v ? v : AVM_DONE;
}

static bool flush_stream(AvmThread *t, AvmValue file) {
    AvmTextFile *f = avm_is(file, AVM_T_TEXTIO) ? avm_as_text_file(t, file) : NULL;
    if (f) return flush_text(t, f);
    AvmValue r = avm_call_method(t, file, AVM_NAME(t, flush), NULL, 0);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

// Is a stream closed, one of the script's own included?
static bool is_closed(AvmThread *t, AvmValue file) {
    if (avm_is(file, AVM_T_TEXTIO)) {
        AvmTextFile *f = avm_as_text_file(t, file);
        return !f->file || f->file->fd < 0;
    }
    AvmValue v = avm_getattr_maybe(t, file, AVM_NAME(t, closed));
    int truth = v && v != AVM_DONE ? avm_truth(t, v) : 0;
    if (!v || truth < 0) avm_exc_clear(t);
    if (v != AVM_DONE) avm_decref(t, v);
    return truth > 0;
}

// The streams are those of the beginning again: what finalisers say from now on reaches somebody.
static void restore_streams(AvmThread *t) {
    AvmStr *names[] = {AVM_NAME(t, stdin), AVM_NAME(t, stdout), AVM_NAME(t, stderr)};
    static const char *const kept[] = {"__stdin__", "__stdout__", "__stderr__"};
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    for (int fd = 0; fd < 3 && avm_is(sys, AVM_T_MODULE); fd++) {
        AvmDict *dict = ((AvmModuleObj *)avm_obj(sys))->dict;
        AvmStr *name = avm_str_text(t, kept[fd]);
        AvmValue v = name ? avm_dict_get_str(t, dict, name) : AVM_EMPTY;
        bool good = name && avm_dict_set_str(t, dict, names[fd], v ? v : AVM_NONE);
        avm_drop(t, name);
        if (!good) avm_exc_clear(t);
    }
}

bool avm_io_finish(AvmThread *t) {
    AvmIo *io = t->vm->stdlib[AVM_STDLIB_IO];
    bool ok = true;
    for (int fd = 1; io && fd <= 2; fd++) {
        AvmValue now = sys_stream(t, fd == 1 ? AVM_NAME(t, stdout) : AVM_NAME(t, stderr));
        if (!now) avm_exc_clear(t);
        bool there = now && now != AVM_DONE && now != AVM_NONE;
        if (there) avm_incref(now);
        if (there && !is_closed(t, now) && !flush_stream(t, now)) {
            if (fd == 1) ok = false;
            if (fd == 1 && !io->reported)
                avm_exc_unraisable(t, "Exception ignored on flushing sys.stdout", AVM_EMPTY);
            else
                avm_exc_clear(t);
            io->reported = true;
        }
        if (there) avm_decref(t, now);
        // What the script has put in its place may write to it still.
        if (io->std[fd] && !flush_text(t, io->std[fd])) avm_exc_clear(t);
    }
    restore_streams(t);
    return ok;
}

// --- print

static bool put(AvmThread *t, AvmValue file, AvmTextFile *fast, AvmValue text) {
    if (fast) return avm_text_write(t, fast, (AvmStr *)avm_obj(text));
    AvmValue r = avm_call_method(t, file, AVM_NAME(t, write), &text, 1);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

static bool print_one(AvmThread *t, AvmValue file, AvmTextFile *fast, AvmValue v) {
    AvmValue s = avm_str(t, v);
    if (!s) return false;
    bool ok = put(t, file, fast, s);
    avm_decref(t, s);
    return ok;
}

static bool separator(AvmThread *t, AvmValue v, const char *what, AvmValue *out) {
    *out = AVM_EMPTY;
    if (!v || v == AVM_NONE) return true;
    *out = v;
    return avm_as_str(t, v) || avm_raise_type(t, "%s must be None or a string, not %T", what, v);
}

static bool print_all(AvmThread *t, AvmValue file, AvmTextFile *fast, AvmValue *items, uint32_t n,
                      AvmValue sep, AvmValue end) {
    AvmValue space = AVM_EMPTY, newline = AVM_EMPTY;
    if (!sep && n > 1) sep = space = avm_value(avm_str_char(t, ' '));
    if (!end) end = newline = avm_value(avm_str_char(t, '\n'));
    bool ok = (sep || n <= 1) && end;
    for (uint32_t i = 0; ok && i < n; i++) {
        if (i) ok = put(t, file, fast, sep);
        if (ok) ok = print_one(t, file, fast, items[i]);
    }
    if (ok) ok = put(t, file, fast, end);
    avm_decref(t, newline);
    avm_decref(t, space);
    return ok;
}

// args: sep, end, file, flush, the things to show
AvmValue avm_io_print(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue file = args[2];
    if (!file || file == AVM_NONE) {
        file = sys_stream(t, AVM_NAME(t, stdout));
        if (!file) return AVM_FAIL;
        if (file == AVM_DONE) return avm_raise(t, AVM_EXC(t, RuntimeError), "lost sys.stdout");
        if (file == AVM_NONE) return AVM_NONE;
    }
    AvmValue sep, end;
    if (!separator(t, args[0], "sep", &sep) || !separator(t, args[1], "end", &end)) return AVM_FAIL;
    AvmTextFile *fast = avm_is(file, AVM_T_TEXTIO) ? avm_as_text_file(t, file) : NULL;
    avm_incref(file);
    bool ok = print_all(t, file, fast, args + 4, n - 4, sep, end);
    int flush = ok && args[3] ? avm_truth(t, args[3]) : 0;
    if (flush > 0) ok = flush_stream(t, file);
    avm_decref(t, file);
    return ok && flush >= 0 ? AVM_NONE : AVM_FAIL;
}

// --- input

static AvmValue without_newline(AvmThread *t, AvmValue line) {
    if (!line) return AVM_FAIL;
    AvmStr *s = avm_as_str(t, line);
    AvmValue r;
    if (!s)
        r = avm_raise_type(t, "object.readline() returned non-string");
    else if (!s->len)
        r = avm_raise(t, AVM_EXC(t, EOFError), "EOF when reading a line");
    else if (s->data[s->len - 1] != '\n')
        return line;
    else
        r = avm_value(avm_str_new_counted(t, s->data, s->len - 1, s->count - 1));
    avm_decref(t, line);
    return r;
}

static bool stream_there(AvmThread *t, AvmValue v, const char *name) {
    if (v && v != AVM_DONE && v != AVM_NONE) return true;
    return v == AVM_FAIL ? false : avm_raise(t, AVM_EXC(t, RuntimeError), "input(): lost sys.%s", name);
}

AvmValue avm_io_input(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue in = sys_stream(t, AVM_NAME(t, stdin)), out = sys_stream(t, AVM_NAME(t, stdout));
    AvmValue err = sys_stream(t, AVM_NAME(t, stderr));
    if (!stream_there(t, in, "stdin") || !stream_there(t, out, "stdout") || !stream_there(t, err, "stderr"))
        return AVM_FAIL;
    avm_incref(in);
    avm_incref(out);
    avm_incref(err);
    AvmValue line = AVM_FAIL;
    if (!flush_stream(t, err)) avm_exc_clear(t);
    bool ok =
        !args[0] || print_one(t, out, avm_is(out, AVM_T_TEXTIO) ? avm_as_text_file(t, out) : NULL, args[0]);
    if (ok && flush_stream(t, out)) {
        if (avm_is(in, AVM_T_TEXTIO))
            line = avm_text_readline(t, avm_as_text_file(t, in), -1);
        else
            line = avm_call_method(t, in, AVM_NAME(t, readline), NULL, 0);
        line = without_newline(t, line);
    }
    avm_decref(t, in);
    avm_decref(t, out);
    avm_decref(t, err);
    return line;
}

// --- the module

#define OPEN_SIGNATURE                                                                                       \
    "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, "            \
    "opener=None)"

const AvmNativeDef avm_io_builtins[] = {
    {"print", avm_io_print, "print(*args, sep=' ', end='\\n', file=None, flush=False)",
     "Writes the texts of values, sep between and end behind them, to a file (sys.stdout)."},
    {"input", avm_io_input, "input(prompt='', /)", "Reads a line from standard input."},
    {"open", avm_io_open, OPEN_SIGNATURE, "Opens a file."},
    {0},
};

// stdout is made now, so that print works when memory has run out.
bool avm_io_install(AvmThread *t) {
    AvmValue out = avm_io_std(t, 1);
    avm_decref(t, out); // the state holds it
    AvmStr *module = avm_str_intern(t, "builtins", 8);
    bool ok = module != NULL && out != AVM_FAIL;
    for (const AvmNativeDef *row = avm_io_builtins; ok && row->name; row++) {
        AvmStr *name = avm_str_intern(t, row->name, strlen(row->name));
        AvmNative *fn = name ? avm_native_new(t, row, NULL, module) : NULL;
        ok = fn && avm_dict_set_str(t, t->vm->builtins, name, avm_value(fn));
        if (name) avm_drop(t, name);
        if (fn) avm_drop(t, fn);
    }
    if (module) avm_drop(t, module);
    return ok;
}

static const AvmNativeDef io_functions[] = {
    {"open", avm_io_open, OPEN_SIGNATURE, "Opens a file."},
    {0},
};

static bool io_init(AvmThread *t, AvmModuleObj *m) {
    AvmIo *io = avm_io_types(t);
    if (!io) return false;
    struct {
        const char *name;
        AvmValue value;
    } rows[] = {
        {"DEFAULT_BUFFER_SIZE", avm_inline_int_value(AVM_IO_CHUNK)},
        {"SEEK_SET", avm_inline_int_value(SEEK_SET)},
        {"SEEK_CUR", avm_inline_int_value(SEEK_CUR)},
        {"SEEK_END", avm_inline_int_value(SEEK_END)},
        {"UnsupportedOperation", avm_value(io->unsupported)},
        {"BlockingIOError", avm_value(AVM_EXC(t, BlockingIOError))},
        {"TextIOWrapper", avm_value(avm_type_get(t, AVM_T_TEXTIO))},
        {"BufferedReader", avm_value(avm_type_get(t, AVM_T_BUFFERIO))},
        {"BufferedWriter", avm_value(io->writer)},
        {"BufferedRandom", avm_value(io->random)},
        {"FileIO", avm_value(io->raw)},
        {"StringIO", avm_value(io->string)},
        {"BytesIO", avm_value(io->bytes)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!avm_module_add(t, m, rows[i].name, rows[i].value)) return false;
    return true;
}

const AvmModuleDef avm_io_module = {
    .name = "io",
    .doc = "Files: of text and of bytes, on disk and in memory.",
    .functions = io_functions,
    .init = io_init,
};
