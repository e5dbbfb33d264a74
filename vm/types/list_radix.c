// Sorting many numbers without comparing them: the bytes of their ranks, from the lowest up. Stable. Knows small ints and
// floats only; list_sort.c chooses.
#include "vm/types/list_parts.h"

enum { BYTES = 8, VALUES = 256 };

typedef struct Radix {
    AvmValue *keys, *values, *spare_keys, *spare_values; // values: NULL, or they go where their keys go
    uint32_t n;
    uint64_t differ; // the bits in which not all ranks are equal
    uint32_t runs;   // that rise
} Radix;

// Where a number stands among all those of its kind: as an unsigned integer. 0.0 and -0.0 are equal.
static inline uint64_t rank_int(AvmValue v) { return (uint64_t)avm_int_shifted(v) ^ 1ull << 63; }
static inline uint64_t rank_float(AvmValue v) {
    double d = avm_float(v) + 0.0; // -0.0 + 0.0 is 0.0
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | 1ull << 63);
}
static inline uint64_t rank(AvmValue v, bool ints) { return ints ? rank_int(v) : rank_float(v); }

// Are all of one kind, and how do they lie? False: another kind, or a NaN, which has no rank.
static inline bool survey(Radix *r, bool ints) {
    uint64_t first = rank(r->keys[0], ints), last = first;
    r->differ = 0;
    r->runs = 1;
    for (uint32_t i = 0; i < r->n; i++) {
        AvmValue v = r->keys[i];
        if (ints ? !avm_is_inline_int(v) : !avm_is_float(v) || avm_float(v) != avm_float(v)) return false;
        uint64_t now = rank(v, ints);
        r->differ |= now ^ first;
        r->runs += now < last;
        last = now;
    }
    return true;
}

// Where the numbers with each value of the byte begin.
static inline void count_bytes(const Radix *r, unsigned shift, bool ints, uint32_t starts[VALUES]) {
    uint32_t counts[VALUES] = {0}, at = 0;
    for (uint32_t i = 0; i < r->n; i++) counts[rank(r->keys[i], ints) >> shift & (VALUES - 1)]++;
    for (int b = 0; b < VALUES; b++) {
        starts[b] = at;
        at += counts[b];
    }
}

static inline void spread(Radix *r, unsigned shift, bool ints) {
    uint32_t starts[VALUES];
    count_bytes(r, shift, ints, starts);
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t to = starts[rank(r->keys[i], ints) >> shift & (VALUES - 1)]++;
        r->spare_keys[to] = r->keys[i];
        if (r->values) r->spare_values[to] = r->values[i];
    }
    AvmValue *keys = r->keys, *values = r->values;
    r->keys = r->spare_keys;
    r->spare_keys = keys;
    if (!values) return;
    r->values = r->spare_values;
    r->spare_values = values;
}

static inline void sort_ranks(Radix *r, bool ints) {
    for (unsigned byte = 0; byte < BYTES; byte++)
        if (r->differ >> 8 * byte & (VALUES - 1)) spread(r, 8 * byte, ints);
}

bool avm_list_sort_numbers(AvmValue *keys, AvmValue *values, AvmValue *spare_keys, AvmValue *spare_values, uint32_t n) {
    Radix r = {.keys = keys, .values = values, .spare_keys = spare_keys, .spare_values = spare_values, .n = n};
    bool ints = avm_is_inline_int(keys[0]);
    // Few runs are merged faster.
    if (!(ints ? survey(&r, true) : survey(&r, false)) || r.runs < 16) return false;
    if (ints)
        sort_ranks(&r, true);
    else
        sort_ranks(&r, false);
    if (r.keys == keys) return true;
    memcpy(keys, r.keys, n * sizeof *keys);
    if (values) memcpy(values, r.values, n * sizeof *values);
    return true;
}
