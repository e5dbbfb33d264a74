// Doubles to text and back, exactly, whatever the host's locale. Knows Python's spelling of them, not values.
#ifndef AVM_BASE_NUMBER_H
#define AVM_BASE_NUMBER_H

#include "base/buf.h"

enum { AVM_DOUBLE_REPR_MAX = 32 };

// The shortest digits that read back as d (finite, not zero), nearest to it: d = 0.DIGITS * 10^point, sign apart.
// Returns how many digits (1..17); no trailing zeros; not NUL-terminated.
int avm_double_shortest(double d, char digits[20], int *point);
// repr(float): "1.0", "1e+16", "-0.0", "inf", "nan". Returns the length; NUL-terminated.
size_t avm_double_repr(double d, char out[AVM_DOUBLE_REPR_MAX]);
// As printf's %e, %f, %g (and E, F, G) with this precision and, when alternate, '#'; kind '%' is f of 100 * d and a
// percent sign; 'r' is repr without the ".0". Exact for any precision. false: no memory.
bool avm_double_format(AvmBuf *out, double d, char kind, int precision, bool alternate);
// Reads "1", "-1.5", "1e-5" (text[n] is NUL). false: anything else, also underscores, spaces, inf, nan, hex.
bool avm_double_parse(const char *text, size_t n, double *out);

#endif
