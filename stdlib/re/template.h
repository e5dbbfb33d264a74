// What replaces a match: text with references to groups.
#ifndef AVM_STDLIB_RE_TEMPLATE_H
#define AVM_STDLIB_RE_TEMPLATE_H

#include "stdlib/re/re.h"

// A piece of text and then the text of a group (AVM_RE_UNSET: none).
typedef struct AvmRePart {
    uint32_t from, to, group;
} AvmRePart;

typedef struct AvmReTemplate {
    AvmBuf text;
    AvmRePart *parts;
    uint32_t n, cap;
} AvmReTemplate;

// source: a str or bytes-like. false: exception; free it in any case.
bool avm_re_template_parse(AvmThread *t, AvmReTemplate *out, const AvmRePattern *pattern, AvmValue source);
void avm_re_template_free(AvmThread *t, AvmReTemplate *template);
// Appends the template with the groups of a match in n bytes filled in. marks: two a group.
bool avm_re_template_fill(const AvmReTemplate *template, const char *owner, size_t n, const uint32_t *marks,
                          AvmBuf *out);

#endif
