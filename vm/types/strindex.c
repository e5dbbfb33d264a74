// Finding the i-th character of a text that is not ASCII.
#include "vm/types/strindex.h"

#include "base/utf8.h"

enum { STRIDE = 128 }; // characters between two rows of the table

// What stands behind the NUL, unaligned; read and written whole.
typedef struct Hint {
    uint32_t at, offset; // character `at` begins at `offset`
} Hint;

static char *hint_place(const AvmStr *s) { return (char *)s->data + s->len + 1; }
// The table: a word telling how many rows are filled, then row k-1 for character k * STRIDE.
static char *table_place(const AvmStr *s) { return hint_place(s) + sizeof(Hint); }

static uint32_t load(const char *p) {
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}
static void store(char *p, uint32_t x) { memcpy(p, &x, 4); }

size_t avm_str_index_size(size_t len, size_t count) {
    if (len == count) return 0;
    return sizeof(Hint) + (count > STRIDE ? 4 + count / STRIDE * 4 : 0);
}

void avm_str_index_reset(AvmStr *s) { memset(hint_place(s), 0, sizeof(Hint) + (s->count > STRIDE ? 4 : 0)); }

static uint32_t forward(const AvmStr *s, uint32_t offset, uint32_t n) {
    const char *p = s->data + offset;
    while (n--) p += avm_utf8_width((unsigned char)*p);
    return (uint32_t)(p - s->data);
}

static uint32_t backward(const AvmStr *s, uint32_t offset, uint32_t n) {
    const char *p = s->data + offset;
    while (n--) do
            p--;
        while (((unsigned char)*p & 0xC0) == 0x80);
    return (uint32_t)(p - s->data);
}

static uint32_t distance(uint32_t a, uint32_t b) { return a < b ? b - a : a - b; }

// The offset of character row * STRIDE, filling the table up to there.
static uint32_t row_offset(const AvmStr *s, uint32_t row) {
    if (!row) return 0;
    char *table = table_place(s);
    uint32_t filled = load(table);
    uint32_t offset = filled ? load(table + 4 * (row < filled ? row : filled)) : 0;
    if (row <= filled) return offset;
    while (filled < row) {
        offset = forward(s, offset, STRIDE);
        store(table + 4 * ++filled, offset);
    }
    store(table, filled);
    return offset;
}

uint32_t avm_str_offset(AvmThread *t, AvmStr *s, uint32_t i) {
    (void)t;
    if (s->h.flags & AVM_STR_ASCII) return i;
    if (i >= s->count) return s->len;
    Hint hint;
    memcpy(&hint, hint_place(s), sizeof hint);
    if (s->count - i < distance(hint.at, i)) hint = (Hint){s->count, s->len};
    if (distance(hint.at, i) > STRIDE && s->count > STRIDE)
        hint = (Hint){i / STRIDE * STRIDE, row_offset(s, i / STRIDE)};
    else if (i < distance(hint.at, i))
        hint = (Hint){0, 0};
    hint.offset = i >= hint.at ? forward(s, hint.offset, i - hint.at) : backward(s, hint.offset, hint.at - i);
    hint.at = i;
    memcpy(hint_place(s), &hint, sizeof hint);
    return hint.offset;
}
