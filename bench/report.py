"""The figures of a run as a table, as Markdown and as JSON."""
import datetime
import json
import math
import platform

import workloads


def number(value):
    if value is None:
        return ''
    return '{:,.0f}'.format(value) if value >= 100 else '%.1f' % value if value >= 10 else '%.2f' % value


def cell(figures, row, peer):
    """The peer's figure and, in brackets, how many times aio's it is."""
    value = figures.value(row, peer.kind)
    mine = figures.value(row, figures.columns[0].kind)
    if value is None or peer is figures.columns[0] or not mine:
        return number(value)
    return '%s (%sx)' % (number(value), number(value / mine))


def mean_ratio(figures, kind, rows):
    """Geometric mean of aio's figures divided by the peer's, over the rows that both have; None without any."""
    pairs = [(figures.value(row.name, figures.columns[0].kind), figures.value(row.name, kind)) for row in rows]
    logs = [math.log(mine / other) for mine, other in pairs if mine and other]
    return math.exp(sum(logs) / len(logs)) if logs else None


def lines(figures, folder):
    """The rows of a folder as lists of cells, the heading first."""
    rows = figures.rows(folder)
    result = [[workloads.FOLDERS[folder], ''] + [peer.label for peer in figures.columns]]
    for row in rows:
        result.append([row.text, row.unit] + [cell(figures, row.name, peer) for peer in figures.columns])
    if folder == 'core' and len(rows) > 1 and len(figures.columns) > 1:
        means = [mean_ratio(figures, peer.kind, rows) for peer in figures.columns[1:]]
        result.append(['geometric mean of aio / peer', '', ''] + [number(mean) for mean in means])
    return result


def folders(figures):
    return [f for f in workloads.FOLDERS if figures.rows(f)]


def table(figures):
    tables = [lines(figures, folder) for folder in folders(figures)]
    widths = [max(len(line[i]) for t in tables for line in t) for i in range(len(figures.columns) + 2)]
    text = []
    for t in tables:
        for line in t:
            cells = [c.replace('`', '').ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in
                     enumerate(zip(line, widths))]
            text.append('  '.join(cells).rstrip())
        text.append('')
    return '\n'.join(text)


def footnote(figures):
    text = "In brackets: the peer's figure divided by aio's. %s, median of %d round%s, %s." % (
        cpu(), figures.rounds, '' if figures.rounds == 1 else 's', datetime.date.today())
    notes = ['did not run: ' + trouble for trouble in sorted(set(figures.troubles))]
    notes += ['NOT THE SAME RESULT: ' + wrong for wrong in sorted(set(figures.wrong))]
    return '\n'.join([text] + notes)


def as_markdown(figures):
    text = []
    for folder in folders(figures):
        head, *rest = lines(figures, folder)
        text += ['| ' + ' | '.join(head) + ' |', '|---|---|' + '---:|' * len(figures.columns)]
        text += ['| ' + ' | '.join(line) + ' |' for line in rest] + ['']
    return '\n'.join(text + [footnote(figures).splitlines()[0]]) + '\n'


def as_json(figures):
    return json.dumps({
        'cpu': cpu(),
        'date': str(datetime.date.today()),
        'peers': {peer.kind: peer.label for peer in figures.columns},
        'rows': {row.name: {'unit': row.unit, 'text': row.text} for w in figures.workloads for row in w.rows},
        'samples': {'%s/%s' % key: values for key, values in figures.samples.items()},
    }, indent=1) + '\n'


def cpu():
    try:
        with open('/proc/cpuinfo') as f:
            return next(line.split(':')[1].strip() for line in f if line.startswith('model name'))
    except (OSError, StopIteration):
        return platform.machine()
