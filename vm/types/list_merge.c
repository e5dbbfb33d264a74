// Merging two neighbouring runs of a list in work, galloping where one side wins again and again. The comparisons are
// CPython's, one by one: scripts can watch them, and of items without an order (NaN) they decide the result.
#include "vm/types/list_sort.h"

// --- galloping: how many of keys[0 .. n) stand before key, looked for from `hint` on in steps of 1, 3, 7 ... -1: exception.

// Those that are less than key; with `right` those that are equal, too.
static inline int before(AvmSort *s, AvmValue key, AvmValue other, bool right) {
    if (!right) return avm_sort_less(s, other, key);
    int l = avm_sort_less(s, key, other);
    return l < 0 ? l : !l;
}

static int64_t gallop(AvmSort *s, AvmValue key, const AvmValue *keys, int64_t n, int64_t hint, bool right) {
    int64_t known = 0, step = 1, low, high; // keys before low stand before key, those from high on do not
    int up = before(s, key, keys[hint], right);
    if (up < 0) return -1;
    int64_t most = up ? n - hint : hint + 1;
    while (step < most) {
        int b = before(s, key, keys[up ? hint + step : hint - step], right);
        if (b < 0) return -1;
        if (b != up) break;
        known = step;
        step = step * 2 + 1;
    }
    if (step > most) step = most;
    low = up ? hint + known + 1 : hint - step + 1;
    high = up ? hint + step : hint - known;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int b = before(s, key, keys[middle], right);
        if (b < 0) return -1;
        if (b)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static int64_t gallop_left(AvmSort *s, AvmValue key, const AvmValue *keys, uint32_t n, uint32_t hint) {
    return gallop(s, key, keys, n, hint, false);
}
static int64_t gallop_right(AvmSort *s, AvmValue key, const AvmValue *keys, uint32_t n, uint32_t hint) {
    return gallop(s, key, keys, n, hint, true);
}

// --- a merge in progress: run a, then run b, of which the shorter one was copied to the spare arrays

// Upwards, a is spare[a ..), b is keys[b ..) and keys[out ..) is to be filled; downwards these are the ends: a is
// keys(.. a), b is spare(.. b) and keys(.. out) is to be filled.
typedef struct Merge {
    uint32_t a, na, b, nb, out;
    int64_t a_wins, b_wins; // in a row
} Merge;

typedef enum Outcome { FAILED = -1, SETTLED, GOES_ON } Outcome; // SETTLED: the rest needs no comparisons

static void move(AvmSort *s, uint32_t to, bool from_spare, uint32_t from, uint32_t n) {
    memmove(s->keys + to, (from_spare ? s->spare_keys : s->keys) + from, n * sizeof(AvmValue));
    if (s->values) memmove(s->values + to, (from_spare ? s->spare_values : s->values) + from, n * sizeof(AvmValue));
}

static void save(AvmSort *s, uint32_t from, uint32_t n) {
    memcpy(s->spare_keys, s->keys + from, n * sizeof(AvmValue));
    if (s->values) memcpy(s->spare_values, s->values + from, n * sizeof(AvmValue));
}

// --- upwards

static void take_a_up(AvmSort *s, Merge *m, uint32_t n) {
    move(s, m->out, true, m->a, n);
    m->a += n;
    m->na -= n;
    m->out += n;
}

static void take_b_up(AvmSort *s, Merge *m, uint32_t n) {
    move(s, m->out, false, m->b, n);
    m->b += n;
    m->nb -= n;
    m->out += n;
}

// One by one, until one side has won often enough.
static Outcome singles_up(AvmSort *s, Merge *m) {
    m->a_wins = m->b_wins = 0;
    while (m->a_wins < s->gallop_after && m->b_wins < s->gallop_after) {
        int l = avm_sort_less(s, s->keys[m->b], s->spare_keys[m->a]);
        if (l < 0) return FAILED;
        if (l) {
            take_b_up(s, m, 1);
            m->b_wins++;
            m->a_wins = 0;
            if (!m->nb) return SETTLED;
        } else {
            take_a_up(s, m, 1);
            m->a_wins++;
            m->b_wins = 0;
            if (m->na == 1) return SETTLED; // a's last item is the last of all
        }
    }
    return GOES_ON;
}

// Whole stretches, as long as they are long; galloping gets easier while it pays.
static Outcome gallops_up(AvmSort *s, Merge *m) {
    do {
        s->gallop_after -= s->gallop_after > 1;
        if ((m->a_wins = gallop_right(s, s->keys[m->b], s->spare_keys + m->a, m->na, 0)) < 0) return FAILED;
        take_a_up(s, m, (uint32_t)m->a_wins);
        if (m->na <= 1) return SETTLED;
        take_b_up(s, m, 1);
        if (!m->nb) return SETTLED;
        if ((m->b_wins = gallop_left(s, s->spare_keys[m->a], s->keys + m->b, m->nb, 0)) < 0) return FAILED;
        take_b_up(s, m, (uint32_t)m->b_wins);
        if (!m->nb) return SETTLED;
        take_a_up(s, m, 1);
        if (m->na == 1) return SETTLED;
    } while (m->a_wins >= AVM_SORT_GALLOP || m->b_wins >= AVM_SORT_GALLOP);
    return GOES_ON;
}

// --- downwards

static void take_a_down(AvmSort *s, Merge *m, uint32_t n) {
    m->a -= n;
    m->na -= n;
    m->out -= n;
    move(s, m->out, false, m->a, n);
}

static void take_b_down(AvmSort *s, Merge *m, uint32_t n) {
    m->b -= n;
    m->nb -= n;
    m->out -= n;
    move(s, m->out, true, m->b, n);
}

static Outcome singles_down(AvmSort *s, Merge *m) {
    m->a_wins = m->b_wins = 0;
    while (m->a_wins < s->gallop_after && m->b_wins < s->gallop_after) {
        int l = avm_sort_less(s, s->spare_keys[m->b - 1], s->keys[m->a - 1]);
        if (l < 0) return FAILED;
        if (l) {
            take_a_down(s, m, 1);
            m->a_wins++;
            m->b_wins = 0;
            if (!m->na) return SETTLED;
        } else {
            take_b_down(s, m, 1);
            m->b_wins++;
            m->a_wins = 0;
            if (m->nb == 1) return SETTLED; // b's first item is the first of all
        }
    }
    return GOES_ON;
}

static Outcome gallops_down(AvmSort *s, Merge *m) {
    do {
        s->gallop_after -= s->gallop_after > 1;
        int64_t stay = gallop_right(s, s->spare_keys[m->b - 1], s->keys + m->a - m->na, m->na, m->na - 1);
        if (stay < 0) return FAILED;
        m->a_wins = m->na - stay;
        take_a_down(s, m, (uint32_t)m->a_wins);
        if (!m->na) return SETTLED;
        take_b_down(s, m, 1);
        if (m->nb == 1) return SETTLED;
        stay = gallop_left(s, s->keys[m->a - 1], s->spare_keys, m->nb, m->nb - 1);
        if (stay < 0) return FAILED;
        m->b_wins = m->nb - stay;
        take_b_down(s, m, (uint32_t)m->b_wins);
        if (m->nb <= 1) return SETTLED;
        take_a_down(s, m, 1);
        if (!m->na) return SETTLED;
    } while (m->a_wins >= AVM_SORT_GALLOP || m->b_wins >= AVM_SORT_GALLOP);
    return GOES_ON;
}

// --- both

// Until no comparison is left. Galloping is made harder each time that it ends.
static Outcome merge_all(AvmSort *s, Merge *m, Outcome (*singles)(AvmSort *, Merge *),
                         Outcome (*gallops)(AvmSort *, Merge *)) {
    for (;;) {
        Outcome o = singles(s, m);
        if (o != GOES_ON) return o;
        s->gallop_after++;
        o = gallops(s, m);
        if (o != GOES_ON) return o;
        s->gallop_after++;
    }
}

// It is known that b's first item comes before all of a.
static bool merge_up(AvmSort *s, uint32_t start, uint32_t na, uint32_t nb) {
    save(s, start, na);
    Merge m = {.a = 0, .na = na, .b = start + na, .nb = nb, .out = start};
    take_b_up(s, &m, 1);
    Outcome o = m.nb && m.na > 1 ? merge_all(s, &m, singles_up, gallops_up) : SETTLED;
    if (o == SETTLED) take_b_up(s, &m, m.nb);
    take_a_up(s, &m, m.na);
    return o == SETTLED;
}

// It is known that a's last item comes after all of b.
static bool merge_down(AvmSort *s, uint32_t start, uint32_t na, uint32_t nb) {
    save(s, start + na, nb);
    Merge m = {.a = start + na, .na = na, .b = nb, .nb = nb, .out = start + na + nb};
    take_a_down(s, &m, 1);
    Outcome o = m.na && m.nb > 1 ? merge_all(s, &m, singles_down, gallops_down) : SETTLED;
    if (o == SETTLED) take_a_down(s, &m, m.na);
    take_b_down(s, &m, m.nb);
    return o == SETTLED;
}

bool avm_sort_merge(AvmSort *s, uint32_t i) {
    uint32_t start = s->runs[i].start, na = s->runs[i].len, nb = s->runs[i + 1].len;
    s->runs[i].len += nb;
    memmove(&s->runs[i + 1], &s->runs[i + 2], (s->nruns - i - 2) * sizeof s->runs[0]);
    s->nruns--;
    // What already stands right at the front and at the end need not move.
    int64_t skip = gallop_right(s, s->keys[start + na], s->keys + start, na, 0);
    if (skip < 0) return false;
    start += (uint32_t)skip;
    na -= (uint32_t)skip;
    if (!na) return true;
    int64_t keep = gallop_left(s, s->keys[start + na - 1], s->keys + start + na, nb, nb - 1);
    if (keep <= 0) return keep == 0;
    return na <= keep ? merge_up(s, start, na, (uint32_t)keep) : merge_down(s, start, na, (uint32_t)keep);
}
