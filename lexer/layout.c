// The layout pass.
#include "lexer/layout.h"

#include <string.h>

void avm_layout_init(AvmLayout *l, AvmArena *arena, const AvmLexSource *source, AvmDiag *diag) {
    memset(l, 0, offsetof(AvmLayout, indents));
    l->arena = arena;
    l->diag = diag;
    l->line_begins = true;
    l->indent_count = 1;
    l->indents[0] = (AvmIndent){0, 0, false};
    avm_scanner_init(&l->scanner, source->text, source->length, &l->error);
    l->scanner.open_line = source->newline_added;
}

// ---- indentation --------------------------------------------------------------------------------

static bool fail_line(AvmLayout *l, AvmDiagKind kind, uint32_t col, const char *message) {
    AvmScanner *s = &l->scanner;
    s->mild = true;
    return avm_diag_set(&l->error, kind, (AvmSpan){s->line, col, s->line, col}, "%s", message);
}

// Measures the white space at the cursor. A backslash joins the next line; the indentation before the first
// one counts.
static bool measure(AvmScanner *s, AvmIndent *indent) {
    uint32_t col = 0, alt = 0, joined = 0;
    for (const char *p = s->cursor;; p++) {
        switch (*p) {
        case ' ':
            col++;
            alt++;
            break;
        case '\t':
            col = (col / 8 + 1) * 8;
            alt++;
            break;
        case '\f': col = alt = 0; break;
        case '\\':
            if (!joined) joined = col;
            s->mild = true; // if it is an error
            if (p[1] != '\n')
                return avm_scanner_fail(s, p + 2, "unexpected character after line continuation character");
            if (p + 2 == s->limit) return avm_scanner_joins_nothing(s, NULL);
            s->mild = false;
            s->line++;
            s->line_start = ++p + 1;
            break;
        default:
            s->cursor = p;
            *indent = joined ? (AvmIndent){joined, joined, false} : (AvmIndent){col, alt, false};
            return true;
        }
    }
}

static bool push_indent(AvmLayout *l, AvmIndent now) {
    if (l->indent_count == AVM_MAX_INDENTS)
        return fail_line(l, AVM_DIAG_INDENT, 0, "too many levels of indentation");
    now.match = l->match_line;
    l->indents[l->indent_count++] = now;
    l->pending = 1;
    return true;
}

static bool pop_indents(AvmLayout *l, AvmIndent now) {
    while (l->indents[l->indent_count - 1].col > now.col) {
        l->indent_count--;
        l->pending--;
    }
    if (l->indents[l->indent_count - 1].col == now.col) return true;
    const AvmScanner *s = &l->scanner;
    const char *end = memchr(s->cursor, '\n', (size_t)(s->limit - s->cursor));
    return fail_line(l, AVM_DIAG_INDENT, (uint32_t)(end ? end - s->line_start : 0),
                     "unindent does not match any outer indentation level");
}

// Skips lines without code, then compares the line's indentation with that of the block.
static bool begin_line(AvmLayout *l) {
    AvmScanner *s = &l->scanner;
    AvmIndent now = {0, 0, false};
    for (;;) {
        if (!measure(s, &now)) return false;
        if (*s->cursor == '#') s->cursor = memchr(s->cursor, '\n', (size_t)(s->limit - s->cursor));
        if (*s->cursor != '\n') break;
        s->line++;
        s->line_start = ++s->cursor;
    }
    l->line_begins = false;
    l->opens_line = true;
    AvmIndent block = l->indents[l->indent_count - 1];
    if (now.col > block.col) {
        if (now.alt_col <= block.alt_col)
            return fail_line(l, AVM_DIAG_TAB, 0, "inconsistent use of tabs and spaces in indentation");
        return push_indent(l, now);
    }
    if (now.col < block.col && !pop_indents(l, now)) return false;
    if (now.alt_col != l->indents[l->indent_count - 1].alt_col)
        return fail_line(l, AVM_DIAG_TAB, 0, "inconsistent use of tabs and spaces in indentation");
    return true;
}

static void emit_indent(AvmLayout *l, AvmToken *token) {
    AvmScanner *s = &l->scanner;
    uint32_t col = (uint32_t)(s->cursor - s->line_start);
    bool indent = l->pending > 0;
    l->pending += indent ? -1 : 1;
    *token = (AvmToken){.text = s->cursor,
                        .kind = indent ? AVM_TOK_INDENT : AVM_TOK_DEDENT,
                        .span = {s->line, indent ? 0 : col, s->line, col}};
}

// One token from the scanner, or from the indentation; soft keywords are still names.
static bool produce(AvmLayout *l, AvmToken *token) {
    if (l->line_begins && !begin_line(l)) return false;
    if (l->pending) {
        emit_indent(l, token);
        return true;
    }
    if (!avm_scanner_next(&l->scanner, token)) return false;
    token->opens_line = l->opens_line;
    l->opens_line = false;
    if (token->kind == AVM_TOK_NEWLINE) l->line_begins = true;
    return true;
}

// ---- soft keywords ------------------------------------------------------------------------------

static bool grow_ahead(AvmLayout *l) {
    uint32_t cap = l->ahead_cap ? l->ahead_cap * 2 : 64;
    if (cap > AVM_MAX_AHEAD) return fail_line(l, AVM_DIAG_SYNTAX, 0, "logical line is too long");
    AvmToken *p = cap > l->ahead_cap ? avm_arena_alloc(l->arena, cap * sizeof *p) : NULL;
    if (!p) return avm_diag_set(&l->error, AVM_DIAG_MEMORY, (AvmSpan){0}, "out of memory");
    l->ahead_end -= l->ahead_first;
    if (l->ahead_end) memcpy(p, l->ahead + l->ahead_first, l->ahead_end * sizeof *p);
    l->ahead_first = 0;
    l->ahead = p;
    l->ahead_cap = cap;
    return true;
}

const AvmToken *avm_layout_peek(AvmLayout *l, uint32_t ahead) {
    while (l->ahead_end - l->ahead_first <= ahead) {
        if (l->failed) return NULL;
        if (l->ahead_first == l->ahead_end) l->ahead_first = l->ahead_end = 0;
        bool ok = l->ahead_end < l->ahead_cap || grow_ahead(l);
        if (!ok || !produce(l, &l->ahead[l->ahead_end])) {
            l->failed = true;
            return NULL;
        }
        l->ahead_end++;
    }
    return &l->ahead[l->ahead_first + ahead];
}

static bool is_text(const AvmToken *t, const char *text) {
    return t->length == strlen(text) && !memcmp(t->text, text, t->length);
}

// Whether the rest of the logical line ends in a colon.
static bool line_ends_in_colon(AvmLayout *l) {
    unsigned last = AVM_TOK_NEWLINE;
    for (uint32_t i = 0;; i++) {
        const AvmToken *t = avm_layout_peek(l, i);
        if (!t || t->kind == AVM_TOK_NEWLINE || t->kind == AVM_TOK_END) return last == AVM_TOK_COLON;
        last = t->kind;
    }
}

// `match` begins a statement when what follows cannot follow a name, or when, though it might (`match (x)
// ...`, `match -x ...`), the line ends in the colon of a header.
static bool is_match(AvmLayout *l) {
    const AvmToken *next = avm_layout_peek(l, 0);
    if (!next) return false;
    switch (next->kind) {
    case AVM_TOK_NAME:
    case AVM_TOK_NUMBER:
    case AVM_TOK_STRING:
    case AVM_TOK_FSTRING_START:
    case AVM_TOK_NONE:
    case AVM_TOK_TRUE:
    case AVM_TOK_FALSE:
    case AVM_TOK_ELLIPSIS:
    case AVM_TOK_LAMBDA:
    case AVM_TOK_AWAIT:
    case AVM_TOK_TILDE:
    case AVM_TOK_LBRACE: return true;
    case AVM_TOK_LPAR:
    case AVM_TOK_LSQB:
    case AVM_TOK_PLUS:
    case AVM_TOK_MINUS:
    case AVM_TOK_STAR:
    case AVM_TOK_NOT: return line_ends_in_colon(l);
    default: return false;
    }
}

static unsigned soft_kind(AvmLayout *l, const AvmToken *t, bool in_match) {
    if (t->opens_line && t->length == 5 && is_text(t, "match") && is_match(l)) return AVM_TOK_MATCH;
    if (t->opens_line && in_match && is_text(t, "case")) return AVM_TOK_CASE;
    if (t->length != 4 || !is_text(t, "type")) return AVM_TOK_NAME;
    // No name stands behind a name, so this is the statement, or nothing.
    if (!t->opens_line && l->last != AVM_TOK_SEMI && l->last != AVM_TOK_COLON) return AVM_TOK_NAME;
    const AvmToken *next = avm_layout_peek(l, 0);
    return next && next->kind == AVM_TOK_NAME ? AVM_TOK_TYPE : AVM_TOK_NAME;
}

bool avm_layout_next(AvmLayout *l, AvmToken *token) {
    if (l->ahead_first < l->ahead_end) {
        *token = l->ahead[l->ahead_first++];
    } else if (l->failed || !produce(l, token)) {
        l->failed = true;
        if (!l->diag->kind) *l->diag = l->error;
        return false;
    }
    if (token->kind == AVM_TOK_NAME && (token->length == 4 || token->length == 5)) {
        // Looking ahead may pass the end of the block, so the block is asked for first.
        bool in_match = l->indents[l->indent_count - 1].match;
        token->kind = (uint8_t)soft_kind(l, token, in_match);
        if (token->opens_line) l->match_line = token->kind == AVM_TOK_MATCH;
    } else if (token->opens_line) {
        l->match_line = false;
    }
    l->last = token->kind;
    return true;
}
