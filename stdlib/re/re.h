// Regular expressions, inside: the tree that the parser makes, the program that the compiler makes of it, the
// objects that scripts see. A pattern is str or bytes; the matcher works on bytes in any case: of UTF-8 or of
// themselves.
#ifndef AVM_STDLIB_RE_RE_H
#define AVM_STDLIB_RE_RE_H

#include "base/arena.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/chars.h"

enum {
    AVM_RE_IGNORECASE = 2,
    AVM_RE_LOCALE = 4,
    AVM_RE_MULTILINE = 8,
    AVM_RE_DOTALL = 16,
    AVM_RE_UNICODE = 32,
    AVM_RE_VERBOSE = 64,
    AVM_RE_DEBUG = 128,
    AVM_RE_ASCII = 256,
    AVM_RE_TYPE_FLAGS = AVM_RE_ASCII | AVM_RE_LOCALE | AVM_RE_UNICODE,
};
#define AVM_RE_MAX_REPEAT UINT32_MAX // no limit
#define AVM_RE_MAX_GROUPS 0x3FFFFFFF
#define AVM_RE_UNSET UINT32_MAX // of a mark: the group has not matched

// --- the tree

typedef enum AvmReOp {
    AVM_RE_LITERAL,
    AVM_RE_ANY,
    AVM_RE_SET,
    AVM_RE_AT,
    AVM_RE_GROUP,
    AVM_RE_BRANCH,
    AVM_RE_REPEAT,
    AVM_RE_REF,
    AVM_RE_COND,
    AVM_RE_ASSERT,
    AVM_RE_ATOMIC,
    AVM_RE_NEVER
} AvmReOp;

typedef enum AvmReAt {
    AVM_RE_BEGIN,
    AVM_RE_BEGIN_LINE,
    AVM_RE_END,
    AVM_RE_END_LINE,
    AVM_RE_BEGIN_TEXT,
    AVM_RE_END_TEXT,
    AVM_RE_BOUNDARY,
    AVM_RE_NO_BOUNDARY
} AvmReAt;

typedef enum AvmReGreed { AVM_RE_GREEDY, AVM_RE_LAZY, AVM_RE_POSSESSIVE } AvmReGreed;
typedef enum AvmReClass {
    AVM_RE_DIGIT,
    AVM_RE_NOT_DIGIT,
    AVM_RE_SPACE,
    AVM_RE_NOT_SPACE,
    AVM_RE_WORD,
    AVM_RE_NOT_WORD
} AvmReClass;

// One entry of a set: a range of characters, or (klass >= 0) a class.
typedef struct AvmReItem {
    uint32_t lo, hi;
    int klass;
} AvmReItem;

typedef struct AvmReNode AvmReNode;

typedef struct AvmReSeq {
    AvmReNode *first, *last;
    uint64_t lo, hi;       // how many characters it can match; UINT64_MAX: no bound
    struct AvmReSeq *next; // the next alternative of a branch
} AvmReSeq;

struct AvmReNode {
    AvmReNode *next; // in the sequence
    uint8_t op;      // AvmReOp
    uint16_t flags;  // AVM_RE_... in force here
    uint64_t lo, hi; // width
    uint32_t c;      // LITERAL: the character; AT: AvmReAt; GROUP: its number, 0: none; REF, COND: the group
    bool negated;    // SET, ASSERT
    bool behind;     // ASSERT
    uint16_t added, removed; // GROUP: the flags that it changes
    uint8_t greed;           // REPEAT
    uint32_t min, max;       // REPEAT
    AvmReItem *items;        // SET
    uint32_t nitems;
    AvmReSeq *body;  // GROUP, REPEAT, ASSERT, ATOMIC; BRANCH: the first alternative; COND: what if it matched
    AvmReSeq *other; // COND: what if not, or NULL
};

typedef struct AvmReParser {
    AvmThread *t;
    AvmArena arena;
    AvmValue source;      // the pattern, for errors
    const uint32_t *text; // its characters
    uint32_t n;
    bool is_text; // a str
    bool failed;  // an exception is set
    // The next token starts at `at` and ends before `end`; `next` is its character, -1 at the end; escaped:
    // there is a backslash before it.
    uint32_t at, end;
    int32_t next;
    bool escaped;
    uint32_t flags;
    uint32_t ngroups, groups_cap; // group 0 counts
    struct AvmReWidth {
        uint64_t lo, hi;
        bool closed;
    } * groups;
    uint32_t base;       // added to the numbers of groups: for patterns that are put together
    uint32_t lookbehind; // groups at the start of the lookbehind that we are in, 0: none
    struct AvmReAsked {
        struct AvmReAsked *next;
        uint32_t group, at;
    } * asked, **last_asked; // the groups that conditions name, and where
    AvmDict *names;          // name -> number
} AvmReParser;

enum { AVM_RE_WARN_LEVEL = 3 }; // warnings are about the caller of re.compile and its kin

// Sets p up for a pattern (a str or bytes-like, or empty for phrases). false: exception; free it in any case.
bool avm_re_parser_init(AvmThread *t, AvmReParser *p, AvmValue source, uint32_t flags);
void avm_re_parser_free(AvmReParser *p);
// The tree of the whole pattern; p->flags are then what the Pattern shows. NULL: exception.
AvmReSeq *avm_re_parse(AvmReParser *p);
// The same for several patterns of which one is to match: the i-th in group i + 1.
AvmReSeq *avm_re_parse_phrases(AvmReParser *p, const AvmValue *phrases, uint32_t n);
// Parts of the parser: the first four in parse.c.
void avm_re_advance(AvmReParser *p);
void avm_re_seek(AvmReParser *p, uint32_t at);
bool avm_re_accept(AvmReParser *p, char c); // reads c if it comes next
// Raises PatternError at a position, unless something was raised before. Format as avm_raise's.
void avm_re_error(AvmReParser *p, int64_t at, const char *format, ...);
AvmStr *avm_re_text(AvmReParser *p, uint32_t from, uint32_t to); // a piece of the pattern
void *avm_re_new(AvmReParser *p, size_t size);                   // zeroed, of the arena; NULL: failed is set
AvmReNode *avm_re_add(AvmReParser *p, AvmReSeq *seq, AvmReOp op, uint32_t flags);
// Alternatives; outermost: of the whole pattern, where global flags may stand.
AvmReSeq *avm_re_parse_branches(AvmReParser *p, uint32_t flags, bool outermost);
AvmReSeq *avm_re_parse_sequence(AvmReParser *p, uint32_t flags, bool first);
// parse_escape.c: an escape outside and inside a set; the token has been read and stood at `at`.
typedef struct AvmReEscape {
    int klass;     // AvmReClass, or -1
    int where;     // AvmReAt, or -1
    int64_t group; // a reference, or -1
    uint32_t c;
} AvmReEscape;
bool avm_re_parse_escape(AvmReParser *p, uint32_t at, bool in_set, AvmReEscape *out);
// parse_set.c: after the `[`.
void avm_re_parse_set(AvmReParser *p, AvmReSeq *seq, uint32_t flags);
void avm_re_add_class(AvmReParser *p, AvmReSeq *seq, AvmReClass klass, uint32_t flags);
// parse_group.c: after the `(`. A global flag that it sets comes into *flags. first: one may stand here.
void avm_re_parse_group(AvmReParser *p, AvmReSeq *seq, uint32_t *flags, bool first);
// A name up to its terminator, which is read too; new reference. NULL: failed.
AvmStr *avm_re_parse_name(AvmReParser *p, char terminator, const char *what);
// Is it an identifier? Raises otherwise; it ended `offset` before p->at.
bool avm_re_check_name(AvmReParser *p, AvmStr *name, uint32_t offset);
// A number of ASCII digits alone? Then its value, clipped.
bool avm_re_number(const AvmStr *name, uint64_t *out);

// --- the program

typedef enum AvmReCode {
#define RE(name, nargs, text) AVM_RE_C_##name,
#include "stdlib/re/codes.def"
#undef RE
#undef RE
} AvmReCode;

// A set of characters. Below 256 the table answers; in UTF-8 the rest is asked for.
typedef struct AvmReSet {
    uint8_t table[256];
    bool wide; // some character above 255 may be in it
    bool negated;
    bool ascii; // classes and case are ASCII's
    bool fold;  // ignores case
    uint32_t nitems;
    AvmReItem *items; // of the program's memory
} AvmReSet;

// What the next byte can be where a match goes on: a table, and whether the text may end there.
typedef struct AvmReFirst {
    uint8_t table[256];
    bool end;
} AvmReFirst;

typedef struct AvmReProgram {
    uint32_t *code;
    uint32_t ncode, code_cap;
    AvmReSet *sets;
    uint32_t nsets, sets_cap;
    AvmReFirst *firsts;
    uint32_t nfirsts, firsts_cap;
    uint32_t nslots;    // marks of the groups (two each, group 0 among them), lastindex, then registers
    uint32_t lastindex; // which slot
    uint32_t min_bytes; // every match has so many
    char *prefix;       // every match begins with these bytes
    uint32_t nprefix;
    bool literal;   // and with nothing more: the prefix is all
    bool anchored;  // matches only at the text's beginning
    uint32_t first; // of firsts: bytes that a match begins with; AVM_RE_UNSET: any
} AvmReProgram;

// Makes the program of a tree. false: exception; free it in any case.
bool avm_re_compile(AvmThread *t, AvmReProgram *program, AvmReSeq *tree, uint32_t groups, bool is_text);
void avm_re_program_free(AvmThread *t, AvmReProgram *program);
// charset.c: a set that uses the node's items, its table still empty; one with items of its own and its
// table.
void avm_re_set_init(AvmReSet *set, const AvmReNode *node, bool is_text);
bool avm_re_set_fill(AvmThread *t, AvmReSet *set, const AvmReNode *node, bool is_text);
bool avm_re_set_has(const AvmReSet *set, uint32_t c); // c above 255, in text
enum { AVM_RE_CASES = 4 };
// The characters that are the same as c when case is ignored, c among them.
uint32_t avm_re_cases(uint32_t c, bool ascii, uint32_t out[AVM_RE_CASES]);
uint32_t avm_re_lower(uint32_t c, bool ascii);
bool avm_re_is_word(uint32_t c, bool ascii);
// first.c: what bytes a sequence from this node on can begin with, `after` what comes behind it (NULL:
// anything).
void avm_re_first_of(AvmReFirst *first, const AvmReNode *from, const AvmReFirst *after, bool is_text);
void avm_re_first_any(AvmReFirst *first);
bool avm_re_first_is_any(const AvmReFirst *first);

// --- matching

typedef struct AvmReChoice {
    uint32_t kind, code, at, extra;
} AvmReChoice;

// A run over a subject. The subject must stay alive and unchanged.
typedef struct AvmReRun {
    AvmThread *t;
    const AvmReProgram *program;
    const unsigned char *text;
    uint32_t limit;  // bytes that may be matched (endpos)
    bool wide;       // UTF-8 that is not ASCII
    bool whole;      // only a match that ends at the limit
    bool no_empty;   // not an empty match at the start
    uint32_t *slots; // the result: marks
    AvmReChoice *stack;
    uint32_t nstack;
    int32_t budget; // until fuel is charged
    uint32_t slots_room[40];
    AvmReChoice stack_room[48];
} AvmReRun;

bool avm_re_run_init(AvmThread *t, AvmReRun *run, const AvmReProgram *program);
void avm_re_run_free(AvmReRun *run);
// Matches at this byte, or at the first one from there where it can. 1, 0, -1 (exception or exhausted).
int avm_re_match(AvmReRun *run, uint32_t start);
int avm_re_search(AvmReRun *run, uint32_t start);
bool avm_re_grow(AvmReRun *run); // room for more choices
bool avm_re_tick(AvmReRun *run); // budget is used up: fuel, signals
int avm_re_run_narrow(AvmReRun *run, uint32_t start);
int avm_re_run_wide(AvmReRun *run, uint32_t start);

// --- objects

typedef struct AvmRePattern {
    AvmObj h;
    AvmValue source;        // str, bytes, or None
    AvmDict *names;         // name -> number
    AvmTuple *groups_names; // number -> name or None
    uint32_t flags, groups;
    bool is_text;
    AvmReProgram program;
} AvmRePattern;

// A subject being searched: kept alive and readable.
typedef struct AvmReSubject {
    AvmValue string; // what the caller gave; owned
    AvmValue owner;  // of the bytes; owned
    const char *p;
    uint32_t pos, endpos;          // in characters
    uint32_t from, limit;          // in bytes; from: where to go on
    bool after_empty;              // the last match was empty
    uint32_t known_byte, known_at; // a place of which both are known
    AvmReRun run;                  // after a match its slots hold the marks
} AvmReSubject;

typedef struct AvmReMatch {
    AvmObj h;
    AvmRePattern *pattern;
    AvmValue string, owner; // as in the subject
    AvmTuple *regs;         // made on demand
    uint32_t pos, endpos, lastindex, nmarks;
    bool wide;
    uint32_t known_byte, known_at;
    uint32_t marks[]; // bytes; two a group
} AvmReMatch;

extern const AvmTypeDef avm_re_pattern_def, avm_re_match_def, avm_re_scanner_def, avm_re_iterator_def;

bool avm_re_open(AvmThread *t, AvmReSubject *s, AvmRePattern *p, AvmValue string, AvmValue pos,
                 AvmValue endpos);
void avm_re_close(AvmReSubject *s);
// A match object, or None, or the exception, from the result of a run.
AvmValue avm_re_match_new(AvmThread *t, AvmRePattern *p, AvmReSubject *s, int result);
// Searches from where the last match ended, where no empty match will do if the last one was empty. 1, 0, -1.
int avm_re_search_next(AvmReSubject *s);
int avm_re_match_next(AvmReSubject *s); // the same, but it must begin there
// Text between two bytes of the owner: str or bytes.
AvmValue avm_re_piece(AvmThread *t, AvmValue owner, uint32_t from, uint32_t to);
// Text of a group, or missing (borrowed).
AvmValue avm_re_match_group(AvmThread *t, AvmReMatch *m, uint32_t group, AvmValue missing);
AvmValue avm_re_sub(AvmThread *t, AvmRePattern *p, AvmValue repl, AvmValue string, int64_t count,
                    int64_t *made);
AvmValue avm_re_expand(AvmThread *t, AvmReMatch *m, AvmValue template);
AvmValue avm_re_scanner_new(AvmThread *t, AvmRePattern *p, AvmValue string, AvmValue pos, AvmValue endpos);
AvmValue avm_re_finditer(AvmThread *t, AvmRePattern *p, AvmValue string, AvmValue pos, AvmValue endpos);
// A PatternError about a pattern; at < 0: no position.
void avm_re_raise(AvmThread *t, AvmValue pattern, int64_t at, AvmStr *message);

#endif
