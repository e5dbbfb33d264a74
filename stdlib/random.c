// _random: the Mersenne Twister with CPython's seeding, and what the script part (random.aio) needs beside
// it.
#include <errno.h>
#include <sys/random.h>

#include "stdlib/mathparts.h"
#include "stdlib/modules.h"
#include "stdlib/sha512.h"
#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { STATE = 624, MIDDLE = 397 };

typedef struct Random {
    AvmObj h;
    AvmAttrs attrs;
    uint32_t index;
    uint32_t state[STATE];
} Random;

static Random *self_of(AvmValue v) { return (Random *)avm_obj(v); }

// --- the generator

static uint32_t mix(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000u) | (low & 0x7FFFFFFFu);
    return y >> 1 ^ (y & 1 ? 0x9908B0DFu : 0);
}

static uint32_t next_32(Random *r) {
    if (r->index >= STATE) {
        for (int i = 0; i < STATE; i++)
            r->state[i] = r->state[(i + MIDDLE) % STATE] ^ mix(r->state[i], r->state[(i + 1) % STATE]);
        r->index = 0;
    }
    uint32_t y = r->state[r->index++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680u;
    y ^= y << 15 & 0xEFC60000u;
    return y ^ y >> 18;
}

static void seed_number(Random *r, uint32_t seed) {
    r->state[0] = seed;
    for (uint32_t i = 1; i < STATE; i++)
        r->state[i] = 1812433253u * (r->state[i - 1] ^ r->state[i - 1] >> 30) + i;
    r->index = STATE;
}

static void seed_words(Random *r, const uint32_t *key, size_t n) {
    seed_number(r, 19650218u);
    uint32_t *s = r->state;
    size_t i = 1, j = 0;
    for (size_t k = n > STATE ? n : STATE; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= STATE) s[0] = s[STATE - 1], i = 1;
        if (++j >= n) j = 0;
    }
    for (size_t k = STATE - 1; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= STATE) s[0] = s[STATE - 1], i = 1;
    }
    s[0] = 0x80000000u;
}

// --- seeding

static bool system_bytes(AvmThread *t, void *p, size_t n) {
    for (size_t have = 0; have < n;) {
        ssize_t got = getrandom((char *)p + have, n - have, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return avm_raise_os(t, errno, AVM_EMPTY) != AVM_FAIL;
        have += (size_t)got;
    }
    return true;
}

// A run that is to be repeatable gives every unseeded generator the run's seed and a number of its own.
static bool seed_default(AvmThread *t, Random *r) {
    uint32_t key[STATE];
    if (t->vm->seeded) {
        uint64_t serial = ++t->vm->next_serial;
        uint32_t words[4] = {(uint32_t)t->vm->seed, (uint32_t)((uint64_t)t->vm->seed >> 32), (uint32_t)serial,
                             (uint32_t)(serial >> 32)};
        seed_words(r, words, 4);
        return true;
    }
    if (!system_bytes(t, key, sizeof key)) return false;
    seed_words(r, key, STATE);
    return true;
}

// The absolute value of an int in words, lowest first.
static bool seed_int(AvmThread *t, Random *r, AvmValue v) {
    AvmValue positive = avm_int_sign(v) < 0 ? avm_int_negate(t, v) : avm_incref(v);
    if (positive == AVM_FAIL) return false;
    size_t bits = avm_int_bits(positive), words = bits ? (bits + 31) / 32 : 1, bytes = words * 4;
    uint32_t *key = avm_alloc_zero(&t->vm->alloc, bytes);
    bool good = key && avm_int_to_bytes(t, positive, (unsigned char *)key, bytes, false);
    if (good)
        seed_words(r, key, words);
    else if (!key)
        avm_raise_memory(t);
    avm_release(&t->vm->alloc, key, bytes);
    avm_decref(t, positive);
    return good;
}

static AvmValue random_seed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Random *r = self_of(args[0]);
    AvmValue v = args[1];
    bool good;
    if (v == AVM_EMPTY || v == AVM_NONE) {
        good = seed_default(t, r);
    } else if (avm_is_int(t, v)) {
        good = seed_int(t, r, v);
    } else {
        int64_t hash;
        if (!avm_hash(t, v, &hash)) return AVM_FAIL;
        AvmValue number = avm_int_new_u64(t, (uint64_t)hash);
        good = number != AVM_FAIL && seed_int(t, r, number);
        avm_decref(t, number);
    }
    return good ? AVM_NONE : AVM_FAIL;
}

static AvmValue random_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Random *r = avm_object_new(t, (AvmType *)avm_obj(args[0]), 0);
    if (r) seed_number(r, 5489u); // __init__ seeds it
    return avm_value(r);
}

// --- numbers

static AvmValue random_random(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    Random *r = self_of(args[0]);
    uint32_t a = next_32(r) >> 5, b = next_32(r) >> 6;
    return avm_float_value((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static AvmValue random_bits(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Random *r = self_of(args[0]);
    int64_t k;
    if (!avm_index_exact(t, args[1], &k, NULL)) return AVM_FAIL;
    if (k < 0) return avm_raise_value(t, "number of bits must be non-negative");
    if (k == 0) return avm_inline_int_value(0);
    if (k <= 32) return avm_inline_int_value(next_32(r) >> (32 - k));
    size_t words = (size_t)(k - 1) / 32 + 1, bytes = words * 4;
    if (!avm_big_room(t, (uint64_t)k, words * 10)) return AVM_FAIL;
    uint32_t *p = avm_alloc(&t->vm->alloc, bytes);
    if (!p) return avm_raise_memory(t);
    for (size_t i = 0; i < words; i++, k -= 32) p[i] = next_32(r) >> (k < 32 ? 32 - k : 0);
    AvmValue v = avm_int_from_bytes(t, (unsigned char *)p, bytes, false);
    avm_release(&t->vm->alloc, p, bytes);
    return v;
}

// A number below n > 0, each as likely: what choice, shuffle and randrange are made of.
static AvmValue random_below(AvmThread *t, AvmValue *args, uint32_t count) {
    (void)count;
    int64_t n;
    if (!avm_is_int(t, args[1])) return avm_raise_type(t, "an int is wanted, not %T", args[1]);
    if (avm_int_sign(args[1]) <= 0) return avm_raise_value(t, "a positive number is wanted");
    if (avm_int_get(args[1], &n) && n <= UINT32_MAX) {
        int bits = 64 - __builtin_clzll((uint64_t)n);
        uint64_t r;
        do r = bits == 33 ? 0 : next_32(self_of(args[0])) >> (32 - bits);
        while (r >= (uint64_t)n);
        return avm_inline_int_value((int64_t)r);
    }
    AvmValue bits_args[2] = {args[0], avm_inline_int_value((int64_t)avm_int_bits(args[1]))};
    for (;;) {
        AvmValue v = random_bits(t, bits_args, 2);
        if (v == AVM_FAIL || avm_int_compare(v, args[1]) < 0) return v;
        avm_decref(t, v);
    }
}

// --- state: 624 words and the index

static AvmValue random_getstate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    Random *r = self_of(args[0]);
    AvmTuple *tuple = avm_tuple_new(t, STATE + 1);
    if (!tuple) return AVM_FAIL;
    for (uint32_t i = 0; i < STATE; i++) tuple->items[i] = avm_inline_int_value(r->state[i]);
    tuple->items[STATE] = avm_inline_int_value(r->index);
    return avm_value(tuple);
}

static AvmValue random_setstate(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue *items;
    uint32_t len, state[STATE];
    if (!avm_is_sub(t, args[1], AVM_TYPE_SUB_TUPLE)) return avm_raise_type(t, "state vector must be a tuple");
    if (!avm_seq_items(t, args[1], &items, &len)) return AVM_FAIL;
    if (len != STATE + 1) return avm_raise_value(t, "state vector is the wrong size");
    int64_t word;
    for (uint32_t i = 0; i < STATE; i++) {
        if (!avm_index_exact(t, items[i], &word, NULL)) return AVM_FAIL;
        if (word < 0)
            return avm_raise(t, AVM_EXC(t, OverflowError), "can't convert negative value to unsigned int");
        state[i] = (uint32_t)word;
    }
    if (!avm_index_exact(t, items[STATE], &word, NULL)) return AVM_FAIL;
    if (word < 0 || word > STATE) return avm_raise_value(t, "invalid state");
    Random *r = self_of(args[0]);
    memcpy(r->state, state, sizeof state);
    r->index = (uint32_t)word;
    return AVM_NONE;
}

static const AvmNativeDef random_methods[] = {
    {"__new__", random_new, "__new__(*args, **kwargs)", "A generator that is not seeded yet.",
     AVM_DEF_STATIC},
    {"_below", random_below, "_below(n, /)", "An int in range(n).", AVM_DEF_METHOD},
    {"getrandbits", random_bits, "getrandbits(k, /)", "An int of k random bits.", AVM_DEF_METHOD},
    {"getstate", random_getstate, "getstate()", "The generator's state, for setstate().", AVM_DEF_METHOD},
    {"random", random_random, "random()", "A float, at least 0.0 and less than 1.0.", AVM_DEF_METHOD},
    {"seed", random_seed, "seed(n=None, /)", "Begins again from a seed.", AVM_DEF_METHOD},
    {"setstate", random_setstate, "setstate(state, /)", "Restores what getstate() gave.", AVM_DEF_METHOD},
    {0},
};


static const AvmTypeDef random_def = {
    .name = "_random.Random",
    .size = sizeof(Random),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "A Mersenne Twister.",
    .methods = random_methods,
};

// --- functions

static AvmValue random_sha512(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    const char *p;
    size_t len;
    unsigned char digest[64];
    if (!avm_bytes_like(t, args[0], &p, &len) || !avm_charge(t, len / 8)) return AVM_FAIL;
    avm_sha512(p, len, digest);
    return avm_value(avm_bytes_new(t, (char *)digest, sizeof digest));
}

static AvmValue random_urandom(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t count;
    if (!avm_index_exact(t, args[0], &count, NULL)) return AVM_FAIL;
    if (count < 0) return avm_raise_value(t, "negative argument not allowed");
    AvmBytes *b = avm_bytes_new(t, NULL, (size_t)count);
    if (b && system_bytes(t, b->data, b->len)) return avm_value(b);
    avm_drop(t, b);
    return AVM_FAIL;
}

// The seed of the run's common generator: the run's, or None.
static AvmValue random_run_seed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return t->vm->seeded ? avm_int_new(t, t->vm->seed) : AVM_NONE;
}

static bool random_init(AvmThread *t, AvmModuleObj *m) { return avm_module_add_type(t, m, &random_def); }

static const AvmNativeDef random_functions[] = {
    {"sha512", random_sha512, "sha512(data, /)", "The SHA-512 digest of bytes."},
    {"urandom", random_urandom, "urandom(size, /)", "Random bytes of the system's."},
    {"run_seed", random_run_seed, "run_seed()", "What the common generator is seeded with, or None."},
    {0},
};

const AvmModuleDef avm_random_module = {
    .name = "_random",
    .doc = "The part of random that is C.",
    .functions = random_functions,
    .init = random_init,
};
