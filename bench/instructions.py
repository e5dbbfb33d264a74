"""Counting instructions instead of seconds: perf where the machine lets it, else callgrind (fifty times slower).

A program runs at two small sizes; the difference of the counts over the difference of the operations leaves out what
starting, importing and compiling cost.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import measure
import peers


def counter():
    """A function from a command to its instructions and its output, None if there is nothing to count with."""
    for tool in perf, callgrind:
        if shutil.which(tool.__name__ if tool is perf else 'valgrind') and tool(['true'])[0]:
            return tool
    return None


def perf(command):
    p = subprocess.run(['perf', 'stat', '-x', ',', '-e', 'instructions:u', '--'] + command, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    found = re.search(r'^(\d+),[^\n]*instructions', p.stderr.decode(), re.M)
    return int(found[1]) if found else None, p.stdout.decode(), p.returncode


def callgrind(command):
    with tempfile.TemporaryDirectory() as folder:
        p = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=' + os.path.join(folder, 'out')] +
                           command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    found = re.search(r'Collected : (\d+)', p.stderr.decode())
    return int(found[1]) if found else None, p.stdout.decode(), p.returncode


def count(chosen, columns):
    """-> Figures whose samples are instructions an operation; a start-up counts as one operation."""
    tool = counter()
    if tool is None:
        sys.exit('neither perf nor valgrind can count instructions here')
    counted = [w._replace(rows=(w.rows[0]._replace(unit=unit(w)),)) for w in chosen
               if w.how == 'process' or w.counted]
    figures = measure.Figures(counted, columns, 1)
    for workload in counted:
        for peer in columns:
            if peers.command(peer, workload, 1) is None:
                continue
            measure.progress('counting: %s, %s' % (workload.program, peer.label))
            value = process(tool, peer, workload) if workload.how == 'process' else operation(tool, peer, workload)
            if value is None:
                figures.troubles.append('%s, %s: it failed' % (workload.rows[0].name, peer.label))
            else:
                figures.samples[workload.rows[0].name, peer.kind] = [value]
    measure.progress('')
    return figures


def unit(workload):
    return '/'.join(['instructions'] + workload.rows[0].unit.split('/')[1:])


def process(tool, peer, workload):
    total, _, status = tool(peers.command(peer, workload, 1))
    return None if status else total


def operation(tool, peer, workload):
    points = []
    for size in workload.counted:
        total, output, status = tool(peers.command(peer, workload, size))
        if status:
            return None
        points.append((total, float(output.split()[-2])))
    (low, few), (high, many) = points
    return (high - low) / (many - few)
