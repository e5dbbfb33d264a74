#!/usr/bin/env python3
"""Record what CPython 3.13 makes of the parser's test inputs, or compare the parser with CPython on any files.

usage: record.py [--check]              writes trees/*.ast, errors.out and positions.out (--check: tells what would change)
       record.py --compare AIO FILE ... dumps each file with AIO and with CPython and shows where they differ first

CPython is $PYTHON313, pyenv's 3.13 or python3.13.
"""
import glob
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import record as scripts  # noqa: E402  tests/record.py finds CPython

LINE = '\n---\n'
DUMP = '''
import ast, sys
sys.setrecursionlimit(100000)
try:
    tree = ast.parse(open(sys.argv[1], 'rb').read())
except Exception as e:
    sys.exit(type(e).__name__)
sys.stdout.buffer.write((ast.dump(tree, indent=2) + '\\n').encode('utf-8', 'surrogateescape'))
'''


def python():
    return os.environ.get('PYTHON313') or scripts.find_python('3.13')


def run(*args, warn='ignore', **options):
    return subprocess.run([python(), '-W', warn, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def sources():
    with open(os.path.join(HERE, 'errors.txt'), encoding='utf-8') as f:
        return f.read()[:-1].split(LINE)


def shown(source):
    """What running the source as a script writes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'script.aio'), 'w', encoding='utf-8') as f:
            f.write(source + '\n')
        got = run('script.aio', warn='default', cwd=folder, encoding='utf-8')
        return got.stderr.replace(folder + '/', '')


def recordings():
    for path in sorted(glob.glob(os.path.join(HERE, 'trees', '*.aio'))):
        yield path[:-len('.aio')] + '.ast', run('-c', DUMP, path).stdout
    yield os.path.join(HERE, 'errors.out'), LINE.join(shown(s).rstrip('\n') for s in sources()).encode() + b'\n'
    positions = [os.path.join(HERE, 'positions.aio'), os.path.join(HERE, 'errors.txt')]
    yield os.path.join(HERE, 'positions.out'), run(*positions).stdout


def save(check):
    changed = 0
    for path, content in recordings():
        old = open(path, 'rb').read() if os.path.exists(path) else None
        if old == content:
            continue
        changed += 1
        print(os.path.relpath(path, HERE), 'changed')
        if not check:
            with open(path, 'wb') as f:
                f.write(content)
    return 1 if check and changed else 0


def compare(aio, files):
    bad = refused = 0
    for path in files:
        want, got = run('-c', DUMP, path), subprocess.run([aio, '--dump=ast', path], stdout=subprocess.PIPE,
                                                          stderr=subprocess.PIPE)
        if want.returncode:
            refused += 1
            if got.returncode == 0:
                bad += 1
                print('%s: only CPython refuses it: %s' % (path, want.stderr.decode().strip()))
        elif want.stdout != got.stdout:
            bad += 1
            pairs = zip(want.stdout.split(b'\n'), got.stdout.split(b'\n') + [got.stderr])
            first = next((p for p in pairs if p[0] != p[1]), (b'', b''))
            print('%s\n  CPython: %.200s\n  aio:     %.200s' % (path, first[0].decode(errors='replace'),
                                                               first[1].decode(errors='replace')))
    print('%d files, %d differ, %d refused by CPython' % (len(files), bad, refused))
    return 1 if bad else 0


def main():
    if sys.argv[1:2] == ['--compare']:
        return compare(sys.argv[2], sys.argv[3:])
    return save(sys.argv[1:2] == ['--check'])


if __name__ == '__main__':
    sys.exit(main())
