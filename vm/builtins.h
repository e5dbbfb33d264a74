// The descriptions of the built-in types, one a file, and the tables of built-in functions. A plain list.
#ifndef AVM_VM_BUILTINS_H
#define AVM_VM_BUILTINS_H

#include "vm/object.h"

// numbers and the singletons
extern const AvmTypeDef avm_none_def, avm_ellipsis_def, avm_notimpl_def;
extern const AvmTypeDef avm_int_def, avm_bool_def, avm_float_def;
// text
extern const AvmTypeDef avm_str_def, avm_striter_def, avm_strasciiiter_def;
extern const AvmTypeDef avm_bytes_def, avm_bytesiter_def, avm_bytearray_def, avm_bytearrayiter_def;
// containers and iterators
extern const AvmTypeDef avm_list_def, avm_listiter_def, avm_listreviter_def, avm_tuple_def, avm_tupleiter_def;
extern const AvmTypeDef avm_dict_def, avm_dict_keys_def, avm_dict_values_def, avm_dict_items_def;
extern const AvmTypeDef avm_dict_keyiter_def, avm_dict_valueiter_def, avm_dict_itemiter_def;
extern const AvmTypeDef avm_dict_revkeyiter_def, avm_dict_revvalueiter_def, avm_dict_revitemiter_def;
extern const AvmTypeDef avm_set_def, avm_frozenset_def, avm_setiter_def;
extern const AvmTypeDef avm_range_def, avm_rangeiter_def, avm_longrangeiter_def, avm_slice_def;
extern const AvmTypeDef avm_seqiter_def, avm_calliter_def, avm_enumerate_def, avm_reversed_def;
extern const AvmTypeDef avm_zip_def, avm_map_def, avm_filter_def;
extern const AvmTypeDef avm_mappingproxy_def, avm_genericalias_def, avm_union_def;
// asyncio and contextvars
extern const AvmTypeDef avm_future_def, avm_task_def, avm_gather_def, avm_futureiter_def, avm_taskstep_def,
    avm_loop_def, avm_abstract_loop_def, avm_native_coroutine_def;
extern const AvmTypeDef avm_handle_def, avm_timerhandle_def, avm_callbacks_def, avm_bound_def;
extern const AvmTypeDef avm_context_def, avm_contextvar_def, avm_token_def;
// stacks
extern const AvmTypeDef avm_traceback_def, avm_frame_def;
// a bag of attributes
extern const AvmTypeDef avm_namespace_def;

// functions, classes, modules, generators
extern const AvmTypeDef avm_object_def, avm_type_def, avm_super_def, avm_code_def, avm_function_def, avm_method_def;
extern const AvmTypeDef avm_cell_def, avm_native_def, avm_native_method_def, avm_wrapper_def, avm_method_wrapper_def;
extern const AvmTypeDef avm_classmethod_descr_def, avm_getset_def, avm_member_def, avm_property_def;
extern const AvmTypeDef avm_classmethod_def, avm_staticmethod_def, avm_module_def, avm_weakref_def;
extern const AvmTypeDef avm_generator_def, avm_coroutine_def, avm_coro_wrapper_def, avm_asyncgen_def;
extern const AvmTypeDef avm_asyncgen_send_def, avm_asyncgen_throw_def, avm_asyncgen_value_def, avm_anext_def;
extern const AvmTypeDef avm_finished_def, avm_pack_def;

// functions of the module builtins; rows end with {0}
extern const AvmNativeDef avm_builtins_basic[];  // vm/builtins.c: hash, isinstance, getattr, eval ...
extern const AvmNativeDef avm_builtins_number[]; // vm/builtins_number.c: abs, divmod, pow, round, bin ...
extern const AvmNativeDef avm_builtins_eval[];   // vm/builtins_eval.c: compile, eval, exec
extern const AvmNativeDef avm_async_builtins[];  // vm/types/asyncgen.c: aiter, anext
extern const AvmNativeDef avm_iter_builtins[];   // vm/types/iter_builtins.c: len, iter, sorted, sum ...

// vm->builtins holds what has been looked up: types, exceptions, functions and constants come when they are
// asked for. A builtin by name, made if it is not there yet: borrowed. AVM_EMPTY: there is none, or no memory
// (t->exc is set).
AvmValue avm_builtins_get(AvmThread *t, AvmStr *name);
// Makes all: before anybody sees vm->builtins as a whole. false: exception.
bool avm_builtins_complete(AvmThread *t);

#endif
