"""Runs many programs in one process, under aio or CPython: batch.py FILE. Before each a line of the file says its name.

So that programs run in milliseconds. What one leaves behind (the number of tasks made, the clock) the next one finds; it is
the same on both sides.
"""
import sys

SEPARATOR = '#### '


def main():
    with open(sys.argv[1], encoding='utf-8') as f:
        parts = f.read().split(SEPARATOR)[1:]
    for part in parts:
        name, _, text = part.partition('\n')
        print(SEPARATOR + name, flush=True)
        space = {'__name__': '__main__'}
        try:
            exec(compile(text, name, 'exec'), space)
        except BaseException as exc:
            print('raised', type(exc).__name__, exc)
        space.clear()


main()
