// What follows a `(` in regular expressions: groups, look-arounds, conditions, flags, comments.
#include "stdlib/re/re.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/unicode.h"

// What a group is, while its head is read.
typedef struct Head {
    uint32_t start;             // of the parenthesis
    bool capture, atomic, done; // done: it was no group, or has been read to its end
    uint32_t added, removed;
    AvmStr *name; // owned, or NULL
} Head;

static void want_close(AvmReParser *p, uint32_t start) {
    if (!p->failed && !avm_re_accept(p, ')')) avm_re_error(p, start, "missing ), unterminated subpattern");
}

// --- numbers and names

static uint32_t open_group(AvmReParser *p, AvmStr *name) {
    uint32_t number = p->ngroups;
    if (number >= p->groups_cap) {
        struct AvmReWidth *groups = avm_re_new(p, 2 * p->groups_cap * sizeof *groups);
        if (!groups) return 0;
        memcpy(groups, p->groups, p->ngroups * sizeof *groups);
        p->groups = groups;
        p->groups_cap *= 2;
    }
    p->groups[number] = (struct AvmReWidth){0};
    p->ngroups++;
    if (!name || p->failed) return number;
    AvmValue old, value = avm_inline_int_value(number);
    int found = avm_dict_get(p->t, p->names, avm_value(name), &old);
    if (found > 0)
        avm_re_error(p, (int64_t)p->at - name->count - 1,
                     "redefinition of group name %R as group %u; was group %lld", avm_value(name), number,
                     (long long)avm_inline_int(old));
    else if (found < 0 || !avm_dict_set(p->t, p->names, avm_value(name), value))
        avm_re_error(p, 0, "");
    return number;
}

// The number of the group called name, -1: failed. The name ended one character before p->at.
static int64_t find_name(AvmReParser *p, AvmStr *name) {
    AvmValue number;
    if (!avm_re_check_name(p, name, 1)) return -1;
    int found = avm_dict_get(p->t, p->names, avm_value(name), &number);
    if (found > 0) return avm_inline_int(number);
    avm_re_error(p, (int64_t)p->at - name->count - 1, "unknown group name %R", avm_value(name));
    return -1;
}

static void check_lookbehind(AvmReParser *p, uint32_t group) {
    if (!p->lookbehind) return;
    if (group >= p->ngroups || !p->groups[group].closed)
        avm_re_error(p, p->at, "cannot refer to an open group");
    else if (group >= p->lookbehind)
        avm_re_error(p, p->at, "cannot refer to group defined in the same lookbehind subpattern");
}

// (?P=name)
static void named_reference(AvmReParser *p, AvmReSeq *seq, uint32_t flags) {
    AvmStr *name = avm_re_parse_name(p, ')', "group name");
    int64_t group = name ? find_name(p, name) : -1;
    if (group >= 0 && !p->groups[group].closed)
        avm_re_error(p, (int64_t)p->at - name->count - 1, "cannot refer to an open group");
    if (!p->failed) check_lookbehind(p, (uint32_t)group);
    AvmReNode *node = p->failed ? NULL : avm_re_add(p, seq, AVM_RE_REF, flags);
    if (node) {
        node->c = (uint32_t)group;
        node->lo = p->groups[group].lo;
        node->hi = p->groups[group].hi;
    }
    if (name) avm_drop(p->t, name);
}

// --- (?(group)yes|no)

static uint32_t condition_group(AvmReParser *p, AvmStr *name) {
    uint64_t number;
    if (!avm_re_number(name, &number)) return (uint32_t)find_name(p, name);
    int64_t at = (int64_t)p->at - name->count - 1;
    if (!number) avm_re_error(p, at, "bad group number");
    if (number >= AVM_RE_MAX_GROUPS) {
        avm_re_error(p, at, "invalid group reference %llu", (unsigned long long)number);
        return 0;
    }
    struct AvmReAsked *asked = avm_re_new(p, sizeof *asked);
    if (!asked) return 0;
    *asked = (struct AvmReAsked){NULL, (uint32_t)number + p->base, (uint32_t)at};
    *p->last_asked = asked;
    p->last_asked = &asked->next;
    return asked->group;
}

static void condition(AvmReParser *p, AvmReSeq *seq, uint32_t start, uint32_t flags) {
    AvmStr *name = avm_re_parse_name(p, ')', "group name");
    if (!name) return;
    uint32_t group = condition_group(p, name);
    avm_drop(p->t, name);
    if (!p->failed) check_lookbehind(p, group);
    AvmReSeq *yes = avm_re_parse_sequence(p, flags, false), *no = NULL;
    if (yes && avm_re_accept(p, '|')) {
        no = avm_re_parse_sequence(p, flags, false);
        if (no && p->next == '|' && !p->escaped)
            avm_re_error(p, p->at, "conditional backref with more than two branches");
    }
    want_close(p, start);
    AvmReNode *node = p->failed ? NULL : avm_re_add(p, seq, AVM_RE_COND, flags);
    if (!node) return;
    node->c = group;
    node->body = yes;
    node->other = no && no->first ? no : NULL;
    node->lo = no ? yes->lo < no->lo ? yes->lo : no->lo : 0;
    node->hi = no && no->hi > yes->hi ? no->hi : yes->hi;
}

// --- (?=...) and its kin; c: the character after the question mark

static void assertion(AvmReParser *p, AvmReSeq *seq, int32_t c, uint32_t start, uint32_t flags) {
    bool behind = c == '<', outermost = behind && !p->lookbehind;
    if (behind) {
        c = p->next;
        bool escaped = p->escaped;
        avm_re_advance(p);
        if (c < 0) avm_re_error(p, p->at, "unexpected end of pattern");
        if (!p->failed && (escaped || (c != '=' && c != '!'))) {
            AvmStr *text = avm_re_text(p, start + 3, p->at);
            if (text) avm_re_error(p, start + 1, "unknown extension ?<%S", text);
            if (text) avm_drop(p->t, text);
        }
        if (outermost) p->lookbehind = p->ngroups;
    }
    AvmReSeq *body = avm_re_parse_branches(p, flags, false);
    if (outermost) p->lookbehind = 0;
    want_close(p, start);
    if (p->failed) return;
    AvmReNode *node = avm_re_add(p, seq, c == '!' && !body->first ? AVM_RE_NEVER : AVM_RE_ASSERT, flags);
    if (!node) return;
    node->body = body;
    node->negated = c == '!';
    node->behind = behind;
}

// --- flags

static uint32_t flag_of(int32_t c) {
    switch (c) {
    case 'i': return AVM_RE_IGNORECASE;
    case 'L': return AVM_RE_LOCALE;
    case 'm': return AVM_RE_MULTILINE;
    case 's': return AVM_RE_DOTALL;
    case 'x': return AVM_RE_VERBOSE;
    case 'a': return AVM_RE_ASCII;
    case 'u': return AVM_RE_UNICODE;
    default: return 0;
    }
}

// Reads a token among flags; 0 and an error when it is neither a flag nor one of `ends`.
static int32_t flag_token(AvmReParser *p, const char *ends, const char *missing) {
    int32_t c = p->next;
    uint32_t at = p->at;
    bool escaped = p->escaped;
    avm_re_advance(p);
    if (c < 0) avm_re_error(p, p->at, "%s", missing);
    if (p->failed) return 0;
    if (!escaped && c < 128 && (flag_of(c) || strchr(ends, c))) return c;
    avm_re_error(p, at, "%s", !escaped && avm_uni_is_alpha((uint32_t)c) ? "unknown flag" : missing);
    return 0;
}

static int32_t added_flags(AvmReParser *p, Head *head, int32_t c) {
    do {
        uint32_t flag = flag_of(c);
        if (p->is_text && c == 'L')
            avm_re_error(p, p->at, "bad inline flags: cannot use 'L' flag with a str pattern");
        if (!p->is_text && c == 'u')
            avm_re_error(p, p->at, "bad inline flags: cannot use 'u' flag with a bytes pattern");
        head->added |= flag;
        if (flag & AVM_RE_TYPE_FLAGS && (head->added & AVM_RE_TYPE_FLAGS) != flag)
            avm_re_error(p, p->at, "bad inline flags: flags 'a', 'u' and 'L' are incompatible");
        c = p->failed ? 0 : flag_token(p, ")-:", "missing -, : or )");
    } while (c && !strchr(")-:", c));
    return c;
}

static void removed_flags(AvmReParser *p, Head *head) {
    int32_t c = flag_token(p, "", "missing flag");
    while (c && c != ':') {
        if (flag_of(c) & AVM_RE_TYPE_FLAGS)
            avm_re_error(p, p->at, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
        head->removed |= flag_of(c);
        c = p->failed ? 0 : flag_token(p, ":", "missing :");
    }
}

// Flags in front of a colon, or global ones in front of the parenthesis.
static void read_flags(AvmReParser *p, Head *head, uint32_t *flags, int32_t c, bool first) {
    if (c != '-') c = added_flags(p, head, c);
    if (p->failed) return;
    if (c == ')') {
        p->flags |= head->added;
        *flags = p->flags;
        head->done = true;
        if (!first) avm_re_error(p, head->start, "global flags not at the start of the expression");
        return;
    }
    if (c == '-') removed_flags(p, head);
    if (head->added & head->removed)
        avm_re_error(p, (int64_t)p->at - 1, "bad inline flags: flag turned on and off");
}

static uint32_t combined(uint32_t flags, const Head *head) {
    if (head->added & AVM_RE_TYPE_FLAGS) flags &= ~(uint32_t)AVM_RE_TYPE_FLAGS;
    return (flags | head->added) & ~head->removed;
}

// --- heads

static void comment(AvmReParser *p, Head *head) {
    bool closed = false;
    while (!closed && p->next >= 0) {
        closed = p->next == ')' && !p->escaped;
        avm_re_advance(p);
    }
    if (!closed) avm_re_error(p, head->start, "missing ), unterminated comment");
    head->done = true;
}

// After `(?P`
static void python_extension(AvmReParser *p, AvmReSeq *seq, Head *head, uint32_t flags) {
    if (avm_re_accept(p, '<')) {
        head->name = avm_re_parse_name(p, '>', "group name");
        if (head->name) avm_re_check_name(p, head->name, 1);
    } else if (avm_re_accept(p, '=')) {
        head->done = true;
        named_reference(p, seq, flags);
    } else {
        uint32_t at = p->at;
        bool ended = p->next < 0;
        avm_re_advance(p);
        if (ended) avm_re_error(p, p->at, "unexpected end of pattern");
        AvmStr *text = p->failed ? NULL : avm_re_text(p, at, p->at);
        if (text) avm_re_error(p, (int64_t)at - 2, "unknown extension ?P%S", text);
        if (text) avm_drop(p->t, text);
    }
}

// After `(?`
static void extension(AvmReParser *p, AvmReSeq *seq, Head *head, uint32_t *flags, bool first) {
    int32_t c = p->next;
    uint32_t at = p->at;
    bool escaped = p->escaped;
    avm_re_advance(p);
    if (c < 0) avm_re_error(p, p->at, "unexpected end of pattern");
    if (p->failed) return;
    head->capture = false;
    if (escaped) c = 0;
    switch (c) {
    case 'P':
        head->capture = true;
        python_extension(p, seq, head, *flags);
        break;
    case ':': break;
    case '#': comment(p, head); break;
    case '=':
    case '!':
    case '<':
        head->done = true;
        assertion(p, seq, c, head->start, *flags);
        break;
    case '(':
        head->done = true;
        condition(p, seq, head->start, *flags);
        break;
    case '>': head->atomic = true; break;
    default: {
        if (c == '-' || flag_of(c)) {
            read_flags(p, head, flags, c, first);
            break;
        }
        AvmStr *text = avm_re_text(p, at, p->at);
        if (text) avm_re_error(p, (int64_t)at - 1, "unknown extension ?%S", text);
        if (text) avm_drop(p->t, text);
    }
    }
}

void avm_re_parse_group(AvmReParser *p, AvmReSeq *seq, uint32_t *flags, bool first) {
    Head head = {.start = p->at - 1, .capture = true};
    if (avm_re_accept(p, '?')) extension(p, seq, &head, flags, first);
    if (p->failed || head.done) {
        if (head.name) avm_drop(p->t, head.name);
        return;
    }
    uint32_t group = head.capture ? open_group(p, head.name) : 0;
    if (head.name) avm_drop(p->t, head.name);
    AvmReSeq *body = avm_re_parse_branches(p, combined(*flags, &head), false);
    want_close(p, head.start);
    AvmReNode *node =
        p->failed ? NULL : avm_re_add(p, seq, head.atomic ? AVM_RE_ATOMIC : AVM_RE_GROUP, *flags);
    if (!node) return;
    node->c = group;
    node->body = body;
    node->added = (uint16_t)head.added;
    node->removed = (uint16_t)head.removed;
    node->lo = body->lo;
    node->hi = body->hi;
    if (group) p->groups[group] = (struct AvmReWidth){body->lo, body->hi, true};
}
