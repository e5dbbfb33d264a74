// reprlib.repr: a repr of limited length, for the results that futures show.
#include "vm/async/async.h"

enum { MAX_LEVEL = 6, MAX_ITEMS = 6, MAX_PAIRS = 4, MAX_STRING = 30, MAX_INT = 40, MAX_OTHER = 30 };

static bool show(AvmThread *t, AvmValue v, int level, AvmBuf *out);

static bool add_str(AvmBuf *out, AvmStr *s) { return avm_buf_add(out, s->data, s->len); }

// What is left of max characters for both ends of a text whose middle is dots.
static uint32_t head_of(uint32_t max) { return (max - 3) / 2; }
static uint32_t tail_of(uint32_t max) { return max - 3 - head_of(max); }

// Both ends of s, which is long enough.
static void add_ends(AvmThread *t, AvmStr *s, uint32_t max, AvmBuf *out) {
    avm_buf_add(out, s->data, avm_str_offset(t, s, head_of(max)));
    avm_buf_text(out, "...");
    uint32_t from = avm_str_offset(t, s, s->count - tail_of(max));
    avm_buf_add(out, s->data + from, s->len - from);
}

// s, its middle replaced by dots if it is longer than max. Takes s.
static bool add_cut(AvmThread *t, AvmStr *s, uint32_t max, AvmBuf *out) {
    if (!s) return false;
    if (s->count <= max)
        add_str(out, s);
    else
        add_ends(t, s, max, out);
    avm_drop(t, s);
    return true;
}

static AvmStr *repr_of(AvmThread *t, AvmValue v) {
    AvmValue r = avm_repr(t, v);
    return r ? (AvmStr *)avm_obj(r) : NULL;
}

static bool show_str(AvmThread *t, AvmStr *s, AvmBuf *out) {
    AvmStr *start = avm_str_slice(t, s, 0, s->count < MAX_STRING ? s->count : MAX_STRING);
    AvmStr *r = start ? repr_of(t, avm_value(start)) : NULL;
    if (start) avm_drop(t, start);
    if (!r || r->count <= MAX_STRING) return add_cut(t, r, MAX_STRING, out);
    avm_drop(t, r);
    // Of a string it is the ends that are quoted; the dots may replace characters of theirs that are written as escapes.
    uint32_t head = head_of(MAX_STRING), tail = tail_of(MAX_STRING);
    AvmStr *a = avm_str_slice(t, s, 0, s->count < head ? s->count : head);
    AvmStr *b = avm_str_slice(t, s, s->count > tail ? s->count - tail : 0, s->count);
    AvmStr *both = a && b ? avm_str_concat(t, a, b) : NULL;
    r = both ? repr_of(t, avm_value(both)) : NULL;
    if (a) avm_drop(t, a);
    if (b) avm_drop(t, b);
    if (both) avm_drop(t, both);
    if (!r) return false;
    add_ends(t, r, MAX_STRING, out);
    avm_drop(t, r);
    return true;
}

static bool show_items(AvmThread *t, AvmValue seq, const char *open, const char *close, bool comma, int level,
                       AvmBuf *out) {
    AvmValue *items;
    uint32_t n;
    if (!avm_seq_items(t, seq, &items, &n)) return false;
    avm_buf_text(out, open);
    if (level <= 0 && n) {
        avm_buf_text(out, "...");
    } else {
        for (uint32_t i = 0; i < n && i < MAX_ITEMS; i++) {
            if (i) avm_buf_text(out, ", ");
            AvmValue item = avm_incref(items[i]);
            bool ok = show(t, item, level - 1, out);
            avm_decref(t, item);
            if (!ok || !avm_seq_items(t, seq, &items, &n)) return false;
        }
        if (n > MAX_ITEMS) avm_buf_text(out, ", ...");
        if (n == 1 && comma) avm_buf_byte(out, ',');
    }
    return avm_buf_text(out, close);
}

// The items of a set or the keys of a dict, sorted if they can be.
static AvmList *sorted(AvmThread *t, AvmValue v) {
    AvmList *list = avm_list_from_iter(t, v);
    if (!list) return NULL;
    if (avm_list_sort(t, list, AVM_NONE, false)) return list;
    avm_exc_clear(t);
    avm_drop(t, list);
    return avm_list_from_iter(t, v);
}

static bool show_set(AvmThread *t, AvmValue v, int level, AvmBuf *out) {
    bool frozen = avm_is(v, AVM_T_FROZENSET);
    if (avm_set_len((AvmSet *)avm_obj(v)) == 0) return avm_buf_text(out, frozen ? "frozenset()" : "set()");
    AvmList *list = sorted(t, v);
    bool ok = list && show_items(t, avm_value(list), frozen ? "frozenset({" : "{", frozen ? "})" : "}", false, level, out);
    if (list) avm_drop(t, list);
    return ok;
}

static bool show_dict(AvmThread *t, AvmDict *d, int level, AvmBuf *out) {
    if (d->used == 0) return avm_buf_text(out, "{}");
    if (level <= 0) return avm_buf_text(out, "{...}");
    AvmList *keys = sorted(t, avm_value(d));
    if (!keys) return false;
    avm_buf_byte(out, '{');
    bool ok = true;
    for (uint32_t i = 0; ok && i < keys->len && i < MAX_PAIRS; i++) {
        AvmValue value;
        int found = avm_dict_get(t, d, keys->items[i], &value);
        if (found <= 0) {
            ok = found == 0;
            continue;
        }
        avm_incref(value);
        if (i) avm_buf_text(out, ", ");
        ok = show(t, keys->items[i], level - 1, out) && avm_buf_text(out, ": ") && show(t, value, level - 1, out);
        avm_decref(t, value);
    }
    if (keys->len > MAX_PAIRS) avm_buf_text(out, ", ...");
    avm_drop(t, keys);
    return ok && avm_buf_byte(out, '}');
}

static bool show_other(AvmThread *t, AvmValue v, AvmBuf *out) {
    AvmStr *s = repr_of(t, v);
    if (!s && !t->exhausted) {
        avm_exc_clear(t);
        s = avm_str_format(t, "<%s instance at 0x%llx>", avm_type_name(t, v), (unsigned long long)v);
        return s && add_str(out, s) && (avm_drop(t, s), true);
    }
    return add_cut(t, s, MAX_OTHER, out);
}

static bool show(AvmThread *t, AvmValue v, int level, AvmBuf *out) {
    if (avm_is_inline_int(v)) return add_cut(t, repr_of(t, v), MAX_INT, out);
    if (!avm_is_obj(v)) return show_other(t, v, out);
    switch (avm_obj(v)->type) {
    case AVM_T_INT: return add_cut(t, repr_of(t, v), MAX_INT, out);
    case AVM_T_STR: return show_str(t, (AvmStr *)avm_obj(v), out);
    case AVM_T_LIST: return show_items(t, v, "[", "]", false, level, out);
    case AVM_T_TUPLE: return show_items(t, v, "(", ")", true, level, out);
    case AVM_T_SET:
    case AVM_T_FROZENSET: return show_set(t, v, level, out);
    case AVM_T_DICT: return show_dict(t, (AvmDict *)avm_obj(v), level, out);
    default: return show_other(t, v, out);
    }
}

bool avm_show_short(AvmThread *t, AvmValue v, AvmBuf *out) { return show(t, v, MAX_LEVEL, out); }
