// Tuples whose items have names.
#include "stdlib/structseq.h"

#include "vm/types/str.h"

#define X(i)                                                                                                 \
    AvmValue avm_structseq_get##i(AvmThread *t, AvmValue self) {                                             \
        (void)t;                                                                                             \
        return avm_incref(((AvmTuple *)avm_obj(self))->items[i]);                                            \
    }
AVM_STRUCTSEQ_INDEXES(X)
#undef X

AvmValue avm_structseq_repr(AvmThread *t, AvmValue v) {
    AvmTuple *s = (AvmTuple *)avm_obj(v);
    const AvmTypeDef *def = avm_type_of(t, v)->def;
    AvmBuf b;
    avm_buf_init(&b, &t->vm->alloc);
    avm_buf_printf(&b, "%s(", def->name);
    for (uint32_t i = 0; i < s->len && def->getsets[i].name; i++) {
        AvmValue r = avm_repr(t, s->items[i]);
        if (r == AVM_FAIL) {
            avm_buf_free(&b);
            return AVM_FAIL;
        }
        avm_buf_printf(&b, "%s%s=%s", i ? ", " : "", def->getsets[i].name, ((AvmStr *)avm_obj(r))->data);
        avm_decref(t, r);
    }
    avm_buf_byte(&b, ')');
    return avm_value(avm_str_from_buf(t, &b));
}

AvmValue avm_structseq_new(AvmThread *t, const AvmTypeDef *def, const AvmValue *values, uint32_t n) {
    AvmType *type = avm_type_of_def(t, def);
    AvmTuple *s = type ? avm_object_new(t, type, n * sizeof(AvmValue)) : NULL;
    bool good = s != NULL;
    if (s) s->len = n;
    for (uint32_t i = 0; i < n; i++) {
        good &= values[i] != AVM_FAIL;
        if (s)
            s->items[i] = values[i];
        else
            avm_decref(t, values[i]);
    }
    if (good) return avm_value(s);
    avm_drop(t, s);
    return AVM_FAIL;
}
