// Syntax tree -> code unit: the way in.
#include "compiler/compile.h"

#include <stddef.h>
#include <string.h>

#include "compiler/internal.h"

// A unit and its nested ones live in one arena, which stands before the outermost.
typedef struct Owner {
    AvmArena arena;
    AvmUnit unit;
} Owner;

void avm_unit_free(AvmAlloc *alloc, AvmUnit *unit) {
    if (!unit) return;
    Owner *owner = (Owner *)((char *)unit - offsetof(Owner, unit));
    avm_arena_free(&owner->arena);
    avm_release(alloc, owner, sizeof *owner);
}

// ---- from __future__ import ..

// at: one column, the statement's first: CPython points there.
static void future_feature(AvmCompiler *c, const AvmAlias *a, AvmSpan at) {
    static const char *const known[] = {"nested_scopes",    "generators",     "division",
                                        "absolute_import",  "with_statement", "print_function",
                                        "unicode_literals", "barry_as_FLUFL", "generator_stop"};
    const char *name = a->name->text;
    if (!strcmp(name, "annotations")) {
        c->future_annotations = true;
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i])) return;
    if (!strcmp(name, "braces"))
        avm_comp_error(c, at, "not a chance");
    else
        avm_comp_error(c, at, "future feature %s is not defined", name);
}

static void find_futures(AvmCompiler *c, const AvmModule *tree) {
    c->future_annotations = c->opts->future_annotations;
    if (tree->mode == AVM_PARSE_EVAL) return;
    bool doc = avm_docstring(&tree->body) != NULL, done = false;
    uint32_t line = 0;
    for (uint32_t i = doc; i < tree->body.count && !c->failed; i++) {
        const AvmStmt *s = tree->body.items[i];
        if (done && s->span.line > line) return; // further lines are looked at when they are compiled
        line = s->span.line;
        if (s->kind != AVM_STMT_IMPORTFROM || s->importfrom.level || !s->importfrom.module ||
            strcmp(s->importfrom.module->text, "__future__") != 0) {
            done = true;
            continue;
        }
        if (done) {
            avm_comp_error(c, s->span, "from __future__ imports must occur at the beginning of the file");
            return;
        }
        AvmSpan at = {s->span.line, s->span.col, s->span.line, s->span.col + 1};
        for (uint32_t j = 0; j < s->importfrom.names.count && !c->failed; j++)
            future_feature(c, &s->importfrom.names.items[j], at);
        c->future_line = s->span.line;
    }
}

// ---- the outermost unit

static void module_body(AvmCompiler *c, const AvmModule *tree) {
    AvmBuild *u = c->u;
    if (tree->mode == AVM_PARSE_EVAL) {
        uint32_t r = avm_expr_any(c, tree->expression, true);
        u->span = tree->expression->span;
        avm_emit(c, AVM_OP_RETURN, r, 0, 0);
        return;
    }
    if (c->root->annotated) avm_emit(c, AVM_OP_ANNOTATIONS, 0, 0, 0);
    const AvmExpr *doc = avm_docstring(&tree->body);
    const AvmName *name = avm_comp_name(c, "__doc__", 7);
    if (doc && name && c->opts->mode == AVM_COMPILE_EXEC) {
        uint32_t r = avm_temp(c);
        u->span = doc->span;
        avm_load_const(c, &(AvmConst){.kind = AVM_LIT_STR, .text = avm_clean_doc(c, doc)}, r);
        avm_name_store(c, name, r);
        avm_temp_to(c, r);
    }
    AvmStmtList rest = tree->body;
    if (c->opts->mode == AVM_COMPILE_BLOCK && rest.count) {
        rest.count--;
        avm_stmts(c, &rest);
        rest.items += rest.count;
        rest.count = 1;
    }
    u->interactive = c->opts->mode == AVM_COMPILE_SINGLE || c->opts->mode == AVM_COMPILE_BLOCK;
    avm_stmts(c, &rest);
    avm_emit(c, AVM_OP_RETNONE, 0, 0, 0);
}

static void module_unit(AvmCompiler *c, const AvmModule *tree, AvmUnit *unit) {
    const AvmName *name = avm_comp_name(c, "<module>", 8);
    AvmBuild *u = name ? avm_build_open(c, c->root, name, (AvmSpan){1, 0, 1, 0}) : NULL;
    if (!u) return;
    if (c->opts->use_namespace) u->unit->npositional = u->unit->nparams = 1;
    avm_build_prologue(c);
    module_body(c, tree);
    avm_build_close(c);
    avm_name_capture(c, c->root, u->unit);
    *unit = *u->unit;
}

static void compile_tree(AvmCompiler *c, const AvmModule *tree, AvmUnit *unit) {
    c->name_class = avm_comp_name(c, "__class__", 9);
    c->name_super = avm_comp_name(c, "super", 5);
    c->name_debug = avm_comp_name(c, "__debug__", 9);
    c->name_iter = avm_comp_name(c, ".0", 2);
    c->name_annotations = avm_comp_name(c, "__annotations__", 15);
    size_t len = strlen(c->opts->file);
    c->file = (AvmText){avm_arena_copy(c->out, c->opts->file, len), (uint32_t)len};
    if (!c->file.text) avm_comp_nomem(c);
    if (!c->failed) find_futures(c, tree);
    if (!c->failed) avm_scope_build(c, tree);
    if (!c->failed) avm_scope_resolve(c);
    if (!c->failed) module_unit(c, tree, unit);
}

AvmUnit *avm_compile(AvmAlloc *alloc, const AvmModule *tree, const AvmCompileOptions *opts, AvmDiag *diag) {
    AvmCompiler c = {.alloc = alloc, .opts = opts, .diag = diag, .names = tree->names};
    Owner *owner = avm_alloc_zero(alloc, sizeof *owner);
    if (!owner) {
        avm_comp_nomem(&c);
        return NULL;
    }
    avm_arena_init(&owner->arena, alloc);
    avm_arena_init(&c.scratch, alloc);
    c.out = &owner->arena;
    compile_tree(&c, tree, &owner->unit);
    avm_arena_free(&c.scratch);
    if (!c.failed) return &owner->unit;
    avm_unit_free(alloc, &owner->unit);
    return NULL;
}

AvmUnit *avm_compile_source(AvmAlloc *alloc, const char *src, size_t len, const AvmCompileOptions *opts,
                            AvmDiag *diag) {
    AvmArena arena;
    avm_arena_init(&arena, alloc);
    AvmParseMode mode = opts->mode == AVM_COMPILE_EVAL     ? AVM_PARSE_EVAL
                        : opts->mode == AVM_COMPILE_SINGLE ? AVM_PARSE_SINGLE
                                                           : AVM_PARSE_EXEC;
    AvmModule *tree = avm_parse(&arena, src, len, mode, diag);
    AvmUnit *unit = tree ? avm_compile(alloc, tree, opts, diag) : NULL;
    avm_arena_free(&arena);
    return unit;
}
