#!/usr/bin/env python3
"""Types random bytes at the prompt: nothing of them may end the session but Ctrl-D, and `1 + 1` always works again.

usage: ./dev fuzz --repl SECONDS [SEED]
"""
import os
import random
import select
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from terminal import Terminal, Timeout  # noqa: E402

# What random bytes alone would seldom come to.
PIECES = [b'\r', b'\t', b'\t\t', b'\x03', b'\x04', b'\x1a', b'\x1c', b'\x12', b'\x13', b'\x11', b'\x16', b'\x18\x05', b'\x1f', b'\x7f',
          b'\x1b[A', b'\x1b[B', b'\x1b[C', b'\x1b[D', b'\x1b[200~', b'\x1b[201~', b'\x1bd', b'\x1b5', b'\x1b\x7f', b'\x19', b'\x0b', b'\x15',
          b'\x0c', b'\x14', b'\x1b>', b'\x1b<', b'\x1b?', b'\x1b*', b'\x1b.', b'\x1b\t', b'\x18*', b'\x18\x18', b'\x1b[3~', b'\x1b[1;5C',
          b'import asyncio\r', b'await asyncio.sleep(0.01)\r', b'asyncio.create_task(asyncio.sleep(0.1))\r', b'1/0\r', b'def f(a, b=1):\r',
          b'f(', b'f', b'"', b"'''", b'[', b'{', b'(', b')', b':\r', b'async ', b'await ', b'%', b'%tasks\r', b'%tree\r', b'%who\r', b'%reset\r',
          b'%bg asyncio.sleep(0.05)\r', b'%fg ', b'%cancel ', b'%time ', b'%dis f\r', b'%load ', b'%save x', b'%edit\r', b'help', b'?', b'x = ',
          b'print("out")\r', b'while True: pass\r\r', b'_', b'.', b'asyncio.', b'import ', b'from ', b'raise ', b'\xd0\x96', b'\xf0\x9f\x90\x8d', b'\xff', b'\0',
          b'async def g():\r    while True: print("tick"); await asyncio.sleep(0.001)\r\r', b't = asyncio.create_task(g())\r', b'class C:\r', b'    ', b'\r\r',
          b'asyncio.create_task(1/0)\r', b'raise KeyboardInterrupt\r', b'raise asyncio.CancelledError\r', b'input()\r', b'del __builtins__\r',
          b'asyncio.get_running_loop().stop()\r', b'import sys; sys.displayhook = 1\r', b'import sys; sys.stdout = None\r', b'asyncio.current_task().cancel()\r',
          b'import sys; sys.excepthook = None\r', b'import builtins; del builtins.print\r', b'import sys; sys.modules.clear()\r', b'[' * 300 + b'\r',
          b'async def h():\r    raise KeyboardInterrupt\r\r', b'asyncio.create_task(h())\r', b'async def i():\r    raise SystemError\r\r', b'await h()\r',
          b'def r(): r()\r\r', b'r()\r', b'x' * 500, b'"a" * 10**12\r', b'for t in asyncio.all_tasks(): t.cancel()\r']


def piece(random_):
    how = random_.random()
    if how < 0.5:
        return random_.choice(PIECES)
    if how < 0.8:
        return bytes(random_.randrange(256) for _ in range(random_.randrange(1, 12)))
    return bytes(random_.randrange(32, 127) for _ in range(random_.randrange(1, 30)))


def drain(t, seconds):
    """Reads what comes for so long. false: the program has ended."""
    limit = time.monotonic() + seconds
    while (left := limit - time.monotonic()) > 0:
        if select.select([t.master], [], [], left)[0]:
            try:
                if not os.read(t.master, 65536):
                    return False
            except OSError:
                return False
    return True


def send(t, data):
    while data:
        readable, writable, _ = select.select([t.master], [t.master], [], 30)
        if readable:
            try:
                os.read(t.master, 65536)
            except OSError:
                return False
        if writable:
            try:
                data = data[os.write(t.master, data[:64]):]
            except OSError:
                return False
        elif not readable:
            return True  # it stands still behind Ctrl-S: `works` says Ctrl-Q
    return True


def works(t, number):
    """Does the session still answer? Whatever state the keyboard is in: Ctrl-Q, Ctrl-C, Ctrl-G, leave vi's modes and searches."""
    for _ in range(20):
        for keys in (b'\x11', b'\x03', b'\x1b[201~', b'\x07', b'\x03', b'\x15', b'n\r', b'\x03'):
            if not send(t, keys) or not drain(t, 0.02):
                return False
        marker = 'answer-%d' % number
        question = 'open("/dev/tty", "w").write("answer-" "%d\\n")\r' % number
        if not send(t, question.encode()):
            return False
        limit, seen = time.monotonic() + 3, b''
        while time.monotonic() < limit and marker.encode() not in seen:
            if select.select([t.master], [], [], 0.1)[0]:
                try:
                    seen += os.read(t.master, 65536)
                except OSError:
                    return False
        if marker.encode() in seen:
            return True
    return False


def main():
    aio, seconds = os.path.abspath(sys.argv[1]), float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    random_ = random.Random(seed)
    print('fuzz repl: seed %d' % seed, flush=True)
    limit = time.monotonic() + seconds
    rounds = sessions = typed = 0
    while time.monotonic() < limit:
        sessions += 1
        with Terminal([aio, '-q'], env={'EDITOR': 'true', 'PYTHON_COLORS': random_.choice('01')}) as t:
            t.prompt()
            said_bye = False
            history = []
            while time.monotonic() < limit:
                rounds += 1
                data = b''.join(piece(random_) for _ in range(random_.randrange(1, 30)))
                history.append(data)
                typed += len(data)
                said_bye = said_bye or b'\x04' in data or b'exit' in data or b'quit' in data
                alive = send(t, data) and drain(t, 0.02)
                if alive and works(t, rounds):
                    continue
                try:
                    status = t.process.wait(10)
                except Exception:
                    status = None
                if status is not None and status >= 0 and said_bye:
                    break
                print('FOUND: %s, after typing' % ('the session hangs' if status is None else 'it ended with %d' % status))
                for data in history[-5:]:
                    print('   %r' % data)
                return 1
    print('fuzz repl: %d rounds, %d bytes in %d sessions, nothing found' % (rounds, typed, sessions))
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Timeout as e:
        sys.exit('fuzz repl: %s' % e)
