// Tab: the session's answers as readline wants them, and the list of several.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cli/readline.h"

enum { MOST_ROWS = 20 };

static void free_texts(char **texts) {
    for (size_t i = 0; texts && texts[i]; i++) free(texts[i]);
    free(texts);
}

// What all texts begin with, malloc'd.
static char *common(char **texts) {
    size_t n = strlen(texts[0]);
    for (size_t i = 1; texts[i]; i++) {
        size_t k = 0;
        while (k < n && texts[0][k] == texts[i][k]) k++;
        n = k;
    }
    while (n && ((unsigned char)texts[0][n] & 0xC0) == 0x80) n--; // not within a character
    return strndup(texts[0], n);
}

char **cli_complete(const char *word, int start, int end) {
    CliReadline *rl = cli_readline();
    (void)start;
    *rl->rl_attempted_completion_over = 1; // no file names but those that the session gives
    *rl->rl_completion_append_character = 0;
    *rl->rl_completion_suppress_append = 1;
    *rl->rl_sort_completion_matches = 0;
    char *before = strndup(*rl->rl_line_buffer, (size_t)end);
    char **texts = before ? cli_session_complete(rl->repl, before, word) : NULL;
    if (before && *rl->rl_completion_type == '?') cli_session_hint(rl->repl, before);
    free(before);
    if (!texts || !*texts) {
        free_texts(texts);
        return NULL;
    }
    size_t n = 0;
    while (texts[n]) n++;
    char **matches = calloc(n + 2, sizeof *matches);
    char *first = matches ? common(texts) : NULL;
    if (!first) {
        free(matches);
        free_texts(texts);
        return NULL;
    }
    matches[0] = first;
    if (n == 1)
        free(texts[0]);
    else
        memcpy(matches + 1, texts, n * sizeof *texts);
    free(texts);
    return matches;
}

int cli_width(const char *text) {
    wchar_t wide[1024];
    size_t n = mbstowcs(wide, text, sizeof wide / sizeof *wide);
    int columns = n == (size_t)-1 || n == sizeof wide / sizeof *wide ? -1 : wcswidth(wide, n);
    return columns < 0 ? (int)strlen(text) : columns;
}

// Columns of a width, as many as there is room for; the first of matches is what they have in common.
void cli_complete_show(char **matches, int count, int longest) {
    CliReadline *rl = cli_readline();
    int width = longest + 2, fit = cli_columns() / width, per_row = fit > 0 ? fit : 1;
    int shown = count < per_row * MOST_ROWS ? count : per_row * MOST_ROWS;
    int rows = (shown + per_row - 1) / per_row;
    char *text = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&text, &length);
    if (!f) return;
    for (int row = 0; row < rows; row++) {
        for (int at = row; at < shown; at += rows) {
            const char *match = matches[at + 1];
            fprintf(f, "%s", match);
            if (at + rows < shown) fprintf(f, "%*s", width - cli_width(match), "");
        }
        putc('\n', f);
    }
    if (shown < count) fprintf(f, "... %d more\n", count - shown);
    if (!fclose(f)) cli_repl_write(rl->repl, STDOUT_FILENO, text, length);
    free(text);
}
