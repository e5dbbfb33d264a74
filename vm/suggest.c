// "Did you mean: 'x'?": the known name that is nearest to a name that was not found.
#include <ctype.h>
#include <stdio.h>

#include "vm/builtins.h"
#include "vm/dir.h"
#include "vm/suggest.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

enum { MAX_CANDIDATES = 750, MAX_LENGTH = 40, MOVE_COST = 2, CASE_COST = 1 };

static uint32_t min(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t change_cost(char a, char b) {
    if ((a & 31) != (b & 31)) return MOVE_COST;
    if (a == b) return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_COST : MOVE_COST;
}

// What it costs to turn a into b, or more than limit. Computed a row at a time.
static uint32_t distance(const char *a, size_t na, const char *b, size_t nb, uint32_t limit) {
    while (na && nb && *a == *b) a++, b++, na--, nb--;
    while (na && nb && a[na - 1] == b[nb - 1]) na--, nb--;
    if (!na || !nb) return (uint32_t)(na + nb) * MOVE_COST;
    if (na > MAX_LENGTH || nb > MAX_LENGTH) return limit + 1;
    if (nb < na) {
        const char *p = a;
        a = b, b = p;
        size_t n = na;
        na = nb, nb = n;
    }
    if ((nb - na) * MOVE_COST > limit) return limit + 1;
    uint32_t row[MAX_LENGTH], result = 0;
    for (size_t i = 0; i < na; i++) row[i] = (uint32_t)(i + 1) * MOVE_COST;
    for (size_t j = 0; j < nb; j++) {
        uint32_t diagonal = (uint32_t)j * MOVE_COST, least = UINT32_MAX;
        result = diagonal;
        for (size_t i = 0; i < na; i++) {
            uint32_t changed = diagonal + change_cost(b[j], a[i]);
            diagonal = row[i];
            result = min(changed, min(result, diagonal) + MOVE_COST);
            row[i] = result;
            least = min(least, result);
        }
        if (least > limit) return limit + 1;
    }
    return result;
}

typedef struct Search {
    AvmStr *wrong, *best;
    uint32_t best_distance;
} Search;

static void look_at(Search *s, AvmStr *name) {
    if (!name || avm_str_equal(name, s->wrong)) return;
    uint32_t limit = (name->len + s->wrong->len + 3) * MOVE_COST / 6;
    if (s->best) limit = min(limit, s->best_distance - 1);
    uint32_t d = distance(s->wrong->data, s->wrong->len, name->data, name->len, limit);
    if (d > limit || (s->best && d >= s->best_distance)) return;
    s->best = name;
    s->best_distance = d;
}

static AvmStr *nearest(AvmThread *t, AvmList *names, AvmStr *wrong) {
    Search s = {.wrong = wrong};
    if (names->len >= MAX_CANDIDATES || wrong->len > MAX_LENGTH) return NULL;
    for (uint32_t i = 0; i < names->len; i++) look_at(&s, avm_as_str(t, names->items[i]));
    return s.best;
}

bool avm_suggest_keyword(AvmThread *t, const char *function, AvmStr *const *names, uint32_t n,
                         AvmValue wrong) {
    Search s = {.wrong = avm_as_str(t, wrong)};
    for (uint32_t i = 0; i < n && s.wrong->len <= MAX_LENGTH; i++) look_at(&s, names[i]);
    return s.best ? avm_raise_type(t, "%s() got an unexpected keyword argument '%V'. Did you mean '%S'?",
                                   function, wrong, s.best)
                  : avm_raise_type(t, "%s() got an unexpected keyword argument '%V'", function, wrong);
}

static bool add_keys(AvmThread *t, AvmList *list, AvmDict *d) {
    uint32_t pos = 0;
    AvmValue key, value;
    while (d && avm_dict_next(d, &pos, &key, &value))
        if (!avm_list_append(t, list, key)) return false;
    return true;
}

// The names of list that don't begin with '_', unless the wrong one does.
static AvmList *visible(AvmThread *t, AvmValue names, AvmStr *wrong, bool all) {
    AvmList *list = avm_is_list(names) ? avm_list_new(t, 8) : NULL;
    if (!list) return NULL;
    AvmList *from = (AvmList *)avm_obj(names);
    for (uint32_t i = 0; i < from->len; i++) {
        AvmStr *name = avm_as_str(t, from->items[i]);
        if (!name || (!all && *wrong->data != '_' && *name->data == '_')) continue;
        if (!avm_list_append(t, list, from->items[i])) break;
    }
    return list;
}

static AvmTraceback *last_row(AvmExc *exc) {
    if (exc->traceback == AVM_EMPTY) return NULL;
    AvmTraceback *tb = (AvmTraceback *)avm_obj(exc->traceback);
    while (tb->next) tb = tb->next;
    return tb;
}

// What the local variables call self, borrowed, or AVM_EMPTY.
static AvmValue self_in(AvmThread *t, AvmDict *locals) {
    AvmStr *key = avm_str_text(t, "self");
    AvmValue self = key ? avm_dict_get_str(t, locals, key) : AVM_EMPTY;
    avm_drop(t, key);
    return self;
}

static AvmList *attribute_names(AvmThread *t, AvmExc *exc, AvmStr *wrong) {
    if (exc->extra[1] == AVM_EMPTY) return NULL;
    AvmTraceback *tb = last_row(exc);
    AvmDict *locals = tb ? avm_frame_object_locals(t, tb->frame) : NULL;
    bool own = locals && self_in(t, locals) == exc->extra[1];
    avm_drop(t, locals);
    AvmValue names = avm_dir(t, exc->extra[1]);
    AvmList *list = names == AVM_FAIL ? NULL : visible(t, names, wrong, own);
    avm_decref(t, names);
    return list;
}

static AvmList *import_names(AvmThread *t, AvmExc *exc, AvmStr *wrong) {
    AvmStr *name = avm_as_str(t, exc->extra[0]);
    AvmValue module = name ? avm_dict_get_str(t, t->vm->modules, name) : AVM_EMPTY;
    if (module == AVM_EMPTY) return NULL;
    avm_incref(module);
    AvmValue names = avm_dir(t, module);
    AvmList *list = names == AVM_FAIL ? NULL : visible(t, names, wrong, false);
    avm_decref(t, names);
    avm_decref(t, module);
    return list;
}

// Does the method's instance have the name as an attribute? Then `self.name` was meant.
static bool on_self(AvmThread *t, AvmDict *locals, AvmStr *wrong) {
    AvmValue self = self_in(t, locals);
    if (self == AVM_EMPTY) return false;
    AvmValue v = avm_getattr_maybe(t, avm_incref(self), wrong);
    avm_decref(t, self);
    if (v == AVM_DONE || v == AVM_FAIL) return false;
    avm_decref(t, v);
    return true;
}

static AvmList *scope_names(AvmThread *t, AvmExc *exc, AvmStr *wrong, bool *self) {
    AvmTraceback *tb = last_row(exc);
    AvmDict *locals = tb ? avm_frame_object_locals(t, tb->frame) : NULL;
    AvmList *list = locals ? avm_list_new(t, 64) : NULL;
    if (list) {
        AvmDict *globals = tb->frame->func->globals;
        *self = on_self(t, locals, wrong);
        if (!add_keys(t, list, locals) || (locals != globals && !add_keys(t, list, globals)) ||
            !avm_builtins_complete(t) || !add_keys(t, list, t->vm->builtins))
            avm_exc_clear(t);
    }
    avm_drop(t, locals);
    return list;
}

static const char stdlib_names[] = " abc antigravity argparse array ast asyncio atexit base64 bdb binascii "
                                   "bisect builtins bz2 cProfile calendar "
                                   "cmath cmd code codecs codeop collections colorsys compileall concurrent "
                                   "configparser contextlib contextvars copy "
                                   "copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis "
                                   "doctest email encodings ensurepip enum "
                                   "errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib "
                                   "functools gc genericpath getopt getpass "
                                   "gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib "
                                   "imaplib importlib inspect io ipaddress "
                                   "itertools json keyword linecache locale logging lzma mailbox marshal "
                                   "math mimetypes mmap modulefinder msvcrt "
                                   "multiprocessing netrc nt ntpath nturl2path numbers opcode operator "
                                   "optparse os pathlib pdb pickle pickletools "
                                   "pkgutil platform plistlib poplib posix posixpath pprint profile pstats "
                                   "pty pwd py_compile pyclbr pydoc pydoc_data "
                                   "pyexpat queue quopri random re readline reprlib resource rlcompleter "
                                   "runpy sched secrets select selectors shelve "
                                   "shlex shutil signal site smtplib socket socketserver sqlite3 sre_compile "
                                   "sre_constants sre_parse ssl stat "
                                   "statistics string stringprep struct subprocess symtable sys sysconfig "
                                   "syslog tabnanny tarfile tempfile termios "
                                   "textwrap this threading time timeit tkinter token tokenize tomllib trace "
                                   "traceback tracemalloc tty turtle "
                                   "turtledemo types typing unicodedata unittest urllib uuid venv warnings "
                                   "wave weakref webbrowser winreg winsound "
                                   "wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo ";

bool avm_is_stdlib_name(const char *name, size_t n) {
    char word[40];
    if (!n || n > sizeof word - 3) return false;
    snprintf(word, sizeof word, " %.*s ", (int)n, name);
    return strstr(stdlib_names, word) != NULL;
}

void avm_suggest(AvmThread *t, AvmExc *exc, AvmBuf *out) {
    AvmValue v = avm_value(exc);
    bool is_import = avm_isinstance_exact(t, v, AVM_EXC(t, ImportError));
    bool is_name = avm_isinstance_exact(t, v, AVM_EXC(t, NameError));
    if (!is_import && !is_name && !avm_isinstance_exact(t, v, AVM_EXC(t, AttributeError))) return;
    AvmValue given = exc->extra[is_import ? 3 : 0];
    AvmStr *wrong = given == AVM_EMPTY ? NULL : avm_as_str(t, given);
    if (!wrong) return;
    bool self = false;
    AvmList *names = is_import ? import_names(t, exc, wrong)
                     : is_name ? scope_names(t, exc, wrong, &self)
                               : attribute_names(t, exc, wrong);
    avm_exc_clear(t);
    AvmStr *best = names && !self ? nearest(t, names, wrong) : NULL;
    if (self)
        avm_buf_printf(out, ". Did you mean: 'self.%.*s'?", (int)wrong->len, wrong->data);
    else if (best)
        avm_buf_printf(out, ". Did you mean: '%.*s'?", (int)best->len, best->data);
    if (is_name && avm_is_stdlib_name(wrong->data, wrong->len))
        avm_buf_printf(out, "%s you forget to import '%.*s'?", self || best ? " Or did" : ". Did",
                       (int)wrong->len, wrong->data);
    avm_drop(t, names);
}
