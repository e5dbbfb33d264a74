// dict, set and frozenset. dict keeps insertion order; set has CPython's table, growth and probing, so that its order
// of iteration is CPython's.
#ifndef AVM_VM_TYPES_DICT_H
#define AVM_VM_TYPES_DICT_H

#include "vm/thread.h"

typedef struct AvmDictEntry {
    int64_t hash;
    AvmValue key;   // empty: deleted
    AvmValue value;
} AvmDictEntry;

// entries[0 .. nentries) in insertion order, some of them deleted; index is an open-addressed table of positions.
// keys_version: 0 when nobody watches; otherwise unique in the VM and renewed whenever a key comes or goes or entries move:
// while it stays, a position found once still holds the same key. Values may change without notice.
struct AvmDict {
    AvmObj h;
    uint32_t used;
    uint32_t nentries, cap; // of entries
    uint32_t index_size;    // a power of two, or 0 with no index (up to 8 entries are searched by hand)
    uint64_t keys_version;
    AvmDictEntry *entries;
    void *index;            // uint8_t, uint16_t or uint32_t by size
    uint32_t fill;          // places of the index that are not free
    uint32_t first;         // every entry before it is deleted
    uint32_t changes;       // counts the comings and goings of keys: has a comparison changed the dict?
};

AvmDict *avm_dict_new(AvmThread *t);
// Room for n keys altogether. false: MemoryError.
bool avm_dict_reserve(AvmThread *t, AvmDict *d, uint32_t n);
// hash(key), the usual kinds at once. false: exception (unhashable).
bool avm_key_hash(AvmThread *t, AvmValue key, int64_t *out);
// As get, set and del, with the hash known.
int avm_dict_get_hashed(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, AvmValue *out);
bool avm_dict_set_hashed(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, AvmValue value);
// Takes key out. 1: *out is its value, a reference you own; 0: not there; -1: exception.
int avm_dict_pop(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out);
// Takes the last pair out, both references you own. false: d is empty.
bool avm_dict_pop_last(AvmThread *t, AvmDict *d, AvmValue *key, AvmValue *value);
// d[key] if it is there, else d[key] = value and value. New reference or AVM_FAIL.
AvmValue avm_dict_setdefault(AvmThread *t, AvmDict *d, AvmValue key, AvmValue value);
// 1: found, *out borrowed; 0: not there; -1: exception (__hash__ or __eq__ failed). May run script.
int avm_dict_get(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out);
bool avm_dict_set(AvmThread *t, AvmDict *d, AvmValue key, AvmValue value); // borrowed both
int avm_dict_del(AvmThread *t, AvmDict *d, AvmValue key);                  // 1, 0, -1
// For namespaces: str keys, no script runs, no failure but memory. Borrowed or AVM_EMPTY.
AvmValue avm_dict_get_str(AvmThread *t, AvmDict *d, AvmStr *key);
bool avm_dict_set_str(AvmThread *t, AvmDict *d, AvmStr *key, AvmValue value);
bool avm_dict_add_str(AvmThread *t, AvmDict *d, AvmStr *key, AvmValue value); // key is known to be absent
bool avm_dict_del_str(AvmThread *t, AvmDict *d, AvmStr *key); // false: it was not there
// Position in entries of a str key, or -1; and the version to watch (renews keys_version if it is 0).
int32_t avm_dict_find_str(AvmThread *t, AvmDict *d, AvmStr *key);
// The same for a str or an inline int, without running script: AVM_DICT_ASK if it would take a comparison of other kinds.
enum { AVM_DICT_ABSENT = -1, AVM_DICT_ASK = -4 };
int32_t avm_dict_find_plain(AvmThread *t, AvmDict *d, AvmValue key);
uint64_t avm_dict_watch(AvmThread *t, AvmDict *d);
// Walks in order: *pos starts at 0. Borrowed. The dict must not change meanwhile (values may).
bool avm_dict_next(AvmDict *d, uint32_t *pos, AvmValue *key, AvmValue *value);
AvmDict *avm_dict_copy(AvmThread *t, AvmDict *d);
// d.update(other): a mapping, or an iterable of pairs.
bool avm_dict_update(AvmThread *t, AvmDict *d, AvmValue other);
void avm_dict_clear(AvmThread *t, AvmDict *d);
static inline bool avm_is_dict(AvmValue v) { return avm_is(v, AVM_T_DICT); } // exact type
AvmDict *avm_as_dict(AvmThread *t, AvmValue v); // sub-classes too; NULL otherwise, no exception

// The iterators of dicts and their views; kind: 0 keys, 1 values, 2 items.
AvmValue avm_dict_iter_new(AvmThread *t, AvmDict *d, int kind, bool reversed);
AvmValue avm_dict_view_new(AvmThread *t, AvmDict *d, int kind);
// types.MappingProxyType(mapping): a read-only view (borrowed mapping).
AvmValue avm_mappingproxy_new(AvmThread *t, AvmValue mapping);
// The equality of two dicts: 1, 0, -1.
int avm_dict_equal(AvmThread *t, AvmDict *a, AvmDict *b);

typedef struct AvmSetEntry {
    AvmValue key; // empty: free; AVM_DONE: deleted
    int64_t hash;
} AvmSetEntry;

enum { AVM_SET_HASHED = 1 };

// set and frozenset. The table is CPython's to the last probe.
typedef struct AvmSet {
    AvmObj h;
    uint32_t used, fill; // fill: deleted ones too
    uint32_t mask;
    uint32_t finger;     // where pop goes on
    uint32_t changes;    // as in dicts
    int64_t hash;        // of a frozenset, with AVM_SET_HASHED in h.flags
    AvmSetEntry *table;  // mask + 1 of them; NULL: nothing was ever added, mask means nothing
} AvmSet;
AvmSet *avm_set_new(AvmThread *t, uint16_t type); // AVM_T_SET or AVM_T_FROZENSET
bool avm_set_add(AvmThread *t, AvmSet *s, AvmValue v);
int avm_set_contains(AvmThread *t, AvmSet *s, AvmValue v);
int avm_set_discard(AvmThread *t, AvmSet *s, AvmValue v); // 1: it was there
bool avm_set_update(AvmThread *t, AvmSet *s, AvmValue iterable);
uint32_t avm_set_len(const AvmSet *s);
bool avm_set_next(AvmSet *s, uint32_t *pos, AvmValue *v); // borrowed, table order

#endif
