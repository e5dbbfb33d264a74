// The scanner's rules. A re2c source: strings, numbers, names, operators, comments and line joining.
// What must be said about wrong input is in lexer/mistakes.c; f-strings' text is in lexer/fstring.c.
#include "lexer/scanner.h"

#include <stdarg.h>
#include <string.h>

void avm_scanner_init(AvmScanner *s, const char *text, size_t len, AvmDiag *diag) {
    s->cursor = s->line_start = text;
    s->limit = text + len;
    s->line = 1;
    s->at_end = s->open_line = s->mild = false;
    s->diag = diag;
    s->bracket_count = s->fstring_count = 0;
}

bool avm_scanner_emit(AvmScanner *s, AvmToken *token, unsigned kind, const char *start) {
    token->text = start;
    token->length = (uint32_t)(s->cursor - start);
    token->kind = (uint8_t)kind;
    token->opens_line = token->raw = token->field = false;
    uint32_t col = (uint32_t)(start - s->line_start);
    token->span = (AvmSpan){s->line, col, s->line, col + token->length};
    return true;
}

bool avm_scanner_emit_lines(AvmScanner *s, AvmToken *token, unsigned kind, const char *start) {
    avm_scanner_emit(s, token, kind, start);
    const char *p = start, *end = s->cursor;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        s->line++;
        s->line_start = ++p;
    }
    token->span.end_line = s->line;
    token->span.end_col = (uint32_t)(end - s->line_start);
    return true;
}

static bool token_ascii_name(AvmScanner *s, AvmToken *token, const char *start) {
    return avm_scanner_emit(s, token, AVM_TOK_NAME, start);
}

static bool token_name(AvmScanner *s, AvmToken *token, const char *start) {
    return avm_scanner_check_name(s, start) && avm_scanner_emit(s, token, AVM_TOK_NAME, start);
}

static bool token_number(AvmScanner *s, AvmToken *token, const char *start) {
    return avm_scanner_number_ends(s, start) && avm_scanner_emit(s, token, AVM_TOK_NUMBER, start);
}

// In an f-string's field the colon that no bracket holds begins the format spec.
static bool token_colon(AvmScanner *s, AvmToken *token, const char *start) {
    AvmFString *f = avm_scanner_field(s);
    if (f) {
        s->cursor = start + 1; // `:=` is no operator there
        f->text = true;
    }
    return avm_scanner_emit(s, token, s->cursor - start == 2 ? AVM_TOK_WALRUS : AVM_TOK_COLON, start);
}

static bool token_end(AvmScanner *s, AvmToken *token, const char *start) {
    s->cursor = start; // stay
    avm_scanner_emit(s, token, AVM_TOK_END, start);
    return true;
}

// After a backslash: only a newline may follow, and not the end of the text.
static bool join_lines(AvmScanner *s) {
    if (s->cursor == s->limit) return avm_scanner_joins_nothing(s, s->cursor);
    s->line++;
    s->line_start = s->cursor;
    return true;
}

bool avm_scanner_next(AvmScanner *s, AvmToken *token) {
    const char *start, *marker, *comment = NULL;
    if (s->fstring_count && s->fstrings[s->fstring_count - 1].text) return avm_scanner_fstring_text(s, token);

#define OP(kind) return avm_scanner_emit(s, token, AVM_TOK_##kind, start)
again:
    start = s->cursor;
    /*!re2c
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = "s->cursor";
    re2c:define:YYMARKER = "marker";
    re2c:define:YYPEEK = "(unsigned char)*@@";
    re2c:yyfill:enable = 0;

    digits = [0-9] ("_"? [0-9])*;
    decimal = [1-9] ("_"? [0-9])* | "0" ("_"? "0")*;
    integer = decimal | '0x' ("_"? [0-9a-fA-F])+ | '0o' ("_"? [0-7])+ | '0b' ("_"? [01])+;
    exponent = 'e' [+-]? digits;
    real = digits "." digits? exponent? | "." digits exponent? | digits exponent;
    imaginary = (real | digits) 'j';

    prefix = 'u' | 'b' | 'r' | 'br' | 'rb';
    fprefix = 'f' | 'fr' | 'rf';
    escape = "\\" [^\x00];
    quoted = "'" (escape | [^'\\\n\x00])* "'" | '"' (escape | [^"\\\n\x00])* '"';
    long1 = "'''" ("'"{0,2} (escape | [^'\\\x00]))* "'''";
    long2 = '"""' ('"'{0,2} (escape | [^"\\\x00]))* '"""';

    name_start = [A-Za-z_\x80-\xff];
    name_char = [A-Za-z0-9_\x80-\xff];
    blank = [ \t\f];

    blank+ { goto again; }
    "#" [^\n\x00]* {
        comment = start;
        goto again;
    }
    "\n" {
        if (s->bracket_count) {
            s->line++;
            s->line_start = s->cursor;
            comment = NULL;
            goto again;
        }
        avm_scanner_emit(s, token, AVM_TOK_NEWLINE, start);
        // CPython's token begins with the comment, which errors at the end of a line show.
        if (comment) token->span.col = (uint32_t)(comment - s->line_start);
        s->line++;
        s->line_start = s->cursor;
        return true;
    }
    "\\" "\n" { if (!join_lines(s)) return false; goto again; }
    "\\" {
        if (s->cursor != s->limit) s->cursor++;
        s->mild = true;
        return avm_scanner_fail(s, s->cursor, "unexpected character after line continuation character");
    }

    integer | real | imaginary { return token_number(s, token, start); }

    prefix? quoted             { return avm_scanner_emit_lines(s, token, AVM_TOK_STRING, start); }
    prefix? (long1 | long2)    { return avm_scanner_emit_lines(s, token, AVM_TOK_STRING, start); }
    prefix? ("'''" | '"""' | ["']) { return avm_scanner_bad_string(s, start); }
    fprefix ("'''" | '"""' | ["']) { return avm_scanner_fstring(s, token, start); }

    "False" { OP(FALSE); }          "None" { OP(NONE); }       "True" { OP(TRUE); }
    "and" { OP(AND); }              "as" { OP(AS); }           "assert" { OP(ASSERT); }
    "async" { OP(ASYNC); }          "await" { OP(AWAIT); }     "break" { OP(BREAK); }
    "class" { OP(CLASS); }          "continue" { OP(CONTINUE); } "def" { OP(DEF); }
    "del" { OP(DEL); }              "elif" { OP(ELIF); }       "else" { OP(ELSE); }
    "except" { OP(EXCEPT); }        "finally" { OP(FINALLY); } "for" { OP(FOR); }
    "from" { OP(FROM); }            "global" { OP(GLOBAL); }   "if" { OP(IF); }
    "import" { OP(IMPORT); }        "in" { OP(IN); }           "is" { OP(IS); }
    "lambda" { OP(LAMBDA); }        "nonlocal" { OP(NONLOCAL); } "not" { OP(NOT); }
    "or" { OP(OR); }                "pass" { OP(PASS); }       "raise" { OP(RAISE); }
    "return" { OP(RETURN); }        "try" { OP(TRY); }         "while" { OP(WHILE); }
    "with" { OP(WITH); }            "yield" { OP(YIELD); }
    [A-Za-z_] [A-Za-z0-9_]*    { return token_ascii_name(s, token, start); }
    name_start name_char*      { return token_name(s, token, start); }

    "(" { return avm_scanner_open(s, token, AVM_TOK_LPAR, false); }
    "[" { return avm_scanner_open(s, token, AVM_TOK_LSQB, false); }
    "{" { return avm_scanner_open(s, token, AVM_TOK_LBRACE, false); }
    ")" { return avm_scanner_close(s, token, AVM_TOK_RPAR); }
    "]" { return avm_scanner_close(s, token, AVM_TOK_RSQB); }
    "}" { return avm_scanner_close(s, token, AVM_TOK_RBRACE); }
    ":" | ":=" { return token_colon(s, token, start); }
    "," { OP(COMMA); }     ";" { OP(SEMI); }      "." { OP(DOT); }      "..." { OP(ELLIPSIS); }
    "->" { OP(ARROW); }    "@" { OP(AT); }        "=" { OP(ASSIGN); }   "!" { OP(BANG); }
    "+" { OP(PLUS); }      "-" { OP(MINUS); }     "*" { OP(STAR); }     "/" { OP(SLASH); }
    "//" { OP(DOUBLESLASH); } "%" { OP(PERCENT); } "**" { OP(DOUBLESTAR); }
    "|" { OP(BAR); }       "&" { OP(AMPER); }     "^" { OP(CARET); }    "~" { OP(TILDE); }
    "<<" { OP(LEFTSHIFT); } ">>" { OP(RIGHTSHIFT); }
    "<" { OP(LESS); }      ">" { OP(GREATER); }   "<=" { OP(LESSEQUAL); } ">=" { OP(GREATEREQUAL); }
    "==" { OP(EQEQUAL); }  "!=" { OP(NOTEQUAL); } "<>" { OP(LTGT); }
    "+=" { OP(PLUSEQUAL); } "-=" { OP(MINEQUAL); } "*=" { OP(STAREQUAL); } "/=" { OP(SLASHEQUAL); }
    "//=" { OP(DOUBLESLASHEQUAL); } "%=" { OP(PERCENTEQUAL); } "@=" { OP(ATEQUAL); }
    "&=" { OP(AMPEREQUAL); } "|=" { OP(BAREQUAL); } "^=" { OP(CARETEQUAL); }
    "<<=" { OP(LEFTSHIFTEQUAL); } ">>=" { OP(RIGHTSHIFTEQUAL); } "**=" { OP(DOUBLESTAREQUAL); }
    [$?`] { OP(STRAY); }

    "\x00" { return token_end(s, token, start); }
    * {
        unsigned c = (unsigned char)*start;
        return avm_scanner_fail(s, s->cursor, "invalid non-printable character U+%04X", c);
    }
    */
#undef OP
}
