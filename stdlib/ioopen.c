// open(): modes, names and the making of files.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stdlib/io.h"
#include "vm/power.h"
#include "vm/call.h"
#include "vm/types/int.h"

typedef struct Mode {
    bool creating, reading, writing, appending, updating, text, binary;
} Mode;

static bool set_once(bool *flag) {
    bool first = !*flag;
    *flag = true;
    return first;
}

static bool parse_mode(AvmThread *t, AvmStr *s, Mode *m) {
    *m = (Mode){0};
    for (uint32_t i = 0; i < s->len; i++) {
        bool ok = false;
        switch (s->data[i]) {
        case 'x': ok = set_once(&m->creating); break;
        case 'r': ok = set_once(&m->reading); break;
        case 'w': ok = set_once(&m->writing); break;
        case 'a': ok = set_once(&m->appending); break;
        case '+': ok = set_once(&m->updating); break;
        case 't': ok = set_once(&m->text); break;
        case 'b': ok = set_once(&m->binary); break;
        }
        if (!ok) return avm_raise_value(t, "invalid mode: %R", avm_value(s));
    }
    int kinds = m->creating + m->reading + m->writing + m->appending;
    if (m->text && m->binary) return avm_raise_value(t, "can't have text and binary mode at once");
    if (kinds > 1) return avm_raise_value(t, "must have exactly one of create/read/write/append mode");
    if (kinds == 0)
        return avm_raise_value(t,
                               "Must have exactly one of create/read/write/append mode and at most one plus");
    return true;
}

static const char *text_arg(AvmThread *t, AvmValue v, const char *name, const char *absent) {
    if (!v || v == AVM_NONE) return absent;
    AvmStr *s = avm_as_str(t, v);
    if (s) return s->data;
    avm_raise_type(t, "open() argument '%s' must be str or None, not %s", name, avm_arg_kind(t, v));
    return NULL;
}

static bool check_binary(AvmThread *t, AvmValue *args) {
    static const char *const texts[] = {"binary mode doesn't take an encoding argument",
                                        "binary mode doesn't take an errors argument",
                                        "binary mode doesn't take a newline argument"};
    for (int i = 0; i < 3; i++)
        if (args[3 + i] && args[3 + i] != AVM_NONE) return avm_raise_value(t, "%s", texts[i]);
    return true;
}

// The path's bytes; *held keeps them. NULL: exception.
static const char *path_of(AvmThread *t, AvmValue file, AvmValue *held) {
    *held = avm_incref(file);
    if (!avm_as_str(t, file) && !avm_as_bytes(t, file)) {
        AvmValue path =
            avm_is_obj(file) ? avm_call_special(t, file, AVM_NAME(t, __fspath__), NULL, 0) : AVM_DONE;
        if (!path) return NULL;
        if (path == AVM_DONE) {
            avm_raise_type(t, "expected str, bytes or os.PathLike object, not %T", file);
            return NULL;
        }
        avm_decref(t, *held);
        *held = path;
        if (!avm_as_str(t, path) && !avm_as_bytes(t, path)) {
            avm_raise_type(t, "expected %T.__fspath__() to return str or bytes, not %T", file, path);
            return NULL;
        }
    }
    if (avm_as_str(t, *held)) {
        AvmBytes *b = avm_encode(t, avm_as_str(t, *held), "utf-8", "surrogateescape");
        if (!b) return NULL;
        avm_decref(t, *held);
        *held = avm_value(b);
    }
    AvmBytes *b = avm_as_bytes(t, *held);
    if (strlen(b->data) == b->len) return b->data;
    avm_raise_value(t, "embedded null byte");
    return NULL;
}

static int flags_of(const Mode *m) {
    int flags = O_CLOEXEC | (m->updating ? O_RDWR : m->reading ? O_RDONLY : O_WRONLY);
    if (m->writing) flags |= O_CREAT | O_TRUNC;
    if (m->appending) flags |= O_CREAT | O_APPEND;
    if (m->creating) flags |= O_CREAT | O_EXCL;
    return flags;
}

static AvmValue name_of(AvmThread *t, AvmValue file) {
    if (avm_as_str(t, file) || avm_as_bytes(t, file) || avm_is_int(t, file)) return avm_incref(file);
    return avm_call_special(t, file, AVM_NAME(t, __fspath__), NULL, 0);
}

static int opened_by(AvmThread *t, AvmValue opener, AvmValue file, int flags) {
    AvmValue args[2] = {file, avm_inline_int_value(flags)};
    AvmValue r = avm_call(t, opener, args, 2);
    int64_t fd = -1;
    if (r && !avm_is_int(t, r))
        avm_raise_type(t, "expected integer from opener");
    else if (r && (!avm_int_get(r, &fd) || fd < 0)) {
        avm_raise_value(t, "opener returned %lld", (long long)fd);
        fd = -1;
    }
    avm_decref(t, r);
    return fd > INT32_MAX ? -1 : (int)fd;
}

static int open_path(AvmThread *t, AvmValue file, int flags, AvmValue opener) {
    if (opener && opener != AVM_NONE) return opened_by(t, opener, file, flags);
    AvmValue held;
    const char *path = path_of(t, file, &held);
    int fd = -1;
    if (path) {
        do fd = open(path, flags, 0666);
        while (fd < 0 && errno == EINTR && !t->interrupt);
        int err = errno;
        if (fd < 0) {
            AvmValue shown = name_of(t, file);
            if (shown) avm_raise_os(t, err, shown);
            avm_decref(t, shown);
        }
    }
    avm_decref(t, held);
    return fd;
}

// May script open it so? false: PermissionError
static bool allowed(AvmThread *t, AvmValue file, int flags) {
    AvmValue held = AVM_EMPTY;
    char number[24];
    int64_t fd = 0;
    const char *path = number;
    if (!avm_is_int(t, file)) path = path_of(t, file, &held);
    else if (avm_int_get(file, &fd)) snprintf(number, sizeof number, "%lld", (long long)fd);
    AvmValue shown = path ? name_of(t, file) : AVM_FAIL;
    bool good = shown && ((flags & O_ACCMODE) == O_WRONLY || avm_allow(t, AVM_READ_FILE, path, shown)) &&
                ((flags & O_ACCMODE) == O_RDONLY || avm_allow(t, AVM_WRITE_FILE, path, shown));
    avm_decref(t, shown);
    avm_decref(t, held);
    return good;
}

// A descriptor for file: given or opened. -1: exception.
static int descriptor(AvmThread *t, AvmValue file, const Mode *m, bool closefd, AvmValue opener) {
    int64_t fd;
    if (!allowed(t, file, flags_of(m))) return -1;
    if (avm_is_int(t, file)) {
        if (!avm_int_get(file, &fd) || fd > INT32_MAX) fd = INT32_MAX;
        if (fd < 0) return avm_raise_value(t, "negative file descriptor"), -1;
    } else {
        if (!closefd) return avm_raise_value(t, "Cannot use closefd=False with file name"), -1;
        fd = open_path(t, file, flags_of(m), opener);
        if (fd < 0) return -1;
    }
    struct stat st;
    int err = fstat((int)fd, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
    if (!err) return (int)fd;
    if (!avm_is_int(t, file)) close((int)fd);
    // A bad descriptor has no name worth showing.
    AvmValue shown = err == EBADF ? AVM_EMPTY : name_of(t, file);
    avm_raise_os(t, err, shown);
    avm_decref(t, shown);
    return -1;
}

static AvmFile *make_file(AvmThread *t, AvmValue file, const Mode *m, bool raw, bool closefd,
                          AvmValue opener) {
    AvmIo *io = avm_io_types(t);
    int fd = io ? descriptor(t, file, m, closefd, opener) : -1;
    if (fd < 0) return NULL;
    AvmValue name = name_of(t, file);
    AvmType *reader = avm_type_get(t, AVM_T_BUFFERIO);
    AvmType *type = raw ? io->raw : m->updating ? io->random : m->reading ? reader : io->writer;
    AvmFile *f = name ? avm_file_new(t, type, fd, name) : NULL;
    avm_decref(t, name);
    if (!f) {
        if (!avm_is_int(t, file)) close(fd);
        return NULL;
    }
    f->raw = raw;
    f->closefd = closefd;
    f->std = fd <= 2 && !closefd;
    f->readable = m->reading || m->updating;
    f->writable = !m->reading || m->updating;
    f->appending = m->appending;
    f->created = m->creating;
    if (m->appending) lseek(fd, 0, SEEK_END);
    return f;
}

// args: file, mode, buffering, encoding, errors, newline, closefd, opener
AvmValue avm_io_open(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *mode = NULL;
    if (args[1] && !(mode = avm_as_str(t, args[1])))
        return avm_raise_type(t, "open() argument 'mode' must be str, not %s", avm_arg_kind(t, args[1]));
    Mode m = {.reading = true};
    int64_t buffering;
    int closefd = args[6] ? avm_truth(t, args[6]) : 1;
    const char *encoding = text_arg(t, args[3], "encoding", "UTF-8"),
               *errors = text_arg(t, args[4], "errors", "strict");
    if (!encoding || !errors || !text_arg(t, args[5], "newline", "")) return AVM_FAIL;
    if (closefd < 0 || !avm_arg_index(t, args[2], -1, &buffering) || (mode && !parse_mode(t, mode, &m)))
        return AVM_FAIL;
    if (m.binary && !check_binary(t, args)) return AVM_FAIL;
    bool line_buffering = buffering == 1 && !m.binary;
    if (!m.binary && buffering == 0) return avm_raise_value(t, "can't have unbuffered text I/O");
    AvmNewline newline;
    if (!avm_newline_arg(t, args[5], AVM_NEWLINE_UNIVERSAL, &newline, false)) return AVM_FAIL;
    AvmFile *f = make_file(t, args[0], &m, buffering == 0, closefd, args[7]);
    if (!f || m.binary) return avm_value(f);
    AvmTextFile *text = avm_text_new(t, avm_type_get(t, AVM_T_TEXTIO), f, encoding, errors, &newline,
                                     line_buffering || (buffering < 0 && isatty(f->fd)));
    if (text && mode) {
        AvmStr *shown = avm_str_exact(t, mode);
        if (shown) {
            avm_drop(t, text->mode);
            text->mode = shown;
        }
    }
    if (text) text->marked = m.appending && avm_file_seekable(t, f) && lseek(f->fd, 0, SEEK_CUR) > 0;
    avm_drop(t, f);
    return avm_value(text);
}
