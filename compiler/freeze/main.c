// aio-freeze: compiles modules at build time, and writes their code units as constant C data.
//
//     aio-freeze OUT.c [NAME=]FILE.aio ...
//
// Without NAME= the module's name is the file's path below the last folder called stdlib; a file __init__.aio
// is the package that its folder is called after. A native tool: it may use stdio and give up at the first
// error.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/freeze/write.h"

static void die(const char *what, const char *name) {
    fprintf(stderr, "aio-freeze: %s: %s\n", name, what);
    exit(1);
}

static char *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f) die("cannot be read", path);
    size_t cap = 1 << 16, n = 0;
    char *text = malloc(cap);
    while (text) {
        n += fread(text + n, 1, cap - n, f);
        if (n < cap) break;
        cap *= 2;
        char *more = realloc(text, cap);
        if (!more) free(text);
        text = more;
    }
    if (!text) die("out of memory", path);
    if (ferror(f)) die("cannot be read", path);
    fclose(f);
    *len = n;
    return text;
}

// The module's name from its path; *package: is it one?
static void module_name(const char *arg, char name[256], const char **path, bool *package) {
    const char *equals = strchr(arg, '='), *from = arg;
    if (equals) {
        snprintf(name, 256, "%.*s", (int)(equals - arg), arg);
        *path = equals + 1;
    } else {
        for (const char *p = arg; (p = strstr(p, "stdlib/")); p++) from = p + 7;
        snprintf(name, 256, "%s", from);
        char *dot = strrchr(name, '.');
        if (dot) *dot = 0;
        for (char *p = name; *p; p++)
            if (*p == '/') *p = '.';
        *path = arg;
    }
    const char *file = strrchr(*path, '/');
    file = file ? file + 1 : *path;
    *package = strncmp(file, "__init__.", 9) == 0;
    size_t len = strlen(name);
    if (!equals && *package && len > 9 && !strcmp(name + len - 9, ".__init__")) name[len - 9] = 0;
}

static void freeze(AvmWriter *w, const char *arg) {
    char name[256], file[280];
    const char *path;
    bool package;
    module_name(arg, name, &path, &package);
    snprintf(file, sizeof file, "<frozen %s>", name);
    size_t len;
    char *text = read_file(path, &len);
    AvmCompileOptions opts = {.file = file, .mode = AVM_COMPILE_EXEC};
    AvmDiag diag = {0};
    AvmAlloc alloc;
    avm_alloc_init(&alloc);
    AvmUnit *unit = avm_compile_source(&alloc, text, len, &opts, &diag);
    if (!unit) {
        AvmBuf out;
        avm_buf_init(&out, &alloc);
        avm_diag_format(&diag, path, text, len, &out);
        fwrite(out.data, 1, out.len, stderr);
        exit(1);
    }
    char why[256];
    if (!avm_unit_verify(&alloc, unit, why, sizeof why)) die(why, name);
    avm_write_module(w, name, unit, package);
    avm_unit_free(&alloc, unit);
    free(text);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: aio-freeze OUT.c [NAME=]FILE.aio ...\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out) die("cannot be written", argv[1]);
    AvmWriter w;
    avm_write_open(&w, out);
    for (int i = 2; i < argc; i++) freeze(&w, argv[i]);
    avm_write_close(&w);
    if (ferror(out) || fclose(out)) die("cannot be written", argv[1]);
    return 0;
}
