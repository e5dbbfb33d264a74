// Sets of characters: [...] and the classes \d \s \w.
#include "stdlib/re/re.h"

typedef struct Set {
    AvmReItem *items;
    uint32_t n, cap;
} Set;

// A token as it was read: where it began, and its character unless it is an escape.
typedef struct Token {
    uint32_t at;
    int32_t c;
    bool escaped;
} Token;

static Token read_token(AvmReParser *p) {
    Token token = {p->at, p->next, p->escaped};
    if (p->next >= 0) avm_re_advance(p);
    return token;
}

static void add_item(AvmReParser *p, Set *set, AvmReItem item) {
    for (uint32_t i = 0; i < set->n && set->n < 64; i++)
        if (!memcmp(&set->items[i], &item, sizeof item)) return;
    if (set->n == set->cap) {
        uint32_t cap = set->cap ? set->cap * 2 : 8;
        AvmReItem *items = avm_re_new(p, cap * sizeof *items);
        if (!items) return;
        if (set->n) memcpy(items, set->items, set->n * sizeof *items);
        set->items = items;
        set->cap = cap;
    }
    set->items[set->n++] = item;
}

static void warn(AvmReParser *p, const char *what, uint32_t at) {
    if (!p->failed && !avm_warn(p->t, AVM_EXC(p->t, FutureWarning), AVM_RE_WARN_LEVEL,
                                "Possible %s at position %u", what, at))
        avm_re_error(p, 0, "");
}

// What one token of a set stands for.
static AvmReItem read_item(AvmReParser *p, Token token) {
    AvmReEscape e = {.klass = -1, .c = (uint32_t)token.c};
    if (token.escaped) avm_re_parse_escape(p, token.at, true, &e);
    return (AvmReItem){e.c, e.c, e.klass};
}

static void bad_range(AvmReParser *p, Token low, Token high) {
    uint32_t n = low.escaped + 1u, m = high.escaped + 1u;
    AvmStr *a = p->failed ? NULL : avm_re_text(p, low.at, low.at + n),
           *b = a ? avm_re_text(p, high.at, high.at + m) : NULL;
    if (b) avm_re_error(p, (int64_t)p->at - n - 1 - m, "bad character range %S-%S", a, b);
    if (a) avm_drop(p->t, a);
    if (b) avm_drop(p->t, b);
}

static void warn_of_operators(AvmReParser *p, const Set *set, Token token) {
    if (!set->n || token.escaped || p->escaped || p->next != token.c) return;
    if (token.c == '-') warn(p, "set difference", token.at);
    if (token.c == '&') warn(p, "set intersection", token.at);
    if (token.c == '~') warn(p, "set symmetric difference", token.at);
    if (token.c == '|') warn(p, "set union", token.at);
}

// An entry that begins with this token. false: the set has ended.
static bool read_entry(AvmReParser *p, Set *set, Token token, uint32_t here) {
    if (!token.escaped) warn_of_operators(p, set, token);
    AvmReItem item = read_item(p, token);
    if (!avm_re_accept(p, '-')) {
        add_item(p, set, item);
        return true;
    }
    Token high = read_token(p);
    if (high.c < 0) {
        avm_re_error(p, here, "unterminated character set");
        return false;
    }
    if (high.c == ']' && !high.escaped) {
        add_item(p, set, item);
        add_item(p, set, (AvmReItem){'-', '-', -1});
        return false;
    }
    if (high.c == '-' && !high.escaped) warn(p, "set difference", p->at - 2);
    AvmReItem last = read_item(p, high);
    if (item.klass >= 0 || last.klass >= 0 || last.lo < item.lo)
        bad_range(p, token, high);
    else
        add_item(p, set, (AvmReItem){item.lo, last.lo, -1});
    return true;
}

static void add_set(AvmReParser *p, AvmReSeq *seq, const Set *set, bool negated, uint32_t flags) {
    if (p->failed) return;
    bool lone = set->n == 1 && !negated && set->items->klass < 0 && set->items->lo == set->items->hi;
    AvmReNode *node = avm_re_add(p, seq, lone ? AVM_RE_LITERAL : AVM_RE_SET, flags);
    if (!node) return;
    node->c = set->items->lo;
    node->negated = negated;
    node->items = set->items;
    node->nitems = set->n;
}

void avm_re_parse_set(AvmReParser *p, AvmReSeq *seq, uint32_t flags) {
    uint32_t here = p->at - 1;
    Set set = {0};
    if (p->next == '[' && !p->escaped) warn(p, "nested set", p->at);
    bool negated = avm_re_accept(p, '^');
    for (;;) {
        Token token = read_token(p);
        if (token.c < 0) {
            avm_re_error(p, here, "unterminated character set");
            return;
        }
        if (token.c == ']' && !token.escaped && set.n) break;
        if (!read_entry(p, &set, token, here)) break;
        if (p->failed) return;
    }
    add_set(p, seq, &set, negated, flags);
}

void avm_re_add_class(AvmReParser *p, AvmReSeq *seq, AvmReClass klass, uint32_t flags) {
    Set set = {0};
    add_item(p, &set, (AvmReItem){0, 0, klass});
    add_set(p, seq, &set, false, flags);
}
