// Listing of code units, for people: --dump=bytecode and tests. Made from opcodes.def.
#include <inttypes.h>

#include "compiler/compile.h"
#include "compiler/opinfo.h"

static void quote(AvmBuf *out, AvmText text) {
    avm_buf_byte(out, '\'');
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char ch = (unsigned char)text.text[i];
        if (ch == '\n')
            avm_buf_text(out, "\\n");
        else if (ch < ' ' || ch == '\'' || ch == '\\')
            avm_buf_printf(out, "\\x%02x", ch);
        else
            avm_buf_byte(out, (char)ch);
    }
    avm_buf_byte(out, '\'');
}

static void show_literal(AvmBuf *out, const AvmUnit *u, uint32_t number) {
    if (number >= u->nliterals) {
        avm_buf_text(out, "?");
        return;
    }
    const AvmLiteral *l = &u->literals[number];
    switch (l->kind) {
    case AVM_LIT_NONE: avm_buf_text(out, "None"); break;
    case AVM_LIT_FALSE: avm_buf_text(out, "False"); break;
    case AVM_LIT_TRUE: avm_buf_text(out, "True"); break;
    case AVM_LIT_ELLIPSIS: avm_buf_text(out, "Ellipsis"); break;
    case AVM_LIT_INT: avm_buf_printf(out, "%" PRId64, l->i); break;
    case AVM_LIT_BIGINT: avm_buf_printf(out, "0x%.*s", (int)l->text.len, l->text.text); break;
    case AVM_LIT_FLOAT: avm_buf_printf(out, "%.17g", l->f); break;
    case AVM_LIT_IMAGINARY: avm_buf_printf(out, "%.17gj", l->f); break;
    case AVM_LIT_BYTES:
        avm_buf_byte(out, 'b');
        quote(out, l->text);
        break;
    case AVM_LIT_STR: quote(out, l->text); break;
    case AVM_LIT_TUPLE:
    case AVM_LIT_FROZENSET:
        avm_buf_text(out, l->kind == AVM_LIT_TUPLE ? "(" : "{");
        for (uint32_t i = 0; i < l->items.count; i++) {
            if (i) avm_buf_text(out, ", ");
            show_literal(out, u, l->items.at[i]);
        }
        avm_buf_text(out, l->kind == AVM_LIT_TUPLE ? ")" : "}");
        break;
    }
}

static void show_text(AvmBuf *out, const AvmText *texts, uint32_t count, uint32_t at) {
    if (at < count)
        avm_buf_printf(out, "%.*s", (int)texts[at].len, texts[at].text);
    else
        avm_buf_text(out, "?");
}

// What the numbers mean, behind a semicolon.
static void explain(AvmBuf *out, const AvmUnit *u, uint32_t w, uint32_t x, uint32_t next) {
    AvmFormat format = avm_op_info[AVM_OP(w)].format;
    AvmOp op = AVM_OP(w);
    if (format == AVM_FORMAT_SJ || format == AVM_FORMAT_AB_JUMP || format == AVM_FORMAT_ABC_JUMP ||
        format == AVM_FORMAT_AKC_JUMP || (format == AVM_FORMAT_ASBX && op != AVM_OP_LOADI)) {
        int32_t jump = format == AVM_FORMAT_SJ     ? AVM_SJ(w)
                       : format == AVM_FORMAT_ASBX ? AVM_SBX(w)
                                                   : (int32_t)x;
        avm_buf_text(out, "  ; ");
        if (format == AVM_FORMAT_AKC_JUMP) {
            show_literal(out, u, AVM_B(w));
            avm_buf_text(out, ", ");
        }
        avm_buf_printf(out, "to %d", (int)next + jump);
    } else if (format == AVM_FORMAT_ABK) {
        avm_buf_text(out, "  ; ");
        show_literal(out, u, AVM_C(w));
    } else if (op == AVM_OP_LOADK || format == AVM_FORMAT_A_LIT || format == AVM_FORMAT_AB_LIT ||
               format == AVM_FORMAT_ABC_LIT) {
        avm_buf_text(out, "  ; ");
        show_literal(out, u, op == AVM_OP_LOADK ? AVM_BX(w) : x);
    } else if (op >= AVM_OP_GETGLOBAL && op <= AVM_OP_GETNAMEFREE) {
        avm_buf_text(out, "  ; ");
        show_text(out, u->names, u->nnames, AVM_BX(w));
    } else if (op >= AVM_OP_GETFREE && op <= AVM_OP_DELFREE) {
        avm_buf_text(out, "  ; ");
        show_text(out, u->frees, u->nfree, AVM_BX(w));
    } else if (format == AVM_FORMAT_AB_NAME) {
        avm_buf_text(out, "  ; ");
        show_text(out, u->names, u->nnames, x);
    } else if (format == AVM_FORMAT_A_SITE || format == AVM_FORMAT_AB_SITE) {
        avm_buf_text(out, "  ; ");
        show_text(out, u->names, u->nnames, x < u->nsites ? u->sites[x] : UINT32_MAX);
    } else if (format == AVM_FORMAT_ABC_UNIT && x < u->nunits) {
        avm_buf_printf(out, "  ; %.*s", (int)u->units[x]->qualname.len, u->units[x]->qualname.text);
    } else if (op == AVM_OP_CHECK || op == AVM_OP_DELLOCAL) {
        avm_buf_text(out, "  ; ");
        show_text(out, u->locals, u->nlocals, AVM_A(w));
    }
}

void avm_unit_show_op(const AvmUnit *u, uint32_t pc, AvmBuf *out) {
    uint32_t w = u->code[pc];
    const AvmOpInfo *info = &avm_op_info[AVM_OP(w)];
    uint32_t x = info->words > 1 ? u->code[pc + 1] : 0;
    avm_buf_printf(out, "%5u  %-12s", pc, info->name);
    switch ((AvmFormat)info->format) {
    case AVM_FORMAT_N:
    case AVM_FORMAT_SJ: break;
    case AVM_FORMAT_A:
    case AVM_FORMAT_A_SITE:
    case AVM_FORMAT_A_LIT: avm_buf_printf(out, " %u", AVM_A(w)); break;
    case AVM_FORMAT_AB:
    case AVM_FORMAT_AB_SITE:
    case AVM_FORMAT_AB_LIT:
    case AVM_FORMAT_AB_NAME:
    case AVM_FORMAT_AB_JUMP: avm_buf_printf(out, " %u %u", AVM_A(w), AVM_B(w)); break;
    case AVM_FORMAT_ABC:
    case AVM_FORMAT_ABC_UNIT:
    case AVM_FORMAT_ABC_LIT:
    case AVM_FORMAT_AKC_JUMP:
    case AVM_FORMAT_ABK:
    case AVM_FORMAT_ABC_JUMP: avm_buf_printf(out, " %u %u %u", AVM_A(w), AVM_B(w), AVM_C(w)); break;
    case AVM_FORMAT_ABC_NUM: avm_buf_printf(out, " %u %u %u %u", AVM_A(w), AVM_B(w), AVM_C(w), x); break;
    case AVM_FORMAT_ABX: avm_buf_printf(out, " %u %u", AVM_A(w), AVM_BX(w)); break;
    case AVM_FORMAT_ABX_NUM: avm_buf_printf(out, " %u %u %u", AVM_A(w), AVM_BX(w), x); break;
    case AVM_FORMAT_ASBX: avm_buf_printf(out, " %u %d", AVM_A(w), AVM_SBX(w)); break;
    }
    explain(out, u, w, x, pc + info->words);
    avm_buf_byte(out, '\n');
}

static void show_head(AvmBuf *out, const AvmUnit *u) {
    static const char *const flags[] = {"varargs",  "kwargs",    "generator", "coroutine",
                                        "asyncgen", "namespace", "module",    "class",
                                        "nested",   "optimized", "method"};
    avm_buf_printf(out, "%.*s: line %u, %u parameters, %u locals, %u registers", (int)u->qualname.len,
                   u->qualname.text, u->first_line, u->nparams, u->nlocals + u->nfar, u->nregs);
    for (uint32_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (u->flags >> i & 1) avm_buf_printf(out, ", %s", flags[i]);
    avm_buf_byte(out, '\n');
    for (uint32_t i = 0; i < (uint32_t)u->nlocals + u->nfar; i++) {
        uint32_t reg = i < u->nlocals ? i : 256 + i - u->nlocals;
        avm_buf_printf(out, "%s%u=%.*s%s", i ? ", " : "  locals ", reg, (int)u->locals[i].len,
                       u->locals[i].text, u->local_cells[i] ? " (cell)" : "");
    }
    if (u->nlocals + u->nfar) avm_buf_byte(out, '\n');
    for (uint32_t i = 0; i < u->nfree; i++)
        avm_buf_printf(out, "%s%u=%.*s from %s %u", i ? ", " : "  free ", i, (int)u->frees[i].len,
                       u->frees[i].text, u->captures[i].from_free ? "free" : "register",
                       u->captures[i].index);
    if (u->nfree) avm_buf_byte(out, '\n');
}

void avm_unit_disassemble(const AvmUnit *u, AvmBuf *out) {
    show_head(out, u);
    uint32_t row = 0, line = 0;
    for (uint32_t pc = 0; pc < u->ncode; pc += avm_op_info[AVM_OP(u->code[pc])].words) {
        while (row + 1 < u->npositions && u->positions[row + 1].pc <= pc) row++;
        uint32_t now = u->npositions ? u->positions[row].line : 0;
        if (now != line)
            avm_buf_printf(out, "%5u", now);
        else
            avm_buf_fill(out, ' ', 5);
        line = now;
        avm_unit_show_op(u, pc, out);
    }
    for (uint32_t i = 0; i < u->ntries; i++)
        avm_buf_printf(out, "  try %u .. %u: to %u, exception in %u\n", u->tries[i].start, u->tries[i].end,
                       u->tries[i].target, u->tries[i].reg);
    for (uint32_t i = 0; i < u->nhandlings; i++)
        avm_buf_printf(out, "  handling %u .. %u: exception in %u\n", u->handlings[i].start,
                       u->handlings[i].end, u->handlings[i].reg);
    for (uint32_t i = 0; i < u->nunits; i++) {
        avm_buf_byte(out, '\n');
        avm_unit_disassemble(u->units[i], out);
    }
}
