// The interpreter: one case an instruction, the fast path in place, the slow path one call. What each instruction
// means stands in compiler/opcodes.def.
#include "vm/dispatch.h"

#include "vm/async/async.h"
#include "vm/call.h"
#include "vm/coro.h"
#include "vm/hints.h"
#include "vm/shape.h"
#include "vm/traceback.h"
#include "vm/types/intbig.h"
#include "vm/types/list.h"

// exc: an exception to raise first; sent: a value for the leaf of a resumed chain (both taken, or empty).
static AvmSent run(AvmThread *t, AvmValue exc, AvmValue sent, AvmValue *out) {
    static const void *const labels[] = {
#define OP(name, format, effect) &&L_##name,
#include "compiler/opcodes.def"
#undef OP
    };
    AvmFrame *fr;
    AvmValue *R, v, *given; // given: the arguments of a call, ngiven of them
    uint32_t ngiven;
    AvmCode *code;
    const uint32_t *pc;
    const uint32_t *ip; // the current instruction
    AvmSent how;

    LOAD;
    if (exc) {
        t->exc = exc;
        goto error;
    }
    if (sent) {
        v = sent;
        goto resume;
    }
    NEXT;

    // A jump back, to pc, from where the frame says it stands.
check:
    if (!avm_op_check(t)) {
        pc = fr->pc;
        goto error;
    }
    if (LIKELY(!t->pausing)) NEXT;
pause:
    SAVE;
    if (t->native_depth == t->pause_depth) return AVM_SENT_PAUSED;
    NEXT;

    // --- tracing
L_TRACED : {
    uint32_t at = (uint32_t)(ip - code->words);
    SAVE;
    t->vm->tracer->tell(t, code->unit, at);
    ip = code->unit->code + at;
    goto *labels[(uint8_t)*ip];
}

    // --- moves and constants
L_NOP:
    NEXT;
L_MOVE:
    PUT(A, avm_incref(R[B]));
    NEXT;
L_TAKE:
    v = take(&R[B]);
    PUT(A, v);
    NEXT;
L_CLEAR:
    for (uint32_t r = A, end = r + B; r < end; r++) PUT(r, AVM_EMPTY);
    NEXT;
L_LOADK:
    PUT(A, avm_incref(code->literals[BX]));
    NEXT;
L_LOADKX:
    v = code->literals[*pc++];
    PUT(A, avm_incref(v));
    NEXT;
L_LOADI:
    PUT(A, avm_inline_int_value(SBX));
    NEXT;
L_LOADP: {
    static const AvmValue values[] = {AVM_NONE, AVM_FALSE, AVM_TRUE, AVM_ELLIPSIS};
    PUT(A, B < 4 ? values[B] : avm_incref(avm_value(AVM_EXC(t, AssertionError))));
    NEXT;
}
L_CHECK:
    if (LIKELY(R[A])) NEXT;
    SAVE;
    avm_op_unbound_local(t, fr, A);
    goto error;
L_DELLOCAL:
    SAVE;
    if (UNLIKELY(!R[A])) {
        avm_op_unbound_local(t, fr, A);
        goto error;
    }
    PUT(A, AVM_EMPTY);
    NEXT;
L_FARGET:
    v = R[BX];
    PUT(A, avm_incref(v));
    NEXT;
L_FARSET:
    v = OWNED(A);
    PUT(BX, v);
    NEXT;
L_FARCHECK:
    if (LIKELY(R[BX])) NEXT;
    SAVE;
    avm_op_unbound_local(t, fr, BX);
    goto error;
L_SPILL:
    v = avm_op_pack(t, &R[A], B);
    if (UNLIKELY(!v)) goto error;
    R[A] = v;
    NEXT;
L_UNSPILL:
    v = take(&R[C]);
    avm_op_unpack_pack(t, take(&R[A]), &R[A]);
    PUT((uint32_t)A + B, v);
    NEXT;

    // --- names
L_GETGLOBAL: {
    AvmGlobal *g = &code->globals[BX];
    AvmDict *d = fr->func->globals;
    if (LIKELY(g->version == d->keys_version &&
               (!g->builtins_version || g->builtins_version == t->vm->builtins->keys_version))) {
        v = *g->slot;
        PUT(A, avm_incref(v));
        NEXT;
    }
    SAVE;
    PUT_OR_FAIL(A, avm_op_global(t, fr, BX));
    NEXT;
}
L_GETGLOBALM: {
    AvmGlobal *g = &code->globals[BX];
    AvmDict *d = fr->func->globals;
    if (LIKELY(g->version == d->keys_version && !g->builtins_version && avm_is(*g->slot, AVM_T_MODULE))) {
        AvmDict *names = ((AvmModuleObj *)avm_obj(*g->slot))->dict;
        AvmSite *site = &code->sites[pc[1]];
        if (LIKELY(site->seen.key == names->keys_version + AVM_SITE_MODULE)) {
            pc += 2;
            PUT(A, avm_incref(names->entries[site->seen.offset].value));
            PUT(A + 1, AVM_EMPTY);
            NEXT;
        }
    }
    goto L_GETGLOBAL;
}
L_SETGLOBAL:
    SAVE;
    if (UNLIKELY(!avm_op_set_global(t, fr, BX, R[A]))) goto error;
    CONSUME(A);
    NEXT;
L_DELGLOBAL:
    SAVE;
    if (UNLIKELY(!avm_op_set_global(t, fr, BX, AVM_EMPTY))) goto error;
    NEXT;
L_GETNAME:
    SAVE;
    PUT_OR_FAIL(A, avm_op_name(t, fr, BX));
    NEXT;
L_SETNAME:
    SAVE;
    if (UNLIKELY(!avm_op_set_name(t, fr, BX, R[A]))) goto error;
    CONSUME(A);
    NEXT;
L_DELNAME:
    SAVE;
    if (UNLIKELY(!avm_op_set_name(t, fr, BX, AVM_EMPTY))) goto error;
    NEXT;
L_GETNAMEFREE: {
    uint32_t at = *pc++;
    SAVE;
    PUT_OR_FAIL(A, avm_op_name_or_free(t, fr, BX, at));
    NEXT;
}
L_NEWCELL: {
    AvmCell *cell = avm_object_new_id(t, AVM_T_CELL, sizeof *cell);
    if (UNLIKELY(!cell)) goto error;
    cell->value = R[A];
    R[A] = avm_value(cell);
    NEXT;
}
L_GETCELL:
    v = ((AvmCell *)avm_obj(R[B]))->value;
    if (UNLIKELY(!v)) {
        SAVE;
        avm_op_unbound_local(t, fr, B);
        goto error;
    }
    PUT(A, avm_incref(v));
    NEXT;
L_SETCELL:
    v = OWNED(B);
    SAVE;
    avm_replace(t, &((AvmCell *)avm_obj(R[A]))->value, v);
    NEXT;
L_DELCELL:
    SAVE;
    v = take(&((AvmCell *)avm_obj(R[A]))->value);
    if (UNLIKELY(!v)) {
        SAVE;
        avm_op_unbound_local(t, fr, A);
        goto error;
    }
    avm_decref(t, v);
    NEXT;
L_GETFREE:
    v = fr->func->free[BX]->value;
    if (UNLIKELY(!v)) {
        SAVE;
        avm_op_unbound_free(t, fr, BX);
        goto error;
    }
    PUT(A, avm_incref(v));
    NEXT;
L_SETFREE:
    v = OWNED(A);
    SAVE;
    avm_replace(t, &fr->func->free[BX]->value, v);
    NEXT;
L_DELFREE:
    SAVE;
    v = take(&fr->func->free[BX]->value);
    if (UNLIKELY(!v)) {
        SAVE;
        avm_op_unbound_free(t, fr, BX);
        goto error;
    }
    avm_decref(t, v);
    NEXT;

    // --- attributes and items
L_GETATTR:
    GET_ATTRIBUTE(CONSUME(B));
L_GETATTRL:
    GET_ATTRIBUTE((void)0);
L_SETATTR: {
    AvmSite *site = &code->sites[*pc++];
    v = R[A];
    if (LIKELY(avm_is_obj(v) && avm_obj(v)->flags & AVM_OBJ_SHAPED)) {
        AvmAttrs *attrs = &((AvmInstance *)avm_obj(v))->attrs;
        uint64_t kind = site->seen.key - attrs->shape->version;
        if (LIKELY(kind == AVM_SITE_CELL)) {
            AvmValue *cell = &attrs->values[site->seen.offset];
            AvmValue old = *cell;
            *cell = OWNED(B);
            SAVE;
            avm_decref(t, old);
            CONSUME(A);
            NEXT;
        }
        if (LIKELY(kind == AVM_SITE_ADD)) { // a new cell inside the object itself
            AvmValue *cell = (AvmValue *)(attrs + 1) + site->seen.offset;
            if (attrs->values == (AvmValue *)(attrs + 1) &&
                (char *)(cell + 1) <= (char *)avm_obj(v) + avm_heap_size(avm_obj(v))) {
                *cell = OWNED(B);
                attrs->shape = site->next;
                SAVE;
                CONSUME(A);
                NEXT;
            }
        }
    }
    SAVE;
    if (UNLIKELY(!avm_op_setattr(t, v, site, R[B]))) goto error;
    CONSUME(B);
    CONSUME(A);
    NEXT;
}
L_DELATTR: {
    AvmSite *site = &code->sites[*pc++];
    SAVE;
    if (UNLIKELY(!avm_setattr(t, R[A], site->name, AVM_EMPTY))) goto error;
    CONSUME(A);
    NEXT;
}
L_METHOD: {
    AvmSite *site = &code->sites[*pc++];
    v = R[B];
    if (LIKELY(avm_is_obj(v))) {
        AvmObj *o = avm_obj(v);
        uint64_t key = o->flags & AVM_OBJ_SHAPED ? ((AvmInstance *)o)->attrs.shape->version + AVM_SITE_SHAPE
                                                 : t->vm->types[o->type]->version + AVM_SITE_TYPE;
        if (LIKELY(key == site->seen.key)) {
            AvmValue self = OWNED(B);
            PUT(A, avm_incref(site->seen.value));
            PUT(A + 1, self);
            NEXT;
        }
        if (o->type == AVM_T_MODULE) {
            AvmDict *d = ((AvmModuleObj *)o)->dict;
            if (LIKELY(site->seen.key == d->keys_version + AVM_SITE_MODULE)) {
                v = avm_incref(d->entries[site->seen.offset].value);
                CONSUME(B);
                PUT(A, v);
                PUT(A + 1, AVM_EMPTY);
                NEXT;
            }
        }
    }
    SAVE;
    AvmValue pair[2];
    if (UNLIKELY(!avm_op_method(t, v, site, pair))) goto error;
    CONSUME(B);
    PUT(A, pair[0]);
    PUT(A + 1, pair[1]);
    NEXT;
}
L_SPECIAL: {
    SAVE;
    AvmValue pair[2];
    if (UNLIKELY(!avm_op_special(t, R[B], C, pair))) goto error;
    PUT(A, pair[0]);
    PUT(A + 1, pair[1]);
    NEXT;
}
L_GETITEM: {
    AvmValue x = R[B], y = R[C];
    if (avm_is_list(x) && avm_is_inline_int(y)) {
        AvmList *list = (AvmList *)avm_obj(x);
        int64_t at = avm_inline_int(y);
        if (at < 0) at += list->len;
        if (LIKELY((uint64_t)at < list->len)) {
            v = avm_incref(list->items[at]);
            CONSUME(B);
            PUT(A, v);
            NEXT;
        }
    } else if (avm_is_dict(x) && (avm_is_inline_int(y) || avm_is_str(y))) {
        int32_t at = avm_dict_find_plain(t, (AvmDict *)avm_obj(x), y);
        if (LIKELY(at >= 0)) {
            v = avm_incref(((AvmDict *)avm_obj(x))->entries[at].value);
            CONSUME(B);
            CONSUME(C);
            PUT(A, v);
            NEXT;
        }
    } else if (avm_is_tuple(x) && avm_is_inline_int(y)) {
        AvmTuple *tuple = (AvmTuple *)avm_obj(x);
        int64_t at = avm_inline_int(y);
        if (at < 0) at += tuple->len;
        if (LIKELY((uint64_t)at < tuple->len)) {
            v = avm_incref(tuple->items[at]);
            CONSUME(B);
            PUT(A, v);
            NEXT;
        }
    }
    SAVE;
    v = avm_getitem(t, x, y);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    CONSUME(C);
    PUT(A, v);
    NEXT;
}
L_SETITEM: {
    AvmValue x = R[A], y = R[B];
    SAVE;
    if (avm_is_list(x) && avm_is_inline_int(y)) {
        AvmList *list = (AvmList *)avm_obj(x);
        int64_t at = avm_inline_int(y);
        if (at < 0) at += list->len;
        if (LIKELY((uint64_t)at < list->len)) {
            AvmValue old = list->items[at];
            list->items[at] = OWNED(C);
            avm_decref(t, old);
            CONSUME(A);
            NEXT;
        }
    } else if (avm_is_dict(x) && (avm_is_inline_int(y) || avm_is_str(y))) {
        int32_t at = avm_dict_find_plain(t, (AvmDict *)avm_obj(x), y);
        if (LIKELY(at >= 0)) {
            AvmValue *slot = &((AvmDict *)avm_obj(x))->entries[at].value, old = *slot;
            *slot = OWNED(C);
            avm_decref(t, old);
            CONSUME(A);
            CONSUME(B);
            NEXT;
        }
    }
    if (UNLIKELY(!avm_setitem(t, x, y, R[C]))) goto error;
    CONSUME(A);
    CONSUME(B);
    CONSUME(C);
    NEXT;
}
L_DELITEM:
    SAVE;
    if (UNLIKELY(!avm_delitem(t, R[A], R[B]))) goto error;
    CONSUME(A);
    CONSUME(B);
    NEXT;
L_SLICE:
    v = avm_slice_new(t, R[B], R[B + 1], R[B + 2]);
    if (UNLIKELY(!v)) goto error;
    for (uint32_t r = B, end = r + 3; r < end; r++) PUT(r, AVM_EMPTY);
    PUT(A, v);
    NEXT;

    // --- operators
L_ADD:
    ADDITION(false, R[C], CONSUME(C));
L_SUB:
    WITH(ARITHMETIC, avm_binary, AVM_SUB, __builtin_sub_overflow, -, OF_REGISTERS);
L_MUL:
    WITH(MULTIPLY, avm_binary, OF_REGISTERS);
L_MATMUL:
    WITH(SLOW_BINARY, avm_binary, AVM_MATMUL, OF_REGISTERS);
L_DIV:
    WITH(DIVIDE, avm_binary, OF_REGISTERS);
L_FLOORDIV:
    WITH(FLOOR, avm_binary, AVM_FLOORDIV, q, OF_REGISTERS);
L_MOD:
    WITH(FLOOR, avm_binary, AVM_MOD, m, OF_REGISTERS);
L_POW:
    if (LIKELY(BOTH_FLOAT(R[B], R[C]))) {
        SAVE;
        PUT_OR_FAIL(A, avm_float_pow(t, avm_float(R[B]), avm_float(R[C])));
        NEXT;
    }
    WITH(SLOW_BINARY, avm_binary, AVM_POW, OF_REGISTERS);
L_LSHIFT:
    WITH(SLOW_BINARY, avm_binary, AVM_LSHIFT, OF_REGISTERS);
L_RSHIFT: {
    AvmValue x = R[B], y = R[C];
    if (LIKELY(BOTH_INT(x, y)) && (uint64_t)avm_inline_int(y) < 63) {
        PUT(A, avm_inline_int_value(avm_inline_int(x) >> avm_inline_int(y)));
        NEXT;
    }
    WITH(SLOW_BINARY, avm_binary, AVM_RSHIFT, OF_REGISTERS);
}
L_AND:
    WITH(BITWISE, avm_binary, AVM_AND, &, OF_REGISTERS);
L_OR:
    WITH(BITWISE, avm_binary, AVM_OR, |, OF_REGISTERS);
L_XOR:
    WITH(BITWISE, avm_binary, AVM_XOR, ^, OF_REGISTERS);
L_IADD:
    ADDITION(true, R[C], CONSUME(C));
L_ISUB:
    WITH(ARITHMETIC, avm_inplace, AVM_SUB, __builtin_sub_overflow, -, OF_REGISTERS);
L_IMUL:
    WITH(MULTIPLY, avm_inplace, OF_REGISTERS);
L_IMATMUL:
    WITH(SLOW_BINARY, avm_inplace, AVM_MATMUL, OF_REGISTERS);
L_IDIV:
    WITH(DIVIDE, avm_inplace, OF_REGISTERS);
L_IFLOORDIV:
    WITH(FLOOR, avm_inplace, AVM_FLOORDIV, q, OF_REGISTERS);
L_IMOD:
    WITH(FLOOR, avm_inplace, AVM_MOD, m, OF_REGISTERS);
L_IPOW:
    WITH(SLOW_BINARY, avm_inplace, AVM_POW, OF_REGISTERS);
L_ILSHIFT:
    WITH(SLOW_BINARY, avm_inplace, AVM_LSHIFT, OF_REGISTERS);
L_IRSHIFT:
    WITH(SLOW_BINARY, avm_inplace, AVM_RSHIFT, OF_REGISTERS);
L_IAND:
    WITH(BITWISE, avm_inplace, AVM_AND, &, OF_REGISTERS);
L_IOR:
    WITH(BITWISE, avm_inplace, AVM_OR, |, OF_REGISTERS);
L_IXOR:
    WITH(BITWISE, avm_inplace, AVM_XOR, ^, OF_REGISTERS);
L_ADDI:
    IMMEDIATE(avm_binary, AVM_ADD, __builtin_add_overflow, +);
L_SUBI:
    IMMEDIATE(avm_binary, AVM_SUB, __builtin_sub_overflow, -);
L_IADDI:
    IMMEDIATE(avm_inplace, AVM_ADD, __builtin_add_overflow, +);
L_ISUBI:
    IMMEDIATE(avm_inplace, AVM_SUB, __builtin_sub_overflow, -);
L_ADDK:
    ADDITION(false, code->literals[C], (void)0);
L_SUBK:
    WITH(ARITHMETIC, avm_binary, AVM_SUB, __builtin_sub_overflow, -, WITH_LITERAL);
L_MULK:
    WITH(MULTIPLY, avm_binary, WITH_LITERAL);
L_DIVK:
    WITH(DIVIDE, avm_binary, WITH_LITERAL);
L_FLOORDIVK:
    WITH(FLOOR, avm_binary, AVM_FLOORDIV, q, WITH_LITERAL);
L_MODK:
    WITH(FLOOR, avm_binary, AVM_MOD, m, WITH_LITERAL);
L_ANDK:
    WITH(BITWISE, avm_binary, AVM_AND, &, WITH_LITERAL);
L_IADDK:
    ADDITION(true, code->literals[C], (void)0);
L_ISUBK:
    WITH(ARITHMETIC, avm_inplace, AVM_SUB, __builtin_sub_overflow, -, WITH_LITERAL);
L_IMULK:
    WITH(MULTIPLY, avm_inplace, WITH_LITERAL);
L_IDIVK:
    WITH(DIVIDE, avm_inplace, WITH_LITERAL);
L_IFLOORDIVK:
    WITH(FLOOR, avm_inplace, AVM_FLOORDIV, q, WITH_LITERAL);
L_IMODK:
    WITH(FLOOR, avm_inplace, AVM_MOD, m, WITH_LITERAL);
L_IANDK:
    WITH(BITWISE, avm_inplace, AVM_AND, &, WITH_LITERAL);
L_KSUB:
    WITH(ARITHMETIC, avm_binary, AVM_SUB, __builtin_sub_overflow, -, OF_LITERAL);
L_KMUL:
    WITH(MULTIPLY, avm_binary, OF_LITERAL);
L_KDIV:
    WITH(DIVIDE, avm_binary, OF_LITERAL);
L_NEG:
    v = R[B];
    if (avm_is_float(v)) {
        PUT(A, avm_float_value(-avm_float(v)));
        NEXT;
    }
    SAVE;
    v = avm_unary(t, AVM_NEG, v);
    goto unary_done;
L_POS:
    SAVE;
    v = avm_unary(t, AVM_POS, R[B]);
    goto unary_done;
L_INVERT:
    SAVE;
    v = avm_unary(t, AVM_INVERT, R[B]);
unary_done:
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    NEXT;
L_NOT: {
    v = R[B];
    int truth = avm_is_bool(v) ? v == AVM_TRUE : (SAVE, avm_truth(t, v));
    if (UNLIKELY(truth < 0)) goto error;
    CONSUME(B);
    PUT(A, avm_bool(!truth));
    NEXT;
}
L_EQ:
    COMPARE(AVM_EQ, ==);
L_NE:
    COMPARE(AVM_NE, !=);
L_LT:
    COMPARE(AVM_LT, <);
L_LE:
    COMPARE(AVM_LE, <=);
L_GT:
    COMPARE(AVM_GT, >);
L_GE:
    COMPARE(AVM_GE, >=);
L_IS:
    v = avm_bool(R[B] == R[C]);
    SAVE;
    CONSUME(B);
    CONSUME(C);
    PUT(A, v);
    NEXT;
L_ISNOT:
    v = avm_bool(R[B] != R[C]);
    SAVE;
    CONSUME(B);
    CONSUME(C);
    PUT(A, v);
    NEXT;
L_IN:
L_NOTIN: {
    SAVE;
    int found = contains(t, R[C], R[B]);
    if (UNLIKELY(found < 0)) goto error;
    bool wanted = AVM_OP(*ip) == AVM_OP_IN;
    CONSUME(B);
    CONSUME(C);
    PUT(A, avm_bool(found == wanted));
    NEXT;
}

    // --- jumps
L_JMP:
    JUMP(AVM_SJ(*ip));
L_JTRUE:
L_JFALSE: {
    v = R[A];
    int truth = avm_is_bool(v) ? v == AVM_TRUE : (SAVE, avm_truth(t, v));
    if (UNLIKELY(truth < 0)) goto error;
    int32_t offset = SBX;
    bool wanted = AVM_OP(*ip) == AVM_OP_JTRUE;
    CONSUME(A);
    if (truth != wanted) NEXT;
    JUMP(offset);
}
L_JTRUEKEEP:
L_JFALSEKEEP: {
    v = R[A];
    int truth = avm_is_bool(v) ? v == AVM_TRUE : (SAVE, avm_truth(t, v));
    if (UNLIKELY(truth < 0)) goto error;
    if (truth == (AVM_OP(*ip) == AVM_OP_JTRUEKEEP)) JUMP(SBX);
    CONSUME(A);
    NEXT;
}
L_JEQ:
    COMPARE_JUMP(AVM_EQ, ==, R[B], CONSUME(B));
L_JNE:
    COMPARE_JUMP(AVM_NE, !=, R[B], CONSUME(B));
L_JLT:
    COMPARE_JUMP(AVM_LT, <, R[B], CONSUME(B));
L_JLE:
    COMPARE_JUMP(AVM_LE, <=, R[B], CONSUME(B));
L_JGT:
    COMPARE_JUMP(AVM_GT, >, R[B], CONSUME(B));
L_JGE:
    COMPARE_JUMP(AVM_GE, >=, R[B], CONSUME(B));
L_JIS: {
    int32_t offset = (int32_t)*pc++;
    bool holds = R[A] == R[B];
    SAVE;
    CONSUME(A);
    CONSUME(B);
    if (holds != C) NEXT;
    JUMP(offset);
}
L_JIN: {
    int32_t offset = (int32_t)*pc++;
    SAVE;
    int found = contains(t, R[B], R[A]);
    if (UNLIKELY(found < 0)) goto error;
    CONSUME(A);
    CONSUME(B);
    if (found != C) NEXT;
    JUMP(offset);
}
#define IMM_B avm_inline_int_value((int8_t)B)
L_JEQI:
    COMPARE_JUMP(AVM_EQ, ==, IMM_B, (void)0);
L_JNEI:
    COMPARE_JUMP(AVM_NE, !=, IMM_B, (void)0);
L_JLTI:
    COMPARE_JUMP(AVM_LT, <, IMM_B, (void)0);
L_JLEI:
    COMPARE_JUMP(AVM_LE, <=, IMM_B, (void)0);
L_JGTI:
    COMPARE_JUMP(AVM_GT, >, IMM_B, (void)0);
L_JGEI:
    COMPARE_JUMP(AVM_GE, >=, IMM_B, (void)0);
#define LIT_B code->literals[B]
L_JEQK:
    COMPARE_JUMP(AVM_EQ, ==, LIT_B, (void)0);
L_JNEK:
    COMPARE_JUMP(AVM_NE, !=, LIT_B, (void)0);
L_JLTK:
    COMPARE_JUMP(AVM_LT, <, LIT_B, (void)0);
L_JLEK:
    COMPARE_JUMP(AVM_LE, <=, LIT_B, (void)0);
L_JGTK:
    COMPARE_JUMP(AVM_GT, >, LIT_B, (void)0);
L_JGEK:
    COMPARE_JUMP(AVM_GE, >=, LIT_B, (void)0);
L_JNONE: {
    int32_t offset = (int32_t)*pc++;
    bool holds = R[A] == AVM_NONE;
    SAVE;
    CONSUME(A);
    if (holds != C) NEXT;
    JUMP(offset);
}
L_GETITER:
    SAVE;
    v = avm_iter(t, R[B]);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    NEXT;
L_FORITER: {
    int32_t offset = (int32_t)*pc++;
    AvmObj *it = avm_obj(R[A]);
    if (it->type == AVM_T_RANGEITER) {
        AvmRangeIter *range = (AvmRangeIter *)it;
        if (UNLIKELY(range->left == 0)) goto for_done;
        int64_t n = range->next;
        range->left--;
        range->next = (int64_t)((uint64_t)n + (uint64_t)range->step);
        v = LIKELY(avm_int_fits_inline(n)) ? avm_inline_int_value(n) : avm_int_new(t, n);
        if (UNLIKELY(!v)) goto error;
    } else if (it->type == AVM_T_LISTITER) {
        AvmListIter *at = (AvmListIter *)it;
        if (UNLIKELY(!at->list || at->at >= at->list->len)) {
            AvmList *list = at->list;
            at->list = NULL;
            avm_drop(t, list);
            goto for_done;
        }
        v = avm_incref(at->list->items[at->at++]);
    } else if (it->type == AVM_T_GENERATOR && ((AvmGen *)it)->state <= AVM_GEN_SUSPENDED && !((AvmGen *)it)->awaiter) {
        // pc stands at the body that a value leads to; the end of the generator takes the jump back.
        SAVE;
        if (UNLIKELY(!avm_gen_enter(t, (AvmGen *)it, AVM_RET_FOR, B))) goto error;
        LOAD;
        goto resume_none;
    } else {
        SAVE;
        v = avm_next(t, R[A]);
        if (UNLIKELY(!v)) goto error;
        if (v == AVM_DONE) goto for_done;
    }
    PUT(B, v);
    JUMP(offset);
for_done:
    SAVE;
    PUT(A, AVM_EMPTY);
    NEXT;
}
L_UNPACK:
    v = R[A];
    if (avm_is_tuple(v) && ((AvmTuple *)avm_obj(v))->len == C) {
        v = OWNED(A);
        for (uint32_t k = 0, n = C; k < n; k++) PUT(B + k, avm_incref(((AvmTuple *)avm_obj(v))->items[k]));
        SAVE;
        avm_decref(t, v);
        NEXT;
    }
    SAVE;
    if (UNLIKELY(!avm_op_unpack(t, R[A], &R[B], C))) goto error;
    if (!(A >= B && A < B + C)) CONSUME(A);
    NEXT;
L_UNPACKEX: {
    uint32_t after = *pc++;
    SAVE;
    if (UNLIKELY(!avm_op_unpack_rest(t, R[A], &R[B], C, after))) goto error;
    if (!(A >= B && A < B + C + 1 + after)) CONSUME(A);
    NEXT;
}

    // --- calls
L_CALL:
    given = &R[A + 1];
    ngiven = B;
    goto call;
L_CALLM: {
    uint32_t has_self = R[A + 1] != AVM_EMPTY;
    given = &R[A + 2 - has_self];
    ngiven = B + has_self;
}
call: // R[A], with given arguments that stand after it
    if (LIKELY(avm_is(R[A], AVM_T_FUNCTION))) goto call_function;
    if (avm_is(R[A], AVM_T_NATIVE) || avm_is(R[A], AVM_T_NATIVE_METHOD)) goto call_native;
    if (avm_is(R[A], AVM_T_TYPE)) goto call_class;
call_any:
    SAVE;
    FINISH_CALL(avm_op_call(t, fr, &R[A], given, ngiven, NULL));
call_native: { // the native function or method in R[A]
    AvmNative *f = (AvmNative *)avm_obj(R[A]);
    SAVE;
    t->native = f;
    if (LIKELY(ngiven + 1 == f->exact)) {
        v = f->def->fn(t, given, ngiven);
        goto called_native;
    }
    if (UNLIKELY(ngiven < f->least || ngiven > f->most ||
                 (f->owner && avm_type_of(t, *given) != f->owner && !avm_type_is_sub(avm_type_of(t, *given), f->owner))))
        goto call_any;
    v = LIKELY(ngiven >= f->nslots) ? f->def->fn(t, given, ngiven) : avm_native_call_short(t, f, given, ngiven);
called_native: // with result v
    if (UNLIKELY(!v)) goto error;
    PUT(A, v);
    for (AvmValue *end = given + ngiven; given < end; given++) {
        AvmValue gone = take(given);
        avm_decref(t, gone);
    }
    pc = fr->pc; // so that the loop has a register more
    NEXT;
}
call_class: { // the class in R[A]
    AvmType *type = (AvmType *)avm_obj(R[A]);
    AvmFunc *f = type->plain_init;
    AvmNative *make = type->quick_new;
    if (make && type->made_version == type->version && given == &R[A + 1] && ngiven + 1 >= make->least && ngiven < make->most) {
        SAVE;
        if (type->id == AVM_T_RANGE && (*pc & 0xFFFFFF) == AVM_WORD(AVM_OP_GETITER, A, A, 0) && ngiven <= 2 &&
            BOTH_INT(given[0], given[ngiven - 1])) { // the range of a loop, which nobody sees
            pc++;
            v = avm_range_loop(t, given, ngiven);
            goto called_native;
        }
        v = LIKELY(ngiven + 1 >= make->nslots) ? make->def->fn(t, &R[A], ngiven + 1)
                                               : avm_native_call_short(t, make, &R[A], ngiven + 1);
        goto called_native;
    }
    AvmFrame *nf = fr->next;
    SAVE;
    if (UNLIKELY(!f || type->made_version != type->version || f->code->call_args != ngiven + 1 || !nf ||
                 t->depth >= t->depth_limit || fr->top + f->code->nregs > t->stack_end || --t->ticks < 0))
        goto call_any;
    AvmValue self = avm_value(avm_object_new(t, type, 0)), *nb = fr->top;
    if (UNLIKELY(!self)) goto error;
    nb[0] = avm_incref(self);
    for (uint32_t k = 0; k < ngiven; k++) nb[1 + k] = take(&given[k]);
    for (uint32_t k = 1 + ngiven; k < f->code->nlocals; k++) nb[k] = AVM_EMPTY;
    R[A] = self;
    avm_drop(t, type); // the instance holds its class
    f->h.refs++;
    PUSH_FRAME(nf, f, nb, AVM_RET_INIT);
    NEXT;
}
call_function: { // the function in R[A]
    AvmFunc *f = (AvmFunc *)avm_obj(R[A]);
    AvmCode *into = f->code;
    if (into->coro_kind) goto call_native_coroutine;
    if (UNLIKELY(ngiven != into->call_args) && !avm_op_has_defaults(f, ngiven)) goto call_any;
    if (into->gen_type) goto call_generator;
    AvmFrame *nf = fr->next;
    // The new frame stands over the arguments, or above the stack if the caller's registers are in the heap.
    AvmValue *nb = fr->gen ? fr->top : given;
    if (UNLIKELY(!nf || t->depth >= t->depth_limit || nb + into->nregs > t->stack_end || --t->ticks < 0))
        goto call_any;
    if (nb != given)
        for (uint32_t k = 0; k < ngiven; k++) nb[k] = take(&given[k]);
    if (UNLIKELY(ngiven != into->call_args)) ngiven = avm_op_add_defaults(f, nb, ngiven);
    for (uint32_t k = ngiven; k < into->nlocals; k++) nb[k] = AVM_EMPTY;
    SAVE;
    nf->ret = A;
    PUSH_FRAME(nf, f, nb, AVM_RET_REG);
    NEXT;
}
call_generator: {
    AvmFunc *f = (AvmFunc *)avm_obj(R[A]);
    AvmGen *g = avm_gen_reuse(t, f);
    if (LIKELY(g != NULL)) {
        R[A] = avm_value(g); // the generator takes the reference to its function
    } else {
        SAVE;
        g = avm_gen_new(t, f, NULL);
        if (UNLIKELY(!g)) goto error;
        PUT(A, avm_value(g));
    }
    if (UNLIKELY(t->origin_depth)) {
        SAVE;
        avm_gen_mark_origin(t, g);
    }
    for (uint32_t k = 0; k < ngiven; k++) g->regs[k] = take(&given[k]);
    if (UNLIKELY(ngiven != f->code->call_args)) avm_op_add_defaults(f, g->regs, ngiven);
    // `await f()` goes right into f.
    uint32_t a = A;
    if (!IS_AWAITED(a) || g->h.type != AVM_T_COROUTINE) {
        if (UNLIKELY(t->vm->hints && g->h.type == AVM_T_COROUTINE)) {
            SAVE;
            g->site = avm_hints_site(t);
        }
        NEXT;
    }
    if (UNLIKELY(AVM_OP(pc[1]) != AVM_OP_DELEGATE || t->depth >= t->depth_limit)) NEXT;
    if (UNLIKELY(t->vm->hints != NULL)) {
        SAVE;
        avm_hints_await(t, f);
    }
    pc += 2;
    R[a + 1] = AVM_EMPTY; // where DELEGATE looks for what is sent
    ENTER_CHILD(g);
    NEXT;
}
call_native_coroutine: { // the function in R[A] has a body in C
    AvmFunc *f = (AvmFunc *)avm_obj(R[A]);
    uint32_t a = A;
    if (f->code->coro_kind == AVM_CORO_SLEEP && avm_coro_is_bare(f, given, ngiven) && IS_AWAITED(a) &&
        AVM_OP(pc[1]) == AVM_OP_DELEGATE && LIKELY(t->vm->bare_sleep != NULL)) {
        pc += 2;
        *given = R[a + 1] = AVM_EMPTY;
        PUT(a, avm_value(avm_retain(t->vm->bare_sleep)));
        v = AVM_NONE;
        goto yield;
    }
    SAVE;
    AvmCoro *c = avm_coro_call(t, f, given, ngiven);
    if (LIKELY(c != NULL)) {
        PUT(a, avm_value(c));
        NEXT;
    }
    if (UNLIKELY(t->exc != AVM_EMPTY)) goto error;
    if (UNLIKELY(ngiven != f->code->call_args) && !avm_op_has_defaults(f, ngiven)) goto call_any;
    goto call_generator;
}
L_CALLKW: {
    AvmTuple *names = (AvmTuple *)avm_obj(code->literals[*pc++]);
    SAVE;
    FINISH_CALL(avm_op_call(t, fr, &R[A], &R[A + 1], B, names));
}
L_CALLMKW: {
    AvmTuple *names = (AvmTuple *)avm_obj(code->literals[*pc++]);
    uint32_t has_self = R[A + 1] != AVM_EMPTY;
    SAVE;
    FINISH_CALL(avm_op_call(t, fr, &R[A], &R[A + 2 - has_self], B + has_self, names));
}
L_CALLEX:
    SAVE;
    FINISH_CALL(avm_op_call_ex(t, fr, &R[A], B));
L_RETURN:
    v = take(&R[A]);
    goto leave;
L_RETNONE:
    v = AVM_NONE;
leave:
    if (UNLIKELY(fr->object != NULL)) {
        SAVE;
        if (AVM_OP(*ip) == AVM_OP_RETURN && A < code->nlocals)
            R[A] = avm_incref(v); // the local that was returned
        avm_frame_object_detach(t, fr);
    }
    if (fr->gen != NULL) {
        fr->gen->state = AVM_GEN_DONE;
        // A task's caller is the event loop, which is nobody's business.
        CLEAR_LOCALS(fr->returns == AVM_RET_TASK && !fr->gen->awaiter ? pc : code->words);
        goto generator_done;
    }
    CLEAR_LOCALS(code->words);
    t->depth--;
    t->frame = fr->back;
    if (LIKELY(fr->returns == AVM_RET_REG)) {
        uint8_t ret = fr->ret;
        LOAD;
        PUT(ret, v);
        NEXT;
    }
    if (fr->returns == AVM_RET_C) {
        *out = v;
        return AVM_SENT_RETURN;
    }
    // __init__: the function was kept alive below its registers.
    avm_drop(t, fr->func);
    LOAD;
    if (UNLIKELY(v != AVM_NONE)) {
        avm_raise_type(t, "__init__() should return None, not '%T'", v);
        avm_decref(t, v);
        goto error;
    }
    NEXT;

    // --- functions, classes, modules
L_FUNC: {
    uint32_t unit = *pc++;
    SAVE;
    v = avm_op_function(t, fr, unit, &R[B], C);
    if (UNLIKELY(!v)) goto error;
    PUT(A, v);
    NEXT;
}
L_CLASS:
    SAVE;
    v = avm_op_class(t, &R[A]);
    if (UNLIKELY(!v)) goto error;
    for (uint32_t r = A, end = r + 4; r < end; r++) PUT(r, AVM_EMPTY);
    R[A] = v;
    NEXT;
L_ANNOTATIONS:
    SAVE;
    if (UNLIKELY(!avm_op_annotations(t, fr))) goto error;
    NEXT;
L_IMPORT: {
    AvmStr *name = code->names[*pc++];
    SAVE;
    PUT_OR_FAIL(A, avm_op_import(t, fr, name, R[A], B));
    NEXT;
}
L_IMPORTFROM: {
    AvmStr *name = code->names[*pc++];
    SAVE;
    PUT_OR_FAIL(A, avm_op_import_from(t, R[B], name));
    NEXT;
}
L_IMPORTSTAR:
    SAVE;
    if (UNLIKELY(!avm_op_import_star(t, fr, R[A]))) goto error;
    CONSUME(A);
    NEXT;
L_PRINTEXPR:
    SAVE;
    if (UNLIKELY(!avm_op_print(t, R[A]))) goto error;
    CONSUME(A);
    NEXT;

    // --- building
L_LIST: {
    AvmList *list = avm_list_new(t, C);
    if (UNLIKELY(!list)) goto error;
    for (uint32_t k = 0, n = C; k < n; k++) list->items[k] = OWNED(B + k);
    list->len = C;
    PUT(A, avm_value(list));
    NEXT;
}
L_TUPLE: {
    AvmTuple *tuple = avm_tuple_new(t, C);
    if (UNLIKELY(!tuple)) goto error;
    for (uint32_t k = 0, n = C; k < n; k++) tuple->items[k] = OWNED(B + k);
    PUT(A, avm_value(tuple));
    NEXT;
}
L_SET:
    SAVE;
    v = avm_op_set(t, &R[B], C);
    if (UNLIKELY(!v)) goto error;
    for (uint32_t r = B, end = r + C; r < end; r++) CONSUME(r);
    PUT(A, v);
    NEXT;
L_DICT:
    SAVE;
    v = avm_op_dict(t, &R[B], C);
    if (UNLIKELY(!v)) goto error;
    for (uint32_t r = B, end = r + 2u * C; r < end; r++) CONSUME(r);
    PUT(A, v);
    NEXT;
L_LISTADD:
    if (UNLIKELY(!avm_list_append(t, (AvmList *)avm_obj(R[A]), R[B]))) goto error;
    CONSUME(B);
    NEXT;
L_SETADD:
    SAVE;
    if (UNLIKELY(!avm_set_add(t, (AvmSet *)avm_obj(R[A]), R[B]))) goto error;
    CONSUME(B);
    NEXT;
L_DICTADD:
    SAVE;
    if (UNLIKELY(!avm_dict_set(t, (AvmDict *)avm_obj(R[A]), R[B], R[C]))) goto error;
    CONSUME(B);
    CONSUME(C);
    NEXT;
L_LISTEXT:
    SAVE;
    if (UNLIKELY(!avm_op_list_extend(t, (AvmList *)avm_obj(R[A]), R[B]))) goto error;
    CONSUME(B);
    NEXT;
L_SETEXT:
    SAVE;
    if (UNLIKELY(!avm_set_update(t, (AvmSet *)avm_obj(R[A]), R[B]))) goto error;
    CONSUME(B);
    NEXT;
L_DICTEXT:
    SAVE;
    if (UNLIKELY(!avm_op_dict_update(t, (AvmDict *)avm_obj(R[A]), R[B]))) goto error;
    CONSUME(B);
    NEXT;
L_DICTMERGE:
    SAVE;
    if (UNLIKELY(!avm_op_dict_merge(t, (AvmDict *)avm_obj(R[A]), R[B], R[C]))) goto error;
    CONSUME(B);
    NEXT;
L_LISTTUPLE:
    v = avm_value(avm_tuple_from_list(t, (AvmList *)avm_obj(R[B])));
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    NEXT;
L_FORMAT:
    SAVE;
    v = avm_op_format(t, R[B], C & 4 ? R[B + 1] : AVM_EMPTY, C & 3);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    if (C & 4) CONSUME(B + 1);
    PUT(A, v);
    NEXT;
L_STRJOIN:
    v = avm_value(avm_str_join_array(t, &R[B], C));
    if (UNLIKELY(!v)) goto error;
    for (uint32_t r = B, end = r + C; r < end; r++) CONSUME(r);
    PUT(A, v);
    NEXT;

    // --- exceptions
L_RAISE:
    SAVE;
    avm_raise_object(t, R[A], AVM_EMPTY);
    CONSUME(A);
    goto error;
L_RAISEFROM:
    SAVE;
    avm_raise_object(t, R[A], R[B]);
    CONSUME(A);
    CONSUME(B);
    goto error;
L_RERAISE:
    avm_reraise(t, take(&R[A]));
    goto unwind;
L_RAISEHANDLED:
    SAVE;
    v = avm_exc_handled(t);
    if (!v) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "No active exception to reraise");
        goto error;
    }
    avm_reraise(t, avm_incref(v));
    goto unwind;
L_EXCMATCH: {
    SAVE;
    int match = avm_op_exc_match(t, R[B], R[C]);
    if (UNLIKELY(match < 0)) goto error;
    CONSUME(C);
    PUT(A, avm_bool(match));
    NEXT;
}
L_STARMATCH:
    SAVE;
    if (UNLIKELY(!avm_op_star_match(t, &R[A], &R[B]))) goto error;
    NEXT;
L_STARRAISE:
    SAVE;
    v = avm_op_star_raise(t, R[A], R[B], R[C]);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    CONSUME(C);
    PUT(A, v);
    NEXT;
L_MATCHKIND: {
    SAVE;
    PUT_OR_FAIL(A, avm_op_match_kind(t, R[B], C));
    NEXT;
}
L_MATCHKEYS:
    SAVE;
    PUT_OR_FAIL(A, avm_op_match_keys(t, R[B], (AvmTuple *)avm_obj(R[C])));
    NEXT;
L_MATCHCLASS: {
    AvmTuple *names = (AvmTuple *)avm_obj(code->literals[*pc++]);
    SAVE;
    v = avm_op_match_class(t, R[B], R[C], names);
    if (UNLIKELY(!v)) goto error;
    CONSUME(C);
    PUT(A, v);
    NEXT;
}
L_EXITARGS: {
    AvmExc *e = (AvmExc *)avm_obj(R[B]);
    AvmValue type = avm_value(avm_type_of(t, R[B])), tb = e->traceback ? e->traceback : AVM_NONE;
    PUT(A, avm_incref(type));
    PUT(A + 1, avm_incref(R[B]));
    PUT(A + 2, avm_incref(tb));
    NEXT;
}

    // --- generators and coroutines
L_AYIELD: {
    AvmCell *wrapped = avm_object_new_id(t, AVM_T_ASYNCGEN_VALUE, sizeof *wrapped);
    if (UNLIKELY(!wrapped)) goto error;
    wrapped->value = OWNED(B);
    v = avm_value(wrapped);
    goto yield;
}
L_YIELD:
    v = OWNED(B);
yield:
    SAVE;
suspend: { // v leaves the chain of fr->gen
    AvmGen *root = t->root;
    AvmFrame *top = &root->frame;
    root->state = AVM_GEN_SUSPENDED;
    if (LIKELY(top->returns == AVM_RET_TASK)) {
        avm_gen_leave(t, root, fr->gen);
        how = AVM_SENT_YIELD;
        goto task_back;
    }
    avm_gen_leave(t, root, fr->gen);
    if (top->returns == AVM_RET_C) {
        *out = v;
        return AVM_SENT_YIELD;
    }
    LOAD;
    PUT(top->ret, v);
    if (top->returns == AVM_RET_FOR) JUMP((int32_t)pc[-1]);
    NEXT;
}
generator_done: { // v is the result of fr->gen, whose registers are empty
    AvmGen *g = fr->gen;
    if (LIKELY(g->awaiter != NULL)) {
        AvmFrame *above = &g->awaiter->frame;
        g->awaiter = NULL;
        g->leaf = g;
        t->root->links--;
        t->depth--;
        above->top = fr->top;
        above->next = fr->next;
        t->frame = fr = above;
        R = fr->regs;
        code = fr->func->code;
        pc = fr->pc;
        ip = pc - 1; // its DELEGATE, whose register holds the generator
        R[A] = v;
        if (LIKELY(--g->h.refs == 0)) {
            if (avm_gen_is_bare(g))
                avm_gen_retire(t, g);
            else
                avm_object_free(t, &g->h);
        }
        NEXT;
    }
    uint8_t returns = g->frame.returns;
    avm_gen_leave(t, g, g);
    if (returns == AVM_RET_TASK) {
        how = AVM_SENT_RETURN;
        goto task_back;
    }
    if (returns == AVM_RET_C) {
        *out = v;
        return AVM_SENT_RETURN;
    }
    LOAD;
    if (returns == AVM_RET_FOR) {
        avm_decref(t, v);
        ip = pc - 2; // its FORITER
        PUT(A, AVM_EMPTY);
        NEXT;
    }
    avm_raise_stop(t, v);
    avm_decref(t, v);
    goto error;
}
task_back: // a task's step is over
    if (!avm_turn_next(t, how, v)) return AVM_SENT_RETURN;
    LOAD;
resume_none: // fr is the leaf of a chain that has just been entered, with nothing sent
    v = AVM_NONE;
resume: // v is what was sent
    if (pc == code->words) NEXT; // its first run
    ip = pc - 1;
    if (AVM_OP(*ip) == AVM_OP_DELEGATE) {
        if (LIKELY(v == AVM_NONE && avm_obj(R[A])->type == AVM_T_NATIVE_COROUTINE)) goto delegate_native;
        PUT(A + 1, v);
        goto L_DELEGATE;
    }
    PUT(A, v);
    NEXT;
L_DELEGATE: {
    SAVE;
    AvmValue inner = R[A];
    AvmObj *o = avm_obj(inner);
    if (o->type == AVM_T_COROUTINE || o->type == AVM_T_GENERATOR) {
        AvmGen *child = (AvmGen *)o;
        if (LIKELY(!child->awaiter && child->state == AVM_GEN_CREATED && t->depth < t->depth_limit)) {
            ENTER_CHILD(child);
            NEXT;
        }
        if (LIKELY(!child->awaiter && child->state <= AVM_GEN_SUSPENDED)) {
            AvmGen *leaf = avm_gen_link(t, fr->gen, child);
            if (UNLIKELY(!leaf)) goto error;
            t->frame = &leaf->frame;
            v = R[A + 1] ? take(&R[A + 1]) : AVM_NONE;
            LOAD;
            goto resume;
        }
    }
    AvmValue sent = R[A + 1] ? take(&R[A + 1]) : AVM_NONE;
    if (LIKELY(o->type == AVM_T_NATIVE_COROUTINE && sent == AVM_NONE)) goto delegate_native;
    AvmValue came;
    how = avm_is_plain_future(inner) ? avm_future_send(t, inner, sent, &came) : avm_send(t, inner, sent, &came);
    v = came;
    avm_decref(t, sent);
    if (how == AVM_SENT_YIELD) goto suspend;
    if (UNLIKELY(how == AVM_SENT_FAIL)) goto error;
    PUT(A, v);
    NEXT;
}
delegate_native: { // None is sent to the native coroutine in R[A]
    SAVE;
    AvmCoro *c = (AvmCoro *)avm_obj(R[A]);
    AvmValue came;
    how = avm_coro_step(t, c, &came);
    v = came;
    if (how == AVM_SENT_YIELD) goto suspend;
    if (UNLIKELY(how == AVM_SENT_FAIL)) goto error;
    R[A] = v;
    avm_coro_drop(t, c);
    NEXT;
}
L_GETAWAIT:
    if (LIKELY(A == B && (avm_is_fresh_coroutine(R[B]) || avm_is_plain_future(R[B])))) {
        PUT(A + 1, AVM_EMPTY);
        NEXT;
    }
    SAVE;
    v = avm_get_awaitable(t, R[B], C);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    PUT(A + 1, AVM_EMPTY);
    NEXT;
L_GETYIELDFROM:
    SAVE;
    v = avm_op_yield_from(t, fr, R[B]);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    PUT(A + 1, AVM_EMPTY);
    NEXT;
L_GETAITER:
    SAVE;
    v = avm_op_aiter(t, R[B]);
    if (UNLIKELY(!v)) goto error;
    CONSUME(B);
    PUT(A, v);
    NEXT;
L_GETANEXT:
    SAVE;
    v = avm_op_anext(t, R[B]);
    if (UNLIKELY(!v)) goto error;
    PUT(A, v);
    PUT(A + 1, AVM_EMPTY);
    NEXT;
L_ENDASYNCFOR:
    if (avm_exc_matches(t, R[A], AVM_EXC(t, StopAsyncIteration))) {
        int32_t offset = SBX;
        SAVE;
        PUT(A, AVM_EMPTY);
        JUMP(offset);
    }
    avm_reraise(t, take(&R[A]));
    goto unwind;

    // --- an exception is on its way: t->exc
error:
    SAVE;
    if (UNLIKELY(!t->exc && !t->exhausted)) avm_raise(t, AVM_EXC(t, SystemError), "error return without exception set");
    if (LIKELY(!t->exhausted)) avm_traceback_here(t, (AvmExc *)avm_obj(t->exc), fr);
unwind:
    SAVE;
    if (avm_op_handle(t, fr)) {
        LOAD;
        NEXT;
    }
    if (fr->gen) {
        AvmGen *g = fr->gen, *above = g->awaiter;
        if (!t->exhausted) avm_op_no_stop(t, g);
        avm_gen_finish(t, g);
        if (above) {
            if (g->h.flags & AVM_GEN_THROWN) avm_gen_throw_on(t, above);
            avm_gen_unlink(t, g);
            t->frame = &above->frame;
        } else {
            uint8_t returns = g->frame.returns;
            avm_gen_leave(t, g, g);
            if (returns == AVM_RET_C) return AVM_SENT_FAIL;
            if (returns == AVM_RET_TASK) {
                v = AVM_EMPTY;
                how = AVM_SENT_FAIL;
                goto task_back;
            }
        }
    } else {
        uint8_t returns = fr->returns;
        t->depth--;
        t->frame = fr->back;
        if (returns == AVM_RET_INIT) avm_drop(t, fr->func);
        if (returns == AVM_RET_C) return AVM_SENT_FAIL;
    }
    LOAD;
    goto error;
}

AvmSent avm_execute(AvmThread *t, AvmValue exc, AvmValue *out) { return run(t, exc, AVM_EMPTY, out); }

AvmSent avm_execute_resumed(AvmThread *t, AvmValue value, AvmValue *out) {
    return run(t, AVM_EMPTY, avm_incref(value), out);
}
