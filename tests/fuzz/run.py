#!/usr/bin/env python3
"""Run the libFuzzer targets: SECONDS for each, as many at once as there are cores.

usage: ./dev fuzz SECONDS [TARGET ...]

The corpus is kept under build/fuzz/corpus, seeded from the samples and the tests; what a target finds lies in
build/fuzz/findings and makes the exit status 1. To see a finding again: build/fuzz/tests/fuzz/fuzz_TARGET FILE.
"""
import argparse
import glob
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LARGEST_SEED = 8192
MAX_LEN = 4096


def seed(corpus):
    """Copies every script of the tree that is not too long, named by its content, so that seeding again adds nothing."""
    os.makedirs(corpus, exist_ok=True)
    for root in ('samples', 'tests', 'stdlib'):
        for path in glob.glob(os.path.join(TOP, root, '**', '*.aio'), recursive=True):
            with open(path, 'rb') as f:
                data = f.read()
            if len(data) <= LARGEST_SEED:
                with open(os.path.join(corpus, hashlib.sha1(data).hexdigest()), 'wb') as f:
                    f.write(data)


def run(build, target, seconds):
    """-> (target, exit status, last lines)"""
    name = re.sub('^fuzz_', '', os.path.basename(target))
    corpus = os.path.join(build, 'corpus', name)
    findings = os.path.join(build, 'findings', name) + os.sep
    if name == 'api':  # its input is no text
        os.makedirs(corpus, exist_ok=True)
    else:
        seed(corpus)
    os.makedirs(findings, exist_ok=True)
    known = set(os.listdir(findings))
    env = dict(os.environ, ASAN_OPTIONS='allocator_may_return_null=1:detect_leaks=1',
               UBSAN_OPTIONS='print_stacktrace=1')
    with open(os.path.join(build, name + '.log'), 'wb') as log:
        status = subprocess.run(
            [target, corpus, '-max_total_time=%d' % seconds, '-timeout=25', '-rss_limit_mb=2560',
             '-max_len=%d' % MAX_LEN, '-dict=' + os.path.join(HERE, 'aio.dict'), '-artifact_prefix=' + findings,
             '-print_final_stats=1', '-close_fd_mask=1'], cwd=build, env=env, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, timeout=seconds + 600).returncode
    with open(os.path.join(build, name + '.log'), errors='replace') as f:
        text = f.read()
    runs = re.findall(r'number_of_executed_units: *(\d+)', text)
    found = sorted(set(os.listdir(findings)) - known)
    return name, status, int(runs[-1]) if runs else 0, [findings + f for f in found], text


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('seconds', type=int)
    ap.add_argument('targets', nargs='*')
    ap.add_argument('--build', default=os.path.join(TOP, 'build', 'fuzz'))
    options = ap.parse_args()
    options.build = os.path.abspath(options.build)
    programs = [p for p in sorted(glob.glob(os.path.join(options.build, 'tests', 'fuzz', 'fuzz_*')))
                if os.path.isfile(p) and os.access(p, os.X_OK)]
    if options.targets:
        wanted = [re.sub('^fuzz_', '', t) for t in options.targets]
        programs = [p for p in programs if os.path.basename(p)[len('fuzz_'):] in wanted]
    if not programs:
        sys.exit('fuzz: no such target')
    bad = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, status, runs, found, text in pool.map(lambda p: run(options.build, p, options.seconds), programs):
            print('fuzz %s: %d runs, %s' % (name, runs, 'nothing found' if status == 0 else 'FOUND'))
            if status != 0:
                bad = 1
                print('\n'.join(text.splitlines()[-60:]))
                print('\n'.join(found))
    return bad


if __name__ == '__main__':
    sys.exit(main())
