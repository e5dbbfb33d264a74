"""Random programs of tasks and what they wait for, as text: programs.write(seed). The same seed makes the same program.

A program has shared objects, a few coroutine functions, asynchronous generators and callbacks, and a main function that ties them
together. Each program draws a few themes and takes its statements from them, so that it is short and still goes deep.
tests/order/generated/tracing.aio is its library. Nothing here knows how programs are run or compared.
"""
import random
import re

THEMES = {
    'locks': ('lock = asyncio.Lock()', 'lock2 = asyncio.Lock()'),
    'semaphores': ('sem = asyncio.Semaphore({1-2})', 'bounded = asyncio.BoundedSemaphore({1-2})'),
    'conditions': ('cond = asyncio.Condition()', 'count = [0]'),
    'events': ('event = asyncio.Event()', 'event2 = asyncio.Event()'),
    'queues': ('queue = asyncio.{Queue}({0-2})',),
    'barriers': ('barrier = asyncio.Barrier({2-3})',),
    'futures': (),
    'groups': (),
    'timeouts': (),
    'waits': (),
    'gathers': (),
    'shields': (),
    'cancels': (),
    'completed': (),
    'generators': (),
    'contexts': ("var = contextvars.ContextVar('var', default=0)",),
    'callbacks': (),
    'contextmanagers': (),
    'eager': (),
    'reprs': (),
    'hand': (),
}
ALWAYS = 'base'
FUTURES = 3
AT_END = 100  # the level of those that call no function of the program
DELAYS = ('0', '0', '0', '0.125', '0.25', '0.25', '0.5', '1', '2')
KINDS = []  # (weight, theme, method's name, what the scope must have)


def kind(weight, theme, needs=None):
    """A kind of statement: a method that returns its lines."""
    assert theme == ALWAYS or theme in THEMES

    def decorator(method):
        KINDS.append((weight, theme, method.__name__, needs))
        return method
    return decorator


class Scope:
    """Where a statement stands: in the function of that number, at a depth, in a group or timeout of that name."""

    def __init__(self, level, depth=0, group=None, timeout=None, yields=False):
        self.level, self.depth, self.group, self.timeout, self.yields = level, depth, group, timeout, yields
        self.iterates = level < AT_END  # a generator that iterates over generators might not end

    def inner(self, **changes):
        now = {name: value for name, value in vars(self).items() if name != 'iterates'}
        return Scope(**{**now, 'depth': self.depth + 1, **changes})


def indent(lines):
    return ['    ' + line for line in lines]


class Program:
    def __init__(self, seed):
        self.r = random.Random(f'schedule {seed}')
        names = sorted(THEMES)
        self.themes = {ALWAYS, *self.r.sample(names, self.r.choice((2, 3, 3, 4, 4, 5, 6, 8)))}
        self.seed = seed
        self.marks = self.tasks = 0
        self.levels = self.r.choice((1, 2, 2, 3, 3, 4))
        self.generators = 2 if 'generators' in self.themes else 0
        self.callbacks = 2 if self.themes & {'callbacks', 'futures', 'contexts'} else 0
        self.budget = self.r.choice((8, 14, 20, 28, 36))
        kinds = [k for k in KINDS if k[1] in self.themes]
        # The themes of a program weigh alike, however many kinds they have.
        share = {theme: sum(k[0] for k in kinds if k[1] == theme) for theme in self.themes}
        self.kinds = [((14 if k[1] == ALWAYS else 10) * k[0] / share[k[1]], k[2], k[3]) for k in kinds]

    # --- small parts

    def chance(self, percent):
        return self.r.random() * 100 < percent

    def mark(self):
        self.marks += 1
        return f"'{self.marks}'"

    def delay(self):
        return self.r.choice(DELAYS)

    def task_name(self):
        return "'t%d'" % self.r.randrange(max(1, min(self.tasks, 6)))

    def new_task(self):
        self.tasks += 1
        return "'t%d'" % ((self.tasks - 1) % 6)

    def call(self, s):
        """The call of a coroutine function that comes after this one, so that calls end."""
        if s.level + 1 <= self.levels and self.chance(85):
            return 'f%d(%s)' % (self.r.randint(s.level + 1, self.levels), self.mark())
        return 'asyncio.sleep(%s, %s)' % (self.delay(), self.mark())

    def awaitable(self, s):
        """Something that gather, wait_for and shield take."""
        choices = [lambda: self.call(s), lambda: self.call(s), lambda: f'TASKS[{self.task_name()}]',
                   lambda: f"asyncio.create_task({self.call(s)}, name=fresh({self.new_task()}))"]
        if 'futures' in self.themes:
            choices.append(lambda: f'futures[{self.r.randrange(FUTURES)}]')
        if 'shields' in self.themes:
            choices.append(lambda: f'asyncio.shield({self.call(s)})')
        if 'gathers' in self.themes and s.depth < 3:
            choices.append(lambda: f'asyncio.gather({self.call(s)}, {self.call(s)})')
        return self.r.choice(choices)()

    def exception(self):
        return self.r.choice((f'ValueError({self.mark()})', f'KeyError({self.mark()})', f'ValueError({self.mark()})',
                              f'asyncio.CancelledError({self.mark()})', 'TimeoutError()', f'RuntimeError({self.mark()})'))

    def tasks_made(self, s, low=2, high=3):
        """A list display of tasks."""
        return '[%s]' % ', '.join(f'spawn({self.call(s)}, {self.new_task()})' for _ in range(self.r.randint(low, high)))

    # --- blocks

    def block(self, s, most=4):
        lines = []
        for _ in range(self.r.randint(1, most)):
            if self.budget <= 0 and lines:
                break
            self.budget -= 1
            lines += self.statement(s)
        return lines

    def statement(self, s):
        kinds = [k for k in self.kinds if (k[2] is None or getattr(s, k[2]))]
        if s.depth >= 4:
            return self.say(s)
        name = self.r.choices([k[1] for k in kinds], [k[0] for k in kinds])[0]
        return getattr(self, name)(s)

    def guarded(self, lines, percent=55):
        """Most of what may fail is caught, so that programs go on."""
        if not self.chance(percent):
            return lines
        what = self.r.choice(('Exception', 'Exception', 'BaseException', 'asyncio.CancelledError', '(Exception, asyncio.CancelledError)'))
        lines = ['try:', *indent(lines), f'except {what} as exc:', f"    say({self.mark()}, 'caught', show(exc))"]
        if 'Cancelled' in what or 'Base' in what:
            how = self.r.choice(('    raise', '    if stopping():\n        raise', '    if stopping():\n        raise',
                                 '    if stopping() or asyncio.current_task().uncancel():\n        raise'))
            lines += how.split('\n')
        return lines

    # --- statements of every program

    @kind(4, ALWAYS)
    def say(self, s):
        return [f'say({self.mark()})']

    @kind(6, ALWAYS)
    def sleep(self, s):
        return [f'await asyncio.sleep({self.delay()})', f'say({self.mark()})']

    @kind(3, ALWAYS)
    def turns(self, s):
        return [f'for i in range({self.r.randint(2, 5)}):', '    await asyncio.sleep(0)', f'    say({self.mark()}, i)']

    @kind(5, ALWAYS)
    def start(self, s):
        return [f'spawn({self.call(s)}, {self.new_task()})']

    @kind(3, ALWAYS)
    def call_it(self, s):
        return self.guarded([f'say({self.mark()}, await {self.call(s)})'])

    @kind(2, ALWAYS)
    def loop_over(self, s):
        return [f'for i in range({self.r.randint(2, 3)}):', *indent(self.block(s.inner(), 2))]

    @kind(1.5, ALWAYS)
    def try_finally(self, s):
        return ['try:', *indent(self.block(s.inner(), 3)), 'finally:', *indent(self.block(s.inner(yields=False), 2))]

    @kind(1.5, ALWAYS)
    def try_except(self, s):
        return self.guarded(self.block(s.inner(), 3), 100)

    @kind(1, ALWAYS)
    def await_task(self, s):
        return self.guarded([f'say({self.mark()}, await TASKS[{self.task_name()}])'], 75)

    @kind(0.7, ALWAYS)
    def fail(self, s):
        return [f'raise {self.exception()}']

    @kind(0.5, ALWAYS)
    def finish(self, s):
        return [f'return {self.mark()}'] if not s.yields and not s.depth else self.say(s)

    @kind(1, ALWAYS)
    def bare(self, s):
        return self.guarded([f'say(await Bare({self.r.randint(0, 3)}, {self.mark()}))'], 20)

    # --- cancelling

    @kind(5, 'cancels')
    def cancel(self, s):
        message = self.r.choice(('', '', ', ' + self.mark()))
        return [f'cancel({self.task_name()}{message})']

    @kind(1, 'cancels')
    def cancel_self(self, s):
        return ['asyncio.current_task().cancel()', *self.sleep(s)]

    @kind(2, 'cancels')
    def swallow(self, s):
        return ['try:', *indent(self.block(s.inner(), 2)), 'except asyncio.CancelledError as exc:',
                f"    say({self.mark()}, 'swallowed', show(exc), asyncio.current_task().cancelling())",
                '    if stopping():', '        raise', *indent(self.block(s.inner(yields=False), 2))]

    @kind(1, 'cancels')
    def counts(self, s):
        return [f'say({self.mark()}, asyncio.current_task().cancelling())']

    @kind(1, 'cancels')
    def uncancel(self, s):
        return [f'say({self.mark()}, asyncio.current_task().uncancel())']

    @kind(2, 'cancels')
    def cancel_later(self, s):
        return [f'asyncio.get_running_loop().call_later({self.delay()}, cancel, {self.task_name()})']

    # --- locks, semaphores, conditions, events, barriers

    @kind(4, 'locks')
    def with_lock(self, s):
        lock = self.r.choice(('lock', 'lock', 'lock2'))
        return self.guarded([f'async with {lock}:', f'    say({self.mark()})', *indent(self.block(s.inner(), 2))], 30)

    @kind(1, 'locks')
    def acquire(self, s):
        return ['await lock.acquire()', 'try:', *indent(self.block(s.inner(), 2)), 'finally:', '    lock.release()']

    @kind(0.5, 'locks')
    def release(self, s):
        return ['if lock.locked():', '    lock.release()', f'say({self.mark()}, lock.locked())']

    @kind(4, 'semaphores')
    def with_semaphore(self, s):
        which = self.r.choice(('sem', 'sem', 'bounded'))
        return self.guarded([f'async with {which}:', f'    say({self.mark()})', *indent(self.block(s.inner(), 2))], 30)

    @kind(1, 'semaphores')
    def release_semaphore(self, s):
        which = self.r.choice(('sem', 'bounded'))
        return self.guarded([f'{which}.release()', f'say({self.mark()}, {which}.locked())'], 100 if which == 'bounded' else 0)

    @kind(1, 'semaphores')
    def acquire_semaphore(self, s):
        return self.guarded([f'say({self.mark()}, await sem.acquire(), sem.locked())'])

    @kind(3, 'conditions')
    def wait_condition(self, s):
        return self.guarded(['async with cond:', f'    say({self.mark()}, await cond.wait())', *indent(self.block(s.inner(), 2))], 40)

    @kind(2, 'conditions')
    def wait_condition_for(self, s):
        return self.guarded(['async with cond:',
                             f'    say({self.mark()}, await cond.wait_for(lambda: count[0] >= {self.r.randint(1, 3)}))'], 40)

    @kind(4, 'conditions')
    def notify(self, s):
        how = self.r.choice(('notify()', 'notify(2)', 'notify_all()'))
        return ['async with cond:', '    count[0] += 1', f'    cond.{how}', f'    say({self.mark()}, count[0])',
                *(indent(self.block(s.inner(), 1)) if self.chance(30) else [])]

    @kind(3, 'events')
    def wait_event(self, s):
        event = self.r.choice(('event', 'event2'))
        return self.guarded([f'say({self.mark()}, await {event}.wait())'], 40)

    @kind(3, 'events')
    def set_event(self, s):
        event = self.r.choice(('event', 'event', 'event2'))
        return [f'{event}.set()', f'say({self.mark()})', *([f'{event}.clear()'] if self.chance(50) else [])]

    @kind(3, 'barriers')
    def wait_barrier(self, s):
        return self.guarded([f'say({self.mark()}, await barrier.wait())'], 80)

    @kind(1, 'barriers')
    def with_barrier(self, s):
        return self.guarded([f'async with barrier as place:', f'    say({self.mark()}, place, barrier.n_waiting, barrier.broken)',
                             *indent(self.block(s.inner(), 1))], 80)

    @kind(0.7, 'barriers')
    def end_barrier(self, s):
        return [f'await barrier.{self.r.choice(("reset", "reset", "abort"))}()', f'say({self.mark()})']

    # --- queues

    @kind(4, 'queues')
    def put(self, s):
        return self.guarded([f'await queue.put({self.mark()})', f'say({self.mark()}, queue.qsize())'], 30)

    @kind(4, 'queues')
    def get(self, s):
        return self.guarded([f'say({self.mark()}, await queue.get())', *(['queue.task_done()'] if self.chance(50) else [])], 40)

    @kind(1, 'queues')
    def nowait(self, s):
        what = self.r.choice((f'queue.put_nowait({self.mark()})', 'queue.get_nowait()'))
        return self.guarded([f'say({self.mark()}, {what})'], 100)

    @kind(1, 'queues')
    def worker(self, s):
        return [f'for i in range({self.r.randint(2, 4)}):', f'    say({self.mark()}, await queue.get())',
                *indent(self.sleep(s)), '    queue.task_done()']

    @kind(0.7, 'queues')
    def join(self, s):
        return self.guarded(['await queue.join()', f'say({self.mark()})'], 40)

    @kind(0.4, 'queues')
    def shutdown(self, s):
        return [f'queue.shutdown({self.r.choice(("", "immediate=True"))})']

    # --- futures and callbacks

    @kind(3, 'futures')
    def await_future(self, s):
        return self.guarded([f'say({self.mark()}, await futures[{self.r.randrange(FUTURES)}])'], 60)

    @kind(3, 'futures')
    def settle(self, s):
        n = self.r.randrange(FUTURES)
        how = self.r.choice((f'set_result({self.mark()})', f'set_result({self.mark()})',
                             f'set_exception(ValueError({self.mark()}))', 'cancel()', f'cancel({self.mark()})'))
        return [f'if not futures[{n}].done():', f'    futures[{n}].{how}', f'say({self.mark()})']

    @kind(2, 'futures')
    def watch(self, s):
        what = self.r.choice((f'futures[{self.r.randrange(FUTURES)}]', f'TASKS[{self.task_name()}]', 'asyncio.current_task()'))
        return self.guarded([f'{what}.add_done_callback({self.r.choice(("seen", "seen2"))})'], 100 if 'TASKS' in what else 0)

    @kind(0.7, 'futures')
    def unwatch(self, s):
        return [f'say({self.mark()}, futures[{self.r.randrange(FUTURES)}].remove_done_callback(seen))']

    @kind(3, 'callbacks')
    def call_soon(self, s):
        return [f'asyncio.get_running_loop().call_soon(c{self.r.randint(1, self.callbacks)}, {self.mark()})']

    @kind(3, 'callbacks')
    def call_later(self, s):
        lines = [f'handle = asyncio.get_running_loop().call_later({self.delay()}, c{self.r.randint(1, self.callbacks)}, {self.mark()})']
        if self.chance(40):
            lines += [*self.sleep(s), 'handle.cancel()', f'say({self.mark()}, handle.cancelled())']
        return lines

    @kind(1, 'callbacks')
    def call_at(self, s):
        return ['loop = asyncio.get_running_loop()',
                f'loop.call_at(loop.time() + {self.delay()}, c{self.r.randint(1, self.callbacks)}, {self.mark()})']

    # --- gather, wait, wait_for, shield, as_completed

    @kind(4, 'gathers')
    def gather(self, s):
        what = ', '.join(self.awaitable(s) for _ in range(self.r.randint(1, 3)))
        more = ', return_exceptions=True' if self.chance(40) else ''
        return self.guarded([f'say({self.mark()}, await asyncio.gather({what}{more}))'], 70)

    @kind(2, 'gathers')
    def gather_held(self, s):
        what = ', '.join(self.awaitable(s) for _ in range(self.r.randint(1, 3)))
        more = ', return_exceptions=True' if self.chance(40) else ''
        lines = [f'group = asyncio.gather({what}{more})']
        lines += self.r.choice(([f'asyncio.get_running_loop().call_later({self.delay()}, group.cancel)'],
                                [*self.sleep(s), f'say({self.mark()}, group.cancel())'], self.sleep(s)))
        return self.guarded([*lines, f'say({self.mark()}, await group)'], 80)

    @kind(4, 'waits')
    def wait(self, s):
        when = self.r.choice(('FIRST_COMPLETED', 'FIRST_EXCEPTION', 'ALL_COMPLETED'))
        more = f', timeout={self.delay()}' if self.chance(40) else ''
        tasks = self.r.choice((self.tasks_made(s), self.tasks_made(s), f'[TASKS[{self.task_name()}]]'))
        return self.guarded([f'done, pending = await asyncio.wait({tasks}, return_when=asyncio.{when}{more})',
                             f'say({self.mark()}, names(done), names(pending))'], 40)

    @kind(4, 'timeouts')
    def wait_for(self, s):
        return self.guarded([f'say({self.mark()}, await asyncio.wait_for({self.awaitable(s)}, {self.delay()}))'], 75)

    @kind(4, 'timeouts')
    def with_timeout(self, s):
        cm = f'cm{s.depth}'
        return self.guarded([f'async with asyncio.timeout({self.delay()}) as {cm}:', *indent(self.block(s.inner(timeout=cm), 3)),
                             f'say({self.mark()}, {cm}.expired())'], 70)

    @kind(2, 'timeouts', needs='timeout')
    def reschedule(self, s):
        when = self.r.choice(('None', f'asyncio.get_running_loop().time() + {self.delay()}', 'asyncio.get_running_loop().time() - 1'))
        return self.guarded([f'{s.timeout}.reschedule({when})', f'say({self.mark()}, {s.timeout}.expired())'], 100)

    @kind(4, 'shields')
    def shield(self, s):
        return self.guarded([f'say({self.mark()}, await asyncio.shield({self.awaitable(s)}))'], 70)

    @kind(2, 'shields')
    def shield_held(self, s):
        return self.guarded([f'inner = spawn({self.call(s)}, {self.new_task()})', 'outer = asyncio.shield(inner)',
                             *self.sleep(s), self.r.choice(('outer.cancel()', 'inner.cancel()', 'say(outer.done())')),
                             f'say({self.mark()}, await outer)'], 90)

    @kind(3, 'completed')
    def completed(self, s):
        more = f', timeout={self.delay()}' if self.chance(30) else ''
        end = ['    break'] if self.chance(20) else []
        if self.chance(50):
            lines = [f'for next_one in asyncio.as_completed({self.tasks_made(s)}{more}):', f'    say({self.mark()}, await next_one)', *end]
        else:
            lines = [f'async for task in asyncio.as_completed({self.tasks_made(s)}{more}):',
                     f'    say({self.mark()}, names([task]))', *end]
        return self.guarded(lines, 80)

    # --- groups

    @kind(4, 'groups')
    def group(self, s):
        name = f'tg{s.depth}'
        lines = [f'async with asyncio.TaskGroup() as {name}:']
        for _ in range(self.r.randint(0, 3)):
            lines += indent(self.group_task(s.inner(group=name)))
        lines += indent(self.block(s.inner(group=name), 3))
        if not self.chance(70):
            return lines
        if self.chance(30):
            return ['try:', *indent(lines), f'except* {self.r.choice(("ValueError", "Exception"))} as group:',
                    f"    say({self.mark()}, 'group', show(group))"]
        return self.guarded(lines, 100)

    @kind(3, 'groups', needs='group')
    def group_task(self, s):
        name = self.new_task()
        return [f'TASKS[{name}] = {s.group}.create_task({self.call(s)}, name=fresh({name}))']

    @kind(0.5, 'groups', needs='group')
    def group_shown(self, s):
        return [f'say({self.mark()}, {s.group})']

    # --- generators

    @kind(4, 'generators', needs='iterates')
    def iterate(self, s):
        lines = [f'async for x in g{self.r.randint(1, self.generators)}({self.mark()}):', f'    say({self.mark()}, x)']
        lines += indent(self.block(s.inner(), 2)) if self.chance(60) else []
        return self.guarded(lines + (['    break'] if self.chance(30) else []), 50)

    @kind(2, 'generators', needs='iterates')
    def by_steps(self, s):
        lines = [f'say({self.mark()}, await anext(gen))']
        lines += self.r.choice(([], [f"say({self.mark()}, await gen.asend({self.mark()}))"],
                                [f'say({self.mark()}, await gen.athrow(ValueError({self.mark()})))'], self.sleep(s)))
        lines += ['await gen.aclose()'] if self.chance(50) else []
        return self.guarded([f'gen = g{self.r.randint(1, self.generators)}({self.mark()})', 'try:', *indent(lines), 'finally:', '    del gen'], 75)

    @kind(1, 'generators', needs='iterates')
    def collect(self, s):
        return self.guarded([f'say({self.mark()}, [x async for x in g{self.r.randint(1, self.generators)}({self.mark()})])'])

    @kind(8, 'generators', needs='yields')
    def give(self, s):
        return self.r.choice(([f'yield {self.mark()}'], [f'say({self.mark()}, (yield {self.mark()}))']))

    # --- contexts, context managers

    @kind(3, 'contexts')
    def set_var(self, s):
        return [f'var.set({self.mark()})', f'say({self.mark()}, var.get())']

    @kind(3, 'contexts')
    def get_var(self, s):
        return [f'say({self.mark()}, var.get())']

    @kind(2, 'contexts')
    def in_context(self, s):
        return self.r.choice((
            ['context = contextvars.copy_context()', f'context.run(var.set, {self.mark()})',
             f'spawn({self.call(s)}, {self.new_task()}, context=context)', *self.sleep(s), f'say({self.mark()}, context[var])'],
            ['context = contextvars.copy_context()', f'asyncio.get_running_loop().call_soon(c1, {self.mark()}, context=context)'],
            [f'token = var.set({self.mark()})', *self.sleep(s), 'var.reset(token)', f'say({self.mark()}, var.get())']))

    @kind(3, 'contextmanagers')
    def cleans(self, s):
        return self.guarded([f'async with Cleans({self.mark()}, {self.delay()}, {self.delay()}):', *indent(self.block(s.inner(), 2))], 40)

    @kind(1, 'contextmanagers')
    def exit_stack(self, s):
        lines = ['async with contextlib.AsyncExitStack() as stack:']
        for _ in range(self.r.randint(1, 2)):
            lines.append(f'    await stack.enter_async_context(Cleans({self.mark()}, {self.delay()}, {self.delay()}))')
        return self.guarded([*lines, f'    stack.push_async_callback(asyncio.sleep, {self.delay()})', *indent(self.block(s.inner(), 2))], 50)

    @kind(2, 'contextmanagers')
    def managed(self, s):
        return self.guarded([f'async with managed({self.mark()}) as x:', f'    say({self.mark()}, x)', *indent(self.block(s.inner(), 2))], 40)

    # --- eager tasks, reprs, coroutines by hand

    @kind(3, 'eager')
    def eager(self, s):
        return self.guarded([f'task = asyncio.Task({self.call(s)}, loop=asyncio.get_running_loop(), eager_start=True, name=fresh({self.new_task()}))',
                             f'say({self.mark()}, names([task]))', *([f'say({self.mark()}, await task)'] if self.chance(60) else [])], 60)

    @kind(2, 'reprs')
    def shown(self, s):
        things = ['asyncio.current_task()', f'TASKS.get({self.task_name()})', 'asyncio.current_task().get_coro()']
        for theme, name in (('locks', 'lock'), ('semaphores', 'sem'), ('conditions', 'cond'), ('events', 'event'),
                            ('queues', 'queue'), ('barriers', 'barrier'), ('futures', 'futures[0]')):
            if theme in self.themes:
                things += [name]
        things += [name for name in (s.timeout, s.group) if name]
        return [f'say({self.mark()}, {self.r.choice(things)})']

    @kind(1, 'reprs')
    def everyone(self, s):
        return [f'say({self.mark()}, names(asyncio.all_tasks()))']

    @kind(1, 'hand')
    def driven(self, s):
        # A traceback of CPython's keeps a frame's locals, and so what they hold, longer than aio's: hence del.
        return self.guarded([f'coro = {self.call(s)}', 'try:', f'    say({self.mark()}, type(coro.send(None)).__name__)',
                             '    ' + self.r.choice(('coro.close()', f'coro.throw(ValueError({self.mark()}))', 'await coro')),
                             'finally:', '    del coro'], 80)

    @kind(1, 'hand')
    def dropped(self, s):
        return [self.call(s), f'say({self.mark()})']

    @kind(1, 'hand')
    def state(self, s):
        return [f'coro = {self.call(s)}', f'task = spawn(coro, {self.new_task()})', 'await asyncio.sleep(0)',
                f'say({self.mark()}, inspect.getcoroutinestate(coro))']

    # --- the program

    def function(self, level):
        return [f'async def f{level}(mark):', f"    say('f{level}', mark)", *indent(self.block(Scope(level), 5)), "    return 'r' + mark"]

    def generator(self, number):
        body = self.block(Scope(AT_END, yields=True), 3)
        if self.chance(40):
            body = ['try:', *indent(body), 'finally:', *indent(self.block(Scope(AT_END, 2), 2))]
        return [f'async def g{number}(mark):', f"    say('g{number}', mark)", '    yield mark', *indent(body), "    yield 'last'"]

    def callback(self, number):
        things = [['say(%s)' % self.mark()]]
        if self.chance(40):
            things.append([f'cancel({self.task_name()})'])
        if 'events' in self.themes:
            things.append(['event.set()'])
        if 'futures' in self.themes:
            n = self.r.randrange(FUTURES)
            things.append([f'if not futures[{n}].done():', f'    futures[{n}].set_result({self.mark()})'])
        if 'semaphores' in self.themes:
            things.append(['sem.release()'])
        if 'contexts' in self.themes:
            things += [[f'var.set({self.mark()})'], [f'say({self.mark()}, var.get())']]
        if 'queues' in self.themes and self.chance(50):
            things.append([f'queue.put_nowait({self.mark()})'])
        if number > 1:
            things.append(['asyncio.get_running_loop().call_soon(c1, mark)'])
        if self.chance(30):
            things.append([f'spawn({self.call(Scope(AT_END))}, {self.new_task()})'])
        if self.chance(25):
            things.append([f'raise ValueError({self.mark()})'])
        chosen = self.r.sample(things, min(len(things), self.r.randint(1, 3)))
        return [f'def c{number}(mark):', f"    say('c{number}', mark)", *indent([line for t in chosen for line in t])]

    def main(self):
        lines = ['async def main():']
        if 'futures' in self.themes:
            lines.append(f'    futures[:] = [asyncio.get_running_loop().create_future() for _ in range({FUTURES})]')
        if self.levels:
            for _ in range(self.r.randint(1, 4)):
                lines += indent(self.start(Scope(0)))
        self.budget = max(self.budget, 6)
        lines += indent(self.block(Scope(0), 5))
        if self.chance(60):
            lines += ['    done, pending = await asyncio.wait(TASKS.values(), timeout=4)', '    say(names(done), names(pending))']
        return lines

    def write(self):
        shared = [line for theme in sorted(self.themes - {ALWAYS}) for line in THEMES[theme]]
        for part, choices in (('{1-2}', '12'), ('{0-2}', '012'), ('{2-3}', '23'), ('{Queue}', ('Queue', 'Queue', 'LifoQueue', 'PriorityQueue'))):
            shared = [line.replace(part, self.r.choice(choices)) for line in shared]
        functions = []
        if 'futures' in self.themes:
            shared.append('futures = []')
            functions += [['def seen(fut):', "    say('seen', outcome(fut))"],
                          ['def seen2(fut):', "    say('seen2', outcome(fut))", f'    asyncio.get_running_loop().call_soon(say, {self.mark()})']]
        if 'contextmanagers' in self.themes:
            functions.append(['@contextlib.asynccontextmanager', 'async def managed(mark):', "    say('set up', mark)",
                              f'    await asyncio.sleep({self.delay()})', '    try:', '        yield mark', '    finally:',
                              f'        await asyncio.sleep({self.delay()})', "        say('tear down', mark)"])
        functions += [self.function(level) for level in range(self.levels, 0, -1)]
        functions += [self.generator(n + 1) for n in range(self.generators)]
        functions += [self.callback(n + 1) for n in range(self.callbacks)]
        functions.append(self.main())
        text = '\n\n\n'.join('\n'.join(f) for f in functions)
        modules = [m for m in ('asyncio', 'contextlib', 'contextvars', 'inspect') if m == 'asyncio' or m + '.' in text + '\n'.join(shared)]
        helpers = sorted(h for h in ('Bare', 'Cleans', 'TASKS', 'cancel', 'fresh', 'names', 'outcome', 'show', 'spawn', 'stopping')
                         if re.search(rf'\b{h}\b', text))
        eager = ', eager=True' if 'eager' in self.themes and self.chance(40) else ''
        return '\n'.join([f'# Made by the generator of programs, seed {self.seed}: {", ".join(sorted(self.themes - {ALWAYS}))}.',
                          '# sets: ordered', *(f'import {m}' for m in modules), '',
                          f'from tracing import {", ".join(helpers)}, run, say', '', *shared, *([''] if shared else []), '', text, '',
                          '', f'run(main{eager})', ''])


def write(seed):
    """The text of the program of that seed."""
    return Program(seed).write()
