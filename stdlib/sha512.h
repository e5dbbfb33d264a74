// SHA-512, for seeding random numbers by text. Knows bytes only.
#ifndef AVM_STDLIB_SHA512_H
#define AVM_STDLIB_SHA512_H

#include <stddef.h>

void avm_sha512(const void *data, size_t n, unsigned char digest[64]);

#endif
