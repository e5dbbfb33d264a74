// A host allocator that fails: at the first, second, third ... allocation of a script with everything in it. Neither crash nor leak.
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "include/aiovm.h"

typedef struct Memory {
    long left;   // allocations until one fails
    long blocks; // now
    long made;
} Memory;

static void *allocate(void *context, void *p, size_t old_size, size_t size) {
    Memory *m = context;
    (void)old_size;
    if (!size) {
        m->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    m->made++;
    if (m->left-- == 0) return NULL;
    void *q = realloc(p, size);
    m->blocks += q && !p;
    return q;
}

static int swallow(void *context, int fd, const char *data, size_t n) {
    (void)context, (void)fd, (void)data, (void)n;
    return 0;
}

static aiovm_status pend(aiovm *vm, const aiovm_value *args, size_t n, aiovm_value *result, void *data) {
    aiovm_pending p;
    (void)args, (void)n, (void)data;
    aiovm_status status = aiovm_pend(vm, NULL, NULL, &p, result);
    return status == AIOVM_OK ? aiovm_resolve(vm, p, (aiovm_value){0}) : status;
}

static const char script[] =
    "import asyncio, host\n"
    "class C:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'<{self.x!r}>'\n"
    "    def __del__(self): pass\n"
    "async def work(n):\n    async with asyncio.timeout(10): await asyncio.sleep(0)\n    await host.pend()\n    return [C(i) for i in range(n)]\n"
    "async def main():\n    q = asyncio.Queue()\n    async with asyncio.TaskGroup() as g:\n"
    "        tasks = [g.create_task(work(i)) for i in range(5)]\n"
    "    try: await asyncio.gather(work(2), host.nothing)\n    except AttributeError as e: print(e)\n"
    "    d = {str(t.result()): 2 ** 200 for t in tasks}\n    print(sorted(d, key=len), {1, 2, 3}, b'x' * 100)\n"
    "    try: raise ExceptionGroup('g', [ValueError(1)])\n    except* ValueError as e: print(repr(e))\n"
    "asyncio.run(main())\n";

// Everything a host does, once. How far it came does not matter.
static void everything(Memory *m) {
    static const aiovm_def functions[] = {{"pend", pend, "pend()", NULL}, {0}};
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.allocate = allocate;
    options.context = m;
    options.write = swallow;
    options.clock = AIOVM_CLOCK_VIRTUAL;
    options.hashing = AIOVM_HASH_FIXED;
    aiovm *vm;
    if (aiovm_new(&vm, &options) != AIOVM_OK) return;
    aiovm_value v, list;
    aiovm_add_module(vm, "host", "For tests.", functions, NULL, NULL);
    aiovm_status status = aiovm_run_source(vm, script, strlen(script), "<test>");
    if (status == AIOVM_ERROR) (void)aiovm_error_text(vm);
    if (aiovm_make_str(vm, "text", 4, &v) == AIOVM_OK && aiovm_make_list(vm, &v, 1, &list) == AIOVM_OK &&
        aiovm_repr(vm, list, &v) == AIOVM_OK)
        aiovm_set_global(vm, "x", v);
    aiovm_free(vm);
}

Test(memory, every_allocation_may_fail, .timeout = 600) {
    Memory m = {.left = -1};
    everything(&m);
    cr_assert_eq(m.blocks, 0);
    long all = m.made, step = all > 400 ? all / 400 : 1; // some hundreds of places; the first ones each
    for (long at = 0; at < all; at += at < 100 ? 1 : step) {
        m = (Memory){.left = at};
        everything(&m);
        cr_assert_eq(m.blocks, 0, "allocation %ld of %ld: %ld blocks are left", at, all, m.blocks);
    }
}
