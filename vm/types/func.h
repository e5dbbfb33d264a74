// Code, functions, bound methods, native functions, cells, modules.
#ifndef AVM_VM_TYPES_FUNC_H
#define AVM_VM_TYPES_FUNC_H

#include "compiler/unit.h"
#include "vm/thread.h"

typedef enum AvmSiteKind {
    AVM_SITE_CELL,   // version of a shape: the attribute is in cell `offset`
    AVM_SITE_ADD,    // version of a shape: setting it adds cell `offset` and leads to shape `next`
    AVM_SITE_SHAPE,  // version of a shape: `value` of the class, instances have none of their own
    AVM_SITE_MODULE, // version of a module's keys: the value of entry `offset` of its dict
    AVM_SITE_TYPE,   // version of a type without attributes: `value` of the type
    AVM_SITE_VALUE,  // version of a shape, or of a class that is looked at itself: `value` as it stands in the class
} AvmSiteKind;

// What a site has seen. key: a version and, in its low bits, the kind that says what it is the version of.
#define AVM_SITE_UNSEEN UINT64_MAX
typedef struct AvmSiteEntry {
    uint64_t key;
    AvmValue value; // borrowed from the type's dict: method or class attribute
    uint32_t offset;
} AvmSiteEntry;

// Sites that meet several classes: what the inline cache does not hold.
typedef struct AvmSiteMore {
    AvmSiteEntry entries[4];
    uint32_t next; // to be overwritten
} AvmSiteMore;

// Inline cache of an attribute site.
typedef struct AvmSite {
    AvmSiteEntry seen;
    AvmStr *name;
    AvmShape *next;    // SETATTR that adds a cell: the shape after it
    AvmSiteMore *more; // GETATTR and METHOD, from the second class on
} AvmSite;

// Cache of a global name: where its value stands while the keys of the dicts have these versions. A version
// of 0 matches dicts that nobody watches, so caches start as AVM_GLOBAL_UNSEEN.
typedef struct AvmGlobal {
    uint64_t version;          // of the globals
    uint64_t builtins_version; // 0: found in the globals
    AvmValue *slot;
} AvmGlobal;
#define AVM_GLOBAL_UNSEEN UINT64_MAX

// What a VM makes of a unit at its first use: values of its literals and names, and its caches.
typedef struct AvmCode {
    AvmObj h;
    const AvmUnit *unit;
    const uint32_t *words;   // the unit's code, or a copy of it (see avm_code_trace)
    uint16_t nregs, nlocals; // the unit's
    uint16_t call_args;      // so many positional arguments need no binding; AVM_CALL_BINDS: any call does
    uint16_t gen_type;       // of the generators it makes, or 0
    AvmStr *name, *qualname;
    AvmValue *literals;
    AvmStr **names;
    AvmGlobal *globals;
    AvmSite *sites;
    struct AvmCode **codes;     // of nested units, made on demand; owned
    AvmValue owner;             // keeps the unit alive: an AvmCode of the whole compile, or empty for frozen ones
    void (*release)(void *ctx, const AvmUnit *unit); // frees the unit with the outermost code; NULL: frozen
    void *release_ctx;
    struct AvmGen *spare; // a generator that ended, as the next one wants to begin, linked to more by `awaiter`. vm/gen.h
    bool frozen;
    bool filled; // literals, names and caches are there; frozen modules' functions get them at the first call
    uint8_t coro_kind; // AvmCoroKindId of the native coroutines that calls make, or 0
} AvmCode;
#define AVM_CALL_BINDS 0xFFFF

typedef struct AvmCell {
    AvmObj h;
    AvmValue value; // may be empty
} AvmCell;

typedef struct AvmFunc {
    AvmObj h;
    AvmCode *code;
    AvmDict *globals;
    AvmValue defaults;    // tuple or empty
    AvmValue kwdefaults;  // dict or empty
    AvmValue annotations; // dict or empty
    AvmValue name, qualname, doc; // empty: the code's
    AvmValue module;
    AvmDict *dict;        // attributes, or NULL
    uint32_t nfree;
    uint32_t coroutine_mark; // AVM_GEN_..._CORO of the generators it makes
    AvmCell *free[];
} AvmFunc;

typedef struct AvmMethod {
    AvmObj h;
    AvmValue func, self;
} AvmMethod;

// A parsed signature, made once for each native function. Slots: self (if any), positional parameters, keyword-only
// ones, the dict of **kwargs.
typedef struct AvmSignature {
    uint8_t nself;       // 1: the first slot is self or the class
    uint8_t npositional; // parameters that can be given by position
    uint8_t nposonly;    // of these, the first that can't be given by name
    uint8_t nrequired;   // of these, the first that must be given
    uint8_t nkwonly;
    uint8_t nslots;
    bool varargs, kwargs;
    bool by_name;         // takes keywords
    bool script;          // "def ": a function of script in CPython
    uint64_t kw_required; // bits of the keyword-only ones that must be given
    AvmStr *names[];      // npositional + nkwonly
} AvmSignature;

struct AvmNative {
    AvmObj h; // NATIVE: function (self: module or bound object), NATIVE_METHOD, WRAPPER: unbound method of owner
    const AvmNativeDef *def;
    AvmSignature *sig;
    AvmType *owner;  // borrowed; NULL for functions of modules
    AvmValue self;   // bound object, or empty
    // So many positional arguments (self included) need no binding: they are the first slots. least > most until the
    // signature has been read, and for those that are always bound.
    uint8_t least, most, nslots;
    uint16_t exact;  // one more than what is the usual call: so many are all slots, and none is a self to be
                     // looked at. 0: none
    AvmStr *module;  // or NULL
};

// A computed attribute of a native type; a value of __slots__.
typedef struct AvmGetSet {
    AvmObj h; // GETSET
    const AvmGetSetDef *def;
    AvmType *owner; // borrowed
} AvmGetSet;

typedef struct AvmMember {
    AvmObj h; // MEMBER
    uint32_t offset;
    AvmStr *name;
    AvmType *owner; // borrowed
} AvmMember;

// A name of a package that stands for what another module calls so, or for that module. A table ends with {0}.
typedef struct AvmDeferred {
    const char *name, *module;
} AvmDeferred;

struct AvmModule_ {
    AvmObj h;
    AvmDict *dict;
    const AvmDeferred *deferred; // names that are imported when they are asked for, or NULL
    AvmThread *loader;           // who runs its code, while it is initialising
};

// Fills what a code gets at its first use. false: no memory.
bool avm_code_fill(AvmThread *t, AvmCode *code);
static inline bool avm_code_ready(AvmThread *t, AvmCode *code) { return code->filled || avm_code_fill(t, code); }
// Of a function whose code is ready; borrowed.
static inline AvmValue avm_func_name(const AvmFunc *f) { return f->name ? f->name : avm_value(f->code->name); }
static inline AvmValue avm_func_qualname(const AvmFunc *f) {
    return f->qualname ? f->qualname : avm_value(f->code->qualname);
}
// Is it the code of what has this qualified name? It need not be ready.
static inline bool avm_code_is(const AvmCode *code, const char *qualname) {
    size_t n = strlen(qualname);
    return code->unit->qualname.len == n && memcmp(code->unit->qualname.text, qualname, n) == 0;
}
AvmCode *avm_code_new(AvmThread *t, const AvmUnit *unit, AvmCode *owner);
AvmFunc *avm_func_new(AvmThread *t, AvmCode *code, AvmDict *globals);
AvmMethod *avm_method_new(AvmThread *t, AvmValue func, AvmValue self);
// Is it a signature as definitions have them: no annotations, at most 64 parameters?
bool avm_native_can_read(const char *signature);
AvmNative *avm_native_new(AvmThread *t, const AvmNativeDef *def, AvmType *owner, AvmStr *module);
// f bound to self: a new reference. f, which has no self, must live on.
AvmValue avm_native_bind(AvmThread *t, AvmNative *f, AvmValue self);
// Calls f with args (self first for methods; nargs counts the values of kwnames too): binds, checks, runs. vm/native.c
// n arguments for f, between f->least and f->most and fewer than its slots. Self is of its owner.
AvmValue avm_native_call_short(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t n);
AvmValue avm_native_call(AvmThread *t, AvmNative *f, const AvmValue *args, uint32_t nargs, AvmTuple *kwnames);
// Binds a call of a script function: moves args (nargs, the last of them named by kwnames) to out[0 .. nparams), which
// is empty before and may not overlap them. On failure everything is dropped. vm/bind.c
bool avm_bind(AvmThread *t, AvmFunc *f, AvmValue *args, uint32_t nargs, AvmTuple *kwnames, AvmValue *out);
AvmModuleObj *avm_module_new(AvmThread *t, AvmStr *name); // with __name__, __doc__, __package__, __loader__, __spec__
// Under --trace=ops: from now on its instructions are told of. false: MemoryError.
bool avm_code_trace(AvmThread *t, AvmCode *code);
// The source range of the instruction before word pc; at the start the first line as a whole.
AvmPos avm_unit_pos(const AvmUnit *unit, uint32_t pc);

#endif
