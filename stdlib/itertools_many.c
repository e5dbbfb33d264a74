// itertools: iterators over several sources or of several results: chain, zip_longest, groupby, tee, batched, pairwise.
#include "stdlib/itertools.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/int.h"

// --- chain: source the iterator of iterables, value the iterator at work

static AvmValue chain_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTuple *all = avm_tuple_from(t, args + 1, n - 1);
    if (!all) return AVM_FAIL;
    AvmTool *x = avm_tool_new(t, args[0], avm_value(all));
    avm_drop(t, all);
    return avm_value(x);
}

static AvmValue chain_from_iterable(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_tool_new(t, args[0], args[1]));
}

static AvmValue chain_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    while (x->source) {
        if (!x->value) {
            AvmValue iterable = avm_tool_next(t, &x->source);
            if (iterable == AVM_DONE) return avm_tool_end(t, x);
            if (!iterable) return AVM_FAIL;
            x->value = avm_iter(t, iterable);
            avm_decref(t, iterable);
            if (!x->value) {
                avm_tool_end(t, x);
                return AVM_FAIL;
            }
        }
        AvmValue item = avm_tool_next(t, &x->value);
        if (item != AVM_DONE) return item;
        avm_replace(t, &x->value, AVM_EMPTY);
    }
    return AVM_DONE;
}

// --- zip_longest: pool the iterators (None when exhausted), value the fill value, n how many still give something

static AvmValue zip_longest_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmTool *x = avm_tool_new(t, args[0], AVM_EMPTY);
    if (!x) return AVM_FAIL;
    x->value = args[1] ? avm_incref(args[1]) : AVM_NONE;
    x->n = n - 2;
    x->pool = avm_tuple_new(t, n - 2);
    bool ok = x->pool;
    for (uint32_t i = 0; ok && i < n - 2; i++) ok = (x->pool->items[i] = avm_iter(t, args[2 + i]));
    if (ok) return avm_value(x);
    avm_drop(t, x);
    return AVM_FAIL;
}

static AvmValue zip_longest_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (x->n == 0 || !x->pool) return AVM_DONE;
    AvmTuple *result = avm_tuple_new(t, x->pool->len);
    for (uint32_t i = 0; result && i < x->pool->len; i++) {
        AvmValue item = x->pool->items[i] == AVM_NONE ? AVM_DONE : avm_tool_next(t, &x->pool->items[i]);
        if (item == AVM_DONE && x->pool->items[i] != AVM_NONE && x->n > 0) {
            avm_replace(t, &x->pool->items[i], AVM_NONE);
            x->n--;
        }
        if (!item || x->n == 0) {
            x->n = 0;
            avm_drop(t, result);
            return item ? AVM_DONE : AVM_FAIL;
        }
        result->items[i] = item == AVM_DONE ? avm_incref(x->value) : item;
    }
    return avm_value(result);
}

// --- pairwise: value the item before

static AvmValue source_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(avm_tool_new(t, args[0], args[1]));
}

static AvmValue pairwise_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (!x->source) return AVM_DONE;
    if (!x->value) {
        AvmValue first = avm_tool_next(t, &x->source);
        if (!first) return AVM_FAIL;
        if (first == AVM_DONE) return avm_tool_end(t, x);
        avm_replace(t, &x->value, first);
    }
    AvmValue item = avm_tool_next(t, &x->source);
    if (!item) return AVM_FAIL;
    if (item == AVM_DONE) {
        avm_replace(t, &x->value, AVM_EMPTY);
        return avm_tool_end(t, x);
    }
    AvmValue before = x->value;
    x->value = avm_incref(item);
    return avm_pair_reuse(t, &x->result, before ? before : AVM_NONE, item);
}

// --- batched: n the size, flag strict

static AvmValue batched_make(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t size;
    (void)n;
    int strict = args[3] ? avm_truth(t, args[3]) : 0;
    if (strict < 0 || !avm_index_exact(t, args[2], &size, NULL)) return AVM_FAIL;
    if (size < 1) return avm_raise_value(t, "n must be at least one");
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (!x) return AVM_FAIL;
    x->n = size;
    x->flag = strict;
    return avm_value(x);
}

static AvmValue batched_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (!x->source) return AVM_DONE;
    AvmList *batch = avm_list_new(t, x->n < 64 ? (uint32_t)x->n : 64);
    AvmValue item = AVM_EMPTY;
    while (batch && batch->len < x->n) {
        item = avm_tool_next(t, &x->source);
        if (!item || item == AVM_DONE || !avm_list_append_take(t, batch, item)) break;
        item = AVM_EMPTY;
    }
    AvmValue result = AVM_FAIL;
    if (!batch) return AVM_FAIL;
    if (batch->len == x->n || (item == AVM_DONE && batch->len && !x->flag))
        result = avm_value(avm_tuple_from_list(t, batch));
    else if (item == AVM_DONE)
        result = batch->len ? avm_raise_value(t, "batched(): incomplete batch") : AVM_DONE;
    if (item == AVM_DONE) avm_tool_end(t, x);
    avm_drop(t, batch);
    return result;
}

// --- groupby: value and extra the item just read and its key, other the key of the group given out, n its number.
// A group knows its groupby (source), its key (value) and its number: only the newest group still gives items.

static AvmValue groupby_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTool *x = avm_tool_new(t, args[0], args[1]);
    if (x && args[2] && args[2] != AVM_NONE) x->func = avm_incref(args[2]);
    return avm_value(x);
}

// Reads an item. 1, 0 at the end, -1.
static int groupby_step(AvmThread *t, AvmTool *x) {
    AvmValue item = avm_tool_next(t, &x->source);
    if (!item) return -1;
    if (item == AVM_DONE) return 0;
    AvmValue key = x->func ? AVM_FAIL : avm_incref(item);
    if (x->func && avm_native_enter(t)) {
        key = avm_call1(t, x->func, item);
        avm_native_leave(t);
    }
    if (!key) {
        avm_decref(t, item);
        return -1;
    }
    avm_replace(t, &x->value, item);
    avm_replace(t, &x->extra, key);
    return 1;
}

// Are the keys equal? They are kept alive: comparing may read on. 1, 0, -1.
static int same_key(AvmThread *t, AvmValue a, AvmValue b) {
    avm_incref(a);
    avm_incref(b);
    int same = avm_compare_bool(t, AVM_EQ, a, b);
    avm_decref(t, a);
    avm_decref(t, b);
    return same;
}

static AvmValue groupby_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    x->n++;
    for (;;) {
        if (x->extra) {
            int same = x->other ? same_key(t, x->other, x->extra) : 0;
            if (same < 0) return AVM_FAIL;
            if (!same) break;
        }
        int more = groupby_step(t, x);
        if (more <= 0) return more ? AVM_FAIL : AVM_DONE;
    }
    if (!x->extra) return AVM_DONE; // taken by a call from within the comparison
    avm_replace(t, &x->other, avm_incref(x->extra));
    AvmTool *group = avm_object_new(t, t->vm->stdlib[AVM_STDLIB_GROUPER], 0);
    if (!group) return AVM_FAIL;
    group->source = avm_incref(v);
    group->value = avm_incref(x->other);
    group->n = x->n;
    AvmValue items[] = {x->extra, avm_value(group)};
    AvmTuple *pair = avm_tuple_from(t, items, 2);
    avm_drop(t, group);
    return avm_value(pair);
}

static AvmValue grouper_next(AvmThread *t, AvmValue v) {
    AvmTool *group = avm_tool(v);
    if (!group->source) return AVM_DONE;
    AvmTool *x = avm_tool(group->source);
    if (x->n != group->n) return AVM_DONE;
    if (!x->value) {
        int more = groupby_step(t, x);
        if (more <= 0) return more ? AVM_FAIL : AVM_DONE;
    }
    int same = x->extra ? same_key(t, group->value, x->extra) : 0;
    if (same <= 0) return same ? AVM_FAIL : AVM_DONE;
    AvmValue item = x->value;
    x->value = AVM_EMPTY;
    avm_replace(t, &x->extra, AVM_EMPTY);
    return item ? item : AVM_DONE;
}

// --- tee: a list of nodes that each iterator walks at its own pace; the last node reads the source

typedef struct Node {
    AvmObj h;
    AvmValue source; // of the last node: the iterator
    AvmValue item;   // of the others
    AvmValue next;
    bool running;
} Node;

static void node_free(AvmThread *t, AvmObj *o) {
    Node *node = (Node *)o;
    avm_replace(t, &node->source, AVM_EMPTY);
    avm_replace(t, &node->item, AVM_EMPTY);
    avm_replace(t, &node->next, AVM_EMPTY);
}

static void node_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Node *node = (Node *)o;
    visit(node->source, arg);
    visit(node->item, arg);
    visit(node->next, arg);
}

static Node *node_new(AvmThread *t) { return avm_object_new(t, t->vm->stdlib[AVM_STDLIB_TEENODE], 0); }

static AvmValue tee_new(AvmThread *t, AvmValue node) {
    AvmTool *x = avm_object_new(t, t->vm->stdlib[AVM_STDLIB_TEE], 0);
    if (x) x->value = avm_incref(node);
    return avm_value(x);
}

// Reads the node's item. 1, 0 at the end, -1.
static int node_read(AvmThread *t, Node *node) {
    if (node->next) return 1;
    if (!node->source) return 0;
    if (node->running) {
        avm_raise(t, AVM_EXC(t, RuntimeError), "cannot re-enter the tee iterator");
        return -1;
    }
    node->running = true;
    AvmValue item = avm_next(t, node->source);
    node->running = false;
    if (!item || item == AVM_DONE) return item ? 0 : -1;
    Node *next = node_new(t);
    if (!next) {
        avm_decref(t, item);
        return -1;
    }
    next->source = node->source;
    node->source = AVM_EMPTY;
    node->item = item;
    node->next = avm_value(next);
    return 1;
}

static AvmValue tee_next(AvmThread *t, AvmValue v) {
    AvmTool *x = avm_tool(v);
    if (!x->value) return AVM_DONE;
    AvmValue held = avm_incref(x->value);
    Node *node = (Node *)avm_obj(held);
    int more = node_read(t, node);
    AvmValue item = more > 0 ? avm_incref(node->item) : more ? AVM_FAIL : AVM_DONE;
    if (more > 0) avm_replace(t, &x->value, avm_incref(node->next));
    avm_decref(t, held);
    return item;
}

static AvmValue tee_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return tee_new(t, avm_tool(args[0])->value);
}

// The node at which a tee of the iterable begins: another tee's, or a fresh one.
static AvmValue first_node(AvmThread *t, AvmValue iterable) {
    AvmValue it = avm_iter(t, iterable);
    if (!it) return AVM_FAIL;
    if (avm_type_of(t, it) == t->vm->stdlib[AVM_STDLIB_TEE]) {
        AvmValue node = avm_incref(avm_tool(it)->value);
        avm_decref(t, it);
        return node;
    }
    Node *node = node_new(t);
    if (node)
        node->source = it;
    else
        avm_decref(t, it);
    return avm_value(node);
}

static AvmValue tee_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue node = first_node(t, args[1]);
    if (!node) return AVM_FAIL;
    AvmValue x = tee_new(t, node);
    avm_decref(t, node);
    return x;
}

AvmValue avm_itertools_tee(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t count = 2;
    (void)n;
    if (args[1] && !avm_index_exact(t, args[1], &count, NULL)) return AVM_FAIL;
    if (count < 0) return avm_raise_value(t, "n must be >= 0");
    if (count > AVM_SEQ_MAX) return avm_raise_memory(t);
    AvmTuple *all = avm_tuple_new(t, (uint32_t)count);
    if (!all || !count) return avm_value(all);
    AvmValue node = first_node(t, args[0]);
    bool ok = node;
    for (uint32_t i = 0; ok && i < count; i++) ok = (all->items[i] = tee_new(t, node));
    avm_decref(t, node);
    if (ok) return avm_value(all);
    avm_drop(t, all);
    return AVM_FAIL;
}

static const AvmNativeDef chain_methods[] = {
    {"__new__", chain_make, "__new__(*iterables)", "Create and return a new object."},
    {"from_iterable", chain_from_iterable, "from_iterable(iterable, /)", "chain(*iterable), read bit by bit.",
     AVM_DEF_CLASS},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmNativeDef zip_longest_methods[] = {
    {"__new__", zip_longest_make, "__new__(*iterables, fillvalue=None)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef pairwise_methods[] = {
    {"__new__", source_make, "__new__(iterable, /)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef batched_methods[] = {
    {"__new__", batched_make, "__new__(iterable, n, *, strict=False)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef groupby_methods[] = {
    {"__new__", groupby_make, "__new__(iterable, key=None)", "Create and return a new object."},
    {0},
};
static const AvmNativeDef tee_methods[] = {
    {"__new__", tee_make, "__new__(iterable, /)", "Create and return a new object."},
    {"__copy__", tee_copy, "__copy__()", "An iterator that goes on from the same place."},
    {0},
};

const AvmTypeDef avm_chain_def = {
    .name = "itertools.chain", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "The items of one iterable after the other.",
    .slots = {AVM_TOOL_SLOTS(chain_next)}, .methods = chain_methods,
};
const AvmTypeDef avm_zip_longest_def = {
    .name = "itertools.zip_longest", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "As zip, but until the longest iterable ends.",
    .slots = {AVM_TOOL_SLOTS(zip_longest_next)}, .methods = zip_longest_methods,
};
const AvmTypeDef avm_pairwise_def = {
    .name = "itertools.pairwise", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "Each item with the one after it.",
    .slots = {AVM_TOOL_SLOTS(pairwise_next)}, .methods = pairwise_methods,
};
const AvmTypeDef avm_batched_def = {
    .name = "itertools.batched", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "Tuples of n items each; the last one may be shorter.",
    .slots = {AVM_TOOL_SLOTS(batched_next)}, .methods = batched_methods,
};
const AvmTypeDef avm_groupby_def = {
    .name = "itertools.groupby", .size = sizeof(AvmTool), .flags = AVM_TYPE_BASETYPE | AVM_TYPE_IMMUTABLE,
    .doc = "Pairs of a key and an iterator over the items in a row that have it.",
    .slots = {AVM_TOOL_SLOTS(groupby_next)}, .methods = groupby_methods,
};
const AvmTypeDef avm_grouper_def = {
    .name = "itertools._grouper", .size = sizeof(AvmTool), .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {AVM_TOOL_SLOTS(grouper_next)},
};
const AvmTypeDef avm_tee_def = {
    .name = "itertools._tee", .size = sizeof(AvmTool), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "An iterator over the items of another, of which there are several.",
    .slots = {AVM_TOOL_SLOTS(tee_next)}, .methods = tee_methods,
};
const AvmTypeDef avm_teenode_def = {
    .name = "itertools._tee_dataobject", .size = sizeof(Node), .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.free = node_free, .traverse = node_traverse, .clear = node_free},
};
