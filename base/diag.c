// A compile-time diagnostic: recording it, and showing it as CPython shows a SyntaxError.
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

// A line longer than this is shown around the error only.
enum { LONG_LINE = 4096, SHOWN_BEFORE = 60, SHOWN_AFTER = 120 };

bool avm_diag_set(AvmDiag *d, AvmDiagKind kind, AvmSpan span, const char *format, ...) {
    if (d->kind) return false;
    d->kind = kind;
    d->span = span;
    va_list args;
    va_start(args, format);
    vsnprintf(d->message, sizeof d->message, format, args);
    va_end(args);
    return false;
}

const char *avm_diag_kind_name(AvmDiagKind kind) {
    switch (kind) {
    case AVM_DIAG_NONE: return "";
    case AVM_DIAG_SYNTAX:
    case AVM_DIAG_DECODE: return "SyntaxError";
    case AVM_DIAG_INDENT: return "IndentationError";
    case AVM_DIAG_TAB: return "TabError";
    case AVM_DIAG_MEMORY: return "MemoryError";
    }
    return "";
}

typedef struct Line {
    const char *text;
    size_t length;
} Line;

bool avm_diag_line(const char *source, size_t len, uint32_t number, const char **line, size_t *n_line) {
    if (!number) return false;
    const char *p = source, *limit = source + len;
    if (len >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3)) p += 3;
    for (uint32_t n = 1;; n++) {
        const char *end = p;
        while (end < limit && *end != '\n' && *end != '\r') end++;
        if (n == number) {
            const char *nul = p < end ? memchr(p, 0, (size_t)(end - p)) : NULL;
            *line = p;
            *n_line = (size_t)((nul ? nul : end) - p);
            return p < limit;
        }
        if (end == limit) return false;
        p = *end == '\r' && end + 1 < limit && end[1] == '\n' ? end + 2 : end + 1;
    }
}

static bool is_blank(char c) { return c == ' ' || c == '\f'; }

// Spaces below the text before the error; white space that is no plain space is kept, for its width.
static void add_margin(AvmBuf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i += avm_utf8_width((unsigned char)text[i])) {
        char c = text[i];
        if (c == '\t' || c == '\v' || c == '\f')
            avm_buf_byte(out, c);
        else if (length - i >= 3 && !memcmp(text + i, "\xE3\x80\x80", 3))
            avm_buf_add(out, text + i, 3);
        else if (length - i >= 2 && !memcmp(text + i, "\xC2\xA0", 2))
            avm_buf_add(out, text + i, 2);
        else
            avm_buf_byte(out, ' ');
    }
}

static size_t count_chars(const char *text, size_t from, size_t to, size_t length) {
    size_t within = to < length ? to : length;
    size_t n = from < within ? avm_utf8_count(text + from, within - from) : 0;
    return n + (to > length ? to - (from > length ? from : length) : 0);
}

static size_t align(Line line, size_t at) {
    while (at > 0 && at < line.length && ((unsigned char)line.text[at] & 0xC0) == 0x80) at--;
    return at;
}

static void add_line(const AvmDiag *d, Line line, AvmBuf *out) {
    bool caret = d->span.col < AVM_LEFT_OF_LINE;
    size_t start = caret ? d->span.col : 0,
           end = d->span.end_line == d->span.line ? d->span.end_col : line.length;
    if (start > line.length) start = line.length;
    if (end > line.length) end = line.length;
    const char *before = "", *after = "";
    if (line.length > LONG_LINE) {
        size_t first = start > SHOWN_BEFORE ? align(line, start - SHOWN_BEFORE) : 0;
        size_t last = align(line, start + SHOWN_AFTER);
        if (first) before = "...";
        if (last < line.length) after = "...";
        if (last > line.length) last = line.length;
        line = (Line){line.text + first, last - first};
        start -= first;
        end = end > first + line.length ? line.length : end - first;
    } else {
        while (line.length && is_blank(*line.text) && start) {
            line = (Line){line.text + 1, line.length - 1};
            start--;
            if (end) end--;
        }
    }
    bool inside = !line.length || !is_blank(*line.text); // CPython shows no caret in the indentation
    while (line.length && is_blank(*line.text)) line = (Line){line.text + 1, line.length - 1};
    avm_buf_printf(out, "    %s", before);
    avm_buf_add(out, line.text, line.length);
    avm_buf_printf(out, "%s\n", after);
    if (!inside || !caret) return;
    avm_buf_fill(out, ' ', 4 + strlen(before));
    add_margin(out, line.text, start);
    size_t width = end > start ? count_chars(line.text, start, end, line.length) : 1;
    avm_buf_fill(out, '^', width);
    avm_buf_byte(out, '\n');
}

void avm_diag_format(const AvmDiag *d, const char *file, const char *source, size_t len, AvmBuf *out) {
    Line line;
    if (d->span.line) avm_buf_printf(out, "  File \"%s\", line %u\n", file, d->span.line);
    if (source && avm_diag_line(source, len, d->span.line, &line.text, &line.length)) add_line(d, line, out);
    avm_buf_printf(out, "%s: %s\n", avm_diag_kind_name(d->kind), d->message);
}
