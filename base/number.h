// Doubles to text and back, exactly, whatever the host's locale. Knows Python's spelling of them, not values.
#ifndef AVM_BASE_NUMBER_H
#define AVM_BASE_NUMBER_H

#include "base/buf.h"

enum { AVM_DOUBLE_REPR_MAX = 32, AVM_DOUBLE_FIXED_MAX = 48 };

// repr(float): "1.0", "1e+16", "-0.0", "inf", "nan". Returns the length; NUL-terminated.
size_t avm_double_repr(double d, char out[AVM_DOUBLE_REPR_MAX]);
// As printf's %e, %f, %g (and E, F, G) with this precision and, when alternate, '#'; kind '%' is f of 100 * d and a
// percent sign; 'r' is repr without the ".0". Exact for any precision. false: no memory.
bool avm_double_format(AvmBuf *out, double d, char kind, int precision, bool alternate);
// Finite d with so many places after the point, as printf's %f. Returns the length, not NUL-terminated; 0: it
// is not one of the usual ones, avm_double_format does those too.
size_t avm_double_fixed(double d, int places, char out[AVM_DOUBLE_FIXED_MAX]);
// Reads "1", "-1.5", "1e-5". false: anything else, also underscores, spaces, inf, nan, hex; or no memory for
// a long one.
bool avm_double_parse(const char *text, size_t n, double *out);

#endif
