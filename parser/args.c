// Parameters of functions and arguments of calls: their order is checked here, not in the grammar.
#include "parser/build.h"

// ---- parameters ---------------------------------------------------------------------------------

AvmParam *avm_build_param(AvmBuilder *b, AvmParamKind kind, AvmToken t, const AvmToken *name,
                          AvmNode annotation, AvmNode def) {
    AvmParam *p = avm_build_alloc(b, sizeof *p);
    if (!p) return NULL;
    p->kind = kind;
    p->span = t.span;
    p->def = def.expr;
    p->equal = (AvmSpan){def.span.line, def.span.col, def.span.line, def.span.col + 1};
    if (name) {
        p->arg.name = avm_build_identifier(b, *name);
        p->arg.annotation = annotation.expr;
        p->arg.span = annotation.expr ? avm_span_join(name->span, annotation.span) : name->span;
    }
    return p;
}

static bool add_arg(AvmBuilder *b, AvmArgList *list, AvmArg arg) {
    if (!avm_build_room(b, &list->items, list->count, sizeof *list->items)) return false;
    list->items[list->count++] = arg;
    return true;
}

static bool add_expr(AvmBuilder *b, AvmExprList *list, AvmExpr *e) {
    if (!avm_build_room(b, &list->items, list->count, sizeof *list->items)) return false;
    list->items[list->count++] = e;
    return true;
}

// Else the token that follows is what is wrong.
static bool ends_param(unsigned kind) {
    return kind == AVM_TOK_COMMA || kind == AVM_TOK_RPAR || kind == AVM_TOK_COLON;
}

static bool add_plain(AvmBuilder *b, AvmParams *l, AvmParam *p) {
    l->bare_star = false;
    if (l->seen_star)
        return add_arg(b, &l->args.kwonlyargs, p->arg) && add_expr(b, &l->args.kw_defaults, p->def);
    if (p->def) {
        l->seen_default = true;
        if (!add_expr(b, &l->args.defaults, p->def)) return false;
    } else if (l->seen_default && ends_param(b->last.kind)) {
        return avm_build_fail(b, p->span, "parameter without a default follows parameter with a default");
    }
    return add_arg(b, &l->args.args, p->arg);
}

static bool add_star(AvmBuilder *b, AvmParams *l, AvmParam *p) {
    if (l->seen_star) {
        bool last = !p->arg.name && b->last.kind != AVM_TOK_COMMA;
        return avm_build_fail(b, p->span, last ? "invalid syntax" : "* argument may appear only once");
    }
    if (p->def) return avm_build_fail(b, p->equal, "var-positional argument cannot have default value");
    l->seen_star = true;
    l->bare_star = !p->arg.name;
    l->star = *p;
    if (p->arg.name) l->args.vararg = &p->arg;
    return true;
}

static bool add_slash(AvmBuilder *b, AvmParams *l, AvmParam *p) {
    if (l->seen_slash) return avm_build_fail(b, p->span, "/ may appear only once");
    if (l->seen_star) return avm_build_fail(b, p->span, "/ must be ahead of *");
    if (!l->args.args.count) {
        bool comma = b->last.kind == AVM_TOK_COMMA; // CPython says so only before one
        return avm_build_fail(b, p->span, comma ? "at least one argument must precede /" : "invalid syntax");
    }
    l->seen_slash = true;
    l->args.posonlyargs = l->args.args;
    l->args.args = (AvmArgList){0};
    return true;
}

AvmParams *avm_build_params(AvmBuilder *b, AvmParams *l, AvmParam *p) {
    if (!l) l = avm_build_alloc(b, sizeof *l);
    if (b->failed) return NULL;
    if (l->args.kwarg) {
        avm_build_fail(b, p->span, "arguments cannot follow var-keyword argument");
        return NULL;
    }
    switch (p->kind) {
    case AVM_PARAM_PLAIN: add_plain(b, l, p); break;
    case AVM_PARAM_STAR: add_star(b, l, p); break;
    case AVM_PARAM_SLASH: add_slash(b, l, p); break;
    case AVM_PARAM_DOUBLESTAR:
        if (l->bare_star) avm_build_fail(b, l->star.span, "named arguments must follow bare *");
        if (p->def) avm_build_fail(b, p->equal, "var-keyword argument cannot have default value");
        l->args.kwarg = &p->arg;
        break;
    }
    return b->failed ? NULL : l;
}

AvmParams *avm_build_lambda_params(AvmBuilder *b, AvmParams *l) {
    if (b->failed) return NULL;
    // Of a lambda, CPython blames what follows the star.
    if (l->bare_star) avm_build_fail(b, b->last.span, "named arguments must follow bare *");
    return b->failed ? NULL : l;
}

static unsigned higher(unsigned height, const AvmExpr *e) {
    return e && e->height > height ? e->height : height;
}

static unsigned args_height(AvmArgList list, unsigned height) {
    for (uint32_t i = 0; i < list.count; i++) height = higher(height, list.items[i].annotation);
    return height;
}

static unsigned list_height(AvmExprList list, unsigned height) {
    for (uint32_t i = 0; i < list.count; i++) height = higher(height, list.items[i]);
    return height;
}

AvmArguments *avm_build_arguments(AvmBuilder *b, AvmParams *l, unsigned *height) {
    if (!l) return avm_build_alloc(b, sizeof(AvmArguments));
    if (b->failed) return NULL;
    if (l->bare_star) {
        avm_build_fail(b, l->star.span, "named arguments must follow bare *");
        return NULL;
    }
    AvmArguments *a = &l->args;
    unsigned h = list_height(a->kw_defaults, list_height(a->defaults, *height));
    h = args_height(a->posonlyargs, args_height(a->args, args_height(a->kwonlyargs, h)));
    if (a->vararg) h = higher(h, a->vararg->annotation);
    if (a->kwarg) h = higher(h, a->kwarg->annotation);
    *height = h;
    return a;
}

// ---- arguments ----------------------------------------------------------------------------------

AvmCallArg avm_build_arg(AvmBuilder *b, AvmNode e) {
    if (b->failed) return (AvmCallArg){0};
    return (AvmCallArg){.value = e.expr, .span = e.span, .kind = AVM_ARG_PLAIN};
}

AvmCallArg avm_build_arg_generator(AvmBuilder *b, AvmNode elt, AvmComps *comps) {
    if (b->failed) return (AvmCallArg){0};
    AvmExpr *e = avm_build_new(b, AVM_EXPR_GENERATOREXP, avm_span_join(elt.span, comps->end));
    if (!e) return (AvmCallArg){0};
    e->comp.elt = elt.expr;
    e->comp.generators = comps->list;
    avm_build_over(b, e, elt.expr);
    avm_build_over_height(b, e, comps->height);
    return (AvmCallArg){
        .value = e, .span = e->span, .kind = AVM_ARG_GENERATOR, .generator_for = comps->start};
}

static bool is_name_constant(const AvmExpr *e) {
    return e->kind == AVM_EXPR_CONSTANT && e->constant.kind <= AVM_CONST_FALSE;
}

AvmCallArg avm_build_arg_keyword(AvmBuilder *b, AvmNode name, AvmToken equal, AvmNode value) {
    if (b->failed) return (AvmCallArg){0};
    AvmExpr *e = name.expr;
    if (e->kind == AVM_EXPR_NAME && !e->parens)
        return (AvmCallArg){value.expr, e->name, avm_span_join(name.span, value.span), {0}, AVM_ARG_KEYWORD};
    AvmSpan span = avm_span_join(e->span, equal.span);
    if (is_name_constant(e) && !e->parens)
        avm_build_fail(b, span, "cannot assign to %s", avm_target_describe(e));
    else
        avm_build_fail(b, span, "expression cannot contain assignment, perhaps you meant \"==\"?");
    return (AvmCallArg){0};
}

AvmCallArg avm_build_arg_keyword_generator(AvmBuilder *b, AvmNode name, AvmToken equal, AvmNode value,
                                           AvmComps *comps) {
    (void)value;
    (void)comps;
    avm_build_fail(b, avm_span_join(name.span, equal.span),
                   "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    return (AvmCallArg){0};
}

AvmCallArg avm_build_arg_unpacked(AvmBuilder *b, AvmToken t, AvmNode e) {
    if (b->failed) return (AvmCallArg){0};
    return (AvmCallArg){e.expr, NULL, avm_span_join(t.span, e.span), {0}, AVM_ARG_UNPACKED};
}

static bool add_keyword(AvmBuilder *b, AvmKeywordList *list, AvmCallArg arg) {
    if (!avm_build_room(b, &list->items, list->count, sizeof *list->items)) return false;
    list->items[list->count++] = (AvmKeyword){arg.name, arg.value, arg.span};
    return true;
}

AvmCallArgs *avm_build_args(AvmBuilder *b, AvmCallArgs *l, AvmCallArg arg) {
    if (!l) l = avm_build_alloc(b, sizeof *l);
    if (b->failed) return NULL;
    l->count++;
    switch (arg.kind) {
    case AVM_ARG_GENERATOR:
        if (!l->generator) {
            l->generator = arg.value;
            l->generator_for = arg.generator_for;
        }
        add_expr(b, &l->args, arg.value);
        break;
    case AVM_ARG_PLAIN:
        if (arg.value->kind == AVM_EXPR_STARRED && l->seen_unpacked)
            avm_build_fail(b,
                           (AvmSpan){l->last.end_line, l->last.end_col, b->last.span.end_line,
                                     b->last.span.end_col - 1}, // CPython has looked one token ahead
                           "iterable argument unpacking follows keyword argument unpacking");
        if (arg.value->kind != AVM_EXPR_STARRED && (l->seen_keyword || l->seen_unpacked)) l->misplaced = true;
        add_expr(b, &l->args, arg.value);
        break;
    case AVM_ARG_KEYWORD:
        l->seen_keyword = true;
        add_keyword(b, &l->keywords, arg);
        break;
    case AVM_ARG_UNPACKED:
        l->seen_unpacked = true;
        add_keyword(b, &l->keywords, arg);
        break;
    }
    l->last = arg.span;
    return b->failed ? NULL : l;
}

AvmCallArgs *avm_build_args_end(AvmBuilder *b, AvmCallArgs *l, const AvmToken *comma) {
    if (b->failed) return NULL;
    if (l->generator && (l->count > 1 || comma))
        avm_build_fail(b, l->generator->span, "Generator expression must be parenthesized");
    if (l->misplaced)
        avm_build_fail(b, b->last.span, "positional argument follows keyword argument%s",
                       l->seen_unpacked ? " unpacking" : "");
    return b->failed ? NULL : l;
}

AvmNode avm_build_call(AvmBuilder *b, AvmNode func, AvmToken open, AvmCallArgs *args, AvmToken close) {
    AvmExpr *e = avm_build_new(b, AVM_EXPR_CALL, avm_span_join(func.span, close.span));
    if (!e) return avm_no_node;
    e->call.func = func.expr;
    avm_build_over(b, e, func.expr);
    if (args) {
        e->call.args = args->args;
        e->call.keywords = args->keywords;
        // A lone generator's parentheses are those of the call.
        if (args->generator) args->generator->span = avm_span_join(open.span, close.span);
        avm_build_over_list(b, e, args->args);
        for (uint32_t i = 0; i < args->keywords.count; i++)
            avm_build_over(b, e, args->keywords.items[i].value);
    }
    return (AvmNode){e, e->span};
}

// ---- type parameters ----------------------------------------------------------------------------

AvmTypeParam *avm_build_type_param(AvmBuilder *b, AvmTypeParamKind kind, AvmToken t, AvmToken name,
                                   AvmNode bound, AvmNode def) {
    const AvmName *n = avm_build_identifier(b, name);
    if (bound.expr && kind != AVM_TYPE_VAR) {
        bool tuple = bound.expr->kind == AVM_EXPR_TUPLE;
        avm_build_fail(b, bound.span, "cannot use %s with %s", tuple ? "constraints" : "bound",
                       kind == AVM_PARAM_SPEC ? "ParamSpec" : "TypeVarTuple");
    }
    AvmTypeParam *p = avm_build_alloc(b, sizeof *p);
    if (!p) return NULL;
    AvmSpan last = def.expr ? def.span : bound.expr ? bound.span : name.span;
    *p = (AvmTypeParam){kind, n, bound.expr, def.expr, avm_span_join(t.span, last)};
    return p;
}

AvmTypeParams *avm_build_type_params(AvmBuilder *b, AvmTypeParams *list, AvmTypeParam *p) {
    if (!list) list = avm_build_alloc(b, sizeof *list);
    if (b->failed || !avm_build_room(b, &list->list.items, list->list.count, sizeof *p)) return NULL;
    list->list.items[list->list.count++] = *p;
    return list;
}
