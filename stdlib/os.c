// _os: what the module os asks of the system.
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "stdlib/modules.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/ops.h"
#include "vm/power.h"
#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/str.h"


static AvmValue text(AvmThread *t, const char *z) {
    return avm_value(avm_decode(t, z, strlen(z), "utf-8", "surrogateescape"));
}

// The path's bytes with a NUL; new reference, NULL: exception. path may be str, bytes or have __fspath__.
static AvmBytes *path_bytes(AvmThread *t, AvmValue v) {
    AvmValue path = avm_incref(v);
    if (!avm_as_str(t, v) && !avm_as_bytes(t, v)) {
        AvmValue other = avm_call_special(t, v, AVM_NAME(t, __fspath__), NULL, 0);
        avm_decref(t, path);
        if (other == AVM_DONE) avm_raise_type(t, "expected str, bytes or os.PathLike object, not %T", v);
        if (other == AVM_DONE || other == AVM_FAIL) return NULL;
        path = other;
    }
    AvmStr *s = avm_as_str(t, path);
    AvmBytes *b =
        s ? avm_encode(t, s, "utf-8", "surrogateescape") : (AvmBytes *)avm_retain(avm_as_bytes(t, path));
    avm_decref(t, path);
    if (b && memchr(b->data, 0, b->len)) {
        avm_drop(t, b);
        avm_raise_value(t, "embedded null byte");
        return NULL;
    }
    return b;
}

// The same for a path that is looked at or changed; NULL also when the host forbids it.
static AvmBytes *allowed_path(AvmThread *t, AvmValue v, AvmPower power) {
    AvmBytes *b = path_bytes(t, v);
    if (!b || avm_allow(t, power, b->data, v)) return b;
    avm_drop(t, b);
    return NULL;
}

// A call that takes one path and gives 0 or -1.
static AvmValue on_path(AvmThread *t, AvmValue path, int (*f)(const char *)) {
    AvmBytes *b = allowed_path(t, path, AVM_WRITE_FILE);
    if (!b) return AVM_FAIL;
    int failed = f(b->data), error = errno;
    avm_drop(t, b);
    return failed ? avm_raise_os(t, error, path) : AVM_NONE;
}

#define ON_PATH(name, f)                                                                                     \
    static AvmValue os_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                    \
        (void)n;                                                                                             \
        return on_path(t, args[0], f);                                                                       \
    }
ON_PATH(chdir, chdir)
ON_PATH(rmdir, rmdir)
ON_PATH(remove, unlink)
#undef ON_PATH

static AvmValue os_mkdir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t mode = 0777;
    if (args[1] != AVM_EMPTY && !avm_index(t, args[1], &mode)) return AVM_FAIL;
    AvmBytes *b = allowed_path(t, args[0], AVM_WRITE_FILE);
    if (!b) return AVM_FAIL;
    int failed = mkdir(b->data, (mode_t)mode), error = errno;
    avm_drop(t, b);
    return failed ? avm_raise_os(t, error, args[0]) : AVM_NONE;
}

static AvmValue os_rename(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmBytes *from = allowed_path(t, args[0], AVM_WRITE_FILE);
    AvmBytes *to = from ? allowed_path(t, args[1], AVM_WRITE_FILE) : NULL;
    int failed = to ? rename(from->data, to->data) : 0, error = errno;
    bool good = to != NULL;
    avm_drop(t, from);
    avm_drop(t, to);
    if (!good) return AVM_FAIL;
    return failed ? avm_raise_os(t, error, args[0]) : AVM_NONE;
}

static AvmValue os_getcwd(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    if (!avm_allow(t, AVM_READ_FILE, ".", AVM_EMPTY)) return AVM_FAIL;
    char *path = getcwd(NULL, 0);
    if (!path) return avm_raise_os(t, errno, AVM_EMPTY);
    AvmValue v = text(t, path);
    free(path);
    return v;
}

static AvmValue os_listdir(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmBytes *b = allowed_path(t, args[0], AVM_READ_FILE);
    if (!b) return AVM_FAIL;
    DIR *dir = opendir(b->data);
    int error = errno;
    avm_drop(t, b);
    if (!dir) return avm_raise_os(t, error, args[0]);
    AvmList *list = avm_list_new(t, 8);
    bool good = list != NULL;
    for (struct dirent *entry; good && (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        AvmValue name = text(t, entry->d_name);
        good = name != AVM_FAIL && avm_list_append_take(t, list, name);
    }
    closedir(dir);
    if (good) return avm_value(list);
    avm_drop(t, list);
    return AVM_FAIL;
}

// (mode, size, mtime, atime, ctime, inode, device, links, uid, gid)
static AvmValue os_stat(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int follow = args[1] == AVM_EMPTY ? 1 : avm_truth(t, args[1]);
    AvmBytes *b = follow < 0 ? NULL : allowed_path(t, args[0], AVM_READ_FILE);
    if (!b) return AVM_FAIL;
    struct stat s;
    int failed = follow ? stat(b->data, &s) : lstat(b->data, &s), error = errno;
    avm_drop(t, b);
    if (failed) return avm_raise_os(t, error, args[0]);
    AvmValue v[10] = {avm_inline_int_value(s.st_mode),
                      avm_int_new(t, s.st_size),
                      avm_float_value((double)s.st_mtim.tv_sec + (double)s.st_mtim.tv_nsec / 1e9),
                      avm_float_value((double)s.st_atim.tv_sec + (double)s.st_atim.tv_nsec / 1e9),
                      avm_float_value((double)s.st_ctim.tv_sec + (double)s.st_ctim.tv_nsec / 1e9),
                      avm_int_new_u64(t, s.st_ino),
                      avm_int_new_u64(t, s.st_dev),
                      avm_int_new_u64(t, s.st_nlink),
                      avm_inline_int_value(s.st_uid),
                      avm_inline_int_value(s.st_gid)};
    bool good = true;
    for (int i = 0; i < 10; i++) good &= v[i] != AVM_FAIL;
    AvmTuple *tuple = good ? avm_tuple_from(t, v, 10) : NULL;
    for (int i = 0; i < 10; i++) avm_decref(t, v[i]);
    return avm_value(tuple);
}

static AvmValue os_access(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t mode;
    if (!avm_index(t, args[1], &mode)) return AVM_FAIL;
    AvmBytes *b = allowed_path(t, args[0], AVM_READ_FILE);
    if (!b) return AVM_FAIL;
    int failed = access(b->data, (int)mode);
    avm_drop(t, b);
    return avm_bool(!failed);
}

// The environment as a dict of str; what the host does not allow is not in it.
static AvmValue os_environment(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmDict *d = avm_dict_new(t);
    bool good = d != NULL;
    for (char **p = environ; good && p && *p; p++) {
        const char *equals = strchr(*p, '=');
        if (!equals) continue;
        AvmStr *name = avm_decode(t, *p, (size_t)(equals - *p), "utf-8", "surrogateescape");
        if (name && !avm_may(t, AVM_ENVIRONMENT, name->data)) {
            avm_drop(t, name);
            continue;
        }
        AvmValue value = name ? text(t, equals + 1) : AVM_FAIL;
        good = value != AVM_FAIL && avm_dict_set_str(t, d, name, value);
        avm_drop(t, name);
        avm_decref(t, value);
    }
    if (good) return avm_value(d);
    avm_drop(t, d);
    return AVM_FAIL;
}

#define NUMBER(name, value)                                                                                  \
    static AvmValue os_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                    \
        (void)args, (void)n;                                                                                 \
        if (!avm_allow(t, AVM_ENVIRONMENT, #name, AVM_EMPTY)) return AVM_FAIL;                               \
        return avm_int_new(t, value);                                                                        \
    }
NUMBER(getpid, getpid())
NUMBER(getppid, getppid())
NUMBER(getuid, getuid())
NUMBER(geteuid, geteuid())
NUMBER(getgid, getgid())
NUMBER(cpu_count, sysconf(_SC_NPROCESSORS_ONLN))
#undef NUMBER

static AvmValue os_strerror(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t code;
    return avm_index(t, args[0], &code) ? text(t, strerror((int)code)) : AVM_FAIL;
}

static AvmValue os_uname(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    struct utsname u;
    if (!avm_allow(t, AVM_ENVIRONMENT, "uname", AVM_EMPTY)) return AVM_FAIL;
    if (uname(&u)) return avm_raise_os(t, errno, AVM_EMPTY);
    const char *parts[] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    AvmTuple *result = avm_tuple_new(t, 5);
    for (int i = 0; result && i < 5; i++)
        if (!(result->items[i] = text(t, parts[i]))) {
            avm_drop(t, result);
            return AVM_FAIL;
        }
    return avm_value(result);
}

static AvmValue os_kill(AvmThread *t, AvmValue *args, uint32_t n) {
    int64_t pid, number;
    (void)n;
    if (!avm_index_exact(t, args[0], &pid, NULL) || !avm_index_exact(t, args[1], &number, NULL)) return AVM_FAIL;
    if (!avm_allow(t, AVM_PROCESS, "kill", AVM_EMPTY)) return AVM_FAIL;
    if (kill((pid_t)pid, (int)number)) return avm_raise_os(t, errno, AVM_EMPTY);
    return avm_op_signalled(t) ? AVM_NONE : AVM_FAIL;
}

static const AvmNativeDef functions[] = {
    {"access", os_access, "access(path, mode)", "May the file be used so?"},
    {"chdir", os_chdir, "chdir(path)", "Changes the working directory."},
    {"cpu_count", os_cpu_count, "cpu_count()", "How many processors there are."},
    {"environment", os_environment, "environment()", "The environment as a dict."},
    {"getcwd", os_getcwd, "getcwd()", "The working directory."},
    {"geteuid", os_geteuid, "geteuid()", "The effective user's number."},
    {"getgid", os_getgid, "getgid()", "The group's number."},
    {"getpid", os_getpid, "getpid()", "The process's number."},
    {"getppid", os_getppid, "getppid()", "The parent process's number."},
    {"getuid", os_getuid, "getuid()", "The user's number."},
    {"kill", os_kill, "kill(pid, signal, /)", "Sends a signal to a process."},
    {"listdir", os_listdir, "listdir(path)", "The names in a directory."},
    {"mkdir", os_mkdir, "mkdir(path, mode=0o777)", "Makes a directory."},
    {"remove", os_remove, "remove(path)", "Removes a file."},
    {"rename", os_rename, "rename(src, dst)", "Gives a file another name."},
    {"rmdir", os_rmdir, "rmdir(path)", "Removes an empty directory."},
    {"stat", os_stat, "stat(path, follow=True)", "What is known of a file."},
    {"strerror", os_strerror, "strerror(code)", "The text of an error number."},
    {"uname", os_uname, "uname()", "What the system says of itself: system, node, release, version, machine."},
    {0},
};

const AvmModuleDef avm_os_module = {
    .name = "_os",
    .doc = "The part of os that is C.",
    .functions = functions,
};
