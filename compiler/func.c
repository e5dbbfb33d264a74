// Functions, lambdas, generator expressions; opening and closing units.
#include <string.h>

#include "compiler/internal.h"

static AvmText join(AvmCompiler *c, const char *a, size_t an, const char *b, size_t bn, AvmText name) {
    char *text = avm_arena_alloc(c->out, an + bn + name.len + 1);
    if (!text) {
        avm_comp_nomem(c);
        return (AvmText){"", 0};
    }
    if (an) memcpy(text, a, an);
    if (bn) memcpy(text + an, b, bn);
    memcpy(text + an + bn, name.text, name.len);
    return (AvmText){text, (uint32_t)(an + bn + name.len)};
}

static AvmText qualname(AvmCompiler *c, const AvmScope *scope, AvmText name, const AvmName *plain) {
    const AvmBuild *outer = c->u;
    if (!outer || outer->scope->kind == AVM_SCOPE_MODULE) return name;
    if (!scope->lambda && !scope->comp) {
        const AvmSymbol *symbol = avm_scope_find(outer->scope, avm_comp_mangle(c, outer->scope, plain));
        if (symbol && symbol->where == AVM_WHERE_GLOBAL) return name;
    }
    AvmText base = outer->unit->qualname;
    const char *link = outer->scope->kind == AVM_SCOPE_FUNCTION && !outer->scope->comp ? ".<locals>." : ".";
    return join(c, base.text, base.len, link, strlen(link), name);
}

static uint32_t unit_flags(const AvmCompiler *c, const AvmScope *s) {
    uint32_t flags = s->nested ? AVM_UNIT_NESTED : 0;
    if (s->kind == AVM_SCOPE_MODULE) {
        flags |= AVM_UNIT_MODULE;
        if (c->opts->use_namespace) flags |= AVM_UNIT_NAMESPACE;
        if (c->opts->top_level_await && s->coroutine) flags |= AVM_UNIT_COROUTINE;
        return flags;
    }
    if (s->kind == AVM_SCOPE_CLASS) return flags | AVM_UNIT_CLASS | AVM_UNIT_NAMESPACE;
    flags |= AVM_UNIT_OPTIMIZED;
    if (s->parent->kind == AVM_SCOPE_CLASS) flags |= AVM_UNIT_METHOD;
    bool async = s->async_def || (s->comp && s->coroutine);
    if (s->generator)
        flags |= async ? AVM_UNIT_ASYNCGEN : AVM_UNIT_GENERATOR;
    else if (async)
        flags |= AVM_UNIT_COROUTINE;
    return flags;
}

AvmBuild *avm_build_open(AvmCompiler *c, AvmScope *scope, const AvmName *name, AvmSpan span) {
    AvmBuild *u = avm_comp_alloc(c, sizeof *u);
    AvmUnit *unit = c->failed ? NULL : avm_arena_alloc(c->out, sizeof *unit);
    if (!u) return NULL;
    if (!unit) {
        avm_comp_nomem(c);
        return NULL;
    }
    u->unit = unit;
    u->scope = u->inner = scope;
    unit->name = join(c, NULL, 0, NULL, 0, (AvmText){name->text, name->length});
    unit->qualname = qualname(c, scope, unit->name, name);
    unit->file = c->file;
    unit->flags = unit_flags(c, scope);
    unit->first_line = span.line;
    unit->class_free = (int16_t)avm_scope_free(scope, c->name_class);
    u->outer = c->u;
    u->top = u->max = u->base = scope->near.count;
    u->reach = true;
    u->span = span;
    for (uint32_t i = 0; i < scope->symbols.count; i++) {
        const AvmSymbol *symbol = scope->symbols.at[i];
        if (scope->kind != AVM_SCOPE_FUNCTION || symbol->where != AVM_WHERE_LOCAL || symbol->reg >= 256)
            continue;
        uint64_t bit = (uint64_t)1 << (symbol->reg & 63);
        if (symbol->flags & AVM_SYM_PARAM) u->bound.bits[symbol->reg >> 6] |= bit;
        if (symbol->flags & AVM_SYM_DELETED) u->deleted.bits[symbol->reg >> 6] |= bit;
    }
    c->u = u;
    return u;
}

uint32_t avm_build_close(AvmCompiler *c) {
    AvmBuild *u = c->u, *outer = u->outer;
    if (!c->failed) avm_finish(c, u);
    c->u = outer;
    if (!outer || !outer->reach) return 0;
    AVM_PUSH(c, outer->units, (const AvmUnit *)u->unit);
    return outer->units.count - 1;
}

void avm_build_prologue(AvmCompiler *c) {
    const AvmScope *s = c->u->scope;
    for (uint32_t i = 0; i < s->near.count; i++)
        if (s->near.at[i].cell && !s->near.at[i].hidden) avm_emit(c, AVM_OP_NEWCELL, i, 0, 0);
}

void avm_func_make(AvmCompiler *c, uint32_t dst, uint32_t b, uint32_t present, uint32_t x) {
    if (c->u->reach) avm_emit_x(c, AVM_OP_FUNC, dst, b, present, x);
}

// ---- docstrings

const AvmExpr *avm_docstring(const AvmStmtList *body) {
    if (!body->count || body->items[0]->kind != AVM_STMT_EXPR) return NULL;
    const AvmExpr *e = body->items[0]->value;
    return e->kind == AVM_EXPR_CONSTANT && e->constant.kind == AVM_CONST_STR ? e : NULL;
}

// Tabs become spaces up to the next multiple of eight.
static AvmText expand_tabs(AvmCompiler *c, const char *s, size_t len) {
    size_t tabs = 0, n = 0, column = 0;
    for (size_t i = 0; i < len; i++) tabs += s[i] == '\t';
    char *text = avm_comp_alloc(c, len + tabs * 8 + 1);
    if (!text) return (AvmText){"", 0};
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\t') {
            do text[n++] = ' ';
            while (++column % 8);
            continue;
        }
        text[n++] = s[i];
        if (s[i] == '\n' || s[i] == '\r')
            column = 0;
        else if (((unsigned char)s[i] & 0xC0) != 0x80)
            column++;
    }
    return (AvmText){text, (uint32_t)n};
}

// The text without the indentation that its lines after the first have in common.
AvmText avm_clean_doc(AvmCompiler *c, const AvmExpr *doc) {
    AvmText t = expand_tabs(c, doc->constant.text, doc->constant.length);
    const char *p = t.text, *end = t.text + t.len;
    size_t margin = SIZE_MAX;
    while (p < end && *p++ != '\n') {}
    while (p < end) {
        const char *line = p;
        while (p < end && *p == ' ') p++;
        if (p < end && *p != '\n' && (size_t)(p - line) < margin) margin = (size_t)(p - line);
        while (p < end && *p++ != '\n') {}
    }
    if (margin == SIZE_MAX) margin = 0;
    char *text = avm_comp_alloc(c, t.len + 1), *out = text;
    if (!text) return (AvmText){"", 0};
    p = t.text;
    while (p < end && *p == ' ') p++;
    while (p < end) {
        while (p < end && *p != '\n') *out++ = *p++;
        if (p == end) break;
        *out++ = *p++;
        for (size_t i = 0; i < margin && p < end && *p == ' '; i++) p++;
    }
    return (AvmText){text, (uint32_t)(out - text)};
}

// ---- what a function is made with

static uint32_t defaults(AvmCompiler *c, const AvmExprList *list, uint32_t b) {
    if (!list->count) return 0;
    AvmConst *at = avm_comp_alloc(c, list->count * sizeof *at);
    uint32_t known = 0;
    AvmSpan span = c->u->span;
    while (at && known < list->count && avm_fold(c, list->items[known], &at[known])) known++;
    avm_temp_to(c, b);
    if (known == list->count) {
        avm_temp(c);
        avm_load_const(c, &(AvmConst){.kind = AVM_LIT_TUPLE, .items = {at, known}}, b);
    } else if (list->count <= avm_room(c)) {
        for (uint32_t i = 0; i < list->count; i++) avm_expr_push(c, list->items[i]);
        c->u->span = span;
        avm_emit(c, AVM_OP_TUPLE, b, b, list->count);
    } else {
        avm_temp(c);
        avm_expr_list(c, list->items, list->count, b);
        avm_emit(c, AVM_OP_LISTTUPLE, b, b, 0);
    }
    c->u->span = span;
    return 1;
}

static void add_pair(AvmCompiler *c, uint32_t dict, const AvmName *key, const AvmExpr *value, bool text) {
    uint32_t k = avm_temp(c), v = avm_temp(c);
    AvmSpan span = c->u->span;
    avm_load_text(c, avm_comp_mangle(c, c->u->inner, key), k);
    if (text) {
        AvmConst s = {.kind = AVM_LIT_STR, .text = avm_unparse(c, value)};
        avm_load_const(c, &s, v);
    } else if (value->kind == AVM_EXPR_STARRED) {
        // *args: *Ts
        avm_expr_to(c, value->value, v);
        avm_emit(c, AVM_OP_UNPACK, v, v, 1);
    } else {
        avm_expr_to(c, value, v);
    }
    c->u->span = span;
    avm_emit(c, AVM_OP_DICTADD, dict, k, v);
    avm_temp_to(c, dict + 1);
}

static uint32_t keyword_defaults(AvmCompiler *c, const AvmArguments *args, uint32_t b) {
    bool any = false;
    for (uint32_t i = 0; i < args->kw_defaults.count; i++) any |= args->kw_defaults.items[i] != NULL;
    if (!any) return 0;
    avm_temp_to(c, b + 1);
    avm_temp(c);
    avm_emit(c, AVM_OP_DICT, b + 1, 0, 0);
    for (uint32_t i = 0; i < args->kw_defaults.count && !c->failed; i++)
        if (args->kw_defaults.items[i])
            add_pair(c, b + 1, args->kwonlyargs.items[i].name, args->kw_defaults.items[i], false);
    return 2;
}

static void annotate_args(AvmCompiler *c, uint32_t dict, const AvmArgList *args) {
    for (uint32_t i = 0; i < args->count && !c->failed; i++)
        if (args->items[i].annotation)
            add_pair(c, dict, args->items[i].name, args->items[i].annotation, c->future_annotations);
}

static bool has_annotations(const AvmArgList *args) {
    for (uint32_t i = 0; i < args->count; i++)
        if (args->items[i].annotation) return true;
    return false;
}

static uint32_t annotations(AvmCompiler *c, const AvmArguments *args, const AvmExpr *returns, uint32_t b) {
    bool any = returns || has_annotations(&args->posonlyargs) || has_annotations(&args->args) ||
               has_annotations(&args->kwonlyargs) || (args->vararg && args->vararg->annotation) ||
               (args->kwarg && args->kwarg->annotation);
    if (!any) return 0;
    avm_temp_to(c, b + 2);
    avm_temp(c);
    avm_emit(c, AVM_OP_DICT, b + 2, 0, 0);
    annotate_args(c, b + 2, &args->posonlyargs);
    annotate_args(c, b + 2, &args->args);
    if (args->vararg) annotate_args(c, b + 2, &(AvmArgList){args->vararg, 1});
    annotate_args(c, b + 2, &args->kwonlyargs);
    if (args->kwarg) annotate_args(c, b + 2, &(AvmArgList){args->kwarg, 1});
    const AvmName *name = returns ? avm_comp_name(c, "return", 6) : NULL;
    if (name) add_pair(c, b + 2, name, returns, c->future_annotations);
    return 4;
}

static void set_parameters(AvmUnit *unit, const AvmArguments *args) {
    unit->npositional_only = (uint16_t)args->posonlyargs.count;
    unit->npositional = (uint16_t)(args->posonlyargs.count + args->args.count);
    unit->nkeyword_only = (uint16_t)args->kwonlyargs.count;
    unit->nparams = (uint16_t)(unit->npositional + unit->nkeyword_only + !!args->vararg + !!args->kwarg);
    if (args->vararg) unit->flags |= AVM_UNIT_VARARGS;
    if (args->kwarg) unit->flags |= AVM_UNIT_KWARGS;
}

// ---- functions

static void body_unit(AvmCompiler *c, const AvmStmt *s, AvmScope *scope, AvmSpan span, uint32_t *number) {
    AvmUnit *unit = NULL;
    AvmBuild *u = avm_build_open(c, scope, s->functiondef.name, span);
    if (!u) return;
    unit = u->unit;
    set_parameters(unit, s->functiondef.args);
    const AvmExpr *doc = avm_docstring(&s->functiondef.body);
    if (doc && !c->failed) {
        avm_literal(c, &(AvmConst){.kind = AVM_LIT_STR, .text = avm_clean_doc(c, doc)});
        unit->has_doc = 1;
    }
    avm_build_prologue(c);
    avm_stmts(c, &s->functiondef.body);
    avm_emit(c, AVM_OP_RETNONE, 0, 0, 0);
    *number = avm_build_close(c);
    avm_name_capture(c, scope, unit);
}

static void decorate(AvmCompiler *c, const AvmExprList *list, uint32_t first) {
    for (uint32_t i = list->count; i-- > 0;) {
        c->u->span = list->items[i]->span;
        avm_emit(c, AVM_OP_CALL, first + i, 1, 0);
        avm_temp_to(c, first + i + 1);
    }
}

// Decorators go to registers, or (if there are very many) are refused.
uint32_t avm_decorators(AvmCompiler *c, const AvmExprList *list) {
    uint32_t first = c->u->top;
    if (list->count > avm_room(c)) {
        avm_comp_error(c, list->items[0]->span, "too many decorators");
        return first;
    }
    for (uint32_t i = 0; i < list->count; i++) avm_expr_push(c, list->items[i]);
    return first;
}

void avm_decorate(AvmCompiler *c, const AvmExprList *list, uint32_t first, const AvmName *name,
                  uint32_t value, AvmSpan span) {
    if (list->count) {
        decorate(c, list, first);
        value = first;
    }
    c->u->span = span;
    avm_name_store(c, name, value);
}

void avm_stmt_function(AvmCompiler *c, const AvmStmt *s) {
    const AvmExprList *decorators = &s->functiondef.decorator_list;
    AvmSpan span = s->span;
    uint32_t top = c->u->top, number = 0;
    if (decorators->count) span.line = decorators->items[0]->span.line;
    uint32_t first = avm_decorators(c, decorators);
    int reg = decorators->count ? -1 : avm_name_register(c, s->functiondef.name);
    uint32_t dst = reg >= 0 ? (uint32_t)reg : avm_temp(c), b = c->u->top;
    c->u->span = s->span;
    uint32_t present = defaults(c, &s->functiondef.args->defaults, b);
    present |= keyword_defaults(c, s->functiondef.args, b);
    present |= annotations(c, s->functiondef.args, s->functiondef.returns, b);
    body_unit(c, s, avm_scope_of(c, s), span, &number);
    c->u->span = s->span;
    avm_func_make(c, dst, present ? b : 0, present, number);
    if (reg >= 0)
        avm_set_bound(c, dst, true);
    else
        avm_decorate(c, decorators, first, s->functiondef.name, dst, s->span);
    avm_temp_to(c, top);
}

void avm_expr_lambda(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    uint32_t top = c->u->top, b = top;
    AvmScope *scope = avm_scope_of(c, e);
    c->u->span = e->span;
    uint32_t present = defaults(c, &e->lambda.args->defaults, b);
    present |= keyword_defaults(c, e->lambda.args, b);
    const AvmName *name = avm_comp_name(c, "<lambda>", 8);
    AvmBuild *u = name ? avm_build_open(c, scope, name, e->span) : NULL;
    if (!u) return;
    set_parameters(u->unit, e->lambda.args);
    avm_build_prologue(c);
    uint32_t r = avm_expr_any(c, e->lambda.body, true);
    c->u->span = e->lambda.body->span;
    avm_emit(c, AVM_OP_RETURN, r, 0, 0);
    uint32_t number = avm_build_close(c);
    avm_name_capture(c, scope, u->unit);
    c->u->span = e->span;
    avm_func_make(c, dst, present ? b : 0, present, number);
    avm_temp_to(c, top);
}

void avm_build_generator(AvmCompiler *c, const AvmExpr *e, uint32_t dst) {
    AvmScope *scope = avm_scope_of(c, e);
    const AvmName *name = avm_comp_name(c, "<genexpr>", 9);
    AvmBuild *u = name ? avm_build_open(c, scope, name, e->span) : NULL;
    if (!u) return;
    u->unit->npositional = u->unit->nparams = 1;
    avm_build_prologue(c);
    avm_comp_body(c, e, scope, 0, 0);
    avm_emit(c, AVM_OP_RETNONE, 0, 0, 0);
    uint32_t number = avm_build_close(c);
    avm_name_capture(c, scope, u->unit);
    const AvmComprehension *g = &e->comp.generators.items[0];
    uint32_t w = avm_work(c, dst);
    c->u->span = e->span;
    avm_func_make(c, w, 0, 0, number);
    uint32_t iter = avm_temp(c), from = avm_expr_in(c, g->iter, true, iter);
    c->u->span = g->iter->span;
    avm_emit(c, g->is_async ? AVM_OP_GETAITER : AVM_OP_GETITER, iter, from, 0);
    c->u->span = e->span;
    avm_emit(c, AVM_OP_CALL, w, 1, 0);
    avm_work_done(c, w, dst);
}
