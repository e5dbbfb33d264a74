/* aiovm: the aio interpreter as a library. First part: a VM's life, compiling, running, stepping, errors.
 *
 * A VM is one world of script: its objects, modules and clock. VMs share nothing, and there is nothing global: any
 * number of them may live in one process, each used by one thread at a time. The one function that may be called at any
 * time, from any thread or signal handler, is aiovm_interrupt.
 *
 * Texts are UTF-8. Texts that a function returns belong to the VM (or program) and live until the next call that takes
 * it as a parameter, unless the function says otherwise. Functions that can fail return an aiovm_status.
 */
#ifndef AIOVM_H
#define AIOVM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define AIOVM_API __attribute__((visibility("default")))
#else
#define AIOVM_API
#endif

typedef struct aiovm aiovm;                 /* a VM */
typedef struct aiovm_program aiovm_program; /* compiled source */

typedef enum aiovm_status {
    AIOVM_OK = 0,
    AIOVM_ERROR = 1,       /* an exception that nobody caught: see aiovm_error_... */
    AIOVM_EXIT = 2,        /* SystemExit (sys.exit): aiovm_exit_status tells the status; aiovm_error_... work too */
    AIOVM_INTERRUPTED = 3, /* KeyboardInterrupt (after aiovm_interrupt) that nobody caught; aiovm_error_... work too */
    AIOVM_PAUSED = 4,      /* aiovm_step: the budget is used up; the program goes on at the next aiovm_step */
    AIOVM_FUEL = 5,        /* the VM's fuel is used up: the run is over, no handler of the script has run */
    AIOVM_DEADLOCK = 6,    /* virtual time: every task waits and nothing can wake one; a report was written to fd 2 */
    AIOVM_MEMORY = 7,      /* no memory for the call itself (a script's own MemoryError is an AIOVM_ERROR) */
    AIOVM_SYSTEM = 8,      /* the system refused (a file can't be read): aiovm_system_error tells errno */
    AIOVM_MISUSE = 9       /* the call makes no sense now: a step with no program, a run during a run ... */
} aiovm_status;

/* ---- options */

enum {
    AIOVM_CLOCK_REAL = 0,
    AIOVM_CLOCK_VIRTUAL = 1 /* waiting moves it, computing costs no time: runs are instant and repeatable */
};

enum {
    AIOVM_HASH_RANDOM = 0, /* hashes of str and bytes differ from VM to VM */
    AIOVM_HASH_FIXED = 1   /* they are made with hash_seed, as CPython's are with PYTHONHASHSEED */
};

/* Set up by aiovm_options_init; then change what is to differ. Later versions add members at the end; programs compiled
 * with older headers keep working, because the size they know is in the structure. */
enum {
    AIOVM_SIGNAL_ASK = -1,     /* nothing changes */
    AIOVM_SIGNAL_DEFAULT = 0,  /* as the system does */
    AIOVM_SIGNAL_IGNORE = 1,
    AIOVM_SIGNAL_HANDLE = 2,   /* aiovm_signal is called */
    AIOVM_SIGNAL_INTERRUPT = 3 /* aiovm_interrupt is called */
};

typedef struct aiovm_options {
    size_t size; /* of the structure, set by aiovm_options_init */

    /* Takes what the script writes: fd 1 is sys.stdout, 2 sys.stderr. Returns 0, or an errno value, which becomes an
     * OSError in the script. NULL: written to the process's own descriptors. */
    int (*write)(void *context, int fd, const char *data, size_t length);
    void *context;

    int clock;          /* AIOVM_CLOCK_... */
    int hashing;        /* AIOVM_HASH_... */
    uint64_t hash_seed; /* for AIOVM_HASH_FIXED; 0: no randomisation at all */
    int has_seed;       /* 1: random numbers begin from `seed`; a virtual clock implies it */
    int64_t seed;

    int argc;                /* sys.argv, copied */
    const char *const *argv;
    const char *module_path; /* the folder that `import x` looks in; NULL: imports find no files */

    size_t memory_limit; /* bytes the VM may hold at once; beyond: MemoryError. 0: none */
    uint64_t fuel;       /* instructions (roughly) that scripts may run in all; 0: no limit */
    size_t stack_size;   /* bytes of the C stack that the VM may use below its caller; 0: 4 MiB, or what there is */

    /* For the module signal: how a signal is to be handled from now on, AIOVM_SIGNAL_...; returns how it was before, or -1
     * with errno set. NULL: scripts can't handle signals. */
    int (*signal)(void *context, int number, int action);
} aiovm_options;

/* Sets the defaults: real clock, random hashing, no limits, no module path. size: sizeof(aiovm_options). */
AIOVM_API void aiovm_options_init(aiovm_options *options, size_t size);

/* ---- a VM's life */

/* Makes a VM in *vm; options may be NULL (the defaults) and are not needed afterwards. AIOVM_OK, AIOVM_MEMORY; AIOVM_MISUSE
 * for options that can't be. Costs well under a millisecond: modules are made when they are imported. */
AIOVM_API aiovm_status aiovm_new(aiovm **vm, const aiovm_options *options);

/* Waits for the threads that scripts have started and that are no daemons, as the end of a program does; an interrupt ends the
 * waiting. AIOVM_OK; FUEL, DEADLOCK or MISUSE. Threads run only while the host is in a call on the VM. */
AIOVM_API aiovm_status aiovm_join(aiovm *vm);

/* Ends a VM: threads that still run are stopped, exit handlers and finalisers run, sys.stdout and sys.stderr are flushed, everything is freed. vm may be NULL.
 * AIOVM_ERROR: what was written last to sys.stdout could not be delivered (reported to fd 2; `aio` exits with 120).
 * Programs of the VM must have been freed, and vm is gone whatever is returned. */
AIOVM_API aiovm_status aiovm_free(aiovm *vm);

/* Asks the script to stop: the next check point raises KeyboardInterrupt, or cancels the main task of asyncio.run (the
 * second time it raises). A wait in progress ends. May be called from signal handlers and other threads. */
AIOVM_API void aiovm_interrupt(aiovm *vm);

/* A signal has come that AIOVM_SIGNAL_HANDLE asked for: the script's handler runs at the next check point. A wait in progress
 * ends. May be called from signal handlers and other threads. number: 1 to 64. */
AIOVM_API void aiovm_signal(aiovm *vm, int number);

/* Has the VM list its tasks on fd 2: name, state, the line where each stands, whom it waits for; and the line that runs now. It
 * happens at the next check point. May be called from signal handlers and other threads. */
AIOVM_API void aiovm_show_tasks(aiovm *vm);

/* Watches for a callback that holds the event loop for `seconds` or longer: then the tasks are listed, once a callback. The host
 * calls aiovm_tick a few times in that span, from a signal handler or another thread. */
AIOVM_API void aiovm_watchdog(aiovm *vm, double seconds);
AIOVM_API void aiovm_tick(aiovm *vm);

/* Seconds that the VM's clock shows (time.monotonic in the script). */
AIOVM_API double aiovm_now(const aiovm *vm);

/* ---- compiling */

/* Compiles source. file is what tracebacks and __file__ show, copied; names in <> are no files. *program is the caller's, to be
 * freed before the VM. AIOVM_OK; AIOVM_ERROR: SyntaxError and the like; AIOVM_MEMORY. The source is not needed afterwards. */
AIOVM_API aiovm_status aiovm_compile(aiovm *vm, const char *source, size_t length, const char *file,
                                     aiovm_program **program);
AIOVM_API void aiovm_program_free(aiovm_program *program); /* program may be NULL */

typedef enum aiovm_complete {
    AIOVM_COMPLETE = 0,   /* can be run */
    AIOVM_INCOMPLETE = 1, /* more lines may make it whole */
    AIOVM_INVALID = 2     /* no continuation can: compiling it tells the error */
} aiovm_complete;

/* For a prompt: is the text typed so far (lines joined by '\n', none after the last) a whole statement? A compound one is
 * whole when an empty line follows it. */
AIOVM_API aiovm_complete aiovm_is_complete(aiovm *vm, const char *source, size_t length);

/* How the text looks to the interpreter, as text: for people and tests, not a format. */
typedef enum aiovm_dump_kind { AIOVM_DUMP_TOKENS = 0, AIOVM_DUMP_AST = 1, AIOVM_DUMP_BYTECODE = 2 } aiovm_dump_kind;

/* *text is NUL-terminated, *text_length bytes long (text_length may be NULL). AIOVM_OK; AIOVM_ERROR: the source is invalid (*text
 * is what could be shown, maybe ""); AIOVM_MEMORY. */
AIOVM_API aiovm_status aiovm_dump(aiovm *vm, aiovm_dump_kind kind, const char *source, size_t length, const char *file,
                                  const char **text, size_t *text_length);
/* The same of a file. Beside what aiovm_dump returns: AIOVM_SYSTEM. */
AIOVM_API aiovm_status aiovm_dump_file(aiovm *vm, aiovm_dump_kind kind, const char *path, const char **text,
                                       size_t *text_length);

/* ---- running. Each run has a new module __main__. */

/* Runs a program to its end. AIOVM_OK, ERROR, EXIT, INTERRUPTED, FUEL, DEADLOCK, MEMORY or MISUSE. */
AIOVM_API aiovm_status aiovm_run(aiovm *vm, const aiovm_program *program);
/* Compiles and runs. */
AIOVM_API aiovm_status aiovm_run_source(aiovm *vm, const char *source, size_t length, const char *file);
/* Reads, compiles and runs a file. Beside what aiovm_run returns: AIOVM_SYSTEM. */
AIOVM_API aiovm_status aiovm_run_file(aiovm *vm, const char *path);
/* Runs a module, found as imports find it, as __main__; of a package its module __main__. sys.argv[0] becomes the file's path. Beside
 * what aiovm_run returns: AIOVM_SYSTEM, there is no such module. */
AIOVM_API aiovm_status aiovm_run_module(aiovm *vm, const char *name);
/* Runs one statement of a dialogue in the __main__ that is there: expressions show their values. */
AIOVM_API aiovm_status aiovm_run_line(aiovm *vm, const char *source, size_t length, const char *file);

/* Begins a program: nothing of it runs yet; then aiovm_step runs it piece by piece. AIOVM_OK, MEMORY or MISUSE. */
AIOVM_API aiovm_status aiovm_start(aiovm *vm, const aiovm_program *program);
/* Goes on with the program that aiovm_start began for about `budget` instructions. AIOVM_PAUSED: call again; anything else is
 * the program's end, as from aiovm_run. A piece ends only where no C function stands between the program and the script code that
 * runs (a sort's key function, asyncio.run): until then the budget is overdrawn; the VM's fuel is the hard limit. */
AIOVM_API aiovm_status aiovm_step(aiovm *vm, uint64_t budget);

/* ---- what went wrong: of the last call on the VM that returned ERROR, EXIT or INTERRUPTED */

typedef struct aiovm_frame {
    const char *file;
    const char *function;      /* qualified name; "<module>" for a program's own statements */
    uint32_t line, end_line;   /* from 1; 0: not known */
    uint32_t column, end_column; /* bytes from 0 */
} aiovm_frame;

/* The exception's class ("ValueError"), and str() of it. "" when there is no error. */
AIOVM_API const char *aiovm_error_type(aiovm *vm);
AIOVM_API const char *aiovm_error_message(aiovm *vm);
/* The whole display, as it is printed when a script ends with it: causes, frames, source lines, carets. */
AIOVM_API const char *aiovm_error_text(aiovm *vm);
/* Its frames, the outermost first. For a SyntaxError the place of the fault comes last, with an empty function name. */
AIOVM_API size_t aiovm_error_frames(aiovm *vm);
/* Fills the frame in; size: sizeof(aiovm_frame). The texts live as long as the error. AIOVM_OK, or AIOVM_MISUSE: no such frame. */
AIOVM_API aiovm_status aiovm_error_frame(aiovm *vm, size_t index, aiovm_frame *frame, size_t size);

/* errno of the last AIOVM_SYSTEM. */
AIOVM_API int aiovm_system_error(const aiovm *vm);

/* Shows how a run ended as `aio` does, and returns the exit status a program should end with: for ERROR the traceback is printed
 * (by sys.excepthook) and the status is 1 (INTERRUPTED too); for EXIT the code's, and a code that is no int is printed; DEADLOCK 3; OK 0. */
AIOVM_API int aiovm_report(aiovm *vm, aiovm_status status);

/* The status that the last AIOVM_EXIT asked for: None 0, an int its low eight bits, anything else 1. */
AIOVM_API int aiovm_exit_status(const aiovm *vm);

/* "0.1.0" */
AIOVM_API const char *aiovm_version(void);

#ifdef __cplusplus
}
#endif

#endif
