#!/usr/bin/env python3
"""Errors as CPython 3.13 shows them: tracebacks and syntax errors, word for word. record.py makes the recordings.

differences.md lists what differs on purpose, a reason each: at most LISTED rows, and none that has become equal.

usage: tests/errors/run.py AIO BUILD [PATTERN ...]
"""
import difflib
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import programs  # noqa: E402
from cases import PATIENCE, SANITIZER, run_all  # noqa: E402
from programs import normal  # noqa: E402

LEAST = 130
LISTED = 10


def differences():
    """{program: reason}, the table's rows."""
    rows = [line.strip('| \n').split(' | ') for line in programs.read('differences.md').splitlines() if line.startswith('| ')]
    return {name.strip('`'): reason for name, reason in rows[1:]}


def shown(aio, program):
    """What aio writes to standard error; its exit status and standard output where they are not an error's."""
    spec = programs.unpack(program, aio.folder)
    p = subprocess.run(spec.aio_command(aio.binary, spec.modes()[0]), cwd=spec.folder, input=spec.stdin,
                       env=spec.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=spec.timeout * PATIENCE)
    text = normal.normalise(p.stderr, spec.folder)
    if p.stdout:
        text += 'stdout: %r\n' % p.stdout
    if p.returncode not in (0, 1):
        text += 'status: %d\n' % p.returncode
    return text if text.endswith('\n') else text + '\n'


def program_case(name, program, want, meant):
    def case(aio):
        got = shown(aio, program)
        if got != want and not meant:
            lines = difflib.unified_diff(want.splitlines(), got.splitlines(), 'CPython', 'aio', n=3, lineterm='')
            yield '\n%s\n%s' % (program, '\n'.join(lines))
        if got == want and meant:
            yield 'is equal: take its row out of differences.md'
        if SANITIZER.search(got):
            yield 'a sanitizer spoke\n' + got
    return case


def size_case(names, listed):
    def case(aio):
        if len(names) < LEAST:
            yield '%d programs, not %d' % (len(names), LEAST)
        if len(listed) > LISTED:
            yield '%d differences are listed, but %d are allowed' % (len(listed), LISTED)
        for name in sorted(set(listed) - names):
            yield 'differences.md lists %s, which is no program' % name
        for name, reason in listed.items():
            if len(reason) < 20:
                yield '%s has no reason' % name
    return case


def main():
    cases, names, listed = {}, set(), differences()
    for theme in programs.themes():
        wants = programs.recordings(theme)
        for title, program in programs.programs(theme):
            name = '%s/%s' % (theme, title)
            names.add(name)
            cases[name] = program_case(name, program, wants.get(title, 'no recording\n'), name in listed)
    cases['how many there are'] = size_case(names, listed)
    return run_all(cases)


if __name__ == '__main__':
    sys.exit(main())
