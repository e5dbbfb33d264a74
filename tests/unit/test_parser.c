// The parser: what a REPL asks, running out of memory anywhere, the limits on depth and size, spans.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/layout.h"
#include "parser/parser.h"

// ---- is it complete? ----------------------------------------------------------------------------

typedef struct Typed {
    const char *text;
    AvmComplete answer;
} Typed;

// Recorded from codeop.compile_command(text, "", "single") of CPython 3.13.
static const Typed typed[] = {
    {"", AVM_COMPLETE},
    {"#c", AVM_COMPLETE},
    {"\n", AVM_COMPLETE},
    {"  ", AVM_COMPLETE},
    {"  # c\n", AVM_COMPLETE},
    {"x", AVM_COMPLETE},
    {"x = ", AVM_COMPLETE_ERROR},
    {"x = (", AVM_INCOMPLETE},
    {"(", AVM_INCOMPLETE},
    {"(1,\n", AVM_INCOMPLETE},
    {"(1,\n2)", AVM_COMPLETE},
    {"if x:", AVM_INCOMPLETE},
    {"if x:\n", AVM_INCOMPLETE},
    {"if x:\n  y", AVM_INCOMPLETE},
    {"if x:\n  y\n", AVM_COMPLETE},
    {"if x:\n  y\n\n", AVM_COMPLETE},
    {"if x: y", AVM_INCOMPLETE},
    {"if x: y\n", AVM_COMPLETE},
    {"if x:\n  y\nelse:", AVM_INCOMPLETE},
    {"if x:\n  y\nelse:\n  z", AVM_INCOMPLETE},
    {"if x:\n  y\nelse:\n  z\n", AVM_COMPLETE},
    {"def f():", AVM_INCOMPLETE},
    {"def f():\n  x", AVM_INCOMPLETE},
    {"def f():\n\n", AVM_INCOMPLETE},
    {"def f():\n  '''", AVM_INCOMPLETE},
    {"'''abc", AVM_INCOMPLETE},
    {"'''abc\n", AVM_INCOMPLETE},
    {"'abc", AVM_COMPLETE_ERROR},
    {"'abc\\", AVM_INCOMPLETE},
    {"'abc\\\n", AVM_COMPLETE_ERROR},
    {"x = \\", AVM_INCOMPLETE},
    {"x = \\\n", AVM_COMPLETE_ERROR},
    {"x = 1 \\\n + 2", AVM_COMPLETE},
    {"@d", AVM_INCOMPLETE},
    {"@d\n", AVM_INCOMPLETE},
    {"@d\ndef f(): pass", AVM_INCOMPLETE},
    {"@d\ndef f(): pass\n", AVM_COMPLETE},
    {"try:", AVM_INCOMPLETE},
    {"try:\n  x", AVM_INCOMPLETE},
    {"try:\n  x\n", AVM_INCOMPLETE},
    {"try:\n  x\nexcept:", AVM_INCOMPLETE},
    {"try:\n  x\nexcept: y", AVM_INCOMPLETE},
    {"try:\n  x\nexcept: y\n", AVM_COMPLETE},
    {"class A", AVM_COMPLETE_ERROR},
    {"class A:", AVM_INCOMPLETE},
    {"class A: pass", AVM_INCOMPLETE},
    {"while 1", AVM_COMPLETE_ERROR},
    {"while 1:\n pass", AVM_INCOMPLETE},
    {"x y", AVM_COMPLETE_ERROR},
    {"1 +", AVM_COMPLETE_ERROR},
    {"1 + \n", AVM_COMPLETE_ERROR},
    {")", AVM_COMPLETE_ERROR},
    {"(]", AVM_COMPLETE_ERROR},
    {"f(", AVM_INCOMPLETE},
    {"f'{", AVM_INCOMPLETE},
    {"f'{x", AVM_INCOMPLETE},
    {"f'''{x", AVM_INCOMPLETE},
    {"f'{x}", AVM_COMPLETE_ERROR},
    {"f'''", AVM_INCOMPLETE},
    {"[1,\n2", AVM_INCOMPLETE},
    {"{1:", AVM_INCOMPLETE},
    {"lambda: (", AVM_INCOMPLETE},
    {"for x in y", AVM_COMPLETE_ERROR},
    {"for x in y:", AVM_INCOMPLETE},
    {"with a as b:", AVM_INCOMPLETE},
    {"async def f():\n  await x", AVM_INCOMPLETE},
    {"async", AVM_COMPLETE_ERROR},
    {"a; b", AVM_COMPLETE},
    {"a;", AVM_COMPLETE},
    {"a\nb", AVM_COMPLETE},
    {"a\n", AVM_COMPLETE},
    {"if x:\n  y\n z", AVM_COMPLETE_ERROR},
    {"if x:\n  y\nz", AVM_COMPLETE},
    {"if x:\n  if y:\n    z", AVM_INCOMPLETE},
    {"if x:\n  if y:\n    z\n", AVM_COMPLETE},
    {"match x:", AVM_INCOMPLETE},
    {"match x:\n  case 1:", AVM_INCOMPLETE},
    {"match x:\n case 1: y", AVM_INCOMPLETE},
    {"match x:\n case 1: y\n", AVM_COMPLETE},
    {"match x", AVM_COMPLETE_ERROR},
    {"import", AVM_COMPLETE_ERROR},
    {"from a import (", AVM_INCOMPLETE},
    {"from a import", AVM_COMPLETE_ERROR},
    {"del", AVM_COMPLETE_ERROR},
    {"x = 5 if", AVM_COMPLETE_ERROR},
    {"not", AVM_COMPLETE_ERROR},
    {"print x", AVM_COMPLETE_ERROR},
    {"  x", AVM_COMPLETE_ERROR},
    {"x\n  y", AVM_COMPLETE_ERROR},
    {"if x:\n  # c", AVM_INCOMPLETE},
    {"if x:\n  y\n  # c", AVM_INCOMPLETE},
    {"if x:\n  y\n# c", AVM_INCOMPLETE},
    {"if x:\n  y\n# c\n", AVM_COMPLETE},
    {"#a\nx", AVM_COMPLETE},
    {"\nx", AVM_COMPLETE},
    {"\n\nif x:", AVM_INCOMPLETE},
    {"if x:\ny", AVM_COMPLETE_ERROR},
    {"\\", AVM_INCOMPLETE},
    {"\"\"\"a\"\"\" b", AVM_COMPLETE_ERROR},
    {"0777", AVM_COMPLETE_ERROR},
    {"1__0", AVM_COMPLETE_ERROR},
    {"a = 'x\ny'", AVM_COMPLETE_ERROR},
    {"else:", AVM_COMPLETE_ERROR},
    {"elif x:", AVM_COMPLETE_ERROR},
    {"except:", AVM_COMPLETE_ERROR},
    {"x: int =", AVM_COMPLETE_ERROR},
    {"{**", AVM_INCOMPLETE},
    {"a if b", AVM_COMPLETE_ERROR},
    {"a if b else", AVM_COMPLETE_ERROR},
    {"raise X from", AVM_COMPLETE_ERROR},
    {"assert x,", AVM_COMPLETE_ERROR},
    {"global", AVM_COMPLETE_ERROR},
    {"x +=", AVM_COMPLETE_ERROR},
    {"(x\n", AVM_INCOMPLETE},
    {"(x\n#c\n", AVM_INCOMPLETE},
    {"'a' 'b", AVM_COMPLETE_ERROR},
    {"f(x for", AVM_INCOMPLETE},
    {"[x for x in", AVM_INCOMPLETE},
    {"if x:\n  (", AVM_INCOMPLETE},
    {"if x:\n  (\n", AVM_INCOMPLETE},
    {"if x:\n  '''\n", AVM_INCOMPLETE},
    {"if x:\n\n", AVM_INCOMPLETE},
    {"if x:\n  y;", AVM_INCOMPLETE},
    {"def f(\n", AVM_INCOMPLETE},
    {"def f(a,\n  b):", AVM_INCOMPLETE},
    {"class A:\n  def f(self):\n    pass\n", AVM_COMPLETE},
    {"class A:\n  def f(self):\n    pass\n\n", AVM_COMPLETE},
    {"class A:\n  def f(self):\n    pass\n  x", AVM_INCOMPLETE},
    {"try:\n x\nfinally:", AVM_INCOMPLETE},
    {"try:\n x\nfinally:\n y", AVM_INCOMPLETE},
    {"try:\n x\nfinally:\n y\n", AVM_COMPLETE},
    {"if 1:\n 'a\n", AVM_COMPLETE_ERROR},
    {"\tx", AVM_COMPLETE_ERROR},
};

Test(parser, tells_what_is_complete) {
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        AvmAlloc alloc;
        avm_alloc_init(&alloc);
        AvmDiag diag = {0};
        AvmComplete answer = avm_parse_complete(&alloc, typed[i].text, strlen(typed[i].text), &diag);
        cr_expect_eq(answer, typed[i].answer, "%s", typed[i].text);
        cr_expect_eq(diag.kind != AVM_DIAG_NONE, answer == AVM_COMPLETE_ERROR, "%s", typed[i].text);
        cr_expect_eq(alloc.used, 0);
    }
}

// ---- memory -------------------------------------------------------------------------------------

static const char everything[] =
    "@d(x)\n"
    "class A[T: int](B, c=1):\n"
    "    async def f(a, /, b: int = 1, *c, d=2, **e) -> f'{x!r:>{y}}':\n"
    "        async with a as (b, c), d: await e\n"
    "        return [i for i in j if k async for l in m], {**n, 'o': b'p'}, lambda q: q\n"
    "try: import a.b as c\n"
    "except* (D, E) as f: raise g from h\n"
    "match x:\n"
    "    case {'a': [b, *c], **d} | E(f, g=1.5) if h: \xd0\xb6 += 12345678901234567890\n"
    "with (a as b, c): del d[e:f], g.h\n";

// Fails at the request whose turn it is.
static void *failing(void *ctx, void *p, size_t old_size, size_t size) {
    (void)old_size;
    int *left = ctx;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(p, size) : NULL;
}

static AvmModule *parse_with(int requests, const char *text, AvmDiag *diag, size_t *used) {
    AvmAlloc alloc = {.hook = failing, .ctx = &requests};
    AvmArena arena;
    avm_arena_init(&arena, &alloc);
    AvmModule *module = avm_parse(&arena, text, strlen(text), AVM_PARSE_EXEC, diag);
    avm_arena_free(&arena);
    *used = alloc.used;
    return module;
}

Test(parser, runs_out_of_memory_anywhere) {
    char wrong[sizeof everything + 20];
    snprintf(wrong, sizeof wrong, "%s(x for y, z w)\n", everything);
    for (int broken = 0; broken < 2; broken++) {
        for (int n = 0; n < 100; n++) {
            AvmDiag diag = {0};
            size_t used;
            AvmModule *module = parse_with(n, broken ? wrong : everything, &diag, &used);
            cr_assert_eq(used, 0);
            cr_assert_eq(module == NULL, diag.kind != AVM_DIAG_NONE);
            cr_assert(!broken || !module);
            if (!broken && module) break;
            cr_assert(n < 99 || broken);
        }
    }
}

// ---- limits -------------------------------------------------------------------------------------

static AvmDiag diag_of(const char *text, size_t length) {
    AvmAlloc alloc;
    AvmArena arena;
    AvmDiag diag = {0};
    avm_alloc_init(&alloc);
    avm_arena_init(&arena, &alloc);
    avm_parse(&arena, text, length, AVM_PARSE_EXEC, &diag);
    avm_arena_free(&arena);
    cr_assert_eq(alloc.used, 0);
    return diag;
}

static AvmDiag diag_of_many(const char *head, const char *part, size_t count, const char *tail) {
    size_t n = strlen(head), m = strlen(part), k = strlen(tail);
    char *text = malloc(n + m * count + k);
    memcpy(text, head, n);
    for (size_t i = 0; i < count; i++) memcpy(text + n + i * m, part, m);
    memcpy(text + n + count * m, tail, k);
    AvmDiag diag = diag_of(text, n + m * count + k);
    free(text);
    return diag;
}

Test(parser, refuses_trees_that_are_too_high) {
    static const char *const chains[][3] = {
        {"x", "+x", ""},       {"", "not ", "x"},
        {"", "-", "x"},        {"x", ".a", ""},
        {"x", "()", ""},       {"x", "[0]", ""},
        {"", "lambda: ", "x"}, {"", "1 if 2 else ", "3"},
        {"x", "**x", ""},      {"if x: y\n", "elif x: y\n", ""},
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        AvmDiag diag = diag_of_many(chains[i][0], chains[i][1], 100000, chains[i][2]);
        cr_expect_eq(diag.kind, AVM_DIAG_SYNTAX);
        cr_expect(strstr(diag.message, "too deeply nested"), "%s: %s", chains[i][1], diag.message);
        cr_expect_eq(diag_of_many(chains[i][0], chains[i][1], 1000, chains[i][2]).kind, AVM_DIAG_NONE);
    }
}

Test(parser, takes_lists_of_any_length) {
    static const char *const lists[][3] = {
        {"x", "<x", ""},     {"x", " and x", ""},     {"", "@a\n", "def f(): pass"},
        {"", "x=", "1"},     {"[", "1,", "]"},        {"", "'a' ", ""},
        {"", "f'{a}'", ""},  {"f(", "a=1,", ")"},     {"", "x;", ""},
        {"", "x\n", ""},     {"with ", "a,", "b: c"}, {"try: x\n", "except A: y\n", ""},
        {"a[", "1:2,", "]"}, {"global x", ",x", ""},  {"", "#\n", ""},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cr_expect_eq(diag_of_many(lists[i][0], lists[i][1], 100000, lists[i][2]).kind, AVM_DIAG_NONE, "%s",
                     lists[i][1]);
}

Test(parser, refuses_deep_brackets) {
    cr_expect_eq(diag_of_many("", "(", 200, "x").kind, AVM_DIAG_SYNTAX);
    cr_expect_str_eq(diag_of_many("", "(", 201, "x").message, "too many nested parentheses");
    cr_expect_str_eq(diag_of_many("", "f'{", 100000, "x").message, "too many nested f-strings");
}

// ---- tokens -------------------------------------------------------------------------------------

Test(lexer, dumps_tokens) {
    AvmAlloc alloc;
    AvmArena arena;
    AvmBuf out;
    AvmDiag diag = {0};
    avm_alloc_init(&alloc);
    avm_arena_init(&arena, &alloc);
    avm_buf_init(&out, &alloc);
    static const char text[] = "if \xd1\x8f:\n  f'{x!r}' # c\n";
    cr_assert(avm_tokens_dump(&arena, text, strlen(text), &out, &diag));
    cr_expect_str_eq(avm_buf_str(&out), "1,0-1,2:            KEYWORD          'if'\n"
                                        "1,3-1,5:            NAME             '\xd1\x8f'\n"
                                        "1,5-1,6:            COLON            ':'\n"
                                        "1,6-1,7:            NEWLINE          '\\n'\n"
                                        "2,0-2,2:            INDENT           ''\n"
                                        "2,2-2,4:            FSTRING_START    'f\\''\n"
                                        "2,4-2,5:            LBRACE           '{'\n"
                                        "2,5-2,6:            NAME             'x'\n"
                                        "2,6-2,7:            EXCLAMATION      '!'\n"
                                        "2,7-2,8:            NAME             'r'\n"
                                        "2,8-2,9:            RBRACE           '}'\n"
                                        "2,9-2,10:           FSTRING_END      '\\''\n"
                                        "2,11-2,15:          NEWLINE          '\\n'\n"
                                        "3,0-3,0:            DEDENT           ''\n"
                                        "3,0-3,0:            ENDMARKER        ''\n");
    avm_buf_free(&out);
    avm_arena_free(&arena);
    cr_assert_eq(alloc.used, 0);
}
