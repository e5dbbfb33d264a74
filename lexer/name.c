// The name table: a chained hash table in an arena.
#include "lexer/name.h"

#include <string.h>

#include <utf8proc.h>

#include "base/utf8.h"

void avm_names_init(AvmNames *names, AvmArena *arena) { *names = (AvmNames){.arena = arena}; }

static uint32_t hash_of(const char *text, size_t length) {
    uint32_t h = 2166136261u; // FNV-1a
    for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

static bool grow(AvmNames *names) {
    uint32_t count = names->slot_count ? names->slot_count * 2 : 64;
    AvmName **slots = avm_arena_alloc(names->arena, count * sizeof *slots);
    if (!slots) return false;
    for (uint32_t i = 0; i < names->slot_count; i++)
        for (AvmName *n = names->slots[i], *next; n; n = next) {
            next = n->chain;
            AvmName **slot = &slots[n->hash & (count - 1)];
            n->chain = *slot;
            *slot = n;
        }
    names->slots = slots;
    names->slot_count = count;
    return true;
}

const AvmName *avm_names_intern(AvmNames *names, const char *text, size_t length) {
    if (names->count >= names->slot_count && !grow(names)) return NULL;
    uint32_t h = hash_of(text, length);
    AvmName **slot = &names->slots[h & (names->slot_count - 1)];
    for (AvmName *n = *slot; n; n = n->chain)
        if (n->hash == h && n->length == length && !memcmp(n->text, text, length)) return n;
    AvmName *n = avm_arena_alloc(names->arena, sizeof *n);
    char *copy = avm_arena_copy(names->arena, text, length);
    if (!n || !copy) return NULL;
    *n = (AvmName){.text = copy, .length = (uint32_t)length, .hash = h, .chain = *slot};
    *slot = n;
    names->count++;
    return n;
}

const AvmName *avm_names_normalise(AvmNames *names, const char *text, size_t length) {
    if (avm_ascii_check(text, length)) return avm_names_intern(names, text, length);
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t n = utf8proc_decompose(bytes, (utf8proc_ssize_t)length, NULL, 0, options);
    if (n < 0) return avm_names_intern(names, text, length); // not valid UTF-8: taken as it is
    // The buffer is re-encoded in place, and the encoder adds a NUL.
    utf8proc_int32_t *codes = avm_arena_alloc(names->arena, ((size_t)n + 1) * sizeof *codes);
    if (!codes) return NULL;
    utf8proc_decompose(bytes, (utf8proc_ssize_t)length, codes, n, options);
    n = utf8proc_reencode(codes, n, options);
    return n < 0 ? avm_names_intern(names, text, length) : avm_names_intern(names, (char *)codes, (size_t)n);
}
