// The C library's transcendental functions, loaded when a script first needs one. Most never do, and to be linked with
// libm costs a tenth of the program's start.
#ifndef AVM_VM_LIBM_H
#define AVM_VM_LIBM_H

#include "vm/thread.h"

#define AVM_LIBM_OF_ONE(F)                                                                                         \
    F(acos) F(acosh) F(asin) F(asinh) F(atan) F(atanh) F(cbrt) F(cos) F(cosh) F(erf) F(erfc) F(exp) F(exp2)        \
    F(expm1) F(log) F(log10) F(log1p) F(log2) F(sin) F(sinh) F(tan) F(tanh)
#define AVM_LIBM_OF_TWO(F) F(atan2) F(nextafter) F(pow) F(remainder)

typedef struct AvmLibm {
#define F(name) double (*name)(double x);
    AVM_LIBM_OF_ONE(F)
#undef F
#define F(name) double (*name)(double x, double y);
    AVM_LIBM_OF_TWO(F)
#undef F
    double (*fma)(double x, double y, double z);
    void *library; // NULL: the host program has it
} AvmLibm;

const AvmLibm *avm_libm_load(AvmThread *t);
void avm_libm_free(AvmVm *vm);
// NULL: exception (there is no such library, or no memory).
static inline const AvmLibm *avm_libm(AvmThread *t) { return t->vm->libm ? t->vm->libm : avm_libm_load(t); }

#endif
