// TextIOWrapper as scripts see it.
#include <unistd.h>

#include "stdlib/io.h"
#include "vm/types/int.h"

static AvmTextFile *text_of(AvmValue v) { return (AvmTextFile *)avm_obj(v); }

AvmTextFile *avm_as_text_file(AvmThread *t, AvmValue v) {
    if (!avm_is_obj(v)) return NULL;
    AvmType *type = avm_type_of(t, v);
    while (type && !type->def) type = type->base;
    return type && type->def == &avm_io_text_def ? text_of(v) : NULL;
}

// Attached to an open file?
static bool is_open(AvmThread *t, AvmTextFile *f, const char *text) {
    if (!f->file) return avm_raise_value(t, "underlying buffer has been detached");
    return f->file->fd >= 0 || avm_raise_value(t, "%s", text);
}
#define CLOSED_DOT "I/O operation on closed file."
#define CLOSED "I/O operation on closed file"

// --- making: TextIOWrapper(buffer, ...)

static AvmValue text_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *file = avm_as_file(t, args[1]);
    if (!file)
        return avm_raise_type(t, "TextIOWrapper() wants a file of bytes made by open(), not '%T'", args[1]);
    const char *names[2] = {"UTF-8", "strict"};
    for (int i = 0; i < 2; i++) {
        if (!args[i + 2] || args[i + 2] == AVM_NONE) continue;
        AvmStr *s = avm_as_str(t, args[i + 2]);
        if (!s)
            return avm_raise_type(t, "TextIOWrapper() argument '%s' must be str or None, not %s",
                                  i ? "errors" : "encoding", avm_arg_kind(t, args[i + 2]));
        names[i] = s->data;
    }
    AvmNewline newline;
    if (!avm_newline_arg(t, args[4], AVM_NEWLINE_UNIVERSAL, &newline, false)) return AVM_FAIL;
    int lines = args[5] ? avm_truth(t, args[5]) : 0, through = args[6] ? avm_truth(t, args[6]) : 0;
    if (lines < 0 || through < 0) return AVM_FAIL;
    AvmTextFile *f = avm_text_new(t, (AvmType *)avm_obj(args[0]), file, names[0], names[1], &newline, lines);
    if (f) f->write_through = through;
    return avm_value(f);
}

static void text_free(AvmThread *t, AvmObj *o) {
    AvmTextFile *f = (AvmTextFile *)o;
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    if (f->file && f->file->fd >= 0 && !avm_text_flush(t, f)) avm_exc_clear(t);
    t->exc = exc;
    if (f->out.alloc) avm_buf_free(&f->out);
    if (f->decoded.alloc) avm_buf_free(&f->decoded);
    if (f->file) avm_drop(t, f->file);
    if (f->encoding) avm_drop(t, f->encoding);
    if (f->errors) avm_drop(t, f->errors);
    if (f->mode) avm_drop(t, f->mode);
}

static void text_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTextFile *f = (AvmTextFile *)o;
    if (f->file) visit(avm_value(f->file), arg);
}

static AvmValue text_repr(AvmThread *t, AvmValue v) {
    AvmTextFile *f = text_of(v);
    if (!f->file) return avm_value(avm_str_text(t, "<_io.TextIOWrapper encoding='UTF-8'>"));
    return avm_value(avm_str_format(t, "<_io.TextIOWrapper name=%R mode='%S' encoding='%S'>", f->file->name,
                                    f->mode, f->encoding));
}

// --- reading and writing

static AvmValue text_read(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t size;
    if (!avm_io_size(t, args[1], &size)) return AVM_FAIL;
    return avm_text_read(t, text_of(args[0]), size);
}

static AvmValue text_readline(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t size = -1;
    if (args[1] && !avm_index_exact(t, args[1], &size, NULL)) return AVM_FAIL;
    return avm_text_readline(t, text_of(args[0]), size);
}

static AvmValue text_next(AvmThread *t, AvmValue v) {
    AvmTextFile *f = text_of(v);
    f->telling = false;
    AvmValue line = avm_text_readline(t, f, -1);
    if (!line || ((AvmStr *)avm_obj(line))->len) return line;
    avm_decref(t, line);
    f->telling = true;
    return AVM_DONE;
}

static AvmValue text_iter(AvmThread *t, AvmValue v) {
    return is_open(t, text_of(v), CLOSED_DOT) ? avm_incref(v) : AVM_FAIL;
}

static AvmValue text_readlines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_io_readlines(t, args[0], args[1]);
}

static AvmValue text_write(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *s = avm_as_str(t, args[1]);
    if (!s) return avm_raise_type(t, "write() argument must be str, not %s", avm_arg_kind(t, args[1]));
    return avm_text_write(t, text_of(args[0]), s) ? avm_inline_int_value(s->count) : AVM_FAIL;
}

static AvmValue text_writelines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_io_writelines(t, args[0], args[1]) ? AVM_NONE : AVM_FAIL;
}

static bool flush_both(AvmThread *t, AvmTextFile *f) {
    return avm_text_flush(t, f) && avm_file_flush(t, f->file);
}

static AvmValue text_flush(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    if (!is_open(t, f, CLOSED_DOT)) return AVM_FAIL;
    f->telling = true;
    return flush_both(t, f) ? AVM_NONE : AVM_FAIL;
}

static AvmValue text_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    if (!f->file || f->file->fd < 0) return AVM_NONE;
    AvmValue exc = AVM_EMPTY;
    if (!avm_text_flush(t, f)) exc = avm_exc_take(t);
    bool ok = avm_file_close(t, f->file);
    if (!exc) return ok ? AVM_NONE : AVM_FAIL;
    if (!ok) avm_exc_clear(t);
    return avm_reraise(t, exc);
}

// --- position

static AvmValue text_tell(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    if (!is_open(t, f, CLOSED_DOT)) return AVM_FAIL;
    if (!avm_file_seekable(t, f->file)) return avm_io_unsupported(t, "underlying stream is not seekable");
    if (!f->telling) return avm_raise(t, AVM_EXC(t, OSError), "telling position disabled by next() call");
    if (f->whole && f->decoded.data)
        return avm_io_unsupported(t, "can't tell a position amid text of this encoding");
    if (!flush_both(t, f)) return AVM_FAIL;
    int64_t at = avm_file_tell(t, f->file);
    return at < 0 ? AVM_FAIL : avm_int_new(t, at);
}

static AvmValue text_seek(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    int64_t offset, whence;
    if (!avm_index_exact(t, args[1], &offset, NULL) || !avm_arg_index(t, args[2], 0, &whence))
        return AVM_FAIL;
    if (!is_open(t, f, CLOSED_DOT)) return AVM_FAIL;
    if (!avm_file_seekable(t, f->file)) return avm_io_unsupported(t, "underlying stream is not seekable");
    if (whence == SEEK_CUR && offset) return avm_io_unsupported(t, "can't do nonzero cur-relative seeks");
    if (whence == SEEK_END && offset) return avm_io_unsupported(t, "can't do nonzero end-relative seeks");
    if (whence < 0 || whence > 2)
        return avm_raise_value(t, "invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    if (offset < 0) return avm_raise_value(t, "negative seek position %lld", (long long)offset);
    if (!flush_both(t, f)) return AVM_FAIL;
    int64_t at = avm_file_seek(t, f->file, offset, (int)whence);
    if (at < 0) return AVM_FAIL;
    avm_text_forget(f);
    f->telling = true;
    f->marked = at > 0;
    return avm_int_new(t, at);
}

static AvmValue text_truncate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    int64_t size;
    if (!is_open(t, f, CLOSED_DOT) || !avm_io_size(t, args[1], &size)) return AVM_FAIL;
    if (!f->file->writable) return avm_io_unsupported(t, "truncate");
    if (!flush_both(t, f)) return AVM_FAIL;
    if (size < 0) size = avm_file_tell(t, f->file);
    if (size < 0) return AVM_FAIL;
    return avm_file_truncate(t, f->file, size) ? avm_int_new(t, size) : AVM_FAIL;
}

// --- the rest

static AvmValue text_fileno(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    return is_open(t, f, CLOSED) ? avm_inline_int_value(f->file->fd) : AVM_FAIL;
}

static AvmValue text_isatty(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    return is_open(t, f, CLOSED) ? avm_bool(isatty(f->file->fd)) : AVM_FAIL;
}
static AvmValue text_readable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    return is_open(t, f, CLOSED) ? avm_bool(f->file->readable) : AVM_FAIL;
}
static AvmValue text_writable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    return is_open(t, f, CLOSED) ? avm_bool(f->file->writable) : AVM_FAIL;
}
static AvmValue text_seekable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    return is_open(t, f, CLOSED) ? avm_bool(avm_file_seekable(t, f->file)) : AVM_FAIL;
}

static AvmValue text_enter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return is_open(t, text_of(args[0]), CLOSED_DOT) ? avm_incref(args[0]) : AVM_FAIL;
}

static AvmValue text_detach(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    if (!is_open(t, f, CLOSED_DOT) || !avm_text_flush(t, f)) return AVM_FAIL;
    AvmValue file = avm_value(f->file);
    f->file = NULL;
    return file;
}

static bool set_flag(AvmThread *t, AvmValue v, bool *flag) {
    int truth = v && v != AVM_NONE ? avm_truth(t, v) : *flag;
    if (truth < 0) return false;
    *flag = truth;
    return true;
}

// args: self, encoding, errors, newline, line_buffering, write_through
static AvmValue text_reconfigure(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTextFile *f = text_of(args[0]);
    if (!is_open(t, f, CLOSED_DOT)) return AVM_FAIL;
    AvmStr *encoding = args[1] && args[1] != AVM_NONE ? avm_as_str(t, args[1]) : f->encoding;
    AvmStr *errors = args[2] && args[2] != AVM_NONE ? avm_as_str(t, args[2]) : f->errors;
    if (!encoding || !errors) return avm_raise_type(t, "reconfigure() argument must be str or None");
    AvmNewline newline;
    bool lines = f->line_buffering, through = f->write_through;
    if (!avm_newline_arg(t, args[3], f->newline, &newline, false) || !set_flag(t, args[4], &lines) ||
        !set_flag(t, args[5], &through) || !flush_both(t, f))
        return AVM_FAIL;
    AvmType *type = avm_type_get(t, AVM_T_TEXTIO);
    const char *handler =
        args[1] && args[1] != AVM_NONE && (!args[2] || args[2] == AVM_NONE) ? "strict" : errors->data;
    AvmTextFile *made = avm_text_new(t, type, f->file, encoding->data, handler, &newline, lines);
    if (!made) return AVM_FAIL;
    AvmStr *old_encoding = f->encoding, *old_errors = f->errors;
    f->encoding = made->encoding;
    f->errors = made->errors;
    made->encoding = old_encoding;
    made->errors = old_errors;
    f->newline = newline;
    f->line_buffering = lines;
    f->write_through = through;
    f->one_byte = made->one_byte;
    f->whole = made->whole;
    f->strict = made->strict;
    avm_drop(t, made);
    return AVM_NONE;
}

static AvmValue text_closed(AvmThread *t, AvmValue self) {
    (void)t;
    AvmTextFile *f = text_of(self);
    return avm_bool(!f->file || f->file->fd < 0);
}
static AvmValue text_name(AvmThread *t, AvmValue self) {
    AvmTextFile *f = text_of(self);
    if (!f->file) return avm_raise_value(t, "underlying buffer has been detached");
    return avm_incref(f->file->name);
}
static AvmValue text_mode(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(text_of(self)->mode));
}
static AvmValue text_encoding(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(text_of(self)->encoding));
}
static AvmValue text_errors(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(avm_value(text_of(self)->errors));
}
static AvmValue text_buffer(AvmThread *t, AvmValue self) {
    (void)t;
    AvmTextFile *f = text_of(self);
    return f->file ? avm_incref(avm_value(f->file)) : AVM_NONE;
}
static AvmValue text_line_buffering(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_bool(text_of(self)->line_buffering);
}
static AvmValue text_write_through(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_bool(text_of(self)->write_through);
}

static const AvmNativeDef text_methods[] = {
    {"__new__", text_new,
     "__new__(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
     "Text over a file of bytes."},
    {"read", text_read, "read(size=-1, /)", "Reads size characters, or all."},
    {"readline", text_readline, "readline(size=-1, /)", "Reads a line."},
    {"readlines", text_readlines, "readlines(hint=-1, /)", "Reads all lines."},
    {"write", text_write, "write(text, /)", "Writes text; how many characters."},
    {"writelines", text_writelines, "writelines(lines, /)", "Writes each of lines."},
    {"flush", text_flush, "flush()", "Writes what is buffered."},
    {"close", text_close, "close()", "Writes what is buffered and closes the file."},
    {"tell", text_tell, "tell()", "The position."},
    {"seek", text_seek, "seek(cookie, whence=0, /)", "Moves to a position that tell() gave."},
    {"truncate", text_truncate, "truncate(pos=None, /)", "Cuts the file."},
    {"fileno", text_fileno, "fileno()", "The descriptor."},
    {"isatty", text_isatty, "isatty()", "Is it a terminal?"},
    {"readable", text_readable, "readable()", "Can it be read?"},
    {"writable", text_writable, "writable()", "Can it be written?"},
    {"seekable", text_seekable, "seekable()", "Can its position be moved?"},
    {"detach", text_detach, "detach()", "Gives the file of bytes away."},
    {"reconfigure", text_reconfigure,
     "reconfigure(*, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
     "Changes how the file is written."},
    {"__enter__", text_enter, "__enter__()", "The file."},
    {"__exit__", text_close, "__exit__(*args)", "Closes the file."},
    {0},
};

static const AvmGetSetDef text_getsets[] = {
    {"closed", text_closed, NULL, "Is it closed?"},
    {"name", text_name, NULL, "What it was opened by."},
    {"mode", text_mode, NULL, "How it was opened."},
    {"encoding", text_encoding, NULL, "How characters become bytes."},
    {"errors", text_errors, NULL, "What is done about characters that can't."},
    {"buffer", text_buffer, NULL, "The file of bytes."},
    {"line_buffering", text_line_buffering, NULL, "Is every line written at once?"},
    {"write_through", text_write_through, NULL, "Is everything written at once?"},
    {0},
};

const AvmTypeDef avm_io_text_def = {
    .name = "_io.TextIOWrapper",
    .id = AVM_T_TEXTIO,
    .size = sizeof(AvmTextFile),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_BASETYPE,
    .doc = "Text over a file of bytes.",
    .slots = {.free = text_free,
              .traverse = text_traverse,
              .repr = text_repr,
              .iter = text_iter,
              .next = text_next},
    .methods = text_methods,
    .getsets = text_getsets,
};
