"""No sockets: names that the test files use while they are imported."""

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
SOL_SOCKET, SO_REUSEADDR = 1, 2


class socket:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError('no sockets')


def socketpair(*args, **kwargs):
    raise NotImplementedError('no sockets')
