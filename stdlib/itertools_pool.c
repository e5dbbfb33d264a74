// itertools: the iterators that first read all items into a pool: product, permutations, combinations.
#include "stdlib/itertools.h"

#include "vm/error.h"

// pool: the items (product: the pools, tuples); indices: which of them the result has; n the length of a result.

static AvmTool *pool_new(AvmThread *t, AvmValue cls, AvmValue iterable, int64_t n, uint64_t nindices) {
    AvmTool *x = avm_tool_new(t, cls, AVM_EMPTY);
    if (!x) return NULL;
    x->n = n;
    x->pool = avm_tuple_from_iter(t, iterable);
    if (x->pool && avm_tool_indices(t, x, nindices == UINT64_MAX ? x->pool->len : nindices)) return x;
    avm_drop(t, x);
    return NULL;
}

// A tuple of the n first indices' items.
static AvmValue pick(AvmThread *t, AvmTool *x) {
    AvmTuple *result = avm_tuple_new(t, (uint32_t)x->n);
    for (uint32_t i = 0; result && i < x->n; i++) result->items[i] = avm_incref(x->pool->items[x->indices[i]]);
    return avm_value(result);
}

// --- product

static AvmValue product_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t repeat = 1;
    uint32_t given = n - 2;
    if (args[1] && !avm_index_exact(t, args[1], &repeat, NULL)) return AVM_FAIL;
    if (repeat < 0) return avm_raise_value(t, "repeat argument cannot be negative");
    if (given && repeat > AVM_SEQ_MAX / given)
        return avm_raise(t, AVM_EXC(t, OverflowError), "repeat argument too large");
    uint32_t total = repeat ? given * (uint32_t)repeat : 0;
    AvmTuple *pools = avm_tuple_new(t, total);
    bool ok = pools;
    for (uint32_t i = 0; ok && i < total; i++) {
        AvmTuple *pool = i < given ? avm_tuple_from_iter(t, args[2 + i])
                                   : (AvmTuple *)avm_obj(avm_incref(pools->items[i - given]));
        if (pool) pools->items[i] = avm_value(pool);
        ok = pool;
    }
    AvmTool *x = ok ? pool_new(t, args[0], avm_value(pools), total, total) : NULL;
    if (pools) avm_drop(t, pools);
    for (uint32_t i = 0; x && i < total; i++)
        if (!((AvmTuple *)avm_obj(x->pool->items[i]))->len) x->ended = true;
    return avm_value(x);
}

static inline AvmTuple *pool_at(AvmTool *x, uint32_t i) { return (AvmTuple *)avm_obj(x->pool->items[i]); }

static AvmValue product_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->ended || !x->pool) return AVM_DONE;
    if (x->started) {
        uint32_t i = x->pool->len;
        while (i > 0 && ++x->indices[i - 1] == pool_at(x, i - 1)->len) x->indices[--i] = 0;
        if (i == 0) x->ended = true;
    }
    x->started = true;
    if (x->ended) return AVM_DONE;
    AvmTuple *result = avm_tuple_new(t, x->pool->len);
    for (uint32_t i = 0; result && i < x->pool->len; i++)
        result->items[i] = avm_incref(pool_at(x, i)->items[x->indices[i]]);
    return avm_value(result);
}

// --- combinations

// The length of results, from an argument; false: exception.
static bool length(AvmThread *t, AvmValue v, int64_t *out) {
    if (!avm_index_exact(t, v, out, NULL)) return false;
    if (*out >= 0) return true;
    avm_raise_value(t, "r must be non-negative");
    return false;
}

static AvmValue combinations_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t r;
    (void)n;
    if (!length(t, args[2], &r)) return AVM_FAIL;
    AvmTool *x = pool_new(t, args[0], args[1], r, UINT64_MAX);
    if (!x) return AVM_FAIL;
    for (uint32_t i = 0; i < x->nindices; i++) x->indices[i] = i;
    x->ended = r > x->pool->len;
    return avm_value(x);
}

static AvmValue combinations_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->ended || !x->pool) return AVM_DONE;
    if (x->started) {
        // The last index that can still move to the right; those after it follow close.
        int64_t i = x->n - 1;
        while (i >= 0 && x->indices[i] == x->pool->len - x->n + i) i--;
        if (i < 0) {
            x->ended = true;
            return AVM_DONE;
        }
        x->indices[i]++;
        for (i++; i < x->n; i++) x->indices[i] = x->indices[i - 1] + 1;
    }
    x->started = true;
    return pick(t, x);
}

static AvmValue replacement_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t r;
    (void)n;
    if (!length(t, args[2], &r)) return AVM_FAIL;
    AvmTool *x = pool_new(t, args[0], args[1], r, (uint64_t)r);
    if (x) x->ended = r > 0 && !x->pool->len;
    return avm_value(x);
}

static AvmValue replacement_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->ended || !x->pool) return AVM_DONE;
    if (x->started) {
        int64_t i = x->n - 1;
        while (i >= 0 && x->indices[i] == x->pool->len - 1) i--;
        if (i < 0) {
            x->ended = true;
            return AVM_DONE;
        }
        uint32_t next = x->indices[i] + 1;
        for (; i < x->n; i++) x->indices[i] = next;
    }
    x->started = true;
    return pick(t, x);
}

// --- permutations: of all indices; those of the first n places are shown

static AvmValue permutations_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t r = -1;
    (void)n;
    if (args[2] && args[2] != AVM_NONE) {
        if (!avm_is_sub(t, args[2], AVM_TYPE_SUB_INT) && !avm_has_index(t, args[2]))
            return avm_raise_type(t, "Expected int as r");
        if (!length(t, args[2], &r)) return AVM_FAIL;
    }
    AvmTool *x = pool_new(t, args[0], args[1], r, UINT64_MAX);
    if (!x) return AVM_FAIL;
    if (r < 0) x->n = x->pool->len;
    for (uint32_t i = 0; i < x->nindices; i++) x->indices[i] = i;
    x->ended = x->n > x->pool->len;
    return avm_value(x);
}

static void reverse(uint32_t *p, uint32_t n) {
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t v = p[i];
        p[i] = p[--n];
        p[n] = v;
    }
}

// The next arrangement of the first n places in lexical order. false: there is none.
static bool permute(AvmTool *x) {
    uint32_t len = x->pool->len, n = (uint32_t)x->n, *p = x->indices;
    if (len < 2) return false;
    // With what is behind the first n places in descending order, the next arrangement of all changes those places.
    reverse(p + n, len - n);
    uint32_t i = len;
    while (i > 1 && p[i - 2] >= p[i - 1]) i--;
    if (i < 2) return false;
    uint32_t k = len;
    while (p[k - 1] <= p[i - 2]) k--;
    uint32_t v = p[i - 2];
    p[i - 2] = p[k - 1];
    p[k - 1] = v;
    reverse(p + i - 1, len - i + 1);
    return true;
}

static AvmValue permutations_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->ended || !x->pool) return AVM_DONE;
    if (x->started && !permute(x)) {
        x->ended = true;
        return AVM_DONE;
    }
    x->started = true;
    return pick(t, x);
}

static const AvmNativeDef product_methods[] = {
    {"__new__", product_make, "__new__(*iterables, repeat=1)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef combinations_methods[] = {
    {"__new__", combinations_make, "__new__(iterable, r)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef replacement_methods[] = {
    {"__new__", replacement_make, "__new__(iterable, r)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef permutations_methods[] = {
    {"__new__", permutations_make, "__new__(iterable, r=None)", "Create and return a new object."},
    {0},
};

const AvmTypeDef avm_product_def = {
    .name = "itertools.product", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "Tuples of an item of each iterable, in all ways.",
    .slots = {AVM_TOOL_SLOTS(product_next)}, .methods = product_methods,
};
const AvmTypeDef avm_combinations_def = {
    .name = "itertools.combinations", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "The choices of r items, in order, each at most once.",
    .slots = {AVM_TOOL_SLOTS(combinations_next)}, .methods = combinations_methods,
};
const AvmTypeDef avm_replacement_def = {
    .name = "itertools.combinations_with_replacement", .size = sizeof(AvmTool),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "The choices of r items, in order, each as often as wanted.",
    .slots = {AVM_TOOL_SLOTS(replacement_next)}, .methods = replacement_methods,
};
const AvmTypeDef avm_permutations_def = {
    .name = "itertools.permutations", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "The arrangements of r of the items.",
    .slots = {AVM_TOOL_SLOTS(permutations_next)}, .methods = permutations_methods,
};
