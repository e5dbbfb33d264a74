/* The smallest host: runs a script and shows what went wrong. */
#include <aiovm.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    const char *script = "import asyncio\n"
                         "async def main():\n"
                         "    await asyncio.sleep(0.01)\n"
                         "    print('hello from a script')\n"
                         "asyncio.run(main())\n";
    aiovm *vm;
    if (aiovm_new(&vm, NULL) != AIOVM_OK) return 1;
    aiovm_status status = aiovm_run_source(vm, script, strlen(script), "<hello>");
    if (status == AIOVM_ERROR) fputs(aiovm_error_text(vm), stderr);
    aiovm_free(vm);
    return status == AIOVM_OK ? 0 : 1;
}
