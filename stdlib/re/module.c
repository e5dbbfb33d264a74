// _sre: compile(), scanners, and the iterator of finditer(). The functions of re are in aio.
#include "stdlib/modules.h"
#include "stdlib/re/re.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"

// --- scanners: a subject that is searched match by match

typedef struct Scanner {
    AvmObj h;
    AvmRePattern *pattern;
    AvmReSubject subject;
} Scanner;

static inline Scanner *as_scanner(AvmValue v) { return (Scanner *)avm_obj(v); }

static AvmValue scanner_make(AvmThread *t, int slot, AvmRePattern *p, AvmValue string, AvmValue pos,
                             AvmValue endpos) {
    Scanner *s = avm_object_new(t, t->vm->stdlib[slot], 0);
    if (!s) return AVM_FAIL;
    s->pattern = avm_retain(p);
    s->subject.run.t = t;
    if (avm_re_open(t, &s->subject, p, string, pos, endpos)) return avm_value(s);
    avm_drop(t, s);
    return AVM_FAIL;
}

AvmValue avm_re_scanner_new(AvmThread *t, AvmRePattern *p, AvmValue string, AvmValue pos, AvmValue endpos) {
    return scanner_make(t, AVM_STDLIB_RE_SCANNER, p, string, pos, endpos);
}
AvmValue avm_re_finditer(AvmThread *t, AvmRePattern *p, AvmValue string, AvmValue pos, AvmValue endpos) {
    return scanner_make(t, AVM_STDLIB_RE_ITERATOR, p, string, pos, endpos);
}

// The next match, or None, from then on None.
static AvmValue scanner_next(AvmThread *t, AvmValue v, int (*how)(AvmReSubject *s)) {
    Scanner *s = as_scanner(v);
    if (!s->subject.string) return AVM_NONE;
    s->subject.run.t = t;
    int result = how(&s->subject);
    AvmValue m = avm_re_match_new(t, s->pattern, &s->subject, result);
    if (result <= 0) avm_re_close(&s->subject);
    return m;
}

static AvmValue scanner_match(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return scanner_next(t, args[0], avm_re_match_next);
}
static AvmValue scanner_search(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return scanner_next(t, args[0], avm_re_search_next);
}
static AvmValue scanner_pattern(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(as_scanner(v)->pattern));
}

static AvmValue iterator_next(AvmThread *t, AvmValue v) {
    AvmValue m = scanner_next(t, v, avm_re_search_next);
    return m == AVM_NONE ? AVM_DONE : m;
}

static void scanner_free(AvmThread *t, AvmObj *o) {
    Scanner *s = (Scanner *)o;
    s->subject.run.t = t;
    avm_re_close(&s->subject);
    if (s->pattern) avm_drop(t, s->pattern);
    s->pattern = NULL;
}

static void scanner_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Scanner *s = (Scanner *)o;
    if (s->pattern) visit(avm_value(s->pattern), arg);
    visit(s->subject.string, arg);
    visit(s->subject.owner, arg);
}

static const AvmNativeDef scanner_methods[] = {
    {"match", scanner_match, "match()", "Match where the last match ended, or None."},
    {"search", scanner_search, "search()", "The first match from where the last one ended, or None."},
    {0},
};
static const AvmGetSetDef scanner_getsets[] = {
    {"pattern", scanner_pattern, NULL, "The pattern."},
    {0},
};
const AvmTypeDef avm_re_scanner_def = {
    .name = "_sre.SRE_Scanner",
    .size = sizeof(Scanner),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.free = scanner_free, .traverse = scanner_traverse},
    .methods = scanner_methods,
    .getsets = scanner_getsets,
};
const AvmTypeDef avm_re_iterator_def = {
    .name = "callable_iterator",
    .size = sizeof(Scanner),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.free = scanner_free,
              .traverse = scanner_traverse,
              .iter = avm_iter_self,
              .next = iterator_next},
};

// --- compile

static AvmValue compile_tree(AvmReParser *parser, AvmReSeq *tree, AvmValue source) {
    AvmThread *t = parser->t;
    AvmRePattern *p = avm_object_new(t, t->vm->stdlib[AVM_STDLIB_RE_PATTERN], 0);
    if (!p) return AVM_FAIL;
    p->source = avm_incref(source);
    p->names = avm_retain(parser->names);
    p->flags = parser->flags;
    p->groups = parser->ngroups - 1;
    p->is_text = parser->is_text;
    if (avm_re_compile(t, &p->program, tree, p->groups, p->is_text)) return avm_value(p);
    avm_drop(t, p);
    return AVM_FAIL;
}

static AvmValue compile(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t flags;
    AvmReParser parser;
    (void)n;
    if (!avm_index_exact(t, args[1], &flags, NULL)) return AVM_FAIL;
    AvmValue pattern = AVM_FAIL;
    if (avm_re_parser_init(t, &parser, args[0], (uint32_t)flags)) {
        AvmReSeq *tree = avm_re_parse(&parser);
        if (tree) pattern = compile_tree(&parser, tree, args[0]);
    }
    avm_re_parser_free(&parser);
    return pattern;
}

static AvmValue compile_phrases(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t flags;
    AvmReParser parser;
    AvmValue *phrases;
    uint32_t count;
    (void)n;
    if (!avm_index_exact(t, args[1], &flags, NULL)) return AVM_FAIL;
    if (!avm_seq_items(t, args[0], &phrases, &count)) return avm_raise_type(t, "phrases must be a list");
    AvmValue pattern = AVM_FAIL;
    if (avm_re_parser_init(t, &parser, AVM_EMPTY, (uint32_t)flags)) {
        AvmReSeq *tree = avm_re_parse_phrases(&parser, phrases, count);
        if (tree) pattern = compile_tree(&parser, tree, AVM_NONE);
    }
    avm_re_parser_free(&parser);
    return pattern;
}

static AvmValue lower(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t c;
    (void)n;
    if (!avm_index_exact(t, args[0], &c, NULL)) return AVM_FAIL;
    return avm_inline_int_value(avm_re_lower((uint32_t)c, false));
}

static const AvmNativeDef functions[] = {
    {"compile", compile, "compile(pattern, flags, /)", "A Pattern."},
    {"compile_phrases", compile_phrases, "compile_phrases(phrases, flags, /)",
     "A Pattern that matches one of the patterns; Match.lastindex tells which."},
    {"unicode_tolower", lower, "unicode_tolower(character, /)",
     "The small letter of a character, both as numbers."},
    {0},
};

static bool add_type(AvmThread *t, const AvmTypeDef *def, int slot) {
    AvmType *type = avm_type_from_def(t, def);
    t->vm->stdlib[slot] = type;
    return type;
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    return add_type(t, &avm_re_pattern_def, AVM_STDLIB_RE_PATTERN) &&
           add_type(t, &avm_re_match_def, AVM_STDLIB_RE_MATCH) &&
           add_type(t, &avm_re_scanner_def, AVM_STDLIB_RE_SCANNER) &&
           add_type(t, &avm_re_iterator_def, AVM_STDLIB_RE_ITERATOR) &&
           avm_module_add(t, m, "Pattern", avm_value(t->vm->stdlib[AVM_STDLIB_RE_PATTERN])) &&
           avm_module_add(t, m, "Match", avm_value(t->vm->stdlib[AVM_STDLIB_RE_MATCH])) &&
           avm_module_add(t, m, "MAXREPEAT", avm_inline_int_value(AVM_RE_MAX_REPEAT)) &&
           avm_module_add(t, m, "MAXGROUPS", avm_inline_int_value(AVM_RE_MAX_GROUPS));
}

const AvmModuleDef avm_re_module = {"_sre", "Regular expressions: the half in C.", functions, init};
