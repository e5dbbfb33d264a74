// Files: bytes over descriptors, text over bytes, files in memory, print and input.
#ifndef AVM_STDLIB_IO_H
#define AVM_STDLIB_IO_H

#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/chars.h"

enum { AVM_IO_CHUNK = 8192 };

// A file of bytes: BufferedReader, BufferedWriter, BufferedRandom or FileIO, by its type. At most one of the
// buffers is in use: what was read ahead is given back (by seeking) before anything is written.
typedef struct AvmFile {
    AvmObj h;
    int fd; // -1: closed
    bool readable, writable, appending, created, closefd, raw;
    bool std;        // descriptor 0, 1 or 2 of the process: written through the host
    int8_t can_seek; // -1: not known yet
    AvmValue name;   // what open() was given
    AvmBuf in;       // read ahead
    size_t in_at;    // of in, already taken
    AvmBuf out;      // not yet written
} AvmFile;

typedef enum AvmNewline {
    AVM_NEWLINE_UNIVERSAL,
    AVM_NEWLINE_KEEP,
    AVM_NEWLINE_LF,
    AVM_NEWLINE_CR,
    AVM_NEWLINE_CRLF
} AvmNewline;

// A text file over a file of bytes. Bytes are decoded when they are taken, so that the position is always
// known.
typedef struct AvmText_ {
    AvmObj h;
    AvmFile *file; // NULL: detached or never made
    AvmStr *encoding, *errors, *mode;
    AvmNewline newline;
    bool line_buffering, write_through;
    bool one_byte;  // the encoding has a byte a character
    bool whole;     // the encoding is read as a whole: utf-16, utf-32
    bool strict;    // errors are exceptions, found when a chunk is read
    bool marked;    // the byte-order mark, if the encoding has one, is written
    bool telling;   // false after next()
    size_t checked; // bytes of file->in known to be well-formed
    AvmBuf out;     // encoded, not yet given to file
    AvmBuf decoded; // whole: the rest of the file as text
    size_t decoded_at;
} AvmTextFile;

// What the module keeps: vm->stdlib[AVM_STDLIB_IO].
typedef struct AvmIo {
    AvmType *writer;                       // of stdout and stderr: always there
    AvmType *random, *raw, *string, *bytes; // types without fixed numbers; NULL before avm_io_types
    AvmType *unsupported;                  // io.UnsupportedOperation; the same
    bool reported;                                   // a failure of the last flush, once
    AvmTextFile *std[3];                             // the process's stdin, stdout, stderr
} AvmIo;

AvmIo *avm_io_state(AvmThread *t); // made on first use, for the process's streams; NULL: exception
AvmIo *avm_io_types(AvmThread *t); // the same, with all types
// Flushes stdout and stderr at the end. false: stdout could not be written; the failure has been reported.
bool avm_io_finish(AvmThread *t);
void avm_io_free(AvmVm *vm); // after avm_io_finish, before the heap goes
// sys.stdin, sys.stdout, sys.stderr: fd 0 .. 2. New reference.
AvmValue avm_io_std(AvmThread *t, int fd);

extern const AvmModuleDef avm_io_module;
extern const AvmNativeDef avm_io_builtins[]; // print, open, input
bool avm_io_install(AvmThread *t);           // puts them into vm->builtins

// --- bytes (iofile.c). Results are false or -1 with an exception set.
AvmFile *avm_file_new(AvmThread *t, AvmType *type, int fd, AvmValue name);
bool avm_file_check(AvmThread *t, AvmFile *f,
                    const char *what); // not closed; what: "read" for "read of closed file"
bool avm_file_fill(AvmThread *t, AvmFile *f, size_t size, bool *eof); // reads once, up to size bytes more
bool avm_file_read_all(AvmThread *t, AvmFile *f);                     // the rest into `in`
bool avm_file_write(AvmThread *t, AvmFile *f, const char *p, size_t n);
bool avm_file_flush(AvmThread *t, AvmFile *f);
int64_t avm_file_tell(AvmThread *t, AvmFile *f);
int64_t avm_file_seek(AvmThread *t, AvmFile *f, int64_t offset, int whence);
bool avm_file_truncate(AvmThread *t, AvmFile *f, int64_t size);
bool avm_file_close(AvmThread *t, AvmFile *f);
bool avm_file_seekable(AvmThread *t, AvmFile *f);
static inline size_t avm_file_ahead(const AvmFile *f) { return f->in.len - f->in_at; }
static inline const char *avm_file_next(const AvmFile *f) { return f->in.data ? f->in.data + f->in_at : ""; }
AvmFile *avm_as_file(AvmThread *t, AvmValue v);
AvmValue avm_io_unsupported(AvmThread *t, const char *what);
// A size argument: None and absence are -1.
bool avm_io_size(AvmThread *t, AvmValue v, int64_t *out);
bool avm_io_writelines(AvmThread *t, AvmValue self, AvmValue lines);
AvmValue avm_io_readlines(AvmThread *t, AvmValue self, AvmValue hint);

// --- text (iotext.c)
AvmTextFile *avm_text_new(AvmThread *t, AvmType *type, AvmFile *file, const char *encoding,
                          const char *errors, const AvmNewline *newline, bool line_buffering);
bool avm_text_write(AvmThread *t, AvmTextFile *f, AvmStr *s);
AvmValue avm_text_read(AvmThread *t, AvmTextFile *f, int64_t count); // -1: all
void avm_text_forget(AvmTextFile *f);                                // the position has changed
bool avm_text_flush(AvmThread *t, AvmTextFile *f);
AvmValue avm_text_readline(AvmThread *t, AvmTextFile *f, int64_t limit); // the empty string at the end
AvmTextFile *avm_as_text_file(AvmThread *t, AvmValue v);
// newline=...: false: ValueError. quoted: how the error shows it
bool avm_newline_arg(AvmThread *t, AvmValue v, AvmNewline absent, AvmNewline *out, bool quoted);
// Where a line ends in p: the length with its end, or 0: not in here. more: p may go on (a '\r' at its end is
// undecided).
size_t avm_line_end(const char *p, size_t n, AvmNewline newline, bool more);

AvmValue avm_io_open(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_io_print(AvmThread *t, AvmValue *args, uint32_t n);
AvmValue avm_io_input(AvmThread *t, AvmValue *args, uint32_t n);

extern const AvmTypeDef avm_io_reader_def, avm_io_writer_def, avm_io_random_def, avm_io_raw_def,
    avm_io_text_def;
extern const AvmTypeDef avm_io_string_def, avm_io_bytes_def;

#endif
