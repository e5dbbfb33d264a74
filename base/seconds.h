// Times are doubles of seconds where scripts see them, and whole nanoseconds where the system does.
#ifndef AVM_BASE_SECONDS_H
#define AVM_BASE_SECONDS_H

#include <stdint.h>

// Nanoseconds that last at least that long: whoever waits must not wake too early. 0 for times that are past, INT64_MAX
// for those beyond 292 years. (C's ceil() would be libm's, which the program is not to be linked with.)
static inline int64_t avm_seconds_ns(double seconds) {
    double ns = seconds * 1e9;
    if (!(ns > 0)) return 0;
    if (ns >= 9.2e18) return INT64_MAX;
    int64_t whole = (int64_t)ns;
    return whole + ((double)whole < ns);
}

#endif
