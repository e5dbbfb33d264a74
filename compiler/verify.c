// Checks that a unit is well formed, so that running it cannot leave its registers, tables or code. For units
// that were read from files, and for testing the compiler. Does not check what is in a register: the VM's
// instructions check types themselves, but for cells, which are checked here.
#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/opinfo.h"

typedef struct Check {
    const AvmUnit *unit;
    const uint8_t *starts; // by pc: an instruction begins here
    char *why;
    size_t n;
    uint32_t pc;
} Check;

static bool fail(const Check *k, const char *what, uint32_t value) {
    if (k->n)
        snprintf(k->why, k->n, "%.*s, word %u: %s (%u)", (int)k->unit->qualname.len, k->unit->qualname.text,
                 k->pc, what, value);
    return false;
}

// ---- registers

static bool cell(const Check *k, uint32_t reg) { return reg < k->unit->nlocals && k->unit->local_cells[reg]; }

// n registers from reg on are read.
static bool reads(const Check *k, uint32_t reg, uint32_t n) {
    return reg + n <= k->unit->nregs || (n == 0) || fail(k, "no such register", reg + n - 1);
}

// n registers from reg on are written.
static bool writes(const Check *k, uint32_t reg, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (cell(k, reg + i)) return fail(k, "a cell is overwritten", reg + i);
    return reads(k, reg, n);
}

static bool temps(const Check *k, uint32_t reg, uint32_t n) {
    if (reg < k->unit->nlocals && n) return fail(k, "not a temporary", reg);
    return reads(k, reg, n);
}

static bool is_cell(const Check *k, uint32_t reg) { return cell(k, reg) || fail(k, "not a cell", reg); }

static bool less(const Check *k, uint32_t value, uint32_t limit, const char *what) {
    return value < limit || fail(k, what, value);
}

static bool far(const Check *k, uint32_t reg) {
    return reg >= 256 ? less(k, reg - 256, k->unit->nfar, "no such far register") : reads(k, reg, 1);
}

// ---- instructions by the shape of their operands

typedef enum Shape {
    OTHER, // looked at one by one
    NONE,
    W,   // A is written
    WR,  // and B read
    WRR, // and C read
    R,   // A is read
    RR,
    RRR,
    KR,     // A is a temporary that is kept, B read
    WRANGE, // A is written, C registers from B on are read
} Shape;

static Shape shape_of(AvmOp op) {
    switch (op) {
    case AVM_OP_NOP:
    case AVM_OP_TRACED:
    case AVM_OP_JMP:
    case AVM_OP_RETNONE:
    case AVM_OP_ANNOTATIONS:
    case AVM_OP_RAISEHANDLED: return NONE;
    case AVM_OP_LOADK:
    case AVM_OP_LOADKX:
    case AVM_OP_LOADI:
    case AVM_OP_LOADP:
    case AVM_OP_GETGLOBAL:
    case AVM_OP_GETGLOBALM:
    case AVM_OP_GETNAME:
    case AVM_OP_GETNAMEFREE:
    case AVM_OP_GETFREE:
    case AVM_OP_DELLOCAL: return W;
    case AVM_OP_MOVE:
    case AVM_OP_TAKE:
    case AVM_OP_GETATTR:
    case AVM_OP_GETATTRL:
    case AVM_OP_NEG:
    case AVM_OP_POS:
    case AVM_OP_INVERT:
    case AVM_OP_NOT:
    case AVM_OP_ADDI:
    case AVM_OP_SUBI:
    case AVM_OP_IADDI:
    case AVM_OP_ISUBI:
    case AVM_OP_GETITER:
    case AVM_OP_LISTTUPLE:
    case AVM_OP_YIELD:
    case AVM_OP_AYIELD:
    case AVM_OP_GETAWAIT:
    case AVM_OP_GETYIELDFROM:
    case AVM_OP_GETAITER:
    case AVM_OP_GETANEXT:
    case AVM_OP_STARMATCH:
    case AVM_OP_IMPORTFROM: return WR;
    case AVM_OP_GETITEM:
    case AVM_OP_EXCMATCH:
    case AVM_OP_STARRAISE: return WRR;
    case AVM_OP_CHECK:
    case AVM_OP_SETGLOBAL:
    case AVM_OP_SETNAME:
    case AVM_OP_SETFREE:
    case AVM_OP_DELATTR:
    case AVM_OP_JTRUE:
    case AVM_OP_JFALSE:
    case AVM_OP_JTRUEKEEP:
    case AVM_OP_JFALSEKEEP:
    case AVM_OP_JNONE:
    case AVM_OP_ENDASYNCFOR:
    case AVM_OP_IMPORT:
    case AVM_OP_IMPORTSTAR:
    case AVM_OP_PRINTEXPR:
    case AVM_OP_RETURN:
    case AVM_OP_RAISE:
    case AVM_OP_RERAISE: return R;
    case AVM_OP_SETATTR:
    case AVM_OP_DELITEM:
    case AVM_OP_RAISEFROM: return RR;
    case AVM_OP_SETITEM: return RRR;
    case AVM_OP_LISTADD:
    case AVM_OP_SETADD:
    case AVM_OP_LISTEXT:
    case AVM_OP_SETEXT:
    case AVM_OP_DICTEXT: return KR;
    case AVM_OP_LIST:
    case AVM_OP_TUPLE:
    case AVM_OP_SET:
    case AVM_OP_STRJOIN: return WRANGE;
    default:
        if (op >= AVM_OP_ADD && op <= AVM_OP_IXOR) return WRR;
        if (op >= AVM_OP_ADDK && op <= AVM_OP_KDIV) return WR;
        if (op >= AVM_OP_JEQK && op <= AVM_OP_JGEK) return R;
        if (op >= AVM_OP_EQ && op <= AVM_OP_NOTIN) return WRR;
        if (op >= AVM_OP_JEQ && op <= AVM_OP_JIN) return RR;
        if (op >= AVM_OP_JEQI && op <= AVM_OP_JGEI) return R;
        return OTHER;
    }
}

static bool keyword_names(const Check *k, uint32_t number, uint32_t args) {
    const AvmUnit *u = k->unit;
    if (number >= u->nliterals || u->literals[number].kind != AVM_LIT_TUPLE)
        return fail(k, "no names", number);
    const AvmLiteral *l = &u->literals[number];
    if (l->items.count > args) return fail(k, "too many names", l->items.count);
    for (uint32_t i = 0; i < l->items.count; i++)
        if (u->literals[l->items.at[i]].kind != AVM_LIT_STR) return fail(k, "not a name", i);
    return true;
}

static bool match_names(const Check *k, uint32_t number) {
    const AvmUnit *u = k->unit;
    if (number >= u->nliterals || u->literals[number].kind != AVM_LIT_TUPLE ||
        !u->literals[number].items.count)
        return fail(k, "no names", number);
    const AvmLiteral *l = &u->literals[number];
    if (u->literals[l->items.at[0]].kind != AVM_LIT_INT || u->literals[l->items.at[0]].i < 0 ||
        u->literals[l->items.at[0]].i > 255)
        return fail(k, "no number", number);
    for (uint32_t i = 1; i < l->items.count; i++)
        if (u->literals[l->items.at[i]].kind != AVM_LIT_STR) return fail(k, "not a name", i);
    return true;
}

static bool check_other(const Check *k, uint32_t w, uint32_t x) {
    uint32_t a = AVM_A(w), b = AVM_B(w), d = AVM_C(w);
    switch ((AvmOp)AVM_OP(w)) {
    case AVM_OP_CLEAR: return reads(k, a, b);
    case AVM_OP_FARGET: return writes(k, a, 1) && far(k, AVM_BX(w));
    case AVM_OP_FARSET: return reads(k, a, 1) && far(k, AVM_BX(w));
    case AVM_OP_FARCHECK: return far(k, AVM_BX(w));
    case AVM_OP_SPILL: return temps(k, a, b) && less(k, 0, b, "nothing to pack");
    case AVM_OP_UNSPILL: return temps(k, a, b + 1) && temps(k, d, 1);
    case AVM_OP_NEWCELL:
    case AVM_OP_DELCELL: return is_cell(k, a);
    case AVM_OP_GETCELL: return writes(k, a, 1) && is_cell(k, b);
    case AVM_OP_SETCELL: return is_cell(k, a) && reads(k, b, 1);
    case AVM_OP_METHOD:
    case AVM_OP_SPECIAL:
        return temps(k, a, 2) && reads(k, b, 1) &&
               less(k, AVM_OP(w) == AVM_OP_SPECIAL ? d : 0, 4, "no such method");
    case AVM_OP_SLICE: return writes(k, a, 1) && reads(k, b, 3);
    case AVM_OP_FORITER: return reads(k, a, 1) && writes(k, b, 1);
    case AVM_OP_UNPACK: return reads(k, a, 1) && writes(k, b, d);
    case AVM_OP_UNPACKEX:
        return reads(k, a, 1) && less(k, x, 256, "too many items") && writes(k, b, d + 1 + x);
    case AVM_OP_CALL: return temps(k, a, b + 1);
    case AVM_OP_CALLM: return temps(k, a, b + 2);
    case AVM_OP_CALLKW: return temps(k, a, b + 1) && keyword_names(k, x, b);
    case AVM_OP_CALLMKW: return temps(k, a, b + 2) && keyword_names(k, x, b);
    case AVM_OP_CALLEX: return temps(k, a, b ? 3 : 2);
    case AVM_OP_FUNC:
        return writes(k, a, 1) && (!(d & 1) || temps(k, b, 1)) && (!(d & 2) || temps(k, b + 1, 1)) &&
               (!(d & 4) || temps(k, b + 2, 1));
    case AVM_OP_CLASS: return temps(k, a, 4);
    case AVM_OP_DICT: return writes(k, a, 1) && reads(k, b, 2 * d);
    case AVM_OP_DICTADD: return temps(k, a, 1) && reads(k, b, 1) && reads(k, d, 1);
    case AVM_OP_DICTMERGE: return temps(k, a, 1) && reads(k, b, 1) && reads(k, d, 1);
    case AVM_OP_FORMAT: return writes(k, a, 1) && reads(k, b, d & 4 ? 2 : 1);
    case AVM_OP_EXITARGS: return temps(k, a, 3) && reads(k, b, 1);
    case AVM_OP_DELEGATE: return temps(k, a, 2);
    case AVM_OP_MATCHKIND: return writes(k, a, 1) && reads(k, b, 1) && less(k, d, 3, "no such question");
    case AVM_OP_MATCHKEYS: return writes(k, a, 1) && reads(k, b, 1) && reads(k, d, 1);
    case AVM_OP_MATCHCLASS: return writes(k, a, 1) && reads(k, b, 1) && reads(k, d, 1) && match_names(k, x);
    case AVM_OP_DELFREE:
    case AVM_OP_DELGLOBAL:
    case AVM_OP_DELNAME: return true;
    default: return fail(k, "unknown instruction", AVM_OP(w));
    }
}

static bool check_registers(const Check *k, uint32_t w, uint32_t x) {
    uint32_t a = AVM_A(w), b = AVM_B(w), d = AVM_C(w);
    switch (shape_of((AvmOp)AVM_OP(w))) {
    case NONE: return true;
    case W: return writes(k, a, 1);
    case WR:
        // A class hands its cell on as it is; nothing else may.
        return writes(k, a, 1) && reads(k, b, 1);
    case WRR: {
        bool number = AVM_OP(w) >= AVM_OP_ADDI && AVM_OP(w) <= AVM_OP_ISUBI;
        return writes(k, a, 1) && reads(k, b, 1) && (number || reads(k, d, 1));
    }
    case R: return reads(k, a, 1);
    case RR: return reads(k, a, 1) && reads(k, b, 1);
    case RRR: return reads(k, a, 1) && reads(k, b, 1) && reads(k, d, 1);
    case KR: return temps(k, a, 1) && reads(k, b, 1);
    case WRANGE: return writes(k, a, 1) && reads(k, b, d);
    case OTHER: return check_other(k, w, x);
    }
    return false;
}

// ---- everything but registers

static bool check_target(const Check *k, int64_t target) {
    return (target >= 0 && target < k->unit->ncode && k->starts[target]) ||
           fail(k, "bad jump", (uint32_t)target);
}

static bool check_numbers(const Check *k, uint32_t w, uint32_t x) {
    const AvmUnit *u = k->unit;
    const AvmOpInfo *info = &avm_op_info[AVM_OP(w)];
    int64_t next = (int64_t)k->pc + info->words;
    switch ((AvmFormat)info->format) {
    case AVM_FORMAT_SJ: return check_target(k, next + AVM_SJ(w));
    case AVM_FORMAT_AB_JUMP:
    case AVM_FORMAT_ABC_JUMP: return check_target(k, next + (int32_t)x);
    case AVM_FORMAT_AKC_JUMP:
        return less(k, AVM_B(w), u->nliterals, "no such literal") && check_target(k, next + (int32_t)x);
    case AVM_FORMAT_ABK: return less(k, AVM_C(w), u->nliterals, "no such literal");
    case AVM_FORMAT_ASBX: return AVM_OP(w) == AVM_OP_LOADI || check_target(k, next + AVM_SBX(w));
    case AVM_FORMAT_A_SITE:
    case AVM_FORMAT_AB_SITE:
        if (AVM_OP(w) == AVM_OP_GETATTRL && !less(k, AVM_B(w), u->nlocals, "no such local")) return false;
        return less(k, x, u->nsites, "no such site");
    case AVM_FORMAT_A_LIT:
    case AVM_FORMAT_AB_LIT:
    case AVM_FORMAT_ABC_LIT: return less(k, x, u->nliterals, "no such literal");
    case AVM_FORMAT_AB_NAME: return less(k, x, u->nnames, "no such name");
    case AVM_FORMAT_ABC_UNIT: return less(k, x, u->nunits, "no such unit");
    default: break;
    }
    switch ((AvmOp)AVM_OP(w)) {
    case AVM_OP_LOADK: return less(k, AVM_BX(w), u->nliterals, "no such literal");
    case AVM_OP_LOADP: return less(k, AVM_B(w), 5, "no such constant");
    case AVM_OP_CHECK:
    case AVM_OP_DELLOCAL: return less(k, AVM_A(w), u->nlocals, "no such local");
    case AVM_OP_GETGLOBALM:
        if (k->pc + 1 >= u->ncode || (u->code[k->pc + 1] & 0xFFFFFF) != AVM_WORD(AVM_OP_METHOD, AVM_A(w), AVM_A(w), 0))
            return fail(k, "no METHOD follows", AVM_BX(w));
        // fall through
    case AVM_OP_GETGLOBAL:
    case AVM_OP_SETGLOBAL:
    case AVM_OP_DELGLOBAL: return less(k, AVM_BX(w), u->nglobals, "no such global name");
    case AVM_OP_GETNAMEFREE:
        if (!less(k, x, u->nfree, "no such free variable")) return false;
        // fall through
    case AVM_OP_GETNAME:
    case AVM_OP_SETNAME:
    case AVM_OP_DELNAME:
        if (!(u->flags & AVM_UNIT_NAMESPACE)) return fail(k, "no namespace", 0);
        return less(k, AVM_BX(w), u->nnames, "no such name");
    case AVM_OP_GETFREE:
    case AVM_OP_SETFREE:
    case AVM_OP_DELFREE: return less(k, AVM_BX(w), u->nfree, "no such free variable");
    default: return true;
    }
}

static bool check_code(Check *k) {
    const AvmUnit *u = k->unit;
    bool ends = false;
    for (k->pc = 0; k->pc < u->ncode;) {
        uint32_t w = u->code[k->pc], words = avm_op_info[AVM_OP(w)].words;
        uint32_t x = words > 1 ? u->code[k->pc + 1] : 0;
        if (!check_registers(k, w, x) || !check_numbers(k, w, x)) return false;
        AvmOp op = AVM_OP(w);
        ends = op == AVM_OP_JMP || op == AVM_OP_RETURN || op == AVM_OP_RETNONE || op == AVM_OP_RAISE ||
               op == AVM_OP_RAISEFROM || op == AVM_OP_RERAISE || op == AVM_OP_RAISEHANDLED;
        k->pc += words;
    }
    return ends || fail(k, "the code does not end", 0);
}

static bool find_starts(Check *k, uint8_t *starts) {
    const AvmUnit *u = k->unit;
    for (k->pc = 0; k->pc < u->ncode;) {
        AvmOp op = AVM_OP(u->code[k->pc]);
        if (op >= AVM_OP_COUNT || op == AVM_OP_TRACED) return fail(k, "unknown instruction", op);
        starts[k->pc] = 1;
        k->pc += avm_op_info[op].words;
    }
    return k->pc == u->ncode || fail(k, "half an instruction", 0);
}

static bool check_literals(const Check *k) {
    const AvmUnit *u = k->unit;
    for (uint32_t i = 0; i < u->nliterals; i++) {
        const AvmLiteral *l = &u->literals[i];
        if (l->kind > AVM_LIT_FROZENSET) return fail(k, "unknown literal", i);
        if (l->kind != AVM_LIT_TUPLE && l->kind != AVM_LIT_FROZENSET) continue;
        for (uint32_t j = 0; j < l->items.count; j++)
            if (l->items.at[j] >= i) return fail(k, "a literal holds a later one", i);
    }
    return !u->has_doc || (u->nliterals && u->literals[0].kind == AVM_LIT_STR) || fail(k, "no docstring", 0);
}

static bool check_tables(const Check *k) {
    const AvmUnit *u = k->unit;
    for (uint32_t i = 0; i < u->ntries; i++) {
        const AvmTry *row = &u->tries[i];
        if (row->start >= row->end || row->end > u->ncode) return fail(k, "bad try row", i);
        if (!check_target(k, row->target) || !temps(k, row->reg, 1)) return false;
    }
    for (uint32_t i = 0; i < u->nhandlings; i++) {
        const AvmHandling *row = &u->handlings[i];
        if (row->start >= row->end || row->end > u->ncode) return fail(k, "bad handling row", i);
        if (!temps(k, row->reg, 1)) return false;
    }
    for (uint32_t i = 0; i < u->npositions; i++)
        if (u->positions[i].pc >= u->ncode || (i && u->positions[i].pc <= u->positions[i - 1].pc))
            return fail(k, "positions out of order", i);
    for (uint32_t i = 0; i < u->nsites; i++)
        if (u->sites[i] >= u->nnames) return fail(k, "a site without a name", i);
    return true;
}

static bool check_counts(const Check *k) {
    const AvmUnit *u = k->unit;
    uint32_t params =
        u->npositional + u->nkeyword_only + !!(u->flags & AVM_UNIT_VARARGS) + !!(u->flags & AVM_UNIT_KWARGS);
    if (params != u->nparams || u->npositional_only > u->npositional)
        return fail(k, "bad parameters", params);
    if (u->nparams > u->nlocals || u->nlocals > u->nregs || u->nregs > 256)
        return fail(k, "bad registers", u->nregs);
    if (u->nglobals > u->nnames) return fail(k, "bad names", u->nglobals);
    if (u->class_free >= (int)u->nfree) return fail(k, "no such free variable", (uint32_t)u->class_free);
    return true;
}

static bool check_nested(const Check *k) {
    const AvmUnit *u = k->unit;
    for (uint32_t i = 0; i < u->nunits; i++) {
        const AvmUnit *inner = u->units[i];
        for (uint32_t j = 0; j < inner->nfree; j++) {
            const AvmCapture *cap = &inner->captures[j];
            if (cap->from_free ? cap->index >= u->nfree : !cell(k, cap->index))
                return fail(k, "a captured variable that is none", cap->index);
        }
    }
    return true;
}

static bool verify_one(AvmAlloc *alloc, const AvmUnit *unit, char *why, size_t n) {
    Check k = {.unit = unit, .why = why, .n = n};
    uint8_t *starts = avm_alloc_zero(alloc, unit->ncode + 1);
    if (!starts) return fail(&k, "out of memory", 0);
    k.starts = starts;
    bool ok = check_counts(&k) && find_starts(&k, starts) && check_literals(&k) && check_code(&k) &&
              check_tables(&k) && check_nested(&k);
    avm_release(alloc, starts, unit->ncode + 1);
    return ok;
}

bool avm_unit_verify(AvmAlloc *alloc, const AvmUnit *unit, char *why, size_t n) {
    if (!verify_one(alloc, unit, why, n)) return false;
    for (uint32_t i = 0; i < unit->nunits; i++)
        if (!avm_unit_verify(alloc, unit->units[i], why, n)) return false;
    return true;
}
