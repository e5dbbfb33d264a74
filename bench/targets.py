"""What aio's figures must reach, as ratios to the peers of the same run."""
import report

# Rows of async/ and start/ and what they may at most be of CPython's figure. Besides, each must be ahead of every
# installed interpreter without a JIT; of node, with its JIT, where that does the equal thing.
OF_CPYTHON = {
    'await': 22 / 132, 'sleep0-1': 40 / 1205, 'sleep0': 40 / 1205, 'gather': 70 / 4474, 'queue': 100 / 6858,
    'call-later': 150 / 1921, 'sleeps': 0.15 / 5.5, 'suspended': 270 / 912, 'suspended-create + suspended-wake': 0.7 / 9,
    'on-event-create + on-event-wake': 0.7 / 9,
    'tree-none-gather': 0.09 / 0.473, 'tree-io-gather': 0.20 / 1.10, 'hello': 0.8 / 12.5, 'run-empty': 1.0 / 62,
    'resident': 2.5 / 9.3,
}
MICROTASKS = ('await', 'sleep0-1', 'sleep0', 'gather')
# A row's program is the nearest thing that the peer has, not the same: a call that can suspend but is no coroutine.
NOT_EQUAL = {('await', 'lua'), ('await', 'luajit-joff'), ('await', 'luajit')}
OF_DEPTH_1 = 1.05
CORE_OF_CPYTHON = 0.40
CORE_OF_LUA = 1.05
BYTES_A_TASK = 400  # of any machine
HELLO_MS = 2.0


def value(figures, name, kind):
    """The figure of a row, or of a sum of rows."""
    parts = [figures.value(row, kind) for row in name.split(' + ')]
    return None if None in parts else sum(parts)


def bounds(figures):
    """-> (row, what it is held against, ratio, bound)"""
    core = figures.rows('core')
    names = [row.name for folder in ('async', 'start') for row in figures.rows(folder) if row.name != 'binary']
    for peer in figures.columns[1:]:
        mean = report.mean_ratio(figures, peer.kind, core) if len(core) > 1 and not peer.jit else None
        if mean is not None:
            yield 'core', 'geometric mean, ' + peer.label, mean, CORE_OF_CPYTHON if peer.kind == 'python' else 1.0
    for row in core:
        yield row.name, 'Lua 5.4', ratio(figures, row.name, 'lua'), CORE_OF_LUA
    for name, bound in OF_CPYTHON.items():
        yield name, 'CPython', ratio(figures, name, 'python'), bound
    for name in names:
        for peer in figures.columns[1:]:
            if (not peer.jit or name in MICROTASKS and peer.kind == 'node') and (name, peer.kind) not in NOT_EQUAL:
                yield name, peer.label, ratio(figures, name, peer.kind), 1.0
    one, thousand = value(figures, 'depth-1', 'aio'), value(figures, 'depth-1000', 'aio')
    yield 'depth-1000', 'depth-1', one and thousand and thousand / one, OF_DEPTH_1
    yield 'suspended', '%d bytes' % BYTES_A_TASK, value(figures, 'suspended', 'aio'), BYTES_A_TASK
    yield 'hello', '%d ms' % HELLO_MS, value(figures, 'hello', 'aio'), HELLO_MS


def ratio(figures, name, kind):
    mine, other = value(figures, name, 'aio'), value(figures, name, kind)
    return mine / other if mine and other else None


def judge(figures):
    """Prints the rows with what each is held against, in brackets the bound; returns how many rows miss one."""
    held = {}
    for name, against, found, bound in bounds(figures):
        if found is not None:
            held.setdefault(name, []).append((against, found, bound))
    missed = 0
    print('\nwhat each row must reach (aio / peer, and its bound):')
    for name, parts in held.items():
        bad = [part for part in parts if part[1] > part[2]]
        # Of the bounds that hold, the nearest is worth showing.
        shown = bad or [max(parts, key=lambda part: part[1] / part[2])]
        missed += bool(bad)
        text = ', '.join('%s %s (%s)' % (against, report.number(found), report.number(bound))
                         for against, found, bound in shown)
        print('  %-34s %-7s %s' % (name, 'MISSED' if bad else 'ok', text))
    print('%d of %d rows missed' % (missed, len(held)))
    return missed
