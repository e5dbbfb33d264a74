#!/usr/bin/env python3
"""Runs CPython's own tests of asyncio (Debian's libpython3.11-testsuite) with aio: upstream.py AIO [FILE ...].

tests.txt lists the tests that count: those that CPython 3.13 passes when it runs these files, one twin of each pair of C
and Python classes, no networks and no processes (record.py makes it). exceptions.txt lists those that aio need not pass, each with
its reason. Fails when a test fails that is no exception.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = '/usr/lib/python3.11/test/test_asyncio'
LIMIT = 240  # seconds for a file


def lines(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return [line.rstrip('\n') for line in f if line.strip() and not line.startswith('#')]


def listed():
    """file -> its tests."""
    files = {}
    for line in lines('tests.txt'):
        file, test = line.split()
        files.setdefault(file, []).append(test)
    return files


def exceptions():
    """(file, test) -> reason."""
    found = {}
    for line in lines('exceptions.txt'):
        name, _, reason = line.partition('#')
        found[tuple(name.split())] = reason.strip()
    return found


def run(program, file, tests):
    """The tests of a file that pass, and what the program has written."""
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as f:
        f.write('\n'.join(tests))
        f.flush()
        env = {**os.environ, 'UPSTREAM_TESTS': FOLDER, 'PYTHONDONTWRITEBYTECODE': '1'}
        try:
            done = subprocess.run([program, os.path.join(HERE, 'main.py'), file, f.name], env=env, timeout=LIMIT,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, err = done.stdout, done.stderr
        except subprocess.TimeoutExpired as e:
            out, err = e.stdout or b'', (e.stderr or b'') + b'\nno end after %d s\n' % LIMIT
    passed = {line.split(' ', 1)[1] for line in out.decode('utf-8', 'replace').splitlines()
              if line.startswith('passed ')}
    return passed & set(tests), err.decode('utf-8', 'replace')


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('program', help='aio')
    ap.add_argument('files', nargs='*', help='test_tasks ...; default: all')
    ap.add_argument('--jobs', type=int, default=os.cpu_count() or 2)
    ap.add_argument('--log', metavar='DIR', help='keep what each file has written')
    options = ap.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs this may ignore it, the tests need it
    if not os.path.isdir(FOLDER):
        sys.exit(f'no {FOLDER}: install libpython3.11-testsuite')
    files = {file: tests for file, tests in listed().items() if not options.files or file in options.files or file[5:] in options.files}
    known, trouble, total = exceptions(), 0, [0, 0]
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda file: run(options.program, file, files[file]), files)
        for file, (passed, err) in zip(files, results):
            if options.log:
                with open(os.path.join(options.log, file + '.log'), 'w', encoding='utf-8') as f:
                    f.write(err)
            tests = files[file]
            failed = [test for test in tests if test not in passed]
            print(f'{file:20} {len(passed):4} of {len(tests):4}  {100 * len(passed) / len(tests):5.1f} %', flush=True)
            total[0] += len(passed)
            total[1] += len(tests)
            for test in failed:
                if (file, test) not in known:
                    print(f'    FAIL {test}')
                    trouble += 1
            for test in passed:
                if (file, test) in known:
                    print(f'    passes, and is an exception no longer: {test}')
    print(f"{'all':20} {total[0]:4} of {total[1]:4}  {100 * total[0] / max(1, total[1]):5.1f} %")
    return 1 if trouble or not total[1] else 0


if __name__ == '__main__':
    sys.exit(main())
