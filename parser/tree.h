// The syntax tree: plain data in an arena, node for node and field for field CPython's `ast` (Python.asdl).
// Knows nothing of how it is built (parser/build.h) or of what it means (compiler/).
//
// Everything lives in the arena given to avm_parse and dies with it. Nodes are handled by pointer only: never
// copy an AvmExpr or AvmStmt by value. Optional fields are NULL. No node is shared by two parents, and none
// is higher than AVM_TREE_MAX_HEIGHT (a longer chain is a SyntaxError): walkers may recurse.
#ifndef AVM_PARSER_TREE_H
#define AVM_PARSER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "lexer/name.h"

enum { AVM_TREE_MAX_HEIGHT = 1500 };
// Nor does a tree grow beyond this: some ten million nodes.
#define AVM_TREE_MAX_BYTES ((size_t)1 << 30)

typedef struct AvmExpr AvmExpr;
typedef struct AvmStmt AvmStmt;
typedef struct AvmPattern AvmPattern;

// ---- sequences ----------------------------------------------------------------------------------

typedef struct AvmExprList {
    AvmExpr **items; // NULL entries only where a field's comment says so
    uint32_t count;
} AvmExprList;

typedef struct AvmStmtList {
    AvmStmt **items;
    uint32_t count;
} AvmStmtList;

typedef struct AvmPatternList {
    AvmPattern **items;
    uint32_t count;
} AvmPatternList;

typedef struct AvmNameList {
    const AvmName **items;
    uint32_t count;
} AvmNameList;

// ---- operators ----------------------------------------------------------------------------------

typedef enum AvmExprContext { AVM_TREE_LOAD, AVM_TREE_STORE, AVM_TREE_DEL } AvmExprContext;

typedef enum AvmBoolOp { AVM_TREE_AND, AVM_TREE_OR } AvmBoolOp;

// In the order of Python.asdl.
typedef enum AvmOperator {
    AVM_TREE_ADD,
    AVM_TREE_SUB,
    AVM_TREE_MULT,
    AVM_TREE_MATMULT,
    AVM_TREE_DIV,
    AVM_TREE_MOD,
    AVM_TREE_POW,
    AVM_TREE_LSHIFT,
    AVM_TREE_RSHIFT,
    AVM_TREE_BITOR,
    AVM_TREE_BITXOR,
    AVM_TREE_BITAND,
    AVM_TREE_FLOORDIV
} AvmOperator;

typedef enum AvmUnaryOp { AVM_TREE_INVERT, AVM_TREE_NOT, AVM_TREE_UADD, AVM_TREE_USUB } AvmUnaryOp;

typedef enum AvmCmpOp {
    AVM_TREE_EQ,
    AVM_TREE_NOTEQ,
    AVM_TREE_LT,
    AVM_TREE_LTE,
    AVM_TREE_GT,
    AVM_TREE_GTE,
    AVM_TREE_IS,
    AVM_TREE_ISNOT,
    AVM_TREE_IN,
    AVM_TREE_NOTIN
} AvmCmpOp;

// ---- parts --------------------------------------------------------------------------------------

typedef enum AvmConstantKind {
    AVM_CONST_NONE,
    AVM_CONST_TRUE,
    AVM_CONST_FALSE,
    AVM_CONST_ELLIPSIS,
    AVM_CONST_INT,    // integer
    AVM_CONST_BIGINT, // text, length, base: an integer beyond int64
    AVM_CONST_FLOAT,  // number
    AVM_CONST_IMAG,   // number: the imaginary part
    AVM_CONST_STR,    // text, length: generalised UTF-8, escapes done, neighbours joined
    AVM_CONST_BYTES   // text, length
} AvmConstantKind;

typedef struct AvmConstant {
    AvmConstantKind kind;
    uint8_t base;  // of BIGINT's digits: 2, 8, 10 or 16
    bool u_prefix; // of STR: written u"..."; only ast.dump shows it
    union {
        int64_t integer;
        double number;
        struct {
            const char
                *text; // BIGINT: digits without prefix and underscores; NUL-terminated, but STR may hold NULs
            size_t length; // bytes
        };
    };
} AvmConstant;

typedef struct AvmArg {
    const AvmName *name;
    AvmExpr *annotation; // optional
    AvmSpan span;
} AvmArg;

typedef struct AvmArgList {
    AvmArg *items;
    uint32_t count;
} AvmArgList;

typedef struct AvmArguments {
    AvmArgList posonlyargs, args, kwonlyargs;
    AvmArg *vararg, *kwarg;  // optional
    AvmExprList defaults;    // of the last `defaults.count` of posonlyargs + args
    AvmExprList kw_defaults; // as many as kwonlyargs; NULL where there is none
} AvmArguments;

typedef struct AvmKeyword {
    const AvmName *arg; // NULL: **value
    AvmExpr *value;
    AvmSpan span;
} AvmKeyword;

typedef struct AvmKeywordList {
    AvmKeyword *items;
    uint32_t count;
} AvmKeywordList;

typedef struct AvmComprehension {
    AvmExpr *target, *iter;
    AvmExprList ifs;
    bool is_async;
} AvmComprehension;

typedef struct AvmComprehensionList {
    AvmComprehension *items;
    uint32_t count;
} AvmComprehensionList;

typedef struct AvmHandler {
    AvmExpr *type;       // NULL: a bare except
    const AvmName *name; // optional
    AvmStmtList body;
    AvmSpan span; // from `except` to the end of the body
} AvmHandler;

typedef struct AvmHandlerList {
    AvmHandler *items;
    uint32_t count;
} AvmHandlerList;

typedef struct AvmWithItem {
    AvmExpr *context_expr;
    AvmExpr *optional_vars; // optional
} AvmWithItem;

typedef struct AvmWithItemList {
    AvmWithItem *items;
    uint32_t count;
} AvmWithItemList;

typedef struct AvmAlias {
    const AvmName *name;   // dotted for `import a.b`; "*" for `from x import *`
    const AvmName *asname; // optional
    AvmSpan span;
} AvmAlias;

typedef struct AvmAliasList {
    AvmAlias *items;
    uint32_t count;
} AvmAliasList;

typedef struct AvmMatchCase {
    AvmPattern *pattern;
    AvmExpr *guard; // optional
    AvmStmtList body;
} AvmMatchCase;

typedef struct AvmMatchCaseList {
    AvmMatchCase *items;
    uint32_t count;
} AvmMatchCaseList;

typedef enum AvmTypeParamKind { AVM_TYPE_VAR, AVM_PARAM_SPEC, AVM_TYPE_VAR_TUPLE } AvmTypeParamKind;

typedef struct AvmTypeParam {
    AvmTypeParamKind kind;
    const AvmName *name;
    AvmExpr *bound;         // optional; of TYPE_VAR
    AvmExpr *default_value; // optional
    AvmSpan span;
} AvmTypeParam;

typedef struct AvmTypeParamList {
    AvmTypeParam *items;
    uint32_t count;
} AvmTypeParamList;

// ---- expressions --------------------------------------------------------------------------------

typedef enum AvmExprKind {
    AVM_EXPR_BOOLOP,         // boolop
    AVM_EXPR_NAMEDEXPR,      // namedexpr
    AVM_EXPR_BINOP,          // binop
    AVM_EXPR_UNARYOP,        // unaryop
    AVM_EXPR_LAMBDA,         // lambda
    AVM_EXPR_IFEXP,          // ifexp
    AVM_EXPR_DICT,           // dict
    AVM_EXPR_SET,            // sequence
    AVM_EXPR_LISTCOMP,       // comp
    AVM_EXPR_SETCOMP,        // comp
    AVM_EXPR_DICTCOMP,       // dictcomp
    AVM_EXPR_GENERATOREXP,   // comp
    AVM_EXPR_AWAIT,          // value
    AVM_EXPR_YIELD,          // value, optional
    AVM_EXPR_YIELDFROM,      // value
    AVM_EXPR_COMPARE,        // compare
    AVM_EXPR_CALL,           // call
    AVM_EXPR_FORMATTEDVALUE, // formattedvalue; only within JOINEDSTR
    AVM_EXPR_JOINEDSTR,      // sequence: CONSTANT strings and FORMATTEDVALUEs
    AVM_EXPR_CONSTANT,       // constant
    AVM_EXPR_ATTRIBUTE,      // attribute; ctx
    AVM_EXPR_SUBSCRIPT,      // subscript; ctx
    AVM_EXPR_STARRED,        // value; ctx
    AVM_EXPR_NAME,           // name; ctx
    AVM_EXPR_LIST,           // sequence; ctx
    AVM_EXPR_TUPLE,          // sequence; ctx
    AVM_EXPR_SLICE           // slice; only within SUBSCRIPT
} AvmExprKind;

struct AvmExpr {
    uint8_t kind; // AvmExprKind
    uint8_t ctx;  // AvmExprContext
    bool parens; // stood in parentheses of its own (which the span leaves out, but for tuples and generators)
    uint16_t height; // 1 + the highest child's
    AvmSpan span;
    union {
        struct {
            AvmExprList values; // two or more
            AvmBoolOp op;
        } boolop;
        struct {
            AvmExpr *target; // a NAME with ctx STORE
            AvmExpr *value;
        } namedexpr;
        struct {
            AvmExpr *left, *right;
            AvmOperator op;
        } binop;
        struct {
            AvmExpr *operand;
            AvmUnaryOp op;
        } unaryop;
        struct {
            AvmArguments *args; // never NULL
            AvmExpr *body;
        } lambda;
        struct {
            AvmExpr *test, *body, *orelse;
        } ifexp;
        struct {
            AvmExprList keys; // NULL entry: **value
            AvmExprList values;
        } dict;
        AvmExprList sequence; // SET, JOINEDSTR, LIST, TUPLE
        struct {
            AvmExpr *elt;
            AvmComprehensionList generators;
        } comp; // LISTCOMP, SETCOMP, GENERATOREXP
        struct {
            AvmExpr *key, *value;
            AvmComprehensionList generators;
        } dictcomp;
        AvmExpr *value; // AWAIT, YIELD, YIELDFROM, STARRED
        struct {
            AvmExpr *left;
            uint8_t *ops; // AvmCmpOp, as many as comparators
            AvmExprList comparators;
        } compare;
        struct {
            AvmExpr *func;
            AvmExprList args; // may hold STARRED
            AvmKeywordList keywords;
        } call;
        struct {
            AvmExpr *value;
            AvmExpr *format_spec; // optional; a JOINEDSTR
            int conversion;       // -1, 'r', 's' or 'a'
        } formattedvalue;
        AvmConstant constant;
        struct {
            AvmExpr *value;
            const AvmName *attr;
        } attribute;
        struct {
            AvmExpr *value, *slice;
        } subscript;
        const AvmName *name;
        struct {
            AvmExpr *lower, *upper, *step; // each optional
        } slice;
    };
};

// ---- patterns -----------------------------------------------------------------------------------

typedef enum AvmPatternKind {
    AVM_PATTERN_VALUE,     // value
    AVM_PATTERN_SINGLETON, // value: a CONSTANT None, True or False
    AVM_PATTERN_SEQUENCE,  // patterns
    AVM_PATTERN_MAPPING,   // mapping
    AVM_PATTERN_CLASS,     // cls
    AVM_PATTERN_STAR,      // name, optional
    AVM_PATTERN_AS,        // as
    AVM_PATTERN_OR         // patterns
} AvmPatternKind;

struct AvmPattern {
    uint8_t kind;    // AvmPatternKind
    uint16_t height; // 1 + the highest child's
    AvmSpan span;
    union {
        AvmExpr *value;
        AvmPatternList patterns;
        struct {
            AvmExprList keys;
            AvmPatternList patterns;
            const AvmName *rest; // optional
        } mapping;
        struct {
            AvmExpr *cls;
            AvmPatternList patterns;
            AvmNameList kwd_attrs;
            AvmPatternList kwd_patterns;
        } cls;
        const AvmName *name; // STAR; NULL: `*_`
        struct {
            AvmPattern *pattern; // NULL: a capture, or `_`
            const AvmName *name; // NULL: `_`
        } as;
    };
};

// ---- statements ---------------------------------------------------------------------------------

typedef enum AvmStmtKind {
    AVM_STMT_FUNCTIONDEF,      // functiondef
    AVM_STMT_ASYNCFUNCTIONDEF, // functiondef
    AVM_STMT_CLASSDEF,         // classdef
    AVM_STMT_RETURN,           // value, optional
    AVM_STMT_DELETE,           // targets
    AVM_STMT_ASSIGN,           // assign
    AVM_STMT_TYPEALIAS,        // typealias
    AVM_STMT_AUGASSIGN,        // augassign
    AVM_STMT_ANNASSIGN,        // annassign
    AVM_STMT_FOR,              // forloop
    AVM_STMT_ASYNCFOR,         // forloop
    AVM_STMT_WHILE,            // branch
    AVM_STMT_IF,               // branch; elif is an IF alone in orelse
    AVM_STMT_WITH,             // with
    AVM_STMT_ASYNCWITH,        // with
    AVM_STMT_MATCH,            // match
    AVM_STMT_RAISE,            // raise
    AVM_STMT_TRY,              // tried
    AVM_STMT_TRYSTAR,          // tried
    AVM_STMT_ASSERT,           // assertion
    AVM_STMT_IMPORT,           // import
    AVM_STMT_IMPORTFROM,       // importfrom
    AVM_STMT_GLOBAL,           // names
    AVM_STMT_NONLOCAL,         // names
    AVM_STMT_EXPR,             // value
    AVM_STMT_PASS,
    AVM_STMT_BREAK,
    AVM_STMT_CONTINUE
} AvmStmtKind;

struct AvmStmt {
    uint8_t kind;    // AvmStmtKind
    uint16_t height; // 1 + the highest child's
    AvmSpan span;
    union {
        struct {
            const AvmName *name;
            AvmArguments *args; // never NULL
            AvmStmtList body;
            AvmExprList decorator_list;
            AvmExpr *returns; // optional
            AvmTypeParamList type_params;
        } functiondef;
        struct {
            const AvmName *name;
            AvmExprList bases;
            AvmKeywordList keywords;
            AvmStmtList body;
            AvmExprList decorator_list;
            AvmTypeParamList type_params;
        } classdef;
        AvmExpr *value;      // RETURN, EXPR
        AvmExprList targets; // DELETE
        struct {
            AvmExprList targets; // one or more
            AvmExpr *value;
        } assign;
        struct {
            AvmExpr *name;
            AvmTypeParamList type_params;
            AvmExpr *value;
        } typealias;
        struct {
            AvmExpr *target, *value;
            AvmOperator op;
        } augassign;
        struct {
            AvmExpr *target, *annotation;
            AvmExpr *value; // optional
            bool simple;    // a bare name, not in parentheses
        } annassign;
        struct {
            AvmExpr *target, *iter;
            AvmStmtList body, orelse;
        } forloop;
        struct {
            AvmExpr *test;
            AvmStmtList body, orelse;
        } branch;
        struct {
            AvmWithItemList items;
            AvmStmtList body;
        } with;
        struct {
            AvmExpr *subject;
            AvmMatchCaseList cases;
        } match;
        struct {
            AvmExpr *exc, *cause; // each optional
        } raise;
        struct {
            AvmStmtList body;
            AvmHandlerList handlers;
            AvmStmtList orelse, finalbody;
        } tried;
        struct {
            AvmExpr *test;
            AvmExpr *msg; // optional
        } assertion;
        AvmAliasList import;
        struct {
            const AvmName *module; // NULL: `from . import x`
            AvmAliasList names;
            uint32_t level; // leading dots
        } importfrom;
        AvmNameList names; // GLOBAL, NONLOCAL
    };
};

// ---- the whole ----------------------------------------------------------------------------------

typedef enum AvmParseMode {
    AVM_PARSE_EXEC,   // a file: ast.Module
    AVM_PARSE_SINGLE, // one interactive statement: ast.Interactive
    AVM_PARSE_EVAL    // one expression: ast.Expression
} AvmParseMode;

typedef struct AvmModule {
    AvmParseMode mode;
    AvmStmtList body;    // EXEC, SINGLE
    AvmExpr *expression; // EVAL
    AvmNames *names;     // the table every name of the tree is in; the compiler may intern more
} AvmModule;

#endif
