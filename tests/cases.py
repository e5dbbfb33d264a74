"""What the runners of tests/cli and tests/limits share: running the program on a script and judging what came.

A case is a generator function: it yields complaints. A runner is called as run.py AIO BUILD [PATTERN].
"""
import os
import re
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor

SANITIZER = re.compile(r'(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: ')
# Figures are for a plain build; a sanitizer makes everything slower.
BUILD = sys.argv[2] if len(sys.argv) > 2 else ''
PATIENCE = 50 if 'stress' in BUILD else 10 if 'sanitize' in BUILD else 1
SECONDS = 20 * PATIENCE


class Got:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return 'status %d\nstdout: %s\nstderr: %s' % (self.status, self.out[-600:], self.err[-1500:])


class Aio:
    """The program, in a folder of its own."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        if isinstance(content, str):
            content = content.encode('utf-8', 'surrogateescape')
        with open(self.path(name), 'wb') as f:
            f.write(content)
        return name

    def run(self, *args, stdin=b'', seconds=SECONDS, preexec=None):
        p = subprocess.run([self.binary, *args], cwd=self.folder, input=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=seconds, env=environment(), preexec_fn=preexec)
        return Got(p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace'))

    def script(self, content, *args, **options):
        return self.run(self.write('script.aio', content), *args, **options)


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PYTHON', 'AIO'))}
    env.update(PYTHONHASHSEED='0', LC_ALL='C.UTF-8')
    return env


def expect(got, status=0, out=None, err=None):
    """Complaints about a run: exit status (or a set of them), exact stdout, a pattern that stderr's text must match."""
    statuses = status if isinstance(status, (set, tuple)) else {status}
    if got.status not in statuses:
        yield 'exit status %d, expected %s\n%s' % (got.status, '/'.join(map(str, sorted(statuses))), got)
    if out is not None and got.out != out:
        yield 'stdout %r, expected %r\n%s' % (got.out[-300:], out, got.err[-600:])
    if err is not None and not re.search(err, got.err, re.M):
        yield 'stderr does not show %r\n%s' % (err, got)
    if SANITIZER.search(got.err):
        yield 'a sanitizer spoke\n%s' % got


def judge(binary, name, case):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return name, list(case(Aio(binary, folder)))
        except subprocess.TimeoutExpired as e:
            return name, ['no end after %g s' % e.timeout]
        except Exception:
            return name, [traceback.format_exc()]


def run_all(cases):
    """cases: {name: generator function of an Aio}. Prints failures and the tally; returns the exit status."""
    binary = os.path.abspath(sys.argv[1])
    patterns = sys.argv[3:]
    chosen = [(n, c) for n, c in cases.items() if not patterns or any(p in n for p in patterns)]
    failed = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, complaints in pool.map(lambda nc: judge(binary, *nc), chosen):
            if complaints:
                failed += 1
                print('%s: %s' % (name, '\n'.join(complaints)))
    print('%d passed, %d failed' % (len(chosen) - failed, failed))
    return 1 if failed else 0
