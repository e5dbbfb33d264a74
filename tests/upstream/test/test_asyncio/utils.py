"""What asyncio's tests share: a loop whose time stands still until its test moves it, and small helpers."""

import asyncio
import contextlib
import re
import time
import unittest
from asyncio import base_events
from asyncio import events
from asyncio import futures
from asyncio import tasks
from test import support
from test.support import threading_helper
from unittest import mock


async def await_without_task(coro):
    """Awaits a coroutine while there is no current task."""
    exc = None

    def drive():
        nonlocal exc
        try:
            for _ in coro.__await__():
                pass
        except BaseException as error:
            exc = error

    asyncio.get_running_loop().call_soon(drive)
    await asyncio.sleep(0)
    if exc is not None:
        raise exc


def run_briefly(loop):
    """One turn."""
    async def nothing():
        pass
    coro = nothing()
    task = loop.create_task(coro)
    task._log_destroy_pending = False
    try:
        loop.run_until_complete(task)
    finally:
        coro.close()


def run_once(loop):
    """What is ready, and no more."""
    loop.call_soon(loop.stop)
    loop.run_forever()


def run_until(loop, pred, timeout=support.SHORT_TIMEOUT):
    """Runs until pred() holds."""
    end = time.monotonic() + timeout
    while not pred():
        if time.monotonic() >= end:
            raise futures.TimeoutError()
        loop.run_until_complete(tasks.sleep(0.001))


class TestLoop(base_events.BaseEventLoop):
    """A loop with a clock of its own. After each turn the generator is sent the deadlines that have been set in it, one
    by one, and answers each with the seconds that the clock is to move on."""

    def __init__(self, gen=None):
        super().__init__()
        self._check_on_close = gen is not None
        self._gen = self._patient() if gen is None else gen()
        next(self._gen)
        self._time = 0
        self._clock_resolution = 1e-9
        self._timers = []

    def _patient(self):
        yield

    def time(self):
        return self._time

    def advance_time(self, advance):
        if advance:
            self._time += advance

    def call_at(self, when, callback, *args, context=None):
        self._timers.append(when)
        return super().call_at(when, callback, *args, context=context)

    def _run_once(self):
        self._turn()
        timers, self._timers = self._timers, []
        for when in timers:
            self.advance_time(self._gen.send(when))

    def close(self):
        super().close()
        if self._check_on_close:
            try:
                self._gen.send(0)
            except StopIteration:
                return
            raise AssertionError('Time generator is not finished')

    if hasattr(base_events.BaseEventLoop, '_add_callback'):
        # CPython: nothing is ever polled.
        _clock_resolution = 1e-9

        def _turn(self):
            self._selector = mock.Mock()
            self._selector.select.return_value = ()
            super()._run_once()

        def _process_events(self, event_list):
            pass

        def _write_to_self(self):
            pass
    else:
        def _turn(self):
            super()._run_once(False)


def MockCallback(**kwargs):
    return mock.Mock(spec=['__call__'], **kwargs)


class MockPattern(str):
    """Equal to texts in which the pattern is found."""

    def __eq__(self, other):
        return bool(re.search(str(self), other, re.S))


class MockInstanceOf:
    """Equal to the instances of a class."""

    def __init__(self, type):
        self._type = type

    def __eq__(self, other):
        return isinstance(other, self._type)


def get_function_source(func):
    """File and line of a function's definition."""
    from asyncio import format_helpers
    source = format_helpers._get_function_source(func)
    if source is None:
        raise ValueError(f'unable to get the source of {func!r}')
    return source


class TestCase(unittest.TestCase):
    @staticmethod
    def close_loop(loop):
        executor = getattr(loop, '_default_executor', None)
        if executor is not None:
            if loop.is_closed():
                executor.shutdown(wait=True)
            else:
                loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def set_event_loop(self, loop, *, cleanup=True):
        if loop is None:
            raise AssertionError('loop is None')
        # Whoever needs the loop must have been given it.
        events.set_event_loop(None)
        if cleanup:
            self.addCleanup(self.close_loop, loop)

    def new_test_loop(self, gen=None):
        loop = TestLoop(gen)
        self.set_event_loop(loop)
        return loop

    def setUp(self):
        self._thread_cleanup = threading_helper.threading_setup()

    def tearDown(self):
        events.set_event_loop(None)
        self.doCleanups()
        threading_helper.threading_cleanup(*self._thread_cleanup)
        support.reap_children()


@contextlib.contextmanager
def disable_logger():
    """asyncio logs nothing meanwhile."""
    import logging
    from asyncio.log import logger
    before = logger.level
    try:
        logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        logger.setLevel(before)


def data_file(name):
    raise unittest.SkipTest('no files of certificates')


ONLYCERT = ONLYKEY = SIGNED_CERTFILE = SIGNING_CA = ''
PEERCERT = {}


def make_test_protocol(base):
    members = {name: MockCallback(return_value=None) for name in dir(base) if not name.startswith('__')}
    return type('TestProtocol', (base,) + base.__bases__, members)()


def mock_nonblocking_socket(proto=None, type=None, family=None):
    sock = mock.MagicMock(['close', 'gettimeout', 'fileno'])
    sock.proto, sock.type, sock.family = proto, type, family
    sock.gettimeout.return_value = 0.0
    return sock


def _no_sockets(*args, **kw):
    raise unittest.SkipTest('no sockets')


simple_server_sslcontext = simple_client_sslcontext = dummy_ssl_context = _no_sockets
run_test_server = run_test_unix_server = run_udp_echo_server = unix_socket_path = gen_unix_socket_path = _no_sockets
