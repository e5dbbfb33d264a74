// Hints, and the places that they name. A place is kept as a number of 16 bits, so that coroutines and tasks
// have room for it.
#include "vm/hints.h"

#include "vm/error.h"
#include "vm/frame.h"
#include "vm/types/func.h"
#include "vm/types/str.h"

typedef struct Site {
    AvmCode *code; // owned
    uint32_t pc;
    uint32_t told; // bits of AvmHint
} Site;

typedef struct AvmHints {
    bool russian;
    Site *sites; // number n stands at n - 1
    uint32_t len, cap;
    uint32_t told; // bits of AvmHint that had no place
    char *kept[100]; // the last lines for tracebacks: number n stands at n % MOST_KEPT
    uint32_t nkept;
    struct { // the last await of a call in the user's own code
        const AvmGen *awaiter;
        const uint32_t *pc;
        double began; // loop.time()
        uint32_t waited; // calls at this place before it that took time
    } last;
} AvmHints;

enum { MOST_SITES = 1000, MOST_KEPT = 100 };

bool avm_hints_begin(AvmThread *t, bool russian) {
    if (!t->vm->hints) t->vm->hints = avm_alloc_zero(&t->vm->alloc, sizeof(AvmHints));
    if (!t->vm->hints) return avm_raise_memory(t);
    t->vm->hints->russian = russian;
    return true;
}

void avm_hints_free(AvmVm *vm) {
    AvmHints *h = vm->hints;
    if (!h) return;
    avm_release(&vm->alloc, h->sites, h->cap * sizeof *h->sites);
    for (uint32_t i = 0; i < MOST_KEPT; i++)
        if (h->kept[i]) avm_release(&vm->alloc, h->kept[i], strlen(h->kept[i]) + 1);
    avm_release(&vm->alloc, h, sizeof *h);
    vm->hints = NULL;
}

uint16_t avm_hints_site(AvmThread *t) {
    AvmHints *h = t->vm->hints;
    const AvmFrame *f = t->frame;
    while (f && f->func->code->frozen) f = f->back;
    if (!f) return 0;
    AvmCode *code = f->func->code;
    uint32_t pc = avm_frame_pc(f);
    for (uint32_t i = h->len; i-- > 0;)
        if (h->sites[i].code == code && h->sites[i].pc == pc) return (uint16_t)(i + 1);
    if (h->len == MOST_SITES) return 0;
    if (h->len == h->cap) {
        uint32_t cap = h->cap ? h->cap * 2 : 16;
        Site *sites = avm_realloc(&t->vm->alloc, h->sites, h->cap * sizeof *sites, cap * sizeof *sites);
        if (!sites) return 0;
        h->sites = sites;
        h->cap = cap;
    }
    h->sites[h->len++] = (Site){.code = avm_retain(code), .pc = pc};
    return (uint16_t)h->len;
}

static void add_site(AvmBuf *out, const Site *s) {
    const AvmUnit *unit = s->code->unit;
    avm_buf_printf(out, " (File \"%.*s\", line %u)", (int)unit->file.len, unit->file.text,
                   (unsigned)avm_unit_pos(unit, s->pc).line);
}

void avm_hints_add_place(AvmThread *t, uint16_t site, AvmText file, AvmBuf *out) {
    const Site *s = &t->vm->hints->sites[site - 1];
    AvmText made = s->code->unit->file;
    bool same = made.len == file.len && !memcmp(made.text, file.text, file.len);
    avm_buf_text(out, ", created at ");
    if (!same) avm_buf_printf(out, "File \"%.*s\", ", (int)made.len, made.text);
    avm_buf_printf(out, "line %u", (unsigned)avm_unit_pos(s->code->unit, s->pc).line);
}

uint32_t avm_hints_keep(AvmThread *t, const AvmBuf *text) {
    AvmHints *h = t->vm->hints;
    char *copy = text->failed ? NULL : avm_alloc(&t->vm->alloc, text->len + 1);
    if (!copy) return 0;
    memcpy(copy, text->data, text->len);
    copy[text->len] = 0;
    char **place = &h->kept[++h->nkept % MOST_KEPT];
    if (*place) avm_release(&t->vm->alloc, *place, strlen(*place) + 1);
    *place = copy;
    return h->nkept;
}

const char *avm_hints_kept(const AvmVm *vm, uint32_t number) {
    const AvmHints *h = vm->hints;
    bool there = h && number && number <= h->nkept && h->nkept - number < MOST_KEPT;
    return there ? h->kept[number % MOST_KEPT] : NULL;
}

void avm_hints_await(AvmThread *t, const AvmFunc *func) {
    static const double REAL = 0.01; // seconds: what ends sooner has not waited for the world
    AvmHints *h = t->vm->hints;
    const AvmFrame *f = t->frame;
    const AvmAsync *a = t->vm->async;
    if (!f->gen || f->func->code->frozen || func->code->frozen || !t->running_loop) return;
    double now = avm_loop_time(t);
    bool same = h->last.awaiter == f->gen && h->last.pc == f->pc;
    uint32_t waited = same && now - h->last.began >= REAL ? h->last.waited + 1 : 0;
    h->last.awaiter = f->gen;
    h->last.pc = f->pc;
    h->last.began = now;
    h->last.waited = waited;
    AvmStr *name = avm_as_str(t, avm_func_name(func));
    if (waited == 2 && a->first == a->last && name) avm_hint(t, AVM_HINT_IN_ROW, name->data, avm_hints_site(t));
}

void avm_hints_held(AvmThread *t, AvmTask *task, double seconds) {
    bool russian = t->vm->hints->russian;
    AvmStr *name = avm_task_name(t, task);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (name) avm_buf_printf(&b, russian ? "%s держит цикл событий %.1f с" : "%s held the event loop for %.1f s", name->data, seconds);
    if (name && !b.failed) avm_hint(t, AVM_HINT_BLOCKED, avm_buf_str(&b), task->site);
    avm_buf_free(&b);
    avm_drop(t, name);
}

void avm_hint(AvmThread *t, AvmHint which, const char *what, uint16_t site) {
    static const char *const texts[][2] = {
#define H(name, english, russian) {english, russian},
#include "vm/hints.def"
#undef H
    };
    AvmHints *h = t->vm->hints;
    Site *s = site ? &h->sites[site - 1] : NULL;
    uint32_t *told = s ? &s->told : &h->told;
    if (*told & 1u << which) return;
    *told |= 1u << which;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_text(&b, h->russian ? "подсказка: " : "hint: ");
    for (const char *p = texts[which][h->russian]; *p; p++) {
        if (p[0] == '%') {
            avm_buf_text(&b, what);
            p++;
        } else {
            avm_buf_byte(&b, *p);
        }
    }
    if (s) add_site(&b, s);
    avm_buf_byte(&b, '\n');
    if (!b.failed && t->vm->host.write) t->vm->host.write(t->vm->host.ctx, 2, b.data, b.len);
    avm_buf_free(&b);
}
