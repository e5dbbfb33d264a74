// C's fmod without libm, which the program loads only on demand.
#ifndef AVM_BASE_FMOD_H
#define AVM_BASE_FMOD_H

// x - n * y for the whole n nearest to x / y towards zero: exact, with x's sign; NaN for an infinite x or a y of 0.
double avm_fmod(double x, double y);

#endif
