#!/usr/bin/env python3
"""The amalgamation compiles without a warning, with gcc and clang, and passes the tests: those of tests/unit and the scripts
of tests/order, run by an `aio` made of it.

usage: tests/embed/amalgamation.py BUILD FOLDER    (FOLDER has aiovm.c and aiovm.h)
"""
import glob
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
LIBRARIES = ['-lutf8proc', '-lm', '-lpthread']
with open(os.path.join(FOLDER, 'aiovm.c'), encoding='utf-8') as f:
    VERSION = re.search(r'AIO_VERSION (".*?")', f.read())[1]
OWN = ['-D_GNU_SOURCE', '-DAIO_VERSION=' + VERSION, '-I' + TOP, '-I' + BUILD]  # for what includes internal headers


def run(*command):
    p = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.returncode, p.stdout.decode('utf-8', 'replace')


def compiles(compiler, level):
    """-> what went wrong"""
    if not shutil.which(compiler):
        return 'no %s here\n' % compiler
    status, text = run(compiler, level, '-Wall', '-Wextra', '-Werror', '-c', 'aiovm.c', '-o', compiler + '.o')
    return text if status else ''


def unit(source):
    name = os.path.splitext(os.path.basename(source))[0]
    status, text = run('gcc', '-O1', *OWN, '-DAIO_COMPILER=1', source, 'gcc.o', '-o', name, '-lcriterion', *LIBRARIES)
    if not status:
        status, text = run(os.path.join(FOLDER, name), '--jobs=1', '--color=never')
    return '%s\n%s' % (name, text[-4000:]) if status else ''


def scripts():
    # noreadline.c stands in the place of those that need readline.
    sources = [path for path in sorted(glob.glob(os.path.join(TOP, 'cli', '*.c')))
               if os.path.basename(path) not in ('colour.c', 'complete.c', 'keys.c', 'readline.c')]
    status, text = run('gcc', '-O1', '-no-pie', *OWN, *sources, 'gcc.o', '-o', 'aio', *LIBRARIES)
    if not status:
        status, text = run(sys.executable, os.path.join(TOP, 'tests', 'run.py'), '--build', BUILD, '--bin',
                           os.path.join(FOLDER, 'aio'), 'tests/order/')
    return text[-4000:] if status else ''


def main():
    with ThreadPoolExecutor(2) as pool:
        # clang's part is done when it has compiled; the tests run with gcc's.
        trouble = list(pool.map(compiles, ('gcc', 'clang'), ('-O1', '-O0')))
        if not trouble[0]:
            trouble += pool.map(unit, sorted(glob.glob(os.path.join(TOP, 'tests', 'unit', 'test_*.c'))))
            trouble.append(scripts())
    failed = [text for text in trouble if text]
    print('\n'.join(failed + ['%d passed, %d failed' % (len(trouble) - len(failed), len(failed))]))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
