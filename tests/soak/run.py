#!/usr/bin/env python3
"""A soak: random tasks for a while, at whose end no object may be left that was not there at the start.

usage: run.py AIO BUILD [SECONDS]      (./dev soak [SECONDS]; the tests run it for a moment)
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST = 24   # rounds; the first few only fill caches


def main():
    program, seconds = os.path.abspath(sys.argv[1]), float(sys.argv[3]) if len(sys.argv) > 3 else 0
    # As one of the tests: always the same tasks, and fewer of them.
    seed, tasks = (str(int(time.time())), '5000') if seconds else ('1', '200')
    aio = subprocess.Popen([program, '--virtual-time', '--seed', seed, 'soak.aio', tasks], cwd=HERE, text=True,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    end, rounds, tasks = time.monotonic() + seconds, 0, 0
    while rounds < LEAST or time.monotonic() < end:
        aio.stdin.write('more\n')
        aio.stdin.flush()
        line = aio.stdout.readline().strip()
        if not line.isdigit():
            break
        rounds, tasks = rounds + 1, int(line)
    rest, _ = aio.communicate('end\n')
    good = rest == 'end\n' and aio.returncode == 0 and rounds >= LEAST
    print(f'{rounds} rounds, {tasks} tasks, seed {seed}, exit status {aio.returncode}\n{rest.strip()}')
    print('%d passed, %d failed' % (bool(good), not good))
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
