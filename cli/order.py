#!/usr/bin/env python3
"""Writes cli/order.txt: the sections that a start of the program touches, for the linker to put them side by side.

The kernel maps a program's file in windows of 64 KB, and each window that a start touches costs time and counts as
resident. Valgrind's lackey says which functions and tables are touched, in the order of first use. A name that the linker
does not find is ignored, so the list may be older than the code; `./dev order` renews it.
"""
import bisect
import os
import re
import subprocess
import sys
import tempfile

SCRIPTS = {'hello': 'print("hi")\n', 'run': 'import asyncio\nasync def main(): pass\nasyncio.run(main())\n'}
CODE = ['.text.%s', '.text.unlikely.%s', '.text.startup.%s', '.rodata.%s']  # with a function's jump table
DATA = ['.data.rel.ro.local.%s', '.data.rel.ro.%s', '.rodata.%s']
COMMON = 3  # a name that more objects than this have says nothing


def symbols(binary):
    """Addresses, sizes, names and kinds (nm's letters) of what is in the program, by address."""
    out = subprocess.run(['nm', '-n', '-S', '--defined-only', binary], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split() for line in out.splitlines()]
    return [(int(r[0], 16), int(r[1], 16), r[3], r[2]) for r in rows if len(r) == 4]


def sections(library):
    """How often each section of code or data is there, by name."""
    out = subprocess.run(['objdump', '-h', library], stdout=subprocess.PIPE, check=True).stdout.decode()
    found = {}
    for name in re.findall(r'^ +[0-9]+ (\.\S+)', out, re.M):
        found[name] = found.get(name, 0) + 1
    return found


def touched(binary, script):
    """Each address that is read, written or executed, once, in the order of first use."""
    with tempfile.TemporaryDirectory() as folder:
        path, log = os.path.join(folder, 'start.aio'), os.path.join(folder, 'log')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(script)
        subprocess.run(['valgrind', '--tool=lackey', '--trace-mem=yes', '--log-file=' + log, binary, path],
                       stdout=subprocess.DEVNULL, check=True)
        with open(log, encoding='ascii', errors='replace') as f:
            return dict.fromkeys(int(m[1], 16) for m in re.finditer(r'^[I ][ LSM] +([0-9a-f]+),', f.read(), re.M))


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: order.py BUILD ORDER.txt')
    program = os.path.join(sys.argv[1], 'aio')
    there = sections(os.path.join(sys.argv[1], 'libaiovm.a'))
    known = symbols(program)
    starts = [s[0] for s in known]
    order = {}
    for script in SCRIPTS.values():
        for address in touched(program, script):
            i = bisect.bisect_right(starts, address) - 1
            start, size, name, kind = known[i] if i >= 0 else (0, 0, '', '')
            if address < start + size:
                for form in CODE if kind in 'tT' else DATA if kind in 'dDrR' else []:
                    order[form % name] = True
    with open(sys.argv[2], 'w', encoding='ascii') as f:
        f.write(''.join(s + '\n' for s in order if 0 < there.get(s, 0) <= COMMON))


if __name__ == '__main__':
    main()
