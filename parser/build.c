// The builder's common ground: nodes, lists, blocks, heights, failure.
#include "parser/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- failure ------------------------------------------------------------------------------------

bool avm_build_fail(AvmBuilder *b, AvmSpan span, const char *format, ...) {
    if (b->failed) return false;
    b->failed = true;
    char message[sizeof b->diag->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return avm_diag_set(b->diag, AVM_DIAG_SYNTAX, span, "%s", message);
}

bool avm_build_no_memory(AvmBuilder *b) {
    b->failed = true;
    return avm_diag_set(b->diag, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
}

void avm_build_wrong_token(AvmBuilder *b, const AvmToken *token) {
    if (b->failed) return;
    b->failed = b->is_wrong = true;
    b->wrong = *token;
}

void avm_build_too_deep(AvmBuilder *b) { avm_build_fail(b, b->last.span, "expression is too deeply nested"); }

// ---- nodes --------------------------------------------------------------------------------------

AvmSpan avm_span_join(AvmSpan first, AvmSpan last) {
    return (AvmSpan){first.line, first.col, last.end_line, last.end_col};
}

void *avm_build_alloc(AvmBuilder *b, size_t size) {
    if (b->failed) return NULL;
    if (size > AVM_TREE_MAX_BYTES - b->bytes) {
        avm_build_fail(b, b->last.span, "source code is too large");
        return NULL;
    }
    b->bytes += size;
    void *p = avm_arena_alloc(b->arena, size);
    if (!p) avm_build_no_memory(b);
    return p;
}

bool avm_build_room(AvmBuilder *b, void *items, uint32_t count, size_t size) {
    if (b->failed) return false;
    if (count & (count - 1)) return true; // neither 0 nor a power of two: there is room
    uint32_t cap = count ? count * 2 : 1;
    void *old, *p = cap > count ? avm_build_alloc(b, cap * size) : NULL;
    if (!p) return b->failed ? false : avm_build_no_memory(b);
    memcpy(&old, items, sizeof old);
    if (count) memcpy(p, old, count * size);
    memcpy(items, &p, sizeof p);
    return true;
}

AvmExpr *avm_build_new(AvmBuilder *b, AvmExprKind kind, AvmSpan span) {
    AvmExpr *e = avm_build_alloc(b, sizeof *e);
    if (!e) return NULL;
    e->kind = (uint8_t)kind;
    e->height = 1;
    e->span = span;
    return e;
}

AvmStmt *avm_build_new_stmt(AvmBuilder *b, AvmStmtKind kind, AvmSpan span) {
    AvmStmt *s = avm_build_alloc(b, sizeof *s);
    if (!s) return NULL;
    s->kind = (uint8_t)kind;
    s->height = 1;
    s->span = span;
    return s;
}

// The highest is one above what fits, so that an error can be told; walkers never see it.
static uint16_t above(AvmBuilder *b, unsigned height, unsigned child, AvmSpan span, const char *what) {
    if (child < height) return (uint16_t)height;
    if (child >= AVM_TREE_MAX_HEIGHT) avm_build_fail(b, span, "%s is too deeply nested", what);
    return (uint16_t)(child + 1);
}

void avm_build_over_height(AvmBuilder *b, AvmExpr *e, unsigned height) {
    AvmSpan span = {e->span.line, e->span.col, e->span.line, e->span.col};
    e->height = above(b, e->height, height, span, "expression");
}

void avm_build_over(AvmBuilder *b, AvmExpr *e, const AvmExpr *child) {
    if (child) avm_build_over_height(b, e, child->height);
}

void avm_build_over_list(AvmBuilder *b, AvmExpr *e, AvmExprList list) {
    for (uint32_t i = 0; i < list.count; i++) avm_build_over(b, e, list.items[i]);
}

void avm_build_stmt_over(AvmBuilder *b, AvmStmt *s, unsigned height) {
    AvmSpan span = {s->span.line, s->span.col, s->span.line, s->span.col};
    s->height = above(b, s->height, height, span, "statement");
}

void avm_build_stmt_over_list(AvmBuilder *b, AvmStmt *s, AvmExprList list) {
    for (uint32_t i = 0; i < list.count; i++) avm_build_stmt_over(b, s, avm_height_of(list.items[i]));
}

void avm_build_stmt_over_block(AvmBuilder *b, AvmStmt *s, AvmStmts block) {
    for (uint32_t i = 0; i < block.count; i++) avm_build_stmt_over(b, s, block.items[i]->height);
}

const AvmName *avm_build_identifier(AvmBuilder *b, AvmToken name) {
    if (b->failed) return NULL;
    const AvmName *n = avm_names_normalise(b->names, name.text, name.length);
    if (!n) avm_build_no_memory(b);
    return n;
}

// ---- lists --------------------------------------------------------------------------------------

AvmNodes avm_build_nodes(AvmBuilder *b, AvmNode e) {
    return avm_build_nodes_add(b, (AvmNodes){.span = e.span}, e);
}

AvmNodes avm_build_nodes_two(AvmBuilder *b, AvmNode first, AvmNode second) {
    return avm_build_nodes_add(b, avm_build_nodes(b, first), second);
}

AvmNodes avm_build_nodes_add(AvmBuilder *b, AvmNodes list, AvmNode e) {
    if (!avm_build_room(b, &list.items, list.count, sizeof *list.items)) return list;
    list.items[list.count++] = e.expr;
    list.span = avm_span_join(list.count == 1 ? e.span : list.span, e.span);
    return list;
}

AvmNodes avm_build_nodes_comma(AvmNodes list, AvmToken comma) {
    list.comma = true;
    list.span = avm_span_join(list.span, comma.span);
    return list;
}

// A statement is finished: what only `with` may hold was not taken.
static bool check_as_items(AvmBuilder *b) {
    return !b->as_count || avm_build_fail(b, b->as_span, "invalid syntax");
}

AvmStmts avm_build_block(AvmBuilder *b, AvmStmts block, AvmStmt *s) {
    if (b->failed || !check_as_items(b)) return block;
    if (!avm_build_room(b, &block.items, block.count, sizeof *block.items)) return block;
    block.items[block.count++] = s;
    block.end_line = s->span.end_line;
    block.end_col = s->span.end_col;
    return block;
}

AvmStmts avm_build_block_join(AvmBuilder *b, AvmStmts block, AvmStmts line) {
    for (uint32_t i = 0; i < line.count && !b->failed; i++) block = avm_build_block(b, block, line.items[i]);
    block.end_line = line.end_line;
    block.end_col = line.end_col;
    return block;
}

AvmStmts avm_build_block_end(AvmStmts block, AvmToken last) {
    block.end_line = last.span.end_line;
    block.end_col = last.span.end_col;
    return block;
}

AvmStmts avm_build_second(AvmBuilder *b, AvmStmts block, AvmStmts more) {
    if (!b->failed && more.count) {
        AvmSpan span = {more.end_line, more.end_col, more.end_line, more.end_col};
        avm_build_fail(b, span, "multiple statements found while compiling a single statement");
    }
    return block;
}

// ---- the whole ----------------------------------------------------------------------------------

void avm_build_module(AvmBuilder *b, AvmStmts body) {
    if (b->failed) return;
    b->module->body = (AvmStmtList){body.items, body.count};
}

void avm_build_expression(AvmBuilder *b, AvmNode e) {
    if (b->failed || !check_as_items(b)) return;
    b->module->expression = e.expr;
}
