"""What aio's figures are held against, as ratios to the peers of the same run: floors that must hold, and goals."""
import report

CORE_OF_CPYTHON = 0.40  # the geometric mean
CORE_OF_LUA = 1.05  # each row
OF_CPYTHON = {'await': 1 / 3, 'sleep0': 1 / 10, 'gather': 1 / 10}
OF_DEPTH_1 = 1.05
BYTES_A_TASK = 400  # on any machine
HELLO_MS = 2.0
REPL_UP_MS, REPL_LINE_MS = 10, 2
EMBED_OF_LUA = 1.00  # each of EMBED
EMBED = ('embed-call', 'embed-host', 'embed-vm')
BYTES_A_VM = 150_000
PENDING_OF_SLEEP0 = 3.0
# The other rows must be ahead of every installed interpreter without a JIT; of node, with its JIT, where that does the
# equal thing. Not so where the peer's program is the nearest thing only (a call in a coroutine is no coroutine), nor
# for the binary, which grows with the library that is on board.
MICROTASKS = ('await', 'sleep0-1', 'sleep0', 'gather')
NEAREST_THING = {('await', 'lua'), ('await', 'luajit-joff')}
OF_THE_LIBRARY = ('binary',)

# Where the design should lead, as shares of CPython's figure.
GOALS = {
    'await': 22 / 132, 'sleep0-1': 40 / 1205, 'sleep0': 40 / 1205, 'gather': 70 / 4474, 'queue': 100 / 6858,
    'call-later': 150 / 1921, 'sleeps': 0.15 / 5.5, 'suspended': 270 / 912,
    'suspended-create + suspended-wake': 0.7 / 9, 'on-event-create + on-event-wake': 0.7 / 9,
    'tree-none-gather': 0.09 / 0.473, 'tree-io-gather': 0.20 / 1.10, 'hello': 0.8 / 12.5, 'run-empty': 1.0 / 62,
    'resident': 2.5 / 9.3,
}


def value(figures, name, kind='aio'):
    """The figure of a row, or of a sum of rows."""
    parts = [figures.value(row, kind) for row in name.split(' + ')]
    return None if None in parts else sum(parts)


def ratio(figures, name, kind):
    mine, other = value(figures, name), value(figures, name, kind)
    return mine / other if mine and other else None


def floors(figures):
    """-> (row, what it is held against, ratio, bound); the ratio is None if one of the two did not run."""
    core = figures.rows('core')
    for peer in figures.columns[1:]:
        if len(core) > 1 and not peer.jit:
            bound = CORE_OF_CPYTHON if peer.kind == 'python' else 1.0
            yield 'core', 'geometric mean, ' + peer.label, report.mean_ratio(figures, peer.kind, core), bound
    for row in core:
        yield row.name, 'Lua 5.4', ratio(figures, row.name, 'lua'), CORE_OF_LUA
    for name, bound in OF_CPYTHON.items():
        yield name, 'CPython', ratio(figures, name, 'python'), bound
    for row in figures.rows('async') + figures.rows('start'):
        for peer in figures.columns[1:]:
            equal = not peer.jit or peer.kind == 'node' and row.name in MICROTASKS
            if equal and (row.name, peer.kind) not in NEAREST_THING and row.name not in OF_THE_LIBRARY:
                yield row.name, peer.label, ratio(figures, row.name, peer.kind), 1.0
    one, thousand = value(figures, 'depth-1'), value(figures, 'depth-1000')
    yield 'depth-1000', 'depth-1', one and thousand and thousand / one, OF_DEPTH_1
    for name in EMBED:
        yield name, 'Lua 5.4', ratio(figures, name, 'lua'), EMBED_OF_LUA
    yield 'embed-vm-bytes', '%d bytes' % BYTES_A_VM, value(figures, 'embed-vm-bytes'), BYTES_A_VM
    pending, sleep0 = value(figures, 'embed-pending'), value(figures, 'embed-sleep0')
    yield 'embed-pending', 'sleep(0)', pending and sleep0 and pending / sleep0, PENDING_OF_SLEEP0
    yield 'suspended', '%d bytes' % BYTES_A_TASK, value(figures, 'suspended'), BYTES_A_TASK
    for name, bound in ('hello', HELLO_MS), ('repl-up', REPL_UP_MS), ('repl-line', REPL_LINE_MS):
        yield name, '%d ms' % bound, value(figures, name), bound


def goals(figures):
    for name, bound in GOALS.items():
        yield name, 'CPython', ratio(figures, name, 'python'), bound


def judge(figures):
    """Prints both lists; returns how many rows miss a floor."""
    missed = show('floors (aio / peer, in brackets the bound)', floors(figures))
    show('goals', goals(figures))
    return missed


def show(title, bounds):
    """Of a row's bounds those that are missed or, if none is, the nearest; returns how many rows miss one."""
    held = {}
    for name, against, found, bound in bounds:
        if found is not None:
            held.setdefault(name, []).append((against, found, bound))
    if not held:
        return 0
    print('\n%s:' % title)
    missed = 0
    for name, parts in held.items():
        bad = [part for part in parts if part[1] > part[2]]
        missed += bool(bad)
        text = ', '.join('%s %s (%s)' % (against, fine(found), fine(bound)) for against, found, bound in
                         bad or [max(parts, key=lambda part: part[1] / part[2])])
        print('  %-34s %-7s %s' % (name, 'MISSED' if bad else 'ok', text))
    print('  %d of %d rows missed' % (missed, len(held)))
    return missed


def fine(value):
    """Ratios as small as a hundredth keep two digits."""
    return '%.2g' % value if value < 0.1 else report.number(value)
