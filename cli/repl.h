// What the files of the REPL share: the dialogue, and the two ways to edit a block of lines.
#ifndef AIO_CLI_REPL_H
#define AIO_CLI_REPL_H

#include "cli/cli.h"

typedef struct CliRepl CliRepl;
typedef struct CliReadline CliReadline; // readline_lib.h
typedef struct CliPlain CliPlain;       // plain.c

// An editor reads a block at a time, whenever there is something to read; cli_repl_typed takes the block.
typedef struct CliEditor {
    void (*begin)(CliRepl *r); // shows the prompt
    void (*read)(CliRepl *r);  // standard input can be read
    void (*hide)(
        CliRepl *r); // takes what is being typed off the screen: something else is to be written there
    void (*show)(CliRepl *r);   // puts it back
    void (*clear)(CliRepl *r);  // throws away what was typed
    void (*resize)(CliRepl *r); // the window has another size
    void (*pause)(CliRepl *r);  // the program is stopped
    void (*resume)(CliRepl *r); // and goes on
    void (*leave)(CliRepl *r);  // the terminal is for others now, as it was before `begin`
    void (*close)(CliRepl *r);
} CliEditor;

struct CliRepl {
    aiovm *vm;
    const CliEditor *editor;
    CliReadline *readline;
    CliPlain *plain;
    aiovm_value session; // kept
    bool quiet;
    bool colour;
    bool typing; // the editor has the terminal
    bool hidden; // what is being typed is off the screen
    bool asking; // the answer to "leave?" is being typed
    bool busy;   // a block runs
    bool over;
    int status;   // that the program ends with
    int column;   // where output stands in its row; -1: not known
    int open_row; // columns of the unfinished row above the prompt; 0: none
};

// --- repl.c
// A dialogue. The exit status.
int cli_repl(CliRepl *r);
// Makes r the place that the VM's output goes through; before the VM is made.
void cli_repl_prepare(CliRepl *r, aiovm_options *options);
// A block was typed (the editor has left the terminal); NULL: the end of input.
void cli_repl_typed(CliRepl *r, const char *text);
const char *cli_repl_prompt(const CliRepl *r);
// The VM's output: above what is being typed. 0, or errno. context: the dialogue.
int cli_repl_write(void *context, int fd, const char *data, size_t length);
int cli_columns(void); // of the terminal

// --- session.c: the module _repl, which knows what blocks and commands mean
bool cli_session_open(CliRepl *r); // false: a message was printed
void cli_session_close(CliRepl *r);
bool cli_session_submit(CliRepl *r, const char *text);
void cli_session_leave(CliRepl *r);
// Shows the exception that has left the loop, unless the block shows it itself. Is the prompt to come back?
bool cli_session_recover(CliRepl *r);
// How many tasks run in the background; their names in names, as far as they go.
size_t cli_session_tasks(CliRepl *r, char *names, size_t size);
// What may stand in the place of word, the end of the text before the cursor. Malloc'd, as the texts are;
// NULL ends it.
char **cli_session_complete(CliRepl *r, const char *before, const char *word);
// Shows the signature of the call that the cursor stands in, if it is known.
void cli_session_hint(CliRepl *r, const char *before);

// --- plain.c, readline.c. false: there is no memory, or no such library.
bool cli_plain_open(CliRepl *r);
bool cli_readline_open(CliRepl *r);

// --- history.c
char *cli_history_path(void); // malloc'd; NULL: there is no place for one
// Calls add with each block of the file, the oldest first.
void cli_history_load(const char *path, void (*add)(const char *block, void *data), void *data);
// Adds a block, as far as the file can be written.
void cli_history_add(const char *path, const char *block);

#endif
