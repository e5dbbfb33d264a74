// The pace of stress builds: every call and every backward jump is a check point, and every check point collects; in longer
// programs and over larger heaps fewer and fewer do, so that they come to an end.
#include "vm/pace.h"

#include "vm/gc.h"

enum { ALL = 1000, THEN = 200, SMALL = 2000 }; // check points; objects

int32_t avm_pace_ticks(AvmThread *t) {
    (void)t;
    return 0;
}

bool avm_pace_collects(AvmThread *t) {
    uint64_t n = t->checks++;
    uint64_t gap = (n < ALL ? 1 : n / THEN) * (1 + t->gc_live / SMALL);
    return n % gap == 0 || (t->gc_debt > t->gc_threshold && avm_gc_is_due(t));
}
