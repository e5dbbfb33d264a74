// Where scripts come from: standard input, and the paths of files.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

int cli_read_stdin(CliSource *source) {
    size_t room = 0;
    *source = (CliSource){0};
    for (;;) {
        if (room - source->length < 4096) {
            room = room ? room * 2 : 1 << 16;
            char *more = realloc(source->text, room);
            if (!more) return ENOMEM;
            source->text = more;
        }
        ssize_t n = read(STDIN_FILENO, source->text + source->length, room - source->length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return 0;
        source->length += (size_t)n;
    }
}

char *cli_absolute(const char *path) {
    if (*path == '/') return strdup(path);
    char *folder = getcwd(NULL, 0);
    if (!folder) return strdup(path);
    size_t n = strlen(folder);
    bool slash = n && folder[n - 1] == '/';
    char *whole = malloc(n + strlen(path) + 2);
    if (whole) strcat(strcat(strcpy(whole, folder), slash ? "" : "/"), path); // printf's pages are not touched yet
    free(folder);
    return whole;
}

char *cli_folder(const char *path) {
    char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;
    if (!slash) {
        free(real);
        return NULL;
    }
    slash[slash == real] = 0;
    return real;
}

bool cli_enter_folder(char **path, int *status) {
    static const char *const names[] = {"__main__.aio", "__main__.py", "__main__.aioc"};
    struct stat st;
    if (stat(*path, &st) || !S_ISDIR(st.st_mode)) return true;
    for (int i = 0; i < 3; i++) {
        char *inner;
        if (asprintf(&inner, "%s/%s", *path, names[i]) < 0) break;
        if (!access(inner, F_OK)) {
            free(*path);
            *path = inner;
            return true;
        }
        free(inner);
    }
    fprintf(stderr, "aio: can't find '__main__' module in '%s'\n", *path);
    *status = 1;
    return false;
}

void cli_cannot_open(const char *path, int failure) {
    fprintf(stderr, "aio: can't open file '%s': [Errno %d] %s\n", path, failure, strerror(failure));
}
