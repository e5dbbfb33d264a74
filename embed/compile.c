// Source to programs: the VM's compile hook, and the API's compile, is-complete and dump.
#include <string.h>

#include "base/remark.h"
#include "base/utf8.h"
#include "embed/embed.h"
#include "embed/front.h"
#include "vm/error.h"
#include "vm/source.h"
#include "vm/traceback.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"

_Static_assert((int)AVM_COMPILE_EXEC == AVM_SOURCE_EXEC && (int)AVM_COMPILE_SINGLE == AVM_SOURCE_SINGLE &&
                   (int)AVM_COMPILE_EVAL == AVM_SOURCE_EVAL && (int)AVM_COMPILE_BLOCK == AVM_SOURCE_BLOCK,
               "modes");

// A line longer than this is not kept in a SyntaxError.
enum { LONGEST_TEXT = 1 << 16 };

// --- the exception of a diagnostic

// Characters before byte `col` of a line, from 1, as SyntaxError counts; columns past its end count on.
static AvmValue offset(AvmThread *t, const char *line, size_t len, uint32_t col) {
    size_t within = col < len ? col : len;
    return avm_int_new(t, (int64_t)(avm_utf8_count(line, within) + (col - within)) + 1);
}

// Source as a diagnostic is about it.
typedef struct Origin {
    const char *source;
    size_t len;
    AvmStr *file;
    bool eval;    // a lone expression: no newline is added to it
    bool parsed;  // the compiler found the fault: only a file's text is shown
    bool program; // the whole of a program, as its bytes are in the file
} Origin;

// Is it a program's file, or standard input?
static bool is_file(const Origin *o) {
    return o->program && (*o->file->data != '<' || avm_str_is(o->file, "<stdin>"));
}

// (filename, lineno, offset, text, end_lineno, end_offset)
static AvmTuple *place(AvmThread *t, const AvmDiag *d, const Origin *o) {
    const char *line = "", *end = "";
    size_t n = 0, end_n = 0;
    uint32_t number = d->span.line;
    bool known = avm_diag_line(o->source, o->len, number, &line, &n);
    if (!avm_diag_line(o->source, o->len, d->span.end_line, &end, &end_n)) end_n = 0;
    bool ended = known && line + n == o->source + o->len; // no newline follows
    bool shown =
        known && n <= LONGEST_TEXT && avm_utf8_check(line, n) == n && !(o->parsed && *o->file->data == '<');
    AvmValue from = offset(t, line, n, d->span.col), to = offset(t, end, end_n, d->span.end_col);
    // What CPython has no end of; and where there is no token, only the end of the text.
    bool point = d->span.line == d->span.end_line && d->span.col == d->span.end_col;
    if (d->span.col >= AVM_LEFT_OF_LINE) {
        from = avm_inline_int_value(0), to = avm_inline_int_value(d->span.end_col ? -1 : 0);
        // The end of a text has a column, that of a file has none.
        if (d->span.end_col == AVM_NO_COLUMN && !is_file(o)) from = offset(t, line, n, (uint32_t)n);
    } else if (d->kind == AVM_DIAG_INDENT && point)
        to = avm_inline_int_value(-1);
    else if (strstr(d->message, "was never closed"))
        to = avm_inline_int_value(0);
    if (o->eval && !o->parsed && (!o->len || (ended && d->span.col >= n)))
        from = to = avm_inline_int_value(0);
    if (o->eval && !o->len) number = 0, shown = true;
    AvmBuf text;
    avm_buf_init(&text, &t->vm->alloc);
    if (shown) avm_buf_add(&text, line, n);
    if (shown && !(o->eval && (ended || !o->len))) avm_buf_byte(&text, '\n');
    AvmValue items[6] = {avm_incref(avm_value(o->file)),
                         avm_int_new(t, number),
                         from,
                         shown ? avm_value(avm_str_from_buf(t, &text)) : AVM_NONE,
                         avm_int_new(t, number ? d->span.end_line : 0),
                         to};
    avm_buf_free(&text);
    bool good = true;
    for (int i = 0; i < 6; i++) good = good && items[i];
    AvmTuple *tuple = good ? avm_tuple_from(t, items, 6) : NULL;
    for (int i = 0; i < 6; i++) avm_decref(t, items[i]);
    return tuple;
}

// SyntaxError(message, where) of the kind; where NULL: unknown.
static void raise_syntax(AvmThread *t, AvmDiagKind kind, AvmStr *message, AvmTuple *where) {
    AvmType *type = kind == AVM_DIAG_INDENT ? AVM_EXC(t, IndentationError)
                    : kind == AVM_DIAG_TAB  ? AVM_EXC(t, TabError)
                                            : AVM_EXC(t, SyntaxError);
    AvmValue args[2] = {avm_value(message), avm_value(where)};
    AvmValue exc = avm_exc_new(t, type, args, where ? 2 : 1);
    if (exc) avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
}

// A program whose bytes are no text.
static void raise_undecodable(AvmThread *t, const AvmDiag *d, const Origin *o) {
    const char *line, *name = strchr(d->message, ':');
    size_t n;
    AvmStr *message = NULL;
    if (d->span.line && avm_diag_line(o->source, o->len, d->span.line, &line, &n) && d->span.col < n)
        message = avm_str_format(
            t,
            "Non-UTF-8 code starting with '\\x%02x' in file %S on line %u, but no encoding declared; "
            "see https://peps.python.org/pep-0263/ for details",
            (unsigned char)line[d->span.col], o->file, d->span.line);
    else if (*d->message == '\'')
        message =
            avm_str_format(t, "encoding problem: %.*s", (int)strcspn(d->message + 1, "'"), d->message + 1);
    else
        message = avm_str_format(t, "encoding problem%s", name ? name : "");
    if (message) raise_syntax(t, d->kind, message, NULL);
    avm_drop(t, message);
}

static void raise_diag(AvmThread *t, const AvmDiag *d, const Origin *o) {
    if (d->kind == AVM_DIAG_MEMORY || d->kind == AVM_DIAG_NONE) {
        avm_raise_memory(t);
        return;
    }
    if (d->kind == AVM_DIAG_DECODE && o->program) {
        raise_undecodable(t, d, o);
        return;
    }
    size_t n = strlen(d->message), whole = avm_utf8_check(d->message, n); // a long name may be cut anywhere
    AvmStr *message = avm_str_new(t, d->message, whole);
    AvmTuple *where = message && d->span.line ? place(t, d, o) : NULL;
    if (message && (where || !d->span.line)) raise_syntax(t, d->kind, message, where);
    avm_drop(t, where);
    avm_drop(t, message);
}

// --- compiling

// A file that holds a NUL byte, at p: CPython shows the line up to it, and no caret.
static void raise_nul(AvmThread *t, const char *source, const char *p, AvmStr *file) {
    int64_t number = 1;
    const char *line = source;
    for (const char *q = source; q < p; q++)
        if (*q == '\n') line = q + 1, number++;
    size_t n = (size_t)(p - line);
    bool shown = n <= LONGEST_TEXT && avm_utf8_check(line, n) == n;
    AvmStr *message = avm_str_text(t, "source code cannot contain null bytes"),
           *text = shown ? avm_str_new(t, line, n) : NULL;
    AvmValue zero = avm_inline_int_value(0), at = avm_inline_int_value(number);
    AvmValue items[6] = {avm_value(file), at, zero, text ? avm_value(text) : AVM_NONE, at, zero};
    AvmTuple *where = message && (text || !shown) ? avm_tuple_from(t, items, 6) : NULL;
    if (where) raise_syntax(t, AVM_DIAG_SYNTAX, message, where);
    avm_drop(t, where);
    avm_drop(t, text);
    avm_drop(t, message);
}

// --- what is no error

// The module's name that the warning filters see: the file's without its ending.
static AvmStr *module_of(AvmThread *t, AvmStr *file) {
    if (!file->len) return avm_str_text(t, "<unknown>");
    size_t n = file->len;
    if (n > 3 && !memcmp(file->data + n - 3, ".py", 3))
        n -= 3;
    else if (n > 4 && !memcmp(file->data + n - 4, ".aio", 4))
        n -= 4;
    return avm_str_new(t, file->data, n);
}

// Issues one SyntaxWarning. false: an exception; where the filter wants one, it is a SyntaxError about the
// same place.
static bool issue(AvmThread *t, const AvmRemark *remark, const Origin *o, AvmStr *module) {
    AvmStr *text = avm_str_text(t, remark->text);
    bool good =
        text && avm_warn_explicit(t, AVM_EXC(t, SyntaxWarning), text, o->file, remark->span.line, module);
    avm_drop(t, text);
    if (good || !text || !avm_exc_is(t, AVM_EXC(t, SyntaxWarning))) return good;
    avm_exc_clear(t);
    AvmDiag diag = {.kind = AVM_DIAG_SYNTAX, .span = remark->span};
    memcpy(diag.message, remark->text, sizeof remark->text);
    raise_diag(t, &diag, o);
    return false;
}

// As CPython issues them on its way, they come before the error that ends a compile.
static bool issue_all(AvmThread *t, const AvmRemarks *remarks, const Origin *o) {
    if (!remarks->count) return true;
    AvmStr *module = module_of(t, o->file);
    bool good = module != NULL;
    for (uint32_t i = 0; good && i < remarks->count; i++) {
        Origin at = *o;
        at.parsed = i >= remarks->parsed;
        good = issue(t, &remarks->items[i], &at, module);
    }
    avm_drop(t, module);
    return good;
}

static AvmUnit *compile(AvmThread *t, const char *source, size_t len, AvmStr *file, int mode, bool program) {
    AvmRemarks remarks;
    avm_remarks_init(&remarks, &t->vm->alloc);
    AvmDiag diag = {.remarks = &remarks};
    int kind = mode & ~AVM_SOURCE_NAMESPACE;
    Origin o = {source, len, file, kind == AVM_SOURCE_EVAL, false, program};
    AvmUnit *unit = avm_front_compile(&t->vm->alloc, source, len, file->data, kind,
                                      mode & AVM_SOURCE_NAMESPACE, &diag, &o.parsed);
    if (diag.kind != AVM_DIAG_MEMORY && !issue_all(t, &remarks, &o)) {
        avm_front_free(&t->vm->alloc, unit);
        unit = NULL;
    } else if (!unit) {
        raise_diag(t, &diag, &o);
    }
    avm_remarks_free(&remarks);
    return unit;
}

const AvmUnit *avm_embed_compile(void *vm, AvmThread *t, const char *source, size_t len, AvmStr *file,
                                 int mode) {
    (void)vm;
    return compile(t, source, len, file, mode, false);
}

void avm_embed_release(void *vm, const AvmUnit *unit) {
    avm_front_free(&((aiovm *)vm)->t->vm->alloc, (AvmUnit *)unit);
}

aiovm_program *avm_program_new(aiovm *vm, AvmUnit *unit, AvmStr *file, void (*release)(AvmAlloc *alloc, AvmUnit *unit)) {
    AvmAlloc *alloc = &vm->t->vm->alloc;
    aiovm_program *p = avm_alloc_zero(alloc, sizeof *p);
    if (p) {
        *p = (aiovm_program){.vm = vm, .unit = unit, .file = avm_retain(file), .refs = 1, .release = release};
    } else {
        release(alloc, unit);
        avm_raise_memory(vm->t);
    }
    return p;
}

static aiovm_program *compile_program(aiovm *vm, const char *source, size_t len, AvmStr *file, int mode) {
    AvmThread *t = vm->t;
    const char *nul = *file->data == '<' ? NULL : memchr(source, 0, len);
    if (nul) return raise_nul(t, source, nul, file), NULL;
    AvmUnit *unit = compile(t, source, len, file, mode, true);
    aiovm_program *p = unit ? avm_program_new(vm, unit, file, avm_front_free) : NULL;
    if (!p) return NULL;
    // CPython's displays know the text of -c, and not of standard input.
    bool kept = file->len && *file->data == '<' && !avm_str_is(file, "<stdin>");
    if (kept && !avm_source_keep(t, file, source, len)) avm_exc_clear(t);
    return p;
}

aiovm_status aiovm_compile(aiovm *vm, const char *source, size_t length, const char *file,
                           aiovm_program **program) {
    return avm_program_compile(vm, source, length, file, AVM_SOURCE_EXEC, program);
}

aiovm_status aiovm_compile_block(aiovm *vm, const char *source, size_t length, const char *file,
                                 aiovm_program **program) {
    return avm_program_compile(vm, source, length, file, AVM_SOURCE_BLOCK, program);
}

aiovm_status avm_program_compile(aiovm *vm, const char *source, size_t len, const char *file, int mode,
                                 aiovm_program **program) {
    if (program) *program = NULL;
    if (!program || !file || (len && !source) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    if (!source) source = "";
    AvmStr *name = avm_decode(vm->t, file, strlen(file), "utf-8", "surrogateescape");
    bool began = avm_embed_run(vm); // warnings may be shown by script
    *program = name ? compile_program(vm, source, len, name, mode) : NULL;
    avm_embed_rest(vm, began);
    avm_drop(vm->t, name);
    return *program ? AIOVM_OK : avm_embed_outcome(vm);
}

void avm_program_release(void *program, const AvmUnit *unit) {
    (void)unit;
    aiovm_program *p = program;
    if (--p->refs) return;
    AvmThread *t = p->vm->t;
    AvmAlloc *alloc = &t->vm->alloc;
    p->release(alloc, p->unit);
    avm_release(alloc, p, sizeof *p);
}

void aiovm_program_free(aiovm_program *program) {
    if (!program) return;
    avm_drop(program->vm->t, program->file);
    program->file = NULL;
    avm_program_release(program, NULL);
}

// --- looking at source

aiovm_complete aiovm_is_complete(aiovm *vm, const char *source, size_t length) {
    if (!avm_embed_enter(vm) || (length && !source)) return AIOVM_INVALID;
    return (aiovm_complete)avm_front_complete(&vm->t->vm->alloc, source ? source : "", length);
}

aiovm_status aiovm_dump(aiovm *vm, aiovm_dump_kind kind, const char *source, size_t length, const char *file,
                        const char **text, size_t *text_length) {
    if (text) *text = "";
    if (text_length) *text_length = 0;
    bool known = kind == AIOVM_DUMP_TOKENS || kind == AIOVM_DUMP_AST || kind == AIOVM_DUMP_BYTECODE;
    if (!known || !text || !file || (length && !source) || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    AvmDiag diag = {0};
    vm->dump.len = 0;
    vm->dump.failed = false;
    if (!source) source = "";
    avm_front_dump(&t->vm->alloc, kind, source, length, file, &vm->dump, &diag);
    *text = avm_buf_str(&vm->dump);
    if (vm->dump.failed) return AIOVM_MEMORY;
    if (text_length) *text_length = vm->dump.len;
    if (!diag.kind) return AIOVM_OK;
    AvmStr *name = avm_decode(t, file, strlen(file), "utf-8", "surrogateescape");
    if (name) raise_diag(t, &diag, &(Origin){source, length, name, false, false, true});
    avm_drop(t, name);
    return avm_embed_outcome(vm);
}
