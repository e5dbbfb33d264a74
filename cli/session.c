// The way to the module _repl: the functions that it finds in the module _terminal, and calls of its own.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/repl.h"

// --- for the session

static aiovm_status enter(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    const char *source, *file;
    size_t length;
    (void)count, (void)data;
    if (aiovm_get_str(vm, args[0], &source, &length) || aiovm_get_str(vm, args[1], &file, NULL))
        return aiovm_raise(vm, "TypeError", "enter() wants two str");
    aiovm_program *program;
    aiovm_status status = aiovm_compile_block(vm, source, length, file, &program);
    if (status != AIOVM_OK) return status;
    status = aiovm_enter(vm, program, result);
    aiovm_program_free(program);
    return status;
}

static aiovm_status done(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    CliRepl *r = data;
    (void)vm, (void)args, (void)count, (void)result;
    r->busy = false;
    return AIOVM_OK;
}

static aiovm_status over(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    CliRepl *r = data;
    int64_t status = 1;
    (void)count, (void)result;
    if (aiovm_get_int(vm, args[0], &status) != AIOVM_OK)
        return aiovm_raise(vm, "TypeError", "over() wants an int");
    r->status = (int)status;
    r->over = true;
    return AIOVM_OK;
}

static aiovm_status interrupt(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result,
                              void *data) {
    (void)args, (void)count, (void)result, (void)data;
    aiovm_signal(vm, SIGINT);
    return AIOVM_OK;
}

static aiovm_status columns(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result,
                            void *data) {
    (void)args, (void)count, (void)data;
    return aiovm_make_int(vm, cli_columns(), result);
}

static aiovm_status bytecode(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result,
                             void *data) {
    const char *source, *file, *text;
    size_t length, n;
    (void)count, (void)data;
    if (aiovm_get_str(vm, args[0], &source, &length) || aiovm_get_str(vm, args[1], &file, NULL))
        return aiovm_raise(vm, "TypeError", "bytecode() wants two str");
    aiovm_status status = aiovm_dump(vm, AIOVM_DUMP_BYTECODE, source, length, file, &text, &n);
    return status == AIOVM_OK ? aiovm_make_str(vm, text, n, result) : status;
}

// The user's editor has the terminal until it ends; Ctrl-C is its own.
static aiovm_status edit(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    const char *path, *editor = getenv("VISUAL");
    (void)count, (void)result, (void)data;
    if (aiovm_get_str(vm, args[0], &path, NULL)) return aiovm_raise(vm, "TypeError", "edit() wants a str");
    if (!editor || !*editor) editor = getenv("EDITOR");
    if (!editor || !*editor) editor = "vi";
    char *command = NULL;
    if (asprintf(&command, "%s \"$1\"", editor) < 0) return AIOVM_MEMORY;
    int status = cli_run_shell(command, path);
    free(command);
    if (status) return aiovm_raise(vm, "RuntimeError", "the editor has failed: nothing was run");
    return AIOVM_OK;
}

static const aiovm_def functions[] = {
    {"enter", enter, "enter(source, file, /)",
     "Runs a block in __main__. Its coroutine, if it awaits something."},
    {"done", done, "done()", "The block is over: the next prompt may be shown."},
    {"over", over, "over(status, /)", "The session is over."},
    {"bytecode", bytecode, "bytecode(source, file, /)", "What the source is compiled to, as text."},
    {"edit", edit, "edit(path, /)", "Opens the user's editor and waits for its end."},
    {"interrupt", interrupt, "interrupt()", "SIGINT's handler is called at the next check point."},
    {"columns", columns, "columns()", "How wide the terminal is."},
    {0},
};

// --- calling

// Calls a method with a text (NULL: without). The result is a handle in the scope that the caller has opened.
static aiovm_status call(CliRepl *r, const char *method, const char *text, aiovm_value *result) {
    aiovm_value f, arg;
    aiovm_status status = aiovm_get_attr(r->vm, r->session, method, &f);
    if (status == AIOVM_OK && text) status = aiovm_make_str(r->vm, text, strlen(text), &arg);
    return status == AIOVM_OK ? aiovm_call(r->vm, f, &arg, text != NULL, result) : status;
}

static aiovm_status call_soon(CliRepl *r, const char *method, const char *text) {
    aiovm_value f, arg;
    aiovm_status status = aiovm_get_attr(r->vm, r->session, method, &f);
    if (status == AIOVM_OK && text) status = aiovm_make_str(r->vm, text, strlen(text), &arg);
    return status == AIOVM_OK ? aiovm_call_soon(r->vm, f, &arg, text != NULL) : status;
}

// --- opening

static bool set_up(CliRepl *r) {
    aiovm_value module, colour, kind, session, name;
    if (aiovm_get_global(r->vm, "__name__", &name) != AIOVM_OK) return false; // makes __main__
    return aiovm_add_module(r->vm, "_terminal", "What the program offers to a session.", functions, r,
                            &module) == AIOVM_OK &&
           aiovm_make_bool(r->vm, r->colour, &colour) == AIOVM_OK &&
           aiovm_set_attr(r->vm, module, "colour", colour) == AIOVM_OK &&
           aiovm_import(r->vm, "_repl", &module) == AIOVM_OK &&
           aiovm_get_attr(r->vm, module, "Session", &kind) == AIOVM_OK &&
           aiovm_call(r->vm, kind, NULL, 0, &session) == AIOVM_OK &&
           aiovm_keep(r->vm, session, &r->session) == AIOVM_OK;
}

bool cli_session_open(CliRepl *r) {
    uint64_t scope;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return false;
    bool good = set_up(r) && call_soon(r, "begin", NULL) == AIOVM_OK;
    if (!good) fprintf(stderr, "aio: the session can't begin\n%s", aiovm_error_text(r->vm));
    aiovm_close(r->vm, scope);
    return good;
}

void cli_session_close(CliRepl *r) {
    if (r->session.id) aiovm_drop(r->vm, r->session);
    r->session.id = 0;
}

// --- what the dialogue asks of it

bool cli_session_submit(CliRepl *r, const char *text) {
    uint64_t scope;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return false;
    aiovm_value yes;
    aiovm_status status = aiovm_make_bool(r->vm, 1, &yes);
    if (status == AIOVM_OK)
        status = aiovm_set_attr(r->vm, r->session, "waiting", yes); // Ctrl-C counts from now on
    if (status == AIOVM_OK) status = call_soon(r, "submit", text);
    if (status == AIOVM_RANGE)
        fputs("aio: what was typed is no UTF-8\n", stderr);
    else if (status != AIOVM_OK)
        aiovm_report(r->vm, status);
    aiovm_close(r->vm, scope);
    return status == AIOVM_OK;
}

void cli_session_leave(CliRepl *r) {
    uint64_t scope;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return;
    r->over = call_soon(r, "leave", NULL) != AIOVM_OK;
    aiovm_close(r->vm, scope);
}

bool cli_session_recover(CliRepl *r) {
    uint64_t scope;
    int back = 1;
    aiovm_value f, exception, answer;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return true;
    bool known = aiovm_get_exception(r->vm, &exception) == AIOVM_OK || aiovm_make_none(r->vm, &exception) == AIOVM_OK;
    if (known && aiovm_get_attr(r->vm, r->session, "recover", &f) == AIOVM_OK &&
        aiovm_call(r->vm, f, &exception, 1, &answer) == AIOVM_OK)
        aiovm_truth(r->vm, answer, &back);
    aiovm_close(r->vm, scope);
    return back;
}

size_t cli_session_tasks(CliRepl *r, char *names, size_t size) {
    uint64_t scope;
    aiovm_value list, item;
    size_t n = 0, used = 0;
    *names = 0;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return 0;
    if (call(r, "left", NULL, &list) == AIOVM_OK && aiovm_length(r->vm, list, &n) == AIOVM_OK) {
        for (size_t i = 0; i < n && used < size; i++) {
            const char *name;
            if (aiovm_get_at(r->vm, list, i, &item) || aiovm_get_str(r->vm, item, &name, NULL)) continue;
            used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", name);
        }
    }
    if (used >= size) strcpy(names + size - 4, "...");
    aiovm_close(r->vm, scope);
    return n;
}

void cli_session_hint(CliRepl *r, const char *before) {
    uint64_t scope;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return;
    call(r, "hint", before, NULL); // without an answer there is no hint
    aiovm_close(r->vm, scope);
}

char **cli_session_complete(CliRepl *r, const char *before, const char *word) {
    uint64_t scope;
    aiovm_value f, args[2], list, item;
    size_t n = 0, kept = 0;
    char **texts = NULL;
    if (aiovm_open(r->vm, &scope) != AIOVM_OK) return NULL;
    if (aiovm_get_attr(r->vm, r->session, "complete", &f) == AIOVM_OK &&
        aiovm_make_str(r->vm, before, strlen(before), &args[0]) == AIOVM_OK &&
        aiovm_make_str(r->vm, word, strlen(word), &args[1]) == AIOVM_OK &&
        aiovm_call(r->vm, f, args, 2, &list) == AIOVM_OK && aiovm_length(r->vm, list, &n) == AIOVM_OK && n)
        texts = calloc(n + 1, sizeof *texts);
    for (size_t i = 0; texts && i < n; i++) {
        const char *text;
        if (aiovm_get_at(r->vm, list, i, &item) || aiovm_get_str(r->vm, item, &text, NULL)) continue;
        if ((texts[kept] = strdup(text))) kept++;
    }
    aiovm_close(r->vm, scope);
    return texts;
}
