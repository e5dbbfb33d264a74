#!/usr/bin/env python3
"""Measure aio beside the peers installed here: interleaved in one run, pinned to one core, medians.

usage: ./dev bench [--quick] [--rounds N] [--floors] [--json FILE] [--markdown FILE] [NAME ...]

A workload is one program per language: NAME.aio (CPython runs the same file), NAME.lua, NAME.js. A program prints
what it measured and how many operations that was: seconds of CPU time, or bytes. Workloads of a whole process are
timed from here, from before the process is made until after it has ended.
"""
import argparse
import glob
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)

# name, file, arguments, unit, what it says
WORKLOADS = [
    ('fib', 'fib', [], 'ns/call', 'fib(32)'),
    ('loop', 'loop', [], 'ns/step', 'a while loop of 30 M integer steps'),
    ('await', 'await_plain', [], 'ns/await', '`await f()` that does not suspend'),
    ('sleep0', 'sleep0', [], 'ns/switch', '`await sleep(0)` in 100 tasks'),
    ('gather', 'gather', [], 'ns/task', 'create and gather a million tasks'),
    ('nested1', 'nested', ['1'], 'ns/resume', 'resume below 1 await'),
    ('nested1000', 'nested', ['1000'], 'ns/resume', 'resume below 1,000 awaits'),
    ('memory', 'memory', ['future'], 'bytes/task', 'a million tasks suspended on a future'),
    ('memory-sleep', 'memory', ['sleep'], 'bytes/task', 'a million tasks in sleep()'),
    ('hello', 'hello', [], 'ms', '`print("hi")`, the whole process'),
    ('run-empty', 'run_empty', [], 'ms', '`asyncio.run(main())`, the whole process'),
]
WHOLE_PROCESS = ('hello', 'run-empty')
ENDING = {'aio': '.aio', 'python': '.aio', 'lua': '.lua', 'luajit': '.lua', 'node': '.js'}

# What the figures must at least be: workload, peer (None: a bound of its own), bound on aio's figure / the peer's.
FLOORS = [
    ('fib', 'lua', 1.0), ('loop', 'lua', 1.0),
    ('await', 'python', 1 / 3), ('sleep0', 'python', 1 / 10), ('gather', 'python', 1 / 10),
    ('nested1000', 'nested1', 1.2), ('memory', None, 400), ('hello', None, 2.0),
]


def newest_python():
    found = glob.glob(os.path.expanduser('~/.pyenv/versions/3.*/bin/python3'))
    if found:
        return max(found, key=lambda p: [int(n) for n in p.split('/')[-3].split('.') if n.isdigit()])
    return shutil.which('python3')


def peers(binary):
    """-> {kind: (label, command)}"""
    found = {'aio': ('aio', [binary])}
    python = newest_python()
    if python:
        found['python'] = (version([python, '-VV']).split(' (')[0].replace('Python', 'CPython'), [python])
    for kind, name, flags in (('lua', 'lua5.4', []), ('luajit', 'luajit', ['-joff'])):
        if shutil.which(name):
            label = ' '.join(version([name, '-v']).split()[:2])
            found[kind] = (label + ''.join(' ' + f for f in flags), [shutil.which(name)] + flags)
    if shutil.which('node'):
        found['node'] = ('node ' + version(['node', '--version']), [shutil.which('node')])
    return found


def version(command):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.stdout.decode().strip().splitlines()[0]


def whole_process(command):
    """Milliseconds from making the process to its end. The shortest of several: the rest is the machine's noise."""
    best = None
    with open(os.devnull, 'w') as null:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), 1)]
        for _ in range(10):
            start = time.perf_counter()
            pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
            status = os.waitpid(pid, 0)[1]
            spent = time.perf_counter() - start
            if status != 0:
                raise RuntimeError('exit status %d' % (status >> 8))
            best = spent if best is None else min(best, spent)
    return best * 1e3


def measure(workload, kind, command):
    """One figure in the workload's unit; None if this peer has no such program."""
    name, file, args, unit, _ = workload
    path = os.path.join(HERE, file + ENDING[kind])
    if not os.path.exists(path):
        return None
    command = command + [path] + args
    if name in WHOLE_PROCESS:
        return whole_process(command)
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if p.returncode != 0:
        raise RuntimeError(p.stderr.decode('utf-8', 'replace').strip()[-400:])
    amount, count = p.stdout.decode().split()[-2:]
    return float(amount) / float(count) * (1e9 if unit.startswith('ns') else 1)


def show(value):
    return '' if value is None else '%.0f' % value if value >= 100 else '%.1f' % value if value >= 10 else '%.2f' % value


def table(names, columns, figures, markdown=False):
    rows = [['', 'unit'] + [label for _, (label, _) in columns]]
    for name, _, _, unit, text in WORKLOADS:
        if name in names:
            mine = figures.get((name, 'aio'))
            row = [text if markdown else text.replace('`', ''), unit]
            for kind, _ in columns:
                value = figures.get((name, kind))
                ratio = '' if kind == 'aio' or value is None or not mine else ' (%sx)' % show(value / mine)
                row.append(show(value) + ratio)
            rows.append(row)
    if markdown:
        lines = ['| ' + ' | '.join(r) + ' |' for r in rows]
        return '\n'.join([lines[0], '|---|---|' + '---:|' * len(columns)] + lines[1:])
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return '\n'.join('  '.join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths)))
                     for r in rows)


def floors(figures):
    missed = 0
    for name, peer, bound in FLOORS:
        mine = figures.get((name, 'aio'))
        other = 1.0 if peer is None else figures.get((peer, 'aio')) or figures.get((name, peer))
        if mine is None or other is None:
            continue
        good = mine / other <= bound
        missed += not good
        against = 'at most %s' % show(bound) if peer is None else 'at most %.2f of %s' % (bound, peer)
        print('  %-11s %s: %s  %s' % (name, against, show(mine / other), 'ok' if good else 'MISSED'))
    return missed


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('names', nargs='*', metavar='NAME', choices=[w[0] for w in WORKLOADS] + [[]])
    ap.add_argument('--bin', default=os.path.join(TOP, 'build', 'release', 'aio'))
    ap.add_argument('--rounds', type=int, default=5)
    ap.add_argument('--quick', action='store_true', help='one round')
    ap.add_argument('--floors', action='store_true', help='exit with 1 if a figure misses its floor')
    ap.add_argument('--json', metavar='FILE')
    ap.add_argument('--markdown', metavar='FILE')
    ap.add_argument('--only', action='append', metavar='PEER', help='aio, python, lua, luajit, node')
    options = ap.parse_args()
    names = options.names or [w[0] for w in WORKLOADS]
    columns = [(k, v) for k, v in peers(options.bin).items() if not options.only or k in options.only]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    samples, troubles = {}, set()
    for _ in range(1 if options.quick else options.rounds):
        for workload in WORKLOADS:
            if workload[0] not in names:
                continue
            for kind, (label, command) in columns:
                try:
                    value = measure(workload, kind, command)
                except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as e:
                    troubles.add('%s, %s: %s' % (workload[0], label, e))
                    continue
                if value is not None:
                    samples.setdefault((workload[0], kind), []).append(value)
    figures = {key: statistics.median(values) for key, values in samples.items()}
    print(table(names, columns, figures))
    print('\nIn brackets: the peer\'s figure divided by aio\'s. %s, %d round%s.' % (
        cpu(), 1 if options.quick else options.rounds, '' if options.quick else 's'))
    for trouble in sorted(troubles):
        print('did not run: ' + trouble)
    print('\nfloors:')
    missed = floors(figures)
    if options.json:
        with open(options.json, 'w') as f:
            json.dump({'cpu': cpu(), 'peers': {k: v[0] for k, v in columns},
                       'samples': {'%s/%s' % key: values for key, values in samples.items()}}, f, indent=1)
    if options.markdown:
        with open(options.markdown, 'w') as f:
            f.write(table(names, columns, figures, markdown=True) + '\n')
    return 1 if options.floors and (missed or troubles) else 0


def cpu():
    try:
        with open('/proc/cpuinfo') as f:
            return next(line.split(':')[1].strip() for line in f if line.startswith('model name'))
    except (OSError, StopIteration):
        return platform.machine()


if __name__ == '__main__':
    sys.exit(main())
