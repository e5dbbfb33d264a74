/* aiovm: the aio interpreter as a library.
 *
 * A VM is one world of script: its objects, modules and clock. VMs share nothing, and there is nothing global: any number of
 * them may live in one process, each used by one thread at a time (not always the same). Two calls may be made from any
 * thread: aiovm_interrupt, which is safe in signal handlers too, and aiovm_post.
 *
 * - Texts are UTF-8. Texts that a function returns belong to the VM and live until the next call that takes it, unless the
 *   function says otherwise. Texts and tables that a function takes are copied, unless it says otherwise.
 * - Every call that can fail returns an aiovm_status, and touches its results only on success (they are zeroed otherwise).
 * - A status is all that misuse costs: NULL where something is needed, names that are no UTF-8, a handle after its scope or of
 *   another VM, resolving twice, a run within a run, a call from another thread while script runs: AIOVM_MISUSE. What can't be
 *   told apart is a VM, or a program of one, that has been freed.
 * - Host functions, and what is told of cancelled operations and finished tasks, may make calls. Callbacks of aiovm_options and
 *   finalisers may not (MISUSE), but for aiovm_now, aiovm_interrupt, aiovm_signal, aiovm_show_tasks and aiovm_tick.
 * - Costs: "cheap" is some tens of nanoseconds. What runs script costs what the script does.
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
typedef struct aiovm_port aiovm_port;       /* the way into a VM from other threads */
typedef struct aiovm_type aiovm_type;       /* a class whose instances are the host's objects */

/* A handle to a value of the script's. All zeros: no value. It ends with its scope (aiovm_open, or the host function in which it
 * was made), or with aiovm_drop when aiovm_keep made it. */
typedef struct aiovm_value {
    uint64_t id;
} aiovm_value;

/* An operation that a host function has begun and that is still to be resolved or rejected. */
typedef struct aiovm_pending {
    uint64_t id;
} aiovm_pending;

typedef enum aiovm_status {
    AIOVM_OK = 0,
    AIOVM_ERROR = 1,       /* an exception that nobody caught: see aiovm_get_error */
    AIOVM_EXIT = 2,        /* SystemExit (sys.exit): aiovm_exit_status tells the status; aiovm_get_error works too */
    AIOVM_INTERRUPTED = 3, /* KeyboardInterrupt (after aiovm_interrupt) that nobody caught; aiovm_get_error works too */
    AIOVM_PAUSED = 4,      /* the budget of aiovm_step is used up: call it again */
    AIOVM_WAIT = 5,        /* aiovm_step: nothing to do until aiovm_fd can be read, `wake` is called or aiovm_wait_ns have passed */
    AIOVM_LIMIT = 6,       /* a limit was reached and the run stands still: raise it and step on, or aiovm_stop (aiovm_limit_hit) */
    AIOVM_ENDED = 7,       /* a limit was reached where the run can't stand still: it is over, and no handler has run */
    AIOVM_DEADLOCK = 8,    /* virtual time: every task waits and nothing can wake one; a report was written to fd 2 */
    AIOVM_MEMORY = 9,      /* no memory for the call itself (a script's own MemoryError is an AIOVM_ERROR) */
    AIOVM_SYSTEM = 10,     /* the system refused (a file can't be read): aiovm_system_error tells errno */
    AIOVM_MISUSE = 11,     /* the call makes no sense now: see above */
    AIOVM_WRONG_TYPE = 12, /* the value is of another type than the call is for */
    AIOVM_RANGE = 13,      /* the int is too big for the call; an index is past the end; a key is not there */
    AIOVM_CLOSED = 14,     /* nobody is there any more: the VM is gone, the operation cancelled */
    AIOVM_DENIED = 15      /* the host's own rules (its `allow`) forbid it */
} aiovm_status;

typedef enum aiovm_limit {
    AIOVM_LIMIT_NONE = 0,
    AIOVM_LIMIT_FUEL = 1,
    AIOVM_LIMIT_TIME = 2,
    AIOVM_LIMIT_MEMORY = 3,
    AIOVM_LIMIT_OUTPUT = 4
} aiovm_limit;

/* What a script can't do unless the host says so. */
typedef enum aiovm_power {
    AIOVM_READ_FILE = 0,  /* `what`: the path, as the script gave it */
    AIOVM_WRITE_FILE = 1, /* and making, renaming, removing */
    AIOVM_NETWORK = 2,    /* "host:port" */
    AIOVM_PROCESS = 3,    /* the command */
    AIOVM_ENVIRONMENT = 4, /* the variable's name, or "" for all of them; also process numbers and the like */
    AIOVM_CLOCK = 5,      /* the time of day, measuring time, time.sleep. "": asyncio's own timers need no permission */
    AIOVM_IMPORT = 6,     /* the path of a module's file. The standard library and the host's modules need no permission */
    AIOVM_LOAD_UNIT = 7   /* the name given to aiovm_load */
} aiovm_power;

/* ---- options */

enum {
    AIOVM_CLOCK_REAL = 0,
    AIOVM_CLOCK_VIRTUAL = 1 /* waiting moves it, computing costs no time: runs are instant and repeatable */
};

enum {
    AIOVM_HASH_RANDOM = 0, /* hashes of str and bytes differ from VM to VM */
    AIOVM_HASH_FIXED = 1   /* they are made with hash_seed, as CPython's are with PYTHONHASHSEED */
};

enum {
    AIOVM_SIGNAL_ASK = -1,     /* nothing changes */
    AIOVM_SIGNAL_DEFAULT = 0,  /* as the system does */
    AIOVM_SIGNAL_IGNORE = 1,
    AIOVM_SIGNAL_HANDLE = 2,   /* aiovm_signal is called */
    AIOVM_SIGNAL_INTERRUPT = 3 /* aiovm_interrupt is called */
};

/* Set up by aiovm_options_init; then change what is to differ. Later versions add members at the end; programs compiled
 * with older headers keep working, because the size they know is in the structure. */
typedef struct aiovm_options {
    size_t size; /* of the structure, set by aiovm_options_init */

    /* Takes what the script writes: fd 1 is sys.stdout, 2 sys.stderr. Returns 0, or an errno value, which becomes an
     * OSError in the script. NULL: written to the process's own descriptors. */
    int (*write)(void *context, int fd, const char *data, size_t length);
    void *context;

    /* May the script do this? 1: yes; else it gets a PermissionError. NULL: nothing is allowed. (aiovm_allow_all: everything.) */
    int (*allow)(void *context, aiovm_power power, const char *what);
    /* Called when a VM whose last status was AIOVM_WAIT is to be stepped: by aiovm_post, aiovm_interrupt, aiovm_signal and
     * aiovm_show_tasks, where these were called, be it another thread or a signal handler. To set a flag or to write to a pipe,
     * not to step. NULL: the host looks at aiovm_fd. */
    void (*wake)(void *context);
    /* Nanoseconds of a clock that never goes back, for asyncio and time.monotonic. NULL: the system's. */
    int64_t (*now)(void *context);
    /* What aiovm_free has to complain of (handles that were never dropped), a line at a time. NULL: it is written to fd 2. */
    void (*complain)(void *context, const char *line);
    /* All of the VM's memory but the scripts' register stack and ports: resizes p from old_size to size bytes, frees it when size is 0,
     * allocates when p is NULL. NULL: no memory. NULL: the C library's. */
    void *(*allocate)(void *context, void *p, size_t old_size, size_t size);

    int clock;          /* AIOVM_CLOCK_... */
    int hashing;        /* AIOVM_HASH_... */
    uint64_t hash_seed; /* for AIOVM_HASH_FIXED; 0: no randomisation at all */
    int has_seed;       /* 1: random numbers begin from `seed`; a virtual clock implies it */
    int64_t seed;

    int argc;                /* sys.argv, copied */
    const char *const *argv;
    const char *module_path; /* the folder that `import x` looks in; NULL: imports find no files */

    /* Limits; 0: none. A script can't catch that one is reached. See aiovm_set_limit. */
    size_t memory_limit;   /* bytes the VM may hold at once */
    uint64_t fuel;         /* instructions (roughly) that scripts may run in all */
    uint64_t output_limit; /* bytes that may be written to stdout and stderr */
    size_t stack_size;     /* bytes of the C stack that the VM may use below its caller; 0: 4 MiB, or what there is */
    int recursion_limit;   /* depth of script calls, where RecursionError is raised; 0: 1,000 */

    /* For the module signal: how a signal is to be handled from now on, AIOVM_SIGNAL_...; returns how it was before, or -1
     * with errno set. NULL: scripts can't handle signals. */
    int (*signal)(void *context, int number, int action);

    const char *more_paths; /* folders that imports look in after module_path, joined by ':'; or NULL */
} aiovm_options;

/* Sets the defaults: real clock, random hashing, no limits, no module path, nothing allowed. size: sizeof(aiovm_options);
 * options may be NULL, and nothing happens. */
AIOVM_API void aiovm_options_init(aiovm_options *options, size_t size);
/* For `allow`: always 1. */
AIOVM_API int aiovm_allow_all(void *context, aiovm_power power, const char *what);

/* ---- a VM's life */

/* Makes a VM in *vm; options may be NULL (the defaults) and are not needed afterwards. AIOVM_OK, AIOVM_MEMORY; AIOVM_MISUSE
 * for options that can't be. Costs well under a millisecond: modules are made when they are imported. */
AIOVM_API aiovm_status aiovm_new(aiovm **vm, const aiovm_options *options);

/* Waits for the threads that scripts have started and that are no daemons, as the end of a program does; an interrupt ends the
 * waiting. AIOVM_OK; ENDED, DEADLOCK or MISUSE. Threads run only while the host is in a call on the VM. */
AIOVM_API aiovm_status aiovm_join(aiovm *vm);

/* Ends a VM: threads that still run are stopped, exit handlers and finalisers run, sys.stdout and sys.stderr are flushed, everything is freed. vm may be NULL.
 * Operations still pending are cancelled, posts delivered (to vm NULL). AIOVM_ERROR: what was written last to sys.stdout could not
 * be delivered (reported to fd 2; `aio` exits with 120). Programs of the VM must have been freed; vm is gone whatever is returned,
 * but for AIOVM_MISUSE (script runs: the call came from a host function, or from another thread). */
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

/* From now on the VM writes hints in plain words to fd 2 after the classic mistakes (a forgotten `await`,
 * asyncio.run in a running loop ...), and reports of errors name the tasks that their frames belong to.
 * language: "en" or "ru", as LANG begins. AIOVM_OK or AIOVM_MEMORY. */
AIOVM_API aiovm_status aiovm_hints(aiovm *vm, const char *language);

/* From now on reports of errors (aiovm_report, sys.excepthook) are in the colours of a terminal, or not. */
AIOVM_API void aiovm_colours(aiovm *vm, int wanted);

/* What the VM does is told on fd 2 while it does it: LOOP, the turns of event loops, what runs in each and
 * how long they wait; OPS, every instruction of code that is compiled from now on (text, for people). 0:
 * nothing. */
enum { AIOVM_TRACE_LOOP = 1, AIOVM_TRACE_OPS = 2 };
AIOVM_API void aiovm_trace(aiovm *vm, unsigned what);

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

/* For a prompt: is the text typed so far (lines joined by '\n', none after the last) whole, one statement or
 * several? A compound one at its end is whole when an empty line follows it. */
AIOVM_API aiovm_complete aiovm_is_complete(aiovm *vm, const char *source, size_t length);

/* Compiles what was typed at a prompt: statements, the last of which shows the values of its expressions
 * (sys.displayhook). `await`, `async for` and `async with` may stand outside of functions. A file in <> is
 * kept for tracebacks. As aiovm_compile. */
AIOVM_API aiovm_status aiovm_compile_block(aiovm *vm, const char *source, size_t length, const char *file,
                                           aiovm_program **program);

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

/* Runs a program to its end. AIOVM_OK, ERROR, EXIT, INTERRUPTED, LIMIT, ENDED, DEADLOCK, MEMORY or MISUSE. */
AIOVM_API aiovm_status aiovm_run(aiovm *vm, const aiovm_program *program);
/* Compiles and runs. */
AIOVM_API aiovm_status aiovm_run_source(aiovm *vm, const char *source, size_t length, const char *file);
/* Reads, compiles and runs a file, or loads it if it is a precompiled unit. Beside what aiovm_run returns: AIOVM_SYSTEM, DENIED, RANGE. */
AIOVM_API aiovm_status aiovm_run_file(aiovm *vm, const char *path);
/* Runs a module, found as imports find it, as __main__; of a package its module __main__. sys.argv[0] becomes
 * the file's path. Beside what aiovm_run returns: AIOVM_SYSTEM, there is no such module (aiovm_system_error:
 * ENOENT), or it is a package that has no such module (EISDIR). */
AIOVM_API aiovm_status aiovm_run_module(aiovm *vm, const char *name);
/* Runs one statement of a dialogue in the __main__ that is there: expressions show their values. */
AIOVM_API aiovm_status aiovm_run_line(aiovm *vm, const char *source, size_t length, const char *file);

/* Runs a program as a function in the __main__ that is there; host functions may do so too. *result (may be
 * NULL) is None, or a coroutine, of which nothing has run yet, when a block awaits something outside of
 * functions. As aiovm_call. */
AIOVM_API aiovm_status aiovm_enter(aiovm *vm, const aiovm_program *program, aiovm_value *result);

/* ---- driving: a program in pieces, tasks, a loop of the host's
 *
 * `aiovm_run` waits where the script waits. A host with a loop of its own begins programs (aiovm_start) and coroutines
 * (aiovm_spawn) and steps them: no step waits for anything. */

/* Begins a program: nothing of it runs yet. AIOVM_OK, MEMORY or MISUSE. */
AIOVM_API aiovm_status aiovm_start(aiovm *vm, const aiovm_program *program);
/* Goes on for about `budget` instructions with the program that was begun (an event loop that it runs included), or, without one,
 * with the tasks that were spawned. AIOVM_PAUSED, WAIT or LIMIT: call again; OK: nothing is left to do; else the program's end, as from
 * aiovm_run. It pauses between any two instructions, but not within a C function that calls back (a sort's key function), nor
 * in a task before its next await when an exception woke it: until then the budget is overdrawn. Fuel is the hard limit. What a
 * script itself waits in (time.sleep, input, joining a thread) is such a function, too: whoever minds does not allow it. */
AIOVM_API aiovm_status aiovm_step(aiovm *vm, uint64_t budget);
/* Goes on as aiovm_step does, to the end, and waits on the way. */
AIOVM_API aiovm_status aiovm_finish(aiovm *vm);
/* held: the host may give spawned tasks more to do at any time, as a prompt does. Then no step ends with
 * DEADLOCK, and none with OK while threads run. */
AIOVM_API aiovm_status aiovm_hold(aiovm *vm, int held);
/* Drops the program that was begun, if there is one, and pauses: no handler of it runs. OK or MISUSE. */
AIOVM_API aiovm_status aiovm_stop(aiovm *vm);

/* After AIOVM_WAIT: nanoseconds until the next deadline; -1: there is none. */
AIOVM_API int64_t aiovm_wait_ns(aiovm *vm);
/* A descriptor for epoll, poll and the like: it can be read when the VM that waits is to be stepped. It is the VM's: not to be read or
 * closed. -1: the system gives none (aiovm_system_error). */
AIOVM_API int aiovm_fd(aiovm *vm);

/* Told when a task is over: OK and its result (a handle that ends with the call), or ERROR and friends as from aiovm_run. vm's tasks
 * that are dropped at aiovm_free are not told of. */
typedef void (*aiovm_on_done)(aiovm *vm, aiovm_status status, aiovm_value result, void *data);
/* Makes a task of a coroutine. It belongs to the loop that runs, else to one of the VM's own that aiovm_step drives while no
 * program is in progress. done may be NULL. OK, WRONG_TYPE, ERROR, MEMORY, MISUSE. */
AIOVM_API aiovm_status aiovm_spawn(aiovm *vm, aiovm_value coroutine, aiovm_on_done done, void *data);

/* Has the loop that runs, else the VM's own, call a function at its next turn (loop.call_soon). OK, ERROR,
 * MEMORY, MISUSE. */
AIOVM_API aiovm_status aiovm_call_soon(aiovm *vm, aiovm_value function, const aiovm_value *args,
                                       size_t count);

/* ---- limits */

/* FUEL: what is left, MEMORY, OUTPUT: in all, TIME: nanoseconds from now, of the real clock. 0: no limit. OK or MISUSE. May be set at
 * any time: a run that stands still at a limit goes on after it was raised. (At the memory limit none can stand still: ENDED.) */
AIOVM_API aiovm_status aiovm_set_limit(aiovm *vm, aiovm_limit which, uint64_t value);
/* FUEL: what is left (UINT64_MAX: no limit), to some thousand instructions; MEMORY: bytes in use; OUTPUT: bytes written; TIME:
 * nanoseconds left. Cheap. */
AIOVM_API uint64_t aiovm_get_limit(aiovm *vm, aiovm_limit which);
/* Which limit the last AIOVM_LIMIT or AIOVM_ENDED was. */
AIOVM_API aiovm_limit aiovm_limit_hit(const aiovm *vm);

/* ---- values: handles and scopes */

/* Opens a scope: *scope is for aiovm_close. Cheap. */
AIOVM_API aiovm_status aiovm_open(aiovm *vm, uint64_t *scope);
/* Ends the handles made since then, in scopes opened since then too. Each call of a host function is a scope. */
AIOVM_API aiovm_status aiovm_close(aiovm *vm, uint64_t scope);
/* A handle that outlives its scope, until aiovm_drop. In builds without NDEBUG it remembers where it was made. */
AIOVM_API aiovm_status aiovm_keep_at(aiovm *vm, aiovm_value value, aiovm_value *kept, const char *where);
#ifdef NDEBUG
#define aiovm_keep(vm, value, kept) aiovm_keep_at((vm), (value), (kept), NULL)
#else
#define AIOVM_TEXT_(x) #x
#define AIOVM_TEXT(x) AIOVM_TEXT_(x)
#define aiovm_keep(vm, value, kept) aiovm_keep_at((vm), (value), (kept), __FILE__ ":" AIOVM_TEXT(__LINE__))
#endif
AIOVM_API aiovm_status aiovm_drop(aiovm *vm, aiovm_value kept);

typedef enum aiovm_kind {
    AIOVM_INVALID_VALUE = 0, /* no value, or a handle whose scope has ended */
    AIOVM_NONE = 1,
    AIOVM_BOOL = 2,
    AIOVM_INT = 3,
    AIOVM_FLOAT = 4,
    AIOVM_STR = 5,
    AIOVM_BYTES = 6,
    AIOVM_LIST = 7,
    AIOVM_TUPLE = 8,
    AIOVM_DICT = 9,
    AIOVM_FUNCTION = 10,  /* of script or of the host */
    AIOVM_COROUTINE = 11, /* for aiovm_spawn */
    AIOVM_HOST_OBJECT = 12,
    AIOVM_OTHER = 13
} aiovm_kind;
/* Instances of sub-classes are of their base's kind. Cheap. */
AIOVM_API aiovm_kind aiovm_kind_of(aiovm *vm, aiovm_value value);

/* ---- making values: OK or MEMORY (or what is said), and a new handle in the innermost scope. Cheap. */

AIOVM_API aiovm_status aiovm_make_none(aiovm *vm, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_bool(aiovm *vm, int truth, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_int(aiovm *vm, int64_t number, aiovm_value *value);
/* digits in base 2 to 36, with a sign or none: ints of any size. RANGE: that is no int. */
AIOVM_API aiovm_status aiovm_make_int_text(aiovm *vm, const char *digits, size_t length, int base, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_float(aiovm *vm, double number, aiovm_value *value);
/* RANGE: the text is no UTF-8. */
AIOVM_API aiovm_status aiovm_make_str(aiovm *vm, const char *text, size_t length, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_bytes(aiovm *vm, const void *bytes, size_t length, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_list(aiovm *vm, const aiovm_value *items, size_t count, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_tuple(aiovm *vm, const aiovm_value *items, size_t count, aiovm_value *value);
AIOVM_API aiovm_status aiovm_make_dict(aiovm *vm, aiovm_value *value);

/* ---- reading values: OK or WRONG_TYPE (or what is said). Nothing is converted, but that an int may be read as a float. Cheap.
 * Texts and bytes are NUL-terminated and live as long as the handle. */

AIOVM_API aiovm_status aiovm_get_bool(aiovm *vm, aiovm_value value, int *truth);
AIOVM_API aiovm_status aiovm_get_int(aiovm *vm, aiovm_value value, int64_t *number);   /* RANGE; bools count as ints */
AIOVM_API aiovm_status aiovm_get_float(aiovm *vm, aiovm_value value, double *number);  /* RANGE */
AIOVM_API aiovm_status aiovm_get_str(aiovm *vm, aiovm_value value, const char **text, size_t *length); /* length may be NULL */
AIOVM_API aiovm_status aiovm_get_bytes(aiovm *vm, aiovm_value value, const void **bytes, size_t *length);
/* Digits of an int of any size, as a str. */
AIOVM_API aiovm_status aiovm_int_digits(aiovm *vm, aiovm_value value, int base, aiovm_value *text);

/* ---- what the builtins of the same names do, for any value. They may run script: ERROR and friends, as from aiovm_call. */

AIOVM_API aiovm_status aiovm_truth(aiovm *vm, aiovm_value value, int *truth);
AIOVM_API aiovm_status aiovm_length(aiovm *vm, aiovm_value value, size_t *length);
AIOVM_API aiovm_status aiovm_str(aiovm *vm, aiovm_value value, aiovm_value *text);
AIOVM_API aiovm_status aiovm_repr(aiovm *vm, aiovm_value value, aiovm_value *text);
AIOVM_API aiovm_status aiovm_equal(aiovm *vm, aiovm_value a, aiovm_value b, int *equal);
AIOVM_API aiovm_status aiovm_get_attr(aiovm *vm, aiovm_value object, const char *name, aiovm_value *value);
AIOVM_API aiovm_status aiovm_set_attr(aiovm *vm, aiovm_value object, const char *name, aiovm_value value);
AIOVM_API aiovm_status aiovm_get_item(aiovm *vm, aiovm_value container, aiovm_value key, aiovm_value *value);
AIOVM_API aiovm_status aiovm_set_item(aiovm *vm, aiovm_value container, aiovm_value key, aiovm_value value);
/* The item of a list or tuple: OK, WRONG_TYPE, RANGE. Cheap, runs nothing. */
AIOVM_API aiovm_status aiovm_get_at(aiovm *vm, aiovm_value sequence, size_t index, aiovm_value *item);
AIOVM_API aiovm_status aiovm_append(aiovm *vm, aiovm_value list, aiovm_value item); /* OK, WRONG_TYPE, MEMORY */
/* The entries of a dict, in order: *position is 0 at first. RANGE: there are no more. Cheap, runs nothing. */
AIOVM_API aiovm_status aiovm_next_entry(aiovm *vm, aiovm_value dict, size_t *position, aiovm_value *key, aiovm_value *value);

/* ---- globals, modules, calls */

/* Names of __main__, which is made if it is not there yet. RANGE: no such name. */
AIOVM_API aiovm_status aiovm_get_global(aiovm *vm, const char *name, aiovm_value *value);
AIOVM_API aiovm_status aiovm_set_global(aiovm *vm, const char *name, aiovm_value value);
/* The module of a dotted name, imported if need be. */
AIOVM_API aiovm_status aiovm_import(aiovm *vm, const char *name, aiovm_value *module);
/* Calls anything that can be called. What an async function returns is a coroutine, for aiovm_spawn. May be called from host
 * functions. result may be NULL. OK, ERROR, EXIT, INTERRUPTED, ENDED, MEMORY, MISUSE. */
AIOVM_API aiovm_status aiovm_call(aiovm *vm, aiovm_value function, const aiovm_value *args, size_t count, aiovm_value *result);
/* The same; the last `named` of the count arguments are given by name. */
AIOVM_API aiovm_status aiovm_call_named(aiovm *vm, aiovm_value function, const aiovm_value *args, size_t count,
                                        const char *const *names, size_t named, aiovm_value *result);

/* ---- host functions and types */

/* A function that scripts call. args are as its signature says, one for each parameter (self first, for methods), then what *args
 * takes; no value where an optional one was not given, a dict or no value for **kwargs. It sets *result (left alone: None) and returns OK;
 * or returns what a call has returned, or aiovm_raise(...), to hand the error on. All its handles end when it returns. */
typedef aiovm_status (*aiovm_function)(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data);

/* A row of a module or type; tables end with {0}. */
typedef struct aiovm_def {
    const char *name;
    aiovm_function function;
    const char *signature; /* Python's: "fetch(url, /, *, timeout=10)"; without self and annotations; at most 64 parameters */
    const char *doc;       /* or NULL */
} aiovm_def;

/* A function; data is handed to it. */
AIOVM_API aiovm_status aiovm_make_function(aiovm *vm, const aiovm_def *def, void *data, aiovm_value *function);
/* Makes a module that scripts can import. functions may be NULL; attributes can be set with aiovm_set_attr. */
AIOVM_API aiovm_status aiovm_add_module(aiovm *vm, const char *name, const char *doc, const aiovm_def *functions, void *data,
                                        aiovm_value *module);

/* Ends an object of the host's: no call may be made on the VM. */
typedef void (*aiovm_finaliser)(void *object, void *data);
/* Makes a class "module.Name" with methods; scripts can't make instances, nor inherit from it. The type lives as long as the VM. *class_
 * (may be NULL) is the class as scripts see it. */
AIOVM_API aiovm_status aiovm_make_type(aiovm *vm, const char *name, const char *doc, const aiovm_def *methods,
                                       aiovm_finaliser finalise, void *data, aiovm_type **type, aiovm_value *class_);
/* An instance that holds object. The finaliser ends it when the script lets go of it, at aiovm_free at the latest. */
AIOVM_API aiovm_status aiovm_make_object(aiovm *vm, aiovm_type *type, void *object, aiovm_value *value);
/* What an instance of this very type holds. WRONG_TYPE. Cheap. */
AIOVM_API aiovm_status aiovm_get_object(aiovm *vm, aiovm_value value, const aiovm_type *type, void **object);

/* Raises in the script: returns AIOVM_ERROR, for `return aiovm_raise(...)` in host functions. type: the name of a built-in exception
 * ("ValueError") or of one in a module ("asyncio.TimeoutError"). */
AIOVM_API aiovm_status aiovm_raise(aiovm *vm, const char *type, const char *message);

/* ---- host functions that finish later: they begin something, and return an awaitable as their result */

/* Told (on the VM's thread) that nobody waits any more: the task was cancelled, or the VM is freed (vm NULL). The operation is over. */
typedef void (*aiovm_cancel)(aiovm *vm, aiovm_pending pending, void *data);
/* An operation and what scripts await for it. It keeps the loop alive. cancel may be NULL. Any number may be outstanding. */
AIOVM_API aiovm_status aiovm_pend(aiovm *vm, aiovm_cancel cancel, void *data, aiovm_pending *pending, aiovm_value *awaitable);
/* Ends it: the script goes on at its next step, with the value or with an exception (as aiovm_raise). CLOSED: it is over already. */
AIOVM_API aiovm_status aiovm_resolve(aiovm *vm, aiovm_pending pending, aiovm_value value);
AIOVM_API aiovm_status aiovm_reject(aiovm *vm, aiovm_pending pending, const char *type, const char *message);

/* ---- from other threads */

/* The VM's port, which outlives it; each one opened is to be closed, on any thread. */
AIOVM_API aiovm_status aiovm_port_open(aiovm *vm, aiovm_port **port);
AIOVM_API void aiovm_port_close(aiovm_port *port);
/* Has deliver(vm, data) called on the VM's thread, at the beginning of a turn of its loop or of the next step, where it may make any call
 * (aiovm_resolve, for one). From any thread. OK: it will be called once, with vm NULL if the VM is freed first. CLOSED: the VM is
 * gone; MEMORY: in both cases it will not be called. */
AIOVM_API aiovm_status aiovm_post(aiovm_port *port, void (*deliver)(aiovm *vm, void *data), void *data);

/* ---- precompiled units: trusted input. They are checked, so that a damaged one is refused, but they hold a compiler's output. */

/* The unit of a program, as bytes (NUL-terminated, the VM's, until the next call). OK, MEMORY, MISUSE. */
AIOVM_API aiovm_status aiovm_save(aiovm *vm, const aiovm_program *program, const void **bytes, size_t *length);
/* A program again. Needs AIOVM_LOAD_UNIT (DENIED). RANGE: made by another version, damaged, or no unit at all. */
AIOVM_API aiovm_status aiovm_load(aiovm *vm, const void *bytes, size_t length, const char *name, aiovm_program **program);

/* ---- what went wrong: of the last call on the VM that returned ERROR, EXIT or INTERRUPTED */

typedef struct aiovm_frame {
    const char *file;
    const char *function;        /* qualified name; "<module>" for a program's own statements */
    uint32_t line, end_line;     /* from 1; 0: not known */
    uint32_t column, end_column; /* bytes from 0 */
    int awaits;                  /* 1: it is a coroutine's, and the frame before it awaits it or is the task's first */
} aiovm_frame;

typedef struct aiovm_error aiovm_error;
struct aiovm_error {
    const char *type;          /* the exception's class, "ValueError" */
    const char *message;       /* str() of it */
    const char *text;          /* the whole display, as it is printed when a script ends with it: causes, frames, carets */
    const aiovm_frame *frames; /* the outermost first, awaits included. A SyntaxError's place of the fault comes last, with no name */
    size_t frame_count;
    const aiovm_error *cause;   /* `raise ... from`, or NULL. Of causes, contexts and members `text` is "" */
    const aiovm_error *context; /* what was being handled when it was raised, or NULL */
    const aiovm_error *const *members; /* an ExceptionGroup's */
    size_t member_count;
};
/* *error and all it points to live until the next call that can leave an error. RANGE: there is none. May run script (str() of
 * exceptions). */
AIOVM_API aiovm_status aiovm_get_error(aiovm *vm, const aiovm_error **error);
/* Three of its members, "" when there is none. */
AIOVM_API const char *aiovm_error_type(aiovm *vm);
AIOVM_API const char *aiovm_error_message(aiovm *vm);
AIOVM_API const char *aiovm_error_text(aiovm *vm);
/* The exception itself, for aiovm_get_attr and the like. RANGE: there is none. */
AIOVM_API aiovm_status aiovm_get_exception(aiovm *vm, aiovm_value *exception);

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
