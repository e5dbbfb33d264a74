// The module bisect: places in sorted sequences.
#include "vm/call.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list_parts.h"
#include "vm/types/str.h"

// args: the sequence, x, lo, hi, key. The place of x (already a key): behind its equals if right. -1: exception.
static int64_t place(AvmThread *t, AvmValue *args, AvmValue x, bool right) {
    int64_t low = 0, high = -1;
    if (args[2] && !avm_index_exact(t, args[2], &low, NULL)) return -1;
    if (low < 0) {
        avm_raise_value(t, "lo must be non-negative");
        return -1;
    }
    if (args[3] && args[3] != AVM_NONE) {
        if (!avm_index_exact(t, args[3], &high, NULL)) return -1;
    } else {
        high = avm_len(t, args[0]);
        if (high < 0) return -1;
    }
    AvmValue key = args[4] == AVM_NONE ? AVM_EMPTY : args[4];
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        AvmValue index = avm_int_new(t, mid);
        AvmValue item = index ? avm_getitem(t, args[0], index) : AVM_FAIL;
        avm_decref(t, index);
        if (item && key) {
            AvmValue v = avm_call1(t, key, item);
            avm_decref(t, item);
            item = v;
        }
        if (!item) return -1;
        int less = right ? avm_compare_bool(t, AVM_LT, x, item) : avm_compare_bool(t, AVM_LT, item, x);
        avm_decref(t, item);
        if (less < 0) return -1;
        if (right ? !less : less)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static AvmValue insert(AvmThread *t, AvmValue *args, bool right) {
    AvmValue key = args[4] && args[4] != AVM_NONE ? avm_call1(t, args[4], args[1]) : avm_incref(args[1]);
    if (!key) return AVM_FAIL;
    int64_t at = place(t, args, key, right);
    avm_decref(t, key);
    if (at < 0) return AVM_FAIL;
    if (avm_is_list(args[0]))
        return avm_list_insert(t, (AvmList *)avm_obj(args[0]), at, args[1]) ? AVM_NONE : AVM_FAIL;
    AvmStr *name = avm_str_intern(t, "insert", 6);
    if (!name) return AVM_FAIL;
    AvmValue pair[] = {avm_int_new(t, at), args[1]};
    AvmValue result = pair[0] ? avm_call_method(t, args[0], name, pair, 2) : AVM_FAIL;
    avm_decref(t, pair[0]);
    avm_drop(t, name);
    if (!result) return AVM_FAIL;
    avm_decref(t, result);
    return AVM_NONE;
}

static AvmValue fn_right(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t at = place(t, args, args[1], true);
    return at < 0 ? AVM_FAIL : avm_int_new(t, at);
}
static AvmValue fn_left(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t at = place(t, args, args[1], false);
    return at < 0 ? AVM_FAIL : avm_int_new(t, at);
}
static AvmValue fn_insort_right(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return insert(t, args, true);
}
static AvmValue fn_insort_left(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return insert(t, args, false);
}

static const AvmNativeDef functions[] = {
    {"bisect_right", fn_right, "bisect_right(a, x, lo=0, hi=None, *, key=None)", "The place behind x's equals."},
    {"bisect_left", fn_left, "bisect_left(a, x, lo=0, hi=None, *, key=None)", "The place before x's equals."},
    {"insort_right", fn_insort_right, "insort_right(a, x, lo=0, hi=None, *, key=None)", "Insert x behind its equals."},
    {"insort_left", fn_insort_left, "insort_left(a, x, lo=0, hi=None, *, key=None)", "Insert x before its equals."},
    {0},
};

// The short names are the same functions.
static bool add_alias(AvmThread *t, AvmModuleObj *m, const char *name, const char *function) {
    AvmStr *s = avm_str_intern(t, function, strlen(function));
    bool ok = s && avm_module_add(t, m, name, avm_dict_get_str(t, m->dict, s));
    if (s) avm_drop(t, s);
    return ok;
}

static bool init(AvmThread *t, AvmModuleObj *m) {
    return add_alias(t, m, "bisect", "bisect_right") && add_alias(t, m, "insort", "insort_right");
}

const AvmModuleDef avm_bisect_module = {"bisect", "Places in sorted sequences.", functions, init};
