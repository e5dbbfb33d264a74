// Native functions: signatures read from their definitions, arguments bound to slots, CPython's errors.
#include "vm/bind.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/suggest.h"
#include "vm/types/dict.h"
#include "vm/types/func.h"
#include "vm/types/list.h"
#include "vm/types/str.h"

AvmNative *avm_native_new(AvmThread *t, const AvmNativeDef *def, AvmType *owner, AvmStr *module) {
    bool is_new = owner && strcmp(def->name, "__new__") == 0;
    uint16_t type = AVM_T_NATIVE;
    if (owner && !is_new && def->kind == AVM_DEF_METHOD) type = AVM_T_NATIVE_METHOD;
    if (owner && def->kind == AVM_DEF_CLASS) type = AVM_T_CLASSMETHOD_DESCR;
    AvmNative *f = avm_object_new_id(t, type, sizeof *f);
    if (!f) return NULL;
    f->def = def;
    f->owner = owner;
    f->module = avm_retain(module);
    f->least = 1;
    return f;
}

// --- signatures

enum { MOST_PARAMS = 64 };

typedef struct Reader {
    const char *p;
    uint32_t nparams;
    const char *names[MOST_PARAMS];
    uint32_t lens[MOST_PARAMS];
} Reader;

static void skip_default(Reader *r) {
    int depth = 0;
    char quote = 0;
    for (; *r->p; r->p++) {
        char c = *r->p;
        if (quote) {
            if (c == '\\' && r->p[1])
                r->p++;
            else if (c == quote)
                quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (strchr("([{", c)) {
            depth++;
        } else if (strchr(")]}", c)) {
            if (depth-- == 0) return;
        } else if (c == ',' && depth == 0) {
            return;
        }
    }
}

static void read_name(Reader *r, const char **name, uint32_t *len) {
    *name = r->p;
    while (*r->p && !strchr(",=)/: ", *r->p)) r->p++;
    *len = (uint32_t)(r->p - *name);
}

// false: it is none, or there are too many parameters.
static bool read_params(Reader *r, AvmSignature *s) {
    bool after_star = false;
    while (*r->p && *r->p != ')') {
        const char *name;
        uint32_t len;
        if (*r->p == ',' || *r->p == ' ') {
            r->p++;
        } else if (*r->p == '/') {
            s->nposonly = s->npositional;
            r->p++;
        } else if (r->p[0] == '*' && r->p[1] == '*') {
            s->kwargs = true;
            r->p += 2;
            read_name(r, &name, &len);
        } else if (*r->p == '*') {
            r->p++;
            read_name(r, &name, &len);
            if (len) s->varargs = true;
            s->by_name = !len;
            after_star = true;
        } else {
            read_name(r, &name, &len);
            if (!len || r->nparams == MOST_PARAMS) return false;
            bool optional = *r->p == '=';
            if (optional) skip_default(r);
            r->names[r->nparams] = name;
            r->lens[r->nparams++] = len;
            if (after_star) {
                if (!optional) s->kw_required |= 1ull << s->nkwonly;
                s->nkwonly++;
            } else {
                if (!optional) s->nrequired = (uint8_t)(s->npositional + 1);
                s->npositional++;
            }
        }
    }
    return true;
}

bool avm_native_can_read(const char *signature) {
    Reader r = {.p = strchr(signature, '(')};
    AvmSignature s = {0};
    return r.p && (r.p++, read_params(&r, &s)) && r.p[0] == ')' && !r.p[1];
}

static bool type_of_self_is_known(const AvmNative *f) { return f->h.type == AVM_T_NATIVE_METHOD; }

// A function of script in CPython.
static bool is_script(const AvmNative *f) { return strncmp(f->def->signature, "def ", strlen("def ")) == 0; }

static AvmSignature *read_signature(AvmThread *t, AvmNative *f) {
    Reader r = {.p = strchr(f->def->signature, '(')};
    AvmSignature head = {0};
    if (r.p) {
        r.p++;
        read_params(&r, &head);
    }
    AvmSignature *s = avm_alloc_zero(&t->vm->alloc, sizeof *s + r.nparams * sizeof *s->names);
    if (!s) {
        avm_raise_memory(t);
        return NULL;
    }
    *s = head;
    bool makes = strcmp(f->def->name, "__new__") == 0;
    s->script = is_script(f);
    s->nself = f->owner && (f->def->kind != AVM_DEF_STATIC || makes);
    s->nslots = (uint8_t)(s->nself + s->npositional + s->nkwonly + s->kwargs);
    for (uint32_t i = 0; i < r.nparams; i++) {
        s->names[i] = avm_str_intern(t, r.names[i], r.lens[i]);
        if (!s->names[i]) {
            while (i) avm_drop(t, s->names[--i]);
            avm_release(&t->vm->alloc, s, sizeof *s + r.nparams * sizeof *s->names);
            return NULL;
        }
    }
    s->by_name |= s->npositional > s->nposonly || s->nkwonly;
    bool direct = !s->kw_required && !s->kwargs && (type_of_self_is_known(f) || !s->nself || makes);
    if (direct) { // slots for keywords stand before the surplus of *args
        f->least = (uint8_t)(s->nself + s->nrequired);
        f->most = s->nkwonly ? (uint8_t)(s->nself + s->npositional) : s->varargs ? UINT8_MAX : s->nslots;
        f->nslots = f->def->as_given ? f->least : s->nslots;
        if (!f->owner && f->nslots == f->most) f->exact = f->most + 1u;
    }
    return f->sig = s;
}

static void native_free(AvmThread *t, AvmObj *o) {
    AvmNative *f = (AvmNative *)o;
    if (f->sig && !f->self) { // bound copies share the signature of the one in the type
        uint32_t n = f->sig->npositional + f->sig->nkwonly;
        for (uint32_t i = 0; i < n; i++) avm_drop(t, f->sig->names[i]);
        avm_release(&t->vm->alloc, f->sig, sizeof *f->sig + n * sizeof *f->sig->names);
    }
    avm_decref(t, f->self);
    avm_drop(t, f->module);
}

// --- errors

// Makers go by their type's name.
static const char *short_name(const AvmNative *f) {
    bool maker = f->owner && (strcmp(f->def->name, "__new__") == 0 || strcmp(f->def->name, "__init__") == 0);
    return maker ? f->owner->name->data : f->def->name;
}

// "list.append", "len", "math.sqrt"
static void full_name(AvmNative *f, AvmBuf *b) {
    const char *name = short_name(f);
    const AvmType *of = f->owner && f->def->kind == AVM_DEF_CLASS && f->self ? (AvmType *)avm_obj(f->self) : f->owner;
    if (of && name == f->def->name)
        avm_buf_printf(b, "%s.", of->name->data);
    else if (!f->owner && f->module && !avm_str_is(f->module, "builtins"))
        avm_buf_printf(b, "%s.", f->module->data);
    avm_buf_text(b, name);
}

// A dunder method that stands for a slot, bound or not.
static bool is_wrapper(const AvmNative *f) {
    return f->h.type == AVM_T_WRAPPER || f->h.type == AVM_T_METHOD_WRAPPER;
}

static AvmValue wrong_count(AvmThread *t, AvmNative *f, uint32_t given) {
    const AvmSignature *s = f->sig;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    full_name(f, &b);
    const char *name = avm_buf_str(&b), *brief = short_name(f);
    bool by_name = s->by_name, wrapper = is_wrapper(f);
    uint32_t least = s->nrequired, most = s->npositional;
    if (wrapper) {
        avm_raise_type(t, "expected %u argument%s, got %u", most, most == 1 ? "" : "s", given);
    } else if (most == 0) {
        if (s->nkwonly)
            avm_raise_type(t, "%s() takes no positional arguments", brief);
        else
            avm_raise_type(t, "%s() takes no arguments (%u given)", name, given);
    } else if (least == 1 && most == 1 && !by_name) {
        avm_raise_type(t, "%s() takes exactly one argument (%u given)", name, given);
    } else if (by_name && given < least && given < s->nposonly) {
        uint32_t needed = least < s->nposonly ? least : s->nposonly;
        avm_raise_type(t, "%s() takes %s %u positional argument%s (%u given)", brief,
                       needed < most ? "at least" : "exactly", needed, needed == 1 ? "" : "s", given);
    } else if (by_name && given < least) {
        avm_raise_type(t, "%s() missing required argument '%S' (pos %u)", brief, s->names[given], given + 1);
    } else if (by_name) {
        avm_raise_type(t, "%s() takes %s %u positional argument%s (%u given)", brief,
                       least == most ? "exactly" : "at most", most, most == 1 ? "" : "s", given);
    } else if (least == most) {
        avm_raise_type(t, "%s expected %u argument%s, got %u", brief, least, least == 1 ? "" : "s", given);
    } else {
        bool few = given < least;
        avm_raise_type(t, "%s expected at %s %u argument%s, got %u", brief, few ? "least" : "most",
                       few ? least : most, (few ? least : most) == 1 ? "" : "s", given);
    }
    avm_buf_free(&b);
    return AVM_FAIL;
}

// By position and by name together there are more than parameters.
static AvmValue far_too_many(AvmThread *t, AvmNative *f, uint32_t by_position, uint32_t by_name) {
    uint32_t most = (uint32_t)f->sig->npositional + f->sig->nkwonly;
    if (!most) return avm_raise_type(t, "%s() takes no arguments", short_name(f));
    return avm_raise_type(t, "%s() takes at most %u %sargument%s (%u given)", short_name(f), most,
                          by_position ? "" : "keyword ", most == 1 ? "" : "s", by_position + by_name);
}

static AvmValue no_keywords(AvmThread *t, AvmNative *f) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    full_name(f, &b);
    avm_raise_type(
        t, is_wrapper(f) ? "wrapper %s() takes no keyword arguments" : "%s() takes no keyword arguments",
        is_wrapper(f) ? f->def->name : avm_buf_str(&b));
    avm_buf_free(&b);
    return AVM_FAIL;
}

// The makers of built-in types leave keywords alone that are meant for the other half of a script's sub-class:
// `__new__` when the class has an `__init__` of its own, and the other way round.
static bool for_other_half(AvmThread *t, const AvmNative *f, AvmValue first) {
    if (!f->owner) return false;
    bool makes = strcmp(f->def->name, "__new__") == 0;
    if (!makes && (strcmp(f->def->name, "__init__") != 0 || f->owner->id == AVM_T_SET)) return false;
    AvmType *type = makes ? (AvmType *)avm_obj(first) : avm_type_of(t, first);
    AvmStr *other = makes ? AVM_NAME(t, __init__) : AVM_NAME(t, __new__);
    return type != f->owner && avm_type_lookup(t, type, other) != avm_type_lookup(t, f->owner, other);
}

// The qualified name that CPython's function of script has. NULL: MemoryError.
static AvmStr *script_name(AvmThread *t, const AvmNative *f) {
    const char *name = f->def->signature + strlen("def "), *module = strchr(name, ':');
    if (module && module < strchr(name, '(')) name = module + 1;
    return avm_str_new(t, name, (size_t)(strchr(name, '(') - name));
}

// A function of script knows its self as its first parameter.
static AvmValue no_self(AvmThread *t, AvmNative *f) {
    const AvmSignature *s = f->sig;
    AvmText lacking[MOST_PARAMS + 1] = {{"self", 4}};
    for (uint32_t i = 0; i < s->nrequired; i++)
        lacking[i + 1] = (AvmText){s->names[i]->data, s->names[i]->len};
    AvmStr *name = script_name(t, f);
    if (name) avm_bind_missing(t, avm_value(name), lacking, s->nrequired + 1, "positional");
    avm_drop(t, name);
    return AVM_FAIL;
}

static AvmValue wrong_self(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t nargs) {
    if (nargs == 0 && f->sig->script) return no_self(t, f);
    // __init__ stands for a slot in CPython, too.
    bool wrapper = f->h.type == AVM_T_WRAPPER || strcmp(f->def->name, "__init__") == 0;
    if (nargs == 0)
        return wrapper
                   ? avm_raise_type(t, "descriptor '%s' of '%K' object needs an argument", f->def->name,
                                    f->owner)
                   : avm_raise_type(t, "unbound method %N.%s() needs an argument", f->owner, f->def->name);
    return avm_raise_type(t,
                          wrapper ? "descriptor '%s' requires a '%K' object but received a '%T'"
                                  : "descriptor '%s' for '%K' objects doesn't apply to a '%T' object",
                          f->def->name, f->owner, args[0]);
}

// --- binding

static int find_param(const AvmSignature *s, AvmValue name) {
    AvmStr *n = (AvmStr *)avm_obj(name);
    for (uint32_t i = s->nposonly; i < (uint32_t)s->npositional + s->nkwonly; i++)
        if (s->names[i] == n || avm_str_equal(s->names[i], n)) return (int)i;
    return -1;
}

static bool unexpected(AvmThread *t, AvmNative *f, AvmValue name) {
    const AvmSignature *s = f->sig;
    uint32_t n = (uint32_t)s->npositional + s->nkwonly - s->nposonly;
    if (!s->script) return avm_suggest_keyword(t, short_name(f), s->names + s->nposonly, n, name);
    AvmStr *function = script_name(t, f);
    if (function) avm_suggest_keyword(t, function->data, s->names + s->nposonly, n, name);
    avm_drop(t, function);
    return false;
}

// Are all parameters there that must be, and no more by position than fit? As functions of script tell it.
static bool check_as_script(AvmThread *t, AvmNative *f, const AvmValue *slots, uint32_t given) {
    const AvmSignature *s = f->sig;
    AvmText lacking[MOST_PARAMS];
    uint32_t positional = 0, kwonly = 0, named = 0;
    for (uint32_t i = 0; i < s->nrequired; i++)
        if (!slots[s->nself + i]) lacking[positional++] = (AvmText){s->names[i]->data, s->names[i]->len};
    for (uint32_t i = 0; i < s->nkwonly; i++) {
        AvmStr *name = s->names[s->npositional + i];
        if (slots[s->nself + s->npositional + i])
            named++;
        else if (!positional && s->kw_required >> i & 1)
            lacking[kwonly++] = (AvmText){name->data, name->len};
    }
    bool surplus = given > s->npositional && !s->varargs;
    if (!surplus && !positional && !kwonly) return true;
    AvmStr *name = script_name(t, f);
    if (name && surplus)
        avm_bind_too_many(t, avm_value(name), s->nself + s->npositional, s->npositional - s->nrequired,
                          s->nself + given, named);
    else if (name)
        avm_bind_missing(t, avm_value(name), lacking, positional + kwonly,
                         positional ? "positional" : "keyword-only");
    avm_drop(t, name);
    return false;
}

// The keyword that is wrong: it names what was given by position, or nothing. Natives of C look first whether
// all is there that must be.
typedef struct Wrong {
    AvmValue name; // or empty
    int at;        // the parameter, or -1
} Wrong;

static bool raise_wrong(AvmThread *t, AvmNative *f, const Wrong *wrong) {
    if (!wrong->name) return true;
    if (wrong->at < 0) return unexpected(t, f, wrong->name);
    if (!f->sig->script)
        return avm_raise_type(t, "argument for %s() given by name ('%V') and position (%d)", short_name(f),
                              wrong->name, wrong->at + 1);
    AvmStr *name = script_name(t, f);
    if (name) avm_bind_twice(t, avm_value(name), wrong->name);
    avm_drop(t, name);
    return false;
}

// Fills the slots from the keywords. slots is borrowed values; *kwdict is made when **kwargs takes some (owned).
static bool bind_keywords(AvmThread *t, AvmNative *f, const AvmValue *values, AvmTuple *kwnames,
                          AvmValue *slots, AvmValue *kwdict, Wrong *wrong) {
    const AvmSignature *s = f->sig;
    for (uint32_t i = 0; i < kwnames->len; i++) {
        int at = find_param(s, kwnames->items[i]);
        if (at >= 0 && !slots[s->nself + at]) {
            slots[s->nself + at] = values[i];
            continue;
        }
        if (at >= 0 || !s->kwargs) {
            if (!wrong->name || (wrong->at < 0 && at >= 0)) *wrong = (Wrong){kwnames->items[i], at};
            if (s->script) return raise_wrong(t, f, wrong);
            continue;
        }
        if (!*kwdict && !(*kwdict = avm_value(avm_dict_new(t)))) return false;
        if (!avm_dict_set(t, (AvmDict *)avm_obj(*kwdict), kwnames->items[i], values[i])) return false;
    }
    return true;
}

static bool check_required(AvmThread *t, AvmNative *f, const AvmValue *slots, uint32_t given) {
    const AvmSignature *s = f->sig;
    if (s->script) return check_as_script(t, f, slots, given);
    for (uint32_t i = 0; i < s->nrequired; i++)
        if (!slots[s->nself + i]) {
            if (i >= s->nposonly)
                return avm_raise_type(t, "%s() missing required argument '%S' (pos %u)", short_name(f), s->names[i], i + 1);
            return wrong_count(t, f, given);
        }
    for (uint32_t i = 0; i < s->nkwonly; i++)
        if (s->kw_required >> i & 1 && !slots[s->nself + s->npositional + i])
            return avm_raise_type(t, "%s() missing required keyword-only argument: '%S'", f->def->name,
                                  s->names[s->npositional + i]);
    return true;
}

// What can be seen from the numbers alone: the errors of natives that are C in CPython, too. *kwnames may be
// meant for another.
static bool check_counts(AvmThread *t, AvmNative *f, AvmValue first, uint32_t given, AvmTuple **kwnames) {
    const AvmSignature *s = f->sig;
    bool by_name = s->by_name;
    if (*kwnames && !s->kwargs && !by_name) {
        if (!for_other_half(t, f, first)) return no_keywords(t, f);
        *kwnames = NULL;
    }
    uint32_t named = *kwnames ? (*kwnames)->len : 0;
    if (by_name && !s->varargs && !s->kwargs && given + named > (uint32_t)s->npositional + s->nkwonly)
        return far_too_many(t, f, given, named);
    return given <= s->npositional || s->varargs || wrong_count(t, f, given);
}

static AvmValue call_bound(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t npos, const AvmValue *kwvalues,
                           AvmTuple *kwnames) {
    const AvmSignature *s = f->sig;
    uint32_t by_position = s->nself + s->npositional;
    uint32_t surplus = npos > by_position ? npos - by_position : 0;
    uint32_t given = npos - s->nself;
    if (!s->script && !check_counts(t, f, args[0], given, &kwnames)) return AVM_FAIL;
    uint32_t n = s->nslots + surplus;
    AvmValue small[16];
    AvmValue *slots = n <= 16 ? small : avm_alloc(&t->vm->alloc, n * sizeof *slots);
    if (!slots) return avm_raise_memory(t);
    uint32_t direct = npos < by_position ? npos : by_position;
    memcpy(slots, args, direct * sizeof *slots);
    memset(slots + direct, 0, (s->nslots - direct) * sizeof *slots);
    if (surplus) memcpy(slots + s->nslots, args + by_position, surplus * sizeof *slots);
    AvmValue kwdict = AVM_EMPTY, r = AVM_FAIL;
    Wrong wrong = {0};
    bool ok = !kwnames || bind_keywords(t, f, kwvalues, kwnames, slots, &kwdict, &wrong);
    if (ok && check_required(t, f, slots, given) && raise_wrong(t, f, &wrong)) {
        if (s->kwargs) slots[s->nslots - 1] = kwdict;
        r = f->def->fn(t, slots, n);
    }
    avm_decref(t, kwdict);
    if (slots != small) avm_release(&t->vm->alloc, slots, n * sizeof *slots);
    return r;
}

AvmValue avm_native_call_short(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t n) {
    AvmValue slots[UINT8_MAX];
    for (uint32_t i = 0; i < f->nslots; i++) slots[i] = i < n ? args[i] : AVM_EMPTY;
    return f->def->fn(t, slots, f->nslots);
}

AvmValue avm_native_call(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    const AvmSignature *s = f->sig;
    if (__builtin_expect(!s, 0) && !(s = read_signature(t, f))) return AVM_FAIL;
    t->native = f;
    uint32_t npos = nargs - (kwnames ? kwnames->len : 0);
    if (s->nself) {
        bool takes_class = f->h.type == AVM_T_NATIVE || f->h.type == AVM_T_CLASSMETHOD_DESCR;
        if (npos == 0 || (!takes_class && t->vm->types[AVM_T_OBJECT] != f->owner &&
                          !avm_type_is_sub(avm_type_of(t, args[0]), f->owner)))
            return wrong_self(t, f, args, npos);
    }
    if (npos == s->nslots && !kwnames && !s->nkwonly && !s->kwargs) return f->def->fn(t, (AvmValue *)args, nargs);
    if (!kwnames && npos >= f->least && npos <= f->most && npos < f->nslots) return avm_native_call_short(t, f, args, npos);
    return call_bound(t, f, args, npos, args + npos, kwnames);
}

// --- the types

static void native_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((AvmNative *)o)->self, arg); }

static AvmValue native_slot_call(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames) {
    AvmNative *f = (AvmNative *)avm_obj(callee);
    if (!f->self) return avm_native_call(t, f, args, nargs, kwnames);
    AvmArgs all;
    if (!avm_args_open(t, &all, f->self, args, nargs)) return AVM_FAIL;
    AvmValue r = avm_native_call(t, f, all.all, all.n, kwnames);
    avm_args_close(t, &all);
    return r;
}

// Bound: a copy of the native with self. The signature stays with the one in the type.
static AvmValue bind(AvmThread *t, AvmNative *f, AvmValue self, uint16_t type) {
    if (!f->sig && !read_signature(t, f)) return AVM_FAIL;
    AvmNative *b = avm_object_new_id(t, type, sizeof *b);
    if (!b) return AVM_FAIL;
    b->def = f->def;
    b->sig = f->sig;
    b->owner = f->owner;
    b->self = avm_incref(self);
    b->least = 1; // more than most: always bound
    return avm_value(b);
}

AvmValue avm_native_bind(AvmThread *t, AvmNative *f, AvmValue self) { return bind(t, f, self, AVM_T_NATIVE); }

static AvmValue method_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    (void)type;
    if (!obj) return avm_incref(descr);
    AvmNative *f = (AvmNative *)avm_obj(descr);
    return bind(t, f, obj, f->h.type == AVM_T_WRAPPER ? AVM_T_METHOD_WRAPPER : AVM_T_NATIVE);
}

static AvmValue class_get(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type) {
    return bind(t, (AvmNative *)avm_obj(descr), avm_value(type ? type : avm_type_of(t, obj)), AVM_T_NATIVE);
}

static AvmValue native_repr(AvmThread *t, AvmValue v) {
    AvmNative *f = (AvmNative *)avm_obj(v);
    switch (f->h.type) {
    case AVM_T_WRAPPER: return avm_value(avm_str_format(t, "<slot wrapper '%s' of '%K' objects>", f->def->name, f->owner));
    case AVM_T_METHOD_WRAPPER:
        return avm_value(avm_str_format(t, "<method-wrapper '%s' of %T object at %p>", f->def->name, f->self, (void *)f->self));
    case AVM_T_NATIVE_METHOD:
    case AVM_T_CLASSMETHOD_DESCR:
        return avm_value(avm_str_format(t, "<method '%s' of '%K' objects>", f->def->name, f->owner));
    default:
        if (f->self)
            return avm_value(avm_str_format(t, "<built-in method %s of %T object at %p>", f->def->name, f->self, (void *)f->self));
        return avm_value(avm_str_format(t, f->owner ? "<built-in method %s>" : "<built-in function %s>", f->def->name));
    }
}

static AvmValue native_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    (void)t;
    if (op > AVM_NE || !avm_is(b, avm_obj(a)->type)) return AVM_NOTIMPL;
    AvmNative *x = (AvmNative *)avm_obj(a), *y = (AvmNative *)avm_obj(b);
    bool same = x->def == y->def && x->self == y->self && x->owner == y->owner;
    return avm_bool(same == (op == AVM_EQ));
}

static bool native_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t;
    AvmNative *f = (AvmNative *)avm_obj(v);
    *out = (int64_t)((uintptr_t)f->def >> 4 ^ (uintptr_t)f->self >> 4);
    if (*out == -1) *out = -2;
    return true;
}

static AvmValue get_name(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_text(t, ((AvmNative *)avm_obj(v))->def->name));
}
static AvmValue get_qualname(AvmThread *t, AvmValue v) {
    AvmNative *f = (AvmNative *)avm_obj(v);
    if (is_script(f)) return avm_value(script_name(t, f));
    if (!f->owner) return get_name(t, v);
    AvmType *of = f->owner;
    if (f->h.type == AVM_T_NATIVE && f->self)
        of = avm_is_sub(t, f->self, AVM_TYPE_SUB_TYPE) ? (AvmType *)avm_obj(f->self)
                                                       : avm_class_of(t, f->self);
    return avm_value(avm_str_format(t, "%S.%s", of->qualname, f->def->name));
}
static AvmValue get_doc(AvmThread *t, AvmValue v) {
    const char *doc = ((AvmNative *)avm_obj(v))->def->doc;
    return doc ? avm_value(avm_str_text(t, doc)) : AVM_NONE;
}
static AvmValue get_text_signature(AvmThread *t, AvmValue v) {
    const char *p = strchr(((AvmNative *)avm_obj(v))->def->signature, '(');
    if (!p) return AVM_NONE;
    size_t n = strlen(p);
    if (n < 3 || strcmp(p + n - 2, "*)") != 0) return avm_value(avm_str_new(t, p, n));
    n -= p[n - 3] == ' ' ? 4 : 2; // ", *)" or "*)"
    return avm_value(avm_str_format(t, "%.*s)", (int)n, p));
}
static AvmValue get_module(AvmThread *t, AvmValue v) {
    AvmNative *f = (AvmNative *)avm_obj(v);
    const char *name = f->def->signature, *end = strchr(name, ':');
    if (is_script(f) && end && end < strchr(name, '(')) {
        name += strlen("def ");
        return avm_value(avm_str_new(t, name, (size_t)(end - name)));
    }
    return f->module ? avm_value(avm_retain(f->module)) : AVM_NONE;
}
static AvmValue get_self(AvmThread *t, AvmValue v) {
    (void)t;
    AvmNative *f = (AvmNative *)avm_obj(v);
    return f->self ? avm_incref(f->self) : AVM_NONE;
}
static AvmValue get_objclass(AvmThread *t, AvmValue v) {
    (void)t;
    AvmNative *f = (AvmNative *)avm_obj(v);
    return f->owner ? avm_value(avm_retain(f->owner)) : AVM_NONE;
}

#define ALL_SHOW                                                                                             \
    {"__name__", get_name, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL},                          \
        {"__doc__", get_doc, NULL, NULL}, {                                                                  \
        "__text_signature__", get_text_signature, NULL, NULL                                                 \
    }
#define SELF                                                                                                 \
    { "__self__", get_self, NULL, NULL }
#define OBJCLASS                                                                                             \
    { "__objclass__", get_objclass, NULL, NULL }
static const AvmGetSetDef function_getsets[] = {ALL_SHOW, SELF, {"__module__", get_module, NULL, NULL}, {0}};
static const AvmGetSetDef descriptor_getsets[] = {ALL_SHOW, OBJCLASS, {0}};
static const AvmGetSetDef bound_getsets[] = {ALL_SHOW, SELF, OBJCLASS, {0}};

#define NATIVE_TYPE(var, type_name, type_id, getter, shown)                                                  \
    const AvmTypeDef avm_##var##_def = {                                                                     \
        .name = type_name,                                                                                   \
        .id = type_id,                                                                                       \
        .size = sizeof(AvmNative),                                                                           \
        .flags = AVM_TYPE_NO_NEW,                                                                            \
        .slots = {.free = native_free,                                                                       \
                  .traverse = native_traverse,                                                               \
                  .call = native_slot_call,                                                                  \
                  .get = getter,                                                                             \
                  .repr = native_repr,                                                                       \
                  .compare = native_compare,                                                                 \
                  .hash = native_hash},                                                                      \
        .getsets = shown,                                                                                    \
    }
NATIVE_TYPE(native, "builtin_function_or_method", AVM_T_NATIVE, NULL, function_getsets);
NATIVE_TYPE(native_method, "method_descriptor", AVM_T_NATIVE_METHOD, method_get, descriptor_getsets);
NATIVE_TYPE(wrapper, "wrapper_descriptor", AVM_T_WRAPPER, method_get, descriptor_getsets);
NATIVE_TYPE(method_wrapper, "method-wrapper", AVM_T_METHOD_WRAPPER, NULL, bound_getsets);
NATIVE_TYPE(classmethod_descr, "classmethod_descriptor", AVM_T_CLASSMETHOD_DESCR, class_get,
            descriptor_getsets);
