// What the cases of vm/dispatch.c are made of, and of no other use: moving values between registers, operators with their
// fast paths, steps from frame to frame. The names in capitals stand for code that works on the loop's own variables: t,
// fr (the frame), R (its registers), code, pc (the next word) and ip (the current instruction).
#ifndef AVM_VM_DISPATCH_H
#define AVM_VM_DISPATCH_H

#include "vm/error.h"
#include "vm/gen.h"
#include "vm/ops.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// Operands of the current instruction.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
// One load each, where shifting them out of the word takes up to three instructions.
#define A (((const uint8_t *)ip)[1])
#define B (((const uint8_t *)ip)[2])
#define C (((const uint8_t *)ip)[3])
#else
#define A AVM_A(*ip)
#define B AVM_B(*ip)
#define C AVM_C(*ip)
#endif
#define BX AVM_BX(*ip)
#define SBX AVM_SBX(*ip)
#define IMM ((int8_t)C)

#define NEXT                                                                                                       \
    do {                                                                                                           \
        ip = pc++;                                                                                                 \
        goto *labels[(uint8_t)*ip];                                                                               \
    } while (0)
// The frame shows where it stands before anything that may look at it.
#define SAVE (fr->pc = pc)
#define LOAD                                                                                                       \
    do {                                                                                                           \
        fr = t->frame;                                                                                             \
        R = fr->regs;                                                                                              \
        code = fr->func->code;                                                                                     \
        pc = fr->pc;                                                                                               \
    } while (0)
// Stores an owned value to a register.
#define PUT(r, v)                                                                                                  \
    do {                                                                                                           \
        AvmValue new_ = (v), old_ = R[r];                                                                          \
        R[r] = new_;                                                                                               \
        if (UNLIKELY(avm_is_obj(old_) && --avm_obj(old_)->refs == 0)) {                                            \
            SAVE;                                                                                                  \
            avm_object_free(t, avm_obj(old_));                                                                     \
        }                                                                                                          \
    } while (0)
// Stores the result of a slow path, or fails.
#define PUT_OR_FAIL(r, v)                                                                                          \
    do {                                                                                                           \
        AvmValue got_ = (v);                                                                                       \
        if (UNLIKELY(!got_)) goto error;                                                                           \
        PUT(r, got_);                                                                                              \
    } while (0)
// Empties a register that the instruction consumed, if it is a temporary.
#define CONSUME(r)                                                                                                 \
    do {                                                                                                           \
        if ((r) >= code->nlocals && avm_is_obj(R[r])) {                                                            \
            AvmValue gone_ = R[r];                                                                                 \
            R[r] = AVM_EMPTY;                                                                                      \
            if (--avm_obj(gone_)->refs == 0) {                                                                     \
                SAVE;                                                                                              \
                avm_object_free(t, avm_obj(gone_));                                                                \
            }                                                                                                      \
        }                                                                                                          \
    } while (0)
// A register's value as an owned one: moved from a temporary, copied from a local.
#define OWNED(r) ((r) >= code->nlocals ? take(&R[r]) : avm_incref(R[r]))
// A function ends: its temporaries are empty. What dies with its locals finds the frame at `at`, see
// avm_frame_seen.
#define CLEAR_LOCALS(at)                                                                                     \
    do {                                                                                                     \
        for (AvmValue *p_ = R, *end_ = R + code->nlocals; p_ < end_; p_++) {                                 \
            AvmValue gone_ = take(p_);                                                                       \
            if (!avm_is_obj(gone_) || --avm_obj(gone_)->refs) continue;                                      \
            fr->pc = (at);                                                                                   \
            avm_object_free(t, avm_obj(gone_));                                                              \
        }                                                                                                    \
        if (UNLIKELY(code->nregs > 256)) {                                                                   \
            fr->pc = (at);                                                                                   \
            avm_op_empty_far(t, fr);                                                                         \
        }                                                                                                    \
    } while (0)
// A jump; backwards it is a check point.
#define JUMP(offset)                                                                                               \
    do {                                                                                                           \
        int32_t off_ = (offset);                                                                                   \
        if (off_ < 0 && UNLIKELY(--t->ticks < 0)) {                                                                \
            SAVE;                                                                                                  \
            pc += off_;                                                                                            \
            goto check;                                                                                            \
        }                                                                                                          \
        pc += off_;                                                                                                \
        NEXT;                                                                                                      \
    } while (0)

static inline AvmValue take(AvmValue *slot) {
    AvmValue v = *slot;
    *slot = AVM_EMPTY;
    return v;
}

#define BOTH_INT(x, y) avm_are_inline_ints(x, y)
#define BOTH_FLOAT(x, y) (avm_is_float(x) && avm_is_float(y))
#define BOTH_NUMBER(x, y) ((x) >= AVM_DOUBLE_BIAS && (y) >= AVM_DOUBLE_BIAS)

static inline double as_double(AvmValue v) { return avm_is_inline_int(v) ? (double)avm_inline_int(v) : avm_float(v); }

// The operands of a binary operator: left, right, and what empties those that were temporaries.
#define OF_REGISTERS R[B], R[C], CONSUME_BC
#define WITH_LITERAL R[B], code->literals[C], CONSUME_B
#define OF_LITERAL code->literals[C], R[B], CONSUME_B
#define CONSUME_B CONSUME(B)
#define CONSUME_BC do { CONSUME(B); CONSUME(C); } while (0)
// Expands the operands before the macro counts its arguments.
#define WITH(macro, ...) macro(__VA_ARGS__)

// A binary operator without fast path, and the end of those that have one.
#define SLOW_BINARY(fn, op, left, right, consume)                                                                  \
    do {                                                                                                           \
        SAVE;                                                                                                      \
        AvmValue r_ = fn(t, op, left, right);                                                                      \
        if (UNLIKELY(!r_)) goto error;                                                                             \
        consume;                                                                                                   \
        PUT(A, r_);                                                                                                \
        NEXT;                                                                                                      \
    } while (0)

#define ARITHMETIC(fn, op, overflow, operator, left, right, consume)                                               \
    do {                                                                                                           \
        AvmValue x = left, y = right;                                                                              \
        int64_t s;                                                                                                 \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            if (LIKELY(!overflow(avm_int_shifted(x), avm_int_shifted(y), &s))) {                                   \
                PUT(A, avm_int_unshifted(s));                                                                      \
                NEXT;                                                                                              \
            }                                                                                                      \
        } else if (BOTH_FLOAT(x, y)) {                                                                             \
            PUT(A, avm_float_result(avm_float(x) operator avm_float(y)));                                          \
            NEXT;                                                                                                  \
        } else if (BOTH_NUMBER(x, y)) {                                                                            \
            PUT(A, avm_float_result(as_double(x) operator as_double(y)));                                          \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SLOW_BINARY(fn, op, left, right, consume);                                                                 \
    } while (0)

#define MULTIPLY(fn, left, right, consume)                                                                         \
    do {                                                                                                           \
        AvmValue x = left, y = right;                                                                              \
        int64_t s;                                                                                                 \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            if (LIKELY(!__builtin_mul_overflow(avm_int_shifted(x), avm_inline_int(y), &s))) {                      \
                PUT(A, avm_int_unshifted(s));                                                                      \
                NEXT;                                                                                              \
            }                                                                                                      \
        } else if (BOTH_FLOAT(x, y)) {                                                                             \
            PUT(A, avm_float_result(avm_float(x) * avm_float(y)));                                                 \
            NEXT;                                                                                                  \
        } else if (BOTH_NUMBER(x, y)) {                                                                            \
            PUT(A, avm_float_result(as_double(x) * as_double(y)));                                                 \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SLOW_BINARY(fn, AVM_MUL, left, right, consume);                                                            \
    } while (0)

#define DIVIDE(fn, left, right, consume)                                                                           \
    do {                                                                                                           \
        AvmValue x = left, y = right;                                                                              \
        if (LIKELY(BOTH_NUMBER(x, y))) {                                                                           \
            double divisor = as_double(y);                                                                         \
            if (LIKELY(divisor != 0)) {                                                                            \
                PUT(A, avm_float_result(as_double(x) / divisor));                                                  \
                NEXT;                                                                                              \
            }                                                                                                      \
        }                                                                                                          \
        SLOW_BINARY(fn, AVM_DIV, left, right, consume);                                                            \
    } while (0)

#define BITWISE(fn, op, operator, left, right, consume)                                                            \
    do {                                                                                                           \
        AvmValue x = left, y = right;                                                                              \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            PUT(A, avm_inline_int_value(avm_inline_int(x) operator avm_inline_int(y)));                            \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SLOW_BINARY(fn, op, left, right, consume);                                                                 \
    } while (0)

#define FLOOR(fn, op, int_result, left, right, consume)                                                            \
    do {                                                                                                           \
        AvmValue x = left, y = right;                                                                              \
        if (LIKELY(BOTH_INT(x, y)) && avm_inline_int(y) > 0) {                                                     \
            int64_t a = avm_inline_int(x), b = avm_inline_int(y), q = a / b, m = a % b;                            \
            if (m < 0) q--, m += b;                                                                                \
            (void)q, (void)m;                                                                                      \
            PUT(A, avm_inline_int_value(int_result));                                                              \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SLOW_BINARY(fn, op, left, right, consume);                                                                 \
    } while (0)

#define IMMEDIATE(fn, op, overflow, operator)                                                                      \
    do {                                                                                                           \
        AvmValue x = R[B];                                                                                         \
        int64_t s;                                                                                                 \
        if (LIKELY(avm_is_inline_int(x)) && !overflow(avm_int_shifted(x), (int64_t)IMM * 65536, &s)) {             \
            PUT(A, avm_int_unshifted(s));                                                                          \
            NEXT;                                                                                                  \
        }                                                                                                          \
        if (avm_is_float(x)) {                                                                                     \
            PUT(A, avm_float_result(avm_float(x) operator IMM));                                                   \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SAVE;                                                                                                      \
        AvmValue r_ = fn(t, op, x, avm_inline_int_value(IMM));                                                     \
        if (UNLIKELY(!r_)) goto error;                                                                             \
        CONSUME(B);                                                                                                \
        PUT(A, r_);                                                                                                \
        NEXT;                                                                                                      \
    } while (0)

#define COMPARE(op, operator)                                                                                      \
    do {                                                                                                           \
        AvmValue x = R[B], y = R[C];                                                                               \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            PUT(A, avm_bool(avm_int_shifted(x) operator avm_int_shifted(y)));                                      \
            NEXT;                                                                                                  \
        }                                                                                                          \
        if (avm_is_float(x) && avm_is_float(y)) {                                                                  \
            PUT(A, avm_bool(avm_float(x) operator avm_float(y)));                                                  \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SLOW_BINARY(compare_value, op, R[B], R[C], CONSUME_BC);                                                    \
    } while (0)

// A comparison fused with a jump. The second word is the jump.
#define COMPARE_JUMP(op, operator, y_expr, y_consume)                                                              \
    do {                                                                                                           \
        AvmValue x = R[A], y = (y_expr);                                                                           \
        int holds;                                                                                                 \
        int32_t offset = (int32_t)*pc++;                                                                           \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            holds = avm_int_shifted(x) operator avm_int_shifted(y);                                                \
        } else if (avm_is_float(x) && avm_is_float(y)) {                                                           \
            holds = avm_float(x) operator avm_float(y);                                                            \
        } else {                                                                                                   \
            SAVE;                                                                                                  \
            AvmValue r_ = compare_value(t, op, x, y);                                                               \
            holds = avm_is_bool(r_) ? r_ == AVM_TRUE : r_ ? drop_truth(t, r_) : -1;                                \
            if (UNLIKELY(holds < 0)) goto error;                                                                   \
            CONSUME(A);                                                                                            \
            y_consume;                                                                                             \
        }                                                                                                          \
        if (holds != C) NEXT;                                                                                      \
        JUMP(offset);                                                                                              \
    } while (0)

// What has no fast path in place; equality of strs is one more.
static AvmValue compare_value(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (op <= AVM_NE && avm_is_str(a) && avm_is_str(b))
        return avm_bool((a == b || avm_str_equal((AvmStr *)avm_obj(a), (AvmStr *)avm_obj(b))) == (op == AVM_EQ));
    return avm_compare(t, op, a, b);
}

// Is x in v? Dicts with plain keys at once.
static inline int contains(AvmThread *t, AvmValue v, AvmValue x) {
    if (avm_is_dict(v) && (avm_is_inline_int(x) || avm_is_str(x))) {
        int32_t at = avm_dict_find_plain(t, (AvmDict *)avm_obj(v), x);
        if (at != AVM_DICT_ASK) return at >= 0;
    }
    return avm_contains(t, v, x);
}

static int drop_truth(AvmThread *t, AvmValue v) {
    int truth = avm_truth(t, v);
    avm_decref(t, v);
    return truth;
}

// s + x and s += x: the left operand may grow in place when the instruction holds the only reference.
static AvmValue add_slow(AvmThread *t, AvmValue *left, bool movable, AvmValue y, bool inplace) {
    AvmValue x = *left;
    if (avm_is_str(x) && avm_is_str(y)) {
        if (!movable) return avm_value(avm_str_concat(t, (AvmStr *)avm_obj(x), (AvmStr *)avm_obj(y)));
        *left = AVM_EMPTY;
        return avm_value(avm_str_append_take(t, (AvmStr *)avm_obj(x), (AvmStr *)avm_obj(y)));
    }
    return inplace ? avm_inplace(t, AVM_ADD, x, y) : avm_binary(t, AVM_ADD, x, y);
}

#define ADDITION(inplace, right, consume_right)                                                                    \
    do {                                                                                                           \
        AvmValue x = R[B], y = right;                                                                              \
        int64_t s;                                                                                                 \
        if (LIKELY(BOTH_INT(x, y))) {                                                                              \
            if (LIKELY(!__builtin_add_overflow(avm_int_shifted(x), avm_int_shifted(y), &s))) {                     \
                PUT(A, avm_int_unshifted(s));                                                                      \
                NEXT;                                                                                              \
            }                                                                                                      \
        } else if (BOTH_FLOAT(x, y)) {                                                                             \
            PUT(A, avm_float_result(avm_float(x) + avm_float(y)));                                                 \
            NEXT;                                                                                                  \
        } else if (BOTH_NUMBER(x, y)) {                                                                            \
            PUT(A, avm_float_result(as_double(x) + as_double(y)));                                                 \
            NEXT;                                                                                                  \
        }                                                                                                          \
        SAVE;                                                                                                      \
        AvmValue r_ = add_slow(t, &R[B], B >= code->nlocals || A == B, y, inplace);                                \
        if (UNLIKELY(!r_)) goto error;                                                                             \
        CONSUME(B);                                                                                                \
        consume_right;                                                                                             \
        PUT(A, r_);                                                                                                \
        NEXT;                                                                                                      \
    } while (0)

// A frame for f with its registers at nb becomes the innermost one. The one below it has been SAVEd.
#define PUSH_FRAME(nf, f, nb, returns_)                                                                            \
    do {                                                                                                           \
        t->depth++;                                                                                                \
        (nf)->back = fr;                                                                                           \
        (nf)->regs = R = (nb);                                                                                     \
        (nf)->func = (f);                                                                                          \
        (nf)->returns = (returns_);                                                                                \
        code = (f)->code;                                                                                          \
        (nf)->top = R + code->nregs;                                                                               \
        t->frame = fr = (nf);                                                                                      \
        pc = code->words;                                                                                          \
    } while (0)

// Goes from the running leaf into a new generator that it delegates to.
#define ENTER_CHILD(child_)                                                                                  \
    do {                                                                                                     \
        AvmGen *new_ = (child_);                                                                             \
        SAVE;                                                                                                \
        t->depth++;                                                                                          \
        t->root->links++;                                                                                    \
        new_->awaiter = fr->gen;                                                                             \
        new_->state = AVM_GEN_SUSPENDED;                                                                     \
        new_->frame.back = fr;                                                                               \
        new_->frame.top = fr->top;                                                                           \
        new_->frame.next = fr->next;                                                                         \
        t->frame = fr = &new_->frame;                                                                        \
        R = new_->regs;                                                                                      \
        code = fr->func->code;                                                                               \
        pc = code->words;                                                                                    \
    } while (0)

// Is the result of this call, in R[a], awaited at once? (By GETAWAIT, and then DELEGATE.)
#define IS_AWAITED(a) ((*pc & 0xFFFFFF) == (AVM_OP_GETAWAIT | (a) << 8 | (a) << 16))

// R[A] = R[B].site, and consume B.
#define GET_ATTRIBUTE(consume)                                                                                     \
    do {                                                                                                           \
        AvmSite *site = &code->sites[*pc++];                                                                       \
        AvmValue object_ = R[B], x_;                                                                               \
        if (LIKELY(avm_is_obj(object_) && avm_obj(object_)->flags & AVM_OBJ_SHAPED)) {                             \
            AvmAttrs *attrs_ = &((AvmInstance *)avm_obj(object_))->attrs;                                          \
            if (LIKELY(attrs_->shape->version == site->seen.key)) { /* of kind AVM_SITE_CELL */                    \
                x_ = avm_incref(attrs_->values[site->seen.offset]);                                                \
                consume;                                                                                           \
                PUT(A, x_);                                                                                        \
                NEXT;                                                                                              \
            }                                                                                                      \
        }                                                                                                          \
        SAVE;                                                                                                      \
        x_ = avm_op_getattr(t, object_, site);                                                                     \
        if (UNLIKELY(!x_)) goto error;                                                                             \
        consume;                                                                                                   \
        PUT(A, x_);                                                                                                \
        NEXT;                                                                                                      \
    } while (0)

#define FINISH_CALL(called)                                                                                        \
    do {                                                                                                           \
        AvmCalled called_ = (called);                                                                              \
        if (UNLIKELY(called_ == AVM_CALLED_FAIL)) goto error;                                                      \
        if (called_ == AVM_CALLED_FRAME) {                                                                         \
            LOAD;                                                                                                  \
            if (UNLIKELY(t->pausing)) goto pause;                                                                  \
        }                                                                                                          \
        NEXT;                                                                                                      \
    } while (0)

#endif
