// The cycle collector: trial deletion over the whole heap. References from inside the heap are counted; what has more than
// these is held from outside, and keeps all it reaches.
#include "vm/gc.h"

#include "vm/async/async.h"
#include "vm/builtins.h"
#include "vm/error.h"
#include "vm/heap.h"
#include "vm/shape.h"
#include "vm/type.h"
#include "vm/weak.h"

typedef struct Objects {
    AvmAlloc *alloc;
    AvmObj **at;
    size_t n, cap;
    bool failed;
} Objects;

typedef struct Collector {
    AvmThread *t;
    AvmDict **names; // at the end of a program: those of its script
    uint32_t nnames;
    Objects work;    // reachable ones whose references are still to be followed
    Objects garbage; // in the order in which it is finalised
    size_t live, reached;
} Collector;

static void push(Objects *list, AvmObj *o) {
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 1024;
        AvmObj **p = avm_realloc(list->alloc, list->at, list->cap * sizeof *p, cap * sizeof *p);
        if (!p) {
            list->failed = true;
            return;
        }
        list->at = p;
        list->cap = cap;
    }
    list->at[list->n++] = o;
}

static void release(Objects *list) { avm_release(list->alloc, list->at, list->cap * sizeof *list->at); }

void avm_gc_visit(AvmThread *t, AvmObj *o, AvmVisit visit, void *arg) {
    AvmType *type = t->vm->types[o->type];
    if (type->s.traverse) type->s.traverse(o, visit, arg);
    AvmAttrs *a = avm_object_attrs(t, o);
    if (a) avm_attrs_visit(a, visit, arg);
    for (uint32_t i = 0; i < type->nslots; i++) visit(*(AvmValue *)((char *)o + type->slot_offsets[i]), arg);
    if (type->flags & AVM_TYPE_HEAP) visit(avm_value(type), arg);
}

// A word for each object: first how many references to it stand inside the heap, then whether it is reached; of garbage,
// whether it has its place in the order; while finalisers run, where in c->garbage it stands.
static const uint32_t REACHED = UINT32_MAX, AHEAD = UINT32_MAX - 1, FOLLOWED = UINT32_MAX - 2;

static void count(AvmValue v, void *arg) {
    (void)arg;
    if (avm_is_obj(v)) ++*avm_heap_gc_word(avm_obj(v));
}

static void count_all(AvmObj *o, void *arg) {
    Collector *c = arg;
    c->live++;
    avm_gc_visit(c->t, o, count, c);
}

static void reach(AvmValue v, void *arg) {
    Collector *c = arg;
    if (!avm_is_obj(v)) return;
    uint32_t *word = avm_heap_gc_word(avm_obj(v));
    if (*word == REACHED) return;
    *word = REACHED;
    c->reached++;
    push(&c->work, avm_obj(v));
}

static void find_roots(AvmObj *o, void *arg) {
    uint32_t word = *avm_heap_gc_word(o);
    if (word != REACHED && o->refs != word) reach(avm_value(o), arg);
}

static void put_in_line(AvmObj *o, void *arg) {
    Collector *c = arg;
    if (*avm_heap_gc_word(o) < FOLLOWED) push(&c->garbage, o);
}

static void follow(AvmValue v, void *arg) {
    Collector *c = arg;
    if (!avm_is_obj(v)) return;
    uint32_t *word = avm_heap_gc_word(avm_obj(v));
    if (*word >= FOLLOWED) return;
    *word = FOLLOWED;
    push(&c->work, avm_obj(v));
}

// At the end of a program tasks are finalised first, in the order in which they began; what the program's names reach comes last,
// what they name before what that holds. So CPython's collector meets it, because it has looked at all that lives once before.
static void put_names_last(Collector *c) {
    for (AvmTask *task = c->t->vm->async->first; task; task = task->next) {
        uint32_t *word = avm_heap_gc_word(&task->f.h);
        if (*word == REACHED) continue;
        *word = AHEAD;
        push(&c->garbage, &task->f.h);
    }
    for (uint32_t i = 0; i < c->nnames; i++)
        if (c->names[i]) follow(avm_value(c->names[i]), c);
    size_t tasks = c->garbage.n, dicts = c->work.n;
    for (size_t i = 0; i < c->work.n; i++) {
        avm_gc_visit(c->t, c->work.at[i], follow, c);
        for (size_t k = 0; i + 1 == dicts && k < tasks; k++) push(&c->work, c->garbage.at[k]);
    }
    avm_heap_walk(c->t->vm->heap, put_in_line, c);
    for (size_t i = 0; i < c->work.n; i++)
        if (*avm_heap_gc_word(c->work.at[i]) == FOLLOWED) push(&c->garbage, c->work.at[i]);
    c->work.n = 0;
}

// Those that live get a reference, the others' places become NULL.
static void keep_held_names(Collector *c) {
    for (uint32_t i = 0; i < c->nnames; i++)
        if (c->names[i]) c->names[i] = *avm_heap_gc_word(&c->names[i]->h) == REACHED ? avm_retain(c->names[i]) : NULL;
    c->nnames = 0;
}

// Fills c->garbage with what nothing outside reaches. false: no memory for it. The words stay, for avm_heap_gc_end.
static bool find_garbage(Collector *c) {
    AvmHeap *h = c->t->vm->heap;
    if (!avm_heap_gc_begin(h)) return false;
    avm_heap_walk(h, count_all, c);
    avm_heap_walk(h, find_roots, c);
    while (c->work.n && !c->work.failed) avm_gc_visit(c->t, c->work.at[--c->work.n], reach, c);
    if (c->reached < c->live && !c->work.failed) {
        if (c->nnames)
            put_names_last(c);
        else
            avm_heap_walk(h, put_in_line, c);
    }
    keep_held_names(c);
    return !c->work.failed && !c->garbage.failed;
}

static bool has_finalizer(AvmThread *t, AvmObj *o) {
    return t->vm->types[o->type]->s.finalize && !(o->flags & AVM_OBJ_FINALIZED);
}

// The weak reference that o is, if it calls something when its target dies; or NULL.
static AvmWeakRef *caller(AvmThread *t, AvmObj *o) {
    bool weak = t->vm->types[o->type]->s.free == avm_weakref_def.slots.free;
    return weak && ((AvmWeakRef *)o)->callback ? (AvmWeakRef *)o : NULL;
}

typedef struct Watch {
    AvmThread *t;
    bool found;
} Watch;

static void look_for_witness(AvmObj *o, void *arg) {
    Watch *w = arg;
    if (caller(w->t, o) || has_finalizer(w->t, o)) w->found = true;
}

bool avm_gc_matters(AvmThread *t) {
    Watch w = {.t = t};
    avm_heap_walk(t->vm->heap, look_for_witness, &w);
    return w.found;
}

// A weak reference that is garbage itself calls nothing: its function may have been emptied by then. True if there was one:
// what it would have called is gone.
static bool silence(Collector *c) {
    bool any = false;
    for (size_t i = 0; i < c->garbage.n; i++) {
        AvmWeakRef *r = caller(c->t, c->garbage.at[i]);
        if (!r) continue;
        any = true;
        avm_replace(c->t, &r->callback, AVM_EMPTY);
    }
    return any;
}

// Empties the weak references to garbage, before any finaliser could use them. True if there was one.
static bool clear_weak(Collector *c) {
    bool any = silence(c);
    for (size_t i = 0; i < c->garbage.n; i++) {
        if (!(c->garbage.at[i]->flags & AVM_OBJ_WEAKREFS)) continue;
        any = true;
        avm_weak_clear(c->t, c->garbage.at[i]);
    }
    return any;
}

static void hold(AvmValue v, void *arg) {
    Collector *c = arg;
    if (!avm_is_obj(v) || !(avm_obj(v)->flags & AVM_OBJ_GARBAGE)) return;
    size_t n = c->work.n;
    push(&c->work, avm_obj(v));
    avm_obj(v)->refs += (uint32_t)(c->work.n - n);
}

// Lets go of what stands in c->work. What only the collector keeps of it dies now, and what that held: not at its turn, but when
// a finaliser has let it go (the locals of a coroutine that was closed).
static void let_die(Collector *c) {
    for (size_t i = 0; i < c->work.n; i++) {
        AvmObj *o = c->work.at[i];
        if (o->flags & AVM_OBJ_GARBAGE && o->refs == 2) {
            avm_gc_visit(c->t, o, hold, c);
            o->flags &= (uint16_t)~AVM_OBJ_GARBAGE;
            c->garbage.at[*avm_heap_gc_word(o)] = NULL;
            o->refs--;
        }
        avm_drop(c->t, o);
    }
    c->work.n = 0;
}

static void run_finalizer(Collector *c, AvmObj *o) {
    avm_gc_visit(c->t, o, hold, c);
    o->flags |= AVM_OBJ_FINALIZED;
    c->t->vm->types[o->type]->s.finalize(c->t, avm_value(o));
    if (c->t->exc) avm_exc_unraisable(c->t, NULL, avm_value(o));
    let_die(c);
}

// Runs the finalisers of the garbage. True if anything happened: then what is garbage must be found out again.
static bool finalize(Collector *c) {
    for (size_t i = 0; i < c->garbage.n; i++) {
        AvmObj *o = c->garbage.at[i];
        o->refs++;
        o->flags |= AVM_OBJ_GARBAGE;
        *avm_heap_gc_word(o) = (uint32_t)i;
    }
    bool any = clear_weak(c);
    for (size_t i = 0; i < c->garbage.n; i++) {
        AvmObj *o = c->garbage.at[i];
        if (!o || !has_finalizer(c->t, o)) continue;
        any = true;
        run_finalizer(c, o);
    }
    for (size_t i = 0; i < c->garbage.n; i++) {
        AvmObj *o = c->garbage.at[i];
        if (!o) continue;
        o->flags &= (uint16_t)~AVM_OBJ_GARBAGE;
        avm_drop(c->t, o);
    }
    return any;
}

static void clear_object(AvmThread *t, AvmObj *o) {
    AvmType *type = t->vm->types[o->type];
    if (type->s.clear) type->s.clear(t, o);
    AvmAttrs *a = avm_object_attrs(t, o);
    if (a) avm_attrs_clear(t, o, a);
    for (uint32_t i = 0; i < type->nslots; i++) avm_replace(t, (AvmValue *)((char *)o + type->slot_offsets[i]), AVM_EMPTY);
}

static void clear(Collector *c) {
    for (size_t i = 0; i < c->garbage.n; i++) c->garbage.at[i]->refs++;
    silence(c);
    for (size_t i = 0; i < c->garbage.n; i++) clear_object(c->t, c->garbage.at[i]);
    for (size_t i = 0; i < c->garbage.n; i++) avm_drop(c->t, c->garbage.at[i]);
}

bool avm_gc_can_look(AvmThread *t) {
    for (AvmThread *o = t->vm->main_thread; o; o = o->next)
        if (o->gc_running || (o->free_depth != AVM_FREE_NOTHING && (o->free_depth > 1 || o->ndying))) return false;
    return true;
}

static size_t collect(Collector *c) {
    static const size_t LEAST = 50000;
    AvmThread *t = c->t;
    if (!avm_gc_can_look(t)) return 0;
    t->gc_running = true;
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    c->work.alloc = c->garbage.alloc = &t->vm->alloc;
    bool ok = find_garbage(c), again = ok && finalize(c);
    avm_heap_gc_end(t->vm->heap);
    if (again) {
        c->garbage.n = c->live = c->reached = 0;
        c->work.failed = false;
        ok = find_garbage(c);
        avm_heap_gc_end(t->vm->heap);
    }
    size_t found = ok ? c->garbage.n : 0;
    if (ok) clear(c);
    release(&c->work);
    release(&c->garbage);
    t->gc_debt = 0;
    t->gc_live = c->live;
    // As many objects as live may come, so that the collector's share of a growing program stays bounded.
    t->gc_threshold = c->live > LEAST ? c->live : LEAST;
    t->gc_bytes = t->vm->alloc.used;
    t->gc_classes = t->vm->nclasses;
    t->exc = exc;
    t->gc_running = false;
    return found;
}

size_t avm_gc_collect(AvmThread *t) {
    Collector c = {.t = t};
    return collect(&c);
}

void avm_gc_collect_last(AvmThread *t, AvmDict **names, uint32_t n) {
    Collector c = {.t = t, .names = names, .nnames = n};
    collect(&c);
    for (uint32_t i = 0; i < c.nnames; i++) names[i] = NULL; // there was no memory, or no time to look
}
