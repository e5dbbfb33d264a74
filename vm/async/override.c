// Event loops written in script: sub-classes that put methods of their own in the place of natives. The natives are called
// in C without looking; for these loops they look.
#include <math.h>

#include "vm/async/async.h"
#include "vm/shape.h"

static const struct {
    const char *name;
    AvmLoopOverride bit;
} replaceable[] = {
    {"time", AVM_LOOP_OWN_TIME},         {"call_at", AVM_LOOP_OWN_TIMERS},
    {"call_later", AVM_LOOP_OWN_TIMERS}, {"_run_once", AVM_LOOP_OWN_TURN},
    {"create_task", AVM_LOOP_OWN_TASKS}, {"create_future", AVM_LOOP_OWN_FUTURES},
    {"call_soon", AVM_LOOP_OWN_READY},
};

bool avm_loop_find_overrides(AvmThread *t, AvmEventLoop *loop) {
    AvmType *type = avm_type_of(t, avm_value(loop)), *base = avm_type_get(t, AVM_T_LOOP);
    for (size_t i = 0; type != base && i < sizeof replaceable / sizeof *replaceable; i++) {
        AvmStr *name = avm_str_intern(t, replaceable[i].name, strlen(replaceable[i].name));
        if (!name) return false;
        if (avm_type_lookup(t, type, name) != avm_type_lookup(t, base, name)) loop->overrides |= replaceable[i].bit;
        avm_drop(t, name);
    }
    return true;
}

// The same of what has been put on the loop itself, before a run. Names that can't be made are not there.
void avm_loop_find_own(AvmThread *t, AvmEventLoop *loop) {
    if (loop->attrs.shape->version && loop->attrs.shape->version == loop->known_shape) return; // a host begins it each step
    loop->known_shape = loop->attrs.shape->version;
    for (size_t i = 0; i < sizeof replaceable / sizeof *replaceable; i++) {
        AvmStr *name = avm_str_intern(t, replaceable[i].name, strlen(replaceable[i].name));
        if (name && avm_attrs_get(t, &loop->attrs, name)) loop->overrides |= replaceable[i].bit;
        avm_drop(t, name);
    }
    if (loop->overrides & AVM_LOOP_OWN_READY) loop->room = 0;
    avm_exc_clear(t);
}

static AvmValue call(AvmThread *t, AvmEventLoop *loop, const char *name, const AvmValue *args, uint32_t n) {
    AvmStr *s = avm_str_intern(t, name, strlen(name));
    AvmValue r = s ? avm_call_method(t, avm_loop_value(loop), s, args, n) : AVM_FAIL;
    avm_drop(t, s);
    return r;
}

bool avm_loop_now(AvmThread *t, AvmEventLoop *loop, double *now) {
    if (!(loop->overrides & AVM_LOOP_OWN_TIME)) {
        *now = avm_loop_time(t);
        return true;
    }
    AvmValue r = call(t, loop, "time", NULL, 0);
    bool ok = r && avm_to_double(t, r, now);
    avm_decref(t, r);
    return ok;
}

AvmValue avm_loop_ask_timer(AvmThread *t, AvmEventLoop *loop, const char *method, AvmValue when, AvmValue callback,
                            const AvmValue *args, uint32_t n, AvmValue context) {
    bool with = context && context != AVM_NONE;
    AvmList *given = avm_list_new(t, 0);
    bool ok = given && avm_list_append(t, given, when) && avm_list_append(t, given, callback);
    for (uint32_t i = 0; ok && i < n; i++) ok = avm_list_append(t, given, args[i]);
    if (ok && with) ok = avm_list_append(t, given, context);
    AvmStr *name = ok ? avm_str_intern(t, method, strlen(method)) : NULL;
    AvmValue fn = name ? avm_getattr(t, avm_loop_value(loop), name) : AVM_FAIL, r = AVM_FAIL;
    AvmValue key = avm_value(AVM_NAME(t, context));
    AvmTuple *names = fn && with ? avm_tuple_from(t, &key, 1) : NULL;
    if (fn && (names || !with))
        r = with ? avm_call_kw(t, fn, given->items, given->len, names) : avm_call(t, fn, given->items, given->len);
    avm_decref(t, fn);
    avm_drop(t, names);
    avm_drop(t, name);
    avm_drop(t, given);
    return r;
}

bool avm_loop_ask_selector(AvmThread *t, AvmEventLoop *loop, double deadline) {
    double now;
    if (!avm_loop_now(t, loop, &now)) return false;
    AvmValue timeout = deadline == HUGE_VAL ? AVM_NONE
                       : deadline <= now    ? avm_inline_int_value(0)
                                            : avm_float_value(deadline - now);
    AvmStr *name = avm_str_intern(t, "select", 6);
    AvmValue events = name ? avm_call_method(t, loop->selector, name, &timeout, 1) : AVM_FAIL;
    AvmValue r = events ? call(t, loop, "_process_events", &events, 1) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, events);
    avm_decref(t, r);
    return r != AVM_FAIL;
}

bool avm_loop_ask_turn(AvmThread *t, AvmEventLoop *loop) {
    AvmValue r = call(t, loop, "_run_once", NULL, 0);
    avm_decref(t, r);
    return r != AVM_FAIL;
}
