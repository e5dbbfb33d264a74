// The parser of regular expressions: tokens, sequences, repeats, widths. Groups, sets and escapes have files
// of their own. A failure is remembered in the parser, which then sees the pattern's end: so only the first
// one counts.
#include <stdarg.h>

#include "base/utf8.h"
#include "stdlib/re/re.h"
#include "vm/call.h"
#include "vm/import.h"
#include "vm/message.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"

// --- errors

void avm_re_raise(AvmThread *t, AvmValue pattern, int64_t at, AvmStr *message) {
    if (!message) return;
    AvmValue module = avm_import_text(t, "re");
    AvmStr *name = module ? avm_str_intern(t, "PatternError", 12) : NULL;
    AvmValue type = name ? avm_getattr(t, module, name) : AVM_FAIL;
    AvmValue args[] = {avm_value(message), pattern, at < 0 ? AVM_NONE : avm_inline_int_value(at)};
    AvmValue exc = type ? avm_call(t, type, args, at < 0 ? 1 : 3) : AVM_FAIL;
    if (exc) avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
    avm_decref(t, type);
    if (name) avm_drop(t, name);
    avm_decref(t, module);
    avm_drop(t, message);
}

// Characters beyond ASCII as \xNN: bytes patterns have no others.
static AvmStr *escaped(AvmThread *t, AvmStr *s) {
    AvmBytes *bytes = avm_encode(t, s, "ascii", "backslashreplace");
    AvmStr *result = bytes ? avm_str_new(t, bytes->data, bytes->len) : NULL;
    if (bytes) avm_drop(t, bytes);
    avm_drop(t, s);
    return result;
}

void avm_re_error(AvmReParser *p, int64_t at, const char *format, ...) {
    if (p->failed) return;
    p->failed = true;
    p->next = -1;
    if (avm_failed(p->t)) return;
    AvmBuf text;
    avm_buf_init(&text, &p->t->vm->alloc);
    va_list args;
    va_start(args, format);
    bool ok = avm_message_add(p->t, &text, format, args);
    va_end(args);
    AvmStr *message = ok ? avm_str_from_buf(p->t, &text) : NULL;
    if (!ok) avm_buf_free(&text);
    if (message && !p->is_text) message = escaped(p->t, message);
    avm_re_raise(p->t, p->source, at, message);
}

AvmStr *avm_re_text(AvmReParser *p, uint32_t from, uint32_t to) {
    AvmBuf b;
    avm_buf_init(&b, &p->t->vm->alloc);
    for (; from < to; from++) avm_buf_utf8(&b, p->text[from]);
    AvmStr *s = avm_str_from_buf(p->t, &b);
    if (!s) p->failed = true, p->next = -1;
    return s;
}

void *avm_re_new(AvmReParser *p, size_t size) {
    void *memory = avm_arena_alloc(&p->arena, size);
    if (memory || p->failed) return memory;
    avm_raise_memory(p->t);
    p->failed = true;
    p->next = -1;
    return NULL;
}

// --- tokens: a character, or a backslash and a character

void avm_re_seek(AvmReParser *p, uint32_t at) {
    p->at = p->end = at;
    p->escaped = false;
    p->next = -1;
    if (p->failed || at >= p->n) return;
    if (p->text[at] == '\\') {
        if (++at == p->n) {
            avm_re_error(p, p->n - 1, "bad escape (end of pattern)");
            return;
        }
        p->escaped = true;
    }
    p->next = (int32_t)p->text[at];
    p->end = at + 1;
}

void avm_re_advance(AvmReParser *p) { avm_re_seek(p, p->end); }

bool avm_re_accept(AvmReParser *p, char c) {
    if (p->next != c || p->escaped) return false;
    avm_re_advance(p);
    return true;
}

// --- nodes

static uint64_t plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
static uint64_t times(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

AvmReNode *avm_re_add(AvmReParser *p, AvmReSeq *seq, AvmReOp op, uint32_t flags) {
    AvmReNode *node = avm_re_new(p, sizeof *node);
    if (!node) return NULL;
    node->op = op;
    node->flags = (uint16_t)flags;
    if (op == AVM_RE_LITERAL || op == AVM_RE_ANY || op == AVM_RE_SET) node->lo = node->hi = 1;
    if (seq->last)
        seq->last->next = node;
    else
        seq->first = node;
    seq->last = node;
    return node;
}

static void measure(AvmReSeq *seq) {
    seq->lo = seq->hi = 0;
    for (AvmReNode *n = seq->first; n; n = n->next) {
        seq->lo = plus(seq->lo, n->lo);
        seq->hi = plus(seq->hi, n->hi);
    }
}

static void add_literal(AvmReParser *p, AvmReSeq *seq, uint32_t c, uint32_t flags) {
    AvmReNode *node = avm_re_add(p, seq, AVM_RE_LITERAL, flags);
    if (node) node->c = c;
}

static void add_at(AvmReParser *p, AvmReSeq *seq, AvmReAt where, uint32_t flags) {
    AvmReNode *node = avm_re_add(p, seq, AVM_RE_AT, flags);
    if (node) node->c = where;
}

// --- repeats

// Reads the inside of {m,n} after the brace. false: it is no repeat, the brace stands for itself.
static bool read_bounds(AvmReParser *p, uint32_t here, uint32_t *min, uint32_t *max) {
    uint64_t bounds[2] = {0, 0};
    bool given[2] = {false, false};
    if (p->next == '}' && !p->escaped) return false;
    int i = 0;
    for (; i < 2; i++) {
        while (p->next >= '0' && p->next <= '9' && !p->escaped) {
            given[i] = true;
            bounds[i] = plus(times(bounds[i], 10), (uint64_t)(p->next - '0'));
            avm_re_advance(p);
        }
        if (i == 0 && !avm_re_accept(p, ',')) {
            bounds[1] = bounds[0];
            given[1] = given[0];
            break;
        }
    }
    if (!avm_re_accept(p, '}')) {
        avm_re_seek(p, here);
        return false;
    }
    for (i = 0; i < 2 && !p->failed; i++)
        if (given[i] && bounds[i] >= AVM_RE_MAX_REPEAT) {
            avm_raise(p->t, AVM_EXC(p->t, OverflowError), "the repetition number is too large");
            p->failed = true;
            p->next = -1;
        }
    *min = given[0] ? (uint32_t)bounds[0] : 0;
    *max = given[1] ? (uint32_t)bounds[1] : AVM_RE_MAX_REPEAT;
    if (*max < *min) avm_re_error(p, here, "min repeat greater than max repeat");
    return true;
}

// The item before becomes the body of the repeat whose sign c stood at here - 1.
static void parse_repeat(AvmReParser *p, AvmReSeq *seq, uint32_t c, uint32_t here, uint32_t flags) {
    uint32_t min = c == '+', max = c == '?' ? 1 : AVM_RE_MAX_REPEAT;
    if (c == '{' && !read_bounds(p, here, &min, &max)) {
        add_literal(p, seq, c, flags);
        return;
    }
    AvmReNode *item = seq->last;
    if (!item || item->op == AVM_RE_AT)
        avm_re_error(p, (int64_t)here - 1, "nothing to repeat");
    else if (item->op == AVM_RE_REPEAT)
        avm_re_error(p, (int64_t)here - 1, "multiple repeat");
    AvmReNode *inner = avm_re_new(p, sizeof *inner);
    AvmReSeq *body = avm_re_new(p, sizeof *body);
    if (p->failed || !inner || !body) return;
    *inner = *item;
    body->first = body->last = inner;
    measure(body);
    if (inner->op == AVM_RE_GROUP && !inner->c && !inner->added && !inner->removed) body = inner->body;
    *item = (AvmReNode){.op = AVM_RE_REPEAT, .flags = (uint16_t)flags, .min = min, .max = max, .body = body};
    item->lo = times(body->lo, min);
    item->hi = max == AVM_RE_MAX_REPEAT && body->hi ? UINT64_MAX : times(body->hi, max);
    item->greed = avm_re_accept(p, '?')   ? AVM_RE_LAZY
                  : avm_re_accept(p, '+') ? AVM_RE_POSSESSIVE
                                          : AVM_RE_GREEDY;
}

// --- sequences and branches

static void add_escape(AvmReParser *p, AvmReSeq *seq, uint32_t at, uint32_t flags) {
    AvmReEscape e;
    if (!avm_re_parse_escape(p, at, false, &e)) return;
    if (e.klass >= 0) {
        avm_re_add_class(p, seq, (AvmReClass)e.klass, flags);
    } else if (e.where >= 0) {
        add_at(p, seq, (AvmReAt)e.where, flags);
    } else if (e.group >= 0) {
        AvmReNode *node = avm_re_add(p, seq, AVM_RE_REF, flags);
        if (!node) return;
        node->c = (uint32_t)e.group;
        node->lo = p->groups[e.group].lo;
        node->hi = p->groups[e.group].hi;
    } else {
        add_literal(p, seq, e.c, flags);
    }
}

static bool is_blank(int32_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static void skip_comment(AvmReParser *p) {
    while (p->next >= 0) {
        bool last = p->next == '\n' && !p->escaped;
        avm_re_advance(p);
        if (last) return;
    }
}

AvmReSeq *avm_re_parse_sequence(AvmReParser *p, uint32_t flags, bool first) {
    AvmReSeq *seq = avm_re_new(p, sizeof *seq);
    while (seq && p->next >= 0 && (p->escaped || (p->next != '|' && p->next != ')'))) {
        uint32_t at = p->at, c = (uint32_t)p->next;
        bool escape = p->escaped;
        avm_re_advance(p);
        bool multiline = flags & AVM_RE_MULTILINE;
        if (p->failed) break;
        if (escape) {
            add_escape(p, seq, at, flags);
        } else if (flags & AVM_RE_VERBOSE && is_blank((int32_t)c)) {
            continue;
        } else if (flags & AVM_RE_VERBOSE && c == '#') {
            skip_comment(p);
        } else if (c == '[') {
            avm_re_parse_set(p, seq, flags);
        } else if (c == '(') {
            avm_re_parse_group(p, seq, &flags, first && !seq->first);
        } else if (c == '.') {
            avm_re_add(p, seq, AVM_RE_ANY, flags);
        } else if (c == '^') {
            add_at(p, seq, multiline ? AVM_RE_BEGIN_LINE : AVM_RE_BEGIN, flags);
        } else if (c == '$') {
            add_at(p, seq, multiline ? AVM_RE_END_LINE : AVM_RE_END, flags);
        } else if (c == '*' || c == '+' || c == '?' || c == '{') {
            parse_repeat(p, seq, c, at + 1, flags);
        } else {
            add_literal(p, seq, c, flags);
        }
    }
    if (seq) measure(seq);
    return p->failed ? NULL : seq;
}

AvmReSeq *avm_re_parse_branches(AvmReParser *p, uint32_t flags, bool outermost) {
    if (p->failed) return NULL;
    if (!avm_native_enter(p->t)) {
        avm_re_error(p, 0, "");
        return NULL;
    }
    AvmReSeq *first = NULL, **link = &first;
    uint64_t lo = UINT64_MAX, hi = 0;
    do {
        if (outermost) flags = p->flags;
        AvmReSeq *seq = avm_re_parse_sequence(p, flags, outermost && !first);
        if (!seq) break;
        *link = seq;
        link = &seq->next;
        if (seq->lo < lo) lo = seq->lo;
        if (seq->hi > hi) hi = seq->hi;
    } while (avm_re_accept(p, '|'));
    avm_native_leave(p->t);
    if (p->failed || !first->next) return p->failed ? NULL : first;
    AvmReSeq *seq = avm_re_new(p, sizeof *seq);
    AvmReNode *branch = seq ? avm_re_add(p, seq, AVM_RE_BRANCH, flags) : NULL;
    if (!branch) return NULL;
    branch->body = first;
    branch->lo = lo;
    branch->hi = hi;
    measure(seq);
    return seq;
}

// --- the whole

static bool wrong(AvmReParser *p, const char *text) {
    p->failed = true;
    return avm_raise_value(p->t, "%s", text);
}

// The flags that go with the kind of pattern.
static bool fix_flags(AvmReParser *p) {
    uint32_t f = p->flags;
    if (p->is_text) {
        if (f & AVM_RE_LOCALE) return wrong(p, "cannot use LOCALE flag with a str pattern");
        if (!(f & AVM_RE_ASCII))
            p->flags |= AVM_RE_UNICODE;
        else if (f & AVM_RE_UNICODE)
            return wrong(p, "ASCII and UNICODE flags are incompatible");
        return true;
    }
    if (f & AVM_RE_UNICODE) return wrong(p, "cannot use UNICODE flag with a bytes pattern");
    if (f & AVM_RE_LOCALE && f & AVM_RE_ASCII) return wrong(p, "ASCII and LOCALE flags are incompatible");
    return true;
}

// Takes the characters of the source.
static bool set_source(AvmReParser *p, AvmValue source) {
    AvmStr *s = avm_as_str(p->t, source);
    const char *bytes;
    size_t n;
    if (s)
        bytes = s->data, n = s->len;
    else if (!avm_bytes_like(p->t, source, &bytes, &n))
        return false;
    p->source = source;
    p->is_text = s;
    p->n = 0;
    uint32_t *text = avm_re_new(p, (s ? s->count : n) * sizeof *text + 1);
    if (!text) return false;
    for (size_t i = 0, width = 1; i < n; i += width)
        text[p->n++] = s ? avm_utf8_decode(bytes + i, &width) : (unsigned char)bytes[i];
    p->text = text;
    return true;
}

bool avm_re_parser_init(AvmThread *t, AvmReParser *p, AvmValue source, uint32_t flags) {
    *p = (AvmReParser){.t = t, .flags = flags, .ngroups = 1, .groups_cap = 8, .next = -1};
    p->last_asked = &p->asked;
    avm_arena_init(&p->arena, &t->vm->alloc);
    p->groups = avm_re_new(p, p->groups_cap * sizeof *p->groups);
    p->names = avm_dict_new(t);
    return p->groups && p->names && (!source || set_source(p, source));
}

void avm_re_parser_free(AvmReParser *p) {
    avm_arena_free(&p->arena);
    if (p->names) avm_drop(p->t, p->names);
}

AvmReSeq *avm_re_parse(AvmReParser *p) {
    avm_re_seek(p, 0);
    AvmReSeq *tree = avm_re_parse_branches(p, p->flags, true);
    if (!tree || !fix_flags(p)) return NULL;
    if (p->next >= 0) avm_re_error(p, p->at, "unbalanced parenthesis");
    for (struct AvmReAsked *a = p->asked; a && !p->failed; a = a->next)
        if (a->group >= p->ngroups) avm_re_error(p, a->at, "invalid group reference %u", a->group);
    return p->failed ? NULL : tree;
}

// A group around each phrase, numbered from 1 on, before the groups inside the phrases.
static bool open_phrases(AvmReParser *p, uint32_t n) {
    p->groups_cap = n + 8;
    p->groups = avm_re_new(p, p->groups_cap * sizeof *p->groups);
    p->ngroups = n + 1;
    return p->groups;
}

AvmReSeq *avm_re_parse_phrases(AvmReParser *p, const AvmValue *phrases, uint32_t n) {
    uint32_t flags = p->flags;
    AvmReSeq *tree = avm_re_new(p, sizeof *tree), **link;
    AvmReNode *branch = tree ? avm_re_add(p, tree, AVM_RE_BRANCH, flags) : NULL;
    if (!branch || !open_phrases(p, n)) return NULL;
    link = &branch->body;
    for (uint32_t i = 0; i < n; i++) {
        p->base = p->ngroups - 1;
        p->flags = flags;
        avm_drop(p->t, p->names); // each phrase has names of its own
        p->names = avm_dict_new(p->t);
        AvmReSeq *body = p->names && set_source(p, phrases[i]) ? avm_re_parse(p) : NULL;
        AvmReSeq *seq = body ? avm_re_new(p, sizeof *seq) : NULL;
        AvmReNode *group = seq ? avm_re_add(p, seq, AVM_RE_GROUP, p->flags) : NULL;
        if (!group) return NULL;
        group->c = i + 1;
        group->body = body;
        *link = seq;
        link = &seq->next;
    }
    branch->hi = tree->hi = UINT64_MAX;
    return tree;
}
