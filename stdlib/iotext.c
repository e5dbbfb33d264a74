// Text over a file of bytes: reading, writing, newlines. The type that scripts see stands in iotexttype.c.
#include <strings.h>

#include "base/utf8.h"
#include "stdlib/io.h"
#include "vm/types/codec.h"

// --- making

static bool same(const char *a, const char *b) { return strcmp(a, b) == 0; }

bool avm_newline_arg(AvmThread *t, AvmValue v, AvmNewline absent, AvmNewline *out, bool quoted) {
    *out = absent;
    if (!v) return true;
    *out = AVM_NEWLINE_UNIVERSAL;
    if (v == AVM_NONE) return true;
    AvmStr *s = avm_as_str(t, v);
    if (!s) return avm_raise_type(t, "newline must be str or None, not %T", v);
    if (!s->len)
        *out = AVM_NEWLINE_KEEP;
    else if (same(s->data, "\n"))
        *out = AVM_NEWLINE_LF;
    else if (same(s->data, "\r"))
        *out = AVM_NEWLINE_CR;
    else if (same(s->data, "\r\n"))
        *out = AVM_NEWLINE_CRLF;
    else if (quoted)
        return avm_raise_value(t, "illegal newline value: %R", v);
    else
        return avm_raise_value(t, "illegal newline value: %S", s);
    return true;
}

AvmTextFile *avm_text_new(AvmThread *t, AvmType *type, AvmFile *file, const char *encoding,
                          const char *errors, const AvmNewline *newline, bool line_buffering) {
    AvmCodec codec;
    if (!avm_codec_init(t, &codec, encoding, errors)) return NULL;
    AvmTextFile *f = avm_object_new(t, type, 0);
    if (!f) return NULL;
    avm_buf_init(&f->out, &t->vm->alloc);
    avm_buf_init(&f->decoded, &t->vm->alloc);
    f->newline = *newline;
    f->line_buffering = line_buffering;
    f->telling = true;
    f->strict = codec.errors == AVM_ERRORS_STRICT;
    f->one_byte = codec.encoding == AVM_ENC_ASCII || codec.encoding == AVM_ENC_LATIN1 ||
                  codec.encoding == AVM_ENC_CHARMAP;
    f->whole = !f->one_byte && codec.encoding != AVM_ENC_UTF8;
    f->encoding = avm_str_text(t, encoding);
    f->errors = avm_str_text(t, errors);
    f->mode = avm_str_text(t, file->writable ? "w" : "r");
    f->file = avm_retain(file);
    if (f->encoding && f->errors && f->mode) return f;
    avm_drop(t, f);
    return NULL;
}

// --- lines

size_t avm_line_end(const char *p, size_t n, AvmNewline newline, bool more) {
    if (newline == AVM_NEWLINE_CRLF) {
        const char *at = memmem(p, n, "\r\n", 2);
        return at ? (size_t)(at - p) + 2 : 0;
    }
    if (newline == AVM_NEWLINE_CR) {
        const char *at = n ? memchr(p, '\r', n) : NULL;
        return at ? (size_t)(at - p) + 1 : 0;
    }
    const char *lf = n ? memchr(p, '\n', n) : NULL;
    if (newline == AVM_NEWLINE_LF) return lf ? (size_t)(lf - p) + 1 : 0;
    size_t before = lf ? (size_t)(lf - p) : n;
    const char *cr = before ? memchr(p, '\r', before) : NULL;
    if (!cr) return lf ? before + 1 : 0;
    size_t at = (size_t)(cr - p);
    if (at + 1 == n && more) return 0;
    return at + 1 < n && p[at + 1] == '\n' ? at + 2 : at + 1;
}

// --- reading

static bool can_read(AvmThread *t, AvmTextFile *f) {
    if (!f->file) return avm_raise_value(t, "underlying buffer has been detached");
    if (f->file->fd < 0) return avm_raise_value(t, "I/O operation on closed file.");
    return f->file->readable || avm_io_unsupported(t, "not readable");
}

// Bytes p as text with its line ends translated.
static AvmValue decode(AvmThread *t, AvmTextFile *f, const char *p, size_t n) {
    AvmStr *s = avm_decode(t, p, n, f->encoding->data, f->errors->data);
    if (!s || f->newline != AVM_NEWLINE_UNIVERSAL || !memchr(s->data, '\r', s->len)) return avm_value(s);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < s->len; i++) {
        char c = s->data[i];
        if (c == '\r') {
            if (s->data[i + 1] == '\n') i++;
            c = '\n';
        }
        avm_buf_byte(&b, c);
    }
    avm_drop(t, s);
    return avm_value(avm_str_from_buf(t, &b));
}

// What is read ahead beyond the bytes that are checked already; a character cut at its end waits unless it is
// the last.
static bool check_ahead(AvmThread *t, AvmTextFile *f, bool eof) {
    if (!f->strict || f->whole || same(f->encoding->data, "latin-1")) return true;
    AvmFile *file = f->file;
    if (f->checked < file->in_at) f->checked = file->in_at;
    const char *p = file->in.data ? file->in.data + f->checked : "";
    size_t n = file->in.len - f->checked, good;
    if (f->one_byte) {
        AvmStr *s = avm_decode(t, p, n, f->encoding->data, "strict");
        if (!s) return false;
        avm_drop(t, s);
        good = n;
    } else {
        good = avm_utf8_check(p, n);
        size_t left = n - good;
        unsigned char lead = left ? (unsigned char)p[good] : 0;
        bool cut = left && !eof && lead >= 0xC2 && lead <= 0xF4 && left < avm_utf8_width(lead);
        for (size_t i = 1; cut && i < left; i++) cut = ((unsigned char)p[good + i] & 0xC0) == 0x80;
        if (left && !cut) {
            AvmStr *s = avm_decode(t, p, n, f->encoding->data, "strict"); // raises
            if (s) avm_drop(t, s);
            return s != NULL;
        }
    }
    f->checked += good;
    return true;
}

// Reads a chunk more.
static bool fill(AvmThread *t, AvmTextFile *f, bool *eof) {
    size_t taken = f->file->in_at;
    if (!avm_file_fill(t, f->file, AVM_IO_CHUNK, eof)) return false;
    f->checked = f->checked > taken ? f->checked - taken : 0;
    if (check_ahead(t, f, *eof)) return true;
    f->file->in_at = f->file->in.len; // a chunk that can't be decoded is lost
    return false;
}

// The rest of the file as text, for encodings whose characters can't be found in the bytes.
static bool decode_whole(AvmThread *t, AvmTextFile *f) {
    if (f->decoded.data) return true;
    AvmFile *file = f->file;
    if (!avm_file_read_all(t, file)) return false;
    AvmValue v = decode(t, f, avm_file_next(file), avm_file_ahead(file));
    if (!v) return false;
    AvmStr *s = (AvmStr *)avm_obj(v);
    avm_buf_reserve(&f->decoded, 1);
    bool ok = avm_buf_add(&f->decoded, s->data, s->len) || avm_raise_memory(t);
    file->in_at = file->in.len;
    f->decoded_at = 0;
    avm_decref(t, v);
    return ok;
}

void avm_text_forget(AvmTextFile *f) {
    avm_buf_free(&f->decoded);
    f->decoded_at = 0;
    f->checked = 0;
}

static AvmValue take_decoded(AvmThread *t, AvmTextFile *f, size_t n) {
    AvmValue v = avm_value(avm_str_new(t, n ? f->decoded.data + f->decoded_at : "", n));
    f->decoded_at += n;
    return v;
}

static AvmValue take(AvmThread *t, AvmTextFile *f, size_t n) {
    AvmValue v = decode(t, f, n ? f->file->in.data + f->file->in_at : "", n);
    f->file->in_at += n;
    return v;
}

// The bytes of the first `count` characters of p (fewer if it has not so many; *got tells).
static size_t span(const AvmTextFile *f, const char *p, size_t n, size_t count, size_t *got) {
    size_t i = 0;
    for (*got = 0; *got < count && i < n; ++*got) {
        if (p[i] == '\r' && f->newline == AVM_NEWLINE_UNIVERSAL && i + 1 < n && p[i + 1] == '\n') i++;
        i += f->one_byte ? 1 : avm_utf8_width((unsigned char)p[i]);
    }
    return i < n ? i : n;
}

static AvmValue read_chars(AvmThread *t, AvmTextFile *f, size_t count) {
    if (f->whole) {
        if (!decode_whole(t, f)) return AVM_FAIL;
        size_t got;
        return take_decoded(
            t, f, span(f, f->decoded.data ? f->decoded.data + f->decoded_at : "", f->decoded.len - f->decoded_at, count, &got));
    }
    for (bool eof = false;;) {
        size_t got, ahead = avm_file_ahead(f->file);
        const char *p = avm_file_next(f->file);
        size_t n = span(f, p, ahead, count, &got);
        // At the buffer's end the last character may be cut, or be a '\r' whose '\n' is still to come.
        if ((got == count && n < ahead) || eof || count == 0) return take(t, f, n);
        if (got == count && n && (f->one_byte || (unsigned char)p[n - 1] < 0x80) && p[n - 1] != '\r')
            return take(t, f, n);
        if (!fill(t, f, &eof)) return AVM_FAIL;
    }
}

static AvmValue read_all(AvmThread *t, AvmTextFile *f) {
    if (f->whole) return decode_whole(t, f) ? take_decoded(t, f, f->decoded.len - f->decoded_at) : AVM_FAIL;
    if (!avm_file_read_all(t, f->file)) return AVM_FAIL;
    f->checked = 0;
    return take(t, f, avm_file_ahead(f->file));
}

AvmValue avm_text_read(AvmThread *t, AvmTextFile *f, int64_t count) {
    if (!can_read(t, f) || !avm_text_flush(t, f)) return AVM_FAIL;
    return count < 0 ? read_all(t, f) : read_chars(t, f, (size_t)count);
}

static AvmValue whole_line(AvmThread *t, AvmTextFile *f, int64_t limit) {
    if (!decode_whole(t, f)) return AVM_FAIL;
    const char *p = f->decoded.data ? f->decoded.data + f->decoded_at : "";
    size_t left = f->decoded.len - f->decoded_at, got;
    size_t n = avm_line_end(p, left, f->newline, false);
    if (!n) n = left;
    if (limit >= 0) n = span(f, p, n, (size_t)limit, &got);
    return take_decoded(t, f, n);
}

AvmValue avm_text_readline(AvmThread *t, AvmTextFile *f, int64_t limit) {
    if (!can_read(t, f) || !avm_text_flush(t, f)) return AVM_FAIL;
    if (f->whole) return whole_line(t, f, limit);
    size_t seen = 0; // bytes that hold no line end
    for (bool eof = false;;) {
        size_t ahead = avm_file_ahead(f->file), got;
        const char *p = avm_file_next(f->file);
        size_t n = ahead > seen ? avm_line_end(p + seen, ahead - seen, f->newline, !eof) : 0;
        if (n)
            n += seen;
        else if (eof)
            n = ahead;
        if (limit >= 0 && (n || ahead >= (size_t)limit * 4)) {
            size_t most = span(f, p, n ? n : ahead, (size_t)limit, &got);
            if (n || most < ahead) return take(t, f, most);
        }
        if (n || eof) return take(t, f, n);
        seen = ahead && p[ahead - 1] == '\r' ? ahead - 1 : ahead;
        if (!fill(t, f, &eof)) return AVM_FAIL;
    }
}

// --- writing

bool avm_text_flush(AvmThread *t, AvmTextFile *f) {
    if (!f->out.len) return true;
    size_t n = f->out.len;
    f->out.len = 0;
    return avm_file_write(t, f->file, f->out.data, n);
}

static bool put(AvmThread *t, AvmTextFile *f, const char *p, size_t n) {
    if (f->out.len && f->out.len + n > AVM_IO_CHUNK && !avm_text_flush(t, f)) return false;
    if (n >= AVM_IO_CHUNK) return avm_file_write(t, f->file, p, n);
    return avm_buf_add(&f->out, p, n) || avm_raise_memory(t);
}

// s with the line ends that newline= asks for. New reference.
static AvmStr *translated(AvmThread *t, const AvmTextFile *f, AvmStr *s) {
    bool changes = f->newline == AVM_NEWLINE_CR || f->newline == AVM_NEWLINE_CRLF;
    if (!changes || !memchr(s->data, '\n', s->len)) return avm_retain(s);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < s->len; i++) {
        if (s->data[i] == '\n')
            avm_buf_text(&b, f->newline == AVM_NEWLINE_CR ? "\r" : "\r\n");
        else
            avm_buf_byte(&b, s->data[i]);
    }
    return avm_str_from_buf(t, &b);
}

// The encoding that writes no byte-order mark: it stands only at the start.
static const char *unmarked(const char *encoding) {
    static const char *const marked[] = {"utf-16", "utf16", "utf-32", "utf32", "utf-8-sig", "utf_8_sig"};
    static const char *const plain[] = {"utf-16-le", "utf-16-le", "utf-32-le", "utf-32-le", "utf-8", "utf-8"};
    for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
        if (strcasecmp(encoding, marked[i]) == 0) return plain[i];
    return encoding;
}

static bool put_encoded(AvmThread *t, AvmTextFile *f, AvmStr *s) {
    AvmStr *source = translated(t, f, s);
    if (!source) return false;
    const char *encoding = f->marked ? unmarked(f->encoding->data) : f->encoding->data;
    AvmBytes *b = avm_encode(t, source, encoding, f->errors->data);
    avm_drop(t, source);
    if (!b) return false;
    f->marked = true;
    bool ok = put(t, f, b->data, b->len);
    avm_drop(t, b);
    return ok;
}

// What is read ahead is passed over, as if it had been read: so does CPython.
static void pass_ahead(AvmTextFile *f) {
    f->file->in_at = f->file->in.len;
    f->decoded_at = f->decoded.len;
    f->checked = 0;
}

bool avm_text_write(AvmThread *t, AvmTextFile *f, AvmStr *s) {
    if (!f->file) return avm_raise_value(t, "underlying buffer has been detached");
    if (f->file->fd < 0) return avm_raise_value(t, "I/O operation on closed file.");
    if (!f->file->writable) return avm_io_unsupported(t, "not writable");
    bool plain = (s->h.flags & AVM_STR_ASCII) && !f->whole && f->newline != AVM_NEWLINE_CR &&
                 f->newline != AVM_NEWLINE_CRLF;
    if (plain ? !put(t, f, s->data, s->len) : !put_encoded(t, f, s)) return false;
    if (f->file->in.len) pass_ahead(f);
    if (f->write_through) return avm_text_flush(t, f) && avm_file_flush(t, f->file);
    if (f->line_buffering && (memchr(s->data, '\n', s->len) || memchr(s->data, '\r', s->len)))
        return avm_text_flush(t, f) && avm_file_flush(t, f->file);
    return f->out.len < AVM_IO_CHUNK || avm_text_flush(t, f);
}
