"""How cost grows with size: each curve's program runs at several sizes, and its cost an element must not grow.

What is flat by design grows a little all the same, for larger things lie in slower memory; a heap of timers grows with
the logarithm. Both stay far below what a cost that is really proportional to the size would show, so the exponent of
growth (0: constant, 1: proportional to the size) is held against one bound.
"""
import math
import os
import tempfile
from typing import NamedTuple

import measure
import peers
import svg

PICTURE = os.path.join(peers.TOP, 'docs', 'performance-curves.svg')
BOUND = 0.35
THOUSANDS = {1: '1', 10: '10', 100: '100', 1000: '1k', 10_000: '10k', 100_000: '100k', 1_000_000: '1M',
             10_000_000: '10M'}


class Curve(NamedTuple):
    name: str
    title: str
    unit: str
    sizes: tuple
    work: int  # elements in all: a small size is repeated until it has done as many


def sizes(first, last):
    return tuple(10 ** n for n in range(first, last + 1))


CURVES = [
    Curve('tasks', 'tasks created and gathered', 'ns a task', sizes(3, 6), 500_000),
    Curve('suspended', 'tasks suspended and woken', 'ns a task', sizes(3, 6), 500_000),
    Curve('timers', 'timers at once', 'ns a timer', sizes(3, 6), 500_000),
    Curve('depth', 'depth of awaits', 'ns a resume', sizes(0, 4), 0),
    Curve('dict', 'dict, inserted and looked up', 'ns an item', sizes(3, 7), 2_000_000),
    Curve('list', 'list, appended, read, popped', 'ns an item', sizes(3, 7), 5_000_000),
    Curve('string', 'string built by +=', 'ns a character', sizes(3, 7), 5_000_000),
    Curve('modules', 'modules imported', 'us a module', sizes(1, 4), 0),
    Curve('source', 'lines compiled', 'ns a line', sizes(2, 6), 200_000),
]
RESUMES = 300_000


def named(names):
    return [curve for curve in CURVES if not names or curve.name in names]


def times(curve, size):
    if curve.name == 'depth':
        return RESUMES
    return max(1, curve.work // size)


def point(curve, size, binary):
    """The cost of one element, in the curve's unit: the best of three."""
    found = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(peers.HERE, 'curves', curve.name + '.aio')
            command = [binary, path, str(size), str(times(curve, size)), folder]
            (amount, count, _), = measure.printed(command, 1)
        found.append(amount / count * (1e6 if curve.unit.startswith('us') else 1e9))
    return min(found)


def exponent(points):
    """The slope of cost over size with both as logarithms (least squares)."""
    logs = [(math.log(size), math.log(cost)) for size, cost in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def run(chosen, binary):
    """Prints the curves; returns how many grow more than they should. All of them together are drawn, too."""
    panels, bad = [], 0
    for curve in chosen:
        measure.progress('curve: ' + curve.name)
        points = [(size, point(curve, size, binary)) for size in curve.sizes]
        measure.progress('')
        growth = exponent(points)
        bad += growth > BOUND
        print('%-10s %-15s %s   size^%.2f  %s' % (
            curve.name, curve.unit, '  '.join('%s: %.4g' % (THOUSANDS[size], cost) for size, cost in points), growth,
            'ok' if growth <= BOUND else 'GROWS'))
        panels.append(svg.Panel(curve.title, curve.unit, [(THOUSANDS[size], cost) for size, cost in points]))
    if len(chosen) == len(CURVES):
        with open(PICTURE, 'w') as f:
            f.write(svg.picture(panels))
        print('drawn in ' + os.path.relpath(PICTURE, peers.TOP))
    return bad
