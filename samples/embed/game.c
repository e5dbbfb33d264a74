/* A game's loop: 10,000 actors in script, each a coroutine that awaits game.next_frame(); 60 frames in a simulated second. */
#include <aiovm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACTORS = 10000, FRAMES = 60 };

typedef struct Game {
    aiovm_pending waiting[2][ACTORS]; /* of this frame and of the next */
    size_t count[2];
    int now;
} Game;

static aiovm_status next_frame(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    Game *game = data;
    (void)args, (void)count;
    if (game->count[game->now] == ACTORS) return aiovm_raise(vm, "RuntimeError", "too many actors");
    return aiovm_pend(vm, NULL, NULL, &game->waiting[game->now][game->count[game->now]++], result);
}

static const char script[] = "import game\n"
                             "moved = 0\n"
                             "async def actor(x):\n"
                             "    global moved\n"
                             "    while True:\n"
                             "        await game.next_frame()\n"
                             "        x += 1\n"
                             "        moved += 1\n";

static int spawn_actors(aiovm *vm) {
    aiovm_value actor, x, coroutine;
    uint64_t scope;
    for (int i = 0; i < ACTORS; i++) {
        if (aiovm_open(vm, &scope) != AIOVM_OK || aiovm_get_global(vm, "actor", &actor) != AIOVM_OK ||
            aiovm_make_int(vm, i, &x) != AIOVM_OK || aiovm_call(vm, actor, &x, 1, &coroutine) != AIOVM_OK ||
            aiovm_spawn(vm, coroutine, NULL, NULL) != AIOVM_OK)
            return 0;
        aiovm_close(vm, scope);
    }
    return 1;
}

/* Lets every actor run until it awaits the next frame. */
static void frame(aiovm *vm, Game *game) {
    int before = game->now;
    game->now = !before;
    for (size_t i = 0; i < game->count[before]; i++) aiovm_resolve(vm, game->waiting[before][i], (aiovm_value){0});
    game->count[before] = 0;
    while (aiovm_step(vm, 100000) == AIOVM_PAUSED) { /* a game would look at the clock here, and draw */
    }
}

int main(void) {
    static const aiovm_def functions[] = {{"next_frame", next_frame, "next_frame()", "The next frame, to be awaited."}, {0}};
    Game *game = calloc(1, sizeof *game);
    aiovm *vm;
    int64_t moved = 0;
    aiovm_value v;
    if (!game || aiovm_new(&vm, NULL) != AIOVM_OK) return 1;
    if (aiovm_add_module(vm, "game", NULL, functions, game, NULL) != AIOVM_OK ||
        aiovm_run_source(vm, script, strlen(script), "<actors>") != AIOVM_OK || !spawn_actors(vm)) {
        fputs(aiovm_error_text(vm), stderr);
        return 1;
    }
    for (int i = 0; i <= FRAMES; i++) frame(vm, game);
    if (aiovm_get_global(vm, "moved", &v) == AIOVM_OK) aiovm_get_int(vm, v, &moved);
    printf("%d actors, %d frames: %lld moves\n", ACTORS, FRAMES, (long long)moved);
    aiovm_free(vm);
    free(game);
    return moved == (int64_t)ACTORS * FRAMES ? 0 : 1;
}
