// How often the VM looks up from its work. Two makes of it: pace.c, and pace_stress.c, which collects cycles as often as it
// can, so that what relied on an object that nobody held shows; meson chooses.
#ifndef AVM_VM_PACE_H
#define AVM_VM_PACE_H

#include "vm/thread.h"

// Calls and backward jumps between two check points, at most.
int32_t avm_pace_ticks(AvmThread *t);
// At a check point: is a collection due?
bool avm_pace_collects(AvmThread *t);

#endif
