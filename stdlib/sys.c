// sys: what the interpreter tells about itself, and its few switches.
#include <float.h>

#include "stdlib/io.h"
#include "stdlib/modules.h"
#include "stdlib/structseq.h"
#include "stdlib/sysparts.h"
#include "vm/call.h"
#include "vm/error.h"
#include "vm/threads.h"
#include "vm/traceback.h"
#include "vm/types/dict.h"
#include "vm/types/intbig.h"
#include "vm/types/str.h"
#include "vm/warnings.h"

// --- leaving

static AvmValue sys_exit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmValue *items = args;
    uint32_t count = args[0] != AVM_EMPTY && args[0] != AVM_NONE;
    if (count && avm_is_tuple(args[0])) avm_seq_items(t, args[0], &items, &count);
    AvmValue exc = avm_exc_new(t, AVM_EXC(t, SystemExit), items, count);
    if (exc == AVM_FAIL) return AVM_FAIL;
    avm_raise_object(t, exc, AVM_EMPTY);
    avm_decref(t, exc);
    return AVM_FAIL;
}

// --- exceptions

static AvmValue traceback_of(AvmValue exc) {
    AvmValue tb = ((AvmExc *)avm_obj(exc))->traceback;
    return tb == AVM_EMPTY ? AVM_NONE : tb;
}

static AvmValue sys_exc_info(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmValue exc = avm_exc_handled(t);
    AvmValue parts[3] = {AVM_NONE, AVM_NONE, AVM_NONE};
    if (exc != AVM_EMPTY) {
        parts[0] = avm_value(avm_type_of(t, exc));
        parts[1] = exc;
        parts[2] = traceback_of(exc);
    }
    return avm_value(avm_tuple_from(t, parts, 3));
}

static AvmValue sys_exception(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    AvmValue exc = avm_exc_handled(t);
    return exc == AVM_EMPTY ? AVM_NONE : avm_incref(exc);
}

static AvmValue sys_module_names(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(avm_import_names(t));
}

// --- the stack

static AvmValue sys_getframe(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t depth = 0;
    if (args[0] != AVM_EMPTY && !avm_index(t, args[0], &depth)) return AVM_FAIL;
    AvmFrame *f = avm_frame_seen(t->frame);
    for (; f && depth > 0; depth--) f = avm_frame_seen(f->back);
    if (!f) return avm_raise_value(t, "call stack is not deep enough");
    return avm_value(avm_frame_object(t, f));
}

static AvmValue sys_getrecursionlimit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_inline_int_value(t->depth_limit);
}

static AvmValue sys_get_origin_depth(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_inline_int_value(t->origin_depth);
}

static AvmValue sys_set_origin_depth(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t depth;
    if (!avm_index_exact(t, args[0], &depth, NULL)) return AVM_FAIL;
    if (depth < 0) return avm_raise_value(t, "depth must be >= 0");
    t->origin_depth = depth > INT32_MAX ? INT32_MAX : (int32_t)depth;
    return AVM_NONE;
}

static const AvmGetSetDef hooks_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "firstiter", NULL),
    AVM_STRUCTSEQ_FIELD(1, "finalizer", NULL),
    {0},
};
static const AvmTypeDef hooks_def = AVM_STRUCTSEQ_DEF("asyncgen_hooks", hooks_fields, NULL);

static AvmValue sys_get_asyncgen_hooks(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    static const char *const names[] = {"_asyncgen_firstiter_hook", "_asyncgen_finalizer_hook"};
    AvmValue v[2];
    for (int i = 0; i < 2; i++) {
        v[i] = t->gen_hooks[i] ? avm_incref(t->gen_hooks[i]) : AVM_NONE;
        if (t->gen_hooks[i] || !t->running_loop) continue;
        AvmStr *name = avm_str_intern(t, names[i], strlen(names[i]));
        AvmValue own = name ? avm_getattr_maybe(t, t->running_loop, name) : AVM_FAIL;
        if (own != AVM_DONE) v[i] = own;
        if (name) avm_drop(t, name);
    }
    return avm_structseq_new(t, &hooks_def, v, 2);
}

static AvmValue sys_set_asyncgen_hooks(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    static const char *const names[] = {"firstiter", "finalizer"};
    for (int i = 1; i >= 0; i--)
        if (args[i] && args[i] != AVM_NONE && !avm_is_callable(t, args[i]))
            return avm_raise_type(t, "callable %s expected, got %T", names[i], args[i]);
    for (int i = 0; i < 2; i++)
        if (args[i]) avm_replace(t, &t->gen_hooks[i], avm_incref(args[i]));
    return AVM_NONE;
}

static AvmValue sys_setrecursionlimit(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t limit;
    if (!avm_index_exact(t, args[0], &limit, NULL)) return AVM_FAIL;
    if (limit < 1) return avm_raise_value(t, "recursion limit must be greater or equal than 1");
    if (limit > INT32_MAX)
        return avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C int");
    if (t->depth >= limit)
        return avm_raise(
            t, AVM_EXC(t, RecursionError),
            "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low",
            (int)limit, (int)t->depth);
    for (AvmThread *other = t->vm->main_thread; other; other = other->next) other->depth_limit = (int32_t)limit;
    return AVM_NONE;
}

static AvmValue sys_getswitchinterval(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_float_value(1e-6 * (double)(avm_threads_interval_ns(t->vm) / 1000));
}

static AvmValue sys_setswitchinterval(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double seconds;
    if (!avm_to_double(t, args[0], &seconds)) return AVM_FAIL;
    if (!(seconds > 0)) return avm_raise_value(t, "switch interval must be strictly positive");
    if (!avm_threads_begin(t)) return AVM_FAIL;
    avm_threads_set_interval(t->vm, seconds < 1e9 ? (int64_t)(seconds * 1e6) * 1000 : INT64_MAX);
    return AVM_NONE;
}

// --- objects

static AvmValue sys_getrefcount(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_obj(args[0])) return avm_int_new(t, UINT32_MAX); // immortal
    return avm_int_new(t, avm_obj(args[0])->refs);
}

static AvmValue sys_getsizeof(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmStr *name = avm_str_intern(t, "__sizeof__", 10);
    AvmValue r = name ? avm_call_special(t, args[0], name, NULL, 0) : AVM_FAIL;
    avm_drop(t, name);
    if (r != AVM_DONE) return r;
    return avm_int_new(t, avm_is_obj(args[0]) ? (int64_t)avm_object_size(t, avm_obj(args[0])) : 16);
}

static AvmValue sys_intern(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    if (!avm_is_str(args[0])) return avm_raise_type(t, "intern() argument must be str, not %A", args[0]);
    AvmStr *s = (AvmStr *)avm_obj(args[0]);
    return avm_value(avm_str_intern(t, s->data, s->len));
}

static AvmValue sys_is_finalizing(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_bool(t->vm->finalizing);
}

// --- texts and encodings

static AvmValue sys_encoding(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(avm_str_text(t, "utf-8"));
}

static AvmValue sys_encode_errors(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    return avm_value(avm_str_text(t, "surrogateescape"));
}

enum { DEFAULT_DIGITS = 4300, LEAST_DIGITS = 640 };

static AvmValue sys_get_digits(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    int32_t limit = t->vm->int_max_digits;
    return avm_inline_int_value(limit == 0 ? DEFAULT_DIGITS : limit < 0 ? 0 : limit);
}

static AvmValue sys_set_digits(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    int64_t limit;
    if (!avm_index_exact(t, args[0], &limit, NULL)) return AVM_FAIL;
    if (limit != 0 && limit < LEAST_DIGITS)
        return avm_raise_value(t, "maxdigits must be 0 or larger than 640");
    if (limit > INT32_MAX)
        return avm_raise(t, AVM_EXC(t, OverflowError), "Python int too large to convert to C int");
    t->vm->int_max_digits = limit ? (int32_t)limit : -1;
    return AVM_NONE;
}

static AvmValue sys_gettrace(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)t, (void)args, (void)n;
    return AVM_NONE;
}

// --- data

static const AvmGetSetDef version_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "major", "Major release number"),
    AVM_STRUCTSEQ_FIELD(1, "minor", "Minor release number"),
    AVM_STRUCTSEQ_FIELD(2, "micro", "Patch release number"),
    AVM_STRUCTSEQ_FIELD(3, "releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
    AVM_STRUCTSEQ_FIELD(4, "serial", "Serial release number"),
    {0},
};
static const AvmTypeDef version_def =
    AVM_STRUCTSEQ_DEF("sys.version_info", version_fields, "The language's version.");

static const AvmGetSetDef float_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "max", "DBL_MAX -- maximum representable finite float"),
    AVM_STRUCTSEQ_FIELD(1, "max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
    AVM_STRUCTSEQ_FIELD(2, "max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
    AVM_STRUCTSEQ_FIELD(3, "min", "DBL_MIN -- Minimum positive normalized float"),
    AVM_STRUCTSEQ_FIELD(4, "min_exp",
                        "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
    AVM_STRUCTSEQ_FIELD(5, "min_10_exp",
                        "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
    AVM_STRUCTSEQ_FIELD(6, "dig", "DBL_DIG -- maximum number of decimal digits that a float holds"),
    AVM_STRUCTSEQ_FIELD(7, "mant_dig", "DBL_MANT_DIG -- mantissa digits"),
    AVM_STRUCTSEQ_FIELD(8, "epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
    AVM_STRUCTSEQ_FIELD(9, "radix", "FLT_RADIX -- radix of exponent"),
    AVM_STRUCTSEQ_FIELD(10, "rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    {0},
};
static const AvmTypeDef float_def = AVM_STRUCTSEQ_DEF("sys.float_info", float_fields, "The range of floats.");

static const AvmGetSetDef hash_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "width", "width of the type used for hashing, in bits"),
    AVM_STRUCTSEQ_FIELD(1, "modulus", "prime number giving the modulus on which the hash function is based"),
    AVM_STRUCTSEQ_FIELD(2, "inf", "value to be used for hash of a positive infinity"),
    AVM_STRUCTSEQ_FIELD(3, "nan", "not used"),
    AVM_STRUCTSEQ_FIELD(4, "imag", "multiplier used for the imaginary part of a complex number"),
    AVM_STRUCTSEQ_FIELD(5, "algorithm", "name of the algorithm for hashing of str and bytes"),
    AVM_STRUCTSEQ_FIELD(6, "hash_bits", "internal output size of hash algorithm"),
    AVM_STRUCTSEQ_FIELD(7, "seed_bits", "seed size of hash algorithm"),
    AVM_STRUCTSEQ_FIELD(8, "cutoff", "small string optimization cutoff"),
    {0},
};
static const AvmTypeDef hash_def =
    AVM_STRUCTSEQ_DEF("sys.hash_info", hash_fields, "How hashes are computed.");

static const AvmGetSetDef int_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "bits_per_digit", "size of a digit in bits"),
    AVM_STRUCTSEQ_FIELD(1, "sizeof_digit", "size in bytes of the C type used to represent a digit"),
    AVM_STRUCTSEQ_FIELD(2, "default_max_str_digits", "maximum string conversion digits limitation"),
    AVM_STRUCTSEQ_FIELD(3, "str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    {0},
};
static const AvmTypeDef int_def = AVM_STRUCTSEQ_DEF("sys.int_info", int_fields, "How ints are represented.");

static const AvmGetSetDef flag_fields[] = {
    AVM_STRUCTSEQ_FIELD(0, "debug", "-d"),
    AVM_STRUCTSEQ_FIELD(1, "inspect", "-i"),
    AVM_STRUCTSEQ_FIELD(2, "interactive", "-i"),
    AVM_STRUCTSEQ_FIELD(3, "optimize", "-O or -OO"),
    AVM_STRUCTSEQ_FIELD(4, "dont_write_bytecode", "-B"),
    AVM_STRUCTSEQ_FIELD(5, "no_user_site", "-s"),
    AVM_STRUCTSEQ_FIELD(6, "no_site", "-S"),
    AVM_STRUCTSEQ_FIELD(7, "ignore_environment", "-E"),
    AVM_STRUCTSEQ_FIELD(8, "verbose", "-v"),
    AVM_STRUCTSEQ_FIELD(9, "bytes_warning", "-b"),
    AVM_STRUCTSEQ_FIELD(10, "quiet", "-q"),
    AVM_STRUCTSEQ_FIELD(11, "hash_randomization", "-R"),
    AVM_STRUCTSEQ_FIELD(12, "isolated", "-I"),
    AVM_STRUCTSEQ_FIELD(13, "dev_mode", "-X dev"),
    AVM_STRUCTSEQ_FIELD(14, "utf8_mode", "-X utf8"),
    AVM_STRUCTSEQ_FIELD(15, "warn_default_encoding", "-X warn_default_encoding"),
    AVM_STRUCTSEQ_FIELD(16, "safe_path", "-P"),
    AVM_STRUCTSEQ_FIELD(17, "int_max_str_digits", "-X int_max_str_digits"),
    {0},
};
static const AvmTypeDef flags_def = AVM_STRUCTSEQ_DEF("sys.flags", flag_fields, "Flags of the command line.");

#define INT(i) avm_inline_int_value(i)

static AvmValue text(AvmThread *t, const char *z) { return avm_value(avm_str_text(t, z)); }

static AvmValue version_info(AvmThread *t) {
    AvmValue v[] = {INT(3), INT(13), INT(0), text(t, "final"), INT(0)};
    return avm_structseq_new(t, &version_def, v, 5);
}

static AvmValue float_info(AvmThread *t) {
    AvmValue v[] = {avm_float_value(DBL_MAX),
                    INT(DBL_MAX_EXP),
                    INT(DBL_MAX_10_EXP),
                    avm_float_value(DBL_MIN),
                    INT(DBL_MIN_EXP),
                    INT(DBL_MIN_10_EXP),
                    INT(DBL_DIG),
                    INT(DBL_MANT_DIG),
                    avm_float_value(DBL_EPSILON),
                    INT(FLT_RADIX),
                    INT(1)};
    return avm_structseq_new(t, &float_def, v, 11);
}

static AvmValue hash_info(AvmThread *t) {
    AvmValue v[] = {INT(64),      avm_int_new(t, (1ll << 61) - 1),
                    INT(314159),  INT(0),
                    INT(1000003), text(t, "siphash13"),
                    INT(64),      INT(128),
                    INT(0)};
    return avm_structseq_new(t, &hash_def, v, 9);
}

static AvmValue int_info(AvmThread *t) {
    AvmValue v[] = {INT(AVM_LIMB_BITS), INT((int64_t)sizeof(AvmLimb)), INT(DEFAULT_DIGITS),
                    INT(LEAST_DIGITS)};
    return avm_structseq_new(t, &int_def, v, 4);
}

static AvmValue flags(AvmThread *t) {
    AvmValue v[18];
    for (int i = 0; i < 18; i++) v[i] = INT(0);
    v[11] = INT(!t->vm->hash_fixed);
    v[13] = v[16] = AVM_FALSE;
    v[14] = INT(1);
    v[17] = INT(DEFAULT_DIGITS);
    return avm_structseq_new(t, &flags_def, v, 18);
}

// A namespace object of these attributes; values are taken.
static AvmValue implementation(AvmThread *t) {
    static const char *const names[] = {"name", "cache_tag", "version", "hexversion"};
    AvmValue values[] = {text(t, "aio"), AVM_NONE, version_info(t), INT(0x030D00F0)};
    AvmValue o = avm_call0(t, avm_value(avm_type_get(t, AVM_T_NAMESPACE)));
    bool good = o != AVM_FAIL;
    for (int i = 0; i < 4; i++) {
        AvmStr *name = good ? avm_str_intern(t, names[i], strlen(names[i])) : NULL;
        good = name && values[i] != AVM_FAIL && avm_setattr(t, o, name, values[i]);
        avm_drop(t, name);
        avm_decref(t, values[i]);
    }
    if (good) return o;
    avm_decref(t, o);
    return AVM_FAIL;
}

// What the host has set, or a list of one empty text.
static AvmValue list_of(AvmThread *t, AvmList *given) {
    if (given) return avm_value(avm_retain(given));
    AvmValue empty = avm_value(t->vm->empty_str);
    return avm_value(avm_list_from(t, &empty, 1));
}

static bool add(AvmThread *t, AvmModuleObj *m, const char *name, AvmValue v) {
    bool good = v != AVM_FAIL && avm_module_add(t, m, name, v);
    avm_decref(t, v);
    return good;
}

static bool add_texts(AvmThread *t, AvmModuleObj *m) {
    return add(t, m, "byteorder", text(t, "little")) && add(t, m, "platform", text(t, "linux")) &&
           add(t, m, "copyright", text(t, "Copyright (c) the authors of aio.")) &&
           add(t, m, "version", text(t, "3.13.0 (aio " AIO_VERSION ")")) &&
           add(t, m, "executable", text(t, "")) && add(t, m, "prefix", text(t, "")) &&
           add(t, m, "exec_prefix", text(t, "")) && add(t, m, "base_prefix", text(t, "")) &&
           add(t, m, "float_repr_style", text(t, "short"));
}

static bool add_streams(AvmThread *t, AvmModuleObj *m) {
    static const char *const names[] = {"stdin", "stdout", "stderr"}, *const kept[] = {"__stdin__",
                                                                                       "__stdout__",
                                                                                       "__stderr__"};
    for (int fd = 0; fd < 3; fd++) {
        if (!add(t, m, names[fd], avm_io_std(t, fd)) || !add(t, m, kept[fd], avm_io_std(t, fd))) return false;
    }
    return true;
}

// What the hooks are at first, for those who put something else in their place.
static bool add_hooks(AvmThread *t, AvmModuleObj *m) {
    static const char *const names[] = {"__displayhook__", "__excepthook__", "__unraisablehook__"};
    bool ok = true;
    for (uint32_t i = 0; ok && i < sizeof names / sizeof *names; i++) {
        AvmStr *name = avm_str_new(t, names[i] + 2, (uint32_t)strlen(names[i]) - 4);
        AvmValue hook = name ? avm_dict_get_str(t, m->dict, name) : AVM_EMPTY;
        ok = hook && avm_module_add(t, m, names[i], hook);
        avm_drop(t, name);
    }
    t->vm->unraisable = avm_sys_tell_unraisable;
    return ok;
}

static bool sys_init(AvmThread *t, AvmModuleObj *m) {
    return add_hooks(t, m) && add_texts(t, m) && add_streams(t, m) &&
           add(t, m, "argv", list_of(t, t->vm->argv)) && add(t, m, "orig_argv", list_of(t, NULL)) &&
           add(t, m, "path", list_of(t, t->vm->path)) &&
           add(t, m, "warnoptions", avm_value(avm_list_new(t, 0))) &&
           avm_module_add(t, m, "modules", avm_value(t->vm->modules)) &&
           add(t, m, "version_info", version_info(t)) && add(t, m, "hexversion", INT(0x030D00F0)) &&
           add(t, m, "api_version", INT(1013)) && add(t, m, "maxsize", avm_int_new(t, INT64_MAX)) &&
           add(t, m, "maxunicode", INT(0x10FFFF)) && add(t, m, "float_info", float_info(t)) &&
           add(t, m, "hash_info", hash_info(t)) && add(t, m, "int_info", int_info(t)) &&
           add(t, m, "flags", flags(t)) && add(t, m, "implementation", implementation(t)) &&
           add(t, m, "dont_write_bytecode", AVM_TRUE);
}

static const AvmNativeDef sys_functions[] = {
    {"_module_names", sys_module_names, "_module_names()", "The modules of the standard library."},
    {"_getframe", sys_getframe, "_getframe(depth=0, /)", "The frame of the caller, or of a caller of it."},
    {"displayhook", avm_sys_displayhook, "displayhook(object, /)",
     "Shows a value as the interactive mode does."},
    {"exc_info", sys_exc_info, "exc_info()", "Type, value and traceback of the exception being handled."},
    {"excepthook", avm_sys_excepthook, "excepthook(exctype, value, traceback, /)",
     "Shows an exception on sys.stderr."},
    {"exception", sys_exception, "exception()", "The exception being handled, or None."},
    {"exit", sys_exit, "exit(status=None, /)", "Raises SystemExit(status)."},
    {"get_int_max_str_digits", sys_get_digits, "get_int_max_str_digits()",
     "How many digits an int may have in a conversion from or to text; 0: any."},
    {"get_asyncgen_hooks", sys_get_asyncgen_hooks, "get_asyncgen_hooks()",
     "The hooks of asynchronous generators."},
    {"getdefaultencoding", sys_encoding, "getdefaultencoding()", "'utf-8'."},
    {"getfilesystemencodeerrors", sys_encode_errors, "getfilesystemencodeerrors()", "'surrogateescape'."},
    {"getfilesystemencoding", sys_encoding, "getfilesystemencoding()", "'utf-8'."},
    {"getrecursionlimit", sys_getrecursionlimit, "getrecursionlimit()", "How deep calls may nest."},
    {"getrefcount", sys_getrefcount, "getrefcount(object, /)", "How many references to an object exist."},
    {"getsizeof", sys_getsizeof, "getsizeof(object, default=None)", "Size of an object in memory, in bytes."},
    {"gettrace", sys_gettrace, "gettrace()", "None: there is no tracing."},
    {"intern", sys_intern, "intern(string, /)", "The one copy of a string that names share."},
    {"is_finalizing", sys_is_finalizing, "is_finalizing()", "Is the interpreter shutting down?"},
    {"set_asyncgen_hooks", sys_set_asyncgen_hooks,
     "set_asyncgen_hooks(firstiter=<unrepresentable>, finalizer=<unrepresentable>)",
     "Sets what is called with an asynchronous generator when it is first iterated over, and when it is "
     "dropped."},
    {"set_int_max_str_digits", sys_set_digits, "set_int_max_str_digits(maxdigits)",
     "Sets how many digits an int may have in a conversion from or to text; 0: any."},
    {"getswitchinterval", sys_getswitchinterval, "getswitchinterval()",
     "Seconds after which a thread gives way to another one that waits."},
    {"setswitchinterval", sys_setswitchinterval, "setswitchinterval(interval, /)",
     "Sets the seconds after which a thread gives way to another one that waits."},
    {"get_coroutine_origin_tracking_depth", sys_get_origin_depth, "get_coroutine_origin_tracking_depth()",
     "How much of the stack new coroutines remember."},
    {"set_coroutine_origin_tracking_depth", sys_set_origin_depth,
     "set_coroutine_origin_tracking_depth(depth)",
     "Has new coroutines remember so many entries of the stack (cr_origin)."},
    {"setrecursionlimit", sys_setrecursionlimit, "setrecursionlimit(limit, /)",
     "Sets how deep calls may nest."},
    {"unraisablehook", avm_sys_unraisablehook, "unraisablehook(unraisable, /)",
     "Shows an exception that can't be raised."},
    {0},
};

const AvmModuleDef avm_sys_module = {
    .name = "sys",
    .doc = "The interpreter's own values and switches.",
    .functions = sys_functions,
    .init = sys_init,
};
