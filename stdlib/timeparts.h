// What time shares with other modules.
#ifndef AVM_STDLIB_TIMEPARTS_H
#define AVM_STDLIB_TIMEPARTS_H

#include <time.h>

#include "vm/import.h"

extern const AvmTypeDef avm_struct_time_def;

// A struct_time; utc: its zone is UTC.
AvmValue avm_time_struct(AvmThread *t, const struct tm *tm, bool utc);
// strftime's text of any length.
AvmValue avm_time_format(AvmThread *t, const char *format, const struct tm *tm);

#endif
