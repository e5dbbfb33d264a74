// The display of an exception as CPython prints it: causes and contexts first, then the stack, the exception
// itself, its notes; groups as a tree. Entries are traceback_entry.c's.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/colour.h"
#include "vm/suggest.h"
#include "vm/traceback_parts.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { MAX_GROUP_WIDTH = 15, MAX_GROUP_DEPTH = 10 };

// What is shown of one exception, found before anything is printed: an exception is the cause or context of
// one only.
typedef struct Node {
    AvmExc *exc;           // owned: printing runs script
    size_t cause, context; // indexes + 1, or 0
    size_t first_child, nchildren;
} Node;

typedef struct Display {
    AvmThread *t;
    AvmBuf *out;
    AvmSource source;
    Node *nodes;
    size_t n, cap;
    int depth; // of groups
    bool need_close;
    bool chain;
} Display;

static bool is_exception(AvmThread *t, AvmValue v) {
    return v != AVM_EMPTY && avm_isinstance_exact(t, v, AVM_EXC(t, BaseException));
}

static bool is_group(AvmThread *t, AvmExc *exc) {
    return avm_isinstance_exact(t, avm_value(exc), AVM_EXC(t, BaseExceptionGroup));
}

static bool add_node(Display *d, AvmExc *exc) {
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 8;
        Node *nodes = avm_realloc(&d->t->vm->alloc, d->nodes, d->cap * sizeof(Node), cap * sizeof(Node));
        if (!nodes) return avm_raise_memory(d->t) != AVM_FAIL;
        d->nodes = nodes;
        d->cap = cap;
    }
    d->nodes[d->n++] = (Node){.exc = exc};
    avm_incref(avm_value(exc));
    return true;
}

static bool seen(const Display *d, AvmValue exc) {
    for (size_t i = 0; i < d->n; i++)
        if (avm_value(d->nodes[i].exc) == exc) return true;
    return false;
}

// Adds the exception behind v if it is one not shown elsewhere; its index + 1 goes to *link.
static bool add_link(Display *d, AvmValue v, size_t *link) {
    *link = 0;
    if (!is_exception(d->t, v) || seen(d, v)) return true;
    if (!add_node(d, (AvmExc *)avm_obj(v))) return false;
    *link = d->n;
    return true;
}

static bool expand_group(Display *d, size_t at) {
    AvmExc *exc = d->nodes[at].exc;
    AvmValue *items;
    uint32_t n;
    if (!avm_seq_items(d->t, exc->extra[1], &items, &n)) return true;
    d->nodes[at].first_child = d->n;
    for (uint32_t i = 0; i < n; i++) {
        if (!is_exception(d->t, items[i])) continue;
        if (!add_node(d, (AvmExc *)avm_obj(items[i]))) return false;
        d->nodes[at].nchildren++;
    }
    return true;
}

// The order of expansion (newest first) decides where an exception that is linked twice is shown.
static bool collect(Display *d, AvmExc *exc) {
    AvmBuf queue;
    avm_buf_init(&queue, &d->t->vm->alloc);
    size_t at = 0, link;
    bool good = add_node(d, exc) && avm_buf_add(&queue, &at, sizeof at);
    while (good && queue.len) {
        queue.len -= sizeof at;
        memcpy(&at, queue.data + queue.len, sizeof at);
        AvmExc *e = d->nodes[at].exc;
        size_t first_new = d->n;
        good = add_link(d, e->cause, &link);
        d->nodes[at].cause = link;
        if (good && !link && !e->suppress_context) {
            good = add_link(d, e->context, &link);
            d->nodes[at].context = link;
        }
        if (good && is_group(d->t, e)) good = expand_group(d, at);
        for (size_t i = first_new; good && i < d->n; i++) good = avm_buf_add(&queue, &i, sizeof i);
    }
    avm_buf_free(&queue);
    return good;
}

// --- putting text out, indented as deep as the groups are

static void add_indent(Display *d) { avm_buf_fill(d->out, ' ', 2 * (size_t)d->depth); }

static void emit(Display *d, const char *p, size_t n, char margin) {
    while (n) {
        const char *newline = memchr(p, '\n', n);
        size_t length = newline ? (size_t)(newline - p) + 1 : n;
        if (d->depth) {
            add_indent(d);
            avm_buf_byte(d->out, margin);
            avm_buf_byte(d->out, ' ');
        }
        avm_buf_add(d->out, p, length);
        p += length;
        n -= length;
    }
}

static void emit_text(Display *d, const char *text, char margin) { emit(d, text, strlen(text), margin); }

// --- the exception's own lines

// str(v), or what stands for it when that fails. Borrowed text in *hold until it is dropped.
static void add_safe(AvmThread *t, AvmValue v, const char *what, bool use_repr, AvmBuf *out) {
    AvmValue text = use_repr ? avm_repr(t, v) : avm_str(t, v);
    AvmStr *s = text == AVM_FAIL ? NULL : avm_as_str(t, text);
    if (s) {
        avm_buf_add(out, s->data, s->len);
    } else {
        avm_exc_clear(t);
        avm_buf_printf(out, "<%s %s() failed>", what, use_repr ? "repr" : "str");
    }
    avm_decref(t, text);
}

static void add_type_name(AvmThread *t, AvmType *type, AvmBuf *out) {
    avm_colour(t, out, AVM_COLOUR_TYPE);
    AvmValue module = avm_getattr(t, avm_value(type), AVM_NAME(t, __module__));
    AvmStr *name = module == AVM_FAIL ? NULL : avm_as_str(t, module);
    if (module == AVM_FAIL) avm_exc_clear(t);
    if (!name)
        avm_buf_text(out, "<unknown>.");
    else if (!avm_str_is(name, "__main__") && !avm_str_is(name, "builtins"))
        avm_buf_printf(out, "%.*s.", (int)name->len, name->data);
    avm_decref(t, module);
    AvmStr *qualname = type->qualname ? type->qualname : type->name;
    avm_buf_add(out, qualname->data, qualname->len);
    avm_colour(t, out, AVM_COLOUR_END);
}

static void add_notes(AvmThread *t, AvmExc *exc, AvmBuf *out) {
    AvmValue notes = avm_getattr_maybe(t, avm_value(exc), AVM_NAME(t, __notes__));
    if (notes == AVM_FAIL) {
        AvmValue error = avm_exc_take(t);
        avm_buf_text(out, "Ignored error getting __notes__: ");
        add_safe(t, error, "__notes__", true, out);
        avm_buf_byte(out, '\n');
        avm_decref(t, error);
        return;
    }
    if (notes == AVM_DONE || notes == AVM_NONE) return;
    AvmValue *items;
    uint32_t n;
    if (avm_seq_items(t, notes, &items, &n)) {
        for (uint32_t i = 0; avm_seq_items(t, notes, &items, &n) && i < n; i++) {
            AvmValue note = avm_incref(items[i]);
            add_safe(t, note, "note", false, out);
            avm_buf_byte(out, '\n');
            avm_decref(t, note);
        }
    } else {
        add_safe(t, notes, "__notes__", true, out);
        avm_buf_byte(out, '\n');
    }
    avm_decref(t, notes);
}

// --- SyntaxError: msg, filename, lineno, offset, text, end_lineno, end_offset

static bool get_int(AvmThread *t, AvmValue v, int64_t *out) {
    return v != AVM_EMPTY && avm_is_int(t, v) && avm_int_get(v, out);
}

// Where carets stand under a line: characters of it, from 0.
typedef struct Range {
    int64_t from, to;
} Range;

// The characters that a SyntaxError is about; count: those of its line, all: with the newline, spaces: those
// left out in front. false: none.
static bool syntax_range(AvmThread *t, AvmExc *e, int64_t count, int64_t all, int64_t spaces, Range *range) {
    int64_t offset, line = -1, end_line = -1, end = 0;
    if (!get_int(t, e->extra[3], &offset)) return false;
    get_int(t, e->extra[2], &line);
    get_int(t, e->extra[5], &end_line);
    if (line == end_line) {
        if (!get_int(t, e->extra[6], &end) || !end) end = offset;
    } else {
        end = count + 1;
    }
    if (all && offset > all) offset = count + 1;
    if (all && end > all) end = count + 1;
    if (offset >= end || end < 0) end = offset + 1;
    *range = (Range){offset - 1 - spaces, end - 1 - spaces};
    return range->from >= 0;
}

static size_t bytes_of(const char *p, size_t n, int64_t characters) {
    size_t at = 0, step;
    for (; characters > 0 && at < n; characters--, at += step) avm_utf8_decode(p + at, &step);
    return at < n ? at : n;
}

// The line itself without indentation, and the carets.
static void add_syntax_line(AvmThread *t, AvmExc *e, AvmStr *text, AvmBuf *out) {
    const char *p = text->data;
    size_t n = text->len;
    while (n && p[n - 1] == '\n') n--;
    int64_t count = (int64_t)avm_utf8_count(p, n), spaces = 0;
    while (n && (*p == ' ' || *p == '\n' || *p == '\f')) p++, n--, spaces++;
    Range range;
    bool carets = syntax_range(t, e, count, text->count, spaces, &range);
    size_t from = carets ? bytes_of(p, n, range.from) : n, to = carets ? bytes_of(p, n, range.to) : n;
    avm_buf_printf(out, "    %.*s", (int)from, p);
    if (carets) {
        avm_colour(t, out, AVM_COLOUR_POINT);
        avm_buf_add(out, p + from, to - from);
        avm_colour(t, out, AVM_COLOUR_END);
    }
    avm_buf_printf(out, "%.*s\n", (int)(n - to), p + to);
    if (!carets) return;
    avm_buf_fill(out, ' ', 4);
    for (size_t i = 0, step; i < from; i += step) {
        uint32_t c = avm_utf8_decode(p + i, &step);
        bool space = c == '\t' || c == '\v' || c == '\f' || c == 0xA0 || c == 0x3000;
        if (space)
            avm_buf_add(out, p + i, step);
        else
            avm_buf_byte(out, ' ');
    }
    avm_colour(t, out, AVM_COLOUR_POINT);
    avm_buf_fill(out, '^', range.to - range.from < 10000 ? (size_t)(range.to - range.from) : 10000);
    avm_colour(t, out, AVM_COLOUR_END);
    avm_buf_byte(out, '\n');
}

static void add_syntax_error(AvmThread *t, AvmExc *e, AvmBuf *out) {
    AvmStr *file = avm_as_str(t, e->extra[1]), *text = avm_as_str(t, e->extra[4]),
           *msg = avm_as_str(t, e->extra[0]);
    int64_t line;
    bool placed = get_int(t, e->extra[2], &line);
    bool has_file = file && file->len;
    if (placed) {
        const char *on = t->colours ? AVM_COLOUR_PLACE : "", *off = t->colours ? AVM_COLOUR_END : "";
        avm_buf_printf(out, "  File %s\"%.*s\"%s, line %s%lld%s\n", on, has_file ? (int)file->len : 8,
                       has_file ? file->data : "<string>", off, on, (long long)line, off);
    }
    if (text) add_syntax_line(t, e, text, out);
    add_type_name(t, avm_type_of(t, avm_value(e)), out);
    avm_buf_text(out, ": ");
    avm_colour(t, out, AVM_COLOUR_PLACE);
    if (msg && msg->len)
        avm_buf_add(out, msg->data, msg->len);
    else if (e->extra[0] != AVM_EMPTY && e->extra[0] != AVM_NONE && !msg)
        add_safe(t, e->extra[0], "exception", false, out);
    else
        avm_buf_text(out, "<no detail available>");
    avm_colour(t, out, AVM_COLOUR_END);
    if (!placed && file) avm_buf_printf(out, " (%.*s)", (int)file->len, file->data);
    avm_buf_byte(out, '\n');
}

bool avm_traceback_only(AvmThread *t, AvmValue v, AvmBuf *out) {
    AvmExc *exc = (AvmExc *)avm_obj(v);
    if (avm_isinstance_exact(t, v, AVM_EXC(t, SyntaxError))) {
        add_syntax_error(t, exc, out);
    } else {
        add_type_name(t, avm_type_of(t, v), out);
        size_t start = out->len;
        avm_buf_text(out, ": ");
        avm_colour(t, out, AVM_COLOUR_PLACE);
        size_t message = out->len;
        add_safe(t, v, "exception", false, out);
        avm_suggest(t, exc, out);
        if (out->len > message)
            avm_colour(t, out, AVM_COLOUR_END);
        else
            out->len = start;
        avm_buf_byte(out, '\n');
    }
    add_notes(t, exc, out);
    return !out->failed;
}

// --- the whole

static bool show(Display *d, size_t at);

static void show_stack(Display *d, AvmExc *exc, const char *header, char margin) {
    if (exc->traceback == AVM_EMPTY) return;
    AvmBuf text;
    avm_buf_init(&text, &d->t->vm->alloc);
    // A stack of nothing but hidden frames is no stack.
    if (avm_traceback_add_entries(d->t, &d->source, (AvmTraceback *)avm_obj(exc->traceback), &text) &&
        text.len) {
        emit_text(d, header, margin);
        emit(d, text.data, text.len, '|');
    }
    avm_buf_free(&text);
}

static void show_only(Display *d, AvmExc *exc) {
    AvmBuf text;
    avm_buf_init(&text, &d->t->vm->alloc);
    if (avm_traceback_only(d->t, avm_value(exc), &text)) emit(d, text.data, text.len, '|');
    avm_buf_free(&text);
}

static bool show_children(Display *d, size_t at) {
    size_t n = d->nodes[at].nchildren, shown = n <= MAX_GROUP_WIDTH ? n : MAX_GROUP_WIDTH + 1;
    bool good = true;
    d->need_close = false;
    for (size_t i = 0; i < shown && good; i++) {
        bool last = i == shown - 1, cut = i >= MAX_GROUP_WIDTH;
        // The frame may be closed by a group inside.
        if (last) d->need_close = true;
        add_indent(d);
        avm_buf_text(d->out, i == 0 ? "+-" : "  ");
        if (cut)
            avm_buf_text(d->out, "+---------------- ... ----------------\n");
        else
            avm_buf_printf(d->out, "+---------------- %zu ----------------\n", i + 1);
        d->depth++;
        if (cut) {
            char text[64];
            size_t more = n - MAX_GROUP_WIDTH;
            snprintf(text, sizeof text, "and %zu more exception%s\n", more, more > 1 ? "s" : "");
            emit_text(d, text, '|');
        } else {
            good = show(d, d->nodes[at].first_child + i);
        }
        if (last && d->need_close) {
            add_indent(d);
            avm_buf_text(d->out, "+------------------------------------\n");
            d->need_close = false;
        }
        d->depth--;
    }
    return good;
}

static bool show_one(Display *d, size_t at) {
    AvmExc *exc = d->nodes[at].exc;
    if (!is_group(d->t, exc)) {
        show_stack(d, exc, "Traceback (most recent call last):\n", '|');
        show_only(d, exc);
        return !d->out->failed;
    }
    if (d->depth > MAX_GROUP_DEPTH) {
        emit_text(d, "... (max_group_depth is 10)\n", '|');
        return !d->out->failed;
    }
    bool top = d->depth == 0;
    if (top) d->depth = 1;
    show_stack(d, exc, "Exception Group Traceback (most recent call last):\n", top ? '+' : '|');
    show_only(d, exc);
    bool good = show_children(d, at);
    if (top) d->depth = 0;
    return good && !d->out->failed;
}

static const char cause_text[] = "\nThe above exception was the direct cause of the following exception:\n\n";
static const char context_text[] =
    "\nDuring handling of the above exception, another exception occurred:\n\n";

// The chain that leads to a node is shown from its far end.
static bool show(Display *d, size_t at) {
    AvmBuf chain;
    avm_buf_init(&chain, &d->t->vm->alloc);
    bool good = true;
    for (size_t link = at + 1; link && good;) {
        good = avm_buf_add(&chain, &link, sizeof link);
        const Node *node = &d->nodes[link - 1];
        link = !d->chain ? 0 : node->cause ? node->cause : node->exc->suppress_context ? 0 : node->context;
    }
    for (size_t i = chain.len / sizeof(size_t); good && i-- > 0;) {
        size_t link;
        memcpy(&link, chain.data + i * sizeof link, sizeof link);
        const Node *node = &d->nodes[link - 1];
        if ((i + 1) * sizeof link < chain.len) emit_text(d, node->cause ? cause_text : context_text, '|');
        good = show_one(d, link - 1);
    }
    avm_buf_free(&chain);
    return good;
}

bool avm_traceback_format_chain(AvmThread *t, AvmValue v, bool chain, AvmBuf *out) {
    // The exception shown may be the one on its way.
    AvmValue pending = t->exc;
    t->exc = AVM_EMPTY;
    Display d = {.t = t, .out = out, .chain = chain};
    avm_source_init(&d.source, t);
    bool good = avm_native_enter(t);
    if (good) {
        good = collect(&d, (AvmExc *)avm_obj(v)) && show(&d, 0);
        avm_native_leave(t);
    }
    avm_exc_clear(t);
    for (size_t i = 0; i < d.n; i++) avm_drop(t, d.nodes[i].exc);
    avm_release(&t->vm->alloc, d.nodes, d.cap * sizeof(Node));
    avm_source_free(&d.source);
    t->exc = pending;
    return good;
}

bool avm_traceback_format(AvmThread *t, AvmValue exc, AvmBuf *out) {
    return avm_traceback_format_chain(t, exc, true, out);
}

bool avm_traceback_unraisable(AvmThread *t, AvmValue v, AvmBuf *out) {
    Display d = {.t = t, .out = out};
    avm_source_init(&d.source, t);
    t->no_carets = true;
    show_stack(&d, (AvmExc *)avm_obj(v), "Traceback (most recent call last):\n", '|');
    t->no_carets = false;
    avm_source_free(&d.source);
    add_type_name(t, avm_type_of(t, v), out);
    avm_buf_text(out, ": ");
    add_safe(t, v, "exception", false, out);
    avm_buf_byte(out, '\n');
    return !out->failed;
}

// Has the script put something else in the place of sys.stderr?
static bool is_redirected(AvmThread *t) {
    AvmValue sys = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, sys));
    if (!avm_is(sys, AVM_T_MODULE)) return false;
    AvmDict *names = ((AvmModuleObj *)avm_obj(sys))->dict;
    AvmStr *own = avm_str_text(t, "__stderr__");
    bool same = own && avm_dict_get_str(t, names, own) == avm_dict_get_str(t, names, AVM_NAME(t, stderr));
    avm_drop(t, own);
    return !same;
}

bool avm_traceback_report(AvmThread *t, AvmValue exc, AvmBuf *out) {
    bool redirected = is_redirected(t);
    t->colours = t->vm->colours && !redirected;
    t->chains = !redirected;
    bool good = avm_traceback_format(t, exc, out);
    t->colours = t->chains = false;
    return good;
}
