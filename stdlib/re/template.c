// Templates of sub() and expand(): parsing and filling in.
#include "stdlib/re/template.h"

#include "vm/types/dict.h"

typedef struct Reader {
    AvmReParser *p;
    AvmReTemplate *out;
    const AvmRePattern *pattern;
    uint32_t text_from; // of the part that is being read
} Reader;

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_octal(int32_t c) { return c >= '0' && c <= '7'; }

static void put(Reader *r, uint32_t c) {
    if (r->p->is_text)
        avm_buf_utf8(&r->out->text, c);
    else
        avm_buf_byte(&r->out->text, (char)c);
}

static bool add_part(Reader *r, uint32_t group) {
    AvmReTemplate *out = r->out;
    if (out->n == out->cap) {
        uint32_t cap = out->cap ? out->cap * 2 : 4;
        AvmAlloc *a = &r->p->t->vm->alloc;
        AvmRePart *parts = avm_realloc(a, out->parts, out->cap * sizeof *parts, cap * sizeof *parts);
        if (!parts) {
            avm_raise_memory(r->p->t);
            r->p->failed = true;
            return false;
        }
        out->parts = parts;
        out->cap = cap;
    }
    out->parts[out->n++] = (AvmRePart){r->text_from, (uint32_t)out->text.len, group};
    r->text_from = (uint32_t)out->text.len;
    return true;
}

static void add_group(Reader *r, uint64_t group, int64_t at) {
    if (group > r->pattern->groups)
        avm_re_error(r->p, at, "invalid group reference %llu", (unsigned long long)group);
    else
        add_part(r, (uint32_t)group);
}

// \g<...>
static void named(Reader *r) {
    AvmReParser *p = r->p;
    if (!avm_re_accept(p, '<')) {
        avm_re_error(p, p->at, "missing <");
        return;
    }
    AvmStr *name = avm_re_parse_name(p, '>', "group name");
    if (!name) return;
    int64_t at = (int64_t)p->at - name->count - 1;
    uint64_t number;
    if (avm_re_number(name, &number)) {
        add_group(r, number, at);
    } else if (avm_re_check_name(p, name, 1)) {
        AvmValue found;
        int result = avm_dict_get(p->t, r->pattern->names, avm_value(name), &found);
        if (result > 0) {
            add_part(r, (uint32_t)avm_inline_int(found));
        } else {
            if (!result) avm_raise(p->t, AVM_EXC(p->t, IndexError), "unknown group name %R", avm_value(name));
            p->failed = true;
        }
    }
    avm_drop(p->t, name);
}

// \N, \NN: a group; \0, \0N, \0NN, \NNN: a character.
static void numbered(Reader *r, uint32_t at, int32_t c) {
    AvmReParser *p = r->p;
    uint32_t value = (uint32_t)(c - '0'), octal = value;
    int32_t second = p->escaped ? -1 : p->next;
    if (c == '0') {
        for (int i = 0; i < 2 && !p->escaped && is_octal(p->next); i++) {
            octal = octal * 8 + (uint32_t)(p->next - '0');
            avm_re_advance(p);
        }
        put(r, octal & 0xFF);
        return;
    }
    if (is_digit(second)) {
        value = value * 10 + (uint32_t)(second - '0');
        avm_re_advance(p);
        if (is_octal(c) && is_octal(second) && !p->escaped && is_octal(p->next)) {
            octal = (octal * 8 + (uint32_t)(second - '0')) * 8 + (uint32_t)(p->next - '0');
            avm_re_advance(p);
            AvmStr *text = octal > 0377 ? avm_re_text(p, at, p->at) : NULL;
            if (text) avm_re_error(p, at, "octal escape value %S outside of range 0-0o377", text);
            if (text) avm_drop(p->t, text);
            put(r, octal);
            return;
        }
    }
    add_group(r, value, (int64_t)at + 1);
}

static void escape(Reader *r, uint32_t at, int32_t c) {
    static const char controls[] = "a\ab\bf\fn\nr\rt\tv\v\\\\";
    AvmReParser *p = r->p;
    if (c == 'g') {
        named(r);
        return;
    }
    if (is_digit(c)) {
        numbered(r, at, c);
        return;
    }
    for (const char *known = controls; *known; known += 2)
        if (*known == c) {
            put(r, (unsigned char)known[1]);
            return;
        }
    if ((c | 32) >= 'a' && (c | 32) <= 'z') {
        avm_re_error(p, at, "bad escape \\%c", c);
        return;
    }
    put(r, '\\');
    put(r, (uint32_t)c);
}

bool avm_re_template_parse(AvmThread *t, AvmReTemplate *out, const AvmRePattern *pattern, AvmValue source) {
    AvmReParser p;
    Reader r = {&p, out, pattern, 0};
    *out = (AvmReTemplate){.n = 0};
    avm_buf_init(&out->text, &t->vm->alloc);
    bool ok = avm_re_parser_init(t, &p, source, 0);
    if (ok) avm_re_seek(&p, 0);
    while (ok && p.next >= 0 && !p.failed) {
        uint32_t at = p.at;
        int32_t c = p.next;
        bool escaped = p.escaped;
        avm_re_advance(&p);
        if (p.failed) break;
        if (escaped)
            escape(&r, at, c);
        else
            put(&r, (uint32_t)c);
    }
    ok = ok && !p.failed && add_part(&r, AVM_RE_UNSET);
    avm_re_parser_free(&p);
    return ok && (!out->text.failed || avm_raise_memory(t));
}

void avm_re_template_free(AvmThread *t, AvmReTemplate *template) {
    avm_buf_free(&template->text);
    avm_release(&t->vm->alloc, template->parts, template->cap * sizeof *template->parts);
}

bool avm_re_template_fill(const AvmReTemplate *template, const char *owner, size_t n, const uint32_t *marks,
                          AvmBuf *out) {
    for (uint32_t i = 0; i < template->n; i++) {
        const AvmRePart *part = &template->parts[i];
        if (part->to > part->from) avm_buf_add(out, template->text.data + part->from, part->to - part->from);
        if (part->group == AVM_RE_UNSET) continue;
        uint32_t from = marks[2 * part->group], to = marks[2 * part->group + 1];
        if (from < to && to <= n) avm_buf_add(out, owner + from, to - from); // an unset one is beyond all
    }
    return !out->failed;
}
