// None, Ellipsis and NotImplemented: the immediates that have a type of their own.
#include "vm/error.h"
#include "vm/types/str.h"

static AvmValue none_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_NONE;
}

static AvmValue ellipsis_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_ELLIPSIS;
}

static AvmValue notimpl_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_NOTIMPL;
}

static AvmValue none_repr(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_value(avm_str_intern(t, "None", 4));
}

static AvmValue ellipsis_repr(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_value(avm_str_intern(t, "Ellipsis", 8));
}

static AvmValue notimpl_repr(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_value(avm_str_intern(t, "NotImplemented", 14));
}

static int none_truth(AvmThread *t, AvmValue v) {
    (void)t, (void)v;
    return 0;
}

static int notimpl_truth(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_warn(t, AVM_EXC(t, DeprecationWarning), 1,
                    "NotImplemented should not be used in a boolean context")
               ? 1
               : -1;
}

// CPython 3.13's: None hashes the same in every run.
static bool none_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t, (void)v;
    *out = 0xFCA86420;
    return true;
}

// Different in every run there, so here: a number of their own.
static bool immediate_hash(AvmThread *t, AvmValue v, int64_t *out) {
    (void)t;
    *out = (int64_t)v;
    return true;
}

static const AvmNativeDef none_methods[] = {
    {"__new__", none_new, "__new__()", "None.", AVM_DEF_STATIC},
    {0},
};
static const AvmNativeDef ellipsis_methods[] = {
    {"__new__", ellipsis_new, "__new__()", "Ellipsis.", AVM_DEF_STATIC},
    {0},
};
static const AvmNativeDef notimpl_methods[] = {
    {"__new__", notimpl_new, "__new__()", "NotImplemented.", AVM_DEF_STATIC},
    {0},
};

const AvmTypeDef avm_none_def = {
    .name = "NoneType",
    .id = AVM_T_NONE,
    .size = sizeof(AvmObj),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "The type of the None singleton.",
    .slots = {.repr = none_repr, .truth = none_truth, .hash = none_hash},
    .methods = none_methods,
};

const AvmTypeDef avm_ellipsis_def = {
    .name = "ellipsis",
    .id = AVM_T_ELLIPSIS,
    .size = sizeof(AvmObj),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "The type of the Ellipsis singleton.",
    .slots = {.repr = ellipsis_repr, .hash = immediate_hash},
    .methods = ellipsis_methods,
};

const AvmTypeDef avm_notimpl_def = {
    .name = "NotImplementedType",
    .id = AVM_T_NOTIMPL,
    .size = sizeof(AvmObj),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "The type of the NotImplemented singleton.",
    .slots = {.repr = notimpl_repr, .truth = notimpl_truth, .hash = immediate_hash},
    .methods = notimpl_methods,
};
