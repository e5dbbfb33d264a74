// What a VM does, told on fd 2 while it does it: instructions. (Event loops tell of themselves: vm/async/trace.c.)
#include "embed/embed.h"
#include "embed/front.h"

#include "compiler/opinfo.h"
#include "vm/types/func.h"
#include "vm/vm.h"

// DELEGATE is looked for in the words of frames that wait, and stays to be seen.
static void mark(const AvmUnit *unit, uint32_t *words) {
    for (uint32_t pc = 0; pc < unit->ncode; pc += avm_op_info[AVM_OP(unit->code[pc])].words)
        if (AVM_OP(unit->code[pc]) != AVM_OP_DELEGATE) words[pc] = (unit->code[pc] & ~0xFFu) | AVM_OP_TRACED;
}

// The place is told where it is another than before.
static void tell(AvmThread *t, const AvmUnit *unit, uint32_t pc) {
    aiovm *vm = t->vm->host.ctx;
    uint32_t line = avm_unit_pos(unit, pc + 1).line;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    if (vm->traced_unit != unit || vm->traced_line != line)
        avm_buf_printf(&b, "aio: %.*s, File \"%.*s\", line %u\n", (int)unit->qualname.len, unit->qualname.text,
                       (int)unit->file.len, unit->file.text, (unsigned)line);
    vm->traced_unit = unit;
    vm->traced_line = line;
    avm_front_show_op(unit, pc, &b);
    if (!b.failed && t->vm->host.write) t->vm->host.write(t->vm->host.ctx, 2, b.data, b.len);
    avm_buf_free(&b);
}

void aiovm_trace(aiovm *vm, unsigned what) {
    static const AvmTracer tracer = {mark, tell};
    if (!vm) return;
    vm->t->vm->trace_loop = (what & AIOVM_TRACE_LOOP) != 0;
    vm->t->vm->tracer = what & AIOVM_TRACE_OPS ? &tracer : NULL;
}
