// The matcher: runs a program at one place of a subject. It goes back by a stack of its own, on which choices
// lie, and in between what has to be undone on the way back to them; the C stack does not grow with the
// subject.
#include "base/utf8.h"
#include "stdlib/re/re.h"

typedef const unsigned char *Place;

// What lies on the stack. A greedy item's: code, where it ends now, where it ends at least. A lazy one's:
// code, where it ends now, how many more it may take. What undoes: the slot, its value, and for CLOSE
// lastindex.
enum { CHOICE, GREEDY, LAZY, UNDO, UNDO_CLOSE };

#define FAIL_IF(x)                                                                                           \
    if (x) goto fail
#define PUSH(...)                                                                                            \
    do {                                                                                                     \
        if (sp == run->nstack && !avm_re_grow(run)) return -1;                                               \
        run->stack[sp++] = (AvmReChoice){__VA_ARGS__};                                                       \
    } while (0)
// Sets a slot. With no choice to go back to there is nothing to undo.
#define SET_SLOT(slot, value)                                                                                \
    do {                                                                                                     \
        if (sp) PUSH(UNDO, (slot), slots[slot], 0);                                                          \
        slots[slot] = (value);                                                                               \
    } while (0)
#define AT(place) ((uint32_t)((place)-text))

static inline uint32_t decode(Place p, uint32_t *width) {
    uint32_t c = *p;
    if (c < 0x80) return *width = 1, c;
    if (c < 0xE0) return *width = 2, (c & 31) << 6 | (p[1] & 63);
    if (c < 0xF0) return *width = 3, (c & 15) << 12 | (p[1] & 63u) << 6 | (p[2] & 63);
    return *width = 4, (c & 7) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63);
}

static inline Place before(Place p, bool wide) {
    p--;
    while (wide && (*p & 0xC0) == 0x80) p--;
    return p;
}

static inline bool has(const AvmReSet *set, uint32_t c) {
    return c < 256 ? set->table[c] : set->wide && avm_re_set_has(set, c);
}

// The width of a character at p < end that is the item, or 0.
static inline uint32_t one(const AvmReRun *run, uint32_t item, uint32_t operand, Place p, bool wide) {
    uint32_t width = 1, c = wide ? decode(p, &width) : *p;
    switch (item) {
    case AVM_RE_C_CHAR: return *p == operand;
    case AVM_RE_C_ANY: return c != '\n' ? width : 0;
    case AVM_RE_C_SET: return has(&run->program->sets[operand], c) ? width : 0;
    default: return width;
    }
}

// Where at most max items from p on end. Each loop is simple on purpose: here patterns spend their time.
static inline Place scan(const AvmReRun *run, uint32_t item, uint32_t operand, Place p, Place end,
                         uint32_t max, bool wide) {
    if (wide && item != AVM_RE_C_CHAR) {
        if (item == AVM_RE_C_ANY_ALL && max == AVM_RE_MAX_REPEAT) return end;
        const uint8_t *table = item == AVM_RE_C_SET ? run->program->sets[operand].table : NULL;
        for (; max && p < end; max--) {
            uint32_t width = table && *p < 128 ? table[*p] : one(run, item, operand, p, true);
            if (!width) break;
            p += width;
        }
        return p;
    }
    Place limit = (size_t)(end - p) > max ? p + max : end;
    if (item == AVM_RE_C_SET) {
        const uint8_t *table = run->program->sets[operand].table;
        while (p < limit && table[*p]) p++;
        return p;
    }
    if (item == AVM_RE_C_ANY) {
        Place found = memchr(p, '\n', (size_t)(limit - p));
        return found ? found : limit;
    }
    if (item == AVM_RE_C_ANY_ALL) return limit;
    while (p < limit && *p == operand) p++;
    return p;
}

static inline bool fits(const AvmReRun *run, uint32_t first, Place p, Place end) {
    if (first == AVM_RE_UNSET) return true;
    const AvmReFirst *f = &run->program->firsts[first];
    return p < end ? f->table[*p] : f->end;
}

static inline bool word_at(Place p, bool wide, bool ascii) {
    uint32_t width, c = wide ? decode(p, &width) : *p;
    return avm_re_is_word(c, ascii || !wide);
}

static inline bool is_boundary(Place text, Place p, Place end, bool wide, bool ascii) {
    bool left = p > text && word_at(before(p, wide), wide, ascii);
    return left != (p < end && word_at(p, wide, ascii));
}

static inline bool stands_at(uint32_t where, Place text, Place p, Place end, bool wide, bool ascii) {
    switch (where) {
    case AVM_RE_BEGIN_LINE: return p == text || p[-1] == '\n';
    case AVM_RE_END: return p == end || (p + 1 == end && *p == '\n');
    case AVM_RE_END_LINE: return p == end || *p == '\n';
    case AVM_RE_END_TEXT: return p == end;
    case AVM_RE_BOUNDARY: return text < end && is_boundary(text, p, end, wide, ascii);
    case AVM_RE_NO_BOUNDARY: return text < end && !is_boundary(text, p, end, wide, ascii);
    default: return p == text;
    }
}

// Where the text from s to e, met again at p, ends; NULL: it is another one.
static inline Place again(Place s, Place e, Place p, Place end, uint32_t fold, bool wide) {
    if (!fold)
        return (size_t)(e - s) <= (size_t)(end - p) && !memcmp(s, p, (size_t)(e - s)) ? p + (e - s) : NULL;
    while (s < e) {
        uint32_t n = 1, m = 1;
        if (p >= end) return NULL;
        uint32_t a = wide ? decode(s, &n) : *s, b = wide ? decode(p, &m) : *p;
        if (avm_re_lower(a, fold == 1 || !wide) != avm_re_lower(b, fold == 1 || !wide)) return NULL;
        s += n;
        p += m;
    }
    return p;
}

// n characters back; NULL: there are not so many.
static inline Place back(Place text, Place p, uint32_t n, bool wide) {
    if (!wide) return (size_t)(p - text) < n ? NULL : p - n;
    for (; n; n--) {
        if (p == text) return NULL;
        p = before(p, true);
    }
    return p;
}

// Forgets the choices above height; what undoes stays for those below.
static uint32_t cut(AvmReChoice *stack, uint32_t sp, uint32_t height) {
    if (!height) return 0;
    uint32_t n = height;
    for (uint32_t i = height; i < sp; i++)
        if (stack[i].kind >= UNDO) stack[n++] = stack[i];
    return n;
}

static inline void undo(uint32_t *slots, const AvmReChoice *c, uint32_t lastindex) {
    slots[c->code] = c->at;
    if (c->kind == UNDO_CLOSE) slots[lastindex] = c->extra;
}

static inline __attribute__((always_inline)) int run_program(AvmReRun *run, uint32_t start, const bool wide) {
    const AvmReProgram *program = run->program;
    const uint32_t *code = program->code, *pc = code;
    const Place text = run->text, end = text + run->limit;
    Place p = text + start;
    uint32_t *slots = run->slots, sp = 0;
    memset(slots, 0xFF, program->nslots * sizeof *slots);
    for (;;) {
        const uint32_t *arg = pc + 1;
        switch ((AvmReCode)*pc) {
        case AVM_RE_C_MATCH:
            FAIL_IF((run->whole && p != end) || (run->no_empty && AT(p) == start));
            slots[0] = start;
            slots[1] = AT(p);
            return 1;
        case AVM_RE_C_FAIL: goto fail;
        case AVM_RE_C_CHAR:
            FAIL_IF(p == end || *p != arg[0]);
            p++;
            pc += 2;
            continue;
        case AVM_RE_C_TEXT:
            FAIL_IF((size_t)(end - p) < arg[0] || memcmp(p, arg + 1, arg[0]));
            p += arg[0];
            pc += 2 + (arg[0] + 3) / 4;
            continue;
        case AVM_RE_C_ANY:
        case AVM_RE_C_ANY_ALL:
        case AVM_RE_C_SET: {
            FAIL_IF(p == end);
            uint32_t width = one(run, *pc, *pc == AVM_RE_C_SET ? *arg : 0, p, wide);
            FAIL_IF(!width);
            p += width;
            pc += *pc == AVM_RE_C_SET ? 2 : 1;
            continue;
        }
        case AVM_RE_C_AT:
            FAIL_IF(!stands_at(arg[0], text, p, end, wide, arg[1]));
            pc += 3;
            continue;
        case AVM_RE_C_GREEDY: {
            Place least = arg[2] ? scan(run, arg[0], arg[1], p, end, arg[2], wide) : p;
            FAIL_IF(wide ? (arg[2] && AT(least) - AT(p) < arg[2]) : (uint32_t)(least - p) < arg[2]);
            if (wide && arg[2] > 1) FAIL_IF(avm_utf8_count((const char *)p, (size_t)(least - p)) < arg[2]);
            uint32_t more = arg[3] == AVM_RE_MAX_REPEAT ? arg[3] : arg[3] - arg[2];
            p = scan(run, arg[0], arg[1], least, end, more, wide);
            run->budget -= (int32_t)((p - least) >> 4);
            if (p > least) PUSH(GREEDY, (uint32_t)(arg - code), AT(p), AT(least));
            FAIL_IF(!fits(run, arg[4], p, end));
            pc += 6;
            continue;
        }
        case AVM_RE_C_POSSESSIVE: {
            Place from = p;
            p = scan(run, arg[0], arg[1], p, end, arg[3], wide);
            run->budget -= (int32_t)((p - from) >> 4);
            FAIL_IF((size_t)(p - from) < arg[2]);
            if (wide && arg[2] > 1) FAIL_IF(avm_utf8_count((const char *)from, (size_t)(p - from)) < arg[2]);
            pc += 6;
            continue;
        }
        case AVM_RE_C_LAZY: {
            Place from = p;
            p = scan(run, arg[0], arg[1], p, end, arg[2], wide);
            FAIL_IF((size_t)(p - from) < arg[2]);
            if (wide && arg[2] > 1) FAIL_IF(avm_utf8_count((const char *)from, (size_t)(p - from)) < arg[2]);
            uint32_t more = arg[3] == AVM_RE_MAX_REPEAT ? arg[3] : arg[3] - arg[2];
            if (more) PUSH(LAZY, (uint32_t)(arg - code), AT(p), more);
            FAIL_IF(!fits(run, arg[4], p, end));
            pc += 6;
            continue;
        }
        case AVM_RE_C_JUMP: pc = code + arg[0]; continue;
        case AVM_RE_C_TRY:
            if (!fits(run, arg[1], p, end)) {
                pc = code + arg[0];
                continue;
            }
            PUSH(CHOICE, arg[0], AT(p), 0);
            pc += 3;
            continue;
        case AVM_RE_C_AGAIN:
            pc += 3;
            if (!fits(run, arg[1], p, end)) continue;
            PUSH(CHOICE, (uint32_t)(pc - code), AT(p), 0);
            pc = code + arg[0];
            continue;
        case AVM_RE_C_LATER:
            if (fits(run, arg[1], p, end)) PUSH(CHOICE, arg[0], AT(p), 0);
            pc += 3;
            continue;
        case AVM_RE_C_OPEN:
            SET_SLOT(arg[0], AT(p));
            pc += 2;
            continue;
        case AVM_RE_C_CLOSE:
            if (sp) PUSH(UNDO_CLOSE, arg[0], slots[arg[0]], slots[program->lastindex]);
            slots[arg[0]] = AT(p);
            slots[program->lastindex] = arg[1];
            pc += 3;
            continue;
        case AVM_RE_C_LOOP_START:
            SET_SLOT(arg[0], UINT32_MAX);
            SET_SLOT(arg[0] + 1, AVM_RE_UNSET);
            pc = code + arg[1];
            continue;
        case AVM_RE_C_LOOP_GREEDY: {
            uint32_t rounds = slots[arg[0]] + 1;
            pc += 6;
            if (rounds >= arg[1]) {
                bool more = rounds < arg[2] && slots[arg[0] + 1] != AT(p) && fits(run, arg[4], p, end);
                if (!more) continue;
                PUSH(CHOICE, (uint32_t)(pc - code), AT(p), 0);
                SET_SLOT(arg[0] + 1, AT(p));
            }
            SET_SLOT(arg[0], rounds);
            pc = code + arg[3];
            continue;
        }
        case AVM_RE_C_LOOP_LAZY: {
            uint32_t rounds = slots[arg[0]] + 1;
            pc += 4; // LOOP_MORE
            if (rounds < arg[1]) {
                SET_SLOT(arg[0], rounds);
                pc = code + pc[2];
                continue;
            }
            if (rounds < arg[2] && slots[arg[0] + 1] != AT(p)) PUSH(CHOICE, (uint32_t)(pc - code), AT(p), 0);
            pc += 3;
            continue;
        }
        case AVM_RE_C_LOOP_MORE:
            SET_SLOT(arg[0], slots[arg[0]] + 1);
            SET_SLOT(arg[0] + 1, AT(p));
            pc = code + arg[1];
            continue;
        case AVM_RE_C_REF: {
            uint32_t s = slots[2 * arg[0]], e = slots[2 * arg[0] + 1];
            FAIL_IF(s == AVM_RE_UNSET || e == AVM_RE_UNSET || e < s);
            Place after = again(text + s, text + e, p, end, arg[1], wide);
            FAIL_IF(!after);
            run->budget -= (int32_t)((after - p) >> 4);
            p = after;
            pc += 3;
            continue;
        }
        case AVM_RE_C_COND: {
            uint32_t s = slots[2 * arg[0]], e = slots[2 * arg[0] + 1];
            pc = s == AVM_RE_UNSET || e == AVM_RE_UNSET || e < s ? code + arg[1] : pc + 3;
            continue;
        }
        case AVM_RE_C_NOT_OPEN:
        case AVM_RE_C_LOOK_OPEN: {
            slots[arg[0]] = sp;
            if (*pc == AVM_RE_C_NOT_OPEN)
                PUSH(CHOICE, arg[2], AT(p), 0);
            else
                slots[arg[0] + 1] = AT(p);
            Place from = back(text, p, arg[1], wide);
            FAIL_IF(!from);
            p = from;
            pc += *pc == AVM_RE_C_NOT_OPEN ? 4 : 3;
            continue;
        }
        case AVM_RE_C_LOOK_CLOSE:
            sp = cut(run->stack, sp, slots[arg[0]]);
            p = text + slots[arg[0] + 1];
            pc += 2;
            continue;
        case AVM_RE_C_NOT_CLOSE: {
            uint32_t height = slots[arg[0]];
            while (sp > height)
                if (run->stack[--sp].kind >= UNDO) undo(slots, &run->stack[sp], program->lastindex);
            goto fail;
        }
        case AVM_RE_C_ATOMIC_OPEN:
            slots[arg[0]] = sp;
            pc += 2;
            continue;
        case AVM_RE_C_ATOMIC_CLOSE:
            sp = cut(run->stack, sp, slots[arg[0]]);
            pc += 2;
            continue;
        }
    fail:
        if (--run->budget < 0 && !avm_re_tick(run)) return -1;
        for (;; sp--) {
            if (!sp) return 0;
            AvmReChoice *c = &run->stack[sp - 1];
            if (c->kind >= UNDO) {
                undo(slots, c, program->lastindex);
                continue;
            }
            p = text + c->at;
            if (c->kind == CHOICE) {
                pc = code + c->code;
                sp--;
                break;
            }
            arg = code + c->code;
            Place least = text + c->extra;
            bool found = false;
            if (c->kind == GREEDY) {
                while (p > least && !found) {
                    p = before(p, wide);
                    found = fits(run, arg[4], p, end);
                }
                if (p == least) sp--;
            } else {
                uint32_t width, more = c->extra;
                while (more && !found && p < end && (width = one(run, arg[0], arg[1], p, wide))) {
                    p += width;
                    more--;
                    found = fits(run, arg[4], p, end);
                }
                c->extra = more;
                if (!found || !more) sp--;
            }
            run->budget -= (int32_t)((p > text + c->at ? p - (text + c->at) : text + c->at - p) >> 4);
            c->at = AT(p);
            pc = arg + 5;
            if (found) break;
            sp++; // it has been taken off already
        }
    }
}

int avm_re_run_narrow(AvmReRun *run, uint32_t start) { return run_program(run, start, false); }
int avm_re_run_wide(AvmReRun *run, uint32_t start) { return run_program(run, start, true); }
