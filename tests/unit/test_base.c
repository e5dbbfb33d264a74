// base/: the allocator's limit, buffers, arenas, UTF-8. Everything above relies on these contracts.
#include <criterion/criterion.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

Test(alloc, counts_what_it_hands_out) {
    AvmAlloc a;
    avm_alloc_init(&a);
    void *p = avm_alloc(&a, 100);
    void *q = avm_alloc_zero(&a, 50);
    cr_assert(p && q);
    cr_assert_eq(a.used, 150);
    q = avm_realloc(&a, q, 50, 10);
    cr_assert_eq(a.used, 110);
    cr_assert_eq(a.peak, 150);
    avm_release(&a, p, 100);
    avm_release(&a, q, 10);
    avm_release(&a, NULL, 0);
    cr_assert_eq(a.used, 0);
}

Test(alloc, refuses_past_the_limit_and_changes_nothing) {
    AvmAlloc a;
    avm_alloc_init(&a);
    a.limit = 1000;
    char *p = avm_alloc(&a, 900);
    cr_assert(p);
    cr_assert_null(avm_alloc(&a, 101));
    cr_assert_null(avm_realloc(&a, p, 900, 1001));
    cr_assert_null(avm_alloc(&a, SIZE_MAX));
    cr_assert_eq(a.used, 900);
    char *rest = avm_alloc(&a, 100);
    cr_assert(rest);
    avm_release(&a, rest, 100);
    avm_release(&a, p, 900);
    cr_assert_eq(a.used, 0);
}

Test(alloc, of_nothing_is_something) {
    AvmAlloc a;
    avm_alloc_init(&a);
    void *p = avm_alloc(&a, 0);
    cr_assert(p);
    avm_release(&a, p, 0);
    cr_assert_eq(a.used, 0);
}

Test(buf, puts_text_together) {
    AvmAlloc a;
    avm_alloc_init(&a);
    AvmBuf b;
    avm_buf_init(&b, &a);
    cr_assert_str_eq(avm_buf_str(&b), "");
    avm_buf_text(&b, "ab");
    avm_buf_byte(&b, 'c');
    avm_buf_fill(&b, '-', 3);
    avm_buf_printf(&b, "%d/%s", 7, "x");
    avm_buf_utf8(&b, 0x416);
    avm_buf_add(&b, NULL, 0);
    cr_assert_str_eq(avm_buf_str(&b), "abc---7/xЖ");
    cr_assert_eq(b.len, 11);
    cr_assert(!b.failed);
    avm_buf_free(&b);
    cr_assert_eq(a.used, 0);
}

Test(buf, remembers_a_failure_and_keeps_what_came_before) {
    AvmAlloc a;
    avm_alloc_init(&a);
    a.limit = 64;
    AvmBuf b;
    avm_buf_init(&b, &a);
    cr_assert(avm_buf_text(&b, "kept"));
    cr_assert(!avm_buf_fill(&b, 'x', 100));
    cr_assert(b.failed);
    cr_assert_str_eq(avm_buf_str(&b), "kept");
    avm_buf_free(&b);
}

Test(arena, gives_zeroed_aligned_memory_that_dies_together) {
    AvmAlloc a;
    avm_alloc_init(&a);
    AvmArena arena;
    avm_arena_init(&arena, &a);
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        char *p = avm_arena_alloc(&arena, size);
        cr_assert(p);
        cr_assert_eq((uintptr_t)p % 8, 0);
        for (size_t i = 0; i < size; i++) cr_assert_eq(p[i], 0);
        p[size - 1] = 1;
    }
    cr_assert_str_eq(avm_arena_copy(&arena, "name, not this", 4), "name");
    avm_arena_free(&arena);
    cr_assert_eq(a.used, 0);
}

Test(arena, remembers_a_failure) {
    AvmAlloc a;
    avm_alloc_init(&a);
    a.limit = 40000;
    AvmArena arena;
    avm_arena_init(&arena, &a);
    cr_assert(avm_arena_alloc(&arena, 10));
    cr_assert_null(avm_arena_alloc(&arena, 50000));
    cr_assert(arena.failed);
    avm_arena_free(&arena);
}

Test(utf8, round_trips_every_width) {
    static const uint32_t points[] = {0, 0x7F, 0x80, 0x7FF, 0x800, 0xD800, 0xDFFF, 0xFFFF, 0x10000, 0x10FFFF};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char text[4];
        size_t n, width = avm_utf8_encode(points[i], text);
        cr_assert_eq(avm_utf8_width((unsigned char)text[0]), width);
        cr_assert_eq(avm_utf8_decode(text, &n), points[i]);
        cr_assert_eq(n, width);
    }
    cr_assert_eq(avm_utf8_count("aЖ€😀", 10), 4);
}

Test(utf8, check_finds_the_first_bad_byte) {
    static const struct {
        const char *text;
        size_t len, bad;
    } rows[] = {
        {"aЖ€😀", 10, 10},           {"", 0, 0},
        {"a\x80", 2, 1},             // a continuation with no start
        {"ab\xC3", 3, 2},            // cut off
        {"\xC0\x80", 2, 0},          // too long for its value
        {"\xE0\x80\x80", 3, 0},      {"x\xED\xA0\x80", 4, 1}, // a surrogate
        {"\xF4\x90\x80\x80", 4, 0},  // beyond U+10FFFF
        {"\xFF", 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(avm_utf8_check(rows[i].text, rows[i].len), rows[i].bad, "row %zu", i);
}

Test(utf8, ascii_check_looks_at_every_byte) {
    char text[20];
    for (size_t i = 0; i < sizeof text; i++) text[i] = 'x';
    cr_assert(avm_ascii_check(text, sizeof text));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)0x80;
        cr_assert(!avm_ascii_check(text, sizeof text), "byte %zu", i);
        text[i] = 'x';
    }
}
