// Copying short runs of bytes without a call: most texts are short.
#ifndef AVM_BASE_COPY_H
#define AVM_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// As memcpy; returns the byte after the last one written. Two copies that overlap cover all lengths between.
static inline char *avm_copy(char *to, const char *from, size_t n) {
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) {
        uint64_t head, tail;
        memcpy(&head, from, 8);
        memcpy(&tail, from + n - 8, 8);
        memcpy(to, &head, 8);
        memcpy(to + n - 8, &tail, 8);
    } else if (n >= 4) {
        uint32_t head, tail;
        memcpy(&head, from, 4);
        memcpy(&tail, from + n - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + n - 4, &tail, 4);
    } else if (n) {
        char middle = from[n / 2], last = from[n - 1];
        to[0] = from[0];
        to[n / 2] = middle;
        to[n - 1] = last;
    }
    return to + n;
}

#endif
