// What the files of the traceback display share.
#ifndef AVM_VM_TRACEBACK_PARTS_H
#define AVM_VM_TRACEBACK_PARTS_H

#include "vm/source.h"
#include "vm/traceback.h"

bool avm_traceback_add_entry(AvmThread *t, AvmSource *source, const AvmUnit *unit, uint32_t pc, AvmBuf *out);
// Entries of frozen modules are left out when the VM says so.
bool avm_traceback_add_entries(AvmThread *t, AvmSource *source, AvmTraceback *tb, AvmBuf *out);

// Counts entries that are the same as the one before.
typedef struct AvmRepeats {
    const AvmUnit *unit;
    uint32_t line, count;
} AvmRepeats;
// Is this entry to be shown?
bool avm_repeats_show(AvmRepeats *r, const AvmUnit *unit, uint32_t line, AvmBuf *out);
void avm_repeats_end(AvmRepeats *r, AvmBuf *out);

// Does c take two columns on a terminal?
bool avm_codepoint_wide(uint32_t c);

#endif
