// StringIO and BytesIO: files in memory. Text is kept as UTF-8; its positions count characters.
#include "base/utf8.h"
#include "stdlib/io.h"
#include "vm/types/int.h"

typedef struct Memory {
    AvmObj h;
    AvmBuf data;
    size_t at;     // byte, at most data.len
    size_t beyond; // characters between the end and the position, filled with zeros by a write
    bool ready, closed, text, ascii;
    AvmNewline newline;
} Memory;

static Memory *memory_of(AvmValue v) { return (Memory *)avm_obj(v); }

static bool usable(AvmThread *t, Memory *m) {
    if (!m->ready) return avm_raise_value(t, "I/O operation on uninitialized object");
    if (!m->closed) return true;
    return avm_raise_value(t, m->text ? "I/O operation on closed file" : "I/O operation on closed file.");
}

// --- positions

static size_t chars_in(const Memory *m, size_t bytes) {
    return m->text && !m->ascii ? avm_utf8_count(m->data.data, bytes) : bytes;
}

// The bytes that n characters from byte `from` take, at most all.
static size_t bytes_of(const Memory *m, size_t from, size_t n) {
    size_t left = m->data.len - from;
    if (!m->text || m->ascii) return n < left ? n : left;
    size_t i = from;
    while (n-- && i < m->data.len) i += avm_utf8_width((unsigned char)m->data.data[i]);
    return i - from;
}

static AvmValue make(AvmThread *t, const Memory *m, const char *p, size_t n) {
    if (!n) p = "";
    return m->text ? avm_value(avm_str_new(t, p, n)) : avm_value(avm_bytes_new(t, p, n));
}

static AvmValue take(AvmThread *t, Memory *m, size_t n) {
    AvmValue v = make(t, m, n ? m->data.data + m->at : "", n);
    m->at += n;
    return v;
}

// --- writing

// p over what stands at the position.
static bool put(AvmThread *t, Memory *m, const char *p, size_t n, size_t count) {
    if (!n) return true;
    if (m->data.len + n + m->beyond > AVM_STR_MAX) return avm_raise_memory(t);
    if (m->beyond) {
        if (!avm_buf_fill(&m->data, 0, m->beyond)) return avm_raise_memory(t);
        m->beyond = 0;
        m->at = m->data.len;
    }
    size_t old = bytes_of(m, m->at, count);
    if (n > old && !avm_buf_reserve(&m->data, n - old)) return avm_raise_memory(t);
    char *place = m->data.data ? m->data.data + m->at : NULL;
    size_t behind = m->data.len - m->at - old;
    if (behind && n != old) memmove(place + n, place + old, behind);
    if (n) memcpy(place, p, n);
    m->data.len += n - old;
    m->at += n;
    if (n != count) m->ascii = false;
    return true;
}

// Line ends as newline= wants them in the buffer.
static bool put_text(AvmThread *t, Memory *m, AvmStr *s) {
    bool in = m->newline == AVM_NEWLINE_UNIVERSAL && memchr(s->data, '\r', s->len);
    bool out =
        (m->newline == AVM_NEWLINE_CR || m->newline == AVM_NEWLINE_CRLF) && memchr(s->data, '\n', s->len);
    if (!in && !out) return put(t, m, s->data, s->len, s->count);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < s->len; i++) {
        char c = s->data[i];
        if (in && c == '\r') {
            if (s->data[i + 1] == '\n') i++;
            avm_buf_byte(&b, '\n');
        } else if (out && c == '\n') {
            avm_buf_text(&b, m->newline == AVM_NEWLINE_CR ? "\r" : "\r\n");
        } else {
            avm_buf_byte(&b, c);
        }
    }
    bool ok = b.failed ? avm_raise_memory(t) : put(t, m, b.data, b.len, avm_utf8_count(b.data, b.len));
    avm_buf_free(&b);
    return ok;
}

static AvmValue memory_write(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    if (!m->text) {
        const char *p;
        size_t size;
        if (!usable(t, m) || !avm_bytes_like(t, args[1], &p, &size)) return AVM_FAIL;
        return put(t, m, p, size, size) ? avm_inline_int_value((int64_t)size) : AVM_FAIL;
    }
    AvmStr *s = avm_as_str(t, args[1]);
    if (!s) return avm_raise_type(t, "string argument expected, got '%T'", args[1]);
    if (!usable(t, m)) return AVM_FAIL;
    return put_text(t, m, s) ? avm_inline_int_value(s->count) : AVM_FAIL;
}

static AvmValue memory_writelines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!usable(t, memory_of(args[0]))) return AVM_FAIL;
    return avm_io_writelines(t, args[0], args[1]) ? AVM_NONE : AVM_FAIL;
}

// --- making

static AvmValue new_memory(AvmThread *t, AvmValue *args, bool text) {
    Memory *m = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (!m) return AVM_FAIL;
    avm_buf_init(&m->data, &t->vm->alloc);
    m->text = text;
    m->ascii = true;
    return avm_value(m);
}
static AvmValue string_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return new_memory(t, args, true);
}
static AvmValue bytes_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return new_memory(t, args, false);
}

static void reset(Memory *m) {
    avm_buf_free(&m->data);
    m->at = m->beyond = 0;
    m->ascii = m->ready = true;
    m->closed = false;
}

static AvmValue string_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    AvmNewline newline;
    if (!avm_newline_arg(t, args[2], AVM_NEWLINE_LF, &newline, true)) return AVM_FAIL;
    AvmStr *s = args[1] && args[1] != AVM_NONE ? avm_as_str(t, args[1]) : t->vm->empty_str;
    if (!s) return avm_raise_type(t, "initial_value must be str or None, not %T", args[1]);
    reset(m);
    m->newline = newline;
    if (!put_text(t, m, s)) return AVM_FAIL;
    m->at = 0;
    return AVM_NONE;
}

static AvmValue bytes_init(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    const char *p = "";
    size_t size = 0;
    if (args[1] && args[1] != AVM_NONE && !avm_bytes_like(t, args[1], &p, &size)) return AVM_FAIL;
    reset(m);
    if (!put(t, m, p, size, size)) return AVM_FAIL;
    m->at = 0;
    return AVM_NONE;
}

static void memory_free(AvmThread *t, AvmObj *o) {
    (void)t;
    if (((Memory *)o)->data.alloc) avm_buf_free(&((Memory *)o)->data);
}

// --- reading

static AvmValue memory_read(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    int64_t size;
    if (!avm_io_size(t, args[1], &size) || !usable(t, m)) return AVM_FAIL;
    if (m->beyond) return make(t, m, "", 0);
    return take(t, m, size < 0 ? m->data.len - m->at : bytes_of(m, m->at, (size_t)size));
}

static AvmValue read_line(AvmThread *t, Memory *m, int64_t limit) {
    if (m->beyond) return make(t, m, "", 0);
    size_t left = m->data.len - m->at;
    AvmNewline newline = m->text && m->newline != AVM_NEWLINE_UNIVERSAL ? m->newline : AVM_NEWLINE_LF;
    size_t n = left ? avm_line_end(m->data.data + m->at, left, newline, false) : 0;
    if (!n) n = left;
    if (limit >= 0) {
        size_t most = bytes_of(m, m->at, (size_t)limit);
        if (most < n) n = most;
    }
    return take(t, m, n);
}

static AvmValue memory_readline(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t size;
    if (!avm_io_size(t, args[1], &size) || !usable(t, memory_of(args[0]))) return AVM_FAIL;
    return read_line(t, memory_of(args[0]), size);
}

static AvmValue memory_next(AvmThread *t, AvmValue v) {
    Memory *m = memory_of(v);
    if (!usable(t, m)) return AVM_FAIL;
    return m->beyond || m->at >= m->data.len ? AVM_DONE : read_line(t, m, -1);
}

static AvmValue memory_iter(AvmThread *t, AvmValue v) {
    return usable(t, memory_of(v)) ? avm_incref(v) : AVM_FAIL;
}

static AvmValue memory_readlines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_io_readlines(t, args[0], args[1]);
}

static AvmValue memory_getvalue(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    return usable(t, m) ? make(t, m, m->data.data, m->data.len) : AVM_FAIL;
}

// --- position

static AvmValue memory_tell(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    return usable(t, m) ? avm_int_new(t, (int64_t)(chars_in(m, m->at) + m->beyond)) : AVM_FAIL;
}

static AvmValue move_to(AvmThread *t, Memory *m, int64_t to) {
    if (to > AVM_STR_MAX) return avm_raise_memory(t);
    int64_t all = (int64_t)chars_in(m, m->data.len);
    m->beyond = to > all ? (size_t)(to - all) : 0;
    m->at = to >= all ? m->data.len : bytes_of(m, 0, (size_t)to);
    return avm_int_new(t, to);
}

static AvmValue memory_seek(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    int64_t to, whence;
    if (!avm_index_exact(t, args[1], &to, NULL) || !avm_arg_index(t, args[2], 0, &whence) || !usable(t, m))
        return AVM_FAIL;
    if (whence < 0 || whence > 2)
        return avm_raise_value(t, "%cnvalid whence (%lld, should be 0, 1 or 2)", m->text ? 'I' : 'i',
                               (long long)whence);
    if (whence == 0 && to < 0)
        return avm_raise_value(t, m->text ? "Negative seek position %lld" : "negative seek value %lld",
                               (long long)to);
    if (m->text && whence && to)
        return avm_raise(t, AVM_EXC(t, OSError), "Can't do nonzero cur-relative seeks");
    if (whence == 1) to += (int64_t)(chars_in(m, m->at) + m->beyond);
    if (whence == 2) to += (int64_t)chars_in(m, m->data.len);
    return move_to(t, m, to < 0 ? 0 : to);
}

static AvmValue memory_truncate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Memory *m = memory_of(args[0]);
    int64_t size;
    if (!usable(t, m)) return AVM_FAIL;
    if (!args[1] || args[1] == AVM_NONE)
        size = (int64_t)(chars_in(m, m->at) + m->beyond);
    else if (!avm_io_size(t, args[1], &size))
        return AVM_FAIL;
    if (size < 0)
        return avm_raise_value(t, m->text ? "Negative size value %lld" : "negative size value %lld",
                               (long long)size);
    size_t here = chars_in(m, m->at) + m->beyond;
    size_t keep = bytes_of(m, 0, (size_t)size);
    if (keep < m->data.len) {
        m->data.len = keep;
        AvmValue moved = move_to(t, m, (int64_t)here); // the position stays, now perhaps beyond the end
        if (!moved) return AVM_FAIL;
        avm_decref(t, moved);
    }
    return avm_int_new(t, size);
}

// --- the rest

static AvmValue memory_close(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    Memory *m = memory_of(args[0]);
    avm_buf_free(&m->data);
    m->at = m->beyond = 0;
    m->closed = true;
    return AVM_NONE;
}

static AvmValue memory_flush(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return usable(t, memory_of(args[0])) ? AVM_NONE : AVM_FAIL;
}
static AvmValue memory_yes(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return usable(t, memory_of(args[0])) ? AVM_TRUE : AVM_FAIL;
}
static AvmValue memory_isatty(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return usable(t, memory_of(args[0])) ? AVM_FALSE : AVM_FAIL;
}
static AvmValue memory_fileno(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_io_unsupported(t, "fileno");
}
static AvmValue memory_enter(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return usable(t, memory_of(args[0])) ? avm_incref(args[0]) : AVM_FAIL;
}
static AvmValue memory_closed(AvmThread *t, AvmValue self) {
    (void)t;
    return avm_bool(memory_of(self)->closed);
}
static AvmValue memory_none(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return AVM_NONE;
}
static AvmValue memory_line_buffering(AvmThread *t, AvmValue self) {
    (void)t, (void)self;
    return AVM_FALSE;
}

#define MEMORY_METHODS                                                                                       \
    {"read", memory_read, "read(size=-1, /)", "Reads size characters or bytes, or all."},                    \
        {"readline", memory_readline, "readline(size=-1, /)", "Reads a line."},                              \
        {"readlines", memory_readlines, "readlines(hint=-1, /)", "Reads all lines."},                        \
        {"write", memory_write, "write(data, /)", "Writes at the position; how much."},                      \
        {"writelines", memory_writelines, "writelines(lines, /)", "Writes each of lines."},                  \
        {"getvalue", memory_getvalue, "getvalue()", "Everything."},                                          \
        {"tell", memory_tell, "tell()", "The position."},                                                    \
        {"seek", memory_seek, "seek(pos, whence=0, /)", "Moves to a position; the new one."},                \
        {"truncate", memory_truncate, "truncate(pos=None, /)", "Cuts what follows the position."},           \
        {"close", memory_close, "close()", "Forgets everything."},                                           \
        {"flush", memory_flush, "flush()", "Nothing to do."},                                                \
        {"readable", memory_yes, "readable()", "True."}, {"writable", memory_yes, "writable()", "True."},    \
        {"seekable", memory_yes, "seekable()", "True."}, {"isatty", memory_isatty, "isatty()", "False."},    \
        {"fileno", memory_fileno, "fileno()", "There is none."},                                             \
        {"__enter__", memory_enter, "__enter__()", "The file."}, {                                           \
        "__exit__", memory_close, "__exit__(*args)", "Closes it."                                            \
    }

static const AvmNativeDef string_methods[] = {
    {"__new__", string_new, "__new__(*args, **kwargs)", "An empty one."},
    {"__init__", string_init, "__init__(initial_value='', newline='\\n')", "Takes its first content."},
    MEMORY_METHODS,
    {0},
};
static const AvmNativeDef bytes_methods[] = {
    {"__new__", bytes_new, "__new__(*args, **kwargs)", "An empty one."},
    {"__init__", bytes_init, "__init__(initial_bytes=b'')", "Takes its first content."},
    {"read1", memory_read, "read1(size=-1, /)", "As read."},
    MEMORY_METHODS,
    {0},
};

static const AvmGetSetDef string_getsets[] = {
    {"closed", memory_closed, NULL, "Is it closed?"},
    {"encoding", memory_none, NULL, "None."},
    {"errors", memory_none, NULL, "None."},
    {"newlines", memory_none, NULL, "None."},
    {"line_buffering", memory_line_buffering, NULL, "False."},
    {0},
};
static const AvmGetSetDef bytes_getsets[] = {
    {"closed", memory_closed, NULL, "Is it closed?"},
    {0},
};

const AvmTypeDef avm_io_string_def = {
    .name = "_io.StringIO",
    .size = sizeof(Memory),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_BASETYPE,
    .doc = "A file of text in memory.",
    .slots = {.free = memory_free, .iter = memory_iter, .next = memory_next},
    .methods = string_methods,
    .getsets = string_getsets,
};
const AvmTypeDef avm_io_bytes_def = {
    .name = "_io.BytesIO",
    .size = sizeof(Memory),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_BASETYPE,
    .doc = "A file of bytes in memory.",
    .slots = {.free = memory_free, .iter = memory_iter, .next = memory_next},
    .methods = bytes_methods,
    .getsets = bytes_getsets,
};
