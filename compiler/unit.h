// A code unit: what the compiler makes of one module, function, class body or expression. Plain constant data that
// knows no VM: units are shared between VMs, frozen into the program, and written to files.
#ifndef AVM_COMPILER_UNIT_H
#define AVM_COMPILER_UNIT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum AvmOp {
#define OP(name, format, effect) AVM_OP_##name,
#include "compiler/opcodes.def"
#undef OP
    AVM_OP_COUNT
} AvmOp;

// A length-counted text; generalised UTF-8 for names and str, raw for bytes. NUL follows text[len].
typedef struct AvmText {
    const char *text;
    uint32_t len;
} AvmText;

typedef enum AvmLitKind {
    AVM_LIT_NONE,
    AVM_LIT_FALSE,
    AVM_LIT_TRUE,
    AVM_LIT_ELLIPSIS,
    AVM_LIT_INT,       // i
    AVM_LIT_BIGINT,    // text: hexadecimal digits, no prefix, no sign
    AVM_LIT_FLOAT,     // f
    AVM_LIT_IMAGINARY, // f
    AVM_LIT_STR,       // text
    AVM_LIT_BYTES,     // text
    AVM_LIT_TUPLE,     // items: literal numbers, each less than its own
    AVM_LIT_FROZENSET, // items
} AvmLitKind;

typedef struct AvmLiteral {
    AvmLitKind kind;
    union {
        int64_t i;
        double f;
        AvmText text;
        struct {
            const uint32_t *at;
            uint32_t count;
        } items;
    };
} AvmLiteral;

// While words [start, end) run, an exception empties the temporaries from register reg on, is stored in reg, and
// control goes to target. The first row that covers an instruction is the innermost.
typedef struct AvmTry {
    uint32_t start, end, target;
    uint32_t reg;
} AvmTry;

// While words [start, end) run, the exception in register reg is the one being handled (bare raise, __context__,
// sys.exception). The first row that covers an instruction is the innermost.
typedef struct AvmHandling {
    uint32_t start, end;
    uint32_t reg;
} AvmHandling;

// The source range of the words from pc up to the next row's pc. Columns are byte offsets from 0; col 0xFFFF: none.
typedef struct AvmPos {
    uint32_t pc;
    uint32_t line;  // 0: none
    uint16_t lines; // end line - line
    uint16_t col, end_col;
} AvmPos;

// A cell that a new function takes from the frame that makes it: the cell in local `index`, or free variable `index`.
typedef struct AvmCapture {
    uint8_t from_free;
    uint16_t index;
} AvmCapture;

enum {
    AVM_UNIT_VARARGS = 1 << 0,   // the parameter after the keyword-only ones takes *args
    AVM_UNIT_KWARGS = 1 << 1,    // the last parameter takes **kwargs
    AVM_UNIT_GENERATOR = 1 << 2, // calling makes a generator
    AVM_UNIT_COROUTINE = 1 << 3, // calling makes a coroutine
    AVM_UNIT_ASYNCGEN = 1 << 4,  // calling makes an asynchronous generator
    AVM_UNIT_NAMESPACE = 1 << 5, // R[0], parameter 0, is the namespace: class bodies, exec
    AVM_UNIT_MODULE = 1 << 6,    // module or interactive code
    AVM_UNIT_CLASS = 1 << 7,     // a class body: returns the __class__ cell, or None
    AVM_UNIT_NESTED = 1 << 8,    // defined in a function
    AVM_UNIT_OPTIMIZED = 1 << 9, // a function: names are registers
    AVM_UNIT_METHOD = 1 << 10,   // defined directly in a class body
};

typedef struct AvmUnit AvmUnit;
struct AvmUnit {
    AvmText name, qualname, file;
    uint32_t flags;
    uint32_t first_line;
    uint16_t npositional;      // parameters that can be given by position, positional-only ones included
    uint16_t npositional_only; // of these, the first that can't be given by name
    uint16_t nkeyword_only;
    uint16_t nparams; // all, with *args and **kwargs: registers 0 .. nparams-1, in CPython's order
    uint16_t nlocals; // parameters and near locals, cells included; temporaries begin here
    uint16_t nfar;    // locals that found no room: registers 256 .. 256+nfar-1
    uint16_t nregs;   // all registers, with room for what calls put there
    uint16_t nfree;   // free variables = captures
    int16_t class_free; // the free variable that is __class__, or -1
    uint32_t nsites;
    uint32_t nglobals; // names 0 .. nglobals-1 are read or written as globals
    uint32_t ncode, nliterals, nnames, ntries, nhandlings, npositions, nunits;
    uint8_t has_doc;          // literal 0 is the docstring
    const uint32_t *code;
    const AvmLiteral *literals;
    const AvmText *names;
    const AvmText *locals;      // nlocals names, then nfar; hidden ones start with '.'
    const uint8_t *local_cells; // as many flags: 1 if the register holds a cell
    const AvmText *frees;       // nfree names
    const AvmCapture *captures; // nfree
    const uint32_t *sites;      // nsites: the name of each site
    const AvmTry *tries;
    const AvmHandling *handlings;
    const AvmPos *positions;
    const AvmUnit *const *units;
};

// A module in script, compiled into the program.
typedef struct AvmFrozen {
    const char *name;    // dotted; a package's own name, without __init__
    const AvmUnit *unit; // never freed
    bool is_package;
} AvmFrozen;

// Operands of a word.
#define AVM_OP(w) ((uint8_t)(w))
#define AVM_A(w) ((uint8_t)((w) >> 8))
#define AVM_B(w) ((uint8_t)((w) >> 16))
#define AVM_C(w) ((uint8_t)((w) >> 24))
#define AVM_BX(w) ((uint16_t)((w) >> 16))
#define AVM_SBX(w) ((int16_t)((w) >> 16))
#define AVM_SJ(w) ((int32_t)(w) >> 8)
#define AVM_WORD(op, a, b, c)                                                                                     \
    ((uint32_t)(op) | (uint32_t)(uint8_t)(a) << 8 | (uint32_t)(uint8_t)(b) << 16 | (uint32_t)(uint8_t)(c) << 24)

#endif
