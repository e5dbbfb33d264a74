// re.Match as scripts see it.
#include "base/utf8.h"
#include "stdlib/re/re.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"

static inline AvmReMatch *as_match(AvmValue v) { return (AvmReMatch *)avm_obj(v); }

// --- positions

// The characters before a byte.
static int64_t index_of(AvmReMatch *m, uint32_t at) {
    if (at == AVM_RE_UNSET) return -1;
    if (!m->wide) return at;
    const char *p = ((AvmStr *)avm_obj(m->owner))->data;
    if (at >= m->known_byte)
        return m->known_at + (int64_t)avm_utf8_count(p + m->known_byte, at - m->known_byte);
    return m->known_at - (int64_t)avm_utf8_count(p + at, m->known_byte - at);
}

AvmValue avm_re_match_group(AvmThread *t, AvmReMatch *m, uint32_t group, AvmValue missing) {
    uint32_t from = m->marks[2 * group];
    if (from == AVM_RE_UNSET) return avm_incref(missing);
    return avm_re_piece(t, m->owner, from, m->marks[2 * group + 1]);
}

static bool no_group(AvmThread *t) { return avm_raise(t, AVM_EXC(t, IndexError), "no such group"); }

// The number of a group given by number or name.
static bool group_number(AvmThread *t, AvmReMatch *m, AvmValue key, uint32_t *out) {
    int64_t i = 0;
    if (!key) {
        *out = 0;
        return true;
    }
    if (avm_has_index(t, key)) {
        if (!avm_index(t, key, &i)) return false;
    } else {
        AvmValue number;
        int found = avm_dict_get(t, m->pattern->names, key, &number);
        if (found <= 0) return found ? false : no_group(t);
        i = avm_inline_int(number);
    }
    if (i < 0 || i >= m->nmarks / 2) return no_group(t);
    *out = (uint32_t)i;
    return true;
}

static AvmValue one_group(AvmThread *t, AvmReMatch *m, AvmValue key) {
    uint32_t group;
    return group_number(t, m, key, &group) ? avm_re_match_group(t, m, group, AVM_NONE) : AVM_FAIL;
}

static AvmValue pair(AvmThread *t, AvmReMatch *m, uint32_t group) {
    AvmTuple *span = avm_tuple_new(t, 2);
    if (!span) return AVM_FAIL;
    span->items[0] = avm_inline_int_value(index_of(m, m->marks[2 * group]));
    span->items[1] = avm_inline_int_value(index_of(m, m->marks[2 * group + 1]));
    return avm_value(span);
}

// --- methods

static AvmValue match_group(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmReMatch *m = as_match(args[0]);
    if (n <= 2) return one_group(t, m, n == 2 ? args[1] : AVM_EMPTY);
    AvmTuple *result = avm_tuple_new(t, n - 1);
    for (uint32_t i = 1; result && i < n; i++)
        if (!(result->items[i - 1] = one_group(t, m, args[i]))) {
            avm_drop(t, result);
            return AVM_FAIL;
        }
    return avm_value(result);
}

static AvmValue match_getitem(AvmThread *t, AvmValue v, AvmValue key) {
    return one_group(t, as_match(v), key);
}

static AvmValue match_groups(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmReMatch *m = as_match(args[0]);
    (void)n;
    AvmTuple *result = avm_tuple_new(t, m->nmarks / 2 - 1);
    for (uint32_t i = 1; result && i < m->nmarks / 2; i++)
        if (!(result->items[i - 1] = avm_re_match_group(t, m, i, args[1] ? args[1] : AVM_NONE))) {
            avm_drop(t, result);
            return AVM_FAIL;
        }
    return avm_value(result);
}

static AvmValue match_groupdict(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmReMatch *m = as_match(args[0]);
    AvmDict *result = avm_dict_new(t);
    AvmValue name, number;
    bool ok = result;
    (void)n;
    for (uint32_t at = 0; ok && avm_dict_next(m->pattern->names, &at, &name, &number);) {
        AvmValue v = avm_re_match_group(t, m, (uint32_t)avm_inline_int(number), args[1] ? args[1] : AVM_NONE);
        ok = v && avm_dict_set(t, result, name, v);
        avm_decref(t, v);
    }
    if (ok || !result) return avm_value(result);
    avm_drop(t, result);
    return AVM_FAIL;
}

static AvmValue match_start(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t group;
    (void)n;
    if (!group_number(t, as_match(args[0]), args[1], &group)) return AVM_FAIL;
    return avm_inline_int_value(index_of(as_match(args[0]), as_match(args[0])->marks[2 * group]));
}

static AvmValue match_end(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t group;
    (void)n;
    if (!group_number(t, as_match(args[0]), args[1], &group)) return AVM_FAIL;
    return avm_inline_int_value(index_of(as_match(args[0]), as_match(args[0])->marks[2 * group + 1]));
}

static AvmValue match_span(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t group;
    (void)n;
    return group_number(t, as_match(args[0]), args[1], &group) ? pair(t, as_match(args[0]), group) : AVM_FAIL;
}

static AvmValue match_expand(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_re_expand(t, as_match(args[0]), args[1]);
}

static AvmValue match_self(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)n;
    return avm_incref(args[0]);
}

// --- attributes

static AvmValue match_string(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(as_match(v)->string);
}
static AvmValue match_re(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(as_match(v)->pattern));
}
static AvmValue match_pos(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_inline_int_value(as_match(v)->pos);
}
static AvmValue match_endpos(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_inline_int_value(as_match(v)->endpos);
}
static AvmValue match_lastindex(AvmThread *t, AvmValue v) {
    (void)t;
    uint32_t last = as_match(v)->lastindex;
    return last == AVM_RE_UNSET ? AVM_NONE : avm_inline_int_value(last);
}

static AvmValue match_lastgroup(AvmThread *t, AvmValue v) {
    AvmReMatch *m = as_match(v);
    AvmValue name, number;
    (void)t;
    for (uint32_t at = 0; avm_dict_next(m->pattern->names, &at, &name, &number);)
        if (avm_inline_int(number) == m->lastindex) return avm_incref(name);
    return AVM_NONE;
}

static AvmValue match_regs(AvmThread *t, AvmValue v) {
    AvmReMatch *m = as_match(v);
    if (m->regs) return avm_incref(avm_value(m->regs));
    AvmTuple *regs = avm_tuple_new(t, m->nmarks / 2);
    for (uint32_t i = 0; regs && i < m->nmarks / 2; i++)
        if (!(regs->items[i] = pair(t, m, i))) {
            avm_drop(t, regs);
            return AVM_FAIL;
        }
    m->regs = regs;
    return regs ? avm_incref(avm_value(regs)) : AVM_FAIL;
}

// --- the type

static AvmValue match_repr(AvmThread *t, AvmValue v) {
    AvmReMatch *m = as_match(v);
    AvmValue text = avm_re_match_group(t, m, 0, AVM_NONE);
    if (!text) return AVM_FAIL;
    AvmStr *s =
        avm_str_format(t, "<re.Match object; span=(%lld, %lld), match=%R>",
                       (long long)index_of(m, m->marks[0]), (long long)index_of(m, m->marks[1]), text);
    avm_decref(t, text);
    return avm_value(s);
}

static void match_free(AvmThread *t, AvmObj *o) {
    AvmReMatch *m = (AvmReMatch *)o;
    if (m->regs) avm_drop(t, m->regs);
    if (m->pattern) avm_drop(t, m->pattern);
    avm_decref(t, m->string);
    avm_decref(t, m->owner);
}

static void match_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmReMatch *m = (AvmReMatch *)o;
    if (m->pattern) visit(avm_value(m->pattern), arg);
    if (m->regs) visit(avm_value(m->regs), arg);
    visit(m->string, arg);
    visit(m->owner, arg);
}

static const AvmNativeDef methods[] = {
    {"group", match_group, "group(*args)", "The text of a group, or a tuple of those of several."},
    {"groups", match_groups, "groups(default=None)", "The texts of all groups, from 1 on."},
    {"groupdict", match_groupdict, "groupdict(default=None)", "The texts of the named groups, by name."},
    {"start", match_start, "start(group=0, /)", "Where the group begins; -1 if it has not matched."},
    {"end", match_end, "end(group=0, /)", "Where the group ends; -1 if it has not matched."},
    {"span", match_span, "span(group=0, /)", "(start(group), end(group))"},
    {"expand", match_expand, "expand(template)",
     "The template with its references to groups filled in, as sub() does."},
    {"__copy__", match_self, "__copy__()", "The match itself."},
    {"__deepcopy__", match_self, "__deepcopy__(memo, /)", "The match itself."},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmGetSetDef getsets[] = {
    {"string", match_string, NULL, "What was searched."},
    {"re", match_re, NULL, "The pattern."},
    {"pos", match_pos, NULL, "Where the search began."},
    {"endpos", match_endpos, NULL, "Where the search would have ended."},
    {"lastindex", match_lastindex, NULL, "The number of the group that was closed last, or None."},
    {"lastgroup", match_lastgroup, NULL, "The name of the group that was closed last, or None."},
    {"regs", match_regs, NULL, "The spans of all groups, 0 among them."},
    {0},
};

const AvmTypeDef avm_re_match_def = {
    .name = "re.Match",
    .size = sizeof(AvmReMatch),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE | AVM_TYPE_VARSIZE,
    .doc = "What search() or match() has found.",
    .slots = {.free = match_free, .traverse = match_traverse, .repr = match_repr, .getitem = match_getitem},
    .methods = methods,
    .getsets = getsets,
};
