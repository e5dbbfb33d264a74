/* A host that loads scripts it does not trust: fuel, time, memory and powers are limited, and nothing they do harms it. */
#include <aiovm.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *script;
} plugins[] = {
    {"a good one", "print(sum(range(1000)))"},
    {"an endless loop", "while True:\n    try:\n        while True: pass\n    except BaseException: print('caught')\n"
                        "    finally: print('finally')"},
    {"a memory bomb", "x = []\nwhile True:\n    try: x.append('x' * 100000)\n    except BaseException: print('caught')"},
    {"a big number", "try: 7 ** 7 ** 9\nexcept MemoryError: print('caught')"},
    {"deep recursion", "def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError: print('deep')"},
    {"a hostile __del__", "class C:\n    def __del__(self):\n        print('del')\n        while True: pass\nc = C()\ndel c"},
    {"an endless task", "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nasyncio.run(f())"},
    {"a native that calls back", "sorted(range(1000), key=lambda x: [0 for i in range(10**9)])"},
    {"a reader of files", "try: open('/etc/passwd')\nexcept PermissionError as e: print(e)"},
    {"a remover of files", "import os\ntry: os.remove('/tmp/x')\nexcept PermissionError as e: print(e)"},
    {"a chatterbox", "while True: print('x' * 1000, flush=True)"},
    {"one that looks at the clock", "import time\ntry: time.time()\nexcept PermissionError as e: print(e)"},
};

static int show(void *context, int fd, const char *data, size_t length) {
    size_t *shown = context;
    (void)fd;
    if (*shown + length < 200) printf("    %.*s%s", (int)length, data, data[length - 1] == '\n' ? "" : "\n");
    *shown += length;
    return 0;
}

static const char *what(aiovm *vm, aiovm_status status) {
    static const char *const limits[] = {"no limit", "fuel", "time", "memory", "output"};
    if (status == AIOVM_OK) return "fine";
    if (status == AIOVM_LIMIT || status == AIOVM_ENDED) return limits[aiovm_limit_hit(vm)];
    return status == AIOVM_ERROR ? aiovm_error_type(vm) : "?";
}

int main(void) {
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) {
        size_t shown = 0;
        aiovm_options options;
        aiovm_options_init(&options, sizeof options);
        options.write = show;
        options.context = &shown;
        options.memory_limit = 16 << 20;
        options.fuel = 5 * 1000 * 1000;
        options.output_limit = 10000;
        options.recursion_limit = 200;
        aiovm *vm;
        if (aiovm_new(&vm, &options) != AIOVM_OK) return 1;
        aiovm_set_limit(vm, AIOVM_LIMIT_TIME, UINT64_C(120000000000));
        printf("%s\n", plugins[i].name);
        aiovm_status status = aiovm_run_source(vm, plugins[i].script, strlen(plugins[i].script), plugins[i].name);
        const char *how = what(vm, status);
        if (status == AIOVM_OK) aiovm_run_source(vm, "import sys; sys.stdout.flush()", 30, "<flush>");
        printf("  %s\n", how);
        aiovm_free(vm);
    }
    return 0;
}
