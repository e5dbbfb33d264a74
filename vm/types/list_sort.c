// list.sort: a stable merge sort of natural runs: finding them, and which to merge when. The merges are
// list_merge.c's, and many numbers in no order list_radix.c's.
#include "vm/types/list_sort.h"
#include "vm/call.h"
#include "vm/error.h"

enum { MANY_NUMBERS = 256 }; // from here on numbers are sorted without comparisons

static int less_any(AvmSort *s, AvmValue a, AvmValue b) { return avm_compare_bool(s->t, AVM_LT, a, b); }

// Tuples whose first items are of one kind, and mostly differ. Those that don't are left to the general
// comparison.
static AvmValue first_of(AvmValue tuple) { return ((AvmTuple *)avm_obj(tuple))->items[0]; }
static int less_by_int(AvmSort *s, AvmValue a, AvmValue b) {
    AvmValue x = first_of(a), y = first_of(b);
    return x != y ? avm_int_shifted(x) < avm_int_shifted(y) : less_any(s, a, b);
}
static int less_by_float(AvmSort *s, AvmValue a, AvmValue b) {
    double x = avm_float(first_of(a)), y = avm_float(first_of(b));
    return x < y ? 1 : x > y ? 0 : less_any(s, a, b);
}
static int less_by_str(AvmSort *s, AvmValue a, AvmValue b) {
    int order = avm_str_compare((AvmStr *)avm_obj(first_of(a)), (AvmStr *)avm_obj(first_of(b)));
    return order ? order < 0 : less_any(s, a, b);
}

static unsigned kind_of(AvmValue v) {
    return avm_is_inline_int(v) ? AVM_SORT_INT
           : avm_is_float(v)    ? AVM_SORT_FLOAT
           : avm_is_str(v)      ? AVM_SORT_STR
                                : 0;
}

// Finds the comparison that fits all keys.
static void choose_less(AvmSort *s) {
    unsigned kinds = ~0u;
    for (uint32_t i = 0; i < s->n && kinds; i++) {
        AvmValue v = s->keys[i];
        unsigned kind = kind_of(v);
        if (!kind && avm_is_tuple(v) && ((AvmTuple *)avm_obj(v))->len)
            kind = kind_of(first_of(v)) * AVM_SORT_FIRST;
        kinds &= kind;
    }
    s->kinds = kinds;
    s->less = kinds == AVM_SORT_FIRST * AVM_SORT_INT     ? less_by_int
              : kinds == AVM_SORT_FIRST * AVM_SORT_FLOAT ? less_by_float
              : kinds == AVM_SORT_FIRST * AVM_SORT_STR   ? less_by_str
                                                         : less_any;
}

// Comparisons that may run script are counted, for fuel.
int avm_sort_less_counted(AvmSort *s, AvmValue a, AvmValue b) {
    if (++s->work >= 4096) {
        s->work = 0;
        if (!avm_charge(s->t, 4096)) return -1;
    }
    return s->less(s, a, b);
}

static void reverse_items(AvmValue *p, uint32_t n) {
    for (uint32_t i = 0; i + 1 < n; i++) {
        AvmValue v = p[i];
        p[i] = p[--n];
        p[n] = v;
    }
}

static void reverse_part(AvmSort *s, uint32_t start, uint32_t n) {
    reverse_items(s->keys + start, n);
    if (s->values) reverse_items(s->values + start, n);
}

// From `at` on: the first item that is less than the one before it, or the end. 0: exception.
static uint32_t rising_end(AvmSort *s, uint32_t at) {
    for (; at < s->n; at++) {
        int down = avm_sort_less(s, s->keys[at], s->keys[at - 1]);
        if (down < 0) return 0;
        if (down) break;
    }
    return at;
}

// From `at` on: the first item that is greater than the one before it, or the end. 0: exception. Equal ones
// are turned round, because all that falls will be.
static uint32_t falling_end(AvmSort *s, uint32_t at) {
    uint32_t equal = 0;
    for (; at < s->n; at++) {
        int down = avm_sort_less(s, s->keys[at], s->keys[at - 1]), up = 0;
        if (down == 0) up = avm_sort_less(s, s->keys[at - 1], s->keys[at]);
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
static uint32_t find_run(AvmSort *s, uint32_t start) {
    uint32_t end = rising_end(s, start + 1);
    if (!end) return 0;
    if (end == s->n) return end - start;
    if (end > start + 1) {
        int rises = avm_sort_less(s, s->keys[start], s->keys[end - 1]);
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
static bool insert_sort(AvmSort *s, uint32_t start, uint32_t n, uint32_t sorted) {
    AvmValue *keys = s->keys + start, *values = s->values ? s->values + start : NULL;
    for (uint32_t i = sorted; i < n; i++) {
        AvmValue key = keys[i];
        uint32_t low = 0, high = i;
        while (low < high) {
            uint32_t mid = (low + high) / 2;
            int l = avm_sort_less(s, key, keys[mid]);
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

// How deep the boundary between a run of n1 items at start and the next one of n2 lies in a balanced tree
// over all n: after how many bits the places of their middles, as fractions of n, differ (powersort).
static int boundary_power(uint64_t start, uint64_t n1, uint64_t n2, uint64_t n) {
    uint64_t a = 2 * start + n1, b = a + n1 + n2;
    for (int power = 1;; power++, a *= 2, b *= 2) {
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
    }
}

// Before a run of n items is added: boundaries that lie deeper than the one to it are merged away.
static bool collapse(AvmSort *s, uint32_t n) {
    if (!s->nruns) return true;
    uint32_t last = s->nruns - 1;
    int power = boundary_power(s->runs[last].start, s->runs[last].len, n, s->n);
    while (s->nruns > 1 && s->runs[s->nruns - 2].power > power)
        if (!avm_sort_merge(s, s->nruns - 2)) return false;
    s->runs[s->nruns - 1].power = power;
    return true;
}

// Runs shorter than this are lengthened: n / 2^k rounded up, between 32 and 64.
static uint32_t shortest_run(uint32_t n) {
    uint32_t odd = 0;
    for (; n >= 64; n >>= 1) odd |= n & 1;
    return n + odd;
}

static bool sort_runs(AvmSort *s) {
    uint32_t shortest = shortest_run(s->n);
    for (uint32_t start = 0; start < s->n;) {
        uint32_t len = find_run(s, start);
        if (!len) return false;
        if (len < shortest) {
            uint32_t want = s->n - start < shortest ? s->n - start : shortest;
            if (!insert_sort(s, start, want, len)) return false;
            len = want;
        }
        if (!collapse(s, len)) return false;
        s->runs[s->nruns].start = start;
        s->runs[s->nruns++].len = len;
        start += len;
    }
    while (s->nruns > 1) {
        uint32_t i = s->nruns - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len) i--;
        if (!avm_sort_merge(s, i)) return false;
    }
    return true;
}

static bool sort_keys(AvmSort *s) {
    choose_less(s);
    bool plain = s->kinds == AVM_SORT_INT || s->kinds == AVM_SORT_FLOAT || s->kinds == AVM_SORT_STR;
    if (plain && s->n >= 64 && !avm_charge(s->t, (uint64_t)s->n * (31 - (unsigned)__builtin_clz(s->n))))
        return false;
    bool numbers = s->n >= MANY_NUMBERS && plain && s->kinds != AVM_SORT_STR;
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
    AvmSort s = {.t = t, .keys = items, .n = n, .spare_keys = spare, .gallop_after = AVM_SORT_GALLOP};
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
