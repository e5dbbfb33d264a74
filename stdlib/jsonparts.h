// What the files of json share.
#ifndef AVM_STDLIB_JSONPARTS_H
#define AVM_STDLIB_JSONPARTS_H

#include "vm/import.h"

AvmValue avm_json_encode(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_json_decode(AvmThread *t, AvmValue *args, uint32_t n);

#endif
