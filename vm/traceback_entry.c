// One entry of a traceback: the place, the source lines, and carets under the part that failed.
#include <utf8proc.h>

#include "base/utf8.h"
#include "vm/anchors.h"
#include "vm/colour.h"
#include "vm/hints.h"
#include "vm/traceback_parts.h"
#include "vm/types/str.h"

// More lines than this are not shown with carets: nobody reads them.
enum { MAX_LINES = 500 };

// The source lines of an entry, joined by '\n', without what all of them begin with.
typedef struct Lines {
    AvmBuf text;
    size_t n;
    size_t start[MAX_LINES + 1]; // of each line; the last one: one past the end
    size_t cut;                  // bytes taken off the first line
    const AvmThread *t;
} Lines;

static size_t line_end(const Lines *l, size_t i) { return l->start[i + 1] - 1; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static size_t lead(const char *p, size_t n) {
    size_t i = 0;
    while (i < n && is_blank(p[i])) i++;
    return i;
}

// What all lines of text begin with: the length of their common indentation. Blank lines don't count.
static size_t common_lead(const char *text, size_t n) {
    const char *first = NULL;
    size_t common = 0;
    for (size_t at = 0; at < n;) {
        const char *newline = memchr(text + at, '\n', n - at);
        size_t length = newline ? (size_t)(newline - text) - at : n - at, own = lead(text + at, length);
        if (own < length) {
            if (!first) {
                first = text + at;
                common = own;
            }
            size_t same = 0;
            while (same < common && same < own && first[same] == text[at + same]) same++;
            common = same;
        }
        at += length + 1;
    }
    return common;
}

// Copies text with `cut` bytes less at each line and `margin` spaces more; blank lines become empty.
static void add_shifted(AvmBuf *out, const char *text, size_t n, size_t cut, size_t margin) {
    for (size_t at = 0; at < n;) {
        const char *newline = memchr(text + at, '\n', n - at);
        size_t length = newline ? (size_t)(newline - text) - at : n - at;
        avm_buf_fill(out, ' ', margin);
        if (lead(text + at, length) < length) avm_buf_add(out, text + at + cut, length - cut);
        avm_buf_byte(out, '\n');
        at += length + 1;
    }
}

// Reads the lines from..to of a file. false: there is nothing to show.
static bool read_lines(AvmThread *t, AvmSource *source, AvmText file, uint32_t from, uint32_t to, Lines *l) {
    AvmBuf raw;
    const char *p;
    size_t n;
    bool any = false;
    avm_buf_init(&raw, &t->vm->alloc);
    for (uint32_t i = from; i <= to; i++) {
        if (avm_source_get(t, source, file.text, file.len, i, &p, &n)) {
            avm_buf_add(&raw, p, n);
            any |= lead(p, n) < n;
        }
        avm_buf_byte(&raw, '\n');
    }
    if (any && !raw.failed) {
        l->cut = common_lead(raw.data, raw.len);
        add_shifted(&l->text, raw.data, raw.len, l->cut, 0);
        for (size_t i = 0; i < l->text.len; i++) {
            if (i == 0 || l->text.data[i - 1] == '\n') l->start[l->n++] = i;
        }
        l->start[l->n] = l->text.len;
    }
    bool good = any && !raw.failed && !l->text.failed;
    avm_buf_free(&raw);
    return good;
}

// Columns on a terminal of the first n bytes.
static size_t width(const char *p, size_t n) {
    if (avm_ascii_check(p, n)) return n;
    size_t columns = 0;
    for (size_t i = 0, step; i < n; i += step) {
        uint32_t c = avm_utf8_decode(p + i, &step);
        columns += avm_codepoint_wide(c) ? 2 : 1;
    }
    return columns;
}

// East Asian Wide and Fullwidth, of which utf8proc gives combining ones no columns.
bool avm_codepoint_wide(uint32_t c) { return c >= 0x1100 && utf8proc_charwidth((utf8proc_int32_t)c) == 2; }

// A position in the lines.
typedef struct Place {
    size_t line, column; // column on the terminal
} Place;

static Place place_of(const Lines *l, size_t offset) {
    size_t line = 0;
    while (line + 1 < l->n && offset >= l->start[line + 1]) line++;
    return (Place){line, width(l->text.data + l->start[line], offset - l->start[line])};
}

static bool before(Place p, size_t line, size_t column) {
    return line > p.line || (line == p.line && column >= p.column);
}

// What is underlined.
typedef struct Marks {
    Place from, to; // the whole
    bool carets, anchored;
    Place inner, inner_end; // the operator or brackets
} Marks;

static void make_carets(AvmBuf *out, const Lines *l, size_t i, const Marks *m) {
    const char *p = l->text.data + l->start[i];
    size_t length = line_end(l, i) - l->start[i], spaces = lead(p, length);
    size_t n = i == l->n - 1 ? m->to.column : width(p, length);
    for (size_t col = 0; col < n; col++) {
        char c = m->anchored ? '~' : '^';
        if (col < spaces || (i == 0 && col < m->from.column))
            c = ' ';
        else if (m->anchored && before(m->inner, i, col) && !before(m->inner_end, i, col))
            c = '^';
        avm_buf_byte(out, c);
    }
}

// Adds a line that has carets under it, every part in the colour of its carets; the carets themselves are
// such a line too.
static void add_coloured(const AvmThread *t, AvmBuf *out, const char *p, size_t n, const AvmBuf *carets) {
    char kind = ' ';
    size_t column = 0;
    for (size_t i = 0, step; i < n; i += step) {
        uint32_t c = avm_utf8_decode(p + i, &step);
        char here = column < carets->len ? carets->data[column] : ' ';
        if (here != kind) {
            if (kind != ' ') avm_colour(t, out, AVM_COLOUR_END);
            if (here != ' ') avm_colour(t, out, here == '~' ? AVM_COLOUR_PART : AVM_COLOUR_POINT);
            kind = here;
        }
        avm_buf_add(out, p + i, step);
        column += avm_codepoint_wide(c) ? 2 : 1;
    }
    if (kind != ' ') avm_colour(t, out, AVM_COLOUR_END);
    avm_buf_byte(out, '\n');
}

static void add_line(AvmBuf *out, const Lines *l, size_t i, const Marks *m) {
    const char *p = l->text.data + l->start[i];
    size_t n = line_end(l, i) - l->start[i];
    AvmBuf carets;
    avm_buf_init(&carets, l->text.alloc);
    if (m->carets) make_carets(&carets, l, i, m);
    add_coloured(l->t, out, p, n, &carets);
    if (m->carets) add_coloured(l->t, out, carets.data, carets.len, &carets);
    out->failed |= carets.failed;
    avm_buf_free(&carets);
}

static bool is_significant(const Lines *l, size_t i, const Marks *m) {
    if (i == 0 || i == l->n - 1) return true;
    if (!m->anchored) return false;
    return (i + 1 >= m->inner.line && i <= m->inner.line + 1) ||
           (i + 1 >= m->inner_end.line && i <= m->inner_end.line + 1);
}

static void add_lines(AvmBuf *out, const Lines *l, const Marks *m) {
    size_t last = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!is_significant(l, i, m)) continue;
        if (i - last == 2)
            add_line(out, l, i - 1, m);
        else if (i - last > 2)
            avm_buf_printf(out, "...<%zu lines>...\n", i - last - 1);
        add_line(out, l, i, m);
        last = i;
    }
}

static bool has_text(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\n\r\f\v", p[i])) return true;
    return false;
}

// Where the range of the instruction lies in the lines, and what of it deserves carets.
static Marks find_marks(const Lines *l, const AvmPos *pos) {
    Marks m = {0};
    size_t last = l->n - 1, first_length = line_end(l, 0) - l->start[0],
           last_length = line_end(l, last) - l->start[last];
    size_t from = pos->col > l->cut ? pos->col - l->cut : 0,
           to = pos->end_col > l->cut ? pos->end_col - l->cut : 0;
    if (from > first_length) from = first_length;
    if (to > last_length) to = last_length;
    const char *text = l->text.data;
    size_t start = from, end = l->start[last] + to;
    m.from = place_of(l, start);
    m.to = (Place){last, width(text + l->start[last], to)};
    AvmAnchors anchors;
    bool simple;
    m.anchored = start < end && avm_anchors_find(text, start, end, &anchors, &simple) != AVM_ANCHORED_OTHER;
    if (m.anchored) {
        m.inner = place_of(l, anchors.from);
        m.inner_end = place_of(l, anchors.to);
    }
    m.carets = m.anchored || has_text(text, from) || has_text(text + end, line_end(l, last) - end);
    if (m.carets && avm_anchors_whole_call(text, l->text.len - 1, start, end)) m.carets = false;
    return m;
}

static bool add_source(AvmThread *t, AvmSource *source, const AvmUnit *unit, const AvmPos *pos, AvmBuf *out) {
    Lines *l = avm_alloc_zero(&t->vm->alloc, sizeof(Lines));
    if (!l) return true; // an entry without its source is better than none
    avm_buf_init(&l->text, &t->vm->alloc);
    l->t = t;
    bool columns = pos->col != 0xFFFF && pos->lines < MAX_LINES && !t->no_carets;
    if (read_lines(t, source, unit->file, pos->line, pos->line + (columns ? pos->lines : 0), l)) {
        if (columns) {
            Marks m = find_marks(l, pos);
            AvmBuf shown;
            avm_buf_init(&shown, &t->vm->alloc);
            add_lines(&shown, l, &m);
            if (shown.len) add_shifted(out, shown.data, shown.len, common_lead(shown.data, shown.len), 4);
            avm_buf_free(&shown);
        } else {
            add_shifted(out, l->text.data, l->start[1], 0, 4);
        }
    }
    avm_buf_free(&l->text);
    avm_release(&t->vm->alloc, l, sizeof(Lines));
    return !out->failed;
}

bool avm_traceback_add_entry(AvmThread *t, AvmSource *source, const AvmUnit *unit, uint32_t pc, AvmBuf *out) {
    AvmPos pos = avm_unit_pos(unit, pc);
    const char *on = t->colours ? AVM_COLOUR_PLACE : "", *off = t->colours ? AVM_COLOUR_END : "";
    avm_buf_printf(out, "  File %s\"%.*s\"%s, line %s%u%s, in %s%.*s%s\n", on, (int)unit->file.len,
                   unit->file.text, off, on, pos.line, off, on, (int)unit->name.len, unit->name.text, off);
    return (!pos.line || add_source(t, source, unit, &pos, out)) && !out->failed;
}

bool avm_traceback_entry(AvmThread *t, AvmCode *code, AvmDict *globals, uint32_t pc, AvmBuf *out) {
    (void)globals;
    AvmSource source;
    avm_source_init(&source, t);
    bool good = avm_traceback_add_entry(t, &source, code->unit, pc, out);
    avm_source_free(&source);
    return good;
}

// --- many entries: the same one again and again is shown three times

enum { SHOWN_REPEATS = 3 };

void avm_repeats_end(AvmRepeats *r, AvmBuf *out) {
    if (r->count > SHOWN_REPEATS) {
        uint32_t more = r->count - SHOWN_REPEATS;
        avm_buf_printf(out, "  [Previous line repeated %u more time%s]\n", more, more > 1 ? "s" : "");
    }
    r->count = 0;
}

bool avm_repeats_show(AvmRepeats *r, const AvmUnit *unit, uint32_t line, AvmBuf *out) {
    bool same = r->unit && r->line == line && r->unit->file.len == unit->file.len &&
                r->unit->name.len == unit->name.len &&
                !memcmp(r->unit->file.text, unit->file.text, unit->file.len) &&
                !memcmp(r->unit->name.text, unit->name.text, unit->name.len);
    if (!same) {
        avm_repeats_end(r, out);
        r->unit = unit;
        r->line = line;
    }
    return ++r->count <= SHOWN_REPEATS;
}

bool avm_traceback_add_entries(AvmThread *t, AvmSource *source, AvmTraceback *tb, AvmBuf *out) {
    AvmRepeats repeats = {0};
    for (; tb; tb = tb->next) {
        const char *chain = t->chains ? avm_hints_kept(t->vm, tb->chain) : NULL;
        if (chain) {
            avm_repeats_end(&repeats, out);
            repeats.unit = NULL;
            avm_buf_printf(out, "  %s:\n", chain);
        }
        if (avm_traceback_code(tb)->frozen && t->vm->hide_frozen) continue;
        const AvmUnit *unit = avm_traceback_code(tb)->unit;
        if (avm_repeats_show(&repeats, unit, avm_traceback_line(tb), out) &&
            !avm_traceback_add_entry(t, source, unit, tb->pc, out))
            return false;
    }
    avm_repeats_end(&repeats, out);
    return !out->failed;
}

bool avm_traceback_entries(AvmThread *t, AvmTraceback *tb, AvmBuf *out) {
    AvmSource source;
    avm_source_init(&source, t);
    bool good = avm_traceback_add_entries(t, &source, tb, out);
    avm_source_free(&source);
    return good;
}
