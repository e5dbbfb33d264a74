// The grammar of Python 3.13, for lemon. It has no conflicts: what LALR(1) cannot tell apart is parsed as an
// expression and converted by one checked function (parser/target.c), soft keywords are decided before it
// (lexer/layout.c), and the order of parameters and arguments is checked by the builder (parser/args.c).
// Every action is one call to the builder.
%name avm_grammar_
%token_prefix TK_
%token_type { AvmToken }
%extra_context { AvmBuilder *b }
%stack_size 6000
%start_symbol start

%include {
#include <stddef.h>

#include "parser/build.h"

#define YYNOERRORRECOVERY 1
#define avm_grammar__ENGINEALWAYSONSTACK 1
}

// In the order of lexer/tokens.def.
%token END NEWLINE INDENT DEDENT NAME NUMBER STRING FSTRING_START FSTRING_MIDDLE FSTRING_END.
%token FALSE NONE TRUE AND AS ASSERT ASYNC AWAIT BREAK CLASS CONTINUE DEF DEL ELIF ELSE EXCEPT FINALLY FOR.
%token FROM GLOBAL IF IMPORT IN IS LAMBDA NONLOCAL NOT OR PASS RAISE RETURN TRY WHILE WITH YIELD MATCH CASE TYPE.
%token LPAR RPAR LSQB RSQB LBRACE RBRACE COLON COMMA SEMI DOT ELLIPSIS ARROW AT ASSIGN WALRUS BANG.
%token PLUS MINUS STAR SLASH DOUBLESLASH PERCENT DOUBLESTAR BAR AMPER CARET TILDE LEFTSHIFT RIGHTSHIFT.
%token LESS GREATER LESSEQUAL GREATEREQUAL EQEQUAL NOTEQUAL LTGT.
%token PLUSEQUAL MINEQUAL STAREQUAL SLASHEQUAL DOUBLESLASHEQUAL PERCENTEQUAL ATEQUAL AMPEREQUAL BAREQUAL.
%token CARETEQUAL LEFTSHIFTEQUAL RIGHTSHIFTEQUAL DOUBLESTAREQUAL STRAY START_EXEC START_SINGLE START_EVAL.
%token START_TEST START_DISJUNCTION START_ARITH START_STAR_EXPRS.

%left BAR.
%left CARET.
%left AMPER.
%left LEFTSHIFT RIGHTSHIFT.
%left PLUS MINUS.
%left STAR SLASH DOUBLESLASH PERCENT AT.
%right TILDE. // all unary operators
%right DOUBLESTAR.

%syntax_error { avm_build_wrong_token(b, &TOKEN); }
%stack_overflow { avm_build_too_deep(b); }

// ---- the whole ----------------------------------------------------------------------------------

start ::= START_EXEC body(B) END. { avm_build_module(b, B); }
start ::= START_SINGLE single(B) END. { avm_build_module(b, B); }
start ::= START_EVAL exprs(E) NEWLINE END. { avm_build_expression(b, E); }

// Parts of a program, for parser/match.c.
start ::= START_TEST test(E) END. { avm_build_expression(b, E); }
start ::= START_DISJUNCTION or_test(E) END. { avm_build_expression(b, E); }
start ::= START_ARITH arith(E) END. { avm_build_expression(b, E); }
start ::= START_STAR_EXPRS star_exprs(E) END. { avm_build_expression(b, E); }

%type single { AvmStmts }
single(A) ::= simple_line(L). { A = L; }
single(A) ::= compound(S). { A = avm_build_block(b, (AvmStmts){0}, S); }
single(A) ::= single(B) simple_line(L). { A = avm_build_second(b, B, L); }
single(A) ::= single(B) compound(S). { A = avm_build_second(b, B, avm_build_block(b, (AvmStmts){0}, S)); }

%type body { AvmStmts }
body(A) ::= . { A = (AvmStmts){0}; }
body(A) ::= body(B) simple_line(L). { A = avm_build_block_join(b, B, L); }
body(A) ::= body(B) compound(S). { A = avm_build_block(b, B, S); }

%type block { AvmStmts }
block(A) ::= simple_line(L). { A = L; }
block(A) ::= NEWLINE INDENT body(B) DEDENT. { A = B; }

%type simple_line { AvmStmts }
simple_line(A) ::= simples(L) NEWLINE. { A = L; }
simple_line(A) ::= simples(L) SEMI(T) NEWLINE. { A = avm_build_block_end(L, T); }

%type simples { AvmStmts }
simples(A) ::= simple(S). { A = avm_build_block(b, (AvmStmts){0}, S); }
simples(A) ::= simples(L) SEMI simple(S). { A = avm_build_block(b, L, S); }

// ---- simple statements --------------------------------------------------------------------------

%type simple { AvmStmt * }
simple(A) ::= value(V). { A = avm_build_expr_stmt(b, V); }
simple(A) ::= assigned(L). { A = avm_build_assign(b, L); }
simple(A) ::= star_exprs(L) augmented(O) value(V). { A = avm_build_augassign(b, L, O, V); }
simple(A) ::= star_exprs(L) COLON test(T). { A = avm_build_annassign(b, L, T, avm_no_node); }
simple(A) ::= star_exprs(L) COLON test(T) ASSIGN value(V). { A = avm_build_annassign(b, L, T, V); }
simple(A) ::= PASS(T). { A = avm_build_word_stmt(b, AVM_STMT_PASS, T); }
simple(A) ::= BREAK(T). { A = avm_build_word_stmt(b, AVM_STMT_BREAK, T); }
simple(A) ::= CONTINUE(T). { A = avm_build_word_stmt(b, AVM_STMT_CONTINUE, T); }
simple(A) ::= DEL(T) targets(L). { A = avm_build_del(b, T, L); }
simple(A) ::= RETURN(T). { A = avm_build_return(b, T, avm_no_node); }
simple(A) ::= RETURN(T) star_exprs(E). { A = avm_build_return(b, T, E); }
simple(A) ::= RAISE(T). { A = avm_build_raise(b, T, avm_no_node, avm_no_node); }
simple(A) ::= RAISE(T) test(E). { A = avm_build_raise(b, T, E, avm_no_node); }
simple(A) ::= RAISE(T) test(E) FROM test(C). { A = avm_build_raise(b, T, E, C); }
simple(A) ::= ASSERT(T) test(E). { A = avm_build_assert(b, T, E, avm_no_node); }
simple(A) ::= ASSERT(T) test(E) COMMA test(M). { A = avm_build_assert(b, T, E, M); }
simple(A) ::= GLOBAL(T) names(L). { A = avm_build_names_stmt(b, AVM_STMT_GLOBAL, T, L); }
simple(A) ::= NONLOCAL(T) names(L). { A = avm_build_names_stmt(b, AVM_STMT_NONLOCAL, T, L); }
simple(A) ::= IMPORT(T) modules(L). { A = avm_build_import(b, T, L); }
simple(A) ::= FROM(T) origin(O) IMPORT STAR(S). { A = avm_build_import_star(b, T, O, S); }
simple(A) ::= FROM(T) origin(O) IMPORT imports(L). { A = avm_build_import_from(b, T, O, L, NULL); }
simple(A) ::= FROM(T) origin(O) IMPORT LPAR imports(L) RPAR(E). { A = avm_build_import_from(b, T, O, L, &E); }
simple(A) ::= FROM(T) origin(O) IMPORT LPAR imports(L) COMMA RPAR(E).
    { A = avm_build_import_from(b, T, O, L, &E); }
simple(A) ::= TYPE(T) NAME(N) type_params(P) ASSIGN test(E). { A = avm_build_typealias(b, T, N, P, E); }

// What may stand at either side of `=`.
%type value { AvmNode }
value(A) ::= star_exprs(E). { A = E; }
value(A) ::= yield(E). { A = E; }

%type assigned { AvmNodes }
assigned(A) ::= value(L) ASSIGN value(R). { A = avm_build_nodes_two(b, L, R); }
assigned(A) ::= assigned(L) ASSIGN value(R). { A = avm_build_nodes_add(b, L, R); }

%type augmented { AvmOperator }
augmented(A) ::= PLUSEQUAL. { A = AVM_TREE_ADD; }
augmented(A) ::= MINEQUAL. { A = AVM_TREE_SUB; }
augmented(A) ::= STAREQUAL. { A = AVM_TREE_MULT; }
augmented(A) ::= ATEQUAL. { A = AVM_TREE_MATMULT; }
augmented(A) ::= SLASHEQUAL. { A = AVM_TREE_DIV; }
augmented(A) ::= PERCENTEQUAL. { A = AVM_TREE_MOD; }
augmented(A) ::= DOUBLESTAREQUAL. { A = AVM_TREE_POW; }
augmented(A) ::= LEFTSHIFTEQUAL. { A = AVM_TREE_LSHIFT; }
augmented(A) ::= RIGHTSHIFTEQUAL. { A = AVM_TREE_RSHIFT; }
augmented(A) ::= BAREQUAL. { A = AVM_TREE_BITOR; }
augmented(A) ::= CARETEQUAL. { A = AVM_TREE_BITXOR; }
augmented(A) ::= AMPEREQUAL. { A = AVM_TREE_BITAND; }
augmented(A) ::= DOUBLESLASHEQUAL. { A = AVM_TREE_FLOORDIV; }

%type names { AvmNameRun }
names(A) ::= NAME(N). { A = avm_build_names(b, (AvmNameRun){0}, N); }
names(A) ::= names(L) COMMA NAME(N). { A = avm_build_names(b, L, N); }

%type modules { AvmAliases }
modules(A) ::= module(M). { A = avm_build_aliases(b, (AvmAliases){0}, M); }
modules(A) ::= modules(L) COMMA module(M). { A = avm_build_aliases(b, L, M); }

%type module { AvmAlias * }
module(A) ::= dotted(D). { A = avm_build_alias(b, D, NULL); }
module(A) ::= dotted(D) AS NAME(N). { A = avm_build_alias(b, D, &N); }

%type dotted { AvmDotted }
dotted(A) ::= NAME(N). { A = avm_build_dotted(b, (AvmDotted){0}, N); }
dotted(A) ::= dotted(D) DOT NAME(N). { A = avm_build_dotted(b, D, N); }

%type origin { AvmOrigin }
origin(A) ::= dotted(D). { A = (AvmOrigin){avm_build_dotted_name(b, D), 0}; }
origin(A) ::= dots(N). { A = (AvmOrigin){NULL, N}; }
origin(A) ::= dots(N) dotted(D). { A = (AvmOrigin){avm_build_dotted_name(b, D), N}; }

%type dots { uint32_t }
dots(A) ::= DOT. { A = 1; }
dots(A) ::= ELLIPSIS. { A = 3; }
dots(A) ::= dots(N) DOT. { A = N + 1; }
dots(A) ::= dots(N) ELLIPSIS. { A = N + 3; }

%type imports { AvmAliases }
imports(A) ::= imported(M). { A = avm_build_aliases(b, (AvmAliases){0}, M); }
imports(A) ::= imports(L) COMMA imported(M). { A = avm_build_aliases(b, L, M); }

%type imported { AvmAlias * }
imported(A) ::= NAME(N). { A = avm_build_alias(b, avm_build_dotted(b, (AvmDotted){0}, N), NULL); }
imported(A) ::= NAME(N) AS NAME(M). { A = avm_build_alias(b, avm_build_dotted(b, (AvmDotted){0}, N), &M); }

// ---- compound statements ------------------------------------------------------------------------

%type compound { AvmStmt * }
compound(A) ::= if_stmt(S). { A = S; }
compound(A) ::= WHILE(T) named(E) COLON block(B) else(L).
    { A = avm_build_branch(b, AVM_STMT_WHILE, T, E, B, L); }
compound(A) ::= try_stmt(S). { A = S; }
compound(A) ::= match_stmt(S). { A = S; }
compound(A) ::= asyncable(S). { A = S; }
compound(A) ::= ASYNC(T) asyncable(S). { A = avm_build_async(b, T, S); }
compound(A) ::= class_def(S). { A = S; }
compound(A) ::= decorators(L) class_def(S). { A = avm_build_decorated(b, L, S); }
compound(A) ::= decorators(L) func_def(S). { A = avm_build_decorated(b, L, S); }
compound(A) ::= decorators(L) ASYNC(T) func_def(S).
    { A = avm_build_decorated(b, L, avm_build_async(b, T, S)); }

%type asyncable { AvmStmt * }
asyncable(A) ::= func_def(S). { A = S; }
asyncable(A) ::= FOR(T) targets(L) IN star_exprs(E) COLON block(B) else(O).
    { A = avm_build_for(b, T, L, E, B, O); }
asyncable(A) ::= with_head(H) block(B). { A = avm_build_with(b, H, B); }

%type else { AvmStmts }
else(A) ::= . { A = (AvmStmts){0}; }
else(A) ::= ELSE COLON block(B). { A = B; }

%type if_stmt { AvmStmt * }
if_stmt(A) ::= IF(T) named(E) COLON block(B) elifs(L) else(O). { A = avm_build_if(b, T, E, B, L, O); }

%type elifs { AvmStmts }
elifs(A) ::= . { A = (AvmStmts){0}; }
elifs(A) ::= elifs(L) ELIF(T) named(E) COLON block(B). { A = avm_build_elif(b, L, T, E, B); }

%type try_stmt { AvmStmt * }
try_stmt(A) ::= TRY(T) COLON block(B) handlers(H) else(L).
    { A = avm_build_try(b, T, B, H, L, (AvmStmts){0}); }
try_stmt(A) ::= TRY(T) COLON block(B) handlers(H) else(L) finally(F). { A = avm_build_try(b, T, B, H, L, F); }
try_stmt(A) ::= TRY(T) COLON block(B) finally(F). { A = avm_build_try(b, T, B, NULL, (AvmStmts){0}, F); }

%type finally { AvmStmts }
finally(A) ::= FINALLY COLON block(B). { A = B; }

%type handlers { AvmHandlers * }
handlers(A) ::= handler(H). { A = avm_build_handlers(b, NULL, H); }
handlers(A) ::= handlers(L) handler(H). { A = avm_build_handlers(b, L, H); }

%type handler { AvmHandlerParts * }
handler(A) ::= EXCEPT(T) COLON block(B). { A = avm_build_handler(b, T, NULL, avm_no_node, NULL, B); }
handler(A) ::= EXCEPT(T) test(E) COLON block(B). { A = avm_build_handler(b, T, NULL, E, NULL, B); }
handler(A) ::= EXCEPT(T) test(E) AS NAME(N) COLON block(B). { A = avm_build_handler(b, T, NULL, E, &N, B); }
handler(A) ::= EXCEPT(T) STAR(S) test(E) COLON block(B). { A = avm_build_handler(b, T, &S, E, NULL, B); }
handler(A) ::= EXCEPT(T) STAR(S) test(E) AS NAME(N) COLON block(B).
    { A = avm_build_handler(b, T, &S, E, &N, B); }

%type with_head { AvmWithItems * }
with_head(A) ::= WITH(T) with_items(L) COLON. { A = avm_build_with_head(b, T, L); }

%type with_items { AvmWithItems * }
with_items(A) ::= with_item(I). { A = avm_build_with_items(b, NULL, I); }
with_items(A) ::= with_items(L) COMMA with_item(I). { A = avm_build_with_items(b, L, I); }

%type with_item { AvmWithParts }
with_item(A) ::= test(E). { A = (AvmWithParts){E, NULL}; }
with_item(A) ::= test(E) AS target(T). { A = avm_build_with_item(b, E, T); }

%type func_def { AvmStmt * }
func_def(A) ::= DEF(T) NAME(N) type_params(P) LPAR params(L) RPAR COLON block(B).
    { A = avm_build_def(b, T, N, P, L, avm_no_node, B); }
func_def(A) ::= DEF(T) NAME(N) type_params(P) LPAR params(L) RPAR ARROW test(R) COLON block(B).
    { A = avm_build_def(b, T, N, P, L, R, B); }

%type class_def { AvmStmt * }
class_def(A) ::= CLASS(T) NAME(N) type_params(P) COLON block(B). { A = avm_build_class(b, T, N, P, NULL, B); }
class_def(A) ::= CLASS(T) NAME(N) type_params(P) LPAR args(L) RPAR COLON block(B).
    { A = avm_build_class(b, T, N, P, L, B); }

%type decorators { AvmNodes }
decorators(A) ::= AT named(E) NEWLINE. { A = avm_build_nodes(b, E); }
decorators(A) ::= decorators(L) AT named(E) NEWLINE. { A = avm_build_nodes_add(b, L, E); }

%type type_params { AvmTypeParams * }
type_params(A) ::= . { A = NULL; }
type_params(A) ::= LSQB type_param_list(L) RSQB. { A = L; }
type_params(A) ::= LSQB type_param_list(L) COMMA RSQB. { A = L; }

%type type_param_list { AvmTypeParams * }
type_param_list(A) ::= type_param(P). { A = avm_build_type_params(b, NULL, P); }
type_param_list(A) ::= type_param_list(L) COMMA type_param(P). { A = avm_build_type_params(b, L, P); }

%type type_param { AvmTypeParam * }
type_param(A) ::= NAME(N) bound(E) default(D). { A = avm_build_type_param(b, AVM_TYPE_VAR, N, N, E, D); }
type_param(A) ::= STAR(T) NAME(N) bound(E) star_default(D).
    { A = avm_build_type_param(b, AVM_TYPE_VAR_TUPLE, T, N, E, D); }
type_param(A) ::= DOUBLESTAR(T) NAME(N) bound(E) default(D).
    { A = avm_build_type_param(b, AVM_PARAM_SPEC, T, N, E, D); }

%type bound { AvmNode }
bound(A) ::= . { A = avm_no_node; }
bound(A) ::= COLON(T) test(E). { A = (AvmNode){E.expr, avm_span_join(T.span, E.span)}; }

%type default { AvmNode }
default(A) ::= . { A = avm_no_node; }
default(A) ::= ASSIGN(T) test(E). { A = (AvmNode){E.expr, avm_span_join(T.span, E.span)}; }

%type star_default { AvmNode }
star_default(A) ::= . { A = avm_no_node; }
star_default(A) ::= ASSIGN star_expr(E). { A = E; }

// ---- parameters ---------------------------------------------------------------------------------

%type params { AvmParams * }
params(A) ::= . { A = NULL; }
params(A) ::= param_list(L). { A = L; }
params(A) ::= param_list(L) COMMA. { A = L; }

%type param_list { AvmParams * }
param_list(A) ::= param(P). { A = avm_build_params(b, NULL, P); }
param_list(A) ::= param_list(L) COMMA param(P). { A = avm_build_params(b, L, P); }

%type param { AvmParam * }
param(A) ::= NAME(N) bound(E) default(D). { A = avm_build_param(b, AVM_PARAM_PLAIN, N, &N, E, D); }
param(A) ::= STAR(T). { A = avm_build_param(b, AVM_PARAM_STAR, T, NULL, avm_no_node, avm_no_node); }
param(A) ::= STAR(T) NAME(N) star_bound(E) default(D).
    { A = avm_build_param(b, AVM_PARAM_STAR, T, &N, E, D); }
param(A) ::= DOUBLESTAR(T) NAME(N) bound(E) default(D).
    { A = avm_build_param(b, AVM_PARAM_DOUBLESTAR, T, &N, E, D); }
param(A) ::= SLASH(T). { A = avm_build_param(b, AVM_PARAM_SLASH, T, NULL, avm_no_node, avm_no_node); }

%type star_bound { AvmNode }
star_bound(A) ::= . { A = avm_no_node; }
star_bound(A) ::= COLON star_expr(E). { A = E; }

// A lambda's have no annotations: its colon ends them.
%type lambda_params { AvmParams * }
lambda_params(A) ::= . { A = NULL; }
lambda_params(A) ::= lambda_param_list(L). { A = avm_build_lambda_params(b, L); }
lambda_params(A) ::= lambda_param_list(L) COMMA. { A = avm_build_lambda_params(b, L); }

%type lambda_param_list { AvmParams * }
lambda_param_list(A) ::= lambda_param(P). { A = avm_build_params(b, NULL, P); }
lambda_param_list(A) ::= lambda_param_list(L) COMMA lambda_param(P). { A = avm_build_params(b, L, P); }

%type lambda_param { AvmParam * }
lambda_param(A) ::= NAME(N) default(D). { A = avm_build_param(b, AVM_PARAM_PLAIN, N, &N, avm_no_node, D); }
lambda_param(A) ::= STAR(T). { A = avm_build_param(b, AVM_PARAM_STAR, T, NULL, avm_no_node, avm_no_node); }
lambda_param(A) ::= STAR(T) NAME(N) default(D).
    { A = avm_build_param(b, AVM_PARAM_STAR, T, &N, avm_no_node, D); }
lambda_param(A) ::= DOUBLESTAR(T) NAME(N) default(D).
    { A = avm_build_param(b, AVM_PARAM_DOUBLESTAR, T, &N, avm_no_node, D); }
lambda_param(A) ::= SLASH(T). { A = avm_build_param(b, AVM_PARAM_SLASH, T, NULL, avm_no_node, avm_no_node); }

// ---- match --------------------------------------------------------------------------------------

%type match_stmt { AvmStmt * }
match_stmt(A) ::= MATCH(T) subject(E) COLON NEWLINE INDENT cases(L) DEDENT.
    { A = avm_build_match(b, T, E, L); }

%type subject { AvmNode }
subject(A) ::= named(E). { A = E; }
subject(A) ::= star_named_list(L) COMMA(T). { A = avm_build_tuple(b, avm_build_nodes_comma(L, T)); }
subject(A) ::= star_named_list(L) COMMA star_named(E).
    { A = avm_build_tuple(b, avm_build_nodes_add(b, L, E)); }

%type cases { AvmCases * }
cases(A) ::= case(C). { A = avm_build_cases(b, NULL, C); }
cases(A) ::= cases(L) case(C). { A = avm_build_cases(b, L, C); }

%type case { AvmMatchCase * }
case(A) ::= CASE patterns(P) COLON block(B). { A = avm_build_case(b, P, avm_no_node, B); }
case(A) ::= CASE patterns(P) IF named(E) COLON block(B). { A = avm_build_case(b, P, E, B); }

%type patterns { AvmPattern * }
patterns(A) ::= pattern(P). { A = P; }
patterns(A) ::= star_pattern_list(L) COMMA(T). { A = avm_build_sequence_pattern(b, L, NULL, &T); }
patterns(A) ::= star_pattern_list(L) COMMA star_pattern(P).
    { A = avm_build_sequence_pattern(b, avm_build_pattern_run(b, L, P), NULL, NULL); }

%type star_pattern_list { AvmPatternRun }
star_pattern_list(A) ::= star_pattern(P). { A = avm_build_pattern_run(b, (AvmPatternRun){0}, P); }
star_pattern_list(A) ::= star_pattern_list(L) COMMA star_pattern(P). { A = avm_build_pattern_run(b, L, P); }

%type star_pattern { AvmPattern * }
star_pattern(A) ::= pattern(P). { A = P; }
star_pattern(A) ::= STAR(T) NAME(N). { A = avm_build_star_pattern(b, T, N); }

%type pattern { AvmPattern * }
pattern(A) ::= or_pattern(P). { A = avm_build_or_pattern(b, P); }
pattern(A) ::= or_pattern(P) AS target(T). { A = avm_build_as_pattern(b, avm_build_or_pattern(b, P), T); }

%type or_pattern { AvmPatternRun }
or_pattern(A) ::= closed_pattern(P). { A = avm_build_pattern_run(b, (AvmPatternRun){0}, P); }
or_pattern(A) ::= or_pattern(L) BAR closed_pattern(P). { A = avm_build_pattern_run(b, L, P); }

%type closed_pattern { AvmPattern * }
closed_pattern(A) ::= pattern_value(E). { A = avm_build_value_pattern(b, E); }
closed_pattern(A) ::= NAME(N). { A = avm_build_capture_pattern(b, N); }
closed_pattern(A) ::= pattern_attr(E). { A = avm_build_value_pattern(b, E); }
closed_pattern(A) ::= LPAR(T) pattern(P) RPAR(E). { A = avm_build_paren_pattern(b, T, P, E); }
closed_pattern(A) ::= LPAR(T) RPAR(E). { A = avm_build_sequence_pattern(b, (AvmPatternRun){0}, &T, &E); }
closed_pattern(A) ::= LPAR(T) star_pattern_list(L) COMMA RPAR(E).
    { A = avm_build_sequence_pattern(b, L, &T, &E); }
closed_pattern(A) ::= LPAR(T) star_pattern_list(L) COMMA star_pattern(P) RPAR(E).
    { A = avm_build_sequence_pattern(b, avm_build_pattern_run(b, L, P), &T, &E); }
closed_pattern(A) ::= LSQB(T) RSQB(E). { A = avm_build_sequence_pattern(b, (AvmPatternRun){0}, &T, &E); }
closed_pattern(A) ::= LSQB(T) star_pattern_list(L) RSQB(E). { A = avm_build_sequence_pattern(b, L, &T, &E); }
closed_pattern(A) ::= LSQB(T) star_pattern_list(L) COMMA RSQB(E).
    { A = avm_build_sequence_pattern(b, L, &T, &E); }
closed_pattern(A) ::= LBRACE(T) RBRACE(E). { A = avm_build_mapping_pattern(b, T, NULL, E); }
closed_pattern(A) ::= LBRACE(T) pattern_items(L) RBRACE(E). { A = avm_build_mapping_pattern(b, T, L, E); }
closed_pattern(A) ::= LBRACE(T) pattern_items(L) COMMA RBRACE(E).
    { A = avm_build_mapping_pattern(b, T, L, E); }
closed_pattern(A) ::= pattern_class(N) LPAR RPAR(E). { A = avm_build_class_pattern(b, N, NULL, E); }
closed_pattern(A) ::= pattern_class(N) LPAR pattern_args(L) RPAR(E).
    { A = avm_build_class_pattern(b, N, L, E); }
closed_pattern(A) ::= pattern_class(N) LPAR pattern_args(L) COMMA RPAR(E).
    { A = avm_build_class_pattern(b, N, L, E); }

%type pattern_class { AvmNode }
pattern_class(A) ::= NAME(N). { A = avm_build_name(b, N); }
pattern_class(A) ::= pattern_attr(E). { A = E; }

%type pattern_attr { AvmNode }
pattern_attr(A) ::= NAME(N) DOT NAME(M). { A = avm_build_attribute(b, avm_build_name(b, N), M); }
pattern_attr(A) ::= pattern_attr(E) DOT NAME(M). { A = avm_build_attribute(b, E, M); }

%type pattern_value { AvmNode }
pattern_value(A) ::= pattern_number(E). { A = E; }
pattern_value(A) ::= strings(L). { A = avm_build_strings(b, L); }
pattern_value(A) ::= NONE(T). { A = avm_build_word(b, AVM_CONST_NONE, T); }
pattern_value(A) ::= TRUE(T). { A = avm_build_word(b, AVM_CONST_TRUE, T); }
pattern_value(A) ::= FALSE(T). { A = avm_build_word(b, AVM_CONST_FALSE, T); }

%type pattern_number { AvmNode }
pattern_number(A) ::= signed_number(E). { A = E; }
pattern_number(A) ::= signed_number(L) PLUS NUMBER(N). { A = avm_build_complex(b, AVM_TREE_ADD, L, N); }
pattern_number(A) ::= signed_number(L) MINUS NUMBER(N). { A = avm_build_complex(b, AVM_TREE_SUB, L, N); }

%type signed_number { AvmNode }
signed_number(A) ::= NUMBER(N). { A = avm_build_number(b, N); }
signed_number(A) ::= MINUS(T) NUMBER(N). { A = avm_build_unary(b, AVM_TREE_USUB, T, avm_build_number(b, N)); }

%type pattern_items { AvmPatternItems * }
pattern_items(A) ::= pattern_item(I). { A = avm_build_pattern_items(b, NULL, I); }
pattern_items(A) ::= pattern_items(L) COMMA pattern_item(I). { A = avm_build_pattern_items(b, L, I); }

%type pattern_item { AvmPatternItem * }
pattern_item(A) ::= pattern_value(K) COLON pattern(P). { A = avm_build_pattern_item(b, K, P); }
pattern_item(A) ::= pattern_attr(K) COLON pattern(P). { A = avm_build_pattern_item(b, K, P); }
pattern_item(A) ::= DOUBLESTAR(T) NAME(N). { A = avm_build_pattern_rest(b, T, N); }

%type pattern_args { AvmPatternItems * }
pattern_args(A) ::= pattern_arg(I). { A = avm_build_pattern_items(b, NULL, I); }
pattern_args(A) ::= pattern_args(L) COMMA pattern_arg(I). { A = avm_build_pattern_items(b, L, I); }

%type pattern_arg { AvmPatternItem * }
pattern_arg(A) ::= pattern(P). { A = avm_build_pattern_arg(b, NULL, P); }
pattern_arg(A) ::= NAME(N) ASSIGN pattern(P). { A = avm_build_pattern_arg(b, &N, P); }

// ---- lists of expressions -----------------------------------------------------------------------

%type exprs { AvmNode }
exprs(A) ::= expr_list(L). { A = avm_build_one_or_tuple(b, L); }
exprs(A) ::= expr_list(L) COMMA(T). { A = avm_build_tuple(b, avm_build_nodes_comma(L, T)); }

%type expr_list { AvmNodes }
expr_list(A) ::= test(E). { A = avm_build_nodes(b, E); }
expr_list(A) ::= expr_list(L) COMMA test(E). { A = avm_build_nodes_add(b, L, E); }

%type star_exprs { AvmNode }
star_exprs(A) ::= star_expr_list(L). { A = avm_build_one_or_tuple(b, L); }
star_exprs(A) ::= star_expr_list(L) COMMA(T). { A = avm_build_tuple(b, avm_build_nodes_comma(L, T)); }

%type star_expr_list { AvmNodes }
star_expr_list(A) ::= star_expr(E). { A = avm_build_nodes(b, E); }
star_expr_list(A) ::= star_expr_list(L) COMMA star_expr(E). { A = avm_build_nodes_add(b, L, E); }

%type star_expr { AvmNode }
star_expr(A) ::= test(E). { A = E; }
star_expr(A) ::= STAR(T) arith(E). { A = avm_build_starred(b, T, E); }

%type star_named_list { AvmNodes }
star_named_list(A) ::= star_named(E). { A = avm_build_nodes(b, E); }
star_named_list(A) ::= star_named_list(L) COMMA star_named(E). { A = avm_build_nodes_add(b, L, E); }

%type star_named { AvmNode }
star_named(A) ::= named(E). { A = E; }
star_named(A) ::= STAR(T) arith(E). { A = avm_build_starred(b, T, E); }

// Of `for`, `del` and comprehensions; converted when the statement is built.
%type targets { AvmNodes }
targets(A) ::= target_list(L). { A = L; }
targets(A) ::= target_list(L) COMMA(T). { A = avm_build_nodes_comma(L, T); }

%type target_list { AvmNodes }
target_list(A) ::= target(E). { A = avm_build_nodes(b, E); }
target_list(A) ::= target_list(L) COMMA target(E). { A = avm_build_nodes_add(b, L, E); }

%type target { AvmNode }
target(A) ::= arith(E). { A = E; }
target(A) ::= STAR(T) arith(E). { A = avm_build_starred(b, T, E); }

// ---- expressions --------------------------------------------------------------------------------

%type yield { AvmNode }
yield(A) ::= YIELD(T). { A = avm_build_yield(b, T, avm_no_node); }
yield(A) ::= YIELD(T) star_exprs(E). { A = avm_build_yield(b, T, E); }
yield(A) ::= YIELD(T) FROM test(E). { A = avm_build_yield_from(b, T, E); }

%type named { AvmNode }
named(A) ::= test(E). { A = E; }
named(A) ::= test(L) WALRUS test(R). { A = avm_build_named(b, L, R); }

%type test { AvmNode }
test(A) ::= or_test(E). { A = E; }
test(A) ::= or_test(B) IF or_test(C) ELSE test(E). { A = avm_build_ifexp(b, B, C, E); }
test(A) ::= LAMBDA(T) lambda_params(P) COLON test(E). { A = avm_build_lambda(b, T, P, E); }

%type or_test { AvmNode }
or_test(A) ::= and_test(E). { A = E; }
or_test(A) ::= or_list(L). { A = avm_build_boolop(b, AVM_TREE_OR, L); }

%type or_list { AvmNodes }
or_list(A) ::= and_test(L) OR and_test(R). { A = avm_build_nodes_two(b, L, R); }
or_list(A) ::= or_list(L) OR and_test(R). { A = avm_build_nodes_add(b, L, R); }

%type and_test { AvmNode }
and_test(A) ::= not_test(E). { A = E; }
and_test(A) ::= and_list(L). { A = avm_build_boolop(b, AVM_TREE_AND, L); }

%type and_list { AvmNodes }
and_list(A) ::= not_test(L) AND not_test(R). { A = avm_build_nodes_two(b, L, R); }
and_list(A) ::= and_list(L) AND not_test(R). { A = avm_build_nodes_add(b, L, R); }

%type not_test { AvmNode }
not_test(A) ::= comparison(E). { A = E; }
not_test(A) ::= NOT(T) not_test(E). { A = avm_build_unary(b, AVM_TREE_NOT, T, E); }

%type comparison { AvmNode }
comparison(A) ::= arith(E). { A = E; }
comparison(A) ::= compared(E). { A = avm_build_compare_end(b, E); }

%type compared { AvmNode }
compared(A) ::= arith(L) compare(O) arith(R). { A = avm_build_compare(b, L, O, R); }
compared(A) ::= compared(L) compare(O) arith(R). { A = avm_build_compare_add(b, L, O, R); }

%type compare { AvmCmpOp }
compare(A) ::= EQEQUAL. { A = AVM_TREE_EQ; }
compare(A) ::= NOTEQUAL. { A = AVM_TREE_NOTEQ; }
compare(A) ::= LESS. { A = AVM_TREE_LT; }
compare(A) ::= LESSEQUAL. { A = AVM_TREE_LTE; }
compare(A) ::= GREATER. { A = AVM_TREE_GT; }
compare(A) ::= GREATEREQUAL. { A = AVM_TREE_GTE; }
compare(A) ::= IS. { A = AVM_TREE_IS; }
compare(A) ::= IS NOT. { A = AVM_TREE_ISNOT; }
compare(A) ::= IN. { A = AVM_TREE_IN; }
compare(A) ::= NOT IN. { A = AVM_TREE_NOTIN; }

%type arith { AvmNode }
arith(A) ::= primary(E). { A = E; }
arith(A) ::= AWAIT(T) primary(E). { A = avm_build_await(b, T, E); }
arith(A) ::= arith(L) BAR arith(R). { A = avm_build_binop(b, AVM_TREE_BITOR, L, R); }
arith(A) ::= arith(L) CARET arith(R). { A = avm_build_binop(b, AVM_TREE_BITXOR, L, R); }
arith(A) ::= arith(L) AMPER arith(R). { A = avm_build_binop(b, AVM_TREE_BITAND, L, R); }
arith(A) ::= arith(L) LEFTSHIFT arith(R). { A = avm_build_binop(b, AVM_TREE_LSHIFT, L, R); }
arith(A) ::= arith(L) RIGHTSHIFT arith(R). { A = avm_build_binop(b, AVM_TREE_RSHIFT, L, R); }
arith(A) ::= arith(L) PLUS arith(R). { A = avm_build_binop(b, AVM_TREE_ADD, L, R); }
arith(A) ::= arith(L) MINUS arith(R). { A = avm_build_binop(b, AVM_TREE_SUB, L, R); }
arith(A) ::= arith(L) STAR arith(R). { A = avm_build_binop(b, AVM_TREE_MULT, L, R); }
arith(A) ::= arith(L) SLASH arith(R). { A = avm_build_binop(b, AVM_TREE_DIV, L, R); }
arith(A) ::= arith(L) DOUBLESLASH arith(R). { A = avm_build_binop(b, AVM_TREE_FLOORDIV, L, R); }
arith(A) ::= arith(L) PERCENT arith(R). { A = avm_build_binop(b, AVM_TREE_MOD, L, R); }
arith(A) ::= arith(L) AT arith(R). { A = avm_build_binop(b, AVM_TREE_MATMULT, L, R); }
arith(A) ::= arith(L) DOUBLESTAR arith(R). { A = avm_build_binop(b, AVM_TREE_POW, L, R); }
arith(A) ::= PLUS(T) arith(E). [TILDE] { A = avm_build_unary(b, AVM_TREE_UADD, T, E); }
arith(A) ::= MINUS(T) arith(E). [TILDE] { A = avm_build_unary(b, AVM_TREE_USUB, T, E); }
arith(A) ::= TILDE(T) arith(E). { A = avm_build_unary(b, AVM_TREE_INVERT, T, E); }

%type primary { AvmNode }
primary(A) ::= atom(E). { A = E; }
primary(A) ::= primary(E) DOT NAME(N). { A = avm_build_attribute(b, E, N); }
primary(A) ::= primary(E) LPAR(T) args(L) RPAR(R). { A = avm_build_call(b, E, T, L, R); }
primary(A) ::= primary(E) LSQB subscripts(L) RSQB(R). { A = avm_build_subscript(b, E, L, R); }

%type subscripts { AvmNode }
subscripts(A) ::= subscript_list(L). { A = avm_build_one_or_tuple(b, L); }
subscripts(A) ::= subscript_list(L) COMMA(T). { A = avm_build_tuple(b, avm_build_nodes_comma(L, T)); }

%type subscript_list { AvmNodes }
subscript_list(A) ::= subscript(E). { A = avm_build_subscripts(b, E); }
subscript_list(A) ::= subscript_list(L) COMMA subscript(E). { A = avm_build_nodes_add(b, L, E); }

%type subscript { AvmNode }
subscript(A) ::= star_named(E). { A = E; }
subscript(A) ::= maybe_test(L) COLON(T) maybe_test(U). { A = avm_build_slice(b, L, T, U, NULL, avm_no_node); }
subscript(A) ::= maybe_test(L) COLON(T) maybe_test(U) COLON(S) maybe_test(E).
    { A = avm_build_slice(b, L, T, U, &S, E); }

%type maybe_test { AvmNode }
maybe_test(A) ::= . { A = avm_no_node; }
maybe_test(A) ::= test(E). { A = E; }

// ---- arguments of calls and classes -------------------------------------------------------------

%type args { AvmCallArgs * }
args(A) ::= . { A = NULL; }
args(A) ::= arg_list(L). { A = avm_build_args_end(b, L, NULL); }
args(A) ::= arg_list(L) COMMA(T). { A = avm_build_args_end(b, L, &T); }

%type arg_list { AvmCallArgs * }
arg_list(A) ::= arg(E). { A = avm_build_args(b, NULL, E); }
arg_list(A) ::= arg_list(L) COMMA arg(E). { A = avm_build_args(b, L, E); }

%type arg { AvmCallArg }
arg(A) ::= named(E). { A = avm_build_arg(b, E); }
arg(A) ::= named(E) comp_for(C). { A = avm_build_arg_generator(b, E, C); }
arg(A) ::= test(N) ASSIGN(T) test(E). { A = avm_build_arg_keyword(b, N, T, E); }
arg(A) ::= test(N) ASSIGN(T) test(E) comp_for(C). { A = avm_build_arg_keyword_generator(b, N, T, E, C); }
arg(A) ::= STAR(T) test(E). { A = avm_build_arg(b, avm_build_starred(b, T, E)); }
arg(A) ::= DOUBLESTAR(T) test(E). { A = avm_build_arg_unpacked(b, T, E); }

// ---- atoms --------------------------------------------------------------------------------------

%type atom { AvmNode }
atom(A) ::= NAME(N). { A = avm_build_name(b, N); }
atom(A) ::= NUMBER(N). { A = avm_build_number(b, N); }
atom(A) ::= strings(L). { A = avm_build_strings(b, L); }
atom(A) ::= NONE(T). { A = avm_build_word(b, AVM_CONST_NONE, T); }
atom(A) ::= TRUE(T). { A = avm_build_word(b, AVM_CONST_TRUE, T); }
atom(A) ::= FALSE(T). { A = avm_build_word(b, AVM_CONST_FALSE, T); }
atom(A) ::= ELLIPSIS(T). { A = avm_build_word(b, AVM_CONST_ELLIPSIS, T); }
atom(A) ::= LPAR(T) RPAR(E). { A = avm_build_display(b, AVM_EXPR_TUPLE, T, avm_no_nodes, E); }
atom(A) ::= LPAR(T) yield(Y) RPAR(E). { A = avm_build_group(b, T, Y, E); }
atom(A) ::= LPAR(T) group_list(L) RPAR(E). { A = avm_build_parens(b, T, L, E); }
atom(A) ::= LPAR(T) group_list(L) COMMA(C) RPAR(E).
    { A = avm_build_parens(b, T, avm_build_nodes_comma(L, C), E); }
atom(A) ::= LPAR(T) star_named(E) comp_for(C) RPAR(R).
    { A = avm_build_comp(b, AVM_EXPR_GENERATOREXP, T, E, C, R); }
atom(A) ::= LSQB(T) RSQB(E). { A = avm_build_display(b, AVM_EXPR_LIST, T, avm_no_nodes, E); }
atom(A) ::= LSQB(T) star_named_list(L) RSQB(E). { A = avm_build_display(b, AVM_EXPR_LIST, T, L, E); }
atom(A) ::= LSQB(T) star_named_list(L) COMMA RSQB(E). { A = avm_build_display(b, AVM_EXPR_LIST, T, L, E); }
atom(A) ::= LSQB(T) star_named(E) comp_for(C) RSQB(R).
    { A = avm_build_comp(b, AVM_EXPR_LISTCOMP, T, E, C, R); }
atom(A) ::= LBRACE(T) star_named_list(L) RBRACE(E). { A = avm_build_display(b, AVM_EXPR_SET, T, L, E); }
atom(A) ::= LBRACE(T) star_named_list(L) COMMA RBRACE(E). { A = avm_build_display(b, AVM_EXPR_SET, T, L, E); }
atom(A) ::= LBRACE(T) star_named(E) comp_for(C) RBRACE(R).
    { A = avm_build_comp(b, AVM_EXPR_SETCOMP, T, E, C, R); }
atom(A) ::= LBRACE(T) RBRACE(E). { A = avm_build_dict(b, T, NULL, E); }
atom(A) ::= LBRACE(T) dict_items(L) RBRACE(E). { A = avm_build_dict(b, T, L, E); }
atom(A) ::= LBRACE(T) dict_items(L) COMMA RBRACE(E). { A = avm_build_dict(b, T, L, E); }
atom(A) ::= LBRACE(T) dict_item(I) comp_for(C) RBRACE(E). { A = avm_build_dictcomp(b, T, I, C, E); }

// In parentheses `expr as target` is taken too: `with` gives it a sense, everything else refuses it.
%type group_list { AvmNodes }
group_list(A) ::= group_item(E). { A = avm_build_nodes(b, E); }
group_list(A) ::= group_list(L) COMMA group_item(E). { A = avm_build_nodes_add(b, L, E); }

%type group_item { AvmNode }
group_item(A) ::= star_named(E). { A = E; }
group_item(A) ::= test(E) AS(T) target(V). { A = avm_build_as_item(b, E, T, V); }

%type dict_items { AvmDictItems * }
dict_items(A) ::= dict_item(I). { A = avm_build_dict_items(b, NULL, I); }
dict_items(A) ::= dict_items(L) COMMA dict_item(I). { A = avm_build_dict_items(b, L, I); }

%type dict_item { AvmDictItem * }
dict_item(A) ::= test(K) COLON test(V). { A = avm_build_dict_item(b, K, V); }
dict_item(A) ::= DOUBLESTAR(T) arith(V). { A = avm_build_dict_unpacked(b, T, V); }

%type comp_for { AvmComps * }
comp_for(A) ::= comp_clause(C). { A = avm_build_comps(b, NULL, C); }
comp_for(A) ::= comp_for(L) comp_clause(C). { A = avm_build_comps(b, L, C); }

%type comp_clause { AvmCompClause * }
comp_clause(A) ::= FOR(T) targets(L) IN or_test(E). { A = avm_build_comp_clause(b, T, false, L, E); }
comp_clause(A) ::= ASYNC(T) FOR targets(L) IN or_test(E). { A = avm_build_comp_clause(b, T, true, L, E); }
comp_clause(A) ::= comp_clause(C) IF or_test(E). { A = avm_build_comp_if(b, C, E); }

// ---- strings ------------------------------------------------------------------------------------

%type strings { AvmNodes }
strings(A) ::= string(E). { A = avm_build_nodes(b, E); }
strings(A) ::= strings(L) string(E). { A = avm_build_nodes_add(b, L, E); }

%type string { AvmNode }
string(A) ::= STRING(T). { A = avm_build_string(b, T); }
string(A) ::= FSTRING_START(T) fstring_parts(L) FSTRING_END(E). { A = avm_build_fstring(b, T, L, E); }

%type fstring_parts { AvmNodes }
fstring_parts(A) ::= . { A = avm_no_nodes; }
fstring_parts(A) ::= fstring_parts(L) FSTRING_MIDDLE(T). { A = avm_build_fstring_text(b, L, T); }
fstring_parts(A) ::= fstring_parts(L) LBRACE(T) field_value(V) debug(D) conversion(C) RBRACE(E).
    { A = avm_build_field(b, L, T, V, D, C, NULL, avm_no_nodes, E); }
fstring_parts(A) ::= fstring_parts(L) LBRACE(T) field_value(V) debug(D) conversion(C) COLON(O)
    fstring_parts(S) RBRACE(E).
    { A = avm_build_field(b, L, T, V, D, C, &O, S, E); }

%type field_value { AvmNode }
field_value(A) ::= value(E). { A = E; }

%type debug { AvmToken }
debug(A) ::= . { A = (AvmToken){0}; }
debug(A) ::= ASSIGN(T). { A = T; }

%type conversion { AvmConversion }
conversion(A) ::= . { A = (AvmConversion){.conversion = -1}; }
conversion(A) ::= BANG(T) NAME(N). { A = avm_build_conversion(b, T, N); }

%code {
#undef TOKEN // lemon has one too
#define TOKEN(name, shown, text) \
    _Static_assert(TK_##name == (int)AVM_TOK_##name, "lexer/tokens.def is in another order");
#include "lexer/tokens.def"
#undef TOKEN

// The engine as parser/build.h promises it.
const size_t avm_grammar_size = sizeof(yyParser);

void avm_grammar_begin(void *engine, AvmBuilder *b) { avm_grammar_Init(engine, b); }

void avm_grammar_push(void *engine, AvmToken token) { avm_grammar_(engine, token.kind, token); }

// Goes through the reductions that the token would cause, on states alone: those above the stack are in
// `over`.
bool avm_grammar_accepts(const void *engine, unsigned kind) {
    const yyStackEntry *under = ((const yyParser *)engine)->yytos;
    const yyStackEntry *bottom = ((const yyParser *)engine)->yystack;
    YYACTIONTYPE over[64];
    int count = 0;
    for (;;) {
        YYACTIONTYPE act = yy_find_shift_action((YYCODETYPE)kind, count ? over[count - 1] : under->stateno);
        if (act < YY_MIN_REDUCE) return act <= YY_MAX_SHIFTREDUCE || act == YY_ACCEPT_ACTION;
        unsigned rule = act - YY_MIN_REDUCE;
        for (int pop = -yyRuleInfoNRhs[rule]; pop > 0; pop--) {
            if (count) count--;
            else if (under > bottom) under--;
            else return false;
        }
        if (count == 64) return false;
        over[count] = yy_find_reduce_action(count ? over[count - 1] : under->stateno, yyRuleInfoLhs[rule]);
        count++;
    }
}
}
