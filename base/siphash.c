// SipHash with one round a word and three at the end.
#include "base/siphash.h"

#include <string.h>

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline void sip_round(AvmSiphash *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void add_word(AvmSiphash *s, uint64_t word) {
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static inline uint64_t load(const unsigned char *p) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | p[i]; // little-endian everywhere; compilers make one load of it
    return word;
}

void avm_siphash_start(AvmSiphash *s, const uint64_t key[2]) {
    s->v0 = key[0] ^ 0x736f6d6570736575ull;
    s->v1 = key[1] ^ 0x646f72616e646f6dull;
    s->v2 = key[0] ^ 0x6c7967656e657261ull;
    s->v3 = key[1] ^ 0x7465646279746573ull;
    s->tail = 0;
    s->total = 0;
}

void avm_siphash_add(AvmSiphash *s, const void *data, size_t n) {
    const unsigned char *p = data;
    unsigned fill = s->total & 7;
    s->total += n;
    while (n && fill) {
        s->tail |= (uint64_t)*p++ << 8 * fill;
        n--;
        fill = (fill + 1) & 7;
        if (!fill) {
            add_word(s, s->tail);
            s->tail = 0;
        }
    }
    for (; n >= 8; n -= 8, p += 8) add_word(s, load(p));
    for (unsigned i = 0; i < n; i++) s->tail |= (uint64_t)p[i] << 8 * (fill + i);
}

static inline uint64_t finish(AvmSiphash *s, uint64_t last) {
    add_word(s, last);
    s->v2 ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t avm_siphash_end(AvmSiphash *s) { return finish(s, s->tail | s->total << 56); }

// Up to 7 bytes as a word, by loads that may overlap.
static inline uint64_t load_tail(const unsigned char *p, size_t n) {
    if (!n) return 0;
    if (n < 4) return p[0] | (uint64_t)p[n / 2] << n / 2 * 8 | (uint64_t)p[n - 1] << (n - 1) * 8;
    uint32_t low, high;
    memcpy(&low, p, 4);
    memcpy(&high, p + n - 4, 4);
    return low | (uint64_t)high << (n - 4) * 8;
}

uint64_t avm_siphash(const uint64_t key[2], const void *data, size_t n) {
    const unsigned char *p = data;
    AvmSiphash s;
    avm_siphash_start(&s, key);
    for (size_t left = n / 8; left; left--, p += 8) add_word(&s, load(p));
    return finish(&s, load_tail(p, n & 7) | (uint64_t)n << 56);
}

void avm_hash_key_from_seed(uint64_t seed, uint64_t key[2]) {
    unsigned char bytes[16] = {0};
    uint32_t x = (uint32_t)seed;
    for (int i = 0; seed && i < 16; i++) {
        x = x * 214013 + 2531011;
        bytes[i] = x >> 16 & 0xff;
    }
    key[0] = load(bytes);
    key[1] = load(bytes + 8);
}
