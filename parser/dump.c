// The tree as text: what CPython's ast.dump(tree, indent=2) prints.
//
// Each node is a table of fields; a node without lists and nodes inside, and of at most three fields, is one
// line.
#include "parser/dump.h"

#include <string.h>

// ---- layout of nodes ----------------------------------------------------------------------------

typedef struct Dumper {
    AvmBuf *out;
    bool attributes;
    unsigned level;
} Dumper;

// A node while its fields are written. Whether it fits a line is known at its end only, so a field's text is
// written as for many lines, and the separators are put right if it turns out simple.
typedef struct Node {
    size_t start;   // in the buffer, behind "Name("
    size_t ends[3]; // of the first fields
    unsigned count; // fields so far
    bool simple;    // no field with a list or a node of several lines
} Node;

static void add_line(Dumper *d) {
    avm_buf_byte(d->out, '\n');
    avm_buf_fill(d->out, ' ', 2 * (size_t)d->level);
}

static Node begin(Dumper *d, const char *name) {
    avm_buf_text(d->out, name);
    avm_buf_byte(d->out, '(');
    d->level++;
    return (Node){.start = d->out->len, .simple = true};
}

static void field(Dumper *d, Node *n, const char *name) {
    if (n->count && n->count <= 3) n->ends[n->count - 1] = d->out->len;
    if (n->count++) avm_buf_byte(d->out, ',');
    add_line(d);
    avm_buf_text(d->out, name);
    avm_buf_byte(d->out, '=');
}

// Removes the line breaks again: "\n  a=1,\n  b=2" becomes "a=1, b=2".
static void make_line(Dumper *d, Node *n) {
    AvmBuf *out = d->out;
    size_t margin = 1 + 2 * (size_t)d->level, to = n->start;
    for (unsigned i = 0; i < n->count; i++) {
        size_t from = (i ? n->ends[i - 1] + 1 : n->start) + margin;
        size_t end = i + 1 < n->count ? n->ends[i] : out->len;
        if (i) {
            memcpy(out->data + to, ", ", 2);
            to += 2;
        }
        memmove(out->data + to, out->data + from, end - from);
        to += end - from;
    }
    out->len = to;
}

// true: the node was empty, which leaves the one around it simple.
static bool end(Dumper *d, Node *n) {
    if (d->out->failed) return true;
    if (n->simple && n->count <= 3) make_line(d, n);
    d->level--;
    avm_buf_byte(d->out, ')');
    return n->simple && !n->count;
}

static bool dump_expr(Dumper *d, const AvmExpr *e);
static bool dump_stmt(Dumper *d, const AvmStmt *s);
static bool dump_pattern(Dumper *d, const AvmPattern *p);

static void add_word(Dumper *d, Node *n, const char *name, const char *word) {
    field(d, n, name);
    avm_buf_text(d->out, word);
}

static void add_span(Dumper *d, Node *n, AvmSpan span) {
    if (!d->attributes) return;
    field(d, n, "lineno");
    avm_buf_printf(d->out, "%u", span.line);
    field(d, n, "col_offset");
    avm_buf_printf(d->out, "%u", span.col);
    field(d, n, "end_lineno");
    avm_buf_printf(d->out, "%u", span.end_line);
    field(d, n, "end_col_offset");
    avm_buf_printf(d->out, "%u", span.end_col);
}

static void add_expr(Dumper *d, Node *n, const char *name, const AvmExpr *e) {
    if (!e) return;
    field(d, n, name);
    n->simple &= dump_expr(d, e);
}

// An operator or a context: a node without fields.
static void add_empty(Dumper *d, Node *n, const char *name, const char *type) {
    field(d, n, name);
    avm_buf_printf(d->out, "%s()", type);
}

static void begin_list(Dumper *d, Node *n, const char *name) {
    field(d, n, name);
    n->simple = false;
    avm_buf_byte(d->out, '[');
    d->level++;
}

static void begin_item(Dumper *d, uint32_t i) {
    if (i) avm_buf_byte(d->out, ',');
    add_line(d);
}

static void end_list(Dumper *d) {
    d->level--;
    avm_buf_byte(d->out, ']');
}

static void add_exprs(Dumper *d, Node *n, const char *name, AvmExprList list) {
    if (!list.count) return;
    begin_list(d, n, name);
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        if (list.items[i])
            dump_expr(d, list.items[i]);
        else
            avm_buf_text(d->out, "None");
    }
    end_list(d);
}

static void add_stmts(Dumper *d, Node *n, const char *name, AvmStmtList list) {
    if (!list.count) return;
    begin_list(d, n, name);
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        dump_stmt(d, list.items[i]);
    }
    end_list(d);
}

static void add_patterns(Dumper *d, Node *n, const char *name, AvmPatternList list) {
    if (!list.count) return;
    begin_list(d, n, name);
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        dump_pattern(d, list.items[i]);
    }
    end_list(d);
}

static void add_name(Dumper *d, Node *n, const char *name, const AvmName *value) {
    if (!value) return;
    field(d, n, name);
    avm_dump_text(d->out, value->text, value->length);
}

static void add_names(Dumper *d, Node *n, const char *name, AvmNameList list) {
    if (!list.count) return;
    begin_list(d, n, name);
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        avm_dump_text(d->out, list.items[i]->text, list.items[i]->length);
    }
    end_list(d);
}

// ---- parts --------------------------------------------------------------------------------------

static const char *const bool_ops[] = {"And", "Or"};
static const char *const operators[] = {"Add",    "Sub",    "Mult",  "MatMult", "Div",    "Mod",     "Pow",
                                        "LShift", "RShift", "BitOr", "BitXor",  "BitAnd", "FloorDiv"};
static const char *const unary_ops[] = {"Invert", "Not", "UAdd", "USub"};
static const char *const compare_ops[] = {"Eq",  "NotEq", "Lt",    "LtE", "Gt",
                                          "GtE", "Is",    "IsNot", "In",  "NotIn"};
static const char *const contexts[] = {"Load", "Store", "Del"};

static bool dump_arg(Dumper *d, const AvmArg *a) {
    Node n = begin(d, "arg");
    add_name(d, &n, "arg", a->name);
    add_expr(d, &n, "annotation", a->annotation);
    add_span(d, &n, a->span);
    return end(d, &n);
}

static void add_arg(Dumper *d, Node *n, const char *name, const AvmArg *a) {
    if (!a) return;
    field(d, n, name);
    n->simple &= dump_arg(d, a);
}

static void add_arg_list(Dumper *d, Node *n, const char *name, AvmArgList list) {
    if (!list.count) return;
    begin_list(d, n, name);
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        dump_arg(d, &list.items[i]);
    }
    end_list(d);
}

static void add_arguments(Dumper *d, Node *outer, const AvmArguments *a) {
    field(d, outer, "args");
    Node n = begin(d, "arguments");
    add_arg_list(d, &n, "posonlyargs", a->posonlyargs);
    add_arg_list(d, &n, "args", a->args);
    add_arg(d, &n, "vararg", a->vararg);
    add_arg_list(d, &n, "kwonlyargs", a->kwonlyargs);
    add_exprs(d, &n, "kw_defaults", a->kw_defaults);
    add_arg(d, &n, "kwarg", a->kwarg);
    add_exprs(d, &n, "defaults", a->defaults);
    outer->simple &= end(d, &n);
}

static void add_keywords(Dumper *d, Node *outer, AvmKeywordList list) {
    if (!list.count) return;
    begin_list(d, outer, "keywords");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "keyword");
        add_name(d, &n, "arg", list.items[i].arg);
        add_expr(d, &n, "value", list.items[i].value);
        add_span(d, &n, list.items[i].span);
        end(d, &n);
    }
    end_list(d);
}

static void add_generators(Dumper *d, Node *outer, AvmComprehensionList list) {
    begin_list(d, outer, "generators");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "comprehension");
        add_expr(d, &n, "target", list.items[i].target);
        add_expr(d, &n, "iter", list.items[i].iter);
        add_exprs(d, &n, "ifs", list.items[i].ifs);
        add_word(d, &n, "is_async", list.items[i].is_async ? "1" : "0");
        end(d, &n);
    }
    end_list(d);
}

static void add_type_params(Dumper *d, Node *outer, AvmTypeParamList list) {
    static const char *const kinds[] = {"TypeVar", "ParamSpec", "TypeVarTuple"};
    if (!list.count) return;
    begin_list(d, outer, "type_params");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, kinds[list.items[i].kind]);
        add_name(d, &n, "name", list.items[i].name);
        add_expr(d, &n, "bound", list.items[i].bound);
        add_expr(d, &n, "default_value", list.items[i].default_value);
        add_span(d, &n, list.items[i].span);
        end(d, &n);
    }
    end_list(d);
}

// ---- expressions --------------------------------------------------------------------------------

static const char *const expr_names[] = {
    "BoolOp",    "NamedExpr", "BinOp",   "UnaryOp",        "Lambda",       "IfExp",    "Dict",
    "Set",       "ListComp",  "SetComp", "DictComp",       "GeneratorExp", "Await",    "Yield",
    "YieldFrom", "Compare",   "Call",    "FormattedValue", "JoinedStr",    "Constant", "Attribute",
    "Subscript", "Starred",   "Name",    "List",           "Tuple",        "Slice"};

static void add_ops(Dumper *d, Node *n, const uint8_t *ops, uint32_t count) {
    begin_list(d, n, "ops");
    for (uint32_t i = 0; i < count; i++) {
        begin_item(d, i);
        avm_buf_printf(d->out, "%s()", compare_ops[ops[i]]);
    }
    end_list(d);
}

static void add_constant(Dumper *d, Node *n, const AvmConstant *c) {
    field(d, n, "value");
    avm_dump_constant(d->out, c);
    if (c->u_prefix) add_word(d, n, "kind", "'u'");
}

static void add_operation(Dumper *d, Node *n, const AvmExpr *e) {
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_BOOLOP:
        add_empty(d, n, "op", bool_ops[e->boolop.op]);
        add_exprs(d, n, "values", e->boolop.values);
        break;
    case AVM_EXPR_BINOP:
        add_expr(d, n, "left", e->binop.left);
        add_empty(d, n, "op", operators[e->binop.op]);
        add_expr(d, n, "right", e->binop.right);
        break;
    case AVM_EXPR_UNARYOP:
        add_empty(d, n, "op", unary_ops[e->unaryop.op]);
        add_expr(d, n, "operand", e->unaryop.operand);
        break;
    case AVM_EXPR_COMPARE:
        add_expr(d, n, "left", e->compare.left);
        add_ops(d, n, e->compare.ops, e->compare.comparators.count);
        add_exprs(d, n, "comparators", e->compare.comparators);
        break;
    case AVM_EXPR_IFEXP:
        add_expr(d, n, "test", e->ifexp.test);
        add_expr(d, n, "body", e->ifexp.body);
        add_expr(d, n, "orelse", e->ifexp.orelse);
        break;
    case AVM_EXPR_NAMEDEXPR:
        add_expr(d, n, "target", e->namedexpr.target);
        add_expr(d, n, "value", e->namedexpr.value);
        break;
    case AVM_EXPR_LAMBDA:
        add_arguments(d, n, e->lambda.args);
        add_expr(d, n, "body", e->lambda.body);
        break;
    default: break;
    }
}

static void add_primary(Dumper *d, Node *n, const AvmExpr *e) {
    switch ((AvmExprKind)e->kind) {
    case AVM_EXPR_CALL:
        add_expr(d, n, "func", e->call.func);
        add_exprs(d, n, "args", e->call.args);
        add_keywords(d, n, e->call.keywords);
        break;
    case AVM_EXPR_ATTRIBUTE:
        add_expr(d, n, "value", e->attribute.value);
        add_name(d, n, "attr", e->attribute.attr);
        break;
    case AVM_EXPR_SUBSCRIPT:
        add_expr(d, n, "value", e->subscript.value);
        add_expr(d, n, "slice", e->subscript.slice);
        break;
    case AVM_EXPR_SLICE:
        add_expr(d, n, "lower", e->slice.lower);
        add_expr(d, n, "upper", e->slice.upper);
        add_expr(d, n, "step", e->slice.step);
        break;
    case AVM_EXPR_FORMATTEDVALUE:
        add_expr(d, n, "value", e->formattedvalue.value);
        field(d, n, "conversion");
        avm_buf_printf(d->out, "%d", e->formattedvalue.conversion);
        add_expr(d, n, "format_spec", e->formattedvalue.format_spec);
        break;
    case AVM_EXPR_DICT:
        add_exprs(d, n, "keys", e->dict.keys);
        add_exprs(d, n, "values", e->dict.values);
        break;
    case AVM_EXPR_DICTCOMP:
        add_expr(d, n, "key", e->dictcomp.key);
        add_expr(d, n, "value", e->dictcomp.value);
        add_generators(d, n, e->dictcomp.generators);
        break;
    case AVM_EXPR_LISTCOMP:
    case AVM_EXPR_SETCOMP:
    case AVM_EXPR_GENERATOREXP:
        add_expr(d, n, "elt", e->comp.elt);
        add_generators(d, n, e->comp.generators);
        break;
    case AVM_EXPR_JOINEDSTR: add_exprs(d, n, "values", e->sequence); break;
    case AVM_EXPR_SET:
    case AVM_EXPR_LIST:
    case AVM_EXPR_TUPLE: add_exprs(d, n, "elts", e->sequence); break;
    case AVM_EXPR_AWAIT:
    case AVM_EXPR_YIELD:
    case AVM_EXPR_YIELDFROM:
    case AVM_EXPR_STARRED: add_expr(d, n, "value", e->value); break;
    case AVM_EXPR_CONSTANT: add_constant(d, n, &e->constant); break;
    case AVM_EXPR_NAME: add_name(d, n, "id", e->name); break;
    default: add_operation(d, n, e);
    }
}

static bool has_context(unsigned kind) {
    return kind == AVM_EXPR_ATTRIBUTE || kind == AVM_EXPR_SUBSCRIPT || kind == AVM_EXPR_STARRED ||
           kind == AVM_EXPR_NAME || kind == AVM_EXPR_LIST || kind == AVM_EXPR_TUPLE;
}

static bool dump_expr(Dumper *d, const AvmExpr *e) {
    Node n = begin(d, expr_names[e->kind]);
    add_primary(d, &n, e);
    if (has_context(e->kind)) add_empty(d, &n, "ctx", contexts[e->ctx]);
    add_span(d, &n, e->span);
    return end(d, &n);
}

// ---- patterns -----------------------------------------------------------------------------------

static bool dump_pattern(Dumper *d, const AvmPattern *p) {
    static const char *const names[] = {"MatchValue", "MatchSingleton", "MatchSequence", "MatchMapping",
                                        "MatchClass", "MatchStar",      "MatchAs",       "MatchOr"};
    Node n = begin(d, names[p->kind]);
    switch ((AvmPatternKind)p->kind) {
    case AVM_PATTERN_VALUE: add_expr(d, &n, "value", p->value); break;
    case AVM_PATTERN_SINGLETON: add_constant(d, &n, &p->value->constant); break;
    case AVM_PATTERN_SEQUENCE:
    case AVM_PATTERN_OR: add_patterns(d, &n, "patterns", p->patterns); break;
    case AVM_PATTERN_MAPPING:
        add_exprs(d, &n, "keys", p->mapping.keys);
        add_patterns(d, &n, "patterns", p->mapping.patterns);
        add_name(d, &n, "rest", p->mapping.rest);
        break;
    case AVM_PATTERN_CLASS:
        add_expr(d, &n, "cls", p->cls.cls);
        add_patterns(d, &n, "patterns", p->cls.patterns);
        add_names(d, &n, "kwd_attrs", p->cls.kwd_attrs);
        add_patterns(d, &n, "kwd_patterns", p->cls.kwd_patterns);
        break;
    case AVM_PATTERN_STAR: add_name(d, &n, "name", p->name); break;
    case AVM_PATTERN_AS:
        if (p->as.pattern) {
            field(d, &n, "pattern");
            n.simple &= dump_pattern(d, p->as.pattern);
        }
        add_name(d, &n, "name", p->as.name);
        break;
    }
    add_span(d, &n, p->span);
    return end(d, &n);
}

// ---- statements ---------------------------------------------------------------------------------

static void add_handlers(Dumper *d, Node *outer, AvmHandlerList list) {
    if (!list.count) return;
    begin_list(d, outer, "handlers");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "ExceptHandler");
        add_expr(d, &n, "type", list.items[i].type);
        add_name(d, &n, "name", list.items[i].name);
        add_stmts(d, &n, "body", list.items[i].body);
        add_span(d, &n, list.items[i].span);
        end(d, &n);
    }
    end_list(d);
}

static void add_with_items(Dumper *d, Node *outer, AvmWithItemList list) {
    begin_list(d, outer, "items");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "withitem");
        add_expr(d, &n, "context_expr", list.items[i].context_expr);
        add_expr(d, &n, "optional_vars", list.items[i].optional_vars);
        end(d, &n);
    }
    end_list(d);
}

static void add_cases(Dumper *d, Node *outer, AvmMatchCaseList list) {
    begin_list(d, outer, "cases");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "match_case");
        field(d, &n, "pattern");
        n.simple &= dump_pattern(d, list.items[i].pattern);
        add_expr(d, &n, "guard", list.items[i].guard);
        add_stmts(d, &n, "body", list.items[i].body);
        end(d, &n);
    }
    end_list(d);
}

static void add_aliases(Dumper *d, Node *outer, AvmAliasList list) {
    begin_list(d, outer, "names");
    for (uint32_t i = 0; i < list.count; i++) {
        begin_item(d, i);
        Node n = begin(d, "alias");
        add_name(d, &n, "name", list.items[i].name);
        add_name(d, &n, "asname", list.items[i].asname);
        add_span(d, &n, list.items[i].span);
        end(d, &n);
    }
    end_list(d);
}

static void add_assignment(Dumper *d, Node *n, const AvmStmt *s) {
    switch ((AvmStmtKind)s->kind) {
    case AVM_STMT_ASSIGN:
        add_exprs(d, n, "targets", s->assign.targets);
        add_expr(d, n, "value", s->assign.value);
        break;
    case AVM_STMT_TYPEALIAS:
        add_expr(d, n, "name", s->typealias.name);
        add_type_params(d, n, s->typealias.type_params);
        add_expr(d, n, "value", s->typealias.value);
        break;
    case AVM_STMT_AUGASSIGN:
        add_expr(d, n, "target", s->augassign.target);
        add_empty(d, n, "op", operators[s->augassign.op]);
        add_expr(d, n, "value", s->augassign.value);
        break;
    case AVM_STMT_ANNASSIGN:
        add_expr(d, n, "target", s->annassign.target);
        add_expr(d, n, "annotation", s->annassign.annotation);
        add_expr(d, n, "value", s->annassign.value);
        add_word(d, n, "simple", s->annassign.simple ? "1" : "0");
        break;
    default: break;
    }
}

static void add_simple(Dumper *d, Node *n, const AvmStmt *s) {
    switch ((AvmStmtKind)s->kind) {
    case AVM_STMT_RETURN:
    case AVM_STMT_EXPR: add_expr(d, n, "value", s->value); break;
    case AVM_STMT_DELETE: add_exprs(d, n, "targets", s->targets); break;
    case AVM_STMT_RAISE:
        add_expr(d, n, "exc", s->raise.exc);
        add_expr(d, n, "cause", s->raise.cause);
        break;
    case AVM_STMT_ASSERT:
        add_expr(d, n, "test", s->assertion.test);
        add_expr(d, n, "msg", s->assertion.msg);
        break;
    case AVM_STMT_IMPORT: add_aliases(d, n, s->import); break;
    case AVM_STMT_IMPORTFROM:
        add_name(d, n, "module", s->importfrom.module);
        add_aliases(d, n, s->importfrom.names);
        field(d, n, "level");
        avm_buf_printf(d->out, "%u", s->importfrom.level);
        break;
    case AVM_STMT_GLOBAL:
    case AVM_STMT_NONLOCAL: add_names(d, n, "names", s->names); break;
    default: add_assignment(d, n, s);
    }
}

static void add_definition(Dumper *d, Node *n, const AvmStmt *s) {
    if (s->kind == AVM_STMT_CLASSDEF) {
        add_name(d, n, "name", s->classdef.name);
        add_exprs(d, n, "bases", s->classdef.bases);
        add_keywords(d, n, s->classdef.keywords);
        add_stmts(d, n, "body", s->classdef.body);
        add_exprs(d, n, "decorator_list", s->classdef.decorator_list);
        add_type_params(d, n, s->classdef.type_params);
        return;
    }
    add_name(d, n, "name", s->functiondef.name);
    add_arguments(d, n, s->functiondef.args);
    add_stmts(d, n, "body", s->functiondef.body);
    add_exprs(d, n, "decorator_list", s->functiondef.decorator_list);
    add_expr(d, n, "returns", s->functiondef.returns);
    add_type_params(d, n, s->functiondef.type_params);
}

static const char *const stmt_names[] = {"FunctionDef", "AsyncFunctionDef",
                                         "ClassDef",    "Return",
                                         "Delete",      "Assign",
                                         "TypeAlias",   "AugAssign",
                                         "AnnAssign",   "For",
                                         "AsyncFor",    "While",
                                         "If",          "With",
                                         "AsyncWith",   "Match",
                                         "Raise",       "Try",
                                         "TryStar",     "Assert",
                                         "Import",      "ImportFrom",
                                         "Global",      "Nonlocal",
                                         "Expr",        "Pass",
                                         "Break",       "Continue"};

static bool dump_stmt(Dumper *d, const AvmStmt *s) {
    Node n = begin(d, stmt_names[s->kind]);
    switch ((AvmStmtKind)s->kind) {
    case AVM_STMT_FUNCTIONDEF:
    case AVM_STMT_ASYNCFUNCTIONDEF:
    case AVM_STMT_CLASSDEF: add_definition(d, &n, s); break;
    case AVM_STMT_FOR:
    case AVM_STMT_ASYNCFOR:
        add_expr(d, &n, "target", s->forloop.target);
        add_expr(d, &n, "iter", s->forloop.iter);
        add_stmts(d, &n, "body", s->forloop.body);
        add_stmts(d, &n, "orelse", s->forloop.orelse);
        break;
    case AVM_STMT_WHILE:
    case AVM_STMT_IF:
        add_expr(d, &n, "test", s->branch.test);
        add_stmts(d, &n, "body", s->branch.body);
        add_stmts(d, &n, "orelse", s->branch.orelse);
        break;
    case AVM_STMT_WITH:
    case AVM_STMT_ASYNCWITH:
        add_with_items(d, &n, s->with.items);
        add_stmts(d, &n, "body", s->with.body);
        break;
    case AVM_STMT_MATCH:
        add_expr(d, &n, "subject", s->match.subject);
        add_cases(d, &n, s->match.cases);
        break;
    case AVM_STMT_TRY:
    case AVM_STMT_TRYSTAR:
        add_stmts(d, &n, "body", s->tried.body);
        add_handlers(d, &n, s->tried.handlers);
        add_stmts(d, &n, "orelse", s->tried.orelse);
        add_stmts(d, &n, "finalbody", s->tried.finalbody);
        break;
    default: add_simple(d, &n, s);
    }
    add_span(d, &n, s->span);
    return end(d, &n);
}

void avm_tree_dump_spans(const AvmModule *module, bool attributes, AvmBuf *out) {
    static const char *const names[] = {"Module", "Interactive", "Expression"};
    Dumper d = {out, attributes, 0};
    Node n = begin(&d, names[module->mode]);
    if (module->mode == AVM_PARSE_EVAL)
        add_expr(&d, &n, "body", module->expression);
    else
        add_stmts(&d, &n, "body", module->body);
    end(&d, &n);
    avm_buf_byte(out, '\n');
}

void avm_tree_dump(const AvmModule *module, AvmBuf *out) { avm_tree_dump_spans(module, false, out); }
