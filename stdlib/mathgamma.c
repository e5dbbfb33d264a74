// gamma and lgamma by Lanczos' approximation with CPython's coefficients: random numbers depend on their last
// digits.
#include <math.h>

#include "base/fmod.h"
#include "stdlib/mathparts.h"
#include "vm/libm.h"

#define LANCZOS_G 6.024680040776729583740234375
#define LANCZOS_G_MINUS_HALF 5.524680040776729583740234375

enum { LANCZOS_N = 13 };

static double lanczos_sum(double x) {
    static const double numerator[LANCZOS_N] = {23531376880.410759688572007674451636754734846804940,
                                                42919803642.649098768957899047001988850926355848959,
                                                35711959237.355668049440185451547166705960488635843,
                                                17921034426.037209699919755754458931112671403265390,
                                                6039542586.3520280050642916443072979210699388420708,
                                                1439720407.3117216736632230727949123939715485786372,
                                                248874557.86205415651146038641322942321632125127801,
                                                31426415.585400194380614231628318205362874684987640,
                                                2876370.6289353724412254090516208496135991145378768,
                                                186056.26539522349504029498971604569928220784236328,
                                                8071.6720023658162106380029022722506138218516325024,
                                                210.82427775157934587250973392071336271166969580291,
                                                2.5066282746310002701649081771338373386264310793408};
    static const double denominator[LANCZOS_N] = {
        0.0,       39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
        2637558.0, 357423.0,   32670.0,     1925.0,      66.0,        1.0};
    double up = 0, down = 0;
    for (int i = 0; i < LANCZOS_N; i++) {
        // For large x the powers of 1/x stay in range.
        int k = x < 5.0 ? LANCZOS_N - 1 - i : i;
        up = (x < 5.0 ? up * x : up / x) + numerator[k];
        down = (x < 5.0 ? down * x : down / x) + denominator[k];
    }
    return up / down;
}

// m->sin(pi * x), exact in sign and at whole numbers.
static double sin_pi(const AvmLibm *m, double x) {
    double y = avm_fmod(fabs(x), 2.0), twice = 2.0 * y, r;
    int half = (int)twice; // rounded, halves up
    if (twice - half >= 0.5) half++;
    switch (half) {
    case 0: r = m->sin(M_PI * y); break;
    case 1: r = m->cos(M_PI * (y - 0.5)); break;
    case 2: r = m->sin(M_PI * (1.0 - y)); break;
    case 3: r = -m->cos(M_PI * (y - 1.5)); break;
    default: r = m->sin(M_PI * (y - 2.0)); break;
    }
    return copysign(1.0, x) * r;
}

static double gamma_of(const AvmLibm *m, double x) {
    double a = fabs(x);
    if (a < 1e-20) return 1.0 / x;
    if (a > 200.0) return x < 0 ? 0.0 / sin_pi(m, x) : INFINITY;
    double y = a + LANCZOS_G_MINUS_HALF;
    // What the rounding of y lost.
    double lost = a > LANCZOS_G_MINUS_HALF ? (y - a) - LANCZOS_G_MINUS_HALF : (y - LANCZOS_G_MINUS_HALF) - a;
    lost = lost * LANCZOS_G / y;
    double r;
    if (x < 0) {
        r = -M_PI / sin_pi(m, a) / a * m->exp(y) / lanczos_sum(a);
        r -= lost * r;
        if (a < 140.0) return r / m->pow(y, a - 0.5);
        double half = m->pow(y, a / 2.0 - 0.25);
        return r / half / half;
    }
    r = lanczos_sum(a) / m->exp(y);
    r += lost * r;
    if (a < 140.0) return r * m->pow(y, a - 0.5);
    double half = m->pow(y, a / 2.0 - 0.25);
    return r * half * half;
}

static double lgamma_of(const AvmLibm *m, double x) {
    if (isnan(x)) return x;
    if (isinf(x)) return INFINITY;
    if (x == floor(x) && x <= 2.0) return 0.0;
    double a = fabs(x);
    if (a < 1e-20) return -m->log(a);
    double r = m->log(lanczos_sum(a)) - LANCZOS_G;
    r += (a - 0.5) * (m->log(a + LANCZOS_G - 0.5) - 1);
    if (x < 0) r = 1.144729885849400174143427351353058711647 - m->log(fabs(sin_pi(m, a))) - m->log(a) - r;
    return r;
}

static AvmValue math_gamma(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    const AvmLibm *m = avm_libm(t);
    if (!m || !avm_to_double(t, args[0], &x)) return AVM_FAIL;
    if (isnan(x) || x == INFINITY) return avm_float_value(x);
    if (x == -INFINITY || (x <= 0 && x == floor(x))) return avm_math_domain_error(t);
    // Factorials are exact as long as they fit.
    if (x == floor(x) && x <= 23) {
        double r = 1;
        for (int i = 2; i < (int)x; i++) r *= i;
        return avm_float_value(r);
    }
    double r = gamma_of(m, x);
    return isinf(r) ? avm_math_range_error(t) : avm_float_value(r);
}

static AvmValue math_lgamma(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double x;
    const AvmLibm *m = avm_libm(t);
    if (!m || !avm_to_double(t, args[0], &x)) return AVM_FAIL;
    if (isfinite(x) && x <= 0 && x == floor(x)) return avm_math_domain_error(t);
    double r = lgamma_of(m, x);
    return isinf(r) && isfinite(x) ? avm_math_range_error(t) : avm_float_value(r);
}

const AvmNativeDef avm_math_gamma_functions[] = {
    {"gamma", math_gamma, "gamma(x, /)", "The gamma function."},
    {"lgamma", math_lgamma, "lgamma(x, /)", "The logarithm of the absolute value of gamma(x)."},
    {0},
};
