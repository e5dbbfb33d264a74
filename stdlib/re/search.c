// Searching: where a match may begin, and the memory of a run.
#include "stdlib/re/re.h"
#include "vm/ops.h"

enum { BUDGET = 4096 };

bool avm_re_run_init(AvmThread *t, AvmReRun *run, const AvmReProgram *program) {
    run->t = t;
    run->program = program;
    run->whole = run->no_empty = false;
    run->budget = BUDGET;
    run->slots = run->slots_room;
    run->stack = run->stack_room;
    run->nstack = sizeof run->stack_room / sizeof *run->stack_room;
    if (program->nslots <= sizeof run->slots_room / sizeof *run->slots_room) return true;
    run->slots = avm_alloc(&t->vm->alloc, program->nslots * sizeof *run->slots);
    return run->slots || avm_raise_memory(t);
}

void avm_re_run_free(AvmReRun *run) {
    AvmAlloc *a = &run->t->vm->alloc;
    if (run->stack != run->stack_room) avm_release(a, run->stack, run->nstack * sizeof *run->stack);
    if (run->slots != run->slots_room) avm_release(a, run->slots, run->program->nslots * sizeof *run->slots);
}

bool avm_re_grow(AvmReRun *run) {
    AvmAlloc *a = &run->t->vm->alloc;
    bool own = run->stack != run->stack_room;
    size_t size = run->nstack * sizeof *run->stack;
    if (run->nstack > UINT32_MAX / 2) return avm_raise_memory(run->t);
    AvmReChoice *stack = own ? avm_realloc(a, run->stack, size, size * 2) : avm_alloc(a, size * 2);
    if (!stack) return avm_raise_memory(run->t);
    if (!own) memcpy(stack, run->stack_room, size);
    run->stack = stack;
    run->nstack *= 2;
    return true;
}

bool avm_re_tick(AvmReRun *run) {
    AvmThread *t = run->t;
    uint64_t used = (uint64_t)(BUDGET - (int64_t)run->budget);
    run->budget = BUDGET;
    if (!avm_charge(t, used)) return false;
    return !atomic_load_explicit(&t->interrupt, memory_order_relaxed) || avm_op_check(t);
}

static inline int run_at(AvmReRun *run, uint32_t at) {
    return run->wide ? avm_re_run_wide(run, at) : avm_re_run_narrow(run, at);
}

int avm_re_match(AvmReRun *run, uint32_t start) { return run_at(run, start); }

// Charges for bytes that were looked at. false: exhausted.
static bool looked(AvmReRun *run, uint32_t n) {
    run->budget -= (int32_t)(n >> 4);
    return run->budget >= 0 || avm_re_tick(run);
}

// Candidates are where the bytes stand that every match begins with.
static int search_prefix(AvmReRun *run, uint32_t start) {
    const AvmReProgram *program = run->program;
    const char *text = (const char *)run->text;
    for (;;) {
        ptrdiff_t found = avm_find(text + start, run->limit - start, program->prefix, program->nprefix);
        if (!looked(run, found < 0 ? run->limit - start : (uint32_t)found)) return -1;
        if (found < 0) return 0;
        start += (uint32_t)found;
        if (program->literal) {
            run->slots[0] = start;
            run->slots[1] = start + program->nprefix;
            run->slots[program->lastindex] = AVM_RE_UNSET;
            return 1;
        }
        int result = run_at(run, start);
        if (result) return result;
        start++;
        run->no_empty = false;
    }
}

static int search_table(AvmReRun *run, uint32_t start) {
    const uint8_t *table = run->program->firsts[run->program->first].table;
    const unsigned char *text = run->text;
    uint32_t limit = run->limit;
    for (;;) {
        uint32_t from = start;
        while (start < limit && !table[text[start]]) start++;
        if (!looked(run, start - from)) return -1;
        if (start >= limit) return 0;
        int result = run_at(run, start);
        if (result) return result;
        start++;
        run->no_empty = false;
    }
}

int avm_re_search(AvmReRun *run, uint32_t start) {
    const AvmReProgram *program = run->program;
    if (run->limit < start || run->limit - start < program->min_bytes) return 0;
    if (program->anchored) return start ? 0 : run_at(run, 0);
    if (program->nprefix) return search_prefix(run, start);
    if (program->first != AVM_RE_UNSET) return search_table(run, start);
    for (;; start++) {
        int result = run_at(run, start);
        if (result) return result;
        run->no_empty = false;
        while (run->wide && start + 1 < run->limit && (run->text[start + 1] & 0xC0) == 0x80) start++;
        if (start >= run->limit) return 0;
        if (!looked(run, 16)) return -1;
    }
}
