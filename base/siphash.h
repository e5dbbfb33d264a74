// SipHash-1-3 of bytes that come in pieces, and the key that a seed gives. Knows no strings.
#ifndef AVM_BASE_SIPHASH_H
#define AVM_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct AvmSiphash {
    uint64_t v0, v1, v2, v3;
    uint64_t tail;  // bytes that do not fill a word yet
    uint64_t total; // bytes so far
} AvmSiphash;

void avm_siphash_start(AvmSiphash *s, const uint64_t key[2]);
void avm_siphash_add(AvmSiphash *s, const void *p, size_t n);
uint64_t avm_siphash_end(AvmSiphash *s);
// Of bytes that lie together: the same, faster.
uint64_t avm_siphash(const uint64_t key[2], const void *p, size_t n);

// The key that CPython makes of PYTHONHASHSEED=seed: zeros for 0, else the bytes of its linear congruential
// generator.
void avm_hash_key_from_seed(uint64_t seed, uint64_t key[2]);

#endif
