/* What a host feels of Lua: see bench/embed/aio.c. Lua has nothing like its row `pending`. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void ok(int status) {
    if (status == LUA_OK) return;
    fprintf(stderr, "status %d\n", status);
    exit(1);
}

static void print(double amount, long count, long check) { printf("%.9f %ld %ld\n", amount, count, check); }

static lua_State *state(void) {
    lua_State *L = luaL_newstate();
    if (!L) exit(1);
    luaL_openlibs(L);
    return L;
}

static void call(long n) {
    lua_State *L = state();
    long sum = 0;
    ok(luaL_dostring(L, "function f(x) return x + 1 end"));
    lua_getglobal(L, "f");
    double start = seconds();
    for (long i = 0; i < n; i++) {
        lua_pushvalue(L, -1);
        lua_pushinteger(L, i);
        ok(lua_pcall(L, 1, 1, 0));
        sum += (long)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    print(seconds() - start, n, sum);
    lua_close(L);
}

static int increase(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + 1);
    return 1;
}

static void host(long n) {
    lua_State *L = state();
    lua_register(L, "inc", increase);
    ok(luaL_dostring(L, "function f(n) local x = 0 while x < n do x = inc(x) end return x end"));
    lua_getglobal(L, "f");
    lua_pushinteger(L, n);
    double start = seconds();
    ok(lua_pcall(L, 1, 1, 0));
    print(seconds() - start, n, (long)lua_tointeger(L, -1));
    lua_close(L);
}

static void *allocate(void *data, void *p, size_t old_size, size_t size) {
    *(size_t *)data += size - (p ? old_size : 0);
    if (size) return realloc(p, size);
    free(p);
    return NULL;
}

static void vm(long n) {
    size_t used = 0;
    double start = seconds();
    for (long i = 0; i < n; i++) lua_close(state());
    print(seconds() - start, n, 0);
    lua_State *L = lua_newstate(allocate, &used);
    if (!L) exit(1);
    luaL_openlibs(L);
    print((double)used, 1, 0);
    lua_close(L);
}

static size_t resident(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %ld", &pages) != 1) exit(1);
    fclose(f);
    return (size_t)pages * 4096;
}

static void vms(long n) {
    lua_State **all = calloc((size_t)n, sizeof *all);
    size_t before = resident();
    double start = seconds();
    for (long i = 0; i < n; i++) {
        all[i] = state();
        ok(luaL_dostring(all[i], "function f(x) return x + 1 end io.write('')"));
    }
    size_t taken = resident() - before;
    for (long i = 0; i < n; i++) lua_close(all[i]);
    print(seconds() - start, n, 0);
    print((double)taken, n, 0);
    free(all);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(long n);
    } rows[] = {{"call", call}, {"host", host}, {"vm", vm}, {"vms", vms}};
    for (size_t i = 0; argc == 3 && i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(argv[1], rows[i].name)) return rows[i].run(atol(argv[2])), 0;
    return 0; /* nothing printed: there is no such thing */
}
