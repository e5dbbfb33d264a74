// The table of set and frozenset. Its growth and its probing are observable (they make the order of iteration), so
// they follow CPython's to the last step. Knows keys, not methods.
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/str.h"

enum { MIN_SIZE = 8, NEAR = 9 /* places tried next to each other */ };
enum { AGAIN = -3 };

static inline bool is_live(const AvmSetEntry *e) { return e->key && e->key != AVM_DONE; }

AvmSet *avm_set_new(AvmThread *t, uint16_t type) {
    AvmSet *s = avm_object_new_id(t, type, sizeof *s);
    if (!s) return NULL;
    s->mask = MIN_SIZE - 1;
    return s;
}

static bool own_table(AvmThread *t, AvmSet *s) {
    if (s->table) return true;
    s->mask = MIN_SIZE - 1; // sub-classes' instances come zeroed
    s->table = avm_alloc_zero(&t->vm->alloc, MIN_SIZE * sizeof *s->table);
    if (!s->table) avm_raise_memory(t);
    return s->table;
}

// --- the walk over the places of a hash: up to NEAR neighbours, then a jump

typedef struct Probe {
    uint64_t at, perturb;
    uint32_t near; // neighbours left
} Probe;

static inline uint32_t near_at(uint64_t at, uint64_t mask) { return at + NEAR <= mask ? NEAR : 0; }

static inline Probe probe_start(int64_t hash, uint64_t mask) {
    uint64_t at = (uint64_t)hash & mask;
    return (Probe){at, (uint64_t)hash, near_at(at, mask)};
}

// base keeps the place where the neighbourhood began.
static inline void probe_step(Probe *p, uint64_t *base, uint64_t mask) {
    if (p->near) {
        p->near--;
        p->at++;
        return;
    }
    p->perturb >>= 5;
    *base = p->at = (*base * 5 + 1 + p->perturb) & mask;
    p->near = near_at(p->at, mask);
}

// Puts a key known to be absent in a table without deleted entries.
static void insert_clean(AvmSetEntry *table, uint64_t mask, AvmValue key, int64_t hash) {
    Probe p = probe_start(hash, mask);
    uint64_t base = p.at;
    while (table[p.at].key) probe_step(&p, &base, mask);
    table[p.at] = (AvmSetEntry){key, hash};
}

static bool resize(AvmThread *t, AvmSet *s, uint64_t at_least) {
    uint64_t size = MIN_SIZE;
    while (size <= at_least) size *= 2;
    if (size > 1u << 31) {
        avm_raise_memory(t);
        return false;
    }
    if (size == MIN_SIZE && s->mask == MIN_SIZE - 1 && s->fill == s->used) return own_table(t, s);
    AvmSetEntry *table = avm_alloc_zero(&t->vm->alloc, size * sizeof *table);
    if (!table) {
        avm_raise_memory(t);
        return false;
    }
    if (s->table) {
        for (uint64_t i = 0; i <= s->mask; i++)
            if (is_live(&s->table[i])) insert_clean(table, size - 1, s->table[i].key, s->table[i].hash);
        avm_release(&t->vm->alloc, s->table, ((size_t)s->mask + 1) * sizeof *table);
    }
    s->table = table;
    s->mask = (uint32_t)(size - 1);
    s->fill = s->used;
    s->changes++;
    return true;
}

static inline uint64_t grown(const AvmSet *s) { return (uint64_t)s->used * (s->used > 50000 ? 2 : 4); }

// --- look-up

// Is the entry's key `key`? 1, 0, -1 or AGAIN (the comparison has changed the set).
static int same_key(AvmThread *t, AvmSet *s, uint64_t at, AvmValue key) {
    AvmValue k = s->table[at].key;
    if (k == key) return 1;
    if (avm_is_str(k) && avm_is_str(key)) return avm_str_equal((AvmStr *)avm_obj(k), (AvmStr *)avm_obj(key));
    uint32_t changes = s->changes;
    avm_incref(k);
    int same = avm_compare_bool(t, AVM_EQ, k, key);
    avm_decref(t, k);
    return same >= 0 && changes != s->changes ? AGAIN : same;
}

// 1: found at *at; 0: *at is the place where the key would go: free, or that of the last deleted one on the way; -1.
static int find_once(AvmThread *t, AvmSet *s, AvmValue key, int64_t hash, uint64_t *at) {
    uint64_t mask = s->mask;
    Probe p = probe_start(hash, mask);
    uint64_t base = p.at, deleted = UINT64_MAX;
    for (;; probe_step(&p, &base, mask)) {
        const AvmSetEntry *e = &s->table[p.at];
        *at = p.at;
        if (!e->key) {
            if (deleted != UINT64_MAX) *at = deleted;
            return 0;
        }
        if (e->key == AVM_DONE) deleted = p.at;
        if (e->hash != hash || e->key == AVM_DONE) continue;
        int same = same_key(t, s, p.at, key);
        if (same) return same;
    }
}

static int find(AvmThread *t, AvmSet *s, AvmValue key, int64_t hash, uint64_t *at) {
    int found;
    do found = own_table(t, s) ? find_once(t, s, key, hash, at) : -1; // a comparison may have cleared the set
    while (found == AGAIN);
    return found;
}

int avm_set_contains_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash) {
    uint64_t at;
    return s->used ? find(t, s, v, hash, &at) : 0;
}

int avm_set_contains(AvmThread *t, AvmSet *s, AvmValue v) {
    int64_t hash;
    return avm_key_hash(t, v, &hash) ? avm_set_contains_hashed(t, s, v, hash) : -1;
}

bool avm_set_add_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash) {
    uint64_t at;
    int found = find(t, s, v, hash, &at);
    if (found) return found > 0;
    bool reuse = s->table[at].key == AVM_DONE;
    s->table[at] = (AvmSetEntry){avm_incref(v), hash};
    s->used++;
    s->changes++;
    if (reuse) return true;
    s->fill++;
    return (uint64_t)s->fill * 5 < (uint64_t)s->mask * 3 || resize(t, s, grown(s));
}

bool avm_set_add(AvmThread *t, AvmSet *s, AvmValue v) {
    int64_t hash;
    return avm_key_hash(t, v, &hash) && avm_set_add_hashed(t, s, v, hash);
}

int avm_set_discard_hashed(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash) {
    uint64_t at;
    int found = s->used ? find(t, s, v, hash, &at) : 0;
    if (found != 1) return found;
    AvmValue key = s->table[at].key;
    s->table[at] = (AvmSetEntry){AVM_DONE, -1};
    s->used--;
    s->changes++;
    avm_decref(t, key);
    return 1;
}

int avm_set_discard(AvmThread *t, AvmSet *s, AvmValue v) {
    int64_t hash;
    return avm_key_hash(t, v, &hash) ? avm_set_discard_hashed(t, s, v, hash) : -1;
}

AvmValue avm_set_pop(AvmThread *t, AvmSet *s) {
    (void)t;
    if (!s->used) return AVM_DONE;
    uint32_t at = s->finger & s->mask;
    while (!is_live(&s->table[at])) at = at == s->mask ? 0 : at + 1;
    AvmValue v = s->table[at].key;
    s->table[at] = (AvmSetEntry){AVM_DONE, -1};
    s->used--;
    s->finger = at + 1;
    s->changes++;
    return v;
}

uint32_t avm_set_len(const AvmSet *s) { return s->used; }

bool avm_set_next_hashed(AvmSet *s, uint32_t *pos, AvmValue *v, int64_t *hash) {
    if (!s->table) return false;
    while (*pos <= s->mask) {
        const AvmSetEntry *e = &s->table[(*pos)++];
        if (!is_live(e)) continue;
        *v = e->key;
        *hash = e->hash;
        return true;
    }
    return false;
}

bool avm_set_next(AvmSet *s, uint32_t *pos, AvmValue *v) {
    int64_t hash;
    return avm_set_next_hashed(s, pos, v, &hash);
}

void avm_set_clear(AvmThread *t, AvmSet *s) {
    AvmSetEntry *table = s->table;
    uint64_t size = (uint64_t)s->mask + 1;
    s->table = NULL;
    s->mask = MIN_SIZE - 1;
    s->used = s->fill = s->finger = 0;
    s->changes++;
    if (!table) return;
    for (uint64_t i = 0; i < size; i++)
        if (is_live(&table[i])) avm_decref(t, table[i].key);
    avm_release(&t->vm->alloc, table, size * sizeof *table);
}

void avm_set_swap(AvmSet *a, AvmSet *b) {
    AvmSet copy = *a;
    a->used = b->used;
    a->fill = b->fill;
    a->mask = b->mask;
    a->table = b->table;
    a->changes++;
    b->used = copy.used;
    b->fill = copy.fill;
    b->mask = copy.mask;
    b->table = copy.table;
    b->changes++;
}

bool avm_set_tidy(AvmThread *t, AvmSet *s) {
    return s->fill - s->used <= s->mask / 4 || resize(t, s, grown(s));
}

// --- merging

// All of other's keys, which are known not to be in the empty s.
static void copy_table(AvmSet *s, AvmSet *other) {
    if (s->mask == other->mask && other->fill == other->used) {
        memcpy(s->table, other->table, ((size_t)s->mask + 1) * sizeof *s->table);
        for (uint64_t i = 0; i <= s->mask; i++) avm_incref(s->table[i].key);
    } else {
        for (uint64_t i = 0; i <= other->mask; i++) {
            const AvmSetEntry *e = &other->table[i];
            if (is_live(e)) insert_clean(s->table, s->mask, avm_incref(e->key), e->hash);
        }
    }
    s->fill = s->used = other->used;
    s->changes++;
}

static bool merge_set(AvmThread *t, AvmSet *s, AvmSet *other) {
    if (s == other || !other->used) return true;
    if (!own_table(t, s)) return false;
    if (((uint64_t)s->fill + other->used) * 5 >= (uint64_t)s->mask * 3 &&
        !resize(t, s, ((uint64_t)s->used + other->used) * 2))
        return false;
    if (!s->fill) {
        copy_table(s, other);
        return true;
    }
    AvmValue v;
    int64_t hash;
    bool ok = true;
    for (uint32_t pos = 0; ok && avm_set_next_hashed(other, &pos, &v, &hash);) {
        avm_incref(v);
        ok = avm_set_add_hashed(t, s, v, hash);
        avm_decref(t, v);
    }
    return ok;
}

static bool merge_dict(AvmThread *t, AvmSet *s, AvmDict *d) {
    if (!own_table(t, s)) return false;
    if (((uint64_t)s->fill + d->used) * 5 >= (uint64_t)s->mask * 3 &&
        !resize(t, s, ((uint64_t)s->used + d->used) * 2))
        return false;
    bool ok = true;
    for (uint32_t i = d->first; ok && i < d->nentries; i++) {
        AvmDictEntry e = d->entries[i];
        if (e.key == AVM_EMPTY) continue;
        avm_incref(e.key);
        ok = avm_set_add_hashed(t, s, e.key, e.hash);
        avm_decref(t, e.key);
    }
    return ok;
}

bool avm_set_update(AvmThread *t, AvmSet *s, AvmValue iterable) {
    if (avm_is_set(t, iterable)) return merge_set(t, s, (AvmSet *)avm_obj(iterable));
    if (avm_is_dict(iterable)) return merge_dict(t, s, (AvmDict *)avm_obj(iterable));
    AvmValue it = avm_iter(t, iterable);
    if (!it) return false;
    bool ok = true;
    for (uint32_t i = 1; ok; i++) {
        AvmValue v = avm_next(t, it);
        if (v == AVM_DONE) break;
        ok = v && avm_set_add(t, s, v);
        avm_decref(t, v);
        if (ok && (i & 4095) == 0) ok = avm_charge(t, 4096);
    }
    avm_decref(t, it);
    return ok;
}

AvmSet *avm_set_from(AvmThread *t, uint16_t type, AvmValue iterable) {
    AvmSet *s = avm_set_new(t, type);
    if (s && iterable && !avm_set_update(t, s, iterable)) {
        avm_drop(t, s);
        return NULL;
    }
    return s;
}

// --- subtraction and the rest

AvmSet *avm_set_intersect(AvmThread *t, AvmSet *a, AvmValue b) {
    uint16_t type = avm_is(avm_value(a), AVM_T_FROZENSET) ||
                            avm_type_is_sub(avm_type_of(t, avm_value(a)), avm_type_get(t, AVM_T_FROZENSET))
                        ? AVM_T_FROZENSET
                        : AVM_T_SET;
    if (avm_value(a) == b) return avm_set_from(t, type, b);
    AvmSet *result = avm_set_new(t, type);
    if (!result) return NULL;
    bool ok = true;
    AvmValue v;
    int64_t hash;
    if (avm_is_set(t, b)) {
        AvmSet *walk = (AvmSet *)avm_obj(b), *in = a;
        if (walk->used > in->used) {
            in = walk;
            walk = a;
        }
        for (uint32_t pos = 0; ok && avm_set_next_hashed(walk, &pos, &v, &hash);) {
            avm_incref(v);
            int found = avm_set_contains_hashed(t, in, v, hash);
            ok = found >= 0 && (!found || avm_set_add_hashed(t, result, v, hash));
            avm_decref(t, v);
        }
    } else {
        AvmValue it = avm_iter(t, b);
        ok = it;
        while (ok && (v = avm_next(t, it)) != AVM_DONE) {
            ok = v && avm_key_hash(t, v, &hash);
            int found = ok ? avm_set_contains_hashed(t, a, v, hash) : -1;
            ok = found >= 0 && (!found || avm_set_add_hashed(t, result, v, hash));
            avm_decref(t, v);
            if (ok && found && result->used >= a->used) break;
        }
        avm_decref(t, it);
    }
    if (ok) return result;
    avm_drop(t, result);
    return NULL;
}

static bool subtract_set(AvmThread *t, AvmSet *a, AvmSet *b) {
    AvmValue v;
    int64_t hash;
    AvmSet *both = NULL;
    if (b->used >> 3 > a->used) {
        both = avm_set_intersect(t, a, avm_value(b));
        if (!both) return false;
        b = both;
    }
    bool ok = true;
    for (uint32_t pos = 0; ok && avm_set_next_hashed(b, &pos, &v, &hash);) {
        avm_incref(v);
        ok = avm_set_discard_hashed(t, a, v, hash) >= 0;
        avm_decref(t, v);
    }
    if (both) avm_drop(t, both);
    return ok;
}

bool avm_set_subtract(AvmThread *t, AvmSet *a, AvmValue b) {
    if (avm_value(a) == b) {
        avm_set_clear(t, a);
        return true;
    }
    bool ok = true;
    if (avm_is_set(t, b)) {
        ok = subtract_set(t, a, (AvmSet *)avm_obj(b));
    } else {
        AvmValue it = avm_iter(t, b), v;
        ok = it;
        while (ok && (v = avm_next(t, it)) != AVM_DONE) {
            ok = v && avm_set_discard(t, a, v) >= 0;
            avm_decref(t, v);
        }
        avm_decref(t, it);
    }
    return ok && avm_set_tidy(t, a);
}

static bool toggle_one(AvmThread *t, AvmSet *s, AvmValue v, int64_t hash) {
    avm_incref(v);
    int was = avm_set_discard_hashed(t, s, v, hash);
    bool ok = was >= 0 && (was || avm_set_add_hashed(t, s, v, hash));
    avm_decref(t, v);
    return ok;
}

bool avm_set_toggle(AvmThread *t, AvmSet *a, AvmValue b) {
    if (avm_value(a) == b) {
        avm_set_clear(t, a);
        return true;
    }
    bool ok = true;
    if (avm_is_dict(b)) {
        AvmDict *d = (AvmDict *)avm_obj(b);
        for (uint32_t i = d->first; ok && i < d->nentries; i++)
            if (d->entries[i].key != AVM_EMPTY) ok = toggle_one(t, a, d->entries[i].key, d->entries[i].hash);
        return ok;
    }
    AvmSet *other = avm_is_set(t, b) ? (AvmSet *)avm_obj(avm_incref(b)) : avm_set_from(t, AVM_T_SET, b);
    if (!other) return false;
    AvmValue v;
    int64_t hash;
    for (uint32_t pos = 0; ok && avm_set_next_hashed(other, &pos, &v, &hash);) ok = toggle_one(t, a, v, hash);
    avm_drop(t, other);
    return ok;
}
