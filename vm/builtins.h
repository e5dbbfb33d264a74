// The descriptions of the built-in types, one a file, and the tables of built-in functions. A plain list.
#ifndef AVM_VM_BUILTINS_H
#define AVM_VM_BUILTINS_H

#include "vm/object.h"

// numbers and the singletons
extern const AvmTypeDef avm_none_def, avm_ellipsis_def, avm_notimpl_def;
extern const AvmTypeDef avm_int_def, avm_bool_def, avm_float_def;
// text
extern const AvmTypeDef avm_str_def, avm_striter_def, avm_strasciiiter_def;
extern const AvmTypeDef avm_bytes_def, avm_bytesiter_def, avm_bytearray_def, avm_bytearrayiter_def;
// stacks
extern const AvmTypeDef avm_traceback_def, avm_frame_def;

// functions of the module builtins; rows end with {0}
extern const AvmNativeDef avm_builtins_basic[];  // vm/builtins.c: hash, isinstance, getattr, eval ...
extern const AvmNativeDef avm_builtins_number[]; // vm/builtins_number.c: abs, divmod, pow, round, bin ...
extern const AvmNativeDef avm_builtins_eval[];   // vm/builtins_eval.c: compile, eval, exec

// Fills vm->builtins: all types, exceptions, functions and constants. false: exception.
bool avm_builtins_init(AvmThread *t);

#endif
