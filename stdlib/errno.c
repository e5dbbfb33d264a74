// The module errno: the system's error numbers by name.
#include <errno.h>

#include "stdlib/modules.h"
#include "vm/types/dict.h"
#include "vm/types/str.h"

static const struct {
    const char *name;
    int number;
} errors[] = {
#define E(name) {#name, name},
    E(EPERM) E(ENOENT) E(ESRCH) E(EINTR) E(EIO) E(ENXIO) E(E2BIG) E(ENOEXEC) E(EBADF) E(ECHILD) E(EAGAIN) E(ENOMEM)
    E(EACCES) E(EFAULT) E(EBUSY) E(EEXIST) E(EXDEV) E(ENODEV) E(ENOTDIR) E(EISDIR) E(EINVAL) E(ENFILE) E(EMFILE)
    E(ENOTTY) E(ETXTBSY) E(EFBIG) E(ENOSPC) E(ESPIPE) E(EROFS) E(EMLINK) E(EPIPE) E(EDOM) E(ERANGE) E(EDEADLK)
    E(ENAMETOOLONG) E(ENOLCK) E(ENOSYS) E(ENOTEMPTY) E(ELOOP) E(EWOULDBLOCK) E(ENOMSG) E(EIDRM) E(EPROTO)
    E(EBADMSG) E(EOVERFLOW) E(EILSEQ) E(ENOTSOCK) E(EDESTADDRREQ) E(EMSGSIZE) E(EPROTOTYPE) E(ENOPROTOOPT)
    E(EPROTONOSUPPORT) E(EOPNOTSUPP) E(ENOTSUP) E(EAFNOSUPPORT) E(EADDRINUSE) E(EADDRNOTAVAIL) E(ENETDOWN)
    E(ENETUNREACH) E(ENETRESET) E(ECONNABORTED) E(ECONNRESET) E(ENOBUFS) E(EISCONN) E(ENOTCONN) E(ETIMEDOUT)
    E(ECONNREFUSED) E(EHOSTUNREACH) E(EALREADY) E(EINPROGRESS) E(ESTALE) E(EDQUOT) E(ECANCELED) E(EOWNERDEAD)
    E(ENOTRECOVERABLE)
#undef E
};

static bool init(AvmThread *t, AvmModuleObj *m) {
    AvmDict *codes = avm_dict_new(t);
    bool ok = codes && avm_module_add(t, m, "errorcode", avm_value(codes));
    for (size_t i = 0; ok && i < sizeof errors / sizeof *errors; i++) {
        AvmStr *name = avm_str_text(t, errors[i].name);
        AvmValue number = avm_inline_int_value(errors[i].number), have;
        ok = name && avm_module_add(t, m, errors[i].name, number);
        // Where two names have one number the last one counts, but for those that are only an older name of it.
        bool alias = ok && avm_dict_get(t, codes, number, &have) > 0 && errors[i].number == EAGAIN;
        ok = ok && (alias || avm_dict_set(t, codes, number, avm_value(name)));
        avm_drop(t, name);
    }
    avm_drop(t, codes);
    return ok;
}

static const AvmNativeDef functions[] = {{0}};

const AvmModuleDef avm_errno_module = {"errno", "Numbers of system errors.", functions, init};
