"""What is measured: one program for each language in a folder, its size, and the rows that its output fills.

A program prints a line for each row: an amount (seconds of CPU time, or bytes), the number of operations that it was
spent on, and a value that must be the same for every peer. Its first argument is the size.
"""
from typing import NamedTuple

FOLDERS = {'core': 'Core', 'async': 'Async', 'start': 'Start and size', 'embed': 'Inside a host'}
SCALE = {'ns': 1e9, 'us': 1e6, 'ms': 1e3, 's': 1, 'bytes': 1, 'MB': 1e-6}


class Row(NamedTuple):
    name: str
    unit: str  # the first word is one of SCALE
    text: str


class Workload(NamedTuple):
    folder: str
    program: str
    size: int
    counted: tuple  # two sizes for counting instructions: what start-up costs cancels out in the difference
    rows: tuple
    args: tuple = ()
    how: str = 'program'  # or 'process': timed from outside; 'terminal': the prompt; 'binary': the program's own size
    quick: float = 0.25  # the share of the work in a quick run


def core(program, size, unit, text, counted=None, quick=0.25):
    row = Row(program.replace('_', '-'), unit, text)
    return Workload('core', program, size, counted or (size // 200, size // 50), (row,), quick=quick)


def start(program, unit, text, how='process'):
    return Workload('start', program, 1, (), (Row(program.replace('_', '-'), unit, text),), how=how)


def concurrent(program, size, *rows, args=(), counted=None, quick=0.25):
    rows = tuple(Row(*row) for row in rows)
    counted = (size // 200, size // 50) if counted is None else counted
    return Workload('async', program, size, counted, rows, args, quick=quick)


def embedded(program, size, *rows, quick=0.25):
    """Of the host programs: embed/aio.c and its like."""
    return Workload('embed', program, size, (size // 100, size // 20), tuple(Row(*row) for row in rows), quick=quick)


WORKLOADS = [
    core('fib', 30, 'ns/call', '`fib(30)`', counted=(12, 17), quick=0.9),
    core('loop', 10_000_000, 'ns/step', 'a `while` loop over integers'),
    core('mandelbrot', 250, 'ns/step', 'mandelbrot', counted=(10, 30), quick=0.5),
    core('nbody', 50_000, 'ns/step', 'nbody'),
    core('methods', 1_000_000, 'ns/call', 'method calls'),
    core('attributes', 1_000_000, 'ns/access', 'attributes'),
    core('richards', 50_000, 'ns/packet', 'richards'),
    core('deltablue', 4_000, 'ns/constraint', 'deltablue', counted=(100, 200)),
    core('sieve', 2_000_000, 'ns/number', 'sieve'),
    core('sort', 300_000, 'ns/item', 'sort'),
    core('dict_int', 1_000_000, 'ns/round', 'dict, integer keys'),
    core('dict_str', 1_500_000, 'ns/word', 'dict, string keys'),
    core('str_build', 3_000_000, 'ns/append', 'string building, `s += c`'),
    core('str_split', 3_000_000, 'ns/word', '`split`'),
    core('str_join', 6_000_000, 'ns/word', '`join`'),
    core('str_format', 300_000, 'ns/line', 'string formatting'),
    core('generator', 10_000_000, 'ns/item', 'a generator of ten million'),
    core('exceptions', 400_000, 'ns/raise', '`try`, `raise`, `except`'),
    core('trees', 16, 'ns/node', 'binary trees of depth 16', counted=(6, 9), quick=0.9),
    core('closures', 1_000_000, 'ns/closure', 'closures'),
    core('comprehension', 5_000_000, 'ns/item', 'list comprehension'),
    core('pidigits', 1500, 'ns/digit', 'big integers (pidigits)', counted=(50, 100), quick=0.5),
    core('json_dumps', 100_000, 'ns/record', '`json.dumps`'),
    core('json_loads', 100_000, 'ns/record', '`json.loads`'),
    core('regex', 100_000, 'ns/line', 'regular expressions'),

    concurrent('await_plain', 2_000_000, ('await', 'ns/await', '`await f()` that does not suspend')),
    concurrent('sleep0', 400_000, ('sleep0-1', 'ns/switch', '`await sleep(0)` in 1 task'), args=('1',)),
    concurrent('sleep0', 1_000_000, ('sleep0', 'ns/switch', '`await sleep(0)` in 100 tasks'), args=('100',)),
    concurrent('gather', 1_000_000, ('gather', 'ns/task', 'create and gather a million tasks'),
               counted=(20_000, 40_000)),
    concurrent('depth', 200_000, ('depth-1', 'ns/resume', 'resume below 1 await'), args=('1',)),
    concurrent('depth', 200_000, ('depth-100', 'ns/resume', 'resume below 100 awaits'), args=('100',)),
    concurrent('depth', 200_000, ('depth-1000', 'ns/resume', 'resume below 1,000 awaits'), args=('1000',)),
    concurrent('suspended', 1_000_000, ('suspended', 'bytes/task', 'a million tasks, each on a future of its own'),
               ('suspended-create', 'ns/task', '— created and started'),
               ('suspended-wake', 'ns/task', '— woken and finished'), counted=(5_000, 20_000)),
    concurrent('on_event', 1_000_000, ('on-event', 'bytes/task', 'a million tasks on one event'),
               ('on-event-create', 'ns/task', '— created and started'),
               ('on-event-wake', 'ns/task', '— woken and finished'), counted=(5_000, 20_000)),
    concurrent('queue', 200_000, ('queue', 'ns/item', '`Queue(maxsize=1)`, an item handed over')),
    concurrent('sleeps', 200_000, ('sleeps', 's', '200,000 sleeps of 0 to 1 s, CPU time'), counted=()),
    concurrent('call_later', 1_000_000, ('call-later', 'ns/timer', '`call_later` and cancel')),
    concurrent('lock', 200_000, ('lock', 'ns/hand-over', 'a lock between ten tasks')),
    concurrent('semaphore', 200_000, ('semaphore', 'ns/hand-over', 'a semaphore of three between ten tasks')),
    concurrent('async_generator', 1_000_000, ('async-generator', 'ns/item', '`async for` over an async generator')),
    concurrent('wait_for', 100_000, ('wait-for', 'ns/task', '`wait_for` around a ready task')),
    concurrent('task_group', 200_000, ('task-group', 'ns/task', 'task groups of ten')),
] + [
    concurrent('tree', 6, ('tree-%s-%s' % (leaf, join), 'ms', 'async tree, %s, %s' % (text, joined)),
               args=(leaf + '-' + join,), counted=(), quick=0.9)
    for leaf, text in (('none', 'no work'), ('io', 'io'), ('memo', 'memoization'), ('mixed', 'cpu and io mixed'))
    for join, joined in (('gather', '`gather`'), ('group', '`TaskGroup`'))
] + [
    start('hello', 'ms', '`print("hi")`, the whole process'),
    start('run_empty', 'ms', '`asyncio.run(main())`, the whole process'),
    start('resident', 'MB', 'resident memory at `print("hi")`', how='program'),
    Workload('start', 'prompt', 1, (), (Row('repl-up', 'ms', 'the REPL is up, its prompt there'),
                                        Row('repl-line', 'ms', '— from Return on `1+1` to the result')), how='terminal'),
    start('binary', 'MB', 'the stripped binary', how='binary'),

    embedded('call', 2_000_000, ('embed-call', 'ns/call', 'a script function called from C')),
    embedded('host', 5_000_000, ('embed-host', 'ns/call', 'a C function called from a script')),
    embedded('vm', 3_000, ('embed-vm', 'us/VM', 'a VM with all builtins, made and freed'),
             ('embed-vm-bytes', 'bytes', '— its memory')),
    embedded('vms', 1_000, ('embed-vms', 'us/VM', '1,000 VMs at once, each with a program that has run'),
             ('embed-vms-bytes', 'bytes/VM', '— resident memory'), quick=1),
    embedded('pending', 1_000_000, ('embed-pending', 'ns/operation', 'operations of the host awaited by 100 tasks'),
             ('embed-sleep0', 'ns/switch', '— `await sleep(0)` in 100 tasks, beside it')),
]


def named(names):
    """The workloads that one of the names means: a folder, a row, or a program. All of them for no name."""
    return [w for w in WORKLOADS if not names or
            any(n in (w.folder, w.program) or n in [r.name for r in w.rows] for n in names)]
