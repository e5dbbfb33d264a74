// Code units as C source.
#ifndef AVM_COMPILER_FREEZE_WRITE_H
#define AVM_COMPILER_FREEZE_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler/unit.h"

typedef struct AvmPooled {
    uint32_t offset, len; // in the pool
} AvmPooled;

typedef struct AvmWriter {
    FILE *file; // the whole
    FILE *out;  // the body, kept in memory until the end
    char *body;
    size_t body_len;
    uint32_t units; // written so far
    // Texts, each once.
    char *pool;
    size_t pool_len, pool_cap;
    AvmPooled *texts; // a hash table
    uint32_t text_count, text_slots;
    // The rows of the table of modules.
    char *rows;
    size_t rows_len;
    FILE *row_stream;
} AvmWriter;

// Out of memory ends the program.
void avm_write_open(AvmWriter *w, FILE *out);
void avm_write_module(AvmWriter *w, const char *name, const AvmUnit *unit, bool package);
void avm_write_close(AvmWriter *w);

#endif
