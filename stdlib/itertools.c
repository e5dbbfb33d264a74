// The module itertools: counting, repeating, selecting. The others are in itertools_many.c and itertools_pool.c.
#include "stdlib/itertools.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

// --- what all share

void avm_tool_free(AvmThread *t, AvmObj *o) {
    AvmTool *x = (AvmTool *)o;
    AvmTuple *pool = x->pool, *result = x->result;
    x->pool = x->result = NULL;
    x->ended = true;
    avm_replace(t, &x->source, AVM_EMPTY);
    avm_replace(t, &x->func, AVM_EMPTY);
    avm_replace(t, &x->value, AVM_EMPTY);
    avm_replace(t, &x->extra, AVM_EMPTY);
    avm_replace(t, &x->other, AVM_EMPTY);
    if (pool) avm_drop(t, pool);
    if (result) avm_drop(t, result);
    avm_release(&t->vm->alloc, x->indices, x->nindices * sizeof *x->indices);
    x->indices = NULL;
    x->nindices = 0;
}

void avm_tool_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmTool *x = (AvmTool *)o;
    visit(x->source, arg);
    visit(x->func, arg);
    visit(x->value, arg);
    visit(x->extra, arg);
    visit(x->other, arg);
    if (x->pool) visit(avm_value(x->pool), arg);
    if (x->result) visit(avm_value(x->result), arg);
}

AvmTool *avm_tool_new(AvmThread *t, AvmValue cls, AvmValue iterable) {
    AvmValue it = iterable ? avm_iter(t, iterable) : AVM_EMPTY;
    if (iterable && !it) return NULL;
    AvmTool *x = avm_object_new(t, (AvmType *)avm_obj(cls), 0);
    if (x)
        x->source = it;
    else
        avm_decref(t, it);
    return x;
}

AvmValue avm_tool_next(AvmThread *t, const AvmValue *slot) {
    AvmValue it = *slot;
    if (!it) return AVM_DONE;
    avm_incref(it);
    AvmValue item = avm_next(t, it);
    avm_decref(t, it);
    return item;
}

AvmValue avm_tool_end(AvmThread *t, AvmTool *x) {
    x->ended = true;
    avm_replace(t, &x->source, AVM_EMPTY);
    return AVM_DONE;
}

int avm_tool_test(AvmThread *t, AvmValue func, AvmValue v) {
    if (!func || func == AVM_NONE) return avm_truth(t, v);
    if (!avm_native_enter(t)) return -1;
    AvmValue answer = avm_call1(t, func, v);
    int truth = answer ? avm_truth(t, answer) : -1;
    avm_decref(t, answer);
    avm_native_leave(t);
    return truth;
}

bool avm_tool_indices(AvmThread *t, AvmTool *x, uint64_t n) {
    x->indices = n <= AVM_SEQ_MAX ? avm_alloc_zero(&t->vm->alloc, n * sizeof *x->indices + (n == 0)) : NULL;
    if (n == 0) {
        avm_release(&t->vm->alloc, x->indices, 1);
        x->indices = NULL;
        return true;
    }
    if (!x->indices) {
        avm_raise_memory(t);
        return false;
    }
    x->nindices = (uint32_t)n;
    return true;
}

// An item of the source that passes; AVM_DONE, AVM_FAIL.
static AvmValue next_that(AvmThread *t, AvmTool *x, int wanted) {
    for (uint32_t steps = 1;; steps++) {
        AvmValue v = avm_tool_next(t, &x->source);
        if (!v || v == AVM_DONE) return v;
        int truth = avm_tool_test(t, x->func, v);
        if (truth == wanted) return v;
        avm_decref(t, v);
        if (truth < 0 || ((steps & 1023) == 0 && !avm_charge(t, 1024))) return AVM_FAIL;
    }
}

// --- count: value the next number, extra the step

static bool is_number(AvmThread *t, AvmValue v) {
    if (avm_is_float(v) || avm_is_int(t, v)) return true;
    AvmType *type = avm_type_of(t, v);
    return avm_type_lookup(t, type, AVM_NAME(t, __index__)) || avm_type_lookup(t, type, AVM_NAME(t, __float__)) ||
           avm_type_lookup(t, type, AVM_NAME(t, __complex__));
}

static AvmValue count_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if ((args[1] && !is_number(t, args[1])) || (args[2] && !is_number(t, args[2])))
        return avm_raise_type(t, "a number is required");
    AvmTool *x = avm_tool_new(t, args[0], AVM_EMPTY);
    if (!x) return AVM_FAIL;
    x->value = args[1] ? avm_incref(args[1]) : avm_inline_int_value(0);
    x->extra = args[2] ? avm_incref(args[2]) : avm_inline_int_value(1);
    return avm_value(x);
}

static AvmValue count_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    AvmValue next = avm_binary(t, AVM_ADD, x->value, x->extra);
    if (!next) return AVM_FAIL;
    AvmValue now = x->value;
    x->value = next;
    return now;
}

static AvmValue count_repr(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->extra == avm_inline_int_value(1)) return avm_value(avm_str_format(t, "count(%R)", x->value));
    return avm_value(avm_str_format(t, "count(%R, %R)", x->value, x->extra));
}

// --- cycle: value the list of items seen, i the next of them

static AvmValue cycle_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (!x) return AVM_FAIL;
    x->value = avm_value(avm_list_new(t, 0));
    if (x->value) return avm_value(x);
    avm_drop(t, x);
    return AVM_FAIL;
}

static AvmValue cycle_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (!x->value) return AVM_DONE;
    AvmList *seen = (AvmList *)avm_obj(x->value); // stays until x is freed
    if (x->source) {
        AvmValue item = avm_tool_next(t, &x->source);
        if (!item) return AVM_FAIL;
        if (item != AVM_DONE) {
            if (avm_list_append(t, seen, item)) return item;
            avm_decref(t, item);
            return AVM_FAIL;
        }
        avm_replace(t, &x->source, AVM_EMPTY);
    }
    if (!seen->len) return AVM_DONE;
    if (x->i >= seen->len) x->i = 0;
    return avm_incref(seen->items[x->i++]);
}

// --- repeat: n how many are left, -1 for ever

static AvmValue repeat_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t times = -1;
    (void)n;
    if (args[2]) {
        if (!avm_index_exact(t, args[2], &times, NULL)) return AVM_FAIL;
        if (times < 0) times = 0;
    }
    AvmTool *x = avm_tool_new(t, args[0], AVM_EMPTY);
    if (!x) return AVM_FAIL;
    x->value = avm_incref(args[1]);
    x->n = times;
    return avm_value(x);
}

static AvmValue repeat_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    (void)t;
    if (x->n == 0) return AVM_DONE;
    if (x->n > 0) x->n--;
    return avm_incref(x->value);
}

static AvmValue repeat_repr(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->n < 0) return avm_value(avm_str_format(t, "repeat(%R)", x->value));
    return avm_value(avm_str_format(t, "repeat(%R, %lld)", x->value, (long long)x->n));
}

static AvmValue repeat_hint(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTool *x = avm_tool(args[0]);
    (void)n;
    return x->n < 0 ? avm_raise_type(t, "len() of unsized object") : avm_int_new(t, x->n);
}

// --- islice: i items seen, n the next wanted, step, extra the stop or empty

// A number of islice; -1 (and a false result) when it is none, or too large.
static bool islice_number(AvmThread *t, AvmValue v, int64_t *out) {
    if (!v || v == AVM_NONE) return true;
    if (!avm_has_index(t, v) || !avm_index(t, v, out) || *out == INT64_MAX) {
        avm_exc_clear(t);
        *out = -1;
    }
    return *out >= 0;
}

static AvmValue islice_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n < 3) return avm_raise_type(t, "islice expected at least 2 arguments, got %u", n - 1);
    if (n > 5) return avm_raise_type(t, "islice expected at most 4 arguments, got %u", n - 1);
    int64_t start = 0, stop = -1, step = 1;
    bool one = n == 3;
    bool start_good = one || islice_number(t, args[2], &start);
    bool stop_good = islice_number(t, args[one ? 2 : 3], &stop) || args[one ? 2 : 3] == AVM_NONE;
    if (!stop_good && stop == -1)
        return avm_raise_value(t, "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    if (!start_good || !stop_good)
        return avm_raise_value(t, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    if (n == 5 && (!islice_number(t, args[4], &step) || step < 1))
        return avm_raise_value(t, "Step for islice() must be a positive integer or None.");
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (!x) return AVM_FAIL;
    x->n = start;
    x->step = step;
    x->extra = stop < 0 ? AVM_EMPTY : avm_int_new(t, stop);
    return avm_value(x);
}

static AvmValue islice_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    int64_t stop = INT64_MAX;
    if (!x->source) return AVM_DONE;
    if (x->extra) avm_int_get(x->extra, &stop);
    AvmValue item = AVM_EMPTY;
    while (x->i < x->n) {
        item = avm_tool_next(t, &x->source);
        if (!item) return AVM_FAIL;
        if (item == AVM_DONE) return avm_tool_end(t, x);
        avm_decref(t, item);
        if ((++x->i & 1023) == 0 && !avm_charge(t, 1024)) return AVM_FAIL;
    }
    if (x->i >= stop) return avm_tool_end(t, x);
    item = avm_tool_next(t, &x->source);
    if (!item) return AVM_FAIL;
    if (item == AVM_DONE) return avm_tool_end(t, x);
    x->i++;
    if (__builtin_add_overflow(x->n, x->step, &x->n) || x->n > stop) x->n = stop;
    return item;
}

// --- takewhile, dropwhile, filterfalse, starmap, compress

static AvmValue func_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTool *x = avm_tool_new(t, args[0], args[2]);
    if (x) x->func = avm_incref(args[1]);
    return avm_value(x);
}

static AvmValue takewhile_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    AvmValue item = x->ended ? AVM_DONE : avm_tool_next(t, &x->source);
    if (!item || item == AVM_DONE) return item;
    int truth = avm_tool_test(t, x->func, item);
    if (truth == 1) return item;
    avm_decref(t, item);
    return truth < 0 ? AVM_FAIL : avm_tool_end(t, x);
}

static AvmValue dropwhile_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->started) return avm_tool_next(t, &x->source);
    AvmValue item = next_that(t, x, 0);
    if (item && item != AVM_DONE) x->started = true;
    return item;
}

static AvmValue filterfalse_next(AvmThread *t, AvmValue v) { return next_that(t, avm_tool(v), 0); }

static AvmValue starmap_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    AvmValue args = avm_tool_next(t, &x->source);
    if (!args || args == AVM_DONE) return args;
    AvmTuple *tuple = avm_tuple_from_iter(t, args);
    avm_decref(t, args);
    if (!tuple) return AVM_FAIL;
    AvmValue result = AVM_FAIL;
    if (avm_native_enter(t)) {
        result = avm_call(t, x->func, tuple->items, tuple->len);
        avm_native_leave(t);
    }
    avm_drop(t, tuple);
    return result;
}

static AvmValue compress_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (!x) return AVM_FAIL;
    x->value = avm_iter(t, args[2]);
    if (x->value) return avm_value(x);
    avm_drop(t, x);
    return AVM_FAIL;
}

static AvmValue compress_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (!x->source) return AVM_DONE;
    for (;;) {
        AvmValue item = avm_tool_next(t, &x->source);
        if (!item || item == AVM_DONE) return item;
        AvmValue wanted = avm_tool_next(t, &x->value);
        int truth = !wanted || wanted == AVM_DONE ? -1 : avm_truth(t, wanted);
        if (wanted != AVM_DONE) avm_decref(t, wanted);
        if (truth == 1) return item;
        avm_decref(t, item);
        if (truth < 0) return wanted == AVM_DONE ? AVM_DONE : AVM_FAIL;
    }
}

// --- accumulate: value the total so far, extra the initial value until it is given out

static AvmValue accumulate_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (!x) return AVM_FAIL;
    if (args[2] && args[2] != AVM_NONE) x->func = avm_incref(args[2]);
    if (args[3] && args[3] != AVM_NONE) x->extra = avm_incref(args[3]);
    return avm_value(x);
}

static AvmValue accumulate_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->extra) {
        x->value = x->extra;
        x->extra = AVM_EMPTY;
        return avm_incref(x->value);
    }
    AvmValue item = avm_tool_next(t, &x->source);
    if (!item || item == AVM_DONE) return item;
    if (!x->value) {
        x->value = item;
        return avm_incref(item);
    }
    AvmValue pair[] = {avm_incref(x->value), item};
    AvmValue total = AVM_FAIL;
    if (avm_native_enter(t)) {
        total = x->func ? avm_call(t, x->func, pair, 2) : avm_binary(t, AVM_ADD, pair[0], pair[1]);
        avm_native_leave(t);
    }
    avm_decref(t, pair[0]);
    avm_decref(t, item);
    if (!total) return AVM_FAIL;
    avm_replace(t, &x->value, avm_incref(total));
    return total;
}

#define TOOL(variable, script_name, maker, signature, text, next_fn, ...)                                          \
    static const AvmNativeDef variable##_methods[] = {                                                            \
        {"__new__", maker, "__new__" signature, "Create and return a new object."},                               \
        {0},                                                                                                      \
    };                                                                                                            \
    static const AvmTypeDef variable##_def = {                                                                    \
        .name = "itertools." script_name, .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE, \
        .doc = text, .slots = {AVM_TOOL_SLOTS(next_fn), __VA_ARGS__}, .methods = variable##_methods,              \
    }

TOOL(count, "count", count_make, "(start=0, step=1)", "start, start + step, start + 2 * step ...", count_next,
     .repr = count_repr);
TOOL(cycle, "cycle", cycle_make, "(iterable, /)", "The items over and over again.", cycle_next, );
TOOL(islice, "islice", islice_make, "(*args)", "The items that iterable[start:stop:step] would have.", islice_next, );
TOOL(takewhile, "takewhile", func_make, "(predicate, iterable, /)", "The items until predicate fails.",
     takewhile_next, );
TOOL(dropwhile, "dropwhile", func_make, "(predicate, iterable, /)", "The items from where predicate fails.",
     dropwhile_next, );
TOOL(filterfalse, "filterfalse", func_make, "(function, iterable, /)", "The items for which function is false.",
     filterfalse_next, );
TOOL(starmap, "starmap", func_make, "(function, iterable, /)", "function(*item) for each item.", starmap_next, );
TOOL(compress, "compress", compress_make, "(data, selectors)", "The data whose selectors are true.",
     compress_next, );
TOOL(accumulate, "accumulate", accumulate_make, "(iterable, func=None, *, initial=None)", "Running totals.",
     accumulate_next, );

static const AvmNativeDef repeat_methods[] = {
    {"__new__", repeat_make, "__new__(object, times=...)", "Create and return a new object."},
    {"__length_hint__", repeat_hint, "__length_hint__()", "How many are left."},
    {0},
};
static const AvmTypeDef repeat_def = {
    .name = "itertools.repeat", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "The object again and again, `times` times or for ever.",
    .slots = {AVM_TOOL_SLOTS(repeat_next), .repr = repeat_repr}, .methods = repeat_methods,
};

static const AvmNativeDef functions[] = {
    {"tee", avm_itertools_tee, "tee(iterable, n=2, /)", "n independent iterators over the items of one."},
    {0},
};

static bool add_helper(AvmThread *t, const AvmTypeDef *def, int slot) {
    return (t->vm->stdlib[slot] = avm_type_from_def(t, def)) != NULL;
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    static const AvmTypeDef *const types[] = {
        &count_def,       &cycle_def,    &repeat_def,     &islice_def,           &takewhile_def,
        &dropwhile_def,   &starmap_def,  &filterfalse_def, &compress_def,        &accumulate_def,
        &avm_product_def, &avm_batched_def, &avm_permutations_def, &avm_combinations_def, &avm_replacement_def,
        &avm_pairwise_def, &avm_zip_longest_def, &avm_groupby_def,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!avm_module_add_type(t, m, types[i])) return false;
    return add_helper(t, &avm_chain_def, AVM_STDLIB_CHAIN) && add_helper(t, &avm_grouper_def, AVM_STDLIB_GROUPER) &&
           add_helper(t, &avm_tee_def, AVM_STDLIB_TEE) && add_helper(t, &avm_teenode_def, AVM_STDLIB_TEENODE) &&
           avm_module_add(t, m, "chain", avm_value(t->vm->stdlib[AVM_STDLIB_CHAIN]));
}

const AvmModuleDef avm_itertools_module = {"itertools", "Iterators for efficient loops.", functions, init};
