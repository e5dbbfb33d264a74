// list.sort: a stable merge sort of natural runs that gallops through one-sided merges. Many numbers in no
// order are list_radix.c's.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

enum { GALLOP_AFTER = 7 }; // wins in a row that make a merge gallop
enum { MAX_RUNS = 64 };
enum { MANY_NUMBERS = 256 }; // from here on numbers are sorted without comparisons

typedef struct Sort Sort;
typedef int (*Less)(Sort *s, AvmValue a, AvmValue b); // 1, 0, -1

// keys are sorted; values (NULL: there is no key function) go where their keys go.
struct Sort {
    AvmThread *t;
    AvmValue *keys, *values;
    AvmValue *spare_keys, *spare_values;
    uint32_t n;
    uint32_t work; // comparisons since fuel was charged
    Less less;     // for keys of other kinds than the plain ones
    unsigned kinds; // what all keys are: Kind
    uint32_t nruns;
    struct {
        uint32_t start, len;
    } runs[MAX_RUNS];
};

static int less_any(Sort *s, AvmValue a, AvmValue b) { return avm_compare_bool(s->t, AVM_LT, a, b); }

// Tuples whose first items are of one kind, and mostly differ. Those that don't are left to the general
// comparison.
static AvmValue first_of(AvmValue tuple) { return ((AvmTuple *)avm_obj(tuple))->items[0]; }
static int less_by_int(Sort *s, AvmValue a, AvmValue b) {
    AvmValue x = first_of(a), y = first_of(b);
    return x != y ? avm_int_shifted(x) < avm_int_shifted(y) : less_any(s, a, b);
}
static int less_by_float(Sort *s, AvmValue a, AvmValue b) {
    double x = avm_float(first_of(a)), y = avm_float(first_of(b));
    return x < y ? 1 : x > y ? 0 : less_any(s, a, b);
}
static int less_by_str(Sort *s, AvmValue a, AvmValue b) {
    int order = avm_str_compare((AvmStr *)avm_obj(first_of(a)), (AvmStr *)avm_obj(first_of(b)));
    return order ? order < 0 : less_any(s, a, b);
}

typedef enum Kind { INT = 1, FLOAT = 2, STR = 4, FIRST_INT = 8, FIRST_FLOAT = 16, FIRST_STR = 32 } Kind;

static unsigned kind_of(AvmValue v) {
    return avm_is_inline_int(v) ? INT : avm_is_float(v) ? FLOAT : avm_is_str(v) ? STR : 0;
}

// Finds the comparison that fits all keys.
static void choose_less(Sort *s) {
    unsigned kinds = ~0u;
    for (uint32_t i = 0; i < s->n && kinds; i++) {
        AvmValue v = s->keys[i];
        unsigned kind = kind_of(v);
        if (!kind && avm_is_tuple(v) && ((AvmTuple *)avm_obj(v))->len)
            kind = kind_of(first_of(v)) * FIRST_INT;
        kinds &= kind;
    }
    s->kinds = kinds;
    s->less = kinds == FIRST_INT     ? less_by_int
              : kinds == FIRST_FLOAT ? less_by_float
              : kinds == FIRST_STR   ? less_by_str
                                     : less_any;
}

// Comparisons that may run script are counted, for fuel.
static __attribute__((noinline)) int less_counted(Sort *s, AvmValue a, AvmValue b) {
    if (++s->work >= 4096) {
        s->work = 0;
        if (!avm_charge(s->t, 4096)) return -1;
    }
    return s->less(s, a, b);
}

static inline int less(Sort *s, AvmValue a, AvmValue b) {
    if (s->kinds == INT) return avm_int_shifted(a) < avm_int_shifted(b);
    if (s->kinds == STR) return avm_str_compare((AvmStr *)avm_obj(a), (AvmStr *)avm_obj(b)) < 0;
    if (s->kinds == FLOAT) return avm_float(a) < avm_float(b);
    return less_counted(s, a, b);
}

static void reverse_items(AvmValue *p, uint32_t n) {
    for (uint32_t i = 0; i + 1 < n; i++) {
        AvmValue v = p[i];
        p[i] = p[--n];
        p[n] = v;
    }
}

static void reverse_part(Sort *s, uint32_t start, uint32_t n) {
    reverse_items(s->keys + start, n);
    if (s->values) reverse_items(s->values + start, n);
}

// From `at` on: the first item that is less than the one before it, or the end. 0: exception.
static uint32_t rising_end(Sort *s, uint32_t at) {
    for (; at < s->n; at++) {
        int down = less(s, s->keys[at], s->keys[at - 1]);
        if (down < 0) return 0;
        if (down) break;
    }
    return at;
}

// From `at` on: the first item that is greater than the one before it, or the end. 0: exception. Equal ones
// are turned round, because all that falls will be.
static uint32_t falling_end(Sort *s, uint32_t at) {
    uint32_t equal = 0;
    for (; at < s->n; at++) {
        int down = less(s, s->keys[at], s->keys[at - 1]), up = 0;
        if (down == 0) up = less(s, s->keys[at - 1], s->keys[at]);
        if (down < 0 || up < 0) return 0;
        if (up) break;
        if (!down) {
            equal++;
        } else if (equal) {
            reverse_part(s, at - equal - 1, equal + 1);
            equal = 0;
        }
    }
    if (equal) reverse_part(s, at - equal - 1, equal + 1);
    return at;
}

// The length of the run that begins at start, made ascending; 0: exception. What falls may begin with equal
// items, and have others among it. The comparisons are CPython's, one by one: of items without an order (NaN)
// they decide the result.
static uint32_t find_run(Sort *s, uint32_t start) {
    uint32_t end = rising_end(s, start + 1);
    if (!end) return 0;
    if (end == s->n) return end - start;
    if (end > start + 1) {
        int rises = less(s, s->keys[start], s->keys[end - 1]);
        if (rises < 0) return 0;
        if (rises) return end - start;
        reverse_part(s, start, end - start);
    }
    end = falling_end(s, end + 1);
    if (!end) return 0;
    reverse_part(s, start, end - start);
    end = rising_end(s, end);
    return end ? end - start : 0;
}

// Sorts [start, start + n), of which the first `sorted` are sorted, by binary insertion.
static bool insert_sort(Sort *s, uint32_t start, uint32_t n, uint32_t sorted) {
    AvmValue *keys = s->keys + start, *values = s->values ? s->values + start : NULL;
    for (uint32_t i = sorted; i < n; i++) {
        AvmValue key = keys[i];
        uint32_t low = 0, high = i;
        while (low < high) {
            uint32_t mid = (low + high) / 2;
            int l = less(s, key, keys[mid]);
            if (l < 0) return false;
            if (l)
                high = mid;
            else
                low = mid + 1;
        }
        memmove(keys + low + 1, keys + low, (i - low) * sizeof *keys);
        keys[low] = key;
        if (values) {
            AvmValue value = values[i];
            memmove(values + low + 1, values + low, (i - low) * sizeof *values);
            values[low] = value;
        }
    }
    return true;
}

// How many of keys[0 .. n) stand before key: the equal ones too with `right`. Looks near the front first.
// -1: exception.
static int64_t gallop(Sort *s, AvmValue key, const AvmValue *keys, uint32_t n, bool right) {
    uint64_t low = 0, step = 1; // keys before low stand before key
    while (low < n) {
        uint64_t at = low + step - 1 < n ? low + step - 1 : n - 1;
        int l = right ? less(s, key, keys[at]) : less(s, keys[at], key);
        if (l < 0) return -1;
        bool before = right ? !l : l;
        if (!before) {
            n = (uint32_t)at;
            break;
        }
        low = at + 1;
        step *= 2;
    }
    uint64_t high = n;
    while (low < high) {
        uint64_t mid = (low + high) / 2;
        int l = right ? less(s, key, keys[mid]) : less(s, keys[mid], key);
        if (l < 0) return -1;
        if (right ? !l : l)
            low = mid + 1;
        else
            high = mid;
    }
    return (int64_t)low;
}

// A merge in progress: the left run was copied to the spare arrays; out fills the gap it left.
typedef struct Merge {
    uint32_t left, nleft;   // in spare
    uint32_t right, nright; // in place
    uint32_t out;
} Merge;

static void take_left(Sort *s, Merge *m, uint32_t n) {
    memcpy(s->keys + m->out, s->spare_keys + m->left, n * sizeof(AvmValue));
    if (s->values) memcpy(s->values + m->out, s->spare_values + m->left, n * sizeof(AvmValue));
    m->left += n;
    m->nleft -= n;
    m->out += n;
}

static void take_right(Sort *s, Merge *m, uint32_t n) {
    memmove(s->keys + m->out, s->keys + m->right, n * sizeof(AvmValue));
    if (s->values) memmove(s->values + m->out, s->values + m->right, n * sizeof(AvmValue));
    m->right += n;
    m->nright -= n;
    m->out += n;
}

// Takes whole stretches from either side while they are long. false: exception.
static bool merge_gallop(Sort *s, Merge *m) {
    int64_t a, b;
    do {
        a = gallop(s, s->keys[m->right], s->spare_keys + m->left, m->nleft, true);
        if (a < 0) return false;
        take_left(s, m, (uint32_t)a);
        if (!m->nleft) return true;
        b = gallop(s, s->spare_keys[m->left], s->keys + m->right, m->nright, false);
        if (b < 0) return false;
        take_right(s, m, (uint32_t)b);
    } while (m->nright && (a >= GALLOP_AFTER || b >= GALLOP_AFTER));
    return true;
}

static bool merge_loop(Sort *s, Merge *m) {
    while (m->nleft && m->nright) {
        uint32_t wins_left = 0, wins_right = 0;
        while (m->nleft && m->nright && wins_left < GALLOP_AFTER && wins_right < GALLOP_AFTER) {
            int l = less(s, s->keys[m->right], s->spare_keys[m->left]);
            if (l < 0) return false;
            if (l) {
                take_right(s, m, 1);
                wins_right++;
                wins_left = 0;
            } else {
                take_left(s, m, 1);
                wins_left++;
                wins_right = 0;
            }
        }
        if (m->nleft && m->nright && !merge_gallop(s, m)) return false;
    }
    return true;
}

// Merges run i and the one after it.
static bool merge_at(Sort *s, uint32_t i) {
    uint32_t start = s->runs[i].start, nleft = s->runs[i].len, nright = s->runs[i + 1].len;
    s->runs[i].len += nright;
    memmove(&s->runs[i + 1], &s->runs[i + 2], (s->nruns - i - 2) * sizeof s->runs[0]);
    s->nruns--;
    // What already stands right at the front need not move.
    int64_t skip = gallop(s, s->keys[start + nleft], s->keys + start, nleft, true);
    if (skip < 0) return false;
    start += (uint32_t)skip;
    nleft -= (uint32_t)skip;
    if (!nleft) return true;
    memcpy(s->spare_keys, s->keys + start, nleft * sizeof(AvmValue));
    if (s->values) memcpy(s->spare_values, s->values + start, nleft * sizeof(AvmValue));
    Merge m = {0, nleft, start + nleft, nright, start};
    bool ok = merge_loop(s, &m);
    take_left(s, &m, m.nleft); // the rest; after an exception too, so that no item is lost
    return ok;
}

// Keeps the runs' lengths falling geometrically, so that merges are of similar sizes.
static bool collapse(Sort *s) {
    while (s->nruns > 1) {
        uint32_t i = s->nruns - 2;
        bool deep = i > 0 && s->runs[i - 1].len <= (uint64_t)s->runs[i].len + s->runs[i + 1].len;
        bool deeper = i > 1 && s->runs[i - 2].len <= (uint64_t)s->runs[i - 1].len + s->runs[i].len;
        if (deep || deeper) {
            if (s->runs[i - 1].len < s->runs[i + 1].len) i--;
        } else if (s->runs[i].len > s->runs[i + 1].len) {
            break;
        }
        if (!merge_at(s, i)) return false;
    }
    return true;
}

// Runs shorter than this are lengthened: n / 2^k rounded up, between 32 and 64.
static uint32_t shortest_run(uint32_t n) {
    uint32_t odd = 0;
    for (; n >= 64; n >>= 1) odd |= n & 1;
    return n + odd;
}

static bool sort_runs(Sort *s) {
    uint32_t shortest = shortest_run(s->n);
    for (uint32_t start = 0; start < s->n;) {
        uint32_t len = find_run(s, start);
        if (!len) return false;
        if (len < shortest) {
            uint32_t want = s->n - start < shortest ? s->n - start : shortest;
            if (!insert_sort(s, start, want, len)) return false;
            len = want;
        }
        s->runs[s->nruns].start = start;
        s->runs[s->nruns++].len = len;
        start += len;
        if (!collapse(s)) return false;
    }
    while (s->nruns > 1) {
        uint32_t i = s->nruns - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len) i--;
        if (!merge_at(s, i)) return false;
    }
    return true;
}

static bool sort_keys(Sort *s) {
    choose_less(s);
    bool plain = s->kinds == INT || s->kinds == FLOAT || s->kinds == STR;
    if (plain && s->n >= 64 && !avm_charge(s->t, (uint64_t)s->n * (31 - (unsigned)__builtin_clz(s->n))))
        return false;
    bool numbers = s->n >= MANY_NUMBERS && plain && s->kinds != STR;
    return (numbers && avm_list_sort_numbers(s->keys, s->values, s->spare_keys, s->spare_values, s->n)) ||
           sort_runs(s);
}

// Fills keys[0 .. n) with key(item); on failure *made tells how many there are.
static bool make_keys(AvmThread *t, AvmValue key, const AvmValue *items, uint32_t n, AvmValue *keys, uint32_t *made) {
    for (*made = 0; *made < n; ++*made)
        if (!(keys[*made] = avm_call1(t, key, items[*made]))) return false;
    return true;
}

// Sorts items[0 .. n), which nobody else sees meanwhile.
static bool sort_items(AvmThread *t, AvmValue *items, uint32_t n, AvmValue key, bool reverse) {
    AvmAlloc *a = &t->vm->alloc;
    size_t size = (size_t)n * sizeof(AvmValue) * (key ? 3 : 1);
    AvmValue *spare = avm_alloc(a, size); // the left run of a merge; its values; the keys
    if (!spare) {
        avm_raise_memory(t);
        return false;
    }
    Sort s = {.t = t, .keys = items, .n = n, .spare_keys = spare};
    uint32_t made = 0;
    bool ok = true;
    if (key) {
        s.spare_values = spare + n;
        s.keys = spare + 2 * (size_t)n;
        s.values = items;
        ok = make_keys(t, key, items, n, s.keys, &made);
    }
    if (ok) {
        // Reversing before and after keeps equal items in their order.
        if (reverse) reverse_part(&s, 0, n);
        ok = sort_keys(&s);
        if (reverse) reverse_part(&s, 0, n);
    }
    for (uint32_t i = 0; i < made; i++) avm_decref(t, s.keys[i]);
    avm_release(a, spare, size);
    return ok;
}

bool avm_list_sort(AvmThread *t, AvmList *list, AvmValue key, bool reverse) {
    if (key == AVM_NONE) key = AVM_EMPTY;
    if (!avm_native_enter(t)) return false;
    // The list is empty meanwhile: keys and comparisons can't see half-sorted items, and changes are noticed.
    AvmValue *items = list->items;
    uint32_t n = list->len, cap = list->cap;
    list->items = NULL;
    list->len = list->cap = 0;
    bool ok = n == 0 || sort_items(t, items, n, key, reverse);
    bool touched = list->items != NULL;
    AvmValue *strange = list->items;
    uint32_t nstrange = list->len, strange_cap = list->cap;
    list->items = items;
    list->len = n;
    list->cap = cap;
    for (uint32_t i = 0; i < nstrange; i++) avm_decref(t, strange[i]);
    avm_release(&t->vm->alloc, strange, strange_cap * sizeof *strange);
    avm_native_leave(t);
    if (ok && touched) {
        avm_raise_value(t, "list modified during sort");
        return false;
    }
    return ok;
}
