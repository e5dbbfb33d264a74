/* A host with an epoll loop of its own, which offers `await db.fetch_row(n)`: a worker thread finds the row, the script waits. */
#include <aiovm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct Query {
    aiovm_port *port;
    aiovm_pending pending;
    long n, row;
} Query;

/* On the VM's thread, when the worker is done. vm NULL: it was freed meanwhile. */
static void answer(aiovm *vm, void *data) {
    Query *q = data;
    aiovm_value row;
    if (vm && aiovm_make_int(vm, q->row, &row) == AIOVM_OK) aiovm_resolve(vm, q->pending, row);
    aiovm_port_close(q->port);
    free(q);
}

static void *work(void *arg) {
    Query *q = arg;
    usleep(1000 * (unsigned)(10 - q->n)); /* a slow database */
    q->row = q->n * q->n;
    aiovm_port *port = q->port;
    if (aiovm_post(port, answer, q) != AIOVM_OK) {
        aiovm_port_close(port);
        free(q);
    }
    return NULL;
}

static aiovm_status fetch_row(aiovm *vm, const aiovm_value *args, size_t count, aiovm_value *result, void *data) {
    int64_t n;
    pthread_t thread;
    (void)count, (void)data;
    if (aiovm_get_int(vm, args[0], &n) != AIOVM_OK) return aiovm_raise(vm, "TypeError", "fetch_row() wants an int");
    Query *q = calloc(1, sizeof *q);
    if (!q) return AIOVM_MEMORY;
    q->n = (long)n;
    aiovm_status status = aiovm_port_open(vm, &q->port);
    if (status == AIOVM_OK) status = aiovm_pend(vm, NULL, NULL, &q->pending, result);
    if (status == AIOVM_OK && pthread_create(&thread, NULL, work, q)) status = AIOVM_MEMORY;
    if (status != AIOVM_OK) {
        aiovm_port_close(q->port);
        free(q);
        return status;
    }
    pthread_detach(thread);
    return AIOVM_OK;
}

static const char script[] = "import asyncio, db\n"
                             "async def main():\n"
                             "    print(await asyncio.gather(*[db.fetch_row(n) for n in range(8)]))\n"
                             "asyncio.run(main())\n";

int main(void) {
    static const aiovm_def functions[] = {{"fetch_row", fetch_row, "fetch_row(n, /)", "Row n, to be awaited."}, {0}};
    aiovm *vm;
    aiovm_program *program;
    if (aiovm_new(&vm, NULL) != AIOVM_OK) return 1;
    if (aiovm_add_module(vm, "db", "The database.", functions, NULL, NULL) != AIOVM_OK) return 1;
    if (aiovm_compile(vm, script, strlen(script), "<script>", &program) != AIOVM_OK) return 1;
    aiovm_status status = aiovm_start(vm, program);
    aiovm_program_free(program);

    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(loop, EPOLL_CTL_ADD, aiovm_fd(vm), &event);
    while (status == AIOVM_OK || status == AIOVM_PAUSED || status == AIOVM_WAIT) {
        status = aiovm_step(vm, 10000);
        if (status == AIOVM_OK) break;
        if (status != AIOVM_WAIT) continue;
        int64_t ns = aiovm_wait_ns(vm);
        epoll_wait(loop, &event, 1, ns < 0 ? -1 : (int)(ns / 1000000 + 1)); /* the host's own descriptors would be here too */
    }
    if (status == AIOVM_ERROR) fputs(aiovm_error_text(vm), stderr);
    close(loop);
    aiovm_free(vm);
    return status == AIOVM_OK ? 0 : 1;
}
