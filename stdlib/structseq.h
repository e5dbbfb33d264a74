// Tuples whose items have names (sys.version_info, time.struct_time): the names are the rows of their
// getsets.
#ifndef AVM_STDLIB_STRUCTSEQ_H
#define AVM_STDLIB_STRUCTSEQ_H

#include "vm/import.h"
#include "vm/types/list.h"

// Getters of items 0 .. 17, for AvmGetSetDef rows in the order of the items.
#define AVM_STRUCTSEQ_INDEXES(X)                                                                             \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17)
#define X(i) AvmValue avm_structseq_get##i(AvmThread *t, AvmValue self);
AVM_STRUCTSEQ_INDEXES(X)
#undef X
#define AVM_STRUCTSEQ_FIELD(i, name, doc)                                                                    \
    { name, avm_structseq_get##i, NULL, doc }

// "module.name(field=value, ...)" of the first len fields.
AvmValue avm_structseq_repr(AvmThread *t, AvmValue v);

#define AVM_STRUCTSEQ_DEF(type_name, fields, text)                                                           \
    {                                                                                                        \
        .name = type_name, .base = AVM_T_TUPLE, .size = sizeof(AvmTuple),                                    \
        .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_TUPLE | AVM_TYPE_VARSIZE | AVM_TYPE_NO_NEW, .doc = text,  \
        .slots = {.repr = avm_structseq_repr}, .getsets = fields,                                            \
    }

// An instance; values are taken, also on failure (an AVM_FAIL among them makes it fail).
AvmValue avm_structseq_new(AvmThread *t, const AvmTypeDef *def, const AvmValue *values, uint32_t n);

#endif
