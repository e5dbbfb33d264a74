// The aio program: what the command line asks for, by way of the public API.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/repl.h"

// A script and where it stands.
typedef struct Script {
    char *path;        // of a file: absolute, as tracebacks show it
    char *folder;      // that imports look in
    CliSource source;  // of what is no file
    const char *label; // of what is no file: "<string>"
} Script;

static void script_free(Script *s) {
    free(s->path);
    free(s->folder);
    free(s->source.text);
}

// Is there nothing to run before the dialogue?
static bool is_dialogue(const CliOptions *o) {
    return o->mode == CLI_STDIN && !o->argv[0][0] && !o->dump && (o->interactive || isatty(STDIN_FILENO));
}

// false: *status says how to end.
static bool script_find(Script *s, const CliOptions *o, int *status) {
    *s = (Script){0};
    if (o->mode == CLI_FILE) {
        s->path = cli_absolute(o->script);
        if (!s->path) {
            cli_cannot_open(o->script, ENOMEM);
            *status = 1;
        }
        bool found = s->path && cli_enter_folder(&s->path, status);
        s->folder = found ? cli_folder(s->path) : NULL;
        return found;
    }
    if (o->mode == CLI_MODULE) {
        if (o->dump) {
            fputs("aio: --dump wants a file or code, not a module\n", stderr);
            *status = STATUS_USAGE;
            return false;
        }
        s->folder = getcwd(NULL, 0);
        return true;
    }
    s->folder = strdup("");
    if (o->mode == CLI_CODE) {
        s->label = "<string>";
        return true;
    }
    s->label = "<stdin>";
    if (is_dialogue(o)) return true;
    int failure = cli_read_stdin(&s->source);
    if (!failure) return true;
    cli_cannot_open("<stdin>", failure);
    *status = 1;
    return false;
}

static aiovm_status run(aiovm *vm, const CliOptions *o, const Script *s) {
    if (s->path) return aiovm_run_file(vm, s->path);
    if (o->mode == CLI_MODULE) return aiovm_run_module(vm, o->script);
    const char *text = o->mode == CLI_CODE ? o->script : s->source.text;
    size_t length = o->mode == CLI_CODE ? strlen(text) : s->source.length;
    return aiovm_run_source(vm, text, length, s->label);
}

static aiovm_status dump(aiovm *vm, const CliOptions *o, const Script *s) {
    const char *text;
    size_t n;
    aiovm_status status;
    if (s->path) {
        status = aiovm_dump_file(vm, o->dump_kind, s->path, &text, &n);
    } else {
        const char *source = o->mode == CLI_CODE ? o->script : s->source.text;
        size_t length = o->mode == CLI_CODE ? strlen(source) : s->source.length;
        status = aiovm_dump(vm, o->dump_kind, source, length, s->label, &text, &n);
    }
    if (fwrite(text, 1, n, stdout) < n || fflush(stdout)) {
        fprintf(stderr, "aio: can't write: %s\n", strerror(errno));
        return AIOVM_SYSTEM;
    }
    return status;
}

static int run_script(aiovm *vm, const CliOptions *o, const Script *s, bool *interrupted) {
    aiovm_status outcome = o->dump ? dump(vm, o, s) : run(vm, o, s);
    *interrupted = outcome == AIOVM_INTERRUPTED;
    if (outcome == AIOVM_SYSTEM && o->mode == CLI_MODULE) {
        if (aiovm_system_error(vm) == EISDIR)
            fprintf(stderr,
                    "aio: No module named %s.__main__; '%s' is a package and cannot be directly executed\n",
                    o->script, o->script);
        else
            fprintf(stderr, "aio: No module named %s\n", o->script);
        return 1;
    }
    if (outcome == AIOVM_SYSTEM && aiovm_system_error(vm)) {
        cli_cannot_open(s->path ? s->path : s->label, aiovm_system_error(vm));
        return STATUS_USAGE;
    }
    return aiovm_report(vm, outcome);
}

static int run_in_vm(aiovm *vm, const CliOptions *o, const Script *s, CliRepl *repl, bool *interrupted) {
    if (!is_dialogue(o)) {
        int status = run_script(vm, o, s, interrupted);
        if (!o->interactive || o->dump) return status;
        *interrupted = false;
    }
    repl->vm = vm;
    repl->quiet = o->quiet || !is_dialogue(o);
    return cli_repl(repl);
}

static int main_program(const CliOptions *o, const Script *s) {
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.clock = o->virtual_time ? AIOVM_CLOCK_VIRTUAL : AIOVM_CLOCK_REAL;
    options.has_seed = o->has_seed;
    options.seed = o->seed;
    options.argc = o->argc;
    options.argv = o->argv;
    options.module_path = s->folder;
    const char *more = getenv("PYTHONPATH");
    options.more_paths = more && *more ? more : NULL;
    options.signal = cli_handle_signal;
    options.allow = aiovm_allow_all;
    if (!cli_hashing(&options)) return 1;
    CliRepl repl = {0};
    if (is_dialogue(o) || o->interactive) cli_repl_prepare(&repl, &options);
    aiovm *vm;
    if (aiovm_new(&vm, &options) != AIOVM_OK) {
        fputs("aio: out of memory\n", stderr);
        return 1;
    }
    cli_signals(vm);
    // Without memory for hints there are none.
    if (o->hints || isatty(STDERR_FILENO)) aiovm_hints(vm, cli_language());
    aiovm_colours(vm, cli_colours());
    if (o->trace) aiovm_trace(vm, o->trace);
    if (o->watchdog > 0) cli_watchdog(vm, o->watchdog);
    bool interrupted = false;
    int status = run_in_vm(vm, o, s, &repl, &interrupted);
    int joined = aiovm_report(vm, aiovm_join(vm));
    if (!status) status = joined;
    // A second Ctrl-C during the end finds no VM.
    cli_signals(NULL);
    if (aiovm_free(vm) != AIOVM_OK) status = STATUS_FLUSH;
    if (interrupted) cli_die_of_interrupt();
    return status;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "compile")) return cli_compile(argc, argv);
    CliOptions o;
    if (!cli_options(&o, argc, argv)) return STATUS_USAGE;
    if (o.mode == CLI_VERSION) {
        printf("aio %s (Python 3.13 semantics)\n", aiovm_version());
        return 0;
    }
    if (o.mode == CLI_HELP) {
        cli_help();
        return 0;
    }
    int status = 0;
    Script script;
    if (script_find(&script, &o, &status)) status = main_program(&o, &script);
    script_free(&script);
    return status;
}
