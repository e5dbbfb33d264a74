// Debug mode: where futures, tasks and handles were made, calls from other threads, callbacks that take long.
#include "vm/async/async.h"
#include "vm/import.h"
#include "vm/shape.h"

static AvmStr *key(AvmThread *t) { return avm_str_intern(t, "_source_traceback", 17); }

AvmValue avm_debug_stack(AvmThread *t) {
    AvmValue module = avm_import_text(t, "asyncio.format_helpers");
    AvmStr *name = module ? avm_str_text(t, "_creation_stack") : NULL;
    AvmValue stack = name ? avm_call_method(t, module, name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    avm_decref(t, module);
    return stack;
}

bool avm_debug_mark(AvmThread *t, AvmFuture *f) {
    AvmValue stack = avm_debug_stack(t);
    AvmStr *name = stack ? key(t) : NULL;
    AvmAttrs *attrs = name ? avm_object_attrs(t, &f->h) : NULL;
    bool ok = attrs && avm_attrs_set(t, &f->h, attrs, name, stack);
    avm_drop(t, name);
    avm_decref(t, stack);
    return ok;
}

AvmValue avm_debug_origin(AvmThread *t, AvmFuture *f) {
    AvmAttrs *attrs = avm_object_attrs(t, &f->h);
    AvmStr *name = attrs ? key(t) : NULL;
    AvmValue v = name ? avm_attrs_get(t, attrs, name) : AVM_EMPTY;
    avm_drop(t, name);
    return v == AVM_DONE ? AVM_EMPTY : v;
}

bool avm_debug_show_origin(AvmThread *t, AvmValue stack, AvmBuf *out) {
    if (!avm_is_obj(stack)) return true;
    AvmValue last = avm_getitem(t, stack, avm_inline_int_value(-1));
    if (!last) { // an empty stack says nothing
        avm_exc_clear(t);
        return true;
    }
    AvmValue file = avm_getitem(t, last, avm_inline_int_value(0)), line = AVM_EMPTY;
    if (file) line = avm_getitem(t, last, avm_inline_int_value(1));
    AvmStr *text = line ? avm_str_format(t, " created at %V:%V", file, line) : NULL;
    if (text) avm_buf_add(out, text->data, text->len);
    bool ok = text != NULL;
    avm_drop(t, text);
    avm_decref(t, file);
    avm_decref(t, line);
    avm_decref(t, last);
    return ok;
}

bool avm_debug_check_thread(AvmThread *t, AvmEventLoop *loop) {
    if (!loop->running || loop->thread == t) return true;
    avm_raise(t, AVM_EXC(t, RuntimeError),
              "Non-thread-safe operation invoked on an event loop other than the current one");
    return false;
}

bool avm_debug_ended(AvmThread *t, AvmEventLoop *loop, AvmValue what, double began) {
    double now, limit = 0;
    AvmStr *name = avm_str_text(t, "slow_callback_duration"), *report = avm_str_text(t, "_slow");
    AvmValue v = name && report ? avm_getattr_maybe(t, avm_value(loop), name) : AVM_FAIL, r = AVM_NONE;
    bool ok = v != AVM_FAIL && avm_loop_now(t, loop, &now);
    if (ok && v != AVM_DONE && avm_to_double(t, v, &limit) && now - began >= limit) {
        AvmValue args[] = {what, avm_float_value(now - began)};
        r = avm_call_method(t, avm_value(loop), report, args, 2);
    }
    if (v != AVM_DONE) avm_decref(t, v);
    avm_decref(t, r);
    avm_drop(t, name);
    avm_drop(t, report);
    return ok && r != AVM_FAIL && !t->exc;
}
