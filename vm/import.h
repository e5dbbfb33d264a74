// Modules: built-in (C), frozen (.aio in the program) and files. Registration and look-up.
#ifndef AVM_VM_IMPORT_H
#define AVM_VM_IMPORT_H

#include "vm/types/func.h"

// A module in C: a row of functions and a function that adds the rest (types, constants). Constant data.
typedef struct AvmModuleDef {
    const char *name; // dotted
    const char *doc;
    const AvmNativeDef *functions; // rows end with {0}
    bool (*init)(AvmThread *t, AvmModuleObj *module); // or NULL; false: exception
} AvmModuleDef;

// Tables live for ever; both end with a row whose name is NULL. Look-up order: sys.modules, built-in, frozen, files.
bool avm_import_register(AvmThread *t, const AvmModuleDef *const *builtins, const AvmFrozen *frozen);
enum { AVM_MODULE_INITIALIZING = 1 }; // in AvmModuleObj's h.flags: its code is still running
AvmList *avm_import_names(AvmThread *t); // the names in both tables; NULL: exception
void avm_import_free(AvmVm *vm);
// import name (absolute): the module named by the whole dotted name; new reference.
AvmValue avm_import(AvmThread *t, AvmStr *name);
// Runs the module `name` (of a package: its module __main__) as `main`, the module __main__. AVM_TRUE: it has
// run; AVM_FALSE: there is no such module; AVM_DONE: it is a package without a module __main__; AVM_FAIL:
// exception.
AvmValue avm_import_run(AvmThread *t, AvmStr *name, AvmModuleObj *main);
AvmValue avm_import_text(AvmThread *t, const char *name);
// A C module object, sys.modules entry included, by its definition.
bool avm_module_add(AvmThread *t, AvmModuleObj *m, const char *name, AvmValue value); // borrowed value
bool avm_module_add_type(AvmThread *t, AvmModuleObj *m, const AvmTypeDef *def);
bool avm_module_add_functions(AvmThread *t, AvmModuleObj *m, const AvmNativeDef *rows);

// Imports all deferred names that are not there yet: before anybody sees the namespace as a whole. false: exception.
bool avm_module_complete(AvmThread *t, AvmModuleObj *m);

// Slots of vm->stdlib
enum {
    AVM_STDLIB_RANDOM, AVM_STDLIB_IO, AVM_STDLIB_WARNINGS, AVM_STDLIB_FUNCTOOLS, AVM_STDLIB_ASYNCIO,
    // types that their own functions make instances of; borrowed, the VM owns them
    AVM_STDLIB_DEQUE, AVM_STDLIB_DEQUEITER, AVM_STDLIB_DEQUEREVITER, AVM_STDLIB_DEFAULTDICT,
    AVM_STDLIB_GROUPER, AVM_STDLIB_TEE, AVM_STDLIB_TEENODE, AVM_STDLIB_CHAIN,
    AVM_STDLIB_RE_PATTERN, AVM_STDLIB_RE_MATCH, AVM_STDLIB_RE_SCANNER, AVM_STDLIB_RE_ITERATOR,
    AVM_STDLIB_THREAD, AVM_STDLIB_LOCALS,
    AVM_STDLIB_SIGNAL, // the handlers of signals: an AvmDict, owned
    AVM_STDLIB_COUNT = 32
};

#endif
