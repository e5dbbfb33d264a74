// What the iterators of the module itertools share: one layout for nearly all of them.
#ifndef AVM_STDLIB_ITERTOOLS_H
#define AVM_STDLIB_ITERTOOLS_H

#include "vm/import.h"
#include "vm/types/list_parts.h"

// What each field is for is said beside each iterator; unused ones stay empty.
typedef struct AvmTool {
    AvmObj h;
    AvmValue source;      // an iterator; empty when exhausted
    AvmValue func, value, extra, other;
    AvmTuple *pool;
    AvmTuple *result;     // the last tuple given out: used again when nobody keeps it
    int64_t i, n, step;
    uint32_t *indices;
    uint32_t nindices;
    bool started, flag, ended;
} AvmTool;

static inline AvmTool *avm_tool(AvmValue v) { return (AvmTool *)avm_obj(v); }

void avm_tool_free(AvmThread *t, AvmObj *o);
void avm_tool_traverse(AvmObj *o, AvmVisit visit, void *arg);
// An instance of cls over iter(iterable); iterable empty: no source.
AvmTool *avm_tool_new(AvmThread *t, AvmValue cls, AvmValue iterable);
// The next item of the iterator in *slot, which is kept alive meanwhile: what runs may call the same tool again and
// empty the slot. AVM_DONE if the slot is empty.
AvmValue avm_tool_next(AvmThread *t, const AvmValue *slot);
// Ends the iterator for good.
AvmValue avm_tool_end(AvmThread *t, AvmTool *tool);
// Is func(v) (func None: v itself) true? 1, 0, -1.
int avm_tool_test(AvmThread *t, AvmValue func, AvmValue v);
// Room for n numbers in indices, all 0. false: exception.
bool avm_tool_indices(AvmThread *t, AvmTool *tool, uint64_t n);

#define AVM_TOOL_SLOTS(next_fn)                                                                                   \
    .free = avm_tool_free, .traverse = avm_tool_traverse, .clear = avm_tool_free, .iter = avm_iter_self,           \
    .next = next_fn

// itertools_pool.c: product, permutations, combinations, combinations_with_replacement
extern const AvmTypeDef avm_product_def, avm_permutations_def, avm_combinations_def, avm_replacement_def;
// itertools_many.c: chain, zip_longest, groupby, tee, batched, pairwise
extern const AvmTypeDef avm_chain_def, avm_zip_longest_def, avm_groupby_def, avm_grouper_def, avm_tee_def, avm_teenode_def;
extern const AvmTypeDef avm_batched_def, avm_pairwise_def;
AvmValue avm_itertools_tee(AvmThread *t, AvmValue *args, uint32_t n);

#endif
