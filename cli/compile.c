// `aio compile FILE [-o OUT]`: the unit of a script, as a file that `aio` runs without compiling.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const char usage[] = "usage: aio compile FILE [-o OUT]\n";

typedef struct Job {
    const char *from, *to;
    char *made; // `to`, if it was not given; owned
} Job;

// program.aio and program.py become program.aioc. NULL: no memory.
static char *unit_of(const char *path) {
    size_t n = strlen(path);
    if (n > 4 && !strcmp(path + n - 4, ".aio"))
        n -= 4;
    else if (n > 3 && !strcmp(path + n - 3, ".py"))
        n -= 3;
    char *unit = malloc(n + sizeof ".aioc");
    if (unit) strcpy((char *)memcpy(unit, path, n) + n, ".aioc");
    return unit;
}

// false: *status says how to end.
static bool read_job(Job *job, int argc, char **argv, int *status) {
    *job = (Job){0};
    bool wrong = false;
    for (int i = 2; i < argc && !wrong; i++) {
        if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
            fputs(usage, stdout);
            *status = 0;
            return false;
        }
        if (!strcmp(argv[i], "-o") && i + 1 < argc)
            job->to = argv[++i];
        else if (*argv[i] == '-' || job->from)
            wrong = true;
        else
            job->from = argv[i];
    }
    if (wrong || !job->from) {
        fputs(usage, stderr);
        *status = STATUS_USAGE;
        return false;
    }
    if (!job->to) job->to = job->made = unit_of(job->from);
    if (job->to) return true;
    cli_cannot_open(job->from, ENOMEM);
    *status = 1;
    return false;
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

static int run(const Job *job) {
    CliSource source = {0};
    aiovm_options options;
    aiovm *vm;
    int failure = read_file(job->from, &source), status = 1;
    aiovm_options_init(&options, sizeof options);
    options.allow = aiovm_allow_all;
    if (failure) {
        cli_cannot_open(job->from, failure);
    } else if (aiovm_new(&vm, &options) != AIOVM_OK) {
        fputs("aio: out of memory\n", stderr);
    } else {
        aiovm_colours(vm, cli_colours());
        status = compile(vm, job->from, job->to, &source);
        aiovm_free(vm);
    }
    free(source.text);
    return status;
}

int cli_compile(int argc, char **argv) {
    Job job;
    int status;
    if (!read_job(&job, argc, argv, &status)) return status;
    status = run(&job);
    free(job.made);
    return status;
}
