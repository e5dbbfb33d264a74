// What str, bytes and bytearray have in common: their methods work on a run of bytes and make results of
// their own kind. Searching UTF-8 for UTF-8 is searching bytes; only positions need translating.
#ifndef AVM_VM_TYPES_CHARS_H
#define AVM_VM_TYPES_CHARS_H

#include "vm/error.h"
#include "vm/types/list_parts.h" // avm_has_index
#include "vm/types/str.h"
#include "vm/types/strindex.h"

typedef enum AvmCharsKind { AVM_CHARS_STR, AVM_CHARS_BYTES, AVM_CHARS_BYTEARRAY } AvmCharsKind;

// Valid while the owner is unchanged: a bytearray may change whenever script runs.
typedef struct AvmChars {
    const char *p;
    size_t n;
    AvmValue owner;
    AvmCharsKind kind;
} AvmChars;

typedef struct AvmByteArray {
    AvmObj h;
    uint32_t len, cap;
    char *data;
} AvmByteArray;

AvmByteArray *avm_bytearray_new(AvmThread *t, const char *p, size_t n); // p NULL: zeros
AvmByteArray *avm_as_bytearray(AvmThread *t, AvmValue v);
AvmValue avm_bytes_from_buf(AvmThread *t, AvmBuf *b); // empties b
// bytes(x), bytearray(x): appends the bytes of a bytes-like object, an iterable of ints, or n zeros. kind:
// its name.
bool avm_bytes_fill(AvmThread *t, AvmBuf *out, AvmValue x, const char *kind);
bool avm_byte_value(AvmThread *t, AvmValue v, unsigned char *out, const char *range_text);
void avm_bytes_repr_to(AvmBuf *out, const char *p, size_t n);

AvmChars avm_chars(AvmThread *t, AvmValue self); // self is one of the three
// A result of the kind of `like`. New reference.
AvmValue avm_chars_new(AvmThread *t, AvmChars like, const char *p, size_t n);
AvmValue avm_chars_from_buf(AvmThread *t, AvmChars like, AvmBuf *b);
// self as a result: itself where that can't be told from a copy.
AvmValue avm_chars_same(AvmThread *t, AvmChars c);
size_t avm_chars_count(AvmChars c); // characters
// An argument that must be of like's sort: str, or any bytes-like object. format: the TypeError for str, with %s for
// what v is, or NULL.
bool avm_chars_arg(AvmThread *t, AvmChars like, AvmValue v, AvmChars *out, const char *format);
// v's type as messages about arguments name it.
const char *avm_arg_kind(AvmThread *t, AvmValue v);
// An optional integer argument with a default.
bool avm_arg_index(AvmThread *t, AvmValue v, int64_t absent, int64_t *out);
// The same for C's int.
bool avm_arg_int(AvmThread *t, AvmValue v, int64_t absent, int64_t *out);
// The index of an item: IndexError where it is beyond 64 bits.
bool avm_item_index(AvmThread *t, AvmValue v, int64_t *out);
// One bound of a range: None and absence leave *out.
bool avm_arg_bound(AvmThread *t, AvmValue v, int64_t *out);

// Offsets, or -1.
ptrdiff_t avm_find(const char *p, size_t n, const char *q, size_t m);
ptrdiff_t avm_rfind(const char *p, size_t n, const char *q, size_t m);
size_t avm_count_of(const char *p, size_t n, const char *q, size_t m, size_t max); // m > 0

// Natives for the three types' tables. chars_find.c
AvmValue avm_chars_find(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rfind(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_index(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rindex(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_count_method(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_startswith(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_endswith(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_removeprefix(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_removesuffix(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_replace(AvmThread *t, AvmValue *args, uint32_t n);
int avm_chars_contains(AvmThread *t, AvmValue self, AvmValue x);
// chars_split.c
AvmValue avm_chars_split(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rsplit(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_splitlines(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_partition(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rpartition(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_strip(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_lstrip(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rstrip(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_join(AvmThread *t, AvmValue *args, uint32_t n);
// chars_layout.c
AvmValue avm_chars_center(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_ljust(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_rjust(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_zfill(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_chars_expandtabs(AvmThread *t, AvmValue *args, uint32_t n);

#endif
