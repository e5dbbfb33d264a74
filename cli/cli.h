// What the program's files share.
#ifndef AIO_CLI_H
#define AIO_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/aiovm.h"

enum { STATUS_USAGE = 2, STATUS_FLUSH = 120 };

typedef enum CliMode { CLI_FILE, CLI_CODE, CLI_MODULE, CLI_STDIN, CLI_HELP, CLI_VERSION } CliMode;

typedef struct CliOptions {
    CliMode mode;
    const char *script; // the file's name, the code of -c, or the module of -m
    int argc;           // sys.argv
    const char **argv;
    bool virtual_time;
    bool has_seed;
    int64_t seed;
    double watchdog;    // seconds; 0: none
    bool hints;
    bool interactive; // -i
    bool quiet;       // -q
    unsigned trace;   // AIOVM_TRACE_...
    bool dump;
    aiovm_dump_kind dump_kind;
} CliOptions;

// --- options.c
// Reads the command line; texts point into argv, which is changed to hold sys.argv. false: a message was printed.
bool cli_options(CliOptions *o, int argc, char **argv);
void cli_help(void);
// PYTHONHASHSEED. false: a message was printed.
bool cli_hashing(aiovm_options *options);
// Are errors shown in colours? By the environment and the terminal, as Python decides.
bool cli_colours(void);
// "ru" or "en", by the environment.
const char *cli_language(void);

// --- compile.c
// `aio compile ...`: the exit status.
int cli_compile(int argc, char **argv);

// --- source.c
typedef struct CliSource {
    char *text;
    size_t length;
} CliSource;
// All of standard input. 0, or errno.
int cli_read_stdin(CliSource *source);
// Allocated by malloc; NULL: no memory, or no such folder.
char *cli_absolute(const char *path);
char *cli_folder(const char *path);
// A folder's program is its __main__ file: *path becomes that. false: there is none; a message was printed,
// *status set.
bool cli_enter_folder(char **path, int *status);
void cli_cannot_open(const char *path, int failure);

// --- signals.c
// From now on Ctrl-C interrupts vm (NULL: nothing).
void cli_signals(aiovm *vm);
// The VM is told to look every quarter of `seconds` whether a callback holds its loop so long.
void cli_watchdog(aiovm *vm, double seconds);
// The option `signal` of the VM.
int cli_handle_signal(void *context, int number, int action);
// A dialogue looks itself at what comes: Ctrl-C, Ctrl-Z, another size of the window. From now on it is noted.
enum { CLI_CAME_INTERRUPT = 1, CLI_CAME_RESIZE = 2, CLI_CAME_STOP = 4 };
void cli_signals_watch(void);
uint32_t cli_signals_came(void); // since the last call
// Holds back those signals; *before is for pselect and the like, and for letting them come again. Has one
// come?
bool cli_signals_hold(sigset_t *before);
void cli_signals_typing(bool typing); // the terminal is edited: Ctrl-Z is noted
void cli_signals_stop(void);          // stops the process, as Ctrl-Z does
// Runs a command of the shell, whose $1 is arg, to its end; meanwhile Ctrl-C is for it alone. Its status.
int cli_run_shell(const char *command, const char *arg);
// Ends the process as Ctrl-C ends one that doesn't handle it.
void cli_die_of_interrupt(void);

#endif
