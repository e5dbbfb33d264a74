#!/usr/bin/env python3
"""Record what CPython 3.13 says of the programs in tests/errors.

usage: tests/errors/record.py [--check] [THEME ...]
"""
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import programs  # noqa: E402
import record as scripts  # noqa: E402  tests/record.py


def recorded(program):
    with tempfile.TemporaryDirectory() as folder:
        spec = programs.unpack(program, folder)
        mode = spec.modes()[0]
        # vclock.py has modules in memory that a script of this folder may mean to replace.
        plain = [scripts.find_python(spec.python), spec.name]
        command = scripts.command_for(spec, mode, None) if mode == 'virtual' else plain
        out, err, status = scripts.run(spec, mode, command)
    if out or not err or status not in (0, 1):
        sys.exit('%s\nAn error on stderr alone is wanted, not %r' % (program, (out, err, status)))
    return err if err.endswith('\n') else err + '\n'


def main():
    check = '--check' in sys.argv[1:]
    chosen = [a for a in sys.argv[1:] if a != '--check'] or programs.themes()
    changed = 0
    for theme in chosen:
        pairs = programs.programs(theme)
        with ThreadPoolExecutor(2) as pool:
            texts = list(pool.map(lambda p: recorded(p[1]), pairs))
        new = ''.join('%s%s\n%s' % (programs.TITLE, title, text) for (title, _), text in zip(pairs, texts))
        path = os.path.join(HERE, theme + '.err')
        if os.path.exists(path) and programs.read(theme + '.err') == new:
            continue
        changed += 1
        print('%s: %d programs %s' % (theme, len(pairs), 'differ' if check else 'recorded'))
        if not check:
            with open(path, 'w', encoding='utf-8', errors='surrogateescape', newline='') as f:
                f.write(new)
    return 1 if check and changed else 0


if __name__ == '__main__':
    sys.exit(main())
