// In place of front.c in builds without the compiler: source is refused, compiled code runs.
#include "embed/front.h"

#include "compiler/opinfo.h"

static void refuse(AvmDiag *diag) {
    avm_diag_set(diag, AVM_DIAG_SYNTAX, (AvmSpan){0}, "this build has no compiler: only compiled code runs");
}

AvmUnit *avm_front_compile(AvmAlloc *alloc, const char *source, size_t len, const char *file,
                           AvmCompileMode mode, bool use_namespace, AvmDiag *diag, bool *parsed) {
    *parsed = false;
    (void)alloc, (void)source, (void)len, (void)file, (void)mode, (void)use_namespace;
    refuse(diag);
    return NULL;
}

void avm_front_free(AvmAlloc *alloc, AvmUnit *unit) { (void)alloc, (void)unit; }

AvmComplete avm_front_complete(AvmAlloc *alloc, const char *source, size_t len) {
    (void)alloc, (void)source, (void)len;
    return AVM_COMPLETE_ERROR;
}

void avm_front_dump(AvmAlloc *alloc, int kind, const char *source, size_t len, const char *file, AvmBuf *out,
                    AvmDiag *diag) {
    (void)alloc, (void)kind, (void)source, (void)len, (void)file, (void)out;
    refuse(diag);
}

void avm_front_show_op(const AvmUnit *unit, uint32_t pc, AvmBuf *out) {
    avm_buf_printf(out, "%5u  %s\n", (unsigned)pc, avm_op_info[AVM_OP(unit->code[pc])].name);
}
