"""What the tests of asyncio need of CPython's test.support."""

import contextlib
import gc
import unittest

SHORT_TIMEOUT = 30.0
LONG_TIMEOUT = 300.0
LOOPBACK_TIMEOUT = 10.0
INTERNET_TIMEOUT = 60.0

verbose = False


def gc_collect():
    """Frees what only cycles keep, and what their end sets free."""
    for _ in range(3):
        gc.collect()


@contextlib.contextmanager
def disable_gc():
    """No automatic collection meanwhile."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def cpython_only(test):
    """The files mark so what hangs on reference counts; aio counts references, too."""
    return test


def refcount_test(test):
    return test


def requires_mac_ver(*version):
    return lambda test: test


def skip_if_broken_multiprocessing_synchronize():
    raise unittest.SkipTest('no multiprocessing')


def get_attribute(obj, name):
    try:
        return getattr(obj, name)
    except AttributeError:
        raise unittest.SkipTest(f'object {obj!r} has no attribute {name!r}')


def reap_children():
    """No test here leaves processes behind."""


def maybe_get_event_loop_policy():
    """The policy, if one has been made."""
    import asyncio.events
    return asyncio.events._event_loop_policy


class _Always:
    def __init__(self, answer, *names):
        self._answer = answer

    def __eq__(self, other):
        return self._answer

    def __ne__(self, other):
        return not self._answer


ALWAYS_EQ = _Always(True)
NEVER_EQ = _Always(False)


class _Extreme:
    def __init__(self, greatest):
        self._greatest = greatest

    def __eq__(self, other):
        return isinstance(other, _Extreme) and self._greatest == other._greatest

    def __lt__(self, other):
        return not self._greatest and self != other

    def __le__(self, other):
        return not self._greatest or self == other

    def __gt__(self, other):
        return self._greatest and self != other

    def __ge__(self, other):
        return self._greatest or self == other


LARGEST = _Extreme(True)
SMALLEST = _Extreme(False)
