// Raising exceptions from C: texts, chaining, taking. The exception types are vm/types/exc.c.
#include "vm/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "vm/call.h"
#include "vm/gen.h"
#include "vm/message.h"
#include "vm/types/list.h"
#include "vm/types/str.h"
#include "vm/warnings.h"
#include "vm/traceback.h"

// --- texts

static AvmStr *format_str(AvmThread *t, const char *format, va_list args) {
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (avm_message_add(t, &b, format, args)) return avm_str_from_buf(t, &b);
    avm_buf_free(&b);
    return NULL;
}

AvmStr *avm_str_format(AvmThread *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    AvmStr *s = format_str(t, format, args);
    va_end(args);
    return s;
}

// --- raising

void avm_exc_chain(AvmThread *t, AvmValue exc) { avm_exc_chain_to(t, exc, avm_exc_handled(t)); }

// The handled exception may have come from this one: cut there, so that no ring of contexts arises. Script may have made another
// ring, in which the second walker, at half the speed, is met.
static void cut_chain(AvmThread *t, AvmValue handled, AvmValue exc) {
    AvmExc *o = (AvmExc *)avm_obj(handled), *slow = o;
    for (uint32_t steps = 1; o->context && o->context != exc; steps++) {
        o = (AvmExc *)avm_obj(o->context);
        if (o == slow || (steps % 1024 == 0 && !avm_charge(t, 1024))) return;
        if (steps % 2 == 0) slow = (AvmExc *)avm_obj(slow->context);
    }
    avm_replace(t, &o->context, AVM_EMPTY);
}

void avm_exc_chain_to(AvmThread *t, AvmValue exc, AvmValue handled) {
    if (!handled || !avm_is_obj(handled) || handled == exc) return;
    AvmExc *e = (AvmExc *)avm_obj(exc);
    if (e->context == handled) return;
    if (e->h.refs > 1) cut_chain(t, handled, exc); // else nothing knows it yet
    avm_replace(t, &e->context, avm_incref(handled));
}

// exc (taken) becomes the exception on its way.
static AvmValue set(AvmThread *t, AvmValue exc) {
    if (!exc) return AVM_FAIL;
    avm_exc_chain(t, exc);
    if (t->exhausted) avm_decref(t, exc);
    else avm_replace(t, &t->exc, exc);
    return AVM_FAIL;
}

AvmValue avm_raise_with(AvmThread *t, AvmType *type, AvmValue arg) {
    return set(t, avm_exc_new(t, type, &arg, 1));
}

AvmValue avm_raise(AvmThread *t, AvmType *type, const char *format, ...) {
    if (!format) return set(t, avm_exc_new(t, type, NULL, 0));
    va_list args;
    va_start(args, format);
    AvmStr *s = format_str(t, format, args);
    va_end(args);
    if (!s) return AVM_FAIL;
    AvmValue text = avm_value(s);
    set(t, avm_exc_new(t, type, &text, 1));
    avm_drop(t, s);
    return AVM_FAIL;
}

// --- MemoryError

enum { RESERVE = 1 << 20, RESERVE_FROM = 16 << 20 }; // bytes: of the reserve, and in use before there is one

void avm_memory_reserve(AvmVm *vm) {
    if (vm->reserve || vm->alloc.used < RESERVE_FROM || vm->alloc.limit) return;
    bool refused = vm->alloc.refused;
    vm->reserve = avm_alloc(&vm->alloc, RESERVE);
    vm->alloc.refused = refused;
}

void avm_memory_spend(AvmVm *vm) {
    avm_release(&vm->alloc, vm->reserve, RESERVE);
    vm->reserve = NULL;
}

AvmValue avm_raise_memory(AvmThread *t) {
    avm_memory_spend(t->vm);
    if (t->vm->alloc.refused && t->vm->limits_are_hard) {
        t->vm->alloc.refused = false;
        return avm_exhaust(t, AVM_LIMIT_MEMORY);
    }
    // The reserve is an instance made at the start, for when there is no memory for a new one (then making it asks here again).
    AvmValue reserve = t->vm->memory_error, exc = AVM_FAIL;
    if (!t->making_memory_error && reserve) {
        t->making_memory_error = true;
        exc = avm_exc_new(t, AVM_EXC(t, MemoryError), NULL, 0);
        t->making_memory_error = false;
        if (exc) return set(t, exc);
    }
    if (reserve && avm_obj(reserve)->refs == 1) { // what was shown with it last time is over
        AvmExc *e = (AvmExc *)avm_obj(reserve);
        avm_replace(t, &e->traceback, AVM_EMPTY);
        avm_replace(t, &e->context, AVM_EMPTY);
    }
    avm_replace(t, &t->exc, avm_incref(reserve));
    return AVM_FAIL;
}

AvmValue avm_raise_key(AvmThread *t, AvmValue key) { return avm_raise_with(t, AVM_EXC(t, KeyError), key); }
AvmValue avm_raise_stop(AvmThread *t, AvmValue value) {
    return set(t, avm_exc_new(t, AVM_EXC(t, StopIteration), &value, value != AVM_NONE));
}

AvmValue avm_attribute_of(AvmThread *t, AvmValue obj, AvmStr *name) {
    AvmExc *e = (AvmExc *)avm_obj(t->exc);
    if (e && avm_exc_is(t, AVM_EXC(t, AttributeError))) {
        avm_replace(t, &e->extra[0], avm_value(avm_retain(name)));
        avm_replace(t, &e->extra[1], avm_incref(obj));
    }
    return AVM_FAIL;
}

AvmValue avm_raise_attribute(AvmThread *t, AvmValue obj, AvmStr *name) {
    if (avm_is_sub(t, obj, AVM_TYPE_SUB_TYPE))
        avm_raise(t, AVM_EXC(t, AttributeError), "type object '%K' has no attribute '%S'",
                  (AvmType *)avm_obj(obj), name);
    else
        avm_raise(t, AVM_EXC(t, AttributeError), "'%T' object has no attribute '%S'", obj, name);
    return avm_attribute_of(t, obj, name);
}

AvmValue avm_raise_name(AvmThread *t, AvmType *type, AvmStr *name, const char *format) {
    avm_raise(t, type, format, name);
    AvmExc *e = (AvmExc *)avm_obj(t->exc);
    if (e && avm_exc_is(t, AVM_EXC(t, NameError))) avm_replace(t, &e->extra[0], avm_value(avm_retain(name)));
    return AVM_FAIL;
}

AvmValue avm_raise_os(AvmThread *t, int err, AvmValue filename) {
    AvmStr *text = avm_str_text(t, strerror(err));
    if (!text) return AVM_FAIL;
    AvmValue args[3] = {avm_inline_int_value(err), avm_value(text), filename};
    AvmValue exc = avm_call(t, avm_value(AVM_EXC(t, OSError)), args, filename ? 3 : 2);
    avm_drop(t, text);
    return set(t, exc);
}

// An instance from what stands after `raise` or `from`: an instance (new reference) or a class that is called.
static AvmValue instance(AvmThread *t, AvmValue v, const char *complaint) {
    if (avm_is_obj(v) && avm_type_of(t, v)->flags & AVM_TYPE_EXCEPTION) return avm_incref(v);
    bool is_class = avm_is_sub(t, v, AVM_TYPE_SUB_TYPE) && ((AvmType *)avm_obj(v))->flags & AVM_TYPE_EXCEPTION;
    if (!is_class) return avm_raise_type(t, "%s", complaint);
    AvmValue exc = avm_call0(t, v);
    if (exc && !(avm_type_of(t, exc)->flags & AVM_TYPE_EXCEPTION)) {
        avm_raise_type(t, "calling %R should have returned an instance of BaseException, not %R", v, avm_value(avm_type_of(t, exc)));
        avm_decref(t, exc);
        return AVM_FAIL;
    }
    return exc;
}

AvmValue avm_raise_object(AvmThread *t, AvmValue v, AvmValue cause) {
    AvmValue exc = instance(t, v, "exceptions must derive from BaseException");
    if (!exc) return AVM_FAIL;
    if (cause) {
        AvmExc *e = (AvmExc *)avm_obj(exc);
        AvmValue c = cause == AVM_NONE ? AVM_EMPTY : instance(t, cause, "exception causes must derive from BaseException");
        if (!c && cause != AVM_NONE) {
            avm_decref(t, exc);
            return AVM_FAIL;
        }
        avm_replace(t, &e->cause, c);
        e->suppress_context = true;
    }
    return set(t, exc);
}

AvmValue avm_reraise(AvmThread *t, AvmValue exc) {
    avm_replace(t, &t->exc, exc);
    return AVM_FAIL;
}

// --- looking and taking

bool avm_exc_matches(AvmThread *t, AvmValue exc, AvmType *type) {
    return avm_is_obj(exc) && avm_type_is_sub(avm_type_of(t, exc), type);
}
bool avm_exc_is(AvmThread *t, AvmType *type) { return t->exc && avm_exc_matches(t, t->exc, type); }

AvmValue avm_exc_take(AvmThread *t) {
    AvmValue exc = t->exc;
    t->exc = AVM_EMPTY;
    return exc;
}
void avm_exc_clear(AvmThread *t) { avm_decref(t, avm_exc_take(t)); }
bool avm_exc_swallow(AvmThread *t, AvmType *type) {
    if (!avm_exc_is(t, type)) return false;
    avm_exc_clear(t);
    return true;
}

AvmValue avm_stop_value(AvmThread *t) {
    AvmValue exc = avm_exc_take(t);
    AvmValue v = ((AvmExc *)avm_obj(exc))->extra[0];
    v = v ? avm_incref(v) : AVM_NONE;
    avm_decref(t, exc);
    return v;
}

// --- exceptions that nobody can catch

// Without a traceback it is shown where the script stands.
static void place(AvmThread *t, AvmValue exc) {
    AvmFrame *here = avm_frame_seen(t->frame);
    if (here && here->gen && here->gen->state == AVM_GEN_DONE) here = NULL; // a task's, which is over
    if (here && !((AvmExc *)avm_obj(exc))->traceback) avm_traceback_here(t, (AvmExc *)avm_obj(exc), here);
}

void avm_exc_show_unraisable(AvmThread *t, const char *message, AvmValue where) {
    AvmValue exc = avm_exc_take(t);
    if (!exc) return;
    place(t, exc);
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    AvmValue shown = where ? avm_repr(t, where) : AVM_EMPTY;
    if (where && !shown) avm_exc_clear(t);
    AvmStr *s = shown ? avm_as_str(t, shown) : NULL;
    avm_buf_printf(&b, "%s:%s%s\n", message ? message : "Exception ignored in", where ? " " : "",
                   s       ? s->data
                   : where ? "<object repr() failed>"
                           : "");
    if (!avm_traceback_unraisable(t, exc, &b)) avm_exc_clear(t);
    avm_stderr_write(t, b.data, b.len);
    avm_buf_free(&b);
    avm_decref(t, shown);
    avm_decref(t, exc);
}

void avm_exc_unraisable(AvmThread *t, const char *message, AvmValue where) {
    AvmValue exc = avm_exc_take(t);
    if (!exc) return;
    place(t, exc);
    if (t->vm->unraisable && t->vm->unraisable(t, exc, message, where)) {
        avm_decref(t, exc);
        return;
    }
    avm_reraise(t, exc);
    avm_exc_show_unraisable(t, message, where);
}
