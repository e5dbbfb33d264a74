// Where the operator, the brackets of a call or those of a subscript stand in a piece of source. Knows text only.
#ifndef AVM_VM_ANCHORS_H
#define AVM_VM_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Byte offsets in the text; from < to. What lies between gets '^' in a traceback, the rest of the expression '~'.
typedef struct AvmAnchors {
    size_t from, to;
} AvmAnchors;

typedef enum AvmAnchored { AVM_ANCHORED_OTHER, AVM_ANCHORED_BINARY, AVM_ANCHORED_SUBSCRIPT, AVM_ANCHORED_CALL } AvmAnchored;

// What the expression text[start .. end) is at its top, and its anchors (for BINARY, SUBSCRIPT and CALL). OTHER also when it is no
// expression, or too long. simple: of a CALL: the function is a plain name.
AvmAnchored avm_anchors_find(const char *text, size_t start, size_t end, AvmAnchors *anchors, bool *simple);
// Is text (whole lines) one statement `return name(...)` or `name = anything(...)` whose call is [start .. end)? Carets
// under such a call would say nothing.
bool avm_anchors_whole_call(const char *text, size_t len, size_t start, size_t end);

#endif
