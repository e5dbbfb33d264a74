// What opcodes.def says of each instruction, as a table: for all who walk over code.
#ifndef AVM_COMPILER_OPINFO_H
#define AVM_COMPILER_OPINFO_H

#include "compiler/unit.h"

typedef enum AvmFormat {
    AVM_FORMAT_N,
    AVM_FORMAT_A,
    AVM_FORMAT_AB,
    AVM_FORMAT_ABC,
    AVM_FORMAT_ABK,
    AVM_FORMAT_ABX,
    AVM_FORMAT_ASBX,
    AVM_FORMAT_SJ,
    // From here on a second word follows.
    AVM_FORMAT_A_SITE,
    AVM_FORMAT_AB_SITE,
    AVM_FORMAT_A_LIT,
    AVM_FORMAT_AB_LIT,
    AVM_FORMAT_ABC_LIT,
    AVM_FORMAT_AB_NAME,
    AVM_FORMAT_ABC_UNIT,
    AVM_FORMAT_AB_JUMP,
    AVM_FORMAT_ABC_JUMP,
    AVM_FORMAT_AKC_JUMP,
    AVM_FORMAT_ABC_NUM,
    AVM_FORMAT_ABX_NUM
} AvmFormat;

typedef struct AvmOpInfo {
    const char *name;
    uint8_t format; // AvmFormat
    uint8_t words;
} AvmOpInfo;

extern const AvmOpInfo avm_op_info[AVM_OP_COUNT];

#endif
