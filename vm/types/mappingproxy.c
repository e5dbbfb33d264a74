// mappingproxy: a read-only window on a mapping. What `type.__dict__` gives.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/dict_parts.h"
#include "vm/types/str.h"

typedef struct Proxy {
    AvmObj h;
    AvmValue mapping;
} Proxy;

static inline AvmValue mapping_of(AvmValue v) { return ((Proxy *)avm_obj(v))->mapping; }

AvmValue avm_mappingproxy_new(AvmThread *t, AvmValue mapping) {
    Proxy *p = avm_object_new_id(t, AVM_T_MAPPINGPROXY, sizeof *p);
    if (p) p->mapping = avm_incref(mapping);
    return avm_value(p);
}

static AvmValue proxy_make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *type = avm_type_of(t, args[1]);
    (void)n;
    if (!type->s.getitem || avm_has_flag(type, AVM_TYPE_SUB_LIST | AVM_TYPE_SUB_TUPLE))
        return avm_raise_type(t, "mappingproxy() argument must be a mapping, not %T", args[1]);
    return avm_mappingproxy_new(t, args[1]);
}

static void proxy_free(AvmThread *t, AvmObj *o) { avm_decref(t, ((Proxy *)o)->mapping); }
static void proxy_traverse(AvmObj *o, AvmVisit visit, void *arg) { visit(((Proxy *)o)->mapping, arg); }

static AvmValue proxy_repr(AvmThread *t, AvmValue v) {
    return avm_value(avm_str_format(t, "mappingproxy(%R)", mapping_of(v)));
}
static AvmValue proxy_str(AvmThread *t, AvmValue v) { return avm_str(t, mapping_of(v)); }
static bool proxy_hash(AvmThread *t, AvmValue v, int64_t *out) { return avm_hash(t, mapping_of(v), out); }
static AvmValue proxy_iter(AvmThread *t, AvmValue v) { return avm_iter(t, mapping_of(v)); }
static int64_t proxy_len(AvmThread *t, AvmValue v) { return avm_len(t, mapping_of(v)); }
static AvmValue proxy_getitem(AvmThread *t, AvmValue v, AvmValue key) { return avm_getitem(t, mapping_of(v), key); }
static int proxy_contains(AvmThread *t, AvmValue v, AvmValue x) { return avm_contains(t, mapping_of(v), x); }

static AvmValue proxy_binary(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op != AVM_OR) return AVM_NOTIMPL;
    if (avm_is(a, AVM_T_MAPPINGPROXY)) a = mapping_of(a);
    if (avm_is(b, AVM_T_MAPPINGPROXY)) b = mapping_of(b);
    return avm_binary(t, AVM_OR, a, b);
}

static AvmValue proxy_inplace(AvmThread *t, AvmBinary op, AvmValue a, AvmValue b) {
    if (op != AVM_OR) return AVM_NOTIMPL;
    return avm_raise_type(t, "'|=' is not supported by %T; use '|' instead", a);
    (void)b;
}

static AvmValue proxy_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    return avm_compare(t, op, mapping_of(a), avm_is(b, AVM_T_MAPPINGPROXY) ? mapping_of(b) : b);
}

static AvmValue call_mapping(AvmThread *t, AvmValue self, const char *method, const AvmValue *args, uint32_t n) {
    AvmStr *name = avm_str_intern(t, method, strlen(method));
    if (!name) return AVM_FAIL;
    AvmValue result = avm_call_method(t, mapping_of(self), name, args, n);
    avm_drop(t, name);
    return result;
}

static AvmValue proxy_get(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmValue pair[] = {args[1], args[2] ? args[2] : AVM_NONE};
    (void)n;
    return call_mapping(t, args[0], "get", pair, 2);
}
static AvmValue proxy_keys(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return call_mapping(t, args[0], "keys", NULL, 0);
}
static AvmValue proxy_values(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return call_mapping(t, args[0], "values", NULL, 0);
}
static AvmValue proxy_items(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return call_mapping(t, args[0], "items", NULL, 0);
}
static AvmValue proxy_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return call_mapping(t, args[0], "copy", NULL, 0);
}
static AvmValue proxy_reversed(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return call_mapping(t, args[0], "__reversed__", NULL, 0);
}

static const AvmNativeDef proxy_methods[] = {
    {"__new__", proxy_make, "__new__(mapping)", "Create and return a new object.", AVM_DEF_METHOD},
    {"get", proxy_get, "get(key, default=None, /)", "The value of key if it is there, else default.", AVM_DEF_METHOD},
    {"keys", proxy_keys, "keys()", "A view of the keys.", AVM_DEF_METHOD},
    {"values", proxy_values, "values()", "A view of the values.", AVM_DEF_METHOD},
    {"items", proxy_items, "items()", "A view of the pairs.", AVM_DEF_METHOD},
    {"copy", proxy_copy, "copy()", "A shallow copy of the mapping.", AVM_DEF_METHOD},
    {"__reversed__", proxy_reversed, "__reversed__()", "An iterator over the keys from the last.", AVM_DEF_METHOD},
    AVM_CLASS_GETITEM_ROW,
    {0},
};

const AvmTypeDef avm_mappingproxy_def = {
    .name = "mappingproxy", .id = AVM_T_MAPPINGPROXY, .size = sizeof(Proxy), .flags = AVM_TYPE_IMMUTABLE,
    .doc = "A read-only view of a mapping.",
    .slots = {.free = proxy_free, .traverse = proxy_traverse, .repr = proxy_repr, .str = proxy_str,
              .hash = proxy_hash, .iter = proxy_iter, .len = proxy_len, .getitem = proxy_getitem,
              .contains = proxy_contains, .binary = proxy_binary, .inplace = proxy_inplace,
              .compare = proxy_compare},
    .methods = proxy_methods,
};
