// Files of bytes: descriptors with a buffer for reading and one for writing. What scripts call stands in
// iobinary.c.
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stdlib/io.h"
#include "vm/async/async.h"
#include "vm/threads.h"

AvmFile *avm_file_new(AvmThread *t, AvmType *type, int fd, AvmValue name) {
    AvmFile *f = avm_object_new(t, type, 0);
    if (!f) return NULL;
    f->fd = fd;
    f->closefd = true;
    f->can_seek = -1;
    f->name = avm_incref(name);
    avm_buf_init(&f->in, &t->vm->alloc);
    avm_buf_init(&f->out, &t->vm->alloc);
    return f;
}

AvmFile *avm_as_file(AvmThread *t, AvmValue v) {
    if (!avm_is_obj(v)) return NULL;
    AvmType *type = avm_type_of(t, v);
    while (type && !type->def) type = type->base;
    const AvmTypeDef *def = type ? type->def : NULL;
    bool is_file = def == &avm_io_reader_def || def == &avm_io_writer_def || def == &avm_io_random_def ||
                   def == &avm_io_raw_def;
    return is_file ? (AvmFile *)avm_obj(v) : NULL;
}

bool avm_file_check(AvmThread *t, AvmFile *f, const char *what) {
    if (f->fd >= 0) return true;
    if (!what || f->raw) return avm_raise_value(t, "I/O operation on closed file");
    return avm_raise_value(t, "%s closed file", what);
}

AvmValue avm_io_unsupported(AvmThread *t, const char *what) {
    AvmIo *io = avm_io_types(t);
    return io ? avm_raise(t, io->unsupported, "%s", what) : AVM_FAIL;
}

// A signal came during a system call. true: what it asks for must happen before the call is tried again.
static bool interrupted(AvmThread *t) {
    uint32_t bits = atomic_fetch_and(&t->interrupt, AVM_INTERRUPT_POST | AVM_INTERRUPT_STOP);
    if (bits & (AVM_INTERRUPT_SHOW | AVM_INTERRUPT_TICK)) avm_tree_look(t, bits, false);
    if (bits & AVM_INTERRUPT_STOP) avm_exhaust(t, AVM_LIMIT_STOP);
    if (t->exhausted) return true;
    if (bits & AVM_INTERRUPT_HANDLERS && !t->vm->run_handlers(t)) return true;
    if (!(bits & AVM_INTERRUPT_SIGNAL) || avm_async_interrupt(t)) return false;
    avm_raise(t, AVM_EXC(t, KeyboardInterrupt), NULL);
    return true;
}

// --- reading

static void drop_taken(AvmFile *f) {
    if (!f->in_at) return;
    f->in.len -= f->in_at;
    if (f->in.len) memmove(f->in.data, f->in.data + f->in_at, f->in.len);
    f->in_at = 0;
}

// Other threads run until the file has something to read or room to write. false: exception.
static bool await_file(AvmThread *t, AvmFile *f, bool writing) {
    if (!avm_threads_count(t->vm)) return true;
    while (f->fd >= 0 && avm_threads_await_fd(t, f->fd, writing) == AVM_WOKEN_INTERRUPT)
        if (interrupted(t)) return false;
    return f->fd >= 0 || avm_raise_value(t, "I/O operation on closed file");
}

bool avm_file_fill(AvmThread *t, AvmFile *f, size_t size, bool *eof) {
    if (!await_file(t, f, false)) return false;
    if (f->out.len && !avm_file_flush(t, f)) return false;
    drop_taken(f);
    if (!avm_buf_reserve(&f->in, size)) return avm_raise_memory(t);
    for (;;) {
        ssize_t n = read(f->fd, f->in.data + f->in.len, size);
        if (n >= 0) {
            *eof = n == 0;
            f->in.len += (size_t)n;
            return true;
        }
        if (errno != EINTR) return avm_raise_os(t, errno, AVM_EMPTY);
        if (interrupted(t)) return false;
    }
}

bool avm_file_read_all(AvmThread *t, AvmFile *f) {
    struct stat st;
    size_t size = AVM_IO_CHUNK;
    if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        off_t at = lseek(f->fd, 0, SEEK_CUR);
        if (at >= 0 && at < st.st_size) size = (size_t)(st.st_size - at) + 1;
    }
    bool eof = false;
    while (!eof) {
        if (f->in.len > AVM_STR_MAX) return avm_raise_memory(t);
        if (!avm_file_fill(t, f, size, &eof)) return false;
        if (size < f->in.len) size = f->in.len / 2 + AVM_IO_CHUNK;
    }
    return true;
}

// --- writing

// All of a copy, while other threads run (and may change what p points at). A pipe that can be written takes PIPE_BUF
// bytes without blocking.
static bool write_in_turn(AvmThread *t, AvmFile *f, const char *p, size_t n) {
    AvmBuf all;
    avm_buf_init(&all, &t->vm->alloc);
    bool ok = avm_buf_add(&all, p, n) || avm_raise_memory(t);
    for (size_t at = 0; ok && at < n && (ok = await_file(t, f, true));) {
        ssize_t done = write(f->fd, all.data + at, n - at < PIPE_BUF ? n - at : PIPE_BUF);
        if (done >= 0)
            at += (size_t)done;
        else
            ok = errno == EINTR ? !interrupted(t) : avm_raise_os(t, errno, AVM_EMPTY);
    }
    avm_buf_free(&all);
    return ok;
}

// All of it, through the host for the process's own streams.
static bool write_all(AvmThread *t, AvmFile *f, const char *p, size_t n) {
    AvmHost *host = &t->vm->host;
    if (f->std && host->write && (f->fd == 1 || f->fd == 2)) {
        errno = 0;
        if (n == 0 || host->write(host->ctx, f->fd, p, n)) return true;
        if (errno == EBADF) return true; // started with the stream closed: nobody wants to read it
        return avm_raise_os(t, errno ? errno : EIO, AVM_EMPTY);
    }
    if (avm_threads_count(t->vm) && !avm_file_seekable(t, f)) return write_in_turn(t, f, p, n);
    while (n) {
        ssize_t done = write(f->fd, p, n);
        if (done < 0) {
            if (errno != EINTR) return avm_raise_os(t, errno, AVM_EMPTY);
            if (interrupted(t)) return false;
            continue;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

bool avm_file_flush(AvmThread *t, AvmFile *f) {
    if (!f->out.len) return true;
    size_t n = f->out.len;
    f->out.len = 0; // whatever happens: a broken pipe is reported once
    return write_all(t, f, f->out.data, n);
}

// The descriptor's place goes back to where the script believes to be.
static bool give_back(AvmThread *t, AvmFile *f) {
    size_t ahead = avm_file_ahead(f);
    f->in.len = f->in_at = 0;
    if (ahead && lseek(f->fd, -(off_t)ahead, SEEK_CUR) < 0) return avm_raise_os(t, errno, AVM_EMPTY);
    return true;
}

bool avm_file_write(AvmThread *t, AvmFile *f, const char *p, size_t n) {
    if (f->in.len && !give_back(t, f)) return false;
    if (f->raw || n >= AVM_IO_CHUNK) return avm_file_flush(t, f) && write_all(t, f, p, n);
    if (f->out.len + n > AVM_IO_CHUNK && !avm_file_flush(t, f)) return false;
    return avm_buf_add(&f->out, p, n) || avm_raise_memory(t);
}

// --- position

bool avm_file_seekable(AvmThread *t, AvmFile *f) {
    (void)t;
    if (f->can_seek < 0) f->can_seek = lseek(f->fd, 0, SEEK_CUR) >= 0;
    return f->can_seek;
}

int64_t avm_file_tell(AvmThread *t, AvmFile *f) {
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    if (at < 0) {
        avm_raise_os(t, errno, AVM_EMPTY);
        return -1;
    }
    return (int64_t)at - (int64_t)avm_file_ahead(f) + (int64_t)f->out.len;
}

int64_t avm_file_seek(AvmThread *t, AvmFile *f, int64_t offset, int whence) {
    int64_t here = 0;
    if (whence == SEEK_CUR && f->readable) { // from where the script believes to be, which appending would change
        if ((here = avm_file_tell(t, f)) < 0) return -1;
        whence = SEEK_SET;
    }
    if (!avm_file_flush(t, f)) return -1;
    offset += here;
    off_t at = lseek(f->fd, (off_t)offset, whence);
    if (at < 0) {
        avm_raise_os(t, errno, AVM_EMPTY);
        return -1;
    }
    f->in.len = f->in_at = 0;
    return at;
}

bool avm_file_truncate(AvmThread *t, AvmFile *f, int64_t size) {
    if (!avm_file_flush(t, f) || (f->in.len && !give_back(t, f))) return false;
    if (ftruncate(f->fd, (off_t)size) == 0) return true;
    return avm_raise_os(t, errno, AVM_EMPTY);
}

bool avm_file_close(AvmThread *t, AvmFile *f) {
    if (f->fd < 0) return true;
    bool ok = avm_file_flush(t, f);
    int fd = f->fd;
    f->fd = -1;
    avm_buf_free(&f->in);
    avm_buf_free(&f->out);
    f->in_at = 0;
    if (f->closefd && close(fd) < 0 && ok && errno != EINTR) return avm_raise_os(t, errno, AVM_EMPTY);
    return ok;
}

// --- arguments and lines, for every kind of file

bool avm_io_size(AvmThread *t, AvmValue v, int64_t *out) {
    *out = -1;
    if (!v || v == AVM_NONE) return true;
    if (!avm_has_index(t, v)) return avm_raise_type(t, "argument should be integer or None, not '%T'", v);
    return avm_index_exact(t, v, out, NULL);
}
