// Reading lines without readline: no editing but the terminal's own, no history. Also what reads standard
// input that is no terminal.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/repl.h"

struct CliPlain {
    char *text; // the lines typed so far, joined by '\n'
    size_t length, room;
    bool more; // it is not whole yet
};

static void prompt(CliRepl *r) {
    fputs(r->plain->more ? "... " : cli_repl_prompt(r), stderr);
    fflush(stderr);
}

static void begin(CliRepl *r) {
    r->plain->length = 0;
    r->plain->more = false;
    prompt(r);
}

static bool add(CliPlain *p, const char *text, size_t n) {
    if (p->length + n + 1 > p->room) {
        size_t room = (p->length + n + 1) * 2;
        char *more = realloc(p->text, room);
        if (!more) return false;
        p->text = more;
        p->room = room;
    }
    memcpy(p->text + p->length, text, n);
    p->length += n;
    p->text[p->length] = 0;
    return true;
}

// A line has come, or the end of input.
static void take_line(CliRepl *r, bool end) {
    CliPlain *p = r->plain;
    if (end && !p->length) {
        cli_repl_typed(r, NULL);
        return;
    }
    size_t n = p->length;
    if (n && p->text[n - 1] == '\n') n--;
    if (!end && !r->asking && aiovm_is_complete(r->vm, p->text, n) == AIOVM_INCOMPLETE) {
        p->more = true;
        prompt(r);
        return;
    }
    p->text[n] = 0;
    cli_repl_typed(r, p->text);
}

// What follows the line is left to those who read next: a terminal gives a line at a time, anything else is
// read by bytes.
static void read_some(CliRepl *r) {
    char some[4096];
    ssize_t n = read(STDIN_FILENO, some, isatty(STDIN_FILENO) ? sizeof some : 1);
    if (n < 0 && errno == EINTR) return;
    if (n > 0 && !add(r->plain, some, (size_t)n)) n = 0;
    if (n <= 0)
        take_line(r, true);
    else if (some[n - 1] == '\n')
        take_line(r, false);
}

// The terminal still shows what was typed: it can't be taken away.
static void hide(CliRepl *r) {
    (void)r;
    if (isatty(STDIN_FILENO)) fputc('\n', stderr);
}

static void clear(CliRepl *r) {
    fputs("\nKeyboardInterrupt\n", stderr);
    begin(r);
}

static void nothing(CliRepl *r) { (void)r; }

static void close_plain(CliRepl *r) {
    free(r->plain->text);
    free(r->plain);
    r->plain = NULL;
}

static const CliEditor editor = {begin,   read_some, hide,    prompt,  clear,
                                 nothing, nothing,   nothing, nothing, close_plain};

bool cli_plain_open(CliRepl *r) {
    r->plain = calloc(1, sizeof *r->plain);
    r->editor = &editor;
    return r->plain;
}
