// Rows of the table of str's methods that stand in other files than the type's.
#ifndef AVM_VM_TYPES_STRCASE_H
#define AVM_VM_TYPES_STRCASE_H

#include "vm/object.h"

// strcase.c
AvmValue avm_str_upper(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_lower(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_title(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_capitalize(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_swapcase(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_casefold(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isalpha(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isalnum(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isascii(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isdecimal(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isdigit(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isnumeric(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isspace(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isprintable(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isidentifier(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_islower(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_isupper(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_istitle(AvmThread *t, AvmValue *args, uint32_t n);
// strmap.c
AvmValue avm_str_translate(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_maketrans(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_encode(AvmThread *t, AvmValue *args, uint32_t n);
// format_str.c
AvmValue avm_str_format_method(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_str_format_map(AvmThread *t, AvmValue *args, uint32_t n);

#endif
