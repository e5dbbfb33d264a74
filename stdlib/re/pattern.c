// re.Pattern as scripts see it.
#include "stdlib/re/re.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

static inline AvmRePattern *as_pattern(AvmValue v) { return (AvmRePattern *)avm_obj(v); }

// --- match, search, fullmatch

static AvmValue find(AvmThread *t, AvmValue *args, int (*how)(AvmReSubject *s), bool whole) {
    AvmReSubject s;
    if (!avm_re_open(t, &s, as_pattern(args[0]), args[1], args[2], args[3])) return AVM_FAIL;
    s.run.whole = whole;
    AvmValue m = avm_re_match_new(t, as_pattern(args[0]), &s, how(&s));
    avm_re_close(&s);
    return m;
}

static AvmValue pattern_match(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return find(t, args, avm_re_match_next, false);
}
static AvmValue pattern_fullmatch(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return find(t, args, avm_re_match_next, true);
}
static AvmValue pattern_search(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return find(t, args, avm_re_search_next, false);
}

static AvmValue pattern_finditer(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_re_finditer(t, as_pattern(args[0]), args[1], args[2], args[3]);
}
static AvmValue pattern_scanner(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_re_scanner_new(t, as_pattern(args[0]), args[1], args[2], args[3]);
}

// --- findall, split

// The text of a group of the match in s; one that has not matched is `missing`.
static AvmValue group_text(AvmThread *t, AvmReSubject *s, uint32_t group, AvmValue missing) {
    uint32_t from = s->run.slots[2 * group], to = s->run.slots[2 * group + 1];
    if (from != AVM_RE_UNSET && to != AVM_RE_UNSET && to >= from) return avm_re_piece(t, s->owner, from, to);
    return missing ? missing : avm_re_piece(t, s->owner, 0, 0);
}

// The match, its only group, or a tuple of its groups.
static AvmValue found_item(AvmThread *t, const AvmRePattern *p, AvmReSubject *s) {
    if (p->groups < 2) return group_text(t, s, p->groups, AVM_EMPTY);
    AvmTuple *tuple = avm_tuple_new(t, p->groups);
    for (uint32_t i = 0; tuple && i < p->groups; i++)
        if (!(tuple->items[i] = group_text(t, s, i + 1, AVM_EMPTY))) {
            avm_drop(t, tuple);
            return AVM_FAIL;
        }
    return avm_value(tuple);
}

static AvmValue pattern_findall(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmRePattern *p = as_pattern(args[0]);
    AvmReSubject s;
    (void)n;
    if (!avm_re_open(t, &s, p, args[1], args[2], args[3])) return AVM_FAIL;
    AvmList *list = avm_list_new(t, 0);
    int found = list ? 1 : -1;
    while (found > 0 && (found = avm_re_search_next(&s)) > 0) {
        AvmValue item = found_item(t, p, &s);
        if (!item || !avm_list_append_take(t, list, item)) found = -1;
    }
    avm_re_close(&s);
    if (found == 0) return avm_value(list);
    if (list) avm_drop(t, list);
    return AVM_FAIL;
}

// Adds the text before a match, and its groups.
static bool add_split(AvmThread *t, const AvmRePattern *p, AvmReSubject *s, AvmList *list, uint32_t from) {
    AvmValue item = avm_re_piece(t, s->owner, from, s->run.slots[0]);
    if (!item || !avm_list_append_take(t, list, item)) return false;
    for (uint32_t i = 1; i <= p->groups; i++) {
        item = group_text(t, s, i, AVM_NONE);
        if (!item || !avm_list_append_take(t, list, item)) return false;
    }
    return true;
}

static AvmValue pattern_split(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmRePattern *p = as_pattern(args[0]);
    AvmReSubject s;
    int64_t max = 0, made = 0;
    (void)n;
    if (!avm_arg_index(t, args[2], 0, &max) || !avm_re_open(t, &s, p, args[1], AVM_EMPTY, AVM_EMPTY))
        return AVM_FAIL;
    AvmList *list = avm_list_new(t, 0);
    int found = list ? 1 : -1;
    uint32_t from = 0;
    while (found > 0 && (!max || made < max) && (found = avm_re_search_next(&s)) > 0) {
        if (!add_split(t, p, &s, list, from)) found = -1;
        from = s.run.slots[1];
        made++;
    }
    AvmValue rest = found < 0 ? AVM_FAIL : avm_re_piece(t, s.owner, from, s.limit);
    avm_re_close(&s);
    if (rest && avm_list_append_take(t, list, rest)) return avm_value(list);
    if (list) avm_drop(t, list);
    return AVM_FAIL;
}

// --- sub, subn

static AvmValue pattern_sub(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t count = 0, made;
    (void)n;
    if (!avm_arg_index(t, args[3], 0, &count)) return AVM_FAIL;
    return avm_re_sub(t, as_pattern(args[0]), args[1], args[2], count, &made);
}

static AvmValue pattern_subn(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t count = 0, made;
    (void)n;
    if (!avm_arg_index(t, args[3], 0, &count)) return AVM_FAIL;
    AvmValue text = avm_re_sub(t, as_pattern(args[0]), args[1], args[2], count, &made);
    AvmTuple *pair = text ? avm_tuple_new(t, 2) : NULL;
    if (!pair) {
        avm_decref(t, text);
        return AVM_FAIL;
    }
    pair->items[0] = text;
    pair->items[1] = avm_inline_int_value(made);
    return avm_value(pair);
}

static AvmValue pattern_self(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_incref(args[0]);
}

// --- attributes

static AvmValue pattern_source(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_pattern(v)->source);
}
static AvmValue pattern_flags(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_inline_int_value(as_pattern(v)->flags);
}
static AvmValue pattern_groups(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_inline_int_value(as_pattern(v)->groups);
}
static AvmValue pattern_groupindex(AvmThread *t, AvmValue v) {
    return avm_mappingproxy_new(t, avm_value(as_pattern(v)->names));
}

// --- the type

static void add_flags(AvmBuf *out, uint32_t flags) {
    static const struct {
        const char *name;
        uint32_t flag;
    } names[] = {{"re.IGNORECASE", AVM_RE_IGNORECASE}, {"re.LOCALE", AVM_RE_LOCALE},
                 {"re.MULTILINE", AVM_RE_MULTILINE},   {"re.DOTALL", AVM_RE_DOTALL},
                 {"re.UNICODE", AVM_RE_UNICODE},       {"re.VERBOSE", AVM_RE_VERBOSE},
                 {"re.DEBUG", AVM_RE_DEBUG},           {"re.ASCII", AVM_RE_ASCII}};
    const char *between = ", ";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(flags & names[i].flag)) continue;
        avm_buf_text(out, between);
        avm_buf_text(out, names[i].name);
        between = "|";
        flags &= ~names[i].flag;
    }
    if (flags) avm_buf_printf(out, "%s0x%x", between, flags);
}

static AvmValue pattern_repr(AvmThread *t, AvmValue v) {
    AvmRePattern *p = as_pattern(v);
    AvmBuf out;
    avm_buf_init(&out, &t->vm->alloc);
    AvmValue source = avm_repr(t, p->source);
    if (!source) return AVM_FAIL;
    AvmStr *s = (AvmStr *)avm_obj(source);
    avm_buf_text(&out, "re.compile(");
    avm_buf_add(&out, s->data, s->count > 200 ? avm_str_offset(t, s, 200) : s->len);
    avm_decref(t, source);
    uint32_t others = AVM_RE_LOCALE | AVM_RE_ASCII;
    bool plain = p->is_text && !(p->flags & others);
    add_flags(&out, plain ? p->flags & ~(uint32_t)AVM_RE_UNICODE : p->flags);
    avm_buf_byte(&out, ')');
    return avm_value(avm_str_from_buf(t, &out));
}

static bool pattern_hash(AvmThread *t, AvmValue v, int64_t *out) {
    if (!avm_hash(t, as_pattern(v)->source, out)) return false;
    *out = (int64_t)((uint64_t)*out ^ (uint64_t)as_pattern(v)->flags << 8 ^ as_pattern(v)->is_text);
    if (*out == -1) *out = -2;
    return true;
}

static AvmValue pattern_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if ((op != AVM_EQ && op != AVM_NE) || !avm_is_obj(b) || avm_obj(b)->type != avm_obj(a)->type)
        return AVM_NOTIMPL;
    AvmRePattern *p = as_pattern(a), *q = as_pattern(b);
    int same = p->flags == q->flags && p->is_text == q->is_text && p->groups == q->groups;
    if (same) same = avm_compare_bool(t, AVM_EQ, p->source, q->source);
    return same < 0 ? AVM_FAIL : avm_bool(same == (op == AVM_EQ));
}

static void pattern_free(AvmThread *t, AvmObj *o) {
    AvmRePattern *p = (AvmRePattern *)o;
    avm_re_program_free(t, &p->program);
    avm_decref(t, p->source);
    if (p->names) avm_drop(t, p->names);
}

static void pattern_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmRePattern *p = (AvmRePattern *)o;
    visit(p->source, arg);
    if (p->names) visit(avm_value(p->names), arg);
}

static const AvmNativeDef methods[] = {
    {"match", pattern_match, "match(string, pos=0, endpos=sys.maxsize)", "Match at the beginning, or None."},
    {"fullmatch", pattern_fullmatch, "fullmatch(string, pos=0, endpos=sys.maxsize)",
     "Match all of the string, or None."},
    {"search", pattern_search, "search(string, pos=0, endpos=sys.maxsize)", "The first match, or None."},
    {"sub", pattern_sub, "sub(repl, string, count=0)", "The string with its matches replaced."},
    {"subn", pattern_subn, "subn(repl, string, count=0)",
     "(the string with its matches replaced, how many there were)"},
    {"findall", pattern_findall, "findall(string, pos=0, endpos=sys.maxsize)",
     "A list of what all matches have found."},
    {"split", pattern_split, "split(string, maxsplit=0)", "A list of the text between the matches."},
    {"finditer", pattern_finditer, "finditer(string, pos=0, endpos=sys.maxsize)",
     "An iterator over all matches."},
    {"scanner", pattern_scanner, "scanner(string, pos=0, endpos=sys.maxsize)",
     "An object whose methods find match by match."},
    {"__copy__", pattern_self, "__copy__()", "The pattern itself."},
    {"__deepcopy__", pattern_self, "__deepcopy__(memo, /)", "The pattern itself."},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmGetSetDef getsets[] = {
    {"pattern", pattern_source, NULL, "What the pattern was compiled from."},
    {"flags", pattern_flags, NULL, "The flags in force."},
    {"groups", pattern_groups, NULL, "How many groups capture."},
    {"groupindex", pattern_groupindex, NULL, "From the names of groups to their numbers."},
    {0},
};

const AvmTypeDef avm_re_pattern_def = {
    .name = "re.Pattern",
    .size = sizeof(AvmRePattern),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .doc = "A compiled regular expression.",
    .slots = {.free = pattern_free,
              .traverse = pattern_traverse,
              .repr = pattern_repr,
              .hash = pattern_hash,
              .compare = pattern_compare},
    .methods = methods,
    .getsets = getsets,
};
