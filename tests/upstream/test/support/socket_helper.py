"""Sockets: none of the tests that are run here needs one."""

import unittest

HOST = 'localhost'
HOSTv4 = '127.0.0.1'
HOSTv6 = '::1'
IPV6_ENABLED = False


def skip_unless_bind_unix_socket(test):
    return unittest.skip('no sockets')(test)


def find_unused_port(*args, **kw):
    raise unittest.SkipTest('no sockets')
