// The compiler's small change: errors, memory, names.
#include <stdio.h>
#include <string.h>

#include "compiler/internal.h"

void avm_comp_error(AvmCompiler *c, AvmSpan span, const char *format, ...) {
    if (c->failed) return;
    char text[sizeof c->diag->message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    avm_diag_set(c->diag, AVM_DIAG_SYNTAX, span, "%s", text);
    c->failed = true;
}

void avm_comp_nomem(AvmCompiler *c) {
    if (c->failed) return;
    avm_diag_set(c->diag, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
    c->failed = true;
}

void *avm_comp_alloc(AvmCompiler *c, size_t size) {
    void *p = avm_arena_alloc(&c->scratch, size);
    if (!p) avm_comp_nomem(c);
    return p;
}

bool avm_comp_grow(AvmCompiler *c, void **at, uint32_t count, uint32_t *cap, size_t size) {
    if (c->failed) return false;
    if (count < *cap) return true;
    uint32_t more = *cap ? *cap * 2 : 8;
    void *p = avm_comp_alloc(c, more * size);
    if (!p) return false;
    if (count) memcpy(p, *at, count * size);
    *at = p;
    *cap = more;
    return true;
}

const AvmName *avm_comp_name(AvmCompiler *c, const char *text, size_t len) {
    const AvmName *name = avm_names_intern(c->names, text, len);
    if (!name) avm_comp_nomem(c);
    return name;
}

const AvmName *avm_comp_mangle(AvmCompiler *c, const AvmScope *scope, const AvmName *name) {
    const AvmName *klass = scope ? scope->private : NULL;
    if (!klass || name->length < 2 || name->text[0] != '_' || name->text[1] != '_') return name;
    if (name->text[name->length - 1] == '_' && name->text[name->length - 2] == '_') return name;
    if (memchr(name->text, '.', name->length)) return name;
    uint32_t skip = 0;
    while (skip < klass->length && klass->text[skip] == '_') skip++;
    if (skip == klass->length) return name;
    uint32_t len = 1 + klass->length - skip + name->length;
    char *text = avm_comp_alloc(c, len + 1);
    if (!text) return name;
    text[0] = '_';
    memcpy(text + 1, klass->text + skip, klass->length - skip);
    memcpy(text + 1 + klass->length - skip, name->text, name->length);
    const AvmName *mangled = avm_comp_name(c, text, len);
    return mangled ? mangled : name;
}

uint32_t avm_hash_pointer(const void *p) {
    uint64_t h = (uint64_t)(uintptr_t)p * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}
