// Any bytes run to an end under limits on fuel and memory, in a VM of their own, through the public interface: no crash,
// no leak, no hang.
#include <string.h>

#include "include/aiovm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int swallow(void *context, int fd, const char *data, size_t length) {
    (void)context;
    (void)fd;
    (void)data;
    (void)length;
    return 0;
}

// A script that opens files could write over some.
static int touches_files(const uint8_t *data, size_t size) {
    return memmem(data, size, "open", 4) || memmem(data, size, "FileIO", 6);
}

// The first byte chooses the limits, and whether the program runs at once or in pieces.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || touches_files(data, size)) return -1;
    static const size_t memory[] = {64u << 20, 16u << 20, 4u << 20, 64u << 20};
    static const uint64_t fuel[] = {200000, 20000, 1000000, 200000};
    aiovm_options options;
    aiovm_options_init(&options, sizeof options);
    options.write = swallow;
    options.clock = AIOVM_CLOCK_VIRTUAL;
    options.hashing = AIOVM_HASH_FIXED;
    options.memory_limit = memory[data[0] & 3];
    options.fuel = fuel[data[0] >> 2 & 3];
    aiovm *vm;
    if (aiovm_new(&vm, &options) != AIOVM_OK) return 0;
    const char *source = (const char *)data + 1;
    aiovm_program *program = NULL;
    aiovm_status status = aiovm_compile(vm, source, size - 1, "fuzz", &program);
    if (status == AIOVM_OK) {
        if (data[0] & 16) {
            status = aiovm_start(vm, program);
            while (status == AIOVM_OK || status == AIOVM_PAUSED || status == AIOVM_WAIT) {
                status = aiovm_step(vm, 100);
                if (status == AIOVM_OK) break;
            }
        } else {
            status = aiovm_run(vm, program);
        }
    }
    if (status == AIOVM_ERROR && !*aiovm_error_type(vm)) __builtin_trap();
    (void)aiovm_error_text(vm);
    (void)aiovm_report(vm, status);
    aiovm_program_free(program);
    aiovm_free(vm);
    return 0;
}
