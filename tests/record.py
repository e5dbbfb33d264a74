#!/usr/bin/env python3
"""Record what CPython prints for the script tests. The rules are in tests/README.md.

usage: tests/record.py [-k PATTERN] [--new] [--check] [--show] [--bin AIO] [FILE or FOLDER ...]
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path.insert(0, HERE)
import normal  # noqa: E402


def find_python(version):
    """CPython of a version: $PYTHON313 for '3.13', else pyenv's newest, else the one on PATH."""
    named = os.environ.get('PYTHON' + version.replace('.', ''))
    if named:
        return named
    roots = [os.environ.get('PYENV_ROOT', ''), os.path.expanduser('~/.pyenv')]
    found = [p for r in roots if r for p in glob.glob('%s/versions/%s.*/bin/python3' % (r, version))]
    if found:
        return max(found, key=lambda p: [int(n) for n in p.split('/')[-3].split('.') if n.isdigit()])
    return shutil.which('python' + version)


def run(spec, mode, command):
    p = subprocess.run(command, cwd=spec.folder, env=spec.environment(), input=spec.stdin,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=spec.timeout * 4)
    return (normal.normalise(p.stdout, spec.folder), normal.normalise(p.stderr, spec.folder), p.returncode)


def command_for(spec, mode, binary):
    if spec.by_aio:
        return spec.aio_command(binary, mode)
    python = find_python(spec.python)
    if not python:
        sys.exit('record: no CPython %s here (set PYTHON%s)' % (spec.python, spec.python.replace('.', '')))
    flags = ['--seed', spec.seed] + (['--no-virtual'] if mode == 'real' else [])
    flags += ['--ordered'] if spec.ordered else []
    return [python, os.path.join(HERE, 'vclock.py')] + flags + [spec.name] + spec.args


def record(spec, binary):
    """-> ((out, err, exit), trouble or None)"""
    first = None
    for mode in spec.modes():
        try:
            got = run(spec, mode, command_for(spec, mode, binary))
        except subprocess.TimeoutExpired:
            return None, '%s: takes too long (%s time)' % (spec.path, mode)
        if first is None:
            first = got
        elif not same(spec, first, got):
            return None, '%s: real and virtual time differ; use "# run: virtual"' % spec.path
    return first, None


def same(spec, a, b):
    if spec.bag:
        a, b = [(normal.bag(o), normal.bag(e), x) for o, e, x in (a, b)]
    return a[0] == b[0] and a[2] == b[2] and (spec.only_stdout or a[1] == b[1])


def read(path):
    try:
        with open(path, encoding='utf-8', newline='') as f:
            return f.read()
    except FileNotFoundError:
        return None


def kept(spec):
    out = read(spec.stem + '.out')
    if out is None:
        return None
    return out, read(spec.stem + '.err') or '', int(read(spec.stem + '.exit') or 0)


def write(spec, got):
    out, err, status = got
    for ending, text in (('.out', out), ('.err', '' if spec.only_stdout else err),
                         ('.exit', '%d\n' % status if status else '')):
        path = spec.stem + ending
        if text or ending == '.out':
            with open(path, 'w', encoding='utf-8', newline='') as f:
                f.write(text)
        elif os.path.exists(path):
            os.unlink(path)


def chosen(options):
    if not options.files:
        return normal.scripts(TOP, options.k)
    paths = []
    for name in options.files:
        name = os.path.relpath(os.path.abspath(name), TOP)
        if os.path.isdir(os.path.join(TOP, name)):
            paths += [p for p in normal.scripts(TOP, options.k) if p.startswith(name + os.sep)]
        else:
            paths.append(name)
    return paths


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('files', nargs='*', metavar='FILE')
    ap.add_argument('-k', action='append', default=[], metavar='PATTERN', help='only scripts whose path holds this')
    ap.add_argument('--new', action='store_true', help='also record scripts named by folder or pattern that have no '
                    'expectation yet (a script named by itself is always recorded)')
    ap.add_argument('--check', action='store_true', help='write nothing; tell which recordings would change')
    ap.add_argument('--show', action='store_true', help='print what would be recorded')
    ap.add_argument('--bin', default=os.path.join(TOP, 'build/release/aio'), help='aio, for "# record: aio"')
    options = ap.parse_args()
    specs = [normal.Spec(os.path.join(TOP, p)) for p in chosen(options)]
    named = {os.path.abspath(f) for f in options.files}
    specs = [s for s in specs
             if options.new or os.path.abspath(s.path) in named or os.path.exists(s.stem + '.out')]
    bad = changed = 0
    with ThreadPoolExecutor(2) as pool:
        for spec, (got, trouble) in zip(specs, pool.map(lambda s: record(s, options.bin), specs)):
            path = os.path.relpath(spec.path, TOP)
            if trouble:
                bad += 1
                print(trouble)
                continue
            if options.show:
                print('== %s (exit %d)' % (path, got[2]))
                print(got[0] + ('-- stderr\n' + got[1] if got[1] else ''))
                continue
            old = kept(spec)
            if old is None or not same(spec, old, got):
                changed += 1
                print('%s %s' % ('differs:' if options.check else 'recorded:', path))
                if not options.check:
                    write(spec, got)
    print('%d scripts, %d %s, %d failed' % (len(specs), changed, 'would change' if options.check else 'changed', bad))
    return 1 if bad or (options.check and changed) else 0


if __name__ == '__main__':
    sys.exit(main())
