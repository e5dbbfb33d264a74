// What bytes a part of a pattern can begin with. An answer may be too wide, never too narrow.
#include "base/utf8.h"
#include "stdlib/re/re.h"

// Looking is given up after so many nodes: nested optional parts would be walked again and again.
enum { EFFORT = 64 };

typedef struct Look {
    AvmReFirst *out;
    bool is_text;
    int effort;
} Look;

void avm_re_first_any(AvmReFirst *first) {
    memset(first->table, 1, sizeof first->table);
    first->end = true;
}

bool avm_re_first_is_any(const AvmReFirst *first) {
    return first->end && !memchr(first->table, 0, sizeof first->table);
}

static void add_character(Look *look, uint32_t c) {
    char bytes[4];
    if (look->is_text && c > 127)
        avm_utf8_encode(c, bytes);
    else
        bytes[0] = (char)c;
    look->out->table[(unsigned char)bytes[0]] = 1;
}

static void add_set(Look *look, const AvmReNode *node) {
    if (node->op == AVM_RE_LITERAL && !(node->flags & AVM_RE_IGNORECASE)) {
        add_character(look, node->c);
        return;
    }
    AvmReItem one = {node->c, node->c, -1};
    AvmReNode as_set = *node;
    if (node->op == AVM_RE_LITERAL) as_set.items = &one, as_set.nitems = 1;
    AvmReSet set;
    avm_re_set_init(&set, &as_set, look->is_text);
    for (uint32_t c = 0; c < (look->is_text ? 128 : 256); c++)
        if (avm_re_set_has(&set, c)) look->out->table[c] = 1;
    if (look->is_text) memset(look->out->table + 0xC2, 1, 0xF5 - 0xC2);
}

static bool add_sequence(Look *look, const AvmReNode *node);

// Adds what the node can begin with. true: it can also match nothing, and what follows counts too.
static bool add_node(Look *look, const AvmReNode *node) {
    switch (node->op) {
    case AVM_RE_LITERAL:
    case AVM_RE_SET: add_set(look, node); return false;
    case AVM_RE_ANY:
        for (int c = 0; c < 256; c++) // where a character begins: not the later bytes of UTF-8
            if (c == '\n' ? node->flags & AVM_RE_DOTALL : !look->is_text || c < 0x80 || c >= 0xC2)
                look->out->table[c] = 1;
        return false;
    case AVM_RE_NEVER: return false;
    case AVM_RE_GROUP:
    case AVM_RE_ATOMIC: return add_sequence(look, node->body->first);
    case AVM_RE_REPEAT: return add_sequence(look, node->body->first) || node->min == 0;
    case AVM_RE_BRANCH: {
        bool through = false;
        for (const AvmReSeq *seq = node->body; seq; seq = seq->next)
            if (add_sequence(look, seq->first)) through = true;
        return through;
    }
    case AVM_RE_COND: {
        bool through = add_sequence(look, node->body->first);
        return !node->other || add_sequence(look, node->other->first) || through;
    }
    default: return true;
    }
}

static bool add_sequence(Look *look, const AvmReNode *node) {
    for (; node; node = node->next) {
        if (look->effort-- <= 0) {
            avm_re_first_any(look->out);
            return false;
        }
        // Where the text or its last line ends, what follows need not be looked at.
        if (node->op == AVM_RE_AT &&
            (node->c == AVM_RE_END || node->c == AVM_RE_END_LINE || node->c == AVM_RE_END_TEXT)) {
            look->out->end = true;
            if (node->c != AVM_RE_END_TEXT) look->out->table['\n'] = 1;
            return false;
        }
        // A reference to a group that is empty matches nothing.
        if (!add_node(look, node)) return false;
        if (node->op == AVM_RE_REF) {
            avm_re_first_any(look->out);
            return false;
        }
    }
    return true;
}

void avm_re_first_of(AvmReFirst *first, const AvmReNode *from, const AvmReFirst *after, bool is_text) {
    Look look = {first, is_text, EFFORT};
    memset(first, 0, sizeof *first);
    if (!add_sequence(&look, from)) return;
    if (!after) {
        avm_re_first_any(first);
        return;
    }
    for (int c = 0; c < 256; c++) first->table[c] |= after->table[c];
    first->end |= after->end;
}
