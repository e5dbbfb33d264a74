// The dialogue: the VM's tasks and the terminal take turns in one loop, and what tasks print goes above what
// is being typed.
#include "cli/repl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STEP = 20000, NAMES = 200 };

// --- output

static int write_all(int fd, const char *p, size_t n) {
    while (n) {
        ssize_t did = write(fd, p, n);
        if (did < 0 && errno == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        if (did < 0 && errno != EINTR && errno != EAGAIN) return errno;
        if (did > 0) p += did, n -= (size_t)did;
    }
    return 0;
}

// Where the row stands after p. Only plain characters are counted: how wide others are is the terminal's
// business.
static void follow(CliRepl *r, const char *p, size_t n) {
    for (; n; p++, n--) {
        if (*p == '\n' || *p == '\r')
            r->column = 0;
        else if (*p < ' ' || *p > '~')
            r->column = -1;
        else if (r->column >= 0)
            r->column++;
    }
}

int cli_columns(void) {
    struct winsize size;
    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

// The cursor goes to where output stopped.
static void make_room(CliRepl *r) {
    if (r->hidden) return;
    r->editor->hide(r);
    r->hidden = true;
    if (!r->open_row) return;
    char back[32];
    int n = snprintf(back, sizeof back, "\033[A\033[%dG", r->open_row + 1);
    write_all(STDOUT_FILENO, back, (size_t)n);
    r->column = r->open_row;
    r->open_row = 0;
}

// The prompt and what was typed come back below the output.
static void end_room(CliRepl *r) {
    if (r->column) {
        r->open_row = r->column > 0 && r->column < cli_columns() ? r->column : 0;
        write_all(STDOUT_FILENO, "\n", 1);
        r->column = 0;
    }
    r->hidden = false;
    r->editor->show(r);
}

int cli_repl_write(void *context, int fd, const char *data, size_t length) {
    CliRepl *r = context;
    if (!isatty(fd)) return write_all(fd, data, length);
    if (r->typing) make_room(r);
    follow(r, data, length);
    return write_all(fd, data, length);
}

void cli_repl_prepare(CliRepl *r, aiovm_options *options) {
    options->write = cli_repl_write;
    options->context = r;
}

// --- what was typed

static void stop_typing(CliRepl *r) {
    if (!r->typing) return;
    r->editor->leave(r);
    r->typing = r->hidden = false;
    r->open_row = r->column = 0;
}

static void ask_or_leave(CliRepl *r) {
    char names[NAMES];
    size_t n = r->asking ? 0 : cli_session_tasks(r, names, sizeof names);
    if (!n || !isatty(STDIN_FILENO)) {
        r->asking = false;
        r->busy = true;
        cli_session_leave(r);
        return;
    }
    printf("%zu %s still running: %s\n", n, n == 1 ? "task is" : "tasks are", names);
    fflush(stdout);
    r->asking = true;
}

void cli_repl_typed(CliRepl *r, const char *text) {
    stop_typing(r);
    if (!text) {
        ask_or_leave(r);
    } else if (r->asking) {
        r->asking = false;
        if (*text == 'y' || *text == 'Y') {
            r->busy = true;
            cli_session_leave(r);
        }
    } else if (text[strspn(text, " \t\n\r\f")]) {
        r->busy = cli_session_submit(r, text);
    }
}

const char *cli_repl_prompt(const CliRepl *r) {
    if (r->asking) return "Cancel and leave? [y/N] ";
    return ">>> ";
}

// --- the loop

static void take_signals(CliRepl *r) {
    uint32_t came = cli_signals_came();
    if ((came & CLI_CAME_RESIZE) && r->typing && !r->hidden) r->editor->resize(r);
    if ((came & CLI_CAME_INTERRUPT) && r->typing) {
        if (r->hidden) end_room(r);
        r->asking = false;
        r->editor->clear(r);
    }
    if ((came & CLI_CAME_STOP) && r->typing) {
        if (r->hidden) end_room(r);
        r->editor->pause(r);
        cli_signals_stop();
        r->editor->resume(r);
    }
}

static void wait_for_news(CliRepl *r, aiovm_status status) {
    int64_t ns = status == AIOVM_OK ? -1 : status == AIOVM_WAIT ? aiovm_wait_ns(r->vm) : 0;
    struct timespec timeout = {ns / 1000000000, ns % 1000000000};
    struct pollfd fds[2] = {{.fd = r->typing ? STDIN_FILENO : -1, .events = POLLIN},
                            {.fd = aiovm_fd(r->vm), .events = POLLIN}};
    if (fds[1].fd < 0 && (ns < 0 || ns > 50000000)) timeout = (struct timespec){0, 50000000}, ns = 0;
    sigset_t before;
    bool came = cli_signals_hold(&before); // none may come between the look and the wait
    int ready = came ? 0 : ppoll(fds, 2, ns < 0 ? NULL : &timeout, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (ready > 0 && fds[0].revents) {
        if (r->hidden) end_room(r);
        r->editor->read(r);
    }
}

// An exception has left the loop: the loop goes on.
static void look_at(CliRepl *r, aiovm_status status) {
    if (status == AIOVM_OK || status == AIOVM_PAUSED || status == AIOVM_WAIT) return;
    if (status == AIOVM_MISUSE || status == AIOVM_ENDED || status == AIOVM_LIMIT || status == AIOVM_MEMORY) {
        fputs("aio: the session can't go on\n", stderr);
        r->status = 1;
        r->over = true;
        return;
    }
    if (cli_session_recover(r)) r->busy = false;
}

static void run(CliRepl *r) {
    while (!r->over) {
        aiovm_status status = aiovm_step(r->vm, STEP);
        look_at(r, status);
        if (r->over) break;
        take_signals(r);
        if (!r->busy && !r->typing) {
            if (r->column) write_all(STDOUT_FILENO, "\n", 1);
            r->column = 0;
            r->typing = true;
            r->editor->begin(r);
        } else if (r->hidden) {
            end_room(r);
        }
        wait_for_news(r, status);
    }
    stop_typing(r);
}

int cli_repl(CliRepl *r) {
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    r->colour = terminal && cli_colours();
    if (!(terminal && cli_readline_open(r)) && !cli_plain_open(r)) {
        fputs("aio: out of memory\n", stderr);
        return 1;
    }
    if (!r->quiet)
        printf("aio %s (Python 3.13 semantics). await works here; help shows how to use it, Ctrl-D leaves.\n",
               aiovm_version());
    fflush(stdout);
    cli_signals_watch();
    if (aiovm_hold(r->vm, 1) == AIOVM_OK && cli_session_open(r)) run(r);
    cli_session_close(r);
    r->editor->close(r);
    return r->status;
}
