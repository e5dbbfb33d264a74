// The pace of ordinary builds.
#include "vm/pace.h"

#include "vm/gc.h"

enum { TICKS = 4096, SHARED = 256 }; // alone; with threads

int32_t avm_pace_ticks(AvmThread *t) { return t->vm->threads ? SHARED : TICKS; }

bool avm_pace_collects(AvmThread *t) { return t->gc_debt > t->gc_threshold && avm_gc_is_due(t); }
