// Code units as C source: one array for each table, one pool for all texts.
#include "compiler/freeze/write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *p) {
    if (p) return p;
    fprintf(stderr, "aio-freeze: out of memory\n");
    exit(1);
}

// ---- the pool of texts

static uint32_t hash(const char *s, uint32_t len) {
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < len; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ^ h >> 15;
}

static AvmPooled *find(AvmWriter *w, AvmPooled *slots, uint32_t size, const char *s, uint32_t len) {
    uint32_t h = hash(s, len) & (size - 1);
    while (slots[h].offset && !(slots[h].len == len && !memcmp(w->pool + slots[h].offset, s, len)))
        h = (h + 1) & (size - 1);
    return &slots[h];
}

static void grow_texts(AvmWriter *w) {
    uint32_t size = w->text_slots ? w->text_slots * 2 : 1024;
    AvmPooled *slots = need(calloc(size, sizeof *slots));
    for (uint32_t i = 0; i < w->text_slots; i++)
        if (w->texts[i].offset)
            *find(w, slots, size, w->pool + w->texts[i].offset, w->texts[i].len) = w->texts[i];
    free(w->texts);
    w->texts = slots;
    w->text_slots = size;
}

static uint32_t pool(AvmWriter *w, AvmText t) {
    if (!t.len) return 0;
    if (w->text_count * 2 >= w->text_slots) grow_texts(w);
    AvmPooled *slot = find(w, w->texts, w->text_slots, t.text, t.len);
    if (slot->offset) return slot->offset;
    while (w->pool_len + t.len + 1 > w->pool_cap) {
        w->pool_cap = w->pool_cap ? w->pool_cap * 2 : 1 << 16;
        w->pool = need(realloc(w->pool, w->pool_cap));
    }
    *slot = (AvmPooled){(uint32_t)w->pool_len, t.len};
    memcpy(w->pool + w->pool_len, t.text, t.len);
    w->pool[w->pool_len + t.len] = 0;
    w->pool_len += t.len + 1;
    w->text_count++;
    return slot->offset;
}

static void text(AvmWriter *w, AvmText t) { fprintf(w->out, "{texts + %u, %u}", pool(w, t), t.len); }

static void write_pool(const AvmWriter *w, FILE *out) {
    fprintf(out, "static const char texts[] =\n    \"");
    uint32_t column = 0;
    for (size_t i = 0; i < w->pool_len; i++) {
        unsigned char c = (unsigned char)w->pool[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
        if (++column % 96 == 0) fprintf(out, "\"\n    \"");
    }
    fprintf(out, "\";\n");
}

// ---- tables of a unit; each is called after its kind and the unit's number

static void begin(AvmWriter *w, const char *type, const char *name, uint32_t number) {
    fprintf(w->out, "static const %s %s%u[] = {", type, name, number);
}

static void next(AvmWriter *w, uint32_t i, uint32_t each) { fputs(i % each ? " " : "\n    ", w->out); }

static void end(AvmWriter *w) { fputs("\n};\n", w->out); }

static void numbers(AvmWriter *w, const char *name, uint32_t number, const uint32_t *at, uint32_t n) {
    if (!n) return;
    begin(w, "uint32_t", name, number);
    for (uint32_t i = 0; i < n; i++) {
        next(w, i, 12);
        fprintf(w->out, "%" PRIu32 ",", at[i]);
    }
    end(w);
}

static void texts(AvmWriter *w, const char *name, uint32_t number, const AvmText *at, uint32_t n) {
    if (!n) return;
    begin(w, "AvmText", name, number);
    for (uint32_t i = 0; i < n; i++) {
        next(w, i, 5);
        text(w, at[i]);
        fputc(',', w->out);
    }
    end(w);
}

static void number(AvmWriter *w, double f) {
    if (isinf(f))
        fprintf(w->out, "%s__builtin_inf()", f < 0 ? "-" : "");
    else
        fprintf(w->out, "%a", f);
}

static void literal(AvmWriter *w, const AvmLiteral *l, uint32_t unit, uint32_t i) {
    static const char *const kinds[] = {"NONE",  "FALSE",     "TRUE", "ELLIPSIS", "INT",   "BIGINT",
                                        "FLOAT", "IMAGINARY", "STR",  "BYTES",    "TUPLE", "FROZENSET"};
    fprintf(w->out, "{AVM_LIT_%s, ", kinds[l->kind]);
    switch (l->kind) {
    case AVM_LIT_NONE:
    case AVM_LIT_FALSE:
    case AVM_LIT_TRUE:
    case AVM_LIT_ELLIPSIS: fprintf(w->out, "{.i = 0}"); break;
    case AVM_LIT_INT:
        if (l->i == INT64_MIN)
            fprintf(w->out, "{.i = INT64_MIN}");
        else
            fprintf(w->out, "{.i = INT64_C(%" PRId64 ")}", l->i);
        break;
    case AVM_LIT_FLOAT:
    case AVM_LIT_IMAGINARY:
        fprintf(w->out, "{.f = ");
        number(w, l->f);
        fputc('}', w->out);
        break;
    case AVM_LIT_BIGINT:
    case AVM_LIT_STR:
    case AVM_LIT_BYTES:
        fprintf(w->out, "{.text = ");
        text(w, l->text);
        fputc('}', w->out);
        break;
    case AVM_LIT_TUPLE:
    case AVM_LIT_FROZENSET:
        if (l->items.count)
            fprintf(w->out, "{.items = {items%u_%u, %u}}", unit, i, l->items.count);
        else
            fprintf(w->out, "{.items = {0, 0}}");
        break;
    }
    fputs("},", w->out);
}

static void literals(AvmWriter *w, uint32_t unit, const AvmUnit *u) {
    for (uint32_t i = 0; i < u->nliterals; i++) {
        const AvmLiteral *l = &u->literals[i];
        if ((l->kind != AVM_LIT_TUPLE && l->kind != AVM_LIT_FROZENSET) || !l->items.count) continue;
        char name[32];
        snprintf(name, sizeof name, "items%u_", unit);
        numbers(w, name, i, l->items.at, l->items.count);
    }
    if (!u->nliterals) return;
    begin(w, "AvmLiteral", "literals", unit);
    for (uint32_t i = 0; i < u->nliterals; i++) {
        next(w, i, 4);
        literal(w, &u->literals[i], unit, i);
    }
    end(w);
}

static void rows(AvmWriter *w, uint32_t unit, const AvmUnit *u) {
    if (u->ntries) {
        begin(w, "AvmTry", "tries", unit);
        for (uint32_t i = 0; i < u->ntries; i++) {
            const AvmTry *r = &u->tries[i];
            next(w, i, 6);
            fprintf(w->out, "{%u, %u, %u, %u},", r->start, r->end, r->target, r->reg);
        }
        end(w);
    }
    if (u->nhandlings) {
        begin(w, "AvmHandling", "handlings", unit);
        for (uint32_t i = 0; i < u->nhandlings; i++) {
            next(w, i, 6);
            fprintf(w->out, "{%u, %u, %u},", u->handlings[i].start, u->handlings[i].end, u->handlings[i].reg);
        }
        end(w);
    }
    if (u->nfree) {
        begin(w, "AvmCapture", "captures", unit);
        for (uint32_t i = 0; i < u->nfree; i++) {
            next(w, i, 12);
            fprintf(w->out, "{%u, %u},", u->captures[i].from_free, u->captures[i].index);
        }
        end(w);
    }
}

// Lines only: frames of frozen modules are hidden in tracebacks, so nobody sees their columns. Returns how
// many.
static uint32_t positions(AvmWriter *w, uint32_t unit, const AvmUnit *u) {
    uint32_t count = 0, line = 0;
    for (uint32_t i = 0; i < u->npositions; i++) {
        const AvmPos *p = &u->positions[i];
        if (count && p->line == line) continue;
        if (!count) begin(w, "AvmPos", "positions", unit);
        next(w, count++, 6);
        fprintf(w->out, "{%u, %u, 0, 65535, 65535},", p->pc, p->line);
        line = p->line;
    }
    if (count) end(w);
    return count;
}

static void cells(AvmWriter *w, uint32_t unit, const AvmUnit *u) {
    uint32_t n = (uint32_t)u->nlocals + u->nfar;
    if (!n) return;
    begin(w, "uint8_t", "cells", unit);
    for (uint32_t i = 0; i < n; i++) {
        next(w, i, 32);
        fprintf(w->out, "%u,", u->local_cells[i]);
    }
    end(w);
}

// ---- the unit

static void table(AvmWriter *w, const char *field, const char *name, uint32_t unit, uint32_t n) {
    if (n) fprintf(w->out, "    .%s = %s%u,\n", field, name, unit);
}

static void head(AvmWriter *w, const AvmUnit *u, uint32_t npositions) {
    fprintf(w->out, "    .name = ");
    text(w, u->name);
    fprintf(w->out, ", .qualname = ");
    text(w, u->qualname);
    fprintf(w->out, ", .file = ");
    text(w, u->file);
    fprintf(w->out, ",\n    .flags = %u, .first_line = %u, .npositional = %u, .npositional_only = %u,\n",
            u->flags, u->first_line, u->npositional, u->npositional_only);
    fprintf(w->out, "    .nkeyword_only = %u, .nparams = %u, .nlocals = %u, .nfar = %u, .nregs = %u,\n",
            u->nkeyword_only, u->nparams, u->nlocals, u->nfar, u->nregs);
    fprintf(w->out, "    .nfree = %u, .class_free = %d, .nsites = %u, .nglobals = %u, .ncode = %u,\n",
            u->nfree, u->class_free, u->nsites, u->nglobals, u->ncode);
    fprintf(w->out, "    .nliterals = %u, .nnames = %u, .ntries = %u, .nhandlings = %u,\n", u->nliterals,
            u->nnames, u->ntries, u->nhandlings);
    fprintf(w->out, "    .npositions = %u, .nunits = %u, .has_doc = %u,\n", npositions, u->nunits,
            u->has_doc);
}

// Nested units first. Returns the unit's number.
static uint32_t write_unit(AvmWriter *w, const AvmUnit *u) {
    uint32_t *inner = need(calloc(u->nunits + 1, sizeof *inner));
    for (uint32_t i = 0; i < u->nunits; i++) inner[i] = write_unit(w, u->units[i]);
    uint32_t n = w->units++, locals = (uint32_t)u->nlocals + u->nfar;
    numbers(w, "code", n, u->code, u->ncode);
    literals(w, n, u);
    texts(w, "names", n, u->names, u->nnames);
    texts(w, "locals", n, u->locals, locals);
    cells(w, n, u);
    texts(w, "frees", n, u->frees, u->nfree);
    numbers(w, "sites", n, u->sites, u->nsites);
    rows(w, n, u);
    uint32_t npositions = positions(w, n, u);
    if (u->nunits) begin(w, "AvmUnit *const", "units", n);
    for (uint32_t i = 0; i < u->nunits; i++) {
        next(w, i, 8);
        fprintf(w->out, "&unit%u,", inner[i]);
    }
    if (u->nunits) end(w);
    fprintf(w->out, "static const AvmUnit unit%u = {\n", n);
    head(w, u, npositions);
    table(w, "code", "code", n, u->ncode);
    table(w, "literals", "literals", n, u->nliterals);
    table(w, "names", "names", n, u->nnames);
    table(w, "locals", "locals", n, locals);
    table(w, "local_cells", "cells", n, locals);
    table(w, "frees", "frees", n, u->nfree);
    table(w, "captures", "captures", n, u->nfree);
    table(w, "sites", "sites", n, u->nsites);
    table(w, "tries", "tries", n, u->ntries);
    table(w, "handlings", "handlings", n, u->nhandlings);
    table(w, "positions", "positions", n, npositions);
    table(w, "units", "units", n, u->nunits);
    fputs("};\n", w->out);
    free(inner);
    return n;
}

void avm_write_open(AvmWriter *w, FILE *out) {
    // The pool comes first in the file, but is known last.
    *w = (AvmWriter){.file = out};
    w->out = need(open_memstream(&w->body, &w->body_len));
    w->row_stream = need(open_memstream(&w->rows, &w->rows_len));
    w->pool_cap = 1 << 16;
    w->pool = need(malloc(w->pool_cap));
    w->pool[0] = 0; // the empty text, at offset 0
    w->pool_len = 1;
}

void avm_write_module(AvmWriter *w, const char *name, const AvmUnit *unit, bool package) {
    fprintf(w->out, "\n// ---- %s\n", name);
    uint32_t n = write_unit(w, unit);
    fprintf(w->row_stream, "    {\"%s\", &unit%u, %s},\n", name, n, package ? "true" : "false");
}

void avm_write_close(AvmWriter *w) {
    if (fclose(w->row_stream) || fclose(w->out)) need(NULL);
    fputs("// Made by aio-freeze from the .aio modules of the standard library.\n"
          "#include \"compiler/frozen.h\"\n\n",
          w->file);
    write_pool(w, w->file);
    fwrite(w->body, 1, w->body_len, w->file);
    fprintf(w->file, "\nconst AvmFrozen avm_frozen_modules[] = {\n%s    {0},\n};\n", w->rows);
    free(w->body);
    free(w->rows);
    free(w->pool);
    free(w->texts);
}
