// What is searched: a str or bytes, the part of it that counts, and how far the search has come.
#include "base/utf8.h"
#include "stdlib/re/re.h"

// --- opening

// The bytes of the subject, of the pattern's kind. A bytearray is copied: it might change.
static bool take_bytes(AvmThread *t, AvmReSubject *s, const AvmRePattern *p, uint32_t *length) {
    AvmStr *text = avm_as_str(t, s->string);
    AvmBytes *bytes = text ? NULL : avm_as_bytes(t, s->string);
    AvmByteArray *array = text || bytes ? NULL : avm_as_bytearray(t, s->string);
    if (!text && !bytes && !array)
        return avm_raise_type(t, "expected string or bytes-like object, got '%T'", s->string);
    if (text && !p->is_text && p->source != AVM_NONE)
        return avm_raise_type(t, "cannot use a bytes pattern on a string-like object");
    if (!text && p->is_text) return avm_raise_type(t, "cannot use a string pattern on a bytes-like object");
    if (array) {
        if (!(bytes = avm_bytes_new(t, array->len ? array->data : "", array->len))) return false;
        s->owner = avm_value(bytes);
    } else {
        s->owner = avm_incref(s->string);
    }
    s->p = text ? text->data : bytes->data;
    s->run.wide = text && !(text->h.flags & AVM_STR_ASCII);
    *length = text ? text->count : bytes->len;
    return true;
}

static bool bound(AvmThread *t, AvmValue v, uint32_t length, uint32_t *out) {
    int64_t i;
    if (!v) return true;
    if (!avm_index_exact(t, v, &i, NULL)) return false;
    *out = i < 0 ? 0 : i > length ? length : (uint32_t)i;
    return true;
}

static uint32_t byte_of(AvmThread *t, AvmReSubject *s, uint32_t at) {
    return s->run.wide ? avm_str_offset(t, (AvmStr *)avm_obj(s->owner), at) : at;
}

bool avm_re_open(AvmThread *t, AvmReSubject *s, AvmRePattern *p, AvmValue string, AvmValue pos,
                 AvmValue endpos) {
    uint32_t length = 0;
    s->string = avm_incref(string);
    s->owner = AVM_EMPTY;
    s->pos = 0;
    s->after_empty = false;
    if (avm_re_run_init(t, &s->run, &p->program) && take_bytes(t, s, p, &length)) {
        s->endpos = length;
        if (bound(t, pos, length, &s->pos) && bound(t, endpos, length, &s->endpos)) {
            s->from = s->known_byte = byte_of(t, s, s->pos);
            s->known_at = s->pos;
            s->limit = byte_of(t, s, s->endpos);
            s->run.text = (const unsigned char *)s->p;
            s->run.limit = s->limit;
            return true;
        }
    }
    avm_re_close(s);
    return false;
}

void avm_re_close(AvmReSubject *s) {
    AvmThread *t = s->run.t;
    if (s->run.slots) avm_re_run_free(&s->run);
    s->run.slots = NULL;
    AvmValue string = s->string, owner = s->owner;
    s->string = s->owner = AVM_EMPTY;
    avm_decref(t, string);
    avm_decref(t, owner);
}

// --- going on

static int next(AvmReSubject *s, int (*find)(AvmReRun *run, uint32_t start)) {
    if (s->from > s->limit) return 0;
    s->run.no_empty = s->after_empty;
    int result = find(&s->run, s->from);
    if (result > 0) {
        s->after_empty = s->run.slots[0] == s->run.slots[1];
        s->from = s->run.slots[1];
    }
    return result;
}

int avm_re_search_next(AvmReSubject *s) { return next(s, avm_re_search); }
int avm_re_match_next(AvmReSubject *s) { return next(s, avm_re_match); }

// --- results

AvmValue avm_re_piece(AvmThread *t, AvmValue owner, uint32_t from, uint32_t to) {
    AvmStr *text = avm_as_str(t, owner);
    if (!text) {
        const char *p;
        size_t n;
        if (!avm_bytes_like(t, owner, &p, &n)) return AVM_FAIL;
        if (to - from == n && avm_obj(owner)->type == AVM_T_BYTES) return avm_incref(owner);
        if (to > n) to = (uint32_t)n; // a bytearray that has changed since
        if (from > to) from = to;
        return avm_value(avm_bytes_new(t, p + from, to - from));
    }
    if (to - from == text->len && avm_is_str(owner)) return avm_incref(owner);
    if (text->h.flags & AVM_STR_ASCII)
        return avm_value(avm_str_new_counted(t, text->data + from, to - from, to - from));
    return avm_value(avm_str_new(t, text->data + from, to - from));
}

AvmValue avm_re_match_new(AvmThread *t, AvmRePattern *p, AvmReSubject *s, int result) {
    if (result <= 0) return result ? AVM_FAIL : AVM_NONE;
    uint32_t nmarks = 2 * (p->groups + 1);
    AvmType *type = t->vm->stdlib[AVM_STDLIB_RE_MATCH];
    AvmReMatch *m = avm_object_new(t, type, nmarks * sizeof *m->marks);
    if (!m) return AVM_FAIL;
    const uint32_t *slots = s->run.slots;
    m->pattern = avm_retain(p);
    m->string = avm_incref(s->string);
    m->owner = avm_incref(avm_as_bytearray(t, s->string) ? s->string
                                                         : s->owner); // as it will be when it is asked for
    m->pos = s->pos;
    m->endpos = s->endpos;
    m->wide = s->run.wide;
    m->lastindex = slots[p->program.lastindex];
    m->nmarks = nmarks;
    memcpy(m->marks, slots, nmarks * sizeof *slots);
    for (uint32_t i = 0; i < nmarks; i += 2) // a group that was entered again but not left
        if (m->marks[i] == AVM_RE_UNSET || m->marks[i + 1] == AVM_RE_UNSET || m->marks[i + 1] < m->marks[i])
            m->marks[i] = m->marks[i + 1] = AVM_RE_UNSET;
    if (m->wide) {
        s->known_at += (uint32_t)avm_utf8_count(s->p + s->known_byte, slots[0] - s->known_byte);
        s->known_byte = slots[0];
    }
    m->known_byte = s->known_byte;
    m->known_at = s->known_at;
    return avm_value(m);
}
