// Taking str, bytes and bytearray apart and putting them together: split, splitlines, partition, strip, join.
#include <endian.h>

#include "base/copy.h"
#include "base/utf8.h"
#include "vm/types/chars.h"
#include "vm/types/list.h"
#include "vm/types/unicode.h"

// --- walking characters of either kind

static uint32_t char_at(AvmChars c, size_t i, size_t *width) {
    *width = 1;
    unsigned char first = (unsigned char)c.p[i];
    return c.kind == AVM_CHARS_STR && first >= 0x80 ? avm_utf8_decode(c.p + i, width) : first;
}

static size_t char_before(AvmChars c, size_t i) {
    i--;
    if (c.kind == AVM_CHARS_STR)
        while (((unsigned char)c.p[i] & 0xC0) == 0x80) i--;
    return i;
}

static bool is_space(AvmChars c, size_t i, size_t *width) {
    uint32_t x = char_at(c, i, width);
    if (c.kind == AVM_CHARS_STR) return avm_uni_is_space(x);
    return x == ' ' || (x >= 9 && x <= 13);
}

static inline bool add_taken(AvmThread *t, AvmList *list, AvmValue piece) {
    if (!piece) return false;
    if ((list->len & 1023) == 1023 && !avm_charge(t, 1024)) {
        avm_decref(t, piece);
        return false;
    }
    if (list->len == list->cap) return avm_list_append_take(t, list, piece);
    list->items[list->len++] = piece;
    return true;
}

static bool add_piece(AvmThread *t, AvmList *list, AvmChars c, size_t from, size_t to) {
    return add_taken(t, list, avm_chars_new(t, c, c.p + from, to - from));
}

static bool add_ascii(AvmThread *t, AvmList *list, const char *p, size_t n) {
    return add_taken(t, list, avm_value(avm_str_new_counted(t, p, n, n)));
}

static bool is_ascii(AvmChars c) {
    return c.kind == AVM_CHARS_STR && (avm_obj(c.owner)->flags & AVM_STR_ASCII);
}

static AvmValue finish(AvmThread *t, AvmList *list, bool ok) {
    if (ok) return avm_value(list);
    avm_drop(t, list);
    return AVM_FAIL;
}

// --- split

// What str takes for white space in ASCII: tab to carriage return, the four separators, space.
static inline bool is_ascii_space(unsigned char c) { return c <= 32 && 0x1F0003E00ull >> c & 1; }

static bool split_ascii_spaces(AvmThread *t, AvmList *list, AvmChars c) {
    for (size_t i = 0;;) {
        while (i < c.n && is_ascii_space((unsigned char)c.p[i])) i++;
        if (i >= c.n) return true;
        size_t from = i;
        while (i < c.n && !is_ascii_space((unsigned char)c.p[i])) i++;
        if (!add_ascii(t, list, c.p + from, i - from)) return false;
    }
}

static bool split_spaces(AvmThread *t, AvmList *list, AvmChars c, int64_t max) {
    if (max < 0 && is_ascii(c)) return split_ascii_spaces(t, list, c);
    size_t i = 0, width;
    for (;;) {
        while (i < c.n && is_space(c, i, &width)) i += width;
        if (i >= c.n) return true;
        size_t from = i;
        if (max-- == 0) return add_piece(t, list, c, from, c.n);
        while (i < c.n && !is_space(c, i, &width)) i += width;
        if (!add_piece(t, list, c, from, i)) return false;
    }
}

// The bytes of w that are c: the highest bit of each, all others 0.
static uint64_t matches(uint64_t w, unsigned char c) {
    const uint64_t ones = 0x0101010101010101u, low = 0x7f7f7f7f7f7f7f7fu;
    w ^= ones * c;
    return ~(((w & low) + low) | w | low);
}

// ASCII text at each c, eight bytes at a look.
static bool split_ascii(AvmThread *t, AvmList *list, AvmChars text, unsigned char c) {
    size_t from = 0, i = 0;
    for (; i + 8 <= text.n; i += 8) {
        uint64_t w;
        memcpy(&w, text.p + i, 8);
        for (uint64_t m = matches(le64toh(w), c); m; m &= m - 1) {
            size_t at = i + (size_t)__builtin_ctzll(m) / 8;
            if (!add_ascii(t, list, text.p + from, at - from)) return false;
            from = at + 1;
        }
    }
    for (; i < text.n; i++) {
        if ((unsigned char)text.p[i] != c) continue;
        if (!add_ascii(t, list, text.p + from, i - from)) return false;
        from = i + 1;
    }
    return add_ascii(t, list, text.p + from, text.n - from);
}

static bool split_at(AvmThread *t, AvmList *list, AvmChars c, AvmChars sep, int64_t max) {
    if (max < 0 && sep.n == 1 && is_ascii(c)) return split_ascii(t, list, c, (unsigned char)sep.p[0]);
    size_t i = 0;
    ptrdiff_t at;
    while (max-- != 0 && (at = avm_find(c.p + i, c.n - i, sep.p, sep.n)) >= 0) {
        if (!add_piece(t, list, c, i, i + (size_t)at)) return false;
        i += (size_t)at + sep.n;
    }
    return add_piece(t, list, c, i, c.n);
}

// The pieces come last one first; the caller turns them round.
static bool rsplit_spaces(AvmThread *t, AvmList *list, AvmChars c, int64_t max) {
    size_t end = c.n, width;
    for (;;) {
        while (end) {
            size_t before = char_before(c, end);
            if (!is_space(c, before, &width)) break;
            end = before;
        }
        if (!end) return true;
        if (max-- == 0) return add_piece(t, list, c, 0, end);
        size_t from = end;
        while (from) {
            size_t before = char_before(c, from);
            if (is_space(c, before, &width)) break;
            from = before;
        }
        if (!add_piece(t, list, c, from, end)) return false;
        end = from;
    }
}

static bool rsplit_at(AvmThread *t, AvmList *list, AvmChars c, AvmChars sep, int64_t max) {
    size_t end = c.n;
    ptrdiff_t at;
    while (max-- != 0 && (at = avm_rfind(c.p, end, sep.p, sep.n)) >= 0) {
        if (!add_piece(t, list, c, (size_t)at + sep.n, end)) return false;
        end = (size_t)at;
    }
    return add_piece(t, list, c, 0, end);
}

static void reverse(AvmList *list) {
    for (uint32_t i = 0, k = list->len; i + 1 < k; i++) {
        AvmValue v = list->items[i];
        list->items[i] = list->items[--k];
        list->items[k] = v;
    }
}

static AvmValue split(AvmThread *t, AvmValue *args, bool backwards) {
    AvmChars c = avm_chars(t, args[0]), sep = {0};
    int64_t max;
    if (!avm_arg_index(t, args[2], -1, &max)) return AVM_FAIL;
    bool by_spaces = !args[1] || args[1] == AVM_NONE;
    if (!by_spaces) {
        if (!avm_chars_arg(t, c, args[1], &sep, "must be str or None, not %s")) return AVM_FAIL;
        if (!sep.n) return avm_raise_value(t, "empty separator");
    }
    AvmList *list = avm_list_new(t, c.n / 4 < 12 ? (uint32_t)c.n / 4 + 1 : 12);
    if (!list) return AVM_FAIL;
    if (!backwards)
        return finish(t, list, by_spaces ? split_spaces(t, list, c, max) : split_at(t, list, c, sep, max));
    bool ok = by_spaces ? rsplit_spaces(t, list, c, max) : rsplit_at(t, list, c, sep, max);
    reverse(list);
    return finish(t, list, ok);
}

AvmValue avm_chars_split(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return split(t, args, false);
}
AvmValue avm_chars_rsplit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return split(t, args, true);
}

AvmValue avm_chars_splitlines(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int keep = args[1] ? avm_truth(t, args[1]) : 0;
    if (keep < 0) return AVM_FAIL;
    AvmChars c = avm_chars(t, args[0]);
    AvmList *list = avm_list_new(t, 0);
    if (!list) return AVM_FAIL;
    size_t from = 0, i = 0, width;
    bool ok = true;
    while (ok && i < c.n) {
        uint32_t x = char_at(c, i, &width);
        bool breaks = c.kind == AVM_CHARS_STR ? avm_uni_is_line_break(x) : x == '\n' || x == '\r';
        size_t end = i;
        i += width;
        if (!breaks) continue;
        if (x == '\r' && i < c.n && c.p[i] == '\n') i++;
        ok = add_piece(t, list, c, from, keep ? i : end);
        from = i;
    }
    if (ok && from < c.n) ok = add_piece(t, list, c, from, c.n);
    return finish(t, list, ok);
}

// --- partition

static AvmValue partition(AvmThread *t, AvmValue *args, bool last) {
    AvmChars c = avm_chars(t, args[0]), sep;
    if (!avm_chars_arg(t, c, args[1], &sep, NULL)) return AVM_FAIL;
    if (!sep.n) return avm_raise_value(t, "empty separator");
    ptrdiff_t at = last ? avm_rfind(c.p, c.n, sep.p, sep.n) : avm_find(c.p, c.n, sep.p, sep.n);
    AvmTuple *r = avm_tuple_new(t, 3);
    if (!r) return AVM_FAIL;
    if (at >= 0) {
        size_t after = (size_t)at + sep.n;
        r->items[0] = avm_chars_new(t, c, c.p, (size_t)at);
        r->items[1] = c.kind == AVM_CHARS_BYTEARRAY ? avm_chars_new(t, c, sep.p, sep.n) : avm_incref(args[1]);
        r->items[2] = avm_chars_new(t, c, c.p + after, c.n - after);
    } else {
        r->items[last ? 2 : 0] = avm_chars_same(t, c);
        r->items[1] = avm_chars_new(t, c, "", 0);
        r->items[last ? 0 : 2] = avm_chars_new(t, c, "", 0);
    }
    if (r->items[0] && r->items[1] && r->items[2]) return avm_value(r);
    for (int i = 0; i < 3; i++)
        if (!r->items[i]) r->items[i] = AVM_NONE;
    avm_drop(t, r);
    return AVM_FAIL;
}

AvmValue avm_chars_partition(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return partition(t, args, false);
}
AvmValue avm_chars_rpartition(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return partition(t, args, true);
}

// --- strip

enum { LEFT = 1, RIGHT = 2 };

// Is the character at i one of set (or white space when set is NULL)?
static bool stripped(AvmChars c, size_t i, const AvmChars *set, size_t *width) {
    if (!set) return is_space(c, i, width);
    char_at(c, i, width);
    return *width == 1 ? set->n && memchr(set->p, c.p[i], set->n) != NULL
                       : avm_find(set->p, set->n, c.p + i, *width) >= 0;
}

static AvmValue strip(AvmThread *t, AvmValue *args, int sides, const char *text) {
    AvmChars c = avm_chars(t, args[0]), set, *chosen = NULL;
    if (args[1] && args[1] != AVM_NONE) {
        if (!avm_chars_arg(t, c, args[1], &set, text)) return AVM_FAIL;
        chosen = &set;
    }
    size_t from = 0, to = c.n, width;
    if (sides & LEFT)
        while (from < to && stripped(c, from, chosen, &width)) from += width;
    if (sides & RIGHT)
        while (to > from) {
            size_t before = char_before(c, to);
            if (!stripped(c, before, chosen, &width)) break;
            to = before;
        }
    if (from == 0 && to == c.n) return avm_chars_same(t, c);
    return avm_chars_new(t, c, c.p + from, to - from);
}

AvmValue avm_chars_strip(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return strip(t, args, LEFT | RIGHT, "strip arg must be None or str");
}
AvmValue avm_chars_lstrip(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return strip(t, args, LEFT, "lstrip arg must be None or str");
}
AvmValue avm_chars_rstrip(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return strip(t, args, RIGHT, "rstrip arg must be None or str");
}

// --- join

// The items, held by a list or tuple of our own unless they stand in one already. NULL: exception.
static AvmObj *join_items(AvmThread *t, AvmValue iterable, AvmValue **items, uint32_t *n) {
    if (avm_is_list(iterable) || avm_is_tuple(iterable)) {
        avm_seq_items(t, iterable, items, n);
        return avm_obj(avm_incref(iterable));
    }
    if (!avm_type_of(t, iterable)->s.iter && !avm_type_of(t, iterable)->s.getitem) {
        avm_raise_type(t, "can only join an iterable");
        return NULL;
    }
    AvmList *list = avm_list_from_iter(t, iterable);
    if (!list) return NULL;
    *items = list->items;
    *n = list->len;
    return &list->h;
}

static AvmValue join_str(AvmThread *t, AvmStr *sep, AvmValue *items, uint32_t n) {
    size_t len = n ? (size_t)sep->len * (n - 1) : 0, count = n ? (size_t)sep->count * (n - 1) : 0;
    for (uint32_t i = 0; i < n; i++) {
        AvmStr *s = avm_is_str(items[i]) ? (AvmStr *)avm_obj(items[i]) : avm_as_str(t, items[i]);
        if (!s) return avm_raise_type(t, "sequence item %u: expected str instance, %T found", i, items[i]);
        len += s->len;
        count += s->count;
    }
    if (n == 1) return avm_value(avm_str_exact(t, (AvmStr *)avm_obj(items[0])));
    if (len > AVM_STR_MAX) return avm_raise_memory(t);
    if (!avm_charge(t, n)) return AVM_FAIL;
    if (!len) return avm_incref(avm_value(t->vm->empty_str));
    AvmStr *r = avm_str_new_room(t, len, count);
    if (!r) return AVM_FAIL;
    char *p = r->data;
    const AvmStr *s = (const AvmStr *)avm_obj(items[0]);
    for (uint32_t i = 1; i < n; i++) {
        p = avm_copy(p, s->data, s->len);
        p = avm_copy(p, sep->data, sep->len);
        s = (const AvmStr *)avm_obj(items[i]);
    }
    avm_copy(p, s->data, s->len);
    return avm_value(r);
}

static AvmValue join_bytes(AvmThread *t, AvmChars sep, AvmValue *items, uint32_t n) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < n; i++) {
        const char *p;
        size_t len;
        if (!avm_as_bytes(t, items[i]) && !avm_as_bytearray(t, items[i])) {
            avm_buf_free(&b);
            return avm_raise_type(t, "sequence item %u: expected a bytes-like object, %T found", i, items[i]);
        }
        avm_bytes_like(t, items[i], &p, &len);
        if (i) avm_buf_add(&b, sep.p, sep.n);
        avm_buf_add(&b, p, len);
    }
    return avm_chars_from_buf(t, sep, &b);
}

AvmValue avm_chars_join(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue *items, r;
    uint32_t count;
    bool is_str = avm_as_str(t, args[0]) != NULL;
    AvmObj *held = join_items(t, args[1], &items, &count);
    if (!held) return AVM_FAIL;
    if (is_str)
        r = join_str(t, avm_as_str(t, args[0]), items, count);
    else
        r = join_bytes(t, avm_chars(t, args[0]), items, count);
    avm_drop(t, held);
    return r;
}
