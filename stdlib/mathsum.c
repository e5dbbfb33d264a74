// math's sums, products and distances: exact, or rounded once.
#include <math.h>

#include "stdlib/mathparts.h"
#include "vm/error.h"
#include "vm/libm.h"
#include "vm/types/list.h"

// --- fsum: partial sums that do not overlap, smallest first

typedef struct Partials {
    AvmBuf terms; // doubles
    double specials, infinities;
} Partials;

static size_t count(const Partials *p) { return p->terms.len / sizeof(double); }

static double *terms(const Partials *p) { return (double *)(void *)p->terms.data; }

static bool add_term(AvmThread *t, Partials *p, double x) {
    double given = x;
    size_t kept = 0, n = count(p);
    for (size_t i = 0; i < n; i++) {
        double y = terms(p)[i];
        if (fabs(x) < fabs(y)) {
            double swap = x;
            x = y, y = swap;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0) terms(p)[kept++] = low;
        x = high;
    }
    p->terms.len = kept * sizeof(double);
    if (x == 0) return true;
    if (!isfinite(x)) {
        if (isfinite(given)) {
            avm_raise(t, AVM_EXC(t, OverflowError), "intermediate overflow in fsum");
            return false;
        }
        if (isinf(given)) p->infinities += given;
        p->specials += given;
        p->terms.len = 0;
        return true;
    }
    return avm_buf_add(&p->terms, &x, sizeof x) || avm_raise_memory(t) != AVM_FAIL;
}

// The partial sums rounded once, half to even.
static double total(const Partials *p) {
    size_t n = count(p);
    double high = 0, low = 0;
    if (n) high = terms(p)[--n];
    while (n) {
        double x = high, y = terms(p)[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0) break;
    }
    // A tie that the terms below would break was rounded as a tie.
    if (n && ((low < 0 && terms(p)[n - 1] < 0) || (low > 0 && terms(p)[n - 1] > 0))) {
        double y = low * 2, x = high + y;
        if (y == x - high) high = x;
    }
    return high;
}

static AvmValue math_fsum(AvmThread *t, AvmValue *args, uint32_t unused) {
    (void)unused;
    AvmValue iterator = avm_iter(t, args[0]), v, result = AVM_FAIL;
    if (iterator == AVM_FAIL) return AVM_FAIL;
    Partials p = {.terms = {.alloc = &t->vm->alloc}};
    while ((v = avm_next(t, iterator)) != AVM_DONE) {
        double x;
        bool good = v != AVM_FAIL && avm_to_double(t, v, &x) && add_term(t, &p, x);
        avm_decref(t, v);
        if (!good) goto done;
    }
    if (p.specials != 0 || isnan(p.specials))
        result = isnan(p.infinities) ? avm_raise_value(t, "-inf + inf in fsum") : avm_float_value(p.specials);
    else
        result = avm_float_value(total(&p));
done:
    avm_buf_free(&p.terms);
    avm_decref(t, iterator);
    return result;
}

static AvmValue math_prod(AvmThread *t, AvmValue *args, uint32_t unused) {
    (void)unused;
    AvmValue iterator = avm_iter(t, args[0]), v;
    if (iterator == AVM_FAIL) return AVM_FAIL;
    AvmValue r = args[1] == AVM_EMPTY ? avm_inline_int_value(1) : avm_incref(args[1]);
    while (r != AVM_FAIL && (v = avm_next(t, iterator)) != AVM_DONE) {
        AvmValue next = v == AVM_FAIL ? AVM_FAIL : avm_binary(t, AVM_MUL, r, v);
        avm_decref(t, v);
        avm_decref(t, r);
        r = next;
    }
    avm_decref(t, iterator);
    return r;
}

// x * y and what rounding it lost.
static double exact_product(const AvmLibm *m, double x, double y, double *low) {
    double high = x * y;
    *low = m->fma(x, y, -high);
    return high;
}

// The pairs' products as floats, summed exactly. 1: done; 0: not all of them finite floats; -1: exception.
static int float_sumprod(AvmThread *t, const AvmLibm *m, AvmTuple *p, AvmTuple *q, double *out) {
    Partials sums = {.terms = {.alloc = &t->vm->alloc}};
    int good = 1;
    for (uint32_t i = 0; i < p->len && good > 0; i++) {
        double x, y, low;
        if (!(avm_is_float(p->items[i]) || avm_is_inline_int(p->items[i])) ||
            !(avm_is_float(q->items[i]) || avm_is_inline_int(q->items[i]))) {
            good = 0;
            break;
        }
        avm_to_double(t, p->items[i], &x);
        avm_to_double(t, q->items[i], &y);
        double high = exact_product(m, x, y, &low);
        if (!isfinite(high) || !isfinite(low))
            good = 0;
        else if (!add_term(t, &sums, high) || !add_term(t, &sums, low))
            good = -1;
    }
    if (good > 0) *out = total(&sums);
    avm_buf_free(&sums.terms);
    return good;
}

static AvmValue general_sumprod(AvmThread *t, AvmTuple *p, AvmTuple *q) {
    AvmValue sum = avm_inline_int_value(0);
    for (uint32_t i = 0; i < p->len && sum != AVM_FAIL; i++) {
        AvmValue term = avm_binary(t, AVM_MUL, p->items[i], q->items[i]);
        AvmValue next = term == AVM_FAIL ? AVM_FAIL : avm_binary(t, AVM_ADD, sum, term);
        avm_decref(t, term);
        avm_decref(t, sum);
        sum = next;
    }
    return sum;
}

static AvmValue math_sumprod(AvmThread *t, AvmValue *args, uint32_t unused) {
    (void)unused;
    const AvmLibm *m = avm_libm(t);
    if (!m) return AVM_FAIL;
    AvmTuple *p = avm_tuple_from_iter(t, args[0]), *q = p ? avm_tuple_from_iter(t, args[1]) : NULL;
    AvmValue result = AVM_FAIL;
    if (q && p->len != q->len) {
        avm_raise_value(t, "Inputs are not the same length");
    } else if (q) {
        double sum;
        bool floats = false;
        for (uint32_t i = 0; i < p->len; i++)
            floats |= avm_is_float(p->items[i]) || avm_is_float(q->items[i]);
        int done = floats ? float_sumprod(t, m, p, q, &sum) : 0;
        if (done)
            result = done > 0 ? avm_float_value(sum) : AVM_FAIL;
        else
            result = general_sumprod(t, p, q);
    }
    avm_drop(t, p);
    avm_drop(t, q);
    return result;
}

// --- distances

// sqrt of the sum of squares: scaled by a power of two, summed in double double, and corrected once.
static double norm(const AvmLibm *m, double *v, uint32_t n, double max, bool nan) {
    if (isinf(max)) return max;
    if (nan) return NAN;
    if (max == 0 || n <= 1) return max;
    int exponent;
    frexp(max, &exponent);
    if (exponent < -1023) {
        for (uint32_t i = 0; i < n; i++) v[i] /= 2.2250738585072014e-308;
        return 2.2250738585072014e-308 * norm(m, v, n, max / 2.2250738585072014e-308, nan);
    }
    double scale = ldexp(1.0, -exponent), sum = 1.0, lost1 = 0, lost2 = 0, low;
    for (uint32_t i = 0; i < n; i++) {
        double x = v[i] * scale, square = exact_product(m, x, x, &low), next = sum + square;
        lost1 += low;
        lost2 += (sum - next) + square;
        sum = next;
    }
    double h = sqrt(sum - 1.0 + (lost1 + lost2));
    double square = exact_product(m, -h, h, &low), next = sum + square;
    lost1 += low;
    lost2 += (sum - next) + square;
    double rest = next - 1.0 + (lost1 + lost2);
    h += rest / (2.0 * h);
    return h / scale;
}

// The norm of n numbers, or of the differences of two times n.
static AvmValue norm_of(AvmThread *t, const AvmValue *a, const AvmValue *b, uint32_t n) {
    const AvmLibm *m = avm_libm(t);
    if (!m) return AVM_FAIL;
    size_t bytes = (n ? n : 1) * sizeof(double);
    double *v = avm_alloc(&t->vm->alloc, bytes), max = 0;
    if (!v) return avm_raise_memory(t);
    bool nan = false, good = true;
    for (uint32_t i = 0; i < n && good; i++) {
        double x, y = 0;
        good = avm_to_double(t, a[i], &x) && (!b || avm_to_double(t, b[i], &y));
        if (!good) break;
        v[i] = fabs(x - y);
        nan |= isnan(v[i]);
        if (v[i] > max) max = v[i];
    }
    double r = good ? norm(m, v, n, max, nan) : 0;
    avm_release(&t->vm->alloc, v, bytes);
    return good ? avm_float_value(r) : AVM_FAIL;
}

static AvmValue math_hypot(AvmThread *t, AvmValue *args, uint32_t n) { return norm_of(t, args, NULL, n); }

static AvmValue math_dist(AvmThread *t, AvmValue *args, uint32_t unused) {
    (void)unused;
    AvmTuple *p = avm_tuple_from_iter(t, args[0]), *q = p ? avm_tuple_from_iter(t, args[1]) : NULL;
    AvmValue r = AVM_FAIL;
    if (q && p->len != q->len)
        avm_raise_value(t, "both points must have the same number of dimensions");
    else if (q)
        r = norm_of(t, p->items, q->items, p->len);
    avm_drop(t, p);
    avm_drop(t, q);
    return r;
}

const AvmNativeDef avm_math_sum_functions[] = {
    {"dist", math_dist, "dist(p, q, /)", "The distance of two points."},
    {"fsum", math_fsum, "fsum(seq, /)", "The sum of floats, rounded once."},
    {"hypot", math_hypot, "hypot(*coordinates)", "The distance of a point from the origin."},
    {"prod", math_prod, "prod(iterable, /, *, start=1)", "The product of all."},
    {"sumprod", math_sumprod, "sumprod(p, q, /)", "The sum of the products of pairs."},
    {0},
};
