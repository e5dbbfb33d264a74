// A dialogue: statements are read from the terminal, run, and their values shown.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

typedef struct Typed {
    char *text; // the lines typed so far, joined by '\n'
    size_t length, room;
} Typed;

static bool add(Typed *typed, const char *line, size_t n) {
    if (typed->length + n + 2 > typed->room) {
        size_t room = (typed->length + n + 2) * 2;
        char *more = realloc(typed->text, room);
        if (!more) return false;
        typed->text = more;
        typed->room = room;
    }
    if (typed->length) typed->text[typed->length++] = '\n';
    memcpy(typed->text + typed->length, line, n);
    typed->length += n;
    typed->text[typed->length] = 0;
    return true;
}

// false: the dialogue is over, *status says how.
static bool answer(aiovm *vm, const Typed *typed, int *status) {
    aiovm_status how = aiovm_run_line(vm, typed->text, typed->length, "<stdin>");
    int code = aiovm_report(vm, how);
    if (how != AIOVM_EXIT) return true;
    *status = code;
    return false;
}

int cli_prompt(aiovm *vm) {
    Typed typed = {0};
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    printf("aio %s\n", aiovm_version());
    for (bool first = true;; first = typed.length == 0) {
        fputs(first ? ">>> " : "... ", stdout);
        fflush(stdout);
        errno = 0;
        ssize_t n = getline(&line, &room, stdin);
        if (n < 0 && errno == EINTR) { // Ctrl-C throws away what was typed
            clearerr(stdin);
            typed.length = 0;
            fputs("\nKeyboardInterrupt\n", stdout);
            continue;
        }
        if (n < 0) break;
        if (n && line[n - 1] == '\n') n--;
        if (!add(&typed, line, (size_t)n)) break;
        if (aiovm_is_complete(vm, typed.text, typed.length) == AIOVM_INCOMPLETE) continue;
        bool more = answer(vm, &typed, &status);
        typed.length = 0;
        if (!more) break;
    }
    free(line);
    free(typed.text);
    return status;
}
