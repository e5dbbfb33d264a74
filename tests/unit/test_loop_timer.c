// The timer heap: order of (deadline, creation), taking out, a long random run against a plain list.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "loop/timer.h"

typedef struct Item {
    double when;
    uint32_t place;
    int number;
} Item;

static AvmAlloc alloc;
static AvmTimers timers;

static void setup(void) {
    avm_alloc_init(&alloc);
    avm_timers_init(&timers, &alloc, offsetof(Item, place));
}

static void teardown(void) {
    avm_timers_free(&timers);
    cr_assert_eq(alloc.used, 0);
}

TestSuite(timers, .init = setup, .fini = teardown);

Test(timers, earliest_first) {
    Item items[] = {{.number = 0}, {.number = 1}, {.number = 2}};
    double when[] = {3, 1, 2};
    for (int i = 0; i < 3; i++) cr_assert(avm_timers_add(&timers, when[i], &items[i]));
    double first;
    cr_assert_eq(avm_timers_first(&timers, &first), &items[1]);
    cr_assert_eq(first, 1.0);
    cr_assert_eq(avm_timers_due(&timers, 10), &items[1]);
    cr_assert_eq(avm_timers_due(&timers, 10), &items[2]);
    cr_assert_eq(avm_timers_due(&timers, 10), &items[0]);
    cr_assert_null(avm_timers_due(&timers, 10));
    cr_assert_null(avm_timers_first(&timers, &first));
}

Test(timers, due_means_before) {
    Item a = {0};
    cr_assert(avm_timers_add(&timers, 1.0, &a));
    cr_assert_null(avm_timers_due(&timers, 1.0));
    cr_assert_eq(avm_timers_due(&timers, 1.0 + 1e-9), &a);
    cr_assert_eq(a.place, 0);
}

Test(timers, equal_deadlines_in_order_of_creation) {
    Item items[100];
    for (int i = 0; i < 100; i++) {
        items[i] = (Item){.number = i};
        cr_assert(avm_timers_add(&timers, i % 2, &items[i]));
    }
    for (int i = 0; i < 100; i++) {
        Item *it = avm_timers_due(&timers, 5);
        cr_assert_eq(it->number, i < 50 ? 2 * i : 2 * (i - 50) + 1);
    }
}

Test(timers, removing_twice_is_nothing) {
    Item a = {0}, b = {0};
    cr_assert(avm_timers_add(&timers, 1, &a));
    cr_assert(avm_timers_add(&timers, 2, &b));
    avm_timers_remove(&timers, &a);
    avm_timers_remove(&timers, &a);
    cr_assert_eq(avm_timers_due(&timers, 9), &b);
    avm_timers_remove(&timers, &b);
    cr_assert_null(avm_timers_due(&timers, 9));
}

Test(timers, random_run) {
    enum { N = 500 };
    static Item items[N];
    srand(1);
    int inside = 0;
    for (int step = 0; step < 50000; step++) {
        Item *it = &items[rand() % N];
        if (it->place) {
            avm_timers_remove(&timers, it);
            inside--;
        } else {
            it->when = rand() % 50;
            cr_assert(avm_timers_add(&timers, it->when, it));
            inside++;
        }
        if (step % 97 == 0 && inside) {
            Item *first = avm_timers_due(&timers, 100);
            inside--;
            for (int i = 0; i < N; i++) cr_assert(!items[i].place || items[i].when >= first->when);
        }
        cr_assert_eq(timers.len, (uint32_t)inside);
    }
    double last = -1;
    for (Item *it; (it = avm_timers_due(&timers, 100)); last = it->when) cr_assert(it->when >= last);
}

Test(timers, no_memory) {
    Item items[40] = {{0}};
    alloc.limit = alloc.used + 30 * sizeof(AvmTimer);
    int n = 0;
    while (n < 40 && avm_timers_add(&timers, n, &items[n])) n++;
    cr_assert_lt(n, 40);
    for (int i = 0; i < n; i++) cr_assert_eq(avm_timers_due(&timers, 100), &items[i]);
}
