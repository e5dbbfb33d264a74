// In place of readline.c in builds without it.
#include "cli/repl.h"

bool cli_readline_open(CliRepl *r) {
    (void)r;
    return false;
}
