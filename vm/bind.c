// Calls of script functions: arguments to parameters, defaults, keywords, CPython's errors.
#include "vm/bind.h"

#include <stdio.h>

#include "vm/suggest.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

// The name of parameter i as the code has it (borrowed text).
static AvmText param_name(const AvmFunc *f, uint32_t i) { return f->code->unit->locals[i]; }

static bool same_name(AvmText a, AvmValue name) {
    AvmStr *s = avm_obj(name)->type ? (AvmStr *)avm_obj(name) : NULL;
    return s && s->len == a.len && memcmp(s->data, a.text, a.len) == 0;
}

static void list_names(AvmBuf *b, const AvmText *names, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) avm_buf_text(b, i + 1 < n ? ", " : n == 2 ? " and " : ", and ");
        avm_buf_byte(b, '\'');
        avm_buf_add(b, names[i].text, names[i].len);
        avm_buf_byte(b, '\'');
    }
}

bool avm_bind_missing(AvmThread *t, AvmValue function, const AvmText *names, uint32_t n, const char *kind) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    list_names(&b, names, n);
    avm_raise_type(t, "%V() missing %u required %s argument%s: %s", function, n, kind, n == 1 ? "" : "s",
                   avm_buf_str(&b));
    avm_buf_free(&b);
    return false;
}

static bool missing(AvmThread *t, AvmFunc *f, const AvmValue *out, uint32_t from, uint32_t to,
                    const char *kind) {
    AvmText names[256];
    uint32_t n = 0;
    for (uint32_t i = from; i < to && n < 256; i++)
        if (!out[i]) names[n++] = param_name(f, i);
    return avm_bind_missing(t, avm_func_qualname(f), names, n, kind);
}

bool avm_bind_too_many(AvmThread *t, AvmValue function, uint32_t most, uint32_t defaults, uint32_t given,
                       uint32_t kwonly) {
    char takes[64], extra[96] = "";
    if (defaults)
        snprintf(takes, sizeof takes, "from %u to %u", most - defaults, most);
    else
        snprintf(takes, sizeof takes, "%u", most);
    if (kwonly)
        snprintf(extra, sizeof extra, " positional argument%s (and %u keyword-only argument%s)",
                 given == 1 ? "" : "s", kwonly, kwonly == 1 ? "" : "s");
    return avm_raise_type(t, "%V() takes %s positional argument%s but %u%s %s given", function, takes,
                          defaults || most != 1 ? "s" : "", given, extra,
                          given == 1 && !kwonly ? "was" : "were");
}

static bool too_many(AvmThread *t, AvmFunc *f, uint32_t given, const AvmValue *out) {
    const AvmUnit *u = f->code->unit;
    uint32_t defaults = f->defaults ? ((AvmTuple *)avm_obj(f->defaults))->len : 0;
    uint32_t kwonly = 0;
    for (uint32_t i = 0; i < u->nkeyword_only; i++) kwonly += out[u->npositional + i] != AVM_EMPTY;
    return avm_bind_too_many(t, avm_func_qualname(f), u->npositional, defaults, given, kwonly);
}

bool avm_bind_twice(AvmThread *t, AvmValue function, AvmValue name) {
    return avm_raise_type(t, "%V() got multiple values for argument '%V'", function, name);
}

static bool unknown_keyword(AvmThread *t, AvmFunc *f, AvmValue wrong) {
    const AvmUnit *u = f->code->unit;
    AvmStr *names[256];
    uint32_t n = 0, end = u->npositional + u->nkeyword_only;
    bool ok = true;
    for (uint32_t i = u->npositional_only; ok && i < end && n < 256; i++)
        ok = (names[n++] = avm_str_intern(t, u->locals[i].text, u->locals[i].len));
    ok = ok && avm_suggest_keyword(t, avm_as_str(t, avm_func_qualname(f))->data, names, n, wrong);
    while (n) avm_drop(t, names[--n]);
    return ok;
}

static bool unexpected_keyword(AvmThread *t, AvmFunc *f, AvmTuple *kwnames, AvmValue name) {
    const AvmUnit *u = f->code->unit;
    AvmText names[64];
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->npositional_only; i++)
        for (uint32_t k = 0; k < kwnames->len && n < 64; k++)
            if (same_name(u->locals[i], kwnames->items[k])) names[n++] = u->locals[i];
    if (n == 0) return unknown_keyword(t, f, name);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    for (uint32_t i = 0; i < n; i++) {
        if (i) avm_buf_text(&b, ", ");
        avm_buf_add(&b, names[i].text, names[i].len);
    }
    avm_raise_type(t, "%V() got some positional-only arguments passed as keyword arguments: '%s'", avm_func_qualname(f),
                   avm_buf_str(&b));
    avm_buf_free(&b);
    return false;
}

static bool bind_keywords(AvmThread *t, AvmFunc *f, AvmValue *values, AvmTuple *kwnames, AvmValue *out, AvmDict *kwargs) {
    const AvmUnit *u = f->code->unit;
    uint32_t named = u->npositional + u->nkeyword_only;
    for (uint32_t k = 0; k < kwnames->len; k++) {
        AvmValue name = kwnames->items[k];
        uint32_t i = u->npositional_only;
        while (i < named && !same_name(param_name(f, i), name)) i++;
        if (i < named) {
            if (out[i]) return avm_bind_twice(t, avm_func_qualname(f), name);
            out[i] = values[k];
            values[k] = AVM_EMPTY;
        } else if (!kwargs) {
            return unexpected_keyword(t, f, kwnames, name);
        } else if (!avm_dict_set(t, kwargs, name, values[k])) {
            return false;
        }
    }
    return true;
}

// The default of keyword-only parameter i (borrowed), or empty. The function's definition has put them in order: *next is
// where it ought to stand. false: MemoryError.
static bool keyword_default(AvmThread *t, AvmFunc *f, uint32_t i, uint32_t *next, AvmValue *v) {
    AvmDict *all = (AvmDict *)avm_obj(f->kwdefaults);
    AvmText text = param_name(f, i);
    AvmValue key;
    while (avm_dict_next(all, next, &key, v))
        if (same_name(text, key)) return true;
    *next = 0;
    *v = AVM_EMPTY;
    AvmStr *name = avm_str_intern(t, text.text, text.len);
    if (name) *v = avm_dict_get_str(t, all, name);
    avm_drop(t, name);
    return name;
}

static bool fill_defaults(AvmThread *t, AvmFunc *f, AvmValue *out) {
    const AvmUnit *u = f->code->unit;
    AvmTuple *defaults = f->defaults ? (AvmTuple *)avm_obj(f->defaults) : NULL;
    uint32_t n = defaults ? defaults->len : 0;
    uint32_t required = n < u->npositional ? u->npositional - n : 0;
    for (uint32_t i = 0; i < required; i++)
        if (!out[i]) return missing(t, f, out, 0, required, "positional");
    for (uint32_t i = required; i < u->npositional; i++)
        if (!out[i]) out[i] = avm_incref(defaults->items[i - required + (n > u->npositional ? n - u->npositional : 0)]);
    uint32_t end = u->npositional + u->nkeyword_only;
    bool lacking = false;
    uint32_t next = 0;
    for (uint32_t i = u->npositional; i < end; i++) {
        if (out[i]) continue;
        AvmValue v = AVM_EMPTY;
        if (f->kwdefaults && !keyword_default(t, f, i, &next, &v)) return false;
        if (v)
            out[i] = avm_incref(v);
        else
            lacking = true;
    }
    return !lacking || missing(t, f, out, u->npositional, end, "keyword-only");
}

static bool bind_all(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t npos, AvmTuple *kwnames, AvmValue *out) {
    const AvmUnit *u = f->code->unit;
    uint32_t direct = npos < u->npositional ? npos : u->npositional;
    memcpy(out, args, direct * sizeof *out);
    memset(args, 0, direct * sizeof *out);
    uint32_t next = u->npositional + u->nkeyword_only;
    if (u->flags & AVM_UNIT_VARARGS) {
        AvmTuple *rest = avm_tuple_new(t, npos - direct);
        if (!rest) return false;
        memcpy(rest->items, args + direct, (npos - direct) * sizeof *out);
        memset(args + direct, 0, (npos - direct) * sizeof *out);
        out[next++] = avm_value(rest);
    }
    AvmDict *kwargs = NULL;
    if (u->flags & AVM_UNIT_KWARGS) {
        if (!(kwargs = avm_dict_new(t))) return false;
        out[next++] = avm_value(kwargs);
    }
    if (kwnames && !bind_keywords(t, f, args + npos, kwnames, out, kwargs)) return false;
    if (npos > direct && !(u->flags & AVM_UNIT_VARARGS)) return too_many(t, f, npos, out);
    return fill_defaults(t, f, out);
}

bool avm_bind(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t nargs, AvmTuple *kwnames, AvmValue *out) {
    uint32_t npos = nargs - (kwnames ? kwnames->len : 0);
    bool ok = bind_all(t, f, args, npos, kwnames, out);
    for (uint32_t i = 0; i < nargs; i++) avm_replace(t, &args[i], AVM_EMPTY);
    if (ok) return true;
    for (uint32_t i = 0; i < f->code->unit->nparams; i++) avm_replace(t, &out[i], AVM_EMPTY);
    return false;
}
