// What opcodes.def says of each instruction, as a table.
#include "compiler/opinfo.h"

const AvmOpInfo avm_op_info[AVM_OP_COUNT] = {
#define OP(name, format, effect)                                                                             \
    {#name, AVM_FORMAT_##format, AVM_FORMAT_##format >= AVM_FORMAT_A_SITE ? 2 : 1},
#include "compiler/opcodes.def"
#undef OP
};
