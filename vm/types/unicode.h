// What characters are and become: Unicode's properties as Python's str methods see them. Knows code points,
// not strings.
#ifndef AVM_VM_TYPES_UNICODE_H
#define AVM_VM_TYPES_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool avm_uni_is_alpha(uint32_t c);
bool avm_uni_is_decimal(uint32_t c);
bool avm_uni_is_digit(uint32_t c);
bool avm_uni_is_numeric(uint32_t c);
bool avm_uni_is_lower(uint32_t c);
bool avm_uni_is_upper(uint32_t c);
bool avm_uni_is_title(uint32_t c); // the Dž of Dž, DŽ, dž: upper and lower at once
bool avm_uni_is_cased(uint32_t c);
bool avm_uni_is_case_ignorable(uint32_t c);
bool avm_uni_is_space(uint32_t c);
bool avm_uni_is_line_break(uint32_t c); // where str.splitlines splits
bool avm_uni_is_printable(uint32_t c);
bool avm_uni_is_id_start(uint32_t c);
bool avm_uni_is_id_continue(uint32_t c);
int avm_uni_decimal(uint32_t c); // 0..9, or -1

enum { AVM_UNI_CASE_MAX = 4 };
typedef enum AvmCasing { AVM_CASE_LOWER, AVM_CASE_UPPER, AVM_CASE_TITLE, AVM_CASE_FOLD } AvmCasing;
// The whole mapping of one character (no context: a capital sigma becomes the ordinary small one). Returns
// how many.
size_t avm_uni_case(uint32_t c, AvmCasing how, uint32_t out[AVM_UNI_CASE_MAX]);

#endif
