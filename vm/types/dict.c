// The table of dicts: entries in insertion order and an index of them. Knows keys, not methods.
#include "vm/types/dict.h"

#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { SMALL = 8 }; // so many entries need no index
enum { ABSENT = AVM_DICT_ABSENT, FAILED = -2, AGAIN = -3 };

// Marks in the index, in the width of the widest one.
#define PLACE_FREE UINT32_MAX
#define PLACE_DEAD (UINT32_MAX - 1)

static inline uint32_t index_width(uint32_t size) { return size <= 256 ? 1 : size <= 65536 ? 2 : 4; }

// Entries for which an index of this size has room: two thirds of it.
static inline uint32_t index_room(uint32_t size) { return (uint32_t)((uint64_t)size * 2 / 3); }

static inline uint32_t place_get(const void *index, uint32_t size, uint32_t i) {
    if (size <= 256) {
        uint8_t v = ((const uint8_t *)index)[i];
        return v >= 254 ? v | 0xFFFFFF00u : v;
    }
    if (size <= 65536) {
        uint16_t v = ((const uint16_t *)index)[i];
        return v >= 65534 ? v | 0xFFFF0000u : v;
    }
    return ((const uint32_t *)index)[i];
}

static inline void place_set(void *index, uint32_t size, uint32_t i, uint32_t v) {
    if (size <= 256)
        ((uint8_t *)index)[i] = (uint8_t)v;
    else if (size <= 65536)
        ((uint16_t *)index)[i] = (uint16_t)v;
    else
        ((uint32_t *)index)[i] = v;
}

// A walk over the places where a hash may be: every place is met, near ones soon.
typedef struct Probe {
    uint64_t at, perturb;
} Probe;

static inline Probe probe_start(int64_t hash) { return (Probe){(uint64_t)hash, (uint64_t)hash}; }
static inline void probe_step(Probe *p) {
    p->perturb >>= 5;
    p->at = p->at * 5 + p->perturb + 1;
}

static inline void keys_changed(AvmThread *t, AvmDict *d) {
    d->changes++;
    if (d->keys_version) d->keys_version = avm_version_next(t);
}

AvmDict *avm_dict_new(AvmThread *t) { return avm_object_new_id(t, AVM_T_DICT, sizeof(AvmDict)); }

AvmDict *avm_as_dict(AvmThread *t, AvmValue v) {
    return avm_is_dict(v) || avm_is_sub(t, v, AVM_TYPE_SUB_DICT) ? (AvmDict *)avm_obj(v) : NULL;
}

bool avm_key_hash(AvmThread *t, AvmValue key, int64_t *out) {
    if (avm_is_str(key)) {
        AvmStr *s = (AvmStr *)avm_obj(key);
        *out = s->h.flags & AVM_STR_HASHED ? s->hash : avm_str_hash(t, s);
        return true;
    }
    if (avm_is_inline_int(key)) {
        int64_t i = avm_inline_int(key);
        *out = i == -1 ? -2 : i;
        return true;
    }
    return avm_hash(t, key, out);
}

// --- growth

static void fill_index(void *index, uint32_t size, const AvmDictEntry *entries, uint32_t n) {
    memset(index, 0xFF, (size_t)size * index_width(size));
    for (uint32_t i = 0; i < n; i++) {
        Probe p = probe_start(entries[i].hash);
        while (place_get(index, size, (uint32_t)p.at & (size - 1)) != PLACE_FREE) probe_step(&p);
        place_set(index, size, (uint32_t)p.at & (size - 1), i);
    }
}

// Gives d room for `room` entries and closes the gaps.
static bool rebuild(AvmThread *t, AvmDict *d, uint32_t room) {
    AvmAlloc *a = &t->vm->alloc;
    uint32_t size = 0, cap = room <= 4 ? 4 : SMALL;
    if (room > SMALL) {
        size = 16;
        while (index_room(size) < room) {
            if (size >= 1u << 30) {
                avm_raise_memory(t);
                return false;
            }
            size *= 2;
        }
        cap = index_room(size);
    }
    AvmDictEntry *entries = avm_alloc(a, cap * sizeof *entries);
    void *index = size ? avm_alloc(a, (size_t)size * index_width(size)) : NULL;
    if (!entries || (size && !index)) {
        avm_release(a, entries, cap * sizeof *entries);
        avm_release(a, index, (size_t)size * index_width(size));
        avm_raise_memory(t);
        return false;
    }
    uint32_t n = 0;
    for (uint32_t i = d->first; i < d->nentries; i++)
        if (d->entries[i].key != AVM_EMPTY) entries[n++] = d->entries[i];
    if (size) fill_index(index, size, entries, n);
    avm_release(a, d->entries, d->cap * sizeof *entries);
    avm_release(a, d->index, (size_t)d->index_size * index_width(d->index_size));
    d->entries = entries;
    d->index = index;
    d->cap = cap;
    d->index_size = size;
    d->nentries = d->fill = n;
    d->first = 0;
    keys_changed(t, d);
    return true;
}

bool avm_dict_reserve(AvmThread *t, AvmDict *d, uint32_t n) {
    if (n <= d->cap - (d->nentries - d->used) && (!d->index_size || d->fill - d->used + n <= d->cap)) return true;
    return rebuild(t, d, n > d->used ? n : d->used);
}

// Room for one more entry (and one more place).
static inline bool make_room(AvmThread *t, AvmDict *d) {
    if (__builtin_expect(d->nentries < d->cap && (!d->index_size || d->fill < d->cap), 1)) return true;
    return rebuild(t, d, d->used < 4 ? d->used + 1 : d->used > 1u << 29 ? d->used + 1 : d->used * 2);
}

// --- look-up

// Is entry i's key `key`? 1, 0, FAILED or AGAIN (the comparison has changed the dict).
static int same_key(AvmThread *t, AvmDict *d, uint32_t i, AvmValue key, int64_t hash) {
    AvmValue k = d->entries[i].key;
    if (k == key) return 1;
    if (d->entries[i].hash != hash || k == AVM_EMPTY) return 0;
    if (avm_is_str(k) && avm_is_str(key)) return avm_str_equal((AvmStr *)avm_obj(k), (AvmStr *)avm_obj(key));
    uint32_t changes = d->changes;
    avm_incref(k);
    int same = avm_compare_bool(t, AVM_EQ, k, key);
    avm_decref(t, k);
    if (same < 0) return FAILED;
    return changes != d->changes ? AGAIN : same;
}

// The position of key, or ABSENT, or FAILED. *place: where in the index.
static int32_t find_once(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, uint32_t *place) {
    if (!d->index_size) {
        for (uint32_t i = d->first; i < d->nentries; i++) {
            int same = same_key(t, d, i, key, hash);
            if (same) return same == 1 ? (int32_t)i : same;
        }
        return ABSENT;
    }
    uint32_t mask = d->index_size - 1;
    for (Probe p = probe_start(hash);; probe_step(&p)) {
        *place = (uint32_t)p.at & mask;
        uint32_t i = place_get(d->index, d->index_size, *place);
        if (i == PLACE_FREE) return ABSENT;
        if (i == PLACE_DEAD) continue;
        int same = same_key(t, d, i, key, hash);
        if (same) return same == 1 ? (int32_t)i : same;
    }
}

static int32_t find(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, uint32_t *place) {
    for (;;) {
        int32_t at = find_once(t, d, key, hash, place);
        if (at != AGAIN) return at;
    }
}

// Is it the entry of this key? 1, 0, or AVM_DICT_ASK. Of keys that differ in their bits, equal strs are found here; an
// int may equal a float, a bool or an object.
static inline int is_entry(const AvmDictEntry *e, AvmValue key, int64_t hash, bool is_str) {
    if (e->key == key) return 1;
    if (__builtin_expect(e->hash != hash || e->key == AVM_EMPTY, 1)) return 0;
    if (is_str) return avm_is_str(e->key) && avm_str_equal((AvmStr *)avm_obj(e->key), (AvmStr *)avm_obj(key));
    return avm_is_inline_int(e->key) ? 0 : AVM_DICT_ASK;
}

static inline int32_t find_plain(const AvmDict *d, AvmValue key, int64_t hash, bool is_str) {
    const AvmDictEntry *entries = d->entries;
    if (!d->index_size) {
        for (uint32_t i = d->first; i < d->nentries; i++) {
            int same = is_entry(&entries[i], key, hash, is_str);
            if (same) return same > 0 ? (int32_t)i : same;
        }
        return ABSENT;
    }
    uint32_t mask = d->index_size - 1;
    for (Probe p = probe_start(hash);; probe_step(&p)) {
        uint32_t i = place_get(d->index, d->index_size, (uint32_t)p.at & mask);
        if (i == PLACE_FREE) return ABSENT;
        if (i == PLACE_DEAD) continue;
        int same = is_entry(&entries[i], key, hash, is_str);
        if (same) return same > 0 ? (int32_t)i : same;
    }
}

int32_t avm_dict_find_str(AvmThread *t, AvmDict *d, AvmStr *key) {
    return find_plain(d, avm_value(key), key->h.flags & AVM_STR_HASHED ? key->hash : avm_str_hash(t, key), true);
}

int32_t avm_dict_find_plain(AvmThread *t, AvmDict *d, AvmValue key) {
    if (avm_is_inline_int(key)) {
        int64_t i = avm_inline_int(key);
        return find_plain(d, key, i == -1 ? -2 : i, false);
    }
    return avm_dict_find_str(t, d, (AvmStr *)avm_obj(key));
}

uint64_t avm_dict_watch(AvmThread *t, AvmDict *d) {
    if (!d->keys_version) d->keys_version = avm_version_next(t);
    return d->keys_version;
}

AvmValue avm_dict_get_str(AvmThread *t, AvmDict *d, AvmStr *key) {
    int32_t at = avm_dict_find_str(t, d, key);
    return at < 0 ? AVM_EMPTY : d->entries[at].value;
}

int avm_dict_get_hashed(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, AvmValue *out) {
    uint32_t place;
    int32_t at = d->used ? find(t, d, key, hash, &place) : ABSENT;
    if (at < 0) return at == FAILED ? -1 : 0;
    *out = d->entries[at].value;
    return 1;
}

int avm_dict_get(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out) {
    int64_t hash;
    if (!avm_key_hash(t, key, &hash)) return -1;
    return avm_dict_get_hashed(t, d, key, hash, out);
}

// --- change

// Appends a key known to be absent (new references to both).
static bool append(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, AvmValue value) {
    if (!make_room(t, d)) return false;
    if (d->index_size) {
        Probe p = probe_start(hash);
        uint32_t mask = d->index_size - 1, i;
        while ((i = place_get(d->index, d->index_size, (uint32_t)p.at & mask)) < PLACE_DEAD) probe_step(&p);
        if (i == PLACE_FREE) d->fill++;
        place_set(d->index, d->index_size, (uint32_t)p.at & mask, d->nentries);
    }
    d->entries[d->nentries++] = (AvmDictEntry){hash, avm_incref(key), avm_incref(value)};
    d->used++;
    keys_changed(t, d);
    return true;
}

bool avm_dict_add_str(AvmThread *t, AvmDict *d, AvmStr *key, AvmValue value) {
    return append(t, d, avm_value(key), avm_str_hash(t, key), value);
}

bool avm_dict_set_hashed(AvmThread *t, AvmDict *d, AvmValue key, int64_t hash, AvmValue value) {
    uint32_t place;
    int32_t at = d->used ? find(t, d, key, hash, &place) : ABSENT;
    if (at == FAILED) return false;
    if (at == ABSENT) return append(t, d, key, hash, value);
    avm_replace(t, &d->entries[at].value, avm_incref(value));
    return true;
}

bool avm_dict_set(AvmThread *t, AvmDict *d, AvmValue key, AvmValue value) {
    int64_t hash;
    return avm_key_hash(t, key, &hash) && avm_dict_set_hashed(t, d, key, hash, value);
}

bool avm_dict_set_str(AvmThread *t, AvmDict *d, AvmStr *key, AvmValue value) {
    int32_t at = avm_dict_find_str(t, d, key);
    if (at < 0) return append(t, d, avm_value(key), avm_str_hash(t, key), value);
    avm_replace(t, &d->entries[at].value, avm_incref(value));
    return true;
}

AvmValue avm_dict_setdefault(AvmThread *t, AvmDict *d, AvmValue key, AvmValue value) {
    int64_t hash;
    uint32_t place;
    if (!avm_key_hash(t, key, &hash)) return AVM_FAIL;
    int32_t at = d->used ? find(t, d, key, hash, &place) : ABSENT;
    if (at == FAILED) return AVM_FAIL;
    if (at >= 0) return avm_incref(d->entries[at].value);
    return append(t, d, key, hash, value) ? avm_incref(value) : AVM_FAIL;
}

// Takes entry `at` out; its key and value now belong to the caller.
static void take_out(AvmThread *t, AvmDict *d, uint32_t at, uint32_t place, AvmValue *key, AvmValue *value) {
    AvmDictEntry *e = &d->entries[at];
    *key = e->key;
    *value = e->value;
    e->key = e->value = AVM_EMPTY;
    d->used--;
    if (d->index_size) place_set(d->index, d->index_size, place, PLACE_DEAD);
    // The gap at the front is given up at once: queues made of dicts stay linear.
    while (d->first < d->nentries && d->entries[d->first].key == AVM_EMPTY) d->first++;
    keys_changed(t, d);
}

int avm_dict_pop(AvmThread *t, AvmDict *d, AvmValue key, AvmValue *out) {
    int64_t hash;
    uint32_t place = 0;
    if (!avm_key_hash(t, key, &hash)) return -1;
    int32_t at = d->used ? find(t, d, key, hash, &place) : ABSENT;
    if (at < 0) return at == FAILED ? -1 : 0;
    AvmValue k;
    take_out(t, d, (uint32_t)at, place, &k, out);
    avm_decref(t, k);
    return 1;
}

int avm_dict_del(AvmThread *t, AvmDict *d, AvmValue key) {
    AvmValue value;
    int found = avm_dict_pop(t, d, key, &value);
    if (found == 1) avm_decref(t, value);
    return found;
}

// Where in the index entry `at` is.
static uint32_t place_of(AvmDict *d, uint32_t at) {
    if (!d->index_size) return 0;
    Probe p = probe_start(d->entries[at].hash);
    uint32_t mask = d->index_size - 1;
    while (place_get(d->index, d->index_size, (uint32_t)p.at & mask) != at) probe_step(&p);
    return (uint32_t)p.at & mask;
}

bool avm_dict_pop_last(AvmThread *t, AvmDict *d, AvmValue *key, AvmValue *value) {
    if (!d->used) return false;
    // Only here the gap at the end is given up: entries keep their positions under the eyes of iterators otherwise.
    while (d->entries[d->nentries - 1].key == AVM_EMPTY) d->nentries--;
    take_out(t, d, d->nentries - 1, place_of(d, d->nentries - 1), key, value);
    d->nentries--;
    if (d->first > d->nentries) d->first = d->nentries;
    return true;
}

bool avm_dict_del_str(AvmThread *t, AvmDict *d, AvmStr *key) {
    int32_t at = avm_dict_find_str(t, d, key);
    if (at < 0) return false;
    AvmValue k, value;
    take_out(t, d, (uint32_t)at, place_of(d, (uint32_t)at), &k, &value);
    avm_decref(t, k);
    avm_decref(t, value);
    return true;
}

bool avm_dict_next(AvmDict *d, uint32_t *pos, AvmValue *key, AvmValue *value) {
    if (*pos < d->first) *pos = d->first;
    while (*pos < d->nentries) {
        AvmDictEntry *e = &d->entries[(*pos)++];
        if (e->key == AVM_EMPTY) continue;
        if (key) *key = e->key;
        if (value) *value = e->value;
        return true;
    }
    return false;
}

AvmDict *avm_dict_copy(AvmThread *t, AvmDict *d) {
    AvmDict *copy = avm_dict_new(t);
    if (!copy || !d->used) return copy;
    if (!rebuild(t, copy, d->used)) {
        avm_drop(t, copy);
        return NULL;
    }
    uint32_t n = 0;
    for (uint32_t i = d->first; i < d->nentries; i++) {
        const AvmDictEntry *e = &d->entries[i];
        if (e->key == AVM_EMPTY) continue;
        copy->entries[n++] = (AvmDictEntry){e->hash, avm_incref(e->key), avm_incref(e->value)};
    }
    if (copy->index_size) fill_index(copy->index, copy->index_size, copy->entries, n);
    copy->nentries = copy->used = copy->fill = n;
    return copy;
}

void avm_dict_clear(AvmThread *t, AvmDict *d) {
    AvmAlloc *a = &t->vm->alloc;
    AvmDictEntry *entries = d->entries;
    uint32_t n = d->nentries, cap = d->cap, first = d->first;
    avm_release(a, d->index, (size_t)d->index_size * index_width(d->index_size));
    d->entries = NULL;
    d->index = NULL;
    d->used = d->nentries = d->cap = d->index_size = d->fill = d->first = 0;
    keys_changed(t, d);
    // Only now, when d is empty and whole: a finaliser may look at it.
    for (uint32_t i = first; i < n; i++) {
        avm_decref(t, entries[i].key);
        avm_decref(t, entries[i].value);
    }
    avm_release(a, entries, cap * sizeof *entries);
}
