// `aio compile FILE -o FILE.aioc`: the unit of a script, as a file that `aio` runs without compiling.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static int usage(void) {
    fputs("usage: aio compile FILE -o FILE.aioc\n", stderr);
    return STATUS_USAGE;
}

// All of a file. 0, or errno.
static int read_file(const char *path, CliSource *source) {
    FILE *f = fopen(path, "rb");
    size_t cap = 0, n = 1;
    if (!f) return errno;
    int failure = 0;
    while (n && !failure) {
        if (source->length + 1 >= cap) {
            char *grown = realloc(source->text, cap = cap * 2 + 65536);
            if (grown) source->text = grown;
            else failure = ENOMEM;
        }
        n = failure ? 0 : fread(source->text + source->length, 1, cap - source->length - 1, f);
        source->length += n;
    }
    if (ferror(f)) failure = errno ? errno : EIO;
    fclose(f);
    return failure;
}

static int write_file(const char *path, const void *bytes, size_t length) {
    FILE *f = fopen(path, "wb");
    if (!f) return errno;
    int failure = fwrite(bytes, 1, length, f) == length ? 0 : errno;
    return fclose(f) ? errno : failure;
}

static int compile(aiovm *vm, const char *from, const char *to, const CliSource *source) {
    aiovm_program *program;
    const void *bytes;
    size_t length;
    aiovm_status status = aiovm_compile(vm, source->text, source->length, from, &program);
    if (status != AIOVM_OK) return aiovm_report(vm, status);
    status = aiovm_save(vm, program, &bytes, &length);
    int failure = status == AIOVM_OK ? write_file(to, bytes, length) : ENOMEM;
    aiovm_program_free(program);
    if (failure) cli_cannot_open(to, failure);
    return failure ? 1 : 0;
}

int cli_compile(int argc, char **argv) {
    bool given = argc == 5 && !strcmp(argv[3], "-o");
    if (!given) return usage();
    CliSource source = {0};
    aiovm_options options;
    aiovm *vm;
    int failure = read_file(argv[2], &source), status = 1;
    aiovm_options_init(&options, sizeof options);
    options.allow = aiovm_allow_all;
    if (failure) {
        cli_cannot_open(argv[2], failure);
    } else if (aiovm_new(&vm, &options) != AIOVM_OK) {
        fputs("aio: out of memory\n", stderr);
    } else {
        status = compile(vm, argv[2], argv[4], &source);
        aiovm_free(vm);
    }
    free(source.text);
    return status;
}
