#!/usr/bin/env python3
"""The programs of docs/embedding.md compile without a warning and print what the page says.

usage: tests/embed/run.py AIO BUILD [PATTERN ...]
"""
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
CASES = {}


def page_program(number, source, wanted):
    def case(aio):
        aio.write('program.c', source)
        flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic', '-I' + os.path.join(TOP, 'include')]
        if SANITIZED:
            flags.append('-fsanitize=address,undefined')
        compiler = 'clang' if 'clang' in BUILD else shutil.which('cc') or 'gcc'
        p = subprocess.run([compiler, *flags, 'program.c', '-o', 'program', '-L' + BUILD, '-laiovm',
                            '-Wl,-rpath,' + BUILD], cwd=aio.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if p.returncode != 0:
            yield p.stdout.decode('utf-8', 'replace')
            return
        p = subprocess.run([aio.path('program')], cwd=aio.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=environment(), timeout=SECONDS)
        if p.returncode != 0 or p.stdout.decode() != wanted or p.stderr:
            yield 'status %d, stdout\n%s\nstderr\n%s' % (p.returncode, p.stdout.decode(), p.stderr.decode())
    CASES['program %d of docs/embedding.md' % number] = case


with open(os.path.join(TOP, 'docs', 'embedding.md'), encoding='utf-8') as page:
    blocks = re.findall(r'^```(c|text)\n(.*?)^```$', page.read(), re.M | re.S)
for at, (kind, text) in enumerate(blocks):
    if kind == 'c':
        page_program(at // 2 + 1, text, blocks[at + 1][1])

if __name__ == '__main__':
    sys.exit(run_all(CASES))
