// Finding the i-th character of a text that is not ASCII. Behind its NUL such a text carries the place that
// was asked for last and, when it is long, a table of every 128th character's offset, filled as far as
// somebody has asked.
#ifndef AVM_VM_TYPES_STRINDEX_H
#define AVM_VM_TYPES_STRINDEX_H

#include "vm/types/str.h"

size_t avm_str_index_size(size_t len, size_t count); // bytes behind the NUL
void avm_str_index_reset(AvmStr *s);                 // the characters have changed

// As avm_str_new, the number of code points being known.
AvmStr *avm_str_new_counted(AvmThread *t, const char *p, size_t n, size_t count);
// A text of this size, its characters still to come (at once); never a shared one.
AvmStr *avm_str_new_room(AvmThread *t, size_t len, size_t count);
// s itself, or a plain copy when it is an instance of a sub-class. New reference.
AvmStr *avm_str_exact(AvmThread *t, AvmStr *s);
// An instance of a sub-class of str with the text s.
AvmValue avm_str_new_sub(AvmThread *t, AvmType *type, AvmStr *s);
AvmStr *avm_str_repeat(AvmThread *t, AvmStr *s, int64_t times);
int64_t avm_hash_bytes(AvmVm *vm, const char *p, size_t n);

#endif
