// From the tree of a regular expression to its program.
#include "stdlib/re/re.h"

#include "base/utf8.h"
#include "vm/call.h"

typedef struct Maker {
    AvmThread *t;
    AvmReProgram *p;
    bool is_text;
    bool failed;
    char *run; // bytes of literals that have not been emitted
    uint32_t nrun, run_cap;
} Maker;

// --- memory

static void *grown(Maker *m, void *items, uint32_t n, uint32_t *cap, size_t size) {
    if (n < *cap) return items;
    uint32_t more = *cap ? *cap * 2 : 16;
    void *p = m->failed ? NULL : avm_realloc(&m->t->vm->alloc, items, *cap * size, more * size);
    if (!p) {
        if (!m->failed) avm_raise_memory(m->t);
        m->failed = true;
        return NULL;
    }
    *cap = more;
    return p;
}

static uint32_t word(Maker *m, uint32_t w) {
    uint32_t *code = grown(m, m->p->code, m->p->ncode, &m->p->code_cap, sizeof *code);
    if (!code) return 0;
    m->p->code = code;
    code[m->p->ncode] = w;
    return m->p->ncode++;
}

// Emits an instruction; the result is where its operands stand.
static uint32_t emit(Maker *m, AvmReCode op, uint32_t n, const uint32_t *operands) {
    word(m, op);
    uint32_t at = m->p->ncode;
    for (uint32_t i = 0; i < n; i++) word(m, operands[i]);
    return at;
}
#define EMIT(m, op, ...)                                                                                     \
    emit((m), AVM_RE_C_##op, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (uint32_t[]){__VA_ARGS__})

static void patch(Maker *m, uint32_t at) {
    if (!m->failed) m->p->code[at] = m->p->ncode;
}

static uint32_t registers(Maker *m, uint32_t n) {
    m->p->nslots += n;
    return m->p->nslots - n;
}

static uint32_t add_first(Maker *m, const AvmReFirst *first) {
    if (avm_re_first_is_any(first)) return AVM_RE_UNSET;
    for (uint32_t i = 0; i < m->p->nfirsts; i++)
        if (!memcmp(&m->p->firsts[i], first, sizeof *first)) return i;
    AvmReFirst *firsts = grown(m, m->p->firsts, m->p->nfirsts, &m->p->firsts_cap, sizeof *firsts);
    if (!firsts) return 0;
    m->p->firsts = firsts;
    firsts[m->p->nfirsts] = *first;
    return m->p->nfirsts++;
}

static uint32_t add_set(Maker *m, const AvmReNode *node) {
    AvmReSet *sets = grown(m, m->p->sets, m->p->nsets, &m->p->sets_cap, sizeof *sets);
    if (!sets) return 0;
    m->p->sets = sets;
    if (!avm_re_set_fill(m->t, &sets[m->p->nsets], node, m->is_text)) {
        m->failed = true;
        return 0;
    }
    return m->p->nsets++;
}

// --- literals

// The character's bytes, where it stands for itself alone: how many; 0: it is a set.
static uint32_t literal(Maker *m, const AvmReNode *node, char bytes[4]) {
    uint32_t cases[AVM_RE_CASES];
    if (node->op != AVM_RE_LITERAL) return 0;
    bool ascii = !m->is_text || node->flags & AVM_RE_ASCII;
    if (node->flags & AVM_RE_IGNORECASE && avm_re_cases(node->c, ascii, cases) > 1) return 0;
    if (m->is_text) return (uint32_t)avm_utf8_encode(node->c, bytes);
    bytes[0] = (char)node->c;
    return 1;
}

static void flush(Maker *m) {
    uint32_t n = m->nrun;
    m->nrun = 0;
    if (n == 1) EMIT(m, CHAR, (unsigned char)*m->run);
    if (n < 2) return;
    EMIT(m, TEXT, n);
    for (uint32_t i = 0; i < n; i += 4) {
        uint32_t w = 0;
        memcpy(&w, m->run + i, n - i < 4 ? n - i : 4);
        word(m, w);
    }
}

static void add_bytes(Maker *m, const char *bytes, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        char *run = grown(m, m->run, m->nrun, &m->run_cap, 1);
        if (!run) return;
        m->run = run;
        run[m->nrun++] = bytes[i];
    }
}

// --- nodes

static void sequence(Maker *m, const AvmReSeq *seq, const AvmReFirst *after);

// The instruction for one character, and its operand. false: the node is none.
static bool single(Maker *m, const AvmReNode *node, uint32_t *item, uint32_t *operand) {
    char bytes[4];
    *operand = 0;
    if (node->op == AVM_RE_ANY) {
        *item = node->flags & AVM_RE_DOTALL ? AVM_RE_C_ANY_ALL : AVM_RE_C_ANY;
    } else if (literal(m, node, bytes) == 1) {
        *item = AVM_RE_C_CHAR;
        *operand = (unsigned char)*bytes;
    } else if (node->op == AVM_RE_LITERAL || node->op == AVM_RE_SET) {
        *item = AVM_RE_C_SET;
        *operand = add_set(m, node);
    } else {
        return false;
    }
    return true;
}

// Can what the repeat takes never be what follows it begins with? Then giving back is of no use.
static bool disjoint(const AvmReFirst *item, const AvmReFirst *after) {
    for (int c = 0; c < 256; c++)
        if (item->table[c] && after->table[c]) return false;
    return true;
}

static void repeat_single(Maker *m, const AvmReNode *node, uint32_t item, uint32_t operand,
                          const AvmReFirst *after) {
    AvmReFirst first;
    AvmReNode alone = *node->body->first;
    alone.next = NULL;
    avm_re_first_of(&first, &alone, after, m->is_text);
    uint32_t op = node->greed == AVM_RE_LAZY ? AVM_RE_C_LAZY : AVM_RE_C_GREEDY;
    if (node->greed == AVM_RE_POSSESSIVE || (op == AVM_RE_C_GREEDY && disjoint(&first, after)))
        op = AVM_RE_C_POSSESSIVE;
    emit(m, (AvmReCode)op, 5, (uint32_t[]){item, operand, node->min, node->max, add_first(m, after)});
}

// x? and x??
static void optional(Maker *m, const AvmReNode *node, const AvmReFirst *body, const AvmReFirst *after) {
    if (node->greed == AVM_RE_GREEDY) {
        uint32_t at = EMIT(m, TRY, 0, add_first(m, body));
        sequence(m, node->body, after);
        patch(m, at);
        return;
    }
    uint32_t later = EMIT(m, LATER, 0, add_first(m, body)), over = EMIT(m, JUMP, 0);
    patch(m, later);
    sequence(m, node->body, after);
    patch(m, over);
}

// x* and x+ where x takes something: no counting.
static void simple_loop(Maker *m, const AvmReNode *node, const AvmReFirst *body, const AvmReFirst *inside) {
    uint32_t first = add_first(m, body);
    bool lazy = node->greed == AVM_RE_LAZY;
    uint32_t over = node->min == 0 ? EMIT(m, JUMP, 0) : 0;
    uint32_t start = m->p->ncode;
    sequence(m, node->body, inside);
    if (over) patch(m, over);
    if (lazy)
        EMIT(m, LATER, start, first);
    else
        EMIT(m, AGAIN, start, first);
}

static void counted_loop(Maker *m, const AvmReNode *node, const AvmReFirst *body, const AvmReFirst *inside) {
    uint32_t r = registers(m, 2), first = add_first(m, body);
    bool possessive = node->greed == AVM_RE_POSSESSIVE;
    uint32_t whole = possessive ? registers(m, 1) : 0, round = possessive ? registers(m, 1) : 0;
    if (possessive) EMIT(m, ATOMIC_OPEN, whole);
    uint32_t start = EMIT(m, LOOP_START, r, 0), begin = m->p->ncode;
    if (possessive) EMIT(m, ATOMIC_OPEN, round);
    sequence(m, node->body, possessive ? NULL : inside);
    if (possessive) EMIT(m, ATOMIC_CLOSE, round);
    patch(m, start + 1);
    if (node->greed == AVM_RE_LAZY) {
        EMIT(m, LOOP_LAZY, r, node->min, node->max);
        EMIT(m, LOOP_MORE, r, begin);
    } else {
        EMIT(m, LOOP_GREEDY, r, node->min, node->max, begin, first);
    }
    if (possessive) EMIT(m, ATOMIC_CLOSE, whole);
}

static void repeat(Maker *m, const AvmReNode *node, const AvmReFirst *after) {
    uint32_t item, operand;
    const AvmReNode *inner = node->body->first;
    if (node->max == 0) return;
    if (node->min == 1 && node->max == 1 && node->greed != AVM_RE_POSSESSIVE) {
        sequence(m, node->body, after);
        return;
    }
    if (inner && !inner->next && single(m, inner, &item, &operand)) {
        repeat_single(m, node, item, operand, after);
        return;
    }
    // What follows a round: another one, or what follows the loop.
    AvmReFirst body, inside;
    avm_re_first_of(&body, inner, after, m->is_text);
    inside = body;
    for (int c = 0; c < 256; c++) inside.table[c] |= after->table[c];
    inside.end |= after->end;
    if (node->greed != AVM_RE_POSSESSIVE && node->min == 0 && node->max == 1)
        optional(m, node, &body, after);
    else if (node->greed != AVM_RE_POSSESSIVE && node->min <= 1 && node->max == AVM_RE_MAX_REPEAT &&
             node->body->lo)
        simple_loop(m, node, &body, &inside);
    else
        counted_loop(m, node, &body, &inside);
}

// Are all alternatives one character each? Then they are one set.
static bool as_set(Maker *m, const AvmReNode *node, AvmReNode *set) {
    uint32_t n = 0;
    for (const AvmReSeq *s = node->body; s; s = s->next) {
        const AvmReNode *only = s->first;
        if (!only || only->next || only->negated || (only->op != AVM_RE_LITERAL && only->op != AVM_RE_SET))
            return false;
        n += only->op == AVM_RE_SET ? only->nitems : 1;
    }
    AvmReItem *items = avm_alloc(&m->t->vm->alloc, n * sizeof *items);
    if (!items) return false; // the branches do as well
    *set = (AvmReNode){.op = AVM_RE_SET, .flags = node->flags, .lo = 1, .hi = 1, .items = items, .nitems = n};
    for (const AvmReSeq *s = node->body; s; s = s->next) {
        const AvmReNode *only = s->first;
        if (only->op == AVM_RE_LITERAL) *items++ = (AvmReItem){only->c, only->c, -1};
        for (uint32_t i = 0; only->op == AVM_RE_SET && i < only->nitems; i++) *items++ = only->items[i];
    }
    return true;
}

static void branch(Maker *m, const AvmReNode *node, const AvmReFirst *after) {
    AvmReNode set;
    if (as_set(m, node, &set)) {
        EMIT(m, SET, add_set(m, &set));
        avm_release(&m->t->vm->alloc, set.items, set.nitems * sizeof *set.items);
        return;
    }
    uint32_t ends = 0; // the jumps to the end are linked through their operands
    for (const AvmReSeq *seq = node->body; seq; seq = seq->next) {
        uint32_t next = 0;
        if (seq->next) {
            AvmReFirst first;
            avm_re_first_of(&first, seq->first, after, m->is_text);
            next = EMIT(m, TRY, 0, add_first(m, &first));
        }
        sequence(m, seq, after);
        if (!seq->next) break;
        ends = EMIT(m, JUMP, ends);
        patch(m, next);
    }
    while (ends && !m->failed) {
        uint32_t before = m->p->code[ends];
        patch(m, ends);
        ends = before;
    }
}

static void condition(Maker *m, const AvmReNode *node, const AvmReFirst *after) {
    uint32_t at = EMIT(m, COND, node->c, 0);
    sequence(m, node->body, after);
    if (!node->other) {
        patch(m, at + 1);
        return;
    }
    uint32_t over = EMIT(m, JUMP, 0);
    patch(m, at + 1);
    sequence(m, node->other, after);
    patch(m, over);
}

static void raise_text(Maker *m, const char *text) {
    if (!m->failed) avm_re_raise(m->t, AVM_NONE, -1, avm_str_text(m->t, text));
    m->failed = true;
}

static void assertion(Maker *m, const AvmReNode *node) {
    uint32_t back = 0;
    if (node->behind) {
        if (node->body->lo > UINT32_MAX) raise_text(m, "looks too much behind");
        if (node->body->lo != node->body->hi) raise_text(m, "look-behind requires fixed-width pattern");
        back = (uint32_t)node->body->lo;
    }
    AvmReFirst any;
    avm_re_first_any(&any);
    if (node->negated) {
        uint32_t r = registers(m, 1), at = EMIT(m, NOT_OPEN, r, back, 0);
        sequence(m, node->body, &any);
        EMIT(m, NOT_CLOSE, r);
        patch(m, at + 2);
        return;
    }
    uint32_t r = registers(m, 2);
    EMIT(m, LOOK_OPEN, r, back);
    sequence(m, node->body, &any);
    EMIT(m, LOOK_CLOSE, r);
}

static void reference(Maker *m, const AvmReNode *node) {
    bool ascii = !m->is_text || node->flags & AVM_RE_ASCII;
    EMIT(m, REF, node->c, !(node->flags & AVM_RE_IGNORECASE) ? 0 : ascii ? 1 : 2);
}

static void group(Maker *m, const AvmReNode *node, const AvmReFirst *after) {
    if (node->c) EMIT(m, OPEN, 2 * node->c);
    sequence(m, node->body, after);
    if (node->c) EMIT(m, CLOSE, 2 * node->c + 1, node->c);
}

static void one(Maker *m, const AvmReNode *node, const AvmReFirst *after) {
    uint32_t item, operand;
    switch (node->op) {
    case AVM_RE_AT: EMIT(m, AT, node->c, !m->is_text || node->flags & AVM_RE_ASCII); break;
    case AVM_RE_GROUP: group(m, node, after); break;
    case AVM_RE_BRANCH: branch(m, node, after); break;
    case AVM_RE_REPEAT: repeat(m, node, after); break;
    case AVM_RE_REF: reference(m, node); break;
    case AVM_RE_COND: condition(m, node, after); break;
    case AVM_RE_ASSERT: assertion(m, node); break;
    case AVM_RE_ATOMIC: {
        uint32_t r = registers(m, 1);
        EMIT(m, ATOMIC_OPEN, r);
        sequence(m, node->body, NULL); // what follows must not make it give anything back
        EMIT(m, ATOMIC_CLOSE, r);
        break;
    }
    case AVM_RE_NEVER: emit(m, AVM_RE_C_FAIL, 0, NULL); break;
    default: single(m, node, &item, &operand); emit(m, (AvmReCode)item, item == AVM_RE_C_SET, &operand);
    }
}

// Only these look at what follows them.
static bool looks_ahead(const AvmReNode *node) {
    return node->op == AVM_RE_GROUP || node->op == AVM_RE_BRANCH || node->op == AVM_RE_REPEAT ||
           node->op == AVM_RE_COND || node->op == AVM_RE_ATOMIC;
}

// A null `after`: anything may follow.
static void sequence(Maker *m, const AvmReSeq *seq, const AvmReFirst *after) {
    if (m->failed) return;
    if (!avm_native_enter(m->t)) {
        m->failed = true;
        return;
    }
    AvmReFirst next;
    avm_re_first_any(&next);
    flush(m);
    for (const AvmReNode *node = seq->first; node && !m->failed; node = node->next) {
        char bytes[4];
        uint32_t n = literal(m, node, bytes);
        if (n) {
            add_bytes(m, bytes, n);
            continue;
        }
        flush(m);
        if (looks_ahead(node)) avm_re_first_of(&next, node->next, after, m->is_text);
        one(m, node, &next);
    }
    flush(m);
    avm_native_leave(m->t);
}

// --- where to look

// The bytes every match begins with.
static void find_prefix(Maker *m, const AvmReSeq *tree) {
    const AvmReNode *node = tree->first;
    char bytes[4];
    bool inside = false;
    while (node) {
        uint32_t n = literal(m, node, bytes);
        if (n) {
            add_bytes(m, bytes, n);
            node = node->next;
        } else if (node->op == AVM_RE_GROUP && !inside) {
            inside = true; // what follows the group is not looked at
            node = node->body->first;
        } else {
            break;
        }
    }
    AvmReProgram *p = m->p;
    p->literal = m->nrun && !node && !inside;
    if (m->nrun && !m->failed && (p->prefix = avm_alloc(&m->t->vm->alloc, m->nrun))) {
        memcpy(p->prefix, m->run, m->nrun);
        p->nprefix = m->nrun;
    }
    m->nrun = 0;
}

static bool is_anchored(const AvmReSeq *tree) {
    const AvmReNode *node = tree->first;
    while (node && node->op == AVM_RE_GROUP) node = node->body->first;
    return node && node->op == AVM_RE_AT && (node->c == AVM_RE_BEGIN || node->c == AVM_RE_BEGIN_TEXT);
}

bool avm_re_compile(AvmThread *t, AvmReProgram *program, AvmReSeq *tree, uint32_t groups, bool is_text) {
    Maker m = {.t = t, .p = program, .is_text = is_text};
    *program =
        (AvmReProgram){.nslots = 2 * (groups + 1) + 1, .lastindex = 2 * (groups + 1), .first = AVM_RE_UNSET};
    program->min_bytes = tree->lo > UINT32_MAX ? UINT32_MAX : (uint32_t)tree->lo;
    program->anchored = is_anchored(tree);
    find_prefix(&m, tree);
    AvmReFirst first;
    avm_re_first_of(&first, tree->first, NULL, is_text);
    if (!first.end) program->first = add_first(&m, &first);
    sequence(&m, tree, NULL);
    emit(&m, AVM_RE_C_MATCH, 0, NULL);
    avm_release(&t->vm->alloc, m.run, m.run_cap);
    return !m.failed;
}

void avm_re_program_free(AvmThread *t, AvmReProgram *p) {
    AvmAlloc *a = &t->vm->alloc;
    for (uint32_t i = 0; i < p->nsets; i++)
        avm_release(a, p->sets[i].items, p->sets[i].nitems * sizeof(AvmReItem));
    avm_release(a, p->sets, p->sets_cap * sizeof *p->sets);
    avm_release(a, p->firsts, p->firsts_cap * sizeof *p->firsts);
    avm_release(a, p->code, p->code_cap * sizeof *p->code);
    avm_release(a, p->prefix, p->nprefix);
    *p = (AvmReProgram){0};
}
