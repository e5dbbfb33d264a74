// Statements, and the ways out of blocks: return, break, continue.
#include <string.h>

#include "compiler/internal.h"

// ---- leaving blocks

static void leave(AvmCompiler *c, const AvmBlock *b, uint32_t value, AvmSpan span) {
    AvmBuild *u = c->u;
    switch (b->kind) {
    case AVM_BLOCK_PLAIN:
    case AVM_BLOCK_TRY:
    case AVM_BLOCK_WHILE: break;
    case AVM_BLOCK_FOR:
    case AVM_BLOCK_VALUE:
        u->span = span;
        avm_emit(c, AVM_OP_CLEAR, b->reg, 1, 0);
        break;
    case AVM_BLOCK_FINALLY: {
        // A return, break or continue in there drops the value that is on its way out.
        AvmBlock keep = {.kind = AVM_BLOCK_VALUE, .reg = value};
        if (value != AVM_NO_REG) avm_block_push(c, &keep);
        avm_stmts(c, b->finally);
        if (value != AVM_NO_REG) avm_block_pop(c, &keep);
        break;
    }
    case AVM_BLOCK_WITH:
    case AVM_BLOCK_ASYNCWITH: avm_with_exit(c, b); break;
    case AVM_BLOCK_HANDLER:
        u->span = span;
        avm_emit(c, AVM_OP_CLEAR, b->reg, 1, 0);
        if (b->name) avm_name_forget(c, b->name);
        break;
    case AVM_BLOCK_STAR:
        avm_comp_error(c, span, "'break', 'continue' and 'return' cannot appear in an except* block");
        break;
    }
    u->span = span;
}

// Emits what leaving all blocks within `stop` takes. Ended by unwound, after the jump.
static void unwind(AvmCompiler *c, AvmBlock *stop, uint32_t value, AvmSpan span) {
    AvmBuild *u = c->u;
    while (u->block != stop && !c->failed) {
        AvmBlock *b = u->block;
        avm_block_suspend(c, b);
        u->block = b->outer;
        if (b->kind != AVM_BLOCK_PLAIN) u->blocks--;
        if (b->kind == AVM_BLOCK_HANDLER) {
            // The exception ceases to be handled before it is dropped.
            avm_block_suspend(c, u->block);
            u->block = u->block->outer;
        }
        leave(c, b, value, span);
    }
}

static void unwound(AvmCompiler *c, AvmBlock *from, AvmBlock *stop) {
    for (AvmBlock *b = from; b != stop; b = b->outer) {
        avm_block_resume(c, b);
        if (b->kind != AVM_BLOCK_PLAIN) c->u->blocks++;
    }
    c->u->block = from;
}

static bool must_unwind(const AvmBuild *u) {
    for (const AvmBlock *b = u->block; b; b = b->outer)
        if (b->kind > AVM_BLOCK_WHILE) return true;
    return false;
}

void avm_stmt_return(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    const AvmScope *scope = u->scope;
    if (scope->kind != AVM_SCOPE_FUNCTION) avm_comp_error(c, s->span, "'return' outside function");
    if (s->value && scope->async_def && scope->generator)
        avm_comp_error(c, s->span, "'return' with value in async generator");
    uint32_t top = u->top, r = AVM_NO_REG;
    AvmConst k;
    bool known = !s->value || avm_fold(c, s->value, &k), pending = must_unwind(u);
    AvmBlock *from = u->block;
    if (!known) r = pending ? avm_expr_push(c, s->value) : avm_expr_any(c, s->value, true);
    // As in CPython an error about the way out points at a constant value, not at the statement.
    bool at_value = known && s->value && s->value->span.line == s->span.line;
    unwind(c, NULL, r, at_value ? s->value->span : s->span);
    u->span = s->span;
    if (known && (!s->value || k.kind == AVM_LIT_NONE)) {
        avm_emit(c, AVM_OP_RETNONE, 0, 0, 0);
    } else {
        if (known) {
            r = avm_temp(c);
            avm_load_const(c, &k, r);
        }
        avm_emit(c, AVM_OP_RETURN, r, 0, 0);
    }
    avm_emit_end(c);
    unwound(c, from, NULL);
    avm_temp_to(c, top);
}

void avm_stmt_break(AvmCompiler *c, const AvmStmt *s) {
    AvmBuild *u = c->u;
    bool again = s->kind == AVM_STMT_CONTINUE;
    AvmBlock *loop = u->block, *from = u->block;
    while (loop && loop->kind != AVM_BLOCK_WHILE && loop->kind != AVM_BLOCK_FOR) {
        if (loop->kind == AVM_BLOCK_STAR) leave(c, loop, AVM_NO_REG, s->span);
        loop = loop->outer;
    }
    if (!loop) {
        avm_comp_error(c, s->span, again ? "'continue' not properly in loop" : "'break' outside loop");
        return;
    }
    unwind(c, loop, AVM_NO_REG, s->span);
    if (!again) {
        avm_block_suspend(c, loop);
        leave(c, loop, AVM_NO_REG, s->span);
    }
    u->span = s->span;
    avm_emit_jump(c, again ? loop->again : loop->leave);
    unwound(c, from, again ? loop : loop->outer);
    if (!again && loop->kind != AVM_BLOCK_PLAIN) u->blocks--;
}

// ---- imports

static void import(AvmCompiler *c, const AvmStmt *s) {
    uint32_t top = c->u->top;
    for (uint32_t i = 0; i < s->import.count && !c->failed; i++) {
        const AvmAlias *a = &s->import.items[i];
        const char *text = a->name->text, *dot = memchr(text, '.', a->name->length);
        uint32_t r = avm_temp(c);
        c->u->span = s->span;
        avm_load_none(c, r);
        avm_emit_x(c, AVM_OP_IMPORT, r, 0, 0, avm_emit_name(c, a->name));
        if (a->asname) {
            // import a.b.c as x: the parts are got one from another.
            while (dot) {
                const char *from = dot + 1, *end = text + a->name->length;
                dot = memchr(from, '.', (size_t)(end - from));
                const AvmName *part = avm_comp_name(c, from, (size_t)((dot ? dot : end) - from));
                if (!part) return;
                avm_emit_x(c, AVM_OP_IMPORTFROM, r + 1, r, 0, avm_emit_name(c, part));
                avm_temps(c, 1);
                avm_emit(c, AVM_OP_CLEAR, r, 1, 0);
                avm_emit(c, AVM_OP_TAKE, r, r + 1, 0);
            }
            avm_name_store(c, a->asname, r);
        } else {
            const AvmName *first = dot ? avm_comp_name(c, text, (size_t)(dot - text)) : a->name;
            if (first) avm_name_store(c, first, r);
        }
        avm_temp_to(c, top);
    }
}

static void import_from(AvmCompiler *c, const AvmStmt *s) {
    const AvmAliasList *names = &s->importfrom.names;
    uint32_t r = avm_temp(c);
    if (s->importfrom.level > 255) {
        avm_comp_error(c, s->span, "too many dots in an import");
        return;
    }
    const AvmName *module = s->importfrom.module ? s->importfrom.module : avm_comp_name(c, "", 0);
    AvmConst *at = avm_comp_alloc(c, (names->count + 1) * sizeof *at);
    if (!at || !module) return;
    if (module->length == 10 && !memcmp(module->text, "__future__", 10) && !s->importfrom.level &&
        s->span.line > c->future_line) {
        avm_comp_error(c, s->span, "from __future__ imports must occur at the beginning of the file");
        return;
    }
    for (uint32_t i = 0; i < names->count; i++) at[i] = avm_const_str(names->items[i].name);
    c->u->span = s->span;
    avm_load_const(c, &(AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, names->count}}, r);
    avm_emit_x(c, AVM_OP_IMPORT, r, s->importfrom.level, 0, avm_emit_name(c, module));
    if (names->count == 1 && names->items[0].name->length == 1 && names->items[0].name->text[0] == '*') {
        avm_emit(c, AVM_OP_IMPORTSTAR, r, 0, 0);
        avm_temp_to(c, r);
        return;
    }
    for (uint32_t i = 0; i < names->count && !c->failed; i++) {
        const AvmAlias *a = &names->items[i];
        uint32_t v = avm_temp(c);
        c->u->span = s->span;
        avm_emit_x(c, AVM_OP_IMPORTFROM, v, r, 0, avm_emit_name(c, a->name));
        avm_name_store(c, a->asname ? a->asname : a->name, v);
        avm_temp_to(c, r + 1);
    }
    avm_emit(c, AVM_OP_CLEAR, r, 1, 0);
    avm_temp_to(c, r);
}

// ---- others

static void raise(AvmCompiler *c, const AvmStmt *s) {
    uint32_t top = c->u->top;
    if (!s->raise.exc) {
        c->u->span = s->span;
        avm_emit(c, AVM_OP_RAISEHANDLED, 0, 0, 0);
    } else {
        uint32_t r = avm_expr_any(c, s->raise.exc, !s->raise.cause || avm_expr_quiet(s->raise.cause));
        if (s->raise.cause) {
            uint32_t cause = avm_expr_any(c, s->raise.cause, true);
            c->u->span = s->span;
            avm_emit(c, AVM_OP_RAISEFROM, r, cause, 0);
        } else {
            c->u->span = s->span;
            avm_emit(c, AVM_OP_RAISE, r, 0, 0);
        }
    }
    avm_emit_end(c);
    avm_temp_to(c, top);
}

static void assertion(AvmCompiler *c, const AvmStmt *s) {
    avm_remark_assert(c, s);
    if (c->opts->optimize) return;
    uint32_t top = c->u->top, holds = avm_emit_label(c);
    avm_cond(c, s->assertion.test, holds, true);
    uint32_t r = avm_temp(c);
    c->u->span = s->span;
    avm_emit(c, AVM_OP_LOADP, r, 4, 0);
    if (s->assertion.msg) {
        avm_expr_push(c, s->assertion.msg);
        c->u->span = s->span;
        avm_emit(c, AVM_OP_CALL, r, 1, 0);
    }
    c->u->span = s->assertion.test->span;
    avm_emit(c, AVM_OP_RAISE, r, 0, 0);
    avm_emit_end(c);
    avm_emit_place(c, holds);
    avm_temp_to(c, top);
}

static void expression(AvmCompiler *c, const AvmStmt *s) {
    if (!c->u->interactive) {
        avm_expr_drop(c, s->value);
        return;
    }
    uint32_t r = avm_expr_push(c, s->value);
    c->u->span = s->span;
    avm_emit(c, AVM_OP_PRINTEXPR, r, 0, 0);
    avm_temp_to(c, r);
}

void avm_stmt(AvmCompiler *c, const AvmStmt *s) {
    if (c->failed) return;
    AvmBuild *u = c->u;
    uint32_t base = u->base;
    u->base = u->top;
    u->span = s->span;
    switch ((AvmStmtKind)s->kind) {
    case AVM_STMT_FUNCTIONDEF:
    case AVM_STMT_ASYNCFUNCTIONDEF: avm_stmt_function(c, s); break;
    case AVM_STMT_CLASSDEF: avm_stmt_class(c, s); break;
    case AVM_STMT_RETURN: avm_stmt_return(c, s); break;
    case AVM_STMT_DELETE:
        for (uint32_t i = 0; i < s->targets.count; i++) avm_stmt_delete(c, s->targets.items[i]);
        break;
    case AVM_STMT_ASSIGN: avm_stmt_assign(c, s); break;
    case AVM_STMT_AUGASSIGN: avm_stmt_augassign(c, s); break;
    case AVM_STMT_ANNASSIGN: avm_stmt_annassign(c, s); break;
    case AVM_STMT_FOR: avm_stmt_for(c, s); break;
    case AVM_STMT_ASYNCFOR: avm_stmt_async_for(c, s); break;
    case AVM_STMT_WHILE: avm_stmt_while(c, s); break;
    case AVM_STMT_IF: avm_stmt_if(c, s); break;
    case AVM_STMT_WITH:
    case AVM_STMT_ASYNCWITH: avm_stmt_with(c, s); break;
    case AVM_STMT_RAISE: raise(c, s); break;
    case AVM_STMT_TRY: avm_stmt_try(c, s); break;
    case AVM_STMT_TRYSTAR: avm_stmt_try_star(c, s); break;
    case AVM_STMT_ASSERT: assertion(c, s); break;
    case AVM_STMT_IMPORT: import(c, s); break;
    case AVM_STMT_IMPORTFROM: import_from(c, s); break;
    case AVM_STMT_EXPR: expression(c, s); break;
    case AVM_STMT_BREAK:
    case AVM_STMT_CONTINUE: avm_stmt_break(c, s); break;
    case AVM_STMT_MATCH: avm_stmt_match(c, s); break;
    case AVM_STMT_TYPEALIAS:
    case AVM_STMT_GLOBAL:
    case AVM_STMT_NONLOCAL:
    case AVM_STMT_PASS: break;
    }
    u->base = base;
}

void avm_stmts(AvmCompiler *c, const AvmStmtList *list) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) avm_stmt(c, list->items[i]);
}
