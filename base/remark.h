// What a compile has to say about a source that is no error: the texts of SyntaxWarnings. Knows neither
// filters nor how they are shown.
#ifndef AVM_BASE_REMARK_H
#define AVM_BASE_REMARK_H

#include "base/diag.h"

enum { AVM_MAX_REMARKS = 1 << 16 }; // what comes after these is not kept

typedef struct AvmRemark {
    AvmSpan span;
    bool late; // not said yet: avm_remarks_say
    char text[111];
} AvmRemark;

// In the order in which CPython would issue them.
struct AvmRemarks {
    AvmAlloc *alloc;
    AvmRemark *items;
    uint32_t count, cap;
    uint32_t late;
    uint32_t parsed; // the first so many are the parser's
};

void avm_remarks_init(AvmRemarks *r, AvmAlloc *alloc);
void avm_remarks_free(AvmRemarks *r);
// Adds to d->remarks, if there is such a list. false: out of memory, which d says now.
bool avm_remark(AvmDiag *d, AvmSpan span, const char *format, ...) __attribute__((format(printf, 3, 4)));
// The same for an f-string's text, which CPython looks at when it has read all of the f-string.
bool avm_remark_late(AvmDiag *d, AvmSpan span, const char *format, ...) __attribute__((format(printf, 3, 4)));
// The late ones from this place on are said now, as if they were about `at` (NULL: about their own place).
void avm_remarks_say(AvmDiag *d, AvmSpan from, const AvmSpan *at);
// The parser is through: what is late yet is never said.
void avm_remarks_parsed(AvmRemarks *r);
// Puts copies of the remarks from `middle` on before `first`: what the compiler says twice. false: as
// avm_remark.
bool avm_remarks_repeat(AvmDiag *d, uint32_t first, uint32_t middle);
static inline uint32_t avm_remarks_count(const AvmDiag *d) { return d->remarks ? d->remarks->count : 0; }

#endif
