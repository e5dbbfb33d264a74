// The table of modules written in C.
#include "stdlib/modules.h"

const AvmModuleDef *const avm_stdlib_modules[] = {
    &avm_asyncio_module,
    &avm_contextvars_module,
    NULL,
};
