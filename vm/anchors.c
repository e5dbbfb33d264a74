// Finds operators and brackets in a piece of source by a small tokenizer: enough of the grammar to tell which
// operator of an expression is applied last.
#include "vm/anchors.h"

#include <string.h>

typedef enum TokenKind { NAME, NUMBER, STRING, OP, OPEN, CLOSE } TokenKind;

typedef struct Token {
    uint8_t kind;
    uint32_t start, end;
    uint32_t match; // of brackets: the other one
} Token;

enum { MAX_TOKENS = 1000, MAX_NESTING = 200 };

typedef struct Scan {
    const char *text;
    size_t at, end;
    Token tokens[MAX_TOKENS];
    uint32_t n;
    uint32_t open[MAX_NESTING];
    uint32_t nesting;
} Scan;

static bool is_name(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c >= 0x80;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Skips a string from its quote on. In f-strings a brace opens an expression, which may hold strings with any
// quotes.
static bool skip_string(Scan *s, bool formatted, bool raw) {
    char quote = s->text[s->at];
    size_t width = s->end - s->at >= 3 && s->text[s->at + 1] == quote && s->text[s->at + 2] == quote ? 3 : 1;
    uint32_t braces = 0;
    s->at += width;
    while (s->at < s->end) {
        char c = s->text[s->at];
        if (c == '\\' && !braces) {
            s->at += 2;
        } else if (formatted && c == '{') {
            if (!braces && s->at + 1 < s->end && s->text[s->at + 1] == '{')
                s->at += 2;
            else
                braces++, s->at++;
        } else if (formatted && c == '}' && braces) {
            braces--, s->at++;
        } else if (braces && (c == '"' || c == '\'')) {
            if (!skip_string(s, false, raw)) return false;
        } else if (c == quote && (width == 1 || (s->end - s->at >= 3 && s->text[s->at + 1] == quote &&
                                                 s->text[s->at + 2] == quote))) {
            s->at += width;
            return true;
        } else {
            s->at++;
        }
    }
    return false;
}

// A string's prefix at s->at? Then *quote is where its quote stands.
static bool string_prefix(const Scan *s, size_t *quote, bool *formatted, bool *raw) {
    size_t i = s->at;
    *formatted = *raw = false;
    while (i < s->end && i - s->at < 3 && strchr("rRbBfFuU", s->text[i])) {
        *formatted |= (s->text[i] | 32) == 'f';
        *raw |= (s->text[i] | 32) == 'r';
        i++;
    }
    *quote = i;
    return i < s->end && (s->text[i] == '"' || s->text[i] == '\'');
}

static bool add(Scan *s, TokenKind kind, size_t length) {
    if (s->n == MAX_TOKENS || s->at + length > s->end) return false;
    s->tokens[s->n++] =
        (Token){.kind = (uint8_t)kind, .start = (uint32_t)s->at, .end = (uint32_t)(s->at + length)};
    s->at += length;
    return true;
}

static bool scan_number(Scan *s) {
    size_t i = s->at;
    bool hex = i + 1 < s->end && s->text[i] == '0' && (s->text[i + 1] | 32) == 'x';
    while (i < s->end) {
        char c = s->text[i];
        if (is_name((unsigned char)c) || c == '.')
            i++;
        else if (!hex && (c == '+' || c == '-') && (s->text[i - 1] | 32) == 'e')
            i++;
        else
            break;
    }
    return add(s, NUMBER, i - s->at);
}

static bool scan_operator(Scan *s) {
    static const char *const longer[] = {"**=", "//=", ">>=", "<<=", "...", "**", "//", ">>",
                                         "<<",  "==",  "!=",  "<=",  ">=",  "->", ":=", "+=",
                                         "-=",  "*=",  "/=",  "%=",  "@=",  "&=", "|=", "^="};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        size_t n = strlen(longer[i]);
        if (s->end - s->at >= n && !memcmp(s->text + s->at, longer[i], n)) return add(s, OP, n);
    }
    return strchr("+-*/%@&|^~<>=.,:;", s->text[s->at]) && add(s, OP, 1);
}

static bool scan_bracket(Scan *s, char c) {
    if (c == '(' || c == '[' || c == '{') {
        if (s->nesting == MAX_NESTING) return false;
        s->open[s->nesting++] = s->n;
        return add(s, OPEN, 1);
    }
    if (!s->nesting) return false;
    uint32_t open = s->open[--s->nesting];
    char opened = s->text[s->tokens[open].start];
    if (c != (opened == '(' ? ')' : opened == '[' ? ']' : '}')) return false;
    s->tokens[open].match = s->n;
    if (!add(s, CLOSE, 1)) return false;
    s->tokens[s->n - 1].match = open;
    return true;
}

// All tokens of text[start .. end). Line ends mean nothing: the text is read as if it stood in brackets.
static bool scan(Scan *s, const char *text, size_t start, size_t end) {
    s->text = text;
    s->at = start;
    s->end = end;
    s->n = s->nesting = 0;
    while (s->at < end) {
        char c = text[s->at];
        size_t quote;
        bool formatted, raw, good = true;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
            s->at++;
        } else if (c == '\\' && s->at + 1 < end && text[s->at + 1] == '\n') {
            s->at += 2;
        } else if (c == '#') {
            while (s->at < end && text[s->at] != '\n') s->at++;
        } else if (string_prefix(s, &quote, &formatted, &raw)) {
            size_t from = s->at;
            s->at = quote;
            good = skip_string(s, formatted, raw);
            size_t length = s->at - from;
            s->at = from;
            good = good && add(s, STRING, length);
        } else if (is_digit(c) || (c == '.' && s->at + 1 < end && is_digit(text[s->at + 1]))) {
            good = scan_number(s);
        } else if (is_name((unsigned char)c)) {
            size_t n = 1;
            while (s->at + n < end && is_name((unsigned char)text[s->at + n])) n++;
            good = add(s, NAME, n);
        } else if (strchr("()[]{}", c)) {
            good = scan_bracket(s, c);
        } else {
            good = scan_operator(s);
        }
        if (!good) return false;
    }
    return s->nesting == 0;
}

// --- the expression

static bool is(const Scan *s, const Token *token, const char *text) {
    size_t n = strlen(text);
    return token->end - token->start == n && !memcmp(s->text + token->start, text, n);
}

static bool is_keyword(const Scan *s, const Token *token) {
    static const char *const keywords[] = {
        "and",  "as",     "assert", "async",  "break",   "class",    "continue", "def",
        "del",  "elif",   "else",   "except", "finally", "for",      "from",     "global",
        "if",   "import", "in",     "is",     "lambda",  "nonlocal", "not",      "or",
        "pass", "raise",  "return", "try",    "while",   "with",     "yield"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (is(s, token, keywords[i])) return true;
    return false;
}

// How tightly a binary operator binds; 0: it is none.
static int precedence(const Scan *s, const Token *token) {
    static const char *const levels[] = {"|", "^", "&", "<< >>", "+ -", "* / // % @", NULL, "**"};
    if (token->kind != OP) return 0;
    char text[4] = {0};
    if (token->end - token->start > 2) return 0;
    memcpy(text, s->text + token->start, token->end - token->start);
    for (int i = 0; i < 8; i++) {
        for (const char *p = levels[i]; p && *p;) {
            size_t n = strcspn(p, " ");
            if (strlen(text) == n && !memcmp(p, text, n)) return i + 1;
            p += n + (p[n] == ' ');
        }
    }
    return 0;
}

enum { UNARY_PRECEDENCE = 7, POWER_PRECEDENCE = 8 };

// One pass over the tokens outside of brackets.
typedef struct Shape {
    AvmAnchored kind;
    uint32_t at;        // the operator's token, or the bracket's
    uint32_t ntrailers; // of the last operand
    bool name_first;    // it begins with a name
} Shape;

// Reads one operand with its trailers from token *i on; false: there is none.
static bool operand(const Scan *s, uint32_t *i, uint32_t to, Shape *shape) {
    const Token *token = &s->tokens[*i];
    shape->kind = AVM_ANCHORED_OTHER;
    shape->ntrailers = 0;
    shape->name_first = token->kind == NAME;
    if (token->kind == STRING) {
        while (*i < to && s->tokens[*i].kind == STRING) ++*i;
    } else if (token->kind == OPEN) {
        *i = token->match + 1;
    } else if (token->kind == NUMBER || (token->kind == NAME && !is_keyword(s, token)) ||
               is(s, token, "...")) {
        ++*i;
    } else {
        return false;
    }
    while (*i < to) {
        token = &s->tokens[*i];
        if (token->kind == OPEN && s->text[token->start] != '{') {
            shape->kind = s->text[token->start] == '(' ? AVM_ANCHORED_CALL : AVM_ANCHORED_SUBSCRIPT;
            shape->at = *i;
            *i = token->match + 1;
        } else if (token->kind == OP && is(s, token, ".") && *i + 1 < to && s->tokens[*i + 1].kind == NAME) {
            shape->kind = AVM_ANCHORED_OTHER;
            *i += 2;
        } else {
            break;
        }
        shape->ntrailers++;
    }
    return true;
}

static bool is_group(const Scan *s, uint32_t from, uint32_t to) {
    return from < to && s->tokens[from].kind == OPEN && s->text[s->tokens[from].start] == '(' &&
           s->tokens[from].match == to - 1;
}

static Shape find_shape(const Scan *s, uint32_t from, uint32_t to) {
    const Shape none = {AVM_ANCHORED_OTHER, 0, 0, false};
    while (is_group(s, from, to)) from++, to--;
    Shape last = none;
    int lowest = 100;
    uint32_t lowest_at = 0;
    bool unary = false, await = false;
    for (uint32_t i = from;;) {
        while (i < to &&
               (is(s, &s->tokens[i], "+") || is(s, &s->tokens[i], "-") || is(s, &s->tokens[i], "~") ||
                (s->tokens[i].kind == NAME && is(s, &s->tokens[i], "await")))) {
            bool is_await = s->tokens[i].kind == NAME;
            if (lowest == 100) unary |= !is_await, await |= is_await;
            i++;
        }
        if (i >= to || !operand(s, &i, to, &last)) return none;
        if (i == to) break;
        int level = precedence(s, &s->tokens[i]);
        if (!level) return none;
        // The last of the weakest operators is applied last, but powers group from the right.
        if (level < lowest || (level == lowest && level != POWER_PRECEDENCE)) {
            lowest = level;
            lowest_at = i;
        }
        i++;
    }
    if (lowest < UNARY_PRECEDENCE || (lowest == POWER_PRECEDENCE && !unary))
        return (Shape){AVM_ANCHORED_BINARY, lowest_at, 0, false};
    return unary || await ? none : last;
}

// Where the right operand's own text begins: brackets around it are not part of it, unless they make a tuple
// or a generator.
static size_t operand_start(const Scan *s, uint32_t from, uint32_t to) {
    while (is_group(s, from, to)) {
        for (uint32_t i = from + 1; i < to - 1; i++) {
            const Token *token = &s->tokens[i];
            if (is(s, token, ",") || (token->kind == NAME && is(s, token, "for")))
                return s->tokens[from].start;
            if (token->kind == OPEN) i = token->match;
        }
        if (from + 1 == to - 1) break;
        from++, to--;
    }
    return s->tokens[from].start;
}

AvmAnchored avm_anchors_find(const char *text, size_t start, size_t end, AvmAnchors *anchors, bool *simple) {
    Scan s;
    *simple = false;
    if (end > UINT32_MAX || !scan(&s, text, start, end)) return AVM_ANCHORED_OTHER;
    uint32_t from = 0, to = s.n;
    while (is_group(&s, from, to)) from++, to--;
    Shape shape = find_shape(&s, from, to);
    if (shape.kind == AVM_ANCHORED_OTHER) return AVM_ANCHORED_OTHER;
    const Token *token = &s.tokens[shape.at];
    anchors->from = token->start;
    if (shape.kind == AVM_ANCHORED_BINARY) {
        // CPython looks at one more character, whatever it is, if it stands before the right operand.
        size_t next = token->start + 1;
        bool more =
            next < end && next < operand_start(&s, shape.at + 1, to) && !strchr(" \t\n\f\\#", text[next]);
        anchors->to = next + more;
    } else {
        anchors->to = s.tokens[to - 1].end;
        *simple = shape.kind == AVM_ANCHORED_CALL && shape.ntrailers == 1 && shape.name_first;
    }
    return shape.kind;
}

static size_t skip_blanks(const char *p, size_t at, size_t end) {
    while (at < end && (p[at] == ' ' || p[at] == '\t')) at++;
    return at;
}

bool avm_anchors_whole_call(const char *text, size_t len, size_t start, size_t end) {
    AvmAnchors anchors;
    bool simple;
    if (start >= end || end > len) return false;
    if (avm_anchors_find(text, start, end, &anchors, &simple) != AVM_ANCHORED_CALL) return false;
    size_t at = 0, brackets = 0;
    while (at < start && is_name((unsigned char)text[at])) at++;
    if (!at || is_digit(*text)) return false;
    bool returns = at == 6 && !memcmp(text, "return", 6);
    at = skip_blanks(text, at, start);
    if (returns) {
        if (!simple) return false;
    } else {
        if (at >= start || text[at] != '=') return false;
        at = skip_blanks(text, at + 1, start);
    }
    while (at < start && text[at] == '(') {
        brackets++;
        at = skip_blanks(text, at + 1, start);
    }
    if (at != start) return false;
    at = skip_blanks(text, end, len);
    while (brackets && at < len && text[at] == ')') {
        brackets--;
        at = skip_blanks(text, at + 1, len);
    }
    return !brackets && (at == len || text[at] == '#' || text[at] == ';');
}
