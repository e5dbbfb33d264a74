// Names of encodings and error handlers, and the exceptions of both directions.
#include "vm/types/codec.h"

#include "base/charmap.h"
#include "vm/types/chars.h"
#include "vm/types/int.h"

typedef struct Alias {
    const char *alias; // in small letters, with '-' between the parts
    AvmEncoding encoding;
    const char *name;
} Alias;

static const Alias aliases[] = {
    {"utf-8", AVM_ENC_UTF8, "utf-8"},
    {"utf8", AVM_ENC_UTF8, "utf-8"},
    {"u8", AVM_ENC_UTF8, "utf-8"},
    {"utf", AVM_ENC_UTF8, "utf-8"},
    {"cp65001", AVM_ENC_UTF8, "utf-8"},
    {"utf-8-sig", AVM_ENC_UTF8_SIG, "utf-8"},
    {"utf8-sig", AVM_ENC_UTF8_SIG, "utf-8"},
    {"ascii", AVM_ENC_ASCII, "ascii"},
    {"us-ascii", AVM_ENC_ASCII, "ascii"},
    {"646", AVM_ENC_ASCII, "ascii"},
    {"latin-1", AVM_ENC_LATIN1, "latin-1"},
    {"latin1", AVM_ENC_LATIN1, "latin-1"},
    {"latin", AVM_ENC_LATIN1, "latin-1"},
    {"l1", AVM_ENC_LATIN1, "latin-1"},
    {"iso-8859-1", AVM_ENC_LATIN1, "latin-1"},
    {"iso8859-1", AVM_ENC_LATIN1, "latin-1"},
    {"8859", AVM_ENC_LATIN1, "latin-1"},
    {"cp819", AVM_ENC_LATIN1, "latin-1"},
    {"utf-16", AVM_ENC_UTF16, "utf-16"},
    {"utf16", AVM_ENC_UTF16, "utf-16"},
    {"u16", AVM_ENC_UTF16, "utf-16"},
    {"utf-16-le", AVM_ENC_UTF16_LE, "utf-16-le"},
    {"utf-16le", AVM_ENC_UTF16_LE, "utf-16-le"},
    {"utf-16-be", AVM_ENC_UTF16_BE, "utf-16-be"},
    {"utf-16be", AVM_ENC_UTF16_BE, "utf-16-be"},
    {"utf-32", AVM_ENC_UTF32, "utf-32"},
    {"utf32", AVM_ENC_UTF32, "utf-32"},
    {"u32", AVM_ENC_UTF32, "utf-32"},
    {"utf-32-le", AVM_ENC_UTF32_LE, "utf-32-le"},
    {"utf-32le", AVM_ENC_UTF32_LE, "utf-32-le"},
    {"utf-32-be", AVM_ENC_UTF32_BE, "utf-32-be"},
    {"utf-32be", AVM_ENC_UTF32_BE, "utf-32-be"},
};

static const char *const handlers[] = {
    "strict",          "ignore",       "replace", "backslashreplace", "xmlcharrefreplace",
    "surrogateescape", "surrogatepass"};

bool avm_codec_init(AvmThread *t, AvmCodec *c, const char *encoding, const char *errors) {
    *c = (AvmCodec){.t = t, .errors_name = errors, .errors = AVM_ERRORS_UNKNOWN};
    avm_buf_init(&c->out, &t->vm->alloc);
    for (int i = 0; i < AVM_ERRORS_UNKNOWN; i++)
        if (strcmp(errors, handlers[i]) == 0) c->errors = (AvmErrors)i;
    char name[24];
    size_t n = 0;
    for (const char *p = encoding; *p && n < sizeof name - 1; p++) {
        char x = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p == '_' || *p == ' ' ? '-' : *p;
        name[n++] = x;
    }
    name[n] = 0;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcmp(name, aliases[i].alias)) continue;
        c->encoding = aliases[i].encoding;
        c->name = aliases[i].name;
        return true;
    }
    if ((c->map = avm_charmap_find(name))) {
        c->encoding = AVM_ENC_CHARMAP;
        c->name = "charmap";
        return true;
    }
    return avm_raise(t, AVM_EXC(t, LookupError), "unknown encoding: %s", encoding);
}

bool avm_codec_names(AvmThread *t, const char *what, const AvmValue *args, const char *names[2]) {
    names[0] = "utf-8";
    names[1] = "strict";
    for (int i = 0; i < 2; i++) {
        AvmStr *s = args[i] ? avm_as_str(t, args[i]) : NULL;
        if (args[i] && !s)
            return avm_raise_type(t, "%s() argument '%s' must be str, not %s", what, i ? "errors" : "encoding",
                                  avm_arg_kind(t, args[i]));
        if (s) names[i] = s->data;
    }
    return true;
}

bool avm_codec_fail(AvmCodec *c, size_t start, size_t end, const char *reason) {
    AvmThread *t = c->t;
    if (c->errors == AVM_ERRORS_UNKNOWN)
        return avm_raise(t, AVM_EXC(t, LookupError), "unknown error handler name '%s'", c->errors_name);
    if (c->errors == AVM_ERRORS_XML && !c->str)
        return avm_raise_type(t, "don't know how to handle UnicodeDecodeError in error callback");
    AvmValue args[5] = {
        avm_value(avm_str_text(t, c->name)),
        c->str ? avm_incref(avm_value(c->str)) : avm_value(avm_bytes_new(t, c->p, c->n)),
        avm_inline_int_value((int64_t)start),
        avm_inline_int_value((int64_t)end),
        avm_value(avm_str_text(t, reason)),
    };
    if (args[0] && args[1] && args[4]) {
        AvmType *type = c->str ? AVM_EXC(t, UnicodeEncodeError) : AVM_EXC(t, UnicodeDecodeError);
        AvmValue exc = avm_exc_new(t, type, args, 5);
        if (exc) {
            avm_raise_object(t, exc, AVM_EMPTY);
            avm_decref(t, exc);
        }
    }
    for (int i = 0; i < 5; i++) avm_decref(t, args[i]);
    return false;
}
