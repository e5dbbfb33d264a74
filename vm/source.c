// Lines of source for displays: from what a compile kept (-c, standard input, exec), else from the file.
#include <stdio.h>
#include <sys/stat.h>

#include "vm/source.h"
#include "vm/power.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"

// A file beyond this is not searched for a line.
enum { MAX_SOURCE = 64 << 20 };

void avm_source_init(AvmSource *s, AvmThread *t) {
    *s = (AvmSource){0};
    avm_buf_init(&s->text, &t->vm->alloc);
}

void avm_source_free(AvmSource *s) { avm_buf_free(&s->text); }

bool avm_source_keep(AvmThread *t, AvmStr *file, const char *source, size_t len) {
    if (!t->vm->sources) {
        t->vm->sources = avm_dict_new(t);
        if (!t->vm->sources) return false;
    }
    AvmBytes *text = avm_bytes_new(t, source, len);
    if (!text) return false;
    bool good = avm_dict_set_str(t, t->vm->sources, file, avm_value(text));
    avm_drop(t, text);
    return good;
}

AvmCode *avm_source_compile(AvmThread *t, const char *source, size_t len, AvmStr *file, int mode) {
    AvmHost *host = &t->vm->host;
    if (!host->compile) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "this build has no compiler");
        return NULL;
    }
    const AvmUnit *unit = host->compile(host->ctx, t, source, len, file, mode);
    if (!unit) return NULL;
    AvmCode *code = avm_code_new(t, unit, NULL);
    if (!code) {
        if (host->release) host->release(host->ctx, unit);
        return NULL;
    }
    code->release = host->release;
    code->release_ctx = host->ctx;
    return code;
}

static bool read_file(AvmThread *t, AvmSource *s, const char *path) {
    struct stat st;
    if (!avm_may(t, AVM_READ_FILE, path)) return false;
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    bool good = fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MAX_SOURCE;
    char chunk[4096];
    for (size_t n; good && (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        good = avm_buf_add(&s->text, chunk, n);
    good = good && !ferror(f);
    fclose(f);
    return good;
}

// Makes file's text the one in s.
static bool load(AvmThread *t, AvmSource *s, const char *file, size_t n) {
    s->text.len = 0;
    s->known = false;
    s->line = 0;
    s->file = file;
    AvmStr *name = t->vm->sources ? avm_str_new(t, file, n) : NULL;
    if (name) {
        AvmValue kept = avm_dict_get_str(t, t->vm->sources, name);
        avm_drop(t, name);
        AvmBytes *text = kept == AVM_EMPTY ? NULL : avm_as_bytes(t, kept);
        if (text) return s->known = avm_buf_add(&s->text, text->data, text->len);
    } else if (t->vm->sources) {
        avm_exc_clear(t);
    }
    if (!n || *file == '<') return false;
    return s->known = read_file(t, s, file);
}

bool avm_source_get(AvmThread *t, AvmSource *s, const char *file, size_t n, uint32_t number,
                    const char **line, size_t *len) {
    if (s->file != file && !load(t, s, file, n)) return false;
    if (!s->known || !number) return false;
    const char *data = s->text.data, *end = data + s->text.len;
    // Lines are mostly asked for in order: go on from the one asked for last.
    if (!s->line || number < s->line) {
        s->line = 1;
        s->at = s->text.len >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3) ? 3 : 0;
    }
    const char *p = data + s->at;
    while (s->line < number) {
        while (p < end && *p != '\n' && *p != '\r') p++;
        if (p == end) return false;
        p += p + 1 < end && *p == '\r' && p[1] == '\n' ? 2 : 1;
        s->line++;
        s->at = (size_t)(p - data);
    }
    if (p == end) return false;
    *line = p;
    while (p < end && *p != '\n' && *p != '\r') p++;
    while (p > *line && strchr(" \t\f\v", p[-1])) p--;
    *len = (size_t)(p - *line);
    return true;
}

bool avm_source_line(AvmThread *t, const AvmUnit *unit, uint32_t number, AvmBuf *line) {
    AvmSource s;
    const char *p;
    size_t n;
    avm_source_init(&s, t);
    line->len = 0;
    bool good =
        avm_source_get(t, &s, unit->file.text, unit->file.len, number, &p, &n) && avm_buf_add(line, p, n);
    avm_source_free(&s);
    return good;
}
