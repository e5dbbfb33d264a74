// Texts of messages: printf with a few conversions for values.
#include "vm/message.h"

#include <stdio.h>

#include "vm/error.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"

static bool add_value(AvmThread *t, AvmBuf *out, AvmValue text) {
    AvmStr *s = text == AVM_FAIL ? NULL : avm_as_str(t, text);
    if (s) avm_buf_add(out, s->data, s->len);
    avm_decref(t, text);
    return s != NULL;
}

// One conversion of printf's own: spec is its text, up to the letter.
static void add_plain(AvmBuf *out, const char *spec, size_t n, va_list *args) {
    char format[32];
    int star = -1;
    if (n >= sizeof format) return;
    memcpy(format, spec, n);
    format[n] = 0;
    char letter = format[n - 1];
    if (strchr(format, '*')) star = va_arg(*args, int);
#define ADD(type)                                                                                            \
    do {                                                                                                     \
        type v = va_arg(*args, type);                                                                        \
        if (star >= 0)                                                                                       \
            avm_buf_printf(out, format, star, v);                                                            \
        else                                                                                                 \
            avm_buf_printf(out, format, v);                                                                  \
    } while (0)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    if (letter == 's')
        ADD(const char *);
    else if (letter == 'p')
        ADD(void *);
    else if (strchr("eEfFgG", letter))
        ADD(double);
    else if (strstr(format, "ll"))
        ADD(long long);
    else if (strchr(format, 'l') || strchr(format, 'z'))
        ADD(long);
    else
        ADD(int);
#pragma GCC diagnostic pop
#undef ADD
}

// A type as CPython's C code names it. Types in C are shown with the module they belong to:
// 'collections.deque'; but exceptions are script's in CPython.
static void add_type(AvmThread *t, AvmBuf *out, AvmType *type) {
    AvmValue module = type->flags & AVM_TYPE_FULL_NAME
                          ? avm_dict_get_str(t, type->dict, AVM_NAME(t, __module__))
                          : AVM_EMPTY;
    AvmStr *before = module ? avm_as_str(t, module) : NULL;
    if (before) avm_buf_printf(out, "%s.", before->data);
    bool native = type->def && !(type->flags & (AVM_TYPE_EXCEPTION | AVM_TYPE_SHORT_NAME));
    avm_buf_text(out, native ? type->def->name : type->name->data);
}

bool avm_message_add(AvmThread *t, AvmBuf *out, const char *format, va_list given) {
    va_list args;
    bool good = true;
    va_copy(args, given);
    for (const char *p = format; *p && good;) {
        size_t literal = strcspn(p, "%");
        avm_buf_add(out, p, literal);
        p += literal;
        if (!*p) break;
        size_t n = 1 + strspn(p + 1, "-+ #0123456789.*lzh");
        char letter = p[n];
        AvmType *type;
        AvmStr *s;
        switch (letter) {
        case '%': avm_buf_byte(out, '%'); break;
        case 'S':
            s = va_arg(args, AvmStr *);
            avm_buf_add(out, s->data, s->len);
            break;
        case 'R': good = add_value(t, out, avm_repr(t, va_arg(args, AvmValue))); break;
        case 'V': good = add_value(t, out, avm_str(t, va_arg(args, AvmValue))); break;
        case 'A': {
            AvmValue v = va_arg(args, AvmValue);
            if (v == AVM_NONE)
                avm_buf_text(out, "None");
            else
                add_type(t, out, avm_type_of(t, v));
            break;
        }
        case 'T': add_type(t, out, avm_type_of(t, va_arg(args, AvmValue))); break;
        case 'K': add_type(t, out, va_arg(args, AvmType *)); break;
        case 'N':
            type = va_arg(args, AvmType *);
            avm_buf_add(out, type->name->data, type->name->len);
            break;
        default: add_plain(out, p, n + 1, &args); break;
        }
        p += letter ? n + 1 : n;
    }
    va_end(args);
    if (good && out->failed) avm_raise_memory(t);
    return good && !out->failed;
}
