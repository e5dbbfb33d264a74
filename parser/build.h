// The tree builder: one function for each action of parser/grammar.y. Knows nodes and their checks, not the
// grammar.
//
// Every function may be called after a failure (the engine ends its chain of reductions): it then does
// nothing.
#ifndef AVM_PARSER_BUILD_H
#define AVM_PARSER_BUILD_H

#include "base/remark.h"
#include "lexer/layout.h"
#include "parser/tree.h"

// Of the builder's own: `expr as target` in parentheses, until `with` takes it (namedexpr). Never in a
// finished tree.
enum { AVM_EXPR_ASITEM = AVM_EXPR_SLICE + 1 };

typedef struct AvmBuilder {
    AvmArena *arena;
    AvmNames *names;
    AvmDiag *diag;
    AvmModule *module;
    const char *text, *limit; // the whole source
    bool failed;              // *diag is set, or wrong holds a token no rule takes
    bool is_wrong;
    size_t bytes;   // allocated by the builder, of AVM_TREE_MAX_BYTES
    uint32_t reach; // in looking for an explanation tokens were read up to this line
    bool ran_out;   // in looking for an explanation the end was reached, or an error of the lexer
    AvmToken wrong;
    uint32_t as_count;          // ASITEMs that no `with` has taken
    AvmSpan as_span;            // the first one's `as`
    AvmToken last;              // the token pushed last
    AvmToken head, head_before; // the first tokens of this logical line and of the one before it
    const char *string_error;   // what is wrong with an f-string's text: said at its end
    bool bad_target;            // a target of an assignment is none; target_span says where that begins
    AvmSpan target_span;
} AvmBuilder;

// ---- what the engine's stack holds --------------------------------------------------------------

typedef struct AvmNode {
    AvmExpr *expr; // NULL: none
    AvmSpan span;  // with the parentheses around it
} AvmNode;

// Lists grow in place while parsed: a list of n items has room for the next power of two.
typedef struct AvmNodes {
    AvmExpr **items;
    uint32_t count;
    bool comma; // ended by a comma
    AvmSpan span;
} AvmNodes;

typedef struct AvmStmts {
    AvmStmt **items;
    uint32_t count, end_line, end_col;
} AvmStmts;

typedef struct AvmNameRun {
    const AvmName **items;
    uint32_t count, end_line, end_col;
} AvmNameRun;

typedef struct AvmAliases {
    AvmAlias *items;
    uint32_t count;
} AvmAliases;

// a.b.c in an import: its parts, joined when it is finished.
typedef struct AvmDotted {
    const AvmName **items;
    uint32_t count;
    AvmSpan span;
} AvmDotted;

typedef struct AvmOrigin {
    const AvmName *module;
    uint32_t level;
} AvmOrigin;

typedef struct AvmHandlerParts {
    AvmHandler handler;
    AvmSpan word; // `except` or `except*`
    bool star;
} AvmHandlerParts;

typedef struct AvmHandlers {
    AvmHandlerList list;
    bool star;
} AvmHandlers;

typedef struct AvmWithParts {
    AvmNode context;
    AvmExpr *vars;
} AvmWithParts;

typedef struct AvmWithItems {
    AvmWithItemList list;
    AvmNode first; // the context expression of the first item
    AvmToken token;
} AvmWithItems;

typedef struct AvmTypeParams {
    AvmTypeParamList list;
} AvmTypeParams;

typedef enum AvmParamKind {
    AVM_PARAM_PLAIN,
    AVM_PARAM_STAR,
    AVM_PARAM_DOUBLESTAR,
    AVM_PARAM_SLASH
} AvmParamKind;

typedef struct AvmParam {
    AvmParamKind kind;
    AvmArg arg; // name NULL: a bare star or slash
    AvmExpr *def;
    AvmSpan span;  // of the first token
    AvmSpan equal; // of the `=`
} AvmParam;

typedef struct AvmParams {
    AvmArguments args;
    AvmParam star; // the last bare star
    bool seen_star, seen_slash, seen_default, bare_star;
} AvmParams;

typedef struct AvmCases {
    AvmMatchCaseList list;
} AvmCases;

typedef struct AvmPatternRun {
    AvmPattern **items;
    uint32_t count;
} AvmPatternRun;

typedef struct AvmPatternItem {
    AvmExpr *key;        // of a mapping
    const AvmName *name; // of a class: keyword; of a mapping without key: the rest
    AvmPattern *pattern; // NULL: the rest of a mapping
    AvmSpan span;
} AvmPatternItem;

typedef struct AvmPatternItems {
    AvmPatternItem *items;
    uint32_t count;
} AvmPatternItems;

typedef enum AvmCallArgKind {
    AVM_ARG_PLAIN,
    AVM_ARG_GENERATOR,
    AVM_ARG_KEYWORD,
    AVM_ARG_UNPACKED
} AvmCallArgKind;

typedef struct AvmCallArg {
    AvmExpr *value;
    const AvmName *name;
    AvmSpan span, generator_for;
    AvmCallArgKind kind;
} AvmCallArg;

typedef struct AvmCallArgs {
    AvmExprList args;
    AvmKeywordList keywords;
    uint32_t count;
    AvmExpr *generator;    // the first that is without parentheses
    AvmSpan generator_for; // its first word behind the element
    AvmSpan last;          // of the last argument
    bool seen_keyword, seen_unpacked, misplaced;
} AvmCallArgs;

typedef struct AvmDictItem {
    AvmExpr *key, *value; // key NULL: **value
    AvmSpan span;
} AvmDictItem;

typedef struct AvmDictItems {
    AvmExprList keys, values;
} AvmDictItems;

typedef struct AvmCompClause {
    AvmComprehension comp;
    AvmSpan start, end;
} AvmCompClause;

typedef struct AvmComps {
    AvmComprehensionList list;
    AvmSpan start, end; // from the first `for` or `async`
    uint16_t height;
} AvmComps;

typedef struct AvmConversion {
    int conversion;
    const char *text; // where the `!` stands; NULL: none
    uint32_t line, col;
} AvmConversion;

static const AvmNode avm_no_node = {0};
static const AvmNodes avm_no_nodes = {0};

// ---- the engine: parser/grammar.y ---------------------------------------------------------------

extern const size_t avm_grammar_size; // bytes of an engine
void avm_grammar_begin(void *engine, AvmBuilder *b);
// A token of kind AVM_TOK_NOTHING, pushed after END, finishes.
void avm_grammar_push(void *engine, AvmToken token);
// Whether a token of this kind could be pushed now. Nothing changes.
bool avm_grammar_accepts(const void *engine, unsigned kind);

// ---- build.c: the common ground -----------------------------------------------------------------

// All errors of the builder; always false.
bool avm_build_fail(AvmBuilder *b, AvmSpan span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool avm_build_no_memory(AvmBuilder *b);
void *avm_build_alloc(AvmBuilder *b, size_t size);
// Makes room for one more item. false: out of memory.
bool avm_build_room(AvmBuilder *b, void *items, uint32_t count, size_t size);
AvmExpr *avm_build_new(AvmBuilder *b, AvmExprKind kind, AvmSpan span);
AvmStmt *avm_build_new_stmt(AvmBuilder *b, AvmStmtKind kind, AvmSpan span);
// e is higher than the child, which may be NULL.
void avm_build_over(AvmBuilder *b, AvmExpr *e, const AvmExpr *child);
void avm_build_over_height(AvmBuilder *b, AvmExpr *e, unsigned height);
void avm_build_over_list(AvmBuilder *b, AvmExpr *e, AvmExprList list);
void avm_build_stmt_over(AvmBuilder *b, AvmStmt *s, unsigned height);
void avm_build_stmt_over_list(AvmBuilder *b, AvmStmt *s, AvmExprList list);
void avm_build_stmt_over_block(AvmBuilder *b, AvmStmt *s, AvmStmts block);
const AvmName *avm_build_identifier(AvmBuilder *b, AvmToken name);
AvmSpan avm_span_join(AvmSpan first, AvmSpan last);
static inline unsigned avm_height_of(const AvmExpr *e) { return e ? e->height : 0; }

void avm_build_wrong_token(AvmBuilder *b, const AvmToken *token);
void avm_build_too_deep(AvmBuilder *b);
void avm_build_module(AvmBuilder *b, AvmStmts body);
void avm_build_expression(AvmBuilder *b, AvmNode e);

AvmNodes avm_build_nodes(AvmBuilder *b, AvmNode e);
AvmNodes avm_build_nodes_two(AvmBuilder *b, AvmNode first, AvmNode second);
AvmNodes avm_build_nodes_add(AvmBuilder *b, AvmNodes list, AvmNode e);
AvmNodes avm_build_nodes_comma(AvmNodes list, AvmToken comma);
AvmStmts avm_build_block(AvmBuilder *b, AvmStmts block, AvmStmt *s);
AvmStmts avm_build_block_join(AvmBuilder *b, AvmStmts block, AvmStmts line);
AvmStmts avm_build_block_end(AvmStmts block, AvmToken last);
AvmStmts avm_build_second(AvmBuilder *b, AvmStmts block, AvmStmts more);

// ---- target.c -----------------------------------------------------------------------------------

typedef enum AvmTargetUse { AVM_TARGET_ASSIGN, AVM_TARGET_FOR, AVM_TARGET_DEL, AVM_TARGET_WITH } AvmTargetUse;

// What CPython calls the expression: "function call", "literal" ...
const char *avm_target_describe(const AvmExpr *e);
// The first part of e that cannot be a target; NULL: all can.
const AvmExpr *avm_target_wrong(const AvmExpr *e, AvmTargetUse use);
// Turns an expression into a target; an error when it cannot be one.
bool avm_target_convert(AvmBuilder *b, AvmExpr *e, AvmTargetUse use);
// The target of `for`: one, or a tuple without parentheses.
AvmExpr *avm_target_of_list(AvmBuilder *b, AvmNodes list, AvmTargetUse use);

// ---- literal.c, escape.c, string.c --------------------------------------------------------------

typedef struct AvmLiteralText {
    const char *text; // in the arena, NUL-terminated
    size_t length;
} AvmLiteralText;

typedef struct AvmStringForm {
    bool raw, bytes, field; // field: of an f-string, braces are doubled
} AvmStringForm;

// Decodes the inside of a string literal. *odd: behind the backslash of the first escape that is none, or NULL.
// false: *error is the message (in the arena), or NULL: out of memory.
bool avm_escape_decode(AvmArena *arena, const char *text, size_t length, AvmStringForm form, AvmLiteralText *out,
                       const char **odd, const char **error);

AvmNode avm_build_number(AvmBuilder *b, AvmToken t);
AvmNode avm_build_word(AvmBuilder *b, AvmConstantKind kind, AvmToken t);
AvmNode avm_build_string(AvmBuilder *b, AvmToken t);
AvmNode avm_build_strings(AvmBuilder *b, AvmNodes parts);
AvmNode avm_build_fstring(AvmBuilder *b, AvmToken start, AvmNodes parts, AvmToken end);
AvmNodes avm_build_fstring_text(AvmBuilder *b, AvmNodes parts, AvmToken t);
AvmConversion avm_build_conversion(AvmBuilder *b, AvmToken bang, AvmToken name);
AvmNodes avm_build_field(AvmBuilder *b, AvmNodes parts, AvmToken open, AvmNode value, AvmToken debug,
                         AvmConversion conversion, const AvmToken *colon, AvmNodes spec, AvmToken close);

// ---- expr.c: expressions ------------------------------------------------------------------------

AvmNode avm_build_name(AvmBuilder *b, AvmToken t);
AvmNode avm_build_attribute(AvmBuilder *b, AvmNode value, AvmToken name);
AvmNode avm_build_binop(AvmBuilder *b, AvmOperator op, AvmNode left, AvmNode right);
AvmNode avm_build_unary(AvmBuilder *b, AvmUnaryOp op, AvmToken t, AvmNode operand);
AvmNode avm_build_boolop(AvmBuilder *b, AvmBoolOp op, AvmNodes values);
AvmNode avm_build_compare(AvmBuilder *b, AvmNode left, AvmCmpOp op, AvmNode right);
AvmNode avm_build_compare_add(AvmBuilder *b, AvmNode compare, AvmCmpOp op, AvmNode right);
AvmNode avm_build_compare_end(AvmBuilder *b, AvmNode compare);
AvmNode avm_build_ifexp(AvmBuilder *b, AvmNode body, AvmNode test, AvmNode orelse);
AvmNode avm_build_lambda(AvmBuilder *b, AvmToken t, AvmParams *params, AvmNode body);
AvmNode avm_build_named(AvmBuilder *b, AvmNode target, AvmNode value);
AvmNode avm_build_await(AvmBuilder *b, AvmToken t, AvmNode value);
AvmNode avm_build_yield(AvmBuilder *b, AvmToken t, AvmNode value);
AvmNode avm_build_yield_from(AvmBuilder *b, AvmToken t, AvmNode value);
AvmNode avm_build_starred(AvmBuilder *b, AvmToken t, AvmNode value);
AvmNode avm_build_subscript(AvmBuilder *b, AvmNode value, AvmNode slice, AvmToken close);
AvmNodes avm_build_subscripts(AvmBuilder *b, AvmNode first);
AvmNode avm_build_slice(AvmBuilder *b, AvmNode lower, AvmToken colon, AvmNode upper, const AvmToken *second,
                        AvmNode step);

// ---- display.c: what stands in brackets ---------------------------------------------------------

AvmNode avm_build_tuple(AvmBuilder *b, AvmNodes items);
AvmNode avm_build_one_or_tuple(AvmBuilder *b, AvmNodes items);
AvmNode avm_build_group(AvmBuilder *b, AvmToken open, AvmNode e, AvmToken close);
AvmNode avm_build_parens(AvmBuilder *b, AvmToken open, AvmNodes items, AvmToken close);
AvmNode avm_build_as_item(AvmBuilder *b, AvmNode value, AvmToken as, AvmNode target);
AvmNode avm_build_display(AvmBuilder *b, AvmExprKind kind, AvmToken open, AvmNodes items, AvmToken close);
AvmNode avm_build_comp(AvmBuilder *b, AvmExprKind kind, AvmToken open, AvmNode e, AvmComps *comps,
                       AvmToken close);
AvmNode avm_build_dict(AvmBuilder *b, AvmToken open, AvmDictItems *items, AvmToken close);
AvmNode avm_build_dictcomp(AvmBuilder *b, AvmToken open, AvmDictItem *item, AvmComps *comps, AvmToken close);
AvmDictItem *avm_build_dict_item(AvmBuilder *b, AvmNode key, AvmNode value);
AvmDictItem *avm_build_dict_unpacked(AvmBuilder *b, AvmToken t, AvmNode value);
AvmDictItems *avm_build_dict_items(AvmBuilder *b, AvmDictItems *list, AvmDictItem *item);
AvmComps *avm_build_comps(AvmBuilder *b, AvmComps *list, AvmCompClause *c);
AvmCompClause *avm_build_comp_clause(AvmBuilder *b, AvmToken t, bool is_async, AvmNodes targets,
                                     AvmNode iter);
AvmCompClause *avm_build_comp_if(AvmBuilder *b, AvmCompClause *c, AvmNode test);

// ---- args.c: parameters and arguments -----------------------------------------------------------

AvmParam *avm_build_param(AvmBuilder *b, AvmParamKind kind, AvmToken t, const AvmToken *name,
                          AvmNode annotation, AvmNode def);
AvmParams *avm_build_params(AvmBuilder *b, AvmParams *list, AvmParam *p);
AvmParams *avm_build_lambda_params(AvmBuilder *b, AvmParams *list);
// The finished parameters, empty for NULL; *height is raised to that of their expressions.
AvmArguments *avm_build_arguments(AvmBuilder *b, AvmParams *list, unsigned *height);
AvmCallArg avm_build_arg(AvmBuilder *b, AvmNode e);
AvmCallArg avm_build_arg_generator(AvmBuilder *b, AvmNode e, AvmComps *comps);
AvmCallArg avm_build_arg_keyword(AvmBuilder *b, AvmNode name, AvmToken equal, AvmNode value);
AvmCallArg avm_build_arg_keyword_generator(AvmBuilder *b, AvmNode name, AvmToken equal, AvmNode value,
                                           AvmComps *comps);
AvmCallArg avm_build_arg_unpacked(AvmBuilder *b, AvmToken t, AvmNode e);
AvmCallArgs *avm_build_args(AvmBuilder *b, AvmCallArgs *list, AvmCallArg arg);
AvmCallArgs *avm_build_args_end(AvmBuilder *b, AvmCallArgs *list, const AvmToken *comma);
AvmNode avm_build_call(AvmBuilder *b, AvmNode func, AvmToken open, AvmCallArgs *args, AvmToken close);
AvmTypeParam *avm_build_type_param(AvmBuilder *b, AvmTypeParamKind kind, AvmToken t, AvmToken name,
                                   AvmNode bound, AvmNode def);
AvmTypeParams *avm_build_type_params(AvmBuilder *b, AvmTypeParams *list, AvmTypeParam *p);

// ---- stmt.c: simple statements ------------------------------------------------------------------

AvmStmt *avm_build_expr_stmt(AvmBuilder *b, AvmNode value);
AvmStmt *avm_build_assign(AvmBuilder *b, AvmNodes values);
AvmStmt *avm_build_augassign(AvmBuilder *b, AvmNode target, AvmOperator op, AvmNode value);
AvmStmt *avm_build_annassign(AvmBuilder *b, AvmNode target, AvmNode annotation, AvmNode value);
AvmStmt *avm_build_word_stmt(AvmBuilder *b, AvmStmtKind kind, AvmToken t);
AvmStmt *avm_build_del(AvmBuilder *b, AvmToken t, AvmNodes targets);
AvmStmt *avm_build_return(AvmBuilder *b, AvmToken t, AvmNode value);
AvmStmt *avm_build_raise(AvmBuilder *b, AvmToken t, AvmNode exc, AvmNode cause);
AvmStmt *avm_build_assert(AvmBuilder *b, AvmToken t, AvmNode test, AvmNode msg);
AvmStmt *avm_build_names_stmt(AvmBuilder *b, AvmStmtKind kind, AvmToken t, AvmNameRun names);
AvmNameRun avm_build_names(AvmBuilder *b, AvmNameRun list, AvmToken name);
AvmStmt *avm_build_import(AvmBuilder *b, AvmToken t, AvmAliases list);
AvmStmt *avm_build_import_star(AvmBuilder *b, AvmToken t, AvmOrigin origin, AvmToken star);
AvmStmt *avm_build_import_from(AvmBuilder *b, AvmToken t, AvmOrigin origin, AvmAliases list,
                               const AvmToken *close);
AvmAliases avm_build_aliases(AvmBuilder *b, AvmAliases list, AvmAlias *alias);
AvmAlias *avm_build_alias(AvmBuilder *b, AvmDotted name, const AvmToken *asname);
AvmDotted avm_build_dotted(AvmBuilder *b, AvmDotted d, AvmToken name);
const AvmName *avm_build_dotted_name(AvmBuilder *b, AvmDotted d);
AvmStmt *avm_build_typealias(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *params, AvmNode value);

// ---- compound.c: compound statements ------------------------------------------------------------

AvmStmt *avm_build_branch(AvmBuilder *b, AvmStmtKind kind, AvmToken t, AvmNode test, AvmStmts body,
                          AvmStmts orelse);
AvmStmt *avm_build_if(AvmBuilder *b, AvmToken t, AvmNode test, AvmStmts body, AvmStmts elifs,
                      AvmStmts orelse);
AvmStmts avm_build_elif(AvmBuilder *b, AvmStmts elifs, AvmToken t, AvmNode test, AvmStmts body);
AvmStmt *avm_build_for(AvmBuilder *b, AvmToken t, AvmNodes targets, AvmNode iter, AvmStmts body,
                       AvmStmts orelse);
AvmStmt *avm_build_with(AvmBuilder *b, AvmWithItems *head, AvmStmts body);
AvmWithItems *avm_build_with_head(AvmBuilder *b, AvmToken t, AvmWithItems *items);
AvmWithItems *avm_build_with_items(AvmBuilder *b, AvmWithItems *list, AvmWithParts item);
AvmWithParts avm_build_with_item(AvmBuilder *b, AvmNode context, AvmNode vars);
AvmStmt *avm_build_async(AvmBuilder *b, AvmToken t, AvmStmt *s);
AvmStmt *avm_build_decorated(AvmBuilder *b, AvmNodes decorators, AvmStmt *s);
AvmStmt *avm_build_def(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *type_params,
                       AvmParams *params, AvmNode returns, AvmStmts body);
AvmStmt *avm_build_class(AvmBuilder *b, AvmToken t, AvmToken name, AvmTypeParams *type_params, AvmCallArgs *args,
                         AvmStmts body);
AvmStmt *avm_build_try(AvmBuilder *b, AvmToken t, AvmStmts body, AvmHandlers *handlers, AvmStmts orelse,
                       AvmStmts finalbody);
AvmHandlerParts *avm_build_handler(AvmBuilder *b, AvmToken t, const AvmToken *star, AvmNode type,
                                   const AvmToken *name, AvmStmts body);
AvmHandlers *avm_build_handlers(AvmBuilder *b, AvmHandlers *list, AvmHandlerParts *h);

// ---- pattern.c: match ---------------------------------------------------------------------------

AvmStmt *avm_build_match(AvmBuilder *b, AvmToken t, AvmNode subject, AvmCases *cases);
AvmCases *avm_build_cases(AvmBuilder *b, AvmCases *list, AvmMatchCase *c);
AvmMatchCase *avm_build_case(AvmBuilder *b, AvmPattern *p, AvmNode guard, AvmStmts body);
AvmPatternRun avm_build_pattern_run(AvmBuilder *b, AvmPatternRun list, AvmPattern *p);
AvmPattern *avm_build_sequence_pattern(AvmBuilder *b, AvmPatternRun list, const AvmToken *open,
                                       const AvmToken *last);
AvmPattern *avm_build_star_pattern(AvmBuilder *b, AvmToken star, AvmToken name);
AvmPattern *avm_build_or_pattern(AvmBuilder *b, AvmPatternRun list);
AvmPattern *avm_build_as_pattern(AvmBuilder *b, AvmPattern *p, AvmNode target);
AvmPattern *avm_build_value_pattern(AvmBuilder *b, AvmNode value);
AvmPattern *avm_build_capture_pattern(AvmBuilder *b, AvmToken name);
AvmPattern *avm_build_paren_pattern(AvmBuilder *b, AvmToken open, AvmPattern *p, AvmToken close);
AvmPattern *avm_build_mapping_pattern(AvmBuilder *b, AvmToken open, AvmPatternItems *items, AvmToken close);
AvmPattern *avm_build_class_pattern(AvmBuilder *b, AvmNode cls, AvmPatternItems *items, AvmToken close);
AvmNode avm_build_complex(AvmBuilder *b, AvmOperator op, AvmNode real, AvmToken imaginary);
AvmPatternItem *avm_build_pattern_item(AvmBuilder *b, AvmNode key, AvmPattern *p);
AvmPatternItem *avm_build_pattern_rest(AvmBuilder *b, AvmToken t, AvmToken name);
AvmPatternItem *avm_build_pattern_arg(AvmBuilder *b, const AvmToken *name, AvmPattern *p);
AvmPatternItems *avm_build_pattern_items(AvmBuilder *b, AvmPatternItems *list, AvmPatternItem *item);

#endif
