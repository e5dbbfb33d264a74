// The slow halves of instructions: what dispatch.c calls when the fast path does not hold. Registers that an
// instruction consumes are emptied by the caller; operands here are borrowed, results new references.
#ifndef AVM_VM_OPS_H
#define AVM_VM_OPS_H

#include "vm/frame.h"

// --- names
AvmValue avm_op_global(AvmThread *t, AvmFrame *fr, uint32_t name);
bool avm_op_set_global(AvmThread *t, AvmFrame *fr, uint32_t name, AvmValue v); // v empty: delete
AvmValue avm_op_name(AvmThread *t, AvmFrame *fr, uint32_t name);
bool avm_op_set_name(AvmThread *t, AvmFrame *fr, uint32_t name, AvmValue v);
AvmValue avm_op_name_or_free(AvmThread *t, AvmFrame *fr, uint32_t name, uint32_t free);
AvmValue avm_op_unbound_local(AvmThread *t, AvmFrame *fr, uint32_t local);
AvmValue avm_op_unbound_free(AvmThread *t, AvmFrame *fr, uint32_t free);

// --- attributes with inline caches
AvmValue avm_op_getattr(AvmThread *t, AvmValue v, AvmSite *site);
bool avm_op_setattr(AvmThread *t, AvmValue v, AvmSite *site, AvmValue value);
// Fills regs[0], regs[1] as METHOD says (both free before).
bool avm_op_method(AvmThread *t, AvmValue v, AvmSite *site, AvmValue *regs);
bool avm_op_special(AvmThread *t, AvmValue v, int which, AvmValue *regs);

// --- functions, classes, modules
AvmValue avm_op_function(AvmThread *t, AvmFrame *fr, uint32_t unit, AvmValue *parts, int which);
AvmValue avm_op_class(AvmThread *t, AvmValue *parts);
bool avm_op_annotations(AvmThread *t, AvmFrame *fr);
AvmValue avm_op_import(AvmThread *t, AvmFrame *fr, AvmStr *name, AvmValue wanted, int level);
AvmValue avm_op_import_from(AvmThread *t, AvmValue module, AvmStr *name);
bool avm_op_import_star(AvmThread *t, AvmFrame *fr, AvmValue module);
bool avm_op_print(AvmThread *t, AvmValue v);

// --- data
bool avm_op_unpack(AvmThread *t, AvmValue v, AvmValue *regs, uint32_t n);
bool avm_op_unpack_rest(AvmThread *t, AvmValue v, AvmValue *regs, uint32_t before, uint32_t after);
AvmValue avm_op_dict(AvmThread *t, AvmValue *pairs, uint32_t n);
AvmValue avm_op_set(AvmThread *t, AvmValue *items, uint32_t n);
// "f()", for messages about a call of callee.
AvmStr *avm_op_callee_name(AvmThread *t, AvmValue callee);
bool avm_op_dict_merge(AvmThread *t, AvmDict *d, AvmValue mapping, AvmValue callee);
bool avm_op_list_extend(AvmThread *t, AvmList *list, AvmValue iterable);
bool avm_op_dict_update(AvmThread *t, AvmDict *d, AvmValue mapping);
AvmValue avm_op_format(AvmThread *t, AvmValue v, AvmValue spec, int conversion);
AvmValue avm_op_pack(AvmThread *t, AvmValue *regs, uint32_t n); // takes them
void avm_op_unpack_pack(AvmThread *t, AvmValue pack, AvmValue *regs);
// Empties the locals for which the 8 bits of an operand are too few.
void avm_op_empty_far(AvmThread *t, AvmFrame *fr);

// --- exceptions
int avm_op_exc_match(AvmThread *t, AvmValue exc, AvmValue classes); // 1, 0, -1
bool avm_op_star_match(AvmThread *t, AvmValue *group, AvmValue *classes);
AvmValue avm_op_star_raise(AvmThread *t, AvmValue caught, AvmValue raised, AvmValue rest);
// Finds the handler of t->exc in fr and enters it (fr->pc is set): true; or empties all registers: false.
bool avm_op_handle(AvmThread *t, AvmFrame *fr);
// The exception being handled where fr stands, by its code's table; borrowed or AVM_EMPTY.
AvmValue avm_op_handled_in(AvmFrame *fr);
bool avm_op_in_try(const AvmFrame *fr); // is there a handler for what is raised where it stands?
// The rest of what leaves a generator by an exception: StopIteration becomes RuntimeError.
void avm_op_no_stop(AvmThread *t, AvmGen *g);

// --- match
// What MATCHKIND asks: a bool, or (kind 2) the length.
AvmValue avm_op_match_kind(AvmThread *t, AvmValue subject, int kind);
// The values of the keys as a tuple, or None.
AvmValue avm_op_match_keys(AvmThread *t, AvmValue mapping, AvmTuple *keys);
// names: how many patterns stand by position, then the names of the others. A tuple of attributes, or None.
AvmValue avm_op_match_class(AvmThread *t, AvmValue subject, AvmValue cls, AvmTuple *names);

// --- asynchronous iteration
AvmValue avm_op_aiter(AvmThread *t, AvmValue v);
AvmValue avm_op_anext(AvmThread *t, AvmValue v);
AvmValue avm_op_yield_from(AvmThread *t, AvmFrame *fr, AvmValue v);

// --- calls that are not the plain case
typedef enum AvmCalled { AVM_CALLED_FAIL, AVM_CALLED_VALUE, AVM_CALLED_FRAME } AvmCalled;
// regs[0] is the callee, args (nargs, kwnames' values last) follow somewhere in the frame. VALUE: regs[0] holds the
// result; FRAME: t->frame is a new frame. Arguments are consumed in any case.
// Do defaults make up for the arguments that n plain ones lack? Adds them (owned) after the n; returns how many there are then.
bool avm_op_has_defaults(const AvmFunc *f, uint32_t n);
uint32_t avm_op_add_defaults(const AvmFunc *f, AvmValue *regs, uint32_t n);
AvmCalled avm_op_call(AvmThread *t, AvmFrame *fr, AvmValue *callee, AvmValue *args, uint32_t nargs, AvmTuple *kwnames);
AvmCalled avm_op_call_ex(AvmThread *t, AvmFrame *fr, AvmValue *regs, bool keywords);

// The check point: signals, collection, fuel. false: an exception is set, or t->exhausted.
bool avm_op_check(AvmThread *t);
// A signal was sent that may be for this process: the main thread deals with it at once, or soon if t is
// another.
bool avm_op_signalled(AvmThread *t);

#endif
