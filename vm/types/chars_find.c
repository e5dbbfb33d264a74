// Searching in str, bytes and bytearray: find, count, replace, startswith and their kin; and what all shared
// methods use.
#include "vm/types/chars.h"

#include "base/copy.h"
#include "base/utf8.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

// --- ground

AvmChars avm_chars(AvmThread *t, AvmValue self) {
    AvmStr *s = avm_as_str(t, self);
    if (s) return (AvmChars){s->data, s->len, self, AVM_CHARS_STR};
    AvmBytes *b = avm_as_bytes(t, self);
    if (b) return (AvmChars){b->data, b->len, self, AVM_CHARS_BYTES};
    AvmByteArray *a = (AvmByteArray *)avm_obj(self);
    return (AvmChars){a->data ? a->data : "", a->len, self, AVM_CHARS_BYTEARRAY};
}

AvmValue avm_chars_new(AvmThread *t, AvmChars like, const char *p, size_t n) {
    if (like.kind == AVM_CHARS_STR) return avm_value(avm_str_new(t, p, n));
    if (like.kind == AVM_CHARS_BYTES) return avm_value(avm_bytes_new(t, n ? p : "", n));
    return avm_value(avm_bytearray_new(t, n ? p : "", n));
}

AvmValue avm_chars_from_buf(AvmThread *t, AvmChars like, AvmBuf *b) {
    AvmValue v = b->failed ? avm_raise_memory(t) : avm_chars_new(t, like, b->data ? b->data : "", b->len);
    avm_buf_free(b);
    return v;
}

AvmValue avm_chars_same(AvmThread *t, AvmChars c) {
    if (avm_is(c.owner, AVM_T_STR) || avm_is(c.owner, AVM_T_BYTES)) return avm_incref(c.owner);
    return avm_chars_new(t, c, c.p, c.n);
}

static bool is_ascii(AvmChars c) {
    return c.kind != AVM_CHARS_STR || (avm_obj(c.owner)->flags & AVM_STR_ASCII);
}

size_t avm_chars_count(AvmChars c) {
    return c.kind == AVM_CHARS_STR ? ((AvmStr *)avm_obj(c.owner))->count : c.n;
}

const char *avm_arg_kind(AvmThread *t, AvmValue v) { return v == AVM_NONE ? "None" : avm_type_name(t, v); }

// CPython names None's type in some messages and says None in those about numbered arguments.
static const char *kind_for(AvmThread *t, AvmValue v, const char *format) {
    return format && strstr(format, "argument") ? avm_arg_kind(t, v) : avm_type_name(t, v);
}

bool avm_chars_arg(AvmThread *t, AvmChars like, AvmValue v, AvmChars *out, const char *format) {
    if (like.kind == AVM_CHARS_STR) {
        AvmStr *s = avm_as_str(t, v);
        if (!s) return avm_raise_type(t, format ? format : "must be str, not %s", kind_for(t, v, format));
        *out = (AvmChars){s->data, s->len, v, AVM_CHARS_STR};
        return true;
    }
    out->owner = v;
    out->kind = AVM_CHARS_BYTES;
    return avm_bytes_like(t, v, &out->p, &out->n);
}

bool avm_arg_index(AvmThread *t, AvmValue v, int64_t absent, int64_t *out) {
    *out = absent;
    return !v || avm_index_exact(t, v, out, NULL);
}

bool avm_arg_int(AvmThread *t, AvmValue v, int64_t absent, int64_t *out) {
    *out = absent;
    if (v && !avm_index(t, v, out)) return false;
    if (*out <= INT32_MAX && *out >= INT32_MIN) return true;
    return avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C int");
}

bool avm_item_index(AvmThread *t, AvmValue v, int64_t *out) {
    if (avm_index_exact(t, v, out, "")) return true;
    if (!avm_exc_swallow(t, AVM_EXC(t, OverflowError))) return false;
    return avm_raise(t, AVM_EXC(t, IndexError), "cannot fit '%T' into an index-sized integer", v);
}

bool avm_arg_bound(AvmThread *t, AvmValue v, int64_t *out) {
    if (!v || v == AVM_NONE) return true;
    if (avm_is_inline_int(v)) {
        *out = avm_inline_int(v);
        return true;
    }
    if (!avm_has_index(t, v))
        return avm_raise_type(t, "slice indices must be integers or None or have an __index__ method");
    return avm_index(t, v, out);
}

// --- searching

// memmem takes its time to begin, so the first places with the right first byte are looked at by hand.
ptrdiff_t avm_find(const char *p, size_t n, const char *q, size_t m) {
    if (m == 0) return 0;
    if (m > n) return -1;
    const char *at = p, *last = p + (n - m); // the last place where it may begin
    for (int tries = 0; tries < 8; tries++, at++) {
        if (at > last || !(at = memchr(at, q[0], (size_t)(last - at) + 1))) return -1;
        if (m == 1 || (at[m - 1] == q[m - 1] && !memcmp(at + 1, q + 1, m - 1))) return at - p;
    }
    at = memmem(at, n - (size_t)(at - p), q, m);
    return at ? at - p : -1;
}

ptrdiff_t avm_rfind(const char *p, size_t n, const char *q, size_t m) {
    if (m > n) return -1;
    if (m == 0) return (ptrdiff_t)n;
    for (size_t end = n - m + 1; end;) {
        const char *at = memrchr(p, q[0], end);
        if (!at) return -1;
        if (memcmp(at, q, m) == 0) return at - p;
        end = (size_t)(at - p);
    }
    return -1;
}

size_t avm_count_of(const char *p, size_t n, const char *q, size_t m, size_t max) {
    size_t count = 0;
    while (count < max) {
        ptrdiff_t at = avm_find(p, n, q, m);
        if (at < 0) break;
        count++;
        p += (size_t)at + m;
        n -= (size_t)at + m;
    }
    return count;
}

// The range of args[1], args[2], clipped, in characters; *out of order: start is past end.
typedef struct Window {
    AvmChars c; // the bytes inside
    int64_t start, end;
    bool out_of_order;
} Window;

static bool window(AvmThread *t, AvmValue *args, Window *w) {
    int64_t start = 0, end = INT64_MAX;
    if (!avm_arg_bound(t, args[2], &start) || !avm_arg_bound(t, args[3], &end)) return false;
    w->c = avm_chars(t, args[0]);
    int64_t n = (int64_t)avm_chars_count(w->c);
    if (end > n)
        end = n;
    else if (end < 0)
        end = end + n < 0 ? 0 : end + n;
    if (start < 0) start = start + n < 0 ? 0 : start + n;
    w->out_of_order = start > end;
    w->start = start;
    w->end = end;
    if (w->out_of_order) return true;
    size_t from = (size_t)start, to = (size_t)end;
    if (!is_ascii(w->c)) {
        AvmStr *s = (AvmStr *)avm_obj(w->c.owner);
        from = avm_str_offset(t, s, (uint32_t)start);
        to = avm_str_offset(t, s, (uint32_t)end);
    }
    w->c.p += from;
    w->c.n = to - from;
    return true;
}

// The thing looked for: text, or for bytes also a number. byte is the number's place.
static bool needle(AvmThread *t, AvmChars like, AvmValue v, AvmChars *out, char *byte, const char *method) {
    if (like.kind == AVM_CHARS_STR) {
        AvmStr *s = avm_as_str(t, v);
        if (!s) return avm_raise_type(t, "%s() argument 1 must be str, not %s", method, avm_arg_kind(t, v));
        *out = (AvmChars){s->data, s->len, v, AVM_CHARS_STR};
        return true;
    }
    if (avm_as_bytes(t, v) || avm_as_bytearray(t, v)) return avm_chars_arg(t, like, v, out, NULL);
    if (!avm_has_index(t, v))
        return avm_raise_type(t, "argument should be integer or bytes-like object, not '%T'", v);
    unsigned char value = 0;
    if (!avm_byte_value(t, v, &value, "byte must be in range(0, 256)")) return false;
    *byte = (char)value;
    *out = (AvmChars){byte, 1, v, AVM_CHARS_BYTES};
    return true;
}

// -1: not there; -2: exception.
static int64_t search(AvmThread *t, AvmValue *args, bool backwards, const char *method) {
    AvmChars like = avm_chars(t, args[0]), sub;
    Window w;
    char byte;
    if (!window(t, args, &w) || !needle(t, like, args[1], &sub, &byte, method)) return -2;
    if (like.kind == AVM_CHARS_BYTEARRAY && !window(t, args, &w)) return -2; // __index__ may have changed it
    if (w.out_of_order) return -1;
    ptrdiff_t at = backwards ? avm_rfind(w.c.p, w.c.n, sub.p, sub.n) : avm_find(w.c.p, w.c.n, sub.p, sub.n);
    if (at < 0) return -1;
    return w.start + (is_ascii(w.c) ? at : (int64_t)avm_utf8_count(w.c.p, (size_t)at));
}

static AvmValue find(AvmThread *t, AvmValue *args, bool backwards, const char *method) {
    int64_t at = search(t, args, backwards, method);
    return at == -2 ? AVM_FAIL : avm_inline_int_value(at);
}

static AvmValue index_of(AvmThread *t, AvmValue *args, bool backwards, const char *method) {
    int64_t at = search(t, args, backwards, method);
    if (at == -2) return AVM_FAIL;
    if (at >= 0) return avm_inline_int_value(at);
    return avm_raise_value(t, avm_as_str(t, args[0]) ? "substring not found" : "subsection not found");
}

AvmValue avm_chars_find(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return find(t, args, false, "find");
}
AvmValue avm_chars_rfind(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return find(t, args, true, "rfind");
}
AvmValue avm_chars_index(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return index_of(t, args, false, "index");
}
AvmValue avm_chars_rindex(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return index_of(t, args, true, "rindex");
}

AvmValue avm_chars_count_method(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars like = avm_chars(t, args[0]), sub;
    Window w;
    char byte;
    if (!needle(t, like, args[1], &sub, &byte, "count") || !window(t, args, &w)) return AVM_FAIL;
    if (w.out_of_order) return avm_inline_int_value(0);
    if (!sub.n) return avm_inline_int_value(w.end - w.start + 1);
    if (!avm_charge(t, w.c.n / 16)) return AVM_FAIL;
    return avm_inline_int_value((int64_t)avm_count_of(w.c.p, w.c.n, sub.p, sub.n, SIZE_MAX));
}

int avm_chars_contains(AvmThread *t, AvmValue self, AvmValue x) {
    AvmChars c = avm_chars(t, self), sub;
    char byte;
    if (c.kind == AVM_CHARS_STR) {
        if (!avm_chars_arg(t, c, x, &sub, "'in <string>' requires string as left operand, not %s")) return -1;
    } else if (avm_as_bytes(t, x) || avm_as_bytearray(t, x) || !avm_has_index(t, x)) {
        if (!avm_chars_arg(t, c, x, &sub, NULL)) return -1;
    } else if (!needle(t, c, x, &sub, &byte, "find")) {
        return -1;
    }
    c = avm_chars(t, self);
    return avm_find(c.p, c.n, sub.p, sub.n) >= 0;
}

// --- startswith and endswith

static bool has_affix(const Window *w, AvmChars affix, bool at_end) {
    if (w->out_of_order || affix.n > w->c.n) return false;
    return memcmp(w->c.p + (at_end ? w->c.n - affix.n : 0), affix.p, affix.n) == 0;
}

static AvmValue affix_of_tuple(AvmThread *t, AvmValue *args, Window *w, bool at_end, const char *method) {
    AvmValue *items;
    uint32_t n;
    avm_seq_items(t, args[1], &items, &n);
    for (uint32_t i = 0; i < n; i++) {
        AvmChars affix;
        if (w->c.kind == AVM_CHARS_STR && !avm_as_str(t, items[i]))
            return avm_raise_type(t, "tuple for %s must only contain str, not %T", method, items[i]);
        if (!avm_chars_arg(t, w->c, items[i], &affix, NULL)) return AVM_FAIL;
        if (has_affix(w, affix, at_end)) return AVM_TRUE;
    }
    return AVM_FALSE;
}

static AvmValue has_affix_method(AvmThread *t, AvmValue *args, bool at_end, const char *method) {
    Window w;
    if (!window(t, args, &w)) return AVM_FAIL;
    if (avm_is_sub(t, args[1], AVM_TYPE_SUB_TUPLE)) return affix_of_tuple(t, args, &w, at_end, method);
    AvmChars affix;
    bool is_str = w.c.kind == AVM_CHARS_STR;
    if (is_str ? !avm_as_str(t, args[1]) : !avm_as_bytes(t, args[1]) && !avm_as_bytearray(t, args[1])) {
        const char *kind = is_str ? "str" : "bytes";
        return avm_raise_type(t, "%s first arg must be %s or a tuple of %s, not %T", method, kind, kind,
                              args[1]);
    }
    if (!avm_chars_arg(t, w.c, args[1], &affix, NULL)) return AVM_FAIL;
    return avm_bool(has_affix(&w, affix, at_end));
}

AvmValue avm_chars_startswith(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return has_affix_method(t, args, false, "startswith");
}
AvmValue avm_chars_endswith(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return has_affix_method(t, args, true, "endswith");
}

AvmValue avm_chars_removeprefix(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars c = avm_chars(t, args[0]), affix;
    if (!avm_chars_arg(t, c, args[1], &affix, "removeprefix() argument must be str, not %s")) return AVM_FAIL;
    if (affix.n > c.n || !affix.n || memcmp(c.p, affix.p, affix.n)) return avm_chars_same(t, c);
    return avm_chars_new(t, c, c.p + affix.n, c.n - affix.n);
}

AvmValue avm_chars_removesuffix(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars c = avm_chars(t, args[0]), affix;
    if (!avm_chars_arg(t, c, args[1], &affix, "removesuffix() argument must be str, not %s")) return AVM_FAIL;
    if (affix.n > c.n || !affix.n || memcmp(c.p + c.n - affix.n, affix.p, affix.n))
        return avm_chars_same(t, c);
    return avm_chars_new(t, c, c.p, c.n - affix.n);
}

// --- replace

// new between all characters, `times` times.
static void interleave(char *to, AvmChars c, AvmChars new, size_t times) {
    size_t i = 0;
    while (times--) {
        to = avm_copy(to, new.p, new.n);
        if (i >= c.n) return;
        size_t width = c.kind == AVM_CHARS_STR ? avm_utf8_width((unsigned char)c.p[i]) : 1;
        to = avm_copy(to, c.p + i, width);
        i += width;
    }
    avm_copy(to, c.p + i, c.n - i);
}

static void replace_into(char *to, AvmChars c, AvmChars old, AvmChars new, size_t times) {
    if (!old.n) {
        interleave(to, c, new, times);
        return;
    }
    size_t i = 0;
    while (times--) {
        size_t at = (size_t)avm_find(c.p + i, c.n - i, old.p, old.n);
        to = avm_copy(to, c.p + i, at);
        to = avm_copy(to, new.p, new.n);
        i += at + old.n;
    }
    avm_copy(to, c.p + i, c.n - i);
}

// A text whose length is known goes to its place at once.
static AvmValue replace_str(AvmThread *t, AvmChars c, AvmChars old, AvmChars new, size_t times, size_t size) {
    size_t count = avm_chars_count(c) - times * avm_chars_count(old) + times * avm_chars_count(new);
    char small[8];
    AvmStr *s = count > 1 ? avm_str_new_room(t, size, count) : NULL;
    if (count > 1 && !s) return AVM_FAIL;
    replace_into(s ? s->data : small, c, old, new, times);
    return avm_value(s ? s : avm_str_new_counted(t, small, size, count));
}

AvmValue avm_chars_replace(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmChars c = avm_chars(t, args[0]), old, new;
    int64_t limit;
    if (!avm_chars_arg(t, c, args[1], &old, "replace() argument 1 must be str, not %s")) return AVM_FAIL;
    if (!avm_chars_arg(t, c, args[2], &new, "replace() argument 2 must be str, not %s")) return AVM_FAIL;
    if (!avm_arg_index(t, args[3], -1, &limit)) return AVM_FAIL;
    if (c.kind == AVM_CHARS_BYTEARRAY) { // __index__ may have changed it
        c = avm_chars(t, args[0]);
        if (!avm_chars_arg(t, c, args[1], &old, NULL) || !avm_chars_arg(t, c, args[2], &new, NULL))
            return AVM_FAIL;
    }
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    size_t times = old.n ? avm_count_of(c.p, c.n, old.p, old.n, max) : avm_chars_count(c) + 1;
    if (times > max) times = max;
    if (!times) return avm_chars_same(t, c);
    if (!avm_charge(t, times + c.n / 64)) return AVM_FAIL;
    size_t size = c.n - times * old.n;
    if (new.n && times > (AVM_STR_MAX - size) / new.n) return avm_raise_memory(t);
    size += times * new.n;
    if (c.kind == AVM_CHARS_STR) return replace_str(t, c, old, new, times, size);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_buf_reserve(&b, size + 1)) {
        replace_into(b.data, c, old, new, times);
        b.len = size;
    }
    return avm_chars_from_buf(t, c, &b);
}
