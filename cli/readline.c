// Editing with GNU readline, by its callback interface.
#include "cli/readline.h"

#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BLOCKS = 10000 };
#define TEXT(x) #x
#define LIBRARY(major) "libreadline.so." TEXT(major)

static CliReadline *active;

CliReadline *cli_readline(void) { return active; }

// --- history

static void remember(const char *block, void *data) { ((CliReadline *)data)->add_history(block); }

// Keeps a block for later sessions too; the same one typed again is kept once.
static void keep(CliReadline *rl, const char *block) {
    if (rl->last && !strcmp(rl->last, block)) return;
    free(rl->last);
    rl->last = strdup(block);
    rl->add_history(block);
    if (rl->history) cli_history_add(rl->history, block);
}

// --- the editor

static void on_block(char *line) {
    CliReadline *rl = active;
    CliRepl *r = rl->repl;
    size_t n = line ? strlen(line) : 0;
    while (n && strchr(" \t\n", line[n - 1])) n--;
    bool blank = line && !line[strspn(line, " \t\n")];
    if (line && !blank && !r->asking) {
        line[n] = 0;
        keep(rl, line);
    }
    // Where readline brackets what is pasted, it has begun a new row itself.
    if (!line && strcmp(rl->rl_variable_value("enable-bracketed-paste"), "on") != 0) putchar('\n');
    cli_repl_typed(r, line);
    free(line);
}

static void begin(CliRepl *r) {
    char prompt[64];
    const char *text = cli_repl_prompt(r);
    // Between \001 and \002 stands what takes no room.
    if (r->colour)
        snprintf(prompt, sizeof prompt, "\001\033[1;32m\002%s\001\033[0m\002", text);
    else
        snprintf(prompt, sizeof prompt, "%s", text);
    cli_signals_typing(true);
    r->readline->rl_callback_handler_install(prompt, on_block);
}

static void read_key(CliRepl *r) { r->readline->rl_callback_read_char(); }

static void hide(CliRepl *r) {
    r->readline->rl_clear_visible_line();
    fflush(stdout);
}

static void show(CliRepl *r) {
    r->readline->rl_forced_update_display();
    fflush(stdout);
}

static void leave(CliRepl *r) {
    r->readline->rl_callback_handler_remove();
    cli_signals_typing(false);
    fflush(stdout);
}

static void clear(CliRepl *r) {
    CliReadline *rl = r->readline;
    // Half a key sequence, a search, a count: they end too.
    rl->rl_callback_sigcleanup();
    rl->rl_free_line_state();
    *rl->rl_point = *rl->rl_end;
    cli_keys_redisplay();
    fputs("^C\n", stdout);
    leave(r);
    begin(r);
}

static void resize(CliRepl *r) { r->readline->rl_resize_terminal(); }

static void pause_editing(CliRepl *r) {
    hide(r);
    (*r->readline->rl_deprep_term_function)();
    fflush(stdout);
}

static void resume_editing(CliRepl *r) {
    (*r->readline->rl_prep_term_function)(1);
    show(r);
}

static void close_readline(CliRepl *r) {
    // The library stays: it can't be unloaded cleanly.
    free(r->readline->history);
    free(r->readline->last);
    free(r->readline);
    r->readline = active = NULL;
}

static const CliEditor editor = {begin,  read_key,      hide,           show,  clear,
                                 resize, pause_editing, resume_editing, leave, close_readline};

// --- opening

static bool load(CliReadline *rl) {
    rl->library = dlopen(LIBRARY(RL_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    if (!rl->library) return false;
#define S(name)                                                                                              \
    if (!(rl->name = (__typeof__(rl->name))dlsym(rl->library, #name))) return false;
#include "cli/readline.def"
#undef S
    return true;
}

static void set_up(CliReadline *rl) {
    // Without a locale that says otherwise the terminal is taken for one that knows UTF-8.
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
    *rl->rl_readline_name = "aio";
    *rl->rl_catch_signals = 0;
    *rl->rl_catch_sigwinch = 0;
    *rl->rl_change_environment = 0;
    rl->using_history();
    rl->stifle_history(MOST_BLOCKS);
    rl->rl_variable_bind("blink-matching-paren", "on");
    rl->rl_variable_bind("enable-bracketed-paste", "on");
    rl->rl_initialize(); // reads the user's inputrc, which may say otherwise
    rl->rl_variable_bind("bind-tty-special-chars", "off"); // ours know of lines in the block
    // Both would ask and wait for the answer while no task can run.
    rl->rl_variable_bind("page-completions", "off");
    *rl->rl_completion_query_items = -1;
    *rl->rl_redisplay_function = cli_keys_redisplay;
    *rl->rl_attempted_completion_function = cli_complete;
    *rl->rl_completion_display_matches_hook = cli_complete_show;
    *rl->rl_completer_word_break_characters = " \t\n`~!@#$%^&*()-=+[{]}\\|;:,<>/?.'\"";
    *rl->rl_completer_quote_characters = NULL;
    *rl->rl_basic_quote_characters = "";
    cli_keys_bind(rl);
}

bool cli_readline_open(CliRepl *r) {
    CliReadline *rl = calloc(1, sizeof *rl);
    if (!rl || !load(rl)) {
        free(rl);
        return false;
    }
    r->readline = active = rl;
    r->editor = &editor;
    rl->repl = r;
    set_up(rl);
    rl->history = cli_history_path();
    if (rl->history) cli_history_load(rl->history, remember, rl);
    return true;
}
