// Remarks of a compile: a growing list.
#include "base/remark.h"

#include <stdio.h>
#include <string.h>

void avm_remarks_init(AvmRemarks *r, AvmAlloc *alloc) { *r = (AvmRemarks){.alloc = alloc}; }

void avm_remarks_free(AvmRemarks *r) {
    avm_release(r->alloc, r->items, r->cap * sizeof *r->items);
    avm_remarks_init(r, r->alloc);
}

// Makes room for n more.
static bool grow(AvmDiag *d, uint32_t n) {
    AvmRemarks *r = d->remarks;
    uint32_t cap = r->cap ? r->cap : 8;
    while (cap - r->count < n) cap *= 2;
    if (cap == r->cap) return true;
    AvmRemark *items = avm_realloc(r->alloc, r->items, r->cap * sizeof *items, cap * sizeof *items);
    if (!items) return avm_diag_set(d, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
    r->items = items;
    r->cap = cap;
    return true;
}

static bool add(AvmDiag *d, AvmSpan span, bool late, const char *format, va_list args) {
    AvmRemarks *r = d->remarks;
    if (!r || r->count == AVM_MAX_REMARKS) return true;
    if (!grow(d, 1)) return false;
    AvmRemark *item = &r->items[r->count++];
    item->span = span;
    item->late = late;
    r->late += late;
    vsnprintf(item->text, sizeof item->text, format, args);
    return true;
}

bool avm_remark(AvmDiag *d, AvmSpan span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool good = add(d, span, false, format, args);
    va_end(args);
    return good;
}

bool avm_remark_late(AvmDiag *d, AvmSpan span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool good = add(d, span, true, format, args);
    va_end(args);
    return good;
}

static bool is_before(AvmSpan a, AvmSpan b) { return a.line != b.line ? a.line < b.line : a.col < b.col; }

void avm_remarks_say(AvmDiag *d, AvmSpan from, const AvmSpan *at) {
    AvmRemarks *r = d->remarks;
    if (!r || !r->late) return;
    // Each goes behind all others. Late ones stand in the order of the source: those before `from` come
    // first.
    uint32_t i = r->count;
    while (i && !(r->items[i - 1].late && is_before(r->items[i - 1].span, from))) i--;
    for (uint32_t left = r->count - i; left; left--) {
        if (!r->items[i].late) {
            i++;
            continue;
        }
        AvmRemark item = r->items[i];
        item.late = false;
        if (at) item.span = *at;
        r->late--;
        memmove(r->items + i, r->items + i + 1, (r->count - i - 1) * sizeof item);
        r->items[r->count - 1] = item;
    }
}

void avm_remarks_parsed(AvmRemarks *r) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->count; i++)
        if (!r->items[i].late) r->items[n++] = r->items[i];
    r->count = r->parsed = n;
    r->late = 0;
}

bool avm_remarks_repeat(AvmDiag *d, uint32_t first, uint32_t middle) {
    AvmRemarks *r = d->remarks;
    if (!r || r->count == middle) return true;
    uint32_t n = r->count - middle;
    if (n > AVM_MAX_REMARKS - r->count) return true;
    if (!grow(d, n)) return false;
    memmove(r->items + first + n, r->items + first, (r->count - first) * sizeof *r->items);
    r->count += n;
    memcpy(r->items + first, r->items + r->count - n, n * sizeof *r->items);
    return true;
}
