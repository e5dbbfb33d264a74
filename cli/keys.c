// Keys that know that a block of several lines is being typed: Return, Tab, Backspace, Up and Down.
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/readline.h"

enum { INDENT = 4 };
static const char MORE[] = "... ";

// --- where the cursor is

static const char *text_of(const CliReadline *rl) { return *rl->rl_line_buffer; }

// Where the line of position `at` begins.
static int line_begin(const char *text, int at) {
    while (at > 0 && text[at - 1] != '\n') at--;
    return at;
}

static int line_end(const char *text, int at) {
    while (text[at] && text[at] != '\n') at++;
    return at;
}

static bool is_blank(const char *p, const char *end) {
    while (p < end && strchr(" \t\n", *p)) p++;
    return p >= end;
}

// --- Return

// The indentation that a line after the one that ends at `at` is likely to have.
static int next_indent(const char *text, int at) {
    int from = line_begin(text, at), indent = 0, end = at;
    while (from + indent < at && text[from + indent] == ' ') indent++;
    while (end > from && strchr(" \t", text[end - 1])) end--;
    if (end > from && strchr(":([{", text[end - 1])) return indent + INDENT;
    static const char *const ends[] = {"return", "raise", "pass", "break", "continue"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        const char *p = text + from + indent;
        if (!strncmp(p, ends[i], n) && (p[n] == ' ' || p + n >= text + end))
            return indent < INDENT ? 0 : indent - INDENT;
    }
    return indent;
}

static void new_line(CliReadline *rl) {
    int waiting = 0, indent = next_indent(text_of(rl), *rl->rl_point);
    char spaces[256];
    // What comes faster than anyone types brings its own indentation.
    if (ioctl(STDIN_FILENO, FIONREAD, &waiting) || waiting) indent = 0;
    if (indent > (int)sizeof spaces - 2) indent = sizeof spaces - 2;
    *spaces = '\n';
    memset(spaces + 1, ' ', (size_t)indent);
    spaces[indent + 1] = 0;
    rl->rl_insert_text(spaces);
}

// Can the block be run, or does it want more lines? Spaces that the indentation left are no line of their
// own.
static bool is_whole(CliReadline *rl) {
    const char *text = text_of(rl);
    int from = line_begin(text, *rl->rl_end);
    bool last_is_blank = is_blank(text + from, text + *rl->rl_end);
    size_t n = (size_t)(last_is_blank ? from : *rl->rl_end), first = strspn(text, " ");
    bool command = !strchr(text, '\n') && (text[first] == '%' || (n && text[n - 1] == '?'));
    return command || aiovm_is_complete(rl->repl->vm, text, n) != AIOVM_INCOMPLETE;
}

static int on_return(int count, int key) {
    CliReadline *rl = cli_readline();
    const char *text = text_of(rl);
    bool last = is_blank(text + line_end(text, *rl->rl_point), text + *rl->rl_end);
    if (rl->repl->asking || (last && is_whole(rl))) {
        *rl->rl_point = *rl->rl_end;
        return rl->rl_newline(count, key);
    }
    new_line(rl);
    return 0;
}

// --- Tab and Backspace

// Spaces alone stand before the cursor in its line: how many; else -1.
static int spaces_before(const CliReadline *rl) {
    const char *text = text_of(rl);
    int at = *rl->rl_point, from = line_begin(text, at);
    for (int i = from; i < at; i++)
        if (text[i] != ' ') return -1;
    return at - from;
}

static int on_tab(int count, int key) {
    CliReadline *rl = cli_readline();
    int spaces = spaces_before(rl);
    if (spaces >= 0 && (spaces || strchr(text_of(rl), '\n') || *rl->rl_end == 0)) {
        rl->rl_insert_text(&"    "[spaces % INDENT]);
        return 0;
    }
    // readline knows a second Tab by the function of the first.
    if (*rl->rl_last_func == on_tab) *rl->rl_last_func = rl->rl_complete;
    return rl->rl_complete(count, key);
}

static int on_backspace(int count, int key) {
    CliReadline *rl = cli_readline();
    int spaces = spaces_before(rl);
    if (count != 1 || spaces <= 0 || spaces % INDENT) return rl->rl_rubout(count, key);
    rl->rl_delete_text(*rl->rl_point - INDENT, *rl->rl_point);
    *rl->rl_point -= INDENT;
    return 0;
}

// --- Up and Down: lines of the block, and blocks of the history beyond its first and last

static int on_up(int count, int key);
static int on_down(int count, int key);

// A block that came from the history is left by the next Up, at whichever line the cursor stands.
static bool walks(CliReadline *rl) {
    rl->walking = rl->walking && (*rl->rl_last_func == on_up || *rl->rl_last_func == on_down);
    return rl->walking;
}

static int on_up(int count, int key) {
    CliReadline *rl = cli_readline();
    const char *text = text_of(rl);
    int from = line_begin(text, *rl->rl_point), column = *rl->rl_point - from;
    if (walks(rl) || !from) {
        rl->walking = true;
        return rl->rl_get_previous_history(count, key);
    }
    int above = line_begin(text, from - 1), length = from - 1 - above;
    *rl->rl_point = above + (column < length ? column : length);
    return 0;
}

static int on_down(int count, int key) {
    CliReadline *rl = cli_readline();
    const char *text = text_of(rl);
    int from = line_begin(text, *rl->rl_point), end = line_end(text, *rl->rl_point),
        column = *rl->rl_point - from;
    if (walks(rl) || !text[end]) {
        rl->walking = true;
        return rl->rl_get_next_history(count, key);
    }
    int length = line_end(text, end + 1) - (end + 1);
    *rl->rl_point = end + 1 + (column < length ? column : length);
    return 0;
}

// --- the line in the block: its begin and end, killing up to them

static int on_home(int count, int key) {
    CliReadline *rl = cli_readline();
    (void)count, (void)key;
    *rl->rl_point = line_begin(text_of(rl), *rl->rl_point);
    return 0;
}

static int on_end(int count, int key) {
    CliReadline *rl = cli_readline();
    (void)count, (void)key;
    *rl->rl_point = line_end(text_of(rl), *rl->rl_point);
    return 0;
}

static int on_kill_back(int count, int key) {
    CliReadline *rl = cli_readline();
    int from = line_begin(text_of(rl), *rl->rl_point);
    (void)count, (void)key;
    rl->rl_kill_text(*rl->rl_point, from);
    *rl->rl_point = from;
    return 0;
}

// At the line's end: the newline.
static int on_kill(int count, int key) {
    CliReadline *rl = cli_readline();
    int to = line_end(text_of(rl), *rl->rl_point);
    (void)count, (void)key;
    rl->rl_kill_text(*rl->rl_point, to == *rl->rl_point && to < *rl->rl_end ? to + 1 : to);
    return 0;
}

typedef struct Binding {
    const char *keys;
    rl_command_func_t *function;
} Binding;

static void bind(CliReadline *rl, const char *map_name, const Binding *rows) {
    Keymap map = rl->rl_get_keymap_by_name(map_name);
    for (; map && rows->keys; rows++) rl->rl_bind_keyseq_in_map(rows->keys, rows->function, map);
}

void cli_keys_bind(CliReadline *rl) {
    static const Binding whole[] = {{"\\r", on_return}, {"\\n", on_return}, {0}};
    static const Binding typing[] = {{"\\t", on_tab},    {"\\C-?", on_backspace}, {"\\C-h", on_backspace},
                                     {"\\e[A", on_up},   {"\\eOA", on_up},        {"\\e[B", on_down},
                                     {"\\eOB", on_down}, {"\\C-u", on_kill_back}, {0}};
    static const Binding lines[] = {
        {"\\C-a", on_home}, {"\\e[H", on_home}, {"\\eOH", on_home}, {"\\e[1~", on_home}, {"\\C-e", on_end},
        {"\\e[F", on_end},  {"\\eOF", on_end},  {"\\e[4~", on_end}, {"\\C-k", on_kill},  {0}};
    // readline's incremental search crashes with callbacks (8.2: after Escape, and more): a simpler one has its keys.
    const Binding search[] = {{"\\C-r", rl->rl_history_substr_search_backward},
                              {"\\C-s", rl->rl_history_substr_search_forward},
                              {0}};
    bind(rl, "emacs-standard", search);
    bind(rl, "vi-insert", search);
    bind(rl, "vi-move", search);
    bind(rl, "emacs-standard", whole);
    bind(rl, "emacs-standard", typing);
    bind(rl, "emacs-standard", lines);
    bind(rl, "vi-insert", whole);
    bind(rl, "vi-insert", typing);
    bind(rl, "vi-move", whole);
}

// --- showing

// What stands at position `at` when a prompt stands before each line but the first.
static int moved(const char *text, int at) {
    int lines = 0;
    for (int i = 0; i < at; i++) lines += text[i] == '\n';
    return at + lines * (int)(sizeof MORE - 1);
}

void cli_keys_redisplay(void) {
    CliReadline *rl = cli_readline();
    if (rl->repl->hidden) return; // the cursor is in the output
    char *text = *rl->rl_line_buffer;
    int point = *rl->rl_point, end = *rl->rl_end, mark = *rl->rl_mark;
    int length = moved(text, end);
    char *shown = length == end ? NULL : malloc((size_t)length + 1);
    if (!shown) {
        rl->rl_redisplay();
        cli_colour_typed(rl);
        return;
    }
    char *p = shown;
    for (const char *q = text; q < text + end; q++) {
        *p++ = *q;
        if (*q == '\n') memcpy(p, MORE, sizeof MORE - 1), p += sizeof MORE - 1;
    }
    *p = 0;
    // readline draws its buffer: for that long it is another one.
    *rl->rl_line_buffer = shown;
    *rl->rl_end = length;
    *rl->rl_point = moved(text, point);
    *rl->rl_mark = moved(text, mark < end ? mark : end);
    rl->rl_redisplay();
    *rl->rl_line_buffer = text;
    *rl->rl_end = end;
    *rl->rl_point = point;
    *rl->rl_mark = mark;
    free(shown);
    cli_colour_typed(rl);
}
