// Raising and inspecting exceptions from C. The exception on its way is t->exc.
#ifndef AVM_VM_ERROR_H
#define AVM_VM_ERROR_H

#include "vm/thread.h"

typedef enum AvmExcLayout {
    AVM_LAYOUT_PLAIN, AVM_LAYOUT_VALUE, AVM_LAYOUT_NAME, AVM_LAYOUT_IMPORT, AVM_LAYOUT_OS, AVM_LAYOUT_SYNTAX,
    AVM_LAYOUT_UNICODE, AVM_LAYOUT_GROUP
} AvmExcLayout;

// Every exception instance. extra[] as the layout says:
//   VALUE: value (SystemExit: code)   NAME: name, obj   IMPORT: name, path, msg, name_from
//   OS: errno, strerror, filename, filename2     SYNTAX: msg, filename, lineno, offset, text, end_lineno,
//   end_offset UNICODE: encoding, object, start, end, reason   GROUP: message, exceptions (a tuple), how a
//   sequence that is neither list nor tuple showed when the group was made, or empty
typedef struct AvmExc {
    AvmObj h;
    AvmAttrs attrs;
    AvmValue args;      // a tuple
    AvmValue traceback; // a traceback or AVM_EMPTY
    AvmValue cause, context; // exceptions or AVM_EMPTY
    AvmValue notes;     // a list or AVM_EMPTY; __notes__ is an ordinary attribute: this stays empty until it is set
    uint8_t suppress_context;
    uint8_t nextra;
    uint8_t logged;
    AvmValue extra[7];
} AvmExc;

// All raise functions set t->exc (chaining __context__ to the exception being handled) and return AVM_FAIL,
// so that `return avm_raise(...)` reads well. Formats are printf's plus: %S AvmStr*, %R repr of an AvmValue,
// %V str of an AvmValue, %T type name of an AvmValue, %K name of an AvmType* likewise, %N its short name,
// %A as %T, of an argument: CPython's parsers of arguments call None so.
// They never fail silently: out of memory gives MemoryError.
AvmValue avm_raise(AvmThread *t, AvmType *type, const char *format, ...);
#define avm_raise_type(t, ...) avm_raise((t), AVM_EXC(t, TypeError), __VA_ARGS__)
#define avm_raise_value(t, ...) avm_raise((t), AVM_EXC(t, ValueError), __VA_ARGS__)
AvmValue avm_raise_memory(AvmThread *t);
// A big VM keeps some memory aside, which its handlers of MemoryError get. reserve: at check points; spend: gives it back.
void avm_memory_reserve(AvmVm *vm);
void avm_memory_spend(AvmVm *vm);
AvmValue avm_raise_key(AvmThread *t, AvmValue key);             // KeyError(key)
AvmValue avm_raise_attribute(AvmThread *t, AvmValue obj, AvmStr *name); // with CPython's text for obj's kind
AvmValue avm_attribute_of(AvmThread *t, AvmValue obj,
                          AvmStr *name); // the AttributeError on its way tells of what it is
AvmValue avm_raise_name(AvmThread *t, AvmType *type, AvmStr *name, const char *format); // %S in format is the name
AvmValue avm_raise_os(AvmThread *t, int err, AvmValue filename); // the subclass errno asks for; filename or empty
AvmValue avm_raise_stop(AvmThread *t, AvmValue value);          // StopIteration(value)
AvmValue avm_raise_with(AvmThread *t, AvmType *type, AvmValue arg); // type(arg), arg borrowed
// Raises an instance or class as the raise statement does; exc borrowed.
AvmValue avm_raise_object(AvmThread *t, AvmValue exc, AvmValue cause); // cause empty: none given; AVM_NONE: from None
// Puts exc (taken) in t->exc as it is: no context, traceback kept.
AvmValue avm_reraise(AvmThread *t, AvmValue exc);

// A text formatted like avm_raise's.
AvmStr *avm_str_format(AvmThread *t, const char *format, ...);

static inline bool avm_failed(AvmThread *t) { return t->exc != AVM_EMPTY; }
// Is t->exc an instance of type (or a subclass)?
bool avm_exc_is(AvmThread *t, AvmType *type);
bool avm_exc_matches(AvmThread *t, AvmValue exc, AvmType *type);
// Takes the exception out of t (owned by the caller).
AvmValue avm_exc_take(AvmThread *t);
void avm_exc_clear(AvmThread *t);
// If t->exc is of this type drops it and returns true.
bool avm_exc_swallow(AvmThread *t, AvmType *type);
// Takes the value out of the StopIteration in t->exc, which is cleared; new reference.
AvmValue avm_stop_value(AvmThread *t);
// Instantiates: type(*args) without going through script for built-in types. NULL: exception.
AvmValue avm_exc_new(AvmThread *t, AvmType *type, AvmValue *args, uint32_t n);
// The exception being handled where the innermost frame stands (walking callers), borrowed or AVM_EMPTY.
AvmValue avm_exc_handled(AvmThread *t);
// Sets exc's __context__ to the handled exception, breaking cycles as CPython does.
void avm_exc_chain(AvmThread *t, AvmValue exc);
void avm_exc_chain_to(AvmThread *t, AvmValue exc, AvmValue handled); // to that one, if it is an exception
// Splits a group by classes (one or a tuple), by its split(): what matches and what does not (AVM_NONE:
// nothing); new references.
bool avm_exc_split(AvmThread *t, AvmValue group, AvmValue classes, AvmValue *match, AvmValue *rest);
// Reports an exception that can't be raised: to sys.unraisablehook, which may be script's. message: what
// happened, NULL: "Exception ignored in"; where: the object that is to blame, or empty. Takes t->exc.
void avm_exc_unraisable(AvmThread *t, const char *message, AvmValue where);
// The same as that hook does it at first, on sys.stderr.
void avm_exc_show_unraisable(AvmThread *t, const char *message, AvmValue where);
// Warnings: prints as warnings.warn does by default filters; false when the filter makes it an error.
bool avm_warn(AvmThread *t, AvmType *category, int stack_level, const char *format, ...);

// vm/traceback.c: CPython's display of exc with causes, contexts, notes and groups, appended to out.
bool avm_traceback_format(AvmThread *t, AvmValue exc, AvmBuf *out);
// The same for avm_stderr_write: in colours where the host wants them and sys.stderr is still its own.
bool avm_traceback_report(AvmThread *t, AvmValue exc, AvmBuf *out);

#endif
