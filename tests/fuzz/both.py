"""Runs programs under aio and under CPython 3.13, both in virtual time, and says which traces differ."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, TESTS)
import normal  # noqa: E402
import record  # noqa: E402

SEPARATOR = '#### '  # as in batch.py
LIBRARY = os.path.join(TESTS, 'order', 'generated', 'tracing.aio')
SECONDS_EACH = 0.5
GIVEN_UP = re.compile(r'^(vclock: |aio: deadlock: ).*\Z', re.M | re.S)
ENV = {'PATH': '/usr/bin:/bin', 'PYTHONHASHSEED': '0', 'PYTHONIOENCODING': 'utf-8', 'PYTHON_COLORS': '0', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}


def alike(trace):
    """What both must share: of tasks that wait for one another in a ring, what is before the recursion's end."""
    return trace.partition('RecursionError')[0].rpartition('\n')[0] if 'RecursionError' in trace else trace


class Both:
    def __init__(self, binary):
        python = record.find_python('3.13')
        if not python:
            sys.exit('no CPython 3.13 here (set PYTHON313)')
        self.commands = ([python, os.path.join(TESTS, 'vclock.py'), '--ordered'], [binary, '--virtual-time'])

    def traces(self, texts):
        """name -> text becomes name -> (CPython's trace, aio's trace)."""
        with ThreadPoolExecutor(2) as pool:
            sides = list(pool.map(lambda command: self.side(command, texts), self.commands))
        return {name: (sides[0][name], sides[1][name]) for name in texts}

    def differing(self, texts):
        traces = self.traces(texts)
        found = {name: pair for name, pair in traces.items() if alike(pair[0]) != alike(pair[1])}
        ring = next((at for at, name in enumerate(traces) if any('RecursionError' in trace for trace in traces[name])), len(texts))
        for name in [name for at, name in enumerate(traces) if at > ring and name in found]:
            # What a program leaves behind that has ended so need not be the same, and is reported in the next ones.
            pair = self.traces({name: texts[name]})[name]
            if alike(pair[0]) == alike(pair[1]):
                del found[name]
            else:
                found[name] = pair
        return found

    def side(self, command, texts):
        found, left = {}, dict(texts)
        while left:
            got, ended = self.process(command, left)
            if not ended:
                # The last one has not ended, or has ended all: it is told apart, and the others go on without it.
                last = list(got)[-1] if got else next(iter(left))
                alone, ends = self.process(command, {last: texts[last]})
                got[last] = alone.get(last, '') + ('' if ends else '(no end)\n')
            for name in got:
                found[name] = got[name]
                left.pop(name, None)
            if ended and left:
                for name in list(left):
                    found[name] = '(not run)\n'
                    del left[name]
        return found

    def process(self, command, texts):
        """-> (name -> trace, whether the last has come to its end)."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(LIBRARY, os.path.join(folder, 'tracing.aio'))
            shutil.copy(os.path.join(HERE, 'batch.py'), os.path.join(folder, 'batch.py'))
            with open(os.path.join(folder, 'programs'), 'w', encoding='utf-8') as f:
                f.writelines(f'{SEPARATOR}{name}\n{text}' for name, text in texts.items())
            try:
                p = subprocess.run(command + ['batch.py', 'programs'], cwd=folder, env=ENV, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20 + SECONDS_EACH * len(texts))
                out, err, status = p.stdout, p.stderr, p.returncode
            except subprocess.TimeoutExpired as e:
                out, err, status = e.stdout or b'', b'', None
            text = normal.normalise(out, folder)
            parts = [part.partition('\n') for part in text.split(SEPARATOR)[1:]]
            got = {name: trace for name, _, trace in parts}
            if status == 3 and got:
                # In virtual time both give up when nothing can ever happen, in words of their own.
                got[list(got)[-1]] = GIVEN_UP.sub('', got[list(got)[-1]]) + '(waits for ever)\n'
            elif status and got:
                got[list(got)[-1]] += f'(status {status})\n' + normal.normalise(err, folder)
            return got, status == 0
