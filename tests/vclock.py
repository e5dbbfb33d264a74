#!/usr/bin/env python3
"""Run a script on CPython (3.10 .. 3.13) under a virtual clock.

usage: vclock.py [--seed N] [--perturb N] [--ordered] [--no-virtual] SCRIPT [ARG ...]

This is the oracle for `aio --virtual-time SCRIPT` (with --no-virtual: for `aio --seed N SCRIPT`).
tests/record.py runs it; its own frames in a traceback are left out there.  The rules it implements:

  T is one double, 0.0 when the script starts.  Computing costs no time.
  time.monotonic() = time.perf_counter() = loop.time() = T
  time.time()      = 1e9 + T      (so datetime.now() starts 2001-09-09 01:46:40 UTC)
  time.process_time() = 0.0
  time.sleep(d)    : T = T + d at once (when no other thread is alive)
  event loop       : when no callback is ready and no descriptor is ready, T becomes exactly the
                     deadline ('when') of the earliest timer; all timers with when < T + 1e-9 run
                     (CPython's own rule, clock resolution 1e-9), in order of (when, creation):
                     on a real clock no two deadlines are equal, and a timer made later is later
  threads          : sleepers wake one at a time in (deadline, order of going to sleep) order, and
                     only once the process is quiet (no other thread computing)
  a loop that waits with no timer, nothing ready and nobody left to wake it: exit status 3
  connecting or sending to a host that is not loopback: exit status 97
  random is seeded with N (default 0); PYTHONHASHSEED is 0. Sets of tasks iterate by address here:
  compare what prints them as bags, or have asyncio keep them in order of creation (--ordered).

A module X may be X.py or X.aio.  Uses only the standard library.
"""
import sys
import os
import gc
import types
import builtins


EPOCH = 1e9
GRACE = 0.015
HANG_S = 3.0


def perturb(n):
    """Keep alive a pseudo-random number of objects of each size class, so that the low bits of the
    addresses handed out later (and so the order of sets of objects) differ from the normal run."""
    keep = []
    x = n * 2654435761 % 2**32
    for size in range(1, 512, 16):
        x = (x * 1103515245 + 12345) % 2**31
        for _ in range(1 + (x >> 16) % 23):
            keep.append(b'x' * size + b'')
            keep.append(bytearray(size))
            keep.append([None] * (size // 8))
    sys._vclock_keep = keep


class Clock:
    def __init__(self, real_sleep, real_mono, real_cpu, threading):
        self.t = 0.0
        self.lock = threading.Lock()
        self.threading = threading
        self.waiters = {}
        self.seq = 0
        self.gen = 0
        self.real_sleep = real_sleep
        self.real_mono = real_mono
        self.real_cpu = real_cpu

    def alone(self):
        return self.threading.active_count() == 1

    def wait(self, deadline, poll=None):
        with self.lock:
            self.seq += 1
            key = (deadline, self.seq)
            self.waiters[key] = True
            self.gen += 1
        try:
            last = None
            while True:
                cpu0 = self.real_cpu()
                if poll is not None:
                    got = poll(GRACE)
                    if got:
                        return got
                else:
                    self.real_sleep(GRACE)
                busy = self.real_cpu() - cpu0 > GRACE / 4
                with self.lock:
                    if busy or self.gen != last:
                        last = self.gen
                    elif key == min(self.waiters):
                        if deadline > self.t:
                            self.t = deadline
                        return []
        finally:
            with self.lock:
                del self.waiters[key]
                self.gen += 1


def install():
    import bisect
    import operator
    import time
    import threading
    import queue            # noqa: F401  (these keep the real clock for their own time-outs)
    import selectors        # noqa: F401
    import subprocess       # noqa: F401
    import asyncio
    import asyncio.base_events
    import asyncio.selector_events
    import socket
    import datetime

    real_sleep = time.sleep
    clock = Clock(real_sleep, time.monotonic, time.process_time, threading)
    sys._vclock = clock

    def now():
        return clock.t

    def wall():
        return EPOCH + clock.t

    def zero():
        return 0.0

    def sleep(seconds, /):
        if not isinstance(seconds, (int, float)):
            if not hasattr(seconds, '__index__'):
                raise TypeError("'%s' object cannot be interpreted as an integer"
                                % type(seconds).__name__)
            seconds = seconds.__index__()
        if seconds < 0:
            raise ValueError('sleep length must be non-negative')
        deadline = clock.t + seconds
        if clock.alone():
            clock.t = deadline
        else:
            clock.wait(deadline)

    real = {k: getattr(time, k) for k in ('localtime', 'gmtime', 'ctime', 'strftime', 'asctime')}

    def localtime(secs=None, /):
        return real['localtime'](wall() if secs is None else secs)

    def gmtime(secs=None, /):
        return real['gmtime'](wall() if secs is None else secs)

    def ctime(secs=None, /):
        return real['ctime'](wall() if secs is None else secs)

    def strftime(fmt, *t):
        return real['strftime'](fmt, *(t or (localtime(),)))

    def asctime(*t):
        return real['asctime'](*(t or (localtime(),)))

    new = dict(sleep=sleep, time=wall, monotonic=now, perf_counter=now, process_time=zero,
               thread_time=zero, time_ns=lambda: int(wall() * 1e9),
               monotonic_ns=lambda: int(clock.t * 1e9), perf_counter_ns=lambda: int(clock.t * 1e9),
               process_time_ns=lambda: 0, localtime=localtime, gmtime=gmtime, ctime=ctime,
               strftime=strftime, asctime=asctime)
    for name, f in new.items():
        if isinstance(f, types.FunctionType):
            f.__name__ = f.__qualname__ = name
            f.__module__ = 'time'
        setattr(time, name, f)

    real_dt, real_date = datetime.datetime, datetime.date

    class Meta(type):
        def __instancecheck__(cls, obj):
            return isinstance(obj, cls.__mro__[1])

    class vdatetime(real_dt, metaclass=Meta):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(wall(), tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(wall(), datetime.timezone.utc).replace(tzinfo=None)

        @classmethod
        def today(cls):
            return cls.fromtimestamp(wall())

        def __repr__(self):
            return 'datetime.' + real_dt.__repr__(self).split('.', 1)[-1].replace(
                'vdatetime', 'datetime')

    class vdate(real_date, metaclass=Meta):
        @classmethod
        def today(cls):
            return cls.fromtimestamp(wall())

        def __repr__(self):
            return 'datetime.' + real_date.__repr__(self).split('.', 1)[-1].replace(
                'vdate', 'date')

    for cls, name in ((vdatetime, 'datetime'), (vdate, 'date')):
        cls.__name__ = cls.__qualname__ = name
        cls.__module__ = 'datetime'
        setattr(datetime, name, cls)

    # --- the event loop
    class heap:
        """Timers of equal deadline in order of creation (a heap leaves that open)."""

        @staticmethod
        def heappush(timers, timer):
            bisect.insort_right(timers, timer, key=when)

        @staticmethod
        def heappop(timers):
            return timers.pop(0)

        @staticmethod
        def heapify(timers):
            timers.sort(key=when)

    when = operator.attrgetter('_when')
    asyncio.base_events.heapq = heap
    base = asyncio.base_events.BaseEventLoop
    base.time = lambda self: clock.t

    def die(code, why):
        try:
            sys.stdout.flush()
            sys.stderr.write('vclock: %s\n' % why)
            sys.stderr.flush()
        finally:
            os._exit(code)

    def install_selector(loop):
        sel = loop._selector
        real_select = sel.select

        def select(timeout=None):
            got = real_select(0)
            if got or (timeout is not None and timeout <= 0):
                return got
            quiet_world = clock.alone() and len(sel.get_map()) <= 1
            if timeout is None:
                if quiet_world:
                    got = real_select(0.3)
                    if got:
                        return got
                    die(3, 'the event loop waits for ever')
                idle = clock.real_mono()
                while True:
                    gen, t = clock.gen, clock.t
                    got = real_select(0.1)
                    if got:
                        return got
                    if (clock.gen, clock.t) != (gen, t) or clock.waiters:
                        idle = clock.real_mono()
                    elif clock.real_mono() - idle > HANG_S:
                        die(3, 'the event loop waits for ever')
            deadline = loop._scheduled[0]._when if loop._scheduled else clock.t + timeout
            if quiet_world:
                if deadline > clock.t:
                    clock.t = deadline
                return []
            return clock.wait(deadline, real_select)

        sel.select = select

    sbase = asyncio.selector_events.BaseSelectorEventLoop
    real_init = sbase.__init__

    def __init__(self, selector=None):
        real_init(self, selector)
        install_selector(self)

    sbase.__init__ = __init__

    # --- nothing but loopback
    def check(host):
        if isinstance(host, bytes):
            host = host.decode('latin-1')
        if host in (None, '', 'localhost', '::1', '0.0.0.0', '::', socket.gethostname()):
            return
        if isinstance(host, str) and host.startswith('127.'):
            return
        die(97, 'network beyond loopback: %r' % (host,))

    real_gai = socket.getaddrinfo

    def getaddrinfo(host, *a, **k):
        check(host)
        return real_gai(host, *a, **k)

    socket.getaddrinfo = getaddrinfo
    real_ghbn = socket.gethostbyname

    def gethostbyname(host):
        check(host)
        return real_ghbn(host)

    socket.gethostbyname = gethostbyname

    def wrap(name, pos):
        real_m = getattr(socket.socket, name)

        def method(self, *a):
            if self.family in (socket.AF_INET, socket.AF_INET6):
                addr = a[pos]
                if isinstance(addr, tuple) and addr:
                    check(addr[0])
            return real_m(self, *a)
        method.__name__ = name
        setattr(socket.socket, name, method)

    wrap('connect', 0)
    wrap('connect_ex', 0)
    wrap('sendto', -1)


def allow_aio_suffix():
    from importlib import machinery
    hook = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (machinery.SourceFileLoader, ['.py', '.aio']))
    for i, h in enumerate(sys.path_hooks):
        if getattr(h, '__name__', '') == 'path_hook_for_FileFinder':
            sys.path_hooks[i] = hook
            break
    sys.path_importer_cache.clear()


def hide_own_frames():
    """The script shall find as many frames free as if it had been run by itself."""
    own, set_limit, get_limit = 2, sys.setrecursionlimit, sys.getrecursionlimit

    def setrecursionlimit(limit, /):
        set_limit(limit + own if isinstance(limit, int) and limit > 0 else limit)

    def getrecursionlimit():
        return get_limit() - own

    set_limit(get_limit() + own)
    sys.setrecursionlimit, sys.getrecursionlimit = setrecursionlimit, getrecursionlimit


def main():
    if os.environ.get('PYTHONHASHSEED') != '0':
        os.environ['PYTHONHASHSEED'] = '0'
        os.execv(sys.executable, [sys.executable] + sys.argv)
    args = sys.argv[1:]
    seed, npert, virtual, ordered = 0, 0, True, False
    while args and args[0].startswith('--'):
        a = args.pop(0)
        if a == '--seed':
            seed = int(args.pop(0))
        elif a == '--perturb':
            npert = int(args.pop(0))
        elif a == '--no-virtual':
            virtual = False
        elif a == '--ordered':
            ordered = True
        else:
            sys.exit('vclock: what is %s?' % a)
    script = args[0]
    sys.dont_write_bytecode = True
    with open(script, 'rb') as f:
        source = f.read()
    allow_aio_suffix()
    if virtual:
        install()
    if ordered:
        import ordered as order  # it stands beside this file
        order.install()
    import random
    random.seed(seed)
    sys.argv = args
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    mod = types.ModuleType('__main__')
    mod.__file__ = os.path.abspath(script)
    mod.__builtins__ = builtins
    sys._vclock_main = sys.modules['__main__']
    sys.modules['__main__'] = mod
    hide_own_frames()
    try:
        code = compile(source, os.path.abspath(script), 'exec', dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError) as e:
        # As the interpreter itself shows it: no traceback, for no frame of the script ran.
        sys.excepthook(type(e), e.with_traceback(None), None)
        sys.exit(1)
    del source, f
    if npert:
        perturb(npert)
    gc.collect()
    exec(code, mod.__dict__)


main()
