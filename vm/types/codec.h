// What encoding and decoding share: which encoding a name means, and what is done about errors.
#ifndef AVM_VM_TYPES_CODEC_H
#define AVM_VM_TYPES_CODEC_H

#include "vm/error.h"
#include "vm/types/str.h"

typedef enum AvmEncoding {
    AVM_ENC_UTF8,
    AVM_ENC_UTF8_SIG,
    AVM_ENC_ASCII,
    AVM_ENC_LATIN1,
    AVM_ENC_UTF16,
    AVM_ENC_UTF16_LE,
    AVM_ENC_UTF16_BE,
    AVM_ENC_UTF32,
    AVM_ENC_UTF32_LE,
    AVM_ENC_UTF32_BE,
    AVM_ENC_CHARMAP
} AvmEncoding;

typedef enum AvmErrors {
    AVM_ERRORS_STRICT,
    AVM_ERRORS_IGNORE,
    AVM_ERRORS_REPLACE,
    AVM_ERRORS_BACKSLASH,
    AVM_ERRORS_XML,
    AVM_ERRORS_ESCAPE,
    AVM_ERRORS_PASS,
    AVM_ERRORS_UNKNOWN // complained about when an error occurs, as CPython does
} AvmErrors;

typedef struct AvmCodec {
    AvmThread *t;
    AvmEncoding encoding;
    const char *name;    // for messages
    const uint16_t *map; // CHARMAP: code points of bytes 0x80 .. 0xFF
    AvmErrors errors;
    const char *errors_name;
    AvmBuf out;
    AvmStr *str;   // encoding: the subject
    const char *p; // decoding: the subject
    size_t n;
} AvmCodec;

// The usual name of the usual encoding: text files and the default of every call come by here.
static inline bool avm_codec_is_utf8(const char *e) {
    return (e[0] | 32) == 'u' && (e[1] | 32) == 't' && (e[2] | 32) == 'f' && e[3] == '-' && e[4] == '8' && !e[5];
}
// false: LookupError.
bool avm_codec_init(AvmThread *t, AvmCodec *c, const char *encoding, const char *errors);
// The arguments `encoding` and `errors` of str.encode() and bytes.decode(), which `what` names. false: TypeError.
bool avm_codec_names(AvmThread *t, const char *what, const AvmValue *args, const char *names[2]);
// Raises UnicodeEncodeError or UnicodeDecodeError for positions start .. end of the subject; for handlers
// that do not exist LookupError. Always false.
bool avm_codec_fail(AvmCodec *c, size_t start, size_t end, const char *reason);

#endif
