// What the files of math share.
#ifndef AVM_STDLIB_MATHPARTS_H
#define AVM_STDLIB_MATHPARTS_H

#include "vm/import.h"
#include "vm/types/intbig.h"

AvmValue avm_math_domain_error(AvmThread *t);
AvmValue avm_math_range_error(AvmThread *t);

extern const AvmNativeDef avm_math_integer_functions[]; // mathint.c: gcd, comb, factorial ...
extern const AvmNativeDef avm_math_sum_functions[];     // mathsum.c: fsum, hypot, dist, prod ...
extern const AvmNativeDef avm_math_gamma_functions[];   // mathgamma.c

#endif
