// The compiler: units verify, and running out of memory at any request ends in a clean failure.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"

static const char program[] = "from __future__ import annotations\n"
                              "import os.path as p, sys\n"
                              "class A(list, metaclass=type):\n"
                              "    'doc'\n"
                              "    x: int = 3\n"
                              "    def f(self, a, /, b=1, *c, d, e: p | None = 2, **k) -> 'x':\n"
                              "        nonlocal_ = [a for a in c if (q := a) > b]\n"
                              "        self.x = lambda: (a, __class__, super().f)\n"
                              "        return f'{a!r:>{b}} {c}', {1, 2, 3}, {**k, 'a': 10 ** 20}\n"
                              "async def g(xs):\n"
                              "    async with xs as a, xs:\n"
                              "        async for x in a: yield x\n"
                              "    try:\n"
                              "        for i in 1, 2:\n"
                              "            try: await i\n"
                              "            finally: continue\n"
                              "    except (ValueError, TypeError) as e: raise e from None\n"
                              "    else: pass\n"
                              "    finally: del a\n"
                              "try: A()\n"
                              "except* OSError as e: print(e, *p, sep='', **sys)\n"
                              "while (n := p.q()) < 3 < n: break\n"
                              "else: a, (b, *c) = d[1:2] = yes or no and not maybe\n";

static AvmUnit *compile(AvmAlloc *alloc, const char *text, AvmDiag *diag) {
    AvmCompileOptions opts = {.file = "test.aio", .mode = AVM_COMPILE_EXEC};
    return avm_compile_source(alloc, text, strlen(text), &opts, diag);
}

Test(compiler, units_verify) {
    AvmAlloc alloc;
    AvmDiag diag = {0};
    char why[200] = "";
    avm_alloc_init(&alloc);
    AvmUnit *unit = compile(&alloc, program, &diag);
    cr_assert(unit, "%s", diag.message);
    cr_expect(avm_unit_verify(&alloc, unit, why, sizeof why), "%s", why);
    avm_unit_free(&alloc, unit);
    cr_expect_eq(alloc.used, 0);
}

// Fails every request from the countdown's end on.
static void *failing(void *ctx, void *p, size_t old_size, size_t size) {
    size_t *left = ctx;
    (void)old_size;
    if (size == 0) {
        free(p);
        return NULL;
    }
    if (*left == 0) return NULL;
    --*left;
    return realloc(p, size);
}

Test(compiler, running_out_of_memory) {
    bool done = false;
    for (size_t n = 0; !done; n++) {
        size_t left = n;
        AvmAlloc alloc = {.hook = failing, .ctx = &left};
        AvmDiag diag = {0};
        AvmUnit *unit = compile(&alloc, program, &diag);
        if (unit)
            done = true;
        else
            cr_assert_eq(diag.kind, AVM_DIAG_MEMORY, "request %zu: %s", n, diag.message);
        avm_unit_free(&alloc, unit);
        cr_assert_eq(alloc.used, 0, "request %zu", n);
    }
}

Test(compiler, a_broken_unit_is_refused) {
    AvmAlloc alloc;
    AvmDiag diag = {0};
    avm_alloc_init(&alloc);
    AvmUnit *unit = compile(&alloc, "def f(a, b): return a + b\n", &diag);
    cr_assert(unit);
    const AvmUnit *inner = unit->units[0];
    static const uint32_t bad[] = {
        AVM_WORD(AVM_OP_ADD, 200, 0, 1),   AVM_WORD(AVM_OP_LOADK, 2, 50, 0),
        AVM_WORD(AVM_OP_JMP, 100, 0, 0),   AVM_WORD(AVM_OP_GETCELL, 2, 0, 0),
        AVM_WORD(AVM_OP_COUNT, 0, 0, 0),   AVM_WORD(AVM_OP_GETGLOBAL, 2, 9, 0),
        AVM_WORD(AVM_OP_CALL, 2, 90, 0),   AVM_WORD(AVM_OP_GETATTR, 2, 0, 0),
        AVM_WORD(AVM_OP_GETNAME, 2, 0, 0),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t code[] = {bad[i], AVM_OP_RETNONE};
        AvmUnit broken = *inner;
        char why[200] = "";
        broken.code = code;
        broken.ncode = 2;
        broken.npositions = 0;
        cr_expect(!avm_unit_verify(&alloc, &broken, why, sizeof why), "word %zu was let through", i);
        cr_expect(strlen(why) > 0);
    }
    avm_unit_free(&alloc, unit);
}
