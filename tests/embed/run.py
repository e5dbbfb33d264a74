#!/usr/bin/env python3
"""The programs of docs/embedding.md and samples/embed/ compile without a warning and print what the page, or NAME.out, says.

usage: tests/embed/run.py AIO BUILD [PATTERN ...]
"""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from cases import SECONDS, environment, run_all  # noqa: E402

BUILD = os.path.abspath(sys.argv[2])
SANITIZED = 'sanitize' in BUILD
THREADS = 'sanitize-threads' in BUILD  # under the thread sanitizer: only programs that have threads
CASES = {}


def build_and_run(aio, source, language, wanted, libraries, checker=()):
    """Yields what went wrong. checker: a command that runs the program."""
    aio.write('program.' + language, source)
    flags = ['-Wall', '-Wextra', '-Werror', '-pedantic', '-I' + os.path.join(TOP, 'include')]
    if SANITIZED:
        flags.append('-fsanitize=' + ('thread' if THREADS else 'address,undefined'))
    clang = 'clang' in BUILD or THREADS
    if language == 'c':
        compiler = [('clang' if clang else shutil.which('cc') or 'gcc'), '-std=c11', '-D_GNU_SOURCE']
    else:
        compiler = ['clang++' if clang else 'g++', '-std=c++17']
    p = subprocess.run([*compiler, *flags, 'program.' + language, '-o', 'program', '-L' + BUILD, '-laiovm',
                        '-Wl,-rpath,' + BUILD, *libraries], cwd=aio.folder, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    if p.returncode != 0:
        yield p.stdout.decode('utf-8', 'replace')
        return
    p = subprocess.run([*checker, aio.path('program')], cwd=aio.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env=environment(), timeout=SECONDS)
    if p.returncode != 0 or p.stdout.decode() != wanted or p.stderr:
        yield 'status %d, stdout\n%s\nstderr\n%s' % (p.returncode, p.stdout.decode(), p.stderr.decode())


def page_program(number, source, wanted):
    CASES['program %d of docs/embedding.md' % number] = lambda aio: build_and_run(aio, source, 'c', wanted, [])


def sample(path):
    with open(path, encoding='utf-8') as f:
        source = f.read()
    base, ending = os.path.splitext(path)
    with open(base + '.out', encoding='utf-8') as f:
        wanted = f.read()
    if THREADS and '<pthread.h>' not in source:
        return
    libraries = ['-lpthread'] + (['-luv'] if '<uv.h>' in source else [])
    CASES['samples/embed/' + os.path.basename(path)] = lambda aio: build_and_run(aio, source, ending[1:], wanted,
                                                                               libraries)


def under_valgrind(aio):
    """The smallest host: no error, no leak."""
    with open(os.path.join(TOP, 'samples', 'embed', 'hello.c'), encoding='utf-8') as f:
        source = f.read()
    checker = ['valgrind', '-q', '--leak-check=full', '--error-exitcode=9']
    yield from build_and_run(aio, source, 'c', 'hello from a script\n', [], checker)


def installed(aio):
    """What `meson install` puts in place is enough for pkg-config, shared and static."""
    where = aio.path('root')
    p = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', where], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    found = glob.glob(os.path.join(where, '**', 'aiovm.pc'), recursive=True)
    if p.returncode != 0 or not found:
        yield p.stdout.decode('utf-8', 'replace')[-2000:]
        return
    folder = os.path.dirname(found[0])
    env = dict(environment(), PKG_CONFIG_SYSROOT_DIR=where, PKG_CONFIG_PATH=folder,
               LD_LIBRARY_PATH=os.path.dirname(folder))
    hello = os.path.join(TOP, 'samples', 'embed', 'hello.c')
    for static in ([], ['--static']):
        flags = subprocess.run(['pkg-config', *static, '--cflags', '--libs', 'aiovm'], stdout=subprocess.PIPE, env=env)
        words = flags.stdout.decode().split()
        if static:
            words = ['-l:libaiovm.a' if w == '-laiovm' else w for w in words]
        p = subprocess.run(['cc', hello, *words, '-o', aio.path('hello')], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        if p.returncode != 0:
            yield p.stdout.decode('utf-8', 'replace')
            continue
        p = subprocess.run([aio.path('hello')], stdout=subprocess.PIPE, env=env, timeout=SECONDS)
        if p.stdout != b'hello from a script\n':
            yield '%s: %r' % (static, p.stdout)


if not SANITIZED:
    CASES['installed'] = installed
    if shutil.which('valgrind'):
        CASES['samples/embed/hello.c under valgrind'] = under_valgrind
for path in sorted(glob.glob(os.path.join(TOP, 'samples', 'embed', '*.c*'))):
    sample(path)
with open(os.path.join(TOP, 'docs', 'embedding.md'), encoding='utf-8') as page:
    blocks = re.findall(r'^```(c|text)\n(.*?)^```$', page.read(), re.M | re.S)
for at, (kind, text) in enumerate(blocks):
    if kind == 'c' and not THREADS:
        page_program(at // 2 + 1, text, blocks[at + 1][1])

if __name__ == '__main__':
    sys.exit(run_all(CASES))
