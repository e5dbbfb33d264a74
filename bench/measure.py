"""Running the workloads: rounds over all peers in turn, so that a slow minute of the machine hits each of them."""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import prompt
import workloads

SLOW_S = 3.0  # a program that takes longer runs in the first round only
SHORT_S = 0.2  # one that takes less runs three times a round
TIMEOUT_S = 300
STARTS = 10
WITH_PROMPT = ('aio', 'old', 'python')  # that says `>>> `


class Figures:
    """What a run found: samples by row and peer, in the row's unit; what went wrong."""

    def __init__(self, chosen, columns, rounds):
        self.workloads = chosen
        self.columns = columns
        self.rounds = rounds
        self.samples = {}
        self.checks = {}
        self.troubles = []  # a peer could not run a program
        self.wrong = []  # peers computed different things

    def add(self, workload, peer, lines):
        for row, (amount, count, check) in zip(workload.rows, lines):
            scale = workloads.SCALE[row.unit.split('/')[0]]
            self.samples.setdefault((row.name, peer.kind), []).append(amount / count * scale)
            first = self.checks.setdefault(row.name, (peer.label, check))
            if first[1] != check:
                self.wrong.append('%s: %s says %s, %s %s' % (row.name, *first, peer.label, check))

    def value(self, row, kind):
        samples = self.samples.get((row, kind))
        return statistics.median(samples) if samples else None

    def rows(self, folder):
        return [row for w in self.workloads if w.folder == folder for row in w.rows]


def run(chosen, columns, rounds, quick):
    figures = Figures(chosen, columns, rounds)
    cells = [(workload, peer) for workload in chosen for peer in columns]
    for turn in range(rounds):
        again = []
        for workload, peer in cells:
            progress('round %d of %d: %s, %s' % (turn + 1, rounds, workload.program, peer.label))
            size = max(1, int(workload.size * workload.quick)) if quick else workload.size
            if fill(figures, workload, peer, size):
                again.append((workload, peer))
        cells = again
    progress('')
    return figures


def fill(figures, workload, peer, size):
    """A round's samples of one cell; -> whether the next round is to run it again."""
    try:
        spent = sample(figures, workload, peer, size)
        if spent < SHORT_S and workload.how == 'program':
            sample(figures, workload, peer, size)
            sample(figures, workload, peer, size)
        return spent < SLOW_S
    except Trouble as e:
        figures.troubles.append('%s, %s: %s' % (workload.rows[0].name, peer.label, e))
        return False


def sample(figures, workload, peer, size):
    """One run of a program; -> its seconds."""
    start = time.perf_counter()
    lines = measure(workload, peer, size)
    if lines is not None:
        figures.add(workload, peer, lines)
    return time.perf_counter() - start


def progress(text):
    if sys.stderr.isatty():
        print('\r\033[K' + text, end='', file=sys.stderr, flush=True)


class Trouble(Exception):
    pass


def measure(workload, peer, size):
    """-> (amount, operations, check) for each row of the workload; None if the peer has no such program, or says by
    printing nothing that it has no equal thing."""
    if workload.how == 'binary':
        return [(stripped_size(peer.command[0]), 1, '')]
    if workload.how == 'terminal':
        return at_the_prompt(peer)
    command = peers.command(peer, workload, size)
    if command is None:
        return None
    return [(whole_process(command), 1, '')] if workload.how == 'process' else printed(command, len(workload.rows))


def printed(command, rows):
    try:
        p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Trouble('more than %d s' % TIMEOUT_S)
    if p.returncode != 0:
        raise Trouble((p.stderr.decode('utf-8', 'replace').strip().splitlines() or ['status %d' % p.returncode])[-1])
    lines = []
    for line in p.stdout.decode().splitlines()[-rows:]:
        amount, count, check = line.split(' ', 2)
        lines.append((float(amount), float(count), check))
    return lines or None


def whole_process(command):
    """Seconds from making the process to its end. The shortest of several: the rest is the machine's noise."""
    best = None
    with open(os.devnull, 'w') as null:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), fd) for fd in (1, 2)]
        for _ in range(STARTS):
            start = time.perf_counter()
            pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
            status = os.waitpid(pid, 0)[1]
            spent = time.perf_counter() - start
            if status != 0:
                raise Trouble('status %d' % os.waitstatus_to_exitcode(status))
            best = spent if best is None else min(best, spent)
    return best


def at_the_prompt(peer):
    if peer.kind not in WITH_PROMPT:
        return None
    try:
        found = [prompt.measure(peer.command + ['-q']) for _ in range(STARTS)]
    except prompt.Closed as e:
        raise Trouble(str(e))
    return [(min(up for up, _ in found), 1, ''), (min(line for _, line in found), 1, '')]


def stripped_size(binary):
    """Bytes of the program and of the shared library of its own language, where it is only a door to that."""
    binary = os.path.realpath(binary)
    name = re.match('[a-z]+', os.path.basename(binary))[0]
    p = subprocess.run(['ldd', binary], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = re.findall(r'lib%s\S* => (\S+)' % name, p.stdout.decode())
    return sum(stripped(path) for path in [binary] + found)


def stripped(path):
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, 'copy')
        shutil.copy(path, copy)
        if shutil.which('strip'):
            subprocess.run(['strip', copy], stderr=subprocess.DEVNULL)
        return os.path.getsize(copy)
