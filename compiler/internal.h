// What the compiler's files share. Nobody else includes this.
//
// Errors are sticky: the first one sets `failed` and the diagnostic; every function below then returns at
// once or goes on harmlessly, and avm_compile returns NULL at the end. So emission needs no checks of its
// own.
#ifndef AVM_COMPILER_INTERNAL_H
#define AVM_COMPILER_INTERNAL_H

#include "compiler/compile.h"
#include "compiler/opinfo.h"

enum {
    AVM_NEAR_LOCALS = 128,      // locals that get registers; parameters always do
    AVM_MAX_PARAMS = 200,       // and of locals that must be near: parameters and cells
    AVM_FAR_BASE = 256,         // the first far register
    AVM_NO_REG = 0xFFFFFF,      // no register
    AVM_MAX_REG = 250,          // temporaries stay below
    AVM_MAX_BLOCKS = 21,        // statically nested blocks, as CPython's
    AVM_MAX_WORDS = 1 << 22,    // of one unit
    AVM_MAX_ALL_WORDS = 1 << 24 // of all units of one compile: finally bodies are duplicated
};

// A growable array in the scratch arena.
#define AVM_VEC(type)                                                                                        \
    struct {                                                                                                 \
        type *at;                                                                                            \
        uint32_t count, cap;                                                                                 \
    }

// ---- scopes

typedef enum AvmScopeKind { AVM_SCOPE_MODULE, AVM_SCOPE_CLASS, AVM_SCOPE_FUNCTION } AvmScopeKind;

typedef enum AvmCompKind {
    AVM_COMP_NONE,
    AVM_COMP_LIST,
    AVM_COMP_SET,
    AVM_COMP_DICT,
    AVM_COMP_GENERATOR
} AvmCompKind;

enum {
    AVM_SYM_GLOBAL = 1 << 0,   // global statement
    AVM_SYM_LOCAL = 1 << 1,    // assigned
    AVM_SYM_PARAM = 1 << 2,    //
    AVM_SYM_NONLOCAL = 1 << 3, // nonlocal statement
    AVM_SYM_USE = 1 << 4,      // read
    AVM_SYM_ANNOT = 1 << 5,    // annotated
    AVM_SYM_ITER = 1 << 6,     // a comprehension's loop variable
    AVM_SYM_WALRUS = 1 << 7,   // assigned in the middle of an expression
    AVM_SYM_DELETED = 1 << 8,  // somewhere, by del or at the end of an except clause
    AVM_SYM_IMPORT = 1 << 9,   // imported: as assigned, but a global statement may follow
};
#define AVM_SYM_BOUND (AVM_SYM_LOCAL | AVM_SYM_PARAM | AVM_SYM_IMPORT)

typedef enum AvmWhere {
    AVM_WHERE_UNKNOWN,
    AVM_WHERE_LOCAL,
    AVM_WHERE_CELL,    // a local that inner functions capture
    AVM_WHERE_FREE,    // a captured variable of an outer function
    AVM_WHERE_GLOBAL,  // declared global
    AVM_WHERE_IMPLICIT // bound nowhere: global or builtin
} AvmWhere;

typedef struct AvmSymbol {
    const AvmName *name;
    uint16_t flags;
    uint8_t where;
    uint32_t reg; // of LOCAL and CELL in functions and comprehensions
    AvmSpan span; // of the first global or nonlocal statement
} AvmSymbol;

typedef struct AvmLocal {
    const AvmName *name;
    bool cell;
    bool hidden; // a comprehension's
    bool busy;   // while hidden registers are given out
} AvmLocal;

typedef struct AvmScope AvmScope;
struct AvmScope {
    AvmScopeKind kind;
    AvmCompKind comp;
    bool inlined;     // a comprehension that runs in its parent's frame
    bool nested;      // within a function
    bool async_def;   // an async function
    bool generator;   // holds a yield
    bool coroutine;   // holds await or is async
    bool needs_class; // a class whose functions use __class__ or super
    bool annotated;   // a module or class with annotations
    bool lambda;
    bool iter_target;   // while visiting: a comprehension's target is being stored to
    uint8_t iter_exprs; // while visiting: inside so many comprehension iterables
    const void *node;
    const AvmName *private; // class for name mangling, or NULL
    AvmScope *parent, *first_child, *last_child, *next;
    AVM_VEC(AvmSymbol *) symbols; // in order of appearance
    AvmSymbol **slots;
    uint32_t slot_count;
    AVM_VEC(const AvmName *) frees;  // captured by this unit; sorted by name
    AVM_VEC(const AvmName *) params; // in order of registers
    AVM_VEC(AvmLocal) near, far;     // registers 0 .., registers AVM_FAR_BASE ..
};

// ---- constants

typedef struct AvmConst {
    AvmLitKind kind;
    union {
        int64_t i;
        double f;
        AvmText text;
        struct {
            const struct AvmConst *at;
            uint32_t count;
        } items;
    };
} AvmConst;

// ---- units being built

// The locals that are bound for sure at some point of the code; bit n is register n.
typedef struct AvmBoundSet {
    uint64_t bits[4];
} AvmBoundSet;

typedef struct AvmLabel {
    uint32_t pc;
    bool placed, used;
    AvmBoundSet bound; // what all jumps so far agree on
} AvmLabel;

typedef struct AvmJump {
    uint32_t pc; // of the instruction
    uint32_t label;
} AvmJump;

typedef enum AvmRowKind { AVM_ROW_NONE, AVM_ROW_TRY, AVM_ROW_HANDLING } AvmRowKind;

typedef struct AvmRow {
    uint32_t start, end, label, reg, depth;
    AvmRowKind kind;
} AvmRow;

typedef enum AvmBlockKind {
    AVM_BLOCK_PLAIN,   // a row only
    AVM_BLOCK_TRY,     // counts as a block; nothing is to be undone
    AVM_BLOCK_WHILE,   //
    AVM_BLOCK_FOR,     // reg: the iterator
    AVM_BLOCK_FINALLY, // node: the statements to run on the way out
    AVM_BLOCK_WITH,    // reg, reg+1: the exit method
    AVM_BLOCK_ASYNCWITH,
    AVM_BLOCK_HANDLER, // reg: the exception; name: what to delete, or NULL; the block around it ends with it
    AVM_BLOCK_VALUE,   // reg: a value to drop
    AVM_BLOCK_STAR,    // inside except*
} AvmBlockKind;

// A region of statements that something must be undone for; also the try table's row for it.
typedef struct AvmBlock AvmBlock;
struct AvmBlock {
    AvmBlock *outer;
    AvmBlockKind kind;
    AvmRowKind row;
    uint32_t row_start, row_label, row_reg;
    uint32_t depth;
    uint32_t reg, count;        // registers to clear on the way out
    uint32_t leave, again;      // labels of break and continue
    const AvmName *name;        // of HANDLER
    const AvmStmtList *finally; // of FINALLY
    AvmSpan span;               // position of the exit code
};

typedef struct AvmNameTable {
    AVM_VEC(const AvmName *) list;
    uint32_t *slots;
    uint32_t slot_count;
} AvmNameTable;

typedef struct AvmBuild AvmBuild;
struct AvmBuild {
    AvmBuild *outer;
    AvmScope *scope; // the unit's own
    AvmScope *inner; // where names are looked up: scope, or a comprehension inlined into it
    AvmUnit *unit;
    bool interactive;
    AVM_VEC(uint32_t) code;
    AVM_VEC(AvmJump) jumps;
    AVM_VEC(AvmLabel) labels;
    AVM_VEC(AvmRow) rows;
    AVM_VEC(AvmPos) positions;
    AVM_VEC(AvmLiteral) literals;
    uint32_t *literal_slots;
    uint32_t literal_slot_count;
    AvmNameTable globals, names;
    AVM_VEC(uint32_t) sites; // numbers in names
    AVM_VEC(const AvmUnit *) units;
    AVM_VEC(const AvmName *) static_attributes; // of a class
    uint32_t top, max;                          // temporaries: the next one, and the highest ever
    uint32_t base;                              // the first temporary of the statement's expressions
    bool reach;                                 // can control come here?
    uint32_t barrier;                           // no word before this may be taken back
    AvmBoundSet bound;
    AvmBoundSet deleted; // locals that are deleted somewhere
    AvmBlock *block;
    uint32_t blocks;
    AvmSpan span; // of what is emitted next
};

typedef struct AvmCompiler {
    AvmAlloc *alloc;
    AvmArena scratch;
    AvmArena *out;
    const AvmCompileOptions *opts;
    AvmDiag *diag;
    AvmNames *names;
    bool failed;
    bool negated; // of a comparison that comes next: it stands behind a `not`
    bool future_annotations;
    uint32_t future_line; // the last line of the __future__ imports at the beginning
    uint32_t total_words;
    AvmText file;
    AvmScope *root;
    AvmScope **scope_slots; // by node
    uint32_t scope_slot_count, scope_count;
    AvmBuild *u;
    const AvmName *name_class, *name_super, *name_debug, *name_iter, *name_annotations;
} AvmCompiler;

// ---- common.c

void avm_comp_error(AvmCompiler *c, AvmSpan span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void avm_comp_nomem(AvmCompiler *c);
void *avm_comp_alloc(AvmCompiler *c, size_t size); // scratch; NULL only after a failure
// Makes room for one more of count items. false: no memory.
bool avm_comp_grow(AvmCompiler *c, void **at, uint32_t count, uint32_t *cap, size_t size);
#define AVM_PUSH(c, vec, ...)                                                                                \
    (avm_comp_grow((c), (void **)&(vec).at, (vec).count, &(vec).cap, sizeof *(vec).at)                       \
         ? (void)((vec).at[(vec).count++] = (__VA_ARGS__))                                                   \
         : (void)0)
const AvmName *avm_comp_name(AvmCompiler *c, const char *text, size_t len);
// The name as it is in the class that `scope` is in.
const AvmName *avm_comp_mangle(AvmCompiler *c, const AvmScope *scope, const AvmName *name);
uint32_t avm_hash_pointer(const void *p);

// ---- scope.c, resolve.c

// Builds the tree of scopes, and says where each name lives.
void avm_scope_build(AvmCompiler *c, const AvmModule *tree);
void avm_scope_resolve(AvmCompiler *c);
AvmScope *avm_scope_of(AvmCompiler *c, const void *node);
AvmSymbol *avm_scope_find(const AvmScope *scope, const AvmName *name);
AvmScope *avm_scope_new(AvmCompiler *c, AvmScope *parent, AvmScopeKind kind, const void *node);
// Notes that name appears; returns its symbol (NULL after a failure).
AvmSymbol *avm_scope_add(AvmCompiler *c, AvmScope *scope, const AvmName *name, uint16_t flags, AvmSpan span);
// The scope whose frame `scope` runs in.
AvmScope *avm_scope_host(AvmScope *scope);
// The number of a free variable of the unit, or -1.
int avm_scope_free(const AvmScope *unit, const AvmName *name);

// ---- emit.c: words, labels, positions, rows

void avm_emit(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d);
void avm_emit_bx(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t bx);
void avm_emit_x(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d, uint32_t x);
uint32_t avm_emit_label(AvmCompiler *c); // a new one
void avm_emit_place(AvmCompiler *c, uint32_t label);
void avm_emit_jump(AvmCompiler *c, uint32_t label);
// Places a label that only jumps from further down will reach; bound as it was at `entry`.
void avm_emit_head(AvmCompiler *c, uint32_t label, const AvmBoundSet *entry, bool reach);
void avm_emit_jump_if(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t label); // ASBX
void avm_emit_jump_cmp(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, uint32_t d,
                       uint32_t label); // .._JUMP
void avm_emit_end(AvmCompiler *c);      // control does not come past here
void avm_emit_site(AvmCompiler *c, AvmOp op, uint32_t a, uint32_t b, const AvmName *name);
uint32_t avm_emit_global(AvmCompiler *c, const AvmName *name); // its number
uint32_t avm_emit_name(AvmCompiler *c, const AvmName *name);
// Blocks: push fills in outer and depth, and begins the row; pop ends it.
void avm_block_push(AvmCompiler *c, AvmBlock *b);
void avm_block_pop(AvmCompiler *c, AvmBlock *b);
void avm_block_suspend(AvmCompiler *c, AvmBlock *b); // ends the row for now
void avm_block_resume(AvmCompiler *c, AvmBlock *b);

// Registers. A temporary is pushed and popped as on a stack.
uint32_t avm_temp(AvmCompiler *c);
void avm_temps(AvmCompiler *c, uint32_t n);     // at least reserve n above the top
void avm_temp_to(AvmCompiler *c, uint32_t top); // pops down to top
bool avm_is_temp(const AvmCompiler *c, uint32_t reg);
bool avm_is_bound(const AvmCompiler *c, uint32_t reg);
void avm_set_bound(AvmCompiler *c, uint32_t reg, bool bound);

// ---- literal.c

uint32_t avm_literal(AvmCompiler *c, const AvmConst *k);
void avm_load_const(AvmCompiler *c, const AvmConst *k, uint32_t dst);
void avm_load_none(AvmCompiler *c, uint32_t dst);
void avm_load_text(AvmCompiler *c, const AvmName *name, uint32_t dst);
void avm_load_int(AvmCompiler *c, int64_t i, uint32_t dst);

// ---- fold.c

// Is e a constant? *out (whose parts live in the scratch arena) is its value.
bool avm_fold(AvmCompiler *c, const AvmExpr *e, AvmConst *out);
bool avm_const_true(const AvmConst *k);
AvmConst avm_const_str(const AvmName *name);

// ---- remark.c: what SyntaxWarnings are about; each is called before the parts of e are compiled

void avm_remark_not(AvmCompiler *c, const AvmExpr *e); // a UNARYOP
void avm_remark_compare(AvmCompiler *c, const AvmExpr *e);
void avm_remark_call(AvmCompiler *c, const AvmExpr *func);
void avm_remark_subscript(AvmCompiler *c, const AvmExpr *e);
void avm_remark_assert(AvmCompiler *c, const AvmStmt *s);
// As CPython, which compiles a loop's test twice: what was said since `middle` is said at `first` too.
void avm_remark_twice(AvmCompiler *c, uint32_t first, uint32_t middle);

// ---- name.c

// (store and delete too: c->u->span is the position.)
void avm_name_load(AvmCompiler *c, const AvmName *name, uint32_t dst);
void avm_name_store(AvmCompiler *c, const AvmName *name, uint32_t src); // takes src, if it is a temporary
void avm_name_delete(AvmCompiler *c, const AvmName *name);
void avm_name_forget(AvmCompiler *c, const AvmName *name); // end of `except .. as name`
// The register the name lives in, if it is a near local that is no cell, or -1.
int avm_name_register(AvmCompiler *c, const AvmName *name);
int avm_name_readable(AvmCompiler *c, const AvmName *name, bool steady); // as above, with CHECK done
void avm_name_capture(AvmCompiler *c, AvmScope *inner, AvmUnit *unit);   // unit's captures

// ---- expr.c and others: expressions

// Evaluates e to dst: the topmost temporary, or a local (which is written last).
void avm_expr_to(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
// Evaluates e somewhere: the register of a local, or a new temporary. `steady`: nothing evaluated before the
// value is used can rebind locals.
uint32_t avm_expr_any(AvmCompiler *c, const AvmExpr *e, bool steady);
// As any, but prefers the temporary `hint` (AVM_NO_REG, or a local: none) to a new one.
uint32_t avm_expr_in(AvmCompiler *c, const AvmExpr *e, bool steady, uint32_t hint);
uint32_t avm_expr_push(AvmCompiler *c, const AvmExpr *e); // to a new temporary
void avm_expr_drop(AvmCompiler *c, const AvmExpr *e);     // for its effects
bool avm_expr_quiet(const AvmExpr *e);                    // evaluating it cannot rebind a local
void avm_expr_boolop(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_compare(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_binop(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_aug(AvmCompiler *c, AvmOperator op, uint32_t left, const AvmExpr *right, uint32_t dst,
                  AvmSpan span);
void avm_expr_call(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_comp(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
// The loops of a comprehension, whose first iterator is in register iter.
void avm_comp_body(AvmCompiler *c, const AvmExpr *e, const AvmScope *scope, uint32_t result, uint32_t iter);
void avm_expr_display(AvmCompiler *c, const AvmExpr *e, uint32_t dst); // list, tuple, set
void avm_expr_dict(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_fstring(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_lambda(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
void avm_expr_subscript_parts(AvmCompiler *c, const AvmExpr *e, uint32_t *object, uint32_t *index);
void avm_expr_slice(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
// A list of args[0 .. n) (which may hold STARRED) in the temporary dst.
void avm_expr_list(AvmCompiler *c, AvmExpr *const *items, uint32_t n, uint32_t dst);
// A dict of keywords in the temporary dst; func: the register of what will be called.
void avm_call_keywords(AvmCompiler *c, const AvmKeywordList *keywords, uint32_t dst, uint32_t func);
void avm_call_check(AvmCompiler *c, const AvmKeywordList *keywords); // repeated names
// As many values as may be put into registers from the top on.
uint32_t avm_room(const AvmCompiler *c);
// The position of an attribute or of a call of a method: the line the attribute's name is on.
AvmSpan avm_attribute_span(AvmSpan span, const AvmExpr *attribute);
// Jumps to label if the truth of e is `sense`, else goes on.
void avm_cond(AvmCompiler *c, const AvmExpr *e, uint32_t label, bool sense);
// 1: always true, 0: always false, -1: unknown.
int avm_cond_known(AvmCompiler *c, const AvmExpr *e);
void avm_await(AvmCompiler *c, uint32_t reg, uint32_t context); // awaits the topmost temporary

// A temporary to work in for dst: dst itself if it is one, else a new one; work_done moves the result.
uint32_t avm_work(AvmCompiler *c, uint32_t dst);
void avm_work_done(AvmCompiler *c, uint32_t work, uint32_t dst);

// ---- assign.c

void avm_store(AvmCompiler *c, const AvmExpr *target, uint32_t src); // takes src if it is a temporary
void avm_stmt_assign(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_augassign(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_annassign(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_delete(AvmCompiler *c, const AvmExpr *target);
// Can a for loop or comprehension write its variable straight to a register? -1: no.
int avm_store_register(AvmCompiler *c, const AvmExpr *target);

// ---- stmt.c, flow.c, try.c, with.c, match.c

void avm_stmts(AvmCompiler *c, const AvmStmtList *list);
void avm_stmt(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_for(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_async_for(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_while(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_if(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_try(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_try_star(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_with(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_match(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_return(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_break(AvmCompiler *c, const AvmStmt *s);
void avm_with_exit(AvmCompiler *c, const AvmBlock *b); // the call on the normal way out

// ---- func.c, class.c

void avm_stmt_function(AvmCompiler *c, const AvmStmt *s);
void avm_stmt_class(AvmCompiler *c, const AvmStmt *s);
AvmBuild *avm_build_open(AvmCompiler *c, AvmScope *scope, const AvmName *name, AvmSpan span);
// Finishes the unit; gives its number among the outer unit's units (0 for the outermost).
uint32_t avm_build_close(AvmCompiler *c);
void avm_build_prologue(AvmCompiler *c); // cells
void avm_build_generator(AvmCompiler *c, const AvmExpr *e, uint32_t dst);
// Emits FUNC for nested unit x, whose defaults start at register b.
void avm_func_make(AvmCompiler *c, uint32_t dst, uint32_t b, uint32_t present, uint32_t x);
const AvmExpr *avm_docstring(const AvmStmtList *body);
AvmText avm_clean_doc(AvmCompiler *c, const AvmExpr *doc);
// Evaluates decorators to registers from the one returned on; decorate calls them and stores the result.
uint32_t avm_decorators(AvmCompiler *c, const AvmExprList *list);
void avm_decorate(AvmCompiler *c, const AvmExprList *list, uint32_t first, const AvmName *name,
                  uint32_t value, AvmSpan span);

// ---- finish.c

// Copies what was built to the unit: patches jumps, sorts rows, numbers names.
void avm_finish(AvmCompiler *c, AvmBuild *u);

// ---- unparse.c

// The source text of an expression, as CPython gives it for annotations kept as strings.
AvmText avm_unparse(AvmCompiler *c, const AvmExpr *e);

#endif
