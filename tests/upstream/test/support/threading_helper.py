"""Threads that tests start."""

import contextlib


def threading_setup():
    return ()


def threading_cleanup(*original):
    """Left-over threads would show by themselves: the process would not end."""


def join_thread(thread, timeout=30.0):
    thread.join(timeout)
    if thread.is_alive():
        raise AssertionError(f'failed to join the thread in {timeout:.1f} seconds')


def reap_threads(func):
    return func


@contextlib.contextmanager
def wait_threads_exit(timeout=None):
    yield


def requires_working_threading(*, module=False):
    return lambda test: test
