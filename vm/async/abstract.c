// AbstractEventLoop: the methods that an event loop has, in name only.
#include "vm/async/async.h"
#include "vm/type.h"

static AvmValue not_implemented(AvmThread *t, AvmValue *args, uint32_t n) {
    (void)args, (void)n;
    avm_raise_object(t, avm_value(AVM_EXC(t, NotImplementedError)), AVM_EMPTY);
    return AVM_FAIL;
}

static AvmValue make(AvmThread *t, AvmValue *args, uint32_t n) {
    AvmType *type = (AvmType *)avm_obj(args[0]);
    if (type->made_version != type->version) avm_type_find_makers(t, type);
    if ((n > 2 || args[1]) && !type->init_fn) return avm_raise_type(t, "%N() takes no arguments", type);
    return avm_value(avm_object_new(t, type, 0));
}

#define M(name) {#name, not_implemented, #name "(*args, **kwargs)", "Not implemented."},
static const AvmNativeDef methods[] = {
    {"__new__", make, "__new__(*args, **kwargs)", NULL},
    M(run_forever) M(run_until_complete) M(stop) M(is_running) M(is_closed) M(close) M(shutdown_asyncgens)
    M(shutdown_default_executor) M(_timer_handle_cancelled) M(call_soon) M(call_later) M(call_at) M(time) M(create_future)
    M(create_task) M(call_soon_threadsafe) M(run_in_executor) M(set_default_executor) M(getaddrinfo) M(getnameinfo)
    M(create_connection) M(create_server) M(sendfile) M(start_tls) M(create_unix_connection) M(create_unix_server)
    M(connect_accepted_socket) M(create_datagram_endpoint) M(connect_read_pipe) M(connect_write_pipe) M(subprocess_shell)
    M(subprocess_exec) M(add_reader) M(remove_reader) M(add_writer) M(remove_writer) M(sock_recv) M(sock_recv_into)
    M(sock_recvfrom) M(sock_recvfrom_into) M(sock_sendall) M(sock_sendto) M(sock_connect) M(sock_accept) M(sock_sendfile)
    M(add_signal_handler) M(remove_signal_handler) M(set_task_factory) M(get_task_factory) M(get_exception_handler)
    M(set_exception_handler) M(default_exception_handler) M(call_exception_handler) M(get_debug) M(set_debug)
    {0},
};
#undef M

// An instance: nothing but attributes, as the native loop begins, too.
typedef struct AbstractLoop {
    AvmObj h;
    AvmAttrs attrs;
} AbstractLoop;

const AvmTypeDef avm_abstract_loop_def = {
    .name = "asyncio.events.AbstractEventLoop",
    .id = AVM_T_ABSTRACT_LOOP,
    .size = sizeof(AbstractLoop),
    .flags = AVM_TYPE_BASETYPE | AVM_TYPE_ATTRS,
    .doc = "Abstract event loop.",
    .methods = methods,
};
