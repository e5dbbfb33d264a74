// contextvars: Context, ContextVar and Token.
#include "vm/async/context.h"

#include "vm/call.h"
#include "vm/error.h"
#include "vm/types/list.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

typedef struct ContextVar {
    AvmObj h;
    AvmStr *name;
    AvmValue default_value; // or empty
} ContextVar;

typedef struct Token {
    AvmObj h;
    ContextVar *var;
    AvmContext *context;
    AvmValue old; // or empty: there was none
    bool used;
} Token;

bool avm_is_context(AvmValue v) { return avm_is(v, AVM_T_CONTEXT); }

bool avm_context_check(AvmThread *t, AvmValue given) {
    if (!given || given == AVM_NONE || avm_is_context(given)) return true;
    avm_raise_type(t, "a contextvars.Context was expected, got %T", given);
    return false;
}

static AvmDict *vars_of(AvmValue context) {
    if (!context) return NULL;
    return avm_is_context(context) ? ((AvmContext *)avm_obj(context))->vars : (AvmDict *)avm_obj(context);
}

AvmValue avm_context_share(AvmThread *t) {
    AvmDict *vars = vars_of(t->context);
    return vars ? avm_incref(avm_value(vars)) : AVM_EMPTY;
}

static AvmContext *context_new(AvmThread *t, AvmDict *vars) {
    AvmContext *c = avm_object_new_id(t, AVM_T_CONTEXT, sizeof *c);
    if (c) c->vars = avm_retain(vars);
    return c;
}

AvmContext *avm_context_object(AvmThread *t, AvmValue *slot, bool entered) {
    if (avm_is_context(*slot)) return (AvmContext *)avm_obj(*slot);
    AvmContext *c = context_new(t, vars_of(*slot));
    if (!c) return NULL;
    c->entered = entered;
    avm_replace(t, slot, avm_value(c));
    return c;
}

bool avm_context_can_enter(AvmThread *t, AvmValue context) {
    if (!avm_is_context(context) || !((AvmContext *)avm_obj(context))->entered) return true;
    avm_raise(t, AVM_EXC(t, RuntimeError), "cannot enter context: %R is already entered", context);
    return false;
}

bool avm_context_enter(AvmThread *t, AvmValue context, AvmValue *before) {
    if (!avm_context_can_enter(t, context)) return false;
    if (avm_is_context(context)) ((AvmContext *)avm_obj(context))->entered = true;
    *before = t->context;
    t->context = avm_incref(context);
    return true;
}

AvmValue avm_context_leave(AvmThread *t, AvmValue before) {
    AvmValue now = t->context;
    if (avm_is_context(now)) ((AvmContext *)avm_obj(now))->entered = false;
    t->context = before;
    return now;
}

// --- Context

static AvmContext *context_of(AvmValue v) { return (AvmContext *)avm_obj(v); }

// args: the class, kwargs or empty, then what is not expected.
static AvmValue context_make(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n > 2 || args[1]) return avm_raise_type(t, "Context() does not accept any arguments");
    return avm_value(context_new(t, NULL));
}

static AvmValue context_copy(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return avm_value(context_new(t, context_of(args[0])->vars));
}

AvmValue avm_context_copy_current(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(context_new(t, vars_of(t->context)));
}

// args: self, kwargs or empty, then what is to be called and its arguments.
static AvmValue context_run(AvmThread *t, AvmValue *args, uint32_t n) {
    if (n < 3) return avm_raise_type(t, "run() missing 1 required positional argument");
    AvmValue before;
    AvmTuple *rest = avm_tuple_from(t, args + 3, n - 3);
    if (!rest) return AVM_FAIL;
    AvmValue r = AVM_FAIL;
    if (avm_context_enter(t, args[0], &before)) {
        r = avm_call_ex(t, args[2], avm_value(rest), args[1] ? (AvmDict *)avm_obj(args[1]) : NULL);
        AvmValue now = avm_context_leave(t, before);
        avm_decref(t, now);
    }
    avm_drop(t, rest);
    return r;
}

static bool check_var(AvmThread *t, AvmValue key) {
    if (avm_is(key, AVM_T_CONTEXTVAR)) return true;
    avm_raise_type(t, "a ContextVar key was expected, got %R", key);
    return false;
}

static AvmValue context_getitem(AvmThread *t, AvmValue self, AvmValue key) {
    if (!check_var(t, key)) return AVM_FAIL;
    AvmDict *vars = context_of(self)->vars;
    AvmValue v;
    int found = vars ? avm_dict_get(t, vars, key, &v) : 0;
    if (found < 0) return AVM_FAIL;
    return found ? avm_incref(v) : avm_raise_key(t, key);
}

static AvmValue context_get(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!check_var(t, args[1])) return AVM_FAIL;
    AvmDict *vars = context_of(args[0])->vars;
    AvmValue v;
    int found = vars ? avm_dict_get(t, vars, args[1], &v) : 0;
    if (found < 0) return AVM_FAIL;
    return found ? avm_incref(v) : args[2] ? avm_incref(args[2]) : AVM_NONE;
}

static int context_contains(AvmThread *t, AvmValue self, AvmValue key) {
    if (!check_var(t, key)) return -1;
    AvmDict *vars = context_of(self)->vars;
    AvmValue v;
    return vars ? avm_dict_get(t, vars, key, &v) : 0;
}

static int64_t context_len(AvmThread *t, AvmValue self) {
    (void)t;
    AvmDict *vars = context_of(self)->vars;
    return vars ? vars->used : 0;
}

// What keys(), values(), items() and iter() return: iterators that know how many there are altogether.
typedef struct ContextIter {
    AvmObj h;
    AvmDict *vars; // or NULL; nobody changes it while it is held here
    uint32_t pos;
} ContextIter;

static ContextIter *iter_of(AvmValue v) { return (ContextIter *)avm_obj(v); }

static bool iter_step(AvmValue v, AvmValue pair[2]) {
    ContextIter *it = iter_of(v);
    return it->vars && avm_dict_next(it->vars, &it->pos, &pair[0], &pair[1]);
}
static AvmValue keys_next(AvmThread *t, AvmValue v) {
    (void)t;
    AvmValue pair[2];
    return iter_step(v, pair) ? avm_incref(pair[0]) : AVM_DONE;
}
static AvmValue values_next(AvmThread *t, AvmValue v) {
    (void)t;
    AvmValue pair[2];
    return iter_step(v, pair) ? avm_incref(pair[1]) : AVM_DONE;
}
static AvmValue items_next(AvmThread *t, AvmValue v) {
    AvmValue pair[2];
    return iter_step(v, pair) ? avm_value(avm_tuple_from(t, pair, 2)) : AVM_DONE;
}
static int64_t iter_len(AvmThread *t, AvmValue v) {
    (void)t;
    return iter_of(v)->vars ? iter_of(v)->vars->used : 0;
}
static void iter_free(AvmThread *t, AvmObj *o) { avm_drop(t, ((ContextIter *)o)->vars); }
static void iter_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    if (((ContextIter *)o)->vars) visit(avm_value(((ContextIter *)o)->vars), arg);
}

#define ITERATOR(var, script_name, step)                                                                     \
    static const AvmTypeDef var = {                                                                          \
        .name = script_name,                                                                                 \
        .size = sizeof(ContextIter),                                                                         \
        .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,                                                       \
        .slots = {.free = iter_free,                                                                         \
                  .traverse = iter_traverse,                                                                 \
                  .iter = avm_iter_self,                                                                     \
                  .next = step,                                                                              \
                  .len = iter_len},                                                                          \
    }
ITERATOR(keys_def, "keys", keys_next);
ITERATOR(values_def, "values", values_next);
ITERATOR(items_def, "items", items_next);

static AvmValue iterate(AvmThread *t, AvmValue self, const AvmTypeDef *def) {
    AvmType *type = avm_type_of_def(t, def);
    ContextIter *it = type ? avm_object_new(t, type, 0) : NULL;
    if (it) it->vars = avm_retain(context_of(self)->vars);
    return avm_value(it);
}

static AvmValue context_iter(AvmThread *t, AvmValue self) { return iterate(t, self, &keys_def); }
static AvmValue context_keys(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return iterate(t, args[0], &keys_def);
}
static AvmValue context_values(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return iterate(t, args[0], &values_def);
}
static AvmValue context_items(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return iterate(t, args[0], &items_def);
}

static AvmValue context_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    if (!avm_is_context(b) || (op != AVM_EQ && op != AVM_NE)) return AVM_NOTIMPL;
    AvmDict *x = context_of(a)->vars, *y = context_of(b)->vars;
    int same = x == y || (!x && y->used == 0) || (!y && x->used == 0);
    if (!same && x && y) same = avm_compare_bool(t, AVM_EQ, avm_value(x), avm_value(y));
    return same < 0 ? AVM_FAIL : avm_bool(same == (op == AVM_EQ));
}

static void context_free(AvmThread *t, AvmObj *o) {
    AvmContext *c = (AvmContext *)o;
    if (c->vars) avm_drop(t, c->vars);
}

static void context_clear(AvmThread *t, AvmObj *o) {
    AvmContext *c = (AvmContext *)o;
    AvmDict *vars = c->vars;
    c->vars = NULL;
    if (vars) avm_drop(t, vars);
}

static void context_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    AvmContext *c = (AvmContext *)o;
    if (c->vars) visit(avm_value(c->vars), arg);
}

static const AvmNativeDef context_methods[] = {
    {"__new__", context_make, "__new__(*args, **kwargs)", NULL},
    {"run", context_run, "run(*args, **kwargs)", "Calls callable with this as the current context."},
    {"copy", context_copy, "copy()", "A copy of the context."},
    {"get", context_get, "get(key, default=None, /)", "The value of the variable key, or default."},
    {"keys", context_keys, "keys()", "The variables that are set."},
    {"values", context_values, "values()", "Their values."},
    {"items", context_items, "items()", "Pairs of both."},
    {0},
};

const AvmTypeDef avm_context_def = {
    .name = "_contextvars.Context",
    .id = AVM_T_CONTEXT,
    .size = sizeof(AvmContext),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_WEAK,
    .doc = "Values of context variables.",
    .slots = {.free = context_free,
              .clear = context_clear,
              .traverse = context_traverse,
              .getitem = context_getitem,
              .contains = context_contains,
              .len = context_len,
              .iter = context_iter,
              .compare = context_compare},
    .methods = context_methods,
};

// --- ContextVar

static ContextVar *var_of(AvmValue v) { return (ContextVar *)avm_obj(v); }

// args: the class, the name, the default or empty, then what is not expected.
static AvmValue var_make(AvmThread *t, AvmValue *args, uint32_t n) {
    uint32_t given = n - 2 + (args[2] != AVM_EMPTY);
    if (given > 2) return avm_raise_type(t, "ContextVar() takes at most 2 arguments (%u given)", given);
    if (n > 3) return avm_raise_type(t, "ContextVar() takes at most 1 positional argument (%u given)", n - 2);
    AvmStr *name = avm_as_str(t, args[1]);
    if (!name) return avm_raise_type(t, "context variable name must be a str");
    ContextVar *v = avm_object_new_id(t, AVM_T_CONTEXTVAR, sizeof *v);
    if (!v) return AVM_FAIL;
    v->name = avm_retain(name);
    v->default_value = avm_incref(args[2]);
    return avm_value(v);
}

static int find(AvmThread *t, AvmValue var, AvmValue *value) {
    AvmDict *vars = vars_of(t->context);
    return vars ? avm_dict_get(t, vars, var, value) : 0;
}

static AvmValue var_get(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue v;
    int found = find(t, args[0], &v);
    if (found < 0) return AVM_FAIL;
    if (found) return avm_incref(v);
    if (args[1]) return avm_incref(args[1]);
    if (var_of(args[0])->default_value) return avm_incref(var_of(args[0])->default_value);
    return avm_raise_with(t, AVM_EXC(t, LookupError), args[0]);
}

// A dict of the current context that may be changed: nobody else looks at it.
static AvmDict *own_vars(AvmThread *t, AvmContext *c) {
    if (c->vars && c->vars->h.refs == 1) return c->vars;
    AvmDict *own = c->vars ? avm_dict_copy(t, c->vars) : avm_dict_new(t);
    if (!own) return NULL;
    AvmDict *old = c->vars;
    c->vars = own;
    if (old) avm_drop(t, old);
    return own;
}

static AvmValue var_set(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmContext *c = avm_context_object(t, &t->context, true);
    Token *token = c ? avm_object_new_id(t, AVM_T_TOKEN, sizeof *token) : NULL;
    if (!token) return AVM_FAIL;
    token->var = avm_retain(var_of(args[0]));
    token->context = avm_retain(c);
    AvmValue old;
    int found = find(t, args[0], &old);
    if (found > 0) token->old = avm_incref(old);
    AvmDict *vars = found >= 0 ? own_vars(t, c) : NULL;
    if (vars && avm_dict_set(t, vars, args[0], args[1])) return avm_value(token);
    avm_drop(t, token);
    return AVM_FAIL;
}

static AvmValue var_reset(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is(args[1], AVM_T_TOKEN)) return avm_raise_type(t, "expected an instance of Token, got %R", args[1]);
    Token *token = (Token *)avm_obj(args[1]);
    if (token->used)
        return avm_raise(t, AVM_EXC(t, RuntimeError), "%R has already been used once", args[1]);
    if (avm_value(token->var) != args[0]) return avm_raise_value(t, "%R was created by a different ContextVar", args[1]);
    if (t->context != avm_value(token->context))
        return avm_raise_value(t, "%R was created in a different Context", args[1]);
    AvmDict *vars = own_vars(t, token->context);
    if (!vars) return AVM_FAIL;
    token->used = true;
    if (token->old) return avm_dict_set(t, vars, args[0], token->old) ? AVM_NONE : AVM_FAIL;
    return avm_dict_del(t, vars, args[0]) < 0 ? AVM_FAIL : AVM_NONE;
}

static AvmValue var_repr(AvmThread *t, AvmValue v) {
    ContextVar *var = var_of(v);
    if (!var->default_value)
        return avm_value(avm_str_format(t, "<ContextVar name=%R at 0x%llx>", avm_value(var->name), (unsigned long long)v));
    return avm_value(avm_str_format(t, "<ContextVar name=%R default=%R at 0x%llx>", avm_value(var->name),
                                    var->default_value, (unsigned long long)v));
}

static AvmValue var_name(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(var_of(v)->name));
}

static void var_free(AvmThread *t, AvmObj *o) {
    ContextVar *v = (ContextVar *)o;
    if (v->name) avm_drop(t, v->name);
    avm_decref(t, v->default_value);
}

static void var_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    ContextVar *v = (ContextVar *)o;
    if (v->default_value) visit(v->default_value, arg);
}

static const AvmNativeDef var_methods[] = {
    {"__new__", var_make, "__new__(name, /, *args, default=...)", NULL},
    {"get", var_get, "get(default=..., /)",
     "The value in the current context, or default, or the variable's default."},
    {"set", var_set, "set(value, /)", "Sets the value in the current context. Returns a Token for reset()."},
    {"reset", var_reset, "reset(token, /)",
     "Puts back the value there was before the set() that returned token."},
    AVM_CLASS_GETITEM_ROW,
    {0},
};

static const AvmGetSetDef var_getsets[] = {{"name", var_name, avm_readonly, "the variable's name"}, {0}};

const AvmTypeDef avm_contextvar_def = {
    .name = "_contextvars.ContextVar",
    .id = AVM_T_CONTEXTVAR,
    .size = sizeof(ContextVar),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "A variable whose value belongs to the current context.",
    .slots = {.free = var_free, .traverse = var_traverse, .repr = var_repr},
    .methods = var_methods,
    .getsets = var_getsets,
};

// --- Token

static AvmValue token_repr(AvmThread *t, AvmValue v) {
    Token *k = (Token *)avm_obj(v);
    return avm_value(avm_str_format(t, "<Token%s var=%R at 0x%llx>", k->used ? " used" : "", avm_value(k->var),
                                    (unsigned long long)v));
}

static AvmValue token_var(AvmThread *t, AvmValue v) {
    (void)t;
    return avm_incref(avm_value(((Token *)avm_obj(v))->var));
}

// Token.MISSING is an attribute of the class: avm_context_add_missing.
static AvmValue token_old(AvmThread *t, AvmValue v) {
    Token *k = (Token *)avm_obj(v);
    if (k->old) return avm_incref(k->old);
    AvmStr *name = avm_str_text(t, "MISSING");
    AvmValue missing = name ? avm_getattr(t, v, name) : AVM_FAIL;
    if (name) avm_drop(t, name);
    return missing;
}

static AvmValue missing_repr(AvmThread *t, AvmValue v) {
    (void)v;
    return avm_value(avm_str_text(t, "<Token.MISSING>"));
}

static const AvmTypeDef missing_def = {
    .name = "Token.MISSING",
    .size = sizeof(AvmObj),
    .flags = AVM_TYPE_NO_NEW | AVM_TYPE_IMMUTABLE,
    .slots = {.repr = missing_repr},
};

bool avm_context_add_missing(AvmThread *t) {
    AvmType *type = avm_type_from_def(t, &missing_def);
    AvmObj *missing = type ? avm_object_new(t, type, 0) : NULL;
    AvmStr *name = missing ? avm_str_intern(t, "MISSING", strlen("MISSING")) : NULL;
    bool ok =
        name && avm_dict_set_str(t, avm_type_dict(t, t->vm->types[AVM_T_TOKEN]), name, avm_value(missing));
    avm_drop(t, missing);
    avm_drop(t, name);
    return ok;
}

static void token_free(AvmThread *t, AvmObj *o) {
    Token *k = (Token *)o;
    if (k->var) avm_drop(t, k->var);
    if (k->context) avm_drop(t, k->context);
    avm_decref(t, k->old);
}

static void token_traverse(AvmObj *o, AvmVisit visit, void *arg) {
    Token *k = (Token *)o;
    if (k->var) visit(avm_value(k->var), arg);
    if (k->context) visit(avm_value(k->context), arg);
    if (k->old) visit(k->old, arg);
}

static AvmValue token_make(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_raise(t, AVM_EXC(t, RuntimeError), "Tokens can only be created by ContextVars");
}

// Tokens are equal to nothing but themselves, and have no hash.
static AvmValue token_compare(AvmThread *t, AvmCompare op, AvmValue a, AvmValue b) {
    (void)t, (void)op, (void)a, (void)b;
    return AVM_NOTIMPL;
}

static const AvmNativeDef token_methods[] = {
    {"__new__", token_make, "__new__(*args, **kwargs)", NULL},
    AVM_CLASS_GETITEM_ROW,
    {0},
};
static const AvmGetSetDef token_getsets[] = {
    {"var", token_var, NULL, "the variable"},
    {"old_value", token_old, NULL, "the value before, or Token.MISSING"},
    {0},
};

const AvmTypeDef avm_token_def = {
    .name = "_contextvars.Token",
    .id = AVM_T_TOKEN,
    .size = sizeof(Token),
    .flags = AVM_TYPE_IMMUTABLE,
    .doc = "What ContextVar.set() returns.",
    .slots = {.free = token_free, .traverse = token_traverse, .repr = token_repr, .compare = token_compare},
    .methods = token_methods,
    .getsets = token_getsets,
};
