// Running programs in __main__: whole, piece by piece, from files, line by line.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embed/embed.h"
#include "vm/async/async.h"
#include "vm/error.h"
#include "vm/import.h"
#include "vm/source.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"
#include "vm/vm.h"

enum { CHUNK = 1 << 16 };

// --- beginning and going on

static aiovm_status start_in(aiovm *vm, aiovm_program *p, AvmModuleObj *main) {
    if (main) {
        p->refs++;
        if (avm_vm_start(vm->t, p->unit, avm_program_release, p, main->dict)) return AIOVM_OK;
    }
    return avm_embed_outcome(vm);
}

static aiovm_status run_in(aiovm *vm, aiovm_program *p, AvmModuleObj *main) {
    aiovm_status status = start_in(vm, p, main);
    return status == AIOVM_OK ? avm_embed_go_on(vm, UINT64_MAX, true) : status;
}

// Is the VM free for a new program?
static bool is_free(aiovm *vm) { return avm_embed_enter_idle(vm) && !vm->t->stepped && !vm->t->driven; }

// __file__ is set for files, and for a script on standard input, as CPython does.
static AvmModuleObj *new_main(AvmThread *t, const aiovm_program *p) {
    const char *file = p->file->data;
    return avm_vm_main(t, *file == '<' && !avm_str_is(p->file, "<stdin>") ? NULL : file);
}

// The __main__ that is there, else a new one.
static AvmModuleObj *current_main(AvmThread *t, const aiovm_program *p) {
    AvmValue main = avm_dict_get_str(t, t->vm->modules, AVM_NAME(t, __main__));
    return avm_is(main, AVM_T_MODULE) ? (AvmModuleObj *)avm_obj(main) : new_main(t, p);
}

aiovm_status aiovm_run(aiovm *vm, const aiovm_program *program) {
    aiovm_status status = aiovm_start(vm, program);
    return status == AIOVM_OK ? avm_embed_go_on(vm, UINT64_MAX, true) : status;
}

aiovm_status aiovm_start(aiovm *vm, const aiovm_program *program) {
    if (!is_free(vm) || !program || program->vm != vm) return AIOVM_MISUSE;
    avm_embed_forget(vm);
    return start_in(vm, (aiovm_program *)program, new_main(vm->t, program));
}

aiovm_status aiovm_run_source(aiovm *vm, const char *source, size_t length, const char *file) {
    if (!is_free(vm)) return AIOVM_MISUSE;
    aiovm_program *program;
    aiovm_status status = aiovm_compile(vm, source, length, file, &program);
    if (status != AIOVM_OK) return status;
    status = aiovm_run(vm, program);
    aiovm_program_free(program);
    return status;
}

aiovm_status aiovm_run_line(aiovm *vm, const char *source, size_t length, const char *file) {
    aiovm_program *program;
    if (!is_free(vm)) return AIOVM_MISUSE;
    aiovm_status status = avm_program_compile(vm, source, length, file, AVM_SOURCE_SINGLE, &program);
    if (status != AIOVM_OK) return status;
    status = run_in(vm, program, current_main(vm->t, program));
    aiovm_program_free(program);
    return status;
}

aiovm_status aiovm_enter(aiovm *vm, const aiovm_program *program, aiovm_value *result) {
    if (result) *result = (aiovm_value){0};
    if (!avm_embed_begin(vm) || !program || program->vm != vm) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    aiovm_program *p = (aiovm_program *)program;
    AvmModuleObj *main = current_main(t, p);
    if (!main) return avm_embed_outcome(vm);
    bool began = avm_embed_run(vm);
    AvmDict *globals = avm_retain(main->dict); // the block may replace the module
    p->refs++;
    AvmValue r = avm_vm_run(t, p->unit, avm_program_release, p, globals, AVM_EMPTY);
    avm_drop(t, globals);
    if (r && !result) avm_decref(t, r);
    avm_embed_rest(vm, began);
    if (!r) return avm_embed_outcome(vm);
    return result ? avm_handle_put(vm, r, result) : AIOVM_OK;
}

// --- files

// 0, or errno; ENOMEM also when the buffer found no memory.
static int read_all(const char *path, AvmBuf *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    struct stat st;
    int failure = fstat(fd, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
    if (!failure && S_ISREG(st.st_mode) && st.st_size > 0) avm_buf_reserve(out, (size_t)st.st_size + 1);
    while (!failure) {
        if (out->cap - out->len < 2 && !avm_buf_reserve(out, CHUNK)) failure = ENOMEM;
        ssize_t n = failure ? 0 : read(fd, out->data + out->len, out->cap - out->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) failure = errno;
        if (n <= 0) break;
        out->len += (size_t)n;
    }
    close(fd);
    return failure;
}

aiovm_status aiovm_run_file(aiovm *vm, const char *path) {
    if (!is_free(vm) || !path) return AIOVM_MISUSE;
    AvmBuf source;
    avm_buf_init(&source, &vm->alloc);
    vm->system_error = read_all(path, &source);
    aiovm_status status = AIOVM_SYSTEM;
    aiovm_program *program = NULL;
    if (!vm->system_error)
        status = avm_unit_is(source.data, source.len)
                     ? aiovm_load(vm, source.data, source.len, path, &program)
                     : aiovm_compile(vm, source.len ? source.data : "", source.len, path, &program);
    avm_buf_free(&source);
    if (status == AIOVM_OK) status = aiovm_run(vm, program);
    aiovm_program_free(program);
    return status;
}

aiovm_status aiovm_run_module(aiovm *vm, const char *name) {
    if (!is_free(vm) || !avm_embed_is_text(name)) return AIOVM_MISUSE;
    AvmThread *t = vm->t;
    avm_embed_forget(vm);
    bool began = avm_embed_run(vm);
    AvmModuleObj *main = avm_retain(avm_vm_main(t, NULL));
    AvmStr *s = main ? avm_str_intern(t, name, strlen(name)) : NULL;
    AvmValue found = s ? avm_import_run(t, s, main) : AVM_FAIL;
    avm_embed_rest(vm, began);
    avm_drop(t, s);
    avm_drop(t, main);
    if (found != AVM_FALSE && found != AVM_DONE) return avm_embed_outcome(vm);
    vm->system_error = found == AVM_DONE ? EISDIR : ENOENT;
    return AIOVM_SYSTEM;
}

aiovm_status aiovm_dump_file(aiovm *vm, aiovm_dump_kind kind, const char *path, const char **text,
                             size_t *text_length) {
    if (text) *text = "";
    if (text_length) *text_length = 0;
    if (!text || !path || !avm_embed_enter_idle(vm)) return AIOVM_MISUSE;
    AvmBuf source;
    avm_buf_init(&source, &vm->alloc);
    vm->system_error = read_all(path, &source);
    aiovm_status status = AIOVM_SYSTEM;
    if (!vm->system_error)
        status = aiovm_dump(vm, kind, source.len ? source.data : "", source.len, path, text, text_length);
    avm_buf_free(&source);
    return status;
}
