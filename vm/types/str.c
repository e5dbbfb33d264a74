// str: making, sharing, measuring and hashing text. What scripts call stands in strtype.c and the chars
// files.
#include "vm/types/str.h"

#include "base/copy.h"
#include "base/siphash.h"
#include "base/utf8.h"
#include "vm/error.h"
#include "vm/heap.h"
#include "vm/types/dict.h"
#include "vm/types/strindex.h"
#include "vm/types/unicode.h"

_Static_assert(offsetof(AvmStr, data) == sizeof(AvmStr), "the characters follow the fields at once");

// --- making

static size_t extra_bytes(size_t len, size_t count) { return len + 1 + avm_str_index_size(len, count); }

static AvmStr *too_long(AvmThread *t) {
    avm_raise_memory(t);
    return NULL;
}

// A text of ASCII in a cell that was used before: nothing stands behind the NUL, so it need not be cleared.
// NULL: there is no such cell.
static inline AvmStr *reuse_cell(AvmThread *t, size_t len) {
    AvmStr *s = (AvmStr *)avm_heap_pop(t->vm->heap, sizeof(AvmStr) + len + 1);
    if (!s) return NULL;
    s->h = (AvmObj){.refs = 1, .type = AVM_T_STR, .flags = AVM_STR_ASCII};
    s->len = s->count = (uint32_t)len;
    s->hash = 0;
    s->data[len] = 0;
    t->gc_debt++;
    return s;
}

AvmStr *avm_str_new_room(AvmThread *t, size_t len, size_t count) {
    AvmStr *s = len == count ? reuse_cell(t, len) : NULL;
    if (s) return s;
    if (len > AVM_STR_MAX) return too_long(t);
    s = avm_object_new_id(t, AVM_T_STR, sizeof(AvmStr) + extra_bytes(len, count));
    if (!s) return NULL;
    s->len = (uint32_t)len;
    s->count = (uint32_t)count;
    if (len == count) s->h.flags |= AVM_STR_ASCII;
    return s;
}

static AvmStr *latin1_char(AvmThread *t, uint32_t c) {
    AvmStr **place = &t->vm->latin1[c];
    if (!*place) {
        char bytes[4];
        size_t n = avm_utf8_encode(c, bytes);
        AvmStr *s = avm_str_new_room(t, n, 1);
        if (!s) return NULL;
        memcpy(s->data, bytes, n);
        *place = s;
    }
    return avm_retain(*place);
}

AvmStr *avm_str_new_counted(AvmThread *t, const char *p, size_t n, size_t count) {
    AvmStr *s = n == count && n > 1 ? reuse_cell(t, n) : NULL;
    if (s) {
        avm_copy(s->data, p, n);
        return s;
    }
    if (count == 0 && t->vm->empty_str) return avm_retain(t->vm->empty_str);
    if (count == 1 && n <= 2) {
        size_t width;
        uint32_t c = avm_utf8_decode(p, &width);
        if (c < 256) return latin1_char(t, c);
    }
    s = avm_str_new_room(t, n, count);
    if (s) avm_copy(s->data, p, n);
    return s;
}

AvmStr *avm_str_new(AvmThread *t, const char *p, size_t n) {
    return avm_str_new_counted(t, p, n, avm_ascii_check(p, n) ? n : avm_utf8_count(p, n));
}

AvmStr *avm_str_text(AvmThread *t, const char *z) { return avm_str_new(t, z, strlen(z)); }

AvmStr *avm_str_char(AvmThread *t, uint32_t c) {
    if (c < 256) return latin1_char(t, c);
    char bytes[4];
    size_t n = avm_utf8_encode(c, bytes);
    AvmStr *s = avm_str_new_room(t, n, 1);
    if (s) memcpy(s->data, bytes, n);
    return s;
}

AvmStr *avm_str_from_buf(AvmThread *t, AvmBuf *b) {
    AvmStr *s = b->failed ? too_long(t) : avm_str_new(t, b->data ? b->data : "", b->len);
    avm_buf_free(b);
    return s;
}

AvmStr *avm_str_exact(AvmThread *t, AvmStr *s) {
    if (s->h.type == AVM_T_STR) return avm_retain(s);
    return avm_str_new_counted(t, s->data, s->len, s->count);
}

AvmValue avm_str_new_sub(AvmThread *t, AvmType *type, AvmStr *s) {
    AvmStr *sub = avm_object_new(t, type, extra_bytes(s->len, s->count));
    if (!sub) return AVM_FAIL;
    sub->len = s->len;
    sub->count = s->count;
    sub->h.flags |= s->h.flags & (AVM_STR_ASCII | AVM_STR_HASHED);
    sub->hash = s->hash;
    memcpy(sub->data, s->data, s->len + 1);
    return avm_value(sub);
}

AvmStr *avm_as_str(AvmThread *t, AvmValue v) {
    if (avm_is_str(v)) return (AvmStr *)avm_obj(v);
    return avm_is_obj(v) && avm_is_sub(t, v, AVM_TYPE_SUB_STR) ? (AvmStr *)avm_obj(v) : NULL;
}

// --- putting together

AvmStr *avm_str_concat(AvmThread *t, AvmStr *a, AvmStr *b) {
    if (!a->len && b->h.type == AVM_T_STR) return avm_retain(b);
    if (!b->len && a->h.type == AVM_T_STR) return avm_retain(a);
    AvmStr *s = avm_str_new_room(t, (size_t)a->len + b->len, (size_t)a->count + b->count);
    if (!s) return NULL;
    memcpy(s->data, a->data, a->len);
    memcpy(s->data + a->len, b->data, b->len);
    return s;
}

// A longer text in a's place, which has the room.
static AvmStr *grow_in_place(AvmStr *a, AvmStr *b) {
    a->h.flags &= (uint16_t) ~(AVM_STR_HASHED | AVM_STR_ASCII);
    memcpy(a->data + a->len, b->data, b->len);
    a->len += b->len;
    a->count += b->count;
    a->data[a->len] = 0;
    if (a->len == a->count)
        a->h.flags |= AVM_STR_ASCII;
    else
        avm_str_index_reset(a);
    return a;
}

AvmStr *avm_str_append_take(AvmThread *t, AvmStr *a, AvmStr *b) {
    size_t len = (size_t)a->len + b->len, count = (size_t)a->count + b->count;
    bool sole = a->h.refs == 1 && a->h.type == AVM_T_STR && !(a->h.flags & AVM_STR_INTERNED) && a != b;
    size_t need = sizeof(AvmStr) + extra_bytes(len, count);
    if (sole && len <= AVM_STR_MAX && avm_object_size(t, &a->h) >= need) return grow_in_place(a, b);
    AvmStr *s = NULL;
    if (sole && a->len >= 32 && len <= AVM_STR_MAX) {
        // The second append in a row: a third is likely, so it finds room.
        s = avm_object_new_id(t, AVM_T_STR, need + need / 2);
        if (s) {
            memcpy(s->data, a->data, a->len);
            s->len = a->len;
            s->count = a->count;
            grow_in_place(s, b);
        }
    } else {
        s = avm_str_concat(t, a, b);
    }
    avm_drop(t, a);
    return s;
}

AvmStr *avm_str_join_array(AvmThread *t, const AvmValue *parts, uint32_t n) {
    size_t len = 0, count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const AvmStr *part = (const AvmStr *)avm_obj(parts[i]);
        len += part->len;
        count += part->count;
    }
    if (!len) return avm_retain(t->vm->empty_str);
    if (count == 1 && len <= 2)
        for (uint32_t i = 0; i < n; i++) {
            const AvmStr *part = (const AvmStr *)avm_obj(parts[i]);
            if (part->len) return avm_str_new_counted(t, part->data, len, 1);
        }
    AvmStr *s = avm_str_new_room(t, len, count);
    if (!s) return NULL;
    char *p = s->data;
    for (uint32_t i = 0; i < n; i++) {
        const AvmStr *part = (const AvmStr *)avm_obj(parts[i]);
        p = avm_copy(p, part->data, part->len);
    }
    return s;
}

AvmStr *avm_str_repeat(AvmThread *t, AvmStr *s, int64_t times) {
    if (times <= 0 || !s->len) return avm_retain(t->vm->empty_str);
    if (times == 1) return avm_str_exact(t, s);
    if (times > AVM_STR_MAX / s->len) return too_long(t);
    AvmStr *r = avm_str_new_room(t, (size_t)s->len * (size_t)times, (size_t)s->count * (size_t)times);
    if (!r) return NULL;
    if (s->len == 1)
        memset(r->data, s->data[0], r->len);
    else {
        memcpy(r->data, s->data, s->len);
        for (size_t done = s->len; done < r->len;) { // doubling what is there already
            size_t more = done < r->len - done ? done : r->len - done;
            memcpy(r->data + done, r->data, more);
            done += more;
        }
    }
    return r;
}

AvmStr *avm_str_slice(AvmThread *t, AvmStr *s, uint32_t start, uint32_t end) {
    if (end > s->count) end = s->count;
    if (start >= end) return avm_retain(t->vm->empty_str);
    if (start == 0 && end == s->count) return avm_str_exact(t, s);
    uint32_t from = avm_str_offset(t, s, start), to = avm_str_offset(t, s, end);
    return avm_str_new_counted(t, s->data + from, to - from, end - start);
}

// --- comparing and hashing

bool avm_str_equal(const AvmStr *a, const AvmStr *b) {
    if (a == b) return true;
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

bool avm_str_is(const AvmStr *s, const char *z) {
    size_t n = strlen(z);
    return s->len == n && memcmp(s->data, z, n) == 0;
}

// The order of UTF-8 bytes is the order of code points, surrogates included.
int avm_str_compare(const AvmStr *a, const AvmStr *b) {
    // The first bytes mostly tell; that of an empty text is the NUL behind it.
    unsigned char x = (unsigned char)a->data[0], y = (unsigned char)b->data[0];
    if (x != y) return x < y ? -1 : 1;
    int r = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return r < 0 ? -1 : r > 0 ? 1 : a->len < b->len ? -1 : a->len > b->len;
}

static uint32_t widest(const AvmStr *s) {
    unsigned char max = 0;
    for (uint32_t i = 0; i < s->len; i++)
        if ((unsigned char)s->data[i] > max) max = (unsigned char)s->data[i];
    return max < 0xC4   ? 1
           : max < 0xF0 ? 2
                        : 4; // lead bytes up to C3: Latin-1; from F0: beyond the first plane
}

// CPython hashes its storage: one, two or four bytes a character, whichever holds them all.
static void hash_units(const AvmStr *s, AvmSiphash *h) {
    uint32_t width = widest(s);
    unsigned char units[256];
    size_t at = 0, n;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)n) {
        uint32_t c = avm_utf8_decode(s->data + i, &n);
        for (uint32_t k = 0; k < width; k++) units[at++] = (unsigned char)(c >> 8 * k);
        if (at == sizeof units) {
            avm_siphash_add(h, units, at);
            at = 0;
        }
    }
    avm_siphash_add(h, units, at);
}

int64_t avm_hash_bytes(AvmVm *vm, const char *p, size_t n) {
    if (!n) return 0;
    int64_t hash = (int64_t)avm_siphash(vm->hash_key, p, n);
    return hash == -1 ? -2 : hash;
}

int64_t avm_str_hash(AvmThread *t, AvmStr *s) {
    if (s->h.flags & AVM_STR_HASHED) return s->hash;
    if (s->h.flags & AVM_STR_ASCII) {
        s->hash = avm_hash_bytes(t->vm, s->data, s->len);
    } else {
        AvmSiphash h;
        avm_siphash_start(&h, t->vm->hash_key);
        hash_units(s, &h);
        int64_t hash = (int64_t)avm_siphash_end(&h);
        s->hash = hash == -1 ? -2 : hash;
    }
    s->h.flags |= AVM_STR_HASHED;
    return s->hash;
}

// --- repr

static void escape(AvmBuf *out, uint32_t c) {
    if (c == '\t')
        avm_buf_text(out, "\\t");
    else if (c == '\n')
        avm_buf_text(out, "\\n");
    else if (c == '\r')
        avm_buf_text(out, "\\r");
    else
        avm_buf_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

static bool quote_to(AvmStr *s, AvmBuf *out, bool ascii) {
    char quote = memchr(s->data, '\'', s->len) && !memchr(s->data, '"', s->len) ? '"' : '\'';
    avm_buf_reserve(out, (size_t)s->len + 2);
    avm_buf_byte(out, quote);
    size_t width, run = 0; // run: where the plain characters begin that have not been copied yet
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        unsigned char first = (unsigned char)s->data[i];
        width = 1;
        if (first >= 32 && first < 127 && first != '\\' && first != (unsigned char)quote) continue;
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        if (c >= 127 && !ascii && avm_uni_is_printable(c)) continue;
        avm_buf_add(out, s->data + run, i - run);
        run = i + width;
        if (c == '\\' || c == (unsigned char)quote) {
            avm_buf_byte(out, '\\');
            avm_buf_byte(out, (char)c);
        } else {
            escape(out, c);
        }
    }
    avm_buf_add(out, s->data + run, s->len - run);
    return avm_buf_byte(out, quote) && !out->failed;
}

bool avm_str_repr_to(AvmThread *t, AvmStr *s, AvmBuf *out) {
    if (!quote_to(s, out, false)) return avm_raise_memory(t);
    return true;
}

AvmValue avm_ascii(AvmThread *t, AvmValue v) {
    AvmValue shown = avm_repr(t, v);
    AvmStr *s = shown ? (AvmStr *)avm_obj(shown) : NULL;
    if (!s || (s->h.flags & AVM_STR_ASCII)) return shown;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    size_t width;
    for (uint32_t i = 0; i < s->len; i += (uint32_t)width) {
        uint32_t c = avm_utf8_decode(s->data + i, &width);
        if (c < 128)
            avm_buf_byte(&b, (char)c);
        else
            escape(&b, c);
    }
    avm_decref(t, shown);
    return avm_value(avm_str_from_buf(t, &b));
}
