// Lines of source for displays. The text of one file is kept while a display is put together.
#ifndef AVM_VM_SOURCE_H
#define AVM_VM_SOURCE_H

#include "vm/thread.h"

typedef struct AvmSource {
    const char *file; // whose text it is: compared by address
    AvmBuf text;
    bool known;
    uint32_t line; // the line that begins at `at`; 0: none
    size_t at;
} AvmSource;

void avm_source_init(AvmSource *s, AvmThread *t);
void avm_source_free(AvmSource *s);
// Line `number` of a file, without white space at its end; valid until the next call. false: not known.
bool avm_source_get(AvmThread *t, AvmSource *s, const char *file, size_t n, uint32_t number, const char **line,
                    size_t *len);

// The code of a source text by vm->host.compile; mode: AVM_SOURCE_... The text is not kept: as in CPython, what exec runs has
// no lines to show. New reference; NULL: exception (SyntaxError, or RuntimeError without a compiler).
struct AvmCode *avm_source_compile(AvmThread *t, const char *source, size_t len, AvmStr *file, int mode);

#endif
