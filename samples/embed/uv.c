/* Inside libuv: the VM is stepped when its descriptor can be read, and when its next deadline has come. */
#include <aiovm.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef struct Host {
    aiovm *vm;
    uv_poll_t poll;
    uv_timer_t timer, tick;
    aiovm_status status;
} Host;

static void step(Host *host);
static void on_poll(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    step(poll->data);
}
static void on_timer(uv_timer_t *timer) { step(timer->data); }
static void on_tick(uv_timer_t *timer) {
    (void)timer; /* the host's own work goes on meanwhile */
}

static void step(Host *host) {
    host->status = aiovm_step(host->vm, 100000);
    if (host->status == AIOVM_PAUSED) {
        uv_timer_start(&host->timer, on_timer, 0, 0);
    } else if (host->status == AIOVM_WAIT) {
        int64_t ns = aiovm_wait_ns(host->vm);
        if (ns >= 0) uv_timer_start(&host->timer, on_timer, (uint64_t)(ns / 1000000 + 1), 0);
    } else {
        uv_poll_stop(&host->poll);
        uv_timer_stop(&host->timer);
        uv_timer_stop(&host->tick);
    }
}

static const char script[] = "import asyncio\n"
                             "async def count(name):\n"
                             "    for i in range(3):\n"
                             "        await asyncio.sleep(0.01)\n"
                             "        print(name, i)\n"
                             "async def main(): await asyncio.gather(count('a'), count('b'))\n"
                             "asyncio.run(main())\n";

int main(void) {
    Host host = {0};
    aiovm_program *program;
    if (aiovm_new(&host.vm, NULL) != AIOVM_OK) return 1;
    if (aiovm_compile(host.vm, script, strlen(script), "<script>", &program) != AIOVM_OK) return 1;
    if (aiovm_start(host.vm, program) != AIOVM_OK) return 1;
    aiovm_program_free(program);
    uv_loop_t *loop = uv_default_loop();
    uv_poll_init(loop, &host.poll, aiovm_fd(host.vm));
    uv_timer_init(loop, &host.timer);
    uv_timer_init(loop, &host.tick);
    host.poll.data = host.timer.data = &host;
    uv_poll_start(&host.poll, UV_READABLE, on_poll);
    uv_timer_start(&host.tick, on_tick, 1, 1);
    step(&host);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&host.poll, NULL);
    uv_close((uv_handle_t *)&host.timer, NULL);
    uv_close((uv_handle_t *)&host.tick, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    if (host.status == AIOVM_ERROR) fputs(aiovm_error_text(host.vm), stderr);
    aiovm_free(host.vm);
    return host.status == AIOVM_OK ? 0 : 1;
}
