// Pattern.sub, subn and Match.expand.
#include "stdlib/re/template.h"
#include "vm/call.h"
#include "vm/types/list.h"

// What a match is replaced by.
typedef struct Replacer {
    AvmRePattern *pattern;
    AvmValue callee;     // called with the match, or empty
    const char *literal; // or this text
    size_t nliteral;
    AvmReTemplate template; // or this one filled in
    bool is_template;
} Replacer;

static bool raise_item(AvmThread *t, const AvmRePattern *p, uint32_t item, AvmValue v) {
    return avm_raise_type(t,
                          p->is_text ? "sequence item %u: expected str instance, %T found"
                                     : "sequence item %u: expected a bytes-like object, %T found",
                          item, v);
}

// The characters of a replacement, which is the item-th piece of the result.
static bool characters(AvmThread *t, const AvmRePattern *p, AvmValue v, uint32_t item, const char **data,
                       size_t *n) {
    AvmStr *s = avm_as_str(t, v);
    if (p->is_text) {
        if (!s) return raise_item(t, p, item, v);
        *data = s->data;
        *n = s->len;
        return true;
    }
    if (s || (!avm_as_bytes(t, v) && !avm_as_bytearray(t, v))) return raise_item(t, p, item, v);
    return avm_bytes_like(t, v, data, n);
}

static bool prepare(AvmThread *t, Replacer *r, AvmRePattern *p, AvmValue repl) {
    *r = (Replacer){.pattern = p};
    if (avm_is_callable(t, repl)) {
        r->callee = repl;
        return true;
    }
    AvmStr *s = avm_as_str(t, repl);
    const char *data = s ? s->data : NULL;
    size_t n = s ? s->len : 0;
    if (!s && !avm_as_bytes(t, repl) && !avm_as_bytearray(t, repl))
        return avm_raise_type(t, "decoding to str: need a bytes-like object, %T found", repl);
    if (!s && !avm_bytes_like(t, repl, &data, &n)) return false;
    r->is_template = n && memchr(data, '\\', n);
    r->literal = data;
    r->nliteral = n;
    return !r->is_template || avm_re_template_parse(t, &r->template, p, repl);
}

static bool call(AvmThread *t, Replacer *r, AvmReSubject *s, AvmBuf *out, uint32_t *item) {
    const char *data;
    size_t n;
    AvmValue m = avm_re_match_new(t, r->pattern, s, 1);
    AvmValue v = m ? avm_call1(t, r->callee, m) : AVM_FAIL;
    avm_decref(t, m);
    bool ok = v && (v == AVM_NONE || characters(t, r->pattern, v, *item, &data, &n));
    if (ok && v != AVM_NONE) {
        avm_buf_add(out, data, n);
        ++*item;
    }
    avm_decref(t, v);
    return ok;
}

// Appends what stands for the match in s.
static bool replace(AvmThread *t, Replacer *r, AvmValue repl, AvmReSubject *s, AvmBuf *out, uint32_t *item) {
    const char *data;
    size_t n;
    if (r->callee) return call(t, r, s, out, item);
    if (!characters(t, r->pattern, repl, *item, &data, &n)) return false;
    ++*item;
    if (r->is_template)
        return avm_re_template_fill(&r->template, s->p, s->limit, s->run.slots, out) || avm_raise_memory(t);
    return avm_buf_add(out, r->literal, r->nliteral) || avm_raise_memory(t);
}

static bool replace_all(AvmThread *t, Replacer *r, AvmValue repl, AvmReSubject *s, AvmBuf *out, int64_t count,
                        int64_t *made) {
    uint32_t done = 0, item = 0; // the bytes before `done` are in out
    while (!count || *made < count) {
        int found = avm_re_search_next(s);
        if (found < 0) return false;
        if (!found) break;
        uint32_t from = s->run.slots[0], to = s->run.slots[1];
        if (from > done) {
            avm_buf_add(out, s->p + done, from - done);
            item++;
        }
        if (!replace(t, r, repl, s, out, &item)) return false;
        done = to;
        ++*made;
    }
    if (done < s->limit) avm_buf_add(out, s->p + done, s->limit - done);
    return !out->failed || avm_raise_memory(t);
}

static AvmValue result_of(AvmThread *t, const AvmRePattern *p, AvmBuf *out) {
    return p->is_text ? avm_value(avm_str_from_buf(t, out)) : avm_bytes_from_buf(t, out);
}

AvmValue avm_re_sub(AvmThread *t, AvmRePattern *p, AvmValue repl, AvmValue string, int64_t count,
                    int64_t *made) {
    AvmReSubject s;
    Replacer r;
    AvmBuf out;
    *made = 0;
    if (!prepare(t, &r, p, repl)) {
        if (r.is_template) avm_re_template_free(t, &r.template);
        return AVM_FAIL;
    }
    AvmValue result = AVM_FAIL;
    avm_buf_init(&out, &t->vm->alloc);
    if (avm_re_open(t, &s, p, string, AVM_EMPTY, AVM_EMPTY)) {
        if (replace_all(t, &r, repl, &s, &out, count, made))
            result = *made ? result_of(t, p, &out) : avm_re_piece(t, s.owner, 0, s.limit);
        avm_re_close(&s);
    }
    avm_buf_free(&out);
    if (r.is_template) avm_re_template_free(t, &r.template);
    return result;
}

AvmValue avm_re_expand(AvmThread *t, AvmReMatch *m, AvmValue source) {
    AvmReTemplate template;
    AvmBuf out;
    const char *data = NULL;
    size_t n = 0;
    AvmStr *s = avm_as_str(t, source);
    if (!s && !avm_as_bytes(t, source) && !avm_as_bytearray(t, source))
        return avm_raise_type(t, "decoding to str: need a bytes-like object, %T found", source);
    AvmValue result = AVM_FAIL;
    avm_buf_init(&out, &t->vm->alloc);
    if (avm_re_template_parse(t, &template, m->pattern, source) &&
        (template.n == 1 || characters(t, m->pattern, source, 0, &data, &n))) {
        AvmStr *text = avm_as_str(t, m->owner);
        const char *owner = text ? text->data : NULL;
        size_t size = text ? text->len : 0;
        if (!text && !avm_bytes_like(t, m->owner, &owner, &size))
            result = AVM_FAIL;
        else if (!avm_re_template_fill(&template, owner, size, m->marks, &out))
            avm_raise_memory(t);
        else
            result = s ? avm_value(avm_str_from_buf(t, &out)) : avm_bytes_from_buf(t, &out);
    }
    avm_re_template_free(t, &template);
    avm_buf_free(&out);
    return result;
}
