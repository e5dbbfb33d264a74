#!/usr/bin/env python3
"""The parser's tests: trees and syntax errors as CPython 3.13 shows them. record.py makes the expectations.

usage: tests/parser/run.py AIO BUILD [PATTERN ...]
"""
import glob
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from cases import expect, run_all  # noqa: E402

LINE = '\n---\n'
GROUP = 40  # error displays looked at by one case


def read(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return f.read()


def tree_case(path):
    def case(aio):
        with open(path[:-len('.aio')] + '.ast', encoding='utf-8', errors='surrogateescape') as f:
            want = f.read()
        got = aio.run('--dump=ast', path)
        if got.out != want:
            lines = zip(want.split('\n'), got.out.split('\n') + [''])
            yield 'first difference:\nCPython: %s\naio:     %s' % next((p for p in lines if p[0] != p[1]), ('', ''))
        yield from expect(got, 0)
    return case


def positions(aio):
    got = aio.run(os.path.join(HERE, 'positions.aio'), os.path.join(HERE, 'errors.txt'))
    yield from expect(got, 0)
    sources = read('errors.txt')[:-1].split(LINE)
    wants, gots = read('positions.out').split('\n'), got.out.split('\n')
    if len(wants) != len(gots):
        yield 'as many lines as sources'
    for source, shown, want, line in zip(sources, read('errors.out').split(LINE), wants, gots):
        if want != line:
            yield 'source:\n%s\nCPython: %s\naio:     %s' % (source, want, line)


def display_case(pairs):
    def case(aio):
        for source, want in pairs:
            got = aio.script(source + '\n')
            shown = got.err.replace(aio.folder + '/', '').rstrip('\n')
            if shown != want:
                yield 'source:\n%s\nCPython:\n%s\naio:\n%s' % (source, want, shown)
            yield from expect(got, 1, '')
    return case


def main():
    cases = {}
    for path in sorted(glob.glob(os.path.join(HERE, 'trees', '*.aio'))):
        cases['tree ' + os.path.basename(path)] = tree_case(path)
    cases['positions'] = positions
    pairs = list(zip(read('errors.txt')[:-1].split(LINE), read('errors.out')[:-1].split(LINE)))
    for i in range(0, len(pairs), GROUP):
        cases['displays %d' % i] = display_case(pairs[i:i + GROUP])
    return run_all(cases)


if __name__ == '__main__':
    sys.exit(main())
