// Objects and types: the header's life, what a type can do, how built-in types are described.
#ifndef AVM_VM_OBJECT_H
#define AVM_VM_OBJECT_H

#include "vm/value.h"

typedef struct AvmThread AvmThread;
typedef struct AvmVm AvmVm;
typedef struct AvmType AvmType;
typedef struct AvmStr AvmStr;
typedef struct AvmTuple AvmTuple;
typedef struct AvmList AvmList;
typedef struct AvmDict AvmDict;
typedef struct AvmShape AvmShape;
typedef struct AvmNative AvmNative;

enum {
#define T(id, name) AVM_T_##id,
#include "vm/types.def"
#undef T
    AVM_T_BUILTINS // numbers from here on belong to exceptions (all but the first), stdlib types and script classes
};

// --- operators, in the order of the opcodes ADD .. XOR
typedef enum AvmBinary {
    AVM_ADD, AVM_SUB, AVM_MUL, AVM_MATMUL, AVM_DIV, AVM_FLOORDIV, AVM_MOD, AVM_POW,
    AVM_LSHIFT, AVM_RSHIFT, AVM_AND, AVM_OR, AVM_XOR, AVM_DIVMOD, AVM_BINARY_COUNT
} AvmBinary;
typedef enum AvmUnary { AVM_NEG, AVM_POS, AVM_INVERT, AVM_ABS, AVM_TO_INT, AVM_TO_FLOAT, AVM_TO_INDEX } AvmUnary;
typedef enum AvmCompare { AVM_EQ, AVM_NE, AVM_LT, AVM_LE, AVM_GT, AVM_GE } AvmCompare;
// How a resumed generator, coroutine or native coroutine came back. PAUSED: only from avm_vm_step.
typedef enum AvmSent { AVM_SENT_FAIL, AVM_SENT_YIELD, AVM_SENT_RETURN, AVM_SENT_PAUSED } AvmSent;

typedef void (*AvmVisit)(AvmValue v, void *arg);

// What a type can do. A NULL slot: it can't. Arguments are borrowed, results are new references; AVM_FAIL (or
// false, -1): an exception is set. Heap classes get slots that call their dunder methods.
typedef struct AvmSlots {
    // Called once before the object dies, with its count at 1; a count above 1 afterwards: it lives on. __del__,
    // generators that must be closed, "was never awaited", "was never retrieved".
    void (*finalize)(AvmThread *t, AvmValue v);
    // Drops everything the object owns (not its memory, attributes or __slots__). Runs no script but through decref.
    void (*free)(AvmThread *t, AvmObj *o);
    // Calls visit for every value the object owns. NULL: it owns none (the collector skips it).
    void (*traverse)(AvmObj *o, AvmVisit visit, void *arg);
    // Drops what may close a cycle; the object stays valid.
    void (*clear)(AvmThread *t, AvmObj *o);
    AvmValue (*repr)(AvmThread *t, AvmValue v);
    AvmValue (*str)(AvmThread *t, AvmValue v);
    bool (*hash)(AvmThread *t, AvmValue v, int64_t *out); // as CPython's hash(); -1 never comes out
    // args: positional, then the values of kwnames (a tuple of str, or NULL); nargs counts both.
    AvmValue (*call)(AvmThread *t, AvmValue callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames);
    AvmValue (*getattr)(AvmThread *t, AvmValue v, AvmStr *name);
    bool (*setattr)(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value); // value empty: delete
    AvmValue (*get)(AvmThread *t, AvmValue descr, AvmValue obj, AvmType *type); // obj empty: through the class
    bool (*set)(AvmThread *t, AvmValue descr, AvmValue obj, AvmValue value); // value empty: delete
    AvmValue (*iter)(AvmThread *t, AvmValue v);
    AvmValue (*next)(AvmThread *t, AvmValue v); // AVM_DONE at the end, with no exception set
    int64_t (*len)(AvmThread *t, AvmValue v);   // -1: exception
    AvmValue (*getitem)(AvmThread *t, AvmValue v, AvmValue key);
    bool (*setitem)(AvmThread *t, AvmValue v, AvmValue key, AvmValue value); // value empty: delete
    int (*contains)(AvmThread *t, AvmValue v, AvmValue x);                   // 1, 0, -1
    // a or b is of this type; AVM_NOTIMPL: can't.
    AvmValue (*binary)(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);
    AvmValue (*inplace)(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);
    AvmValue (*unary)(AvmThread *t, AvmUnary op, AvmValue a); // AVM_NOTIMPL: can't
    AvmValue (*compare)(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b); // a is of this type; AVM_NOTIMPL
    int (*truth)(AvmThread *t, AvmValue v); // 1, 0, -1
    AvmValue (*await)(AvmThread *t, AvmValue v); // the iterator that `await` drives
    AvmValue (*aiter)(AvmThread *t, AvmValue v);
    AvmValue (*anext)(AvmThread *t, AvmValue v); // an awaitable
    // Resumes with value (AVM_NONE at first). YIELD, RETURN: *out is what came, a new reference.
    AvmSent (*send)(AvmThread *t, AvmValue v, AvmValue value, AvmValue *out);
    // Resumes by raising exc (an exception instance, borrowed) inside; as send.
    AvmSent (*throw)(AvmThread *t, AvmValue v, AvmValue exc, AvmValue *out);
    AvmValue (*instancecheck)(AvmThread *t, AvmValue cls, AvmValue v); // metaclasses
} AvmSlots;

// --- descriptions of built-in functions and types: constant tables

// args[0 .. n) as the signature says: one slot for each parameter up to *args (self first for methods; keyword-only
// ones included; **kwargs as a dict or empty), then the surplus positional arguments. Absent optional ones are
// AVM_EMPTY. Borrowed. Returns a new reference or AVM_FAIL.
typedef AvmValue (*AvmNativeFn)(AvmThread *t, AvmValue *args, uint32_t n);

// A row a function: {"append", list_append, "append(x, /)", "Add x at the end."}. The signature is Python's,
// without self; `=...` marks an optional parameter (the value is for people), `*args` and `**kw` take the
// surplus. "def C.append(x)", "def module:append(x)": CPython has a function of script in its place, with this
// qualified name (and module); wrong arguments are told as script's are. "append(x, /, *)": it takes keywords
// in CPython's C, and none has a name.
typedef struct AvmNativeDef {
    const char *name;
    AvmNativeFn fn;
    const char *signature;
    const char *doc;
    enum { AVM_DEF_METHOD, AVM_DEF_STATIC, AVM_DEF_CLASS } kind; // in types; CLASS and `__new__` get the class first
    const void *host; // not NULL: fn asks t->native for it, being the C function of many
    bool as_given;    // fn may get fewer slots than it has parameters: what stands behind args[n - 1] was not given
} AvmNativeDef;

typedef struct AvmGetSetDef {
    const char *name;
    AvmValue (*get)(AvmThread *t, AvmValue self);
    bool (*set)(AvmThread *t, AvmValue self, AvmValue value); // NULL: read-only; value empty: delete
    const char *doc;
} AvmGetSetDef;
// A `set` for what CPython keeps in a member of its struct: has other words for "read-only".
bool avm_readonly(AvmThread *t, AvmValue self, AvmValue value);

enum {
    AVM_TYPE_BASETYPE = 1 << 0,  // scripts may inherit from it
    AVM_TYPE_HEAP = 1 << 1,      // made by a class statement or type()
    AVM_TYPE_EXCEPTION = 1 << 2, // instances are AvmExc
    AVM_TYPE_ATTRS = 1 << 3,     // instances have attributes of their own (AvmAttrs at attrs_offset)
    AVM_TYPE_IMMUTABLE = 1 << 4, // attributes of the type can't be set
    AVM_TYPE_NO_NEW = 1 << 5,    // scripts can't make instances: "cannot create 'x' instances"
    AVM_TYPE_FULL_NAME =
        1 << 6, // written in aio, in C in CPython, whose messages name the module of such a type, too
    AVM_TYPE_SHORT_NAME = 1 << 7, // the other way round: in C, and not in CPython
    AVM_TYPE_SUB_INT = 1 << 8,    // the sub-type flags: set in the type and all its descendants
    AVM_TYPE_SUB_STR = 1 << 9,
    AVM_TYPE_SUB_BYTES = 1 << 10,
    AVM_TYPE_SUB_LIST = 1 << 11,
    AVM_TYPE_SUB_TUPLE = 1 << 12,
    AVM_TYPE_SUB_DICT = 1 << 13,
    AVM_TYPE_SUB_SET = 1 << 14, // set and frozenset
    AVM_TYPE_SUB_TYPE = 1 << 15,
    AVM_TYPE_SUB_FLOAT = 1 << 16,
    AVM_TYPE_SETATTR = 1 << 18,      // has a script __setattr__ or __delattr__
    AVM_TYPE_LAZY = 1 << 19,         // the dict is filled at the first look: use avm_type_dict
    AVM_TYPE_PLAIN_NEW = 1 << 20,    // __new__ is object's: C() makes an AvmInstance at once
    AVM_TYPE_VARSIZE = 1 << 21,      // instances differ in size (what avm_object_new calls extra)
    AVM_TYPE_HIDDEN = 1 << 23,       // scripts take its instances for those of the base: see avm_class_of
    AVM_TYPE_PLAIN_FREE = 1 << 24,   // when an instance dies, its `free` is all there is to do
    AVM_TYPE_WEAK = 1 << 25, // weak references to instances can be made, though they have no attributes
    AVM_TYPE_SEQUENCE =
        1 << 22, // matches sequence patterns, and so do sub-classes (list, tuple, range need no flag)
};

// A built-in type: constant. Rows end with {0}.
typedef struct AvmTypeDef {
    const char *name;   // as in repr: "list"; or with module: "asyncio.Future" (then __module__ is the first part)
    uint16_t id;        // AVM_T_..., or 0: the next free number
    uint16_t base;      // AVM_T_...; 0: object
    uint32_t size;      // of an instance, in bytes
    uint32_t flags;     // AVM_TYPE_...
    const char *doc;
    AvmSlots slots;     // NULL ones are inherited from the base
    const AvmNativeDef *methods; // `__new__` (gets the class first) and `__init__` among them
    const AvmGetSetDef *getsets;
} AvmTypeDef;

struct AvmType {
    AvmObj h;
    uint16_t id;
    uint32_t flags;
    uint64_t version;  // unique in the VM; renewed when the type or a base of it changes
    uint32_t size;     // bytes of an instance, attributes' place included
    uint32_t attrs_offset; // of AvmAttrs in the instance; 0: none; AVM_ATTRS_AT_END: see avm_object_attrs
    AvmType *base;     // the base whose layout it extends (borrowed from bases); NULL for object
    AvmStr *name, *qualname;
    AvmDict *dict;
    AvmTuple *bases, *mro;
    AvmShape *shape;   // of instances with no attribute yet; NULL without AVM_TYPE_ATTRS
    AvmValue new_fn;   // what __new__ finds; borrowed, valid while made_version is version
    AvmValue init_fn;  // the same for __init__; empty: object's
    struct AvmFunc *plain_init; // the __init__ that a call of the class runs on a new instance and nothing else; or NULL
    struct AvmNative *quick_new; // the __new__ in C that a call of the class comes down to; or NULL
    uint64_t made_version;
    AvmType **subclasses;  // weak
    uint32_t nsubclasses, subclasses_cap;
    uint32_t nslots;   // values of __slots__, the inherited ones included
    uint32_t *slot_offsets; // of these values in the instance; owned
    uint16_t inline_attrs; // attribute cells in the instance itself
    const AvmTypeDef *def; // NULL for heap types
    AvmSlots s;
};

// --- attributes of instances: a shape names the cells of `values`
typedef struct AvmAttrs {
    AvmShape *shape;
    AvmValue *values; // inline_attrs cells that follow, or an allocation; with a dict shape values[0] is the dict
} AvmAttrs;

// Built-in types with AVM_TYPE_ATTRS have AvmAttrs right after the header. Script classes that inherit from a type of
// fixed size have them after its fields; from one of variable size (str, int, tuple, bytes) at the end of the cell.
#define AVM_ATTRS_AT_END UINT32_MAX
AvmAttrs *avm_object_attrs(AvmThread *t, AvmObj *o); // NULL: the type has none

// Instances of script classes whose base is object.
typedef struct AvmInstance {
    AvmObj h;
    AvmAttrs attrs;
    AvmValue cells[];
} AvmInstance;

// --- counting
// Frees an object whose count came to 0; iterative for deep structures. May run script (__del__, callbacks).
void avm_object_free(AvmThread *t, AvmObj *o);

static inline AvmValue avm_incref(AvmValue v) {
    if (avm_is_obj(v)) avm_obj(v)->refs++;
    return v;
}
static inline void avm_decref(AvmThread *t, AvmValue v) {
    if (avm_is_obj(v) && --avm_obj(v)->refs == 0) avm_object_free(t, avm_obj(v));
}
// For pointers that may be NULL.
#define avm_retain(p)                                                                                              \
    ({                                                                                                             \
        __typeof__(p) p_ = (p);                                                                                    \
        if (p_) ((AvmObj *)p_)->refs++;                                                                            \
        p_;                                                                                                        \
    })
#define avm_drop(t, p) avm_decref((t), avm_value(p))
// Replaces *slot by v (taken) and drops what was there, in that order.
static inline void avm_replace(AvmThread *t, AvmValue *slot, AvmValue v) {
    AvmValue old = *slot;
    *slot = v;
    avm_decref(t, old);
}

// A new instance of a built-in or heap type, count 1, everything after the header zeroed (AvmAttrs set up).
// extra: bytes beyond type->size. NULL: MemoryError is set.
void *avm_object_new(AvmThread *t, AvmType *type, size_t extra);
// The same by number, for types with fixed numbers and no attributes: avm_object_new_id in vm/thread.h.
// Bytes of the object, extra ones included (for sys.getsizeof).
size_t avm_object_size(AvmThread *t, AvmObj *o);

// --- types
AvmType *avm_class_of(AvmThread *t, AvmValue v); // what type(v) is; borrowed
AvmType *avm_type_get(AvmThread *t, uint16_t id); // borrowed
const char *avm_type_name(AvmThread *t, AvmValue v); // of v's type, for messages; valid while v is
// Makes the type of a constant description (def lives for ever). Borrowed: the VM owns it. NULL: exception.
AvmType *avm_type_from_def(AvmThread *t, const AvmTypeDef *def);
// The type that was made of def, or a new one. Walks through all types.
AvmType *avm_type_of_def(AvmThread *t, const AvmTypeDef *def);
AvmDict *avm_type_dict(AvmThread *t, AvmType *type); // borrowed
bool avm_type_is_sub(const AvmType *type, const AvmType *base);
// isinstance by MRO only (no __instancecheck__).
bool avm_isinstance_exact(AvmThread *t, AvmValue v, AvmType *type);
// isinstance and issubclass as the builtins: 1, 0, -1.
int avm_isinstance(AvmThread *t, AvmValue v, AvmValue cls);
int avm_issubclass(AvmThread *t, AvmValue sub, AvmValue cls);
// Looks name up along the MRO: borrowed, or AVM_EMPTY. Never fails. Cached.
AvmValue avm_type_lookup(AvmThread *t, AvmType *type, AvmStr *name);
// A special method of v's type, bound to v: new reference, AVM_DONE when there is none, or AVM_FAIL.
AvmValue avm_special(AvmThread *t, AvmValue v, AvmStr *name);

// Values of the sub-types too (a script class inheriting from int is an AvmInt etc.)
static inline bool avm_has_flag(const AvmType *type, uint32_t flag) { return (type->flags & flag) != 0; }
bool avm_is_sub(AvmThread *t, AvmValue v, uint32_t sub_flag); // any AVM_TYPE_SUB_...

// --- the object protocol: what the builtins of the same name do
AvmValue avm_repr(AvmThread *t, AvmValue v);                 // a str
AvmValue avm_str(AvmThread *t, AvmValue v);                  // a str
AvmValue avm_ascii(AvmThread *t, AvmValue v);
AvmValue avm_format(AvmThread *t, AvmValue v, AvmValue spec); // spec a str or empty
bool avm_hash(AvmThread *t, AvmValue v, int64_t *out);
int avm_truth(AvmThread *t, AvmValue v);                     // 1, 0, -1
int64_t avm_len(AvmThread *t, AvmValue v);                   // -1: exception
AvmValue avm_getattr(AvmThread *t, AvmValue v, AvmStr *name);
AvmValue avm_getattr_maybe(AvmThread *t, AvmValue v, AvmStr *name); // AVM_DONE instead of AttributeError
bool avm_setattr(AvmThread *t, AvmValue v, AvmStr *name, AvmValue value); // empty: delete
AvmValue avm_getitem(AvmThread *t, AvmValue v, AvmValue key);
bool avm_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value);
bool avm_delitem(AvmThread *t, AvmValue v, AvmValue key);
// TypeError: v has no items to be set, or deleted (value empty). Always false.
bool avm_raise_setitem(AvmThread *t, AvmValue v, AvmValue key, AvmValue value);
int avm_contains(AvmThread *t, AvmValue container, AvmValue x);
AvmValue avm_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);
AvmValue avm_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b);
AvmValue avm_unary(AvmThread *t, AvmUnary op, AvmValue a);
AvmValue avm_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b);
int avm_compare_bool(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b); // 1, 0, -1; identity is equality
AvmValue avm_iter(AvmThread *t, AvmValue v);
AvmValue avm_next(AvmThread *t, AvmValue iterator); // AVM_DONE at the end
// An index from an int or an object with __index__; what: NULL, or the exception's text when it isn't one.
bool avm_index(AvmThread *t, AvmValue v, int64_t *out); // clipped to int64 range
bool avm_index_exact(AvmThread *t, AvmValue v, int64_t *out, const char *what); // OverflowError instead of clipping

#endif
