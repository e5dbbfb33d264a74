// Precompiled units: a unit as bytes, and back. The bytes are the fields in order, little-endian; the head has the version and a
// checksum. What is read is bounded by its length here and checked by the compiler's verifier.
#include <string.h>

#include "base/arena.h"
#include "compiler/compile.h"
#include "embed/embed.h"
#include "vm/error.h"
#include "vm/power.h"
#include "vm/types/str.h"

static const char MAGIC[8] = "aioc\1\r\n";
enum { HEAD = sizeof MAGIC + 8 + 8, DEEPEST = 200 };

static uint64_t hash(const char *p, size_t n) {
    uint64_t h = 0xCBF29CE484222325ull; // FNV-1a
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * 0x100000001B3ull;
    return h;
}

// Another version of aio, or of its instructions, reads other units.
static uint64_t version(void) {
    return hash(AIO_VERSION, strlen(AIO_VERSION)) + AVM_OP_COUNT * 2654435761u + sizeof(AvmUnit);
}

bool avm_unit_is(const char *p, size_t n) { return n >= HEAD && !memcmp(p, MAGIC, sizeof MAGIC); }

// --- writing

static void put(AvmBuf *b, uint64_t v, int bytes) {
    for (int i = 0; i < bytes; i++) avm_buf_byte(b, (char)(v >> 8 * i));
}

static void put_text(AvmBuf *b, AvmText s) {
    put(b, s.len, 4);
    avm_buf_add(b, s.text, s.len);
}

static void put_literal(AvmBuf *b, const AvmLiteral *l) {
    put(b, l->kind, 1);
    switch (l->kind) {
    case AVM_LIT_INT:
    case AVM_LIT_FLOAT:
    case AVM_LIT_IMAGINARY: put(b, (uint64_t)l->i, 8); break; // the bits of f
    case AVM_LIT_BIGINT:
    case AVM_LIT_STR:
    case AVM_LIT_BYTES: put_text(b, l->text); break;
    case AVM_LIT_TUPLE:
    case AVM_LIT_FROZENSET:
        put(b, l->items.count, 4);
        for (uint32_t i = 0; i < l->items.count; i++) put(b, l->items.at[i], 4);
        break;
    default: break;
    }
}

static void put_unit(AvmBuf *b, const AvmUnit *u) {
    put_text(b, u->name);
    put_text(b, u->qualname);
    put_text(b, u->file);
    const uint32_t heads[] = {u->flags, u->first_line, u->nsites, u->nglobals, u->ncode, u->nliterals,
                              u->nnames, u->ntries, u->nhandlings, u->npositions, u->nunits};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) put(b, heads[i], 4);
    const uint16_t counts[] = {u->npositional, u->npositional_only, u->nkeyword_only, u->nparams, u->nlocals,
                               u->nfar, u->nregs, u->nfree, (uint16_t)u->class_free, u->has_doc};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) put(b, counts[i], 2);
    uint32_t nlocals = (uint32_t)u->nlocals + u->nfar;
    for (uint32_t i = 0; i < u->ncode; i++) put(b, u->code[i], 4);
    for (uint32_t i = 0; i < u->nliterals; i++) put_literal(b, &u->literals[i]);
    for (uint32_t i = 0; i < u->nnames; i++) put_text(b, u->names[i]);
    for (uint32_t i = 0; i < nlocals; i++) put_text(b, u->locals[i]);
    for (uint32_t i = 0; i < nlocals; i++) put(b, u->local_cells[i], 1);
    for (uint32_t i = 0; i < u->nfree; i++) put_text(b, u->frees[i]);
    for (uint32_t i = 0; i < u->nfree; i++) put(b, u->captures[i].from_free, 1), put(b, u->captures[i].index, 2);
    for (uint32_t i = 0; i < u->nsites; i++) put(b, u->sites[i], 4);
    for (uint32_t i = 0; i < u->ntries; i++) {
        const AvmTry *t = &u->tries[i];
        put(b, t->start, 4), put(b, t->end, 4), put(b, t->target, 4), put(b, t->reg, 4);
    }
    for (uint32_t i = 0; i < u->nhandlings; i++) {
        const AvmHandling *h = &u->handlings[i];
        put(b, h->start, 4), put(b, h->end, 4), put(b, h->reg, 4);
    }
    for (uint32_t i = 0; i < u->npositions; i++) {
        const AvmPos *p = &u->positions[i];
        put(b, p->pc, 4), put(b, p->line, 4), put(b, p->lines, 2), put(b, p->col, 2), put(b, p->end_col, 2);
    }
    for (uint32_t i = 0; i < u->nunits; i++) put_unit(b, u->units[i]);
}

aiovm_status aiovm_save(aiovm *vm, const aiovm_program *program, const void **bytes, size_t *length) {
    if (bytes) *bytes = "";
    if (length) *length = 0;
    if (!bytes || !length || !program || !avm_embed_begin(vm) || program->vm != vm) return AIOVM_MISUSE;
    AvmBuf *b = &vm->saved;
    b->len = 0;
    b->failed = false;
    avm_buf_add(b, MAGIC, sizeof MAGIC);
    put(b, version(), 8);
    put(b, 0, 8);
    put_unit(b, program->unit);
    *bytes = avm_buf_str(b);
    if (b->failed) return AIOVM_MEMORY;
    uint64_t sum = hash(b->data + HEAD, b->len - HEAD);
    for (int i = 0; i < 8; i++) b->data[HEAD - 8 + i] = (char)(sum >> 8 * i);
    *length = b->len;
    return AIOVM_OK;
}

// --- reading

typedef struct Reader {
    AvmArena *arena;
    const unsigned char *p, *end;
    bool bad;
} Reader;

static uint64_t get(Reader *r, int bytes) {
    uint64_t v = 0;
    if (r->end - r->p < bytes) r->bad = true;
    if (r->bad) return 0;
    for (int i = 0; i < bytes; i++) v |= (uint64_t)*r->p++ << 8 * i;
    return v;
}

// Room for n items that take at least one byte each; NULL and bad: there are not so many, or no memory.
static void *room(Reader *r, uint64_t n, size_t size) {
    if (n > (uint64_t)(r->end - r->p)) r->bad = true;
    void *p = r->bad ? NULL : avm_arena_alloc(r->arena, n * size + 1);
    if (!p) r->bad = true;
    return p;
}

static AvmText get_text(Reader *r) {
    uint32_t n = (uint32_t)get(r, 4);
    char *copy = room(r, n, 1);
    if (!copy) return (AvmText){"", 0};
    memcpy(copy, r->p, n);
    r->p += n;
    return (AvmText){copy, n};
}

static const AvmText *get_texts(Reader *r, uint32_t n) {
    AvmText *texts = room(r, n, sizeof *texts);
    for (uint32_t i = 0; i < n && !r->bad; i++) texts[i] = get_text(r);
    return texts;
}

static const uint32_t *get_words(Reader *r, uint32_t n) {
    uint32_t *words = room(r, n, sizeof *words);
    for (uint32_t i = 0; i < n && !r->bad; i++) words[i] = (uint32_t)get(r, 4);
    return words;
}

// own: its number; what it holds stands before it.
static void get_literal(Reader *r, AvmLiteral *l, uint32_t own) {
    l->kind = (AvmLitKind)get(r, 1);
    switch (l->kind) {
    case AVM_LIT_NONE:
    case AVM_LIT_FALSE:
    case AVM_LIT_TRUE:
    case AVM_LIT_ELLIPSIS: break;
    case AVM_LIT_INT:
    case AVM_LIT_FLOAT:
    case AVM_LIT_IMAGINARY: l->i = (int64_t)get(r, 8); break;
    case AVM_LIT_BIGINT:
    case AVM_LIT_STR:
    case AVM_LIT_BYTES: l->text = get_text(r); break;
    case AVM_LIT_TUPLE:
    case AVM_LIT_FROZENSET:
        l->items.count = (uint32_t)get(r, 4);
        l->items.at = get_words(r, l->items.count);
        for (uint32_t i = 0; i < l->items.count && !r->bad; i++) r->bad = l->items.at[i] >= own;
        break;
    default: r->bad = true;
    }
}

static void get_tables(Reader *r, AvmUnit *u) {
    uint32_t nlocals = (uint32_t)u->nlocals + u->nfar;
    u->code = get_words(r, u->ncode);
    AvmLiteral *literals = room(r, u->nliterals, sizeof *literals);
    for (uint32_t i = 0; i < u->nliterals && !r->bad; i++) get_literal(r, &literals[i], i);
    u->literals = literals;
    u->names = get_texts(r, u->nnames);
    u->locals = get_texts(r, nlocals);
    uint8_t *cells = room(r, nlocals, 1);
    for (uint32_t i = 0; i < nlocals && !r->bad; i++) cells[i] = (uint8_t)get(r, 1);
    u->local_cells = cells;
    u->frees = get_texts(r, u->nfree);
    AvmCapture *captures = room(r, u->nfree, sizeof *captures);
    for (uint32_t i = 0; i < u->nfree && !r->bad; i++) {
        captures[i].from_free = (uint8_t)get(r, 1);
        captures[i].index = (uint16_t)get(r, 2);
    }
    u->captures = captures;
    u->sites = get_words(r, u->nsites);
}

static void get_ranges(Reader *r, AvmUnit *u) {
    AvmTry *tries = room(r, u->ntries, sizeof *tries);
    for (uint32_t i = 0; i < u->ntries && !r->bad; i++) {
        uint32_t start = (uint32_t)get(r, 4), end = (uint32_t)get(r, 4), target = (uint32_t)get(r, 4);
        tries[i] = (AvmTry){start, end, target, (uint32_t)get(r, 4)};
    }
    u->tries = tries;
    AvmHandling *handlings = room(r, u->nhandlings, sizeof *handlings);
    for (uint32_t i = 0; i < u->nhandlings && !r->bad; i++) {
        uint32_t start = (uint32_t)get(r, 4), end = (uint32_t)get(r, 4);
        handlings[i] = (AvmHandling){start, end, (uint32_t)get(r, 4)};
    }
    u->handlings = handlings;
    AvmPos *positions = room(r, u->npositions, sizeof *positions);
    for (uint32_t i = 0; i < u->npositions && !r->bad; i++) {
        AvmPos *p = &positions[i];
        p->pc = (uint32_t)get(r, 4);
        p->line = (uint32_t)get(r, 4);
        p->lines = (uint16_t)get(r, 2);
        p->col = (uint16_t)get(r, 2);
        p->end_col = (uint16_t)get(r, 2);
    }
    u->positions = positions;
}

static void get_unit(Reader *r, AvmUnit *u, int depth) {
    u->name = get_text(r);
    u->qualname = get_text(r);
    u->file = get_text(r);
    uint32_t *heads[] = {&u->flags, &u->first_line, &u->nsites, &u->nglobals, &u->ncode, &u->nliterals,
                         &u->nnames, &u->ntries, &u->nhandlings, &u->npositions, &u->nunits};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) *heads[i] = (uint32_t)get(r, 4);
    uint16_t *counts[] = {&u->npositional, &u->npositional_only, &u->nkeyword_only, &u->nparams,
                          &u->nlocals, &u->nfar, &u->nregs, &u->nfree};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) *counts[i] = (uint16_t)get(r, 2);
    u->class_free = (int16_t)get(r, 2);
    u->has_doc = get(r, 2) != 0;
    get_tables(r, u);
    get_ranges(r, u);
    if (depth > DEEPEST) r->bad = true;
    const AvmUnit **units = room(r, u->nunits, sizeof *units);
    for (uint32_t i = 0; i < u->nunits && !r->bad; i++) {
        AvmUnit *inner = avm_arena_alloc(r->arena, sizeof *inner);
        if (!inner) r->bad = true;
        else get_unit(r, inner, depth + 1);
        units[i] = inner;
    }
    u->units = units;
}

// A unit that was read, in an arena with all that belongs to it.
typedef struct Loaded {
    AvmUnit unit; // first: a program knows this
    AvmArena arena;
} Loaded;

static void loaded_free(AvmAlloc *alloc, AvmUnit *unit) {
    Loaded *l = (Loaded *)unit;
    avm_arena_free(&l->arena);
    avm_release(alloc, l, sizeof *l);
}

// RANGE: it is no unit of this version. MEMORY.
static aiovm_status read_unit(AvmAlloc *alloc, const unsigned char *p, size_t n, Loaded **out) {
    Reader head = {.p = p + sizeof MAGIC, .end = p + n};
    char why[200];
    if (n < HEAD || memcmp(p, MAGIC, sizeof MAGIC) != 0 || get(&head, 8) != version()) return AIOVM_RANGE;
    if (get(&head, 8) != hash((const char *)p + HEAD, n - HEAD)) return AIOVM_RANGE;
    Loaded *l = avm_alloc_zero(alloc, sizeof *l);
    if (!l) return AIOVM_MEMORY;
    avm_arena_init(&l->arena, alloc);
    Reader r = {.arena = &l->arena, .p = p + HEAD, .end = p + n};
    get_unit(&r, &l->unit, 0);
    *out = l;
    bool sound = !r.bad && r.p == r.end && avm_unit_verify(alloc, &l->unit, why, sizeof why);
    if (sound) return AIOVM_OK;
    aiovm_status status = l->arena.failed ? AIOVM_MEMORY : AIOVM_RANGE;
    loaded_free(alloc, &l->unit);
    return status;
}

aiovm_status aiovm_load(aiovm *vm, const void *bytes, size_t length, const char *name, aiovm_program **program) {
    if (program) *program = NULL;
    if (!program || !bytes || !name || !avm_embed_begin(vm)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    if (!avm_may(t, AVM_LOAD_UNIT, name)) return AIOVM_DENIED;
    Loaded *loaded;
    aiovm_status status = read_unit(&t->vm->alloc, bytes, length, &loaded);
    if (status != AIOVM_OK) return status;
    AvmStr *file = avm_str_new(t, loaded->unit.file.text, loaded->unit.file.len);
    if (file) *program = avm_program_new(vm, &loaded->unit, file, loaded_free);
    else loaded_free(&t->vm->alloc, &loaded->unit);
    avm_drop(t, file);
    return *program ? AIOVM_OK : avm_embed_outcome(vm);
}
