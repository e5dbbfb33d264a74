// One-byte encodings: which name means which table.
#include "base/charmap.h"

#include <stddef.h>
#include <string.h>

#define CHARMAP(name, ...) static const uint16_t name##_map[128] = {__VA_ARGS__};
#include "base/charmaps.def"
#undef CHARMAP

const uint16_t *avm_charmap_find(const char *name) {
    static const struct {
        const char *alias;
        const uint16_t *map;
    } aliases[] = {
        {"cp1251", cp1251_map}, {"windows-1251", cp1251_map}, {"1251", cp1251_map}, {"cp1252", cp1252_map},
        {"windows-1252", cp1252_map}, {"1252", cp1252_map}, {"cp866", cp866_map}, {"ibm866", cp866_map},
        {"866", cp866_map}, {"koi8-r", koi8_r_map}, {"iso-8859-15", iso_8859_15_map}, {"iso8859-15", iso_8859_15_map},
        {"latin-9", iso_8859_15_map}, {"l9", iso_8859_15_map},
    };
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strcmp(name, aliases[i].alias)) return aliases[i].map;
    return NULL;
}
