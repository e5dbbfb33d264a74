// GNU readline, loaded when a REPL starts: it is GPL, and linking it would cost every start a millisecond.
#ifndef AIO_CLI_READLINE_H
#define AIO_CLI_READLINE_H

#include <stdio.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "cli/repl.h"

struct CliReadline {
#define S(name) __typeof__(name) *name;
#include "cli/readline.def"
#undef S
    void *library;
    CliRepl *repl;
    char *history; // the file's path, or NULL
    char *last;    // the block that was added last
    bool walking;  // Up and Down go through the history, not through the lines
};

// The one that reads: readline's callbacks are given nothing to find it by.
CliReadline *cli_readline(void);

// --- keys.c
// Binds what a prompt for blocks does otherwise than one for lines: Return, Tab, Backspace, Up, Down.
void cli_keys_bind(CliReadline *rl);
// Shows the block being typed: its later lines have a prompt too.
void cli_keys_redisplay(void);

// --- colour.c
void cli_colour_typed(CliReadline *rl);

// --- complete.c
int cli_width(const char *text); // columns that it takes
char **cli_complete(const char *word, int start, int end);
void cli_complete_show(char **matches, int count, int longest);

#endif
