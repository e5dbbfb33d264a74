// The command line and the environment.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

void cli_help(void) {
    fputs("usage: aio [option] ... [FILE | -c CODE | -m MODULE | -] [ARG] ...\n"
          "\n"
          "  FILE                 run a script\n"
          "  -c CODE              run the code\n"
          "  -m MODULE            run a module, found as imports find it: -m unittest\n"
          "  -                    run standard input (the default when it is no terminal)\n"
          "  ARG ...              sys.argv[1:]\n"
          "  compile FILE -o OUT  compile a script to OUT (FILE.aioc without -o), which can be run as FILE\n"
          "\n"
          "  -i                   a prompt after the script, in its namespace\n"
          "  -q                   no greeting at the prompt\n"
          "  --virtual-time       waiting takes no time: the clock jumps to the next deadline\n"
          "  --seed N             random numbers begin from N (0 under virtual time)\n"
          "  --watchdog SECONDS   list the tasks when a callback holds the event loop for so long\n"
          "  --hints              hints after the classic mistakes (given to a terminal anyway)\n"
          "  --dump=WHAT          show the script's tokens, ast or bytecode and don't run it\n"
          "  --trace=WHAT         tell on standard error what happens: loop (turns and waits) or ops "
          "(instructions)\n"
          "  -h, --help           this text\n"
          "  -V, --version        the version\n"
          "\n"
          "PYTHONHASHSEED (random, or a number) decides how str and bytes are hashed; 0 under virtual time.\n"
          "PYTHONPATH names folders in which imports look after the script's own.\n"
          "Ctrl-\\ (SIGQUIT) lists the tasks of a program that runs.\n",
          stdout);
}

static bool usage(const char *format, const char *what) {
    fputs("aio: ", stderr);
    fprintf(stderr, format, what);
    fputs("\nTry 'aio --help'.\n", stderr);
    return false;
}

static bool set_seed(CliOptions *o, const char *text) {
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end) return usage("--seed wants an integer, not '%s'", text);
    o->has_seed = true;
    o->seed = n;
    return true;
}

static bool set_watchdog(CliOptions *o, const char *text) {
    char *end;
    o->watchdog = strtod(text, &end);
    if (end != text && !*end && o->watchdog > 0 && o->watchdog <= 1e6) return true;
    return usage("--watchdog wants a number of seconds, not '%s'", text);
}

static bool set_dump(CliOptions *o, const char *text) {
    static const char *const names[] = {"tokens", "ast", "bytecode"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(text, names[i])) {
            o->dump = true;
            o->dump_kind = (aiovm_dump_kind)i;
            return true;
        }
    return usage("--dump wants tokens, ast or bytecode, not '%s'", text);
}

// Several are joined by commas.
static bool set_trace(CliOptions *o, const char *text) {
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (n == 4 && !strncmp(p, "loop", n))
            o->trace |= AIOVM_TRACE_LOOP;
        else if (n == 3 && !strncmp(p, "ops", n))
            o->trace |= AIOVM_TRACE_OPS;
        else
            return usage("--trace wants loop or ops, not '%s'", text);
        p += n;
        if (!*p) return true;
    }
}

// The value of option argv[*i], which is `name` with or without "=value". NULL: not this option, or *bad.
static const char *value_of(const char *name, int argc, char **argv, int *i, bool *bad) {
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n)) return NULL;
    if (argv[*i][n] == '=') return argv[*i] + n + 1;
    if (argv[*i][n]) return NULL;
    if (*i + 1 < argc) return argv[++*i];
    *bad = true;
    usage("%s wants a value", name);
    return NULL;
}

// What follows the options: sys.argv begins at argv[i], whose text becomes `first`.
static bool rest(CliOptions *o, CliMode mode, const char *first, int argc, char **argv, int i) {
    o->mode = mode;
    o->argc = argc - i;
    o->argv = (const char **)argv + i;
    o->argv[0] = first;
    return true;
}

typedef enum Went { WENT_ON, WENT_TO_END, WENT_WRONG } Went;

static Went ended(bool good) { return good ? WENT_TO_END : WENT_WRONG; }

// Letters may stand together, the value of the last one too: -qic CODE, -mjson.
static Went short_options(CliOptions *o, int argc, char **argv, int *i) {
    for (const char *p = argv[*i] + 1; *p; p++) {
        const char letter[3] = {'-', *p, 0}, *value = p[1] ? p + 1 : *i + 1 < argc ? argv[*i + 1] : NULL;
        bool is_code = *p == 'c';
        switch (*p) {
        case 'i': o->interactive = true; break;
        case 'q': o->quiet = true; break;
        case 'h': return ended(rest(o, CLI_HELP, "-h", argc, argv, *i));
        case 'V': return ended(rest(o, CLI_VERSION, "-V", argc, argv, *i));
        case 'c':
        case 'm':
            if (!value) return ended(usage("%s wants a value", letter));
            o->script = value;
            *i += !p[1];
            return ended(rest(o, is_code ? CLI_CODE : CLI_MODULE, is_code ? "-c" : "-m", argc, argv, *i));
        default: return ended(usage("unknown option %s", letter));
        }
    }
    return WENT_ON;
}

static Went long_option(CliOptions *o, int argc, char **argv, int *i) {
    const char *arg = argv[*i], *value;
    bool bad = false;
    if (!strcmp(arg, "--help")) return ended(rest(o, CLI_HELP, arg, argc, argv, *i));
    if (!strcmp(arg, "--version")) return ended(rest(o, CLI_VERSION, arg, argc, argv, *i));
    if (!strcmp(arg, "--virtual-time"))
        o->virtual_time = true;
    else if (!strcmp(arg, "--hints"))
        o->hints = true;
    else if ((value = value_of("--seed", argc, argv, i, &bad)))
        bad = !set_seed(o, value);
    else if (!bad && (value = value_of("--watchdog", argc, argv, i, &bad)))
        bad = !set_watchdog(o, value);
    else if (!bad && (value = value_of("--dump", argc, argv, i, &bad)))
        bad = !set_dump(o, value);
    else if (!bad && (value = value_of("--trace", argc, argv, i, &bad)))
        bad = !set_trace(o, value);
    else if (!bad)
        bad = !usage("unknown option %s", arg);
    return bad ? WENT_WRONG : WENT_ON;
}

bool cli_options(CliOptions *o, int argc, char **argv) {
    *o = (CliOptions){0};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (!strcmp(arg, "-")) return rest(o, CLI_STDIN, arg, argc, argv, i);
        bool files = !strcmp(arg, "--");
        if (files && ++i == argc) break;
        if (files || *arg != '-') {
            o->script = argv[i];
            return rest(o, CLI_FILE, o->script, argc, argv, i);
        }
        Went went = arg[1] == '-' ? long_option(o, argc, argv, &i) : short_options(o, argc, argv, &i);
        if (went != WENT_ON) return went == WENT_TO_END;
    }
    // No script: argv's own first place serves as sys.argv[0].
    return rest(o, CLI_STDIN, "", argc ? 1 : 0, argv, 0);
}

bool cli_hashing(aiovm_options *options) {
    const char *text = getenv("PYTHONHASHSEED");
    char *end;
    if (options->clock == AIOVM_CLOCK_VIRTUAL) {
        options->hashing = AIOVM_HASH_FIXED;
        return true;
    }
    if (!text || !*text || !strcmp(text, "random")) return true;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || n > UINT32_MAX) {
        fputs("aio: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]\n", stderr);
        return false;
    }
    options->hashing = AIOVM_HASH_FIXED;
    options->hash_seed = n;
    return true;
}

bool cli_colours(void) {
    const char *wish = getenv("PYTHON_COLORS"), *terminal = getenv("TERM");
    if (wish && (!strcmp(wish, "0") || !strcmp(wish, "1"))) return *wish == '1';
    if (getenv("NO_COLOR")) return false;
    if (getenv("FORCE_COLOR")) return true;
    return (!terminal || strcmp(terminal, "dumb") != 0) && isatty(STDERR_FILENO);
}

const char *cli_language(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return strncmp(value, "ru", 2) ? "en" : "ru";
    }
    return "en";
}
