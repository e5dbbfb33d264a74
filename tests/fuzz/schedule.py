#!/usr/bin/env python3
"""Random programs of tasks under aio and under CPython 3.13, both in virtual time: their traces must be the same.

usage: ./dev fuzz --schedule [SECONDS]
       tests/fuzz/schedule.py [--first SEED] [--count N] [--jobs N] [SECONDS]
       tests/fuzz/schedule.py --shrink SEED or FILE    the smallest program found that still differs
       tests/fuzz/schedule.py --write FOLDER --first SEED --count N    programs for tests/order, to be recorded

programs.py makes the programs, batch.py runs many of them in one process, shrink.py makes small ones of those that differ.
CPython walks its sets of tasks in order of creation here (tests/ordered.py), for that order is arbitrary.
"""
import argparse
import difflib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import both  # noqa: E402
import programs  # noqa: E402
import shrink  # noqa: E402

BATCH = 100
SHOWN = 5  # differences
NAMED = 50
LONGEST = 64  # lines of a program that is kept, and of its trace
DIFF_LINES = 30


def batches(first, count, seconds):
    """Lists of seeds, until the number or the time is reached."""
    end = time.monotonic() + seconds if seconds else None
    seed = first
    while (end is None or time.monotonic() < end) and (count is None or seed < first + count):
        size = BATCH if count is None else min(BATCH, first + count - seed)
        yield range(seed, seed + size)
        seed += size


def search(options):
    pair = both.Both(options.bin)
    runs, found, start = 0, [], time.monotonic()

    def check(seeds):
        return len(seeds), pair.differing({f'p{seed}.aio': programs.write(seed) for seed in seeds})

    with ThreadPoolExecutor(options.jobs) as pool:
        waves = iter(batches(options.first, options.count, options.seconds))
        while True:
            wave = [seeds for _, seeds in zip(range(options.jobs), waves)]
            if not wave:
                break
            for number, differing in pool.map(check, wave):
                runs += number
                for name, traces in differing.items():
                    found.append(name)
                    report(name, traces, len(found))
    print(f'schedule: {runs} programs in {time.monotonic() - start:.0f} s, {len(found)} differ', flush=True)
    return 1 if found else 0


def report(name, traces, found=1):
    if found <= NAMED:
        print(f'DIFFERS {name}: --shrink {name[1:-4]}')
    if found <= SHOWN:
        lines = list(difflib.unified_diff(traces[0].splitlines(), traces[1].splitlines(), 'CPython', 'aio', n=2, lineterm=''))
        print('\n'.join('    ' + line for line in lines[:DIFF_LINES]))
    sys.stdout.flush()


def shrink_one(options):
    pair = both.Both(options.bin)
    name, text = options.shrink, None
    if os.path.exists(name):
        with open(name, encoding='utf-8') as f:
            text = f.read()
    else:
        text = programs.write(int(name))

    def holds(text):
        traces = pair.traces({'p.aio': text})['p.aio']
        return both.alike(traces[0]) != both.alike(traces[1]) and 'SyntaxError' not in traces[0] and 'NameError' not in traces[0]

    if not holds(text):
        print('no difference')
        return 0
    text = shrink.smaller(text, holds)
    print(text)
    report('p0.aio', pair.traces({'p.aio': text})['p.aio'])
    return 1


def is_worth_keeping(text, trace):
    """Short, and much happens: cancellations, errors, several tasks."""
    lines = trace.splitlines()
    speakers = {line.split(' ')[1] for line in lines if line.count(' ') > 1}
    return (text.count('\n') <= LONGEST and 8 <= len(lines) <= LONGEST and len(speakers) >= 3 and
            not any(word in trace for word in ('RecursionError', 'waits for ever', 'NameError', 'SyntaxError')))


def write(options):
    pair = both.Both(options.bin)
    os.makedirs(options.write, exist_ok=True)
    kept, seed = 0, options.first
    while kept < (options.count or 1):
        texts = {f'{n:04}.aio': programs.write(n) for n in range(seed, seed + BATCH)}
        seed += BATCH
        for name, traces in pair.traces(texts).items():
            if kept < (options.count or 1) and traces[0] == traces[1] and is_worth_keeping(texts[name], traces[0]):
                kept += 1
                with open(os.path.join(options.write, name), 'w', encoding='utf-8') as f:
                    f.write(texts[name])
    return 0


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('seconds', type=float, nargs='?')
    ap.add_argument('--bin', default=os.path.join(TOP, 'build', 'release', 'aio'))
    ap.add_argument('--first', type=int, default=int(time.time()) * 1000, metavar='SEED', help='default: new ones each time')
    ap.add_argument('--count', type=int)
    ap.add_argument('--jobs', type=int, default=1)
    ap.add_argument('--shrink', metavar='SEED')
    ap.add_argument('--write', metavar='FOLDER')
    options = ap.parse_args()
    options.bin = os.path.abspath(options.bin)
    if options.shrink:
        return shrink_one(options)
    if options.write:
        return write(options)
    if not options.seconds and not options.count:
        options.seconds = 60
    return search(options)


if __name__ == '__main__':
    sys.exit(main())
