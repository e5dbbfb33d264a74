// time: clocks, sleeping, calendar times and their texts. Every clock is the loop port's, so virtual time
// holds here too.
#include <errno.h>
#include <math.h>
#include <time.h>

#include "stdlib/modules.h"
#include "stdlib/structseq.h"
#include "stdlib/timeparts.h"
#include "vm/async/port.h"
#include "vm/error.h"
#include "vm/hints.h"
#include "vm/threads.h"

#include "vm/types/intbig.h"
#include "vm/types/list.h"
#include "vm/power.h"
#include "vm/types/str.h"

bool avm_op_check(AvmThread *t); // vm/ops.h

// --- clocks

// NULL: an exception: there is none, or the host keeps it.
static AvmLoopPort *port(AvmThread *t) {
    if (!t->vm->loop) return avm_raise(t, AVM_EXC(t, OSError), "this build has no clock"), NULL;
    return avm_allow(t, AVM_CLOCK, "", AVM_EMPTY) ? t->vm->loop : NULL;
}

#define CLOCK(name, field)                                                                                   \
    static AvmValue time_##name(AvmThread *t, AvmValue *args, uint32_t n) {                                  \
        (void)args, (void)n;                                                                                 \
        AvmLoopPort *p = port(t);                                                                            \
        return p ? avm_float_value(p->field(p->clock)) : AVM_FAIL;                                           \
    }                                                                                                        \
    static AvmValue time_##name##_ns(AvmThread *t, AvmValue *args, uint32_t n) {                             \
        (void)args, (void)n;                                                                                 \
        AvmLoopPort *p = port(t);                                                                            \
        return p ? avm_int_new(t, p->field##_ns(p->clock)) : AVM_FAIL;                                       \
    }
CLOCK(time, wall)
CLOCK(monotonic, now)
CLOCK(process_time, cpu)
#undef CLOCK

// The other threads run meanwhile.
static AvmValue sleep_in_turn(AvmThread *t, double deadline) {
    AvmWaiters nobody = {0};
    return avm_threads_wait_fully(t, &nobody, deadline) == AVM_WOKEN_FAILED ? AVM_FAIL : AVM_NONE;
}

static AvmValue time_sleep(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    double seconds;
    AvmLoopPort *p = port(t);
    if (!p) return AVM_FAIL;
    if (avm_is_float(args[0])) {
        seconds = avm_float(args[0]);
        if (isnan(seconds)) return avm_raise_value(t, "Invalid value NaN (not a number)");
    } else {
        AvmValue i = avm_index_int(t, args[0]);
        bool good = i != AVM_FAIL && avm_int_to_double(t, i, &seconds);
        avm_decref(t, i);
        if (!good) return AVM_FAIL;
    }
    if (seconds < 0) return avm_raise_value(t, "sleep length must be non-negative");
    if (seconds > 9.2e9)
        return avm_raise(t, AVM_EXC(t, OverflowError), "timestamp out of range for platform time_t");
    if (t->vm->hints && t->current_task && seconds > 0) {
        avm_hint(t, AVM_HINT_SLEEP, "time.sleep", avm_hints_site(t));
        if (t->turn) t->turn->entered += seconds; // one hint is enough
    }
    double deadline = p->now(p->clock) + seconds;
    if (t->vm->threads) return sleep_in_turn(t, deadline);
    // A signal that raises nothing does not cut the sleep short.
    while (p->sleep_until(p->clock, deadline) == AVM_WAIT_INTERRUPTED)
        if (!avm_op_check(t)) return AVM_FAIL;
    return AVM_NONE;
}

// --- struct_time: a tuple of nine; beyond its end stand the offset and the number of the zone's name

enum { FIELDS = 9, HIDDEN = 2 };
enum { ZONE_UTC, ZONE_STANDARD, ZONE_DAYLIGHT, ZONE_NONE };

static AvmTuple *self_of(AvmValue v) { return (AvmTuple *)avm_obj(v); }

static AvmTuple *new_struct(AvmThread *t, AvmType *type) {
    AvmTuple *s = avm_object_new(t, type, (FIELDS + HIDDEN) * sizeof(AvmValue));
    if (!s) return NULL;
    s->len = FIELDS;
    for (int i = 0; i < FIELDS; i++) s->items[i] = avm_inline_int_value(0);
    s->items[FIELDS] = AVM_NONE;
    s->items[FIELDS + 1] = avm_inline_int_value(ZONE_NONE);
    return s;
}

static AvmType *struct_type(AvmThread *t) { return avm_type_of_def(t, &avm_struct_time_def); }

AvmValue avm_time_struct(AvmThread *t, const struct tm *tm, bool utc) {
    AvmType *type = struct_type(t);
    AvmTuple *s = type ? new_struct(t, type) : NULL;
    if (!s) return AVM_FAIL;
    int fields[FIELDS] = {tm->tm_year + 1900, tm->tm_mon + 1,        tm->tm_mday,     tm->tm_hour, tm->tm_min,
                          tm->tm_sec,         (tm->tm_wday + 6) % 7, tm->tm_yday + 1, tm->tm_isdst};
    for (int i = 0; i < FIELDS; i++) s->items[i] = avm_inline_int_value(fields[i]);
    s->items[FIELDS] = avm_inline_int_value(utc ? 0 : tm->tm_gmtoff);
    s->items[FIELDS + 1] = avm_inline_int_value(utc                ? ZONE_UTC
                                                : tm->tm_isdst > 0 ? ZONE_DAYLIGHT
                                                                   : ZONE_STANDARD);
    return avm_value(s);
}

static AvmValue struct_new(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    AvmTuple *from = avm_tuple_from_iter(t, args[1]);
    if (!from) {
        if (avm_exc_swallow(t, AVM_EXC(t, TypeError))) avm_raise_type(t, "constructor requires a sequence");
        return AVM_FAIL;
    }
    AvmTuple *s = NULL;
    if (from->len < FIELDS)
        avm_raise_type(t, "time.struct_time() takes an at least 9-sequence (%u-sequence given)", from->len);
    else if (from->len > FIELDS + HIDDEN)
        avm_raise_type(t, "time.struct_time() takes an at most 11-sequence (%u-sequence given)", from->len);
    else
        s = new_struct(t, (AvmType *)avm_obj(args[0]));
    for (int i = 0; s && i < FIELDS; i++) s->items[i] = avm_incref(from->items[i]);
    avm_drop(t, from);
    return avm_value(s);
}

static AvmValue get_zone(AvmThread *t, AvmValue v) {
    int64_t zone = avm_inline_int(self_of(v)->items[FIELDS + 1]);
    if (zone == ZONE_NONE) return AVM_NONE;
    tzset();
    return avm_value(avm_str_text(t, zone == ZONE_UTC ? "GMT" : tzname[zone == ZONE_DAYLIGHT]));
}

static const AvmNativeDef struct_methods[] = {
    {"__new__", struct_new, "__new__(iterable, /)", "A calendar time made of nine numbers.", AVM_DEF_STATIC},
    {0},
};

static const AvmGetSetDef struct_getsets[] = {
    AVM_STRUCTSEQ_FIELD(0, "tm_year", "year, for example, 1993"),
    AVM_STRUCTSEQ_FIELD(1, "tm_mon", "month of year, range [1, 12]"),
    AVM_STRUCTSEQ_FIELD(2, "tm_mday", "day of month, range [1, 31]"),
    AVM_STRUCTSEQ_FIELD(3, "tm_hour", "hours, range [0, 23]"),
    AVM_STRUCTSEQ_FIELD(4, "tm_min", "minutes, range [0, 59]"),
    AVM_STRUCTSEQ_FIELD(5, "tm_sec", "seconds, range [0, 61]"),
    AVM_STRUCTSEQ_FIELD(6, "tm_wday", "day of week, range [0, 6], Monday is 0"),
    AVM_STRUCTSEQ_FIELD(7, "tm_yday", "day of year, range [1, 366]"),
    AVM_STRUCTSEQ_FIELD(8, "tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
    AVM_STRUCTSEQ_FIELD(9, "tm_gmtoff", "offset from UTC in seconds"),
    {"tm_zone", get_zone, NULL, "abbreviation of timezone name"},
    {0},
};

const AvmTypeDef avm_struct_time_def = {
    .name = "time.struct_time",
    .base = AVM_T_TUPLE,
    .size = sizeof(AvmTuple),
    .flags = AVM_TYPE_IMMUTABLE | AVM_TYPE_SUB_TUPLE | AVM_TYPE_VARSIZE,
    .doc = "A calendar time: a tuple whose items have names.",
    .slots = {.repr = avm_structseq_repr},
    .methods = struct_methods,
    .getsets = struct_getsets,
};

// --- calendar

// Seconds since 1970 from an optional argument, or now.
static bool take_seconds(AvmThread *t, AvmValue v, time_t *out) {
    double d;
    if (v == AVM_EMPTY || v == AVM_NONE) {
        AvmLoopPort *p = port(t);
        if (!p) return false;
        d = p->wall(p->clock);
    } else if (avm_is_float(v)) {
        d = avm_float(v);
    } else {
        AvmValue i = avm_index_int(t, v);
        bool good = i != AVM_FAIL && avm_int_to_double(t, i, &d);
        avm_decref(t, i);
        if (!good) return false;
    }
    if (isnan(d)) return avm_raise_value(t, "Invalid value NaN (not a number)") != AVM_FAIL;
    if (d < -9e18 || d > 9e18)
        return avm_raise(t, AVM_EXC(t, OverflowError), "timestamp out of range for platform time_t") !=
               AVM_FAIL;
    *out = (time_t)d;
    if ((double)*out > d) --*out;
    return true;
}

static AvmValue calendar(AvmThread *t, AvmValue v, bool utc) {
    time_t seconds;
    struct tm tm;
    if (!take_seconds(t, v, &seconds)) return AVM_FAIL;
    if (!(utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
        return avm_raise_os(t, errno, AVM_EMPTY);
    return avm_time_struct(t, &tm, utc);
}

static AvmValue time_localtime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return calendar(t, args[0], false);
}

static AvmValue time_gmtime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    return calendar(t, args[0], true);
}

// A tuple of nine ints, or the local time now when absent.
static bool take_struct(AvmThread *t, AvmValue v, struct tm *tm, const char *function) {
    if (v == AVM_EMPTY || v == AVM_NONE) {
        time_t seconds;
        if (!take_seconds(t, AVM_NONE, &seconds)) return false;
        return localtime_r(&seconds, tm) || avm_raise_os(t, errno, AVM_EMPTY) != AVM_FAIL;
    }
    AvmValue *items;
    uint32_t n;
    if (!avm_is_sub(t, v, AVM_TYPE_SUB_TUPLE) || !avm_seq_items(t, v, &items, &n))
        return avm_raise_type(t, "Tuple or struct_time argument required") != AVM_FAIL;
    if (n != FIELDS) return avm_raise_type(t, "%s(): illegal time tuple argument", function) != AVM_FAIL;
    int64_t f[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        if (!avm_index_exact(t, items[i], &f[i], NULL)) return false;
        if (f[i] < INT32_MIN || f[i] > INT32_MAX)
            return avm_raise(t, AVM_EXC(t, OverflowError), "signed integer is out of range") != AVM_FAIL;
    }
    *tm = (struct tm){.tm_year = (int)f[0] - 1900,
                      .tm_mon = (int)f[1] - 1,
                      .tm_mday = (int)f[2],
                      .tm_hour = (int)f[3],
                      .tm_min = (int)f[4],
                      .tm_sec = (int)f[5],
                      .tm_wday = (int)((f[6] + 1) % 7),
                      .tm_yday = (int)f[7] - 1,
                      .tm_isdst = (int)f[8]};
    return true;
}

// Zeros stand for "first", as CPython takes them; what is out of range is refused.
static bool check_struct(AvmThread *t, struct tm *tm) {
    if (tm->tm_mon == -1) tm->tm_mon = 0;
    if (tm->tm_mday == 0) tm->tm_mday = 1;
    if (tm->tm_yday == -1) tm->tm_yday = 0;
    const char *what = NULL;
    if (tm->tm_mon < 0 || tm->tm_mon > 11)
        what = "month out of range";
    else if (tm->tm_mday < 0 || tm->tm_mday > 31)
        what = "day of month out of range";
    else if (tm->tm_hour < 0 || tm->tm_hour > 23)
        what = "hour out of range";
    else if (tm->tm_min < 0 || tm->tm_min > 59)
        what = "minute out of range";
    else if (tm->tm_sec < 0 || tm->tm_sec > 61)
        what = "seconds out of range";
    else if (tm->tm_wday < 0)
        what = "day of week out of range";
    else if (tm->tm_yday < 0 || tm->tm_yday > 365)
        what = "day of year out of range";
    return !what || avm_raise_value(t, "%s", what) != AVM_FAIL;
}

static AvmValue time_mktime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    struct tm tm;
    if (args[0] == AVM_NONE) return avm_raise_type(t, "Tuple or struct_time argument required");
    if (!take_struct(t, args[0], &tm, "mktime")) return AVM_FAIL;
    tm.tm_wday = -1; // mktime sets it when it succeeds: -1 is a time too
    time_t seconds = mktime(&tm);
    if (seconds == (time_t)-1 && tm.tm_wday == -1)
        return avm_raise(t, AVM_EXC(t, OverflowError), "mktime argument out of range");
    return avm_float_value((double)seconds);
}

AvmValue avm_time_format(AvmThread *t, const char *format, const struct tm *tm) {
    // strftime's 0 means "no room" or "nothing": one more character tells them apart.
    AvmBuf f, out;
    avm_buf_init(&f, &t->vm->alloc);
    avm_buf_init(&out, &t->vm->alloc);
    avm_buf_printf(&f, "%s.", format);
    const char *spec = avm_buf_str(&f);
    AvmValue result = AVM_FAIL;
    for (size_t room = 256; room <= 1 << 20; room *= 4) {
        out.len = 0;
        if (!avm_buf_reserve(&out, room)) break;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        size_t n = strftime(out.data, room, spec, tm);
#pragma GCC diagnostic pop
        if (n) {
            result = avm_value(avm_str_new(t, out.data, n - 1));
            break;
        }
    }
    if (result == AVM_FAIL && !avm_failed(t)) avm_raise_memory(t);
    avm_buf_free(&f);
    avm_buf_free(&out);
    return result;
}

static AvmValue time_strftime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    struct tm tm;
    AvmStr *format = avm_as_str(t, args[0]);
    if (!format) return avm_raise_type(t, "strftime() argument 1 must be str, not %A", args[0]);
    if (!take_struct(t, args[1], &tm, "strftime") || !check_struct(t, &tm)) return AVM_FAIL;
    if (memchr(format->data, 0, format->len)) return avm_raise_value(t, "embedded null character");
    return avm_time_format(t, format->data, &tm);
}

static AvmValue text_of(AvmThread *t, const struct tm *tm) {
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    return avm_value(avm_str_format(t, "%.3s %.3s%3d %02d:%02d:%02d %d", days + 3 * (tm->tm_wday % 7),
                                    months + 3 * (tm->tm_mon % 12), tm->tm_mday, tm->tm_hour, tm->tm_min,
                                    tm->tm_sec, tm->tm_year + 1900));
}

static AvmValue time_asctime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    struct tm tm;
    return take_struct(t, args[0], &tm, "asctime") && check_struct(t, &tm) ? text_of(t, &tm) : AVM_FAIL;
}

static AvmValue time_ctime(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)n;
    time_t seconds;
    struct tm tm;
    if (!take_seconds(t, args[0], &seconds)) return AVM_FAIL;
    if (!localtime_r(&seconds, &tm)) return avm_raise_os(t, errno, AVM_EMPTY);
    return text_of(t, &tm);
}

static bool time_init(AvmThread *t, AvmModuleObj *m) {
    tzset();
    AvmValue names[2] = {avm_value(avm_str_text(t, tzname[0])), avm_value(avm_str_text(t, tzname[1]))};
    AvmTuple *pair = names[0] && names[1] ? avm_tuple_from(t, names, 2) : NULL;
    avm_decref(t, names[0]);
    avm_decref(t, names[1]);
    bool good = pair && avm_module_add(t, m, "tzname", avm_value(pair)) &&
                avm_module_add(t, m, "timezone", avm_inline_int_value(timezone)) &&
                avm_module_add(t, m, "altzone", avm_inline_int_value(timezone - (daylight ? 3600 : 0))) &&
                avm_module_add(t, m, "daylight", avm_inline_int_value(daylight)) &&
                avm_module_add_type(t, m, &avm_struct_time_def);
    avm_drop(t, pair);
    return good;
}

static const AvmNativeDef time_functions[] = {
    {"asctime", time_asctime, "asctime(t=None, /)", "A calendar time as text: 'Sat Jun 06 16:26:11 1998'."},
    {"ctime", time_ctime, "ctime(seconds=None, /)", "Seconds since 1970 as text, in local time."},
    {"gmtime", time_gmtime, "gmtime(seconds=None, /)", "Seconds since 1970 as a calendar time in UTC."},
    {"localtime", time_localtime, "localtime(seconds=None, /)",
     "Seconds since 1970 as a local calendar time."},
    {"mktime", time_mktime, "mktime(t, /)", "A local calendar time as seconds since 1970."},
    {"monotonic", time_monotonic, "monotonic()", "A clock that never goes back, in seconds."},
    {"monotonic_ns", time_monotonic_ns, "monotonic_ns()", "A clock that never goes back, in nanoseconds."},
    {"perf_counter", time_monotonic, "perf_counter()", "A clock for measuring short times, in seconds."},
    {"perf_counter_ns", time_monotonic_ns, "perf_counter_ns()",
     "A clock for measuring short times, in nanoseconds."},
    {"process_time", time_process_time, "process_time()", "Seconds that the process has computed."},
    {"process_time_ns", time_process_time_ns, "process_time_ns()",
     "Nanoseconds that the process has computed."},
    {"sleep", time_sleep, "sleep(seconds, /)", "Waits, and lets no task run meanwhile."},
    {"strftime", time_strftime, "strftime(format, t=None, /)", "A calendar time as text by a format."},
    {"thread_time", time_process_time, "thread_time()", "Seconds that the thread has computed."},
    {"thread_time_ns", time_process_time_ns, "thread_time_ns()", "Nanoseconds that the thread has computed."},
    {"time", time_time, "time()", "Seconds since 1970."},
    {"time_ns", time_time_ns, "time_ns()", "Nanoseconds since 1970."},
    {0},
};

const AvmModuleDef avm_time_module = {
    .name = "time",
    .doc = "Clocks, sleeping and calendar times.",
    .functions = time_functions,
    .init = time_init,
};
