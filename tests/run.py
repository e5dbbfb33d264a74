#!/usr/bin/env python3
"""Run every test, or those whose name holds a PATTERN. The format of script tests is in tests/README.md.

usage: tests/run.py [--build DIR] [--bin AIO] [--jobs N] [--time] [-k PATTERN] [PATTERN ...]
"""
import argparse
import difflib
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path.insert(0, HERE)
import normal  # noqa: E402
import record  # noqa: E402

DIFF_LINES = 40
SANITIZER = re.compile(rb'(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: ')
TALLY = re.compile(r'^(\d+) passed, (\d+) failed', re.M)


class Run:
    """What the tests need to know of this run."""

    def __init__(self, build, binary):
        self.build = build
        self.binary = binary
        options = build_options(build)
        self.sanitized = options.get('b_sanitize', 'none') != 'none'
        self.compiler = os.environ.get('CC', 'cc')
        # How much slower than a plain build: sanitizers, and a collection at every check point.
        self.patience = (8 if self.sanitized else 1) * (6 if options.get('stress') else 1)
        self.env = dict(ASAN_OPTIONS='exitcode=99:allocator_may_return_null=1:detect_leaks=1',
                        LSAN_OPTIONS='exitcode=99', UBSAN_OPTIONS='exitcode=99:print_stacktrace=1')


def build_options(build):
    path = os.path.join(build, 'meson-info', 'intro-buildoptions.json')
    try:
        with open(path, encoding='utf-8') as f:
            return {o['name']: o['value'] for o in json.load(f)}
    except FileNotFoundError:
        return {}


# Each kind of test is a list of (name, function): the function returns (passed, [failure text, ...]).

def script_tests(run):
    if not os.path.exists(run.binary):
        yield 'script tests', lambda: (0, ['no program %s' % run.binary])
        return
    for path in normal.scripts(TOP):
        if os.path.exists(os.path.join(TOP, path[:-len('.aio')] + '.out')):
            spec = normal.Spec(os.path.join(TOP, path))
            for mode in spec.modes():
                name = path if len(spec.modes()) == 1 else '%s (%s)' % (path, mode)
                yield name, lambda spec=spec, mode=mode: patient_test(run, spec, mode)


def patient_test(run, spec, mode):
    """In real time a busy machine can put one sleep behind another: what is also tested in virtual time, where
    nothing depends on the machine, may try three times."""
    tries = 3 if mode == 'real' and spec.run == 'both' else 1
    for _ in range(tries):
        result = script_test(run, spec, mode)
        if not result[1]:
            break
    return result


def script_test(run, spec, mode):
    limit = spec.timeout * run.patience
    try:
        p = subprocess.run(spec.aio_command(run.binary, mode), cwd=spec.folder, input=spec.stdin,
                           env={**spec.environment(), **run.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=limit)
    except subprocess.TimeoutExpired as e:
        return 0, ['no end after %g s; so far:\n%s' % (limit, (e.stdout or b'').decode('utf-8', 'replace')[-1000:])]
    out, err, status = record.kept(spec)
    trouble = []
    for what, want, got in (('stdout', out, normal.normalise(p.stdout, spec.folder)),
                            ('stderr', err, normal.normalise(p.stderr, spec.folder))):
        if spec.bag:
            want, got = normal.bag(want), normal.bag(got)
        if want != got and not (what == 'stderr' and spec.only_stdout):
            trouble.append(difference(want, got, 'CPython ' + what if not spec.by_aio else 'recorded ' + what,
                                      'aio ' + what))
    if p.returncode != status:
        trouble.append('exit status %d, not %d' % (p.returncode, status))
        if spec.only_stdout:
            trouble.append(p.stderr.decode('utf-8', 'replace')[-2000:])
    if SANITIZER.search(p.stderr) and p.returncode == status:
        trouble.append('a sanitizer spoke:\n' + p.stderr.decode('utf-8', 'replace')[-4000:])
    return (0, ['\n'.join(trouble)]) if trouble else (1, [])


def difference(want, got, name_want, name_got):
    lines = list(difflib.unified_diff(want.splitlines(), got.splitlines(), name_want, name_got, n=2, lineterm=''))
    if not lines:
        lines = ['%s and %s differ in the last newline only' % (name_want, name_got)]
    more = len(lines) - DIFF_LINES
    return '\n'.join(lines[:DIFF_LINES] + (['… %d lines more' % more] if more > 0 else []))


def unit_tests(run):
    for path in sorted(glob.glob(os.path.join(run.build, 'tests', 'unit', 'test_*'))):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            yield 'tests/unit/' + os.path.basename(path), lambda path=path: unit_test(run, path)


def unit_test(run, path):
    p = subprocess.run([path, '--jobs=1', '--color=never'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       env={**os.environ, **run.env}, timeout=120 * run.patience)
    text = p.stdout.decode('utf-8', 'replace')
    m = re.search(r'Tested: (\d+) \| Passing: (\d+)', text)
    if p.returncode == 0:
        return (int(m[2]) if m else 1), []
    return (int(m[2]) if m else 0), [text[-4000:]]


def runner_tests(run):
    """Folders with a runner of their own: run.py AIO BUILD prints its failures and then `N passed, N failed`."""
    for path in sorted(glob.glob(os.path.join(HERE, '*', 'run.py'))) if os.path.exists(run.binary) else []:
        folder = os.path.basename(os.path.dirname(path))
        if folder != 'fuzz':
            yield 'tests/' + folder, lambda path=path: runner_test(run, path)


def runner_test(run, path):
    p = subprocess.run([sys.executable, path, run.binary, run.build], stdout=subprocess.PIPE, cwd=TOP,
                       stderr=subprocess.STDOUT, env={**os.environ, **run.env}, timeout=300 * run.patience)
    text = p.stdout.decode('utf-8', 'replace')
    tally = TALLY.findall(text)
    if not tally:
        return (1, []) if p.returncode == 0 else (0, [text[-4000:]])
    passed, failed = map(int, tally[-1])
    if p.returncode != 0 and not failed:
        failed = 1
    return passed, [text[-6000:]] + [''] * (failed - 1) if failed else []


def meta_tests(run):
    sys.path.insert(0, os.path.join(HERE, 'meta'))
    import rules
    for rule in rules.RULES:
        if run.sanitized and rule in rules.OF_PLAIN_BUILDS:
            continue
        yield 'tests/meta/' + rule.__name__, lambda rule=rule: meta_test(run, rule)


def meta_test(run, rule):
    complaints = list(rule(run))
    return (0, ['\n'.join(['%s' % rule.__doc__] + complaints[:20])]) if complaints else (1, [])


def timed(test):
    name, function = test
    start = time.monotonic()
    try:
        passed, failures = function()
    except subprocess.TimeoutExpired as e:
        passed, failures = 0, ['no end after %g s' % e.timeout]
    except Exception as e:  # a broken test is a failed test
        passed, failures = 0, ['%s: %s' % (type(e).__name__, e)]
    return name, passed, failures, time.monotonic() - start


def main():
    # Where Ctrl-C is ignored (nohup, a background job of a script), what the tests start would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('patterns', nargs='*', metavar='PATTERN')
    ap.add_argument('-k', action='append', default=[], metavar='PATTERN')
    ap.add_argument('--build', default=os.path.join(TOP, 'build', 'release'))
    ap.add_argument('--bin', help='the program; default: aio in the build folder')
    ap.add_argument('--jobs', type=int, default=os.cpu_count() or 2)
    ap.add_argument('--time', action='store_true', help='list the slowest')
    ap.add_argument('--brief', action='store_true', help='only the names of what fails')
    options = ap.parse_args()
    build = os.path.abspath(options.build)
    run = Run(build, os.path.abspath(options.bin) if options.bin else os.path.join(build, 'aio'))
    patterns = options.patterns + options.k
    tests = [t for kind in (runner_tests, unit_tests, meta_tests, script_tests) for t in kind(run)
             if not patterns or any(x in t[0] for x in patterns)]
    passed = failed = 0
    times = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, good, failures, seconds in pool.map(timed, tests):
            passed += good
            failed += len(failures)
            times.append((seconds, name))
            if failures:
                print('FAIL %s' % name)
                if not options.brief:
                    print('\n'.join('    ' + line for line in '\n'.join(filter(None, failures)).splitlines()))
                sys.stdout.flush()
    if options.time:
        for seconds, name in sorted(times, reverse=True)[:15]:
            print('%8.2f s  %s' % (seconds, name))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
