// Scopes, first pass: which names appear in each scope, and how. resolve.c then says where they live.
#include <string.h>

#include "compiler/internal.h"

static void visit_expr(AvmCompiler *c, AvmScope *s, const AvmExpr *e);
static void visit_stmts(AvmCompiler *c, AvmScope *s, const AvmStmtList *list);

// ---- tables

static void map_scope(AvmCompiler *c, AvmScope *scope) {
    if (c->scope_count * 2 >= c->scope_slot_count) {
        uint32_t size = c->scope_slot_count ? c->scope_slot_count * 2 : 32;
        AvmScope **slots = avm_comp_alloc(c, size * sizeof *slots);
        if (!slots) return;
        for (uint32_t i = 0; i < c->scope_slot_count; i++) {
            AvmScope *old = c->scope_slots[i];
            if (!old) continue;
            uint32_t h = avm_hash_pointer(old->node) & (size - 1);
            while (slots[h]) h = (h + 1) & (size - 1);
            slots[h] = old;
        }
        c->scope_slots = slots;
        c->scope_slot_count = size;
    }
    uint32_t h = avm_hash_pointer(scope->node) & (c->scope_slot_count - 1);
    while (c->scope_slots[h]) h = (h + 1) & (c->scope_slot_count - 1);
    c->scope_slots[h] = scope;
    c->scope_count++;
}

AvmScope *avm_scope_of(AvmCompiler *c, const void *node) {
    uint32_t h = avm_hash_pointer(node) & (c->scope_slot_count - 1);
    while (c->scope_slots[h]->node != node) h = (h + 1) & (c->scope_slot_count - 1);
    return c->scope_slots[h];
}

AvmScope *avm_scope_new(AvmCompiler *c, AvmScope *parent, AvmScopeKind kind, const void *node) {
    AvmScope *scope = avm_comp_alloc(c, sizeof *scope);
    if (!scope) return NULL;
    scope->kind = kind;
    scope->node = node;
    scope->parent = parent;
    if (parent) {
        scope->private = parent->private;
        scope->iter_exprs = parent->iter_exprs;
        scope->nested = parent->nested || parent->kind == AVM_SCOPE_FUNCTION;
        if (parent->last_child)
            parent->last_child->next = scope;
        else
            parent->first_child = scope;
        parent->last_child = scope;
    }
    map_scope(c, scope);
    return c->failed ? NULL : scope;
}

AvmSymbol *avm_scope_find(const AvmScope *scope, const AvmName *name) {
    if (!scope->slot_count) return NULL;
    uint32_t h = avm_hash_pointer(name) & (scope->slot_count - 1);
    while (scope->slots[h] && scope->slots[h]->name != name) h = (h + 1) & (scope->slot_count - 1);
    return scope->slots[h];
}

static void grow_symbols(AvmCompiler *c, AvmScope *scope) {
    uint32_t size = scope->slot_count ? scope->slot_count * 2 : 16;
    AvmSymbol **slots = avm_comp_alloc(c, size * sizeof *slots);
    if (!slots) return;
    for (uint32_t i = 0; i < scope->symbols.count; i++) {
        AvmSymbol *old = scope->symbols.at[i];
        uint32_t h = avm_hash_pointer(old->name) & (size - 1);
        while (slots[h]) h = (h + 1) & (size - 1);
        slots[h] = old;
    }
    scope->slots = slots;
    scope->slot_count = size;
}

AvmSymbol *avm_scope_add(AvmCompiler *c, AvmScope *scope, const AvmName *name, uint16_t flags, AvmSpan span) {
    AvmSymbol *symbol = avm_scope_find(scope, name);
    if (!symbol) {
        if (scope->symbols.count * 2 >= scope->slot_count) grow_symbols(c, scope);
        symbol = avm_comp_alloc(c, sizeof *symbol);
        if (!symbol || c->failed) return NULL;
        symbol->name = name;
        AVM_PUSH(c, scope->symbols, symbol);
        if (c->failed) return NULL;
        uint32_t h = avm_hash_pointer(name) & (scope->slot_count - 1);
        while (scope->slots[h]) h = (h + 1) & (scope->slot_count - 1);
        scope->slots[h] = symbol;
    } else if ((flags & AVM_SYM_PARAM) && (symbol->flags & AVM_SYM_PARAM)) {
        avm_comp_error(c, span, "duplicate argument '%s' in function definition", name->text);
        return NULL;
    }
    symbol->flags |= flags;
    if (scope->iter_target) {
        // The loop variables of a comprehension must not be the targets of its assignment expressions.
        if (symbol->flags & (AVM_SYM_GLOBAL | AVM_SYM_NONLOCAL)) {
            avm_comp_error(c, span,
                           "comprehension inner loop cannot rebind assignment expression target '%s'",
                           name->text);
            return NULL;
        }
        symbol->flags |= AVM_SYM_ITER;
    }
    return symbol;
}

// ---- names

static void define(AvmCompiler *c, AvmScope *s, const AvmName *name, uint16_t flags, AvmSpan span) {
    if (c->failed) return;
    if (name == c->name_debug && flags != AVM_SYM_USE) {
        if (flags == AVM_SYM_DELETED)
            avm_comp_error(c, span, "cannot delete __debug__");
        else
            avm_comp_error(c, span, "cannot assign to __debug__");
        return;
    }
    if (flags == AVM_SYM_DELETED) flags |= AVM_SYM_LOCAL;
    avm_scope_add(c, s, avm_comp_mangle(c, s, name), flags, span);
}

static void visit_name(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    uint16_t flags = e->ctx == AVM_TREE_LOAD  ? AVM_SYM_USE
                     : e->ctx == AVM_TREE_DEL ? AVM_SYM_DELETED
                                              : AVM_SYM_LOCAL;
    define(c, s, e->name, flags, e->span);
    if (e->ctx == AVM_TREE_LOAD && s->kind == AVM_SCOPE_FUNCTION && e->name == c->name_super)
        define(c, s, c->name_class, AVM_SYM_USE, e->span);
}

static void check_attribute(AvmCompiler *c, const AvmExpr *e) {
    if (e->attribute.attr != c->name_debug || e->ctx == AVM_TREE_LOAD) return;
    avm_comp_error(c, e->span,
                   e->ctx == AVM_TREE_DEL ? "cannot delete __debug__" : "cannot assign to __debug__");
}

static void check_keywords(AvmCompiler *c, const AvmKeywordList *keywords) {
    for (uint32_t i = 0; i < keywords->count; i++)
        if (keywords->items[i].arg && keywords->items[i].arg == c->name_debug)
            avm_comp_error(c, keywords->items[i].span, "cannot assign to __debug__");
}

// ---- assignment expressions

static void walrus_define(AvmCompiler *c, AvmScope *s, const AvmName *name, uint16_t flags, AvmSpan span) {
    define(c, s, name, flags, span);
    AvmSymbol *symbol = c->failed ? NULL : avm_scope_find(s, avm_comp_mangle(c, s, name));
    if (symbol) symbol->flags |= AVM_SYM_WALRUS;
    if (symbol && !symbol->span.line) symbol->span = span;
}

// The target of an assignment expression in a comprehension belongs to the function around it.
static void walrus_in_comprehension(AvmCompiler *c, AvmScope *s, const AvmExpr *target) {
    const AvmName *name = target->name;
    AvmSpan span = target->span;
    for (AvmScope *up = s; up && !c->failed; up = up->parent) {
        if (up->comp) {
            AvmSymbol *symbol = avm_scope_find(up, avm_comp_mangle(c, up, name));
            if (symbol && (symbol->flags & AVM_SYM_ITER))
                avm_comp_error(c, span,
                               "assignment expression cannot rebind comprehension iteration variable '%s'",
                               name->text);
        } else if (up->kind == AVM_SCOPE_FUNCTION) {
            AvmSymbol *symbol = avm_scope_find(up, avm_comp_mangle(c, up, name));
            bool global = symbol && (symbol->flags & AVM_SYM_GLOBAL);
            walrus_define(c, s, name, global ? AVM_SYM_GLOBAL : AVM_SYM_NONLOCAL, span);
            walrus_define(c, up, name, AVM_SYM_LOCAL, span);
            return;
        } else if (up->kind == AVM_SCOPE_MODULE) {
            walrus_define(c, s, name, AVM_SYM_GLOBAL, span);
            walrus_define(c, up, name, AVM_SYM_GLOBAL, span);
            return;
        } else {
            avm_comp_error(c, span,
                           "assignment expression within a comprehension cannot be used in a class body");
        }
    }
}

static void visit_walrus(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    const AvmExpr *target = e->namedexpr.target;
    if (s->iter_exprs > 0) {
        avm_comp_error(c, e->span,
                       "assignment expression cannot be used in a comprehension iterable expression");
        return;
    }
    if (s->comp) walrus_in_comprehension(c, s, target);
    visit_expr(c, s, e->namedexpr.value);
    if (s->comp) return; // defined by the above
    walrus_define(c, s, target->name, AVM_SYM_LOCAL, target->span);
}

// ---- functions and comprehensions

static void visit_exprs(AvmCompiler *c, AvmScope *s, const AvmExprList *list) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++)
        if (list->items[i]) visit_expr(c, s, list->items[i]);
}

static void visit_keywords(AvmCompiler *c, AvmScope *s, const AvmKeywordList *list) {
    check_keywords(c, list);
    for (uint32_t i = 0; i < list->count && !c->failed; i++) visit_expr(c, s, list->items[i].value);
}

static void define_param(AvmCompiler *c, AvmScope *s, const AvmArg *arg) {
    if (!arg || c->failed) return;
    define(c, s, arg->name, AVM_SYM_PARAM, arg->span);
    AVM_PUSH(c, s->params, avm_comp_mangle(c, s, arg->name));
}

static void define_params(AvmCompiler *c, AvmScope *s, const AvmArguments *args, AvmSpan span) {
    for (uint32_t i = 0; i < args->posonlyargs.count; i++) define_param(c, s, &args->posonlyargs.items[i]);
    for (uint32_t i = 0; i < args->args.count; i++) define_param(c, s, &args->args.items[i]);
    for (uint32_t i = 0; i < args->kwonlyargs.count; i++) define_param(c, s, &args->kwonlyargs.items[i]);
    define_param(c, s, args->vararg);
    define_param(c, s, args->kwarg);
    if (s->params.count > AVM_MAX_PARAMS)
        avm_comp_error(c, span, "aio does not support more than %d parameters", AVM_MAX_PARAMS);
}

// Annotations are evaluated in the scope around the function; as strings they are not evaluated at all, but
// what cannot stand in an annotation is refused all the same.
static void visit_annotation(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    if (!e || c->failed) return;
    if (!c->future_annotations) {
        visit_expr(c, s, e);
        return;
    }
    AvmScope *aside = avm_comp_alloc(c, sizeof *aside);
    if (!aside) return;
    aside->kind = AVM_SCOPE_FUNCTION;
    aside->parent = s;
    aside->private = s->private;
    visit_expr(c, aside, e);
}

static void visit_annotations(AvmCompiler *c, AvmScope *s, const AvmArguments *args, const AvmExpr *returns) {
    for (uint32_t i = 0; i < args->posonlyargs.count; i++)
        visit_annotation(c, s, args->posonlyargs.items[i].annotation);
    for (uint32_t i = 0; i < args->args.count; i++) visit_annotation(c, s, args->args.items[i].annotation);
    if (args->vararg) visit_annotation(c, s, args->vararg->annotation);
    if (args->kwarg) visit_annotation(c, s, args->kwarg->annotation);
    for (uint32_t i = 0; i < args->kwonlyargs.count; i++)
        visit_annotation(c, s, args->kwonlyargs.items[i].annotation);
    visit_annotation(c, s, returns);
}

static void visit_function(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    define(c, s, st->functiondef.name, AVM_SYM_LOCAL, st->span);
    const AvmArguments *args = st->functiondef.args;
    visit_exprs(c, s, &args->defaults);
    visit_exprs(c, s, &args->kw_defaults);
    visit_exprs(c, s, &st->functiondef.decorator_list);
    if (st->functiondef.type_params.count)
        avm_comp_error(c, st->functiondef.type_params.items[0].span,
                       "aio does not support type parameters yet");
    visit_annotations(c, s, args, st->functiondef.returns);
    if (c->failed) return;
    AvmScope *inner = avm_scope_new(c, s, AVM_SCOPE_FUNCTION, st);
    if (!inner) return;
    inner->async_def = inner->coroutine = st->kind == AVM_STMT_ASYNCFUNCTIONDEF;
    define_params(c, inner, args, st->span);
    visit_stmts(c, inner, &st->functiondef.body);
}

static void visit_lambda(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    visit_exprs(c, s, &e->lambda.args->defaults);
    visit_exprs(c, s, &e->lambda.args->kw_defaults);
    if (c->failed) return;
    AvmScope *inner = avm_scope_new(c, s, AVM_SCOPE_FUNCTION, e);
    if (!inner) return;
    inner->lambda = true;
    define_params(c, inner, e->lambda.args, e->span);
    visit_expr(c, inner, e->lambda.body);
}

static void visit_class(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    define(c, s, st->classdef.name, AVM_SYM_LOCAL, st->span);
    visit_exprs(c, s, &st->classdef.decorator_list);
    if (st->classdef.type_params.count)
        avm_comp_error(c, st->classdef.type_params.items[0].span, "aio does not support type parameters yet");
    visit_exprs(c, s, &st->classdef.bases);
    visit_keywords(c, s, &st->classdef.keywords);
    if (c->failed) return;
    AvmScope *inner = avm_scope_new(c, s, AVM_SCOPE_CLASS, st);
    if (!inner) return;
    inner->private = st->classdef.name;
    visit_stmts(c, inner, &st->classdef.body);
}

static void visit_generators(AvmCompiler *c, AvmScope *inner, const AvmComprehensionList *list) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) {
        const AvmComprehension *g = &list->items[i];
        inner->iter_target = true;
        visit_expr(c, inner, g->target);
        inner->iter_target = false;
        if (i > 0) {
            inner->iter_exprs++;
            visit_expr(c, inner, g->iter);
            inner->iter_exprs--;
        }
        visit_exprs(c, inner, &g->ifs);
        if (g->is_async) inner->coroutine = true;
    }
}

static void refuse_yield(AvmCompiler *c, const AvmScope *s, const AvmExpr *e) {
    static const char *const where[] = {
        [AVM_COMP_LIST] = "'yield' inside list comprehension",
        [AVM_COMP_SET] = "'yield' inside set comprehension",
        [AVM_COMP_DICT] = "'yield' inside dict comprehension",
        [AVM_COMP_GENERATOR] = "'yield' inside generator expression",
    };
    avm_comp_error(c, e->span, "%s", where[s->comp]);
}

static void visit_comp(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    bool dict = e->kind == AVM_EXPR_DICTCOMP;
    const AvmComprehensionList *list = dict ? &e->dictcomp.generators : &e->comp.generators;
    // The outermost iterable is evaluated outside.
    s->iter_exprs++;
    visit_expr(c, s, list->items[0].iter);
    s->iter_exprs--;
    if (c->failed) return;
    AvmScope *inner = avm_scope_new(c, s, AVM_SCOPE_FUNCTION, e);
    if (!inner) return;
    inner->comp = dict                               ? AVM_COMP_DICT
                  : e->kind == AVM_EXPR_SETCOMP      ? AVM_COMP_SET
                  : e->kind == AVM_EXPR_GENERATOREXP ? AVM_COMP_GENERATOR
                                                     : AVM_COMP_LIST;
    inner->inlined = inner->comp != AVM_COMP_GENERATOR;
    if (!inner->inlined) {
        avm_scope_add(c, inner, c->name_iter, AVM_SYM_PARAM, e->span);
        AVM_PUSH(c, inner->params, c->name_iter);
    }
    visit_generators(c, inner, list);
    if (dict) {
        visit_expr(c, inner, e->dictcomp.key);
        visit_expr(c, inner, e->dictcomp.value);
    } else {
        visit_expr(c, inner, e->comp.elt);
    }
    if (inner->comp == AVM_COMP_GENERATOR)
        inner->generator = true;
    else if (inner->coroutine)
        s->coroutine = true;
}

// ---- expressions

static void visit_expr(AvmCompiler *c, AvmScope *s, const AvmExpr *e) {
    if (c->failed || !e) return;
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_BOOLOP: visit_exprs(c, s, &e->boolop.values); break;
    case AVM_EXPR_NAMEDEXPR: visit_walrus(c, s, e); break;
    case AVM_EXPR_BINOP:
        visit_expr(c, s, e->binop.left);
        visit_expr(c, s, e->binop.right);
        break;
    case AVM_EXPR_UNARYOP: visit_expr(c, s, e->unaryop.operand); break;
    case AVM_EXPR_LAMBDA: visit_lambda(c, s, e); break;
    case AVM_EXPR_IFEXP:
        visit_expr(c, s, e->ifexp.test);
        visit_expr(c, s, e->ifexp.body);
        visit_expr(c, s, e->ifexp.orelse);
        break;
    case AVM_EXPR_DICT:
        visit_exprs(c, s, &e->dict.keys);
        visit_exprs(c, s, &e->dict.values);
        break;
    case AVM_EXPR_LISTCOMP:
    case AVM_EXPR_SETCOMP:
    case AVM_EXPR_DICTCOMP:
    case AVM_EXPR_GENERATOREXP: visit_comp(c, s, e); break;
    case AVM_EXPR_AWAIT:
        s->coroutine = true;
        visit_expr(c, s, e->value);
        break;
    case AVM_EXPR_YIELD:
    case AVM_EXPR_YIELDFROM:
        visit_expr(c, s, e->value);
        if (s->comp != AVM_COMP_NONE) refuse_yield(c, s, e);
        s->generator = true;
        break;
    case AVM_EXPR_COMPARE:
        visit_expr(c, s, e->compare.left);
        visit_exprs(c, s, &e->compare.comparators);
        break;
    case AVM_EXPR_CALL:
        visit_expr(c, s, e->call.func);
        visit_exprs(c, s, &e->call.args);
        visit_keywords(c, s, &e->call.keywords);
        break;
    case AVM_EXPR_FORMATTEDVALUE:
        visit_expr(c, s, e->formattedvalue.value);
        visit_expr(c, s, e->formattedvalue.format_spec);
        break;
    case AVM_EXPR_SET:
    case AVM_EXPR_JOINEDSTR:
    case AVM_EXPR_LIST:
    case AVM_EXPR_TUPLE: visit_exprs(c, s, &e->sequence); break;
    case AVM_EXPR_CONSTANT: break;
    case AVM_EXPR_ATTRIBUTE:
        check_attribute(c, e);
        visit_expr(c, s, e->attribute.value);
        break;
    case AVM_EXPR_SUBSCRIPT:
        visit_expr(c, s, e->subscript.value);
        visit_expr(c, s, e->subscript.slice);
        break;
    case AVM_EXPR_STARRED: visit_expr(c, s, e->value); break;
    case AVM_EXPR_NAME: visit_name(c, s, e); break;
    case AVM_EXPR_SLICE:
        visit_expr(c, s, e->slice.lower);
        visit_expr(c, s, e->slice.upper);
        visit_expr(c, s, e->slice.step);
        break;
    }
}

// ---- statements

static void visit_declaration(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    bool global = st->kind == AVM_STMT_GLOBAL;
    const char *word = global ? "global" : "nonlocal";
    for (uint32_t i = 0; i < st->names.count && !c->failed; i++) {
        const AvmName *name = avm_comp_mangle(c, s, st->names.items[i]);
        AvmSymbol *symbol = avm_scope_find(s, name);
        uint16_t flags = symbol ? symbol->flags : 0;
        const char *text = st->names.items[i]->text;
        if (flags & AVM_SYM_PARAM)
            avm_comp_error(c, st->span, "name '%s' is parameter and %s", text, word);
        else if (flags & AVM_SYM_USE)
            avm_comp_error(c, st->span, "name '%s' is used prior to %s declaration", text, word);
        else if (flags & AVM_SYM_ANNOT)
            avm_comp_error(c, st->span, "annotated name '%s' can't be %s", text, word);
        else if (flags & AVM_SYM_LOCAL)
            avm_comp_error(c, st->span, "name '%s' is assigned to before %s declaration", text, word);
        symbol = avm_scope_add(c, s, name, global ? AVM_SYM_GLOBAL : AVM_SYM_NONLOCAL, st->span);
        // The first declaration of a name is the one that errors about it point at.
        if (symbol && !(flags & (AVM_SYM_GLOBAL | AVM_SYM_NONLOCAL))) symbol->span = st->span;
    }
}

static void visit_annassign(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    const AvmExpr *target = st->annassign.target;
    if ((target->kind == AVM_EXPR_NAME && target->name == c->name_debug) ||
        (target->kind == AVM_EXPR_ATTRIBUTE && target->attribute.attr == c->name_debug))
        avm_comp_error(c, st->span, "cannot assign to __debug__");
    if (target->kind == AVM_EXPR_NAME) {
        AvmSymbol *symbol = avm_scope_find(s, avm_comp_mangle(c, s, target->name));
        uint16_t flags = symbol ? symbol->flags & (AVM_SYM_GLOBAL | AVM_SYM_NONLOCAL) : 0;
        if (flags && s->kind != AVM_SCOPE_MODULE && st->annassign.simple) {
            avm_comp_error(c, st->span, "annotated name '%s' can't be %s", target->name->text,
                           flags & AVM_SYM_GLOBAL ? "global" : "nonlocal");
            return;
        }
        if (st->annassign.simple)
            define(c, s, target->name, AVM_SYM_ANNOT | AVM_SYM_LOCAL, target->span);
        else if (st->annassign.value)
            define(c, s, target->name, AVM_SYM_LOCAL, target->span);
    } else {
        visit_expr(c, s, target);
    }
    s->annotated = true;
    visit_annotation(c, s, st->annassign.annotation);
    visit_expr(c, s, st->annassign.value);
}

static void visit_aliases(AvmCompiler *c, AvmScope *s, const AvmAliasList *list, AvmSpan span, bool from) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) {
        const AvmAlias *a = &list->items[i];
        const AvmName *name = a->asname ? a->asname : a->name;
        if (from && !a->asname && name->length == 1 && name->text[0] == '*') {
            if (s->kind != AVM_SCOPE_MODULE)
                avm_comp_error(c, a->span, "import * only allowed at module level");
            continue;
        }
        const char *dot = a->asname ? NULL : memchr(name->text, '.', name->length);
        if (dot) name = avm_comp_name(c, name->text, (size_t)(dot - name->text));
        if (name) define(c, s, name, AVM_SYM_IMPORT, span);
    }
}

static void visit_try(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    visit_stmts(c, s, &st->tried.body);
    for (uint32_t i = 0; i < st->tried.handlers.count && !c->failed; i++) {
        const AvmHandler *h = &st->tried.handlers.items[i];
        visit_expr(c, s, h->type);
        if (h->name) {
            define(c, s, h->name, AVM_SYM_LOCAL, h->span);
            if (!c->failed) avm_scope_find(s, avm_comp_mangle(c, s, h->name))->flags |= AVM_SYM_DELETED;
        }
        visit_stmts(c, s, &h->body);
    }
    visit_stmts(c, s, &st->tried.orelse);
    visit_stmts(c, s, &st->tried.finalbody);
}

static void visit_patterns(AvmCompiler *c, AvmScope *s, const AvmPatternList *list);

static void visit_pattern(AvmCompiler *c, AvmScope *s, const AvmPattern *p) {
    if (c->failed || !p) return;
    switch ((AvmPatternKind)p->kind) {
    case AVM_PATTERN_VALUE: visit_expr(c, s, p->value); break;
    case AVM_PATTERN_SINGLETON: break;
    case AVM_PATTERN_SEQUENCE:
    case AVM_PATTERN_OR: visit_patterns(c, s, &p->patterns); break;
    case AVM_PATTERN_MAPPING:
        visit_exprs(c, s, &p->mapping.keys);
        visit_patterns(c, s, &p->mapping.patterns);
        if (p->mapping.rest) define(c, s, p->mapping.rest, AVM_SYM_LOCAL, p->span);
        break;
    case AVM_PATTERN_CLASS:
        visit_expr(c, s, p->cls.cls);
        visit_patterns(c, s, &p->cls.patterns);
        for (uint32_t i = 0; i < p->cls.kwd_attrs.count; i++)
            if (p->cls.kwd_attrs.items[i] == c->name_debug)
                avm_comp_error(c, p->cls.kwd_patterns.items[i]->span, "cannot assign to __debug__");
        visit_patterns(c, s, &p->cls.kwd_patterns);
        break;
    case AVM_PATTERN_STAR:
        if (p->name) define(c, s, p->name, AVM_SYM_LOCAL, p->span);
        break;
    case AVM_PATTERN_AS:
        visit_pattern(c, s, p->as.pattern);
        if (p->as.name) define(c, s, p->as.name, AVM_SYM_LOCAL, p->span);
        break;
    }
}

static void visit_patterns(AvmCompiler *c, AvmScope *s, const AvmPatternList *list) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) visit_pattern(c, s, list->items[i]);
}

static void visit_stmt(AvmCompiler *c, AvmScope *s, const AvmStmt *st) {
    switch ((AvmStmtKind)st->kind) {
    case AVM_STMT_FUNCTIONDEF:
    case AVM_STMT_ASYNCFUNCTIONDEF: visit_function(c, s, st); break;
    case AVM_STMT_CLASSDEF: visit_class(c, s, st); break;
    case AVM_STMT_RETURN:
    case AVM_STMT_EXPR: visit_expr(c, s, st->value); break;
    case AVM_STMT_DELETE: visit_exprs(c, s, &st->targets); break;
    case AVM_STMT_ASSIGN:
        visit_exprs(c, s, &st->assign.targets);
        visit_expr(c, s, st->assign.value);
        break;
    case AVM_STMT_TYPEALIAS:
        avm_comp_error(c, st->span, "aio does not support the type statement yet");
        break;
    case AVM_STMT_AUGASSIGN:
        visit_expr(c, s, st->augassign.target);
        visit_expr(c, s, st->augassign.value);
        break;
    case AVM_STMT_ANNASSIGN: visit_annassign(c, s, st); break;
    case AVM_STMT_FOR:
    case AVM_STMT_ASYNCFOR:
        if (st->kind == AVM_STMT_ASYNCFOR) s->coroutine = true;
        visit_expr(c, s, st->forloop.target);
        visit_expr(c, s, st->forloop.iter);
        visit_stmts(c, s, &st->forloop.body);
        visit_stmts(c, s, &st->forloop.orelse);
        break;
    case AVM_STMT_WHILE:
    case AVM_STMT_IF:
        visit_expr(c, s, st->branch.test);
        visit_stmts(c, s, &st->branch.body);
        visit_stmts(c, s, &st->branch.orelse);
        break;
    case AVM_STMT_WITH:
    case AVM_STMT_ASYNCWITH:
        if (st->kind == AVM_STMT_ASYNCWITH) s->coroutine = true;
        for (uint32_t i = 0; i < st->with.items.count; i++) {
            visit_expr(c, s, st->with.items.items[i].context_expr);
            visit_expr(c, s, st->with.items.items[i].optional_vars);
        }
        visit_stmts(c, s, &st->with.body);
        break;
    case AVM_STMT_MATCH:
        visit_expr(c, s, st->match.subject);
        for (uint32_t i = 0; i < st->match.cases.count && !c->failed; i++) {
            visit_pattern(c, s, st->match.cases.items[i].pattern);
            visit_expr(c, s, st->match.cases.items[i].guard);
            visit_stmts(c, s, &st->match.cases.items[i].body);
        }
        break;
    case AVM_STMT_RAISE:
        visit_expr(c, s, st->raise.exc);
        visit_expr(c, s, st->raise.cause);
        break;
    case AVM_STMT_TRY:
    case AVM_STMT_TRYSTAR: visit_try(c, s, st); break;
    case AVM_STMT_ASSERT:
        visit_expr(c, s, st->assertion.test);
        visit_expr(c, s, st->assertion.msg);
        break;
    case AVM_STMT_IMPORT: visit_aliases(c, s, &st->import, st->span, false); break;
    case AVM_STMT_IMPORTFROM: visit_aliases(c, s, &st->importfrom.names, st->span, true); break;
    case AVM_STMT_GLOBAL:
    case AVM_STMT_NONLOCAL: visit_declaration(c, s, st); break;
    case AVM_STMT_PASS:
    case AVM_STMT_BREAK:
    case AVM_STMT_CONTINUE: break;
    }
}

static void visit_stmts(AvmCompiler *c, AvmScope *s, const AvmStmtList *list) {
    for (uint32_t i = 0; i < list->count && !c->failed; i++) visit_stmt(c, s, list->items[i]);
}

void avm_scope_build(AvmCompiler *c, const AvmModule *tree) {
    c->root = avm_scope_new(c, NULL, AVM_SCOPE_MODULE, tree);
    if (!c->root) return;
    if (tree->mode == AVM_PARSE_EVAL)
        visit_expr(c, c->root, tree->expression);
    else
        visit_stmts(c, c->root, &tree->body);
}
