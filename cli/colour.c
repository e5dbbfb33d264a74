// Colours of what is being typed: readline has drawn it without any, and each row is written again over itself. What wraps
// or scrolls stays as it is.
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/readline.h"

static const char WORD[] = "\033[35m", TEXT[] = "\033[32m", NUMBER[] = "\033[36m", COMMENT[] = "\033[90m", END[] = "\033[0m";
enum { PROMPT = 4 }; // columns, on each row

static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static bool is_keyword(const char *p, size_t n) {
    static const char words[] =
        " False None True and as assert async await break class continue def del elif else except finally for from global if "
        "import in is lambda nonlocal not or pass raise return try while with yield ";
    for (const char *at = words; (at = strchr(at, ' ')) && at[1]; at++)
        if (!strncmp(at + 1, p, n) && at[1 + n] == ' ') return true;
    return false;
}

// The end of the string that begins with a quote at p.
static const char *string_end(const char *p, const char *end) {
    char quote = *p;
    bool triple = end - p >= 3 && p[1] == quote && p[2] == quote;
    for (p += triple ? 3 : 1; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        else if (*p == '\n' && !triple)
            return p;
        else if (*p == quote && (!triple || (end - p >= 3 && p[1] == quote && p[2] == quote)))
            return p + (triple ? 3 : 1);
    }
    return end;
}

// The end of the token at p, and its colour; NULL: none.
static const char *token(const char *p, const char *end, const char **colour) {
    const char *from = p;
    *colour = NULL;
    if (*p == '"' || *p == '\'') {
        *colour = TEXT;
        return string_end(p, end);
    }
    if (*p == '#') {
        *colour = COMMENT;
        while (p < end && *p != '\n') p++;
        return p;
    }
    if (!is_word(*p)) return p + 1;
    while (p < end && (is_word(*p) || (*p == '.' && *from >= '0' && *from <= '9'))) p++;
    if (*from >= '0' && *from <= '9')
        *colour = NUMBER;
    else if (is_keyword(from, (size_t)(p - from)))
        *colour = WORD;
    else if (p < end && p - from <= 2 && strspn(from, "rRbBfFuU") >= (size_t)(p - from) && strchr("\"'", *p))
        *colour = TEXT, p = string_end(p, end);
    return p;
}

// Do all rows stand as they were typed, each on one of the terminal's?
static bool fits(const char *text, int *rows) {
    struct winsize size;
    char row[1024];
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) return false;
    for (*rows = 1;; text++, ++*rows) {
        size_t n = strcspn(text, "\n");
        if (n >= sizeof row) return false;
        memcpy(row, text, n);
        row[n] = 0;
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)row[i] < ' ' || row[i] == 127) return false;
        if (PROMPT + cli_width(row) >= size.ws_col || *rows >= size.ws_row) return false;
        text += n;
        if (!*text) return true;
    }
}

static void write_part(FILE *out, const char *p, const char *end, const char *colour) {
    while (p < end) {
        size_t n = 0;
        while (p + n < end && p[n] != '\n') n++;
        if (colour && n) fputs(colour, out);
        fwrite(p, 1, n, out);
        if (colour && n) fputs(END, out);
        p += n;
        if (p == end) return;
        fprintf(out, "\r\033[B\033[%dC", PROMPT);
        p++;
    }
}

void cli_colour_typed(CliReadline *rl) {
    const char *text = *rl->rl_line_buffer, *end = text + *rl->rl_end;
    int rows, above = 0;
    if (!rl->repl->colour || rl->repl->asking || *rl->rl_display_prompt != *rl->rl_prompt || text == end) return;
    if (!fits(text, &rows)) return;
    for (const char *p = text; p < text + *rl->rl_point; p++) above += *p == '\n';
    fputs("\0337\r", stdout); // the cursor comes back here
    if (above) fprintf(stdout, "\033[%dA", above);
    fprintf(stdout, "\033[%dC", PROMPT);
    for (const char *p = text, *next, *colour; p < end; p = next) {
        next = token(p, end, &colour);
        write_part(stdout, p, next, colour);
    }
    fputs("\0338", stdout);
    fflush(stdout);
}
