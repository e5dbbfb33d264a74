// BufferedReader, BufferedWriter, BufferedRandom and FileIO as scripts see them.
#include <unistd.h>

#include "stdlib/io.h"
#include "vm/call.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

static AvmFile *file_of(AvmValue v) { return (AvmFile *)avm_obj(v); }

static bool can_read(AvmThread *t, AvmFile *f, const char *what, const char *name) {
    if (!f->readable) return avm_io_unsupported(t, f->raw ? "File not open for reading" : name);
    return avm_file_check(t, f, what);
}

// n bytes from the front of the buffer.
static AvmValue take(AvmThread *t, AvmFile *f, size_t n) {
    if (n > avm_file_ahead(f)) n = avm_file_ahead(f);
    AvmValue v = avm_value(avm_bytes_new(t, n ? f->in.data + f->in_at : "", n));
    f->in_at += n;
    return v;
}

static AvmValue file_read(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    int64_t size;
    if (!avm_io_size(t, args[1], &size)) return AVM_FAIL;
    if (size < -1 && !f->raw) return avm_raise_value(t, "read length must be non-negative or -1");
    if (!can_read(t, f, "read of", "read")) return AVM_FAIL;
    bool eof = false;
    if (size < 0) return avm_file_read_all(t, f) ? take(t, f, SIZE_MAX) : AVM_FAIL;
    while (!eof && avm_file_ahead(f) < (size_t)size) {
        size_t missing = (size_t)size - avm_file_ahead(f);
        if (!avm_file_fill(t, f, f->raw || missing > AVM_IO_CHUNK ? missing : AVM_IO_CHUNK, &eof))
            return AVM_FAIL;
        if (f->raw) break;
    }
    return take(t, f, (size_t)size);
}

static AvmValue file_read1(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    int64_t size;
    if (!avm_io_size(t, args[1], &size) || !can_read(t, f, "read of", "read1")) return AVM_FAIL;
    bool eof;
    size_t most = size < 0 ? AVM_IO_CHUNK : (size_t)size;
    if (most && !avm_file_ahead(f) && !avm_file_fill(t, f, most > AVM_IO_CHUNK ? most : AVM_IO_CHUNK, &eof))
        return AVM_FAIL;
    return take(t, f, most);
}

static AvmValue file_peek(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    if (!can_read(t, f, "peek of", "peek")) return AVM_FAIL;
    bool eof;
    if (!avm_file_ahead(f) && !avm_file_fill(t, f, AVM_IO_CHUNK, &eof)) return AVM_FAIL;
    size_t ahead = avm_file_ahead(f);
    return avm_value(avm_bytes_new(t, ahead ? f->in.data + f->in_at : "", ahead));
}

static AvmValue file_readinto(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    AvmByteArray *into = avm_as_bytearray(t, args[1]);
    if (!into)
        return avm_raise_type(t, "readinto() argument must be read-write bytes-like object, not %s", avm_arg_kind(t, args[1]));
    if (!can_read(t, f, "readinto of", "read")) return AVM_FAIL;
    bool eof = false;
    while (!eof && avm_file_ahead(f) < into->len)
        if (!avm_file_fill(t, f, into->len, &eof)) return AVM_FAIL;
    size_t got = avm_file_ahead(f) < into->len ? avm_file_ahead(f) : into->len;
    if (got) memcpy(into->data, avm_file_next(f), got);
    f->in_at += got;
    return avm_inline_int_value((int64_t)got);
}

static AvmValue read_line(AvmThread *t, AvmFile *f, int64_t limit) {
    size_t seen = 0;
    for (bool eof = false;;) {
        size_t ahead = avm_file_ahead(f);
        const char *from = avm_file_next(f);
        const char *end = ahead > seen ? memchr(from + seen, '\n', ahead - seen) : NULL;
        size_t n = end ? (size_t)(end - from) + 1 : ahead;
        if (limit >= 0 && n >= (size_t)limit) return take(t, f, (size_t)limit);
        if (end || eof) return take(t, f, n);
        seen = ahead;
        if (!avm_file_fill(t, f, AVM_IO_CHUNK, &eof)) return AVM_FAIL;
    }
}

static AvmValue file_readline(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    int64_t size;
    if (!avm_io_size(t, args[1], &size) || !can_read(t, f, "readline of", "read")) return AVM_FAIL;
    return read_line(t, f, size);
}

static AvmValue file_next(AvmThread *t, AvmValue v) {
    AvmFile *f = file_of(v);
    if (!can_read(t, f, "readline of", "read")) return AVM_FAIL;
    AvmValue line = read_line(t, f, -1);
    if (!line || avm_chars(t, line).n) return line;
    avm_decref(t, line);
    return AVM_DONE;
}

static AvmValue file_iter(AvmThread *t, AvmValue v) {
    if (file_of(v)->fd < 0) return avm_raise_value(t, "I/O operation on closed file.");
    return avm_incref(v);
}

AvmValue avm_io_readlines(AvmThread *t, AvmValue self, AvmValue hint) {
    int64_t most;
    if (!avm_io_size(t, hint, &most)) return AVM_FAIL;
    AvmValue it = avm_iter(t, self);
    AvmList *list = it ? avm_list_new(t, 0) : NULL;
    if (!list) {
        avm_decref(t, it);
        return AVM_FAIL;
    }
    int64_t total = 0;
    for (;;) {
        AvmValue line = avm_next(t, it);
        if (line == AVM_DONE) break;
        int64_t n = line ? avm_len(t, line) : -1;
        if (n < 0 || !avm_list_append_take(t, list, line)) {
            if (n < 0) avm_decref(t, line);
            avm_decref(t, it);
            avm_drop(t, list);
            return AVM_FAIL;
        }
        total += n;
        if (most > 0 && total >= most) break;
    }
    avm_decref(t, it);
    return avm_value(list);
}

bool avm_io_writelines(AvmThread *t, AvmValue self, AvmValue lines) {
    AvmValue it = avm_iter(t, lines);
    if (!it) return false;
    bool ok = true;
    while (ok) {
        AvmValue line = avm_next(t, it);
        if (line == AVM_DONE) break;
        AvmValue r = line ? avm_call_method(t, self, AVM_NAME(t, write), &line, 1) : AVM_FAIL;
        ok = r != AVM_FAIL;
        avm_decref(t, r);
        avm_decref(t, line);
    }
    avm_decref(t, it);
    return ok;
}

static AvmValue file_readlines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_io_readlines(t, args[0], args[1]);
}

static AvmValue file_writelines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_io_writelines(t, args[0], args[1]) ? AVM_NONE : AVM_FAIL;
}

static AvmValue file_write(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    const char *p;
    size_t size;
    if (!f->writable) return avm_io_unsupported(t, f->raw ? "File not open for writing" : "write");
    if (!avm_bytes_like(t, args[1], &p, &size) || !avm_file_check(t, f, "write to")) return AVM_FAIL;
    return avm_file_write(t, f, p, size) ? avm_inline_int_value((int64_t)size) : AVM_FAIL;
}

static AvmValue file_flush(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    if (f->fd < 0 && !f->writable) return avm_raise_value(t, "I/O operation on closed file.");
    if (!avm_file_check(t, f, "flush of")) return AVM_FAIL;
    return avm_file_flush(t, f) ? AVM_NONE : AVM_FAIL;
}

static AvmValue file_tell(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    if (!avm_file_check(t, f, NULL)) return AVM_FAIL;
    int64_t at = avm_file_tell(t, f);
    return at < 0 ? AVM_FAIL : avm_int_new(t, at);
}

static AvmValue file_seek(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    int64_t offset, whence;
    if (!avm_index_exact(t, args[1], &offset, NULL) || !avm_arg_index(t, args[2], 0, &whence))
        return AVM_FAIL;
    if (whence < 0 || whence > 2)
        return avm_raise_value(t, "whence value %lld unsupported", (long long)whence);
    if (!avm_file_check(t, f, "seek of")) return AVM_FAIL;
    int64_t at = avm_file_seek(t, f, offset, (int)whence);
    return at < 0 ? AVM_FAIL : avm_int_new(t, at);
}

static AvmValue file_truncate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    int64_t size;
    if (!f->writable) return avm_io_unsupported(t, f->raw ? "File not open for writing" : "truncate");
    if (!avm_file_check(t, f, "truncate of") || !avm_io_size(t, args[1], &size)) return AVM_FAIL;
    if (size < 0) size = avm_file_flush(t, f) ? avm_file_tell(t, f) : -1;
    if (size < 0) return AVM_FAIL;
    return avm_file_truncate(t, f, size) ? avm_int_new(t, size) : AVM_FAIL;
}

static AvmValue file_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_file_close(t, file_of(args[0])) ? AVM_NONE : AVM_FAIL;
}

static AvmValue file_fileno(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    return avm_file_check(t, f, NULL) ? avm_inline_int_value(f->fd) : AVM_FAIL;
}

static AvmValue file_isatty(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    return avm_file_check(t, f, NULL) ? avm_bool(isatty(f->fd)) : AVM_FAIL;
}

static AvmValue file_readable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    return avm_file_check(t, f, NULL) ? avm_bool(f->readable) : AVM_FAIL;
}
static AvmValue file_writable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    return avm_file_check(t, f, NULL) ? avm_bool(f->writable) : AVM_FAIL;
}
static AvmValue file_seekable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmFile *f = file_of(args[0]);
    return avm_file_check(t, f, NULL) ? avm_bool(avm_file_seekable(t, f)) : AVM_FAIL;
}

static AvmValue file_enter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (file_of(args[0])->fd < 0) return avm_raise_value(t, "I/O operation on closed file.");
    return avm_incref(args[0]);
}

static AvmValue file_exit(AvmThread *t, AvmValue *args, uint32_t n) { return file_close(t, args, n); }

static AvmValue file_closed(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_bool(file_of(self)->fd < 0);
}
static AvmValue file_name(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_incref(file_of(self)->name);
}

static const char *mode_of(const AvmFile *f) {
    bool both = f->readable && f->writable;
    if (f->created) return both ? "xb+" : "xb";
    if (f->appending) return both ? "ab+" : "ab";
    return both ? "rb+" : f->writable ? "wb" : "rb";
}
static AvmValue file_mode(AvmThread *t, AvmValue self) {
    return avm_value(avm_str_text(t, mode_of(file_of(self))));
}

static AvmValue file_repr(AvmThread *t, AvmValue v) {
    AvmFile *f = file_of(v);
    AvmType *type = avm_type_of(t, v);
    if (!f->raw) return avm_value(avm_str_format(t, "<_io.%S name=%R>", type->name, f->name));
    if (f->fd < 0) return avm_value(avm_str_format(t, "<_io.%S [closed]>", type->name));
    return avm_value(avm_str_format(t, "<_io.%S name=%R mode='%s' closefd=%s>", type->name, f->name,
                                    mode_of(f), f->closefd ? "True" : "False"));
}

static void file_free(AvmThread *t, AvmObj *o) {
    AvmFile *f = (AvmFile *)o;
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    if (f->fd >= 0 && f->in.alloc && !avm_file_close(t, f)) avm_exc_clear(t);
    t->exc = exc;
    if (f->in.alloc) {
        avm_buf_free(&f->in);
        avm_buf_free(&f->out);
    }
    avm_decref(t, f->name);
}

static void file_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmFile *)o)->name, arg); }

static const AvmNativeDef file_methods[] = {
    {"read", file_read, "read(size=-1, /)", "Reads size bytes, or all."},
    {"read1", file_read1, "read1(size=-1, /)", "Reads with at most one call of the system."},
    {"peek", file_peek, "peek(size=0, /)", "What is read ahead, without taking it."},
    {"readinto", file_readinto, "readinto(buffer, /)", "Reads into a bytearray; how many bytes."},
    {"readline", file_readline, "readline(size=-1, /)", "Reads a line."},
    {"readlines", file_readlines, "readlines(hint=-1, /)", "Reads all lines."},
    {"write", file_write, "write(buffer, /)", "Writes bytes; how many."},
    {"writelines", file_writelines, "writelines(lines, /)", "Writes each of lines."},
    {"flush", file_flush, "flush()", "Writes what is buffered."},
    {"tell", file_tell, "tell()", "The position."},
    {"seek", file_seek, "seek(target, whence=0, /)", "Moves to a position; the new one."},
    {"truncate", file_truncate, "truncate(pos=None, /)", "Cuts the file."},
    {"close", file_close, "close()", "Writes what is buffered and closes the file."},
    {"fileno", file_fileno, "fileno()", "The descriptor."},
    {"isatty", file_isatty, "isatty()", "Is it a terminal?"},
    {"readable", file_readable, "readable()", "Can it be read?"},
    {"writable", file_writable, "writable()", "Can it be written?"},
    {"seekable", file_seekable, "seekable()", "Can its position be moved?"},
    {"__enter__", file_enter, "__enter__()", "The file."},
    {"__exit__", file_exit, "__exit__(*args)", "Closes the file."},
    {0},
};

static const AvmGetSetDef file_getsets[] = {
    {"closed", file_closed, NULL, "Is it closed?"},
    {"name", file_name, NULL, "What it was opened by."},
    {"mode", file_mode, NULL, "How it was opened."},
    {0},
};

#define FILE_SLOTS                                                                                           \
    { .free = file_free, .traverse = file_traverse, .repr = file_repr, .iter = file_iter, .next = file_next }
#define FILE_TYPE(type_name, type_id, what)                                                                  \
    {                                                                                                        \
        .name = "_io." type_name, .id = type_id, .size = sizeof(AvmFile),                                    \
        .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_NO_NEW, .doc = what, .slots = FILE_SLOTS,                     \
        .methods = file_methods, .getsets = file_getsets                                                     \
    }

const AvmTypeDef avm_io_reader_def =
    FILE_TYPE("BufferedReader", AVM_T_BUFFERIO, "A file of bytes to be read.");
const AvmTypeDef avm_io_writer_def = FILE_TYPE("BufferedWriter", 0, "A file of bytes to be written.");
const AvmTypeDef avm_io_random_def =
    FILE_TYPE("BufferedRandom", 0, "A file of bytes to be read and written.");
const AvmTypeDef avm_io_raw_def = FILE_TYPE("FileIO", 0, "A file of bytes without a buffer.");
