// The error of the last call as the host sees it: type, message, frames; causes, contexts and the members of groups.
#include <string.h>

#include "base/arena.h"
#include "embed/embed.h"
#include "vm/error.h"
#include "vm/traceback.h"
#include "vm/type.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/vm.h"

// In an arena, which goes with the error. What the frames point to belongs to the code that the tracebacks keep.
typedef struct AvmErrorTree {
    AvmArena arena;
    aiovm_error *root;
    AvmBuf text;
} AvmErrorTree;

enum { DEEPEST = 50 }; // causes of causes and members of members beyond it are left out

void avm_error_tree_free(aiovm *vm) {
    AvmErrorTree *tree = vm->tree;
    if (!tree) return;
    vm->tree = NULL;
    avm_arena_free(&tree->arena);
    avm_buf_free(&tree->text);
    avm_release(&vm->alloc, tree, sizeof *tree);
}

static const char *keep(AvmErrorTree *tree, const char *text, size_t n) {
    char *copy = avm_arena_alloc(&tree->arena, n + 1);
    if (!copy) return "";
    memcpy(copy, text, n);
    copy[n] = 0;
    return copy;
}

static const char *message_of(aiovm *vm, AvmErrorTree *tree, AvmValue exc) {
    AvmThread *t = vm->t;
    AvmValue s = avm_str(t, exc);
    AvmStr *text = s ? avm_as_str(t, s) : NULL;
    const char *message = text ? keep(tree, text->data, text->len) : "";
    avm_decref(t, s);
    avm_exc_clear(t);
    return message;
}

// --- frames

static const char *text_of(AvmThread *t, AvmValue v) {
    AvmStr *s = v ? avm_as_str(t, v) : NULL;
    return s ? s->data : "";
}

static uint32_t number_of(AvmThread *t, AvmValue v) {
    int64_t n;
    return v && avm_is_int(t, v) && avm_int_get(v, &n) && n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

// Bytes before character `offset` (from 1) of a text.
static uint32_t column_of(AvmThread *t, AvmValue text, AvmValue offset) {
    uint32_t chars = number_of(t, offset);
    AvmStr *s = text ? avm_as_str(t, text) : NULL;
    if (!chars) return 0;
    return s && chars - 1 <= s->count ? avm_str_offset(t, s, chars - 1) : chars - 1;
}

// false: it has no place.
static bool syntax_place(AvmThread *t, const AvmExc *exc, aiovm_frame *frame) {
    uint32_t line = number_of(t, exc->extra[2]), end = number_of(t, exc->extra[5]);
    *frame = (aiovm_frame){
        .file = text_of(t, exc->extra[1]),
        .function = "",
        .line = line,
        .end_line = end ? end : line,
        .column = column_of(t, exc->extra[4], exc->extra[3]),
        .end_column = column_of(t, end == line ? exc->extra[4] : AVM_EMPTY, exc->extra[6]),
    };
    return line > 0;
}

static void fill_frame(const AvmTraceback *tb, aiovm_frame *frame) {
    const AvmUnit *unit = avm_traceback_code(tb)->unit;
    AvmPos pos = avm_unit_pos(unit, tb->pc);
    *frame = (aiovm_frame){.file = unit->file.text, .function = unit->qualname.text};
    frame->awaits = (unit->flags & AVM_UNIT_COROUTINE) != 0;
    if (!pos.line) return;
    frame->line = pos.line;
    frame->end_line = pos.line + pos.lines;
    if (pos.col == 0xFFFF) return;
    frame->column = pos.col;
    frame->end_column = pos.end_col;
}

static void fill_frames(aiovm *vm, AvmErrorTree *tree, AvmValue v, aiovm_error *e) {
    AvmThread *t = vm->t;
    const AvmExc *exc = (AvmExc *)avm_obj(v);
    bool has = avm_is(exc->traceback, AVM_T_TRACEBACK);
    const AvmTraceback *first = has ? (AvmTraceback *)avm_obj(exc->traceback) : NULL;
    size_t n = 1; // a syntax error's place
    for (const AvmTraceback *tb = first; tb; tb = tb->next) n++;
    aiovm_frame *frames = avm_arena_alloc(&tree->arena, n * sizeof *frames);
    if (!frames) return;
    e->frames = frames;
    for (const AvmTraceback *tb = first; tb; tb = tb->next)
        if (!avm_traceback_code(tb)->frozen || !t->vm->hide_frozen) fill_frame(tb, &frames[e->frame_count++]);
    if (avm_exc_matches(t, v, AVM_EXC(t, SyntaxError)) && syntax_place(t, exc, &frames[e->frame_count])) e->frame_count++;
}

// --- the tree

static aiovm_error *make(aiovm *vm, AvmErrorTree *tree, AvmValue v, int depth);

static aiovm_error *make_other(aiovm *vm, AvmErrorTree *tree, AvmValue v, int depth) {
    return v && avm_is_obj(v) && depth < DEEPEST ? make(vm, tree, v, depth + 1) : NULL;
}

static void fill_members(aiovm *vm, AvmErrorTree *tree, AvmValue v, aiovm_error *e, int depth) {
    AvmThread *t = vm->t;
    AvmValue *items;
    uint32_t n;
    if (!avm_exc_matches(t, v, AVM_EXC(t, BaseExceptionGroup)) || !avm_seq_items(t, ((AvmExc *)avm_obj(v))->extra[1], &items, &n))
        return;
    const aiovm_error **members = avm_arena_alloc(&tree->arena, (n + 1) * sizeof *members);
    for (uint32_t i = 0; members && i < n; i++) {
        aiovm_error *m = make_other(vm, tree, items[i], depth);
        if (m) members[e->member_count++] = m;
    }
    e->members = members;
}

static aiovm_error *make(aiovm *vm, AvmErrorTree *tree, AvmValue v, int depth) {
    aiovm_error *e = avm_arena_alloc(&tree->arena, sizeof *e);
    if (!e) return NULL;
    AvmStr *name = avm_type_of(vm->t, v)->name;
    *e = (aiovm_error){.type = keep(tree, name->data, name->len), .text = ""};
    e->message = message_of(vm, tree, v);
    fill_frames(vm, tree, v, e);
    const AvmExc *exc = (AvmExc *)avm_obj(v);
    e->cause = make_other(vm, tree, exc->cause, depth);
    if (!exc->suppress_context) e->context = make_other(vm, tree, exc->context, depth);
    fill_members(vm, tree, v, e, depth);
    return e;
}

// The tree of the error; NULL: there is none, or no memory for it.
static AvmErrorTree *tree_of(aiovm *vm) {
    if (vm->tree || !vm->error || vm->t->exhausted) return vm->tree;
    AvmThread *t = vm->t;
    AvmErrorTree *tree = avm_alloc_zero(&vm->alloc, sizeof *tree);
    if (!tree) return NULL;
    avm_arena_init(&tree->arena, &vm->alloc);
    avm_buf_init(&tree->text, &vm->alloc);
    AvmValue exc = avm_incref(vm->error);
    bool began = avm_embed_run(vm);
    tree->root = make(vm, tree, exc, 0);
    if (!avm_traceback_format(t, exc, &tree->text)) tree->text.len = 0;
    avm_exc_clear(t);
    t->exhausted = false;
    avm_decref(t, exc);
    avm_embed_rest(vm, began);
    vm->tree = tree;
    if (tree->root) tree->root->text = avm_buf_str(&tree->text);
    else avm_error_tree_free(vm);
    return vm->tree;
}

// --- calls

aiovm_status aiovm_get_error(aiovm *vm, const aiovm_error **error) {
    if (error) *error = NULL;
    if (!error || !avm_embed_enter(vm)) return AIOVM_MISUSE;
    if (!vm->error) return AIOVM_RANGE;
    AvmErrorTree *tree = tree_of(vm);
    if (!tree) return AIOVM_MEMORY;
    *error = tree->root;
    return AIOVM_OK;
}

static const aiovm_error *the_error(aiovm *vm) {
    static const aiovm_error none = {.type = "", .message = "", .text = ""};
    AvmErrorTree *tree = avm_embed_enter(vm) ? tree_of(vm) : NULL;
    return tree ? tree->root : &none;
}

const char *aiovm_error_type(aiovm *vm) { return the_error(vm)->type; }
const char *aiovm_error_message(aiovm *vm) { return the_error(vm)->message; }
const char *aiovm_error_text(aiovm *vm) { return the_error(vm)->text; }

aiovm_status aiovm_get_exception(aiovm *vm, aiovm_value *exception) {
    if (exception) *exception = (aiovm_value){0};
    if (!exception || !avm_embed_enter(vm)) return AIOVM_MISUSE;
    return vm->error ? avm_handle_put(vm, avm_incref(vm->error), exception) : AIOVM_RANGE;
}
