// What was typed in earlier sessions: a file of blocks, each a line in which `\n` stands for the end of one
// and `\\` for a backslash. Sessions that run at the same time add to it in turn.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/repl.h"

enum { MOST = 10000, TRIM = MOST + MOST / 4 }; // blocks that stay; beyond so many the file is trimmed

static bool make_folder(char *path) {
    for (char *p = path + 1; *p; p++) {
        if (*p != '/') continue;
        *p = 0;
        bool good = !mkdir(path, 0700) || errno == EEXIST;
        *p = '/';
        if (!good) return false;
    }
    return true;
}

char *cli_history_path(void) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    int n = -1;
    if (state && *state == '/') // others are invalid, says the specification
        n = asprintf(&path, "%s/aio/history", state);
    else if (home && *home)
        n = asprintf(&path, "%s/.local/state/aio/history", home);
    if (n < 0) return NULL;
    if (make_folder(path)) return path;
    free(path);
    return NULL;
}

static void decode(char *line) {
    char *to = line;
    for (const char *p = line; *p; p++) {
        if (*p == '\\' && p[1])
            p++, *to++ = *p == 'n' ? '\n' : *p;
        else
            *to++ = *p;
    }
    *to = 0;
}

static char *encode(const char *block, size_t *length) {
    char *line = malloc(strlen(block) * 2 + 2), *to = line;
    for (const char *p = block; line && *p; p++) {
        if (*p == '\n' || *p == '\\') *to++ = '\\';
        *to++ = *p == '\n' ? 'n' : *p;
    }
    if (!line) return NULL;
    *to++ = '\n';
    *length = (size_t)(to - line);
    return line;
}

// Leaves the last blocks of a file that has grown too long. Who else has it open goes on writing to the old
// one.
static void trim(const char *path, FILE *f, size_t lines) {
    char *next = NULL, *line = NULL;
    size_t room = 0;
    if (asprintf(&next, "%s.new", path) < 0) return;
    int fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    rewind(f);
    for (size_t i = 0; out && getline(&line, &room, f) >= 0; i++)
        if (i + MOST >= lines) fputs(line, out);
    bool good = out && !ferror(out);
    if (out && fclose(out)) good = false;
    if (good)
        rename(next, path);
    else if (fd >= 0)
        unlink(next);
    free(line);
    free(next);
}

void cli_history_load(const char *path, void (*add)(const char *block, void *data), void *data) {
    FILE *f = fopen(path, "re");
    if (!f) return;
    char *line = NULL;
    size_t room = 0, lines = 0;
    ssize_t n;
    while ((n = getline(&line, &room, f)) > 0) {
        lines++;
        if (line[n - 1] == '\n') line[n - 1] = 0;
        decode(line);
        if (*line) add(line, data);
    }
    if (lines > TRIM && !flock(fileno(f), LOCK_EX | LOCK_NB)) trim(path, f, lines);
    free(line);
    fclose(f);
}

void cli_history_add(const char *path, const char *block) {
    size_t n = 0;
    char *line = encode(block, &n);
    int fd = line ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    // Without room on the disk there is no history: nothing that a user at the prompt should be told of.
    if (fd >= 0 && write(fd, line, n) < 0) errno = 0;
    if (fd >= 0) close(fd);
    free(line);
}
