// Text: generalised UTF-8 with a cached count of code points; and bytes.
#ifndef AVM_VM_TYPES_STR_H
#define AVM_VM_TYPES_STR_H

#include "vm/thread.h"

enum { AVM_STR_ASCII = 1, AVM_STR_INTERNED = 2, AVM_STR_HASHED = 4, AVM_STR_OF_SLOT = 8 }; // in h.flags
enum { AVM_STR_MAX = 0x7FFFFFF0 };                                    // bytes

struct AvmStr {
    AvmObj h;
    uint32_t len;   // bytes
    uint32_t count; // code points
    int64_t hash;   // valid with AVM_STR_HASHED
    char data[];    // len bytes and a NUL
};
typedef struct AvmBytes {
    AvmObj h;
    uint32_t len;
    int64_t hash; // 0: not known yet
    char data[];
} AvmBytes;

// n bytes of valid generalised UTF-8 (checked only by assertion). NULL: MemoryError or OverflowError is set.
AvmStr *avm_str_new(AvmThread *t, const char *p, size_t n);
AvmStr *avm_str_text(AvmThread *t, const char *z); // NUL-terminated
// The one interned copy: names. New reference.
AvmStr *avm_str_intern(AvmThread *t, const char *p, size_t n);
// Takes s, returns its interned twin (never fails: s itself when memory runs out).
AvmStr *avm_str_intern_take(AvmThread *t, AvmStr *s);
void avm_interned_free(AvmVm *vm); // the table, not the names
AvmStr *avm_str_char(AvmThread *t, uint32_t codepoint);
// From a buffer (which is emptied, also on failure).
AvmStr *avm_str_from_buf(AvmThread *t, AvmBuf *b);
AvmStr *avm_str_concat(AvmThread *t, AvmStr *a, AvmStr *b);
// a + b where a is taken: grows it in place when nobody else holds it.
AvmStr *avm_str_append_take(AvmThread *t, AvmStr *a, AvmStr *b);
// n strs joined with nothing between; total length known beforehand, one allocation.
AvmStr *avm_str_join_array(AvmThread *t, const AvmValue *parts, uint32_t n);
AvmStr *avm_str_slice(AvmThread *t, AvmStr *s, uint32_t start, uint32_t end); // code points
// Byte offset of code point i (0 <= i <= count): O(1) for ASCII, near O(1) amortised otherwise.
uint32_t avm_str_offset(AvmThread *t, AvmStr *s, uint32_t i);
int64_t avm_str_hash(AvmThread *t, AvmStr *s); // CPython's: SipHash-1-3 over its storage units; cached
bool avm_str_equal(const AvmStr *a, const AvmStr *b);
bool avm_str_is(const AvmStr *s, const char *z); // equal to a C string
int avm_str_compare(const AvmStr *a, const AvmStr *b); // by code points
// Appends repr(s).
bool avm_str_repr_to(AvmThread *t, AvmStr *s, AvmBuf *out);
static inline bool avm_is_str(AvmValue v) { return avm_is(v, AVM_T_STR); } // exact type
// v as text: an AvmStr or an instance of a sub-class of str (borrowed); NULL when it is neither. No exception.
AvmStr *avm_as_str(AvmThread *t, AvmValue v);

// format(v, spec) for numbers and strings: the mini-language (vm/types/format.c)
AvmValue avm_format_str(AvmThread *t, AvmStr *s, AvmStr *spec);
AvmValue avm_format_int(AvmThread *t, AvmValue v, AvmStr *spec);
AvmValue avm_format_float(AvmThread *t, double d, AvmStr *spec);
// s % args, and s.format(...) as natives of str.
AvmValue avm_str_percent(AvmThread *t, AvmStr *s, AvmValue args);

AvmBytes *avm_bytes_new(AvmThread *t, const char *p, size_t n); // p NULL: zeros
AvmBytes *avm_as_bytes(AvmThread *t, AvmValue v);
// Any bytes-like object's bytes (bytes, bytearray): valid while v is unchanged. false: TypeError is set.
bool avm_bytes_like(AvmThread *t, AvmValue v, const char **p, size_t *n);
// Encodings: utf-8, ascii, latin-1 (and utf-16/32), errors strict, ignore, replace, backslashreplace, surrogateescape ...
AvmStr *avm_decode(AvmThread *t, const char *p, size_t n, const char *encoding, const char *errors);
AvmBytes *avm_encode(AvmThread *t, AvmStr *s, const char *encoding, const char *errors);

#endif
